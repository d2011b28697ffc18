"""Where the course runs: choose the backend of Keras, its seed and its precision, and describe the machine.

This module imports Keras only inside of its functions, so that the backend can still be chosen.
"""

import contextlib
import ctypes
import importlib.metadata
import importlib.util
import os
import platform
import sys

from gan_course.arguments import require_one_of, require_seed

BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
"""Dictionary from the name of each Keras backend to the package that holds it."""

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
"""Names of the precisions, which are Keras dtype policies, that `configure` knows."""

_xla = None  # the argument `xla` of the last call of `configure`; None means: on a GPU only


def installed_backends() -> list[str]:
    """Find the Keras backends that are installed, without importing them.

    Returns:
        List of names, a part of `["tensorflow", "jax", "torch"]` in this order.
    """
    return [name for name, package in BACKENDS.items() if importlib.util.find_spec(package) is not None]


def select_backend(name: str) -> None:
    """Choose the backend of Keras. Call it before Keras is imported for the first time.

    Args:
        name: `"tensorflow"`, `"jax"` or `"torch"`.

    Raises:
        ValueError: for any other name.
        ImportError: if that backend is not installed. The message contains the command that installs it.
        RuntimeError: if Keras already runs on another backend in this process.

    Example:
        >>> import gan_course
        >>> gan_course.runtime.select_backend("jax")      # doctest: +SKIP
        >>> import keras                                  # doctest: +SKIP
    """
    require_one_of(BACKENDS, backend=name)
    if name not in installed_backends():
        raise ImportError(
            f"The backend {name!r} is not installed. Expected an installed backend: "
            f"{', '.join(installed_backends()) or 'there is none yet'}. Received: {name!r}. "
            f"Install it with this command: {install_command(name)}"
        )
    if "keras" in sys.modules:
        running = sys.modules["keras"].config.backend()
        if running != name:
            raise RuntimeError(
                f"Keras already runs on the backend {running!r}. Expected a call of select_backend before Keras is "
                f"imported for the first time. Received: {name!r}, after the import. Restart the kernel, and call "
                "select_backend in the first cell, before all other imports."
            )
    if name == "jax":
        # Without this, JAX takes three quarters of the GPU's memory when it starts.
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ["KERAS_BACKEND"] = name


def install_command(name: str) -> str:
    """The command that installs a backend with pip.

    Args:
        name: `"tensorflow"`, `"jax"` or `"torch"`.

    Returns:
        One line of text.
    """
    return {
        "tensorflow": 'pip install "tensorflow>=2.20,<2.22"',
        "jax": 'pip install "jax"',
        "torch": 'pip install "torch"',
    }[name]


def configure(
    seed: int | None = 0, precision: str = "float32", memory_growth: bool = True, xla: bool | None = None
) -> str:
    """Prepare Keras for a lesson: fewer log messages, a seed, a precision, XLA, and how memory is taken.

    On Linux it also calls `reuse_memory`.

    Args:
        seed: integer from 0 to 2³² − 1 that seeds Python, NumPy and the backend, or `None` to set no seed.
            Defaults to 0.
        precision: Keras dtype policy: `"float32"`, `"mixed_float16"` or `"mixed_bfloat16"`. Mixed precision is faster
            on a GPU only. Defaults to `"float32"`.
        memory_growth: whether TensorFlow takes GPU memory only when it needs it. It has no effect without a GPU, or
            on another backend. Defaults to True.
        xla: whether `GAN.compile` turns on XLA, a compiler, when its argument `jit_compile` is `"auto"`. Defaults to
            `None`: only on a GPU. On a CPU, where XLA makes convolutions slower, it then compiles only the updates of
            the optimizers. JAX always compiles with XLA, PyTorch never does.

    Returns:
        One line of text, for example `"Keras 3.15.1 on tensorflow, no GPU, float32"`.

    Raises:
        ValueError: for an unknown precision, a seed that is not an integer in its range, or a choice of XLA that the
            backend does not have.
        ImportError: if no backend is installed. The message contains the command that installs one.
    """
    require_one_of(PRECISIONS, precision=precision)
    require_seed(seed)
    keras = import_keras()
    reuse_memory()  # now, since TensorFlow makes choices of its own when it is imported
    _choose_xla(xla, keras.config.backend())
    if keras.config.backend() == "tensorflow":
        with _without_native_logs():
            _configure_tensorflow(memory_growth)
    if seed is not None:
        keras.utils.set_random_seed(int(seed))
    keras.config.set_dtype_policy(precision)
    facts = describe()
    gpus = f"{len(facts['gpus'])} GPU" if facts["gpus"] else "no GPU"
    return f"Keras {facts['keras']} on {facts['backend']}, {gpus}, {precision}"


def reuse_memory() -> None:
    """Let the process keep the memory of arrays that are gone, for the next ones, instead of returning it to Linux.

    Each step of a training makes and drops the same large arrays. Linux fills memory with zeros, page by page, before
    it hands it out again, and on a CPU this is a good part of a step. No result changes. The process may hold up to 512
    MiB that it does not use. Nothing happens where the C library is not glibc, as on macOS and Windows.
    """
    if platform.libc_ver()[0] == "glibc":
        for option, size in _MALLOC_OPTIONS.items():
            ctypes.CDLL(None).mallopt(option, size)


_MALLOC_OPTIONS = {
    -3: 32 * 2**20,  # M_MMAP_THRESHOLD: from this size on an array is mapped by itself; glibc allows no larger one
    -1: 512 * 2**20,  # M_TRIM_THRESHOLD: how much free memory the process keeps
    -2: 64 * 2**20,  # M_TOP_PAD: how much it asks for at once
}


