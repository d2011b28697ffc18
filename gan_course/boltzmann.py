"""A restricted Boltzmann machine in NumPy: energies, Gibbs sampling, contrastive divergence, the partition function."""

import itertools
import math
import numbers
from typing import NamedTuple

import numpy as np

MOST_STATES = 2**20
"""How many states of one layer `RBM.log_partition` enumerates."""


class Gradient(NamedTuple):
    """Which way to move an RBM's weights `(visible, hidden)` and its biases, `(visible,)` and `(hidden,)`."""

    weights: np.ndarray
    visible_bias: np.ndarray
    hidden_bias: np.ndarray


class LogPartition(NamedTuple):
    """An estimate of log Z, and its standard error, both in nats."""

    value: float
    standard_error: float


class RBM:
    """A restricted Boltzmann machine: visible units v, binary hidden units h, and weights between the two layers only.

    E(v, h) = −a·v − b·h − vᵀWh and p(v, h) = exp(−E(v, h)) ∏ᵢ C(trials, vᵢ) / Z. Each visible unit counts the successes
    of so many trials with one probability: v_i given h is Binomial(trials, σ(a_i + W_i·h)). One trial makes the usual
    binary machine; 16 trials fit pictures of 17 gray levels.

    Args:
        visible, hidden: how many units. trials: the largest value of a visible unit. Defaults to 1.
        seed: integer seed of the first weights and of all that is drawn, or None for others each time.

    Attributes:
        weights: W, `(visible, hidden)`, at first N(0, 0.01²). visible_bias, hidden_bias: a and b, at first 0.

    Raises:
        ValueError: for a number that is not a positive integer.

    Levels, below, are arrays `(n, visible)` of whole numbers from 0 to trials, of any dtype.

    Reference: Hinton 2002; Hinton 2012, A practical guide to training RBMs; Teh and Hinton 2001 for the trials.

    Example:
        ```python
        rbm = RBM(64, 100, seed=0)
        rbm.fit(levels, epochs=20)
        rbm.free_energy(levels), rbm.sample(16, steps=500, seed=1)
        ```
    """

    def __init__(self, visible, hidden, trials=1, seed=None):
        _require_positive_integers(visible=visible, hidden=hidden, trials=trials)
        self.trials, self.rng = int(trials), np.random.default_rng(seed)
        self.weights = self.rng.normal(0, 0.01, (visible, hidden))
        self.visible_bias, self.hidden_bias = np.zeros(visible), np.zeros(hidden)
        self._velocity = None  # of the momentum, from the first call of `fit` on

    def free_energy(self, levels):
        """F(v) = −log Σ_h exp(−E(v, h)) − log ∏ᵢ C(trials, vᵢ), so that p(v) = exp(−F(v)) / Z.

        Args:
            levels: `(n, visible)`.

        Returns:
            Array `(n,)`, in nats.

        Raises:
            ValueError: for levels of another shape, not whole, or out of 0 ... trials.

        Reference: Hinton 2012, section 16.1.
        """
        levels = self._levels(levels)
        log_ways = np.array([math.log(math.comb(self.trials, k)) for k in range(self.trials + 1)])
        hidden = np.logaddexp(0, self.hidden_bias + levels @ self.weights).sum(axis=1)
        return -levels @ self.visible_bias - hidden - log_ways[levels.astype(int)].sum(axis=1)

    def hidden_probabilities(self, levels):
        """p(h_j = 1 | v) for each hidden unit: `(n, hidden)`."""
        return _sigmoid(self.hidden_bias + self._levels(levels) @ self.weights)

    def visible_probabilities(self, hidden):
        """The probability of each visible unit's trials, given hidden values in [0, 1], `(n, hidden)`: `(n, visible)`.

        Raises:
            ValueError: for hidden values of another shape, or out of [0, 1].
        """
        hidden = _finite(hidden, "hidden values", self.hidden_bias.size, 0, 1)
        return _sigmoid(self.visible_bias + hidden @ self.weights.T)

    def gibbs(self, levels, steps=1, seed=None):
        """Draw hidden units given visible ones and visible ones given these, so many times over.

        Args:
            levels: where the chains begin, `(n, visible)`. steps: how many times. Defaults to 1.
            seed: integer, or None to go on with the machine's own random numbers.

        Returns:
            Levels `(n, visible)`, integers.

        Raises:
            ValueError: as `free_energy`, and for steps below 1.
        """
        levels = self._levels(levels)
        _require_positive_integers(steps=steps)
        rng = self.rng if seed is None else np.random.default_rng(seed)
        return self._gibbs(levels, steps, rng).astype(int)

    def sample(self, count, steps=1000, seed=None):
        """Draw from the machine: chains that begin anywhere, each level as likely as any other, and run so many steps.

        Args:
            count: how many chains. steps: Gibbs steps of each. Defaults to 1000. seed: as in `gibbs`.

        Returns:
            Levels `(count, visible)`, integers.

        Raises:
            ValueError: for a number that is not a positive integer.
        """
        _require_positive_integers(count=count, steps=steps)
        rng = self.rng if seed is None else np.random.default_rng(seed)
        start = rng.integers(0, self.trials + 1, (count, self.visible_bias.size))
        return self._gibbs(start, steps, rng).astype(int)

    def contrastive_divergence(self, levels, steps=1):
        """The estimate by which the machine learns: data minus what `steps` Gibbs steps make of it.

        ⟨v h⟩ at the data minus ⟨v h⟩ at the end of chains that began there, and likewise for the biases.

        Args:
            levels: a batch of data, `(n, visible)`. steps: k of CD-k. Defaults to 1.

        Returns:
            A `Gradient`, a mean over the batch. To follow it raises log p of the data, if only roughly.

        Raises:
            ValueError: as `gibbs`.

        Reference: Hinton 2002, equation 5.
        """
        levels = self._levels(levels)
        _require_positive_integers(steps=steps)
        return self._contrast(levels, self._gibbs(levels, steps, self.rng))

    def fit(self, levels, epochs=60, batch_size=32, learning_rate=0.01, steps=1, momentum=0.9):
        """Train by contrastive divergence; called again, it goes on.

        The first call sets the visible biases to the log-odds of the data's means, so that the weights need not learn
        them (Hinton 2012, section 8.1).

        Args:
            levels: the data, `(n, visible)`. epochs: passes over it. Defaults to 60. batch_size: data a step. Defaults
                to 32.
            learning_rate: how far a step goes, as a share of the gradient divided by the trials. Defaults to 0.01.
            steps: k of CD-k. Defaults to 1: quick. 5 brings more likelihood, with many trials most of all.
            momentum: the share of the last step that the next one keeps. Defaults to 0.9.

        Raises:
            ValueError: as `free_energy`; for counts that are no positive integers, a learning rate that is not
                positive, or a momentum out of [0, 1).
        """
        levels = self._levels(levels)
        _require_positive_integers(epochs=epochs, batch_size=batch_size, steps=steps)
        _require_number("learning_rate", learning_rate, 1e-12, math.inf, "above 0")
        _require_number("momentum", momentum, 0, 1, "of at least 0, below 1")
        if self._velocity is None:
            self.visible_bias = _log_odds(levels, self.trials)
            self._velocity = [np.zeros(part.shape) for part in (self.weights, self.visible_bias, self.hidden_bias)]
        for _ in range(epochs):
            for batch in np.split(self.rng.permutation(levels), range(batch_size, len(levels), batch_size)):
                self._follow(self._contrast(batch, self._gibbs(batch, steps, self.rng)), learning_rate, momentum)

    def _follow(self, gradient, learning_rate, momentum):
        parameters = self.weights, self.visible_bias, self.hidden_bias
        for parameter, velocity, change in zip(parameters, self._velocity, gradient, strict=True):
            velocity *= momentum
            velocity += learning_rate / self.trials * change
            parameter += velocity

    def log_partition(self):
        """log Z, exactly: a sum over all states of the layer that has fewer of them.

        Raises:
            ValueError: where both layers have more than `MOST_STATES`.
        """
        visible, hidden = self.weights.shape
        by_hidden = hidden * math.log(2) <= visible * math.log(self.trials + 1)
        values, size = (2, hidden) if by_hidden else (self.trials + 1, visible)
        if values**size > MOST_STATES:
            raise ValueError(
                f"Too many states. Expected a layer with at most {MOST_STATES:,} of them, 20 binary units. Received: "
                f"{hidden} hidden units and {visible} visible ones. Estimate with log_partition_ais."
            )
        total = -math.inf
        states = itertools.product(range(values), repeat=size)
        while block := list(itertools.islice(states, 2**14)):
            block = np.array(block, float)
            total = np.logaddexp(
                total, np.logaddexp.reduce(self._log_hidden(block) if by_hidden else -self.free_energy(block))
            )
        return float(total)

    def _log_hidden(self, hidden):
        """log Σ_v p(v, h) Z for hidden states `(n, hidden)`: `(n,)`."""
        inputs = self.visible_bias + hidden @ self.weights.T
        return hidden @ self.hidden_bias + self.trials * np.logaddexp(0, inputs).sum(axis=1)

    def log_partition_ais(self, levels, chains=100, temperatures=1000, seed=0):
        """log Z by annealed importance sampling, for machines too large to enumerate.

        Args:
            levels: data, `(n, visible)`; the chains begin at independent units with its means.
            chains: how many. Defaults to 100. temperatures: steps from there to the machine. Defaults to 1000.
            seed: integer seed, or None for other chains each time.

        Returns:
            A `LogPartition`. Its error knows of the spread between the chains only, and is never above 1: there, one
            chain has all the weight. What no chain has found is
            missing, so that log Z is more often too small than too large, and a likelihood too good.

        Raises:
            ValueError: as `free_energy`, and for counts that are no positive integers.

        Reference: Salakhutdinov and Murray 2008, section 4.1.
        """
        base = _log_odds(self._levels(levels), self.trials)
        _require_positive_integers(chains=chains, temperatures=temperatures)
        rng = np.random.default_rng(seed)
        v = rng.binomial(self.trials, _sigmoid(base), (chains, base.size)).astype(float)
        log_weights = np.zeros(chains)
        betas = np.linspace(0, 1, temperatures + 1)
        for before, beta in itertools.pairwise(betas):
            inputs = self.hidden_bias + v @ self.weights
            log_weights += (beta - before) * (v @ (self.visible_bias - base))
            log_weights += (np.logaddexp(0, beta * inputs) - np.logaddexp(0, before * inputs)).sum(axis=1)
            h = rng.random(inputs.shape) < _sigmoid(beta * inputs)
            bias = (1 - beta) * base + beta * self.visible_bias
            v = rng.binomial(self.trials, _sigmoid(bias + beta * (h @ self.weights.T))).astype(float)
        weights = np.exp(log_weights - log_weights.max())
        log_base = self.hidden_bias.size * math.log(2) + self.trials * np.logaddexp(0, base).sum()
        error = weights.std(ddof=1) / weights.mean() / math.sqrt(chains) if chains > 1 else math.inf
        return LogPartition(float(log_base + log_weights.max() + math.log(weights.mean())), float(error))

    def log_likelihood(self, levels, log_partition):
        """log p(v) = −F(v) − log Z: `(n,)`, in nats an image.

        Args:
            levels: `(n, visible)`. log_partition: log Z, from `log_partition()` or `log_partition_ais(...).value`.
        """
        return -self.free_energy(levels) - log_partition

    def _contrast(self, data, model):
        """The gradient of log p where `data` is what we have and `model` what the machine draws."""
        on, off = (_sigmoid(self.hidden_bias + v @ self.weights) for v in (data, model))
        return Gradient(
            data.T @ on / len(data) - model.T @ off / len(model),
            data.mean(axis=0) - model.mean(axis=0),
            on.mean(axis=0) - off.mean(axis=0),
        )

    def _gibbs(self, v, steps, rng):
        for _ in range(steps):
            on = _sigmoid(self.hidden_bias + v @ self.weights)
            h = (rng.random(on.shape) < on).astype(float)
            p = _sigmoid(self.visible_bias + h @ self.weights.T)
            v = (rng.random(p.shape) < p if self.trials == 1 else rng.binomial(self.trials, p)).astype(float)
        return v

    def _levels(self, levels):
        levels = _finite(levels, "levels", self.visible_bias.size, 0, self.trials)
        if not np.array_equal(levels, np.round(levels)):
            raise ValueError(
                f"Invalid levels. Expected whole numbers from 0 to {self.trials}. Received: fractions such as "
                f"{levels[levels != np.round(levels)][0]:g}. Round them, or compare with a threshold."
            )
        return levels


