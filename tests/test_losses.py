"""What the losses of `GAN` pass to the penalties, and what they add to the objective."""

import keras
import numpy as np
import pytest

from gan_course import networks
from gan_course.gan import GAN

REAL = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
PLAYERS = ("discriminator", "generator")


def small_gan(kind=GAN):
    keras.utils.set_random_seed(0)
    gan = kind(networks.mlp_generator((2,), 4), networks.mlp_discriminator((2,)), seed=0)
    gan.compile()
    return gan


def number(value):
    return float(keras.ops.convert_to_numpy(value))


class Watched(GAN):
    """Each penalty is the mean square of the generated points; what it was given is kept."""

    def discriminator_penalty(self, *given, **options):
        return self._kept("discriminator", *given, **options)

    def generator_penalty(self, *given, **options):
        return self._kept("generator", *given, **options)

    def _kept(self, player, real, fake, noise, labels=None, training=True):
        self.given = {"real": real, "fake": fake, "noise": noise, "labels": labels, "training": training}
        return keras.ops.mean(fake**2)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("player", PLAYERS)
def test_a_penalty_gets_the_samples_and_the_noise_they_were_made_from(player, training):
    gan, plain = small_gan(Watched), small_gan()
    loss = number(getattr(gan, f"{player}_loss")(REAL, training=training))
    made = keras.ops.convert_to_numpy(gan.generator(gan.given["noise"]))
    assert np.abs(keras.ops.convert_to_numpy(gan.given["fake"]) - made).max() < 1e-6
    assert np.abs(keras.ops.convert_to_numpy(gan.given["real"]) - REAL).max() == 0.0
    assert gan.given["noise"].shape == (6, 4)
    assert gan.given["labels"] is None
    assert gan.given["training"] is training
    without = number(getattr(plain, f"{player}_loss")(REAL, training=training))
    assert abs(loss - without - (made**2).mean()) < 1e-5


class Drawing(GAN):
    def generator_penalty(self, *given, **options):
        return keras.random.uniform((), seed=self.seed_generator)


def test_no_random_number_is_drawn_again_after_a_penalty_that_draws_one():
    gan = small_gan(Drawing)
    before = keras.ops.convert_to_numpy(gan.seed_generator.state)
    gan.generator_loss(REAL)
    after = keras.ops.convert_to_numpy(gan.seed_generator.state)
    assert list(after - before) == [0, 2]  # one draw for the noise, and one for the penalty


def test_a_plain_gan_adds_nothing():
    gan = small_gan()
    for player in PLAYERS:
        assert getattr(gan, f"{player}_penalty")(REAL, REAL, REAL) == 0.0


def test_the_generator_makes_as_many_samples_as_there_are_real_ones():
    gan = small_gan(Watched)
    gan.generator_step(REAL[:3])
    assert gan.given["fake"].shape == (3, 2)


@pytest.mark.backends
def test_the_discriminators_penalty_moves_no_weight_of_the_generator():
    gan = small_gan(Watched)
    before = gan.generator.get_weights()
    gan.discriminator_step(REAL)
    assert all((a == b).all() for a, b in zip(before, gan.generator.get_weights(), strict=True))
