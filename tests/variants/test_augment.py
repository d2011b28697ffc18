"""Differentiable augmentation: each change against NumPy, its gradient, the layer's probability, and GANs with it."""

import doctest

import keras
import numpy as np
import pytest

from gan_course import layers, networks
from gan_course.backend import input_gradient
from gan_course.gan import GAN
from gan_course.variants import augment
from gan_course.variants.conditional import conditional_discriminator, conditional_generator

pytestmark = pytest.mark.backends

SHAPE = (8, 8, 1)
THREE_PARTS = r"Expected.+Received: .+\. \w"

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def pictures(count=6, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *shape)).astype("float32")


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def by_roll(picture, down, right, fill):
    """`numpy.roll`, then the rows and columns that came in at the other side overwritten."""
    height, width = picture.shape[:2]
    rolled = np.roll(picture, (down, right), axis=(0, 1))
    rows, columns = np.arange(height) - down, np.arange(width) - right
    rolled[(rows < 0) | (rows >= height)] = fill
    rolled[:, (columns < 0) | (columns >= width)] = fill
    return rolled


# ------------------------------------------------------------------------------------------- changes with given numbers


def test_the_example_of_a_docstring():
    (example,) = doctest.DocTestFinder().find(augment.translate, "translate", globs=vars(augment))
    assert doctest.DocTestRunner().run(example) == (0, 1)


@pytest.mark.parametrize("fill", [-1.0, 0.0])
def test_a_shift_is_a_roll_without_what_comes_in_at_the_other_side(fill):
    shifts = np.array([(0, 0), (1, 0), (0, -2), (-3, 4), (6, 5), (9, 0), (0, -5), (-6, -5)])
    x = pictures(len(shifts), (6, 5, 3))
    expected = [by_roll(picture, *shift, fill) for picture, shift in zip(x, shifts, strict=True)]
    assert np.abs(array(augment.translate(x, shifts, fill)) - np.stack(expected)).max() == 0


