"""Checks of lesson 09, energy-based GANs: free energy, contrastive divergence, the margin, the pulling-away term."""

import numpy as np

from gan_course.checks.exercise import Mistake, function_exercise

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
            "The sign is turned: that is −F. A likely picture has a low energy.",
        ),
        Mistake(
            lambda v, weights, a, b: v @ a - np.logaddexp(0, _inputs(v, weights, b)).sum(),
            "The visible term has the wrong sign: E holds −a·v, and so does F.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - _inputs(v, weights, b).sum(),
            "Each hidden unit may be off as well as on: log(1 + exp(x)), and you took log(exp(x)), all of them on.",
        ),
        Mistake(
            lambda v, weights, a, b: -np.logaddexp(0, _inputs(v, weights, b)).sum(),
            "The visible biases are missing: the term −a·v does not depend on h and stays as it is.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(0, v @ weights).sum(),
            "The hidden biases are missing: unit j gets b_j + Σ v_i W_ij.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.maximum(0, _inputs(v, weights, b)).sum(),
            "That is the energy of the best hidden state alone. The others count, too: log(1 + exp(x)) for max(0, x).",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.log(1 + np.exp(_inputs(v, weights, b)).sum()),
            "The sum over all h is a product, one factor 1 + exp(x) a unit. Its log is a sum of logs, no log of a sum.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - (1 / (1 + np.exp(-_inputs(v, weights, b)))) @ _inputs(v, weights, b),
            "That is the mean energy over h given v. F is −log Σ exp(−E), which also counts how many h there are.",
        ),
        Mistake(
            lambda v, weights, a, b: np.exp(v @ a + np.logaddexp(0, _inputs(v, weights, b)).sum()),
            "That is exp(−F), the weight of the picture. Take its log, and turn the sign.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a + np.logaddexp(0, _inputs(v, weights, b)).sum(),
            "The hidden term has the wrong sign: each state that a hidden unit may take makes the picture likelier.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(0, _inputs(v, weights, b)).mean(),
            "You took the mean over the hidden units. Their factors are multiplied, so the logs are added.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - (1 / (1 + np.exp(-_inputs(v, weights, b)))).sum(),
            "You added the probabilities that hidden units are on. That is the slope of log(1 + eˣ), not its value.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(0, -_inputs(v, weights, b)).sum(),
            "The sign inside: a unit that is on contributes exp(x), with E = … − h·x. So log(1 + exp(x)).",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(1, _inputs(v, weights, b)).sum(),
            "np.logaddexp(a, b) is log(e^a + e^b), so your 1 becomes e. A unit that is off contributes e⁰ = 1.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - np.logaddexp(0, _inputs(v, weights, b)),
            "You have one number for each hidden unit. Add them up.",
        ),
        Mistake(
            lambda v, weights, a, b: -v @ a - b.sum() - np.logaddexp(0, v @ weights).sum(),
            "The hidden biases belong inside: a unit that is off does not feel its bias.",
        ),
    ],
    right="Two to the power of many hidden states, in one line: the sum over h factors into one factor a unit.",
    hint="Σ over h of exp(Σ_j h_j x_j), with x_j = b_j + Σ_i v_i W_ij: unit j contributes the factor 1 + exp(x_j).",
)

# ------------------------------------------------------------------------------------- contrastive divergence


def _weight_gradient(data, data_hidden, model, model_hidden):
    return data.T @ data_hidden / len(data) - model.T @ model_hidden / len(model)


def _centered(visible, hidden):
    return (visible - visible.mean(axis=0)).T @ (hidden - hidden.mean(axis=0)) / len(visible)


_DRAWN = np.random.default_rng(9)
_DATA, _MODEL = (_DRAWN.integers(0, 2, (n, 3)).astype(float) for n in (4, 5))
_DATA_HIDDEN, _MODEL_HIDDEN = _DRAWN.uniform(size=(4, 2)), _DRAWN.uniform(size=(5, 2))

