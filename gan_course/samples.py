"""Samples that `GAN` is given: whatever is array-like becomes a NumPy array, and is looked at before training."""

import numbers

import keras
import numpy as np
from keras import ops

from gan_course.labels import require_labels
from gan_course.validate import input_shapes, shapes_fit

RANGE_TOLERANCE = 1e-6
"""How far images may leave [-1, 1], by rounding, before `GAN.fit` refuses them."""

HOW_TO_MEND = {
    "O": "np.stack(list_of_arrays) joins arrays of the same shape; array.astype('float32') converts plain numbers.",
    "U": "np.unique(names, return_inverse=True)[1] turns names into class numbers.",
    "S": "np.unique(names, return_inverse=True)[1] turns names into class numbers.",
    "c": "Take .real, .imag or np.abs of them.",
}


def is_array_like(given):
    """Whether this is data itself, and no source of batches such as a `tf.data.Dataset` or a `PyDataset`."""
    if given is None or isinstance(given, (list, tuple, dict, str, bytes, numbers.Number)):
        return True  # or what Keras would not take for data either, to be refused with a word on it
    return ops.is_tensor(given) or hasattr(given, "__array__") or hasattr(given, "__array_interface__")


def as_array(name, given):
    """Turn whatever is array-like into a NumPy array of numbers.

    Args:
        name: what it is called in a message, "samples" for example.
        given: an array, a tensor of any framework, a list of numbers or arrays, or an object with `__array__`, such as
            a pandas or h5py one. An array is not copied, unless its numbers are of a kind that no backend knows.

    Returns:
        NumPy array of booleans, integers or floats in the machine's byte order.

    Raises:
        ValueError: for what is no array of numbers, or has masked values.
    """
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise ValueError(
            f"Invalid {name}. Expected numbers everywhere. Received: an array with {np.ma.count_masked(given)} masked "
            "values. Fill them with array.filled(value), or drop those rows."
        )
    if given is None or isinstance(given, (dict, str, bytes)):
        inside = f" with the keys {list(given)}" if isinstance(given, dict) else ""
        raise ValueError(
            f"Invalid {name}. Expected one array. Received: a {type(given).__name__}{inside}. "
            "Give the array itself: take it out of a dictionary by its key, or load a data set or a file first."
        )
    try:
        parts = isinstance(given, (list, tuple))
        array = np.asarray([_plain_array(part) for part in given] if parts else _plain_array(given))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"Invalid {name}. Expected one array of numbers. Received: a {type(given).__name__} that NumPy cannot turn "
            f"into an array: {str(error).rstrip('. ')}. Give all its parts the same shape, and join them with "
            "np.stack(parts)."
        ) from error
    return _of_a_known_kind(name, array)


def _plain_array(given):
    """A tensor of any framework as an array; everything else as it is."""
    if hasattr(given, "detach"):  # PyTorch's: NumPy takes none that has a gradient, is on a GPU or is in bfloat16
        given = given.detach().cpu()
        return (given.float() if "bfloat16" in str(given.dtype) else given).numpy()
    return ops.convert_to_numpy(given) if ops.is_tensor(given) or isinstance(given, keras.Variable) else given


