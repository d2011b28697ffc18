"""Colored digits on photographs: a conditional GAN that sees its digits on new patches in every step.

    python -m benchmarks photo_digits
    python -m benchmarks photo_digits --contender recipe --seeds 0

The GANs learn from the first 3,000 digits of `mnist_5k`, on patches of the training part of the photographs. The judge
is a convolutional classifier that has learned from the other 1,000 training digits. The samples are compared with the
test images of `photo_digits`, whose digits and patches neither of them has seen. The table and the plot are written
into assets, the numbers into gan_course/results. Finished runs are kept.

The recipe was chosen with seed 10, and is reported with other seeds.
"""

import functools
import statistics
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import judges, report
from gan_course import bundled, data, metrics, plots

STEPS, BATCH, SEEDS = 6_000, 32, (0, 1, 2)
"""Training steps, real samples per step, and the seeds that are reported."""

FOR_GAN, JUDGE_STEPS = 3_000, 1_500
"""How many training digits the GANs get, and how many steps of 64 pictures the judge learns from the others."""

SHAPE, CLASSES, PER_CLASS, CONFIDENT = (28, 28, 3), 10, 100, 0.9
"""Shape of a picture, number of classes, judged pictures of a class, and the probability that counts as confident."""


class Contender(NamedTuple):
    """A GAN for colored digits.

    Attributes:
        title: its name in the table and the plot.
        seeds: the seeds that it is trained with.
        shown: how many pictures of each class the first seed's run stores.
        conditional: whether the networks are told the digit, D has R1, and the learning rates fall. False for the
            networks and the defaults of lesson 05.
    """

    title: str
    seeds: tuple
    shown: int
    conditional: bool


CONTENDERS = {
    "recipe": Contender("labels, R1, falling learning rates", SEEDS, 6, True),
    "lesson_05": Contender("the networks and defaults of lesson 05", SEEDS[:1], 1, False),
}


# The data


@functools.cache
def loaded():
    """The gray training digits with their labels, and the test images of `photo_digits` with theirs."""
    return data.load("mnist_5k"), data.load("photo_digits", split="test")


def batches(digits, labels, steps, size, seed, move=0):
    """Yield batches of digits on patches of the photographs' training part, drawn anew for every batch.

    Args:
        digits: gray digits `(count, 28, 28, 1)` in [-1, 1].
        labels: their labels `(count,)`.
        steps: number of batches.
        size: number of pictures in a batch.
        seed: integer. It determines all batches.
        move: the digits are moved by up to so many pixels. Defaults to 0.

    Yields:
        Pairs of pictures `(size, 28, 28, 3)` in [-1, 1], float32, and their labels, int32.
    """
    photographs, random = bundled.photographs("train"), np.random.RandomState(seed)
    levels = np.rint((digits + 1) * 127.5).astype("int16")
    for _ in range(steps):
        chosen = random.randint(0, len(levels), size)
        moves = random.randint(-move, move + 1, (size, 2))
        moved = [np.roll(image, by, axis=(0, 1)) for image, by in zip(levels[chosen], moves, strict=True)]
        yield bundled.scaled(bundled.on_patches(np.stack(moved), photographs, random)), labels[chosen].astype("int32")


# The players


def build(contender, seed, steps=STEPS):
    """The GAN of a contender, compiled."""
    from gan_course import networks
    from gan_course.gan import GAN
    from gan_course.variants import conditional

    if not contender.conditional:
        gan = GAN(networks.dcgan_generator(SHAPE), networks.dcgan_discriminator(SHAPE), seed=seed)
        gan.compile(jit_compile=False)
        return gan
    generator = conditional.conditional_generator(SHAPE, latent_dim=64, units=256)
    gan = GAN(generator, conditional.conditional_discriminator(SHAPE, units=128), seed=seed)
    gan.compile(*falling_adams(steps), r1_weight=1.0, jit_compile=False)
    return gan


