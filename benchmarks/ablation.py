"""An ablation of lesson 05's recipe: each choice is taken back alone (one row takes back three), and trained again.

    python -m benchmarks ablation
    python -m benchmarks ablation --contender relu resize --seeds 0

All train on the same 3,000 digits of `mnist_5k` for the same number of steps. The judge is a classifier of the test
split. The samples are compared with 1,000 digits that neither the GAN nor the judge has seen. The table and the plot
are written into assets, the numbers into gan_course/results. Finished runs are kept: when the benchmark is started
again, it continues after the last one.
"""

import math
import statistics
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import report
from gan_course import data, metrics, plots

SHAPE, LATENT, STEPS, BATCH, SAMPLES, SEEDS = (28, 28, 1), 32, 1_000, 16, 2_000, (0, 1, 2)
"""Shape of an image, size of the noise, steps of each player, real samples per step, samples that are judged, seeds."""

TRAINED_ON = 3_000
"""The first images of `mnist_5k` train the GAN; the other 1,000 of the training split are what samples are compared
with."""

SHOWN = 12
"""How many samples of a run with the first seed are stored for the plot."""


class Contender(NamedTuple):
    """The choices of one run. The defaults are the recipe of lesson 05.

    Attributes:
        title: its name in the table and the plot.
        g_norm: where G has BatchNormalization: "between" layers, "everywhere", at its exit too, or "nowhere".
        d_norm: the same for D; "everywhere" adds one at its entrance.
        slope: slope of D's activation where its input is negative; 0 is a ReLU.
        beta_1: β₁ of both players' Adam.
        upsampling: "transposed" for transposed convolutions, "resize" for a resized image and a convolution.
        looks_at_batch: whether D has `MinibatchStandardDeviation`.
        kind: "convolutions"; "dense", which has dense layers in their place; or "lesson 03", the dense networks of
            that lesson, which have no BatchNormalization and no look at the batch either.
    """

    title: str
    g_norm: str = "between"
    d_norm: str = "between"
    slope: float = 0.2
    beta_1: float = 0.5
    upsampling: str = "transposed"
    looks_at_batch: bool = True
    kind: str = "convolutions"


CONTENDERS = {
    "recipe": Contender("the recipe"),
    "dense": Contender("dense networks", kind="dense"),
    "lesson_03": Contender("the dense networks of lesson 03", kind="lesson 03"),
    "g_norm": Contender("no BatchNormalization in G", g_norm="nowhere"),
    "d_norm": Contender("no BatchNormalization in D", d_norm="nowhere"),
    "g_exit": Contender("BatchNormalization at G's exit, too", g_norm="everywhere"),
    "d_entrance": Contender("BatchNormalization at D's entrance, too", d_norm="everywhere"),
    "relu": Contender("ReLU in D", slope=0.0),
    "beta_1": Contender("β₁ = 0.9", beta_1=0.9),
    "resize": Contender("resize, then convolve", upsampling="resize"),
    "alone": Contender("no look at the batch", looks_at_batch=False),
    "bare": Contender("no BatchNormalization and no look", g_norm="nowhere", d_norm="nowhere", looks_at_batch=False),
}


def build_generator(contender):
    """The generator of a contender, uncompiled."""
    import keras
    from keras import layers

    from gan_course import networks

    if contender.kind == "lesson 03":
        return networks.mlp_generator(SHAPE, LATENT)
    norm = [] if contender.g_norm == "nowhere" else [layers.BatchNormalization]
    at_exit = norm if contender.g_norm == "everywhere" else []
    after = [*norm, layers.ReLU]
    if contender.kind == "dense":
        parts = [part for units in (128, 256) for part in (layers.Dense(units), *(make() for make in after))]
        parts += [layers.Dense(math.prod(SHAPE)), layers.Reshape(SHAPE), layers.Activation("tanh")]
        return keras.Sequential([keras.Input((LATENT,)), *parts])
    small = (7, 7, 64)
    parts = [layers.Dense(128, use_bias=not norm), *(make() for make in after)]
    parts += [layers.Dense(7 * 7 * 64, use_bias=not norm), layers.Reshape(small), *(make() for make in after)]
    parts += [*_doubled(contender, 32, not norm), *(make() for make in after)]
    parts += [*_doubled(contender, 1, True), *(make() for make in at_exit), layers.Activation("tanh")]
    return keras.Sequential([keras.Input((LATENT,)), *parts])


