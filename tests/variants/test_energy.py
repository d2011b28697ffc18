"""The energy-based GAN: energies by hand, the pulling-away term in G's loss alone, saving, and a short training."""

import keras
import numpy as np
import pytest
from keras import layers

from gan_course import networks
from gan_course.gan import AveragingAdam
from gan_course.objectives import OBJECTIVES, energy_based, pulling_away
from gan_course.variants.energy import EnergyGAN, autoencoding_discriminator

pytestmark = pytest.mark.backends


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def samples(count=6, shape=(2,), seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *shape)).astype("float32")


def small_gan(shape=(2,), weight=0.1, **choices):
    keras.utils.set_random_seed(0)
    discriminator = autoencoding_discriminator(shape, units=(5,), code_dim=3)
    gan = EnergyGAN(networks.mlp_generator(shape, 4, units=(6,)), discriminator, weight, seed=0)
    gan.compile("adam", "adam", **choices)
    return gan


@pytest.mark.parametrize(("shape", "units"), [((2,), (5, 4)), ((8, 8, 1), (16,)), ((4, 8, 3), 7)])
def test_the_energy_is_the_mean_squared_error_of_what_is_redrawn(shape, units):
    discriminator, x = autoencoding_discriminator(shape, units, code_dim=3), samples(5, shape)
    encoder, decoder = map(discriminator.get_layer, ("encoder", "decoder"))
    assert discriminator.output_shape == (None, 1)
    assert encoder.output_shape == (None, 3)
    redrawn = keras.ops.convert_to_numpy(decoder(encoder(x)))
    energies = keras.ops.convert_to_numpy(discriminator(x))
    assert np.abs(energies[:, 0] - np.mean((x - redrawn) ** 2, axis=tuple(range(1, x.ndim)))).max() < 1e-6
    assert energies.shape == (5, 1)
    widths = [layer.units for layer in encoder.layers if isinstance(layer, layers.Dense)]
    back = [layer.units for layer in decoder.layers if isinstance(layer, layers.Dense)]
    assert widths[:-1] == back[:-1][::-1] == list(np.atleast_1d(units))


@pytest.mark.parametrize(
    ("choices", "received"),
    [
        ({"code_dim": 0}, "0"),
        ({"code_dim": 2.5}, "2.5"),
        ({"units": (8, -1)}, "-1"),
        ({"input_shape": (7, 8, 1)}, r"\(7, 8, 1\)"),
        ({"input_shape": (8, 8)}, r"\(8, 8\)"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(choices, received):
    with pytest.raises(ValueError, match=rf"Invalid .* Expected .* Received: {received}"):
        autoencoding_discriminator(**{"input_shape": (8, 8, 1), **choices})


def test_a_discriminator_without_an_encoder_is_refused():
    with pytest.raises(ValueError, match=r"Invalid discriminator\. Expected .*encoder.* Received: layers .* Build"):
        EnergyGAN(networks.mlp_generator((2,), 4), networks.mlp_discriminator((2,)))


@pytest.mark.parametrize("weight", [-0.1, float("nan")])
def test_a_negative_weight_is_refused(weight):
    with pytest.raises(ValueError, match=r"Invalid pulling_away_weight\. Expected .* Received: .* Try"):
        small_gan(weight=weight)


@pytest.mark.parametrize("weight", [0.0, 0.1, 2.0])
def test_the_pulling_away_term_is_in_the_generators_loss_alone(weight):
    gan, plain = (small_gan(weight=chosen, objective=energy_based(0.7)) for chosen in (weight, 0.0))
    fake = gan.generate(4, seed=1)
    z = keras.random.normal((4, 4), seed=keras.random.SeedGenerator(1))
    gan.noise = plain.noise = lambda count: z
    term = number(pulling_away(gan.discriminator.get_layer("encoder")(fake)))
    energy = number(keras.ops.mean(gan.discriminator(fake)))
    assert 0.01 < term <= 1
    assert abs(number(gan.generator_loss(samples(4))) - (energy + weight * term)) < 1e-5
    assert abs(number(gan.discriminator_loss(samples(4))) - number(plain.discriminator_loss(samples(4)))) < 1e-6


def test_the_generators_step_moves_the_generator_alone():
    gan = small_gan(weight=5.0)
    before = [network.get_weights() for network in (gan.discriminator, gan.generator)]
    gan.generator_step(samples(4))
    moved = [
        max(np.abs(a - b).max() for a, b in zip(old, network.get_weights(), strict=True))
        for old, network in zip(before, (gan.discriminator, gan.generator), strict=True)
    ]
    assert moved[0] == 0.0
    assert moved[1] > 1e-5


def test_the_objective_is_energy_based_unless_asked():
    assert small_gan().objective.d_loss.margin == 1.0
    assert small_gan(objective=energy_based(0.3)).objective.d_loss.margin == 0.3
    assert small_gan(objective="wasserstein").objective == OBJECTIVES["wasserstein"]


def test_it_is_saved_and_loaded(tmp_path):
    gan = small_gan(weight=0.4, objective=energy_based(0.3))
    gan.fit(samples(8), batch_size=4, epochs=1, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(copy, EnergyGAN)
    assert copy.pulling_away_weight == 0.4
    assert copy.objective.d_loss.margin == 0.3
    for model in (gan, copy):
        model.train_on_batch(samples(4))
    pairs = zip(gan.get_weights(), copy.get_weights(), strict=True)
    assert max(np.abs(a - b).max() for a, b in pairs) < 1e-6


@pytest.mark.skipif(keras.config.backend() == "torch", reason="minutes there, for steps that other tests compare")
def test_energies_of_real_and_generated_points_meet():
    """Points on a short line in the plane: a code of one number can redraw them, and nothing else."""
    keras.utils.set_random_seed(0)
    place = np.random.default_rng(0).uniform(-1, 1, size=(512, 1)).astype("float32")
    real, margin = np.concatenate([place, 0.5 * place + 1], axis=1), 0.2
    discriminator = autoencoding_discriminator((2,), units=(64,), code_dim=1)
    gan = EnergyGAN(networks.mlp_generator((2,), 2, units=(64,)), discriminator, seed=0)
    gan.compile(keras.optimizers.Adam(2e-3, beta_1=0.5), AveragingAdam(2e-3), energy_based(margin))

    def apart_and_off_the_line():
        made = gan.generate(512, seed=1)
        energies = [number(keras.ops.mean(discriminator(x))) for x in (real, made)]
        return abs(energies[1] - energies[0]), np.abs(made @ [-0.5, 1.0] - 1).mean()

    apart, off = apart_and_off_the_line()
    assert apart > margin
    assert off > 0.5
    gan.fit(real, batch_size=32, epochs=30, verbose=0)
    apart, off = apart_and_off_the_line()
    assert apart < 0.2 * margin
    assert off < 0.1
