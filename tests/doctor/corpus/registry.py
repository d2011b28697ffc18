"""What a case of the corpus is, and the decorators `patient` and `healthy` that register one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

BACKENDS = ("tensorflow", "jax", "torch")
CASES: list["Case"] = []


@dataclass
class Patient:
    """A GAN that a person has built, and that person's own loop.

    Attributes:
        train: function without arguments, the person's training.
        generator: Keras model from noise to samples.
        discriminator: Keras model from samples to scores.
        combined: Keras model that trains the generator through the discriminator. None where there is none.
        real: real samples `(count, ...)`, as the person has them before training.
        latent_dim: size of a noise vector.
        labels: labels `(count, ...)` of `real`. None where no network takes labels.
        sample: function from a count to samples. None where the generator takes noise `(count, latent_dim)` alone.
    """

    train: Callable[[], None]
    generator: keras.Model
    discriminator: keras.Model
    combined: keras.Model | None = None
    real: Any = None
    latent_dim: int | None = None
    labels: Any = None
    sample: Callable[[int], Any] | None = None


@dataclass(frozen=True)
class Case:
    """One entry of the corpus.

    Attributes:
        title: name of the function that builds it.
        illness: name of the finding that is right. None for a healthy GAN.
        source: address of the public report that it is written after.
        backends: names of the backends on which it runs.
        sign: function from a `signs.Course` to a truth value: whether the illness is there.
        build: function from a seed to a `Patient`.
        also: names of findings that follow from the illness, and are right, too.
    """

    title: str
    illness: str | None
    source: str
    backends: tuple[str, ...]
    sign: Callable[[Any], bool]
    build: Callable[[int], Patient]
    also: tuple[str, ...] = ()

    def admit(self, seed):
        """Seed everything, and build the patient. The same seed gives the same training."""
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        return self.build(seed)


def patient(illness, *, source, sign, backends=BACKENDS, also=()):
    """Register a function from a seed to a `Patient` that has this illness. See `Case`."""

    def register(build):
        CASES.append(Case(build.__name__, illness, source, tuple(backends), sign, build, also))
        return build

    return register


def healthy(*, source, sign, backends=BACKENDS):
    """Register a function from a seed to a `Patient` that is well."""
    return patient(None, source=source, sign=sign, backends=backends)