def falling_adams(steps):
    """Adam for D and G, β₁ = 0.5, whose learning rates fall from 1e-3 to a twentieth along a cosine. G's averages."""
    import keras

    from gan_course.optimizers import AveragingAdam

    falling = keras.optimizers.schedules.CosineDecay(1e-3, steps, alpha=0.05)
    return keras.optimizers.Adam(falling, beta_1=0.5), AveragingAdam(falling)


# The measurement


class Judge:
    """A classifier of colored digits that no GAN of this benchmark is related to, and what it measures.

    Args:
        steps: number of training steps. Defaults to `JUDGE_STEPS`.

    Attributes:
        accuracy: share of the test images that it names correctly.
        real: what `judged` finds for real pictures: the GANs' digits on patches of the training part.
    """

    def __init__(self, steps=JUDGE_STEPS):
        import keras

        network = judges.judge_network(SHAPE)
        network.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
        (digits, labels), (test_images, test_labels) = loaded()
        others = batches(digits[FOR_GAN:], labels[FOR_GAN:], steps, 64, seed=0, move=2)
        network.fit(others, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0)
        self._both = keras.Model(network.inputs[0], [layer.output for layer in network.layers[-2:]])
        self._test_features, probabilities = self.look(test_images)
        self.accuracy = float(np.mean(probabilities.argmax(axis=1) == test_labels))
        self.real = self.judged(*next(batches(digits[:FOR_GAN], labels[:FOR_GAN], 1, CLASSES * PER_CLASS, seed=1)))

    def look(self, pictures):
        """Features `(count, 64)` and probabilities of the classes `(count, 10)` of pictures in [-1, 1]."""
        return [np.asarray(part, "float64") for part in self._both.predict(pictures, batch_size=500, verbose=0)]

    def judged(self, pictures, asked=None):
        """What the table says about pictures. Where labels were asked for, also how many pictures obey."""
        features, probabilities = self.look(pictures)
        seen = probabilities.argmax(axis=1)
        found = {
            "frechet": round(float(metrics.frechet_distance(self._test_features, features)), 2),
            "confident": round(float(np.mean(probabilities.max(axis=1) > CONFIDENT)), 4),
            "rarest": round(float(np.bincount(seen, minlength=CLASSES).min() / len(seen)), 4),
        }
        if asked is None:
            return found
        right = [float(np.mean(seen[asked == digit] == digit)) for digit in range(CLASSES)]
        return found | {"right": round(float(np.mean(right)), 4), "worst": round(min(right), 4)}


def train(name, contender, seed, steps, chief):
    """Train once; returns the run as a dictionary. Pictures are stored for the first seed only."""
    import keras

    keras.utils.set_random_seed(seed)
    gan = build(contender, seed, steps)
    digits, labels = loaded()[0]
    real = batches(digits[:FOR_GAN], labels[:FOR_GAN], steps, BATCH, seed)
    if not contender.conditional:
        real = ((pictures,) for pictures, _ in real)
    start = time.process_time()
    gan.fit(real, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0)
    seconds = round(time.process_time() - start, 1)
    asked = np.tile(np.arange(CLASSES), PER_CLASS) if contender.conditional else None
    pictures = gan.generate(CLASSES * PER_CLASS, seed=1, labels=asked)
    found = chief.judged(pictures, asked)
    if seed == contender.seeds[0]:
        found["shown"] = report.to_text(pictures[: contender.shown * CLASSES])
    return {"contender": name, "seed": seed, "steps": steps, "seconds": seconds, **found}


# The report


COLUMNS = {
    "frechet": ("Fréchet distance", ".1f"),
    "right": ("as asked for", ".3f"),
    "worst": ("worst digit", ".3f"),
    "confident": ("named with confidence", ".3f"),
    "rarest": ("rarest digit", ".3f"),
}


