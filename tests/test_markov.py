"""The hidden Markov model: its likelihood against a sum over all hidden paths, samples by frequencies, refusals."""

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

from gan_course import data
from gan_course.levels import bits_per_pixel, to_levels
from gan_course.markov import PixelHMM

THREE_PARTS = r"Expected.+Received: .+\. \w"
PICTURES = np.array(list(itertools.product(range(3), repeat=4)))  # all of four pixels and three levels


@pytest.fixture(scope="module")
def tiny():
    """A model with two states over four pixels with three levels."""
    rng = np.random.default_rng(0)
    levels = (np.arange(4) + rng.integers(3, size=(80, 1)) + (rng.uniform(size=(80, 4)) < 0.2)) % 3
    return PixelHMM(states=2, levels=3, iterations=5).fit(levels)


def by_all_paths(model, picture):
    """Log-probability of a picture, from the definition: a sum over every path of hidden states."""
    total = 0.0
    for path in itertools.product(range(model.states), repeat=len(picture)):
        steps = [model.transition[a, b] for a, b in itertools.pairwise(path)]
        drawn = [model.emission[state, level] for state, level in zip(path, picture, strict=True)]
        total += model.start[path[0]] * np.prod(steps) * np.prod(drawn)
    return np.log(total)


def test_the_likelihood_is_the_sum_over_all_hidden_paths(tiny):
    expected = [by_all_paths(tiny, picture) for picture in PICTURES]
    np.testing.assert_allclose(tiny.log_likelihood(PICTURES), expected, rtol=1e-9)


def test_the_probabilities_of_all_pictures_sum_to_one(tiny):
    assert abs(np.exp(tiny.log_likelihood(PICTURES)).sum() - 1) < 1e-9


def test_samples_follow_the_likelihood(tiny):
    drawn = tiny.sample(20_000, seed=1)
    seen = np.bincount(drawn @ [27, 9, 3, 1], minlength=81)
    expected = 20_000 * np.exp(tiny.log_likelihood(PICTURES))
    assert expected.min() > 3
    assert chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-3


def test_fitting_raises_the_likelihood_and_a_level_never_seen_stays_possible():
    fitted, held_out = (to_levels(data.load("digits", split=split)[0]) for split in ("train", "test"))
    bits = [
        bits_per_pixel(PixelHMM(states=8, iterations=rounds).fit(fitted[:300]).log_likelihood(held_out), 64)
        for rounds in (1, 20)
    ]
    assert bits[1] < bits[0] - 0.1
    model = PixelHMM(states=3, iterations=5).fit(np.zeros((10, 4), int))
    assert np.isfinite(model.log_likelihood(np.full((1, 4), 16))).all()


def test_a_seed_gives_the_same_model_and_the_same_samples(tiny):
    again = PixelHMM(states=2, levels=3, iterations=5).fit(PICTURES)
    other = PixelHMM(states=2, levels=3, iterations=5).fit(PICTURES)
    np.testing.assert_array_equal(again.transition, other.transition)
    assert (tiny.sample(9, seed=4) == tiny.sample(9, seed=4)).all()
    assert (tiny.sample(9, seed=4) != tiny.sample(9, seed=5)).any()


def test_bad_input_is_refused(tiny):
    for call in (
        lambda: PixelHMM(states=0),
        lambda: PixelHMM(levels=True),
        lambda: PixelHMM(iterations=2.0),
        lambda: PixelHMM().fit(PICTURES + 0.5),
        lambda: PixelHMM(levels=3).fit(PICTURES + 1),
        lambda: PixelHMM().log_likelihood(PICTURES),
        lambda: PixelHMM().sample(1),
        lambda: tiny.log_likelihood(PICTURES[:, :3]),
        lambda: tiny.log_likelihood(PICTURES - 1),
        lambda: tiny.log_likelihood(np.full((1, 4), np.nan)),
        lambda: tiny.sample(0),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            call()
