"""Measures of generated samples, in NumPy and scikit-learn: distances of distributions, coverage, likelihood, copies.

Most take features: arrays `(n, d)` of finite numbers, one row a sample. Points are their own features; images need a
network's (Fréchet distance, precision and recall) or, where pixels are meant, to be flattened. Sets of 10,000 samples
are compared block by block, in less than 2 GB.
"""

import contextlib
import functools
import hashlib
import os
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

BLOCK_MIB = 128
"""How much memory one block of distances may take."""

PARZEN_SIGMAS = tuple(np.logspace(-1, 0, 10))
"""Kernel widths that `parzen_log_likelihood` chooses from, for pixels in [0, 1], as the 2014 paper's code did."""


def frechet_distance(real, fake):
    """Fréchet distance between two sets of features, each taken as a Gaussian: squared, as in the FID.

    ‖μ_r − μ_f‖² + tr Σ_r + tr Σ_f − 2 tr (Σ_r Σ_f)^½. The last trace is the sum of the singular values of
    Σ_r^½ Σ_f^½, which needs no root of a matrix that is not symmetric, and no full rank.

    Args:
        real, fake: features `(n, d)` and `(m, d)`, two samples each at least. The distance of a few samples is too
            large: compare only distances of equally many.

    Returns:
        A float, 0 for equal sets but for rounding. Swapping the sets changes nothing.

    Raises:
        ValueError: for arrays that are no features, hold NaN or infinity, or differ in d.

    Reference: Heusel et al. 2017; Dowson and Landau 1982. Numbers depend on the features: they compare with published
    ones only where these are of the same network.
    """
    real, fake = _pair(real, fake, least=2)
    cov_r, cov_f = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (real, fake))
    common = np.linalg.svd(_root(cov_r) @ _root(cov_f), compute_uv=False).sum()
    return float(np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.trace(cov_r) + np.trace(cov_f) - 2 * common)


