"""A small causal transformer over pixels in reading order: a GPT with gray levels in place of pieces of words."""

import math

import keras
import numpy as np
from keras import layers, ops

from gan_course.arguments import require_count, require_number, require_seed
from gan_course.family.contract import History, require_fitted, start_sampling
from gan_course.family.levels import LEVELS, draw_levels, log_probability, require_levels
from gan_course.family.training import ShuffledLevels, fit_network, seeded_layers


class PixelTransformer:
    """A causal transformer that gives the probabilities of each pixel's levels from the pixels before it.

    The probability of a picture is the product of these: p(x) = Π_i p(x_i | x_1, …, x_{i−1}).

    Args:
        shape: `(height, width)` of a picture. Defaults to (8, 8).
        levels: number of gray levels. Defaults to 17.
        width: size of the vector that represents a pixel inside the network. Defaults to 48.
        blocks: number of blocks, each of an attention layer and two dense layers. Defaults to 2.
        heads: number of heads of each attention layer. It must divide the width. Defaults to 4.
        seed: integer that seeds the first weights and the order of the batches, or None for others each time.
            Defaults to 0.

    Attributes:
        network: `keras.Model` from levels `(batch, n)` to logits `(batch, n, levels)`, for the first n pixels of each
            picture. The logits of a pixel depend only on the pixels before it, so one call gives those of all pixels.
        pixels: how many pixels a picture has, height · width.
        fitted: whether `fit` has been called.

    Raises:
        ValueError: for a size that is not an integer of at least 1, heads that do not divide the width, or a bad seed.

    Reference: Liu et al. 2018 (a decoder-only transformer); Radford et al. 2018 (GPT); Chen et al. 2020 (image GPT).

    Example:
        ```python
        transformer = PixelTransformer(shape=(8, 8))
        history = transformer.fit(levels, validation)
        transformer.log_likelihood(levels), transformer.sample(16, seed=1)
        ```
    """

    def __init__(
        self,
        shape: tuple[int, int] = (8, 8),
        levels: int = LEVELS,
        width: int = 48,
        blocks: int = 2,
        heads: int = 4,
        seed: int | None = 0,
    ):
        shape = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
        if len(shape) != 2:
            raise ValueError(f"Invalid shape. Expected (height, width). Received: {shape}. Try shape=(8, 8).")
        require_count(8, **{"shape[0]": shape[0], "shape[1]": shape[1]})
        require_count(LEVELS, levels=levels)
        require_count(4, width=width, blocks=blocks, heads=heads)
        require_seed(seed)
        if width % heads:
            raise ValueError(
                f"Invalid heads. Expected a number that divides the width, {width}. Received: {heads}. Try heads=1."
            )
        self.shape, self.levels, self.pixels, self.seed = shape, levels, math.prod(shape), seed
        self.rng, self.fitted = np.random.default_rng(seed), False
        with seeded_layers(seed):
            self.network = _network(shape, levels, width, blocks, heads)

    def fit(self, levels, validation=None, *, epochs=12, batch_size=10, learning_rate=2.5e-3, verbose=0) -> History:
        """Raise the likelihood by Adam. A second call goes on with the weights of the first one.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            validation: more pictures, on which the loss is measured, too. Defaults to None.
            epochs: passes over the pictures. Defaults to 12.
            batch_size: pictures per step. Many small steps learn faster than a few large ones. Defaults to 10.
            learning_rate: the highest learning rate. The rate rises to it over the first tenth of the steps, and then
                falls to a twentieth of it along a cosine. Defaults to 2.5e-3.
            verbose: what Keras prints: 0, 1 or 2. The losses printed are per pixel. Defaults to 0: nothing.

        Returns:
            `contract.History` with one entry per epoch: minus the mean log-probability of a picture, in nats. An entry
            of `"loss"` is a mean over the steps of its epoch, one of `"val_loss"` is measured at its end.

        Raises:
            ValueError: for bad levels, counts that are not integers of at least 1, or a learning rate that is not
                above 0.
        """
        require_count(10, epochs=epochs, batch_size=batch_size)
        require_number(2.5e-3, above=0, learning_rate=learning_rate)
        batches = ShuffledLevels(require_levels(levels, self.pixels, self.levels), batch_size, self.rng)
        if validation is not None:
            validation = (require_levels(validation, self.pixels, self.levels),) * 2  # inputs and targets
        self.network.compile(
            keras.optimizers.Adam(_schedule(epochs * len(batches), learning_rate), clipnorm=1.0),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),  # a mean over pixels
            jit_compile=False,
        )
        by_pixel = fit_network(self.network, batches, validation, epochs=epochs, verbose=verbose)
        self.fitted = True
        return History({name: [self.pixels * loss for loss in losses] for name, losses in by_pixel.history.items()})

    def pixel_log_likelihood(self, levels):
        """Compute the exact log-probability of each pixel, given the pixels before it.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.

        Returns:
            Array `(batch, pixels)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels.
        """
        require_fitted(self)
        levels = require_levels(levels, self.pixels, self.levels)
        batches = [levels[i : i + 256] for i in range(0, len(levels), 256)]
        return np.concatenate([log_probability(batch, self.network.predict_on_batch(batch)) for batch in batches])

    def log_likelihood(self, levels):
        """Compute the exact log-probability of each picture: the sum of `pixel_log_likelihood` over its pixels.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels.
        """
        return self.pixel_log_likelihood(levels).sum(axis=1)

    def sample(self, count: int, seed: int | None = 0):
        """Draw pictures, one pixel after the other. Each pass of the network draws one pixel of all pictures.

        Args:
            count: how many pictures.
            seed: integer, or None for other pictures each time. Defaults to 0.

        Returns:
            Integers from 0 to levels − 1, `(count, pixels)`, int64.

        Raises:
            ValueError: before `fit`; for a count that is not an integer of at least 1, or a bad seed.
        """
        rng = start_sampling(self, count, seed)
        drawn = np.zeros((count, self.pixels), "int64")
        for pixel in range(self.pixels):
            known = (pixel // self.shape[1] + 1) * self.shape[1]  # whole rows, so that few lengths are compiled
            logits = self.network.predict_on_batch(drawn[:, :known])
            drawn[:, pixel] = draw_levels(logits[:, pixel], rng)
        return drawn


@keras.saving.register_keras_serializable(package="gan_course")
class PixelEmbedding(layers.Layer):
    """Represents each pixel by what may be known before it is drawn: the level of the pixel before, its row and column.

    The levels move one place to the right, and a start sign takes the first place. Without that, each pixel would see
    its own level. The input is levels `(batch, n)`, the output `(batch, n, width)`.

    Args:
        shape: `(height, width)` of a picture.
        levels: number of gray levels. The start sign comes on top of these.
        width: size of each embedding.
    """

    def __init__(self, shape, levels, width, **kwargs):
        super().__init__(**kwargs)
        self.shape, self.levels, self.width = tuple(shape), levels, width
        self.level = layers.Embedding(levels + 1, width, name="level")
        self.row, self.column = (layers.Embedding(n, width, name=f"side_{i}") for i, n in enumerate(shape))

    def build(self, input_shape):
        for embedding in (self.level, self.row, self.column):
            embedding.build()

    def call(self, levels):
        levels = ops.cast(levels, "int32")
        before = ops.concatenate([ops.full_like(levels[:, :1], self.levels), levels[:, :-1]], axis=1)
        place = ops.arange(ops.shape(levels)[1])
        return self.level(before) + self.row(place // self.shape[1]) + self.column(place % self.shape[1])

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.width)

    def get_config(self):
        return {**super().get_config(), "shape": self.shape, "levels": self.levels, "width": self.width}


def _schedule(steps, learning_rate):
    """A learning rate that rises over the first tenth of the steps, and then falls to 5 % along a cosine."""
    return keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 10, alpha=0.05, warmup_target=learning_rate, warmup_steps=steps // 10
    )


def _network(shape, levels, width, blocks, heads):
    """Build the causal network from levels to the logits of each pixel's levels."""
    pixels = keras.Input((None,), dtype="int32")
    hidden = PixelEmbedding(shape, levels, width)(pixels)
    for _ in range(blocks):
        normal = layers.LayerNormalization()(hidden)
        attended = layers.MultiHeadAttention(heads, width // heads)(normal, normal, use_causal_mask=True)
        hidden = layers.Add()([hidden, attended])
        dense = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization()(hidden))
        hidden = layers.Add()([hidden, layers.Dense(width)(dense)])
    return keras.Model(pixels, layers.Dense(levels)(layers.LayerNormalization()(hidden)), name="transformer")
