"""A small style-based generator: a mapping network turns noise into a style, and the style modulates each layer.

`style_generator` builds a generator that `GAN` trains as it is. The functions below it take the generator apart: they
give each layer the style of another picture (style mixing), or move styles toward their mean (truncation).
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from gan_course.arguments import require_count, require_number
from gan_course.networks import leaky, require_filters, require_image_shape
from gan_course.samples import call_in_parts

BLOCK_LAYERS = 5
"""How many layers get a style: one at a quarter of the height and width, two at half, and two at the full size."""


def style_generator(
    image_shape: Sequence[int] = (28, 28, 1),
    latent_dim: int = 32,
    style_dim: int = 32,
    mapping_units: Sequence[int] | int = (64,),
    filters: Sequence[int] = (48, 32, 16),
    mixing_probability: float = 0.5,
) -> keras.Model:
    """Build a style-based generator: noise z → a style w → a picture, where w modulates each of five layers.

    The picture begins as a trained constant of a quarter of the height and width. So all that differs from one picture
    to the next comes through the styles. There are five modulated layers: a convolution of the small picture, two after
    its size is doubled, one after it is doubled again, and the last one, which makes the colors. There is no noise per
    pixel.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        latent_dim: size of the noise vector z. Defaults to 32.
        style_dim: size of a style w. Defaults to 32.
        mapping_units: width of each hidden layer of the mapping network (LeakyReLU, slope 0.2). Defaults to (64,).
        filters: three numbers of channels, for a quarter of the size, half of it, and the full size. Defaults to
            (48, 32, 16).
        mixing_probability: share of the pictures of a training batch, from 0 to 1, whose last layers get the style of
            another picture of the batch (`StyleMixing`). Defaults to 0.5.

    Returns:
        `keras.Model` from `(batch, latent_dim)` to `(batch, *image_shape)`, in [-1, 1] by tanh. Its layer "mapping" is
        a model from z to w `(batch, style_dim)`, and its layer "synthesis" one from a style for each layer,
        `(batch, 5, style_dim)`, to pictures.

    Raises:
        ValueError: for a size that is not an integer of at least 1, a shape of another form, or a probability outside
            of [0, 1].

    Example:
        >>> generator = style_generator((8, 8, 1), latent_dim=16)
        >>> generator.get_layer("synthesis").input_shape
        (None, 5, 32)

    Reference: Karras et al. 2019, section 2, with the modulation of Karras et al. 2020, section 2.2.
    """
    height, width, channels = require_image_shape(image_shape)
    require_count(32, latent_dim=latent_dim, style_dim=style_dim)
    require_number(0.5, at_least=0, at_most=1, mixing_probability=mixing_probability)
    mapping = _mapping_network(int(latent_dim), int(style_dim), mapping_units)
    synthesis = _synthesis_network((height, width, channels), int(style_dim), filters)
    noise = keras.Input((int(latent_dim),), name="noise")
    styles = StyleMixing(BLOCK_LAYERS, mixing_probability, name="mixing")(mapping(noise))
    return keras.Model(noise, synthesis(styles), name="generator")


def _mapping_network(latent_dim, style_dim, units):
    """From noise, scaled to a mean square of 1, to a style."""
    noise = keras.Input((latent_dim,), name="noise")
    h = layers.UnitNormalization(axis=-1)(noise)
    h = layers.Rescaling(latent_dim**0.5)(h)
    for width in units if hasattr(units, "__iter__") else (units,):
        require_count(64, mapping_units=width)
        h = leaky(layers.Dense(int(width))(h))
    return keras.Model(noise, layers.Dense(style_dim)(h), name="mapping")


def _synthesis_network(image_shape, style_dim, filters):
    """From one style for each layer, `(batch, 5, style_dim)`, to a picture."""
    height, width, channels = image_shape
    quarter, half, full = require_filters(filters, (48, 32, 16))
    styles = keras.Input((BLOCK_LAYERS, style_dim), name="styles")
    h = TrainedConstant((height // 4, width // 4, quarter), name="constant")(styles)
    h = leaky(ModulatedConv2D(quarter, 3, layer=0, name="style_0")([h, styles]))
    h = layers.UpSampling2D()(h)
    h = leaky(ModulatedConv2D(half, 3, layer=1, name="style_1")([h, styles]))
    h = leaky(ModulatedConv2D(half, 3, layer=2, name="style_2")([h, styles]))
    h = layers.UpSampling2D(interpolation="bilinear")(h)
    h = leaky(ModulatedConv2D(full, 3, layer=3, name="style_3")([h, styles]))
    h = ModulatedConv2D(channels, 3, layer=4, demodulate=False, name="style_4")([h, styles])
    return keras.Model(styles, layers.Activation("tanh", dtype="float32")(h), name="synthesis")


# Layers


@keras.saving.register_keras_serializable(package="gan_course")
class ModulatedConv2D(keras.layers.Layer):
    """A convolution whose input channels are scaled by a style, and whose output is brought back to the same size.

    A dense layer turns the style w into one scale s_i = 1 + (A w + b)_i for each input channel. Scaling the channels of
    a picture by s is the same as scaling the kernel: k'_ij = s_i · k_ij. Demodulation divides each output channel j by
    the norm of its scaled kernel, √(Σ k'²). If the inputs have variance 1 and are independent, the outputs then have
    variance 1, whatever the style.

    It takes a list of a picture `(batch, height, width, channels)` and of styles `(batch, layers, style_dim)`, and
    returns `(batch, height, width, filters)`.

    Args:
        filters: number of output channels.
        kernel_size: side of the kernel. Defaults to 3.
        layer: which of the styles this layer takes. Defaults to 0.
        demodulate: whether to divide by the norm of the scaled kernel. Defaults to True.
        **kwargs: as in `keras.layers.Layer`.

    Raises:
        ValueError: for a count that is not an integer of at least 1.

    Reference: Karras et al. 2020, equations 1 and 3.
    """

    def __init__(self, filters: int, kernel_size: int = 3, layer: int = 0, demodulate: bool = True, **kwargs):
        super().__init__(**kwargs)
        require_count(16, filters=filters, kernel_size=kernel_size)
        self.filters, self.kernel_size, self.layer, self.demodulate = filters, kernel_size, layer, demodulate

    def build(self, input_shape):
        (*_, channels), (*_, style_dim) = input_shape
        shape = (self.kernel_size, self.kernel_size, channels, self.filters)
        self.kernel = self.add_weight(shape=shape, initializer="he_normal", name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.affine = self.add_weight(shape=(style_dim, channels), initializer="glorot_uniform", name="affine")
        self.affine_bias = self.add_weight(shape=(channels,), initializer="zeros", name="affine_bias")

    def call(self, inputs):
        picture, styles = inputs
        kernel = ops.convert_to_tensor(self.kernel)
        scales = 1.0 + ops.matmul(styles[:, self.layer], self.affine) + self.affine_bias
        out = ops.conv(picture * scales[:, None, None, :], kernel, padding="same", data_format="channels_last")
        if self.demodulate:
            squares = ops.matmul(ops.square(scales), ops.sum(ops.square(kernel), axis=(0, 1)))
            out = out * ops.rsqrt(squares + 1e-8)[:, None, None, :]
        return out + self.bias

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], self.filters)

    def get_config(self):
        sizes = {"filters": self.filters, "kernel_size": self.kernel_size, "layer": self.layer}
        return {**super().get_config(), **sizes, "demodulate": self.demodulate}


@keras.saving.register_keras_serializable(package="gan_course")
class TrainedConstant(keras.layers.Layer):
    """Return the same trained picture for each row of the input, whose values are not used.

    Args:
        picture_shape: `(height, width, channels)` of the picture.
        **kwargs: as in `keras.layers.Layer`.

    Reference: Karras et al. 2019, section 2: the "learned constant input".
    """

    def __init__(self, picture_shape: Sequence[int], **kwargs):
        super().__init__(**kwargs)
        self.picture_shape = tuple(picture_shape)

    def build(self, input_shape):
        self.picture = self.add_weight(shape=self.picture_shape, initializer="random_normal", name="picture")
        # Keras' normal numbers have a standard deviation of 0.05. The first convolution expects 1.
        self.picture.assign(20.0 * ops.convert_to_tensor(self.picture))

    def call(self, inputs):
        return ops.broadcast_to(self.picture, (ops.shape(inputs)[0], *self.picture_shape))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.picture_shape)

    def get_config(self):
        return {**super().get_config(), "picture_shape": self.picture_shape}


@keras.saving.register_keras_serializable(package="gan_course")
class StyleMixing(keras.layers.Layer):
    """Give each layer its style: `(batch, style_dim)` to `(batch, count, style_dim)`.

    In training, some pictures get two styles: their own one for the first layers, and that of the next picture of the
    batch from a random layer on. So the generator cannot count on what an earlier layer has got, and each layer learns
    to use its own style.

    Args:
        count: number of layers, at least 2.
        probability: share of the pictures that get two styles, from 0 to 1. Defaults to 0.5.
        seed: integer seed of the choice, or None. Defaults to None.
        **kwargs: as in `keras.layers.Layer`.

    Reference: Karras et al. 2019, section 3.1: "mixing regularization".
    """

    def __init__(self, count: int, probability: float = 0.5, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.count, self.probability, self.seed = count, probability, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, styles, training=False):
        own = ops.repeat(styles[:, None], self.count, axis=1)
        if not (training and self.probability):
            return own
        batch = ops.shape(styles)[0]
        chosen = keras.random.uniform((batch,), seed=self.seed_generator) < self.probability
        first = keras.random.randint((batch,), 1, self.count, seed=self.seed_generator)
        first = ops.where(chosen, first, self.count)  # from this layer on; there is none for those not chosen
        from_other = (ops.arange(self.count)[None] >= first[:, None])[..., None]
        return ops.where(from_other, ops.roll(own, 1, axis=0), own)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.count, input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "count": self.count, "probability": self.probability, "seed": self.seed}


# What one can do with styles


def styles_of(generator: keras.Model, noise) -> np.ndarray:
    """Turn noise into styles, with the mapping network of a style-based generator.

    Args:
        generator: what `style_generator` returned.
        noise: `(n, latent_dim)`.

    Returns:
        NumPy array `(n, style_dim)`.

    Raises:
        ValueError: for a generator without a layer "mapping".
    """
    return ops.convert_to_numpy(_part(generator, "mapping")(np.asarray(noise, "float32"), training=False))


def draw_styles(generator: keras.Model, styles, batch_size: int = 256) -> np.ndarray:
    """Draw pictures from styles.

    Args:
        generator: what `style_generator` returned.
        styles: one style per picture, `(n, style_dim)`, or one for each layer of each picture, `(n, 5, style_dim)`.
        batch_size: how many pictures to draw at once, at least 1. Defaults to 256.

    Returns:
        NumPy array `(n, *image_shape)`.

    Raises:
        ValueError: for a generator without a layer "synthesis", and for styles of another shape.
    """
    synthesis = _part(generator, "synthesis")
    require_count(256, batch_size=batch_size)
    expected, styles = synthesis.input_shape[1:], np.asarray(styles, "float32")
    if not len(styles) or styles.shape[1:] not in (expected, expected[1:]):
        raise ValueError(
            f"Invalid styles. Expected (n, {expected[1]}) or (n, {expected[0]}, {expected[1]}), with n of at least 1. "
            f"Received: {styles.shape}. Make them with styles_of(generator, noise)."
        )
    if styles.ndim == 2:
        styles = np.repeat(styles[:, None], expected[0], axis=1)
    return call_in_parts(synthesis, [styles], batch_size)


def mix_styles(first, later, start: int, count: int = BLOCK_LAYERS) -> np.ndarray:
    """Join two styles for each picture: one for the layers before `start`, and another one from there on.

    Args:
        first: styles `(n, style_dim)` of the first layers.
        later: styles `(n, style_dim)` of the layers from `start` on.
        start: from 0, where all layers get `later`, to `count`, where all get `first`.
        count: number of layers. Defaults to 5.

    Returns:
        NumPy array `(n, count, style_dim)`, which `draw_styles` takes.

    Raises:
        ValueError: for styles of different shapes, or a start outside of 0 to count.

    Reference: Karras et al. 2019, section 3.1.
    """
    first, later = np.asarray(first, "float32"), np.asarray(later, "float32")
    if first.shape != later.shape or first.ndim != 2:
        raise ValueError(
            f"Invalid styles. Expected two arrays of the same shape (n, style_dim). Received: {first.shape} and "
            f"{later.shape}. To combine one style with many, repeat it with np.repeat(style[None], n, axis=0)."
        )
    require_number(2, at_least=0, at_most=count, start=start)
    return np.stack([first if layer < start else later for layer in range(count)], axis=1)


def truncate(styles, mean, psi: float) -> np.ndarray:
    """Move styles toward their mean: mean + ψ · (w − mean).

    Args:
        styles: `(..., style_dim)`.
        mean: the mean style `(style_dim,)`, as `mean_style` computes it.
        psi: ψ. With 1 styles stay as they are, and with 0 all of them become the mean.

    Returns:
        NumPy array of the shape of the styles.

    Raises:
        ValueError: for a ψ that is not a finite number.

    Example:
        >>> truncate([[4.0, 2.0]], mean=[2.0, 2.0], psi=0.5).tolist()
        [[3.0, 2.0]]

    Reference: Karras et al. 2019, appendix B.
    """
    require_number(0.7, psi=psi)
    styles, mean = np.asarray(styles, "float32"), np.asarray(mean, "float32")
    return mean + np.float32(psi) * (styles - mean)


def mean_style(generator: keras.Model, count: int = 10_000, seed: int | None = 0) -> np.ndarray:
    """Compute the mean of the styles of standard normal noise.

    Args:
        generator: what `style_generator` returned.
        count: how many styles to average, at least 1. Defaults to 10,000.
        seed: integer seed of the noise. Defaults to 0.

    Returns:
        NumPy array `(style_dim,)`.

    Raises:
        ValueError: as `styles_of`, and for a count that is not an integer of at least 1.
    """
    require_count(10_000, count=count)
    noise = np.random.default_rng(seed).normal(size=(count, generator.input_shape[-1]))
    return styles_of(generator, noise).mean(axis=0)


def _part(generator, name):
    """The layer "mapping" or "synthesis" of a style-based generator, or a ValueError."""
    parts = {layer.name: layer for layer in generator.layers}
    if name not in parts:
        raise ValueError(
            f'Invalid generator. Expected one with a layer named "{name}". Received: layers {[*parts]}. Build it with '
            "style_generator."
        )
    return parts[name]
