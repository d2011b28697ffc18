"""Objectives at equal compute: cross-entropy without and with R1, least squares, hinge, Wasserstein in two ways.

    python -m benchmarks objectives
    python -m benchmarks objectives --problem ring --contender hinge

All train the same networks, dense ones on the ring and convolutions on digits of 28 × 28 pixels, and all may spend the
same compute, counted in passes through a network. For each, the same search chooses its settings on one seed, and three
other seeds are reported. A last table changes one thing at a time between lesson 06's setting and another one. The
tables and the plot are written into assets, the numbers into gan_course/results. Finished runs are kept: when the
benchmark is started again, it continues after the last one.
"""

import itertools
import statistics
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import ablation, report, ring
from benchmarks.modes import DRAWN, Problem, count, drawn
from gan_course import data, metrics, plots

SHAPE = (28, 28, 1)
"""Shape of a digit. The judge and the digits for training are those of `ablation`."""

BATCH, SAMPLES = {"ring": 64, "digits": 16}, {"ring": ring.SAMPLES, "digits": 2_000}
"""Real samples per step of D; how many samples are judged."""

SHOWN = 12
"""How many digits of a run with the first seed are stored for the plot."""

SETTINGS = {
    "ring": ((1e-3, 1), (1e-3, 5), (4e-3, 1), (4e-3, 5)),
    "digits": ((5e-4, 1), (2e-3, 1)),
}
"""The search: pairs of a learning rate and a number of D's steps."""

SEARCH_SEED, SEEDS = 100, (0, 1, 2)
"""The search has one seed. The best setting is reported from others."""

PROBLEMS = {
    "ring": ring.PROBLEM,
    "digits": Problem("digits of 28 × 28 pixels", None, None, None),
    "batches": Problem("digits of 28 × 28 pixels, and D sees the spread of each batch", None, None, None),
}

BUDGET = {"ring": 25_200, "digits": 9_600}
"""Passes that a run may spend: the cost of 2,100 or 800 steps without a penalty and with one step of D each."""


def kind(problem):
    """What a problem shows: "ring" or "digits"."""
    return "ring" if problem == "ring" else "digits"


class Contender(NamedTuple):
    """What the players minimize. A number that depends on the scale of the data is a pair: for points, for images.

    Attributes:
        title: its name in the table and the plot.
        objective: `objective` of `GAN.compile`.
        gradient_penalty: pair of `gradient_penalty_weight` of `GAN.compile`. Defaults to 0 for both.
        r1: pair of `r1_weight` of `GAN.compile`. Defaults to 0 for both.
        clipping: pair of limits of D's weights. Defaults to None for both: no limit.
    """

    title: str
    objective: str
    gradient_penalty: tuple = (0.0, 0.0)
    r1: tuple = (0.0, 0.0)
    clipping: tuple = (None, None)


CONTENDERS = {
    "non_saturating": Contender("cross-entropy, non-saturating", "non_saturating"),
    "r1": Contender("cross-entropy, R1", "non_saturating", r1=(0.1, 10.0)),
    "least_squares": Contender("least squares", "least_squares"),
    "hinge": Contender("hinge", "hinge"),
    "clipping": Contender("Wasserstein, clipping", "wasserstein", clipping=(0.1, 0.1)),
    "penalty": Contender("Wasserstein, gradient penalty", "wasserstein", gradient_penalty=(0.1, 10.0)),
}


def passes(contender, d_steps):
    """The cost of one step of G and of D's steps before it, in passes: one batch forward through one network.

    A backward pass counts once for the gradient with respect to the input, and once more for the gradient with respect
    to the weights. G and D are about equally large.

    - A step of D is G forward, and D forward and backward for its weights, on real and on generated samples.
    - A penalty is D forward and backward for the gradient, and backward through both for its weights.
    - A step of G is G forward and backward for its weights, and D forward and backward for its input alone.
    """
    d_step = 1 + 2 * (1 + 2)
    penalty = 2 + 2 * 2 if contender.gradient_penalty[0] or contender.r1[0] else 0
    return d_steps * (d_step + penalty) + (1 + 2) + (1 + 1)


