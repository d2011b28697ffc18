"""The auxiliary-classifier GAN: its second output, the cross-entropy by hand in both losses, saving, and a training."""

import keras
import numpy as np
import pytest

from gan_course.variants.auxiliary import AuxiliaryGAN, auxiliary_discriminator
from gan_course.variants.conditional import conditional_discriminator, conditional_generator

pytestmark = pytest.mark.backends

SHAPE, CLASSES = (8, 8, 1), 3

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def pictures(count=6, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *SHAPE)).astype("float32")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def tensors(count=6):
    return keras.ops.convert_to_tensor(pictures(count)), keras.ops.convert_to_tensor(np.arange(count) % CLASSES)


def small_gan(class_weight=1.0, **choices):
    keras.utils.set_random_seed(0)
    generator = conditional_generator(SHAPE, CLASSES, latent_dim=2, label_dim=2, units=4, filters=(3, 2))
    discriminator = auxiliary_discriminator(SHAPE, CLASSES, units=4, filters=(2, 3))
    gan = AuxiliaryGAN(generator, discriminator, class_weight, seed=0)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), **QUICK, **choices)
    return gan


def cross_entropy(gan, samples, labels):
    """By hand: the mean of minus the logarithm of the probability that the softmax gives to the label."""
    logits = keras.ops.convert_to_numpy(gan.classifier(samples, training=False)).astype("float64")
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(logs)), labels].mean()


def test_the_score_does_not_depend_on_the_label():
    discriminator, x = auxiliary_discriminator(SHAPE, CLASSES), pictures(4)
    assert discriminator.input_shape == [(None, *SHAPE), (None,)]
    scores = [keras.ops.convert_to_numpy(discriminator([x, np.full(4, label)])) for label in range(CLASSES)]
    assert np.abs(scores[0] - scores[1]).max() == np.abs(scores[0] - scores[2]).max() == 0
    assert np.ptp(scores[0]) > 1e-4


@pytest.mark.parametrize("weight", [0.0, 1.0, 2.5])
def test_each_player_pays_for_wrong_names_of_its_own_pictures(weight):
    gan, plain = small_gan(weight), small_gan(0.0)
    real, labels = tensors()
    for each in (gan, plain):
        each.noise = lambda count: keras.ops.ones((count, 2))
    fake = gan.generator([keras.ops.ones((6, 2)), labels], training=False)
    for loss, samples in (("discriminator_loss", real), ("generator_loss", fake)):
        with_term, without = (number(getattr(each, loss)(real, labels, False)) for each in (gan, plain))
        assert abs(with_term - without - weight * cross_entropy(gan, samples, np.arange(6) % CLASSES)) < 1e-5


def test_each_step_moves_its_own_player_alone_and_d_learns_its_head():
    gan, (real, labels) = small_gan(), tensors()
    head = gan.discriminator.get_layer("classes").get_weights()
    for step, moving in ((gan.generator_step, gan.generator), (gan.discriminator_step, gan.discriminator)):
        before = [(network, network.get_weights()) for network in (gan.discriminator, gan.generator)]
        step(real, labels)
        for network, old in before:
            moved = max(np.abs(a - b).max() for a, b in zip(old, network.get_weights(), strict=True))
            assert (moved > 1e-6) == (network is moving)
    assert np.abs(head[0] - gan.discriminator.get_layer("classes").get_weights()[0]).max() > 1e-6


def test_it_is_saved_and_loaded(tmp_path):
    gan, labels = small_gan(0.5, r1_weight=0.1), np.arange(8) % CLASSES
    gan.fit(pictures(8), labels, batch_size=4, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(copy, AuxiliaryGAN)
    assert copy.class_weight == 0.5
    losses = [each.train_on_batch(pictures(8), labels) for each in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5
    made = [each.generate(3, seed=1, labels=np.arange(3)) for each in (gan, copy)]
    assert np.abs(made[0] - made[1]).max() < 1e-6


def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    assert difference_after_an_interruption(small_gan, (pictures(12), np.arange(12) % CLASSES)) < 1e-6


def test_networks_that_cannot_play_are_refused():
    from gan_course import networks

    generator = conditional_generator(SHAPE, CLASSES, latent_dim=2)
    with pytest.raises(ValueError, match=r'Invalid discriminator\. Expected .*"classes".* Received: layers .* Build'):
        AuxiliaryGAN(generator, conditional_discriminator(SHAPE, CLASSES))
    with pytest.raises(ValueError, match=r"Invalid networks\. Expected .*labels.* Received: .* Build"):
        AuxiliaryGAN(networks.dcgan_generator(SHAPE, 2), networks.dcgan_discriminator(SHAPE))


def test_a_head_that_sees_the_label_is_refused():
    from keras import layers

    from gan_course.layers import FirstOf

    picture, label = keras.Input(SHAPE), keras.Input((), dtype="int32", name="label")
    features = layers.Flatten()(picture)
    peeping = layers.Dense(CLASSES, name="classes")(layers.Concatenate()([features, layers.Embedding(3, 2)(label)]))
    discriminator = keras.Model([picture, label], FirstOf()([layers.Dense(1)(features), peeping]))
    with pytest.raises(ValueError, match=r"Invalid discriminator\. .*samples alone.* Received: .*label.* Build"):
        AuxiliaryGAN(conditional_generator(SHAPE, CLASSES, latent_dim=2), discriminator)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), "1"])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match=r"Invalid class_weight\. Expected .* Received: .* Try"):
        small_gan(weight)


@pytest.mark.parametrize("classes", [0, 2.5])
def test_a_number_of_classes_that_is_none_is_refused(classes):
    with pytest.raises(ValueError, match=r"Invalid classes\. Expected .* Received: .* Try"):
        auxiliary_discriminator(SHAPE, classes)
