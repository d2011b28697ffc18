"""Runs a submission behind walls: within its time, to its end whatever happens, and with a look at its tests.

What cannot have come from an honest kernel (messages that were forged, a Python that was ended) is said in plain words.
"""

import contextlib
import random
import re
import signal
import time

import nbformat
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbgrader import utils
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Int

from .canaries import FORGED, Canaries, error_output, failed
from .sandbox import KernelManager

_SHOWN = ("text/plain", "image/png")  # no HTML and no JavaScript: an instructor's browser will open this
_BASE64 = re.compile(r"[\w+/=\s]*", re.ASCII)
_KINDS = ("stream", "display_data", "execute_result", "error")
_MOST_SAID = 4_000  # characters of an error's message, and of a piece of its traceback
_MOST_SHOWN, _MOST_OUTPUTS = 1_000_000, 500  # characters of a thing on show, and things that a cell may show
_MORE = "[more output was dropped]\n"
_SIGNALS = {
    "SIGKILL": "it needs too much memory, or kills itself",
    "SIGABRT": "os.abort(), or a crash of a library",
    "SIGSEGV": "a crash of a library, or too deep a recursion",
    "SIGXCPU": "it used up its processor time",
}


class Execute(NbgraderExecute):
    """Runs a submission behind walls, within a time for the whole notebook, and goes on to the end whatever happens.

    A cell that runs too long is interrupted. A kernel that died, or whose time is up, is not started again: the
    cells that are left fail with an error that says so, and those that had passed keep their points. Between the tests
    and after them run canaries (`canaries.py`): where one of them finds that the tests were tampered with, each test
    that had passed ends with an error that says so, and its points wait for a person (`SaveGrades`).
    """

    seconds = Int(60, config=True, help="Most seconds for a notebook. Its kernel's start does not count.")
    most_output = Int(1_000_000, config=True, help="Most characters that a cell may put out, pictures included.")

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "kernel_manager_class": KernelManager})
        self._over, self._gone, self._damaged, self._deadline = "", False, "", None

    def preprocess(self, nb, resources, **kwargs):
        """Execute a notebook in place."""
        self._over, self._gone, self._deadline = "", False, None
        self._canaries = Canaries(nb, self._ask, random.SystemRandom())
        self.timeout_func = self._seconds_for_a_cell
        nb, resources = super().preprocess(nb, resources, **kwargs)
        for cell in nb.cells:  # once more: a cell can update what another one had shown
            if cell.cell_type == "code":
                _mend(cell)
                cell.outputs = [_safe(output) for output in cell.outputs]
        for cell in self._canaries.accused:
            cell.outputs.append(error_output(self._canaries.verdict()))
        return nb, resources

    def _seconds_for_a_cell(self, cell):
        left = self._deadline - time.monotonic()
        return max(1, min(self.timeout or left, left))

    def preprocess_cell(self, cell, resources, index):
        """Execute a cell, or note why it could not be."""
        if cell.cell_type == "code":
            self._deadline = self._deadline or time.monotonic() + self.seconds
            if time.monotonic() > self._deadline:
                late = f"the {self.seconds} seconds for the whole notebook were used up, so the last cells were not run"
                self._over = self._over or f"TimeoutError: {late}"
            start = time.monotonic()
            if not self._over:
                self._run(cell, lambda: super(Execute, self).preprocess_cell(cell, resources, index))
            cell.outputs = [_safe(output) for output in cell.outputs]
            if self._over:
                cell.outputs.append(error_output(self._over))
            elif utils.is_grade(cell):
                self._canaries.after(cell, time.monotonic() - start)
        if index == len(self.nb.cells) - 1:
            self._canaries.at_the_end()
        return cell, resources

    def _run(self, cell, execute):
        """Let `execute` run a cell, and take what may come of it. What ends the run is kept in `_over` and `_gone`."""
        self._damaged = ""
        try:
            execute()
        except DeadKernelError:
            self._over, self._gone = f"DeadKernelError: {self._how_it_ended()}", True
        except CellTimeoutError as error:
            cell.outputs.append(error_output(f"TimeoutError: {str(error).splitlines()[0]}"))
        except Exception as error:  # nbclient trusts a kernel's messages; they may hold anything
            self._over, self._gone = _forged(f"receiving it failed with {type(error).__name__}"), True
        if found := self._damaged or _mend(cell):
            cell.outputs.append(error_output(_forged(found)))

    def process_message(self, msg, cell, cell_index):
        """Take what a cell's message says; one that cannot be taken is noted, and the run goes on."""
        try:
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:  # the cell is through
            raise
        except Exception as error:
            self._damaged = f"reading it failed with {type(error).__name__}"

    async def _async_poll_kernel_alive(self):
        """End without a word on the terminal where nbclient gave its kernel up before."""
        with contextlib.suppress(AssertionError):
            await super()._async_poll_kernel_alive()

    def _how_it_ended(self):
        """What is known of a kernel's end. bubblewrap hands the exit code on, and a signal as 128 + its number."""
        process = getattr(self.km.provisioner, "process", None)
        code = process.poll() if process else None
        if code is None:
            return "the submission's Python ended, for a reason that is not known"
        number = -code if code < 0 else code - 128
        if number in set(signal.Signals):
            name = signal.Signals(number).name
            return f"the code's Python was killed by {name} ({_SIGNALS.get(name, 'a signal')})"
        return f"the code ended Python itself, with exit code {code}, as exit(), quit() or os._exit({code}) do"

    def _ask(self, source, seconds):
        """Run code that is in no cell of the notebook. Returns whether it failed; None where it could not be run."""
        if self._gone:
            return None
        start, kept = time.monotonic(), self._deadline
        self._deadline = start + seconds
        index, cell = len(self.nb.cells), nbformat.v4.new_code_cell(source)
        self.nb.cells.append(cell)
        try:
            self._run(cell, lambda: self.execute_cell(cell, index, store_history=True))
        finally:
            del self.nb.cells[index:]
            self._deadline = kept + time.monotonic() - start  # a canary takes none of the submission's time
        stuck = any(output.get("ename") == "TimeoutError" for output in cell.outputs)  # it could not be interrupted
        return None if self._gone or stuck else failed(cell)

    def output(self, outs, msg, display_id, cell_index):
        """Collect what a cell puts out, up to `most_output` characters, and its first error, cut. The rest goes."""
        kind = msg["msg_type"]
        if kind not in _KINDS or (kind == "error" and any(out.output_type == "error" for out in outs)):
            return None
        fits = len(outs) < _MOST_OUTPUTS and sum(map(_size, outs)) + _size(msg["content"]) <= self.most_output
        if fits or kind == "error":
            made = super().output(outs, msg, display_id, cell_index)
            return _safe(made) if kind == "error" and made and _is_output(made) else made  # cut in place
        if not outs or outs[-1].get("text") != _MORE:
            outs.append(nbformat.v4.new_output("stream", text=_MORE))
        return None

    def _update_display_id(self, display_id, msg):
        """Let a cell change what was shown before, where that fits, too."""
        for number, places in self._display_id_map.get(display_id, {}).items():
            outputs = self.nb.cells[number].outputs
            rest = sum(_size(output) for place, output in enumerate(outputs) if place not in places)
            if rest + len(places) * _size(msg["content"]) > self.most_output:
                return
        super()._update_display_id(display_id, msg)

    def handle_comm_msg(self, outs, msg, cell_index):
        """Leave the messages of widgets alone: no feedback shows one."""