def steps_for(problem, contender, d_steps):
    """How many steps of G the budget pays for, a multiple of 5."""
    return round(BUDGET[kind(problem)] / passes(contender, d_steps) / 5) * 5


def image_networks(limit=None, deviation=False):
    """G and D for digits: small convolutions. D scores each digit by itself, as a critic with a penalty has to.

    With `deviation` D also sees the spread of each batch, by `MinibatchStandardDeviation`.
    """
    import keras
    from keras import layers

    from gan_course import networks

    clipped, halves = ring.clipped(limit), {"strides": 2, "padding": "same"}
    parts = [layers.Conv2D(16, 4, **halves, **clipped), layers.LeakyReLU(negative_slope=0.2)]
    parts += [layers.Conv2D(32, 4, **halves, **clipped), layers.GroupNormalization(8)]
    parts += [layers.LeakyReLU(negative_slope=0.2), layers.Flatten(), layers.Dense(64, **clipped)]
    parts += [layers.LeakyReLU(negative_slope=0.2), *([networks.MinibatchStandardDeviation()] if deviation else [])]
    parts += [layers.Dense(1, **clipped)]
    generator = networks.dcgan_generator(SHAPE, latent_dim=32, units=64, filters=(32, 16))
    return generator, keras.Sequential([keras.Input(SHAPE), *parts])


def build(problem, contender, rate, d_steps, seed, steps):
    """The GAN, compiled. Both rates fade to 0 along a cosine; β₂ is 0.9, as in WGAN-GP's paper.

    For the ring β₁ is 0, as in that paper. For digits it is 0.5 as in lesson 05, and G's weights are averaged.
    """
    import keras

    from gan_course.gan import GAN
    from gan_course.optimizers import AveragingAdam

    image = kind(problem) == "digits"
    limit = contender.clipping[image]
    players = image_networks(limit, deviation=problem == "batches") if image else ring.networks(limit)
    gan = GAN(*players, seed=seed)
    fading = (keras.optimizers.schedules.CosineDecay(rate, own) for own in (d_steps * steps, steps))  # of each player
    kinds = keras.optimizers.Adam, AveragingAdam if image else keras.optimizers.Adam
    gan.compile(
        *(kind(rates, beta_1=0.5 if image else 0.0, beta_2=0.9) for kind, rates in zip(kinds, fading, strict=True)),
        objective=contender.objective,
        gradient_penalty_weight=contender.gradient_penalty[image],
        r1_weight=contender.r1[image],
        d_steps=d_steps,
        steps_per_execution=25,
        jit_compile=False,
    )
    return gan


# The measurement


def train(problem, name, contender, rate, d_steps, seed):
    """Train once; returns the run as a dictionary. Samples are stored for the first of the reported seeds only."""
    import keras

    keras.utils.set_random_seed(seed)
    mixture, steps, batch = PROBLEMS[problem], steps_for(problem, contender, d_steps), BATCH[kind(problem)] * d_steps
    real = training_digits() if kind(problem) == "digits" else mixture.points(ring.POINTS, seed)
    gan = build(problem, contender, rate, d_steps, seed, steps)
    order = np.random.default_rng(seed).permutation(np.arange(steps * batch) % len(real))
    start = time.process_time()
    gan.fit(real[order], batch_size=batch, shuffle=False, verbose=0)
    seconds = time.process_time() - start
    made = gan.generate(SAMPLES[kind(problem)], seed=1)
    found = judged(made) if kind(problem) == "digits" else count(made, mixture)
    if seed != SEEDS[0]:
        found.pop("drawn", None), found.pop("shown", None)
    setting = {"rate": rate, "d_steps": d_steps, "seed": seed}
    taken = {"steps": gan.steps_behind(), "passes": steps * passes(contender, d_steps), "seconds": round(seconds, 1)}
    return {"problem": problem, "contender": name, **setting, **taken, **found}


def training_digits():
    """The digits that train the GANs. The other 1,000 of the training split are what samples are compared with."""
    return data.load("mnist_5k")[0][: ablation.TRAINED_ON]


