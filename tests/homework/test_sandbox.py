"""A student's code has no network, no files but its own, and limits that it cannot lift."""

import contextlib
import ctypes
import gc
import os
import platform
import shutil
import socket
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from gan_course.homework import sandbox

needs_walls = pytest.mark.skipif(sandbox.walls() == "none", reason="bubblewrap is missing or does not work here")


@pytest.fixture
def run(tmp_path):
    """Run Python code as a student's code is run. Gives what it printed."""

    def run(code):
        child = subprocess.run(
            sandbox.command(tmp_path, ["-c", code]), capture_output=True, text=True, timeout=60, cwd=tmp_path
        )
        assert child.returncode == 0, child.stderr
        return child.stdout.strip()

    return run


def outcome(code):
    """Code that prints what an expression gives, or the name of the error that it raises."""
    return f"import os, socket\ntry:\n    print({code})\nexcept Exception as error:\n    print(type(error).__name__)"


@needs_walls
def test_no_network_not_even_this_machines(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        socket.create_connection(address, 2).close()  # from here it answers
        assert "Error" in run(outcome(f"socket.create_connection({address}, 2)"))
    assert run(outcome("socket.getaddrinfo('example.org', 80)")) == "gaierror"
    assert run("import socket; print(*(name for _, name in socket.if_nameindex()))") == "lo"


@needs_walls
def test_no_files_but_python_and_the_folder(run, tmp_path):
    secret = tmp_path.parent / "gradebook.db"
    secret.write_text("grades")
    assert run(outcome(f"open({str(secret)!r}).read()")) == "FileNotFoundError"
    assert run(outcome(f"open({str(__file__)!r}).read()")) == "FileNotFoundError"
    assert run(outcome("open('/etc/hostname').read()")) == "FileNotFoundError"
    assert run(outcome(f"os.listdir({str(sandbox.__file__.rpartition('gan_course')[0])!r})")) == "['gan_course']"


@needs_walls
def test_a_course_inside_a_python_stays_out_of_sight(run, tmp_path, monkeypatch):
    """As when a clone lies in /opt, or when it is the virtual environment, too: then its folder is shown."""
    clone = tmp_path.parent / f"{tmp_path.name}-clone"
    (clone / "lib").mkdir(parents=True)
    (clone / "lib" / "module.py").write_text("of Python")
    course = clone / "notebooks" / "homework"
    (course / ".venv").mkdir(parents=True)
    (course / "gradebook.db").write_text("grades")
    (course / ".venv" / "pyvenv.cfg").write_text("a Python in the course")
    shown = [*sandbox._python(), clone, course / ".venv"]
    monkeypatch.setattr(sandbox, "_python", lambda: shown)
    assert run(outcome(f"open({str(course / 'gradebook.db')!r}).read()")) == "grades"  # so it was
    monkeypatch.chdir(course)
    assert run(outcome(f"open({str(course / 'gradebook.db')!r}).read()")) == "FileNotFoundError"
    assert run(outcome(f"open({str(clone / 'lib' / 'module.py')!r}).read()")) == "of Python"
    assert run(outcome(f"open({str(course / '.venv' / 'pyvenv.cfg')!r}).read()")) == "a Python in the course"


@needs_walls
def test_it_writes_to_its_folder_and_nowhere_else(run, tmp_path):
    run("open('mine.txt', 'w').write('mine')")
    assert (tmp_path / "mine.txt").read_text() == "mine"
    for path in ("/tmp/x", "/usr/x", "/x", f"{sys.prefix}/x", sandbox.__file__):
        assert run(outcome(f"open({str(path)!r}, 'a')")) in ("OSError", "PermissionError", "FileNotFoundError")


@needs_walls
def test_it_sees_no_process_of_ours_and_is_nobody(run):
    assert set(run("import os; print(*(name for name in os.listdir('/proc') if name.isdigit()))").split()) <= {"1", "2"}
    assert run(outcome(f"os.kill({os.getpid()}, 0)")) == "ProcessLookupError"
    assert run("print(open('/proc/self/status').read().partition('CapEff:')[2].split()[0])") == "0000000000000000"
    assert "Error" in run(outcome("os.setuid(0)"))


@needs_walls
@pytest.mark.skipif("--disable-userns" not in (sandbox._namespaces() or ()), reason="bubblewrap before 0.8, or as root")
def test_no_namespace_can_be_made_within(run):
    """With one a program is root of its own: it can mount, and reach much more of Linux."""
    clone = "ctypes.CDLL(None, use_errno=True).unshare({})"
    new_user, new_mount = 0x10000000, 0x00020000
    assert run(f"import ctypes; print({clone.format(new_user)}, {clone.format(new_mount)})") == "-1 -1"
    if shutil.which("unshare"):
        asked = "import subprocess; print(subprocess.run(['unshare', '-U', 'true'], capture_output=True).returncode)"
        assert run(asked) != "0"


KEYCTL = """
import ctypes
def keyctl(*arguments):
    return ctypes.CDLL(None).syscall(250, *arguments)
def read(key):
    space = ctypes.create_string_buffer(99)
    size = keyctl(11, key, space, 99)
    return space.raw[: max(0, size)]
found = [keyctl(10, ring, b"user", name, 0) for ring in (-3, -4, -5) for name in (b"homework-s", b"homework-u")]
print([read(key) for key in (*found, *KEYS)])
"""


@pytest.fixture
def keys():
    """A key in a session keyring of this test's own, as a login makes it, and one in the user's keyring within it."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("keyctl is not available here")
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(250, 1, None) < 0:  # a new session keyring, for this process and its children
        pytest.skip("keyctl is not available here")
    names = {b"homework-s": -3, b"homework-u": -4}
    made = [library.syscall(248, b"user", name, b"secret", 6, ring) for name, ring in names.items()]
    assert min(made) > 0
    assert library.syscall(250, 8, -4, -3) == 0  # the user's keyring is linked into it, as pam_keyinit does
    yield made
    library.syscall(250, 9, made[1], -4)


@needs_walls
def test_no_keyring_can_be_read(run, keys):
    code = KEYCTL.replace("KEYS", repr(keys))
    outside = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert outside.stdout.count("b'secret'") >= 4  # so it is without walls: by name, and by number
    assert "secret" not in run(code)
    for name in ("keys", "key-users"):
        assert run(outcome(f"open('/proc/{name}').read()")) in ("PermissionError", "FileNotFoundError")


@needs_walls
def test_the_keyrings_do_come_through_bubblewrap_alone(keys):
    """If this fails, bubblewrap has mended it, and own_keyring.py can go."""
    bare = ["bwrap", "--unshare-all", "--uid", "1000", "--gid", "1000", "--ro-bind", "/", "/", sys.executable, "-c"]
    inside = subprocess.run([*bare, KEYCTL.replace("KEYS", repr(keys))], capture_output=True, text=True)
    assert "b'secret'" in inside.stdout, inside.stderr


def test_no_variable_of_the_environment_comes_along(run, monkeypatch):
    monkeypatch.setenv("LMS_TOKEN", "secret")
    monkeypatch.setenv("GAN_COURSE_DATA", "/data")
    seen = run("import os; print(*os.environ)").split()
    assert "HOME" in seen
    assert not {"LMS_TOKEN", "GAN_COURSE_DATA"} & set(seen)


def test_the_course_and_its_digits_are_there(run):
    assert run("from gan_course import data; print(data.load('digits')[0].shape[1:])") == "(8, 8, 1)"


LIMITED = "from gan_course.homework.kernel import limit; limit({}, {}, {})\n"


def test_too_much_memory_is_refused(run):
    code = LIMITED.format(2**30, 60, 0) + "bytearray(2**28); print('a quarter')\n"
    assert run(code + "try:\n    bytearray(2**30)\nexcept MemoryError:\n    print('refused')") == "a quarter\nrefused"


def test_limits_cannot_be_lifted_again(run):
    code = LIMITED.format(2**30, 60, 0) + "import resource\n"
    for kind in ("DATA", "CPU", "FSIZE"):
        lift = f"resource.setrlimit(resource.RLIMIT_{kind}, (-1, -1))"
        said = run(
            code + f"try:\n    {lift}\nexcept (ValueError, OSError):\n    print('kept')\nelse:\n    print('lifted')"
        )
        assert said == "kept" or (os.getuid() == 0 and sandbox.walls() == "none")


@needs_walls
@pytest.mark.skipif(os.getuid() == 0, reason="Linux never refuses root a process")
def test_a_fork_bomb_ends_at_the_limit(run):
    code = LIMITED.format(2**30, 60, 50) + (
        "import os, time\ncount = 0\n"
        "try:\n    while count < 500:\n        if os.fork() == 0:\n            time.sleep(60)\n        count += 1\n"
        "except OSError:\n    print(count < 60, flush=True)\n    os.kill(-1, 9)\n"
    )
    child = subprocess.run(sandbox.command("/tmp", ["-c", code]), capture_output=True, text=True, timeout=60)
    assert "True" in child.stdout


@pytest.fixture
def no_walls(monkeypatch):
    """A machine without bubblewrap."""
    sandbox._namespaces.cache_clear()
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    yield
    sandbox._namespaces.cache_clear()


@pytest.mark.usefixtures("no_walls")
def test_without_walls_no_students_code_runs_unless_that_is_allowed(run):
    assert sandbox.walls() == "none"
    with pytest.raises(sandbox.NoSandbox, match="Expected a working bubblewrap"):
        execute("print('here')")
    assert run("print('here')") == "here"


@pytest.mark.usefixtures("no_walls")
def test_a_kernel_that_is_refused_leaves_no_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(sandbox.NoSandbox):
        sandbox.KernelManager()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_removed_under_any_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    folder = tmp_path / "folder"
    folder.mkdir()
    sandbox._remove(folder)
    assert not folder.exists()


@pytest.mark.usefixtures("no_walls")
def test_a_bubblewrap_that_does_not_work_is_as_good_as_none(monkeypatch, tmp_path):
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: str(broken))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sandbox.walls() == "none"


def execute(*sources, **options):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(
        notebook, kernel_manager_class=sandbox.KernelManager, allow_errors=True, interrupt_on_timeout=True, **options
    ).execute()
    return [cell.outputs[-1].get("text", cell.outputs[-1].get("ename")) for cell in notebook.cells if cell.outputs]


@needs_walls
def test_a_kernel_answers_through_its_folder():
    assert execute("x = 1", "print(x + 1)") == ["2\n"]


@needs_walls
def test_a_loop_is_interrupted_and_the_kernel_goes_on():
    assert execute("x = 1\nwhile True: pass", "print(x)", timeout=2) == ["KeyboardInterrupt", "1\n"]


@needs_walls
@pytest.mark.parametrize("source", ["open('left.txt', 'w').write('x')", "import os; os._exit(1)"])
def test_a_kernels_folder_is_gone_afterwards(tmp_path, monkeypatch, source):
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path))
    with contextlib.suppress(DeadKernelError):
        execute(source)
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.makedirs('locked/x')\nos.chmod('locked', 0)",
        "import os\nfor _ in range(1200):\n    os.mkdir('d')\n    os.chdir('d')",
    ],
)
def test_no_folder_is_too_deep_or_too_closed_to_be_removed(tmp_path, source):
    folder = tmp_path / "homework"
    folder.mkdir()
    subprocess.run([sys.executable, "-c", source], cwd=folder, check=True)
    sandbox._remove(folder)
    assert not folder.exists()
