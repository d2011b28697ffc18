"""Mode collapse in numbers: how many modes the samples cover, and how evenly."""

from typing import NamedTuple

import numpy as np

from gan_course.arguments import require_count, require_number
from gan_course.metrics.features import require_pair, summary
from gan_course.metrics.neighbors import nearest_neighbors


class ModeCoverage(NamedTuple):
    """How many modes the samples cover.

    Attributes:
        modes: number of modes with at least one sample of high quality.
        high_quality: share of the samples that lie near a mode, from 0 to 1.
    """

    modes: int
    high_quality: float


def mode_coverage(samples: np.ndarray, centers: np.ndarray, std: float, reach: float = 3.0) -> ModeCoverage:
    """Count the modes that the samples cover, as the papers on VEEGAN and PacGAN do.

    A sample is of high quality if its distance to the nearest center is at most `reach` standard deviations. A mode
    is covered if at least one sample of high quality has it as its nearest mode. Of perfect samples in the plane, a
    share of 1 − exp(−reach² / 2) is of high quality, which is 98.9 % for `reach=3`.

    Args:
        samples: generated points, `(samples, dimensions)`. The papers take 2,500.
        centers: centers of the modes, `(modes, dimensions)`, for example from `toys.ring_centers`.
        std: standard deviation of each mode, above 0.
        reach: largest distance of a sample of high quality, in standard deviations, above 0. Defaults to 3.0.

    Returns:
        `ModeCoverage(modes, high_quality)`, an integer and a float from 0 to 1.

    Raises:
        ValueError: for arrays that are not points, hold NaN or infinity, or have different numbers of dimensions; for a
            `std` or a `reach` that is not positive.

    Reference: Srivastava et al. 2017 (VEEGAN) and Lin et al. 2018 (PacGAN), experiments on synthetic data.

    Example:
        >>> mode_coverage([[0.0, 0.1], [0.5, 0.5], [1.0, 0.0]], centers=[[0, 0], [1, 0], [9, 9]], std=0.05)
        ModeCoverage(modes=2, high_quality=0.6666666666666666)
    """
    samples, centers = require_pair(samples, centers, least=1, names=("samples", "centers"))
    require_number(0.05, above=0, std=std)
    require_number(3.0, above=0, reach=reach)
    distances, nearest = (part[:, 0] for part in nearest_neighbors(samples, centers))
    near = distances <= reach * std
    return ModeCoverage(len(np.unique(nearest[near])), float(near.mean()))


def reverse_kl(modes: np.ndarray, count: int) -> float:
    """Kullback–Leibler divergence of the generated modes from a uniform distribution over all modes, in nats.

    The divergence is Σ p log(p · count), where p is the share of the samples that a mode has. It is 0 if all modes
    have equal shares, and log(count) if all samples are in one mode.

    Args:
        modes: number of the mode of each sample, integers from 0 to `count` − 1, shape `(samples,)`. For images they
            are the classes that a classifier finds.
        count: number of modes that the data has.

    Returns:
        A float from 0 to log(count).

    Raises:
        ValueError: if there are no samples, or some modes are not integers in this range; for a `count` that is not a
            positive integer.

    Reference: Srivastava et al. 2017 (VEEGAN), experiments on stacked MNIST; Lin et al. 2018 (PacGAN).

    Example:
        >>> reverse_kl([0, 1, 2, 3], count=4), round(reverse_kl([2, 2, 2], count=4), 4)
        (0.0, 1.3863)
    """
    require_count(10, count=count)
    modes = np.asarray(modes)
    if modes.ndim != 1 or not modes.size or modes.dtype.kind not in "iu" or modes.min() < 0 or modes.max() >= count:
        raise ValueError(
            f"Invalid modes. Expected integers from 0 to {count - 1}, one per sample. Received: {summary(modes)}. "
            "Give the number of the mode that each sample belongs to."
        )
    shares = np.bincount(modes) / len(modes)
    shares = shares[shares > 0]
    return float(np.sum(shares * np.log(shares * count)))
