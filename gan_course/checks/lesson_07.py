"""Checks of lesson 07, measuring a GAN: Parzen window, Fréchet distance, four numbers of neighbors, a forger."""

import functools

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from gan_course import data, metrics
from gan_course.checks.exercise import Exercise, Mistake, Unattempted, Wrong, function_exercise

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


def _without_logsumexp(point, samples, sigma):
    with np.errstate(divide="ignore"):
        return np.log(np.exp(_exponents(point, samples, sigma)).mean()) - _norm(len(point), sigma)


def _distance_not_squared(point, samples, sigma):
    exponents = -np.sqrt(((samples - point) ** 2).sum(axis=1)) / (2 * sigma**2)
    return logsumexp(exponents) - np.log(len(samples)) - _norm(len(point), sigma)


def _from_exponents(exponents, point, sigma):
    """The log-density for these exponents."""
    return logsumexp(exponents) - np.log(len(exponents)) - _norm(len(point), sigma)


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
            lambda point, samples, sigma: logsumexp(_exponents(point, samples, sigma)) - _norm(len(point), sigma),
            "You used the sum of the bell curves. Their mean is a density, but their sum is not: subtract log(number "
            "of samples).",
        ),
        Mistake(
            lambda point, samples, sigma: logsumexp(_exponents(point, samples, sigma)) - np.log(len(samples)),
            "Your bell curves have height 1. They are densities only with the factor (2πσ²)^(−d/2), whose log has to "
            "be added.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                logsumexp(_exponents(point, samples, sigma)) - np.log(len(samples)) - _norm(1, sigma)
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
                logsumexp(2 * _exponents(point, samples, sigma)) - np.log(len(samples)) - _norm(len(point), sigma)
            ),
            "A Gaussian is proportional to exp(−distance² / (2σ²)): the 2 is missing.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                logsumexp(_exponents(point, samples, np.sqrt(sigma))) - np.log(len(samples)) - _norm(len(point), sigma)
            ),
            "You divided by 2σ. Divide by 2σ².",
        ),
        Mistake(
            lambda point, samples, sigma: (
                logsumexp(_exponents(point, samples, sigma)) - np.log(len(samples)) - 2 * _norm(len(point), sigma)
            ),
            "The factor is d/2, not d: log(2πσ²) already contains the square.",
        ),
        Mistake(
            lambda point, samples, sigma: (
                logsumexp(_exponents(point, samples, sigma)) - np.log(len(samples)) + _norm(len(point), sigma)
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
                logsumexp(_exponents(point, samples, sigma)) - np.log(len(samples)) - _norm(len(samples), sigma)
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

# ------------------------------------------------------------------- precision, recall, density and coverage


def _four_numbers(real, fake, k):
    from scipy.spatial.distance import cdist

    real_radii = np.sort(cdist(real, real), axis=1)[:, k]  # column 0 is each point itself
    fake_radii = np.sort(cdist(fake, fake), axis=1)[:, k]
    distances = cdist(fake, real)  # a row per generated sample, a column per real one
    in_real = distances <= real_radii
    in_fake = distances <= fake_radii[:, None]
    precision = in_real.any(axis=1).mean()
    recall = in_fake.any(axis=0).mean()
    density = in_real.sum(axis=1).mean() / k
    coverage = in_real.any(axis=0).mean()
    return precision, recall, density, coverage


def _variant_of_four(real, fake, k, **wrong):
    """The four numbers, with one mistake."""
    distance = functools.partial(cdist, metric=wrong.get("metric", "euclidean"))
    column = k - 1 if wrong.get("itself") else k
    real_radii, fake_radii = (np.sort(distance(x, x), axis=1)[:, column] for x in (real, fake))
    if wrong.get("across"):
        real_radii, fake_radii = (np.sort(distance(a, b), axis=1)[:, k - 1] for a, b in ((real, fake), (fake, real)))
    if wrong.get("mean_radius"):
        real_radii, fake_radii = (np.full_like(radii, radii.mean()) for radii in (real_radii, fake_radii))
    gaps = distance(fake, real)
    inside = np.less if wrong.get("strict") else np.less_equal
    in_real, in_fake = inside(gaps, real_radii), inside(gaps, fake_radii[:, None])
    precision = (in_real.all(axis=1) if wrong.get("all") else in_real.any(axis=1)).mean()
    recall = (in_real.any(axis=0) if wrong.get("recall_by_real") else in_fake.any(axis=0)).mean()
    density = in_real.sum(axis=0 if wrong.get("per_ball") else 1).mean() / (1 if wrong.get("undivided") else k)
    coverage = (in_fake.any(axis=0) if wrong.get("coverage_by_fake") else in_real.any(axis=0)).mean()
    if wrong.get("pairs"):
        precision = in_real.mean()
    if wrong.get("coverage_of_fake"):
        coverage = in_real.any(axis=1).mean()
    if wrong.get("clipped"):
        density = min(density, 1)
    numbers = [precision, recall, density, coverage]
    return np.array(numbers)[list(wrong.get("order", (0, 1, 2, 3)))]


def _four_with(**wrong):
    return lambda real, fake, k: _variant_of_four(real, fake, k, **wrong)


_ON_A_GRID = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 0.0], [5.0, 5.0], [0.0, 3.0]])

