"""What a student is told about each exercise: the points, why a test failed, what was expected, and where to read.

Feedback pages and Gradescope's results are made of it. Hidden tests stay hidden: of the message of a hidden test, the
numbers are left out. What was expected is said in the words of the exercise, or in a comment that the author of the
homework wrote into the test:

    # Expected: one number, also for batches of different sizes.
"""

import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.api import MissingEntry

from .canaries import FORGED, TAMPERED
from .course import homework_and_variant, name_in, notebook_of, read
from .exercises import places, sections_to_read
from .hidden import hidden_forms, hidden_line_numbers, redacted
from .repair import grade_id_of
from .text import cut, one_line, without_escapes

# Names of errors that say why a run stopped, or why its points have to be looked at.
STOPS = (DeadKernelError.__name__, "TimeoutError", CellTimeoutError.__name__, FORGED, TAMPERED)
NO_ANSWER = "There is no answer yet."
HIDDEN_NUMBER = "…"  # stands for a number in the message of a hidden test
_MOST_MESSAGE = 600  # characters of a message in a report
_NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d+(?:,\d+)*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w])|[½¼¾⅓⅔]")
_ARROW = re.compile(r"^-+> *(\d+) ?(.*)$", re.MULTILINE)  # in a traceback, before the line at which a frame stopped
_EXPECTED = re.compile(r"^\s*# Expected: *(.*?)\s*$", re.MULTILINE)
_SUM = re.compile(r"\s*(\d+(?:\.\d+)?(?:\s*\+\s*\d+(?:\.\d+)?)+)\s*(.*)", re.DOTALL)


class Failure(NamedTuple):
    """Why a test failed, in words for the student.

    Attributes:
        hidden: whether a hidden test failed. Then the message has no numbers.
        message: what the test said.
        expected: what was expected, or "".
        read: where to read about it, or "".
    """

    hidden: bool
    message: str
    expected: str
    read: str = ""

    def __str__(self):
        """The failure in one paragraph."""
        parts = [f"A hidden test failed: {self.message}" if self.hidden else self.message]
        parts += [f"Expected: {self.expected}"] if self.expected else []
        return "\n".join([*parts, f"Read again: {self.read}"] if self.read else parts)


class Criterion(NamedTuple):
    """A row of a rubric: the points that were given, the most points, and what they are for."""

    given: float
    most: float
    text: str


class Part(NamedTuple):
    """A graded cell.

    Attributes:
        name: the cell's `grade_id`.
        score: the points.
        most: the largest possible number of points.
        waits: whether a person has to look at it.
        failure: why it failed, or None.
        criteria: the rubric with points, if the grader's comment begins with them, such as "3 + 2 + 0". Or ().
        comment: the rest of the grader's comment, or "".
    """

    name: str
    score: float
    most: float
    waits: bool
    failure: Failure | None
    criteria: tuple[Criterion, ...]
    comment: str

    @property
    def differs(self) -> bool:
        """Whether the points of the criteria add up to another number than the points that were entered."""
        return bool(self.criteria) and abs(sum(row.given for row in self.criteria) - self.score) > 1e-6


class Exercise(NamedTuple):
    """An exercise: its title, its points, and its graded cells."""

    title: str
    score: float
    most: float
    parts: tuple[Part, ...]


class Report(NamedTuple):
    """A submission: the student's id and name (or ""), the points, and the exercises."""

    student: str
    name: str
    score: float
    most: float
    waits: bool
    exercises: tuple[Exercise, ...]


def report(gradebook, coursedir, assignment: str, student: str) -> Report:
    """Say what is known about a graded submission.

    Args:
        gradebook: nbgrader's grade book, open.
        coursedir: nbgrader's `CourseDirectory`.
        assignment: name of the assignment.
        student: id of the student.

    Raises:
        Problem: the release or the graded submission cannot be read.
    """
    graded = read(notebook_of(coursedir, "autograded", assignment, student))
    cells, forms = {grade_id_of(cell): cell for cell in graded.cells}, hidden_forms(graded.cells)
    submission = gradebook.find_submission(assignment, student)
    grades = {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}
    parts, release = {}, read(notebook_of(coursedir, "release", assignment))
    for name, place in places(
        release, sections_to_read(Path(coursedir.root), homework_and_variant(assignment)[0])
    ).items():
        if name in grades:
            comment = _comment(gradebook, name, assignment, student)
            part = _part(grades[name], cells.get(name), place, comment, forms)
            parts.setdefault(place.title, []).append(part)
    return Report(
        student,
        name_in(gradebook, student),
        submission.score,
        submission.max_score,
        bool(submission.needs_manual_grade),
        tuple(
            Exercise(title, sum(part.score for part in found), sum(part.most for part in found), tuple(found))
            for title, found in parts.items()
        ),
    )


