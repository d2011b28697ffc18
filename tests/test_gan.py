"""`frozen`, `build_combined`, `GAN`: flags and errors on one backend, training on every backend installed."""

import functools
import math

import keras
import numpy as np
import pytest
from keras import layers

from gan_course import networks, runtime
from gan_course.gan import GAN, AveragingAdam, build_combined, frozen
from gan_course.objectives import OBJECTIVES, Objective

PROBE = "backend"  # in tests/probes
THREE_PARTS = r"Expected.+Received: .+\. \w"


class Block(layers.Layer):
    """A layer with layers inside, as people write their own: in an attribute, a list, a dictionary."""

    def __init__(self):
        super().__init__()
        self.first = layers.Dense(3)
        self.more = [layers.Dense(3), layers.BatchNormalization()]
        self.named = {"last": layers.Dense(3)}

    def call(self, x):
        for layer in self.parts():
            x = layer(x)
        return x

    def parts(self):
        return [self.first, *self.more, self.named["last"]]


def discriminator_with(*middle):
    return keras.Sequential([keras.Input((3,)), *middle, layers.Dense(1)])


def all_layers(layer):
    """A layer and all those in it, however deep."""
    inside = layer.parts() if isinstance(layer, Block) else getattr(layer, "layers", [])
    if isinstance(layer, layers.Wrapper):
        inside = [layer.layer]
    return [layer] + [deeper for part in inside for deeper in all_layers(part)]


def flags(network):
    """Every trainable flag in a network: those of its layers and those of its weights."""
    return [part.trainable for part in (*all_layers(network), *network.variables)]


# ----------------------------------------------------------------------------------------------------- frozen


def test_frozen_lowers_every_flag_and_puts_it_back():
    network = discriminator_with(Block(), layers.BatchNormalization(), keras.Sequential([layers.Dense(2)]))
    before = flags(network)
    assert True in before
    with frozen(network) as same:
        assert same is network
        assert flags(network) == [False] * len(before)
        assert network.trainable_variables == []
    assert flags(network) == before


def test_frozen_puts_flags_back_after_an_error():
    network = discriminator_with(layers.Dense(2))
    before = flags(network)
    with pytest.raises(KeyboardInterrupt), frozen(network):
        raise KeyboardInterrupt
    assert flags(network) == before


def inner_dense(network):
    return network.layers[0].layers[0]


def wrapped_dense(network):
    return network.layers[0].layer


ALREADY_FROZEN = {
    "layer": (lambda: layers.Dense(2), lambda network: network.layers[0]),
    "inner model": (lambda: keras.Sequential([layers.Dense(2)]), lambda network: network.layers[0]),
    "layer of an inner model": (lambda: keras.Sequential([layers.Dense(2), layers.Dense(2)]), inner_dense),
    "wrapper": (lambda: layers.SpectralNormalization(layers.Dense(2)), lambda network: network.layers[0]),
    "wrapped layer": (lambda: layers.SpectralNormalization(layers.Dense(2)), wrapped_dense),
    "attribute of a block": (Block, lambda network: network.layers[0].first),
    "in a list in a block": (Block, lambda network: network.layers[0].more[1]),
    "in a dictionary in a block": (Block, lambda network: network.layers[0].named["last"]),
    "one weight": (lambda: layers.Dense(2), lambda network: network.layers[0].kernel),
}


@pytest.mark.parametrize(("make", "find"), ALREADY_FROZEN.values(), ids=ALREADY_FROZEN)
def test_what_was_already_frozen_stays_frozen(make, find):
    network = discriminator_with(make())
    find(network).trainable = False
    before = flags(network)
    assert before != flags(discriminator_with(make()))
    with frozen(network):
        assert flags(network) == [False] * len(before)
    assert flags(network) == before
    assert not find(network).trainable


def test_a_network_that_was_frozen_stays_frozen():
    network = discriminator_with(layers.Dense(2))
    network.trainable = False
    with frozen(network):
        pass
    assert not network.trainable
    assert not any(flags(network))


def test_frozen_can_be_nested():
    network = discriminator_with(layers.Dense(2))
    before = flags(network)
    with frozen(network):
        with frozen(network):
            pass
        assert not any(flags(network))
    assert flags(network) == before


# --------------------------------------------------------------------------------------------- build_combined


def test_combined_is_the_generator_and_then_the_discriminator():
    generator = networks.mlp_generator((8, 8, 1), latent_dim=5, units=(4,))
    discriminator = networks.mlp_discriminator((8, 8, 1), units=(4,))
    combined = build_combined(generator, discriminator)
    assert combined.layers == [generator, discriminator]
    assert (combined.input_shape, combined.output_shape) == ((None, 5), (None, 1))
    noise = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    by_hand = discriminator.predict_on_batch(generator.predict_on_batch(noise))
    assert np.abs(combined.predict_on_batch(noise) - by_hand).max() < 1e-6


