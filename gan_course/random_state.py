"""The random numbers of the backend's own generator, from which only layers without a generator of their own draw.

On TensorFlow and JAX every layer of Keras has a generator of its own, so everything here does nothing there. On
PyTorch a `Dropout` without a seed draws from the generators of PyTorch.
"""

import contextlib

import keras

_BACKEND = keras.config.backend()

if _BACKEND == "torch":
    import torch


def get_random_state():
    """The state of the backend's own generators.

    Returns:
        Dictionary of NumPy arrays of bytes. On PyTorch it holds one for the CPU, and one for the current GPU if there
        is one. It is empty on TensorFlow and JAX.
    """
    if _BACKEND != "torch":
        return {}
    states = {"torch_cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["torch_cuda"] = torch.cuda.get_rng_state()
    return {name: state.numpy() for name, state in states.items()}


def set_random_state(states):
    """Put back a state of the backend's own generators.

    Args:
        states: what `get_random_state` returned. What is missing in it, or belongs to a device that this machine does
            not have, stays as it is.
    """
    if _BACKEND != "torch":
        return
    if "torch_cpu" in states:
        torch.set_rng_state(torch.tensor(states["torch_cpu"]))
    if "torch_cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(torch.tensor(states["torch_cuda"]))


def preserved_random_state():
    """Context manager: after the `with` block the backend's own generators are in the state from before it.

    Each data loader of PyTorch draws a number from them, even for an evaluation. Without this the layers that draw from
    the same generator would continue with other numbers.
    """
    if _BACKEND != "torch":
        return contextlib.nullcontext()
    return torch.random.fork_rng(range(torch.cuda.device_count()) if torch.cuda.is_initialized() else [])
