"""How many of the 1,000 modes of stacked MNIST GANs make: three digits in the three color channels.

    python -m benchmarks stacked
    python -m benchmarks stacked --contender defaults --seeds 0 1

One judge reads the digit in each channel; the three digits are the mode. Number of modes and reverse KL come from
26,000 samples, as in VEEGAN's and PacGAN's papers. The table and the plot are written into assets, the numbers into
gan_course/results. Finished runs are kept: when the benchmark is started again, it continues after the last one.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import report
from benchmarks.judges import CACHE, mnist_and_judge
from gan_course import plots
from gan_course.metrics import reverse_kl

SAMPLES, STACKS, MODES = 26_000, 128_000, 1_000
"""How many samples are judged and how many stacks the training set has, as in PacGAN; how many modes there are."""

TARGET = 990
"""The target: more modes than this."""

PAPER_STEPS, PAPER_BATCH = 100_000, 64
"""PacGAN's 50 epochs of 128,000 stacks, in batches of 64."""

PAPERS = (
    ("DCGAN (VEEGAN's paper)", "99", "3.40"),
    ("VEEGAN (its paper)", "150", "2.95"),
    ("DCGAN (PacGAN's paper)", "78.9 ± 6.5", "4.50"),
    ("PacGAN2 (its paper)", "1000", "0.06"),
)
"""Rows of the papers' tables: who, modes, reverse KL."""

SHOWN, COLUMNS = 40, 8
"""How many stacks the plot shows, and how many in a row."""


def stack(images, count, seed):
    """Stacks of three random training images, one per color channel: `(count, height, width, 3)`."""
    chosen = np.random.default_rng(seed).integers(len(images), size=(3, count))
    return np.concatenate([images[each] for each in chosen], axis=-1)


def modes_of(stacks, judge):
    """The mode of each stack, from 0 to 999: the digits in its channels, of which the first counts hundreds."""
    digits = [judge.look(stacks[..., channel : channel + 1])[1] for channel in range(3)]
    return 100 * digits[0] + 10 * digits[1] + digits[2]


def count(stacks, judge):
    """The number of modes, the reverse KL, and how often each mode came, the most frequent first."""
    modes = modes_of(stacks, judge)
    often = np.sort(np.bincount(modes, minlength=MODES))[::-1]
    return {"modes": int((often > 0).sum()), "reverse_kl": reverse_kl(modes, MODES), "often": often.tolist()}


# The contenders


def defaults(shape, seed, steps):
    """The package's DCGAN, with a wider bottleneck for three digits, and `GAN.compile`'s defaults."""
    from gan_course import networks
    from gan_course.gan import GAN

    generator = networks.dcgan_generator(shape, latent_dim=64, units=256)
    gan = GAN(generator, networks.dcgan_discriminator(shape, units=128), seed=seed)
    gan.compile()
    return gan


def packed(shape, seed, steps, size=2):
    """The same with a D that judges two stacks together and is kept smooth by R1, and learning rates that fade to 0."""
    import keras

    from gan_course import networks
    from gan_course.gan import GAN, AveragingAdam

    generator = networks.dcgan_generator(shape, latent_dim=64, units=256)
    judges = networks.dcgan_discriminator((*shape[:2], size * shape[2]), units=128)
    discriminator = keras.Sequential([keras.Input(shape), networks.Packing(size), *judges.layers], name="discriminator")
    gan = GAN(generator, discriminator, seed=seed)
    d_optimizer, g_optimizer = (
        make(keras.optimizers.schedules.CosineDecay(1e-3, steps), beta_1=0.5)
        for make in (keras.optimizers.Adam, AveragingAdam)
    )
    gan.compile(d_optimizer, g_optimizer, r1_weight=2.0)
    return gan


class Contender(NamedTuple):
    """Who trains, and for how long.

    Attributes:
        title: its name in the table and the plot.
        build: function `build(shape, seed, steps)` that returns a compiled GAN.
        batch: real stacks per step.
        steps: number of training steps.
        pack: stacks that D judges together. Defaults to 1.
    """

    title: str
    build: Callable
    batch: int
    steps: int
    pack: int = 1


CONTENDERS = {
    "defaults": Contender("the course's DCGAN", defaults, 16, 16_000),
    "packed": Contender("the same, packed in twos, R1, fading rates", packed, 32, 10_000, pack=2),
}


# The measurement


