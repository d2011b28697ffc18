"""`fit`, `evaluate`, `predict`, `generate` and `compile` of `GAN`: what they take and what they refuse."""

import functools

import keras
import numpy as np
import pytest
from keras import layers

from gan_course import networks
from gan_course.fitting import forget_restored_epoch
from gan_course.gan import GAN
from gan_course.variants import conditional

PROBE = "fitting"  # in tests/probes
THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"
IMAGE = (4, 4, 1)

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"run_eagerly": keras.config.backend() == "tensorflow"}


def small_gan(shape=(2,), seed=0, **choices):
    keras.utils.set_random_seed(0)
    gan = GAN(networks.mlp_generator(shape, 3, units=(4,)), networks.mlp_discriminator(shape, units=(4,)), seed=seed)
    gan.compile(**choices)
    return gan


@pytest.fixture(scope="module")
def points_gan():
    """One for all tests that expect a refusal: nothing may change in it."""
    gan = small_gan()
    before = gan.get_weights()
    yield gan
    assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


@pytest.fixture(scope="module")
def conditional_gan():
    players = {"classes": 2, "units": 4, "filters": (4, 4)}
    generator = conditional.conditional_generator((8, 8, 1), latent_dim=3, **players)
    gan = GAN(generator, conditional.conditional_discriminator((8, 8, 1), **players), seed=0)
    gan.compile()
    return gan


def samples(count, shape=(2,)):
    return np.random.default_rng(0).uniform(-1, 1, size=(count, *shape)).astype("float32")


# ------------------------------------------------------------------------------------------------ each backend


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return functools.cache(lambda backend: ask_probe(PROBE, backend=backend))


def test_samples_of_every_dtype_train_alike_with_penalties(probe):
    assert len(probe["dtypes"]) == 7
    assert set(probe["dtypes"].values()) == {0.0}


def test_penalties_and_regularizers_work_in_float64(probe):
    assert len(probe["in_float64"]) == 6
    assert all(0.2 < loss < 4 for loss in probe["in_float64"])


def test_tensors_of_every_framework_train_as_arrays_and_are_looked_at(probe):
    assert {"list", "Keras"} < set(probe["tensors"])
    for name, (difference, message) in probe["tensors"].items():
        assert difference == 0.0, name
        assert "finite values. Received: values from nan" in message, name


def test_evaluate_gives_the_losses_that_one_computes_by_hand(probe):
    found, by_hand = (probe["losses_by_hand"][name] for name in ("found", "by_hand"))
    assert set(found) == {"d_loss", "g_loss"}
    assert all(abs(found[name] - by_hand[name]) < 1e-5 for name in found)


def test_a_fit_with_held_out_data_ends_at_the_same_weights(probe):
    """Not one bit of weights, statistics, optimizers and random states differs, Dropout's among them."""
    assert probe["validation"]["fit"] == 0.0
    history = probe["validation"]["history"]
    assert sorted(history) == ["d_loss", "g_loss", "val_d_loss", "val_g_loss"]
    assert all(len(losses) == 2 and min(losses) > 0.1 and max(losses) < 10 for losses in history.values())


def test_evaluate_changes_nothing_and_repeats_itself(probe):
    assert probe["validation"]["evaluate"] == 0.0
    first, second = probe["validation"]["twice"]
    assert first == second


EXPECTED_MESSAGES = {
    "weights": "Invalid sample_weight",
    "one sample in fit": "Batch the data set first",
    "one sample in evaluate": "Batch the data set first",
    "frozen": "discriminator is frozen",
    "a frozen layer": "`trainable` of the generator was changed after compile",
    "train_on_batch": "`trainable` of the generator was changed after compile",
}


def test_errors_say_what_is_wrong_and_leave_the_gan_as_it_was(probe):
    messages = probe["errors"]["messages"]
    assert set(messages) == set(EXPECTED_MESSAGES)
    for name, words in EXPECTED_MESSAGES.items():
        assert words in messages[name], name
        assert "Expected" in messages[name], name
        assert "Received: " in messages[name], name
    assert probe["errors"]["same"]
    assert min(probe["errors"]["moved"]) > 0


