"""What makes the default recipe faster, and what does not: one choice changed at a time, at equal cost, on MNIST.

    python -m benchmarks recipe
    python -m benchmarks recipe --contender cosine batch_32 --seeds 10

The cost of a contender's step is measured beside the recipe's, in turns. A contender whose step costs twice as much
takes half as many. The networks train on the first 50,000 training images. The judge is a classifier of these, and the
samples are compared with the other 10,000, so that choices can be made here, and shown on the test images elsewhere.
The table and the plot are written into assets, the numbers into gan_course/results. Finished runs are kept: when the
benchmark is started again, it continues after the last one.
"""

import functools
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import matplotlib.pyplot as plt

from benchmarks import report
from benchmarks.judges import CACHE, Judge
from gan_course import data, plots

TRAINED_ON, SAMPLES, BATCH, SEEDS = 50_000, 10_000, 16, (10, 11)
"""So many training images are trained on, samples judged, real samples in a step of the recipe, seeds."""

BUDGETS = (700, 1_300, 2_600, 5_200)
"""When samples are judged, in steps of the recipe. It takes about 5,200 of them in a minute on two cores."""


# The contenders


def networks_of(**changes):
    """Generator and discriminator of the recipe, with other arguments: `g_…` for the generator, `d_…` for D."""
    from gan_course import networks

    builders = {"g_": networks.dcgan_generator, "d_": networks.dcgan_discriminator}
    return tuple(
        build(**{name[2:]: value for name, value in changes.items() if name.startswith(letter)})
        for letter, build in builders.items()
    )


def without_layer(kind):
    """Generator of the recipe, and its discriminator without the layers of this kind."""
    import keras

    generator, discriminator = networks_of()
    kept = [
        type(layer).from_config(layer.get_config())  # a new one: the old dense layer waits for more inputs
        for layer in discriminator.layers
        if type(layer).__name__ != kind
    ]
    return generator, keras.Sequential([keras.Input(discriminator.input_shape[1:]), *kept])