def _of_a_known_kind(name, array):
    kind = array.dtype.kind
    if kind == "V" and "float" in array.dtype.name:  # bfloat16 and narrower ones
        return array.astype("float32")
    if kind not in "biuf":
        raise ValueError(
            f"Invalid {name}. Expected an array of numbers. Received: one of dtype {array.dtype}. "
            f"{HOW_TO_MEND.get(kind, 'Turn them into numbers first.')}"
        )
    if kind == "f" and array.dtype.itemsize > 8:
        return array.astype("float64")
    if kind == "u" and array.dtype.itemsize == 8:
        return array.astype("int64")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def as_samples(given, shape):
    """`as_array` for samples; a tuple (samples, labels), as `data.load` returns it, is refused with a word on that.

    Args:
        given: array-like. shape: of one sample.
    """
    if isinstance(given, (list, tuple)) and given and _rank(given[0]) > len(shape):
        parts = ", ".join(str(getattr(part, "shape", None) or f"a {type(part).__name__}") for part in given[:3])
        pair = len(given) == 2 and _rank(given[1]) != _rank(given[0])
        raise ValueError(
            f"Invalid samples. Expected one array of shape {_batch_shape(shape)}. Received: a {type(given).__name__} "
            f"of {len(given)} parts: {parts}. "
            + (
                "This looks like (samples, labels). Unpack it first: samples, labels = data. Then give the samples "
                "alone, fit(samples), or for a conditional GAN both, fit(samples, labels)."
                if pair
                else "Take one of them, or join them with np.concatenate."
            )
        )
    return as_array("samples", given)


def require_samples(samples, shape):
    """Raise a ValueError where an array of samples has another shape than G's, is not finite, or not in range."""
    if not shapes_fit(samples.shape, (None, *shape)):
        raise ValueError(
            f"Invalid samples. Expected an array of shape {_batch_shape(shape)}, as the generator makes "
            f"them. Received: {tuple(samples.shape)}. Reshape the samples, or build networks for their shape."
        )
    if not len(samples):
        return  # fewer than a batch
    low, high = float(samples.min()), float(samples.max())  # a NaN anywhere makes both NaN
    if not np.isfinite([low, high]).all():
        raise ValueError(
            f"Invalid samples. Expected finite values. Received: values from {low} to {high}. "
            "Drop the samples that hold NaN or infinity, or mend how they are made."
        )
    if len(shape) == 3 and not -1 - RANGE_TOLERANCE <= low <= high <= 1 + RANGE_TOLERANCE:
        raise ValueError(
            f"Invalid images. Expected values in [-1, 1]. Received: values from {low:g} to {high:g}. "
            "Scale them first: images / 127.5 - 1 for bytes."
        )


def unpack_batch(data, generator, conditional):
    """Samples and labels of a batch that a dataset gave, once its parts and their shapes were looked at.

    While a step is compiled the values are not known yet, so nothing here looks at them, and it costs no time later.

    Returns:
        Tuple of samples and labels; labels are None where the GAN takes none.

    Raises:
        ValueError: for dictionaries, weights of samples, samples of another shape, and missing labels.
    """
    samples, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
    for name, part in (("samples", samples), ("labels", labels if conditional else None)):
        if isinstance(part, (dict, list, tuple)):
            inside = f"the keys {list(part)}" if isinstance(part, dict) else f"{len(part)} parts"
            raise ValueError(
                "Invalid batch. Expected samples, or a tuple (samples, labels). Received: a "
                f"{type(part).__name__} with {inside} for the {name}. Change the dataset, for example with "
                'dataset.map(lambda batch: (batch["image"], batch["label"])).'
            )
    if weights is not None:
        refuse_weights(sample_weight=weights)
    if conditional and labels is None:
        raise ValueError(
            "No labels. Expected batches (samples, labels), since the networks of this GAN take labels. "
            "Received: batches of samples alone. Add the labels to the dataset."
        )
    _require_batch_shape(samples, generator.output_shape[1:])
    return samples, labels if conditional else None


def _require_batch_shape(samples, shape):
    received = getattr(samples, "shape", None)
    if received is None or getattr(received, "rank", 0) is None or shapes_fit(tuple(received), (None, *shape)):
        return
    unbatched = shapes_fit(tuple(received), shape)
    raise ValueError(
        f"Invalid batch. Expected samples of shape {_batch_shape(shape)}. Received: {tuple(received)}. "
        + ("Batch the dataset first: dataset.batch(16)." if unbatched else "Build networks for this shape.")
    )


