"""A small causal transformer over pixels in reading order: GPT-2's idea, with gray levels for words."""

import math

import keras
import numpy as np
from keras import layers, ops

from gan_course.levels import LEVELS, draw_levels, log_probability, require_count, require_fitted, require_levels


class PixelTransformer:
    """Names the probability of each pixel's level from the pixels before it; their product is the picture's.

    Args:
        shape: `(height, width)` of a picture. Defaults to (8, 8). levels: number of gray levels. Defaults to 17.
        width: numbers a pixel carries through the network. Defaults to 48. heads: of each attention. They
            divide the width. Defaults to 4. blocks: how many, each of attention and two dense layers. Defaults to 2.

    Attributes:
        network: `keras.Model` from levels `(batch, pixels)` to logits `(batch, pixels, levels)`. Those of a pixel
            depend on the pixels before it alone, so one call has the probabilities of all of them. It takes the first
            pixels only, too, as many as there are.

    Raises:
        ValueError: for a size that is not a positive integer, or heads that do not divide the width.

    The weights begin as Keras' global seed says (`runtime.configure(seed=...)`).

    Reference: Radford et al. 2019 (GPT-2), section 2.3; Chen et al. 2020 (image GPT).
    """

    def __init__(self, shape=(8, 8), levels=LEVELS, width=48, blocks=2, heads=4):
        shape = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
        if len(shape) != 2:
            raise ValueError(f"Invalid shape. Expected (height, width). Received: {shape}. Try shape=(8, 8).")
        require_count(height=shape[0], columns=shape[1], levels=levels, width=width, blocks=blocks, heads=heads)
        if width % heads:
            raise ValueError(
                f"Invalid heads. Expected a number that divides the width, {width}. Received: {heads}. Try heads=1."
            )
        self.shape, self.levels, self.pixels = shape, levels, math.prod(shape)
        self.network = _network(shape, levels, width, blocks, heads)
        self.fitted = False

    def fit(self, levels, validation=None, epochs=12, batch_size=10, learning_rate=2.5e-3, verbose=0):
        """Raise the likelihood by Adam, with a rate that rises at first and then falls along a cosine.

        Args:
            levels: integers `(n, pixels)`. validation: more of them, or None: then the history has `val_loss`, too.
            epochs, batch_size, verbose: as in `keras.Model.fit`. Many small steps learn faster than a few large ones.
            learning_rate: the highest. Defaults to 2.5e-3.

        Returns:
            The `keras.callbacks.History`; its losses are nats a pixel.

        Raises:
            ValueError: for levels out of range, or of another width.
        """
        require_count(epochs=epochs, batch_size=batch_size)
        levels = require_levels(levels, self.pixels, self.levels)
        if validation is not None:
            validation = (require_levels(validation, self.pixels, self.levels),) * 2
        steps = epochs * -(-len(levels) // batch_size)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, steps - steps // 10, alpha=0.05, warmup_target=learning_rate, warmup_steps=steps // 10
        )
        self.network.compile(
            keras.optimizers.Adam(schedule, clipnorm=1.0),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=False,
        )
        options = {"batch_size": batch_size, "epochs": epochs, "verbose": verbose}
        history = self.network.fit(levels, levels, validation_data=validation, **options)
        self.fitted = True
        return history

    def pixel_log_likelihood(self, levels):
        """Exact log-probability of each pixel given those before it, in nats: `(n, pixels)` to `(n, pixels)`.

        Raises:
            ValueError: before `fit`; for levels out of range, or of another width.
        """
        require_fitted(self, self.fitted)
        levels = require_levels(levels, self.pixels, self.levels)
        blocks = [levels[i : i + 256] for i in range(0, len(levels), 256)]
        return np.concatenate([log_probability(block, self.network.predict_on_batch(block)) for block in blocks])

    def log_likelihood(self, levels):
        """Exact log-probability of each picture in nats, in one pass: `(n, pixels)` to `(n,)`.

        Raises:
            ValueError: as `pixel_log_likelihood`.
        """
        return self.pixel_log_likelihood(levels).sum(axis=1)

    def sample(self, count, seed=0):
        """Draw pictures, pixel after pixel, each pass for all pictures at once: `(count, pixels)` integers.

        Raises:
            ValueError: before `fit`; for a count that is not a positive integer.
        """
        require_fitted(self, self.fitted)
        require_count(count=count)
        rng = np.random.default_rng(seed)
        drawn = np.zeros((count, self.pixels), "int64")
        for pixel in range(self.pixels):
            known = (pixel // self.shape[1] + 1) * self.shape[1]  # whole rows: few lengths to compile for
            logits = self.network.predict_on_batch(drawn[:, :known])
            drawn[:, pixel] = draw_levels(logits[:, pixel], rng)
        return drawn


@keras.saving.register_keras_serializable(package="gan_course")
class PixelEmbedding(layers.Layer):
    """What the network is told before it names a pixel: the level of the pixel before, and which row and column it is.

    Levels move one place to the right, and a start sign takes the first place: `(batch, n)` integers to
    `(batch, n, width)`. Without that, each pixel would see itself.

    Args:
        shape: `(height, width)` of a picture. levels: number of gray levels; the start sign comes on top of these.
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


def _network(shape, levels, width, blocks, heads):
    pixels = keras.Input((None,), dtype="int32")
    hidden = PixelEmbedding(shape, levels, width)(pixels)
    for _ in range(blocks):
        normal = layers.LayerNormalization()(hidden)
        attended = layers.MultiHeadAttention(heads, width // heads)(normal, normal, use_causal_mask=True)
        hidden = layers.Add()([hidden, attended])
        dense = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization()(hidden))
        hidden = layers.Add()([hidden, layers.Dense(width)(dense)])
    return keras.Model(pixels, layers.Dense(levels)(layers.LayerNormalization()(hidden)), name="transformer")
