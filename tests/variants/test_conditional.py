"""The conditional networks: what labels do in them, by hand; how they train; what they refuse. For every backend."""

import keras
import numpy as np
import pytest

from gan_course import networks
from gan_course.callbacks import SampleGrid
from gan_course.gan import GAN
from gan_course.residual import residual_discriminator, residual_generator
from gan_course.variants.conditional import (
    conditional_discriminator,
    conditional_generator,
    labeled_discriminator,
    labeled_generator,
)

pytestmark = pytest.mark.backends

THREE_PARTS = r"Expected.+Received: .+\. \w"
SHAPE = (8, 8, 1)
SMALL = {"units": 6, "filters": (4, 3)}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def call(network, *inputs):
    return keras.ops.convert_to_numpy(network([*inputs], training=False))


def small_gan(classes=3, seed=0, sizes=SMALL, **choices):
    keras.utils.set_random_seed(seed)
    generator = conditional_generator(SHAPE, classes, latent_dim=5, label_dim=2, **sizes)
    gan = GAN(generator, conditional_discriminator(SHAPE, classes, **sizes), seed=seed)
    gan.compile(jit_compile=keras.config.backend() == "jax", **choices)  # elsewhere it costs more than it gains
    return gan


# ----------------------------------------------------------------------------------------------------- networks


@pytest.mark.parametrize("shape", [(8, 8, 1), (32, 32, 3), (4, 12, 2)])
def test_shapes(shape):
    generator = conditional_generator(shape, classes=4, latent_dim=5, label_dim=2, **SMALL)
    discriminator = conditional_discriminator(shape, classes=4, **SMALL)
    assert (generator.input_shape, generator.output_shape) == ([(None, 5), (None,)], (None, *shape))
    assert (discriminator.input_shape, discriminator.output_shape) == ([(None, *shape), (None,)], (None, 1))
    images = call(generator, normal(3, 5), np.array([0, 3, 1]))
    assert images.shape == (3, *shape)
    assert np.abs(images).max() <= 1
    assert call(discriminator, images, np.array([0, 3, 1])).shape == (3, 1)


def test_defaults_are_for_mnist():
    generator, discriminator = conditional_generator(), conditional_discriminator()
    assert (generator.input_shape, generator.output_shape) == ([(None, 32), (None,)], (None, 28, 28, 1))
    assert (discriminator.input_shape, discriminator.output_shape) == ([(None, 28, 28, 1), (None,)], (None, 1))


def test_parameters_are_those_of_the_plain_networks_and_a_table():
    generator = conditional_generator(SHAPE, classes=7, latent_dim=5, label_dim=2)
    assert generator.count_params() == networks.dcgan_generator(SHAPE, latent_dim=7).count_params() + 7 * 2
    discriminator = conditional_discriminator(SHAPE, classes=7, units=64)
    assert discriminator.count_params() == networks.dcgan_discriminator(SHAPE, units=64).count_params() + 7 * 128


@pytest.mark.parametrize("builder", [conditional_generator, conditional_discriminator])
def test_builders_return_plain_uncompiled_models(builder):
    model = builder(SHAPE, **SMALL)
    assert type(model).__name__ == "Functional"
    assert not model.compiled
    assert model.name == builder.__name__


def test_the_generator_draws_from_noise_and_the_row_of_its_label():
    generator, z, labels = conditional_generator(SHAPE, 4, 5, 2, **SMALL), normal(6, 5), np.array([0, 1, 2, 3, 3, 0])
    (table,) = generator.get_layer("label").get_weights()
    assert table.shape == (4, 2)
    by_hand = generator.get_layer("generator")(np.concatenate([z, table[labels]], axis=1), training=False)
    assert np.abs(call(generator, z, labels) - keras.ops.convert_to_numpy(by_hand)).max() < 1e-6


def test_at_the_start_the_label_is_as_loud_as_the_noise():
    (table,) = conditional_generator(SHAPE, classes=500, label_dim=20, **SMALL).get_layer("label").get_weights()
    assert abs(table.std() - 1) < 0.05


