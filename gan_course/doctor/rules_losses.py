"""Rules about losses and labels: `evidence -> Finding | None`."""

import numpy as np

from gan_course.doctor.evidence import spread
from gan_course.doctor.findings import Finding
from gan_course.doctor.remedies import remedy

RAW = ("linear", "relu", "leaky_relu", "leakyrelu", "elu", "prelu")

LITTLE = 0.075
"""How far labels may leave [0, 1] and be no more than a note: noise of 0.05 is usual and harmless, 0.1 is a risk."""


def logits_mismatch(evidence):
    """A sigmoid under `from_logits=True`, or raw scores without it."""
    uses = [(use.name, use.from_logits) for use in evidence.log.losses.values()]
    uses += [(n.loss, n.from_logits) for n in (evidence.discriminator, evidence.combined) if n is not None]
    twice = [name for name, logits in uses if logits and _returns_probabilities(evidence)]
    raw = [name for name, logits in uses if logits is False and _returns_raw_scores(evidence)]
    if not twice and not raw:
        return None
    if twice:
        text = (
            f"D returns probabilities{_interval(evidence)}, as behind a sigmoid, and {twice[0]} has from_logits=True, "
            "so that a second sigmoid follows: all its probabilities lie between 0.500 and 0.731 instead of 0 and 1."
        )
    else:
        text = f"D returns raw scores{_interval(evidence)}, and {raw[0]} expects probabilities from 0 to 1."
    return Finding(
        "logits-mismatch",
        "illness",
        text,
        "from_logits says whether the loss gets raw scores (True) or probabilities after a sigmoid (False). Here it "
        "says one thing, and D does the other.",
        remedy("logits-mismatch", evidence),
    )


def _returns_raw_scores(evidence):
    """Whether D's scores are no probabilities: by its last activation, or else by their values."""
    activation, last = evidence.discriminator.activation, evidence.outcome.last
    if activation is not None:
        return activation in RAW
    if last is None:
        return False
    scores = np.concatenate([last.real_scores, last.fake_scores])
    return bool(np.nanmin(scores) < -0.01 or np.nanmax(scores) > 1.01)


def _returns_probabilities(evidence):
    """Whether D's scores went through a sigmoid: by its last activation, or else by their values at all moments."""
    moments = evidence.outcome.moments
    if evidence.discriminator.activation is not None or len(moments) < 3:
        return evidence.discriminator.activation == "sigmoid"
    scores = np.concatenate([s for m in moments for s in (m.real_scores, m.fake_scores)])
    return bool(scores.min() >= 0 and scores.max() <= 1)


def _interval(evidence):
    last = evidence.outcome.last
    if last is None or evidence.discriminator.activation == "sigmoid":  # then the scores here are logits
        return ""
    scores = np.concatenate([last.real_scores, last.fake_scores])
    return f" from {np.nanmin(scores):.2f} to {np.nanmax(scores):.2f}"


def label_mix_up(evidence):
    """Labels of both kinds alike, or G trained to make D say "fake"."""
    alike, swapped = _alike(evidence), _swapped_labels(evidence)
    text = alike or swapped or _moves_away(evidence)
    if text is None:
        return None
    known = None if alike else labels_in_use(evidence)
    cause = "D gets the same label for reals and for samples of G, so that it has nothing to learn."
    if not alike:
        cause = (
            f"{_in_use(known)}G's label must be the one that D gets for real data, and D must get another for samples."
        )
    special = "alike" if alike else "known" if known else "unknown"
    numbers = dict(zip(("for_reals", "for_fakes", "mine"), known or (), strict=False))
    return Finding(
        "label-mix-up",
        "illness",
        text,
        cause,
        remedy(f"label-mix-up/{special}", evidence, **numbers),
        on_labels=bool(alike or swapped),
    )


def labels_in_use(evidence):
    """The labels for reals, for samples in D's step, and for samples in G's step, if G's is that of D's samples.

    Returns:
        Triple of numbers; None where they are not known, or are as they should be.
    """
    real, fake, mine = labels_of(evidence, "real"), labels_of(evidence, "fake"), evidence.log.generator_labels
    if not (real and fake and mine):
        pairs = [*evidence.log.traced_labels, *((kind, mean) for kind, mean, _ in evidence.log.loss_labels)]
        real, fake = ([mean for kind, mean in pairs if kind == wanted] for wanted in ("real", "fake"))
        if not real or len(fake) < 2 or np.ptp(fake) > 0.2:  # both of D's steps and G's step use samples
            return None
        mine = fake
    real, fake, mine = (round(float(np.median(values)), 1) + 0.0 for values in (real, fake, mine))
    return (real, fake, mine) if abs(real - fake) >= 0.3 and abs(mine - fake) <= abs(mine - real) / 2 else None


def _in_use(known):
    """The first sentence of the cause: which labels there are."""
    if known is None:
        return "The label with which G is trained does not fit those that D gets. "
    real, fake, mine = known
    return f"D gets the label {fake:.2g} for samples and {real:.2g} for real data, and G is trained with {mine:.2g}. "


