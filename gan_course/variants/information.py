"""InfoGAN: part of the noise is a code, and a head of the discriminator has to read it from the generated picture."""

import math
from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from gan_course import networks
from gan_course.arguments import is_count, require_count, require_number
from gan_course.gan import GAN
from gan_course.layers import FirstOf
from gan_course.losses import in_loss_dtype
from gan_course.samples import as_samples, call_in_parts
from gan_course.variants.auxiliary import head_of

DEVIATION = 0.5
"""Standard deviation of the normal distributions by which Q describes continuous codes, which lie in [-1, 1]."""


def information_discriminator(
    image_shape: Sequence[int] = (28, 28, 1),
    categories: int = 10,
    continuous: int = 0,
    units: int = 64,
    filters: Sequence[int] = (16, 32),
) -> keras.Model:
    """Build a discriminator with a head Q: it scores a picture, and guesses the code that the picture was made from.

    This is `networks.dcgan_discriminator` with a second path behind its convolutions, which ends with the layer
    "codes".

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        categories: number of values of the categorical code. Defaults to 10.
        continuous: number of continuous codes, which may be 0. Defaults to 0.
        units: width of the hidden dense layer of each path. Defaults to 64.
        filters: as in `networks.dcgan_discriminator`. Defaults to (16, 32).

    Returns:
        `keras.Model` from `(batch, *image_shape)` to raw scores `(batch, 1)`. The output of its layer "codes",
        `(batch, categories + continuous)`, holds the logits of the categorical code and the means of the continuous
        ones.

    Raises:
        ValueError: for a size that is not an integer of at least 1 (at least 0 for `continuous`), or a shape of another
            form.

    Example:
        >>> information_discriminator((8, 8, 1), categories=10, continuous=2).get_layer("codes").units
        12

    Reference: Chen et al. 2016, section 6 and appendix C.1.
    """
    _require_code_sizes(categories, continuous)
    plain = networks.dcgan_discriminator(image_shape, units, filters)
    (shared,) = (layer.output for layer in plain.layers if isinstance(layer, layers.Flatten))
    read = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(int(units))(shared))
    codes = layers.Dense(int(categories + continuous), name="codes")(read)
    return keras.Model(plain.inputs[0], FirstOf()([plain.outputs[0], codes]), name="discriminator")


