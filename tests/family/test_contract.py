"""The contract of the room's models: one body of tests for all of them, with tiny pictures whose sum can be taken."""

import functools
import inspect
import itertools
import pickle
import random

import keras
import numpy as np
import pytest

from gan_course.family.autoregressive import PixelTransformer
from gan_course.family.boltzmann import RBM
from gan_course.family.contract import History
from gan_course.family.diffusion import PixelDiffusion
from gan_course.family.flow import PixelFlow
from gan_course.family.markov import PixelHMM
from gan_course.family.mixture import PixelMixture
from gan_course.family.vae import PixelVAE

PIXELS, LEVELS = 4, 3
ALL = np.array(list(itertools.product(range(LEVELS), repeat=PIXELS)))
RNG = np.random.default_rng(0)
KINDS = np.array([[2, 2, 0, 0], [0, 0, 2, 2]])
PICTURES = np.where(
    RNG.uniform(size=(90, 4)) < 0.2, RNG.integers(LEVELS, size=(90, 4)), KINDS[RNG.integers(2, size=90)]
)
TRAINING, VALIDATION = PICTURES[:60], PICTURES[60:]

# Class → its sizes, and options of `fit` for a short training.
MODELS = {
    PixelMixture: ({"components": 3}, {}),
    PixelHMM: ({"states": 3}, {"iterations": 8}),
    RBM: ({"pixels": PIXELS, "hidden": 6}, {"epochs": 100, "learning_rate": 0.05}),
    PixelVAE: (
        {"pixels": PIXELS, "latent_dim": 2, "hidden": 16},
        {"epochs": 20, "batch_size": 6, "learning_rate": 1e-2},
    ),
    PixelTransformer: ({"shape": (2, 2), "width": 8, "blocks": 1, "heads": 2}, {"epochs": 8, "learning_rate": 1e-2}),
    PixelFlow: (
        {"pixels": PIXELS, "couplings": 4, "hidden": 16},
        {"epochs": 20, "batch_size": 6, "learning_rate": 1e-2},
    ),
    PixelDiffusion: (
        {"shape": (2, 2), "steps": 20, "width": 8},
        {"epochs": 60, "batch_size": 15, "learning_rate": 1e-2},
    ),
}
# Class with only a bound → the least that exp(bound), summed over all pictures, must be after this short training.
BOUNDED = {PixelFlow: 0.5, PixelVAE: 0.5, PixelDiffusion: 0.03}
THREE_PARTS = r"Expected.+Received: .+\. \w"

every_model = pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)


def new(kind, seed=0, **changes):
    return kind(**{**MODELS[kind][0], "levels": LEVELS, "seed": seed, **changes})


def trained_briefly(kind, seed=0, validation=None):
    """A new model after two epochs on twelve pictures, and the history of that training."""
    model = new(kind, seed)
    length = {name: 2 for name in ("epochs", "iterations") if name in MODELS[kind][1]}
    return model, model.fit(TRAINING[:12], validation, **{**MODELS[kind][1], **length})


def nats(model, levels, **options):
    """What a model says about pictures: the exact log-likelihood, or the bound."""
    name = "log_likelihood_bound" if type(model) in BOUNDED else "log_likelihood"
    return getattr(model, name)(levels, **options)


@functools.cache
def fitted(kind):
    """One model of this kind after a short training, for all tests, and the history of that training."""
    model = new(kind)
    return model, model.fit(TRAINING, VALIDATION, **MODELS[kind][1])


# Names and signatures


@every_model
def test_names_and_defaults_are_the_same_for_all(kind):
    made = inspect.signature(kind).parameters
    assert list(made)[-1] == "seed"
    assert made["seed"].default == 0
    assert "levels" in made
    fit = inspect.signature(kind.fit).parameters
    assert list(fit)[:3] == ["self", "levels", "validation"]
    assert fit["validation"].default is None
    assert all(option.kind is option.KEYWORD_ONLY for option in list(fit.values())[3:])
    sample = inspect.signature(kind.sample).parameters
    assert list(sample)[:3] == ["self", "count", "seed"]
    assert sample["seed"].default == 0
    assert hasattr(kind, "log_likelihood") is (kind not in BOUNDED)
    if kind in BOUNDED:
        assert list(inspect.signature(kind.log_likelihood_bound).parameters)[:3] == ["self", "levels", "seed"]


@every_model
def test_sizes_are_attributes(kind):
    model, _ = fitted(kind)
    assert not new(kind).fitted
    assert (model.fitted, model.pixels, model.levels) == (True, PIXELS, LEVELS)


# Learning


