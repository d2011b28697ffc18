"""What goes back to Moodle and Canvas: a table of grades for each, and a zip with the feedback pages.

**Moodle** imports a grading worksheet ("Upload grading worksheet") with the columns `Identifier`, `Grade` and
`Last modified (grade)`; it ignores others that it does not know. The identifier is "Participant " and the number that
its own zip has in the folder's name (Moodle, mod/assign/feedback/offline/importgradeslib.php). A column
`Feedback comments` is left out on purpose: it would empty the comments that are already there.
"Upload multiple feedback files in a zip" takes folders NAME_NUMBER_assignsubmission_file_ (mod/assign/feedback/file/
importziplib.php). Both are described at https://docs.moodle.org/en/Using_Assignment.

**Canvas** imports a gradebook CSV whose first columns are `Student`, `ID`, `SIS Login ID` and `Section`, whose second
row begins with "Points Possible", and whose further columns are assignments. It finds a student by `ID`
(Canvas, lib/gradebook_importer.rb; the guide is "How do I import grades in the Gradebook?"). "Upload Submissions"
attaches a file to a submission as a comment, and finds it by the two numbers in the name that the download gave it
(`generate_comments_from_files` in app/models/abstract_assignment.rb).

Only final scores are written: submissions that wait for a person, or were not graded, are left out.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

_MOODLE = ("Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Last modified (grade)")
_CANVAS = ("Student", "ID", "SIS Login ID", "Section")
_POINTS_POSSIBLE = "    Points Possible"  # with the spaces with which Canvas exports it


class Result(NamedTuple):
    """A student's final score in an assignment.

    Attributes:
        platform: "Moodle" or "Canvas".
        number: the number by which the platform knows the student.
        name: the student's name, or "".
        email: the student's e-mail address in the grade book, or "".
        login: the student's login in the grade book (`lms_user_id`), or "".
        score: the points.
        most: the largest possible score.
    """

    platform: str
    number: str
    name: str
    email: str
    login: str
    score: float
    most: float


def grade_table(platform: str, assignment: str, results: Iterable[Result]) -> str:
    """The table of an assignment's grades that a platform imports, as CSV.

    Args:
        platform: "Moodle" or "Canvas".
        assignment: name of the assignment. In Canvas, the assignment must have this name, too.
        results: the results of students of this platform.
    """
    results = [result for result in results if result.platform == platform]
    most = max((result.most for result in results), default=0)
    if platform == "Moodle":
        rows = [(f"Participant {x.number}", x.name, x.email, f"{x.score:g}", f"{x.most:g}", "-") for x in results]
        table = [_MOODLE, *rows]
    else:
        rows = [(x.name, x.number, x.login, "", f"{x.score:g}") for x in results]
        table = [(*_CANVAS, assignment), (_POINTS_POSSIBLE, "", "", "", f"{most:g}"), *rows]
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue()


def feedback_zip(platform: str, pages: Mapping[str, Path]) -> bytes:
    """A zip of feedback pages, with the names by which a platform finds the students.

    Args:
        platform: "Moodle" or "Canvas".
        pages: {name of the folder or file in the platform's export: path of the page}.
    """
    name_of = _moodle_name if platform == "Moodle" else _canvas_name
    return zipped({name_of(place, page): page.read_bytes() for place, page in pages.items()})


def _moodle_name(place, page):
    """Where a page lies in Moodle's zip. Moodle finds the number after the first underscore, so the name has none."""
    name, number = re.match(r"(.+?)_(\d+)_assignsubmission_", place).groups()
    return f"{name.replace('_', ' ')}_{number}_assignsubmission_file_/{page.name}"


def _canvas_name(place, page):
    """The name of a page in Canvas' zip: that of the file that was handed in, with another ending."""
    return re.sub(r"\.(ipynb(\.txt|\.json)?|zip)$", "", place, flags=re.IGNORECASE) + page.suffix


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Make a zip.

    Args:
        files: {path in the zip: content}.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return data.getvalue()
