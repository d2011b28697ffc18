"""How several devices share a batch of `GAN`: which part each has, how much the part counts, and its random numbers.

Under a strategy of `tf.distribute` each device, called a replica, runs the step on a part of the batch. The parts may
be unequal: of 15 samples two replicas get 8 and 7, and of a single sample they get 1 and none. On JAX a step sees the
whole batch, however many devices compute it, and PyTorch trains on one device. So there is no `ReplicaPart` there.
"""

import contextlib
import functools
import threading

import keras

from gan_course.arguments import require_count
from gan_course.cluster import all_workers, worker
from gan_course.validate import indivisible_batch, require_divisible

_BACKEND = keras.config.backend()

if _BACKEND == "tensorflow":
    import tensorflow as tf

_replica = threading.local()  # a strategy runs the step of each device in a thread of its own


@contextlib.contextmanager
def data_parallel(count):
    """Context manager: a model that is built and trained in the `with` block trains on so many devices.

    They are GPUs where there is at least one, and otherwise devices of the CPU. Where the environment names several
    machines (see `cluster`), the model trains on all devices of all machines.

    Args:
        count: number of devices of this machine, an integer of at least 1. It has to be 1 with several machines.

    Raises:
        ValueError: if there are fewer devices, for several of them on PyTorch, and for a choice of them with several
            machines.
    """
    if worker().count > 1:
        _require_all_devices(count)
        with all_workers():
            yield
        return
    names = _device_names()
    require_count(1, devices=count)
    if count > len(names):
        raise ValueError(
            f"Too few devices. Expected at most {len(names)}, since Keras can train on {names} here. Received: "
            f"{count}. Choose fewer devices."
        )
    if count == 1:
        yield
    elif _BACKEND == "tensorflow":
        with _mirrored_strategy(*names[:count]).scope():
            yield
    else:
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=names[:count]))
        try:
            yield
        finally:
            keras.distribution.set_distribution(None)


def _require_all_devices(count):
    """Raise a ValueError where a number of devices is chosen, although several machines train."""
    if count != 1:
        raise ValueError(
            "Invalid devices. Expected 1 with several machines, each of which takes all devices that it sees. "
            f"Received: {count}. Leave it out, and hide devices with CUDA_VISIBLE_DEVICES."
        )


@functools.cache
def _mirrored_strategy(*names):
    """The one strategy of these TensorFlow devices: the messages of two strategies in one process would be mixed up."""
    return tf.distribute.MirroredStrategy(names)


def _device_names():
    """Names of the devices that can share a batch: GPUs, or else CPUs."""
    if _BACKEND == "torch":
        return ["the one device that PyTorch has chosen"]
    if _BACKEND == "tensorflow":
        kinds = ([device.name for device in tf.config.list_logical_devices(kind)] for kind in ("GPU", "CPU"))
        return next(filter(None, kinds))
    return keras.distribution.list_devices()


def split_batch(samples, labels, steps):
    """Split a batch between several steps: step i takes every `steps`-th sample, beginning with sample i.

    The split is the same on however many devices the batch lies.

    Args:
        samples: tensor `(batch, ...)`, this device's part of the batch.
        labels: tensor `(batch, ...)`, or None.
        steps: the number of steps.

    Yields:
        For each step a context manager in which to take it, its samples, and its labels or None. On several devices the
        context manager is the `ReplicaPart` of this device. A device that has no sample for a step gets one of another
        device, and its part has the weight 0.

    Raises:
        ValueError: for a batch whose size is not a multiple of `steps`. Where TensorFlow knows the size only when the
            step runs, it is a `tf.errors.InvalidArgumentError`. XLA leaves such checks out.
    """
    count = keras.ops.shape(samples)[0]
    batch = _part_of(count)
    _require_divisible(count if batch is None else batch.whole, steps)
    for step in range(steps):
        if batch is None:
            rows = slice(step, None, steps)
            yield contextlib.nullcontext(), samples[rows], None if labels is None else labels[rows]
        else:
            rows = slice((step - batch.start) % steps, None, steps)
            part = batch if steps == 1 else _part_of(tf.shape(samples[rows])[0])
            yield part, part.fill(samples[rows]), None if labels is None else part.fill(labels[rows])


