"""Checks of lesson 01, generative against discriminative models."""

import numpy as np

from gan_course.checks.exercise import Exercise, Mistake, Unattempted, Wrong, function_exercise

# ------------------------------------------------------------------------------------------- Bayes' rule


def _posterior(likelihoods, priors):
    joint = likelihoods * priors
    return joint / joint.sum()


def _softmax_of_joint(likelihoods, priors):
    exponentials = np.exp(likelihoods * priors)
    return exponentials / exponentials.sum()


posterior = function_exercise(
    _posterior,
    cases=[
        (np.array([0.05, 0.4]), np.array([0.5, 0.5])),
        (np.array([0.3, 0.2]), np.array([0.1, 0.9])),
        (np.array([1.4, 0.2, 12.5]), np.array([0.25, 0.7, 0.05])),
        (np.array([3e-30, 1e-30]), np.array([0.2, 0.8])),  # densities of whole pictures are that small
    ],
    mistakes=[
        Mistake(
            lambda likelihoods, priors: likelihoods / likelihoods.sum(),
            "The priors are missing. A rare class needs more evidence: multiply each likelihood by its prior P(y) "
            "first.",
        ),
        Mistake(
            lambda likelihoods, priors: likelihoods * priors,
            "These are the joint densities p(x, y): they do not sum to one. Divide them by their sum, p(x).",
        ),
        Mistake(
            lambda likelihoods, priors: (likelihoods + priors) / (likelihoods + priors).sum(),
            "Likelihood and prior are multiplied, not added: p(x, y) = p(x | y) P(y).",
        ),
        Mistake(
            _softmax_of_joint,
            "No softmax is needed: the joint densities are already positive. Just divide them by their sum.",
        ),
        Mistake(
            lambda likelihoods, priors: likelihoods * priors / likelihoods.sum(),
            "You divided by the sum of the likelihoods. Divide by p(x), the sum of the products of likelihood and "
            "prior.",
        ),
        Mistake(
            lambda likelihoods, priors: likelihoods * priors / (likelihoods * priors).max(),
            "You divided by the largest product, so the best class always gets 1. Probabilities sum to 1: divide by "
            "the sum.",
        ),
        Mistake(
            lambda likelihoods, priors: np.argmax(likelihoods * priors),
            "That is the number of the most probable class. Return the probability of every class.",
        ),
        Mistake(
            lambda likelihoods, priors: (likelihoods * priors)[:2] / (likelihoods * priors)[:2].sum(),
            "Right for two classes. There may be three, or ten: write it for arrays of any length.",
        ),
        Mistake(
            lambda likelihoods, priors: (likelihoods * priors).sum(),
            "That is p(x), the density of the picture over all classes together. Which fraction of it comes from "
            "each class?",
        ),
        Mistake(
            lambda likelihoods, priors: likelihoods * priors / ((likelihoods * priors).sum() + 1e-8),
            "The small constant dominates the sum: the density of a whole picture is far smaller, for example 1e-30. "
            "Leave the constant out.",
        ),
    ],
    right="A model of p(x | y) and P(y) classifies, too: that is how a generative classifier works.",
    hint="Multiply to get the joint density p(x, y) of each class, then divide by the sum over classes.",
)

# ---------------------------------------------------------------------------------- sampling from a mixture


def _draw(count, weights, means, stds, rng):
    component = rng.choice(len(weights), size=count, p=weights)
    return rng.normal(means[component], stds[component])


def _average_of_samples(count, weights, means, stds, rng):
    return sum(w * rng.normal(m, s, size=count) for w, m, s in zip(weights, means, stds, strict=True))


def _one_component_for_all(count, weights, means, stds, rng):
    component = rng.choice(len(weights), p=weights)
    return rng.normal(means[component], stds[component], size=count)


def _weights_ignored(count, weights, means, stds, rng):
    component = rng.choice(len(weights), size=count)
    return rng.normal(means[component], stds[component])


def _centers_only(count, weights, means, stds, rng):
    return means[rng.choice(len(weights), size=count, p=weights)]


def _average_of_parameters(count, weights, means, stds, rng):
    return rng.normal(weights @ means, weights @ stds, size=count)


def _one_wide_bell(count, weights, means, stds, rng):
    mean = weights @ means
    return rng.normal(mean, np.sqrt(weights @ (stds**2 + means**2) - mean**2), size=count)


def _variance_for_deviation(count, weights, means, stds, rng):
    component = rng.choice(len(weights), size=count, p=weights)
    return rng.normal(means[component], stds[component] ** 2)


