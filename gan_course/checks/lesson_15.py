"""Checks of lesson 15, little data: shifted pictures, the advantage of an attack, the semi-supervised loss."""

import numpy as np

from gan_course.checks.exercise import Mistake, Wrong, function_exercise

_RNG = np.random.default_rng(15)

# ------------------------------------------------------------------------------------------------------ a shift


def _translate(pictures, shifts, fill):
    count, height, width = pictures.shape
    shifted = np.full((count, height, width), fill, float)
    for made, picture, (down, right) in zip(shifted, pictures, shifts, strict=True):
        to = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
        come = slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0))
        made[to] = picture[come]
    return shifted


def _rolled(pictures, shifts, fill=None):
    return np.array([np.roll(each, shift, axis=(0, 1)) for each, shift in zip(pictures, shifts, strict=True)])


def _filled_before_the_shift(pictures, shifts, fill):
    """The free pixels are filled where the picture was cut off, not where it is missing."""
    return _translate(pictures, -np.asarray(shifts), fill)


def _shift_case(count, height, width, fill):
    shifts = _RNG.integers(-2, 3, size=(count, 2))
    shifts[0], shifts[-1] = (1, -2), (0, 0)
    return _RNG.uniform(0.1, 1, size=(count, height, width)), shifts, fill


translate = function_exercise(
    _translate,
    cases=[_shift_case(3, 4, 5, 0.0), _shift_case(4, 6, 6, -1.0), _shift_case(2, 5, 3, 0.5)],
    mistakes=[
        Mistake(
            _rolled,
            "What leaves the picture on one side comes back on the other: np.roll wraps around. The free pixels get "
            "the value `fill`.",
        ),
        Mistake(
            _filled_before_the_shift,
            "You moved the pictures the other way. A shift of 1 down moves row 0 to row 1.",
        ),
        Mistake(
            lambda pictures, shifts, fill: _translate(pictures, np.asarray(shifts)[:, ::-1], fill),
            "You have exchanged down and right: the first number of a shift is for the rows.",
        ),
        Mistake(
            lambda pictures, shifts, fill: _translate(pictures, np.tile(shifts[0], (len(pictures), 1)), fill),
            "You gave all pictures the shift of the first one. Each picture has its own.",
        ),
        Mistake(
            lambda pictures, shifts, fill: _translate(pictures, shifts, 0.0),
            "The free pixels are 0 in your answer. They get the value `fill`.",
        ),
        Mistake(
            lambda pictures, shifts, fill: _translate(pictures, np.asarray(shifts) * [1, 0], fill),
            "You moved the pictures down, but not to the right. Do both.",
        ),
        Mistake(
            lambda pictures, shifts, fill: _translate(pictures, np.asarray(shifts) * [0, 1], fill),
            "You moved the pictures to the right, but not down. Do both.",
        ),
        Mistake(
            lambda pictures, shifts, fill: _translate(pictures, np.maximum(shifts, 0), fill),
            "Negative shifts do nothing in your answer: −1 moves a picture up, or to the left.",
        ),
        Mistake(
            lambda pictures, shifts, fill: _translate(pictures, np.abs(shifts), fill),
            "You lost the sign: −1 moves a picture up, or to the left.",
        ),
    ],
    right="It is `translate` of gan_course.variants.augment, which does it with matrices, so that gradients pass.",
    hint="Begin with np.full(pictures.shape, fill). If a picture moves down by 1, its rows 0 … height − 2 become the "
    "rows 1 … height − 1. Or pad the picture with `fill` on all sides (np.pad), and cut out the right part.",
)

# ----------------------------------------------------------------------------------- the advantage of an attack


def _advantage(members, others):
    thresholds = np.concatenate([members, others])
    return max(np.mean(members >= threshold) - np.mean(others >= threshold) for threshold in thresholds)


def _at_best_accuracy(members, others):
    both = np.concatenate([members, others])
    rights = [np.sum(members >= each) + np.sum(others < each) for each in both]
    return max(rights) / len(both)


