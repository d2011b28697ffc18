"""Builders of generators and discriminators: each returns a plain, uncompiled `keras.Model`.

The custom layers of `gan_course.layers` that a discriminator can use are importable from here, too.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from gan_course.arguments import require_count
from gan_course.layers import InstanceNoise, MinibatchStandardDeviation, Packing, WeightClipping

__all__ = [
    "InstanceNoise",
    "MinibatchStandardDeviation",
    "Packing",
    "WeightClipping",
    "dcgan_discriminator",
    "dcgan_generator",
    "mlp_discriminator",
    "mlp_generator",
]


def mlp_generator(
    output_shape: Sequence[int] | int = (28, 28, 1), latent_dim: int = 64, units: Sequence[int] | int = (128, 256)
) -> keras.Model:
    """Build a generator of dense layers, from noise to samples.

    Args:
        output_shape: shape of one sample. `(height, width, channels)` for images, with height and width divisible by
            4, or `(features,)` for points. Defaults to (28, 28, 1).
        latent_dim: size of the noise vector z. Defaults to 64.
        units: width of each hidden layer (LeakyReLU, slope 0.2). Defaults to (128, 256).

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *output_shape)`. Images end in tanh, so they lie in
        [-1, 1]; points end in a linear layer.

    Raises:
        ValueError: for a latent size or a width that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> mlp_generator((8, 8, 1), latent_dim=16).output_shape
        (None, 8, 8, 1)
    """
    output_shape = _sample_shape(output_shape)
    require_count(64, latent_dim=latent_dim)
    is_image = len(output_shape) == 3
    model = keras.Sequential([keras.Input((int(latent_dim),)), *_hidden_layers(units)], name="generator")
    model.add(layers.Dense(math.prod(output_shape), activation="tanh" if is_image else None))
    if is_image:
        model.add(layers.Reshape(output_shape))
    return model


def mlp_discriminator(
    input_shape: Sequence[int] | int = (28, 28, 1), units: Sequence[int] | int = (256, 128), constraint=None
) -> keras.Model:
    """Build a discriminator of dense layers, from samples to raw scores.

    Args:
        input_shape: shape of one sample. `(height, width, channels)` for images, with height and width divisible by
            4, or `(features,)` for points. Defaults to (28, 28, 1).
        units: width of each hidden layer (LeakyReLU, slope 0.2). Defaults to (256, 128).
        constraint: a `keras.constraints.Constraint`, or its name, that is applied to all kernels and biases after each
            step, for example `WeightClipping()`. Defaults to None.

    Returns:
        `keras.Model` from `(batch, *input_shape)` to `(batch, 1)`: the raw score (logit), positive for "real". The
        sigmoid of the score is D's probability that the sample is real.

    Raises:
        ValueError: for a width that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> mlp_discriminator((8, 8, 1), units=(64,)).output_shape
        (None, 1)
    """
    input_shape = _sample_shape(input_shape)
    model = keras.Sequential([keras.Input(input_shape)], name="discriminator")
    if len(input_shape) == 3:
        model.add(layers.Flatten())
    for layer in _hidden_layers(units, constraint):
        model.add(layer)
    model.add(layers.Dense(1, kernel_constraint=constraint, bias_constraint=constraint))
    return model


def dcgan_generator(
    image_shape: Sequence[int] = (28, 28, 1), latent_dim: int = 32, units: int = 128, filters: Sequence[int] = (64, 32)
) -> keras.Model:
    """Build a generator of transposed convolutions: it doubles the size of a small picture twice.

    Args:
        image_shape: `(height, width, channels)`, height and width divisible by 4. Defaults to (28, 28, 1).
        latent_dim: size of the noise vector z. Defaults to 32.
        units: width of the dense layer before the small picture. Defaults to 128.
        filters: two numbers of channels. The first is for the small picture, with a quarter of the final height and
            width, and the second for the picture with half of them. Defaults to (64, 32).

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *image_shape)`, in [-1, 1] by tanh. Every dense or
        convolution layer but the last is followed by BatchNormalization and ReLU.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> dcgan_generator((8, 8, 1), latent_dim=16).output_shape
        (None, 8, 8, 1)

    Reference: Radford et al. 2016, here with one more dense layer and far fewer channels.
    """
    height, width, channels = require_image_shape(image_shape)
    require_count(64, latent_dim=latent_dim, units=units)
    small, half = require_filters(filters, (64, 32))
    return keras.Sequential(
        [
            keras.Input((int(latent_dim),)),
            layers.Dense(int(units), use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(height // 4 * (width // 4) * small, use_bias=False),
            layers.Reshape((height // 4, width // 4, small)),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(half, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def dcgan_discriminator(
    image_shape: Sequence[int] = (28, 28, 1), units: int = 64, filters: Sequence[int] = (32, 64)
) -> keras.Model:
    """Build a discriminator of convolutions that halves the picture's size twice, and compares the batch's samples.

    Args:
        image_shape: `(height, width, channels)`, height and width divisible by 4. Defaults to (28, 28, 1).
        units: width of the dense layer before the score. Defaults to 64.
        filters: two numbers of channels. The first is for the picture with half of the height and width, and the
            second for the picture with a quarter of them. Defaults to (32, 64).

    Returns:
        `keras.Model` from `(batch, *image_shape)` to `(batch, 1)`: the raw score (logit), positive for "real". Every
        dense or convolution layer but the last is followed by LeakyReLU, slope 0.2. Only the second convolution has
        BatchNormalization. `MinibatchStandardDeviation` comes right before the last layer.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> dcgan_discriminator((8, 8, 1)).output_shape
        (None, 1)

    Reference: Radford et al. 2016; for the comparison of samples see `MinibatchStandardDeviation`.
    """
    image_shape = require_image_shape(image_shape)
    require_count(64, units=units)
    half, small = require_filters(filters, (32, 64))
    return keras.Sequential(
        [
            keras.Input(image_shape),
            layers.Conv2D(half, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(small, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Flatten(),
            layers.Dense(int(units)),
            layers.LeakyReLU(negative_slope=0.2),
            MinibatchStandardDeviation(),
            layers.Dense(1),
        ],
        name="discriminator",
    )


def _hidden_layers(units, constraint=None):
    """Dense layers of these widths, each followed by LeakyReLU."""
    hidden = []
    for width in units if hasattr(units, "__iter__") else (units,):
        require_count(64, units=width)
        hidden.append(layers.Dense(int(width), kernel_constraint=constraint, bias_constraint=constraint))
        hidden.append(layers.LeakyReLU(negative_slope=0.2))
    return hidden


def _sample_shape(shape):
    """The shape of an image or of a point as a tuple of integers, or a ValueError."""
    shape = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
    if len(shape) not in (1, 3):
        raise ValueError(
            "Invalid sample shape. Expected (height, width, channels) for images or (features,) for points. "
            f"Received: {shape}. Leave the batch size out, and give gray images one channel: (28, 28, 1)."
        )
    require_count(28, **{f"shape[{axis}]": size for axis, size in enumerate(shape)})
    if len(shape) == 3 and (shape[0] % 4 or shape[1] % 4):
        raise ValueError(
            f"Invalid image shape. Expected height and width divisible by 4. Received: {shape}. "
            f"Pad or crop the images, for example to {(4 * -(-shape[0] // 4), 4 * -(-shape[1] // 4), shape[2])}."
        )
    return tuple(map(int, shape))


def require_image_shape(shape):
    """Check the shape of an image.

    Args:
        shape: `(height, width, channels)`, height and width divisible by 4.

    Returns:
        The shape as a tuple of integers.

    Raises:
        ValueError: for a shape of another form.
    """
    shape = _sample_shape(shape)
    if len(shape) != 3:
        raise ValueError(
            "Invalid image shape. Expected (height, width, channels). "
            f"Received: {shape}. For points, use mlp_generator and mlp_discriminator."
        )
    return shape


def require_filters(filters, example):
    """Check numbers of channels.

    Args:
        filters: as many integers of at least 1 as the example has.
        example: a tuple of integers that would do, for the message.

    Returns:
        Tuple of integers.

    Raises:
        ValueError: for another count of numbers, or one that is not an integer of at least 1.
    """
    filters = tuple(filters) if hasattr(filters, "__iter__") else (filters,)
    if len(filters) != len(example):
        raise ValueError(
            f"Invalid filters. Expected {len(example)} numbers of channels. Received: {filters}. Try {example}."
        )
    require_count(example[0], **{f"filters[{position}]": number for position, number in enumerate(filters)})
    return tuple(map(int, filters))


def leaky(h):
    """LeakyReLU with the slope of all networks of this package, 0.2, of a tensor."""
    return layers.LeakyReLU(negative_slope=0.2)(h)
