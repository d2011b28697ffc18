"""What was seen while a visit ran: batches that D got, noise that G got, losses, optimizers, training events."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

MOST_ROWS_BYTES = 40 * 2**20
"""All samples that are kept take at most so much memory."""

MOST_BATCHES = 600
"""How many batches of each kind are described. Further ones are only counted."""

GIVEN = ("fit", "dataset")
"""Sources of batches that D did not get as they are: what was given to `fit`, an array or a data set."""


@dataclass
class Batch:
    """One batch that D got in training.

    Attributes:
        tick: how many training events there were before.
        kind: "real", "fake" or "mixed"; "unknown" if it is neither among the real data nor G's.
        source: how it was given, such as "train_on_batch". See `GIVEN`.
        real_label: mean label of its real rows. None where it is not known.
        fake_label: mean label of its generated rows. None where it is not known.
        label_spread: standard deviation of the labels of all rows.
        ages: for each generated row, how often G was updated since it was made.
        features: some values of each real row, `(rows, values)`.
        rows: the real rows themselves, or None where they would take too much memory.
        extras: further inputs of D for these rows, a list of arrays.
        digest: a hash of the whole batch.
        training: the flag with which D was called. None where it was not given, or is not known.
    """

    tick: int
    kind: str
    source: str
    real_label: float | None = None
    fake_label: float | None = None
    label_spread: float | None = None
    ages: list = field(default_factory=list)
    features: Any = None
    rows: Any = None
    extras: list = field(default_factory=list)
    digest: int = 0
    training: bool | None = None


@dataclass
class Noise:
    """One batch of noise that G got.

    Attributes:
        tick: how many training events there were before.
        rows: some rows of it, `(rows, ...)`.
        digest: a hash of the whole batch.
        purpose: "update" where G was updated with it, "judged" where D got the samples, "other" where samples were
            made that nobody was trained with.
        extras: further inputs of G for these rows, a list of arrays.
    """

    tick: int
    rows: np.ndarray
    digest: int
    purpose: str
    extras: list = field(default_factory=list)


@dataclass
class OptimizerUse:
    """What one optimizer did.

    Attributes:
        name: name of its class.
        learning_rate: as a float. None where it follows a schedule.
        players: names of the players whose weights it was given.
        together: whether it was given weights of both players at once.
        counts: dictionary from a player to how often it was applied to it. In a graph, each trace counts once.
    """

    name: str
    learning_rate: float | None
    players: set = field(default_factory=set)
    together: bool = False
    counts: dict = field(default_factory=dict)


@dataclass
class LossUse:
    """What one loss was used for.

    Attributes:
        name: name of its class.
        from_logits: whether it expects raw scores. None where it is no cross-entropy.
        count: how often it was computed. In a graph, each trace counts once.
    """

    name: str
    from_logits: bool | None
    count: int = 0


@dataclass
class Log:
    """Everything that was seen.

    Attributes:
        ticks: number of training events.
        updates: dictionary from a player to the number of its updates, as far as they were seen.
        loops: names of the kinds of loops that were seen, such as "train_on_batch".
        batches: list of `Batch`.
        noises: list of `Noise`.
        generator_labels: mean labels with which the combined model was trained.
        loss_labels: triples of the kind of a batch, its mean label and the deviation of its labels, from losses that
            were computed step by step.
        traced_labels: pairs of the kind of a batch and the label that a loss in a graph gives it, where this is known.
        binary_labels: lowest and highest target that a binary cross-entropy got. None where none were seen.
        label_arrays: dictionary from the kind of a batch to what the user calls its labels, and their shape.
        losses: dictionary from an identity to a `LossUse`.
        optimizers: dictionary from an identity to an `OptimizerUse`.
        combined_moves: for each step of the combined model, whether D moved in it.
        reported: dictionary from a player to the losses that `train_on_batch` returned for it.
        rescaled: whether the training step changes the range of real data in its graph. None where this is not known.
        constant_noise: whether G's noise is a constant in a graph.
        training_flags: dictionary from a player to the set of flags with which it was called in training.
        mixed: whether D gets reals and samples in one batch, in a graph.
        unshuffled_fit: whether `fit` was told not to shuffle an array.
        noise_shape: shape of G's noise `(None, ...)`, or None where it is not known.
        sample_shape: shape of D's samples `(None, ...)`, or None where it is not known.
        kept_bytes: memory that the kept rows take.
        batch_count: how many batches D got.
        data_name: what the user calls the array whose rows D gets. None where it is not known.
    """

    ticks: int = 0
    updates: dict = field(default_factory=lambda: {"generator": 0, "discriminator": 0})
    loops: set = field(default_factory=set)
    batches: list = field(default_factory=list)
    noises: list = field(default_factory=list)
    generator_labels: list = field(default_factory=list)
    loss_labels: list = field(default_factory=list)
    traced_labels: list = field(default_factory=list)
    binary_labels: tuple | None = None
    label_arrays: dict = field(default_factory=dict)
    losses: dict = field(default_factory=dict)
    optimizers: dict = field(default_factory=dict)
    combined_moves: list = field(default_factory=list)
    reported: dict = field(default_factory=lambda: {"generator": [], "discriminator": []})
    rescaled: bool | None = None
    constant_noise: bool = False
    training_flags: dict = field(default_factory=lambda: {"generator": set(), "discriminator": set()})
    mixed: bool = False
    unshuffled_fit: bool = False
    noise_shape: tuple | None = None
    sample_shape: tuple | None = None
    kept_bytes: int = 0
    batch_count: int = 0
    data_name: str | None = None

    def add_batch(self, batch):
        """Keep a batch, without its rows if they would take too much memory."""
        self.batch_count += 1
        if len(self.batches) >= MOST_BATCHES:
            return
        if batch.rows is not None and self.kept_bytes + batch.rows.nbytes > MOST_ROWS_BYTES:
            batch.rows = None
        self.kept_bytes += 0 if batch.rows is None else batch.rows.nbytes
        self.batches.append(batch)

    def add_targets(self, *bounds):
        """Note pairs of the lowest and the highest target that a binary cross-entropy got."""
        if bounds:
            every = [value for pair in (*bounds, *filter(None, [self.binary_labels])) for value in pair]
            self.binary_labels = float(min(every)), float(max(every))

    def real_rows(self):
        """The real rows that D got, an array `(rows, ...)`, or None where none were seen."""
        found = [batch.rows for batch in self.batches if batch.rows is not None and len(batch.rows)]
        return np.concatenate(found) if found else None

    def sources(self):
        """The sources of these rows: a set."""
        return {batch.source for batch in self.batches if batch.rows is not None and len(batch.rows)}

    def noise_for(self, *purposes):
        """The batches of noise that were used for these purposes: see `Noise`."""
        return [noise for noise in self.noises if noise.purpose in purposes]

    def training_noise(self):
        """The batches of noise that were used in training."""
        return self.noise_for("update", "judged")
