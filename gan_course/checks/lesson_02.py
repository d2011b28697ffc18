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
            "The second term is log(1 − D(G(z))): V grows when D gives generated samples a low probability of being "
            "real.",
        ),
        Mistake(
            lambda d_real, d_fake: -np.mean(np.log(d_real)) - np.mean(np.log(1 - d_fake)),
            "You have the sign of a loss. D wants V to be large. A loss is what an optimizer makes small, so D's "
            "loss is −V.",
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
            "One mean over all samples gives about half of V, and it weights the two terms wrongly if the batches "
            "differ in size. Take a mean for each term, and add the two.",
        ),
        Mistake(
            lambda d_real, d_fake: np.log(np.mean(d_real)) + np.log(np.mean(1 - d_fake)),
            "Take the logarithm of each probability first and the mean after: E[log D], not log E[D].",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(1 - d_real)) + np.mean(np.log(d_fake)),
            "You have exchanged real and generated samples: V grows when D gives real samples a high probability, "
            "log D(x).",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(d_real)) - np.mean(np.log(1 - d_fake)),
            "The two terms are added: D wants both of them large.",
        ),
        Mistake(
            lambda d_real, d_fake: (np.mean(np.log(d_real)) + np.mean(np.log(1 - d_fake))) / 2,
            "That is half of V, the mean over both batches together. V is the sum of the two means.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(d_real)),
            "The second term is missing: what D says about generated samples counts, too.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log2(d_real)) + np.mean(np.log2(1 - d_fake)),
            "These are bits. Take the natural logarithm, np.log, as the paper does. With it, V = −log 4 for D = ½.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean(np.log(_sigmoid(d_real))) + np.mean(np.log(1 - _sigmoid(d_fake))),
            "The arguments are already probabilities, so no sigmoid is needed.",
        ),
        Mistake(
            lambda d_real, d_fake: np.mean([np.log(r) + np.log(1 - f) for r, f in zip(d_real, d_fake, strict=False)]),
            "zip stops at the end of the shorter batch and leaves out the rest of the other one. Real and generated "
            "samples do not form pairs: take a mean over each batch.",
        ),
    ],
    right="V is the sum of two means of log-probabilities. For D = ½ everywhere it is −log 4.",
    hint="Use np.mean(np.log(...)) twice: once with D's probabilities for real samples, and once with 1 minus its "
    "probabilities for generated samples.",
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
            "This ratio can be larger than 1, but D is a probability. Set the derivative of p_data log D + p_model "
            "log(1 − D) to zero, and solve for D.",
        ),
        Mistake(
            lambda p_data, p_model: p_model / (p_data + p_model),
            "This is the probability of being generated, 1 − D*. D is high where the data is.",
        ),
        Mistake(
            lambda p_data, p_model: (p_data > p_model).astype(float),
            "A hard decision is not the best D: where D is certain and wrong, its loss is −log 0 = ∞. Where both "
            "densities are positive, D* lies strictly between 0 and 1.",
        ),
        Mistake(
            lambda p_data, p_model: p_data - p_model,
            "A difference of densities is not a probability. Which fraction of the samples at x are real?",
        ),
        Mistake(
            lambda p_data, p_model: np.log(p_data / p_model),
            "That is the best raw score, the logarithm of the odds. Return the probability, which is the sigmoid of "
            "this score.",
        ),
        Mistake(
            lambda p_data, p_model: _sigmoid(p_data - p_model),
            "A sigmoid of the difference lies between 0 and 1, but it is not where V is largest. Solve p_data / D = "
            "p_model / (1 − D) for D.",
        ),
        Mistake(
            lambda p_data, p_model: p_data / ((p_data + p_model) / 2),
            "Twice too large: where both densities are equal D* is ½. Divide by their sum, not by their average.",
        ),
        Mistake(
            lambda p_data, p_model: p_data / p_data.sum(),
            "You divided by the sum over all points x. D judges each x separately: compare the two densities at that "
            "x.",
        ),
        Mistake(
            lambda p_data, p_model: p_data / (p_data + p_model + 1e-8),
            "Where both densities are smaller than the small constant, it dominates the sum, and D* becomes almost 0 "
            "far out, even where the data is much more likely than the model. Leave the constant out.",
        ),
        Mistake(
            lambda p_data, p_model: p_data / p_data + p_model,
            "/ is computed before +, so this is 1 + p_model. Put the denominator in parentheses.",
        ),
    ],
    right="D* is the fraction of real samples among all samples at x. It is Bayes' rule of lesson 01 with priors ½ "
    "and ½.",
    hint="Of all samples at x, real and generated, which fraction is real?",
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
            "This is KL(p ‖ q). It treats p and q differently, and it becomes very large where q is almost 0. "
            "Compare each of them with their average m instead.",
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
            "The second term, with q in the place of p, is missing.",
        ),
        Mistake(
            lambda p, q, x: _jensen_shannon(p, q, x) / np.log(2),
            "These are bits. The lesson measures in nats, with natural logarithms, so that V = 2·JSD − log 4.",
        ),
        Mistake(
            lambda p, q, x: 0.5 * _forward_kl(p, p + q, x) + 0.5 * _forward_kl(q, p + q, x),
            "Your m is p + q, whose integral is 2. The average is m = (p + q) / 2.",
        ),
        Mistake(
            lambda p, q, x: np.sqrt(_jensen_shannon(p, q, x)),
            "This is the Jensen–Shannon distance, the square root of the divergence. Leave out the square root.",
        ),
        Mistake(
            lambda p, q, x: 0.5 * _forward_kl((p + q) / 2, p, x) + 0.5 * _forward_kl((p + q) / 2, q, x),
            "You have exchanged the arguments of KL. The divergence uses KL(p ‖ m), an average over p, and KL(q ‖ "
            "m), an average over q.",
        ),
        Mistake(
            lambda p, q, x: np.sum(0.5 * p * np.log(2 * p / (p + q)) + 0.5 * q * np.log(2 * q / (p + q))),
            "A sum over grid points is not an integral: the width of the grid's steps is missing. Use "
            "np.trapezoid(…, x).",
        ),
        Mistake(
            lambda p, q, x: 0.5 * _forward_kl(p, p + q / 2, x) + 0.5 * _forward_kl(q, p + q / 2, x),
            "p + q / 2 halves only q. Use parentheses for the average: m = (p + q) / 2.",
        ),
        Mistake(
            lambda p, q, x: 0.5 * np.trapezoid(np.log(2 * p / (p + q)) + np.log(2 * q / (p + q)), x),
            "The weights are missing: KL(p ‖ m) is an average over p, the integral of p · log(p / m).",
        ),
        Mistake(
            lambda p, q, x: 0.5 * _forward_kl(p, (p + q) / 2, x) - 0.5 * _forward_kl(q, (p + q) / 2, x),
            "Add the two halves. The divergence treats p and q in the same way, and both terms are at least 0.",
        ),
        Mistake(
            lambda p, q, x: -_jensen_shannon(p, q, x),
            "The sign is wrong. A divergence is 0 for equal densities, and positive for all others.",
        ),
        Mistake(
            lambda p, q, x: 2 * _jensen_shannon(p, q, x) - np.log(4),
            "That is V(D*, G) = 2·JSD − log 4. Return the divergence JSD only.",
        ),
    ],
    right="The divergence is symmetric, it is 0 for equal densities, and it is never larger than log 2.",
    hint="With m = (p + q) / 2, add ½ KL(p ‖ m) and ½ KL(q ‖ m). Here KL(p ‖ m) is np.trapezoid(p * np.log(p / m), x).",
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
    "The small constant keeps the logarithm finite, but it changes the loss: with 1e-7 the loss is never above 16.2, "
    "so at a score of −1000, where G needs a gradient most, it is flat. np.logaddexp needs no constant."
)


