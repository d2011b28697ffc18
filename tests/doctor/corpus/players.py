"""Patients in which the wrong player trains, or one does not train at all."""

import keras
import numpy as np
from keras import layers

from . import parts, signs
from .registry import Patient, patient


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
        valid, fake = np.ones((32, 1)), np.zeros((32, 1))
        for _ in range(150):
            d.train_on_batch(parts.pick(x, 32), valid)
            d.train_on_batch(g.predict_on_batch(parts.noise(32)), fake)
            combined.train_on_batch(parts.noise(32), valid)

    return Patient(train, g, d, combined, x, parts.LATENT)


def trained_by_the_combined_model(course):
    """One more step of the combined model moves the discriminator."""
    patient = course.patient
    before = signs.weights(patient)["discriminator"]
    patient.combined.train_on_batch(parts.noise(64), np.ones((64, 1)))
    return any((old != new).any() for old, new in zip(before, signs.weights(patient)["discriminator"], strict=True))


@patient(
    "combined-trains-discriminator",
    source="https://github.com/osh/KerasGAN/issues/1",
    sign=trained_by_the_combined_model,
)
def never_frozen(seed):
    """Nobody froze D, so every step of the combined model teaches it that fakes are real."""
    x = parts.images()
    g = keras.Sequential([parts.dense_generator(), layers.Reshape((8, 8, 1))])
    d = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), parts.dense_discriminator()])
    combined = parts.compiled(g, d)

    def train():
        for _ in range(150):
            both = np.concatenate([parts.pick(x, 32), g.predict_on_batch(parts.noise(32))])
            d.train_on_batch(both, np.repeat([[1.0], [0.0]], 32, axis=0))
            combined.train_on_batch(parts.noise(64), np.ones((64, 1)))

    return Patient(train, g, d, combined, x, parts.LATENT)
