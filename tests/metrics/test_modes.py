"""Mode coverage of samples whose modes are known, the divergence from equal shares, and the Inception Score."""

import doctest

import numpy as np
import pytest
from scipy.stats import entropy

from gan_course import metrics, toys
from gan_course.metrics import modes as module

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


def normal(count, size=2, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, (count, size))


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(module) == (0, 3)


@pytest.mark.parametrize("seed", range(3))
def test_a_perfect_sampler_has_all_modes_and_989_in_a_thousand_near_them(seed):
    modes, high_quality = metrics.mode_coverage(toys.ring(2500, seed=seed), toys.ring_centers(), 0.01)
    assert modes == 8
    assert high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.007)


def test_modes_count_only_by_samples_near_them():
    centers = toys.grid_centers()
    samples = np.concatenate([centers[:3], centers[3:6] + 0.16, centers[6:7] + np.array([0.149, 0])])
    assert metrics.mode_coverage(samples, centers, 0.05) == (4, pytest.approx(4 / 7))
    assert metrics.mode_coverage(samples + 50, centers, 0.05) == (0, 0)
    assert metrics.mode_coverage(samples, centers, 0.05, reach=5).modes == 7


def test_reverse_kl():
    assert metrics.reverse_kl(np.arange(10).repeat(3), 10) == pytest.approx(0, abs=1e-12)
    assert metrics.reverse_kl([4, 4, 4], 1000) == pytest.approx(np.log(1000), abs=1e-12)
    expected = 0.75 * np.log(0.75 * 4) + 0.25 * np.log(0.25 * 4)
    assert metrics.reverse_kl([0, 0, 3, 0], 4) == pytest.approx(expected, abs=1e-12)


def test_inception_score_by_hand():
    p = np.array([[0.5, 0.5], [0.9, 0.1]])  # their mean is (0.7, 0.3)
    first = 0.5 * np.log(0.5 / 0.7) + 0.5 * np.log(0.5 / 0.3)
    second = 0.9 * np.log(0.9 / 0.7) + 0.1 * np.log(0.1 / 0.3)
    assert metrics.inception_score(p) == (pytest.approx(np.exp((first + second) / 2)), 0)
    assert metrics.inception_score(p, splits=2) == (pytest.approx(1), pytest.approx(0))  # one sample per part


def test_inception_score_is_that_of_scipys_entropies():
    """exp(H(mean of p) − mean of H(p)): the mutual information of sample and class."""
    p = np.random.default_rng(0).dirichlet(np.ones(6) / 2, size=50)
    expected = np.exp(entropy(p.mean(axis=0)) - entropy(p, axis=1).mean())
    assert metrics.inception_score(p).mean == pytest.approx(expected)
    parts = [metrics.inception_score(part).mean for part in (p[:25], p[25:])]
    assert metrics.inception_score(p, splits=2) == pytest.approx((np.mean(parts), np.std(parts)))


def test_inception_score_has_its_bounds():
    sure = np.eye(4)[[0, 1, 2, 3, 3, 2, 1, 0]]
    assert metrics.inception_score(sure).mean == pytest.approx(4)
    assert metrics.inception_score(sure[:2].repeat(9, axis=0)).mean == pytest.approx(2)  # two classes are missing
    assert metrics.inception_score(np.full((5, 4), 0.25)).mean == pytest.approx(1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.mode_coverage(normal(4), normal(3), 0),
        lambda: metrics.mode_coverage(normal(4), normal(3), 0.1, reach=-1),
        lambda: metrics.reverse_kl([], 3),
        lambda: metrics.reverse_kl([0], 0),
        lambda: metrics.reverse_kl([0], 1.5),
        lambda: metrics.reverse_kl([0, 3], 3),
        lambda: metrics.reverse_kl([0.0, 1.0], 3),
        lambda: metrics.inception_score([0.5, 0.5]),
        lambda: metrics.inception_score([[0.5, 0.6]]),
        lambda: metrics.inception_score([[-0.5, 1.5]]),
        lambda: metrics.inception_score([[0.5, np.nan]]),
        lambda: metrics.inception_score([[0.5, 0.5]], splits=2),
        lambda: metrics.inception_score([[0.5, 0.5]], splits=0),
    ],
)
def test_arguments_out_of_range_are_refused(call):
    with pytest.raises(ValueError, match=THREE_PARTS):
        call()
