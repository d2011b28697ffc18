"""CycleGAN: both losses by hand, a cycle of inverse generators, which step moves what, data without pairs, refusals."""

import keras
import numpy as np
import pytest

from gan_course.variants.cycle import CycleGAN
from gan_course.variants.translation import patch_discriminator, unet_generator

THREE_PARTS = r"Expected.+Received: .+\. \w"
A, B = (8, 8, 1), (8, 8, 3)
NETWORKS = ("to_a", "to_b", "discriminator_a", "discriminator_b")

# What compiles a step takes longer than the few steps that it is used for; JAX needs it, to be quick at all.
QUICK = {"jit_compile": keras.config.backend() == "jax", "run_eagerly": keras.config.backend() == "tensorflow"}


def pictures(count, shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, *shape)).astype("float32")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def call(network, x):
    return keras.ops.convert_to_numpy(network(x, training=False))


def small_players(a=A, b=B):
    sizes = {"filters": (2, 3, 4), "blocks": 1}
    judges = [patch_discriminator(shape, filters=(3, 4)) for shape in (a, b)]
    return unet_generator(b, a, **sizes), unet_generator(a, b, **sizes), *judges


def small_gan(cycle_weight=10.0, seed=0, **choices):
    keras.utils.set_random_seed(0)
    gan = CycleGAN(*small_players(), cycle_weight, seed=seed)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), **QUICK, **choices)
    return gan


def scaling(shape, factor):
    """A generator that multiplies each pixel: one 1 × 1 convolution without mixing of channels."""
    layer = keras.layers.Conv2D(shape[-1], 1, use_bias=False)
    model = keras.Sequential([keras.Input(shape), layer])
    layer.set_weights([factor * np.eye(shape[-1])[None, None]])
    return model


def scaling_gan(down, up, **choices):
    """A CycleGAN of gray pictures: `to_a` multiplies by `down`, `to_b` by `up`."""
    judges = [patch_discriminator(A, filters=(3, 4)) for _ in "ab"]
    gan = CycleGAN(scaling(A, down), scaling(A, up), *judges, **choices)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), **QUICK)
    return gan


# ------------------------------------------------------------------------------------------------------- losses


def test_losses_by_hand():
    gan, a, b = small_gan(), pictures(3, A), pictures(3, B, seed=1)
    fake_a, fake_b = call(gan.to_a, b), call(gan.to_b, a)
    real = call(gan.discriminator_a, a), call(gan.discriminator_b, b)
    fake = call(gan.discriminator_a, fake_a), call(gan.discriminator_b, fake_b)
    d_loss = sum(0.5 * np.mean((r - 1) ** 2) + 0.5 * np.mean(f**2) for r, f in zip(real, fake, strict=True))
    cycle = np.abs(call(gan.to_a, fake_b) - a).mean() + np.abs(call(gan.to_b, fake_a) - b).mean()
    g_loss = sum(0.5 * np.mean((f - 1) ** 2) for f in fake) + 10.0 * cycle
    assert cycle > 0.5
    assert abs(number(gan.discriminator_loss(a, b)) - d_loss) < 1e-4
    assert abs(number(gan.generator_loss(a, b)) - g_loss) < 1e-4
    found = gan.evaluate(a, b, batch_size=2, verbose=0, return_dict=True)
    assert abs(found["d_loss"] - d_loss) < 1e-4
    assert abs(found["g_loss"] - g_loss) < 1e-4


@pytest.mark.parametrize(("down", "up"), [(0.5, 2.0), (-0.8, -1.25)])
def test_the_cycle_loss_of_inverse_generators_is_zero(down, up):
    a, b = pictures(3, A), pictures(3, A, seed=1)
    losses = []
    for weight in (0.0, 7.5):
        keras.utils.set_random_seed(0)
        losses.append(number(scaling_gan(down, up, cycle_weight=weight).generator_loss(a, b)))
    assert abs(losses[1] - losses[0]) < 1e-5


def test_the_cycle_loss_of_other_generators_by_hand():
    """0.5 · 1.4 = 0.7, so that each picture comes back with 0.7 of its values."""
    a, b = pictures(3, A), pictures(3, A, seed=1)
    losses = []
    for weight in (0.0, 7.5):
        keras.utils.set_random_seed(0)
        losses.append(number(scaling_gan(0.5, 1.4, cycle_weight=weight).generator_loss(a, b)))
    by_hand = 7.5 * 0.3 * (np.abs(a).mean() + np.abs(b).mean())
    assert abs(losses[1] - losses[0] - by_hand) < 1e-4


