"""Rules about who is trained: `evidence -> Finding | None`. A rule that cannot decide returns None."""

import numpy as np

from gan_course.doctor.findings import Finding
from gan_course.doctor.remedies import remedy

LETTER = {"generator": "G", "discriminator": "D"}
OTHER = {"generator": "discriminator", "discriminator": "generator"}
LEAST_TICKS = 10
"""After fewer training events than this nothing is said about who moves."""


def not_built(evidence):
    """Networks without weights: nothing else can be said."""
    missing = [name for name in LETTER if not getattr(evidence, name).built]
    if not missing:
        return None
    return Finding(
        "not-built",
        "illness",
        f"The {' and the '.join(missing)} had 0 weights when the visit began; a network that is built has some.",
        "A Keras model without an Input gets its weights at its first call. Before it, nothing can be watched.",
        remedy("not-built", evidence),
    )


def no_training(evidence):
    """No weight of either player moved."""
    if not evidence.watched or any(evidence.moved.get(name, 1.0) for name in LETTER):
        return None
    stateless = "stateless" in evidence.log.loops
    cause = "Nothing in the block trained these two networks. Are they other objects than those that the loop trains?"
    if stateless:
        cause = "A loop with stateless_apply keeps the weights outside of the models, where nobody sees them."
    steps = f"{evidence.log.ticks} training events were seen; in a training the weights change with each."
    text = remedy("no-training/stateless" if stateless else "no-training", evidence)
    return Finding("no-training", "risk", f"Both networks moved by exactly 0. {steps}", cause, text)


def sleeping_discriminator(evidence):
    """D's weights never move."""
    return _sleeping(evidence, "discriminator")


def sleeping_generator(evidence):
    """G's weights never move."""
    return _sleeping(evidence, "generator")


def _sleeping(evidence, player):
    other = OTHER[player]
    unseen = evidence.log.ticks == 0  # but the weights were put back at the end
    if (evidence.log.ticks < LEAST_TICKS and not unseen) or not evidence.moved.get(other):
        return None
    since = _asleep_since(evidence, player)
    if since is None or (since > 0 and player == "generator" and _starves(evidence)):
        return None
    span = "Over" if since == 0 else f"After the first {since} of"
    events = "the whole block" if unseen else f"{evidence.log.ticks} training events"
    return Finding(
        f"sleeping-{player}",
        "illness",
        f"{span} {events} the weights of the {player} moved by exactly 0, while those of "
        f"the {other} moved by {evidence.moved[other]:.1%} of their size. In a healthy GAN both move.",
        _cause_of_sleep(evidence, player),
        remedy("learning-rate" if _rate_is_zero(evidence, player) else f"sleeping-{player}", evidence),
    )


