"""Submissions of homework 4: wrong and lazy ones that its tests must refuse, and right ones that they must accept."""

from submissions import Answer


def _function(head, *lines):
    """A function as source: its head and its lines, indented."""
    return f"def {head}:\n" + "".join(f"    {line}\n" for line in lines)


def _wrong(cell, head, names, tests=None, other=None, also=()):
    """Wrong answers to one cell, by name: a line, a tuple of lines, a list of edits, or a whole cell.

    Each must lose `tests`, or those that `other` has for its name.
    """
    lost = {name: (other or {}).get(name, tests or (f"test_{cell}",)) for name in names}
    return [
        Answer(f"{cell}: {name}", {cell: _change(head, given)}, lost=lost[name], also=also)
        for name, given in names.items()
    ]


def _right(cell, head, names, also=()):
    """The same for right answers, which lose nothing."""
    return [Answer(f"{cell}: {name}", {cell: _change(head, given)}, also=also) for name, given in names.items()]


def _change(head, given):
    if isinstance(given, tuple):
        return _function(head, *given)
    return _function(head, given) if isinstance(given, str) and "\n" not in given else given


# ------------------------------------------------------------------------------------------------ wrong and lazy

_LOSSES = _wrong(
    "wasserstein_losses",
    "wasserstein_losses(real_scores, fake_scores)",
    {
        "sign of the critic's loss": "return tf.reduce_mean(real_scores) - tf.reduce_mean(fake_scores), -tf.reduce_mean(fake_scores)",
        "sign of the generator's loss": "return tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores), tf.reduce_mean(fake_scores)",
        "the two swapped": "return -tf.reduce_mean(fake_scores), tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores)",
        "the generator minimizes minus the critic's loss": (
            "loss = tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores)",
            "return loss, -loss",
        ),
        "sums": "return tf.reduce_sum(fake_scores) - tf.reduce_sum(real_scores), -tf.reduce_sum(fake_scores)",
        "a sigmoid left in": (
            "real, fake = tf.sigmoid(real_scores), tf.sigmoid(fake_scores)",
            "return tf.reduce_mean(fake) - tf.reduce_mean(real), -tf.reduce_mean(fake)",
        ),
        "the cross-entropy left in": (
            "d = tf.reduce_mean(tf.nn.softplus(-real_scores)) + tf.reduce_mean(tf.nn.softplus(fake_scores))",
            "return d, tf.reduce_mean(tf.nn.softplus(-fake_scores))",
        ),
        "the hinge": (
            "d = tf.reduce_mean(tf.nn.relu(1 - real_scores)) + tf.reduce_mean(tf.nn.relu(1 + fake_scores))",
            "return d, -tf.reduce_mean(fake_scores)",
        ),
        "the critic sees the generated ones only": "return tf.reduce_mean(fake_scores), -tf.reduce_mean(fake_scores)",
        "scores clipped at 10": (
            "real, fake = (tf.clip_by_value(s, -10.0, 10.0) for s in (real_scores, fake_scores))",
            "return tf.reduce_mean(fake) - tf.reduce_mean(real), -tf.reduce_mean(fake)",
        ),
        "one number for each score": "return fake_scores - tf.reduce_mean(real_scores), -fake_scores",
        "cut to the shorter batch": (
            "n = min(len(real_scores), len(fake_scores))",
            "return tf.reduce_mean(fake_scores[:n] - real_scores[:n]), -tf.reduce_mean(fake_scores[:n])",
        ),
        "NumPy cuts the gradient": (
            "real, fake = np.mean(real_scores), np.mean(fake_scores)",
            "return tf.constant(fake - real), tf.constant(-fake)",
        ),
        "the visible answers by heart": "return tf.constant(-5.0), tf.constant(1.0)",
        "only the critic's": "return tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores)",
    },
)

_EARTH = _wrong(
    "earth_movers",
    "earth_movers(a, b, power=1)",
    {
        "not sorted": [("np.sort(a), np.sort(b)", "np.asarray(a), np.asarray(b)")],
        "one heap sorted": [("np.sort(a), np.sort(b)", "np.sort(a), np.asarray(b)")],
        "sorted by absolute value": [
            ("np.sort(a), np.sort(b)", "np.array(sorted(a, key=abs)), np.array(sorted(b, key=abs))")
        ],
        "cut to the shorter list": (
            "n = min(len(a), len(b))",
            "return np.mean(np.abs(np.sort(a)[:n] - np.sort(b)[:n]) ** power)",
        ),
        "the shorter list repeated": (
            "n = max(len(a), len(b))",
            "return np.mean(np.abs(np.resize(np.sort(a), n) - np.resize(np.sort(b), n)) ** power)",
        ),
        "each grain to the nearest place": "return np.mean(np.abs(a[:, None] - b[None]).min(axis=1) ** power)",
        "all pairs": "return np.mean(np.abs(a[:, None] - b[None]) ** power)",
        "the gap of the means": "return abs(np.mean(a) - np.mean(b)) ** power",
        "power forgotten": [("gaps**power", "gaps")],
        "the root taken": [("return np.sum(share * gaps**power)", "return np.sum(share * gaps**power) ** (1 / power)")],
        "the power after the sum": [("np.sum(share * gaps**power)", "np.sum(share * gaps) ** power")],
        "SciPy's distance, to the power": (
            "from scipy.stats import wasserstein_distance",
            "return wasserstein_distance(a, b) ** power",
        ),
        "no absolute value": [("np.abs(a[(middle", "(a[(middle")],
        "quantiles between the grains": (
            "t = (np.arange(10_000) + 0.5) / 10_000",
            "return np.mean(np.abs(np.quantile(a, t) - np.quantile(b, t)) ** power)",
        ),
        "a grid of t": (
            "t = (np.arange(1000) + 0.5) / 1000",
            "a, b = np.sort(a)[(t * len(a)).astype(int)], np.sort(b)[(t * len(b)).astype(int)]",
            "return np.mean(np.abs(a - b) ** power)",
        ),
        "random draws": (
            "rng = np.random.default_rng(0)",
            "a, b = np.sort(rng.choice(a, 5000)), np.sort(rng.choice(b, 5000))",
            "return np.mean(np.abs(a - b) ** power)",
        ),
        "pieces all of one size": [("np.sum(share * gaps**power)", "np.mean(gaps**power)")],
        "the visible answers by heart": "return 1.0 if len(a) == 2 else 3.0 if power == 1 else 41 / 3",
    },
    tests=("test_earth_movers", "test_earth_movers_split", "test_earth_movers_power"),
    other={
        "cut to the shorter list": ("test_earth_movers_split",),
        "the shorter list repeated": ("test_earth_movers_split",),
        "power forgotten": ("test_earth_movers_power",),
        "the root taken": ("test_earth_movers_power",),
        "the power after the sum": ("test_earth_movers_power",),
        "SciPy's distance, to the power": ("test_earth_movers_power",),
        "a grid of t": ("test_earth_movers", "test_earth_movers_split"),
        "pieces all of one size": ("test_earth_movers_split",),
    },
)

