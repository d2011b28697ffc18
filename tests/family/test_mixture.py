"""The mixture: exact masses against SciPy and by summing over all pictures, samples by their frequencies, refusals."""

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare, norm
from sklearn.mixture import GaussianMixture

from gan_course import data
from gan_course.family.levels import bits_per_pixel, to_levels
from gan_course.family.mixture import PixelMixture, log_mass

THREE_PARTS = r"Expected.+Received: .+\. \w"
PICTURES = np.array(list(itertools.product(range(3), repeat=2)))  # all of two pixels and three levels


@pytest.fixture(scope="module")
def tiny():
    """A mixture over two pixels with three levels."""
    levels = np.random.default_rng(0).choice([0, 0, 1, 2], size=(60, 2)).cumsum(axis=1).clip(0, 2)
    mixture = PixelMixture(components=2, levels=3)
    mixture.fit(levels)
    return mixture


def test_the_mass_of_a_bin_is_that_of_scipy():
    mean, deviation = np.array([3.2, -4.0, 16.4]), np.array([0.5, 2.5, 7.0])
    for level in (1, 7, 15):
        expected = norm.cdf(level + 0.5, mean, deviation) - norm.cdf(level - 0.5, mean, deviation)
        near = expected > 1e-9
        np.testing.assert_allclose(log_mass(level, mean, deviation)[near], np.log(expected[near]), rtol=1e-6)
    np.testing.assert_allclose(log_mass(0, mean, deviation), norm.logcdf(0.5, mean, deviation))
    np.testing.assert_allclose(log_mass(16, mean, deviation), norm.logsf(15.5, mean, deviation))


def test_masses_sum_to_one_and_stay_finite_far_out():
    for mean in (-20.0, 0.0, 7.3, 40.0):
        for deviation in (0.29, 1.0, 30.0):
            logs = log_mass(np.arange(17), mean, deviation)
            assert np.isfinite(logs).all()
            assert abs(np.exp(logs).sum() - 1) < 1e-9
    far = log_mass(16, 0.0, 0.3), log_mass(0, 16.0, 0.3)
    assert far[0] == far[1] < -1000


def test_samples_follow_the_likelihood(tiny):
    drawn = tiny.sample(20_000, seed=1)
    seen = np.bincount(3 * drawn[:, 0] + drawn[:, 1], minlength=9)
    expected = 20_000 * np.exp(tiny.log_likelihood(PICTURES))
    assert chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-3


def test_one_component_with_known_numbers():
    mixture = PixelMixture(components=1)
    mixture.fit(np.array([[2, 4], [4, 4]]))
    variance = np.array([1, 0]) + 1 / 12
    np.testing.assert_allclose(mixture.deviations[0] ** 2, variance)
    expected = sum(
        np.log(norm.cdf(4.5, mean, std) - norm.cdf(3.5, mean, std))
        for mean, std in zip((3, 4), np.sqrt(variance), strict=True)
    )
    np.testing.assert_allclose(mixture.log_likelihood(np.array([[4, 4]])), expected)


def test_on_digits_it_beats_independent_pixels():
    fitted, held_out = (to_levels(data.load("digits", split=split)[0]) for split in ("train", "test"))
    mixture = PixelMixture(components=40)
    mixture.fit(fitted)
    counts = (fitted[:, :, None] == np.arange(17)).sum(axis=0) + 0.3
    independent = np.log(counts / counts.sum(axis=1, keepdims=True))[np.arange(64), held_out].sum(axis=1)
    assert 2.2 < bits_per_pixel(mixture.log_likelihood(held_out), 64) < bits_per_pixel(independent, 64) - 0.1


def test_one_iteration_at_a_time_is_what_scikit_learn_does_at_once():
    levels = np.random.default_rng(0).integers(17, size=(80, 3))
    mixture = PixelMixture(components=4, seed=3)
    losses = mixture.fit(levels, validation=levels).history
    options = {"covariance_type": "diag", "reg_covar": 1 / 12, "max_iter": 500, "random_state": 3}
    theirs = GaussianMixture(4, **options).fit(levels)
    np.testing.assert_array_equal(mixture.means, theirs.means_)
    np.testing.assert_array_equal(mixture.weights, theirs.weights_)
    assert len(losses["loss"]) == theirs.n_iter_
    assert losses["val_loss"][-1] == -theirs.score(levels)
    np.testing.assert_allclose(losses["val_loss"][:-1], losses["loss"][1:])  # after an update, and before the next
    assert len(mixture.fit(levels, iterations=2).history["loss"]) == 2


def test_bad_input_is_refused(tiny):
    for call in (
        lambda: PixelMixture(components=0),
        lambda: PixelMixture(components=5).fit(PICTURES[:4]),
        lambda: tiny.fit(PICTURES, iterations=0),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            call()
