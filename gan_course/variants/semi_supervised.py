"""The semi-supervised GAN: a classifier learns from few labels, and from many pictures by telling them from made ones.

The discriminator is the classifier. It has one logit for each class, and its score is the logarithm of the sum of their
exponentials: a picture is real as far as it belongs to any class. So what it learns about real pictures without labels
goes through the same logits as what it learns from labels.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from gan_course.arguments import require_count, require_number
from gan_course.backend import input_dtype
from gan_course.batches import Batches
from gan_course.gan import GAN
from gan_course.losses import in_loss_dtype
from gan_course.networks import leaky, require_filters, require_image_shape
from gan_course.samples import as_array, as_samples, call_in_parts, require_batch_shape, require_samples
from gan_course.variants.augment import Augmentation
from gan_course.variants.auxiliary import head_of

UNLABELED = -1
"""The label of a sample whose class nobody has named."""


def semi_supervised_discriminator(
    image_shape: Sequence[int] = (28, 28, 1),
    classes: int = 10,
    units: int = 128,
    filters: Sequence[int] = (32, 64),
    transformations: Sequence[str] = (),
    seed: int | None = None,
) -> keras.Model:
    """Build a discriminator of convolutions whose score is the log-sum-exp of one logit per class.

    With logits l₁ … l_K it takes a picture to be real with the probability Z / (Z + 1), where Z = Σ exp l_k. This is
    the classifier of K + 1 classes whose last class, "generated", has the logit 0. There is no BatchNormalization and
    no comparison of samples: the class of a picture must not depend on the others in its batch.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        classes: K, the number of classes. Defaults to 10.
        units: number of features, the width of the layer before the logits. Defaults to 128.
        filters: two numbers of channels, for half of the height and width, and for a quarter. Defaults to (32, 64).
        transformations: names of `augment.TRANSFORMATIONS` that the pictures go through in training. Defaults to none.
        seed: integer seed of these transformations and of the Dropout layers. Defaults to None.

    Returns:
        `keras.Model` from `(batch, *image_shape)` to the raw score `(batch, 1)`, positive for "real". Its layer
        "classes" returns the logits `(batch, classes)`, and its layer "features" what they are computed from,
        `(batch, units)`.

    Raises:
        ValueError: for a size that is not an integer of at least 1, a shape of another form, or an unknown name.

    Example:
        >>> semi_supervised_discriminator((8, 8, 1), classes=10).get_layer("classes").units
        10

    Reference: Salimans et al. 2016, section 5.
    """
    image_shape = require_image_shape(image_shape)
    require_count(10, classes=classes)
    require_count(128, units=units)
    half, quarter = require_filters(filters, (32, 64))
    pictures = keras.Input(image_shape, name="images")
    h = Augmentation(transformations, seed=seed)(pictures) if transformations else pictures
    for width in (half, quarter):
        h = leaky(layers.Conv2D(width, 4, strides=2, padding="same")(h))
        h = layers.Dropout(0.3, seed=seed)(h)
    features = layers.LeakyReLU(negative_slope=0.2, name="features")(layers.Dense(int(units))(layers.Flatten()(h)))
    logits = layers.Dense(int(classes), name="classes")(features)
    return keras.Model(pictures, ops.logsumexp(logits, axis=1, keepdims=True), name="semi_supervised_discriminator")


class LabeledBatches(Batches):
    """Batches of three arrays: samples, and in an order of their own labeled samples with their labels."""

    def shuffled(self, rng):
        samples, labeled = (rng.permutation(self.count) for _ in range(2))
        return [samples, labeled, labeled]


@keras.saving.register_keras_serializable(package="gan_course")
class SemiSupervisedGAN(GAN):
    """A `GAN` whose discriminator learns to classify, from all samples and from the labels of some of them.

    `fit(images, labels)` takes −1 for the label of a sample whose class is not known. Each step takes a batch of all
    samples, labeled or not, for the game, and a second batch of as many labeled samples for the classes. So the classes
    are learned as quickly from 100 labels as from 10,000. In an epoch each sample is taken once for the game, and the
    labeled samples are repeated.

    D's loss is that of `GAN`, plus the cross-entropy of the labeled samples. G's loss is that of `GAN`, plus feature
    matching: the squared distance between the mean features of real and of generated samples. A data set must give
    batches of three parts: samples, labeled samples, and the labels of these.

    Args:
        generator: as in `GAN`, without labels.
        discriminator: `keras.Model` from samples to raw scores, with a layer "classes" that returns the logits of the
            classes, and a layer "features". `semi_supervised_discriminator` builds one.
        class_weight: factor of the cross-entropy in D's loss, at least 0. Defaults to 1.0.
        matching_weight: factor of feature matching in G's loss, at least 0. Defaults to 1.0.
        seed: as in `GAN`.
        **kwargs: as in `GAN`.

    Attributes:
        classifier: `keras.Model` from samples to logits `(batch, classes)`.
        features: `keras.Model` from samples to features `(batch, features)`.

    Raises:
        ValueError: as `GAN`; also for a discriminator without these layers, or a negative weight.

    Example:
        ```python
        some = np.where(np.arange(len(labels)) < 100, labels, -1)
        gan = SemiSupervisedGAN(networks.dcgan_generator(), semi_supervised_discriminator(seed=0), seed=0)
        gan.compile()
        gan.fit(images, some, batch_size=64, epochs=20)
        np.mean(gan.classify(test_images) == test_labels)
        ```

    Reference: Salimans et al. 2016, sections 3.1 (feature matching) and 5 (semi-supervised learning). In the paper G's
    loss is feature matching alone: compile with `Objective(cross_entropy, no_objective)` for it.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        class_weight: float = 1.0,
        matching_weight: float = 1.0,
        seed: int | None = None,
        **kwargs,
    ):
        require_number(1.0, at_least=0, class_weight=class_weight, matching_weight=matching_weight)
        super().__init__(generator, discriminator, seed=seed, **kwargs)
        self.class_weight, self.matching_weight = class_weight, matching_weight
        self.classifier = head_of(discriminator, "classes", "semi_supervised_discriminator")
        self.features = head_of(discriminator, "features", "semi_supervised_discriminator")

    def discriminator_loss(self, real, labels=None, training=True):
        """D's loss: that of `GAN` on samples, and the cross-entropy of labeled samples.

        Args:
            real: pairs of a sample and a labeled sample, `(batch, 2, ...)`.
            labels: labels of the latter, integers `(batch,)`.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        loss = super().discriminator_loss(real[:, 0], None, training)
        logits = in_loss_dtype(self.classifier(real[:, 1], training=training))
        entropies = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        return loss + self.class_weight * ops.cast(ops.mean(entropies), loss.dtype)

    def generator_loss(self, real, labels=None, training=True):
        """G's loss: that of `GAN`, with `generator_penalty`.

        Args:
            real: as in `discriminator_loss`.
            labels: not used.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        return super().generator_loss(real[:, 0], None, training)

    def generator_penalty(self, real, fake, noise, labels=None, training=True):
        """Compute feature matching: the squared distance between the mean features of both, times its weight.

        Args:
            real: real samples `(batch, ...)`.
            fake: generated samples `(batch, ...)`.
            noise: not used.
            labels: not used. Defaults to None.
            training: whether D is called in training mode. Defaults to True.

        Returns:
            A scalar, which `GAN` adds to the generator's loss.
        """
        means = [ops.mean(in_loss_dtype(self.features(x, training=training)), axis=0) for x in (real, fake)]
        return self.matching_weight * ops.sum(ops.square(means[0] - means[1]))

    def classify(self, samples, batch_size: int = 256) -> np.ndarray:
        """Find the most likely class of each sample.

        Args:
            samples: samples `(n, ...)`, n at least 1.
            batch_size: how many to classify at once, at least 1. Defaults to 256.

        Returns:
            NumPy array of integers `(n,)`.

        Raises:
            ValueError: for samples that `fit` would not accept either.
        """
        require_count(256, batch_size=batch_size)
        samples = as_samples(samples, self._sample_shape)
        require_samples(samples, self._sample_shape)
        return call_in_parts(self.classifier, [samples], batch_size).argmax(axis=1)

    def get_config(self):
        weights = {"class_weight": self.class_weight, "matching_weight": self.matching_weight}
        return {**super().get_config(), **weights}

    # What `Fitting` asks for: batches of three parts

    def _checked_arrays(self, x, y, call="fit(samples, labels)"):
        samples = as_samples(x, self._sample_shape)
        require_samples(samples, self._sample_shape)
        classes = self.classifier.output_shape[1]
        labels = _require_some_labels(y, len(samples), classes, call)
        labeled = np.resize(np.flatnonzero(labels != UNLABELED), len(samples))
        return samples, samples[labeled], labels[labeled]

    def _batches(self, arrays, batch_size, shuffle):
        return LabeledBatches(arrays, batch_size, shuffle, self.position)

    def _check_first_batch(self, dataset):
        """Batches of a data set are checked in `_to_tensors`."""

    def _to_tensors(self, data):
        if not isinstance(data, (list, tuple)) or len(data) != 3:
            raise ValueError(
                "Invalid batch. Expected a tuple (samples, labeled samples, labels of these). Received: a "
                f"{type(data).__name__}. Give arrays, fit(samples, labels) with -1 for unknown labels, or change the "
                "data set."
            )
        for part in data[:2]:
            require_batch_shape(part, self._sample_shape)
        dtype = input_dtype(self.discriminator)
        pairs = ops.stack([ops.cast(ops.convert_to_tensor(part), dtype) for part in data[:2]], axis=1)
        return pairs, ops.convert_to_tensor(data[2])


