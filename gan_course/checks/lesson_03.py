"""Checks of lesson 03, the combined model: they build small players, run the learner's code, and see who moved."""

import functools
import warnings
from typing import NamedTuple

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
        ([np.array([0.0, 1.0]), np.array([2.0])], [np.array([3.0, 1.0]), np.array([1.0])]),
        ([np.zeros(3)], [np.zeros(3)]),
        ([np.array([3.0, -1.0]), np.zeros((2, 2))], [np.array([1.0, 1.5]), np.array([[2.0, -1.0], [0.5, -2.25]])]),
        ([np.array([1.0, 5.0])], [np.array([0.5, 2.0])]),
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
            lambda before, after: np.abs(after[-1] - before[-1]).max(),
            "You kept the last array's change only. Take the maximum over all of them.",
        ),
        Mistake(
            lambda before, after: sum(np.abs(b - a).sum() for a, b in zip(before, after, strict=True)),
            "A sum grows with the number of weights, so nothing tells you what is much. Take the largest change.",
        ),
        Mistake(
            lambda before, after: abs(max(b.max() for b in after) - max(b.max() for b in before)),
            "This compares the largest weights, and a smaller one may have moved. Subtract first; then the maximum.",
        ),
        Mistake(
            lambda before, after: max(np.linalg.norm(b - a) for a, b in zip(before, after, strict=True)),
            "That is the length of an array's whole change, which grows with its size. Take the largest change of a "
            "single weight.",
        ),
        Mistake(
            lambda before, after: max(np.abs(b - a).sum() for a, b in zip(before, after, strict=True)),
            "You added up the changes of each array, so many small ones look like a large one. Maximum, not sum.",
        ),
        Mistake(
            lambda before, after: sum(np.abs(b - a).max() for a, b in zip(before, after, strict=True)),
            "You added up the arrays' largest changes. Take the largest of them.",
        ),
        Mistake(
            lambda before, after: max(abs((b - a).max()) for a, b in zip(before, after, strict=True)),
            "You took the maximum first and its absolute value after, so a fall hides behind a smaller rise. First "
            "np.abs, then the maximum.",
        ),
        Mistake(
            lambda before, after: max(np.abs(np.abs(b) - np.abs(a)).max() for a, b in zip(before, after, strict=True)),
            "You compared sizes: a weight that goes from 1 to −1 moved by 2. Subtract first, then np.abs.",
        ),
        Mistake(
            lambda before, after: max(((b - a) ** 2).max() for a, b in zip(before, after, strict=True)),
            "You squared the changes, so that small ones all but vanish. The absolute value is enough.",
        ),
    ],
    right="Keep it at hand: the rest of this lesson weighs networks with it.",
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


