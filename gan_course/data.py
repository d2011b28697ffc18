"""Data sets of real images and toy distributions: float32, images in [-1, 1], and nothing is ever unpickled.

Images come from `$GAN_COURSE_DATA`, from the Keras cache, or from the internet, in this order; `digits` comes with
scikit-learn and is always there.
"""

import gzip
import http.client
import numbers
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

SPLITS = ("train", "test")

_TF_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_NETWORK_SECONDS = 8.0


class _Download(NamedTuple):
    """One file: where it lies below a data folder, where it comes from, and its SHA-256 there."""

    path: str
    url: str
    sha256: str


class _Source(NamedTuple):
    """A data set on disk: its files and a reader `(folder, split) -> (uint8 images, uint8 labels)`."""

    files: tuple
    read: Callable
    image_shape: tuple
    counts: dict


def load(name="digits", split="train", offline=None):
    """Load a data set of real images.

    Args:
        name: `"digits"` (8×8×1, scikit-learn's, always there), `"mnist"`, `"fashion_mnist"` (28×28×1) or
            `"cifar10"` (32×32×3).
        split: `"train"` or `"test"`. Defaults to `"train"`. `digits` is split 1,437 / 360, the same on every machine,
            with each class in proportion.
        offline: name of the data set to use instead, `"digits"` usually, when `name` is neither on this machine nor
            to be downloaded. A warning says so when it happens. Defaults to `None`: raise an error.

    Returns:
        Tuple `(images, labels)`: images of shape `(n, height, width, channels)`, float32 in [-1, 1], and labels of
        shape `(n,)`, int64 from 0 to 9.

    Raises:
        ValueError: if `name`, `split` or `offline` is unknown, or a file is not the data it claims to be. The file
            is named and left as it is.
        FileNotFoundError: if `$GAN_COURSE_DATA` names a folder that does not exist.
        ConnectionError: if the data is not on this machine and cannot be downloaded. It comes within 20 seconds of
            the call and names both ways out.

    Example:
        >>> images, labels = load("digits", split="train")
        >>> images.shape, float(images.min()), float(images.max())
        ((1437, 8, 8, 1), -1.0, 1.0)
    """
    _require_known("data set", name, ["digits", *_SOURCES])
    _require_known("split", split, SPLITS)
    if offline is not None:
        _require_known("offline data set", offline, [other for other in ("digits", *_SOURCES) if other != name])
    if name == "digits":
        return _digits(split)
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
    images = images.reshape(*images.shape[:3], -1)  # one channel where the file holds gray images without
    return images.astype("float32") / 127.5 - 1.0, labels.astype("int64")


def where(name):
    """Say where `load(name)` would take its data from, without reading or downloading it.

    Args:
        name: as in `load`.

    Returns:
        Text: `"scikit-learn"`, the folder that holds the files, or `"internet"`.

    Raises:
        ValueError: for an unknown name. FileNotFoundError: if `$GAN_COURSE_DATA` does not exist.
    """
    _require_known("data set", name, ["digits", *_SOURCES])
    if name == "digits":
        return "scikit-learn"
    folder = _find(name)
    return "internet" if folder is None else str(folder)


# ---------------------------------------------------------------------------------------------- toy distributions


def ring_centers(modes=8, radius=1.0):
    """Centers of a ring of Gaussians, evenly spaced on a circle: `(modes, 2)`, float32."""
    _require_count(modes=modes)
    _require_positive(radius=radius)
    # Without the end point: a linspace that includes 2π counts the first center twice.
    angles = 2 * np.pi * np.arange(modes) / modes
    return (radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype("float32")


def ring(count, modes=8, radius=1.0, std=0.01, seed=0):
    """Samples of a mixture of Gaussians on a ring, each mode equally likely.

    Args:
        count: number of points.
        modes: number of Gaussians. Defaults to 8.
        radius: distance of their centers from the origin. Defaults to 1.
        std: standard deviation of each, in both directions. Defaults to 0.01.
        seed: integer seed. Defaults to 0.

    Returns:
        Points of shape `(count, 2)`, float32.

    Raises:
        ValueError: for a count or a number of modes that is not a positive integer, or a radius or a deviation
            that is not positive.

    Reference: Srivastava et al. 2017, VEEGAN, section 4.1.
    """
    return _around(ring_centers(modes, radius), count, std, seed)


def grid_centers(side=5, spacing=2.0):
    """Centers of a square grid of Gaussians around the origin: `(side * side, 2)`, float32."""
    _require_count(side=side)
    _require_positive(spacing=spacing)
    line = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2).astype("float32")


