"""Where a student's code runs: a kernel without network, without the course's files, with little memory and time.

On Linux bubblewrap (`bwrap`) builds the walls: namespaces of its own for network, processes and files, all without
root. Elsewhere only the limits of `kernel.py` and a clean environment are left, and `walls()` says so.
"""

import os
import shutil
import site
import subprocess
import sys
import tempfile
import weakref
from functools import cache
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from traitlets import Bool, Int

# What Python and its libraries need of the system. Nothing else of it is there: no home, no course, no /tmp.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store")
_SETTINGS = ("ld.so.cache", "passwd", "group", "localtime", "nsswitch.conf", "fonts", "alternatives", "mime.types")
_ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "LANG": "C.UTF-8",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


# Namespaces within the namespaces open much of Linux to a program. bubblewrap can forbid them from version 0.8 on,
# where it is not installed with root's rights.
_NO_MORE_NAMESPACES = ("--unshare-user", "--disable-userns", "--assert-userns-disabled")


def walls():
    """What stands between a student's code and this machine: "bubblewrap", or "none" where that is missing or fails."""
    return "bubblewrap" if _bubblewrap_works() else "none"


def _bubblewrap_works():
    return _namespaces() is not None


@cache
def _namespaces():
    """The options of bubblewrap that make the namespaces, the strictest that work here; None where none do."""
    if not shutil.which("bwrap"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        for options in (_NO_MORE_NAMESPACES, ()):
            trial = [*_bubblewrap(folder, options), sys.executable, "-c", "pass"]
            try:
                if subprocess.run(trial, capture_output=True, timeout=60).returncode == 0:
                    return options
            except (OSError, subprocess.TimeoutExpired):
                continue
    return None


def command(folder, arguments):
    """The command line that runs Python with `arguments` behind the walls that there are.

    Args:
        folder: path of the one folder that the code can write to. It is its home and its working directory.
        arguments: arguments of Python, a list of strings.
    """
    places = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    settings = (_ENVIRONMENT | places).items()
    if walls() == "bubblewrap":
        start = _bubblewrap(folder, _namespaces())
        start += [part for name, value in settings for part in ("--setenv", name, value)]
    else:
        start = ["env", "-i", *(f"{name}={value}" for name, value in settings)]
    return [*start, sys.executable, *arguments]


def _bubblewrap(folder, namespaces):
    parts = [sys.executable, "-I", "-S", str(Path(__file__).with_name("own_keyring.py"))]
    parts += ["bwrap", "--unshare-all", *namespaces, "--uid", "1000", "--gid", "1000", "--hostname", "homework"]
    parts += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    parts += ["--proc", "/proc", "--dev", "/dev"]
    for name in ("keys", "key-users"):  # they name the keys of the user, also those that cannot be read
        if Path("/proc", name).exists():
            parts += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            parts += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            parts += ["--ro-bind", str(path), str(path)]
    for name in _SETTINGS:
        parts += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    shown = [*map(Path, _SYSTEM), *_python()]
    for path in _python():
        parts += ["--ro-bind-try", str(path), str(path)]
    for path in _secret():
        if any(path.is_relative_to(top.resolve()) for top in shown):  # a course in /opt; a clone that is a Python, too
            inside = [str(top) for top in shown if top.is_relative_to(path)]
            parts += ["--tmpfs", str(path), *(part for top in inside for part in ("--ro-bind-try", top, top))]
    return [*parts, "--bind", str(folder), str(folder), "--chdir", str(folder), "--remount-ro", "/"]


def _secret():
    """Folders that hold solutions, hidden tests, submissions or grades: the course's, and those of the project."""
    project = Path(__file__).resolve().parents[2]
    paths = (Path.cwd().resolve(), project / "notebooks", project / "tests")
    return [path for path in paths if path.is_dir() and path != Path("/")]


def _python():
    """The folders of this Python and of the course's package, outside of the system's own."""
    package = Path(__file__).resolve().parents[1]
    prefixes = {sys.prefix, sys.base_prefix, *site.getsitepackages(), site.getusersitepackages(), str(package)}
    # A link in the way (a virtual environment's python) leads to where it points.
    paths = {path for prefix in prefixes for path in (Path(prefix), Path(prefix).resolve())}
    return sorted(path for path in paths if not any(path.is_relative_to(top) for top in _SYSTEM))


def _remove(folder):
    """Delete a folder, even if a folder in it cannot be read, or is deeper than Python's own `rmtree` can go.

    The garbage collector calls this too, at any moment and under any PATH, for a kernel that nobody stopped. So the two
    programs are looked for where the system keeps them.
    """
    places = {"PATH": f"{os.defpath}:{os.environ.get('PATH', '')}"}
    for program in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        command = [*program, str(folder)]
        subprocess.run(command, env=places, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class NoWalls(RuntimeError):
    """Students' code was about to run unprotected, and nobody had allowed it."""


class KernelManager(AsyncKernelManager):
    """Starts the kernel behind the walls. It talks through sockets in its folder: there is no network to talk through.

    A drop-in for Jupyter's. The limits count for each process of the student's code.
    """

    memory = Int(4 * 2**30, config=True, help="Most bytes of private memory.")
    processor_seconds = Int(600, config=True, help="Most seconds of processor time.")
    processes = Int(1024, config=True, help="Most processes and threads at once; behind bubblewrap, and not for root.")
    unprotected = Bool(False, config=True, help="Whether to run students' code even where there are no walls.")

    def __init__(self, **kwargs):
        folder = Path(tempfile.mkdtemp(prefix="homework-")).resolve()
        super().__init__(**{**kwargs, "transport": "ipc", "connection_file": str(folder / "kernel.json")})
        self._remove_folder = weakref.finalize(self, _remove, folder)
        if walls() == "none" and not self.unprotected:
            self._remove_folder()
            raise NoWalls(
                "Expected bubblewrap, to keep students' code from the network and from your files. Received: none that "
                "works. README.md in the course's folder says how to get it, and how to do without."
            )

    @property
    def kernel_spec(self):
        """A kernel of this Python, whatever kernels the notebook or the user's settings name."""
        # Without a namespace of its own, the limit would count all that the instructor runs.
        processes = self.processes if walls() == "bubblewrap" else 0
        limits = [str(limit) for limit in (self.memory, self.processor_seconds, processes)]
        rest = ["-f", "{connection_file}", "--HistoryManager.enabled=False", "--IPKernelApp.log_level=CRITICAL"]
        return KernelSpec(
            argv=command(Path(self.connection_file).parent, ["-m", "gan_course.homework.kernel", *limits, *rest]),
            display_name="homework",
            language="python",
            interrupt_mode="message",  # a signal would end the walls, not reach the kernel behind them
        )

    async def start_kernel(self, **options):
        """Start the kernel. What it and its libraries write past the notebook goes nowhere."""
        await super().start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    async def shutdown_kernel(self, now=False, restart=False):
        """Stop the kernel, and remove its folder. (A kernel that died leaves that to the end of this object.)"""
        await super().shutdown_kernel(now=now, restart=restart)
        if not restart:
            self._remove_folder()
