"""The command `grades`: writes the grades as CSV.

nbgrader's own table does not say which scores may still change, and which submissions could not be graded.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import ExportPlugin

from .course import Problem, Said, assignments, require_assignment, students
from .preflight import NotGradedYet, preflight_note, require_graded

COLUMNS = (
    "assignment",
    "student_id",
    "first_name",
    "last_name",
    "score",
    "max_score",
    "waits_for_manual_grading",
    "note",
)
_NOT_YET = "not graded yet"  # a note starts with these words where nothing failed


def grades(api: NbGraderAPI, assignment: str | None = None, to: str | Path = "grades.csv") -> Iterator[Said]:
    """Write the table of grades.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the only assignment. Defaults to None: all assignments.
        to: path of the file to write. Defaults to "grades.csv".

    Yields:
        One line that counts the submissions.

    Raises:
        Problem: the assignment has no source notebook.
    """
    if assignment:
        require_assignment(api, assignment)
    plugin = Grades(parent=api, to=str(to), assignment=[assignment] if assignment else [])
    with api.gradebook as gradebook:
        plugin.export(gradebook)
    yield Said(_summary(to))


class Grades(ExportPlugin):
    """The same table for nbgrader's own command: `nbgrader export --exporter=gan_course.homework.grades.Grades`.

    It has one row per submission. `score` is empty where a submission could not be graded: a 0 would look like a grade.
    Where `waits_for_manual_grading` is "yes", the score may still rise. `note` holds what the pre-flight check found.
    """

    def export(self, gradebook) -> None:
        """Write the table to the file `to`, or to grades.csv."""
        coursedir = self.parent.coursedir
        names = [str(name) for name in self.assignment] or assignments(coursedir)
        # Collect all rows before the file is opened, so that an error does not empty the old table.
        table = [row for name in names for row in _rows(gradebook, coursedir, name)]
        with open(self.to or "grades.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *table])


def _rows(gradebook, coursedir, assignment):
    """The rows of an assignment, one per student who handed it in. Each is a tuple in the order of `COLUMNS`."""
    for student in students(coursedir, assignment):
        try:
            person = gradebook.find_student(student)
            first, last = person.first_name or "", person.last_name or ""
        except MissingEntry:
            first = last = ""
        result = _result(gradebook, coursedir, assignment, student)
        yield assignment, *map(_not_a_formula, (student, first, last)), *result


def _not_a_formula(text):
    """A text that no spreadsheet takes for a formula: an apostrophe is put before signs such as `=`."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _result(gradebook, coursedir, assignment, student):
    """The last four columns: score, largest score, whether it waits for a person, and the note."""
    try:
        most = gradebook.find_assignment(assignment).max_score
    except MissingEntry:
        return "", "", "no", f"{_NOT_YET}: there is no release yet; run release, then grade"
    try:
        report = require_graded(coursedir, assignment, student)
        submission = gradebook.find_submission(assignment, student)
        waits = "yes" if submission.needs_manual_grade else "no"
        return submission.score, most, waits, preflight_note(coursedir, assignment, student, report)
    except MissingEntry:
        return "", most, "no", f"{_NOT_YET}: the grade book has no entry for it; run grade"
    except NotGradedYet as problem:
        return "", most, "no", f"{_NOT_YET}: {problem}"
    except Problem as problem:
        return "", most, "no", f"not graded: {problem}"


def _summary(path):
    """Count the submissions in a table of grades. Returns one line."""
    with open(path, newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    waits = sum(row["waits_for_manual_grading"] == "yes" for row in table)
    ungraded = sum(row["score"] == "" for row in table)
    new = sum(row["note"].startswith(_NOT_YET) for row in table)
    counts = f"{Path(path).name}: {len(table)} submissions; {waits} wait for manual grading"
    counts += f", {new} not graded yet" if new else ""
    return f"{counts}, {ungraded - new} could not be graded"
