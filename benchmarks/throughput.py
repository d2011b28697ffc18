"""How many images per second `GAN.fit` trains on, compared with the loops that one would write instead.

    python -m benchmarks throughput

All contenders train the same networks with the same optimizer in one process, one after the other, in several rounds.
The result is the median over the rounds of the ratio within a round. In a first turn, which is not counted, each
contender compiles. Peak memory is measured in a new process for each contender. The table and the plot are written into
assets, the numbers into gan_course/results. Finished settings are kept: when the benchmark is started again, it
continues after the last one.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from benchmarks import report
from gan_course import plots, runtime

NETWORKS = ("MLP", "DCGAN")
BATCHES = (32, 128)
FIRST = "GAN.fit"


def build(network, shape=(28, 28, 1)):
    """The package's generator and discriminator of one kind, with the same weights at each call."""
    import keras

    from gan_course import networks

    keras.utils.set_random_seed(0)
    if network == "MLP":
        return networks.mlp_generator(shape), networks.mlp_discriminator(shape)
    return networks.dcgan_generator(shape), networks.dcgan_discriminator(shape)


def pictures(count, shape=(28, 28, 1)):
    """Random images in [-1, 1], `(count, *shape)`: the speed does not depend on what they show."""
    return np.random.default_rng(0).uniform(-1, 1, (count, *shape)).astype("float32")


