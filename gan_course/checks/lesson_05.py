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
            "These values lie in [0, 1], so G would never use the negative half of tanh's range. Stretch them to "
            "[−1, 1].",
        ),
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 127.5,
            "These values lie in [0, 2]. The scale is right, but all values are too large by 1.",
        ),
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 255 - 1,
            "These values lie in [−1, 0]. The smallest value is right, but the range has width 1, and tanh's range "
            "has width 2.",
        ),
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 255 - 0.5,
            "These values lie in [−½, ½]. They are centered, but the range is half as wide as it should be.",
        ),
        Mistake(
            lambda pixels: np.asarray(pixels, "float32") / 128 - 1,
            "White becomes 0.992, while black becomes −1. Half of 255 is 127.5.",
        ),
        Mistake(
            lambda pixels: (lambda x: (x - x.mean()) / (x.std() + 1e-9))(np.asarray(pixels, "float32")),
            "That is standardization, with mean 0 and standard deviation 1. Some values lie far outside [−1, 1], "
            "where tanh cannot reach them.",
        ),
        Mistake(
            lambda pixels: 1 - np.asarray(pixels, "float32") / 127.5,
            "You have exchanged black and white: 0 should become −1.",
        ),
        Mistake(
            lambda pixels: 2 * pixels / 255 - 1,
            "Twice 255 does not fit into a byte: NumPy starts again at 0, and bright pixels become dark. Divide "
            "first, or convert the bytes to floats.",
        ),
        Mistake(
            _stretch_each_picture,
            "You used the darkest and the brightest pixel of the data, so that every picture contains black and "
            "white. Use the range of a byte instead: 0 to 255 for every picture.",
        ),
        Mistake(
            lambda pixels: np.tanh(np.asarray(pixels, "float32") / 127.5 - 1),
            "G ends in a tanh, but the data does not pass through one. With your tanh, white becomes 0.76.",
        ),
        Mistake(
            lambda pixels: (np.asarray(pixels, "float32") / 127.5 - 1).astype("int8"),
            "These are integers: every shade of gray has become −1, 0 or 1. Keep floats.",
        ),
        Mistake(
            lambda pixels: np.clip(np.asarray(pixels, "float32"), -1, 1),
            "Clipping makes all pixels except black equal to 1. Scale the values instead.",
        ),
    ],
    right="Now G can reach every pixel value, and no other.",
    hint="A linear function maps 0 to −1 and 255 to 1. By what does it divide, and what does it subtract?",
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
            "You counted what an ordinary convolution reads. A transposed convolution writes, and its output is "
            "larger.",
        ),
        Mistake(
            _overwritten,
            "You counted each pixel once. Where two stamps overlap, the pixel is written twice: use +=.",
        ),
        Mistake(_no_stride, "Your stamps are one pixel apart. They should be `stride` pixels apart."),
        Mistake(
            _cut_to_double,
            "You cut the output to stride × side pixels, as padding='same' does. This exercise asks for the full "
            "output.",
        ),
        Mistake(
            _stride_wide,
            "Each of your stamps is `stride` pixels wide. A stamp is `kernel` pixels wide; only the distance between "
            "stamps is `stride`.",
        ),
        Mistake(
            _too_long,
            "Your output has pixels that no stamp reaches. The last stamp begins at stride × (side − 1).",
        ),
        Mistake(
            _last_stamp_missing,
            "One stamp is missing: `side` input pixels make `side` stamps, and the last one begins at stride × (side "
            "− 1).",
        ),
        Mistake(
            _stamps_beyond_the_last,
            "You looped over the output and began a stamp wherever one fits, even after the last input pixel. Loop "
            "over the input: there are `side` stamps.",
        ),
        Mistake(
            _some_inputs_only,
            "You left out some input pixels. Every input pixel makes a stamp, and these stamps are `stride` pixels "
            "apart.",
        ),
        Mistake(
            lambda side, kernel, stride: np.full(stride * (side - 1) + kernel, kernel / stride),
            "That is the average, far from the two ends. Count for each pixel: the counts differ, and that is what "
            "makes a checkerboard.",
        ),
        Mistake(
            lambda side, kernel, stride: np.maximum(1, _times_written(side, kernel, stride)),
            "Where the stamps are narrower than the stride, the pixels between them are never written: their count "
            "is 0, not 1.",
        ),
    ],
    right="If the kernel size is a multiple of the stride, all inner pixels are written equally often, and there is "
    "no checkerboard.",
    hint="Begin with counts = np.zeros(stride * (side - 1) + kernel). Then, for each input pixel i, add 1 to the "
    "pixels of its stamp.",
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
        Mistake(_lerp, "That is the straight line. It passes through the middle of the cloud, where almost no z lies."),
        Mistake(_turned, "You go from b to a. At t = 0 the result should be a."),
        Mistake(
            _angle_without_norms,
            "The angle is the arccos of a·b only for vectors of length 1. Divide by both norms first.",
        ),
        Mistake(
            _rescaled_line,
            "You go along the straight line and rescale each point to the norm of a. The ends are right if both "
            "norms are equal, but the speed is not constant, and the length is wrong otherwise. Use sines of the "
            "angle as weights of a and b.",
        ),
        Mistake(
            _no_sine_below, "Almost right: at t = 0 this gives sin(angle) · a. Divide by the sine of the whole angle."
        ),
        Mistake(
            _circle_weights,
            "This assumes an angle of 90°. In many dimensions it is almost 90°, but compute the angle between a and b.",
        ),
        Mistake(
            lambda a, b, t: _slerp(a / np.linalg.norm(a), b / np.linalg.norm(b), t),
            "You need unit vectors only to find the angle. The path itself goes from a to b, with the lengths that "
            "they have.",
        ),
        Mistake(
            _cosine_for_angle,
            "a·b divided by both norms is the *cosine* of the angle. np.arccos gives the angle.",
        ),
        Mistake(
            _sine_of_the_weight,
            "The factors 1 − t and t belong inside the sine: sin((1 − t)·angle), not sin(1 − t)·angle.",
        ),
        Mistake(
            lambda a, b, t: np.sqrt(1 - t) * a + np.sqrt(t) * b,
            "These weights keep the length if a and b are at a right angle, but the speed is not constant. Use sines "
            "of the angle.",
        ),
        Mistake(
            _one_term_divided,
            "Parentheses are missing: both terms are divided by the sine of the angle, but you divided only the "
            "second one.",
        ),
        Mistake(
            lambda a, b, t: (
                _lerp(a, b, t) / np.linalg.norm(_lerp(a, b, t)) * _lerp(np.linalg.norm(a), np.linalg.norm(b), t)
            ),
            "You go along the straight line and rescale each point to a length between both norms. That is the right "
            "arc, but the speed is high in the middle and low at the ends. With sines of the angle the speed is "
            "constant.",
        ),
    ],
    right="The path keeps its distance from the origin, like the vectors z that G was trained on.",
    hint="With the angle between a and b, the point is (sin((1 − t)·angle)·a + sin(t·angle)·b) / sin(angle).",
)

