"""Patients whose data are not in the range or in the order that a GAN needs."""

import keras
import numpy as np
from keras import layers

from . import loops, parts, signs
from .registry import Patient, patient


@patient(
    "range-mismatch",
    source="https://github.com/togheppi/DCGAN/issues/2",
    sign=signs.out_of_range,
)
def bytes_for_a_tanh(seed):
    """Pixels from 0 to 255, and a generator that ends in tanh."""
    x = np.round(parts.images(0, 255))
    g = keras.Sequential([parts.dense_generator(), layers.Reshape((8, 8, 1))])
    d = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), parts.dense_discriminator()])
    combined = loops.compiled(g, d)
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=100), g, d, combined, x, parts.LATENT)


@patient(
    "range-mismatch",
    source="https://github.com/fchollet/deep-learning-with-python-notebooks/issues/7",
    backends=("tensorflow",),
    sign=signs.out_of_range,
)
def half_of_the_tanh_unused(seed):
    """Pixels in [0, 1] and tanh. D needs only to look for negative pixels, and the samples looked like noise."""
    x = parts.digits(0, 1)
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    gan = loops.train_step_gan(g, d, loops.d_logits, loops.g_logits)
    gan.compile()
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


@patient(
    "range-mismatch",
    source="https://github.com/KandariSrinivas/Adversarial-Feature-Hallucination-Networks-for-Few-Shot-Learning/issues/1",
    backends=("torch",),
    sign=signs.out_of_range,
)
def relu_cannot_be_negative(seed):
    """Half of the features are negative, and a ReLU at the end of G makes none of them."""
    x = parts.digits()
    g, d = parts.dense_generator("relu"), parts.dense_discriminator(None)
    return Patient(lambda: loops.torch_rounds(g, d, x), g, d, None, x, parts.LATENT)


@patient(
    "range-mismatch",
    source="https://github.com/yxgeee/FD-GAN/issues/5",
    backends=("jax",),
    sign=signs.out_of_range,
)
def standardized_for_a_tanh(seed):
    """Data with mean 0 and deviation 1, a third of them outside of [-1, 1], and tanh at the end of G."""
    x = parts.digits()
    x = (x - x.mean()) / (0.5 * x.std())
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    return Patient(lambda: loops.jax_rounds(g, d, x), g, d, None, x, parts.LATENT)


@patient(
    "range-mismatch",
    source="https://github.com/nlintz/TensorFlow-Tutorials/issues/83",
    backends=("tensorflow",),
    sign=signs.out_of_range,
)
def bytes_for_a_sigmoid(seed):
    """The array of a data set as it came, 0 to 255, in a `tf.data` pipeline that only shuffles and batches it."""
    import tensorflow as tf

    x = np.round(parts.digits(0, 255)).astype("float32")
    g, d = parts.dense_generator("sigmoid"), parts.dense_discriminator(None)
    step = tf.function(loops.tape_step(g, d))
    data = tf.data.Dataset.from_tensor_slices(x).shuffle(2000, seed=seed).batch(64, drop_remainder=True)

    def train():
        for real in data.repeat(6):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "range-mismatch",
    source="https://github.com/keras-team/keras-io/issues/830",
    backends=("tensorflow",),
    sign=signs.out_of_range,
)
def scaled_twice_in_a_pipeline(seed):
    """The array is divided by 255, and a `map` of the data set scales it again: everything is nearly -1, and dark."""
    import tensorflow as tf

    x = np.round(parts.digits(0, 255)).astype("float32") / 255
    data = tf.data.Dataset.from_tensor_slices(x).map(lambda image: image / 127.5 - 1)
    data = data.shuffle(2000, seed=seed).batch(64, drop_remainder=True)
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    gan = loops.train_step_gan(g, d, loops.d_logits, loops.g_logits)
    gan.compile()
    return Patient(lambda: gan.fit(data.repeat(6), verbose=0), g, d, None, x / 127.5 - 1, parts.LATENT)


# The order of the data


@patient(
    "unshuffled-data",
    source="https://github.com/carpedm20/DCGAN-tensorflow/pull/292",
    sign=signs.in_order,
)
def sorted_by_file_name(seed):
    """The files of a folder are read in their order, one class after the other, and the batches are slices of them."""
    x = parts.sorted_digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)
    ones, zeros = np.ones((32, 1)), np.zeros((32, 1))

    def train():
        for _ in range(3):
            for start in range(0, len(x) - 32, 32):
                d.trainable = True
                d.train_on_batch(x[start : start + 32], ones)
                d.train_on_batch(g.predict_on_batch(parts.noise(32)), zeros)
                d.trainable = False
                combined.train_on_batch(parts.noise(32), ones)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "unshuffled-data",
    source="https://github.com/google/compare_gan/issues/40",
    backends=("tensorflow",),
    sign=signs.in_order,
)
def a_buffer_that_is_too_small(seed):
    """The data are sorted by class, and the shuffle buffer holds a handful of them, so each batch is of one class."""
    import tensorflow as tf

    x = parts.sorted_digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    step = tf.function(loops.tape_step(g, d))
    data = tf.data.Dataset.from_tensor_slices(x).shuffle(10, seed=seed).batch(32, drop_remainder=True)

    def train():
        for real in data.repeat(4):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "unshuffled-data",
    source="https://github.com/eriklindernoren/Keras-GAN/issues/170",
    backends=("tensorflow",),
    sign=signs.in_order,
)
def fit_without_shuffle(seed):
    """`fit(..., shuffle=False)` over data that are sorted by class."""
    x = parts.sorted_digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    gan = loops.train_step_gan(g, d, loops.d_logits, loops.g_logits)
    gan.compile()

    def train():
        gan.fit(x, batch_size=32, epochs=4, shuffle=False, verbose=0)

    return Patient(train, g, d, None, x, parts.LATENT)
