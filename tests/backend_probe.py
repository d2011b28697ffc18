"""What test_gan.py asks of one backend, in a process of its own: prints one JSON object.

Choose the backend with KERAS_BACKEND. A movement is the largest change of any weight, so 0.0 means that not
one bit changed.
"""

import json
import warnings

import keras
import numpy as np
from keras import layers

from gan_course import networks
from gan_course.gan import build_combined, frozen

BATCH, LATENT, FEATURES = 16, 4, 2
RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(BATCH, FEATURES)).astype("float32") + 2
NOISE = RNG.normal(size=(BATCH, LATENT)).astype("float32")
ONES, ZEROS = np.ones((BATCH, 1), "float32"), np.zeros((BATCH, 1), "float32")


class Movement:
    """How far weights have moved since this object was made."""

    def __init__(self, model):
        self.model, self.before = model, [np.array(w) for w in model.get_weights()]

    def __float__(self):
        after = self.model.get_weights()
        return max(float(np.abs(a - b).max()) for a, b in zip(after, self.before, strict=True))


def two_networks(extra=()):
    keras.utils.set_random_seed(0)
    generator = networks.mlp_generator((FEATURES,), LATENT, units=(8,))
    discriminator = keras.Sequential(
        [keras.Input((FEATURES,)), layers.Dense(8), *extra, layers.LeakyReLU(0.2), layers.Dense(1)]
    )
    discriminator.compile(keras.optimizers.Adam(1e-2), keras.losses.BinaryCrossentropy(from_logits=True))
    return generator, discriminator


def train_discriminator(generator, discriminator):
    samples = np.concatenate([REAL, generator.predict_on_batch(NOISE)])
    discriminator.train_on_batch(samples, np.concatenate([ONES, ZEROS]))


def frozen_recipe():
    """Both steps with `frozen`, three rounds: who moved in whose step?"""
    generator, discriminator = two_networks()
    combined = build_combined(generator, discriminator, keras.optimizers.Adam(1e-2))
    rounds = []
    for _ in range(3):
        d, g = Movement(discriminator), Movement(generator)
        train_discriminator(generator, discriminator)
        d_step = {"discriminator": float(d), "generator": float(g)}
        d, g = Movement(discriminator), Movement(generator)
        with frozen(discriminator):
            combined.train_on_batch(NOISE, ONES)
        rounds.append({"d_step": d_step, "g_step": {"discriminator": float(d), "generator": float(g)}})
    return rounds


def classic_recipe():
    """The recipe of old examples: compile D, freeze it for good, compile the combined model."""
    generator, discriminator = two_networks()
    discriminator.trainable = False
    combined = keras.Sequential([keras.Input((LATENT,)), generator, discriminator])
    combined.compile(keras.optimizers.Adam(1e-2), keras.losses.BinaryCrossentropy(from_logits=True))
    d, g = Movement(discriminator), Movement(generator)
    for _ in range(3):
        train_discriminator(generator, discriminator)
        combined.train_on_batch(NOISE, ONES)
    return {"discriminator": float(d), "generator": float(g)}


def batch_normalization():
    """Does a frozen BatchNormalization infer, even with training=True, and keep its moving averages?"""
    generator, discriminator = two_networks([layers.BatchNormalization()])
    combined = build_combined(generator, discriminator, keras.optimizers.Adam(1e-2))
    train_discriminator(generator, discriminator)  # so that the moving averages are not those of the start

    def scores(training):
        return keras.ops.convert_to_numpy(discriminator(REAL, training=training))

    training = scores(True)
    inference = scores(False)  # after scores(True), which moves the averages
    with frozen(discriminator):
        frozen_training = scores(True)
        d = Movement(discriminator)
        combined.train_on_batch(NOISE, ONES)
        step = float(d)
    return {
        "training_differs": float(np.abs(training - inference).max()),
        "frozen_differs": float(np.abs(frozen_training - inference).max()),
        "frozen_step": step,
        "training_differs_again": float(np.abs(scores(True) - inference).max()),
    }


def already_frozen():
    """A layer in an inner model that was frozen from the start stays still in D's step after `frozen`."""
    generator, discriminator = two_networks([keras.Sequential([layers.Dense(8)])])
    still = discriminator.layers[1].layers[0]
    still.trainable = False
    combined = build_combined(generator, discriminator, keras.optimizers.Adam(1e-2))
    with frozen(discriminator):
        combined.train_on_batch(NOISE, ONES)
    layer, network = Movement(still), Movement(discriminator)
    train_discriminator(generator, discriminator)
    return {"layer": float(layer), "network": float(network)}


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # Keras warns about the classic recipe on some backends
    report = {
        "backend": keras.config.backend(),
        "frozen_recipe": frozen_recipe(),
        "classic_recipe": classic_recipe(),
        "batch_normalization": batch_normalization(),
        "already_frozen": already_frozen(),
    }
    print(json.dumps(report))
