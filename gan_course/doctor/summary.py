"""What a visit looked at, in words: steps, comparisons and their numbers, what it could not judge, and a legend."""

import re

import numpy as np

from gan_course.doctor import rules_outcomes, rules_players

LOOPS = {
    "apply": "optimizers of Keras",
    "torch.optim": "optimizers of PyTorch",
    "stateless": "functions of JAX",
}
"""Kinds of loops whose names in the log are not what a user would call them."""

UNLIKE_ORDER = 0.99
"""If D puts a larger share of pairs in the right order, samples are not like the data."""

UNLIKE_DISTANCE = 2.0
"""If samples are so many times as far from the data as these from each other, they are not like them."""

LEGEND = (
    (r"\(illness\)|illness", "An illness keeps the GAN from training."),
    (r"\(risk\)|\brisk", "A risk may keep the GAN from training."),
    (r"\(note\)|\bnotes?\b", "A note is only worth knowing; often it is a consequence of what stands above it."),
    ("training event", "A training event is a moment at which weights can change: here {calls}."),
    ("early interval", "The early intervals lie between looks at the weights after 2, 4, 8, 16, 32 and 64 events."),
    (r"\bslope\b", "The slope at a sample is how fast D's output changes there: G learns from it."),
    ("raw score", "Raw scores are D's output without a sigmoid behind it."),
    ("inference mode", "In inference mode networks are called with training=False."),
)
"""Pairs of a pattern, and the line that explains it."""

CALLS = {
    "train_on_batch": "one call of train_on_batch",
    "fit": "one training step inside of fit",
    "tf.function": "one call of a tf.function",
    "apply": "one step of an optimizer",
    "torch.optim": "one step of an optimizer",
    "step": "one call of visit.step()",
}
"""Kind of loop → what is an event there."""


def loops_in_words(log):
    """The kinds of loops that were seen, as a text such as "fit, train_on_batch"."""
    return ", ".join(sorted(LOOPS.get(loop, loop) for loop in log.loops)) or "no training"


def seen(evidence):
    """The sentence that says how much training was seen; None where no training was watched."""
    log, moved = evidence.log, evidence.moved
    if not evidence.watched or not moved:
        return None
    g, d = (log.updates[name] for name in ("generator", "discriminator"))
    counts = f"the weights of G changed {g:,} times and those of D {d:,} times"
    text = f"Seen: {log.ticks:,} training events, in which {counts}."
    if not np.isfinite([*moved.values()]).all():
        return text
    shares = " and ".join(f"{moved[name]:.1%} ({letter})" for name, letter in rules_players.LETTER.items())
    return f"{text} In all they moved by {shares} of their size (up to 200 % is usual)."


def compared(evidence):
    """Sentences about what was compared: a list, which is empty where the networks could not be tried."""
    lines = figures(evidence)
    if not lines:
        return []
    outcome = evidence.outcome
    count = f"{len(outcome.last.fakes)} samples of G with {len(outcome.real)} real ones"
    return [f"Compared: {count}, at {len(outcome.moments)} moments. At the end:", *(f"- {line}" for line, _ in lines)]


def is_unlike(evidence):
    """Whether a figure says that G's samples are far from the data."""
    return any(is_far for _, is_far in figures(evidence))


def figures(evidence):
    """The numbers of the last moment: a list of pairs of a line, and whether it says that samples are far from data.

    It is empty where the networks could not be tried.
    """
    outcome, last = evidence.outcome, evidence.outcome.last
    if last is None or outcome.real is None or last.fakes.shape[1:] != outcome.real.shape[1:]:
        return []
    if not np.isfinite(last.fakes).all():
        return []
    found = [_spread(rules_outcomes.diversity(outcome.real, last.fakes))]
    if np.isfinite(last.auc):
        found.append(_order(evidence.auc(last)))
    if outcome.reference is not None and len(outcome.reference) >= 8:
        found.append(_nearest(rules_outcomes.copy_ratio(outcome.reference, last.fakes)))
    if evidence.real_range is not None:
        found.append(_range(*evidence.real_range, float(np.min(last.fakes)), float(np.max(last.fakes))))
    return found


def _graded(value, *bounds):
    """The text that stands with the first upper bound that a value does not exceed; the last text is for all others."""
    return next((text for bound, text in zip(bounds[::2], bounds[1::2], strict=False) if value <= bound), bounds[-1])


