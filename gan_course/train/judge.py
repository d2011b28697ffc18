"""Measurements on the way: how far the generated images are from held-out ones, and what D says of them.

They need no network that was trained elsewhere. If the images have classes, the features are those of a small
classifier of one half of the held-out images, and the other half is compared. Without classes the features are the
principal components of the held-out images. Neither can be compared with a published Fréchet Inception distance.
"""

import numpy as np

from gan_course import metrics
from gan_course.samples import call_in_parts

COMPARED = 1_000
"""The largest number of held-out images, and of generated ones, that are compared."""

_SIDE = 32  # the features are computed from images of at most this many pixels per side
_COMPONENTS = 64


class Judge:
    """Measures a GAN, always with the same held-out images, the same noise and the same features.

    Args:
        pictures: the `pictures.Pictures` of the run.

    Attributes:
        features: a name for the features, as text.
        real: features of the held-out images that are compared, `(count, features)`.
    """

    def __init__(self, pictures):
        images, labels = pictures.held_out, pictures.held_out_labels
        trained = len(images) // 2 if labels is not None and len(np.unique(labels[: len(images) // 2])) > 1 else 0
        if trained:
            self.features = f"64 features of a classifier of {trained} held-out images"
            self._features = metrics.feature_classifier(_small(images[:trained]), labels[:trained]).features
        else:
            self._features, count = _principal_components(_small(images))
            self.features = f"{count} principal components of the held-out images"
        self.held_out = images[trained:][:COMPARED]
        self.labels = labels if labels is None else labels[trained:][:COMPARED]
        self.train = pictures.train[: len(self.held_out)]
        self.train_labels = None if labels is None else pictures.train_labels[: len(self.held_out)]
        self.real = self._features(_small(self.held_out))

    def measure(self, gan) -> dict:
        """Measure a GAN, with the averages of its weights. The GAN and its training do not change.

        Args:
            gan: a `GAN`. A conditional one draws the classes of the held-out images.

        Returns:
            Dictionary of floats: `frechet`, the Fréchet distance; `precision` and `recall`; and D's mean raw scores of
            images that it is trained on, `d_train`, of held-out ones, `d_held_out`, and of generated ones, `d_fake`.
            If `d_held_out` falls towards `d_fake`, D has memorized its training images.
        """
        labels = self.labels if gan.conditional else None
        with gan.averaged():
            fake = gan.generate(len(self.held_out), seed=0, labels=labels)
        scores = {
            "d_train": self._mean_score(gan, self.train, self.train_labels),
            "d_held_out": self._mean_score(gan, self.held_out, self.labels),
            "d_fake": self._mean_score(gan, fake, self.labels),
        }
        if not np.isfinite(fake).all():
            return {"frechet": float("nan"), "precision": 0.0, "recall": 0.0, **scores}
        features = self._features(_small(fake))
        found = metrics.precision_recall(self.real, features, k=min(3, len(features) - 1))
        return {"frechet": metrics.frechet_distance(self.real, features), **found._asdict(), **scores}

    @staticmethod
    def _mean_score(gan, images, labels):
        """D's mean raw score of images, in inference mode."""
        inputs = [images, labels] if gan.conditional else [images]
        return float(call_in_parts(gan.discriminator, inputs, 256).astype("float64").mean())


def _principal_components(images):
    """A function from images to their principal components, and how many there are."""
    from sklearn.decomposition import PCA

    flat = images.reshape(len(images), -1)
    count = min(_COMPONENTS, len(flat) // 2, flat.shape[1])
    fitted = PCA(count, random_state=0).fit(flat)
    return lambda other: fitted.transform(other.reshape(len(other), -1)), count


def _small(images):
    """Images of at most `_SIDE` pixels per side: means over squares of pixels."""
    step = -(-images.shape[1] // _SIDE)
    if step == 1:
        return images
    count, height, width, channels = images.shape
    height, width = height // step, width // step
    cut = images[:, : height * step, : width * step]
    return cut.reshape(count, height, step, width, step, channels).mean(axis=(2, 4))
