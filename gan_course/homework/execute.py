"""Runs a submission in the sandbox, within its time, to its last cell, and checks that its tests still work.

If the code forges messages of the kernel or ends Python, the cell gets an error that says so in words.
"""

import contextlib
import random
import signal
import time

import nbformat
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbgrader import utils
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Int

from .canaries import FORGED, Canaries, error_from, failed
from .limits import safe_output
from .sandbox import KernelManager

_MESSAGE_TYPES = ("stream", "display_data", "execute_result", "error")
_MOST_OUTPUTS = 500  # of a cell
_DROPPED = "[more output was dropped]\n"
_SIGNALS = {
    "SIGKILL": "it needs too much memory, or kills itself",
    "SIGABRT": "os.abort(), or a crash of a library",
    "SIGSEGV": "a crash of a library, or too deep a recursion",
    "SIGXCPU": "it used up its processor time",
}


class Execute(NbgraderExecute):
    """nbgrader's step that runs a submission, here in the sandbox, with a time limit for the whole notebook.

    A cell that runs too long is interrupted, and the next cell runs. A kernel that died is not started again, and
    neither is one whose time is over: each remaining cell gets an error that says so. Tests that had passed keep their
    points.

    Canaries (`canaries.py`) run between the tests and after them. If one finds that the tests were tampered with, each
    passed test gets an error that says so, and its points wait for a person (`canaries.SaveGrades`).
    """

    seconds = Int(60, config=True, help="Most seconds for a notebook, without the start of its kernel.")
    most_output = Int(1_000_000, config=True, help="Most characters that a cell may put out, pictures included.")

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "kernel_manager_class": KernelManager})
        self._reset()

    def _reset(self):
        self._stop_error = ""  # why no further cell is run, as the text of an error
        self._kernel_lost = False
        self._damage = ""  # what was wrong with a message of the current cell
        self._deadline = None

    def preprocess(self, nb, resources, **kwargs):
        """Execute a notebook in place."""
        self._reset()
        self._canaries = Canaries(nb, self._run_source, random.SystemRandom())
        self.timeout_func = self._seconds_for_a_cell
        nb, resources = super().preprocess(nb, resources, **kwargs)
        for cell in nb.cells:  # again: a cell can change what an earlier cell showed
            if cell.cell_type == "code":
                _drop_invalid(cell)
                cell.outputs = list(map(safe_output, cell.outputs))
        for cell in self._canaries.suspect_cells:
            cell.outputs.append(error_from(self._canaries.error_text()))
        return nb, resources

    def _seconds_for_a_cell(self, cell):
        left = self._deadline - time.monotonic()
        return max(1, min(self.timeout or left, left))

    def preprocess_cell(self, cell, resources, index):
        """Execute a cell, or add an error that says why it was not executed."""
        if cell.cell_type == "code":
            start = time.monotonic()
            self._deadline = self._deadline or start + self.seconds
            if start > self._deadline:
                late = (
                    f"the {self.seconds} seconds for the whole notebook are over, so the remaining cells were not run"
                )
                self._stop_error = self._stop_error or f"TimeoutError: {late}"
            if not self._stop_error:
                self._run(cell, lambda: super(Execute, self).preprocess_cell(cell, resources, index))
            cell.outputs = list(map(safe_output, cell.outputs))
            if self._stop_error:
                cell.outputs.append(error_from(self._stop_error))
            elif utils.is_grade(cell):
                self._canaries.after(cell, time.monotonic() - start)
        if index == len(self.nb.cells) - 1:
            self._canaries.at_the_end()
        return cell, resources

    def _run(self, cell, execute):
        """Call `execute`, which runs a cell, and turn whatever goes wrong into errors of the cell or of the run."""
        self._damage = ""
        try:
            execute()
        except DeadKernelError:
            self._stop_error, self._kernel_lost = f"DeadKernelError: {self._how_python_ended()}", True
        except CellTimeoutError as error:
            cell.outputs.append(error_from(f"TimeoutError: {str(error).splitlines()[0]}"))
        except Exception as error:  # nbclient trusts a kernel's messages, but they may contain anything
            self._stop_error, self._kernel_lost = _forged(f"receiving it failed with {type(error).__name__}"), True
        if damage := self._damage or _drop_invalid(cell):
            cell.outputs.append(error_from(_forged(damage)))

    def process_message(self, msg, cell, cell_index):
        """Process a message of the kernel. A message that cannot be processed is noted, and the run continues."""
        try:
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:  # nbclient's sign that the cell is complete
            raise
        except Exception as error:
            self._damage = f"reading it failed with {type(error).__name__}"

    async def _async_poll_kernel_alive(self):
        """Watch whether the kernel lives. nbclient's AssertionError about a kernel it gave up before is dropped."""
        with contextlib.suppress(AssertionError):
            await super()._async_poll_kernel_alive()

    def _how_python_ended(self):
        """Say how the kernel ended. bubblewrap returns its exit code, or 128 plus the number of a signal."""
        process = getattr(self.km.provisioner, "process", None)
        code = process.poll() if process else None
        if code is None:
            return "the submission's Python ended, for an unknown reason"
        number = -code if code < 0 else code - 128
        if number in set(signal.Signals):
            name = signal.Signals(number).name
            return f"the code's Python was killed by {name} ({_SIGNALS.get(name, 'a signal')})"
        return f"the code ended Python itself, with exit code {code}, as exit(), quit() or os._exit({code}) do"

    def _run_source(self, source, seconds):
        """Run code that is in no cell. Returns whether it failed, or None where nothing can be run any more."""
        if self._kernel_lost:
            return None
        start, deadline = time.monotonic(), self._deadline
        self._deadline = start + seconds
        index, cell = len(self.nb.cells), nbformat.v4.new_code_cell(source)
        self.nb.cells.append(cell)
        try:
            self._run(cell, lambda: self.execute_cell(cell, index, store_history=True))
        finally:
            del self.nb.cells[index:]
            self._deadline = deadline + time.monotonic() - start  # a canary uses no time of the submission
        stuck = any(output.get("ename") == "TimeoutError" for output in cell.outputs)  # it could not be interrupted
        return None if self._kernel_lost or stuck else failed(cell)

    def output(self, outs, msg, display_id, cell_index):
        """Collect an output of a cell while it fits into `most_output` characters. The first error is always kept."""
        kind = msg["msg_type"]
        if kind not in _MESSAGE_TYPES or (kind == "error" and any(out.output_type == "error" for out in outs)):
            return None
        fits = len(outs) < _MOST_OUTPUTS and sum(map(_size, outs)) + _size(msg["content"]) <= self.most_output
        if fits or kind == "error":
            made = super().output(outs, msg, display_id, cell_index)
            if kind == "error" and made and _is_valid(made):
                outs[-1] = made = safe_output(made)  # cut
            return made
        if not outs or outs[-1].get("text") != _DROPPED:
            outs.append(nbformat.v4.new_output("stream", text=_DROPPED))
        return None

    def _update_display_id(self, display_id, msg):
        """Let a cell change an earlier output, unless the changed cell would then have too many characters."""
        for number, places in self._display_id_map.get(display_id, {}).items():
            outputs = self.nb.cells[number].outputs
            rest = sum(_size(output) for place, output in enumerate(outputs) if place not in places)
            if rest + len(places) * _size(msg["content"]) > self.most_output:
                return
        super()._update_display_id(display_id, msg)

    def handle_comm_msg(self, outs, msg, cell_index):
        """Ignore the messages of widgets: feedback shows no widgets."""


def _drop_invalid(cell):
    """Remove from an executed cell what the notebook format does not allow. Returns a text that says what it was."""
    found = ""
    if not isinstance(cell.execution_count, int | None):
        cell.execution_count, found = None, "its execution count is not a number"
    outputs = [output for output in cell.outputs if _is_valid(output)]
    if len(outputs) < len(cell.outputs):
        cell.outputs, found = outputs, "its output is not in the notebook format"
    return found


def _is_valid(output):
    """Whether an output is in the notebook format."""
    try:
        nbformat.validate(output, ref="output", version=4)
    except Exception:  # jsonschema raises more than ValidationError where an output is not even JSON
        return False
    text = output.get("text", "")
    return isinstance(text, str) and isinstance(output.get("evalue", ""), str)


def _forged(damage):
    return f"{FORGED}: a message from the kernel was forged or damaged by the submission's code ({damage})"


def _size(output):
    """How many characters an output or a message holds."""
    data = output.get("data") or {}
    return len(output.get("text") or "") + sum(len(value) for value in data.values() if isinstance(value, str))