def test_combined_has_the_non_saturating_loss():
    """With label 1 it is the mean of −log σ(score), here by hand in double precision."""
    generator = networks.mlp_generator((2,), latent_dim=3, units=(4,))
    discriminator = networks.mlp_discriminator((2,), units=(4,))
    discriminator.set_weights([30 * w for w in discriminator.get_weights()])  # scores far from 0
    combined = build_combined(generator, discriminator)
    noise = np.random.default_rng(1).normal(size=(16, 3)).astype("float32")
    scores = combined.predict_on_batch(noise).astype(float)
    by_hand = np.mean([math.log1p(math.exp(-abs(s))) + max(-s, 0) for s in scores.ravel()])
    loss = float(combined.test_on_batch(noise, np.ones((16, 1))))
    assert abs(loss - by_hand) < 1e-5 * (1 + by_hand)


def test_combined_has_the_optimizer_it_is_given_or_dcgans():
    def combined(*optimizer):
        parts = networks.mlp_generator((2,), 3, units=()), networks.mlp_discriminator((2,), units=())
        return build_combined(*parts, *optimizer)

    given = keras.optimizers.SGD(0.5)
    assert combined(given).optimizer is given
    standard = combined().optimizer
    assert isinstance(standard, keras.optimizers.Adam)
    assert abs(float(standard.learning_rate) - 2e-4) < 1e-9
    assert standard.beta_1 == 0.5


@pytest.mark.parametrize(
    ("made", "wanted"), [((8, 8, 1), (12, 12, 1)), ((8, 8, 1), (8, 8, 3)), ((2,), (3,)), ((2,), (8, 8, 1))]
)
def test_networks_that_do_not_fit_are_refused_with_both_shapes(made, wanted):
    generator = networks.mlp_generator(made, latent_dim=3, units=(4,))
    discriminator = networks.mlp_discriminator(wanted, units=(4,))
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        build_combined(generator, discriminator)
    assert str(made) in str(caught.value)
    assert str(wanted) in str(caught.value)


def test_a_discriminator_of_any_image_size_fits():
    discriminator = keras.Sequential([keras.Input((None, None, 1)), layers.GlobalAveragePooling2D(), layers.Dense(1)])
    combined = build_combined(networks.mlp_generator((8, 8, 1), latent_dim=3, units=(4,)), discriminator)
    assert combined.output_shape == (None, 1)


def ending_with(*last):
    return keras.Sequential([keras.Input((2,)), *last])


def functional(function, inputs=1):
    ends = [keras.Input((2,)) for _ in range(inputs)]
    return keras.Model(ends, function(*ends))


class Subclassed(keras.Model):
    def call(self, x):
        return x[:, :1]


NO_PLAIN_SHAPE = {
    "not built": lambda: keras.Sequential([layers.Dense(1)]),
    "subclassed": Subclassed,
    "three inputs": lambda: functional(lambda a, b, c: layers.Dense(1)(a + b + c), inputs=3),
}


@pytest.mark.parametrize("make", NO_PLAIN_SHAPE.values(), ids=NO_PLAIN_SHAPE)
def test_networks_whose_shapes_are_not_known_are_refused(make):
    with pytest.raises(ValueError, match=r"Invalid discriminator\..+" + THREE_PARTS):
        build_combined(networks.mlp_generator((2,), 3, units=()), make())
    with pytest.raises(ValueError, match=r"Invalid generator\..+" + THREE_PARTS):
        build_combined(make(), networks.mlp_discriminator((2,), units=()))


NO_SCORE = {
    "two scores": lambda: ending_with(layers.Dense(2)),
    "a map of scores": lambda: ending_with(layers.Reshape((2, 1)), layers.Dense(1)),
    "sigmoid": lambda: ending_with(layers.Dense(1, activation="sigmoid")),
    "a sigmoid layer": lambda: ending_with(layers.Dense(1), layers.Activation("sigmoid")),
    "tanh": lambda: ending_with(layers.Dense(1, activation="tanh")),
    "sigmoid as an operation": lambda: functional(lambda x: keras.ops.sigmoid(layers.Dense(1)(x))),
    "an activation that is a layer": lambda: ending_with(layers.Dense(1, activation=layers.ReLU())),
    "sigmoid in an inner model": lambda: ending_with(ending_with(layers.Dense(1, activation="sigmoid"))),
    "sigmoid in a wrapper": lambda: ending_with(layers.SpectralNormalization(layers.Dense(1, activation="sigmoid"))),
}


@pytest.mark.parametrize("make", NO_SCORE.values(), ids=NO_SCORE)
def test_a_discriminator_without_one_raw_score_is_refused(make):
    with pytest.raises(ValueError, match=r"Invalid discriminator\..+" + THREE_PARTS):
        build_combined(networks.mlp_generator((2,), 3, units=()), make())


RAW_SCORE = {
    "no activation": lambda: ending_with(layers.Dense(1)),
    "linear": lambda: ending_with(layers.Dense(1, activation="linear")),
    "a linear layer": lambda: ending_with(layers.Dense(1), layers.Activation("linear")),
    "flattened": lambda: ending_with(layers.Reshape((2, 1)), layers.Conv1D(1, 2), layers.Flatten()),
    "in a wrapper": lambda: ending_with(layers.SpectralNormalization(layers.Dense(1))),
}


