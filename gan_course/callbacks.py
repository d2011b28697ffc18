"""Keras callbacks for a GAN: pictures while it trains, changes between steps that help training, and a stop at NaN."""

import math
import os
from collections.abc import Callable

import keras
import matplotlib.pyplot as plt
import numpy as np

from gan_course import plots
from gan_course.arguments import is_count, require_count, require_number
from gan_course.backend import with_labels
from gan_course.stateless import preserved_weights


class Snapshots(keras.callbacks.Callback):
    """Call `look(model)` while the model trains: before the first step, at regular steps, and after the last one.

    In a training that goes on from a backup, the first call comes at the step of the backup.

    Args:
        look: function that takes the model. What it returns is stored in `taken`. If it calls `generate`, give
            `generate` a seed. Without a seed, `generate` takes random numbers that the training would have got, and so
            it changes the result of the training.
        every: number of steps (batches) between two calls, or "epoch" for a call after each epoch. Defaults to "epoch".

    Attributes:
        steps: list of integers, one per call: how many training steps the model had made by then.
        taken: list of what `look` returned.

    Raises:
        ValueError: for an `every` that is neither an integer of at least 1 nor "epoch".

    Example:
        ```python
        film = Snapshots(lambda gan: gan.generate(8, seed=0), every=100)
        gan.fit(images, epochs=5, callbacks=[film])
        film.steps, film.taken  # [0, 100, 200, ...], [array (8, 28, 28, 1), ...]
        ```
    """

    def __init__(self, look: Callable, every: int | str = "epoch"):
        super().__init__()
        if every != "epoch" and not is_count(every):
            raise ValueError(
                'Invalid every. Expected an integer of at least 1, the number of steps, or "epoch". '
                f"Received: {every!r}. Try every=100."
            )
        self.look, self.every = look, every
        self.steps, self.taken = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self._step = self.model.steps_behind()
        self._epoch_start = self._step - self.model.batches_to_skip  # above 0 after a backup in the middle of an epoch
        if not self.steps:
            self._take()

    def on_train_batch_end(self, batch, logs=None):
        before, self._step = self._step, max(self._step, self._epoch_start + batch + 1)
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
    """Draw a grid of generated pictures while a GAN trains, from the same noise each time, so that you see each change.

    The pictures are those that `generate` would return if training stopped at that step. If the generator's optimizer
    keeps an average of the weights, they are made with the averaged weights.

    Args:
        count: number of pictures. Defaults to 16.
        every: as in `Snapshots`. Defaults to "epoch".
        seed: integer seed of the noise. Defaults to 0.
        labels: labels for a conditional GAN, `(count, ...)`, or None. Defaults to None.
        columns: number of pictures per row. Defaults to 8.
        folder: folder for files such as `step_000123.png`. It is made if it does not exist. Defaults to None: the
            grids are shown instead.

    Attributes:
        steps: list of integers, as in `Snapshots`.
        taken: list of arrays `(count, height, width, channels)`, the generated pictures.

    Raises:
        ValueError: as `Snapshots`.

    Example:
        ```python
        gan.fit(images, epochs=5, callbacks=[SampleGrid(every=500)])
        ```
    """

    def __init__(self, count: int = 16, every: int | str = "epoch", seed=0, labels=None, columns: int = 8, folder=None):
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
    """Lower a variable linearly to 0 during the first `steps` training steps, and keep it at 0 from then on.

    A training that is resumed from a backup has the same values as one that was never stopped.

    Args:
        variable: a scalar `keras.Variable`, for example the `stddev` of `networks.InstanceNoise`. It starts from the
            value that it has when the callback is made.
        steps: number of training steps after which the variable is 0. All steps that the GAN has ever made count, also
            those of earlier calls of `fit`.

    Raises:
        ValueError: for `steps` that are not an integer of at least 1.

    Example:
        ```python
        noise = networks.InstanceNoise(0.3)  # the first layer of the discriminator
        gan.fit(images, epochs=5, callbacks=[Fade(noise.stddev, steps=2000)])
        ```
    """

    def __init__(self, variable, steps: int):
        super().__init__()
        require_count(1000, steps=steps)
        self.variable, self.steps = variable, steps
        self.start = float(keras.ops.convert_to_numpy(variable.value))

    def on_epoch_begin(self, epoch, logs=None):
        self._set()

    def on_train_batch_end(self, batch, logs=None):
        self._set()

    def _set(self):
        left = 1 - self.model.steps_behind() / self.steps
        self.variable.assign(self.start * max(left, 0.0))


