"""The images of a run: those to train on, and those held out to measure with."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_course import data
from gan_course.bundled import scaled
from gan_course.train.folder import describe_broken, read_folder

HELD_OUT = 2_000
"""The largest number of images that are held out."""

_FOLDER_SIZE = 64  # pixels, where no size is asked for


class Pictures(NamedTuple):
    """The images of a run.

    Attributes:
        train: images to train on, `(count, height, width, channels)`, float32 in [-1, 1].
        train_labels: their classes, `(count,)` int64, or None.
        held_out: images that the players never see, of the same form.
        held_out_labels: their classes, or None.
        classes: names of the classes, an empty tuple where there are none.
        report: text that says what was found, with a line for each broken file.
    """

    train: np.ndarray
    train_labels: np.ndarray | None
    held_out: np.ndarray
    held_out_labels: np.ndarray | None
    classes: tuple
    report: str

    @property
    def checksum(self):
        """A checksum of the images to train on and their labels, in hexadecimal."""
        digest = hashlib.sha256(np.ascontiguousarray(self.train))
        if self.train_labels is not None:
            digest.update(np.ascontiguousarray(self.train_labels))
        return digest.hexdigest()[:16]


def load_pictures(settings) -> Pictures:
    """Load the images that the settings name.

    Of a data set the test split is held out. Of a folder a fifth is held out, at most `HELD_OUT` images. Which ones
    does not depend on the seed of the run.

    Args:
        settings: a `Settings`.

    Returns:
        `Pictures`.

    Raises:
        ValueError: for a name that is neither a data set nor a folder; for a folder without images, or with too few,
            or most of which are broken; for images without classes, if the run is conditional.
    """
    if settings.data in data.names():
        pictures = _of_data_set(settings)
    elif Path(settings.data).is_dir():
        pictures = _of_folder(settings)
    else:
        raise ValueError(
            f"Unknown data. Expected the name of a data set, one of {data.names()}, or a folder of images. "
            f"Received: {settings.data!r}, which is neither. Check the name, or the path."
        )
    if settings.conditional and not pictures.classes:
        raise ValueError(
            "No classes. Expected a folder with a folder of images for each class, since the run is conditional. "
            f"Received: {settings.data!r}, where images lie outside of such folders, or there is only one. Sort the "
            "images into folders, or leave out --conditional."
        )
    return pictures


def _of_data_set(settings):
    """`Pictures` of a data set, scaled if the settings ask for another size."""
    if settings.gray:
        raise ValueError(
            "Invalid gray. Expected it with a folder of images only. Received: it with the data set "
            f"{settings.data!r}. Leave out --gray."
        )
    (train, labels), (held_out, held_out_labels) = (data.load(settings.data, split) for split in data.SPLITS)
    count, held_out, held_out_labels = len(train), held_out[:HELD_OUT], held_out_labels[:HELD_OUT]
    count -= count % settings.batch
    if not count:
        raise ValueError(
            f"Invalid batch. Expected at most the {len(train)} images of {settings.data!r}. Received: "
            f"{settings.batch}. Make --batch smaller."
        )
    train, labels = train[:count], labels[:count]
    if settings.size is not None and train.shape[1:3] != (settings.size, settings.size):
        train, held_out = (_resized(images, settings.size) for images in (train, held_out))
    classes = tuple(map(str, range(int(labels.max()) + 1)))
    report = f"{settings.data}: {count} images of {_shape(train)} to train on, {len(held_out)} held out"
    return Pictures(train, labels, held_out, held_out_labels, classes, report)


def _of_folder(settings):
    """`Pictures` of a folder."""
    found = read_folder(settings.data, settings.size or _FOLDER_SIZE, 1 if settings.gray else 3)
    count = len(found.images)
    held_out = min(HELD_OUT, count // 5)
    if held_out < 4 or count - held_out < settings.batch:
        raise ValueError(
            f"Too few images. Expected at least 20, and as many as a batch of {settings.batch} without the fifth that "
            f"is held out. Received: {count} in {settings.data!r}. Add images, or make --batch smaller."
        )
    order = np.random.default_rng(0).permutation(count)
    labels = (None, None) if found.labels is None else np.split(found.labels[order], [count - held_out])
    train, rest = np.split(found.images[order], [count - held_out])
    whole = len(train) - len(train) % settings.batch
    train, labels = train[:whole], (labels[0] if labels[0] is None else labels[0][:whole], labels[1])
    report = f"{settings.data}: {len(train)} images of {_shape(train)} to train on, {held_out} held out"
    if found.classes:
        report += f"; {len(found.classes)} classes: {', '.join(found.classes[:10])}"
    if found.broken:
        report += f"\n{len(found.broken)} broken image files are left out:\n{describe_broken(found.broken)}"
    return Pictures(train, labels[0], rest, labels[1], found.classes, report)


def _resized(images, size):
    """Images `(count, height, width, channels)` in [-1, 1], scaled to a square of this size."""
    from PIL import Image

    small = [np.asarray(as_picture(image).resize((size, size), Image.Resampling.LANCZOS)) for image in images]
    return scaled(np.stack(small).reshape(len(images), size, size, -1))


def as_picture(image: np.ndarray):
    """An image as Pillow has it, with 8 bits per channel.

    Args:
        image: `(height, width, channels)` in [-1, 1]; values outside are cut off. One channel is gray, three are RGB.

    Returns:
        A `PIL.Image.Image`.
    """
    from PIL import Image

    levels = np.round((np.clip(image, -1, 1) + 1) * 127.5).astype("uint8")
    return Image.fromarray(levels.squeeze(-1) if levels.shape[-1] == 1 else levels)


def _shape(images):
    """The shape of one image, as text."""
    return "×".join(map(str, images.shape[1:]))
