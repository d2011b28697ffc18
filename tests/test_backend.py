"""The contract between `TrainStep` and a model on every backend, and what holds on TensorFlow alone.

test_gan.py tests more on each installed backend: it runs probes/backend.py in a child process.
"""

import ast
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from gan_course import backend, runtime
from gan_course.gan import GAN
from gan_course.objectives import OBJECTIVES

on_tensorflow = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="looks into TensorFlow's graphs")

# --------------------------------------------------------------------------------- the contract, each backend


def listed(title):
    """Names in the list that follows a title in the docstring of `backend`."""
    _, found, after = backend.__doc__.partition(f"\n{title}:\n\n")
    assert found, title
    entries = re.findall(r"^\* (.+?): ", after.split("\n\n")[0], re.MULTILINE)
    return {name for entry in entries for name in re.findall(r"`(\w+)", entry)}


MUST, MAY = listed("The model must have"), listed("The model may set these attributes")
FROM_KERAS = listed("`TrainStep` reads these attributes, which every `keras.Model` has")
GIVEN = listed("`TrainStep` gives the model")


def attributes():
    """Names `self.<name>` that the classes in backend.py use, and those that they define."""
    tree = ast.parse(Path(backend.__file__).read_text("utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    nodes = [node for each in classes for node in ast.walk(each)]
    used = [n.attr for n in nodes if isinstance(n, ast.Attribute) and getattr(n.value, "id", "") == "self"]
    assert len(used) == sum(isinstance(n, ast.Name) and n.id == "self" for n in nodes), "`self` is used as a whole"
    defined = set()
    for part in (part for each in classes for part in each.body):
        if isinstance(part, ast.FunctionDef):
            defined.add(part.name)
        elif isinstance(part, (ast.Assign, ast.AnnAssign)):
            defined |= {target.id for target in getattr(part, "targets", [getattr(part, "target", None)])}
    return set(used), defined


@pytest.mark.backends
def test_the_docstring_names_all_that_a_step_uses_of_its_model_and_gives_it():
    used, defined = attributes()
    assert used - defined == MUST | FROM_KERAS
    assert {name for name in defined if not name.startswith("_")} == MAY | GIVEN
    assert {name for name in MAY | GIVEN if not hasattr(backend.TrainStep, name)} == set()


@pytest.mark.backends
def test_a_step_replaces_nothing_private_of_keras():
    _, defined = attributes()
    private = {name for name in defined if name.startswith("_")}
    assert private
    assert not private & {*dir(keras.Model), *vars(keras.Sequential())}


class Minimal(backend.TrainStep, keras.Model):
    """A model with exactly what the docstring asks for; `compile` sets the optimizer."""

    def __init__(self, network):
        super().__init__()
        self.network, self.built = network, True

    def update(self, data):
        return {"error": self.minimize(lambda: self.loss_on(data), self.network, self.optimizer)}

    def measure(self, data):
        return {"error": self.loss_on(data)}

    def loss_on(self, data):
        x, y = data
        return ops.mean(ops.square(self.network(x) - y))


class WithUnusedWeight(layers.Layer):
    def build(self, input_shape):
        self.unused = self.add_weight(shape=(2,), initializer="ones", name="unused")

    def call(self, x):
        return x


def minimal(extra_layers=()):
    network = keras.Sequential([keras.Input((2,)), layers.Dense(1, kernel_initializer="ones"), *extra_layers])
    model, optimizer = Minimal(network), keras.optimizers.SGD(0.1)
    optimizer.build(network.trainable_variables)
    model.compile(optimizer, auto_scale_loss=False)
    return model


X = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
Y = np.random.default_rng(1).normal(size=(8, 1)).astype("float32")


@pytest.mark.backends
@pytest.mark.filterwarnings("ignore:Gradients do not exist for variables")  # Keras says so, except on JAX
def test_a_weight_that_the_loss_does_not_use_stays_as_it_is():
    model = minimal(extra_layers=[WithUnusedWeight()])
    unused = model.network.layers[-1].unused
    model.fit(X, Y, batch_size=8, verbose=0)
    assert np.array_equal(ops.convert_to_numpy(unused), [1, 1])
    assert np.abs(model.network.get_weights()[0] - 1).max() > 1e-3


@pytest.mark.backends
def test_a_minimal_model_that_follows_the_docstring_trains_and_is_evaluated():
    """Two steps of gradient descent, against the formula."""
    assert {"update", "measure", "optimizer"} == MUST
    model, weights, bias, losses = minimal(), np.ones((2, 1)), 0.0, []
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0).history
    for _ in range(2):
        error = X @ weights + bias - Y
        losses.append(np.mean(error**2))
        weights, bias = weights - 0.1 * 2 * X.T @ error / 8, bias - 0.1 * 2 * error.mean()
    found = model.network.get_weights()
    assert np.abs(found[0] - weights).max() < 1e-5
    assert abs(found[1].item() - bias) < 1e-5
    assert np.abs(np.array(history["error"]) - losses).max() < 1e-5
    loss = model.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True)["error"]
    assert abs(loss - np.mean((X @ weights + bias - Y) ** 2)) < 1e-5