class AdaptiveAugmentation(keras.callbacks.Callback):
    """Move the probability of an augmentation up while D overfits, and down while it does not.

    The sign of overfitting is r, the mean of sign(score) over real training samples, as D sees them in training: 0 if
    D cannot tell real from generated samples, and 1 if it takes all training samples to be real. After `every` steps r
    is measured on a random batch. The probability then moves by `every / steps`: up where r is above the target, and
    down where it is below. It stays in [0, 1].

    Choose for `every` a multiple of `steps_per_execution`. A training that is resumed from a backup has the same values
    as one that was never stopped.

    Args:
        probability: a scalar `keras.Variable`, the `probability` of a `variants.augment.Augmentation` in D.
        samples: real training samples, NumPy array `(n, ...)`, on which r is measured.
        labels: their labels `(n, ...)` in a conditional GAN. Defaults to None.
        target: the r that is aimed at, from −1 to 1. Defaults to 0.6, as in the paper.
        steps: number of training steps in which the probability moves from 0 to 1 if r stays above the target. The
            paper takes as many as see 500,000 samples. Defaults to 2,000.
        every: number of training steps from one move to the next. Defaults to 4, as in the paper.
        batch_size: number of samples on which r is measured each time. Defaults to 64.
        seed: integer seed that chooses these samples, together with the number of the step. Defaults to 0.

    Attributes:
        moves: list of tuples `(step, r, probability)`, one per move of this `fit`, with the probability after it.

    Raises:
        ValueError: for a target out of range, and for counts that are not integers of at least 1.

    Example:
        ```python
        discriminator = augmented(networks.dcgan_discriminator(), seed=0, probability=0.0)
        gan = GAN(networks.dcgan_generator(), discriminator, seed=0)
        gan.compile(r1_weight=1.0)
        adapt = AdaptiveAugmentation(discriminator.get_layer("augmentation").probability, few_images)
        gan.fit(few_images, epochs=100, callbacks=[adapt])
        ```

    Reference: Karras et al. 2020 (ADA), section 3.
    """

    def __init__(
        self,
        probability,
        samples,
        labels=None,
        target: float = 0.6,
        steps: int = 2000,
        every: int = 4,
        batch_size: int = 64,
        seed: int = 0,
    ):
        super().__init__()
        require_number(0.6, at_least=-1, at_most=1, target=target)
        require_count(2000, steps=steps)
        require_count(4, every=every)
        require_count(64, batch_size=batch_size)
        self.probability, self.samples, self.labels, self.target = probability, samples, labels, target
        self.steps, self.every, self.batch_size, self.seed = steps, every, batch_size, seed

    def on_train_begin(self, logs=None):
        self.moves = []

    def on_train_batch_begin(self, batch, logs=None):
        # Before a step, not after the last: a backup may be made after it, before or after this callback is called.
        step = self.model.steps_behind()
        if step and step % self.every == 0 and not self.model.batches_to_skip:
            self._move(step)

    def _move(self, step):
        r = self._overfitting(step)
        before = float(keras.ops.convert_to_numpy(self.probability.value))
        after = min(max(before + math.copysign(self.every / self.steps, r - self.target), 0.0), 1.0)
        self.probability.assign(after)
        self.moves.append((step, r, after))

    def _overfitting(self, step):
        """The mean of sign(score) over random training samples, a float from −1 to 1."""
        rng, discriminator = np.random.default_rng((self.seed, step)), self.model.discriminator
        rows = rng.choice(len(self.samples), min(self.batch_size, len(self.samples)), replace=False)
        labels = None if self.labels is None else self.labels[rows]
        with preserved_weights(discriminator):
            scores = discriminator(with_labels(self.samples[rows], labels), training=True)
        return float(np.sign(keras.ops.convert_to_numpy(scores)).mean())


