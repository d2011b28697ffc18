"""What test_gan.py asks of one backend, in a process of its own: prints one JSON object.

probes/backend.py                everything about one backend
probes/backend.py same           only the weights that must be the same on every backend

Choose the backend with KERAS_BACKEND. A movement is the largest change of any weight, so 0.0 means that not
one bit changed.
"""

import json
import sys
import tempfile
import warnings

import keras
import numpy as np
from keras import layers

from gan_course import networks
from gan_course.gan import GAN, build_combined, frozen
from gan_course.objectives import OBJECTIVES

BATCH, LATENT, FEATURES = 16, 4, 2
RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(BATCH, FEATURES)).astype("float32") + 2
NOISE = RNG.normal(size=(BATCH, LATENT)).astype("float32")
LABELS = np.eye(3, dtype="float32")[np.arange(BATCH) % 3]
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


class FixedNoise(GAN):
    """Every backend draws other random numbers, so that a comparison needs the same noise from outside."""

    def noise(self, count):
        return keras.ops.convert_to_tensor(NOISE[:count])


def fixed_uniform(shape, seed=None):
    return keras.ops.convert_to_tensor(np.random.default_rng(9).uniform(size=shape).astype("float32"))


def fixed_gan(extra=(), **choices):
    """A GAN with the same weights on every backend, compiled with SGD."""
    generator = keras.Sequential(
        [keras.Input((LATENT,)), layers.Dense(8), *extra, layers.LeakyReLU(0.2), layers.Dense(FEATURES)]
    )
    hidden = layers.Dense(8, kernel_regularizer=keras.regularizers.L2(0.1))
    extra = [type(layer)() for layer in extra]
    discriminator = keras.Sequential([keras.Input((FEATURES,)), hidden, *extra, layers.LeakyReLU(0.2), layers.Dense(1)])
    weights = [*generator.trainable_weights, *discriminator.trainable_weights]
    return same_gan(generator, discriminator, weights, **choices)


def same_gan(generator, discriminator, weights, **choices):
    """A GAN of two networks, compiled with SGD, after these weights were given the same values on every backend."""
    rng = np.random.default_rng(4)
    for weight in weights:
        weight.assign(rng.normal(scale=0.4, size=weight.shape))
    gan = FixedNoise(generator, discriminator, seed=0)
    gan.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05), **choices)
    return gan


def same_everywhere():
    """All weights after three rounds, for every objective, penalty, and number of D's steps."""
    cases = {name: {"objective": name} for name in OBJECTIVES}
    cases |= {f"{name}, two D steps": {"objective": name, "d_steps": 2} for name in ("non_saturating", "hinge")}
    cases |= {f"{name}, gradient penalty": {"objective": name, "gradient_penalty_weight": 3.0} for name in OBJECTIVES}
    cases |= {f"{name}, R1": {"objective": name, "r1_weight": 3.0} for name in OBJECTIVES}
    found = {
        "spectral normalization": after_three_rounds(special_gan(spectral_discriminator())),
        "spectral normalization, R1": after_three_rounds(special_gan(spectral_discriminator(), r1_weight=3.0)),
        "R1 and statistics in D": after_three_rounds(fixed_gan([layers.BatchNormalization()], r1_weight=1.0)),
        "labels": after_three_rounds(labeled_gan(), LABELS),
        "labels, penalties, two D steps": after_three_rounds(
            labeled_gan(d_steps=2, gradient_penalty_weight=1.0, r1_weight=1.0), LABELS
        ),
    }
    for name, choices in cases.items():
        gan = fixed_gan(() if "," in name else [layers.BatchNormalization()], **choices)
        found[name] = after_three_rounds(gan)
    return found


def after_three_rounds(gan, *labels):
    """All weights, one after the other."""
    for _ in range(3):
        gan.train_on_batch(REAL, *labels)
    return np.concatenate([w.ravel() for w in gan.get_weights()]).tolist()


def special_gan(discriminator, inputs=1, **choices):
    """A GAN with a generator of one layer, and the same weights on every backend; `inputs`: 2 with labels."""
    ends = [keras.Input((LATENT,)), keras.Input((3,))][:inputs]
    joined = layers.Concatenate()(ends) if inputs == 2 else ends[0]
    generator = keras.Model(ends if inputs == 2 else ends[0], layers.Dense(FEATURES)(joined))
    return same_gan(generator, discriminator, [*generator.weights, *discriminator.weights], **choices)


