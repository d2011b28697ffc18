"""Ways to train a GAN: `GAN.fit`, and the loops that one would write instead.

Each is a function of a generator, a discriminator (with raw scores) and a batch size. It compiles the networks where
that is needed, and returns a function `train(images, epochs=1, after_step=None)`. This calls `after_step()` after each
step, and ends the training where that returns True. When `train` returns, its last step is done, on a GPU too.
"""

import keras
import numpy as np
import tensorflow as tf

from benchmarks import torch_twin
from gan_course import runtime
from gan_course.gan import GAN, frozen


def adam(learning_rate=2e-4, beta_1=0.5):
    """A new optimizer with the settings that all contenders share."""
    return keras.optimizers.Adam(learning_rate, beta_1=beta_1)


def fit(generator, discriminator, batch, gan=None):
    """`GAN.fit`, of a GAN that is already compiled, or of a new one with the optimizers that all contenders share."""
    if gan is None:
        gan = GAN(generator, discriminator, seed=0)
        gan.compile(adam(), adam(), objective="non_saturating")

    def train(images, epochs=1, after_step=None):
        callbacks = [] if after_step is None else [AfterStep(after_step)]
        gan.fit(images, batch_size=batch, epochs=epochs, verbose=0, callbacks=callbacks)

    return train


def bare(generator, discriminator, batch):
    """One `tf.function` with two gradient tapes, in a `for` loop. It trains as `GAN.fit` does."""
    d_optimizer, g_optimizer = adam(), adam()
    d_optimizer.build(discriminator.trainable_variables)
    g_optimizer.build(generator.trainable_variables)

    @tf.function(jit_compile=runtime.use_xla())  # where `GAN.fit` uses XLA
    def step(real):
        shape = (tf.shape(real)[0], generator.input_shape[-1])
        fake = generator(tf.random.normal(shape), training=True)
        with tf.GradientTape() as tape:
            real_scores, fake_scores = discriminator(real, training=True), discriminator(fake, training=True)
            d_loss = tf.reduce_mean(tf.nn.softplus(-real_scores)) + tf.reduce_mean(tf.nn.softplus(fake_scores))
        weights = discriminator.trainable_variables
        d_optimizer.apply(tape.gradient(d_loss, weights), weights)
        with tf.GradientTape() as tape:
            scores = discriminator(generator(tf.random.normal(shape), training=True), training=True)
            g_loss = tf.reduce_mean(tf.nn.softplus(-scores))
        weights = generator.trainable_variables
        g_optimizer.apply(tape.gradient(g_loss, weights), weights)
        return g_loss

    return _loop(step, batch)


def tutorial(generator, discriminator, batch):
    """The loop of TensorFlow's DCGAN tutorial: one batch of noise per step, both gradients before both updates."""
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    d_optimizer, g_optimizer = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
    d_optimizer.build(discriminator.trainable_variables)
    g_optimizer.build(generator.trainable_variables)

    @tf.function
    def step(real):
        noise = tf.random.normal([batch, generator.input_shape[-1]])
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake = generator(noise, training=True)
            real_scores, fake_scores = discriminator(real, training=True), discriminator(fake, training=True)
            g_loss = cross_entropy(tf.ones_like(fake_scores), fake_scores)
            d_loss = cross_entropy(tf.ones_like(real_scores), real_scores)
            d_loss += cross_entropy(tf.zeros_like(fake_scores), fake_scores)
        g_gradients = g_tape.gradient(g_loss, generator.trainable_variables)
        d_gradients = d_tape.gradient(d_loss, discriminator.trainable_variables)
        g_optimizer.apply_gradients(zip(g_gradients, generator.trainable_variables, strict=True))
        d_optimizer.apply_gradients(zip(d_gradients, discriminator.trainable_variables, strict=True))
        return g_loss

    return _loop(step, batch)


def _loop(step, batch):
    """The `train` of a function that takes one step on a batch of real images and returns a loss."""

    def train(images, epochs=1, after_step=None):
        batches = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images)).batch(batch).prefetch(2)
        for real in (real for _ in range(epochs) for real in batches):
            loss = step(real)
            if after_step is not None and after_step():
                break
        float(loss)  # waits for the last step

    return train


def classic(generator, discriminator, batch):
    """The combined-model loop of books: `predict`, D's `train_on_batch` twice, the combined model's once.

    D is frozen during the combined step only. The books freeze it permanently, and then D learns nothing on Keras 3.
    """
    return _classic(generator, discriminator, batch, lambda z: generator.predict(z, verbose=0), "auto")


