"""What the nearest neighbors of samples say: copies, precision and recall, density and coverage, two-sample test."""

from typing import NamedTuple

import numpy as np

from gan_course.arguments import is_count
from gan_course.metrics.features import pairwise_distances, require_pair, row_blocks


class Neighbors(NamedTuple):
    """The nearest neighbors of each sample, the nearest one first.

    Attributes:
        distances: Euclidean distances, `(samples, k)`.
        indices: row numbers of the neighbors, `(samples, k)`.
    """

    distances: np.ndarray
    indices: np.ndarray


def nearest_neighbors(samples: np.ndarray, others: np.ndarray, k: int = 1) -> Neighbors:
    """Find the k nearest neighbors of each sample among other samples, by Euclidean distance.

    A generated sample whose distance to a training sample is almost 0 is a copy.

    Args:
        samples: features of the samples, `(samples, features)`.
        others: features among which the neighbors are looked for, `(others, features)`.
        k: number of neighbors per sample, at most the number of others. Defaults to 1.

    Returns:
        `Neighbors(distances, indices)`, two arrays of shape `(samples, k)`.

    Raises:
        ValueError: for arrays that are not features, hold NaN or infinity, or have different numbers of features; for
            a `k` that is not an integer from 1 to the number of others.

    Example:
        >>> nearest_neighbors([[0.0, 0.0]], [[3.0, 4.0], [1.0, 0.0]], k=2).distances.tolist()
        [[1.0, 5.0]]
    """
    samples, others = require_pair(samples, others, least=1, names=("samples", "others"))
    _require_k(k, len(others))
    parts = []
    for rows in row_blocks(len(samples), len(others)):
        block = pairwise_distances(samples[rows], others)
        nearest = np.argpartition(block, k - 1, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(block, nearest, axis=1), axis=1, kind="stable")
        nearest = np.take_along_axis(nearest, order, axis=1)
        parts.append((np.take_along_axis(block, nearest, axis=1), nearest))
    return Neighbors(*(np.concatenate(part) for part in zip(*parts, strict=True)))


class PrecisionRecall(NamedTuple):
    """How good and how varied generated samples are.

    Attributes:
        precision: share of the generated samples that lie where real samples are, from 0 to 1.
        recall: share of the real samples that lie where generated samples are, from 0 to 1.
    """

    precision: float
    recall: float


def precision_recall(real: np.ndarray, fake: np.ndarray, k: int = 3) -> PrecisionRecall:
    """Precision and recall of generated samples, by k nearest neighbors.

    Each sample of a set gets a ball that reaches to its k-th nearest neighbor in the same set. The balls of a set
    together cover the region where the set is. Precision is the share of generated samples inside the region of the
    real ones; recall is the share of real samples inside the region of the generated ones.

    Args:
        real: features of real samples, `(samples, features)`.
        fake: features of generated samples, `(other samples, features)`. Give as many as real ones.
        k: a ball reaches to the k-th nearest neighbor. At most the size of the smaller set − 1. Defaults to 3.

    Returns:
        `PrecisionRecall(precision, recall)`, two floats from 0 to 1.

    Raises:
        ValueError: for arrays that are not features, hold NaN or infinity, or have different numbers of features; for
            a `k` that is not an integer from 1 to the size of the smaller set − 1.

    Reference: Kynkäänniemi et al. 2019, section 2.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(200, 2))
        >>> precision_recall(points, points)
        PrecisionRecall(precision=1.0, recall=1.0)
    """
    real, fake = require_pair(real, fake, least=2)
    _require_k(k, min(len(real), len(fake)) - 1)
    return PrecisionRecall(_share_inside(fake, real, k), _share_inside(real, fake, k))


def _share_inside(samples, others, k):
    """Share of the samples that lie in at least one of the balls around the others."""
    radii = _radii(others, k)
    inside = [
        (pairwise_distances(samples[rows], others) <= radii).any(axis=1)
        for rows in row_blocks(len(samples), len(others))
    ]
    return float(np.concatenate(inside).mean())


def _radii(samples, k):
    """Distance of each sample to its k-th nearest neighbor in the same set."""
    return nearest_neighbors(samples, samples, k + 1).distances[:, -1]  # the nearest neighbor is the sample itself


class DensityCoverage(NamedTuple):
    """How good and how varied generated samples are, measured with the balls of the real samples alone.

    Attributes:
        density: number of real balls that hold a generated sample, on average and divided by k. It is 0 or more, and
            about 1 if both sets come from one distribution.
        coverage: share of the real samples whose ball holds at least one generated sample, from 0 to 1.
    """

    density: float
    coverage: float


