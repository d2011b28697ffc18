"""BiGAN: an encoder from pictures back to codes, trained together with the generator.

`variants.inversion` finds the code of a picture without an encoder.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from gan_course.arguments import require_count
from gan_course.gan import GAN
from gan_course.layers import FirstOf, MinibatchStandardDeviation
from gan_course.losses import regularization
from gan_course.networks import leaky, require_filters, require_image_shape
from gan_course.samples import as_samples, call_in_parts, require_samples, unpack_batch
from gan_course.stateless import preserved_weights
from gan_course.validate import input_shapes, shapes_fit
from gan_course.variants.inversion import require_one_noise_input


def dcgan_encoder(
    image_shape: Sequence[int] = (28, 28, 1), latent_dim: int = 32, units: int = 128, filters: Sequence[int] = (32, 64)
) -> keras.Model:
    """Build an encoder: convolutions that halve the picture twice, and a code of the size of the noise.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        latent_dim: size of the code. Defaults to 32.
        units: width of the dense layer before the code. Defaults to 128.
        filters: two numbers of channels, for half of the size and a quarter. Defaults to (32, 64).

    Returns:
        `keras.Model` from `(batch, *image_shape)` to codes `(batch, latent_dim)`.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> dcgan_encoder((8, 8, 1), latent_dim=16).output_shape
        (None, 16)
    """
    picture = keras.Input(require_image_shape(image_shape), name="images")
    require_count(32, latent_dim=latent_dim)
    h = _convolutions(picture, units, filters, normalized=True)
    return keras.Model(picture, layers.Dense(int(latent_dim))(h), name="encoder")


def pair_discriminator(
    image_shape: Sequence[int] = (28, 28, 1), latent_dim: int = 32, units: int = 128, filters: Sequence[int] = (32, 64)
) -> keras.Model:
    """Build a discriminator of pairs: it gets a picture and a code, and says whether the code was read or drawn.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        latent_dim: size of the code. Defaults to 32.
        units: width of the dense layers. Defaults to 128.
        filters: two numbers of channels, for half of the size and a quarter. Defaults to (32, 64).

    Returns:
        `keras.Model` from `[(batch, *image_shape), (batch, latent_dim)]` to raw scores `(batch, 1)`, positive for "a
        real picture and its code".

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> pair_discriminator((8, 8, 1), latent_dim=16).input_shape
        [(None, 8, 8, 1), (None, 16)]
    """
    picture = keras.Input(require_image_shape(image_shape), name="images")
    require_count(32, latent_dim=latent_dim)
    code = keras.Input((int(latent_dim),), name="codes")
    seen = _convolutions(picture, units, filters, normalized=False)
    both = layers.Concatenate()([seen, leaky(layers.Dense(int(units))(code))])
    h = MinibatchStandardDeviation()(leaky(layers.Dense(int(units))(both)))
    return keras.Model([picture, code], layers.Dense(1)(h), name="pair_discriminator")


@keras.saving.register_keras_serializable(package="gan_course")
class BiGAN(GAN):
    """A generator from noise to pictures, an encoder from pictures to noise, and a discriminator of pairs.

    D sees pairs of a picture and a code. In one kind, "real", the picture is real and E has read its code: (x, E(x)).
    In the other kind the code was drawn and G has made the picture: (G(z), z). G and E together play against D: they
    minimize D's loss with both kinds exchanged. If they win, each is the other's inverse where it matters. Nothing
    compares a picture with its reconstruction.

    E belongs to `generator`, which is a model from noise to pictures with E beside it. So one optimizer trains both in
    G's step, and both are averaged.

    Args:
        decoder: G, a `keras.Model` from noise `(batch, latent_dim)` to samples.
        encoder: E, a `keras.Model` from samples to `(batch, latent_dim)`. `dcgan_encoder` builds one.
        discriminator: `keras.Model` from `[samples, codes]` to raw scores. `pair_discriminator` builds one.
        seed: as in `GAN`.
        **kwargs: as in `GAN`.

    Attributes:
        decoder: as given.
        encoder: as given.

    Raises:
        ValueError: for networks that do not fit each other.

    Example:
        ```python
        gan = BiGAN(networks.dcgan_generator(), dcgan_encoder(), pair_discriminator(), seed=0)
        gan.compile()
        gan.fit(images, epochs=10)
        gan.reconstruct(images[:10])
        ```

    Reference: Donahue et al. 2017, equations 2 and 3 and section 3.4; the same game is in Dumoulin et al. 2017.
    """

    def __init__(
        self,
        decoder: keras.Model,
        encoder: keras.Model,
        discriminator: keras.Model,
        seed: int | None = None,
        **kwargs,
    ):
        _require_three_players(decoder, encoder, discriminator)
        noise = keras.Input(decoder.input_shape[1:], name="noise")
        made = decoder(noise)
        both = keras.Model(noise, FirstOf(name="samples")([made, encoder(made)]), name="decoder_and_encoder")
        super().__init__(both, discriminator, seed=seed, **kwargs)
        self.decoder, self.encoder = decoder, encoder

    @staticmethod
    def _require_players(generator, discriminator):
        """The three networks have been checked before G and E became one."""

    def compile(self, d_optimizer=None, g_optimizer=None, objective="non_saturating", **kwargs):
        """Do the same as `GAN.compile`, but without a gradient penalty between real and generated pairs.

        Args:
            d_optimizer: as in `GAN.compile`.
            g_optimizer: as in `GAN.compile`, for G and E together.
            objective: as in `GAN.compile`. Only its loss of D is used. Defaults to "non_saturating".
            **kwargs: the other arguments of `GAN.compile`. `r1_weight` penalizes D's slope by the picture.

        Raises:
            ValueError: as `GAN.compile`; also for a `gradient_penalty_weight` above 0.
        """
        if kwargs.get("gradient_penalty_weight"):
            raise ValueError(
                "Invalid gradient_penalty_weight. Expected 0, since a point between two pairs has no code. Received: "
                f"{kwargs['gradient_penalty_weight']!r}. Use r1_weight."
            )
        super().compile(d_optimizer, g_optimizer, objective, **kwargs)

    def discriminator_loss(self, real, labels=None, training=True):
        """D's loss on pairs (x, E(x)) and (G(z), z).

        Args:
            real: real samples `(batch, ...)`.
            labels: not used. Defaults to None.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        noise = self.noise(ops.shape(real)[0])
        with preserved_weights(self.generator):
            fake = ops.stop_gradient(self.decoder(noise, training=training))
            codes = ops.stop_gradient(self.encoder(real, training=training))
        loss = self.objective.d_loss(self._scores(real, codes, training), self._scores(fake, noise, training))
        penalty = self.discriminator_penalty(real, fake, noise, codes, training)
        return loss + ops.cast(regularization(self.discriminator), loss.dtype) + ops.cast(penalty, loss.dtype)

    def generator_loss(self, real, labels=None, training=True):
        """The loss of G and E: D's loss with the two kinds of pairs exchanged.

        Args:
            real: real samples `(batch, ...)`.
            labels: not used. Defaults to None.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        noise = self.noise(ops.shape(real)[0])
        fake, codes = self.decoder(noise, training=training), self.encoder(real, training=training)
        with preserved_weights(self.discriminator, self.seed_generator):
            scores = self._scores(fake, noise, training), self._scores(real, codes, training)
            penalty = self.generator_penalty(real, fake, noise, codes, training)
        loss = self.objective.d_loss(*scores)
        return loss + ops.cast(penalty, loss.dtype) + ops.cast(regularization(self.generator), loss.dtype)

    def encode(self, samples, batch_size: int = 256) -> np.ndarray:
        """Read the codes of samples.

        Args:
            samples: `(n, *sample_shape)`, images in [-1, 1].
            batch_size: how many to read at once, at least 1. Defaults to 256.

        Returns:
            NumPy array `(n, latent_dim)`.

        Raises:
            ValueError: for samples that `fit` would not accept either.
        """
        require_count(256, batch_size=batch_size)
        (samples,) = self._checked_arrays(samples, None)
        return call_in_parts(self.encoder, [samples], batch_size)

    def reconstruct(self, samples, batch_size: int = 256) -> np.ndarray:
        """Compute G(E(x)) for samples x.

        Args:
            samples: as in `encode`.
            batch_size: as in `encode`. Defaults to 256.

        Returns:
            NumPy array of the samples' shape, float32.

        Raises:
            ValueError: as `encode`.
        """
        return self._generate_from([self.encode(samples, batch_size)], batch_size)

    def get_config(self):
        networks = {name: getattr(self, name) for name in ("decoder", "encoder", "discriminator")}
        saved = {name: keras.saving.serialize_keras_object(network) for name, network in networks.items()}
        return {**saved, "seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Build a BiGAN from what `get_config` returned."""
        names = ("decoder", "encoder", "discriminator")
        networks = {name: keras.saving.deserialize_keras_object(config[name], custom_objects) for name in names}
        return cls(**{**config, **networks})

    # What `Fitting` asks for: D's second input is a code here, and no label that comes with the data

    def _checked_arrays(self, x, y, call="fit(samples)"):
        samples = as_samples(x, self._sample_shape)
        require_samples(samples, self._sample_shape)
        return (samples,)

    def _check_first_batch(self, dataset):
        if isinstance(dataset, keras.utils.PyDataset) and dataset.num_batches:
            samples, _ = unpack_batch(dataset[0], self.generator, False)
            self._checked_arrays(samples, None)


