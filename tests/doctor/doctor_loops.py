"""Small training loops of every kind, for the tests of the doctor. `LOOPS` has those that run on this backend."""

import keras
import numpy as np
from keras import layers, ops

LATENT, SIZE, BATCH = 4, 6, 16
BACKEND = keras.config.backend()


def new_players(seed=0):
    """A generator and a discriminator with BatchNormalization and Dropout; the same ones for the same seed."""
    keras.backend.clear_session(free_memory=False)  # without a search for garbage, which takes half a second
    keras.utils.set_random_seed(seed)
    g = keras.Sequential(
        [keras.Input((LATENT,)), layers.Dense(8, activation="relu"), layers.BatchNormalization(), layers.Dense(SIZE)]
    )
    d = keras.Sequential(
        [keras.Input((SIZE,)), layers.Dense(8), layers.LeakyReLU(), layers.Dropout(0.3), layers.Dense(1)]
    )
    return g, d


def wrapped(model):
    """A model around a model, as in many scripts: it gets what the inner one gets, and returns what that returns."""
    x = keras.Input(model.input_shape[1:])
    return keras.Model(x, model(x))


def loss():
    """Cross-entropy of raw scores."""
    return keras.losses.BinaryCrossentropy(from_logits=True)


def noise():
    """Noise of NumPy's global generator."""
    return np.random.normal(size=(BATCH, LATENT)).astype("float32")  # noqa: NPY002


def by_train_on_batch(g, d, real):
    """The classic loop with a combined model."""
    d.compile(keras.optimizers.Adam(1e-3), loss())
    combined = keras.Sequential([keras.Input((LATENT,)), g, d])
    combined.compile(keras.optimizers.Adam(1e-3), loss())
    for step in range(20):
        d.trainable = True
        d.train_on_batch(real[step : step + BATCH], np.ones((BATCH, 1)))
        d.train_on_batch(g.predict_on_batch(noise()), np.zeros((BATCH, 1)))
        d.trainable = False
        combined.train_on_batch(noise(), np.ones((BATCH, 1)))


def by_our_gan(g, d, real):
    """`fit` of the package's GAN."""
    from gan_course.gan import GAN

    gan = GAN(g, d, seed=0)
    gan.compile()
    gan.fit(real, batch_size=BATCH, epochs=3, verbose=0)


def tensorflow_step(g, d, optimizer=keras.optimizers.Adam):
    """One step with two tapes, and an optimizer for each player."""
    import tensorflow as tf

    g_optimizer, d_optimizer = optimizer(1e-3), optimizer(1e-3)
    g_optimizer.build(g.trainable_variables)
    d_optimizer.build(d.trainable_variables)
    entropy = loss()

    def step(real, z):
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            real_scores, fake_scores = d(real, training=True), d(g(z, training=True), training=True)
            g_loss = entropy(tf.ones_like(fake_scores), fake_scores)
            d_loss = entropy(tf.ones_like(real_scores), real_scores)
            d_loss += entropy(tf.zeros_like(fake_scores), fake_scores)
        pairs = ((g_optimizer, g_tape, g_loss, g), (d_optimizer, d_tape, d_loss, d))
        for optimizer, tape, value, network in pairs:
            gradients = tape.gradient(value, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    return step


def by_eager_tapes(g, d, real):
    """Gradient tapes without a graph."""
    step = tensorflow_step(g, d)
    for _ in range(10):
        step(keras.ops.convert_to_tensor(real[:BATCH]), keras.ops.convert_to_tensor(noise()))


def by_tf_function(g, d, real):
    """Gradient tapes in a graph."""
    import tensorflow as tf

    step = tf.function(tensorflow_step(g, d))
    for _ in range(20):
        step(keras.ops.convert_to_tensor(real[:BATCH]), keras.ops.convert_to_tensor(noise()))


def by_compiled_function(g, d, real):
    """Gradient tapes in a graph that XLA compiles, which takes its time, and less for plain gradient descent."""
    import tensorflow as tf

    step = tf.function(tensorflow_step(g, d, keras.optimizers.SGD), jit_compile=True)
    for _ in range(20):
        step(keras.ops.convert_to_tensor(real[:BATCH]), keras.ops.convert_to_tensor(noise()))


def by_torch(g, d, real):
    """A loop of PyTorch with its own optimizers."""
    import torch

    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3)
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3)
    entropy = torch.nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    for _ in range(20):
        fake = g(torch.as_tensor(noise()), training=True)
        d_loss = entropy(d(torch.as_tensor(real[:BATCH]), training=True), ones)
        d_loss = d_loss + entropy(d(fake.detach(), training=True), zeros)
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()
        g_optimizer.zero_grad()
        entropy(d(fake, training=True), ones).backward()
        g_optimizer.step()


def by_stateless_jax(g, d, real):
    """A jitted step that gets and returns all values, which are put back at the end."""
    import jax

    networks, rates = (g, d), (1e-3, 1e-3)

    def total(values, others, z, x, player):
        weights = [values if i == player else others[i] for i in range(2)]
        fake, _ = g.stateless_call(weights[0], [v.value for v in g.non_trainable_variables], z, training=True)
        scores = [
            d.stateless_call(weights[1], [v.value for v in d.non_trainable_variables], s, training=False)[0]
            for s in (x, fake)
        ]
        real_loss, fake_loss = (ops.mean(ops.softplus(sign * s)) for sign, s in zip((-1, 1), scores, strict=True))
        return ops.mean(ops.softplus(-scores[1])) if player == 0 else real_loss + fake_loss

    @jax.jit
    def step(values, z, x):
        gradients = [jax.grad(total)(values[p], values, z, x, p) for p in range(2)]
        pairs = zip(values, gradients, rates, strict=True)
        return [[v - rate * g for v, g in zip(vs, gs, strict=True)] for vs, gs, rate in pairs]

    values = [[v.value for v in network.trainable_variables] for network in networks]
    for _ in range(20):
        values = step(values, noise(), real[:BATCH])
    for network, vs in zip(networks, values, strict=True):
        for variable, value in zip(network.trainable_variables, vs, strict=True):
            variable.assign(value)


LOOPS = [
    *(by_train_on_batch, by_our_gan),
    *((by_eager_tapes, by_tf_function, by_compiled_function) if BACKEND == "tensorflow" else ()),
    *((by_torch,) if BACKEND == "torch" else ()),
    *((by_stateless_jax,) if BACKEND == "jax" else ()),
]
