"""Checks of lesson 03, the combined model: they build small players, run the answer, and see which weights moved."""

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
            "A weight that decreases by 1.5 moves by 1.5. Take the absolute value of each difference.",
        ),
        Mistake(
            lambda before, after: np.mean([np.abs(b - a).mean() for a, b in zip(before, after, strict=True)]),
            "A mean can hide one weight that moved among thousands that did not. Take the largest change.",
        ),
        Mistake(
            lambda before, after: np.abs(after[0] - before[0]).max(),
            "You looked only at the first array. A network has many: kernels, biases, statistics.",
        ),
        Mistake(
            lambda before, after: np.abs(after[-1] - before[-1]).max(),
            "You returned the change of the last array only. Take the maximum over all of them.",
        ),
        Mistake(
            lambda before, after: sum(np.abs(b - a).sum() for a, b in zip(before, after, strict=True)),
            "A sum grows with the number of weights, so you cannot tell whether it is large. Take the largest change.",
        ),
        Mistake(
            lambda before, after: abs(max(b.max() for b in after) - max(b.max() for b in before)),
            "This compares the largest weights before and after, but a smaller weight may have moved. Subtract "
            "first, and then take the maximum.",
        ),
        Mistake(
            lambda before, after: max(np.linalg.norm(b - a) for a, b in zip(before, after, strict=True)),
            "That is the norm of an array's change, which grows with the size of the array. Take the largest change "
            "of a single weight.",
        ),
        Mistake(
            lambda before, after: max(np.abs(b - a).sum() for a, b in zip(before, after, strict=True)),
            "You added up the changes in each array. Then many small changes look like one large change. Take the "
            "maximum, not the sum.",
        ),
        Mistake(
            lambda before, after: sum(np.abs(b - a).max() for a, b in zip(before, after, strict=True)),
            "You added up the arrays' largest changes. Take the largest of them.",
        ),
        Mistake(
            lambda before, after: max(abs((b - a).max()) for a, b in zip(before, after, strict=True)),
            "You took the maximum first and its absolute value after that, so a large decrease is hidden by a small "
            "increase. Use np.abs first, and then the maximum.",
        ),
        Mistake(
            lambda before, after: max(np.abs(np.abs(b) - np.abs(a)).max() for a, b in zip(before, after, strict=True)),
            "You compared absolute values: a weight that goes from 1 to −1 moves by 2. Subtract first, and then use "
            "np.abs.",
        ),
        Mistake(
            lambda before, after: max(((b - a) ** 2).max() for a, b in zip(before, after, strict=True)),
            "You squared the changes, so that small ones almost vanish. Take the absolute value instead.",
        ),
    ],
    right="You will use this function in the rest of the lesson to see which network has moved.",
    hint="Go through both lists with zip, take np.abs(new - old).max() of each pair, and return the maximum of these "
    "numbers.",
)

# ------------------------------------------------------------------------------------- repair 1: the round


