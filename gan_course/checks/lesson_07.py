"""Checks of lesson 07, measuring a GAN: Parzen window, Fréchet distance, precision, modes on the ring."""

import numpy as np

from gan_course.checks.exercise import Mistake, function_exercise

_RNG = np.random.default_rng(7)

# ------------------------------------------------------------------------------------------------- Parzen window


def _log_parzen(point, samples, sigma):
    exponents = -((samples - point) ** 2).sum(axis=1) / (2 * sigma**2)
    top = exponents.max()
    log_mean = top + np.log(np.exp(exponents - top).mean())
    return log_mean - len(point) / 2 * np.log(2 * np.pi * sigma**2)


def _exponents(point, samples, sigma):
    return -((samples - point) ** 2).sum(axis=1) / (2 * sigma**2)


def _norm(size, sigma):
    return size / 2 * np.log(2 * np.pi * sigma**2)


def _log_sum(exponents):
    return exponents.max() + np.log(np.exp(exponents - exponents.max()).sum())


def _without_logsumexp(point, samples, sigma):
    with np.errstate(divide="ignore"):
        return np.log(np.exp(_exponents(point, samples, sigma)).mean()) - _norm(len(point), sigma)


def _distance_not_squared(point, samples, sigma):
    exponents = -np.sqrt(((samples - point) ** 2).sum(axis=1)) / (2 * sigma**2)
    return _log_sum(exponents) - np.log(len(samples)) - _norm(len(point), sigma)


def _from_exponents(exponents, point, sigma):
    """The log-density for these exponents."""
    return _log_sum(exponents) - np.log(len(exponents)) - _norm(len(point), sigma)


def _with_constant(size):
    return lambda point, samples, sigma: (
        np.log(np.exp(_exponents(point, samples, sigma)).mean() + size) - _norm(len(point), sigma)
    )


_CONSTANT = (
    "The small constant in the logarithm keeps it finite, but it makes all far points equally likely: with 1e-12 the "
    "logarithm is never below −28. Subtract the largest exponent before exp, and add it again after log."
)

log_parzen = function_exercise(
    _log_parzen,
    cases=[
        (np.array([0.4, 0.1]), _RNG.normal(size=(5, 2)), 0.5),
        (np.array([0.0, 1.0, -1.0]), _RNG.normal(size=(4, 3)), 1.3),
        (np.full(6, 0.2), _RNG.uniform(0, 1, (7, 6)), 0.2),
        (np.full(4, 30.0), _RNG.normal(size=(3, 4)), 0.5),
    ],
    mistakes=[
        Mistake(
            _without_logsumexp,
            "Almost right: near the samples this is correct. Far away every exp is 0, and the log of 0 is −∞. "
            "Subtract the largest exponent before exp, and add it again after log.",
        ),
        Mistake(
            lambda point, samples, sigma: _log_sum(_exponents(point, samples, sigma)) - _norm(len(point), sigma),
            "You used the sum of the bell curves. Their mean is a density, but their sum is not: subtract log(number "
            "of samples).",
        ),
        Mistake(
            lambda point, samples, sigma: _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)),
            "Your bell curves have height 1. They are densities only with the factor (2πσ²)^(−d/2), whose log has to "
            "be added.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)) - _norm(1, sigma)
            ),
            "Your factor is right in one dimension. In d dimensions it is (2πσ²)^(−d/2).",
        ),
        Mistake(
            lambda point, samples, sigma: _exponents(point, samples, sigma).mean() - _norm(len(point), sigma),
            "That is the mean of the logs. The density is the mean of the bell curves: take the log of this mean.",
        ),
        Mistake(
            lambda point, samples, sigma: _exponents(point, samples, sigma).max() - _norm(len(point), sigma),
            "You used only the nearest sample. Every sample has a bell curve: take the mean of all of them.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(2 * _exponents(point, samples, sigma)) - np.log(len(samples)) - _norm(len(point), sigma)
            ),
            "A Gaussian is proportional to exp(−distance² / (2σ²)): the 2 is missing.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, np.sqrt(sigma))) - np.log(len(samples)) - _norm(len(point), sigma)
            ),
            "You divided by 2σ. Divide by 2σ².",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)) - 2 * _norm(len(point), sigma)
            ),
            "The factor is d/2, not d: log(2πσ²) already contains the square.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)) + _norm(len(point), sigma)
            ),
            "The factor is (2πσ²)^(−d/2), so d/2 · log(2πσ²) is subtracted, not added.",
        ),
        Mistake(_distance_not_squared, "A Gaussian has the squared distance in its exponent."),
        *(Mistake(_with_constant(size), _CONSTANT) for size in (1e-8, 1e-12, 1e-300)),
        Mistake(
            lambda point, samples, sigma: np.exp(_log_parzen(point, samples, sigma)),
            "That is the density. Return its log: in 784 dimensions the density itself is 0 or infinite as a float.",
        ),
        Mistake(
            lambda point, samples, sigma: _from_exponents(
                -(((samples - point).sum(axis=1)) ** 2) / (2 * sigma**2), point, sigma
            ),
            "You added the differences before you squared them, so that they cancel. Square first, and then add.",
        ),
        Mistake(
            lambda point, samples, sigma: _from_exponents(
                -((samples - point) ** 2).sum(axis=0) / (2 * sigma**2), point, sigma
            ),
            "You summed over the samples. The distance to each sample is a sum over the coordinates: axis 1.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)) - _norm(len(samples), sigma)
            ),
            "The d of (2πσ²)^(−d/2) is the number of coordinates, len(point), not that of the samples.",
        ),
        Mistake(
            lambda point, samples, sigma: _log_parzen(point, samples, sigma) - _exponents(point, samples, sigma).max(),
            "You subtracted the largest exponent, but you did not add it again: add it after the log.",
        ),
    ],
    right="You can now compute the number that the first GAN paper used to compare its models.",
    hint="exponents = −distance² / (2σ²). The log of a mean of exps is top + log(mean(exp(exponents − top))), where "
    "top is the largest exponent. Then subtract d/2 · log(2πσ²).",
)

