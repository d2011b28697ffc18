"""The signs by which a test knows, without the doctor, that a patient really has its illness."""

from dataclasses import dataclass

import numpy as np
from keras import ops

from .registry import Patient


@dataclass
class Course:
    """What is known of a patient after its training.

    Attributes:
        patient: the `Patient`.
        before: the weights before training: dictionary with lists of arrays for "generator" and "discriminator".
        after: the same after training.
    """

    patient: Patient
    before: dict[str, list[np.ndarray]]
    after: dict[str, list[np.ndarray]]


def weights(patient):
    """Copies of both players' trainable weights, whether they are frozen or not."""
    return {
        name: [np.array(ops.convert_to_numpy(w)) for w in getattr(patient, name).weights if "seed" not in w.path]
        for name in ("generator", "discriminator")
    }


def follow(patient):
    """Train a patient, and return its `Course`."""
    before = weights(patient)
    patient.train()
    return Course(patient, before, weights(patient))


def samples(patient, count=256, seed=1):
    """Samples `(count, ...)` of the generator in inference mode, for standard normal noise."""
    if patient.sample is not None:
        return np.asarray(patient.sample(count))
    z = np.random.RandomState(seed).normal(size=(count, patient.latent_dim)).astype("float32")
    return ops.convert_to_numpy(patient.generator(z, training=False))


def scores(patient, x):
    """What the discriminator says in inference mode, `(count,)`."""
    return ops.convert_to_numpy(patient.discriminator(x, training=False)).reshape(len(x), -1).mean(1)


def movement(course, player):
    """How far a player moved, relative to the norm of its weights."""
    pairs = list(zip(course.before[player], course.after[player], strict=True))
    moved = sum(np.sum((after.astype("float64") - before) ** 2) for before, after in pairs)
    return float(np.sqrt(moved / sum(np.sum(before.astype("float64") ** 2) for before, _ in pairs)))


def spread(x):
    """Mean distance of two different samples."""
    x = np.asarray(x, "float64").reshape(len(x), -1)
    x = x[:256]
    squared = np.sum(x**2, 1)[:, None] + np.sum(x**2, 1) - 2 * x @ x.T
    return float(np.sqrt(np.maximum(squared, 0)).sum() / (len(x) * (len(x) - 1)))


def relative_spread(patient):
    """Spread of the samples, relative to that of the real data."""
    return spread(samples(patient)) / spread(patient.real)


# Signs


def sleeps(player):
    """The sign that a player does not move by a single bit, while the other does."""
    other = {"generator": "discriminator", "discriminator": "generator"}[player]
    return lambda course: movement(course, player) == 0 and movement(course, other) > 1e-3


def both_play(course):
    """Both players move, all weights are finite, and the samples have not collapsed."""
    moved = [movement(course, player) for player in ("generator", "discriminator")]
    return min(moved) > 1e-3 and np.isfinite(moved).all() and relative_spread(course.patient) > 0.3
