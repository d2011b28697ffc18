"""Tables of grades and zips of feedback, read by the rules of Moodle's and Canvas' own importers."""

import csv
import io
import re
import zipfile

import pytest

pytest.importorskip("nbgrader", reason="the instructor's side needs nbgrader")

from gan_course.homework.names import Origin, origin_of
from gan_course.homework.platforms import Result, feedback_zip, grade_table

RESULTS = [
    Result("Moodle", "4711", "Ada King, Countess", "ada@example.org", "", 15.5, 20.0),
    Result("Moodle", "12", "Émilie du Châtelet", "", "", 20.0, 20.0),
    Result("Canvas", "7", "lovelaceada", "", "ada7", 0.0, 20.0),
    Result("Canvas", "8", "hoppergrace", "", "", 19.25, 20.0),
]


def moodle_import(text):
    """{number: grade}, as mod/assign/feedback/offline/importgradeslib.php reads a worksheet."""
    columns, *rows = csv.reader(io.StringIO(text))
    index = {name: columns.index(name) for name in ("Identifier", "Grade", "Last modified (grade)")}
    return {int(row[index["Identifier"]][len("Participant ") :]): float(row[index["Grade"]]) for row in rows}


def canvas_import(text):
    """The points possible, and {ID: score}, as lib/gradebook_importer.rb reads a table."""
    header, *rows = csv.reader(io.StringIO(text))
    assert len(header) > 3
    assert "Student" in header[0]
    assert "ID" in header[1]
    student_columns = 4 if re.search(r"SIS\s+Login\s+ID", header[2]) else 3
    assert "Section" in header[student_columns - 1]
    (assignment,) = header[student_columns:]
    possible = [row[student_columns] for row in rows if "Points Possible" in row[0]]
    students = [row for row in rows if "Points Possible" not in row[0]]
    return assignment, *map(float, possible), {int(row[1]): float(row[student_columns]) for row in students}


def test_moodle_finds_every_grade():
    text = grade_table("Moodle", "hw1", RESULTS)
    assert moodle_import(text) == {4711: 15.5, 12: 20.0}
    first, *_ = csv.DictReader(io.StringIO(text))
    assert (first["Full name"], first["Email address"]) == ("Ada King, Countess", "ada@example.org")
    assert (first["Maximum Grade"], first["Last modified (grade)"]) == ("20", "-")
    assert "Feedback comments" not in first  # an empty one would delete what is there


def test_canvas_finds_every_grade_and_the_points_possible():
    text = grade_table("Canvas", "hw1", RESULTS)
    assert canvas_import(text) == ("hw1", 20.0, {7: 0.0, 8: 19.25})
    assert next(csv.reader(io.StringIO(text)))[:4] == ["Student", "ID", "SIS Login ID", "Section"]
    assert "lovelaceada,7,ada7,,0" in text


def moodle_user_and_file(name):
    """The number and the file that mod/assign/feedback/file/importziplib.php finds in a path, or None."""
    parts = name.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) >= 4 and info[1].isdigit() and info[2:4] == ["assignsubmission", "file"]:
            return int(info[1]), "/".join([*info[4:5], *parts]).lstrip("/")
    return None


def canvas_numbers(name):
    """The user's and the file's number that `infer_comment_context_from_filename` of Canvas finds, or None."""
    parts = name.split("_")
    numbers = [part for part in parts if re.fullmatch(r"\d+", part)][:2]
    return None if parts[-1].startswith("link") or name.startswith("._") else tuple(map(int, numbers))


def names_in(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


@pytest.mark.parametrize(
    "place",
    [
        "Ada Lovelace_4711_assignsubmission_file",
        "Ada Lovelace_4711_assignsubmission_file_",
        "Ada Lovelace_4711_assignsubmission_file_hw1.ipynb",
        "Lab_7-Ada Lovelace_4711_assignsubmission_file_",
        "Participant_4711_assignsubmission_file_",
    ],
)
def test_moodle_takes_a_page_for_feedback_to_the_right_student(tmp_path, place):
    page = tmp_path / "hw1.html"
    page.write_text("a page", encoding="utf-8")
    (name,) = names_in(feedback_zip("Moodle", {place: page}))
    assert moodle_user_and_file(name) == (4711, "hw1.html")
    assert origin_of(place, "hw1") == Origin("Moodle", "4711", False)


@pytest.mark.parametrize(
    ("place", "file", "late"),
    [
        ("lovelaceada_4711_990_hw1.ipynb", "lovelaceada_4711_990_hw1.html", False),
        ("lovelaceada_LATE_4711_990_hw1-1.ipynb", "lovelaceada_LATE_4711_990_hw1-1.html", True),
        ("van_der_berg_4711_990_work.zip", "van_der_berg_4711_990_work.html", False),
        ("lovelaceada_4711_990_hw1.ipynb.txt", "lovelaceada_4711_990_hw1.html", False),
    ],
)
def test_canvas_attaches_a_page_to_the_right_submission(tmp_path, place, file, late):
    page = tmp_path / "hw1.html"
    page.write_text("a page", encoding="utf-8")
    assert names_in(feedback_zip("Canvas", {place: page})) == [file]
    assert canvas_numbers(file) == (4711, 990)
    assert origin_of(place, "hw1") == Origin("Canvas", "4711", late)


@pytest.mark.parametrize(
    ("place", "origin"),
    [
        ("LATE_anon_12345_990_hw1.ipynb", Origin(late=True)),  # nobody to give the grade to, but late
        ("anon_x1Y2z_990_hw1.ipynb", Origin()),
        ("submission_99", Origin("Gradescope", "99")),
        ("Default group_assignsubmission_file", Origin()),
        ("hw1_2025_03_ada.ipynb", Origin()),
        ("LATE", Origin()),
        ("ada", Origin()),
        ("hw1_ada.ipynb", Origin()),
        ("x_1_2_folder", Origin()),
        ("", Origin()),
    ],
)
def test_other_names_belong_to_no_platform(place, origin):
    assert origin_of(place, "hw1") == origin