def test_the_discriminator_adds_a_score_of_its_label():
    """w · f + b + v_y · f, with f from Keras and the rest in NumPy."""
    discriminator, images, labels = conditional_discriminator(SHAPE, 4, **SMALL), normal(6, *SHAPE), np.arange(6) % 4
    (table,) = discriminator.get_layer("label").get_weights()
    features = keras.ops.convert_to_numpy(discriminator.get_layer("features")(images, training=False))
    kernel, bias = last_dense(discriminator)
    by_hand = features @ kernel + bias + (table[labels] * features).sum(axis=1, keepdims=True)
    assert np.abs(call(discriminator, images, labels) - by_hand).max() < 1e-5


def last_dense(discriminator):
    (layer,) = (layer for layer in discriminator.layers if isinstance(layer, keras.layers.Dense))
    return layer.get_weights()


def test_any_networks_can_be_told_the_class():
    """Residual networks and dense ones: the labels change images and scores, and only the table has new parameters."""
    for build, plain in (
        (lambda size: networks.mlp_generator(SHAPE, size, 6), networks.mlp_discriminator(SHAPE, 6)),
        (lambda size: residual_generator((16, 16, 1), size, 4), residual_discriminator((16, 16, 1), 4)),
    ):
        generator, before = labeled_generator(build, 3, latent_dim=5, label_dim=2), plain.count_params()
        discriminator = labeled_discriminator(plain, 3)
        assert generator.count_params() == build(7).count_params() + 3 * 2
        assert discriminator.count_params() == before + 3 * discriminator.get_layer("label").output_dim
        images = call(generator, np.ones((3, 5), "float32"), np.arange(3))
        assert images.shape == (3, *discriminator.input_shape[0][1:])
        assert np.abs(np.diff(images, axis=0)).max() > 1e-3
        scores = call(discriminator, images[[0, 0, 0]], np.arange(3))
        assert np.abs(np.diff(scores[:, 0])).min() > 0


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float32"])
def test_labels_may_be_of_any_number_type_and_stand_in_a_column(dtype):
    generator, discriminator = conditional_generator(SHAPE, 4, 5, **SMALL), conditional_discriminator(SHAPE, 4, **SMALL)
    for network, first in ((generator, normal(4, 5)), (discriminator, normal(4, *SHAPE))):
        expected = call(network, first, np.array([3, 0, 1, 1], "int32"))
        labels = np.array([3, 0, 1, 1], dtype)
        for given in (labels, labels[:, None]):
            assert (call(network, first, given) == expected).all()


@pytest.mark.parametrize("builder", [conditional_generator, conditional_discriminator])
@pytest.mark.parametrize("classes", [0, -1, 2.0, "10", None, True])
def test_a_number_of_classes_that_is_none_is_refused(builder, classes):
    with pytest.raises(ValueError, match=r"Invalid classes\. " + THREE_PARTS):
        builder(SHAPE, classes=classes)


@pytest.mark.parametrize("choice", [{"latent_dim": 0}, {"label_dim": 1.5}, {"units": 0}, {"filters": (4,)}])
def test_other_sizes_are_refused_by_name(choice):
    with pytest.raises(ValueError, match=rf"Invalid {next(iter(choice))}.+" + THREE_PARTS):
        conditional_generator(SHAPE, **choice)


@pytest.mark.parametrize("builder", [conditional_generator, conditional_discriminator])
def test_images_that_cannot_be_halved_twice_are_refused(builder):
    with pytest.raises(ValueError, match=r"Invalid image shape\. " + THREE_PARTS):
        builder((10, 8, 1))


def test_numpy_integers_are_integers(tmp_path):
    generator = conditional_generator(SHAPE, np.int64(4), np.int64(5), np.int64(2), **SMALL)
    generator.save(tmp_path / "generator.keras")
    assert keras.models.load_model(tmp_path / "generator.keras").input_shape == [(None, 5), (None,)]


# ----------------------------------------------------------------------------------------------------- training


