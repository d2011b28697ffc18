"""A small variational auto-encoder over whole gray levels: a lower bound of each picture's probability, and samples."""

import keras
import numpy as np
from keras import layers, ops

from gan_course.arguments import require_count, require_number, require_seed
from gan_course.family.contract import History, require_fitted, start_sampling
from gan_course.family.levels import LEVELS, draw_levels, log_probability, require_levels
from gan_course.family.training import fit_by_cosine, seeded_layers


class PixelVAE:
    """A variational auto-encoder whose decoder gives the probability of each gray level, pixel by pixel.

    To draw a picture, draw a code z from a standard normal distribution, and then each pixel from the decoder's
    probabilities p(x|z). The probability of a picture is an integral over all codes, which nobody can compute. `elbo`
    and `log_likelihood_bound` are random numbers whose means are not above the logarithm of this probability.

    Args:
        pixels: how many pixels a picture has. Defaults to 64.
        levels: number of gray levels. Defaults to 17.
        latent_dim: size of the code. Defaults to 16.
        hidden: units of each hidden layer. Encoder and decoder have two such layers each. Defaults to 128.
        beta: weight of the KL divergence in the loss of `fit`, above 0. With 1 the loss is minus the evidence lower
            bound. With less, codes keep more of the pictures, and follow the standard normal distribution less
            closely. Defaults to 1.
        seed: integer that seeds the first weights, the order of the batches and the codes drawn in `fit`, or None for
            others each time. Defaults to 0.

    Attributes:
        network: `keras.Model` that is trained, from levels `(batch, pixels)` to logits `(batch, pixels, levels)`: the
            encoder, a code drawn by `DrawCode`, the decoder.
        encoder: `keras.Model` from levels `(batch, pixels)` to the mean and the log-variance of the codes q(z|x), two
            arrays `(batch, latent_dim)`.
        decoder: `keras.Model` from codes `(batch, latent_dim)` to the logits of p(x|z), `(batch, pixels, levels)`.
        fitted: whether `fit` has been called.

    Raises:
        ValueError: for a size that is not an integer of at least 1, a beta that is not above 0, or a bad seed.

    Reference: Kingma and Welling 2014; Rezende et al. 2014; Higgins et al. 2017 for β.

    Example:
        ```python
        vae = PixelVAE(latent_dim=16)
        history = vae.fit(levels, validation)
        vae.log_likelihood_bound(levels, seed=0), vae.sample(16, seed=1)
        ```
    """

    def __init__(
        self,
        pixels: int = 64,
        levels: int = LEVELS,
        latent_dim: int = 16,
        hidden: int = 128,
        beta: float = 1.0,
        seed: int | None = 0,
    ):
        require_count(64, pixels=pixels, hidden=hidden)
        require_number(1.0, above=0, beta=beta)
        require_count(LEVELS, levels=levels, latent_dim=latent_dim)
        require_seed(seed)
        self.pixels, self.levels, self.latent_dim, self.seed = pixels, levels, latent_dim, seed
        self.rng, self.fitted = np.random.default_rng(seed), False
        with seeded_layers(seed):
            encoder, decoder = (
                _encoder(pixels, levels, latent_dim, hidden),
                _decoder(pixels, levels, latent_dim, hidden),
            )
            picture = keras.Input((pixels,))
            self.network = keras.Model(picture, decoder(DrawCode(beta, name="draw_code")(encoder(picture))), name="vae")

    @property
    def encoder(self):
        """The part of the network that turns pictures into codes."""
        return self.network.get_layer("encoder")

    @property
    def decoder(self):
        """The part of the network that turns codes into pictures."""
        return self.network.get_layer("decoder")

    def fit(self, levels, validation=None, *, epochs=40, batch_size=32, learning_rate=2e-3, verbose=0) -> History:
        """Raise the evidence lower bound by Adam. A second call goes on with the weights of the first one.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            validation: more pictures, on which the loss is measured, too. The model ends with the weights of the epoch
                that was best on these. Defaults to None: it ends with the last weights.
            epochs: passes over the pictures. Defaults to 40.
            batch_size: pictures per step. Defaults to 32.
            learning_rate: the learning rate of the first step. It falls to 0 along a cosine. Defaults to 2e-3.
            verbose: what Keras prints: 0, 1 or 2. Defaults to 0: nothing.

        Returns:
            `contract.History` with one entry per epoch: minus the evidence lower bound, in nats per picture, or with
            another β than 1 the loss that takes its place. An entry of `"loss"` is a mean over the steps of its epoch,
            one of `"val_loss"` is measured at its end.

        Raises:
            ValueError: for bad levels, counts that are not integers of at least 1, or a learning rate that is not
                above 0.
        """
        levels = require_levels(levels, self.pixels, self.levels)
        validation = None if validation is None else require_levels(validation, self.pixels, self.levels)
        options = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "verbose": verbose}
        history = fit_by_cosine(self.network, negative_log_likelihood, levels, validation, self.rng, **options)
        self.fitted = True
        return history

    def elbo(self, levels, seed: int | None = 0, *, draws: int = 10):
        """Compute the evidence lower bound of each picture: E_q log p(x|z) − KL(q(z|x) ‖ p(z)).

        The first term is averaged over drawn codes, the second one has a closed form. So the result is random. Its
        mean is not above the picture's log-probability.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            seed: integer that seeds the codes, or None for other codes each time. Defaults to 0.
            draws: codes per picture. Defaults to 10.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels, draws that are not an integer of at least 1, or a bad seed.

        Reference: Kingma and Welling 2014, equation 3.
        """
        mean, log_variance, codes = self._codes(levels, draws, seed)
        given_code = np.mean([self._log_given_code(levels, code) for code in codes], axis=0)
        return given_code - ops.convert_to_numpy(kl_divergence(mean, log_variance))

    def log_likelihood_bound(self, levels, seed: int | None = 0, *, draws: int = 100):
        """Compute the importance-weighted bound of each picture: log of the mean of p(x|z) p(z) / q(z|x) over draws.

        The result is random, as that of `elbo` is. With one draw its mean is the evidence lower bound. With more draws
        the mean comes closer to the picture's log-probability, but never lies above it.

        Args:
            levels: integers from 0 to levels − 1, `(batch, pixels)`.
            seed: integer that seeds the codes, or None for other codes each time. Defaults to 0.
            draws: codes per picture. Defaults to 100.

        Returns:
            Array `(batch,)`, in nats.

        Raises:
            ValueError: before `fit`; for bad levels, draws that are not an integer of at least 1, or a bad seed.

        Reference: Burda et al. 2016, equation 8.
        """
        from scipy.special import logsumexp

        mean, log_variance, codes = self._codes(levels, draws, seed)
        deviation = np.exp(log_variance / 2)
        log_weights = []
        for code in codes:
            prior, proposal = (np.square(a).sum(axis=1) / -2 for a in (code, (code - mean) / deviation))
            log_weights.append(self._log_given_code(levels, code) + prior - proposal + log_variance.sum(axis=1) / 2)
        return logsumexp(log_weights, axis=0) - np.log(draws)

    def sample(self, count: int, seed: int | None = 0):
        """Draw pictures: a code for each, and then each pixel by the decoder's probabilities.

        Args:
            count: how many pictures.
            seed: integer, or None for other pictures each time. Defaults to 0.

        Returns:
            Integers from 0 to levels − 1, `(count, pixels)`, int64.

        Raises:
            ValueError: before `fit`; for a count that is not an integer of at least 1, or a bad seed.
        """
        rng = start_sampling(self, count, seed)
        codes = rng.normal(size=(count, self.latent_dim)).astype("float32")
        return draw_levels(self.decoder.predict_on_batch(codes), rng)

    def decode(self, codes):
        """Compute the mean picture of each code: the expected level of each pixel under p(x|z), rounded.

        `sample` draws each pixel by itself, so its pictures are grainy. A mean picture is smooth, but it is no draw
        from the model.

        Args:
            codes: numbers `(batch, latent_dim)`, for example standard normal ones.

        Returns:
            Integers from 0 to levels − 1, `(batch, pixels)`, int64.

        Raises:
            ValueError: before `fit`; for codes of another shape.
        """
        from scipy.special import softmax

        require_fitted(self)
        codes = np.asarray(codes, "float32")
        if codes.ndim != 2 or codes.shape[1] != self.latent_dim:
            raise ValueError(
                f"Invalid codes. Expected shape (batch, {self.latent_dim}). Received: shape {codes.shape}. "
                "Give one row per picture."
            )
        probabilities = softmax(self.decoder.predict_on_batch(codes).astype("float64"), axis=-1)
        return np.rint(probabilities @ np.arange(self.levels)).astype("int64")

    def _codes(self, levels, draws, seed):
        """Encode pictures: mean and log-variance of their codes, `(batch, latent_dim)`, and draws of the codes."""
        require_fitted(self)
        require_count(draws=draws)
        require_seed(seed)
        levels = require_levels(levels, self.pixels, self.levels)
        mean, log_variance = (part.astype("float64") for part in self.encoder.predict_on_batch(levels))
        noise = np.random.default_rng(seed).normal(size=(draws, *mean.shape))
        return mean, log_variance, mean + np.exp(log_variance / 2) * noise

    def _log_given_code(self, levels, codes):
        """Compute log p(x|z) of each picture with a code of its own: `(batch,)`."""
        logits = self.decoder.predict_on_batch(codes.astype("float32"))
        return log_probability(np.asarray(levels).astype("int64"), logits).sum(axis=1)


