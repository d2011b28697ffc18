"""InfoGAN: its noise, the information loss by hand in both players' losses, reading, saving, and a short training."""

import math

import keras
import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import maximum_filter, minimum_filter

from gan_course import networks
from gan_course.layers import FirstOf
from gan_course.variants.information import (
    InfoGAN,
    _thicker_or_thinner,
    distorted,
    information_discriminator,
    purity,
)

pytestmark = pytest.mark.backends

SHAPE = (8, 8, 1)

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def pictures(count=6, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *SHAPE)).astype("float32")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def small_gan(weight=1.0, categories=3, continuous=2, distortion=0.0, **choices):
    keras.utils.set_random_seed(0)
    generator = networks.dcgan_generator(SHAPE, 4 + categories + continuous, units=4, filters=(3, 2))
    discriminator = information_discriminator(SHAPE, categories, continuous, units=4, filters=(2, 3))
    gan = InfoGAN(generator, discriminator, categories, continuous, weight, distortion, seed=0)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), **QUICK, **choices)
    return gan


def noise_of(gan, count, seed=1):
    return keras.ops.convert_to_numpy(gan.draw_noise(count, keras.random.SeedGenerator(seed)))


def test_the_noise_holds_normal_noise_a_uniform_category_and_uniform_numbers():
    gan = small_gan()
    noise = noise_of(gan, 3000)
    assert noise.shape == (3000, 9)
    z, c, u = noise[:, :4], noise[:, 4:7], noise[:, 7:]
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-3
    assert stats.kstest(u.ravel(), stats.uniform(-1, 2).cdf).pvalue > 1e-3
    assert np.abs(np.sort(c, axis=1) - [0, 0, math.sqrt(3)]).max() < 1e-6
    assert stats.chisquare((c > 1).sum(axis=0)).pvalue > 1e-3
    assert np.abs((c**2).mean() - 1) < 1e-6


def test_training_and_generate_draw_the_same_kind_of_noise():
    gan = small_gan()
    assert (gan.generate(5, seed=1) == gan.generate(5, seed=1)).all()
    by_hand = keras.ops.convert_to_numpy(gan.generator(noise_of(gan, 5), training=False))
    assert np.abs(gan.generate(5, seed=1) - by_hand).max() < 1e-6
    step = keras.ops.convert_to_numpy(gan.noise(7))
    assert (np.sort(step[:, 4:7], axis=1)[:, 1] == 0).all()


@pytest.mark.parametrize("continuous", [0, 2])
@pytest.mark.parametrize("weight", [0.0, 1.0, 0.3])
def test_the_information_loss_is_in_both_losses(weight, continuous):
    gan, plain = small_gan(weight, continuous=continuous), small_gan(0.0, continuous=continuous)
    noise = noise_of(gan, 6)
    for each in (gan, plain):
        each.noise = lambda count: keras.ops.convert_to_tensor(noise)
    read = keras.ops.convert_to_numpy(gan.reader(gan.generator(noise, training=False), training=False))
    logs = stats.norm(read[:, 3:], 0.5).logpdf(noise[:, 7:]) - stats.norm(0, 0.5).logpdf(0)
    shares = np.exp(read[:, :3]) / np.exp(read[:, :3]).sum(axis=1, keepdims=True)
    term = -(np.log(shares[noise[:, 4:7] > 1]) + logs.sum(axis=1)).mean()
    for loss in ("discriminator_loss", "generator_loss"):
        values = [number(getattr(each, loss)(pictures(), None, False)) for each in (gan, plain)]
        assert abs(values[0] - values[1] - weight * term) < 1e-5


def test_each_step_moves_its_own_player_alone_and_q_learns_with_d():
    gan, head = small_gan(), small_gan().discriminator.get_layer("codes").get_weights()
    for step, moving in ((gan.generator_step, gan.generator), (gan.discriminator_step, gan.discriminator)):
        before = [(network, network.get_weights()) for network in (gan.discriminator, gan.generator)]
        step(keras.ops.convert_to_tensor(pictures()))
        for network, old in before:
            moved = max(np.abs(a - b).max() for a, b in zip(old, network.get_weights(), strict=True))
            assert (moved > 1e-6) == (network is moving)
    assert np.abs(head[0] - gan.discriminator.get_layer("codes").get_weights()[0]).max() > 1e-6


