"""Drawing with the GAN of a run: the command `generate`."""

import io
from pathlib import Path

import numpy as np

from gan_course.arguments import require_count, require_one_of, require_seed
from gan_course.train import runs
from gan_course.train.files import write_whole
from gan_course.train.pictures import as_picture
from gan_course.train.samples import grid_png

_IN_GRID = 64


def draw(run: str | Path, count: int, seed: int, label: str | None, folder: str | Path, say=print) -> int:
    """Write generated images as PNG files, one each, and a grid of the first 64.

    Args:
        run: folder of the run.
        count: how many images, at least 1.
        seed: seed of the noise.
        label: name of the only class that is to be drawn, for a conditional GAN; None for all classes in turn.
        folder: folder for the files. It is made if it does not exist. Files of an earlier call are replaced.
        say: function that prints a line. Defaults to `print`.

    Returns:
        0, the exit status.

    Raises:
        ValueError: for a folder that is not that of a run, a count that is not at least 1, and an unknown class.
        OSError: if a file cannot be written.
    """
    require_count(64, count=count)
    require_seed(seed)
    gan, classes = runs.load(run)
    if label is not None:
        require_one_of(classes, label=label)
    numbers = [classes.index(label)] if label is not None else range(len(classes))
    labels = np.resize(np.array(numbers, "int64"), count) if classes else None
    images = gan.generate(count, seed=seed, labels=labels)
    for number, image in enumerate(images):
        write_whole(Path(folder) / f"{number:05d}.png", _png(image))
    write_whole(Path(folder) / "grid.png", grid_png(images[:_IN_GRID]))
    say(f"{count} images of step {gan.steps_behind():,} are in {folder}")
    return 0


def _png(image):
    """The bytes of a PNG file of one image `(height, width, channels)` in [-1, 1]."""
    file = io.BytesIO()
    as_picture(image).save(file, "png")
    return file.getvalue()