def test_a_layer_that_was_frozen_before_compile_stays_still_and_the_others_train(probe):
    still, other = probe["part_frozen"]
    assert still == 0.0
    assert other > 1e-4


# ------------------------------------------------------------------------------------------- fit: what is refused


class OneBatch(keras.utils.PyDataset):
    def __init__(self, *parts):
        super().__init__()
        self.parts = parts

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.parts[0] if isinstance(self.parts[0], dict) else self.parts


NO_SAMPLES = {
    "None": (lambda: None, "a NoneType"),
    "name": (lambda: "digits", "a str"),
    "number": (lambda: 3.0, "()"),
    "dictionary": (lambda: {"image": samples(32)}, "['image']"),
    "pair": (lambda: (samples(32), np.arange(32)), "(32, 2), (32,). This looks like (samples, labels)"),
    "list of a pair": (lambda: [samples(32), np.arange(32)], "(32, 2), (32,). This looks like (samples, labels)"),
    "two splits": (lambda: ((samples(32), np.arange(32)), (samples(8), np.arange(8))), "a tuple of 2 parts"),
    "batches": (lambda: [samples(8)] * 3, "3 parts: (8, 2), (8, 2), (8, 2)"),
    "sizes that differ": (lambda: [np.zeros(2), np.zeros(3)] * 16, "inhomogeneous"),
    "text": (lambda: samples(32).astype(str), "dtype <U"),
    "objects": (lambda: samples(32).astype(object), "dtype object"),
    "complex numbers": (lambda: samples(32).astype("complex64"), "dtype complex64"),
    "dates": (lambda: np.zeros((32, 2), "datetime64[s]"), "dtype datetime64[s]"),
    "masked values": (lambda: np.ma.masked_less(samples(32), 0), "masked values"),
    "empty list": (lambda: [], "(0,)"),
    "no features": (lambda: np.zeros((32, 0)), "(32, 0)"),
    "batches of dictionaries": (lambda: OneBatch({"image": samples(8)}), "['image']"),
    "batches with weights": (lambda: OneBatch(samples(8), np.zeros(8), np.ones(8)), "ndarray"),
    "batches of another shape": (lambda: OneBatch(samples(8, (3,))), "(8, 3)"),
    "a first batch with NaN": (lambda: OneBatch(np.full((8, 2), np.nan)), "nan"),
}


@pytest.mark.parametrize(("make", "received"), NO_SAMPLES.values(), ids=NO_SAMPLES)
def test_what_are_no_samples_is_refused_with_a_word_on_it(make, received, points_gan):
    for call in (points_gan.fit, points_gan.evaluate):
        with pytest.raises(ValueError, match=THREE_PARTS) as caught:
            call(make(), verbose=0)
        assert received in str(caught.value).partition("Received: ")[2]


REFUSED_OPTIONS = {
    "no batch": ({"batch_size": 0}, "batch_size. Expected an integer of at least 1. Received: 0."),
    "less than no batch": ({"batch_size": -1}, "Received: -1."),
    "a broken batch": ({"batch_size": 16.0}, "Received: 16.0."),
    "True": ({"batch_size": True}, "Received: True."),
    "held-out batch": ({"validation_batch_size": 0}, "validation_batch_size. Expected"),
    "sample_weight": ({"sample_weight": np.ones(32)}, "sample_weight. Expected None"),
    "class_weight": ({"class_weight": {0: 1.0}}, "class_weight. Expected None"),
    "all held out": ({"validation_split": 1.0}, "validation_split. Expected"),
    "a share of 20": ({"validation_split": 20}, "Received: 20 of 32 samples"),
    "held-out bytes": ({"validation_data": np.full((8, *IMAGE), 200.0)}, "Received: values from 200 to 200"),
    "held-out weights": ({"validation_data": (np.zeros((8, *IMAGE)), np.zeros(8), np.ones(8))}, "sample_weight"),
    "none held out": ({"validation_data": np.zeros((0, *IMAGE))}, "No samples"),
    "held-out points": ({"validation_data": (samples(8), np.zeros(8))}, "Received: (8, 2)"),
}


