"""What several patients share: the digits in different ranges, and small networks."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

LATENT = 16


def digits(low=-1.0, high=1.0):
    """The 1,797 digits of scikit-learn in a range, float32 `(1797, 64)`, in a fixed shuffled order."""
    pixels = load_digits().data / 16.0
    return (low + (high - low) * pixels[_order()]).astype("float32")


def digit_labels():
    """The classes of `digits`, in the same order: int32 `(1797,)`."""
    return load_digits().target[_order()].astype("int32")


def sorted_digits(low=-1.0, high=1.0):
    """The same digits, sorted by class: first all zeros, last all nines."""
    return digits(low, high)[np.argsort(digit_labels(), kind="stable")]


def images(low=-1.0, high=1.0):
    """The same digits as images, float32 `(1797, 8, 8, 1)`."""
    return digits(low, high).reshape(-1, 8, 8, 1)


def _order():
    return np.random.RandomState(0).permutation(1797)


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


def normalized_generator(momentum=0.8, last="tanh"):
    """The same with BatchNormalization after each hidden layer."""
    return keras.Sequential(
        [
            keras.Input((LATENT,)),
            layers.Dense(64),
            layers.BatchNormalization(momentum=momentum),
            layers.LeakyReLU(0.2),
            layers.Dense(128),
            layers.BatchNormalization(momentum=momentum),
            layers.LeakyReLU(0.2),
            layers.Dense(64, activation=last),
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


def normalized_discriminator(last="sigmoid", momentum=0.8):
    """The same with BatchNormalization of the samples and after the first hidden layer."""
    return keras.Sequential(
        [
            keras.Input((64,)),
            layers.BatchNormalization(momentum=momentum),
            layers.Dense(64),
            layers.BatchNormalization(momentum=momentum),
            layers.LeakyReLU(0.2),
            layers.Dense(1, activation=last),
        ]
    )


def conv_generator(norm=True):
    """From noise to images `(count, 8, 8, 1)` in [-1, 1]: one Dense layer, and two transposed convolutions."""
    stack = [keras.Input((LATENT,)), layers.Dense(4 * 4 * 16, use_bias=False)]
    stack += [layers.BatchNormalization(momentum=0.8)] if norm else []
    stack += [
        layers.LeakyReLU(0.2),
        layers.Reshape((4, 4, 16)),
        layers.Conv2DTranspose(8, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.2),
        layers.Conv2DTranspose(1, 3, padding="same", activation="tanh"),
    ]
    return keras.Sequential(stack)


def conv_discriminator(last=None, dropout=0.3):
    """From images `(count, 8, 8, 1)` to scores: two convolutions with Dropout."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Dropout(dropout),
            layers.Conv2D(32, 3, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Dropout(dropout),
            layers.Flatten(),
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
