"""Trains the networks of the drawing room, and writes them for the browser: `weights.js`, and `golden.json` for tests.

    python site/draw/export.py

The networks are those of lesson 10. They learn from the 4,000 training digits of `mnist_5k`, for longer than in the
lesson, and with learning rates that fall. This takes about three minutes on two CPU cores. The GAN does not see the
1,000 test digits, so a classifier that learns from these may judge its pictures.

In the file a batch normalization is part of the layer before it, since at rest both are linear. Numbers have 16 bits.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.photo_digits import falling_adams
from gan_course import data, runtime

FOLDER = Path(__file__).resolve().parent
SHAPE, CLASSES, LATENT = (28, 28, 1), 10, 32
EPOCHS, BATCH = 48, 32
G_FILTERS, D_FILTERS = (48, 24), (16, 32)  # of lesson 10
NORMALIZED = 1e-3
"""What Keras adds to a variance in a batch normalization."""


def networks():
    """The two networks of lesson 10, G and D, untrained."""
    from gan_course.variants import conditional

    generator = conditional.conditional_generator(SHAPE, CLASSES, LATENT, filters=G_FILTERS)
    return generator, conditional.conditional_discriminator(SHAPE, CLASSES, filters=D_FILTERS)


def train(images, labels):
    """A trained GAN."""
    from gan_course.gan import GAN

    gan = GAN(*networks(), seed=0)
    gan.compile(*falling_adams(EPOCHS * (len(images) // BATCH)), r1_weight=1.0)
    gan.fit(images, labels, batch_size=BATCH, epochs=EPOCHS, verbose=2)
    return gan


# The networks as arrays of numbers


def folded(kernel, axis, normalization, bias=0.0):
    """The kernel and the bias of a layer together with the batch normalization after it.

    Args:
        kernel: of the layer; its output channels are on the axis `axis`.
        axis: an axis of the kernel. If it is longer than the normalization has channels, these repeat along it.
        normalization: the four arrays of a `BatchNormalization`: scale, shift, mean and variance.
        bias: of the layer. Defaults to 0.

    Returns:
        Two arrays: the new kernel, of the same shape, and the new bias.
    """
    times = kernel.shape[axis] // len(normalization[0])
    scale, shift, mean, variance = (np.tile(part, times) for part in normalization)
    factor = scale / np.sqrt(variance + NORMALIZED)
    shape = [1] * kernel.ndim
    shape[axis] = -1
    return kernel * factor.reshape(shape), shift + (bias - mean) * factor


def generator_arrays(generator):
    """The arrays of a `conditional_generator`, by name. Kernels have Keras' order of axes."""
    (labels,) = generator.get_layer("label").get_weights()
    weights = generator.get_layer("generator").get_weights()
    arrays = {"labels": labels}
    for name, kernel, axis, first in (("dense1", 0, 1, 1), ("dense2", 5, 1, 6), ("conv1", 10, 2, 11)):
        arrays[f"{name}.kernel"], arrays[f"{name}.bias"] = folded(weights[kernel], axis, weights[first : first + 4])
    arrays["conv2.kernel"], arrays["conv2.bias"] = weights[15:]
    return arrays


