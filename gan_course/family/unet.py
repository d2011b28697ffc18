"""A small U-Net for diffusion: from a noisy picture and its time to the noise in it."""

import math

import keras
import numpy as np
from keras import layers, ops


def build_unet(shape, signal, width):
    """Build a network that estimates the noise in a picture at a time.

    It looks like a discriminator followed by a generator. Convolutions with stride 2 halve height and width, at most
    twice and as long as both are even. Two dense layers see the small picture as a whole. Transposed convolutions
    double it again. Bridges lead from each size on the way down to the same size on the way up. The time scales and
    shifts the channels everywhere. No convolution works on the full size, so that a pass is cheap.

    Args:
        shape: `(height, width)` of a picture.
        signal: the schedule of `family.noising`, `(T + 1,)`.
        width: channels after the first convolution. The smallest pictures have twice as many, and the dense layer
            between them has eight times as many units.

    Returns:
        `keras.Model` from [pictures `(batch, height, width, 1)`, times `(batch,)`, integers from 0 to T] to the noise
        in the shape of the pictures. Before any training the estimate is √(1 − ᾱ_t) · x_t.

    Reference: Ronneberger et al. 2015; told the time as by Ho et al. 2020, appendix B, and Dhariwal and Nichol 2021.
    """
    picture, time = keras.Input((*shape, 1)), keras.Input((), dtype="int32")
    about_time = layers.Dense(2 * width, activation="swish")(TimeEmbedding(len(signal) - 1)(time))
    strides = _strides(shape)
    features, bridges = picture, []
    for depth, stride in enumerate(strides):
        convolution = layers.Conv2D(width * 2**depth, 4, strides=stride, padding="same")
        features = _told(convolution(features), about_time, normalize=depth > 0)
        bridges.append(features)
    features = layers.Add()([features, _seen_as_a_whole(features, about_time, 8 * width)])
    for depth, stride in reversed([*enumerate(strides)][1:]):
        features = layers.Concatenate()([features, bridges[depth]])
        convolution = layers.Conv2DTranspose(width * 2 ** (depth - 1), 4, strides=stride, padding="same")
        features = _told(convolution(features), about_time)
    last = layers.Conv2DTranspose(1, 4, strides=strides[0], padding="same", kernel_initializer="zeros")
    features = last(layers.Concatenate()([features, bridges[0]]))
    return keras.Model([picture, time], NoiseEstimate(signal)([features, picture, time]), name="unet")


def _strides(shape):
    """The strides of the convolutions: 2 while height and width are even, at most twice, or else one stride of 1."""
    halvings = [size & -size for size in shape]  # the largest power of 2 that divides a size
    return {1: [1], 2: [2]}.get(min(halvings), [2, 2])


def _told(features, about_time, normalize=True):
    """Normalize features in groups of eight channels, scale and shift them by the time, and bend them."""
    channels = features.shape[-1]
    if normalize:
        features = layers.GroupNormalization(channels // math.gcd(channels, 8))(features)
    scale, shift = (layers.Reshape((1, 1, channels))(layers.Dense(channels)(about_time)) for _ in range(2))
    return layers.Activation("swish")(features * (1 + scale) + shift)


def _seen_as_a_whole(features, about_time, units):
    """Two dense layers from all features to all features. Convolutions alone see only what is near."""
    whole = layers.Dense(units)(layers.Flatten()(features))
    whole = layers.Activation("swish")(layers.Add()([whole, layers.Dense(units)(about_time)]))
    size = math.prod(features.shape[1:])
    return layers.Reshape(features.shape[1:])(layers.Dense(size)(whole))


@keras.saving.register_keras_serializable(package="gan_course")
class TimeEmbedding(layers.Layer):
    """Represents a time by sines and cosines of 16 frequencies: `(batch,)` to `(batch, 32)`.

    Args:
        steps: the largest time T. It stands for 1,000, whatever it is, so that the frequencies fit.

    Reference: Vaswani et al. 2017, section 3.5; used for time by Ho et al. 2020, appendix B.
    """

    def __init__(self, steps, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps
        self.frequencies = (1000 / steps * 10_000.0 ** -(np.arange(16) / 16)).astype("float32")

    def call(self, time):
        angles = ops.cast(time, "float32")[:, None] * ops.convert_to_tensor(self.frequencies)
        return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape, 2 * len(self.frequencies))

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}


@keras.saving.register_keras_serializable(package="gan_course")
class NoiseEstimate(layers.Layer):
    """Turns features f of a noisy picture x_t into an estimate of its noise: √(1 − ᾱ_t) · x_t + √ᾱ_t · f.

    Almost all of a very noisy picture is noise, so x_t itself is nearly the answer. The network has to find only the
    rest. The estimate of x_0 then is √ᾱ_t · x_t − √(1 − ᾱ_t) · f, in which nothing is divided by a small √ᾱ_t.

    Args:
        signal: the schedule of `family.noising`, `(T + 1,)`, as an array or a list.

    Reference: Salimans and Ho 2022, appendix D; there f is called the velocity v.
    """

    def __init__(self, signal, **kwargs):
        super().__init__(**kwargs)
        self.signal = [float(left) for left in signal]
        self.picture_share, self.noise_share = (
            np.sqrt(shares).astype("float32") for shares in (np.array(self.signal), 1 - np.array(self.signal))
        )

    def call(self, inputs):
        features, picture, time = inputs
        of_features, of_picture = (
            ops.take(ops.convert_to_tensor(shares), time)[:, None, None, None]
            for shares in (self.picture_share, self.noise_share)
        )
        return of_picture * picture + of_features * features

    def compute_output_shape(self, input_shape):
        return input_shape[1]

    def get_config(self):
        return {**super().get_config(), "signal": self.signal}
