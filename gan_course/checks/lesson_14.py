"""Checks of lesson 14, steering the latent space: the information bound, finding a code by descent, truncation."""

import numpy as np

from gan_course.checks.exercise import Mistake, function_exercise

_RNG = np.random.default_rng(14)

# ------------------------------------------------------------------------------------------ the information bound


def _information_bound(codes, q):
    return np.log(q.shape[1]) + np.mean(np.log(q[np.arange(len(codes)), codes]))


def _reading(count, values, sharp):
    """Codes that were drawn, and what a reader makes of them that is right more often the sharper it is."""
    codes = _RNG.integers(values, size=count)
    logits = _RNG.normal(size=(count, values)) + sharp * np.eye(values)[codes]
    shares = np.exp(logits)
    return codes, shares / shares.sum(axis=1, keepdims=True)


information_bound = function_exercise(
    _information_bound,
    cases=[
        _reading(7, 10, 4.0),
        _reading(5, 3, 1.0),
        (np.array([1, 0]), np.array([[0.5, 0.5], [0.25, 0.75]])),
        (np.array([0, 1, 3, 2]), np.full((4, 4), 0.25)),  # a reader that knows nothing
    ],
    mistakes=[
        Mistake(
            lambda codes, q: -np.mean(np.log(q[np.arange(len(codes)), codes])),
            "That is the cross-entropy, which Q lowers. The bound is the entropy of the codes minus it.",
        ),
        Mistake(
            lambda codes, q: np.mean(np.log(q[np.arange(len(codes)), codes])),
            "The entropy of the codes is missing. All values are equally frequent: how large is it?",
        ),
        Mistake(
            lambda codes, q: np.log2(q.shape[1]) + np.mean(np.log2(q[np.arange(len(codes)), codes])),
            "Those are bits. The course counts in nats: take natural logarithms.",
        ),
        Mistake(
            lambda codes, q: np.log(q.shape[1]) + np.mean(np.log(q.max(axis=1))),
            "You took the value that Q finds most probable. Q may be wrong: take the probability of the code that was "
            "drawn.",
        ),
        Mistake(
            lambda codes, q: np.log(q.shape[1]) + np.mean(np.log(q)),
            "You averaged over all values. Only the probability of the code that was drawn counts.",
        ),
        Mistake(
            lambda codes, q: np.log(q.shape[1]) + np.mean(np.sum(q * np.log(q), axis=1)),
            "You took the entropy of what Q says, so a Q that is sure and wrong would do well. Use the codes.",
        ),
        Mistake(
            lambda codes, q: np.log(q.shape[1]) + np.sum(np.log(q[np.arange(len(codes)), codes])),
            "An expectation is a mean over the pictures, but you took the sum.",
        ),
        Mistake(
            lambda codes, q: np.log(q.shape[1]) + np.log(np.mean(q[np.arange(len(codes)), codes])),
            "You took the logarithm of the mean. The bound has the mean of the logarithms, which is smaller.",
        ),
        Mistake(
            lambda codes, q: np.log(len(codes)) + np.mean(np.log(q[np.arange(len(codes)), codes])),
            "You used the number of pictures for the entropy. The code has q.shape[1] values.",
        ),
        Mistake(
            lambda codes, q: np.log(q.shape[1]) - np.mean(np.log(q[np.arange(len(codes)), codes])),
            "A sign is wrong: the less Q knows, the smaller the bound has to be.",
        ),
    ],
    right="A Q that knows everything reaches log K, and one that knows nothing reaches 0.",
    hint="q[np.arange(len(codes)), codes] is the probability that Q gives to each code that was drawn. The entropy of "
    "a code with K equally frequent values is log K.",
)

# -------------------------------------------------------------------------------------------- a code by descent


def _find_code(make, slope, picture, start, rate, steps):
    z = best = np.array(start, float)
    lowest = np.sum((make(z) - picture) ** 2)
    for _ in range(steps):
        z = z - rate * 2 * slope(z).T @ (make(z) - picture)
        error = np.sum((make(z) - picture) ** 2)
        if error < lowest:
            best, lowest = z, error
    return best


class _Toy:
    """A generator of one layer: tanh(A z + b), and its Jacobian."""

    def __init__(self, pixels, size):
        self.a, self.b = _RNG.normal(size=(pixels, size)), 0.3 * _RNG.normal(size=pixels)

    def make(self, z):
        return np.tanh(self.a @ z + self.b)

    def slope(self, z):
        return (1 - self.make(z) ** 2)[:, None] * self.a


def _descent_case(pixels, size, rate, steps, near=False):
    toy = _Toy(pixels, size)
    code = _RNG.normal(size=size)
    start = code + 0.01 if near else np.zeros(size)
    return toy.make, toy.slope, toy.make(code) + 0.05 * _RNG.normal(size=pixels), start, rate, steps


def _other_find_code(update, keep_best=True):
    """A solution with another update. `update` gets z, the slope, the difference and the rate."""

    def find(make, slope, picture, start, rate, steps):
        z = best = np.array(start, float)
        lowest = np.sum((make(z) - picture) ** 2)
        for _ in range(steps):
            z = update(z, slope(z), make(z) - picture, rate)
            error = np.sum((make(z) - picture) ** 2)
            if error < lowest or not keep_best:
                best, lowest = z, error
        return best

    return find


def _best_of_steps_only(make, slope, picture, start, rate, steps):
    z, seen = np.array(start, float), []
    for _ in range(steps):
        z = z - rate * 2 * slope(z).T @ (make(z) - picture)
        seen.append((np.sum((make(z) - picture) ** 2), tuple(z)))
    return min(seen)[1]


