"""The `GAN` of a run: its networks, and how it is compiled.

Each kind of networks has a pair of builders in `BUILDERS`. A variant of the game belongs into `build_gan`: it is
another class in the place of `GAN`.
"""

import functools
from typing import NamedTuple

import keras

from gan_course import networks, residual
from gan_course.callbacks import AdaptiveAugmentation
from gan_course.gan import GAN, AveragingAdam
from gan_course.variants.augment import augmented
from gan_course.variants.conditional import labeled_discriminator, labeled_generator


class Recipe(NamedTuple):
    """What a run takes where its settings leave the choice open.

    Attributes:
        learning_rate: of both players.
        r1: weight of the R1 penalty.
        memory: largest momentum of the average of G's weights.
    """

    learning_rate: float = 1e-3
    r1: float = 0.0
    memory: float = 0.998


RECIPES = {"mlp": Recipe(), "dcgan": Recipe(), "residual": Recipe(2e-4, 1.0, 0.999)}
"""The `Recipe` of each kind of networks. The first two are those of `GAN.compile()`."""


def _mlp(shape, width):
    """Builders of the dense networks: of G for a size of its noise, and of D."""
    generator = functools.partial(networks.mlp_generator, shape, units=(128 * width, 256 * width))
    return generator, functools.partial(networks.mlp_discriminator, shape, units=(256 * width, 128 * width))


def _dcgan(shape, width):
    """Builders of the DCGAN."""
    generator = functools.partial(networks.dcgan_generator, shape, units=128 * width, filters=(64 * width, 32 * width))
    return generator, functools.partial(
        networks.dcgan_discriminator, shape, units=64 * width, filters=(32 * width, 64 * width)
    )


def _residual(shape, width):
    """Builders of the residual networks."""
    if shape[0] != shape[1] or shape[0] not in residual.SIDES:
        raise ValueError(
            f"Invalid size for residual networks. Expected images of one of {residual.SIDES} pixels in height and "
            f"width. Received: {shape[0]} × {shape[1]}. Scale them, for example with --size 32."
        )
    generator = functools.partial(residual.residual_generator, shape, filters=64 * width)
    return generator, functools.partial(residual.residual_discriminator, shape, filters=64 * width)


BUILDERS = {"mlp": _mlp, "dcgan": _dcgan, "residual": _residual}
"""Functions `(shape, width)` that return how to build G for a size of its noise, and how to build D."""


def build_gan(settings, shape: tuple, classes: int) -> GAN:
    """Build and compile the GAN of a run.

    Args:
        settings: a `settings.Settings`.
        shape: shape of an image, `(height, width, channels)`.
        classes: number of classes, used if the run is conditional.

    Returns:
        A compiled `GAN`. The same settings give the same weights if Keras was seeded before.

    Raises:
        ValueError: for images of a size that the networks cannot draw, and for an unknown objective.
    """
    build_g, build_d = BUILDERS[settings.networks](shape, settings.width)
    if settings.conditional:
        players = labeled_generator(build_g, classes, settings.latent_dim), labeled_discriminator(build_d(), classes)
    else:
        players = build_g(settings.latent_dim), build_d()
    gan = GAN(players[0], _augmented(players[1], settings), seed=settings.seed)
    recipe = RECIPES[settings.networks]
    rate = recipe.learning_rate if settings.learning_rate is None else settings.learning_rate
    gan.compile(
        keras.optimizers.Adam(rate, beta_1=0.5),
        AveragingAdam(rate, ema_momentum=recipe.memory),
        objective=settings.objective,
        gradient_penalty_weight=settings.gradient_penalty,
        r1_weight=recipe.r1 if settings.r1 is None else settings.r1,
        d_steps=settings.d_steps,
    )
    return gan


def _augmented(discriminator, settings):
    """The discriminator with the augmentation of the settings before it. An adaptive one begins with probability 0."""
    if not settings.transformations:
        return discriminator
    start = 0.0 if settings.is_adaptive else 1.0
    return augmented(discriminator, settings.seed, transformations=settings.transformations, probability=start)


def adaptation(gan: GAN, settings, images, labels) -> list:
    """The callback that adapts the augmentation to D's overfitting, if the settings ask for it.

    Args:
        gan: what `build_gan` returned.
        settings: a `settings.Settings`.
        images: the images to train on, `(count, height, width, channels)`.
        labels: their classes, `(count,)`, or None.

    Returns:
        List of one `callbacks.AdaptiveAugmentation`, or of none.
    """
    if not settings.is_adaptive:
        return []
    probability = gan.discriminator.get_layer("augmentation").probability
    return [AdaptiveAugmentation(probability, images, labels, seed=settings.seed)]
