"""Tries both networks at several moments of a visit, after it: scores, gradients, diversity. All is put back."""

import contextlib
from dataclasses import dataclass, field

import keras
import numpy as np

from gan_course.backend import input_gradient
from gan_course.doctor.frameworks import read, to_array, untouched_generators
from gan_course.validate import layers_of

MOMENTS = 10
"""The networks are tried at so many moments at most."""


@dataclass
class Moment:
    """What the networks did at one moment, in inference mode.

    Attributes:
        tick: how many training events there were before.
        real_scores: D's score of real samples, `(count,)`; of probabilities the logits.
        fake_scores: the same of samples of G at this moment.
        fakes: these samples, `(count, values)`.
        slope: median norm of the gradient of D's output with respect to these samples. None where it is not known.
        raised: by how much G's movement since the moment before raised D's score of its samples, D as it is now.
            None at the first moment.
        widened: by how much D's movement since then raised its score of reals, less that of the older samples.
    """

    tick: int
    real_scores: np.ndarray
    fake_scores: np.ndarray
    fakes: np.ndarray
    slope: float | None = None
    raised: float | None = None
    widened: float | None = None

    @property
    def auc(self):
        """Probability that D scores a real sample above a generated one; ½ where it cannot tell."""
        return auc(self.real_scores, self.fake_scores)


@dataclass
class Outcome:
    """How both networks turned out.

    Attributes:
        moments: list of `Moment`, the first and the last one among them.
        real: the real samples, `(count, values)`, or None.
        reference: all real samples at hand, `(count, values)`, or None.
        training_fakes: samples of the last generator in training mode, `(count, values)`.
        training_auc: `Moment.auc` of the last moment with D in training mode, reals and samples in batches apart.
        company: by how much D's score of a real sample in training mode depends on whether the rest of the batch is
            real, in standard deviations of the scores. None without BatchNormalization in D.
        problem: why the networks could not be tried, or None.
    """

    moments: list = field(default_factory=list)
    real: np.ndarray | None = None
    reference: np.ndarray | None = None
    training_fakes: np.ndarray | None = None
    training_auc: float | None = None
    company: float | None = None
    problem: str | None = None

    @property
    def last(self):
        """The last moment, or None."""
        return self.moments[-1] if self.moments else None


def evaluate(history, materials, facts):
    """Try both networks at several moments. Afterwards all variables are as before, bit for bit.

    Args:
        history: the `snapshots.History` of a visit.
        materials: the `materials.Materials` of inputs.
        facts: dictionary from a player to its `structure.Network`.

    Returns:
        An `Outcome`. Where something goes wrong, its `problem` says so, and it holds what was found before.
    """
    outcome = Outcome()
    trial = Trial(history.networks, materials, facts)
    try:
        with restored(history.networks), untouched_generators():
            trial.run(outcome, chosen(history.snapshots))
    except Exception as error:  # the user's networks may do anything
        outcome.problem = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
    return outcome


def chosen(snapshots):
    """At most `MOMENTS` snapshots with finite weights, the newest ones and the first."""
    finite = [s for s in snapshots if all(np.isfinite(a).all() for arrays in s.values.values() for a in arrays)]
    return finite if len(finite) <= MOMENTS else [finite[0], *finite[1 - MOMENTS :]]


