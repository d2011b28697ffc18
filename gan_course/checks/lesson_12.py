"""Checks of lesson 12, codes, noise and games: a code, the lower bound, noise, a step of DDIM, the best answer."""

import numpy as np
from scipy.special import softmax

from gan_course.checks.exercise import Mistake, Wrong, function_exercise

_RNG = np.random.default_rng(12)

# ---------------------------------------------------------------------------------------------- drawing a code


def _draw_code(mean, log_variance, noise):
    return mean + np.exp(log_variance / 2) * noise


draw_code = function_exercise(
    _draw_code,
    cases=[
        (np.array([[0.5, -1.0]]), np.array([[0.0, 0.6]]), np.array([[1.0, -2.0]])),
        (_RNG.normal(size=(3, 4)), _RNG.normal(size=(3, 4)), _RNG.normal(size=(3, 4))),
    ],
    mistakes=[
        Mistake(
            lambda mean, log_variance, noise: mean + np.exp(log_variance) * noise,
            "exp(log_variance) is the variance σ². The noise is multiplied by σ, its square root.",
        ),
        Mistake(
            lambda mean, log_variance, noise: mean + log_variance * noise,
            "You multiplied the noise by the logarithm of the variance. Take the exponential function of half of it.",
        ),
        Mistake(
            lambda mean, log_variance, noise: mean + np.exp(log_variance) / 2 * noise,
            "You took half of the variance. Take half of the *logarithm*: exp(log_variance / 2).",
        ),
        Mistake(
            lambda mean, log_variance, noise: mean + np.exp(-log_variance / 2) * noise,
            "You divided by σ. That brings a code back to standard noise. Here the noise becomes a code: multiply.",
        ),
        Mistake(
            lambda mean, log_variance, noise: np.exp(log_variance / 2) * noise,
            "The mean is missing, so all pictures have codes around 0.",
        ),
        Mistake(
            lambda mean, log_variance, noise: mean + noise,
            "The standard deviation is missing: every code gets noise of the same size.",
        ),
        Mistake(
            lambda mean, log_variance, noise: mean + np.exp(log_variance / 2),
            "The noise is missing: this is always the same point, one standard deviation above the mean.",
        ),
        Mistake(
            lambda mean, log_variance, noise: mean,
            "That is the mean itself. A code is drawn: add σ · noise.",
        ),
        Mistake(
            lambda mean, log_variance, noise: (mean + noise) * np.exp(log_variance / 2),
            "You scaled the mean, too. Scale the noise alone, then add the mean.",
        ),
        Mistake(
            lambda mean, log_variance, noise: (noise - mean) * np.exp(-log_variance / 2),
            "That is the way back, from a code to the noise. You need μ + σ · noise.",
        ),
        Mistake(
            lambda mean, log_variance, noise: mean - np.exp(log_variance / 2) * noise,
            "You subtracted the noise. That would be a draw, too, but the trick is written μ + σ · noise.",
        ),
        Mistake(
            lambda mean, log_variance, noise: _draw_code(mean, log_variance, noise).mean(axis=0),
            "You also took the mean over the pictures. Return one code per picture.",
        ),
    ],
    right="All chance is in the noise now, and the gradient can pass to mean and log_variance.",
    hint="The standard deviation is σ = exp(log_variance / 2).",
)


# ------------------------------------------------------------------------------------------ evidence lower bound


def _kl(mean, log_variance):
    return (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1) / 2


def _bound(explained, mean, log_variance):
    price = (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1) / 2
    return explained.mean(axis=0) - price


def _with_price(price):
    """A bound with a wrong KL term."""
    return lambda explained, mean, log_variance: explained.mean(axis=0) - price(mean, log_variance)