def use_xla() -> bool:
    """Whether `GAN.compile` turns on XLA when its argument `jit_compile` is `"auto"`.

    Returns:
        Always True on JAX, and False on PyTorch. On TensorFlow it is the argument `xla` of `configure`. If that
        is `None`, it is True only if there is a GPU.
    """
    backend = import_keras().config.backend()
    if backend != "tensorflow":
        return backend == "jax"
    return any(kind == "gpu" for kind, _ in _devices(backend)) if _xla is None else _xla


FUSED_FROM = 100_000
"""So many weights of both players together make it worth while to compile the optimizers' updates. Smaller networks
train as fast without, and save the 0.7 s that XLA takes to compile."""


def fuse_updates(weights: int) -> bool:
    """Whether TensorFlow compiles the updates of the optimizers with XLA, even if it compiles nothing else.

    An update is arithmetic on each weight. XLA does it in one pass over the memory instead of about a dozen.

    Args:
        weights: how many trainable numbers both networks have together.

    Returns:
        False after `configure(xla=False)`, True after `configure(xla=True)`, and otherwise whether the networks are
        large enough to gain from it.
    """
    return weights >= FUSED_FROM if _xla is None else _xla


def _choose_xla(xla, backend):
    """Keep the choice for `use_xla` and `fuse_updates`, if the backend has it."""
    global _xla
    possible = {"tensorflow": (None, True, False), "jax": (None, True), "torch": (None, False)}[backend]
    if not any(xla is choice for choice in possible):
        raise ValueError(
            f"Invalid xla. Expected one of {possible} on the backend {backend!r}. Received: {xla!r}. "
            "Leave this argument out: then XLA is used where it makes a training faster."
        )
    _xla = xla


def describe() -> dict:
    """Describe the environment as Keras sees it.

    Returns:
        Dictionary with these keys: `python` and `keras`, their versions; `backend`, its name, and `backend_version`;
        `installed_backends`, a list of names; `gpus` and `cpus`, lists of device names; `precision`, the name of the
        dtype policy; and `xla`, the value of `use_xla()`.

    Raises:
        ImportError: if no backend is installed. The message contains the command that installs one.
    """
    keras = import_keras()
    backend = keras.config.backend()
    with _without_native_logs():
        devices = _devices(backend)
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": backend,
        "backend_version": _version(BACKENDS[backend]),
        "installed_backends": installed_backends(),
        "gpus": [name for kind, name in devices if kind == "gpu"],
        "cpus": [name for kind, name in devices if kind == "cpu"],
        "precision": keras.config.dtype_policy().name,
        "xla": use_xla(),
    }


def import_keras():
    """Import Keras without the log messages of TensorFlow's start, which no log level turns off.

    Returns:
        The module `keras`.

    Raises:
        ImportError: if there is no backend that works; it says which command helps.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    installed = installed_backends()
    if not installed:
        raise ImportError(
            f"Keras needs a backend, and no backend is installed. Expected one of {list(BACKENDS)}. Received: none. "
            f"Install one, for example with this command: {install_command('tensorflow')}"
        )
    try:
        with _without_native_logs():
            import keras
        if keras.config.backend() not in BACKENDS:
            raise ImportError(f"the course does not support the backend {keras.config.backend()!r}")
    except (ImportError, ValueError) as error:  # Keras raises a ValueError for a name it does not know
        raise ImportError(
            f"Keras could not be imported: {error}. Expected that the environment variable KERAS_BACKEND names an "
            f"installed backend, one of {installed}. Received: KERAS_BACKEND={os.environ.get('KERAS_BACKEND')!r}. "
            f'Restart the kernel and call gan_course.runtime.select_backend("{installed[0]}") before you import Keras, '
            f"or install a backend, for example with this command: {install_command('tensorflow')}"
        ) from error
    return keras


@contextlib.contextmanager
def _without_native_logs():
    """Hide the messages that TensorFlow's C++ code prints when it starts; no log level turns them off."""
    try:
        standard_error = os.dup(2)
    except OSError:  # standard error is closed, so nothing can be printed there
        yield
        return
    try:
        with open(os.devnull, "wb") as null_device:
            sys.stderr.flush()
            os.dup2(null_device.fileno(), 2)
        yield
    finally:
        os.dup2(standard_error, 2)
        os.close(standard_error)


def _configure_tensorflow(memory_growth):
    """Turn off TensorFlow's warnings, and set how it takes GPU memory."""
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, memory_growth)
        except RuntimeError:  # TensorFlow already uses the GPU: too late to change, and harmless
            return


def _devices(backend):
    """Pairs of a kind, "gpu" or "cpu", and a name, as the backend itself reports them."""
    if backend == "tensorflow":
        import tensorflow as tf

        return [(d.device_type.lower(), d.name) for d in tf.config.list_physical_devices()]
    if backend == "jax":
        import jax

        return [("cpu" if d.platform == "cpu" else "gpu", str(d)) for d in jax.devices()]
    import torch

    gpus = [("gpu", torch.cuda.get_device_name(i)) for i in range(torch.cuda.device_count())]
    return [*gpus, ("cpu", platform.processor() or "cpu")]


def _version(package):
    """The installed version of a package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # for example tensorflow-cpu, another package with the same module
        return getattr(sys.modules.get(package), "__version__", "unknown")
