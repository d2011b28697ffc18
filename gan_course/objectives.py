"""What each player minimizes: pairs of plain functions of raw scores (logits), and penalties on D's gradient.

A raw score is what a discriminator returns before any sigmoid; D(x) = σ(score of x) is its probability that x is real.
All losses are means over the batch, so scores may have any shape. `(batch, 1)` is usual. A discriminator of patches
returns a map for each sample, `(batch, height, width, 1)`, and a loss is then the mean over all patches, too. For a
gradient penalty the score of a sample is the mean of its map.
"""

from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import ops

from gan_course.arguments import require_number
from gan_course.backend import input_gradient
from gan_course.devices import replica_slice


class Objective(NamedTuple):
    """What the two players minimize.

    Attributes:
        d_loss: function `(real_scores, fake_scores)`, the discriminator's loss, a scalar tensor.
        g_loss: function `(fake_scores)`, the generator's loss, a scalar tensor.

    Example:
        ```python
        gan.compile(objective=Objective(d_loss=least_squares_d, g_loss=non_saturating))
        ```
    """

    d_loss: Callable
    g_loss: Callable


def cross_entropy(real_scores, fake_scores):
    """Compute D's cross-entropy, −V(D, G) = −E log D(x) − E log(1 − D(G(z))).

    It is computed with softplus, so that it is finite even for very large scores.

    Args:
        real_scores: D's raw scores of real samples, `(batch, 1)`.
        fake_scores: D's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar. It is 2 · log 2 = 1.3863 for a discriminator whose scores are all 0.

    Reference: Goodfellow et al. 2014, equation 1.
    """
    return ops.mean(ops.softplus(-real_scores)) + ops.mean(ops.softplus(fake_scores))


def saturating(fake_scores):
    """Compute E log(1 − D(G(z))), the generator's loss in the minimax game.

    Args:
        fake_scores: D's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar. Its gradient vanishes ("saturates") where D is sure that the samples are generated.

    Reference: Goodfellow et al. 2014, equation 1.
    """
    return -ops.mean(ops.softplus(fake_scores))


def non_saturating(fake_scores):
    """Compute −E log D(G(z)), a generator's loss with the same fixed point as `saturating`.

    Args:
        fake_scores: D's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar. Its gradient is large where D is sure that the samples are generated.

    Reference: Goodfellow et al. 2014, section 3.
    """
    return ops.mean(ops.softplus(-fake_scores))


def least_squares_d(real_scores, fake_scores):
    """Compute ½ E (s(x) − 1)² + ½ E s(G(z))², where s is the raw score.

    Args:
        real_scores: D's raw scores of real samples, `(batch, 1)`.
        fake_scores: D's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar, at least 0.

    Reference: Mao et al. 2017, equation 2 with a = 0 and b = 1.
    """
    return 0.5 * ops.mean(ops.square(real_scores - 1.0)) + 0.5 * ops.mean(ops.square(fake_scores))


def least_squares_g(fake_scores):
    """Compute ½ E (s(G(z)) − 1)², where s is the raw score.

    Args:
        fake_scores: D's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar, at least 0.

    Reference: Mao et al. 2017, equation 2 with c = 1.
    """
    return 0.5 * ops.mean(ops.square(fake_scores - 1.0))


def hinge_d(real_scores, fake_scores):
    """Compute E max(0, 1 − s(x)) + E max(0, 1 + s(G(z))), where s is the raw score.

    Args:
        real_scores: D's raw scores of real samples, `(batch, 1)`.
        fake_scores: D's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar, at least 0.

    Reference: Lim and Ye 2017; Miyato et al. 2018, equation 16.
    """
    return ops.mean(ops.relu(1.0 - real_scores)) + ops.mean(ops.relu(1.0 + fake_scores))


def wasserstein_d(real_scores, fake_scores):
    """Compute E s(G(z)) − E s(x) for a critic s, which has to be kept Lipschitz.

    Args:
        real_scores: the critic's raw scores of real samples, `(batch, 1)`.
        fake_scores: the critic's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar. For the best 1-Lipschitz critic it is minus the Wasserstein distance.

    Reference: Arjovsky et al. 2017, equation 2.
    """
    return ops.mean(fake_scores) - ops.mean(real_scores)


