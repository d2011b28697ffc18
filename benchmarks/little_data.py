"""A GAN with few pictures: how good it becomes, how well it knows them by heart, and what augmentation changes.

    python -m benchmarks little_data
    python -m benchmarks little_data --contender augmented --sizes 250 --seeds 0

The GANs learn from 250, 1,000 or 4,000 of the training digits of `mnist_5k`; each seed draws other ones. The judge has
learned from the 1,000 test digits, and samples are compared with these, which no GAN has seen. They are also the
digits that the membership attack has to tell from the training digits. The table and the plot are written into assets,
the numbers into gan_course/results. Finished runs are kept.

The recipe was chosen with seed 10 and other digits for the judge, and is reported with other seeds.
"""

import statistics
import time
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import report
from gan_course import data, metrics, plots

STEPS, BATCH, EVERY, SEEDS = 4_800, 16, 800, (0, 1, 2)
"""Training steps, real samples per step, steps between two looks at the Fréchet distance, and the reported seeds."""

SIZES, SAMPLES, SHOWN, SHAPE = (250, 1_000, 4_000), 1_000, 20, (28, 28, 1)
"""Numbers of training digits; how many samples are judged, and how many stored; and the shape of a picture."""


class Contender(NamedTuple):
    """How a GAN is kept from knowing its pictures by heart.

    Attributes:
        title: its name in the table and the plot.
        r1: `r1_weight` of `GAN.compile`. Defaults to 1.
        probability: that of each shift of a picture before D. Defaults to 0: no augmentation.
        adaptive: whether `callbacks.AdaptiveAugmentation` moves the probability. Defaults to False.
    """

    title: str
    r1: float = 1.0
    probability: float = 0.0
    adaptive: bool = False


CONTENDERS = {
    "defaults": Contender("the defaults of lesson 05", r1=0.0),
    "r1": Contender("with R1"),
    "augmented": Contender("with R1 and augmentation", probability=0.4),
    "adaptive": Contender("with R1 and adaptive augmentation", adaptive=True),
}


# The players


def build(contender, images, seed):
    """The GAN, compiled, and a list of the callbacks that it trains with."""
    from gan_course import networks
    from gan_course.callbacks import AdaptiveAugmentation
    from gan_course.gan import GAN
    from gan_course.variants.augment import augmented

    discriminator, callbacks = networks.dcgan_discriminator(SHAPE), []
    if contender.probability or contender.adaptive:
        discriminator = augmented(
            discriminator, seed, transformations=("translation",), probability=contender.probability
        )
    if contender.adaptive:
        probability = discriminator.get_layer("augmentation").probability
        callbacks.append(AdaptiveAugmentation(probability, images, every=16))
    gan = GAN(networks.dcgan_generator(SHAPE), discriminator, seed=seed)
    gan.compile(r1_weight=contender.r1, jit_compile=False)
    return gan, callbacks


# The measurement


class Judge:
    """A small classifier that has learned from the test digits, and what it and an attacker find.

    Attributes:
        test: the test digits `(1000, 28, 28, 1)`, which no GAN has seen.
    """

    def __init__(self):
        self.test, labels = data.load("mnist_5k", split="test")
        self._classifier = metrics.feature_classifier(self.test, labels)
        self._features = self._classifier.features(self.test)

    def frechet(self, pictures):
        """The Fréchet distance of pictures from the test digits, in the features of the judge."""
        return round(metrics.frechet_distance(self._features, self._classifier.features(pictures)), 2)

    def judged(self, gan, images, pictures):
        """What the table says about a trained GAN. D scores training, test and generated digits in batches of one kind.

        Args:
            gan: the GAN.
            images: the digits that it was trained on.
            pictures: what it generated.
        """
        from gan_course.samples import call_in_parts

        recall = metrics.precision_recall(self._features, self._classifier.features(pictures)).recall
        scores = [call_in_parts(gan.discriminator, [x], 250).ravel() for x in (images, self.test, pictures)]
        near = [-_nearest(x, pictures) for x in (images, self.test)]
        numbers = {
            "recall": recall,
            **{f"score_{name}": x.mean() for name, x in zip(("train", "test", "generated"), scores, strict=True)},
            "attack_by_scores": metrics.membership_attack(*scores[:2]).advantage,
            "attack_by_pictures": metrics.membership_attack(*near).advantage,
        }
        return {name: round(float(value), 4) for name, value in numbers.items()}


def _nearest(pictures, others):
    """Distance of each picture from the nearest of the others, by pixels, `(n,)`."""
    flat = (x.reshape(len(x), -1) for x in (pictures, others))
    return metrics.nearest_neighbors(*flat).distances[:, 0]


def chosen(size, seed):
    """The training digits of one run: so many, drawn by the seed."""
    images, _ = data.load("mnist_5k")
    return images[np.random.default_rng(seed).permutation(len(images))[:size]]


def train(name, contender, size, seed, steps, judge):
    """Train once; returns the run as a dictionary. The time is that of training, with the looks on the way."""
    import keras

    keras.utils.set_random_seed(seed)
    images, curve = chosen(size, seed), []
    gan, callbacks = build(contender, images, seed)

    def look():
        with gan.averaged():
            curve.append((gan.steps_behind(), judge.frechet(gan.generate(SAMPLES, seed=1))))

    start = time.process_time()
    with tqdm(total=steps, leave=False, unit="step") as bar:
        stop = report.stop_after(steps, bar, look, EVERY)
        gan.fit(images, batch_size=BATCH, epochs=steps, verbose=0, callbacks=[*callbacks, stop])
    seconds = round(time.process_time() - start, 1)
    pictures = gan.generate(SAMPLES, seed=1)
    key = {"contender": name, "size": size, "seed": seed, "steps": steps, "seconds": seconds}
    found = {"frechet": judge.frechet(pictures), "curve": curve, **judge.judged(gan, images, pictures)}
    moves = {"probability": round(callbacks[0].moves[-1][2], 3)} if callbacks and callbacks[0].moves else {}
    shown = {"shown": report.to_text(pictures[:SHOWN])} if seed == SEEDS[0] else {}
    return key | found | moves | shown


