"""Three ways to turn noise into digits: a VAE, a diffusion model and a GAN, by seconds of training and of sampling.

    python -m benchmarks generative
    python -m benchmarks generative --contender diffusion --seeds 0 --lengths 0 1 2

All train on the same 3,000 digits of `mnist_5k`, in trainings of several lengths, on one thread. The judge is that of
the benchmark `ablation`: a classifier that has learned from the test split. The samples are compared with 1,000 digits
that neither the models nor the judge have seen. The table and the plot are written into assets, the numbers into
gan_course/results. Finished runs are kept. One more training shows what the diffusion model becomes in five times as
many epochs. It is not part of the comparison at equal seconds.

Sizes, batches and learning rates were chosen with seed 10, and are reported with other seeds.
"""

import itertools
import os
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import ablation, report
from gan_course import data, metrics, plots

SHAPE, LEVELS, LATENT = ablation.SHAPE, 17, 32
"""Shape of a picture, gray levels of VAE and diffusion, and size of the noise of VAE and GAN."""

SEEDS, SAMPLES, SHOWN = (0, 1, 2), 1_000, 12
"""Seeds, how many samples are judged, and how many of each way the first seed stores for the plot."""

TABLE = 2
"""The length that the table reports, as a position in `Contender.epochs`."""


# The contenders, and ways to draw from them


def train_vae(seed, epochs):
    """Train the VAE. Returns the model and the number of its weights."""
    from gan_course.family.vae import PixelVAE

    vae = PixelVAE(int(np.prod(SHAPE)), LEVELS, latent_dim=LATENT, hidden=128, seed=seed)
    vae.fit(real_levels(), epochs=epochs, batch_size=64)
    return vae, vae.network.count_params()


def train_diffusion(seed, epochs):
    """Train the diffusion model. Returns the model and the number of its weights."""
    from gan_course.family.diffusion import PixelDiffusion

    diffusion = PixelDiffusion(SHAPE[:2], LEVELS, seed=seed)
    diffusion.fit(real_levels(), epochs=epochs)
    return diffusion, diffusion.network.count_params()


def train_gan(seed, epochs):
    """Train the GAN of lesson 05. Returns the model and the number of weights of both networks."""
    import keras

    from gan_course import networks
    from gan_course.gan import GAN

    keras.utils.set_random_seed(seed)
    gan = GAN(networks.dcgan_generator(SHAPE, LATENT), networks.dcgan_discriminator(SHAPE), seed=seed)
    gan.compile(jit_compile=False)
    gan.fit(data.load("mnist_5k")[0][: ablation.TRAINED_ON], batch_size=16, epochs=epochs, verbose=0)
    return gan, sum(network.count_params() for network in (gan.generator, gan.discriminator))


class Contender(NamedTuple):
    """A model, and the lengths of its trainings.

    Attributes:
        title: its name in the plot.
        train: function of a seed and a number of epochs that returns the model and the number of its weights.
        epochs: numbers of epochs. At the same position, contenders train for about as many seconds. None: there is no
            training of this length.
        seeds: the only seeds with which it trains. Defaults to None: all that are asked for.
    """

    title: str
    train: object
    epochs: tuple
    seeds: tuple | None = None


CONTENDERS = {
    "vae": Contender("VAE", train_vae, (9, 20, 42, 84)),
    "diffusion": Contender("diffusion", train_diffusion, (3, 7, 14, 28)),
    "gan": Contender("GAN", train_gan, (3, 6, 12, 24)),
    "diffusion_long": Contender("diffusion, 70 epochs", train_diffusion, (None, None, 70, None), seeds=(0,)),
}


class Way(NamedTuple):
    """How samples are drawn.

    Attributes:
        title: its name in the table.
        contender: a name in `CONTENDERS`.
        passes: how often a network is called for each picture.
        draw: function of a model and a count that returns images `(count, 28, 28, 1)` in [-1, 1].
        always: whether it is judged after every training. If not, only after those that the table reports.
    """

    title: str
    contender: str
    passes: int
    draw: object
    always: bool


