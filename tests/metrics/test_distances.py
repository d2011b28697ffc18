"""Fréchet and kernel distance against closed forms, SciPy, and sums over all pairs."""

import doctest

import numpy as np
import pytest
from scipy.linalg import sqrtm

from gan_course import metrics
from gan_course.metrics import distances


def normal(count, size=2, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, (count, size))


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(distances) == (0, 4)


@pytest.fixture
def clouds():
    rng = np.random.default_rng(0)
    return rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5)) + 1, rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5))


def exactly(mean, covariance, count=200):
    """Points whose mean and covariance are exactly these."""
    points = np.random.default_rng(1).normal(size=(count, len(mean)))
    points -= points.mean(0)
    points = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points, rowvar=False))).T
    values, vectors = np.linalg.eigh(covariance)
    return points @ (vectors * np.sqrt(np.maximum(values, 0))).T + mean


def test_distance_of_two_gaussians_in_closed_form():
    a, b = exactly([1.0, -2.0], np.diag([4.0, 9.0])), exactly([3.0, 1.0], np.diag([1.0, 25.0]))
    expected = (2**2 + 3**2) + (2 - 1) ** 2 + (3 - 5) ** 2  # covariances that commute
    assert abs(metrics.frechet_distance(a, b) - expected) < 1e-9


def test_distance_agrees_with_scipys_matrix_root(clouds):
    a, b = clouds
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(cov_a + cov_b - 2 * sqrtm(cov_a @ cov_b).real)
    assert abs(metrics.frechet_distance(a, b) - expected) < 1e-7


def test_distance_of_equal_sets_is_zero_and_of_a_translation_its_length(clouds):
    a, _ = clouds
    assert abs(metrics.frechet_distance(a, a[::-1])) < 1e-9
    assert abs(metrics.frechet_distance(a, a + np.array([3, 0, 0, -4, 0])) - 25) < 1e-9


def test_distance_is_symmetric_and_knows_no_rotation(clouds):
    a, b = clouds
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0]
    distance = metrics.frechet_distance(a, b)
    assert abs(metrics.frechet_distance(b, a) - distance) < 1e-9
    assert abs(metrics.frechet_distance(a @ turn, b @ turn) - distance) < 1e-9


def test_distance_of_singular_covariances():
    flat, dot = exactly([0.0, 0.0, 0.0], np.diag([4.0, 1.0, 0.0])), np.zeros((50, 3))
    assert abs(metrics.frechet_distance(flat, dot) - 5) < 1e-9
    assert abs(metrics.frechet_distance(dot, flat) - 5) < 1e-9
    upright = exactly([0.0, 0.0, 0.0], np.diag([0.0, 1.0, 4.0]))
    assert abs(metrics.frechet_distance(flat, upright) - 8) < 1e-6  # 5 + 5 − 2·1: the planes share one axis
    few = np.random.default_rng(3).normal(size=(4, 64))  # fewer samples than features
    assert abs(metrics.frechet_distance(few, few[::-1])) < 1e-6


def test_kernel_distance_is_the_sum_over_all_pairs():
    a, b = normal(7, 3), normal(5, 3, 1)

    def mean(x, y, pairs):
        return np.mean([(x[i] @ y[j] / 3 + 1) ** 3 for i, j in pairs])

    def others(n):
        return [(i, j) for i in range(n) for j in range(n) if i != j]

    every = [(i, j) for i in range(7) for j in range(5)]
    expected = mean(a, a, others(7)) + mean(b, b, others(5)) - 2 * mean(a, b, every)
    assert metrics.kernel_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_kernel_distance_is_without_bias():
    found = [metrics.kernel_distance(normal(20, 3, i), normal(20, 3, i + 1000)) for i in range(400)]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20
    assert min(found) < 0 < max(found)
    assert metrics.kernel_distance(normal(20, 3), normal(20, 3, 1, mean=3)) > 10
