"""The custom layers and the constraint: by hand, in training, what they refuse, and the names in saved files."""

import keras
import numpy as np
import pytest

from gan_course import layers, networks
from gan_course.gan import GAN

pytestmark = pytest.mark.backends

THREE_PARTS = r"Expected.+Received: .+\. \w"


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


# ------------------------------------------------------------------------------------------------- saved files

SAVED_BEFORE = {  # name: the module that files from before this module name, and the configuration in them
    "MinibatchStandardDeviation": ("gan_course.networks", {}),
    "Packing": ("gan_course.networks", {"size": 3}),
    "InstanceNoise": ("gan_course.networks", {"stddev": 0.2, "seed": 5}),
    "WeightClipping": ("gan_course.networks", {"limit": 0.05}),
    "ReconstructionError": ("gan_course.energy", {}),
    "FirstOf": ("gan_course.layers", {}),
}


def test_every_custom_layer_is_saved_under_a_name_that_stays():
    ours = {name for name, part in vars(layers).items() if getattr(part, "__module__", "") == "gan_course.layers"}
    assert ours == set(SAVED_BEFORE)
    for name in ours:
        assert keras.saving.get_registered_name(getattr(layers, name)) == f"gan_course>{name}"


@pytest.mark.parametrize("name", SAVED_BEFORE)
def test_a_file_from_before_this_module_still_loads(name):
    module, config = SAVED_BEFORE[name]
    saved = {"module": module, "class_name": name, "config": config, "registered_name": f"gan_course>{name}"}
    loaded = keras.saving.deserialize_keras_object(saved)
    assert type(loaded) is getattr(layers, name)
    assert loaded.get_config().items() >= config.items()


# ------------------------------------------------------------------------------------------------- the layers


def test_the_first_of_several_tensors_is_returned_and_the_others_stay_in_the_model():
    points = keras.Input((3,))
    scores, head = keras.layers.Dense(1)(points), keras.layers.Dense(5, name="head")(points)
    model, x = keras.Model(points, layers.FirstOf()([scores, head])), normal(4, 3)
    assert model.output_shape == (None, 1)
    assert "head" in [layer.name for layer in model.layers]
    alone = keras.Model(points, scores)
    assert np.abs(keras.ops.convert_to_numpy(model(x)) - keras.ops.convert_to_numpy(alone(x))).max() == 0


def test_the_deviation_of_a_batch_is_numpys():
    features = normal(16, 5)
    out = keras.ops.convert_to_numpy(layers.MinibatchStandardDeviation()(features))
    assert out.shape == (16, 10)
    assert np.abs(out[:, :5] - features).max() == 0
    assert np.abs(out[:, 5:] - features.std(axis=0)).max() < 1e-6


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_the_deviation_of_sixteen_times_the_same_is_nothing(dtype):
    layer = layers.MinibatchStandardDeviation(dtype=dtype)
    out = keras.ops.convert_to_numpy(keras.ops.cast(layer(np.repeat(normal(1, 5), 16, axis=0)), "float32"))
    assert np.abs(out[:, 5:]).max() < 2e-4
    assert np.isfinite(out).all()


def test_a_reconstruction_error_by_hand():
    pair = np.array([[1, 0], [2, 2]], "float32"), np.array([[0, 2], [2, 2]], "float32")
    assert keras.ops.convert_to_numpy(layers.ReconstructionError()(pair)).tolist() == [[2.5], [0.0]]


@pytest.mark.parametrize("shape", [(3,), (4, 5, 2)])
@pytest.mark.parametrize("size", [1, 2, 3, np.int64(6)])
def test_a_pack_is_its_samples_side_by_side(shape, size):
    samples = normal(12, *shape)
    layer = layers.Packing(size)
    packs = keras.ops.convert_to_numpy(layer(samples))
    by_hand = [np.concatenate(samples[i : i + size], axis=-1) for i in range(0, 12, size)]
    assert np.abs(packs - np.stack(by_hand)).max() == 0
    assert layer.compute_output_shape((12, *shape)) == packs.shape
    assert layer.compute_output_shape((None, *shape)) == (None, *packs.shape[1:])


