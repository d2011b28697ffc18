"""How Keras models are trained from seeds: weights that differ from layer to layer, every picture once per epoch."""

import random

import keras
import numpy as np

from gan_course.family.autoregressive import PixelTransformer
from gan_course.family.training import ShuffledLevels, seeded_layers


def test_layers_in_the_block_are_seeded_and_pythons_numbers_go_on():
    random.seed(5)
    expected = [random.random() for _ in range(2)]
    random.seed(5)
    found, weights = [random.random()], []
    for seed in (0, 0, 1):
        with seeded_layers(seed):
            weights.append(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).get_weights()[0])
    found.append(random.random())
    assert found == expected
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).all()


def test_query_and_key_of_an_attention_begin_with_different_weights():
    network = PixelTransformer(shape=(2, 2), width=4, heads=1, blocks=1, seed=0).network
    kernels = [np.ravel(w) for w in network.get_weights() if np.size(w) == 16 and np.std(w)]
    assert len(kernels) >= 4
    assert len({kernel.tobytes() for kernel in kernels}) == len(kernels)


def test_each_epoch_has_every_picture_once_in_another_order():
    levels = np.arange(10)[:, None]
    batches = ShuffledLevels(levels, 4, np.random.default_rng(0))
    assert len(batches) == 3
    epochs = []
    for _ in range(2):
        pairs = [batches[index] for index in range(3)]
        assert [len(given) for given, _ in pairs] == [4, 4, 2]
        assert all((given == wanted).all() for given, wanted in pairs)
        epochs.append(np.concatenate([given.ravel() for given, _ in pairs]).tolist())
        batches.on_epoch_end()
    assert epochs[0] != epochs[1]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(10))