def entries(runs):
    """A row of the table: the mean of each column over the runs, with the smallest and largest where they differ."""
    row = []
    for column, (_, form) in COLUMNS.items():
        values = [run[column] for run in runs if column in run]
        spread = f" ({min(values):{form}} to {max(values):{form}})" if len(values) > 1 else ""
        row.append(f"{statistics.mean(values):{form}}{spread}" if values else "")
    return row


def markdown(runs, about, contenders):
    """The results as Markdown."""
    rows = []
    for name, contender in contenders.items():
        if reported := report.of(runs, name):
            seconds = statistics.mean(run["seconds"] for run in reported)
            rows.append((contender.title, len(reported), *entries(reported), f"{seconds:.0f}"))
    rows.append(("real pictures", "", *entries([about["real"]]), ""))
    heading = ("", "seeds", *(title for title, _ in COLUMNS.values()), "CPU s")
    parts = [
        "# Colored digits on photographs\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks photo_digits`.\n",
        f"Means over the seeds, with the smallest and the largest value. {about['steps']:,} steps with {BATCH} real "
        f"pictures, {FOR_GAN:,} digits on patches that are drawn anew in every step. The judge has learned from the "
        f"other 1,000 digits, and names {about['judge']:.1%} of the test images correctly. {CLASSES * PER_CLASS:,} "
        "samples are judged. The Fréchet distance is that of the judge's features from the test images, whose "
        "photographs' part no GAN has seen. It cannot be compared with the FID. “As asked for” is the share of samples "
        "that the judge names as the label that the generator was given. “Named with confidence” is the share to which "
        f"it gives a probability above {CONFIDENT}. “Rarest digit” is the smallest share of a digit among its names. "
        "“Real pictures” are the GANs' digits on such patches.\n",
        report.table(heading, rows),
    ]
    return "\n".join(parts)


def plot(runs, contenders):
    """Draw real pictures, and what each contender made from its first seed. Returns the figure."""
    plots.use_style()
    plt.rcParams["image.interpolation"] = "nearest"  # pixels with sharp edges; their PNGs are small
    drawn = [(contenders[name].title, run) for name in contenders for run in report.of(runs, name) if "shown" in run]
    made = [(title, report.from_text(run["shown"], SHAPE)) for title, run in drawn]
    real = real_in_columns(2)
    heights = [len(real) // CLASSES, *(len(pictures) // CLASSES for _, pictures in made)]
    size = (8, 0.8 * sum(heights) + 0.3 * len(heights))
    figure, axes = plt.subplots(len(heights), 1, figsize=size, squeeze=False, height_ratios=heights)
    plots.image_grid(real, "real pictures", columns=CLASSES, ax=axes[0, 0])
    for ax, (title, pictures) in zip(axes[1:, 0], made, strict=True):
        plots.image_grid(pictures, title, columns=CLASSES, generated=True, ax=ax)
    return figure


def real_in_columns(rows):
    """The first training images of each class, one class per column. Their photographs' part is the one GANs see."""
    images, labels = data.load("photo_digits")
    return np.concatenate([[images[labels == digit][row] for digit in range(CLASSES)] for row in range(rows)])


def run(folder, contenders, seeds=SEEDS, steps=STEPS):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers. A contender is trained with those that are among its own. Defaults to (0, 1, 2).
        steps: number of training steps. Defaults to 6,000.
    """
    chief = Judge()
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "steps": steps,
        "judge": round(chief.accuracy, 4),
        "real": chief.real,
    }
    stored = report.Runs(report.numbers_of(folder, "photo_digits"), about)
    stored.fill(
        [
            {"contender": name, "seed": seed, "steps": steps}
            for seed in seeds
            for name in contenders
            if seed in contenders[name].seeds
        ],
        lambda contender, seed, steps: train(contender, contenders[contender], seed, steps, chief),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "photo_digits", markdown(stored.runs, about, shown), plot(stored.runs, shown), dpi=100)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.contender_line(
        "photo_digits", "Colored digits on photographs, by a conditional GAN.", CONTENDERS, SEEDS, STEPS
    )
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds, given.steps)
