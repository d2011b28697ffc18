"""How the Keras models of the family are trained: seeded first weights, and batches in a seeded order.

Nothing here depends on Keras' global seed, or changes it.
"""

import contextlib
import random

import keras

from gan_course.arguments import require_count, require_number
from gan_course.family.contract import History


@contextlib.contextmanager
def seeded_layers(seed):
    """Seed the first weights of all layers that are built inside of the block.

    A Keras initializer without a seed of its own draws one from Python's `random`. The block seeds `random`, and
    restores its state at the end. (Initializers with a seed would not work here: `MultiHeadAttention` copies its
    initializer together with the seed, so that its query and key weights would be equal.)

    Args:
        seed: integer, or None for other weights each time.

    Example:
        ```python
        with seeded_layers(0):
            network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        ```
    """
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


class ShuffledLevels(keras.utils.PyDataset):
    """Batches of pictures, each of them both the input and the target, in another order in each epoch.

    Args:
        levels: the pictures, `(n, ...)`, usually integers `(n, pixels)`, or points `(n, features)`.
        batch_size: pictures per batch. The last batch may be smaller.
        rng: `numpy.random.Generator` that draws the orders.
    """

    def __init__(self, levels, batch_size, rng):
        super().__init__()
        self.levels, self.batch_size, self.rng = levels, batch_size, rng
        self.order = rng.permutation(len(levels))

    def __len__(self):
        return -(-len(self.levels) // self.batch_size)

    def __getitem__(self, index):
        batch = self.levels[self.order[index * self.batch_size : (index + 1) * self.batch_size]]
        return batch, batch

    def on_epoch_end(self):
        """Draw the order of the next epoch."""
        self.order = self.rng.permutation(len(self.levels))


def fit_network(network, batches, validation=None, **options):
    """Train a compiled network.

    Args:
        network: compiled `keras.Model`.
        batches: the training pictures, as `ShuffledLevels`.
        validation: pair of inputs and targets of the network, or None. Defaults to None.
        **options: more options of `keras.Model.fit`, such as `epochs`.

    Returns:
        `History`, with the network's losses per epoch.
    """
    trained = network.fit(
        batches,
        validation_data=validation,
        validation_batch_size=None if validation is None else batches.batch_size,
        shuffle=False,  # the batches are shuffled already
        **options,
    )
    return History({name: [float(loss) for loss in losses] for name, losses in trained.history.items()})


def fit_by_cosine(network, loss, data, validation, rng, *, epochs, batch_size, learning_rate, verbose):
    """Train a network whose targets are its inputs by Adam, with a learning rate that falls to 0 along a cosine.

    Args:
        network: `keras.Model`, not compiled yet.
        loss: function of targets and outputs that returns one number per row.
        data: what the network takes, `(n, ...)`.
        validation: more of it, or None. With it, the network ends with the weights of the epoch that was best on it.
        rng: `numpy.random.Generator` that draws the order of the batches.
        epochs: passes over the data.
        batch_size: rows of the data per step.
        learning_rate: learning rate of the first step.
        verbose: what Keras prints: 0, 1 or 2.

    Returns:
        `contract.History`.

    Raises:
        ValueError: for counts that are not integers of at least 1, or a learning rate that is not above 0.
    """
    require_count(32, epochs=epochs, batch_size=batch_size)
    require_number(2e-3, above=0, learning_rate=learning_rate)
    batches, callbacks = ShuffledLevels(data, batch_size, rng), []
    if validation is not None:
        validation = (validation, validation)
        callbacks = [keras.callbacks.EarlyStopping(patience=epochs, restore_best_weights=True)]
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * len(batches))
    network.compile(keras.optimizers.Adam(schedule), loss=loss, jit_compile=False)
    return fit_network(network, batches, validation, epochs=epochs, callbacks=callbacks, verbose=verbose)
