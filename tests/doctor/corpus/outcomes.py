"""Patients whose training ends badly although its parts are in place: a dead gradient, a blind D, collapse, copies."""

import keras
import numpy as np
from keras import layers, ops

from . import loops, parts, signs
from .registry import Patient, patient

ONES, ZEROS = np.ones((64, 1), "float32"), np.zeros((64, 1), "float32")


# The discriminator wins outright


@patient(
    "vanishing-gradient",
    source="https://datascience.stackexchange.com/questions/104930",
    backends=("tensorflow",),
    sign=signs.flat_for_g(lambda fake: np.log(1 - fake + 1e-7)),
)
def minimax_against_a_strong_judge(seed):
    """G minimizes log(1 − D(G(z))) against a D that learns much faster: D's loss is 0, and G gets no gradient."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    gan = loops.train_step_gan(g, d, loops.d_chances, lambda fake: ops.mean(ops.log(1 - fake + 1e-7)))
    gan.compile(parts.adam(5e-3), parts.adam(1e-4))
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


@patient(
    "vanishing-gradient",
    source="https://github.com/osh/KerasGAN/issues/14",
    sign=signs.flat_for_g(lambda fake: (1 - fake) ** 2),
)
def squared_loss_behind_a_sigmoid(seed):
    """D learned alone first, and its loss stands at 0. G's stands at its largest value, where this loss is flat."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d, "mse", parts.adam(1e-2), parts.adam(1e-4))

    def train():
        for _ in range(80):
            d.train_on_batch(parts.pick(x), ONES)
            d.train_on_batch(g.predict_on_batch(parts.noise()), ZEROS)
        loops.alternate(g, d, combined, x, steps=80)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "vanishing-gradient",
    source="https://github.com/tdeboissiere/DeepLearningImplementations/issues/11",
    backends=("tensorflow",),
    sign=signs.flat_for_g(lambda fake: -np.log(np.clip(fake, 1e-7, 1))),
)
def clipped_logarithm(seed):
    """A logarithm of `clip_by_value(p, 1e-7, 1)`: where D is certain, G's loss is constant at 16.1."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()

    def log(chances):
        return tf.math.log(tf.clip_by_value(chances, 1e-7, 1.0))

    step = loops.tape_step(
        g,
        d,
        lambda real, fake: -tf.reduce_mean(log(real)) - tf.reduce_mean(log(1 - fake)),
        lambda fake: -tf.reduce_mean(log(fake)),
        d_optimizer=keras.optimizers.Adam(2e-2),
        g_optimizer=keras.optimizers.Adam(1e-5),
    )
    step = tf.function(step)

    def train():
        for real in loops.batches(x, 250):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


# The discriminator sees nothing


@patient(
    "blind-discriminator",
    source="https://github.com/sharajpanwar/CC-WGAN-GP/pull/10",
    sign=signs.blind(of_chances=True),
)
def samples_shuffled_without_their_labels(seed):
    """Reals and fakes are put together and shuffled, and the labels stay where they are. D cannot learn anything."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        labels = np.repeat([[1.0], [0.0]], 64, axis=0)
        for _ in range(120):
            d.trainable = True
            both = np.concatenate([parts.pick(x), g.predict_on_batch(parts.noise())])
            np.random.shuffle(both)  # noqa: NPY002
            d.train_on_batch(both, labels)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "blind-discriminator",
    source="https://github.com/soumith/ganhacks/issues/44",
    backends=("tensorflow",),
    sign=signs.blind(of_chances=False),
)
def d_too_small_to_see(seed):
    """D has one unit behind an average over all pixels. Once G has the mean brightness, D answers ½ to everything."""
    x = parts.images()
    g = keras.Sequential([parts.dense_generator(), layers.Reshape((8, 8, 1))])
    d = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.GlobalAveragePooling2D(), layers.Dense(8, "relu"), layers.Dense(1)]
    )
    gan = loops.train_step_gan(g, d, loops.d_logits, loops.g_logits)
    gan.compile(parts.adam(1e-2), parts.adam(2e-4))
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=8, verbose=0), g, d, None, x, parts.LATENT)