_BETWEEN = _wrong(
    "points_between",
    "points_between(real, fake)",
    {
        "normal instead of uniform": [("random.uniform", "random.normal")],
        "normal, clipped": [
            (
                "share = tf.random.uniform([tf.shape(real)[0]] + [1] * (len(real.shape) - 1))",
                "share = tf.clip_by_value(\n        tf.random.normal([tf.shape(real)[0]] + [1] * (len(real.shape) - 1), 0.5, 0.25), 0, 1\n    )",
            )
        ],
        "one ε for the batch": [("[tf.shape(real)[0]] + ", "[1] + ")],
        "one ε for each number": [
            (
                "tf.random.uniform([tf.shape(real)[0]] + [1] * (len(real.shape) - 1))",
                "tf.random.uniform(tf.shape(real))",
            )
        ],
        "one ε for each pixel, channels share it": [
            ("[tf.shape(real)[0]] + [1] * (len(real.shape) - 1)", "tf.concat([tf.shape(real)[:-1], [1]], 0)")
        ],
        "right for points, not for pictures": [("[1] * (len(real.shape) - 1)", "[1]")],
        "always the middle": "return (real + fake) / 2",
        "either end": [("    return share", "    share = tf.round(share)\n    return share")],
        "more often near the real ones": [("    return share", "    share = tf.sqrt(share)\n    return share")],
        "from −1 to 1": [("(len(real.shape) - 1))", "(len(real.shape) - 1), -1.0, 1.0)")],
        "weights that do not sum to 1": [("(1 - share) * fake", "fake")],
        "beyond the real ones": "return real + tf.random.uniform([len(real)] + [1] * (len(real.shape) - 1)) * (real - fake)",
        "float64": [
            (
                "    return share * real + (1 - share) * fake",
                "    return tf.cast(share * real + (1 - share) * fake, 'float64')",
            )
        ],
        "always the same ε": (
            "share = tf.random.stateless_uniform([tf.shape(real)[0]] + [1] * (len(real.shape) - 1), (1, 2))",
            "return share * real + (1 - share) * fake",
        ),
        "partners shuffled, one for each end": [
            ("(1 - share) * fake", "(1 - share) * tf.reverse(tf.roll(fake, 1, axis=-1), axis=[0])")
        ],
        "the visible batch size": [("[tf.shape(real)[0]]", "[2000]")],
        "real samples returned": "return real",
        "no axis for the numbers": [("[tf.shape(real)[0]] + [1] * (len(real.shape) - 1)", "[len(real)]")],
    },
    tests=("test_points_between", "test_points_between_pictures"),
    other={
        "normal, clipped": ("test_points_between",),
        "one ε for each pixel, channels share it": ("test_points_between_pictures",),
        "right for points, not for pictures": ("test_points_between_pictures",),
        "either end": ("test_points_between",),
        "more often near the real ones": ("test_points_between",),
        "always the same ε": ("test_points_between",),
        "partners shuffled, one for each end": ("test_points_between",),
    },
)

_SLOPES = _wrong(
    "slopes",
    "slopes(critic, points)",
    {
        "norm of the whole batch": [("axis=list(range(1, len(points.shape)))", "axis=None")],
        "norm of the whole batch, once for each": [
            ("return tf.sqrt(tf.maximum(squares, 1e-12))", "return tf.norm(gradients) * tf.ones(len(points))")
        ],
        "norm over the batch, one for each number": [("axis=list(range(1, len(points.shape)))", "axis=0")],
        "along the last axis only": [("axis=list(range(1, len(points.shape)))", "axis=-1")],
        "the squared norm": [("tf.sqrt(tf.maximum(squares, 1e-12))", "squares")],
        "root of the mean of squares": [("tf.reduce_sum(gradients**2", "tf.reduce_mean(gradients**2")],
        "sum of absolute values": [
            ("gradients**2", "tf.abs(gradients)"),
            ("tf.sqrt(tf.maximum(squares, 1e-12))", "squares"),
        ],
        "largest number of the gradient": [("tf.reduce_sum(gradients**2", "tf.reduce_max(gradients**2")],
        "gradient of the mean score": [("scores = critic(points)", "scores = tf.reduce_mean(critic(points))")],
        "a slope without a gradient": [
            ("tape.gradient(scores, points)", "tf.stop_gradient(tape.gradient(scores, points))")
        ],
        "infinite where it is flat": [("tf.maximum(squares, 1e-12)", "squares")],
        "tf.norm": (
            "with tf.GradientTape() as tape:",
            "    tape.watch(points)",
            "    scores = critic(points)",
            "gradients = tape.gradient(scores, points)",
            "return tf.norm(tf.reshape(gradients, (len(points), -1)), axis=1)",
        ),
        "0.1 under the root": [("tf.maximum(squares, 1e-12)", "squares + 0.1")],
        "a column": [("tf.sqrt(tf.maximum(squares, 1e-12))", "tf.sqrt(tf.maximum(squares, 1e-12))[:, None]")],
        "cut off at 5": [("tf.sqrt(tf.maximum(squares, 1e-12))", "tf.sqrt(tf.clip_by_value(squares, 1e-12, 25.0))")],
        "gradient in the weights, by NumPy": [
            ("tf.sqrt(tf.maximum(squares, 1e-12))", "np.sqrt(squares)"),
        ],
        "size of the score": "return tf.abs(tf.reshape(critic(points), (-1,)))",
        "the visible answer by heart": "return tf.constant([5.0] * 3 if len(points) == 3 else [5.0, 2.0])",
    },
    tests=("test_slopes", "test_slopes_flat"),
    other={
        "along the last axis only": ("test_slopes",),
        "infinite where it is flat": ("test_slopes_flat",),
        "tf.norm": ("test_slopes_flat",),
        "cut off at 5": ("test_slopes",),
    },
)

