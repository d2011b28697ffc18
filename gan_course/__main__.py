"""`python -m gan_course` reports what is installed (Python, Keras, its backend), the devices, and where data is.

`python -m gan_course doctor script.py` runs a script that trains a GAN, and says what is wrong with it.
`python -m gan_course train DATA` trains a GAN on a data set or on a folder of images. `generate` draws with it, and
`export` writes its generator into a file for other programs.
"""

import platform
import sys

from gan_course import __version__, data, runtime


def report() -> str:
    """The report, one fact per line. What is missing is no error: the report says what to do about it."""
    lines = [("gan_course", __version__), ("Python", f"{platform.python_version()} on {platform.system()}")]
    try:
        lines += _environment(runtime.describe())
    except ImportError as error:
        lines.append(("Keras", f"not ready. {error}"))
    for name in data.names():
        lines.append((f"data: {name}", _origin(name)))
    return "\n".join(f"{label:<20}{text}" for label, text in lines)


def _environment(facts):
    """Pairs of a label and a text, from what `runtime.describe` returns."""
    gpus = ", ".join(facts["gpus"]) or "none found. The lessons need none: they are made for a CPU"
    return [
        ("Keras", facts["keras"]),
        ("backend", f"{facts['backend']} {facts['backend_version']}"),
        ("backends installed", ", ".join(facts["installed_backends"])),
        ("GPU", gpus),
        ("CPU", f"{len(facts['cpus'])} device(s)"),
        ("precision", facts["precision"]),
        ("XLA", "on" if facts["xla"] else "off"),
    ]


def _origin(name):
    """Where a data set comes from, or why that cannot be said."""
    try:
        origin = data.where(name)
    except FileNotFoundError as error:
        return str(error)
    return "not on this machine yet: it will be downloaded when it is first used" if origin == "internet" else origin


USAGE = """\
python -m gan_course                     what is installed, which devices there are, and where data is
python -m gan_course doctor script.py    what is wrong with the GAN that a script trains; `doctor --help` says more
python -m gan_course train DATA          a long training, on a data set or a folder of images; `train --help` says more
python -m gan_course generate RUN        images by the GAN that `train` has trained
python -m gan_course export RUN          its generator as a file for other programs; `export --help` says more
"""


def main(arguments):
    """Do what the command line asks for.

    Args:
        arguments: list of strings. Without any, the report is printed.

    Returns:
        The exit status: 0 if all is well, 2 for a wrong command line. Those of `doctor` and of `train` are said by
        their `--help`.
    """
    if arguments[:1] == ["doctor"]:
        runtime.import_keras()  # TensorFlow's messages must not stand before the report
        from gan_course.doctor import script

        return script.main(arguments[1:])
    if arguments[:1] in (["train"], ["generate"], ["export"]):
        from gan_course.train import command

        return getattr(command, arguments[0])(arguments[1:])
    if arguments and arguments[0] not in ("-h", "--help"):
        print(f"{USAGE}\nUnknown command. Expected one of these. Received: {arguments[0]!r}.", file=sys.stderr)
        return 2
    print(USAGE.rstrip() if arguments else report())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
