"""What each player minimizes: pairs of plain functions of raw scores (logits), and penalties on D's gradient.

A score is what a discriminator returns before any sigmoid; its probability is D = σ(score). All losses are means over
the batch, so scores may have any shape, `(batch, 1)` usually.
"""

import math
import numbers
from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import ops

from gan_course.backend import input_gradient
from gan_course.devices import own_share


class Objective(NamedTuple):
    """What the players minimize: `d_loss(real_scores, fake_scores)` and `g_loss(fake_scores)`, scalar tensors."""

    d_loss: Callable
    g_loss: Callable


def cross_entropy(real_scores, fake_scores):
    """−V(D, G) = −E log D(x) − E log(1 − D(G(z))), written with softplus so that no score overflows.

    Args:
        real_scores: D's raw scores of real samples. fake_scores: those of generated samples.

    Returns:
        A scalar; 2·log 2 = 1.3863 for a discriminator that knows nothing.

    Reference: Goodfellow et al. 2014, equation 1.
    """
    return ops.mean(ops.softplus(-real_scores)) + ops.mean(ops.softplus(fake_scores))


def saturating(fake_scores):
    """E log(1 − D(G(z))): the generator's side of the minimax game. Goodfellow et al. 2014, equation 1."""
    return -ops.mean(ops.softplus(fake_scores))


def non_saturating(fake_scores):
    """−E log D(G(z)): same fixed point, more push where D is sure. Goodfellow et al. 2014, section 3."""
    return ops.mean(ops.softplus(-fake_scores))


def least_squares_d(real_scores, fake_scores):
    """½ E (D(x) − 1)² + ½ E D(G(z))² on raw scores. Mao et al. 2017, equation 2 with a = 0, b = 1."""
    return 0.5 * ops.mean(ops.square(real_scores - 1.0)) + 0.5 * ops.mean(ops.square(fake_scores))


def least_squares_g(fake_scores):
    """½ E (D(G(z)) − 1)² on raw scores. Mao et al. 2017, equation 2 with c = 1."""
    return 0.5 * ops.mean(ops.square(fake_scores - 1.0))


def hinge_d(real_scores, fake_scores):
    """E max(0, 1 − D(x)) + E max(0, 1 + D(G(z))) on raw scores. Lim and Ye 2017; Miyato et al. 2018, equation 16."""
    return ops.mean(ops.relu(1.0 - real_scores)) + ops.mean(ops.relu(1.0 + fake_scores))


def wasserstein_d(real_scores, fake_scores):
    """E D(G(z)) − E D(x) for a critic that must be kept Lipschitz. Arjovsky et al. 2017, equation 2."""
    return ops.mean(fake_scores) - ops.mean(real_scores)


def raise_scores(fake_scores):
    """−E D(G(z)) on raw scores: the generator's side of the hinge and of the Wasserstein objective."""
    return -ops.mean(fake_scores)


OBJECTIVES = {
    "non_saturating": Objective(cross_entropy, non_saturating),
    "minimax": Objective(cross_entropy, saturating),
    "least_squares": Objective(least_squares_d, least_squares_g),
    "hinge": Objective(hinge_d, raise_scores),
    "wasserstein": Objective(wasserstein_d, raise_scores),
}
for _pair in OBJECTIVES.values():  # so that a saved GAN finds them, in an Objective of one's own too
    for _loss in _pair:
        keras.saving.register_keras_serializable("gan_course")(_loss)


@keras.saving.register_keras_serializable(package="gan_course")
class SmoothedCrossEntropy:
    """D's cross-entropy with `label` for real samples in place of 1, and 0 for generated ones, as ever.

    Args:
        label: what D is to say of real samples, above 0 and at most 1.
    """

    def __init__(self, label):
        self.label = label

    def __call__(self, real_scores, fake_scores):
        return cross_entropy(real_scores, fake_scores) + (1 - self.label) * ops.mean(real_scores)

    def get_config(self):
        return {"label": self.label}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def one_sided_label_smoothing(label=0.9):
    """The non-saturating objective with a D that is never to be sure of real samples.

    At the best D = label · p_data / (p_data + p_model): it is below the label everywhere, so its scores stay small.
    Only the real samples' label is smoothed. With a label above 0 for generated ones, D would be above 0 and flat where
    only G is, and samples there would have no reason to move.

    Args:
        label: of the real samples, above 0 and at most 1, where nothing is smoothed. Defaults to 0.9.

    Returns:
        An `Objective`, for `GAN.compile(objective=one_sided_label_smoothing())`.

    Raises:
        ValueError: for a label out of range.

    Reference: Salimans et al. 2016, section 3.4.
    """
    if isinstance(label, bool) or not isinstance(label, numbers.Real) or not 0 < label <= 1:
        raise ValueError(f"Invalid label. Expected a number above 0, at most 1. Received: {label!r}. Try label=0.9.")
    return Objective(SmoothedCrossEntropy(float(label)), non_saturating)


