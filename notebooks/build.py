"""Lesson source → executed notebook: the one way the outputs in this folder are made.

    python notebooks/build.py              every lesson: read the source, execute, normalize, save
    python notebooks/build.py 01 3 hw1     only these
    python notebooks/build.py example      the example of a project; `template` for the template
    python notebooks/build.py --check      run nothing; list what is wrong with the notebooks as they are
    python notebooks/build.py --home URL   move every badge, link and set-up cell to a fork, in one step

People edit `source/NN_name.py` (jupytext's percent format). Only this script writes `NN_name.ipynb`. A homework is
written where nbgrader looks for it: `source/homework/hw1.py` becomes `homework/source/hw1/hw1.ipynb`. The notebooks of
the project stand beside its page: `source/project/example.py` becomes `homework/project/example.ipynb`.
"""

import argparse
import hashlib
import os
import re
import sys
import time
from pathlib import Path

import home
import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

ROOT = Path(__file__).resolve().parents[1]
CELL_SECONDS = 300
MOST_CODE_LINES, MOST_TEST_LINES = 18, 90  # the second for the tests of a homework
MOST_BYTES = 1_400_000

# What a lesson prints must not depend on this machine's data, GPU, backend or plotting defaults.
KERNEL_DROPS = ("GAN_COURSE_DATA", "MPLBACKEND")
KERNEL_SETS = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "PYTEST_CURRENT_TEST": "1",  # ipykernel then leaves C-level output alone, as it does under nbval
}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
FLEETING = ("execution", "lines_to_next_cell")  # cell metadata: when it ran, blank lines in the source

_OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)  # what a progress bar drew over
_NO_TEXT = re.compile(r"data:[\w/+.-]+;base64,[\w+/=\\\s]+|\x1b\[[\d;]*m")  # embedded media, colors
_PATH = r"(?:(?<![\w.:/<+-])~?/[\w.+-]+/|\b[A-Za-z]:[\\/]+\w|file:///)[\w./\\+-]*"
_MACHINE = re.compile(rf"{_PATH}|\bat 0x[0-9a-fA-F]{{6,}}")  # an absolute path, the address of an object
_INSTALLED = re.compile(r"[~\w:]*[/\\][^\s\x1b'\":]*[/\\](?=(?:site-packages|gan_course|python3\.\d+)[/\\])")


# ------------------------------------------------------------------------------------------ making a notebook


def lessons(root):
    """Names of all lessons, homework and notebooks of the project that have a source, an executed notebook, or both.

    Args:
        root: the project's folder.

    Returns:
        A sorted list of names such as `01_first`, `homework/hw1` and `project/example`.
    """
    folder = Path(root) / "notebooks"
    homework = [path for path in folder.glob("homework/source/*/*.ipynb") if path.stem == path.parent.name]
    homework = [path for path in homework if not re.search(r"-v\d+$", path.stem)]  # made by `release --variant`
    found = {path.stem for path in (*folder.glob("*.ipynb"), *folder.glob("source/*.py"))}
    found |= {f"homework/{path.stem}" for path in (*homework, *folder.glob("source/homework/*.py"))}
    project = (*folder.glob("homework/project/*.ipynb"), *folder.glob("source/project/*.py"))
    return sorted(found | {f"project/{path.stem}" for path in project})


def files(root, name):
    """The paths of a lesson's source and of its notebook.

    Args:
        root: the project's folder.
        name: the lesson's name, see `lessons`.
    """
    folder, path = Path(root) / "notebooks", Path(name)
    homes = {"": "", "homework": f"homework/source/{path.name}", "project": "homework/project"}
    target = folder / homes[path.parent.name] / f"{path.name}.ipynb"
    return folder / "source" / f"{name}.py", target


def read_source(root, name):
    """Read a lesson's source as a notebook without outputs, with the ids and metadata that will be saved."""
    return normalize(jupytext.read(files(root, name)[0], fmt="py:percent"), home.owner_and_name(root))