bound = function_exercise(
    _bound,
    cases=[
        (
            np.array([[-40.0, -55.0], [-42.0, -53.0], [-41.0, -51.0]]),
            np.array([[0.0, 1.0], [2.0, -0.5]]),
            np.array([[0.0, 0.5], [-1.0, 0.3]]),
        ),
        (_RNG.normal(-60, 5, size=(2, 3)), _RNG.normal(size=(3, 4)), _RNG.normal(size=(3, 4))),
    ],
    mistakes=[
        Mistake(
            lambda explained, mean, log_variance: explained.mean(axis=0),
            "The price of the code is missing: subtract the KL divergence.",
        ),
        Mistake(
            lambda explained, mean, log_variance: explained.mean(axis=0) + _kl(mean, log_variance),
            "You added the price of the code. The bound subtracts it.",
        ),
        Mistake(
            lambda explained, mean, log_variance: _kl(mean, log_variance) - explained.mean(axis=0),
            "That is the loss of the training, minus the bound. Return the bound, a negative number.",
        ),
        Mistake(
            lambda explained, mean, log_variance: explained.sum(axis=0) - _kl(mean, log_variance),
            "You took the sum over the drawn codes. Take their mean.",
        ),
        Mistake(
            lambda explained, mean, log_variance: explained[0] - _kl(mean, log_variance),
            "You used only the first drawn code. Take the mean over all of them, axis 0.",
        ),
        Mistake(
            lambda explained, mean, log_variance: explained.max(axis=0) - _kl(mean, log_variance),
            "You took the best of the drawn codes. Take their mean: with the maximum, it is no lower bound any more.",
        ),
        Mistake(
            lambda explained, mean, log_variance: np.log(np.exp(explained).mean(axis=0)) - _kl(mean, log_variance),
            "You took the log of a mean of probabilities. This bound has the mean of the logs.",
        ),
        Mistake(
            lambda explained, mean, log_variance: (explained.mean(axis=0) - _kl(mean, log_variance)).mean(),
            "You also took the mean over the pictures, as a loss does. Return one number per picture.",
        ),
        Mistake(
            _with_price(lambda mean, log_variance: 2 * _kl(mean, log_variance)),
            "The ½ in front of the KL divergence is missing.",
        ),
        Mistake(
            _with_price(lambda mean, log_variance: (np.exp(log_variance) + mean**2 - log_variance).sum(axis=1) / 2),
            "The −1 is missing: for the standard normal distribution the divergence is 0.",
        ),
        Mistake(
            _with_price(lambda mean, log_variance: (log_variance + mean**2 - 1 - np.exp(log_variance)).sum(axis=1) / 2),
            "You have exchanged variance and log-variance: the variance is exp(log_variance).",
        ),
        Mistake(
            _with_price(
                lambda mean, log_variance: (np.exp(2 * log_variance) + mean**2 - 1 - 2 * log_variance).sum(axis=1) / 2
            ),
            "You used log_variance as the log of the standard deviation. σ² = exp(log_variance).",
        ),
        Mistake(
            _with_price(lambda mean, log_variance: (np.exp(log_variance) + mean - 1 - log_variance).sum(axis=1) / 2),
            "The mean μ has to be squared.",
        ),
        Mistake(
            _with_price(
                lambda mean, log_variance: (np.exp(log_variance) + mean**2 - 1 - log_variance).mean(axis=1) / 2
            ),
            "You took the mean over the coordinates of the code. Take the sum: the coordinates are independent.",
        ),
        Mistake(
            _with_price(lambda mean, log_variance: _kl(mean, log_variance).sum()),
            "Your KL divergence is one number for the whole batch. Sum over the coordinates only, axis 1.",
        ),
        Mistake(
            _with_price(
                lambda mean, log_variance: (np.exp(-log_variance) * (1 + mean**2) - 1 + log_variance).sum(axis=1) / 2
            ),
            "That is KL(p ‖ q), with the arguments exchanged. The bound has KL(q ‖ p).",
        ),
        Mistake(
            _with_price(
                lambda mean, log_variance: (np.exp(log_variance / 2) + mean**2 - 1 - log_variance).sum(axis=1) / 2
            ),
            "exp(log_variance / 2) is σ. The formula has σ².",
        ),
        Mistake(
            _with_price(lambda mean, log_variance: (np.exp(log_variance) + mean**2 - 1 + log_variance).sum(axis=1) / 2),
            "The log-variance is subtracted: a narrow code, which tells more about the picture, costs more.",
        ),
        Mistake(
            _with_price(lambda mean, log_variance: (np.exp(log_variance) - 1 - log_variance).sum(axis=1) / 2),
            "The means are missing in the KL divergence: a code far from 0 costs more, too.",
        ),
        Mistake(
            _with_price(
                lambda mean, log_variance: ((np.exp(log_variance) + mean**2 - log_variance).sum(axis=1) - 1) / 2
            ),
            "The −1 belongs to each coordinate: write it inside the sum.",
        ),
        Mistake(
            _with_price(lambda mean, log_variance: _kl(mean, log_variance) / np.log(2)),
            "Your KL divergence is in bits. The bound is in nats, with the natural logarithm.",
        ),
    ],
    right="The training of a VAE raises the mean of this number over its pictures.",
    hint="Take explained.mean(axis=0). For each coordinate of the code compute variance + mean² − 1 − log variance. "
    "Sum over the coordinates, divide by 2, and subtract the result.",
)