advantage = function_exercise(
    _advantage,
    cases=[
        (_RNG.normal(size=30) + 1.5, _RNG.normal(size=20)),
        (np.array([3.0, 2.0, 1.0, 0.0]), np.array([0.5, -1.0])),
        (np.array([1.0, 2.0, 2.0, 5.0, 4.0, 0.0]), np.array([2.0, 1.0, 0.0, 3.0])),  # ties
        (_RNG.normal(size=12) - 2, _RNG.normal(size=25)),  # members have the smaller numbers
    ],
    mistakes=[
        Mistake(
            lambda members, others: np.mean(members) - np.mean(others),
            "That is the difference of the means. The attacker decides by a threshold: compare the shares above it.",
        ),
        Mistake(
            _at_best_accuracy,
            "That is the share of right decisions, which depends on how many members there are. Take the share of the "
            "members above the threshold minus the share of the others above it.",
        ),
        Mistake(
            lambda members, others: (members[:, None] > others).mean(),
            "That is the probability that a member has a larger number than another picture, the area under the "
            "curve. The advantage is the largest difference of two shares.",
        ),
        Mistake(
            lambda members, others: max(np.mean(members >= t) for t in np.concatenate([members, others])),
            "You count only the members that are found. Somebody who calls everything a member finds all of them: "
            "subtract the share of the others above the threshold.",
        ),
        Mistake(
            lambda members, others: np.mean(members >= 0) - np.mean(others >= 0),
            "You used the threshold 0. Try all thresholds, and take the best one.",
        ),
        Mistake(
            lambda members, others: max(
                abs(np.mean(members >= t) - np.mean(others >= t)) for t in np.concatenate([members, others])
            ),
            "You took the absolute value. An attacker who says “member” where the number is large gains nothing from "
            "numbers that are larger for others.",
        ),
        Mistake(
            lambda members, others: max(
                np.sum(members >= t) - np.sum(others >= t) for t in np.concatenate([members, others])
            ),
            "Those are counts. Divide by the number of members, and by the number of others.",
        ),
        Mistake(
            lambda members, others: max(np.mean(others >= t) - np.mean(members >= t) for t in members),
            "You have exchanged members and others: members are expected to have the larger numbers.",
        ),
        Mistake(
            lambda members, others: max(np.mean(members >= t) - np.mean(others >= t) for t in others),
            "You tried the numbers of the others as thresholds only. Try those of the members, too.",
        ),
    ],
    right="It is the first number that `metrics.membership_attack` returns.",
    hint="np.mean(members >= threshold) is the share of the members that are found. Try every number that occurs as a "
    "threshold.",
)

# --------------------------------------------------------------------------------------- the semi-supervised loss


def _log_sum_exp(logits):
    largest = logits.max(axis=1, keepdims=True)
    return largest[:, 0] + np.log(np.exp(logits - largest).sum(axis=1))


def _named(logits, labels):
    return np.mean(_log_sum_exp(logits) - logits[np.arange(len(labels)), labels])


def _semi_supervised_loss(labeled, labels, unlabeled, made):
    def score(logits):
        largest = logits.max(axis=1)
        return largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))

    names = np.mean(score(labeled) - labeled[np.arange(len(labels)), labels])
    return names + np.mean(np.logaddexp(0, -score(unlabeled))) + np.mean(np.logaddexp(0, score(made)))


def _game(unlabeled, made, score=_log_sum_exp):
    return np.mean(np.logaddexp(0, -score(unlabeled))) + np.mean(np.logaddexp(0, score(made)))


def _loss_case(counts, classes, scale=1.0, offset=0.0):
    labeled, unlabeled, made = (scale * _RNG.normal(size=(count, classes)) + offset for count in counts)
    return labeled, _RNG.integers(classes, size=counts[0]), unlabeled, made


