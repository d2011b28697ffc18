"""The package of the GAN course. `import gan_course` does not import Keras, so you can still choose a backend."""

import importlib
import pkgutil

__version__ = "0.1.0"

# All modules in this folder, except `homework`: it is for instructors, and needs packages that learners do not have.
_MODULES = {module.name for module in pkgutil.iter_modules(__path__)} - {"__main__", "homework"}

__all__ = sorted(_MODULES)


def __getattr__(name):
    """Import a module of the package when it is used for the first time (PEP 562)."""
    if name in _MODULES:
        return importlib.import_module(f"gan_course.{name}")
    raise AttributeError(f"module 'gan_course' has no attribute {name!r}")


def __dir__():
    """Names for tab completion, also of modules that are not imported yet."""
    return sorted({*globals(), *_MODULES})