def _slope_of_the_start(make, slope, picture, start, rate, steps):
    at_start = slope(np.array(start, float))
    return _other_find_code(lambda z, jacobian, off, rate: z - rate * 2 * at_start.T @ off)(
        make, slope, picture, start, rate, steps
    )


find_code = function_exercise(
    _find_code,
    cases=[
        _descent_case(6, 2, 0.02, 12),
        _descent_case(8, 3, 0.01, 5),
        _descent_case(5, 2, 0.9, 6),  # steps that are too long: the error goes up and down
        _descent_case(6, 3, 3.0, 4, near=True),  # the start is the best
    ],
    mistakes=[
        Mistake(
            _other_find_code(lambda z, jacobian, off, rate: z - rate * 2 * jacobian.T @ off, keep_best=False),
            "You return the last code. Where the rate is too large, an earlier one was better: keep the best code so "
            "far, and its error.",
        ),
        Mistake(
            _best_of_steps_only,
            "You forgot that the start may be the best of all: compute its error, too.",
        ),
        Mistake(
            _other_find_code(lambda z, jacobian, off, rate: z + rate * 2 * jacobian.T @ off),
            "No step was better than the start. The gradient points to where the error grows: subtract it, and change "
            "z inside of the loop.",
        ),
        Mistake(
            _other_find_code(lambda z, jacobian, off, rate: z - rate * jacobian.T @ off),
            "A factor is missing: the derivative of a square is twice the difference.",
        ),
        Mistake(
            _other_find_code(lambda z, jacobian, off, rate: z - rate * 2 * jacobian.T @ off / len(off)),
            "You divided by the number of pixels. The error here is a sum over pixels, not a mean.",
        ),
        Mistake(
            _other_find_code(lambda z, jacobian, off, rate: z - rate * 2 * jacobian.T @ np.sign(off)),
            "That is the gradient of the absolute error. The square has the difference itself.",
        ),
        Mistake(
            _other_find_code(lambda z, jacobian, off, rate: z - rate * 2 * jacobian.T @ np.ones_like(off)),
            "The gradient does not depend on the picture that you look for. By the chain rule it is 2 · Jᵀ (G(z) − x).",
        ),
        Mistake(
            _slope_of_the_start,
            "You computed the slope once. It changes with z: compute it anew in every step.",
        ),
        Mistake(
            lambda make, slope, picture, start, rate, steps: _find_code(make, slope, picture, start, rate, 1),
            "You took one step. Repeat it.",
        ),
        Mistake(
            lambda make, slope, picture, start, rate, steps: make(_find_code(make, slope, picture, start, rate, steps)),
            "That is the picture that the code makes. Return the code.",
        ),
    ],
    right="That is inversion. A generator of Keras has no `slope` to call: automatic differentiation computes Jᵀ times "
    "the difference.",
    hint="The error is |G(z) − x|². By the chain rule its gradient is 2 · Jᵀ (G(z) − x), where J is slope(z). Before "
    "the loop, remember the start and its error. In the loop, take a step, and then compare.",
)

# --------------------------------------------------------------------------------------------------- truncation


def _truncate(styles, psi):
    mean = styles.mean(axis=0)
    return mean + psi * (styles - mean)


truncate = function_exercise(
    _truncate,
    cases=[
        (_RNG.normal(size=(5, 3)) + 2, 0.7),
        (_RNG.normal(size=(8, 2)) - 1, 0.0),
        (_RNG.normal(size=(4, 6)) + 1, 1.3),
    ],
    mistakes=[
        Mistake(
            lambda styles, psi: psi * styles,
            "You moved the styles toward 0. The mean style is not 0.",
        ),
        Mistake(
            lambda styles, psi: styles.mean() + psi * (styles - styles.mean()),
            "You took one mean over all numbers. Each of the numbers of a style has a mean of its own: axis 0.",
        ),
        Mistake(
            lambda styles, psi: (
                styles.mean(axis=1, keepdims=True) + psi * (styles - styles.mean(axis=1, keepdims=True))
            ),
            "You took the mean of each style over its own numbers. Take the mean over the styles: axis 0.",
        ),
        Mistake(
            lambda styles, psi: styles + psi * (styles - styles.mean(axis=0)),
            "You began at the style itself, so it moves away from the mean. Begin at the mean.",
        ),
        Mistake(
            lambda styles, psi: styles.mean(axis=0) + (1 - psi) * (styles - styles.mean(axis=0)),
            "You have exchanged ψ and 1 − ψ: with ψ = 1 the styles should stay as they are.",
        ),
        Mistake(
            lambda styles, psi: psi * (styles - styles.mean(axis=0)),
            "You did not come back: add the mean again.",
        ),
        Mistake(
            lambda styles, psi: np.clip(styles, -psi, psi),
            "You cut the values off at ψ. Truncation of styles shrinks the distance to the mean by the factor ψ.",
        ),
        Mistake(
            lambda styles, psi: styles.mean(axis=0) + psi * (styles - styles.mean(axis=0)) / styles.std(axis=0),
            "You divided by the standard deviation. Only the factor ψ is needed.",
        ),
        Mistake(
            lambda styles, psi: (styles.mean(axis=0) + psi * (styles - styles.mean(axis=0))).mean(axis=0),
            "You returned one style for all pictures. Return as many as you got.",
        ),
    ],
    right="ψ = 0 makes all pictures the same, and ψ above 1 makes them stranger than they were.",
    hint="The mean style is styles.mean(axis=0). Go from it towards each style, but only the part ψ of the way.",
)
