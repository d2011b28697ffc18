"""Pictures as whole gray levels, as the models with a likelihood see them: conversions, bits per pixel, and checks."""

import numbers

import numpy as np

LEVELS = 17
"""How many gray levels a pixel of the digits has, from 0 (black) to 16 (white)."""


def to_levels(images, count=LEVELS):
    """Turn images into whole gray levels, pixels in reading order.

    Args:
        images: `(n, height, width, 1)` in [-1, 1]. count: number of levels. Defaults to 17.

    Returns:
        Integers from 0 to count − 1, `(n, height · width)`, int64. For `data.load("digits")` nothing is lost.

    Raises:
        ValueError: for images of another shape, outside [-1, 1], or not finite.

    Example:
        >>> to_levels(np.array([-1.0, 0.0, 0.5, 1.0]).reshape(1, 2, 2, 1)).tolist()
        [[0, 8, 12, 16]]
    """
    images = np.asarray(images)
    if images.ndim != 4 or not len(images) or images.shape[3] != 1:
        raise ValueError(
            "Invalid images. Expected at least one gray image, shape (n, height, width, 1). "
            f"Received: shape {images.shape}. Add the missing axis, for example with images[..., None]."
        )
    if not (np.isfinite(images).all() and np.abs(images).max() <= 1):
        raise ValueError(
            "Invalid images. Expected finite values in [-1, 1]. "
            f"Received: values from {images.min()} to {images.max()}. Scale them as data.load does."
        )
    return np.rint((images.reshape(len(images), -1) + 1) / 2 * (count - 1)).astype("int64")


def to_images(levels, shape=(8, 8), count=LEVELS):
    """Turn gray levels into images: the way back from `to_levels`.

    Args:
        levels: integers from 0 to count − 1, `(n, height · width)`. shape: `(height, width)`. Defaults to (8, 8).
        count: number of levels. Defaults to 17.

    Returns:
        Images `(n, height, width, 1)`, float32 in [-1, 1].

    Raises:
        ValueError: as `require_levels`.
    """
    levels = require_levels(levels, int(np.prod(shape)), count)
    return (levels.reshape(-1, *shape, 1) * 2 / (count - 1) - 1).astype("float32")


def bits_per_pixel(log_likelihood, pixels):
    """Mean log-likelihood in another unit: how many yes-or-no questions a pixel costs. Less is better.

    Args:
        log_likelihood: of each image, in nats, `(n,)`. pixels: how many an image has.

    Returns:
        A float: −mean / (pixels · log 2). A model that finds all 17 levels equally likely has log₂ 17 = 4.09.

    Raises:
        ValueError: for log-likelihoods that are none, and for a number of pixels that is not a positive integer.
    """
    require_count(pixels=pixels)
    nats = np.asarray(log_likelihood, "float64")
    if nats.ndim != 1 or not len(nats) or np.isnan(nats).any():
        raise ValueError(
            "Invalid log_likelihood. Expected one number an image, shape (n,). "
            f"Received: shape {nats.shape}, {int(np.isnan(nats).sum())} of them NaN. "
            "Hand over what a model's log_likelihood returns."
        )
    return float(-nats.mean() / (pixels * np.log(2)))


def log_probability(levels, logits):
    """Log-probability of each pixel's level, in nats.

    Args:
        levels: integers `(n, pixels)`. logits: scores of every level, `(n, pixels, levels)`.

    Returns:
        `(n, pixels)`, float64: the log of the softmax, at the level that is there.
    """
    from scipy.special import log_softmax

    logs = log_softmax(np.asarray(logits, "float64"), axis=-1)
    return np.take_along_axis(logs, np.asarray(levels)[..., None], axis=-1)[..., 0]


def draw_levels(logits, rng):
    """One level a pixel, each with its probability: logits `(..., levels)` to integers `(...)`.

    The Gumbel-max trick: with Gumbel noise added, level k is the largest with the probability that softmax gives it.
    """
    logits = np.asarray(logits, "float64")
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=-1).astype("int64")


def require_levels(levels, pixels=None, count=LEVELS):
    """The levels as int64, once it is sure that they are whole numbers of the right range and width.

    Args:
        levels: `(n, pixels)`. pixels: how many each row must have, or None: any number. count: number of levels.

    Raises:
        ValueError: for anything else than at least one row of integers from 0 to count − 1.
    """
    levels = np.asarray(levels)
    width = "pixels" if pixels is None else pixels
    fault = None
    if levels.ndim != 2 or not levels.size or pixels not in (None, levels.shape[1]):
        fault = f"shape {levels.shape}"
    elif levels.dtype.kind not in "iu":
        fault = f"dtype {levels.dtype}, first values {levels.ravel()[:3].tolist()}"
    elif levels.min() < 0 or levels.max() >= count:
        fault = f"values from {levels.min()} to {levels.max()}"
    if fault:
        raise ValueError(
            f"Invalid levels. Expected integers from 0 to {count - 1}, one row an image, shape (n, {width}). "
            f"Received: {fault}. Make them with levels.to_levels(images)."
        )
    return levels.astype("int64")


def require_count(**values):
    """Raise a ValueError for a value that is not a positive integer."""
    for name, value in values.items():
        if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(
                f"Invalid {name}. Expected an integer of at least 1. Received: {value!r}. Try, for example, {name}=10."
            )


def require_fitted(model, fitted):
    """Raise a ValueError for a model that has not learned anything yet."""
    if not fitted:
        raise ValueError(
            f"This {type(model).__name__} has learned nothing yet. Expected a call of fit first. "
            "Received: a new model. Call fit(levels) with the levels of the training images."
        )