# ------------------------------------------------------------------------------------------------- adding noise


def _noised(pictures, times, noise, signal):
    left = signal[times][:, None]
    return np.sqrt(left) * pictures + np.sqrt(1 - left) * noise


_SIGNAL = np.cumprod([1.0, 0.98, 0.95, 0.9, 0.8, 0.6, 0.4])


def _noising_case(size):
    times = _RNG.integers(1, len(_SIGNAL), size)
    times[:2] = 1, len(_SIGNAL) - 1
    return _RNG.normal(size=(size, size)), times, _RNG.normal(size=(size, size)), _SIGNAL


noised = function_exercise(
    _noised,
    cases=[_noising_case(2), _noising_case(5)],
    mistakes=[
        Mistake(
            lambda pictures, times, noise, signal: (
                signal[times][:, None] * pictures + (1 - signal[times][:, None]) * noise
            ),
            "The square roots are missing. ᾱ is a share of the *variance*, and a picture is multiplied by √ᾱ.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: _noised(noise, times, pictures, signal),
            "You have exchanged picture and noise. At a late time ᾱ is near 0, and nearly all has to be noise.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: (
                np.sqrt(signal[times][:, None]) * pictures + (1 - np.sqrt(signal[times][:, None])) * noise
            ),
            "The share of the noise is √(1 − ᾱ), not 1 − √ᾱ: variances add up to 1, standard deviations do not.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: np.sqrt(signal[times][:, None]) * pictures + noise,
            "The noise has to be multiplied, too, by √(1 − ᾱ). Yours is equally strong at all times.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: pictures + np.sqrt(1 - signal[times][:, None]) * noise,
            "The picture stays at full strength. Multiply it by √ᾱ, or the variance grows above 1.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: _noised(pictures, times - 1, noise, signal),
            "You took ᾱ one time too early. signal[0] is 1 and belongs to time 0, the picture without noise: "
            "signal[times].",
        ),
        Mistake(
            lambda pictures, times, noise, signal: (
                np.sqrt(signal[times]) * pictures + np.sqrt(1 - signal[times]) * noise
            ),
            "Your ᾱ goes along the pixels: each column gets a time. Each *row* has its own: signal[times][:, None].",
        ),
        Mistake(
            lambda pictures, times, noise, signal: _noised(pictures, np.full_like(times, times[0]), noise, signal),
            "You used the first time for all pictures. Each picture has its own.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: (
                np.sqrt((signal[times] / signal[times - 1])[:, None]) * pictures
                + np.sqrt(1 - (signal[times] / signal[times - 1])[:, None]) * noise
            ),
            "That is the last step only, with α_t = ᾱ_t / ᾱ_{t−1}. Jump over all steps at once, with ᾱ_t.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: (
                np.sqrt(signal[times][:, None]) * pictures - np.sqrt(1 - signal[times][:, None]) * noise
            ),
            "You subtracted the noise. The network would then learn to see it with the wrong sign.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: np.sqrt(signal[times][:, None]) * pictures,
            "The noise is missing.",
        ),
        Mistake(
            lambda pictures, times, noise, signal: _noised(pictures, times, noise, np.sqrt(signal)),
            "You took the square root of ᾱ twice. The shares are √ᾱ and √(1 − ᾱ).",
        ),
    ],
    right="One line makes a training example for any time, without the steps in between.",
    hint="left = signal[times][:, None] gives each row its ᾱ. The picture is multiplied by √left, the noise by "
    "√(1 − left).",
)

# ---------------------------------------------------------------------------------------------- a step of DDIM


