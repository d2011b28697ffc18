"""The style-based generator: modulation against a scaled kernel, styles per layer, truncation, training and saving."""

import keras
import numpy as np
import pytest

from gan_course import networks
from gan_course.gan import GAN
from gan_course.variants.style import (
    ModulatedConv2D,
    StyleMixing,
    draw_styles,
    mean_style,
    mix_styles,
    style_generator,
    styles_of,
    truncate,
)

pytestmark = pytest.mark.backends

SHAPE = (8, 8, 1)

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def small_generator(probability=0.5, shape=SHAPE):
    keras.utils.set_random_seed(0)
    return style_generator(shape, 3, 4, (5,), (4, 3, 2), probability)


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


# ------------------------------------------------------------------------------------------------------- layers


@pytest.mark.parametrize("demodulate", [True, False])
def test_modulation_is_a_convolution_with_a_kernel_of_its_own_for_each_picture(demodulate):
    """By hand, picture by picture: scale the kernel, divide it by its norm, and convolve (StyleGAN2, eq. 1 and 3)."""
    layer, picture, styles = ModulatedConv2D(5, 3, 1, demodulate), normal(2, 6, 6, 3), normal(2, 2, 4, seed=1)
    out = numpy(layer([picture, styles]))
    kernel, bias, affine, affine_bias = (numpy(w) for w in layer.weights)
    for x, style, result in zip(picture, styles[:, 1], out, strict=True):
        scaled = kernel * (1 + style @ affine + affine_bias)[None, None, :, None]
        if demodulate:
            scaled = scaled / np.sqrt(np.square(scaled).sum(axis=(0, 1, 2)) + 1e-8)
        expected = numpy(keras.ops.conv(x[None], scaled, padding="same", data_format="channels_last"))[0] + bias
        assert np.abs(result - expected).max() < 1e-4


def test_demodulated_outputs_have_about_unit_variance_whatever_the_style():
    layer = ModulatedConv2D(8, 3)
    for scale in (0.0, 3.0):
        out = numpy(layer([normal(4, 16, 16, 12), scale * normal(4, 1, 6, seed=1)]))[:, 1:-1, 1:-1]
        assert 0.7 < out.var() < 1.4


def test_styles_are_mixed_in_training_alone_with_those_of_another_picture():
    keras.utils.set_random_seed(0)
    layer, styles = StyleMixing(5, 0.5, seed=0), normal(400, 2)
    still = numpy(layer(styles, training=False))
    assert (still == np.repeat(styles[:, None], 5, axis=1)).all()
    mixed = numpy(layer(styles, training=True))
    own = (mixed == still).all(axis=2)
    assert own[:, 0].all()
    assert (np.diff(own.astype(int), axis=1) <= 0).all(), "own layers come first"
    assert abs(1 - own.all(axis=1).mean() - 0.5) < 0.1
    others = np.roll(still, 1, axis=0)
    assert (mixed[~own] == others[~own]).all()
    first = own.sum(axis=1)[~own.all(axis=1)]
    assert sorted(set(first)) == [1, 2, 3, 4]
    assert (numpy(StyleMixing(5, 0.0)(styles, training=True)) == still).all()


# ---------------------------------------------------------------------------------------------------- generator


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 3), (4, 12, 2)])
def test_shapes(shape):
    generator = style_generator(shape, 3, 4, 5, (4, 3, 2))
    assert (generator.input_shape, generator.output_shape) == ((None, 3), (None, *shape))
    assert np.abs(numpy(generator(5 * normal(2, 3)))).max() <= 1


def test_the_size_of_the_noise_does_not_matter_but_its_direction_does():
    generator, z = small_generator(), normal(2, 3)
    made = numpy(generator(z))
    assert np.abs(made - numpy(generator(3 * z))).max() < 1e-5
    assert np.abs(made - numpy(generator(-z))).max() > 1e-3


def test_the_parts_make_what_the_whole_makes():
    generator, z = small_generator(), normal(5, 3)
    styles = styles_of(generator, z)
    assert styles.shape == (5, 4)
    assert np.abs(draw_styles(generator, styles, batch_size=2) - numpy(generator(z, training=False))).max() < 1e-6


