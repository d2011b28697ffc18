"""Checks of lesson 11, models with a likelihood: bits per pixel, the forward algorithm, attention, a flow's density."""

import numpy as np
from scipy.special import softmax

from gan_course.checks.exercise import Mistake, function_exercise

_RNG = np.random.default_rng(11)

# ------------------------------------------------------------------------------------------------ bits per pixel


def _bits_per_pixel(nats, pixels):
    return -np.mean(nats) / (pixels * np.log(2))


bits_per_pixel = function_exercise(
    _bits_per_pixel,
    cases=[
        (np.array([-40.0, -60.0, -56.0]), 16),
        (np.array([-181.3]), 64),
        (np.array([-90.0, -120.0, -95.0, -101.0]), 64),
    ],
    mistakes=[
        Mistake(
            lambda nats, pixels: -np.mean(nats) / pixels,
            "These are nats per pixel. A bit is log 2 = 0.693 nats: divide by log 2.",
        ),
        Mistake(
            lambda nats, pixels: -np.mean(nats) / np.log(2),
            "These are bits per picture. Divide by the number of pixels.",
        ),
        Mistake(
            lambda nats, pixels: np.mean(nats) / (pixels * np.log(2)),
            "The sign is wrong: probabilities are below 1, so their logs are negative, but a picture needs a "
            "positive number of bits.",
        ),
        Mistake(
            lambda nats, pixels: -np.mean(nats) * np.log(2) / pixels,
            "You multiplied by log 2. A nat is more than a bit, so the number of bits is larger than the number of "
            "nats: divide.",
        ),
        Mistake(
            lambda nats, pixels: -np.sum(nats) / (pixels * np.log(2)),
            "That is the sum over all pictures. Take the mean.",
        ),
        Mistake(
            lambda nats, pixels: -np.mean(nats) / (pixels * np.log(10)),
            "You used log10: these are decimal digits per pixel. For bits divide by log 2.",
        ),
        Mistake(
            lambda nats, pixels: -nats / (pixels * np.log(2)),
            "You have one number per picture. Return their mean.",
        ),
        Mistake(
            lambda nats, pixels: -np.log2(np.mean(np.exp(nats))) / pixels,
            "You took the mean of the probabilities. Take the mean of their logs, since each picture is coded "
            "separately.",
        ),
        Mistake(
            lambda nats, pixels: np.mean(nats) / pixels,
            "Two things are missing: the minus sign, and the division by log 2.",
        ),
        Mistake(
            lambda nats, pixels: np.mean(nats) / np.log(2),
            "Two things are missing: the minus sign, and the division by the number of pixels.",
        ),
        Mistake(
            lambda nats, pixels: -np.log2(np.mean(-nats)) / pixels,
            "The numbers are already logs, so do not take another logarithm. To get bits from nats, divide by log 2.",
        ),
        Mistake(
            lambda nats, pixels: np.exp(-np.mean(nats) / pixels),
            "That is the perplexity, the number of equally likely levels that would be as hard to predict. Bits are "
            "its logarithm to base 2.",
        ),
        Mistake(
            lambda nats, pixels: -np.mean(nats) / (2 * pixels),
            "You divided by 2. A bit is log 2 = 0.693 nats.",
        ),
        Mistake(
            lambda nats, pixels: -nats[0] / (pixels * np.log(2)),
            "That is only the first picture. Take the mean over all of them.",
        ),
        Mistake(
            lambda nats, pixels: -np.mean(nats) / (len(nats) * np.log(2)),
            "You divided by the number of pictures twice. Divide by the number of pixels in one picture.",
        ),
        Mistake(
            lambda nats, pixels: -np.mean(nats) / (64 * np.log(2)),
            "This is right only for pictures of 8×8. Use the given number of pixels.",
        ),
    ],
    right="You can now compare all models that know the probability of a picture.",
    hint="Take minus the mean, divide it by the number of pixels, and convert nats to bits: a nat is 1 / log 2 bits.",
)

# ----------------------------------------------------------------------------------------- the forward algorithm


def _forward(picture, start, transition, emission):
    total, state = 0.0, start
    for level in picture:
        joint = state * emission[:, level]
        total += np.log(joint.sum())
        state = joint / joint.sum() @ transition
    return total


def _plain_probabilities(picture, start, transition, emission):
    joint = start * emission[:, picture[0]]
    for level in picture[1:]:
        joint = joint @ transition * emission[:, level]
    with np.errstate(divide="ignore"):
        return np.log(joint.sum())