def _two_components_only(count, weights, means, stds, rng):
    first, second = (rng.normal(means[i], stds[i], size=count) for i in (0, 1))
    return np.where(rng.uniform(size=count) < weights[0], first, second)


def _one_block_each(count, weights, means, stds, rng):
    counts = np.round(count * weights).astype(int)
    return np.concatenate([rng.normal(m, s, size=n) for m, s, n in zip(means, stds, counts, strict=True)])


def _fixed_counts(count, weights, means, stds, rng):
    return rng.permutation(_one_block_each(count, weights, means, stds, rng))


def _own_seed(count, weights, means, stds, rng):
    return _draw(count, weights, means, stds, np.random.default_rng(0))


_BETWEEN = (
    "Your points lie between the components: you averaged samples, or parameters. A mixture is an average of "
    "densities: each point comes from one component, which is chosen at random."
)
_ONE_BELL = (
    "Your points have the density of one wide bell with the mixture's mean and spread. It is highest where no "
    "component is. Choose a component for each point, and draw the point from that component."
)
_ONE_COMPONENT = (
    "All your points come from one component. Choose a new component for each point: rng.choice with size=count."
)
_SHARES = "The numbers of points per component do not fit the weights. Give the weights to rng.choice as p=weights."
_OTHER_RNG = (
    "Two calls with an rng of the same seed give different points. Draw all random numbers from the rng that your "
    "function receives, so that a seed makes the result repeatable."
)
_OWN_SEED = (
    "An rng with another seed gives the same points. Draw from the rng that your function receives, not from one "
    "with a fixed seed."
)
_NO_SPREAD = (
    "All points of a component are equal. Choosing the component is only the first half: now draw a new number "
    "around its mean for each point."
)
_VARIANCE = (
    "The spread of your points is the component's variance. rng.normal takes the standard deviation, which `stds` "
    "already holds: do not square it."
)
_BLOCKS = (
    "Your points come in blocks, one component after the other, so the first hundred all come from the same "
    "component. Choose a component at random for each point."
)
_FIXED = (
    "Each component gets the same number of points every time. Of ten points, 8 and 2 may come from the two "
    "components, but 7 and 3 is possible, too. Choose the component of each point at random."
)
_TWO_ONLY = "Right for two components, but not for three. Choose among all of them: there are len(weights)."

_TWO = (np.array([0.8, 0.2]), np.array([-4.0, 4.0]), np.array([0.5, 1.0]))
_THREE = (np.array([0.2, 0.5, 0.3]), np.array([-20.0, 0.0, 20.0]), np.array([1.0, 0.5, 2.0]))


def _diagnose_draw(answer):
    points, again, other = (_drawn(answer, 4000, _TWO, seed) for seed in (0, 0, 1))
    if not np.array_equal(points, again):
        raise Wrong(_OTHER_RNG)
    _judge_shares(points)
    _judge_spread(points)
    if np.array_equal(points, other):
        raise Wrong(_OWN_SEED)
    _judge_chance(answer, points)
    weights, means, _ = _THREE
    nearest = np.abs(_drawn(answer, 2000, _THREE, 2)[:, None] - means).argmin(axis=1)
    if np.abs(np.bincount(nearest, minlength=3) / 2000 - weights).max() > 0.05:
        raise Wrong(_TWO_ONLY)


def _drawn(answer, count, mixture, seed):
    """The points that the answer draws from a mixture, or an error where they have another shape."""
    points = answer(count, *(part.copy() for part in mixture), np.random.default_rng(seed))
    if points is ...:
        raise Unattempted
    if points is None:
        raise Wrong("Your function returns None. Is the `return` missing?")
    points = np.asarray(points, float)
    if points.shape != (count,):
        raise Wrong(f"Expected one number per point, shape ({count},). Received: shape {points.shape}.")
    return points


def _judge_shares(points):
    if np.isin(points, (0, 1)).all():
        raise Wrong(
            "These are the numbers of the components. Look up their means and standard deviations, and draw from those."
        )
    if np.mean((points > -3) & (points < 1)) > 0.3:  # the averages lie around 0.8 · (−4) + 0.2 · 4 = −2.4
        raise Wrong(_ONE_BELL if points.std() > 2 else _BETWEEN)
    left = np.sum(points < 0)
    if min(left, len(points) - left) < 40:
        raise Wrong(_ONE_COMPONENT)
    if len(np.unique(points)) < 10:
        raise Wrong(_NO_SPREAD)
    if abs(left / len(points) - 0.8) > 0.03:
        raise Wrong(_SHARES)