def ddim(passes, always=False, contender="diffusion"):
    """Sampling from a diffusion model with so many passes."""
    return Way(f"{CONTENDERS[contender].title}, DDIM, {passes} passes", contender, passes, _ddim_drawer(passes), always)


def _ddim_drawer(passes):
    return lambda model, count: images(model.sample(count, seed=1, passes=passes))


WAYS = {
    "vae": Way("VAE", "vae", 1, lambda model, count: images(model.sample(count, seed=1)), True),
    "vae_mean": Way("VAE, mean pictures", "vae", 1, lambda model, count: images(model.decode(codes(count))), True),
    "ddim_5": ddim(5),
    "ddim_10": ddim(10),
    "ddim_20": ddim(20, always=True),
    "ddim_50": ddim(50),
    "ddpm": Way(
        "diffusion, DDPM, 100 passes", "diffusion", 100, lambda model, count: images(model.sample(count, seed=1)), False
    ),
    "gan": Way("GAN", "gan", 1, lambda model, count: model.generate(count, seed=1), True),
    "long_20": ddim(20, always=True, contender="diffusion_long"),
}
"""Name → a way to draw samples."""


def real_levels():
    """The digits that all train on, as gray levels."""
    from gan_course.family import levels

    return levels.to_levels(data.load("mnist_5k")[0][: ablation.TRAINED_ON], LEVELS)


def images(drawn):
    """Gray levels as images."""
    from gan_course.family import levels

    return levels.to_images(drawn, SHAPE[:2], LEVELS)


def codes(count):
    """Standard normal codes for the mean pictures of the VAE."""
    return np.random.default_rng(1).standard_normal((count, LATENT))


# The measurement


def judged(pictures):
    """What the table says about pictures."""
    classifier, held_out = ablation.judge()
    near = metrics.precision_recall(held_out, classifier.features(pictures[: len(held_out)]))
    found = ablation.judged(pictures)
    return {
        "frechet": found["frechet"],
        "precision": round(near.precision, 4),
        "recall": round(near.recall, 4),
        "stray": found["stray"],
        "confidence": found["confidence"],
    }


def drawn_and_judged(way, model, samples, shown):
    """Draw samples in one way, and judge them. A few are stored where `shown` is not 0."""
    start = time.process_time()
    pictures = way.draw(model, samples)
    seconds = (time.process_time() - start) * 1000 / samples
    found = {**judged(pictures), "seconds_per_1000": float(f"{seconds:.3g}"), "passes": way.passes}
    return found | ({"shown": report.to_text(pictures[:shown])} if shown else {})


def train(name, seed, length, samples=SAMPLES):
    """Train once, and draw in all ways that belong to this length. Returns the run as a dictionary."""
    epochs = CONTENDERS[name].epochs[length]
    start = time.process_time()
    model, weights = CONTENDERS[name].train(seed, epochs)
    seconds = round(time.process_time() - start, 1)
    _first_way(name).draw(model, min(samples, 250))  # the first call compiles
    shown = SHOWN if (seed, length) == (SEEDS[0], TABLE) else 0
    ways = {
        key: drawn_and_judged(way, model, samples, shown)
        for key, way in WAYS.items()
        if way.contender == name and (way.always or length == TABLE)
    }
    about = {"contender": name, "seed": seed, "length": length, "epochs": epochs}
    return {**about, "seconds": seconds, "weights": weights, "ways": ways}


def _first_way(name):
    """The first way that draws from this contender."""
    return next(way for way in WAYS.values() if way.contender == name)


# The report


COLUMNS = {
    "frechet": ("Fréchet distance", ".1f"),
    "precision": ("precision", ".2f"),
    "recall": ("recall", ".2f"),
    "stray": ("stray pixels", ".2f"),
    "confidence": ("confidence", ".2f"),
    "seconds_per_1000": ("s per 1,000", ".2f"),
}


