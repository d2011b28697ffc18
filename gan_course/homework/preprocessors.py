"""Steps that this course adds to nbgrader's: repair, a run in the sandbox, and feedback that hides hidden tests.

`notebooks/homework/nbgrader_config.py` adds them, so that nbgrader's own commands run them, too.
"""

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from .course import folder_of, read
from .execute import Execute
from .hidden import hidden_forms, is_test, redacted
from .limits import error_output
from .repair import repair
from .reports import NO_ANSWER, report, why_failed
from .text import one_line

__all__ = ["Execute", "KeepTestsHidden", "Repair", "Summarize"]


class Repair(NbGraderPreprocessor):
    """The first step of `Autograde`: gives a submission the metadata that it lost. See `repair.py`."""

    def preprocess(self, nb, resources):
        """Return the repaired notebook. The log says what was repaired and what was not found."""
        names, coursedir = resources["nbgrader"], self.parent.parent.coursedir
        release = read(folder_of(coursedir, "release", names["assignment"]) / f"{names['notebook']}.ipynb")
        nb, report = repair(nb, release)
        if str(report):
            self.log.warning("%s of %s: %s", names["notebook"], names["student"], report)
        return nb, resources


class KeepTestsHidden(ClearHiddenTests):
    """Removes the hidden tests from the feedback: their lines, wherever they were printed, and their tracebacks.

    What remains of a test that failed is its message in words (`reports.why_failed`). What answers printed while a test
    ran is left out, since it may show the hidden inputs. nbgrader's own feedback shows the hidden tests to every
    student. Below a missing answer, tracebacks are left out: most errors there come from it.
    """

    def preprocess(self, nb, resources):
        """Remove the hidden tests from a notebook, except lines that are too short to be recognized."""
        self._answer_missing, self._forms = False, hidden_forms(nb.cells)
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                _redact(output, self._forms)
        return nb, resources

    def preprocess_cell(self, cell, resources, cell_index):
        """Remove the hidden tests from a test cell, and the tracebacks of missing answers from all cells."""
        if not is_test(cell):
            self._answer_missing = self._answer_missing or "raise NotImplementedError" in cell.source
            if self._answer_missing and cell.cell_type == "code":
                cell.outputs = list(map(_without_traceback, cell.outputs))
            return cell, resources
        failure = why_failed(cell, self._forms)
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        cell.outputs = [error_output("", "", str(failure))] if failure else []
        return cell, resources


class Summarize(NbGraderPreprocessor):
    """Gives the template of the feedback page what it says above the notebook: see `reports.report`."""

    def preprocess(self, nb, resources):
        """Return the notebook as it is. The report is in `resources["nbgrader"]["report"]`."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            coursedir = self.parent.parent.coursedir
            names["report"] = report(gradebook, coursedir, names["assignment"], names["student"])
        return nb, resources


def _without_traceback(output):
    """An output of a cell at or below a missing answer: of an error, only one line is left."""
    if output.output_type != "error":
        return output
    said = NO_ANSWER if output.ename == "NotImplementedError" else one_line(f"{output.ename}: {output.evalue}")
    return nbformat.v4.new_output("stream", text=said)


def _redact(output, forms):
    """Replace hidden lines in an output by a mark. `forms` are the ways in which they may be written there."""
    if output.output_type == "error":
        output.evalue = redacted(output.evalue, forms)
        output.traceback = [redacted("\n".join(output.traceback), forms)]
    elif output.output_type == "stream":
        output.text = redacted(output.text, forms)
    elif "text/plain" in output.get("data", {}):
        output.data["text/plain"] = redacted(output.data["text/plain"], forms)
