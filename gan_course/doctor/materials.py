"""What the networks are tried with after a visit: noise like that of the training, real samples, and labels."""

import math

import numpy as np

from gan_course.doctor.fingerprints import spread_rows
from gan_course.doctor.structure import RANGES, noise_position
from gan_course.validate import input_shapes, layers_of

COUNT = 256
"""How many samples the networks are tried with."""


class Materials:
    """Makes inputs for both networks.

    Args:
        networks: dictionary from "generator" and "discriminator" to Keras models.
        facts: dictionary from the same names to their `structure.Network`.
        log: the `events.Log` of the visit.
        real: real samples `(count, ...)` as the user gave them, or None.
        labels: labels of `real`, or None.
        latent_dim: size of a noise vector, or None.
        sample: function from a count to samples, or None.

    Attributes:
        real: the real samples that the networks are tried with, at most `COUNT`, in D's range; None without any.
        reference: all real samples that are at hand, at most 4,000, or None.
    """

    def __init__(self, networks, facts, log, real, labels, latent_dim, sample):
        self.networks, self.facts, self.log, self.labels, self.sample = networks, facts, log, labels, sample
        self.generator = np.random.default_rng(0)
        self.position = noise_position(networks["generator"], latent_dim)
        self.noise_shapes = [s for s in input_shapes(networks["generator"]) if isinstance(s, tuple)]
        self.latent_dim = latent_dim
        self._choose_real(real)

    def _choose_real(self, real):
        """Prefer what D got; where the training step rescales it in its graph, bring it into G's range."""
        rows = self.log.real_rows()
        chosen = real if rows is None else rows
        self.extras = [] if rows is None else self._extras_of_real()
        if chosen is None:
            self.real = self.reference = None
            return
        reference = np.asarray(spread_rows(chosen, 4_000), "float32")
        if self.log.rescaled and self.facts["generator"].activation in RANGES:
            low, high = RANGES[self.facts["generator"].activation]
            span = max(float(reference.max() - reference.min()), 1e-12)
            reference = low + (high - low) * (reference - reference.min()) / span
        self.reference, self.real = reference, spread_rows(reference, COUNT)
        self.extras = [spread_rows(spread_rows(extra, 4_000), COUNT) for extra in self.extras]

    def _extras_of_real(self):
        """The other inputs of D for the real rows that it got, in the same order."""
        found = [batch for batch in self.log.batches if batch.rows is not None and len(batch.rows)]
        counts = {len(batch.extras) for batch in found}
        if len(counts) != 1:
            return []
        return [np.concatenate([batch.extras[i] for batch in found]) for i in range(counts.pop())]

    def noise(self, count=COUNT):
        """Noise `(count, ...)` with the distribution of the noise that G got in training, or else standard normal."""
        shape = self._noise_shape()
        seen = [noise.rows for noise in self.log.training_noise()]
        if not seen:
            return self.generator.normal(size=(count, *shape)).astype("float32")
        rows = np.concatenate(seen)
        kind, low, high, mean, std = distribution(rows)
        if kind == "uniform":
            return self.generator.uniform(low, high, (count, *shape)).astype("float32")
        if kind == "normal":
            return self.generator.normal(mean, std, (count, *shape)).astype("float32")
        return rows[self.generator.integers(0, len(rows), count)]

    def _noise_shape(self):
        if self.position < len(self.noise_shapes):
            return tuple(n or 1 for n in self.noise_shapes[self.position][1:])
        if self.log.noise_shape is not None:
            return tuple(n or 1 for n in self.log.noise_shape[1:])
        return (self.latent_dim or 100,)

    def generator_inputs(self, count=COUNT):
        """What G is called with: noise, or a list of noise and labels."""
        noise = self.noise(count)
        if len(self.noise_shapes) < 2:
            return noise
        seen = [n.extras for n in self.log.training_noise() if len(n.extras) == len(self.noise_shapes) - 1]
        others = [i for i in range(len(self.noise_shapes)) if i != self.position]
        inputs = {self.position: noise}
        for place, index in enumerate(others):
            rows = np.concatenate([extras[place] for extras in seen]) if seen else None
            inputs[index] = self._labels(self.noise_shapes[index], "generator", count, rows)
        return [inputs[i] for i in range(len(self.noise_shapes))]

    def _labels(self, shape, player, count, seen):
        """Labels for an input of this shape: as they were seen or given, or else all classes equally often."""
        if seen is None and self.labels is not None:
            seen = np.asarray(self.labels)
        width = math.prod(n or 1 for n in shape[1:])
        if seen is not None and math.prod(np.shape(seen)[1:]) == width:
            rows = seen[self.generator.integers(0, len(seen), count)]
            return rows.reshape(count, *(n or 1 for n in shape[1:]))
        if width > 1:
            return np.eye(width, dtype="float32")[np.arange(count) % width].reshape(count, *shape[1:])
        classes = class_count(self.networks[player])
        return (np.arange(count) % classes).astype("int32").reshape(count, *(n or 1 for n in shape[1:]))

    def discriminator_inputs(self, samples, extras=None):
        """What D is called with: samples, or a list of samples and labels.

        Args:
            samples: `(count, ...)`.
            extras: further inputs for these samples, a list of arrays. Defaults to None: labels as for the generator.
        """
        shapes = [s for s in input_shapes(self.networks["discriminator"]) if isinstance(s, tuple)]
        if len(shapes) < 2:
            return samples
        if extras and len(extras) == len(shapes) - 1:
            return [samples, *extras]
        return [samples, *(self._labels(shape, "discriminator", len(samples), None) for shape in shapes[1:])]


def distribution(rows):
    """Describe noise: tuple of "uniform", "normal" or "other", its lowest and highest value, mean and deviation.

    The fourth moment tells the two apart: it is 3 for a normal distribution and 1.8 for a uniform one.

    Args:
        rows: noise `(count, ...)`.
    """
    values = np.asarray(rows, "float64").ravel()
    mean, std = float(values.mean()), float(values.std())
    fourth = float(np.mean((values - mean) ** 4) / max(std, 1e-12) ** 4)
    kind = "uniform" if 1.6 < fourth < 2.0 else "normal" if 2.6 < fourth < 3.4 else "other"
    if kind == "uniform":
        return kind, *_round_bounds(float(values.min()), float(values.max())), mean, std
    return kind, float(values.min()), float(values.max()), mean, std


def _round_bounds(low, high):
    """The bounds of a uniform distribution: −1, 0 or 1 where they are near, since samples stay inside of them."""
    near = [min((-1.0, 0.0, 1.0), key=lambda bound: abs(bound - value)) for value in (low, high)]
    return tuple(n if abs(n - v) < 0.05 else v for n, v in zip(near, (low, high), strict=True))


def class_count(network):
    """How many classes a network knows: the size of its first embedding, or else 10."""
    sizes = [layer.input_dim for layer in layers_of(network) if type(layer).__name__ == "Embedding"]
    return sizes[0] if sizes else 10
