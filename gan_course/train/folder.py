"""A folder of images of any size and kind as one array: each cropped, scaled, and left out if it cannot be read."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_course.bundled import scaled

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".jp2", ".avif")
)
"""Endings of the names of image files, in lowercase. Other files of a folder are not looked at."""


class Folder(NamedTuple):
    """What a folder of images holds.

    Attributes:
        images: `(count, size, size, channels)`, float32 in [-1, 1], in the order of the files' names.
        labels: the class of each image, `(count,)` int64, or None where the folder has no classes.
        classes: names of the classes, sorted: the folders directly inside. An empty tuple where there are none.
        broken: pairs of the path of a file that could not be read, and the reason.
    """

    images: np.ndarray
    labels: np.ndarray | None
    classes: tuple
    broken: list


def read_folder(folder: str | Path, size: int, channels: int = 3) -> Folder:
    """Read all images in a folder and in the folders inside, whatever their sizes.

    From the middle of each picture the largest square is cut out and scaled. A picture is turned as its camera says
    (EXIF). Of an animation the first picture is taken. 16 bits are reduced to 8. Transparent parts become white.

    Args:
        folder: path of the folder. Files whose names do not end as in `SUFFIXES`, or begin with a dot, are ignored.
        size: height and width of the images, in pixels.
        channels: 3 for color, or 1 for gray. Defaults to 3.

    Returns:
        A `Folder`. If all images lie in two or more folders directly inside, these are classes.

    Raises:
        ValueError: if there is no image in the folder, or if more than half of them cannot be read.
    """
    files = sorted(p for p in Path(folder).rglob("*") if _is_image_file(p.relative_to(folder)) and p.is_file())
    if not files:
        raise ValueError(
            f"No images. Expected image files in the folder, with names that end in one of {sorted(SUFFIXES)}. "
            f"Received: {str(folder)!r}, which holds none. Check the path of the folder."
        )
    with ThreadPoolExecutor() as pool:
        read = [*pool.map(lambda path: _read_or_reason(path, size, channels), files)]
    broken = [(str(path), found) for path, found in zip(files, read, strict=True) if isinstance(found, str)]
    if 2 * len(broken) > len(files):
        raise ValueError(_too_many_broken(folder, files, broken))
    good = [(path, found) for path, found in zip(files, read, strict=True) if not isinstance(found, str)]
    names = [path.relative_to(folder).parts[0] if path.parent != Path(folder) else None for path, _ in good]
    classes = tuple(sorted(set(names))) if None not in names and len(set(names)) > 1 else ()
    labels = np.array([classes.index(name) for name in names], "int64") if classes else None
    return Folder(scaled(np.stack([image for _, image in good])), labels, classes, broken)


def describe_broken(broken: list) -> str:
    """One line for each file that could not be read, with the reason.

    Args:
        broken: pairs of a path and a reason, as in `Folder`.

    Returns:
        Text, "" if there are no such files.
    """
    return "\n".join(f"  {path}: {reason}" for path, reason in broken)


def _too_many_broken(folder, files, broken):
    """The message where more than half of the files are broken; it names the first ten."""
    named = describe_broken(broken[:10]) + ("\n  …" if len(broken) > 10 else "")
    return (
        f"More than half of the images are broken. Expected a folder of images. Received: {str(folder)!r}, in which "
        f"{len(broken)} of {len(files)} image files cannot be read:\n{named}\nCopy the files again, or remove them."
    )


def _is_image_file(path):
    """Whether a path inside of the folder has the name of an image file, and no part of it is hidden."""
    return path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in path.parts)


def _read_or_reason(path, size, channels):
    """One image as an array `(size, size, channels)` of uint8, or why it cannot be read, as text."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            image.load()
            picture = _in_eight_bits(ImageOps.exif_transpose(image)).convert("RGB" if channels == 3 else "L")
        fitted = ImageOps.fit(picture, (size, size), method=Image.Resampling.LANCZOS)
    except Exception as error:  # Pillow's readers raise many kinds of errors for damaged files
        return " ".join(str(error).split()) or type(error).__name__
    return np.asarray(fitted).reshape(size, size, channels)


def _in_eight_bits(image):
    """A Pillow image with 8 bits per channel and without transparency: transparent parts become white."""
    from PIL import Image

    if image.mode == "F":
        raise ValueError("its values are floating-point numbers, whose range is not known")
    if image.mode.startswith("I"):  # 16 bits: `convert` would cut off what is above 255
        return Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype("uint8"))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        picture = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return image