def density_coverage(real: np.ndarray, fake: np.ndarray, k: int = 5) -> DensityCoverage:
    """Density and coverage of generated samples, by k nearest neighbors of the real samples.

    Each real sample gets a ball that reaches to its k-th nearest real neighbor. Precision asks whether a generated
    sample lies in any ball; density counts in how many balls it lies, so that the large ball of one outlier counts
    little. Recall puts balls around generated samples; coverage puts them around real samples, so that generated
    outliers, whose balls are large, do not help.

    If both sets come from one continuous distribution, the expected density is exactly 1. The expected coverage of `n`
    real samples by `m` generated ones is then 1 − Π (n − i) / (n + m − i) over i = 1, …, k. For equal, large sets this
    is 1 − 2⁻ᵏ, which is 0.969 for k = 5.

    Args:
        real: features of real samples, `(samples, features)`.
        fake: features of generated samples, `(other samples, features)`. Give as many as real ones.
        k: a ball reaches to the k-th nearest real neighbor. At most the number of real samples − 1. Defaults to 5, as
            in the paper.

    Returns:
        `DensityCoverage(density, coverage)`, a float of at least 0 and a float from 0 to 1.

    Raises:
        ValueError: for arrays that are not features, hold NaN or infinity, or have different numbers of features; for
            a `k` that is not an integer from 1 to the number of real samples − 1.

    Reference: Naeem et al. 2020, section 3. In its published code a sample on the border of a ball is outside. Here it
    is inside, as in `precision_recall`.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(200, 2))
        >>> density_coverage(points, points + 100)
        DensityCoverage(density=0.0, coverage=0.0)
    """
    real, fake = require_pair(real, fake, least=2)
    _require_k(k, len(real) - 1)
    radii = _radii(real, k)
    held, covered = 0, np.zeros(len(real), bool)
    for rows in row_blocks(len(fake), len(real)):
        inside = pairwise_distances(fake[rows], real) <= radii
        held += int(inside.sum())
        covered |= inside.any(axis=0)
    return DensityCoverage(held / (k * len(fake)), float(covered.mean()))


class TwoSampleTest(NamedTuple):
    """How often the nearest neighbor of a sample belongs to the same set as the sample.

    Attributes:
        accuracy: share among all samples, from 0 to 1.
        real: share among the real samples.
        fake: share among the generated samples.
    """

    accuracy: float
    real: float
    fake: float


def two_sample_test(real: np.ndarray, fake: np.ndarray) -> TwoSampleTest:
    """Test how well the nearest other sample tells real samples from generated ones.

    This is the classifier two-sample test with a leave-one-out 1-nearest-neighbor classifier: each sample is
    classified as its nearest neighbor among all other samples, real and generated.

    Args:
        real: features of real samples, `(samples, features)`.
        fake: features of equally many generated samples, `(samples, features)`.

    Returns:
        `TwoSampleTest(accuracy, real, fake)`, three floats from 0 to 1. The accuracy is about ½ if both sets come from
        one distribution, and 1 if the sets are far apart. An accuracy well below ½ means that generated samples lie
        too near the real ones: they are copies. Modes that are missing raise both `real` and `fake`. With many
        features, the generated samples vary less than the real ones if `fake` is well above `real`. They vary more
        if `real` is well above `fake`.

    Raises:
        ValueError: for arrays that are not features, hold NaN or infinity, or have different shapes.

    Reference: Lopez-Paz and Oquab 2017; Xu et al. 2018, section 2.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(200, 2))
        >>> two_sample_test(points, points + 100)
        TwoSampleTest(accuracy=1.0, real=1.0, fake=1.0)
    """
    real, fake = require_pair(real, fake, least=2)
    if len(real) != len(fake):
        raise ValueError(
            "Sets of different size. Expected as many generated samples as real ones. "
            f"Received: {len(real)} real samples, {len(fake)} generated samples. Leave some of the larger set out."
        )
    both, is_real = np.concatenate([real, fake]), np.arange(2 * len(real)) < len(real)
    predicted_real = []
    for rows in row_blocks(len(both), len(both)):
        block = pairwise_distances(both[rows], both)
        block[np.arange(len(block)), np.arange(len(both))[rows]] = np.inf  # no sample is its own neighbor
        predicted_real.append(is_real[block.argmin(axis=1)])
    correct = np.concatenate(predicted_real) == is_real
    return TwoSampleTest(*(float(part.mean()) for part in (correct, correct[is_real], correct[~is_real])))


def _require_k(k, most):
    """Check that k is a number of neighbors that the samples have."""
    if not (is_count(k) and k <= most):
        raise ValueError(
            f"Invalid k. Expected an integer from 1 to {most}, the number of possible neighbors. Received: {k!r}. "
            "Choose a smaller k, or give more samples."
        )
