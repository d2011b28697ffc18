"""How good the samples are after so many seconds of training on MNIST.

    python -m benchmarks quality
    python -m benchmarks quality --contender lesson --seeds 0 1 2

Quality is the Fréchet distance between 10,000 samples and the 10,000 test images, on the 64 penultimate features of
one fixed classifier, the judge. The clock starts with the call that trains, so it counts compilation. It stands still
while samples are judged. The table and the plot are written into assets, the numbers into gan_course/results. Finished
runs are kept: when the benchmark is started again, it continues after the last one.
"""

import statistics
import time
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import report
from benchmarks.judges import CACHE, mnist_and_judge
from gan_course import plots

GOOD, SOON, LEAST = 7.0, 60.0, 0.06
"""The promise: a distance of at most 7 within 60 seconds, where each class has at least 6 % of the samples."""


# The contenders


class Trainer(NamedTuple):
    """A way to train, ready to start.

    Attributes:
        train: function `train(images, epochs, after_step)`, see `benchmarks.contenders`.
        sample: function `sample(count)` that returns images of the generator as it is now.
    """

    train: object
    sample: object


def lesson(shape, seed):
    """The lesson's recipe: the package's networks and defaults."""
    from benchmarks import contenders
    from gan_course import networks
    from gan_course.gan import GAN

    gan = GAN(networks.dcgan_generator(shape), networks.dcgan_discriminator(shape), seed=seed)
    gan.compile()

    def sample(count):
        with gan.averaged():
            return gan.generate(count, seed=0)

    return Trainer(contenders.fit(gan.generator, gan.discriminator, batch=None, gan=gan), sample)


def tutorial(shape, seed):
    """The DCGAN of TensorFlow's tutorial, in its loop: batches of 256, Adam with learning rate 1e-4."""
    from benchmarks import contenders

    generator, discriminator = tutorial_networks(shape)
    return Trainer(contenders.tutorial(generator, discriminator, batch=256), _sampler(generator))


def tutorial_networks(shape):
    """Generator (from 100 numbers) and discriminator of TensorFlow's DCGAN tutorial."""
    import keras
    from keras import layers

    height, width, channels = shape
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(height // 4 * (width // 4) * 256, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((height // 4, width // 4, 256)),
            layers.Conv2DTranspose(128, 5, strides=1, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(channels, 5, strides=2, padding="same", use_bias=False, activation="tanh"),
        ]
    )
    discriminator = keras.Sequential([keras.Input(shape)])
    for filters in (64, 128):
        discriminator.add(layers.Conv2D(filters, 5, strides=2, padding="same"))
        discriminator.add(layers.LeakyReLU())
        discriminator.add(layers.Dropout(0.3))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dense(1))
    return generator, discriminator


def classic_mlp(shape, seed):
    """The dense GAN of many tutorials in the classic loop with `predict`: batches of 32. Here its D does learn."""
    from benchmarks import contenders

    generator, discriminator = classic_mlp_networks(shape)
    return Trainer(contenders.classic(generator, discriminator, batch=32), _sampler(generator))


def classic_mlp_networks(shape):
    """Generator (from 100 numbers) and discriminator of the dense GAN of many tutorials."""
    import math

    import keras
    from keras import layers

    generator = keras.Sequential([keras.Input((100,))])
    for units in (256, 512, 1024):
        generator.add(layers.Dense(units))
        generator.add(layers.LeakyReLU(0.2))
        generator.add(layers.BatchNormalization(momentum=0.8))
    generator.add(layers.Dense(math.prod(shape), activation="tanh"))
    generator.add(layers.Reshape(shape))
    discriminator = keras.Sequential([keras.Input(shape), layers.Flatten()])
    for units in (512, 256):
        discriminator.add(layers.Dense(units))
        discriminator.add(layers.LeakyReLU(0.2))
    discriminator.add(layers.Dense(1))
    return generator, discriminator


def _sampler(generator):
    """A function of a count that returns so many images of the generator, always from the same noise."""

    def sample(count):
        z = np.random.default_rng(0).standard_normal((count, generator.input_shape[-1]), "float32")
        parts = [generator(z[i : i + 256], training=False) for i in range(0, count, 256)]
        return np.concatenate([np.asarray(part) for part in parts])

    return sample


class Contender(NamedTuple):
    """Who trains, for how long, and when its samples are judged.

    Attributes:
        title: its name in the table and the plot.
        build: function `build(shape, seed)` that returns a `Trainer`.
        seconds: training ends after so many seconds.
        epochs: training ends after so many epochs, if this comes first.
        first: seconds until its samples are judged for the first time.
        factor: how many times as late each judgement comes as the one before.
        apart: seconds that lie at most between two judgements.
    """

    title: str
    build: object
    seconds: float
    epochs: int
    first: float
    factor: float
    apart: float