def _judge_spread(points):
    for part, mean, std in ((points[points < 0], -4.0, 0.5), (points[points >= 0], 4.0, 1.0)):
        if std != 1 and abs(part.std() - std**2) < 0.05:
            raise Wrong(_VARIANCE)
        if abs(part.mean() - mean) > 0.15 or abs(part.std() - std) > 0.1:
            raise Wrong(
                f"Around {mean:+.0f} expected a standard deviation of {std}. Received: mean {part.mean():.2f}, "
                f"standard deviation {part.std():.2f}. Use the chosen component's own mean and deviation."
            )
        if abs(np.mean(np.abs(part - mean) < std) - 0.683) > 0.04:
            raise Wrong(
                "The points of a component have the right spread, but not the bell shape of a normal distribution. "
                "Draw them with rng.normal."
            )


def _judge_chance(answer, points):
    """Raise `Wrong` where the components of the points are not chosen independently."""
    left = points < 0
    if np.sum(left[1:] != left[:-1]) < 100:
        raise Wrong(_BLOCKS)
    if len({int(np.sum(_drawn(answer, 10, _TWO, seed) < 0)) for seed in range(20)}) == 1:
        raise Wrong(_FIXED)


draw = Exercise(
    _diagnose_draw,
    right="That is a generative model: it chooses a cause, and then draws what this cause produces. It needs no data "
    "point any more.",
    hint="component = rng.choice(len(weights), size=count, p=weights) chooses the components, and means[component] "
    "looks up the mean of each.",
    solution=_draw,
    mistakes=[
        Mistake(_average_of_samples, _BETWEEN),
        Mistake(_one_component_for_all, _ONE_COMPONENT),
        Mistake(_weights_ignored, _SHARES),
        Mistake(_centers_only, _NO_SPREAD),
        Mistake(lambda count, weights, means, stds, rng: _draw(count, weights, means, stds, np.random), _OTHER_RNG),
        Mistake(_own_seed, _OWN_SEED),
        Mistake(_average_of_parameters, _BETWEEN),
        Mistake(_one_wide_bell, _ONE_BELL),
        Mistake(_variance_for_deviation, _VARIANCE),
        Mistake(_one_block_each, _BLOCKS),
        Mistake(_fixed_counts, _FIXED),
        Mistake(_two_components_only, _TWO_ONLY),
    ],
)

# ---------------------------------------------------------------- a classifier made of one Gaussian per class


def _generative_classifier(points, labels, new, ridge):
    log_joint = []
    for label in range(labels.max() + 1):
        own = points[labels == label]
        covariance = np.cov(own.T) + ridge * np.eye(points.shape[1])
        centered = new - own.mean(axis=0)
        squared = np.sum(centered * np.linalg.solve(covariance, centered.T).T, axis=1)
        log_density = -0.5 * (squared + np.linalg.slogdet(2 * np.pi * covariance)[1])
        log_joint.append(np.log(len(own) / len(points)) + log_density)
    log_joint = np.stack(log_joint, axis=1)
    joint = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))  # without the maximum, all could be exp(-9000) = 0
    return joint / joint.sum(axis=1, keepdims=True)


def _classifier(prior=1.0, determinant=1.0, half=0.5, shape=lambda covariance, within: covariance, ridge_weight=1.0):
    """A right or wrong classifier: each argument can spoil one of its parts."""

    def answer(points, labels, new, ridge):
        eye, classes = ridge_weight * ridge * np.eye(points.shape[1]), range(labels.max() + 1)
        within = sum((labels == k).mean() * np.cov(points[labels == k].T) for k in classes)
        columns = []
        for k in classes:
            covariance = shape(np.cov(points[labels == k].T), within) + eye
            centered = new - points[labels == k].mean(axis=0)
            squared = np.einsum("ni,ij,nj->n", centered, np.linalg.inv(covariance), centered)
            volume = 0.5 * np.linalg.slogdet(2 * np.pi * covariance)[1]
            columns.append(prior * np.log((labels == k).mean()) - half * squared - determinant * volume)
        joint = np.exp(np.stack(columns, axis=1) - np.max(columns, axis=0)[:, None])
        return joint / joint.sum(axis=1, keepdims=True)

    return answer


def _log_joint(points, labels, new, ridge):
    columns = []
    for k in range(labels.max() + 1):
        covariance = np.cov(points[labels == k].T) + ridge * np.eye(points.shape[1])
        centered = new - points[labels == k].mean(axis=0)
        squared = np.einsum("ni,ij,nj->n", centered, np.linalg.inv(covariance), centered)
        log_density = -0.5 * (squared + np.linalg.slogdet(2 * np.pi * covariance)[1])
        columns.append(np.log((labels == k).mean()) + log_density)
    return np.stack(columns, axis=1)


