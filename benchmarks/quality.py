"""How good the samples are after so many seconds of training on MNIST.

    python -m benchmarks quality
    python -m benchmarks quality --contender lesson --seeds 0 1 2

Quality is the Fréchet distance between 10,000 samples and the 10,000 test images, on the 64 penultimate features of
one fixed classifier, the judge. The clock runs from the call that trains on, so it counts compilation; it stands
still while samples are judged. Writes the table and the plot into assets, and the numbers into gan_course/results.
Finished runs are kept: started again, it goes on where it was.
"""

import argparse
import hashlib
import inspect
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import report
from gan_course import data, plots, runtime
from gan_course.metrics import frechet_distance

GOOD, SOON, LEAST = 7.0, 60.0, 0.06
"""The promise: a distance of at most 7 within 60 seconds, and of each class at least 6 % of the samples."""


# The judge


class Judge:
    """A classifier of digits, trained once, that says how far samples are from the test images.

    Args:
        images, labels: the training set, images in [-1, 1]. test_images, test_labels: what samples are held against.
        folder: where the trained judge is kept; its name there holds a hash of all that made it. epochs: of training.
        samples: how many training images are held against the test images to tell how near real images come.

    Attributes:
        accuracy: on the test images. floor: the distance that real images have, the first ones of the training set.
    """

    def __init__(self, images, labels, test_images, test_labels, folder, epochs=3, samples=10_000):
        import keras

        self.network = judge_network(images.shape[1:])
        path = Path(folder) / f"judge_{_fingerprint(self.network, images, labels, epochs)}.weights.h5"
        if path.is_file():
            self.network.load_weights(path)
        else:
            self.network.compile("adam", "sparse_categorical_crossentropy", jit_compile=runtime.use_xla())
            self.network.fit(_unit(images), labels, batch_size=128, epochs=epochs, verbose=0)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.network.save_weights(path)
        self._both = keras.Model(self.network.inputs[0], [layer.output for layer in self.network.layers[-2:]])
        self.real, classes = self.look(test_images)
        self.accuracy = float(np.mean(classes == test_labels))
        self.floor = frechet_distance(self.look(images[:samples])[0], self.real)

    def look(self, images):
        """Features `(n, 64)` and classes `(n,)` of images in [-1, 1]."""
        looks = [self._both(_unit(images[i : i + 500]), training=False) for i in range(0, len(images), 500)]
        features, chances = (np.concatenate([np.asarray(part) for part in parts]) for parts in zip(*looks, strict=True))
        return features, chances.argmax(axis=1)

    def judge(self, samples):
        """Distance of samples to the test images, and the share of each of the ten classes."""
        features, classes = self.look(samples)
        return frechet_distance(features, self.real), (np.bincount(classes, minlength=10) / len(classes)).tolist()


def judge_network(shape=(28, 28, 1), seed=0):
    """The judge before its training, for pictures in [0, 1]: about 99 % on MNIST after three epochs."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _unit(images):
    return (np.asarray(images, "float32") + 1) / 2


def _fingerprint(network, images, labels, epochs):
    """Hash of everything that decides what the judge becomes: how it is made, its data, its epochs, the versions."""
    made = [inspect.getsource(judge_network), epochs, report.machine("tensorflow", "keras")["versions"]]
    arrays = [images, labels, *network.get_weights()]
    return hashlib.sha256(b"".join([json.dumps(made).encode(), *(a.tobytes() for a in arrays)])).hexdigest()[:16]


# The contenders


class Trainer(NamedTuple):
    """A way to train, ready to start: `train(images, epochs, after_step)`, and `sample(count)` at any time."""

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
    def sample(count):
        z = np.random.default_rng(0).standard_normal((count, generator.input_shape[-1]), "float32")
        parts = [generator(z[i : i + 256], training=False) for i in range(0, count, 256)]
        return np.concatenate([np.asarray(part) for part in parts])

    return sample


class Contender(NamedTuple):
    """Who trains, for how long, and when its samples are judged.

    `build(shape, seed)` returns a `Trainer`. Training ends after `seconds`, or after `epochs`; the looks come after
    `first` seconds, and then each `factor` times as late as the one before, but at most `apart` seconds later.
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
    """A clock that stands still while samples are judged. Called after each step, it tells when training is over.

    Args:
        judge: function that returns (distance, shares of classes) now. contender: a `Contender`, for its times.
        clock: function that returns seconds. bar: shows where the training is, or None.

    Attributes:
        points: list of dictionaries with `step`, `seconds`, `distance` and `shares`.
        first_step: seconds until the first step was done, compilation included.
    """

    def __init__(self, judge, contender, clock=time.perf_counter, bar=None):
        self.judge, self.contender, self.clock, self.bar = judge, contender, clock, bar
        self.points, self.step, self.first_step, self.next = [], 0, None, contender.first
        self.start = clock()

    def __call__(self):
        """A step is done. Returns True where it was the last."""
        self.step += 1
        seconds = self.clock() - self.start
        if self.step == 1:
            self.first_step = round(seconds, 2)
        over = seconds >= self.contender.seconds
        if over or seconds >= self.next:
            self.look(seconds)
        return over

    def look(self, seconds=None):
        """Judge now, and let the clock go on as if no time had passed."""
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
    """Seconds at the first look with at most this distance, or None. No look is made up between two."""
    return next((point["seconds"] for point in points if point["distance"] <= distance), None)


