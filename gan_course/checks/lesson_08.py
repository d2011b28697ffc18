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
            "You moved each grain to the position with the same index in the list. Sort both lists first.",
        ),
        Mistake(
            lambda a, b: np.abs(np.mean(a) - np.mean(b)),
            "That is the distance of the means. Two heaps with the same mean can still differ: take the absolute "
            "value before the mean.",
        ),
        Mistake(
            lambda a, b: np.sum(np.abs(np.sort(a) - np.sort(b))),
            "You took the sum of the distances. Each grain has weight 1/n, so take their mean.",
        ),
        Mistake(
            lambda a, b: np.mean((np.sort(a) - np.sort(b)) ** 2),
            "You squared the distances. The earth mover's distance uses the distances themselves.",
        ),
        Mistake(
            lambda a, b: np.sqrt(np.mean((np.sort(a) - np.sort(b)) ** 2)),
            "That is the square root of the mean square, the distance W₂. W₁ is the mean of the absolute values.",
        ),
        Mistake(
            lambda a, b: np.mean(np.sort(a) - np.sort(b)),
            "Moves to the left and to the right cancel. Take the absolute value of each difference.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.asarray(a)[:, None] - np.asarray(b))),
            "That is the mean over all pairs. Each grain moves to one position only, in sorted order.",
        ),
        Mistake(
            lambda a, b: np.max(np.abs(np.sort(a) - np.sort(b))),
            "That is the longest distance. The earth mover's distance is the mean over all grains.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.sort(a) - np.sort(b)[::-1])),
            "You sorted one of them in descending order, so the leftmost grain goes to the right end. Sort both in "
            "the same order.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.argsort(a) - np.argsort(b))),
            "np.argsort returns the positions of the numbers in the list. You need the sorted numbers themselves: "
            "np.sort.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.sort(np.abs(a)) - np.sort(np.abs(b)))),
            "You took the absolute values of the positions, so −3 and 3 became equal. Take the absolute values of "
            "the differences.",
        ),
        Mistake(
            lambda a, b: np.mean(np.abs(np.sort(a) - b)),
            "You sorted only one list. Sort both.",
        ),
        Mistake(
            lambda a, b: np.abs(np.asarray(a)[:, None] - np.asarray(b)).min(axis=1).mean(),
            "You moved each grain to the nearest position, even if another grain was already there. Each position "
            "takes only one grain.",
        ),
        Mistake(
            lambda a, b: np.linalg.norm(np.sort(a) - np.sort(b)),
            "That is the norm of the vector of differences. Take the mean of their absolute values.",
        ),
    ],
    right="On a line you need not search for the best plan: sorting gives it.",
    hint="The leftmost grain moves to the leftmost position, the next grain to the next position, and so on. Use "
    "np.sort, a difference, np.abs and a mean.",
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
            "The signs are wrong: D would learn to give high scores to generated samples.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, -real)) + np.mean(np.maximum(0, fake)),
            "The margin is missing: real scores have to be above 1 and generated ones below −1, not only above and "
            "below 0.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.minimum(0, -1 + real)) + np.mean(np.minimum(0, -1 - fake)),
            "That is minus the loss. D wants it to be large. Return what D minimizes.",
        ),
        Mistake(
            lambda real, fake: np.mean(1 - real) + np.mean(1 + fake),
            "The hinge is missing: a sample beyond the margin costs nothing. np.maximum(0, ·) does this.",
        ),
        Mistake(
            lambda real, fake: (np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))) / 2,
            "That is half of the loss. Add the two means, and do not divide by 2.",
        ),
        Mistake(
            lambda real, fake: max(0, 1 - np.mean(real)) + max(0, 1 + np.mean(fake)),
            "You took the mean first, so that good samples hide the bad ones. Apply the hinge to each sample.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 - fake)),
            "The sign of the generated samples is wrong: D wants their scores below −1.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 - real) ** 2) + np.mean(np.maximum(0, 1 + fake) ** 2),
            "You squared the hinge. In these papers the loss is linear.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 - real)),
            "Your loss uses only real samples. Add the mean over the generated ones.",
        ),
        Mistake(
            lambda real, fake: np.sum(np.maximum(0, 1 - real)) + np.sum(np.maximum(0, 1 + fake)),
            "You took a sum over the samples. Take a mean over each batch, so that the loss does not grow with the "
            "batch.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.logaddexp(0, -real)) + np.mean(np.logaddexp(0, fake)),
            "That is the cross-entropy, which is never exactly 0. The hinge is max(0, ·).",
        ),
        Mistake(
            lambda real, fake: np.mean(fake) - np.mean(real),
            "That is the loss of a Wasserstein critic, which wants the scores to be farther and farther apart. A "
            "hinge stops at the margin.",
        ),
        Mistake(
            lambda real, fake: -np.mean(fake),
            "That is G's loss. D's loss uses the real samples, too.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.minimum(0, 1 - real)) + np.mean(np.minimum(0, 1 + fake)),
            "np.minimum keeps the samples beyond the margin, and ignores the mistakes. Use np.maximum(0, ·).",
        ),
        Mistake(
            lambda real, fake: np.mean(np.maximum(0, 1 - real)) - np.mean(np.maximum(0, 1 + fake)),
            "The two means are added: D pays for both kinds of mistakes.",
        ),
        Mistake(
            lambda real, fake: np.mean(np.clip(1 - real, 0, 1)) + np.mean(np.clip(1 + fake, 0, 1)),
            "You clipped the loss from above as well: the worst mistakes have no gradient then, and D never corrects "
            "them.",
        ),
    ],
    right="Beyond the margin a sample costs nothing, and its gradient is 0. D then works on the samples that it "
    "still gets wrong.",
    hint="A real sample with score s costs max(0, 1 − s), and a generated one max(0, 1 + s). Add the two means.",
)