def _require_large_logits(answer):
    """Raise `Wrong` where exponentials of large logits overflow, or the logarithms of small ones are lost."""
    large = np.array([[1000.0, 0.0], [999.0, 1001.0]])
    with np.errstate(all="ignore"):
        received = float(answer(large.copy(), np.array([0, 1]), large.copy(), -large - 2000))
    if not np.isclose(received, _semi_supervised_loss(large, np.array([0, 1]), large, -large - 2000)):
        raise Wrong(
            f"With logits of 1000 your loss is {received:g}: e¹⁰⁰⁰ is more than a float can hold. Take the largest "
            "logit out of the sum first, and use np.logaddexp(0, s) for softplus."
        )


semi_supervised_loss = function_exercise(
    _semi_supervised_loss,
    cases=[
        _loss_case((4, 6, 5), 3),
        _loss_case((7, 3, 4), 10, scale=2.0, offset=-1.0),
        _loss_case((2, 5, 2), 4, offset=1.0),
    ],
    mistakes=[
        Mistake(
            lambda labeled, labels, unlabeled, made: _game(unlabeled, made),
            "The cross-entropy of the labeled pictures is missing.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: _named(labeled, labels),
            "That is the loss of a classifier with labels alone. The two parts of the game are missing.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: (
                _named(labeled, labels) + np.mean(np.logaddexp(0, -_log_sum_exp(unlabeled)))
            ),
            "The generated pictures are missing. Without them D would call everything real.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: _named(labeled, labels) + _game(made, unlabeled),
            "You have exchanged real and generated pictures: softplus(−s) is for the real ones.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: (
                _named(labeled, labels) + _game(unlabeled, made, lambda logits: logits.max(axis=1))
            ),
            "You took the largest logit as the score. All classes count: it is the logarithm of the sum of their "
            "exponentials.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: (
                _named(labeled, labels) + _game(unlabeled, made, lambda logits: logits.sum(axis=1))
            ),
            "You took the sum of the logits as the score. Sum their exponentials, and take the logarithm.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: (
                _named(labeled, labels) + _game(unlabeled, made, lambda logits: np.exp(logits).sum(axis=1))
            ),
            "Your score is Z, the sum of the exponentials. The score is log Z, since σ(log Z) = Z / (Z + 1).",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: (
                -np.mean(labeled[np.arange(len(labels)), labels]) + _game(unlabeled, made)
            ),
            "For the labeled pictures you took the logit of the right class. Its log-probability is the logit minus "
            "the log-sum-exp of all logits.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: (
                np.mean(np.logaddexp(0, _log_sum_exp(labeled)) - labeled[np.arange(len(labels)), labels])
                + _game(unlabeled, made)
            ),
            "You gave the labeled pictures the probability among K + 1 classes. This loss names the class of a picture "
            "that is known to be real: the probability is that among the K classes.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: (
                len(labels) * _named(labeled, labels)
                + np.sum(np.logaddexp(0, -_log_sum_exp(unlabeled)))
                + np.sum(np.logaddexp(0, _log_sum_exp(made)))
            ),
            "You took sums over the pictures. Take the mean of each of the three parts, then add them.",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: (
                _named(labeled, labels)
                + np.mean(np.logaddexp(0, -_log_sum_exp(unlabeled)))
                + np.mean(-np.logaddexp(0, -_log_sum_exp(made)))
            ),
            "For the generated pictures you took log D. D wants 1 − D to be large: −log(1 − σ(s)) = softplus(s).",
        ),
        Mistake(
            lambda labeled, labels, unlabeled, made: -_semi_supervised_loss(labeled, labels, unlabeled, made),
            "A sign is wrong: that is what D would maximize. Return the loss that it minimizes.",
        ),
    ],
    right="It is D's loss of `SemiSupervisedGAN`, without penalties.",
    hint="Write a function score(logits) that returns log Σ exp, with the largest logit taken out. The cross-entropy "
    "of a labeled picture is score − logit of its class. softplus(s) is np.logaddexp(0, s): softplus(−s) for real "
    "pictures, softplus(s) for generated ones.",
    test_last=_require_large_logits,
)
