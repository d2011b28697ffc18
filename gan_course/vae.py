"""A small variational auto-encoder over whole gray levels: a lower bound of each picture's probability, and samples."""

import keras
import numpy as np
from keras import layers, ops

from gan_course.levels import LEVELS, draw_levels, log_probability, require_count, require_fitted, require_levels


class PixelVAE:
    """A variational auto-encoder whose decoder names the probability of each of the gray levels, pixel by pixel.

    A picture is made by drawing a code z from a standard normal, and each pixel from the decoder's probabilities. Its
    probability would be an integral over all codes, which nobody can compute; `elbo` and `importance_bound` lie below
    it on average.

    Args:
        pixels: how many a picture has. Defaults to 64. levels: number of gray levels. Defaults to 17.
        latent_dim: size of the code. Defaults to 16. units: width of the two hidden layers of each network. Defaults
            to 128.

    Attributes:
        encoder: `keras.Model` from levels `(batch, pixels)` to two arrays `(batch, latent_dim)`: mean and log-variance
            of the codes q(z|x).
        decoder: `keras.Model` from codes to logits `(batch, pixels, levels)`: p(x|z).
        network: both, with a code drawn in between: what is trained.

    Raises:
        ValueError: for a size that is not a positive integer.

    The weights begin as Keras' global seed says (`runtime.configure(seed=...)`).

    Reference: Kingma and Welling 2014; Rezende et al. 2014.
    """

    def __init__(self, pixels=64, levels=LEVELS, latent_dim=16, units=128):
        require_count(pixels=pixels, levels=levels, latent_dim=latent_dim, units=units)
        self.pixels, self.levels, self.latent_dim = pixels, levels, latent_dim
        self.encoder = _encoder(pixels, levels, latent_dim, units)
        self.decoder = _decoder(pixels, levels, latent_dim, units)
        picture = keras.Input((pixels,))
        self.network = keras.Model(picture, self.decoder(DrawCode()(self.encoder(picture))), name="vae")
        self.fitted = False

    def fit(self, levels, validation=None, epochs=40, batch_size=32, learning_rate=2e-3, verbose=0):
        """Raise the bound by Adam, with a rate that falls to zero along a cosine.

        Args:
            levels: integers `(n, pixels)`. validation: more of them, or None. Where given, the weights of the epoch
                that was best on these are kept. epochs, batch_size, verbose: as in `keras.Model.fit`.
            learning_rate: at the start. Defaults to 2e-3.

        Returns:
            The `keras.callbacks.History`; its losses are minus the bound, in nats.

        Raises:
            ValueError: for levels out of range, or of another width.
        """
        require_count(epochs=epochs, batch_size=batch_size)
        levels, keep_best = require_levels(levels, self.pixels, self.levels), []
        if validation is not None:
            validation = (require_levels(validation, self.pixels, self.levels),) * 2
            keep_best = [keras.callbacks.EarlyStopping(patience=epochs, restore_best_weights=True)]
        steps = epochs * -(-len(levels) // batch_size)
        schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
        self.network.compile(keras.optimizers.Adam(schedule), loss=surprise, jit_compile=False)
        history = self.network.fit(
            levels,
            levels,
            batch_size=batch_size,
            epochs=epochs,
            validation_data=validation,
            callbacks=keep_best,
            verbose=verbose,
        )
        self.fitted = True
        return history

    def elbo(self, levels, draws=10, seed=0):
        """The evidence lower bound of each picture, in nats: E log p(x|z) − KL(q(z|x) ‖ p(z)).

        Args:
            levels: integers `(n, pixels)`. draws: codes a picture, over which the first term is averaged. Defaults to
                10. The second has a closed form. seed: integer seed of the codes. Defaults to 0.

        Returns:
            `(n,)`: on average, and where the draws are many always, not above the picture's log-probability.

        Raises:
            ValueError: before `fit`; for levels out of range, or of another width; for draws below 1.
        """
        mean, log_variance, codes = self._codes(levels, draws, seed)
        given_code = np.mean([self._log_given_code(levels, code) for code in codes], axis=0)
        return given_code - ops.convert_to_numpy(kl_divergence(mean, log_variance))

    def importance_bound(self, levels, draws=100, seed=0):
        """A tighter bound, by importance weights: log of the mean of p(x|z) p(z) / q(z|x) over the draws.

        Args:
            levels, draws, seed: as in `elbo`; draws defaults to 100. With one draw its mean is the evidence lower
                bound; on average more draws never lower it, and it stays below the log-probability.

        Returns:
            `(n,)`, in nats.

        Raises:
            ValueError: as `elbo`.

        Reference: Burda et al. 2016, equation 8.
        """
        from scipy.special import logsumexp

        mean, log_variance, codes = self._codes(levels, draws, seed)
        deviation = np.exp(log_variance / 2)
        weights = []
        for code in codes:
            prior, proposal = (np.square(a).sum(axis=1) / -2 for a in (code, (code - mean) / deviation))
            weights.append(self._log_given_code(levels, code) + prior - proposal + log_variance.sum(axis=1) / 2)
        return logsumexp(weights, axis=0) - np.log(draws)

    def sample(self, count, seed=0):
        """Draw pictures: a code, then each pixel by its probabilities. `(count, pixels)` integers.

        Raises:
            ValueError: before `fit`; for a count that is not a positive integer.
        """
        require_fitted(self, self.fitted)
        require_count(count=count)
        rng = np.random.default_rng(seed)
        codes = rng.normal(size=(count, self.latent_dim)).astype("float32")
        return draw_levels(self.decoder.predict_on_batch(codes), rng)

    def _codes(self, levels, draws, seed):
        """Mean and log-variance `(n, latent_dim)` of the codes of these pictures, and draws of them."""
        require_fitted(self, self.fitted)
        require_count(draws=draws)
        levels = require_levels(levels, self.pixels, self.levels)
        mean, log_variance = (part.astype("float64") for part in self.encoder.predict_on_batch(levels))
        noise = np.random.default_rng(seed).normal(size=(draws, *mean.shape))
        return mean, log_variance, mean + np.exp(log_variance / 2) * noise

    def _log_given_code(self, levels, codes):
        logits = self.decoder.predict_on_batch(codes.astype("float32"))
        return log_probability(levels, logits).sum(axis=1)


@keras.saving.register_keras_serializable(package="gan_course")
class DrawCode(layers.Layer):
    """Draws z = mean + deviation · noise, and adds the mean of KL(q ‖ p) to the loss: `[mean, log_variance]` to z.

    The noise comes from outside, so that the gradient finds its way through z to mean and deviation.

    Reference: Kingma and Welling 2014, section 2.4, the reparameterization trick.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        mean, log_variance = inputs
        self.add_loss(ops.mean(kl_divergence(mean, log_variance)))
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(log_variance / 2) * noise

    def compute_output_shape(self, input_shape):
        return input_shape[0]


def kl_divergence(mean, log_variance):
    """KL divergence of normals with independent coordinates from the standard normal, in nats.

    Args:
        mean, log_variance: `(batch, d)`, arrays or tensors.

    Returns:
        Tensor `(batch,)`: ½ Σ (variance + mean² − 1 − log variance), 0 for the standard normal.

    Reference: Kingma and Welling 2014, appendix B.
    """
    mean, log_variance = ops.convert_to_tensor(mean), ops.convert_to_tensor(log_variance)
    return ops.sum(ops.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1) / 2


def surprise(levels, logits):
    """Minus the log-probability of each picture whose pixels are independent, in nats.

    Args:
        levels: integers `(batch, pixels)`. logits: of each level, `(batch, pixels, levels)`.

    Returns:
        Tensor `(batch,)`: the cross-entropy, summed over the pixels.
    """
    entropies = keras.losses.sparse_categorical_crossentropy(levels, logits, from_logits=True)
    return ops.sum(entropies, axis=-1)


def _encoder(pixels, levels, latent_dim, units):
    picture = keras.Input((pixels,))
    hidden = layers.Rescaling(2 / max(levels - 1, 1), -1)(picture)
    for _ in range(2):
        hidden = layers.Dense(units, activation="relu")(hidden)
    code = [layers.Dense(latent_dim, name=name)(hidden) for name in ("mean", "log_variance")]
    return keras.Model(picture, code, name="encoder")


def _decoder(pixels, levels, latent_dim, units):
    hidden = code = keras.Input((latent_dim,))
    for _ in range(2):
        hidden = layers.Dense(units, activation="relu")(hidden)
    logits = layers.Reshape((pixels, levels))(layers.Dense(pixels * levels)(hidden))
    return keras.Model(code, logits, name="decoder")