@every_model
def test_training_returns_a_history_and_lowers_the_loss(kind):
    _, history = fitted(kind)
    assert isinstance(history, History)
    assert set(history.history) == {"loss", "val_loss"}
    for losses in history.history.values():
        assert len(losses) == len(history.history["loss"]) > 1
        assert all(isinstance(loss, float) for loss in losses)
    some = -(-len(history.history["loss"]) // 5)  # a fifth of the epochs, since the loss of a single one is noisy
    first, last = history.history["loss"][:some], history.history["loss"][-some:]
    assert np.mean(last) < np.mean(first)  # a tiny model may overfit, so only this loss has to fall


@every_model
def test_training_finds_its_two_kinds_of_pictures_likelier_than_others(kind):
    model, _ = fitted(kind)
    assert nats(model, KINDS).min() > nats(model, ALL).mean() + 0.5


# Seeds


def global_numbers():
    return [random.random(), np.random.rand(), float(keras.random.uniform((1,))[0])]  # noqa: NPY002


@every_model
@pytest.mark.usefixtures("without_graphs")
def test_a_seed_gives_the_same_model_and_global_seeds_stay_as_they_were(kind):
    keras.utils.set_random_seed(7)
    expected = global_numbers()
    keras.utils.set_random_seed(7)
    model, history = trained_briefly(kind, validation=VALIDATION[:6])
    sampled = model.sample(3)
    assert global_numbers() == expected
    twin, its_history = trained_briefly(kind, validation=VALIDATION[:6])
    assert history == its_history
    np.testing.assert_allclose(nats(model, ALL), nats(twin, ALL), rtol=1e-5)  # graphs compiled anew may round otherwise
    np.testing.assert_array_equal(sampled, twin.sample(3))


@every_model
@pytest.mark.usefixtures("without_graphs")
def test_another_seed_gives_another_model_and_without_validation_there_is_no_loss_of_it(kind):
    first, other = (trained_briefly(kind, seed)[1] for seed in (0, 1))
    assert set(first.history) == {"loss"}
    assert first != other


@every_model
def test_samples_are_seeded(kind):
    model, _ = fitted(kind)
    np.testing.assert_array_equal(model.sample(9, seed=4), model.sample(9, seed=4))
    np.testing.assert_array_equal(model.sample(9), model.sample(9, 0))
    assert (model.sample(9, seed=4) != model.sample(9, seed=5)).any()
    assert (model.sample(50, seed=None) != model.sample(50, seed=None)).any()


@pytest.mark.parametrize("kind", sorted(BOUNDED, key=str), ids=lambda kind: kind.__name__)
def test_bounds_are_seeded(kind):
    model, _ = fitted(kind)
    np.testing.assert_array_equal(nats(model, ALL, seed=4), nats(model, ALL, seed=4))
    assert (nats(model, ALL, seed=4) != nats(model, ALL, seed=5)).any()


# Likelihoods and samples


@every_model
def test_the_probabilities_of_all_pictures_sum_to_one_or_less_for_a_bound(kind):
    found = nats(fitted(kind)[0], ALL)
    assert found.shape == (len(ALL),)
    assert found.dtype == "float64"
    total = np.exp(found).sum()
    assert abs(total - 1) < 1e-5 or (kind in BOUNDED and BOUNDED[kind] < total < 1.05)  # a bound that is random on top


@every_model
def test_samples_are_levels(kind):
    drawn = fitted(kind)[0].sample(200, seed=1)
    assert drawn.shape == (200, PIXELS)
    assert drawn.dtype == "int64"
    assert set(np.unique(drawn)) == set(range(LEVELS))


@every_model
def test_a_pickled_model_is_the_same(kind):
    model, _ = fitted(kind)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(nats(loaded, ALL), nats(model, ALL), rtol=1e-5)
    np.testing.assert_array_equal(loaded.sample(5), model.sample(5))


# Refusals


@every_model
def test_before_fit_there_is_a_clear_error(kind):
    model = new(kind)
    for call in (lambda: nats(model, ALL), lambda: model.sample(3)):
        with pytest.raises(ValueError, match=rf"This {kind.__name__} has not been fitted yet\. {THREE_PARTS}"):
            call()


@every_model
@pytest.mark.parametrize("bad", [ALL + 1, ALL - 1, ALL / 2, ALL[0], ALL[:0], np.full((1, PIXELS), np.nan), "digits"])
def test_bad_levels_are_refused(kind, bad):
    model, untouched = fitted(kind)[0], new(kind)
    for call in (
        lambda: untouched.fit(bad),
        lambda: untouched.fit(TRAINING, bad),
        lambda: untouched.fit(TRAINING, TRAINING[:, 1:]),
        lambda: nats(model, bad),
        lambda: nats(model, ALL[:, 1:]),
    ):
        with pytest.raises(
            ValueError, match=rf"Invalid levels\. Expected whole numbers from 0 to 2, {THREE_PARTS[8:]}"
        ):
            call()
    assert not untouched.fitted


@every_model
def test_bad_sizes_seeds_and_counts_are_refused(kind):
    model, _ = fitted(kind)
    for name in {*MODELS[kind][0], "levels"} - {"shape"}:
        for bad in (0, -1, 2.5, True, "3"):
            with pytest.raises(ValueError, match=rf"Invalid {name}\. {THREE_PARTS}"):
                new(kind, **{name: bad})
    for bad in (-1, 2**32, 0.5, True, "0"):
        with pytest.raises(ValueError, match=rf"Invalid seed\. {THREE_PARTS}"):
            new(kind, seed=bad)
        with pytest.raises(ValueError, match=rf"Invalid seed\. {THREE_PARTS}"):
            model.sample(3, seed=bad)
    for bad in (0, -1, 2.5, True, "3"):
        with pytest.raises(ValueError, match=rf"Invalid count\. {THREE_PARTS}"):
            model.sample(bad)
