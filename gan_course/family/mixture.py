"""A Gaussian mixture over whole gray levels, in scikit-learn, with the exact probability of each picture."""

import warnings

import numpy as np

from gan_course.arguments import require_count, require_seed
from gan_course.family.contract import History, require_fitted, start_sampling
from gan_course.family.levels import LEVELS, require_levels

ADDED_VARIANCE = 1 / 12
"""Added to every variance of every component, so that none is 0. It makes the Gaussians a little too wide."""


class PixelMixture:
    """A mixture of Gaussians with a variance for each pixel.

    To draw a picture, choose a component, draw each pixel from its Gaussian, round it to a whole level, and clip it to
    the range of levels. The probability of a level is therefore the mass of its bin, from half a level below to half a
    level above; the first and the last bin have no outer end:

        p(x) = Σ_k w_k Π_i [Φ((x_i + ½ − μ_ki) / σ_ki) − Φ((x_i − ½ − μ_ki) / σ_ki)]

    Args:
        components: number of Gaussians. Defaults to 40.
        levels: number of gray levels. Defaults to 17.
        seed: integer that seeds the first guess of the components, or None for another one each time. Defaults to 0.

    Attributes:
        weights: w, `(components,)`; None until `fit`.
        means: μ, `(components, pixels)`; None until `fit`.
        deviations: σ, `(components, pixels)`; None until `fit`.
        pixels: how many pixels a picture has; None until `fit`.
        fitted: whether `fit` has been called.

    Raises:
        ValueError: for components or levels that are not integers of at least 1, or a bad seed.

    Example:
        >>> mixture = PixelMixture(components=2)
        >>> history = mixture.fit(np.array([[0, 3], [1, 3], [16, 9], [15, 8]]))
        >>> mixture.sample(5, seed=0).shape
        (5, 2)
    """

    def __init__(self, components: int = 40, levels: int = LEVELS, seed: int | None = 0):
        require_count(40, components=components)
        require_count(LEVELS, levels=levels)
        require_seed(seed)
        self.components, self.levels, self.seed = components, levels, seed
        self.weights = self.means = self.deviations = self.pixels = None
        self.fitted = False

    def fit(self, levels, validation=None, *, iterations: int = 500) -> History:
        """Fit the Gaussians by expectation maximization, as scikit-learn does it. A second call starts again.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`, at least as many pictures as components.
            validation: more pictures, on which the loss is measured, too. Defaults to None.
            iterations: largest number of iterations. The fit ends earlier where it no longer improves.
                Defaults to 500.

        Returns:
            `contract.History` with one entry per iteration: minus the mean log-density of a picture, in nats. The
            density is what the fit raises. It is no probability: do not compare it with `log_likelihood`. An entry
            of `"loss"` is measured before the update of its iteration, one of `"val_loss"` after it.

        Raises:
            ValueError: for bad levels, fewer pictures than components, or iterations that are not an integer of at
                least 1.
        """
        require_count(500, iterations=iterations)
        levels = require_levels(levels, count=self.levels)
        if validation is not None:
            validation = require_levels(validation, levels.shape[1], self.levels)
        if len(levels) < self.components:
            raise ValueError(
                f"Too few pictures. Expected at least as many as components, {self.components}. "
                f"Received: {len(levels)}. Choose fewer components."
            )
        model, history = self._maximize(levels, validation, iterations)
        self.weights, self.means, self.deviations = model.weights_, model.means_, np.sqrt(model.covariances_)
        self.pixels, self.fitted = levels.shape[1], True
        return History(history)

    def _maximize(self, levels, validation, iterations):
        """Run expectation maximization one iteration at a time: scikit-learn's model, and the losses."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        options = {"covariance_type": "diag", "reg_covar": ADDED_VARIANCE, "random_state": self.seed}
        model = GaussianMixture(self.components, max_iter=1, warm_start=True, **options)
        history = {"loss": []} if validation is None else {"loss": [], "val_loss": []}
        for _ in range(iterations):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # one iteration is not meant to converge
                model.fit(levels)
            history["loss"].append(-float(model.lower_bound_))
            if validation is not None:
                history["val_loss"].append(-model.score(validation))
            if model.converged_:
                break
        return model, history

    def log_likelihood(self, levels):
        """Compute the exact log-probability of each picture.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels.
        """
        from scipy.special import logsumexp

        require_fitted(self)
        levels = require_levels(levels, self.pixels, self.levels)
        by_component = [
            np.log(weight) + log_mass(levels, mean, deviation, self.levels).sum(axis=1)
            for weight, mean, deviation in zip(self.weights, self.means, self.deviations, strict=True)
        ]
        return logsumexp(by_component, axis=0)

    def sample(self, count: int, seed: int | None = 0):
        """Draw pictures.

        Args:
            count: how many pictures.
            seed: integer, or None for other pictures each time. Defaults to 0.

        Returns:
            Integers from 0 to levels − 1, `(count, pixels)`, int64.

        Raises:
            ValueError: before `fit`; for a count that is not an integer of at least 1, or a bad seed.
        """
        rng = start_sampling(self, count, seed)
        chosen = rng.choice(self.components, size=count, p=self.weights)
        drawn = rng.normal(self.means[chosen], self.deviations[chosen])
        return np.clip(np.rint(drawn), 0, self.levels - 1).astype("int64")


def log_mass(level, mean, deviation, count=LEVELS):
    """Compute the log-probability that a Gaussian, rounded and clipped to the levels, gives this level.

    It is log(Φ((level + ½ − mean) / deviation) − Φ((level − ½ − mean) / deviation)). The first bin begins at −∞, and
    the last one ends at +∞. The result stays accurate far from the mean, where the difference itself would be 0.

    Args:
        level: integers from 0 to count − 1. It is broadcast with the next two.
        mean: mean of the Gaussian.
        deviation: standard deviation of the Gaussian.
        count: number of gray levels. Defaults to 17.

    Returns:
        Array of the common shape, in nats.
    """
    from scipy.special import log_ndtr

    low = np.where(level == 0, -np.inf, (level - 0.5 - mean) / deviation)
    high = np.where(level == count - 1, np.inf, (level + 0.5 - mean) / deviation)
    # A bin right of the mean has the mass of its mirror image on the left, where the logs are accurate.
    right = low > 0
    low, high = np.where(right, -high, low), np.where(right, -low, high)
    log_high = log_ndtr(high)
    return log_high + np.log1p(-np.exp(log_ndtr(low) - log_high))
