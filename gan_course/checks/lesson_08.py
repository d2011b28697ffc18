"""Checks of lesson 08, other objectives: the earth mover's distance, the hinge loss, the penalty, a game of critics."""

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

# ---------------------------------------------------------------------------------------------------- the penalty


class _Gradient:
    """The gradient of a critic, with a name for messages. The formula maps points `(n, d)` to the same shape."""

    def __init__(self, score, formula):
        self.score, self.formula = score, formula

    def __call__(self, points):
        return self.formula(np.asarray(points, float))

    def __repr__(self):
        return f"the gradient of {self.score}"


def _penalty(gradient, real, fake, weight):
    u = weight[:, None]
    norms = np.linalg.norm(gradient(u * real + (1 - u) * fake), axis=1)
    return np.mean((norms - 1) ** 2)


def _between(real, fake, weight):
    return weight[:, None] * real + (1 - weight[:, None]) * fake


def _from_norms(penalty):
    """A mistake that takes the right points and the right norms, and then does something else with the norms."""
    return lambda gradient, real, fake, weight: penalty(np.linalg.norm(gradient(_between(real, fake, weight)), axis=1))


def _from_gradients(penalty):
    """A mistake that takes the right points and does something else with their gradients."""
    return lambda gradient, real, fake, weight: penalty(gradient(_between(real, fake, weight)))


def _at(points):
    """A mistake that takes other points, and is right from there on."""

    def wrong(gradient, real, fake, weight):
        norms = np.linalg.norm(gradient(points(real, fake, weight)), axis=1)
        return np.mean((norms - 1) ** 2)

    return wrong


_OWN_WEIGHTS = "You drew your own weights. Use the given weights, one per pair."
_NORMAL = (
    "You drew your own weights, and some lie outside [0, 1]: such points are not between the two samples. The "
    "weights are uniform on [0, 1], and here they are given."
)


def _refuse_own_weights(answer):
    """Raise `Wrong` where two calls with the same arguments give different penalties."""
    asked = []

    def gradient(points):
        asked.append(np.array(points, float))
        return np.array(points, float)

    arguments = gradient, np.ones((20, 20)), np.zeros((20, 20)), np.linspace(0, 1, 20)
    first, second = (answer(*arguments) for _ in range(2))
    if np.ndim(first) == 0 and isinstance(first, (float, np.floating)) and first != second:
        raise Wrong(_NORMAL if min(p.min() for p in asked) < 0 or max(p.max() for p in asked) > 1 else _OWN_WEIGHTS)


