"""Checks of the labels of a conditional GAN: one per sample, of the right shape, and known to both networks."""

import keras
import numpy as np

from gan_course.validate import input_shapes, require_finite, require_image_range, shapes_fit


def require_labels(labels, count, generator, discriminator, call="fit(samples, labels)"):
    """Check that a conditional GAN gets one label per sample, and that its networks know every label.

    An Embedding layer that is given a label outside of its table raises an error on some devices only. On others it
    returns wrong numbers, and training goes on.

    Args:
        labels: NumPy array `(count, ...)`, or None where none were given.
        count: the number of samples.
        generator: `keras.Model`, checked if it has two inputs.
        discriminator: `keras.Model`, checked if it has two inputs.
        call: how the labels should have been given, for the message. Defaults to "fit(samples, labels)".

    Raises:
        ValueError: for labels that are missing, of another number or shape, or not among a network's classes. Where
            labels are pictures, as in `variants.translation`, also for values that are not finite or outside of
            [-1, 1].
    """
    networks = [network for network in (generator, discriminator) if len(input_shapes(network)) == 2]
    if networks and labels is None:
        raise ValueError(
            "No labels. Expected one label for each sample, since the networks of this GAN take labels. "
            f"Received: None. Call {call}."
        )
    if labels is not None and labels.shape[:1] != (count,):
        received = len(labels) if labels.ndim else f"the single label {labels}"
        raise ValueError(
            f"Invalid labels. Expected one label for each sample: {count}. Received: {received}. Take samples and "
            f"labels from the same split. To give every sample the same label, use np.full({count}, label)."
        )
    for network in networks:
        _require_known_labels(labels, network)


def _require_known_labels(labels, network):
    """Check the shape of labels, and that they are classes of the network's Embedding, or pictures in [-1, 1]."""
    expected = input_shapes(network)[1]
    are_pictures = len(expected) == 4 and "float" in network.inputs[1].dtype
    if not shapes_fit(_without_ones(labels.shape), _without_ones(expected)):
        raise ValueError(
            f"Invalid labels. Expected an array of shape {(len(labels), *expected[1:])}, as the model "
            f"{network.name!r} takes them. Received: {labels.shape}. "
            + (
                "The label of a sample is a picture here: give one source picture for each sample."
                if are_pictures
                else "np.eye(classes)[labels] turns class numbers into one-hot labels, and labels.argmax(axis=1) turns "
                "one-hot labels into class numbers."
            )
        )
    if are_pictures and labels.size:
        require_finite("labels", labels)
        require_image_range("labels", labels)
    classes = np.arange(_class_count(network))
    if len(classes) and not np.isin(labels, classes).all():
        raise ValueError(
            f"Invalid labels. Expected integers from 0 to {len(classes) - 1}, the classes that the Embedding layer of "
            f"the model {network.name!r} knows. Received: {labels[~np.isin(labels, classes)][0]} among them. Number "
            "the classes from 0, or build both networks for more classes."
        )


def _class_count(network):
    """How many classes there are in the Embedding that gets the network's labels, or 0 where it has none."""
    tables = (layer for layer in network.layers if isinstance(layer, keras.layers.Embedding))
    return next((table.input_dim for table in tables if table.input is network.inputs[1]), 0)


def _without_ones(shape):
    """A shape without axes of size 1 after the batch axis, since Keras takes `(batch,)` and `(batch, 1)` alike."""
    return (*shape[:1], *(n for n in shape[1:] if n != 1))
