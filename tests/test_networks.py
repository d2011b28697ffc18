"""The builders: shapes, ranges, numbers of parameters counted by hand, and what they refuse."""

import keras
import numpy as np
import pytest

from gan_course import networks
from gan_course.gan import GAN

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


def test_the_deviation_of_a_batch_is_numpys():
    features = normal(16, 5)
    out = keras.ops.convert_to_numpy(networks.MinibatchStandardDeviation()(features))
    assert out.shape == (16, 10)
    assert np.abs(out[:, :5] - features).max() == 0
    assert np.abs(out[:, 5:] - features.std(axis=0)).max() < 1e-6


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_the_deviation_of_sixteen_times_the_same_is_nothing(dtype):
    layer = networks.MinibatchStandardDeviation(dtype=dtype)
    out = keras.ops.convert_to_numpy(keras.ops.cast(layer(np.repeat(normal(1, 5), 16, axis=0)), "float32"))
    assert np.abs(out[:, 5:]).max() < 2e-4
    assert np.isfinite(out).all()


def test_a_saved_dcgan_comes_back_whole(tmp_path):
    discriminator = networks.dcgan_discriminator((8, 8, 1))
    discriminator.save(tmp_path / "d.keras")
    images = normal(4, 8, 8, 1)
    copy = keras.models.load_model(tmp_path / "d.keras")
    assert np.abs(copy.predict_on_batch(images) - discriminator.predict_on_batch(images)).max() == 0


@pytest.mark.parametrize("shape", [(3,), (4, 5, 2)])
@pytest.mark.parametrize("size", [1, 2, 3, np.int64(6)])
def test_a_pack_is_its_samples_side_by_side(shape, size):
    samples = normal(12, *shape)
    layer = networks.Packing(size)
    packs = keras.ops.convert_to_numpy(layer(samples))
    by_hand = [np.concatenate(samples[i : i + size], axis=-1) for i in range(0, 12, size)]
    assert np.abs(packs - np.stack(by_hand)).max() == 0
    assert layer.compute_output_shape((12, *shape)) == packs.shape
    assert layer.compute_output_shape((None, *shape)) == (None, *packs.shape[1:])


def test_a_discriminator_scores_packs_and_comes_back_whole(tmp_path):
    layers = [keras.Input((2,)), networks.Packing(3), networks.InstanceNoise(0.2, seed=5), keras.layers.Dense(1)]
    discriminator = keras.Sequential(layers)
    assert discriminator.output_shape == (None, 1)
    scores = discriminator.predict_on_batch(normal(12, 2))
    assert scores.shape == (4, 1)
    discriminator.save(tmp_path / "d.keras")
    copy = keras.models.load_model(tmp_path / "d.keras")
    assert np.abs(copy.predict_on_batch(normal(12, 2)) - scores).max() == 0
    assert copy.layers[0].get_config()["size"] == 3
    assert copy.layers[1].get_config()["stddev"] == 0.2
    assert copy.layers[1].get_config()["seed"] == 5


def test_a_batch_that_does_not_fill_its_packs_is_refused():
    with pytest.raises(ValueError, match=r"Invalid batch.+" + THREE_PARTS):
        networks.Packing(2)(normal(3, 2))


@pytest.mark.parametrize("size", [0, -2, 1.5, True, None])
def test_other_sizes_of_a_pack_are_refused(size):
    with pytest.raises(ValueError, match=r"Invalid size.+" + THREE_PARTS):
        networks.Packing(size)


def test_instance_noise_is_normal_and_there_in_training_only():
    layer = networks.InstanceNoise(0.3, seed=0)
    samples = normal(20_000, 2)
    assert np.abs(keras.ops.convert_to_numpy(layer(samples)) - samples).max() == 0
    noise = keras.ops.convert_to_numpy(layer(samples, training=True)) - samples
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 0.3) < 0.006
    assert abs((np.abs(noise) < 0.3).mean() - 0.6827) < 0.01
    again = keras.ops.convert_to_numpy(layer(samples, training=True)) - samples
    assert np.abs(again - noise).max() > 0.1  # other noise in every call
    layer.stddev.assign(0.0)
    assert np.abs(keras.ops.convert_to_numpy(layer(samples, training=True)) - samples).max() == 0
    assert not layer.trainable_variables


def test_instance_noise_in_half_precision():
    layer = networks.InstanceNoise(0.3, seed=0, dtype="mixed_float16")
    out = layer(normal(5000, 2), training=True)
    assert keras.backend.standardize_dtype(out.dtype) == "float16"
    noise = keras.ops.convert_to_numpy(keras.ops.cast(out, "float32")) - normal(5000, 2)
    assert abs(noise.std() - 0.3) < 0.01


@pytest.mark.parametrize("stddev", [-0.1, np.nan, np.inf, "0.1", None, True])
def test_noise_of_another_strength_is_refused(stddev):
    with pytest.raises(ValueError, match=r"Invalid stddev.+" + THREE_PARTS):
        networks.InstanceNoise(stddev)


