"""The semi-supervised GAN: its score, both losses by hand, which samples go where, and that it learns to classify."""

import keras
import numpy as np
import pytest
from keras import ops

from gan_course import networks
from gan_course.objectives import Objective, cross_entropy
from gan_course.variants.semi_supervised import (
    SemiSupervisedGAN,
    no_objective,
    semi_supervised_discriminator,
)

pytestmark = pytest.mark.backends

SHAPE, CLASSES = (8, 8, 1), 3
THREE_PARTS = r"Expected.+Received: .+\. \w"

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def pictures(count=6, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *SHAPE)).astype("float32")


def some_labels(count=12):
    """0, −1, −1, 0, −1, −1, …, with the classes 0, 1, 2 in turn."""
    numbers = np.arange(count)
    return np.where(numbers % 3 == 0, numbers // 3 % CLASSES, -1)


def array(tensor):
    return ops.convert_to_numpy(tensor).astype("float64")


def small_gan(class_weight=1.0, matching_weight=1.0, **choices):
    keras.utils.set_random_seed(0)
    discriminator = semi_supervised_discriminator(SHAPE, CLASSES, 4, (2, 3), ["translation"], seed=0)
    generator = networks.mlp_generator(SHAPE, 2, 4)
    gan = SemiSupervisedGAN(generator, discriminator, class_weight, matching_weight, seed=0)
    gan.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05), **QUICK, **choices)
    return gan


def batch(gan, count=6):
    """A batch as a step gets it: as many samples as labeled samples, and the labels of these."""
    return gan._to_tensors((pictures(count), pictures(count, seed=1), np.arange(count) % CLASSES))


def test_the_score_is_the_logit_of_z_over_z_plus_one():
    gan = small_gan()
    logits, scores = array(gan.classifier(pictures())), array(gan.discriminator(pictures()))
    z = np.exp(logits).sum(axis=1, keepdims=True)
    assert np.abs(1 / (1 + np.exp(-scores)) - z / (z + 1)).max() < 1e-6


def test_the_class_of_a_picture_does_not_depend_on_its_batch():
    gan, x = small_gan(), pictures(40)
    alone = np.concatenate([gan.classify(picture[None]) for picture in x])
    assert (gan.classify(x, batch_size=16) == alone).all()
    assert (alone == array(gan.classifier(x)).argmax(axis=1)).all()


@pytest.mark.parametrize("weights", [(0.0, 0.0), (1.0, 1.0), (2.5, 0.5)])
def test_both_losses_by_hand(weights):
    gan = small_gan(*weights)
    gan.noise = lambda count: ops.ones((count, 2))
    real, labels = batch(gan)
    fake, x, labeled = gan.generator(ops.ones((6, 2))), pictures(), pictures(seed=1)
    scores, fake_scores = (array(gan.discriminator(each)) for each in (x, fake))
    logits = array(gan.classifier(labeled))
    entropies = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(6), np.arange(6) % CLASSES]
    expected = np.log1p(np.exp(-scores)).mean() + np.log1p(np.exp(fake_scores)).mean() + weights[0] * entropies.mean()
    assert abs(float(array(gan.discriminator_loss(real, labels, False))) - expected) < 1e-5
    apart = array(gan.features(x)).mean(axis=0) - array(gan.features(fake)).mean(axis=0)
    expected = np.log1p(np.exp(-fake_scores)).mean() + weights[1] * (apart**2).sum()
    assert abs(float(array(gan.generator_loss(real, labels, False))) - expected) < 1e-5


def test_feature_matching_alone():
    objective = Objective(cross_entropy, no_objective)
    gan, plain = small_gan(objective=objective), small_gan(matching_weight=0.0, objective=objective)
    (real, labels), (other, _) = batch(gan), batch(plain)
    assert float(array(plain.generator_loss(other, labels, False))) == 0
    assert float(array(gan.generator_loss(real, labels, False))) > 1e-6


