"""The generative family: models that a GAN is compared with, each on pictures of whole gray levels.

A picture is a row of integers, its pixels in reading order; `family.levels` makes such rows from images and back. All
models share one contract, so that one loop can compare them. In these calls the word `levels` has two meanings: as an
argument of `Model` it is the number of gray levels, and as an argument of a method it is the pictures themselves.

| call | what it does |
|---|---|
| `Model(..., levels=..., seed=0)` | makes a model; `...` are its own sizes, such as `hidden`; `seed` comes last |
| `fit(levels, validation=None)` | learns from `(n, pixels)` integers, returns a `contract.History` |
| `log_likelihood(levels)` | the exact log-probability of each picture, in nats, `(n,)`, float64 |
| `log_likelihood_bound(levels, seed=0)` | for a model without an exact one: a lower bound of it, in nats, `(n,)` |
| `sample(count, seed=0)` | draws pictures, `(count, pixels)` integers, int64 |

* Two models that are made with the same arguments and the same `seed`, and fitted alike, end with the same parameters.
  No global seed is needed for that, and none is changed. A seed of None stands for other random numbers each time.
* With `history = fit(...).history`, as in Keras, `history["loss"]` has one entry per epoch or iteration, in nats per
  picture (in `PixelDiffusion` a weighted squared error per pixel); the docstring of `fit` says what it measures. Where
  `validation` is given, `history["val_loss"]` holds the same for these pictures.
* A fitted model can be pickled, and its copy gives the same numbers and samples.
* Arguments are checked: pictures that are not integers from 0 to `levels` − 1 of the right shape, and invalid sizes,
  seeds and counts, raise a ValueError.
* Further options of `fit`, such as `epochs`, are keywords, and each model has its own.
* `levels` defaults to 17, but to 2 in `RBM`.
* `fitted`, `levels` and `pixels` are attributes of every model. Before `fit`, the last three calls of the table raise
  a ValueError. `RBM.set_parameters` can take the place of `fit`.

| model | module | likelihood |
|---|---|---|
| `PixelMixture` | `mixture` | exact |
| `PixelHMM` | `markov` | exact |
| `PixelTransformer` | `autoregressive` | exact |
| `PixelVAE` | `vae` | bound |
| `PixelFlow` | `flow` | bound |
| `PixelDiffusion` | `diffusion` | bound |
| `RBM` | `boltzmann` | exact for small machines, else up to an estimate of log Z |

`flow` also has `Flow`, a model of points with an exact density, `log_density(points)`. It has no gray levels, so this
contract is not for it. The layers of both flows are in `coupling`.

The modules are reachable as `gan_course.family.vae` and so on. Each is imported when it is first used, so that Keras
is imported only by `vae`, `autoregressive`, `flow` with its `coupling`, `diffusion` with its network in `unet`, and
`training`, which these share. The arithmetic of diffusion is in `noising`.
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