def test_each_layer_takes_its_own_style():
    generator = small_generator()
    styles, other = np.repeat(normal(1, 1, 4), 5, axis=1), normal(4, seed=1)
    pictures = [draw_styles(generator, styles)]
    for layer in range(5):
        changed = styles.copy()
        changed[:, layer] = other
        pictures.append(draw_styles(generator, changed))
    assert all(np.abs(a - b).max() > 1e-4 for i, a in enumerate(pictures) for b in pictures[:i])


def test_mixing_takes_the_first_layers_from_one_and_the_rest_from_another():
    a, b = normal(3, 4), normal(3, 4, seed=1)
    mixed = mix_styles(a, b, 2)
    assert mixed.shape == (3, 5, 4)
    assert (mixed[:, :2] == a[:, None]).all()
    assert (mixed[:, 2:] == b[:, None]).all()
    assert (mix_styles(a, b, 0) == b[:, None]).all()
    assert (mix_styles(a, b, 5) == a[:, None]).all()


def test_truncation_by_hand():
    styles, mean = normal(6, 4), np.array([1.0, 0, 2, -1], "float32")
    assert np.abs(truncate(styles, mean, 1.0) - styles).max() < 1e-6
    assert np.abs(truncate(styles, mean, 0.0) - mean).max() == 0
    halved = truncate(styles, mean, 0.5)
    assert np.abs(halved - (styles + mean) / 2).max() < 1e-6
    assert np.abs(truncate(styles[:, None], mean, 0.5) - halved[:, None]).max() < 1e-6


def test_the_mean_style_is_the_mean_of_styles():
    generator = small_generator()
    z = np.random.default_rng(7).normal(size=(50, 3))
    assert np.abs(mean_style(generator, 50, seed=7) - styles_of(generator, z).mean(axis=0)).max() < 1e-6


# ----------------------------------------------------------------------------------------------------- training


def small_gan(**choices):
    generator = small_generator()
    gan = GAN(generator, networks.dcgan_discriminator(SHAPE, units=4, filters=(2, 3)), seed=0)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), **QUICK, **choices)
    return gan


def test_it_trains_is_saved_and_loaded(tmp_path):
    gan, x = small_gan(r1_weight=0.1), np.clip(normal(8, *SHAPE), -1, 1)
    before = gan.generator.get_weights()
    gan.fit(x, batch_size=4, verbose=0)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, gan.generator.get_weights(), strict=True))
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert np.abs(gan.generate(3, seed=1) - copy.generate(3, seed=1)).max() < 1e-6
    losses = [each.train_on_batch(x) for each in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5


def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    """The states of the mixing are restored, too."""
    assert difference_after_an_interruption(small_gan, (np.clip(normal(12, *SHAPE), -1, 1),)) < 1e-6


# ----------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("choices", "received"),
    [
        ({"image_shape": (7, 8, 1)}, r"\(7, 8, 1\)"),
        ({"image_shape": (8,)}, r"\(8,\)"),
        ({"latent_dim": 0}, "0"),
        ({"style_dim": 2.5}, "2.5"),
        ({"mapping_units": (8, 0)}, "0"),
        ({"filters": (8, 4)}, r"\(8, 4\)"),
        ({"mixing_probability": 1.5}, "1.5"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(choices, received):
    with pytest.raises(ValueError, match=rf"Invalid .+ Expected .+ Received: .*{received}.*\. \w"):
        style_generator(**choices)


def test_styles_that_are_none_are_refused():
    generator = small_generator()
    for styles in (normal(2, 3), normal(2, 4, 4), normal(0, 4)):
        with pytest.raises(ValueError, match=r"Invalid styles\. Expected .* Received: .* Make"):
            draw_styles(generator, styles)
    with pytest.raises(ValueError, match=r"Invalid styles\. Expected .* Received: .* To combine"):
        mix_styles(normal(2, 4), normal(3, 4), 2)
    with pytest.raises(ValueError, match=r"Invalid start\. Expected .* Received: 6\. Try"):
        mix_styles(normal(2, 4), normal(2, 4), 6)
    with pytest.raises(ValueError, match=r"Invalid psi\. Expected .* Received: .* Try"):
        truncate(normal(2, 4), normal(4), float("nan"))


@pytest.mark.parametrize("call", [styles_of, draw_styles])
def test_another_generator_is_refused(call):
    with pytest.raises(ValueError, match=r"Invalid generator\. Expected .* Received: layers .* Build"):
        call(networks.dcgan_generator(SHAPE, 3), normal(2, 3))
