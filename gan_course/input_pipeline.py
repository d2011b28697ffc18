"""Batches of arrays in the form in which `fit` of each Keras backend is quickest."""

import keras

if keras.config.backend() == "tensorflow":
    import tensorflow as tf


def input_pipeline(batches):
    """What to pass to `keras.Model.fit` for batches of arrays.

    Keras would make a `tf.data.Dataset` of the batches, too, but one with an autotuner, and `fit` waits for that at its
    end for up to a minute (TensorFlow 2.21). The one that is made here has none.

    Args:
        batches: a `gan_course.batches.Batches`. Its arrays are not copied as a whole.

    Returns:
        On TensorFlow a `tf.data.Dataset` of the batches, elsewhere the batches themselves.
    """
    return _dataset(batches) if keras.config.backend() == "tensorflow" else batches


def _dataset(batches):
    """A `tf.data.Dataset` that asks for one batch after the other, and begins a new epoch whenever it is iterated."""
    is_even = batches.count % batches.batch_size == 0
    size = batches.batch_size if is_even else None  # None: TensorFlow learns the size when the step runs

    def take(number):
        if number == 0:
            batches.on_epoch_begin()
        return batches[number]

    def batch(number):
        parts = tf.numpy_function(take, [number], [array.dtype for array in batches.arrays], stateful=True)
        pairs = zip(parts, batches.arrays, strict=True)
        return tuple(tf.ensure_shape(part, (size, *array.shape[1:])) for part, array in pairs)

    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return tf.data.Dataset.range(batches.num_batches).map(batch).prefetch(2).with_options(options)
