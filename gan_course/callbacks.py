"""Keras callbacks for a GAN: what it makes while it learns, remedies that act between steps, a guard against NaN."""

import math
import numbers
import os

import keras
import matplotlib.pyplot as plt

from gan_course import plots


class Snapshots(keras.callbacks.Callback):
    """Look at a model while it trains: before the first step, every so many steps, and after the last one.

    Args:
        look: function of the model; whatever it returns is kept. Give `generate` a seed in it: without one it would
            draw from the training's own noise, and training would go another way than without the callback.
        every: steps (batches) between looks, or "epoch". Defaults to "epoch".

    Attributes:
        steps: list of integers, the training steps that the model had behind it at each look.
        taken: list of what `look` returned.

    Raises:
        ValueError: for an `every` that is neither a positive integer nor "epoch".

    Example:
        ```python
        film = Snapshots(lambda gan: gan.generate(8, seed=0), every=100)
        gan.fit(images, epochs=5, callbacks=[film])
        film.steps, film.taken  # [0, 100, 200, ...], [array (8, 28, 28, 1), ...]
        ```
    """

    def __init__(self, look, every="epoch"):
        super().__init__()
        if every != "epoch" and not _is_count(every):
            raise ValueError(
                f'Invalid every. Expected a positive number of steps, or "epoch". Received: {every!r}. Try every=100.'
            )
        self.look, self.every = look, every
        self.steps, self.taken = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch_start = self._step = self.model.steps_behind()
        if not self.steps:
            self._take()

    def on_train_batch_end(self, batch, logs=None):
        before, self._step = self._step, self._epoch_start + batch + 1
        if self.every != "epoch" and self._step // self.every > before // self.every:
            self._take()

    def on_epoch_end(self, epoch, logs=None):
        if self.every == "epoch":
            self._take()

    def on_train_end(self, logs=None):
        if self.steps and self.steps[-1] != self._step:
            self._take()

    def _take(self):
        self.steps.append(self._step)
        self.taken.append(self.look(self.model))


class SampleGrid(Snapshots):
    """A grid of samples while a GAN trains, from the same noise every time: each picture can be followed.

    The samples are those that `generate` would return if training stopped there, so made with the averaged weights
    where the generator's optimizer keeps an average.

    Args:
        count: how many samples. Defaults to 16. every: as in `Snapshots`. seed: integer seed of the noise.
        labels: labels of a conditional GAN, `(count, ...)`, or None. columns: samples in a row. Defaults to 8.
        folder: where to write `step_000123.png` files, made if it is missing. Defaults to None: show them instead.

    Attributes:
        steps: list of integers, as in `Snapshots`. taken: list of arrays `(count, height, width, channels)`.
    """

    def __init__(self, count=16, every="epoch", seed=0, labels=None, columns=8, folder=None):
        super().__init__(self._samples, every)
        self.count, self.seed, self.labels, self.columns, self.folder = count, seed, labels, columns, folder
        if folder is not None:
            os.makedirs(folder, exist_ok=True)

    def _samples(self, gan):
        with gan.averaged():
            return gan.generate(self.count, seed=self.seed, labels=self.labels)

    def _take(self):
        super()._take()
        ax = plots.image_grid(self.taken[-1], f"step {self._step}", columns=self.columns, generated=True)
        if self.folder is None:
            plt.show()
        else:
            ax.figure.savefig(os.path.join(self.folder, f"step_{self._step:06d}.png"))
            plt.close(ax.figure)


class Fade(keras.callbacks.Callback):
    """Take a variable down to 0 along a straight line, over so many training steps, and leave it there.

    Args:
        variable: a scalar `keras.Variable`, such as the `stddev` of `networks.InstanceNoise`. Its value when the
            callback is made is where it begins.
        steps: when it reaches 0, counted in all the training steps that the GAN has behind it.

    Raises:
        ValueError: for steps that are no positive integer.

    A training that was killed and goes on has the value that it would have had.
    """

    def __init__(self, variable, steps):
        super().__init__()
        _require_count(steps=steps)
        self.variable, self.steps = variable, steps
        self.start = float(keras.ops.convert_to_numpy(variable.value))

    def on_epoch_begin(self, epoch, logs=None):
        self._set()

    def on_train_batch_end(self, batch, logs=None):
        self._set()

    def _set(self):
        left = 1 - self.model.steps_behind() / self.steps
        self.variable.assign(self.start * max(left, 0.0))


class Lookahead(keras.callbacks.Callback):
    """Every so many steps, go back part of the way that both players have come since the last time.

    The players circle around an equilibrium more than they walk towards it. The point half way between two points of
    a circle lies nearer to its center.

    Args:
        every: training steps from one return to the next, k in the paper. Defaults to 5.
        alpha: share of the way that is kept, from 0 (exclusive) to 1, where nothing is taken back. Defaults to 0.5.

    Raises:
        ValueError: for an `every` that is no positive integer, or an alpha out of range.

    Keep `every` a multiple of `steps_per_execution`. A training that goes on from a backup has the weights that it
    would have had where the backup was made at a step that `every` divides.

    Reference: Chavdarova et al. 2021, algorithm 1; Zhang et al. 2019.
    """

    def __init__(self, every=5, alpha=0.5):
        super().__init__()
        _require_count(every=every)
        if not isinstance(alpha, numbers.Real) or not 0 < alpha <= 1:
            raise ValueError(
                f"Invalid alpha. Expected a number above 0, at most 1. Received: {alpha!r}. Try alpha=0.5."
            )
        self.every, self.alpha = every, alpha

    def on_train_begin(self, logs=None):
        self._kept = None

    def on_epoch_begin(self, epoch, logs=None):
        if self._kept is None:  # here, since a backup is restored at the training's begin
            self._last = self.model.steps_behind()
            self._keep()

    def on_train_batch_end(self, batch, logs=None):
        steps = self.model.steps_behind()
        if steps // self.every > self._last // self.every:
            for weight, kept in zip(self.model.trainable_variables, self._kept, strict=True):
                weight.assign(kept + self.alpha * (weight.value - kept))
            self._keep()
        self._last = steps

    def _keep(self):
        self._kept = [
            keras.ops.copy(keras.ops.stop_gradient(weight.value)) for weight in self.model.trainable_variables
        ]


class StopOnNonFinite(keras.callbacks.Callback):
    """Stop training at the first loss that is NaN or infinite, and say whose it was and when.

    The discriminator moves first in a step, so where both losses of a step are broken it is named. Looking at
    the losses after every step makes a GPU wait for each; leave the callback out where speed matters most.

    Attributes:
        player: "discriminator" or "generator", or None while all is well. step: the step that broke, from 1.
    """

    def __init__(self):
        super().__init__()
        self.player = self.step = None

    def on_train_begin(self, logs=None):
        self.player = self.step = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._epoch_start = epoch, self.model.steps_behind()

    def on_train_batch_end(self, batch, logs=None):
        for player, name in (("discriminator", "d_loss"), ("generator", "g_loss")):
            if self.player is None and name in (logs or {}) and not math.isfinite(logs[name]):
                self.player, self.step = player, self._epoch_start + batch + 1
                self.model.stop_training = True
                print(
                    f"\nStopped: the {player}'s loss is {float(logs[name])} at step {self.step} "
                    f"(epoch {self._epoch + 1}, batch {batch + 1}). Try a smaller learning rate for the {player}."
                )


def _is_count(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value > 0


def _require_count(**values):
    for name, value in values.items():
        if not _is_count(value):
            raise ValueError(
                f"Invalid {name}. Expected a positive number of steps. Received: {value!r}. Try {name}=100."
            )