def test_a_discriminator_scores_packs_and_comes_back_whole(tmp_path):
    discriminator = keras.Sequential(
        [keras.Input((2,)), layers.Packing(3), layers.InstanceNoise(0.2, seed=5), keras.layers.Dense(1)]
    )
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
        layers.Packing(2)(normal(3, 2))


@pytest.mark.parametrize("size", [0, -2, 1.5, True, None])
def test_other_sizes_of_a_pack_are_refused(size):
    with pytest.raises(ValueError, match=r"Invalid size.+" + THREE_PARTS):
        layers.Packing(size)


def test_instance_noise_is_normal_and_there_in_training_only():
    layer = layers.InstanceNoise(0.3, seed=0)
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
    layer = layers.InstanceNoise(0.3, seed=0, dtype="mixed_float16")
    out = layer(normal(5000, 2), training=True)
    assert keras.backend.standardize_dtype(out.dtype) == "float16"
    noise = keras.ops.convert_to_numpy(keras.ops.cast(out, "float32")) - normal(5000, 2)
    assert abs(noise.std() - 0.3) < 0.01


@pytest.mark.parametrize("stddev", [-0.1, np.nan, np.inf, "0.1", None, True])
def test_noise_of_another_strength_is_refused(stddev):
    with pytest.raises(ValueError, match=r"Invalid stddev.+" + THREE_PARTS):
        layers.InstanceNoise(stddev)


@pytest.mark.parametrize("choices", [{}, {"r1_weight": 1.0}, {"gradient_penalty_weight": 1.0}, {"d_steps": 2}])
def test_a_gan_trains_on_packs(choices):
    keras.utils.set_random_seed(0)
    generator = networks.mlp_generator((2,), 3, units=(4,))
    discriminator = keras.Sequential([keras.Input((2,)), layers.Packing(2), keras.layers.Dense(1)])
    gan = GAN(generator, discriminator, seed=0)
    gan.compile("sgd", "sgd", **choices)
    before = [*generator.get_weights(), *discriminator.get_weights()]
    history = gan.fit(normal(16, 2), batch_size=8, epochs=2, verbose=0).history
    assert np.isfinite([*history["d_loss"], *history["g_loss"]]).all()
    for old, new in zip(before, [*generator.get_weights(), *discriminator.get_weights()], strict=True):
        assert np.abs(new - old).max() > 1e-6


@pytest.mark.parametrize(("count", "batch", "d_steps"), [(16, 8, 1), (24, 8, 2), (20, 6, 1), (16, 6, 2)], ids=str)
def test_packs_that_a_step_leaves_open_are_refused_by_fit(count, batch, d_steps):
    discriminator = keras.Sequential([keras.Input((2,)), layers.Packing(3), keras.layers.Dense(1)])
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
    clipped = keras.ops.convert_to_numpy(layers.WeightClipping(0.5)(weight))
    assert np.abs(clipped - [[-0.5, 0.5], [0.3, -0.3], [0.5, 0.0]]).max() < 1e-7
    assert layers.WeightClipping().limit == 0.01


@pytest.mark.parametrize("jit_compile", ["auto", True, False])
def test_a_clipped_critics_weights_stay_in_range(jit_compile):
    if jit_compile is True and keras.config.backend() == "torch":
        pytest.skip("PyTorch has no XLA")
    keras.utils.set_random_seed(0)
    critic = networks.mlp_discriminator((2,), units=(8, 4), constraint=layers.WeightClipping(0.05))
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
    critic = networks.mlp_discriminator((2,), units=(8,), constraint=layers.WeightClipping(0.05))
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
        layers.WeightClipping(limit)
