"""What users call their models and data: the names of variables in the code that runs now."""

import contextlib
import sys
from types import ModuleType

import numpy as np

from gan_course.doctor.fingerprints import some_values

DEFAULTS = {"generator": "g", "discriminator": "d", "combined": "combined", "real": "x_train"}
"""The names in remedies where the user's own are not known: the report explains them."""

MOST = 100
"""So many items of a list are looked at."""

_LIBRARIES = frozenset(
    ("contextlib", "gan_course", "jax", "jaxlib", "keras", "runpy", "tensorflow", "torch", "_pytest", "pluggy")
)


def callers():
    """The frames of the user's code that runs now, a list, innermost first, up to that of a script or a cell.

    Do not keep it: frames keep all variables alive.
    """
    frames, frame = [], sys._getframe(1)
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).split(".")[0] not in _LIBRARIES:
            frames.append(frame)
            if frame.f_code.co_name == "<module>":
                break
        frame = frame.f_back
    return frames


def name_of(thing, frames):
    """What the user calls an object, such as "g", "gan.generator" or "players['g']"; None where this is not known.

    Args:
        thing: any object.
        frames: list of frames, innermost first.
    """
    return next((name for name, value in _named(frames) if value is thing), None)


def name_of_data(rows, frames, times):
    """What the user calls an array that these samples come from: one with a row like their first. None without one.

    Args:
        rows: samples `(count, ...)`, an array.
        frames: list of frames, innermost first.
        times: the array has at least so many times as many rows.
    """
    first = some_values(rows[:1]).astype("float32")
    for name, value in _named(frames):
        fits = isinstance(value, np.ndarray) and value.shape[1:] == rows.shape[1:] and len(value) >= times * len(rows)
        if fits and (some_values(value).astype("float32") == first).all(axis=1).any():
            return name
    return None


def _named(frames):
    """Yield pairs of a name and an object: variables of all frames and what is in them, then what is in these."""
    inner = []
    for frame in frames:
        variables = [(n, v) for n, v in frame.f_locals.items() if n.isidentifier() and not n.startswith("_")]
        yield from variables
        parts = [pair for name, value in variables for pair in _parts(name, value)]
        yield from parts
        inner += [(name, value) for name, value in parts if not isinstance(value, (type, ModuleType))]
    for name, value in inner:
        yield from _parts(name, value)


def _parts(name, thing):
    """What is in an object, a list of pairs: its attributes, or the items of a short list, tuple or dictionary."""
    if isinstance(thing, dict):
        return [(f"{name}[{key!r}]", thing[key]) for key in [*thing][:MOST] if isinstance(key, (str, int))]
    if isinstance(thing, (list, tuple)):
        return [(f"{name}[{index}]", part) for index, part in enumerate(thing[:MOST])]
    if type(thing).__module__.split(".")[0] in _LIBRARIES:
        return []
    parts = [*getattr(thing, "__dict__", {}).items()]
    return [(f"{name}.{part}", held) for part, held in parts if isinstance(part, str) and not part.startswith("_")]


def value_of(name, frames):
    """The object that the user calls by a name such as "g" or "gan.generator"; None without one.

    Args:
        name: string.
        frames: list of frames, innermost first.
    """
    first, *rest = name.split(".")
    value = next((f.f_locals[first] for f in frames if first in f.f_locals), None)
    for part in rest:
        value = getattr(value, part, None)
    return value


def names_of(things, frames):
    """Names for the remedies.

    Args:
        things: dictionary from a role, a key of `DEFAULTS`, to an object or None.
        frames: list of frames, innermost first.

    Returns:
        Dictionary from roles to what the user calls the object. Those without a name are missing.
    """
    found = {}
    with contextlib.suppress(Exception):  # names are a comfort, and the user's objects may do anything
        found = {role: name_of(thing, frames) for role, thing in things.items() if thing is not None}
    return {role: name for role, name in found.items() if name}
