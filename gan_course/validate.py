"""Checks before training: networks and options that `GAN` refuses. Each message says how to correct them."""

import math

import keras
import numpy as np

RANGE_TOLERANCE = 1e-6
"""How far the values of images may lie outside of [-1, 1], as rounding may cause, before `GAN.fit` refuses them."""


def require_matching_networks(generator, discriminator):
    """Check that G's output fits D's input, and that D returns one raw score per sample, or a map of scores.

    Both networks take one input, or, in a conditional GAN, two: noise and labels, samples and labels.

    Args:
        generator: `keras.Model` from noise to samples.
        discriminator: `keras.Model` from samples to raw scores.

    Raises:
        ValueError: for networks that are not built, have other inputs or outputs, or do not fit each other, and for
            a discriminator that ends with an activation.
    """
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        _require_one_or_two_inputs(name, network)
    takes = [len(input_shapes(network)) for network in (generator, discriminator)]
    if takes[0] != takes[1]:
        raise ValueError(
            "Generator and discriminator do not fit. Expected labels for both or for neither: one input each, or two "
            f"inputs each. Received: {takes[0]} and {takes[1]}. Give the labels to the other network, too."
        )
    made, expected = generator.output_shape, input_shapes(discriminator)[0]
    if not shapes_fit(made, expected):
        raise ValueError(
            "Generator and discriminator do not fit. Expected a generator whose output has the discriminator's input "
            f"shape {expected[1:]}. Received: {made[1:]}. Build both with the same sample shape."
        )
    _require_raw_scores(discriminator)


def _require_one_or_two_inputs(name, network):
    """Check that a network is built and has one output and one or two inputs, in a known order."""
    inputs, shapes = _attribute(network, "input"), input_shapes(network)
    if isinstance(inputs, dict):
        raise ValueError(
            f"Invalid {name}. Expected its inputs in a list, {'noise' if name == 'generator' else 'samples'} first and "
            f"then labels. Received: a dictionary of inputs {list(inputs)}, which has no fixed order. Build the model "
            "with keras.Model([first, second], output)."
        )
    if not (1 <= len(shapes) <= 2 and all(map(_is_one_shape, [*shapes, _attribute(network, "output_shape")]))):
        raise ValueError(
            f"Invalid {name}. Expected a built model with one output, and one input or two (the second one for "
            f"labels). Received: {network!r}, which is not built yet, or has more inputs or outputs. Begin the "
            "model with keras.Input(shape), and give it one output, and at most two inputs."
        )


def _require_raw_scores(discriminator):
    """Check that D returns one raw score per sample, or a map of raw scores, one for each patch of a picture.

    A `Dense` layer that gets a picture returns a map, too, but there somebody forgot to flatten the picture.
    """
    shape, last = tuple(discriminator.output_shape[1:]), _last_layer(discriminator)
    is_map = len(shape) == 3 and shape[-1] == 1 and not isinstance(last, keras.layers.Dense)
    if shape != (1,) and not is_map:
        raise ValueError(
            "Invalid discriminator. Expected one score for each sample, output shape (None, 1), or a map with one "
            "score for each patch of a picture, output shape (None, height, width, 1), from a convolution. Received: "
            f"{discriminator.output_shape} from {type(last).__name__}. End the model with Flatten() and Dense(1), or "
            'with Conv2D(1, 3, padding="same") for scores of patches.'
        )
    activation = _last_activation(last)
    if activation not in (None, keras.activations.linear):
        raise ValueError(
            "Invalid discriminator. Expected raw scores (logits) from its last layer. "
            f"Received: a last layer with the activation {getattr(activation, '__name__', activation)!r}. "
            "End the model with Dense(1), without an activation."
        )


def require_noise_input(generator):
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
            "Invalid generator. Expected noise as its first input, and labels as its second. Received: integers, "
            f"{first.dtype}, as the first input. Build the generator with keras.Model([noise, labels], samples)."
        )