def _sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _log_odds(levels, trials):
    """log p / (1 − p) of each unit's mean p, a little away from 0 and 1: `(visible,)`."""
    means = levels.mean(axis=0) / trials
    return np.log((means + 0.01) / (1.01 - means))


def _finite(x, name, width, low, high):
    """An array `(n, width)` of floats from low to high, or a ValueError."""
    try:
        x = np.asarray(x, float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Invalid {name}. Expected an array of numbers. Received: {type(x).__name__}.") from error
    if x.ndim != 2 or x.shape[1] != width or not len(x):
        raise ValueError(
            f"Invalid {name}. Expected at least one row of {width} numbers, shape (n, {width}). "
            f"Received: shape {x.shape}. Flatten images with images.reshape(len(images), -1)."
        )
    if not (x.min() >= low and x.max() <= high):  # NaN, too
        raise ValueError(
            f"Invalid {name}. Expected values from {low} to {high}. Received: values from {x.min():g} to {x.max():g}. "
            "For images in [-1, 1], take images > 0 for one trial, or np.round((images + 1) * trials / 2)."
        )
    return x


def _require_positive_integers(**values):
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
            raise ValueError(
                f"Invalid {name}. Expected a positive integer. Received: {value!r}. Try {name}=1, or more."
            )


def _require_number(name, value, low, below, words):
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not low <= value < below:
        raise ValueError(
            f"Invalid {name}. Expected a number {words}. Received: {value!r}. Leave it out for the default."
        )
