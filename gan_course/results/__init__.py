"""The numbers of the course's long benchmarks, stored inside the package so that lessons can show them anywhere."""

import json
from importlib import resources


def names():
    """Names of the stored results, such as "modes", in alphabetical order."""
    return sorted(_files())


def load(name):
    """Load the stored results of one benchmark that takes too long to run inside a lesson.

    Args:
        name: a name in `names()`, for example "modes".

    Returns:
        Dictionary with the keys "about", a dictionary of what the numbers depend on, and "runs", a list of
        dictionaries, one for each finished run.

    Raises:
        ValueError: for a name that is not in `names()`.
    """
    files = _files()
    if name not in [*files]:
        raise ValueError(
            f"Unknown results. Expected one of {sorted(files)}. Received: {name!r}. Choose one of these, or, in a "
            "checkout of the project, run the benchmark of that name: it stores its results here."
        )
    return json.loads(files[name].read_text("utf-8"))


def _files():
    """Name → stored file."""
    found = resources.files(__name__).iterdir()
    return {file.name.removesuffix(".json"): file for file in found if file.name.endswith(".json")}