@pytest.mark.parametrize("choices", [{"r1_weight": 0.7}, {"gradient_penalty_weight": 1.3}])
def test_penalties_are_those_of_both_discriminators(choices):
    """Discriminators without a hidden layer: their gradient is the same at each picture."""
    judges = []
    for shape, weight in ((A, 0.3), (B, -0.2)):
        layer = keras.layers.Dense(1)
        judges.append(keras.Sequential([keras.Input(shape), keras.layers.Flatten(), layer]))
        layer.set_weights([np.full((np.prod(shape), 1), weight), np.zeros(1)])
    gans = []
    for chosen in ({}, choices):
        keras.utils.set_random_seed(0)
        gans.append(CycleGAN(*small_players()[:2], *judges, seed=0))
        gans[-1].compile(**QUICK, **chosen)
    a, b = pictures(2, A), pictures(2, B)
    found = number(gans[1].discriminator_loss(a, b)) - number(gans[0].discriminator_loss(a, b))
    norms = np.sqrt([64 * 0.3**2, 192 * 0.2**2])
    by_hand = {"r1_weight": 0.7 * 0.5 * norms**2, "gradient_penalty_weight": 1.3 * (norms - 1) ** 2}
    assert abs(found - by_hand[next(iter(choices))].sum()) < 1e-3


# ----------------------------------------------------------------------------------------------------- training


@pytest.mark.backends
def test_each_step_moves_its_own_two_players_alone():
    gan, a, b = small_gan(), *map(keras.ops.convert_to_tensor, (pictures(4, A), pictures(4, B)))
    for step, part in ((gan.discriminator_step, "discriminator"), (gan.generator_step, "to")):
        before = {name: getattr(gan, name).get_weights() for name in NETWORKS}
        step(a, b)
        for name, old in before.items():
            moved = max(np.abs(x - y).max() for x, y in zip(old, getattr(gan, name).get_weights(), strict=True))
            assert (moved > 1e-7) == name.startswith(part), name


def test_without_the_cycle_loss_the_generators_do_not_know_each_other():
    """`to_b` moves in the same way, whatever `to_a` is. With the cycle loss it does not."""
    a, b, moved = pictures(4, A), pictures(4, B), {}
    for weight in (0.0, 10.0):
        for scale in (1.0, 0.5):
            gan = small_gan(weight)
            gan.to_a.set_weights([scale * w for w in gan.to_a.get_weights()])
            gan.generator_step(a, b)
            moved[weight, scale] = gan.to_b.get_weights()
    for weight in (0.0, 10.0):
        pairs = zip(moved[weight, 1.0], moved[weight, 0.5], strict=True)
        assert (max(np.abs(x - y).max() for x, y in pairs) > 1e-6) == (weight > 0)


@pytest.mark.backends
def test_sets_of_different_sizes_train_and_are_evaluated():
    gan, a, b = small_gan(d_steps=2), pictures(12, A), pictures(7, B)
    history = gan.fit(a, b, batch_size=4, validation_data=(a[:3], b[:2]), verbose=0).history
    assert gan.steps_behind() == 3
    assert sorted(history) == ["d_loss", "g_loss", "val_d_loss", "val_g_loss"]
    assert np.isfinite([*history.values()]).all()
    first, second = (gan.evaluate(a, b, verbose=0) for _ in range(2))
    assert first == second
    gan.fit(a, b, batch_size=4, validation_split=1 / 3, verbose=0)
    assert gan.steps_behind() == 3 + 2  # 8 of the 12 pictures of A, 4 of the 7 of B


