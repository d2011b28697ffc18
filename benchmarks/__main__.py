"""Run benchmarks: all of them, one after the other, or one by its name.

    python -m benchmarks                        all, with their defaults, each in a process of its own
    python -m benchmarks modes                  one
    python -m benchmarks modes --problem grid   a part of it; `python -m benchmarks modes --help` lists its options

CONTRIBUTING says what each one measures, and how long it takes.
"""

import argparse
import importlib
import subprocess
import sys

NAMES = (
    "throughput",
    "quality",
    "recipe",
    "modes",
    "stacked",
    "parzen",
    "objectives",
    "ebgan_grid",
    "ablation",
    "conditional",
    "photo_digits",
    "generative",
    "translation",
    "information",
    "little_data",
    "using_a_gan",
    "doctor",
)


def main(arguments=None):
    """Do what the command line asks for. Returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in NAMES:
        importlib.import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
        return 0
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", choices=NAMES, help="the benchmark, and its options; all if none is named")
    parser.parse_args(arguments)
    return max(subprocess.run([sys.executable, "-m", "benchmarks", name]).returncode for name in NAMES)


if __name__ == "__main__":
    sys.exit(main())
