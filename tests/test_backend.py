"""The step: what holds on TensorFlow alone. test_gan.py asks each backend that is installed, by probes/backend.py."""

import keras
import numpy as np
import pytest
from keras import layers

from gan_course.gan import GAN
from gan_course.objectives import OBJECTIVES

pytestmark = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="looks into TensorFlow's graphs")


def reads(graph, variable):
    """How often a graph reads a variable."""
    handles = {id(handle) for handle, captured in zip(*captures(graph), strict=True) if captured is variable.handle}
    return sum(o.type == "ReadVariableOp" and id(o.inputs[0]) in handles for o in graph.get_operations())


def captures(graph):
    return graph.internal_captures, graph.external_captures


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
        generator: tf.function(lambda: gan.generator_step(5)).get_concrete_function(),
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
def test_fused_updates_and_the_short_way_to_a_step_change_nothing(optimizer):
    """Against Keras' own train function and an optimizer that is not compiled."""
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


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_dataset_of_unknown_length_ends_the_epoch():
    import tensorflow as tf

    points = np.random.default_rng(0).normal(size=(10, 2)).astype("float32")
    gan = GAN(
        keras.Sequential([keras.Input((3,)), layers.Dense(2)]), keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    )
    gan.compile()
    dataset = tf.data.Dataset.from_generator(lambda: iter(points), output_signature=tf.TensorSpec((2,)))
    gan.fit(dataset.batch(4), epochs=2, verbose=0, shuffle=False)
    assert gan.steps_behind() == 6
