"""The package behind the GAN course. Importing it imports no Keras, so that a backend can still be chosen."""

import importlib
import pkgutil

__version__ = "0.1.0"

# Every module in this folder. `homework` is the instructor's side, and needs packages that learners do not have.
_MODULES = {module.name for module in pkgutil.iter_modules(__path__)} - {"__main__", "homework"}

__all__ = sorted(_MODULES)


def __getattr__(name):
    """Import a module of the package when it is first used (PEP 562)."""
    if name in _MODULES:
        return importlib.import_module(f"gan_course.{name}")
    raise AttributeError(f"module 'gan_course' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_MODULES})
