"""Keras callbacks for a GAN: what it makes while it learns, and a guard against losses that are not finite."""

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
        if every != "epoch" and not (isinstance(every, numbers.Integral) and not isinstance(every, bool) and every > 0):
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
