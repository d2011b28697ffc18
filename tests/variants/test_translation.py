"""Paired translation: the networks' shapes and patches, the L1 term by hand, training, saving, resuming, refusals."""

import keras
import numpy as np
import pytest

from gan_course.gan import GAN
from gan_course.objectives import r1_penalty
from gan_course.variants.translation import (
    Pix2Pix,
    mean_absolute_difference,
    paired_discriminator,
    paired_generator,
    patch_discriminator,
    unet_generator,
)

THREE_PARTS = r"Expected.+Received: .+\. \w"
IMAGE, SOURCE = (8, 8, 3), (8, 8, 1)
BUILDERS = (unet_generator, patch_discriminator, paired_generator, paired_discriminator)

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def pictures(count, shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *shape)).astype("float32")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def tensors(count):
    """Targets and sources, as a training step gets them."""
    return [keras.ops.convert_to_tensor(pictures(count, shape, seed)) for seed, shape in enumerate((IMAGE, SOURCE))]


def call(network, *inputs, training=False):
    inputs = [keras.ops.convert_to_tensor(each) for each in inputs]
    return keras.ops.convert_to_numpy(network(inputs if len(inputs) > 1 else inputs[0], training=training))


def small_players():
    generator = paired_generator(IMAGE, SOURCE, latent_dim=2, filters=(2, 3, 4), blocks=1)
    return generator, paired_discriminator(IMAGE, SOURCE, filters=(3, 4))


def small_gan(l1_weight=100.0, **choices):
    keras.utils.set_random_seed(0)
    gan = Pix2Pix(*small_players(), l1_weight, seed=0)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), **QUICK, **choices)
    return gan


def constant_noise(gan):
    """The same noise in every call, so that two losses can be compared."""
    gan.noise = lambda count: keras.ops.ones((count, gan.latent_dim))
    return gan


# ----------------------------------------------------------------------------------------------------- networks


