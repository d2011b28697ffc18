"""Distances between two distributions of features: Fréchet distance and kernel distance."""

import numpy as np

from gan_course.metrics.features import require_pair, row_blocks


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Squared Fréchet distance between two sets of features, each described by a Gaussian.

    If the features are those of the Inception network, it is called Fréchet Inception distance (FID).

    The distance is ‖μ_r − μ_f‖² + tr Σ_r + tr Σ_f − 2 tr (Σ_r Σ_f)^½, where μ and Σ are the mean and the covariance of
    the real and of the generated features. The last trace is computed as the sum of the singular values of
    Σ_r^½ Σ_f^½. This needs no root of an asymmetric matrix, and also works for covariances without full rank.

    Compare the result with a published number only if both use features of the same network, and compare only
    distances that were computed from equally many samples: few samples give a distance that is too large.

    Args:
        real: features of real samples, `(samples, features)`, at least two samples.
        fake: features of generated samples, `(other samples, features)`, at least two samples.

    Returns:
        A float: 0 for equal sets, up to rounding errors. Swapping the sets does not change it.

    Raises:
        ValueError: for arrays that are not features, hold NaN or infinity, or have different numbers of features.

    Reference: Heusel et al. 2017, section 3; Dowson and Landau 1982.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(500, 2))
        >>> round(frechet_distance(points, points + [3.0, 4.0]), 6)
        25.0
    """
    real, fake = require_pair(real, fake, least=2)
    cov_r, cov_f = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (real, fake))
    common = np.linalg.svd(_square_root(cov_r) @ _square_root(cov_f), compute_uv=False).sum()
    return float(np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.trace(cov_r) + np.trace(cov_f) - 2 * common)


def _square_root(covariance):
    """Square root of a symmetric matrix. Eigenvalues that rounding errors made negative count as 0."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def kernel_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Unbiased estimate of the squared maximum mean discrepancy between two sets of features.

    If the features are those of the Inception network, it is called kernel Inception distance (KID).

    The discrepancy is E k(x, x′) + E k(y, y′) − 2 E k(x, y) for real samples x, x′ and generated samples y, y′, with
    the kernel k(x, y) = (x·y / d + 1)³, where d is the number of features.

    Args:
        real: features of real samples, `(samples, features)`, at least two samples.
        fake: features of generated samples, `(other samples, features)`, at least two samples.

    Returns:
        A float. It is 0 on average if both sets come from one distribution, whatever their sizes, so it may also be
        negative.

    Raises:
        ValueError: for arrays that are not features, hold NaN or infinity, or have different numbers of features.

    Reference: Bińkowski et al. 2018, on the kernel Inception distance; Gretton et al. 2012, equation 3.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(1000, 2))
        >>> abs(kernel_distance(points[:500], points[500:])) < 0.05 < kernel_distance(points, points + 1)
        True
    """
    real, fake = require_pair(real, fake, least=2)
    between = _kernel_sum(real, fake) / (len(real) * len(fake))
    return float(_mean_within(real) + _mean_within(fake) - 2 * between)


def _kernel_sum(x, y):
    """Sum of the kernel over all pairs of a sample of x and a sample of y."""
    blocks = (x[rows] @ y.T / x.shape[1] + 1 for rows in row_blocks(len(x), len(y)))
    return sum((block * block * block).sum() for block in blocks)  # block**3 takes longer


def _mean_within(x):
    """Mean of the kernel over all pairs of different samples of one set."""
    diagonal = ((np.sum(x**2, axis=1) / x.shape[1] + 1) ** 3).sum()
    return (_kernel_sum(x, x) - diagonal) / (len(x) * (len(x) - 1))
