"""Checks of lesson 05, GANs for images: pixels, transposed convolutions, walks in latent space, and memory."""

import numpy as np

from gan_course.checks.exercise import Mistake, function_exercise

# --------------------------------------------------------------------------------------------- pixel values


def _to_tanh(pixels):
    return np.asarray(pixels, "float32") / 127.5 - 1


def _stretch_each_picture(pixels):
    pixels = np.asarray(pixels, "float32")
    return 2 * (pixels - pixels.min()) / (pixels.max() - pixels.min()) - 1


to_tanh = function_exercise(
    _to_tanh,
    cases=[
        (np.array([0, 255, 51], "uint8"),),
        (np.arange(0, 256, 5, dtype="uint8").reshape(1, 4, 13, 1),),
        (np.array([[100, 128], [160, 100]], "uint8"),),  # a picture without black or white
    ],
    mistakes=[
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 255,
            "These lie in [0, 1], and tanh never has to go below 0 for them. Stretch them to [−1, 1].",
        ),
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 127.5,
            "These lie in [0, 2]: the scale is right, and everything is 1 too high.",
        ),
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 255 - 1,
            "These lie in [−1, 0]: the shift is right, but the range is 1 wide, and tanh's is 2.",
        ),
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 255 - 0.5,
            "These lie in [−½, ½]: centered, and half as wide as they should be.",
        ),
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 128 - 1,
            "White comes out as 0.992, and black as −1. Half of 255 is 127.5.",
        ),
        Mistake(
            lambda pixels: (lambda x: (x - x.mean()) / (x.std() + 1e-9))(np.asarray(pixels, "float32")),
            "That is standardizing: mean 0, spread 1, and values far outside [−1, 1], which tanh cannot reach.",
        ),
        Mistake(
            lambda pixels: 1 - np.asarray(pixels, "float32") / 127.5,
            "Black and white have changed places: 0 should become −1.",
        ),
        Mistake(
            lambda pixels: 2 * pixels / 255 - 1,
            "Twice 255 does not fit into a byte: NumPy starts again at 0, and bright pixels come out dark. Divide "
            "first, or turn the bytes into floats.",
        ),
        Mistake(
            _stretch_each_picture,
            "You stretched by the darkest and brightest pixel there is, so every picture ends up with black and white. "
            "The scale belongs to the bytes: 0 to 255, whatever the picture.",
        ),
        Mistake(
            lambda pixels: np.tanh(np.asarray(pixels, "float32") / 127.5 - 1),
            "G ends in a tanh; the data does not go through one. As it is, white becomes 0.76.",
        ),
        Mistake(
            lambda pixels: (np.asarray(pixels, "float32") / 127.5 - 1).astype("int8"),
            "Whole numbers: every shade of gray has become −1, 0 or 1. Keep floats.",
        ),
        Mistake(
            lambda pixels: np.clip(np.asarray(pixels, "float32"), -1, 1),
            "Clipping makes all pixels but black equal to 1. Scale them.",
        ),
    ],
    right="Now G can reach every pixel value, and no other.",
    hint="A straight line takes 0 to −1 and 255 to 1. What does it divide by, and what does it take away?",
)

# --------------------------------------------------------------------------------- transposed convolutions


def _times_written(side, kernel, stride):
    counts = np.zeros(stride * (side - 1) + kernel)
    for i in range(side):
        counts[i * stride : i * stride + kernel] += 1
    return counts