def found_by(runs, way):
    """All runs of one way, by length and seed: pairs of a run and what it says about the way's samples."""
    pairs = [(run, run["ways"][way]) for run in runs if way in run["ways"]]
    return sorted(pairs, key=lambda pair: (pair[0]["length"], pair[0]["seed"]))


def markdown(runs, about):
    """The results as Markdown."""
    rows = []
    for key, way in WAYS.items():
        if pairs := [(run, found) for run, found in found_by(runs, key) if run["length"] == TABLE]:
            entries = (report.mean_and_spread([f[c] for _, f in pairs], form) for c, (_, form) in COLUMNS.items())
            seconds = np.mean([run["seconds"] for run, _ in pairs])
            rows.append((way.title, len(pairs), way.passes, f"{pairs[0][0]['weights']:,}", f"{seconds:.0f}", *entries))
    real = about["real"]
    of_real = [f"{real[column]:{form}}" if column in real else "" for column, (_, form) in COLUMNS.items()]
    rows.append(("real digits", *[""] * 4, *of_real))
    header = ("", "seeds", "passes", "weights", "CPU s", *(title for title, _ in COLUMNS.values()))
    return "\n".join(
        [
            "# Codes, noise and games: three ways to turn noise into digits\n",
            f"{report.in_words(about['machine'])}, one thread. Written by `python -m benchmarks generative`.\n",
            f"Each model trained on {ablation.TRAINED_ON:,} digits of `mnist_5k` for about as many seconds of the "
            "processor's time, “CPU s”, in which compilation is included, except for the diffusion model of 70 epochs, "
            "which shows what a longer training changes. Means ± standard deviations over the seeds. "
            f"A classifier that was trained on other digits, the test split, judges {about['samples']:,} samples. "
            "Distance, precision and recall compare the classifier's features with those of 1,000 digits that neither "
            "the models nor the classifier have seen. The distance cannot be compared with the FID. “Passes” is how "
            "often a network is called for a picture. “Stray pixels” are bright pixels without a bright neighbor. "
            "Confidence is the classifier's mean probability for the class that it chooses. “s per 1,000” is the CPU "
            "time of drawing 1,000 pictures. “VAE” draws each pixel from the decoder's probabilities; “mean pictures” "
            f"shows their means, which are no draws. “Real digits” are the first {about['samples']:,} of the training "
            "set.\n",
            report.table(header, rows),
            "## Fréchet distance by seconds of training\n",
            report.table(("", "seeds", "epochs", "CPU s", "Fréchet distance"), _lengths(runs)),
        ]
    )


def _lengths(runs):
    """One row for each way and each length of the training."""
    rows = []
    for key, way in WAYS.items():
        for _, group in itertools.groupby(found_by(runs, key) if way.always else [], lambda pair: pair[0]["length"]):
            pairs = [*group]
            seconds = np.mean([run["seconds"] for run, _ in pairs])
            distance = report.mean_and_spread([found["frechet"] for _, found in pairs], ".1f")
            rows.append((way.title, len(pairs), pairs[0][0]["epochs"], f"{seconds:.0f}", distance))
    return rows


STYLES = {
    "vae": (plots.MUTED, "s", "-"),
    "vae_mean": (plots.MUTED, "^", "--"),
    "ddim_20": (plots.ACCENT, "o", "-"),
    "gan": (plots.GENERATED, "D", "-"),
    "long_20": (plots.ACCENT, "*", ""),
}
"""Way → its color, marker and line in the plot."""


def plot(runs, about):
    """Draw the distance over the seconds of training and of sampling, and samples. Returns the figure."""
    plots.use_style()
    shown = [(key, found) for key in WAYS for _, found in found_by(runs, key) if "shown" in found]
    figure = plt.figure(figsize=(8.4, 4.2 + 0.95 * len(shown)), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(4, 0.95 * max(len(shown), 1)))
    left, right = above.subplots(1, 2, sharey=True)
    _draw_training(left, runs)
    _draw_sampling(right, runs)
    for ax in (left, right):
        ax.axhline(about["real"]["frechet"], color=plots.REAL, lw=1, ls=":", label="real digits")
    above.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    axes = below.subplots(max(len(shown), 1), 1, squeeze=False)[:, 0]
    for ax, (key, found) in zip(axes, shown, strict=False):
        pictures = report.from_text(found["shown"], SHAPE)
        title = f"{WAYS[key].title}: distance {found['frechet']:.1f}"
        plots.image_grid(pictures, columns=SHOWN, generated=True, ax=ax)
        ax.set_title(title, size=11)
    return figure