@pytest.mark.parametrize(("options", "words"), REFUSED_OPTIONS.values(), ids=REFUSED_OPTIONS)
def test_fit_refuses_options_before_training(options, words):
    gan = small_gan(IMAGE)
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        gan.fit(samples(32, IMAGE), verbose=0, **options)
    assert words in str(caught.value)
    assert gan.steps_behind() == 0


def test_a_numpy_integer_is_a_batch_size():
    gan = small_gan()
    gan.fit(samples(32), batch_size=np.int64(8), verbose=0)
    assert gan.steps_behind() == 4


LIKE_ARRAYS = {
    "list of arrays": list,
    "tuple of arrays": tuple,
    "nested lists": lambda a: a.tolist(),
    "Fortran order": np.asfortranarray,
    "read-only": lambda a: np.broadcast_to(a, a.shape),
    "backwards": lambda a: a[::-1].copy()[::-1],
    "long": lambda a: a.astype("longdouble"),
    "nothing masked": np.ma.asarray,
    "with __array__": lambda a: type("Wrapped", (), {"__array__": lambda self, dtype=None, copy=None: a})(),
    "Keras variable": keras.Variable,
}


def test_whatever_is_like_an_array_trains_as_an_array(tmp_path):
    def losses(x):
        return small_gan(**QUICK).train_on_batch(x)

    real = samples(16)
    np.save(tmp_path / "samples.npy", real)
    expected = losses(real)
    for name, make in LIKE_ARRAYS.items():
        assert losses(make(real)) == expected, name
    assert losses(np.load(tmp_path / "samples.npy", mmap_mode="r")) == expected


def test_fit_on_a_list_takes_steps_of_the_batch_size_and_looks_at_the_range():
    gan = small_gan(IMAGE)
    gan.fit(list(samples(40, IMAGE)), verbose=0)
    assert gan.steps_behind() == 3
    with pytest.raises(ValueError, match=r"Expected values in \[-1, 1\]"):
        gan.fit([np.full(IMAGE, 200, "uint8")] * 32, verbose=0)


def test_fit_copies_no_array():
    gan, real = small_gan(), samples(32)
    (seen,) = gan._checked_arrays(real, np.arange(32))
    assert seen is real or np.shares_memory(seen, real)


# ----------------------------------------------------------------------------------------------------- labels


def test_a_dataset_without_labels_is_refused_by_a_conditional_gan(conditional_gan):
    before = conditional_gan.get_weights()
    images = samples(8, (8, 8, 1))
    for call in (conditional_gan.fit, conditional_gan.evaluate):
        with pytest.raises(ValueError, match=r"No labels\. Expected batches \(samples, labels\).+Received: .+\. \w"):
            call(OneBatch(images), verbose=0)
    with pytest.raises(ValueError, match=r"No labels\..+validation_data=\(samples, labels\)"):
        conditional_gan.fit(np.repeat(images, 2, 0), np.zeros(16), validation_data=images, verbose=0)
    with pytest.raises(ValueError, match=r"Expected an array of numbers\. Received: .+<U1\. np\.unique"):
        conditional_gan.fit(np.repeat(images, 2, 0), ["a", "b"] * 8, verbose=0)
    with pytest.raises(ValueError, match=r"Expected integers from 0 to 1"):
        conditional_gan.fit(OneBatch(images, np.full(8, 2)), verbose=0)
    assert all((a == b).all() for a, b in zip(before, conditional_gan.get_weights(), strict=True))


def test_held_out_labels_are_used(conditional_gan):
    """D scores the same images with other labels, so the losses differ; lists are taken as arrays."""
    images, zeros = samples(8, (8, 8, 1)), [0] * 8
    losses = [conditional_gan.evaluate(images, labels, verbose=0) for labels in (zeros, [1] * 8, np.zeros(8))]
    assert losses[0] == losses[2]
    assert abs(losses[0][0] - losses[1][0]) > 1e-5


def test_generate_without_labels_says_how_generate_takes_them(conditional_gan):
    with pytest.raises(ValueError, match=r"Call generate\(3, labels=\.\.\.\) with 3 labels"):
        conditional_gan.generate(3)


