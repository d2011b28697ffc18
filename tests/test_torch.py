"""What holds on PyTorch alone: run it with KERAS_BACKEND=torch."""

import keras
import pytest

from gan_course import networks
from gan_course.gan import GAN
from gan_course.optimizers import AveragingAdam

pytestmark = [
    pytest.mark.backends,
    pytest.mark.skipif(keras.config.backend() != "torch", reason="about Keras' PyTorch backend"),
]


def small_gan():
    return GAN(networks.mlp_generator((2,), 3, units=(4,)), networks.mlp_discriminator((2,), units=(4,)), seed=0)


def test_averaging_adam_updates_all_weights_together_as_adam_does():
    """Keras has a class of its own for it, of which the objects of `Adam` are; a subclass of `Adam` would be none."""
    quick = type(keras.optimizers.Adam())
    assert quick is not keras.optimizers.Adam
    assert isinstance(AveragingAdam(), quick)


@pytest.mark.parametrize("penalty", ["gradient_penalty_weight", "r1_weight"])
def test_a_compiled_step_with_a_penalty_is_refused(penalty):
    with pytest.raises(ValueError, match=r"differentiate twice.+Expected.+Received: .+\. \w"):
        small_gan().compile(jit_compile=True, **{penalty: 1.0})


def test_a_compiled_step_is_warned_of():
    with pytest.warns(UserWarning, match="takes minutes before the first step"):
        small_gan().compile(jit_compile=True)
