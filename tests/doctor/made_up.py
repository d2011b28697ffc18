"""Made-up evidence for tests of the rules: a healthy GAN, in which a test changes what it is about."""

import dataclasses

import numpy as np

from gan_course.doctor.evaluation import Moment, Outcome
from gan_course.doctor.events import Batch, Log, Noise
from gan_course.doctor.evidence import Evidence
from gan_course.doctor.snapshots import Window
from gan_course.doctor.structure import Network

RNG = np.random.default_rng(0)
REAL = RNG.uniform(-1, 1, (256, 6))


def network(**changes):
    """Facts of a healthy discriminator."""
    facts = {
        "name": "sequential",
        "built": True,
        "inputs": [(None, 6)],
        "output": (None, 1),
        "activation": "linear",
        "batch_normalization": False,
        "dropout": False,
        "rescales": False,
        "parameters": 100,
        "trainable": True,
        "learning_rate": 1e-3,
        "loss": "binary_crossentropy",
        "from_logits": True,
    }
    return Network(**(facts | changes))


def windows(generator=1e-2, discriminator=1e-2, count=8):
    """Windows of 16 events. A player's movement is a number, or a list of one number per window."""
    moves = {"generator": generator, "discriminator": discriminator}
    moves = {name: np.broadcast_to(move, count) for name, move in moves.items()}
    return [
        Window(
            16 * (i + 1),
            16,
            {name: float(m[i]) for name, m in moves.items()},
            dict.fromkeys(moves, 1.0),
            dict.fromkeys(moves, 1.0 + i),
        )
        for i in range(count)
    ]


def moments(lead=1.0, fakes=None, ticks=(0, 1, 2, 4, 8, 16, 32, 64, 128), scale=1.0, **changes):
    """Moments in which D scores reals higher than samples by `lead` standard deviations, each of this scale."""
    fakes = RNG.uniform(-1, 1, (256, 6)) if fakes is None else fakes
    made = []
    for tick in ticks:
        scores = scale * RNG.normal(size=(2, 256))
        moment = Moment(tick, scores[0] + scale * lead, scores[1], fakes, 1.0, 0.1, 0.1)
        made.append(dataclasses.replace(moment, **changes))
    return made


def outcome(**changes):
    """A healthy outcome. Arguments of `moments` may be given in a dictionary `course`."""
    course = changes.pop("course", {})
    made = Outcome(moments(**course), REAL, REAL, REAL[::-1], 0.8)
    return dataclasses.replace(made, **changes)


def log(rounds=50, **changes):
    """The log of a healthy `train_on_batch` loop."""
    made = Log(ticks=3 * rounds, updates={"generator": rounds, "discriminator": 2 * rounds}, loops={"train_on_batch"})
    for tick in range(rounds):
        real = RNG.uniform(-1, 1, (32, 6))
        made.add_batch(Batch(tick, "real", "train_on_batch", 1.0, None, 0.0, [], real, real, digest=tick))
        made.add_batch(Batch(tick, "fake", "train_on_batch", None, 0.0, 0.0, [0] * 32, digest=1000 + tick))
        for purpose in ("update", "judged"):
            z = RNG.normal(size=(32, 4)).astype("float32")
            made.noises.append(Noise(tick, z, hash((tick, purpose)), purpose))
        made.generator_labels.append(1.0)
        made.combined_moves.append(False)
    return dataclasses.replace(made, **changes)


def evidence(**changes):
    """Healthy evidence with changes."""
    made = {
        "generator": network(activation="tanh", loss=None, from_logits=None),
        "discriminator": network(),
        "combined": network(),
        "moved": {"generator": 0.2, "discriminator": 0.2},
        "windows": windows(),
        "log": log(),
        "outcome": outcome(),
        "real_range": (-1.0, 1.0),
        "real_is_exact": True,
        "user_count": 1_000,
    }
    return Evidence(**(made | changes))
