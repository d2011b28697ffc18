"""Checks of lesson 13, images from images: the best single guesses, the patch of a score, the translators' loss."""

import numpy as np

from gan_course.checks.exercise import Mistake, function_exercise

_RNG = np.random.default_rng(13)

# ------------------------------------------------------------------------------------------ the best single guess


def _best_guesses(values, probabilities):
    order = np.argsort(values)
    reached = np.cumsum(probabilities[order])
    return np.sum(values * probabilities), values[order][np.argmax(reached >= 0.5)]


def _median_unsorted(values, probabilities):
    return values[np.argmax(np.cumsum(probabilities) >= 0.5)]


best_guesses = function_exercise(
    _best_guesses,
    cases=[
        (np.array([-1.0, 0.5, 1.0]), np.array([0.6, 0.3, 0.1])),
        (np.array([0.9, -0.8, 0.1, -0.3]), np.array([0.4, 0.15, 0.2, 0.25])),
        (np.array([1.0, -1.0, 0.25]), np.array([0.35, 0.4, 0.25])),
    ],
    mistakes=[
        Mistake(
            lambda values, probabilities: _best_guesses(values, probabilities)[::-1],
            "You exchanged the two. The squared difference comes first: its best guess is the mean.",
        ),
        Mistake(
            lambda values, probabilities: (np.sum(values * probabilities),) * 2,
            "You used the mean for both. Move the second guess a little: what changes is how many values, by "
            "probability, lie on each side of it.",
        ),
        Mistake(
            lambda values, probabilities: (_best_guesses(values, probabilities)[1],) * 2,
            "You used the median for both. For the squared difference, set the derivative of its expectation to 0.",
        ),
        Mistake(
            lambda values, probabilities: (values.mean(), _best_guesses(values, probabilities)[1]),
            "Your mean does not use the probabilities: a value that occurs more often has to count more.",
        ),
        Mistake(
            lambda values, probabilities: (np.sum(values * probabilities), np.median(values)),
            "Your median does not use the probabilities. Half of the probability, not half of the values, lies below "
            "it.",
        ),
        Mistake(
            lambda values, probabilities: (values.mean(), np.median(values)),
            "You did not use the probabilities. These values do not occur equally often.",
        ),
        Mistake(
            lambda values, probabilities: (np.sum(values * probabilities), values[np.argmax(probabilities)]),
            "Your second guess is the most probable value. It is right most often, but it may be far off when it is "
            "wrong. The absolute difference counts how far off it is.",
        ),
        Mistake(
            lambda values, probabilities: (np.sum(values * probabilities), _median_unsorted(values, probabilities)),
            "Sort the values first, and their probabilities with them. np.argsort returns the order.",
        ),
        Mistake(
            lambda values, probabilities: (np.sum(values * probabilities), (values.min() + values.max()) / 2),
            "Your second guess lies in the middle between the smallest and the largest value. That is best for the "
            "largest possible difference, not for the mean of the differences.",
        ),
    ],
    right="The mean need not be a value that can occur. The median can be one. But pixel by pixel, neither the means "
    "nor the medians have to form a picture that occurs.",
    hint="Only the values themselves need to be tried as the second guess. Sort them. Going up from the smallest one, "
    "add up the probabilities until you have at least one half: np.cumsum(probabilities[order]).",
)

# --------------------------------------------------------------------------------------- the patch of one score


def _patch_side(kernels, strides):
    side, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        side += (kernel - 1) * step
        step *= stride
    return side


def _without_steps(kernels, strides):
    return 1 + sum(kernel - 1 for kernel in kernels)


def _step_first(kernels, strides):
    side, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        step *= stride
        side += (kernel - 1) * step
    return side


def _whole_kernels(kernels, strides):
    side, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        side += kernel * step
        step *= stride
    return side


def _last_stride_only(kernels, strides):
    side, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        side += (kernel - 1) * step
        step = stride
    return side


