"""The steps that this course adds to nbgrader's: repair, a guarded run, feedback that keeps hidden tests hidden.

`notebooks/homework/nbgrader_config.py` puts them in their places, so that nbgrader's own commands take them too.
"""

import re

from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from .course import folder_of, read
from .execute import Execute
from .repair import repair

__all__ = ["Execute", "KeepTestsHidden", "Repair"]

_ANSI = re.compile(r"\x1b\[[\d;]*m")


class Repair(NbGraderPreprocessor):
    """Gives a submission the metadata that it lost, from the release; `Autograde`'s first step. See `repair.py`."""

    def preprocess(self, nb, resources):
        """Return the repaired notebook; say in the log what was repaired and what was not found."""
        names, coursedir = resources["nbgrader"], self.parent.parent.coursedir
        release = read(folder_of(coursedir, "release", names["assignment"]) / f"{names['notebook']}.ipynb")
        nb, report = repair(nb, release)
        if str(report):
            self.log.warning("%s of %s: %s", names["notebook"], names["student"], report)
        return nb, resources


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
