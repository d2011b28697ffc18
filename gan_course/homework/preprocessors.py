"""The steps that this course adds to nbgrader's: repair, a guarded run, feedback that keeps hidden tests hidden.

`notebooks/homework/nbgrader_config.py` puts them in their places, so that nbgrader's own commands take them too.
"""

import re
import time

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Int

from .course import folder_of, read
from .repair import repair
from .sandbox import KernelManager

_SHOWN = ("text/plain", "image/png")  # no HTML and no JavaScript: an instructor's browser will open this
_BASE64 = re.compile(r"[\w+/=\s]*", re.ASCII)
_MORE = "[more output was dropped]\n"


class Repair(NbGraderPreprocessor):
    """Gives a submission the metadata that it lost, from the release; `Autograde`'s first step. See `repair.py`."""

    def preprocess(self, nb, resources):
        """Return the repaired notebook; say in the log what was repaired and what was not found."""
        names, coursedir = resources["nbgrader"], self.parent.parent.coursedir
        release = read(folder_of(coursedir, "release", names["assignment"]) / f"{names['notebook']}.ipynb")
        nb, report = repair(nb, release)
        ours = {cell.source for cell in release.cells}
        nb.cells = [cell if cell.source in ours else _disarmed(cell) for cell in nb.cells]
        if str(report):
            self.log.warning("%s of %s: %s", names["notebook"], names["student"], report)
        return nb, resources


def _disarmed(cell):
    """A student's text without live HTML: a script in it would run in the browser of who grades it."""
    if cell.cell_type == "raw":  # shown as it is
        cell = nbformat.v4.new_markdown_cell(cell.source, id=cell.id)
    if cell.cell_type == "markdown":
        cell.source = re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", cell.source)
    return cell


class Execute(NbgraderExecute):
    """Runs a submission behind walls, within a time for the whole notebook, and goes on to the end whatever happens.

    A cell that runs too long is interrupted. A kernel that died, or whose time is up, is not started again: the
    cells that are left fail with an error that says so, and those that had passed keep their points.
    """

    seconds = Int(60, config=True, help="Most seconds for a notebook. Its kernel's start does not count.")
    most_output = Int(100_000, config=True, help="Most characters of text that a cell may print.")

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "kernel_manager_class": KernelManager})
        self._over, self._deadline = "", None

    def preprocess(self, nb, resources, **kwargs):
        """Execute a notebook in place."""
        self._over, self._deadline = "", None
        self.timeout_func = self._seconds_for_a_cell
        return super().preprocess(nb, resources, **kwargs)

    def _seconds_for_a_cell(self, cell):
        left = self._deadline - time.monotonic()
        return max(1, min(self.timeout or left, left))

    def preprocess_cell(self, cell, resources, index):
        """Execute a cell, or note why it could not be."""
        if cell.cell_type != "code":
            return cell, resources
        self._deadline = self._deadline or time.monotonic() + self.seconds
        if time.monotonic() > self._deadline:
            self._over = self._over or f"TimeoutError: the notebook's {self.seconds} seconds were over"
        if not self._over:
            try:
                super().preprocess_cell(cell, resources, index)
            except DeadKernelError:
                self._over = "DeadKernelError: the kernel had died (out of memory, or a crash)"
            except CellTimeoutError as error:
                cell.outputs.append(_error(f"TimeoutError: {str(error).splitlines()[0]}"))
        cell.outputs = [_safe(output) for output in cell.outputs]
        if self._over:
            cell.outputs.append(_error(self._over))
        return cell, resources

    def output(self, outs, msg, display_id, cell_index):
        """Collect what a cell puts out, up to `most_output` characters of printed text."""
        text = msg["content"].get("text", "")
        printed = sum(len(output.get("text", "")) for output in outs)
        if text and printed + len(text) > self.most_output:
            if not (outs and outs[-1].get("text") == _MORE):
                msg["content"]["text"] = _MORE
                return super().output(outs, msg, display_id, cell_index)
            return None
        return super().output(outs, msg, display_id, cell_index)


def _safe(output):
    """An output that cannot be mistaken for a grade, and that runs nothing in a browser.

    To nbgrader a result of a test cell is partial credit, even before an error, and text on stderr is a failure, even
    if it is a warning of Keras or TensorFlow.
    """
    if output.output_type == "stream":
        output.name = "stdout"
    elif output.output_type in ("execute_result", "display_data"):
        data = {kind: output.data[kind] for kind in _SHOWN if kind in output.data}
        if not _BASE64.fullmatch(data.get("image/png", "")):
            del data["image/png"]
        return nbformat.v4.new_output("display_data", data=data)
    return output


def _error(text):
    name, _, value = text.partition(": ")
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[text])


class KeepTestsHidden(ClearHiddenTests):
    """Takes the hidden tests out of the feedback: their lines, and the traceback's lines, which quote them.

    What a test said stays. nbgrader's own feedback shows the hidden tests to whoever handed something in.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        """Clear a test cell; leave a student's own cells alone, whatever they contain."""
        if cell.cell_type != "code" or not cell.metadata.get("nbgrader", {}).get("grade"):
            return cell, resources
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        for output in cell.outputs:
            if output.output_type == "error":
                said = re.sub(r"\x1b\[[\d;]*m", "", output.evalue)
                output.traceback = [f"{output.ename}: {said}"]
        return cell, resources
