"""All that is known after a visit, in one record: the rules read nothing else."""

from dataclasses import dataclass, field

import numpy as np

from gan_course.doctor.evaluation import Outcome
from gan_course.doctor.events import Log
from gan_course.doctor.names import DEFAULTS
from gan_course.doctor.structure import Network


@dataclass
class Evidence:
    """What the rules read.

    Attributes:
        generator: facts of G, a `structure.Network`.
        discriminator: facts of D.
        combined: facts of the combined model, or None.
        moved: dictionary from a player to how far it moved in all, relative to the norm of its weights.
        windows: list of `snapshots.Window`.
        broken: dictionary from a player to the event at which its weights were first not finite.
        log: the `events.Log`.
        outcome: the `evaluation.Outcome`.
        still_statistics: dictionary from a player to whether its moving averages kept their first values. A player
            without BatchNormalization is missing.
        one_optimizer: whether D and the combined model were compiled with the same optimizer.
        real_range: lowest and highest value of the real samples. None without any.
        real_is_exact: whether these samples are known to be what D got, in the same range.
        range_of: whose range it is: "D" for what D got, "fit" for what was given to `fit`, "dataset" for a data set
            that was given to it, "real" for what was given to the doctor.
        user_range: the same of the real samples that the user gave to `watch`, or None.
        user_count: how many real samples the user gave, or None.
        error: the exception that ended the training, as text. None without one.
        watched: whether a training was watched; False for `examine`.
        backend: name of Keras' backend.
        names: dictionary from "generator", "discriminator", "combined" and "real" to what remedies call them.
        called: those of these roles whose names are the user's own.
    """

    generator: Network
    discriminator: Network
    combined: Network | None = None
    moved: dict = field(default_factory=dict)
    windows: list = field(default_factory=list)
    broken: dict = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    outcome: Outcome = field(default_factory=Outcome)
    still_statistics: dict = field(default_factory=dict)
    one_optimizer: bool = False
    real_range: tuple | None = None
    real_is_exact: bool = False
    range_of: str = "D"
    user_range: tuple | None = None
    user_count: int | None = None
    error: str | None = None
    watched: bool = True
    backend: str = "tensorflow"
    names: dict = field(default_factory=lambda: dict(DEFAULTS))
    called: frozenset = frozenset(DEFAULTS)

    @property
    def orientation(self):
        """1 if D learns to score reals above samples, −1 if below, as with energies; 0 if this is not clear.

        D's own early steps tell, and not its scores: samples of a fast G may have better scores than the reals.
        """
        early = [m for m in self.outcome.moments if m.widened is not None and m.tick <= 64]
        steps = np.array([np.clip(m.widened / spread(m), -1, 1) for m in early if np.isfinite(m.widened)])
        if not len(steps) or abs(steps.sum()) < max(0.1, 0.4 * np.abs(steps).sum()):
            return 0
        return 1 if steps.sum() > 0 else -1

    @property
    def noise_is_hidden(self):
        """Whether G was trained with noise that nobody saw, inside of compiled steps."""
        log = self.log
        trained = self.watched and log.ticks and self.backend != "torch"
        return bool(trained and not log.constant_noise and not log.training_noise())

    def auc(self, moment):
        """Probability that D puts a real sample and a generated one of this moment in the order that it learns."""
        return moment.auc if self.orientation >= 0 else 1 - moment.auc

    def pace(self, player):
        """How far a player moves in each window, relative to the norm of its weights: array `(windows,)`."""
        steps = [w.moved[player] / max(w.norm[player], 1e-12) / max(w.ticks, 1) for w in self.windows]
        return np.array(steps)


def spread(moment):
    """Standard deviation of all scores at a moment, the unit in which differences of scores are measured."""
    scores = np.concatenate([moment.real_scores, moment.fake_scores])
    return max(float(np.std(scores)), 1e-9)
