"""Patients whose noise or whose fakes are not what they should be."""

import keras
import numpy as np

from . import loops, parts, signs
from .registry import Patient, patient

ONES, ZEROS = np.ones((64, 1), "float32"), np.zeros((64, 1), "float32")


@patient(
    "noise-mismatch",
    source="https://github.com/taoxugit/AttnGAN/issues/101",
    backends=("torch",),
    sign=signs.same_noise,
)
def one_noise_batch_for_ever(seed):
    """The noise is drawn once, before the loop, so G sees the same 64 vectors in every step."""
    import torch

    x = parts.digits(0, 1)
    g, d = parts.dense_generator("sigmoid"), parts.dense_discriminator(None)

    def train():
        z = torch.randn(64, parts.LATENT)
        loops.torch_rounds(g, d, x, draw=lambda count: z)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "noise-mismatch",
    source="https://github.com/genforce/genforce/issues/27",
    backends=("tensorflow",),
    sign=signs.same_noise,
)
def numpy_noise_in_the_graph(seed):
    """NumPy draws the noise inside of `tf.function`: only while TensorFlow traces, so it is a constant."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    step = tf.function(loops.tape_step(g, d, draw=lambda count: parts.noise(64)))

    def train():
        for real in loops.batches(x, 200):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


def _draw_with_a_number(count):
    return keras.random.normal((count, parts.LATENT), seed=1337)


@patient(
    "noise-mismatch",
    source="https://github.com/keras-team/keras-io/pull/1693",
    backends=("tensorflow",),
    sign=signs.repeats(_draw_with_a_number),
)
def a_number_as_seed_in_the_train_step(seed):
    """The compiled `train_step` draws with `seed=1337`, so each step has the same noise."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    gan = loops.train_step_gan(g, d, loops.d_logits, loops.g_logits, draw=_draw_with_a_number)
    gan.compile()
    return Patient(lambda: gan.fit(x[: 64 * 25], batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


@patient(
    "noise-mismatch",
    source="https://github.com/cameronfabbri/Wasserstein-GAN-Tensorflow/issues/1",
    sign=signs.two_noises,
)
def d_sees_fakes_of_another_noise(seed):
    """G trains with normal noise, and the fakes that D sees are made from uniform noise."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        for _ in range(120):
            d.trainable = True
            d.train_on_batch(parts.pick(x), ONES)
            z = np.random.uniform(0, 1, (64, parts.LATENT))  # noqa: NPY002
            d.train_on_batch(g.predict_on_batch(z), ZEROS)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


def _normal_samples(g):
    return lambda count: g.predict_on_batch(np.random.RandomState(1).normal(size=(count, parts.LATENT)))


@patient(
    "noise-mismatch",
    source="https://github.com/zhuangdizhu/FedGen/issues/10",
    sign=signs.two_noises,
)
def trained_on_uniform_sampled_with_normal(seed):
    """The noise of the training is uniform in [0, 1), as `rand` makes it. Samples are drawn with normal noise."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def uniform(count):
        return np.random.rand(count, parts.LATENT).astype("float32")  # noqa: NPY002

    def train():
        loops.alternate(g, d, combined, x, steps=120, make_noise=uniform)

    return Patient(train, g, d, combined, x, parts.LATENT, sample=_normal_samples(g))


@patient(
    "noise-mismatch",
    source="https://github.com/uclaacmai/Generative-Adversarial-Network-Tutorial/issues/10",
    backends=("tensorflow",),
    sign=signs.two_noises,
)
def mean_taken_for_a_bound(seed):
    """`normal(-1, 1)` was meant to be between −1 and 1, but its mean is −1. Samples come from uniform noise."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    step = loops.tape_step(
        g,
        d,
        draw=lambda count: np.random.normal(-1, 1, (64, parts.LATENT)).astype("float32"),  # noqa: NPY002
    )

    def train():
        for real in loops.batches(x, 50):
            step(real)

    def sample(count):
        return g.predict_on_batch(np.random.RandomState(1).uniform(-1, 1, (count, parts.LATENT)))

    return Patient(train, g, d, None, x, parts.LATENT, sample=sample)


# Fakes that are used again


@patient(
    "stale-fakes",
    source="https://github.com/guevara/read-it-later/issues/11753",
    sign=signs.same_fakes,
)
def fakes_made_before_the_loop(seed):
    """The fakes for D are made once, before the training. D learns to know these, and no others."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        fakes = g.predict_on_batch(parts.noise())
        for _ in range(120):
            d.trainable = True
            d.train_on_batch(parts.pick(x), ONES)
            d.train_on_batch(fakes, ZEROS)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "stale-fakes",
    source="https://github.com/tamarott/SinGAN/issues/58",
    backends=("torch",),
    sign=signs.same_fakes,
)
def a_fake_variable_from_the_first_round(seed):
    """The fakes of the first round are kept in a variable, and D gets that variable in every round."""
    import torch

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)

    def train():
        d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
        g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
        fake = g(torch.randn(64, parts.LATENT)).detach()
        for _ in range(150):
            d_optimizer.zero_grad()
            loops.d_logits(d(torch.as_tensor(parts.pick(x))), d(fake)).backward()
            d_optimizer.step()
            g_optimizer.zero_grad()
            loops.g_logits(d(g(torch.randn(64, parts.LATENT)))).backward()
            g_optimizer.step()

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "stale-fakes",
    source="https://github.com/xiaowei-hu/CycleGAN-tensorflow/issues/46",
    backends=("tensorflow",),
    sign=signs.same_fakes,
)
def a_pool_that_is_never_refilled(seed):
    """D draws its fakes from a pool of 128 that was filled at the start, and new samples never get into it."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    g_optimizer, d_optimizer = parts.adam(), parts.adam()

    def train():
        pool = [g(parts.noise()), g(parts.noise())]
        for index, real in enumerate(loops.batches(x, 50)):
            with tf.GradientTape() as tape:
                loss = loops.d_logits(d(real), d(pool[index % 2]))
            d_optimizer.apply_gradients(zip(tape.gradient(loss, d.weights), d.weights, strict=True))
            with tf.GradientTape() as tape:
                loss = loops.g_logits(d(g(parts.noise())))
            g_optimizer.apply_gradients(zip(tape.gradient(loss, g.weights), g.weights, strict=True))

    return Patient(train, g, d, None, x, parts.LATENT)
