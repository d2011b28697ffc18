"""The judge of the benchmarks on MNIST: one fixed classifier of digits, whose features are compared."""

import hashlib
import inspect
import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import report
from gan_course import data, runtime
from gan_course.metrics import frechet_distance

CACHE = Path(tempfile.gettempdir()) / "gan-course-benchmarks"
"""Where the trained judge is kept unless the command line names another folder."""


class Judge:
    """A classifier of digits, trained once, that measures how far samples are from the test images.

    Args:
        images: the training set, `(n, height, width, 1)` with values in [-1, 1].
        labels: digits of the training set, `(n,)`.
        test_images: the images that samples are compared with, of the same size and range.
        test_labels: digits of the test images.
        folder: where the trained judge is kept. The name of its file contains a hash of everything that made it.
        epochs: number of training epochs. Defaults to 3.
        samples: how many training images are compared with the test images for `floor`. Defaults to 10,000.

    Attributes:
        accuracy: share of the test images that the judge classifies correctly.
        floor: the Fréchet distance of real images, the first ones of the training set, from the test images.
        real: features of the test images, `(n, 64)`.
    """

    def __init__(self, images, labels, test_images, test_labels, folder, epochs=3, samples=10_000):
        import keras

        self.network = judge_network(images.shape[1:])
        path = Path(folder) / f"judge_{_fingerprint(self.network, images, labels, epochs)}.weights.h5"
        if path.is_file():
            self.network.load_weights(path)
        else:
            self.network.compile("adam", "sparse_categorical_crossentropy", jit_compile=runtime.use_xla())
            self.network.fit(_unit(images), labels, batch_size=128, epochs=epochs, verbose=0)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.network.save_weights(path)
        self._both = keras.Model(self.network.inputs[0], [layer.output for layer in self.network.layers[-2:]])
        self.real, classes = self.look(test_images)
        self.accuracy = float(np.mean(classes == test_labels))
        self.floor = frechet_distance(self.look(images[:samples])[0], self.real)

    def look(self, images):
        """Features `(n, 64)` and classes `(n,)` of images in [-1, 1]."""
        looks = [self._both(_unit(images[i : i + 500]), training=False) for i in range(0, len(images), 500)]
        features, scores = (np.concatenate([np.asarray(part) for part in parts]) for parts in zip(*looks, strict=True))
        return features, scores.argmax(axis=1)

    def judge(self, samples):
        """The Fréchet distance of samples from the test images, and the share of each of the ten classes."""
        features, classes = self.look(samples)
        return frechet_distance(features, self.real), (np.bincount(classes, minlength=10) / len(classes)).tolist()


def mnist_and_judge(folder):
    """The training images of MNIST, and a judge that was trained on them or is read from the folder."""
    (images, labels), test = data.load("mnist"), data.load("mnist", split="test")
    return images, Judge(images, labels, *test, folder)


def judge_network(shape=(28, 28, 1), seed=0):
    """The judge before its training, for pictures in [0, 1]: about 99 % on MNIST after three epochs."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _unit(images):
    """The images with values in [0, 1] instead of [-1, 1]."""
    return (np.asarray(images, "float32") + 1) / 2


def _fingerprint(network, images, labels, epochs):
    """Hash of everything that decides what the judge becomes: how it is made, its data, its epochs, the versions."""
    made = [inspect.getsource(judge_network), epochs, report.machine("tensorflow", "keras")["versions"]]
    arrays = [images, labels, *network.get_weights()]
    return hashlib.sha256(b"".join([json.dumps(made).encode(), *(a.tobytes() for a in arrays)])).hexdigest()[:16]
