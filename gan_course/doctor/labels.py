"""The part of a recorder that notes labels: of compiled models, of losses step by step, and of losses in graphs."""

import contextlib

import keras
import numpy as np

from gan_course.doctor import frameworks, names
from gan_course.doctor.fingerprints import spread_rows
from gan_course.doctor.structure import describe_loss, fits


class Labels:
    """Notes labels in `self.log`. `recorder.Recorder` is one, and knows which scores stand for what.

    Attributes:
        log: the `events.Log`.
        outputs: list of pairs of a weak reference to a score of D, and of what it is: "real", "fake", "mixed" or None.
        traced_outputs: the same for scores in a graph, as far as the graph tells.
        sample_shape: shape of a batch of samples, a tuple.
    """

    def targets_given(self, model, y):
        """Note the labels of a compiled model, if its first loss is a binary cross-entropy."""
        loss, labels = getattr(model, "loss", None), first_labels(y)
        if labels is not None and labels.size and not isinstance(loss, dict) and is_binary(describe_loss(loss)[0]):
            self.log.add_targets((np.min(labels), np.max(labels)))

    def targets_computed(self, labels, scores, binary):
        """Note the targets of a loss of scores of D. In a graph they are found from how they are made."""
        concrete = frameworks.is_concrete(labels)
        if concrete:
            values = frameworks.to_array(labels)
            bounds = [(values.min(), values.max())] if values.size else []
        else:
            bounds = frameworks.label_bounds(labels)
        if binary:
            self.log.add_targets(*bounds)
        parts = [] if concrete else frameworks.parts_of(scores, [output() for output, _ in self.traced_outputs])
        if len(parts) == len(bounds):
            kinds = [next((k for output, k in self.traced_outputs if output() is part), None) for part in parts]
            found = [(kind, sum(pair) / 2) for kind, pair in zip(kinds, bounds, strict=True) if kind]
            self.log.traced_labels = [*self.log.traced_labels, *found][:64]

    def name_labels(self, batch, y):
        """Note what the user calls the labels of a batch, for the remedies."""
        if batch is not None and hasattr(y, "shape") and batch.kind not in self.log.label_arrays:
            called = None
            with contextlib.suppress(Exception):  # the user's objects may do anything
                called = names.name_of(y, names.callers())
            self.log.label_arrays[batch.kind] = (called, tuple(y.shape))

    def labels_computed(self, labels, scores):
        """Note with which labels a loss of known scores was computed, where this can be seen."""
        kind = next((kind for output, kind in self.outputs if output() is scores), None)
        if kind is not None and frameworks.is_concrete(labels):
            values = frameworks.to_array(labels)
            self.log.loss_labels.append((kind, float(np.mean(values)), float(np.std(values))))

    def note_labels(self, batch, y, shape, fake):
        """Add the labels `y` of a batch of this shape to its record; `fake` says which of the kept rows G made."""
        values, count = first_labels(y), shape[0]
        if values is None or (values.shape == shape and values.size > count):  # samples that an autoencoder should give
            return
        values = np.broadcast_to(values, (count,)) if values.ndim == 0 else values
        if len(values) != count:
            return
        means = spread_rows(values.reshape(count, -1).mean(1), len(fake))
        batch.real_label = float(means[~fake].mean()) if not fake.all() else None
        batch.fake_label = float(means[fake].mean()) if fake.any() else None
        batch.label_spread = float(means.std())

    def kind_in_graph(self, inputs):
        """Whether a symbolic input of D is "real" or "fake". None where this is not known."""
        every = [found for x in inputs if fits(x, self.sample_shape) for found in frameworks.origins(x)]
        drawn = [any(name.startswith(frameworks.RANDOM) for name in found) for found in every]
        made = {(bool(found & frameworks.NETWORK), noise) for found, noise in zip(every, drawn, strict=True)}
        return {(True, True): "fake", (False, False): "real"}.get(made.pop()) if len(made) == 1 else None


def is_binary(name):
    """Whether a loss of this name is a cross-entropy of two classes."""
    return bool(name) and "binary" in name.lower() and "crossentropy" in name.lower().replace("_", "")


def first_labels(y):
    """The first labels among those that a training step got, as an array of float64, or None without any."""
    labels = [a for a in keras.tree.flatten(y) if hasattr(a, "shape") or isinstance(a, (list, float, int))]
    if not labels:
        return None
    return np.asarray(frameworks.to_array(labels[0]) if frameworks.is_concrete(labels[0]) else labels[0], "float64")
