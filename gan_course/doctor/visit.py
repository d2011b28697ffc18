"""A visit: it watches a training, tries the networks afterwards, and holds the findings."""

import contextlib

import keras
import numpy as np

from gan_course.doctor import hooks, report, rules_data, rules_losses, rules_outcomes, rules_players
from gan_course.doctor.evaluation import Outcome, evaluate, restored
from gan_course.doctor.events import GIVEN, Log
from gan_course.doctor.evidence import Evidence
from gan_course.doctor.findings import ordered
from gan_course.doctor.frameworks import is_concrete, to_array, untouched_generators
from gan_course.doctor.kinds import sort_batches
from gan_course.doctor.materials import Materials
from gan_course.doctor.names import DEFAULTS
from gan_course.doctor.recorder import Recorder
from gan_course.doctor.snapshots import PLAYERS, History
from gan_course.doctor.structure import look_at, statistics
from gan_course.doctor.waiting import Waiting
from gan_course.validate import input_shapes, shapes_fit

RULES = (*rules_players.RULES, *rules_losses.RULES, *rules_data.RULES, *rules_outcomes.RULES)
"""All rules, functions from `Evidence` to a `Finding` or None."""


class Visit:
    """What the doctor found.

    Attributes:
        findings: list of `Finding`, worst first. Empty until the `with` block has ended.
        ticks: how many training events were seen.
        remarks: list of sentences about what the doctor could not see or do.
        evidence: the `evidence.Evidence` that the findings were made from. None until the block has ended.
        names: dictionary from "generator", "discriminator", "combined" and "real" to what the user calls them, as far
            as this is known.
    """

    def __init__(self, networks, combined=None, real=None, latent_dim=None, labels=None, sample=None, names=None):
        self.networks, self.combined, self.names = networks, combined, names or {}
        self.real, self.latent_dim, self.labels, self.sample = real, latent_dim, labels, sample
        self.findings, self.remarks, self.ticks, self.evidence, self.error = [], [], 0, None, None
        self.history = self.recorder = self.waiting = self.unclear = None

    def __str__(self):
        return report.text(self)

    __repr__ = __str__

    def _repr_html_(self):
        return report.html(self)

    def plot(self):
        """Draw how far both players moved, and how well D told them apart. Returns Matplotlib's Figure."""
        return report.plot(self)

    def step(self):
        """Say that one training step is done. Only a loop that keeps the weights outside of the models needs it.

        Call it after you have assigned the values to the variables of both models.
        """
        if self.recorder is not None and self.evidence is None:
            self.recorder.tick("step")

    def begin(self):
        """Start to watch, or wait until both networks are built."""
        if self.start() is None:
            self.waiting = Waiting(self.start, {id(network) for network in self.networks.values()})
            hooks.add(self.waiting)

    def start(self):
        """Start to watch, if both networks are built. Returns the recorder, or None."""
        if all(network.built and network.weights for network in self.networks.values()):
            self.history = History(self.networks)
            self.recorder = Recorder(*self.networks.values(), self.history, self.latent_dim, self.sample_shape())
            hooks.add(self.recorder)
        return self.recorder

    def sample_shape(self):
        """The shape of one sample as the user gave it, or None."""
        return None if self.real is None else tuple(np.shape(self.real)[1:])

    def end(self):
        """Stop to watch, and find out what there is to find."""
        hooks.remove(self.waiting)
        if self.recorder is not None:
            self.sample_once()
            hooks.remove(self.recorder)
            self.recorder.close()
            with contextlib.suppress(Exception):  # `fit` may have been interrupted on JAX
                self.recorder.history.close(self.recorder.log.ticks)
            self.networks |= self.recorder.used_as
            self.history.networks = self.networks
        self.examine(watched=True)

    def sample_once(self):
        """See what noise the user's own function for samples takes, while the recorder still listens."""
        if self.sample is not None and self.recorder.log.ticks:
            with contextlib.suppress(Exception), restored(self.networks), untouched_generators():
                self.sample(64)

    def examine(self, watched):
        """Gather the evidence, and apply all rules to it."""
        self.evidence = gather(self, watched)
        self.ticks = self.evidence.log.ticks
        found = []
        for rule in RULES:
            try:
                finding = rule(self.evidence)
            except Exception as error:  # one rule that stumbles must not cost the whole report
                self.remarks.append(f"The rule {rule.__name__} failed: {type(error).__name__}: {error}")
                continue
            if finding is not None:
                found.append(finding)
        self.findings = ordered(found)
        self.remarks += remarks(self)