four_numbers = function_exercise(
    _four_numbers,
    cases=[
        (_RNG.normal(size=(40, 2)), _RNG.normal(0.8, 0.7, (25, 2)), 3),
        (_RNG.normal(size=(20, 3)), _RNG.normal(-1.0, 0.4, (30, 3)), 5),
        (_ON_A_GRID, _ON_A_GRID[::-1] + np.array([0.0, 1.0]), 1),  # samples on the borders of balls
        (_RNG.normal(size=(30, 2)), 0.2 * _RNG.normal(size=(30, 2)), 2),
    ],
    mistakes=[
        Mistake(
            _four_with(itself=True),
            "Your balls are too small: in cdist(real, real) the nearest neighbor of each point is the point itself, at "
            "distance 0. After sorting, the k-th neighbor is in column k.",
        ),
        Mistake(
            _four_with(across=True),
            "Your balls reach to the k-th nearest sample of the *other* set. The radius of a real sample is its "
            "distance to its k-th nearest real neighbor.",
        ),
        Mistake(
            _four_with(mean_radius=True),
            "You gave every ball the mean radius. Each sample has its own: where samples are dense, balls are small.",
        ),
        Mistake(
            _four_with(strict=True),
            "A sample on the border of a ball is inside: use <= instead of <.",
        ),
        Mistake(
            _four_with(all=True),
            "Your precision counts samples that lie in all balls. One ball is enough: any along the real samples.",
        ),
        Mistake(
            _four_with(pairs=True),
            "Your precision is the share of all pairs. First find out for each generated sample whether it is in any "
            "ball, and then take the mean.",
        ),
        Mistake(
            _four_with(recall_by_real=True),
            "Your recall uses the balls of the real samples, and so it equals coverage. Recall asks which real samples "
            "lie in the balls of the generated ones.",
        ),
        Mistake(
            _four_with(coverage_by_fake=True),
            "Your coverage uses the balls of the generated samples, and so it equals recall. Coverage asks which real "
            "balls hold at least one generated sample.",
        ),
        Mistake(
            _four_with(coverage_of_fake=True),
            "Your coverage is a share of the generated samples, and so it equals precision. It is the share of the "
            "*real* samples whose ball is not empty.",
        ),
        Mistake(
            _four_with(undivided=True),
            "Your density is not divided by k. With the division, it is 1 on average for a perfect generator.",
        ),
        Mistake(
            _four_with(per_ball=True),
            "Your density is a mean over real balls. It is a mean over generated samples: in how many balls does each "
            "one lie?",
        ),
        Mistake(
            _four_with(clipped=True),
            "You limited the density to 1. It may be larger, if the generated samples lie where real ones are dense.",
        ),
        Mistake(
            _four_with(order=(1, 0, 2, 3)),
            "You have exchanged precision and recall. Precision is a share of generated samples, recall of real ones.",
        ),
        Mistake(
            _four_with(order=(0, 1, 3, 2)),
            "The last two are in the wrong order: first density, then coverage.",
        ),
        Mistake(
            _four_with(metric="cityblock"),
            "You added the distances along the axes. Use Euclidean distances, as cdist does without more arguments.",
        ),
        Mistake(
            lambda real, fake, k: _variant_of_four(fake, real, k),
            "You have exchanged the two sets: the balls of precision, density and coverage belong to real samples.",
        ),
    ],
    right="Now you have seen that three of the four need only one comparison, distances <= radii of the real samples.",
    hint="distances = cdist(fake, real) has a row per generated sample and a column per real one. Compare it with the "
    "real radii, column by column: any along axis 1 gives precision, any along axis 0 coverage, the sum along axis 1 "
    "density. Recall compares it with the generated radii, row by row.",
)