penalty = function_exercise(
    _penalty,
    cases=[  # as many rows as columns, so that weights along the wrong axis do not stop with an error
        (
            _Gradient("½‖x‖²", lambda x: x),
            np.array([[1.0, 2.0], [-3.0, 0.5]]),
            np.array([[0.0, -2.0], [1.5, 1.5]]),
            np.array([0.25, 0.9]),
        ),
        (
            _Gradient("sum of x³/6", lambda x: x**2 / 2),
            np.array([[1.0, 2.0, -1.0], [-3.0, 0.5, 2.0], [2.0, -1.0, 0.0]]),
            np.array([[0.0, -2.0, 1.0], [1.5, 1.5, -1.0], [2.0, 1.0, -2.0]]),
            np.array([0.1, 0.5, 0.8]),
        ),
        (
            _Gradient("sum of log cosh x", np.tanh),
            np.array([[0.3, -0.2], [1.0, 0.1]]),
            np.array([[-0.4, 0.6], [0.2, -0.1]]),
            np.array([0.7, 0.2]),
        ),
    ],
    mistakes=[
        Mistake(
            _at(lambda real, fake, weight: (1 - weight[:, None]) * real + weight[:, None] * fake),
            "You have exchanged the two: at weight 1 the point is the real sample. (For the mean over uniform weights "
            "it makes no difference, since 1 − u is uniform, too.)",
        ),
        Mistake(
            _at(lambda real, fake, weight: weight[0] * real + (1 - weight[0]) * fake),
            "You used one weight for the whole batch. Each pair has its own: weight[:, None].",
        ),
        Mistake(
            _at(lambda real, fake, weight: weight * real + (1 - weight) * fake),
            "Your weights belong to the coordinates, so the points leave the line. Use one weight per row: weight[:, "
            "None].",
        ),
        Mistake(
            _at(lambda real, fake, weight: weight[:, None] * (real - fake)),
            "Your line begins at 0. Add the generated sample, where the line should begin.",
        ),
        Mistake(
            _at(lambda real, fake, weight: (real + fake) / 2),
            "Your points are always in the middle. The weight tells where on the line each point lies.",
        ),
        Mistake(
            _at(lambda real, fake, weight: real),
            "You took the gradients at the real samples, as R1 does. Here they are taken at points between real and "
            "generated samples.",
        ),
        Mistake(
            _at(lambda real, fake, weight: fake),
            "You took the gradients at the generated samples. Take them at points between real and generated samples.",
        ),
        Mistake(
            _at(lambda real, fake, weight: real + weight[:, None] * (real - fake)),
            "Your points lie beyond the real sample. Begin at the generated sample: fake + weight · (real − fake).",
        ),
        Mistake(
            lambda gradient, real, fake, weight: np.mean(
                (np.linalg.norm(_between(gradient(real), gradient(fake), weight), axis=1) - 1) ** 2
            ),
            "You mixed the gradients of the two samples. Mix the samples first, and take the gradient at that point.",
        ),
        Mistake(
            _from_gradients(lambda gradients: (np.linalg.norm(gradients) - 1) ** 2),
            "That is the norm of the whole batch, which grows with the batch. Compute one norm per sample: axis=1.",
        ),
        Mistake(
            _from_gradients(lambda gradients: np.mean((np.linalg.norm(gradients, axis=0) - 1) ** 2)),
            "You took the norm over the batch, one per coordinate. Compute one norm per sample: axis=1.",
        ),
        Mistake(
            _from_gradients(lambda gradients: (np.linalg.norm(gradients.mean(axis=0)) - 1) ** 2),
            "You took the norm of the mean gradient, where gradients in different directions cancel. Compute the "
            "norms first.",
        ),
        Mistake(
            _from_gradients(lambda gradients: np.mean((np.abs(gradients) - 1) ** 2)),
            "You compared each coordinate with 1. The norm of a sample's whole gradient should be 1.",
        ),
        Mistake(
            _from_gradients(lambda gradients: np.mean((np.abs(gradients).sum(axis=1) - 1) ** 2)),
            "You added absolute values. The norm of a vector is the square root of the sum of squares.",
        ),
        Mistake(
            _from_gradients(lambda gradients: np.mean((np.sqrt(np.mean(gradients**2, axis=1)) - 1) ** 2)),
            "You took the mean of the squares. A norm is the square root of their sum.",
        ),
        Mistake(
            _from_norms(lambda norms: (norms.mean() - 1) ** 2),
            "You took the mean of the norms before the square. A norm of 2 and a norm of 0 would then count as "
            "perfect.",
        ),
        Mistake(
            _from_norms(lambda norms: np.mean((norms**2 - 1) ** 2)),
            "You compared the squared norm with 1. The norm is the square root of it.",
        ),
        Mistake(
            _from_norms(lambda norms: np.mean(norms**2)),
            "That penalty moves the norm toward 0. Here the norm should be 1.",
        ),
        Mistake(
            _from_norms(lambda norms: np.mean(np.maximum(0, norms - 1) ** 2)),
            "That is the one-sided penalty, which does not punish small norms. The paper's penalty is two-sided.",
        ),
        Mistake(
            _from_norms(lambda norms: np.mean(np.minimum(0, norms - 1) ** 2)),
            "A gradient that is too large costs nothing in your penalty. It should cost the most.",
        ),
        Mistake(
            _from_norms(lambda norms: np.mean(np.abs(norms - 1))),
            "The square is missing: (norm − 1)², not |norm − 1|.",
        ),
        Mistake(
            _from_norms(lambda norms: np.sum((norms - 1) ** 2)),
            "You took a sum over the samples. Take their mean, so that the penalty does not depend on the batch size.",
        ),
        Mistake(
            _from_norms(lambda norms: 10 * np.mean((norms - 1) ** 2)),
            "The factor 10 comes later, where the penalty is added to the loss. Return the mean without it.",
        ),
        Mistake(
            _from_norms(lambda norms: (norms - 1) ** 2),
            "You have one number per sample. Return their mean.",
        ),
    ],
    right="The order is right: a point for each pair, one norm per sample, minus 1, squared, and the mean at the end.",
    hint="At weight 1 the point is the real sample, and at weight 0 the generated one. weight[:, None] makes a column "
    "with one weight per row. np.linalg.norm(..., axis=1) gives one norm per sample.",
    test_first=_refuse_own_weights,
)

