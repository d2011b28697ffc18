"""Toy distributions: their centers, their samples around them, and what they refuse."""

import doctest

import numpy as np
import pytest
from scipy.spatial import distance

from gan_course import theory, toys

THREE_PARTS = r"Expected.+Received: .+\. \w"


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(toys) == (0, 5)


@pytest.mark.parametrize(("modes", "radius"), [(8, 1.0), (5, 2.5), (1, 1.4)])
def test_ring_centers_are_distinct_and_evenly_spaced(modes, radius):
    """Neighbors are one chord apart, the last and the first too: no center counts twice."""
    centers = toys.ring_centers(modes, radius)
    assert (centers.shape, centers.dtype) == ((modes, 2), np.float32)
    assert np.abs(np.linalg.norm(centers, axis=1) - radius).max() < 1e-6
    chords = np.linalg.norm(centers - np.roll(centers, 1, axis=0), axis=1)
    assert np.abs(chords - 2 * radius * np.sin(np.pi / modes)).max() < 1e-6
    assert modes == 1 or distance.pdist(centers).min() > 0.5


@pytest.mark.parametrize(("side", "spacing"), [(5, 2.0), (4, 0.5), (1, 3.0)])
def test_grid_centers_are_distinct_and_centered(side, spacing):
    centers = toys.grid_centers(side, spacing)
    assert (centers.shape, centers.dtype) == ((side**2, 2), np.float32)
    assert np.abs(centers.mean(axis=0)).max() < 1e-6
    assert side == 1 or abs(distance.pdist(centers).min() - spacing) < 1e-6
    assert np.abs(np.ptp(centers, axis=0) - spacing * (side - 1)).max() < 1e-6


CLOUDS = {
    "ring": (lambda: toys.ring(40_000), toys.ring_centers(), 0.01),
    "wide ring": (lambda: toys.ring(40_000, modes=5, radius=3, std=0.2), toys.ring_centers(5, 3), 0.2),
    "grid": (lambda: toys.grid(40_000), toys.grid_centers(), 0.05),
    "small grid": (
        lambda: toys.grid(40_000, side=2, spacing=9.0, std=0.8),
        toys.grid_centers(2, spacing=9.0),
        0.8,
    ),
}


@pytest.mark.parametrize(("draw", "centers", "std"), CLOUDS.values(), ids=CLOUDS)
def test_samples_lie_around_all_centers_alike(draw, centers, std):
    points = draw()
    assert (points.shape, points.dtype) == ((40_000, 2), np.float32)
    nearest = distance.cdist(points, centers).argmin(axis=1)
    share = 40_000 / len(centers)
    assert np.abs(np.bincount(nearest, minlength=len(centers)) - share).max() < 5 * np.sqrt(share)
    for mode, center in enumerate(centers):
        own = points[nearest == mode]
        error = std / np.sqrt(len(own))
        assert np.abs(own.mean(axis=0) - center).max() < 5 * error
        assert np.abs(own.std(axis=0) - std).max() < 5 * error
        assert abs(np.corrcoef(own.T)[0, 1]) < 5 / np.sqrt(len(own))


@pytest.mark.parametrize(
    ("means", "stds", "weights"),
    [((-1.5, 1.5), (0.5, 0.5), None), ((-2, 0, 3), (0.3, 1.0, 0.6), (0.2, 0.5, 0.3))],
)
def test_the_mixture_follows_its_density(means, stds, weights):
    points = toys.gaussian_mixture_1d(100_000, means, stds, weights)
    assert (points.shape, points.dtype) == ((100_000, 1), np.float32)
    edges = np.linspace(-5, 6, 56)
    counts, _ = np.histogram(points, edges)
    fine = np.linspace(edges[:-1], edges[1:], 41)
    expected = 100_000 * np.trapezoid(theory.gaussian_mixture(fine, means, stds, weights), fine, axis=0)
    assert np.abs(counts - expected).max() > 1  # it is a sample
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected + 1)).all()


@pytest.mark.parametrize("draw", [toys.ring, toys.grid, toys.gaussian_mixture_1d])
def test_the_seed_decides(draw):
    assert np.array_equal(draw(100), draw(100, seed=0))
    assert np.array_equal(draw(100, seed=7), draw(100, seed=7))
    assert not np.array_equal(draw(100, seed=7), draw(100, seed=8))


BAD_TOYS = [
    (toys.ring, {"count": 0}),
    (toys.ring, {"count": -3}),
    (toys.ring, {"count": 2.5}),
    (toys.ring, {"count": "many"}),
    (toys.ring, {"count": True}),
    (toys.ring, {"modes": 0}),
    (toys.ring, {"modes": 8.5}),
    (toys.ring, {"radius": 0}),
    (toys.ring, {"std": -0.01}),
    (toys.ring, {"std": float("nan")}),
    (toys.grid, {"count": 0}),
    (toys.grid, {"side": 0}),
    (toys.grid, {"side": 2.5}),
    (toys.grid, {"spacing": -2}),
    (toys.grid, {"std": 0}),
    (toys.gaussian_mixture_1d, {"count": 0}),
    (toys.gaussian_mixture_1d, {"stds": (0.5, 0)}),
    (toys.gaussian_mixture_1d, {"stds": (0.5,)}),
    (toys.gaussian_mixture_1d, {"means": (), "stds": ()}),
    (toys.gaussian_mixture_1d, {"weights": (0.5, 0.6)}),
    (toys.gaussian_mixture_1d, {"weights": (-0.5, 1.5)}),
    (toys.gaussian_mixture_1d, {"weights": (1.0,)}),
    (toys.gaussian_mixture_1d, {"weights": (0.5, float("nan"))}),
]


@pytest.mark.parametrize(("draw", "bad"), BAD_TOYS)
def test_a_bad_argument_of_a_toy_distribution_is_refused(draw, bad):
    with pytest.raises(ValueError, match=THREE_PARTS):
        draw(**{"count": 10} | bad)


def test_weights_may_be_rounded():
    """NumPy's own check is stricter than ours, and its message says less."""
    points = toys.gaussian_mixture_1d(3000, means=(-9, 0, 9), stds=(1, 1, 1), weights=[0.3333333] * 3)
    assert np.abs(np.bincount(np.digitize(points[:, 0], [-4.5, 4.5])) - 1000).max() < 150
