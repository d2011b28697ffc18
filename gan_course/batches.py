"""Batches in an order that depends only on a seed and the epoch, so that an interrupted training can continue it.

`Position` knows how far a `fit` has come. It is saved with the weights, and `keras.callbacks.BackupAndRestore` restores
it with them. The batches that the restored weights have already seen are skipped.
"""

import sys

import keras
import numpy as np


class Position(keras.callbacks.Callback):
    """Which epoch and batch a `fit` has reached, and what its order of batches depends on.

    Attributes:
        seed: tuple of integers that seed the order of batches. Each `fit` has its own.
        epoch: the epoch of the last batch, counted from 0. It is -1 before the first batch.
        batch: how many batches of that epoch have been trained on.
        skip: how many batches of the current epoch are to be skipped; 0 once the first new batch is reached.
    """

    def __init__(self):
        super().__init__()
        self.begin((0, 0))

    def begin(self, seed):
        """Start a new `fit`, whose order of batches depends on this tuple of integers."""
        self.seed, self.epoch, self.batch, self.skip = tuple(map(int, seed)), -1, 0, 0

    def save(self):
        """The state as a NumPy array of integers."""
        return np.array([*self.seed, self.epoch, self.batch], "int64")

    def load(self, state):
        """Go back to a state that `save` returned."""
        *seed, self.epoch, self.batch = (int(number) for number in state)
        self.seed = tuple(seed)

    def on_epoch_begin(self, epoch, logs=None):
        if epoch > self.epoch:
            self.epoch, self.batch = epoch, 0
        # After a second interruption Keras may begin with an epoch before the saved one: then skip all of it.
        self.skip = self.batch if epoch == self.epoch else sys.maxsize

    def on_train_batch_begin(self, batch, logs=None):
        if batch >= self.skip:
            self.skip = 0

    def on_train_batch_end(self, batch, logs=None):
        if not self.skip:
            self.batch = batch + 1

    def on_train_end(self, logs=None):
        self.skip = 0


class Batches(keras.utils.PyDataset):
    """Batches of arrays, in another order in each epoch.

    Args:
        arrays: tuple of NumPy arrays of equal length.
        batch_size: number of samples in each batch. The last batch may be smaller.
        shuffle: whether each epoch has a new random order.
        position: the `Position` of the `fit`, whose seed and epoch determine the order.

    Attributes:
        count: how many rows of each array an epoch takes.
        orders: for each array, which of its rows the epoch takes, in order: integers `(count,)`.
    """

    def __init__(self, arrays, batch_size, shuffle, position):
        super().__init__()
        self.arrays, self.batch_size, self.shuffle, self.position = arrays, batch_size, shuffle, position
        self.count = max(map(len, arrays))
        self.orders = [np.resize(np.arange(len(array)), self.count) for array in arrays]

    @property
    def num_batches(self):
        return -(-self.count // self.batch_size)

    def on_epoch_begin(self):
        """Take the order of the epoch that the `fit` has reached."""
        if self.shuffle:
            self.orders = self.shuffled(np.random.default_rng((*self.position.seed, max(self.position.epoch, 0))))

    def shuffled(self, rng):
        """New random `orders`, from a `numpy.random.Generator`. Here all arrays have the same one."""
        return [rng.permutation(self.count)] * len(self.arrays)

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return tuple(np.take(array, order[rows], axis=0) for array, order in zip(self.arrays, self.orders, strict=True))


class UnpairedBatches(Batches):
    """Batches of arrays whose rows do not belong together, such as pictures of two kinds.

    An epoch goes through the longest array once. A shorter array is gone through several times, as often as is needed.
    The random orders of the arrays do not depend on each other, and a shorter array has a new one each time.

    Args:
        arrays: tuple of NumPy arrays of any lengths above 0.
        batch_size: as in `Batches`.
        shuffle: as in `Batches`. Without it, each array is taken in its own order.
        position: as in `Batches`.
    """

    def shuffled(self, rng):
        return [self._repeated_order(rng, len(array)) for array in self.arrays]

    def _repeated_order(self, rng, length):
        """Permutations of the rows of one array, one after the other, `count` numbers in all."""
        times = -(-self.count // length)
        return np.concatenate([rng.permutation(length) for _ in range(times)])[: self.count]
