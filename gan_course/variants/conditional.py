"""Conditional networks: a generator that is told which class to draw, and a discriminator that is told it, too.

Labels are integers, one per sample. `GAN` trains both networks with `fit(images, labels)`, and then draws with
`generate(count, labels=labels)`.
"""

import functools
from collections.abc import Callable, Sequence

import keras
from keras import layers

from gan_course import networks
from gan_course.arguments import require_count


def conditional_generator(
    image_shape: Sequence[int] = (28, 28, 1),
    classes: int = 10,
    latent_dim: int = 32,
    label_dim: int = 16,
    units: int = 128,
    filters: Sequence[int] = (64, 32),
) -> keras.Model:
    """Build a `networks.dcgan_generator` that gets, besides its noise, a vector for the class that it should draw.

    The layer "label" is a trained table with one row per class. A class's vector is its row. The model inside, with
    the name "generator", draws from `[noise, vector]`, shape `(batch, latent_dim + label_dim)`. You can also call it
    with a vector that lies between two rows of the table.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        classes: number of classes. Defaults to 10.
        latent_dim: size of the noise vector z. Defaults to 32.
        label_dim: size of the vector of a class. Defaults to 16.
        units: as in `networks.dcgan_generator`. Defaults to 128.
        filters: as in `networks.dcgan_generator`. Defaults to (64, 32).

    Returns:
        `keras.Model` from `[(batch, latent_dim), (batch,)]`, noise and integers from 0 to classes − 1, to
        `(batch, *image_shape)`, in [-1, 1].

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> conditional_generator((8, 8, 1), classes=10, latent_dim=16).input_shape
        [(None, 16), (None,)]

    Reference: Mirza and Osindero 2014, section 3.2.
    """
    build = functools.partial(networks.dcgan_generator, image_shape, units=units, filters=filters)
    return labeled_generator(build, classes, latent_dim, label_dim)


def labeled_generator(build: Callable, classes: int, latent_dim: int = 32, label_dim: int = 16) -> keras.Model:
    """Build any generator so that it gets, besides its noise, a vector for the class: `conditional_generator` says how.

    Args:
        build: function that builds a generator, a `keras.Model`, for the size of its noise, an integer.
        classes: number of classes.
        latent_dim: size of the noise vector z. Defaults to 32.
        label_dim: size of the vector of a class. Defaults to 16.

    Returns:
        `keras.Model` from `[(batch, latent_dim), (batch,)]`, noise and integers from 0 to classes − 1, to the samples
        of the generator that was built for noise of size `latent_dim + label_dim`.

    Raises:
        ValueError: for a size that is not an integer of at least 1.

    Example:
        >>> labeled_generator(lambda size: networks.mlp_generator((8, 8, 1), size), classes=10).input_shape
        [(None, 32), (None,)]

    Reference: Mirza and Osindero 2014, section 3.2.
    """
    require_count(10, classes=classes)
    require_count(32, latent_dim=latent_dim, label_dim=label_dim)
    noise, labels = keras.Input((int(latent_dim),), name="noise"), keras.Input((), dtype="int32", name="labels")
    # Keras' default starts so small that the generator would pay attention to the noise alone for a long time.
    same_scale_as_noise = keras.initializers.RandomNormal(stddev=1.0)
    table = layers.Embedding(int(classes), int(label_dim), embeddings_initializer=same_scale_as_noise, name="label")
    draw = build(int(latent_dim + label_dim))
    images = draw(layers.Concatenate()([noise, table(labels)]))
    return keras.Model([noise, labels], images, name="conditional_generator")


def conditional_discriminator(
    image_shape: Sequence[int] = (28, 28, 1), classes: int = 10, units: int = 64, filters: Sequence[int] = (32, 64)
) -> keras.Model:
    """Build a `networks.dcgan_discriminator` with a projection: is an image real, and does it fit its label?

    The plain network turns an image into features f, and its last layer turns these into the score w · f + b, which
    does not depend on the label y. The projection adds v_y · f, where v_y is row y of the layer "label", a trained
    table with one row per class.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        classes: number of classes. Defaults to 10.
        units: as in `networks.dcgan_discriminator`. Defaults to 64.
        filters: as in `networks.dcgan_discriminator`. Defaults to (32, 64).

    Returns:
        `keras.Model` from `[(batch, *image_shape), (batch,)]`, images and integers from 0 to classes − 1, to
        `(batch, 1)`: the raw score (logit), positive for "real, and of this class".

    Raises:
        ValueError: for a size that is not an integer of at least 1, or a shape of another form.

    Example:
        >>> conditional_discriminator((8, 8, 1), classes=10).input_shape
        [(None, 8, 8, 1), (None,)]

    Reference: Miyato and Koyama 2018, equation 3.
    """
    return labeled_discriminator(networks.dcgan_discriminator(image_shape, units, filters), classes)


def labeled_discriminator(plain: keras.Model, classes: int) -> keras.Model:
    """Add the projection of `conditional_discriminator` to any discriminator that ends with one dense layer.

    Args:
        plain: `keras.Model` from samples to raw scores `(batch, 1)`. Its last layer is a `Dense(1)` of features
            `(batch, n)`. Use it only inside of the model that is returned.
        classes: number of classes.

    Returns:
        `keras.Model` from samples and integers from 0 to classes − 1, `(batch,)`, to raw scores `(batch, 1)`.

    Raises:
        ValueError: for a number of classes that is not an integer of at least 1.

    Example:
        >>> labeled_discriminator(networks.mlp_discriminator((8, 8, 1)), classes=10).input_shape
        [(None, 8, 8, 1), (None,)]

    Reference: Miyato and Koyama 2018, equation 3.
    """
    require_count(10, classes=classes)
    *_, last = plain.layers
    extract = keras.Model(plain.inputs[0], last.input, name="features")
    images, labels = keras.Input(plain.input_shape[1:], name="images"), keras.Input((), dtype="int32", name="labels")
    features = extract(images)
    table = layers.Embedding(int(classes), features.shape[1], name="label")
    scores = layers.Add()([last(features), layers.Dot(axes=1)([table(labels), features])])
    return keras.Model([images, labels], scores, name="conditional_discriminator")