def _root(covariance):
    """Square root of a symmetric matrix; eigenvalues that rounding made negative count as 0."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def kernel_distance(real, fake):
    """Squared maximum mean discrepancy with the kernel (x·y / d + 1)³, unbiased: KID where features are Inception's.

    Args:
        real, fake: features `(n, d)` and `(m, d)`, two samples each at least.

    Returns:
        A float, 0 on average where both come from one distribution, whatever n and m; so it may be negative.

    Raises:
        ValueError: as `frechet_distance`.

    Reference: Bińkowski et al. 2018, section 3; Gretton et al. 2012, equation 3.
    """
    real, fake = _pair(real, fake, least=2)

    def mean(x, y, itself=False):
        blocks = (x[rows] @ y.T / x.shape[1] + 1 for rows in _blocks(len(x), len(y)))
        total = sum((block**3).sum() for block in blocks)
        if itself:
            total -= ((np.sum(x**2, axis=1) / x.shape[1] + 1) ** 3).sum()
        return total / (len(x) * (len(y) - itself))

    return float(mean(real, real, itself=True) + mean(fake, fake, itself=True) - 2 * mean(real, fake))


class PrecisionRecall(NamedTuple):
    """Share of generated samples that look real, and share of the real ones that the generator could have made."""

    precision: float
    recall: float


def precision_recall(real, fake, k=3):
    """Precision and recall by the k nearest neighbors.

    Around each sample of a set lies a ball that reaches to its k-th neighbor in that set; the balls together are where
    the set is. Precision is the share of generated samples where the real ones are, recall the other way round.

    Args:
        real, fake: features `(n, d)` and `(m, d)`; take n = m. k: neighbor that a ball reaches to. Defaults to 3.

    Returns:
        `PrecisionRecall(precision, recall)`, both from 0 to 1.

    Raises:
        ValueError: as `frechet_distance`; for a k that is no integer from 1 to the smaller set's size − 1.

    Reference: Kynkäänniemi et al. 2019, section 2.
    """
    real, fake = _pair(real, fake, least=2)
    _require_neighbors(k, min(len(real), len(fake)) - 1)
    return PrecisionRecall(_share_inside(fake, real, k), _share_inside(real, fake, k))


def _share_inside(samples, others, k):
    """Share of samples in at least one of the balls around others."""
    radii = nearest_neighbors(others, others, k + 1).distances[:, -1]  # the first one is itself
    inside = [(_distances(samples[rows], others) <= radii).any(axis=1) for rows in _blocks(len(samples), len(others))]
    return float(np.concatenate(inside).mean())


class ModeCoverage(NamedTuple):
    """How many modes were captured, and the share of samples that lie near one."""

    modes: int
    high_quality: float


def mode_coverage(samples, centers, std, reach=3.0):
    """Count modes as VEEGAN and PacGAN do.

    A sample is of high quality within `reach` standard deviations of the nearest center. A mode is captured where it
    is nearest to at least one such sample. A perfect sampler in the plane has 1 − exp(−reach² / 2) = 98.9 %.

    Args:
        samples: points `(n, d)`, 2,500 in the papers. centers: of the modes `(modes, d)`. std: of each mode.
        reach: in standard deviations. Defaults to 3.

    Returns:
        `ModeCoverage(modes, high_quality)`: an integer, and a share from 0 to 1.

    Raises:
        ValueError: for points that are none, hold NaN or infinity, or differ in d; for a std that is not positive.

    Reference: Srivastava et al. 2017 (VEEGAN), section 5; Lin et al. 2018 (PacGAN), section 4.1.
    """
    samples, centers = _pair(samples, centers, least=1, names=("samples", "centers"))
    _require_positive(std=std, reach=reach)
    distances, nearest = (part[:, 0] for part in nearest_neighbors(samples, centers))
    near = distances <= reach * std
    return ModeCoverage(len(np.unique(nearest[near])), float(near.mean()))


def reverse_kl(modes, count):
    """KL divergence of the generated modes from equal shares, in nats: 0 if equal, log(count) if there is one alone.

    Args:
        modes: mode of each sample, integers from 0 to count − 1, such as the classes that a classifier sees.
        count: how many modes the data have.

    Returns:
        Σ p log(p · count) over the modes, where p is a mode's share of the samples.

    Raises:
        ValueError: for no modes at all, or some that are no integers in range.

    Reference: Srivastava et al. 2017, section 5; Lin et al. 2018, section 4.1.
    """
    modes = np.asarray(modes)
    if modes.ndim != 1 or not modes.size or modes.dtype.kind not in "iu" or modes.min() < 0 or modes.max() >= count:
        raise ValueError(
            f"Invalid modes. Expected a list of integers from 0 to {count - 1}. Received: {_shown(modes)}. "
            "Give the number of the mode of each sample."
        )
    shares = np.bincount(modes) / len(modes)
    shares = shares[shares > 0]
    return float(np.sum(shares * np.log(shares * count)))


class ParzenLogLikelihood(NamedTuple):
    """Mean log-likelihood of the test samples in nats, its standard error, and the kernel width."""

    mean: float
    standard_error: float
    sigma: float


def parzen_log_likelihood(samples, test, validation=None, sigma=None, sigmas=PARZEN_SIGMAS):
    """Log-likelihood of test samples under a Parzen window: a Gaussian of one width around each generated sample.

    It was how the 2014 paper compared models, and it misleads: see lesson 07.

    Args:
        samples: generated, `(n, d)`; 10,000 in the paper. test: `(m, d)`. Pixels in [0, 1] for the paper's numbers.
        validation: `(v, d)`, on which the width is chosen: that of the largest mean. Leave it out where `sigma` is
            given. sigma: width. sigmas: widths to choose from. Defaults to ten from 0.1 to 1, evenly in logarithm.

    Returns:
        `ParzenLogLikelihood(mean, standard_error, sigma)`.

    Raises:
        ValueError: as `frechet_distance`; for a width that is not positive; unless one of `validation` and `sigma`
            is given.

    Reference: Goodfellow et al. 2014, section 5; Breuleux et al. 2011.
    """
    samples, test = _pair(samples, test, least=1, names=("samples", "test"))
    if (validation is None) == (sigma is None):
        given = "neither" if sigma is None else "both"
        raise ValueError(
            f"Unclear kernel width. Expected either validation samples or sigma. Received: {given}. "
            "Give sigma, or validation samples to choose it on."
        )
    if sigma is None:
        _, validation = _pair(samples, validation, least=1, names=("samples", "validation"))
        for width in sigmas:
            _require_positive(sigma=width)
        means = _parzen(samples, validation, np.asarray(sigmas, float)).mean(axis=1)
        sigma = float(sigmas[int(means.argmax())])
    _require_positive(sigma=sigma)
    (logs,) = _parzen(samples, test, np.array([sigma], float))
    error = logs.std(ddof=1) / np.sqrt(len(logs)) if len(logs) > 1 else np.nan
    return ParzenLogLikelihood(float(logs.mean()), float(error), float(sigma))


def _parzen(samples, points, sigmas):
    """Log-likelihood of each point under a window of each width, `(widths, points)`."""
    from scipy.special import logsumexp

    count, size = samples.shape
    norms = np.log(count) + size / 2 * np.log(2 * np.pi * sigmas**2)
    logs = [
        [logsumexp(-squares / (2 * sigma**2), axis=1) for sigma in sigmas]
        for squares in (_distances(points[rows], samples) ** 2 for rows in _blocks(len(points), count, temporaries=3))
    ]
    return np.concatenate(logs, axis=1) - norms[:, None]


class TwoSampleTest(NamedTuple):
    """Accuracy of a nearest-neighbor classifier, on all samples and on those of each set."""

    accuracy: float
    real: float
    fake: float


def two_sample_test(real, fake):
    """How well the nearest other sample tells real from generated: the leave-one-out classifier two-sample test.

    Args:
        real, fake: features, both `(n, d)`.

    Returns:
        `TwoSampleTest(accuracy, real, fake)`: about ½ for two sets of one distribution and 1 for sets far apart. Below
        ½, generated samples lie too near the real ones: they are copies. `real` above `fake` points at modes that are
        missing.

    Raises:
        ValueError: as `frechet_distance`; for sets of different size.

    Reference: Lopez-Paz and Oquab 2017; Xu et al. 2018, section 2.
    """
    real, fake = _pair(real, fake, least=2)
    if len(real) != len(fake):
        raise ValueError(
            "Sets of different size. Expected as many generated samples as real ones. "
            f"Received: {len(real)} real, {len(fake)} generated. Leave some out."
        )
    both, is_real = np.concatenate([real, fake]), np.arange(2 * len(real)) < len(real)
    says_real = []
    for rows in _blocks(len(both), len(both)):
        distances = _distances(both[rows], both)
        distances[np.arange(len(distances)), np.arange(len(both))[rows]] = np.inf
        says_real.append(is_real[distances.argmin(axis=1)])
    right = np.concatenate(says_real) == is_real
    return TwoSampleTest(*(float(part.mean()) for part in (right, right[is_real], right[~is_real])))


class Neighbors(NamedTuple):
    """Distances to the nearest others, nearest first, and which these are: both `(n, k)`."""

    distances: np.ndarray
    indices: np.ndarray


def nearest_neighbors(samples, others, k=1):
    """The k nearest others of each sample, by Euclidean distance: is a sample a copy?

    Args:
        samples, others: features `(n, d)` and `(m, d)`. k: how many. Defaults to 1.

    Returns:
        `Neighbors(distances, indices)`, arrays `(n, k)`.

    Raises:
        ValueError: as `frechet_distance`; for a k that is no integer from 1 to m.
    """
    samples, others = _pair(samples, others, least=1, names=("samples", "others"))
    _require_neighbors(k, len(others))
    parts = []
    for rows in _blocks(len(samples), len(others)):
        distances = _distances(samples[rows], others)
        nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(distances, nearest, axis=1), axis=1, kind="stable")
        nearest = np.take_along_axis(nearest, order, axis=1)
        parts.append((np.take_along_axis(distances, nearest, axis=1), nearest))
    return Neighbors(*(np.concatenate(part) for part in zip(*parts, strict=True)))


class FeatureClassifier(NamedTuple):
    """A classifier with one hidden layer, and what that layer makes of images; `feature_classifier` trains it.

    Attributes:
        weights, biases: of the hidden layer of 64 ReLU units and of the last one, which has one unit a class.
        labels: the classes, sorted.
    """

    weights: tuple
    biases: tuple
    labels: np.ndarray

    def features(self, images):
        """What the hidden layer says of images `(n, ...)` in [-1, 1]: float64 `(n, 64)`, none negative."""
        flat = _features(_flattened(images), "images", least=1)
        if flat.shape[1] != len(self.weights[0]):
            raise ValueError(
                f"Images of another size. Expected {len(self.weights[0])} numbers an image, as the classifier was "
                f"trained on. Received: {flat.shape[1]}. Train a classifier on images of this size."
            )
        return np.maximum(flat @ self.weights[0] + self.biases[0], 0)

    def classes(self, images):
        """The most likely class of images `(n, ...)`: `(n,)`."""
        return self.labels[(self.features(images) @ self.weights[1] + self.biases[1]).argmax(axis=1)]


def feature_classifier(images, labels):
    """Train a small classifier in seconds; its hidden layer gives features in which distances mean something.

    The same images and labels give the same classifier. It is kept on disk under a name made from them, in
    `gan_course` in the Keras cache (`KERAS_HOME`), and read from there the next time.

    Args:
        images: `(n, ...)` in [-1, 1]. labels: `(n,)`.

    Returns:
        A `FeatureClassifier`. Its features are not those of Inception: no number from them compares with a published
        FID.

    Raises:
        ValueError: for images that hold NaN or infinity, labels of another length, or one class alone.
    """
    labels = np.asarray(labels)
    flat = _features(_flattened(images), "images", least=2).astype("float32")
    classes, numbers = np.unique(labels, return_inverse=True)
    if labels.shape != (len(flat),) or len(classes) < 2:
        raise ValueError(
            f"Invalid labels. Expected one of at least two classes for each of {len(flat)} images. "
            f"Received: {_shown(labels)}. Take images and labels from the same split."
        )
    parts = [
        b"features 1",
        repr(classes.tolist()).encode(),
        str(flat.shape).encode(),
        flat.tobytes(),
        numbers.tobytes(),
    ]
    name = hashlib.sha256(b"".join(parts)).hexdigest()[:20]
    return _kept(name, functools.partial(_train_classifier, flat, labels))


def _flattened(images):
    images = np.asarray(images)
    return images.reshape(len(images), -1) if images.ndim > 1 and len(images) else images


def _train_classifier(flat, labels):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    epochs = max(12, -(-3000 * 64 // len(flat)))  # few images are seen more often; enough, whatever it warns
    network = MLPClassifier((64,), batch_size=min(64, len(flat)), max_iter=epochs, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(flat, labels)
    weights, biases = network.coefs_, network.intercepts_
    if len(network.classes_) == 2:  # one unit, for the second class
        weights[1] = np.concatenate([np.zeros_like(weights[1]), weights[1]], axis=1)
        biases[1] = np.concatenate([np.zeros_like(biases[1]), biases[1]])
    return FeatureClassifier(tuple(weights), tuple(biases), network.classes_)


def _kept(name, train):
    """The classifier of that name from the disk; else train it, and keep it where the disk allows."""
    path = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "gan_course" / f"features_{name}.npz"
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            return FeatureClassifier((stored["w0"], stored["w1"]), (stored["b0"], stored["b1"]), stored["labels"])
    except Exception:  # not there, or damaged in one of many ways: it will be written anew
        made = train()
    arrays = dict(zip(("w0", "w1", "b0", "b1", "labels"), (*made.weights, *made.biases, made.labels), strict=True))
    # A disk that is full, or a folder that cannot be written, costs a training the next time, and nothing else.
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            np.savez(Path(folder) / path.name, **arrays)
            os.replace(Path(folder) / path.name, path)  # never half a file
    return made


def _distances(a, b):
    """Euclidean distances `(n, m)`: exact, so that copies are at 0."""
    from scipy.spatial.distance import cdist

    return cdist(a, b)


def _blocks(rows, columns, temporaries=1):
    """Slices of rows, so that a block with so many columns stays below `BLOCK_MIB`."""
    size = max(1, BLOCK_MIB * 2**20 // (8 * columns * temporaries))
    return [slice(start, start + size) for start in range(0, rows, size)]


def _pair(a, b, least, names=("real", "fake")):
    """Both as float64, once it is sure that they are features of the same size."""
    a, b = (_features(x, name, least) for x, name in zip((a, b), names, strict=True))
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"Features of different size. Expected arrays (n, d) with one d. Received: {names[0]} {a.shape}, "
            f"{names[1]} {b.shape}. Take both from the same network."
        )
    return a, b


def _features(x, name, least):
    x = np.asarray(x)
    if x.ndim != 2:
        hint = f"flatten them with {name}.reshape(len({name}), -1)" if x.ndim > 2 else "give one row a sample"
        images = ", which looks like images" if x.ndim in (3, 4) else ""
        raise ValueError(
            f"Invalid {name}. Expected features, an array (n, d). Received: shape {x.shape}{images}. "
            f"Take a network's features, or {hint}."
        )
    if len(x) < least or not x.shape[1]:
        raise ValueError(
            f"Invalid {name}. Expected at least {least} rows of at least one feature. Received: shape {x.shape}. "
            "Give more samples."
        )
    if x.dtype.kind not in "fiub" or not np.isfinite(x).all():
        raise ValueError(
            f"Invalid {name}. Expected finite numbers. Received: {_shown(x)}. Drop the rows that hold something else."
        )
    return x.astype("float64")


def _require_neighbors(k, most):
    if not isinstance(k, (int, np.integer)) or isinstance(k, bool) or not 1 <= k <= most:
        raise ValueError(
            f"Invalid k. Expected an integer from 1 to {most}, the neighbors there are. Received: {k!r}. "
            "Choose a smaller k, or give more samples."
        )


def _require_positive(**values):
    for name, value in values.items():
        if not (np.isscalar(value) and np.isfinite(value) and value > 0):
            raise ValueError(f"Invalid {name}. Expected a positive number. Received: {value!r}. Try {name}=1.")


def _shown(x):
    return f"dtype {x.dtype}, shape {x.shape}, first values {x.ravel()[:3].tolist()}"
