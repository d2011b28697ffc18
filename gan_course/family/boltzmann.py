"""The restricted Boltzmann machine: energies, Gibbs sampling, contrastive divergence, likelihood."""

import math
from typing import NamedTuple

import numpy as np

from gan_course.arguments import require_count, require_number, require_seed
from gan_course.family import partition
from gan_course.family.contract import History, require_fitted
from gan_course.family.levels import require_levels
from gan_course.family.partition import sigmoid


class Gradient(NamedTuple):
    """The direction in which to move the parameters of an RBM.

    Attributes:
        weights: change of W, `(pixels, hidden)`.
        visible_bias: change of a, `(pixels,)`.
        hidden_bias: change of b, `(hidden,)`.
    """

    weights: np.ndarray
    visible_bias: np.ndarray
    hidden_bias: np.ndarray


class RBM:
    """A restricted Boltzmann machine: visible units v, binary hidden units h, and weights between the two layers only.

        E(v, h) = −a·v − b·h − vᵀWh
        p(v, h) = exp(−E(v, h)) Π_i C(T, v_i) / Z,  with T = levels − 1

    A visible unit is the gray level of a pixel: the number of successes in T trials with one probability, so that v_i
    given h has the distribution Binomial(T, σ(a_i + W_i·h)). With 2 levels, T = 1, this is the usual binary machine;
    with 17 levels it fits the gray levels of the digits.

    A new machine has random weights near 0, so its energies and its Gibbs chains can be looked at before `fit`.

    Args:
        pixels: number of visible units.
        hidden: number of hidden units.
        levels: number of gray levels. Defaults to 2: black and white.
        seed: integer that seeds the first weights and all that is drawn in `fit`, or None for others each time.
            Defaults to 0.

    Attributes:
        weights: W, `(pixels, hidden)`; at first N(0, 0.01²).
        visible_bias: a, `(pixels,)`; at first 0.
        hidden_bias: b, `(hidden,)`; at first 0.
        fitted: whether `fit` or `set_parameters` has been called.

    Raises:
        ValueError: for pixels or hidden units that are not integers of at least 1, levels that are not an integer of
            at least 2, or a bad seed.

    Reference: Hinton 2002; Hinton 2012, A practical guide to training RBMs; Teh and Hinton 2001 for the trials.

    Example:
        ```python
        rbm = RBM(pixels=64, hidden=100, levels=17)
        history = rbm.fit(levels, epochs=20)
        rbm.free_energy(levels), rbm.sample(16, seed=1)
        ```
    """

    def __init__(self, pixels: int, hidden: int, levels: int = 2, seed: int | None = 0):
        require_count(64, pixels=pixels, hidden=hidden)
        require_count(2, levels=levels)
        require_number(2, at_least=2, levels=levels)
        require_seed(seed)
        self.pixels, self.hidden, self.levels = int(pixels), int(hidden), int(levels)
        self.trials, self.rng = self.levels - 1, np.random.default_rng(seed)
        self.weights = self.rng.normal(0, 0.01, (pixels, hidden))
        self.visible_bias, self.hidden_bias = np.zeros(pixels), np.zeros(hidden)
        self.fitted = False
        self._velocity = None  # of the momentum, from the first call of `fit` on

    def set_parameters(self, weights, visible_bias, hidden_bias):
        """Give the machine its parameters, instead of `fit` or before it.

        Args:
            weights: W, `(pixels, hidden)`.
            visible_bias: a, `(pixels,)`.
            hidden_bias: b, `(hidden,)`.

        Raises:
            ValueError: for arrays of other shapes, or with values that are not finite.
        """
        shapes = {"weights": (self.pixels, self.hidden), "visible_bias": (self.pixels,), "hidden_bias": (self.hidden,)}
        given = dict(zip(shapes, (weights, visible_bias, hidden_bias), strict=True))
        given = {name: np.array(values, float) for name, values in given.items()}
        for name, values in given.items():
            if values.shape != shapes[name] or not np.isfinite(values).all():
                raise ValueError(
                    f"Invalid {name}. Expected finite numbers of shape {shapes[name]}. "
                    f"Received: shape {values.shape}, from {values.min(initial=0)} to {values.max(initial=0)}. "
                    "Take them from a machine with as many pixels and hidden units."
                )
        vars(self).update(given, fitted=True)

    def free_energy(self, levels):
        """Compute F(v) = −log Σ_h exp(−E(v, h)) − log Π_i C(T, v_i), so that p(v) = exp(−F(v)) / Z.

        Args:
            levels: whole numbers from 0 to levels − 1, `(batch, pixels)`.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: for bad levels.

        Reference: Hinton 2012, section 16.1.
        """
        levels = self._visible(levels)
        hidden = np.logaddexp(0, self.hidden_bias + levels @ self.weights).sum(axis=1)
        return -levels @ self.visible_bias - hidden - self._log_ways(levels)

    def hidden_probabilities(self, levels):
        """Compute p(h_j = 1 | v) for each hidden unit.

        Args:
            levels: whole numbers from 0 to levels − 1, `(batch, pixels)`.

        Returns:
            Array `(batch, hidden)`, values in [0, 1].

        Raises:
            ValueError: for bad levels.
        """
        return sigmoid(self.hidden_bias + self._visible(levels) @ self.weights)

    def visible_probabilities(self, hidden):
        """Compute the success probability of each visible unit's trials, σ(a + W h).

        Args:
            hidden: states or probabilities of the hidden units, values in [0, 1], `(batch, hidden)`.

        Returns:
            Array `(batch, pixels)`, values in [0, 1]. With 2 levels these are the p(v_i = 1 | h).

        Raises:
            ValueError: for hidden values of another shape, or outside [0, 1].
        """
        hidden = np.asarray(hidden, float)
        if hidden.ndim != 2 or hidden.shape[1] != self.hidden or not len(hidden):
            fault = f"shape {hidden.shape}"
        elif not (hidden.min() >= 0 and hidden.max() <= 1):  # this is true for NaN, too
            fault = f"values from {hidden.min():g} to {hidden.max():g}"
        else:
            return sigmoid(self.visible_bias + hidden @ self.weights.T)
        raise ValueError(
            f"Invalid hidden values. Expected values from 0 to 1, shape (batch, {self.hidden}). Received: {fault}. "
            "Take what hidden_probabilities(levels) returns."
        )

    def gibbs(self, levels, steps: int = 1, seed: int | None = None):
        """Run Gibbs chains. Each step draws the hidden units given the visible ones, and then new visible units.

        Args:
            levels: where the chains begin, whole numbers from 0 to levels − 1, `(batch, pixels)`.
            steps: number of steps. Defaults to 1.
            seed: integer. Defaults to None: the next of the machine's own random numbers.

        Returns:
            Integers from 0 to levels − 1, `(batch, pixels)`: where the chains end.

        Raises:
            ValueError: for bad levels, steps that are not an integer of at least 1, or a bad seed.
        """
        levels = self._visible(levels)
        require_count(1, steps=steps)
        return self._gibbs(levels, steps, self._rng(seed)).astype("int64")

    def sample(self, count: int, seed: int | None = 0, *, steps: int = 1000):
        """Draw pictures: Gibbs chains that begin at uniformly random levels.

        The longer the chains, the closer is their end to a draw from the machine's distribution.

        Args:
            count: how many pictures, each from a chain of its own.
            seed: integer, or None for other pictures each time. Defaults to 0.
            steps: number of Gibbs steps. Defaults to 1000.

        Returns:
            Integers from 0 to levels − 1, `(count, pixels)`, int64.

        Raises:
            ValueError: before `fit`; for a count or steps that are not integers of at least 1, or a bad seed.
        """
        require_fitted(self)
        require_count(count=count)
        require_count(1000, steps=steps)
        rng = self._rng(seed)
        start = rng.integers(0, self.levels, (count, self.pixels))
        return self._gibbs(start, steps, rng).astype("int64")

    def contrastive_divergence(self, levels, steps: int = 1) -> Gradient:
        """Estimate the gradient of the mean log-likelihood by contrastive divergence, CD-k.

        It is ⟨v hᵀ⟩ at the data minus ⟨v hᵀ⟩ at the end of Gibbs chains that began at the data, and likewise for the
        biases.

        Args:
            levels: a batch of data, whole numbers from 0 to levels − 1, `(batch, pixels)`.
            steps: length of the chains, k. Defaults to 1.

        Returns:
            A `Gradient`, averaged over the batch. A small step along it raises log p of the data, but only roughly.

        Raises:
            ValueError: for bad levels, or steps that are not an integer of at least 1.

        Reference: Hinton 2002; Hinton 2012, equation 9.
        """
        levels = self._visible(levels)
        require_count(1, steps=steps)
        return self._contrast(levels, self._gibbs(levels, steps, self.rng))

    def fit(
        self, levels, validation=None, *, epochs=60, batch_size=32, learning_rate=0.01, steps=1, momentum=0.9
    ) -> History:
        """Train by contrastive divergence. A second call goes on where the first one ended.

        The first call sets the visible biases to the log-odds of the data's means, so that the weights need not learn
        them (Hinton 2012, section 8.1). After `set_parameters` it begins with the given biases.

        Args:
            levels: the data, whole numbers from 0 to levels − 1, `(batch, pixels)`.
            validation: more pictures, on which the loss is measured, too. Defaults to None.
            epochs: passes over the data. Defaults to 60.
            batch_size: pictures per step. Defaults to 32.
            learning_rate: factor of the gradient, which is first divided by levels − 1. Defaults to 0.01.
            steps: length of the Gibbs chains, k of CD-k. Defaults to 1, which is quick. With 5 the likelihood gets
                better, most of all with many levels.
            momentum: share of the last step that is added to the next one. Defaults to 0.9.

        Returns:
            `contract.History`. Large machines cannot compute their likelihood exactly, so the loss is another number,
            measured at the end of each epoch: −log p(v | E[h | v]), in nats per picture. It tells how badly the
            machine redraws a picture from the probabilities of its hidden units. It falls in a training that works,
            but a lower loss does not prove a better likelihood (Hinton 2012, section 5).

        Raises:
            ValueError: for bad levels, counts that are not integers of at least 1, a learning rate that is not above
                0, or a momentum outside of [0, 1).
        """
        pictures = {"loss": levels} if validation is None else {"loss": levels, "val_loss": validation}
        pictures = {name: self._visible(given) for name, given in pictures.items()}
        require_count(32, epochs=epochs, batch_size=batch_size)
        require_count(1, steps=steps)
        require_number(0.01, above=0, learning_rate=learning_rate)
        require_number(0.9, at_least=0, below=1, momentum=momentum)
        self._begin(pictures["loss"])
        history = {name: [] for name in pictures}
        for _ in range(epochs):
            for batch in np.split(self.rng.permutation(pictures["loss"]), range(batch_size, len(levels), batch_size)):
                self._follow(self._contrast(batch, self._gibbs(batch, steps, self.rng)), learning_rate, momentum)
            for name, losses in history.items():
                losses.append(self._reconstruction_loss(pictures[name]))
        return History(history)

    def _begin(self, levels):
        """Prepare the first training: biases from the data, unless they were given, and no momentum yet."""
        if not self.fitted:
            self.visible_bias = _log_odds(levels, self.trials)
        if self._velocity is None:
            self._velocity = [np.zeros(part.shape) for part in (self.weights, self.visible_bias, self.hidden_bias)]
        self.fitted = True

    def _follow(self, gradient, learning_rate, momentum):
        """Take one step along a gradient."""
        parameters = self.weights, self.visible_bias, self.hidden_bias
        for parameter, velocity, change in zip(parameters, self._velocity, gradient, strict=True):
            velocity *= momentum
            velocity += learning_rate / self.trials * change
            parameter += velocity

    def _reconstruction_loss(self, levels):
        """Mean of −log p(v | h) over pictures, where h are the hidden probabilities of v, in nats per picture."""
        inputs = self.visible_bias + sigmoid(self.hidden_bias + levels @ self.weights) @ self.weights.T
        log_p = levels * inputs - self.trials * np.logaddexp(0, inputs)
        return float(-np.mean(log_p.sum(axis=1) + self._log_ways(levels)))

    def log_likelihood(self, levels, log_partition: float | None = None):
        """Compute the log-probability of each picture, log p(v) = −F(v) − log Z.

        It is exact where log Z is exact. A machine with few units computes log Z itself. For a larger one, hand over
        an estimate; then the result is an estimate, too.

        Args:
            levels: whole numbers from 0 to levels − 1, `(batch, pixels)`.
            log_partition: log Z, for example `log_partition_ais(levels).value`. Defaults to None: the exact value,
                computed in each call by `log_partition()`.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels; for a machine that is too large for the exact log Z, where none
                is given.
        """
        require_fitted(self)
        free_energy = self.free_energy(levels)
        if log_partition is None:
            log_partition = self.log_partition()
        require_number(100.0, log_partition=log_partition)
        return -free_energy - log_partition

    def log_partition(self) -> float:
        """Compute log Z exactly, as a sum over all states of the layer that has fewer of them.

        Returns:
            A float, in nats.

        Raises:
            ValueError: where both layers have more than `partition.MOST_STATES` states. Use `log_partition_ais` then.
        """
        return partition.enumerate_states(self)

    def log_partition_ais(
        self, levels, *, chains: int = 100, temperatures: int = 1000, seed: int | None = 0
    ) -> partition.LogPartition:
        """Estimate log Z by annealed importance sampling, for machines that are too large to enumerate.

        The chains begin at independent pixels, whose Z is known, and move to this machine in many small changes.

        Args:
            levels: data, whole numbers from 0 to levels − 1, `(batch, pixels)`. The independent pixels have its means.
            chains: number of chains. Defaults to 100.
            temperatures: number of changes on the way. Defaults to 1000.
            seed: integer, or None for other chains each time. Defaults to 0.

        Returns:
            A `partition.LogPartition`. Its standard error measures only how much the chains differ. Regions that no
            chain has found are missing from the value. So log Z is too small more often than it is too large.
            If it is too small, a likelihood that is computed with it is too large.

        Raises:
            ValueError: for bad levels, counts that are not integers of at least 1, or a bad seed.

        Reference: Salakhutdinov and Murray 2008, on annealed importance sampling.
        """
        base = _log_odds(self._visible(levels), self.trials)
        require_count(100, chains=chains, temperatures=temperatures)
        require_seed(seed)
        return partition.anneal(self, base, chains, temperatures, np.random.default_rng(seed))

    def _contrast(self, data, model):
        """Compute the gradient of log p, where `data` are training pictures and `model` pictures from the chains."""
        data_on, model_on = (sigmoid(self.hidden_bias + v @ self.weights) for v in (data, model))
        return Gradient(
            data.T @ data_on / len(data) - model.T @ model_on / len(model),
            data.mean(axis=0) - model.mean(axis=0),
            data_on.mean(axis=0) - model_on.mean(axis=0),
        )

    def _gibbs(self, v, steps, rng):
        """Run Gibbs chains from visible states that were checked already."""
        for _ in range(steps):
            on = sigmoid(self.hidden_bias + v @ self.weights)
            h = (rng.random(on.shape) < on).astype(float)
            p = sigmoid(self.visible_bias + h @ self.weights.T)
            v = (rng.random(p.shape) < p if self.trials == 1 else rng.binomial(self.trials, p)).astype(float)
        return v

    def _visible(self, levels):
        """Check levels, and return them as the floats of the visible units."""
        return require_levels(levels, self.pixels, self.levels).astype(float)

    def _log_ways(self, levels):
        """Compute log Π_i C(T, v_i) of each picture: `(batch,)`."""
        log_ways = np.array([math.log(math.comb(self.trials, k)) for k in range(self.levels)])
        return log_ways[levels.astype(int)].sum(axis=1)

    def _rng(self, seed):
        """Make random numbers from a seed. Without a seed, go on with the machine's own."""
        require_seed(seed)
        return self.rng if seed is None else np.random.default_rng(seed)


def _log_odds(levels, trials):
    """Compute log p / (1 − p) of each pixel's mean success probability p, a little away from 0 and 1: `(pixels,)`."""
    means = levels.mean(axis=0) / trials
    return np.log((means + 0.01) / (1.01 - means))