def shuffled_pixels():
    """The recipe with plain convolutions whose channels become pixels, in place of transposed convolutions."""
    import keras
    from keras import layers

    generator, discriminator = networks_of()
    parts = []
    for layer in generator.layers:
        if isinstance(layer, layers.Conv2DTranspose):
            _, height, width, channels = layer.output.shape
            parts.append(layers.Conv2D(4 * channels, 3, padding="same", use_bias=layer.use_bias))
            parts.append(layers.Reshape((height // 2, width // 2, 2, 2, channels)))
            parts.append(layers.Permute((1, 3, 2, 4, 5)))
            parts.append(layers.Reshape((height, width, channels)))
        else:
            parts.append(layer)
    return keras.Sequential([keras.Input(generator.input_shape[1:]), *parts, layers.Activation("tanh")]), discriminator


def optimizers(d_rate=1e-3, g_rate=1e-3, falls_after=None, beta_2=0.999, **average):
    """Arguments of `GAN.compile`: the recipe's two optimizers with other settings.

    Args:
        d_rate: learning rate of D. Defaults to 1e-3.
        g_rate: learning rate of G. Defaults to 1e-3.
        falls_after: after so many steps both rates are 0, along a cosine. Defaults to None: they are constant.
        beta_2: β₂ of both. Defaults to 0.999.
        **average: as in `AveragingAdam`: `use_ema`, `ema_momentum`.

    Returns:
        Dictionary of `d_optimizer` and `g_optimizer`.
    """
    import keras

    from gan_course.optimizers import AveragingAdam

    if falls_after is not None:
        d_rate, g_rate = (keras.optimizers.schedules.CosineDecay(rate, falls_after) for rate in (d_rate, g_rate))
    return {
        "d_optimizer": keras.optimizers.Adam(d_rate, 0.5, beta_2),
        "g_optimizer": AveragingAdam(g_rate, beta_2=beta_2, **average),
    }


class Contender(NamedTuple):
    """The recipe with one change.

    Attributes:
        title: its name in the table and the plot.
        build: function that returns generator and discriminator. Defaults to the recipe's.
        compile: function of the number of steps that returns arguments of `GAN.compile`. Defaults to none.
        batch: real samples in a step. Defaults to the recipe's.
    """

    title: str
    build: Callable = networks_of
    compile: Callable = lambda steps: {}
    batch: int = BATCH


WITHOUT_NORM = functools.partial(without_layer, "BatchNormalization")

CONTENDERS = {
    "recipe": Contender("the recipe"),
    "cosine": Contender("rates fall to 0 by a cosine", compile=lambda steps: optimizers(falls_after=steps)),
    "fast_cosine": Contender("twice the rates, falling", compile=lambda steps: optimizers(2e-3, 2e-3, steps)),
    "fast": Contender("twice both rates", compile=lambda steps: optimizers(2e-3, 2e-3)),
    "slow": Contender("half of both rates", compile=lambda steps: optimizers(5e-4, 5e-4)),
    "fast_d": Contender("twice D's rate", compile=lambda steps: optimizers(d_rate=2e-3)),
    "fast_g": Contender("twice G's rate", compile=lambda steps: optimizers(g_rate=2e-3)),
    "beta_2": Contender("β₂ = 0.99", compile=lambda steps: optimizers(beta_2=0.99)),
    "batch_8": Contender("batches of 8", batch=8),
    "batch_32": Contender("batches of 32", batch=32),
    "batch_64": Contender("batches of 64", batch=64),
    "live": Contender("no average of G's weights", compile=lambda steps: optimizers(use_ema=False)),
    "long": Contender("a longer average", compile=lambda steps: optimizers(ema_momentum=0.9998)),
    "narrow": Contender("half of the channels", lambda: networks_of(g_filters=(32, 16), d_filters=(16, 32))),
    "wide_g": Contender("twice the channels in G", lambda: networks_of(g_filters=(128, 64))),
    "wide_d": Contender("twice the channels in D", lambda: networks_of(d_filters=(64, 128))),
    "more_noise": Contender("128 numbers of noise", lambda: networks_of(g_latent_dim=128)),
    "pixels": Contender("channels become pixels", shuffled_pixels),
    "alone": Contender("no look at the batch", lambda: without_layer("MinibatchStandardDeviation")),
    "no_norm": Contender("no BatchNormalization in D", WITHOUT_NORM),
    "r1": Contender("R1 with γ = 0.1", compile=lambda steps: {"r1_weight": 0.1}),
    "hinge": Contender("hinge loss", compile=lambda steps: {"objective": "hinge"}),
    "least_squares": Contender("least squares", compile=lambda steps: {"objective": "least_squares"}),
    "no_norm_r1": Contender(
        "no BatchNormalization in D, R1 with γ = 0.1", WITHOUT_NORM, lambda steps: {"r1_weight": 0.1}
    ),
    "no_norm_fast": Contender(
        "no BatchNormalization in D, twice both rates", WITHOUT_NORM, lambda steps: optimizers(2e-3, 2e-3)
    ),
    "no_norm_falling": Contender(
        "no BatchNormalization in D, rates fall", WITHOUT_NORM, lambda steps: optimizers(falls_after=steps)
    ),
    "no_norm_r1_falling": Contender(
        "no BatchNormalization in D, R1 with γ = 0.1, rates fall",
        WITHOUT_NORM,
        lambda steps: {**optimizers(falls_after=steps), "r1_weight": 0.1},
    ),
    "large_fast": Contender("batches of 64, twice both rates", compile=lambda steps: optimizers(2e-3, 2e-3), batch=64),
}


# The measurement


def game(contender, seed, steps):
    """The compiled GAN of a contender that is to train for so many steps."""
    import keras

    from gan_course.gan import GAN

    keras.utils.set_random_seed(seed)
    gan = GAN(*contender.build(), seed=seed)
    gan.compile(**contender.compile(steps))
    return gan


def cost_of_a_step(contender, images, rounds=7, steps=40):
    """Time of a step of this contender over that of the recipe: the median of rounds in which both take turns."""
    pair = (contender, CONTENDERS["recipe"])
    gans = [game(one, 0, steps) for one in pair]
    ratios = []
    for _ in range(rounds + 1):  # the first one compiles
        taken = []
        for gan, one in zip(gans, pair, strict=True):
            start = time.perf_counter()
            gan.fit(images[: steps * one.batch], batch_size=one.batch, verbose=0)
            taken.append(time.perf_counter() - start)
        ratios.append(taken[0] / taken[1])
    return statistics.median(ratios[1:])


def train(name, contender, seed, images, judge, budgets=BUDGETS, samples=SAMPLES):
    """Train once; returns the run as a dictionary.

    Args:
        name: the contender's name.
        contender: the `Contender`.
        seed: integer seed.
        images: the training set, `(n, 28, 28, 1)` in [-1, 1].
        judge: a `benchmarks.judges.Judge`.
        budgets: when samples are judged, in steps of the recipe. Defaults to `BUDGETS`.
        samples: how many are judged. Defaults to `SAMPLES`.
    """
    from benchmarks.contenders import AfterStep

    cost = 1.0 if name == "recipe" else cost_of_a_step(contender, images)
    looks = [round(budget / cost) for budget in budgets]
    gan = game(contender, seed, looks[-1])
    points = []

    def after_step():
        after_step.count += 1
        if after_step.count in looks:
            with gan.averaged():
                distance, shares = judge.judge(gan.generate(samples, seed=1))
            points.append({"step": after_step.count, "distance": round(distance, 3), "rarest": round(min(shares), 4)})
        return after_step.count == looks[-1]

    after_step.count = 0
    gan.fit(images, batch_size=contender.batch, epochs=1_000, verbose=0, callbacks=[AfterStep(after_step)])
    return {"contender": name, "seed": seed, "cost": round(cost, 3), "points": points}


# The report


def markdown(runs, about, contenders=CONTENDERS):
    """The results as Markdown."""
    rows = []
    for name, contender in contenders.items():
        found = report.of(runs, name)
        if found:
            cost = statistics.mean(run["cost"] for run in found)
            distances = [
                _in_words([run["points"][look]["distance"] for run in found]) for look in range(len(about["budgets"]))
            ]
            least = min(run["points"][-1]["rarest"] for run in found)
            rows.append((contender.title, len(found), f"{cost:.2f}", *distances, f"{least:.1%}"))
    header = ("", "seeds", "cost of a step", *(f"after {budget:,}" for budget in about["budgets"]), "rarest class")
    return "\n".join(
        [
            "# What makes the default recipe faster, one change at a time\n",
            f"{report.in_words(about['machine'])}. Written by `python -m benchmarks recipe`.\n",
            "The Fréchet distance of samples from held-out digits of MNIST, at equal cost: “after 700” means the time "
            "in which the recipe takes 700 steps, and a contender whose step costs twice as much has taken 350. The "
            "cost of a step was measured beside the recipe's, in turns (the median of seven rounds). Networks and "
            f"judge know the first {TRAINED_ON:,} training images; {about['samples']:,} samples are compared with the "
            f"other images of the training set. Real digits have {about['floor']:.2f}. Means ± standard deviations "
            "over the seeds; a row with one seed is a first look and no more. G's weights are averaged, unless the row "
            "says something else. The last column is the share of the rarest digit at the end, in the worst run; all "
            "ten have 10 % among real digits.\n",
            report.table(header, rows),
            *verdicts(runs, contenders),
        ]
    )


def _in_words(distances):
    """The mean and the spread, or the number itself if there is only one."""
    return report.mean_and_spread(distances, ".2f") if len(distances) > 1 else f"{distances[0]:.2f}"


def verdicts(runs, contenders=CONTENDERS):
    """What the last distances say of each contender, as lines of Markdown: those with several seeds, then the others.

    Args:
        runs: list of runs, see `train`. The recipe's are among them.
        contenders: as in `markdown`.
    """
    last = {name: [run["points"][-1]["distance"] for run in report.of(runs, name)] for name in contenders}
    recipe = last.pop("recipe")
    lines = [f"- The recipe's own seeds end between {min(recipe):.2f} and {max(recipe):.2f}."]
    sure = {name: found for name, found in last.items() if len(found) > 1}
    for name, found in sorted(sure.items(), key=lambda item: statistics.mean(item[1])):
        factor = statistics.mean(recipe) / statistics.mean(found)
        lines.append(f"- {contenders[name].title}: the recipe's mean distance divided by {factor:.2f}.")
    first = {contenders[name].title: found[0] for name, found in last.items() if len(found) == 1}
    better = [title for title, distance in first.items() if distance < min(recipe)]
    worse = [title for title, distance in first.items() if distance > max(recipe)]
    if first:
        lines.append(f"- One seed, below all of the recipe's: {'; '.join(better) or 'none'}.")
        lines.append(f"- One seed, above all of the recipe's: {'; '.join(worse) or 'none'}.")
    return lines


def plot(runs, about, contenders=CONTENDERS):
    """Draw each contender's last distance beside the recipe's. Returns the figure."""
    plots.use_style()
    last = {
        contender.title: [run["points"][-1]["distance"] for run in report.of(runs, name)]
        for name, contender in contenders.items()
        if report.of(runs, name)
    }
    titles = sorted(last, key=lambda title: -statistics.mean(last[title]))
    figure = plt.figure(figsize=(8, 0.32 * len(titles) + 1.2))
    ax = figure.add_subplot()
    for row, title in enumerate(titles):
        color = plots.ACCENT if title == CONTENDERS["recipe"].title else plots.GENERATED
        ax.plot(last[title], [row] * len(last[title]), "o", color=color, ms=6, alpha=0.7)
    ax.axvline(about["floor"], color=plots.REAL, ls=":", lw=1)
    ax.annotate("real digits", (about["floor"], 0), xytext=(4, 0), textcoords="offset points", fontsize=9)
    ax.set_yticks(range(len(titles)), titles, fontsize=9)
    ax.set(xscale="log", xlabel="Fréchet distance (the lower, the better)")
    ax.set_title("One change at a time, at equal cost: a dot for each seed", size=11, loc="right")
    return figure


def run(folder, contenders, seeds, images, judge, budgets=BUDGETS, samples=SAMPLES):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers, each for one run of every contender.
        images: as in `train`.
        judge: as in `train`.
        budgets: as in `train`.
        samples: as in `train`.
    """
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "budgets": list(budgets),
        "samples": samples,
        "floor": round(judge.floor, 3),
    }
    stored = report.Runs(report.numbers_of(folder, "recipe"), about)
    stored.fill(
        [{"contender": name, "seed": seed} for seed in seeds for name in contenders],
        lambda contender, seed: train(contender, contenders[contender], seed, images, judge, budgets, samples),
    )
    report.write(folder, "recipe", markdown(stored.runs, about), plot(stored.runs, about))


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    description = "What makes the default recipe faster, one change at a time."
    parser = report.contender_line("recipe", description, CONTENDERS, SEEDS)
    given = parser.parse_args(arguments)
    report.start()
    images, labels = data.load("mnist")
    known, held_out = slice(TRAINED_ON), slice(TRAINED_ON, None)
    judge = Judge(images[known], labels[known], images[held_out], labels[held_out], CACHE)
    chosen = {name: CONTENDERS[name] for name in given.contender}
    run(given.folder, chosen, given.seeds, images[known], judge)