def require_trainable(name, network):
    """Raise a ValueError where no weight of a network is trainable. A network may be frozen in part."""
    if network.weights and not network.trainable_variables:
        raise ValueError(
            f"The {name} is frozen. Expected a network with trainable weights: each step of a GAN updates only one "
            "network, so you need not freeze the other one. Received: a network without trainable weights. "
            f"Set gan.{name}.trainable = True, and call compile() again."
        )


def require_unchanged_trainable(built_for, networks):
    """Check that the trainable weights are still those for which the optimizers were built.

    Args:
        built_for: for each network, the list of variables for which its optimizer was built.
        networks: dictionary of names and networks, in the same order.

    Raises:
        ValueError: if `trainable` of a network or a layer was changed after `compile`.
    """
    for (name, network), variables in zip(networks.items(), built_for, strict=True):
        now = network.trainable_variables
        if [id(v) for v in now] != [id(v) for v in variables]:
            raise ValueError(
                f"`trainable` of the {name} was changed after compile(). Expected the {len(variables)} trainable "
                f"weights that it had at compile(). Received: {len(now)} trainable weights. "
                "Call compile() again after every change of `trainable`. You need not freeze a network for fit() "
                "yourself: each of its steps updates only one network."
            )


def without_single_model_options(options):
    """Remove the options of `keras.Model.compile` that do not apply to two networks, and must therefore be None.

    Args:
        options: dictionary of keyword arguments of `compile`.

    Returns:
        Dictionary of the other options.

    Raises:
        ValueError: for such an option that is not None.
    """
    advice = {
        "optimizer": "Give one to each network: compile(d_optimizer=..., g_optimizer=...)",
        "loss": 'Choose the losses of both networks with an objective, for example compile(objective="hinge")',
        "metrics": "Leave it out, and measure generated samples in a callback, for example with gan_course.metrics",
        "auto_scale_loss": "Leave it out: losses are scaled automatically where a network computes in float16",
    }
    advice |= {"weighted_metrics": advice["metrics"], "loss_weights": advice["loss"]}
    for name in [name for name in advice if options.get(name) is not None]:
        raise ValueError(
            f"Invalid argument {name}. Expected no {name} for the GAN as a whole, since it trains two networks, the "
            f"two players, and each has its own loss and optimizer. Received: {name}={options[name]!r}. "
            f"{advice[name]}."
        )
    return {name: value for name, value in options.items() if name not in advice}


def require_finite(name, array):
    """Raise a ValueError where an array, which has at least one value, holds NaN or infinity.

    Args:
        name: what its rows are called in the message, for example "samples".
        array: NumPy array.
    """
    low, high = float(array.min()), float(array.max())  # a NaN anywhere makes both NaN
    if not np.isfinite([low, high]).all():
        raise ValueError(
            f"Invalid {name}. Expected finite values. Received: values from {low} to {high}. "
            f"Drop the {name} that hold NaN or infinity, or correct the code that makes them."
        )


def require_image_range(name, images):
    """Raise a ValueError where the values of images do not lie in [-1, 1].

    Args:
        name: what they are called in the message, for example "images".
        images: NumPy array with at least one value.
    """
    low, high = float(images.min()), float(images.max())
    if not -1 - RANGE_TOLERANCE <= low <= high <= 1 + RANGE_TOLERANCE:
        raise ValueError(
            f"Invalid {name}. Expected values in [-1, 1]. Received: values from {low:g} to {high:g}. "
            "Scale them first, for example with images / 127.5 - 1 if the pixel values are from 0 to 255."
        )