CONTENDERS = {
    "lesson": Contender("the lesson's recipe", lesson, 60.0, 1000, 1.0, 1.1, 2.0),
    "tutorial": Contender("DCGAN of TensorFlow's tutorial, 5 epochs", tutorial, float("inf"), 5, 15.0, 1.5, 240.0),
    "classic_mlp": Contender("dense GAN in the classic loop", classic_mlp, 320.0, 1000, 15.0, 1.5, 60.0),
}


# The measurement


class Watch:
    """A clock that stands still while samples are judged. Called after each step, it returns whether training is over.

    Args:
        judge: function that returns the distance and the shares of the classes at this moment.
        contender: a `Contender`, which says when its samples are judged and when training ends.
        clock: function that returns seconds. Defaults to `time.perf_counter`.
        bar: a tqdm bar that shows the progress of the training. Defaults to None: no bar.

    Attributes:
        points: list of dictionaries with `step`, `seconds`, `distance` and `shares`, one per judgement.
        step: how many steps are done.
        first_step: seconds until the first step was done, compilation included.
    """

    def __init__(self, judge, contender, clock=time.perf_counter, bar=None):
        self.judge, self.contender, self.clock, self.bar = judge, contender, clock, bar
        self.points, self.step, self.first_step, self.next = [], 0, None, contender.first
        self.start = clock()

    def __call__(self):
        """Count a step that is done, and judge where it is time. Returns True if the step was the last."""
        self.step += 1
        seconds = self.clock() - self.start
        if self.step == 1:
            self.first_step = round(seconds, 2)
        over = seconds >= self.contender.seconds
        if over or seconds >= self.next:
            self.look(seconds)
        return over

    def look(self, seconds=None):
        """Judge now, and then continue the clock as if no time had passed."""
        stopped = self.clock()
        seconds = stopped - self.start if seconds is None else seconds
        if self.points and self.points[-1]["step"] == self.step:
            return
        distance, shares = self.judge()
        self.points.append({"step": self.step, "seconds": round(seconds, 2), "distance": distance, "shares": shares})
        self.next = seconds + min(seconds * (self.contender.factor - 1), self.contender.apart)
        if self.bar is not None:
            self.bar.set_postfix_str(f"step {self.step}, {seconds:.0f} s of training, distance {distance:.2f}")
            self.bar.update()
        self.start += self.clock() - stopped


def train(name, contender, seed, images, judge, samples=10_000):
    """Train one contender from one seed; returns the run as a dictionary."""
    import keras

    keras.utils.set_random_seed(seed)
    trainer = contender.build(images.shape[1:], seed)
    with tqdm(desc=f"{name}, seed {seed}", unit="look") as bar:
        watch = Watch(lambda: judge.judge(trainer.sample(samples)), contender, bar=bar)
        trainer.train(images, contender.epochs, watch)
        watch.look()
    return {"contender": name, "seed": seed, "first_step": watch.first_step, "points": watch.points}


# The report


def reached(points, distance):
    """Seconds at the first judgement with at most this distance, or None. Nothing is interpolated between two."""
    return next((point["seconds"] for point in points if point["distance"] <= distance), None)


def promises(runs):
    """What the lesson's recipe reached, for comparison with what is promised.

    Args:
        runs: list of runs, see `train`.

    Returns:
        A list with one dictionary per seed. `seconds` is the time to a distance of at most 7, or None. `distance` and
        `least` are the distance and the smallest share of a class at the last judgement within 60 seconds. `sooner`
        compares with the tutorial's DCGAN of the same seed: how many times sooner the recipe has the distance that the
        DCGAN has at its end. It is None without such a run.
    """
    by_key = {(run["contender"], run["seed"]): run["points"] for run in runs}
    found = []
    for (name, seed), points in sorted(by_key.items()):
        if name != "lesson":
            continue
        last = [point for point in points if point["seconds"] <= SOON + 1][-1]
        row = {"seed": seed, "seconds": reached(points, GOOD), "distance": last["distance"]}
        row.update(least=min(last["shares"]), sooner=None)
        other = by_key.get(("tutorial", seed))
        if other:
            soon = reached(points, other[-1]["distance"])
            row["sooner"] = soon and other[-1]["seconds"] / soon
        found.append(row)
    return found


