"""Parzen-window log-likelihood on MNIST, as in table 1 of Goodfellow et al. 2014, and what it is worth.

    python -m benchmarks parzen
    python -m benchmarks parzen --contender gan digits --seeds 0

Two dense GANs are measured, and beside them three that are no GANs: real training digits, k-means centers and a
Gaussian mixture. Each gives 10,000 samples with pixels in [0, 1]. The width of the windows is chosen on held-out
training images, and the log-likelihood is that of the 10,000 test images. The table and the plot are written into
assets, the numbers into gan_course/results. Finished runs are kept: when the benchmark is started again, it continues
after the last one.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import report
from gan_course import data, plots
from gan_course.metrics import parzen_log_likelihood

SAMPLES, HELD_OUT, WIDTHS_ON = 10_000, 10_000, 1_000
"""Samples of each contender; last training images that nobody trains on; how many of them choose the width."""

STEPS, SMOOTH_STEPS, CENTERS, COMPONENTS, GAUSSIANS = 20_000, 12_000, 2_000, 50, 100
"""Training steps of both GANs; k-means centers; the mixture's principal components, and its Gaussians."""

PAPER = (("DBN", 138.0, 2.0), ("Stacked CAE", 121.0, 1.6), ("Deep GSN", 214.0, 1.1), ("Adversarial nets", 225.0, 2.0))
"""Table 1 of the 2014 paper: who, mean log-likelihood in nats, its standard error."""

SHOWN = 10
"""How many samples of each contender the plot shows."""


# The contenders: functions of training images (n, height, width, 1) in [-1, 1], a count and a seed


def gan(images, count, seed, steps=STEPS, batch=16):
    """Samples of the package's dense GAN, trained with `GAN.compile`'s defaults."""
    return _made(images, count, seed, steps, batch, lambda model: model.compile())


def smooth_gan(images, count, seed, steps=SMOOTH_STEPS, batch=32):
    """Samples of a GAN whose networks are twice as wide, with R1, learning rates that fade to 0, and batches of 32."""
    import keras

    from gan_course.gan import AveragingAdam

    def compile(model):
        d_optimizer, g_optimizer = (
            make(keras.optimizers.schedules.CosineDecay(1e-3, steps), beta_1=0.5)
            for make in (keras.optimizers.Adam, AveragingAdam)
        )
        model.compile(d_optimizer, g_optimizer, r1_weight=1.0, steps_per_execution=10)

    return _made(images, count, seed, steps, batch, compile, width=2)


