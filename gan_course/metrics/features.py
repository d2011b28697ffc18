"""What all metrics share: checks of features, which are arrays `(samples, features)`, and distances block by block."""

import numpy as np

BLOCK_MIB = 16
"""How many MiB one block of distances may take. To change it, set `gan_course.metrics.features.BLOCK_MIB`."""


def require_features(x, name, least):
    """The array as float64, after a check that it holds features.

    Args:
        x: the array, expected to have the shape `(samples, features)`.
        name: name of the argument, for the message.
        least: smallest number of samples.

    Returns:
        Array of the same shape, float64.

    Raises:
        ValueError: for an array of another shape, too few samples, NaN, infinity, or values that are not numbers.
    """
    x = np.asarray(x)
    if x.ndim != 2:
        flatten = f"flatten them with {name}.reshape(len({name}), -1)" if x.ndim > 2 else "give one row per sample"
        images = ", which looks like images" if x.ndim in (3, 4) else ""
        raise ValueError(
            f"Invalid {name}. Expected features, an array of shape (samples, features). Received: shape {x.shape}"
            f"{images}. Compute the features of a network, or {flatten}."
        )
    if len(x) < least or not x.shape[1]:
        raise ValueError(
            f"Invalid {name}. Expected at least {least} {'sample' if least == 1 else 'samples'} with at least one "
            f"feature each. Received: shape {x.shape}. Give more samples."
        )
    if x.dtype.kind not in "fiub" or not np.isfinite(x).all():
        raise ValueError(
            f"Invalid {name}. Expected finite numbers. Received: {summary(x)}. Remove the rows that hold NaN, infinity "
            "or anything else that is not a number."
        )
    return x.astype("float64")


def require_pair(a, b, least, names=("real", "fake")):
    """Both arrays as float64, after a check that they hold equally many features per sample.

    Args:
        a: the first array, `(samples, features)`.
        b: the second array, `(other samples, features)`.
        least: smallest number of samples in each.
        names: names of both arguments, for the messages. Defaults to ("real", "fake").

    Returns:
        Tuple of both arrays, float64.

    Raises:
        ValueError: as `require_features`; if the numbers of features differ.
    """
    a, b = (require_features(x, name, least) for x, name in zip((a, b), names, strict=True))
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"Features of different size. Expected as many features per sample in {names[0]} as in {names[1]}. "
            f"Received: {names[0]} of shape {a.shape}, {names[1]} of shape {b.shape}. "
            "Compute both with the same network."
        )
    return a, b


def pairwise_distances(a, b):
    """Euclidean distances `(samples, other samples)`. They are computed exactly, so that copies have the distance 0."""
    from scipy.spatial.distance import cdist

    return cdist(a, b)


def row_blocks(rows, columns, temporaries=1):
    """Slices of rows, so that each block of a matrix of distances stays below `BLOCK_MIB`.

    Args:
        rows: number of rows of the whole matrix.
        columns: number of its columns.
        temporaries: how many arrays of a block's size exist at a time. Defaults to 1.

    Returns:
        List of slices that cover all rows.
    """
    size = max(1, BLOCK_MIB * 2**20 // (8 * columns * temporaries))
    return [slice(start, start + size) for start in range(0, rows, size)]


def summary(x):
    """An array in a few words, for messages."""
    return f"dtype {x.dtype}, shape {x.shape}, first values {x.ravel()[:3].tolist()}"
