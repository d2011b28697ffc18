"""Conditional GANs: ways to show D the label, with and without R1, and Ds that compare pictures less.

    python -m benchmarks conditional
    python -m benchmarks conditional --contender projection --seeds 0

All train on the same 3,000 digits of 28 × 28 pixels, with the same generator and the same number of steps. The judge
has learned from 1,000 other digits. Recall is measured on the 1,000 test digits, class by class. The table and the
plot are written into assets, the numbers into gan_course/results. Finished runs are kept.
"""

import functools
import statistics
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import report
from gan_course import data, metrics, plots

STEPS, BATCH, SEEDS = 1_000, 16, (0, 1, 2)
"""Training steps, real samples per step, and the seeds that are reported."""

FOR_GAN, PER_CLASS, SHOWN = 3_000, 100, 10
"""How many training digits the GANs get; how many pictures of a class are judged, and how many stored for the plot."""

SHAPE, CLASSES = (28, 28, 1), 10


class Contender(NamedTuple):
    """How D meets the label.

    Attributes:
        title: its name in the table and the plot.
        discriminator: a name in `DISCRIMINATORS`. Defaults to "projection".
        r1: `r1_weight` of `GAN.compile`. Defaults to 1.
        mixed_up: whether pictures and labels are shuffled against each other. Defaults to False.
    """

    title: str
    discriminator: str = "projection"
    r1: float = 1.0
    mixed_up: bool = False


CONTENDERS = {
    "projection": Contender("projection"),
    "concatenation": Contender("concatenation", "concatenation"),
    "auxiliary": Contender("auxiliary classifier", "auxiliary"),
    "no_r1": Contender("projection, no R1", r1=0.0),
    "group": Contender("projection, GroupNormalization in D", "group"),
    "no_deviation": Contender("projection, no minibatch deviation in D", "no_deviation"),
    "per_sample": Contender("projection, D judges one picture at a time", "per_sample"),
    "mixed_up": Contender("projection, labels mixed up", mixed_up=True),
}


# The players


def body(picture, batch_normalization=True, deviation=True):
    """D's features of a picture, as in `networks.dcgan_discriminator` with half of its filters.

    Args:
        picture: a Keras tensor `(batch, height, width, channels)`.
        batch_normalization: whether there is BatchNormalization. If not, GroupNormalization takes its place, which
            looks at one picture at a time. Defaults to True.
        deviation: whether there is a `MinibatchStandardDeviation`, which compares the pictures of a batch. Defaults to
            True.
    """
    from keras import layers

    from gan_course.layers import MinibatchStandardDeviation

    h = layers.LeakyReLU(negative_slope=0.2)(layers.Conv2D(16, 4, strides=2, padding="same")(picture))
    h = layers.Conv2D(32, 4, strides=2, padding="same", use_bias=False)(h)
    h = layers.BatchNormalization()(h) if batch_normalization else layers.GroupNormalization(8)(h)
    h = layers.Flatten()(layers.LeakyReLU(negative_slope=0.2)(h))
    h = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(64)(h))
    return MinibatchStandardDeviation()(h) if deviation else h


def projection(picture, label, **choices):
    """The score w · f + b + v_y · f. The choices are those of `body`."""
    from keras import layers

    features = body(picture, **choices)
    rows = layers.Embedding(CLASSES, features.shape[1])(label)
    return layers.Add()([layers.Dense(1)(features), layers.Dot(axes=1)([rows, features])])


def concatenation(picture, label):
    """The score of a picture with one more channel, which the label fills. The table's row is the channel."""
    from keras import layers

    channel = layers.Reshape((*SHAPE[:2], 1))(layers.Embedding(CLASSES, SHAPE[0] * SHAPE[1])(label))
    return layers.Dense(1)(body(layers.Concatenate()([picture, channel])))


def auxiliary(picture, label):
    """The score of a picture alone, from features that a layer named "classes" turns into logits of the classes."""
    from keras import layers

    from gan_course.layers import FirstOf

    features = body(picture)
    logits = layers.Dense(CLASSES, name="classes")(features)
    return FirstOf()([layers.Dense(1)(features), logits, label])


DISCRIMINATORS = {
    "projection": projection,
    "group": functools.partial(projection, batch_normalization=False),
    "no_deviation": functools.partial(projection, deviation=False),
    "per_sample": functools.partial(projection, batch_normalization=False, deviation=False),
    "concatenation": concatenation,
    "auxiliary": auxiliary,
}


def build(contender, seed):
    """The GAN, compiled: a conditional DCGAN with Adam and averaged weights, as `GAN.compile` chooses them."""
    import keras

    from gan_course.gan import GAN
    from gan_course.variants.auxiliary import AuxiliaryGAN
    from gan_course.variants.conditional import conditional_generator

    picture, label = keras.Input(SHAPE), keras.Input((), dtype="int32")
    score = DISCRIMINATORS[contender.discriminator](picture, label)
    kind = AuxiliaryGAN if contender.discriminator == "auxiliary" else GAN
    generator = conditional_generator(SHAPE, filters=(48, 24))
    gan = kind(generator, keras.Model([picture, label], score), seed=seed)
    gan.compile(r1_weight=contender.r1, jit_compile=False)
    return gan


# The measurement


def piles():
    """The digits and labels for the GANs, for the judge, and those that neither has seen."""
    images, labels = data.load("mnist_5k")
    return {
        "gan": (images[:FOR_GAN], labels[:FOR_GAN]),
        "judge": (images[FOR_GAN:], labels[FOR_GAN:]),
        "unseen": data.load("mnist_5k", split="test"),
    }