def _best_path(picture, start, transition, emission):
    logs = np.log(start) + np.log(emission[:, picture[0]])
    for level in picture[1:]:
        logs = (logs[:, None] + np.log(transition)).max(axis=0) + np.log(emission[:, level])
    return logs.max()


def _first_pixel_not_drawn(picture, start, transition, emission):
    return _forward(picture[1:], start @ transition, transition, emission)


def _moves_too_early(picture, start, transition, emission):
    return _forward(picture, start @ transition, transition, emission)


def _never_moves(picture, start, transition, emission):
    return _forward(picture, start, np.eye(len(start)), emission)


def _forgets_what_it_saw(picture, start, transition, emission):
    total, state = 0.0, start
    for level in picture:
        total += np.log(state @ emission[:, level])
        state = state @ transition
    return total


def _never_divides(picture, start, transition, emission):
    total, state = 0.0, start
    with np.errstate(divide="ignore"):
        for level in picture:
            joint = state * emission[:, level]
            total, state = total + np.log(joint.sum()), joint @ transition
    return total


def _last_step_only(picture, start, transition, emission):
    return _forward(picture, start, transition, emission) - _forward(picture[:-1], start, transition, emission)


def _adds_sums(picture, start, transition, emission):
    total, state = 0.0, start
    for level in picture:
        joint = state * emission[:, level]
        total += joint.sum()
        state = joint / joint.sum() @ transition
    return total


def _divides_too_early(picture, start, transition, emission):
    total, state = 0.0, start
    for level in picture:
        joint = state * emission[:, level]
        joint = joint / joint.sum()
        total += np.log(joint.sum())
        state = joint @ transition
    return total


def _with_constant(size):
    return lambda picture, start, transition, emission: np.log(
        np.exp(_plain_probabilities(picture, start, transition, emission)) + size
    )


_CONSTANT = (
    "The small constant keeps the logarithm finite, but then every long picture gets the same number. Divide by the "
    "sum at every pixel, and add up the logs of these sums."
)

_START, _EMISSION = np.array([0.6, 0.3, 0.1]), _RNG.dirichlet(np.ones(4), 3)
_TRANSITION = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]])

forward = function_exercise(
    _forward,
    cases=[
        (np.array([0, 3]), _START, _TRANSITION, _EMISSION),
        (np.array([2, 1, 0, 3, 2]), _START, _TRANSITION, _EMISSION),
        (_RNG.integers(4, size=800), _START, _TRANSITION, _EMISSION),
    ],
    mistakes=[
        Mistake(
            _plain_probabilities,
            "This is right for short pictures. In a long one the probability becomes too small for a float, and the "
            "log of 0 is −∞. Divide by the sum at every pixel, and add up the logs of these sums.",
        ),
        Mistake(
            _best_path,
            "You followed the best path of hidden states (the Viterbi algorithm). The probability is a sum over all "
            "paths.",
        ),
        Mistake(
            lambda picture, start, transition, emission: _forward(picture, start, transition.T, emission),
            "You have exchanged the axes of the transitions. transition[a, b] is the probability to go from a to b: "
            "use state @ transition.",
        ),
        Mistake(_first_pixel_not_drawn, "The first pixel is missing: the start state also draws one."),
        Mistake(
            _moves_too_early,
            "You moved before the first pixel. The start state draws the first pixel, and then the state moves.",
        ),
        Mistake(
            _never_divides,
            "You add up the logs of the sums, but never divide by them: each pixel is counted again and again.",
        ),
        Mistake(_never_moves, "The state never moves. Between two pixels, multiply it by the transition table."),
        Mistake(
            _forgets_what_it_saw,
            "You do not use the pixels that came before: multiply the state by the emission of each level, and "
            "continue with this product.",
        ),
        Mistake(_last_step_only, "That is only the last pixel. Add up the logs of all pixels."),
        Mistake(
            lambda picture, start, transition, emission: np.exp(_forward(picture, start, transition, emission)),
            "That is the probability. Return its log, which does not underflow.",
        ),
        Mistake(
            _adds_sums, "You added up the sums themselves. Add up their *logs*, since probabilities are multiplied."
        ),
        Mistake(
            _divides_too_early,
            "You divided by the sum first, and then took the log of the new sum, which is log 1 = 0. Take the log "
            "before you divide.",
        ),
        *(Mistake(_with_constant(size), _CONSTANT) for size in (1e-12, 1e-300)),
        Mistake(
            lambda picture, start, transition, emission: _forward(
                picture, np.full(len(start), 1 / len(start)), transition, emission
            ),
            "You began with equally likely states. The first state has the probabilities `start`.",
        ),
        Mistake(
            lambda picture, start, transition, emission: -_forward(picture, start, transition, emission),
            "The sign is wrong: log p of a picture is negative. Minus log p is a loss.",
        ),
        Mistake(
            lambda picture, start, transition, emission: _forward(picture, start, transition, emission) / len(picture),
            "That is the mean over the pixels. Return log p of the whole picture, the sum.",
        ),
        Mistake(
            lambda picture, start, transition, emission: _forward(picture[::-1], start, transition, emission),
            "You read the picture from its end. The start state draws the first pixel of the picture.",
        ),
    ],
    right="The sum runs over all paths, S to the power of n of them, but it needs only n steps of S² operations each.",
    hint="Begin with state = start. For each level compute joint = state * emission[:, level], and add the log of "
    "its sum to the total. Then state = (joint / sum) @ transition.",
)

