"""Checks of lesson 08, other objectives: the earth mover's distance, the hinge loss, interpolation, the penalty."""

import numpy as np

from gan_course.checks.exercise import Mistake, Wrong, function_exercise

# ------------------------------------------------------------------------------------ the earth mover's distance


def _earth_mover(a, b):
    return np.mean(np.abs(np.sort(a) - np.sort(b)))


earth_mover = function_exercise(
    _earth_mover,
    cases=[
        (np.array([0.0, 1.0, 3.0]), np.array([8.0, 5.0, 6.0])),
        (np.array([2.0, -1.0, 0.5, 4.0]), np.array([0.0, 1.0, -3.0, 6.0])),
        (np.array([1.0, 2.0]), np.array([2.0, 1.0])),
    ],
    mistakes=[
        Mistake(
            lambda a, b: np.mean(np.abs(a - b)),
            "You carried each grain to the one that happens to stand in the same place of the list. Sort both first.",
        ),
        Mistake(
            lambda a, b: np.abs(np.mean(a) - np.mean(b)),
            "That is the distance of the means. Two heaps with one mean can still differ: take |·| before the mean.",
        ),
        Mistake(
            lambda a, b: np.sum(np.abs(np.sort(a) - np.sort(b))),
            "You added the ways up. Each grain weighs 1/n, so take their mean.",
        ),
        Mistake(
            lambda a, b: np.mean((np.sort(a) - np.sort(b)) ** 2),
            "You squared the ways. The earth mover's bill counts the way itself.",
        ),
        Mistake(
            lambda a, b: np.sqrt(np.mean((np.sort(a) - np.sort(b)) ** 2)),
            "That is the root of the mean square, the distance W₂. W₁ is the mean of the absolute values.",
        ),
        Mistake(
            lambda a, b: np.mean(np.sort(a) - np.sort(b)),
            "Ways to the left and to the right cancel. A way is |·|, whichever its direction.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.asarray(a)[:, None] - np.asarray(b))),
            "That is the mean over all pairs. Each grain is carried to one place only: in sorted order.",
        ),
        Mistake(
            lambda a, b: np.max(np.abs(np.sort(a) - np.sort(b))),
            "That is the longest way. The bill is the mean over all grains.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.sort(a) - np.sort(b)[::-1])),
            "You sorted one of them in descending order, so the leftmost grain goes to the right end. Sort both alike.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.argsort(a) - np.argsort(b))),
            "np.argsort says where the numbers stand in the list. It is the numbers that are carried: np.sort.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.sort(np.abs(a)) - np.sort(np.abs(b)))),
            "You took |·| of the places, so −3 and 3 became one. Take it of the ways.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.sort(a) - b)),
            "You sorted one list only. Sort both.",
        ),
        Mistake(
            lambda a, b: np.abs(np.asarray(a)[:, None] - np.asarray(b)).min(axis=1).mean(),
            "Each grain went to the nearest place, taken or not. Each place has room for one.",
        ),
        Mistake(
            lambda a, b: np.linalg.norm(np.sort(a) - np.sort(b)),
            "That is the length of the vector of ways. The bill is the mean of their absolute values.",
        ),
    ],
    right="On the line nobody has to search for the best plan: the order gives it.",
    hint="The leftmost grain goes to the leftmost place, the next to the next. np.sort, a difference, |·|, the mean.",
)

# ------------------------------------------------------------------------------------------------- the hinge loss


def _hinge(real_scores, fake_scores):
    return np.mean(np.maximum(0, 1 - real_scores)) + np.mean(np.maximum(0, 1 + fake_scores))