# ---------------------------------------------------------------------------------------------- Fréchet distance


def _frechet_1d(mean_a, std_a, mean_b, std_b):
    return (mean_a - mean_b) ** 2 + (std_a - std_b) ** 2


frechet_1d = function_exercise(
    _frechet_1d,
    cases=[(0.0, 1.0, 3.0, 2.0), (1.5, 0.4, -0.5, 2.9), (2.0, 0.7, 2.0, 0.2), (-1.0, 3.0, 0.5, 3.0)],
    mistakes=[
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: np.hypot(mean_a - mean_b, std_a - std_b),
            "That is the square root of the right value. The Fréchet distance in the FID stays squared.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + (std_a**2 - std_b**2) ** 2,
            "You squared the difference of the variances. Use the standard deviations.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + std_a**2 + std_b**2,
            "This is not 0 for two equal Gaussians: the part −2 (σ_a² σ_b²)^½ is missing.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (
                (mean_a - mean_b) ** 2 + std_a**2 + std_b**2 - 2 * (std_a * std_b) ** 2
            ),
            "The square root is missing: (σ_a² σ_b²)^½ = σ_a σ_b.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2,
            "You compared only the means. A generator with the right mean and no spread would get 0.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: abs(mean_a - mean_b) + (std_a - std_b) ** 2,
            "The difference of the means is squared, too.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + std_a + std_b - 2 * np.sqrt(std_a * std_b),
            "You used standard deviations where the formula has variances.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (
                np.log(std_b / std_a) + (std_a**2 + (mean_a - mean_b) ** 2) / (2 * std_b**2) - 0.5
            ),
            "That is the KL divergence of the two Gaussians, which is another distance, and not symmetric.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + abs(std_a - std_b),
            "The difference of the standard deviations is squared, too.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: abs(mean_a - mean_b) + abs(std_a - std_b),
            "You added absolute differences. Both are squared, as in a squared distance of two points.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (
                (mean_a - mean_b) ** 2 + std_a**2 + std_b**2 - 2 * np.sqrt(std_a * std_b)
            ),
            "The square root is taken of the product of the variances: (σ_a² σ_b²)^½. You have (σ_a σ_b)^½.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + std_a**2 + std_b**2 - (std_a * std_b) ** 2,
            "** is computed before /, so (…) ** 1 / 2 is half of the product, and not its square root. Write ** 0.5, "
            "or np.sqrt.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (std_a - std_b) ** 2,
            "You compared only the standard deviations. Two Gaussians of the same width may be far apart.",
        ),
    ],
    right="A Gaussian is a point with coordinates μ and σ, and this is the squared distance of two such points.",
    hint="In one dimension Σ is the variance. σ_a² + σ_b² − 2 (σ_a² σ_b²)^½ is the square of a simple expression: "
    "which one?",
)

