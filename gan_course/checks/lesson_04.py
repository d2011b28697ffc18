"""Checks of lesson 04, the training algorithm: who takes a step, in which order, and on which minibatch."""

import itertools

import numpy as np

from gan_course import theory
from gan_course.checks.exercise import Exercise, Mistake, Unattempted, Wrong, function_exercise

# ------------------------------------------------------------------------------------------------- the loop


def _algorithm_1(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        for _ in range(k):
            z = noise()
            x = examples()
            update_d(x, z)
        update_g(noise())


def _once_each(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        update_d(examples(), noise())
        update_g(noise())


def _both_k_times(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        for _ in range(k):
            update_d(examples(), noise())
            update_g(noise())


def _g_k_times(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        update_d(examples(), noise())
        for _ in range(k):
            update_g(noise())


def _g_first(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        update_g(noise())
        for _ in range(k):
            update_d(examples(), noise())


def _one_after_the_other(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations * k):
        update_d(examples(), noise())
    for _ in range(iterations):
        update_g(noise())


def _g_gets_old_noise(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        for _ in range(k):
            z = noise()
            update_d(examples(), z)
        update_g(z)


def _one_batch_for_all_k(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        z, x = noise(), examples()
        for _ in range(k):
            update_d(x, z)
        update_g(noise())


def _examples_before_the_loop(iterations, k, noise, examples, update_d, update_g):
    x = examples()
    for _ in range(iterations):
        for _ in range(k):
            update_d(x, noise())
        update_g(noise())


def _arguments_turned(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        for _ in range(k):
            update_d(noise(), examples())
        update_g(noise())


def _one_iteration(iterations, k, noise, examples, update_d, update_g):
    for _ in range(k):
        update_d(examples(), noise())
    update_g(noise())


def _one_d_step_short(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        for _ in range(1, k):
            update_d(examples(), noise())
        update_g(noise())


def _one_iteration_short(iterations, k, noise, examples, update_d, update_g):
    _algorithm_1(iterations - 1, k, noise, examples, update_d, update_g)


def _g_every_kth_time(iterations, k, noise, examples, update_d, update_g):
    for i in range(iterations):
        update_d(examples(), noise())
        if (i + 1) % k == 0:
            update_g(noise())


def _k_used_up(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        while k > 0:
            update_d(examples(), noise())
            k -= 1
        update_g(noise())


def _g_keeps_its_noise(iterations, k, noise, examples, update_d, update_g):
    z = noise()
    for _ in range(iterations):
        for _ in range(k):
            update_d(examples(), noise())
        update_g(z)


def _not_called(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        for _ in range(k):
            update_d(examples, noise)
        update_g(noise)


def _examples_for_g(iterations, k, noise, examples, update_d, update_g):
    for _ in range(iterations):
        for _ in range(k):
            update_d(examples(), noise())
        update_g(examples())


_LOOP = {
    "off by one": "In each iteration the discriminator takes one step too many or too few. Both range(k) and "
    "range(1, k + 1) run k times.",
    "iterations": "One iteration is missing: range(iterations) runs `iterations` times, but range(1, iterations) "
    "runs one time less.",
    "D counts": "You count D's steps as iterations. Line 1 counts iterations of the outer loop: in each of them D "
    "takes k steps, and G takes one.",
    "k used up": "After the first iteration D takes no more steps: your loop counts k down and never sets it back. "
    "`for _ in range(k)` does not change k.",
    "not called": "You pass the functions themselves. Call them: noise() and examples() draw a minibatch.",
    "G keeps": "G gets the same minibatch of noise in every iteration. Line 6 belongs inside the outer loop: draw "
    "new noise there.",
    "k unused": "The discriminator takes one step in each iteration, whatever k is. Lines 2 to 5 need a loop of "
    "their own.",
    "both k": "The generator moves k times, too, since its update is inside the inner loop. It comes after `end for`.",
    "G k": "You have exchanged the two players: the discriminator takes k steps, and the generator takes one.",
    "G first": "The generator moves first. In each iteration D learns first, so that G's gradient comes from a D "
    "that knows the current samples.",
    "apart": "All of D's steps come first, and all of G's steps after them. The players alternate: k steps of D, "
    "then one step of G, and so on.",
    "G noise": "The generator is trained on the same noise as the discriminator before it. Line 6 draws new noise.",
    "same batch": "Some of D's steps use the same minibatch. Lines 3 and 4 belong inside the inner loop: each of the "
    "k steps draws its own noise and its own examples.",
    "same examples": "The examples are drawn only once, and then used again and again. Draw a new minibatch for "
    "every step of D.",
    "turned": "update_d takes the examples first and the noise second: update_d(x, z).",
    "once": "That is only one iteration. Line 1 repeats everything `iterations` times.",
    "G input": "update_g takes a new minibatch of noise: update_g(noise()).",
}


def _watch(loop, iterations, k):
    """Let a learner's loop run on tickets instead of arrays; return the steps as (player, x, z)."""
    tickets, steps = itertools.count(), []

    def noise():
        return ("z", next(tickets))

    def examples():
        return ("x", next(tickets))

    def update_d(x, z):
        steps.append(("D", x, z))

    def update_g(z):
        steps.append(("G", None, z))

    if loop(iterations, k, noise, examples, update_d, update_g) is ...:
        raise Unattempted
    return steps


def _kind(ticket):
    return ticket[0] if isinstance(ticket, tuple) and len(ticket) == 2 else None


def _diagnose_loop(loop):
    iterations, k = 4, 3
    steps = _watch(loop, iterations, k)
    order = "".join(player for player, _, _ in steps)
    named = {
        "DG" * iterations: "k unused",
        "DG" * iterations * k: "both k",
        ("D" + "G" * k) * iterations: "G k",
        ("G" + "D" * k) * iterations: "G first",
        "D" * iterations * k + "G" * iterations: "apart",
        "D" * k + "G": "once",
        ("D" * (k - 1) + "G") * iterations: "off by one",
        ("D" * (k + 1) + "G") * iterations: "off by one",
        ("D" * k + "G") * (iterations - 1): "iterations",
        "D" * k + "G" + "D" * (iterations - k): "D counts",
        "D" * k + "G" * iterations: "k used up",
    }
    if order in named:
        raise Wrong(_LOOP[named[order]])
    wanted = ("D" * k + "G") * iterations
    if order != wanted:
        raise Wrong(
            f"For {iterations} iterations with k = {k}: expected the steps {wanted}. Received: {order or 'none'}."
        )
    _require(not any(callable(ticket) for step in steps for ticket in step), "not called")
    d_steps = [(x, z) for player, x, z in steps if player == "D"]
    _require(not any((_kind(x), _kind(z)) == ("z", "x") for x, z in d_steps), "turned")
    _require(all(_kind(z) == "z" for player, _, z in steps if player == "G"), "G input")
    if any((_kind(x), _kind(z)) != ("x", "z") for x, z in d_steps):
        raise Wrong("Expected update_d(x, z) with x from examples() and z from noise(). Received: something else.")
    xs, zs = zip(*d_steps, strict=True)
    _require(len(set(xs)) > 1, "same examples")
    _require(len(set(xs)) == len(set(zs)) == len(d_steps), "same batch")
    _require(len({z for player, _, z in steps if player == "G"}) == iterations, "G keeps")
    _require(len({z for _, _, z in steps}) == len(steps), "G noise")
    if "".join(player for player, _, _ in _watch(loop, 2, 1)) != "DGDG":
        raise Wrong("With k = 3 everything is right, but not with k = 1: expected the steps DGDG for two iterations.")


def _require(condition, message):
    if not condition:
        raise Wrong(_LOOP[message])


algorithm_1 = Exercise(
    _diagnose_loop,
    right="You have two loops, with new minibatches for every step. That is algorithm 1, apart from the gradients.",
    hint="Write a `for` loop inside a `for` loop. Lines 3, 4 and 5 belong in the inner loop. Lines 6 and 7 come "
    "after it, in the outer loop. Call noise() once for each step of either player.",
    solution=_algorithm_1,
    mistakes=[
        Mistake(_once_each, _LOOP["k unused"]),
        Mistake(_both_k_times, _LOOP["both k"]),
        Mistake(_g_k_times, _LOOP["G k"]),
        Mistake(_g_first, _LOOP["G first"]),
        Mistake(_one_after_the_other, _LOOP["apart"]),
        Mistake(_g_gets_old_noise, _LOOP["G noise"]),
        Mistake(_one_batch_for_all_k, _LOOP["same batch"]),
        Mistake(_examples_before_the_loop, _LOOP["same examples"]),
        Mistake(_arguments_turned, _LOOP["turned"]),
        Mistake(_one_iteration, _LOOP["once"]),
        Mistake(_one_d_step_short, _LOOP["off by one"]),
        Mistake(_one_iteration_short, _LOOP["iterations"]),
        Mistake(_g_every_kth_time, _LOOP["D counts"]),
        Mistake(_k_used_up, _LOOP["k used up"]),
        Mistake(_g_keeps_its_noise, _LOOP["G keeps"]),
        Mistake(_not_called, _LOOP["not called"]),
        Mistake(_examples_for_g, _LOOP["G input"]),
    ],
)

# --------------------------------------------------------------------------- the losses against the best D


def _losses_at_best(p_data, p_model, x):
    best = p_data / (p_data + p_model)
    d_loss = -np.trapezoid(p_data * np.log(best) + p_model * np.log(1 - best), x)
    g_loss = -np.trapezoid(p_model * np.log(best), x)
    return d_loss, g_loss


_GRID = np.linspace(-7.5, 7.5, 1501)  # so wide that log 4 − 2·JSD, which relies on ∫ p = 1, is right, too

losses_at_best = function_exercise(
    _losses_at_best,
    cases=[
        (theory.gaussian(_GRID, 0, 1.0), theory.gaussian(_GRID, 0, 1.0), _GRID),
        (theory.gaussian(_GRID, -1, 0.9), theory.gaussian(_GRID, 1, 1.2), _GRID),
    ],
    mistakes=[
        Mistake(
            lambda p_data, p_model, x: _losses_at_best(p_data, p_model, x)[::-1],
            "Both numbers are right, but in the wrong order: return D's loss first, then G's.",
        ),
        Mistake(
            lambda p_data, p_model, x: (
                -_losses_at_best(p_data, p_model, x)[0],
                _losses_at_best(p_data, p_model, x)[1],
            ),
            "D's number is V, which D wants to be large. Its loss is −V: change the sign.",
        ),
        Mistake(
            lambda p_data, p_model, x: np.multiply(_losses_at_best(p_data, p_model, x), (0.5, 1)),
            "D's loss is half of the right value: you took the mean of both terms, as for one cross-entropy over a "
            "joint batch. Here the two terms are added.",
        ),
        Mistake(
            lambda p_data, p_model, x: (
                _losses_at_best(p_data, p_model, x)[0],
                np.trapezoid(p_model * np.log(p_model / (p_data + p_model)), x),
            ),
            "G's number is E log(1 − D), the saturating loss of the minimax game. The generator here uses −log D.",
        ),
        Mistake(
            lambda p_data, p_model, x: (
                _losses_at_best(p_data, p_model, x)[0],
                -np.trapezoid(p_data * np.log(p_data / (p_data + p_model)), x),
            ),
            "G's loss is an average over its own samples, so the weight in the integral is p_model, not p_data.",
        ),
        Mistake(
            lambda p_data, p_model, x: (
                -np.trapezoid(p_data * np.log(p_data / (p_data + p_model)), x),
                _losses_at_best(p_data, p_model, x)[1],
            ),
            "D's loss has a second term: −E log(1 − D) over the generated samples.",
        ),
        Mistake(
            lambda p_data, p_model, x: (2 * np.log(2), np.log(2)),
            "These are the losses at equilibrium only. Integrate over the given densities.",
        ),
        Mistake(
            lambda p_data, p_model, x: (
                -np.trapezoid(
                    p_data * np.log(p_model / (p_data + p_model)) + p_model * np.log(p_data / (p_data + p_model)), x
                ),
                -np.trapezoid(p_model * np.log(p_model / (p_data + p_model)), x),
            ),
            "You have exchanged the densities in your best D: p_model is in the numerator. D* is high where the data "
            "is.",
        ),
        Mistake(
            lambda p_data, p_model, x: (
                _losses_at_best(p_data, p_model, x)[0],
                -_losses_at_best(p_data, p_model, x)[0],
            ),
            "Your players play a zero-sum game, where G wins what D loses. Here G has a loss of its own, −log D.",
        ),
        Mistake(
            lambda p_data, p_model, x: (
                _losses_at_best(p_data, p_model, x)[0],
                -np.trapezoid(p_model * np.log(p_model / (p_data + p_model)), x),
            ),
            "G's number is −E log(1 − D), which is small where D recognizes the samples as generated. G wants D to "
            "say 1: −log D.",
        ),
        Mistake(
            lambda p_data, p_model, x: _losses_at_best(p_data, p_model, np.arange(len(x))),
            "A sum over grid points is not an integral: the width of the grid's steps is missing. Use "
            "np.trapezoid(…, x).",
        ),
        Mistake(
            lambda p_data, p_model, x: (
                -np.trapezoid(np.log(p_data / (p_data + p_model)) + np.log(p_model / (p_data + p_model)), x),
                -np.trapezoid(np.log(p_data / (p_data + p_model)), x),
            ),
            "The densities are missing from the integrals: each expectation multiplies the logarithm by the density "
            "of its samples.",
        ),
        Mistake(
            lambda p_data, p_model, x: np.multiply(_losses_at_best(p_data, p_model, x), (1, -1)),
            "G's loss has the wrong sign: G wants E log D to be large, so its loss is −E log D.",
        ),
        Mistake(
            lambda p_data, p_model, x: np.divide(_losses_at_best(p_data, p_model, x), np.log(2)),
            "These are bits. The losses use the natural logarithm, np.log.",
        ),
    ],
    right="For equal densities the losses are 2·log 2 and log 2. For all others the best D has a smaller loss, and G "
    "has a larger one.",
    hint="First compute best = p_data / (p_data + p_model). Each expectation is then np.trapezoid(density * "
    "np.log(...), x), with p_data for real samples and p_model for generated ones. D's loss has two terms, G's loss "
    "has one.",
)

# ------------------------------------------------------------------------------------------ a GAN of your own

_HILLS = {"means": (-2.0, 0.0, 2.5), "stds": (0.4, 0.4, 0.6), "weights": (0.2, 0.3, 0.5)}
_LINE = np.linspace(-7, 7, 701)
_LARGEST_JSD, _FEWEST = 0.03, 2000


def _draw(count, seed=9, weights=_HILLS["weights"]):
    """Samples of the three hills, `(count, 1)`."""
    rng = np.random.default_rng(seed)
    hill = rng.choice(3, size=count, p=weights)
    return rng.normal(np.take(_HILLS["means"], hill), np.take(_HILLS["stds"], hill))[:, None]


def _train(examples):
    import keras

    from gan_course.gan import GAN

    keras.utils.set_random_seed(0)
    z = keras.Input((1,))
    hidden = keras.layers.Dense(32, "tanh", kernel_initializer="he_normal")(z)
    hidden = keras.layers.Dense(32, "tanh", kernel_initializer="he_normal")(hidden)
    generator = keras.Model(z, z + keras.layers.Dense(1, kernel_initializer="zeros")(hidden))
    layers = [keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)]
    gan = GAN(generator, keras.Sequential([keras.Input((1,)), *layers]), seed=0)
    k, iterations = 5, 400
    rates = [keras.optimizers.schedules.CosineDecay(0.003, steps) for steps in (k * iterations, iterations)]
    gan.compile(*[keras.optimizers.Adam(rate, beta_1=0.0) for rate in rates], d_steps=k)
    batch = 256 * k
    gan.fit(examples, batch_size=batch, epochs=iterations // (len(examples) // batch), verbose=0)
    return gan.generate(4000, seed=1)


_TRAIN = {
    "few": f"Return at least {_FEWEST:,} samples: with fewer the check cannot measure the JSD.",
    "nan": "Your samples contain NaN or infinity. The training exploded: try a smaller learning rate.",
    "copies": "These are training examples. A generator makes new samples: push fresh noise through G.",
    "point": "All samples are nearly at one place. G has collapsed, or all your samples come from the same z.",
    "hill": "A hill is missing: fewer than 5 % of your samples are there. Look at the density of your samples.",
    "bell": "One wide bell: the mean and the variance are those of the data, but the valleys are filled. A "
    "discriminator without hidden layers, or a training that has only begun, ends there.",
    "shares": "The hills are at the right places, but not equally high in the data. Their shares are wrong.",
    "shift": "Your samples have the right shape, at a wrong place: only their mean is wrong.",
}


def _diagnose_samples(train):
    if not callable(train):
        raise Wrong(f"Expected a function. Received: {type(train).__name__}. Pass train, without parentheses.")
    examples = _draw(25_600, seed=3).astype("float32")
    made = train(examples.copy())
    if made is ...:
        raise Unattempted
    if made is None:
        raise Wrong("Your function returns None. Is the `return` missing?")
    made, examples = np.asarray(made, float).ravel(), examples[:, 0].astype(float)
    refusals = {
        "few": made.size < _FEWEST,
        "nan": not np.isfinite(made).all(),
        "copies": np.isin(made, examples).mean() > 0.5,
        "point": made.std() < 0.1,
    }
    for name, refused in refusals.items():
        if refused:
            raise Wrong(_TRAIN[name])
    if (distance := _distance(made)) >= _LARGEST_JSD:
        raise Wrong(
            _impostor(made, examples.mean())
            or f"Expected a JSD below {_LARGEST_JSD}. Received: {distance:.3f}. Look at the density of your samples, "
            "and at the JSD during the training: does the pair circle? Then try a larger k, or more iterations."
        )


def _distance(made, p=None):
    """JSD of the density of samples to p, by default to the data's density."""
    p = theory.gaussian_mixture(_LINE, **_HILLS) if p is None else p
    density = theory.gaussian(_LINE[:, None], np.clip(made[:20_000], -6, 6), 0.1).mean(axis=1)
    return theory.jensen_shannon(p, density, _LINE)


def _impostor(made, mean):
    """The message for the kind of wrong samples that these are, or None."""
    shares = np.histogram(made, (-np.inf, -1.0, 1.1, np.inf))[0] / len(made)
    if _distance(made - made.mean() + mean) < _LARGEST_JSD:
        return _TRAIN["shift"]
    if shares.min() < 0.05:
        return _TRAIN["hill"]
    if _distance(made, theory.gaussian_mixture(_LINE, **{**_HILLS, "weights": shares})) < _LARGEST_JSD:
        return _TRAIN["shares"]
    bell = theory.gaussian_mixture(_LINE, [made.mean()], [made.std()])
    return _TRAIN["bell"] if made.std() < 2.2 and _distance(made, bell) < _LARGEST_JSD else None


train = Exercise(
    _diagnose_samples,
    right="Your GAN has found three hills of three heights, from samples alone. Now break it: change one thing until "
    "the losses look right and the check refuses the samples.",
    hint="Start from new_game and play. `draw=lambda game: examples[game.rng.integers(len(examples), size=256)]` feeds "
    "the new data. Plot the density of what G makes. If the pair circles, try k = 5, in new_game and in play.",
    solution=_train,
    mistakes=[
        Mistake(lambda examples: _draw(100), _TRAIN["few"]),
        Mistake(lambda examples: np.full(4000, np.nan), _TRAIN["nan"]),
        Mistake(lambda examples: examples[:4000], _TRAIN["copies"]),
        Mistake(lambda examples: np.full(4000, examples.mean()), _TRAIN["point"]),
        Mistake(
            lambda examples: np.random.default_rng(0).normal(examples.mean(), examples.std(), 4000), _TRAIN["bell"]
        ),
        Mistake(lambda examples: _draw(4000) + 0.4, _TRAIN["shift"]),
        Mistake(lambda examples: _draw(4000, weights=(0.0, 0.4, 0.6)), _TRAIN["hill"]),
        Mistake(lambda examples: _draw(4000, weights=(0.5, 0.3, 0.2)), _TRAIN["shares"]),
    ],
)