@pytest.mark.parametrize(("source", "image"), [((8, 8, 1), None), ((28, 28, 1), (28, 28, 3)), ((4, 12, 3), (4, 12, 2))])
def test_shapes(source, image):
    made = image or source
    unet = unet_generator(source, image, filters=(2, 3, 4))
    assert (unet.input_shape, unet.output_shape) == ((None, *source), (None, *made))
    assert np.abs(call(unet, 5 * pictures(2, source))).max() <= 1
    scores = (None, made[0] // 4, made[1] // 4, 1)
    assert patch_discriminator(made).output_shape == scores
    generator, judge = paired_generator(made, source, latent_dim=3), paired_discriminator(made, source)
    assert generator.input_shape == [(None, 3), (None, *source)]
    assert generator.output_shape == (None, *made)
    assert judge.input_shape == [(None, *made), (None, *source)]
    assert judge.output_shape == scores


@pytest.mark.parametrize("build", BUILDERS)
def test_builders_return_plain_uncompiled_models_for_mnist(build):
    model = build()
    assert type(model).__name__ in ("Functional", "Sequential")
    assert not model.compiled
    assert model.input_shape in ((None, 28, 28, 1), [(None, 4), (None, 28, 28, 1)], [(None, 28, 28, 1)] * 2)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("build", [unet_generator, patch_discriminator])
def test_a_picture_does_not_depend_on_the_others_of_its_batch(build, training):
    model, batch = build(SOURCE), pictures(5, SOURCE)
    whole, part = call(model, batch, training=training), call(model, batch[:2], training=training)
    assert np.abs(whole[:2] - part).max() < 1e-5
    assert np.abs(whole[0] - whole[1]).max() > 1e-4


def test_a_score_depends_on_a_patch_of_eighteen_pixels():
    """Without the normalization, whose means are those of the whole picture: which rows change one score?

    By arithmetic it sees 3 rows of the last map, 2 · (3 − 1) + 4 = 8 of that before, and 2 · (8 − 1) + 4 = 18 pixels.
    """
    keras.utils.set_random_seed(0)
    kept = [each for each in patch_discriminator((48, 48, 1)).layers if "normalization" not in each.name]
    model = keras.Sequential([keras.Input((48, 48, 1)), *kept])
    one_row_each = np.eye(48, dtype="float32")[:, :, None, None] * np.ones((1, 1, 48, 1), "float32")
    middle = call(model, np.concatenate([np.zeros((1, 48, 48, 1), "float32"), one_row_each]))[:, 6, 6, 0]
    seen = np.abs(middle[1:] - middle[0]) > 1e-7
    assert sum(seen) == 18
    assert np.ptp(np.flatnonzero(seen)) == 17


def test_noise_and_source_both_reach_the_picture():
    generator, z, source = small_players()[0], pictures(2, (2,)), pictures(2, SOURCE)
    made = call(generator, z, source)
    assert np.abs(made - call(generator, z + 1, source)).max() > 1e-3
    assert np.abs(made - call(generator, z, -source)).max() > 1e-3


def test_the_discriminator_sees_the_source():
    judge, image, source = small_players()[1], pictures(2, IMAGE), pictures(2, SOURCE)
    assert np.abs(call(judge, image, source) - call(judge, image, -source)).max() > 1e-3


@pytest.mark.parametrize(
    ("build", "choices", "received"),
    [
        (unet_generator, {"source_shape": (10, 8, 1)}, r"\(10, 8, 1\)"),
        (unet_generator, {"image_shape": (8,)}, r"\(8,\)"),
        (unet_generator, {"image_shape": (8, 8, 1)}, r"sources of \(28, 28, 1\)"),
        (unet_generator, {"filters": (4, 8)}, r"\(4, 8\)"),
        (unet_generator, {"filters": (4, 8, 0)}, "0"),
        (unet_generator, {"filters": 4}, r"\(4,\)"),
        (unet_generator, {"blocks": 0}, "0"),
        (patch_discriminator, {"filters": (4, 2.5)}, "2.5"),
        (paired_generator, {"latent_dim": 0}, "0"),
        (paired_generator, {"source_shape": (8, 8, 1)}, r"sources of \(8, 8, 5\)"),
        (paired_discriminator, {"source_shape": (8, 8, 1)}, r"sources of \(8, 8, 1\)"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(build, choices, received):
    with pytest.raises(ValueError, match=rf"Invalid .+ Expected .+ Received: .*{received}.*\. \w"):
        build(**choices)


# ------------------------------------------------------------------------------------------------------- losses


def test_the_mean_absolute_difference_by_hand():
    first, second = np.array([[1.0, -0.25], [0.5, 0.0]]), np.array([[0.0, 0.5], [-1.0, 0.1]])
    assert abs(number(mean_absolute_difference(first, second)) - (1 + 0.75 + 1.5 + 0.1) / 4) < 1e-6


@pytest.mark.parametrize("weight", [0.0, 1.0, 37.5])
def test_the_l1_term_is_in_the_generators_loss_alone(weight):
    gan, plain = constant_noise(small_gan(weight)), constant_noise(small_gan(0.0))
    targets, sources = tensors(3)
    made = call(gan.generator, keras.ops.ones((3, 2)), sources)
    term = np.abs(made - keras.ops.convert_to_numpy(targets)).mean()
    losses = [number(each.generator_loss(targets, sources)) for each in (gan, plain)]
    assert abs(losses[0] - losses[1] - weight * term) < 1e-4 * (1 + weight)
    d_losses = [number(each.discriminator_loss(targets, sources)) for each in (gan, plain)]
    assert abs(d_losses[0] - d_losses[1]) < 1e-6


def test_losses_of_a_map_are_means_over_samples_and_patches():
    gan, (targets, sources) = constant_noise(small_gan(0.0)), tensors(3)
    real = call(gan.discriminator, targets, sources)
    fake = call(gan.discriminator, call(gan.generator, keras.ops.ones((3, 2)), sources), sources)
    assert real.shape == fake.shape == (3, 2, 2, 1)
    d_loss = np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean()
    assert abs(number(gan.discriminator_loss(targets, sources)) - d_loss) < 1e-5
    assert abs(number(gan.generator_loss(targets, sources)) - np.logaddexp(0, -fake).mean()) < 1e-5
    found = gan.evaluate(targets, sources, verbose=0, return_dict=True)
    assert abs(found["g_loss"] - np.logaddexp(0, -fake).mean()) < 1e-5


def test_a_penalty_takes_the_mean_of_a_map_for_the_score():
    """A linear D with four patches of a pixel: the gradient of their mean score is a quarter of the kernel."""
    judge = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(1, 1)])
    judge.layers[0].set_weights([np.full((1, 1, 1, 1), 1.7), np.zeros(1)])
    assert abs(number(r1_penalty(judge, pictures(3, (2, 2, 1)))) - 0.5 * 4 * (1.7 / 4) ** 2) < 1e-6


# ----------------------------------------------------------------------------------------------------- training


@pytest.mark.backends
def test_each_step_moves_its_own_player_alone():
    gan, (targets, sources) = small_gan(), tensors(4)
    for step, moving in ((gan.discriminator_step, gan.discriminator), (gan.generator_step, gan.generator)):
        before = [(network, network.get_weights()) for network in (gan.discriminator, gan.generator)]
        step(targets, sources)
        for network, old in before:
            moved = max(np.abs(a - b).max() for a, b in zip(old, network.get_weights(), strict=True))
            assert (moved > 1e-6) == (network is moving)


@pytest.mark.parametrize("choices", [{"r1_weight": 1.0}, {"gradient_penalty_weight": 1.0, "d_steps": 2}])
def test_it_trains_with_penalties_and_is_evaluated_on_held_out_pairs(choices):
    gan, targets, sources = small_gan(**choices), pictures(12, IMAGE), pictures(12, SOURCE)
    history = gan.fit(targets, sources, batch_size=4, validation_split=1 / 3, verbose=0).history
    assert sorted(history) == ["d_loss", "g_loss", "val_d_loss", "val_g_loss"]
    assert np.isfinite([*history.values()]).all()


def test_the_l1_term_makes_pictures_that_are_near_their_targets():
    """The target is the source in three colors, one of them inverted. No copy of it is among those trained on."""
    keras.utils.set_random_seed(0)
    sources = pictures(200, SOURCE) * np.array([0.6], "float32")
    targets = np.concatenate([sources, -sources, sources], axis=-1)
    gan = Pix2Pix(*small_players(), seed=0)
    gan.compile(keras.optimizers.Adam(5e-3), keras.optimizers.Adam(5e-3), jit_compile=False)
    distance = [np.abs(gan.translate(sources[160:], seed=1) - targets[160:]).mean()]
    gan.fit(targets[:160], sources[:160], batch_size=8, epochs=4, verbose=0)
    distance.append(np.abs(gan.translate(sources[160:], seed=1) - targets[160:]).mean())
    assert distance[0] > 0.3
    assert distance[1] < 0.25


def test_translate_is_generate_with_sources_as_labels():
    gan, sources = small_gan(), pictures(5, SOURCE)
    made = gan.translate(sources, seed=3, batch_size=2)
    assert made.shape == (5, *IMAGE)
    assert np.abs(made - gan.generate(5, seed=3, labels=sources)).max() < 1e-6
    assert np.abs(made - gan.translate(sources.astype("float64"), seed=3)).max() < 1e-6
    assert np.abs(made - gan.translate(sources[..., 0], seed=3)).max() < 1e-6


@pytest.mark.backends
def test_it_is_saved_and_loaded(tmp_path):
    gan, targets, sources = small_gan(12.5), pictures(4, IMAGE), pictures(4, SOURCE)
    gan.fit(targets, sources, batch_size=2, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(copy, Pix2Pix)
    assert copy.l1_weight == 12.5
    assert (copy.translate(sources, seed=1) == gan.translate(sources, seed=1)).all()
    losses = [model.train_on_batch(targets, sources) for model in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5
    assert np.abs(gan.translate(sources, seed=1) - copy.translate(sources, seed=1)).max() < 1e-6


@pytest.mark.backends
def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    targets, sources = pictures(12, IMAGE), pictures(12, SOURCE)
    assert difference_after_an_interruption(small_gan, (targets, sources)) < 1e-6


# ----------------------------------------------------------------------------------------------------- refusals


def test_networks_without_sources_are_refused():
    from gan_course.networks import mlp_generator

    with pytest.raises(ValueError, match=r"Invalid networks\. Expected .+sources.+Received: .+\. \w"):
        Pix2Pix(mlp_generator(SOURCE, 3), patch_discriminator(SOURCE))


@pytest.mark.parametrize("weight", [-1.0, float("nan"), "100"])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match=r"Invalid l1_weight\. " + THREE_PARTS):
        small_gan(weight)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (None, r"No labels\."),
        (pictures(3, SOURCE), r"Received: 3\."),
        (
            pictures(4, IMAGE),
            r"\(4, 8, 8, 1\), as the model.+Received: \(4, 8, 8, 3\)\. The label of a sample is a pict",
        ),
        (np.full((4, *SOURCE), 255), r"Invalid labels\. Expected values in \[-1, 1\]"),
        (np.full((4, *SOURCE), np.nan), r"Invalid labels\. Expected finite values"),
        (np.arange(4), r"Received: \(4,\)"),
    ],
)
def test_sources_that_do_not_fit_are_refused_before_training(sources, message):
    gan = small_gan()
    before = gan.get_weights()
    with pytest.raises(ValueError, match=message) as caught:
        gan.fit(pictures(4, IMAGE), sources, batch_size=4, verbose=0)
    with pytest.raises(ValueError, match=THREE_PARTS):
        raise ValueError(str(caught.value))
    assert all((a == b).all() for a, b in zip(before, gan.get_weights(), strict=True))


@pytest.mark.parametrize("sources", [None, 0.5, np.zeros((0, *SOURCE)), np.full((2, *SOURCE), 2.0), pictures(2, IMAGE)])
def test_translate_refuses_what_is_no_source(sources):
    with pytest.raises(ValueError, match=THREE_PARTS):
        small_gan().translate(sources)


def test_a_dense_layer_on_a_picture_makes_no_discriminator_of_patches():
    """Whoever forgets to flatten gets a map, too. It is still refused; a convolution's is not."""
    from gan_course.networks import mlp_generator

    generator = mlp_generator(SOURCE, 3)
    forgotten = keras.Sequential([keras.Input(SOURCE), keras.layers.Dense(4), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"Invalid discriminator\..+from Dense\. End the model with Flatten"):
        GAN(generator, forgotten)
    with pytest.raises(ValueError, match=r"Invalid discriminator\..+raw scores.+'sigmoid'"):
        GAN(generator, keras.Sequential([keras.Input(SOURCE), keras.layers.Conv2D(1, 3, activation="sigmoid")]))
    with pytest.raises(ValueError, match=r"Invalid discriminator\..+\(None, 8, 8, 2\) from Conv2D"):
        GAN(generator, keras.Sequential([keras.Input(SOURCE), keras.layers.Conv2D(2, 3, padding="same")]))
    gan = GAN(generator, patch_discriminator(SOURCE, filters=(2, 3)), seed=0)
    gan.compile(r1_weight=0.5, **QUICK)
    assert np.isfinite(gan.train_on_batch(pictures(4, SOURCE))).all()
