"""The U-Net of the diffusion model: sizes that it takes, what it says before its training, its layers by hand."""

import keras
import numpy as np
import pytest

from gan_course.family.noising import cosine_schedule
from gan_course.family.unet import NoiseEstimate, TimeEmbedding, build_unet

SIGNAL = cosine_schedule(10)


@pytest.mark.parametrize("shape", [(28, 28), (8, 12), (6, 6), (5, 7), (2, 2), (1, 1)])
def test_any_size_goes_in_and_comes_out(shape):
    network = build_unet(shape, SIGNAL, 4)
    assert network.output_shape == (None, *shape, 1)


def test_before_training_it_scales_the_picture():
    pictures = np.random.default_rng(0).standard_normal((3, 4, 4, 1)).astype("float32")
    times = np.array([1, 5, 10], "int32")
    found = build_unet((4, 4), SIGNAL, 3).predict_on_batch([pictures, times])
    np.testing.assert_allclose(found, np.sqrt(1 - SIGNAL[times])[:, None, None, None] * pictures, rtol=1e-5)


def test_a_perfect_velocity_gives_the_noise():
    rng = np.random.default_rng(0)
    x0, noise = rng.uniform(-1, 1, (3, 2, 2, 1)), rng.standard_normal((3, 2, 2, 1))
    times = np.array([1, 5, 9], "int32")
    picture, rest = (np.sqrt(a)[:, None, None, None] for a in (SIGNAL[times], 1 - SIGNAL[times]))
    layer = NoiseEstimate(SIGNAL)
    given = [(picture * noise - rest * x0).astype("float32"), (picture * x0 + rest * noise).astype("float32"), times]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(given)), noise, atol=1e-5)
    again = NoiseEstimate.from_config(layer.get_config())
    np.testing.assert_allclose(keras.ops.convert_to_numpy(again(given)), noise, atol=1e-5)


def test_times_are_waves_and_the_largest_stands_for_a_thousand():
    found = keras.ops.convert_to_numpy(TimeEmbedding(10)(np.array([0, 7], "int32")))
    assert found.shape == (2, 32)
    np.testing.assert_allclose(found[0], [0] * 16 + [1] * 16)
    np.testing.assert_allclose(found[1, [0, 8, 24]], [np.sin(700), np.sin(7), np.cos(7)], atol=1e-4)
