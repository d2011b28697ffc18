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
    ],
    mistakes=[
        Mistake(
            lambda likelihoods, priors: likelihoods / likelihoods.sum(),
            "The priors are missing. A rare class needs more evidence: weigh each likelihood with P(y) first.",
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


_BETWEEN = (
    "Your points lie between the components: you averaged samples. A mixture averages densities: each point comes "
    "from one component, chosen at random."
)
_ONE_COMPONENT = (
    "All your points come from one component. Choose a component anew for each point: rng.choice with size=count."
)
_SHARES = "The components have the wrong shares. Hand the weights to rng.choice as p=weights."
_OTHER_RNG = (
    "The same rng gives other points the second time. Draw everything from the rng that you are handed, so that a seed "
    "makes the result repeatable."
)
_NO_SPREAD = "All points of a component are equal. Choosing the component is half of it: now draw around its mean."


def _diagnose_draw(answer):
    weights, means, stds = np.array([0.8, 0.2]), np.array([-4.0, 4.0]), np.array([0.5, 1.0])
    points, again = (answer(4000, weights, means, stds, np.random.default_rng(0)) for _ in range(2))
    if points is ...:
        raise Unattempted
    if points is None:
        raise Wrong("Your function returns None. Is the `return` missing?")
    points = np.asarray(points, float)
    if points.shape != (4000,):
        raise Wrong(f"Expected one number a point, shape (4000,). Received: shape {points.shape}.")
    if not np.array_equal(points, np.asarray(again, float)):
        raise Wrong(_OTHER_RNG)
    if np.isin(points, (0, 1)).all():
        raise Wrong("These are the numbers of the components. Look up their means and deviations, and draw from those.")
    left, right = points[points < 0], points[points >= 0]
    if np.mean((points > -3) & (points < 1)) > 0.3:  # the averages lie around 0.8 · (−4) + 0.2 · 4 = −2.4
        raise Wrong(_BETWEEN)
    if min(len(left), len(right)) < 40:
        raise Wrong(_ONE_COMPONENT)
    if len(np.unique(points)) < 10:
        raise Wrong(_NO_SPREAD)
    if abs(len(left) / 4000 - 0.8) > 0.03:
        raise Wrong(_SHARES)
    for part, mean, std in ((left, -4.0, 0.5), (right, 4.0, 1.0)):
        if abs(part.mean() - mean) > 0.15 or abs(part.std() - std) > 0.1:
            raise Wrong(
                f"Around {mean:+.0f} expected a standard deviation of {std}. Received: mean {part.mean():.2f}, "
                f"standard deviation {part.std():.2f}. Use the chosen component's own mean and deviation."
            )
        if abs(np.mean(np.abs(part - mean) < std) - 0.683) > 0.04:
            raise Wrong(
                "The points of a component have the right spread, but no bell shape. Draw them with rng.normal."
            )


draw = Exercise(
    _diagnose_draw,
    right="That is a generative model: choose a cause, then draw what it causes. No data point is needed any more.",
    hint="component = rng.choice(len(weights), size=count, p=weights) chooses; means[component] looks up.",
    solution=_draw,
    mistakes=[
        Mistake(_average_of_samples, _BETWEEN),
        Mistake(_one_component_for_all, _ONE_COMPONENT),
        Mistake(_weights_ignored, _SHARES),
        Mistake(_centers_only, _NO_SPREAD),
        Mistake(lambda count, weights, means, stds, rng: _draw(count, weights, means, stds, np.random), _OTHER_RNG),
    ],
)

# -------------------------------------------------------------------------------------- the map of models

_KINDS = {
    "logistic regression": "discriminative",
    "support vector machine": "discriminative",
    "naive Bayes": "explicit",
    "Gaussian mixture": "explicit",
    "hidden Markov model": "explicit",
    "variational auto-encoder": "explicit",
    "GPT-2": "explicit",
    "GAN": "implicit",
}

_WHY = {
    ("naive Bayes", "discriminative"): "Naive Bayes classifies, but by way of p(x | y): one density for each class. "
    "It can be sampled, so it is generative, with an explicit density.",
    ("GPT-2", "discriminative"): "GPT-2 predicts the next token from the ones before, and the product of these "
    "predictions is the probability of the whole text: generative, with an explicit density.",
    ("GPT-2", "implicit"): "GPT-2 gives every text a probability, the product over its tokens: an explicit density.",
    ("GAN", "explicit"): "A GAN can be sampled, but nobody can ask it how likely a given picture is: its density is "
    "implicit, known through samples only.",
    (
        "GAN",
        "discriminative",
    ): "A GAN contains a discriminator, but what it is for is the generator: an implicit density.",
    ("variational auto-encoder", "implicit"): "A VAE writes down p(x | z) and p(z) and maximizes a bound on log p(x): "
    "its density is explicit, if only approximately known.",
    ("logistic regression", "explicit"): "Logistic regression models P(y | x) and says nothing about x itself.",
    ("support vector machine", "explicit"): "A support vector machine keeps only the boundary between the classes.",
    ("logistic regression", "implicit"): "Logistic regression cannot draw an x at all: it needs one to say anything.",
    (
        "support vector machine",
        "implicit",
    ): "A support vector machine cannot draw an x: it only sorts those it is given.",
    (
        "naive Bayes",
        "implicit",
    ): "Naive Bayes multiplies one density a pixel: you can write p(x | y) down, so explicit.",
    (
        "Gaussian mixture",
        "discriminative",
    ): "A mixture needs no labels and can be sampled, as this lesson did: generative.",
    (
        "Gaussian mixture",
        "implicit",
    ): "The density of a mixture is a weighted sum of bell curves: you can write it down.",
    (
        "hidden Markov model",
        "discriminative",
    ): "A hidden Markov model gives whole sequences a probability and can draw them.",
    (
        "hidden Markov model",
        "implicit",
    ): "A hidden Markov model's p(x) is a sum over hidden paths, exact and cheap: explicit.",
    ("variational auto-encoder", "discriminative"): "A VAE draws a code z and decodes it to a new x: generative.",
}


def _diagnose_kinds(answer):
    if not isinstance(answer, dict):
        raise Wrong(f"Expected a dictionary from model to kind. Received: {type(answer).__name__}.")
    if all(kind is ... for kind in answer.values()):
        raise Unattempted
    for model, kind in _KINDS.items():
        given = answer.get(model, ...)
        if given is ...:
            raise Wrong(f"{model!r} has no answer yet.")
        if given not in {"discriminative", "explicit", "implicit"}:
            raise Wrong(f"For {model!r} expected 'discriminative', 'explicit' or 'implicit'. Received: {given!r}.")
        if given != kind:
            raise Wrong(_WHY[model, given])


kinds = Exercise(
    _diagnose_kinds,
    right="Two questions place any model: can it draw an x? Can it say how likely a given x is?",
    hint="Ask of each model: can it draw an x (generative)? If so, can it say how likely a given x is (explicit)?",
    solution=_KINDS,
    mistakes=[Mistake({**_KINDS, model: kind}, message) for (model, kind), message in _WHY.items()],
)
