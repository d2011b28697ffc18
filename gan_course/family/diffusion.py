"""Denoising diffusion over whole gray levels: a network learns to see the noise in a picture, and to take it away."""

import math

import keras
import numpy as np

from gan_course.arguments import require_count, require_number, require_seed
from gan_course.family.contract import History, require_fitted, start_sampling
from gan_course.family.levels import LEVELS, require_levels
from gan_course.family.noising import (
    add_noise,
    bound_weights,
    linear_schedule,
    log_probability_of_bin,
    remove_noise,
    sample_ddim,
    sample_ddpm,
)
from gan_course.family.training import ShuffledLevels, fit_network, seeded_layers
from gan_course.family.unet import build_unet

AT_ONCE = 250
"""How many pictures the network gets in one call outside of `fit`."""


class PixelDiffusion:
    """A diffusion model: pictures are made of noise by many small steps, each of which removes a little noise.

    Noise is added to a picture step by step, until nothing else is left. The model runs this backwards. In every step
    a network estimates the noise in the picture. The probability of a picture is an integral over all ways that lead
    to it, which nobody can compute; `log_likelihood_bound` estimates a lower bound of it.

    Args:
        shape: `(height, width)` of a picture. Even numbers make the network faster, and multiples of 4 still faster.
            Defaults to (28, 28).
        levels: number of gray levels. Defaults to 17.
        steps: number of time steps T. Defaults to 100.
        width: channels of the largest pictures inside of the network. Defaults to 32.
        seed: integer that seeds the first weights, the order of the batches, and times and noise in `fit`, or None for
            others each time. Defaults to 0.

    Attributes:
        network: `keras.Model`, the U-Net of `family.unet`, from [noisy pictures `(batch, height, width, 1)`, times
            `(batch,)`] to the noise in them.
        signal: the schedule, all ᾱ_t, `(steps + 1,)`; see `family.noising.linear_schedule`.
        pixels: how many pixels a picture has, height · width.
        fitted: whether `fit` has been called.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a bad seed.

    Reference: Ho et al. 2020, with the schedule of its section 4; Song et al. 2021 for few passes.

    Example:
        ```python
        diffusion = PixelDiffusion(shape=(28, 28))
        history = diffusion.fit(levels, validation)
        diffusion.sample(16, seed=1), diffusion.sample(16, seed=1, passes=20)
        ```
    """

    def __init__(
        self,
        shape: tuple[int, int] = (28, 28),
        levels: int = LEVELS,
        steps: int = 100,
        width: int = 32,
        seed: int | None = 0,
    ):
        shape = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
        if len(shape) != 2:
            raise ValueError(f"Invalid shape. Expected (height, width). Received: {shape}. Try shape=(28, 28).")
        require_count(28, **{"shape[0]": shape[0], "shape[1]": shape[1]})
        require_count(LEVELS, levels=levels)
        require_count(100, steps=steps)
        require_count(32, width=width)
        require_seed(seed)
        self.shape, self.levels, self.pixels, self.seed = shape, levels, math.prod(shape), seed
        self.steps, self.signal = steps, linear_schedule(steps)
        self.rng, self.fitted = np.random.default_rng(seed), False
        with seeded_layers(seed):
            self.network = build_unet(shape, self.signal, width)

    def fit(self, levels, validation=None, *, epochs=20, batch_size=32, learning_rate=4e-3, verbose=0) -> History:
        """Learn to see noise, by Adam. A second call goes on with the weights of the first one.

        Each picture of a batch gets a time from 1 to T and fresh noise, both at random. The loss is the mean squared
        difference between this noise and the network's estimate of it, divided by ᾱ_t. So late times, with much noise,
        where it is decided which picture it will be, count more than early ones. In other words it is the squared error
        of the features f that `family.unet.NoiseEstimate` turns into noise.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            validation: more pictures, on which the loss is measured, too, with the same times and noise in each epoch.
                Defaults to None.
            epochs: passes over the pictures. Defaults to 20.
            batch_size: pictures per step. Defaults to 32.
            learning_rate: the highest learning rate. The rate rises to it over the first twentieth of the steps, and
                then falls to 0 along a cosine. Defaults to 4e-3.
            verbose: what Keras prints: 0, 1 or 2. Defaults to 0: nothing.

        Returns:
            `contract.History` with one entry per epoch: the weighted squared error per pixel. It is no likelihood. A
            new network, with f = 0, costs between the mean square of the pictures and 1. An entry of `"loss"` is a mean
            over the steps of its epoch, one of `"val_loss"` is measured at its end.

        Raises:
            ValueError: for bad levels, counts that are not integers of at least 1, or a learning rate that is not
                above 0.

        Reference: Ho et al. 2020, algorithm 1; Salimans and Ho 2022, section 4, for the weights: "SNR + 1" there.
        """
        require_count(32, epochs=epochs, batch_size=batch_size)
        require_number(4e-3, above=0, learning_rate=learning_rate)
        batches = NoisyPictures(self._pictures(levels), batch_size, self.rng, self.signal)
        if validation is not None:
            validation = noisy(self._pictures(validation), self.rng, self.signal)
        self.network.compile(
            keras.optimizers.Adam(_rates(epochs * len(batches), learning_rate)),
            loss="mean_squared_error",
            jit_compile=keras.backend.backend() == "jax",  # on TensorFlow XLA makes convolutions slower on a CPU
        )
        history = fit_network(self.network, batches, validation, epochs=epochs, verbose=verbose)
        self.fitted = True
        return history

    def estimate_noise(self, x, t):
        """Estimate the noise in noisy pictures.

        Args:
            x: noisy pictures `(batch, height, width, 1)`.
            t: their time, integers `(batch,)` from 0 to T, or one integer for all.

        Returns:
            Array in the shape of `x`, float32.
        """
        x, t = np.asarray(x, "float32"), np.broadcast_to(np.asarray(t, "int32"), len(x))
        parts = [slice(i, i + AT_ONCE) for i in range(0, len(x), AT_ONCE)]
        return np.concatenate([self.network.predict_on_batch([x[part], t[part]]) for part in parts])

    def sample(self, count: int, seed: int | None = 0, passes: int | None = None):
        """Draw pictures: start with noise, and take it away, by DDPM in T steps or by DDIM in fewer.

        Args:
            count: how many pictures.
            seed: integer, or None for other pictures each time. Defaults to 0.
            passes: how often DDIM calls the network, from 1 to T. DDIM adds no fresh noise, so that the noise at the
                start determines the picture. Defaults to None: DDPM, with T calls.

        Returns:
            Integers from 0 to levels − 1, `(count, pixels)`, int64.

        Raises:
            ValueError: before `fit`; for a count that is not an integer of at least 1, a bad seed, or passes that are
                not an integer from 1 to T.

        Reference: Ho et al. 2020, algorithm 2; Song et al. 2021, equation 12.
        """
        rng = start_sampling(self, count, seed)
        noise = rng.standard_normal((count, *self.shape, 1))
        if passes is not None:
            require_count(min(20, self.steps), passes=passes)
            require_number(min(20, self.steps), at_most=self.steps, passes=passes)
            x = sample_ddim(self.estimate_noise, noise, self.signal, passes, limit=1.0)
        else:
            x = sample_ddpm(self.estimate_noise, noise, self.signal, rng, limit=1.0)
            x = x + self._last_deviation() * rng.standard_normal(x.shape)
        levels = np.rint((np.clip(x, -1, 1) + 1) / 2 * (self.levels - 1))
        return levels.reshape(count, self.pixels).astype("int64")

    def log_likelihood_bound(self, levels, seed: int | None = 0, *, passes: int | None = None):
        """Estimate the variational lower bound of each picture's log-probability under DDPM.

        The bound is a sum of one term per time step, and each term is a mean over all noise. Here one noise is drawn
        for each term. So the result is random, and its mean is the bound, which is not above the log-probability.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            seed: integer that seeds the noise, or None for other noise each time. Defaults to 0.
            passes: how often the network is called. With fewer than T calls, the terms from 2 to T are estimated by
                `passes` − 1 of them, which are drawn for each picture at random. The mean of the result stays the
                same, but it scatters more. At least 2. Defaults to None: T calls, one for each term.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels, a bad seed, or passes that are not an integer of at least 2.

        Reference: Ho et al. 2020, equation 5, with σ_t² = β̃_t and the decoder of equation 13; `noising.bound_weights`.
        """
        require_fitted(self)
        require_seed(seed)
        x0, rng = self._pictures(levels), np.random.default_rng(seed)
        times = np.arange(2, self.steps + 1)
        if passes is not None:
            require_count(20, passes=passes)
            require_number(20, at_least=2, passes=passes)
            times = rng.integers(2, self.steps + 1, size=(passes - 1, len(x0)))
        weights = bound_weights(self.signal) * (self.steps - 1) / max(len(times), 1)
        bound = -self._divergence_of_noise(x0)
        for t in times:
            error = np.square(x0 - self._guess(x0, t, rng)).sum(axis=(1, 2, 3))
            bound -= weights[t] * error
        levels = np.asarray(levels).reshape(x0.shape)
        logs = log_probability_of_bin(levels, self._guess(x0, 1, rng), self._last_deviation(), self.levels)
        return bound + logs.sum(axis=(1, 2, 3))

    def _pictures(self, levels):
        """Gray levels as pictures in [−1, 1], `(batch, height, width, 1)`, float64, after a check."""
        levels = require_levels(levels, self.pixels, self.levels)
        return levels.reshape(-1, *self.shape, 1) * 2 / max(self.levels - 1, 1) - 1

    def _guess(self, x0, t, rng):
        """Add noise to pictures, and let the network estimate what they were."""
        x = add_noise(x0, t, rng.standard_normal(x0.shape), self.signal)
        return remove_noise(x, t, self.estimate_noise(x, t), self.signal, limit=1.0)

    def _last_deviation(self):
        """Standard deviation of the last step, from x_1 to the gray levels: √β_1."""
        return np.sqrt(1 - self.signal[1])

    def _divergence_of_noise(self, x0):
        """KL divergence of x_T, given x_0, from standard normal noise, `(batch,)`, in nats."""
        left = self.signal[-1]
        return (left * np.square(x0) - left - np.log(1 - left)).sum(axis=(1, 2, 3)) / 2