def train(name, contender, seed, images, judge, samples=SAMPLES, stacks=STACKS, looks=5):
    """Train one contender from one seed; returns the run as a dictionary.

    Args:
        name: name of the contender in `CONTENDERS`.
        contender: the `Contender` itself.
        seed: seed of the stacks, the weights, the noise and the order.
        images: single digits, `(n, height, width, 1)` in [-1, 1].
        judge: a `benchmarks.judges.Judge`.
        samples: how many samples are judged at a time. Defaults to 26,000.
        stacks: size of the training set. Defaults to 128,000.
        looks: how often the samples are judged, the last time after the last step. Defaults to 5.
    """
    import keras

    keras.utils.set_random_seed(seed)
    real, steps, batch = stack(images, stacks, seed), contender.steps, contender.batch
    gan, points, judging = contender.build(real.shape[1:], seed, steps), [], [0.0]

    def look():
        stopped = time.perf_counter()
        with gan.averaged():
            found = count(gan.generate(samples, seed=0), judge)
        points.append({"step": gan.steps_behind(), "seconds": round(stopped - start - sum(judging), 1), **found})
        bar.set_postfix_str(f"{found['modes']} modes, reverse KL {found['reverse_kl']:.3f}")
        judging.append(time.perf_counter() - stopped)

    with tqdm(total=steps, desc=f"stacked MNIST: {name}, seed {seed}", unit="step") as bar:
        watch = report.stop_after(steps, bar, look, every=steps // looks)
        start, epochs = time.perf_counter(), -(-steps * batch // stacks)
        gan.fit(real, batch_size=batch, epochs=epochs, verbose=0, callbacks=[watch])
    often = [point.pop("often") for point in points][-1]
    taken = {"contender": name, "seed": seed, "steps": steps, "batch": batch, "points": points}
    return {**taken, "often": " ".join(map(str, often)), "shown": report.to_text(gan.generate(SHOWN, seed=1))}


# The report


def markdown(runs, about, contenders):
    """The results as Markdown."""
    judge, real = about["judge"], about["real"]
    parts = [
        "# Modes of stacked MNIST\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks`.\n",
        f"Three digits in three color channels make {MODES:,} modes. One judge ({judge['accuracy']:.1%} right on test "
        f"digits) reads each channel of {about['samples']:,} samples. Reverse KL is from equal shares, 0 at best. The "
        "papers' rows are copied from their tables; their judges are others. A judge names a digit in every picture, "
        "however poor, so the count says little about quality. A run is judged on its way, too, with the averaged "
        "weights. Seconds are those of training; judging is left out.\n",
    ]
    header = ("", "seed", "modes", "reverse KL", "batch", "steps", "of PacGAN's steps", "s")
    rows = [("real stacks", "", f"{real['modes']:,}", f"{real['reverse_kl']:.3f}", *[""] * 4)]
    for run in report.in_order(runs, contenders):
        rows += [_row(contenders[run["contender"]], run, point) for point in run["points"]]
    rows += [(who, "", modes, kl, *_schedule(who)) for who, modes, kl in PAPERS]
    parts.append(report.table(header, rows))
    for run in report.in_order(runs, contenders):
        title, modes = contenders[run["contender"]].title, run["points"][-1]["modes"]
        reached = "reached" if modes > TARGET else "missed"
        parts.append(f"- {title}, seed {run['seed']}: the target, more than {TARGET} modes, was {reached}: {modes:,}.")
    return "\n".join(parts) + "\n"


def _schedule(who):
    batch = f"{PAPER_BATCH} packs" if "PacGAN2" in who else PAPER_BATCH
    return (batch, f"{PAPER_STEPS:,}", "100%", "") if "PacGAN" in who else ("",) * 4


def _row(contender, run, point):
    steps, batch = point["step"], run["batch"]
    batch = batch if contender.pack == 1 else f"{batch // contender.pack} packs"
    row = (contender.title, run["seed"], f"{point['modes']:,}", f"{point['reverse_kl']:.3f}", batch)
    return (*row, f"{steps:,}", f"{steps / PAPER_STEPS:.0%}", f"{point['seconds']:.0f}")


def plot(runs, about, real, contenders):
    """Draw real stacks, those of each contender, and how often each mode came. Returns the figure."""
    plots.use_style()
    firsts = {run["contender"]: run for run in reversed(report.in_order(runs, contenders))}
    firsts = [firsts[name] for name in contenders if name in firsts]
    figure, axes = plt.subplots(1, 2 + len(firsts), figsize=(4 * (2 + len(firsts)), 3.9))
    curve = axes[-1]
    plots.image_grid(real[:SHOWN], "real stacks", columns=COLUMNS, ax=axes[0])
    _curve(curve, about["real"]["often"], "real", color=plots.REAL)
    for ax, run, line in zip(axes[1:], firsts, ("-", "--", ":"), strict=False):
        title = contenders[run["contender"]].title
        made = report.from_text(run["shown"], real.shape[1:])
        plots.image_grid(made, title, columns=COLUMNS, generated=True, ax=ax)
        _curve(curve, run["often"], title, color=plots.GENERATED, ls=line)
    curve.set(xlabel="modes, the most frequent first", ylabel=f"of {about['samples']:,} samples", yscale="symlog")
    curve.set_title("how often each mode comes")
    curve.legend(fontsize=9)
    return figure


def _curve(ax, often, label, **options):
    ax.plot(np.arange(1, MODES + 1), [int(number) for number in often.split()], label=label, **options)


def run(folder, contenders, seeds, images, judge, samples=SAMPLES, **options):
    """Train what the folder does not hold yet, and write the table and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its `Contender`.
        seeds: integers, each for one run of every contender.
        images: single digits of the training set, `(n, height, width, 1)` in [-1, 1].
        judge: a `benchmarks.judges.Judge`.
        samples: how many samples are judged at a time. Defaults to 26,000.
        **options: further arguments of `train`.
    """
    real = stack(images, samples, seed=10**6)  # a seed that no run has
    floor = count(real, judge)
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy"),
        "samples": samples,
        "judge": {"accuracy": round(judge.accuracy, 4)},
        "real": {**floor, "often": " ".join(map(str, floor["often"]))},
    }
    stored = report.Runs(report.numbers_of(folder, "stacked_mnist"), about)
    stored.fill(
        [
            {"contender": name, "seed": seed, "steps": contender.steps}
            for name, contender in contenders.items()
            for seed in seeds
        ],
        lambda contender, seed, steps: train(contender, contenders[contender], seed, images, judge, samples, **options),
    )
    shown = {**CONTENDERS, **contenders}
    report.write(folder, "stacked_mnist", markdown(stored.runs, about, shown), plot(stored.runs, about, real, shown))


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("stacked", "Modes of stacked MNIST that the course's DCGANs make.")
    report.add_choice(parser, "--contender", CONTENDERS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the trained judge is kept")
    given = parser.parse_args(arguments)
    report.start()
    images, judge = mnist_and_judge(given.cache)
    run(given.folder, {name: CONTENDERS[name] for name in given.contender}, given.seeds, images, judge)