patch_side = function_exercise(
    _patch_side,
    cases=[((4, 4, 3), (2, 2, 1)), ((4, 4, 4, 4, 4), (2, 2, 2, 1, 1)), ((3, 5), (1, 3)), ((7, 3, 2, 3), (1, 2, 3, 2))],
    mistakes=[
        Mistake(
            _without_steps,
            "You added up the kernels without the strides. Behind a stride of 2, neighboring numbers lie two pixels "
            "apart, so a kernel there reaches twice as far.",
        ),
        Mistake(
            _step_first,
            "You multiplied by a layer's own stride before you used it. A stride moves apart what comes *after* its "
            "layer.",
        ),
        Mistake(
            _whole_kernels,
            "You added kernel × step. One number of the kernel is already counted: a kernel of 1 reaches no further, "
            "so add (kernel − 1) × step.",
        ),
        Mistake(
            _last_stride_only,
            "You used only the stride of the layer before. Strides multiply: behind two strides of 2, neighbors lie "
            "four pixels apart.",
        ),
        Mistake(
            lambda kernels, strides: _patch_side(kernels[::-1], strides[::-1]),
            "You went through the layers from the last to the first, as if the last one saw the picture. Begin with "
            "the first layer.",
        ),
        Mistake(
            lambda kernels, strides: int(np.prod(strides)),
            "That is how far apart the patches of two neighboring scores begin. The question is how large a patch is.",
        ),
        Mistake(
            lambda kernels, strides: _patch_side(kernels, strides) ** 2,
            "That is the number of pixels of a patch. Return the length of its side.",
        ),
        Mistake(
            lambda kernels, strides: max(kernels),
            "You returned the largest kernel. Each further layer looks at results of the layer before, which have "
            "seen several pixels already.",
        ),
    ],
    right="The second case is the discriminator of the pix2pix paper: 70 × 70 pixels.",
    hint="Keep two numbers: the side of the patch, 1 at first, and how many pixels apart two neighbors are, also 1 at "
    "first. Each layer adds (kernel − 1) × that distance to the side, and then multiplies the distance by its stride.",
)

# ------------------------------------------------------------------------------------------- the translators' loss


def _translators_loss(a, b, to_a, to_b, d_a, d_b, weight):
    made_a, made_b = to_a(b), to_b(a)
    fooling = np.mean((d_a(made_a) - 1) ** 2) + np.mean((d_b(made_b) - 1) ** 2)
    cycle = np.mean(np.abs(to_a(made_b) - a)) + np.mean(np.abs(to_b(made_a) - b))
    return fooling + weight * cycle


def _network(size):
    matrix, shift = _RNG.normal(size=(size, size)), _RNG.normal(size=size)
    return lambda pictures: np.tanh(pictures @ matrix + shift)


def _score(size):
    matrix = _RNG.normal(size=(size, 2))  # two patches per picture
    return lambda pictures: pictures @ matrix


def _game(count, size, weight):
    """Both kinds have pictures of the same size, so that an answer that confuses them runs, and gets its message."""
    a, b = _RNG.uniform(-1, 1, (2, count, size))
    return a, b, _network(size), _network(size), _score(size), _score(size), weight


def _fooling(a, b, to_a, to_b, d_a, d_b):
    return np.mean((d_a(to_a(b)) - 1) ** 2) + np.mean((d_b(to_b(a)) - 1) ** 2)


def _cycle(a, b, to_a, to_b, distance=np.abs, over=np.mean):
    return over(distance(to_a(to_b(a)) - a)) + over(distance(to_b(to_a(b)) - b))