@pytest.mark.parametrize("make", RAW_SCORE.values(), ids=RAW_SCORE)
def test_a_raw_score_however_it_comes_is_accepted(make):
    combined = build_combined(networks.mlp_generator((2,), 3, units=()), make())
    assert combined.output_shape == (None, 1)


# ------------------------------------------------------------------------------------- training, each backend


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    """What probes/backend.py finds on a backend. Each backend is asked once."""
    return functools.cache(lambda backend: ask_probe(PROBE, backend=backend))


def test_each_step_moves_its_own_network_alone_and_goes_on_doing_so(probe):
    assert len(probe["frozen_recipe"]) == 3
    for movement in probe["frozen_recipe"]:
        assert movement["d_step"]["generator"] == 0.0
        assert movement["d_step"]["discriminator"] > 1e-3
        assert movement["g_step"]["discriminator"] == 0.0
        assert movement["g_step"]["generator"] > 1e-3


def test_the_classic_recipe_does_not_train_the_discriminator(probe):
    assert probe["classic_recipe"]["discriminator"] == 0.0
    assert probe["classic_recipe"]["generator"] > 1e-3


def test_a_frozen_batch_normalization_infers_and_keeps_its_averages(probe):
    found = probe["batch_normalization"]
    assert found["training_differs"] > 1e-2
    assert found["frozen_differs"] < 1e-6
    assert found["frozen_step"] == 0.0
    assert found["training_differs_again"] > 1e-2


def test_a_layer_that_was_frozen_before_does_not_train_afterwards(probe):
    assert probe["already_frozen"]["layer"] == 0.0
    assert probe["already_frozen"]["network"] > 1e-3


# -------------------------------------------------------------------------------------------- GAN, each backend


def test_each_step_of_gan_moves_its_own_network_alone(probe):
    """Not one bit of the other network changes, statistics of BatchNormalization included; its own do."""
    d_step, g_step = probe["gan_steps"]["d_step"], probe["gan_steps"]["g_step"]
    assert d_step["discriminator"] > 1e-4
    assert d_step["generator"] == 0.0
    assert d_step["statistics"][0] > 1e-4
    assert g_step["generator"] > 1e-4
    assert g_step["discriminator"] == 0.0
    assert g_step["statistics"][1] > 1e-4


def test_gan_and_the_combined_model_take_the_same_step(probe):
    assert probe["combined"] < 1e-6


def test_a_saved_gan_goes_on_where_it_was(probe):
    assert probe["saved"]["samples"] == 0.0
    assert probe["saved"]["weights"] < 1e-6


def test_fit_reports_both_losses_and_counts_d_steps(probe):
    history = probe["fitted"]["history"]
    assert sorted(history) == ["d_loss", "g_loss"]
    assert [len(losses) for losses in history.values()] == [3, 3]
    assert all(0.2 < loss < 3 for losses in history.values() for loss in losses)
    assert probe["fitted"]["iterations"] == [18, 9]
    assert probe["fitted"]["shape"] == [7, 8, 8, 1]


def test_three_rounds_end_at_the_same_weights_on_every_backend(ask_probe):
    backends = runtime.installed_backends()
    if len(backends) < 2:
        pytest.skip(f"only one backend is installed: {backends}")
    first, *others = (ask_probe(PROBE, "same", backend=backend)["same_everywhere"] for backend in backends)
    assert len(first) == 22
    for other in others:
        for name, weights in first.items():
            assert np.abs(np.subtract(weights, other[name])).max() < 1e-5, name


# ------------------------------------------------------------------------------------------- GAN, one backend

IMAGE = (4, 4, 1)


def small_gan(shape=(2,), seed=0, **choices):
    """A compiled GAN with the same weights every time; `compile=False` leaves it uncompiled."""
    keras.utils.set_random_seed(0)
    generator = networks.mlp_generator(shape, 3, units=(4,))
    gan = GAN(generator, networks.mlp_discriminator(shape, units=(4,)), seed=seed)
    if choices.pop("compile", True):
        gan.compile(**choices)
    return gan


def samples(count, shape=(2,)):
    return np.random.default_rng(0).uniform(-1, 1, size=(count, *shape)).astype("float32")


