"""The mathematics of the lessons on grids, in NumPy: densities, the optimal discriminator, V(D, G), divergences.

A density is its values on a one-dimensional grid `x`; integrals are trapezoidal sums over that grid. Logarithms are
natural, so divergences are in nats.
"""

import numpy as np

MASS_TOLERANCE = 1e-3
"""How far from one the integral of a density may be before it is refused."""


def gaussian(x, mean=0.0, std=1.0):
    """Density of a normal distribution.

    Args:
        x: points, an array of any shape.
        mean: mean. Defaults to 0.
        std: standard deviation, positive. Defaults to 1.

    Returns:
        Density at `x`, in 1 / units of `x`, of the same shape.

    Raises:
        ValueError: if `std` is not positive.
    """
    if not std > 0:
        raise ValueError(f"Invalid std. Expected a positive number. Received: {std!r}. Try std=1.")
    z = (np.asarray(x, float) - mean) / std
    return np.exp(-0.5 * z**2) / (std * np.sqrt(2 * np.pi))


def gaussian_mixture(x, means=(-1.5, 1.5), stds=(0.5, 0.5), weights=None):
    """Density of a mixture of normal distributions on the line; `data.gaussian_mixture_1d` draws from it.

    Args:
        x: points, an array of any shape.
        means: mean of each component. stds: standard deviation of each component.
        weights: probability of each component. Defaults to `None`: all equal.

    Returns:
        Density at `x`, of the same shape.

    Raises:
        ValueError: if the lengths differ, a deviation is not positive, or the weights are no probabilities.
    """
    means, stds = np.atleast_1d(means), np.atleast_1d(stds)
    weights = np.full(len(means), 1 / len(means)) if weights is None else np.atleast_1d(weights)
    if not len(means) == len(stds) == len(weights):
        raise ValueError(
            "Mixture parts do not match. Expected as many stds and weights as means. Received: "
            f"{len(means)} means, {len(stds)} stds, {len(weights)} weights. Give one of each per component."
        )
    if not (weights.min() >= 0 and abs(weights.sum() - 1) <= 1e-6):
        raise ValueError(
            "Invalid mixture weights. Expected probabilities that sum to one. "
            f"Received: {weights.tolist()}. Divide them by their sum."
        )
    return sum(w * gaussian(x, m, s) for w, m, s in zip(weights, means, stds, strict=True))


def optimal_discriminator(p_data, p_model):
    """The discriminator that no other beats, D*(x) = p_data(x) / (p_data(x) + p_model(x)).

    Args:
        p_data: density of the data, an array of any shape, not negative.
        p_model: density of the generator's samples, of the same shape.

    Returns:
        D*(x) in [0, 1], of the same shape, and `nan` where both densities are 0: no sample ever falls there, so
        every value is as good as any other.

    Raises:
        ValueError: if the shapes differ or a density is negative or not finite.

    Reference: Goodfellow et al. 2014, proposition 1.

    Example:
        >>> optimal_discriminator([0.3, 0.0], [0.1, 0.2]).round(2).tolist()
        [0.75, 0.0]
    """
    p_data, p_model = _densities(p_data, p_model)
    total = p_data + p_model
    with np.errstate(invalid="ignore"):
        return np.where(total > 0, p_data / total, np.nan)


def value_function(discriminator, p_data, p_model, x):
    """The GAN game's value V(D, G) = ∫ p_data log D + p_model log(1 − D) dx, in nats.

    Args:
        discriminator: D(x) on the grid, in [0, 1].
        p_data: density of the data on the grid. p_model: density of the generator's samples on the grid.
        x: the grid, increasing, `(n,)`.

    Returns:
        A float: at most 0, and `-inf` where D is certain and wrong.

    Raises:
        ValueError: if shapes differ, D leaves [0, 1], or a density is negative or does not integrate to one.

    Reference: Goodfellow et al. 2014, equation 1.
    """
    p_data, p_model = _densities_on(x, p_data, p_model)
    discriminator = np.asarray(discriminator, float)
    counts = p_data + p_model > 0  # elsewhere no sample falls, and D may be nan
    if discriminator.shape != p_data.shape or not ((discriminator >= 0) & (discriminator <= 1))[counts].all():
        raise ValueError(
            f"Invalid discriminator. Expected probabilities in [0, 1] of shape {p_data.shape}. Received: shape "
            f"{discriminator.shape}, from {discriminator.min()} to {discriminator.max()}. "
            "Apply a sigmoid to raw scores first."
        )
    # D* rounds to 0 or 1 where one density is lost beside the other. That is not being wrong: the term's limit is 0.
    lost = np.finfo(float).eps * (p_data + p_model)
    data_term = _times_log(np.where(p_data > lost, p_data, 0.0), discriminator)
    model_term = _times_log(np.where(p_model > lost, p_model, 0.0), 1 - discriminator)
    return _integral(data_term + model_term, x)