def _doubled(contender, filters, use_bias):
    """The layers that double height and width."""
    from keras import layers

    if contender.upsampling == "resize":
        return layers.UpSampling2D(2), layers.Conv2D(filters, 3, padding="same", use_bias=use_bias)
    options = {"strides": 2, "padding": "same", "use_bias": use_bias}
    return (layers.Conv2DTranspose(filters, 4, **options),)


def build_discriminator(contender):
    """The discriminator of a contender, uncompiled."""
    import keras
    from keras import layers

    from gan_course import networks

    if contender.kind == "lesson 03":
        return networks.mlp_discriminator(SHAPE)
    norm = [] if contender.d_norm == "nowhere" else [layers.BatchNormalization()]
    look = [networks.MinibatchStandardDeviation()] if contender.looks_at_batch else []
    if contender.kind == "dense":
        parts = [layers.Flatten(), layers.Dense(256), *norm, layers.LeakyReLU(contender.slope)]
        parts += [layers.Dense(128), layers.LeakyReLU(contender.slope), *look]
        return keras.Sequential([keras.Input(SHAPE), *parts, layers.Dense(1)])
    at_entrance = [layers.BatchNormalization()] if contender.d_norm == "everywhere" else []
    halves = {"strides": 2, "padding": "same"}
    parts = [*at_entrance, layers.Conv2D(32, 4, **halves), layers.LeakyReLU(contender.slope)]
    parts += [layers.Conv2D(64, 4, **halves, use_bias=not norm), *norm, layers.LeakyReLU(contender.slope)]
    parts += [layers.Flatten(), layers.Dense(64), layers.LeakyReLU(contender.slope)]
    return keras.Sequential([keras.Input(SHAPE), *parts, *look, layers.Dense(1)])


# The measurement


def train(name, contender, seed, steps=STEPS):
    """Train once; returns the run as a dictionary. Samples are stored for the first of the seeds only."""
    import keras

    from gan_course.gan import GAN
    from gan_course.optimizers import AveragingAdam

    keras.utils.set_random_seed(seed)
    gan = GAN(build_generator(contender), build_discriminator(contender), seed=seed)
    optimizers = keras.optimizers.Adam(1e-3, contender.beta_1), AveragingAdam(1e-3, contender.beta_1)
    gan.compile(*optimizers, steps_per_execution=25, jit_compile=False)
    real = data.load("mnist_5k")[0][:TRAINED_ON]
    order = np.random.default_rng(seed).permutation(np.arange(steps * BATCH) % len(real))
    live = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: taken.append(gan.generate(SAMPLES, seed=1))  # before the average is put in
    )
    taken, start = [], time.process_time()
    gan.fit(real[order], batch_size=BATCH, shuffle=False, verbose=0, callbacks=[live])
    seconds = time.process_time() - start
    made = gan.generate(SAMPLES, seed=1)
    found = judged(made) | {"frechet_live": judged(taken[0])["frechet"]}
    if seed == SEEDS[0]:
        found["shown"] = report.to_text(made[:SHOWN])
    about = {"contender": name, "title": contender.title, "seed": seed, "steps": gan.steps_behind()}
    return {**about, "seconds": round(seconds, 1), **found}


def judge():
    """The classifier, trained on the test split, and its features of the images that samples are compared with."""
    classifier = metrics.feature_classifier(*data.load("mnist_5k", split="test"))
    return classifier, classifier.features(data.load("mnist_5k")[0][TRAINED_ON:])


def judged(made):
    """What the table says about samples: Fréchet distance, stray pixels, the judge's confidence and its classes."""
    classifier, held_out = judge()
    probabilities = classifier.probabilities(made)
    shares = np.bincount(probabilities.argmax(axis=1), minlength=10) / len(made)
    return {
        "frechet": round(float(metrics.frechet_distance(held_out, classifier.features(made))), 3),
        "stray": round(float(stray_pixels(made)), 4),
        "confidence": round(float(probabilities.max(axis=1).mean()), 4),
        "classes": round(float(-(shares * np.log2(np.maximum(shares, 1e-12))).sum()), 3),
    }


