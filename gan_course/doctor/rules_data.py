"""Rules about what the players are given: `evidence -> Finding | None`."""

import numpy as np

from gan_course.doctor.events import GIVEN
from gan_course.doctor.findings import Finding
from gan_course.doctor.materials import distribution
from gan_course.doctor.remedies import remedy
from gan_course.doctor.structure import RANGES

POSITIVE = ("relu", "softplus", "exponential")

TWICE = (1 / 127.5, 1 / 255, 1 / 510, 2 / 255**2)
"""Widths of data that were scaled once too often, relative to those that were scaled once."""

WHOSE = {
    "D": "D gets real data",
    **dict.fromkeys(GIVEN, "The data given to fit go"),
    "real": "The data you gave as real= go",
}
"""Whose range was measured, `Evidence.range_of` → how the sentence about it begins."""


def range_mismatch(evidence):
    """Real data that the generator's last activation cannot reach, or hardly fill its range."""
    if evidence.real_range is None or evidence.log.rescaled:
        return None
    low, high = evidence.real_range
    activation = evidence.generator.activation
    wrong = _outside(low, high, activation) or _unfilled(low, high, activation) or _unscaled(low, high, activation)
    if wrong is None:
        return None
    return Finding(
        "range-mismatch",
        "illness" if evidence.real_is_exact else "risk",
        f"{WHOSE[evidence.range_of]} from {low:.3g} to {high:.3g}{wrong}",
        "D recognizes samples by their range alone, whatever they show, and G cannot change that. Real data must fill "
        "the range of G's last activation: [−1, 1] for tanh, [0, 1] for sigmoid.",
        _rescaling(evidence, low, high, activation),
    )


def _outside(low, high, activation):
    bottom, top = RANGES.get(activation, (0.0 if activation in POSITIVE else -np.inf, np.inf))
    slack = 0.02 * (top - bottom) if np.isfinite(top - bottom) else 0.02
    if low >= bottom - slack and high <= top + slack:
        return None
    unbounded = "of at least 0" if activation in POSITIVE else "finite"  # and these data are not: NaN is never in range
    bounds = f"from {bottom:g} to {top:g}" if np.isfinite(top) else unbounded
    return f", but G ends with {activation}, whose values are {bounds}."


def _unfilled(low, high, activation):
    if activation in RANGES and _share(low, high, activation) < 0.15:
        bottom, top = RANGES[activation]
        return f", a small part of the range from {bottom:g} to {top:g} that G's {activation} fills."
    if activation == "tanh" and low >= -0.02 and high > 0:
        return ", but G ends with tanh, whose values are from -1 to 1: the real data never use the lower half."
    return None


def _unscaled(low, high, activation):
    if activation in RANGES or max(abs(low), abs(high)) < 50:
        return None
    return ". Networks begin with outputs of about 1, and need data of that size."


def _share(low, high, activation):
    """The width of a range, relative to what an activation fills."""
    bottom, top = RANGES[activation]
    return (high - low) / (top - bottom)


def _is_scaled_twice(low, high, activation):
    """Whether data look as if they were divided once too often: see `TWICE`."""
    return activation in RANGES and any(0.8 < _share(low, high, activation) / share < 1.25 for share in TWICE)


def _rescaling(evidence, low, high, activation):
    """The remedy: code that scales the data once, in the place where they are made."""
    where = "# What is passed to fit must change, not only what is passed to the doctor.\n"
    where = where if evidence.range_of in GIVEN else ""
    if _is_scaled_twice(low, high, activation):
        kept = "/ 127.5 - 1" if activation == "tanh" else "/ 255"
        return (
            "# The data look as if they were scaled twice. In the code that makes them, search for two of\n"
            "#     / 255    / 127.5    Rescaling(...)\n"
            f"# and delete one, so that bytes are scaled once, by {kept}.\n{where}"
        ).strip()
    if evidence.range_of == "dataset" and evidence.backend != "torch":
        return where + _mapping(low, high, activation)
    return where + _scaling(low, high, activation, evidence.names["real"])


def _mapping(low, high, activation):
    """Code that gives the samples of a `tf.data.Dataset` the range of G's last activation."""
    if activation not in RANGES:
        return "dataset = dataset.map(lambda x: (x - mean) / std)  # and a last layer of G without an activation"
    bottom, top = RANGES[activation]
    unit = "(tf.cast(x, 'float32') - low) / (high - low)"
    scaled = f"{top - bottom:g} * {unit} - {-bottom:g}" if bottom else unit
    return (
        "# In the place of the line that scales the data:\n"
        f"low, high = {float(f'{low:.3g}')}, {float(f'{high:.3g}')}  # of all data; these are from the first batches\n"
        f"dataset = dataset.map(lambda x: {scaled})  # from {bottom:g} to {top:g}, as G's {activation}"
    )


def _scaling(low, high, activation, x="x_train"):
    """Code that gives any data, whose name is `x`, the range of G's last activation."""
    first = f"# In the place of the line that scales {x}, such as {x} / 255:\n"
    if activation not in ("tanh", "sigmoid"):
        return f"{first}{x} = ({x} - {x}.mean()) / {x}.std()  # and a last layer of G without an activation"
    unit = f"({x}.astype('float32') - low) / (high - low)"
    scaled = f"2 * {unit} - 1  # from -1 to 1, as G's tanh" if activation == "tanh" else f"{unit}  # as G's sigmoid"
    return f"{first}low, high = {x}.min(), {x}.max()  # of all data; D got {low:.3g} to {high:.3g}\n{x} = {scaled}"


