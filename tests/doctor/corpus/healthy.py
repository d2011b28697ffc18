"""GANs that are well, though young: the doctor must find nothing in them above a note."""

import keras
import numpy as np
from keras import layers, ops

from . import loops, parts, signs
from .registry import Patient, healthy

ONES, ZEROS = np.ones((64, 1), "float32"), np.zeros((64, 1), "float32")


# Compiled models


@healthy(source="https://github.com/keras-team/keras/issues/4674", sign=signs.both_play)
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


@healthy(source="https://github.com/soumith/ganhacks/issues/44", sign=signs.both_play)
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


@healthy(source="https://github.com/eriklindernoren/Keras-GAN/issues/232", sign=signs.both_play)
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


# Loops of one backend


@healthy(source="https://github.com/tensorflow/docs/pull/1810", backends=("tensorflow",), sign=signs.both_play)
def the_tutorial_of_tensorflow(seed):
    """Convolutions, BatchNormalization in G, Dropout in D, `from_logits=True`, and two tapes in a `tf.function`."""
    import tensorflow as tf

    x = parts.images()
    g, d = parts.conv_generator(), parts.conv_discriminator()
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    step = loops.tape_step(
        g,
        d,
        lambda real, fake: cross_entropy(tf.ones_like(real), real) + cross_entropy(tf.zeros_like(fake), fake),
        lambda fake: cross_entropy(tf.ones_like(fake), fake),
    )
    step = tf.function(step)
    data = tf.data.Dataset.from_tensor_slices(x).shuffle(2000, seed=seed).batch(64, drop_remainder=True)

    def train():
        for real in data.repeat(8):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@healthy(source="https://github.com/keras-team/keras-io/pull/1693", backends=("tensorflow",), sign=signs.both_play)
def the_guide_of_keras(seed):
    """A subclass with a `train_step` of its own, in which fakes are 1 and reals are 0, trained with `fit`."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)

    def d_loss(real, fake):
        both = ops.concatenate([fake, real], axis=0)
        labels = ops.concatenate([ops.ones_like(fake), ops.zeros_like(real)], axis=0)
        return loss(labels + 0.05 * keras.random.uniform(ops.shape(labels), seed=1), both)

    gan = loops.train_step_gan(g, d, d_loss, lambda fake: loss(ops.zeros_like(fake), fake))
    gan.compile()
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=8, verbose=0), g, d, None, x, parts.LATENT)


@healthy(source="https://github.com/keras-team/keras-io/pull/1612", backends=("tensorflow",), sign=signs.both_play)
def wasserstein_with_a_penalty(seed):
    """WGAN-GP: five steps of the critic for one of G, with a penalty where the gradient's norm is not 1."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    optimizers = [keras.optimizers.Adam(5e-4, beta_1=0.5, beta_2=0.9) for _ in range(2)]

    def critic_step(real):
        fake = g(tf.random.normal((64, parts.LATENT)), training=True)
        share = tf.random.uniform((64, 1))
        between = share * real + (1 - share) * fake
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(between)
                scores = d(between, training=True)
            norms = tf.norm(inner.gradient(scores, between) + 1e-8, axis=1)
            loss = tf.reduce_mean(d(fake, training=True)) - tf.reduce_mean(d(real, training=True))
            loss += 10 * tf.reduce_mean((norms - 1) ** 2)
        gradients = tape.gradient(loss, d.trainable_variables)
        optimizers[0].apply_gradients(zip(gradients, d.trainable_variables, strict=True))

    def generator_step():
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(d(g(tf.random.normal((64, parts.LATENT)), training=True), training=True))
        gradients = tape.gradient(loss, g.trainable_variables)
        optimizers[1].apply_gradients(zip(gradients, g.trainable_variables, strict=True))

    critic_step, generator_step = tf.function(critic_step), tf.function(generator_step)

    def train():
        for index, real in enumerate(loops.batches(x, 500)):
            critic_step(real)
            if index % 5 == 4:
                generator_step()

    return Patient(train, g, d, None, x, parts.LATENT)


