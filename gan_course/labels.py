"""Labels of a conditional GAN: one a sample, of the right shape, and known to both networks."""

import keras
import numpy as np

from gan_course.validate import input_shapes, shapes_fit


def require_labels(labels, count, generator, discriminator, call="fit(samples, labels)"):
    """Raise a ValueError where a conditional GAN gets no labels, or not one a sample, or one that it does not know.

    A layer that does not find a label in its table says so on some devices alone, and goes on with nonsense elsewhere.

    Args:
        labels: array or None. count: of the samples. generator, discriminator: the networks.
        call: how labels are given there, for the message.
    """
    networks = [network for network in (generator, discriminator) if len(input_shapes(network)) == 2]
    if networks and labels is None:
        raise ValueError(
            "No labels. Expected one label for each sample: the networks of this GAN take labels. Received: None. "
            f"Call {call}."
        )
    if labels is not None and labels.shape[:1] != (count,):
        received = len(labels) if labels.ndim else f"the label {labels} alone"
        raise ValueError(
            f"Invalid labels. Expected one label for each sample: {count}. Received: {received}. Take samples and "
            f"labels from the same split. For the same label everywhere, give np.full({count}, label)."
        )
    for network in networks:
        wanted = input_shapes(network)[1]
        if not shapes_fit(_without_ones(labels.shape), _without_ones(wanted)):
            raise ValueError(
                f"Invalid labels. Expected an array of shape {(count, *wanted[1:])}, as the {network.name} takes them. "
                f"Received: {labels.shape}. np.eye(classes)[labels] turns numbers into one-hot labels, and "
                "labels.argmax(axis=1) turns one-hot labels into numbers."
            )
        known = np.arange(_classes(network))
        if len(known) and not np.isin(labels, known).all():
            raise ValueError(
                f"Invalid labels. Expected integers from 0 to {len(known) - 1}, the classes that the Embedding layer "
                f"of the {network.name} knows. Received: {labels[~np.isin(labels, known)][0]} among them. Number the "
                "classes from 0, or build both networks for more classes."
            )


def _classes(network):
    """How many classes a network has in the Embedding that looks its labels up, or 0 where it has none."""
    tables = (layer for layer in network.layers if isinstance(layer, keras.layers.Embedding))
    return next((table.input_dim for table in tables if table.input is network.inputs[1]), 0)


def _without_ones(shape):
    """A shape without the axes of size 1 behind the batch's: to Keras `(batch,)` and `(batch, 1)` are one."""
    return (*shape[:1], *(n for n in shape[1:] if n != 1))
