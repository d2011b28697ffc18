"""Checks of lesson 02, the objective function."""

import numpy as np

from gan_course import theory
from gan_course.checks.exercise import Mistake, function_exercise

# --------------------------------------------------------------------------------------- the value function


def _sigmoid(scores):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-scores))


def _value_function(d_real, d_fake):
    return np.mean(np.log(d_real)) + np.mean(np.log(1 - d_fake))


value_function = function_exercise(
    _value_function,
    cases=[
        (np.array([0.5, 0.5]), np.array([0.5, 0.5])),
        (np.array([0.9, 0.8, 0.95]), np.array([0.1, 0.3])),
        (np.array([0.2, 0.6]), np.array([0.7, 0.4, 0.99])),
    ],
    mistakes=[
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(d_real)) + np.mean(np.log(d_fake)),
            "The second term is log(1 − D(G(z))): D is paid for calling a generated sample not real.",
        ),
        Mistake(
            lambda d_real, d_fake: -np.mean(np.log(d_real)) - np.mean(np.log(1 - d_fake)),
            "The sign is that of a loss. V is what D wants large; a loss is what an optimizer makes small, −V.",
        ),
        Mistake(
            lambda d_real, d_fake: np.sum(np.log(d_real)) + np.sum(np.log(1 - d_fake)),
            "Each expectation is a mean, not a sum; otherwise V grows with the number of samples.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(d_real) + np.mean(1 - d_fake),
            "The logarithms are missing: each term is the mean of a log-probability.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(np.concatenate([d_real, 1 - d_fake]))),
            "One mean over all samples gives about half of V, and mixes both terms where the batches differ in size. "
            "Take a mean for each term and add the two.",
        ),
        Mistake(
            lambda d_real, d_fake: np.log(np.mean(d_real)) + np.log(np.mean(1 - d_fake)),
            "Take the logarithm of each probability first and the mean after: E[log D], not log E[D].",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(1 - d_real)) + np.mean(np.log(d_fake)),
            "Real and generated have changed places: D is paid for a high probability at real samples, log D(x).",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(d_real)) - np.mean(np.log(1 - d_fake)),
            "The two terms are added: D wants both of them large.",
        ),
        Mistake(
            lambda d_real, d_fake: (np.mean(np.log(d_real)) + np.mean(np.log(1 - d_fake))) / 2,
            "That is half of V, as a cross-entropy averaged over both batches would be. V adds the two means.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(d_real)),
            "Half of it is missing: what D says about generated samples counts, too.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log2(d_real)) + np.mean(np.log2(1 - d_fake)),
            "These are bits. Take the natural logarithm, np.log, as the paper does: with it D = ½ makes −log 4.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(_sigmoid(d_real))) + np.mean(np.log(1 - _sigmoid(d_fake))),
            "A sigmoid too many: these are probabilities already.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean([np.log(r) + np.log(1 - f) for r, f in zip(d_real, d_fake, strict=False)]),
            "zip stops at the shorter batch and drops the rest. Nothing pairs a real sample with a generated one: take "
            "a mean over each batch by itself.",
        ),
    ],
    right="Two means of log-probabilities; at D = ½ everywhere they make −log 4.",
    hint="np.mean(np.log(...)) twice: once of what D says about real samples, once of what it denies to fakes.",
)

# --------------------------------------------------------------------------------- the optimal discriminator


def _optimal_discriminator(p_data, p_model):
    return p_data / (p_data + p_model)


optimal_discriminator = function_exercise(
    _optimal_discriminator,
    cases=[
        (np.array([0.3, 0.1, 0.05]), np.array([0.1, 0.1, 0.4])),
        (np.array([1.4, 0.02]), np.array([0.2, 12.5])),
        (np.array([3e-30, 1e-30]), np.array([1e-30, 1e-30])),  # far out, where lesson 01's pictures are
    ],
    mistakes=[
        Mistake(
            lambda p_data, p_model: p_data / p_model,
            "This ratio can exceed one, and D is a probability. Set the derivative of "
            "p_data log D + p_model log(1 − D) to zero and solve for D.",
        ),
        Mistake(
            lambda p_data, p_model: p_model / (p_data + p_model),
            "This is the probability of being generated, 1 − D*. D is high where the data is.",
        ),
        Mistake(
            lambda p_data, p_model: (p_data > p_model).astype(float),
            "A hard decision is not the best D: being certain and wrong costs log 0. Where both densities are "
            "positive, D* hedges.",
        ),
        Mistake(
            lambda p_data, p_model: p_data - p_model,
            "A difference of densities is not a probability. Which share of the samples seen at x are real?",
        ),
        Mistake(
            lambda p_data, p_model: np.log(p_data / p_model),
            "That is the best raw score, the log of the odds. Return the probability: the sigmoid of it, or simpler.",
        ),
        Mistake(
            lambda p_data, p_model: _sigmoid(p_data - p_model),
            "A sigmoid of the difference lies between 0 and 1, but is not the maximum. Solve "
            "p_data / D = p_model / (1 − D) for D.",
        ),
        Mistake(
            lambda p_data, p_model: p_data / ((p_data + p_model) / 2),
            "Twice too large: where both densities are equal D* is ½. Divide by their sum, not by their average.",
        ),
        Mistake(
            lambda p_data, p_model: p_data / p_data.sum(),
            "You divided by the sum over all points x. D answers at each x by itself: compare the two densities there.",
        ),
        Mistake(
            lambda p_data, p_model: p_data / (p_data + p_model + 1e-8),
            "The small constant wins where both densities are smaller than it: D* would fall to 0 far out, however "
            "much likelier the data is there. Leave it out.",
        ),
        Mistake(
            lambda p_data, p_model: p_data / p_data + p_model,
            "/ comes before +, so this is 1 + p_model. The sum below needs brackets.",
        ),
    ],
    right="D* is the share of real samples among all samples seen at x: Bayes' rule of lesson 01 with priors ½, ½.",
    hint="Of all samples that turn up at x, real and generated, which share is real?",
)