def test_codes_are_imposed_and_read():
    gan = small_gan()
    same = [gan.generate_codes([1, 2], np.zeros((2, 2)), seed=5, batch_size=size) for size in (1, 256)]
    assert np.abs(same[0] - same[1]).max() < 1e-6
    noise = noise_of(gan, 2, seed=5)
    noise[:, 4:] = [[0, 3**0.5, 0, 0, 0], [0, 0, 3**0.5, 0, 0]]
    assert np.abs(same[0] - keras.ops.convert_to_numpy(gan.generator(noise, training=False))).max() < 1e-6
    codes, numbers = gan.read(pictures(5), batch_size=2)
    said = keras.ops.convert_to_numpy(gan.reader(pictures(5), training=False))
    assert (codes == said[:, :3].argmax(axis=1)).all()
    assert np.abs(numbers - said[:, 3:]).max() < 1e-6


def test_without_continuous_codes_none_are_read():
    codes, numbers = small_gan(continuous=0).read(pictures(4))
    assert codes.shape == (4,)
    assert numbers.shape == (4, 0)


def test_a_distortion_moves_a_picture_a_little_and_differs_from_one_to_the_next():
    """Of a black picture with a bright square in its middle, the square moves by 2 pixels at most, and stays a blot."""
    square = np.full((50, 28, 28, 1), -1.0, "float32")
    square[:, 12:16, 12:16] = 1
    seed = keras.random.SeedGenerator(0)
    out = keras.ops.convert_to_numpy(distorted(keras.ops.convert_to_tensor(square), 1.0, seed))
    assert out.shape == square.shape
    assert out.min() >= -1 - 1e-5
    assert out.max() <= 1 + 1e-5
    ink = (out[..., 0] + 1) / 2
    place = np.stack([(ink.sum(axis=axis) @ np.arange(28)) / ink.sum(axis=(1, 2)) for axis in (1, 2)])
    assert 0.5 < np.abs(place - 13.5).max() < 5
    assert place.std(axis=1).min() > 0.5
    amount = ink.sum(axis=(1, 2)) / 16
    assert 0.35 < amount.min() < 0.9
    assert 1.3 < amount.max() < 3
    still = keras.ops.convert_to_numpy(distorted(keras.ops.convert_to_tensor(square), 0.0, seed))
    assert np.abs(still - square).max() < 1e-5


def test_strokes_move_toward_the_brightest_or_the_darkest_of_their_neighbors():
    """All pixels of a picture go the same part of the way: up to 0.8 to the brightest, or up to 0.4 to the darkest."""
    given = pictures(60)
    seed = keras.random.SeedGenerator(0)
    out = keras.ops.convert_to_numpy(_thicker_or_thinner(keras.ops.convert_to_tensor(given), 1.0, seed))
    most, least = (f(given, size=(1, 3, 3, 1), mode="nearest") for f in (maximum_filter, minimum_filter))
    thicker = (out >= given).all(axis=(1, 2, 3))
    for chosen, ends, limit in ((thicker, most, 0.8), (~thicker, least, 0.4)):
        moves, ways = (out - given)[chosen], (ends - given)[chosen]
        part = moves.sum(axis=(1, 2, 3), keepdims=True) / ways.sum(axis=(1, 2, 3), keepdims=True)
        assert np.abs(moves - part * ways).max() < 1e-5
        assert 0 <= part.min() < 0.1 < limit - 0.1 < part.max() <= limit


def test_a_distortion_in_the_step_of_g_draws_seven_new_random_numbers_for_each_picture():
    drawn = []
    for distortion in (0.0, 1.0):
        gan = small_gan(distortion=distortion)
        before = keras.ops.convert_to_numpy(gan.seed_generator.state)
        gan.generator_step(keras.ops.convert_to_tensor(pictures()))
        drawn.append(keras.ops.convert_to_numpy(gan.seed_generator.state) - before)
    assert list(drawn[1] - drawn[0]) == [0, 7]


