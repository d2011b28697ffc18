"""GANs of compiled models that are well, though young: the doctor must find nothing in them above a note."""

import keras
import numpy as np
from keras import layers, ops

from . import loops, parts, signs
from .registry import Patient, healthy

ONES, ZEROS = np.ones((64, 1), "float32"), np.zeros((64, 1), "float32")


@healthy(source="https://github.com/eriklindernoren/Keras-GAN/issues/164", sign=signs.both_play)
def frozen_around_each_step(seed):
    """The usual loop, with D frozen only while the combined model trains."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)
    return Patient(lambda: loops.alternate(g, d, combined, x), g, d, combined, x, parts.LATENT)


@healthy(
    source="https://github.com/eriklindernoren/Keras-GAN/issues/91", backends=("tensorflow",), sign=signs.both_play
)
def frozen_after_d_was_traced(seed):
    """The recipe of Keras 2, but D took a first step before it was frozen, so TensorFlow goes on training it."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    d.compile(loss="binary_crossentropy", optimizer=parts.adam())
    d.train_on_batch(parts.pick(x), ONES)
    d.trainable = False
    combined = keras.Sequential([g, d])
    combined.compile(loss="binary_crossentropy", optimizer=parts.adam())

    def train():
        for _ in range(150):
            d.train_on_batch(parts.pick(x), ONES)
            d.train_on_batch(g.predict_on_batch(parts.noise()), ZEROS)
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@healthy(source="https://github.com/eriklindernoren/Keras-GAN/issues/9", sign=signs.both_play)
def batch_normalization_in_g(seed):
    """Raw scores with `from_logits=True`, and BatchNormalization in G alone."""
    x = parts.digits()
    g, d = parts.normalized_generator(), parts.dense_discriminator(None)
    combined = loops.compiled(g, d, keras.losses.BinaryCrossentropy(from_logits=True))
    return Patient(lambda: loops.alternate(g, d, combined, x), g, d, combined, x, parts.LATENT)


@healthy(source="https://github.com/keras-team/keras/issues/4943", sign=signs.both_play)
def smoothed_and_noisy_labels(seed):
    """Mixed batches, 0.9 for reals, and 5 % of D's labels turned around on purpose."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        for _ in range(150):
            d.trainable = True
            labels = np.repeat([[0.9], [0.0]], 32, axis=0)
            turned = np.random.rand(64) < 0.05  # noqa: NPY002
            labels[turned] = 0.9 - labels[turned]
            d.train_on_batch(np.concatenate([parts.pick(x, 32), g.predict_on_batch(parts.noise(32))]), labels)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@healthy(
    source="https://github.com/fchollet/deep-learning-with-python-notebooks/issues/9",
    backends=("tensorflow", "jax"),
    sign=signs.both_play,
)
def a_book_that_calls_fakes_one(seed):
    """Fakes are 1 and reals are 0, everywhere, with a little noise on the labels. G is trained with 0."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        for _ in range(150):
            d.trainable = True
            both = np.concatenate([g.predict_on_batch(parts.noise(32)), parts.pick(x, 32)])
            labels = np.repeat([[1.0], [0.0]], 32, axis=0) + 0.05 * np.random.rand(64, 1)  # noqa: NPY002
            d.train_on_batch(both, labels)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ZEROS)

    return Patient(train, g, d, combined, x, parts.LATENT)


@healthy(source="https://github.com/carpedm20/DCGAN-tensorflow/issues/163", sign=signs.both_play)
def uniform_noise_and_a_sigmoid(seed):
    """Pixels in [0, 1], a sigmoid in G, and uniform noise in [−1, 1], in training and in sampling."""
    x = parts.digits(0, 1)
    g, d = parts.normalized_generator(last="sigmoid"), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def uniform(count):
        return np.random.uniform(-1, 1, (count, parts.LATENT)).astype("float32")  # noqa: NPY002

    def sample(count):
        return g.predict_on_batch(np.random.RandomState(1).uniform(-1, 1, (count, parts.LATENT)))

    def train():
        loops.alternate(g, d, combined, x, make_noise=uniform)

    return Patient(train, g, d, combined, x, parts.LATENT, sample=sample)