translators_loss = function_exercise(
    _translators_loss,
    cases=[_game(4, 3, 10.0), _game(2, 6, 0.5), _game(5, 4, 3.0)],
    mistakes=[
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: _fooling(a, b, to_a, to_b, d_a, d_b),
            "The cycle loss is missing: translate there and back, and compare with the original.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: weight * _cycle(a, b, to_a, to_b),
            "Only the cycle loss is there. Two translators that leave every picture as it is would be perfect: the "
            "terms that fool the discriminators are missing.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: _fooling(a, b, to_a, to_b, d_a, d_b) + _cycle(a, b, to_a, to_b),
            "The weight of the cycle loss is missing.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_a, d_b) + weight * np.mean(np.abs(to_a(to_b(a)) - a))
            ),
            "You went around the cycle from A only. Pictures of B have to come back, too.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_a, d_b) + weight * np.mean(np.abs(to_b(to_a(b)) - b))
            ),
            "You went around the cycle from B only. Pictures of A have to come back, too.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_a, d_b) + weight * _cycle(a, b, to_a, to_b, distance=np.square)
            ),
            "Your cycle loss squares the differences. The paper uses the L1 distance, the absolute differences.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_a, d_b) + weight * _cycle(a, b, to_a, to_b, over=np.sum)
            ),
            "You summed the differences. Take the mean, or the loss depends on how many pictures there are.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_a, d_b) + weight * _cycle(a, b, to_a, to_b, distance=lambda gap: gap)
            ),
            "Your differences have signs, so they cancel: too bright here, too dark there, and the mean is 0. Take "
            "absolute values.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                np.mean(d_a(to_a(b)) ** 2) + np.mean(d_b(to_b(a)) ** 2) + weight * _cycle(a, b, to_a, to_b)
            ),
            "You asked for a score of 0, which means “generated”. The translators want a score of 1, “real”.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                np.mean((d_a(a) - 1) ** 2) + np.mean((d_b(b) - 1) ** 2) + weight * _cycle(a, b, to_a, to_b)
            ),
            "You asked the discriminators about real pictures, which no translator can change. Ask them about what "
            "the translators make.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                np.mean((d_a(to_a(to_b(a))) - 1) ** 2)
                + np.mean((d_b(to_b(to_a(b))) - 1) ** 2)
                + weight * _cycle(a, b, to_a, to_b)
            ),
            "You asked the discriminators about pictures that had come back. Ask them about the pictures in between: "
            "those have to look like the other kind.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                np.mean((d_a(to_a(b)) - 1) ** 2) + weight * _cycle(a, b, to_a, to_b)
            ),
            "Only to_a has to fool a discriminator. There are two games: d_b judges what to_b makes.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                weight * (_fooling(a, b, to_a, to_b, d_a, d_b) + _cycle(a, b, to_a, to_b))
            ),
            "You multiplied the whole loss by the weight. It belongs to the cycle loss alone.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_a, d_b) + weight * _cycle(a, b, to_a, to_b) / 2
            ),
            "You took the mean of the two ways around the cycle. The paper adds them up.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_a, d_b)
                + weight * (np.mean(np.abs(to_b(a) - b)) + np.mean(np.abs(to_a(b) - a)))
            ),
            "You compared a translation with a picture of the other kind, but there are no pairs: row i of a and row i "
            "of b do not belong together. Translate it back, and compare it with the picture that it was.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_a, d_b)
                + weight * (np.mean(np.abs(to_a(to_b(a)) - b)) + np.mean(np.abs(to_b(to_a(b)) - a)))
            ),
            "You compared what came back with a picture of the other kind. What began as a has to come back as a.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: (
                _fooling(a, b, to_a, to_b, d_b, d_a) + weight * _cycle(a, b, to_a, to_b)
            ),
            "You exchanged the discriminators: d_a judges pictures of A, which to_a makes.",
        ),
        Mistake(
            lambda a, b, to_a, to_b, d_a, d_b, weight: _translators_loss(a, b, to_b, to_a, d_a, d_b, weight),
            "You exchanged the translators: to_a takes pictures of B, and makes pictures of A.",
        ),
    ],
    right="The discriminators' losses are those of two ordinary GANs. So these lines are all that is new.",
    hint="Make two pictures first: to_a(b) and to_b(a). Each has two tasks. Its discriminator should give it the score "
    "1, and the other translator should be able to turn it back. The differences of the way back are absolute, and "
    "their mean is multiplied by the weight.",
)