def grid(count, side=5, spacing=2.0, std=0.05, seed=0):
    """Samples of a mixture of Gaussians on a square grid, each mode equally likely.

    Args:
        count: number of points.
        side: number of Gaussians along each side. Defaults to 5, so 25 modes.
        spacing: distance between neighboring centers. Defaults to 2.
        std: standard deviation of each, in both directions. Defaults to 0.05.
        seed: integer seed. Defaults to 0.

    Returns:
        Points of shape `(count, 2)`, float32.

    Raises:
        ValueError: for a count or a side that is not a positive integer, or a spacing or a deviation that is not
            positive.

    Reference: Srivastava et al. 2017, VEEGAN, section 4.1.
    """
    return _around(grid_centers(side, spacing), count, std, seed)


def gaussian_mixture_1d(count, means=(-1.5, 1.5), stds=(0.5, 0.5), weights=None, seed=0):
    """Samples of a mixture of Gaussians on the line. Its density is `theory.gaussian_mixture(x, means, stds, weights)`.

    Args:
        count: number of points.
        means: mean of each component. Defaults to (-1.5, 1.5).
        stds: standard deviation of each component. Defaults to (0.5, 0.5).
        weights: probability of each component, summing to one. Defaults to `None`: all equal.
        seed: integer seed. Defaults to 0.

    Returns:
        Points of shape `(count, 1)`, float32.

    Raises:
        ValueError: if the lengths differ, the count is not a positive integer, a deviation is not positive, or the
            weights are no probabilities.
    """
    means, stds = np.atleast_1d(means).astype(float), np.atleast_1d(stds).astype(float)
    weights = np.ones_like(means) / means.size if weights is None else np.asarray(weights, float)
    _require_count(count=count, means=len(means))
    if not means.shape == stds.shape == weights.shape:
        raise ValueError(
            "Mixture parts do not match. Expected as many stds and weights as means. Received: "
            f"{len(means)} means, {len(stds)} stds, {weights.size} weights. Give one of each per component."
        )
    _require_positive(stds=stds.min())
    if not (weights.min() >= 0 and abs(weights.sum() - 1) <= 1e-6):
        raise ValueError(
            "Invalid mixture weights. Expected probabilities that sum to one. "
            f"Received: {weights.tolist()}. Divide them by their sum."
        )
    rng = np.random.default_rng(seed)
    component = rng.choice(len(means), size=count, p=weights)
    return (means[component] + stds[component] * rng.normal(size=count)).astype("float32")[:, None]


def _around(centers, count, std, seed):
    _require_count(count=count)
    _require_positive(std=std)
    rng = np.random.default_rng(seed)
    chosen = centers[rng.integers(len(centers), size=count)]
    return (chosen + std * rng.normal(size=chosen.shape)).astype("float32")


# ----------------------------------------------------------------------------------------------------- real images


def _digits(split):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    parts = train_test_split(pixels, labels, test_size=360, stratify=labels, random_state=0)
    pixels, labels = parts[SPLITS.index(split)], parts[2 + SPLITS.index(split)]
    return (pixels.reshape(-1, 8, 8, 1) / 8 - 1).astype("float32"), labels.astype("int64")


def _find(name):
    """The first folder that holds every file of a data set, or None."""
    for folder in _folders():
        if all((folder / file.path).is_file() for file in _SOURCES[name].files):
            return folder
    return None


def _folders():
    named = os.environ.get("GAN_COURSE_DATA")
    if named:
        if not Path(named).is_dir():
            raise FileNotFoundError(
                "GAN_COURSE_DATA names no folder. Expected a folder with files such as mnist.npz. "
                f"Received: {named!r}. Correct the variable, or unset it to use the Keras cache."
            )
        yield Path(named)
    yield _cache()


