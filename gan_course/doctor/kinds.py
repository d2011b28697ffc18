"""Tells real batches of D from generated ones after a visit, where no sample of G was recognized among them.

A script may change samples on their way to D, or make them where nobody sees it. Then D's batches of samples look like
real ones, and whatever is said about the data would be wrong.
"""

import numpy as np

from gan_course.doctor.fingerprints import keys

LEAST_SHARE = 0.1
"""If at least so many of D's rows are among the data that the user gave, the others are not real."""

LEAST_BATCHES = 6
"""Fewer batches form no groups."""

UNLIKE = "Hardly any row of D's batches is among the real data that were given."
"""What is said of real data that the user gave in vain."""

GIVE = (
    "Give the array whose rows D gets, after all scaling: `--real NAME` on the command line, `real=NAME` in "
    "doctor.watch."
)
"""What to do."""

ONE_BY_ONE = ("train_on_batch", "call")
"""Sources in which samples of G come the same way as real ones, step by step."""


def sort_batches(log, real=None):
    """Find out which of D's batches are real, and forget the samples of those that are not, or may not be.

    Args:
        log: the `events.Log` of a visit, which is changed.
        real: real samples `(count, ...)` as the user gave them, or None.

    Returns:
        None where the real batches are known; else a sentence that says why they are not, and what to do.
    """
    batches = [batch for batch in log.batches if batch.features is not None and len(batch.features)]
    if real is not None and batches and keep_known(batches, real):
        return None
    doubtful = [batch for batch in batches if batch.source in ONE_BY_ONE]
    if len(doubtful) < LEAST_BATCHES or any(batch.kind != "real" for batch in log.batches):
        return None
    groups = label_groups(doubtful)
    if groups and log.generator_labels:
        target = np.median(log.generator_labels)
        call_generated(max(groups, key=lambda group: abs(_label(group) - target)))
        return None
    reason = _outside(doubtful, real) or _in_groups(doubtful, groups, real)
    if reason:
        for batch in batches:
            batch.rows = batch.features = None
    return reason


def keep_known(batches, real):
    """Keep those rows of batches that are among the real data, if there are enough. Returns whether there are.

    Args:
        batches: list of `events.Batch`, which are changed.
        real: array `(count, ...)`.
    """
    known = {*keys(real)}
    masks = [np.array([key in known for key in keys(batch.features)]) for batch in batches]
    if np.concatenate(masks).mean() < LEAST_SHARE:
        return False
    for batch, mask in zip(batches, masks, strict=True):
        if not mask.any():
            batch.kind = "unknown" if batch.kind == "real" else batch.kind
            batch.rows, batch.features, batch.extras, batch.real_label = None, None, [], None
        elif not mask.all():
            batch.rows = None if batch.rows is None else batch.rows[mask]
            batch.features, batch.extras = batch.features[mask], [extra[mask] for extra in batch.extras]
    return True


def call_generated(batches):
    """Note that batches, which are changed, are samples of G."""
    for batch in batches:
        batch.kind, batch.rows, batch.features, batch.extras = "fake", None, None, []
        batch.real_label, batch.fake_label = None, batch.real_label


def label_groups(batches):
    """The two groups of batches with clearly different labels, a list of two lists. Empty where there are no two."""
    labels = np.array([np.nan if batch.real_label is None else batch.real_label for batch in batches])
    if np.isnan(labels).any() or np.ptp(labels) < 0.3:
        return []
    middle = (labels.min() + labels.max()) / 2
    groups = [[b for b, label in zip(batches, labels, strict=True) if (label > middle) == side] for side in (0, 1)]
    apart = abs(_label(groups[0]) - _label(groups[1])) > 4 * max(np.std([b.real_label for b in g]) for g in groups)
    return groups if apart and min(map(len, groups)) >= LEAST_BATCHES // 2 else []


def _label(batches):
    return float(np.median([batch.real_label for batch in batches]))


def alternate(batches):
    """Whether the means of batches jump to and fro: neighbors are unlike, and every second one is alike."""
    means = np.array([batch.features.mean(axis=0) for batch in batches], "float64")
    steps = means - means.mean(axis=0)
    size = max(float(np.mean(np.sum(steps**2, axis=1))), 1e-12)
    near, next_but_one = (float(np.mean(np.sum(steps[lag:] * steps[:-lag], axis=1))) / size for lag in (1, 2))
    return near < -0.5 and next_but_one > 0.5


def _outside(batches, real):
    """The sentence for batches that leave the range of the data that the user gave, or None."""
    if real is None:
        return None
    low, high = float(np.min(real)), float(np.max(real))
    rows = [batch.features if batch.rows is None else batch.rows for batch in batches]
    bottom, top = min(float(np.min(r)) for r in rows), max(float(np.max(r)) for r in rows)
    slack = 0.02 * (high - low)
    if bottom >= low - slack and top <= high + slack:
        return None
    return (
        f"What D gets as real goes from {bottom:.3g} to {top:.3g}, but the real data that were given go from {low:.3g} "
        f"to {high:.3g}. {UNLIKE} So they are not what D gets, or D's batches hold samples of G that were not "
        f"recognized, and nothing is said about the data. {GIVE}"
    )


def _in_groups(batches, groups, real):
    """The sentence for batches that are of two kinds, or None."""
    if groups:
        labels = " and ".join(f"{_label(group):.2g}" for group in groups)
        how = f"they have two different labels, {labels}"
    elif alternate(batches):
        how = "batches of two kinds alternate"
    else:
        return None
    return (
        f"Real and generated batches could not be told apart: in none of D's {len(batches)} batches a sample of G was "
        f"recognized, but {how}. Perhaps the samples are changed on their way to D. {'' if real is None else UNLIKE} "
        f"So nothing is said about the data. {GIVE}"
    ).replace("  ", " ")