def stray_pixels(images):
    """Mean number of bright pixels in an image that have no bright neighbor above, below, left or right."""
    bright = np.pad(images[..., 0] > -0.5, ((0, 0), (1, 1), (1, 1)))
    above, below = bright[:, :-2, 1:-1], bright[:, 2:, 1:-1]
    left, right = bright[:, 1:-1, :-2], bright[:, 1:-1, 2:]
    return (bright[:, 1:-1, 1:-1] & ~(above | below | left | right)).sum(axis=(1, 2)).mean()


# The report


def markdown(runs, about, contenders):
    """The results as Markdown."""
    columns = {"frechet": ".1f", "frechet_live": ".1f", "stray": ".2f", "confidence": ".3f", "classes": ".2f"}
    rows = [
        (
            contender.title,
            *(
                report.mean_and_spread([run[key] for run in report.of(runs, name)], form)
                for key, form in columns.items()
            ),
            f"{statistics.mean(run['seconds'] for run in report.of(runs, name)):.0f}",
        )
        for name, contender in contenders.items()
        if report.of(runs, name)
    ]
    real = about["real"]
    rows.append(("real digits", *(f"{real[key]:{form}}" if key in real else "" for key, form in columns.items()), ""))
    header = (
        "",
        "Fréchet distance",
        "without the average",
        "stray pixels",
        "confidence",
        "bits of the classes",
        "CPU s",
    )
    return "\n".join(
        [
            "# The recipe of lesson 05, one choice taken back at a time\n",
            f"{report.in_words(about['machine'])}. Written by `python -m benchmarks ablation`.\n",
            f"Each row is a GAN that trained on {TRAINED_ON:,} digits of `mnist_5k`, for {STEPS:,} steps of {BATCH} "
            f"real digits. Means ± standard deviations over the seeds {', '.join(map(str, SEEDS))}. A classifier that "
            f"was trained on other digits, the test split, judges {SAMPLES:,} samples of each. The Fréchet distance is "
            "that of the classifier's features from 1,000 digits that neither of them has seen. It cannot be compared "
            "with the FID. “Without the average”: from the same trainings, with the weights as they are after the last "
            "step. Confidence is the classifier's mean probability for the class that it chooses. “Bits of the "
            "classes” is the entropy of the shares of the ten classes, at most 3.32. “Real digits” are the first "
            f"{SAMPLES:,} of the training set.\n",
            report.table(header, rows),
        ]
    )


def plot(runs, contenders):
    """Draw a row of samples of each contender, from the first seed. Returns the figure."""
    plots.use_style()
    drawn = [
        (contender, run) for name, contender in contenders.items() for run in report.of(runs, name) if "shown" in run
    ]
    figure, axes = plt.subplots(len(drawn), 1, figsize=(8, 0.98 * len(drawn)), squeeze=False)
    for ax, (contender, run) in zip(axes[:, 0], drawn, strict=True):
        plots.image_grid(report.from_text(run["shown"], SHAPE), columns=SHOWN, generated=True, ax=ax)
        ax.set_title(f"{contender.title}: distance {run['frechet']:.1f}", size=11)
    return figure


def run(folder, contenders, seeds=SEEDS):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers. Defaults to (0, 1, 2).
    """
    real = judged(data.load("mnist_5k")[0][:SAMPLES])
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "steps": STEPS,
        "samples": SAMPLES,
        "real": real,
    }
    stored = report.Runs(report.numbers_of(folder, "ablation"), about)
    stored.fill(
        [{"contender": name, "seed": seed} for seed in seeds for name in contenders],
        lambda contender, seed: train(contender, contenders[contender], seed, STEPS),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "ablation", markdown(stored.runs, about, shown), plot(stored.runs, shown), dpi=100)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.contender_line(
        "ablation", "The recipe of lesson 05, one choice taken back at a time.", CONTENDERS, SEEDS
    )
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds)
