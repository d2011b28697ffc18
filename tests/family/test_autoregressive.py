"""The transformer: it never looks ahead, its probabilities sum to one, samples follow them, on three backends."""

import numpy as np
import pytest
from scipy.stats import chisquare

from gan_course.family.autoregressive import PixelTransformer

THREE_PARTS = r"Expected.+Received: .+\. \w"
LEVELS = np.array([[0, 1, 16, 3], [4, 4, 4, 4]])


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return lambda backend: ask_probe("family", "transformer", backend=backend)


def test_a_pixel_changes_what_comes_after_it_and_nothing_else(probe):
    moved = np.array(probe["moved"])  # (changed pixel, pixel whose logits moved)
    after = np.triu(np.ones((6, 6), bool), k=1)
    assert moved[~after].max() < 1e-6
    assert moved[after].min() > 1e-4


def test_the_first_pixels_can_be_asked_alone(probe):
    assert probe["shorter"] < 1e-5


def test_training_raises_the_likelihood(probe):
    assert probe["losses"][-1] < probe["losses"][0] - 0.05


def test_the_probabilities_of_all_pictures_sum_to_one(probe):
    assert abs(np.exp(probe["log_likelihood"]).sum() - 1) < 1e-6


def test_samples_follow_the_likelihood(probe):
    expected = np.exp(probe["log_likelihood"])
    assert chisquare(probe["counted"], 20_000 * expected / expected.sum()).pvalue > 1e-4


def test_pixels_add_up_to_the_picture():
    model = PixelTransformer(shape=(2, 2), width=4, heads=1, blocks=1)
    history = model.fit(LEVELS, validation=LEVELS, epochs=2).history
    np.testing.assert_allclose(history["val_loss"][-1], -model.log_likelihood(LEVELS).mean(), rtol=1e-5)
    pixels = model.pixel_log_likelihood(LEVELS)
    assert pixels.shape == LEVELS.shape
    np.testing.assert_allclose(pixels.sum(axis=1), model.log_likelihood(LEVELS))


def test_bad_input_is_refused():
    fitted = PixelTransformer(shape=(2, 2), width=4, heads=1, blocks=1)
    fitted.fit(LEVELS, epochs=1)
    for call in (
        lambda: PixelTransformer(shape=8),
        lambda: PixelTransformer(shape=(8, 0)),
        lambda: PixelTransformer(width=48, heads=5),
        lambda: PixelTransformer(blocks=1.0),
        lambda: PixelTransformer(shape=(2, 2)).pixel_log_likelihood(LEVELS),
        lambda: fitted.fit(LEVELS, batch_size=0),
        lambda: fitted.fit(LEVELS, learning_rate=-1),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            call()
