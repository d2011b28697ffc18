"""GANs as most scripts write them: a class, whose build functions wrap a `Sequential` in a functional model."""

import keras
import numpy as np
from keras import layers

from . import parts, signs
from .registry import Patient, healthy, patient

SOURCE = "https://github.com/eriklindernoren/Keras-GAN/blob/master/gan/gan.py"
ONES, ZEROS = np.ones((64, 1), "float32"), np.zeros((64, 1), "float32")


class WrappedGAN:
    """A GAN of small images with three compiled models. D is frozen once, before the combined model is compiled.

    Args:
        normalization: class of a layer, the one in D.
    """

    def __init__(self, normalization=layers.LayerNormalization):
        self.discriminator = self.build_discriminator(normalization)
        self.discriminator.compile(loss="binary_crossentropy", optimizer=parts.adam(), metrics=["accuracy"])
        self.generator = self.build_generator()
        noise = keras.Input((parts.LATENT,))
        self.discriminator.trainable = False
        self.combined = keras.Model(noise, self.discriminator(self.generator(noise)))
        self.combined.compile(loss="binary_crossentropy", optimizer=parts.adam())

    def build_generator(self):
        """From noise to images in [-1, 1]."""
        model = keras.Sequential([keras.Input((parts.LATENT,))])
        for units in (64, 128):
            model.add(layers.Dense(units))
            model.add(layers.LeakyReLU(0.2))
            model.add(layers.BatchNormalization(momentum=0.8))
        model.add(layers.Dense(64, activation="tanh"))
        model.add(layers.Reshape((8, 8, 1)))
        noise = keras.Input((parts.LATENT,))
        return keras.Model(noise, model(noise))

    def build_discriminator(self, normalization):
        """From images to the probability that they are real."""
        model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten()])
        for units in (128, 64):
            model.add(layers.Dense(units))
            model.add(normalization())
            model.add(layers.LeakyReLU(0.2))
        model.add(layers.Dense(1, activation="sigmoid"))
        image = keras.Input((8, 8, 1))
        return keras.Model(image, model(image))

    def train(self, x, steps=120, wakes=True):
        """Train on images; `wakes` says whether D is free in its own steps, as Keras 3 wants it."""
        for _ in range(steps):
            images = parts.pick(x)
            samples = self.generator.predict(parts.noise(), verbose=0)
            if wakes:
                self.discriminator.trainable = True
            self.discriminator.train_on_batch(images, ONES)
            self.discriminator.train_on_batch(samples, ZEROS)
            self.discriminator.trainable = False
            self.combined.train_on_batch(parts.noise(), ONES)


def _admitted(gan, x, **options):
    """The patient that trains a GAN on images."""
    return Patient(lambda: gan.train(x, **options), gan.generator, gan.discriminator, gan.combined, x, parts.LATENT)


@healthy(source=SOURCE, sign=signs.both_play)
def wrapped_players(seed):
    """D is freed before its steps and frozen after them; no BatchNormalization in it; pixels in [-1, 1]."""
    return _admitted(WrappedGAN(), parts.images())


@patient("sleeping-discriminator", source=SOURCE, sign=signs.sleeps("discriminator"))
def wrapped_players_frozen_once(seed):
    """The script as it is, with Keras 3."""
    return _admitted(WrappedGAN(), parts.images(), wakes=False)


@patient("range-mismatch", source=SOURCE, sign=signs.out_of_range)
def wrapped_players_with_positive_pixels(seed):
    """Pixels in [0, 1], as most people scale them, and tanh at the end of G."""
    return _admitted(WrappedGAN(), parts.images(0, 1))


@patient("batch-statistics", source=SOURCE, sign=signs.judged_by_company)
def wrapped_players_normalized_apart(seed):
    """BatchNormalization in D, which gets reals and samples in batches of their own."""
    return _admitted(WrappedGAN(layers.BatchNormalization), parts.images())
