"""What the doctor must know of TensorFlow, JAX and PyTorch: which values exist, and where they come from."""

import contextlib

import keras
import numpy as np

from gan_course.random_state import preserved_random_state

_BACKEND = keras.config.backend()

if _BACKEND == "tensorflow":
    import tensorflow as tf
elif _BACKEND == "jax":
    import jax
elif _BACKEND == "torch":
    import torch

ARITHMETIC = frozenset({"Sub", "Mul", "RealDiv", "Div", "DivNoNan", "AddV2", "Add", "Neg"})
"""Operations of a TensorFlow graph that change the range of data."""

UNCHANGED = ("Cast", "Identity", "StopGradient", "Reshape", "BroadcastTo", "ExpandDims", "Squeeze")
"""Operations of a TensorFlow graph that keep all values."""

_PAIRS = {
    **{"AddV2": np.add, "Add": np.add, "Sub": np.subtract, "Mul": np.multiply},
    **{"Minimum": np.minimum, "Maximum": np.maximum},
}
"""Operation of a TensorFlow graph → the same for numbers; its extremes lie at the bounds of its two inputs."""

_KEEPING = ("Prefetch", "Batch", "ParallelBatch", "Shuffle", "Repeat", "Cache", "Options", "Take", "Skip")
"""Steps of a `tf.data.Dataset` that leave the values of samples as they are: begins of the names of classes."""

NETWORK = frozenset({"MatMul", "Conv2D", "BiasAdd", "Conv2DBackpropInput", "FusedBatchNormV3"})
"""Operations of a TensorFlow graph that layers with weights add."""

RANDOM = ("Random", "StatelessRandom", "TruncatedNormal")
"""How the names of random operations of a TensorFlow graph begin."""


def is_concrete(x):
    """Whether a value is there, as an array or a tensor, and is no placeholder of a graph that is being traced."""
    if isinstance(x, (np.ndarray, np.generic)):
        return True
    if _BACKEND == "tensorflow":
        return isinstance(x, tf.Tensor) and not tf.is_symbolic_tensor(x)
    if _BACKEND == "jax":
        return isinstance(x, jax.Array) and not isinstance(x, jax.core.Tracer)
    if _BACKEND == "torch":
        return isinstance(x, torch.Tensor) and x.device.type != "meta"
    return False


def is_symbolic(x):
    """Whether a value is a placeholder of a graph that is being traced now; not that of a functional model."""
    if _BACKEND == "tensorflow":
        return isinstance(x, tf.Tensor) and tf.is_symbolic_tensor(x)
    return _BACKEND == "jax" and isinstance(x, jax.core.Tracer)


def is_compiled(x):
    """Whether a value is a placeholder in a graph that is traced once and then runs many times."""
    while _BACKEND == "jax" and hasattr(x, "primal"):  # inside of jax.grad
        x = x.primal
    return is_symbolic(x) and (_BACKEND != "jax" or type(x).__name__ == "DynamicJaxprTracer")


def to_array(x):
    """The NumPy array of a concrete value. No operation is recorded on a tape or in a graph."""
    if isinstance(x, (np.ndarray, np.generic)):
        return np.asarray(x)
    if _BACKEND == "torch":
        return x.detach().cpu().numpy()
    return np.asarray(x.numpy() if _BACKEND == "tensorflow" else x)


def read(variable):
    """A copy of the value of a Keras variable, a NumPy array."""
    return np.array(to_array(variable.value))


def identity(variable):
    """What identifies a Keras variable among the parameters of an optimizer of the backend: an integer."""
    return id(variable.value) if _BACKEND == "torch" else id(variable)


def function_class():
    """The class of `tf.function` objects, or None on other backends."""
    return type(tf.function(lambda: None)) if _BACKEND == "tensorflow" else None


def loss_functions():
    """Functions of the backend that are cross-entropies: (module, name, whether it takes raw scores)."""
    if _BACKEND == "tensorflow":
        return [(tf.nn, "sigmoid_cross_entropy_with_logits", True)]
    if _BACKEND == "torch":
        module = torch.nn.functional
        return [(module, "binary_cross_entropy_with_logits", True), (module, "binary_cross_entropy", False)]
    return []


def inside_graph():
    """Whether TensorFlow traces a function at this moment."""
    return _BACKEND == "tensorflow" and tf.inside_function()


@contextlib.contextmanager
def torch_steps(hook):
    """Context manager: `hook(optimizer)` is called after each step of an optimizer of PyTorch."""
    if _BACKEND != "torch":
        yield
        return
    from torch.optim.optimizer import register_optimizer_step_post_hook

    handle = register_optimizer_step_post_hook(lambda optimizer, args, kwargs: hook(optimizer))
    try:
        yield
    finally:
        handle.remove()


def torch_parameters(optimizer):
    """Identities of the parameters of an optimizer of PyTorch, and its learning rate."""
    parameters = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return parameters, float(optimizer.param_groups[0]["lr"])


def origins(x):
    """Where a symbolic tensor of TensorFlow comes from.

    Args:
        x: a tensor in a graph.

    Returns:
        List of sets of the names of the operations that made it, one set for each part that was concatenated. Empty on
        other backends, where this cannot be seen.
    """
    if _BACKEND != "tensorflow" or not hasattr(x, "op"):
        return []
    while x.op.type in ("Cast", "Identity", "StopGradient"):
        x = x.op.inputs[0]
    if x.op.type == "ConcatV2":
        return [found for part in list(x.op.inputs)[:-1] for found in origins(part)]
    return [_walk(x)]


