"""The arithmetic of diffusion in NumPy: schedules, noising in closed form, steps back by DDPM and DDIM, the decoder.

Time t counts from 0, the picture, to `steps`, almost pure noise. A schedule is the array of all ᾱ_t, `(steps + 1,)`,
with ᾱ_0 = 1: the share of the picture's variance that is left at time t. The functions below take it as `signal`.

Nothing here depends on the shape of a picture, so points, rows of pixels and images all fit.
"""

import numpy as np

from gan_course.arguments import require_count

LEAST_ALPHA = 1e-3
"""The least share of the signal that one step of `cosine_schedule` keeps, as in the paper: β_t ≤ 0.999."""


def cosine_schedule(steps, offset=0.008):
    """Compute ᾱ_t = f(t) / f(0) with f(t) = cos²(π/2 · (t / steps + offset) / (1 + offset)).

    Args:
        steps: number of time steps T.
        offset: keeps the first steps from being too small. Defaults to 0.008, as in the paper.

    Returns:
        Array `(steps + 1,)`, from 1 down to nearly 0. No step multiplies it by less than 10⁻³.

    Raises:
        ValueError: for steps that are not an integer of at least 1.

    Reference: Nichol and Dhariwal 2021, equation 17.
    """
    require_count(100, steps=steps)
    f = np.cos(np.pi / 2 * (np.arange(steps + 1) / steps + offset) / (1 + offset)) ** 2
    return np.cumprod([1.0, *np.maximum(f[1:] / f[:-1], LEAST_ALPHA)])


def linear_schedule(steps):
    """Compute ᾱ_t = Π (1 − β_s) over s = 1, …, t, with β that rise evenly.

    Args:
        steps: number of time steps T. With 1,000 steps β rises from 10⁻⁴ to 0.02, as in the paper. With fewer steps
            each is larger in proportion, but not above 0.999.

    Returns:
        Array `(steps + 1,)`, from 1 down to nearly 0.

    Raises:
        ValueError: for steps that are not an integer of at least 1.

    Reference: Ho et al. 2020, section 4.
    """
    require_count(100, steps=steps)
    betas = np.linspace(1e-4, 0.02, steps) * 1000 / steps
    return np.cumprod([1.0, *(1 - np.minimum(betas, 1 - LEAST_ALPHA))])


def add_noise(x0, t, noise, signal):
    """Jump from time 0 to time t: x_t = √ᾱ_t · x_0 + √(1 − ᾱ_t) · noise.

    Args:
        x0: pictures or points `(batch, ...)`.
        t: time of each of them, integers `(batch,)` from 0 to T, or one integer for all.
        noise: standard normal numbers, in the shape of `x0`.
        signal: the schedule, `(T + 1,)`.

    Returns:
        Array in the shape of `x0`.

    Reference: Ho et al. 2020, equation 4.
    """
    left = at_time(signal, t, x0)
    return np.sqrt(left) * x0 + np.sqrt(1 - left) * noise


def remove_noise(x, t, noise, signal, limit=None):
    """Estimate x_0 by solving the equation of `add_noise` for it: (x_t − √(1 − ᾱ_t) · noise) / √ᾱ_t.

    Args:
        x: noisy pictures or points `(batch, ...)`.
        t: their time, integers `(batch,)` from 1 to T, or one integer for all.
        noise: the noise in them, as a network estimates it, in the shape of `x`.
        signal: the schedule, `(T + 1,)`.
        limit: the estimates are clipped to [−limit, limit], where all true x_0 are. Defaults to None: not clipped.

    Returns:
        Array in the shape of `x`.

    Reference: Ho et al. 2020, the line before equation 15.
    """
    left = at_time(signal, t, x)
    x0 = (x - np.sqrt(1 - left) * noise) / np.sqrt(left)
    return x0 if limit is None else np.clip(x0, -limit, limit)


def posterior(x0, x, t, signal):
    """Mean and variance of x_{t−1}, given x_t and x_0.

    Args:
        x0: pictures or points at time 0, `(batch, ...)`.
        x: the same ones at time t.
        t: the time, integers `(batch,)` from 1 to T, or one integer for all.
        signal: the schedule, `(T + 1,)`.

    Returns:
        The mean, in the shape of `x`, and the variance, which can be broadcast to it. At t = 1 they are x_0 and 0.

    Reference: Ho et al. 2020, equations 6 and 7.
    """
    now, before = at_time(signal, t, x), at_time(signal, np.asarray(t) - 1, x)
    beta = 1 - now / before
    mean = (np.sqrt(before) * beta * x0 + np.sqrt(now / before) * (1 - before) * x) / (1 - now)
    return mean, beta * (1 - before) / (1 - now)


