"""Patients whose training ends badly although every part of it is in place: collapse, explosion, a dead gradient."""

import keras
from keras import ops

from . import parts, signs
from .registry import Patient, patient


def generator_stuck(course):
    """The discriminator gives samples a probability below 1 %, and the samples get no closer to the data."""
    patient = course.patient
    return signs.scores(patient, signs.samples(patient)).mean() < 0.01


def _train_step_gan(g, d, g_loss_of):
    """A `keras.Model` for TensorFlow with a `train_step` of its own, as in the guides of Keras."""
    import tensorflow as tf

    class GAN(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator, self.discriminator = g, d

        def compile(self, d_optimizer, g_optimizer, loss_fn):
            super().compile()
            self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

        def train_step(self, real):
            z = tf.random.normal((tf.shape(real)[0], parts.LATENT))
            both = tf.concat([self.generator(z), real], axis=0)
            labels = tf.concat([tf.zeros((tf.shape(real)[0], 1)), tf.ones((tf.shape(real)[0], 1))], axis=0)
            with tf.GradientTape() as tape:
                d_loss = self.loss_fn(labels, self.discriminator(both))
            gradients = tape.gradient(d_loss, self.discriminator.trainable_weights)
            self.d_optimizer.apply_gradients(zip(gradients, self.discriminator.trainable_weights, strict=True))
            with tf.GradientTape() as tape:
                g_loss = g_loss_of(self.discriminator(self.generator(z)))
            gradients = tape.gradient(g_loss, self.generator.trainable_weights)
            self.g_optimizer.apply_gradients(zip(gradients, self.generator.trainable_weights, strict=True))
            return {"d_loss": d_loss, "g_loss": g_loss}

    return GAN()


@patient(
    "vanishing-gradient",
    source="https://datascience.stackexchange.com/questions/104930",
    backends=("tensorflow",),
    sign=generator_stuck,
)
def minimax_against_a_strong_judge(seed):
    """G minimizes log(1 − D(G(z))) against a D that learns much faster: D's loss is 0, and G stands still."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    gan = _train_step_gan(g, d, lambda fake: ops.mean(ops.log(1 - fake + 1e-7)))
    gan.compile(keras.optimizers.Adam(5e-3), keras.optimizers.Adam(1e-4), keras.losses.BinaryCrossentropy())

    def train():
        gan.fit(x, batch_size=64, epochs=7, verbose=0)

    return Patient(train, g, d, None, x, parts.LATENT)