# ----------------------------------------------------------------------------------------------------- precision


def _precision(distances, radii):
    return np.mean(np.any(distances <= radii, axis=1))


def _in_the_nearest_ball(distances, radii):
    nearest = distances.argmin(axis=1)
    return np.mean(distances.min(axis=1) <= radii[nearest])


precision = function_exercise(
    _precision,
    cases=[
        (
            np.array([[1.0, 2.0, 4.0], [3.0, 1.5, 5.0], [0.4, 3.0, 3.0], [2.0, 2.0, 2.5], [6.0, 6.0, 6.0]]),
            np.array([0.5, 1.0, 4.5]),
        ),
        (np.array([[0.3, 0.9], [1.2, 1.6], [2.0, 0.7]]), np.array([0.2, 1.0])),
        (np.array([[0.5, 2.0, 3.0], [1.5, 0.6, 2.0], [2.5, 2.0, 0.7]]), np.array([0.1, 0.3, 1.0])),
        (np.array([[0.1, 0.2], [3.0, 3.0], [0.4, 2.0]]), np.array([0.5, 0.6])),
    ],
    mistakes=[
        Mistake(
            lambda distances, radii: np.mean(np.all(distances <= radii, axis=1)),
            "You counted samples that are in all balls (np.all). One ball is enough (np.any).",
        ),
        Mistake(
            lambda distances, radii: np.mean(distances <= radii),
            "That is the fraction of all pairs. First find out for each sample whether it is in any ball.",
        ),
        Mistake(
            lambda distances, radii: np.mean(np.any(distances <= radii, axis=0)),
            "That is the fraction of balls that contain a sample. Precision counts samples: np.any along axis 1.",
        ),
        Mistake(
            _in_the_nearest_ball,
            "You used only the ball of the nearest real sample. A real sample farther away with a larger ball may "
            "contain the sample, too.",
        ),
        Mistake(
            lambda distances, radii: np.sum(np.any(distances <= radii, axis=1)),
            "That is the number of samples that lie in a ball. Precision is their fraction.",
        ),
        Mistake(
            lambda distances, radii: np.mean(distances.min(axis=1) <= radii.max()),
            "You gave every ball the largest radius. Each has its own.",
        ),
        Mistake(
            lambda distances, radii: np.mean(np.all(distances > radii, axis=1)),
            "That is the fraction of samples outside all balls. Precision counts those inside.",
        ),
        Mistake(
            lambda distances, radii: np.mean(distances.min(axis=1) <= radii.mean()),
            "You gave every ball the mean radius. Each has its own: distances <= radii compares column by column.",
        ),
        Mistake(
            lambda distances, radii: float(np.any(distances <= radii)),
            "np.any without an axis gives one answer for the whole batch. Use axis 1 for one answer per sample.",
        ),
        Mistake(
            lambda distances, radii: np.mean(np.sum(distances <= radii, axis=1)),
            "That is the mean number of balls that contain a sample. A sample counts once, whether it is in one ball "
            "or in three.",
        ),
        Mistake(
            lambda distances, radii: np.sum(np.any(distances <= radii, axis=1)) / len(radii),
            "You divided by the number of real samples. Precision is a fraction of the generated samples.",
        ),
        Mistake(
            lambda distances, radii: np.any(distances <= radii, axis=1),
            "That tells for each sample whether it is in a ball. Return the fraction of samples that are.",
        ),
        Mistake(
            lambda distances, radii: np.mean(np.any(distances >= radii, axis=1)),
            "You looked for balls that do *not* contain the sample. A sample is inside where distance <= radius.",
        ),
    ],
    right="If you exchange the two sets, the same function gives recall.",
    hint="distances <= radii compares each column with its own radius. Then take np.any along axis 1, and the mean.",
)

# ------------------------------------------------------------------------------------------------------ coverage


def _coverage(samples, centers, std):
    distances = np.linalg.norm(samples[:, None] - centers, axis=2)
    near = distances.min(axis=1) <= 3 * std
    nearest = distances.argmin(axis=1)
    return len(np.unique(nearest[near])), np.mean(near)


def _to_centers(samples, centers):
    return np.linalg.norm(samples[:, None] - centers, axis=2)


