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


def mlp_discriminator(input_shape=(28, 28, 1), units=(256, 128), constraint=None):
    """A discriminator made of dense layers: samples in, one raw score each out.

    Args:
        input_shape: shape of one sample. `(height, width, channels)` for images, with sides divisible by 4, or
            `(features,)` for points. Defaults to (28, 28, 1).
        units: width of each hidden layer (LeakyReLU, slope 0.2). Defaults to (256, 128).
        constraint: a `keras.constraints.Constraint` that holds kernels and biases after each step, as
            `WeightClipping()` does, or its name. Defaults to None.

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
    for layer in _hidden(units, constraint):
        model.add(layer)
    model.add(layers.Dense(1, kernel_constraint=constraint, bias_constraint=constraint))
    return model


def dcgan_generator(image_shape=(28, 28, 1), latent_dim=32, units=128, filters=(64, 32)):
    """A generator of transposed convolutions: noise, a small picture with many channels, then twice doubled in size.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        latent_dim: size of the noise vector z. Defaults to 32.
        units: width of the dense layer before the first picture. Defaults to 128.
        filters: channels at a quarter of the size, and at half of it. Defaults to (64, 32).

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *image_shape)`, in [-1, 1] by tanh. Every layer but the
        last is followed by BatchNormalization and ReLU.

    Raises:
        ValueError: for a size that is not a positive integer, or a shape that does not fit.

    Reference: Radford et al. 2016, with a dense layer more and far fewer channels.
    """
    height, width, channels = _image_shape(image_shape)
    latent_dim, units, small, half = _positive_integers(latent_dim=latent_dim, units=units, filters=filters)
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(units, use_bias=False),
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


def dcgan_discriminator(image_shape=(28, 28, 1), units=64, filters=(32, 64)):
    """A discriminator of convolutions that halve the picture twice, and that sees how varied its batch is.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        units: width of the dense layer before the score. Defaults to 64.
        filters: channels at half of the size, and at a quarter of it. Defaults to (32, 64).

    Returns:
        `keras.Model` from `(batch, *image_shape)` to `(batch, 1)`: the raw score (logit), positive for "real". Layers
        are followed by LeakyReLU, slope 0.2; BatchNormalization stands before the second one only.

    Raises:
        ValueError: for a size that is not a positive integer, or a shape that does not fit.

    Reference: Radford et al. 2016; `MinibatchStandardDeviation`.
    """
    image_shape = _image_shape(image_shape)
    units, half, small = _positive_integers(units=units, filters=filters)
    return keras.Sequential(
        [
            keras.Input(image_shape),
            layers.Conv2D(half, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(small, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Flatten(),
            layers.Dense(units),
            layers.LeakyReLU(negative_slope=0.2),
            MinibatchStandardDeviation(),
            layers.Dense(1),
        ],
        name="discriminator",
    )


@keras.saving.register_keras_serializable(package="gan_course")
class MinibatchStandardDeviation(layers.Layer):
    """Appends to each sample's features their standard deviations over the batch: `(batch, n)` to `(batch, 2n)`.

    A discriminator that sees one picture at a time cannot know that all are alike. With this layer it can, and a
    generator that makes the same few pictures is found out.

    Reference: Karras et al. 2018, section 3, here without the mean over features; after the minibatch discrimination of
    Salimans et al. 2016, section 3.2.
    """

    def call(self, features):
        wide = keras.ops.cast(features, "float32")  # small squares vanish in float16
        deviation = keras.ops.sqrt(keras.ops.var(wide, axis=0, keepdims=True) + 1e-8)
        same_for_all = keras.ops.broadcast_to(deviation, keras.ops.shape(features))
        return keras.ops.concatenate([features, keras.ops.cast(same_for_all, features.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2 * input_shape[-1])


@keras.saving.register_keras_serializable(package="gan_course")
class Packing(layers.Layer):
    """Puts several samples of a batch together into one: `(batch, ..., n)` to `(batch / size, ..., size · n)`.

    As the first layer of a discriminator it makes one score for `size` samples, all real or all generated. Samples that
    are more alike than real ones are found out.

    Args:
        size: samples a pack. Defaults to 2. Not for a conditional discriminator, whose labels would stay single.

    Attributes:
        pack_size: samples a pack: what `GAN.fit` looks at when it asks for batches of full packs.

    Raises:
        ValueError: for a size that is not a positive integer, or does not divide the batch.

    Reference: Lin et al. 2018 (PacGAN), section 2.
    """

    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        _require_positive_integers(size=size)
        self.size = self.pack_size = int(size)

    def call(self, samples):
        if samples.shape[0] is not None and samples.shape[0] % self.size:
            raise ValueError(
                f"Invalid batch for packs of {self.size}. Expected a multiple of {self.size} samples. Received: "
                f"{samples.shape[0]} samples. Choose a batch_size that is a multiple of {self.size}, and leave out the "
                "last samples if they do not fill a batch."
            )
        ops, shape = keras.ops, self.compute_output_shape(samples.shape)
        packs = ops.reshape(samples, (-1, self.size, *samples.shape[1:]))
        return ops.reshape(ops.moveaxis(packs, 1, -2), (-1, *shape[1:]))

    def compute_output_shape(self, input_shape):
        batch = None if input_shape[0] is None else input_shape[0] // self.size
        return (batch, *input_shape[1:-1], self.size * input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable(package="gan_course")
class InstanceNoise(layers.Layer):
    """Adds normal noise to its input in training; its strength can be changed while it trains.

    As the first layer of a discriminator it blurs real and generated samples alike, so that they overlap and D has
    something to say between them. Let `callbacks.Fade(layer.stddev, steps)` take it away again, since G's samples are
    only as sharp as D can see. `keras.layers.GaussianNoise` does the same at a strength that stays.

    Args:
        stddev: standard deviation of the noise, in units of the samples. Defaults to 0.1. seed: integer, or None.

    Attributes:
        stddev: a weight that is not trained, a scalar.

    Raises:
        ValueError: for a strength that is negative or not finite.

    Reference: Sønderby et al. 2017, section 3.4; Arjovsky and Bottou 2017, section 3.
    """

    def __init__(self, stddev=0.1, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(stddev, numbers.Real) or isinstance(stddev, bool) or not 0 <= stddev < math.inf:
            raise ValueError(f"Invalid stddev. Expected a number of at least 0. Received: {stddev!r}. Try stddev=0.1.")
        self.start, self.seed = float(stddev), seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.stddev = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.start), trainable=False, name="stddev"
        )

    def call(self, samples, training=False):
        if not training:
            return samples
        noise = keras.random.normal(keras.ops.shape(samples), dtype=samples.dtype, seed=self.seed_generator)
        return samples + keras.ops.cast(self.stddev, samples.dtype) * noise

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "stddev": self.start, "seed": self.seed}


@keras.saving.register_keras_serializable(package="gan_course")
class WeightClipping(keras.constraints.Constraint):
    """Holds weights in [−limit, limit]: after each step, what has left the range is put back at its end.

    A network whose weights are bounded is Lipschitz, with a constant that depends on the limit and on the layers. On
    all kernels and biases of a critic it makes a Wasserstein GAN, and the optimizer does the rest.

    Args:
        limit: largest absolute value of a weight. Defaults to 0.01, as in the paper.

    Raises:
        ValueError: for a limit that is not positive, or not finite.

    Example:
        ```python
        critic = networks.mlp_discriminator((2,), constraint=networks.WeightClipping(0.01))
        gan = GAN(networks.mlp_generator((2,)), critic, seed=0)
        gan.compile("rmsprop", "rmsprop", objective="wasserstein", d_steps=5)
        ```

    Reference: Arjovsky et al. 2017, algorithm 1.
    """

    def __init__(self, limit=0.01):
        if not isinstance(limit, numbers.Real) or isinstance(limit, bool) or not 0 < limit < math.inf:
            raise ValueError(f"Invalid limit. Expected a finite number above 0. Received: {limit!r}. Try limit=0.01.")
        self.limit = float(limit)

    def __call__(self, weight):
        return keras.ops.clip(weight, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


def _hidden(units, constraint=None):
    stack = []
    for width in units if hasattr(units, "__iter__") else (units,):
        _require_positive_integers(units=width)
        stack.append(layers.Dense(int(width), kernel_constraint=constraint, bias_constraint=constraint))
        stack.append(layers.LeakyReLU(negative_slope=0.2))
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


def _image_shape(shape):
    """The shape of an image as integers, or a ValueError."""
    shape = _sample_shape(shape)
    if len(shape) != 3:
        raise ValueError(
            "Invalid image shape. Expected (height, width, channels). "
            f"Received: {shape}. Build points with mlp_generator and mlp_discriminator."
        )
    return shape


def _positive_integers(filters, **values):
    """The values and the two numbers of filters as plain integers, or a ValueError."""
    filters = tuple(filters) if hasattr(filters, "__iter__") else (filters,)
    if len(filters) != 2:
        raise ValueError(f"Invalid filters. Expected two numbers of channels. Received: {filters}. Try (64, 32).")
    values |= {f"filters[{i}]": number for i, number in enumerate(filters)}
    _require_positive_integers(**values)
    return map(int, values.values())


def _require_positive_integers(**values):
    for name, value in values.items():
        if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"Invalid {name}. Expected an integer of at least 1. Received: {value!r}. Try {name}=64.")
