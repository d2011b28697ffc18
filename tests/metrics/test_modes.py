"""Mode coverage of samples whose modes are known, and the divergence from equal shares."""

import doctest

import numpy as np
import pytest

from gan_course import metrics, toys
from gan_course.metrics import modes as module

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


def normal(count, size=2, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, (count, size))


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(module) == (0, 2)


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
    ],
)
def test_arguments_out_of_range_are_refused(call):
    with pytest.raises(ValueError, match=THREE_PARTS):
        call()
