"""Patients in which the wrong player trains, or one does not train at all, or both share an optimizer."""

import keras
import numpy as np
from keras import layers

from . import loops, parts, signs
from .registry import Patient, patient

ONES, ZEROS = np.ones((64, 1), "float32"), np.zeros((64, 1), "float32")


# The discriminator sleeps


@patient(
    "sleeping-discriminator",
    source="https://github.com/eriklindernoren/Keras-GAN/issues/22",
    sign=signs.sleeps("discriminator"),
)
def frozen_between_two_compiles(seed):
    """The recipe of Keras 2: compile D, freeze it, compile the combined model. In Keras 3 D stays frozen forever."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    d.compile(loss="binary_crossentropy", optimizer=parts.adam(), metrics=["accuracy"])
    z = keras.Input((parts.LATENT,))
    d.trainable = False
    combined = keras.Model(z, d(g(z)))
    combined.compile(loss="binary_crossentropy", optimizer=parts.adam())

    def train():
        for _ in range(150):
            d.train_on_batch(parts.pick(x), ONES)
            d.train_on_batch(g.predict_on_batch(parts.noise()), ZEROS)
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "sleeping-discriminator",
    source="https://github.com/the-deep-learners/deep-learning-illustrated/issues/2",
    sign=signs.sleeps("discriminator"),
)
def compiled_after_freezing(seed):
    """A warning went away when D was compiled after it had been frozen, and from then on G made only noise."""
    x = parts.images()
    g = keras.Sequential([parts.dense_generator(), layers.Reshape((8, 8, 1))])
    d = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), parts.dense_discriminator()])
    d.trainable = False
    combined = loops.compiled(g, d, d_optimizer=keras.optimizers.RMSprop(8e-4))

    def train():
        for _ in range(120):
            both = np.concatenate([parts.pick(x, 32), g.predict_on_batch(parts.noise(32))])
            d.train_on_batch(both, np.repeat([[1.0], [0.0]], 32, axis=0))
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "sleeping-discriminator",
    source="https://github.com/0b01/SimGAN-Captcha/issues/1",
    sign=signs.sleeps("discriminator"),
)
def every_layer_frozen_and_forgotten(seed):
    """A helper freezes D layer by layer before G is warmed up, and nobody calls it again to free them."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def make_trainable(network, flag):
        for layer in network.layers:
            layer.trainable = flag

    def train():
        make_trainable(d, False)
        for _ in range(20):
            combined.train_on_batch(parts.noise(), ONES)
        for _ in range(120):
            d.train_on_batch(parts.pick(x), ONES)
            d.train_on_batch(g.predict_on_batch(parts.noise()), ZEROS)
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "sleeping-discriminator",
    source="https://github.com/ooples/AiDotNet/issues/2155",
    backends=("torch",),
    sign=signs.sleeps("discriminator"),
)
def step_without_backward(seed):
    """D's loss is computed and printed, its optimizer steps, but `backward` was lost when the code was moved."""
    import torch

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)

    def train():
        d_optimizer = torch.optim.Adam(d.parameters(), lr=2e-4)
        g_optimizer = torch.optim.Adam(g.parameters(), lr=2e-4)
        history = []
        for _ in range(150):
            real = torch.as_tensor(parts.pick(x))
            d_optimizer.zero_grad()
            history.append(float(loops.d_logits(d(real), d(g(torch.randn(64, parts.LATENT)).detach()))))
            d_optimizer.step()
            g_optimizer.zero_grad()
            loops.g_logits(d(g(torch.randn(64, parts.LATENT)))).backward()
            g_optimizer.step()

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "sleeping-discriminator",
    also=("misread-loss",),
    source="https://github.com/eriklindernoren/Keras-GAN/issues/285",
    sign=signs.sleeps("discriminator"),
)
def losses_that_look_alive(seed):
    """Under Keras 3 the losses of D change from step to step, so its owner believes that it learns. Only G moves."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    d.compile(loss="mse", optimizer=parts.adam(2e-4), metrics=["accuracy"])
    d.trainable = False
    combined = keras.Sequential([g, d])
    combined.compile(loss="mse", optimizer=parts.adam(2e-3))

    def train():
        history = []
        for _ in range(150):
            real = d.train_on_batch(parts.pick(x), ONES, return_dict=True)
            fake = d.train_on_batch(g.predict_on_batch(parts.noise()), ZEROS, return_dict=True)
            history.append((real["loss"] + fake["loss"]) / 2)
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


# The generator sleeps


@patient(
    "sleeping-generator",
    source="https://github.com/tensorflow/tensorflow/issues/31919",
    backends=("tensorflow",),
    sign=signs.sleeps("generator"),
)
def numpy_in_the_tape(seed):
    """The samples pass through NumPy on their way to D, where the tape loses them. Zeros were asked for instead."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    g_optimizer, d_optimizer = parts.adam(), parts.adam()

    def train():
        for real in loops.batches(x, 40):
            with tf.GradientTape() as tape:
                loss = loops.d_logits(d(real), d(g(parts.noise())))
            d_optimizer.apply_gradients(zip(tape.gradient(loss, d.weights), d.weights, strict=True))
            with tf.GradientTape() as tape:
                fake = np.clip(g(parts.noise()).numpy(), -1, 1)
                loss = loops.g_logits(d(fake))
            inner = [w.value for w in g.weights]
            gradients = tape.gradient(loss, inner, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            g_optimizer.apply_gradients(zip(gradients, g.weights, strict=True))

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "sleeping-generator",
    source="https://github.com/yunjey/pytorch-tutorial/issues/145",
    backends=("torch",),
    sign=signs.sleeps("generator"),
)
def detached_twice(seed):
    """`detach` belongs into D's step. Here it stands in G's step, too, so that G never gets a gradient."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    return Patient(lambda: loops.torch_rounds(g, d, x, detach=True), g, d, None, x, parts.LATENT)


@patient(
    "sleeping-generator",
    source="https://github.com/mjdietzx/GAN-Sandbox/issues/2",
    sign=signs.sleeps("generator"),
)
def combined_of_another_generator(seed):
    """The combined model was built from a second generator, so the one that makes the samples never learns."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(keras.models.clone_model(g), d)
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=120), g, d, combined, x, parts.LATENT)