# ------------------------------------------------------------------------------------- a critic in the Dirac-GAN


def _turn(psi, theta, d_steps, rate, limit, weight):
    for _ in range(d_steps):
        speed = -theta - 2 * weight * (abs(psi) - 1) * np.sign(psi)
        psi = np.clip(psi + rate * speed, -limit, limit)
    return psi, theta + rate * psi


def _variant(sign_d=1, sign_g=1, factor=2, center=1, kind="both", clips=True, answers="new", one_step=False):
    """A turn with something changed."""

    def turn(psi, theta, d_steps, rate, limit, weight):
        old = psi
        for _ in range(1 if one_step else d_steps):
            inner = (abs(psi) - center) * np.sign(psi) if kind == "both" else psi - 1
            speed = -sign_d * theta - factor * weight * inner
            psi = psi + rate * speed
            psi = np.clip(psi, -limit, limit) if clips else psi
        return psi, theta + sign_g * rate * (old if answers == "old" else psi)

    return turn


def _both_move_each_time(psi, theta, d_steps, rate, limit, weight):
    for _ in range(d_steps):
        psi, theta = _turn(psi, theta, 1, rate, limit, weight)
    return psi, theta


def _clipped_speed(psi, theta, d_steps, rate, limit, weight):
    for _ in range(d_steps):
        speed = -theta - 2 * weight * (abs(psi) - 1) * np.sign(psi)
        psi = psi + rate * np.clip(speed, -limit, limit)
    return psi, theta + rate * psi


turn = function_exercise(
    _turn,
    cases=[
        (1.0, 1.0, 1, 0.1, np.inf, 0.0),
        (0.9, -1.5, 3, 0.2, 1.0, 0.0),
        (-0.8, -1.2, 4, 0.25, 0.9, 0.0),
        (0.5, 0.7, 2, 0.1, np.inf, 0.5),
        (-0.6, 1.1, 5, 0.1, np.inf, 2.0),
        (0.2, -0.4, 6, 0.5, 0.5, 0.3),
        (-0.45, -1.0, 2, 0.4, 0.5, 0.0),
    ],
    mistakes=[
        Mistake(
            _variant(sign_d=-1, sign_g=-1),
            "Both signs are wrong. D wants −ψθ to be large, so it moves with speed −θ. G wants ψθ to be large, so it "
            "moves with speed ψ.",
        ),
        Mistake(_variant(sign_d=-1), "D's sign is wrong: D wants −ψθ to be large, so its speed is −θ."),
        Mistake(_variant(sign_g=-1), "G's sign is wrong: G wants its score ψθ to be large, so its speed is ψ."),
        Mistake(
            _variant(factor=1),
            "The derivative of the penalty λ(|ψ| − 1)² has a factor 2, from the square.",
        ),
        Mistake(
            _variant(factor=-2),
            "Your D climbs its penalty. D descends it, so its derivative is subtracted from the speed.",
        ),
        Mistake(
            _variant(center=0),
            "You have 2λψ, the derivative of λψ². That penalty pulls the slope to 0. This one is λ(|ψ| − 1)².",
        ),
        Mistake(
            _variant(kind="signless"),
            "Your penalty is λ(ψ − 1)², which pulls ψ to +1. The slope is |ψ|, so ψ = −1 costs nothing either.",
        ),
        Mistake(_variant(clips=False), "The clipping is missing: np.clip(psi, -limit, limit) after each of D's steps."),
        Mistake(
            _variant(answers="old"),
            "G answers the old ψ. In turns means: D moves first, and G answers the new ψ.",
        ),
        Mistake(_variant(one_step=True), "D takes only one step in your game. It takes d_steps of them."),
        Mistake(
            _both_move_each_time,
            "G moves after each step of D. It moves once per turn, after all of D's steps.",
        ),
        Mistake(
            _clipped_speed,
            "You clipped D's speed. Clip its weight ψ itself, after the step.",
        ),
        Mistake(
            lambda psi, theta, d_steps, rate, limit, weight: _turn(psi, theta, d_steps, rate, limit, weight)[::-1],
            "You have exchanged the two: return ψ first, then θ.",
        ),
    ],
    right="Now play it for many turns.",
    hint="D's speed is −θ − 2λ(|ψ| − 1) · sign(ψ). After each of its steps comes np.clip. When D is done, θ moves by "
    "rate · ψ.",
)
