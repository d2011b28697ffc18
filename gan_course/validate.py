"""Checks at the door: what `GAN` refuses before any training starts, each with a message that says how to mend it."""

import math

import keras
import numpy as np

RANGE_TOLERANCE = 1e-6
"""How far images may leave [-1, 1], by rounding, before `GAN.fit` refuses them."""


def require_fit(generator, discriminator):
    """Raise a ValueError where the networks do not fit, or D does not return one raw score a sample.

    Both take one input, or, for a conditional GAN, two: noise and labels, samples and labels.
    """
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        shapes = input_shapes(network)
        if not (1 <= len(shapes) <= 2 and _plain(_shape(network, "output_shape")) and all(map(_plain, shapes))):
            raise ValueError(
                f"Invalid {name}. Expected a built model with one output, and one input or two (the second one for "
                f"labels). Received: {network!r}, whose shapes are not known or more. Begin it with keras.Input."
            )
    takes = [len(input_shapes(network)) for network in (generator, discriminator)]
    if takes[0] != takes[1]:
        raise ValueError(
            "Generator and discriminator do not fit. Expected labels for both or for neither: one input each, or two "
            f"each. Received: {takes[0]} and {takes[1]}. Give the labels to the other network, too."
        )
    made, wanted = generator.output_shape, input_shapes(discriminator)[0]
    if not _shapes_fit(made, wanted):
        raise ValueError(
            "Generator and discriminator do not fit. Expected a generator whose output has the discriminator's input "
            f"shape {wanted[1:]}. Received: {made[1:]}. Build both with the same sample shape."
        )
    if tuple(discriminator.output_shape[1:]) != (1,):
        raise ValueError(
            "Invalid discriminator. Expected one score a sample, output shape (None, 1). "
            f"Received: {discriminator.output_shape}. End it with Dense(1)."
        )
    activation = _last_activation(discriminator)
    if activation not in (None, keras.activations.linear):
        raise ValueError(
            "Invalid discriminator. Expected raw scores (logits) from its last layer. "
            f"Received: a last layer with the activation {getattr(activation, '__name__', activation)!r}. "
            "End it with Dense(1) alone."
        )


def require_samples(samples, shape):
    """Raise a ValueError where an array of samples has another shape than G's, is not finite, or not in range."""
    if not _shapes_fit(samples.shape, (None, *shape)):
        raise ValueError(
            f"Invalid samples. Expected an array of shape (n, {', '.join(map(str, shape))}), as the generator makes "
            f"them. Received: {tuple(samples.shape)}. Reshape the samples, or build networks for their shape."
        )
    if not len(samples):
        return  # fewer than a batch
    low, high = float(samples.min()), float(samples.max())  # a NaN anywhere makes both NaN
    if not np.isfinite([low, high]).all():
        raise ValueError(
            f"Invalid samples. Expected finite values. Received: values from {low} to {high}. "
            "Drop the samples that hold NaN or infinity, or mend how they are made."
        )
    if len(shape) == 3 and not -1 - RANGE_TOLERANCE <= low <= high <= 1 + RANGE_TOLERANCE:
        raise ValueError(
            f"Invalid images. Expected values in [-1, 1]. Received: values from {low:g} to {high:g}. "
            "Scale them first: images / 127.5 - 1 for bytes."
        )


def require_batches(count, batch_size, d_steps):
    """Raise a ValueError where there are fewer samples than a batch, or `d_steps` does not divide each batch."""
    if count < batch_size:
        raise ValueError(
            f"Too few samples. Expected at least one batch of {batch_size}. Received: {count}. "
            f"Give more samples, or fit with batch_size={count}."
            if count
            else f"No samples. Expected at least one batch of {batch_size}. Received: 0. Give some samples."
        )
    require_divisible(batch_size, d_steps)
    if (last := count % batch_size) % d_steps:
        raise ValueError(
            f"Invalid number of samples. Expected a last batch that d_steps={d_steps} divides. Received: {count} "
            f"samples, which leave {last} after batches of {batch_size}. Give {count - last % d_steps} samples."
        )