@patient(
    "sleeping-generator",
    source="https://github.com/keras-team/keras/issues/18914",
    backends=("jax",),
    sign=signs.sleeps("generator"),
)
def state_never_put_back(seed):
    """The loop of JAX trains the state of both players, but only D's comes back into its network."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    return Patient(lambda: loops.jax_rounds(g, d, x, keep="d"), g, d, None, x, parts.LATENT)


# The combined model trains the discriminator, too


@patient(
    "combined-trains-discriminator",
    source="https://github.com/osh/KerasGAN/issues/1",
    sign=signs.trained_twice,
)
def never_frozen(seed):
    """Nobody froze D, so every step of the combined model teaches it that fakes are real."""
    x = parts.images()
    g = keras.Sequential([parts.dense_generator(), layers.Reshape((8, 8, 1))])
    d = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), parts.dense_discriminator()])
    combined = loops.compiled(g, d)

    def train():
        for _ in range(150):
            both = np.concatenate([parts.pick(x, 32), g.predict_on_batch(parts.noise(32))])
            d.train_on_batch(both, np.repeat([[1.0], [0.0]], 32, axis=0))
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "combined-trains-discriminator",
    source="https://github.com/eriklindernoren/Keras-GAN/issues/182",
    sign=signs.trained_twice,
)
def freed_and_not_frozen_again(seed):
    """Somebody added `trainable = True` before D's steps, and did not freeze it again before G's."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    d.compile(loss="binary_crossentropy", optimizer=parts.adam())
    d.trainable = False
    z = keras.Input((parts.LATENT,))
    combined = keras.Model(z, d(g(z)))
    combined.compile(loss="binary_crossentropy", optimizer=parts.adam())

    def train():
        for _ in range(150):
            d.trainable = True
            d.train_on_batch(parts.pick(x), ONES)
            d.train_on_batch(g.predict_on_batch(parts.noise()), ZEROS)
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "combined-trains-discriminator",
    source="https://github.com/peteryuX/esrgan-tf2/issues/5",
    backends=("tensorflow",),
    sign=signs.trained_twice,
)
def all_weights_for_g(seed):
    """In `train_step`, G's optimizer gets the gradients of all weights of the model, and D is a part of the model."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)

    class GAN(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator, self.discriminator = g, d

        def train_step(self, real):
            z = tf.random.normal((64, parts.LATENT))
            with tf.GradientTape() as tape:
                loss = loops.d_logits(d(real, training=True), d(g(z, training=True), training=True))
            weights = d.trainable_weights
            self.d_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            with tf.GradientTape() as tape:
                loss = loops.g_logits(d(g(z, training=True), training=True))
            weights = self.trainable_weights
            self.g_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            return {"g_loss": loss}

    gan = GAN()
    gan.compile()
    gan.d_optimizer, gan.g_optimizer = parts.adam(), parts.adam()
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


# One optimizer for both


@patient(
    "shared-optimizer",
    source="https://github.com/yzhao062/pyod/issues/459",
    backends=("tensorflow", "torch"),
    sign=signs.shared_optimizer,
)
def built_for_both(seed):
    """One Adam for both models. An error asked for `optimizer.build` with all variables, and was obeyed."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    optimizer = parts.adam()
    optimizer.build(d.trainable_variables + g.trainable_variables)
    combined = loops.compiled(g, d, d_optimizer=optimizer, g_optimizer=optimizer)
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=120), g, d, combined, x, parts.LATENT)


@patient(
    "shared-optimizer",
    source="https://github.com/eriklindernoren/Keras-GAN/issues/128",
    backends=("tensorflow",),
    sign=signs.shared_optimizer,
)
def one_adam_for_two_tapes(seed):
    """One optimizer object takes D's gradients and then G's, so that both players have the same clock and momentum."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    optimizer = parts.adam()
    optimizer.build(g.trainable_variables + d.trainable_variables)
    step = tf.function(loops.tape_step(g, d, d_optimizer=optimizer, g_optimizer=optimizer))

    def train():
        for real in loops.batches(x, 200):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "shared-optimizer",
    source="https://github.com/eriklindernoren/Keras-GAN/issues/224",
    backends=("torch",),
    sign=signs.shared_optimizer,
)
def one_optimizer_over_all_parameters(seed):
    """One `torch.optim.Adam` holds the parameters of both, and steps once after D's loss and once after G's."""
    import torch

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)

    def train():
        optimizer = torch.optim.Adam([*g.parameters(), *d.parameters()], lr=1e-3, betas=(0.5, 0.999))
        for _ in range(150):
            real = torch.as_tensor(parts.pick(x))
            optimizer.zero_grad()
            loops.d_logits(d(real), d(g(torch.randn(64, parts.LATENT)).detach())).backward()
            optimizer.step()
            optimizer.zero_grad()
            loops.g_logits(d(g(torch.randn(64, parts.LATENT)))).backward()
            optimizer.step()

    return Patient(train, g, d, None, x, parts.LATENT)
