"""What users call their models and data: the names of variables in the code that runs now."""

import contextlib
import sys

DEFAULTS = {"generator": "g", "discriminator": "d", "combined": "combined", "real": "x_train"}
"""The names in remedies where the user's own are not known."""

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
    """What the user calls an object, such as "g" or "gan.generator"; None where this is not known.

    Args:
        thing: any object.
        frames: list of frames, innermost first.
    """
    for frame in frames:
        variables = {n: v for n, v in frame.f_locals.items() if n.isidentifier() and not n.startswith("_")}
        owners = {name: getattr(value, "__dict__", {}) for name, value in variables.items()}
        attributes = ((f"{name}.{part}", held) for name, own in owners.items() for part, held in [*own.items()])
        for name, value in (*variables.items(), *attributes):
            if value is thing and "._" not in name:
                return name
    return None


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
        Dictionary from every role to what the user calls the object, or else to its default name.
    """
    found = {}
    with contextlib.suppress(Exception):  # names are a comfort, and the user's objects may do anything
        found = {role: name_of(thing, frames) for role, thing in things.items() if thing is not None}
    return DEFAULTS | {role: name for role, name in found.items() if name}
