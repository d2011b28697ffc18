"""What all benchmarks share: their command line, runs kept in a JSON file, tables, pictures as text, a step count."""

import argparse
import base64
import importlib.metadata
import json
import os
import platform
import statistics
import zlib
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from gan_course import results, runtime

PROJECT = Path(__file__).resolve().parents[1]
ASSETS = PROJECT / "assets"


# The command line


def command_line(name, description):
    """A parser for the command line of one benchmark. It has the option that all benchmarks have, `--folder`."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=description)
    parser.add_argument("--folder", type=Path, default=ASSETS, help="where the results go")
    return parser


def add_choice(parser, option, choices):
    """Add an option that takes one or more of these choices. Without it, all are chosen."""
    parser.add_argument(option, nargs="+", choices=[*choices], default=[*choices])


def contender_line(name, description, contenders, seeds, steps=None):
    """A `command_line` with the options of a benchmark that trains contenders: which of them, seeds, and steps.

    Args:
        name: as in `command_line`.
        description: as in `command_line`.
        contenders: their names, for `--contender`. Without the option, all are chosen.
        seeds: the seeds without the option `--seeds`.
        steps: the training steps without the option `--steps`. Defaults to None: there is no such option.
    """
    parser = command_line(name, description)
    add_choice(parser, "--contender", contenders)
    parser.add_argument("--seeds", nargs="+", type=int, default=[*seeds])
    if steps is not None:
        parser.add_argument("--steps", type=int, default=steps)
    return parser


def start():
    """Seed and configure Keras as all benchmarks do, and print what the numbers depend on."""
    print(runtime.configure(seed=0))


# The results


def numbers_of(folder, name):
    """The path of the JSON file that keeps the runs of a benchmark.

    It lies in the same folder as the table and the plot. Where that folder is `ASSETS`, it lies inside the package
    instead, so that lessons find it.

    Args:
        folder: where the benchmark's table and plot go.
        name: name of the benchmark's files.
    """
    folder = Path(folder)
    return (PROJECT / "gan_course" / "results" if folder == ASSETS else folder) / f"{name}.json"


def write(folder, name, text, figure, dpi=110):
    """Write the table and the plot of a benchmark, and print where they are.

    Args:
        folder: where both files go.
        name: name of both files, without an ending.
        text: the table with what is said about it, as Markdown.
        figure: the plot, a Matplotlib figure. It is closed afterwards.
        dpi: pixels of the plot per inch. Defaults to 110.
    """
    path = Path(folder) / name
    path.with_suffix(".md").write_text(text, "utf-8")
    figure.savefig(path.with_suffix(".png"), dpi=dpi, metadata={"Software": None})
    plt.close(figure)
    print(f"Written: {path.with_suffix('.md')} and .png")


def cores():
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def machine(*packages):
    """What a measurement depends on: the kind of machine and the versions. It contains no name and no date.

    Args:
        *packages: names of the packages that matter. A package that is not installed has the version None.

    Returns:
        Dictionary of numbers and strings, as it is written to JSON.
    """
    import tensorflow as tf

    return {
        "cores": cores(),
        "processor": platform.machine(),
        "gpus": len(tf.config.list_physical_devices("GPU")),
        "system": platform.system(),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in packages}},
    }


def in_words(machine):
    """A machine in one line."""
    gpus = f"{machine['gpus']} GPU" if machine["gpus"] else "no GPU"
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items() if version)
    cores = "1 core" if machine["cores"] == 1 else f"{machine['cores']} cores"
    return f"{cores} ({machine['processor']}), {gpus}, {machine['system']}, {versions}"


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


class Runs:
    """Finished runs in a JSON file. Each is written at once, so a benchmark that was interrupted can continue.

    Args:
        path: path of the file.
        about: what the runs depend on, a dictionary that JSON can hold. Runs in the file that depend on something else
            are not used, so that one table never mixes two machines.

    Attributes:
        runs: list of dictionaries, one per run.
    """

    def __init__(self, path, about):
        self.path, self.about, self.runs = Path(path), json.loads(json.dumps(about)), []
        if self.path.is_file():
            stored = json.loads(self.path.read_text("utf-8"))
            if stored["about"] == self.about:
                self.runs = stored["runs"]
            else:
                print(f"{self.path} holds runs of another machine, version or setting: measuring anew.")

    def find(self, **key):
        """The run with these values, or None."""
        return next((run for run in self.runs if all(run.get(name) == value for name, value in key.items())), None)

    def fill(self, keys, measure):
        """Measure what is not there yet.

        Args:
            keys: list of dictionaries, each with the values that tell a run from the others.
            measure: function that returns the run, a dictionary. It gets the values of a key as named arguments.
        """
        with tqdm(keys, unit="run") as bar:
            for key in bar:
                bar.set_description(", ".join(f"{name} {value}" for name, value in key.items()))
                if not self.find(**key):
                    self.add(measure(**key))

    def add(self, run):
        """Add a run to the list, and write the file."""
        self.runs.append(run)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({"about": self.about, "runs": self.runs}, indent=1) + "\n", "utf-8")
        part.replace(self.path)  # never half a file


def table(header, rows):
    """A Markdown table; the first column is text, the others are numbers."""
    align = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (header, align, *rows)) + "\n"


def in_order(runs, contenders):
    """The runs, by contender and seed."""
    return sorted(runs, key=lambda run: ([*contenders].index(run["contender"]), run["seed"]))


def of(runs, contender):
    """The runs of one contender, by seed."""
    return in_order([run for run in runs if run["contender"] == contender], [contender])


def mean_and_spread(values, form):
    """The mean ± the standard deviation over seeds, as text."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):{form}} ± {spread:{form}}"


def to_text(images):
    """Images in [-1, 1] as one line of text: bytes, compressed."""
    pixels = np.round((images + 1) * 127.5).astype("uint8")
    return base64.b64encode(zlib.compress(pixels.tobytes(), 9)).decode()


def from_text(text, shape):
    """The images of `to_text`, each of this shape."""
    return results.images(text, shape)


def stop_after(steps, bar, look=None, every=None):
    """A callback that ends the training of a `GAN` after a number of steps.

    Args:
        steps: how many steps to train.
        bar: a tqdm bar that is moved forward.
        look: function without arguments that is called from time to time. Defaults to None: nothing is called.
        every: number of steps between two calls of `look`. Defaults to None, for no `look`.

    Returns:
        A Keras callback.
    """
    import keras

    def after_batch(batch, logs):
        before, done = bar.n, callback.model.steps_behind()
        bar.update(done - before)
        if look is not None and done // every > before // every:
            look()
        if done >= steps:
            callback.model.stop_training = True

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=after_batch)
    return callback