def gather(visit, watched):
    """The `Evidence` of a visit."""
    facts = {name: look_at(network) for name, network in visit.networks.items()}
    log = visit.recorder.log if visit.recorder else Log()
    real = None
    if visit.real is not None:
        try:
            real = as_samples(visit.real, visit.networks["discriminator"])
        except ValueError as error:  # of the command's --real, or changed since: the report must come all the same
            visit.remarks.append(f"The real data that were given are left out. {error}")
    visit.unclear = sort_batches(log, real)
    if visit.unclear:
        real = None
    whose, other = range_of(log), other_data(log, real)
    if other:
        visit.remarks.append(other)
    elif whose == "dataset" and real is not None:  # these are more of the same
        log.batches = [batch for batch in log.batches if batch.source != whose]
    history = visit.history
    if history is None and all(f.built for f in facts.values()):
        history = History(visit.networks)
        history.close(0)
    outcome, materials = Outcome(), None
    if history is not None:
        materials = Materials(visit.networks, facts, log, real, visit.labels, visit.latent_dim, visit.sample)
        outcome = evaluate(history, materials, facts)
    reference = None if materials is None else materials.reference
    d, combined = visit.networks["discriminator"], visit.combined
    optimizer = getattr(d, "optimizer", None)
    called = ({"real": log.data_name} if log.data_name else {}) | visit.names
    return Evidence(
        **facts,
        combined=None if combined is None else look_at(combined),
        moved={name: history.moved(name) for name in PLAYERS} if watched and history else {},
        windows=history.windows if history else [],
        broken=history.broken if history else {},
        log=log,
        outcome=outcome,
        still_statistics=still_statistics(history) if watched and history else {},
        one_optimizer=optimizer is not None and optimizer is getattr(combined, "optimizer", None),
        real_range=None if reference is None else bounds(reference),
        real_is_exact=any(b.source in ("train_on_batch", "call") for b in log.batches)
        or not watched
        or log.rescaled is False,
        range_of=whose,
        user_range=None if real is None else bounds(real),
        user_count=None if real is None else len(real),
        error=visit.error,
        watched=watched,
        backend=keras.config.backend(),
        names=DEFAULTS | called,
        called=frozenset(called),
    )


def range_of(log):
    """Whose range the real data of a `Log` have. See `Evidence`."""
    sources = log.sources()
    if len(sources) == 1 and sources <= {*GIVEN}:
        return next(iter(sources))
    return "D" if sources else "real"


def other_data(log, real):
    """The sentence for data of `fit` that are not those that the user gave to the doctor, or None.

    Batches of some classes alone may have another mean, and a few samples other bounds: both must differ.

    Args:
        log: the `Log` of the visit.
        real: real samples `(count, ...)` as the user gave them, or None.
    """
    if real is None or log.rescaled or range_of(log) not in GIVEN:
        return None
    rows = log.real_rows()
    width, scale = max(float(np.ptp(real)), 1e-12), max(float(np.std(real)), 1e-12)
    ends = np.abs(np.subtract(bounds(rows), bounds(real))).max() / width
    shift, ratio = abs(float(np.mean(rows) - np.mean(real))) / scale, float(np.std(rows)) / scale
    if ends < 0.25 or (shift < 0.25 and 0.8 < ratio < 1.25):
        return None
    (low, high), (bottom, top) = bounds(rows), bounds(real)
    return (
        f"The data given to fit go from {low:.3g} to {high:.3g}, but the data you gave as real= go from {bottom:.3g} "
        f"to {top:.3g}: D trains on other data than those that you gave to the doctor. This report is about those "
        "given to fit."
    )


