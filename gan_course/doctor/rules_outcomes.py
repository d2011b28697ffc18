"""Rules about how the game goes: `evidence -> Finding | None`."""

import numpy as np

from gan_course.doctor.findings import Finding
from gan_course.doctor.remedies import remedy
from gan_course.doctor.rules_losses import labels_of
from gan_course.doctor.rules_players import sleeping_generator

SQUARED = {"mse", "MeanSquaredError", "mean_squared_error"}
"""Names of the squared error as a loss."""

LEAST_TICKS = 50
"""After fewer training events nothing is said about how the game goes."""


def batch_statistics(evidence):
    """BatchNormalization that never learns its averages, or gives reals and samples away."""
    cases = (("mode", _still), ("company", _given_away), ("lag", _lagging))
    case, text = next(((case, text) for case, rule in cases if (text := rule(evidence))), (None, None))
    if text is None:
        return None
    return Finding(
        "batch-statistics",
        "risk" if case == "lag" and _will_catch_up(evidence) else "illness",
        text,
        "BatchNormalization computes with the statistics of the batch in training, and with moving averages otherwise. "
        "In training it needs training=True; and if reals and samples come in batches of their own, each batch's "
        "statistics tell D which one it is.",
        remedy(f"batch-statistics/{case}", evidence),
    )


def _still(evidence):
    still = [p for p, is_still in evidence.still_statistics.items() if is_still and evidence.moved.get(p)]
    if not still or evidence.log.ticks < 10:
        return None
    return (
        f"The moving averages of BatchNormalization in the {' and the '.join(still)} changed by exactly 0 in "
        f"{evidence.log.ticks} training events; in training mode they change in each."
    )


def _given_away(evidence):
    last, training, company = evidence.outcome.last, evidence.outcome.training_auc, evidence.outcome.company
    if not evidence.discriminator.batch_normalization or last is None or training is None:
        return None
    mixed = evidence.log.mixed or any(b.kind == "mixed" for b in evidence.log.batches)
    if mixed or evidence.log.ticks < LEAST_TICKS:
        return None
    if company is not None and company > 1:
        return (
            f"In training mode D's score of a real sample changes by {company:.1f} standard deviations if the rest of "
            "its batch are samples of G, which should be less than 1: D judges the batch, and not the sample."
        )
    apart, alone = (training, last.auc) if training >= 0.5 else (1 - training, 1 - last.auc)
    if not (apart > 0.9 and alone < apart - 0.25):
        return None
    return (
        f"In batches of reals and of samples apart, D in training mode is right in {apart:.0%} of pairs; sample by "
        f"sample, in inference mode, in {alone:.0%}. Both should be about the same."
    )


def _lagging(evidence):
    """The sentence for a G whose samples in inference mode are other ones than in training, or None."""
    outcome = evidence.outcome
    if not evidence.generator.batch_normalization or outcome.training_fakes is None or outcome.last is None:
        return None
    if evidence.log.updates["generator"] < 2 * LEAST_TICKS or outcome.training_fakes.shape != outcome.last.fakes.shape:
        return None
    distance = float(np.mean(np.linalg.norm(outcome.training_fakes - outcome.last.fakes, axis=1)))
    share = distance / max(mean_distance(outcome.training_fakes), 1e-12)
    if not share > 0.4:
        return None
    return (
        f"For the same noise, samples of G in inference mode are {share:.0%} as far from those in training mode as two "
        "different samples are from each other; it should be near 0 %. Its moving averages lag behind: with momentum "
        f"{evidence.generator.momentum:g} they need about {_needed(evidence):,} updates, and there were "
        f"{evidence.log.updates['generator']:,}."
    )


def _needed(evidence):
    """After how many updates 5 % of the first moving averages are left."""
    momentum = min(max(float(evidence.generator.momentum), 0.01), 1 - 1e-6)
    return int(np.ceil(np.log(0.05) / np.log(momentum)))


def _will_catch_up(evidence):
    """Whether moving averages that lag behind only need some hundred updates more."""
    return evidence.log.updates["generator"] < _needed(evidence) < 1_000