def judged(made):
    """The Fréchet distance of samples from held-out digits, seen by a judge that learned from the test split."""
    classifier, held_out = ablation.judge()
    distance = metrics.frechet_distance(held_out, classifier.features(made))
    return {"frechet": round(float(distance), 3), "shown": report.to_text(made[:SHOWN])}


def floor():
    """The Fréchet distance of as many training digits from the held-out ones, which a perfect generator would reach."""
    return judged(training_digits()[: SAMPLES["digits"]])["frechet"]


def score(run):
    """What the search maximizes: the share of modes times the share of high quality; for digits, −Fréchet distance."""
    if kind(run["problem"]) == "digits":
        return -run["frechet"]
    return run["modes"] / len(PROBLEMS[run["problem"]].centers) * run["high_quality"]


def chosen(runs, problem, name):
    """The setting of the best run of the search: rate and D's steps."""
    tried = [run for run in of(runs, problem, name) if run["seed"] == SEARCH_SEED]
    best = max(tried, key=score)
    return best["rate"], best["d_steps"]


def of(runs, problem, name):
    """The runs of one contender on one problem."""
    return [run for run in runs if run["problem"] == problem and run["contender"] == name]


# The report


def summary(runs, problem, name):
    """The reported runs of one contender on one problem, sorted by seed, or None if there is none."""
    reported = [run for run in of(runs, problem, name) if run["seed"] != SEARCH_SEED]
    return sorted(reported, key=lambda run: run["seed"]) or None


def markdown(runs, about, contenders):
    """The results as Markdown."""
    parts = [
        "# Objectives at equal compute\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks objectives`.\n",
        "The same networks and the same number of passes for each objective (a pass: one batch forward through one "
        "network; backward counts one or two; D's own steps and the penalties' passes are counted). β₂ is 0.9, and "
        "both rates fade to 0 along a cosine. Each objective was given the same search on seed "
        f"{SEARCH_SEED}, {len(SETTINGS['ring'])} pairs of a learning rate and a number of D's steps on the ring and "
        f"{len(SETTINGS['digits'])} on the digits, and is reported with its best setting from seeds "
        f"{', '.join(map(str, SEEDS))}: means ± standard deviations. “Search” lists what the "
        "settings reached there, from the worst to the best (modes counting, too). Weights of R1: 0.1 for points, 10 "
        "for digits; of the gradient penalty: 0.1 and 10; clipping: ±0.1.\n",
    ]
    for problem, (title, *_) in PROBLEMS.items():
        parts += [f"## {title[0].upper()}{title[1:]}: {BUDGET[kind(problem)]:,} passes\n"]
        parts += [_table(runs, problem, contenders)]
    parts += [
        f"The Fréchet distance is that of {SAMPLES['digits']:,} samples from 1,000 digits that neither the GANs nor "
        "the judge have seen, on the features of a classifier that learned from the test split. For as many training "
        f"digits it is {about['floor']:.2f}. It cannot be compared with the FID. A perfect sampler of points has "
        f"{1 - np.exp(-4.5):.1%} of high quality.\n",
        "## One change at a time\n",
        "The best GAN of lesson 06 on the same ring, and what changes it. Three seeds each.\n",
        ring.table(runs),
    ]
    return "\n".join(parts)


def _table(runs, problem, contenders):
    """The table of one problem, a row per contender that has runs."""
    digits = ("Fréchet distance", "search")
    names = digits if kind(problem) == "digits" else ("modes", "high quality", "search: high quality")
    rows = [_row(runs, problem, name, contender) for name, contender in contenders.items()]
    return report.table(("", *names, "rate", "steps of D", "steps of G", "CPU s"), [row for row in rows if row])