@keras.saving.register_keras_serializable("gan_course")
def fall(energies):
    """E D(G(z)) on energies: the generator's side of the energy-based objective. Zhao et al. 2017, equation 2."""
    return ops.mean(energies)


@keras.saving.register_keras_serializable(package="gan_course")
class Margin:
    """E D(x) + E max(0, margin − D(G(z))) on energies: low for real samples, `margin` or more for generated ones.

    Args:
        margin: above 0, in the unit of the energies.
    """

    def __init__(self, margin):
        self.margin = margin

    def __call__(self, real_energies, fake_energies):
        return ops.mean(real_energies) + ops.mean(ops.relu(self.margin - fake_energies))

    def get_config(self):
        return {"margin": self.margin}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def energy_based(margin=1.0):
    """The energy-based objective: D's outputs are energies, not negative, low where the data is.

    D lowers the energy of real samples and raises that of generated ones, up to the margin and no further; G lowers
    the energy of its own. Where G has learned the data, both have the same energy, at most the margin.

    Args:
        margin: m, above 0, in the unit of the energies. Close to 0, it leaves D nothing to do; above
            the energy of what is clearly wrong, D forgets the real samples over the generated ones. Defaults to 1.0.

    Returns:
        An `Objective`, for `GAN.compile(objective=energy_based(0.5))`, with a D such as
        `energy.autoencoding_discriminator`.

    Raises:
        ValueError: for a margin that is not a positive, finite number.

    Reference: Zhao, Mathieu and LeCun 2017 (EBGAN), equations 1 and 2, theorems 1 and 2.
    """
    if isinstance(margin, bool) or not isinstance(margin, numbers.Real) or not 0 < margin < math.inf:
        raise ValueError(f"Invalid margin. Expected a number above 0. Received: {margin!r}. Try margin=1.0.")
    return Objective(Margin(float(margin)), fall)


def pulling_away(codes):
    """Σ over pairs i ≠ j of cos²(code i, code j), divided by N (N − 1): how far a batch points in one direction.

    Args:
        codes: `(batch, features)`, for example an auto-encoder's codes of generated samples.

    Returns:
        A scalar in [0, 1]: 0 where all codes are at right angles, 1 where they lie on one line. A batch of one code has
        no pairs, so its sum is 0, and so is the term: the last batch of an epoch may be that small.

    Raises:
        ValueError: for codes of another shape.

    Reference: Zhao, Mathieu and LeCun 2017, section 2.4.
    """
    if len(codes.shape) != 2:
        raise ValueError(
            f"Invalid codes. Expected shape (batch, features). Received: {tuple(codes.shape)}. Flatten each code."
        )
    codes = ops.cast(codes, "float32")
    directions = codes / ops.sqrt(ops.sum(ops.square(codes), axis=1, keepdims=True) + 1e-12)
    cosines = ops.matmul(directions, ops.transpose(directions))
    count = ops.cast(ops.shape(codes)[0], "float32")
    squares = ops.sum(ops.square(cosines)) - ops.sum(ops.square(ops.diagonal(cosines)))
    return squares / ops.maximum(count * (count - 1.0), 1.0)  # a sum over no pairs is 0, and stays 0


def gradient_penalty(discriminator, real, fake, seed, labels=None, training=True):
    """E (‖∇D(x̂)‖ − 1)² at points x̂ drawn uniformly on the lines between real and generated samples.

    Args:
        discriminator: network from samples to raw scores, without BatchNormalization, so that each sample has a
            norm of its own.
        real: samples `(batch, ...)`. fake: generated samples of the same shape.
        seed: a `keras.random.SeedGenerator`, or an integer for the same points every time.
        labels: the discriminator's second input `(batch, ...)`, or None.
        training: whether the discriminator is called in training mode. Defaults to True.

    Returns:
        A scalar, not negative; 0 where every norm is 1.

    Reference: Gulrajani et al. 2017, equation 3. The interpolation weight is uniform on [0, 1], one a sample.
    """
    ones = (1,) * (len(real.shape) - 1)
    weight = own_share(lambda n: keras.random.uniform((n, *ones), seed=seed), ops.shape(real)[0])
    between = weight * ops.cast(real, weight.dtype) + (1.0 - weight) * ops.cast(fake, weight.dtype)
    squares = _squared_norms(input_gradient(discriminator, between, labels, training))
    return ops.mean(ops.square(ops.sqrt(squares + 1e-12) - 1.0))


def r1_penalty(discriminator, real, labels=None, training=True):
    """½ E ‖∇D(x)‖² at real samples.

    Args:
        discriminator: network from samples to raw scores. real: samples `(batch, ...)`.
        labels: the discriminator's second input `(batch, ...)`, or None.
        training: whether the discriminator is called in training mode. Defaults to True.

    Returns:
        A scalar, not negative; 0 where D is flat on the data.

    Reference: Mescheder et al. 2018, equation 9, without its weight γ.
    """
    return 0.5 * ops.mean(_squared_norms(input_gradient(discriminator, real, labels, training)))


def _squared_norms(gradient):
    """Squared norm of each sample's gradient, `(batch,)`."""
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))