hinge = function_exercise(
    _hinge,
    cases=[
        (np.array([-5.0, 1.4, 12.5]), np.array([0.3, -2.0, 4.0])),
        (np.array([0.5, 0.9]), np.array([-0.2, -0.7])),
        (np.array([3.0]), np.array([-3.0])),
        (np.array([-0.5, 2.0]), np.array([-1.5, 0.0])),
    ],
    mistakes=[
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 + real)) + np.mean(np.maximum(0, 1 - fake)),
            "The signs are turned: D would learn to give generated samples the high scores.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, -real)) + np.mean(np.maximum(0, fake)),
            "The margin is missing: scores are to pass 1 and −1, not only 0.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.minimum(0, -1 + real)) + np.mean(np.minimum(0, -1 - fake)),
            "That is minus the loss: what D is to make large. Return what it minimizes.",
        ),
        Mistake(
            lambda real, fake: np.mean(1 - real) + np.mean(1 + fake),
            "The hinge is missing: a sample beyond the margin costs nothing. np.maximum(0, ·) cuts it off.",
        ),
        Mistake(
            lambda real, fake: (np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))) / 2,
            "You halved it. The two means are added.",
        ),
        Mistake(
            lambda real, fake: max(0, 1 - np.mean(real)) + max(0, 1 + np.mean(fake)),
            "You took the mean first, so that good samples pay for bad ones. Each sample has its own hinge.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 - fake)),
            "The generated samples' sign is turned: their scores are to fall below −1.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 - real) ** 2) + np.mean(np.maximum(0, 1 + fake) ** 2),
            "You squared the hinge. The loss of these papers is linear beyond it.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 - real)),
            "Only real samples are judged. Add the mean over the generated ones.",
        ),
        Mistake(
            lambda real, fake: np.sum(np.maximum(0, 1 - real)) + np.sum(np.maximum(0, 1 + fake)),
            "You added the samples up. A mean over each batch, so that the loss does not grow with it.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.logaddexp(0, -real)) + np.mean(np.logaddexp(0, fake)),
            "That is the cross-entropy, which is never quite satisfied. The hinge is max(0, ·).",
        ),
        Mistake(
            lambda real, fake: np.mean(fake) - np.mean(real),
            "That is the loss of a Wasserstein critic, who wants scores ever farther apart. A hinge stops.",
        ),
        Mistake(
            lambda real, fake: -np.mean(fake),
            "That is G's loss. D's judges the real samples, too.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.minimum(0, 1 - real)) + np.mean(np.minimum(0, 1 + fake)),
            "np.minimum keeps what lies beyond the margin, and throws the mistakes away. Take the maximum of 0 and it.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 - real)) - np.mean(np.maximum(0, 1 + fake)),
            "The two means are added: D pays for both kinds of mistakes.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.clip(1 - real, 0, 1)) + np.mean(np.clip(1 + fake, 0, 1)),
            "Clipped from above as well: the worst mistakes would have no slope, and D would never mend them.",
        ),
    ],
    right="Past the margin a sample costs nothing, and its slope is 0: D turns to those that it still gets wrong.",
    hint="A real sample with score s costs max(0, 1 − s), a generated one max(0, 1 + s). Two means, added.",
)

# -------------------------------------------------------------------------------------------------- interpolation


def _interpolate(real, fake, weight):
    return weight[:, None] * real + (1 - weight[:, None]) * fake


def _one_weight(real, fake, weight):
    return weight[0] * real + (1 - weight[0]) * fake


_OWN_WEIGHTS = "You drew weights of your own. Use those that you are given, one for each pair."
_NORMAL = (
    "You drew the weights yourself, and some lie outside [0, 1]: such points lie beyond both samples. A weight is "
    "uniform, and here it is given."
)


def _own_uniform_weights(real, fake, weight):
    return _interpolate(real, fake, np.random.default_rng().uniform(size=len(real)))


def _own_normal_weights(real, fake, weight):
    return _interpolate(real, fake, np.random.default_rng().normal(size=len(real)))


def _refuse_own_weights(answer):
    """Raise `Wrong` where two calls with the same arguments give different points."""
    real, fake, weight = np.ones((20, 20)), np.zeros((20, 20)), np.linspace(0, 1, 20)
    points, again = (np.asarray(answer(real.copy(), fake.copy(), weight.copy())) for _ in range(2))
    if points.dtype.kind == "f" and not np.array_equal(points, again):
        raise Wrong(_NORMAL if points.min() < 0 or points.max() > 1 else _OWN_WEIGHTS)