def _reach_of_one(samples, centers, std):
    distances = _to_centers(samples, centers)
    near = distances.min(axis=1) <= std
    return len(np.unique(distances.argmin(axis=1)[near])), np.mean(near)


def _bad_samples_capture(samples, centers, std):
    distances = _to_centers(samples, centers)
    return len(np.unique(distances.argmin(axis=1))), np.mean(distances.min(axis=1) <= 3 * std)


def _share_of_modes(samples, centers, std):
    modes, high_quality = _coverage(samples, centers, std)
    return modes / len(centers), high_quality


def _count_of_samples(samples, centers, std):
    modes, high_quality = _coverage(samples, centers, std)
    return modes, high_quality * len(samples)


def _squares_against_distance(samples, centers, std):
    squares = _to_centers(samples, centers) ** 2
    near = squares.min(axis=1) <= 3 * std
    return len(np.unique(squares.argmin(axis=1)[near])), np.mean(near)


def _in_a_box(samples, centers, std):
    gaps = np.abs(samples[:, None] - centers).max(axis=2)
    near = gaps.min(axis=1) <= 3 * std
    return len(np.unique(gaps.argmin(axis=1)[near])), np.mean(near)


def _manhattan(samples, centers, std):
    distances = np.abs(samples[:, None] - centers).sum(axis=2)
    near = distances.min(axis=1) <= 3 * std
    return len(np.unique(distances.argmin(axis=1)[near])), np.mean(near)


def _three_variances(samples, centers, std):
    return _coverage(samples, centers, std**2)


def _one_mode_a_sample(samples, centers, std):
    _, high_quality = _coverage(samples, centers, std)
    return round(high_quality * len(samples)), high_quality


def _modes_missed(samples, centers, std):
    modes, high_quality = _coverage(samples, centers, std)
    return len(centers) - modes, high_quality


def _share_of_bad(samples, centers, std):
    modes, high_quality = _coverage(samples, centers, std)
    return modes, 1 - high_quality


_CENTERS = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
_SAMPLES = np.array(
    [[0.05, 0.0], [0.2, 0.2], [0.25, 0.0], [1.9, 0.1], [2.0, 0.5], [0.1, 1.7], [0.25, 0.25], [1.2, 1.1]]
)

coverage = function_exercise(
    _coverage,
    cases=[
        (_SAMPLES, _CENTERS, 0.1),
        (_SAMPLES[:4], _CENTERS[:3], 0.07),
        (2 * _SAMPLES - 0.1, 2 * _CENTERS, 0.15),
        (_SAMPLES[-1:], _CENTERS, 0.1),
    ],
    mistakes=[
        Mistake(
            _reach_of_one, "You accept samples within one standard deviation. A sample is of high quality within three."
        ),
        Mistake(
            _bad_samples_capture,
            "You let bad samples capture modes. A mode counts if it is the nearest one to a sample of high quality.",
        ),
        Mistake(_share_of_modes, "You returned the fraction of modes. Return their number."),
        Mistake(_count_of_samples, "You returned the number of samples of high quality. Return their fraction."),
        Mistake(_squares_against_distance, "You compared squared distances with 3·std. Take the square root first."),
        Mistake(
            _in_a_box,
            "You compared each coordinate separately, which makes a box. Three standard deviations of "
            "distance make a circle.",
        ),
        Mistake(
            lambda samples, centers, std: _coverage(samples, centers, std)[::-1],
            "Both numbers are right, but in the wrong order: first the number of modes, then the fraction.",
        ),
        Mistake(
            _manhattan,
            "You added the distances along x and y. The Euclidean distance is a square root of squares: "
            "np.linalg.norm.",
        ),
        Mistake(
            _three_variances,
            "You accept samples within 3·std². std is already the standard deviation: do not square it.",
        ),
        Mistake(
            _one_mode_a_sample,
            "You counted good samples as modes. Two samples at one center have captured one mode only: count "
            "different modes.",
        ),
        Mistake(_modes_missed, "You returned the number of missing modes. Return the number of captured modes."),
        Mistake(_share_of_bad, "That is the fraction of bad samples. Return the fraction of samples of high quality."),
    ],
    right="One number shows whether modes are missing, and the other shows how many samples lie far from every mode.",
    hint="np.linalg.norm(samples[:, None] - centers, axis=2) gives all distances. The smallest along axis 1 tells "
    "whether a sample is good, and argmin tells which center is its nearest. Count the different centers of the good "
    "samples.",
)