def classic_at_its_best(generator, discriminator, batch):
    """The same loop made fast: with `predict_on_batch`, and with XLA where `GAN.fit` uses it."""
    generator.jit_compile = runtime.use_xla()
    return _classic(generator, discriminator, batch, generator.predict_on_batch, runtime.use_xla())


def _classic(generator, discriminator, batch, predict, jit_compile):
    """The combined-model loop with this way to predict, and with or without XLA."""
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    discriminator.compile(adam(), loss, jit_compile=jit_compile)
    combined = keras.Sequential([keras.Input(generator.input_shape[1:]), generator, discriminator])
    combined.compile(adam(), loss, jit_compile=jit_compile)
    ones, zeros = np.ones((batch, 1), "float32"), np.zeros((batch, 1), "float32")

    def train(images, epochs=1, after_step=None):
        rng = np.random.default_rng()
        for _ in range(epochs * (len(images) // batch)):
            z = rng.standard_normal((batch, generator.input_shape[-1]), "float32")
            discriminator.train_on_batch(images[rng.integers(len(images), size=batch)], ones)
            discriminator.train_on_batch(predict(z), zeros)
            z = rng.standard_normal((batch, generator.input_shape[-1]), "float32")
            with frozen(discriminator):
                combined.train_on_batch(z, ones)
            if after_step is not None and after_step():
                break

    return train


def guide(generator, discriminator, batch):
    """A `keras.Model` with a `train_step` of its own, as in Keras' guide and its DCGAN example."""
    return _guide(generator, discriminator, batch, "auto")


def guide_without_xla(generator, discriminator, batch):
    """The same with XLA only where `GAN.fit` uses it. Keras turns XLA on by default, and then CPUs convolve slowly."""
    return _guide(generator, discriminator, batch, runtime.use_xla())


def _guide(generator, discriminator, batch, jit_compile):
    """The `fit` of Keras' guide, with or without XLA."""
    gan = Guide(generator, discriminator)
    gan.compile(adam(), adam(), keras.losses.BinaryCrossentropy(from_logits=True), jit_compile)

    def train(images, epochs=1, after_step=None):
        callbacks = [] if after_step is None else [AfterStep(after_step)]
        gan.fit(images, batch_size=batch, epochs=epochs, verbose=0, callbacks=callbacks)

    return train


class Guide(keras.Model):
    """keras.io/examples/generative/dcgan_overriding_train_step, with real = 1, and both networks in training mode."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim = generator.input_shape[-1]
        self.seed_generator = keras.random.SeedGenerator(0)

    def compile(self, d_optimizer, g_optimizer, loss_fn, jit_compile):
        super().compile(jit_compile=jit_compile)
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn
        self.d_loss_metric = keras.metrics.Mean(name="d_loss")
        self.g_loss_metric = keras.metrics.Mean(name="g_loss")

    @property
    def metrics(self):
        return [self.d_loss_metric, self.g_loss_metric]

    def train_step(self, real_images):
        batch_size = tf.shape(real_images)[0]
        z = keras.random.normal((batch_size, self.latent_dim), seed=self.seed_generator)
        images = tf.concat([self.generator(z, training=True), real_images], axis=0)
        labels = tf.concat([tf.zeros((batch_size, 1)), tf.ones((batch_size, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(images, training=True))
        gradients = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(gradients, self.discriminator.trainable_weights, strict=True))

        z = keras.random.normal((batch_size, self.latent_dim), seed=self.seed_generator)
        with tf.GradientTape() as tape:
            scores = self.discriminator(self.generator(z, training=True), training=True)
            g_loss = self.loss_fn(tf.ones((batch_size, 1)), scores)
        gradients = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(gradients, self.generator.trainable_weights, strict=True))

        self.d_loss_metric.update_state(d_loss)
        self.g_loss_metric.update_state(g_loss)
        return {"d_loss": self.d_loss_metric.result(), "g_loss": self.g_loss_metric.result()}


class AfterStep(keras.callbacks.Callback):
    """Calls a function after each step of `fit`, and stops when it returns True."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def on_train_batch_end(self, batch, logs=None):
        if self.function():
            self.model.stop_training = True


CONTENDERS = {
    "GAN.fit": fit,
    "bare tf.function loop": bare,
    "train_step as in Keras' guide": guide,
    "the same, without XLA": guide_without_xla,
    "classic loop": classic,
    "classic loop, predict_on_batch": classic_at_its_best,
    "PyTorch loop": torch_twin.loop,
}
"""Name in the tables → function of generator, discriminator and batch size. All are compared with the first."""
