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
