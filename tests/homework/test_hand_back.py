"""From the exports of Moodle, Canvas and Gradescope to what goes back there, and to the page that a student reads."""

import copy
import csv
import html
import json
import re
import zipfile
from pathlib import Path

import nbformat
import pytest
from handed_in import right, save
from test_platforms import canvas_import, moodle_import, moodle_user_and_file

pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")

from traitlets.config import Config

from gan_course.homework import rendering
from gan_course.homework.collect import collect
from gan_course.homework.course import Problem, folder_of, notebook_of
from gan_course.homework.feedback import feedback
from gan_course.homework.grade import grade
from gan_course.homework.grades import grades
from gan_course.homework.remove import remove

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # nbclient leaves sockets open
]
ADA = "Ada Lovelace_4711_assignsubmission_file"
GRACE = "hoppergrace_LATE_7_99_mini.ipynb"
EMMY = "submission_101"
LAZY = "def value(real, fake):\n    print('seen', real)\n    return -1.3862943611198906"
WRITTEN = "3 + 1: **well**\nbut no example"


@pytest.fixture(scope="module")
def said(course, released, tmp_path_factory):
    """Ada has a hard-coded answer and an empty one; Grace and Emmy are right. Gives what each command said."""
    source, release, _ = released("mini")
    sections = "[mini]\nvalue = 'lesson 02, \"One number, two players\"'\n"
    (Path(course.coursedir.root) / "read_again.toml").write_text(sections)
    lazy = copy.deepcopy(release)
    lazy.cells.insert(-1, nbformat.v4.new_code_cell("import numpy as np\nnp.full(4, double)[0] + missing"))
    for cell in lazy.cells:
        answers = {"value": LAZY, "answer_why": "Because."}
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    inbox = tmp_path_factory.mktemp("inbox")
    save(lazy, inbox / "moodle" / ADA / "work.ipynb")
    save(right(source, release), inbox / "canvas" / GRACE)
    save(right(source, release), inbox / "gradescope" / EMMY / "mini.ipynb")
    metadata = f"{EMMY}:\n  :submitters:\n  - :name: Emmy Noether\n"
    (inbox / "gradescope" / "submission_metadata.yml").write_text(metadata)
    said = {"collect": [x.text for step in inbox.iterdir() for x in collect(course, "mini", step)]}
    said["grade"] = [x.text for x in grade(course, "mini") if "Warning" not in x.text]
    for student, points, comment in (("4711", 4, WRITTEN), ("7", 4, "3 + 2"), (EMMY, 5, "good")):
        with course.gradebook as gradebook:
            written = gradebook.find_grade("answer_why", "mini", "mini", student)
            written.manual_score, written.needs_manual_grade = points, student == "7"
            gradebook.find_comment("answer_why", "mini", "mini", student).manual_comment = comment
            gradebook.update_or_create_student(student, email=f"{student}@example.org")
            gradebook.db.commit()
    said["feedback"] = list(feedback(course, "mini"))
    folder = tmp_path_factory.mktemp("tables")
    said["grades"] = [x.text for x in grades(course, "mini", folder / "grades.csv")]
    said["folder"] = folder
    return said


def page_of(course, student):
    path = notebook_of(course.coursedir, "feedback", "mini", student).with_suffix(".html")
    return path.read_text(encoding="utf-8")


def words(page):
    """The text of a page, without its tags and styles."""
    body = page[page.index("<body") :]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


def test_grading_names_the_students_and_says_who_was_late(said):
    assert said["grade"] == [
        "4711 (Ada Lovelace): 0 of 20, and up to 5 points wait for you",
        "7 (hoppergrace): 15 of 20, and up to 5 points wait for you; late",
        "submission_101 (Emmy Noether): 15 of 20, and up to 5 points wait for you",
    ]