def replica_slice(draw, count):
    """Random numbers for this device's part of a batch.

    Under a strategy of `tf.distribute` every device has the same random state. So each device draws numbers for the
    whole batch and takes the rows of its part. Together the devices use the numbers that one device would have used.

    Args:
        draw: function of a count that returns a tensor of that many rows.
        count: the number of rows of this device's part, an integer or a scalar tensor.

    Returns:
        Tensor of `count` rows.
    """
    part = getattr(_replica, "part", None) or _part_of(count)
    return draw(count) if part is None else draw(part.whole)[part.start : part.start + count]


def replica_part():
    """The `ReplicaPart` that this device works on, or None where one device has the whole batch.

    Outside the `with` block of a part, all devices are taken to have equal parts.
    """
    return getattr(_replica, "part", None) or _part_of(1)


def _part_of(count):
    """The part of a device that has `count` rows, or None where one device has the whole batch."""
    context = tf.distribute.get_replica_context() if _BACKEND == "tensorflow" else None
    if context is None or context.num_replicas_in_sync == 1:
        return None
    return ReplicaPart(context, count)


def _require_divisible(count, steps):
    """`validate.require_divisible`, also for a number of samples that TensorFlow knows only when the step runs."""
    if steps == 1:
        return
    if _BACKEND != "tensorflow" or isinstance(count, int):
        require_divisible(count, steps)
        return
    message = indivisible_batch(
        steps,
        "a batch with a remainder, which is the value of x at the end of this message. Give the data set a batch size "
        f"that is a multiple of {steps}, and drop its smaller last batch: dataset.batch({8 * steps}, "
        "drop_remainder=True).",
    )
    tf.debugging.assert_equal(count % steps, 0, message)


class ReplicaPart:
    """The part of a batch that one device of a strategy has.

    The devices tell each other how many rows they have. In the `with` block of a part the device works on this part:
    `replica_slice` and `replica_part` use it.

    Args:
        context: the `tf.distribute.ReplicaContext` of the device.
        count: the number of rows that the device has, an integer or a scalar tensor.

    Attributes:
        context: the `tf.distribute.ReplicaContext` of the device.
        devices: the number of devices, an integer.
        is_empty: whether the device has no row, a boolean tensor.
        whole: the number of rows that all devices have together, an integer tensor.
        start: the index in the batch of this part's first row, an integer tensor. 0 where the part is empty.
        weight: rows of this part divided by rows of the batch, a float tensor from 0 to 1.
    """

    def __init__(self, context, count):
        self.context, self.devices = context, context.num_replicas_in_sync
        number, count = context.replica_id_in_sync_group, tf.cast(count, "float32")  # exact up to 16 million
        counts = self.sum(tf.one_hot(number, self.devices) * count)
        rows, self.is_empty = tf.cast(counts, "int32"), tf.equal(count, 0)
        self.whole = tf.reduce_sum(rows)
        self.start = tf.where(self.is_empty, 0, tf.reduce_sum(rows[:number]))
        self.weight = count / tf.reduce_sum(counts)

    def __enter__(self):
        _replica.part = self

    def __exit__(self, *error):
        _replica.part = None

    def sum(self, value):
        """The sum of a tensor over all devices."""
        return self.context.all_reduce(tf.distribute.ReduceOp.SUM, value)

    def fill(self, rows):
        """This part's rows of the batch. Where it has none, the batch's first row takes their place.

        Layers need at least one row: TensorFlow's fused convolutions fail on an empty batch, and its mean is NaN.
        """
        is_first = tf.cast(tf.equal(self.start, 0), "float32")
        first = self.sum(tf.reduce_sum(tf.cast(rows[:1], "float32"), axis=0) * is_first)  # an empty part adds 0
        return tf.concat([rows, tf.cast(first, rows.dtype)[None][: tf.cast(self.is_empty, "int32")]], axis=0)

    def weighted(self, mean):
        """What a mean over this part adds to the mean over the batch: the mean times the part's weight."""
        return mean * tf.cast(self.weight, mean.dtype)

    def average(self, value):
        """One value for all devices: the mean of their values, weighted by their parts.

        So moving statistics, such as those of BatchNormalization, are the same on all devices, and a device whose part
        is empty does not count. Integers, such as random states, are the same on all devices already, and stay as
        they are.
        """
        return self.sum(self.weighted(value)) if value.dtype.is_floating else value