@patient(
    "blind-discriminator",
    source="https://github.com/keras-team/keras/issues/4943",
    backends=("torch",),
    sign=signs.blind(of_chances=False),
)
def labels_drawn_at_random(seed):
    """Noisy labels were recommended, and so D's labels are drawn from [0, 1] for reals and fakes alike."""
    import torch

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    loss = torch.nn.BCEWithLogitsLoss()

    def d_loss(real, fake):
        return loss(real, torch.rand(64, 1)) + loss(fake, torch.rand(64, 1))

    return Patient(lambda: loops.torch_rounds(g, d, x, d_loss), g, d, None, x, parts.LATENT)


# Collapse


@patient(
    "mode-collapse",
    source="https://github.com/wiseodd/generative-models/issues/14",
    backends=("tensorflow",),
    sign=signs.collapsed,
)
def all_samples_are_ones(seed):
    """G learns two hundred times as fast as D, and all of its samples become the same picture."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    step = loops.tape_step(g, d, d_optimizer=parts.adam(1e-4), g_optimizer=parts.adam(2e-2))
    step = tf.function(step)

    def train():
        for real in loops.batches(x, 300):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "mode-collapse",
    source="https://github.com/samet-akcay/ganomaly/issues/94",
    sign=signs.collapsed,
)
def many_steps_of_g(seed):
    """To help G, it gets ten steps for each of D's. All samples are the same white picture."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d, d_optimizer=parts.adam(2e-4), g_optimizer=parts.adam(5e-3))
    return Patient(lambda: loops.alternate(g, d, combined, x, 40, g_steps=10), g, d, combined, x, parts.LATENT)


@patient(
    "mode-collapse",
    source="https://github.com/manicman1999/StyleGAN2-Tensorflow-2.0/issues/7",
    backends=("torch",),
    sign=signs.collapsed,
)
def noise_that_does_not_matter(seed):
    """Different noise, the same picture: the noise is scaled down, and a bias makes the whole sample."""
    x = parts.digits()
    g = keras.Sequential(
        [
            keras.Input((parts.LATENT,)),
            layers.Rescaling(0.01),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="tanh"),
        ]
    )
    d = parts.dense_discriminator(None)
    return Patient(lambda: loops.torch_rounds(g, d, x), g, d, None, x, parts.LATENT)


@patient(
    "mode-collapse",
    source="https://github.com/akanimax/BMSG-GAN/issues/38",
    sign=signs.collapsed,
)
def our_gan_with_a_slow_judge(seed):
    """The `GAN` of this package with optimizers that do not fit each other: G's rate is five hundred times D's."""
    from gan_course.gan import GAN

    x = parts.images()
    g = keras.Sequential([keras.Input((parts.LATENT,)), parts.dense_generator(), layers.Reshape((8, 8, 1))])
    d = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), parts.dense_discriminator(None)])
    gan = GAN(g, d, seed=seed)
    gan.compile(parts.adam(2e-5), parts.adam(1e-2))
    return Patient(lambda: gan.fit(x, batch_size=64, epochs=8, verbose=0), g, d, None, x, parts.LATENT)


# Copies


@patient(
    "copying",
    source="https://github.com/amunozgarza/tsb-gan/issues/3",
    backends=("tensorflow",),
    sign=signs.copies,
)
def ten_pictures(seed):
    """A data set of ten pictures. The samples are these ten."""
    import tensorflow as tf

    x = parts.digits()[:10]
    g, d = parts.dense_generator(units=128), parts.dense_discriminator(None, units=128)
    step = tf.function(loops.tape_step(g, d))

    def train():
        for real in loops.batches(x, 1000):
            step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "copying",
    source="https://github.com/lucidrains/stylegan2-pytorch/issues/183",
    backends=("jax",),
    sign=signs.copies,
)
def duplicates_make_it_look_large(seed):
    """A thousand pictures, but the same twelve again and again."""
    x = np.tile(parts.digits()[:12], (84, 1))
    g, d = parts.dense_generator(units=128), parts.dense_discriminator(None, units=128)
    return Patient(lambda: loops.jax_rounds(g, d, x, steps=1000), g, d, None, x, parts.LATENT)