def spectral_discriminator():
    hidden = layers.SpectralNormalization(layers.Dense(8))
    return keras.Sequential([keras.Input((FEATURES,)), hidden, layers.LeakyReLU(0.2), layers.Dense(1)])


def labeled_gan(**choices):
    """Both networks take a class as a second input, one-hot."""
    ends = [keras.Input((FEATURES,)), keras.Input((3,))]
    hidden = layers.LeakyReLU(0.2)(layers.Dense(8)(layers.Concatenate()(ends)))
    return special_gan(keras.Model(ends, layers.Dense(1)(hidden)), inputs=2, **choices)


def gan_steps():
    """Whose weights, BatchNormalization's statistics included, does each step of `GAN` move?"""
    gan, found = fixed_gan([layers.BatchNormalization()]), {}
    steps = {"d_step": lambda: gan.discriminator_step(REAL), "g_step": lambda: gan.generator_step(REAL)}
    for name, step in steps.items():
        d, g, before = Movement(gan.discriminator), Movement(gan.generator), statistics(gan)
        step()
        moved = [float(np.abs(a - b).max()) for a, b in zip(before, statistics(gan), strict=True)]
        found[name] = {"discriminator": float(d), "generator": float(g), "statistics": moved}
    return found


def statistics(gan):
    """The moving means of D's and of G's BatchNormalization."""
    return [keras.ops.convert_to_numpy(network.layers[1].moving_mean) for network in (gan.discriminator, gan.generator)]


def like_the_combined_model():
    """Largest difference of the generator's weights: one SGD step of GAN, and of the combined model."""
    ours, other = fixed_gan(), fixed_gan()
    ours.optimizer.d.learning_rate = 0.0
    ours.train_on_batch(REAL)
    combined = build_combined(other.generator, other.discriminator, keras.optimizers.SGD(0.05))
    with frozen(other.discriminator):
        combined.train_on_batch(NOISE, ONES)
    pairs = zip(ours.generator.get_weights(), other.generator.get_weights(), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def saved_and_loaded(folder):
    """Largest difference after two more rounds between a GAN and its copy from a file."""
    generator, discriminator = two_networks()
    gan = GAN(generator, discriminator, seed=0)
    gan.compile("adam", "rmsprop", objective="hinge", r1_weight=0.1)
    for _ in range(3):
        gan.train_on_batch(REAL)
    gan.save(f"{folder}/gan.keras")
    copy = keras.models.load_model(f"{folder}/gan.keras")
    same_samples = float(np.abs(gan.generate(5, seed=1) - copy.generate(5, seed=1)).max())
    for model in (gan, copy):
        for _ in range(2):
            model.train_on_batch(REAL)
    pairs = zip(gan.get_weights(), copy.get_weights(), strict=True)
    return {"samples": same_samples, "weights": max(float(np.abs(a - b).max()) for a, b in pairs)}


def fitted():
    """The history of a short fit with noise of the model's own, and the samples' shape."""
    keras.utils.set_random_seed(0)
    gan = GAN(
        networks.mlp_generator((8, 8, 1), 4, units=(16,)), networks.mlp_discriminator((8, 8, 1), units=(16,)), seed=0
    )
    gan.compile(d_steps=2)
    images = np.random.default_rng(0).uniform(-1, 1, size=(96, 8, 8, 1)).astype("float32")
    history = gan.fit(images, batch_size=32, epochs=3, verbose=0).history
    return {
        "history": history,
        "shape": gan.generate(7).shape,
        "iterations": [int(o.iterations) for o in (gan.optimizer.d, gan.optimizer.g)],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # Keras warns about the classic recipe on some backends
    report = {"backend": keras.config.backend()}
    if sys.argv[1:] == ["same"]:
        keras.random.uniform = fixed_uniform
        report["same_everywhere"] = same_everywhere()
    else:
        report |= {
            "frozen_recipe": frozen_recipe(),
            "classic_recipe": classic_recipe(),
            "batch_normalization": batch_normalization(),
            "already_frozen": already_frozen(),
            "gan_steps": gan_steps(),
            "combined": like_the_combined_model(),
            "saved": saved_and_loaded(tempfile.mkdtemp()),
            "fitted": fitted(),
        }
    print(json.dumps(report))
