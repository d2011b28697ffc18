"""Normalizing flows of affine couplings: an exact density of points, a lower bound of each picture's probability."""

import keras
import numpy as np
from keras import ops

from gan_course.arguments import require_count, require_number, require_seed
from gan_course.family.contract import History, require_fitted, start_sampling
from gan_course.family.coupling import Gaussianize, coupling_network, invert, log_normal
from gan_course.family.levels import LEVELS, require_levels
from gan_course.family.training import fit_by_cosine, seeded_layers


class Flow:
    """A normalizing flow over points: an invertible network from the data to a standard normal distribution.

    By the change of variables, log p(x) = log N(z; 0, I) + log |det ∂z/∂x|. The points are brought to the mean 0 and
    the standard deviation 1 first. This is a part of the change of variables, too.

    Args:
        features: number of coordinates of a point. Defaults to 2.
        couplings: number of `AffineCoupling` layers. Defaults to 8.
        hidden: units of the hidden layer of each coupling. Defaults to 64.
        seed: integer that seeds the first weights and the order of the batches, or None for others each time.
            Defaults to 0.

    Attributes:
        couplings: `keras.Model` from points of mean 0 and standard deviation 1, `(batch, features)`, to z,
            `(batch, features)`, and the log-determinant, `(batch, 1)`.
        fitted: whether `fit` has been called.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a bad seed.

    Reference: Dinh et al. 2017 (RealNVP).

    Example:
        ```python
        flow = Flow(features=2)
        history = flow.fit(points)
        flow.log_density(points), flow.sample(1000, seed=1)
        ```
    """

    def __init__(self, features: int = 2, couplings: int = 8, hidden: int = 64, seed: int | None = 0):
        require_count(2, features=features)
        require_count(64, couplings=couplings, hidden=hidden)
        require_seed(seed)
        self.features, self.seed = features, seed
        self.rng, self.fitted = np.random.default_rng(seed), False
        with seeded_layers(seed):
            self.couplings = coupling_network(features, couplings, hidden)

    def fit(self, points, validation=None, *, epochs=40, batch_size=50, learning_rate=2e-3, verbose=0) -> History:
        """Raise the density of the points by Adam. A second call goes on with the weights of the first one.

        Args:
            points: `(batch, features)`. No coordinate may be the same for all points.
            validation: more points, on which the loss is measured, too. The model ends with the weights of the epoch
                that was best on these. Defaults to None: it ends with the last weights.
            epochs: passes over the points. Defaults to 40.
            batch_size: points per step. Defaults to 50.
            learning_rate: the learning rate of the first step. It falls to 0 along a cosine. Defaults to 2e-3.
            verbose: what Keras prints: 0, 1 or 2. Defaults to 0: nothing.

        Returns:
            `contract.History` with one entry per epoch: minus the mean log-density of a point, in nats. An entry of
            `"loss"` is a mean over the steps of its epoch, one of `"val_loss"` is measured at its end.

        Raises:
            ValueError: for bad points, counts that are not integers of at least 1, or a learning rate that is not
                above 0.
        """
        points = require_points(points, self.features)
        validation = None if validation is None else require_points(validation, self.features)
        if not self.fitted:
            self.mean, self.deviation = points.mean(axis=0), require_variation(points.std(axis=0))
        options = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "verbose": verbose}
        history = fit_by_cosine(
            density_network(self.couplings.input, *self.couplings.output),
            negative_log_density,
            self._standardize(points),
            None if validation is None else self._standardize(validation),
            self.rng,
            **options,
        )
        self.fitted = True
        rescaling = np.log(self.deviation).sum()
        return History({name: [loss + rescaling for loss in losses] for name, losses in history.history.items()})

    def log_density(self, points):
        """Compute the logarithm of the density of each point. It is exact.

        Args:
            points: `(batch, features)`.

        Returns:
            Array `(batch,)`, float64, in nats.

        Raises:
            ValueError: before `fit`; for bad points.
        """
        latent, log_det = self.forward(points)
        return to_numbers(log_normal(latent)) + log_det

    def forward(self, points):
        """Send points through the flow.

        Args:
            points: x, `(batch, features)`.

        Returns:
            z, `(batch, features)`, and log |det ∂z/∂x|, `(batch,)`, both float64.

        Raises:
            ValueError: before `fit`; for bad points.
        """
        require_fitted(self)
        standardized = self._standardize(require_points(points, self.features))
        latent, log_det = self.couplings.predict_on_batch(standardized)
        return latent.astype("float64"), to_numbers(log_det) - np.log(self.deviation).sum()

    def inverse(self, latent):
        """Send numbers through the flow in the other direction.

        Args:
            latent: z, `(batch, features)`.

        Returns:
            x, `(batch, features)`, float64.

        Raises:
            ValueError: before `fit`; for bad numbers.
        """
        require_fitted(self)
        return invert(self.couplings, require_points(latent, self.features)) * self.deviation + self.mean

    def sample(self, count: int, seed: int | None = 0):
        """Draw points: standard normal numbers that go through the inverse of the network.

        Args:
            count: how many points.
            seed: integer, or None for other points each time. Defaults to 0.

        Returns:
            Points `(count, features)`, float64.

        Raises:
            ValueError: before `fit`; for a count that is not an integer of at least 1, or a bad seed.
        """
        rng = start_sampling(self, count, seed)
        return self.inverse(rng.normal(size=(count, self.features)))

    def _standardize(self, points):
        return ((points - self.mean) / self.deviation).astype("float32")


