"""Patients whose loss does not fit what the discriminator returns, or what the labels mean."""

from . import parts, signs
from .registry import Patient, patient


def squeezed_scores(course):
    """All scores are probabilities, so a loss that expects raw scores never goes below log(1 + 1/e)."""
    patient = course.patient
    every = [signs.scores(patient, x) for x in (patient.real[:256], 10 * patient.real[:256], signs.samples(patient))]
    return all(score.min() >= 0 and score.max() <= 1 for score in every)


@patient(
    "logits-mismatch",
    source="https://github.com/tensorflow/docs/pull/1810",
    backends=("tensorflow",),
    sign=squeezed_scores,
)
def sigmoid_in_the_tutorial(seed):
    """The loop of a tutorial with `from_logits=True`, and a sigmoid added to D because the scores were no chances."""
    import keras
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator("sigmoid")
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    g_optimizer, d_optimizer = keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3)

    @tf.function
    def train_step(images):
        z = tf.random.normal([64, parts.LATENT])
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fakes = g(z, training=True)
            real_output, fake_output = d(images, training=True), d(fakes, training=True)
            g_loss = cross_entropy(tf.ones_like(fake_output), fake_output)
            d_loss = cross_entropy(tf.ones_like(real_output), real_output)
            d_loss += cross_entropy(tf.zeros_like(fake_output), fake_output)
        g_grads = g_tape.gradient(g_loss, g.trainable_variables)
        d_grads = d_tape.gradient(d_loss, d.trainable_variables)
        g_optimizer.apply_gradients(zip(g_grads, g.trainable_variables, strict=True))
        d_optimizer.apply_gradients(zip(d_grads, d.trainable_variables, strict=True))

    def train():
        batches = tf.data.Dataset.from_tensor_slices(x).shuffle(2000, seed=seed).batch(64, drop_remainder=True)
        for _ in range(8):
            for images in batches:
                train_step(images)

    return Patient(train, g, d, None, x, parts.LATENT)
