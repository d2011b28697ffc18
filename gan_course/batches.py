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
    """

    def __init__(self, arrays, batch_size, shuffle, position):
        super().__init__()
        self.arrays, self.batch_size, self.shuffle, self.position = arrays, batch_size, shuffle, position
        self.order = np.arange(len(arrays[0]))

    @property
    def num_batches(self):
        return -(-len(self.order) // self.batch_size)

    def on_epoch_begin(self):
        """Take the order of the epoch that the `fit` has reached."""
        if self.shuffle:
            rng = np.random.default_rng((*self.position.seed, max(self.position.epoch, 0)))
            self.order = rng.permutation(len(self.order))

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return tuple(np.take(array, rows, axis=0) for array in self.arrays)