@pytest.mark.parametrize("side", [1, 2, 3])
def test_a_square_is_overwritten_and_nothing_else(side):
    centers, x = np.array([(0, 0), (2, 3), (6, 5), (5, 0)]), pictures(4, (6, 5, 2))
    expected = x.copy()
    for picture, (row, column) in zip(expected, centers - side // 2, strict=True):
        picture[max(row, 0) : row + side, max(column, 0) : column + side] = 0.25
    assert np.abs(array(augment.cut_out(x, centers, side, fill=0.25)) - expected).max() == 0


def test_colors_by_hand():
    x, numbers = pictures(2, (4, 4, 3)), np.array([0.5, 1.5], "float32")
    each, gray, mean = (
        numbers[:, None, None, None],
        x.mean(axis=3, keepdims=True),
        x.mean(axis=(1, 2, 3), keepdims=True),
    )
    for change, expected in (
        (augment.change_brightness, x + each),
        (augment.change_saturation, gray + each * (x - gray)),
        (augment.change_contrast, mean + each * (x - mean)),
    ):
        assert np.abs(array(change(x, numbers)) - expected).max() < 1e-6


# --------------------------------------------------------------------------------------------------------- the layer


def test_shifts_are_uniform_and_reach_an_eighth():
    """Of 24 × 16 pixels: up to 3 down or up, and 2 to each side. A dot in the middle says which shift it was."""
    x = np.full((4000, 24, 16, 1), -1, "float32")
    x[:, 12, 8] = 1
    moved = array(augment.Augmentation(["translation"], fill=-1.0, seed=0)(x, training=True))[..., 0]
    _, rows, columns = np.nonzero(moved == 1)
    assert len(rows) == 4000
    shares = np.histogram2d(rows - 12, columns - 8, bins=[np.arange(-3.5, 4), np.arange(-2.5, 3)])[0] / 4000
    assert abs(shares.sum() - 1) < 1e-9
    assert np.abs(shares - 1 / 35).max() < 5 * np.sqrt(1 / 35 / 4000)


def test_a_cutout_covers_what_its_distribution_says():
    """The middle of a square of 4 is at one of 9 places per side: pixel i is inside with probability min(4, …) / 9."""
    x = np.ones((4000, 8, 8, 1), "float32")
    cut = array(augment.Augmentation(["cutout"], seed=0)(x, training=True))[..., 0] == 0
    inside = np.array([sum(center - 2 <= i < center + 2 for center in range(9)) for i in range(8)]) / 9
    expected = np.outer(inside, inside)
    assert np.abs(cut.mean(axis=0) - expected).max() < 5 * np.sqrt(0.25 / 4000)
    assert cut.sum(axis=(1, 2)).max() == 16


@pytest.mark.parametrize(
    ("name", "low", "high"), [("brightness", -0.5, 0.5), ("saturation", 0.0, 2.0), ("contrast", 0.5, 1.5)]
)
def test_colors_change_by_numbers_that_are_uniform(name, low, high):
    x = np.tile(pictures(1, (4, 4, 3)), (4000, 1, 1, 1))
    changed = array(augment.Augmentation([name], seed=0)(x, training=True))
    gray = {"brightness": x - 1, "saturation": x.mean(axis=3, keepdims=True), "contrast": x.mean()}[name]
    numbers = ((changed - gray) / (x - gray)).reshape(4000, -1) - (name == "brightness")
    assert np.ptp(numbers, axis=1).max() < 1e-3  # one number per picture
    numbers = (numbers[:, 0] - low) / (high - low)
    assert -1e-3 < numbers.min() < 0.01 < 0.99 < numbers.max() < 1 + 1e-3
    assert abs(numbers.mean() - 0.5) < 0.02
    assert abs(numbers.std() - 12**-0.5) < 0.02


@pytest.mark.parametrize("names", [["translation"], ["translation", "cutout"], [*augment.TRANSFORMATIONS]])
def test_without_probability_or_training_pictures_pass_as_they_are(names):
    x = pictures(16, (8, 8, 3))
    layer = augment.Augmentation(names, probability=0.0, seed=0)
    assert np.abs(array(layer(x, training=True)) - x).max() == 0
    layer.probability.assign(1.0)
    assert np.abs(array(layer(x)) - x).max() == 0
    changed = np.abs(array(layer(x, training=True)) - x).max(axis=(1, 2, 3)) > 0.01
    assert changed.mean() > 0.5  # a shift may be one by no pixel


def test_the_probability_is_the_share_of_pictures_that_change():
    x = np.ones((4000, *SHAPE), "float32")
    layer = augment.Augmentation(["brightness"], probability=0.3, seed=0)
    changed = (array(layer(x, training=True)) != x).any(axis=(1, 2, 3))
    assert abs(changed.mean() - 0.3) < 5 * np.sqrt(0.21 / 4000)


def test_a_seed_gives_the_same_changes_and_each_call_others():
    x, layers_ = pictures(), [augment.Augmentation(seed=seed) for seed in (3, 3, 4)]
    first, again, other = (array(layer(x, training=True)) for layer in layers_)
    assert np.abs(first - again).max() == 0
    assert np.abs(first - other).max() > 0.1
    assert np.abs(first - array(layers_[0](x, training=True))).max() > 0.1
    keras.utils.set_random_seed(1)
    unseeded = array(augment.Augmentation()(x, training=True))
    keras.utils.set_random_seed(1)
    assert np.abs(unseeded - array(augment.Augmentation()(x, training=True))).max() == 0


def test_a_gradient_goes_back_along_the_change():
    """D is a weighted sum of the pixels, so the gradient is these weights, shifted back and zero in the square."""
    weights = pictures(1, seed=1)[0]
    discriminator = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(1)])
    discriminator.set_weights([weights.reshape(-1, 1), np.zeros(1)])
    layer = augment.Augmentation(seed=5)
    network = keras.Sequential([keras.Input(SHAPE), layer, discriminator])
    numbers = [array(keras.random.uniform((6, 3), seed=generator)) for generator in [keras.random.SeedGenerator(5)] * 2]
    shifts = np.floor(numbers[0][:, 1:] * 3) - 1
    corners = (np.floor(numbers[1][:, 1:] * 9) - 2).astype(int)
    gradient = array(input_gradient(network, pictures()))
    for found, (down, right), (row, column) in zip(gradient, shifts.astype(int), corners, strict=True):
        seen = weights.copy()
        seen[max(row, 0) : row + 4, max(column, 0) : column + 4] = 0
        assert np.abs(found - by_roll(seen, -down, -right, 0.0)).max() < 1e-6


def test_half_precision_stays_half_precision():
    layer = augment.Augmentation([*augment.TRANSFORMATIONS], seed=0, dtype="mixed_float16")
    changed = layer(pictures(shape=(8, 8, 3)), training=True)
    assert keras.backend.standardize_dtype(changed.dtype) == "float16"
    assert np.isfinite(array(keras.ops.cast(changed, "float32"))).all()