def _asleep_since(evidence, player):
    """The event since which a player does not move: 0 where it never did, None where it moves."""
    if evidence.moved.get(player) == 0:
        return 0
    moves = [w.moved[player] > 0 for w in evidence.windows]
    if len(moves) < 4 or any(moves[len(moves) // 3 :]):
        return None
    rest = evidence.windows[len(moves) // 3 :]
    if not all(w.moved[OTHER[player]] > 0 for w in rest):
        return None
    return next(w.tick for w, later in zip(evidence.windows, _suffixes(moves), strict=True) if not any(later))


def _starves(evidence):
    """Whether D is so sure of G's samples that float32 rounds G's gradient to 0: G has an update, but is not moved."""
    slopes = [m.slope for m in evidence.outcome.moments if m.slope is not None]
    last = evidence.outcome.last
    is_flat = len(slopes) > 1 and slopes[-1] < 0.02 * max(slopes)
    return is_flat or (last is not None and abs(np.median(last.fake_scores)) > 80)  # exp(-80) is a rounding error


def _suffixes(values):
    return [values[i + 1 :] for i in range(len(values))]


def _cause_of_sleep(evidence, player):
    network, letter = getattr(evidence, player), LETTER[player]
    uses = [use for use in evidence.log.optimizers.values() if player in use.players]
    if not network.trainable:
        return (
            f"{letter}.trainable is False, so no optimizer may change a weight of it. Keras 3 reads the flag when it "
            "trains, not when it compiles: freezing D once before compiling the combined model, as in old recipes, "
            "stops D for ever."
        )
    if evidence.log.ticks == 0:
        return f"The loop keeps the weights of {letter} outside of its model, and never assigns them to it."
    if _rate_is_zero(evidence, player):
        return f"The learning rate of {letter}'s optimizer is 0."
    if not uses and evidence.log.loops & {"apply", "torch.optim", "tf.function"}:
        return f"No optimizer was ever given the weights of {letter}: the update is missing, or updates other weights."
    return (
        f"No gradient reaches {letter}: its update is missing, its layers are frozen, or the way from the loss to its "
        "weights is cut, for example by predict(), detach(), stop_gradient() or a step outside of the tape."
    )


def _rate_is_zero(evidence, player):
    """Whether an optimizer that trains a player has the learning rate 0."""
    rates = [use.learning_rate for use in evidence.log.optimizers.values() if player in use.players]
    return getattr(evidence, player).trainable and 0 in (*rates, getattr(evidence, player).learning_rate)


def combined_trains_discriminator(evidence):
    """A step that should train G alone moves D, too."""
    steps = evidence.log.combined_moves
    together = [use for use in evidence.log.optimizers.values() if use.together]
    others = [use for use in evidence.log.optimizers.values() if not use.together]
    if len(steps) >= LEAST_TICKS and np.mean(steps) > 0.05:  # half of them, where the flag is switched once per round
        text = f"In {sum(steps)} of {len(steps)} steps of the combined model D's weights moved; it should be 0."
    elif together and others:
        text = f"{len(together)} optimizer that trains G was given D's weights as well; it should be 0."
    else:
        return None
    return Finding(
        "combined-trains-discriminator",
        "illness",
        text,
        'G\'s step trains G to make D say "real". If D may move in the same step, D learns to call fakes real: it is '
        "trained in both directions.",
        remedy("combined-trains-discriminator", evidence),
    )


def shared_optimizer(evidence):
    """One optimizer object for both players."""
    uses = evidence.log.optimizers.values()
    both = [use for use in uses if len(use.players) == 2]
    shared = [use for use in both if not use.together or len(uses) == 1]
    if not shared and not evidence.one_optimizer:
        return None
    name = shared[0].name if shared else "optimizer"
    failed = f" The training ended with: {evidence.error}" if evidence.error else ""
    return Finding(
        "shared-optimizer",
        "illness",
        f"1 {name} object was given the weights of both players; in a healthy GAN there are 2.{failed}",
        "An optimizer keeps averages for the weights that it was built for, and counts its steps. With two networks "
        'Keras 3 refuses the second one ("Unknown variable"), or one player\'s step moves the other, too.',
        remedy("shared-optimizer", evidence),
    )


def standing_still(evidence):
    """One player hardly moves, compared with the other, from the start."""
    if len(evidence.windows) < 3:
        return None
    moves = {name: evidence.pace(name) for name in LETTER}
    moves = {name: pace[pace != 0] for name, pace in moves.items()}  # a player that pauses is not slow
    pace = {name: float(np.median(moves[name])) if len(moves[name]) else 0.0 for name in LETTER}
    slow, fast = sorted(pace, key=pace.get)
    if not (pace[slow] > 0 and np.isfinite(pace[fast]) and pace[slow] < 2e-5 and pace[fast] > 100 * pace[slow]):
        return None
    early = float(np.mean(moves[slow][:2]))
    if early > 20 * pace[slow] and early * 30 > pace[fast]:
        return None  # it moved at first: its gradient is gone, which is another illness
    rates = {name: _rate(evidence, name) for name in LETTER}
    said = "".join(f" Learning rate of {LETTER[n]}: {rate:g}." for n, rate in rates.items() if rate is not None)
    return Finding(
        "standing-still",
        "illness",
        f"Per training event the weights of the {slow} moved by {pace[slow]:.1e} of their size, those of the {fast} by "
        f"{pace[fast]:.1e}, which is {pace[fast] / pace[slow]:,.0f} times as much; a factor below 30 is usual.{said}",
        f"The {slow} cannot keep up: its learning rate is far too small, or its loss is scaled down.",
        remedy("learning-rate", evidence),
    )


def _rate(evidence, player):
    """The learning rate with which a player is trained, or None."""
    rates = [u.learning_rate for u in evidence.log.optimizers.values() if u.players == {player}]
    return next((rate for rate in rates if rate is not None), None)


def exploding(evidence):
    """Weights that are not finite, or grow without end."""
    if evidence.broken:
        first = min(evidence.broken, key=evidence.broken.get)
        together = len(set(evidence.broken.values())) < len(evidence.broken)
        order = "Both broke in one event" if together else f"The {first} broke first"
        when = ", ".join(f"{name} at training event {tick}" for name, tick in sorted(evidence.broken.items()))
        text = f"NaN or infinity in the weights of: {when}. {order}; healthy weights stay finite."
    else:
        growth = {name: evidence.moved.get(name, 0.0) for name in LETTER}
        first = max(growth, key=growth.get)
        if evidence.log.ticks < LEAST_TICKS or growth[first] < 8:
            return None
        text = f"The weights of the {first} moved by {growth[first]:.0f} times their size; below 2 times is usual."
    return Finding(
        "exploding",
        "illness",
        text,
        "The steps are too large: a learning rate that is too high, a loss without a lower bound and without a penalty "
        "or clipping, log(0) or a division by 0, or data that were not scaled.",
        remedy("exploding", evidence),
    )


RULES = (
    *(not_built, no_training, exploding, shared_optimizer, sleeping_discriminator, sleeping_generator),
    *(combined_trains_discriminator, standing_still),
)
