"""Checks of lesson 03, the combined model: they build small players, run the learner's code, and see who moved."""

import warnings

import numpy as np

from gan_course.checks.exercise import Exercise, Mistake, Unattempted, Wrong, function_exercise

# ---------------------------------------------------------------------------------------------- movement


def _movement(before, after):
    return max(np.abs(new - old).max() for old, new in zip(before, after, strict=True))


movement = function_exercise(
    _movement,
    cases=[
        (
            [np.array([[1.0, 2.0], [3.0, -5.0]]), np.array([0.5])],
            [np.array([[1.0, 1.5], [3.0, -5.0]]), np.array([2.0])],
        ),
        ([np.array([1.0, 4.0]), np.array([2.0])], [np.array([-1.0, 4.0]), np.array([2.1])]),
        ([np.zeros(3)], [np.zeros(3)]),
    ],
    mistakes=[
        Mistake(
            lambda before, after: max((new - old).max() for old, new in zip(before, after, strict=True)),
            "A weight that fell by 1.5 moved by 1.5. Take the absolute value of each difference.",
        ),
        Mistake(
            lambda before, after: np.mean([np.abs(b - a).mean() for a, b in zip(before, after, strict=True)]),
            "A mean can hide one weight that moved among thousands that did not. Take the largest change.",
        ),
        Mistake(
            lambda before, after: np.abs(after[0] - before[0]).max(),
            "You looked at the first array only. A network has many: kernels, biases, statistics.",
        ),
        Mistake(
            lambda before, after: abs(max(b.max() for b in after) - max(b.max() for b in before)),
            "This compares the largest weights, and a smaller one may have moved. Subtract first; then the maximum.",
        ),
    ],
    right="Three lines that would have saved thousands of notebooks: keep this function at hand.",
    hint="Go through both lists with zip, take np.abs(new - old).max() of each pair, and the max of those.",
)

# ------------------------------------------------------------------------------------- repair 1: the round