class Trial:
    """Calls both networks.

    Args:
        networks: dictionary from "generator" and "discriminator" to Keras models.
        materials: the `materials.Materials`.
        facts: dictionary from a player to its `structure.Network`.
    """

    def __init__(self, networks, materials, facts):
        self.g, self.d, self.materials, self.facts = networks["generator"], networks["discriminator"], materials, facts
        self.networks, self.real = networks, materials.real
        self.g_inputs = None if materials.sample else materials.generator_inputs()

    def run(self, outcome, snapshots):
        """Fill an `Outcome`, one moment for each snapshot."""
        if self.real is not None:
            outcome.real, outcome.reference = flat(self.real), flat(self.materials.reference)
            self.real_inputs = self.materials.discriminator_inputs(self.real, self.materials.extras)
        for snapshot in snapshots:
            put(self.networks, snapshot.values)
            outcome.moments.append(self.moment(snapshot.tick, outcome.last))
        with unfrozen(self.g), unfrozen(self.d):
            self.in_training_mode(outcome)

    def samples(self, training=False):
        """Samples of G as they come out of it, `(count, ...)`."""
        if self.materials.sample is not None:
            return np.asarray(self.materials.sample(len(self.real) if self.real is not None else 256), "float32")
        return first_output(self.g, self.g_inputs, training)

    def scores(self, inputs, training=False):
        """D's scores, one number per sample, `(count,)`."""
        output = first_output(self.d, inputs, training)
        samples, self.output_shape = np.asarray(keras.tree.flatten(inputs)[0]), output.shape[1:]
        return one_score(output, samples, self.facts["discriminator"].activation)

    def extras_of_fakes(self):
        """The labels of the samples, for a D that takes labels."""
        return self.g_inputs[1:] if isinstance(self.g_inputs, list) and self.materials.position == 0 else None

    def moment(self, tick, before):
        """What both networks do now, and what they did since the moment before."""
        samples = self.samples()
        fakes = self.materials.discriminator_inputs(samples, self.extras_of_fakes())
        real_scores = self.scores(self.real_inputs) if self.real is not None else np.full(2, np.nan)
        now = Moment(tick, real_scores, self.scores(fakes), flat(samples), self.slope(fakes))
        if before is not None and before.fakes.shape == now.fakes.shape:
            older = before.fakes.reshape(samples.shape)
            scores = self.scores(self.materials.discriminator_inputs(older, self.extras_of_fakes()))
            now.raised = float(np.mean(now.fake_scores) - np.mean(scores))
            gap = np.mean(before.real_scores) - np.mean(before.fake_scores)
            now.widened = float(np.mean(real_scores) - np.mean(scores) - gap)
        return now

    def slope(self, inputs):
        """Median norm of the gradient of D's output with respect to samples, or None for several outputs or inputs."""
        if isinstance(inputs, list) or self.output_shape != (1,):
            return None
        gradient = to_array(input_gradient(self.d, inputs[:64], training=False))
        return float(np.median(np.linalg.norm(flat(gradient), axis=1)))

    def in_training_mode(self, outcome):
        """Both networks at the last moment as they compute in training: BatchNormalization takes each batch alone."""
        if not outcome.moments or self.materials.sample is not None:
            return
        outcome.training_fakes = flat(self.samples(training=True))
        if self.real is None:
            return
        fakes = outcome.training_fakes.reshape(-1, *self.real.shape[1:])
        real = self.scores(self.real_inputs, training=True)
        fake = self.scores(self.materials.discriminator_inputs(fakes, self.extras_of_fakes()), training=True)
        outcome.training_auc = auc(real, fake)
        if self.facts["discriminator"].batch_normalization and not isinstance(self.real_inputs, list):
            outcome.company = self.company(fakes, real)

    def company(self, fakes, alone):
        """See `Outcome.company`; what Dropout does to the scores is taken off."""
        mixed = self.scores(np.concatenate([self.real, fakes]), training=True)[: len(self.real)]
        noise = np.mean(np.abs(self.scores(self.real, training=True) - alone))
        return float((np.mean(np.abs(mixed - alone)) - noise) / max(np.std(alone), 1e-9))


def first_output(network, inputs, training):
    """A network's first output, an array `(count, ...)`. In inference mode it gets small batches, to save memory.

    Args:
        network: Keras model.
        inputs: array `(count, ...)`, or a list of arrays.
        training: whether to call it in training mode, with one batch of all.
    """
    every = inputs if isinstance(inputs, list) else [inputs]
    size = len(every[0]) if training else 64
    parts = []
    for start in range(0, len(every[0]), size):
        batch = [x[start : start + size] for x in every]
        output = network(batch if isinstance(inputs, list) else batch[0], training=training)
        parts.append(to_array(keras.tree.flatten(output)[0]))
    return np.concatenate(parts)


def one_score(output, samples, activation):
    """One number per sample from D's output.

    Args:
        output: `(count, 1)`, one score for each patch `(count, height, width, 1)`, one for each class, or a
            reconstruction of the samples.
        samples: what D got, `(count, ...)`.
        activation: name of D's last activation, or None.

    Returns:
        Array `(count,)`: the mean score, of probabilities the mean logit; for a reconstruction minus its mean squared
        error.
    """
    output = output.astype("float64")
    if output.shape == samples.shape and output[0].size > 1:
        return -((flat(output) - flat(samples)) ** 2).mean(1)
    if activation == "sigmoid":
        p = np.clip(output, 1e-7, 1 - 1e-7)
        output = np.log(p / (1 - p))
    return flat(output).mean(1)


def auc(real_scores, fake_scores):
    """Probability that a real score is above a generated one, ties counted half. NaN without finite scores."""
    if not (np.isfinite(real_scores).all() and np.isfinite(fake_scores).all()):
        return float("nan")
    from sklearn.metrics import roc_auc_score

    is_real = np.repeat([1, 0], [len(real_scores), len(fake_scores)])
    return float(roc_auc_score(is_real, np.concatenate([real_scores, fake_scores])))


def flat(x):
    """An array `(count, ...)` as `(count, values)`."""
    return np.asarray(x).reshape(len(x), -1)


def put(networks, values):
    """Give all variables of the networks these values, a dictionary of lists of arrays."""
    for name, network in networks.items():
        for variable, value in zip(network.variables, values[name], strict=True):
            variable.assign(value)


@contextlib.contextmanager
def unfrozen(network):
    """Context manager: no layer of a network is frozen, since a frozen BatchNormalization has no training mode."""
    layers = [*layers_of(network)]
    flags = [(part, part.trainable) for part in (*layers, *network.variables)]
    for layer in layers:
        layer.trainable = True
    try:
        yield
    finally:
        for part, flag in flags:
            part.trainable = flag


@contextlib.contextmanager
def restored(networks):
    """Context manager: all variables of the networks have their old values afterwards, bit for bit."""
    values = {name: [read(v) for v in network.variables] for name, network in networks.items()}
    try:
        yield
    finally:
        put(networks, values)