# ------------------------------------------------------------------------------------------------ causal attention


def _attend(queries, keys, values):
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    later = np.triu(np.ones(scores.shape, bool), k=1)
    powers = np.exp(np.where(later, -np.inf, scores - scores.max()))
    return powers / powers.sum(axis=1, keepdims=True) @ values


def _masked(queries, keys, values, mask, scale=None, axis=1):
    scores = queries @ keys.T / (np.sqrt(queries.shape[1]) if scale is None else scale)
    return softmax(np.where(mask(np.ones(scores.shape, bool)), scores, -1e9), axis) @ values


def _seen(table):
    return np.tril(table)


def _mask_after_softmax(queries, keys, values):
    return np.tril(softmax(queries @ keys.T / np.sqrt(queries.shape[1]), axis=1)) @ values


def _zeros_for_scores(queries, keys, values):
    return softmax(np.tril(queries @ keys.T / np.sqrt(queries.shape[1])), axis=1) @ values


attend = function_exercise(
    _attend,
    cases=[
        (_RNG.normal(size=(4, 3)), _RNG.normal(size=(4, 3)), _RNG.normal(size=(4, 2))),
        (3 * _RNG.normal(size=(6, 4)), _RNG.normal(size=(6, 4)), _RNG.normal(size=(6, 5))),
        (_RNG.normal(size=(2, 8)), 2 * _RNG.normal(size=(2, 8)), _RNG.normal(size=(2, 3))),
    ],
    mistakes=[
        Mistake(
            lambda queries, keys, values: softmax(queries @ keys.T / np.sqrt(queries.shape[1]), axis=1) @ values,
            "There is no mask: every place sees all places, even those that come after it. When you draw a picture, "
            "these do not exist yet.",
        ),
        Mistake(
            _mask_after_softmax,
            "You masked after the softmax, so the weights of a row no longer sum to 1. Set the scores of later places "
            "to −∞ *before* the softmax.",
        ),
        Mistake(
            _zeros_for_scores,
            "You set the scores of later places to 0, but exp(0) = 1: these places still get weight. Set them to −∞.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(queries, keys, values, _seen, scale=1),
            "The scores are not divided by √d, where d is the length of a query.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(queries, keys, values, _seen, scale=queries.shape[1]),
            "You divided by d. Divide by its square root.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(queries, keys, values, _seen, scale=np.sqrt(len(queries))),
            "You divided by the root of the number of places. Use d, the length of a query.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(queries, keys, values, np.triu),
            "Your mask is turned around: each place sees itself and what comes after it. Row i may look at places j "
            "up to i.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(queries, keys, values, _seen, axis=0),
            "Your softmax runs over the wrong axis. Each row belongs to one place, and its weights sum to 1: use "
            "axis 1.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(keys, queries, values, _seen),
            "You have exchanged queries and keys. Row i of the scores holds the products of query i with all keys.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(queries, keys, values, lambda table: np.tril(table, k=1)),
            "Your mask is one place too wide: place i also sees place i + 1.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(queries, keys, values, lambda table: np.tril(table, k=-1)),
            "You have hidden the place itself, too, so the first place sees nothing. Here place i may see itself. (The "
            "lesson moves the *input* by one place instead.)",
        ),
        Mistake(
            lambda queries, keys, values: np.tril(queries @ keys.T / np.sqrt(queries.shape[1])) @ values,
            "The softmax is missing: scores are not weights. They can be negative, and do not sum to 1.",
        ),
        Mistake(
            lambda queries, keys, values: (
                np.tril(np.ones((len(keys), len(keys)))) / np.arange(1, len(keys) + 1)[:, None] @ values
            ),
            "All earlier places get the same weight in your answer. The weights depend on queries and keys.",
        ),
        Mistake(
            lambda queries, keys, values: _masked(queries, keys, np.eye(len(values)), _seen),
            "Those are the attention weights. Multiply them by the values.",
        ),
    ],
    right="This is one head of one attention layer. With this mask, what comes later cannot change what came before.",
    hint="Compute scores = queries @ keys.T / √d, set the entries above the diagonal to −∞, take the softmax of each "
    "row, and multiply by the values. np.tril or np.triu make the mask.",
)

