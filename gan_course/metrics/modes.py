"""Mode collapse in numbers: how many modes or classes the samples cover, how evenly, and how clearly."""

from typing import NamedTuple

import numpy as np

from gan_course.arguments import require_count, require_number
from gan_course.metrics.features import require_features, require_pair, summary
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


class InceptionScore(NamedTuple):
    """How sure a classifier is about each sample, and how evenly the classes come.

    Attributes:
        mean: mean of the score over the splits, from 1 to the number of classes.
        std: standard deviation over the splits, with the number of splits as divisor: 0 for one split.
    """

    mean: float
    std: float


def inception_score(probabilities: np.ndarray, splits: int = 1) -> InceptionScore:
    """Inception Score of generated samples, from the class probabilities that a classifier gives them.

    The score is exp(E KL(p(y | x) ‖ p(y))), where p(y) is the mean of p(y | x) over the samples. It is the number of
    classes if each sample certainly belongs to one class and all classes come equally often. It is 1 if all samples
    have the same probabilities. Real samples play no part in it: it sees neither copies nor what is missing within a
    class, see lesson 07.

    Only probabilities of the Inception network give numbers that can be compared with published ones.

    Args:
        probabilities: class probabilities of each sample, `(samples, classes)`, each row 0 or more with sum 1, for
            example from `FeatureClassifier.probabilities`.
        splits: number of parts into which the samples are cut, in the given order; each gets a score of its own. From
            1 to the number of samples. The paper's code cuts its 50,000 samples into 10 parts. Defaults to 1.

    Returns:
        `InceptionScore(mean, std)`, two floats.

    Raises:
        ValueError: for an array that is not `(samples, classes)`, holds NaN or infinity, or has rows that are not
            probabilities; for `splits` that is not an integer from 1 to the number of samples.

    Reference: Salimans et al. 2016, section 4; Barratt and Sharma 2018 on its faults.

    Example:
        >>> round(inception_score(np.eye(10)).mean, 6)  # each class once, and no doubt
        10.0
    """
    probabilities = _require_probabilities(probabilities)
    require_count(10, splits=splits)
    if splits > len(probabilities):
        raise ValueError(
            f"Too many splits. Expected at most {len(probabilities)}, the number of samples. Received: {splits}. "
            "Choose fewer splits, or give more samples."
        )
    scores = [_score_of_part(part) for part in np.array_split(probabilities, splits)]
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)))


def _score_of_part(probabilities):
    """exp(E KL(p(y | x) ‖ p(y))) of the samples of one split."""
    from scipy.special import rel_entr

    return np.exp(rel_entr(probabilities, probabilities.mean(axis=0)).sum(axis=1).mean())


def _require_probabilities(probabilities):
    """The array as float64, after a check that each row holds the probabilities of all classes."""
    probabilities = require_features(probabilities, "probabilities", least=1)
    if probabilities.min() < 0 or not np.allclose(probabilities.sum(axis=1), 1, atol=1e-4):
        raise ValueError(
            "Invalid probabilities. Expected numbers of at least 0, with the sum 1 in each row. "
            f"Received: {summary(probabilities)}, sums from {probabilities.sum(axis=1).min():.4g} to "
            f"{probabilities.sum(axis=1).max():.4g}. Apply a softmax to raw scores."
        )
    return probabilities
