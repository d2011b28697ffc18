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

LEGEND = (
    (r"\b[GD]\b", "G is the generator, {generator} in your code, and D the discriminator, {discriminator}."),
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
    outcome = evidence.outcome
    last, moments = outcome.last, len(outcome.moments)
    if last is None or outcome.real is None or last.fakes.shape[1:] != outcome.real.shape[1:]:
        return []
    if not np.isfinite(last.fakes).all():
        return []
    count = f"{len(last.fakes)} samples of G with {len(outcome.real)} real ones, at {moments} moments"
    return [f"Compared: {count}. At the end:", *(f"- {line}" for line in _numbers(evidence) if line)]


def _numbers(evidence):
    """Lines with the numbers of the last moment, each with what would be ill."""
    outcome, last = evidence.outcome, evidence.outcome.last
    yield _spread(outcome)
    if np.isfinite(last.auc):
        order = f"D puts {evidence.auc(last):.0%} of pairs of a real and a generated sample in the right order"
        yield f"{order} (50 % is a coin)"
    if outcome.reference is not None and len(outcome.reference) >= 8:
        ratio = rules_outcomes.copy_ratio(outcome.reference, last.fakes)
        yield (
            f"the nearest real sample is {ratio:.0%} as far from a generated one as from another real one (about "
            "100 % is usual; below 30 %: copies)"
        )
    if evidence.real_range is not None:
        yield f"real data go from {evidence.real_range[0]:.3g} to {evidence.real_range[1]:.3g}, {_range(last.fakes)}"


def _spread(outcome):
    share = rules_outcomes.diversity(outcome.real, outcome.last.fakes)
    return (
        f"two samples are on average {share:.0%} as far apart as two real ones (more than 50 % is healthy; below 20 %: "
        "mode collapse)"
    )


def _range(fakes):
    return f"and samples from {float(np.min(fakes)):.3g} to {float(np.max(fakes)):.3g}"


def limits(evidence):
    """Sentences for a report that found nothing: what was not judged, and what a short run can hide."""
    if not evidence.watched:
        return ["No training was watched, so only what the networks show without one was looked at."]
    events, least = evidence.log.ticks, rules_players.LEAST_TICKS
    bounds = ((least, "who moves"), (rules_outcomes.LEAST_TICKS, "vanishing gradients"))
    bounds += ((2 * rules_outcomes.LEAST_TICKS, "mode collapse and a blind D"),)
    missed = [f"{what} (from {bound} events on)" for bound, what in bounds if events < bound]
    said = [f"Not judged after so few training events: {', '.join(missed)}."] if missed else []
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
    return [line.format(**known) for used, line in LEGEND if re.search(used, text)]