# --------------------------------------------------------------------------------------- fool them: the forger

FRECHET_BELOW, RECALL_ABOVE, FAR = 3.5, 0.8, 1.5


def _forge(images, judge):
    weights = judge.weights[0]  # all that the judge takes from a picture is 64 sums of its 784 pixels
    wanted = images[:1000].reshape(1000, -1) @ weights
    back = np.linalg.pinv(weights)
    made = np.random.default_rng(0).uniform(-1, 1, (1000, 784))
    for _ in range(30):  # noise, moved to where its 64 sums are those of a real picture, and cut to [−1, 1]
        made = np.clip(made + (wanted - made @ weights) @ back, -1, 1)
    return made.reshape(1000, 28, 28, 1)


@functools.cache
def _court():
    """The training pictures, the unseen ones, the judge of the lesson, and how far a new digit is from a known one."""
    everything, _ = data.load("mnist_5k")
    images, unseen = everything[:3000], everything[3000:]
    judge = metrics.feature_classifier(*data.load("mnist_5k", split="test"))
    return images, unseen, judge, np.median(_copy_distances(unseen, images))


_NEAR = (
    "One in ten of your pictures, or more, is too near to a training picture: nearer than 1.5 times the typical "
    "distance of honest new digits. Copies are not allowed here, also if they are moved or have a little noise."
)
_RECALL = (
    "Recall is not above 0.8: seen through the judge, your pictures are not as varied as the data. The balls are in "
    "the space of the features, so look at judge.features of your pictures."
)
_FRECHET = (
    "Your recall is fine, but the Fréchet distance is not below 3.5. Compare the mean and the spread of your features "
    "with those of the training pictures: all your pictures count, not only the good half."
)
_RANGE = "Expected pixels from −1 to 1. Received: values outside of this range, or NaN. Cut them off with np.clip."


def _shape_message(shape):
    return f"Expected 1,000 pictures, an array of shape (1000, 28, 28, 1). Received: an array of shape {shape}."


def _diagnose_forger(answer):
    images, unseen, judge, typical = _court()
    made = answer(images.copy(), judge)
    if made is ...:
        raise Unattempted
    made = np.asarray(made, float)
    if made.shape != (1000, 28, 28, 1):
        raise Wrong(_shape_message(made.shape))
    if not (np.abs(made) <= 1 + 1e-6).all():
        raise Wrong(_RANGE)
    if np.quantile(_copy_distances(made, images), 0.1) < FAR * typical:
        raise Wrong(_NEAR)
    real, fake = judge.features(unseen), judge.features(made)
    if not metrics.precision_recall(real, fake).recall > RECALL_ABOVE:
        raise Wrong(_RECALL)
    if not metrics.frechet_distance(real, fake) < FRECHET_BELOW:
        raise Wrong(_FRECHET)


def _copy_distances(pictures, images):
    """Distances of the pictures to the nearest training picture."""
    return metrics.nearest_neighbors(pictures.reshape(-1, 784), images.reshape(-1, 784)).distances[:, 0]


def _noise(images, judge):
    return np.random.default_rng(1).uniform(-1, 1, (1000, 28, 28, 1))


def _half_forged(images, judge):
    return np.concatenate([_forge(images, judge)[:500], _noise(images, judge)[:500]])


forge = Exercise(
    _diagnose_forger,
    right="By the Fréchet distance and by recall, your generator beats the DCGAN. Now look at its pictures.",
    hint="The judge sees a picture only through judge.weights[0], a matrix of 784 × 64: 64 weighted sums of pixels. "
    "There are 720 directions in which a picture can change while all 64 sums stay the same. np.linalg.pinv gives the "
    "smallest change of a picture that changes the sums in a wanted way.",
    solution=_forge,
    mistakes=[
        Mistake(lambda images, judge: images[:1000], _NEAR),
        Mistake(lambda images, judge: np.roll(images[:1000], (1, 1), axis=(1, 2)), _NEAR),
        Mistake(lambda images, judge: images[:1000].mean(axis=0, keepdims=True).repeat(1000, axis=0), _NEAR),
        Mistake(_noise, _RECALL),
        Mistake(lambda images, judge: -images[:1000], _RECALL),
        Mistake(_half_forged, _FRECHET),
        Mistake(lambda images, judge: images[:100], _shape_message((100, 28, 28, 1))),
        Mistake(lambda images, judge: 3 * _noise(images, judge), _RANGE),
    ],
)
