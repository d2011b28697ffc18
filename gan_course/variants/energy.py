"""The energy-based GAN: its discriminator is an auto-encoder, and its generator is asked to make varied codes."""

from collections.abc import Sequence

import keras
from keras import layers

from gan_course.arguments import require_number
from gan_course.gan import GAN
from gan_course.layers import ReconstructionError
from gan_course.networks import mlp_generator
from gan_course.objectives import energy_based, pulling_away


def autoencoding_discriminator(
    input_shape: Sequence[int] | int = (28, 28, 1), units: Sequence[int] | int = (128,), code_dim: int = 32
) -> keras.Model:
    """Build a discriminator that reconstructs its input. Its output is the reconstruction error, called the energy.

    Args:
        input_shape: shape of one sample. `(height, width, channels)` for images in [-1, 1], with sides divisible by 4,
            or `(features,)` for points. Defaults to (28, 28, 1).
        units: width of each hidden layer of the encoder (LeakyReLU, slope 0.2). The decoder has the same widths in
            reverse order. Defaults to (128,).
        code_dim: size of the code between encoder and decoder. Choose it smaller than the sample: with a code as large
            as the sample, D could reconstruct everything. Defaults to 32.

    Returns:
        `keras.Model` from `(batch, *input_shape)` to energies `(batch, 1)`: the mean squared error of each sample,
        which is at least 0, and low for samples that D can reconstruct. Its layers "encoder" and "decoder" are models
        themselves: `model.get_layer("encoder")` returns codes `(batch, code_dim)`.

    Raises:
        ValueError: for a width or a code size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> autoencoding_discriminator((8, 8, 1), code_dim=16).get_layer("encoder").output_shape
        (None, 16)

    Reference: Zhao, Mathieu and LeCun 2017 (EBGAN), section 2.3, with the mean of the squares in place of the norm.
    """
    units = tuple(units) if hasattr(units, "__iter__") else (units,)
    decoder = mlp_generator(input_shape, code_dim, units[::-1])  # this also checks the arguments
    decoder.name = "decoder"
    encoder = keras.Sequential([keras.Input(decoder.output_shape[1:]), layers.Flatten()], name="encoder")
    for width in units:
        encoder.add(layers.Dense(int(width)))
        encoder.add(layers.LeakyReLU(negative_slope=0.2))
    encoder.add(layers.Dense(int(code_dim)))
    samples = keras.Input(decoder.output_shape[1:])
    energies = ReconstructionError(name="energy")([samples, decoder(encoder(samples))])
    return keras.Model(samples, energies, name="discriminator")


@keras.saving.register_keras_serializable(package="gan_course")
class EnergyGAN(GAN):
    """A `GAN` with the energy-based objective, and with the pulling-away term in the generator's loss.

    Args:
        generator: as in `GAN`.
        discriminator: `keras.Model` from samples to energies `(batch, 1)`. It has a layer named "encoder" that turns
            samples into codes `(batch, features)`. `autoencoding_discriminator` builds one.
        pulling_away_weight: factor of `objectives.pulling_away` of the generated samples' codes in G's loss, at least
            0. With 0 the term is left out. The term compares pairs of samples, so in a step of one sample it is 0, and
            with several devices of `tf.distribute` each device compares the samples of its own part of the batch only.
            Defaults to 0.1, as in the paper.
        seed: as in `GAN`.

    Raises:
        ValueError: as `GAN`; also for a discriminator without an encoder, or a negative weight.

    Example:
        ```python
        discriminator = autoencoding_discriminator((8, 8, 1))
        gan = EnergyGAN(networks.mlp_generator((8, 8, 1), 16), discriminator, seed=0)
        gan.compile(objective=energy_based(margin=0.5))
        ```

    Reference: Zhao, Mathieu and LeCun 2017, section 2.4 (EBGAN-PT).
    """

    def __init__(self, generator, discriminator, pulling_away_weight: float = 0.1, seed: int | None = None, **kwargs):
        super().__init__(generator, discriminator, seed=seed, **kwargs)
        names = [layer.name for layer in discriminator.layers]
        if "encoder" not in names:
            raise ValueError(
                'Invalid discriminator. Expected one with a layer named "encoder", since the pulling-away term in the '
                f"generator's loss compares its codes. Received: layers {names}. Build it with "
                "autoencoding_discriminator, or use the class GAN, which needs no encoder."
            )
        require_number(0.1, at_least=0, pulling_away_weight=pulling_away_weight)
        self.pulling_away_weight = pulling_away_weight

    def compile(self, d_optimizer=None, g_optimizer=None, objective=None, **kwargs):
        """Do the same as `GAN.compile`, with another default objective.

        Args:
            d_optimizer: as in `GAN.compile`.
            g_optimizer: as in `GAN.compile`.
            objective: as in `GAN.compile`. Defaults to `objectives.energy_based()`, whose margin is 1.
            **kwargs: the other arguments of `GAN.compile`.
        """
        super().compile(d_optimizer, g_optimizer, energy_based() if objective is None else objective, **kwargs)

    def generator_penalty(self, real, fake, noise, labels=None, training=True):
        """Compute the pulling-away term of the generated samples' codes, times its weight.

        Args:
            real: not used.
            fake: generated samples `(batch, ...)`.
            noise: not used.
            labels: not used. Defaults to None.
            training: whether the encoder is called in training mode. Defaults to True.

        Returns:
            A scalar, which `GAN` adds to the generator's loss.
        """
        if not self.pulling_away_weight:
            return 0.0
        return self.pulling_away_weight * pulling_away(self.discriminator.get_layer("encoder")(fake, training=training))

    def get_config(self):
        return {**super().get_config(), "pulling_away_weight": self.pulling_away_weight}