def _repair_1(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    with frozen(discriminator):
        combined.train_on_batch(z, ones)


def _never_unfrozen(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    discriminator.trainable = False
    combined.train_on_batch(z, ones)


def _never_frozen(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    combined.train_on_batch(z, ones)


def _generator_wants_fake(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    with frozen(discriminator):
        combined.train_on_batch(z, zeros)


def _labels_swapped(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, zeros)
    discriminator.train_on_batch(generator.predict_on_batch(z), ones)
    with frozen(discriminator):
        combined.train_on_batch(z, ones)


def _only_fakes(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    discriminator.train_on_batch(generator.predict_on_batch(z), np.zeros((len(z), 1)))
    with frozen(discriminator):
        combined.train_on_batch(z, np.ones((len(z), 1)))


def _all_frozen(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    with frozen(discriminator):
        _never_frozen(generator, discriminator, combined, real, z)


def _generator_forgotten(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)


_ROUND_MESSAGES = {
    "D stuck": "The discriminator's own step moved it by 0.0: it is frozen while it should learn. "
    "Freeze it around the combined step only.",
    "D moved": "The combined step moved the discriminator, towards calling generated samples real. "
    "Freeze it while the combined model trains.",
    "G label": "The combined step asks for label 0: it trains the generator to be caught. Ask for 1.",
    "D labels": "The discriminator's labels are turned: real samples are 1, generated ones 0, always.",
    "no real": "The discriminator sees no real samples. It needs both, real with label 1 and generated with 0.",
    "no fake": "The discriminator sees no generated samples. It needs both, real with label 1 and generated with 0.",
    "no G step": "The generator never trains: the combined model's train_on_batch is missing.",
    "G stuck": "The combined step moved the generator by 0.0. Is the generator frozen?",
    "left frozen": "After your round the discriminator is still frozen. TensorFlow, which remembers the first call, "
    "forgives it; JAX and PyTorch stop learning or fail. Let `with frozen(discriminator):` put the flag back.",
}


def _diagnose_round(one_round):
    for record in _play(one_round):
        _judge_round(**record)


def _judge_round(d_steps, g_steps, left_frozen, real):
    labels = {"real": [], "fake": []}
    for samples, asked, *_ in d_steps:
        for sample, label in zip(samples, asked, strict=True):
            labels["real" if (sample == real).all(axis=-1).any() else "fake"].append(label)
    for kind, wanted in (("real", 1), ("fake", 0)):
        _require(labels[kind], f"no {kind}")
        _require(abs(np.mean(labels[kind]) - wanted) < 0.5, "D labels")
    _require(all(d_moved > 0 for *_, d_moved in d_steps), "D stuck")
    _require(g_steps, "no G step")
    for _, asked, g_moved, d_moved in g_steps:
        _require(np.mean(asked) > 0.5, "G label")
        _require(d_moved == 0, "D moved")
        _require(g_moved > 0, "G stuck")
    _require(not left_frozen, "left frozen")


def _require(condition, message):
    if not condition:
        raise Wrong(_ROUND_MESSAGES[message])


def _play(one_round, rounds=2):
    """Let a learner's round train small players, and note what each train_on_batch was given and what it moved."""
    generator, discriminator = _players()
    combined = _repair_2(generator, discriminator)
    rng = np.random.default_rng(0)
    steps = {"d_steps": [], "g_steps": []}
    _spy(discriminator, steps["d_steps"], generator, discriminator)
    _spy(combined, steps["g_steps"], generator, discriminator)
    for _ in range(rounds):
        real = (1 + rng.normal(size=(16, 2))).astype("float32")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras' remarks about frozen weights: the outcome says it better
            result = one_round(generator, discriminator, combined, real, rng.normal(size=(16, 2)).astype("float32"))
        if result is ...:
            raise Unattempted
        yield {**{k: list(v) for k, v in steps.items()}, "left_frozen": not discriminator.trainable, "real": real}
        for notes in steps.values():
            notes.clear()


def _spy(model, notes, generator, discriminator):
    train = model.train_on_batch

    def noted(x, y, *args, **kwargs):
        before = generator.get_weights(), discriminator.get_weights()
        result = train(x, y, *args, **kwargs)
        moved = map(_movement, before, (generator.get_weights(), discriminator.get_weights()))
        notes.append((np.asarray(x), np.ravel(y), *moved))
        return result

    model.train_on_batch = noted


def _players():
    from gan_course import networks

    return networks.mlp_generator((2,), 2, units=(8,)), networks.mlp_discriminator((2,), units=(8,))


repair_1 = Exercise(
    _diagnose_round,
    right="D learns in its own step, rests in G's, and is awake again for the next round.",
    hint="Only one line may run while D is frozen. `with frozen(discriminator):` around it puts the flag back for you.",
    solution=_repair_1,
    mistakes=[
        Mistake(_never_unfrozen, _ROUND_MESSAGES["left frozen"]),
        Mistake(_never_frozen, _ROUND_MESSAGES["D moved"]),
        Mistake(_generator_wants_fake, _ROUND_MESSAGES["G label"]),
        Mistake(_labels_swapped, _ROUND_MESSAGES["D labels"]),
        Mistake(_only_fakes, _ROUND_MESSAGES["no real"]),
        Mistake(_all_frozen, _ROUND_MESSAGES["D stuck"]),
        Mistake(_generator_forgotten, _ROUND_MESSAGES["no G step"]),
    ],
)

# ------------------------------------------------------------------------------------- repair 2: the build


def _repair_2(generator, discriminator):
    import keras

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    discriminator.compile(keras.optimizers.SGD(0.1), loss)
    combined = keras.Sequential([generator, discriminator])
    combined.compile(keras.optimizers.SGD(0.1), loss)
    return combined


def _shared_optimizer(generator, discriminator):
    import keras

    loss, optimizer = keras.losses.BinaryCrossentropy(from_logits=True), keras.optimizers.SGD(0.1)
    discriminator.compile(optimizer, loss)
    combined = keras.Sequential([generator, discriminator])
    combined.compile(optimizer, loss)
    return combined


def _frozen_for_good(generator, discriminator):
    combined = _repair_2(generator, discriminator)
    discriminator.trainable = False
    return combined


def _scores_taken_for_probabilities(generator, discriminator):
    import keras

    discriminator.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    combined = keras.Sequential([generator, discriminator])
    combined.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    return combined


def _discriminator_not_compiled(generator, discriminator):
    import keras

    combined = keras.Sequential([generator, discriminator])
    combined.compile(keras.optimizers.SGD(0.1), keras.losses.BinaryCrossentropy(from_logits=True))
    return combined


_SHARED = (
    "The two models share one optimizer object, and an optimizer belongs to the weights it was built for. "
    "Give the combined model an optimizer of its own."
)
_FROZEN = (
    "Your build leaves the discriminator frozen, so its own step moves it by 0.0. Building freezes nothing: "
    "the round does, around the combined step."
)
_LOGITS = (
    "The loss takes raw scores for probabilities. This discriminator ends without a sigmoid: use "
    "keras.losses.BinaryCrossentropy(from_logits=True) for both models."
)
_NOT_COMPILED = "The discriminator is not compiled, so it has no optimizer and cannot take its own step."


def _diagnose_build(build):
    generator, discriminator = _players()
    combined = build(generator, discriminator)
    if combined is ...:
        raise Unattempted
    if not hasattr(combined, "train_on_batch"):
        raise Wrong(f"Expected the combined keras.Model. Received: {type(combined).__name__}. Return it from build.")
    for model, missing in ((discriminator, _NOT_COMPILED), (combined, "The combined model is not compiled.")):
        if not model.compiled:
            raise Wrong(missing)
    if discriminator.optimizer is combined.optimizer:
        raise Wrong(_SHARED)
    if not discriminator.trainable:
        raise Wrong(_FROZEN)
    z, ones = np.random.default_rng(0).normal(size=(16, 2)).astype("float32"), np.ones((16, 1))
    scores = np.asarray(combined.predict_on_batch(z), float)
    stated = float(np.ravel(combined.evaluate(z, ones, batch_size=16, verbose=0))[0])
    if abs(stated - np.logaddexp(0, -scores).mean()) > 1e-4:
        raise Wrong(_LOGITS)
    samples = 1 + np.asarray(generator.predict_on_batch(z))
    stated = float(np.ravel(discriminator.evaluate(samples, ones, batch_size=16, verbose=0))[0])
    if abs(stated - np.logaddexp(0, -np.asarray(discriminator.predict_on_batch(samples), float)).mean()) > 1e-4:
        raise Wrong(_LOGITS)


repair_2 = Exercise(
    _diagnose_build,
    right="Two models, two optimizers, one set of discriminator weights in both, and raw scores all the way.",
    hint="Count the optimizer objects, look for a flag set too early, and ask what the loss believes D returns.",
    solution=_repair_2,
    mistakes=[
        Mistake(_shared_optimizer, _SHARED),
        Mistake(_frozen_for_good, _FROZEN),
        Mistake(_scores_taken_for_probabilities, _LOGITS),
        Mistake(_discriminator_not_compiled, _NOT_COMPILED),
    ],
)

# ------------------------------------------------------------------------ repair 3: the step with gradients


def _repair_3(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-scores))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _fakes_outside_the_tape(generator, discriminator, optimizer, z):
    import tensorflow as tf

    fake = generator(z, training=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-discriminator(fake, training=True)))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _wrong_sign(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(scores))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _both_networks(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-scores))
    weights = generator.trainable_variables + discriminator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _sigmoid_twice(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = tf.sigmoid(discriminator(generator(z, training=True), training=True))
        loss = tf.reduce_mean(tf.nn.softplus(-scores))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _saturating(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = -tf.reduce_mean(tf.nn.softplus(scores))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


_TAPE = (
    "No gradient reaches the generator: the tape has not seen it work. Let the generator make its samples inside "
    "the tape."
)
_SIGN = "After your step D finds the samples less real than before: the loss has the wrong sign. G wants D to say 1."
_BOTH = "Your step moved the discriminator, too. Ask the tape for the generator's gradients only."
_TWICE = "A sigmoid too many: softplus(−s) already is −log σ(s) of a raw score s."
_SATURATES = (
    "This is the saturating loss log(1 − D) of minimax. It points the same way but fades where D is sure; "
    "the combined model with label 1 uses −log D."
)


def _diagnose_step(step):
    received, score_change, d_moved = _take_step(step)
    if d_moved > 0:
        raise Wrong(_BOTH)
    if score_change < 0:
        raise Wrong(_SIGN)
    if _movement(received, _take_step(_repair_3)[0]) < 1e-6:
        return
    for mistake, message in ((_sigmoid_twice, _TWICE), (_saturating, _SATURATES)):
        if _movement(received, _take_step(mistake)[0]) < 1e-6:
            raise Wrong(message)
    raise Wrong(
        "Expected the weights of one SGD step on mean(softplus(−score)). Received: other weights, by up to "
        f"{_movement(received, _take_step(_repair_3)[0]):.1e}. Check the loss, and that you step once."
    )


def _take_step(step):
    """Run one step on fixed weights: G's weights after it, the change of D's mean score, and D's movement."""
    import keras
    import tensorflow as tf

    generator, discriminator = _players()
    rng = np.random.default_rng(7)
    for network in (generator, discriminator):
        network.set_weights([rng.normal(scale=0.7, size=w.shape) for w in network.get_weights()])
    z = tf.constant(rng.normal(size=(16, 2)), "float32")
    before, kept = generator.get_weights(), discriminator.get_weights()
    score = float(tf.reduce_mean(discriminator(generator(z))))
    try:
        result = step(generator, discriminator, keras.optimizers.SGD(0.1), z)
    except ValueError as error:
        if "gradient" in str(error).lower():
            raise Wrong(_TAPE) from error
        raise
    if result is ...:
        raise Unattempted
    if _movement(before, generator.get_weights()) == 0:
        raise Wrong("Your step moved the generator by 0.0. Apply the gradients with optimizer.apply.")
    d_moved = _movement(kept, discriminator.get_weights())
    return generator.get_weights(), float(tf.reduce_mean(discriminator(generator(z)))) - score, d_moved


repair_3 = Exercise(
    _diagnose_step,
    right="No flag to set, none to forget: the step names the weights it moves.",
    hint="What does the tape see? Whose gradients are asked for? Does the loss fall when the score rises?",
    solution=_repair_3,
    mistakes=[
        Mistake(_fakes_outside_the_tape, _TAPE),
        Mistake(_wrong_sign, _SIGN),
        Mistake(_both_networks, _BOTH),
        Mistake(_sigmoid_twice, _TWICE),
        Mistake(_saturating, _SATURATES),
    ],
)
