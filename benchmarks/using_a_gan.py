"""What introductions promise that a GAN is good for, each promise with its controls.

    python -m benchmarks using_a_gan
    python -m benchmarks using_a_gan --contender refined --seeds 0

All trainings use the 4,000 training digits of `mnist_5k`; each seed draws other ones. All accuracies are those on the
1,000 test digits, which nothing has learned from but the judge that counts a rare digit. The table and the plot are
written into assets, the numbers into gan_course/results. Finished runs are kept.

The settings were chosen with seed 10, and are reported with other seeds.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import conditional, little_data, report
from benchmarks.conditional import CLASSES, SHAPE, halved
from gan_course import bundled, data, plots

SEEDS = (0, 1, 2)
"""The seeds that are reported."""

CLASSIFIER_STEPS, REFINER_STEPS, FEW_STEPS, MANY_STEPS = 400, 600, 400, 800
"""Training steps: of classifiers and semi-supervised GANs, of the refiner, and of GANs with few and many pictures."""

LABELED, PICTURES, SIZES, MADE, SHOWN = 100, 3_000, (10, 50, 200), 1_000, 10
"""How many pictures have labels beside how many without; sizes of labeled sets; generated pictures; stored ones."""

RARE, SHARE = 8, 0.02
"""The digit that is made rare, and its share of the pictures then."""

SHIFTED = ("translation",)


class Contender(NamedTuple):
    """A promise, and how it is tested.

    Attributes:
        title: the promise, as the table names it.
        test: function of a seed. It returns a dictionary of a title → percent, and another one of pictures.
    """

    title: str
    test: Callable


# What the tests are made of


def chosen(seed):
    """The training digits and their labels in the order of a seed, with one of each class in every ten."""
    images, labels = data.load("mnist_5k")
    order = np.random.default_rng(seed).permutation(len(images))
    order = np.stack([order[labels[order] == digit] for digit in range(CLASSES)], axis=1).ravel()
    return images[order], labels[order]


def percent(right):
    """A share in percent, rounded as it is stored."""
    return round(100 * float(np.mean(right)), 2)


def network_accuracy(pictures, labels, seed, transformations=()):
    """Train the classifier that is inside of a semi-supervised discriminator, without a game; percent of test digits.

    Args:
        pictures: pictures `(n, 28, 28, 1)`.
        labels: their classes `(n,)`.
        seed: integer seed of weights and order.
        transformations: as in `semi_supervised_discriminator`. Defaults to none.
    """
    import keras

    from gan_course.variants.semi_supervised import semi_supervised_discriminator

    keras.utils.set_random_seed(seed)
    discriminator = semi_supervised_discriminator(transformations=transformations, seed=seed)
    network = keras.Model(discriminator.inputs[0], discriminator.get_layer("classes").output)
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    rows = np.resize(np.random.default_rng(seed).permutation(len(pictures)), 32 * CLASSIFIER_STEPS)
    network.fit(pictures[rows], labels[rows], batch_size=32, verbose=0)
    test, test_labels = data.load("mnist_5k", split="test")
    return percent(network.predict(test, verbose=0).argmax(axis=1) == test_labels)


def machine_accuracy(pictures, labels, moves=((0, 0),)):
    """Train a support vector machine on pictures, and on copies of them moved by pixels; percent of test digits."""
    test, test_labels = data.load("mnist_5k", split="test")
    return percent(conditional.judge(pictures, labels, moves).predict(halved(test)) == test_labels)


def plain_gan(pictures, seed, steps):
    """Train a GAN without labels, with R1, and return some pictures."""
    import keras

    keras.utils.set_random_seed(seed)
    gan, _ = little_data.build(little_data.CONTENDERS["r1"], pictures, seed)
    gan.fit(np.resize(pictures, (16 * steps, *SHAPE)), verbose=0, batch_size=16)
    return gan.generate(MADE, seed=1)


# The promises


def few_labels(seed):
    """A GAN learns to classify from 100 labels and 3,000 pictures."""
    import keras

    from gan_course import networks
    from gan_course.objectives import Objective, cross_entropy
    from gan_course.variants.semi_supervised import SemiSupervisedGAN, no_objective, semi_supervised_discriminator

    pictures, labels = (part[:PICTURES] for part in chosen(seed))
    some = np.where(np.arange(PICTURES) < LABELED, labels, -1)
    test, test_labels = data.load("mnist_5k", split="test")
    few = pictures[:LABELED], labels[:LABELED], seed
    found = {"labels alone": network_accuracy(*few), "labels, shifted": network_accuracy(*few, SHIFTED)}
    for name, transformations in {"with a GAN": (), "with a GAN, shifted": SHIFTED}.items():
        keras.utils.set_random_seed(seed)
        discriminator = semi_supervised_discriminator(transformations=transformations, seed=seed)
        gan = SemiSupervisedGAN(networks.dcgan_generator(SHAPE), discriminator, seed=seed)
        gan.compile(objective=Objective(cross_entropy, no_objective), jit_compile=False)
        rows = np.resize(np.arange(PICTURES), 32 * CLASSIFIER_STEPS)
        gan.fit(pictures[rows], some[rows], batch_size=32, verbose=0)
        found[name] = percent(gan.classify(test) == test_labels)
    found["all 3,000 labels"] = network_accuracy(pictures, labels, seed)
    return found, {"semi": gan.generate(SHOWN, seed=1)}


def refined(seed):
    """A refiner makes digits of fonts look handwritten, and a classifier learns from them."""
    import keras

    from gan_course.variants.refiner import SimGAN, residual_refiner
    from gan_course.variants.translation import patch_discriminator

    real, labels = (part[:PICTURES] for part in chosen(seed))
    fonts, font_labels = bundled.font_digits(PICTURES, seed=seed)
    keras.utils.set_random_seed(seed)
    gan = SimGAN(residual_refiner(), patch_discriminator(filters=(32, 64)), l1_weight=0.2, seed=seed)
    gan.compile(r1_weight=0.1, jit_compile=False)
    gan.fit(*(np.resize(part, (16 * REFINER_STEPS, *SHAPE)) for part in (real, fonts)), batch_size=16, verbose=0)
    better = gan.refine(fonts)
    found = {}
    for name, pictures in {"simulated": fonts, "refined": better}.items():
        found[name] = network_accuracy(pictures, font_labels, seed)
        found[f"{name}, shifted"] = network_accuracy(pictures, font_labels, seed, SHIFTED)
    found["real"] = network_accuracy(real, labels, seed)
    return found, {"simulated": fonts[:SHOWN], "refined": better[:SHOWN]}


def synthetic(seed):
    """A conditional GAN learns from few labeled digits, and a classifier learns from what it draws."""
    images, labels = chosen(seed)
    around = [(down, right) for down in (-2, 0, 2) for right in (-2, 0, 2)]
    found, shown = {}, {}
    for size in (*SIZES, PICTURES):
        few, names = images[:size], labels[:size]
        steps, count = (MANY_STEPS, PICTURES) if size == PICTURES else (FEW_STEPS, MADE)
        made, asked = drawn_as_asked(few, names, seed, steps, count)
        found[f"{size:,} real"] = machine_accuracy(few, names)
        found[f"{size:,}, generated alone"] = machine_accuracy(made, asked)
        if size != PICTURES:
            both = np.concatenate([few, made]), np.concatenate([names, asked])
            found[f"{size:,} real and generated"] = machine_accuracy(*both)
            found[f"{size:,} real, shifted"] = machine_accuracy(few, names, around)
        shown[f"{size}"] = made[:SHOWN]
    return found, shown


def drawn_as_asked(pictures, labels, seed, steps, count):
    """Train a conditional GAN; pictures of all classes in turn, and their labels."""
    import keras

    keras.utils.set_random_seed(seed)
    gan = conditional.build(conditional.CONTENDERS["projection"], seed)
    rows = np.resize(np.arange(len(pictures)), 16 * steps)
    gan.fit(pictures[rows], labels[rows].astype("int32"), batch_size=16, verbose=0)
    asked = np.arange(count) % CLASSES
    return gan.generate(count, seed=1, labels=asked), asked


def rare(seed):
    """A GAN learns from digits of which 2 % are an 8; what share of its samples is one?"""
    images, labels = (part[:PICTURES] for part in chosen(seed))
    judge = conditional.judge(*data.load("mnist_5k", split="test"))
    common, eights = np.flatnonzero(labels != RARE), np.flatnonzero(labels == RARE)
    found, shown = {}, {}
    for name, count in {"rare": round(SHARE / (1 - SHARE) * len(common)), "as frequent": len(eights)}.items():
        rows = np.random.default_rng(seed).permutation(np.concatenate([common, eights[:count]]))
        made = plain_gan(images[rows], seed, MANY_STEPS)
        named = judge.predict(halved(made))
        found[f"{name}: real"] = percent(labels[rows] == RARE)
        found[f"{name}: real, by the judge"] = percent(judge.predict(halved(images[rows])) == RARE)
        found[f"{name}: generated, by the judge"] = percent(named == RARE)
        shown[name] = np.concatenate([made[named == RARE], np.full_like(made, -1)])[:SHOWN]
    return found, shown


CONTENDERS = {
    "few_labels": Contender("100 labels: test digits named correctly", few_labels),
    "refined": Contender("digits of fonts: test digits named correctly", refined),
    "synthetic": Contender("generated digits: test digits named correctly", synthetic),
    "rare": Contender("a rare digit: its share", rare),
}


def train(name, contender, seed):
    """Test a promise once; returns the run as a dictionary. Pictures are stored for the first seed only."""
    start = time.process_time()
    found, pictures = contender.test(seed)
    run = {"contender": name, "seed": seed, "seconds": round(time.process_time() - start, 1), "percent": found}
    shown = {title: report.to_text(each) for title, each in pictures.items()} if seed == SEEDS[0] else {}
    return run | ({"shown": shown} if shown else {})


# The report


def markdown(runs, about, contenders):
    """The results as Markdown."""
    parts = [
        "# What a GAN is used for\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks using_a_gan`.\n",
        f"Percent, means over the seeds, with the smallest and the largest value. {PICTURES:,} pictures, {LABELED} of "
        f"them with labels; {PICTURES:,} digits drawn from fonts, and refined; classifiers that learn from few real "
        "digits, from what a conditional GAN draws that has learned from the same few, or from both; and a digit that "
        f"is {SHARE:.0%} of the training set. “Shifted”: each picture is also moved by a few pixels. All accuracies "
        "are those on the 1,000 test digits.\n",
    ]
    for name, contender in contenders.items():
        if own := report.of(runs, name):
            columns = {title: [run["percent"][title] for run in own] for title in own[0]["percent"]}
            rows = [
                (title, f"{statistics.mean(values):.1f} ({min(values):.1f} to {max(values):.1f})")
                for title, values in columns.items()
            ]
            parts.append(report.table((contender.title, "%"), rows))
    return "\n".join(parts)


def plot(runs, contenders):
    """Draw the means of all promises as bars, one panel per promise, and a point for each seed. Returns the figure."""
    plots.use_style()
    figure, axes = plt.subplots(2, 2, figsize=(11, 7), layout="constrained")
    for ax, (name, contender) in zip(axes.flat, contenders.items(), strict=False):
        own = report.of(runs, name)
        titles = [*own[0]["percent"]] if own else []
        values = np.array([[run["percent"][title] for title in titles] for run in own]).reshape(len(own), len(titles))
        if own:
            ax.barh(titles, values.mean(axis=0), color=plots.style.DISCRIMINATOR, alpha=0.5)
        for each in values:
            ax.plot(each, titles, ".", color=plots.style.REAL)
        ax.invert_yaxis()
        ax.set_title(contender.title, fontsize=10)
        ax.set_xlabel("%")
    return figure


def run(folder, contenders, seeds=SEEDS):
    """Test what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers. Defaults to (0, 1, 2).
    """
    about = {"machine": report.machine("tensorflow", "keras", "numpy", "scikit-learn", "matplotlib")}
    stored = report.Runs(report.numbers_of(folder, "using_a_gan"), about)
    stored.fill(
        [{"contender": name, "seed": seed} for seed in seeds for name in contenders],
        lambda contender, seed: train(contender, contenders[contender], seed),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "using_a_gan", markdown(stored.runs, about, shown), plot(stored.runs, shown))


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.contender_line("using_a_gan", "What a GAN is used for.", CONTENDERS, SEEDS)
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds)
