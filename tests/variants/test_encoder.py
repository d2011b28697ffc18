"""BiGAN: both losses by hand, whose weights move in which step, reading and reconstructing, saving, and refusals."""

import keras
import numpy as np
import pytest

from gan_course import networks
from gan_course.variants.encoder import BiGAN, dcgan_encoder, pair_discriminator

pytestmark = pytest.mark.backends

SHAPE = (8, 8, 1)

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def pictures(count=6, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *SHAPE)).astype("float32")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def players():
    return (
        networks.dcgan_generator(SHAPE, 3, units=4, filters=(3, 2)),
        dcgan_encoder(SHAPE, 3, units=4, filters=(2, 3)),
        pair_discriminator(SHAPE, 3, units=4, filters=(2, 3)),
    )


def small_gan(**choices):
    keras.utils.set_random_seed(0)
    gan = BiGAN(*players(), seed=0)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), **QUICK, **choices)
    return gan


@pytest.mark.parametrize("objective", ["non_saturating", "hinge"])
def test_the_losses_by_hand(objective):
    gan, x = small_gan(objective=objective), keras.ops.convert_to_tensor(pictures())
    z = keras.ops.convert_to_tensor(np.random.default_rng(1).normal(size=(6, 3)).astype("float32"))
    gan.noise = lambda count: z
    made, codes = gan.decoder(z, training=False), gan.encoder(x, training=False)
    real, fake = (
        keras.ops.convert_to_numpy(gan.discriminator(pair, training=False)) for pair in ([x, codes], [made, z])
    )

    def sure(scores):  # how far the scores are from "real"
        return np.logaddexp(0, -scores).mean() if objective == "non_saturating" else np.maximum(0, 1 - scores).mean()

    real_is_read, exchanged = sure(real) + sure(-fake), sure(fake) + sure(-real)
    assert abs(number(gan.discriminator_loss(x, None, False)) - real_is_read) < 1e-5
    assert abs(number(gan.generator_loss(x, None, False)) - exchanged) < 1e-5


def test_generator_and_encoder_move_together_and_the_discriminator_alone():
    gan, x = small_gan(), keras.ops.convert_to_tensor(pictures())
    for step, moving in ((gan.generator_step, (True, True, False)), (gan.discriminator_step, (False, False, True))):
        networks_now = (gan.decoder, gan.encoder, gan.discriminator)
        before = [network.get_weights() for network in networks_now]
        step(x)
        for network, old, moves in zip(networks_now, before, moving, strict=True):
            moved = max(np.abs(a - b).max() for a, b in zip(old, network.get_weights(), strict=True))
            assert (moved > 1e-6) == moves, network.name


def test_it_reads_and_reconstructs():
    gan, x = small_gan(), pictures(5)
    codes = keras.ops.convert_to_numpy(gan.encoder(x, training=False))
    assert np.abs(gan.encode(x, batch_size=2) - codes).max() < 1e-6
    again = keras.ops.convert_to_numpy(gan.decoder(codes, training=False))
    assert np.abs(gan.reconstruct(x, batch_size=2) - again).max() < 1e-6
    assert gan.generate(4, seed=1).shape == (4, *SHAPE)


def test_it_trains_with_r1_and_several_steps_of_d_and_is_evaluated():
    gan = small_gan(r1_weight=0.5, d_steps=2)
    history = gan.fit(pictures(12), batch_size=4, validation_split=1 / 3, verbose=0).history
    assert sorted(history) == ["d_loss", "g_loss", "val_d_loss", "val_g_loss"]
    assert np.isfinite([*history.values()]).all()


def test_it_is_saved_and_loaded(tmp_path):
    gan, x = small_gan(), pictures(8)
    gan.fit(x, batch_size=4, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(copy, BiGAN)
    assert np.abs(gan.reconstruct(x) - copy.reconstruct(x)).max() < 1e-6
    losses = [each.train_on_batch(x) for each in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5
    assert np.abs(gan.reconstruct(x) - copy.reconstruct(x)).max() < 1e-6


def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    assert difference_after_an_interruption(small_gan, (pictures(12),)) < 1e-6


@pytest.mark.skipif(keras.config.backend() == "torch", reason="minutes there, for steps that other tests compare")
def test_an_encoder_learns_which_of_two_heaps_a_point_is_in():
    """Two heaps far from each other. Nothing compares a point with what is made of its code, and yet they agree."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    real = (0.15 * rng.normal(size=(512, 2)) + rng.choice([-1, 1], size=(512, 1))).astype("float32")
    point, code = keras.Input((2,)), keras.Input((2,))
    hidden = keras.layers.Dense(64, activation="relu")(keras.layers.Concatenate()([point, code]))
    hidden = keras.layers.Dense(64, activation="relu")(hidden)
    encoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(2)])
    judge = keras.Model([point, code], keras.layers.Dense(1)(hidden))
    gan = BiGAN(networks.mlp_generator((2,), 2, (64,)), encoder, judge, seed=0)
    gan.compile()

    def same_heap():
        return np.mean((gan.reconstruct(real)[:, 0] > 0) == (real[:, 0] > 0))

    gan.fit(real, batch_size=32, epochs=40, verbose=0)
    assert same_heap() > 0.9


# ----------------------------------------------------------------------------------------------------- refusals


def test_networks_that_do_not_fit_are_refused():
    decoder, encoder, judge = players()
    with pytest.raises(ValueError, match=r"Invalid encoder\. Expected a model from .* Received: .*\(None, 7\)\. Build"):
        BiGAN(decoder, dcgan_encoder(SHAPE, 7), judge)
    with pytest.raises(ValueError, match=r"Invalid discriminator\. Expected .* and .* Received: .* Build"):
        BiGAN(decoder, encoder, networks.dcgan_discriminator(SHAPE))
    with pytest.raises(ValueError, match=r"Invalid discriminator\. Expected .* Received: .*\(None, 7\).* Build"):
        BiGAN(decoder, encoder, pair_discriminator(SHAPE, 7))


def test_a_penalty_between_pairs_is_refused():
    with pytest.raises(ValueError, match=r"Invalid gradient_penalty_weight\. Expected 0.* Received: 10\.0\. Use r1"):
        small_gan(gradient_penalty_weight=10.0)


@pytest.mark.parametrize("given", [np.zeros((2, 4, 4, 1)), np.full((2, *SHAPE), 255.0), np.full((2, *SHAPE), np.nan)])
def test_samples_that_are_none_are_refused(given):
    gan = small_gan()
    for call in (gan.encode, gan.reconstruct, lambda x: gan.fit(x, batch_size=2, verbose=0)):
        with pytest.raises(ValueError, match=r"Expected .* Received: "):
            call(given)


@pytest.mark.parametrize(
    ("build", "choices"),
    [
        (dcgan_encoder, {"latent_dim": 0}),
        (dcgan_encoder, {"filters": (4,)}),
        (pair_discriminator, {"units": 2.5}),
        (pair_discriminator, {"image_shape": (7, 8, 1)}),
        (pair_discriminator, {"latent_dim": -1}),
    ],
)
def test_sizes_that_make_no_sense_are_refused(build, choices):
    with pytest.raises(ValueError, match=r"Invalid .+ Expected .+ Received: "):
        build(**choices)