def _repair_round(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    discriminator.train_on_batch(real, ones)
    discriminator.train_on_batch(generator.predict_on_batch(z), zeros)
    with frozen(discriminator):
        combined.train_on_batch(z, ones)


def _train_d(generator, discriminator, real, z, real_label=1.0, fake_label=0.0):
    """The discriminator's half of a round."""
    discriminator.train_on_batch(real, np.full((len(real), 1), real_label))
    discriminator.train_on_batch(generator.predict_on_batch(z), np.full((len(z), 1), fake_label))


def _train_g(discriminator, combined, z, label=1.0):
    """The generator's half of a round."""
    from gan_course.gan import frozen

    with frozen(discriminator):
        combined.train_on_batch(z, np.full((len(z), 1), label))


def _never_unfrozen(generator, discriminator, combined, real, z):
    _train_d(generator, discriminator, real, z)
    discriminator.trainable = False
    combined.train_on_batch(z, np.ones((len(z), 1)))


def _never_frozen(generator, discriminator, combined, real, z):
    _train_d(generator, discriminator, real, z)
    combined.train_on_batch(z, np.ones((len(z), 1)))


def _generator_wants_fake(generator, discriminator, combined, real, z):
    _train_d(generator, discriminator, real, z)
    _train_g(discriminator, combined, z, label=0.0)


def _labels_swapped(generator, discriminator, combined, real, z):
    _train_d(generator, discriminator, real, z, real_label=0.0, fake_label=1.0)
    _train_g(discriminator, combined, z)


def _only_fakes(generator, discriminator, combined, real, z):
    discriminator.train_on_batch(generator.predict_on_batch(z), np.zeros((len(z), 1)))
    _train_g(discriminator, combined, z)


def _noise_for_fakes(generator, discriminator, combined, real, z):
    discriminator.train_on_batch(real, np.ones((len(real), 1)))
    discriminator.train_on_batch(z[:, :2], np.zeros((len(z), 1)))
    _train_g(discriminator, combined, z)


def _all_frozen(generator, discriminator, combined, real, z):
    from gan_course.gan import frozen

    with frozen(discriminator):
        _never_frozen(generator, discriminator, combined, real, z)


def _generator_forgotten(generator, discriminator, combined, real, z):
    _train_d(generator, discriminator, real, z)


def _only_real(generator, discriminator, combined, real, z):
    discriminator.train_on_batch(real, np.ones((len(real), 1)))
    _train_g(discriminator, combined, z)


def _one_real_sample(generator, discriminator, combined, real, z):
    _repair_round(generator, discriminator, combined, real[:1], z[:1])


def _discriminator_forgotten(generator, discriminator, combined, real, z):
    _train_g(discriminator, combined, z)


def _generator_left_frozen(generator, discriminator, combined, real, z):
    generator.trainable = False
    _repair_round(generator, discriminator, combined, real, z)


def _other_noise(generator, discriminator, combined, real, z):
    _train_d(generator, discriminator, real, z)
    _train_g(discriminator, combined, np.flip(z, axis=0) * 0.5)


def _labels_out_of_order(generator, discriminator, combined, real, z):
    both = np.concatenate([real, generator.predict_on_batch(z)])
    discriminator.train_on_batch(both, np.tile([1.0, 0.0], len(real))[:, None])
    _train_g(discriminator, combined, z)


def _minus_one_for_fakes(generator, discriminator, combined, real, z):
    _train_d(generator, discriminator, real, z, fake_label=-1.0)
    _train_g(discriminator, combined, z)


def _through_the_discriminator(generator, discriminator, combined, real, z):
    _train_d(generator, discriminator, real, z)
    discriminator.train_on_batch(generator.predict_on_batch(z), np.ones((len(z), 1)))


_ROUND_MESSAGES = {
    "no steps": "No training step was made. Call train_on_batch of the discriminator, and of the combined model.",
    "no D step": "The discriminator has no step of its own. Call its train_on_batch with real samples and label 1, "
    "and with generated samples and label 0.",
    "through D": "Your step for G trains the discriminator itself, with label 1 for generated samples, and G does "
    "not move. G's gradient has to come through the combined model: combined.train_on_batch, with the noise z as "
    "input.",
    "D range": "There is a label below 0. A label of −1 belongs to other losses. For the cross-entropy the label is "
    "1 for real samples, and 0 for generated samples.",
    "D mixed": "The labels do not tell real samples from generated ones. In a joint batch the labels have the same "
    "order as the samples: 1 for each real sample, 0 for each generated sample.",
    "D asleep": "The discriminator's own step runs while its `trainable` is False. TensorFlow may still move it, if "
    "`trainable` was True when the step was traced, but other backends do not. Set it to True first, or use `with "
    "frozen(discriminator):`.",
    "D stuck": "The discriminator's own step moved it by 0.0: it is frozen when it should learn. Freeze it only "
    "during the combined step.",
    "D moved": "The combined step moved the discriminator, so it learns to call generated samples real. Freeze it "
    "while the combined model trains.",
    "G label": "The combined step uses label 0, so it trains the generator to make samples that D recognizes as "
    "generated. Use label 1.",
    "G input": "The input of the combined model is not the noise z. Call combined.train_on_batch with z.",
    "D labels": "You have exchanged the discriminator's labels. Real samples always have label 1, and generated "
    "samples have label 0.",
    "D input": "The input of the discriminator is neither a real sample nor a sample that the generator makes from "
    "z. The generated samples are generator.predict_on_batch(z).",
    "no real": "The discriminator sees no real samples. It needs both, real with label 1 and generated with 0.",
    "no fake": "The discriminator sees no generated samples. It needs both, real with label 1 and generated with 0.",
    "few": "The discriminator sees only a small part of the batch. Show it all of `real`, and one generated sample "
    "for each z.",
    "no G step": "The generator never trains: the combined model's train_on_batch is missing.",
    "G stuck": "The combined step moved the generator by 0.0. Is the generator frozen? Do not set its "
    "`trainable` to False.",
}


class _Step(NamedTuple):
    """One call of train_on_batch: its arguments, how far it moved G and D, and whether D was trainable."""

    samples: np.ndarray
    labels: np.ndarray
    fakes: np.ndarray
    g_moved: float
    d_moved: float
    d_trainable: bool


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
    _require(all(step.d_trainable for step in steps), "D asleep")


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
    combined = _repair_build(generator, discriminator)
    rng, now, d_steps, g_steps = np.random.default_rng(0), {}, [], []
    for model, steps in ((discriminator, d_steps), (combined, g_steps)):
        model.train_on_batch = _recording(model.train_on_batch, steps, now, generator, discriminator)
    for _ in range(rounds):
        now["real"], now["z"] = (rng.normal(size=(16, size)).astype("float32") for size in (2, 3))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras' remarks about frozen weights: the outcome explains it
            result = one_round(generator, discriminator, combined, now["real"], now["z"])
        if result is ...:
            raise Unattempted
        yield now["real"], now["z"], d_steps, g_steps
        d_steps.clear(), g_steps.clear()


def _recording(train, steps, now, generator, discriminator):
    """A train_on_batch that also records a `_Step`."""

    def recorded(x, y, *args, **kwargs):
        before = generator.get_weights(), discriminator.get_weights()
        d_trainable = bool(discriminator.trainable_weights)
        fakes = np.asarray(generator.predict_on_batch(now["z"]))
        result = train(x, y, *args, **kwargs)
        moved = map(_movement, before, (generator.get_weights(), discriminator.get_weights()))
        steps.append(_Step(np.asarray(x), np.ravel(y), fakes, *moved, d_trainable))
        return result

    return recorded


def _players():
    """A small generator and discriminator. Noise has 3 numbers and samples have 2, so that they are told apart."""
    from gan_course import networks

    return networks.mlp_generator((2,), 3, units=(8,)), networks.mlp_discriminator((2,), units=(8,))


repair_round = Exercise(
    _diagnose_round,
    right="D learns in its own step, is frozen during G's step, and can learn again in the next round.",
    hint="Only one line may run while D is frozen. Write `with frozen(discriminator):` around it. After this block, "
    "D is as trainable as before.",
    solution=_repair_round,
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
        Mistake(_other_noise, _ROUND_MESSAGES["G input"]),
        Mistake(_labels_out_of_order, _ROUND_MESSAGES["D mixed"]),
        Mistake(_minus_one_for_fakes, _ROUND_MESSAGES["D range"]),
        Mistake(_through_the_discriminator, _ROUND_MESSAGES["through D"]),
    ],
)