interpolate = function_exercise(
    _interpolate,
    cases=[  # as many rows as columns, so that weights along the wrong axis do not stop with an error
        (np.array([[1.0, 2.0], [-3.0, 0.5]]), np.array([[0.0, -2.0], [1.5, 1.5]]), np.array([0.25, 0.9])),
        (
            np.array([[1.0, 2.0, -1.0], [-3.0, 0.5, 2.0], [4.0, -1.0, 0.0]]),
            np.array([[0.0, -2.0, 1.0], [1.5, 1.5, 3.0], [2.0, 3.0, -2.0]]),
            np.array([0.1, 0.5, 0.8]),
        ),
        (np.arange(16.0).reshape(4, 4), np.ones((4, 4)), np.array([0.0, 0.3, 1.0, 0.6])),
    ],
    mistakes=[
        Mistake(
            lambda real, fake, weight: (1 - weight[:, None]) * real + weight[:, None] * fake,
            "The two have changed places: at weight 1 the point is the real sample. (In the mean it makes no "
            "difference, as 1 − u is uniform, too.)",
        ),
        Mistake(
            _one_weight,
            "You used one weight for the whole batch. Each pair has its own: weight[:, None].",
        ),
        Mistake(
            lambda real, fake, weight: weight * real + (1 - weight) * fake,
            "Your weights run along the coordinates, so the points leave the line. One weight a row: weight[:, None].",
        ),
        Mistake(
            lambda real, fake, weight: weight[:, None] * (real - fake),
            "The line does not begin at 0: add the generated sample, from where it starts.",
        ),
        Mistake(
            lambda real, fake, weight: real + weight[:, None] * fake,
            "The two weights must sum to 1: weight for the real sample, 1 − weight for the other.",
        ),
        Mistake(
            lambda real, fake, weight: (real + fake) / 2 + 0 * weight[:, None],
            "That is always the middle. The weight says where on the line the point lies.",
        ),
        Mistake(
            lambda real, fake, weight: real + weight[:, None] * (real - fake),
            "You went on beyond the real sample, away from the generated one. Start at the generated sample.",
        ),
        Mistake(
            lambda real, fake, weight: weight[:, None] * real + fake,
            "The two weights must sum to 1: what comes of the real sample pushes the generated one out, 1 − weight.",
        ),
        Mistake(
            lambda real, fake, weight: weight.mean() * real + (1 - weight.mean()) * fake,
            "You used the mean of the weights for the whole batch. Each pair has its own: weight[:, None].",
        ),
        Mistake(
            lambda real, fake, weight: np.sqrt(weight[:, None]) * real + np.sqrt(1 - weight[:, None]) * fake,
            "Those points lie beside the line. On it the weights themselves sum to 1, not their squares.",
        ),
        Mistake(
            lambda real, fake, weight: np.where(weight[:, None] > 0.5, real, fake),
            "You chose one of the two. The point lies between: mix, weight of one and 1 − weight of the other.",
        ),
        Mistake(_own_uniform_weights, _OWN_WEIGHTS),
        Mistake(_own_normal_weights, _NORMAL),
    ],
    right="With a uniform weight each point of the line between the two is as likely as any other.",
    hint="At weight 1 the real sample, at 0 the generated one. weight[:, None] makes a column, one weight a row.",
    test_first=_refuse_own_weights,
)

# ---------------------------------------------------------------------------------------------------- the penalty


def _penalty(gradients):
    norms = np.sqrt(np.sum(gradients**2, axis=tuple(range(1, gradients.ndim))))
    return np.mean((norms - 1) ** 2)


def _norms(gradients):
    return np.linalg.norm(gradients.reshape(len(gradients), -1), axis=1)


def _norm_of_each_channel(gradients):
    axes = (1, 2) if gradients.ndim == 4 else 1
    return np.mean((np.linalg.norm(gradients, axis=axes) - 1) ** 2)