def _made(images, count, seed, steps, batch, compile, width=1):
    """Samples of the package's dense GAN after `steps` steps, with layers `width` times as wide."""
    import keras

    from gan_course import networks
    from gan_course.gan import GAN

    keras.utils.set_random_seed(seed)
    shape = images.shape[1:]
    generator = networks.mlp_generator(shape, units=(128 * width, 256 * width))
    model = GAN(generator, networks.mlp_discriminator(shape, units=(256 * width, 128 * width)), seed=seed)
    compile(model)
    with tqdm(total=steps, desc=f"dense GAN, seed {seed}", unit="step") as bar:
        epochs, watch = -(-steps * batch // len(images)), report.stop_after(steps, bar)
        model.fit(images, batch_size=batch, epochs=epochs, verbose=0, callbacks=[watch])
    return model.generate(count, seed=seed)


def digits(images, count, seed):
    """Training images: the best that a generator could make."""
    return images[np.random.default_rng(seed).permutation(len(images))[:count]]


def k_means(images, count, seed, centers=CENTERS):
    """Centers of clusters: blurry images, and fewer than the other contenders make."""
    from sklearn.cluster import MiniBatchKMeans

    clusters = MiniBatchKMeans(
        min(centers, count), init="random", n_init=1, batch_size=2 * centers, max_iter=5, random_state=seed
    )
    clusters.fit(images.reshape(len(images), -1))
    return np.clip(clusters.cluster_centers_, -1, 1).reshape(-1, *images.shape[1:]).astype("float32")


def mixture(images, count, seed, components=COMPONENTS, gaussians=GAUSSIANS):
    """Samples of a Gaussian mixture on principal components, clipped to the range of pixels."""
    from sklearn.decomposition import PCA
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    flat = images.reshape(len(images), -1)
    axes = PCA(components, random_state=seed).fit(flat)
    model = GaussianMixture(gaussians, max_iter=10, reg_covar=1e-3, random_state=seed, init_params="random_from_data")
    with warnings.catch_warnings():  # the recipe has so few iterations on purpose
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(axes.transform(flat).astype("float64"))  # in float32, NumPy refuses the covariances
    made = axes.inverse_transform(np.random.default_rng(seed).permutation(model.sample(count)[0]))
    return np.clip(made, -1, 1).reshape(-1, *images.shape[1:]).astype("float32")


class Contender(NamedTuple):
    """Who makes samples, and from which seeds.

    Attributes:
        title: its name in the table and the plot.
        sample: function `sample(images, count, seed)` that returns images like the training images.
        seeds: integers, each for one run. Defaults to (0,).
    """

    title: str
    sample: Callable
    seeds: tuple = (0,)


CONTENDERS = {
    "gan": Contender(f"dense GAN, {STEPS:,} steps", gan, (0, 1)),
    "smooth_gan": Contender(f"twice as wide, R1, fading rates, {SMOOTH_STEPS:,} steps", smooth_gan, (0, 1)),
    "digits": Contender("training images", digits),
    "k_means": Contender(f"{CENTERS:,} k-means centers", k_means),
    "mixture": Contender(f"{GAUSSIANS} Gaussians on {COMPONENTS} principal components", mixture),
}


# The measurement


def measure(name, contender, seed, images, test, count=SAMPLES, held_out=HELD_OUT, widths_on=WIDTHS_ON):
    """Parzen-window log-likelihood of one contender; returns the run as a dictionary.

    Args:
        name: name of the contender in `CONTENDERS`.
        contender: the `Contender` itself.
        seed: seed of the contender.
        images: training set, `(n, height, width, 1)` in [-1, 1].
        test: test images, of the same size and range.
        count: number of samples. Defaults to 10,000.
        held_out: how many of the last training images the contender does not see. Defaults to 10,000.
        widths_on: how many of those, from the first on, choose the width of the windows. Defaults to 1,000.
    """
    known, kept = images[:-held_out], images[-held_out:][:widths_on]
    start = time.perf_counter()
    samples = contender.sample(known, count, seed)
    seconds = time.perf_counter() - start
    found = parzen_log_likelihood(*(flat_unit(x) for x in (samples, test, kept)))
    numbers = {"mean": round(found.mean, 2), "error": round(found.standard_error, 2), "sigma": round(found.sigma, 4)}
    size = {"samples": len(samples), "seconds": round(seconds, 1)}
    return {"contender": name, "seed": seed, **numbers, **size, "shown": report.to_text(samples[:SHOWN])}


def flat_unit(images):
    """Images in [-1, 1] as rows of pixels in [0, 1]."""
    return (images.reshape(len(images), -1) + 1) / 2


# The report


def markdown(runs, about, contenders):
    """The results as Markdown."""
    parts = [
        "# Parzen-window log-likelihood on MNIST\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks`.\n",
        "Mean log-likelihood of the test images under a Gaussian window around each sample, in nats, with the standard "
        f"error of the mean over {about['test']:,} test images; pixels in [0, 1]. The width is chosen on held-out "
        "training images. The paper's rows are copied from its table 1. Where blurred pictures score above real ones, "
        "the number does not measure how good samples are.\n",
    ]
    rows = [
        (
            contenders[run["contender"]].title,
            run["seed"],
            f"{run['mean']:.1f} ± {run['error']:.1f}",
            f"{run['sigma']:.3f}",
            f"{run['samples']:,}",
            f"{run['seconds']:.0f}",
        )
        for run in report.in_order(runs, contenders)
    ]
    rows += [(f"{who} (2014 paper)", "", f"{mean:g} ± {error:g}", "", "", "") for who, mean, error in PAPER]
    header = ("", "seed", "log-likelihood", "width", "samples", "s to make them")
    return "\n".join([*parts, report.table(header, rows), *verdicts(runs, contenders)]) + "\n"


def verdicts(runs, contenders):
    """Sentences that compare the GANs with the paper's, and say who scores above real digits."""
    means = {}
    for run in report.in_order(runs, contenders):
        means.setdefault(run["contender"], []).append(run["mean"])
    means, paper = {name: statistics.mean(values) for name, values in means.items()}, PAPER[-1][1]
    lines = [
        f"- {contenders[name].title}: {means[name]:.0f} nats, {means[name] - paper:+.0f} from the paper's {paper:.0f}."
        for name in means
        if "gan" in name
    ]
    if "digits" in means:
        better = [contenders[name].title for name in means if means[name] > means["digits"]]
        lines.append(f"- Above real training images ({means['digits']:.0f}): {', '.join(better) or 'nobody'}.")
    return lines


def plot(runs, contenders, shape):
    """Draw the log-likelihoods, ours and the paper's, as bars, and samples of each of ours. Returns the figure."""
    plots.use_style()
    firsts = [run for run in report.in_order(runs, contenders) if run["seed"] == contenders[run["contender"]].seeds[0]]
    figure = plt.figure(figsize=(13, 4.8))
    left, right = figure.subfigures(1, 2, width_ratios=(1.4, 1), wspace=0.06)
    ax = left.add_subplot()
    names = [contenders[run["contender"]].title for run in firsts] + [f"{who} (2014)" for who, _, _ in PAPER]
    means = [run["mean"] for run in firsts] + [mean for _, mean, _ in PAPER]
    errors = [run["error"] for run in firsts] + [error for _, _, error in PAPER]
    colors = [plots.REAL if run["contender"] == "digits" else plots.GENERATED for run in firsts]
    bars = ax.barh(names, means, xerr=errors, color=[*colors, *[plots.MUTED] * len(PAPER)])
    ax.bar_label(bars, [f"{mean:.0f}" for mean in means], padding=5, fontsize=9)
    ax.invert_yaxis()
    ax.set(xlabel="log-likelihood of test images, nats", xlim=(0, 1.12 * max(means)))
    ax.set_title("Parzen-window log-likelihood")
    for run, ax in zip(firsts, np.atleast_1d(right.subplots(len(firsts), 1)), strict=True):
        title, made = contenders[run["contender"]].title, run["contender"] != "digits"
        plots.image_grid(report.from_text(run["shown"], shape), title, columns=SHOWN, generated=made, ax=ax)
    return figure


def run(folder, contenders, images, test, seeds=None, **options):
    """Measure what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        images: training set, see `measure`.
        test: test images, see `measure`.
        seeds: integers. Defaults to None: each contender's own.
        **options: further arguments of `measure`.
    """
    about = {"machine": report.machine("tensorflow", "keras", "numpy", "scikit-learn"), "test": len(test)}
    stored = report.Runs(report.numbers_of(folder, "parzen"), about)
    stored.fill(
        [
            {"contender": name, "seed": seed}
            for name, contender in contenders.items()
            for seed in (contender.seeds if seeds is None else seeds)
        ],
        lambda contender, seed: measure(contender, contenders[contender], seed, images, test, **options),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "parzen", markdown(stored.runs, about, shown), plot(stored.runs, shown, images.shape[1:]))


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("parzen", "Parzen-window log-likelihood of samples on MNIST.")
    report.add_choice(parser, "--contender", CONTENDERS)
    parser.add_argument("--seeds", nargs="+", type=int, help="by default each contender's own")
    given = parser.parse_args(arguments)
    report.start()
    (images, _), (test, _) = data.load("mnist"), data.load("mnist", split="test")
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, images, test, given.seeds)