# ------------------------------------------------------------------------------------- repair 2: the build


def _repair_build(generator, discriminator):
    import keras

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    discriminator.compile(keras.optimizers.SGD(0.1), loss)
    combined = keras.Sequential([generator, discriminator])
    combined.compile(keras.optimizers.SGD(0.1), loss)
    return combined


def _compile(model, loss=None, optimizer=None):
    """Compile a model as the solution does, apart from what is given."""
    import keras

    model.compile(optimizer or keras.optimizers.SGD(0.1), loss or keras.losses.BinaryCrossentropy(from_logits=True))
    return model


def _stack(*parts):
    import keras

    return keras.Sequential(parts)


def _shared_optimizer(generator, discriminator):
    _compile(discriminator)
    return _compile(_stack(generator, discriminator), optimizer=discriminator.optimizer)


def _frozen_for_good(generator, discriminator):
    combined = _repair_build(generator, discriminator)
    discriminator.trainable = False
    return combined


def _scores_taken_for_probabilities(generator, discriminator):
    _compile(discriminator, loss="binary_crossentropy")
    return _compile(_stack(generator, discriminator), loss="binary_crossentropy")


def _discriminator_not_compiled(generator, discriminator):
    return _compile(_stack(generator, discriminator))


def _copied_discriminator(generator, discriminator):
    import keras

    _compile(discriminator)
    return _compile(_stack(generator, keras.models.clone_model(discriminator)))