def _written_by_convolution(side, kernel, stride):
    counts = np.zeros((side - kernel) // stride + 1 if side >= kernel else 1)
    return counts + kernel


def _overwritten(side, kernel, stride):
    counts = np.zeros(stride * (side - 1) + kernel)
    for i in range(side):
        counts[i * stride : i * stride + kernel] = 1
    return counts


def _no_stride(side, kernel, stride):
    counts = np.zeros(side - 1 + kernel)
    for i in range(side):
        counts[i : i + kernel] += 1
    return counts


def _cut_to_double(side, kernel, stride):
    return _times_written(side, kernel, stride)[: stride * side]


def _stride_wide(side, kernel, stride):
    return np.ones(stride * side)


def _too_long(side, kernel, stride):
    counts = np.zeros(stride * side + kernel)
    for i in range(side):
        counts[i * stride : i * stride + kernel] += 1
    return counts


def _last_stamp_missing(side, kernel, stride):
    counts = _times_written(side, kernel, stride)
    counts[stride * (side - 1) :] -= 1
    return counts


def _stamps_beyond_the_last(side, kernel, stride):
    counts = np.zeros(stride * (side - 1) + kernel)
    for i in range(0, len(counts), stride):
        counts[i : i + kernel] += 1
    return counts


def _some_inputs_only(side, kernel, stride):
    counts = np.zeros(stride * (side - 1) + kernel)
    for i in range(0, side, stride):
        counts[i : i + kernel] += 1
    return counts


times_written = function_exercise(
    _times_written,
    cases=[(4, 4, 2), (4, 3, 2), (5, 5, 2), (3, 2, 2), (6, 5, 3), (4, 3, 1), (3, 1, 3)],
    mistakes=[
        Mistake(
            _written_by_convolution,
            "You counted what an ordinary convolution reads. A transposed one writes, and its output is larger.",
        ),
        Mistake(
            _overwritten,
            "You marked each pixel once. Where two stamps overlap, the pixel is written twice: use +=.",
        ),
        Mistake(_no_stride, "Your stamps lie one pixel apart. They should lie `stride` pixels apart."),
        Mistake(
            _cut_to_double,
            "You cut the output to stride × side pixels, as padding='same' does. Here all of it is asked for.",
        ),
        Mistake(
            _stride_wide,
            "You wrote each stamp `stride` pixels wide. It is `kernel` pixels wide; only the steps are `stride`.",
        ),
        Mistake(
            _too_long,
            "Your output has pixels that no stamp reaches. The last stamp begins at stride × (side − 1).",
        ),
        Mistake(
            _last_stamp_missing,
            "One stamp is missing: `side` input pixels press `side` stamps, the last one at stride × (side − 1).",
        ),
        Mistake(
            _stamps_beyond_the_last,
            "You went through the output and began a stamp wherever one may begin, also behind the last input pixel. "
            "Go through the input: `side` stamps.",
        ),
        Mistake(
            _some_inputs_only,
            "You left input pixels out. All of them press a stamp; it is their stamps that lie `stride` apart.",
        ),
        Mistake(
            lambda side, kernel, stride: np.full(stride * (side - 1) + kernel, kernel / stride),
            "That is what it is on average, far from the ends. Count for each pixel: they differ, and that shows.",
        ),
        Mistake(
            lambda side, kernel, stride: np.maximum(1, _times_written(side, kernel, stride)),
            "Where the stamps are narrower than their distance, pixels in between are never written: 0, not 1.",
        ),
    ],
    right="A kernel that is a multiple of the stride writes the inner pixels equally often: no checkerboard.",
    hint="counts = np.zeros(stride * (side - 1) + kernel); then, for each input pixel i, add 1 to its stamp.",
)

# ------------------------------------------------------------------------------------------- a walk in z


def _slerp(a, b, t):
    angle = np.arccos(np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def _lerp(a, b, t):
    return (1 - t) * a + t * b


def _turned(a, b, t):
    return _slerp(b, a, t)


def _angle_without_norms(a, b, t):
    angle = np.arccos(np.clip(a @ b, -1, 1))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / (np.sin(angle) + 1e-12)


def _rescaled_line(a, b, t):
    line = _lerp(a, b, t)
    return line / np.linalg.norm(line) * np.linalg.norm(a)


def _no_sine_below(a, b, t):
    angle = np.arccos(np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1))
    return np.sin((1 - t) * angle) * a + np.sin(t * angle) * b


def _circle_weights(a, b, t):
    return np.cos(t * np.pi / 2) * a + np.sin(t * np.pi / 2) * b


def _cosine_for_angle(a, b, t):
    angle = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def _angle(a, b):
    return np.arccos(np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1))


