"""What the tests of the package share: a clean environment, real MNIST if it is at hand, and child processes."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from gan_course import runtime

PROJECT = Path(__file__).resolve().parents[1]
PROBES = PROJECT / "tests" / "probes"
HOMEWORK = {PROJECT / "tests" / "homework", PROJECT / "notebooks" / "homework"}
SITE = PROJECT / "tests" / "site"
LONGEST = {f"test_{name}.py" for name in ("submissions", "homework_variants", "release", "tampering", "end_to_end")}
PROBING = {"probe", "ask_probe", "start_probe"}

# Read before any test changes the variable.
_DATA_FOLDERS = [
    Path(os.environ.get("GAN_COURSE_DATA") or "no such folder"),
    PROJECT.parent / "shared" / "data",
]


def pytest_configure(config):
    # There is one test process per core, so more threads would only wait for each other. The processes inherit this.
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")
    runtime.reuse_memory()
    # NumPy 2 passes `copy` to `__array__`, and the variables of Keras and tensors of PyTorch do not take it.
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation doesn't accept:DeprecationWarning")


def pytest_collection_modifyitems(items):
    """Mark each test by its folder, or by the fixtures that it uses. The homework's longest files come first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)  # two workers then end at about the same time
    for item in items:
        if not HOMEWORK.isdisjoint(item.path.parents):
            item.add_marker("homework")
        if SITE in item.path.parents:
            item.add_marker("site")
        if not PROBING.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("backends")
            item.add_marker("probes")


@pytest.fixture(autouse=True, scope="module")
def _matplotlib_as_it_was():
    """Restore Matplotlib's defaults after the tests of a module."""
    with matplotlib.rc_context():
        yield


@pytest.fixture(autouse=True)
def _no_figure_left_open():
    """Close the figures of a test, so that the next one finds none."""
    yield
    plt.close("all")


@pytest.fixture
def clean_environment(monkeypatch, tmp_path):
    """No GAN_COURSE_DATA, no proxy, and an empty Keras cache. Returns the folder of Keras' data sets."""
    monkeypatch.delenv("GAN_COURSE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "keras" / "datasets"


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, driven by playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extras dev and site")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs a browser: Debian's package chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


@pytest.fixture(scope="session")
def mnist_folder():
    """The folder that holds the real mnist.npz. It is only ever read."""
    for folder in _DATA_FOLDERS:
        if (folder / "mnist.npz").is_file():
            return folder
    pytest.skip("real MNIST is not at hand: no mnist.npz in $GAN_COURSE_DATA or in ../shared/data")


@pytest.fixture(scope="session")
def run_python(tmp_path_factory):
    """Run Python in a child process that can import the package: `run_python("-c", code, KERAS_BACKEND="jax")`."""
    home = str(tmp_path_factory.mktemp("keras"))

    def run(*arguments, **variables):
        inherited = {name: value for name, value in os.environ.items() if name != "GAN_COURSE_DATA"}
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        environment = {**inherited, "PYTHONPATH": path, "KERAS_HOME": home, **variables}
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run


@pytest.fixture(scope="session")
def start_probe(run_python):
    """Run a script of tests/probes in a child process: `start_probe("resume", "first", folder, backend="jax")`."""

    def start(name, *arguments, backend):
        return run_python(PROBES / f"{name}.py", *arguments, KERAS_BACKEND=backend)

    return start


@pytest.fixture(scope="session")
def ask_probe(start_probe):
    """Run a script of tests/probes as `start_probe` does, and return the JSON object that it prints last."""

    def ask(name, *arguments, backend):
        child = start_probe(name, *arguments, backend=backend)
        assert child.returncode == 0, child.stderr
        report = json.loads(child.stdout.splitlines()[-1])
        assert report["backend"] == backend
        return report

    return ask


@pytest.fixture(scope="module", params=runtime.BACKENDS)
def probe(request, run_probe):
    """What the `run_probe` of a test module returns for each installed backend, or for the one in KERAS_BACKEND."""
    if request.param not in runtime.installed_backends():
        pytest.skip(f"the backend {request.param} is not installed")
    if request.param != os.environ.get("KERAS_BACKEND", request.param):
        pytest.skip(f"KERAS_BACKEND asks for {os.environ['KERAS_BACKEND']} alone")
    return run_probe(request.param)


@pytest.fixture
def without_graphs():
    """Let TensorFlow run functions line by line. A run of a few steps then takes less time than to make its graph."""
    tensorflow = pytest.importorskip("tensorflow")
    tensorflow.config.run_functions_eagerly(True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eagerly`")
        yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.fixture
def difference_after_an_interruption(tmp_path):
    """Largest difference of any weight between a training that was interrupted and resumed, and one that never was."""
    import keras

    class Stop(Exception):
        """Stands for a kill: nothing of the model is used afterwards."""

    def difference(make, arrays):
        options = {"batch_size": 4, "epochs": 2, "verbose": 0}  # with 12 samples, three steps per epoch
        backup = {"backup_dir": tmp_path / "backup", "save_freq": 2}
        batches = []

        def stop(batch, logs):
            batches.append(batch)
            if len(batches) == 5:
                raise Stop

        expected, stopping = make(), keras.callbacks.LambdaCallback(on_train_batch_end=stop)
        expected.fit(*arrays, **options)
        with pytest.raises(Stop):
            make().fit(*arrays, callbacks=[keras.callbacks.BackupAndRestore(**backup), stopping], **options)
        resumed = make()
        resumed.fit(*arrays, callbacks=[keras.callbacks.BackupAndRestore(**backup)], **options)
        pairs = zip(resumed.get_weights(), expected.get_weights(), strict=True)
        return max(np.abs(a - b).max() for a, b in pairs)

    return difference


@pytest.fixture
def is_a_picture():
    """Whether a file is a PNG that shows something."""
    return lambda path: path.read_bytes()[:4] == b"\x89PNG" and path.stat().st_size > 5_000
