"""The sandbox: a kernel for students' code without network, without the course's files, with limited memory and time.

On Linux, bubblewrap (`bwrap`) makes the sandbox. It gives the code its own namespaces for network, processes and files,
without root's rights. Where there is no bubblewrap, only the limits of `kernel.py` and a clean environment are left.
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

# Folders of the system that Python and its libraries need. The code sees no others: no home, no course, no /tmp.
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

# With further namespaces inside its own, a program reaches much more of Linux. bubblewrap can forbid them from version
# 0.8 on, if it is not installed with root's rights.
_NO_MORE_NAMESPACES = ("--unshare-user", "--disable-userns", "--assert-userns-disabled")


def walls() -> str:
    """What isolates students' code from this machine: "bubblewrap", or "none" where that is missing or fails."""
    return "none" if _namespaces() is None else "bubblewrap"


@cache
def _namespaces():
    """The strictest options for namespaces with which bubblewrap works here, or None where it does not work."""
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


def command(folder: str | Path, arguments: list[str]) -> list[str]:
    """The command line that runs Python in the sandbox. Without a sandbox, Python only gets a clean environment.

    Args:
        folder: path of the only folder that the code can write to. It is its home and its working directory.
        arguments: arguments of Python.
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
    """The beginning of a command line that runs a program in bubblewrap."""
    parts = [sys.executable, "-I", "-S", str(Path(__file__).with_name("own_keyring.py"))]
    parts += ["bwrap", "--unshare-all", *namespaces, "--uid", "1000", "--gid", "1000", "--hostname", "homework"]
    parts += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    parts += ["--proc", "/proc", "--dev", "/dev"]
    for name in ("keys", "key-users"):  # they list the user's keys, also unreadable ones
        if Path("/proc", name).exists():
            parts += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            parts += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            parts += ["--ro-bind", str(path), str(path)]
    for name in _SETTINGS:
        parts += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    visible = [*map(Path, _SYSTEM), *_python()]
    for path in _python():
        parts += ["--ro-bind-try", str(path), str(path)]
    for path in _secret():
        if any(path.is_relative_to(top.resolve()) for top in visible):  # for example a course in /opt
            inside = [str(top) for top in visible if top.is_relative_to(path)]
            parts += ["--tmpfs", str(path), *(part for top in inside for part in ("--ro-bind-try", top, top))]
    return [*parts, "--bind", str(folder), str(folder), "--chdir", str(folder), "--remount-ro", "/"]


def _secret():
    """Folders with solutions, hidden tests, submissions or grades: the current folder, and two of the project."""
    project = Path(__file__).resolve().parents[2]
    paths = (Path.cwd().resolve(), project / "notebooks", project / "tests")
    return [path for path in paths if path.is_dir() and path != Path("/")]


def _python():
    """The folders of this Python and of the course's package that are not in the system's folders."""
    package = Path(__file__).resolve().parents[1]
    prefixes = {sys.prefix, sys.base_prefix, *site.getsitepackages(), site.getusersitepackages(), str(package)}
    # If a path contains a link, as in a virtual environment, the target is needed, too.
    paths = {path for prefix in prefixes for path in (Path(prefix), Path(prefix).resolve())}
    return sorted(path for path in paths if not any(path.is_relative_to(top) for top in _SYSTEM))


def _remove(folder):
    """Delete a folder, also if a folder in it cannot be read, or is too deep for Python's own `rmtree`.

    The garbage collector also calls this function, for a kernel that nobody stopped. PATH may have changed by then, so
    the two programs are first searched in the system's folders.
    """
    places = {"PATH": f"{os.defpath}:{os.environ.get('PATH', '')}"}
    for program in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        command = [*program, str(folder)]
        subprocess.run(command, env=places, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class NoSandbox(RuntimeError):
    """There is no sandbox, and the settings do not allow students' code to run without one."""


class KernelManager(AsyncKernelManager):
    """Jupyter's kernel manager, with a kernel that runs in the sandbox.

    The kernel has no network, so its messages go through sockets in its folder. The limits hold for each process of the
    student's code.
    """

    memory = Int(4 * 2**30, config=True, help="Most bytes of private memory.")
    processor_seconds = Int(600, config=True, help="Most seconds of processor time.")
    processes = Int(
        1024, config=True, help="Most processes and threads at once. It works with bubblewrap only, and not for root."
    )
    unprotected = Bool(False, config=True, help="Whether to run students' code where there is no sandbox.")

    def __init__(self, **kwargs):
        folder = Path(tempfile.mkdtemp(prefix="homework-")).resolve()
        super().__init__(**{**kwargs, "transport": "ipc", "connection_file": str(folder / "kernel.json")})
        self._remove_folder = weakref.finalize(self, _remove, folder)
        if walls() == "none" and not self.unprotected:
            self._remove_folder()
            raise NoSandbox(
                "Expected a working bubblewrap, which isolates students' code from the network and from your files. "
                "Received: none that works. README.md in this folder says how to install it, or to grade without it."
            )

    @property
    def kernel_spec(self):
        """A kernel of this Python. Kernels that the notebook or the user's settings name are ignored."""
        # Without a namespace of its own, the limit would also count the instructor's own processes.
        processes = self.processes if walls() == "bubblewrap" else 0
        limits = [str(limit) for limit in (self.memory, self.processor_seconds, processes)]
        rest = ["-f", "{connection_file}", "--HistoryManager.enabled=False", "--IPKernelApp.log_level=CRITICAL"]
        return KernelSpec(
            argv=command(Path(self.connection_file).parent, ["-m", "gan_course.homework.kernel", *limits, *rest]),
            display_name="homework",
            language="python",
            interrupt_mode="message",  # a signal would end bubblewrap instead of reaching the kernel
        )

    async def start_kernel(self, **options):
        """Start the kernel. What it prints outside of the notebook is dropped."""
        await super().start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    async def shutdown_kernel(self, now=False, restart=False):
        """Stop the kernel and remove its folder. If it died before, its folder is removed with this object."""
        await super().shutdown_kernel(now=now, restart=restart)
        if not restart:
            self._remove_folder()
