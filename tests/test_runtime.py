"""Choosing, seeding and describing the backend, and what is said on a machine that has none."""

import importlib.util
import os
import platform
import random
import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from gan_course import networks, runtime
from gan_course.gan import GAN

THREE_PARTS = r"Expected.+Received: .+\. \w"
CURRENT = keras.config.backend()


@pytest.fixture
def environment(monkeypatch):
    """KERAS_BACKEND and JAX's memory setting as they are, put back after the test."""
    monkeypatch.setenv("KERAS_BACKEND", CURRENT)
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "")
    monkeypatch.delenv("XLA_PYTHON_CLIENT_PREALLOCATE")


@pytest.fixture
def no_backend(monkeypatch):
    """A machine on which no backend can be found."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


# ----------------------------------------------------------------------------------------------- reuse_memory


PAGE_FAULTS = """
import ctypes, resource
import numpy as np
from gan_course import runtime

def page_faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        np.ones(2**17)  # 1 MiB, 256 pages
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

for option in (-3, -1, -2):  # the thresholds that glibc starts with, fixed: then each array is mapped anew
    ctypes.CDLL(None).mallopt(option, 128 * 1024)
print(page_faults())
runtime.reuse_memory()
np.ones(2**17)
print(page_faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc")
def test_the_memory_of_an_array_that_is_gone_is_used_again():
    """In a process of its own, since what this one has freed before decides where it takes memory from."""
    child = subprocess.run([sys.executable, "-c", PAGE_FAULTS], capture_output=True, text=True, check=True, timeout=60)
    before, after = map(int, child.stdout.split())
    assert before > 50 * 250
    assert after < 50 * 25


# --------------------------------------------------------------------------------------------- select_backend


def test_installed_backends_are_those_that_can_be_found(monkeypatch):
    assert CURRENT in runtime.installed_backends()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name if name in {"torch", "jax"} else None)
    assert runtime.installed_backends() == ["jax", "torch"]


@pytest.mark.parametrize("name", ["pytorch", "TensorFlow", "", None])
def test_an_unknown_backend_is_refused_with_the_known_ones(environment, name):
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        runtime.select_backend(name)
    assert all(repr(known) in str(caught.value) for known in ("tensorflow", "jax", "torch"))
    assert os.environ["KERAS_BACKEND"] == CURRENT


@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch"])
def test_a_backend_that_is_not_installed_comes_with_its_command(environment, no_backend, name):
    with pytest.raises(ImportError, match=rf"{name}.+Expected.+Received: .+pip install \"{name}") as caught:
        runtime.select_backend(name)
    assert runtime.install_command(name) in str(caught.value)
    assert os.environ["KERAS_BACKEND"] == CURRENT


def test_a_choice_after_keras_has_started_is_refused(monkeypatch, environment):
    monkeypatch.setattr(runtime, "installed_backends", lambda: list(runtime.BACKENDS))
    other = next(name for name in runtime.BACKENDS if name != CURRENT)
    with pytest.raises(RuntimeError, match=THREE_PARTS) as caught:
        runtime.select_backend(other)
    assert repr(CURRENT) in str(caught.value)
    assert os.environ["KERAS_BACKEND"] == CURRENT
    runtime.select_backend(CURRENT)  # no change, so no complaint


@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch"])
def test_a_choice_before_keras_has_started_holds(monkeypatch, environment, name):
    monkeypatch.setattr(runtime, "installed_backends", lambda: list(runtime.BACKENDS))
    monkeypatch.delitem(sys.modules, "keras")
    runtime.select_backend(name)
    assert os.environ["KERAS_BACKEND"] == name
    # JAX must not take three quarters of a GPU's memory at start.
    assert os.environ.get("XLA_PYTHON_CLIENT_PREALLOCATE") == ("false" if name == "jax" else None)


# -------------------------------------------------------------------------------------------------- configure


@pytest.fixture
def float32():
    """Put the precision back after a test that sets it."""
    yield
    keras.config.set_dtype_policy("float32")


def draws():
    uniform = keras.random.uniform((3,))
    return [random.random(), *np.random.rand(2), *keras.ops.convert_to_numpy(uniform)]  # noqa: NPY002


def test_a_seed_makes_everything_reproducible():
    runtime.configure(seed=3)
    first = draws()
    runtime.configure(seed=3)
    assert draws() == first
    runtime.configure(seed=4)
    assert not set(draws()) & set(first)


def test_no_seed_leaves_random_numbers_alone():
    random.seed(1)
    expected = random.Random(1).random()
    runtime.configure(seed=None)
    assert random.random() == expected


