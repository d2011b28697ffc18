"""The step: what holds on TensorFlow alone. test_gan.py asks every installed backend, through backend_probe.py."""

import keras
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
