"""Checks of lesson 02, the objective function."""

import numpy as np

from gan_course import theory
from gan_course.checks.exercise import Mistake, function_exercise

# --------------------------------------------------------------------------------------- the value function


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
    ],
    right="Symmetric, 0 for equal densities, and never more than log 2.",
    hint="With m = (p + q) / 2 add ½ KL(p ‖ m) and ½ KL(q ‖ m); KL(p ‖ m) is np.trapezoid(p * np.log(p / m), x).",
)

# ------------------------------------------------------------------------------------- the generator's loss


def _generator_loss(scores):
    return np.mean(np.logaddexp(0, -scores))


def _sigmoid(scores):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-scores))


def _without_warnings(function):
    def quiet(scores):
        with np.errstate(divide="ignore"):
            return function(scores)

    return quiet


generator_loss = function_exercise(
    _generator_loss,
    cases=[(np.array([0.0]),), (np.array([-5.0, 1.4, 12.5]),), (np.array([-1000.0, 3.0]),)],
    mistakes=[
        Mistake(
            _without_warnings(lambda scores: np.mean(-np.log(_sigmoid(scores)))),
            "Right in theory, but at a score of −1000 the sigmoid rounds to 0, or e^1000 overflows, and the loss is "
            "infinite. −log σ(s) = log(1 + e^(−s)) = np.logaddexp(0, -s) never overflows.",
        ),
        Mistake(
            lambda scores: np.mean(-np.log(_sigmoid(scores) + 1e-7)),
            "The 1e-7 keeps the logarithm finite, and bends the loss: it can never exceed 16, so that at a score of "
            "−1000, where G needs help most, it is flat. np.logaddexp needs no such crutch.",
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
    ],
    right="Stable at any score, and steep exactly where G needs help.",
    hint="−log σ(s) = log(1 + e^(−s)). NumPy has log(e^a + e^b) as np.logaddexp(a, b), and 1 is e^0.",
)
