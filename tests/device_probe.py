"""What test_devices.py asks of TensorFlow or JAX with two logical CPU devices: prints one JSON object.

Choose the backend with KERAS_BACKEND. A difference is the largest one of any weight.
"""

import contextlib
import json
import os
import warnings

if os.environ["KERAS_BACKEND"] == "jax":
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import keras
import numpy as np
from keras import layers

from gan_course.gan import GAN

IMAGES = np.random.default_rng(0).uniform(-1, 1, size=(48, 4, 4, 1)).astype("float32")
BACKEND = keras.config.backend()


@contextlib.contextmanager
def devices(count):
    """Build and train on so many devices."""
    if count == 1:
        yield
    elif BACKEND == "tensorflow":
        with STRATEGY.scope():
            yield
    else:
        distribution = keras.distribution.DataParallel()
        assert distribution.device_mesh.shape == (2,)
        keras.distribution.set_distribution(distribution)
        yield
        keras.distribution.set_distribution(None)


def trained(count, normalize=False, epochs=3, **choices):
    with devices(count):
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
        gan.fit(IMAGES, batch_size=16, epochs=epochs, verbose=0)
        made = [gan.generate(number, seed=1).shape[0] for number in (1, 5)]
    return gan.get_weights(), before, made


def difference(weights, other):
    return max(float(np.abs(a - b).max()) for a, b in zip(weights, other, strict=True))


def compare(**choices):
    (one, before, _), (two, _, made) = trained(1, **choices), trained(2, **choices)
    return {"difference": difference(one, two), "moved": difference(one, before), "made": made}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if BACKEND == "tensorflow":
        import tensorflow as tf

        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
        )
        STRATEGY = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    report = {"backend": BACKEND, "one D step": compare(d_steps=1), "two D steps": compare(d_steps=2)}
    if BACKEND == "tensorflow":  # JAX needs no synchronization: it computes as if there were one device
        report["BatchNormalization"] = compare(normalize=True)
    print(json.dumps(report))