class PixelFlow:
    """A normalizing flow over whole gray levels: `Gaussianize` makes them continuous, and couplings follow.

    The flow has a density p(z) of pictures with noise. The probability of a picture is the mean of its density over all
    noise, and the logarithm of a mean is at least the mean of the logarithms (Jensen). So `log_likelihood_bound` is a
    random number whose mean is not above the log-probability.

    Args:
        pixels: how many pixels a picture has. Defaults to 64.
        levels: number of gray levels. Defaults to 17.
        couplings: number of `AffineCoupling` layers. Defaults to 8.
        hidden: units of the hidden layer of each coupling. Defaults to 128.
        dropout: share of the hidden units that are left out at random in each step of `fit`. Defaults to 0.2.
        seed: integer that seeds the first weights, the order of the batches and the noise drawn in `fit`, or None for
            others each time. Defaults to 0.

    Attributes:
        network: `keras.Model` from levels `(batch, pixels)` to a log-density, `(batch, 1)`: `Gaussianize`, and then the
            couplings. It draws new noise in each call.
        fitted: whether `fit` has been called.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a bad seed.

    Reference: Dinh et al. 2017 (RealNVP); Theis et al. 2016, section 3.1.

    Example:
        ```python
        flow = PixelFlow()
        history = flow.fit(levels, validation)
        flow.log_likelihood_bound(levels, seed=0), flow.sample(16, seed=1)
        ```
    """

    def __init__(
        self,
        pixels: int = 64,
        levels: int = LEVELS,
        couplings: int = 8,
        hidden: int = 128,
        dropout: float = 0.2,
        seed: int | None = 0,
    ):
        require_count(64, pixels=pixels, hidden=hidden)
        require_number(0.2, at_least=0, below=1, dropout=dropout)
        require_count(LEVELS, levels=levels, couplings=couplings)
        require_seed(seed)
        self.pixels, self.levels, self.seed = pixels, levels, seed
        self.rng, self.fitted = np.random.default_rng(seed), False
        with seeded_layers(seed):
            gaussianize = Gaussianize(levels, name="gaussianize")
            couplings = coupling_network(pixels, couplings, hidden, dropout)
        picture = keras.Input((pixels,))
        latent, log_det = gaussianize(picture)
        latent, change = couplings(latent)
        self.network = density_network(picture, latent, log_det + change)

    @property
    def gaussianize(self):
        """The part of the network that turns gray levels and noise into continuous numbers."""
        return self.network.get_layer("gaussianize")

    @property
    def couplings(self):
        """The part of the network with weights to train, from continuous numbers to z and the log-determinant."""
        return self.network.get_layer("couplings")

    def fit(self, levels, validation=None, *, epochs=60, batch_size=100, learning_rate=4e-3, verbose=0) -> History:
        """Raise the bound by Adam, after counting the levels of each pixel. A second call goes on with the weights.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            validation: more pictures, on which the loss is measured, too. The model ends with the weights of the epoch
                that was best on these. Defaults to None: it ends with the last weights.
            epochs: passes over the pictures. Defaults to 60.
            batch_size: pictures per step. Defaults to 100.
            learning_rate: the learning rate of the first step. It falls to 0 along a cosine. Defaults to 4e-3.
            verbose: what Keras prints: 0, 1 or 2. Defaults to 0: nothing.

        Returns:
            `contract.History` with one entry per epoch: minus the bound with one draw of noise, in nats per picture. An
            entry of `"loss"` is a mean over the steps of its epoch, one of `"val_loss"` is measured at its end.

        Raises:
            ValueError: for bad levels, counts that are not integers of at least 1, or a learning rate that is not
                above 0.
        """
        levels = require_levels(levels, self.pixels, self.levels)
        validation = None if validation is None else require_levels(validation, self.pixels, self.levels)
        if not self.fitted:
            self.gaussianize.count(levels)
        options = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "verbose": verbose}
        history = fit_by_cosine(self.network, negative_log_density, levels, validation, self.rng, **options)
        self.fitted = True
        return history

    def log_likelihood_bound(self, levels, seed: int | None = 0, *, draws: int = 20):
        """Compute a lower bound of each picture's log-probability: log of the mean density over drawn noise.

        The result is random. With one draw its mean is the bound of Theis et al. With more draws the mean comes closer
        to the log-probability, but never lies above it, for the same reason as in `PixelVAE.log_likelihood_bound`.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            seed: integer that seeds the noise, or None for other noise each time. Defaults to 0.
            draws: draws of noise per picture. Defaults to 20.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels, draws that are not an integer of at least 1, or a bad seed.

        Reference: Theis et al. 2016, section 3.1; Burda et al. 2016, theorem 1.
        """
        from scipy.special import logsumexp

        require_fitted(self)
        require_count(draws=draws)
        require_seed(seed)
        levels, rng = require_levels(levels, self.pixels, self.levels), np.random.default_rng(seed)
        densities = [self.log_density(levels, rng.random(levels.shape)) for _ in range(draws)]
        return logsumexp(densities, axis=0) - np.log(draws)

    def log_density(self, levels, noise):
        """Compute the logarithm of the density of pictures with given noise. Its mean over noise has no closed form.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            noise: `(batch, pixels)`, values in [0, 1).

        Returns:
            Array `(batch,)`, float64, in nats.
        """
        latent, log_det = self.gaussianize.transform(levels, ops.convert_to_tensor(np.asarray(noise, "float32")))
        latent, change = self.couplings.predict_on_batch(ops.convert_to_numpy(latent))
        return to_numbers(log_normal(latent)) + to_numbers(log_det) + to_numbers(change)

    def sample(self, count: int, seed: int | None = 0):
        """Draw pictures in one pass: standard normal numbers go through the inverse of the couplings, and are rounded.

        Args:
            count: how many pictures.
            seed: integer, or None for other pictures each time. Defaults to 0.

        Returns:
            Integers from 0 to levels − 1, `(count, pixels)`, int64.

        Raises:
            ValueError: before `fit`; for a count that is not an integer of at least 1, or a bad seed.
        """
        rng = start_sampling(self, count, seed)
        return self.gaussianize.inverse(invert(self.couplings, rng.normal(size=(count, self.pixels))))