def test_the_table_has_the_late_marks(said):
    with open(said["folder"] / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {name: row["late"] for name, row in rows.items()} == {"4711": "", "7": "yes", EMMY: ""}


def test_each_platform_gets_its_table_of_final_scores(said):
    assert said["grades"] == [
        "grades.csv: 3 submissions; 1 wait for manual grading, 0 could not be graded",
        "grades_mini_moodle.csv: 1 grades for Moodle",
        "grades_mini_canvas.csv: 0 grades for Canvas; 1 left out, since their scores are not final",
    ]
    moodle, canvas = ((said["folder"] / f"grades_mini_{name}.csv").read_text() for name in ("moodle", "canvas"))
    assert moodle_import(moodle) == {4711: 4.0}
    assert "Participant 4711,Ada Lovelace,4711@example.org,4," in moodle
    assert canvas_import(canvas) == ("mini", 0.0, {})


def test_each_platform_gets_the_pages_of_its_students(course, said):
    lines = [line.text for line in said["feedback"]]
    root = Path(course.coursedir.root)
    assert lines[0] == "4711 (Ada Lovelace): feedback/4711/mini/mini.html"
    assert lines[-3:] == [
        "feedback_mini_canvas.zip: 1 pages for Canvas",
        "feedback_mini_gradescope.zip: 1 pages for Gradescope",
        "feedback_mini_moodle.zip: 1 pages for Moodle",
    ]
    with zipfile.ZipFile(root / "feedback_mini_moodle.zip") as archive:
        (name,) = archive.namelist()
        assert moodle_user_and_file(name) == (4711, "mini.html")
        assert archive.read(name).decode() == page_of(course, "4711")
    with zipfile.ZipFile(root / "feedback_mini_canvas.zip") as archive:
        assert archive.namelist() == ["hoppergrace_LATE_7_99_mini.html"]
    with zipfile.ZipFile(root / "feedback_mini_gradescope.zip") as archive:
        results = json.loads(archive.read("results/101.json"))
    assert results["score"] == 20.0
    assert [(test["score"], test["max_score"]) for test in results["tests"]] == [(10, 10), (5, 5), (5, 5)]


def test_a_rubric_that_does_not_add_up_is_reported(said):
    wrong = [line for line in said["feedback"] if not line.ok]
    assert [line.text for line in wrong] == [
        "7 (hoppergrace): the points in the comment on answer_why add up to 5, but 4 points were entered"
    ]


def test_the_summary_names_the_student_and_the_exercises(course, said):
    text = words(page_of(course, "4711"))
    assert text.startswith("mini, Ada Lovelace: 4 of 20 points")
    assert [path.name for path in folder_of(course.coursedir, "feedback", "mini", "4711").iterdir()] == ["mini.html"]
    for line in ("Exercise 1: value : 0 of 10", "Exercise 2: double : 0 of 5", "Exercise 3: why? : 4 of 5"):
        assert line in text
    assert "Test cell" not in text
    assert "Not everything is graded" not in text
    assert "Not everything is graded" in words(page_of(course, "7"))


def test_a_hidden_test_says_what_was_expected_and_shows_nothing_of_itself(course, said):
    page = page_of(course, "4711")
    text = words(page)
    told = "A hidden test failed: On other numbers it differs; is something hard-coded? Expected: the same formula for "
    told += "other numbers."
    assert text.count(told) == 2  # in the summary, and at the test
    assert f'{told} Read again: lesson 02, "One number, two players"' in text
    for hidden in ("quarter", "0.25", "0.75", "HIDDEN", "# Expected", "double(7)"):
        assert hidden not in text.replace(told, "")
    assert "seen [0.5" not in text  # what the answer printed during the test


def test_a_missing_answer_has_no_traceback(course, said):
    text = words(page_of(course, "4711"))
    assert (
        text.count("NotImplementedError") == text.count("raise NotImplementedError") > 0
    )  # in the answer's cell alone
    assert "Traceback" not in text
    assert "There is no answer yet." in text
    assert text.count("NameError: name 'double' is not defined") >= 2  # at the test, and in a line below it
    assert "Read again: lesson 04" in text  # the lesson that the exercise names


def test_a_rubric_is_shown_with_its_points_and_a_comment_keeps_its_lines(course, said):
    page = page_of(course, "4711")
    assert "points of for 3 3 a reason 1 2 an example" in words(page)
    assert re.search(r"<strong>well</strong><br ?/?>\s*but no example", page)


def test_the_form_shows_the_model_answer_above_each_written_answer(course, said, mini):
    notebook = nbformat.read(notebook_of(course.coursedir, "autograded", "mini", "4711"), as_version=4)
    templates = Path(pytest.importorskip("nbgrader").__file__).parent / "server_extensions" / "formgrader" / "templates"
    config = Config(HTMLExporter={"template_name": "formgrade", "extra_template_basedirs": [str(templates)]})
    exporter = rendering.SafeExporter(config=config)
    exporter.coursedir = course.coursedir
    names = {
        "assignment_id": "mini",
        "notebook_id": "mini",
        "submission_id": "1",
        "index": 0,
        "total": 1,
        "base_url": "",
    }
    names |= {"student": "4711", "last_name": "", "first_name": "", "notebook_path": "x"}
    page, _ = exporter.from_notebook_node(notebook, resources=copy.deepcopy(names))
    model = mini.cells[-1].source
    text = words(page)
    assert text.index("Model answer (only you see it)") < text.index(model) < text.index("Because.")
    assert model not in words(page_of(course, "4711"))
    exporter.coursedir = None
    assert "Model answer" not in exporter.from_notebook_node(notebook, resources=copy.deepcopy(names))[0]


def test_the_source_of_a_feedback_zip_is_the_newest_export_even_after_an_email(course, said, released, tmp_path):
    source, release, _ = released("mini")
    save(right(source, release), tmp_path / "mini_4711.ipynb")
    list(collect(course, "mini", tmp_path))
    list(grade(course, "mini", "4711"))
    list(feedback(course, "mini"))
    with zipfile.ZipFile(Path(course.coursedir.root) / "feedback_mini_moodle.zip") as archive:
        assert [moodle_user_and_file(name) for name in archive.namelist()] == [(4711, "mini.html")]


def test_a_submission_is_taken_out_again(course, said, tmp_path):
    with pytest.raises(Problem, match=r"Unknown student\. Expected .* Received: 'nobody'"):
        list(remove(course, "mini", "nobody"))
    (line,) = remove(course, "mini", EMMY)
    assert line == ("submission_101 (Emmy Noether): the submission of mini was removed", True)
    for step in ("submitted", "autograded", "feedback"):
        assert not folder_of(course.coursedir, step, "mini", EMMY).parent.exists()
    with course.gradebook as gradebook:
        assert EMMY not in [student.id for student in gradebook.students]
        assert EMMY not in [x.student.id for x in gradebook.assignment_submissions("mini")]
    text = next(grades(course, "mini", tmp_path / "grades.csv")).text
    assert text.startswith("grades.csv: 2 submissions")