@healthy(source="https://github.com/tensorflow/tensorflow/issues/31265", backends=("tensorflow",), sign=signs.both_play)
def eager_tapes(seed):
    """A loop without `tf.function`. Points around a circle, and a G without an activation at its end."""
    x = np.random.RandomState(0).normal(size=(2000, 2)).astype("float32")
    x = 2 * x / np.linalg.norm(x, axis=1, keepdims=True) + 0.02 * np.random.RandomState(1).normal(size=x.shape)
    x = x.astype("float32")
    g, d = parts.dense_generator(None, outputs=2), parts.dense_discriminator(None, inputs=2)
    step = loops.tape_step(g, d)

    def train():
        for real in loops.batches(x, 80):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@healthy(source="https://github.com/yunjey/pytorch-tutorial/issues/45", backends=("torch",), sign=signs.both_play)
def the_tutorial_of_pytorch(seed):
    """Keras' networks in a loop of PyTorch: its optimizers, `BCEWithLogitsLoss`, `detach` in D's step alone."""
    import torch

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    loss = torch.nn.BCEWithLogitsLoss()

    def d_loss(real, fake):
        return loss(real, torch.ones(64, 1)) + loss(fake, torch.zeros(64, 1))

    def train():
        loops.torch_rounds(g, d, x, d_loss, lambda fake: loss(fake, torch.ones(64, 1)))

    return Patient(train, g, d, None, x, parts.LATENT)


@healthy(source="https://github.com/keras-team/keras/issues/18881", backends=("jax",), sign=signs.both_play)
def the_guide_for_jax(seed):
    """A loop of JAX without side effects. Both players get their weights back at the end."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    return Patient(lambda: loops.jax_rounds(g, d, x, steps=250), g, d, None, x, parts.LATENT)


@healthy(source="https://github.com/eriklindernoren/PyTorch-GAN/issues/151", backends=("torch",), sign=signs.both_play)
def hinge_with_two_rates(seed):
    """The hinge loss in a loop of PyTorch, with a learning rate for D that is four times G's."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)

    def d_loss(real, fake):
        return ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))

    def train():
        loops.torch_rounds(g, d, x, d_loss, lambda fake: -ops.mean(fake), steps=200, rates=(8e-4, 2e-4))

    return Patient(train, g, d, None, x, parts.LATENT)


# Ours


def _our_players():
    g = keras.Sequential([keras.Input((parts.LATENT,)), parts.dense_generator(), layers.Reshape((8, 8, 1))])
    d = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), parts.dense_discriminator(None)])
    return g, d


@healthy(source="https://arxiv.org/abs/1406.2661", sign=signs.both_play)
def our_gan(seed):
    """The `GAN` of this package with its defaults."""
    from gan_course.gan import GAN

    x = parts.images()
    g, d = _our_players()
    gan = GAN(g, d, seed=seed)
    gan.compile()
    return Patient(lambda: gan.fit(x, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


@healthy(source="https://arxiv.org/abs/1801.04406", sign=signs.both_play)
def our_gan_with_r1(seed):
    """The `GAN` of this package with the hinge loss, the penalty R1, and two steps of D for one of G."""
    from gan_course.gan import GAN

    x = parts.images()
    g, d = _our_players()
    gan = GAN(g, d, seed=seed)
    gan.compile(objective="hinge", r1_weight=0.1, d_steps=2)
    return Patient(lambda: gan.fit(x[:1792], batch_size=128, epochs=10, verbose=0), g, d, None, x, parts.LATENT)


@healthy(source="https://arxiv.org/abs/1609.03126", sign=signs.both_play)
def energy_based(seed):
    """EBGAN: D is an auto-encoder, its energy is low for reals, and it also rises for fakes up to a margin."""
    from gan_course.networks import mlp_generator
    from gan_course.objectives import energy_based
    from gan_course.variants.energy import EnergyGAN, autoencoding_discriminator

    x = parts.images()
    g, d = mlp_generator((8, 8, 1), parts.LATENT), autoencoding_discriminator((8, 8, 1), code_dim=16)
    gan = EnergyGAN(g, d, seed=seed)
    gan.compile(objective=energy_based(margin=1.0))
    return Patient(lambda: gan.fit(x, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)