@healthy(source="https://github.com/eriklindernoren/Keras-GAN/issues/73", sign=signs.both_play)
def least_squares(seed):
    """The squared loss on raw scores with the labels 1 and 0, and D's learning rate four times G's."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    combined = loops.compiled(g, d, "mse", parts.adam(1e-3), parts.adam(2.5e-4))
    return Patient(lambda: loops.alternate(g, d, combined, x), g, d, combined, x, parts.LATENT)


class _Clip(keras.constraints.Constraint):
    """Keeps each weight in [−bound, bound]."""

    def __init__(self, bound):
        self.bound = bound

    def __call__(self, w):
        return ops.clip(w, -self.bound, self.bound)


def _wasserstein(sign, score):
    return ops.mean(sign * score)


@healthy(source="https://github.com/jiamings/wgan/issues/2", sign=signs.both_play)
def wasserstein_with_clipping(seed):
    """Labels −1 for reals and +1 for fakes, five steps of the critic for one of G, clipped weights, RMSprop."""
    x = parts.digits()
    clip = {"kernel_constraint": _Clip(0.1), "activation": "leaky_relu"}
    g = parts.dense_generator()
    d = keras.Sequential([keras.Input((64,)), layers.Dense(128, **clip), layers.Dense(64, **clip), layers.Dense(1)])
    rates = keras.optimizers.RMSprop(5e-4), keras.optimizers.RMSprop(5e-4)
    combined = loops.compiled(g, d, _wasserstein, *rates)

    def train():
        for _ in range(70):
            d.trainable = True
            for _ in range(5):
                d.train_on_batch(parts.pick(x), -ONES)
                d.train_on_batch(g.predict_on_batch(parts.noise()), ONES)
            d.trainable = False
            combined.train_on_batch(parts.noise(), -ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@healthy(source="https://github.com/vanhuyz/CycleGAN-TensorFlow/issues/85", sign=signs.both_play)
def a_history_of_fakes(seed):
    """Half of the fakes that D sees come from a pool of earlier rounds, into which new ones go in every round."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        pool = g.predict_on_batch(parts.noise(128))
        for _ in range(150):
            new, old = g.predict_on_batch(parts.noise(32)), np.random.permutation(128)[:32]  # noqa: NPY002
            fakes = np.concatenate([new, pool[old]])
            pool[old] = new
            d.trainable = True
            d.train_on_batch(parts.pick(x), ONES)
            d.train_on_batch(fakes, ZEROS)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@healthy(source="https://github.com/mafda/generative_adversarial_networks_101/issues/2", sign=signs.both_play)
def conditional(seed):
    """Both players know the class, as an embedding that is joined to the noise and to the sample."""
    x, labels = parts.digits(), parts.digit_labels()
    z, c, pixels = keras.Input((parts.LATENT,)), keras.Input((), dtype="int32"), keras.Input((64,))
    known = layers.concatenate([z, layers.Embedding(10, 8)(c)])
    g = keras.Model([z, c], parts.dense_generator(latent=parts.LATENT + 8)(known))
    seen = layers.concatenate([pixels, layers.Embedding(10, 8)(c)])
    d = keras.Model([pixels, c], parts.dense_discriminator(inputs=72)(seen))
    d.compile(loss="binary_crossentropy", optimizer=parts.adam())
    combined = keras.Model([z, c], d([g([z, c]), c]))
    combined.compile(loss="binary_crossentropy", optimizer=parts.adam())

    def train():
        for _ in range(150):
            rows, wanted = np.random.randint(0, len(x), 64), np.random.randint(0, 10, 64)  # noqa: NPY002
            d.trainable = True
            d.train_on_batch([x[rows], labels[rows]], ONES)
            d.train_on_batch([g.predict_on_batch([parts.noise(), wanted]), wanted], ZEROS)
            d.trainable = False
            combined.train_on_batch([parts.noise(), wanted], ONES)

    def sample(count):
        z = np.random.RandomState(1).normal(size=(count, parts.LATENT)).astype("float32")
        return g.predict_on_batch([z, np.arange(count) % 10])

    return Patient(train, g, d, combined, x, parts.LATENT, labels, sample)