def test_a_data_set_of_pairs_trains():
    class Pairs(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return pictures(4, A, index), pictures(4, B, index)

    gan = small_gan()
    assert np.isfinite(gan.fit(Pairs(), verbose=0).history["g_loss"]).all()
    assert np.isfinite(gan.train_on_batch(pictures(4, A), pictures(4, B))).all()


def test_translate_calls_the_generator_of_its_direction():
    gan, a, b = small_gan(), pictures(5, A), pictures(3, B)
    for given, to, network in ((a, "b", gan.to_b), (b, "a", gan.to_a)):
        made = gan.translate(given, to, batch_size=2)
        assert made.shape == (len(given), *network.output_shape[1:])
        assert made.dtype == np.float32
        assert np.abs(made - call(network, given)).max() < 1e-6


@pytest.mark.backends
def test_it_is_saved_and_loaded(tmp_path):
    gan, a, b = small_gan(3.5), pictures(4, A), pictures(4, B)
    gan.fit(a, b, batch_size=2, verbose=0)
    gan.save(tmp_path / "gan.keras")
    copy = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(copy, CycleGAN)
    assert copy.cycle_weight == 3.5
    assert (copy.translate(a, to="b") == gan.translate(a, to="b")).all()
    losses = [model.train_on_batch(a, b) for model in (gan, copy)]
    assert np.abs(np.subtract(*losses)).max() < 1e-5
    assert np.abs(copy.translate(b, to="a") - gan.translate(b, to="a")).max() < 1e-6


@pytest.mark.backends
def test_an_interrupted_training_ends_like_one_that_never_was(difference_after_an_interruption):
    a, b = pictures(12, A), pictures(7, B)
    assert difference_after_an_interruption(small_gan, (a, b)) < 1e-6


# ----------------------------------------------------------------------------------------------------- refusals


def without_pairs():
    to_a, to_b, *judges = small_players()
    return {
        "one generator twice": ((to_a, to_a, *judges), "Received: one network in two places"),
        "one discriminator twice": ((to_a, to_b, judges[0], judges[0]), "Received: one network in two places"),
        "generators exchanged": ((to_b, to_a, *judges), "do not fit"),
        "discriminators exchanged": ((to_a, to_b, *judges[::-1]), "do not fit"),
        "another size": ((unet_generator((12, 12, 3), (12, 12, 1)), to_b, *judges), "do not fit"),
        "generators of one direction": (
            (to_a, unet_generator(B, B), judges[0], judges[1]),
            r"do not fit each other.+to_b takes \[\(None, 8, 8, 3\)\]",
        ),
    }


@pytest.mark.parametrize("case", without_pairs())
def test_networks_that_do_not_fit_are_refused(case):
    networks, message = without_pairs()[case]
    with pytest.raises(ValueError, match=message) as caught:
        CycleGAN(*networks)
    with pytest.raises(ValueError, match=THREE_PARTS):
        raise ValueError(str(caught.value))


@pytest.mark.parametrize("weight", [-1.0, float("inf"), None])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match=r"Invalid cycle_weight\. " + THREE_PARTS):
        CycleGAN(*small_players(), cycle_weight=weight)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (pictures(4, A), None, r"No pictures of B\."),
        (pictures(4, B), pictures(4, B), r"In the pictures of A: Invalid samples\."),
        (pictures(4, A), pictures(4, A), r"In the pictures of B: Invalid samples\."),
        (pictures(4, A), np.full((4, *B), 255), r"In the pictures of B: Invalid images\."),
        (np.full((4, *A), np.nan), pictures(4, B), r"In the pictures of A: .+finite"),
        (pictures(4, A), np.zeros((0, *B)), r"No pictures of B\."),
    ],
)
def test_pictures_that_do_not_fit_are_refused_before_training(a, b, message):
    gan = small_gan()
    before = gan.get_weights()
    for start in (gan.fit, gan.evaluate):
        with pytest.raises(ValueError, match=message) as caught:
            start(a, b, batch_size=4, verbose=0)
        with pytest.raises(ValueError, match=THREE_PARTS):
            raise ValueError(str(caught.value))
    assert all((x == y).all() for x, y in zip(before, gan.get_weights(), strict=True))


def test_a_data_set_of_one_kind_alone_is_refused():
    class Alone(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return (pictures(4, A),)

    with pytest.raises(ValueError, match=r"Invalid batch\. .+pictures of B" + r".+Received: .+\. \w"):
        small_gan().fit(Alone(), verbose=0)


def test_translate_refuses_another_kind():
    gan = small_gan()
    for given, to in ((pictures(2, A), "c"), (pictures(2, A), "a"), (np.zeros((0, *A)), "b"), (None, "b")):
        with pytest.raises(ValueError, match=THREE_PARTS):
            gan.translate(given, to)


def test_there_is_no_noise_to_start_from():
    gan = small_gan()
    for start in (lambda: gan.generate(3), lambda: gan.predict(np.zeros((1, 4))), lambda: gan.predict_on_batch(None)):
        with pytest.raises(ValueError, match=THREE_PARTS):
            start()
