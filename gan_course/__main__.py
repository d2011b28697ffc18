"""`python -m gan_course`: a report of Python, Keras, backend, devices, precision, XLA, and each data set's origin."""

import platform

from gan_course import __version__, data, runtime


def report():
    """Lines of the report, as text. It never fails on what is missing; it says what to do about it."""
    lines = [("gan_course", __version__), ("Python", f"{platform.python_version()} on {platform.system()}")]
    try:
        lines += _environment(runtime.describe())
    except ImportError as error:
        lines.append(("Keras", f"not ready. {error}"))
    for name in ("digits", "mnist", "fashion_mnist", "cifar10"):
        lines.append((f"data: {name}", _origin(name)))
    return "\n".join(f"{label:<20}{text}" for label, text in lines)


def _environment(facts):
    gpus = ", ".join(facts["gpus"]) or "none found; the lessons are made for a CPU"
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
    try:
        origin = data.where(name)
    except FileNotFoundError as error:
        return str(error)
    return "would be downloaded (not on this machine yet)" if origin == "internet" else origin


if __name__ == "__main__":
    print(report())
