"""A Gaussian mixture over whole gray levels, in scikit-learn, with the exact probability of each picture."""

import numpy as np

from gan_course.levels import LEVELS, require_count, require_fitted, require_levels

ROUNDING_VARIANCE = 1 / 12
"""Variance of a number of which only the rounded value is known: added to every component's variances."""


class PixelMixture:
    """A mixture of Gaussians with a variance for each pixel: choose a component, draw each pixel, round.

    A density would not do, since pixels are whole numbers, and the density at a whole number is no probability. So the
    probability of a level is the mass of its bin, from half below to half above; the first and the last bin are open.
    That is exactly what rounding and clipping a sample makes of the Gaussians.

    Args:
        components: how many Gaussians. Defaults to 40. levels: number of gray levels. Defaults to 17.
        seed: integer seed of the start. Defaults to 0.

    Attributes:
        weights `(components,)`, means and deviations `(components, pixels)`: None until `fit`.

    Raises:
        ValueError: for a number of components or levels that is not a positive integer.

    Example:
        >>> mixture = PixelMixture(components=2).fit(np.array([[0, 3], [1, 3], [16, 9], [15, 8]]))
        >>> mixture.sample(5, seed=0).shape
        (5, 2)
    """

    def __init__(self, components=40, levels=LEVELS, seed=0):
        require_count(components=components, levels=levels)
        self.components, self.levels, self.seed = components, levels, seed
        self.weights = self.means = self.deviations = None

    def fit(self, levels):
        """Fit by expectation maximization, as scikit-learn does it: `(n, pixels)` integers. Returns the mixture.

        Raises:
            ValueError: for levels out of range, and for fewer pictures than components.
        """
        from sklearn.mixture import GaussianMixture

        levels = require_levels(levels, count=self.levels)
        if len(levels) < self.components:
            raise ValueError(
                f"Too few pictures. Expected at least as many as components, {self.components}. "
                f"Received: {len(levels)}. Choose fewer components."
            )
        found = GaussianMixture(
            self.components,
            covariance_type="diag",
            reg_covar=ROUNDING_VARIANCE,
            max_iter=500,
            random_state=self.seed,
        ).fit(levels)
        self.weights, self.means, self.deviations = found.weights_, found.means_, np.sqrt(found.covariances_)
        return self

    def log_likelihood(self, levels):
        """Exact log-probability of each picture in nats: `(n, pixels)` integers to `(n,)`.

        log Σ_k w_k Π_i mass of the bin of pixel i under component k, by `logsumexp`.

        Raises:
            ValueError: before `fit`; for levels out of range, or of another width.
        """
        from scipy.special import logsumexp

        require_fitted(self, self.means is not None)
        levels = require_levels(levels, self.means.shape[1], self.levels)
        by_component = [
            np.log(weight) + log_mass(levels, mean, deviation, self.levels).sum(axis=1)
            for weight, mean, deviation in zip(self.weights, self.means, self.deviations, strict=True)
        ]
        return logsumexp(by_component, axis=0)

    def sample(self, count, seed=0):
        """Draw pictures: `(count, pixels)` integers.

        Raises:
            ValueError: before `fit`; for a count that is not a positive integer.
        """
        require_fitted(self, self.means is not None)
        require_count(count=count)
        rng = np.random.default_rng(seed)
        chosen = rng.choice(self.components, size=count, p=self.weights)
        drawn = rng.normal(self.means[chosen], self.deviations[chosen])
        return np.clip(np.rint(drawn), 0, self.levels - 1).astype("int64")


def log_mass(level, mean, deviation, count=LEVELS):
    """Log of the probability that a Gaussian, rounded and clipped to the levels, gives this level.

    Args:
        level: integers from 0 to count − 1. mean, deviation: of the Gaussian; all three broadcast.
        count: number of levels. Defaults to 17.

    Returns:
        log(Φ((level + ½ − mean) / deviation) − Φ((level − ½ − mean) / deviation)), with −∞ for the lower end of the
        first bin and +∞ for the upper end of the last. Far out, too, where the difference itself would be 0.
    """
    from scipy.special import log_ndtr

    low = np.where(level == 0, -np.inf, (level - 0.5 - mean) / deviation)
    high = np.where(level == count - 1, np.inf, (level + 0.5 - mean) / deviation)
    right = low > 0  # by symmetry the same mass as on the left, where the logs are accurate
    low, high = np.where(right, -high, low), np.where(right, -low, high)
    log_high = log_ndtr(high)
    return log_high + np.log1p(-np.exp(log_ndtr(low) - log_high))