# ---------------------------------------------------------------------------------------------------- affine couplings


def _flow_log_density(points, masks, networks):
    log_det = np.zeros(len(points))
    for mask, network in zip(masks, networks, strict=True):
        log_scale, shift = network(points * mask)
        log_scale, shift = log_scale * (1 - mask), shift * (1 - mask)
        points = points * np.exp(log_scale) + shift
        log_det = log_det + log_scale.sum(axis=1)
    return log_det - (points**2 + np.log(2 * np.pi)).sum(axis=1) / 2


def _flow_with(step, finish=lambda start, latent, log_det: log_det + _log_normal(latent)):
    """A wrong flow: `step` makes z and log |det| of one coupling, `finish` the answer from x, z and their sum."""

    def answer(points, masks, networks):
        start, log_det = points, 0
        for mask, network in zip(masks, networks, strict=True):
            points, change = step(points, mask, network)
            log_det = log_det + change
        return finish(start, points, log_det)

    return answer


def _couple(points, mask, network):
    log_scale, shift = network(points * mask)
    return points * np.exp(log_scale * (1 - mask)) + shift * (1 - mask), (log_scale * (1 - mask)).sum(axis=1)


def _couple_seeing_all(points, mask, network):
    log_scale, shift = network(points)
    return points * np.exp(log_scale * (1 - mask)) + shift * (1 - mask), (log_scale * (1 - mask)).sum(axis=1)


def _couple_changing_all(points, mask, network):
    log_scale, shift = network(points * mask)
    return points * np.exp(log_scale) + shift, log_scale.sum(axis=1)


def _couple_forgetting_what_stays(points, mask, network):
    log_scale, shift = network(points * mask)
    return (points * np.exp(log_scale) + shift) * (1 - mask), (log_scale * (1 - mask)).sum(axis=1)


def _couple_counting_all(points, mask, network):
    log_scale, _ = network(points * mask)
    return _couple(points, mask, network)[0], log_scale.sum(axis=1)


def _couple_summing_scales(points, mask, network):
    log_scale, _ = network(points * mask)
    return _couple(points, mask, network)[0], (np.exp(log_scale) * (1 - mask)).sum(axis=1)


def _couple_without_exp(points, mask, network):
    log_scale, shift = network(points * mask)
    return points * np.where(mask == 1, 1, log_scale) + shift * (1 - mask), (log_scale * (1 - mask)).sum(axis=1)


def _couple_shifting_first(points, mask, network):
    log_scale, shift = network(points * mask)
    return (points + shift * (1 - mask)) * np.exp(log_scale * (1 - mask)), (log_scale * (1 - mask)).sum(axis=1)


def _couple_backwards(points, mask, network):
    log_scale, shift = network(points * mask)
    return (points - shift * (1 - mask)) * np.exp(-log_scale * (1 - mask)), -(log_scale * (1 - mask)).sum(axis=1)


def _log_normal(latent):
    return -(latent**2 + np.log(2 * np.pi)).sum(axis=1) / 2


def _last_log_det(points, masks, networks):
    for mask, network in zip(masks, networks, strict=True):
        points, change = _couple(points, mask, network)
    return change + _log_normal(points)


def _example_network(features, seed):
    """A fixed little network: its argument's shape is `(n, features)`, and so are the two results'."""
    rng = np.random.default_rng(seed)
    weights, biases = rng.normal(0, 0.7, size=(2, features, features)), rng.normal(size=(2, features))
    return lambda known: (np.tanh(known @ weights[0] + biases[0]), known @ weights[1] + biases[1])