class Lookahead(keras.callbacks.Callback):
    """Move the weights of both players back towards an anchor: the values that they had `every` training steps before.

    After `every` steps each weight w becomes anchor + alpha · (w − anchor), and this point is the next anchor. During
    training the players circle around an equilibrium rather than move towards it. The middle between two points of a
    circle is nearer to the circle's center than these points are.

    Choose for `every` a multiple of `steps_per_execution`. A training that is resumed from a backup has the same
    weights as one that was never stopped, if the backup was made at a step that is a multiple of `every`.

    Args:
        every: number of training steps from one anchor to the next, k in the paper. Defaults to 5.
        alpha: the part of the way from the anchor that is kept, above 0 and at most 1. With 1, nothing changes.
            Defaults to 0.5.

    Raises:
        ValueError: for an `every` that is not an integer of at least 1, or an alpha out of range.

    Reference: Chavdarova et al. 2021, algorithm 1; Zhang et al. 2019.
    """

    def __init__(self, every: int = 5, alpha: float = 0.5):
        super().__init__()
        require_count(5, every=every)
        require_number(0.5, above=0, at_most=1, alpha=alpha)
        self.every, self.alpha = every, alpha

    def on_train_begin(self, logs=None):
        self._anchor_weights = None

    def on_epoch_begin(self, epoch, logs=None):
        # Not in on_train_begin: there, BackupAndRestore may still have to load the weights.
        if self._anchor_weights is None:
            self._last_step = self.model.steps_behind()
            self._set_anchor()

    def on_train_batch_end(self, batch, logs=None):
        step = self.model.steps_behind()
        if step // self.every > self._last_step // self.every:
            for weight, anchor in zip(self.model.trainable_variables, self._anchor_weights, strict=True):
                weight.assign(anchor + self.alpha * (weight.value - anchor))
            self._set_anchor()
        self._last_step = step

    def _set_anchor(self):
        self._anchor_weights = [
            keras.ops.copy(keras.ops.stop_gradient(weight.value)) for weight in self.model.trainable_variables
        ]


class StopOnNonFinite(keras.callbacks.Callback):
    """Stop training at the first loss that is NaN or infinite, and print whose loss it is, and at which step.

    If both losses of a step are not finite, the discriminator is named, since its part of a step comes first. A GPU has
    to wait after every step until this callback has read the losses, so leave it out where speed matters most.

    Attributes:
        player: "discriminator" or "generator", or None as long as all losses are finite.
        step: number of the step with that loss, counted from 1, or None as long as all losses are finite.

    Example:
        ```python
        gan.fit(images, epochs=5, callbacks=[StopOnNonFinite()])
        ```
    """

    def __init__(self):
        super().__init__()
        self.player = self.step = None

    def on_train_begin(self, logs=None):
        self.player = self.step = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._epoch_start = epoch, self.model.steps_behind() - self.model.batches_to_skip

    def on_train_batch_end(self, batch, logs=None):
        for player, name in (("discriminator", "d_loss"), ("generator", "g_loss")):
            if self.player is None and name in (logs or {}) and not math.isfinite(logs[name]):
                self.player, self.step = player, self._epoch_start + batch + 1
                self.model.stop_training = True
                print(
                    f"\nStopped: the {player}'s loss is {float(logs[name])} at step {self.step} "
                    f"(epoch {self._epoch + 1}, batch {batch + 1}). Try a smaller learning rate for the {player}."
                )
