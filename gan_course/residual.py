"""Residual networks for pictures of 16, 32, 64 or 128 pixels: builders of a generator and of a discriminator.

A residual block adds what two convolutions make of their input to the input itself. So a network of many blocks can be
trained as easily as one of few. These networks have more layers than those of `gan_course.networks`, and double or
halve a picture as often as its size asks for. They are made for long trainings, best on a GPU.
"""

from collections.abc import Sequence

import keras
from keras import layers

from gan_course.arguments import require_count, require_one_of
from gan_course.networks import require_image_shape

__all__ = ["SIDES", "residual_discriminator", "residual_generator"]

SIDES = (16, 32, 64, 128)
"""Heights, and widths, of the pictures that these networks draw and judge."""

_START = 4  # the side of the small picture with which the generator begins


def residual_generator(
    image_shape: Sequence[int] = (32, 32, 3), latent_dim: int = 128, filters: int = 128
) -> keras.Model:
    """Build a generator of residual blocks, each of which doubles the size of the picture.

    Args:
        image_shape: `(height, width, channels)`; height and width are equal, and one of `SIDES`. Defaults to
            (32, 32, 3).
        latent_dim: size of the noise vector z. Defaults to 128.
        filters: number of channels of every block. Defaults to 128.

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *image_shape)`, in [-1, 1] by tanh. It begins with
        4 × 4 pixels. Every convolution of a block comes after BatchNormalization and ReLU.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> residual_generator((32, 32, 3), latent_dim=16, filters=8).output_shape
        (None, 32, 32, 3)

    Reference: Gulrajani et al. 2017 and Miyato et al. 2018, the residual networks for CIFAR-10.
    """
    side, channels = _side_and_channels(image_shape)
    require_count(128, latent_dim=latent_dim, filters=filters)
    noise = keras.Input((int(latent_dim),))
    h = layers.Reshape((_START, _START, filters))(layers.Dense(_START * _START * filters)(noise))
    while h.shape[1] < side:
        h = _growing_block(h, filters)
    h = layers.ReLU()(layers.BatchNormalization()(h))
    images = layers.Conv2D(channels, 3, padding="same", activation="tanh")(h)
    return keras.Model(noise, images, name="generator")


def residual_discriminator(image_shape: Sequence[int] = (32, 32, 3), filters: int = 128) -> keras.Model:
    """Build a discriminator of residual blocks, which halve the size of the picture until it has 8 × 8 pixels.

    It has no BatchNormalization, so it judges each picture alone. Train it with a penalty on its gradient, for example
    with `compile(r1_weight=...)`.

    Args:
        image_shape: `(height, width, channels)`; height and width are equal, and one of `SIDES`. Defaults to
            (32, 32, 3).
        filters: number of channels of every block. Defaults to 128.

    Returns:
        `keras.Model` from `(batch, *image_shape)` to `(batch, 1)`: the raw score (logit), positive for "real". Two
        blocks follow that keep the size, then the mean over all pixels, and a dense layer.

    Raises:
        ValueError: for a number that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> residual_discriminator((32, 32, 3), filters=8).output_shape
        (None, 1)

    Reference: Gulrajani et al. 2017 and Miyato et al. 2018, the residual networks for CIFAR-10.
    """
    side, channels = _side_and_channels(image_shape)
    require_count(128, filters=filters)
    images = keras.Input((side, side, channels))
    h = _block(images, filters, shrinks=True, begins_with_relu=False)
    while h.shape[1] > 2 * _START:
        h = _block(h, filters, shrinks=True)
    h = _block(_block(h, filters), filters)
    features = layers.GlobalAveragePooling2D()(layers.ReLU()(h))
    return keras.Model(images, layers.Dense(1)(features), name="discriminator")


def _growing_block(x, filters):
    """A residual block of the generator: from `(batch, side, side, filters)` to twice the side."""
    h = layers.ReLU()(layers.BatchNormalization()(x))
    h = layers.Conv2D(filters, 3, padding="same")(layers.UpSampling2D(2)(h))
    h = layers.ReLU()(layers.BatchNormalization()(h))
    h = layers.Conv2D(filters, 3, padding="same")(h)
    return layers.Add()([h, layers.Conv2D(filters, 1)(layers.UpSampling2D(2)(x))])


def _block(x, filters, shrinks=False, begins_with_relu=True):
    """A residual block of the discriminator, to as many pixels or to half the side.

    The first one begins without a ReLU, which would hide all pixels below 0.
    """
    h = layers.ReLU()(x) if begins_with_relu else x
    h = layers.Conv2D(filters, 3, padding="same")(h)
    h = layers.Conv2D(filters, 3, padding="same")(layers.ReLU()(h))
    if not shrinks:
        return layers.Add()([h, x])
    shortcut = layers.Conv2D(filters, 1)(layers.AveragePooling2D(2)(x))
    return layers.Add()([layers.AveragePooling2D(2)(h), shortcut])


def _side_and_channels(image_shape):
    """Height and channels of a square picture with one of the sides."""
    height, width, channels = require_image_shape(image_shape)
    require_one_of(SIDES, height=height, width=width)
    require_one_of([height], width=width)
    return height, channels
