"""Copies of both players' weights during a visit, how far they moved, and when a weight was no longer finite."""

from dataclasses import dataclass, field

import numpy as np

from gan_course.doctor.frameworks import read
from gan_course.doctor.structure import learnable

MOST_BYTES = 200 * 2**20
"""All snapshots together take at most so much memory."""

WINDOWS = ((3e5, 16), (2e6, 32), (float("inf"), 64))
"""Pairs of a number of weights and how many events there are in a window of movement for networks with fewer."""

PLAYERS = ("generator", "discriminator")


@dataclass
class Snapshot:
    """The values of all variables at one moment.

    Attributes:
        tick: how many training events there were before.
        values: dictionary from "generator" and "discriminator" to lists of arrays.
    """

    tick: int
    values: dict


@dataclass
class Window:
    """How far both players moved during some events.

    Attributes:
        tick: how many training events there were at its end.
        ticks: how many of them are in the window.
        moved: dictionary from a player to the norm of its movement.
        norm: dictionary from a player to the norm of its weights at the end.
        largest: dictionary from a player to its largest weight at the end.
    """

    tick: int
    ticks: int
    moved: dict
    norm: dict
    largest: dict


@dataclass
class History:
    """What happened to the weights of two networks.

    Attributes:
        networks: dictionary from "generator" and "discriminator" to the Keras models.
        snapshots: list of `Snapshot`, the first and the last moment among them.
        windows: list of `Window`, in the order of time.
        broken: dictionary from a player to the tick at which a weight of it was first not finite.
    """

    networks: dict
    snapshots: list = field(default_factory=list)
    windows: list = field(default_factory=list)
    broken: dict = field(default_factory=dict)

    def __post_init__(self):
        self.weights = {name: learnable(network) for name, network in self.networks.items()}
        self.probes = {name: _probes(weights) for name, weights in self.weights.items()}
        size = sum(np.prod(w.shape) for ws in self.weights.values() for w in ws)
        self.window = next(events for most, events in WINDOWS if size < most)
        self.last_tick = 0
        self.take(0)
        self.before = self.first = self.copies()
        self.seen = self.look()

    def copies(self):
        """Copies of all learnable weights: dictionary from a player to a list of arrays."""
        return {name: [read(w) for w in weights] for name, weights in self.weights.items()}

    def look(self):
        """Copies of a few small weights of each player: dictionary from a player to a list of arrays."""
        return {name: [read(w) for w in probes] for name, probes in self.probes.items()}

    def changed(self):
        """Which players have moved since this was last asked, as far as a few small weights tell. A set of names."""
        now = self.look()
        moved = {name for name in PLAYERS if not _same(now[name], self.seen[name])}
        self.seen = now
        return moved

    def needs(self, tick):
        """Whether `observe` will read the weights after this event."""
        return tick & (tick - 1) == 0 or tick % self.window == 0

    def observe(self, tick):
        """Look at the weights after an event; `tick` is how many there were."""
        if tick & (tick - 1) == 0:
            self.take(tick)
        if tick % self.window == 0:
            self.measure(tick)

    def take(self, tick):
        """Add a snapshot, and drop the oldest ones between the first and the last if they take too much memory."""
        values = {name: [read(v) for v in network.variables] for name, network in self.networks.items()}
        self.snapshots.append(Snapshot(tick, values))
        size = sum(array.nbytes for arrays in values.values() for array in arrays)
        while len(self.snapshots) > max(3, MOST_BYTES // max(size, 1)):
            del self.snapshots[1]

    def measure(self, tick):
        """Add a window that ends now."""
        now = self.copies()
        moved = {name: _distance(now[name], self.before[name]) for name in PLAYERS}
        norm = {name: _norm(now[name]) for name in PLAYERS}
        largest = {name: max((_largest(w) for w in now[name]), default=0.0) for name in PLAYERS}
        self.windows.append(Window(tick, tick - self.last_tick, moved, norm, largest))
        self.note_broken(tick, now)
        self.before, self.last_tick = now, tick

    def note_broken(self, tick, values):
        """Keep the first tick at which values of a player, a dictionary of lists of arrays, are not finite."""
        for name in PLAYERS:
            if name not in self.broken and not all(np.isfinite(w).all() for w in values[name]):
                self.broken[name] = tick

    def close(self, tick):
        """Look at the weights for the last time, also if nothing happened since the last look."""
        if tick > self.last_tick:
            self.measure(tick)
        if self.snapshots[-1].tick < tick or len(self.snapshots) == 1:
            self.take(tick)
        self.last = self.copies()
        self.note_broken(tick, self.last)

    def moved(self, player):
        """How far a player moved from the first to the last moment, relative to the norm of its weights."""
        distance = _distance(self.last[player], self.first[player])
        return distance / max(_norm(self.first[player]), 1e-12)


def _probes(weights, most=3):
    """A few weights that show whether a player moved: the smallest kernel, the last weight and the smallest one."""
    by_size = sorted(weights, key=lambda w: int(np.prod(w.shape)))
    kernels = [w for w in by_size if len(w.shape) > 1]
    return [*{id(w): w for w in (*kernels[:1], *weights[-1:], *by_size[:1])}.values()][:most]


def _same(arrays, others):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(arrays, others, strict=True))


def _distance(arrays, others):
    return _norm([a - b for a, b in zip(arrays, others, strict=True)])


def _norm(arrays):
    with np.errstate(all="ignore"):
        return float(np.sqrt(sum(float(np.dot(a.ravel(), a.ravel())) for a in arrays)))


def _largest(array):
    """The largest absolute value of an array, without a copy of it."""
    return max(float(array.max(initial=0)), -float(array.min(initial=0)))
