"""The auxiliary-classifier GAN: its discriminator also names the class of a picture, and its generator has to be named.

`variants.conditional` shows the label to D. Here D never sees it. D learns to guess it, in a second output.
"""

from collections.abc import Sequence

import keras
from keras import layers, ops

from gan_course import networks
from gan_course.arguments import require_count, require_number
from gan_course.gan import GAN
from gan_course.layers import FirstOf
from gan_course.losses import in_loss_dtype
from gan_course.validate import input_shapes


def auxiliary_discriminator(
    image_shape: Sequence[int] = (28, 28, 1), classes: int = 10, units: int = 64, filters: Sequence[int] = (32, 64)
) -> keras.Model:
    """Build a `networks.dcgan_discriminator` with a second output beside its score: a guess of the picture's class.

    The layer "classes" turns the features before the score into one logit per class. `AuxiliaryGAN` finds it by its
    name. The model takes labels, as `GAN` wants it of both networks, but its score does not depend on them.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        classes: number of classes. Defaults to 10.
        units: as in `networks.dcgan_discriminator`. Defaults to 64.
        filters: as in `networks.dcgan_discriminator`. Defaults to (32, 64).

    Returns:
        `keras.Model` from `[(batch, *image_shape), (batch,)]`, images and integers from 0 to classes − 1, to
        `(batch, 1)`: the raw score (logit), positive for "real".

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> auxiliary_discriminator((8, 8, 1), classes=10).get_layer("classes").units
        10

    Reference: Odena et al. 2017, section 3.
    """
    require_count(10, classes=classes)
    plain = networks.dcgan_discriminator(image_shape, units, filters)
    *_, last = plain.layers
    extract = keras.Model(plain.inputs[0], last.input, name="features")
    images, labels = keras.Input(plain.input_shape[1:], name="images"), keras.Input((), dtype="int32", name="labels")
    features = extract(images)
    logits = layers.Dense(int(classes), name="classes")(features)
    return keras.Model([images, labels], FirstOf()([last(features), logits, labels]), name="auxiliary_discriminator")


@keras.saving.register_keras_serializable(package="gan_course")
class AuxiliaryGAN(GAN):
    """A conditional `GAN` whose discriminator names classes, and whose generator pays for pictures with a wrong name.

    Both players add the cross-entropy of D's guess to their losses: D for real pictures, and G for the pictures that it
    made. In the paper D pays for guesses about generated pictures, too. Here it does not, as in Keras' own example: a D
    that learns from G's pictures learns G's mistakes as if they were right.

    Args:
        generator: `keras.Model` from `[noise, labels]` to samples. `conditional.conditional_generator` builds one.
        discriminator: `keras.Model` from `[samples, labels]` to raw scores. It has a layer named "classes" that turns
            samples into logits `(batch, classes)`, without the labels. `auxiliary_discriminator` builds one.
        class_weight: factor of the cross-entropy in both losses, at least 0. Defaults to 1.0, as in the paper.
        seed: as in `GAN`.
        **kwargs: as in `GAN`.

    Attributes:
        classifier: `keras.Model` from samples to the logits of the classes.

    Raises:
        ValueError: as `GAN`; also for networks without labels, a discriminator without a layer "classes" that sees
            samples alone, or a negative weight.

    Example:
        ```python
        gan = AuxiliaryGAN(conditional_generator(), auxiliary_discriminator(), seed=0)
        gan.compile(r1_weight=1.0)
        gan.fit(images, labels, epochs=5)
        gan.generate(10, labels=np.arange(10))
        ```

    Reference: Odena et al. 2017, equations 2 and 3.
    """

    def __init__(self, generator, discriminator, class_weight: float = 1.0, seed: int | None = None, **kwargs):
        require_number(1.0, at_least=0, class_weight=class_weight)
        super().__init__(generator, discriminator, seed=seed, **kwargs)
        self.class_weight = class_weight
        self.classifier = head_of(discriminator, "classes", "auxiliary_discriminator")

    @staticmethod
    def _require_players(generator, discriminator):
        GAN._require_players(generator, discriminator)
        if len(input_shapes(generator)) != 2:
            raise ValueError(
                "Invalid networks. Expected a generator and a discriminator that take labels as their second input. "
                "Received: networks with one input each. Build them with conditional_generator and "
                "auxiliary_discriminator."
            )

    def class_loss(self, samples, labels, training=True):
        """Compute the cross-entropy of D's guesses of the classes.

        Args:
            samples: real or generated samples `(batch, ...)`.
            labels: their classes, integers `(batch,)`.
            training: whether D is called in training mode. Defaults to True.

        Returns:
            A scalar tensor, the mean over the samples.
        """
        logits = in_loss_dtype(self.classifier(samples, training=training))
        labels = ops.reshape(labels, (-1,))
        return ops.mean(keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))

    def discriminator_penalty(self, real, fake, noise, labels=None, training=True):
        """Add the cross-entropy of D's guesses about real samples to the penalties of `GAN`.

        Args:
            real: real samples `(batch, ...)`.
            fake: as in `GAN`.
            noise: as in `GAN`.
            labels: the classes of the real samples, integers `(batch,)`.
            training: as in `GAN`. Defaults to True.

        Returns:
            A scalar, which `GAN` adds to the discriminator's loss.
        """
        penalty = super().discriminator_penalty(real, fake, noise, labels, training)
        return penalty + self.class_weight * self.class_loss(real, labels, training)

    def generator_penalty(self, real, fake, noise, labels=None, training=True):
        """Compute the cross-entropy of D's guesses about generated samples, times its weight.

        Args:
            real: not used.
            fake: generated samples `(batch, ...)`.
            noise: not used.
            labels: the classes that were asked for, integers `(batch,)`.
            training: whether D is called in training mode. Defaults to True.

        Returns:
            A scalar, which `GAN` adds to the generator's loss.
        """
        return self.class_weight * self.class_loss(fake, labels, training)

    def get_config(self):
        return {**super().get_config(), "class_weight": self.class_weight}


def head_of(discriminator, name, builder, size=None):
    """The part of a discriminator from samples to a second output, its head.

    Args:
        discriminator: `keras.Model` whose first input is a batch of samples.
        name: name of the head's last layer.
        builder: name of a function that builds such a discriminator, for the message.
        size: how many numbers per sample the head returns. Defaults to None: any number.

    Returns:
        `keras.Model` from samples to `(batch, size)`.

    Raises:
        ValueError: where there is no such layer, its output has another shape, or it needs a second input.
    """
    found = {layer.name: layer for layer in discriminator.layers}.get(name)
    shape = None if found is None else tuple(found.output.shape)
    if shape is None or len(shape) != 2 or size not in (None, shape[1]):
        received = f"layers {[layer.name for layer in discriminator.layers]}" if shape is None else f"shape {shape}"
        raise ValueError(
            f'Invalid discriminator. Expected one with a layer named "{name}" that returns {size or "some"} numbers '
            f"per sample. Received: {received}. Build it with {builder}."
        )
    try:
        return keras.Model(discriminator.inputs[0], found.output, name=f"{name}_head")
    except ValueError as error:  # Keras' word for an output that depends on another input, too
        raise ValueError(
            f'Invalid discriminator. Expected a layer "{name}" that depends on the samples alone. Received: one that '
            f"also depends on {[each.name for each in discriminator.inputs[1:]]}. Build it with {builder}."
        ) from error
