"""What test_devices.py asks of TensorFlow or JAX with two logical CPU devices: prints one JSON object.

Choose the backend with KERAS_BACKEND. A difference is the largest one of any weight.
"""

import json
import os
import warnings

if os.environ["KERAS_BACKEND"] == "jax":
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import keras
import numpy as np
from keras import layers

from gan_course import networks
from gan_course.devices import data_parallel
from gan_course.gan import GAN

IMAGES = np.random.default_rng(0).uniform(-1, 1, size=(79, 4, 4, 1)).astype("float32")
BACKEND = keras.config.backend()
COUNTS = (64, 66) if BACKEND == "jax" else (65, 79)
"""Batches of 16, then one of none or 2 samples on JAX, which divides evenly, and elsewhere of 1 or 15 samples, of which
two devices have 1 and 0, or 8 and 7."""


def trained(count, images=IMAGES[:48], normalize=False, epochs=2, **choices):
    with data_parallel(count):
        keras.utils.set_random_seed(0)
        middle = [layers.BatchNormalization(synchronized=True)] if normalize else []
        generator = [layers.Dense(8), *middle, layers.LeakyReLU(), layers.Dense(16, "tanh"), layers.Reshape((4, 4, 1))]
        discriminator = [layers.Flatten(), layers.Dense(8), layers.LeakyReLU(), layers.Dense(1)]
        gan = GAN(
            keras.Sequential([keras.Input((3,)), *generator]),
            keras.Sequential([keras.Input((4, 4, 1)), *discriminator]),
            seed=0,
        )
        averaging = keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.9)
        gan.compile(keras.optimizers.Adam(1e-3), averaging, gradient_penalty_weight=1.0, r1_weight=0.5, **choices)
        before = gan.get_weights()
        history = gan.fit(images, batch_size=16, epochs=epochs, verbose=0).history
        made = [gan.generate(number, seed=1).shape[0] for number in (1, 5)]
    return gan.get_weights(), before, made, history


def difference(weights, other):
    return max(float(np.abs(a - b).max()) for a, b in zip(weights, other, strict=True))


def compare(**choices):
    """Weights after a training on one device and on two, and the losses of its epochs; or what was refused."""
    (one, before, _, losses), (two, _, made, others) = trained(1, **choices), trained(2, **choices)
    return {
        "difference": difference(one, two),
        "losses": max(abs(a - b) for name in losses for a, b in zip(losses[name], others[name], strict=True)),
        "moved": difference(one, before),
        "made": made,
    }


def refusal(action):
    """The message of the ValueError that an action raises, or an empty text."""
    try:
        action()
    except ValueError as error:
        return str(error)
    return ""


def small_convolutions(**choices):
    """A GAN that convolves, compiled; its statistics are those of each device's own part."""
    keras.utils.set_random_seed(0)
    discriminator = [layers.Conv2D(4, 3, strides=2), layers.BatchNormalization(), layers.LeakyReLU(), layers.Flatten()]
    gan = GAN(
        networks.dcgan_generator((4, 4, 1), 3, 8, (4, 4)),
        keras.Sequential([keras.Input((4, 4, 1)), *discriminator, layers.Dense(1)]),
        seed=0,
    )
    gan.compile(**choices)
    return gan


def with_an_empty_part():
    """Convolutions and BatchNormalization on a device without a sample of a `tf.data.Dataset`'s last batch."""
    with data_parallel(2):
        gan = small_convolutions()
    history = gan.fit(tf.data.Dataset.from_tensor_slices(IMAGES[:65]).batch(16), epochs=2, verbose=0).history
    return {"history": history, "finite": all(np.isfinite(w).all() for w in gan.get_weights())}


def packs(count):
    with data_parallel(2):
        critic = keras.Sequential([keras.Input((4, 4, 1)), networks.Packing(2), layers.Flatten(), layers.Dense(1)])
        gan = GAN(networks.mlp_generator((4, 4, 1), 3, units=(8,)), critic, seed=0)
        gan.compile()
        gan.fit(IMAGES[:count], batch_size=16, verbose=0)


def in_xla():
    with data_parallel(2):
        assert not small_convolutions().jit_compile
        small_convolutions(jit_compile=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if BACKEND == "tensorflow":
        import tensorflow as tf

        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
        )
    report = {"backend": BACKEND}
    report["last batch"] = {count: compare(images=IMAGES[:count], d_steps=1) for count in COUNTS}
    report["two D steps"] = {count: compare(images=IMAGES[:count], d_steps=2) for count in (66,)}
    report["packs"] = {count: refusal(lambda count=count: packs(count)) for count in (64, 66)}
    if BACKEND == "tensorflow":
        report["BatchNormalization"] = {count: compare(images=IMAGES[:count], normalize=True) for count in (65, 79)}
        report["empty part"] = with_an_empty_part()
        report["XLA"] = refusal(in_xla)
    else:  # JAX computes as if there were one device: statistics are those of the whole batch
        report["uneven"] = {count: refusal(lambda count=count: trained(2, IMAGES[:count])) for count in (65, 79)}
    print(json.dumps(report))
