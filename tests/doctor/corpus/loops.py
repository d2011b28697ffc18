"""The loops that people write around a GAN, with the losses left open. Each takes functions of the scores."""

import keras
import numpy as np
from keras import ops

from .parts import LATENT, adam, noise, pick

# Losses of scores, in every backend. `*_logits` take raw scores, the others probabilities.


def d_logits(real, fake):
    """Cross-entropy of raw scores: reals are 1, fakes are 0."""
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))


def g_logits(fake):
    """The non-saturating loss of raw scores."""
    return ops.mean(ops.softplus(-fake))


def d_chances(real, fake):
    """Cross-entropy of probabilities: reals are 1, fakes are 0."""
    return -ops.mean(ops.log(real + 1e-7)) - ops.mean(ops.log(1 - fake + 1e-7))


def g_chances(fake):
    """The non-saturating loss of probabilities."""
    return -ops.mean(ops.log(fake + 1e-7))


# Keras' own training of compiled models


def compiled(g, d, loss="binary_crossentropy", d_optimizer=None, g_optimizer=None):
    """Compile D, and return the compiled combined model G → D. Each has an optimizer of its own."""
    d.compile(optimizer=d_optimizer or adam(), loss=loss)
    combined = keras.Sequential([keras.Input(g.input_shape[1:]), g, d])
    combined.compile(optimizer=g_optimizer or adam(), loss=loss)
    return combined


def alternate(g, d, combined, x, steps=150, count=64, make_noise=noise, g_steps=1):
    """The usual loop: D on reals, D on fakes, then G through the combined model with D frozen."""
    ones, zeros = np.ones((count, 1), "float32"), np.zeros((count, 1), "float32")
    for _ in range(steps):
        d.trainable = True
        d.train_on_batch(pick(x, count), ones)
        d.train_on_batch(g.predict_on_batch(make_noise(count)), zeros)
        d.trainable = False
        for _ in range(g_steps):
            combined.train_on_batch(make_noise(count), ones)


# Loops of one backend


def tape_step(g, d, d_loss=d_logits, g_loss=g_logits, d_optimizer=None, g_optimizer=None, draw=None, training=True):
    """A step of TensorFlow with two tapes, as in its tutorials: a function of a batch. Wrap it in `tf.function`."""
    import tensorflow as tf

    d_optimizer, g_optimizer = d_optimizer or adam(), g_optimizer or adam()
    draw = draw or (lambda count: tf.random.normal((count, LATENT)))

    def step(real):
        z = draw(len(real))
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake = g(z, training=training)
            real_scores, fake_scores = d(real, training=training), d(fake, training=training)
            losses = d_loss(real_scores, fake_scores), g_loss(fake_scores)
        d_gradients = d_tape.gradient(losses[0], d.trainable_variables)
        g_gradients = g_tape.gradient(losses[1], g.trainable_variables)
        d_optimizer.apply_gradients(zip(d_gradients, d.trainable_variables, strict=True))
        g_optimizer.apply_gradients(zip(g_gradients, g.trainable_variables, strict=True))
        return losses

    return step


def batches(x, steps, count=64):
    """Yield random batches of `x` as tensors."""
    for _ in range(steps):
        yield ops.convert_to_tensor(pick(x, count))