def _with_clipped_probability(scores):
    return np.mean(-np.log(np.clip(_sigmoid(scores), 1e-7, 1 - 1e-7)))


_CLIPPED = (
    "Clipping avoids the overflow, but it also removes the gradient: beyond the limit the loss is flat, exactly "
    "where G needs a gradient most. np.logaddexp needs no limit."
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
            "This formula is right, but at a score of −1000 the sigmoid is rounded to 0, or e^1000 overflows, and "
            "the loss is infinite. −log σ(s) = log(1 + e^(−s)) = np.logaddexp(0, -s) never overflows.",
        ),
        *(Mistake(_with_constant(size), _CONSTANT) for size in (1e-7, 1e-8, 1e-12)),
        Mistake(
            _with_clipped_probability,
            "Clipping the probability keeps the logarithm finite, but it removes the gradient where D is sure, "
            "exactly where G needs it most. Use the raw scores: np.logaddexp.",
        ),
        *(Mistake(_with_clipped_scores(limit), _CLIPPED) for limit in (20, 50, 100, 500)),
        Mistake(
            _without_warnings(lambda scores: np.mean(-scores + np.log(1 + np.exp(scores)))),
            "This is right at −1000, but at +1000 e^1000 overflows. The loss has to work for *any* score.",
        ),
        Mistake(
            lambda scores: np.mean(-np.logaddexp(0, scores)),
            "This is log(1 − D), the saturating loss of the minimax game. It is almost flat where D is sure. The "
            "non-saturating loss is −log D.",
        ),
        Mistake(
            lambda scores: -np.mean(np.logaddexp(0, -scores)),
            "The sign is wrong: an optimizer makes a loss small, but G wants D's score to be large.",
        ),
        Mistake(
            lambda scores: np.mean(np.logaddexp(0, -_sigmoid(scores))),
            "No sigmoid is needed: np.logaddexp(0, -s) already turns a raw score s into −log σ(s).",
        ),
        Mistake(
            lambda scores: np.mean(np.logaddexp(0, scores)),
            "This is −log(1 − D). Minimizing it makes the score smaller, but G wants a larger one.",
        ),
        Mistake(
            lambda scores: np.sum(np.logaddexp(0, -scores)),
            "Take the mean over the batch, not the sum. With the sum, a larger batch makes larger steps.",
        ),
        Mistake(
            lambda scores: np.mean(np.maximum(0, -scores)),
            "That is a piecewise linear loss: it is 0 for all positive scores. At a score of 0 the right loss is log "
            "2, and G still gets a gradient.",
        ),
        Mistake(
            lambda scores: np.mean(np.logaddexp(1, -scores)),
            "np.logaddexp(a, b) is log(e^a + e^b), so your 1 becomes e. For which a is e^a = 1?",
        ),
        Mistake(
            lambda scores: np.logaddexp(0, -np.mean(scores)),
            "You took the mean of the scores first, so one sample that D takes for real can hide all the others. "
            "Compute the loss of each sample first, and then the mean.",
        ),
        Mistake(
            lambda scores: -np.mean(scores),
            "That is the loss of a Wasserstein GAN, which has no sigmoid. Here G's loss is −log σ(s).",
        ),
    ],
    right="This loss is finite at any score, and steep exactly where G needs a gradient.",
    hint="−log σ(s) = log(1 + e^(−s)). NumPy has log(e^a + e^b) as np.logaddexp(a, b), and 1 is e^0.",
)