def _underflowing(points, labels, new, ridge):
    joint = np.exp(_log_joint(points, labels, new, ridge))
    return joint / joint.sum(axis=1, keepdims=True)


_UNDERFLOW = (
    "Far from the data your result is not a number: every density became exp(−9000) = 0 there, and 0 / 0 is undefined. "
    "Stay with logarithms, and subtract the largest logarithm of each row before you take exp."
)


def _three_classes(count, features, seed):
    """Points of three classes of different sizes and shapes, with their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([0, 1, 2], [count, 2 * count, 4 * count]))
    shapes = rng.normal(size=(3, features, features)) * np.array([0.4, 1.0, 1.6])[:, None, None]
    points = rng.normal(size=(len(labels), features))
    return np.einsum("nij,nj->ni", shapes[labels], points) + rng.normal(size=(3, features))[labels], labels


_CLASSIFIER_CASES = [
    (*_three_classes(30, 2, 0), np.array([[0.0, 0.0], [1.0, -1.0], [2.0, 2.0], [-1.0, 0.5]]), 0.1),
    (*_three_classes(20, 4, 1), np.random.default_rng(2).normal(size=(6, 4)), 0.5),
    (*_three_classes(30, 2, 3), np.array([[0.5, 0.0], [300.0, -400.0]]), 0.1),
]


def _refuse_underflow(answer):
    with np.errstate(all="ignore"):
        result = answer(*(np.copy(part) if isinstance(part, np.ndarray) else part for part in _CLASSIFIER_CASES[-1]))
    if isinstance(result, np.ndarray) and result.dtype.kind == "f" and np.isnan(result).any():
        raise Wrong(_UNDERFLOW)


generative_classifier = function_exercise(
    _generative_classifier,
    cases=_CLASSIFIER_CASES,
    mistakes=[
        Mistake(_underflowing, _UNDERFLOW),
        Mistake(
            _classifier(prior=0.0),
            "The priors are missing. A class with four times as many points gets four times the weight: add log P(y), "
            "the logarithm of the class's share of the training points.",
        ),
        Mistake(
            _classifier(determinant=0.0),
            "The determinant is missing. A wide Gaussian is low everywhere: log p(x | y) contains "
            "−½ log det(2πΣ), and Σ differs from class to class.",
        ),
        Mistake(
            _classifier(half=1.0),
            "A factor ½ is missing: log p(x | y) contains −½ (x − μ)ᵀ Σ⁻¹ (x − μ).",
        ),
        Mistake(
            _classifier(shape=lambda covariance, within: np.diag(np.diag(covariance))),
            "You kept only the variances. That is naive Bayes. Use the whole covariance matrix of each class.",
        ),
        Mistake(
            _classifier(shape=lambda covariance, within: within),
            "All your classes share one covariance matrix, so all borders are straight. Compute one matrix per class.",
        ),
        Mistake(
            _classifier(ridge_weight=0.0),
            "The ridge is missing. Add ridge · I to each covariance matrix, so that it can always be inverted.",
        ),
        Mistake(
            _log_joint,
            "These are the logarithms of the joint densities, log p(x, y). Turn them into P(y | x): subtract the "
            "largest of each row, take exp, and divide by the sum of the row.",
        ),
        Mistake(
            lambda points, labels, new, ridge: _log_joint(points, labels, new, ridge).argmax(axis=1),
            "That is the number of the most probable class. Return the probability of every class, one column per "
            "class.",
        ),
    ],
    right="It learned ten densities and no border, and the borders came for free. Now see how good they are.",
    hint="Loop over the classes. Mean and np.cov of the class's points give log p(x | y); np.linalg.solve and "
    "np.linalg.slogdet keep it stable. Stack the columns log p(x | y) + log P(y), then use Bayes' rule.",
    test_first=_refuse_underflow,
)

# -------------------------------------------------------------------------------------- the map of models

_KINDS = {
    "logistic regression": "discriminative",
    "support vector machine": "discriminative",
    "naive Bayes": "explicit",
    "Gaussian mixture": "explicit",
    "hidden Markov model": "explicit",
    "variational auto-encoder": "explicit",
    "diffusion model": "explicit",
    "normalizing flow": "explicit",
    "GPT-2": "explicit",
    "GAN": "implicit",
}

_WHY = {
    ("naive Bayes", "discriminative"): "Naive Bayes classifies, but it does so with p(x | y), one density for each "
    "class. You can draw samples from it, so it is generative, with an explicit density.",
    ("GPT-2", "discriminative"): "GPT-2 predicts the next token from the tokens before it. The product of these "
    "predictions is the probability of the whole text, so it is generative, with an explicit density.",
    ("GPT-2", "implicit"): "GPT-2 gives every text a probability, the product over its tokens. That is an explicit "
    "density.",
    ("GAN", "explicit"): "You can draw samples from a GAN, but it cannot tell you how likely a given picture is. Its "
    "density is implicit: you know it through samples only.",
    (
        "GAN",
        "discriminative",
    ): "A GAN contains a discriminator, but its purpose is the generator, which draws samples. Its density is "
    "implicit.",
    ("variational auto-encoder", "implicit"): "A VAE has formulas for p(x | z) and p(z), and it maximizes a lower "
    "bound on log p(x). Its density is explicit, although it is known only approximately.",
    ("logistic regression", "explicit"): "Logistic regression models P(y | x) and says nothing about x itself, so it "
    "is discriminative.",
    ("support vector machine", "explicit"): "A support vector machine learns only the boundary between the classes, "
    "so it is discriminative.",
    ("logistic regression", "implicit"): "Logistic regression cannot draw an x at all. It needs a given x to say "
    "anything, so it is discriminative.",
    (
        "support vector machine",
        "implicit",
    ): "A support vector machine cannot draw an x. It only classifies those that it is given, so it is discriminative.",
    (
        "naive Bayes",
        "implicit",
    ): "Naive Bayes multiplies one density per pixel. You can write p(x | y) down, so the density is explicit.",
    (
        "Gaussian mixture",
        "discriminative",
    ): "A mixture needs no labels, and you can draw samples from it, as in this lesson. So it is generative.",
    (
        "Gaussian mixture",
        "implicit",
    ): "The density of a mixture is a weighted sum of bell curves. You can write it down, so it is explicit.",
    (
        "hidden Markov model",
        "discriminative",
    ): "A hidden Markov model gives whole sequences a probability, and you can draw sequences from it. So it is "
    "generative.",
    (
        "hidden Markov model",
        "implicit",
    ): "A hidden Markov model's p(x) is a sum over hidden paths, which can be computed exactly and fast. So it is "
    "explicit.",
    ("diffusion model", "discriminative"): "A diffusion model draws a new x: it begins with noise and removes it step "
    "by step. So it is generative.",
    ("diffusion model", "implicit"): "A diffusion model is trained on a lower bound on log p(x), which you can compute "
    "for any picture. Its density is explicit, although it is known only approximately.",
    ("normalizing flow", "discriminative"): "A normalizing flow bends noise into a new x, so it is generative.",
    ("normalizing flow", "implicit"): "A flow bends noise, as a GAN does, but each of its steps can be undone, and so "
    "p(x) can be computed exactly. Its density is explicit.",
    ("variational auto-encoder", "discriminative"): "A VAE draws a code z and decodes it into a new x, so it is "
    "generative.",
}


_GENERATIVE = (
    "'generative' is not precise enough here. Can the model say how likely a given x is? Then write 'explicit', "
    "otherwise 'implicit'. A model that cannot draw an x at all is 'discriminative'."
)


def _diagnose_kinds(answer):
    if not isinstance(answer, dict):
        raise Wrong(
            f"Expected a dictionary from each model to its kind. Received: {type(answer).__name__}. Keep the "
            "dictionary of the exercise, and replace each ... in it."
        )
    if all(kind is ... for kind in answer.values()):
        raise Unattempted
    for model, kind in _KINDS.items():
        given = answer.get(model, ...)
        if given is ...:
            raise Wrong(f"{model!r} has no answer yet. Write 'discriminative', 'explicit' or 'implicit'.")
        given = given.strip().lower() if isinstance(given, str) else given
        if given == "generative":
            raise Wrong(_GENERATIVE)
        if given not in {"discriminative", "explicit", "implicit"}:
            raise Wrong(f"For {model!r} expected 'discriminative', 'explicit' or 'implicit'. Received: {given!r}.")
        if given != kind:
            raise Wrong(_WHY[model, given])


kinds = Exercise(
    _diagnose_kinds,
    right="Two questions classify any model: can it draw an x? Can it say how likely a given x is?",
    hint="Ask of each model: can it draw an x (generative)? If so, can it say how likely a given x is (explicit)?",
    solution=_KINDS,
    mistakes=[
        *(Mistake({**_KINDS, model: kind}, message) for (model, kind), message in _WHY.items()),
        Mistake({**_KINDS, "GAN": "generative"}, _GENERATIVE),
    ],
)