def label_range(evidence):
    """Targets of a binary cross-entropy below 0 or above 1; a little noise that does no harm is a note."""
    if evidence.log.binary_labels is None:
        return None
    low, high = evidence.log.binary_labels
    if low >= -1e-3 and high <= 1 + 1e-3:
        return None
    bound = f"the largest label was {high:.3g}" if high > 1 + 1e-3 else f"the smallest label was {low:.3g}"
    return Finding(
        "label-range",
        "risk" if low < -LITTLE or high > 1 + LITTLE or _runs_away(evidence) else "note",
        f"In a binary cross-entropy {bound}; labels must lie from 0 to 1.",
        "With a label outside of this range the loss has no lower bound: larger and larger scores make it smaller "
        "without end, below 0, whether they are right or not. Noise must not carry labels over 1 or under 0.",
        remedy("label-range", evidence),
        on_labels=True,
    )


def labels_of(evidence, kind):
    """Mean labels that D got for real or for generated rows in training: list of floats."""
    return [value for b in evidence.log.batches if (value := getattr(b, f"{kind}_label")) is not None]


def _alike(evidence):
    """The sentence for a D that gets the same label for everything, or None."""
    real, fake = labels_of(evidence, "real"), labels_of(evidence, "fake")
    spreads = [b.label_spread for b in evidence.log.batches if b.label_spread is not None]
    seen = {kind: [mean for k, mean, _ in evidence.log.loss_labels if k == kind] for kind in ("real", "fake")}
    if not (real and fake) and min(map(len, seen.values())) >= 10:
        real, fake, spreads = seen["real"], seen["fake"], [spread for *_, spread in evidence.log.loss_labels]
    if min(len(real), len(fake)) < 5 or max(spreads, default=0.0) > 0.2:
        return None
    if max(np.std(real), np.std(fake)) > 0.2 or abs(np.mean(real) - np.mean(fake)) > 0.1:
        return None
    return (
        f"D was trained with the mean label {np.mean(real):.2f} for reals and {np.mean(fake):.2f} for samples of G; "
        "it can only tell them apart if the two differ, as 1 and 0 do."
    )


def _swapped_labels(evidence):
    """The sentence for a G that is trained with D's label for fakes, or None."""
    real, fake = labels_of(evidence, "real"), labels_of(evidence, "fake")
    mine = evidence.log.generator_labels
    if min(len(real), len(fake), len(mine)) < 5:
        return None
    real, fake, mine = (float(np.median(values)) for values in (real, fake, mine))
    if abs(real - fake) < 0.3 or abs(mine - fake) > abs(mine - real) / 2:
        return None
    return (
        f"D was trained with label {real:.2f} for reals and {fake:.2f} for samples, and G with label {mine:.2f}: G "
        "learns to be recognized. G's label should be that of the reals."
    )


def _moves_away(evidence):
    """The sentence for a G whose steps lower D's score of its samples, or None."""
    short = [m for m in evidence.outcome.moments if m.raised is not None and 1 < m.tick <= 64]
    sign = evidence.orientation
    if evidence.log.ticks < 30 or len(short) < 4 or not sign or (evidence.outcome.company or 0) > 1:
        return None  # where D judges the whole batch, its score of a single sample means nothing
    steps = np.array([sign * m.raised / spread(m) for m in short])
    if not (np.isfinite(steps).all() and np.mean(steps < 0) >= 0.8 and steps.mean() < -0.1):
        return None
    return (
        f"In {np.sum(steps < 0)} of {len(steps)} early intervals G's own steps moved D's score of its samples away "
        f"from that of the reals, by {-steps.mean():.2f} standard deviations of D's scores; a healthy G moves it "
        "towards them."
    )


def _runs_away(evidence):
    """Whether D is surer than a loss with a lower bound makes it: raw scores of reals or of samples above 15."""
    last = evidence.outcome.last
    return last is not None and any(abs(np.median(s)) > 15 for s in (last.real_scores, last.fake_scores))


def misread_loss(evidence):
    """D's reported loss changes, although D never moved."""
    losses = np.array([v for v in evidence.log.reported["discriminator"] if np.isfinite(v)])
    if evidence.moved.get("discriminator") != 0 or not evidence.moved.get("generator") or len(losses) < 20:
        return None
    smooth = np.convolve(losses, np.full(4, 0.25), "valid")  # a round has a batch of reals and one of samples
    late = smooth[len(smooth) // 2 :]
    before, after = float(smooth[0]), float(np.median(late))
    if abs(after - before) < max(0.1 * abs(before), 4 * np.std(late)):
        return None
    return Finding(
        "misread-loss",
        "note",
        f"D's reported loss went from {before:.3f} to {after:.3f}, while D's weights moved by exactly 0. A loss that "
        "changes means learning only if the weights move.",
        "D's loss also changes because G changes. It does not show that D learns.",
        remedy("misread-loss", evidence),
    )


RULES = (logits_mismatch, label_mix_up, label_range, misread_loss)
