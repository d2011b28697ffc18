"""Inversion: a linear generator against least squares, each picture by itself, and refusals."""

import keras
import numpy as np
import pytest

from gan_course import networks
from gan_course.variants.conditional import conditional_generator
from gan_course.variants.inversion import invert

pytestmark = pytest.mark.backends


def linear_generator(matrix):
    dense = keras.layers.Dense(matrix.shape[1], use_bias=False)
    model = keras.Sequential([keras.Input((matrix.shape[0],)), dense])
    dense.set_weights([matrix])
    return model


@pytest.fixture
def matrix():
    return np.random.default_rng(0).normal(size=(3, 6)).astype("float32")


@pytest.mark.parametrize("prior_weight", [0.0, 0.7])
def test_a_linear_generator_is_inverted_as_by_least_squares(matrix, prior_weight):
    """The minimum of |z M − x|² + λ |z|² is z = x Mᵀ (M Mᵀ + λ 1)⁻¹."""
    points = np.random.default_rng(1).normal(size=(4, 6)).astype("float32")
    found = invert(linear_generator(matrix), points, 300, 0.1, prior_weight, seed=0)
    expected = points @ matrix.T @ np.linalg.inv(matrix @ matrix.T + prior_weight * np.eye(3))
    assert np.abs(found.codes - expected).max() < 2e-3
    assert np.abs(found.reconstructions - found.codes @ matrix).max() < 1e-5
    assert np.abs(found.errors - np.square(found.codes @ matrix - points).mean(axis=1)).max() < 1e-5


def test_each_picture_is_inverted_as_if_it_were_alone_and_the_generator_stays():
    keras.utils.set_random_seed(0)
    generator = networks.dcgan_generator((8, 8, 1), 4, units=6, filters=(4, 3))
    pictures = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    before, start = generator.get_weights(), np.full((3, 4), 0.2)
    whole = invert(generator, pictures, 5, start=start)
    alone = invert(generator, pictures[1:2], 5, start=start[:1])
    assert np.abs(whole.codes[1] - alone.codes[0]).max() < 1e-4
    assert np.abs(whole.codes - 0.2).max() > 0.05
    assert all((a == b).all() for a, b in zip(before, generator.get_weights(), strict=True))


def test_the_seed_decides_the_start(matrix):
    points = np.zeros((2, 6), "float32")
    first, again, other = (invert(linear_generator(matrix), points, 1, seed=seed).codes for seed in (0, 0, 1))
    assert (first == again).all()
    assert np.abs(first - other).max() > 1e-3


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"steps": 0}, r"Invalid steps\..* Try"),
        ({"learning_rate": 0.0}, r"Invalid learning_rate\..* Try"),
        ({"prior_weight": -1.0}, r"Invalid prior_weight\..* Try"),
        ({"start": np.zeros((2, 2))}, r"Invalid start\. .*\(2, 3\).* Received: .*\(2, 2\)\. Give"),
        ({"start": np.full((2, 3), np.nan)}, r"Invalid start\. .* Received: .* Give"),
        ({"pictures": np.zeros((2, 5))}, r"Expected .* Received: .*\(2, 5\)"),
        ({"pictures": np.full((2, 6), np.nan)}, r"Expected finite values.* Received: "),
    ],
)
def test_what_makes_no_sense_is_refused(matrix, choices, message):
    with pytest.raises(ValueError, match=message):
        invert(linear_generator(matrix), **{"pictures": np.zeros((2, 6), "float32"), **choices})


def test_a_generator_that_takes_labels_is_refused():
    with pytest.raises(ValueError, match=r"Invalid generator\. Expected one input.* Received: .* Fix"):
        invert(conditional_generator((8, 8, 1)), np.zeros((2, 8, 8, 1)))
