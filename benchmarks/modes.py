"""How many modes a GAN finds: the ring of 8 and the grid of 25, counted as VEEGAN and PacGAN count.

    python -m benchmarks modes
    python -m benchmarks modes --problem grid --contender recipe --seeds 0 1

The contenders are GAN and PacGAN in PacGAN's setting, on a small part of the paper's schedule, and the course's own
recipe. The table and the plot are written into assets, the numbers into gan_course/results. Finished runs are kept:
when the benchmark is started again, it continues after the last one.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import report
from gan_course import data, plots
from gan_course.metrics import mode_coverage

SAMPLES, POINTS = 2_500, 100_000
"""How many samples are counted, as in both papers; how many points the training set has, as in PacGAN's."""

PAPER_STEPS = 400_000
"""PacGAN's 400 epochs of 100,000 points, or packs of points, in batches of 100."""

DRAWN = 600
"""How many of a run's samples are kept for the plot."""


class Problem(NamedTuple):
    """A mixture of Gaussians in the plane.

    Attributes:
        title: its name in the table.
        points: function `points(count, seed)` that returns points of the mixture, `(count, 2)`.
        centers: centers of the Gaussians, `(modes, 2)`.
        std: standard deviation of each Gaussian.
    """

    title: str
    points: Callable
    centers: np.ndarray
    std: float


PROBLEMS = {
    "ring": Problem("ring of 8", lambda count, seed: data.ring(count, seed=seed), data.ring_centers(), 0.01),
    "grid": Problem("grid of 25", lambda count, seed: data.grid(count, seed=seed), data.grid_centers(), 0.05),
}

PAPERS = {
    "ring": (
        ("GAN (VEEGAN's paper)", "1", "99.3%"),
        ("Unrolled GAN (VEEGAN's paper)", "7.6", "35.6%"),
        ("VEEGAN (its paper)", "8", "52.9%"),
        ("GAN (PacGAN's paper)", "6.3 ± 0.5", "98.2%"),
        ("PacGAN2 (its paper)", "7.9 ± 0.1", "95.6%"),
    ),
    "grid": (
        ("GAN (VEEGAN's paper)", "3.3", "0.5%"),
        ("Unrolled GAN (VEEGAN's paper)", "23.6", "16%"),
        ("VEEGAN (its paper)", "24.6", "40%"),
        ("GAN (PacGAN's paper)", "17.3 ± 0.8", "94.8%"),
        ("PacGAN2 (its paper)", "23.8 ± 0.7", "91.3%"),
        ("PacGAN4 (its paper)", "24.8 ± 0.2", "93.6%"),
    ),
}
"""Problem → rows of the papers' tables: who, modes, share of high quality."""

TARGETS = {"ring": (8.0, 0.97), "grid": (24.8, 0.936)}
"""Problem → modes and share of high quality that the recipe is to reach, as means over its seeds."""


# PacGAN's setting


def pacgan_networks(pack=1):
    """Generator and discriminator of PacGAN's appendix: 4 × 400 ReLU with BatchNormalization; 3 × 200 maxout of 5.

    Args:
        pack: samples that D judges together. Defaults to 1: the plain GAN.
    """
    import keras
    from keras import layers

    from gan_course import networks

    small = keras.initializers.RandomNormal(stddev=0.02)
    generator = keras.Sequential([keras.Input((2,))], name="generator")
    for _ in range(4):
        generator.add(layers.Dense(400, use_bias=False, kernel_initializer=small.clone()))
        generator.add(layers.BatchNormalization())
        generator.add(layers.ReLU())
    generator.add(layers.Dense(2, kernel_initializer=small.clone()))
    discriminator = keras.Sequential([keras.Input((2,))], name="discriminator")
    if pack > 1:
        discriminator.add(networks.Packing(pack))
    for _ in range(3):
        for layer in maxout(200, 5, small.clone()):
            discriminator.add(layer)
    discriminator.add(layers.Dense(1, kernel_initializer=small.clone()))
    return generator, discriminator