@pytest.mark.parametrize("choices", [{}, {"r1_weight": 1.0}, {"gradient_penalty_weight": 1.0}, {"d_steps": 2}])
def test_a_gan_trains_on_packs(choices):
    keras.utils.set_random_seed(0)
    generator = networks.mlp_generator((2,), 3, units=(4,))
    discriminator = keras.Sequential([keras.Input((2,)), networks.Packing(2), keras.layers.Dense(1)])
    gan = GAN(generator, discriminator, seed=0)
    gan.compile("sgd", "sgd", **choices)
    before = [*generator.get_weights(), *discriminator.get_weights()]
    history = gan.fit(normal(16, 2), batch_size=8, epochs=2, verbose=0).history
    assert np.isfinite([*history["d_loss"], *history["g_loss"]]).all()
    for old, new in zip(before, [*generator.get_weights(), *discriminator.get_weights()], strict=True):
        assert np.abs(new - old).max() > 1e-6


@pytest.mark.parametrize(("count", "batch", "d_steps"), [(16, 8, 1), (24, 8, 2), (20, 6, 1), (16, 6, 2)], ids=str)
def test_packs_that_a_step_leaves_open_are_refused_by_fit(count, batch, d_steps):
    discriminator = keras.Sequential([keras.Input((2,)), networks.Packing(3), keras.layers.Dense(1)])
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), discriminator, seed=0)
    gan.compile("sgd", "sgd", d_steps=d_steps)
    with pytest.raises(ValueError, match=r"Invalid batches for packs of 3.+" + THREE_PARTS):
        gan.fit(normal(count, 2), batch_size=batch, verbose=0)
    gan.compile("sgd", "sgd")
    gan.fit(normal(15, 2), batch_size=6, verbose=0)  # the last batch is smaller, and full


# -------------------------------------------------------------------------------------------- weight clipping


def largest_weights(network):
    return np.array([np.abs(weight).max() for weight in network.get_weights()])


def test_clipping_puts_back_what_has_left_the_range():
    weight = np.array([[-5.0, 1.4], [0.3, -0.3], [12.5, 0.0]], "float32")
    clipped = keras.ops.convert_to_numpy(networks.WeightClipping(0.5)(weight))
    assert np.abs(clipped - [[-0.5, 0.5], [0.3, -0.3], [0.5, 0.0]]).max() < 1e-7
    assert networks.WeightClipping().limit == 0.01


@pytest.mark.parametrize("jit_compile", ["auto", True, False])
def test_a_clipped_critics_weights_stay_in_range(jit_compile):
    if jit_compile is True and keras.config.backend() == "torch":
        pytest.skip("PyTorch has no XLA")
    keras.utils.set_random_seed(0)
    critic = networks.mlp_discriminator((2,), units=(8, 4), constraint=networks.WeightClipping(0.05))
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), critic, seed=0)
    gan.compile(objective="wasserstein", d_steps=5, jit_compile=jit_compile)
    assert largest_weights(critic).max() > 0.1  # they begin where Keras puts them
    gan.fit(3 + normal(600, 2), batch_size=20, verbose=0)
    assert (largest_weights(critic) <= np.float32(0.05)).all()
    assert np.abs(largest_weights(critic)[[0, 2, 4]] - 0.05).max() < 1e-7  # the kernels
    assert largest_weights(critic)[[1, 3]].max() > 0.01  # a bias has moved, too
    assert largest_weights(gan.generator).max() > 0.1
    unheld = networks.mlp_discriminator((2,), units=(8, 4))
    assert all(layer.kernel_constraint is None for layer in unheld.layers if hasattr(layer, "kernel"))


def test_a_clipped_critic_goes_on_clipping_when_it_comes_back(tmp_path):
    keras.utils.set_random_seed(0)
    critic = networks.mlp_discriminator((2,), units=(8,), constraint=networks.WeightClipping(0.05))
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), critic, seed=0)
    gan.compile("rmsprop", "rmsprop", objective="wasserstein", d_steps=5)
    gan.fit(normal(100, 2), batch_size=20, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    for layer in (copy.discriminator.layers[0], copy.discriminator.layers[-1]):
        assert (layer.kernel_constraint.limit, layer.bias_constraint.limit) == (0.05, 0.05)
    copy.discriminator.set_weights([10 * weight for weight in copy.discriminator.get_weights()])
    copy.fit(normal(100, 2), batch_size=20, verbose=0)
    assert (largest_weights(copy.discriminator) <= np.float32(0.05)).all()


@pytest.mark.parametrize("limit", [0, -0.01, np.inf, np.nan, "0.01", None, True, [0.01]])
def test_a_limit_that_is_no_positive_number_is_refused(limit):
    with pytest.raises(ValueError, match=r"Invalid limit.+" + THREE_PARTS):
        networks.WeightClipping(limit)
