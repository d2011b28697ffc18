"""Gray levels: there and back, bits per pixel against hand-computed numbers, draws by their frequencies, refusals."""

import numpy as np
import pytest
from scipy.stats import chisquare

from gan_course import data
from gan_course.family import levels

THREE_PARTS = r"Expected.+Received: .+\. \w"


def test_digits_become_levels_and_come_back_unchanged():
    images, _ = data.load("digits")
    made = levels.to_levels(images)
    assert made.shape == (len(images), 64)
    assert (made.min(), made.max()) == (0, 16)
    np.testing.assert_array_equal(levels.to_images(made), images)
    assert levels.to_images(made).dtype == images.dtype


def test_levels_by_hand():
    images = np.array([-1.0, 0.0, 0.5, 1.0]).reshape(1, 2, 2, 1)
    assert levels.to_levels(images).tolist() == [[0, 8, 12, 16]]
    assert levels.to_levels(images, count=2).tolist() in ([[0, 0, 1, 1]], [[0, 1, 1, 1]])
    assert levels.to_images(np.array([[0, 2, 4]]), shape=(1, 3), count=5).ravel().tolist() == [-1, 0, 1]


def test_bits_per_pixel_by_hand():
    assert abs(levels.bits_per_pixel([-64 * np.log(17)], 64) - 4.087463) < 1e-6
    assert abs(levels.bits_per_pixel([-np.log(2), -3 * np.log(2)], 2) - 1.0) < 1e-12
    assert levels.bits_per_pixel([-np.inf], 2) == np.inf


def test_log_probabilities_of_a_pixel_sum_to_one_and_survive_large_logits():
    logits = np.array([[[0.0, np.log(3)], [1000.0, 0.0]]])
    found = levels.log_probability(np.array([[1, 1]]), logits)
    np.testing.assert_allclose(found, [[np.log(0.75), -1000]])
    total = sum(np.exp(levels.log_probability(np.array([[k, k]]), logits)) for k in range(2))
    np.testing.assert_allclose(total, 1)


def test_levels_are_drawn_with_their_probabilities():
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    drawn = levels.draw_levels(np.tile(np.log(shares) + 5, (20_000, 1)), np.random.default_rng(0))
    assert drawn.shape == (20_000,)
    assert chisquare(np.bincount(drawn, minlength=4), 20_000 * shares).pvalue > 1e-3


@pytest.mark.parametrize(
    "bad",
    [
        np.full((2, 4), 0.5),
        np.full((2, 4), -1.0),
        np.full((2, 4), np.nan),
        np.full((2, 4), np.inf),
        [[0, 1], [0, 1, 2, 0]],
        [["a", "b", "c", "d"]],
        np.full((2, 4), 17),
        np.full((2, 4), -1),
        np.zeros((2, 5), int),
        np.zeros(4, int),
        np.zeros((0, 4), int),
        "digits",
    ],
)
def test_what_are_no_levels_is_refused(bad):
    with pytest.raises(ValueError, match=THREE_PARTS):
        levels.require_levels(bad, 4)
    with pytest.raises(ValueError, match=THREE_PARTS):
        levels.to_images(bad, shape=(2, 2))


@pytest.mark.parametrize(
    "bad", [np.zeros((2, 8, 8)), np.zeros((2, 8, 8, 3)), np.full((1, 2, 2, 1), 255.0), np.full((1, 2, 2, 1), np.nan)]
)
def test_what_are_no_images_is_refused(bad):
    with pytest.raises(ValueError, match=THREE_PARTS):
        levels.to_levels(bad)


@pytest.mark.parametrize(("nats", "pixels"), [([], 64), ([[1.0]], 64), ([np.nan], 64), ([-1.0], 0), ([-1.0], 2.5)])
def test_bits_of_nonsense_are_refused(nats, pixels):
    with pytest.raises(ValueError, match=THREE_PARTS):
        levels.bits_per_pixel(nats, pixels)


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "3"])
def test_the_number_of_levels_is_a_count(count):
    for call in (
        lambda: levels.to_levels(np.zeros((1, 2, 2, 1)), count),
        lambda: levels.to_images([[0]], (1, 1), count),
    ):
        with pytest.raises(ValueError, match=f"Invalid count. {THREE_PARTS}"):
            call()


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "bool"])
def test_whole_numbers_of_any_dtype_are_levels(dtype):
    found = levels.require_levels(np.array([[0, 1, 1, 0]], dtype), 4, count=2)
    assert found.dtype == "int64"
    assert found.tolist() == [[0, 1, 1, 0]]
