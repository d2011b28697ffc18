"""What the drawing room stores is what the networks compute: nothing is lost when normalizations are folded."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "site" / "draw"))

import export


@pytest.fixture(scope="module")
def networks():
    """G and D with awkward weights: every normalization has its own scale, shift, mean and variance."""
    rng, both = np.random.default_rng(0), export.networks()
    for network in both:
        weights = [0.9 * weight + rng.uniform(0.02, 0.1, weight.shape) for weight in network.get_weights()]
        network.set_weights(weights)
    return both


@pytest.fixture(scope="module")
def batch():
    """A batch of pictures, as D sees them in training, and their labels."""
    rng = np.random.default_rng(1)
    return rng.uniform(-1, 1, (export.BATCH, *export.SHAPE)).astype("float32"), rng.integers(10, size=export.BATCH)


@pytest.fixture(scope="module")
def stored(networks, batch):
    """The networks after they were stored. D's batch of real images is the only one, so it sees the same as before."""
    generator, discriminator = networks
    content = {
        "generator": export.packed(export.generator_arrays(generator)),
        "discriminator": export.packed(export.discriminator_arrays(discriminator, batch[0])),
    }
    return export.unpacked_networks(content)


def test_the_generator_draws_the_same(networks, stored, batch):
    z = np.random.default_rng(2).normal(size=(export.BATCH, export.LATENT)).astype("float32")
    before, after = (pair[0].predict([z, batch[1]], verbose=0) for pair in (networks, stored))
    assert np.ptp(before) > 0.02
    assert np.abs(before - after).max() < 1e-3


def test_the_discriminator_says_the_same(networks, stored, batch):
    before, after = (pair[1].predict([*batch], batch_size=export.BATCH, verbose=0) for pair in (networks, stored))
    assert np.ptp(before) > 0.02
    assert np.abs(before - after).max() < 1e-2 * np.abs(before).max()


def test_numbers_of_16_bits():
    array = np.random.default_rng(0).normal(size=(5, 7)).astype("float32")
    back = export.unpacked(export.packed({"x": array}))["x"]
    assert np.abs(back - array).max() <= np.abs(array).max() / 32767


def test_properties_of_a_picture():
    picture = -np.ones((2, *export.SHAPE))
    picture[:, 4:24, 14] = 1  # an upright line, and one that moves half a pixel to the right per row upward
    picture[1] = -1
    for row in range(4, 24):
        picture[1, row, 19 - row // 2] = 1
    assert np.allclose(export.ink(picture), 20 / 784)
    assert np.allclose(export.slant(picture), [0, 0.5], atol=0.02)
