"""What several patients share: the digits in different ranges, small networks, and the usual loop."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

LATENT = 16


def digits(low=-1.0, high=1.0):
    """The 1,797 digits of scikit-learn in a range, float32 `(1797, 64)`, in a fixed shuffled order."""
    pixels = load_digits().data / 16.0
    order = np.random.RandomState(0).permutation(len(pixels))
    return (low + (high - low) * pixels[order]).astype("float32")


def digit_labels():
    """The classes of `digits`, in the same order: int32 `(1797,)`."""
    target = load_digits().target
    return target[np.random.RandomState(0).permutation(len(target))].astype("int32")


def images(low=-1.0, high=1.0):
    """The same digits as images, float32 `(1797, 8, 8, 1)`."""
    return digits(low, high).reshape(-1, 8, 8, 1)


def dense_generator(last="tanh", latent=LATENT, units=64, outputs=64):
    """From noise `(count, latent)` to `(count, outputs)` through two hidden layers."""
    return keras.Sequential(
        [
            keras.Input((latent,)),
            layers.Dense(units),
            layers.LeakyReLU(0.2),
            layers.Dense(2 * units),
            layers.LeakyReLU(0.2),
            layers.Dense(outputs, activation=last),
        ]
    )


def dense_discriminator(last="sigmoid", units=64, inputs=64):
    """From samples `(count, inputs)` to scores `(count, 1)` through two hidden layers."""
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            layers.Dense(2 * units),
            layers.LeakyReLU(0.2),
            layers.Dense(units),
            layers.LeakyReLU(0.2),
            layers.Dense(1, activation=last),
        ]
    )


def adam(rate=1e-3):
    """Adam as most GANs use it, with β₁ = 0.5."""
    return keras.optimizers.Adam(rate, beta_1=0.5)


def noise(count=64, latent=LATENT):
    """Standard normal noise of NumPy's global generator, float32 `(count, latent)`."""
    return np.random.normal(size=(count, latent)).astype("float32")  # noqa: NPY002


def pick(x, count=64):
    """Random rows of `x`."""
    return x[np.random.randint(0, len(x), count)]  # noqa: NPY002


def compiled(g, d, loss="binary_crossentropy", d_optimizer=None, g_optimizer=None):
    """Compile D, and return the compiled combined model G → D. Each has an optimizer of its own."""
    d.compile(optimizer=d_optimizer or adam(), loss=loss)
    combined = keras.Sequential([keras.Input(g.input_shape[1:]), g, d])
    combined.compile(optimizer=g_optimizer or adam(), loss=loss)
    return combined


def alternate(g, d, combined, x, steps=200, count=64, make_noise=noise):
    """The usual loop: D on reals, D on fakes, then G through the combined model with D frozen."""
    ones, zeros = np.ones((count, 1), "float32"), np.zeros((count, 1), "float32")
    for _ in range(steps):
        d.trainable = True
        d.train_on_batch(pick(x, count), ones)
        d.train_on_batch(g.predict_on_batch(make_noise(count)), zeros)
        d.trainable = False
        combined.train_on_batch(make_noise(count), ones)
