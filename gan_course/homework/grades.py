"""Grades as CSV, with what nbgrader's own table lacks: what still waits for a person, and what could not be graded."""

import csv
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin

from .course import Problem, assignments, students
from .grade import NotYet, note, require_graded

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
_NOT_YET = "not graded yet"  # how a note starts, where nothing failed


class Grades(ExportPlugin):
    """`nbgrader export --exporter=gan_course.homework.grades.Grades`, or the command `grades` of this package.

    A row for each submission. `score` is empty where it could not be graded, never a 0 that looks like a grade. Where
    `waits_for_manual_grading` is yes, the score may still rise. `note` says what the pre-flight check found.
    """

    def export(self, gradebook):
        """Write the table to `to`, or to grades.csv."""
        coursedir = self.parent.coursedir
        names = [str(name) for name in self.assignment] or assignments(coursedir)
        table = [row for name in names for row in rows(gradebook, coursedir, name)]  # all, before the old one goes
        with open(self.to or "grades.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *table])


def rows(gradebook, coursedir, assignment):
    """The rows of an assignment, one for each student who handed it in, as tuples in the order of COLUMNS."""
    for student in students(coursedir, assignment):
        try:
            person = gradebook.find_student(student)
            first, last = person.first_name or "", person.last_name or ""
        except MissingEntry:
            first = last = ""
        result = _result(gradebook, coursedir, assignment, student)
        yield assignment, *map(_plain, (student, first, last)), *result


def _plain(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _result(gradebook, coursedir, assignment, student):
    """Score, largest score, whether it waits, and the note."""
    try:
        most = gradebook.find_assignment(assignment).max_score
    except MissingEntry:
        return "", "", "no", f"{_NOT_YET}: no release yet"
    try:
        report = require_graded(coursedir, assignment, student)
        submission = gradebook.find_submission(assignment, student)
        waits = "yes" if submission.needs_manual_grade else "no"
        return submission.score, most, waits, note(coursedir, assignment, student, report)
    except MissingEntry:
        return "", most, "no", f"{_NOT_YET}: the grade book does not know it; run grade"
    except NotYet as problem:
        return "", most, "no", f"{_NOT_YET}: {problem}"
    except Problem as problem:
        return "", most, "no", f"not graded: {problem}"


def summary(path):
    """What a table of grades says, in one line."""
    with open(path, newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    waits = sum(row["waits_for_manual_grading"] == "yes" for row in table)
    ungraded = sum(row["score"] == "" for row in table)
    new = sum(row["note"].startswith(_NOT_YET) for row in table)
    said = f"{Path(path).name}: {len(table)} submissions; {waits} wait for manual grading"
    said += f", {new} not graded yet" if new else ""
    return f"{said}, {ungraded - new} could not be graded"