def look_at_first_batch(dataset, generator, discriminator):
    """Look at the first batch of a `PyDataset`, which can be had without using it up. Other datasets are left alone."""
    if not isinstance(dataset, keras.utils.PyDataset) or not dataset.num_batches:
        return
    conditional = len(input_shapes(generator)) == 2
    samples, labels = unpack_batch(dataset[0], generator, conditional)
    samples = as_array("samples", samples)
    require_samples(samples, generator.output_shape[1:])
    if conditional:
        require_labels(as_array("labels", labels), len(samples), generator, discriminator)


def require_noise_array(given, latent_dim, conditional):
    """Raise a ValueError where the noise for `predict` has another shape than G takes; datasets pass unseen.

    Args:
        given: noise `(n, latent_dim)`; [noise, labels] for a conditional GAN.

    Returns:
        What to give to `keras.Model.predict`: arrays for what is array-like.
    """
    if not is_array_like(given):
        return given
    parts = list(given) if conditional and isinstance(given, (list, tuple)) and len(given) == 2 else [given]
    if len(parts) == 1 + conditional:
        parts = [as_array(name, part) for name, part in zip(("noise", "labels"), parts, strict=False)]
        if shapes_fit(parts[0].shape, (None, latent_dim)):
            return parts if conditional else parts[0]
    wanted = f"[noise, labels] with noise of shape (n, {latent_dim})" if conditional else f"shape (n, {latent_dim})"
    received = f"shape {parts[0].shape}" if hasattr(parts[0], "shape") else f"a {type(given).__name__}"
    raise ValueError(
        f"Invalid noise. Expected {wanted}. Received: {received}. A GAN's predict() turns noise into samples. Call "
        "generate(count) for new samples without noise of your own, or gan.discriminator.predict(samples) for scores."
    )


def split_off(arrays, share):
    """Part arrays in two: `(first, last)`, of which the last holds this share of the rows, as Keras does it.

    Raises:
        ValueError: for a share that leaves nothing on one side, or is no number between 0 and 1.
    """
    count = len(arrays[0])
    number = isinstance(share, numbers.Real) and not isinstance(share, bool)
    first = int(count * (1.0 - share)) if number and 0 < share < 1 else 0
    if not 0 < first < count:
        raise ValueError(
            "Invalid validation_split. Expected a number between 0 and 1 that leaves samples on both sides. "
            f"Received: {share!r} of {count} samples. Try validation_split=0.2."
        )
    return tuple(a[:first] for a in arrays), tuple(a[first:] for a in arrays)


def held_out(given, shape):
    """The two parts of `validation_data`, `(samples, labels)`; labels may be None.

    Args:
        given: samples, `(samples,)`, `(samples, labels)`, or a dataset. shape: of one sample.

    Raises:
        ValueError: for weights of samples.
    """
    if not isinstance(given, (list, tuple)) or not given or _rank(given[0]) == len(shape):
        return given, None
    samples, labels, weights = keras.utils.unpack_x_y_sample_weight(tuple(given))
    refuse_weights(sample_weight=weights)
    return samples, labels


def refuse_weights(**options):
    """Raise a ValueError for `sample_weight` and `class_weight`, for which the players' losses have no place."""
    for name in ("sample_weight", "class_weight"):
        if options.get(name) is not None:
            raise ValueError(
                f"Invalid {name}. Expected None: in a GAN every real sample counts the same. Received: a "
                f"{type(options[name]).__name__}. To train on some samples more often, draw them by their weights "
                "first: samples[numpy.random.choice(len(samples), size, p=weights / weights.sum())]."
            )


def _batch_shape(shape):
    return f"(n, {', '.join(map(str, shape))})"


def _rank(given):
    """How many axes an array-like has; 0 for what has none, or none that is known."""
    shape = getattr(given, "shape", None)
    if shape is not None:
        return len(shape)
    return 1 + _rank(given[0]) if isinstance(given, (list, tuple)) and given else 0
