"""The ring of the benchmark of objectives: its networks, and lesson 06's setting with one change at a time."""

from typing import NamedTuple

import numpy as np

from benchmarks import report
from benchmarks.modes import Problem, count
from gan_course import data

PROBLEM = Problem("ring of 8", lambda n, seed: data.ring(n, std=0.05, seed=seed), data.ring_centers(), 0.05)

SAMPLES, POINTS = 2_500, 32_000
"""How many points are generated and counted; how many points the training set has."""


class Change(NamedTuple):
    """How a GAN on the ring differs from the best one of lesson 06. The defaults are that one.

    Attributes:
        title: its name in the table.
        g_slope: slope of G's activation where its input is negative. Defaults to 0: a ReLU.
        d_slope: the same for D.
        rate: learning rate of both players at the start. Defaults to 0.004.
        beta_2: β₂ of both players' Adam. Defaults to 0.999.
        steps: steps of both players. Defaults to 2,000.
    """

    title: str
    g_slope: float = 0.0
    d_slope: float = 0.0
    rate: float = 4e-3
    beta_2: float = 0.999
    steps: int = 2_000


CHANGES = {
    "lesson_06": Change("as in lesson 06"),
    "beta_2": Change("β₂ = 0.9", beta_2=0.9),
    "rate": Change("rate 0.001", rate=1e-3),
    "d_slope": Change("LeakyReLU in D", d_slope=0.2),
    "g_slope": Change("LeakyReLU in G", g_slope=0.2),
    "both": Change("LeakyReLU in both", g_slope=0.2, d_slope=0.2),
    "all": Change("LeakyReLU in both, β₂ = 0.9, 2,100 steps", 0.2, 0.2, beta_2=0.9, steps=2_100),
}
"""Settings, each with one change to that of lesson 06. The last one has all changes but the rate."""

SEEDS = (3, 4, 5)
"""Those of lesson 06."""


def networks(limit=None, g_slope=0.0, d_slope=0.0):
    """G and D for the ring: two hidden layers of 128 units each. A slope of 0 is a ReLU.

    Args:
        limit: largest absolute value of D's weights. Defaults to None: no clipping.
        g_slope: slope of G's activation where its input is negative. Defaults to 0.
        d_slope: the same for D. Defaults to 0.
    """
    import keras
    from keras import layers

    def dense(inputs, outputs, slope, **constraints):
        hidden = [
            part
            for _ in range(2)
            for part in (layers.Dense(128, **constraints), layers.LeakyReLU(negative_slope=slope))
        ]
        return keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs, **constraints)])

    return dense(4, 2, g_slope), dense(2, 1, d_slope, **clipped(limit))


def clipped(limit):
    """Arguments of a layer whose weights are clipped after each step."""
    from gan_course import networks

    return {f"{part}_constraint": networks.WeightClipping(limit) for part in ("kernel", "bias")} if limit else {}


def train(name, change, seed):
    """Train once with the non-saturating loss and batches of 64; returns the run as a dictionary."""
    import keras

    from gan_course.gan import GAN

    keras.utils.set_random_seed(seed)
    gan = GAN(*networks(g_slope=change.g_slope, d_slope=change.d_slope), seed=seed)
    fading = keras.optimizers.schedules.CosineDecay
    adams = [keras.optimizers.Adam(fading(change.rate, change.steps), 0.0, change.beta_2) for _ in "DG"]
    gan.compile(*adams, steps_per_execution=50, jit_compile=False)
    gan.fit(np.resize(PROBLEM.points(POINTS, 0), (64 * change.steps, 2)), batch_size=64, verbose=0)
    found = count(gan.generate(SAMPLES, seed=1), PROBLEM)
    found.pop("drawn")
    return {"problem": "changes", "contender": name, "seed": seed, "steps": gan.steps_behind(), **found}


def table(runs):
    """The runs of `train` as a Markdown table, a row per change that has runs."""
    rows = []
    for name, change in CHANGES.items():
        mine = [run for run in runs if (run["problem"], run["contender"]) == ("changes", name)]
        if mine:
            quality = report.mean_and_spread([100 * run["high_quality"] for run in mine], ".1f")
            rows.append((change.title, ", ".join(str(run["modes"]) for run in mine), quality + " %"))
    return report.table(("", "modes", "high quality"), rows)
