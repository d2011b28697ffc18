"""The layers of a normalizing flow: affine couplings, and the step from whole gray levels to continuous numbers."""

import random

import keras
import numpy as np
from keras import layers, ops

LOG_SCALE = 2.0
"""The largest logarithm of a coupling's scale: one coupling multiplies a feature by a number from e⁻² to e²."""

EDGE = 1e-5
"""How near to 0 and 1 a rank may come before it is turned into a standard normal number, so from −4.3 to 4.3."""


@keras.saving.register_keras_serializable(package="gan_course")
class AffineCoupling(layers.Layer):
    """Scales and shifts some of the features, by amounts that a network computes from the other features.

    The other features are the *mask*. They stay as they are, so the amounts can be computed again from the result, and
    the layer can be inverted. With s and t from the network, forward is z = x · exp(s) + t, and log |det ∂z/∂x| = Σ s.

    A log-scale s is bounded: s = 2 · tanh(raw / 2), where raw is the network's output. The last layer of the network
    begins with zeros, so a new coupling changes nothing.

    Args:
        mask: one number per feature: 1 if it stays, 0 if it is scaled and shifted.
        hidden: units of the network's hidden layer.
        dropout: share of these units that are left out at random in each step of a training. Defaults to 0.0.

    Reference: Dinh et al. 2017 (RealNVP), equations 4 to 9; for the zeros Kingma and Dhariwal 2018 (Glow), section 3.3.

    Example:
        ```python
        coupling = AffineCoupling([1, 0], hidden=32)
        latent, log_det = coupling(points)  # (batch, 2), (batch, 1)
        coupling.inverse(latent)  # the points again
        ```
    """

    def __init__(self, mask, hidden, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask, self.hidden, self.dropout = tuple(int(stays) for stays in mask), hidden, dropout
        # Biases of 0 would put the kinks of all units at 0, which is slow to unlearn if the network sees few features.
        biases = keras.initializers.RandomUniform(-(len(self.mask) ** -0.5), len(self.mask) ** -0.5)
        self.network = keras.Sequential(
            [
                layers.Dense(hidden, activation="relu", bias_initializer=biases, dtype=self.dtype_policy),
                # With a seed, since otherwise Keras on PyTorch takes the numbers of the global generator.
                layers.Dropout(dropout, seed=random.randrange(10**9), dtype=self.dtype_policy),
                layers.Dense(2 * len(self.mask), kernel_initializer="zeros", dtype=self.dtype_policy),
            ]
        )

    def build(self, input_shape):
        self.network.build(input_shape)

    def call(self, points):
        """Compute z from x: the forward direction. (On PyTorch, Keras needs the name `forward` for itself.)

        Args:
            points: x, a tensor `(batch, features)`.

        Returns:
            z, `(batch, features)`, and log |det ∂z/∂x|, `(batch, 1)`.
        """
        log_scale, shift = self._amounts(points)
        return points * ops.exp(log_scale) + shift, ops.sum(log_scale, axis=-1, keepdims=True)

    def inverse(self, latent):
        """Compute x from z. The network itself is not inverted: it sees the same features as in `call`.

        Args:
            latent: z, a tensor `(batch, features)`.

        Returns:
            x, `(batch, features)`.
        """
        log_scale, shift = self._amounts(latent)
        return (latent - shift) * ops.exp(-log_scale)

    def _amounts(self, points):
        """The log-scale and the shift of each feature, both 0 for those that stay: two tensors `(batch, features)`."""
        mask = ops.cast(ops.array(self.mask), points.dtype)
        raw, shift = ops.split(self.network(points * mask), 2, axis=-1)
        return LOG_SCALE * ops.tanh(raw / LOG_SCALE) * (1 - mask), shift * (1 - mask)

    def get_config(self):
        return {
            **super().get_config(),
            "mask": list(self.mask),
            "hidden": self.hidden,
            "dropout": self.dropout,
        }


def coupling_masks(features, couplings):
    """Choose which features stay in each coupling. What stays in one coupling is changed in the next one.

    The two couplings of a pair are split by one binary digit of the feature's number, the next pair by the next digit,
    and so on. So any two features are on different sides of some coupling, if there are enough couplings.

    Args:
        features: number of features.
        couplings: number of couplings.

    Returns:
        Integers 0 or 1, `(couplings, features)`; 1 stands for a feature that stays.

    Example:
        >>> coupling_masks(4, 4).tolist()
        [[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1]]
    """
    digits = max(1, (features - 1).bit_length())
    number = np.arange(couplings)[:, None]
    return ((np.arange(features) >> number // 2 % digits) + number + 1) % 2


def coupling_network(features, couplings, hidden, dropout=0.0):
    """Build the network of a flow: `AffineCoupling` layers one after the other.

    Args:
        features: number of features.
        couplings: number of couplings.
        hidden: units of the hidden layer of each coupling.
        dropout: share of hidden units that are left out at random in each step of a training. Defaults to 0.0.

    Returns:
        `keras.Model` from points x, `(batch, features)`, to z, `(batch, features)`, and log |det ∂z/∂x|, `(batch, 1)`.
    """
    latent = points = keras.Input((features,))
    log_det = 0
    for mask in coupling_masks(features, couplings):
        latent, change = AffineCoupling(mask, hidden, dropout)(latent)
        log_det = log_det + change
    return keras.Model(points, [latent, log_det], name="couplings")


def invert(network, latent):
    """Compute x from z, from the last coupling of a network to the first.

    Args:
        network: what `coupling_network` returns.
        latent: array z, `(batch, features)`.

    Returns:
        Array x, `(batch, features)`.
    """
    points = ops.convert_to_tensor(np.asarray(latent, network.compute_dtype))
    for layer in reversed(network.layers):
        if isinstance(layer, AffineCoupling):
            points = layer.inverse(points)
    return ops.convert_to_numpy(points)


def log_normal(latent):
    """Compute the log-density of the standard normal distribution.

    Args:
        latent: tensor or array `(batch, features)`.

    Returns:
        Tensor `(batch, 1)`, in nats.
    """
    return -ops.sum(latent**2 + float(np.log(2 * np.pi)), axis=-1, keepdims=True) / 2


@keras.saving.register_keras_serializable(package="gan_course")
class Gaussianize(layers.Layer):
    """Turns whole gray levels into numbers that are standard normal, each pixel by itself.

    A level k becomes a rank between 0 and 1: the probability of all lower levels, plus uniform noise times that of k.
    The noise makes the level continuous (*dequantization*). Over the data such a rank is uniform, and the quantile
    function of the standard normal distribution makes it normal. Without couplings behind it, it would be a model of
    single pixels.

    Args:
        levels: number of gray levels.
        seed: integer that seeds the noise. Defaults to None: a seed drawn from Python's `random`.

    Reference: Theis et al. 2016, section 3.1 (noise); Chen and Gopinath 2000 (Gaussianization).
    """

    def __init__(self, levels, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.levels, self.seed_generator = levels, keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        uniform = keras.initializers.Constant(1 / self.levels)
        self.table = self.add_weight((input_shape[-1], self.levels), uniform, trainable=False, name="table")

    def count(self, levels):
        """Set the table of each pixel's probabilities. To each count a third of a picture is added, so that none is 0.

        Args:
            levels: integers `(batch, pixels)`.
        """
        counts = (levels[..., None] == np.arange(self.levels)).sum(axis=0) + 1 / 3
        self.table.assign(counts / counts.sum(axis=-1, keepdims=True))

    def call(self, levels):
        return self.transform(levels, keras.random.uniform(ops.shape(levels), seed=self.seed_generator))

    def transform(self, levels, noise):
        """Compute z from gray levels and noise.

        Args:
            levels: integers, a tensor `(batch, pixels)`.
            noise: a tensor `(batch, pixels)`, values in [0, 1).

        Returns:
            z, `(batch, pixels)`, and log |det ∂z/∂noise|, `(batch, 1)`.
        """
        chosen = ops.one_hot(ops.cast(levels, "int32"), self.levels, dtype=noise.dtype)
        mass = ops.sum(chosen * self.table, axis=-1)
        below = ops.sum(chosen * (ops.cumsum(self.table, axis=-1) - self.table), axis=-1)
        rank = ops.clip(below + mass * noise, EDGE, 1 - EDGE)
        latent = 2**0.5 * ops.erfinv(2 * rank - 1)
        # The slope of a rank is the mass of its level. That of a quantile function is 1 over the density there.
        return latent, ops.sum(ops.log(mass), axis=-1, keepdims=True) - log_normal(latent)

    def inverse(self, latent):
        """Compute gray levels from z.

        Args:
            latent: array `(batch, pixels)`.

        Returns:
            Integers from 0 to levels − 1, `(batch, pixels)`, int64.
        """
        from scipy.stats import norm

        table = ops.convert_to_numpy(self.table).astype("float64")
        passed = norm.cdf(latent)[..., None] >= table.cumsum(axis=-1)[:, :-1]
        return passed.sum(axis=-1).astype("int64")

    def get_config(self):
        return {**super().get_config(), "levels": self.levels}