@keras.saving.register_keras_serializable(package="gan_course")
def no_objective(fake_scores):
    """Compute 0, for a generator that minimizes its penalty alone, such as feature matching.

    Args:
        fake_scores: D's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar, 0.
    """
    return 0.0 * ops.mean(fake_scores)


def _require_some_labels(given, count, classes, call):
    """The labels as integers `(count,)`, after a check that they are classes or −1, and not all of them −1."""
    labels = None if given is None else as_array("labels", given)
    if labels is None or labels.shape != (count,):
        received = None if labels is None else f"an array of shape {labels.shape}"
        raise ValueError(
            f"Invalid labels. Expected one label for each sample: {count}, and {UNLABELED} where it is not known. "
            f"Received: {received}. Call {call}."
        )
    known = np.arange(UNLABELED, classes)
    if not np.isin(labels, known).all():
        raise ValueError(
            f"Invalid labels. Expected integers from 0 to {classes - 1}, or {UNLABELED} for a sample without one. "
            f"Received: {labels[~np.isin(labels, known)][0]} among them. Number the classes from 0."
        )
    if (labels == UNLABELED).all():
        raise ValueError(
            f"No labels. Expected at least one sample with a label. Received: {count} times {UNLABELED}. Label some "
            "samples, or train a GAN, which needs no labels."
        )
    return labels.astype("int32")
