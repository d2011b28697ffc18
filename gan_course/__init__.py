"""The package behind the GAN course. Importing it imports no Keras, so that a backend can still be chosen."""

import importlib

from gan_course import runtime

__version__ = "0.1.0"

_LAZY = ("callbacks", "checks", "data", "gan", "networks", "plots", "theory")

__all__ = [*_LAZY, "runtime"]


def __getattr__(name):
    """Import a module of the package when it is first used (PEP 562)."""
    if name in _LAZY:
        return importlib.import_module(f"gan_course.{name}")
    raise AttributeError(f"module 'gan_course' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_LAZY])