def _ddim_step(x, noise, t, earlier, signal):
    picture = (x - np.sqrt(1 - signal[t]) * noise) / np.sqrt(signal[t])
    return np.sqrt(signal[earlier]) * picture + np.sqrt(1 - signal[earlier]) * noise


def _step_from(picture):
    """A wrong step: `picture` makes the estimate of the picture from x, noise and ᾱ_t."""

    def answer(x, noise, t, earlier, signal):
        guess = picture(x, noise, signal[t])
        return np.sqrt(signal[earlier]) * guess + np.sqrt(1 - signal[earlier]) * noise

    return answer


def _step_to(finish):
    """A wrong step: `finish` makes the answer from the right estimate of the picture, x, noise, ᾱ_t and ᾱ_earlier."""

    def answer(x, noise, t, earlier, signal):
        picture = (x - np.sqrt(1 - signal[t]) * noise) / np.sqrt(signal[t])
        return finish(picture, x, noise, signal[t], signal[earlier])

    return answer


def _posterior_mean(picture, x, noise, now, before):
    beta = 1 - now / before
    return (np.sqrt(before) * beta * picture + np.sqrt(now / before) * (1 - before) * x) / (1 - now)


ddim_step = function_exercise(
    _ddim_step,
    cases=[
        (_RNG.normal(size=(2, 3)), _RNG.normal(size=(2, 3)), 6, 3, _SIGNAL),
        (_RNG.normal(size=(4, 2)), _RNG.normal(size=(4, 2)), 5, 4, _SIGNAL),
        (_RNG.normal(size=(2, 2)), _RNG.normal(size=(2, 2)), 3, 1, _SIGNAL),
    ],
    mistakes=[
        Mistake(
            _step_to(lambda picture, x, noise, now, before: picture),
            "That is the estimate of the picture. It is only a guess: add noise to it again, as much as belongs to the "
            "earlier time.",
        ),
        Mistake(
            _step_to(lambda picture, x, noise, now, before: np.sqrt(before) * picture),
            "The noise of the earlier time is missing: add √(1 − ᾱ_earlier) · noise.",
        ),
        Mistake(
            _step_to(lambda picture, x, noise, now, before: np.sqrt(now) * picture + np.sqrt(1 - now) * noise),
            "You went back to time t, so you have x again. Use ᾱ of the earlier time in the second line.",
        ),
        Mistake(
            _step_to(lambda picture, x, noise, now, before: np.sqrt(before) * picture + np.sqrt(1 - before) * x),
            "You added x as if it were the noise. Use the network's estimate.",
        ),
        Mistake(
            _step_to(lambda picture, x, noise, now, before: before * picture + (1 - before) * noise),
            "In the second line the square roots are missing.",
        ),
        Mistake(
            _step_to(lambda picture, x, noise, now, before: picture + np.sqrt(1 - before) * noise),
            "In the second line the picture stays at full strength. Multiply it by √ᾱ_earlier.",
        ),
        Mistake(
            _step_to(lambda picture, x, noise, now, before: np.sqrt(before) * picture + (1 - np.sqrt(before)) * noise),
            "The share of the noise is √(1 − ᾱ), not 1 − √ᾱ.",
        ),
        Mistake(
            _step_to(_posterior_mean),
            "That is the mean of a step of DDPM, to which fresh noise is added. DDIM keeps the noise that the network "
            "sees.",
        ),
        Mistake(
            _step_from(lambda x, noise, left: x - np.sqrt(1 - left) * noise),
            "You took the noise away, but did not divide by √ᾱ_t: the picture is too pale.",
        ),
        Mistake(
            _step_from(lambda x, noise, left: (x - np.sqrt(1 - left) * noise) / left),
            "Divide by √ᾱ_t, and not by ᾱ_t.",
        ),
        Mistake(
            _step_from(lambda x, noise, left: (x - (1 - left) * noise) / np.sqrt(left)),
            "The noise in x has the share √(1 − ᾱ_t). In your first line its square root is missing.",
        ),
        Mistake(
            _step_from(lambda x, noise, left: (x - noise) / np.sqrt(left)),
            "You took away all of the noise at full strength. Its share in x is √(1 − ᾱ_t).",
        ),
        Mistake(
            _step_from(lambda x, noise, left: (x + np.sqrt(1 - left) * noise) / np.sqrt(left)),
            "You added the noise in the first line. Take it away.",
        ),
        Mistake(
            _step_from(lambda x, noise, left: x),
            "You took x for the picture. First estimate the picture: take the noise out of x.",
        ),
        Mistake(
            lambda x, noise, t, earlier, signal: _ddim_step(x, noise, earlier, t, signal),
            "You have exchanged t and earlier: x is at time t, and the result belongs to the earlier time.",
        ),
        Mistake(
            lambda x, noise, t, earlier, signal: x - (np.sqrt(1 - signal[t]) - np.sqrt(1 - signal[earlier])) * noise,
            "You took away some noise and left the rest as it was. The picture inside x has to become stronger, too: "
            "estimate it first.",
        ),
        Mistake(
            lambda x, noise, t, earlier, signal: _ddim_step(x, noise, t, earlier - 1, signal),
            "You went one time too far. signal[earlier] is ᾱ of the earlier time: signal[0] belongs to the picture.",
        ),
        Mistake(
            lambda x, noise, t, earlier, signal: _ddim_step(x, noise, t, t - 1, signal),
            "You went back by one time only. The point of DDIM is to jump as far as `earlier`.",
        ),
    ],
    right="This is the whole step. Nothing in it is random, so the noise at the start determines the picture.",
    hint="Solve x = √ᾱ_t · picture + √(1 − ᾱ_t) · noise for the picture. Then write the same formula for the earlier "
    "time, with this picture and the same noise.",
)

