"""Patients whose loss does not fit what the discriminator returns, or what the labels mean."""

import keras
import numpy as np
from keras import layers, ops

from . import loops, parts, signs
from .registry import Patient, patient

ONES, ZEROS = np.ones((64, 1), "float32"), np.zeros((64, 1), "float32")


# Probabilities taken for raw scores, and raw scores for probabilities


def _both_at_once(d, x):
    """The cross-entropy of the label 1, of scores that pass through `concatenate` first."""
    halves = ops.concatenate([d(x[:128]), d(x[128:])], axis=0)
    return keras.losses.BinaryCrossentropy(from_logits=True)(np.ones((len(x), 1)), halves)


@patient(
    "logits-mismatch",
    source="https://github.com/tensorflow/docs/pull/1810",
    backends=("tensorflow",),
    sign=signs.misjudged(_both_at_once, of_chances=True),
)
def sigmoid_in_the_tutorial(seed):
    """D of the tutorial got a sigmoid, so that its output is a probability. The loss has `from_logits=True`, still.

    Keras on TensorFlow would notice a sigmoid, and go back to its input. Here `concat` stands between the two.
    """
    import tensorflow as tf

    x = parts.images()
    g, d = parts.conv_generator(), parts.conv_discriminator("sigmoid")
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def d_loss(real, fake):
        return cross_entropy(
            tf.concat([tf.ones_like(real), tf.zeros_like(fake)], axis=0), tf.concat([real, fake], axis=0)
        )

    def g_loss(fake):
        return cross_entropy(tf.ones_like(tf.concat([fake], axis=0)), tf.concat([fake], axis=0))

    step = tf.function(loops.tape_step(g, d, d_loss, g_loss))

    def train():
        data = tf.data.Dataset.from_tensor_slices(x).shuffle(2000, seed=seed).batch(64, drop_remainder=True)
        for _ in range(6):
            for real in data:
                step(real)

    return Patient(train, g, d, None, x, parts.LATENT)


def _compiled_loss(d, x):
    """What D's own compiled loss says of the label 1."""
    return d.evaluate(x, np.ones((len(x), 1)), batch_size=256, verbose=0)


@patient(
    "logits-mismatch",
    source="https://github.com/jeffheaton/t81_558_deep_learning/pull/81",
    sign=signs.misjudged(_compiled_loss, of_chances=True),
)
def sigmoid_before_a_reshape(seed):
    """D ends in a sigmoid and a Flatten, and is compiled with `from_logits=True`."""
    x = parts.images(0, 1)
    g = keras.Sequential([parts.dense_generator("sigmoid"), layers.Reshape((8, 8, 1))])
    d = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 4, strides=2, padding="same", activation="leaky_relu"),
            layers.Conv2D(32, 4, padding="valid", activation="leaky_relu"),
            layers.Conv2D(1, 1, activation="sigmoid"),
            layers.Flatten(),
        ]
    )
    combined = loops.compiled(g, d, keras.losses.BinaryCrossentropy(from_logits=True))
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=120), g, d, combined, x, parts.LATENT)


@patient(
    "logits-mismatch",
    source="https://github.com/YunYang1994/TensorFlow2.0-Examples/issues/63",
    sign=signs.misjudged(_compiled_loss, of_chances=False),
)
def raw_scores_as_chances(seed):
    """The last layer of D has no activation, and the loss is "binary_crossentropy", which expects probabilities."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    combined = loops.compiled(g, d)
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=120), g, d, combined, x, parts.LATENT)


class _Judge(keras.Model):
    """A subclassed discriminator. Its last operation is a function, which no list of layers shows."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(128, activation="leaky_relu")
        self.score = layers.Dense(1)

    def call(self, x):
        return ops.sigmoid(self.score(self.hidden(x)))


@patient(
    "logits-mismatch",
    source="https://github.com/carpedm20/DCGAN-tensorflow/issues/15",
    backends=("jax", "torch"),
    sign=signs.misjudged(_compiled_loss, of_chances=True),
)
def sigmoid_inside_of_call(seed):
    """D is a subclass that returns `ops.sigmoid(...)`, and its loss calls these probabilities logits."""
    x = parts.digits()
    g, d = parts.dense_generator(), _Judge()
    d(x[:1])
    combined = loops.compiled(g, d, keras.losses.BinaryCrossentropy(from_logits=True))
    return Patient(lambda: loops.alternate(g, d, combined, x, steps=120), g, d, combined, x, parts.LATENT)


def _torch_logits(d, x):
    import torch

    return torch.nn.BCEWithLogitsLoss()(d(torch.as_tensor(x)), torch.ones(len(x), 1)).detach()


@patient(
    "logits-mismatch",
    source="https://github.com/soumith/ganhacks/issues/36",
    backends=("torch",),
    sign=signs.misjudged(_torch_logits, of_chances=True),
)
def sigmoid_twice_in_pytorch(seed):
    """D ends in a sigmoid, and `BCEWithLogitsLoss` applies a second one."""
    import torch

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator("sigmoid")
    loss = torch.nn.BCEWithLogitsLoss()

    def d_loss(real, fake):
        return loss(real, torch.ones(64, 1)) + loss(fake, torch.zeros(64, 1))

    def g_loss(fake):
        return loss(fake, torch.ones(64, 1))

    return Patient(lambda: loops.torch_rounds(g, d, x, d_loss, g_loss), g, d, None, x, parts.LATENT)


# Labels


