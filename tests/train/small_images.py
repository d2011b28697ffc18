"""Thirty small images that the tests of this folder train on."""

import numpy as np
from PIL import Image


def write_images(folder, classes=()):
    """Write 30 images of 9 × 12 pixels: dark, gray and bright noise in turn. 24 are to train on, 6 are held out.

    Args:
        folder: a folder that does not exist yet.
        classes: names of three folders inside for the three kinds. Defaults to (): none.
    """
    rng = np.random.default_rng(0)
    for number in range(30):
        path = folder / classes[number % 3] if classes else folder
        path.mkdir(parents=True, exist_ok=True)
        levels = rng.integers(0, 60, size=(9, 12, 3)) + 90 * (number % 3)
        Image.fromarray(levels.astype("uint8")).save(path / f"{number:02}.png")