@keras.saving.register_keras_serializable(package="gan_course")
class DrawCode(layers.Layer):
    """Draws a code z = mean + deviation · noise, and adds β times the mean of KL(q ‖ p) over the batch to the loss.

    The noise does not depend on the weights, so the gradient passes through z to mean and deviation. The input is a
    list of the mean and the log-variance, each `(batch, latent_dim)`. The output is z, `(batch, latent_dim)`.

    Args:
        beta: weight β of the KL divergence. Defaults to 1.
        seed: integer that seeds the noise. Defaults to None: a seed drawn from Python's `random`.

    Reference: Kingma and Welling 2014, section 2.4, the reparameterization trick.
    """

    def __init__(self, beta=1.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        mean, log_variance = inputs
        self.add_loss(self.beta * ops.mean(kl_divergence(mean, log_variance)))
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(log_variance / 2) * noise

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "beta": self.beta}


def kl_divergence(mean, log_variance):
    """Compute the KL divergence of normal distributions with independent coordinates from the standard normal.

    It is ½ Σ (variance + mean² − 1 − log variance), and 0 for the standard normal.

    Args:
        mean: array or tensor `(batch, latent_dim)`.
        log_variance: array or tensor `(batch, latent_dim)`.

    Returns:
        Tensor `(batch,)`, in nats.

    Reference: Kingma and Welling 2014, appendix B.
    """
    mean, log_variance = ops.convert_to_tensor(mean), ops.convert_to_tensor(log_variance)
    return ops.sum(ops.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1) / 2


