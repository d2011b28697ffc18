"""Checks of lesson 09, energy-based GANs: free energy, log Z, the margin, the pulling-away term."""

import itertools

import numpy as np
from scipy.special import logsumexp

from gan_course.checks.exercise import Mistake, Wrong, function_exercise

# ------------------------------------------------------------------------------------- free energy of an RBM


def _free_energy(v, weights, a, b):
    return -v @ a - np.logaddexp(0, b + v @ weights).sum()


def _inputs(v, weights, b):
    return np.asarray(b, float) + v @ weights


_W = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])

free_energy = function_exercise(
    _free_energy,
    cases=[
        (np.array([1.0, 0.0, 1.0]), _W, np.array([0.2, -0.3, 0.7]), np.array([-0.5, 0.4])),
        (np.array([0.0, 0.0, 0.0]), _W, np.array([0.2, -0.3, 0.7]), np.array([-0.5, 0.4])),
        (np.array([1.0, 1.0, 0.0]), 2 * _W, np.array([-1.0, 0.1, 0.3]), np.array([0.6, -0.2])),
    ],
    mistakes=[
        Mistake(
            lambda v, weights, a, b: v @ a + np.logaddexp(0, _inputs(v, weights, b)).sum(),
            "The sign is wrong: that is −F. A likely picture has a low energy.",
        ),
        Mistake(
            lambda v, weights, a, b: v @ a - np.logaddexp(0, _inputs(v, weights, b)).sum(),
            "The visible term has the wrong sign: E contains −a·v, and so does F.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - _inputs(v, weights, b).sum(),
            "Each hidden unit can be off or on, which gives log(1 + exp(x)). You took log(exp(x)), where all units "
            "are on.",
        ),
        Mistake(
            lambda v, weights, a, b: -np.logaddexp(0, _inputs(v, weights, b)).sum(),
            "The visible biases are missing: the term −a·v does not depend on h, so F contains it, too.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(0, v @ weights).sum(),
            "The hidden biases are missing: the input of unit j is b_j + Σ v_i W_ij.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.maximum(0, _inputs(v, weights, b)).sum(),
            "That is the energy of the best hidden state only. The other states count, too: use log(1 + exp(x)) in "
            "place of max(0, x).",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.log(1 + np.exp(_inputs(v, weights, b)).sum()),
            "The sum over all h is a product with one factor 1 + exp(x) per unit. Its log is a sum of logs, not the "
            "log of a sum.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - (1 / (1 + np.exp(-_inputs(v, weights, b)))) @ _inputs(v, weights, b),
            "That is the mean energy over h given v. F is −log Σ exp(−E), which also depends on the number of states "
            "h.",
        ),
        Mistake(
            lambda v, weights, a, b: np.exp(v @ a + np.logaddexp(0, _inputs(v, weights, b)).sum()),
            "That is exp(−F), the weight of the picture. Take its log, and change the sign.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a + np.logaddexp(0, _inputs(v, weights, b)).sum(),
            "The hidden term has the wrong sign: each possible state of a hidden unit makes the picture more likely.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(0, _inputs(v, weights, b)).mean(),
            "You took the mean over the hidden units. Their factors are multiplied, so their logs are added.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - (1 / (1 + np.exp(-_inputs(v, weights, b)))).sum(),
            "You added the probabilities that hidden units are on. That is the derivative of log(1 + eˣ), not its "
            "value.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(0, -_inputs(v, weights, b)).sum(),
            "The sign inside the exponential is wrong: a unit that is on contributes exp(x), since E = … − h·x. So "
            "it is log(1 + exp(x)).",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(1, _inputs(v, weights, b)).sum(),
            "np.logaddexp(a, b) is log(e^a + e^b), so your 1 becomes e. A unit that is off contributes e⁰ = 1.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(0, _inputs(v, weights, b)),
            "You have one number per hidden unit. Add them up.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - b.sum() - np.logaddexp(0, v @ weights).sum(),
            "The hidden biases belong inside the logarithm: a unit that is off is not affected by its bias.",
        ),
    ],
    right="One line sums over all hidden states, which are exponentially many: the sum over h is a product with one "
    "factor per unit.",
    hint="F contains the log of Σ over h of exp(Σ_j h_j x_j), with x_j = b_j + Σ_i v_i W_ij. Unit j contributes the "
    "factor 1 + exp(x_j).",
)

# ---------------------------------------------------------------------------------- log Z, from the smaller layer

_MOST_UNITS = 12


def _states(size):
    return np.array([*itertools.product([0.0, 1.0], repeat=size)])


def _few_states(size):
    """The same, but it refuses a layer that has too many states."""
    if size > _MOST_UNITS:
        raise Wrong(
            f"You ask for all states of a layer with {size} units, which are {2**size:,}. The other layer is smaller: "
            "sum over its states."
        )
    return _states(size)


