"""A hidden Markov model over pixels in reading order, by hmmlearn, with the exact probability of each picture."""

import numpy as np

from gan_course.levels import LEVELS, require_count, require_fitted, require_levels


class PixelHMM:
    """A hidden Markov model: walk from hidden state to hidden state, and let each state draw one pixel's level.

    The same table of transitions serves at every pixel, so the model is told neither row nor column. What it knows of
    where it is and of what it has drawn, it has to keep in its one hidden state.

    Args:
        states: how many hidden states. Defaults to 30. levels: number of gray levels. Defaults to 17.
        iterations: rounds of expectation maximization (Baum and Welch). Defaults to 25.
        seed: integer seed of the start. Defaults to 0.

    Attributes:
        start `(states,)`, transition `(states, states)`, emission `(states, levels)`: probabilities; None until `fit`.
        pixels: how many a picture has; None until `fit`.

    Raises:
        ValueError: for a number of states, levels or iterations that is not a positive integer.

    Reference: Rabiner 1989, A tutorial on hidden Markov models, section III.
    """

    def __init__(self, states=30, levels=LEVELS, iterations=25, seed=0):
        require_count(states=states, levels=levels, iterations=iterations)
        self.states, self.levels, self.iterations, self.seed = states, levels, iterations, seed
        self.start = self.transition = self.emission = self.pixels = None

    def fit(self, levels):
        """Fit by expectation maximization: `(n, pixels)` integers. Returns the model.

        Raises:
            ValueError: for levels out of range. ImportError: where hmmlearn is missing.
        """
        levels = require_levels(levels, count=self.levels)
        model = self._model(n_iter=self.iterations, tol=0)
        model.fit(*_one_sequence(levels))
        self.start, self.transition, self.emission = model.startprob_, model.transmat_, model.emissionprob_
        self.pixels = levels.shape[1]
        return self

    def log_likelihood(self, levels):
        """Exact log-probability of each picture in nats, by the forward algorithm: `(n, pixels)` to `(n,)`.

        Raises:
            ValueError: before `fit`; for levels out of range, or of another width.
        """
        require_fitted(self, self.pixels is not None)
        levels = require_levels(levels, self.pixels, self.levels)
        model = self._model()
        model.startprob_, model.transmat_, model.emissionprob_ = self.start, self.transition, self.emission
        return np.array([model.score(picture[:, None]) for picture in levels])

    def sample(self, count, seed=0):
        """Draw pictures, pixel after pixel: `(count, pixels)` integers.

        Raises:
            ValueError: before `fit`; for a count that is not a positive integer.
        """
        require_fitted(self, self.pixels is not None)
        require_count(count=count)
        rng = np.random.default_rng(seed)
        drawn = np.empty((count, self.pixels), "int64")
        state = _draw(np.tile(self.start, (count, 1)), rng)
        for pixel in range(self.pixels):
            drawn[:, pixel] = _draw(self.emission[state], rng)
            state = _draw(self.transition[state], rng)
        return drawn

    def _model(self, **options):
        from hmmlearn.hmm import CategoricalHMM

        # The priors keep every probability above zero: a level that a state never drew is rare, not impossible.
        return CategoricalHMM(
            self.states,
            n_features=self.levels,
            startprob_prior=1.01,
            transmat_prior=1.01,
            emissionprob_prior=1.01,
            random_state=self.seed,
            implementation="scaling",
            **options,
        )


def _one_sequence(levels):
    """Pictures one after the other, as hmmlearn takes them: all pixels in a column, and how many each picture has."""
    return levels.reshape(-1, 1), np.full(len(levels), levels.shape[1])


def _draw(probabilities, rng):
    """One index a row, each with its probability: `(n, k)` to `(n,)`."""
    steps = probabilities.cumsum(axis=1)
    return (rng.uniform(size=(len(steps), 1)) * steps[:, -1:] > steps).sum(axis=1)