def largest_difference(model, other):
    pairs = zip(model.get_weights(), other.get_weights(), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


@pytest.mark.parametrize(("made", "wanted"), [((8, 8, 1), (12, 12, 1)), ((2,), (3,))])
def test_gan_refuses_networks_that_do_not_fit(made, wanted):
    generator = networks.mlp_generator(made, latent_dim=3, units=(4,))
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        GAN(generator, networks.mlp_discriminator(wanted, units=(4,)))
    assert str(made) in str(caught.value)
    assert str(wanted) in str(caught.value)


def test_gan_refuses_a_discriminator_with_a_sigmoid():
    with pytest.raises(ValueError, match=r"raw scores.+sigmoid.+" + r"\. \w"):
        GAN(networks.mlp_generator((2,), 3, units=()), NO_SCORE["sigmoid"]())


SGD = keras.optimizers.SGD
REFUSED_CHOICES = {
    "unknown objective": (lambda: {"objective": "wgan"}, "'wgan'"),
    "an objective that is one function": (lambda: {"objective": OBJECTIVES["hinge"].d_loss}, "hinge_d"),
    "no objective": (lambda: {"objective": None}, "None"),
    "no step": (lambda: {"d_steps": 0}, "0"),
    "half a step": (lambda: {"d_steps": 1.5}, "1.5"),
    "True steps": (lambda: {"d_steps": True}, "True"),
    "one optimizer twice": (lambda: dict.fromkeys(("d_optimizer", "g_optimizer"), SGD()), "SGD"),
    "unknown optimizer of D": (lambda: {"d_optimizer": "adamm"}, "'adamm'"),
    "unknown optimizer of G": (lambda: {"g_optimizer": "adamm"}, "'adamm'"),
    "a number as optimizer": (lambda: {"g_optimizer": 0.1}, "0.1"),
    "a class as optimizer": (lambda: {"g_optimizer": SGD}, "SGD"),
}


@pytest.mark.parametrize(("make", "received"), REFUSED_CHOICES.values(), ids=REFUSED_CHOICES)
def test_compile_refuses(make, received):
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        small_gan(**make())
    assert received in str(caught.value).partition("Received: ")[2]


def test_two_optimizers_of_one_name_are_two():
    gan = small_gan(d_optimizer="sgd", g_optimizer="sgd")
    assert gan.optimizer.d is not gan.optimizer.g
    assert np.isfinite(gan.train_on_batch(samples(4))).all()


def test_an_objective_of_ones_own_is_used_saved_and_loaded(tmp_path):
    """Made of the package's functions here; functions of one's own have to be registered with Keras."""
    named, own = small_gan(objective="hinge"), small_gan(objective=Objective(*OBJECTIVES["hinge"]))
    for gan in (named, own):
        gan.train_on_batch(samples(8))
    assert largest_difference(named, own) == 0.0
    own.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    for gan in (named, copy):
        gan.train_on_batch(samples(8))
    assert largest_difference(named, copy) < 1e-6


def test_a_gan_that_was_never_compiled_can_be_saved(tmp_path):
    gan = small_gan(compile=False)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert (copy.generate(3, seed=1) == gan.generate(3, seed=1)).all()


def test_penalties_that_layers_put_on_their_weights_are_in_the_losses():
    """Each network's in its own player's loss: 0.5 Σ w² in D's, 2 Σ |w| in G's."""

    def losses(d_regularizer=None, g_regularizer=None):
        keras.utils.set_random_seed(0)
        generator = keras.Sequential([keras.Input((3,)), layers.Dense(2, kernel_regularizer=g_regularizer)])
        discriminator = keras.Sequential([keras.Input((2,)), layers.Dense(1, kernel_regularizer=d_regularizer)])
        gan = GAN(generator, discriminator, seed=0)
        gan.compile(SGD(0.0), SGD(0.0))
        kernels = [network.layers[0].get_weights()[0] for network in (discriminator, generator)]
        return np.array(gan.train_on_batch(samples(4))), kernels

    plain, (d_kernel, g_kernel) = losses()
    penalized, _ = losses(keras.regularizers.L2(0.5), keras.regularizers.L1(2.0))
    assert np.abs(penalized - plain - [0.5 * np.sum(d_kernel**2), 2 * np.sum(np.abs(g_kernel))]).max() < 1e-5


def test_d_steps_take_real_samples_of_their_own():
    """Every third sample: all of the batch, each once."""
    gan, seen = small_gan(d_steps=3, run_eagerly=True), []
    gan.discriminator_step = lambda real, labels: seen.append(np.array(real)) or 0.0
    real = samples(6)
    gan.train_on_batch(real)
    assert [part.tolist() for part in seen] == [real[0::3].tolist(), real[1::3].tolist(), real[2::3].tolist()]


def test_spectral_normalization_stays_still_in_the_other_players_step():
    """Keras rescales its kernel in every call with training=True; not in a step that is the generator's."""
    discriminator = ending_with(layers.SpectralNormalization(layers.Dense(4)), layers.Dense(1))
    gan = GAN(networks.mlp_generator((2,), 3, units=()), discriminator, seed=0)
    gan.compile()
    before = discriminator.get_weights()
    gan.generator_step(samples(8))
    assert all((a == b).all() for a, b in zip(before, discriminator.get_weights(), strict=True))
    gan.discriminator_step(samples(8))
    assert max(np.abs(a - b).max() for a, b in zip(before, discriminator.get_weights(), strict=True)) > 1e-5


# --------------------------------------------------------------------------------------------------- generate


@pytest.mark.parametrize(("count", "batch_size"), [(1, 256), (7, 3), (6, 3), (2, 3)])
def test_generate_makes_any_number_whatever_the_batch_size(count, batch_size):
    gan = small_gan(IMAGE)
    made = gan.generate(count, seed=1, batch_size=batch_size)
    assert (made.shape, made.dtype) == ((count, *IMAGE), "float32")
    assert np.abs(made - gan.generate(count, seed=1)).max() < 1e-6


def test_generate_repeats_itself_with_a_seed_and_goes_on_without():
    gan, twin = small_gan(), small_gan()
    first, second = gan.generate(5), gan.generate(5)
    assert np.abs(first - second).max() > 1e-3
    assert (gan.generate(5, seed=1) == gan.generate(5, seed=1)).all()
    assert np.abs(gan.generate(5, seed=1) - gan.generate(5, seed=2)).max() > 1e-3
    assert (twin.generate(5) == first).all()
    twin.generate(5, seed=1)  # must not disturb the model's own noise
    assert (twin.generate(5) == second).all()


# ------------------------------------------------------------------------------------------ what fit is given


def with_one(value, count=64):
    images = samples(count, IMAGE)
    images[3, 1, 2, 0] = value
    return images


REFUSED_SAMPLES = {
    "NaN": (with_one(np.nan), {}, "nan"),
    "infinity": (with_one(np.inf), {}, "inf"),
    "a value too large": (with_one(1.01), {}, "1.01"),
    "a value too small": (with_one(-1.01), {}, "-1.01"),
    "bytes": (np.full((64, *IMAGE), 255, "uint8"), {}, "255"),
    "no channels": (samples(64, (4, 4)), {}, "(64, 4, 4)"),
    "other sides": (samples(64, (8, 8, 1)), {}, "(64, 8, 8, 1)"),
    "flat": (samples(64, (16,)), {}, "(64, 16)"),
    "one image": (samples(4, (4, 1)), {}, "(4, 4, 1)"),
    "fewer than a batch": (samples(10, IMAGE), {}, "10"),
    "fewer than the batch asked for": (samples(64, IMAGE), {"batch_size": 65}, "64"),
    "none at all": (samples(0, IMAGE), {}, "0"),
    "a batch that d_steps does not divide": (samples(64, IMAGE), {"batch_size": 16, "d_steps": 3}, "16"),
    "a last batch that d_steps does not divide": (samples(64, IMAGE), {"batch_size": 30, "d_steps": 3}, "64"),
}


@pytest.mark.parametrize(("images", "choices", "received"), REFUSED_SAMPLES.values(), ids=REFUSED_SAMPLES)
def test_fit_refuses_before_training_starts(images, choices, received):
    gan = small_gan(IMAGE, d_steps=choices.get("d_steps", 1))
    before = gan.get_weights()
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        gan.fit(images, batch_size=choices.get("batch_size"), verbose=0)
    assert received in str(caught.value).partition("Received: ")[2]
    assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


@pytest.mark.parametrize("value", [-1.0, 1.0, np.float32(1) + np.float32(5e-7)])
def test_fit_takes_images_up_to_the_ends_of_their_range(value):
    gan = small_gan(IMAGE)
    assert np.isfinite(gan.fit(with_one(value, 40), verbose=0).history["d_loss"]).all()


def test_points_have_no_range_but_must_be_finite():
    gan = small_gan((2,))
    assert np.isfinite(gan.fit(50 * samples(32), verbose=0).history["d_loss"]).all()
    with pytest.raises(ValueError, match=r"finite.+Received: .+nan"):
        gan.fit(np.full((32, 2), np.nan), verbose=0)


def test_fit_takes_labels_and_a_dataset_as_keras_does():
    gan = small_gan((2,))
    history = gan.fit(samples(40), np.arange(40), batch_size=20, epochs=2, verbose=0).history
    assert len(history["g_loss"]) == 2

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return (samples(5),)

    gan.fit(Batches(), verbose=0)
    assert int(gan.optimizer.g.iterations) == 2 * 2 + 3


def test_fit_before_compile_is_keras_error():
    with pytest.raises(ValueError, match="call `compile"):
        small_gan(compile=False).fit(samples(40), verbose=0)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_batch_that_d_steps_does_not_divide_is_refused_while_the_step_is_compiled(run_eagerly):
    gan = small_gan(d_steps=3, run_eagerly=run_eagerly)
    before = gan.get_weights()
    with pytest.raises(ValueError, match=r"batch size\..+" + THREE_PARTS) as caught:
        gan.train_on_batch(samples(8))
    assert "Received: 8. Try a batch size of 6." in str(caught.value)
    assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


# ------------------------------------------------------------------------------------------- averaged weights


def averaging_gan():
    return small_gan(d_optimizer=SGD(0.5), g_optimizer=SGD(0.5, use_ema=True, ema_momentum=0.8))


def test_after_fit_the_generator_has_the_average_of_its_weights():
    """By hand: average ← 0.8 · average + 0.2 · weights after each step, beginning with those after the first."""
    gan, steps = averaging_gan(), []
    live = {}

    def record(batch, logs):
        steps.append(watch.model.generator.get_weights())
        live["discriminator"] = watch.model.discriminator.get_weights()

    watch = keras.callbacks.LambdaCallback(on_train_batch_end=record)
    gan.fit(samples(24), batch_size=4, epochs=2, verbose=0, callbacks=[watch])
    assert len(steps) == 12
    averages = steps[0]
    for weights in steps[1:]:
        averages = [0.8 * average + 0.2 * weight for average, weight in zip(averages, weights, strict=True)]
    found = gan.generator.get_weights()
    assert max(np.abs(a - b).max() for a, b in zip(found, averages, strict=True)) < 1e-6
    assert max(np.abs(a - b).max() for a, b in zip(found, steps[-1], strict=True)) > 1e-3
    assert all((a == b).all() for a, b in zip(gan.discriminator.get_weights(), live["discriminator"], strict=True))


def test_other_callbacks_find_the_averages_at_the_end_of_fit():
    gan, seen = averaging_gan(), {}
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.update(last=watch.model.generator.get_weights()),
        on_train_end=lambda logs: seen.update(end=watch.model.generator.get_weights()),
    )
    gan.fit(samples(24), batch_size=4, verbose=0, callbacks=[watch])
    assert all((a == b).all() for a, b in zip(seen["end"], gan.generator.get_weights(), strict=True))
    assert max(np.abs(a - b).max() for a, b in zip(seen["end"], seen["last"], strict=True)) > 1e-3