def vanishing_gradient(evidence):
    """D wins outright, and G gets nothing from it any more."""
    if evidence.outcome.real is None:
        return _stopped(evidence)
    moments = [m for m in evidence.outcome.moments if m.tick >= 16]
    if evidence.log.ticks < LEAST_TICKS or len(moments) < 2:
        return None
    if not all(evidence.auc(m) > 0.99 for m in moments[-2:]):
        return None
    slowed, flat = _slowed(evidence), _flat_loss(evidence, moments[-2:])
    text = slowed or flat
    if text is None:
        return None
    why = "where D is sure, G's loss is nearly flat, so that G gets hardly any gradient."
    if flat:
        why = "G's loss is flat where D is sure: a squared error behind a sigmoid has no gradient there."
    return Finding(
        "vanishing-gradient",
        "illness",
        f"D tells {evidence.auc(moments[-1]):.1%} of pairs of a real and a generated sample apart, {text}",
        f"D has become much better than G, and {why}",
        remedy("vanishing-gradient", evidence),
    )


def _stopped(evidence):
    """The finding for a G whose updates stop, where no real data tell how good D is; or None."""
    windows = evidence.windows
    late = windows[len(windows) // 2 :]
    if evidence.log.ticks < LEAST_TICKS or len(windows) < 4 or not evidence.generator.trainable:
        return None
    resting = [w.moved["generator"] == 0 and w.moved["discriminator"] > 0 for w in late]
    g, d = (evidence.log.updates[name] for name in ("generator", "discriminator"))
    is_rare = evidence.log.loops == {"fit"} and 2 * g < d and any(resting)  # there one event should train both
    if not evidence.moved.get("generator") or not (all(resting) or is_rare):
        return None
    if sleeping_generator(evidence) is not None:
        return None
    return Finding(
        "vanishing-gradient",
        "illness",
        f"The weights of G changed {g:,} times and those of D {d:,} times, and in {sum(resting)} of the last "
        f"{len(late)} parts of the training, of {late[0].ticks} events each, G moved by exactly 0 while D moved on. In "
        "a healthy GAN both move until the end.",
        "G's gradient is 0, or so small that its steps are lost in rounding: D is sure of all samples, or G's loss "
        "rewards samples that D recognizes, because the labels of G and D are mixed up.",
        remedy("vanishing-gradient", evidence),
    )


def _slowed(evidence):
    """The rest of a sentence about a G whose steps shrink, or None."""
    pace = evidence.pace("generator")
    moving = np.flatnonzero(pace)
    pace = np.concatenate([pace[moving], pace[moving[-1] + 1 :]]) if len(moving) else moving  # no pauses but the last
    slope = [m.slope for m in evidence.outcome.moments if m.slope is not None]
    if len(pace) < 3:
        return None
    slowed = float(np.median(pace[-2:]) / max(np.max(pace[: max(1, len(pace) // 2)]), 1e-12))
    flatter = slope[-1] / max(max(slope), 1e-12) if len(slope) > 1 else 1.0
    if not (slowed < 0.1 or (flatter < 0.02 and slowed < 0.5)):
        return None
    slope = f"its slope at the samples has shrunk to {flatter:.1%} of its largest one, " if flatter < 0.5 else ""
    return (
        f"{slope}and G's steps have shrunk to {slowed:.1%} of their first size. In a healthy GAN D is right less "
        "often, and G keeps moving."
    )


def _flat_loss(evidence, moments):
    """The rest of a sentence about a squared error that is flat behind D's sigmoid, or None.

    With p = σ(score) and the label y, (p − y)² changes by 2 (p − y) p (1 − p) per unit of the score, and cross-entropy
    by p − y. Adam hides this in the length of G's steps, since it divides by the usual size of the gradient.
    """
    losses = {use.name for use in evidence.log.losses.values()} | {getattr(evidence.combined, "loss", None)}
    if evidence.discriminator.activation != "sigmoid" or not losses & SQUARED:
        return None
    label = float(np.median(evidence.log.generator_labels or [1.0]))
    share = max(_share_of_slope(moment.fake_scores, label) for moment in moments)
    if not share < 0.05:
        return None
    return (
        f"and at the samples G's loss, a squared error behind D's sigmoid, has {share:.2%} of the slope that "
        "cross-entropy has there. In a healthy GAN it is more than 5 %."
    )


def _share_of_slope(scores, label):
    """The mean slope of a squared error behind a sigmoid, relative to that of cross-entropy, at these raw scores."""
    p = 1 / (1 + np.exp(-np.asarray(scores, "float64")))
    error = np.abs(p - label)
    return float(np.mean(2 * error * p * (1 - p)) / max(np.mean(error), 1e-12))


def blind_discriminator(evidence):
    """D cannot tell anything, though a simple comparison can."""
    shuffled = _shuffled_labels(evidence)
    text = shuffled or _flat(evidence)
    if text is None:
        return None
    cause, code = _cause_of_blindness(evidence, bool(shuffled))
    return Finding("blind-discriminator", "illness", text, cause, code, on_labels=bool(shuffled))


def _cause_of_blindness(evidence, is_shuffled):
    """Why D learns nothing, and the code that mends it."""
    if not is_shuffled:
        return (
            "D does not learn to tell reals from samples: it is too small, it learns too slowly, or it does not get "
            "what it needs. So G learns nothing from it, either.",
            remedy("blind-discriminator", evidence),
        )
    early = [labels_of(evidence, kind)[:3] for kind in ("real", "fake")]
    real, fake = (float(np.mean(values)) if values else np.nan for values in early)
    if not abs(real - fake) > 0.5:
        return (
            "The script gives D labels that have nothing to do with the samples: they are drawn at random, or samples "
            "and labels are shuffled apart. So D learns nothing, and G learns nothing from it.",
            remedy("blind-discriminator/labels", evidence),
        )
    cause = (
        f"The labels were right in the first steps, {real:.2f} for reals and {fake:.2f} for samples, and then drifted "
        "to half and half. They are changed in place, in arrays that were made once before the loop, so that all "
        "changes add up. So D learns nothing, and G learns nothing from it."
    )
    arrays = [evidence.log.label_arrays.get(kind, (None, ())) for kind in ("real", "fake")]
    if not all(name for name, _ in arrays) or arrays[0][0] == arrays[1][0]:
        return cause, remedy("blind-discriminator/drift", evidence)
    makers = ("np.ones", "np.zeros") if real > fake else ("np.zeros", "np.ones")
    made = ", ".join(f"{maker}({shape})" for maker, (_, shape) in zip(makers, arrays, strict=True))
    names = ", ".join(name for name, _ in arrays)
    return cause, remedy("blind-discriminator/anew", evidence, arrays=names, makers=made)


def _shuffled_labels(evidence):
    """The sentence for labels that do not depend on what they stand for, or None."""
    batches = [b for b in evidence.log.batches if b.label_spread is not None]
    batches = batches[len(batches) // 2 :]  # labels that were right at first do not help
    means = {kind: [v for b in batches if (v := getattr(b, f"{kind}_label")) is not None] for kind in ("real", "fake")}
    spreads = [b.label_spread for b in batches]
    if min(map(len, means.values())) < 10:
        means = {kind: [mean for k, mean, _ in evidence.log.loss_labels if k == kind] for kind in means}
        spreads = [spread for *_, spread in evidence.log.loss_labels]
    if min(map(len, means.values())) < 10:
        return None
    real, fake = (float(np.mean(means[kind])) for kind in ("real", "fake"))
    if np.mean(spreads) < 0.2 or abs(real - fake) > 0.25:
        return None
    return (
        f"In training reals had the mean label {real:.2f}, and samples {fake:.2f}, each with a deviation of "
        f"{np.mean(spreads):.2f}: the labels do not depend on what they stand for. The means should be as different as "
        "1 and 0."
    )


def _flat(evidence):
    """The sentence for a D that does not tell reals from samples, or None."""
    moments = [m for m in evidence.outcome.moments if m.tick >= 8]
    if evidence.log.ticks < 2 * LEAST_TICKS or len(moments) < 3 or evidence.outcome.real is None:
        return None
    bounds = {w.largest["discriminator"] for w in evidence.windows}
    is_clipped = len(bounds) == 1 and len(evidence.windows) > 2  # a Wasserstein critic has small scores
    if is_clipped or not (_never_told(moments) or _says_half(moments[-3:])):
        return None
    easy = told_apart(evidence.outcome.real, evidence.outcome.last.fakes)
    if easy < 0.9:
        return None
    known = f"though the nearest neighbor of a sample tells {easy:.0%} of them apart."
    if _never_told(moments):
        return (
            f"D's mean scores of reals and of samples were never more than {max(map(gap, moments)):.2f} apart, and it "
            f"is right in {moments[-1].auc:.0%} of pairs (50 % is a coin), {known} A healthy D reaches a difference of "
            "1 or more."
        )
    largest = max(np.std(_scores(m)) for m in moments[-3:])
    return (
        f"Since training event {moments[-3].tick} all of D's scores are near 0, with a deviation of at most "
        f"{largest:.2f}: D says one half to reals and to samples, {known} In a healthy GAN the deviation is above 0.15."
    )


def gap(moment):
    """How far the mean scores of reals and of samples are apart."""
    return abs(float(np.mean(moment.real_scores) - np.mean(moment.fake_scores)))


def _scores(moment):
    """All scores of a moment in one array."""
    return np.concatenate([moment.real_scores, moment.fake_scores])


def _never_told(moments):
    """Whether D's scores say nothing, from the start, and later not even the order of reals and samples."""
    is_small = all(gap(m) < 0.35 and np.std(_scores(m)) < 0.35 for m in moments)
    return is_small and all(m.auc < 0.75 for m in moments[len(moments) // 2 :])


def _says_half(moments):
    """Whether all of D's scores are near 0, on both sides of it. The energies of an autoencoder have one sign."""
    scores = [_scores(moment) for moment in moments]
    return all(np.std(s) < 0.15 and np.min(s) < 0 < np.max(s) for s in scores)


def told_apart(real, fake):
    """Share of samples that their nearest neighbor puts on the right side: about ½ for equal distributions."""
    from gan_course.metrics import two_sample_test

    count = min(len(real), len(fake))
    return two_sample_test(real[:count], fake[:count]).accuracy


def diversity(real, fakes):
    """Mean distance of two generated samples, relative to that of two real ones."""
    return mean_distance(fakes) / max(mean_distance(real), 1e-12)


def mean_distance(x):
    """Mean Euclidean distance of two different rows of an array `(rows, values)`."""
    from scipy.spatial.distance import pdist

    return float(pdist(np.asarray(x, "float64")).mean())


def mode_collapse(evidence):
    """Samples that are much more alike than the data are."""
    outcome = evidence.outcome
    if evidence.log.ticks < 2 * LEAST_TICKS or outcome.real is None or len(outcome.moments) < 4:
        return None
    lately = [diversity(outcome.real, m.fakes) for m in outcome.moments[-4:]]
    in_training = lately[-1] if outcome.training_fakes is None else diversity(outcome.real, outcome.training_fakes)
    share = max(lately[-1], in_training)
    if not (share < 0.2 and _lasts(lately)):
        return None
    return Finding(
        "mode-collapse",
        "illness",
        f"Two samples of G are on average {share:.1%} as far apart as two real ones: less than 20 % is a collapse, and "
        "more than 50 % is healthy.",
        "G has found one kind of sample that D accepts, and makes it from any noise.",
        remedy("mode-collapse", evidence),
    )


def _lasts(shares):
    """Whether this is no moment's dip. G may jump to another sample, and seem varied while it does."""
    collapsed = [share < 0.2 for share in shares]
    is_total = shares[-1] < 0.02 and max(shares) < 0.5  # all samples the same, and healthy at none of these moments
    return collapsed[-1] and (collapsed[-2] or sum(collapsed) >= 3 or is_total)


def copying(evidence):
    """Samples that are nearer to a real one than the real ones are to each other."""
    outcome = evidence.outcome
    if outcome.reference is None or outcome.last is None or len(outcome.reference) < 8:
        return None
    ratio = copy_ratio(outcome.reference, outcome.last.fakes)
    if not ratio < 0.3:
        return None
    return Finding(
        "copying",
        "illness",
        f"The nearest real sample is {ratio:.0%} as far from a generated one as from another real one, in the median; "
        "about 100 % is usual.",
        "G reproduces samples of the training data: there are few of them, or G is shown them.",
        remedy("copying", evidence),
    )


def copy_ratio(reference, fakes):
    """Median distance of samples to the nearest real one, relative to that of real ones to their nearest other one."""
    from gan_course.metrics import nearest_neighbors

    reference = np.unique(reference, axis=0)[:2_000]
    mine = np.median(nearest_neighbors(fakes, reference).distances)
    others = np.median(nearest_neighbors(reference, reference, k=2).distances[:, 1])
    return float(mine / max(others, 1e-12))


RULES = (batch_statistics, vanishing_gradient, blind_discriminator, copying, mode_collapse)
