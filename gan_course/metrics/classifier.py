"""A small classifier whose hidden layer gives features of images. It is trained in seconds, and then kept on disk."""

import contextlib
import functools
import hashlib
import os
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_course.metrics.features import require_features, summary


class FeatureClassifier(NamedTuple):
    """A classifier with one hidden layer of 64 ReLU units. `feature_classifier` trains it.

    Attributes:
        weights: weights of the hidden layer, `(pixels, 64)`, and of the last layer, `(64, classes)`.
        biases: biases of the hidden layer, `(64,)`, and of the last layer, `(classes,)`.
        labels: the classes, sorted, `(classes,)`.
    """

    weights: tuple
    biases: tuple
    labels: np.ndarray

    def features(self, images: np.ndarray) -> np.ndarray:
        """Compute the features of images: the outputs of the hidden layer.

        Args:
            images: images in [-1, 1], of shape `(count, height, width, channels)` or flattened.

        Returns:
            Features of shape `(count, 64)`, float64, none of them negative.

        Raises:
            ValueError: if the images do not have the size of the training images, or hold NaN or infinity.
        """
        flat = require_features(_flatten(images), "images", least=1)
        if flat.shape[1] != len(self.weights[0]):
            raise ValueError(
                f"Invalid images. Expected images with {len(self.weights[0])} values each, as the classifier was "
                f"trained on. Received: images with {flat.shape[1]} values each. Train a classifier on images of this "
                "size."
            )
        return np.maximum(flat @ self.weights[0] + self.biases[0], 0)

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Compute the probability of each class for each image: the softmax of the last layer.

        Args:
            images: as in `features`.

        Returns:
            Probabilities of shape `(count, classes)`, float64, in the order of `labels`. Each row sums to 1.

        Raises:
            ValueError: as `features`.
        """
        from scipy.special import softmax

        return softmax(self._scores(images), axis=1)

    def classes(self, images: np.ndarray) -> np.ndarray:
        """Find the most likely class of each image.

        Args:
            images: as in `features`.

        Returns:
            Classes of shape `(count,)`, from the same values as the training labels.

        Raises:
            ValueError: as `features`.
        """
        return self.labels[self._scores(images).argmax(axis=1)]

    def _scores(self, images):
        """Outputs of the last layer before the softmax, `(count, classes)`."""
        return self.features(images) @ self.weights[1] + self.biases[1]


def feature_classifier(images: np.ndarray, labels: np.ndarray) -> FeatureClassifier:
    """Train a small classifier in seconds. Distances between its features say how alike two images are.

    The same images and labels always give the same classifier. It is stored in the folder `gan_course` of the Keras
    cache (`KERAS_HOME`), under a name that is computed from images and labels, and loaded from there the next time.

    Its features are not those of Inception: a Fréchet distance of them cannot be compared with a published FID.

    Args:
        images: training images in [-1, 1], of shape `(count, height, width, channels)` or flattened.
        labels: class of each image, `(count,)`, integers or text, at least two classes.

    Returns:
        A `FeatureClassifier`.

    Raises:
        ValueError: for images that hold NaN or infinity, labels of another length, or one class only.

    Example:
        >>> from gan_course import data
        >>> images, labels = data.load("digits")
        >>> feature_classifier(images, labels).features(images).shape
        (1437, 64)
    """
    labels = np.asarray(labels)
    flat = require_features(_flatten(images), "images", least=2).astype("float32")
    classes, numbers = np.unique(labels, return_inverse=True)
    if labels.shape != (len(flat),) or len(classes) < 2:
        raise ValueError(
            f"Invalid labels. Expected one label for each of the {len(flat)} images, from at least two classes. "
            f"Received: {summary(labels)}. Take images and labels from the same split of the data."
        )
    parts = [
        b"features 1",
        repr(classes.tolist()).encode(),
        str(flat.shape).encode(),
        flat.tobytes(),
        numbers.tobytes(),
    ]
    name = hashlib.sha256(b"".join(parts)).hexdigest()[:20]
    return _load_or_train(name, functools.partial(_train_classifier, flat, labels))


def _flatten(images):
    """Images as rows of values."""
    images = np.asarray(images)
    return images.reshape(len(images), -1) if images.ndim > 1 and len(images) else images


def _train_classifier(flat, labels):
    """Train scikit-learn's network, and take its weights."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    epochs = max(12, -(-3000 * 64 // len(flat)))  # up to 3,000 updates or more: enough, even where it warns
    network = MLPClassifier((64,), batch_size=min(64, len(flat)), max_iter=epochs, random_state=0)
    with warnings.catch_warnings(), threadpool_limits(1):  # several threads would only wait for each other
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(flat, labels)
    weights, biases = network.coefs_, network.intercepts_
    if len(network.classes_) == 2:  # scikit-learn has one unit for two classes; it stands for the second class
        weights[1] = np.concatenate([np.zeros_like(weights[1]), weights[1]], axis=1)
        biases[1] = np.concatenate([np.zeros_like(biases[1]), biases[1]])
    return FeatureClassifier(tuple(weights), tuple(biases), network.classes_)


def _load_or_train(name, train):
    """Load the classifier of that name from the disk, or train it and store it there."""
    path = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "gan_course" / f"features_{name}.npz"
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            return FeatureClassifier((stored["w0"], stored["w1"]), (stored["b0"], stored["b1"]), stored["labels"])
    except Exception:  # the file is not there, or damaged in one of many ways: it will be written again
        classifier = train()
    _store(classifier, path)
    return classifier


def _store(classifier, path):
    """Store a classifier, whole or not at all. A disk that is full costs one training the next time, no more."""
    arrays = (*classifier.weights, *classifier.biases, classifier.labels)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            np.savez(Path(folder) / path.name, **dict(zip(("w0", "w1", "b0", "b1", "labels"), arrays, strict=True)))
            os.replace(Path(folder) / path.name, path)