def _row(runs, problem, name, contender):
    """A contender as a row of the table of one problem, or None if it has no runs."""
    reported = summary(runs, problem, name)
    if reported is None:
        return None
    tried = sorted((run for run in of(runs, problem, name) if run["seed"] == SEARCH_SEED), key=score)
    rate, d_steps = chosen(runs, problem, name)
    if kind(problem) == "digits":
        numbers = [report.mean_and_spread([run["frechet"] for run in reported], ".1f")]
        numbers += [", ".join(f"{run['frechet']:.1f}" for run in tried)]
    else:
        numbers = [report.mean_and_spread([run["modes"] for run in reported], ".1f")]
        numbers += [report.mean_and_spread([100 * run["high_quality"] for run in reported], ".1f") + " %"]
        numbers += [", ".join(f"{run['high_quality']:.1%}" for run in tried)]
    seconds = statistics.mean(run["seconds"] for run in reported)
    return (contender.title, *numbers, f"{rate:g}", d_steps, f"{reported[0]['steps']:,}", f"{seconds:.1f}")


def plot(runs, contenders):
    """Draw what each objective made from the first seed: points over the data, and digits. Returns the figure."""
    plots.use_style()
    names = [name for name in contenders if any(run["contender"] == name for run in runs)]
    figure, axes = plt.subplots(3, len(names), figsize=(2.7 * len(names) + 0.4, 8.2), squeeze=False)
    for row, problem in zip(axes, PROBLEMS, strict=True):
        for ax, name in zip(row, names, strict=True):
            reported = summary(runs, problem, name)
            if reported is None:
                ax.remove()
                continue
            _draw(ax, reported[0], contenders[name].title)
    return figure


def _draw(ax, run, title):
    mixture = PROBLEMS[run["problem"]]
    if kind(run["problem"]) == "digits":
        made = report.from_text(run["shown"], SHAPE)
        plots.image_grid(made, f"Fréchet distance {run['frechet']:.1f}", columns=4, generated=True, ax=ax)
        return
    heading = f"{title}\n" if run["problem"] == "ring" else ""
    quality = f"{run['modes']} modes, {run['high_quality']:.0%} good"
    plots.clouds(mixture.points(DRAWN, 0), drawn(run), ax, heading + quality)
    reach = 1.35 * mixture.centers.max()
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[])
    ax.title.set_size(10)


def run(folder, contenders, problems=tuple(PROBLEMS), seeds=SEEDS, changes=None):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        problems: names in `PROBLEMS`. Defaults to all.
        seeds: integers, those that are reported. Defaults to (0, 1, 2).
        changes: names in `ring.CHANGES`. Defaults to None: all.
    """
    about = {"machine": report.machine("tensorflow", "keras", "numpy"), "samples": SAMPLES, "floor": floor()}
    stored = report.Runs(report.numbers_of(folder, "objectives"), about)
    stored.fill(
        [
            {"problem": "changes", "contender": name, "seed": seed}
            for name in (ring.CHANGES if changes is None else changes)
            for seed in ring.SEEDS
        ],
        lambda problem, contender, seed: ring.train(contender, ring.CHANGES[contender], seed),
    )

    def once(problem, name, rate, d_steps, seed):
        key = {"problem": problem, "contender": name, "rate": rate, "d_steps": d_steps, "seed": seed}
        if not stored.find(**key, steps=steps_for(problem, contenders[name], d_steps)):
            stored.add(train(problem, name, contenders[name], rate, d_steps, seed))
        bar.update()

    total = sum(len(contenders) * (len(SETTINGS[kind(problem)]) + len(seeds)) for problem in problems)
    with tqdm(total=total, unit="run") as bar:
        for problem, name in itertools.product(problems, contenders):
            bar.set_description(f"{problem}, {name}")
            for rate, d_steps in SETTINGS[kind(problem)]:
                once(problem, name, rate, d_steps, SEARCH_SEED)
            for seed in seeds:
                once(problem, name, *chosen(stored.runs, problem, name), seed)
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "objectives", markdown(stored.runs, about, shown), plot(stored.runs, shown), dpi=100)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("objectives", "Six objectives on two data sets, at equal compute.")
    report.add_choice(parser, "--problem", PROBLEMS)
    report.add_choice(parser, "--contender", CONTENDERS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[*SEEDS])
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.problem, given.seeds)
