"""Checks at the door: networks and choices that `GAN` refuses before any training, and how they can be mended."""

import math
import numbers

import keras


def require_fit(generator, discriminator):
    """Raise a ValueError where the networks do not fit, or D does not return one raw score a sample.

    Both take one input, or, for a conditional GAN, two: noise and labels, samples and labels.
    """
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        _require_no_dictionary(name, network)
        shapes = input_shapes(network)
        if not (1 <= len(shapes) <= 2 and _plain(_shape(network, "output_shape")) and all(map(_plain, shapes))):
            raise ValueError(
                f"Invalid {name}. Expected a built model with one output, and one input or two (the second one for "
                f"labels). Received: {network!r}, which is not built yet, or has more inputs or outputs. Begin the "
                "model with keras.Input(shape), and give it no other inputs and outputs than these."
            )
    takes = [len(input_shapes(network)) for network in (generator, discriminator)]
    if takes[0] != takes[1]:
        raise ValueError(
            "Generator and discriminator do not fit. Expected labels for both or for neither: one input each, or two "
            f"each. Received: {takes[0]} and {takes[1]}. Give the labels to the other network, too."
        )
    made, wanted = generator.output_shape, input_shapes(discriminator)[0]
    if not shapes_fit(made, wanted):
        raise ValueError(
            "Generator and discriminator do not fit. Expected a generator whose output has the discriminator's input "
            f"shape {wanted[1:]}. Received: {made[1:]}. Build both with the same sample shape."
        )
    if tuple(discriminator.output_shape[1:]) != (1,):
        raise ValueError(
            "Invalid discriminator. Expected one score for each sample, output shape (None, 1). "
            f"Received: {discriminator.output_shape}. End it with Dense(1)."
        )
    activation = _last_activation(discriminator)
    if activation not in (None, keras.activations.linear):
        raise ValueError(
            "Invalid discriminator. Expected raw scores (logits) from its last layer. "
            f"Received: a last layer with the activation {getattr(activation, '__name__', activation)!r}. "
            "End it with Dense(1) alone."
        )


def _require_no_dictionary(name, network):
    inputs = _shape(network, "input")
    if isinstance(inputs, dict):
        raise ValueError(
            f"Invalid {name}. Expected its inputs in a list, {'noise' if name == 'generator' else 'samples'} first and "
            f"then labels. Received: a dictionary of inputs {list(inputs)}, whose order says nothing. Build it with "
            "keras.Model([first, second], output)."
        )


def require_noise(generator):
    """Raise a ValueError where G's first input is not noise `(batch, latent_dim)`."""
    shape, first = input_shapes(generator)[0], generator.inputs[0]
    if len(shape) != 2 or shape[1] is None:
        raise ValueError(
            "Invalid generator. Expected noise (batch, latent_dim) as its first input. "
            f"Received: a first input of shape {shape}. Begin the generator with keras.Input((latent_dim,))"
            + (
                f", where latent_dim is {math.prod(shape[1:])}, followed by keras.layers.Reshape({shape[1:]})."
                if len(shape) > 2 and None not in shape[1:]
                else ", where latent_dim is a number of your choice, for example 64."
            )
        )
    if "int" in first.dtype:
        raise ValueError(
            "Invalid generator. Expected noise as its first input, labels as its second. "
            f"Received: integers, {first.dtype}, first. Build it with keras.Model([noise, labels], samples)."
        )


def require_trainable(name, network):
    """Raise a ValueError where nothing in a network can be trained. One of which a part is frozen is welcome."""
    if network.weights and not network.trainable_variables:
        raise ValueError(
            f"The {name} is frozen. Expected a network with trainable weights: each step of a GAN updates only one "
            "network, so you need not freeze the other one. Received: a network without trainable weights. "
            f"Set gan.{name}.trainable = True, and call compile() again."
        )


def require_same_trainable(built_for, networks):
    """Raise a ValueError where other weights are trainable than those that the optimizers were made for.

    Args:
        built_for: for each network, the list of variables that its optimizer was made for.
        networks: dictionary of names and networks, in the same order.
    """
    for (name, network), variables in zip(networks.items(), built_for, strict=True):
        now = network.trainable_variables
        if [id(v) for v in now] != [id(v) for v in variables]:
            raise ValueError(
                f"The {name} was frozen or thawed after compile(): its `trainable` was changed. Expected the "
                f"{len(variables)} trainable weights that it had at compile(). Received: {len(now)} trainable weights. "
                "Call compile() again after every change of `trainable`. You need not freeze a network for fit() "
                "yourself: each of its steps updates only one network."
            )


def require_weights(**weights):
    """Raise a ValueError where the weight of a penalty is not a finite number of at least 0."""
    for name, weight in weights.items():
        if not isinstance(weight, numbers.Real) or isinstance(weight, bool) or not 0 <= weight < math.inf:
            raise ValueError(f"Invalid {name}. Expected a number of at least 0. Received: {weight!r}. Try {name}=1.0.")