# ---------------------------------------------------------------------------------------- the best answer of all


def _best_noise(x, pictures, left):
    squares = np.array([((one - np.sqrt(left) * pictures) ** 2).sum(axis=1) for one in x])
    logs = -squares / (2 * (1 - left))
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))  # softmax, together with the next line
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    guess = probabilities @ pictures
    return (x - np.sqrt(left) * guess) / np.sqrt(1 - left)


def _squares(x, pictures, share):
    """Squared distance of each x from each picture times `share`, (n, m)."""
    return ((x[:, None] - share * pictures) ** 2).sum(axis=2)


def _weighted_by(probabilities):
    """A wrong answer: `probabilities` makes the weights from x, the pictures and ᾱ. The rest is right."""

    def answer(x, pictures, left):
        guess = probabilities(x, pictures, left) @ pictures
        return (x - np.sqrt(left) * guess) / np.sqrt(1 - left)

    return answer


def _ended_by(finish):
    """A wrong answer: `finish` makes the result from x, the right estimate of the picture, and ᾱ."""

    def answer(x, pictures, left):
        guess = (x - np.sqrt(1 - left) * _best_noise(x, pictures, left)) / np.sqrt(left)
        return finish(x, guess, left)

    return answer


def _log_density(x, pictures, left):
    return -_squares(x, pictures, np.sqrt(left)) / (2 * (1 - left))


def _best_noise_case(samples, count, pixels, left):
    pictures = _RNG.uniform(-1, 1, size=(count, pixels))
    return pictures[:samples] * np.sqrt(left) + _RNG.normal(size=(samples, pixels)) * np.sqrt(1 - left), pictures, left


def _large_pictures(answer):
    """Refuse an answer whose densities become 0, as they do for pictures of 784 pixels."""
    x, pictures = np.full((1, 784), 3.0), np.stack([np.full(784, -0.5), np.full(784, 0.5)])
    expected = _best_noise(x, pictures, 0.5)
    with np.errstate(all="ignore"):
        received = np.array(answer(x, pictures, 0.5), float)
    if not np.allclose(received, expected):
        raise Wrong(
            "This is right for a few pixels. With 784 pixels all densities become 0 in the computer, and 0 / 0 is no "
            "number. Give the logarithms to softmax, or subtract the largest of them before you take exp."
        )


