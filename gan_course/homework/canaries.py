"""Canaries: cells that must fail, run beside a submission's own. One that passes shows that tests were tampered with.

Students' code and the tests share one Python, so code can make every test pass. A canary has the form of a test, but an
honest Python cannot let it pass: it holds a false assertion, or a real test whose answer or whose expected result was
replaced by a wrong one. Its names and numbers are drawn while grading, so that no code can know them in advance.
"""

import random
import time
from collections.abc import Callable

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import SaveAutoGrades

from . import canary_sources
from .expectations import with_wrong_expectations
from .limits import error_output

TAMPERED = "TamperedError"  # name of the error at a test whose points wait for a person
TAMPERED_MESSAGE = "the tests were tampered with"
FORGED = "ForgedMessageError"  # name of the error at a cell that sent messages which no honest kernel sends
_ENDED = "Python ended, or stopped responding, before the tests could be checked"
_SECONDS = 6  # for one canary
_SECONDS_AT_MOST = 60  # for all canaries that run always; they need two or three seconds
_SECONDS_TO_SPARE = 15  # for all further runs of tests
_SLOW = 3  # seconds; a test that takes longer is not run again
_COPIES = 2  # changed copies of each test
_AT_THE_END = 12  # canaries of each kind at the end


def error_from(text: str) -> nbformat.NotebookNode:
    """An error as a cell shows it, from a text such as "TimeoutError: too late"."""
    name, _, message = text.partition(": ")
    return error_output(name, message, text)


def failed(cell: nbformat.NotebookNode) -> bool:
    """Whether an executed cell ended with an error."""
    return bool(_errors(cell))