def discriminator_arrays(discriminator, images):
    """The arrays of a `conditional_discriminator`, by name.

    This D compares the pictures of a batch: half of its last features are standard deviations over the batch. In their
    place the arrays have the means of these over batches of real images. So D judges each picture as it would among
    real ones, and the result of these features becomes a part of the bias.
    """
    import keras

    features = discriminator.get_layer("features")
    kernel1, bias1, kernel2, *normalization, dense, dense_bias = features.get_weights()
    batches = images[: len(images) // BATCH * BATCH].reshape(-1, BATCH, *SHAPE)
    among_real = np.mean([keras.ops.convert_to_numpy(features(batch))[0] for batch in batches[:100]], axis=0)
    own = dense.shape[1]
    (labels,) = discriminator.get_layer("label").get_weights()
    last, last_bias = next(
        layer for layer in discriminator.layers if isinstance(layer, keras.layers.Dense)
    ).get_weights()
    rows = last[:, 0] + labels
    conv2, conv2_bias = folded(kernel2, 3, normalization)
    return {
        "conv1.kernel": kernel1,
        "conv1.bias": bias1,
        "conv2.kernel": conv2,
        "conv2.bias": conv2_bias,
        "dense.kernel": dense,
        "dense.bias": dense_bias,
        "labels.kernel": rows[:, :own],
        "labels.bias": rows[:, own:] @ among_real[own:] + last_bias[0],
    }


# The dials


def ink(pictures):
    """Mean brightness, from 0 to 1, as in lesson 14."""
    return (pictures + 1).mean(axis=(1, 2, 3)) / 2


def slant(pictures):
    """How many pixels a digit moves to the right per row upward, as in lesson 14."""
    mass = (pictures[..., 0] + 1) / 2 + 1e-6
    mass = mass / mass.sum(axis=(1, 2), keepdims=True)
    height, x = np.arange(28)[::-1, None], np.arange(28)[None, :]
    height = height - (mass * height).sum(axis=(1, 2), keepdims=True)
    x = x - (mass * x).sum(axis=(1, 2), keepdims=True)
    return (mass * height * x).sum(axis=(1, 2)) / (mass * height**2).sum(axis=(1, 2))


def dials(generator, count=4000):
    """Two directions of z, of length 1 and perpendicular: along the first digits lean, and along the second get bolder.

    Lesson 14 finds them in this way: by a linear regression of the property on z and the class. The second one is then
    made perpendicular to the first, so that one dial does not turn the other.
    """
    from sklearn.linear_model import LinearRegression

    z = np.random.default_rng(0).normal(size=(count, LATENT)).astype("float32")
    labels = np.arange(count) % CLASSES
    pictures = generator.predict([z, labels], batch_size=500, verbose=0)
    given, found = np.concatenate([z, np.eye(CLASSES)[labels]], axis=1), []
    for measure in (slant, ink):
        fit = LinearRegression().fit(given[count // 4 :], measure(pictures[count // 4 :]))
        print(f"{measure.__name__}: R² = {fit.score(given[: count // 4], measure(pictures[: count // 4])):.2f}")
        direction = fit.coef_[:LATENT] - sum(fit.coef_[:LATENT] @ other * other for other in found)
        found.append(direction / np.linalg.norm(direction))
    return np.stack(found)


# The files


def packed(arrays):
    """Arrays as JSON: the shape, and integers of 16 bits in base64, lowest byte first, which are numbers / scale."""
    return {name: _packed(array) for name, array in arrays.items()}


def _packed(array):
    scale = float(np.abs(array).max()) / 32767
    text = base64.b64encode(np.rint(array / scale).astype("<i2").tobytes()).decode()
    return {"shape": list(array.shape), "scale": scale, "int16": text}


def unpacked(content):
    """What `packed` has packed, as arrays of float32."""
    return {name: _unpacked(part) for name, part in content.items()}


def _unpacked(part):
    integers = np.frombuffer(base64.b64decode(part["int16"]), "<i2")
    return (integers * part["scale"]).astype("float32").reshape(part["shape"])


def unpacked_networks(content):
    """The networks of a file as Keras models, which do what the page does.

    Args:
        content: the dictionary in `weights.js`.

    Returns:
        G, and a D that judges each picture by itself. Both take labels.
    """
    generator, discriminator = networks()
    arrays = unpacked(content["generator"])
    generator.get_layer("label").set_weights([arrays["labels"]])
    parts = [_with_bias(arrays, name, channels) for name, channels in (("dense1", 128), ("dense2", 48), ("conv1", 24))]
    last = [arrays["conv2.kernel"], arrays["conv2.bias"]]
    generator.get_layer("generator").set_weights([*parts[0], *parts[1], *parts[2], *last])
    return generator, _alone(discriminator.get_layer("features"), unpacked(content["discriminator"]))


def _with_bias(arrays, name, channels):
    """The weights of a layer, and of a batch normalization that adds a bias and changes nothing else."""
    ones = np.ones(channels, "float32")
    return [arrays[f"{name}.kernel"], ones, arrays[f"{name}.bias"][:channels], 0 * ones, ones - NORMALIZED]


def _alone(features, arrays):
    """A discriminator whose features do not compare the pictures of a batch."""
    import keras
    from keras import layers

    before = [arrays["conv1.kernel"], arrays["conv1.bias"]]
    features.set_weights(before + _with_bias(arrays, "conv2", 32) + [arrays["dense.kernel"], arrays["dense.bias"]])
    own = keras.Model(features.inputs[0], features.layers[-1].input)
    images, labels = keras.Input(SHAPE), keras.Input((), dtype="int32")
    rows = layers.Embedding(*arrays["labels.kernel"].shape, weights=[arrays["labels.kernel"]])(labels)
    biases = layers.Embedding(CLASSES, 1, weights=[arrays["labels.bias"][:, None]])(labels)
    return keras.Model([images, labels], layers.Add()([layers.Dot(axes=1)([rows, own(images)]), biases]))


def opinions(discriminator, images, labels):
    """D's probabilities, in percent, that images are real: their quantiles, from the smallest to the largest."""
    scores = discriminator.predict([images, labels], batch_size=500, verbose=0)
    return np.percentile(100 / (1 + np.exp(-scores.astype("float64"))), np.linspace(0, 100, 21)).round(2).tolist()


def golden(generator):
    """Some noise and labels, and the pictures that a generator draws from these, as lists."""
    z = np.random.default_rng(2).normal(size=(3, LATENT)).round(3)
    labels = np.array([7, 4, 8])
    pictures = generator.predict([z.astype("float32"), labels], verbose=0).reshape(3, -1).astype("float64")
    return {"z": z.tolist(), "labels": labels.tolist(), "pictures": pictures.round(5).tolist()}


def write(folder, generator, discriminator):
    """Write both files into a folder, and print what one should know about them."""
    images, _ = data.load("mnist_5k")
    content = {
        "latent": LATENT,
        "generator": packed(generator_arrays(generator)),
        "discriminator": packed(discriminator_arrays(discriminator, images)),
        "dials": packed({"directions": dials(generator)}),
    }
    own_generator, own_discriminator = unpacked_networks(content)
    unseen, labels = data.load("mnist_5k", split="test")
    content["opinions"] = opinions(own_discriminator, unseen, labels)
    z = np.random.default_rng(1).normal(size=(len(labels), LATENT)).astype("float32")
    exact, drawn = (network.predict([z, labels], verbose=0) for network in (generator, own_generator))
    print("largest difference by numbers of 16 bits:", np.abs(exact - drawn).max())
    median = opinions(own_discriminator, drawn, labels)[10]
    print(f"D's median for real digits: {content['opinions'][10]} %, for drawn ones: {median} %")
    said = "// Written by export.py: the networks of the drawing room."
    (folder / "weights.js").write_text(f"{said}\nconst DRAWING_WEIGHTS = {json.dumps(content)};\n", "utf-8")
    (folder / "golden.json").write_text(json.dumps(golden(generator)) + "\n", "utf-8")


def main():
    print(runtime.configure(seed=0))
    gan = train(*data.load("mnist_5k"))
    write(FOLDER, gan.generator, gan.discriminator)


if __name__ == "__main__":
    main()