# ------------------------------------------------------------------------------------- any share of real samples


def _value_with_share(p, q, share, x):
    mixture = share * p + (1 - share) * q
    d = share * p / mixture
    not_d = (1 - share) * q / mixture
    return np.trapezoid(share * p * np.log(d) + (1 - share) * q * np.log(not_d), x)


def _weighted_value(best_of):
    """V_π for the D that `best_of` makes of p, q and the share."""

    def value(p, q, share, x):
        odds = best_of(p, q, share)  # D / (1 − D), so that neither logarithm is rounded to log 0
        return np.trapezoid(share * p * np.log(odds / (1 + odds)) - (1 - share) * q * np.log1p(odds), x)

    return value


def _entropy(share):
    return -share * np.log(share) - (1 - share) * np.log(1 - share)


_best_value = _weighted_value(lambda p, q, share: share * p / ((1 - share) * q))

value_with_share = function_exercise(
    _value_with_share,
    cases=[
        (theory.gaussian(_GRID, -1, 1.2), theory.gaussian(_GRID, 0.5, 1.2), 0.8, _GRID),  # 1 − D is never rounded to 0
        (theory.gaussian(_GRID, 0, 1.0), theory.gaussian(_GRID, 0, 2.0), 0.25, _GRID),
        (theory.gaussian(2 * _GRID, 4, 3.0), theory.gaussian(2 * _GRID, 0, 3.0), 0.5, 2 * _GRID),  # wider steps
    ],
    mistakes=[
        Mistake(
            _weighted_value(lambda p, q, share: p / q),
            "You used p / (p + q), which is the best D if both kinds of samples are equally frequent. Here the bracket "
            "is π·p·log y + (1 − π)·q·log(1 − y): repeat exercise 2 with a = π·p and b = (1 − π)·q.",
        ),
        Mistake(
            _weighted_value(lambda p, q, share: (1 - share) * p / (share * q)),
            "You have exchanged π and 1 − π in D: the real density p belongs to the share π.",
        ),
        Mistake(
            lambda p, q, share, x: _best_value(p, q, 1 - share, x),
            "You have exchanged π and 1 − π: `share` is the share of the real samples, whose density is p.",
        ),
        Mistake(
            lambda p, q, share, x: np.trapezoid(
                p * np.log(share * p / (share * p + (1 - share) * q))
                + q * np.log((1 - share) * q / (share * p + (1 - share) * q)),
                x,
            ),
            "Your D is right, but the two terms have lost their weights: the first expectation is multiplied by π, and "
            "the second one by 1 − π.",
        ),
        Mistake(
            lambda p, q, share, x: _best_value(p, q, share, x) + _entropy(share),
            "This is the divergence alone. V_π is smaller by H(π) = −π·log π − (1 − π)·log(1 − π), as V is smaller "
            "than 2·JSD by log 4.",
        ),
        Mistake(
            lambda p, q, share, x: _best_value(p, q, share, x) + _entropy(share) - np.log(4),
            "The constant is no longer log 4. Each log 2 of step 3 came from the share ½. Which logarithms does a "
            "share π give?",
        ),
        Mistake(
            lambda p, q, share, x: 2 * _best_value(p, q, share, x),
            "Twice too large: the weights π and 1 − π add up to 1, so nothing has to be multiplied by 2.",
        ),
        Mistake(
            lambda p, q, share, x: -_best_value(p, q, share, x),
            "That is the cross-entropy of the best D. V_π is minus the cross-entropy, and never positive.",
        ),
        Mistake(
            lambda p, q, share, x: _best_value(p, q, 0.5, x),
            "Your result does not depend on the share.",
        ),
        Mistake(
            lambda p, q, share, x: _best_value(p, q, share, x) / (x[1] - x[0]),
            "A sum over grid points is not an integral: the width of the grid's steps is missing. Use "
            "np.trapezoid(…, x).",
        ),
    ],
    right="V_π(D*, G) = π·KL(p ‖ m) + (1 − π)·KL(q ‖ m) − H(π), with m = π·p + (1 − π)·q. It is smallest at p = q for "
    "every share.",
    hint="The bracket at one x is a·log y + b·log(1 − y) with a = π·p and b = (1 − π)·q. Its best y is a / (a + b). "
    "Then integrate the bracket with this y.",
)

# ------------------------------------------------------------------------------------- the open experiment

START_TO_BEAT = (1.0, 0.3)
"""θ and σ of a generator that the saturating loss brings home first. Others win by more."""