def _noise_for_fakes(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(z[:, :2], zeros)
    with frozen(discriminator):
        combined.train_on_batch(z, ones)


def _all_frozen(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    with frozen(discriminator):
        _never_frozen(generator, discriminator, combined, real, z)


def _generator_forgotten(generator, discriminator, combined, real, z):
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)


def _only_real(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    discriminator.train_on_batch(real, np.ones((len(real), 1)))
    with frozen(discriminator):
        combined.train_on_batch(z, np.ones((len(z), 1)))


def _one_real_sample(generator, discriminator, combined, real, z):
    _repair_1(generator, discriminator, combined, real[:1], z[:1])


def _discriminator_forgotten(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    with frozen(discriminator):
        combined.train_on_batch(z, np.ones((len(z), 1)))


def _generator_left_frozen(generator, discriminator, combined, real, z):
    generator.trainable = False
    _repair_1(generator, discriminator, combined, real, z)


def _fed_with_samples(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    _generator_forgotten(generator, discriminator, combined, real, z)
    with frozen(discriminator):
        combined.train_on_batch(np.flip(z, axis=0) * 0.5, np.ones((len(z), 1)))


def _labels_out_of_order(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    both = np.concatenate([real, generator.predict_on_batch(z)])
    discriminator.train_on_batch(both, np.tile([1.0, 0.0], len(real))[:, None])
    with frozen(discriminator):
        combined.train_on_batch(z, np.ones((len(z), 1)))


def _minus_one_for_fakes(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    ones = np.ones((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), -ones)
    with frozen(discriminator):
        combined.train_on_batch(z, ones)


def _through_the_discriminator(generator, discriminator, combined, real, z):
    _generator_forgotten(generator, discriminator, combined, real, z)
    discriminator.train_on_batch(generator.predict_on_batch(z), np.ones((len(z), 1)))


_ROUND_MESSAGES = {
    "no steps": "No training step was seen. Call train_on_batch of the discriminator and of the combined model.",
    "no D step": "The discriminator has no step of its own: show it real samples with label 1, generated ones with 0.",
    "through D": "G's step trains the discriminator itself, on generated samples called real, and G stays as it is. "
    "Its gradient has to come through the stack: combined.train_on_batch, from z.",
    "D range": "A label below 0: −1 is for other losses. Those of the cross-entropy are 1, real, and 0, generated.",
    "D mixed": "The labels do not tell real samples from generated ones. In a joint batch they stand in the order of "
    "the samples: 1 for each real one, 0 for each generated one.",
    "D asleep": "The discriminator's own step runs while its flag is down. TensorFlow may move it all the same, if the "
    "flag was up when the step was traced; others do not. Raise the flag first, or use `with frozen(discriminator):`.",
    "D stuck": "The discriminator's own step moved it by 0.0: it is frozen while it should learn. "
    "Freeze it around the combined step only.",
    "D moved": "The combined step moved the discriminator, towards calling generated samples real. "
    "Freeze it while the combined model trains.",
    "G label": "The combined step asks for label 0: it trains the generator to be caught. Ask for 1.",
    "G input": "The combined model is fed something else than the noise z.",
    "D labels": "The discriminator's labels are turned: real samples are 1, generated ones 0, always.",
    "D input": "The discriminator is shown something that is neither a real sample nor made by the generator from z. "
    "The generated samples are generator.predict_on_batch(z).",
    "no real": "The discriminator sees no real samples. It needs both, real with label 1 and generated with 0.",
    "no fake": "The discriminator sees no generated samples. It needs both, real with label 1 and generated with 0.",
    "few": "The discriminator sees next to nothing of the batch. Show it all of `real`, and a sample made from each z.",
    "no G step": "The generator never trains: the combined model's train_on_batch is missing.",
    "G stuck": "The combined step moved the generator by 0.0. Is the generator frozen?",
}


class _Step(NamedTuple):
    """What one train_on_batch was given, what it moved, and whether D's flag was up."""

    samples: np.ndarray
    labels: np.ndarray
    fakes: np.ndarray
    g_moved: float
    d_moved: float
    d_awake: bool


def _diagnose_round(one_round):
    for real, z, d_steps, g_steps in _play(one_round):
        _require(d_steps or g_steps, "no steps")
        _require(d_steps, "no D step")
        _judge_d(d_steps, real, alone=not g_steps)
        _require(g_steps, "no G step")
        for step in g_steps:
            _require(np.array_equal(step.samples, z), "G input")
            _require(np.mean(step.labels) > 0.5, "G label")
            _require(step.d_moved == 0, "D moved")
            _require(step.g_moved > 0, "G stuck")


def _judge_d(steps, real, alone):
    labels = _labels(steps, real)
    for kind in ("real", "fake"):
        _require(labels[kind], f"no {kind}")
    _require(min(map(len, labels.values())) >= len(real) // 2, "few")
    _require(not (alone and max(labels["fake"]) > 0.5 > min(labels["fake"])), "through D")
    means = np.mean(labels["real"]), np.mean(labels["fake"])
    _require(np.abs(np.subtract(means, 0.5)).max() > 0.2, "D mixed")
    _require(min(*labels["real"], *labels["fake"]) >= 0, "D range")
    _require(means[0] > 0.5 > means[1], "D labels")
    _require(all(step.d_moved > 0 for step in steps), "D stuck")
    _require(all(step.d_awake for step in steps), "D asleep")


def _labels(steps, real):
    """All labels that D was given, for real samples and for generated ones."""
    labels = {"real": [], "fake": []}
    for step in steps:
        for sample, label in zip(step.samples, step.labels, strict=True):
            if (sample == real).all(axis=-1).any():
                labels["real"].append(label)
            else:
                _require(np.abs(sample - step.fakes).max(axis=-1).min() < 1e-4, "D input")
                labels["fake"].append(label)
    return labels


def _require(condition, message):
    if not condition:
        raise Wrong(_ROUND_MESSAGES[message])


def _play(one_round, rounds=2):
    """Let a learner's round train small players; yield what each round was given and the steps that it took."""
    generator, discriminator = _players()
    combined = _repair_2(generator, discriminator)
    rng, now, d_steps, g_steps = np.random.default_rng(0), {}, [], []
    for model, steps in ((discriminator, d_steps), (combined, g_steps)):
        model.train_on_batch = _spied(model.train_on_batch, steps, now, generator, discriminator)
    for _ in range(rounds):
        now["real"], now["z"] = (rng.normal(size=(16, size)).astype("float32") for size in (2, 3))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras' remarks about frozen weights: the outcome says it better
            result = one_round(generator, discriminator, combined, now["real"], now["z"])
        if result is ...:
            raise Unattempted
        yield now["real"], now["z"], d_steps, g_steps
        d_steps.clear(), g_steps.clear()


def _spied(train, steps, now, generator, discriminator):
    """A train_on_batch that notes a `_Step` on its way."""

    def noted(x, y, *args, **kwargs):
        before, awake = (generator.get_weights(), discriminator.get_weights()), bool(discriminator.trainable_weights)
        fakes = np.asarray(generator.predict_on_batch(now["z"]))
        result = train(x, y, *args, **kwargs)
        moved = map(_movement, before, (generator.get_weights(), discriminator.get_weights()))
        steps.append(_Step(np.asarray(x), np.ravel(y), fakes, *moved, awake))
        return result

    return noted


def _players():
    """Small players whose noise (3 numbers) cannot be taken for samples (2 numbers)."""
    from gan_course import networks

    return networks.mlp_generator((2,), 3, units=(8,)), networks.mlp_discriminator((2,), units=(8,))


repair_1 = Exercise(
    _diagnose_round,
    right="D learns in its own step, rests in G's, and is awake again for the next round.",
    hint="Only one line may run while D is frozen. `with frozen(discriminator):` around it puts the flag back for you.",
    solution=_repair_1,
    mistakes=[
        Mistake(_never_unfrozen, _ROUND_MESSAGES["D asleep"]),
        Mistake(_never_frozen, _ROUND_MESSAGES["D moved"]),
        Mistake(_generator_wants_fake, _ROUND_MESSAGES["G label"]),
        Mistake(_labels_swapped, _ROUND_MESSAGES["D labels"]),
        Mistake(_only_fakes, _ROUND_MESSAGES["no real"]),
        Mistake(_noise_for_fakes, _ROUND_MESSAGES["D input"]),
        Mistake(_all_frozen, _ROUND_MESSAGES["D stuck"]),
        Mistake(_generator_forgotten, _ROUND_MESSAGES["no G step"]),
        Mistake(_only_real, _ROUND_MESSAGES["no fake"]),
        Mistake(_one_real_sample, _ROUND_MESSAGES["few"]),
        Mistake(_discriminator_forgotten, _ROUND_MESSAGES["no D step"]),
        Mistake(_generator_left_frozen, _ROUND_MESSAGES["G stuck"]),
        Mistake(_fed_with_samples, _ROUND_MESSAGES["G input"]),
        Mistake(_labels_out_of_order, _ROUND_MESSAGES["D mixed"]),
        Mistake(_minus_one_for_fakes, _ROUND_MESSAGES["D range"]),
        Mistake(_through_the_discriminator, _ROUND_MESSAGES["through D"]),
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


def _copied_discriminator(generator, discriminator):
    import keras

    _repair_2(generator, discriminator)
    combined = keras.Sequential([generator, keras.models.clone_model(discriminator)])
    combined.compile(keras.optimizers.SGD(0.1), keras.losses.BinaryCrossentropy(from_logits=True))
    return combined


def _generator_frozen(generator, discriminator):
    generator.trainable = False
    return _repair_2(generator, discriminator)


def _sigmoid_on_top(generator, discriminator):
    import keras

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    discriminator.compile(keras.optimizers.SGD(0.1), loss)
    combined = keras.Sequential([generator, discriminator, keras.layers.Activation("sigmoid")])
    combined.compile(keras.optimizers.SGD(0.1), loss)
    return combined


def _combined_not_compiled(generator, discriminator):
    import keras

    _repair_2(generator, discriminator)
    return keras.Sequential([generator, discriminator])


def _combined_alone_mended(generator, discriminator):
    import keras

    combined = _repair_2(generator, discriminator)
    discriminator.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
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
    "The loss is not the cross-entropy of raw scores. This discriminator ends without a sigmoid, so both models want "
    "keras.losses.BinaryCrossentropy(from_logits=True), and no sigmoid on top."
)
_NOT_STACKED = (
    "The combined model does not hold both networks themselves. Return the stack of the two, no copies: "
    "keras.Sequential([generator, discriminator])."
)
_GENERATOR_FROZEN = "Your build leaves the generator frozen, so that nothing is left to train in the combined step."
_ON_TOP = (
    "The combined model returns something else than the discriminator's raw scores of the generator's samples. With "
    "from_logits=True nothing stands on top of the stack: a sigmoid there would be the second one."
)
_COMBINED_NOT_COMPILED = "The combined model is not compiled, so it has no optimizer and cannot train the generator."
_NOT_COMPILED = "The discriminator is not compiled, so it has no optimizer and cannot take its own step."


def _diagnose_build(build):
    generator, discriminator = _players()
    combined = build(generator, discriminator)
    if combined is ...:
        raise Unattempted
    if not hasattr(combined, "train_on_batch"):
        raise Wrong(f"Expected the combined keras.Model. Received: {type(combined).__name__}. Return it from build.")
    for model, missing in ((discriminator, _NOT_COMPILED), (combined, _COMBINED_NOT_COMPILED)):
        if not model.compiled:
            raise Wrong(missing)
    if {id(w) for w in combined.weights} != {id(w) for w in (*generator.weights, *discriminator.weights)}:
        raise Wrong(_NOT_STACKED)
    if discriminator.optimizer is combined.optimizer:
        raise Wrong(_SHARED)
    if len(discriminator.trainable_weights) < len(discriminator.weights):
        raise Wrong(_FROZEN)
    if len(generator.trainable_weights) < len(generator.weights):
        raise Wrong(_GENERATOR_FROZEN)
    _judge_losses(generator, discriminator, combined)


def _judge_losses(generator, discriminator, combined):
    """Do both models hand raw scores to the cross-entropy of raw scores?"""
    from keras import ops

    z, ones = np.random.default_rng(0).normal(size=(16, 3)).astype("float32"), np.ones((16, 1))
    samples = generator(z)
    if np.abs(ops.convert_to_numpy(combined(z) - discriminator(samples))).max() > 1e-4:
        raise Wrong(_ON_TOP)
    for model, inputs in ((combined, z), (discriminator, 1 + ops.convert_to_numpy(samples))):
        scores = np.asarray(ops.convert_to_numpy(model(inputs)), float)
        stated = float(np.ravel(model.evaluate(inputs, ones, batch_size=16, verbose=0))[0])
        if abs(stated - np.logaddexp(0, -scores).mean()) > 1e-4:
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
        Mistake(_copied_discriminator, _NOT_STACKED),
        Mistake(_generator_frozen, _GENERATOR_FROZEN),
        Mistake(_sigmoid_on_top, _ON_TOP),
        Mistake(_combined_not_compiled, _COMBINED_NOT_COMPILED),
        Mistake(_combined_alone_mended, _LOGITS),
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


def _sum_over_the_batch(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.nn.softplus(-discriminator(generator(z, training=True), training=True)))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _predicted_samples(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        fake = generator.predict_on_batch(z)
        loss = tf.reduce_mean(tf.nn.softplus(-discriminator(fake, training=True)))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _wrong_weights(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-scores))
    weights = discriminator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _never_applied(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-scores))
    tape.gradient(loss, generator.trainable_variables)


def _twice(generator, discriminator, optimizer, z):
    _repair_3(generator, discriminator, optimizer, z)
    _repair_3(generator, discriminator, optimizer, z)


def _critic(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(discriminator(generator(z, training=True), training=True))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _mean_of_scores_first(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.nn.softplus(-tf.reduce_mean(scores))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _scores_as_probabilities(generator, discriminator, optimizer, z):
    import keras
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(keras.losses.binary_crossentropy(tf.ones_like(scores), scores))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


def _small_constant(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = -tf.reduce_mean(tf.math.log(tf.sigmoid(scores) + 1e-7))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)


_SUM = "Take the mean over the batch, not the sum: otherwise the step grows with the batch."
_TAPE = (
    "No gradient reaches the generator: the tape has not seen it work. Let the generator make its samples inside "
    "the tape, by calling it: predict returns plain numbers."
)
_SIGN = "After your step D finds the samples less real than before: the loss has the wrong sign. G wants D to say 1."
_BOTH = "Your step moved the discriminator, too. Ask the tape for the generator's gradients only."
_TWICE = "A sigmoid too many: softplus(−s) already is −log σ(s) of a raw score s."
_SATURATES = (
    "This is the saturating loss log(1 − D) of minimax. It points the same way but fades where D is sure; "
    "the combined model with label 1 uses −log D."
)


_WRONG_WEIGHTS = (
    "Your step moved the discriminator and left the generator where it was. Whose weights did you ask the tape for?"
)
_NOT_APPLIED = "Your step moved the generator by 0.0. Apply the gradients with optimizer.apply."
_TWO_STEPS = "Your step moves the generator twice. One call, one gradient, one optimizer.apply."
_CRITIC = "−mean(score) is the loss of a Wasserstein GAN. Here D returns the score of a sigmoid: −log σ(s), a softplus."
_MEAN_FIRST = "You took the mean of the scores first. Each sample has its own loss; the mean comes last."
_PROBABILITIES = "The cross-entropy takes raw scores for probabilities and cuts them off at 0 and 1: from_logits=True."
_FADES = (
    "Right where scores are small. Where D is sure, at −20 say, the small constant in the logarithm outweighs the "
    "sigmoid and the gradient is gone: softplus(−s) needs none."
)
_STEP_MISTAKES = (
    (_sigmoid_twice, _TWICE),
    (_saturating, _SATURATES),
    (_sum_over_the_batch, _SUM),
    (_twice, _TWO_STEPS),
    (_critic, _CRITIC),
    (_mean_of_scores_first, _MEAN_FIRST),
    (_scores_as_probabilities, _PROBABILITIES),
)


def _diagnose_step(step):
    received, score_change, d_moved = _take_step(step)
    if d_moved > 0:
        raise Wrong(_BOTH)
    if score_change < 0:
        raise Wrong(_SIGN)
    off = _movement(received, _weights_after(_repair_3))
    if off < 1e-6:
        if _movement(_take_step(step, shift=-20)[0], _weights_after(_repair_3, shift=-20)) > 1e-6:
            raise Wrong(_FADES)
        return
    for mistake, message in _STEP_MISTAKES:
        if _movement(received, _weights_after(mistake)) < 1e-6:
            raise Wrong(message)
    raise Wrong(
        "Expected the weights of one SGD step on mean(softplus(−score)). Received: other weights, by up to "
        f"{off:.1e}. Check the loss, and that you step once."
    )


@functools.cache
def _weights_after(step, shift=0):
    """G's weights after a step that we know."""
    return _take_step(step, shift)[0]


def _take_step(step, shift=0):
    """Run one step on fixed weights: G's weights after it, the change of D's mean score, and D's movement.

    `shift` is added to all of D's scores.
    """
    import keras
    import tensorflow as tf

    generator, discriminator = _players()
    rng = np.random.default_rng(7)
    for network in (generator, discriminator):
        network.set_weights([rng.normal(scale=0.7, size=w.shape) for w in network.get_weights()])
    discriminator.weights[-1].assign(discriminator.weights[-1] + shift)  # the last bias
    z = tf.constant(rng.normal(size=(16, 3)), "float32")
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
    d_moved = _movement(kept, discriminator.get_weights())
    if _movement(before, generator.get_weights()) == 0:
        raise Wrong(_WRONG_WEIGHTS if d_moved else _NOT_APPLIED)
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
        Mistake(_sum_over_the_batch, _SUM),
        Mistake(_predicted_samples, _TAPE),
        Mistake(_wrong_weights, _WRONG_WEIGHTS),
        Mistake(_never_applied, _NOT_APPLIED),
        Mistake(_twice, _TWO_STEPS),
        Mistake(_critic, _CRITIC),
        Mistake(_mean_of_scores_first, _MEAN_FIRST),
        Mistake(_scores_as_probabilities, _PROBABILITIES),
        Mistake(_small_constant, _FADES),
    ],
)