_PENALTY = _wrong(
    "gradient_penalty",
    "gradient_penalty(slopes, weight=10.0)",
    {
        "one-sided": "return weight * tf.reduce_mean(tf.maximum(slopes - 1, 0.0) ** 2)",
        "without the square": "return weight * tf.reduce_mean(tf.abs(slopes - 1))",
        "mean before the square": "return weight * (tf.reduce_mean(slopes) - 1) ** 2",
        "sum": "return weight * tf.reduce_sum((slopes - 1) ** 2)",
        "one for each sample": "return weight * (slopes - 1) ** 2",
        "λ forgotten": "return tf.reduce_mean((slopes - 1) ** 2)",
        "always λ = 10": "return 10 * tf.reduce_mean((slopes - 1) ** 2)",
        "λ squared, too": "return tf.reduce_mean((weight * (slopes - 1)) ** 2)",
        "towards 0, as R1": "return weight * tf.reduce_mean(slopes**2)",
        "half of it": "return weight / 2 * tf.reduce_mean((slopes - 1) ** 2)",
        "squares compared with 1": "return weight * tf.reduce_mean((slopes**2 - 1) ** 2)",
        "the steepest sample": "return weight * tf.reduce_max((slopes - 1) ** 2)",
        "NumPy cuts the gradient": "return tf.constant(weight * np.mean((np.asarray(slopes) - 1) ** 2), 'float32')",
        "nothing returned": "weight * tf.reduce_mean((slopes - 1) ** 2)",
    },
)

_FROM_THE_SAME = (
    "kept = [tf.identity(variable) for variable in critic.variables]",
    "def ask(batch):",
    "    for variable, value in zip(critic.variables, kept):",
    "        variable.assign(value)",
    "    return critic(batch, training=True)",
)

_NEIGHBORS = _wrong(
    "sees_neighbors",
    "sees_neighbors(critic, x)",
    {
        "asked in inference mode": [("training=True", "training=False")],
        "asked without a mode": [(", training=True", "")],
        "looks for BatchNormalization": (
            "return any(isinstance(layer, layers.BatchNormalization) for layer in critic.layers)"
        ),
        "looks for BatchNormalization in nested models, too": (
            "inner = critic._flatten_layers()",
            "return any(isinstance(layer, layers.BatchNormalization) for layer in inner)",
        ),
        "looks for anything that normalizes": (
            "return any('normalization' in type(layer).__name__.lower() for layer in critic.layers)"
        ),
        "looks for moving averages": "return bool(critic.non_trainable_variables)",
        "weights never put back": [("        critic.set_weights(before)", "        pass")],
        "weights put back once, before the samples alone": (
            "before = critic.get_weights()",
            "together = np.asarray(critic(x, training=True))",
            "critic.set_weights(before)",
            "alone = [np.asarray(critic(x[i : i + 1], training=True))[0] for i in range(len(x))]",
            "return bool(np.abs(together - alone).max() > 1e-3)",
        ),
        "only what is trained is put back": (
            "before = [np.array(weight) for weight in critic.trainable_weights]",
            "def scores_of(batch):",
            "    for weight, value in zip(critic.trainable_weights, before):",
            "        weight.assign(value)",
            "    return np.asarray(critic(batch, training=True))",
            "alone = [scores_of(x[i : i + 1])[0] for i in range(len(x))]",
            "return bool(np.abs(scores_of(x) - alone).max() > 1e-3)",
        ),
        "weights remembered by reference": [("critic.get_weights()", "critic.weights")],
        "calls it once before, so that it settles": (
            "critic(x, training=True)",
            "alone = [np.asarray(critic(x[i : i + 1], training=True))[0] for i in range(len(x))]",
            "return bool(np.abs(np.asarray(critic(x, training=True)) - alone).max() > 1e-3)",
        ),
        "turns the batch around": (
            "forth, back = critic(x, training=True), critic(x[::-1], training=True)[::-1]",
            "return bool(np.abs(forth - back).max() > 1e-3)",
        ),
        "calls it twice": (
            "first, second = critic(x, training=True), critic(x, training=True)",
            "return bool(np.abs(first - second).max() > 1e-3)",
        ),
        "the first sample only": (
            "together, alone = critic(x, training=True), critic(x[:1], training=True)",
            "return bool(np.abs(together[:1] - alone).max() > 1e-3)",
        ),
        "turned around": [("> 1e-3", "< 1e-3")],
        "all must change": [(".max()", ".min()")],
        "training against inference": (
            "return bool(np.abs(critic(x, training=True) - critic(x, training=False)).max() > 1e-3)"
        ),
        "always True": "return True",
        "a number": "return 1",
    },
    tests=("test_sees_neighbors", "test_sees_neighbors_from_the_same_weights"),
    other={
        "looks for BatchNormalization": ("test_sees_neighbors",),
        "looks for BatchNormalization in nested models, too": ("test_sees_neighbors",),
        "weights never put back": ("test_sees_neighbors_from_the_same_weights",),
        "weights put back once, before the samples alone": ("test_sees_neighbors_from_the_same_weights",),
        "only what is trained is put back": ("test_sees_neighbors_from_the_same_weights",),
        "weights remembered by reference": ("test_sees_neighbors_from_the_same_weights",),
        "calls it once before, so that it settles": ("test_sees_neighbors_from_the_same_weights",),
        "all must change": ("test_sees_neighbors",),
        "training against inference": ("test_sees_neighbors",),
    },
)

