"""Checks of the samples that `GAN` gets: anything array-like becomes a NumPy array, and is checked before training."""

import numbers

import keras
import numpy as np
from keras import ops

from gan_course.labels import require_labels
from gan_course.validate import input_shapes, require_finite, require_image_range, shapes_fit

CONVERSIONS = {
    "O": "np.stack(list_of_arrays) joins arrays of the same shape; array.astype('float32') converts plain numbers.",
    "U": "np.unique(names, return_inverse=True)[1] turns names into class numbers.",
    "S": "np.unique(names, return_inverse=True)[1] turns names into class numbers.",
    "c": "Take .real, .imag or np.abs of them.",
}
"""For kinds of NumPy dtypes that hold no plain numbers: how to turn such an array into one of numbers."""


def is_array_like(given):
    """Whether this is data itself, and not a source of batches such as a `tf.data.Dataset` or a `PyDataset`."""
    if given is None or isinstance(given, (list, tuple, dict, str, bytes, numbers.Number)):
        return True  # some of these are no data for Keras either: `as_array` refuses them with a clear message
    return ops.is_tensor(given) or hasattr(given, "__array__") or hasattr(given, "__array_interface__")


def as_array(name, given):
    """Turn anything array-like into a NumPy array of numbers.

    Args:
        name: what the array is called in an error message, for example "samples".
        given: an array, a tensor of any framework, a list of numbers or arrays, or an object with `__array__`, such as
            one of pandas or h5py. An array is copied only if some backend does not know the dtype of its numbers.

    Returns:
        NumPy array of booleans, integers or floats in the machine's byte order.

    Raises:
        ValueError: for anything that is not an array of numbers, and for an array with masked values.
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
        array = np.asarray([_to_numpy(part) for part in given] if parts else _to_numpy(given))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"Invalid {name}. Expected one array of numbers. Received: a {type(given).__name__} that NumPy cannot turn "
            f"into an array: {str(error).rstrip('. ')}. Give all its parts the same shape, and join them with "
            "np.stack(parts)."
        ) from error
    return _with_known_dtype(name, array)


def _to_numpy(given):
    """A tensor of any framework as a NumPy array. Everything else is returned as it is."""
    if hasattr(given, "detach"):  # PyTorch's: NumPy cannot read one that has a gradient, is on a GPU, or is bfloat16
        given = given.detach().cpu()
        return (given.float() if "bfloat16" in str(given.dtype) else given).numpy()
    return ops.convert_to_numpy(given) if ops.is_tensor(given) or isinstance(given, keras.Variable) else given


def _with_known_dtype(name, array):
    """An array of numbers in a dtype that every backend knows."""
    kind = array.dtype.kind
    if kind == "V" and "float" in array.dtype.name:  # bfloat16 and narrower ones
        return array.astype("float32")
    if kind not in "biuf":
        raise ValueError(
            f"Invalid {name}. Expected an array of numbers. Received: an array of dtype "
            f"{array.dtype}. {CONVERSIONS.get(kind, 'Turn its elements into numbers first.')}"
        )
    if kind == "f" and array.dtype.itemsize > 8:
        return array.astype("float64")
    if kind == "u" and array.dtype.itemsize == 8:
        return array.astype("int64")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def as_samples(given, shape):
    """`as_array` for samples, with an error message of its own for a tuple (samples, labels).

    `data.load` returns such a tuple, so learners often pass it on as it is.

    Args:
        given: anything array-like.
        shape: shape of one sample, without the batch axis.

    Returns:
        NumPy array of numbers. Its shape is not checked here.

    Raises:
        ValueError: as `as_array`, and for a list or tuple of arrays that are batches themselves.
    """
    if isinstance(given, (list, tuple)) and given and _rank(given[0]) > len(shape):
        parts = ", ".join(str(getattr(part, "shape", None) or f"a {type(part).__name__}") for part in given[:3])
        is_pair = len(given) == 2 and _rank(given[1]) != _rank(given[0])
        raise ValueError(
            f"Invalid samples. Expected one array of shape {_batch_shape(shape)}. Received: a {type(given).__name__} "
            f"of {len(given)} parts: {parts}. "
            + (
                "This looks like (samples, labels). Unpack it first: samples, labels = data. Then call fit(samples), "
                "or for a conditional GAN fit(samples, labels)."
                if is_pair
                else "Use one of these parts, or join them with np.concatenate."
            )
        )
    return as_array("samples", given)


def require_samples(samples, shape):
    """Check an array of samples: its shape, that it is finite, and, for images, that its values lie in [-1, 1].

    Args:
        samples: NumPy array `(n, ...)`; n may be 0.
        shape: shape of one sample, as the generator makes it. Samples with three axes are taken to be images.

    Raises:
        ValueError: for an array that does not pass.
    """
    if not shapes_fit(samples.shape, (None, *shape)):
        raise ValueError(
            f"Invalid samples. Expected an array of shape {_batch_shape(shape)}, as the generator makes "
            f"them. Received: {tuple(samples.shape)}. Reshape the samples, or build networks for their shape."
        )
    if not len(samples):
        return  # `require_batches` refuses it
    require_finite("samples", samples)
    if len(shape) == 3:
        require_image_range("images", samples)


def unpack_batch(data, generator, conditional):
    """Take a batch of a data set apart, and check its parts and their shapes.

    This check runs while a step is compiled. At that time the shapes are known, but the values are not, so only the
    shapes are checked. The check takes no time in the steps that follow.

    Args:
        data: what a data set gave: samples, or a tuple (samples, labels).
        generator: the `keras.Model` whose output has the shape of the samples.
        conditional: whether the GAN takes labels.

    Returns:
        Tuple of samples and labels. Labels are None where the GAN takes none.

    Raises:
        ValueError: for dictionaries, sample weights, samples of another shape, and missing labels.
    """
    samples, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
    for name, part in (("samples", samples), ("labels", labels if conditional else None)):
        if isinstance(part, (dict, list, tuple)):
            inside = f"the keys {list(part)}" if isinstance(part, dict) else f"{len(part)} parts"
            raise ValueError(
                "Invalid batch. Expected samples, or a tuple (samples, labels). Received: a "
                f"{type(part).__name__} with {inside} in place of the {name}. Change the data set, for example with "
                'dataset.map(lambda batch: (batch["image"], batch["label"])).'
            )
    if weights is not None:
        refuse_weights(sample_weight=weights)
    if conditional and labels is None:
        raise ValueError(
            "No labels. Expected batches (samples, labels), since the networks of this GAN take labels. "
            "Received: batches of samples alone. Add the labels to the data set."
        )
    require_batch_shape(samples, generator.output_shape[1:])
    return samples, labels if conditional else None


def require_batch_shape(samples, shape):
    """Raise a ValueError where the samples of a batch have another shape, as far as it is known.

    Args:
        samples: array or tensor `(batch, ...)`.
        shape: the shape of one sample, without the batch axis.
    """
    received = getattr(samples, "shape", None)
    if received is None or getattr(received, "rank", 0) is None or shapes_fit(tuple(received), (None, *shape)):
        return
    is_one_sample = shapes_fit(tuple(received), shape)
    raise ValueError(
        f"Invalid batch. Expected samples of shape {_batch_shape(shape)}. Received: {tuple(received)}. "
        + (
            "Batch the data set first: dataset.batch(16)."
            if is_one_sample
            else "Reshape the samples, or build networks for their shape."
        )
    )


def check_first_batch(dataset, generator, discriminator):
    """Check the first batch of a `PyDataset`, which can be read twice. Other data sets are not checked.

    Args:
        dataset: any data set that Keras takes.
        generator: the `keras.Model` whose output has the shape of the samples.
        discriminator: the `keras.Model` that takes the samples, and labels in a conditional GAN.

    Raises:
        ValueError: for a batch that `fit` cannot train on.
    """
    if not isinstance(dataset, keras.utils.PyDataset) or not dataset.num_batches:
        return
    conditional = len(input_shapes(generator)) == 2
    samples, labels = unpack_batch(dataset[0], generator, conditional)
    samples = as_array("samples", samples)
    require_samples(samples, generator.output_shape[1:])
    if conditional:
        require_labels(as_array("labels", labels), len(samples), generator, discriminator)


def require_noise_array(given, latent_dim, conditional):
    """Check the noise for `predict`. Data sets are not checked.

    Args:
        given: noise `(n, latent_dim)`, or [noise, labels] for a conditional GAN.
        latent_dim: size of one noise vector.
        conditional: whether the GAN takes labels.

    Returns:
        What to pass to `keras.Model.predict`: NumPy arrays in place of anything array-like.

    Raises:
        ValueError: for noise of another shape.
    """
    if not is_array_like(given):
        return given
    parts = list(given) if conditional and isinstance(given, (list, tuple)) and len(given) == 2 else [given]
    if len(parts) == 1 + conditional:
        parts = [as_array(name, part) for name, part in zip(("noise", "labels"), parts, strict=False)]
        if shapes_fit(parts[0].shape, (None, latent_dim)):
            return parts if conditional else parts[0]
    expected = f"[noise, labels] with noise of shape (n, {latent_dim})" if conditional else f"shape (n, {latent_dim})"
    received = f"shape {parts[0].shape}" if hasattr(parts[0], "shape") else f"a {type(given).__name__}"
    raise ValueError(
        f"Invalid noise. Expected {expected}. Received: {received}. predict() of a GAN turns noise into samples. Call "
        "generate(count) to get samples without your own noise, or gan.discriminator.predict(samples) to get scores."
    )


def split_validation(arrays, fraction):
    """Split arrays into a first part to train on and a last part for validation, as Keras does it.

    Args:
        arrays: tuple of NumPy arrays.
        fraction: how much of the rows of each array the last part gets, between 0 and 1.

    Returns:
        Two tuples of arrays, `(first, last)`.

    Raises:
        ValueError: for a fraction that is not a number between 0 and 1, or leaves one of the parts empty.
    """
    count = min(map(len, arrays))
    is_number = isinstance(fraction, numbers.Real) and not isinstance(fraction, bool)
    share = 1.0 - fraction if is_number and 0 < fraction < 1 else 0.0
    if not 0 < int(count * share) < count:
        raise ValueError(
            "Invalid validation_split. Expected a number between 0 and 1 that leaves samples on both sides. "
            f"Received: {fraction!r} of {count} samples. Try validation_split=0.2."
        )
    return tuple(a[: int(len(a) * share)] for a in arrays), tuple(a[int(len(a) * share) :] for a in arrays)


def unpack_validation_data(given, shape):
    """Take `validation_data` apart.

    Args:
        given: samples, `(samples,)`, `(samples, labels)`, or a data set.
        shape: shape of one sample, without the batch axis.

    Returns:
        Tuple of the samples, or the data set, and the labels. Labels are None where none were given.

    Raises:
        ValueError: for sample weights.
    """
    if not isinstance(given, (list, tuple)) or not given or _rank(given[0]) == len(shape):
        return given, None
    samples, labels, weights = keras.utils.unpack_x_y_sample_weight(tuple(given))
    refuse_weights(sample_weight=weights)
    return samples, labels


def refuse_weights(**options):
    """Raise a ValueError for `sample_weight` and `class_weight` that are not None: a GAN's losses do not use them."""
    for name in ("sample_weight", "class_weight"):
        if options.get(name) is not None:
            raise ValueError(
                f"Invalid {name}. Expected None, since every real sample of a GAN has the same weight. Received: a "
                f"{type(options[name]).__name__}. To train on some samples more often, draw them by their weights "
                "first: samples[numpy.random.choice(len(samples), size, p=weights / weights.sum())]."
            )


def _batch_shape(shape):
    """The shape of n samples, as text."""
    return f"(n, {', '.join(map(str, shape))})"


def _rank(given):
    """How many axes something array-like has, or 0 where this is not known."""
    shape = getattr(given, "shape", None)
    if shape is not None:
        return len(shape)
    return 1 + _rank(given[0]) if isinstance(given, (list, tuple)) and given else 0


def call_in_parts(network, inputs, batch_size):
    """Call a network in inference mode on a few rows at a time, so that the memory for all of them is not needed.

    Args:
        network: `keras.Model` with one input for each array.
        inputs: list of arrays `(n, ...)`, with n of at least 1.
        batch_size: how many rows to give it at once, at least 1.

    Returns:
        NumPy array `(n, ...)`, what the network returned.
    """
    parts = ([array[i : i + batch_size] for array in inputs] for i in range(0, len(inputs[0]), batch_size))
    made = [network(part if len(part) > 1 else part[0], training=False) for part in parts]
    return np.concatenate([ops.convert_to_numpy(each) for each in made])
