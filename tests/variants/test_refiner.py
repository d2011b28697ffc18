"""SimGAN: both losses by hand, which step moves what, data without pairs, and that a refiner learns what real is."""

import keras
import numpy as np
import pytest

from gan_course import networks
from gan_course.variants.refiner import SimGAN, residual_refiner
from gan_course.variants.translation import patch_discriminator

pytestmark = pytest.mark.backends

SHAPE = (8, 8, 1)
THREE_PARTS = r"Expected.+Received: .+\. \w"

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def pictures(count=4, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *shape)).astype("float32")


def call(network, x):
    return keras.ops.convert_to_numpy(network(x, training=False)).astype("float64")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def small_gan(l1_weight=1.0, **choices):
    keras.utils.set_random_seed(0)
    gan = SimGAN(residual_refiner(SHAPE, 2, 1), patch_discriminator(SHAPE, filters=(2, 3)), l1_weight, seed=0)
    gan.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05), **QUICK, **choices)
    return gan


@pytest.mark.parametrize("weight", [0.0, 1.0, 2.5])
def test_both_losses_by_hand(weight):
    gan, real, simulated = small_gan(weight), pictures(), pictures(seed=1)
    refined = call(gan.generator, simulated)
    scores, fake_scores = call(gan.discriminator, real), call(gan.discriminator, refined.astype("float32"))
    expected = np.log1p(np.exp(-scores)).mean() + np.log1p(np.exp(fake_scores)).mean()
    assert abs(number(gan.discriminator_loss(real, simulated, False)) - expected) < 1e-5
    expected = np.log1p(np.exp(-fake_scores)).mean() + weight * np.abs(refined - simulated).mean()
    assert abs(number(gan.generator_loss(real, simulated, False)) - expected) < 1e-5


def test_a_penalty_looks_at_real_pictures():
    """A linear discriminator has the same gradient everywhere: its weights."""
    layer = keras.layers.Dense(1)
    judge = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), layer])
    layer.set_weights([np.full((64, 1), 0.3), np.zeros(1)])
    losses = []
    for weight in (0.0, 0.7):
        keras.utils.set_random_seed(0)
        gan = SimGAN(residual_refiner(SHAPE, 2, 1), judge, seed=0)
        gan.compile("sgd", "sgd", r1_weight=weight, **QUICK)
        losses.append(number(gan.discriminator_loss(pictures(), pictures(seed=1))))
    assert abs(losses[1] - losses[0] - 0.7 * 0.5 * 64 * 0.3**2) < 1e-4


def test_each_step_moves_its_own_player_alone():
    gan, batch = small_gan(), [keras.ops.convert_to_tensor(pictures(seed=seed)) for seed in (0, 1)]
    for step, moving in ((gan.generator_step, gan.generator), (gan.discriminator_step, gan.discriminator)):
        before = [(network, network.get_weights()) for network in (gan.discriminator, gan.generator)]
        step(*batch)
        for network, old in before:
            moved = max(np.abs(a - b).max() for a, b in zip(old, network.get_weights(), strict=True))
            assert (moved > 1e-6) == (network is moving)


def test_a_large_weight_keeps_pictures_as_they_are():
    """The L1 distance alone: without a game, the refiner learns to copy."""
    gan, simulated = small_gan(100.0), np.clip(pictures(32, seed=1), -0.8, 0.8)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(0.01), jit_compile=QUICK["jit_compile"])
    before = np.abs(gan.refine(simulated) - simulated).mean()
    gan.fit(pictures(32), simulated, batch_size=16, epochs=100, verbose=0)
    assert np.abs(gan.refine(simulated) - simulated).mean() < before / 2


def test_sets_of_different_sizes_train_and_are_evaluated():
    gan, real, simulated = small_gan(d_steps=2), pictures(7), pictures(12, seed=1)
    history = gan.fit(real, simulated, batch_size=4, validation_data=(real[:3], simulated[:2]), verbose=0).history
    assert gan.steps_behind() == 3
    assert sorted(history) == ["d_loss", "g_loss", "val_d_loss", "val_g_loss"]
    assert np.isfinite([*history.values()]).all()


def test_it_is_saved_and_loaded(tmp_path):
    gan, data = small_gan(0.5), (pictures(), pictures(seed=1))
    gan.fit(*data, batch_size=2, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(copy, SimGAN)
    assert copy.l1_weight == 0.5
    assert (copy.refine(data[1]) == gan.refine(data[1])).all()
    losses = [each.train_on_batch(*data) for each in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5


def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    assert difference_after_an_interruption(small_gan, (pictures(12), pictures(7, seed=1))) < 1e-6


@pytest.mark.parametrize(
    ("real", "simulated", "message"),
    [
        (pictures(), None, r"No simulated pictures\."),
        (pictures(shape=(8, 8, 3)), pictures(), r"In the real pictures: Invalid samples\."),
        (pictures(), pictures(shape=(4, 4, 1)), r"In the simulated pictures: Invalid samples\."),
        (pictures(), np.full((4, *SHAPE), 255), r"In the simulated pictures: Invalid images\."),
        (np.zeros((0, *SHAPE)), pictures(), r"No real pictures\."),
    ],
)
def test_pictures_that_do_not_fit_are_refused_before_training(real, simulated, message):
    with pytest.raises(ValueError, match=rf"{message} ?.*{THREE_PARTS}"):
        small_gan().fit(real, simulated, batch_size=4, verbose=0)


def test_networks_that_refine_nothing_are_refused():
    with pytest.raises(ValueError, match=r"Invalid refiner\. " + THREE_PARTS):
        SimGAN(networks.mlp_generator(SHAPE, 2), networks.mlp_discriminator(SHAPE))


@pytest.mark.parametrize("weight", [-1.0, float("inf"), None])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match=r"Invalid l1_weight\. " + THREE_PARTS):
        small_gan(weight)


def test_there_is_no_noise_to_start_from():
    gan = small_gan()
    for start in (lambda: gan.generate(3), lambda: gan.predict(np.zeros((1, 4))), lambda: gan.predict_on_batch(None)):
        with pytest.raises(ValueError, match=r"refine\(pictures\)\. Received: .+\. \w"):
            start()
