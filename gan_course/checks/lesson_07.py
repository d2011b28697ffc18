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
    """The log-density, where the exponents have come out right."""
    return _log_sum(exponents) - np.log(len(exponents)) - _norm(len(point), sigma)


def _with_constant(size):
    return lambda point, samples, sigma: (
        np.log(np.exp(_exponents(point, samples, sigma)).mean() + size) - _norm(len(point), sigma)
    )


_CONSTANT = (
    "The small constant in the logarithm keeps it finite, and makes all far points equally likely: with 1e-12 nothing "
    "falls below −28. Take the largest exponent out before exp, and add it again after log."
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
            "Nearly: near the samples this is right. Far away every exp is 0, and the log of 0 is −∞. Take the largest "
            "exponent out before exp, and add it again after log.",
        ),
        Mistake(
            lambda point, samples, sigma: _log_sum(_exponents(point, samples, sigma)) - _norm(len(point), sigma),
            "You added the bells up. Their mean is a density; their sum is not: take log(number of samples) away.",
        ),
        Mistake(
            lambda point, samples, sigma: _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)),
            "The bells have height 1. To be densities they need the factor (2πσ²)^(−d/2), as a log.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)) - _norm(1, sigma)
            ),
            "Your factor is that of a bell on the line. In d dimensions it is (2πσ²)^(−d/2).",
        ),
        Mistake(
            lambda point, samples, sigma: _exponents(point, samples, sigma).mean() - _norm(len(point), sigma),
            "That is the mean of the logs. The density is the mean of the bells; take its log afterwards.",
        ),
        Mistake(
            lambda point, samples, sigma: _exponents(point, samples, sigma).max() - _norm(len(point), sigma),
            "You took the nearest sample alone. Every sample has a bell: take the mean of all of them.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(2 * _exponents(point, samples, sigma)) - np.log(len(samples)) - _norm(len(point), sigma)
            ),
            "A Gaussian has exp(−distance² / (2σ²)): the 2 is missing.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, np.sqrt(sigma))) - np.log(len(samples)) - _norm(len(point), sigma)
            ),
            "You divided by 2σ. It is 2σ².",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)) - 2 * _norm(len(point), sigma)
            ),
            "d/2, not d: log(2πσ²) has the square already.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                _log_sum(_exponents(point, samples, sigma)) - np.log(len(samples)) + _norm(len(point), sigma)
            ),
            "The factor is (2πσ²)^(−d/2), so its log is taken away, not added.",
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
            "You added the differences up before you squared them, so that they cancel. Square first, then sum.",
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
            "You took the largest exponent out and never put it back: add it after the log.",
        ),
    ],
    right="You can now compute the number by which the first GAN was compared.",
    hint="exponents = −distance² / (2σ²). Log of a mean of exps: top + log(mean(exp(exponents − top))), "
    "where top is the largest exponent. Then take d/2 · log(2πσ²) away.",
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
            "That is its root. The Fréchet distance of the FID is left squared.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + (std_a**2 - std_b**2) ** 2,
            "You squared the difference of the variances. Take the standard deviations.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + std_a**2 + std_b**2,
            "This is not 0 for two equal Gaussians: the part −2 (σ_a² σ_b²)^½ is missing.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (
                (mean_a - mean_b) ** 2 + std_a**2 + std_b**2 - 2 * (std_a * std_b) ** 2
            ),
            "The root is missing: (σ_a² σ_b²)^½ = σ_a σ_b.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2,
            "You compared the means alone. A generator with the right mean and no spread would score 0.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: abs(mean_a - mean_b) + (std_a - std_b) ** 2,
            "The means' difference is squared, too.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + std_a + std_b - 2 * np.sqrt(std_a * std_b),
            "You put the standard deviations where the formula has the variances.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (
                np.log(std_b / std_a) + (std_a**2 + (mean_a - mean_b) ** 2) / (2 * std_b**2) - 0.5
            ),
            "That is the KL divergence of the two Gaussians, which is another distance, and not symmetric.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + abs(std_a - std_b),
            "The difference of the deviations is squared, too.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: abs(mean_a - mean_b) + abs(std_a - std_b),
            "You added absolute differences. Both are squared, as in a squared distance of two points.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (
                (mean_a - mean_b) ** 2 + std_a**2 + std_b**2 - 2 * np.sqrt(std_a * std_b)
            ),
            "Under the root stand the variances: (σ_a² σ_b²)^½, and you have (σ_a σ_b)^½.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (mean_a - mean_b) ** 2 + std_a**2 + std_b**2 - (std_a * std_b) ** 2,
            "** comes before /, so (…) ** 1 / 2 is half of it and no root. Write ** 0.5, or np.sqrt.",
        ),
        Mistake(
            lambda mean_a, std_a, mean_b, std_b: (std_a - std_b) ** 2,
            "You compared the deviations alone. Two Gaussians of one width may lie far apart.",
        ),
    ],
    right="A Gaussian is a point with coordinates μ and σ, and this is the squared distance of two such points.",
    hint="In one dimension Σ is the variance: σ_a² + σ_b² − 2 (σ_a² σ_b²)^½ is a square. Of what?",
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
            "You asked for samples in all balls (all). One ball is enough (any).",
        ),
        Mistake(
            lambda distances, radii: np.mean(distances <= radii),
            "That is the share of all pairs. First ask for each sample whether it is in any ball.",
        ),
        Mistake(
            lambda distances, radii: np.mean(np.any(distances <= radii, axis=0)),
            "That is the share of balls that hold a sample. Precision counts samples: any along axis 1.",
        ),
        Mistake(
            _in_the_nearest_ball,
            "You looked at the nearest real sample alone. A farther one with a larger ball may hold the sample, too.",
        ),
        Mistake(
            lambda distances, radii: np.sum(np.any(distances <= radii, axis=1)),
            "That is how many samples lie in a ball. Precision is their share.",
        ),
        Mistake(
            lambda distances, radii: np.mean(distances.min(axis=1) <= radii.max()),
            "You gave every ball the largest radius. Each has its own.",
        ),
        Mistake(
            lambda distances, radii: np.mean(np.all(distances > radii, axis=1)),
            "That is the share of samples outside all balls. Precision counts those inside.",
        ),
        Mistake(
            lambda distances, radii: np.mean(distances.min(axis=1) <= radii.mean()),
            "You gave every ball the mean radius. Each has its own: distances <= radii compares column by column.",
        ),
        Mistake(
            lambda distances, radii: float(np.any(distances <= radii)),
            "any without an axis answers once for the whole batch. Ask for each sample: axis 1.",
        ),
        Mistake(
            lambda distances, radii: np.mean(np.sum(distances <= radii, axis=1)),
            "That is in how many balls a sample lies, on average. In three balls or in one: it counts once.",
        ),
        Mistake(
            lambda distances, radii: np.sum(np.any(distances <= radii, axis=1)) / len(radii),
            "You divided by the number of real samples. Precision is a share of the generated ones.",
        ),
        Mistake(
            lambda distances, radii: np.any(distances <= radii, axis=1),
            "That says of each sample whether it is in a ball. Which share of them is?",
        ),
        Mistake(
            lambda distances, radii: np.mean(np.any(distances >= radii, axis=1)),
            "You looked for balls that do *not* hold the sample. Inside means distance <= radius.",
        ),
    ],
    right="Swap the two sets, and the same function gives recall.",
    hint="distances <= radii compares each column with its own radius. Then: any along axis 1, and the mean.",
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
        Mistake(_reach_of_one, "Your reach is one standard deviation. High quality reaches to three."),
        Mistake(
            _bad_samples_capture,
            "You let bad samples capture modes. A mode counts when it is nearest to a sample of high quality.",
        ),
        Mistake(_share_of_modes, "You returned the share of modes. Return how many there are."),
        Mistake(_count_of_samples, "You returned how many samples are of high quality. Return their share."),
        Mistake(_squares_against_distance, "You compared squared distances with 3·std. Take the root first."),
        Mistake(_in_a_box, "You compared coordinate by coordinate, which makes a box. Three deviations make a circle."),
        Mistake(
            lambda samples, centers, std: _coverage(samples, centers, std)[::-1],
            "Both numbers are right, in the wrong order: first the modes, then the share.",
        ),
        Mistake(
            _manhattan,
            "You added the distances along x and y. The straight way is a root of squares, np.linalg.norm.",
        ),
        Mistake(_three_variances, "Your reach is 3·std²: std is the deviation already, no square."),
        Mistake(
            _one_mode_a_sample,
            "You counted good samples as modes. Two on one center have captured one mode: count different ones.",
        ),
        Mistake(_modes_missed, "You returned how many modes are missing. Return how many were captured."),
        Mistake(_share_of_bad, "That is the share of samples that are off. Return the share of high quality."),
    ],
    right="Two numbers: one sees modes that are missing, the other sees samples that are off.",
    hint="np.linalg.norm(samples[:, None] - centers, axis=2) has all distances. Their smallest along axis 1 says "
    "whether a sample is good, argmin says whose it is; count the different ones among the good.",
)