weight_gradient = function_exercise(
    _weight_gradient,
    cases=[
        (_DATA, _DATA_HIDDEN, _MODEL, _MODEL_HIDDEN),
        (_MODEL, _MODEL_HIDDEN**2, _DATA, _DATA_HIDDEN),
        (np.array([[1.0, 0.0]]), np.array([[0.9]]), np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[0.2], [0.6]])),
    ],
    mistakes=[
        Mistake(
            lambda data, data_hidden, model, model_hidden: _weight_gradient(model, model_hidden, data, data_hidden),
            "The phases have changed places. The data's term is positive: there the energy is to fall.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: data.T @ data_hidden - model.T @ model_hidden,
            "You took sums. A mean over each batch, or the larger batch wins.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: _weight_gradient(data, data_hidden, model, model_hidden).T,
            "Right numbers, turned: W is (visible, hidden), and so is its gradient.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: data.T @ data_hidden / len(data),
            "That is the data's term alone. Without the other one energies fall everywhere, and p gains little by it.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                data.T @ data_hidden / len(data) + model.T @ model_hidden / len(model)
            ),
            "The model's term is taken away, not added: what the machine dreams of is to become less likely.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                np.outer(data.mean(0), data_hidden.mean(0)) - np.outer(model.mean(0), model_hidden.mean(0))
            ),
            "You multiplied means. What counts is how often v_i and h_j are on *together*: multiply, then average.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                (data.T @ data_hidden - model.T @ model_hidden) / (len(data) + len(model))
            ),
            "Each term is a mean over its own batch, not over both.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (data.T @ data_hidden - model.T @ model_hidden) / len(data),
            "You divided both sums by the size of the data's batch. The model's samples have a number of their own.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                data.T @ (data_hidden > 0.5) / len(data) - model.T @ (model_hidden > 0.5) / len(model)
            ),
            "You rounded the hidden probabilities to 0 and 1. As they are, they give the mean exactly.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                data.T @ data_hidden / data_hidden.size - model.T @ model_hidden / model_hidden.size
            ),
            "You divided by all hidden numbers. The mean is over the pictures of a batch: len(data).",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                data.T @ data_hidden / len(model) - model.T @ model_hidden / len(data)
            ),
            "Each sum is divided by the size of the *other* batch.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                _centered(data, data_hidden) - _centered(model, model_hidden)
            ),
            "That is a difference of covariances. The gradient has plain products: do not take the means away first.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: _weight_gradient(
                data, data_hidden, model, model_hidden
            ).mean(),
            "That is one number. Each weight has its own slope: a matrix (pixels, hidden).",
        ),
    ],
    right="Down at the data, up at what the machine itself makes: the idea of the whole lesson.",
    hint="The mean of the outer products v hᵀ over the data, minus the same mean over the model's samples. One matrix "
    "product gives the sum over a batch.",
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
            "The hinge is on the wrong term: D raises the energy of *generated* samples, up to the margin, and lowers "
            "that of real ones.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + np.maximum(0, fake - margin).mean(), fake.mean()),
            "The hinge is turned: D pays where a generated sample's energy is below the margin, so margin − energy.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + margin - fake.mean(), fake.mean()),
            "Without the hinge D raises the energy of samples for ever. From the margin on it should pay nothing.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + max(0, margin - fake.mean()), fake.mean()),
            "Hinge first, then average. With the mean inside, one sample of huge energy excuses all the others.",
        ),
        Mistake(
            lambda real, fake, margin: (_margin_losses(real, fake, margin)[0], -fake.mean()),
            "G's sign is turned. A low energy means real, so G minimizes the energy of its samples.",
        ),
        Mistake(
            lambda real, fake, margin: (_margin_losses(real, fake, margin)[0], np.maximum(0, margin - fake).mean()),
            "That is what D pays for generated samples. G wants their energy low, and has no margin.",
        ),
        Mistake(
            lambda real, fake, margin: _margin_losses(real, fake, margin)[::-1],
            "The two have changed places: return D's loss first, then G's.",
        ),
        Mistake(
            lambda real, fake, margin: (-real.mean() + np.maximum(0, margin + fake).mean(), -fake.mean()),
            "These are scores, high for real. Energies go the other way: low for real.",
        ),
        Mistake(
            lambda real, fake, margin: (np.maximum(0, margin + real.mean() - fake).mean(), fake.mean()),
            "That asks for a gap between the two energies. Here the margin is a height: real energies fall towards 0, "
            "whatever the generated ones do.",
        ),
        Mistake(
            lambda real, fake, margin: (real.sum() + np.maximum(0, margin - fake).sum(), fake.sum()),
            "You took sums. Each expectation is a mean over its batch.",
        ),
        Mistake(
            lambda real, fake, margin: (np.maximum(0, margin - fake).mean(), fake.mean()),
            "The real samples are missing: D also pays for their energy, which it wants low.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() - np.maximum(0, margin - fake).mean(), fake.mean()),
            "The hinge is added: D pays for what a generated sample lacks to the margin.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + np.maximum(0, 1 - fake).mean(), fake.mean()),
            "Right for a margin of 1 only. Use the margin that is given.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + (np.maximum(0, margin - fake) ** 2).mean(), fake.mean()),
            "You squared the hinge. Here it is linear.",
        ),
        Mistake(
            lambda real, fake, margin: (
                _margin_losses(real, fake, margin)[0],
                -_margin_losses(real, fake, margin)[0],
            ),
            "You made it a game for one number. G has a loss of its own: the mean energy of its samples.",
        ),
        Mistake(
            lambda real, fake, margin: (real.mean() + np.minimum(0, margin - fake).mean(), fake.mean()),
            "np.minimum keeps the samples that are beyond the margin already. Take the maximum of 0 and what lacks.",
        ),
    ],
    right="No logarithm and no Z: D digs where the data is and heaps up where G is, up to the margin.",
    hint="D: the mean energy of real samples, plus the mean of what each generated one lacks to the margin, never "
    "below 0. G: the mean energy of its own.",
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
    """Mean of the squares beside the diagonal."""
    return (products[~np.eye(len(products), dtype=bool)] ** 2).mean()


