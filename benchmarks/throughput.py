"""How many images a second `GAN.fit` trains on, beside the loops that one would write instead.

    python -m benchmarks throughput

All train the same networks with the same optimizer, in one process, in turns; what counts is the ratio within a
round, and of that the median. A first turn of each compiles and is not counted. Peak memory comes from a process of
each one's own. Writes the table and the plot into assets, and the numbers into gan_course/results. Finished settings
are kept: started again, it goes on where it was.
"""

import argparse
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
    """The package's generator and discriminator of one kind; the same weights each time."""
    import keras

    from gan_course import networks

    keras.utils.set_random_seed(0)
    if network == "MLP":
        return networks.mlp_generator(shape), networks.mlp_discriminator(shape)
    return networks.dcgan_generator(shape), networks.dcgan_discriminator(shape)


def pictures(count, shape=(28, 28, 1)):
    """Random pictures in [-1, 1]: speed does not depend on what they show."""
    return np.random.default_rng(0).uniform(-1, 1, (count, *shape)).astype("float32")


def measure(network, batch, contenders, rounds, seconds, shape=(28, 28, 1), most=60_000):
    """Images per second of each contender, in turns.

    Args:
        network: one of `NETWORKS`. batch: real images a step. contenders: name → function, see `contenders.py`.
        rounds: turns of each that count. seconds: how long a turn should last, about. shape: of one image.
        most: images that a turn trains on at most, for a larger number in several epochs.

    Returns:
        rates: name → list of images per second, one a round. skipped: name → why it could not run.
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
        for name in list(turns)[:: 1 if number % 2 == 0 else -1]:  # who comes after whom changes
            train, count, epochs = turns[name]
            rates[name].append(count * epochs / _timed(train, images[:count], epochs))
    return rates, skipped


def _size_of_turn(train, images, batch, seconds):
    """Images and epochs that take about so many seconds; compiles on the way."""
    few = images[: 4 * batch]
    train(few)
    steps = max(1, round(seconds * 4 / _timed(train, few, 1)))
    if steps > 16:  # a better estimate, now that it is known to be quick
        some = images[: min(len(images), steps // 4 * batch)]
        steps = max(1, round(seconds * (len(some) // batch) / _timed(train, some, 1)))
    epochs = max(1, round(steps * batch / len(images)))
    return min(steps * batch, len(images)), epochs


def _timed(train, images, epochs):
    start = time.perf_counter()
    train(images, epochs)
    return time.perf_counter() - start


def ratios(rates):
    """How many times as fast the first contender is: the median over rounds of its rate by the other's.

    Args:
        rates: name → list of images per second, one a round.

    Returns:
        Dictionary name → number; 1 for the first contender itself.
    """
    first = rates[FIRST]
    return {name: statistics.median(a / b for a, b in zip(first, other, strict=True)) for name, other in rates.items()}


def peak_memory(network, batch, name, steps):
    """Peak memory in MiB of a process that does nothing but build and train one contender.

    Returns:
        Dictionary with `total`, and `training`: what came on top after the packages were imported and the networks
        built. None where the operating system does not tell.
    """
    call = [
        "-m",
        "benchmarks",
        "throughput",
        "--only",
        name,
        "--networks",
        network,
        "--batches",
        str(batch),
        "--steps",
        str(steps),
    ]
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
        import torch  # noqa: F401  its import is not its training
    before = _memory("VmRSS")
    CONTENDERS[name](*players, batch)(images)
    peak = _memory("VmHWM")
    print(json.dumps(peak and {"total": round(peak), "training": round(peak - before)}))


def _memory(field):
    """Memory of this process in MiB, now (VmRSS) or at its peak (VmHWM); None where there is no Linux to ask.

    Not `resource.getrusage`: its peak begins at what the parent process had when it started this one.
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
        rows = []
        for name, rates in run["rates"].items():
            each = [a / b for a, b in zip(run["rates"][FIRST], rates, strict=True)]
            memory = run["memory"].get(name) or {}
            span = "" if name == FIRST else f"{min(each):.2f} to {max(each):.2f}"
            ratio = "" if name == FIRST else f"{ratios(run['rates'])[name]:.2f}"
            row = (name, f"{statistics.median(rates):,.0f}", ratio, span)
            rows.append((*row, memory.get("total", ""), memory.get("training", "")))
        parts += [f"## {run['network']}, batch {run['batch']}\n", report.table(header, rows)]
        parts += [f"Skipped: {name} ({why}).\n" for name, why in run["skipped"].items()]
    return "\n".join(parts)


def plot(runs, path):
    """Draw how many times as fast `GAN.fit` is, one panel a setting."""
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
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def run(folder, contenders, networks=NETWORKS, batches=BATCHES, rounds=7, seconds=4.0, steps=50, **options):
    """Measure every setting that is not in the folder yet, and write the tables and the plot.

    Args:
        folder: where the table, the plot and, unless this is `assets`, the numbers go.
        contenders: name → function.
        networks, batches: settings. rounds, seconds: as in `measure`. steps: of the process that measures memory, or 0
            to leave memory out. **options: of `measure`.
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
    (Path(folder) / "throughput.md").write_text(markdown(stored.runs, about), "utf-8")
    plot(stored.runs, Path(folder) / "throughput.png")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks throughput", description="Throughput of GAN.fit beside other loops."
    )
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contender that count")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a turn, about")
    parser.add_argument("--steps", type=int, default=50, help="steps for peak memory; 0: leave it out")
    parser.add_argument("--folder", type=Path, default=report.ASSETS, help="where the results go")
    parser.add_argument("--only", metavar="NAME", help="train this contender and print its peak memory")
    given = parser.parse_args(arguments)
    if given.only:
        train_alone(given.networks[0], given.batches[0], given.only, given.steps)
        return
    from benchmarks.contenders import CONTENDERS

    print(runtime.configure(seed=0))
    run(given.folder, CONTENDERS, given.networks, given.batches, given.rounds, given.seconds, given.steps)
    print(f"Written: {given.folder / 'throughput.md'} and .png")