def noise_mismatch(evidence):
    """Noise that never changes, or another noise for sampling than for training."""
    text = _constant_noise(evidence) or _other_noise(evidence)
    if text is None:
        return None
    return Finding(
        "noise-mismatch",
        "illness",
        text,
        "G learns only what to do with the noise that it gets in training. New samples need new noise of the same "
        "distribution in each step, and again when you sample.",
        remedy("noise-mismatch", evidence),
    )


def _constant_noise(evidence):
    batches = [n for n in evidence.log.training_noise() if len(n.rows) > 1]
    flat = [n for n in batches if np.ptp(n.rows, axis=0).max(initial=0.0) == 0]
    if len(batches) >= 5 and len(flat) > 0.8 * len(batches):
        return f"In {len(flat)} of {len(batches)} batches all noise vectors were equal; they should all differ."
    different = len({n.digest for n in batches})
    if len(batches) >= 20 and different <= max(2, len(batches) // 10):
        seen = "the same batch" if different == 1 else f"one of the same {different} batches"
        return f"In {len(batches)} uses in training G got {seen} of noise; it should be a new one each time."
    if evidence.log.constant_noise:
        return "The graph of the training step holds 1 batch of noise as a constant; it should draw a new one per step."
    return None


def _other_noise(evidence):
    log = evidence.log
    update, judged, other = (log.noise_for(purpose) for purpose in ("update", "judged", "other"))
    return _compared(update, judged, "G is trained with noise that is", "D's fakes are made from noise that is") or (
        _compared(update or judged, other, "In training the noise is", "for sampling it is")
    )


def _compared(some, others, said_of_some, said_of_others):
    """The sentence for two lists of noise that differ in mean or deviation, or None."""
    if len(some) < 5 or not others:
        return None
    a, b = (np.concatenate([n.rows for n in part]).ravel() for part in (some, others))
    if len(b) < 30:
        return None
    scale = max(a.std(), 1e-12)
    shift, ratio = abs(a.mean() - b.mean()) / scale, b.std() / scale
    error = 4 / np.sqrt(min(len(a), len(b)))
    if shift < 0.25 + error and 0.4 - error < ratio < 1.4 + error:
        return None
    return f"{said_of_some} {_described(a)}, {said_of_others} {_described(b)}; both should be the same."


def _described(values):
    kind, low, high, mean, std = distribution(values)
    name = {"uniform": "uniform", "normal": "normal", "other": "spread"}[kind]
    return f"{name} from {low:.2f} to {high:.2f} with mean {mean:.2f} and deviation {std:.2f}"


def stale_fakes(evidence):
    """D is trained again and again with samples that an older G made."""
    batches = [b for b in evidence.log.batches if b.ages and b.source != "fit"]
    late = batches[len(batches) // 2 :]
    if len(late) < 10 or evidence.log.updates["generator"] < 20:
        return None
    ages = np.array([np.median(b.ages) for b in late])
    if np.median(ages) < 5:
        return None
    return Finding(
        "stale-fakes",
        "illness",
        f"The samples that D was trained with were {np.median(ages):.0f} updates of G old, in the median of the second "
        "half of the training; 0 or 1 is usual.",
        "The samples were made once, outside of the loop, and used again. D learns to recognize what G no longer does.",
        remedy("stale-fakes", evidence),
    )


def unshuffled_data(evidence):
    """Real batches that differ from each other more than random ones could."""
    batches = [b for b in evidence.log.batches if b.features is not None and len(b.features) >= 4]
    single = [b for b in batches if b.source != "fit"]
    parts = [b.features for b in single]
    if evidence.log.unshuffled_fit:
        parts = [part for b in batches if b.source == "fit" for part in np.array_split(b.features, 32)]
    if len(parts) < 10:
        return None
    ratio = variance_ratio(parts)
    different = len({b.digest for b in single}) if single else len(parts)
    if different <= max(2, len(parts) // 20) and _data_are_larger(evidence, parts):
        text = f"D saw only {different} different batches of real data in {len(parts)} steps; it should see all data."
    elif ratio > 4:
        text = (
            f"The means of real batches differ {ratio:.1f} times as much as those of randomly drawn batches would; "
            "1 is usual. Each batch holds only a part of the classes."
        )
    else:
        return None
    return Finding(
        "unshuffled-data",
        "illness",
        text,
        "The real data come in a fixed order, for example one class after the other, so that D and G follow the order "
        "and forget what came before.",
        remedy("unshuffled-data", evidence),
    )


def variance_ratio(parts):
    """How much the means of batches vary, relative to what the variance within them makes of random batches.

    Args:
        parts: list of arrays `(rows, values)`.

    Returns:
        The ratio, summed over values: about 1 for batches that are drawn at random, as in an analysis of variance.
    """
    parts = [np.asarray(part, "float64") for part in parts]
    within = np.mean([part.var(axis=0, ddof=1) for part in parts], axis=0).sum()
    size = np.mean([len(part) for part in parts])
    between = np.var([part.mean(axis=0) for part in parts], axis=0, ddof=1).sum()
    return float(size * between / max(within, 1e-12))


def _data_are_larger(evidence, parts):
    """Whether there are clearly more real data than D saw in its largest batch."""
    reference = evidence.outcome.reference
    return evidence.user_count is not None and evidence.user_count > 2 * max(map(len, parts)) and reference is not None


RULES = (range_mismatch, noise_mismatch, stale_fakes, unshuffled_data)
