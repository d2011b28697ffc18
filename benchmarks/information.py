"""InfoGAN on digits: do codes that nobody labeled become classes? With the mutual-information term, and without.

    python -m benchmarks information
    python -m benchmarks information --contender information --seeds 0

All GANs train on the 4,000 training digits of `mnist_5k`, without labels, with the same networks and the same number of
steps. The judge, which names what was generated, has learned from the 1,000 test digits. Q, the head that reads codes,
is asked about the test digits, too: no GAN has seen them. The table and the plot are written into assets, the numbers
into gan_course/results. Finished runs are kept.
"""

import statistics
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import report
from benchmarks.conditional import SHAPE, halved, judge
from gan_course import data, metrics, plots

STEPS, BATCH, SEEDS = 1_500, 16, (0, 1, 2, 3, 4)
"""Training steps, real samples per step, and the seeds that are reported. The recipe was chosen with seeds from 10."""

CODES, NOISE, PER_CODE, SHOWN = 10, 20, 100, 4
"""Values of the categorical code; numbers of z; pictures per value that are judged, and stored."""


class Contender(NamedTuple):
    """An InfoGAN.

    Attributes:
        title: its name in the table and the plot.
        weight: `information_weight` of `InfoGAN`. Defaults to 1.
        distortion: `distortion` of `InfoGAN`. Defaults to 1.
    """

    title: str
    weight: float = 1.0
    distortion: float = 1.0


CONTENDERS = {
    "information": Contender("InfoGAN"),
    "control": Contender("without the information term", weight=0.0, distortion=0.0),
}


def build(contender, seed):
    """The GAN, compiled."""
    from gan_course import networks
    from gan_course.variants.information import InfoGAN, information_discriminator

    generator = networks.dcgan_generator(SHAPE, NOISE + CODES, filters=(48, 24))
    discriminator = information_discriminator(SHAPE, CODES)
    gan = InfoGAN(generator, discriminator, CODES, 0, contender.weight, contender.distortion, seed=seed)
    gan.compile(r1_weight=1.0, jit_compile=False)
    return gan


def matched(codes, classes):
    """The share of pictures whose class is that of their code, if each code gets a class of its own, the best way."""
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((CODES, CODES))
    np.add.at(table, (codes, classes), 1)
    return table[linear_sum_assignment(-table)].sum() / len(codes)


def judged(gan, chief, eye, test, test_labels):
    """What the codes of a GAN mean: its purity, by the judge and by Q, and how varied its pictures are."""
    from gan_course.variants.information import purity

    codes = np.repeat(np.arange(CODES), PER_CODE)
    pictures = gan.generate_codes(codes, seed=1)
    seen = chief.predict(halved(pictures))
    read, _ = gan.read(test)
    features = eye.features(test), eye.features(pictures)
    shares = np.bincount(seen, minlength=CODES) / len(seen)
    numbers = {
        "purity": purity(codes, seen),
        "matched": matched(codes, seen),
        "purity_of_real": purity(read, test_labels),
        "matched_real": matched(read, test_labels),
        "read_back": np.mean(gan.read(pictures)[0] == codes),
        "rarest": shares.min(),
        "recall": metrics.precision_recall(*features).recall,
        "frechet": metrics.frechet_distance(*features),
    }
    rows = [gan.generate_codes(np.arange(CODES), seed=row) for row in range(SHOWN)]
    return {name: round(float(value), 4) for name, value in numbers.items()} | {
        "shown": report.to_text(np.concatenate(rows))
    }


def train(name, contender, seed, steps, pile, chief, eye):
    """Train once; returns the run as a dictionary."""
    import keras

    keras.utils.set_random_seed(seed)
    gan, images = build(contender, seed), pile["gan"]
    start = time.process_time()
    gan.fit(images[np.arange(steps * BATCH) % len(images)], batch_size=BATCH, verbose=0)
    seconds = round(time.process_time() - start, 1)
    return {
        "contender": name,
        "seed": seed,
        "steps": steps,
        "seconds": seconds,
        **judged(gan, chief, eye, *pile["test"]),
    }


