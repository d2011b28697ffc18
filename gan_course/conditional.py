"""Conditional networks: a generator that is told which class to draw, and a discriminator that is told it, too.

Labels are integers, one a sample. `GAN` trains the two: `fit(images, labels)`, then `generate(count, labels=labels)`.
"""

import keras
from keras import layers

from gan_course import networks
from gan_course.levels import require_count


def conditional_generator(
    image_shape=(28, 28, 1), classes=10, latent_dim=32, label_dim=16, units=128, filters=(64, 32)
):
    """`networks.dcgan_generator`, which gets a vector of the class that it is to draw beside its noise.

    The layer "label" looks the vector up in a table that is trained, one row a class; the model "generator" in it draws
    from `[noise, vector]`, `(batch, latent_dim + label_dim)`, and so takes points between two rows as well.

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        classes: how many classes there are. Defaults to 10.
        latent_dim: size of the noise vector z. Defaults to 32.
        label_dim: size of the vector of a class. Defaults to 16.
        units, filters: as in `networks.dcgan_generator`.

    Returns:
        `keras.Model` from `[(batch, latent_dim), (batch,)]`, noise and integers from 0 to classes − 1, to
        `(batch, *image_shape)`, in [-1, 1].

    Raises:
        ValueError: for a size that is not a positive integer, or a shape that does not fit.

    Example:
        >>> conditional_generator((8, 8, 1), classes=10, latent_dim=16).input_shape
        [(None, 16), (None,)]

    Reference: Mirza and Osindero 2014, section 3.2.
    """
    require_count(classes=classes, latent_dim=latent_dim, label_dim=label_dim)
    noise, labels = keras.Input((int(latent_dim),), name="noise"), keras.Input((), dtype="int32", name="labels")
    like_noise = keras.initializers.RandomNormal(stddev=1.0)  # or else the noise drowns the label for a long time
    table = layers.Embedding(int(classes), int(label_dim), embeddings_initializer=like_noise, name="label")
    draw = networks.dcgan_generator(image_shape, latent_dim + label_dim, units, filters)
    images = draw(layers.Concatenate()([noise, table(labels)]))
    return keras.Model([noise, labels], images, name="conditional_generator")


def conditional_discriminator(image_shape=(28, 28, 1), classes=10, units=64, filters=(32, 64)):
    """`networks.dcgan_discriminator` with a projection: is an image real, and does it fit its label?

    Of the features f before it, the last layer makes the score w · f + b, whatever the label y. To it comes v_y · f,
    with a vector v_y from a table that is trained, one row a class, in the layer "label".

    Args:
        image_shape: `(height, width, channels)`, sides divisible by 4. Defaults to (28, 28, 1).
        classes: how many classes there are. Defaults to 10.
        units, filters: as in `networks.dcgan_discriminator`.

    Returns:
        `keras.Model` from `[(batch, *image_shape), (batch,)]`, images and integers from 0 to classes − 1, to
        `(batch, 1)`: the raw score (logit), positive for "real, and of this class".

    Raises:
        ValueError: for a size that is not a positive integer, or a shape that does not fit.

    Reference: Miyato and Koyama 2018, equation 3.
    """
    require_count(classes=classes)
    plain = networks.dcgan_discriminator(image_shape, units, filters)
    *_, last = plain.layers
    look = keras.Model(plain.inputs[0], last.input, name="features")
    images, labels = keras.Input(plain.input_shape[1:], name="images"), keras.Input((), dtype="int32", name="labels")
    features = look(images)
    table = layers.Embedding(int(classes), features.shape[1], name="label")
    scores = layers.Add()([last(features), layers.Dot(axes=1)([table(labels), features])])
    return keras.Model([images, labels], scores, name="conditional_discriminator")
