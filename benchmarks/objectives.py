"""Objectives at equal compute: cross-entropy, least squares, hinge, Wasserstein by clipping and by penalty.

    python -m benchmarks objectives
    python -m benchmarks objectives --problem ring --contender hinge

All train the same dense networks on the ring, the grid and the small digits, and all may spend the same compute,
counted in passes through a network. For each, the same search chooses its settings on one seed, and three other seeds
are reported. The table and the plot are written into assets, the numbers into gan_course/results. Finished runs are
kept: when the benchmark is started again, it continues after the last one.
"""

import itertools
import statistics
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import report
from benchmarks.modes import DRAWN, Problem, count, drawn
from gan_course import data, metrics, plots

BATCH, SAMPLES, POINTS = 64, 2_500, 32_000
"""Real samples per step of D; how many points are generated and counted; how many points the training set has."""

SHOWN = 20
"""How many digits of a run are stored for the plot."""

RATES, D_STEPS, SEARCH_SEED, SEEDS = (1e-3, 4e-3), (1, 5), 100, (0, 1, 2)
"""The search: each rate with each number of D's steps, from one seed. The best is reported from others."""

PROBLEMS = {
    "ring": Problem("ring of 8", lambda n, seed: data.ring(n, std=0.05, seed=seed), data.ring_centers(), 0.05),
    "grid": Problem("grid of 25", lambda n, seed: data.grid(n, std=0.1, seed=seed), data.grid_centers(), 0.1),
    "digits": Problem("digits", None, None, None),
}

BUDGET = {"ring": 25_200, "grid": 37_800, "digits": 37_800}
"""Passes that a run may spend: the cost of 2,100 or 3,150 steps without a penalty and with one step of D each."""


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
    "r1": Contender("cross-entropy, R1", "non_saturating", r1=(0.1, 1.0)),
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
    return round(BUDGET[problem] / passes(contender, d_steps) / 5) * 5