_CRITIC = "critic_step(critic, generator, optimizer, real, z, weight=10.0)"
_STEP, _LOOK = ("test_critic_step",), ("test_critic_step_penalty",)
_LINE = "        loss = wasserstein_losses(*scores)[0] + gradient_penalty(steep, weight)\n"
_AT = "points_between(real, fake)"
_APPLY = "    optimizer.apply(gradients, critic.trainable_variables)"
_ALL = "critic.trainable_variables + generator.trainable_variables"

_CRITIC_STEP = [
    *_wrong(
        "critic_step",
        _CRITIC,
        {
            "sign of the Wasserstein loss": [("wasserstein_losses(*scores)[0]", "-wasserstein_losses(*scores)[0]")],
            "real and generated swapped": [
                (
                    "critic(real, training=True), critic(fake, training=True)",
                    "critic(fake, training=True), critic(real, training=True)",
                )
            ],
            "penalty subtracted": [("[0] + gradient", "[0] - gradient")],
            "no penalty": [(" + gradient_penalty(steep, weight)", "")],
            "λ not passed on": [("gradient_penalty(steep, weight)", "gradient_penalty(steep)")],
            "the generator's loss": [("wasserstein_losses(*scores)[0]", "wasserstein_losses(*scores)[1]")],
            "the cross-entropy left in": [
                (
                    "wasserstein_losses(*scores)[0]",
                    "tf.reduce_mean(tf.nn.softplus(-scores[0])) + tf.reduce_mean(tf.nn.softplus(scores[1]))",
                )
            ],
            "norm of the whole batch": [
                ("gradient_penalty(steep, weight)", "gradient_penalty(tf.norm(steep), weight)")
            ],
            "two steps": [(_APPLY, f"{_APPLY}\n{_APPLY}")],
            "uphill": [(_APPLY, "    optimizer.apply([-g for g in gradients], critic.trainable_variables)")],
            "returns the loss after a sum": [("    return loss", "    return loss * len(real)")],
            "nothing returned": [("    return loss", "    return None")],
            "returns the loss without the penalty": [("    return loss", "    return wasserstein_losses(*scores)[0]")],
        },
        tests=("test_critic_step", "test_critic_step_penalty"),
    ),
    *_wrong(
        "critic_step",
        _CRITIC,
        {
            "one-sided penalty": [
                ("gradient_penalty(steep, weight)", "gradient_penalty(tf.maximum(steep, 1.0), weight)")
            ],
            "returns the loss after the step": [
                (
                    "    return loss",
                    "    scores = critic(real, training=True), critic(fake, training=True)\n"
                    "    steep = slopes(lambda x: critic(x, training=True), points)\n"
                    "    return wasserstein_losses(*scores)[0] + gradient_penalty(steep, weight)",
                )
            ],
            "penalty outside the tape": [
                (_LINE, "        loss = wasserstein_losses(*scores)[0]\n"),
                ("    optimizer.apply", "    loss = loss + gradient_penalty(steep, weight)\n    optimizer.apply"),
            ],
            "penalty under stop_gradient": [
                ("gradient_penalty(steep, weight)", "tf.stop_gradient(gradient_penalty(steep, weight))")
            ],
        },
        tests=("test_critic_step", "test_critic_step_penalty"),
    ),
    *_wrong(
        "critic_step",
        _CRITIC,
        {
            "moves the generator, too": [
                (f"    fake = generator(z, training=True)\n    points = {_AT}\n", ""),
                ("as tape:\n", f"as tape:\n        fake = generator(z, training=True)\n        points = {_AT}\n"),
                ("(loss, critic.trainable_variables)", f"(loss, {_ALL})"),
                ("(gradients, critic.trainable_variables)", f"(gradients, {_ALL})"),
            ],
        },
        tests=("test_critic_step", "test_critic_step_penalty"),
    ),
    *_wrong(
        "critic_step",
        _CRITIC,
        {
            "penalty at the real samples": [(_AT, "real")],
            "penalty at the generated samples": [(_AT, "fake")],
            "penalty in the middle": [(_AT, "(real + fake) / 2")],
            "noise mixed instead of samples": [
                (_AT, "generator(points_between(z, tf.random.normal(tf.shape(z))), training=True)")
            ],
            "normal instead of uniform": [
                (_AT, "fake + tf.random.normal([len(real)] + [1] * (len(real.shape) - 1)) * (real - fake)")
            ],
            "one ε for the batch": [(_AT, "fake + tf.random.uniform([]) * (real - fake)")],
            "one ε for each number": [(_AT, "fake + tf.random.uniform(tf.shape(real)) * (real - fake)")],
            "critic called without training=True": [
                ("critic(real, training=True), critic(fake, training=True)", "critic(real), critic(fake)")
            ],
            "slopes of a critic in inference mode": [("lambda x: critic(x, training=True)", "critic")],
        },
        tests=("test_critic_step_penalty",),
    ),
]

_GENERATOR_STEP = _wrong(
    "generator_step",
    "generator_step(critic, generator, optimizer, z)",
    {
        "sign": [("loss = -tf", "loss = tf")],
        "the cross-entropy left in": [
            (
                "-tf.reduce_mean(critic(generator(z, training=True), training=True))",
                "tf.reduce_mean(tf.nn.softplus(-critic(generator(z, training=True), training=True)))",
            )
        ],
        "sum": [("-tf.reduce_mean", "-tf.reduce_sum")],
        "moves the critic, too": [
            ("(loss, generator.trainable_variables)", f"(loss, {_ALL})"),
            ("(gradients, generator.trainable_variables)", f"(gradients, {_ALL})"),
        ],
        "moves the critic instead": [("generator.trainable_variables", "critic.trainable_variables")],
        "generator in inference mode": [("generator(z, training=True)", "generator(z, training=False)")],
        "samples cut off from the generator": [
            ("generator(z, training=True), training", "tf.stop_gradient(generator(z, training=True)), training")
        ],
        "two steps": [
            ("    return loss", "    optimizer.apply(gradients, generator.trainable_variables)\n    return loss")
        ],
        "no step": [("    optimizer.apply(gradients, generator.trainable_variables)\n", "")],
        "nothing returned": [("    return loss", "    return None")],
        "all scores returned": [("    return loss", "    return critic(generator(z))")],
    },
)

