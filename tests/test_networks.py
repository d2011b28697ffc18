"""The builders: shapes, ranges, numbers of parameters counted by hand, and what they refuse."""

import keras
import numpy as np
import pytest

from gan_course import layers, networks

pytestmark = pytest.mark.backends

THREE_PARTS = r"Expected.+Received: .+\. \w"
BUILDERS = {"generator": networks.mlp_generator, "discriminator": networks.mlp_discriminator}


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 8, 1), (32, 32, 3), (4, 12, 1), (2,), (1,)])
def test_shapes(shape):
    generator = networks.mlp_generator(shape, latent_dim=5, units=(6,))
    discriminator = networks.mlp_discriminator(shape, units=(6,))
    assert (generator.input_shape, generator.output_shape) == ((None, 5), (None, *shape))
    assert (discriminator.input_shape, discriminator.output_shape) == ((None, *shape), (None, 1))
    samples = generator.predict_on_batch(normal(3, 5))
    assert samples.shape == (3, *shape)
    assert discriminator.predict_on_batch(samples).shape == (3, 1)


def test_defaults_are_for_mnist():
    generator, discriminator = networks.mlp_generator(), networks.mlp_discriminator()
    assert (generator.input_shape, generator.output_shape) == ((None, 64), (None, 28, 28, 1))
    assert (discriminator.input_shape, discriminator.output_shape) == ((None, 28, 28, 1), (None, 1))


def test_parameters_counted_by_hand():
    generator = networks.mlp_generator((8, 8, 1), latent_dim=16, units=(128, 256))
    assert generator.count_params() == (16 * 128 + 128) + (128 * 256 + 256) + (256 * 64 + 64)
    discriminator = networks.mlp_discriminator((8, 8, 1), units=(256, 128))
    assert discriminator.count_params() == (64 * 256 + 256) + (256 * 128 + 128) + (128 + 1)


@pytest.mark.parametrize("builder", BUILDERS.values(), ids=BUILDERS)
def test_builders_return_plain_uncompiled_models(builder):
    model = builder((8, 8, 1), units=(4,))
    assert isinstance(model, keras.Model)
    assert not model.compiled
    assert model.name == builder.__name__.removeprefix("mlp_")


def test_images_fill_the_range_of_tanh():
    images = networks.mlp_generator((8, 8, 1), latent_dim=16).predict_on_batch(100 * normal(50, 16))
    assert -1 <= images.min() < -0.99
    assert 0.99 < images.max() <= 1


def test_points_are_not_bounded():
    points = networks.mlp_generator((2,), latent_dim=16).predict_on_batch(1000 * normal(50, 16))
    assert np.abs(points).max() > 10


def test_scores_are_raw():
    """Not bounded, of both signs, and exactly linear in the last layer's weights."""
    discriminator = networks.mlp_discriminator((8, 8, 1), units=(16,))
    images = 1000 * normal(50, 8, 8, 1)
    scores = discriminator.predict_on_batch(images)
    assert scores.min() < -10
    assert scores.max() > 10
    discriminator.layers[-1].set_weights([2 * w for w in discriminator.layers[-1].get_weights()])
    assert np.abs(discriminator.predict_on_batch(images) / (2 * scores) - 1).max() < 1e-4


def test_hidden_layers_are_leaky():
    """One unit of weight 1: x → x for x > 0, and 0.2 x below."""
    discriminator = networks.mlp_discriminator((1,), units=(1,))
    discriminator.set_weights([np.ones((1, 1)), np.zeros(1), np.ones((1, 1)), np.zeros(1)])
    scores = discriminator.predict_on_batch(np.array([[-5.0], [1.4]], "float32"))
    assert np.abs(scores.ravel() - [-1.0, 1.4]).max() < 1e-6


@pytest.mark.parametrize("builder", BUILDERS.values(), ids=BUILDERS)
def test_whole_numbers_stand_for_tuples_of_one(builder):
    model = builder(2, units=5)
    assert model.count_params() == builder((2,), units=(5,)).count_params()


@pytest.mark.parametrize("builder", BUILDERS.values(), ids=BUILDERS)
@pytest.mark.parametrize(
    ("shape", "proposal"), [((30, 28, 1), (32, 28, 1)), ((28, 27, 3), (28, 28, 3)), ((2, 2, 1), (4, 4, 1))]
)
def test_image_sides_not_divisible_by_4_are_refused_with_a_proposal(builder, shape, proposal):
    with pytest.raises(ValueError, match=r"divisible by 4.+Received: .+\. \w") as caught:
        builder(shape)
    assert str(shape) in str(caught.value)
    assert str(proposal) in str(caught.value)


BAD_SHAPES = [
    (28, 28),
    (10, 28, 28, 1),
    (),
    (28.0, 28, 1),
    (-28, 28, 1),
    (28, 28, 0),
    (True,),
    2.0,
    None,
    "28",
    0,
]


