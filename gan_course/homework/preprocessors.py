"""The steps that this course adds to nbgrader's: repair, a guarded run, feedback that keeps hidden tests hidden.

`notebooks/homework/nbgrader_config.py` puts them in their places, so that nbgrader's own commands take them too.
"""

import html
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
_ANSI = re.compile(r"\x1b\[[\d;]*m")
_BASE64 = re.compile(r"[\w+/=\s]*", re.ASCII)
_MOST_SAID = 4_000  # characters of an error's message, and of a piece of its traceback
_MOST_SHOWN, _MOST_OUTPUTS = 1_000_000, 500  # characters of a thing on show, and things that a cell may show
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
        text = _unescaped(cell.source)
        text = re.sub(r"<(?=[a-zA-Z/!?])", "< ", text)  # a space, since in a formula &lt; would be shown as it is
        cell.source = re.sub(r"(?i)(java|vb)script\s*:", r"\1script :", text)
    return cell


def _unescaped(text):
    """A text without entities, which can hide a tag, or another entity."""
    for _ in range(8):
        text, before = html.unescape(text), text
        if text == before:
            return text
    return text.replace("&", "& ")  # nobody writes so by accident


class Execute(NbgraderExecute):
    """Runs a submission behind walls, within a time for the whole notebook, and goes on to the end whatever happens.

    A cell that runs too long is interrupted. A kernel that died, or whose time is up, is not started again: the
    cells that are left fail with an error that says so, and those that had passed keep their points.
    """

    seconds = Int(60, config=True, help="Most seconds for a notebook. Its kernel's start does not count.")
    most_output = Int(1_000_000, config=True, help="Most characters that a cell may put out, pictures included.")

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "kernel_manager_class": KernelManager})
        self._over, self._deadline = "", None

    def preprocess(self, nb, resources, **kwargs):
        """Execute a notebook in place."""
        self._over, self._deadline = "", None
        self.timeout_func = self._seconds_for_a_cell
        nb, resources = super().preprocess(nb, resources, **kwargs)
        for cell in nb.cells:  # once more: a cell can update what another one had shown
            if cell.cell_type == "code":
                cell.outputs = [_safe(output) for output in cell.outputs]
        return nb, resources

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
        """Collect what a cell puts out, up to `most_output` characters. What is more is dropped, an error only cut."""
        fits = len(outs) < _MOST_OUTPUTS and sum(map(_size, outs)) + _size(msg["content"]) <= self.most_output
        if fits or msg["msg_type"] == "error":
            return super().output(outs, msg, display_id, cell_index)
        if not outs or outs[-1].get("text") != _MORE:
            outs.append(nbformat.v4.new_output("stream", text=_MORE))
        return None


def _safe(output):
    """An output that cannot be mistaken for a grade, and that runs nothing in a browser.

    To nbgrader a result of a test cell is partial credit, even before an error, and text on stderr is a failure, even
    if it is a warning of Keras or TensorFlow.
    """
    if output.output_type == "stream":
        output.name = "stdout"
    elif output.output_type == "error":
        output.evalue = output.evalue[:_MOST_SAID]
        output.traceback = [line[:_MOST_SAID] for line in output.traceback[-30:]]
    elif output.output_type in ("execute_result", "display_data"):
        texts = ((kind, output.data.get(kind)) for kind in _SHOWN)
        data = {kind: text for kind, text in texts if isinstance(text, str) and len(text) < _MOST_SHOWN}
        if not _BASE64.fullmatch(data.get("image/png", "")):
            del data["image/png"]
        data = data or {"text/plain": "[something that is not shown here]"}  # feedback cannot show nothing
        return nbformat.v4.new_output("display_data", data=data)
    return output


def _size(output):
    """How many characters an output or a message holds."""
    data = output.get("data") or {}
    return len(output.get("text") or "") + sum(len(value) for value in data.values() if isinstance(value, str))


def _error(text):
    name, _, value = text.partition(": ")
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[text])


class KeepTestsHidden(ClearHiddenTests):
    """Takes the hidden tests out of the feedback: their lines, wherever they were printed, and the tests' tracebacks.

    What a test said stays. nbgrader's own feedback shows the hidden tests to whoever handed something in.
    """

    def preprocess(self, nb, resources):
        """Clear a notebook. What is too short to be told from other lines stays."""
        hidden = {line for cell in nb.cells if _is_test(cell) for line in hidden_lines(cell.source) if len(line) >= 12}
        forms = sorted({form for line in hidden for form in (line, repr(line)[1:-1])}, key=len, reverse=True)
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                _redact(output, forms)
        return nb, resources

    def preprocess_cell(self, cell, resources, cell_index):
        """Clear a test cell; leave a student's own cells alone, whatever they contain."""
        if not _is_test(cell):
            return cell, resources
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        for output in cell.outputs:
            if output.output_type == "error":
                output.traceback = [f"{output.ename}: {_ANSI.sub('', output.evalue)}"]
        return cell, resources


def _is_test(cell):
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def hidden_lines(source):
    """The stripped lines between the marks of hidden tests."""
    parts = re.findall(r"BEGIN HIDDEN TESTS(.*?)(?:END HIDDEN TESTS|\Z)", source, re.DOTALL)
    return [line.strip() for part in parts for line in part.splitlines()]


def _redact(output, forms):
    """Put a mark in the place of hidden lines in an output, without its colors."""

    def clean(text):
        plain = _ANSI.sub("", text)
        if not any(form in plain for form in forms):
            return text
        for form in forms:
            plain = plain.replace(form, "[a hidden test]")
        return plain

    if output.output_type == "error":
        output.evalue, output.traceback = clean(output.evalue), [clean("\n".join(output.traceback))]
    elif output.output_type == "stream":
        output.text = clean(output.text)
    elif "text/plain" in output.get("data", {}):
        output.data["text/plain"] = clean(output.data["text/plain"])
