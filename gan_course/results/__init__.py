"""The numbers of the course's long benchmarks, stored inside the package so that lessons can show them anywhere."""

import base64
import json
import zlib
from importlib import resources

import numpy as np

from gan_course.arguments import require_one_of


def names() -> list[str]:
    """Names of the stored results in alphabetical order, for example "modes"."""
    return sorted(_files())


def load(name: str) -> dict:
    """Load the stored results of a benchmark that takes too long to run in a lesson.

    Args:
        name: a name in `names()`, for example "modes".

    Returns:
        Dictionary with two keys. "about" is a dictionary that says what the numbers depend on: settings, versions, the
        machine. "runs" is a list with one dictionary per finished run.

    Raises:
        ValueError: for a name that is not in `names()`.

    Example:
        >>> sorted(load("modes"))
        ['about', 'runs']
    """
    files = _files()
    require_one_of(sorted(files), results=name)
    return json.loads(files[name].read_text("utf-8"))


def images(text: str, shape: tuple) -> np.ndarray:
    """Decode the images that a benchmark has stored as one line of text: a byte per value, compressed, in base 64.

    Args:
        text: the line, for example `load("ablation")["runs"][0]["shown"]`.
        shape: shape of one image, `(height, width, channels)`.

    Returns:
        Images `(count, height, width, channels)` in [-1, 1].
    """
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(text)), "uint8")
    return pixels.reshape(-1, *shape) / 127.5 - 1


def _files():
    """Dictionary from the name of each benchmark to its stored file."""
    files = resources.files(__name__).iterdir()
    return {file.name.removesuffix(".json"): file for file in files if file.name.endswith(".json")}