@pytest.mark.parametrize("builder", BUILDERS.values(), ids=BUILDERS)
@pytest.mark.parametrize("shape", BAD_SHAPES)
def test_other_shapes_are_refused(builder, shape):
    with pytest.raises(ValueError, match=THREE_PARTS):
        builder(shape)


@pytest.mark.parametrize("latent_dim", [0, -3, 2.0, True, None, "64", (64,)])
def test_a_latent_size_that_is_no_positive_integer_is_refused(latent_dim):
    with pytest.raises(ValueError, match=r"Invalid latent_dim\..+" + THREE_PARTS) as caught:
        networks.mlp_generator((2,), latent_dim=latent_dim)
    assert repr(latent_dim) in str(caught.value)


@pytest.mark.parametrize("builder", BUILDERS.values(), ids=BUILDERS)
@pytest.mark.parametrize("units", [(0,), (16, -1), (16.0,), (True,), 0, "128", None])
def test_a_width_that_is_no_positive_integer_is_refused(builder, units):
    with pytest.raises(ValueError, match=r"Invalid units\..+" + THREE_PARTS):
        builder((2,), units=units)


def test_numpy_integers_and_arrays_are_sizes_too():
    model = networks.mlp_generator(np.array([8, 8, 1]), np.int64(3), units=np.array([4]))
    assert model.input_shape == (None, 3)
    assert model.output_shape == (None, 8, 8, 1)


# ------------------------------------------------------------------------------------------------------ DCGAN


DCGANS = {"generator": networks.dcgan_generator, "discriminator": networks.dcgan_discriminator}


@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 8, 1), (32, 32, 3), (4, 12, 1)])
def test_shapes_of_the_dcgan(shape):
    generator = networks.dcgan_generator(shape, latent_dim=5, units=6, filters=(7, 3))
    discriminator = networks.dcgan_discriminator(shape, units=6, filters=(3, 7))
    assert (generator.input_shape, generator.output_shape) == ((None, 5), (None, *shape))
    assert (discriminator.input_shape, discriminator.output_shape) == ((None, *shape), (None, 1))
    samples = generator.predict_on_batch(normal(3, 5))
    assert samples.shape == (3, *shape)
    assert np.abs(samples).max() <= 1
    assert discriminator.predict_on_batch(samples).shape == (3, 1)


def test_parameters_of_the_dcgan_counted_by_hand():
    """BatchNormalization has four numbers a channel, two of them moving averages."""
    generator = networks.dcgan_generator((8, 8, 1), latent_dim=5, units=6, filters=(7, 3))
    dense = 5 * 6 + 4 * 6 + 6 * (2 * 2 * 7) + 4 * 7
    assert generator.count_params() == dense + 4 * 4 * 7 * 3 + 4 * 3 + (4 * 4 * 3 * 1 + 1)
    discriminator = networks.dcgan_discriminator((8, 8, 1), units=6, filters=(3, 7))
    convolutions = (4 * 4 * 1 * 3 + 3) + 4 * 4 * 3 * 7 + 4 * 7
    assert discriminator.count_params() == convolutions + (2 * 2 * 7 * 6 + 6) + (2 * 6 + 1)


def test_the_dcgans_sizes_may_be_numpy_integers():
    model = networks.dcgan_generator(np.array([8, 8, 1]), np.int64(3), units=np.int64(4), filters=np.array([4, 2]))
    assert (model.input_shape, model.output_shape) == ((None, 3), (None, 8, 8, 1))


@pytest.mark.parametrize("builder", DCGANS.values(), ids=DCGANS)
@pytest.mark.parametrize("shape", [*BAD_SHAPES, (2,), (30, 28, 1)])
def test_other_shapes_are_refused_by_the_dcgan(builder, shape):
    with pytest.raises(ValueError, match=THREE_PARTS):
        builder(shape)


@pytest.mark.parametrize("builder", DCGANS.values(), ids=DCGANS)
@pytest.mark.parametrize(
    "sizes", [{"units": 0}, {"units": 2.0}, {"filters": (4, -1)}, {"filters": (4,)}, {"filters": 8}, {"filters": None}]
)
def test_other_sizes_are_refused_by_the_dcgan(builder, sizes):
    (name,) = sizes
    with pytest.raises(ValueError, match=rf"Invalid {name}.+" + THREE_PARTS):
        builder((8, 8, 1), **sizes)


def test_a_saved_dcgan_comes_back_whole(tmp_path):
    discriminator = networks.dcgan_discriminator((8, 8, 1))
    discriminator.save(tmp_path / "d.keras")
    images = normal(4, 8, 8, 1)
    copy = keras.models.load_model(tmp_path / "d.keras")
    assert np.abs(copy.predict_on_batch(images) - discriminator.predict_on_batch(images)).max() == 0


@pytest.mark.parametrize("name", ["InstanceNoise", "MinibatchStandardDeviation", "Packing", "WeightClipping"])
def test_the_custom_layers_can_be_imported_from_here_too(name):
    assert getattr(networks, name) is getattr(layers, name)
    assert name in networks.__all__