@pytest.mark.parametrize("choices", [{}, {"r1_weight": 1.0}, {"gradient_penalty_weight": 1.0, "d_steps": 2}])
def test_rows_of_classes_that_are_shown_move_and_others_stay(choices):
    gan = small_gan(d_optimizer=keras.optimizers.SGD(0.1), g_optimizer=keras.optimizers.SGD(0.1), **choices)
    tables = [network.get_layer("label") for network in (gan.generator, gan.discriminator)]
    before = [table.get_weights()[0].copy() for table in tables]
    history = gan.fit(np.tanh(normal(24, *SHAPE)), np.arange(24) % 2, batch_size=8, verbose=0)
    assert np.isfinite([*history.history.values()]).all()
    for table, old in zip(tables, before, strict=True):
        moved = np.abs(table.get_weights()[0] - old).max(axis=1)
        assert (moved > 0).tolist() == [True, True, False]


@pytest.mark.skipif(keras.config.backend() == "torch", reason="minutes there, for steps that other tests compare")
def test_it_learns_to_draw_what_is_asked_for():
    """Class 0 is light, class 1 is dark; a generator that does not listen would make both alike."""
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=800)
    images = np.clip(np.where(labels, -0.6, 0.6)[:, None, None, None] + rng.normal(0, 0.1, (800, *SHAPE)), -1, 1)
    gan = small_gan(classes=2, sizes={"units": 32, "filters": (16, 16)}, r1_weight=1.0)
    gan.fit(images.astype("float32"), labels, batch_size=16, epochs=6, verbose=0)
    light, dark = (gan.generate(50, seed=1, labels=np.full(50, label)).mean() for label in (0, 1))
    assert light - dark > 0.6


def test_a_gan_is_saved_and_loaded_and_still_knows_its_labels(tmp_path):
    gan, images, labels = small_gan(), np.tanh(normal(16, *SHAPE)), np.arange(16) % 3
    gan.fit(images, labels, batch_size=8, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert (copy.generate(4, seed=1, labels=[0, 1, 2, 2]) == gan.generate(4, seed=1, labels=[0, 1, 2, 2])).all()
    with pytest.raises(ValueError, match=r"from 0 to 2.+Received: 3 among them"):
        copy.generate(4, seed=1, labels=[0, 1, 2, 3])


def test_weights_come_back(tmp_path):
    gan, other = small_gan(), small_gan(seed=1)
    gan.save_weights(tmp_path / "gan.weights.h5")
    other.load_weights(tmp_path / "gan.weights.h5")
    assert (other.generate(3, seed=1, labels=[2, 0, 1]) == gan.generate(3, seed=1, labels=[2, 0, 1])).all()


def test_a_grid_of_samples_takes_integer_labels(tmp_path):
    gan, labels = small_gan(), np.arange(16) % 3
    grid = SampleGrid(3, labels=[2, 1, 0], folder=tmp_path)
    gan.fit(np.tanh(normal(16, *SHAPE)), labels, batch_size=8, verbose=0, callbacks=[grid])
    assert (grid.taken[-1] == gan.generate(3, seed=0, labels=[2, 1, 0])).all()


@pytest.mark.parametrize(
    ("labels", "received"),
    [
        ([0, 1, 3, 1], "3 among them"),
        ([0, 1, -1, 1], "-1 among them"),
        ([0, 1, 0.5, 1], "0.5 among them"),
        ([0, 1, np.nan, 1], "nan among them"),
    ],
)
def test_labels_of_no_class_are_refused_on_every_backend(labels, received):
    """TensorFlow raises on the CPU alone, JAX gives NaN or the last row: nobody asks them."""
    gan, images = small_gan(), np.tanh(normal(4, *SHAPE))
    before = gan.get_weights()
    for start in (
        lambda: gan.fit(images, np.array(labels), batch_size=4, verbose=0),
        lambda: gan.generate(4, labels=labels),
    ):
        with pytest.raises(ValueError, match=r"Invalid labels\. Expected integers from 0 to 2.+Received: ") as caught:
            start()
        assert received in str(caught.value)
    assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


@pytest.mark.parametrize(
    ("labels", "received"),
    [
        (np.eye(3)[[0, 1, 2, 2]], r"\(4, 3\)"),
        (np.zeros((4, 2), int), r"\(4, 2\)"),
        (2, "the single label 2"),
        ([1], "1"),
    ],
)
def test_labels_of_another_shape_are_refused(labels, received):
    with pytest.raises(ValueError, match=rf"Invalid labels\. Expected.+Received: {received}\. \w"):
        small_gan().generate(4, labels=labels)
