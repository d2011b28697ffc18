"""Where the course runs: choose the Keras backend, seed it, set precision, and describe what is there.

Nothing here is imported from Keras until a function is called, so that the backend can still be chosen.
"""

import contextlib
import importlib.metadata
import importlib.util
import numbers
import os
import platform
import sys

BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
"""Keras backend → the package that `pip install` brings it with."""

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")

_xla = None  # what `configure` was asked for; None: on a GPU only


def installed_backends():
    """Names of the Keras backends that can be imported here, in the order TensorFlow, JAX, PyTorch.

    Returns:
        List of strings, a subset of `["tensorflow", "jax", "torch"]`. Nothing is imported to find out.
    """
    return [name for name, package in BACKENDS.items() if importlib.util.find_spec(package) is not None]


def select_backend(name):
    """Choose Keras' backend. Call it before anything imports Keras.

    Args:
        name: `"tensorflow"`, `"jax"` or `"torch"`.

    Raises:
        ValueError: for any other name.
        ImportError: if that backend is not installed; the message holds the command that installs it.
        RuntimeError: if Keras already runs on another backend in this process.

    Example:
        >>> import gan_course
        >>> gan_course.runtime.select_backend("jax")      # doctest: +SKIP
        >>> import keras                                  # doctest: +SKIP
    """
    if name not in BACKENDS:
        raise ValueError(
            f"Unknown backend. Expected one of {sorted(BACKENDS)}. Received: {name!r}. "
            'Choose one of these, for example select_backend("jax").'
        )
    if name not in installed_backends():
        raise ImportError(
            f"Backend {name!r} is not installed. Expected one of {installed_backends() or 'none so far'}. "
            f"Install it with: {install_command(name)}"
        )
    if "keras" in sys.modules:
        running = sys.modules["keras"].config.backend()
        if running != name:
            raise RuntimeError(
                f"Keras already runs on {running!r} in this process. Expected: select_backend before the first "
                f"`import keras`. Received: {name!r}. Restart the kernel and make this call its first line."
            )
    if name == "jax":
        # Without this JAX takes three quarters of the GPU's memory at start. It must be set before JAX starts.
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ["KERAS_BACKEND"] = name


def install_command(name):
    """The pip command that installs a backend, as one line of text."""
    return {
        "tensorflow": 'pip install "tensorflow>=2.20,<2.22"',
        "jax": 'pip install "jax"',
        "torch": 'pip install "torch"',
    }[name]


def configure(seed=0, precision="float32", memory_growth=True, xla=None):
    """Prepare Keras for a lesson: quiet logs, a seed, a precision, XLA, and GPU memory taken as needed.

    Args:
        seed: integer that seeds Python, NumPy and the backend, or `None` to leave them alone. Defaults to 0.
        precision: Keras dtype policy: `"float32"`, `"mixed_float16"` or `"mixed_bfloat16"`.
            Defaults to `"float32"`.
        memory_growth: whether TensorFlow takes GPU memory only as it needs it. It has no effect without a GPU, or
            on another backend. Defaults to True.
        xla: whether `GAN.compile` turns XLA on where it is not asked itself. Defaults to None: on a GPU, while
            on a CPU, where it makes convolutions slower, only the optimizers' updates are compiled. JAX always compiles
            with XLA, PyTorch never does.

    Returns:
        One line of text, for example `"Keras 3.15.1 on tensorflow, no GPU, float32"`.

    Raises:
        ValueError: for an unknown precision, a seed that is not a non-negative integer, or a choice of XLA that the
            backend does not have.
        ImportError: if no backend is installed; the message holds the command that installs one.
    """
    if precision not in PRECISIONS:
        raise ValueError(
            f"Unknown precision. Expected one of {list(PRECISIONS)}. Received: {precision!r}. "
            'On a CPU choose "float32"; mixed precision pays on a GPU.'
        )
    if seed is not None and (not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or not 0 <= seed < 2**32):
        raise ValueError(
            f"Invalid seed. Expected None or an integer from 0 to 2**32 - 1. Received: {seed!r}. Try seed=0."
        )
    keras = _import_keras()
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


def use_xla():
    """Whether `GAN.compile` turns XLA on where it is not asked itself.

    Returns:
        What `configure(xla=...)` was asked for; else True on JAX, False on PyTorch, and on TensorFlow True with a GPU.
    """
    backend = _import_keras().config.backend()
    if backend != "tensorflow":
        return backend == "jax"
    return any(kind == "gpu" for kind, _ in _devices(backend)) if _xla is None else _xla


def fuse_updates():
    """Whether TensorFlow compiles the optimizers' updates with XLA where the rest of the step is not.

    Returns:
        True unless `configure(xla=False)` was asked for. Such an update is arithmetic on each weight, which XLA turns
        from a dozen passes over the memory into one.
    """
    return _xla is not False


def _choose_xla(xla, backend):
    global _xla
    possible = {"tensorflow": (None, True, False), "jax": (None, True), "torch": (None, False)}[backend]
    if not any(xla is choice for choice in possible):
        raise ValueError(
            f"Invalid xla. Expected one of {possible} on {backend}. Received: {xla!r}. "
            "Leave it out: then XLA is used where it helps."
        )
    _xla = xla


def describe():
    """Describe the environment as Keras sees it.

    Returns:
        Dictionary with `python`, `keras`, `backend` (name) and `backend_version` as strings, `installed_backends`
        (list of names), `gpus` and `cpus` (lists of device names), `precision` (dtype policy) and `xla` (bool:
        `use_xla()`).

    Raises:
        ImportError: if no backend is installed; the message holds the command that installs one.
    """
    keras = _import_keras()
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


def _import_keras():
    """Import Keras, quietly, or say which command mends a machine that has no backend for it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    installed = installed_backends()
    if not installed:
        raise ImportError(
            "Keras has no backend here. Expected one of "
            f"{sorted(BACKENDS)}. Found: none. Install one with: {install_command('tensorflow')}"
        )
    try:
        with _without_native_logs():
            import keras
        if keras.config.backend() not in BACKENDS:
            raise ImportError(f"the course does not run on its backend {keras.config.backend()!r}")
    except (ImportError, ValueError) as error:  # Keras raises a ValueError for a name it does not know
        raise ImportError(
            f"Keras could not start: {error}. Expected KERAS_BACKEND to name an installed backend, one of {installed}. "
            f"Received: KERAS_BACKEND={os.environ.get('KERAS_BACKEND')!r}. "
            f'Call gan_course.runtime.select_backend("{installed[0]}") first, or run: {install_command("tensorflow")}'
        ) from error
    return keras


@contextlib.contextmanager
def _without_native_logs():
    """Keep TensorFlow's C++ start-up messages, which no log level silences, out of the learner's first cell."""
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed: nothing to keep quiet
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            sys.stderr.flush()
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _configure_tensorflow(memory_growth):
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, memory_growth)
        except RuntimeError:  # TensorFlow has already taken the device; too late, and harmless.
            return


def _devices(backend):
    """Pairs (kind, name) with kind "gpu" or "cpu", as the backend itself reports them."""
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
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # tensorflow-cpu and others carry the module under another name
        return getattr(sys.modules.get(package), "__version__", "unknown")
