"""The refiner: simulated pictures are made to look real, and stay what they were. SimGAN.

The pictures of a simulation come with labels, but do not look quite real. A refiner changes them until a discriminator
of patches takes them to be real, and pays for each change. So it keeps what the label says.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from gan_course.arguments import require_count, require_number
from gan_course.gan import GAN
from gan_course.losses import regularization
from gan_course.networks import require_image_shape
from gan_course.samples import call_in_parts
from gan_course.stateless import preserved_weights
from gan_course.validate import input_shapes, require_matching_networks, shapes_fit
from gan_course.variants.translation import mean_absolute_difference
from gan_course.variants.unpaired import UnpairedPictures, checked_pictures


def residual_refiner(image_shape: Sequence[int] = (28, 28, 1), filters: int = 16, blocks: int = 4) -> keras.Model:
    """Build a refiner of residual blocks, which keeps the size of a picture throughout.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        filters: number of channels inside. Defaults to 16.
        blocks: number of residual blocks, each with two convolutions of 3 × 3. A pixel depends on those up to
            2 · blocks + 1 rows and columns away. Defaults to 4, as in the paper.

    Returns:
        `keras.Model` from pictures `(batch, *image_shape)` to pictures of the same shape, in [-1, 1] by tanh.

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> residual_refiner((8, 8, 1)).output_shape
        (None, 8, 8, 1)

    Reference: Shrivastava et al. 2017, section 2.3 and the appendix, there with 64 channels.
    """
    image_shape = require_image_shape(image_shape)
    require_count(16, filters=filters)
    require_count(4, blocks=blocks)
    simulated = keras.Input(image_shape, name="simulated")
    h = layers.Conv2D(int(filters), 3, padding="same", activation="relu")(simulated)
    for _ in range(int(blocks)):
        change = layers.Conv2D(int(filters), 3, padding="same", activation="relu")(h)
        h = layers.ReLU()(layers.Add()([h, layers.Conv2D(int(filters), 3, padding="same")(change)]))
    refined = layers.Conv2D(image_shape[-1], 1, activation="tanh")(h)
    return keras.Model(simulated, refined, name="refiner")


@keras.saving.register_keras_serializable(package="gan_course")
class SimGAN(UnpairedPictures, GAN):
    """A `GAN` whose generator refines simulated pictures, and pays for each change with the L1 distance.

    In place of samples and labels, `fit`, `evaluate` and `validation_data` take real pictures and simulated ones, which
    need not belong together. There may be more of one kind: an epoch then goes through the larger set once. There is no
    noise, so `generate` and `predict` are not supported; call `refine`. The history of refined pictures of the paper's
    section 2.2 is left out.

    Args:
        generator: the refiner, a `keras.Model` from simulated pictures to pictures in [-1, 1]. `residual_refiner`
            builds one.
        discriminator: `keras.Model` from pictures to raw scores, one per patch or one per picture.
            `translation.patch_discriminator` builds one.
        l1_weight: λ ≥ 0, the factor of the mean absolute difference of a refined picture from the simulated one.
            Defaults to 1.0.
        seed: integer seed of the order of the pictures. Defaults to None: another seed each time.
        **kwargs: as in `GAN`.

    Raises:
        ValueError: for networks that do not fit each other, or a negative weight.

    Example:
        ```python
        simulated, labels = bundled.font_digits(4000, seed=0)
        gan = SimGAN(residual_refiner(), patch_discriminator(), seed=0)
        gan.compile()
        gan.fit(real_digits, simulated, epochs=5)
        gan.refine(simulated)  # training pictures for a classifier, with the labels of the simulation
        ```

    Reference: Shrivastava et al. 2017, equations 1 to 4.
    """

    kinds = ("real pictures", "simulated pictures")
    translation = "refine(pictures)"

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        l1_weight: float = 1.0,
        seed: int | None = None,
        **kwargs,
    ):
        require_number(1.0, at_least=0, l1_weight=l1_weight)
        super().__init__(generator, discriminator, seed=seed, **kwargs)
        self.l1_weight, self.latent_dim = l1_weight, None

    @staticmethod
    def _require_players(generator, discriminator):
        require_matching_networks(generator, discriminator)
        takes, makes = input_shapes(generator), generator.output_shape
        if len(takes) != 1 or not shapes_fit(takes[0], makes):
            raise ValueError(
                "Invalid refiner. Expected a model from pictures to pictures of the same shape. Received: inputs "
                f"{takes} and output {makes}. Build it with residual_refiner."
            )

    def discriminator_loss(self, real, labels=None, training=True):
        """D's loss: its objective on real and on refined pictures, and all penalties.

        Args:
            real: real pictures `(batch, ...)`.
            labels: simulated pictures `(batch, ...)`.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        with preserved_weights(self.generator):
            fake = ops.stop_gradient(self.generator(labels, training=training))
        loss = self.objective.d_loss(*(self._scores(pictures, None, training) for pictures in (real, fake)))
        penalty = self._gradient_penalties(self.discriminator, real, fake, None, training)
        return loss + ops.cast(regularization(self.discriminator) + penalty, loss.dtype)

    def generator_loss(self, real, labels=None, training=True):
        """The refiner's loss: its objective, and the L1 distance between refined and simulated pictures.

        Args:
            real: not used.
            labels: simulated pictures `(batch, ...)`.
            training: whether the networks are called in training mode. Defaults to True.

        Returns:
            A scalar tensor.
        """
        refined = self.generator(labels, training=training)
        with preserved_weights(self.discriminator):
            loss = self.objective.g_loss(self._scores(refined, None, training))
        change = self.l1_weight * mean_absolute_difference(refined, labels)
        return loss + ops.cast(change + regularization(self.generator), loss.dtype)

    def refine(self, pictures, batch_size: int = 256) -> np.ndarray:
        """Make simulated pictures look real.

        Args:
            pictures: simulated pictures `(n, ...)`, in [-1, 1].
            batch_size: how many pictures to make at once, at least 1. Defaults to 256.

        Returns:
            NumPy array of n pictures, float32, made in inference mode.

        Raises:
            ValueError: for pictures that `fit` would not accept either, and for none.
        """
        require_count(256, batch_size=batch_size)
        pictures = checked_pictures(self.kinds[1], pictures, self.generator)
        return call_in_parts(self.generator, [pictures], batch_size).astype("float32")

    def get_config(self):
        return {**super().get_config(), "l1_weight": self.l1_weight}

    def _takers(self):
        return self.discriminator, self.generator