@pytest.mark.usefixtures("float32")
@pytest.mark.parametrize("precision", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_precision_is_set_and_reported(precision):
    line = runtime.configure(precision=precision)
    assert line.startswith(f"Keras {keras.__version__} on {CURRENT}, ")
    assert line.endswith(f", {precision}")
    assert "\n" not in line
    assert keras.config.dtype_policy().name == precision
    assert runtime.describe()["precision"] == precision


@pytest.mark.parametrize("precision", ["float16", "half", None])
def test_an_unknown_precision_is_refused(precision):
    with pytest.raises(ValueError, match=r"Unknown precision\. " + THREE_PARTS):
        runtime.configure(precision=precision)
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0", True])
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(ValueError, match=r"Invalid seed\. " + THREE_PARTS) as caught:
        runtime.configure(seed=seed)
    assert repr(seed) in str(caught.value)


def test_gpus_are_counted_in_the_line(monkeypatch):
    monkeypatch.setattr(runtime, "_devices", lambda backend: [("gpu", "a"), ("gpu", "b"), ("cpu", "c")])
    assert ", 2 GPU, " in runtime.configure()
    monkeypatch.setattr(runtime, "_devices", lambda backend: [("cpu", "c")])
    assert ", no GPU, " in runtime.configure()


# --------------------------------------------------------------------------------------------------- describe


def test_describe_says_what_is_there():
    facts = runtime.describe()
    assert set(facts) == {
        "python",
        "keras",
        "backend",
        "backend_version",
        "installed_backends",
        "gpus",
        "cpus",
        "precision",
        "xla",
    }
    assert facts["python"] == platform.python_version()
    assert facts["keras"] == keras.__version__
    assert facts["backend"] == CURRENT
    assert facts["backend_version"].partition("+")[0] == sys.modules[CURRENT].__version__.partition("+")[0]
    assert facts["installed_backends"] == runtime.installed_backends()
    assert len(facts["cpus"]) >= 1
    assert all(isinstance(name, str) for name in facts["gpus"] + facts["cpus"])
    assert facts["precision"] == "float32"
    assert facts["xla"] is runtime.use_xla()


def test_describe_draws_no_random_numbers():
    keras.utils.set_random_seed(5)
    expected = draws()
    keras.utils.set_random_seed(5)
    runtime.describe()
    assert draws() == expected


@pytest.mark.skipif(CURRENT != "tensorflow", reason="only TensorFlow leaves the choice")
@pytest.mark.parametrize(
    ("gpus", "xla", "on", "fused"),
    [(0, None, False, True), (1, None, True, True), (0, True, True, True), (1, False, False, False)],
)
def test_xla_is_for_gpus_and_for_the_optimizers_of_large_networks_unless_asked(monkeypatch, gpus, xla, on, fused):
    devices = [("cpu", "/cpu:0"), *[("gpu", "/gpu:0")] * gpus]
    monkeypatch.setattr(runtime, "_xla", None)
    monkeypatch.setattr(runtime, "_devices", lambda backend: devices)
    runtime.configure(xla=xla)
    gan = GAN(networks.mlp_generator((2,), 3, units=()), networks.mlp_discriminator((2,), units=()))
    weights = 2 * 3 + 2 + 2 + 1
    assert runtime.use_xla() is on
    monkeypatch.setattr(runtime, "FUSED_FROM", weights)
    for asked, chosen in (("auto", (on, fused)), (True, (True, True)), (False, (False, False))):
        gan.compile(jit_compile=asked)
        assert (gan.jit_compile, gan.fuse_updates) == chosen
    monkeypatch.setattr(runtime, "FUSED_FROM", weights + 1)
    gan.compile()
    assert gan.fuse_updates is (xla is True)


@pytest.mark.parametrize(("backend", "xla"), [("jax", False), ("torch", True), ("tensorflow", "yes"), ("jax", 1)])
def test_a_choice_of_xla_that_the_backend_does_not_have_is_refused(monkeypatch, backend, xla):
    monkeypatch.setattr(keras.config, "backend", lambda: backend)
    with pytest.raises(ValueError, match=r"Invalid xla\. Expected .+ Received: .+\. \w"):
        runtime.configure(xla=xla)


def test_standard_error_works_again_after_the_quiet_start(capfd):
    runtime.describe()
    print("still here", file=sys.stderr)
    os.write(2, b"and here")
    assert capfd.readouterr().err == "still here\nand here"


def test_native_logs_of_the_start_are_kept_away(capfd):
    with runtime._without_native_logs():
        os.write(2, b"log line of a C++ library")
    assert capfd.readouterr().err == ""


# ------------------------------------------------------------------------------------------ without a backend


@pytest.mark.parametrize("call", [runtime.configure, runtime.describe])
def test_without_a_backend_the_command_that_installs_one_is_named(no_backend, call):
    assert runtime.installed_backends() == []
    with pytest.raises(ImportError, match=r"no backend.+Expected.+Received: none.+pip install") as caught:
        call()
    assert runtime.install_command("tensorflow") in str(caught.value)


@pytest.mark.parametrize("backend", ["torch", "bogus"])
def test_keras_backend_that_names_a_missing_one_is_explained(run_python, backend):
    """In a child process where `torch` cannot be imported, and one of the others seems to be there."""
    code = """
import sys
sys.modules["torch"] = None
from gan_course import runtime
runtime.installed_backends = lambda: ["jax"]
try:
    runtime.describe()
except ImportError as error:
    print(error)
"""
    child = run_python("-c", code, KERAS_BACKEND=backend)
    assert child.returncode == 0, child.stderr
    assert f"Received: KERAS_BACKEND='{backend}'" in child.stdout
    assert (
        "Expected that the environment variable KERAS_BACKEND names an installed backend, one of ['jax']"
        in child.stdout
    )
    assert 'select_backend("jax")' in child.stdout


def test_a_keras_backend_the_course_does_not_know_is_refused(monkeypatch):
    fake = SimpleNamespace(config=SimpleNamespace(backend=lambda: "openvino"))
    monkeypatch.setitem(sys.modules, "keras", fake)
    with pytest.raises(ImportError, match=r"'openvino'.+Expected.+Received: "):
        runtime.describe()