class Canaries:
    """The canaries of one submission.

    Call `after` after each test cell, and `at_the_end` after the last cell. Then read `suspect_cells`.

    Args:
        notebook: the submission while it is run.
        run_source: a function (source, seconds) that runs a source as a cell. It returns whether the cell failed, or
            None where nothing can be run any more.
        rng: a random number generator that nobody can predict, such as `random.SystemRandom()`.
    """

    def __init__(
        self, notebook: nbformat.NotebookNode, run_source: Callable[[str, float], bool | None], rng: random.Random
    ):
        self._notebook, self._run_source, self._rng = notebook, run_source, rng
        self._passed = []  # pairs of a test cell that passed, and the seconds that it took
        self._reasons = []  # what was found
        self._silent = False  # whether Python answers no more
        self._left, self._spare = _SECONDS_AT_MOST, _SECONDS_TO_SPARE

    def after(self, cell: nbformat.NotebookNode, seconds: float) -> None:
        """Run two false assertions after a test that passed: one that stands by itself, one that does not.

        Args:
            cell: the test cell, which was run.
            seconds: how long it took.
        """
        if utils.is_solution(cell) or failed(cell):
            return
        self._passed.append((cell, seconds))
        for sources in canary_sources.false_tests(cell.source, self._rng):
            self._must_fail("a false assertion passed", self._rng.choice(sources))
        if self._silent:  # the test itself still ran
            self._reasons.append(_ENDED)

    def at_the_end(self) -> None:
        """Run all other canaries, after the last cell."""
        if not self._passed:
            return
        self._check_python()
        self._check_answers()
        names = {name for cell in self._notebook.cells for name in _errors(cell)}
        if FORGED in names:
            self._reasons.append("messages from the kernel were forged")
        elif self._silent and not self._reasons and not any(_was_stopped(cell) for cell in self._notebook.cells):
            self._reasons.append(_ENDED)

    def _check_python(self):
        """Check that assertions, libraries and Jupyter work as they should."""
        tests = "\n".join(cell.source for cell, _ in self._passed)
        alone, others = canary_sources.false_tests(tests, self._rng)
        for source in self._sample([*alone, *others]):
            self._must_fail("a false assertion passed", source)
        reason = "parts of Python, of a library or of Jupyter were replaced"
        self._must_fail(reason, canary_sources.replaced_functions(self._rng))
        for function, source in self._sample(canary_sources.true_tests(tests, self._rng)):
            self._must_pass(f"{function} was replaced", source)

    def _check_answers(self):
        """Check that the tests depend on the answers, and refuse wrong ones."""
        code = [cell.source for cell in self._notebook.cells if cell.cell_type == "code"]
        names = canary_sources.answer_names([cell.source for cell, _ in self._passed], code)
        quick = [cell for cell, seconds in self._passed if seconds < _SLOW]
        self._check_expectations(quick, names)
        self._check_returned_values(quick, names)
        reason = "an answer could not be replaced by a wrong one"
        self._must_pass(reason, canary_sources.wrong_answers(names, self._rng))
        for cell, _ in self._passed:
            if canary_sources.answer_names([cell.source], code):
                self._must_fail(f"{_name(cell)} accepts a wrong answer", cell.source)

    def _check_expectations(self, cells, names):
        """Run tests with wrong expected results. An answer that passes has read the expected result from the test."""
        for cell in cells:
            copies = with_wrong_expectations(cell.source, names, self._rng)
            for source, reached in self._sample(copies, _COPIES):
                if self._try(source) is False:
                    self._must_fail(f"an answer reads the expected results from the test {_name(cell)}", reached)

    def _check_returned_values(self, cells, names):
        """Look at what the answers return. A value that equals two different numbers was made to pass any test."""
        tests = "\n".join(cell.source for cell in cells)
        source, questions = canary_sources.recorded_answers(names, tests, self._rng)
        self._try(source)
        for cell in cells:
            self._try(cell.source)
        for question in questions:
            self._must_fail("an answer is an object that equals everything it is compared with", question)

    def _sample(self, canaries, most=_AT_THE_END):
        return self._rng.sample(canaries, min(most, len(canaries)))

    def _try(self, source):
        """Run a test again while there is time to spare. Returns whether it failed, or None where it was not run."""
        if self._spare <= 0 or self._silent:
            return None
        start = time.monotonic()
        has_failed = self._run_source(source, min(_SECONDS, self._spare))
        self._spare -= time.monotonic() - start
        self._silent = has_failed is None
        return has_failed

    def _must_fail(self, reason, source):
        """Run a canary. If it does not fail, add the reason."""
        self._expect(True, reason, source)

    def _must_pass(self, reason, source):
        """Run a canary. If it fails, add the reason."""
        self._expect(False, reason, source)

    def _expect(self, failure, reason, source):
        if self._silent or self._left <= 0:  # that no time is left says nothing about the student
            return
        start = time.monotonic()
        has_failed = self._run_source(source, _SECONDS)
        self._left -= time.monotonic() - start
        self._silent = has_failed is None
        if has_failed is not None and has_failed != failure and reason not in self._reasons:
            self._reasons.append(reason)

    @property
    def suspect_cells(self) -> list[nbformat.NotebookNode]:
        """The test cells that passed, where a canary found something. Otherwise none."""
        return [cell for cell, _ in self._passed] if self._reasons else []

    def error_text(self) -> str:
        """What the canaries found, as the text of an error."""
        return f"{TAMPERED}: {TAMPERED_MESSAGE}: {'; '.join(self._reasons[:2])}"


def _name(cell):
    return cell.metadata.nbgrader.grade_id


def _errors(cell):
    """Names of the errors in a cell's outputs."""
    return {output.ename for output in cell.get("outputs", []) if output.output_type == "error"}


def _was_stopped(cell):
    """Whether a test lost its points because the run ended early. This is no cheating: the student gained nothing."""
    return utils.is_grade(cell) and bool(_errors(cell) & {"DeadKernelError", "TimeoutError"})


class SaveGrades(SaveAutoGrades):
    """nbgrader's step that saves the points of the tests. Points of tests that were tampered with wait for a person."""

    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        if TAMPERED in _errors(cell):
            where = (self.notebook_id, self.assignment_id, self.student_id)
            grade = self.gradebook.find_grade(cell.metadata.nbgrader.grade_id, *where)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()