# The report


def median_and_range(values):
    """The median and the smallest and largest value over the seeds, as text."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


COLUMNS = {
    "purity": "purity, generated",
    "matched": "one class per code, generated",
    "purity_of_real": "purity, real",
    "read_back": "read back by Q",
    "rarest": "rarest class",
    "recall": "recall",
    "frechet": "Fréchet distance",
}


def markdown(runs, about, contenders):
    """The results as Markdown."""
    rows = []
    for name, contender in contenders.items():
        if reported := report.of(runs, name):
            numbers = (median_and_range([run[column] for run in reported]) for column in COLUMNS)
            rows.append((contender.title, *numbers))
    seconds = [run["seconds"] for run in runs]
    parts = [
        "# InfoGAN: codes that nobody labeled\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks information`.\n",
        f"Medians over {len(SEEDS)} seeds, with the smallest and the largest value. {STEPS:,} steps with {BATCH} of "
        f"4,000 digits of 28 × 28 pixels, without labels: {min(seconds):.0f} to {max(seconds):.0f} s on one core. "
        "Purity is the share of pictures with the commonest class of their code, which has ten values. Of generated "
        f"pictures, {PER_CODE} per value, the judge names the class. It has learned from the 1,000 test digits, and "
        f"names {about['judge']:.1%} of the training digits correctly. Of real pictures, the 1,000 test digits, Q "
        "reads the code, and the label is the class. In the second column no two codes may have the same class. Real "
        f"digits, the first 1,000 of the training set, have a recall of {about['real'][0]:.2f} and a Fréchet distance "
        f"of {about['real'][1]:.1f}.\n",
        report.table(("GAN", *COLUMNS.values()), rows),
    ]
    return "\n".join(parts)


def plot(runs, contenders):
    """Draw the codes of the first seed of each contender, one column per code. Returns the figure."""
    plots.use_style()
    shown = [(name, run) for name in contenders for run in report.of(runs, name)[:3]]
    figure, axes = plt.subplots(-(-len(shown) // 3), 3, figsize=(12, 2.4 * -(-len(shown) // 3)), squeeze=False)
    for ax in axes.flat[len(shown) :]:
        ax.remove()
    for ax, (name, run) in zip(axes.flat, shown, strict=False):
        title = f"{contenders[name].title}: purity {run['purity']:.2f}"
        plots.image_grid(report.from_text(run["shown"], SHAPE), title, columns=CODES, generated=True, ax=ax)
        ax.title.set_fontsize(10)
    return figure


def run(folder, contenders, seeds=SEEDS, steps=STEPS):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers. Defaults to (0, 1, 2, 3, 4).
        steps: number of training steps. Defaults to 1,500.
    """
    (images, labels), test = data.load("mnist_5k"), data.load("mnist_5k", split="test")
    chief, eye = judge(*test), metrics.feature_classifier(*test)
    features = eye.features(test[0]), eye.features(images[:1000])
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "judge": round(float(chief.score(halved(images), labels)), 4),
        "real": [
            round(float(metrics.precision_recall(*features).recall), 2),
            round(float(metrics.frechet_distance(*features)), 1),
        ],
    }
    stored = report.Runs(report.numbers_of(folder, "information"), about)
    pile = {"gan": images, "test": test}
    stored.fill(
        [{"contender": name, "seed": seed, "steps": steps} for seed in seeds for name in contenders],
        lambda contender, seed, steps: train(contender, contenders[contender], seed, steps, pile, chief, eye),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "information", markdown(stored.runs, about, shown), plot(stored.runs, shown), dpi=90)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    about = "Codes that nobody labeled, with the information term and without."
    parser = report.contender_line("information", about, CONTENDERS, SEEDS, STEPS)
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds, given.steps)