def without_keras_choices(options):
    """Options of `keras.Model.compile` without those that mean nothing to two players, which have to be None.

    Raises:
        ValueError: for one of those that is not None.
    """
    advice = {
        "optimizer": "Give one to each player: compile(d_optimizer=..., g_optimizer=...)",
        "loss": 'Choose the losses of both networks with an objective, for example compile(objective="hinge")',
        "metrics": "Leave it out, and measure generated samples in a callback, for example with gan_course.metrics",
        "auto_scale_loss": "Leave it out: losses are scaled by themselves where a network computes in float16",
    }
    advice |= {"weighted_metrics": advice["metrics"], "loss_weights": advice["loss"]}
    for name in [name for name in advice if options.get(name) is not None]:
        raise ValueError(
            f"Invalid argument {name}. Expected no {name} for the GAN as a whole, since it trains two networks, the "
            f"two players, and each has a loss and an optimizer of its own. Received: {name}={options[name]!r}. "
            f"{advice[name]}."
        )
    return {name: value for name, value in options.items() if name not in advice}


def is_count(value):
    """Whether this is an integer above 0, Python's or NumPy's."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value > 0


def require_count(suggestion, **values):
    """Raise a ValueError where a value is not an integer of at least 1.

    Args:
        suggestion: a value to try. values: names and values.
    """
    for name, value in values.items():
        if not is_count(value):
            raise ValueError(
                f"Invalid {name}. Expected an integer of at least 1. Received: {value!r}. Try {name}={suggestion}."
            )


def require_batches(count, batch_size, d_steps):
    """Raise a ValueError where there are fewer samples than a batch, or `d_steps` does not divide each batch."""
    if count < batch_size:
        raise ValueError(
            f"Too few samples. Expected at least one batch of {batch_size}. Received: {count}. "
            f"Give more samples, or choose a batch_size of at most {count}."
            if count
            else f"No samples. Expected at least one batch of {batch_size}. Received: 0. Give some samples."
        )
    require_divisible(batch_size, d_steps)
    if (last := count % batch_size) % d_steps:
        raise ValueError(
            f"Invalid number of samples. Expected a last batch whose size is a multiple of d_steps={d_steps}. "
            f"Received: {count} samples; with batch_size={batch_size} the last batch has {last}. Give the first "
            f"{count - last % d_steps} samples only, samples[:{count - last % d_steps}]."
        )


def require_divisible(batch_size, d_steps):
    if batch_size % d_steps:
        raise ValueError(
            f"Invalid batch size. Expected a multiple of d_steps={d_steps}, since each discriminator step takes its "
            f"own share of the batch. Received: {batch_size}. Try {max(batch_size - batch_size % d_steps, d_steps)}."
        )


def require_full_packs(discriminator, count, batch_size, d_steps):
    """Raise a ValueError where D judges packs of samples (`networks.Packing`), and a step leaves one open."""
    size = pack_size(discriminator)
    for batch in (batch_size, count % batch_size):
        if batch // d_steps % size:
            raise ValueError(
                f"Invalid batches for packs of {size}. Expected a multiple of {size} samples in every step of the "
                f"discriminator, which judges {size} samples together. Received: {count} samples with "
                f"batch_size={batch_size} and d_steps={d_steps}; one of the batches has {batch} samples. Choose a "
                f"batch_size and a number of samples that are both multiples of {size * d_steps}."
            )


def pack_size(discriminator):
    """How many samples a discriminator judges together: the product of its layers' `pack_size`, 1 where none has it."""
    return math.prod(getattr(layer, "pack_size", 1) for layer in layers_of(discriminator))


def require_schedulers_that_reach(callbacks):
    """Raise a ValueError where a callback sets the learning rate of one optimizer only: Keras before 3.15."""
    if tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 15):
        return
    blind = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        if isinstance(callback, blind):
            raise ValueError(
                "A callback cannot reach the two optimizers. Expected no callback that sets a learning rate, since "
                f"before Keras 3.15 such a callback finds one optimizer only. Received: {type(callback).__name__} on "
                f"Keras {keras.__version__}. Give each optimizer a learning rate from keras.optimizers.schedules in "
                "compile(), or update Keras."
            )


def layers_of(layer):
    """A layer and every layer inside it, outermost first."""
    yield layer
    for value in [layer.layers] if isinstance(layer, keras.Model) else vars(layer).values():
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(part, keras.layers.Layer):
                yield from layers_of(part)


def input_shapes(network):
    """List of a model's input shapes, with the batch axis; empty where they are not known."""
    shape = _shape(network, "input_shape")
    return shape if isinstance(shape, list) else [] if shape is None else [shape]


def _shape(network, name):
    try:
        return getattr(network, name)
    except (AttributeError, ValueError):  # Keras raises either for a model that is not built
        return None


def _plain(shape):
    """Whether this is one shape: a tuple of integers and None."""
    return isinstance(shape, tuple) and all(n is None or isinstance(n, int) for n in shape)


def shapes_fit(shape, other):
    """Whether two shapes have the same rank and agree wherever both are known; None stands for any size."""
    return len(shape) == len(other) and all(None in (a, b) or a == b for a, b in zip(shape, other, strict=True))


def _last_activation(layer):
    """The activation that a network ends with, also inside nested models and wrappers, or None."""
    if isinstance(layer, keras.Model):
        return _last_activation(getattr(layer, "operations", layer.layers)[-1])
    if isinstance(layer, keras.layers.Wrapper):
        return _last_activation(layer.layer)
    if type(layer).__name__ in (
        "Sigmoid",
        "Tanh",
        "Softmax",
    ):  # keras.ops.sigmoid(...) at the end of a functional model
        return layer
    return getattr(layer, "activation", None)
