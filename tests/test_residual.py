"""The residual networks: shapes, ranges, numbers of parameters counted by hand, what they refuse, and one step."""

import keras
import numpy as np
import pytest

from gan_course.gan import GAN
from gan_course.residual import SIDES, residual_discriminator, residual_generator

pytestmark = pytest.mark.backends

THREE_PARTS = r"Expected.+Received: .+\. \w"


@pytest.mark.parametrize("side", SIDES[:3:2])
def test_shapes(side):
    generator, discriminator = residual_generator((side, side, 3), 5, 2), residual_discriminator((side, side, 3), 2)
    assert (generator.input_shape, generator.output_shape) == ((None, 5), (None, side, side, 3))
    assert (discriminator.input_shape, discriminator.output_shape) == ((None, side, side, 3), (None, 1))


def test_parameters_counted_by_hand():
    """Two growing blocks lead from 4 to 16 pixels; one shrinking block to 8, and two more stay there."""
    n = 6
    conv3, conv1, norm = 9 * n * n + n, n * n + n, 4 * n
    block = 2 * norm + 2 * conv3 + conv1
    assert residual_generator((16, 16, 1), 5, n).count_params() == (
        (5 * 16 * n + 16 * n) + 2 * block + norm + (9 * n + 1)
    )
    first = (9 * n + n) + conv3 + (n + n)
    assert residual_discriminator((16, 16, 1), n).count_params() == first + 2 * 2 * conv3 + (n + 1)


def test_images_lie_in_the_range_of_tanh_and_scores_do_not():
    images = keras.ops.convert_to_numpy(residual_generator((16, 16, 1), 5, 4)(100 * np.ones((2, 5), "float32")))
    assert -1 <= images.min() < images.max() <= 1
    scores = residual_discriminator((16, 16, 1), 4)(1000 * np.ones((2, 16, 16, 1), "float32"))
    assert np.abs(keras.ops.convert_to_numpy(scores)).min() > 1


def test_the_discriminator_judges_each_picture_alone():
    discriminator = residual_discriminator((16, 16, 1), 4)
    pictures = np.random.default_rng(0).uniform(-1, 1, size=(3, 16, 16, 1)).astype("float32")
    together, alone = (
        keras.ops.convert_to_numpy(discriminator(batch, training=True)) for batch in (pictures, pictures[:1])
    )
    assert np.abs(together[:1] - alone).max() < 1e-5


def test_a_round_of_training_moves_all_trainable_weights():
    keras.utils.set_random_seed(0)
    gan = GAN(residual_generator((16, 16, 1), 5, 4), residual_discriminator((16, 16, 1), 4), seed=0)
    gan.compile(r1_weight=1.0, jit_compile=keras.config.backend() == "jax")
    before = [keras.ops.convert_to_numpy(w) for w in gan.trainable_weights]
    gan.train_on_batch(np.random.default_rng(0).uniform(-1, 1, size=(4, 16, 16, 1)))
    moved = [
        np.abs(keras.ops.convert_to_numpy(w) - b).max() for w, b in zip(gan.trainable_weights, before, strict=True)
    ]
    # BatchNormalization takes away what the bias before it adds, so a bias there may stand still.
    assert np.mean(np.array(moved) > 1e-5) > 0.8


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 16, 3), (8, 8, 1), (32,)])
def test_other_shapes_are_refused(shape):
    for build in (residual_generator, residual_discriminator):
        with pytest.raises(ValueError, match=THREE_PARTS):
            build(shape)


def test_numbers_that_are_no_counts_are_refused():
    with pytest.raises(ValueError, match=THREE_PARTS):
        residual_generator(filters=0)
    with pytest.raises(ValueError, match=THREE_PARTS):
        residual_generator(latent_dim=0.5)
    with pytest.raises(ValueError, match=THREE_PARTS):
        residual_discriminator(filters=1.5)
