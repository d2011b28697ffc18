"""Differentiable augmentation: the discriminator sees real and generated pictures only after the same random changes.

With few real pictures, D learns them by heart, and its scores no longer tell G what to draw. Changes such as a shift
make the few pictures many. If only the real ones were changed, G would learn to draw changed pictures. So D sees the
generated ones changed in the same way, and G's gradient passes through the change. `augmented` puts the layer
`Augmentation` before any discriminator. `GAN` and its variants then train it as it is: the layer works in D's steps, in
G's steps and in the penalties, and it lets pictures pass unchanged in inference mode, as in `evaluate`.

`callbacks.AdaptiveAugmentation` changes the layer's probability while a GAN trains.
"""

from collections.abc import Sequence

import keras
from keras import layers, ops

from gan_course.arguments import require_number, require_one_of
from gan_course.devices import replica_slice

LARGEST_SHIFT = 1 / 8
"""How far a picture is shifted at most, as a share of its side (Zhao et al. 2020, section 3.2)."""

CUTOUT_SIDE = 1 / 2
"""Side of the square that is cut out, as a share of the picture's side (Zhao et al. 2020, section 3.2)."""


# Changes of pictures with given numbers


def translate(pictures, shifts, fill: float = 0.0):
    """Shift each picture by whole pixels.

    Args:
        pictures: tensor `(batch, height, width, channels)`.
        shifts: integers `(batch, 2)`: how many pixels down, and how many to the right.
        fill: value of the pixels that become free. Defaults to 0: middle gray.

    Returns:
        Tensor of the same shape.

    Example:
        >>> keras.ops.convert_to_numpy(translate(keras.ops.ones((1, 2, 2, 1)), [[0, 1]]))[0, :, :, 0].tolist()
        [[0.0, 1.0], [0.0, 1.0]]
    """
    pictures, shifts = ops.convert_to_tensor(pictures), ops.cast(shifts, "int32")
    rows, columns = (_shift_matrix(shifts[:, axis], pictures.shape[axis + 1], pictures.dtype) for axis in (0, 1))
    shifted = ops.einsum("bij,bjkc->bikc", rows, pictures)
    shifted = ops.einsum("blk,bikc->bilc", columns, shifted)
    is_free = 1 - ops.sum(rows, axis=2)[:, :, None, None] * ops.sum(columns, axis=2)[:, None, :, None]
    return shifted + fill * is_free


def _shift_matrix(shifts, side, dtype):
    """For each shift k the matrix `(side, side)` with ones at (i, i − k), which moves entry i − k to i."""
    place = ops.arange(side, dtype="int32")
    return ops.cast(ops.equal(place[None, :, None] - shifts[:, None, None], place[None, None, :]), dtype)


def cut_out(pictures, centers, side: int, fill: float = 0.0):
    """Overwrite a square of each picture. What of the square lies outside of the picture is lost.

    Args:
        pictures: tensor `(batch, height, width, channels)`.
        centers: integers `(batch, 2)`: the row and the column of the square's middle. A square of an even side has four
            pixels around its middle; this is the lower right one of them.
        side: side of the square in pixels.
        fill: the value in the square. Defaults to 0: middle gray.

    Returns:
        Tensor of the same shape.
    """
    pictures, centers = ops.convert_to_tensor(pictures), ops.cast(centers, "int32")
    rows, columns = (_is_near(centers[:, axis], side, pictures.shape[axis + 1]) for axis in (0, 1))
    inside = ops.logical_and(rows[:, :, None, None], columns[:, None, :, None])
    return ops.where(inside, ops.cast(fill, pictures.dtype), pictures)


def _is_near(centers, side, length):
    """Booleans `(batch, length)`: which places lie in the interval of this size around each center."""
    distance = ops.arange(length, dtype="int32")[None] - centers[:, None] + side // 2
    return ops.logical_and(distance >= 0, distance < side)