# ------------------------------------------------------------------------------ the Jensen–Shannon divergence


def _jensen_shannon(p, q, x):
    m = (p + q) / 2
    return 0.5 * np.trapezoid(p * np.log(p / m), x) + 0.5 * np.trapezoid(q * np.log(q / m), x)


def _forward_kl(p, q, x):
    return np.trapezoid(p * np.log(p / q), x)


_GRID = np.linspace(-12, 12, 2001)

jensen_shannon = function_exercise(
    _jensen_shannon,
    cases=[
        (theory.gaussian(_GRID, -1, 1.2), theory.gaussian(_GRID, 1.5, 0.9), _GRID),
        (theory.gaussian(_GRID, 0, 1.0), theory.gaussian(_GRID, 0, 2.0), _GRID),
        (theory.gaussian(2 * _GRID, 4, 3.0), theory.gaussian(2 * _GRID, -2, 2.0), 2 * _GRID),  # wider steps
    ],
    mistakes=[
        Mistake(
            _forward_kl,
            "This is KL(p ‖ q), which treats p and q differently and explodes where q is almost 0. Compare each "
            "of them with their average m instead.",
        ),
        Mistake(
            lambda p, q, x: 0.5 * (_forward_kl(p, q, x) + _forward_kl(q, p, x)),
            "This is the symmetrized KL (Jeffreys). JSD compares p and q with their average m, not with each other.",
        ),
        Mistake(
            lambda p, q, x: 2 * _jensen_shannon(p, q, x),
            "Twice too large: each of the two KL terms has weight ½.",
        ),
        Mistake(
            lambda p, q, x: _forward_kl(p, (p + q) / 2, x),
            "Only half of it: the second term, with q in the place of p, is missing.",
        ),
        Mistake(
            lambda p, q, x: _jensen_shannon(p, q, x) / np.log(2),
            "These are bits. The lesson measures in nats, with natural logarithms, so that V = 2·JSD − log 4.",
        ),
        Mistake(
            lambda p, q, x: 0.5 * _forward_kl(p, p + q, x) + 0.5 * _forward_kl(q, p + q, x),
            "Your m is p + q, which integrates to two. The average is m = (p + q) / 2.",
        ),
        Mistake(
            lambda p, q, x: np.sqrt(_jensen_shannon(p, q, x)),
            "This is the Jensen–Shannon distance, the square root of the divergence. Leave the root out.",
        ),
        Mistake(
            lambda p, q, x: 0.5 * _forward_kl((p + q) / 2, p, x) + 0.5 * _forward_kl((p + q) / 2, q, x),
            "The arguments of KL are turned: it is KL(p ‖ m), weighted with p, and KL(q ‖ m), weighted with q.",
        ),
        Mistake(
            lambda p, q, x: np.sum(0.5 * p * np.log(2 * p / (p + q)) + 0.5 * q * np.log(2 * q / (p + q))),
            "A sum over grid points is no integral: the width of the grid's steps is missing. Use np.trapezoid(…, x).",
        ),
        Mistake(
            lambda p, q, x: 0.5 * _forward_kl(p, p + q / 2, x) + 0.5 * _forward_kl(q, p + q / 2, x),
            "p + q / 2 halves q alone. The average needs brackets: m = (p + q) / 2.",
        ),
        Mistake(
            lambda p, q, x: 0.5 * np.trapezoid(np.log(2 * p / (p + q)) + np.log(2 * q / (p + q)), x),
            "The weights are missing: KL(p ‖ m) is an average over p, the integral of p · log(p / m).",
        ),
        Mistake(
            lambda p, q, x: 0.5 * _forward_kl(p, (p + q) / 2, x) - 0.5 * _forward_kl(q, (p + q) / 2, x),
            "The two halves are added: p and q are treated alike, and neither can make up for the other.",
        ),
        Mistake(
            lambda p, q, x: -_jensen_shannon(p, q, x),
            "The sign is turned. A divergence is 0 for equal densities and positive for all others.",
        ),
        Mistake(
            lambda p, q, x: 2 * _jensen_shannon(p, q, x) - np.log(4),
            "That is V(D*, G). The divergence is in it: take it alone.",
        ),
    ],
    right="Symmetric, 0 for equal densities, and never more than log 2.",
    hint="With m = (p + q) / 2 add ½ KL(p ‖ m) and ½ KL(q ‖ m); KL(p ‖ m) is np.trapezoid(p * np.log(p / m), x).",
)