def test_averaged_lends_the_averages_and_puts_the_weights_back():
    gan, fitted = averaging_gan(), averaging_gan()
    for start in range(0, 24, 4):
        gan.train_on_batch(samples(24)[start : start + 4])
    fitted.fit(samples(24), batch_size=4, shuffle=False, verbose=0)
    live = gan.get_weights()
    with gan.averaged() as same:
        assert same is gan
        assert largest_difference(gan, fitted) < 1e-6
        assert max(np.abs(a - b).max() for a, b in zip(live, gan.get_weights(), strict=True)) > 1e-3
    assert all((a == b).all() for a, b in zip(live, gan.get_weights(), strict=True))
    with pytest.raises(KeyboardInterrupt), gan.averaged():
        raise KeyboardInterrupt
    assert all((a == b).all() for a, b in zip(live, gan.get_weights(), strict=True))


def test_without_averages_nothing_is_lent():
    gan = small_gan(d_optimizer="sgd", g_optimizer="sgd")
    gan.train_on_batch(samples(8))
    before = gan.get_weights()
    with gan.averaged():
        assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


def test_an_interrupted_fit_leaves_the_weights_of_its_last_step():
    """Not their averages, with which training could not go on."""
    gan, twin = averaging_gan(), averaging_gan()

    def interrupt(batch, logs):
        if batch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gan.fit(
            samples(24),
            batch_size=4,
            shuffle=False,
            verbose=0,
            callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)],
        )
    for start in (0, 4, 8):
        twin.train_on_batch(samples(24)[start : start + 4])
    assert gan.steps_behind() == 3
    assert largest_difference(gan, twin) < 1e-6
    assert np.isfinite(gan.train_on_batch(samples(4))).all()