def _comment(gradebook, name, assignment, student):
    """What a person wrote about a graded cell, or ""."""
    try:
        return gradebook.find_comment(name, assignment, assignment, student).comment or ""
    except MissingEntry:  # only cells for answers have comments
        return ""


def _part(grade, cell, place, comment, forms):
    """The `Part` of an entry of the grade book. `cell` is the graded cell, or None where it is missing."""
    failure = why_failed(cell, forms) if cell is not None and cell.cell_type == "code" else None
    if failure:
        failure = failure._replace(expected=failure.expected or place.expected, read=place.read)
    criteria, rest = rubric_points(comment, place.rubric)
    return Part(grade.name, grade.score, grade.max_score, bool(grade.needs_manual_grade), failure, criteria, rest)


def rubric_points(comment: str, rubric: tuple[tuple[str, str], ...]) -> tuple[tuple[Criterion, ...], str]:
    """Read the points for each row of a rubric from the beginning of a comment, such as "3 + 2 + 0: the gap is …".

    Args:
        comment: what the grader wrote.
        rubric: pairs of the largest number of points, and what they are for.

    Returns:
        One `Criterion` per row, and the rest of the comment. Where the comment does not begin with one number per row:
        () and the whole comment.
    """
    match = _SUM.fullmatch(comment)
    given = match[1].split("+") if match else []
    if len(given) != len(rubric) or not rubric:
        return (), comment
    rows = zip(given, rubric, strict=True)
    return tuple(Criterion(float(x), float(most), text) for x, (most, text) in rows), match[2].lstrip(" :,.;–-\n")


def why_failed(cell: nbformat.NotebookNode, forms: Iterable[str] = ()) -> Failure | None:
    """Say in words why a test failed.

    Args:
        cell: a test cell that was run, with its hidden tests.
        forms: how lines of the notebook's hidden tests may be written: see `hidden.hidden_forms`. An answer can raise
            an error that quotes them. Defaults to none.

    Returns:
        None where it passed.
    """
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    if not errors:
        return None
    said = [_said(error, cell.source, forms) for error in errors]
    expected = _EXPECTED.search(cell.source)
    message = "".join(cut("\n".join(dict.fromkeys(text for _, text in said)), 2 * _MOST_MESSAGE))
    hidden = any(is_hidden for is_hidden, _ in said)
    return Failure(hidden, message, expected[1] if expected else "")


def _said(error, source, forms):
    """Whether an error came from a hidden test, and its message."""
    message = redacted(without_escapes(error.evalue).strip(), forms)
    hidden = _is_hidden(error, source)
    if error.ename == "NotImplementedError" and not message:
        return False, NO_ANSWER
    if error.ename != "AssertionError":
        message = f"{one_line(error.ename)}: {message}".removesuffix(": ")
    message = "".join(cut(message, _MOST_MESSAGE))
    return hidden, (_NUMBER.sub(HIDDEN_NUMBER, message) if hidden else message) or "The assertion has no message."


def _is_hidden(error, source):
    """Whether an error came from the hidden part of a test. If the traceback does not tell, it counts as hidden.

    In a traceback, the test's own frames stand together: a line of the cell, then lines of functions that it defines.
    """
    lines, hidden = source.splitlines(), hidden_line_numbers(source)

    def is_of_the_test(stop):
        number, text = int(stop[0]), stop[1]
        return 0 < number <= len(lines) and lines[number - 1].strip() == text.strip()

    stops = _ARROW.findall(without_escapes("\n".join(error.traceback)))
    own = next((list(together) for are_own, together in itertools.groupby(stops, is_of_the_test) if are_own), [])
    if own:
        return any(int(number) in hidden for number, _ in own)
    return bool(hidden) and error.ename not in STOPS


def gradescope_results(made: Report) -> dict:
    """A report in the format of Gradescope's results.json.

    See https://gradescope-autograders.readthedocs.io/en/latest/specs/ under "Output format".
    """
    tests = []
    for exercise in made.exercises:
        for part in exercise.parts:
            said = [str(part.failure)] if part.failure else []
            said += [f"{row.given:g} of {row.most:g}: {row.text}" for row in part.criteria]
            tests.append(
                {
                    "name": f"{exercise.title} ({part.name})",
                    "score": part.score,
                    "max_score": part.most,
                    "output": "\n".join([*said, part.comment]).strip(),
                    "visibility": "visible",
                }
            )
    return {"score": made.score, "tests": tests}