penalty = function_exercise(
    _penalty,
    cases=[
        (np.array([[3.0, 4.0], [0.6, 0.8], [0.0, 0.1]]),),
        (np.array([[-2.0, 1.0, 2.0], [0.5, 0.0, 0.5]]),),
        (np.arange(24.0).reshape(2, 2, 3, 2) / 20,),  # two small pictures with two channels
    ],
    mistakes=[
        Mistake(
            lambda gradients: np.mean((np.linalg.norm(gradients, axis=1) - 1) ** 2),
            "That is right for points, (n, d). Images have more axes, and you took the norm along axis 1 alone: "
            "reshape(len(gradients), -1) first.",
        ),
        Mistake(
            lambda gradients: np.mean((np.linalg.norm(gradients, axis=-1) - 1) ** 2),
            "That is right for points, (n, d). Images have more axes, and you took the norm along the last one alone: "
            "reshape(len(gradients), -1) first.",
        ),
        Mistake(
            lambda gradients: (np.linalg.norm(gradients) - 1) ** 2,
            "That is the norm of the whole batch: it grows with the batch. Each sample has a norm of its own.",
        ),
        Mistake(
            lambda gradients: (np.linalg.norm(gradients.mean(axis=0)) - 1) ** 2,
            "You took the norm of the mean gradient, where samples that point apart cancel. First the norms.",
        ),
        Mistake(
            lambda gradients: (_norms(gradients).mean() - 1) ** 2,
            "You took the mean of the norms before the square: a norm of 2 and one of 0 would pass for perfect.",
        ),
        Mistake(
            lambda gradients: np.mean((_norms(gradients) ** 2 - 1) ** 2),
            "The norm is a root: you compared the squared norm with 1.",
        ),
        Mistake(
            lambda gradients: np.mean(_norms(gradients) ** 2),
            "That pulls the norm to 0 (R1 does, at real samples, with a factor ½). Here it is pulled to 1.",
        ),
        Mistake(
            lambda gradients: np.mean(np.maximum(0, _norms(gradients) - 1) ** 2),
            "That is the one-sided penalty, which leaves small slopes alone. The paper's has two sides.",
        ),
        Mistake(
            lambda gradients: np.mean(np.abs(_norms(gradients) - 1)),
            "The square is missing: (norm − 1)², not |norm − 1|.",
        ),
        Mistake(
            lambda gradients: np.mean((np.abs(gradients).reshape(len(gradients), -1).sum(axis=1) - 1) ** 2),
            "You added absolute values. The length of a vector is the root of the sum of squares.",
        ),
        Mistake(
            lambda gradients: np.mean((np.abs(gradients) - 1) ** 2),
            "You compared each coordinate with 1. The norm of the whole gradient of a sample is to be 1.",
        ),
        Mistake(
            lambda gradients: np.sum((_norms(gradients) - 1) ** 2),
            "You added the samples up. Take their mean, so that the penalty does not depend on the batch size.",
        ),
        Mistake(
            _norm_of_each_channel,
            "You took the norm over height and width, one for each channel. A sample has one norm, over all its axes.",
        ),
        Mistake(
            lambda gradients: np.mean((np.sqrt(np.mean(gradients.reshape(len(gradients), -1) ** 2, axis=1)) - 1) ** 2),
            "You took the mean of the squares. A norm is the root of their sum, so it grows with the dimension.",
        ),
        Mistake(
            lambda gradients: np.mean((np.linalg.norm(gradients.reshape(len(gradients), -1), axis=0) - 1) ** 2),
            "You took the norm over the batch, one for each coordinate. Each sample has one: axis 1 of the flat array.",
        ),
        Mistake(
            lambda gradients: 10 * np.mean((_norms(gradients) - 1) ** 2),
            "The weight 10 comes later, where the penalty is added to the loss. Return the bare mean.",
        ),
        Mistake(
            lambda gradients: (_norms(gradients) - 1) ** 2,
            "You have one number a sample. Return their mean.",
        ),
        Mistake(
            lambda gradients: np.mean((np.minimum(_norms(gradients), 1) - 1) ** 2),
            "You clipped the norm at 1, so a slope that is too steep costs nothing. It is to cost most.",
        ),
    ],
    right="One norm a sample, held against 1, squared, and the mean at last: in this order.",
    hint="The sum of squares over all axes but the first, its root, minus 1, squared, the mean. "
    "reshape(len(gradients), -1) helps.",
)
