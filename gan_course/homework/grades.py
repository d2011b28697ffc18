"""The command `grades`: writes the grades as CSV, and as the tables that Moodle and Canvas import.

nbgrader's own table does not say which scores may still change, and which submissions could not be graded.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import ExportPlugin

from .course import (
    Problem,
    Said,
    assignments,
    family,
    homework_and_variant,
    name_in,
    origin,
    require_assignment,
    students,
)
from .platforms import Result, grade_table
from .preflight import NotGradedYet, preflight_note, require_graded

COLUMNS = (
    "assignment",
    "student_id",
    "first_name",
    "last_name",
    "score",
    "max_score",
    "waits_for_manual_grading",
    "late",
    "note",
)
_NOT_YET = "not graded yet"  # a note starts with these words where nothing failed


def grades(api: NbGraderAPI, assignment: str | None = None, to: str | Path = "grades.csv") -> Iterator[Said]:
    """Write the table of grades, and a table for each homework that came from Moodle or Canvas.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the only assignment, with its variants. Defaults to None: all assignments.
        to: path of the file to write. Defaults to "grades.csv". The other tables are written beside it, as
            grades_hw1_moodle.csv and grades_hw1_canvas.csv.

    Yields:
        One line per table.

    Raises:
        Problem: the assignment has no source notebook.
    """
    if assignment:
        require_assignment(api, assignment)
    names = family(api.coursedir, assignment) if assignment else []
    plugin = Grades(parent=api, to=str(to), assignment=names)
    with api.gradebook as gradebook:
        plugin.export(gradebook)
        yield Said(_summary(to))
        every = [homework_and_variant(name)[0] for name in assignments(api.coursedir)]
        for name in [assignment] if assignment else dict.fromkeys(every):
            yield from _platform_tables(gradebook, api.coursedir, name, Path(to))


def _platform_tables(gradebook, coursedir, assignment, to):
    """Write the tables of an assignment that platforms import. Yields a line for each."""
    results, left_out = final_results(gradebook, coursedir, assignment)
    for platform in ("Moodle", "Canvas"):
        count = sum(result.platform == platform for result in results)
        if count or left_out[platform]:
            path = to.with_name(f"{to.stem}_{assignment}_{platform.lower()}.csv")
            path.write_text(grade_table(platform, assignment, results), encoding="utf-8", newline="")
            rest = f"; {left_out[platform]} left out, since their scores are not final" if left_out[platform] else ""
            yield Said(f"{path.name}: {count} grades for {platform}{rest}")


def final_results(gradebook, coursedir, assignment: str) -> tuple[list[Result], Counter]:
    """The final scores of the submissions that came from a platform.

    Args:
        gradebook: nbgrader's grade book, open.
        coursedir: nbgrader's `CourseDirectory`.
        assignment: name of the assignment. The submissions of its variants are among the results.

    Returns:
        A list of `Result`, and how many submissions of each platform have no final score yet.
    """
    results, left_out = [], Counter()
    handed_in = [(name, student) for name in family(coursedir, assignment) for student in students(coursedir, name)]
    for name, student in handed_in:
        platform, number, _ = origin(coursedir, name, student)
        score, most, waits, _, _ = _result(gradebook, coursedir, name, student)
        if platform and (score == "" or waits == "yes"):
            left_out[platform] += 1
        elif platform:
            person = gradebook.find_student(student)
            more = [
                _not_a_formula(text or "") for text in (name_in(gradebook, student), person.email, person.lms_user_id)
            ]
            results.append(Result(platform, number, *more, score, most))
    return results, left_out


class Grades(ExportPlugin):
    """The same table for nbgrader's own command: `nbgrader export --exporter=gan_course.homework.grades.Grades`.

    It has one row per submission. `score` is empty where a submission could not be graded: a 0 would look like a grade.
    Where `waits_for_manual_grading` is "yes", the score may still rise. `late` is "yes" where the platform's export
    said so, and "" where it did not: only Canvas' file names do. `note` holds what the pre-flight check found.
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
    """The last five columns: score, largest score, whether it waits for a person, whether it is late, and the note."""
    late = "yes" if origin(coursedir, assignment, student).late else ""
    try:
        most = gradebook.find_assignment(assignment).max_score
    except MissingEntry:
        return "", "", "no", late, f"{_NOT_YET}: there is no release yet; run release, then grade"
    try:
        report = require_graded(coursedir, assignment, student)
        submission = gradebook.find_submission(assignment, student)
        waits = "yes" if submission.needs_manual_grade else "no"
        return submission.score, most, waits, late, preflight_note(coursedir, assignment, student, report)
    except MissingEntry:
        return "", most, "no", late, f"{_NOT_YET}: the grade book has no entry for it; run grade"
    except NotGradedYet as problem:
        return "", most, "no", late, f"{_NOT_YET}: {problem}"
    except Problem as problem:
        return "", most, "no", late, f"not graded: {problem}"


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