def _sine_of_the_weight(a, b, t):
    angle = _angle(a, b)
    return (np.sin(1 - t) * angle * a + np.sin(t) * angle * b) / np.sin(angle)


def _one_term_divided(a, b, t):
    angle = _angle(a, b)
    return np.sin((1 - t) * angle) * a + np.sin(t * angle) * b / np.sin(angle)


slerp = function_exercise(
    _slerp,
    cases=[
        (np.array([2.0, 0.0, 0.0]), np.array([1.0, 2.0, -1.0]), 0.25),
        (np.array([0.5, -1.5]), np.array([1.0, 1.0]), 0.8),
        (np.array([3.0, 0.0]), np.array([0.5, 3.0]), 0.5),
        (np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5, 2.0]), 0.0),
    ],
    mistakes=[
        Mistake(_lerp, "That is the straight line, which cuts through the middle of the cloud, where no z ever is."),
        Mistake(_turned, "You walk from b to a. At t = 0 we should stand on a."),
        Mistake(
            _angle_without_norms,
            "The angle is the arccos of a·b only for vectors of length 1. Divide by both norms first.",
        ),
        Mistake(
            _rescaled_line,
            "You walk the line and stretch it to the norm of a: right at the ends if the norms are equal, but neither "
            "even in speed nor in length. Weigh a and b with sines of the angle.",
        ),
        Mistake(_no_sine_below, "Nearly: at t = 0 this gives sin(angle) · a. Divide by the sine of the whole angle."),
        Mistake(
            _circle_weights,
            "That takes the angle for 90°. In many dimensions it nearly is; compute the one between a and b.",
        ),
        Mistake(
            lambda a, b, t: _slerp(a / np.linalg.norm(a), b / np.linalg.norm(b), t),
            "Unit vectors serve to find the angle. The walk itself goes from a to b, with the lengths they have.",
        ),
        Mistake(
            _cosine_for_angle,
            "a·b over the norms is the *cosine* of the angle. np.arccos makes the angle of it.",
        ),
        Mistake(
            _sine_of_the_weight,
            "The angle belongs inside the sine: sin((1 − t)·angle), not sin(1 − t)·angle.",
        ),
        Mistake(
            lambda a, b, t: np.sqrt(1 - t) * a + np.sqrt(t) * b,
            "Those weights keep the length where a and b stand at a right angle, but do not walk evenly. Use sines.",
        ),
        Mistake(
            _one_term_divided,
            "Brackets: both terms are divided by the sine of the angle, and you divided the second alone.",
        ),
        Mistake(
            lambda a, b, t: (
                _lerp(a, b, t) / np.linalg.norm(_lerp(a, b, t)) * _lerp(np.linalg.norm(a), np.linalg.norm(b), t)
            ),
            "You walk the line and stretch it to a length in between: the right arc, but fast in the middle and slow "
            "at the ends. Sines of the angle walk evenly.",
        ),
    ],
    right="The walk keeps its distance from the origin, as the z do that G was trained on.",
    hint="With the angle between a and b: (sin((1 − t)·angle)·a + sin(t·angle)·b) / sin(angle).",
)

# ------------------------------------------------------------------------------------------------ memory


def _nearest(samples, images):
    a, b = (np.reshape(x, (len(x), -1)) for x in (samples, images))
    return np.array([np.sqrt(((b - row) ** 2).sum(axis=1)).min() for row in a])


def _flat(x):
    return np.reshape(x, (len(x), -1))


_RNG = np.random.default_rng(5)
_COPY = np.arange(36).reshape(3, 2, 2, 3) % 7 / 4 - 1


