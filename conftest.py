"""The environment of tests and notebooks, set before anything imports Keras; and two things that nbval leaves out.

A notebook is also held against its source. And its kernel has sockets and settings of its own, so that test runs side
by side, or a learner's own IPython settings, change nothing.
"""

import atexit
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import jupyter_client
import matplotlib
import nbval.kernel
import pytest

ROOT = Path(__file__).resolve().parent
RUN = Path(tempfile.mkdtemp(prefix="gan-course-tests-"))  # of this process: each worker of pytest-xdist has its own
_NUMBERS = itertools.count()
atexit.register(shutil.rmtree, RUN, ignore_errors=True)

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # TF_ENABLE_ONEDNN_OPTS=1 pytest: do the numbers hold with it?
os.environ["IPYTHONDIR"] = str(RUN / "ipython")

# The lessons' kernels must keep their inline figures, so no backend may come from the environment; the tests
# themselves draw without a screen.
os.environ.pop("MPLBACKEND", None)
matplotlib.use("agg")

# What grading leaves in the homework's folder is nobody's lesson.
collect_ignore_glob = [f"notebooks/homework/{step}/*" for step in ("release", "submitted", "autograded", "feedback")]


def _kernel_manager(**options):
    """A kernel that talks through files of this run: two runs at once can take the same network port by chance."""
    file = RUN / f"kernel-{next(_NUMBERS)}.json"
    return jupyter_client.KernelManager(transport="ipc", connection_file=str(file), **options)


if os.name == "posix":
    nbval.kernel.KernelManager = _kernel_manager


def pytest_configure(config):
    """nbval would look for a relative path where the tests are started, not where the project is."""
    config.option.nbval_sanitize_with = config.option.nbval_sanitize_with or str(ROOT / "notebooks" / "sanitize.cfg")


def pytest_collect_file(file_path, parent):
    """Beside nbval's cells, every notebook of the course gets one more test: `InOrder`."""
    if file_path.suffix == ".ipynb" and ROOT / "notebooks" in file_path.parents:
        return NotebookFile.from_parent(parent, path=file_path)
    return None


class NotebookFile(pytest.File):
    """A notebook of the course as a file, without running it."""

    def collect(self):
        yield InOrder.from_parent(self, name="in order")


class InOrder(pytest.Item):
    """Whether a notebook was made from its source and executed from top to bottom. nbval itself asks neither."""

    def runtest(self):
        import build

        if found := build.problems(ROOT, only=self.path):
            pytest.fail("\n".join(found), pytrace=False)

    def reportinfo(self):
        return self.path, None, f"{self.path.stem}: in order"
