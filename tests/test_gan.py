"""`frozen` and `build_combined`: flags and errors on one backend, training on every backend installed."""

import json
import math
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from gan_course import networks, runtime
from gan_course.gan import build_combined, frozen

PROBE = Path(__file__).with_name("backend_probe.py")
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


NO_SCORE = {
    "two scores": lambda: ending_with(layers.Dense(2)),
    "a map of scores": lambda: ending_with(layers.Reshape((2, 1)), layers.Dense(1)),
    "sigmoid": lambda: ending_with(layers.Dense(1, activation="sigmoid")),
    "a sigmoid layer": lambda: ending_with(layers.Dense(1), layers.Activation("sigmoid")),
    "tanh": lambda: ending_with(layers.Dense(1, activation="tanh")),
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


@pytest.fixture(scope="module", params=runtime.BACKENDS)
def probe(request, run_python):
    """What backend_probe.py found on one backend."""
    if request.param not in runtime.installed_backends():
        pytest.skip(f"the backend {request.param} is not installed")
    child = run_python(PROBE, KERAS_BACKEND=request.param)
    assert child.returncode == 0, child.stderr
    report = json.loads(child.stdout.splitlines()[-1])
    assert report["backend"] == request.param
    return report


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
