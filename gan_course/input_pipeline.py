"""Batches of arrays in the form in which `fit` of each Keras backend is quickest, and each worker's part of them."""

import math

import keras
import numpy as np

from gan_course.cluster import worker

if keras.config.backend() == "tensorflow":
    import tensorflow as tf

_BYTES_AT_ONCE = 2**20  # A call of Python for each batch would cost a quarter of a small step: so one brings many.


def input_pipeline(batches):
    """What to pass to `keras.Model.fit` for batches of arrays.

    Keras would make a `tf.data.Dataset` of the batches, too, but one with an autotuner, and `fit` waits for that at its
    end for up to a minute (TensorFlow 2.21). The one that is made here has none.

    Where several machines train (see `cluster`), all of them have the same arrays and the same batches, and each takes
    its part of every batch.

    Args:
        batches: a `gan_course.batches.Batches`. Its arrays are not copied as a whole.

    Returns:
        On TensorFlow a `tf.data.Dataset` of the batches, elsewhere the batches themselves, or this worker's part.
    """
    if keras.config.backend() == "tensorflow":
        return _dataset(batches)
    return _PartsOfBatches(batches) if worker().count > 1 else batches


class _PartsOfBatches(keras.utils.PyDataset):
    """The rows of each batch that this worker computes with. The number of rows must be a multiple of the workers'."""

    def __init__(self, batches):
        super().__init__()
        self.batches, self.worker = batches, worker()

    @property
    def num_batches(self):
        return self.batches.num_batches

    def on_epoch_begin(self):
        self.batches.on_epoch_begin()

    def __getitem__(self, index):
        arrays = self.batches[index]
        size = len(arrays[0]) // self.worker.count
        return tuple(array[self.worker.index * size :][:size] for array in arrays)


def _dataset(batches):
    """A `tf.data.Dataset` of the batches, which asks for several at once, and begins a new epoch whenever it starts."""
    count, batch_size, total = batches.count, batches.batch_size, batches.num_batches
    row = sum(array.itemsize * math.prod(array.shape[1:]) for array in batches.arrays)
    at_once = max(1, _BYTES_AT_ONCE // (batch_size * row))

    def take(number):
        if number == 0:
            batches.on_epoch_begin()
        taken = [batches[i] for i in range(number, min(number + at_once, total))]
        return [np.concatenate(parts) for parts in zip(*taken, strict=True)]

    def rows(number):
        parts = tf.numpy_function(take, [number], [array.dtype for array in batches.arrays], stateful=True)
        pairs = zip(parts, batches.arrays, strict=True)
        return tuple(tf.ensure_shape(part, (None, *array.shape[1:])) for part, array in pairs)

    options = tf.data.Options()
    options.autotune.enabled = False
    # A strategy cuts each batch into parts. With this policy each of its machines takes other parts; without, the same.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    # Batches of one size have this size in their shape; otherwise TensorFlow learns it when the step runs.
    is_even = count % batch_size == 0
    dataset = tf.data.Dataset.range(0, total, at_once).map(rows).rebatch(batch_size, drop_remainder=is_even)
    return dataset.apply(tf.data.experimental.assert_cardinality(total)).prefetch(2).with_options(options)
