"""The environment of tests and notebooks, which is set before anything imports Keras, and two additions to nbval.

First, each notebook is also compared with its source. Second, its kernel has its own sockets and settings, so that
neither another test run at the same time nor a learner's IPython settings change a result.
"""

import atexit
import itertools
import os
import re
import shutil
import tempfile
from pathlib import Path

import jupyter_client
import matplotlib
import nbval.kernel
import pytest

ROOT = Path(__file__).resolve().parent
RUN = Path(tempfile.mkdtemp(prefix="gan-course-tests-"))  # of this process: every worker of pytest-xdist has one
_NUMBERS = itertools.count()
atexit.register(shutil.rmtree, RUN, ignore_errors=True)

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # "TF_ENABLE_ONEDNN_OPTS=1 pytest" tests with it
# There is one test process for each core. A second thread would only wait for the others, at a quarter of the CPU time.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ["IPYTHONDIR"] = str(RUN / "ipython")
# Many tests train the same small networks. JAX then loads what it compiled for the first one, in child processes, too.
# No two workers share the folder, since JAX does not write its files in one step.
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(RUN / "jax")
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

# The kernels of the lessons draw inline figures, so they must not find another Matplotlib backend in the environment.
# The tests themselves draw without a screen.
os.environ.pop("MPLBACKEND", None)
matplotlib.use("agg")

# Notebooks that grading leaves in the folder of the homework are not tested.
collect_ignore_glob = [f"notebooks/homework/{step}/*" for step in ("release", "submitted", "autograded", "feedback")]
collect_ignore_glob += ["notebooks/homework/source/*-v*/*"]  # variants, which `release --variant` writes


def _kernel_manager(**options):
    """A kernel that talks through files of this run. With network ports, two runs at once could take the same port."""
    file = RUN / f"kernel-{next(_NUMBERS)}.json"
    return jupyter_client.KernelManager(transport="ipc", connection_file=str(file), **options)


if os.name == "posix":
    nbval.kernel.KernelManager = _kernel_manager


def pytest_configure(config):
    """Give nbval the full path of its sanitizer, so that tests can be started in any folder."""
    config.option.nbval_sanitize_with = config.option.nbval_sanitize_with or str(ROOT / "notebooks" / "sanitize.cfg")


def pytest_collect_file(file_path, parent):
    """Add one more test to nbval's for every notebook of the course: `InOrder`."""
    if file_path.suffix == ".ipynb" and ROOT / "notebooks" in file_path.parents:
        return NotebookFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """One worker runs all tests of a file, or, where it is about all homework, those of one: they share fixtures."""
    from xdist.scheduler import LoadFileScheduling

    class ByFileAndHomework(LoadFileScheduling):
        def _split_scope(self, nodeid):
            homework = re.search(r"\[.*?\b(hw\d)\b", nodeid)
            return super()._split_scope(nodeid) + (f" {homework[1]}" if homework else "")

    return ByFileAndHomework(config, log) if config.getvalue("dist") == "loadfile" else None


class NotebookFile(pytest.File):
    """A notebook of the course, of which the file is tested and nothing is run."""

    def collect(self):
        yield InOrder.from_parent(self, name="in order")


class InOrder(pytest.Item):
    """Tests that a notebook was made from its source and executed from top to bottom. nbval itself tests neither."""

    def runtest(self):
        import build

        if found := build.problems(ROOT, only=self.path):
            pytest.fail("\n".join(found), pytrace=False)

    def reportinfo(self):
        return self.path, None, f"{self.path.stem}: in order"