@pytest.mark.backends
def test_a_minimal_model_skips_batches_that_its_weights_have_seen():
    model = minimal()
    model.batches_to_skip = 1
    before = model.network.get_weights()
    model.fit(X, Y, batch_size=8, verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.network.get_weights(), strict=True))
    model.batches_to_skip = 0
    model.fit(X, Y, batch_size=8, verbose=0)
    assert min(np.abs(a - b).max() for a, b in zip(before, model.network.get_weights(), strict=True)) > 1e-3


@pytest.mark.backends
def test_one_device_shares_batches_of_any_size_and_can_be_asked_for_xla():
    model = minimal()
    assert (model.devices, model.can_use_xla) == (1, True)
    model.require_shareable_batches(7, 3)
    model.require_shareable_batches(7, 3, group_size=4)
    if keras.config.backend() != "torch":  # test_torch.py asks PyTorch, which warns or refuses
        model.require_jit(penalties=True)
    model.sync_state()


# ------------------------------------------------------------------------------------------- TensorFlow alone


def reads(graph, variable):
    """How often a graph reads a variable."""
    handles = {id(handle) for handle, captured in zip(*captures(graph), strict=True) if captured is variable.handle}
    return sum(o.type == "ReadVariableOp" and id(o.inputs[0]) in handles for o in graph.get_operations())


def captures(graph):
    return graph.internal_captures, graph.external_captures


@on_tensorflow
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_step_reads_each_weight_that_it_moves_once(objective):
    """With several reads, TensorFlow's dependency optimizer let one in a dozen runs read behind the update."""
    import tensorflow as tf

    generator = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.LeakyReLU(), layers.Dense(2)])
    discriminator = keras.Sequential([keras.Input((2,)), layers.Dense(4), layers.LeakyReLU(), layers.Dense(1)])
    gan = GAN(generator, discriminator, seed=0)
    gan.compile("sgd", "sgd", objective=objective, gradient_penalty_weight=1.0, r1_weight=1.0)
    steps = {
        discriminator: tf.function(gan.discriminator_step).get_concrete_function(tf.TensorSpec((5, 2))),
        generator: tf.function(gan.generator_step).get_concrete_function(tf.TensorSpec((5, 2))),
    }
    for network, step in steps.items():
        assert {weight.path: reads(step.graph, weight.value) for weight in network.trainable_variables} == {
            weight.path: 1 for weight in network.trainable_variables
        }


def labelled_gan(d_optimizer, g_optimizer, **choices):
    """A conditional GAN whose discriminator looks its labels up in an Embedding, with the same weights each time."""
    keras.utils.set_random_seed(0)
    ends = [keras.Input((3,)), keras.Input((4,))]
    generator = keras.Model(ends, layers.Dense(2)(layers.Concatenate()(ends)))
    ends = [keras.Input((2,)), keras.Input((4,))]
    looked_up = layers.Flatten()(layers.Embedding(5, 2)(ends[1]))
    discriminator = keras.Model(ends, layers.Dense(1)(layers.Concatenate()([ends[0], looked_up])))
    gan = GAN(generator, discriminator, seed=0)
    gan.compile(d_optimizer, g_optimizer, **choices)
    return gan


@on_tensorflow
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.SGD(0.1, momentum=0.9),
        lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9, gradient_accumulation_steps=2),
        lambda: keras.optimizers.Adam(0.01, clipnorm=0.1, weight_decay=0.1, ema_overwrite_frequency=2, use_ema=True),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.RMSprop(0.01)),
    ],
    ids=["SGD", "Adam that accumulates", "Adam that clips", "loss scaling"],
)
def test_fused_updates_and_the_short_way_to_a_step_change_nothing(optimizer, monkeypatch):
    """Against Keras' own train function and an optimizer that is not compiled."""
    monkeypatch.setattr(runtime, "FUSED_FROM", 1)
    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(20, 2)).astype("float32"), rng.integers(5, size=(20, 4))
    weights = []
    for choices in ({}, {"jit_compile": False}, {"run_eagerly": True}, {"steps_per_execution": 2}):
        gan = labelled_gan(optimizer(), optimizer(), **choices)
        gan.fit(points, labels, batch_size=5, epochs=2, verbose=0)
        assert gan.fuse_updates is (choices != {"jit_compile": False})
        weights.append(np.concatenate([keras.ops.convert_to_numpy(w).ravel() for w in gan.weights]))
    for other in weights[1:]:
        np.testing.assert_allclose(other, weights[0], rtol=0, atol=2e-6)
    assert (
        np.abs(weights[0] - np.concatenate([w.numpy().ravel() for w in labelled_gan("sgd", "sgd").weights])).max()
        > 1e-3
    )


@on_tensorflow
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("jit_compile", ["auto", True, False])
def test_a_dataset_of_unknown_length_ends_the_epoch(jit_compile):
    """No counter is counted up for the batch that turns out to be missing."""
    import tensorflow as tf

    points = np.random.default_rng(0).normal(size=(10, 2)).astype("float32")
    gan = GAN(
        keras.Sequential([keras.Input((3,)), layers.Dense(2)]), keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    )
    gan.compile(jit_compile=jit_compile)
    dataset = tf.data.Dataset.from_generator(lambda: iter(points), output_signature=tf.TensorSpec((2,)))
    gan.fit(dataset.batch(4), epochs=2, verbose=0, shuffle=False)
    assert gan.steps_behind() == 6
