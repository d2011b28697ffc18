"""Patients whose weights grow without end, or hardly move."""

import keras
from keras import layers

from . import loops, parts, signs
from .registry import Patient, patient

# Weights that grow


@patient(
    "exploding",
    source="https://github.com/archsyscall/GANs-TensorFlow2/issues/2",
    backends=("tensorflow",),
    sign=signs.explodes,
)
def wasserstein_without_a_bound(seed):
    """The Wasserstein loss without clipping and without a penalty: D's scores and weights grow without end."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    step = loops.tape_step(
        g,
        d,
        lambda real, fake: tf.reduce_mean(fake) - tf.reduce_mean(real),
        lambda fake: -tf.reduce_mean(fake),
        d_optimizer=keras.optimizers.RMSprop(5e-2),
        g_optimizer=keras.optimizers.RMSprop(1e-3),
    )
    step = tf.function(step)

    def train():
        for real in loops.batches(x, 400):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "exploding",
    source="https://github.com/golbin/TensorFlow-Tutorials/issues/42",
    backends=("tensorflow",),
    sign=signs.explodes,
)
def logarithm_of_zero(seed):
    """A loss of one's own, `log(D(x)) + log(1 - D(G(z)))`, without anything that keeps it from log(0)."""
    import tensorflow as tf

    x = 10 * parts.digits()
    g, d = parts.dense_generator(None), parts.dense_discriminator()
    step = loops.tape_step(
        g,
        d,
        lambda real, fake: -tf.reduce_mean(tf.math.log(real) + tf.math.log(1 - fake)),
        lambda fake: -tf.reduce_mean(tf.math.log(fake)),
        d_optimizer=keras.optimizers.Adam(1e-2),
    )
    step = tf.function(step)

    def train():
        for real in loops.batches(x, 300):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "exploding",
    source="https://github.com/eriklindernoren/Keras-GAN/issues/87",
    sign=signs.explodes,
)
def learning_rate_of_one(seed):
    """Plain gradient descent with a squared loss and a learning rate of 1. All samples are `nan` after some steps."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    combined = loops.compiled(g, d, "mse", keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0))
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=60), g, d, combined, x, parts.LATENT)


@patient(
    "exploding",
    source="https://github.com/LeeDoYup/DeblurGAN-tf/issues/11",
    backends=("torch",),
    sign=signs.explodes,
)
def square_root_of_a_zero_gradient(seed):
    """A penalty on the gradient's norm has an infinite slope where the gradient is 0, as behind a dead ReLU."""
    import torch

    x = parts.digits()
    g = parts.dense_generator()
    d = keras.Sequential([keras.Input((64,)), layers.Dense(2, activation="relu"), layers.Dense(1)])

    def train():
        d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3)
        g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3)
        for _ in range(100):
            real = torch.as_tensor(parts.pick(x)).requires_grad_()
            real_scores = d(real)
            slopes = torch.autograd.grad(real_scores.sum(), real, create_graph=True)[0]
            penalty = ((torch.sqrt(torch.sum(slopes**2, dim=1)) - 1) ** 2).mean()
            d_optimizer.zero_grad()
            fake = g(torch.randn(64, parts.LATENT))
            (d(fake.detach()).mean() - real_scores.mean() + 10 * penalty).backward()
            d_optimizer.step()
            g_optimizer.zero_grad()
            (-d(g(torch.randn(64, parts.LATENT))).mean()).backward()
            g_optimizer.step()

    return Patient(train, g, d, None, x, parts.LATENT)


# One of the two stands still


@patient(
    "standing-still",
    source="https://github.com/tdeboissiere/DeepLearningImplementations/issues/11",
    sign=signs.stands_still("discriminator"),
)
def plain_descent_for_d(seed):
    """D got plain gradient descent with the rate that is right for Adam, and hardly moves. G has Adam."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d, d_optimizer=keras.optimizers.SGD(1e-6))
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=120), g, d, combined, x, parts.LATENT)


@patient(
    "standing-still",
    source="https://github.com/AutoResearch/EEG-GAN/issues/56",
    backends=("tensorflow",),
    sign=signs.stands_still("generator"),
)
def schedule_that_ends_at_once(seed):
    """G's learning rate decays by a tenth in every step, where every epoch was meant, from a rate that is small."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    gan = loops.train_step_gan(g, d, loops.d_logits, loops.g_logits)
    schedule = keras.optimizers.schedules.ExponentialDecay(2e-6, decay_steps=1, decay_rate=0.9)
    gan.compile(parts.adam(), keras.optimizers.Adam(schedule, beta_1=0.5))
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


@patient(
    "standing-still",
    source="https://github.com/ptran1203/pytorch-animeGAN/issues/25",
    sign=signs.stands_still("generator"),
)
def our_gan_with_a_lazy_forger(seed):
    """The `GAN` of this package with a learning rate of 1e-8 for G, where 1e-3 was meant."""
    from gan_course.gan import GAN

    x = parts.images()
    g = keras.Sequential([keras.Input((parts.LATENT,)), parts.dense_generator(), layers.Reshape((8, 8, 1))])
    d = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), parts.dense_discriminator(None)])
    gan = GAN(g, d, seed=seed)
    gan.compile(parts.adam(), parts.adam(1e-8))
    return Patient(lambda: gan.fit(x, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)