# ------------------------------------------------------------------------------------- the generator's loss


def _generator_loss(scores):
    return np.mean(np.logaddexp(0, -scores))


def _without_warnings(function):
    def quiet(scores):
        with np.errstate(divide="ignore", over="ignore"):
            return function(scores)

    return quiet


def _with_constant(size):
    return lambda scores: np.mean(-np.log(_sigmoid(scores) + size))


def _with_clipped_scores(limit):
    return lambda scores: np.mean(np.logaddexp(0, -np.clip(scores, -limit, limit)))


_CONSTANT = (
    "The small constant keeps the logarithm finite, and bends the loss: with 1e-7 it can never exceed 16, so that at a "
    "score of −1000, where G needs help most, it is flat. np.logaddexp needs no such crutch."
)


def _with_clipped_probability(scores):
    return np.mean(-np.log(np.clip(_sigmoid(scores), 1e-7, 1 - 1e-7)))


_CLIPPED = (
    "Clipping hides the overflow, and the gradient with it: beyond the limit the loss is flat, just where G needs help "
    "most. np.logaddexp needs no limit."
)


generator_loss = function_exercise(
    _generator_loss,
    cases=[
        (np.array([0.0]),),
        (np.array([-5.0, 1.4, 12.5]),),
        (np.array([-1000.0, 3.0]),),
        (np.array([1000.0, -3.0]),),
    ],
    mistakes=[
        Mistake(
            _without_warnings(lambda scores: np.mean(-np.log(_sigmoid(scores)))),
            "Right in theory, but at a score of −1000 the sigmoid rounds to 0, or e^1000 overflows, and the loss is "
            "infinite. −log σ(s) = log(1 + e^(−s)) = np.logaddexp(0, -s) never overflows.",
        ),
        *(Mistake(_with_constant(size), _CONSTANT) for size in (1e-7, 1e-8, 1e-12)),
        Mistake(
            _with_clipped_probability,
            "Clipping the probability keeps the logarithm finite, and cuts the gradient off where D is sure, where G "
            "needs help most. Stay with the raw scores: np.logaddexp.",
        ),
        *(Mistake(_with_clipped_scores(limit), _CLIPPED) for limit in (20, 50, 100, 500)),
        Mistake(
            _without_warnings(lambda scores: np.mean(-scores + np.log(1 + np.exp(scores)))),
            "Right at −1000, but at +1000 it is e^1000 that overflows. It is to survive *any* score.",
        ),
        Mistake(
            lambda scores: np.mean(-np.logaddexp(0, scores)),
            "This is log(1 − D), the saturating loss of minimax: where D is sure, it is almost flat. "
            "The non-saturating one is −log D.",
        ),
        Mistake(
            lambda scores: -np.mean(np.logaddexp(0, -scores)),
            "The sign is turned: an optimizer makes a loss small, and G wants D's score large.",
        ),
        Mistake(
            lambda scores: np.mean(np.logaddexp(0, -_sigmoid(scores))),
            "A sigmoid too many: softplus already turns a raw score into −log σ(s).",
        ),
        Mistake(
            lambda scores: np.mean(np.logaddexp(0, scores)),
            "This is −log(1 − D): minimizing it pushes the score down. G wants it up.",
        ),
        Mistake(
            lambda scores: np.sum(np.logaddexp(0, -scores)),
            "Take the mean over the batch, not the sum; otherwise the step grows with the batch.",
        ),
        Mistake(
            lambda scores: np.mean(np.maximum(0, -scores)),
            "That is the loss with its corner cut to an edge: at a score of 0 it should be log 2, and G should still "
            "be pushed.",
        ),
        Mistake(
            lambda scores: np.mean(np.logaddexp(1, -scores)),
            "np.logaddexp(a, b) is log(e^a + e^b), so your 1 becomes e. Which a makes e^a = 1?",
        ),
        Mistake(
            lambda scores: np.logaddexp(0, -np.mean(scores)),
            "You took the mean of the scores first, so one sample that fools D makes up for all the others. The loss "
            "of each sample comes first, the mean after.",
        ),
        Mistake(
            lambda scores: -np.mean(scores),
            "That is the loss of a Wasserstein GAN, which has no sigmoid. Here G's loss is −log σ(s).",
        ),
    ],
    right="Stable at any score, and steep exactly where G needs help.",
    hint="−log σ(s) = log(1 + e^(−s)). NumPy has log(e^a + e^b) as np.logaddexp(a, b), and 1 is e^0.",
)