@keras.saving.register_keras_serializable(package="gan_course")
def negative_log_likelihood(levels, logits):
    """Compute −log p of each picture whose pixels are independent: the cross-entropy, summed over the pixels.

    Args:
        levels: integers `(batch, pixels)`.
        logits: one score for each level, `(batch, pixels, levels)`.

    Returns:
        Tensor `(batch,)`, in nats.
    """
    entropies = keras.losses.sparse_categorical_crossentropy(levels, logits, from_logits=True)
    return ops.sum(entropies, axis=-1)


def _encoder(pixels, levels, latent_dim, hidden):
    """Build the network from levels to the mean and the log-variance of a code."""
    picture = keras.Input((pixels,))
    features = layers.Rescaling(2 / max(levels - 1, 1), -1)(picture)
    for _ in range(2):
        features = layers.Dense(hidden, activation="relu")(features)
    code = [layers.Dense(latent_dim, name=name)(features) for name in ("mean", "log_variance")]
    return keras.Model(picture, code, name="encoder")


def _decoder(pixels, levels, latent_dim, hidden):
    """Build the network from a code to the logits of each pixel's levels."""
    features = code = keras.Input((latent_dim,))
    for _ in range(2):
        features = layers.Dense(hidden, activation="relu")(features)
    logits = layers.Reshape((pixels, levels))(layers.Dense(pixels * levels)(features))
    return keras.Model(code, logits, name="decoder")