# The report


COLUMNS = {
    "frechet": ("Fréchet distance", ".1f"),
    "best": ("its lowest on the way", ".1f"),
    "recall": ("recall", ".2f"),
    "score_train": ("D's score, training digits", ".1f"),
    "score_test": ("test digits", ".1f"),
    "attack_by_scores": ("attack on a group by D's scores", ".2f"),
    "attack_by_pictures": ("attack on a picture by samples", ".2f"),
}


def best(run):
    """The lowest Fréchet distance at any look of a run."""
    return min([run["frechet"], *(distance for _, distance in run["curve"])])


def entries(runs):
    """A row of the table: the mean of each column over the seeds, with the smallest and the largest value."""
    row = []
    for column, (_, form) in COLUMNS.items():
        values = [best(run) if column == "best" else run[column] for run in runs]
        row.append(f"{statistics.mean(values):{form}} ({min(values):{form}} to {max(values):{form}})")
    return row


def by_size(runs, contenders):
    """Triples of a size, a contender's name and its runs, in the order of the table."""
    for size in SIZES:
        for name in contenders:
            if found := [run for run in report.of(runs, name) if run["size"] == size]:
                yield size, name, found


def markdown(runs, about, contenders):
    """The results as Markdown."""
    rows = [
        (f"{size:,} digits, {contenders[name].title}", *entries(found))
        for size, name, found in by_size(runs, contenders)
    ]
    chance = ", ".join(f"{about['chance'][str(size)]:.2f} with {size:,}" for size in SIZES)
    parts = [
        "# A GAN with few pictures\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks little_data`.\n",
        f"Means over the seeds, with the smallest and the largest value. {about['steps']:,} steps with {BATCH} digits. "
        f"{SAMPLES:,} samples are compared with the 1,000 test digits, from which the judge has learned. Real digits, "
        f"1,000 of the training set, have a Fréchet distance of {about['real']['1000']:.1f}, and 250 of them one of "
        f"{about['real']['250']:.1f}.\n",
        "An attacker has to tell the training digits from the test digits. The advantage is the largest difference "
        f"between the shares of both that he takes to be training digits. By chance alone it is about {chance} digits. "
        "He can look at each picture's distance from the nearest sample, or at D's scores. D compares the pictures of "
        "its batch, and each batch holds digits of one kind only. So D's scores tell whether a whole group of pictures "
        "was trained on; those of a single picture tell less, as lesson 15 shows.\n",
        report.table(("", *(title for title, _ in COLUMNS.values())), rows),
    ]
    return "\n".join(parts)


def plot(runs, contenders):
    """Draw the Fréchet distance during the training, one panel per size, and some samples. Returns the figure."""
    plots.use_style()
    figure, axes = plt.subplots(1, len(SIZES), figsize=(12, 3.6), sharey=True)
    panels = dict(zip(SIZES, axes, strict=True))
    styles = dict(zip(contenders, ("-", "--", "-.", ":"), strict=False))
    for size, name, found in by_size(runs, contenders):
        curves = np.array([run["curve"] for run in found])
        steps, distances = curves[0, :, 0], curves[:, :, 1]
        panels[size].plot(steps, distances.mean(axis=0), styles[name], label=contenders[name].title)
        panels[size].fill_between(steps, distances.min(axis=0), distances.max(axis=0), alpha=0.15)
    for size, ax in panels.items():
        ax.set(title=f"{size:,} digits", xlabel="steps", yscale="log")
    axes[0].set(ylabel="Fréchet distance")
    axes[0].legend(fontsize=9)
    return figure


def by_chance(members, others):
    """The mean advantage of an attack that knows nothing, √(π/8 · (1/n + 1/m)).

    It is that of the one-sided Kolmogorov–Smirnov statistic, for large n and m.

    Args:
        members: n, the number of training samples.
        others: m, the number of other samples.
    """
    return float(np.sqrt(np.pi / 8 * (1 / members + 1 / others)))


def run(folder, contenders, seeds=SEEDS, sizes=SIZES, steps=STEPS):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers. Defaults to (0, 1, 2).
        sizes: numbers of training digits, among `SIZES`. Defaults to all of them.
        steps: number of training steps. Defaults to 4,800.
    """
    judge = Judge()
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "steps": steps,
        "real": {str(size): judge.frechet(chosen(size, 0)) for size in (250, 1000)},
        "chance": {str(size): round(by_chance(size, len(judge.test)), 3) for size in SIZES},
    }
    stored = report.Runs(report.numbers_of(folder, "little_data"), about)
    stored.fill(
        [
            {"contender": name, "size": size, "seed": seed, "steps": steps}
            for seed in seeds
            for size in sizes
            for name in contenders
        ],
        lambda contender, size, seed, steps: train(contender, contenders[contender], size, seed, steps, judge),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "little_data", markdown(stored.runs, about, shown), plot(stored.runs, shown))


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    about = "A GAN with few pictures, with and without augmentation."
    parser = report.contender_line("little_data", about, CONTENDERS, SEEDS, STEPS)
    parser.add_argument("--sizes", nargs="+", type=int, choices=SIZES, default=[*SIZES])
    given = parser.parse_args(arguments)
    report.start()
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds, given.sizes, given.steps)