def _zeros_left_out(samples, images):
    distances = np.array([np.sqrt(((_flat(images) - row) ** 2).sum(axis=1)) for row in _flat(samples)])
    return np.where(distances > 0, distances, np.inf).min(axis=1)


nearest = function_exercise(
    _nearest,
    cases=[
        (_RNG.uniform(-1, 1, (3, 2, 2, 1)), _RNG.uniform(-1, 1, (5, 2, 2, 1))),
        (_RNG.uniform(-1, 1, (4, 3, 2, 1)), _RNG.uniform(-1, 1, (2, 3, 2, 1))),
        (np.zeros((1, 2, 2, 1)), np.stack([np.full((2, 2, 1), 0.5), np.full((2, 2, 1), -1.0)])),
        (np.stack([_COPY[0] / 2, _COPY[1]]), np.concatenate([_COPY, -_COPY])),  # in color, the second one a copy
    ],
    mistakes=[
        Mistake(
            lambda s, x: np.array([((_flat(x) - row) ** 2).sum(axis=1).min() for row in _flat(s)]),
            "These are squared distances. Take the square root.",
        ),
        Mistake(
            lambda s, x: np.array([np.sqrt(((_flat(x) - row) ** 2).sum(axis=1)).mean() for row in _flat(s)]),
            "You took the mean distance to all images. A copy hides in a mean: take the smallest.",
        ),
        Mistake(
            lambda s, x: np.array([np.sqrt(((_flat(x) - row) ** 2).sum(axis=1)).argmin() for row in _flat(s)]),
            "This says which image is the nearest (argmin). We want how far it is (min).",
        ),
        Mistake(
            lambda s, x: _nearest(x, s),
            "You looked, for each image, for the nearest sample. For each sample, look for the nearest image.",
        ),
        Mistake(
            lambda s, x: np.array([np.abs(_flat(x) - row).sum(axis=1).min() for row in _flat(s)]),
            "That is the sum of absolute differences. Square, add up, and take the root.",
        ),
        Mistake(
            lambda s, x: np.array([np.sqrt(((_flat(x) - row) ** 2).mean(axis=1)).min() for row in _flat(s)]),
            "You took the mean over the pixels. The Euclidean distance adds them up.",
        ),
        Mistake(
            lambda s, x: np.array([np.sqrt(((_flat(x) - row) ** 2).sum(axis=1)).max() for row in _flat(s)]),
            "You took the farthest image. Take the smallest distance.",
        ),
        Mistake(
            lambda s, x: _nearest(s[..., :1], x[..., :1]),
            "You compared the first channel only. Color pictures have three: flatten *all* axes but the first.",
        ),
        Mistake(
            lambda s, x: np.array([np.linalg.norm(x - row, axis=(1, 2)).min() for row in s]),
            "You took a distance in each channel, and the smallest of them. A picture has one distance, over all its "
            "pixels and channels.",
        ),
        Mistake(
            _zeros_left_out,
            "You left distances of 0 out. A perfect copy is at distance 0: it is what we are looking for.",
        ),
        Mistake(
            lambda s, x: _nearest(s, x).min(),
            "That is one number for all samples. Each sample has a distance of its own.",
        ),
        Mistake(
            lambda s, x: np.array([np.abs(_flat(x) - row).max(axis=1).min() for row in _flat(s)]),
            "You took the pixel that differs most. The Euclidean distance counts all pixels: square, add up, root.",
        ),
        Mistake(
            lambda s, x: np.array([np.linalg.norm(row - _flat(x).mean(axis=0)) for row in _flat(s)]),
            "That is the distance to the average picture. A copy is near to one of them, not to their mean.",
        ),
    ],
    right="A generator that copies would show distances near 0.",
    hint="Flatten both with reshape(len(...), -1). For each row: np.sqrt(((images - row) ** 2).sum(axis=1)).min().",
)
