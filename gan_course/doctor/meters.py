"""Remembers what a network is called with inside of graphs of TensorFlow, where no Python code runs.

The graph itself writes some numbers of each call into a variable, which is no weight of anybody's. XLA compiles this,
too. A traced function outlives the visit and goes on writing, so a meter lives as long as its network. Then a second
visit, which traces nothing anew, reads the same meter.
"""

import weakref

import keras
import numpy as np

from gan_course.doctor.frameworks import is_symbolic

if keras.config.backend() == "tensorflow":
    import tensorflow as tf

ROWS = 8
"""How many rows of a batch are remembered."""

CALLS = 64
"""How many calls are remembered, the newest ones."""

MOST_VALUES = 2_048
"""Rows with more values are not remembered."""

_METERS = weakref.WeakKeyDictionary()
"""Network → the variable `(CALLS, ...)` of its meter. In each line: the call's number, how many rows, the rows."""


def prepare(network, shape):
    """Make the meter of a network, outside of all graphs: a `tf.function` may make variables only at its first call.

    Args:
        network: the Keras model that will be called.
        shape: shape of its input `(None, ...)`, or None where it is not known. Then there will be no meter.
    """
    if keras.config.backend() != "tensorflow" or network in _METERS or shape is None or None in shape[1:]:
        return
    size = int(np.prod(shape[1:]))
    if tf.executing_eagerly() and not tf.distribute.has_strategy() and size <= MOST_VALUES:
        _METERS[network] = tf.Variable(tf.zeros((CALLS, 2 + ROWS * size)), trainable=False, name="doctor_meter")


def write(network, x):
    """Let the graph that is being traced remember some rows, each time when it runs.

    Args:
        network: the Keras model that is called.
        x: tensor `(batch, ...)`. Nothing is done if it is in no graph of TensorFlow, or does not fit the meter.
    """
    meter = _METERS.get(network)
    if meter is None or not is_symbolic(x) or tf.distribute.has_strategy():
        return
    width = meter.shape[1] - 2
    if not x.shape.rank or ROWS * (x.shape[1:].num_elements() or 0) != width:
        return
    rows = tf.reshape(tf.cast(tf.stop_gradient(x)[:ROWS], "float32"), [-1])
    head = tf.stack([meter[-1, 0] + 1, tf.cast(tf.minimum(tf.shape(x)[0], ROWS), "float32")])
    line = tf.concat([head, tf.pad(rows, [[0, width - tf.size(rows)]])], axis=0)
    meter.assign(tf.concat([meter[1:], tf.reshape(line, [1, width + 2])], axis=0))


def calls(network):
    """How many calls of a network were written down until now, in all visits."""
    return int(_METERS[network].numpy()[-1, 0]) if network in _METERS else 0


def read(network, since):
    """The rows of the newest calls of a network, at most `CALLS`, the oldest first.

    Args:
        network: the Keras model.
        since: how many calls to leave out, as `calls` counted them.

    Returns:
        List of arrays `(rows, values)`, each with at most `ROWS` rows.
    """
    if network not in _METERS:
        return []
    lines = _METERS[network].numpy()
    return [np.array(line[2:].reshape(ROWS, -1)[: int(line[1])]) for line in lines if line[0] > since and line[1] > 0]