# -------------------------------------------------------------------------------------------------- interpolation


def _interpolate(real, fake, weight):
    return weight[:, None] * real + (1 - weight[:, None]) * fake


def _one_weight(real, fake, weight):
    return weight[0] * real + (1 - weight[0]) * fake


_OWN_WEIGHTS = "You drew your own weights. Use the given weights, one per pair."
_NORMAL = (
    "You drew your own weights, and some lie outside [0, 1]: such points are not between the two samples. The "
    "weights are uniform on [0, 1], and here they are given."
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
            "You have exchanged the two: at weight 1 the point is the real sample. (For the penalty's mean it makes "
            "no difference, since 1 − u is uniform, too.)",
        ),
        Mistake(
            _one_weight,
            "You used one weight for the whole batch. Each pair has its own: weight[:, None].",
        ),
        Mistake(
            lambda real, fake, weight: weight * real + (1 - weight) * fake,
            "Your weights belong to the coordinates, so the points leave the line. Use one weight per row: weight[:, "
            "None].",
        ),
        Mistake(
            lambda real, fake, weight: weight[:, None] * (real - fake),
            "Your line begins at 0. Add the generated sample, where the line should begin.",
        ),
        Mistake(
            lambda real, fake, weight: real + weight[:, None] * fake,
            "The two weights have to sum to 1: weight for the real sample, and 1 − weight for the generated one.",
        ),
        Mistake(
            lambda real, fake, weight: (real + fake) / 2 + 0 * weight[:, None],
            "That is always the middle. The weight tells where on the line the point lies.",
        ),
        Mistake(
            lambda real, fake, weight: real + weight[:, None] * (real - fake),
            "Your points lie beyond the real sample. Begin at the generated sample: fake + weight · (real − fake).",
        ),
        Mistake(
            lambda real, fake, weight: weight[:, None] * real + fake,
            "The two weights have to sum to 1: with a factor weight for the real sample, the generated one has the "
            "factor 1 − weight.",
        ),
        Mistake(
            lambda real, fake, weight: weight.mean() * real + (1 - weight.mean()) * fake,
            "You used the mean of the weights for the whole batch. Each pair has its own: weight[:, None].",
        ),
        Mistake(
            lambda real, fake, weight: np.sqrt(weight[:, None]) * real + np.sqrt(1 - weight[:, None]) * fake,
            "Those points do not lie on the line. On the line the weights themselves sum to 1, not their squares.",
        ),
        Mistake(
            lambda real, fake, weight: np.where(weight[:, None] > 0.5, real, fake),
            "You chose one of the two samples. The point lies between them: weight · real + (1 − weight) · fake.",
        ),
        Mistake(_own_uniform_weights, _OWN_WEIGHTS),
        Mistake(_own_normal_weights, _NORMAL),
    ],
    right="With a uniform weight, every point of the line between the two samples is equally likely.",
    hint="At weight 1 the point is the real sample, and at weight 0 the generated one. weight[:, None] makes a "
    "column with one weight per row.",
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
            "That is right for points, shape (n, d). Images have more axes, and you took the norm along axis 1 only: "
            "use reshape(len(gradients), -1) first.",
        ),
        Mistake(
            lambda gradients: np.mean((np.linalg.norm(gradients, axis=-1) - 1) ** 2),
            "That is right for points, shape (n, d). Images have more axes, and you took the norm along the last one "
            "only: use reshape(len(gradients), -1) first.",
        ),
        Mistake(
            lambda gradients: (np.linalg.norm(gradients) - 1) ** 2,
            "That is the norm of the whole batch, which grows with the batch. Compute one norm per sample.",
        ),
        Mistake(
            lambda gradients: (np.linalg.norm(gradients.mean(axis=0)) - 1) ** 2,
            "You took the norm of the mean gradient, where gradients in different directions cancel. Compute the "
            "norms first.",
        ),
        Mistake(
            lambda gradients: (_norms(gradients).mean() - 1) ** 2,
            "You took the mean of the norms before the square. A norm of 2 and a norm of 0 would then count as "
            "perfect.",
        ),
        Mistake(
            lambda gradients: np.mean((_norms(gradients) ** 2 - 1) ** 2),
            "You compared the squared norm with 1. The norm is the square root of it.",
        ),
        Mistake(
            lambda gradients: np.mean(_norms(gradients) ** 2),
            "That penalty moves the norm toward 0, as R1 does (at real samples, with a factor ½). Here the norm "
            "should be 1.",
        ),
        Mistake(
            lambda gradients: np.mean(np.maximum(0, _norms(gradients) - 1) ** 2),
            "That is the one-sided penalty, which does not punish small norms. The paper's penalty is two-sided.",
        ),
        Mistake(
            lambda gradients: np.mean(np.abs(_norms(gradients) - 1)),
            "The square is missing: (norm − 1)², not |norm − 1|.",
        ),
        Mistake(
            lambda gradients: np.mean((np.abs(gradients).reshape(len(gradients), -1).sum(axis=1) - 1) ** 2),
            "You added absolute values. The norm of a vector is the square root of the sum of squares.",
        ),
        Mistake(
            lambda gradients: np.mean((np.abs(gradients) - 1) ** 2),
            "You compared each coordinate with 1. The norm of a sample's whole gradient should be 1.",
        ),
        Mistake(
            lambda gradients: np.sum((_norms(gradients) - 1) ** 2),
            "You took a sum over the samples. Take their mean, so that the penalty does not depend on the batch size.",
        ),
        Mistake(
            _norm_of_each_channel,
            "You took the norm over height and width, one per channel. Compute one norm per sample, over all its axes.",
        ),
        Mistake(
            lambda gradients: np.mean((np.sqrt(np.mean(gradients.reshape(len(gradients), -1) ** 2, axis=1)) - 1) ** 2),
            "You took the mean of the squares. A norm is the square root of their sum.",
        ),
        Mistake(
            lambda gradients: np.mean((np.linalg.norm(gradients.reshape(len(gradients), -1), axis=0) - 1) ** 2),
            "You took the norm over the batch, one per coordinate. Compute one norm per sample: axis 1 of the flat "
            "array.",
        ),
        Mistake(
            lambda gradients: 10 * np.mean((_norms(gradients) - 1) ** 2),
            "The factor 10 comes later, where the penalty is added to the loss. Return the mean without it.",
        ),
        Mistake(
            lambda gradients: (_norms(gradients) - 1) ** 2,
            "You have one number per sample. Return their mean.",
        ),
        Mistake(
            lambda gradients: np.mean((np.minimum(_norms(gradients), 1) - 1) ** 2),
            "You clipped the norm at 1, so a gradient that is too large costs nothing. It should cost the most.",
        ),
    ],
    right="The order is right: one norm per sample, minus 1, squared, and the mean at the end.",
    hint="Take the sum of squares over all axes but the first, its square root, subtract 1, square it, and take the "
    "mean. reshape(len(gradients), -1) helps.",
)
