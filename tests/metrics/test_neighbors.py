"""Nearest neighbors, precision and recall, density and coverage, the two-sample test: sets whose answer is known."""

import doctest

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from gan_course import metrics, toys
from gan_course.metrics import neighbors

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


def normal(count, size=2, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, (count, size))


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(neighbors) == (0, 7)


@pytest.mark.parametrize("kept", [3, 4])
def test_some_of_eight_modes_give_full_precision_and_as_much_recall(kept):
    real, some = toys.ring(2000, seed=0, std=0.05), toys.ring(6000, seed=1, std=0.05)
    nearest = metrics.nearest_neighbors(some, toys.ring_centers()).indices[:, 0]
    some = some[nearest < kept][:1500]
    precision, recall = metrics.precision_recall(real, some)
    assert 0.95 < precision <= 1
    assert recall == pytest.approx(kept / 8, abs=0.04)
    assert metrics.precision_recall(some, real) == pytest.approx((recall, precision))


def test_precision_and_recall_of_equal_and_of_far_sets():
    a = normal(200)
    assert metrics.precision_recall(a, a) == (1, 1)
    assert metrics.precision_recall(a, a + 100) == (0, 0)


def test_precision_and_recall_count_the_balls():
    """On a line, by hand: balls around 0, 1, 3 reach 1, 1, 2, and around 0.5, 4.5, 10 they reach 4, 4, 5.5."""
    real, fake = np.array([[0], [1], [3.0]]), np.array([[0.5], [4.5], [10.0]])
    assert metrics.precision_recall(real, fake, k=1) == (pytest.approx(2 / 3), 1)


def test_density_and_coverage_count_the_balls():
    """On a line, by hand: the balls around 0, 1, 3 reach 1, 1, 2. 0.5 lies in two of them, 4.5 in one, 10 in none."""
    real, fake = np.array([[0], [1], [3.0]]), np.array([[0.5], [4.5], [10.0]])
    assert metrics.density_coverage(real, fake, k=1) == (pytest.approx((2 + 1 + 0) / 3), 1)
    assert metrics.density_coverage(real, fake[2:].repeat(2, axis=0), k=1) == (0, 0)
    assert metrics.density_coverage(real, fake[:1].repeat(4, axis=0), k=1) == (2, pytest.approx(2 / 3))


@pytest.mark.parametrize("k", [1, 5])
def test_density_and_coverage_agree_with_scikit_learn(k):
    real, fake = normal(80, 3), normal(50, 3, 1, mean=0.7)
    radii = NearestNeighbors(n_neighbors=k).fit(real).kneighbors()[0][:, -1]  # without the point itself
    distances = NearestNeighbors(n_neighbors=80).fit(real).kneighbors(fake)
    inside = np.zeros((50, 80), bool)
    for row, (length, index) in enumerate(zip(*distances, strict=True)):
        inside[row, index] = length <= radii[index]
    expected = inside.sum() / (k * 50), inside.any(axis=0).mean()
    assert metrics.density_coverage(real, fake, k) == pytest.approx(expected)


@pytest.mark.parametrize(("n", "m", "k"), [(30, 30, 5), (20, 40, 2)])
def test_density_and_coverage_of_equal_distributions_are_what_theory_expects(n, m, k):
    """Naeem et al. 2020: E density = 1, E coverage = 1 − Π (n − i) / (n + m − i)."""
    found = np.array([metrics.density_coverage(normal(n, 2, i), normal(m, 2, i + 5000), k) for i in range(400)])
    expected = 1, 1 - np.prod([(n - i) / (n + m - i) for i in range(1, k + 1)])
    assert (np.abs(found.mean(axis=0) - expected) < 4 * found.std(axis=0) / 20).all()


def test_an_outlier_fools_precision_and_recall_more_than_density_and_coverage():
    real, fake = normal(200), normal(200, seed=1, mean=4.0, std=0.3)
    with_outlier = np.concatenate([real, [[9.0, 9.0]]])
    assert metrics.precision_recall(with_outlier, fake).precision > 0.9
    assert metrics.density_coverage(with_outlier, fake).density < 0.3
    scattered = np.concatenate([fake, [[-9.0, -9.0], [-9.0, 9.0], [9.0, -9.0]]])  # their balls reach over all real ones
    assert metrics.precision_recall(real, scattered).recall > 0.9
    assert metrics.density_coverage(real, scattered).coverage < 0.1


def test_two_sample_test():
    a = normal(1000)
    assert metrics.two_sample_test(a, normal(1000, seed=1)).accuracy == pytest.approx(0.5, abs=0.04)
    assert metrics.two_sample_test(a, a + 100) == (1, 1, 1)
    assert metrics.two_sample_test(a, a + 1e-6).accuracy == 0  # copies
    one_mode = metrics.two_sample_test(a, normal(1000, seed=1, std=0.02))
    assert one_mode.real > 0.95
    assert one_mode.accuracy > 0.9


def test_nearest_neighbors_are_those_of_scikit_learn():
    samples, others = normal(60, 5), normal(300, 5, 1)
    distances, indices = NearestNeighbors(n_neighbors=4).fit(others).kneighbors(samples)
    found = metrics.nearest_neighbors(samples, others, 4)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, atol=1e-12)
    assert metrics.nearest_neighbors(others, others).distances.max() == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.precision_recall(normal(4), normal(9), k=4),
        lambda: metrics.precision_recall(normal(4), normal(9), k=0),
        lambda: metrics.density_coverage(normal(5), normal(9)),
        lambda: metrics.density_coverage(normal(9), normal(9), k=0),
        lambda: metrics.density_coverage(normal(9), normal(9, 3)),
        lambda: metrics.nearest_neighbors(normal(4), normal(9), k=10),
        lambda: metrics.nearest_neighbors(normal(4), normal(9), k=1.5),
        lambda: metrics.two_sample_test(normal(4), normal(5)),
    ],
)
def test_arguments_out_of_range_are_refused(call):
    with pytest.raises(ValueError, match=THREE_PARTS):
        call()
