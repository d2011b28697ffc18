"""A membership attack: can one tell from a model which samples it was trained on?"""

from typing import NamedTuple

import numpy as np

from gan_course.metrics.features import summary


class MembershipAttack(NamedTuple):
    """What an attacker achieves who takes all samples above a threshold to be training samples.

    Attributes:
        advantage: largest true positive rate − false positive rate over all thresholds, from 0 to 1.
        threshold: the threshold where this is reached. Samples whose value is at least this are taken to be members.
        auc: area under the curve of the true positive rate over the false positive rate, from 0 to 1. It is the
            probability that a random member has a larger value than a random other sample; ties count one half.
    """

    advantage: float
    threshold: float
    auc: float


def membership_attack(members: np.ndarray, others: np.ndarray) -> MembershipAttack:
    """Attack a model with one number per sample, which is expected to be larger for the samples it was trained on.

    For a GAN this number may be the score of the discriminator. Somebody who has only generated samples can take minus
    the distance of a sample to the nearest one of them: `-nearest_neighbors(samples, generated).distances[:, 0]`.

    The threshold is chosen with the members known, so the advantage is an upper bound of what thresholds achieve. It is
    above 0 even where the numbers tell nothing, because the best threshold fits the chance of these samples. Compare it
    with the advantage of an attack on samples neither of which were trained on.

    Args:
        members: numbers of samples that the model was trained on, `(n,)`.
        others: numbers of samples of the same kind that it was not trained on, `(m,)`.

    Returns:
        `MembershipAttack(advantage, threshold, auc)`, three floats.

    Raises:
        ValueError: for arrays that are empty, have another shape, or hold anything but finite numbers.

    Reference: Yeom et al. 2018, definition 4, for the advantage; Hayes et al. 2019 (LOGAN), the white-box attack, for
    D's scores; Chen et al. 2020 (GAN-Leaks), the full black-box attack, for distances to generated samples.

    Example:
        >>> membership_attack([3.0, 2.0, 1.0, 0.0], [0.5, -1.0])
        MembershipAttack(advantage=0.75, threshold=1.0, auc=0.875)
    """
    members, others = (np.sort(_require_numbers(*pair)) for pair in (("members", members), ("others", others)))
    thresholds = np.concatenate([members, others])
    rates = [1 - np.searchsorted(values, thresholds, side="left") / len(values) for values in (members, others)]
    gains = rates[0] - rates[1]
    best = int(gains.argmax())
    return MembershipAttack(float(gains[best]), float(thresholds[best]), _auc(members, others))


def _auc(members, others):
    """Share of the pairs of a member and another sample where the member's number is larger. Both are sorted."""
    below, not_above = (np.searchsorted(others, members, side=side) for side in ("left", "right"))
    return float((below + not_above).mean() / (2 * len(others)))


def _require_numbers(name, values):
    """The values as a float64 array `(n,)`, or a ValueError."""
    values = np.asarray(values)
    if values.ndim != 1 or not len(values) or values.dtype.kind not in "fiub" or not np.isfinite(values).all():
        raise ValueError(
            f"Invalid {name}. Expected finite numbers, one per sample, in an array of shape (samples,) with at least "
            f"one sample. Received: {summary(values)}. Flatten scores with scores.ravel(), and drop those that are NaN."
        )
    return values.astype("float64")