def halved(pictures):
    """Pictures of half the size, flat: means over squares of 2 × 2 pixels."""
    return (
        pictures.reshape(len(pictures), SHAPE[0] // 2, 2, SHAPE[1] // 2, 2).mean(axis=(2, 4)).reshape(len(pictures), -1)
    )


def judge(images, labels, moves=((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))):
    """A support vector machine that has seen each picture moved by each of these steps of pixels. Defaults to five."""
    from sklearn.svm import SVC

    moved = np.concatenate([halved(np.roll(images, move, axis=(1, 2))) for move in moves])
    return SVC(C=10, gamma=0.04).fit(moved, np.tile(labels, len(moves)))


def by_class(eye, real, real_labels, pictures, labels):
    """Precision and recall of pictures against real ones of the same class, means over the classes."""
    pairs = []
    for digit in range(CLASSES):
        here, made = real[real_labels == digit], pictures[labels == digit]
        pairs.append(metrics.precision_recall(eye.features(here), eye.features(made[: len(here)])))
    return np.mean(pairs, axis=0)


def judged(gan, pile, chief):
    """How well a GAN obeys, by class, its precision and recall, and some of its pictures."""
    asked = np.repeat(np.arange(CLASSES), PER_CLASS)
    pictures = gan.generate(len(asked), seed=1, labels=asked)
    seen = chief.predict(halved(pictures))
    right = [float(np.mean(seen[asked == digit] == digit)) for digit in range(CLASSES)]
    eye = metrics.feature_classifier(*pile["judge"])
    precision, recall = by_class(eye, *pile["unseen"], pictures, asked)
    distance = metrics.frechet_distance(eye.features(pile["unseen"][0]), eye.features(pictures))
    shown = pictures.reshape(CLASSES, PER_CLASS, *SHAPE)[:, :SHOWN].reshape(-1, *SHAPE)
    return {
        "accuracy": round(float(np.mean(right)), 4),
        "worst": round(min(right), 4),
        "precision": round(float(precision), 4),
        "recall": round(float(recall), 4),
        "frechet": round(float(distance), 3),
        "shown": report.to_text(shown),
    }


def train(name, contender, seed, steps, pile, chief):
    """Train once; returns the run as a dictionary. Pictures are stored for the first seed only."""
    import keras

    keras.utils.set_random_seed(seed)
    images, labels = pile["gan"]
    if contender.mixed_up:
        labels = np.random.default_rng(seed).permutation(labels)
    gan = build(contender, seed)
    which = np.arange(steps * BATCH) % len(images)
    start = time.process_time()
    gan.fit(images[which], labels[which], batch_size=BATCH, verbose=0)
    seconds = round(time.process_time() - start, 1)
    found = judged(gan, pile, chief)
    if seed != SEEDS[0]:
        found.pop("shown")
    return {"contender": name, "seed": seed, "steps": steps, "seconds": seconds, **found}


# The report


def mean_and_range(values):
    """The mean and the smallest and largest value over the seeds, as text."""
    return f"{statistics.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def markdown(runs, about, contenders):
    """The results as Markdown."""
    columns = ("accuracy", "worst", "precision", "recall", "frechet")
    rows = []
    for name, contender in contenders.items():
        if reported := report.of(runs, name):
            rows.append((contender.title, *(mean_and_range([run[column] for run in reported]) for column in columns)))
    heading = ("D", "as asked for", "worst digit", "precision", "recall", "Fréchet distance")
    parts = [
        "# Conditional GANs\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks conditional`.\n",
        f"Means over {len(SEEDS)} seeds, with the smallest and the largest value. The same generator, {STEPS:,} steps "
        f"with {BATCH} digits, of {FOR_GAN:,} digits of 28 × 28 pixels. R1 has weight 1 where nothing else is said. "
        f"The judge has learned from 1,000 other digits, and names {about['judge']:.1%} of the test digits correctly. "
        "Precision and recall are those of the 1,000 test digits, class by class; the pictures for the GANs themselves "
        f"reach {about['real'][0]:.2f} and {about['real'][1]:.2f}.\n",
        report.table(heading, rows),
    ]
    return "\n".join(parts)


def plot(runs, contenders):
    """Draw what each contender made from the first seed, one row per class. Returns the figure."""
    plots.use_style()
    shown = [(name, run) for name in contenders for run in report.of(runs, name) if "shown" in run]
    rows = max(1, -(-len(shown) // 3))
    figure, axes = plt.subplots(rows, 3, figsize=(11, 3.8 * rows), squeeze=False)
    for ax in axes.flat[len(shown) :]:
        ax.remove()
    for ax, (name, run) in zip(axes.flat, shown, strict=False):
        made = report.from_text(run["shown"], SHAPE)
        plots.image_grid(made, contenders[name].title, columns=SHOWN, generated=True, ax=ax)
    return figure


def run(folder, contenders, seeds=SEEDS, steps=STEPS):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers. Defaults to (0, 1, 2).
        steps: number of training steps. Defaults to 1,000.
    """
    pile = piles()
    chief = judge(*pile["judge"])
    unseen, numbers = pile["unseen"]
    eye = metrics.feature_classifier(*pile["judge"])
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "judge": round(float(chief.score(halved(unseen), numbers)), 4),
        "real": [round(float(share), 2) for share in by_class(eye, unseen, numbers, *pile["gan"])],
    }
    stored = report.Runs(report.numbers_of(folder, "conditional"), about)
    stored.fill(
        [{"contender": name, "seed": seed, "steps": steps} for name in contenders for seed in seeds],
        lambda contender, seed, steps: train(contender, contenders[contender], seed, steps, pile, chief),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "conditional", markdown(stored.runs, about, shown), plot(stored.runs, shown), dpi=100)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.contender_line(
        "conditional", "Ways to show a discriminator the label, and what they need.", CONTENDERS, SEEDS, STEPS
    )
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds, given.steps)