def wasserstein_g(fake_scores):
    """Compute −E s(G(z)), the generator's loss in the Wasserstein objective and in the hinge objective.

    Args:
        fake_scores: D's raw scores of generated samples, `(batch, 1)`.

    Returns:
        A scalar.

    Reference: Arjovsky et al. 2017, equation 2 and theorem 3; Miyato et al. 2018, equation 17.
    """
    return -ops.mean(fake_scores)


OBJECTIVES = {
    "non_saturating": Objective(cross_entropy, non_saturating),
    "minimax": Objective(cross_entropy, saturating),
    "least_squares": Objective(least_squares_d, least_squares_g),
    "hinge": Objective(hinge_d, wasserstein_g),
    "wasserstein": Objective(wasserstein_d, wasserstein_g),
}
"""The objectives that `GAN.compile(objective=name)` knows by their name."""

# A saved GAN finds these functions by their registered names, so a registered name never changes.
keras.saving.register_keras_serializable("gan_course", "raise_scores")(wasserstein_g)
for _loss in (cross_entropy, saturating, non_saturating, least_squares_d, least_squares_g, hinge_d, wasserstein_d):
    keras.saving.register_keras_serializable("gan_course")(_loss)


@keras.saving.register_keras_serializable(package="gan_course")
class SmoothedCrossEntropy:
    """D's cross-entropy where real samples have the label `label` in place of 1; generated samples have 0 as before.

    Args:
        label: the probability that D is trained to give to real samples, above 0 and at most 1.
    """

    def __init__(self, label: float):
        self.label = label

    def __call__(self, real_scores, fake_scores):
        return cross_entropy(real_scores, fake_scores) + (1 - self.label) * ops.mean(real_scores)

    def get_config(self):
        return {"label": self.label}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def one_sided_label_smoothing(label: float = 0.9) -> Objective:
    """Make the non-saturating objective with a label below 1 for real samples, so that D never becomes sure of them.

    The best discriminator is then D = label · p_data / (p_data + p_model). It is never above the label, so its scores
    stay small. Only the label of the real samples is smoothed. Suppose that generated samples had a label above 0, too.
    Wherever only generated samples are, the best D would then be equal to this label. A constant has no gradient, so
    the generator would not learn in which direction to move these samples.

    Args:
        label: label of the real samples, above 0 and at most 1. With 1, nothing is smoothed. Defaults to 0.9.

    Returns:
        An `Objective`, for `GAN.compile(objective=one_sided_label_smoothing())`.

    Raises:
        ValueError: for a label out of range.

    Reference: Salimans et al. 2016, section 3.4.
    """
    require_number(0.9, above=0, at_most=1, label=label)
    return Objective(SmoothedCrossEntropy(float(label)), non_saturating)


@keras.saving.register_keras_serializable("gan_course", "fall")  # the name in saved files
def energy_based_g(fake_energies):
    """Compute E U(G(z)), the mean energy of generated samples: the generator's loss in the energy-based objective.

    Args:
        fake_energies: D's energies U of generated samples, `(batch, 1)`, at least 0.

    Returns:
        A scalar, at least 0.

    Reference: Zhao, Mathieu and LeCun 2017 (EBGAN), equation 2.
    """
    return ops.mean(fake_energies)