def _cache():
    """The folder where Keras keeps its data sets."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"


def _read(name, folder, split):
    """Read one split and hold it against what the data set is known to be."""
    source = _SOURCES[name]
    try:
        images, labels = source.read(folder, split)
    except Exception as error:  # damaged files fail readers in many ways: a broken zip, no such array, no memory …
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
    files = ", ".join(str(folder / file.path) for file in _SOURCES[name].files)
    what = f"{expected} uint8 images with one label from 0 to 9 each" if expected else "the complete, original file"
    return ValueError(
        f"This is not the data set {name!r}: {files}. Expected: {what}. Received: {received}. "
        "The file was left as it is: replace it with the original, or move it away to have it downloaded."
    )


def _read_npz(folder, split):
    with open(folder / "mnist.npz", "rb") as file:  # np.load leaves a path's file open when it is damaged
        arrays = np.load(file, allow_pickle=False)
        if not isinstance(arrays, np.lib.npyio.NpzFile):
            raise ValueError("a single array instead of an npz archive")
        with arrays:
            return arrays[f"x_{split}"], arrays[f"y_{split}"]


def _read_idx(folder, split):
    """The gzipped IDX files of Fashion-MNIST: 16 or 8 bytes of header, then one byte a value."""
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
    """Fetch a data set's files, check them, and only then put them into the Keras cache; return that folder."""
    source, cache = _SOURCES[name], _cache()
    _require_network(name, source.files[0].url)
    try:
        import keras
    except ImportError as error:
        raise _offline(name, f"downloads go through Keras, which does not start here ({error})") from error

    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_NETWORK_SECONDS)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as staging:
            for file in source.files:
                folder, filename = os.path.split(file.path)
                keras.utils.get_file(
                    filename, origin=file.url, file_hash=file.sha256, cache_dir=staging, cache_subdir=folder
                )
            for split in SPLITS:
                _read(name, Path(staging), split)
            for file in source.files:
                (cache / file.path).parent.mkdir(exist_ok=True)
                os.replace(os.path.join(staging, file.path), cache / file.path)
    except ValueError as error:
        raise _offline(name, "something else than the original file; it was thrown away") from error
    except Exception as error:  # get_file turns every network failure into a bare Exception
        raise _offline(name, str(error)) from error
    finally:
        socket.setdefaulttimeout(patience)
    return cache


def _require_network(name, url):
    """Fail within seconds where a download would hang: name look-ups, too, can take minutes to give up."""
    failure = ["no answer"]

    def knock():
        try:
            request = urllib.request.Request(url, method="HEAD")
            with urllib.request.urlopen(request, timeout=_NETWORK_SECONDS):
                failure.clear()
        except (OSError, http.client.HTTPException) as error:
            failure[0] = str(error) or type(error).__name__

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(_NETWORK_SECONDS + 2)
    if failure:
        raise _offline(name, failure[0])


def _offline(name, why):
    looked = ", ".join(str(folder) for folder in _folders())
    files = ", ".join(file.path for file in _SOURCES[name].files)
    return ConnectionError(
        f"Could not get {name!r}. Expected {files} in one of: {looked}; or a download. Received: {why}. "
        "Two ways out: (1) on a machine with internet download the data once, and point GAN_COURSE_DATA to the folder "
        'with these files; (2) use the data that is always there: load("digits"), or '
        f'load({name!r}, offline="digits") to fall back on it.'
    )


def _require_known(what, value, known):
    if value not in known:
        raise ValueError(f"Unknown {what}. Expected one of {list(known)}. Received: {value!r}. Choose one of these.")


def _require_positive(**values):
    for name, value in values.items():
        if not value > 0:
            raise ValueError(
                f"Invalid {name}. Expected a positive number. Received: {value!r}. Choose, for example, {name}=1."
            )


def _require_count(**values):
    for name, value in values.items():
        if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(
                f"Invalid {name}. Expected an integer of at least 1. Received: {value!r}. "
                f"Choose, for example, {name}=8."
            )


def _from_tf_files(*pairs):
    return tuple(_Download(path, _TF_FILES + path.rsplit("/", 1)[-1], sha256) for path, sha256 in pairs)


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
            _Download(
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