def _mend(cell):
    """Take what no notebook can hold out of an executed cell. Returns what was found, as a text."""
    found = ""
    if not isinstance(cell.execution_count, int | None):
        cell.execution_count, found = None, "its execution count is not a number"
    outputs = [output for output in cell.outputs if _is_output(output)]
    if len(outputs) < len(cell.outputs):
        cell.outputs, found = outputs, "its output is not in the notebook format"
    return found


def _is_output(output):
    try:
        nbformat.validate(output, ref="output", version=4)
    except Exception:  # jsonschema raises more than ValidationError for what is no JSON at all
        return False
    text = output.get("text", "")
    return isinstance(text, str) and isinstance(output.get("evalue", ""), str)


def _forged(found):
    return f"{FORGED}: a message from the kernel was forged or damaged by the submission's code ({found})"


def _safe(output):
    """An output that cannot be mistaken for a grade, and that runs nothing in a browser.

    To nbgrader a result of a test cell is partial credit, even before an error, and text on stderr is a failure, even
    if it is a warning of Keras or TensorFlow.
    """
    if output.output_type == "stream":
        output.name = "stdout"
    elif output.output_type == "error":
        output.ename, output.evalue = output.ename[:_MOST_SAID], output.evalue[:_MOST_SAID]
        output.traceback = [line[:_MOST_SAID] for line in output.traceback[-30:]]
    elif output.output_type in ("execute_result", "display_data"):
        texts = ((kind, output.data.get(kind)) for kind in _SHOWN)
        data = {kind: text for kind, text in texts if isinstance(text, str) and len(text) < _MOST_SHOWN}
        if not _BASE64.fullmatch(data.get("image/png", "")):
            del data["image/png"]
        data = data or {"text/plain": "[an output of a kind that is not shown here]"}  # feedback cannot show nothing
        return nbformat.v4.new_output("display_data", data=data)
    return output


def _size(output):
    """How many characters an output or a message holds."""
    data = output.get("data") or {}
    return len(output.get("text") or "") + sum(len(value) for value in data.values() if isinstance(value, str))
