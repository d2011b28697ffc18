"""Inversion: find the noise from which a trained generator makes a given picture, by gradient descent on the noise.

`variants.encoder` learns to do this in a single call. Inversion needs no training, but many steps for each picture.
"""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from gan_course.arguments import require_count, require_number
from gan_course.backend import TrainStep
from gan_course.losses import in_loss_dtype
from gan_course.samples import as_array, as_samples, require_samples
from gan_course.validate import input_shapes, require_noise_input


class Inversion(NamedTuple):
    """What `invert` found.

    Attributes:
        codes: noise `(n, latent_dim)`, one row for each picture.
        reconstructions: what the generator makes of it, `(n, *sample_shape)`.
        errors: mean squared difference of each reconstruction from its picture, `(n,)`.
    """

    codes: np.ndarray
    reconstructions: np.ndarray
    errors: np.ndarray


def invert(
    generator: keras.Model,
    pictures,
    steps: int = 300,
    learning_rate: float = 0.05,
    prior_weight: float = 0.0,
    start=None,
    seed: int | None = None,
) -> Inversion:
    """Find noise from which a generator makes given pictures, by gradient descent on the noise.

    Adam lowers, for each picture x by itself, the squared difference |G(z) − x|² summed over its values, plus
    `prior_weight` · |z|². The generator stays as it is. The result is a local minimum: another start may find a better
    one.

    Args:
        generator: `keras.Model` from noise `(batch, latent_dim)` to samples. It is called in inference mode.
        pictures: samples `(n, *sample_shape)`; images in [-1, 1].
        steps: number of steps of Adam, at least 1. Defaults to 300.
        learning_rate: Adam's rate, above 0. It falls to 0 along a cosine. Defaults to 0.05.
        prior_weight: weight of |z|², at least 0. It keeps z where standard normal noise is frequent. If each value of a
            picture had normal noise of variance σ², the weight σ² would give the most probable z. Defaults to 0.0.
        start: noise to begin with, `(n, latent_dim)`. Defaults to None: standard normal noise times 0.1.
        seed: integer seed of the start. Defaults to None: another start each time.

    Returns:
        An `Inversion`.

    Raises:
        ValueError: for a generator that takes labels, samples of another shape, or numbers that make no sense.

    Example:
        ```python
        found = invert(gan.generator, images[:10], seed=0)
        plots.image_grid(found.reconstructions)
        ```

    Reference: Zhu et al. 2016, section 3.1; Creswell and Bharath 2018.
    """
    require_count(300, steps=steps)
    require_number(0.05, above=0, learning_rate=learning_rate)
    require_number(0.0, at_least=0, prior_weight=prior_weight)
    require_one_noise_input(generator)
    pictures = as_samples(pictures, generator.output_shape[1:])
    require_samples(pictures, generator.output_shape[1:])
    shape = (len(pictures), generator.input_shape[-1])
    search = _Search(generator, pictures, _first_codes(start, shape, seed), prior_weight)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    search.compile(keras.optimizers.Adam(rate), auto_scale_loss=False, jit_compile=False)
    search.optimizer.build(search.table.trainable_variables)
    search.fit(np.zeros((steps, 1), "float32"), batch_size=1, verbose=0)
    codes = np.array(ops.convert_to_numpy(search.table.codes))
    made = ops.convert_to_numpy(generator(codes, training=False))
    return Inversion(codes, made, np.square(made - pictures).reshape(len(made), -1).mean(axis=1))


class _Table(keras.layers.Layer):
    """Codes as trainable weights. A call returns all of them."""

    def __init__(self, codes):
        super().__init__(name="table")
        self.codes = self.add_weight(shape=codes.shape, initializer="zeros", name="codes")
        self.codes.assign(codes)
        self.built = True

    def call(self, inputs=None):
        return ops.convert_to_tensor(self.codes)


class _Search(TrainStep, keras.Model):
    """The model whose one step moves all codes. Its data says only how many steps there are."""

    def __init__(self, generator, pictures, codes, prior_weight):
        super().__init__()
        self.generator, self.table, self.prior_weight = generator, _Table(codes), prior_weight
        self.pictures = ops.convert_to_tensor(pictures)
        self.built = True

    def update(self, data):
        return {"squared_error": self.minimize(self._squared_error, self.table, self.optimizer)}

    def _squared_error(self):
        codes = self.table(None)
        off = in_loss_dtype(self.generator(codes, training=False)) - in_loss_dtype(self.pictures)
        # The sum over pictures: each code then moves as if its picture were alone.
        return ops.sum(ops.square(off)) + self.prior_weight * ops.sum(ops.square(codes))


def require_one_noise_input(generator):
    """Raise a ValueError for a generator that takes labels, or anything else than noise `(batch, latent_dim)`."""
    if len(input_shapes(generator)) != 1:
        raise ValueError(
            "Invalid generator. Expected one input, noise (batch, latent_dim). Received: a model with inputs "
            f"{input_shapes(generator)}. Fix the other inputs first, for example with keras.Model(noise, "
            "generator([noise, label]))."
        )
    require_noise_input(generator)


def _first_codes(start, shape, seed):
    """The codes to begin with, float32, or a ValueError."""
    if start is None:
        return 0.1 * np.random.default_rng(seed).normal(size=shape).astype("float32")
    start = as_array("start", start).astype("float32")
    if start.shape != shape or not np.isfinite(start).all():
        raise ValueError(
            f"Invalid start. Expected finite noise of shape {shape}. Received: shape {start.shape}. Give one row for "
            "each picture, or leave start out."
        )
    return start
