"""The GAN of a run: which networks and which compile arguments its settings stand for."""

import keras
import numpy as np
import pytest

from gan_course import networks, residual
from gan_course.train.players import adaptation, build_gan
from gan_course.train.settings import Settings

CLASSES = 3


def built(shape=(16, 16, 1), **options):
    return build_gan(Settings("digits", **options), shape, CLASSES)


def test_the_defaults_are_the_recipe_of_gan_compile():
    gan = built((8, 8, 1), networks="mlp")
    expected = networks.mlp_generator((8, 8, 1)), networks.mlp_discriminator((8, 8, 1))
    assert [n.count_params() for n in (gan.generator, gan.discriminator)] == [n.count_params() for n in expected]
    d, g = gan.optimizer.optimizers
    assert (float(d.learning_rate), float(g.learning_rate)) == (pytest.approx(1e-3), pytest.approx(1e-3))
    assert (d.beta_1, g.beta_1, d.use_ema, g.use_ema) == (0.5, 0.5, False, True)
    assert (gan.r1_weight, gan.gradient_penalty_weight, gan.d_steps, gan.seed) == (0, 0, 1, 0)


def test_residual_networks_have_a_penalty_and_a_smaller_learning_rate():
    gan = built(networks="residual", width=1)
    assert gan.r1_weight == 1
    assert float(gan.optimizer.g.learning_rate) == pytest.approx(2e-4)
    assert gan.generator.count_params() == residual.residual_generator((16, 16, 1), 64, 64).count_params()


def test_what_is_asked_for_is_taken():
    gan = built(
        **{"networks": "dcgan", "width": 2, "latent_dim": 5, "objective": "hinge", "gradient_penalty": 2.0},
        **{"r1": 0.0, "d_steps": 2, "learning_rate": 1e-4, "seed": 7},
    )
    expected = networks.dcgan_discriminator((16, 16, 1), units=128, filters=(64, 128)).count_params()
    assert (gan.discriminator.count_params(), gan.latent_dim, gan.seed, gan.d_steps) == (expected, 5, 7, 2)
    assert (gan.r1_weight, gan.gradient_penalty_weight) == (0, 2)
    assert float(gan.optimizer.d.learning_rate) == pytest.approx(1e-4)


@pytest.mark.parametrize("kind", ["mlp", "dcgan", "residual"])
def test_every_kind_of_networks_can_be_conditional(kind):
    keras.utils.set_random_seed(0)
    gan = built(networks=kind, conditional=True, latent_dim=4)
    assert gan.conditional
    images = gan.generate(3, seed=0, labels=np.arange(3))
    assert images.shape == (3, 16, 16, 1)
    with pytest.raises(ValueError, match=r"Invalid labels\. Expected integers from 0 to 2"):
        gan.generate(1, seed=0, labels=[CLASSES])


IMAGES = np.random.default_rng(0).uniform(-1, 1, size=(8, 16, 16, 1)).astype("float32")


@pytest.mark.parametrize("conditional", [False, True])
def test_all_images_that_the_discriminator_sees_in_training_are_augmented(conditional):
    gan = built(networks="mlp", augment="cutout,translation", conditional=conditional, latent_dim=4)
    layer = gan.discriminator.get_layer("augmentation")
    assert layer.transformations == ("cutout", "translation")
    assert float(layer.probability.value) == 1
    inputs = [IMAGES, np.arange(8) % CLASSES] if conditional else IMAGES
    scores = [np.asarray(gan.discriminator(inputs, training=mode)) for mode in (False, False, True)]
    assert (scores[0] == scores[1]).all()
    assert (scores[0] != scores[2]).all()
    assert not any("augmentation" in other.name for other in built(networks="mlp").discriminator.layers)


def test_an_adaptive_augmentation_begins_with_none_and_looks_at_the_training_images():
    settings = Settings("digits", networks="mlp", augment="adaptive", seed=3)
    gan = build_gan(settings, (16, 16, 1), CLASSES)
    (callback,) = adaptation(gan, settings, IMAGES, None)
    assert callback.probability is gan.discriminator.get_layer("augmentation").probability
    assert float(callback.probability.value) == 0
    assert callback.samples is IMAGES
    assert callback.seed == 3
    assert adaptation(gan, Settings("digits", augment="color"), IMAGES, None) == []
