"""What test_resume.py asks of one backend, in processes that can be killed. Choose the backend with KERAS_BACKEND.

probes/resume.py first FOLDER         train with two backups in the folder, one an epoch and one every three steps;
                                      this process is killed in the middle of an epoch
probes/resume.py again FOLDER FREQ    go on from one of them, and be killed once more
probes/resume.py finish FOLDER        go on from both to the end; then everything else; prints one JSON object
"""

import json
import os
import resource
import signal
import sys
import warnings

import keras
import numpy as np
from keras import layers

from gan_course.gan import GAN

FREQUENCIES = {"epoch": "epoch", "3": 3}
FIT = {"batch_size": 16, "epochs": 4, "verbose": 0}  # 6 steps an epoch
ALL_STEPS = 24
STEP_OF_FIRST_KILL, STEPS_TO_SECOND_KILL = 17, 5
STEP_OF_ERROR = 3
IMAGES = np.random.default_rng(0).uniform(-1, 1, size=(96, 4, 4, 1)).astype("float32")


def make_gan(units=16):
    """The same GAN every time, with all that has a state: statistics, moments, averages, random generators."""
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(units),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Dense(16, activation="tanh"),
            layers.Reshape((4, 4, 1)),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Flatten(),
            layers.Dense(units),
            layers.LeakyReLU(0.2),
            layers.Dropout(0.3, seed=1),
            layers.Dropout(0.1),  # on PyTorch, it draws from PyTorch's own generator
            layers.Dense(1),
        ]
    )
    gan = GAN(generator, discriminator, seed=0)
    averaging = keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.9)
    gan.compile(keras.optimizers.Adam(1e-2), averaging, d_steps=2)
    return gan


class AtStep(keras.callbacks.Callback):
    """Do something after so many steps of this process, including those that are skipped."""

    def __init__(self, step, action):
        super().__init__()
        self.steps_left, self.action = step, action

    def on_train_batch_end(self, batch, logs=None):
        self.steps_left -= 1
        if self.steps_left == 0:
            self.action(self)


def kill_after(steps):
    return AtStep(steps, lambda callback: os.kill(os.getpid(), signal.SIGKILL))


def backup(folder, frequency):
    path = os.path.join(folder, frequency)
    return keras.callbacks.BackupAndRestore(path, save_freq=FREQUENCIES[frequency])


def state(gan):
    """Everything that training changes: what the networks hold, what the optimizers hold."""
    return {
        "weights": gan.get_weights(),
        "optimizers": [keras.ops.convert_to_numpy(v) for v in gan.optimizer.variables],
    }


def difference(state, other):
    """Largest difference in each part of two states."""
    return {
        part: max(
            float(np.abs(np.subtract(a, b, dtype=float)).max()) for a, b in zip(state[part], other[part], strict=True)
        )
        for part in other
    }


def outcome(gan):
    """The state, and samples of the GAN's own noise: they differ where its random state does."""
    return {**state(gan), "samples": [gan.generate(20)]}


def resumed(folder, frequency):
    """The outcome of a training that was killed twice; and how many steps this process took for it."""
    gan, behind = make_gan(), []
    count = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: behind.append(gan.steps_behind()))
    gan.fit(IMAGES, callbacks=[backup(folder, frequency), count], **FIT)
    return outcome(gan), ALL_STEPS - behind[0]


def misfit(folder):
    """A backup of wider networks: what `fit` says, and how far this GAN's state moves."""
    path = os.path.join(folder, "misfit")
    os.makedirs(path)
    make_gan(units=8).save_weights(os.path.join(path, "latest.weights.h5"))
    gan, before = make_gan(), outcome(make_gan())
    try:
        gan.fit(IMAGES, callbacks=[keras.callbacks.BackupAndRestore(path)], **FIT)
        error = ["none", ""]
    except ValueError as caught:
        error = ["ValueError", str(caught)]
    return {"error": error, "moved": difference(outcome(gan), before)}


def disk_error(callback, live, limit=None):
    """A `fit` whose backup cannot be written: the error, how far the state is from what it was then, and what follows.

    `limit`: the size in bytes beyond which no file can grow, as on a full disk.
    """
    gan = make_gan()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        gan.fit(IMAGES, callbacks=[callback], **FIT)
        error = "none"
    except OSError as caught:
        error = f"OSError: {caught}"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    found = {"error": error, "steps": gan.steps_behind(), "lost": difference(state(gan), live)}
    found["samples_are_finite"] = bool(np.isfinite(gan.generate(5, seed=1)).all())
    found["history"] = gan.fit(IMAGES, **{**FIT, "epochs": 1}).history
    return {**found, "steps_after": gan.steps_behind()}


def finish(folder):
    live = {}

    def record(callback):
        live.update(state(callback.model))

    gan = make_gan()
    start = outcome(make_gan())
    gan.fit(IMAGES, callbacks=[AtStep(STEP_OF_ERROR, record)], **FIT)
    never_killed = outcome(gan)
    report = {"backend": keras.config.backend(), "moved": difference(never_killed, start), "killed": {}}
    for frequency in FREQUENCIES:
        found, steps = resumed(folder, frequency)
        report["killed"][frequency] = {"difference": difference(found, never_killed), "steps": steps}
    report["misfit"] = misfit(folder)
    file = os.path.join(folder, "file")
    with open(file, "w") as f:
        f.write("a file, and no folder")
    nowhere = keras.callbacks.BackupAndRestore(os.path.join(file, "backup"), save_freq=STEP_OF_ERROR)
    report["no folder"] = disk_error(nowhere, live)
    # 4 kB hold no backup, but more than the header of one.
    full = keras.callbacks.BackupAndRestore(os.path.join(folder, "full"), save_freq=STEP_OF_ERROR)
    report["full disk"] = disk_error(full, live, limit=4096)
    return report


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    command, folder, *rest = sys.argv[1:]
    if command == "first":
        callbacks = [*(backup(folder, name) for name in FREQUENCIES), kill_after(STEP_OF_FIRST_KILL)]
        make_gan().fit(IMAGES, callbacks=callbacks, **FIT)
    elif command == "again":
        make_gan().fit(IMAGES, callbacks=[backup(folder, *rest), kill_after(STEPS_TO_SECOND_KILL)], **FIT)
    else:
        print(json.dumps(finish(folder)))
