"""Every message says what was expected, what came, and what to try; the checks accept NumPy's numbers, too."""

import doctest
import math

import numpy as np
import pytest

from gan_course import arguments


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(arguments, optionflags=doctest.IGNORE_EXCEPTION_DETAIL) == (0, 3)


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(1)])
def test_counts(value):
    assert arguments.is_count(value)
    arguments.require_count(size=value)


@pytest.mark.parametrize(
    "value", [0, -1, 2.0, np.float64(2), True, np.True_, "3", None, [1], np.array([1, 2]), math.nan]
)
def test_no_counts(value):
    assert not arguments.is_count(value)
    with pytest.raises(
        ValueError, match=r"^Invalid size\. Expected an integer of at least 1\. Received: .* Try size=64\.$"
    ):
        arguments.require_count(64, batch=1, size=value)


@pytest.mark.parametrize(
    ("bounds", "inside", "outside", "said"),
    [
        ({"above": 0}, [1e-300, 5], [0, -1], "a number above 0"),
        ({"at_least": 0}, [0, 0.0, 9], [-1e-300], "a number of at least 0"),
        ({"at_least": 0, "below": 1}, [0, 0.999], [1, -0.1], "a number of at least 0 and below 1"),
        ({"above": -1, "at_most": 1}, [1, 0], [-1, 1.001], "a number above -1 and of at most 1"),
        ({}, [-1e300, np.float32(1), np.int8(-3)], [], "a finite number"),
    ],
)
def test_numbers(bounds, inside, outside, said):
    for value in inside:
        arguments.require_number(**bounds, rate=value)
    for value in [*outside, math.nan, math.inf, -math.inf, True, "1", None, 1j, np.ones(2)]:
        with pytest.raises(ValueError, match=r"^Invalid rate\. Expected (.*)\. Received: ") as error:
            arguments.require_number(0.5, **bounds, rate=value)
        assert f"Expected {said}. Received" in str(error.value)
        assert str(error.value).endswith("Try rate=0.5.")


@pytest.mark.parametrize("value", ["c", None, 1, [], {"a": 1}])
def test_choices(value):
    arguments.require_one_of("ab", split="a")
    with pytest.raises(ValueError, match=r"^Unknown data set\. Expected one of \['a', 'b'\]\. Received: "):
        arguments.require_one_of("ab", data_set=value)


def test_equal_lengths():
    arguments.require_same_length(means=(0, 1), stds=np.ones(2))
    for stds, received in (((1,), "2 means, 1 stds"), (np.ones(3), "2 means, 3 stds")):
        with pytest.raises(
            ValueError, match=rf"^Invalid lengths\. Expected .+ means, stds.+ Received: {received}\. Give"
        ):
            arguments.require_same_length(means=(0, 1), stds=stds)
    with pytest.raises(ValueError, match=r"at least one\. Received: 0 means, 0 stds\."):
        arguments.require_same_length(means=(), stds=())


@pytest.mark.parametrize("weights", [(1,), (0.25, 0.75), np.full(3, 1 / 3), [0, 1], (0.3333333, 0.3333333, 0.3333333)])
def test_probabilities(weights):
    arguments.require_probabilities(weights=weights)


@pytest.mark.parametrize("weights", [(), (0.5, 0.6), (-0.5, 1.5), (0.5, math.nan), (math.inf,), (0.333, 0.333, 0.333)])
def test_no_probabilities(weights):
    with pytest.raises(ValueError, match=r"^Invalid weights\. Expected probabilities .+ Received: \[.*\], .+ Divide"):
        arguments.require_probabilities(weights=weights)


@pytest.mark.parametrize("seed", [None, 0, 7, np.int64(3), 2**32 - 1])
def test_seeds(seed):
    arguments.require_seed(seed)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, True, "0", math.nan, [0]])
def test_no_seeds(seed):
    with pytest.raises(
        ValueError, match=r"^Invalid seed\. Expected None or an integer .+ Received: .+\. Try seed=0\.$"
    ):
        arguments.require_seed(seed)