best_noise = function_exercise(
    _best_noise,
    cases=[
        _best_noise_case(2, 4, 3, 0.6),
        _best_noise_case(3, 3, 3, 0.3),
        _best_noise_case(2, 5, 4, 0.8),
    ],
    mistakes=[
        Mistake(
            _ended_by(lambda x, guess, left: guess),
            "That is the estimate of the picture, the second step. Now solve the formula of the jump for the noise.",
        ),
        Mistake(
            _ended_by(lambda x, guess, left: x - np.sqrt(left) * guess),
            "In the third step the division by √(1 − ᾱ) is missing: the noise in x is weaker than the noise itself.",
        ),
        Mistake(
            _ended_by(lambda x, guess, left: (x - np.sqrt(left) * guess) / (1 - left)),
            "In the third step, divide by √(1 − ᾱ), and not by 1 − ᾱ.",
        ),
        Mistake(
            _ended_by(lambda x, guess, left: (x - left * guess) / np.sqrt(1 - left)),
            "In the third step the picture has the share √ᾱ, and not ᾱ.",
        ),
        Mistake(
            _ended_by(lambda x, guess, left: (x - guess) / np.sqrt(1 - left)),
            "In the third step you took the picture away at full strength. Its share in x is √ᾱ.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: softmax(-_squares(x, pictures, 1) / (2 * (1 - left)), axis=1)),
            "You compared x with the training pictures at full strength. In x they have the share √ᾱ.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: softmax(-_squares(x, pictures, left) / (2 * (1 - left)), axis=1)),
            "In the first step the mean of x is √ᾱ times the picture. Yours is ᾱ times the picture.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: softmax(2 * _log_density(x, pictures, left), axis=1)),
            "The 2 in the exponent of the normal density is missing: −squared distance / (2 · variance).",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: softmax(_log_density(x, pictures, left) * (1 - left), axis=1)),
            "The variance 1 − ᾱ is missing in the exponent. With little noise, only the nearest pictures are likely.",
        ),
        Mistake(
            _weighted_by(
                lambda x, pictures, left: softmax(_log_density(x, pictures, left) * np.sqrt(1 - left), axis=1)
            ),
            "You divided by the standard deviation √(1 − ᾱ). The exponent has the variance, 1 − ᾱ.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: softmax(_log_density(x, pictures, left) / x.shape[1], axis=1)),
            "You took the mean of the squares over the pixels. Take their sum: the pixels have independent noise, so "
            "their densities are multiplied.",
        ),
        Mistake(
            _weighted_by(
                lambda x, pictures, left: softmax(
                    -np.sqrt(_squares(x, pictures, np.sqrt(left))) / (2 * (1 - left)), axis=1
                )
            ),
            "You used the distance. The exponent of a normal density has the *squared* distance.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: softmax(-_log_density(x, pictures, left), axis=1)),
            "The sign is wrong: your most probable picture is the one that is farthest away.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: softmax(_log_density(x, pictures, left), axis=0)),
            "Your probabilities add up to 1 over the noisy pictures. For each noisy picture, those of all training "
            "pictures have to add up to 1: axis 1.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: softmax(_log_density(x, pictures, left))),
            "Your softmax goes over the whole table. Give it axis=1, so that each noisy picture has its own "
            "probabilities.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: np.exp(_log_density(x, pictures, left))),
            "Your probabilities do not add up to 1. Divide them by their sum, or use softmax.",
        ),
        Mistake(
            _weighted_by(
                lambda x, pictures, left: np.eye(len(pictures))[_log_density(x, pictures, left).argmax(axis=1)]
            ),
            "You took the most probable picture alone. The best answer to a squared error is the mean of all of them, "
            "with their probabilities as weights.",
        ),
        Mistake(
            _weighted_by(lambda x, pictures, left: np.full((len(x), len(pictures)), 1 / len(pictures))),
            "You took the plain mean of all training pictures. That is right before one sees x. Now weigh them with "
            "their probabilities, given x.",
        ),
        Mistake(
            lambda x, pictures, left: _best_noise(x, pictures, 1 - left),
            "You have exchanged ᾱ and 1 − ᾱ. `left` is the share of the picture.",
        ),
    ],
    right="No network can have a smaller loss on these pictures. What does it draw?",
    hint="The log-density of x for the picture number i is −‖x − √ᾱ · picture‖² / (2 · (1 − ᾱ)), with the sum over the "
    "pixels, and a constant that is the same for all pictures. softmax(…, axis=1) of this table of shape (n, m) gives "
    "the probabilities, and probabilities @ pictures is the estimate of the picture.",
    test_last=_large_pictures,
)
