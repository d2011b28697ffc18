"""Tests of the tests: cells that must fail, run beside a submission's own, so that tests which were tampered with show.

Students' code and the tests share one Python, so code can make the tests say yes to anything. A canary is a cell in the
form of a test that no honest Python lets pass: a false assertion, or a real test whose answer or whose expectation was
made wrong. Its names and numbers are drawn when it is graded, so that no code can know it beforehand.
"""

import time

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import SaveAutoGrades

from . import lies
from .expectations import wrong_expectations

TAMPERED = "TamperedError"  # the name of the error at the end of a test whose points wait for a person
ACCUSED = "the tests were tampered with"
_ENDED = "Python ended, or stopped responding, before the tests could be checked"
FORGED = "ForgedMessageError"  # that of an error at a cell whose messages no honest kernel sends
_SECONDS = 6  # for one canary
_SECONDS_TO_SPARE, _SLOW = 15, 3  # for running tests once more in all; a test that takes as long is not run again
_SECONDS_AT_MOST = 60  # for all that must be asked; it takes two or three
_BETWEEN, _COPIES, _AT_THE_END = 2, 2, 12  # assertions after each test, changed copies of one, of a kind at the end


def error_output(text):
    """An error as a cell shows it, from a text such as "TimeoutError: too late"."""
    name, _, value = text.partition(": ")
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[text])


def failed(cell):
    """Whether an executed cell ended with an error."""
    return bool(_errors(cell))


class Canaries:
    """The canaries of one submission.

    Args:
        notebook: the submission that is run.
        ask: a function of a source and of seconds, which runs the source as a cell. It returns whether that failed, or
            None where nothing can be run any more.
        rng: a `random.Random` that nobody can foresee.
    """

    def __init__(self, notebook, ask, rng):
        self._notebook, self._ask, self._rng = notebook, ask, rng
        self._passed, self._reasons, self._silent = [], [], False
        self._left, self._spare = _SECONDS_AT_MOST, _SECONDS_TO_SPARE

    def after(self, cell, seconds):
        """Note a test cell that was run, in so many `seconds`; where it passed, ask it some false assertions."""
        if utils.is_solution(cell) or failed(cell):
            return
        self._passed.append((cell, seconds))
        for source in self._rng.sample(lies.false_tests(cell.source, self._rng), _BETWEEN):
            self._must_fail("a false assertion passed", source)
        if self._silent:  # a moment ago it ran
            self._reasons.append(_ENDED)

    def at_the_end(self):
        """Ask everything else, once all cells were run."""
        if not self._passed:
            return
        source = "\n".join(cell.source for cell, _ in self._passed)
        for test in self._some(lies.false_tests(source, self._rng)):
            self._must_fail("a false assertion passed", test)
        self._must_fail("parts of Python, of a library or of Jupyter were replaced", lies.replaced(self._rng))
        for function, test in self._some(lies.true_tests(source, self._rng)):
            self._must_fail(f"{function} was replaced", test, fails=False)
        code = [cell.source for cell in self._notebook.cells if cell.cell_type == "code"]
        names = lies.answers([cell.source for cell, _ in self._passed], code)
        quick = [cell for cell, seconds in self._passed if seconds < _SLOW]
        self._follow(quick, names)
        self._flatter(quick, names)
        reason = "an answer could not be replaced by a wrong one"
        self._must_fail(reason, lies.wrong_answers(names, self._rng), fails=False)
        for cell, _ in self._passed:
            if lies.answers([cell.source], code):
                self._must_fail(f"{_name(cell)} accepts a wrong answer", cell.source)
        names = {name for cell in self._notebook.cells for name in _errors(cell)}
        if FORGED in names:
            self._reasons.append("messages from the kernel were forged")
        elif self._silent and not self._reasons and not any(_was_stopped(cell) for cell in self._notebook.cells):
            self._reasons.append(_ENDED)

    def _follow(self, cells, names):
        """Make the expectations of the tests wrong: an answer that still meets them has read them."""
        for cell in cells:
            copies = wrong_expectations(cell.source, names, self._rng)
            for source, reached in self._some(copies, _COPIES):
                if self._try(source) is False:
                    self._must_fail(f"an answer reads the expected results from the test {_name(cell)}", reached)

    def _flatter(self, cells, names):
        """Look at what the answers return: a value that is equal to everything is none."""
        source, questions = lies.recorded_answers(names, "\n".join(cell.source for cell in cells), self._rng)
        self._try(source)
        for cell in cells:
            self._try(cell.source)
        for question in questions:
            self._must_fail("an answer is an object that equals everything it is compared with", question)

    def _some(self, canaries, most=_AT_THE_END):
        return self._rng.sample(canaries, min(most, len(canaries)))

    def _try(self, source):
        """Run what takes longer, while there is time for it. Returns whether it failed, or None."""
        if self._spare <= 0 or self._silent:
            return None
        start = time.monotonic()
        said = self._ask(source, min(_SECONDS, self._spare))
        self._spare -= time.monotonic() - start
        self._silent = said is None
        return said

    def _must_fail(self, reason, source, fails=True):
        """Run a canary. Note the `reason` where it did not fail, or did where it must not."""
        if self._silent or self._left <= 0:  # no time is left: that says nothing about the student
            return
        start = time.monotonic()
        said = self._ask(source, _SECONDS)
        self._left -= time.monotonic() - start
        self._silent = said is None
        if said is not None and said != fails and reason not in self._reasons:
            self._reasons.append(reason)

    @property
    def accused(self):
        """The test cells that passed, where something was found; else none."""
        return [cell for cell, _ in self._passed] if self._reasons else []

    def verdict(self):
        """What was found, as an error's text."""
        return f"{TAMPERED}: {ACCUSED}: {'; '.join(self._reasons[:2])}"


def _name(cell):
    return cell.metadata.nbgrader.grade_id


def _errors(cell):
    return {output.ename for output in cell.get("outputs", []) if output.output_type == "error"}


def _was_stopped(cell):
    """Whether a test lost its points since the run ended early: then that is said there, and nothing was gained."""
    return utils.is_grade(cell) and bool(_errors(cell) & {"DeadKernelError", "TimeoutError"})


class SaveGrades(SaveAutoGrades):
    """nbgrader's step that saves what the tests said. Points of tests that were tampered with wait for a person."""

    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        if TAMPERED in _errors(cell):
            where = (self.notebook_id, self.assignment_id, self.student_id)
            grade = self.gradebook.find_grade(cell.metadata.nbgrader.grade_id, *where)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()