@keras.saving.register_keras_serializable("gan_course", "Margin")  # the name in saved files
class EnergyMargin:
    """The discriminator's loss in the energy-based objective, E U(x) + E max(0, margin − U(G(z))) with energies U.

    Args:
        margin: m, above 0, in the unit of the energies. Generated samples whose energy is at least m cost nothing.

    Reference: Zhao, Mathieu and LeCun 2017 (EBGAN), equation 1.
    """

    def __init__(self, margin: float):
        self.margin = margin

    def __call__(self, real_energies, fake_energies):
        return ops.mean(real_energies) + ops.mean(ops.relu(self.margin - fake_energies))

    def get_config(self):
        return {"margin": self.margin}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def energy_based(margin: float = 1.0) -> Objective:
    """Make the energy-based objective. D's outputs are energies: at least 0, and low where the data is.

    D lowers the energy of real samples. It raises the energy of generated samples up to the margin, and no further. G
    lowers the energy of the samples that it generates. When G has learned the data, real and generated samples have the
    same energy, at most the margin.

    Args:
        margin: m, above 0, in the unit of the energies. With a margin close to 0, D has almost nothing to learn. With
            a margin above the energy of samples that are clearly wrong, D spends its capacity on raising the energy of
            generated samples, and forgets the real ones. Defaults to 1.0.

    Returns:
        An `Objective`, for `GAN.compile(objective=energy_based(0.5))` with a discriminator such as
        `variants.energy.autoencoding_discriminator` builds.

    Raises:
        ValueError: for a margin that is not a positive, finite number.

    Reference: Zhao, Mathieu and LeCun 2017 (EBGAN), equations 1 and 2, theorems 1 and 2.
    """
    require_number(1.0, above=0, margin=margin)
    return Objective(EnergyMargin(float(margin)), energy_based_g)


def pulling_away(codes):
    """Compute the mean of cos²(code i, code j) over all pairs i ≠ j: how much the codes point in the same direction.

    Args:
        codes: `(batch, features)`, for example an auto-encoder's codes of generated samples.

    Returns:
        A scalar in [0, 1]: 0 if all codes are at right angles, 1 if they all lie on one line through the origin. A
        batch of one code has no pairs, and gives 0: the last batch of an epoch may be that small.

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
    return squares / ops.maximum(count * (count - 1.0), 1.0)  # without pairs the sum is 0, and must not become NaN


def gradient_penalty(discriminator, real, fake, seed, labels=None, training=True):
    """Compute E (‖∇s(x̂)‖ − 1)², where s is the raw score, at random points x̂ between real and generated samples.

    x̂ = u · real + (1 − u) · fake, where u is drawn uniformly from [0, 1], one number per sample.

    Args:
        discriminator: network from samples to raw scores. It has no BatchNormalization, with which the score of one
            sample would depend on the others in the batch.
        real: real samples `(batch, ...)`.
        fake: generated samples of the same shape.
        seed: a `keras.random.SeedGenerator`, or an integer for the same points in every call.
        labels: the discriminator's second input `(batch, ...)`, or None. Defaults to None.
        training: whether the discriminator is called in training mode. Defaults to True.

    Returns:
        A scalar, at least 0; it is 0 if every norm is 1.

    Reference: Gulrajani et al. 2017, equation 3 without its factor λ.
    """
    ones = (1,) * (len(real.shape) - 1)
    weight = replica_slice(lambda n: keras.random.uniform((n, *ones), seed=seed), ops.shape(real)[0])
    between = weight * ops.cast(real, weight.dtype) + (1.0 - weight) * ops.cast(fake, weight.dtype)
    squares = _squared_norms(input_gradient(discriminator, between, labels, training))
    return ops.mean(ops.square(ops.sqrt(squares + 1e-12) - 1.0))


def r1_penalty(discriminator, real, labels=None, training=True):
    """Compute ½ E ‖∇s(x)‖², where s is the raw score, at real samples x.

    Args:
        discriminator: network from samples to raw scores.
        real: real samples `(batch, ...)`.
        labels: the discriminator's second input `(batch, ...)`, or None. Defaults to None.
        training: whether the discriminator is called in training mode. Defaults to True.

    Returns:
        A scalar, at least 0; it is 0 if the score does not change near any real sample.

    Reference: Mescheder et al. 2018, equation 9 without its factor γ.
    """
    return 0.5 * ops.mean(_squared_norms(input_gradient(discriminator, real, labels, training)))


def _squared_norms(gradient):
    """Squared norm of each sample's gradient, `(batch,)`."""
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))