def build(root, name):
    """Make one notebook from its source and save it. If anything goes wrong, the old file stays as it was.

    Args:
        root: the project's folder.
        name: the lesson's name, see `lessons`.

    Returns:
        The path of the notebook.

    Raises:
        ValueError: if an output contains an absolute path or the address of an object.
        CellExecutionError: if a cell fails.
    """
    target = files(root, name)[1]
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = normalize(execute(read_source(root, name), target.parent), home.owner_and_name(root))
    for number, cell in enumerate(notebook.cells):
        for trace in machine_traces(cell):
            raise ValueError(
                f"Cell {number} prints an absolute path or an address. Expected what every machine prints. "
                f"Received: {trace!r}. Print a name instead, catch the warning, or end the line with a semicolon."
            )
    target.write_text(to_text(notebook), encoding="utf-8", newline="\n")
    return target


def execute(notebook, folder):
    """Run every cell in a kernel of this Python.

    Args:
        notebook: a notebook without outputs.
        folder: the folder in which the kernel runs.

    Returns:
        The notebook with its outputs.
    """
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name=CURRENT_ENV_KERNEL_NAME,  # this Python, as nbval finds it, whatever kernels a user has
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        store_widget_state=True,  # else nbclient fails where a slider draws; `normalize` removes it
        record_timing=False,
    )
    client.create_kernel_manager().kernel_spec_manager = NbvalKernelspecManager()
    environment = {name: value for name, value in os.environ.items() if name not in KERNEL_DROPS}
    return client.execute(env=environment | KERNEL_SETS, cwd=str(folder))


def normalize(notebook, owner_and_name):
    """Remove from a notebook, in place, what differs from run to run or from machine to machine.

    Args:
        notebook: the notebook that is changed.
        owner_and_name: the project's home on GitHub as OWNER/NAME.

    Returns:
        The same notebook.
    """
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    seen = {}
    for cell in notebook.cells:
        for name in FLEETING:
            cell.metadata.pop(name, None)
        # An id does not depend on the home, so that no notebook has to be built again after a move to a fork.
        content = f"{cell.cell_type}\n{cell.source.replace(owner_and_name, '')}"
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        if cell.cell_type == "code":
            # A slider does nothing without a kernel: a stored one is shown as an error message.
            has_slider = "interactive" in cell.metadata.get("tags", [])
            cell.outputs = [] if has_slider else _normal_outputs(cell.outputs)
    return notebook


def _normal_outputs(outputs):
    """Join the pieces of a stream, which the kernel cuts at random places, and shorten the paths in tracebacks."""
    normal = []
    for output in outputs:
        last = normal[-1] if normal else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            last.text += output.text
        else:
            normal.append(output)
        if output.output_type == "error":  # site-packages/keras/…, gan_course/…
            output.traceback = [_INSTALLED.sub("", line) for line in output.traceback]
    for output in normal:
        if output.output_type == "stream":
            output.text = _OVERWRITTEN.sub("", output.text)
    return normal