def build(shape, contender, rate, d_steps, seed, steps):
    """The GAN, compiled. Both rates fade to 0 along a cosine; Adam has β₁ = 0 and β₂ = 0.9, as in WGAN-GP's paper."""
    import keras

    from gan_course import networks
    from gan_course.gan import GAN

    image = len(shape) == 3
    limit = contender.clipping[image]
    generator = networks.mlp_generator(shape, 16 if image else 4, (128, 256) if image else (128, 128))
    discriminator = networks.mlp_discriminator(
        shape,
        (256, 128) if image else (128, 128),
        constraint=networks.WeightClipping(limit) if limit else None,
    )
    gan = GAN(generator, discriminator, seed=seed)
    fading = (keras.optimizers.schedules.CosineDecay(rate, own) for own in (d_steps * steps, steps))  # of each player
    gan.compile(
        *(keras.optimizers.Adam(rates, beta_1=0.0, beta_2=0.9) for rates in fading),
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
    mixture, steps, batch = PROBLEMS[problem], steps_for(problem, contender, d_steps), BATCH * d_steps
    real = data.load("digits")[0] if problem == "digits" else mixture.points(POINTS, seed)
    gan = build(real.shape[1:], contender, rate, d_steps, seed, steps)
    order = np.random.default_rng(seed).permutation(np.arange(steps * batch) % len(real))
    start = time.process_time()
    gan.fit(real[order], batch_size=batch, shuffle=False, verbose=0)
    seconds = time.process_time() - start
    found = judged(gan) if problem == "digits" else count(gan.generate(SAMPLES, seed=1), mixture)
    if seed != SEEDS[0]:
        found.pop("drawn", None), found.pop("shown", None)
    setting = {"rate": rate, "d_steps": d_steps, "seed": seed}
    taken = {"steps": gan.steps_behind(), "passes": steps * passes(contender, d_steps), "seconds": round(seconds, 1)}
    return {"problem": problem, "contender": name, **setting, **taken, **found}


def judge():
    """The classifier whose features are compared, and the features of the held-out digits."""
    classifier = metrics.feature_classifier(*data.load("digits"))
    return classifier, classifier.features(data.load("digits", split="test")[0])


def judged(gan):
    """The Fréchet distance of as many samples as there are training digits from held-out digits, and some samples."""
    classifier, held_out = judge()
    made = gan.generate(len(data.load("digits")[0]), seed=1)
    distance = metrics.frechet_distance(held_out, classifier.features(made))
    return {"frechet": round(float(distance), 3), "shown": report.to_text(made[:SHOWN])}


def floor():
    """The Fréchet distance of the training digits from held-out digits, which a perfect generator would reach."""
    classifier, held_out = judge()
    return round(float(metrics.frechet_distance(held_out, classifier.features(data.load("digits")[0]))), 3)


def score(run):
    """What the search maximizes: the share of modes times the share of high quality; for digits, −Fréchet distance."""
    if run["problem"] == "digits":
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
    rates, d_steps = (" or ".join(f"{value:g}" for value in tried) for tried in (RATES, D_STEPS))
    parts = [
        "# Objectives at equal compute\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks objectives`.\n",
        "The same dense networks and the same number of passes for each objective (a pass: one batch of "
        f"{BATCH} forward through one network; backward counts one or two; D's own steps and the penalties' passes are "
        "counted). Adam with β₁ = 0, β₂ = 0.9; both rates fade to 0 along a cosine. Each objective was given the same "
        f"search on seed {SEARCH_SEED}, learning rate {rates} with {d_steps} "
        f"steps of D, and is reported with its best setting from seeds {', '.join(map(str, SEEDS))}: means ± standard "
        "deviations. “Search” lists what the settings reached there, from the worst to the best (modes counting, too). "
        "Weights of R1: 0.1 for points, 1 for digits; of the gradient penalty: 0.1 and 10; clipping: ±0.1.\n",
    ]
    for problem in PROBLEMS:
        parts += [f"## {PROBLEMS[problem].title.capitalize()}: {BUDGET[problem]:,} passes\n"]
        parts += [_table(runs, problem, contenders)]
    parts += [
        f"The Fréchet distance is that of {len(data.load('digits')[0]):,} samples from the held-out digits, on the "
        f"features of a classifier of the same digits; for the training digits themselves it is {about['floor']:.2f}. "
        f"It cannot be compared with the FID. A perfect sampler of points has {1 - np.exp(-4.5):.1%} of high quality.\n"
    ]
    return "\n".join(parts)


def _table(runs, problem, contenders):
    """The table of one problem, a row per contender that has runs."""
    digits = ("Fréchet distance", "search")
    names = digits if problem == "digits" else ("modes", "high quality", "search: high quality")
    rows = [_row(runs, problem, name, contender) for name, contender in contenders.items()]
    return report.table(("", *names, "rate", "steps of D", "steps of G", "CPU s"), [row for row in rows if row])


def _row(runs, problem, name, contender):
    """A contender as a row of the table of one problem, or None if it has no runs."""
    reported = summary(runs, problem, name)
    if reported is None:
        return None
    tried = sorted((run for run in of(runs, problem, name) if run["seed"] == SEARCH_SEED), key=score)
    rate, d_steps = chosen(runs, problem, name)
    if problem == "digits":
        numbers = [report.mean_and_spread([run["frechet"] for run in reported], ".2f")]
        numbers += [", ".join(f"{run['frechet']:.2f}" for run in tried)]
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
    if run["problem"] == "digits":
        made = report.from_text(run["shown"], (8, 8, 1))
        plots.image_grid(made, f"Fréchet distance {run['frechet']:.2f}", columns=5, generated=True, ax=ax)
        return
    heading = f"{title}\n" if run["problem"] == "ring" else ""
    quality = f"{run['modes']} modes, {run['high_quality']:.0%} good"
    plots.clouds(mixture.points(DRAWN, 0), drawn(run), ax, heading + quality)
    reach = 1.35 * mixture.centers.max()
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[])
    ax.title.set_size(10)


def run(folder, contenders, problems=tuple(PROBLEMS), seeds=SEEDS):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        problems: names in `PROBLEMS`. Defaults to all.
        seeds: integers, those that are reported. Defaults to (0, 1, 2).
    """
    about = {"machine": report.machine("tensorflow", "keras", "numpy"), "samples": SAMPLES, "floor": floor()}
    stored = report.Runs(report.numbers_of(folder, "objectives"), about)

    def once(problem, name, rate, d_steps, seed):
        key = {"problem": problem, "contender": name, "rate": rate, "d_steps": d_steps, "seed": seed}
        if not stored.find(**key, steps=steps_for(problem, contenders[name], d_steps)):
            stored.add(train(problem, name, contenders[name], rate, d_steps, seed))
        bar.update()

    with tqdm(total=len(problems) * len(contenders) * (len(RATES) * len(D_STEPS) + len(seeds)), unit="run") as bar:
        for problem, name in itertools.product(problems, contenders):
            bar.set_description(f"{problem}, {name}")
            for rate, d_steps in itertools.product(RATES, D_STEPS):
                once(problem, name, rate, d_steps, SEARCH_SEED)
            for seed in seeds:
                once(problem, name, *chosen(stored.runs, problem, name), seed)
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "objectives", markdown(stored.runs, about, shown), plot(stored.runs, shown), dpi=100)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("objectives", "Six objectives on three data sets, at equal compute.")
    report.add_choice(parser, "--problem", PROBLEMS)
    report.add_choice(parser, "--contender", CONTENDERS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[*SEEDS])
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.problem, given.seeds)