def _generator_frozen(generator, discriminator):
    generator.trainable = False
    return _repair_build(generator, discriminator)


def _sigmoid_on_top(generator, discriminator):
    import keras

    _compile(discriminator)
    return _compile(_stack(generator, discriminator, keras.layers.Activation("sigmoid")))


def _combined_not_compiled(generator, discriminator):
    _compile(discriminator)
    return _stack(generator, discriminator)


def _combined_alone_mended(generator, discriminator):
    _compile(discriminator, loss="binary_crossentropy")
    return _compile(_stack(generator, discriminator))


_SHARED = (
    "The two models share one optimizer object, but an optimizer belongs to the weights that it was built for. Give "
    "the combined model an optimizer of its own."
)
_FROZEN = (
    "After your build function the discriminator is frozen, so its own step moves it by 0.0. Do not freeze anything "
    "here. The training round freezes it during the combined step."
)
_LOGITS = (
    "The loss is not the cross-entropy of raw scores. This discriminator ends without a sigmoid, so both models need "
    "keras.losses.BinaryCrossentropy(from_logits=True), and no sigmoid at the end."
)
_NOT_STACKED = (
    "The combined model does not contain these two networks. Return a stack of the two networks themselves, not of "
    "copies: keras.Sequential([generator, discriminator])."
)
_GENERATOR_FROZEN = (
    "After your build function the generator is frozen, so the combined step has nothing to train. Do not set its "
    "`trainable` to False."
)
_ON_TOP = (
    "The output of the combined model is not the discriminator's raw scores of the generator's samples. With "
    "from_logits=True nothing may follow the discriminator, since the loss applies the sigmoid itself."
)
_COMBINED_NOT_COMPILED = (
    "The combined model is not compiled, so it has no optimizer and cannot train the generator. Call its compile with "
    "an optimizer of its own and the loss."
)
_NOT_COMPILED = (
    "The discriminator is not compiled, so it has no optimizer and cannot take its own step. Call its compile with an "
    "optimizer and the loss."
)


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
    """Raise `Wrong` where a model or its loss does not work with raw scores."""
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


