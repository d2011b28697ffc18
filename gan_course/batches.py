"""Batches in an order that depends on a seed and the epoch alone, so that training goes on where it was cut off.

`Position` knows where a `fit` is. It is saved with the weights, so `keras.callbacks.BackupAndRestore` brings it back,
and the batches that the restored weights have already seen are passed over.
"""

import sys

import keras
import numpy as np


class Position(keras.callbacks.Callback):
    """Which epoch and batch a `fit` has reached, and what its order of batches depends on.

    Attributes:
        seed: integers that seed the order, one order for each `fit`. epoch: of the last batch, from 0; -1 before.
        batch: how many batches of that epoch are behind. skip: how many of them are to be passed over.
    """

    def __init__(self):
        super().__init__()
        self.begin((0, 0))

    def begin(self, seed):
        """A new `fit` begins, with an order of its own."""
        self.seed, self.epoch, self.batch, self.skip = tuple(map(int, seed)), -1, 0, 0

    def save(self):
        """The state as an array of integers."""
        return np.array([*self.seed, self.epoch, self.batch], "int64")

    def load(self, state):
        """Go back to a saved state."""
        *seed, self.epoch, self.batch = (int(number) for number in state)
        self.seed = tuple(seed)

    def on_epoch_begin(self, epoch, logs=None):
        if epoch > self.epoch:
            self.epoch, self.batch = epoch, 0
        # After a second kill, Keras may name an epoch before the one that was saved: pass over all of it.
        self.skip = self.batch if epoch == self.epoch else sys.maxsize

    def on_train_batch_begin(self, batch, logs=None):
        if batch >= self.skip:
            self.skip = 0

    def on_train_batch_end(self, batch, logs=None):
        if not self.skip:
            self.batch = batch + 1

    def on_train_end(self, logs=None):
        self.skip = 0
        self.model.optimizer.put_averages()  # here, before other callbacks' turn, and not after an error


class Batches(keras.utils.PyDataset):
    """Arrays in batches; each epoch has an order of its own.

    Args:
        arrays: tuple of NumPy arrays of equal length. batch_size: samples a batch; the last one may be smaller.
        shuffle: whether to change the order. position: the `Position` of the `fit`.
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
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return tuple(np.take(array, chosen, axis=0) for array in self.arrays)