# ------------------------------------------------------------------------------------------------ memory


def _nearest(samples, images, reach):
    samples, smallest = np.reshape(samples, (len(samples), -1)).astype("float64"), np.full(len(samples), np.inf)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            moved = np.roll(images, (down, right), axis=(1, 2)).reshape(len(images), -1)
            squares = (samples**2).sum(axis=1)[:, None] - 2 * samples @ moved.T + (moved**2).sum(axis=1)
            smallest = np.minimum(smallest, squares.min(axis=1))
    return np.sqrt(np.maximum(smallest, 0))


def _flat(x):
    return np.reshape(x, (len(x), -1))


def _moves(images, moves):
    return np.concatenate([np.roll(images, move, axis=(1, 2)) for move in moves])


def _square(reach):
    return [(down, right) for down in range(-reach, reach + 1) for right in range(-reach, reach + 1)]


def _differences(samples, images, reach):
    """Samples minus moved images, `(samples, moved images, values)`."""
    return _flat(samples)[:, None] - _flat(_moves(images, _square(reach)))[None]


def _distances(samples, images, reach):
    return np.sqrt((_differences(samples, images, reach) ** 2).sum(axis=2))


def _zeros_left_out(samples, images, reach):
    distances = _distances(samples, images, reach)
    return np.where(distances > 1e-6, distances, np.inf).min(axis=1)


def _along_the_axes(samples, images, reach):
    moves = [move for move in _square(reach) if 0 in move]
    return _nearest(samples, _moves(images, moves), 0)


def _one_way(samples, images, reach):
    moves = [move for move in _square(reach) if min(move) >= 0]
    return _nearest(samples, _moves(images, moves), 0)


def _last_move_missing(samples, images, reach):
    moves = [move for move in _square(reach) if max(move) < reach] or [(0, 0)]
    return _nearest(samples, _moves(images, moves), 0)


def _farthest_move_only(samples, images, reach):
    moves = [move for move in _square(reach) if max(map(abs, move)) == reach]
    return _nearest(samples, _moves(images, moves), 0)


def _wrong_axes(samples, images, reach):
    moved = [np.roll(images, move, axis=(0, 1)) for move in _square(reach)]
    return _nearest(samples, np.concatenate(moved), 0)