def test_an_error_in_the_first_step_leaves_the_gan_as_it_was():
    """On JAX `fit` takes the weights out of the model before the step, and Keras would not put them back."""

    def broken(*scores):
        raise ArithmeticError("no loss today")

    gan, twin = small_gan(objective=Objective(broken, broken)), small_gan()
    with pytest.raises(ArithmeticError, match="no loss today"):
        gan.fit(samples(24), batch_size=4, verbose=0)
    assert largest_difference(gan, twin) == 0.0
    assert gan.steps_behind() == 0
    gan.compile()
    assert np.isfinite(gan.fit(samples(24), batch_size=4, verbose=0).history["d_loss"]).all()


# --------------------------------------------------------------------------------------------------- labels


def labeled_gan(**choices):
    """Points and one-hot labels of two classes; in G and in D the label has weights of its own, the last layer's."""
    keras.utils.set_random_seed(0)
    ends = [keras.Input((3,)), keras.Input((2,))]
    generator = keras.Model(ends, layers.Dense(2)(layers.Concatenate()(ends)))
    ends = [keras.Input((2,)), keras.Input((2,))]
    hidden = layers.Dense(4, activation="tanh")(layers.Concatenate()(ends))
    gan = GAN(generator, keras.Model(ends, layers.Dense(1)(hidden)), seed=0)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), **choices)
    return gan


def one_hot(*classes):
    return np.eye(2, dtype="float32")[list(classes)]


def test_labels_reach_both_networks_and_generate():
    """A weight that multiplies an input of 0 alone does not move: the other class's stay."""
    gan = labeled_gan(d_steps=2)
    start = [network.get_weights()[0].copy() for network in (gan.generator, gan.discriminator)]
    gan.fit(samples(12), one_hot(*[0] * 12), batch_size=4, epochs=2, verbose=0)
    for network, before, first in zip((gan.generator, gan.discriminator), start, (3, 2), strict=True):
        moved = np.abs(network.get_weights()[0] - before).max(axis=1)
        assert moved[first] > 1e-4  # of class 0
        assert moved[first + 1] == 0.0  # of class 1
    zeros, ones = (gan.generate(5, seed=1, labels=one_hot(*[label] * 5)) for label in (0, 1))
    kernel = gan.generator.get_weights()[0]
    assert np.abs(ones - zeros - (kernel[4] - kernel[3])).max() < 1e-5
    mixed = gan.generate(5, seed=1, labels=one_hot(0, 1, 0, 1, 1), batch_size=2)
    assert np.abs(mixed - np.where([[0], [1], [0], [1], [1]], ones, zeros)).max() < 1e-6


