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
            "You have exchanged the two terms. The term of the data is positive: there the energy should decrease.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: data.T @ data_hidden - model.T @ model_hidden,
            "You took sums. Take a mean over each batch, or else the larger batch has more influence.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: _weight_gradient(data, data_hidden, model, model_hidden).T,
            "The numbers are right, but the matrix is transposed: W has shape (visible, hidden), and so does its "
            "gradient.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: data.T @ data_hidden / len(data),
            "That is only the term of the data. Without the other term all energies decrease, and p hardly changes.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                data.T @ data_hidden / len(data) + model.T @ model_hidden / len(model)
            ),
            "The model's term is subtracted, not added: samples of the model should become less likely.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                np.outer(data.mean(0), data_hidden.mean(0)) - np.outer(model.mean(0), model_hidden.mean(0))
            ),
            "You multiplied means. The gradient needs how often v_i and h_j are on *together*: multiply first, and "
            "then average.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                (data.T @ data_hidden - model.T @ model_hidden) / (len(data) + len(model))
            ),
            "Each term is a mean over its own batch, not over both batches.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (data.T @ data_hidden - model.T @ model_hidden) / len(data),
            "You divided both sums by the size of the data's batch. The batch of the model's samples has a size of "
            "its own.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                data.T @ (data_hidden > 0.5) / len(data) - model.T @ (model_hidden > 0.5) / len(model)
            ),
            "You rounded the hidden probabilities to 0 and 1. Use the probabilities themselves: they give the exact "
            "mean.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                data.T @ data_hidden / data_hidden.size - model.T @ model_hidden / model_hidden.size
            ),
            "You divided by the number of hidden values. The mean is over the pictures of a batch: divide by "
            "len(data).",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                data.T @ data_hidden / len(model) - model.T @ model_hidden / len(data)
            ),
            "You divided each sum by the size of the *other* batch.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: (
                _centered(data, data_hidden) - _centered(model, model_hidden)
            ),
            "That is a difference of covariances. The gradient contains plain products: do not subtract the means "
            "first.",
        ),
        Mistake(
            lambda data, data_hidden, model, model_hidden: _weight_gradient(
                data, data_hidden, model, model_hidden
            ).mean(),
            "That is one number. Each weight has a derivative of its own: return a matrix (pixels, hidden).",
        ),
    ],
    right="The energy decreases at the data and increases at the model's own samples. This is the idea of the whole "
    "lesson.",
    hint="Take the mean of the outer products v hᵀ over the data, minus the same mean over the model's samples. One "
    "matrix product gives the sum over a batch.",
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