def maxout(units, pieces, initializer="glorot_uniform"):
    """Layers that make up a maxout layer, which Keras lacks: each unit is the largest of `pieces` linear functions."""
    from keras import layers

    return [
        layers.Dense(units * pieces, kernel_initializer=initializer),
        layers.Reshape((pieces, units)),
        layers.GlobalMaxPooling1D(),
    ]


def pacgan(real, seed, steps, pack=1):
    """The GAN of PacGAN's setting, compiled: Adam with learning rate 1e-4 and β₁ = 0.8 for both players."""
    import keras

    from gan_course.gan import GAN

    gan = GAN(*pacgan_networks(pack), seed=seed)
    d_optimizer, g_optimizer = (keras.optimizers.Adam(1e-4, beta_1=0.8) for _ in range(2))
    gan.compile(d_optimizer, g_optimizer, steps_per_execution=50)
    return gan


# The recipe


def recipe(real, seed, steps):
    """The course's GAN for sharp modes in the plane, compiled: small dense networks that measure in the data's units.

    D looks at the points enlarged, so that it sees the modes' edges early, and R1 keeps it smooth enough to follow.
    Both learning rates fade to 0 along a cosine, and the generator's weights are averaged.
    """
    import keras

    from gan_course.gan import GAN, AveragingAdam

    size = float(real.std())
    gan = GAN(*recipe_networks(size), seed=seed)
    d_optimizer, g_optimizer = (
        make(keras.optimizers.schedules.CosineDecay(2e-3, steps), beta_1=0.5, beta_2=0.99)
        for make in (keras.optimizers.Adam, AveragingAdam)
    )
    gan.compile(d_optimizer, g_optimizer, r1_weight=0.002 * size**2, steps_per_execution=50)
    return gan


def recipe_networks(size, units=(128, 128, 128)):
    """Generator and discriminator of the recipe, for points whose coordinates have this standard deviation."""
    import keras
    from keras import layers

    generator = keras.Sequential([keras.Input((2,)), layers.Rescaling(3.0)], name="generator")
    discriminator = keras.Sequential([keras.Input((2,)), layers.Rescaling(6 / size)], name="discriminator")
    for width in units:
        generator.add(layers.Dense(width, activation="relu"))
        discriminator.add(layers.Dense(width))
        discriminator.add(layers.LeakyReLU(negative_slope=0.2))
    generator.add(layers.Dense(2))
    generator.add(layers.Rescaling(size / 3))
    discriminator.add(layers.Dense(1))
    return generator, discriminator


class Contender(NamedTuple):
    """Who trains, on which problems, from which seeds, and for how long.

    Attributes:
        title: its name in the table and the plot.
        build: function `build(real, seed, steps)` that returns a compiled GAN for the training points.
        batch: real samples per step.
        steps: dictionary of a problem's name → number of training steps.
        seeds: integers, each for one run.
        paper: whether the setting is PacGAN's. Defaults to False.
    """

    title: str
    build: Callable
    batch: int
    steps: dict
    seeds: tuple
    paper: bool = False


def packed(pack, steps, seeds=(0, 1)):
    """A contender in PacGAN's setting that packs so many samples: a batch is 100 packs, as in PacGAN's code."""
    title = "GAN" if pack == 1 else f"PacGAN{pack}"

    def build(real, seed, steps):
        return pacgan(real, seed, steps, pack)

    return Contender(title, build, 100 * pack, steps, seeds, paper=True)


CONTENDERS = {
    "gan": packed(1, {"ring": 6_000, "grid": 6_000}),
    "pacgan2": packed(2, {"ring": 6_000, "grid": 6_000}),
    "pacgan4": packed(4, {"grid": 6_000}, (0,)),
    "recipe": Contender("the course's recipe", recipe, 250, {"ring": 16_000, "grid": 16_000}, (0, 1, 2, 3, 4)),
}