repair_build = Exercise(
    _diagnose_build,
    right="You have two models with two optimizers, both use the same discriminator, and both losses get raw scores.",
    hint="How many optimizer objects are there? Is `trainable` set too early? Does the loss expect raw scores or "
    "probabilities?",
    solution=_repair_build,
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


def _repair_step(generator, discriminator, optimizer, z):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        scores = discriminator(generator(z, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-scores))
    weights = generator.trainable_variables  # these, and no others
    optimizer.apply(tape.gradient(loss, weights), weights)


def _step(loss, make=None, trained=("g",), times=1):
    """A step like the solution, with another loss of the scores, other samples, or other weights."""

    def step(generator, discriminator, optimizer, z):
        import tensorflow as tf

        made = make(generator, z) if make else None
        for _ in range(times):
            with tf.GradientTape() as tape:
                samples = generator(z, training=True) if made is None else made
                value = loss(tf, discriminator(samples, training=True))
            networks = {"g": generator, "d": discriminator}
            weights = [weight for name in trained for weight in networks[name].trainable_variables]
            gradients = tape.gradient(value, weights)
            if weights:
                optimizer.apply(gradients, weights)

    return step


def _right_loss(tf, scores):
    return tf.reduce_mean(tf.nn.softplus(-scores))


def _cross_entropy_of_probabilities(tf, scores):
    import keras

    return tf.reduce_mean(keras.losses.binary_crossentropy(tf.ones_like(scores), scores))


_fakes_outside_the_tape = _step(_right_loss, make=lambda generator, z: generator(z, training=True))
_predicted_samples = _step(_right_loss, make=lambda generator, z: generator.predict_on_batch(z))
_wrong_sign = _step(lambda tf, scores: tf.reduce_mean(tf.nn.softplus(scores)))
_both_networks = _step(_right_loss, trained=("g", "d"))
_wrong_weights = _step(_right_loss, trained=("d",))
_never_applied = _step(_right_loss, trained=())
_twice = _step(_right_loss, times=2)
_sigmoid_twice = _step(lambda tf, scores: _right_loss(tf, tf.sigmoid(scores)))
_saturating = _step(lambda tf, scores: -tf.reduce_mean(tf.nn.softplus(scores)))
_sum_over_the_batch = _step(lambda tf, scores: tf.reduce_sum(tf.nn.softplus(-scores)))
_critic = _step(lambda tf, scores: -tf.reduce_mean(scores))
_mean_of_scores_first = _step(lambda tf, scores: tf.nn.softplus(-tf.reduce_mean(scores)))
_scores_as_probabilities = _step(_cross_entropy_of_probabilities)
_small_constant = _step(lambda tf, scores: -tf.reduce_mean(tf.math.log(tf.sigmoid(scores) + 1e-7)))

_SUM = "Take the mean over the batch, not the sum. With the sum, a larger batch makes larger steps."
_TAPE = (
    "No gradient reaches the generator: the tape did not record how it made its samples. Call the generator inside "
    "the tape's `with` block. Do not use predict, which returns plain arrays."
)
_SIGN = (
    "After your step D gives the generated samples lower scores than before: the loss has the wrong sign. G wants "
    "higher scores."
)
_BOTH = "Your step moved the discriminator, too. Ask the tape only for the gradients of the generator's weights."
_TWICE = "No sigmoid is needed: softplus(−s) already is −log σ(s) of a raw score s."
_SATURATES = (
    "This is the saturating loss log(1 − D) of the minimax game. Its gradient has the same direction, but it "
    "vanishes where D is sure. The combined model with label 1 uses −log D."
)


_WRONG_WEIGHTS = "Your step moved the discriminator, but not the generator. For which weights did you ask the tape?"
_NOT_APPLIED = "Your step moved the generator by 0.0. Apply the gradients with optimizer.apply."
_TWO_STEPS = "Your step moves the generator twice. Compute one gradient per call, and call optimizer.apply once."
_CRITIC = (
    "−mean(score) is the loss of a Wasserstein GAN. Here D's raw score goes into a sigmoid, so G's loss is −log "
    "σ(s), a softplus."
)
_MEAN_FIRST = "You took the mean of the scores first. Compute the loss of each sample first, and then the mean."
_PROBABILITIES = (
    "This cross-entropy treats the raw scores as probabilities, and clips them to [0, 1]. Use from_logits=True."
)
_FADES = (
    "This is right for small scores. Where D is sure, for example at a score of −20, the small constant in the "
    "logarithm is larger than the sigmoid, and the gradient vanishes. softplus(−s) needs no constant."
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
    off = _movement(received, _weights_after(_repair_step))
    if off < 1e-6:
        if _movement(_take_step(step, shift=-20)[0], _weights_after(_repair_step, shift=-20)) > 1e-6:
            raise Wrong(_FADES)
        return
    for mistake, message in _STEP_MISTAKES:
        if _movement(received, _weights_after(mistake)) < 1e-6:
            raise Wrong(message)
    raise Wrong(
        "Expected the weights of one SGD step on mean(softplus(−score)). Received: weights that differ from these "
        f"by up to {off:.1e}. Check the loss, and call optimizer.apply only once."
    )


@functools.cache
def _weights_after(step, shift=0):
    """G's weights after a known step: the solution, or a typical mistake."""
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
    g_before, d_before = generator.get_weights(), discriminator.get_weights()
    score = float(tf.reduce_mean(discriminator(generator(z))))
    try:
        result = step(generator, discriminator, keras.optimizers.SGD(0.1), z)
    except ValueError as error:
        if "gradient" in str(error).lower():
            raise Wrong(_TAPE) from error
        raise
    if result is ...:
        raise Unattempted
    d_moved = _movement(d_before, discriminator.get_weights())
    if _movement(g_before, generator.get_weights()) == 0:
        raise Wrong(_WRONG_WEIGHTS if d_moved else _NOT_APPLIED)
    return generator.get_weights(), float(tf.reduce_mean(discriminator(generator(z)))) - score, d_moved


repair_step = Exercise(
    _diagnose_step,
    right="There is no `trainable` to set or to forget: the step says which weights it moves.",
    hint="What happens inside the tape's `with` block? For which weights do you ask for gradients? Does your loss "
    "decrease when the score increases?",
    solution=_repair_step,
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
