"""Pictures as whole gray levels, the data of models with a likelihood: conversions, bits per pixel, draws, checks."""

import numpy as np

from gan_course.arguments import require_count, require_number

LEVELS = 17
"""How many gray levels a pixel of the digits has, from 0 (black) to 16 (white)."""


def to_levels(images, count=LEVELS):
    """Turn images into whole gray levels, with the pixels of each image in reading order.

    Args:
        images: `(batch, height, width, 1)`, values in [-1, 1].
        count: number of gray levels. Defaults to 17.

    Returns:
        Integers from 0 to count − 1, `(batch, height · width)`, int64. For `data.load("digits")` nothing is lost.

    Raises:
        ValueError: for images of another shape, outside [-1, 1], or not finite; for a count below 1.

    Example:
        >>> to_levels(np.array([-1.0, 0.0, 0.5, 1.0]).reshape(1, 2, 2, 1)).tolist()
        [[0, 8, 12, 16]]
    """
    require_count(LEVELS, count=count)
    images = np.asarray(images)
    if images.ndim != 4 or not len(images) or images.shape[3] != 1:
        raise ValueError(
            "Invalid images. Expected at least one gray image, shape (batch, height, width, 1). "
            f"Received: shape {images.shape}. Add the missing axis, for example with images[..., None]."
        )
    if not (np.isfinite(images).all() and np.abs(images).max() <= 1):
        raise ValueError(
            "Invalid images. Expected finite values in [-1, 1]. "
            f"Received: values from {images.min()} to {images.max()}. Scale them first, for example with "
            "images / 127.5 - 1 if the pixel values are from 0 to 255."
        )
    return np.rint((images.reshape(len(images), -1) + 1) / 2 * (count - 1)).astype("int64")


def to_images(levels, shape=(8, 8), count=LEVELS):
    """Turn gray levels back into images. This is the inverse of `to_levels`.

    Args:
        levels: integers from 0 to count − 1, `(batch, height · width)`.
        shape: `(height, width)` of an image. Defaults to (8, 8).
        count: number of gray levels, at least 2. Defaults to 17.

    Returns:
        Images `(batch, height, width, 1)`, float32, values in [-1, 1].

    Raises:
        ValueError: for levels that `require_levels` refuses, or a count below 2.
    """
    require_number(LEVELS, at_least=2, count=count)
    levels = require_levels(levels, int(np.prod(shape)), count)
    return (levels.reshape(-1, *shape, 1) * 2 / (count - 1) - 1).astype("float32")


def bits_per_pixel(log_likelihood, pixels):
    """Turn log-likelihoods into the mean cost of a pixel in bits. Less is better.

    A bit is the answer to one yes-or-no question. A model that finds all 17 levels equally likely needs
    log₂ 17 = 4.09 bits per pixel.

    Args:
        log_likelihood: log-probability of each picture in nats, `(batch,)`.
        pixels: how many pixels a picture has.

    Returns:
        A float: −mean(log_likelihood) / (pixels · log 2).

    Raises:
        ValueError: for an array of another shape, an empty one, or one with NaN; for pixels that are not an integer
            of at least 1.
    """
    require_count(64, pixels=pixels)
    nats = np.asarray(log_likelihood, "float64")
    if nats.ndim != 1 or not len(nats) or np.isnan(nats).any():
        raise ValueError(
            "Invalid log_likelihood. Expected one number per picture, shape (batch,). "
            f"Received: shape {nats.shape}, with {int(np.isnan(nats).sum())} values that are NaN. "
            "Pass what a model's log_likelihood returns."
        )
    return float(-nats.mean() / (pixels * np.log(2)))


def log_probability(levels, logits):
    """Compute the log-probability of each pixel's level: the log of the softmax at this level.

    Args:
        levels: integers, `(batch, pixels)`.
        logits: one score for each level, `(batch, pixels, levels)`.

    Returns:
        Array `(batch, pixels)`, float64, in nats.
    """
    from scipy.special import log_softmax

    logs = log_softmax(np.asarray(logits, "float64"), axis=-1)
    return np.take_along_axis(logs, np.asarray(levels)[..., None], axis=-1)[..., 0]


def draw_levels(logits, rng):
    """Draw one level for each pixel, with the probabilities that the softmax of its logits gives.

    This is the Gumbel-max trick: after Gumbel noise is added to all logits, the logit of level k is the largest one
    with exactly the softmax probability of k.

    Args:
        logits: one score for each level, `(..., levels)`.
        rng: a `numpy.random.Generator`.

    Returns:
        Integers `(...)`, int64.
    """
    logits = np.asarray(logits, "float64")
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=-1).astype("int64")


def require_levels(levels, pixels=None, count=LEVELS):
    """Check that an array holds gray levels, one picture per row.

    Args:
        levels: whole numbers from 0 to count − 1, `(batch, pixels)`, of any dtype.
        pixels: how many pixels each row must have. Defaults to None: any number.
        count: number of gray levels. Defaults to 17.

    Returns:
        The levels, `(batch, pixels)`, int64.

    Raises:
        ValueError: for anything else than at least one row of whole numbers from 0 to count − 1.
    """
    try:
        levels = np.asarray(levels)
    except ValueError:  # rows of different lengths
        levels = np.asarray(levels, dtype=object)
    if fault := _fault(levels, pixels, count):
        raise ValueError(
            f"Invalid levels. Expected whole numbers from 0 to {count - 1}, one row per picture, shape "
            f"(batch, {pixels or 'pixels'}). Received: {fault}. Make them with family.levels.to_levels(images"
            f"{'' if count == LEVELS else f', count={count}'})."
        )
    return levels.astype("int64")


def _fault(levels, pixels, count):
    """Say in a few words why an array does not hold levels, or return None where it does."""
    if levels.dtype.kind not in "biuf":
        return f"dtype {levels.dtype}"
    if levels.ndim != 2 or not levels.size or pixels not in (None, levels.shape[1]):
        return f"shape {levels.shape}"
    if not (levels.min() >= 0 and levels.max() < count):  # this is true for NaN, too
        return f"values from {levels.min():g} to {levels.max():g}"
    if (broken := levels[levels != np.rint(levels)] if levels.dtype.kind == "f" else levels[:0]).size:
        return f"fractions such as {broken[0]:g}"
    return None