@patient(
    "label-mix-up",
    source="https://github.com/jacobgil/keras-dcgan/issues/11",
    sign=signs.works_for_d(lambda fake: np.mean(-np.log(1 - fake + 1e-7))),
)
def generator_told_to_be_fake(seed):
    """The samples are fake, so the combined model got the label 0. G learns to be found out."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        for _ in range(120):
            d.trainable = True
            d.train_on_batch(parts.pick(x), ONES)
            d.train_on_batch(g.predict_on_batch(parts.noise()), ZEROS)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ZEROS)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "label-mix-up",
    source="https://github.com/fchollet/deep-learning-with-python-notebooks/issues/9",
    backends=("tensorflow",),
    sign=signs.works_for_d(lambda fake: np.mean(np.logaddexp(0, -fake))),
)
def d_turned_around_and_g_not(seed):
    """D was changed to real = 0 and fake = 1, as in a book, but G's labels stayed at 1."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    gan = loops.train_step_gan(g, d, lambda real, fake: loops.d_logits(fake, real), loops.g_logits)
    gan.compile()
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


@patient(
    "label-mix-up",
    source="https://github.com/https-deeplearning-ai/GANs-Public/issues/1",
    backends=("torch",),
    sign=signs.works_for_d(lambda fake: np.mean(np.logaddexp(0, -fake))),
)
def a_helper_that_swaps(seed):
    """A helper `adv_loss(scores, is_real)` swaps the two targets, and G calls it with `is_real=False`."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)

    def adv_loss(scores, is_real):
        return ops.mean(ops.softplus(scores if is_real else -scores))

    def d_loss(real, fake):
        return 0.5 * (adv_loss(real, True) + adv_loss(fake, False))

    def train():
        loops.torch_rounds(g, d, x, d_loss, lambda fake: adv_loss(fake, False))

    return Patient(train, g, d, None, x, parts.LATENT)


@patient(
    "label-mix-up",
    source="https://github.com/soumith/ganhacks/issues/11",
    sign=signs.says_real_to_all,
)
def everything_is_real(seed):
    """Reals and fakes go to D in one batch, and all of them have the label 1."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        for _ in range(120):
            d.trainable = True
            both = np.concatenate([g.predict_on_batch(parts.noise(32)), parts.pick(x, 32)])
            d.train_on_batch(both, ONES)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


# Labels below 0 or above 1


def _from_0_7_to_1_2(count):
    return np.random.uniform(0.7, 1.2, (count, 1)).astype("float32")  # noqa: NPY002


@patient(
    "label-range",
    source="https://github.com/JGuillaumin/SuperResGAN-keras/issues/1",
    backends=("tensorflow", "jax"),  # PyTorch refuses such labels
    sign=signs.goes_below_zero(_from_0_7_to_1_2, of_chances=True),
)
def soft_labels_that_pass_one(seed):
    """The labels of reals are drawn from 0.7 to 1.2, those of fakes from 0 to 0.3. D ends in a sigmoid."""
    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    combined = loops.compiled(g, d)

    def train():
        for _ in range(120):
            d.trainable = True
            d.train_on_batch(parts.pick(x), _from_0_7_to_1_2(64))
            low = np.random.uniform(0.0, 0.3, (64, 1)).astype("float32")  # noqa: NPY002
            d.train_on_batch(g.predict_on_batch(parts.noise()), low)
            d.trainable = False
            combined.train_on_batch(parts.noise(), ONES)

    return Patient(train, g, d, combined, x, parts.LATENT)


@patient(
    "label-range",
    source="https://github.com/davidADSP/Generative_Deep_Learning_2nd_Edition/pull/50",
    backends=("tensorflow",),
    sign=signs.goes_below_zero(lambda count: 1 + 0.1 * np.random.rand(count, 1), of_chances=True),  # noqa: NPY002
)
def noise_with_the_wrong_sign(seed):
    """Noise was meant to soften the labels, but it is added to 1 and subtracted from 0, in a `train_step`."""
    import tensorflow as tf

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator()
    cross_entropy = keras.losses.BinaryCrossentropy()

    def d_loss(real, fake):
        above = tf.ones_like(real) + 0.1 * tf.random.uniform(tf.shape(real))
        below = tf.zeros_like(fake) - 0.1 * tf.random.uniform(tf.shape(fake))
        return (cross_entropy(above, real) + cross_entropy(below, fake)) / 2

    gan = loops.train_step_gan(g, d, d_loss, lambda fake: cross_entropy(tf.ones_like(fake), fake))
    gan.compile()
    whole = x[: 64 * 25]
    return Patient(lambda: gan.fit(whole, batch_size=64, epochs=6, verbose=0), g, d, None, x, parts.LATENT)


@patient(
    "label-range",
    source="https://github.com/agrimgupta92/sgan/issues/3",
    backends=("torch",),
    sign=signs.goes_below_zero(_from_0_7_to_1_2, of_chances=False),
)
def one_soft_label_for_a_batch(seed):
    """Each batch of reals has one label, which is drawn from 0.7 to 1.2, and PyTorch's loss of logits takes it."""
    import torch

    x = parts.digits()
    g, d = parts.dense_generator(), parts.dense_discriminator(None)
    loss = torch.nn.BCEWithLogitsLoss()

    def d_loss(real, fake):
        return loss(real, torch.full_like(real, _from_0_7_to_1_2(1).item())) + loss(fake, torch.zeros_like(fake))

    def train():
        loops.torch_rounds(g, d, x, d_loss, lambda fake: loss(fake, torch.ones_like(fake)), rates=(2e-3, 5e-4))

    return Patient(train, g, d, None, x, parts.LATENT)