def _last_move_wins(samples, images, reach):
    return _nearest(samples, np.roll(images, (reach, reach), axis=(1, 2)), 0)


_RNG = np.random.default_rng(5)
_COPY = np.arange(36).reshape(3, 2, 2, 3) % 7 / 4 - 1
_FIVE = _RNG.uniform(-1, 1, (5, 6, 5, 1))

nearest = function_exercise(
    _nearest,
    cases=[
        (_RNG.uniform(-1, 1, (3, 2, 2, 1)), _RNG.uniform(-1, 1, (5, 2, 2, 1)), 0),
        (_RNG.uniform(-1, 1, (4, 5, 6, 1)), _RNG.uniform(-1, 1, (2, 5, 6, 1)), 1),
        (np.zeros((1, 2, 2, 1)), np.stack([np.full((2, 2, 1), 0.5), np.full((2, 2, 1), -1.0)]), 0),
        (np.stack([_COPY[0] / 2, _COPY[1]]), np.concatenate([_COPY, -_COPY]), 0),  # in color, the second one a copy
        (_moves(_FIVE[:1], _square(2)) * 0.9, _FIVE, 2),  # an image at each of its 25 places
        (_moves(_FIVE[:1], _square(2)) * 0.9, _FIVE, 1),  # some of them out of reach
    ],
    mistakes=[
        Mistake(
            lambda s, x, reach: _distances(s, x, reach).min(axis=1) ** 2,
            "These are squared distances. Take the square root.",
        ),
        Mistake(
            lambda s, x, reach: _distances(s, x, reach).mean(axis=1),
            "You took the mean distance to all images, which hides a copy. Take the smallest distance.",
        ),
        Mistake(
            lambda s, x, reach: _distances(s, x, reach).argmin(axis=1),
            "This is the index of the nearest image (argmin). Return its distance (min).",
        ),
        Mistake(
            lambda s, x, reach: _nearest(x, s, reach),
            "For each image, you looked for the nearest sample. For each sample, look for the nearest image.",
        ),
        Mistake(
            lambda s, x, reach: np.abs(_differences(s, x, reach)).sum(axis=2).min(axis=1),
            "That is the sum of absolute differences. For the Euclidean distance take squares, their sum, and the "
            "square root.",
        ),
        Mistake(
            lambda s, x, reach: np.sqrt((_differences(s, x, reach) ** 2).mean(axis=2)).min(axis=1),
            "You took the mean over the pixels. The Euclidean distance uses the sum.",
        ),
        Mistake(
            lambda s, x, reach: _distances(s, x, reach).max(axis=1),
            "You took the distance to the farthest image. Take the smallest distance.",
        ),
        Mistake(
            lambda s, x, reach: _nearest(s[..., :1], x[..., :1], reach),
            "You compared the first channel only. Color pictures have three: flatten *all* axes but the first.",
        ),
        Mistake(
            _zeros_left_out,
            "You left out distances of 0. A perfect copy has distance 0, and copies are what we look for.",
        ),
        Mistake(
            lambda s, x, reach: _nearest(s, x, reach).min(),
            "That is one number for all samples. Return one distance per sample.",
        ),
        Mistake(
            lambda s, x, reach: _nearest(s, x, 0),
            "You compared the images where they are. Move them, too: by up to `reach` pixels up, down, left and "
            "right, with np.roll.",
        ),
        Mistake(
            _along_the_axes,
            "You moved the images only along one axis at a time. A copy can be moved in both directions at once: use "
            "two loops, one in the other.",
        ),
        Mistake(
            _one_way,
            "You moved the images only down and to the right. The moves go from -reach to +reach.",
        ),
        Mistake(
            _last_move_missing,
            "The largest move is missing: range(-reach, reach) stops before reach. Write range(-reach, reach + 1).",
        ),
        Mistake(
            _farthest_move_only,
            "You left out the smaller moves. `reach` is the largest move, and all moves up to it count, also none.",
        ),
        Mistake(
            _last_move_wins,
            "You kept the distances of the last move only. Keep for each sample the smallest distance of all moves, "
            "with np.minimum.",
        ),
        Mistake(
            _wrong_axes,
            "You moved along axes 0 and 1. Axis 0 counts the images; the height is axis 1, and the width axis 2.",
        ),
    ],
    right="If a generator copies its training data, these distances are near 0, also where the copy was moved.",
    hint="Begin with smallest = np.full(len(samples), np.inf). For each move, flatten np.roll(images, (down, right), "
    "axis=(1, 2)), and compute all squared distances at once: |a|² − 2 a·b + |b|², where a @ b.T has all a·b. Then "
    "np.minimum.",
)
