"""Checks of lesson 16, training at scale: the FLOPs of a layer and of a step, the gradient of a shared batch."""

import numpy as np

from gan_course.checks.exercise import Mistake, function_exercise

_RNG = np.random.default_rng(16)

# ------------------------------------------------------------------------------------------ the FLOPs of a layer


def _layer_flops(side, kernel, channels, filters, stride):
    per_place = 2 * kernel**2 * channels * filters
    out = -(-side // stride)
    return [per_place * out**2, per_place * side**2]


def _per_place(kernel, channels, filters):
    return 2 * kernel**2 * channels * filters


layer_flops = function_exercise(
    _layer_flops,
    cases=[(28, 4, 1, 32, 2), (7, 3, 64, 128, 2), (14, 4, 32, 3, 1), (1, 1, 100, 10, 1), (11, 5, 2, 6, 3)],
    mistakes=[
        Mistake(
            lambda side, kernel, channels, filters, stride: (
                np.array(_layer_flops(side, kernel, channels, filters, stride)) / 2
            ),
            "You counted the multiplications alone. Each product is also added to a sum, so it is two operations.",
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: [_per_place(kernel, channels, filters) * side**2] * 2,
            "A convolution computes one value per pixel of its output. With a stride, the output is smaller.",
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: [
                _per_place(kernel, channels, filters) * (-(-side // stride)) ** 2,
                _per_place(kernel, channels, filters) * (side * stride) ** 2,
            ],
            "You counted the kernel once per pixel of the larger output of the transposed convolution. Each pixel of "
            "its *input* is multiplied by the kernel once, and no more products are needed.",
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: [
                _per_place(kernel, channels, filters) * (side // stride) ** 2,
                _per_place(kernel, channels, filters) * side**2,
            ],
            'You rounded down. With padding "same" a picture of 7 pixels and stride 2 becomes one of 4 pixels.',
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: _layer_flops(side, kernel**0.5, channels, filters, stride),
            "The kernel is a square: it has kernel · kernel places.",
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: _layer_flops(side, kernel, 1, filters, stride),
            "You forgot the channels of the input. Each output value is a sum over all of them.",
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: _layer_flops(side, kernel, channels, 1, stride),
            "You forgot the filters. Each of them computes a picture of its own.",
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: [
                _per_place(kernel, channels, filters) * -(-side // stride),
                _per_place(kernel, channels, filters) * side,
            ],
            "A picture has side · side pixels. You counted one row.",
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: _layer_flops(side, kernel, channels, filters, stride)[::-1],
            "You have exchanged the two: first the convolution, then the transposed one.",
        ),
        Mistake(
            lambda side, kernel, channels, filters, stride: [
                kernel**2 * channels * filters + filters,
                kernel**2 * channels * filters + filters,
            ],
            "That is the number of weights. Each weight is used once per place, so the FLOPs grow with the picture.",
        ),
    ],
    right="With side = 1, kernel = 1 and stride = 1 this is a dense layer: 2 · inputs · outputs.",
    hint="One value of a convolution's output is a sum of kernel · kernel · channels products. There are filters · out "
    "· out such values, where out is side / stride, rounded up. A transposed convolution is the same computation read "
    "backward: its small side is the input.",
)

# --------------------------------------------------------------------------------- the gradient of a shared batch


def _global_gradient(gradients, counts):
    return counts @ gradients / counts.sum()


global_gradient = function_exercise(
    _global_gradient,
    cases=[
        (_RNG.normal(size=(2, 4)), np.array([8.0, 7.0])),
        (_RNG.normal(size=(3, 2)), np.array([4.0, 4.0, 1.0])),
        (_RNG.normal(size=(4, 3)), np.array([5.0, 5.0, 5.0, 5.0])),
        (_RNG.normal(size=(3, 5)), np.array([6.0, 3.0, 0.0])),  # the last worker got no sample
    ],
    mistakes=[
        Mistake(
            lambda gradients, counts: gradients.mean(axis=0),
            "You took the plain mean over the workers. A worker with fewer samples then counts as much as the others: "
            "weight each gradient by its count.",
        ),
        Mistake(
            lambda gradients, counts: gradients.sum(axis=0),
            "You added the gradients. Each of them is a mean already, so a sum of equal gradients would be too large.",
        ),
        Mistake(
            lambda gradients, counts: counts @ gradients,
            "That is the sum over all samples. The loss is a mean: divide by the number of all samples.",
        ),
        Mistake(
            lambda gradients, counts: counts @ gradients / len(counts),
            "You divided by the number of workers. Divide by the number of all samples.",
        ),
        Mistake(
            lambda gradients, counts: counts @ gradients / counts.max(),
            "You divided by the largest count. The weights have to add up to 1.",
        ),
        Mistake(
            lambda gradients, counts: gradients[counts > 0].mean(axis=0),
            "You left out the worker without samples, and then took the plain mean. The counts of the others matter, "
            "too.",
        ),
        Mistake(
            lambda gradients, counts: gradients[0],
            "That is the gradient of the first worker alone. All-reduce combines all of them.",
        ),
        Mistake(
            lambda gradients, counts: gradients.mean(axis=1),
            "You took the mean over the weights of the network. Take it over the workers: axis 0.",
        ),
        Mistake(
            lambda gradients, counts: np.median(gradients, axis=0),
            "That is the median. The gradient of a mean is a mean of gradients.",
        ),
        Mistake(
            lambda gradients, counts: (counts**2) @ gradients / (counts**2).sum(),
            "You weighted by the squares of the counts.",
        ),
    ],
    right="This is what all-reduce computes, and why several workers can take the very step that one would take.",
    hint="The mean gradient of a worker, times its count, is the sum over its samples. Add these sums, and divide by "
    "the number of all samples.",
)

# ---------------------------------------------------------------------------------------- the FLOPs of a whole step


def _step_flops(generator, discriminator, batch):
    def forward(rows):
        side, kernel, channels, filters, stride, transposed = np.transpose(rows)
        places = np.where(transposed, side, -(-side // stride)) ** 2
        return 2 * kernel**2 * channels * filters * places

    g, d = forward(generator), forward(discriminator)
    d_step = g.sum() + 2 * (3 * d.sum() - d[0])  # forward, and backward twice, on real and on generated pictures
    g_step = 3 * g.sum() - g[0] + 2 * d.sum()  # D passes the gradient on, and its weights need none
    return [batch * d_step, batch * g_step]


def _forward(rows, as_convolutions=False, once=2):
    side, kernel, channels, filters, stride, transposed = np.transpose(rows)
    places = np.where(transposed * (not as_convolutions), side, -(-side // stride)) ** 2
    return once * kernel**2 * channels * filters * places


def _other_step(d_step, g_step, **options):
    """A solution with another count. `d_step` and `g_step` get the forward FLOPs per layer of G and of D."""

    def count(generator, discriminator, batch):
        g, d = _forward(generator, **options), _forward(discriminator, **options)
        return [batch * d_step(g, d), batch * g_step(g, d)]

    return count


def _d_step(g, d):
    return g.sum() + 2 * (3 * d.sum() - d[0])


def _g_step(g, d):
    return 3 * g.sum() - g[0] + 2 * d.sum()


_SMALL_G = np.array([[1, 1, 8, 48, 1, 0], [4, 4, 3, 6, 2, 1], [8, 3, 6, 2, 1, 0], [8, 4, 2, 1, 2, 1]])
_SMALL_D = np.array([[16, 4, 1, 5, 2, 0], [8, 3, 5, 7, 3, 0], [1, 1, 63, 1, 1, 0]])

step_flops = function_exercise(
    _step_flops,
    cases=[
        (_SMALL_G, _SMALL_D, 16),
        (_SMALL_G[:2], _SMALL_D[1:], 5),
        (np.array([[1, 1, 2, 30, 1, 0]]), np.array([[1, 1, 30, 1, 1, 0]]), 1),
    ],
    mistakes=[
        Mistake(
            _other_step(_d_step, _g_step, once=1),
            "You counted the multiplications alone. Each product is also added to a sum, so it is two operations.",
        ),
        Mistake(
            _other_step(_d_step, _g_step, as_convolutions=True),
            "You counted a transposed convolution like a convolution. Where the last number of a row is 1, each pixel "
            "of the input counts.",
        ),
        Mistake(
            lambda generator, discriminator, batch: _step_flops(generator, discriminator, 1),
            "That is for one picture. Multiply by the batch.",
        ),
        Mistake(
            _other_step(lambda g, d: 2 * (3 * d.sum() - d[0]), _g_step),
            "In D's step somebody has to draw the generated pictures: G's forward pass is missing.",
        ),
        Mistake(
            _other_step(lambda g, d: g.sum() + 3 * d.sum() - d[0], _g_step),
            "D's step shows D two batches, a real one and a generated one. You counted one.",
        ),
        Mistake(
            _other_step(lambda g, d: 3 * g.sum() - g[0] + 2 * (3 * d.sum() - d[0]), _g_step),
            "You trained G in D's step. There it only draws: forward, and no backward pass.",
        ),
        Mistake(
            _other_step(lambda g, d: g.sum() + 6 * d.sum(), lambda g, d: 3 * g.sum() + 2 * d.sum()),
            "You counted one product too many: nobody asks for the gradient of what goes into the first layer of the "
            "network that learns, the pixels in D's step and z in G's step.",
        ),
        Mistake(
            _other_step(_d_step, lambda g, d: 3 * g.sum() - g[0] + 3 * d.sum()),
            "In G's step D's weights stand still, so their gradients are not computed. D only passes the gradient on.",
        ),
        Mistake(
            _other_step(_d_step, lambda g, d: 3 * g.sum() - g[0] + 2 * d.sum() - d[0]),
            "In G's step the gradient has to come out of D's first layer, since it goes on to G's pixels.",
        ),
        Mistake(
            _other_step(_d_step, lambda g, d: 3 * g.sum() - g[0] + 4 * d.sum()),
            "In G's step D sees the generated pictures alone. Real ones do not matter to G.",
        ),
        Mistake(
            _other_step(_d_step, lambda g, d: 3 * g.sum() - g[0]),
            "G's step needs D: forward for the score, and backward down to the pixels.",
        ),
        Mistake(
            _other_step(lambda g, d: g.sum() + 2 * (2 * d.sum() - d[0]), lambda g, d: 2 * g.sum() - g[0] + d.sum()),
            "The backward pass has two products per layer: one for the gradient of the weights, one for the gradient "
            "of the input.",
        ),
        Mistake(
            _other_step(lambda g, d: g.sum() + 2 * d.sum(), lambda g, d: g.sum() + d.sum()),
            "You counted the forward passes alone. Training is about three times as much.",
        ),
        Mistake(
            lambda generator, discriminator, batch: _step_flops(generator, discriminator, batch)[::-1],
            "You have exchanged the two: first D's step, then G's.",
        ),
        Mistake(
            lambda generator, discriminator, batch: sum(_step_flops(generator, discriminator, batch)),
            "Return two numbers: D's step, and G's step.",
        ),
    ],
    right="Now you can say what a training costs before you rent a machine for it.",
    hint="Let g and d be the forward FLOPs per layer. A layer that learns costs three times its forward pass: forward, "
    "the gradient of its weights, and the gradient of its input. The first layer of the network that learns needs no "
    "gradient of its input. A layer that only passes the gradient on costs twice its forward pass.",
)
