"""Toy distributions on the line and in the plane, with known modes: a ring, a grid, a mixture of Gaussians."""

import numpy as np

from gan_course.arguments import require_count, require_number, require_probabilities, require_same_length


def ring_centers(modes: int = 8, radius: float = 1.0) -> np.ndarray:
    """Centers of a ring of Gaussians: points that are evenly spaced on a circle around the origin.

    Args:
        modes: number of centers. Defaults to 8.
        radius: radius of the circle, above 0. Defaults to 1.0.

    Returns:
        Points of shape `(modes, 2)`, float32. The first one lies on the positive x-axis; the others follow
        counterclockwise.

    Raises:
        ValueError: if `modes` is not a positive integer, or `radius` is not positive.

    Example:
        >>> ring_centers(4, radius=2.0).round().tolist()
        [[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [-0.0, -2.0]]
    """
    require_count(8, modes=modes)
    require_number(above=0, radius=radius)
    # Without the end point: a linspace that includes 2π would count the first center twice.
    angles = 2 * np.pi * np.arange(modes) / modes
    return (radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype("float32")


def ring(count: int, modes: int = 8, radius: float = 1.0, std: float = 0.01, seed: int = 0) -> np.ndarray:
    """Draw samples from a mixture of Gaussians on a ring. All modes are equally likely.

    Args:
        count: number of points.
        modes: number of Gaussians. Defaults to 8.
        radius: distance of their centers from the origin, above 0. Defaults to 1.0.
        std: standard deviation of each Gaussian in both directions, above 0. Defaults to 0.01.
        seed: integer seed. Defaults to 0.

    Returns:
        Points of shape `(count, 2)`, float32.

    Raises:
        ValueError: if `count` or `modes` is not a positive integer, or `radius` or `std` is not positive.

    Reference: Srivastava et al. 2017 (VEEGAN), experiments on synthetic data; Lin et al. 2018 (PacGAN) for `std`.

    Example:
        >>> ring(1000, modes=8, std=0.05).shape
        (1000, 2)
    """
    return _sample_around(ring_centers(modes, radius), count, std, seed)


def grid_centers(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """Centers of a square grid of Gaussians around the origin.

    Args:
        side: number of centers along each side. Defaults to 5, which gives 25 centers.
        spacing: distance between neighboring centers, above 0. Defaults to 2.0.

    Returns:
        Points of shape `(side * side, 2)`, float32, row by row from the lower left corner.

    Raises:
        ValueError: if `side` is not a positive integer, or `spacing` is not positive.

    Example:
        >>> grid_centers(2, spacing=2.0).tolist()
        [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]]
    """
    require_count(5, side=side)
    require_number(2.0, above=0, spacing=spacing)
    positions = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(positions, positions), axis=-1).reshape(-1, 2).astype("float32")


def grid(count: int, side: int = 5, spacing: float = 2.0, std: float = 0.05, seed: int = 0) -> np.ndarray:
    """Draw samples from a mixture of Gaussians on a square grid. All modes are equally likely.

    Args:
        count: number of points.
        side: number of Gaussians along each side. Defaults to 5, which gives 25 modes.
        spacing: distance between neighboring centers, above 0. Defaults to 2.0.
        std: standard deviation of each Gaussian in both directions, above 0. Defaults to 0.05.
        seed: integer seed. Defaults to 0.

    Returns:
        Points of shape `(count, 2)`, float32.

    Raises:
        ValueError: if `count` or `side` is not a positive integer, or `spacing` or `std` is not positive.

    Reference: Srivastava et al. 2017 (VEEGAN), experiments on synthetic data; Lin et al. 2018 (PacGAN) for `std`.

    Example:
        >>> grid(1000, side=5).shape
        (1000, 2)
    """
    return _sample_around(grid_centers(side, spacing), count, std, seed)


def gaussian_mixture_1d(count: int, means=(-1.5, 1.5), stds=(0.5, 0.5), weights=None, seed: int = 0) -> np.ndarray:
    """Draw samples from a mixture of Gaussians on the line.

    The density of the samples is `theory.gaussian_mixture(x, means, stds, weights)`.

    Args:
        count: number of points.
        means: mean of each component, shape `(components,)`. Defaults to (-1.5, 1.5).
        stds: standard deviation of each component, above 0, shape `(components,)`. Defaults to (0.5, 0.5).
        weights: probability of each component, shape `(components,)`. The sum is one. Defaults to `None`: all
            components are equally likely.
        seed: integer seed. Defaults to 0.

    Returns:
        Points of shape `(count, 1)`, float32.

    Raises:
        ValueError: if `count` is not a positive integer, the numbers of means, stds and weights differ, a standard
            deviation is not positive, or the weights are negative or do not sum to one.

    Example:
        >>> gaussian_mixture_1d(500, means=(0.0, 4.0), stds=(1.0, 0.5), weights=(0.25, 0.75)).shape
        (500, 1)
    """
    require_count(1000, count=count)
    means, stds = np.atleast_1d(means).astype(float), np.atleast_1d(stds).astype(float)
    weights = np.full(len(means), 1 / max(1, len(means))) if weights is None else np.atleast_1d(weights).astype(float)
    require_same_length(means=means, stds=stds, weights=weights)
    for std in stds.tolist():
        require_number(0.5, above=0, std=std)
    require_probabilities(weights=weights)
    rng = np.random.default_rng(seed)
    component = rng.choice(len(means), size=count, p=weights / weights.sum())  # NumPy wants the sum within 1e-8
    return (means[component] + stds[component] * rng.normal(size=count)).astype("float32")[:, None]


def _sample_around(centers, count, std, seed):
    """Draw `count` points: each lies around a center that is chosen at random."""
    require_count(1000, count=count)
    require_number(0.05, above=0, std=std)
    rng = np.random.default_rng(seed)
    chosen = centers[rng.integers(len(centers), size=count)]
    return (chosen + std * rng.normal(size=chosen.shape)).astype("float32")
