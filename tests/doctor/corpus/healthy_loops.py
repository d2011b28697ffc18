"""GANs with loops of their own, and ours, that are well: the doctor must find nothing in them above a note."""

import keras
import numpy as np
from keras import layers, ops

from . import loops, parts, signs
from .registry import Patient, healthy

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


class _Forger(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.pixels = layers.Dense(128), layers.Dense(64, activation="tanh")
        self.norm = layers.BatchNormalization(momentum=0.8)

    def call(self, z, training=False):
        return self.pixels(ops.relu(self.norm(self.hidden(z), training=training)))


class _Judge(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.drop, self.score = layers.Dense(128), layers.Dropout(0.2), layers.Dense(1)

    def call(self, x, training=False):
        return self.score(self.drop(ops.leaky_relu(self.hidden(x)), training=training))


@healthy(source="https://github.com/keras-team/keras-core/issues/318", backends=("torch",), sign=signs.both_play)
def subclasses_and_a_train_step(seed):
    """Subclassed players and a `train_step` for PyTorch, with optimizers of Keras."""
    x = parts.digits()
    g, d = _Forger(), _Judge()
    d(g(parts.noise(2)))

    class GAN(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator, self.discriminator = g, d
            self.d_optimizer, self.g_optimizer = parts.adam(), parts.adam()
            self.built = True

        def descend(self, network, optimizer, loss):
            self.zero_grad()
            loss.backward()
            weights = network.trainable_weights
            optimizer.apply([w.value.grad for w in weights], weights)

        def train_step(self, real):
            fake = g(keras.random.normal((len(real), parts.LATENT)), training=True)
            loss = loops.d_logits(d(real, training=True), d(fake.detach(), training=True))
            self.descend(d, self.d_optimizer, loss)
            fake = g(keras.random.normal((len(real), parts.LATENT)), training=True)
            self.descend(g, self.g_optimizer, loops.g_logits(d(fake, training=True)))
            return {"d_loss": loss.detach()}

    gan = GAN()
    gan.compile()
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


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