# ------------------------------------------------------------------------------------------------ held-out data


@functools.cache
def by_array():
    """The losses with the held-out data as an array."""
    return small_gan(**QUICK).fit(samples(32), validation_data=samples(12), verbose=0).history


@pytest.mark.parametrize("data", ["array", "tuple", "list", "PyDataset"])
def test_held_out_data_may_come_in_any_form(data):
    held = samples(12)
    made = {"array": held, "tuple": (held,), "list": list(held), "PyDataset": OneBatch(held)}[data]
    history = small_gan(**QUICK).fit(samples(32), validation_data=made, validation_batch_size=12, verbose=0).history
    assert history == by_array()


def test_a_split_holds_the_end_of_the_array_out():
    real = samples(40)
    split = small_gan(**QUICK).fit(real, validation_split=0.2, epochs=2, verbose=0).history
    by_hand = small_gan(**QUICK).fit(real[:32], validation_data=real[32:], epochs=2, verbose=0).history
    assert split == by_hand
    assert len(split["val_d_loss"]) == 2


def test_validation_freq_and_steps_are_keras_own():
    options = {"validation_freq": 2, "validation_steps": 1, "validation_batch_size": 5}
    found = small_gan(**QUICK).fit(samples(32), epochs=4, validation_data=samples(20), verbose=0, **options).history
    first = small_gan(**QUICK).fit(samples(32), epochs=4, validation_data=samples(20)[:5], verbose=0, **options).history
    assert len(found["val_g_loss"]) == 2
    assert found == first


def test_a_callback_can_watch_the_held_out_loss(tmp_path):
    stop = keras.callbacks.EarlyStopping("val_d_loss", patience=0, min_delta=100.0, mode="min")
    keep = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", "val_d_loss", save_best_only=True, mode="min")
    gan = small_gan()
    history = gan.fit(samples(32), epochs=5, validation_data=samples(12), callbacks=[stop, keep], verbose=0).history
    assert len(history["d_loss"]) == 2
    best = keras.models.load_model(tmp_path / "best.keras")
    losses = best.evaluate(samples(12), verbose=0)
    assert abs(losses[0] - min(history["val_d_loss"])) < 1e-5


def test_a_discriminator_that_knows_its_samples_by_heart_is_seen():
    """Two far-apart sets of the same distribution, few samples and a strong D: its loss falls on one alone."""
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    real, held = (rng.normal(size=(32, 16)).astype("float32") for _ in range(2))
    generator = networks.mlp_generator((16,), 16, units=(16,))
    gan = GAN(generator, networks.mlp_discriminator((16,), units=(256, 256)), seed=0)
    gan.compile(keras.optimizers.Adam(3e-3), keras.optimizers.SGD(0.0))
    history = gan.fit(real, epochs=60, batch_size=32, validation_data=held, verbose=0).history
    assert history["d_loss"][-1] < 0.3
    assert history["val_d_loss"][-1] > 3 * history["d_loss"][-1]
    assert gan.evaluate(real, verbose=0)[0] < 0.5 * gan.evaluate(held, verbose=0)[0]


# ------------------------------------------------------------------------------------- predict and generate


def test_predict_takes_noise(conditional_gan):
    gan, noise = small_gan(), samples(5, (3,))
    made = gan.predict(noise, verbose=0)
    assert np.abs(made - gan.generator.predict_on_batch(noise)).max() < 1e-6
    assert np.abs(made - gan.predict_on_batch(noise.tolist())).max() < 1e-6
    pair = [noise, np.array([0, 1, 0, 1, 1])]
    drawn = conditional_gan.predict(pair, verbose=0)
    assert np.abs(drawn - conditional_gan.generator.predict_on_batch(pair)).max() < 1e-6


