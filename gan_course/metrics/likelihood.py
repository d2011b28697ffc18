"""Log-likelihood of test samples under a Parzen window around generated samples, as the 2014 paper measured GANs."""

from typing import NamedTuple

import numpy as np

from gan_course.arguments import require_number
from gan_course.metrics.features import pairwise_distances, require_pair, row_blocks

PARZEN_SIGMAS = tuple(np.logspace(-1, 0, 10))
"""Kernel widths that `parzen_log_likelihood` chooses from, for pixels in [0, 1], as in the code of the 2014 paper."""


class ParzenLogLikelihood(NamedTuple):
    """The result of `parzen_log_likelihood`.

    Attributes:
        mean: mean log-likelihood of the test samples, in nats.
        standard_error: standard error of this mean, in nats. NaN for one test sample.
        sigma: kernel width, in units of the features.
    """

    mean: float
    standard_error: float
    sigma: float


def parzen_log_likelihood(
    samples: np.ndarray,
    test: np.ndarray,
    validation: np.ndarray | None = None,
    sigma: float | None = None,
    sigmas=PARZEN_SIGMAS,
) -> ParzenLogLikelihood:
    """Log-likelihood of test samples under a Parzen window.

    The Parzen window is the density p(x) = 1/n Σ N(x; xᵢ, σ² I): one Gaussian of width σ around each of n generated
    samples xᵢ. The 2014 paper compared models by it. It can mislead: see lesson 07.

    Args:
        samples: generated samples, `(samples, features)`. The paper's code takes 10,000, with pixels in [0, 1].
        test: real samples, `(test samples, features)`.
        validation: other real samples, `(validation samples, features)`. The width with the largest mean
            log-likelihood on them is used. Defaults to `None`: then `sigma` must be given.
        sigma: kernel width, above 0, in units of the features. Defaults to `None`: then `validation` must be given.
        sigmas: widths to choose from. Defaults to `PARZEN_SIGMAS`: ten widths from 0.1 to 1, evenly spaced on a
            logarithmic scale.

    Returns:
        `ParzenLogLikelihood(mean, standard_error, sigma)`.

    Raises:
        ValueError: for arrays that are not features, hold NaN or infinity, or have different numbers of features; for
            a width that is not positive; if both or none of `validation` and `sigma` are given.

    Reference: Goodfellow et al. 2014, section 5; Breuleux et al. 2011.

    Example:
        >>> round(parzen_log_likelihood([[0.0]], [[0.0]], sigma=1.0).mean, 4)  # −½ log 2π
        -0.9189
    """
    samples, test = require_pair(samples, test, least=1, names=("samples", "test"))
    if (validation is None) == (sigma is None):
        raise ValueError(
            "Unclear kernel width. Expected either validation samples or sigma. "
            f"Received: {'none of them' if sigma is None else 'both'}. "
            "Give sigma, or give validation samples on which a width is chosen."
        )
    if sigma is None:
        sigma = _best_width(samples, validation, sigmas)
    require_number(0.2, above=0, sigma=sigma)
    (logs,) = _window_logs(samples, test, np.array([sigma], float))
    error = logs.std(ddof=1) / np.sqrt(len(logs)) if len(logs) > 1 else np.nan
    return ParzenLogLikelihood(float(logs.mean()), float(error), float(sigma))


def _best_width(samples, validation, sigmas):
    """The width under which the validation samples have the largest mean log-likelihood."""
    _, validation = require_pair(samples, validation, least=1, names=("samples", "validation"))
    for sigma in sigmas:
        require_number(0.2, above=0, sigma=sigma)
    means = _window_logs(samples, validation, np.asarray(sigmas, float)).mean(axis=1)
    return float(sigmas[int(means.argmax())])


def _window_logs(samples, points, sigmas):
    """Log-likelihood of each point under a window of each width, `(widths, points)`."""
    from scipy.special import logsumexp

    count, size = samples.shape
    norms = np.log(count) + size / 2 * np.log(2 * np.pi * sigmas**2)
    logs = []
    for rows in row_blocks(len(points), count, temporaries=3):
        squares = pairwise_distances(points[rows], samples) ** 2
        logs.append([logsumexp(-squares / (2 * sigma**2), axis=1) for sigma in sigmas])
    return np.concatenate(logs, axis=1) - norms[:, None]
