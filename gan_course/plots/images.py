"""Grids of images, framed in the color of real or of generated data."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from gan_course.arguments import require_count
from gan_course.plots.style import GENERATED, REAL


def image_grid(
    images: np.ndarray, title: str = "", columns: int = 8, generated: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw images side by side, in a frame with the color of real data or of generated samples.

    Args:
        images: images of shape `(count, height, width, channels)` with 1 or 3 channels, in [-1, 1]. Values outside of
            this range are clipped.
        title: text above the grid. Defaults to "": none.
        columns: number of images per row. Defaults to 8.
        generated: whether a model made the images; the frame is then green. Defaults to False: real images, and a
            black frame.
        ax: Axes to draw on. Defaults to `None`: a new figure of a size that fits.

    Returns:
        The Axes.

    Raises:
        ValueError: if there are no images, or their shape is another one; for `columns` that is not a positive integer.

    Example:
        >>> from gan_course import data
        >>> images, labels = data.load("digits")
        >>> ax = image_grid(images[:16], "Sixteen digits")
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images) or images.shape[3] not in (1, 3):
        raise ValueError(
            "Invalid images. Expected at least one image, in an array of shape (count, height, width, channels) with 1 "
            f"or 3 channels. Received: an array of shape {images.shape}. {_advice(images)}"
        )
    require_count(8, columns=columns)
    columns = min(columns, len(images))
    if ax is None:
        ax = plt.figure(figsize=(0.8 * columns + 0.2, 0.8 * -(-len(images) // columns) + 0.4)).add_subplot()
    sheet = _sheet(images, columns)
    ax.imshow(sheet.squeeze(-1) if sheet.shape[2] == 1 else sheet, cmap="gray", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title)
    for spine in ax.spines.values():
        spine.set(visible=True, color=GENERATED if generated else REAL, linewidth=3)
    return ax


def _advice(images):
    """How to turn an array into images, as far as its shape tells."""
    if images.size and images.ndim == 3:
        one = "images[None] if this is one image, or images[..., None] if these are gray images without a channel axis"
        return f"Give {one}."
    if images.size and images.ndim == 2:
        return "Reshape flat images, for example with images.reshape(-1, 28, 28, 1)."
    return "Give one image or more, each with one gray channel or three color channels."


def _sheet(images, columns):
    """All images on one white sheet, with gaps between them: `(height, width, channels)` in [0, 1]."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    gap = max(1, height // 8)
    sheet = np.ones((rows * (height + gap) + gap, columns * (width + gap) + gap, channels))
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        top, left = gap + row * (height + gap), gap + column * (width + gap)
        sheet[top : top + height, left : left + width] = (np.clip(image, -1, 1) + 1) / 2
    return sheet