def _log_partition(weights, a, b, states):
    if len(a) < len(b):  # an RBM may be read from both sides: exchange the layers
        weights, a, b = weights.T, b, a
    h = states(len(b))
    log_weights = h @ b + np.logaddexp(0, a + h @ weights.T).sum(axis=1)
    largest = log_weights.max()
    return largest + np.log(np.exp(log_weights - largest).sum())


def _machine(pixels, hidden, scale):
    drawn = np.random.default_rng(pixels + 100 * hidden)
    return tuple(drawn.normal(0, scale, shape) for shape in ((pixels, hidden), pixels, hidden))


def _sums_over_the_smaller_layer(answer):
    """Refuse an answer that lists the states of the larger layer."""
    for pixels, hidden in ((30, 4), (4, 30)):
        received = np.array(answer(*_machine(pixels, hidden, 0.5), _few_states), float)
        expected = _log_partition(*_machine(pixels, hidden, 0.5), _few_states)
        if not np.allclose(received, expected, rtol=1e-6):
            raise Wrong(
                f"With {pixels} pixels and {hidden} hidden units the result is wrong, though small cases are right."
            )


def _with_mistake(change):
    """A function that sums over the smaller layer. `change` gets h, W, a and b, where h is the smaller layer."""

    def answer(weights, a, b, states):
        if len(a) < len(b):
            weights, a, b = weights.T, b, a
        return change(states(len(b)), weights, a, b)

    return answer


def _inputs_of(h, weights, a):
    return a + h @ weights.T


log_partition = function_exercise(
    _log_partition,
    cases=[
        (*_machine(3, 2, 0.7), _states),
        (*_machine(2, 5, 0.5), _states),
        (*_machine(5, 3, 300.0), _states),
    ],
    mistakes=[
        Mistake(
            lambda weights, a, b, states: logsumexp(
                states(len(a)) @ a + np.logaddexp(0, b + states(len(a)) @ weights).sum(axis=1)
            ),
            "You ask for all states of a layer with 30 units, which are 1,073,741,824. The other layer is smaller: "
            "sum over its states.",
        ),
        Mistake(
            np.errstate(over="ignore")(
                _with_mistake(
                    lambda h, W, a, b: np.log(np.exp(h @ b + np.logaddexp(0, _inputs_of(h, W, a)).sum(1)).sum())
                )
            ),
            "With large weights exp overflows. Use `logsumexp`: it subtracts the largest term before it takes exp.",
        ),
        Mistake(
            _with_mistake(lambda h, W, a, b: -logsumexp(h @ b + np.logaddexp(0, _inputs_of(h, W, a)).sum(1))),
            "The sign is wrong: that is −log Z. A free energy has a minus in front, and log Z has none.",
        ),
        Mistake(
            _with_mistake(lambda h, W, a, b: logsumexp(-h @ b - np.logaddexp(0, _inputs_of(h, W, a)).sum(1))),
            "You summed exp(+F). The weight of a state is exp(−F), so take logsumexp of minus the free energies.",
        ),
        Mistake(
            _with_mistake(lambda h, W, a, b: logsumexp(np.logaddexp(0, _inputs_of(h, W, a)).sum(1))),
            "The biases of the layer whose states you list are missing: they add h · b to each term.",
        ),
        Mistake(
            _with_mistake(lambda h, W, a, b: logsumexp(h @ b + np.logaddexp(0, h @ W.T).sum(1))),
            "The biases of the other layer are missing: they belong inside log(1 + eˣ).",
        ),
        Mistake(
            _with_mistake(lambda h, W, a, b: logsumexp(h @ b + _inputs_of(h, W, a).sum(1))),
            "Each unit of the other layer can be off or on, which gives log(1 + exp(x)). You took log(exp(x)), where "
            "all of them are on.",
        ),
        Mistake(
            _with_mistake(lambda h, W, a, b: logsumexp(h @ b + np.maximum(0, _inputs_of(h, W, a)).sum(1))),
            "For each listed state you took only the best state of the other layer. All states count: use "
            "log(1 + exp(x)) in place of max(0, x).",
        ),
        Mistake(
            _with_mistake(
                lambda h, W, a, b: logsumexp(h @ b + np.logaddexp(0, _inputs_of(h, W, a)).sum(1)) - len(b) * np.log(2)
            ),
            "You took the mean over the listed states. Z is their sum.",
        ),
        Mistake(
            _with_mistake(lambda h, W, a, b: (h @ b + np.logaddexp(0, _inputs_of(h, W, a)).sum(1)).sum()),
            "You added the logarithms of the terms. Z adds the terms themselves: use `logsumexp`.",
        ),
        Mistake(
            _with_mistake(lambda h, W, a, b: (h @ b + np.logaddexp(0, _inputs_of(h, W, a)).sum(1)).max()),
            "That is only the largest term. The others count, too: use `logsumexp`.",
        ),
    ],
    right="Z has as many terms as the smaller layer has states, here 16 at most, where the larger layer has a billion.",
    hint="For one hidden state h, the sum over all pictures is exp(b·h) times one factor 1 + exp(a_i + Σ_j W_ij h_j) "
    "per pixel. If there are fewer pixels than hidden units, exchange the roles: a with b, and W with its transpose.",
    test_last=_sums_over_the_smaller_layer,
)