def machine_traces(cell):
    """Absolute paths and addresses of objects in the stored outputs of a cell, as a list of texts."""
    texts = []
    for output in cell.get("outputs", []):
        texts += [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
        texts += [str(data) for kind, data in output.get("data", {}).items() if not kind.startswith("image/")]
    return [path for text in texts for path in _MACHINE.findall(_NO_TEXT.sub(" ", text))]


def to_text(notebook):
    """The notebook as the text of its file."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


# --------------------------------------------------------------------------------------------------- checking


def problems(root, only=None):
    """Everything that is wrong with the notebooks and can be seen without running them.

    Args:
        root: the project's folder.
        only: path of the one notebook to look at. Defaults to None: all of them.

    Returns:
        A list of sentences, one per fault.
    """
    root = Path(root)
    names = [name for name in lessons(root) if only is None or files(root, name)[1] == Path(only)]
    if not names:
        return [f"{only or 'notebooks'}: no lesson. Expected source/NN_name.py and NN_name.ipynb"]
    return [f"{name}: {line}" for name in names for line in _problems_of_lesson(root, name)]


def _problems_of_lesson(root, name):
    """Sentences about what is wrong with one lesson."""
    source, target = files(root, name)
    for path in (source, target):
        if not path.exists():
            yield f"{path.relative_to(root).as_posix()} is missing"
            return
    text = target.read_text(encoding="utf-8")
    try:
        notebook = nbformat.reads(text, as_version=4)
    except ValueError:
        yield "the notebook is not JSON (a merge conflict?); build it again"
        return
    yield from _differences(notebook, read_source(root, name))
    yield from _problems_of_cells(notebook)
    if len(text.encode()) > MOST_BYTES:
        yield f"{len(text.encode()) / 1e6:.2f} MB; at most {MOST_BYTES / 1e6:g} MB"
    if to_text(normalize(notebook, home.owner_and_name(root))) != text:
        yield "not as build.py writes it (ids, metadata or order of keys); build it again"
    for link in home.strays(text + source.read_text(encoding="utf-8"), root):
        yield f"links to {link}, not to this project's home"


def _differences(notebook, source):
    """Sentences about how a notebook differs from what its source says."""
    if len(notebook.cells) != len(source.cells):
        yield f"{len(notebook.cells)} cells, but {len(source.cells)} in its source; build it again"
        return
    for key, part in (("cell_type", "cell type"), ("source", "source"), ("metadata", "tags")):
        pairs = enumerate(zip(notebook.cells, source.cells, strict=True))
        if numbers := [number for number, (cell, other) in pairs if cell[key] != other[key]]:
            yield f"differs from its source in the {part} of cells {numbers}; build it again"


def _problems_of_cells(notebook):
    """Sentences about what is wrong with the cells of a notebook."""
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    if counts != [*range(1, len(counts) + 1)]:
        yield f"execution counts {counts}; expected 1 to {len(counts)} in order"
    for number, cell in enumerate(notebook.cells):
        failed = any(output.output_type == "error" for output in cell.get("outputs", []))
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            yield f"cell {number} stores an error but has no tag raises-exception"
        if traces := machine_traces(cell):
            yield f"cell {number} prints an absolute path or an address: {traces[0]}"
        length = len(cell.source.splitlines())
        most = MOST_TEST_LINES if cell.metadata.get("nbgrader", {}).get("grade") else MOST_CODE_LINES
        if cell.cell_type == "code" and length > most:
            yield f"cell {number} has {length} lines of code; at most {most}"


# ----------------------------------------------------------------------------------------------- command line


def main(arguments=None, root=ROOT):
    """Do what the command line asks for. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", metavar="NN", help="lessons to build; all if none is named")
    parser.add_argument("--check", action="store_true", help="list what is wrong; run nothing")
    parser.add_argument("--home", metavar="URL", help="move the project to https://github.com/OWNER/NAME")
    options = parser.parse_args(arguments)
    try:
        if options.home:
            for path in home.move(root, options.home):
                print(path.relative_to(root).as_posix())
            return 0
        if options.check:
            found = problems(root)
            print("\n".join(found) or "The notebooks are in order.")
            return int(bool(found))
        return _build_all(root, options.numbers)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1


def _build_all(root, numbers):
    """Build the lessons with these numbers, or all if there are none. Returns the exit status."""
    names = [name for name in lessons(root) if files(root, name)[0].exists()]
    by_number = {name: Path(name).name.split("_")[0].lstrip("0") for name in names}
    for number in numbers:
        if number.lstrip("0") not in by_number.values():
            raise ValueError(f"Unknown lesson. Expected one of {names}. Received: {number!r}. Give its number.")
    asked = {number.lstrip("0") for number in numbers} or set(by_number.values())
    status = 0
    for name in (name for name in names if by_number[name] in asked):
        start = time.perf_counter()
        try:
            target = build(root, name)
        except (CellExecutionError, CellTimeoutError, DeadKernelError, ValueError) as error:
            print(f"{name}: not saved.\n{error}", file=sys.stderr)
            status = 1
        else:
            seconds, size = time.perf_counter() - start, target.stat().st_size / 1000
            print(f"{name}: {seconds:.1f} s, {size:.0f} kB", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
