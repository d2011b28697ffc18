"""The flows: densities that integrate to one, samples that follow them, a bound below the exact probability."""

import numpy as np
import pytest
from scipy.stats import chisquare, multivariate_normal

from gan_course.family.flow import Flow, PixelFlow

THREE_PARTS = r"Expected.+Received: .+\. \w"
POINTS = np.random.default_rng(0).multivariate_normal([3, -2], [[4, 1], [1, 0.5]], size=1000)
LEVELS = np.array([[0, 1, 16, 3], [4, 4, 4, 4]])


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return lambda backend: ask_probe("family", "flow", backend=backend)


def test_training_raises_the_density(probe):
    assert probe["losses"][-1] < probe["losses"][0] - 0.1
    assert probe["tiny_losses"][-1] < probe["tiny_losses"][0] - 0.02
    assert abs(probe["losses"][-1] + probe["log_density"]) < 0.1


def test_the_density_of_two_moons_integrates_to_one(probe):
    assert abs(np.sum(probe["cells"]) - 1) < 0.01


def test_the_inverse_leads_back_to_the_moons(probe):
    assert probe["there_and_back"] < 1e-4  # points up to 17 in float32


def test_samples_follow_the_density(probe):
    expected, counted = 20_000 * np.ravel(probe["cells"]), np.ravel(probe["drawn"])
    large = expected > 20
    assert large.sum() > 20
    expected, counted = (np.append(a[large], a[~large].sum()) for a in (expected, counted))
    assert chisquare(counted, expected * counted.sum() / expected.sum()).pvalue > 1e-4


def test_the_probabilities_of_all_tiny_pictures_sum_to_one(probe):
    assert (
        abs(np.exp(probe["true"]).sum() - 1) < 0.01
    )  # sums over a grid of noise, and the density is steep at its edges


def test_the_bound_lies_below_the_probability_and_rises_to_it(probe):
    true, one, many = (np.array(probe[name]) for name in ("true", "one_draw", "many_draws"))
    assert (one < true + 0.02).all()  # a mean over 200 draws
    assert one.mean() < true.mean() - 0.005
    np.testing.assert_allclose(many, true, atol=0.1)


def test_drawn_pictures_follow_the_probability(probe):
    expected = np.exp(probe["true"])
    assert chisquare(probe["counted"], 20_000 * expected / expected.sum()).pvalue > 1e-4


def test_points_from_a_gaussian_get_its_density():
    flow = Flow(couplings=2, hidden=8)
    history = flow.fit(POINTS[:700], POINTS[700:], epochs=20, learning_rate=1e-2)
    true = multivariate_normal([3, -2], [[4, 1], [1, 0.5]]).logpdf(POINTS[700:])
    found = flow.log_density(POINTS[700:])
    assert abs(found.mean() - true.mean()) < 0.05
    assert abs(min(history.history["val_loss"]) + found.mean()) < 1e-3  # in the units of the points


def test_bad_input_is_refused():
    flow, pixels = Flow(couplings=1, hidden=2), PixelFlow(pixels=4, couplings=1, hidden=2)
    flow.fit(POINTS[:9], epochs=1)
    pixels.fit(LEVELS, epochs=1)
    for call in (
        lambda: Flow(features=0),
        lambda: Flow(couplings=2.5),
        lambda: Flow(seed=-1),
        lambda: Flow().log_density(POINTS),
        lambda: Flow().inverse(POINTS),
        lambda: Flow().sample(3),
        lambda: Flow().fit(POINTS[:, :1]),
        lambda: Flow().fit(POINTS, POINTS[:0]),
        lambda: Flow().fit(np.zeros((9, 2))),
        lambda: flow.fit(POINTS, epochs=0),
        lambda: flow.fit(POINTS, learning_rate=0),
        lambda: flow.log_density(np.full((1, 2), np.nan)),
        lambda: flow.log_density("points"),
        lambda: flow.inverse(POINTS[0]),
        lambda: flow.sample(0),
        lambda: PixelFlow(dropout=1),
        lambda: pixels.fit(LEVELS, batch_size=0),
        lambda: pixels.log_likelihood_bound(LEVELS, draws=0),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            call()