def _draw_training(ax, runs):
    """The distance over the seconds of training: one line for each way, through the means over seeds."""
    for key, (color, marker, line) in STYLES.items():
        groups = [[*group] for _, group in itertools.groupby(found_by(runs, key), lambda pair: pair[0]["length"])]
        seconds = [np.mean([run["seconds"] for run, _ in group]) for group in groups]
        distances = [np.mean([found["frechet"] for _, found in group]) for group in groups]
        ax.plot(seconds, distances, color=color, marker=marker, ls=line, label=WAYS[key].title)
    ax.set(xscale="log", yscale="log", xlabel="CPU seconds of training", ylabel="Fréchet distance")
    ax.set_title("Longer training", size=11)


def _draw_sampling(ax, runs):
    """The distance over the seconds of sampling, after trainings of equal seconds: one point for each way."""
    points = {}
    for key, way in WAYS.items():
        pairs = [found for run, found in found_by(runs, key) if run["length"] == TABLE]
        if pairs and way.contender != "diffusion_long":
            points[key] = [np.mean([found[name] for found in pairs]) for name in ("seconds_per_1000", "frechet")]
    few = [point for key, point in points.items() if key.startswith("ddim")]
    ax.plot(*np.transpose(few or [[np.nan, np.nan]]), color=plots.ACCENT, lw=1)
    for key, point in points.items():
        color, marker, _ = STYLES.get(key, (plots.ACCENT, "o", "-"))
        ax.plot(*point, color=color, marker=marker, ls="")
        ax.annotate(WAYS[key].passes, point, xytext=(5, 4), textcoords="offset points", fontsize=9)
    ax.set(xscale="log", xlabel="CPU seconds per 1,000 pictures")
    ax.set_title("More passes per picture (their number)", size=11)


def planned(contenders, seeds, lengths):
    """List the trainings that are asked for, without those that a contender does not have, as (seed, length, name)."""
    asked = itertools.product(seeds, lengths, contenders)
    return [
        (seed, length, name)
        for seed, length, name in asked
        if CONTENDERS[name].epochs[length] and seed in (CONTENDERS[name].seeds or seeds)
    ]


def run(folder, contenders, seeds=SEEDS, lengths=(0, 1, 2), samples=SAMPLES):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: names in `CONTENDERS`.
        seeds: integers. Defaults to (0, 1, 2).
        lengths: positions in `Contender.epochs`. Defaults to (0, 1, 2), up to about half a minute, and about three
            minutes for `diffusion_long`.
        samples: how many samples are judged. Defaults to 1,000.
    """
    real = judged(data.load("mnist_5k")[0][:samples])
    about = {"machine": report.machine("tensorflow", "keras", "numpy"), "samples": samples, "real": real}
    stored = report.Runs(report.numbers_of(folder, "generative"), about)
    stored.fill(
        [
            {"contender": name, "seed": seed, "length": length}
            for seed, length, name in planned(contenders, seeds, lengths)
        ],
        lambda contender, seed, length: train(contender, seed, length, samples),
    )
    report.write(folder, "generative", markdown(stored.runs, about), plot(stored.runs, about), dpi=100)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("generative", "A VAE, a diffusion model and a GAN, by seconds of training.")
    report.add_choice(parser, "--contender", CONTENDERS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[*SEEDS])
    parser.add_argument("--lengths", nargs="+", type=int, choices=range(4), default=[0, 1, 2])
    given = parser.parse_args(arguments)
    for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")  # before TensorFlow starts
    report.start()
    run(given.folder, given.contender, given.seeds, given.lengths)