_ENERGY = _wrong(
    "energy",
    "energy(autoencoder, x)",
    {
        "sum over the numbers": [("reduce_mean", "reduce_sum")],
        "root of it": [("return tf", "return tf.sqrt(tf"), ("len(x.shape))))", "len(x.shape)))))")],
        "mean over the batch": [("axis=list(range(1, len(x.shape)))", "axis=0")],
        "one number for the batch": [("axis=list(range(1, len(x.shape)))", "axis=None")],
        "along the last axis only": [("axis=list(range(1, len(x.shape)))", "axis=-1")],
        "absolute error": [("(autoencoder(x) - x) ** 2", "tf.abs(autoencoder(x) - x)")],
        "the size of the reconstruction": [("(autoencoder(x) - x) ** 2", "autoencoder(x) ** 2")],
        "the target cut off": [("(autoencoder(x) - x) ** 2", "(autoencoder(x) - tf.stop_gradient(x)) ** 2")],
        "the reconstruction cut off": [("autoencoder(x) - x", "tf.stop_gradient(autoencoder(x)) - x")],
        "half of it": [("(autoencoder(x) - x) ** 2", "(autoencoder(x) - x) ** 2 / 2")],
        "a score: minus the error": [("return tf", "return -tf")],
        "NumPy": "return np.mean((np.asarray(autoencoder(x)) - np.asarray(x)).reshape(len(x), -1) ** 2, axis=1)",
    },
)

_PULL = _wrong(
    "pulling_away",
    "pulling_away(codes)",
    {
        "each with itself counted": [("(every_pair - count)", "every_pair")],
        "divided by N²": [("(count * (count - 1))", "count**2")],
        "mean over all entries, the diagonal among them": [
            ("(every_pair - count) / (count * (count - 1))", "every_pair / count**2")
        ],
        "the sum": [("(every_pair - count) / (count * (count - 1))", "every_pair - count")],
        "half of it": [("(count * (count - 1))", "(2 * count * (count - 1))")],
        "products instead of cosines": [("codes / tf.norm(codes, axis=1, keepdims=True)", "codes")],
        "each feature scaled": [("axis=1, keepdims", "axis=0, keepdims")],
        "the batch scaled": [("tf.norm(codes, axis=1, keepdims=True)", "tf.norm(codes)")],
        "cosines not squared": [("tf.matmul(rows, rows, transpose_a=True) ** 2", "tf.reduce_sum(rows, axis=0) ** 2")],
        "features instead of codes, their diagonal left out": [
            (
                "tf.reduce_sum(tf.matmul(rows, rows, transpose_a=True) ** 2)",
                "tf.reduce_sum(tf.matmul(rows, rows, transpose_a=True) ** 2) - tf.reduce_sum(tf.reduce_sum(rows**2, axis=0) ** 2) + count",
            )
        ],
        "absolute cosines": (
            "rows = codes / tf.norm(codes, axis=1, keepdims=True)",
            "n = len(codes)",
            "return (tf.reduce_sum(tf.abs(rows @ tf.transpose(rows))) - n) / (n * (n - 1))",
        ),
        "its root": [
            ("    return (", "    return tf.sqrt(1e-12 + "),
            ("(count * (count - 1))", "(count * (count - 1)))"),
            ("1e-12 + every_pair - count)", "1e-12 + (every_pair - count)"),
        ],
        "turned around": [("return (every", "return 1 - (every")],
        "means taken away first": [
            ("rows = codes", "codes -= tf.reduce_mean(codes, axis=1, keepdims=True)\n    rows = codes")
        ],
        "the table of all pairs": [
            ("tf.matmul(rows, rows, transpose_a=True)", "tf.matmul(rows, rows, transpose_b=True)")
        ],
        "the table by einsum": [("tf.matmul(rows, rows, transpose_a=True)", "tf.einsum('ik,jk->ij', rows, rows)")],
        "a loop over rows": (
            "rows, n = codes / tf.norm(codes, axis=1, keepdims=True), codes.shape[0]",
            "total = tf.add_n([tf.reduce_sum(tf.linalg.matvec(rows, rows[i]) ** 2) for i in range(n)])",
            "return (total - n) / (n * (n - 1))",
        ),
        "neighbors in the batch only": (
            "rows = codes / tf.norm(codes, axis=1, keepdims=True)",
            "return tf.reduce_mean(tf.reduce_sum(rows[1:] * rows[:-1], axis=1) ** 2)",
        ),
        "NumPy cuts the gradient": (
            "rows = np.asarray(codes) / np.linalg.norm(codes, axis=1, keepdims=True)",
            "n = len(rows)",
            "return tf.constant((np.sum((rows.T @ rows) ** 2) - n) / (n * (n - 1)), 'float32')",
        ),
    },
    tests=("test_pulling_away", "test_pulling_away_without_a_table"),
    other={
        "each with itself counted": ("test_pulling_away",),
        "divided by N²": ("test_pulling_away",),
        "mean over all entries, the diagonal among them": ("test_pulling_away",),
        "the table of all pairs": ("test_pulling_away_without_a_table",),
        "the table by einsum": ("test_pulling_away_without_a_table",),
        "a loop over rows": ("test_pulling_away_without_a_table",),
        "neighbors in the batch only": ("test_pulling_away",),
    },
)

_TRAIN = "train_wgan_gp(points, rounds, seed)"
_DRAWN_BY_HAND = """
class Circle(layers.Layer):
    def call(self, z):
        return z / keras.ops.norm(z, axis=1, keepdims=True)


def train_wgan_gp(points, rounds, seed):
    return keras.Sequential([keras.Input((2,)), Circle()])
"""
_LOOKUP = """
class Lookup(layers.Layer):
    def __init__(self, points):
        super().__init__()
        self.points = keras.ops.convert_to_tensor(points)

    def call(self, z):
        number = keras.ops.cast(keras.ops.floor(1e4 * keras.ops.abs(z[:, 0])), "int32") % len(self.points)
        return keras.ops.take(self.points, number, axis=0)


def train_wgan_gp(points, rounds, seed):
    return keras.Sequential([keras.Input((2,)), Lookup(points)])
"""
_ORDERED = """
class Ordered(layers.Layer):
    \"\"\"The data in the order of its angle, looked up by the angle of the noise.\"\"\"

    def __init__(self, points):
        super().__init__()
        middle = points.mean(axis=0)
        order = np.argsort(np.arctan2(*(points - middle).T))
        self.points = keras.ops.convert_to_tensor(points[order])

    def call(self, z):
        share = keras.ops.arctan2(z[:, 0], z[:, 1]) / 6.2832 + 0.5
        number = keras.ops.cast(keras.ops.floor(share * len(self.points)), "int32") % len(self.points)
        return keras.ops.take(self.points, number, axis=0)


def train_wgan_gp(points, rounds, seed):
    return keras.Sequential([keras.Input((2,)), Ordered(points)])
"""