def markdown(runs, about):
    """The results as Markdown."""
    judge = about["judge"]
    header = ("", "seed", "first step, s", f"s to ≤ {GOOD:g}", "at 60 s", "in the end", "s", "steps", "least class")
    parts = [
        "# Time to quality on MNIST\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks`.\n",
        f"Fréchet distance of {about['samples']:,} samples to the {judge['images']:,} test images on the 64 features "
        f"of one judge ({judge['accuracy']:.1%} right on them); real training images have {judge['floor']:.2f}. "
        "Seconds of training count from the call that trains, compilation included, and leave out the judging. A "
        "distance counts as reached at the first look that finds it.\n",
        report.table(header, [_row(run) for run in report.in_order(runs, CONTENDERS)]),
        *(_in_a_sentence(row) for row in promises(runs)),
    ]
    sooner = [row["sooner"] for row in promises(runs) if row["sooner"]]
    if len(sooner) > 1:
        parts.append(f"- Median over seeds: {statistics.median(sooner):.0f} times sooner.")
    return "\n".join(parts) + "\n"


def _row(run):
    """A run as a row of the table."""
    points, last = run["points"], run["points"][-1]
    soon = [point["distance"] for point in points if point["seconds"] <= SOON + 1]
    seconds = reached(points, GOOD)
    return (
        CONTENDERS[run["contender"]].title,
        run["seed"],
        f"{run['first_step']:.1f}",
        "–" if seconds is None else f"{seconds:.1f}",
        f"{soon[-1]:.2f}" if soon else "–",
        f"{last['distance']:.2f}",
        f"{last['seconds']:.0f}",
        f"{last['step']:,}",
        f"{min(last['shares']):.1%}",
    )


def _in_a_sentence(row):
    """What the lesson's recipe reached with one seed, an element of `promises`, as an item of a list."""
    seconds = "not reached" if row["seconds"] is None else f"reached after {row['seconds']:.1f} s"
    least = f"{row['least']:.1%} (promised: at least {LEAST:.0%})"
    line = f"- Seed {row['seed']}: a distance of {GOOD:g} {seconds}; {row['distance']:.2f} at {SOON:g} s, where the"
    line += f" rarest class has {least} of the samples"
    if row["sooner"]:
        line += f"; {row['sooner']:.0f} times sooner where the tutorial's DCGAN is in the end"
    return line + "."


def plot(runs, about):
    """Draw the distance over the seconds of training, one line per run. Returns the figure."""
    plots.use_style()
    colors = {"lesson": plots.DISCRIMINATOR, "tutorial": plots.ACCENT, "classic_mlp": plots.MUTED}
    figure = plt.figure(figsize=(8.4, 4.4))
    ax = figure.add_subplot()
    named = set()
    for run in runs:
        name = run["contender"]
        seconds, distances = zip(*((p["seconds"], p["distance"]) for p in run["points"]), strict=True)
        label = None if name in named else CONTENDERS[name].title
        ax.plot(seconds, distances, color=colors[name], label=label, marker="o", markersize=3, lw=1.2)
        named.add(name)
    ax.axhline(GOOD, color=plots.REAL, lw=1, ls="--", label=f"a distance of {GOOD:g}")
    ax.axhline(about["judge"]["floor"], color=plots.REAL, lw=1, ls=":", label="real images")
    ax.set(xscale="log", yscale="log", xlabel="seconds of training", ylabel="Fréchet distance")
    ax.set_title("How near the samples come to MNIST's test images, one line a seed")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 0.06), fontsize=9)
    return figure


def run(folder, contenders, seeds, images, judge, samples=10_000):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers, each for one run of every contender.
        images: the training set, `(n, height, width, channels)` in [-1, 1].
        judge: a `benchmarks.judges.Judge`.
        samples: how many samples are judged at a time. Defaults to 10,000.
    """
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "samples": samples,
        "judge": {
            "accuracy": round(judge.accuracy, 4),
            "floor": round(judge.floor, 3),
            "images": len(judge.real),
        },
    }
    stored = report.Runs(report.numbers_of(folder, "time_to_quality"), about)
    stored.fill(
        [{"contender": name, "seed": seed} for seed in seeds for name in contenders],
        lambda contender, seed: train(contender, contenders[contender], seed, images, judge, samples),
    )
    report.write(folder, "time_to_quality", markdown(stored.runs, about), plot(stored.runs, about), dpi=130)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("quality", "Fréchet distance over seconds of training on MNIST.")
    report.add_choice(parser, "--contender", CONTENDERS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the trained judge is kept")
    given = parser.parse_args(arguments)
    report.start()
    images, judge = mnist_and_judge(given.cache)
    print(f"The judge is right on {judge.accuracy:.2%} of the test images; real images score {judge.floor:.2f}")
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds, images, judge)
