"""log Z of a restricted Boltzmann machine: the exact sum over all states, and an estimate for large machines."""

import itertools
import math
from typing import NamedTuple

import numpy as np

MOST_STATES = 2**20
"""How many states of one layer `enumerate_states` goes through at most."""


class LogPartition(NamedTuple):
    """An estimate of log Z.

    Attributes:
        value: the estimate, in nats.
        standard_error: its standard error, in nats, from the spread of the chains' weights: at most 1, and above about
            0.3 a few chains carry most of the weight, so that it says little. ∞ for one chain.
    """

    value: float
    standard_error: float


def enumerate_states(rbm):
    """Compute log Z exactly, as a sum over all states of the layer that has fewer of them.

    Args:
        rbm: a `boltzmann.RBM`.

    Returns:
        A float, in nats.

    Raises:
        ValueError: where both layers have more than `MOST_STATES` states.
    """
    by_hidden = rbm.hidden * math.log(2) <= rbm.pixels * math.log(rbm.levels)
    values, size = (2, rbm.hidden) if by_hidden else (rbm.levels, rbm.pixels)
    if values**size > MOST_STATES:
        raise ValueError(
            f"Too many states for the exact log Z. Expected a layer with at most {MOST_STATES:,} of them, 20 binary "
            f"units. Received: {rbm.hidden} hidden units and {rbm.pixels} pixels of {rbm.levels} levels. Estimate "
            "log Z with log_partition_ais(training_levels).value, and pass it to log_likelihood as log_partition."
        )
    total = -math.inf
    states = itertools.product(range(values), repeat=size)
    while block := list(itertools.islice(states, 2**14)):
        block = np.array(block, float)
        log_weights = _log_hidden(rbm, block) if by_hidden else -rbm.free_energy(block)
        total = np.logaddexp(total, np.logaddexp.reduce(log_weights))
    return float(total)


def _log_hidden(rbm, hidden):
    """Compute log Σ_v p(v, h) Z for hidden states `(batch, hidden)`: `(batch,)`."""
    inputs = rbm.visible_bias + hidden @ rbm.weights.T
    return hidden @ rbm.hidden_bias + rbm.trials * np.logaddexp(0, inputs).sum(axis=1)


def anneal(rbm, base, chains, temperatures, rng):
    """Estimate log Z by annealed importance sampling.

    Args:
        rbm: a `boltzmann.RBM`.
        base: log-odds of the independent pixels at which the chains begin, `(pixels,)`.
        chains: number of chains.
        temperatures: number of changes on the way from these pixels to the machine.
        rng: a `numpy.random.Generator`.

    Returns:
        A `LogPartition`.

    Reference: Salakhutdinov and Murray 2008, on annealed importance sampling.
    """
    log_weights = _log_importance(rbm, base, chains, temperatures, rng)
    weights = np.exp(log_weights - log_weights.max())
    log_base = rbm.hidden * math.log(2) + rbm.trials * np.logaddexp(0, base).sum()
    error = weights.std(ddof=1) / weights.mean() / math.sqrt(chains) if chains > 1 else math.inf
    return LogPartition(float(log_base + log_weights.max() + math.log(weights.mean())), float(error))


def _log_importance(rbm, base, chains, temperatures, rng):
    """Move chains from the independent pixels to the machine, and collect their log-weights, `(chains,)`."""
    v = rng.binomial(rbm.trials, sigmoid(base), (chains, base.size)).astype(float)
    log_weights = np.zeros(chains)
    for before, beta in itertools.pairwise(np.linspace(0, 1, temperatures + 1)):
        inputs = rbm.hidden_bias + v @ rbm.weights
        log_weights += (beta - before) * (v @ (rbm.visible_bias - base))
        log_weights += (np.logaddexp(0, beta * inputs) - np.logaddexp(0, before * inputs)).sum(axis=1)
        h = rng.random(inputs.shape) < sigmoid(beta * inputs)
        bias = (1 - beta) * base + beta * rbm.visible_bias
        v = rng.binomial(rbm.trials, sigmoid(bias + beta * (h @ rbm.weights.T))).astype(float)
    return log_weights


def sigmoid(x):
    """Compute 1 / (1 + exp(−x)) without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)
