"""Builders of generators and discriminators: each returns a plain, uncompiled `keras.Model`."""

import math
import numbers

import keras
from keras import layers


def mlp_generator(output_shape=(28, 28, 1), latent_dim=64, units=(128, 256)):
    """A generator made of dense layers: noise in, samples out.

    Args:
        output_shape: shape of one sample. `(height, width, channels)` for images, with sides divisible by 4, or
            `(features,)` for points. Defaults to (28, 28, 1).
        latent_dim: size of the noise vector z. Defaults to 64.
        units: width of each hidden layer (LeakyReLU, slope 0.2). Defaults to (128, 256).

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *output_shape)`. Images end in tanh, so they lie in
        [-1, 1]; points end in a linear layer.

    Raises:
        ValueError: for a latent size or a width that is not a positive integer, or a shape that does not fit.

    Example:
        >>> mlp_generator((8, 8, 1), latent_dim=16).output_shape
        (None, 8, 8, 1)
    """
    output_shape = _sample_shape(output_shape)
    _require_positive_integers(latent_dim=latent_dim)
    is_image = len(output_shape) == 3
    model = keras.Sequential([keras.Input((int(latent_dim),)), *_hidden(units)], name="generator")
    model.add(layers.Dense(math.prod(output_shape), activation="tanh" if is_image else None))
    if is_image:
        model.add(layers.Reshape(output_shape))
    return model


def mlp_discriminator(input_shape=(28, 28, 1), units=(256, 128)):
    """A discriminator made of dense layers: samples in, one raw score each out.

    Args:
        input_shape: shape of one sample. `(height, width, channels)` for images, with sides divisible by 4, or
            `(features,)` for points. Defaults to (28, 28, 1).
        units: width of each hidden layer (LeakyReLU, slope 0.2). Defaults to (256, 128).

    Returns:
        `keras.Model` from `(batch, *input_shape)` to `(batch, 1)`: the raw score (logit), positive for "real". The
        probability is its sigmoid.

    Raises:
        ValueError: for a width that is not a positive integer, or a shape that does not fit.
    """
    input_shape = _sample_shape(input_shape)
    model = keras.Sequential([keras.Input(input_shape)], name="discriminator")
    if len(input_shape) == 3:
        model.add(layers.Flatten())
    for layer in _hidden(units):
        model.add(layer)
    model.add(layers.Dense(1))
    return model


def _hidden(units):
    stack = []
    for width in units if hasattr(units, "__iter__") else (units,):
        _require_positive_integers(units=width)
        stack += [layers.Dense(int(width)), layers.LeakyReLU(negative_slope=0.2)]
    return stack


def _sample_shape(shape):
    shape = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
    if len(shape) not in (1, 3):
        raise ValueError(
            "Invalid sample shape. Expected (height, width, channels) for images or (features,) for points. "
            f"Received: {shape}. Leave the batch size out, and give gray images one channel: (28, 28, 1)."
        )
    _require_positive_integers(**{f"shape[{i}]": side for i, side in enumerate(shape)})
    if len(shape) == 3 and (shape[0] % 4 or shape[1] % 4):
        raise ValueError(
            f"Invalid image shape. Expected height and width divisible by 4. Received: {shape}. "
            f"Pad or crop the images, for example to {(4 * -(-shape[0] // 4), 4 * -(-shape[1] // 4), shape[2])}."
        )
    return tuple(map(int, shape))


def _require_positive_integers(**values):
    for name, value in values.items():
        if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"Invalid {name}. Expected an integer of at least 1. Received: {value!r}. Try {name}=64.")