def label_bounds(labels):
    """The lowest and the highest value that labels in a graph of TensorFlow can have, from how they are made.

    Args:
        labels: a tensor in a graph.

    Returns:
        List of pairs, one for each part that was concatenated. Empty where this is not known, and on other backends.
    """
    if _BACKEND != "tensorflow" or not hasattr(labels, "op"):
        return []
    try:
        return _bounds(labels, set())
    except ValueError:
        return []


def _bounds(x, used):
    """See `label_bounds`; `used` holds the operations seen before: values that depend on each other have no bounds."""
    kind, inputs = x.op.type, list(x.op.inputs)
    if kind in UNCHANGED:
        return _bounds(inputs[0], used)
    if kind == "Fill":
        return _bounds(inputs[1], used)
    if kind in ("OnesLike", "ZerosLike"):
        return [(float(kind == "OnesLike"),) * 2]
    if kind == "ConcatV2":
        return [bounds for part in inputs[:-1] for bounds in _bounds(part, used)]
    if kind in _PAIRS:
        return _paired(_PAIRS[kind], *(_bounds(part, used) for part in inputs))
    value = tf.get_static_value(x) if kind == "Const" else None
    if value is not None and value.dtype.kind in "fiu" and value.size:
        bounds = float(value.min()), float(value.max())
    elif kind in ("RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2"):
        bounds = 0.0, 1.0
    else:
        raise ValueError(kind)
    if bounds[0] < bounds[1] and id(x.op) in used:
        raise ValueError("twice the same values")
    used.add(id(x.op))
    return [bounds]


def _paired(operation, some, others):
    """The bounds of a result of two inputs, part by part."""
    count = max(len(some), len(others))
    if min(len(some), len(others)) not in (1, count):
        raise ValueError("parts that do not fit")
    pairs = zip(some * (count // len(some)), others * (count // len(others)), strict=True)
    every = [[operation(a, b) for a in mine for b in theirs] for mine, theirs in pairs]
    return [(float(min(ends)), float(max(ends))) for ends in every]


def parts_of(x, known):
    """The tensors that were concatenated to a tensor of a graph of TensorFlow, a list.

    Args:
        x: a tensor.
        known: list of tensors that are not taken apart.
    """
    if _BACKEND != "tensorflow" or not is_symbolic(x) or any(x is one for one in known):
        return [x]
    if x.op.type in UNCHANGED:
        return parts_of(x.op.inputs[0], known)
    return [p for part in list(x.op.inputs)[:-1] for p in parts_of(part, known)] if x.op.type == "ConcatV2" else [x]


def arrays_of(dataset):
    """The tensors behind a dataset, if it hands them out as they are; else an empty list. Nothing is drawn from it.

    Args:
        dataset: what `fit` got: a `tf.data.Dataset` of slices, or a `DataLoader` of PyTorch with a `TensorDataset`.
    """
    if _BACKEND == "torch" and isinstance(dataset, torch.utils.data.DataLoader):
        return [x for x in getattr(dataset.dataset, "tensors", ()) if is_concrete(x)]
    if _BACKEND != "tensorflow" or not isinstance(dataset, tf.data.Dataset):
        return []
    while hasattr(dataset, "_input_dataset"):
        if not type(dataset).__name__.strip("_").startswith(_KEEPING):
            return []
        dataset = dataset._input_dataset
    return [x for x in getattr(dataset, "_tensors", ()) if is_concrete(x)]


def first_batches(dataset, rows=256):
    """The first batches of a data set, as NumPy arrays, for example after a training.

    Args:
        dataset: what `fit` got.
        rows: enough rows are drawn if there are so many.

    Yields:
        Batches, each an array or a structure of arrays. Nothing, unless it is a `tf.data.Dataset` or a `DataLoader` of
        PyTorch without workers: these can be run through again.
    """
    if not (hasattr(dataset, "element_spec") or getattr(dataset, "num_workers", None) == 0):
        return
    drawn = 0
    with untouched_generators():
        for batch in dataset:
            arrays = keras.tree.map_structure(np.asarray, batch)
            drawn += max(1, *(len(a) for a in keras.tree.flatten(arrays) if a.ndim), 0)
            yield arrays
            if drawn >= rows:
                return


def _walk(x, most=400):
    """Names of all operations that a tensor of a graph depends on."""
    names, seen, todo = set(), set(), [x]
    while todo and len(seen) < most:
        op = todo.pop().op
        if id(op) not in seen:
            seen.add(id(op))
            names.add(op.type)
            todo.extend(op.inputs)
    return frozenset(names)


@contextlib.contextmanager
def untouched_generators():
    """Context manager: afterwards the global random generators of NumPy, Python and PyTorch are as before it."""
    import random

    states = np.random.get_state(), random.getstate()  # noqa: NPY002 (the state of the user's generator)
    try:
        with preserved_random_state():
            yield
    finally:
        np.random.set_state(states[0])  # noqa: NPY002
        random.setstate(states[1])