def kullback_leibler(p, q, x):
    """Kullback–Leibler divergence KL(p ‖ q) = ∫ p log(p / q) dx, in nats.

    Args:
        p: density on the grid. q: density on the grid. x: the grid, increasing, `(n,)`.

    Returns:
        A float, not negative up to rounding, and `inf` where p > 0 and q = 0.

    Raises:
        ValueError: if shapes differ or a density is negative or does not integrate to one.
    """
    p, q = _densities_on(x, p, q)
    return _integral(_times_log(p, p) - _times_log(p, q), x)


def jensen_shannon(p, q, x):
    """Jensen–Shannon divergence JSD(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, in nats.

    Args:
        p: density on the grid. q: density on the grid. x: the grid, increasing, `(n,)`.

    Returns:
        A float from 0 (equal) to log 2 = 0.6931 (disjoint). V(D*, G) = 2·JSD − log 4.

    Raises:
        ValueError: if shapes differ or a density is negative or does not integrate to one.

    References: Lin 1991; Goodfellow et al. 2014, theorem 1.
    """
    p, q = _densities_on(x, p, q)
    middle = (p + q) / 2
    return 0.5 * kullback_leibler(p, middle, x) + 0.5 * kullback_leibler(q, middle, x)


def _integral(values, x):
    return float(np.trapezoid(values, x))


def _times_log(p, q):
    """p log q with 0 log 0 = 0, and nan of an undefined q passed over where p is 0, or so small that p / 2 may be."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p >= np.finfo(float).tiny, p * np.log(q), 0.0)


def _densities(p, q):
    """Two densities as arrays of one shape, finite and not negative."""
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.shape != q.shape:
        raise ValueError(
            "Densities do not match. Expected values on one grid, all of one shape. Received: shapes "
            f"{p.shape} and {q.shape}. Evaluate both on the same x."
        )
    for density in (p, q):
        if not np.isfinite(density).all() or density.min(initial=0) < 0:
            raise ValueError(
                "Invalid density. Expected finite values, none negative. Received: values from "
                f"{density.min()} to {density.max()}. Check the formula, or the grid it was evaluated on."
            )
    return p, q


def _densities_on(x, p, q):
    """Two densities as arrays on the grid x, each with an integral of one."""
    p, q = _densities(p, q)
    x = np.asarray(x, float)
    if x.ndim != 1 or len(x) < 2 or not (np.diff(x) > 0).all():
        raise ValueError(
            "Invalid grid. Expected at least two increasing numbers, shape (n,). Received: shape "
            f"{x.shape}{', not increasing' if x.ndim == 1 and len(x) > 1 else ''}. Try np.linspace(-10, 10, 2001)."
        )
    if p.shape != x.shape:
        raise ValueError(
            "Densities do not match. Expected values on one grid, all of one shape. Received: shape "
            f"{p.shape} on a grid of shape {x.shape}. Evaluate both on the same x."
        )
    for density in (p, q):
        mass = _integral(density, x)
        if abs(mass - 1) > MASS_TOLERANCE:
            raise ValueError(
                f"Invalid density. Expected an integral of 1 over the grid, within {MASS_TOLERANCE}. "
                f"Received: {mass:.6g}. Widen or refine the grid, or divide the density by its integral."
            )
    return p, q
