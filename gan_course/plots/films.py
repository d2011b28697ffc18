"""Films that play wherever a picture is shown: animated PNGs, without JavaScript."""

import io
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np

from gan_course.arguments import require_count, require_number


def film(draw: Callable, frames: int, size=(6.0, 3.4), dpi: int = 80, fps: float = 4, colors: int = 64):
    """Make a film that plays wherever a picture is shown, also in a notebook that is not trusted: an animated PNG.

    Args:
        draw: function `(number, ax)` that draws the frame with this number on empty Axes. The first number is 0.
        frames: number of frames, at least 1.
        size: width and height in inches. Defaults to (6.0, 3.4).
        dpi: pixels per inch. Defaults to 80.
        fps: frames per second, above 0. The last frame stays for two seconds before the film starts again. Defaults
            to 4.
        colors: number of colors in the whole film, from 1 to 256. Fewer colors make a smaller file. Defaults to 64,
            which gives about 8 kB per frame with a few curves.

    Returns:
        An `IPython.display.Image`, which a notebook shows if it is the last value of a cell. The same frames give the
        same bytes.

    Raises:
        ValueError: for `frames` or `colors` that is not an integer in its range, or a speed that is not above 0.

    Example:
        >>> movie = film(lambda number, ax: ax.plot([0, number]), frames=10)
    """
    from IPython.display import Image

    _require_options(frames, fps, colors)
    figure = plt.figure(figsize=size, dpi=dpi)
    pictures = []
    try:
        for number in range(frames):
            figure.clear()
            draw(number, figure.add_subplot())
            figure.canvas.draw()
            pictures.append(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
    finally:
        plt.close(figure)
    return Image(data=animated_png(pictures, fps, colors), format="png")


def animated_png(pictures: list, fps: float = 4, colors: int = 64) -> bytes:
    """Make an animated PNG of pictures, as `film` does of what it draws.

    Args:
        pictures: the frames, RGB pictures of one shape `(height, width, 3)`, uint8.
        fps: as in `film`. Defaults to 4.
        colors: as in `film`. All frames share them. Defaults to 64.

    Returns:
        The bytes of the file.

    Raises:
        ValueError: if there are no pictures, or for `colors` or a speed that `film` would not take either.
    """
    from PIL import Image

    _require_options(len(pictures), fps, colors)
    palette = _palette(np.concatenate(pictures), colors)
    first, *rest = (
        Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures
    )
    milliseconds = [1000 / fps] * len(rest) + [2000]
    file = io.BytesIO()
    first.save(file, "png", save_all=True, append_images=rest, duration=milliseconds, loop=0, optimize=True)
    return file.getvalue()


def _require_options(frames, fps, colors):
    """Raise a ValueError for a number of frames or colors, or a speed, that no film can have."""
    require_count(20, frames=frames)
    require_count(64, colors=colors)
    require_number(64, at_most=256, colors=colors)
    require_number(4, above=0, fps=fps)


def _palette(pixels, colors):
    """A picture with the palette for these RGB pixels `(height, width, 3)`. White is one of the colors."""
    from PIL import Image

    # The octree keeps the colors of thin lines, which median cut mixes with gray.
    chosen = Image.fromarray(pixels).quantize(colors, method=Image.Quantize.FASTOCTREE)
    rows = np.reshape(chosen.getpalette(), (-1, 3))
    rows[rows.sum(axis=1).argmax()] = 255
    chosen.putpalette(rows.ravel().tolist())
    return chosen