def change_brightness(pictures, amounts):
    """Add a number to all values of a picture.

    Args:
        pictures: tensor `(batch, height, width, channels)`.
        amounts: tensor `(batch,)`.

    Returns:
        Tensor of the same shape. Its values may lie outside of [-1, 1].
    """
    return ops.add(pictures, _per_picture(amounts))


def change_saturation(pictures, factors):
    """Multiply the difference of each pixel's colors from their mean. A gray picture does not change.

    Args:
        pictures: tensor `(batch, height, width, channels)`.
        factors: tensor `(batch,)`: 0 makes a picture gray, and 1 leaves it as it is.

    Returns:
        Tensor of the same shape.
    """
    return _away_from_mean(pictures, factors, axis=3)


def change_contrast(pictures, factors):
    """Multiply the difference of all values of a picture from their mean.

    Args:
        pictures: tensor `(batch, height, width, channels)`.
        factors: tensor `(batch,)`: 0 makes a picture uniform, and 1 leaves it as it is.

    Returns:
        Tensor of the same shape.
    """
    return _away_from_mean(pictures, factors, axis=(1, 2, 3))


def _away_from_mean(pictures, factors, axis):
    """Multiply the difference from the mean over these axes by one factor per picture."""
    pictures = ops.convert_to_tensor(pictures)
    mean = ops.mean(pictures, axis=axis, keepdims=True)
    return mean + _per_picture(factors) * (pictures - mean)


def _per_picture(numbers):
    return ops.reshape(numbers, (-1, 1, 1, 1))


# Random changes. Each takes two numbers per picture, uniform in [0, 1).


def _random_translation(pictures, uniform, fill):
    most = ops.array([int(side * LARGEST_SHIFT + 0.5) for side in pictures.shape[1:3]], "float32")
    return translate(pictures, ops.floor(uniform * (2 * most + 1)) - most, fill)


def _random_cutout(pictures, uniform, fill):
    side = int(min(pictures.shape[1:3]) * CUTOUT_SIDE + 0.5)
    places = ops.array([length + 1 - side % 2 for length in pictures.shape[1:3]], "float32")
    return cut_out(pictures, ops.floor(uniform * places), side, fill)


def _random_brightness(pictures, uniform, fill):
    return change_brightness(pictures, ops.cast(uniform[:, 0] - 0.5, pictures.dtype))


def _random_saturation(pictures, uniform, fill):
    return change_saturation(pictures, ops.cast(2 * uniform[:, 0], pictures.dtype))


def _random_contrast(pictures, uniform, fill):
    return change_contrast(pictures, ops.cast(uniform[:, 0] + 0.5, pictures.dtype))


TRANSFORMATIONS = {
    "brightness": _random_brightness,
    "saturation": _random_saturation,
    "contrast": _random_contrast,
    "translation": _random_translation,
    "cutout": _random_cutout,
}
"""The random changes that `Augmentation` knows by their names."""


# What a discriminator begins with