def _require_three_players(decoder, encoder, discriminator):
    """Raise a ValueError for networks that are no decoder, encoder and discriminator of pairs that fit each other."""
    require_one_noise_input(decoder)
    sample, code = decoder.output_shape, decoder.input_shape
    expected = {"encoder": (encoder, [sample], code), "discriminator": (discriminator, [sample, code], (None, 1))}
    for name, (network, takes, returns) in expected.items():
        shapes = input_shapes(network)
        fits = len(shapes) == len(takes) and all(map(shapes_fit, shapes, takes))
        if not (fits and shapes_fit(network.output_shape, returns)):
            raise ValueError(
                f"Invalid {name}. Expected a model from {' and '.join(map(str, takes))} to {returns}, to fit a decoder "
                f"from {code} to {sample}. Received: a model from {shapes} to {network.output_shape}. Build it with "
                f"{'dcgan_encoder' if name == 'encoder' else 'pair_discriminator'} for the same shapes."
            )


def _convolutions(picture, units, filters, normalized):
    """Features of a picture: two convolutions that halve its size, and a dense layer."""
    require_count(32, units=units)
    half, quarter = require_filters(filters, (32, 64))
    h = leaky(layers.Conv2D(half, 4, strides=2, padding="same")(picture))
    h = layers.Conv2D(quarter, 4, strides=2, padding="same")(h)
    h = layers.Flatten()(leaky(layers.BatchNormalization()(h) if normalized else h))
    return leaky(layers.Dense(int(units))(h))
