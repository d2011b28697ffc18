"""New kinds of games, one per module: each is a subclass of `GAN`, or a pair of builders whose networks `GAN` trains.

A subclass changes the losses, as `energy.EnergyGAN` does: it overrides `discriminator_penalty` and `generator_penalty`
of `losses.Losses`, or a whole loss. So that it can be saved and loaded, it adds its own arguments to `get_config`, and
is registered with `register_keras_serializable(package="gan_course")`. Where a loss calls the other player's network,
it does so in `stateless.preserved_weights`, as the losses of `GAN` do, so that a step changes only its own network. It
calls its own network before that block, because inside the block its own weights get no gradient.

A pair of builders makes a generator and a discriminator that `GAN` trains as it is, as `conditional` does. A new
objective alone belongs in `gan_course.objectives`, and a new layer in `gan_course.layers`. Importing this package
imports no Keras: each module is imported when it is first used.
"""

import importlib
import pkgutil

__all__ = sorted(module.name for module in pkgutil.iter_modules(__path__))


def __getattr__(name):
    """Import a module of this package when it is first used (PEP 562)."""
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
