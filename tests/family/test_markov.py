"""The hidden Markov model: its likelihood against a sum over all hidden paths, samples by frequencies, refusals."""

import itertools

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM
from scipy.stats import chisquare

from gan_course import data
from gan_course.family.levels import bits_per_pixel, to_levels
from gan_course.family.markov import PixelHMM

THREE_PARTS = r"Expected.+Received: .+\. \w"
PICTURES = np.array(list(itertools.product(range(3), repeat=4)))  # all of four pixels and three levels


@pytest.fixture(scope="module")
def tiny():
    """A model with two states over four pixels with three levels."""
    rng = np.random.default_rng(0)
    levels = (np.arange(4) + rng.integers(3, size=(80, 1)) + (rng.uniform(size=(80, 4)) < 0.2)) % 3
    hmm = PixelHMM(states=2, levels=3)
    hmm.fit(levels, iterations=5)
    return hmm


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


def test_samples_follow_the_likelihood(tiny):
    drawn = tiny.sample(20_000, seed=1)
    seen = np.bincount(drawn @ [27, 9, 3, 1], minlength=81)
    expected = 20_000 * np.exp(tiny.log_likelihood(PICTURES))
    assert expected.min() > 3
    assert chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-3


def test_fitting_raises_the_likelihood_and_a_level_never_seen_stays_possible():
    fitted, held_out = (to_levels(data.load("digits", split=split)[0]) for split in ("train", "test"))
    bits, model = [], PixelHMM(states=8)
    for iterations in (1, 20):
        model.fit(fitted[:300], iterations=iterations)
        bits.append(bits_per_pixel(model.log_likelihood(held_out), 64))
    assert bits[1] < bits[0] - 0.1
    model = PixelHMM(states=3)
    model.fit(np.zeros((10, 4), int), iterations=5)
    assert np.isfinite(model.log_likelihood(np.full((1, 4), 16))).all()


def test_one_iteration_at_a_time_is_what_hmmlearn_does_at_once():
    hmm = PixelHMM(states=2, levels=3, seed=1)
    losses = hmm.fit(PICTURES, validation=PICTURES, iterations=6).history
    options = {"n_features": 3, "random_state": 1, "implementation": "scaling", "tol": 0, "n_iter": 6}
    priors = {"startprob_prior": 1.01, "transmat_prior": 1.01, "emissionprob_prior": 1.01}
    theirs = CategoricalHMM(2, **options, **priors).fit(PICTURES.reshape(-1, 1), np.full(len(PICTURES), 4))
    np.testing.assert_array_equal(hmm.transition, theirs.transmat_)
    np.testing.assert_array_equal(hmm.emission, theirs.emissionprob_)
    np.testing.assert_allclose(losses["loss"], -np.array(theirs.monitor_.history) / len(PICTURES))
    np.testing.assert_allclose(losses["val_loss"][:-1], losses["loss"][1:])  # after an update, and before the next


def test_bad_input_is_refused(tiny):
    for call in (
        lambda: PixelHMM(states=0),
        lambda: tiny.fit(PICTURES, iterations=2.0),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            call()