def test_every_sample_plays_once_in_an_epoch_and_only_labeled_ones_are_named():
    gan, x, labels = small_gan(), pictures(12), some_labels()
    batches = gan._batches(gan._checked_arrays(x, labels), 5, shuffle=True)
    batches.on_epoch_begin()
    samples, labeled, names = (np.concatenate(part) for part in zip(*(batches[i] for i in range(3)), strict=True))
    place = {picture.tobytes(): row for row, picture in enumerate(x)}
    assert sorted(place[picture.tobytes()] for picture in samples) == [*range(12)]
    rows = np.array([place[picture.tobytes()] for picture in labeled])
    assert (labels[rows] == names).all()
    assert np.bincount(rows, minlength=12).tolist() == [3, 0, 0] * 4


def test_each_step_moves_its_own_player_alone():
    gan = small_gan()
    for step, moving in ((gan.generator_step, gan.generator), (gan.discriminator_step, gan.discriminator)):
        before = [(network, network.get_weights()) for network in (gan.discriminator, gan.generator)]
        step(*batch(gan))
        for network, old in before:
            moved = max(np.abs(a - b).max() for a, b in zip(old, network.get_weights(), strict=True))
            assert (moved > 1e-6) == (network is moving)


@pytest.mark.parametrize("choices", [{"r1_weight": 0.5}, {"d_steps": 2}])
def test_penalties_and_several_steps_of_d_work_as_in_a_gan(choices):
    assert np.isfinite(small_gan(**choices).train_on_batch(pictures(12), some_labels())).all()


def test_it_learns_the_classes():
    """Dark, gray and light pictures, nine of them with a label."""
    labels = np.arange(48) % CLASSES
    x = np.clip(0.2 * pictures(48) + 0.7 * (labels - 1)[:, None, None, None], -1, 1).astype("float32")
    gan = small_gan()
    gan.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01), jit_compile=QUICK["jit_compile"])
    gan.fit(x, np.where(np.arange(48) < 9, labels, -1), batch_size=16, epochs=40, verbose=0)
    assert np.mean(gan.classify(x[9:]) == labels[9:]) > 0.9


def test_it_is_saved_and_loaded(tmp_path):
    gan = small_gan(0.5, 2.0, objective=Objective(cross_entropy, no_objective))
    gan.fit(pictures(12), some_labels(), batch_size=4, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(copy, SemiSupervisedGAN)
    assert (copy.class_weight, copy.matching_weight) == (0.5, 2.0)
    losses = [each.train_on_batch(pictures(12), some_labels()) for each in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5


def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    assert difference_after_an_interruption(small_gan, (pictures(12), some_labels())) < 1e-6


def test_held_out_samples_are_evaluated_and_change_nothing():
    gan, plain = small_gan(), small_gan()
    data = pictures(8), some_labels(8)
    history = gan.fit(*data, batch_size=4, verbose=0, validation_data=(pictures(5, 2), some_labels(5))).history
    plain.fit(*data, batch_size=4, verbose=0)
    assert np.isfinite([history["val_d_loss"], history["val_g_loss"]]).all()
    pairs = zip(gan.trainable_variables, plain.trainable_variables, strict=True)
    assert max(np.abs(array(a) - array(b)).max() for a, b in pairs) < 1e-6


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (None, "Invalid labels"),
        (some_labels(5), "Invalid labels"),
        (np.eye(6), "Invalid labels"),
        (np.arange(6), "Invalid labels"),
        (np.full(6, -2), "Invalid labels"),
        (np.full(6, -1), "No labels"),
    ],
)
def test_labels_that_are_none_are_refused(labels, words):
    with pytest.raises(ValueError, match=rf"{words}\. " + THREE_PARTS):
        small_gan().fit(pictures(), labels)


def test_batches_of_another_form_are_refused():
    with pytest.raises(ValueError, match=r"Invalid batch\. " + THREE_PARTS):
        small_gan()._to_tensors((pictures(), np.arange(6)))


def test_a_discriminator_without_classes_is_refused():
    with pytest.raises(ValueError, match=r"Invalid discriminator\. " + THREE_PARTS):
        SemiSupervisedGAN(networks.mlp_generator(SHAPE, 2), networks.dcgan_discriminator(SHAPE))


@pytest.mark.parametrize("name", ["class_weight", "matching_weight"])
def test_a_weight_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match=rf"Invalid {name}\. " + THREE_PARTS):
        small_gan(**{name: -1.0})