@keras.saving.register_keras_serializable(package="gan_course")
class InfoGAN(GAN):
    """A `GAN` that can say what part of its noise means: a code goes into the noise, and Q reads it from the picture.

    A row of noise is [z, c, u]. z is normal noise. c is a categorical code, drawn uniformly, as a one-hot vector times
    √categories, so that the mean square of each of its numbers is 1 as that of z. u holds continuous codes, uniform in
    [-1, 1]. Both players minimize, besides their objectives, −λ · E log Q(c, u | G(z, c, u)). This raises a lower bound
    of the information that a picture carries about its code. Q is the layer "codes" of D, with all layers before it:
    it learns in D's step. No labels are used.

    Args:
        generator: `keras.Model` from noise `(batch, latent_dim)` to samples, with a latent_dim above
            categories + continuous.
        discriminator: `keras.Model` from samples to raw scores. It has a layer named "codes" that returns
            `(batch, categories + continuous)`. `information_discriminator` builds one.
        categories: number of values of the categorical code, at least 2. Defaults to 10.
        continuous: number of continuous codes, at least 0. Defaults to 0.
        information_weight: λ ≥ 0. With 0 the codes are noise as any other, and Q learns nothing. Defaults to 1.0, as in
            the paper.
        distortion: strength of a random distortion of the generated pictures, from 0 to 1, before Q reads them in
            training: see `distorted`. It is not in the paper. A code then cannot hide in a few pixels, and slant or
            position are hard to use as codes. Defaults to 0.0: none.
        seed: as in `GAN`.
        **kwargs: as in `GAN`.

    Attributes:
        reader: `keras.Model` from samples to what Q says: logits of c, then means of u.

    Raises:
        ValueError: as `GAN`; also for sizes that do not fit the networks, or a negative weight.

    Example:
        ```python
        gan = InfoGAN(networks.dcgan_generator(latent_dim=42), information_discriminator(), seed=0)
        gan.compile()
        gan.fit(images, batch_size=64, epochs=10)
        gan.generate_codes(np.arange(10), seed=1)  # one picture for each value of the code
        codes, _ = gan.read(images)
        ```

    Reference: Chen et al. 2016, equations 5 and 6.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        categories: int = 10,
        continuous: int = 0,
        information_weight: float = 1.0,
        distortion: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        _require_code_sizes(categories, continuous)
        require_number(1.0, at_least=0, information_weight=information_weight)
        require_number(1.0, at_least=0, at_most=1, distortion=distortion)
        super().__init__(generator, discriminator, seed=seed, **kwargs)
        self.categories, self.continuous = int(categories), int(continuous)
        self.information_weight, self.distortion = information_weight, distortion
        self.reader = head_of(discriminator, "codes", "information_discriminator", self.code_dim)
        if self.latent_dim <= self.code_dim:
            raise ValueError(
                f"Invalid generator. Expected a latent_dim above {self.code_dim}, the numbers of the codes, so that "
                f"some noise is left. Received: latent_dim={self.latent_dim}. Build it with, for example, "
                f"dcgan_generator(latent_dim={self.code_dim + 32})."
            )
        if distortion and len(generator.output_shape) != 4:
            raise ValueError(
                "Invalid distortion. Expected 0 for samples that are no pictures (height, width, channels). Received: "
                f"{distortion!r} for samples of shape {generator.output_shape[1:]}. Leave distortion out."
            )

    @property
    def code_dim(self):
        """How many of the last numbers of the noise are codes."""
        return self.categories + self.continuous

    def draw_noise(self, count, seed):
        """Draw normal noise and codes, as `GAN.draw_noise` does.

        Args:
            count: how many rows, an integer or a scalar tensor.
            seed: a `keras.random.SeedGenerator`.

        Returns:
            Tensor `(count, latent_dim)`: z, then the categorical code, then the continuous ones.
        """
        parts = [keras.random.normal((count, self.latent_dim - self.code_dim), seed=seed)]
        values = keras.random.randint((count,), 0, self.categories, seed=seed)
        parts.append(math.sqrt(self.categories) * ops.one_hot(values, self.categories))
        if self.continuous:
            parts.append(keras.random.uniform((count, self.continuous), -1.0, 1.0, seed=seed))
        return ops.concatenate(parts, axis=1)

    def information_loss(self, samples, noise, training=True):
        """Compute −E log Q of the codes: the cross-entropy of c, and half of the squared errors of u over 0.5².

        Args:
            samples: generated samples `(batch, ...)`.
            noise: the noise that they were made from, `(batch, latent_dim)`.
            training: whether Q is called in training mode. Defaults to True.

        Returns:
            A scalar tensor in nats, the mean over the samples. It leaves out the constant of the normal distribution.
        """
        if training and self.distortion:
            samples = distorted(samples, self.distortion, self.seed_generator)
        read = in_loss_dtype(self.reader(samples, training=training))
        codes = ops.cast(noise[:, self.latent_dim - self.code_dim :], read.dtype)
        which = ops.argmax(codes[:, : self.categories], axis=1)
        logits = read[:, : self.categories]
        loss = ops.mean(keras.losses.sparse_categorical_crossentropy(which, logits, from_logits=True))
        if self.continuous:
            off = (codes[:, self.categories :] - read[:, self.categories :]) / DEVIATION
            loss = loss + 0.5 * ops.mean(ops.sum(ops.square(off), axis=1))
        return loss

    def discriminator_penalty(self, real, fake, noise, labels=None, training=True):
        """Add the information loss, times its weight, to the penalties of `GAN`: Q learns from generated samples.

        Args:
            real: as in `GAN`.
            fake: generated samples `(batch, ...)`.
            noise: the noise that they were made from, `(batch, latent_dim)`.
            labels: as in `GAN`.
            training: as in `GAN`. Defaults to True.

        Returns:
            A scalar, which `GAN` adds to the discriminator's loss.
        """
        penalty = super().discriminator_penalty(real, fake, noise, labels, training)
        return penalty + self.information_weight * self.information_loss(fake, noise, training)

    def generator_penalty(self, real, fake, noise, labels=None, training=True):
        """Compute the information loss, times its weight.

        Args:
            real: not used.
            fake: generated samples `(batch, ...)`.
            noise: the noise that they were made from, `(batch, latent_dim)`.
            labels: not used. Defaults to None.
            training: whether Q is called in training mode. Defaults to True.

        Returns:
            A scalar, which `GAN` adds to the generator's loss.
        """
        return self.information_weight * self.information_loss(fake, noise, training)

    def generate_codes(self, codes, continuous=None, seed: int | None = None, batch_size: int = 256) -> np.ndarray:
        """Generate one sample for each given code.

        Args:
            codes: values of the categorical code, integers `(n,)` from 0 to categories − 1.
            continuous: continuous codes `(n, continuous)`, as a rule in [-1, 1]. Defaults to None: drawn.
            seed: as in `generate`. The same seed gives the same z for the same n. Defaults to None.
            batch_size: as in `generate`. Defaults to 256.

        Returns:
            NumPy array `(n, *sample_shape)`, float32.

        Raises:
            ValueError: for codes of another shape, values that are not among the categories, or none at all.
        """
        codes = np.asarray(codes)
        if codes.ndim != 1 or not codes.size or codes.dtype.kind not in "iu" or not _within(codes, self.categories):
            raise ValueError(
                f"Invalid codes. Expected integers (n,) from 0 to {self.categories - 1}. Received: {codes!r}. Try "
                f"np.arange({self.categories})."
            )
        require_count(256, batch_size=batch_size)
        generator = self.seed_generator if seed is None else keras.random.SeedGenerator(seed)
        noise = np.array(ops.convert_to_numpy(self.draw_noise(len(codes), generator)))
        start = self.latent_dim - self.code_dim
        noise[:, start : start + self.categories] = math.sqrt(self.categories) * np.eye(self.categories)[codes]
        if continuous is not None:
            noise[:, start + self.categories :] = self._checked_continuous(continuous, len(codes))
        return self._generate_from([noise], batch_size)

    def _checked_continuous(self, given, count):
        """Continuous codes as an array `(count, continuous)`, or a ValueError."""
        values = np.asarray(given, "float32")
        if values.shape != (count, self.continuous) or not np.isfinite(values).all():
            raise ValueError(
                f"Invalid continuous codes. Expected finite numbers of shape {(count, self.continuous)}. Received: "
                f"shape {values.shape}. Give a row for each sample, for example np.zeros({(count, self.continuous)})."
            )
        return values

    def read(self, samples, batch_size: int = 256) -> tuple[np.ndarray, np.ndarray]:
        """Read the codes from samples, real or generated.

        Args:
            samples: `(n, *sample_shape)`, pictures in [-1, 1].
            batch_size: how many to read at once, at least 1. Defaults to 256.

        Returns:
            Tuple of the categorical codes that Q takes to be most probable, integers `(n,)`, and the means of the
            continuous ones, `(n, continuous)`.

        Raises:
            ValueError: for samples of another shape.
        """
        require_count(256, batch_size=batch_size)
        samples = as_samples(samples, self._sample_shape)
        said = call_in_parts(self.reader, [samples], batch_size)
        return said[:, : self.categories].argmax(axis=1), said[:, self.categories :]

    def get_config(self):
        sizes = {"categories": self.categories, "continuous": self.continuous}
        weights = {"information_weight": self.information_weight, "distortion": self.distortion}
        return {**super().get_config(), **sizes, **weights}


def distorted(pictures, strength: float, seed):
    """Slant, turn, stretch and move each picture by random amounts, and make its strokes thicker or thinner.

    Strokes are bright. The edge is filled with −1, which is black.

    Args:
        pictures: tensor `(batch, height, width, channels)` in [-1, 1].
        strength: from 0 to 1. With 1, a picture is slanted by up to 0.6 pixels per row, turned by up to about 0.25
            radians, stretched by up to 25 % horizontally and 15 % vertically, and moved by up to 3 pixels. It goes up
            to 80 % of the way to its brightest neighbors, or 40 % of the way to its darkest ones.
        seed: a `keras.random.SeedGenerator`.

    Returns:
        Tensor of the same shape.
    """
    count, (height, width) = ops.shape(pictures)[0], pictures.shape[1:3]
    sizes = (0.6, 0.25, 0.25, 0.15, 3.0, 3.0)
    slant, turn, wide, high, right, down = (
        keras.random.uniform((count,), -size * strength, size * strength, seed=seed) for size in sizes
    )
    # The pixel (x, y) of the result is taken from (a x + b y + c, d x + e y + f). The middle only moves.
    a, b, d, e = 1 + wide, slant + turn, -turn, 1 + high
    x, y, zero = (width - 1) / 2, (height - 1) / 2, ops.zeros_like(a)
    rows = ops.stack([a, b, x - a * x - b * y + right, d, e, y - d * x - e * y + down, zero, zero], axis=1)
    # The edge is filled with 0, so black becomes 0 first.
    pictures = _thicker_or_thinner(pictures, strength, seed) + 1.0
    return ops.image.affine_transform(pictures, rows, data_format="channels_last") - 1.0


def _thicker_or_thinner(pictures, strength, seed):
    """Move each picture by a random part of the way to the largest, or to the smallest, of each 3 × 3 pixels."""
    part = keras.random.uniform((ops.shape(pictures)[0], 1, 1, 1), -0.4 * strength, 0.8 * strength, seed=seed)
    how = {"pool_size": 3, "strides": 1, "padding": "same", "data_format": "channels_last"}
    thick, thin = ops.max_pool(pictures, **how), -ops.max_pool(-pictures, **how)
    return pictures + ops.relu(part) * (thick - pictures) + ops.relu(-part) * (thin - pictures)


def purity(codes: np.ndarray, labels: np.ndarray) -> float:
    """Measure how well groups that nobody named fit classes: the share of samples with their group's commonest class.

    Args:
        codes: the group of each sample, integers `(n,)`.
        labels: the class of each sample, integers `(n,)`.

    Returns:
        From 1 over the number of classes to 1. Several groups may have the same commonest class, and where nearly all
        samples are of one class, every grouping is pure: look at the numbers of the classes, too.

    Raises:
        ValueError: for arrays of different or other shapes, or empty ones.

    Example:
        >>> purity(np.array([0, 0, 0, 1, 1]), np.array([3, 3, 5, 8, 8]))
        0.8
    """
    codes, labels = np.asarray(codes), np.asarray(labels)
    if codes.shape != labels.shape or codes.ndim != 1 or not codes.size:
        raise ValueError(
            "Invalid codes and labels. Expected two arrays of the same shape (n,), with at least one sample. Received: "
            f"shapes {codes.shape} and {labels.shape}. Give one code and one label for each sample."
        )
    groups = [np.unique(labels[codes == code], return_counts=True)[1].max() for code in np.unique(codes)]
    return float(sum(groups) / len(labels))


def _require_code_sizes(categories, continuous):
    """Raise a ValueError for numbers of codes that make no sense."""
    if not is_count(categories) or categories < 2:
        raise ValueError(
            f"Invalid categories. Expected an integer of at least 2. Received: {categories!r}. Try categories=10."
        )
    if continuous != 0:
        require_count(2, continuous=continuous)


def _within(codes, categories):
    return codes.min() >= 0 and codes.max() < categories
