"""Sample grids of a run, and the film that they become."""

import io

import matplotlib.pyplot as plt
import numpy as np

from gan_course import plots
from gan_course.train.files import write_whole


def grid_png(images: np.ndarray, title: str = "", columns: int = 8) -> bytes:
    """Draw a grid of generated images as a PNG file, so large that no pixel of an image is lost.

    Args:
        images: `(count, height, width, channels)` in [-1, 1].
        title: text above the grid. Defaults to "": none.
        columns: number of images per row. Defaults to 8.

    Returns:
        The bytes of the file. Grids of equally many images of one shape have the same size in pixels.
    """
    ax = plots.image_grid(images, title, columns=columns, generated=True)
    ax.set_position((0.02, 0.02, 0.96, 0.92 if title else 0.96))
    file = io.BytesIO()
    ax.figure.savefig(file, dpi=100 if images.shape[1] <= 32 else 200)
    plt.close(ax.figure)
    return file.getvalue()


class Samples:
    """Draws a grid of generated images, from the same noise each time, and at the end a film of the grids.

    Args:
        folder: folder for the grids. It is made when it is needed.
        classes: number of classes of a conditional GAN, or 0. Each column is then one class.
    """

    def __init__(self, folder, classes=0):
        self.folder, self.columns = folder, min(classes, 10) or 8
        count = 8 * self.columns
        self.count, self.labels = count, np.arange(count) % self.columns if classes else None

    def draw(self, gan, step):
        """Write the grid of a step.

        Args:
            gan: the `GAN`; the averages of its weights draw.
            step: number of the step.
        """
        with gan.averaged():
            images = gan.generate(self.count, seed=0, labels=self.labels)
        write_whole(self.folder / f"step_{step:06d}.png", grid_png(images, f"step {step:,}", self.columns))

    def film(self, frames=60):
        """Write a film of the grids, an animated PNG.

        Args:
            frames: the largest number of frames. Defaults to 60.
        """
        from PIL import Image

        paths = sorted(self.folder.glob("step_*.png"), key=lambda path: int(path.stem[5:]))
        chosen = np.unique(np.linspace(0, len(paths) - 1, min(frames, len(paths))).round().astype(int))
        pictures = []
        for path in (paths[index] for index in chosen):
            with Image.open(path) as image:
                picture = image.convert("RGB")
                pictures.append(np.asarray(picture.reduce(2) if picture.width > 1000 else picture))
        if pictures:
            write_whole(self.folder / "film.png", plots.animated_png(pictures, fps=6, colors=256))