# The measurement


def train(problem, name, contender, seed, points=POINTS):
    """Train one contender on one problem from one seed; returns the run as a dictionary.

    Args:
        problem: name of the problem in `PROBLEMS`.
        name: name of the contender in `CONTENDERS`.
        contender: the `Contender` itself.
        seed: seed of the data, the weights, the noise and the order.
        points: size of the training set, which is made a little smaller so that all batches are full. Defaults to
            100,000.
    """
    import keras

    keras.utils.set_random_seed(seed)
    mixture, batch, steps = PROBLEMS[problem], contender.batch, contender.steps[problem]
    real = mixture.points(points // batch * batch, seed)
    gan = contender.build(real, seed, steps)
    with tqdm(total=steps, desc=f"{mixture.title}: {name}, seed {seed}", unit="step") as bar:
        start = time.perf_counter()
        epochs = -(-steps * batch // len(real))
        gan.fit(real, batch_size=batch, epochs=epochs, verbose=0, callbacks=[report.stop_after(steps, bar)])
        seconds = time.perf_counter() - start
    found = count(gan.generate(SAMPLES, seed=seed, batch_size=SAMPLES), mixture)
    taken = {"steps": gan.steps_behind(), "seconds": round(seconds, 1)}
    return {"problem": problem, "contender": name, "seed": seed, **taken, **found}


def count(samples, mixture):
    """What a run found: modes, the share of high quality, and some samples as a text of one line."""
    coverage = mode_coverage(samples, mixture.centers, mixture.std)
    drawn = " ".join(f"{value:.3f}" for value in samples[:DRAWN].ravel())
    return {"modes": coverage.modes, "high_quality": round(coverage.high_quality, 4), "drawn": drawn}


def drawn(run):
    """The samples that are stored with a run: `(n, 2)`."""
    return np.array(run["drawn"].split(), float).reshape(-1, 2)


# The report


def summary(runs, problem, name):
    """Means over the seeds of one contender on one problem, or None if there is no run.

    Returns:
        Dictionary with the means `modes`, `high_quality` and `seconds`, the `spread` of the modes (standard deviation
        over seeds, 0 for one seed), the `steps`, and the `runs` by seed.
    """
    chosen = [run for run in runs if run["problem"] == problem and run["contender"] == name]
    if not chosen:
        return None
    chosen.sort(key=lambda run: run["seed"])
    means = {key: statistics.mean(run[key] for run in chosen) for key in ("modes", "high_quality", "seconds")}
    modes = [run["modes"] for run in chosen]
    spread = statistics.stdev(modes) if len(modes) > 1 else 0.0
    return {**means, "spread": spread, "steps": chosen[0]["steps"], "runs": chosen}


def markdown(runs, about, contenders):
    """The results as Markdown."""
    perfect = 1 - np.exp(-(3**2) / 2)
    parts = [
        "# Modes of a ring and of a grid\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks`.\n",
        f"{about['samples']:,} samples a run. A sample is of high quality within three standard deviations of the "
        "nearest center; a mode counts where it is nearest to at least one of those. A perfect sampler has "
        f"{perfect:.1%}. Ring: radius 1, σ = {PROBLEMS['ring'].std:g}. Grid: ±4 in steps of 2, "
        f"σ = {PROBLEMS['grid'].std:g}. Ours are means over the seeds, ± their standard "
        "deviation; the papers' rows are copied from their tables. "
        f"“GAN” and “PacGAN” are PacGAN's networks and optimizers on a part of its {PAPER_STEPS:,} steps, so these "
        "rows show how soon, not how far, they get.\n",
    ]
    header = ("", "modes", "high quality", "modes by seed", "quality by seed", "steps", "of PacGAN's steps", "s")
    for problem, mixture in PROBLEMS.items():
        rows = [row for name in contenders if (row := _row(runs, problem, name, contenders[name])) is not None]
        rows += [_paper_row(*row) for row in PAPERS[problem]]
        parts += [f"## {mixture.title.capitalize()}\n", report.table(header, rows)]
        found = summary(runs, problem, "recipe")
        parts += [verdict(found, problem) + "\n"] if found else []
    return "\n".join(parts)


def _paper_row(who, modes, quality):
    schedule = (f"{PAPER_STEPS:,}", "100.0%") if "PacGAN" in who else ("", "")
    return (who, modes, quality, "", "", *schedule, "")


def _row(runs, problem, name, contender):
    found = summary(runs, problem, name)
    if found is None:
        return None
    modes = f"{found['modes']:.1f}" + (f" ± {found['spread']:.1f}" if len(found["runs"]) > 1 else "")
    each = [", ".join(str(run["modes"]) for run in found["runs"])]
    each += [", ".join(f"{run['high_quality']:.1%}" for run in found["runs"])]
    share = f"{found['steps'] / PAPER_STEPS:.1%}"
    row = (f"{contender.title} (ours)" if contender.paper else contender.title, modes, f"{found['high_quality']:.1%}")
    return (*row, *each, f"{found['steps']:,}", share, f"{found['seconds']:.0f}")


def verdict(found, problem):
    """Whether the recipe's means reach the target, in a sentence."""
    modes, quality = TARGETS[problem]
    reached = found["modes"] >= modes and found["high_quality"] >= quality
    return (
        f"Target of the recipe: at least {modes:g} modes and {quality:.1%} of high quality on average. "
        f"{'Reached' if reached else 'Missed'}: {found['modes']:.1f} modes and {found['high_quality']:.1%}."
    )


def plot(runs, contenders):
    """Draw samples of each contender's first seed over the data, a row per problem and a column per contender.

    Returns:
        The figure.
    """
    plots.use_style()
    names = [name for name in contenders if any(run["contender"] == name for run in runs)]
    figure, axes = plt.subplots(2, len(names), figsize=(3.2 * len(names) + 0.4, 6.9), squeeze=False)
    for row, (problem, mixture) in zip(axes, PROBLEMS.items(), strict=True):
        real, reach = mixture.points(DRAWN, 0), 1.3 * mixture.centers.max()
        for ax, name in zip(row, names, strict=True):
            found = summary(runs, problem, name)
            if found is None:
                ax.remove()
                continue
            first = found["runs"][0]
            title = f"{contenders[name].title}, {first['steps']:,} steps:\n{first['modes']} modes, "
            title += f"{first['high_quality']:.0%} of high quality"
            plots.clouds(real, drawn(first), ax, title)
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    figure.legend(*row[-1].get_legend_handles_labels(), loc="outside lower center", ncols=2, markerscale=2)
    return figure


def run(folder, contenders, problems=tuple(PROBLEMS), seeds=None, **options):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        problems: names in `PROBLEMS`. Defaults to all.
        seeds: integers. Defaults to None: each contender's own.
        **options: further arguments of `train`.
    """
    about = {"machine": report.machine("tensorflow", "keras", "numpy"), "samples": SAMPLES}
    stored = report.Runs(report.numbers_of(folder, "modes"), about)
    stored.fill(
        [
            {"problem": problem, "contender": name, "seed": seed}
            for problem in problems
            for name, contender in contenders.items()
            for seed in ((contender.seeds if seeds is None else seeds) if problem in contender.steps else ())
        ],
        lambda problem, contender, seed: train(problem, contender, contenders[contender], seed, **options),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "modes", markdown(stored.runs, about, shown), plot(stored.runs, shown))


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("modes", "Modes that GANs find on a ring of 8 and a grid of 25 Gaussians.")
    report.add_choice(parser, "--problem", PROBLEMS)
    report.add_choice(parser, "--contender", CONTENDERS)
    parser.add_argument("--seeds", nargs="+", type=int, help="by default each contender's own")
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.problem, given.seeds)