def test_predict_refuses_what_is_no_noise(conditional_gan):
    gan = small_gan()
    for call in (lambda x: gan.predict(x, verbose=0), gan.predict_on_batch):
        with pytest.raises(ValueError, match=r"Invalid noise\. Expected shape \(n, 3\)\. Received: shape \(5, 2\)"):
            call(samples(5))
    with pytest.raises(ValueError, match=r"Expected \[noise, labels\].+Received: shape \(5, 3\)\. \w"):
        conditional_gan.predict(samples(5, (3,)), verbose=0)


@pytest.mark.parametrize("count", [0, -1, 2.5, True, "3", None])
def test_generate_takes_a_count(count, points_gan):
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        points_gan.generate(count)
    assert f"Received: {count!r}." in str(caught.value)
    with pytest.raises(ValueError, match=r"Invalid batch_size\. " + THREE_PARTS[4:]):
        points_gan.generate(3, batch_size=count)
    assert points_gan.generate(np.int32(3), seed=0).shape == (3, 2)


# ------------------------------------------------------------------------------------------ networks and compile

KERAS_CHOICES = {
    "optimizer": "adam",
    "loss": "mse",
    "metrics": ["accuracy"],
    "loss_weights": [1.0],
    "weighted_metrics": ["accuracy"],
    "auto_scale_loss": True,
}


@pytest.mark.parametrize("name", KERAS_CHOICES)
def test_compile_refuses_what_is_for_one_loss(name):
    with pytest.raises(ValueError, match=rf"Invalid argument {name}\. " + THREE_PARTS[4:]):
        small_gan(**{name: KERAS_CHOICES[name]})
    small_gan(**{name: None})


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf, "1", None, True])
@pytest.mark.parametrize("name", ["r1_weight", "gradient_penalty_weight"])
def test_compile_refuses_weights_that_are_none(name, weight):
    with pytest.raises(ValueError, match=rf"Invalid {name}\. " + THREE_PARTS[4:]):
        small_gan(**{name: weight})


@pytest.mark.parametrize("name", ["generator", "discriminator"])
def test_a_network_that_is_frozen_as_a_whole_is_refused(name):
    gan = small_gan()
    getattr(gan, name).trainable = False
    for _ in range(2):
        with pytest.raises(ValueError, match=rf"The {name} is frozen\. " + THREE_PARTS[4:]):
            gan.fit(samples(32), verbose=0)
        gan.compile()  # compiled after it was frozen, it is refused as well
    with pytest.raises(ValueError, match=rf"The {name} is frozen\. " + THREE_PARTS[4:]):
        gan.train_on_batch(samples(32))
    getattr(gan, name).trainable = True
    with pytest.raises(ValueError, match=rf"`trainable` of the {name} was changed after compile.+" + THREE_PARTS[4:]):
        gan.fit(samples(32), verbose=0)
    gan.compile()
    gan.fit(samples(32), verbose=0)
    assert gan.steps_behind() == 2


def test_a_gan_that_was_frozen_after_training_is_saved_and_loaded(tmp_path):
    gan = small_gan()
    gan.fit(samples(32), verbose=0)
    gan.generator.trainable = False
    gan.save(tmp_path / "gan.keras")
    with pytest.warns(UserWarning, match="Skipping variable loading for optimizer"):  # a frozen network has no steps
        copy = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(copy.generate(3, seed=1), gan.generate(3, seed=1))


def test_before_the_first_step_there_is_no_average():
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), networks.mlp_discriminator((2,), units=(4,)), seed=0)
    gan.compile()  # the recipe, whose generator keeps an average
    before = gan.generate(5, seed=1)
    assert np.abs(before).max() > 0
    with gan.averaged():
        np.testing.assert_array_equal(gan.generate(5, seed=1), before)
    gan.fit(samples(32), epochs=0, verbose=0)
    np.testing.assert_array_equal(gan.generate(5, seed=1), before)


def test_evaluate_before_compile_is_refused():
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), networks.mlp_discriminator((2,), units=(4,)))
    with pytest.raises(ValueError, match=r"no losses yet\. " + THREE_PARTS[4:]):
        gan.evaluate(samples(8))


def test_packs_of_three_may_be_evaluated_by_nines():
    discriminator = keras.Sequential([keras.Input((2,)), networks.Packing(3), keras.layers.Dense(1)])
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), discriminator, seed=0)
    gan.compile()
    assert np.isfinite(gan.evaluate(samples(9), verbose=0)).all()