def test_it_is_saved_and_loaded(tmp_path):
    gan = small_gan(0.4, distortion=0.5, r1_weight=0.1)
    gan.fit(pictures(8), batch_size=4, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(copy, InfoGAN)
    assert (copy.categories, copy.continuous, copy.information_weight, copy.distortion) == (3, 2, 0.4, 0.5)
    losses = [each.train_on_batch(pictures(8)) for each in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5
    assert np.abs(gan.generate(3, seed=1) - copy.generate(3, seed=1)).max() < 1e-6


def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    assert difference_after_an_interruption(lambda: small_gan(distortion=1.0), (pictures(12),)) < 1e-6


def test_codes_can_be_read_after_a_training_and_not_without_the_term():
    """Points in the plane, in two heaps. Q reads the codes that G got, wherever G puts the points of each code."""
    signs = np.sign(np.random.default_rng(1).normal(size=(512, 1)))
    real = np.random.default_rng(0).normal(size=(512, 2)) * 0.2 + signs

    def readable(weight):
        keras.utils.set_random_seed(0)
        sample, hidden = keras.Input((2,)), keras.layers.Dense(32, activation="relu")
        features = hidden(sample)
        outputs = [keras.layers.Dense(1)(features), keras.layers.Dense(2, name="codes")(features)]
        gan = InfoGAN(
            networks.mlp_generator((2,), 6, (32,)), keras.Model(sample, FirstOf()(outputs)), 2, 0, weight, seed=0
        )
        gan.compile()
        gan.fit(real, batch_size=32, epochs=20, verbose=0)
        codes = np.arange(200) % 2
        return np.mean(gan.read(gan.generate_codes(codes, seed=1))[0] == codes)

    assert readable(1.0) > 0.95
    assert 0.3 < readable(0.0) < 0.7


@pytest.mark.parametrize(
    ("codes", "labels", "expected"),
    [
        ([0, 0, 0, 1, 1], [3, 3, 5, 8, 8], 0.8),
        ([0, 1, 2, 3], [7, 7, 7, 7], 1.0),
        ([5, 5, 5, 5], [0, 1, 2, 3], 0.25),
        ([0, 0, 1, 1], [1, 1, 0, 0], 1.0),
    ],
)
def test_purity_by_hand(codes, labels, expected):
    assert abs(purity(np.array(codes), np.array(labels)) - expected) < 1e-12


def test_purity_is_that_of_a_contingency_table():
    from sklearn.metrics.cluster import contingency_matrix

    codes, labels = np.random.default_rng(0).integers(0, 4, (2, 50))
    assert abs(purity(codes, labels) - contingency_matrix(labels, codes).max(axis=0).sum() / 50) < 1e-12


# ----------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"categories": 1}, "Invalid categories"),
        ({"categories": 2.5}, "Invalid categories"),
        ({"continuous": -1}, "Invalid continuous"),
        ({"weight": -0.5}, "Invalid information_weight"),
        ({"weight": float("nan")}, "Invalid information_weight"),
        ({"distortion": 1.5}, "Invalid distortion"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(choices, message):
    generator = networks.dcgan_generator(SHAPE, 9)
    choices = {"categories": 3, "continuous": 2, "weight": 1.0, "distortion": 0.0, **choices}
    with pytest.raises(ValueError, match=rf"{message}\. Expected .* Received: .* Try"):
        InfoGAN(generator, information_discriminator(SHAPE, 3, 2), *choices.values())


def test_networks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"Invalid generator\. Expected a latent_dim above 5.* Received: .*5\. Build"):
        InfoGAN(networks.dcgan_generator(SHAPE, 5), information_discriminator(SHAPE, 3, 2), 3, 2)
    with pytest.raises(ValueError, match=r'Invalid discriminator\. Expected .*"codes".* Received: layers .* Build'):
        InfoGAN(networks.dcgan_generator(SHAPE, 9), networks.dcgan_discriminator(SHAPE), 3, 2)
    with pytest.raises(ValueError, match=r"Invalid discriminator\. Expected .* 3 numbers .* Received: .*5\)\. Build"):
        InfoGAN(networks.dcgan_generator(SHAPE, 9), information_discriminator(SHAPE, 3, 2), 3, 0)
    points = keras.Input((2,))
    outputs = [keras.layers.Dense(1)(points), keras.layers.Dense(5, name="codes")(points)]
    with pytest.raises(ValueError, match=r"Invalid distortion\. Expected 0 .* Received: 0\.5 .* Leave"):
        InfoGAN(networks.mlp_generator((2,), 9), keras.Model(points, FirstOf()(outputs)), 3, 2, distortion=0.5)
    with pytest.raises(ValueError, match=r"Invalid filters\. Expected .* Received: .* Try"):
        information_discriminator(SHAPE, filters=(8,))


@pytest.mark.parametrize("codes", [[3], [-1], [], [0.5], [[1, 2]], 2])
def test_codes_that_are_none_are_refused(codes):
    with pytest.raises(ValueError, match=r"Invalid codes\. Expected .* Received: .* Try"):
        small_gan().generate_codes(codes)


@pytest.mark.parametrize("continuous", [[0.1, 0.2], [[0.1, 0.2]], [[np.nan, 0], [0, 0]]])
def test_continuous_codes_that_are_none_are_refused(continuous):
    with pytest.raises(ValueError, match=r"Invalid continuous codes\. Expected .* Received: .* Give"):
        small_gan().generate_codes([0, 1], continuous)


@pytest.mark.parametrize(("codes", "labels"), [([0, 1], [0]), ([], []), ([[0]], [[0]])])
def test_purity_of_nothing_is_refused(codes, labels):
    with pytest.raises(ValueError, match=r"Invalid codes and labels\. Expected .* Received: .* Give"):
        purity(codes, labels)