flow_log_density = function_exercise(
    _flow_log_density,
    cases=[
        (_RNG.normal(size=(4, 2)), np.array([[1.0, 0.0], [0.0, 1.0]]), [_example_network(2, seed) for seed in (1, 2)]),
        (
            _RNG.normal(size=(3, 4)),
            np.array([[1.0, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0]]),
            [_example_network(4, seed) for seed in (3, 4, 5)],
        ),
    ],
    mistakes=[
        Mistake(
            _flow_with(_couple, lambda start, latent, log_det: _log_normal(latent)),
            "That is the density of z. The log-determinants are missing: add the log-scales of all couplings.",
        ),
        Mistake(
            _flow_with(_couple, lambda start, latent, log_det: _log_normal(latent) - log_det),
            "The sign of the log-determinant is wrong. Where the flow stretches, exp(s) > 1, the points came from a "
            "smaller region, so their density is *higher*: add it.",
        ),
        Mistake(
            _flow_with(_couple, lambda start, latent, log_det: log_det),
            "That is the log-determinant alone. Add the log-density of z under the standard normal distribution.",
        ),
        Mistake(
            lambda points, masks, networks: _flow_log_density(points, 1 - masks, networks),
            "You have exchanged the two sides of the mask. Features with a 1 stay, and the network sees these.",
        ),
        Mistake(
            _flow_with(_couple_seeing_all),
            "Your network sees all features, also those that it changes. Then nobody can compute its results again "
            "from z, and the Jacobian is not triangular. Call network(points * mask).",
        ),
        Mistake(
            _flow_with(_couple_changing_all),
            "You scaled and shifted all features. Those of the mask must stay as they are.",
        ),
        Mistake(
            _flow_with(_couple_forgetting_what_stays),
            "The features of the mask are lost: they became 0. They have to stay as they are.",
        ),
        Mistake(
            _flow_with(_couple_counting_all),
            "Your points are right, but the log-determinant has the log-scales of all features. A feature that stays "
            "is scaled by 1, and log 1 = 0: leave it out.",
        ),
        Mistake(
            _flow_with(_couple_summing_scales),
            "You added up the scales. The determinant is their *product*, so its logarithm is the sum of the "
            "log-scales.",
        ),
        Mistake(
            _flow_with(_couple_without_exp),
            "You multiplied by the log-scale. Multiply by exp(log_scale), which is never 0 or negative.",
        ),
        Mistake(
            _flow_with(_couple_shifting_first),
            "You shifted before you scaled. The coupling is x · exp(s) + t.",
        ),
        Mistake(
            _flow_with(_couple_backwards),
            "That is the inverse, (x − t) · exp(−s), the direction for drawing. The density needs the way from x to z.",
        ),
        Mistake(
            _last_log_det,
            "Only the last log-determinant is there. By the chain rule, those of all couplings add up.",
        ),
        Mistake(
            lambda points, masks, networks: _flow_log_density(points, masks[::-1], networks[::-1]),
            "You took the couplings in the opposite order. On the way from x to z the first one comes first.",
        ),
        Mistake(
            _flow_with(_couple, lambda start, latent, log_det: log_det + _log_normal(start)),
            "You took the normal density of x. Take that of z, what comes out of the last coupling.",
        ),
        Mistake(
            _flow_with(_couple, lambda start, latent, log_det: log_det - (latent**2).sum(axis=1) / 2),
            "The constant of the normal distribution is missing: −½ log 2π for each feature.",
        ),
        Mistake(
            _flow_with(
                _couple,
                lambda start, latent, log_det: log_det - (latent**2).sum(axis=1) / 2 - np.log(2 * np.pi) / 2,
            ),
            "The constant −½ log 2π belongs to each feature. You have it once per point.",
        ),
        Mistake(
            _flow_with(_couple, lambda start, latent, log_det: np.exp(log_det + _log_normal(latent))),
            "That is the density. Return its logarithm, which does not underflow in 64 dimensions.",
        ),
        Mistake(
            _flow_with(_couple, lambda start, latent, log_det: (log_det + _log_normal(latent)).mean()),
            "You also took the mean over the points. Return one number per point.",
        ),
        Mistake(
            _flow_with(_couple, lambda start, latent, log_det: -(log_det + _log_normal(latent))),
            "That is the loss, minus the log-density. Return the log-density.",
        ),
    ],
    right="This is the whole flow. Its training raises the mean of this number, and nothing is left out or estimated.",
    hint="Begin with log_det = 0. For each mask and network: log_scale, shift = network(points * mask), set both to 0 "
    "where the mask is 1, points = points * exp(log_scale) + shift, and add log_scale.sum(axis=1) to log_det. At the "
    "end add the log-density of the standard normal distribution, summed over the features.",
)