def test_a_gan_with_a_frozen_layer_is_saved_and_loaded(tmp_path):
    gan = small_gan()
    next(layer for layer in gan.discriminator.layers if layer.weights).trainable = False
    gan.compile()
    gan.fit(samples(32), verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    for model in (gan, copy):
        model.train_on_batch(samples(8))
    assert max(np.abs(a - b).max() for a, b in zip(gan.get_weights(), copy.get_weights(), strict=True)) < 1e-6


def two_inputs(first, second, out, as_dictionary=False):
    joined = layers.Concatenate()([layers.Flatten()(keras.ops.cast(end, "float32")) for end in (first, second)])
    ends = {"noise": first, "labels": second} if as_dictionary else [first, second]
    return keras.Model(ends, layers.Dense(out)(joined))


REFUSED_GENERATORS = {
    "an image of noise": (
        lambda: keras.Sequential([keras.Input((1, 1, 100)), layers.Flatten(), layers.Dense(2)]),
        r"shape \(None, 1, 1, 100\)\. .+Reshape\(\(1, 1, 100\)\)",
    ),
    "noise of any size": (lambda: keras.Sequential([keras.Input((None,)), Pooled()]), r"shape \(None, None\)"),
}


class Pooled(layers.Layer):
    def call(self, x):
        return keras.ops.stack([keras.ops.mean(x, 1), keras.ops.max(x, 1)], 1)

    def compute_output_shape(self, shape):
        return (shape[0], 2)


@pytest.mark.parametrize(("make", "received"), REFUSED_GENERATORS.values(), ids=REFUSED_GENERATORS)
def test_a_generator_of_something_else_than_flat_noise_is_refused(make, received):
    with pytest.raises(ValueError, match=r"Invalid generator\. Expected noise.+Received: .+" + received):
        GAN(make(), networks.mlp_discriminator((2,), units=()))


def test_labels_in_the_place_of_noise_are_refused():
    generator = two_inputs(keras.Input((1,), dtype="int32"), keras.Input((3,)), 2)
    discriminator = two_inputs(keras.Input((2,)), keras.Input((1,)), 1)
    with pytest.raises(
        ValueError, match=r"Expected noise as its first input.+Received: integers, int32, as the first input\. \w"
    ):
        GAN(generator, discriminator)


def test_networks_with_dictionaries_of_inputs_are_refused():
    plain = two_inputs(keras.Input((3,)), keras.Input((1,)), 2), two_inputs(keras.Input((2,)), keras.Input((1,)), 1)
    named = (
        two_inputs(keras.Input((3,), name="noise"), keras.Input((1,), name="labels"), 2, as_dictionary=True),
        two_inputs(keras.Input((2,), name="noise"), keras.Input((1,), name="labels"), 1, as_dictionary=True),
    )
    with pytest.raises(ValueError, match=r"Invalid generator\..+noise first.+dictionary of inputs.+\. \w"):
        GAN(named[0], plain[1])
    with pytest.raises(ValueError, match=r"Invalid discriminator\..+samples first.+dictionary of inputs.+\. \w"):
        GAN(plain[0], named[1])


# --------------------------------------------------------------------------------------------- files and optimizers


@pytest.mark.parametrize("name", ["gan.h5", "gan.hdf5", "gan", "gan.weights.h5"])
def test_save_refuses_a_file_that_nobody_can_load(name, tmp_path, points_gan):
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        points_gan.save(tmp_path / name)
    assert name in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_export_points_to_the_generators(tmp_path, points_gan):
    with pytest.raises(ValueError, match=r"Expected.+Received: .+gan\.generator\.export"):
        points_gan.export(tmp_path / "gan")
    assert not list(tmp_path.iterdir())


OPTIMIZERS = {
    "the recipe's": (None, None),
    "adam": ("adam", "adam"),
    "adam with averages": (lambda: keras.optimizers.Adam(use_ema=True), "adam"),
    "nadam": ("nadam", "nadam"),  # as many variables as Adam, one more than it has
    "rmsprop and adam": ("rmsprop", "adam"),
    "adam and rmsprop": ("adam", "rmsprop"),
    "sgd": ("sgd", "sgd"),
    "sgd with momentum": (lambda: keras.optimizers.SGD(momentum=0.9), "sgd"),
    "lion": ("lion", "lion"),  # as many variables as SGD with momentum
}


def trained(name):
    gan = small_gan(
        **dict(zip(("d_optimizer", "g_optimizer"), (o() if callable(o) else o for o in OPTIMIZERS[name]), strict=True))
    )
    gan.train_on_batch(samples(8))
    return gan


def variables(gan):
    return [keras.ops.convert_to_numpy(v) for v in (*gan.variables, *gan.optimizer.variables)]


@pytest.fixture(scope="module")
def gans_and_files(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("weights"), {}
    for name in OPTIMIZERS:
        found[name] = trained(name), folder / f"{name}.weights.h5"
        found[name][0].save_weights(found[name][1])
    return found


@pytest.mark.parametrize("saved", OPTIMIZERS)
def test_weights_with_other_optimizers_are_refused_and_change_nothing(saved, gans_and_files):
    for name, (gan, _) in gans_and_files.items():
        before = variables(gan)
        if name == saved:
            gan.load_weights(gans_and_files[saved][1])
        else:
            with pytest.raises(ValueError, match=r"(?s)does not fit this GAN\..+Expected.+Received: .+\. \w"):
                gan.load_weights(gans_and_files[saved][1])
        assert all((a == b).all() for a, b in zip(before, variables(gan), strict=True)), name


def test_a_gan_without_optimizers_takes_the_networks_weights_alone(gans_and_files, tmp_path):
    keras.utils.set_random_seed(3)
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), networks.mlp_discriminator((2,), units=(4,)))
    gan.save_weights(tmp_path / "bare.weights.h5")
    compiled, file = gans_and_files["adam"]
    gan.load_weights(file)
    assert all((a == b).all() for a, b in zip(compiled.get_weights(), gan.get_weights(), strict=True))
    before = variables(compiled)
    with pytest.raises(ValueError, match="does not fit this GAN"):
        compiled.load_weights(tmp_path / "bare.weights.h5")
    assert all((a == b).all() for a, b in zip(before, variables(compiled), strict=True))