@keras.saving.register_keras_serializable(package="gan_course")
def negative_log_density(_, log_density):
    """The loss of a flow: minus the logarithm of the density that the network returns, `(batch,)`."""
    return -log_density[:, 0]


def density_network(data, latent, log_det):
    """Build the network that is trained: from the data to the logarithm of its density, `(batch, 1)`."""
    return keras.Model(data, log_normal(latent) + log_det)


def to_numbers(column):
    """Turn a column `(batch, 1)` into float64 numbers `(batch,)`."""
    return ops.convert_to_numpy(column)[:, 0].astype("float64")


def require_points(points, features):
    """Check that an array holds finite points, one per row.

    Args:
        points: numbers, `(batch, features)`.
        features: how many coordinates each point must have.

    Returns:
        The points, float64.

    Raises:
        ValueError: for another shape, no points, or values that are not finite numbers.
    """
    points = np.asarray(points)
    fault = f"shape {points.shape}, dtype {points.dtype}"
    if points.dtype.kind in "biuf" and points.shape[1:] == (features,) and len(points):
        if np.isfinite(points).all():
            return points.astype("float64")
        fault = f"{int((~np.isfinite(points)).sum())} values that are not finite"
    raise ValueError(
        f"Invalid points. Expected finite numbers, one row per point, shape (batch, {features}). Received: {fault}. "
        "Bring them into this shape, for example with points.reshape(len(points), -1), and remove what is not finite."
    )


def require_variation(deviation):
    """Check that each coordinate varies: a density of points on a line or a plane would be infinite.

    Args:
        deviation: standard deviation of each coordinate, `(features,)`.

    Returns:
        The deviation.

    Raises:
        ValueError: for a coordinate whose standard deviation is 0.
    """
    if not (deviation > 0).all():
        raise ValueError(
            "Invalid points. Expected coordinates that vary, since only then is there a density. Received: standard "
            f"deviations {deviation.tolist()}. Leave out the coordinates with the standard deviation 0."
        )
    return deviation