_CODES = np.array([[1.0, 0.0, 2.0], [0.5, -1.0, 0.0], [-3.0, 1.0, 1.0], [0.2, 0.4, -0.6]])

pull_apart = function_exercise(
    _pull_apart,
    cases=[(_CODES,), (_CODES[:2],), (np.random.default_rng(8).normal(size=(6, 4)),)],
    mistakes=[
        Mistake(
            lambda codes: (_cosines(codes) ** 2).mean(),
            "You counted each code with itself. Those cosines are 1 whatever G does: leave the diagonal out.",
        ),
        Mistake(
            lambda codes: (_cosines(codes) ** 2).sum() / (len(codes) * (len(codes) - 1)),
            "You divided by the number of pairs, but each code with itself is in the sum, too: leave it out.",
        ),
        Mistake(
            lambda codes: _off_diagonal(codes @ codes.T),
            "These are products, not cosines: divide by both lengths, or G makes the term small by making codes short.",
        ),
        Mistake(
            lambda codes: (_cosines(codes).sum() - len(codes)) / (len(codes) * (len(codes) - 1)),
            "Square the cosines. As it is, codes that point in opposite directions are rewarded, and lie on one line.",
        ),
        Mistake(
            lambda codes: (np.abs(_cosines(codes)).sum() - len(codes)) / (len(codes) * (len(codes) - 1)),
            "You took the cosines' absolute value. The paper squares them.",
        ),
        Mistake(
            lambda codes: ((_cosines(codes) ** 2).sum() - len(codes)) / len(codes) ** 2,
            "There are N (N − 1) pairs of different codes, not N².",
        ),
        Mistake(
            lambda codes: (np.triu(_cosines(codes) ** 2, 1)).sum() / (len(codes) * (len(codes) - 1)),
            "You took each pair once, and divided by how many there are when each counts twice: half of the term.",
        ),
        Mistake(
            lambda codes: (_cosines(codes) ** 2).sum() - len(codes),
            "That is the sum. Divide by the number of pairs, N (N − 1), so that a larger batch does not cost more.",
        ),
        Mistake(
            lambda codes: 1 - _pull_apart(codes),
            "Turned around: the term is to be *large* where codes point the same way, since G minimizes it.",
        ),
        Mistake(
            lambda codes: _off_diagonal((lambda scaled: scaled @ scaled.T)(codes / np.linalg.norm(codes, axis=0))),
            "You scaled each feature over the batch. Scale each code to length 1: one norm a row.",
        ),
        Mistake(
            lambda codes: 2 * _pull_apart(codes),
            "Twice too large: the sum has each pair in both orders, and so N (N − 1) terms, not half as many.",
        ),
        Mistake(
            lambda codes: np.sqrt(_pull_apart(codes)),
            "That is the root of it. The term is the mean of the squares, as it is.",
        ),
        Mistake(
            lambda codes: _off_diagonal(np.corrcoef(codes)),
            "np.corrcoef takes the mean of each code away first. Cosines are taken of the codes as they are.",
        ),
        Mistake(
            lambda codes: _off_diagonal(codes @ codes.T / np.linalg.norm(codes, axis=1)),
            "You divided by one of the two lengths. Both codes' lengths stand below.",
        ),
        Mistake(
            lambda codes: _off_diagonal(_cosines(codes.T)),
            "You compared the features with one another. Compare the codes: codes @ codes.T has a row for each code.",
        ),
        Mistake(
            lambda codes: (_cosines(codes)[range(len(codes) - 1), range(1, len(codes))] ** 2).mean(),
            "You compared neighbors in the batch only. All pairs count.",
        ),
        Mistake(
            lambda codes: _off_diagonal((lambda scaled: scaled @ scaled.T)(codes / np.linalg.norm(codes))),
            "np.linalg.norm without an axis is the length of the whole batch. Each code has a length: axis=1, "
            "keepdims=True.",
        ),
    ],
    right="0 where all codes stand at right angles, 1 where they lie on one line.",
    hint="Divide each row by its length; all cosines are then one matrix product. Square them, leave the diagonal out, "
    "and take the mean over the N (N − 1) pairs.",
)
