"""Patients whose BatchNormalization gives reals and fakes away, or runs in the wrong mode."""

from . import loops, parts, signs
from .registry import Patient, patient


@patient(
    "batch-statistics",
    source="https://ovgu-ailab.github.io/blog/methods/2022/07/07/batchnorm-gans.html",
    sign=signs.judged_by_company,
)
def one_batch_of_reals_one_of_fakes(seed):
    """D normalizes its input by the batch, and reals and fakes come in batches of their own."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.normalized_discriminator()
    combined = loops.compiled(g, d)
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=120), g, d, combined, x, parts.LATENT)


@patient(
    "batch-statistics",
    source="https://github.com/carpedm20/DCGAN-tensorflow/issues/266",
    backends=("tensorflow",),
    sign=signs.judged_by_company,
)
def d_called_twice_in_the_tape(seed):
    """D with BatchNormalization is called twice in the tape, once for reals and once for fakes."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.normalized_discriminator(None)
    step = tf.function(loops.tape_step(g, d))

    def train():
        for real in loops.batches(x, 250):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "batch-statistics",
    source="https://github.com/duxingren14/DualGAN/issues/10",
    sign=signs.two_generators,
)
def moving_averages_that_lag(seed):
    """G trains with the statistics of its batch. Its samples come from moving averages that have hardly moved."""
    x = parts.digits()
    g, d = parts.normalized_generator(momentum=0.9999), parts.dense_discriminator()
    combined = loops.compiled(g, d)
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=120), g, d, combined, x, parts.LATENT)


@patient(
    "batch-statistics",
    source="https://github.com/openai/improved-gan/issues/49",
    backends=("tensorflow",),
    sign=signs.untouched_statistics,
)
def training_flag_forgotten(seed):
    """In the step both players are called without `training=True`, so BatchNormalization does not normalize at all."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.normalized_generator(), parts.dense_discriminator(None)
    step = tf.function(loops.tape_step(g, d, training=None))

    def train():
        for real in loops.batches(x, 250):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "batch-statistics",
    source="https://github.com/udacity/deep-learning/issues/130",
    backends=("torch",),
    sign=signs.untouched_statistics,
)
def evaluation_mode_in_the_loop(seed):
    """G was put into evaluation mode to save a grid of samples, by `training=False`, and the loop kept this flag."""
    import torch

    x = parts.digits()
    g, d = parts.normalized_generator(), parts.dense_discriminator(None)

    def train():
        d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
        g_optimizer = torch.optim.Adam([v.value for v in g.trainable_variables], lr=1e-3, betas=(0.5, 0.999))
        flag = False
        for _ in range(120):
            real = torch.as_tensor(parts.pick(x))
            d_optimizer.zero_grad()
            loops.d_logits(d(real), d(g(torch.randn(64, parts.LATENT), training=flag).detach())).backward()
            d_optimizer.step()
            g_optimizer.zero_grad()
            loops.g_logits(d(g(torch.randn(64, parts.LATENT), training=flag))).backward()
            g_optimizer.step()

    return Patient(train, g, d, None, x, parts.LATENT)
