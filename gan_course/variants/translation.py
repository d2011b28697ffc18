"""Pictures from pictures, learned from pairs: pix2pix, a U-Net, and a discriminator of patches.

A source is the picture that is given, and a target is the one that is wanted. `Pix2Pix` is a conditional `GAN` whose
label is a source. `variants.cycle` learns without pairs, with the same networks.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from gan_course.arguments import require_count, require_number
from gan_course.gan import GAN
from gan_course.losses import in_loss_dtype
from gan_course.networks import leaky, require_filters, require_image_shape
from gan_course.samples import as_samples
from gan_course.validate import input_shapes

# Networks


def unet_generator(
    source_shape: Sequence[int] = (28, 28, 1),
    image_shape: Sequence[int] | None = None,
    filters: Sequence[int] = (8, 16, 32),
    blocks: int = 2,
) -> keras.Model:
    """Build a U-Net: it halves a picture twice, doubles it twice, and hands on what it saw at each size.

    At each size the way up gets what the way down has computed there. So the network need not carry the places of edges
    through the small picture in the middle.

    Args:
        source_shape: `(height, width, channels)` of the given picture, with sides divisible by 4. Defaults to
            (28, 28, 1).
        image_shape: `(height, width, channels)` of the picture that is made, with the same sides. Defaults to None: as
            the source.
        filters: three numbers of channels, for the full size, half of the size, and a quarter. Defaults to (8, 16, 32).
        blocks: number of residual blocks at a quarter of the size, each with two convolutions. Defaults to 2.

    Returns:
        `keras.Model` from `(batch, *source_shape)` to `(batch, *image_shape)`, in [-1, 1] by tanh. Normalization is by
        picture and channel ("instance normalization"), so a picture does not depend on the others in its batch.

    Raises:
        ValueError: for a size that is not an integer of at least 1, shapes of another form, or sides that differ.

    Example:
        >>> unet_generator((28, 28, 1), (28, 28, 3)).output_shape
        (None, 28, 28, 3)

    Reference: Isola et al. 2017, section 3.2.1 (after Ronneberger et al. 2015), here with the residual blocks that Zhu
    et al. 2017, section 4, use.
    """
    source_shape = require_image_shape(source_shape)
    image_shape = source_shape if image_shape is None else require_image_shape(image_shape)
    _require_same_sides(source_shape, image_shape)
    require_count(2, blocks=blocks)
    full, half, quarter = require_filters(filters, (8, 16, 32))
    source = keras.Input(source_shape, name="source")
    at_half = leaky(layers.Conv2D(half, 4, strides=2, padding="same")(source))
    h = leaky(_normalized(layers.Conv2D(quarter, 4, strides=2, padding="same", use_bias=False)(at_half)))
    for _ in range(int(blocks)):
        change = layers.ReLU()(_normalized(layers.Conv2D(quarter, 3, padding="same", use_bias=False)(h)))
        h = layers.Add()([h, _normalized(layers.Conv2D(quarter, 3, padding="same", use_bias=False)(change))])
    h = layers.ReLU()(_normalized(layers.Conv2DTranspose(half, 4, strides=2, padding="same", use_bias=False)(h)))
    h = layers.ReLU()(layers.Conv2DTranspose(full, 4, strides=2, padding="same")(layers.Concatenate()([h, at_half])))
    h = layers.Concatenate()([h, source])
    return keras.Model(source, layers.Conv2D(image_shape[-1], 3, padding="same", activation="tanh")(h), name="unet")


def patch_discriminator(image_shape: Sequence[int] = (28, 28, 1), filters: Sequence[int] = (16, 32)) -> keras.Model:
    """Build a discriminator of patches: it returns one score for each patch of a picture, and none for the whole.

    A patch is what one score depends on: 18 × 18 pixels, at the border fewer. The patches overlap. Their scores judge
    whether textures and strokes are real. They do not judge whether distant parts of a picture fit each other.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        filters: two numbers of channels, for half of the size and a quarter. Defaults to (16, 32).

    Returns:
        `keras.Model` from `(batch, *image_shape)` to raw scores `(batch, height / 4, width / 4, 1)`, positive for
        "real".

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> patch_discriminator((28, 28, 1)).output_shape
        (None, 7, 7, 1)

    Reference: Isola et al. 2017, section 3.2.2 (PatchGAN).
    """
    image_shape = require_image_shape(image_shape)
    half, quarter = require_filters(filters, (16, 32))
    model = keras.Sequential([keras.Input(image_shape)], name="patches")
    for layer in (
        layers.Conv2D(half, 4, strides=2, padding="same"),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Conv2D(quarter, 4, strides=2, padding="same", use_bias=False),
        layers.GroupNormalization(groups=-1),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Conv2D(1, 3, padding="same"),
    ):
        model.add(layer)
    return model


def paired_generator(
    image_shape: Sequence[int] = (28, 28, 1),
    source_shape: Sequence[int] | None = None,
    latent_dim: int = 4,
    filters: Sequence[int] = (8, 16, 32),
    blocks: int = 2,
) -> keras.Model:
    """Build a `unet_generator` that gets noise besides the source.

    Each number of the noise fills a channel of its own, which is added to the source's channels. Isola et al. report
    that their generator learned to ignore such noise (section 3). Measure how much the pictures of one source differ.

    Args:
        image_shape: `(height, width, channels)` of a target. Defaults to (28, 28, 1).
        source_shape: `(height, width, channels)` of a source, with the same sides. Defaults to None: as the target.
        latent_dim: size of the noise vector z. Defaults to 4.
        filters: as in `unet_generator`. Defaults to (8, 16, 32).
        blocks: as in `unet_generator`. Defaults to 2.

    Returns:
        `keras.Model` from `[(batch, latent_dim), (batch, *source_shape)]`, noise and sources, to
        `(batch, *image_shape)`, in [-1, 1].

    Raises:
        ValueError: as `unet_generator`, and for a `latent_dim` that is not an integer of at least 1.

    Example:
        >>> paired_generator((28, 28, 3), (28, 28, 1)).input_shape
        [(None, 4), (None, 28, 28, 1)]

    Reference: Isola et al. 2017, equation 1 (G gets z and a picture); Zhu et al. 2017 (BicycleGAN), section 3.5, for
    the place of the noise.
    """
    require_count(4, latent_dim=latent_dim)
    image_shape = require_image_shape(image_shape)
    height, width, channels = image_shape if source_shape is None else require_image_shape(source_shape)
    draw = unet_generator((height, width, channels + int(latent_dim)), image_shape, filters, blocks)
    noise, source = keras.Input((int(latent_dim),), name="noise"), keras.Input((height, width, channels), name="source")
    spread = layers.Reshape((height, width, int(latent_dim)))(layers.RepeatVector(height * width)(noise))
    return keras.Model([noise, source], draw(layers.Concatenate()([source, spread])), name="paired_generator")


def paired_discriminator(
    image_shape: Sequence[int] = (28, 28, 1),
    source_shape: Sequence[int] | None = None,
    filters: Sequence[int] = (16, 32),
) -> keras.Model:
    """Build a `patch_discriminator` that sees the source, too: is a picture real, and does it fit its source?

    Args:
        image_shape: `(height, width, channels)` of a target. Defaults to (28, 28, 1).
        source_shape: `(height, width, channels)` of a source, with the same sides. Defaults to None: as the target.
        filters: as in `patch_discriminator`. Defaults to (16, 32).

    Returns:
        `keras.Model` from `[(batch, *image_shape), (batch, *source_shape)]` to raw scores
        `(batch, height / 4, width / 4, 1)`.

    Raises:
        ValueError: as `patch_discriminator`, and for sides that differ.

    Example:
        >>> paired_discriminator((28, 28, 3), (28, 28, 1)).output_shape
        (None, 7, 7, 1)

    Reference: Isola et al. 2017, sections 3.1 and 3.2.2.
    """
    image_shape = require_image_shape(image_shape)
    source_shape = image_shape if source_shape is None else require_image_shape(source_shape)
    _require_same_sides(source_shape, image_shape)
    image, source = keras.Input(image_shape, name="image"), keras.Input(source_shape, name="source")
    judge = patch_discriminator((*image_shape[:2], image_shape[2] + source_shape[2]), filters)
    return keras.Model([image, source], judge(layers.Concatenate()([image, source])), name="paired_discriminator")


# The game


@keras.saving.register_keras_serializable(package="gan_course")
class Pix2Pix(GAN):
    """A conditional `GAN` whose label is a picture, with the L1 distance from the target in the generator's loss.

    It learns from pairs: `fit(targets, sources)`. A label of a sample, wherever `GAN` speaks of one, is its source.

    Args:
        generator: `keras.Model` from `[noise, sources]` to pictures. `paired_generator` builds one.
        discriminator: `keras.Model` from `[pictures, sources]` to raw scores, one per patch or one per picture.
            `paired_discriminator` builds one.
        l1_weight: λ ≥ 0, the factor of the mean absolute difference of a made picture from its target, over all pixels
            and channels. Without this term G only has to make pictures that D takes to be real. Defaults to 100.0, as
            in the paper.
        seed: as in `GAN`.
        **kwargs: as in `GAN`.

    Raises:
        ValueError: as `GAN`; also for networks that take no sources, or a negative weight.

    Example:
        ```python
        gan = Pix2Pix(paired_generator(), paired_discriminator(), seed=0)
        gan.compile()
        gan.fit(digits, digits_with_a_hole, epochs=5)
        gan.translate(other_digits_with_a_hole, seed=1)
        ```

    Reference: Isola et al. 2017, equations 1, 3 and 4.
    """

    def __init__(self, generator, discriminator, l1_weight: float = 100.0, seed: int | None = None, **kwargs):
        require_number(100.0, at_least=0, l1_weight=l1_weight)
        super().__init__(generator, discriminator, seed=seed, **kwargs)
        self.l1_weight = l1_weight

    @staticmethod
    def _require_players(generator, discriminator):
        GAN._require_players(generator, discriminator)
        if len(input_shapes(generator)) != 2:
            raise ValueError(
                "Invalid networks. Expected a generator and a discriminator that take sources as their second input. "
                "Received: networks with one input each. Build them with paired_generator and paired_discriminator."
            )

    def generator_penalty(self, real, fake, noise, labels=None, training=True):
        """Compute the L1 distance of made pictures from their targets, times its weight.

        Args:
            real: targets `(batch, height, width, channels)`.
            fake: the pictures that were made for the targets' sources, of the same shape.
            noise: not used.
            labels: not used. Defaults to None.
            training: not used. Defaults to True.

        Returns:
            A scalar, which `GAN` adds to the generator's loss.
        """
        return self.l1_weight * mean_absolute_difference(real, fake)

    def translate(self, sources, seed: int | None = None, batch_size: int = 256) -> np.ndarray:
        """Make a picture for each source. This is `generate` with the sources as labels.

        Args:
            sources: pictures `(n, *source_shape)` in [-1, 1].
            seed: integer seed of the noise, as in `generate`. Defaults to None.
            batch_size: how many pictures to make at once. Defaults to 256.

        Returns:
            NumPy array `(n, *image_shape)`, float32.

        Raises:
            ValueError: for sources that `fit` would not accept either, and for none at all.
        """
        sources = as_samples(sources, input_shapes(self.generator)[1][1:])
        return self.generate(len(sources) if sources.ndim else 1, seed=seed, labels=sources, batch_size=batch_size)

    def get_config(self):
        return {**super().get_config(), "l1_weight": self.l1_weight}


def mean_absolute_difference(first, second):
    """Compute the L1 distance of pictures, as a mean over all of them, their pixels and channels, in float32.

    Args:
        first: tensor `(batch, height, width, channels)`.
        second: tensor of the same shape.

    Returns:
        A scalar tensor, at least 0.
    """
    return ops.mean(ops.abs(in_loss_dtype(ops.convert_to_tensor(first)) - in_loss_dtype(ops.convert_to_tensor(second))))


# Checks


def _normalized(h):
    """Instance normalization: each channel of each picture gets mean 0 and variance 1 over its pixels, then a scale."""
    return layers.GroupNormalization(groups=-1)(h)


def _require_same_sides(source_shape, image_shape):
    """Raise a ValueError where a source and a target differ in height or width."""
    if source_shape[:2] != image_shape[:2]:
        raise ValueError(
            "Invalid shapes. Expected sources and targets of the same height and width. Received: sources of "
            f"{source_shape} and targets of {image_shape}. Enlarge the smaller pictures first, for example with "
            "pictures.repeat(4, axis=1).repeat(4, axis=2)."
        )