_BY_FIT = """
from gan_course.gan import GAN


def train_wgan_gp(points, rounds, seed):
    keras.utils.set_random_seed(seed)
    adams = [keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.9) for _ in range(2)]
    gan = GAN(dense(2, 2), dense(2, 1), seed=seed)
    gan.compile(*adams, "wasserstein", d_steps=5, gradient_penalty_weight=0.3, jit_compile=False)
    order = np.random.default_rng(seed).integers(len(points), size=rounds * 5 * 64)
    gan.fit(points[order], batch_size=5 * 64, verbose=0)
    return gan.generator
"""

_RING = _wrong(
    "train_wgan_gp",
    _TRAIN,
    {
        "untrained": "return dense(2, 2)",
        "the course's GAN, which does it all": _BY_FIT,
        "the critic returned": [("    return generator", "    return critic")],
        "no model": [("    return generator", "    return lambda z, training: generator(z)")],
        "the generator never steps": [
            ("        generator_step(critic, generator, g_adam, tf.random.normal((64, 2)))\n", "")
        ],
        "the data, looked up by the noise": _LOOKUP,
        "the data in order, looked up by the noise": _ORDERED,
    },
    tests=("test_train_wgan_gp", "test_train_wgan_gp_elsewhere"),
)
_EB_BOTH = ("test_train_ebgan", "test_train_ebgan_energy")
_EBGAN = _wrong(
    "train_ebgan",
    "train_ebgan(pictures, rounds, seed)",
    {
        "the course's EnergyGAN, which does it all": """
from gan_course import networks, objectives
from gan_course.variants.energy import EnergyGAN, autoencoding_discriminator


def train_ebgan(pictures, rounds, seed):
    keras.utils.set_random_seed(seed)
    gan = EnergyGAN(networks.mlp_generator((8, 8, 1), 16), autoencoding_discriminator((8, 8, 1)), seed=seed)
    gan.compile(objective=objectives.energy_based(0.1))
    gan.fit(np.resize(pictures, (32 * rounds, 8, 8, 1)), batch_size=32, verbose=0)
    body = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(64), layers.Reshape((8, 8, 1))])
    return gan.generator, body
""",
        "untrained": [("size=(rounds, 32)", "size=(1, 32)")],
        "other digits than those that it is given": [
            ("set_random_seed(seed)\n", "set_random_seed(seed)\n    pictures = data.load('digits')[0]\n")
        ],
        "one digit for all noise": [
            (
                "    return generator, autoencoder",
                "    z = keras.Input((16,))\n"
                "    return keras.Model(z, generator(keras.ops.zeros_like(z))), autoencoder",
            )
        ],
        "a digit, looked up by the noise": [
            (
                "    return generator, autoencoder",
                "    kept = keras.ops.convert_to_tensor(pictures)\n"
                "    look = layers.Lambda(lambda z: keras.ops.take(kept, keras.ops.cast(1e4 * keras.ops.abs(z[:, 0]), 'int32') % len(kept), axis=0), output_shape=(8, 8, 1))\n"
                "    return keras.Sequential([keras.Input((16,)), look]), autoencoder",
            )
        ],
        "an auto-encoder that copies everything": [
            (
                "    return generator, autoencoder",
                "    return generator, keras.Sequential([keras.Input((8, 8, 1)), layers.Rescaling(0.999)])",
            )
        ],
    },
    tests=_EB_BOTH,
    other={
        "one digit for all noise": _EB_BOTH[:1],
        "a digit, looked up by the noise": _EB_BOTH[:1],
        "an auto-encoder that copies everything": _EB_BOTH[1:],
    },
    also=("trained_ebgan",),
)
_EBGAN += _wrong(
    "ebgan_round",
    "",
    {
        "D's loss without the real ones": [("tf.reduce_mean(energy(autoencoder, real)) + pushed", "pushed")],
        "the generator never steps": [("    g_optimizer.apply(tape.gradient(g_loss, weights), weights)\n", "")],
        "the generator climbs the energy": [("g_loss = tf", "g_loss = -tf")],
        "a margin of 0: nothing is pushed up": [("tf.maximum(margin -", "tf.maximum(0.0 -")],
    },
    tests=_EB_BOTH,
    other={
        "the generator never steps": _EB_BOTH[:1],
        "the generator climbs the energy": _EB_BOTH[:1],
        "a margin of 0: nothing is pushed up": _EB_BOTH[:1],
    },
    also=("trained_ebgan",),
)
WRONG = [
    *_LOSSES,
    *_EARTH,
    *_BETWEEN,
    *_SLOPES,
    *_PENALTY,
    *_NEIGHBORS,
    *_CRITIC_STEP,
    *_GENERATOR_STEP,
    *_ENERGY,
    *_PULL,
    *_RING,
    *_EBGAN,
]

# --------------------------------------------------------------------------------------- right, written differently

_IN_FULL = (
    "count, rest = tf.shape(real)[0], [1] * (len(real.shape) - 1)",
    "fake = tf.stop_gradient(generator(z, training=True))",
    "share = keras.random.uniform([count, *rest])",
    "with tf.GradientTape() as outer:",
    "    between = fake + share * (real - fake)",
    "    with tf.GradientTape(watch_accessed_variables=False) as inner:",
    "        inner.watch(between)",
    "        scores = critic(between, training=True)",
    "    flat = tf.reshape(inner.gradient(scores, between), (count, -1))",
    "    norms = tf.sqrt(1e-12 + tf.reduce_sum(tf.square(flat), axis=1))",
    "    both = critic(tf.concat([fake, real], axis=0), training=True)",
    "    loss = tf.reduce_mean(both[:count]) - tf.reduce_mean(both[count:])",
    "    loss += weight * tf.reduce_mean(tf.square(norms - 1))",
    "weights = critic.trainable_weights",
    "optimizer.apply_gradients(zip(outer.gradient(loss, weights), weights))",
    "return loss",
)

