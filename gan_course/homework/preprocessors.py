"""Steps that this course adds to nbgrader's: repair, a run in the sandbox, and feedback without hidden tests.

`notebooks/homework/nbgrader_config.py` adds them, so that nbgrader's own commands run them, too.
"""

import re

from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from .course import folder_of, read
from .execute import Execute
from .repair import repair
from .text import without_escapes

__all__ = ["Execute", "KeepTestsHidden", "Repair"]

_SHORTEST_HIDDEN_LINE = 12  # characters; a shorter line may be anybody's, and is not removed from outputs


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

    The messages of the tests stay. nbgrader's own feedback shows the hidden tests to every student.
    """

    def preprocess(self, nb, resources):
        """Remove the hidden tests from a notebook, except lines that are too short to be recognized."""
        lines = {line for cell in nb.cells if _is_test(cell) for line in hidden_lines(cell.source)}
        hidden = {line for line in lines if len(line) >= _SHORTEST_HIDDEN_LINE}
        forms = sorted({form for line in hidden for form in (line, repr(line)[1:-1])}, key=len, reverse=True)
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                _redact(output, forms)
        return nb, resources

    def preprocess_cell(self, cell, resources, cell_index):
        """Remove the hidden tests from a test cell. A student's own cells stay as they are."""
        if not _is_test(cell):
            return cell, resources
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        for output in cell.outputs:
            if output.output_type == "error":
                output.traceback = [f"{output.ename}: {without_escapes(output.evalue)}"]
        return cell, resources


def _is_test(cell):
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def hidden_lines(source: str) -> list[str]:
    """The lines between the marks of hidden tests, without spaces at their ends."""
    parts = re.findall(r"BEGIN HIDDEN TESTS(.*?)(?:END HIDDEN TESTS|\Z)", source, re.DOTALL)
    return [line.strip() for part in parts for line in part.splitlines()]


def _redact(output, forms):
    """Replace hidden lines in an output by a mark. `forms` are the ways in which they may be written there."""

    def clean(text):
        plain = without_escapes(text)
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