def _spread(share):
    said = _graded(
        *(share, 0.2, "bad, this is mode collapse", 0.5, "not yet good, they are too alike"),
        *(1.5, "good", "bad, they are more scattered than the data"),
    )
    return f"two samples are on average {share:.0%} as far apart as two real ones: {said} (100 % is best)", False


def _order(share):
    said = _graded(
        *(share, 0.9, "good, D is often unsure", UNLIKE_ORDER, "not yet good, D is rarely unsure"),
        "bad, D knows nearly every sample",
    )
    line = f"D puts {share:.0%} of pairs of a real and a generated sample in the right order: {said} (50 % is a coin)"
    return line, share > UNLIKE_ORDER


def _nearest(ratio):
    said = _graded(
        *(ratio, 0.3, "bad, these are copies", 1.5, "good", UNLIKE_DISTANCE, "not yet good"),
        "bad, samples are far from the data",
    )
    return (
        f"the nearest real sample is {ratio:.0%} as far from a generated one as from another real one: {said} "
        "(100 % is best)",
        ratio > UNLIKE_DISTANCE,
    )


def _range(low, high, bottom, top):
    off = max(low - bottom, top - high, bottom - low, high - top) / max(high - low, 1e-12)
    is_inside = max(low - bottom, top - high) <= 0.1 * max(high - low, 1e-12)
    said = "good" if off <= 0.1 else "not yet good, they use a part of it" if is_inside else "bad, they leave it"
    return f"real data go from {low:.3g} to {high:.3g}, and samples from {bottom:.3g} to {top:.3g}: {said}", False


def limits(evidence):
    """Sentences for a report that found nothing: what was not judged, and what a short run can hide."""
    if not evidence.watched:
        return ["No training was watched, so only what the networks show without one was looked at."]
    events, least = evidence.log.ticks, rules_players.LEAST_TICKS
    bounds = ((least, "who moves"), (rules_outcomes.LEAST_TICKS, "vanishing gradients"))
    bounds += ((2 * rules_outcomes.LEAST_TICKS, "mode collapse and a blind D"),)
    missed = [f"{what} (from {bound} events on)" for bound, what in bounds if events < bound]
    said = [f"Not judged after so few training events: {', '.join(missed)}."] if missed else []
    if is_unlike(evidence):
        said.append(
            "This is no all-clear: where a figure is called bad, samples are still far from the data. It may only take "
            "more steps. Train longer, and let the doctor look again."
        )
    return [
        *said,
        "This says nothing about later: mode collapse and copying may begin after thousands of steps. Watch a longer "
        "part of the training before you trust it.",
    ]


def legend(text, evidence):
    """Lines that explain the words of a report, those that it uses.

    Args:
        text: the report.
        evidence: the `evidence.Evidence`.
    """
    calls = {CALLS[loop] for loop in evidence.log.loops if loop in CALLS} or {CALLS["apply"]}
    known = evidence.names | {"calls": " or ".join(sorted(calls))}
    return [*_roles(text, evidence), *(line.format(**known) for used, line in LEGEND if re.search(used, text))]


def _roles(text, evidence):
    """Lines that say what the user calls the players and the data, and what other names in remedies stand for."""
    names, called, lines = evidence.names, evidence.called, []
    if re.search(r"\b[GD]\b", text) and called >= {"generator", "discriminator"}:
        lines.append(
            f"G is the generator, {names['generator']} in your code, and D the discriminator, {names['discriminator']}."
        )
    elif re.search(r"\b[GD]\b", text):
        lines += [_player(evidence, role) for role in ("generator", "discriminator")]
    if "combined" not in called and re.search(r"\bcombined( =|\.train_on_batch|\.compile)", text):
        lines.append(f"{names['combined']} stands for the model that trains G through D.")
    if "real" not in called and re.search(rf"\b{names['real']}\b", text):
        lines.append(f"{names['real']} stands for the array of all your real data.")
    return lines


def _player(evidence, role):
    """The line about a player, which may have no name in the user's code."""
    letter, name, facts = rules_players.LETTER[role], evidence.names[role], getattr(evidence, role)
    if role in evidence.called:
        return f"{letter} is the {role}, {name} in your code."
    shapes = f"from {facts.inputs[0]} to {facts.output}" if facts.inputs and facts.output else "of unknown shapes"
    return (
        f"{letter} is the {role}, the Keras model named {facts.name}, {shapes}. No variable that holds it was found; "
        f"in remedies {name} stands for it."
    )