_FUNCTIONAL = """
def train_wgan_gp(points, rounds, seed):
    keras.utils.set_random_seed(seed)
    z = keras.Input((2,))
    hidden = layers.LeakyReLU(0.1)(layers.Dense(96)(z))
    generator = keras.Model(z, layers.Dense(2)(layers.LeakyReLU(0.1)(layers.Dense(96)(hidden))))
    critic = dense(2, 1, width=96)
    fade = keras.optimizers.schedules.CosineDecay
    c_adam = keras.optimizers.Adam(fade(1e-3, 10 * rounds), beta_1=0.0, beta_2=0.9)
    g_adam = keras.optimizers.Adam(fade(1e-3, 2 * rounds), beta_1=0.0, beta_2=0.9)
    c_adam.build(critic.trainable_variables)
    g_adam.build(generator.trainable_variables)
    learned = tf.constant(points)

    @tf.function
    def one_round():
        for _ in range(5):
            real = tf.gather(learned, tf.random.uniform((64,), maxval=len(points), dtype="int32"))
            critic_step(critic, generator, c_adam, real, tf.random.normal((64, 2)), 1.0)
        generator_step(critic, generator, g_adam, tf.random.normal((64, 2)))

    for _ in range(rounds):
        one_round()
    return generator
"""

RIGHT = [
    *_right(
        "wasserstein_losses",
        "wasserstein_losses(real_scores, fake_scores)",
        {
            "Keras ops": "return keras.ops.mean(fake_scores) - keras.ops.mean(real_scores), keras.ops.mean(-fake_scores)",
            "sums, divided": (
                "real = tf.reduce_sum(real_scores) / tf.cast(tf.size(real_scores), 'float32')",
                "fake = tf.reduce_sum(fake_scores) / tf.cast(tf.size(fake_scores), 'float32')",
                "return [-(real - fake), -fake]",
            ),
        },
    ),
    *_right(
        "earth_movers",
        "earth_movers(a, b, power=1)",
        {
            "every grain cut into as many pieces as the other heap has": (
                "a, b = np.repeat(np.sort(a), len(b)), np.repeat(np.sort(b), len(a))",
                "return np.mean(np.abs(a - b) ** power)",
            ),
            "hand over hand": (
                "a, b, total, i, j, left, room = sorted(a), sorted(b), 0.0, 0, 0, len(b), len(a)",
                "while i < len(a):",
                "    moved = min(left, room)",
                "    total += moved * abs(a[i] - b[j]) ** power",
                "    left, room = left - moved, room - moved",
                "    if not left:",
                "        i, left = i + 1, len(b)",
                "    if not room:",
                "        j, room = j + 1, len(a)",
                "return total / (len(a) * len(b))",
            ),
            "whole steps of the least common multiple": (
                "n = np.lcm(len(a), len(b))",
                "a, b = (np.sort(x)[np.arange(n) * len(x) // n] for x in (a, b))",
                "return float(np.mean(np.abs(a - b) ** power))",
            ),
        },
    ),
    *_right(
        "points_between",
        "points_between(real, fake)",
        {
            "drawn by NumPy, which is enough where nothing is compiled": (
                "share = np.random.uniform(size=[real.shape[0]] + [1] * (len(real.shape) - 1)).astype('float32')",
                "return share * real + (1 - share) * fake",
            ),
            "Keras' generator, from the generated end": (
                "share = keras.random.uniform((real.shape[0], *[1] * (len(real.shape) - 1)))",
                "return fake + share * (real - fake)",
            ),
            "from the real end, reshaped": (
                "share = tf.random.uniform([tf.shape(real)[0]])",
                "share = tf.reshape(share, tf.concat([[-1], tf.ones(tf.rank(real) - 1, 'int32')], 0))",
                "return real + share * (fake - real)",
            ),
            "sample by sample": (
                "share = tf.random.uniform(tf.shape(real)[:1])",
                "return tf.vectorized_map(lambda s: s[0] * s[1] + (1 - s[0]) * s[2], (share, real, fake))",
            ),
        },
    ),
    *_right(
        "slopes",
        "slopes(critic, points)",
        {
            "a small number under the root": [("tf.maximum(squares, 1e-12)", "squares + 1e-12")],
            "norm of a flat gradient, kept from 0": (
                "with tf.GradientTape() as tape:",
                "    tape.watch(points)",
                "    total = tf.reduce_sum(critic(points))",
                "flat = tf.reshape(tape.gradient(total, points), (tf.shape(points)[0], -1))",
                "return tf.norm(tf.concat([flat, tf.fill([len(flat), 1], 1e-6)], axis=1), axis=1)",
            ),
            "tf.where, twice": [
                (
                    "tf.sqrt(tf.maximum(squares, 1e-12))",
                    "tf.where(squares > 0, tf.sqrt(tf.where(squares > 0, squares, 1.0)), 0.0)",
                )
            ],
            "tf.where: this root has the slope 0 for TensorFlow where nothing asks for it": [
                ("tf.sqrt(tf.maximum(squares, 1e-12))", "tf.where(squares > 0, tf.sqrt(squares), 0.0)")
            ],
            "each sample has its own Jacobian": (
                "with tf.GradientTape(persistent=True) as tape:",
                "    tape.watch(points)",
                "    scores = tf.reshape(critic(points), (-1, 1))",
                "jacobian = tape.batch_jacobian(scores, points, experimental_use_pfor=False)",
                "squares = tf.reduce_sum(tf.reshape(jacobian, (len(points), -1)) ** 2, axis=1)",
                "return tf.sqrt(squares + 1e-10)",
            ),
        },
    ),
    *_right(
        "gradient_penalty",
        "gradient_penalty(slopes, weight=10.0)",
        {
            "Keras ops": "return weight * keras.ops.mean(keras.ops.square(slopes - 1.0))",
            "from both sides": (
                "above, below = tf.nn.relu(slopes - 1), tf.nn.relu(1 - slopes)",
                "return tf.reduce_mean(weight * (above**2 + below**2))",
            ),
        },
    ),
    *_right(
        "sees_neighbors",
        "sees_neighbors(critic, x)",
        {
            "each sample twice: with itself alone": (
                *_FROM_THE_SAME,
                "all_of_them = ask(x)",
                "changes = [ask(tf.repeat(x[i : i + 1], 2, axis=0))[0] - all_of_them[i] for i in range(len(x))]",
                "return np.abs(changes).max() > 1e-3",
            ),
            "a tensor": (
                *_FROM_THE_SAME,
                "alone = tf.concat([ask(one[None]) for one in x], axis=0)",
                "return tf.reduce_any(tf.abs(ask(x) - alone) > 1e-3)",
            ),
            "a loop that stops": (
                *_FROM_THE_SAME,
                "scores = ask(x).numpy().ravel()",
                "for i, score in enumerate(scores):",
                "    if abs(float(ask(x[i][None])[0, 0]) - score) > 1e-3:",
                "        return True",
                "return False",
            ),
            "a functional call from fixed weights": (
                "trained, other = ([np.array(w) for w in ws] for ws in (critic.trainable_variables, critic.non_trainable_variables))",
                "ask = lambda batch: np.asarray(critic.stateless_call(trained, other, batch, training=True)[0])",
                "alone = np.concatenate([ask(x[i : i + 1]) for i in range(len(x))])",
                "return bool((abs(ask(x) - alone) > 1e-3).any())",
            ),
        },
    ),
    *_right(
        "critic_step",
        _CRITIC,
        {
            "in full": _IN_FULL,
            "the generator inside the tape": [
                (f"    fake = generator(z, training=True)\n    points = {_AT}\n", ""),
                ("as tape:\n", f"as tape:\n        fake = generator(z, training=True)\n        points = {_AT}\n"),
            ],
        },
    ),
    *_right(
        "generator_step",
        "generator_step(critic, generator, optimizer, z)",
        {
            "Keras ops, apply_gradients": (
                "with tf.GradientTape() as tape:",
                "    samples = generator(z, training=True)",
                "    loss = keras.ops.mean(-critic(samples, training=True))",
                "weights = generator.trainable_weights",
                "optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))",
                "return loss",
            ),
        },
    ),
    *_right(
        "energy",
        "energy(autoencoder, x)",
        {
            "flattened": (
                "error = tf.reshape(x - autoencoder(x), (tf.shape(x)[0], -1))",
                "return tf.reduce_mean(tf.square(error), axis=1)",
            ),
            "Keras' loss of flat samples": (
                "copy = autoencoder(x)",
                "flat = [keras.ops.reshape(part, (len(x), -1)) for part in (x, copy)]",
                "return keras.losses.mean_squared_error(*flat)",
            ),
        },
    ),
    *_right(
        "pulling_away",
        "pulling_away(codes)",
        {
            "normalized by TensorFlow, einsum": (
                "rows, n = tf.math.l2_normalize(codes, axis=1), codes.shape[0]",
                "return (tf.reduce_sum(tf.einsum('ni,nj->ij', rows, rows) ** 2) - n) / (n * (n - 1))",
            ),
            "Keras ops": (
                "ops, n = keras.ops, keras.ops.shape(codes)[0]",
                "rows = ops.normalize(codes, axis=1)",
                "table = ops.matmul(ops.transpose(rows), rows)",
                "return ops.sum(ops.square(table)) / (n * (n - 1)) - 1 / (n - 1)",
            ),
        },
    ),
    *_right(
        "train_wgan_gp",
        _TRAIN,
        {
            "functional API, other widths, rates that fade, λ = 1": _FUNCTIONAL,
            "λ = 0.1, batches of 128": [
                ("0.3)", "0.1)"),
                ("(5, 64)", "(5, 128)"),
                ("normal((64, 2))", "normal((128, 2))"),
            ],
        },
    ),
    *_right(
        "train_ebgan",
        "train_ebgan(pictures, rounds, seed)",
        {
            "one after the other in full, an average of G, no pulling apart": """
def train_ebgan(pictures, rounds, seed):
    keras.utils.set_random_seed(seed)
    z, x = keras.Input((16,)), keras.Input((8, 8, 1))
    h = layers.LeakyReLU(0.2)(layers.Dense(128)(z))
    h = layers.LeakyReLU(0.2)(layers.Dense(128)(h))
    g = keras.Model(z, layers.Reshape((8, 8, 1))(layers.Dense(64, "tanh")(h)))
    h = layers.LeakyReLU(0.2)(layers.Dense(96)(layers.Flatten()(x)))
    h = layers.Dense(96, "leaky_relu")(layers.Dense(20)(h))
    d = keras.Model(x, layers.Reshape((8, 8, 1))(layers.Dense(64)(h)))
    calm, learned = keras.models.clone_model(g), tf.constant(pictures)
    calm.set_weights(g.get_weights())
    adams = keras.optimizers.Adam(1e-3, 0.5), keras.optimizers.Adam(1e-3, 0.5)
    for adam, player in zip(adams, (d, g)):
        adam.build(player.trainable_variables)

    @tf.function
    def play():
        real = tf.gather(learned, tf.random.uniform((32,), maxval=len(pictures), dtype="int32"))
        cost = lambda x: tf.reduce_mean(tf.square(d(x, training=True) - x), axis=(1, 2, 3))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(cost(real)) + tf.reduce_mean(tf.nn.relu(0.15 - cost(g(tf.random.normal((32, 16))))))
        adams[0].apply(tape.gradient(loss, d.trainable_weights), d.trainable_weights)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(cost(g(tf.random.normal((32, 16)))))
        adams[1].apply(tape.gradient(loss, g.trainable_weights), g.trainable_weights)
        for mean, weight in zip(calm.trainable_variables, g.trainable_variables):
            mean.assign(0.95 * mean + 0.05 * weight)

    for _ in range(rounds):
        play()
    return [calm, d]
""",
        },
        also=("trained_ebgan",),
    ),
]