def require_batches(count, batch_size, d_steps):
    """Raise a ValueError where there are fewer samples than a batch, or `d_steps` does not divide each batch."""
    if not count:
        raise ValueError(
            f"No samples. Expected at least one batch of {batch_size}. Received: 0 samples. Give some samples."
        )
    if count < batch_size:
        raise ValueError(
            f"Too few samples. Expected at least one batch of {batch_size}. Received: {count} samples. "
            f"Give more samples, or choose a batch_size of at most {count}."
        )
    require_divisible(batch_size, d_steps)
    if (last := count % batch_size) % d_steps:
        raise ValueError(
            f"Invalid number of samples. Expected a last batch whose size is a multiple of d_steps={d_steps}. "
            f"Received: {count} samples; with batch_size={batch_size} the last batch has {last}. Give only the first "
            f"{count - last % d_steps} samples, samples[:{count - last % d_steps}]."
        )


def require_divisible(batch_size, d_steps):
    """Raise a ValueError where a batch cannot be split evenly between D's steps."""
    if batch_size % d_steps:
        suggestion = max(batch_size - batch_size % d_steps, d_steps)
        raise ValueError(indivisible_batch(d_steps, f"{batch_size}. Try a batch size of {suggestion}."))


def indivisible_batch(d_steps, received):
    """The message for a batch that cannot be split evenly between D's steps.

    Args:
        d_steps: the number of D's steps.
        received: the end of the message: what was received, and how to mend it.

    Returns:
        String.
    """
    return (
        f"Invalid batch size. Expected a multiple of d_steps={d_steps}, since each discriminator step takes an equal "
        f"share of the batch. Received: {received}"
    )


def require_full_packs(discriminator, count, batch_size, d_steps):
    """Raise a ValueError where D judges packs of samples (`networks.Packing`), and a step cannot fill its last pack."""
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


def refuse_learning_rate_callbacks(callbacks):
    """Raise a ValueError for a callback that sets the learning rate of only one optimizer, before Keras 3.15.

    Args:
        callbacks: a Keras callback, a list of them, or None.

    Raises:
        ValueError: for a `LearningRateScheduler` or a `ReduceLROnPlateau` on Keras before 3.15.
    """
    if tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 15):
        return
    setters = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        if isinstance(callback, setters):
            raise ValueError(
                "A callback cannot reach the two optimizers. Expected no callback that sets a learning rate, since "
                f"before Keras 3.15 such a callback finds only one optimizer. Received: {type(callback).__name__} on "
                f"Keras {keras.__version__}. Give each optimizer a learning rate from keras.optimizers.schedules in "
                "compile(), or update Keras."
            )


def layers_of(layer):
    """Yield a layer and every layer inside it, the outer ones first."""
    yield layer
    for value in [layer.layers] if isinstance(layer, keras.Model) else vars(layer).values():
        for part in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(part, keras.layers.Layer):
                yield from layers_of(part)


def input_shapes(network):
    """List of a model's input shapes, with the batch axis. It is empty where they are not known."""
    shape = _attribute(network, "input_shape")
    return shape if isinstance(shape, list) else [] if shape is None else [shape]


def shapes_fit(shape, other):
    """Whether two shapes have the same rank and agree wherever both are known; None stands for any size."""
    return len(shape) == len(other) and all(None in (a, b) or a == b for a, b in zip(shape, other, strict=True))


def _attribute(network, name):
    """An attribute of a model, or None where the model is not built."""
    try:
        return getattr(network, name)
    except (AttributeError, ValueError):  # Keras raises one or the other for a model that is not built
        return None


def _is_one_shape(shape):
    """Whether this is a single shape, a tuple of integers and None, and not a list of shapes."""
    return isinstance(shape, tuple) and all(n is None or isinstance(n, int) for n in shape)


def _last_layer(layer):
    """The layer or operation that a network ends with, also inside nested models and wrappers."""
    if isinstance(layer, keras.Model):
        return _last_layer(getattr(layer, "operations", layer.layers)[-1])
    return _last_layer(layer.layer) if isinstance(layer, keras.layers.Wrapper) else layer


def _last_activation(layer):
    """The activation that a network's last layer is, or contains, or None."""
    if type(layer).__name__ in ("Sigmoid", "Tanh", "Softmax"):  # keras.ops.sigmoid(...) ends a functional model
        return layer
    return getattr(layer, "activation", None)