# ------------------------------------------------------------------------------------------ losses with a margin


def _margin_losses(real, fake, margin):
    return real.mean() + np.maximum(0, margin - fake).mean(), fake.mean()


_REAL, _FAKE = np.array([0.1, 0.4, 0.7, 1.5]), np.array([0.2, 0.9, 1.4, 3.0])

margin_losses = function_exercise(
    _margin_losses,
    cases=[(_REAL, _FAKE, 1.0), (_REAL[:3], _FAKE, 2.0), (_FAKE, _REAL, 0.5)],
    mistakes=[
        Mistake(
            lambda real, fake, margin: (np.maximum(0, margin - real).mean() + fake.mean(), fake.mean()),
            "The hinge is in the wrong term: D raises the energy of *generated* samples up to the margin, and lowers "
            "the energy of real samples.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + np.maximum(0, fake - margin).mean(), fake.mean()),
            "The sign inside the hinge is wrong: D pays if a generated sample's energy is below the margin, so it is "
            "margin − energy.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + margin - fake.mean(), fake.mean()),
            "Without the hinge D raises the energy of generated samples forever. Above the margin it should pay "
            "nothing.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + max(0, margin - fake.mean()), fake.mean()),
            "Apply the hinge first, and then average. With the mean inside, one sample of very large energy hides "
            "that the energies of all the others are too low.",
        ),
        Mistake(
            lambda real, fake, margin: (_margin_losses(real, fake, margin)[0], -fake.mean()),
            "G's sign is wrong. A low energy means real, so G minimizes the energy of its samples.",
        ),
        Mistake(
            lambda real, fake, margin: (_margin_losses(real, fake, margin)[0], np.maximum(0, margin - fake).mean()),
            "That is what D pays for generated samples. G wants their energy to be low, and its loss has no margin.",
        ),
        Mistake(
            lambda real, fake, margin: _margin_losses(real, fake, margin)[::-1],
            "You have exchanged the two losses: return D's loss first, then G's.",
        ),
        Mistake(
            lambda real, fake, margin: (-real.mean() + np.maximum(0, margin + fake).mean(), -fake.mean()),
            "You treat the numbers as scores, which are high for real samples. Energies are low for real samples.",
        ),
        Mistake(
            lambda real, fake, margin: (np.maximum(0, margin + real.mean() - fake).mean(), fake.mean()),
            "That loss needs a difference between the two energies. Here the margin is a fixed level: real energies "
            "decrease towards 0, whatever the generated energies are.",
        ),
        Mistake(
            lambda real, fake, margin: (real.sum() + np.maximum(0, margin - fake).sum(), fake.sum()),
            "You took sums. Each expectation is a mean over its batch.",
        ),
        Mistake(
            lambda real, fake, margin: (np.maximum(0, margin - fake).mean(), fake.mean()),
            "The real samples are missing: D also pays for their energy, which it wants to be low.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() - np.maximum(0, margin - fake).mean(), fake.mean()),
            "The hinge is added, not subtracted: D pays if a generated sample's energy is below the margin.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + np.maximum(0, 1 - fake).mean(), fake.mean()),
            "This is right only for a margin of 1. Use the given margin.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + (np.maximum(0, margin - fake) ** 2).mean(), fake.mean()),
            "You squared the hinge. Here the loss is linear.",
        ),
        Mistake(
            lambda real, fake, margin: (
                _margin_losses(real, fake, margin)[0],
                -_margin_losses(real, fake, margin)[0],
            ),
            "Your players play a zero-sum game. Here G has a loss of its own: the mean energy of its samples.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + np.minimum(0, margin - fake).mean(), fake.mean()),
            "np.minimum keeps the samples that are already above the margin. Use np.maximum(0, margin − energy).",
        ),
    ],
    right="The losses need no logarithm and no Z. D lowers the energy where the data is, and raises it up to the "
    "margin where G's samples are.",
    hint="D's loss is the mean energy of real samples, plus the mean of max(0, margin − energy) over generated "
    "samples. G's loss is the mean energy of its samples.",
)