def test_labels_stay_with_their_samples_in_fit():
    """Every step, and each of D's two in it, gets the samples of a shuffled batch with the labels of these."""
    gan, seen = labeled_gan(d_steps=2, run_eagerly=True), []
    gan.discriminator_step = lambda real, labels: seen.append((np.array(real), np.array(labels))) or 0.0
    classes = np.arange(10) % 2
    points = np.where(classes[:, None], 1.0, -1.0) * np.linspace(0.1, 1.0, 10)[:, None] * np.ones(2)
    gan.fit(points.astype("float32"), one_hot(*classes), batch_size=4, epochs=1, verbose=0)
    assert [len(real) for real, _ in seen] == [2, 2, 2, 2, 1, 1]
    assert all(((real[:, 0] > 0) == labels[:, 1]).all() for real, labels in seen)
    assert sorted(np.concatenate([real[:, 0] for real, _ in seen])) == sorted(points[:, 0].astype("float32"))


@pytest.mark.parametrize("penalty", ["gradient_penalty_weight", "r1_weight"])
def test_labels_reach_the_penalties(penalty):
    """The gradient at one point, real and generated alike, by hand: W (v · (1 − tanh²(W x + U label + b)))."""
    point, labels = np.array([0.3, -0.2], "float32"), one_hot(0, 1, 1)

    def loss_with(weight):
        gan = labeled_gan(**{penalty: weight})
        gan.generator.set_weights([np.zeros((5, 2), "float32"), point])
        hidden, _, score, _ = gan.discriminator.get_weights()
        slopes = score[:, 0] * (1 - np.tanh(point @ hidden[:2] + labels @ hidden[2:]) ** 2)
        norms = np.linalg.norm(slopes @ hidden[:2].T, axis=1)
        real = keras.ops.convert_to_tensor(np.tile(point, (3, 1)))
        loss = gan.discriminator_loss(real, keras.ops.convert_to_tensor(labels))
        return float(keras.ops.convert_to_numpy(loss)), norms

    (without, norms), (with_penalty, _) = loss_with(0.0), loss_with(2.0)
    assert abs(norms[0] - norms[1]) > 1e-2  # so that the labels matter
    by_hand = np.mean((norms - 1) ** 2) if penalty == "gradient_penalty_weight" else 0.5 * np.mean(norms**2)
    assert abs(with_penalty - without - 2 * by_hand) < 1e-5


def test_a_conditional_gan_is_saved_and_loaded(tmp_path):
    gan, labels = labeled_gan(), one_hot(0, 1, 1, 0)
    gan.train_on_batch(samples(4), labels)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert copy.conditional
    assert (copy.generate(4, seed=1, labels=labels) == gan.generate(4, seed=1, labels=labels)).all()
    for model in (gan, copy):
        model.train_on_batch(samples(4), labels)
    assert largest_difference(gan, copy) < 1e-6


# ------------------------------------------------------------------------------------- checkpoints and order


def test_weights_come_back_with_the_optimizers_and_the_noise(tmp_path):
    gan, copy = small_gan(d_optimizer="adam", g_optimizer="adam"), small_gan(d_optimizer="adam", g_optimizer="adam")
    gan.fit(samples(20), batch_size=8, verbose=0)
    gan.save_weights(tmp_path / "gan.weights.h5")
    assert [file.name for file in tmp_path.iterdir()] == ["gan.weights.h5"]
    copy.load_weights(tmp_path / "gan.weights.h5")
    for model in (gan, copy):
        model.fit(samples(20), batch_size=8, verbose=0)
    assert largest_difference(gan, copy) < 1e-6
    assert (gan.generate(3) == copy.generate(3)).all()


MISFITS = {
    "other units": lambda: GAN(
        networks.mlp_generator((2,), 3, units=(5,)), networks.mlp_discriminator((2,), units=(4,))
    ),
    "more layers": lambda: GAN(
        networks.mlp_generator((2,), 3, units=(4,)), networks.mlp_discriminator((2,), units=(4, 4))
    ),
}


@pytest.mark.parametrize("make", MISFITS.values(), ids=MISFITS)
def test_weights_that_do_not_fit_change_nothing(make, tmp_path):
    other, gan, twin = make(), small_gan(d_optimizer="adam"), small_gan(d_optimizer="adam")
    other.compile("adam")
    other.save_weights(tmp_path / "other.weights.h5")
    for model in (gan, twin):
        model.train_on_batch(samples(8))
    with pytest.raises(ValueError, match=r"does not fit.+Expected.+Received: (.|\n)+\. \w") as caught:
        gan.load_weights(tmp_path / "other.weights.h5")
    assert "other.weights.h5" in str(caught.value)
    for model in (gan, twin):
        model.train_on_batch(samples(8))
    assert largest_difference(gan, twin) == 0.0
    assert (gan.generate(3) == twin.generate(3)).all()