def require_divisible(batch_size, d_steps):
    if batch_size % d_steps:
        raise ValueError(
            f"Invalid batch size. Expected a multiple of d_steps={d_steps}, since each discriminator step takes its "
            f"own share of the batch. Received: {batch_size}. Try {max(batch_size - batch_size % d_steps, d_steps)}."
        )


def require_full_packs(discriminator, count, batch_size, d_steps):
    """Raise a ValueError where D judges packs of samples (`networks.Packing`), and a step leaves one open."""
    size = math.prod(layer.size for layer in layers_of(discriminator) if type(layer).__name__ == "Packing")
    for batch in (batch_size, count % batch_size):
        if batch // d_steps % size:
            raise ValueError(
                f"Invalid batches for packs of {size}. Expected a multiple of {size} samples in every step of the "
                f"discriminator. Received: {count} samples in batches of {batch_size}, of which one has {batch}, with "
                f"d_steps={d_steps}. Choose a batch_size that {size * d_steps} divides, and give a multiple of it."
            )


def require_labels(labels, count, generator, discriminator):
    """Raise a ValueError where a conditional GAN gets no labels, or not one a sample, or one that it does not know.

    A layer that does not find a label in its table says so on some devices alone, and goes on with nonsense elsewhere.
    """
    networks = [network for network in (generator, discriminator) if len(input_shapes(network)) == 2]
    if networks and labels is None:
        raise ValueError(
            "No labels. Expected one a sample, since the networks of this GAN take labels. Received: None. "
            "Call fit(images, labels)."
        )
    if labels is not None and labels.shape[:1] != (count,):
        received = len(labels) if labels.ndim else f"the label {labels} alone"
        raise ValueError(
            f"Invalid labels. Expected one a sample: {count}. Received: {received}. "
            "Take samples and labels from the same split, and repeat a label that all shall have."
        )
    for network in networks:
        wanted = input_shapes(network)[1]
        if not _shapes_fit(_without_ones(labels.shape), _without_ones(wanted)):
            raise ValueError(
                f"Invalid labels. Expected an array of shape {(count, *wanted[1:])}, as the {network.name} takes them. "
                f"Received: {labels.shape}. np.eye(classes)[numbers] makes one-hot labels, .argmax(axis=1) numbers."
            )
        known = np.arange(_classes(network))
        if len(known) and not np.isin(labels, known).all():
            raise ValueError(
                f"Invalid labels. Expected integers from 0 to {len(known) - 1}, which the {network.name} has in its "
                f"table. Received: {labels[~np.isin(labels, known)][0]} among them. Number the classes from 0, or "
                "build networks for more."
            )


def require_schedulers_that_reach(callbacks):
    """Raise a ValueError where a callback sets the learning rate of one optimizer only: Keras before 3.15."""
    if tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 15):
        return
    blind = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        if isinstance(callback, blind):
            raise ValueError(
                "A callback cannot reach the two optimizers. Expected learning rates that change by a schedule of "
                f"keras.optimizers.schedules, one for each optimizer. Received: {type(callback).__name__}, which knows "
                f"several optimizers from Keras 3.15 on; this is {keras.__version__}. Give compile() "
                "optimizers with schedules, or update Keras."
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
    if isinstance(shape, dict):
        shape = list(shape.values())
    return shape if isinstance(shape, list) else [] if shape is None else [shape]


def _classes(network):
    """How many classes a network has in the Embedding that looks its labels up, or 0 where it has none."""
    tables = (layer for layer in network.layers if isinstance(layer, keras.layers.Embedding))
    return next((table.input_dim for table in tables if table.input is network.inputs[1]), 0)


def _without_ones(shape):
    """A shape without the axes of size 1 behind the batch's: to Keras `(batch,)` and `(batch, 1)` are one."""
    return (*shape[:1], *(n for n in shape[1:] if n != 1))


def _shape(network, name):
    try:
        return getattr(network, name)
    except (AttributeError, ValueError):  # Keras raises either for a model that is not built
        return None


def _plain(shape):
    """Whether this is one shape: a tuple of integers and None."""
    return isinstance(shape, tuple) and all(n is None or isinstance(n, int) for n in shape)


def _shapes_fit(shape, other):
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