# ------------------------------------------------------------------------------- after a training that was resumed


class Epochs(keras.callbacks.Callback):
    """The numbers of the epochs of a `fit`, which ends with an error where epoch `stop` would begin."""

    def __init__(self, stop=None):
        super().__init__()
        self.seen, self.stop = [], stop

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.stop:
            raise KeyboardInterrupt
        self.seen.append(epoch)


def test_after_an_interrupted_fit_was_resumed_the_next_one_begins_with_epoch_0(tmp_path):
    gan, first, resumed, following = small_gan(), Epochs(stop=2), Epochs(), Epochs()
    options = {"epochs": 3, "verbose": 0}
    with pytest.raises(KeyboardInterrupt):
        gan.fit(samples(32), callbacks=[keras.callbacks.BackupAndRestore(tmp_path), first], **options)
    gan.fit(samples(32), callbacks=[keras.callbacks.BackupAndRestore(tmp_path), resumed], **options)
    gan.fit(samples(32), callbacks=following, **options)
    assert (first.seen, resumed.seen, following.seen) == ([0, 1], [2], [0, 1, 2])
    assert gan.steps_behind() == 12


def test_keras_still_begins_with_the_restored_epoch_unless_it_is_told_to_forget_it(tmp_path):
    """If this fails, see whether Keras has changed its attribute `_initial_epoch`, or needs it no longer."""
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
    model.compile("sgd", "mse")

    def epochs(*callbacks):
        watch = Epochs()
        model.fit(samples(4), samples(4), epochs=2, verbose=0, callbacks=[*callbacks, watch])
        return watch.seen

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)

    assert [epochs(backup()), epochs(backup()), epochs()] == [[0, 1], [], []]
    forget_restored_epoch(model)
    assert epochs() == [0, 1]