class NoisyPictures(ShuffledLevels):
    """Batches of noisy pictures and their times, with the noise as the target and weights, in another order each epoch.

    Args:
        pictures: pictures in [−1, 1], `(n, height, width, 1)`.
        batch_size: pictures per batch. The last batch may be smaller.
        rng: `numpy.random.Generator` that draws orders, times and noise.
        signal: the schedule of `family.noising`, `(T + 1,)`.
    """

    def __init__(self, pictures, batch_size, rng, signal):
        super().__init__(pictures, batch_size, rng)
        self.signal, self.epoch_seed = signal, rng.integers(2**32)

    def __getitem__(self, index):
        pictures, _ = super().__getitem__(index)
        return noisy(pictures, np.random.default_rng([self.epoch_seed, index]), self.signal)

    def on_epoch_end(self):
        """Draw the order of the next epoch, and a seed for its times and noise."""
        super().on_epoch_end()
        self.epoch_seed = self.rng.integers(2**32)


def noisy(pictures, rng, signal):
    """Give each picture a time from 1 to T and noise, both at random.

    Args:
        pictures: pictures in [−1, 1], `(batch, height, width, 1)`.
        rng: `numpy.random.Generator`.
        signal: the schedule of `family.noising`, `(T + 1,)`.

    Returns:
        What Keras trains on: ((noisy pictures, times), noise, weights 1 / ᾱ_t of shape `(batch, 1, 1)`), float32, and
        int32 for the times.
    """
    times = rng.integers(1, len(signal), size=len(pictures), dtype="int32")
    noise = rng.standard_normal(pictures.shape, "float32")
    weights = (1 / np.asarray(signal)[times, None, None]).astype("float32")
    return (add_noise(pictures, times, noise, signal).astype("float32"), times), noise, weights


def _rates(steps, learning_rate):
    """A learning rate that rises over the first twentieth of the steps, and then falls to 0 along a cosine."""
    return keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 20, warmup_target=learning_rate, warmup_steps=steps // 20
    )