@pytest.mark.parametrize(
    "choices", [{"transformations": ["rotation"]}, {"probability": 1.5}, {"probability": None}, {"fill": np.nan}]
)
def test_other_choices_are_refused(choices):
    with pytest.raises(ValueError, match=THREE_PARTS):
        augment.Augmentation(**choices)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match=r"Invalid pictures\. " + THREE_PARTS):
        augment.augmented(networks.mlp_discriminator((2,)))


# ---------------------------------------------------------------------------------------------------------- in a GAN


def small_gan(probability=0.7, seed=0, **choices):
    keras.utils.set_random_seed(0)
    discriminator = augment.augmented(networks.mlp_discriminator(SHAPE, 4), seed, probability=probability)
    gan = GAN(networks.mlp_generator(SHAPE, 2, 4), discriminator, seed=0)
    gan.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05), **QUICK, **choices)
    return gan


def test_scores_of_a_judgment_are_those_of_the_bare_discriminator():
    bare = networks.dcgan_discriminator(SHAPE, 4, (2, 3))
    network = augment.augmented(bare, seed=0)
    assert np.abs(array(network(pictures())) - array(bare(pictures()))).max() == 0
    assert {id(v) for v in bare.trainable_variables} == {id(v) for v in network.trainable_variables}


def test_packs_are_found_behind_an_augmentation():
    packing = keras.Sequential([keras.Input(SHAPE), layers.Packing(2), keras.layers.Flatten(), keras.layers.Dense(1)])
    assert GAN(networks.mlp_generator(SHAPE, 2, 4), augment.augmented(packing)).pack_size == 2


@pytest.mark.parametrize("choices", [{}, {"r1_weight": 0.5}, {"gradient_penalty_weight": 0.5}])
def test_both_players_learn_and_a_seed_decides_all(choices):
    trained = [small_gan(seed=seed, **choices) for seed in (0, 0, 1)]
    before = [array(v) for v in trained[0].trainable_variables]
    for gan in trained:
        gan.train_on_batch(pictures(4))
    first, again, other = ([array(v) for v in gan.trainable_variables] for gan in trained)
    for values, expectation in ((again, False), (other, True), (before, True)):
        assert (max(np.abs(a - b).max() for a, b in zip(first, values, strict=True)) > 1e-6) == expectation


def test_without_probability_a_gan_trains_as_one_without_augmentation():
    keras.utils.set_random_seed(0)
    discriminator = networks.mlp_discriminator(SHAPE, 4)
    plain = GAN(networks.mlp_generator(SHAPE, 2, 4), discriminator, seed=0)
    plain.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05), **QUICK)
    gan = small_gan(probability=0.0)
    for each in (plain, gan):
        each.fit(pictures(8), batch_size=4, verbose=0)
    pairs = zip(plain.trainable_variables, gan.trainable_variables, strict=True)
    assert max(np.abs(array(a) - array(b)).max() for a, b in pairs) < 1e-6


def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    assert difference_after_an_interruption(small_gan, (pictures(12),)) < 1e-6


def test_an_evaluation_is_the_same_every_time():
    gan = small_gan()
    assert gan.evaluate(pictures(), verbose=0) == gan.evaluate(pictures(), verbose=0)


def test_it_is_saved_and_loaded(tmp_path):
    gan = small_gan()
    gan.discriminator.get_layer("augmentation").probability.assign(0.25)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    layers_ = [each.discriminator.get_layer("augmentation") for each in (gan, copy)]
    assert layers_[0].get_config() == layers_[1].get_config()
    assert abs(float(array(layers_[1].probability)) - 0.25) < 1e-6
    losses = [each.train_on_batch(pictures()) for each in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5


def test_a_conditional_discriminator_gets_its_labels_as_they_are():
    bare, labels = conditional_discriminator(SHAPE, 3, units=4, filters=(2, 3)), np.arange(6) % 3
    network = augment.augmented(bare, seed=0)
    assert np.abs(array(network([pictures(), labels])) - array(bare([pictures(), labels]))).max() == 0
    gan = GAN(conditional_generator(SHAPE, 3, latent_dim=2, units=4, filters=(3, 2)), network, seed=0)
    gan.compile("sgd", "sgd", **QUICK)
    assert np.isfinite(gan.train_on_batch(pictures(), labels)).all()