def bounds(x):
    """The lowest and the highest value of an array, as floats."""
    return float(np.min(x)), float(np.max(x))


def still_statistics(history):
    """Whether the moving averages of each player are what they were: dictionary without players that have none."""
    first, last = history.snapshots[0].values, history.snapshots[-1].values
    still = {}
    for name, network in history.networks.items():
        ids = {id(v) for v in statistics(network)}
        places = [i for i, v in enumerate(network.variables) if id(v) in ids]
        if places:
            still[name] = all(np.array_equal(first[name][i], last[name][i]) for i in places)
    return still


def remarks(visit):
    """Sentences about what could not be seen."""
    log, outcome, said = visit.evidence.log, visit.evidence.outcome, []
    if visit.evidence.error:
        said.append(f"The training ended with an exception: {visit.evidence.error}")
    if any(visit.evidence.moved.values()) and not log.ticks:
        said.append(
            "The weights changed, but no single step was seen: a loop of JAX keeps the weights outside of the models. "
            "To see more, let it assign them to the variables now and then, and call visit.step() after that."
        )
    elif visit.evidence.watched and not log.ticks:
        said.append("No training step was seen, so only the networks as they are were looked at.")
    if visit.evidence.noise_is_hidden:
        said.append(
            "The noise that G gets in training could not be examined, because the training step is compiled. To have "
            "it examined, watch 20 steps that are not: with run_eagerly=True in compile(), or without the line "
            f"{'@jax.jit' if visit.evidence.backend == 'jax' else '@tf.function'}."
        )
    if visit.unclear:
        said.append(visit.unclear)
    elif outcome.real is None:
        said.append(
            "The doctor got no real data to compare samples with: none were given, and the batches inside of the "
            "training could not be read. Give them on the command line, `python -m gan_course doctor --real NAME "
            "script.py`, where NAME is the variable in the script that holds the real data, an array as the "
            "discriminator gets it; or in code, `doctor.watch(..., real=NAME)`."
        )
    if outcome.problem:
        said.append(f"The networks could not be tried: {outcome.problem}. Pass sample=..., a function of a count.")
    if visit.recorder is not None and visit.recorder.troubles:
        error = visit.recorder.troubles[0]
        said.append(f"Something was not recorded ({type(error).__name__}: {error}); the training was not disturbed.")
    return said


def as_samples(real, discriminator):
    """Real data as an array that fits D, after a check.

    Args:
        real: array or tensor `(count, ...)`.
        discriminator: the Keras model that takes them.

    Raises:
        ValueError: for something else than an array, samples of another size, or values that are not finite.
    """
    shape = next(iter(input_shapes(discriminator)), None)
    try:
        array = to_array(real) if is_concrete(real) else np.asarray(real)
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind not in "fiub" or array.ndim < 1 or not len(array):
        raise ValueError(
            "Invalid real. Expected an array of real samples (count, ...). Received: "
            f"{type(real).__name__}. Take some batches of your data, for example np.concatenate(batches)."
        )
    broken = int(np.sum(~np.isfinite(array)))
    if broken:
        raise ValueError(
            f"Invalid real. Expected finite numbers. Received: {broken:,} of {array.size:,} are NaN or infinite. Leave "
            "these samples out, or find out where the values come from."
        )
    if shape is None or not isinstance(shape, tuple) or shapes_fit(array.shape, shape):
        return array
    if None not in shape[1:] and int(np.prod(array.shape[1:])) == int(np.prod(shape[1:])):
        return array.reshape(len(array), *shape[1:])
    raise ValueError(
        f"Invalid real. Expected samples for a discriminator with the input shape {shape}. Received: an array of shape "
        f"{array.shape}. Give the samples as D gets them."
    )


def require_models(**models):
    """Check that each value is a Keras model.

    Args:
        **models: names and values of the arguments.

    Raises:
        ValueError: for something else.
    """
    for name, model in models.items():
        if not isinstance(model, keras.Model):
            raise ValueError(
                f"Invalid {name}. Expected a keras.Model of Keras 3. Received: {type(model).__name__}. Pass the "
                "network itself."
            )