# ------------------------------------------------------------------------------------------ the pulling-away term


def _pull_apart(codes):
    directions = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    squares = (directions @ directions.T) ** 2
    count = len(codes)
    return (squares.sum() - count) / (count * (count - 1))


def _cosines(codes):
    directions = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    return directions @ directions.T


def _off_diagonal(products):
    """Mean of the squares off the diagonal."""
    return (products[~np.eye(len(products), dtype=bool)] ** 2).mean()


_CODES = np.array([[1.0, 0.0, 2.0], [0.5, -1.0, 0.0], [-3.0, 1.0, 1.0], [0.2, 0.4, -0.6]])

pull_apart = function_exercise(
    _pull_apart,
    cases=[(_CODES,), (_CODES[:2],), (np.random.default_rng(8).normal(size=(6, 4)),)],
    mistakes=[
        Mistake(
            lambda codes: (_cosines(codes) ** 2).mean(),
            "You counted the pairs of a code with itself. Their cosine is 1 whatever G does: leave out the diagonal.",
        ),
        Mistake(
            lambda codes: (_cosines(codes) ** 2).sum() / (len(codes) * (len(codes) - 1)),
            "You divided by the number of pairs, but your sum also contains the pairs of a code with itself: leave "
            "them out.",
        ),
        Mistake(
            lambda codes: _off_diagonal(codes @ codes.T),
            "These are products, not cosines. Divide by both lengths, or else G can make the term small by making "
            "the codes short.",
        ),
        Mistake(
            lambda codes: (_cosines(codes).sum() - len(codes)) / (len(codes) * (len(codes) - 1)),
            "Square the cosines. Without the square, codes in opposite directions are rewarded, although they lie on "
            "one line.",
        ),
        Mistake(
            lambda codes: (np.abs(_cosines(codes)).sum() - len(codes)) / (len(codes) * (len(codes) - 1)),
            "You took the absolute value of the cosines. The paper squares them.",
        ),
        Mistake(
            lambda codes: ((_cosines(codes) ** 2).sum() - len(codes)) / len(codes) ** 2,
            "There are N (N − 1) pairs of different codes, not N².",
        ),
        Mistake(
            lambda codes: (np.triu(_cosines(codes) ** 2, 1)).sum() / (len(codes) * (len(codes) - 1)),
            "You took each pair once, but divided by the number of ordered pairs, so you have half of the term.",
        ),
        Mistake(
            lambda codes: (_cosines(codes) ** 2).sum() - len(codes),
            "That is the sum. Divide by the number of pairs, N (N − 1), so that a larger batch does not cost more.",
        ),
        Mistake(
            lambda codes: 1 - _pull_apart(codes),
            "The sign is wrong: the term should be *large* if the codes have the same direction, since G minimizes it.",
        ),
        Mistake(
            lambda codes: _off_diagonal((lambda scaled: scaled @ scaled.T)(codes / np.linalg.norm(codes, axis=0))),
            "You normalized each feature over the batch. Normalize each code to length 1: one norm per row.",
        ),
        Mistake(
            lambda codes: 2 * _pull_apart(codes),
            "This is twice too large: the sum contains each pair in both orders, so it has N (N − 1) terms, not half "
            "as many.",
        ),
        Mistake(
            lambda codes: np.sqrt(_pull_apart(codes)),
            "That is the square root of the term. Return the mean of the squares.",
        ),
        Mistake(
            lambda codes: _off_diagonal(np.corrcoef(codes)),
            "np.corrcoef subtracts the mean of each code first. The cosine uses the codes themselves.",
        ),
        Mistake(
            lambda codes: _off_diagonal(codes @ codes.T / np.linalg.norm(codes, axis=1)),
            "You divided by only one of the two lengths. Divide by the lengths of both codes.",
        ),
        Mistake(
            lambda codes: _off_diagonal(_cosines(codes.T)),
            "You compared the features with each other. Compare the codes: codes @ codes.T has one row per code.",
        ),
        Mistake(
            lambda codes: (_cosines(codes)[range(len(codes) - 1), range(1, len(codes))] ** 2).mean(),
            "You compared only neighbors in the batch. All pairs count.",
        ),
        Mistake(
            lambda codes: _off_diagonal((lambda scaled: scaled @ scaled.T)(codes / np.linalg.norm(codes))),
            "np.linalg.norm without an axis is the norm of the whole batch. Use axis=1, keepdims=True for one length "
            "per code.",
        ),
    ],
    right="The term is 0 if all codes are at right angles, and 1 if they all lie on one line.",
    hint="Divide each row by its length. All cosines are then one matrix product. Square them, leave out the "
    "diagonal, and take the mean over the N (N − 1) pairs.",
)
