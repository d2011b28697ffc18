"""A hidden Markov model over pixels in reading order, by hmmlearn, with the exact probability of each picture."""

import numpy as np

from gan_course.arguments import require_count, require_seed
from gan_course.family.contract import History, require_fitted, start_sampling
from gan_course.family.levels import LEVELS, require_levels


class PixelHMM:
    """A hidden Markov model: each hidden state draws one pixel's level, and then a next state is drawn.

    The same table of transitions is used at every pixel, so the model is told neither the row nor the column. Whatever
    it knows about its place and about the pixels before is contained in its one hidden state.

    Args:
        states: number of hidden states. Defaults to 30.
        levels: number of gray levels. Defaults to 17.
        seed: integer that seeds the first guess of the tables, or None for another one each time. Defaults to 0.

    Attributes:
        start: probabilities of the first state, `(states,)`; None until `fit`.
        transition: probabilities of the next state, one row for each state, `(states, states)`; None until `fit`.
        emission: probabilities of the levels, one row for each state, `(states, levels)`; None until `fit`.
        pixels: how many pixels a picture has; None until `fit`.
        fitted: whether `fit` has been called.

    Raises:
        ValueError: for states or levels that are not integers of at least 1, or a bad seed.

    Reference: Rabiner 1989, A tutorial on hidden Markov models, section III.

    Example:
        ```python
        hmm = PixelHMM(states=30)
        history = hmm.fit(levels, iterations=25)
        hmm.log_likelihood(levels), hmm.sample(16, seed=1)
        ```
    """

    def __init__(self, states: int = 30, levels: int = LEVELS, seed: int | None = 0):
        require_count(30, states=states)
        require_count(LEVELS, levels=levels)
        require_seed(seed)
        self.states, self.levels, self.seed = states, levels, seed
        self.start = self.transition = self.emission = self.pixels = None
        self.fitted = False

    def fit(self, levels, validation=None, *, iterations: int = 25) -> History:
        """Fit the tables by expectation maximization (Baum and Welch). A second call starts again from the beginning.

        The tables are computed from counts, and 0.01 is added to each count, so that no probability is 0. The loss
        leaves these additions out. Therefore it may rise in an iteration.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            validation: more pictures, on which the loss is measured, too. Defaults to None.
            iterations: largest number of iterations. The fit ends earlier where the loss rises. Defaults to 25.

        Returns:
            `contract.History` with one entry per iteration: minus the mean log-probability of a picture, in nats. An
            entry of `"loss"` is measured before the update of its iteration, one of `"val_loss"` after it.

        Raises:
            ValueError: for bad levels, or iterations that are not an integer of at least 1.
            ImportError: where hmmlearn is not installed.
        """
        require_count(25, iterations=iterations)
        levels = require_levels(levels, count=self.levels)
        if validation is not None:
            validation = require_levels(validation, levels.shape[1], self.levels)
        hmm, history = self._maximize(levels, validation, iterations)
        self.start, self.transition, self.emission = hmm.startprob_, hmm.transmat_, hmm.emissionprob_
        self.pixels, self.fitted = levels.shape[1], True
        return History(history)

    def _maximize(self, levels, validation, iterations):
        """Run expectation maximization one iteration at a time: hmmlearn's model, and the losses."""
        hmm = self._hmm(n_iter=1)
        loss, val_loss = [], []
        for _ in range(iterations):
            hmm.fit(*_one_sequence(levels))
            hmm.init_params = ""  # the next iteration goes on from these tables
            loss.append(-hmm.monitor_.history[-1] / len(levels))
            if validation is not None:
                val_loss.append(-hmm.score(*_one_sequence(validation)) / len(validation))
            if loss[-1] > min(loss):  # the priors count as well, so the likelihood alone may fall
                break
        return hmm, {"loss": loss} if validation is None else {"loss": loss, "val_loss": val_loss}

    def log_likelihood(self, levels):
        """Compute the exact log-probability of each picture by the forward algorithm.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels.
        """
        require_fitted(self)
        levels = require_levels(levels, self.pixels, self.levels)
        hmm = self._hmm()
        hmm.startprob_, hmm.transmat_, hmm.emissionprob_ = self.start, self.transition, self.emission
        return np.array([hmm.score(picture[:, None]) for picture in levels])

    def sample(self, count: int, seed: int | None = 0):
        """Draw pictures, one pixel after the other.

        Args:
            count: how many pictures.
            seed: integer, or None for other pictures each time. Defaults to 0.

        Returns:
            Integers from 0 to levels − 1, `(count, pixels)`, int64.

        Raises:
            ValueError: before `fit`; for a count that is not an integer of at least 1, or a bad seed.
        """
        rng = start_sampling(self, count, seed)
        drawn = np.empty((count, self.pixels), "int64")
        state = _draw_indices(np.tile(self.start, (count, 1)), rng)
        for pixel in range(self.pixels):
            drawn[:, pixel] = _draw_indices(self.emission[state], rng)
            state = _draw_indices(self.transition[state], rng)
        return drawn

    def _hmm(self, **options):
        """Make a new model of hmmlearn with the sizes and the seed of this one."""
        from hmmlearn.hmm import CategoricalHMM

        # The priors keep every probability above zero. So a level that a state never drew is rare, not impossible.
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
    """Put pictures one after the other, as hmmlearn takes them: a column of all pixels, and the length of each."""
    return levels.reshape(-1, 1), np.full(len(levels), levels.shape[1])


def _draw_indices(probabilities, rng):
    """Draw one index for each row, with the probabilities in this row: `(n, k)` to `(n,)`."""
    steps = probabilities.cumsum(axis=1)
    return (rng.uniform(size=(len(steps), 1)) * steps[:, -1:] > steps).sum(axis=1)