def sample_ddpm(estimate_noise, x, signal, rng, limit=None):
    """Go back from noise at time T to x_1, one step after the other, with fresh noise in each.

    The step from x_t draws x_{t−1} from the posterior in which an estimate stands for x_0.

    Args:
        estimate_noise: function of `x`, `(batch, ...)`, and one integer t. It returns the noise in x at time t. It is
            called T times: for all t down to 1.
        x: standard normal noise `(batch, ...)`.
        signal: the schedule, `(T + 1,)`.
        rng: `numpy.random.Generator` of the fresh noise.
        limit: as in `remove_noise`. Defaults to None.

    Returns:
        The estimate of x_0 from x_1, in the shape of `x`.

    Reference: Ho et al. 2020, algorithm 2 and equation 11, with σ_t² = β̃_t.
    """
    for t in range(len(signal) - 1, 0, -1):
        x0 = remove_noise(x, t, estimate_noise(x, t), signal, limit)
        mean, variance = posterior(x0, x, t, signal)
        x = mean + np.sqrt(variance) * rng.standard_normal(x.shape)
    return x


def sample_ddim(estimate_noise, x, signal, passes, limit=None):
    """Go back from noise at time T to x_0 in a few long steps without fresh noise.

    Args:
        estimate_noise: function of `x`, `(batch, ...)`, and one integer t. It returns the noise in x at time t. It is
            called once for each of the times of `ddim_times`.
        x: standard normal noise `(batch, ...)`. It alone determines the result.
        signal: the schedule, `(T + 1,)`.
        passes: number of calls, from 1 to T.
        limit: as in `remove_noise`. Defaults to None.

    Returns:
        The estimate of x_0, in the shape of `x`.

    Reference: Song et al. 2021, equation 12 with σ_t = 0.
    """
    times = ddim_times(len(signal) - 1, passes)
    for t, earlier in zip(times, [*times[1:], 0], strict=True):
        x0 = remove_noise(x, t, estimate_noise(x, t), signal, limit)
        noise = (x - np.sqrt(signal[t]) * x0) / np.sqrt(1 - signal[t])  # that fits x0, where it was clipped, too
        x = add_noise(x0, earlier, noise, signal)
    return x


def ddim_times(steps, passes):
    """The times at which DDIM calls the network: `passes` integers from `steps` down, evenly spaced, without 0."""
    return [-(-steps * left // passes) for left in range(passes, 0, -1)]


def bound_weights(signal):
    """Compute what a squared error at time t costs in nats: ½ (SNR_{t−1} − SNR_t), SNR_t = ᾱ_t / (1 − ᾱ_t).

    Times ‖x_0 − x̂_0‖² it is the KL divergence of the two posteriors of x_{t−1} that x_0 and its estimate x̂_0 give.

    Args:
        signal: the schedule, `(T + 1,)`.

    Returns:
        Array `(T + 1,)`, to be read at the times from 2 to T. At 0 and 1 it is NaN: the decoder has their place.

    Reference: Kingma et al. 2021, equations 13 and 14; Ho et al. 2020, equation 8 in these terms, with σ_t² = β̃_t.
    """
    ratio = np.asarray(signal)[1:] / (1 - np.asarray(signal)[1:])
    return np.concatenate([[np.nan, np.nan], (ratio[:-1] - ratio[1:]) / 2])


def log_probability_of_bin(levels, mean, deviation, count):
    """Compute the log-probability that a normal number in [−1, 1] is rounded to a gray level.

    The whole line is cut into one bin for each level, halfway between neighbors. The bins of the first and the last
    level have no outer end, so that the probabilities of all levels sum to 1.

    Args:
        levels: integers from 0 to count − 1, any shape.
        mean: means of the normal distributions, in the same shape; level k stands at 2k / (count − 1) − 1.
        deviation: their standard deviation, a number above 0.
        count: number of gray levels.

    Returns:
        Array in the shape of `levels`, float64, in nats.

    Reference: Ho et al. 2020, equation 13.
    """
    from scipy.special import log_ndtr

    gap = 2 / max(count - 1, 1)
    center = levels * gap - 1 - np.asarray(mean, "float64")
    low = np.where(levels == 0, -np.inf, center - gap / 2) / deviation
    high = np.where(levels == count - 1, np.inf, center + gap / 2) / deviation
    flip = low > 0  # by symmetry; far out on the right all digits would be lost
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    return log_ndtr(high) + np.log1p(-np.exp(log_ndtr(low) - log_ndtr(high)))


def at_time(signal, t, like):
    """ᾱ at time t, one integer or `(batch,)`, in a shape that broadcasts to the array `like`, `(batch, ...)`."""
    left = np.asarray(signal)[np.asarray(t)]
    return left.reshape(-1, *[1] * (np.ndim(like) - 1)) if left.ndim else left
