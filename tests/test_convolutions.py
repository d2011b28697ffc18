"""On JAX, convolutions whose picture and kernel change places: the same results, gradients and trainings as before."""

import keras
import numpy as np
import pytest
from keras import layers

from gan_course import backend
from gan_course.convolutions import swap_large_kernels
from gan_course.gan import GAN

if keras.config.backend() == "jax":
    import jax

pytestmark = [
    pytest.mark.backends,
    pytest.mark.skipif(keras.config.backend() != "jax", reason="it changes programs of JAX"),
]

CASES = {  # name: the operation, shapes of the pictures and of the kernel, and the other arguments
    "transposed, by 2": ("conv_transpose", (3, 5, 5, 2), (4, 4, 3, 2), {"strides": 2, "padding": "same"}),
    "transposed, one channel": ("conv_transpose", (2, 4, 6, 3), (5, 3, 1, 3), {"strides": (2, 3), "padding": "valid"}),
    "transposed, padded output": ("conv_transpose", (2, 4, 4, 2), (3, 3, 2, 2), {"strides": 2, "output_padding": 1}),
    "from one pixel": ("conv_transpose", (3, 1, 1, 4), (4, 4, 2, 4), {"padding": "valid"}),
    "dilated": ("conv_transpose", (2, 3, 3, 2), (2, 2, 2, 2), {"dilation_rate": 2, "padding": "valid"}),
    "strides and a large kernel": ("conv", (2, 4, 4, 2), (5, 5, 2, 3), {"strides": 2, "padding": "same"}),
    "unequal sides": ("conv", (2, 2, 5, 2), (3, 5, 2, 3), {"strides": (1, 2), "padding": "same"}),
    "one dimension": ("conv", (2, 3, 2), (5, 2, 3), {"padding": "same", "dilation_rate": 2}),
    "channels in groups": ("conv", (2, 2, 2, 4), (3, 3, 2, 4), {"padding": "same"}),
    "one channel alone": ("depthwise_conv", (2, 2, 2, 3), (3, 3, 3, 2), {"padding": "same"}),
}


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def derivatives(convolve):
    """A function of pictures and kernel: the result, the gradients of a loss, and those of a penalty on a gradient."""

    def loss(pictures, kernel):
        return keras.ops.sum(keras.ops.sin(convolve(pictures, kernel)))

    def penalty(pictures, kernel):
        return keras.ops.sum(keras.ops.square(jax.grad(loss)(pictures, kernel)))

    def everything(pictures, kernel):
        gradients = (jax.grad(each, (0, 1))(pictures, kernel) for each in (loss, penalty))
        return {"result": convolve(pictures, kernel), "gradients": tuple(gradients)}

    return everything


@pytest.mark.parametrize("case", CASES)
def test_results_and_first_and_second_derivatives_stay_the_same(case):
    name, pictures, kernel, choices = CASES[case]
    function = derivatives(lambda x, k: getattr(keras.ops, name)(x, k, **choices))
    arguments = normal(0, *pictures), normal(1, *kernel)
    before, after = (str(jax.make_jaxpr(each)(*arguments)) for each in (function, swap_large_kernels(function)))
    assert (after == before) == (case in ("channels in groups", "one channel alone"))
    expected, found = (jax.jit(each)(*arguments) for each in (function, swap_large_kernels(function)))
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for ours, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() < 1e-5 * (1 + np.abs(theirs).max())


def test_the_precision_of_pictures_and_kernel_changes_places_too():
    given = {"window_strides": (1, 1), "padding": "SAME", "precision": ("default", "highest")}
    program = jax.make_jaxpr(swap_large_kernels(lambda x, k: jax.lax.conv_general_dilated(x, k, **given)))
    assert "precision=(Precision.HIGHEST, Precision.DEFAULT)" in str(
        program(normal(0, 1, 2, 2, 2), normal(1, 3, 2, 3, 3))
    )


def test_xla_turns_no_window_round_in_the_gradient_of_a_transposed_convolution():
    """A convolution with a window turned round is the one that XLA computes in plain loops."""
    name, pictures, kernel, choices = CASES["transposed, by 2"]
    function = swap_large_kernels(derivatives(lambda x, k: getattr(keras.ops, name)(x, k, **choices)))
    program = jax.jit(function).lower(normal(0, *pictures), normal(1, *kernel)).compile().as_text()
    assert program.count("convolution(") >= 5
    assert "rhs_reversal" not in program


def test_off_the_cpu_nothing_changes(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert swap_large_kernels(normal) is normal


def test_a_training_ends_at_the_weights_that_it_had_before(monkeypatch):
    images, swapped = np.tanh(normal(0, 32, 4, 4, 1)), []

    def trained():
        keras.utils.set_random_seed(0)
        parts = [layers.Reshape((2, 2, 1)), layers.Conv2DTranspose(1, 4, strides=2, padding="same")]
        critic = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1)])
        gan = GAN(keras.Sequential([keras.Input((4,)), *parts]), critic, seed=0)
        gan.compile("sgd", "sgd")
        start = gan.get_weights()
        gan.fit(images, batch_size=16, verbose=0)
        return start, gan.get_weights()

    monkeypatch.setattr(
        backend, "swap_large_kernels", lambda function: swapped.append(1) or swap_large_kernels(function)
    )
    start, found = trained()
    assert len(swapped) >= 2  # D's loss and G's
    monkeypatch.setattr(backend, "swap_large_kernels", lambda function: function)
    _, expected = trained()
    assert max(np.abs(a - b).max() for a, b in zip(found, expected, strict=True)) < 1e-6
    assert max(np.abs(a - b).max() for a, b in zip(found, start, strict=True)) > 1e-4
