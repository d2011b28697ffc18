"""Diffusion: the bound against closed forms for networks that are known, sampling from known noise, three backends."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import softmax
from scipy.stats import norm

from gan_course.family import diffusion
from gan_course.family.diffusion import NoisyPictures, PixelDiffusion
from gan_course.family.noising import (
    add_noise,
    linear_schedule,
    log_probability_of_bin,
    remove_noise,
    sample_ddim,
)

THREE_PARTS = r"Expected.+Received: .+\. \w"
LEVELS = np.array([[0, 1, 16, 3], [4, 4, 4, 4], [16, 16, 0, 0]])


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return lambda backend: ask_probe("family", "diffusion", backend=backend)


def least_loss(counts, steps):
    """The loss of a network that knows the 8 pictures of 3 black or white pixels and how frequent they are: Bayes."""
    rng, signal = np.random.default_rng(0), linear_schedule(steps)
    pictures, shares = 2.0 * (np.arange(8)[:, None] // [4, 2, 1] % 2) - 1, np.array(counts) / np.sum(counts)
    t, noise = rng.integers(1, steps + 1, 40_000), rng.normal(size=(40_000, 3))
    left = signal[t][:, None]
    x = add_noise(pictures[rng.choice(8, 40_000, p=shares)], t, noise, signal)
    logs = np.log(shares) - np.square(x[:, None] - np.sqrt(left)[..., None] * pictures).sum(axis=2) / (2 - 2 * left)
    seen = (x - np.sqrt(left) * (softmax(logs, axis=1) @ pictures)) / np.sqrt(1 - left)
    return (np.square(noise - seen) / left).mean()


def test_the_loss_is_between_the_least_one_and_that_of_a_new_network(probe):
    least = least_loss(probe["expected"], steps=20)
    assert 0.7 < least < 0.85
    assert least - 0.05 < np.mean(probe["losses"][-5:]) < 0.97  # a new network costs 1, since all pixels are ±1


def test_samples_follow_the_pictures(probe):
    counted, expected = (np.array(probe[key]) / np.sum(probe[key]) for key in ("counted", "expected"))
    assert np.abs(counted - expected).sum() < 0.5
    assert np.abs(1 / 8 - expected).sum() > 0.9  # what samples without any learning would cost


def test_ddim_depends_on_nothing_but_its_noise(probe):
    assert probe["ddim_differs"] == 0
    assert probe["ddim_of_own_noise_differs"] == 0


# The bound, for networks whose answer is known


class Known(PixelDiffusion):
    """A model that guesses x_0 by a function, without a network. Its noise is what this guess leaves."""

    def __init__(self, guess, **sizes):
        super().__init__(shape=(2, 2), width=1, **sizes)
        self.guess, self.fitted = guess, True

    def estimate_noise(self, x, t):
        signal = np.broadcast_to(self.signal[t], len(x)).reshape(-1, 1, 1, 1)
        return (x - np.sqrt(signal) * self.guess) / np.sqrt(1 - signal)


def pictures_of(levels):
    return np.reshape(levels, (-1, 2, 2, 1)) / 8 - 1


def divergence_from_noise(model, x0):
    """KL of one pixel at time T by quadrature."""
    mean, deviation = np.sqrt(model.signal[-1]) * x0, np.sqrt(1 - model.signal[-1])

    def integrand(x):
        return norm.pdf(x, mean, deviation) * (norm.logpdf(x, mean, deviation) - norm.logpdf(x))

    return quad(integrand, -12, 12)[0]


@pytest.mark.parametrize("passes", [None, 4])
def test_the_bound_of_a_model_that_knows_the_picture(passes):
    x0 = pictures_of(LEVELS)
    model = Known(x0, steps=9)
    last = log_probability_of_bin(LEVELS, x0.reshape(3, 4), np.sqrt(1 - model.signal[1]), 17).sum(axis=1)
    expected = last - [sum(divergence_from_noise(model, x) for x in row) for row in x0.reshape(3, 4)]
    found = model.log_likelihood_bound(LEVELS, passes=passes)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert found.dtype == "float64"


def test_the_bound_of_a_model_that_always_guesses_gray_is_a_telescope():
    x0 = pictures_of(LEVELS)
    model = Known(0.0, steps=30)
    ratio = model.signal[[1, -1]] / (1 - model.signal[[1, -1]])
    errors = np.square(x0).sum(axis=(1, 2, 3)) * (ratio[0] - ratio[1]) / 2
    last = log_probability_of_bin(LEVELS, np.zeros((3, 4)), np.sqrt(1 - model.signal[1]), 17).sum(axis=1)
    at_the_end = [sum(divergence_from_noise(model, x) for x in row) for row in x0.reshape(3, 4)]
    np.testing.assert_allclose(model.log_likelihood_bound(LEVELS), last - errors - at_the_end, rtol=1e-7)


def test_drawn_time_steps_give_the_same_mean():
    model = Known(0.0, steps=12)
    levels = np.repeat(LEVELS[:1], 20_000, axis=0)
    drawn = model.log_likelihood_bound(levels, passes=5)
    exact = model.log_likelihood_bound(LEVELS[:1])[0]
    assert abs(drawn.mean() - exact) < 4 * drawn.std() / np.sqrt(len(drawn))
    assert drawn.std() > 1e-3 * abs(exact)


def test_one_step_is_enough_for_a_bound():
    model = Known(pictures_of(LEVELS), steps=1)
    assert np.isfinite(model.log_likelihood_bound(LEVELS)).all()


def test_the_weighted_error_of_the_noise_is_the_error_of_the_features(without_graphs):
    """ε_θ − ε = √ᾱ (f − v) with v = √ᾱ ε − √(1 − ᾱ) x_0. A new network has f = 0, so its loss is the mean of v²."""
    model = PixelDiffusion(shape=(2, 2), steps=10, width=1)
    levels = np.tile(LEVELS, (40, 1))
    history = model.fit(levels, levels, epochs=1, batch_size=120, learning_rate=1e-12)
    (x, t), noise, _ = diffusion.noisy(pictures_of(np.tile(LEVELS, (2000, 1))), np.random.default_rng(0), model.signal)
    x0 = remove_noise(x, t, noise, model.signal)
    left = model.signal[t].reshape(-1, 1, 1, 1)
    expected = np.square(np.sqrt(left) * noise - np.sqrt(1 - left) * x0).mean()
    assert abs(history.history["loss"][0] - expected) < 0.15
    assert abs(history.history["val_loss"][0] - expected) < 0.15


# Sampling and batches


def test_a_model_that_knows_the_picture_draws_it():
    model = Known(pictures_of(LEVELS), steps=400)  # so that the last step hardly scatters
    for passes in (None, 1, 7):
        np.testing.assert_array_equal(model.sample(3, seed=0, passes=passes), LEVELS)


def test_many_pictures_are_the_same_as_few_at_a_time(monkeypatch):
    model = PixelDiffusion(shape=(2, 2), steps=4, width=4)
    model.fit(LEVELS, epochs=2, learning_rate=1e-2)
    x = np.random.default_rng(0).standard_normal((7, 2, 2, 1))
    together = model.estimate_noise(x, 2)
    monkeypatch.setattr(diffusion, "AT_ONCE", 3)
    np.testing.assert_allclose(model.estimate_noise(x, np.full(7, 2)), together, atol=1e-6)
    noise = np.random.default_rng(5).standard_normal((7, 2, 2, 1))
    first = sample_ddim(model.estimate_noise, noise, model.signal, 2, limit=1.0)
    expected = np.rint((np.clip(first, -1, 1) + 1) * 8).reshape(7, 4)
    np.testing.assert_array_equal(model.sample(7, seed=5, passes=2), expected)


def test_batches_are_noisy_pictures_with_their_noise_whatever_their_order():
    x0, signal = pictures_of(np.tile(LEVELS, (4, 1))), PixelDiffusion(shape=(2, 2), width=1).signal
    batches = NoisyPictures(x0, 5, np.random.default_rng(0), signal)
    (x, t), noise, weights = batches[1]
    assert (x.shape, t.shape, noise.shape) == ((5, 2, 2, 1), (5,), (5, 2, 2, 1))
    assert (x.dtype, t.dtype, noise.dtype) == ("float32", "int32", "float32")
    np.testing.assert_allclose(weights[:, 0, 0] * signal[t], 1, rtol=1e-6)
    assert 1 <= t.min() <= t.max() <= 100
    few = t < 90  # where enough of the picture is left
    np.testing.assert_allclose(remove_noise(x, t, noise, signal)[few], x0[batches.order[5:10]][few], atol=1e-4)
    _ = batches[0]
    np.testing.assert_array_equal(batches[1][1], noise)
    batches.on_epoch_end()
    assert (batches[1][1] != noise).all()


def test_bad_input_is_refused():
    fitted = Known(0.0, steps=4)
    for call in (
        lambda: PixelDiffusion(shape=28),
        lambda: PixelDiffusion(shape=(28, 0)),
        lambda: PixelDiffusion(width=2.5),
        lambda: fitted.fit(LEVELS, epochs=0),
        lambda: fitted.fit(LEVELS, learning_rate=0),
        lambda: fitted.sample(3, passes=0),
        lambda: fitted.sample(3, passes=5),
        lambda: fitted.sample(3, passes=2.0),
        lambda: fitted.log_likelihood_bound(LEVELS, passes=1),
        lambda: fitted.log_likelihood_bound(LEVELS, seed=-1),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            call()
