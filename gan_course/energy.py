"""The energy-based GAN: a discriminator that is an auto-encoder, and a GAN whose generator spreads its codes."""

import keras
from keras import layers, ops

from gan_course.gan import GAN
from gan_course.networks import mlp_generator
from gan_course.objectives import energy_based, pulling_away
from gan_course.validate import require_weights


def autoencoding_discriminator(input_shape=(28, 28, 1), units=(128,), code_dim=32):
    """A discriminator that redraws its input; its energy is how badly it succeeds.

    Args:
        input_shape: shape of one sample. `(height, width, channels)` for images in [-1, 1], with sides divisible by 4,
            or `(features,)` for points. Defaults to (28, 28, 1).
        units: width of each hidden layer of the encoder (LeakyReLU, slope 0.2); the decoder has them in reverse.
            Defaults to (128,).
        code_dim: size of the code between them. With one as large as the sample, everything could be redrawn.
            Defaults to 32.

    Returns:
        `keras.Model` from `(batch, *input_shape)` to energies `(batch, 1)`: the mean squared error of each sample,
        not negative, low for what it can redraw. Its layers "encoder" and "decoder" are models themselves:
        `model.get_layer("encoder")` returns codes `(batch, code_dim)`.

    Raises:
        ValueError: for a width or a code that is not a positive integer, or a shape that does not fit.

    Reference: Zhao, Mathieu and LeCun 2017 (EBGAN), section 2.3, with squares and a mean in place of the norm.
    """
    units = tuple(units) if hasattr(units, "__iter__") else (units,)
    decoder = mlp_generator(input_shape, code_dim, units[::-1])  # which also looks at the sizes
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
class ReconstructionError(layers.Layer):
    """Mean squared difference of each pair: two inputs `(batch, ...)` of one shape to `(batch, 1)`, in float32."""

    def call(self, pair):
        samples, redrawn = (ops.cast(each, "float32") for each in pair)
        squares = ops.square(samples - redrawn)
        return ops.mean(squares, axis=tuple(range(1, len(squares.shape))))[:, None]

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1)


@keras.saving.register_keras_serializable(package="gan_course")
class EnergyGAN(GAN):
    """A `GAN` with the energy-based objective and the pulling-away term in the generator's loss.

    Args:
        generator: as in `GAN`.
        discriminator: `keras.Model` from samples to energies `(batch, 1)`, with a layer named "encoder" that makes
            codes `(batch, features)` of samples, such as `autoencoding_discriminator`'s.
        pulling_away_weight: of `objectives.pulling_away` of the generated samples' codes in G's loss. 0 leaves it
            out. The term is about pairs: a step of one sample has none, and several devices of `tf.distribute` each
            look at the pairs of their own part of the batch. Defaults to 0.1, as in the paper.
        seed: as in `GAN`.

    Raises:
        ValueError: as `GAN`; for a discriminator without an encoder, or a weight that is negative.

    Reference: Zhao, Mathieu and LeCun 2017, section 2.4 (EBGAN-PT).

    Example:
        ```python
        discriminator = autoencoding_discriminator((8, 8, 1))
        gan = EnergyGAN(networks.mlp_generator((8, 8, 1), 16), discriminator, seed=0)
        gan.compile(objective=energy_based(margin=0.5))
        ```
    """

    def __init__(self, generator, discriminator, pulling_away_weight=0.1, seed=None, **kwargs):
        super().__init__(generator, discriminator, seed=seed, **kwargs)
        if "encoder" not in [layer.name for layer in discriminator.layers]:
            raise ValueError(
                'Invalid discriminator. Expected one with a layer named "encoder", since the generator is trained to '
                f"make its codes differ. Received: layers {[layer.name for layer in discriminator.layers]}. Build it "
                "with autoencoding_discriminator, or use the class GAN, which needs no encoder."
            )
        require_weights(pulling_away_weight=pulling_away_weight)
        self.pulling_away_weight = pulling_away_weight

    def compile(self, d_optimizer=None, g_optimizer=None, objective=None, **kwargs):
        """`GAN.compile`; `objective` defaults to `objectives.energy_based()`, whose margin is 1."""
        super().compile(d_optimizer, g_optimizer, energy_based() if objective is None else objective, **kwargs)

    def generator_penalty(self, fake, training=True):
        if not self.pulling_away_weight:
            return 0.0
        return self.pulling_away_weight * pulling_away(self.discriminator.get_layer("encoder")(fake, training=training))

    def get_config(self):
        return {**super().get_config(), "pulling_away_weight": self.pulling_away_weight}