def measure(network, batch, contenders, rounds, seconds, shape=(28, 28, 1), most=60_000):
    """Images per second of each contender.

    Args:
        network: one of `NETWORKS`.
        batch: real images per step.
        contenders: dictionary of a name → its function, see `benchmarks.contenders`.
        rounds: how many turns of each contender are counted.
        seconds: how long a turn should last, about.
        shape: shape of one image. Defaults to (28, 28, 1).
        most: how many different images a turn uses at most. A longer turn has several epochs. Defaults to 60,000.

    Returns:
        Two dictionaries: a name → its images per second, a list with one number per round; and the name of each
        contender that could not run → the reason.
    """
    images = pictures(most // batch * batch, shape)
    turns, skipped = {}, {}
    for name, contender in contenders.items():
        try:
            train = contender(*build(network, shape), batch)
        except (ImportError, NotImplementedError) as error:
            skipped[name] = str(error)
            continue
        turns[name] = (train, *_size_of_turn(train, images, batch, seconds))
    rates = {name: [] for name in turns}
    for number in tqdm(range(rounds), desc=f"{network}, batch {batch}", unit="round"):
        for name in list(turns)[:: 1 if number % 2 == 0 else -1]:  # every second round runs in reverse order
            train, count, epochs = turns[name]
            rates[name].append(count * epochs / _timed(train, images[:count], epochs))
    return rates, skipped


def _size_of_turn(train, images, batch, seconds):
    """Number of images and of epochs that take about so many seconds. Measuring it compiles the contender, too."""
    few = images[: 4 * batch]
    train(few)
    steps = max(1, round(seconds * 4 / _timed(train, few, 1)))
    if steps > 16:  # a better estimate for a quick one
        some = images[: min(len(images), steps // 4 * batch)]
        steps = max(1, round(seconds * (len(some) // batch) / _timed(train, some, 1)))
    epochs = max(1, round(steps * batch / len(images)))
    return min(steps * batch, len(images)), epochs


def _timed(train, images, epochs):
    start = time.perf_counter()
    train(images, epochs)
    return time.perf_counter() - start


def ratios(rates):
    """How many times as fast as each contender `GAN.fit` is: the median over the rounds of the ratio of their rates.

    Args:
        rates: dictionary of a name → its images per second, a list with one number per round.

    Returns:
        Dictionary of a name → a number, which is 1 for `GAN.fit` itself.
    """
    first = rates[FIRST]
    return {name: statistics.median(a / b for a, b in zip(first, other, strict=True)) for name, other in rates.items()}


def peak_memory(network, batch, name, steps):
    """Peak memory in MiB of a process that only builds and trains one contender.

    Returns:
        Dictionary with `total`, the peak itself, and `training`: how much of it was added after the packages had been
        imported and the networks built. None where the operating system does not report it.
    """
    options = {"--only": name, "--networks": network, "--batches": batch, "--steps": steps}
    call = ["-m", "benchmarks", "throughput", *(str(part) for option in options.items() for part in option)]
    done = subprocess.run([sys.executable, *call], cwd=report.PROJECT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"Peak memory of {name!r} could not be measured:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def train_alone(network, batch, name, steps):
    """What the process of `peak_memory` does; prints its result as JSON."""
    from benchmarks.contenders import CONTENDERS

    runtime.configure(seed=0)
    images, players = pictures(steps * batch), build(network)
    if name == "PyTorch loop":
        import torch  # noqa: F401  so that its import does not count as training
    before = _memory("VmRSS")
    CONTENDERS[name](*players, batch)(images)
    peak = _memory("VmHWM")
    print(json.dumps(peak and {"total": round(peak), "training": round(peak - before)}))


def _memory(field):
    """Memory of this process in MiB, now (VmRSS) or at its peak (VmHWM). None where the system is not Linux.

    `resource.getrusage` would not do: its peak includes the memory of the parent process when it started this one.
    """
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    return next(int(line.split()[1]) / 2**10 for line in status.read_text().splitlines() if line.startswith(field))


def markdown(runs, about):
    """The tables of all settings as Markdown."""
    rounds, seconds = about["rounds"], about["seconds"]
    parts = [
        "# Throughput of `GAN.fit`\n",
        f"{report.in_words(about['machine'])}. Written by `python -m benchmarks`.\n",
        "The same networks (the package's `mlp_*` and `dcgan_*` for 28×28 images) and the same Adam for all, in one "
        f"process, in turns: medians of {rounds} rounds of about {seconds:g} seconds each, compilation not counted. "
        "“`GAN.fit` is … times as fast” is the median of the ratios within a round, with the lowest and the highest. "
        "Absolute numbers are this machine's; compare ratios. Peak memory is that of a process with this contender "
        "alone (“training”: what training added to the imported packages, the data and the networks).\n",
    ]
    header = ("", "images/s", "`GAN.fit` is … times as fast", "lowest to highest", "peak MiB", "training MiB")
    for run in runs:
        rows = [_row(run, name) for name in run["rates"]]
        parts += [f"## {run['network']}, batch {run['batch']}\n", report.table(header, rows)]
        parts += [f"Skipped: {name} ({why}).\n" for name, why in run["skipped"].items()]
    return "\n".join(parts)


def _row(run, name):
    """A contender as a row of the table of one setting."""
    rates, memory = run["rates"][name], run["memory"].get(name) or {}
    each = [a / b for a, b in zip(run["rates"][FIRST], rates, strict=True)]
    span = "" if name == FIRST else f"{min(each):.2f} to {max(each):.2f}"
    ratio = "" if name == FIRST else f"{statistics.median(each):.2f}"
    return (
        name,
        f"{statistics.median(rates):,.0f}",
        ratio,
        span,
        memory.get("total", ""),
        memory.get("training", ""),
    )


def plot(runs):
    """Draw how many times as fast `GAN.fit` is, one panel per setting. Returns the figure."""
    plots.use_style()
    columns = min(2, len(runs))
    rows = -(-len(runs) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(5.6 * columns, 2.7 * rows), squeeze=False)
    for ax in axes.flat[len(runs) :]:
        ax.remove()
    for ax, run in zip(axes.flat, runs, strict=False):
        names = list(run["rates"])[::-1]
        medians = [statistics.median(run["rates"][name]) for name in names]
        colors = [plots.DISCRIMINATOR if name == FIRST else plots.MUTED for name in names]
        bars = ax.barh(names, medians, color=colors)
        ratio = ratios(run["rates"])
        labels = [
            f"{m:,.0f}" + ("" if name == FIRST else f"  ({1 / ratio[name]:.2f} × fit)")
            for name, m in zip(names, medians, strict=True)
        ]
        ax.bar_label(bars, labels, padding=3, fontsize=9)
        ax.set(xlabel="images per second", title=f"{run['network']}, batch {run['batch']}")
        ax.set_xlim(0, 1.45 * max(medians))
    return figure


def run(folder, contenders, networks=NETWORKS, batches=BATCHES, rounds=7, seconds=4.0, steps=50, **options):
    """Measure every setting that is not in the folder yet, and write the tables and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: dictionary of a name → its function, see `benchmarks.contenders`.
        networks: kinds of networks. Defaults to `NETWORKS`.
        batches: batch sizes. Defaults to `BATCHES`.
        rounds: how many turns of each contender are counted. Defaults to 7.
        seconds: how long a turn should last, about. Defaults to 4.
        steps: training steps of the process that measures memory; 0 leaves memory out. Defaults to 50.
        **options: further arguments of `measure`.
    """
    about = {
        "machine": report.machine("tensorflow", "keras", "numpy", "torch"),
        "contenders": list(contenders),
        "rounds": rounds,
        "seconds": seconds,
    }
    stored = report.Runs(report.numbers_of(folder, "throughput"), about)
    for network in networks:
        for batch in batches:
            if stored.find(network=network, batch=batch):
                continue
            rates, skipped = measure(network, batch, contenders, rounds, seconds, **options)
            names = tqdm(rates if steps else (), desc=f"{network}, batch {batch}: memory")
            memory = {name: peak_memory(network, batch, name, steps) for name in names}
            stored.add({"network": network, "batch": batch, "rates": rates, "skipped": skipped, "memory": memory})
    report.write(folder, "throughput", markdown(stored.runs, about), plot(stored.runs), dpi=130)


def main(arguments=None):
    """Do what the command line asks for. `arguments` are those of `sys.argv` by default."""
    parser = report.command_line("throughput", "Throughput of GAN.fit beside other loops.")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contender that count")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a turn, about")
    parser.add_argument("--steps", type=int, default=50, help="steps for peak memory; 0: leave it out")
    parser.add_argument("--only", metavar="NAME", help="train this contender and print its peak memory")
    given = parser.parse_args(arguments)
    if given.only:
        train_alone(given.networks[0], given.batches[0], given.only, given.steps)
        return
    from benchmarks.contenders import CONTENDERS

    report.start()
    run(given.folder, CONTENDERS, given.networks, given.batches, given.rounds, given.seconds, given.steps)