@keras.saving.register_keras_serializable(package="gan_course")
class Augmentation(layers.Layer):
    """Change pictures at random in training mode, differentiably, and let them pass unchanged in inference mode.

    "translation" shifts a picture by up to an eighth of its sides. "cutout" overwrites a square of half of its side at
    a random place. "brightness" adds a number from [−½, ½), "saturation" multiplies the colors' difference from gray by
    one from [0, 2), and "contrast" that from the picture's mean by one from [½, 1½).

    In every call each picture gets changes of its own. D's scores in inference mode are scores of pictures without a
    change. With a probability of 1 it has seen few or none of these in training.

    Args:
        transformations: names of `TRANSFORMATIONS`, in the order in which they are done. Defaults to ("translation",
            "cutout"), which suits digits. For color pictures the paper puts "brightness", "saturation" and "contrast"
            before them.
        probability: how likely a picture gets a change, for each change, from 0 to 1. With 0 all pictures pass
            unchanged. Defaults to 1.0, as in Zhao et al. 2020.
        fill: value of the pixels that a shift or a cutout leaves empty. Defaults to 0.0, a middle gray, as in the
            paper. Choose one that is not the pictures' background. With black around digits on black, D could not see
            how far a picture was shifted, and G might learn to draw digits that are shifted already.
        seed: integer seed of the changes. Defaults to None: others each time, unless `keras.utils.set_random_seed` was
            called.
        **kwargs: as in `keras.layers.Layer`.

    Attributes:
        probability: the probability, a scalar weight that is not trained.

    Raises:
        ValueError: for an unknown name, a probability outside of [0, 1], a fill that is not finite, and an input that
            is no batch of pictures of a known size.

    Reference: Zhao et al. 2020 (DiffAugment), equations 5 and 6 and section 3.2; Karras et al. 2020 (ADA), section 2.2,
    for the probability.
    """

    def __init__(
        self,
        transformations: Sequence[str] = ("translation", "cutout"),
        probability: float = 1.0,
        fill: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name in transformations:
            require_one_of(TRANSFORMATIONS, transformation=name)
        require_number(1.0, at_least=0, at_most=1, probability=probability)
        require_number(0.0, fill=fill)
        self.transformations, self.fill, self.seed = tuple(transformations), float(fill), seed
        self.start = float(probability)
        self.seed_generator = keras.random.SeedGenerator(seed)
        start = keras.initializers.Constant(self.start)
        self.probability = self.add_weight((), start, trainable=False, autocast=False, name="probability")

    def build(self, input_shape):
        if len(input_shape) != 4 or None in input_shape[1:]:
            raise ValueError(
                "Invalid pictures. Expected shape (batch, height, width, channels) with known sizes. Received: "
                f"{tuple(input_shape)}. Put the layer before any that flattens the pictures."
            )

    def call(self, pictures, training=False):
        if not training:
            return pictures
        for name in self.transformations:
            draw = replica_slice(self._draw, ops.shape(pictures)[0])
            changed = TRANSFORMATIONS[name](pictures, draw[:, 1:], self.fill)
            pictures = ops.where(_per_picture(draw[:, 0] < self.probability), changed, pictures)
        return pictures

    def _draw(self, count):
        """Three uniform numbers per picture: whether it gets a change, and which."""
        return keras.random.uniform((count, 3), dtype="float32", seed=self.seed_generator)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"transformations": self.transformations, "probability": self.start, "fill": self.fill, "seed": self.seed}
        return {**super().get_config(), **own}


def augmented(discriminator: keras.Model, seed: int | None = None, **choices) -> keras.Model:
    """Put an `Augmentation` before a discriminator, for its first input.

    A variant that looks for a layer of its discriminator by name does not find one inside of this model: build such a
    discriminator with an `Augmentation` as its first layer instead.

    Args:
        discriminator: `keras.Model` from pictures `(batch, height, width, channels)` to scores. In a conditional GAN
            it takes labels, too.
        seed: integer seed of the changes, for example that of the GAN. Defaults to None.
        **choices: the other arguments of `Augmentation`.

    Returns:
        `keras.Model` with the same inputs and output. It shares its weights with the discriminator. Its layer
        "augmentation" has the weight `probability`.

    Raises:
        ValueError: as `Augmentation`.

    Example:
        ```python
        discriminator = augmented(networks.dcgan_discriminator(), seed=0)
        gan = GAN(networks.dcgan_generator(), discriminator, seed=0)
        gan.compile(r1_weight=1.0)
        gan.fit(few_images, epochs=100)
        ```
    """
    inputs = [keras.Input(given.shape[1:], dtype=given.dtype, name=given.name) for given in discriminator.inputs]
    changed = Augmentation(seed=seed, name="augmentation", **choices)(inputs[0])
    scores = discriminator([changed, *inputs[1:]] if inputs[1:] else changed)
    return keras.Model(inputs if inputs[1:] else inputs[0], scores, name=f"augmented_{discriminator.name}")