@pytest.mark.parametrize("d_steps", [1, 2])
def test_a_last_batch_that_is_smaller_is_trained_on(d_steps):
    gan, seen = small_gan(d_steps=d_steps, run_eagerly=True), []
    gan.discriminator_step = lambda real, labels: seen.extend(np.array(real).tolist()) or 0.0
    gan.fit(samples(10), batch_size=4, verbose=0)
    assert sorted(seen) == sorted(samples(10).tolist())
    assert gan.steps_behind() == 3


def fitted(seed, fits=1, **options):
    gan = small_gan(seed=seed, d_optimizer="sgd", g_optimizer="sgd")
    gan.noise = lambda count: keras.ops.ones((count, 3))  # so that the order alone can differ
    for _ in range(fits):
        gan.fit(samples(40), batch_size=4, verbose=0, **options)
    return gan


def test_the_order_of_samples_is_the_seeds():
    same, again, other = fitted(3), fitted(3), fitted(4)
    assert largest_difference(same, again) == 0.0
    assert largest_difference(same, other) > 1e-6
    assert largest_difference(fitted(None), fitted(None)) > 1e-6
    unshuffled = fitted(None, shuffle=False)
    assert largest_difference(unshuffled, fitted(3, shuffle=False)) == 0.0
    assert largest_difference(unshuffled, same) > 1e-6
    assert largest_difference(fitted(3, fits=2), fitted(3, epochs=2)) > 1e-6  # a second fit has an order of its own


# -------------------------------------------------------------------------------------------- averages


def test_the_average_of_a_short_training_lies_near_its_end():
    """Against the formula, step by step; with a momentum of 0.998 from the start it would lie near the beginning."""
    weight = keras.Variable([10.0])
    adam = AveragingAdam(0.1)
    adam.build([weight])
    average = None
    for step in range(30):
        adam.apply([keras.ops.ones(1)], [weight])
        momentum = min((1 + step) / (10 + step), 0.998) if step else 0.0
        now = float(keras.ops.convert_to_numpy(weight)[0])
        average = now if average is None else momentum * average + (1 - momentum) * now
    adam.finalize_variable_values([weight])
    assert float(keras.ops.convert_to_numpy(weight)[0]) == pytest.approx(average, abs=1e-4)
    assert now < average < 10 - 0.8 * (10 - now)


def test_the_momentum_of_the_average_ends_where_it_was_asked_to_and_is_saved():
    adam = AveragingAdam(ema_momentum=0.9)
    assert float(adam.ema_momentum) == pytest.approx(0.1)
    adam.iterations.assign(1000)
    assert float(adam.ema_momentum) == pytest.approx(0.9)
    copy = keras.optimizers.deserialize(keras.optimizers.serialize(adam))
    assert type(copy) is AveragingAdam
    assert copy.get_config() == adam.get_config()
    assert copy.get_config()["ema_momentum"] == 0.9
    assert AveragingAdam().get_config()["use_ema"] is True


# -------------------------------------------------------------------------------------------- mixed precision


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def mixed_precision(request):
    before = keras.config.dtype_policy()
    policy = keras.DTypePolicy(request.param)
    keras.config.set_dtype_policy(policy)
    yield policy
    keras.config.set_dtype_policy(before)


def losses_scaled(gan):
    return [type(player) is keras.optimizers.LossScaleOptimizer for player in (gan.optimizer.d, gan.optimizer.g)]


@pytest.mark.parametrize("penalty", [{}, {"r1_weight": 0.1}, {"gradient_penalty_weight": 1.0}], ids=str)
def test_mixed_precision_trains_with_losses_scaled_for_float16(mixed_precision, penalty, tmp_path):
    gan, scaled = small_gan(IMAGE, **penalty), mixed_precision.name == "mixed_float16"
    assert gan.discriminator.layers[-1].dtype_policy == mixed_precision
    assert losses_scaled(gan) == [scaled, scaled]
    before = gan.get_weights()
    history = gan.fit(samples(64, IMAGE), batch_size=16, epochs=3, verbose=0).history
    assert np.isfinite([history["d_loss"], history["g_loss"]]).all()
    assert all(w.dtype == "float32" and np.isfinite(w).all() for w in gan.get_weights())
    assert min(np.abs(a - b).max() for a, b in zip(before, gan.get_weights(), strict=True)) > 0
    assert gan.generate(3).dtype == "float32"

    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert losses_scaled(copy) == [scaled, scaled]
    inner = copy.optimizer.d.inner_optimizer if scaled else copy.optimizer.d
    assert isinstance(inner, keras.optimizers.Adam)  # and not scaled twice
    assert np.isfinite(copy.train_on_batch(samples(16, IMAGE))).all()


def test_losses_are_scaled_for_a_network_with_a_layer_in_float16():
    """The network's own policy is float32 then."""
    discriminator = ending_with(layers.Dense(4, dtype="mixed_float16"), layers.Dense(1, dtype="float32"))
    gan = GAN(networks.mlp_generator((2,), 3, units=(4,)), discriminator, seed=0)
    gan.compile()
    assert losses_scaled(gan) == [True, False]
    assert np.isfinite(gan.train_on_batch(samples(8))).all()