def train_step_gan(g, d, d_loss, g_loss, d_steps=1, draw=None):
    """A `keras.Model` of TensorFlow with its own `train_step`, as in the guides of Keras. It is trained with `fit`."""
    import tensorflow as tf

    class GAN(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator, self.discriminator = g, d
            self.seeds = keras.random.SeedGenerator(0)

        def compile(self, d_optimizer=None, g_optimizer=None):
            super().compile()
            self.d_optimizer, self.g_optimizer = d_optimizer or adam(), g_optimizer or adam()

        def descend(self, network, optimizer, loss):
            with tf.GradientTape() as tape:
                value = loss()
            gradients = tape.gradient(value, network.trainable_weights)
            optimizer.apply_gradients(zip(gradients, network.trainable_weights, strict=True))
            return value

        def fake(self, count):
            z = draw(count) if draw else keras.random.normal((count, LATENT), seed=self.seeds)
            return self.generator(z, training=True)

        def train_step(self, real):
            count = ops.shape(real)[0]

            def loss_of_d():
                fake = self.fake(count)
                return d_loss(self.discriminator(real, training=True), self.discriminator(fake, training=True))

            def loss_of_g():
                return g_loss(self.discriminator(self.fake(count), training=True))

            for _ in range(d_steps):
                d_value = self.descend(self.discriminator, self.d_optimizer, loss_of_d)
            return {"d_loss": d_value, "g_loss": self.descend(self.generator, self.g_optimizer, loss_of_g)}

    return GAN()


def torch_rounds(g, d, x, d_loss=d_logits, g_loss=g_logits, steps=150, rates=(1e-3, 1e-3), draw=None, detach=False):
    """A loop as one writes it in PyTorch, with its own optimizers. `detach` cuts the fakes off in G's step, too."""
    import torch

    d_optimizer = torch.optim.Adam(d.parameters(), lr=rates[0], betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(g.parameters(), lr=rates[1], betas=(0.5, 0.999))
    draw = draw or (lambda count: torch.randn(count, LATENT))
    for _ in range(steps):
        real = torch.as_tensor(pick(x))
        d_optimizer.zero_grad()
        d_loss(d(real), d(g(draw(len(real))).detach())).backward()
        d_optimizer.step()
        g_optimizer.zero_grad()
        fake = g(draw(len(real)))
        g_loss(d(fake.detach() if detach else fake)).backward()
        g_optimizer.step()


def jax_step(g, d, d_loss, g_loss, optimizers):
    """A compiled step of JAX without side effects: from (state, real, noise) to the next state. See `jax_rounds`."""
    import jax

    d_optimizer, g_optimizer = optimizers

    def step(state, real, z):
        d_weights, d_rest, d_slots, g_weights, g_rest, g_slots = state

        def loss_of_d(weights, rest):
            fake, _ = g.stateless_call(g_weights, g_rest, z, training=True)
            real_scores, rest = d.stateless_call(weights, rest, real, training=True)
            fake_scores, rest = d.stateless_call(weights, rest, fake, training=True)
            return d_loss(real_scores, fake_scores), rest

        def loss_of_g(weights, rest):
            fake, rest = g.stateless_call(weights, rest, z, training=True)
            return g_loss(d.stateless_call(d_weights, d_rest, fake, training=True)[0]), rest

        gradients, d_rest = jax.grad(loss_of_d, has_aux=True)(d_weights, d_rest)
        d_weights, d_slots = d_optimizer.stateless_apply(d_slots, gradients, d_weights)
        gradients, g_rest = jax.grad(loss_of_g, has_aux=True)(g_weights, g_rest)
        g_weights, g_slots = g_optimizer.stateless_apply(g_slots, gradients, g_weights)
        return d_weights, d_rest, d_slots, g_weights, g_rest, g_slots

    return jax.jit(step)


def jax_rounds(g, d, x, d_loss=d_logits, g_loss=g_logits, optimizers=None, steps=150, make_noise=noise, keep="dg"):
    """The loop of Keras' guide for JAX: the state lives outside, and comes back into the networks of `keep`."""
    optimizers = optimizers or (adam(), adam())
    parts = []
    for network, optimizer in zip((d, g), optimizers, strict=True):
        optimizer.build(network.trainable_variables)
        parts.append((network.trainable_variables, network.non_trainable_variables, optimizer.variables))
    state = tuple([v.value for v in variables] for part in parts for variables in part)
    step = jax_step(g, d, d_loss, g_loss, optimizers)
    for _ in range(steps):
        state = step(state, pick(x), make_noise(64))
    for name, part, values in zip("dg", parts, (state[:3], state[3:]), strict=True):
        if name in keep:
            for variables, new in zip(part, values, strict=True):
                for variable, value in zip(variables, new, strict=True):
                    variable.assign(value)
