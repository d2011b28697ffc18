"""What test_kill.py asks of `python -m gan_course train` in processes that can be killed. Prints one JSON object last.

probes/train.py kill FOLDER STEP    begin a run in FOLDER/killed, and be killed by SIGKILL at this step
probes/train.py finish FOLDER       resume it; then an undisturbed run; one with a full disk; and the speed of the steps
"""

import contextlib
import dataclasses
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

import keras
import numpy as np

from gan_course import __main__ as command
from gan_course.train import observers, runs
from gan_course.train.files import Failures
from gan_course.train.history import History
from gan_course.train.pictures import load_pictures
from gan_course.train.players import build_gan
from gan_course.train.samples import Samples
from gan_course.train.settings import CONFIG, Settings, read_config

OPTIONS = "--networks mlp --batch 100 --steps 30 --every 8 --seed 3"  # 14 steps per epoch
LINE = ["train", "digits", *OPTIONS.split()]
ROUNDS, STEPS = 10, 20


def kill_at(step):
    update = observers.Progress.update

    def update_and_die(self, number, logs):
        update(self, number, logs)
        if number == step:
            os.kill(os.getpid(), signal.SIGKILL)

    observers.Progress.update = update_and_die


def weights(folder):
    """The weights of the trained GAN, and those of the last checkpoint with the state of the optimizers."""
    gan, (other, _) = keras.saving.load_model(folder / runs.TRAINED), runs.load(folder)
    optimizers = [keras.ops.convert_to_numpy(v) for v in other.optimizer.variables]
    return [*gan.get_weights(), *other.get_weights(), *optimizers]


def difference(folder, other):
    pairs = zip(weights(folder), weights(other), strict=True)
    return max(float(np.abs(np.subtract(a, b, dtype=float)).max()) for a, b in pairs)


def full_disk(folder):
    """A run during which no file can grow beyond 10 kB: its status, what it said, and the status when it is resumed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    settings, said = Settings(**read_config(folder.parent / "killed" / CONFIG)[0]), []
    settings = dataclasses.replace(settings, steps=20)
    train = observers.Observer.on_epoch_end

    def fill(self, epoch, logs=None):
        """After the first epoch, in which one checkpoint was written, the disk is full."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        train(self, epoch, logs)

    observers.Observer.on_epoch_end = fill
    try:
        status = runs.start(settings, folder, said.append)
    finally:
        observers.Observer.on_epoch_end = train
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    kept = runs.load(folder)[0].steps_behind()
    return {"status": status, "said": said, "kept": kept, "resumed": runs.resume(folder, say=said.append)}


class Clock(keras.callbacks.Callback):
    """Measures the processor's time from the end of the first step to the end of the last one."""

    def on_train_batch_end(self, batch, logs=None):
        self.end = time.process_time()
        self.start = self.end if batch == 0 else self.start


def speed(folder):
    """Seconds of the processor per step: of `fit` alone, and with everything that `train` does in each step.

    The two take turns, and the best round counts, so that other processes on the machine disturb as little as possible.
    """
    settings = Settings("mnist_5k", batch=16, steps=10**6, every=10**6)
    pictures = load_pictures(settings)
    gan = build_gan(settings, pictures.train.shape[1:], 10)
    images = pictures.train[: STEPS * settings.batch]
    parts = (None, Samples(folder), History(folder), Failures(), observers.Stop(), observers.Stopwatch())
    gan.fit(images, batch_size=settings.batch, verbose=0)
    seconds = {"fit": [], "train": []}
    for _ in range(ROUNDS):
        for name, times in seconds.items():
            clock = Clock()
            callbacks = [observers.Observer(settings, folder, *parts)] if name == "train" else []
            gan.fit(images, batch_size=settings.batch, verbose=0, callbacks=[*callbacks, clock])
            times.append((clock.end - clock.start) / (STEPS - 1))
    return {name: min(times) for name, times in seconds.items()}


def finish(folder):
    with contextlib.redirect_stdout(sys.stderr):
        return {
            "backend": keras.config.backend(),
            "lines": len((folder / "killed" / "history.jsonl").read_text("utf-8").splitlines()),
            "resumed": command.main(["train", "--resume", str(folder / "killed")]),
            "whole": command.main([*LINE, "--out", str(folder / "whole")]),
            "difference": difference(folder / "killed", folder / "whole"),
            "full disk": full_disk(folder / "full"),
            "speed": speed(folder / "speed"),
        }


if __name__ == "__main__":
    work, folder, *rest = sys.argv[1:]
    if work == "kill":
        kill_at(int(*rest))
        sys.exit(command.main([*LINE, "--out", os.path.join(folder, "killed")]))
    print(json.dumps(finish(Path(folder))))
