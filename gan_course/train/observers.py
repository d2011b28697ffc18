"""What looks at a run while `GAN.fit` trains: progress, measurements, checkpoints, and when to stop."""

import contextlib
import math
import os
import signal
import threading
import time

import keras
from tqdm import tqdm

from gan_course.cluster import any_worker, worker
from gan_course.train.files import replacing

CHECKPOINT = "checkpoint.weights.h5"
"""Name of the file in the folder of a run that training goes on from."""

ASKED_EVERY = 10
"""Several workers ask each other in every tenth step whether one of them has to end, since asking takes time."""

_SHOWN_EVERY = 0.5  # seconds from one look at the losses in the progress bar to the next


class Stopwatch:
    """Seconds of training, without what happens in `paused`.

    Args:
        seconds: the seconds to begin with. Defaults to 0.
    """

    def __init__(self, seconds: float = 0.0):
        self._before, self._start = seconds, time.perf_counter()

    @property
    def seconds(self):
        """Seconds of training so far."""
        return self._before + time.perf_counter() - self._start

    @contextlib.contextmanager
    def paused(self):
        """Context manager: what happens in the `with` block is no training."""
        before = time.perf_counter()
        try:
            yield
        finally:
            self._start += time.perf_counter() - before


class Stop:
    """Whether the user has asked for the end, with Ctrl-C or, as clusters do, with SIGTERM.

    As a context manager it takes these signals. A first one sets `asked`. A second Ctrl-C ends at once.

    Args:
        say: function that prints a line.

    Attributes:
        asked: whether a signal has come.
    """

    def __init__(self, say=print):
        self.say, self.asked = say, False

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            self._before = {name: signal.signal(name, self._ask) for name in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *error):
        for name, handler in getattr(self, "_before", {}).items():
            signal.signal(name, handler)

    def _ask(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self.say("Stopping after this step, with a checkpoint. Press Ctrl-C again to stop at once, without.")


class Progress:
    """A progress bar with the losses and the images per second.

    Args:
        step: number of the step to begin with.
        total: number of steps of the whole run.
        batch: number of images per step.
        stopwatch: the `Stopwatch` of the run.
    """

    def __init__(self, step, total, batch, stopwatch):
        interval = {} if os.isatty(2) else {"mininterval": 30, "maxinterval": 60}  # few lines in a file of logs
        self.bar = tqdm(initial=step, total=total, unit="step", disable=not worker().is_chief, **interval)
        self.batch, self.stopwatch = batch, stopwatch
        self._step, self._seconds = step, stopwatch.seconds
        self.images_per_second = math.nan

    def update(self, step, logs):
        """Show that a step is done.

        Args:
            step: its number.
            logs: dictionary with the losses `d_loss` and `g_loss`.
        """
        self.bar.update(step - self.bar.n)
        seconds = self.stopwatch.seconds - self._seconds
        if seconds >= _SHOWN_EVERY:
            self.images_per_second = (step - self._step) * self.batch / seconds
            self._step, self._seconds = step, self._seconds + seconds
            losses = {name: f"{logs[name]:.3f}" for name in ("d_loss", "g_loss")}
            self.bar.set_postfix(losses | {"images/s": f"{self.images_per_second:.0f}"}, refresh=False)


class Observer(keras.callbacks.Callback):
    """The one callback of a run. It changes nothing of the training, and decides when it ends.

    At every `every`-th step, and at the last one, it measures, draws, and writes a checkpoint.

    Args:
        settings: the `settings.Settings` of the run.
        folder: the folder of the run, a `Path`.
        judge: the `judge.Judge`.
        samples: the `samples.Samples`.
        history: the `history.History`.
        failures: the `files.Failures`.
        stop: the `Stop`.
        stopwatch: the `Stopwatch`.
        position: what `batches.Position.save` returned when the run was interrupted, or None for a new run.

    Attributes:
        step: number of steps that the GAN has made.
        ending: why the training ended before its last step, as text, or None.
        finite: whether the losses of the last step were finite.
    """

    def __init__(self, settings, folder, judge, samples, history, failures, stop, stopwatch, position=None):
        super().__init__()
        self.settings, self.folder, self.judge, self.samples = settings, folder, judge, samples
        self.history, self.failures, self.stop, self.stopwatch = history, failures, stop, stopwatch
        self.position, self.step, self.ending, self.finite, self.progress = position, 0, None, True, None

    def on_train_begin(self, logs=None):
        if self.position is not None:
            self.model.position.load(self.position)

    def on_epoch_begin(self, epoch, logs=None):
        self.step = self.model.steps_behind()
        self._epoch_start = self.step - self.model.batches_to_skip  # above 0 after an interruption within an epoch
        if self.progress is None:
            with self.stopwatch.paused():
                if self.step == 0:
                    self._draw()
            self.progress = Progress(self.step, self.settings.steps, self.settings.batch, self.stopwatch)

    def on_train_batch_end(self, batch, logs=None):
        if self._epoch_start + batch + 1 <= self.step:
            return  # a step that was made before the interruption
        self.step = self._epoch_start + batch + 1
        self.progress.update(self.step, logs)
        self.finite = math.isfinite(logs["d_loss"]) and math.isfinite(logs["g_loss"])
        self.ending = self._ending()
        ends = self.ending is not None or self.step >= self.settings.steps
        if self.finite and (ends or self.step % self.settings.every == 0):
            with self.stopwatch.paused():
                self._record(logs)
        if ends:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.progress is not None:
            self.progress.bar.close()
        with self.failures.kept(self.samples.folder / "film.png"):
            self.samples.film()

    def _ending(self):
        """Why the training has to end here, or None."""
        minutes = self.settings.minutes
        if not self.finite:
            return "at a loss that is NaN or infinite. Try a smaller --learning-rate, or a penalty such as --r1 1"
        if self.step >= self.settings.steps:
            return None
        is_late = minutes is not None and self.stopwatch.seconds >= 60 * minutes
        if not self._agreed(is_late or self.stop.asked):
            return None
        return f"after {minutes:g} minutes of training" if is_late else "by a signal, such as Ctrl-C"

    def _agreed(self, wish):
        """Whether this worker, or another one, has to end now. So all of them end at the same step."""
        if worker().count == 1:
            return wish
        return self.step % ASKED_EVERY == 0 and any_worker(wish)

    def _record(self, logs):
        """Measure, draw, and write the checkpoint last: after a kill the run goes on there, and rewrites the rest."""
        losses = {name: logs[name] for name in ("d_loss", "g_loss")}
        speed = {"seconds": self.stopwatch.seconds, "images_per_second": self.progress.images_per_second}
        found = self.judge.measure(self.model)
        with self.failures.kept(self.history.path):
            self.history.add(self.step, {**losses, **speed, **found})
        self._draw()
        path, consequence = (
            self.folder / CHECKPOINT,
            "Training goes on, and the older checkpoint, if there is one, is kept.",
        )
        with self.failures.kept(path, consequence), replacing(path, self.folder / f"new_{CHECKPOINT}") as part:
            self.model.save_weights(part)

    def _draw(self):
        """Write a sample grid."""
        with self.failures.kept(self.samples.folder / f"step_{self.step:06d}.png"):
            self.samples.draw(self.model, self.step)
