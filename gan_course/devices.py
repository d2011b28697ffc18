"""How several devices share a batch of `GAN`: which part each has, how much it counts, and its random numbers.

Under a strategy of `tf.distribute` each device runs the step on a part of the batch. The parts may be unequal: two
devices get 8 and 7 of 15 samples, and 1 and none of a single one. On JAX a step sees the whole batch, however many
devices compute it, and PyTorch trains on one device; so everything here is simple there.
"""

import contextlib
import threading

import keras

_BACKEND = keras.config.backend()

if _BACKEND == "tensorflow":
    import tensorflow as tf

_here = threading.local()  # a strategy runs each device's step in a thread of its own


def portions(samples, labels, steps):
    """Deal a batch out between several steps: every so many samples, the same on however many devices it lies.

    Args:
        samples: tensor `(batch, ...)`, what this device has of the batch.
        labels: tensor `(batch, ...)`, or None.
        steps: how many portions to make.

    Yields:
        For each step a context to take it in, the samples, and the labels or None. On several devices the context is
        the `Part` that this one has of the portion. A device that has no sample of a portion gets one of another
        device, and its part counts nothing.

    Raises:
        ValueError: for a batch that `steps` does not divide. Where TensorFlow knows the size of the batch only when the
            step runs, a `tf.errors.InvalidArgumentError`; not with XLA, which leaves such checks out.
    """
    count = keras.ops.shape(samples)[0]
    batch = _part(count)
    _require_multiple(count if batch is None else batch.whole, steps)
    for first in range(steps):
        if batch is None:
            chosen = slice(first, None, steps)
            yield contextlib.nullcontext(), samples[chosen], None if labels is None else labels[chosen]
        else:
            chosen = slice((first - batch.start) % steps, None, steps)
            part = batch if steps == 1 else _part(tf.shape(samples[chosen])[0])
            yield part, part.fill(samples[chosen]), None if labels is None else part.fill(labels[chosen])


def own_share(draw, count):
    """Random numbers for this device's part of a batch.

    Under a strategy of `tf.distribute` every device has the same random state. So each draws for the whole batch and
    takes its own rows: together they use what one device would have used.

    Args:
        draw: function of a count that returns that many rows.
        count: rows wanted here, an integer or a scalar tensor.

    Returns:
        Tensor of `count` rows.
    """
    part = getattr(_here, "part", None) or _part(count)
    return draw(count) if part is None else draw(part.whole)[part.start : part.start + count]


def own_part():
    """The `Part` that this device works on: an equal one where nobody said, None where one device has the batch."""
    return getattr(_here, "part", None) or _part(1)


def _part(count):
    """The `Part` of a device that has `count` rows, or None where one device has the whole batch."""
    context = tf.distribute.get_replica_context() if _BACKEND == "tensorflow" else None
    if context is None or context.num_replicas_in_sync == 1:
        return None
    return Part(context, count)


def _require_multiple(count, steps):
    """Raise a ValueError for a batch that `steps` does not divide, as soon as its size is known."""
    if steps == 1:
        return
    known = _BACKEND != "tensorflow" or isinstance(count, int)
    if known and count % steps == 0:
        return
    remainder = "a batch that leaves a remainder, the number behind x at the end of this message."
    found = f"{count}. Try {max(count - count % steps, steps)}." if known else remainder
    message = (
        f"Invalid batch size. Expected a multiple of d_steps={steps}, since each discriminator step takes its own "
        f"share of the batch. Received: {found}"
    )
    if known:
        raise ValueError(message)
    message += (
        f" Give the dataset a batch size that is a multiple of {steps}, and drop its smaller last batch: "
        f"dataset.batch({8 * steps}, drop_remainder=True)."
    )
    tf.debugging.assert_equal(count % steps, 0, message)


class Part:
    """The part of a batch that one device of a strategy has; the devices tell each other how many rows they have.

    In a `with` block of it, the device works on this part: so `own_share` and `own_part` know.

    Args:
        context: TensorFlow's replica context of the device. count: rows that it has, an integer or a scalar tensor.

    Attributes:
        whole: rows of the batch on all devices together. start: the first row of this part in the batch; 0 where the
            part is empty. weight: share of the batch, from 0 to 1. All are scalar tensors.
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
        _here.part = self

    def __exit__(self, *error):
        _here.part = None

    def sum(self, value):
        """The sum over all devices."""
        return self.context.all_reduce(tf.distribute.ReduceOp.SUM, value)

    def fill(self, rows):
        """This part's rows of the batch, or the batch's first row where it has none: layers want at least one.

        TensorFlow's fused convolutions fail on an empty batch, and the mean of nothing is NaN.
        """
        is_first = tf.cast(tf.equal(self.start, 0), "float32")
        first = self.sum(tf.reduce_sum(tf.cast(rows[:1], "float32"), axis=0) * is_first)  # an empty part adds 0
        return tf.concat([rows, tf.cast(first, rows.dtype)[None][: tf.cast(self.is_empty, "int32")]], axis=0)

    def weigh(self, mean):
        """A mean over this part, as a summand of the mean over the batch."""
        return mean * tf.cast(self.weight, mean.dtype)

    def shared(self, value):
        """One value for all devices: the mean of what each would assign, each counted as much as its part.

        So statistics, such as BatchNormalization's moving ones, are the same on all devices, and those of a device
        whose part is empty count nothing. Integers, such as random states, stay as they are: they are the same already.
        """
        return self.sum(self.weigh(value)) if value.dtype.is_floating else value
