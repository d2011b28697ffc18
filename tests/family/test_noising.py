"""The arithmetic of diffusion: noising step by step, Bayes' rule on a grid, Gaussian data whose denoiser is known."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from gan_course.family import noising

THREE_PARTS = r"Expected.+Received: .+\. \w"
MEAN, DEVIATION = 0.6, 0.3


# Schedules


def test_schedules_by_hand():
    linear = noising.linear_schedule(1000)
    product = math.exp(math.fsum(math.log1p(-(1e-4 + (0.02 - 1e-4) * s / 999)) for s in range(1000)))
    assert linear[0] == 1
    assert abs(linear[1] - (1 - 1e-4)) < 1e-12
    assert abs(linear[-1] / product - 1) < 1e-9
    cosine = noising.cosine_schedule(4)
    angle = [math.pi / 2 * (t / 4 + 0.008) / 1.008 for t in range(5)]
    np.testing.assert_allclose(cosine[:4], [(math.cos(a) / math.cos(angle[0])) ** 2 for a in angle[:4]], rtol=1e-9)
    assert abs(cosine[4] / cosine[3] - 1e-3) < 1e-9  # β is clipped at 0.999


@pytest.mark.parametrize("schedule", [noising.cosine_schedule, noising.linear_schedule])
@pytest.mark.parametrize("steps", [20, 1000])
def test_schedules_fall_from_one_to_almost_nothing(schedule, steps):
    signal = schedule(steps)
    assert signal.shape == (steps + 1,)
    assert signal[0] == 1
    assert (np.diff(signal) < 0).all()
    assert 0 < signal[-1] < 2e-3


@pytest.mark.parametrize("schedule", [noising.cosine_schedule, noising.linear_schedule])
def test_bad_steps_are_refused(schedule):
    for bad in (0, 2.5, "10"):
        with pytest.raises(ValueError, match=rf"Invalid steps\. {THREE_PARTS}"):
            schedule(bad)


# Adding noise


def test_the_jump_has_mean_and_variance_of_the_single_steps():
    count, t, signal = 40_000, 12, noising.cosine_schedule(20)
    rng = np.random.default_rng(0)
    step_by_step = np.full(count, 0.8)
    for s in range(1, t + 1):
        kept = signal[s] / signal[s - 1]
        step_by_step = np.sqrt(kept) * step_by_step + np.sqrt(1 - kept) * rng.standard_normal(count)
    jumped = noising.add_noise(np.full(count, 0.8), t, rng.standard_normal(count), signal)
    variance = 1 - signal[t]
    for x in (step_by_step, jumped):
        assert abs(x.mean() - 0.8 * np.sqrt(signal[t])) < 4 * np.sqrt(variance / count)
        assert abs(x.var() / variance - 1) < 4 * np.sqrt(2 / count)


def test_each_picture_has_its_own_time():
    signal, pictures = noising.cosine_schedule(10), np.ones((3, 2, 2, 1))
    noisy = noising.add_noise(pictures, np.array([0, 5, 10]), np.zeros_like(pictures), signal)
    np.testing.assert_allclose(noisy[:, 0, 0, 0], np.sqrt(signal[[0, 5, 10]]))


def test_noise_that_is_known_can_be_taken_away():
    signal, rng = noising.cosine_schedule(10), np.random.default_rng(0)
    pictures, t = rng.uniform(-1, 1, (8, 3, 3, 1)), np.arange(1, 9)
    noise = rng.standard_normal(pictures.shape)
    x = noising.add_noise(pictures, t, noise, signal)
    np.testing.assert_allclose(noising.remove_noise(x, t, noise, signal), pictures)
    assert np.abs(noising.remove_noise(x, t, -noise, signal, limit=1.0)).max() == 1


def test_the_posterior_is_bayes_rule_on_a_grid():
    signal, t, x0, x = noising.cosine_schedule(10), 4, 0.4, -0.3
    grid = np.linspace(-6, 6, 200_001)
    kept = signal[t] / signal[t - 1]
    prior = norm.pdf(grid, np.sqrt(signal[t - 1]) * x0, np.sqrt(1 - signal[t - 1]))
    weights = prior * norm.pdf(x, np.sqrt(kept) * grid, np.sqrt(1 - kept))
    weights /= weights.sum()
    mean, variance = noising.posterior(np.array([x0]), np.array([x]), t, signal)
    expected = (weights * grid).sum()
    assert abs(mean[0] - expected) < 1e-6
    assert abs(variance - (weights * (grid - expected) ** 2).sum()) < 1e-6
    mean, variance = noising.posterior(np.array([x0]), np.array([x]), 1, signal)
    np.testing.assert_allclose([mean[0], variance], [x0, 0], atol=1e-12)


def test_an_error_costs_the_divergence_of_two_posteriors():
    signal, x0, guess = noising.cosine_schedule(10), np.array([0.4]), np.array([-0.1])
    weights = noising.bound_weights(signal)
    assert weights.shape == signal.shape
    for t in (2, 6, 10):
        (mean, variance), (guessed, _) = (noising.posterior(a, np.array([0.7]), t, signal) for a in (x0, guess))
        np.testing.assert_allclose((x0 - guess) ** 2 * weights[t], (mean - guessed) ** 2 / (2 * variance), rtol=1e-9)


# Taking noise away: normal data, for which the mean noise given x_t has a closed form


def best_estimate(signal):
    """The mean of the noise in x_t, where x_0 has a normal distribution with `MEAN` and `DEVIATION`."""

    def estimate(x, t):
        variance = signal[t] * DEVIATION**2 + 1 - signal[t]
        return np.sqrt(1 - signal[t]) * (x - np.sqrt(signal[t]) * MEAN) / variance

    return estimate


def test_ddpm_draws_from_the_data_where_the_network_is_perfect():
    signal, rng, count = noising.cosine_schedule(500), np.random.default_rng(0), 20_000
    drawn = noising.sample_ddpm(best_estimate(signal), rng.standard_normal(count), signal, rng)
    assert abs(drawn.mean() - MEAN) < 4 * DEVIATION / np.sqrt(count)
    assert abs(drawn.std() / DEVIATION - 1) < 4 / np.sqrt(2 * count) + 0.01  # and 1 % for steps that are finite


def test_ddim_moves_each_noise_to_where_the_exact_flow_moves_it():
    signal, noise = noising.cosine_schedule(2000), np.random.default_rng(0).standard_normal(20_000)
    drawn = noising.sample_ddim(best_estimate(signal), noise, signal, passes=2000)
    last = np.sqrt(signal[-1] * DEVIATION**2 + 1 - signal[-1])
    np.testing.assert_allclose(drawn, MEAN + DEVIATION * (noise - np.sqrt(signal[-1]) * MEAN) / last, atol=5e-3)
    few = noising.sample_ddim(best_estimate(signal), noise, signal, passes=20)
    assert abs(few.mean() - MEAN) < 0.02
    assert abs(few.std() / DEVIATION - 1) < 0.15  # long steps make the samples a little too alike


def test_ddim_with_every_time_and_ddpm_call_the_network_at_every_time():
    signal, called = noising.cosine_schedule(5), []

    def estimate(x, t):
        called.append(t)
        return x

    noising.sample_ddim(estimate, np.ones(2), signal, 5)
    noising.sample_ddpm(estimate, np.ones(2), signal, np.random.default_rng(0))
    assert called == [5, 4, 3, 2, 1] * 2


def test_times_of_few_passes():
    assert noising.ddim_times(100, 4) == [100, 75, 50, 25]
    assert noising.ddim_times(100, 1) == [100]
    assert noising.ddim_times(7, 3) == [7, 5, 3]
    for passes in range(1, 21):
        times = noising.ddim_times(20, passes)
        assert len(set(times)) == passes
        assert times == sorted(times, reverse=True)
        assert times[-1] >= 1


# The decoder


def test_bins_are_differences_of_the_normal_distribution():
    levels, mean = np.arange(5), np.full(5, 0.3)
    edges = norm.cdf([-0.75, -0.25, 0.25, 0.75], 0.3, 0.4)
    expected = np.diff([0, *edges, 1])
    np.testing.assert_allclose(np.exp(noising.log_probability_of_bin(levels, mean, 0.4, 5)), expected, rtol=1e-10)


@pytest.mark.parametrize("count", [1, 2, 17, 256])
def test_bins_fill_the_line_and_far_ones_keep_their_digits(count):
    levels = np.arange(count)
    found = noising.log_probability_of_bin(levels, np.full(count, 0.97), 0.02, count)
    assert abs(np.exp(found).sum() - 1) < 1e-12
    assert np.isfinite(found).all()
    mirrored = noising.log_probability_of_bin(levels, np.full(count, -0.97), 0.02, count)
    np.testing.assert_allclose(found, mirrored[::-1], rtol=1e-9, atol=1e-12)