def promises(runs):
    """What the lesson's recipe promises, and whether it holds, by seed.

    Args:
        runs: list of runs, see `train`.

    Returns:
        List of dictionaries: `seed`; `seconds` to a distance of at most 7, or None; `distance` and `least` share of a
        class at the last look within 60 seconds; `sooner`: how many times sooner than the tutorial's DCGAN with the
        same seed the distance was reached that this has at its end; None without such a run.
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
    parts = [
        "# Time to quality on MNIST\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks`.\n",
        f"Fréchet distance of {about['samples']:,} samples to the {judge['images']:,} test images on the 64 features "
        f"of one judge ({judge['accuracy']:.1%} right on them); real training images have {judge['floor']:.2f}. "
        "Seconds of training count from the call that trains, compilation included, and leave out the judging. A "
        "distance counts as reached at the first look that finds it.\n",
    ]
    header = ("", "seed", "first step, s", f"s to ≤ {GOOD:g}", "at 60 s", "in the end", "s", "steps", "least class")
    rows = []
    for run in report.in_order(runs, CONTENDERS):
        points, last = run["points"], run["points"][-1]
        soon = [point["distance"] for point in points if point["seconds"] <= SOON + 1]
        seconds = reached(points, GOOD)
        rows.append(
            (
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
        )
    parts.append(report.table(header, rows))
    for row in promises(runs):
        seconds = "not reached" if row["seconds"] is None else f"reached after {row['seconds']:.1f} s"
        least = f"{row['least']:.1%} (promised: at least {LEAST:.0%})"
        line = f"- Seed {row['seed']}: a distance of {GOOD:g} {seconds}; {row['distance']:.2f} at {SOON:g} s, where the"
        line += f" rarest class has {least} of the samples"
        if row["sooner"]:
            line += f"; {row['sooner']:.0f} times sooner where the tutorial's DCGAN is in the end"
        parts.append(line + ".")
    sooner = [row["sooner"] for row in promises(runs) if row["sooner"]]
    if len(sooner) > 1:
        parts.append(f"- Median over seeds: {statistics.median(sooner):.0f} times sooner.")
    return "\n".join(parts) + "\n"


def plot(runs, about, path):
    """Draw the distance over the seconds of training, one line a run."""
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
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def run(folder, contenders, seeds, images, judge, samples=10_000):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: name → `Contender`. seeds: integers.
        images: the training set. judge: a `Judge`. samples: how many are judged at a look.
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
    for seed in seeds:
        for name, contender in contenders.items():
            if not stored.find(contender=name, seed=seed):
                stored.add(train(name, contender, seed, images, judge, samples))
    (Path(folder) / "time_to_quality.md").write_text(markdown(stored.runs, about), "utf-8")
    plot(stored.runs, about, Path(folder) / "time_to_quality.png")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks quality", description="Fréchet distance over seconds of training on MNIST."
    )
    parser.add_argument("--contender", nargs="+", choices=[*CONTENDERS], default=[*CONTENDERS])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, default=report.ASSETS, help="where the results go")
    cache = Path(tempfile.gettempdir()) / "gan-course-benchmarks"
    parser.add_argument("--cache", type=Path, default=cache, help="where the trained judge is kept")
    given = parser.parse_args(arguments)
    print(runtime.configure(seed=0))
    (images, labels), test = data.load("mnist"), data.load("mnist", split="test")
    judge = Judge(images, labels, *test, given.cache)
    print(f"The judge is right on {judge.accuracy:.2%} of the test images; real images score {judge.floor:.2f}")
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds, images, judge)
    print(f"Written: {given.folder / 'time_to_quality.md'} and .png")
