"""The mathematics of the lessons, in NumPy: densities, the optimal discriminator, V(D, G), divergences.

A density is given by its values on a one-dimensional grid `x`, and an integral is a trapezoidal sum over that grid.
Logarithms are natural, so values and divergences are in nats.
"""

import numpy as np

from gan_course.arguments import require_number, require_probabilities, require_same_length

MASS_TOLERANCE = 1e-3
"""Largest distance from one that the integral of a density may have. A density beyond it is refused."""


def gaussian(x: np.ndarray, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    """Density of a normal distribution.

    Args:
        x: points, an array of any shape.
        mean: mean of the distribution. Defaults to 0.0.
        std: standard deviation, above 0. Defaults to 1.0.

    Returns:
        Density at `x`, of the same shape as `x`, in 1 / (unit of `x`).

    Raises:
        ValueError: if `std` is not positive.

    Example:
        >>> gaussian([0.0, 1.0]).round(4).tolist()
        [0.3989, 0.242]
    """
    require_number(above=0, std=std)
    z = (np.asarray(x, float) - mean) / std
    return np.exp(-0.5 * z**2) / (std * np.sqrt(2 * np.pi))


def gaussian_mixture(x: np.ndarray, means=(-1.5, 1.5), stds=(0.5, 0.5), weights=None) -> np.ndarray:
    """Density of a mixture of normal distributions on the line. `toys.gaussian_mixture_1d` draws samples from it.

    Args:
        x: points, an array of any shape.
        means: mean of each component, `(components,)`. Defaults to (-1.5, 1.5).
        stds: standard deviation of each component, above 0, `(components,)`. Defaults to (0.5, 0.5).
        weights: probability of each component, `(components,)`. The sum is one. Defaults to `None`: all components
            are equally likely.

    Returns:
        Density at `x`, of the same shape as `x`.

    Raises:
        ValueError: if the numbers of means, stds and weights differ, a standard deviation is not positive, or the
            weights are negative or do not sum to one.

    Example:
        >>> gaussian_mixture([0.0], means=(-1, 1), stds=(1, 1)).round(4).tolist()
        [0.242]
    """
    means, stds = np.atleast_1d(means), np.atleast_1d(stds)
    weights = np.full(len(means), 1 / max(1, len(means))) if weights is None else np.atleast_1d(weights)
    require_same_length(means=means, stds=stds, weights=weights)
    require_probabilities(weights=weights)
    return sum(w * gaussian(x, m, s) for w, m, s in zip(weights, means, stds, strict=True))


def optimal_discriminator(p_data: np.ndarray, p_model: np.ndarray) -> np.ndarray:
    """The discriminator with the largest value V(D, G) for given densities.

    It is D*(x) = p_data(x) / (p_data(x) + p_model(x)).

    Args:
        p_data: density of the data, an array of any shape, not negative.
        p_model: density of the generated samples, an array of the same shape, not negative.

    Returns:
        D*(x) in [0, 1], of the same shape. It is NaN where both densities are 0: no sample is ever there, so every
        value is optimal.

    Raises:
        ValueError: if the shapes differ, or if a density is negative or not finite.

    Reference: Goodfellow et al. 2014, proposition 1.

    Example:
        >>> optimal_discriminator([0.3, 0.0], [0.1, 0.2]).round(2).tolist()
        [0.75, 0.0]
    """
    p_data, p_model = _densities(p_data, p_model)
    total = p_data + p_model
    with np.errstate(invalid="ignore"):
        return np.where(total > 0, p_data / total, np.nan)


def value_function(discriminator: np.ndarray, p_data: np.ndarray, p_model: np.ndarray, x: np.ndarray) -> float:
    """The value of the GAN game, V(D, G) = ∫ p_data(x) log D(x) + p_model(x) log(1 − D(x)) dx, in nats.

    Args:
        discriminator: D(x) on the grid, in [0, 1], `(points,)`.
        p_data: density of the data on the grid, `(points,)`.
        p_model: density of the generated samples on the grid, `(points,)`.
        x: the grid, in increasing order, `(points,)`.

    Returns:
        A float that is at most 0. It is −∞ if D is certain somewhere, and wrong there.

    Raises:
        ValueError: if the shapes differ, D(x) is not in [0, 1], or a density is negative or has an integral that is
            not one.

    Reference: Goodfellow et al. 2014, equation 1.

    Example:
        >>> x = np.linspace(-10, 10, 2001)
        >>> p = gaussian(x)
        >>> round(value_function(np.full_like(x, 0.5), p, p, x), 4)  # −log 4
        -1.3863
    """
    p_data, p_model = _densities_on(x, p_data, p_model)
    discriminator = np.asarray(discriminator, float)
    has_samples = p_data + p_model > 0  # D may be NaN elsewhere
    if discriminator.shape != p_data.shape or not ((discriminator >= 0) & (discriminator <= 1))[has_samples].all():
        raise ValueError(
            f"Invalid discriminator. Expected probabilities in [0, 1], an array of shape {p_data.shape}. Received: "
            f"shape {discriminator.shape}, values from {discriminator.min()} to {discriminator.max()}. "
            "If these are logits, apply a sigmoid first. Evaluate D on the same grid as the densities."
        )
    # Where one density is tiny beside the other, D* rounds to 0 or 1. It is not wrong there: the term's limit is 0.
    negligible = np.finfo(float).eps * (p_data + p_model)
    data_term = _times_log(np.where(p_data > negligible, p_data, 0.0), discriminator)
    model_term = _times_log(np.where(p_model > negligible, p_model, 0.0), 1 - discriminator)
    return _integral(data_term + model_term, x)


def kullback_leibler(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """Kullback–Leibler divergence KL(p ‖ q) = ∫ p(x) log(p(x) / q(x)) dx, in nats.

    Args:
        p: density on the grid, `(points,)`.
        q: density on the grid, `(points,)`.
        x: the grid, in increasing order, `(points,)`.

    Returns:
        A float that is at least 0, up to rounding errors. It is ∞ if q is 0 somewhere where p is not.

    Raises:
        ValueError: if the shapes differ, or if a density is negative or has an integral that is not one.

    Example:
        >>> x = np.linspace(-10, 10, 2001)
        >>> round(kullback_leibler(gaussian(x, 0), gaussian(x, 1), x), 6)
        0.5
    """
    p, q = _densities_on(x, p, q)
    return _integral(_times_log(p, p) - _times_log(p, q), x)


def jensen_shannon(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """Jensen–Shannon divergence JSD(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, in nats.

    For the optimal discriminator D* the value of the GAN game is V(D*, G) = 2·JSD(p_data, p_model) − log 4.

    Args:
        p: density on the grid, `(points,)`.
        q: density on the grid, `(points,)`.
        x: the grid, in increasing order, `(points,)`.

    Returns:
        A float from 0, for equal densities, to log 2 = 0.6931, for densities that do not overlap.

    Raises:
        ValueError: if the shapes differ, or if a density is negative or has an integral that is not one.

    Reference: Lin 1991; Goodfellow et al. 2014, theorem 1.

    Example:
        >>> x = np.linspace(-20, 20, 4001)
        >>> round(jensen_shannon(gaussian(x, -9), gaussian(x, 9), x), 4)
        0.6931
    """
    p, q = _densities_on(x, p, q)
    middle = (p + q) / 2
    return 0.5 * kullback_leibler(p, middle, x) + 0.5 * kullback_leibler(q, middle, x)


def _integral(values, x):
    """Trapezoidal sum of the values over the grid."""
    return float(np.trapezoid(values, x))


def _times_log(p, q):
    """The product p log q. It is 0 where p is 0, or so small that p / 2 may be rounded to 0, even if q is 0 or NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p >= np.finfo(float).tiny, p * np.log(q), 0.0)


def _densities(p, q):
    """Two densities as arrays, after a check that their shapes agree, and that no value is negative or infinite."""
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.shape != q.shape:
        raise ValueError(
            "Densities of different shapes. Expected the values of both densities on one grid. Received: shapes "
            f"{p.shape} and {q.shape}. Evaluate both on the same x."
        )
    for density in (p, q):
        if not np.isfinite(density).all() or density.min(initial=0) < 0:
            raise ValueError(
                "Invalid density. Expected finite values that are not negative. Received: values from "
                f"{density.min()} to {density.max()}. Check the formula of the density, and the grid."
            )
    return p, q


def _densities_on(x, p, q):
    """Two densities as arrays, after a check that they lie on the grid x, and that their integrals are one."""
    p, q = _densities(p, q)
    x = np.asarray(x, float)
    if x.ndim != 1 or len(x) < 2 or not (np.diff(x) > 0).all():
        raise ValueError(
            "Invalid grid. Expected at least two numbers in increasing order, of shape (points,). Received: shape "
            f"{x.shape}{', not increasing' if x.ndim == 1 and len(x) > 1 else ''}. Try np.linspace(-10, 10, 2001)."
        )
    if p.shape != x.shape:
        raise ValueError(
            "Densities and grid of different shapes. Expected the values of both densities on the grid x. Received: "
            f"densities of shape {p.shape}, a grid of shape {x.shape}. Evaluate both densities on this x."
        )
    for density in (p, q):
        mass = _integral(density, x)
        if abs(mass - 1) > MASS_TOLERANCE:
            raise ValueError(
                f"Invalid density. Expected an integral of 1 over the grid, with a tolerance of {MASS_TOLERANCE}. "
                f"Received: {mass:.6g}. Take a wider or a finer grid, or divide the density by its integral."
            )
    return p, q
