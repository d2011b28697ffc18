"""Homework 1 through the commands, as an instructor types them: a zip from Moodle in, a table of grades out."""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile

import nbformat
import pytest
from handed_in import HOMEWORK, empty, from_colab, grade_id, read, right, stripped, with_edited_tests
from submissions import answers, edited

pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")

NAME = "hw1"
LOOP = "jsd_at_least"  # the answer in which a student loops: one test calls it, and no other cell


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A course with homework 1, where a loop costs ten seconds, and a notebook of loops 60."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(HOMEWORK / "source" / NAME, folder / "source" / NAME, ignore=shutil.ignore_patterns(".*"))
    settings = (HOMEWORK / "nbgrader_config.py").read_text(encoding="utf-8")
    settings += "\nc.Execute.timeout = 10\nc.Execute.seconds = 60\n"
    (folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    return folder


def run(folder, *arguments):
    """Run a command in the course's folder, with no environment activated. Gives the lines that it printed."""
    command = [sys.executable, "-m", "gan_course.homework", *map(str, arguments)]
    places = os.environ["PATH"].split(os.pathsep)
    others = [place for place in places if not shutil.which("jupyter", path=place)]
    environment = {**os.environ, "PATH": os.pathsep.join(others)}
    child = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, env=environment)
    assert child.returncode == 0, child.stdout + child.stderr
    return child.stdout.splitlines()


def six_submissions(source, release):
    """{student: notebook} as the issue of every class: right, from Colab, empty, lazy, looping, damaged."""
    solved = right(source, release)
    loop = next(cell.source for cell in source.cells if grade_id(cell) == LOOP)
    loop = re.sub(r"^( *)### BEGIN SOLUTION$", r"\1while True:\n\1    pass", loop, count=1, flags=re.MULTILINE)
    return {
        "Ada Right": nbformat.writes(solved),
        "Ben Colab": from_colab(solved),
        "Cem Empty": nbformat.writes(empty()),
        "Dora Lazy": nbformat.writes(with_edited_tests(lazy(source, release))),
        "Eva Loop": nbformat.writes(right(source, release, **{LOOP: loop})),
        "Finn Lost": nbformat.writes(stripped(solved)),
    }


def lazy(source, release):
    """Where our list of wrong answers has the visible ones by heart, those; nothing elsewhere."""
    hard_coded = {}
    for answer in answers(NAME)[0]:
        if "by heart" in answer.name:
            hard_coded.update(answer.cells)
    assert hard_coded
    notebook = nbformat.from_dict(release)
    originals = {grade_id(cell): cell.source for cell in source.cells}
    for cell in notebook.cells:
        if grade_id(cell) in hard_coded:
            cell.source = edited(originals[grade_id(cell)], hard_coded[grade_id(cell)])
    return notebook


def moodle_zip(submissions):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number, (name, text) in enumerate(submissions.items(), start=1):
            archive.writestr(f"{name}_{number}_assignsubmission_file/my {NAME} ({number}).ipynb", text)
    return data.getvalue()


def table(folder):
    with open(folder / "grades.csv", newline="", encoding="utf-8") as file:
        return {row["first_name"]: row for row in csv.DictReader(file)}


def test_from_the_release_to_the_grades(folder):
    said = run(folder, "release", NAME)
    assert said[-1] == f"  hand out release/{NAME}/{NAME}.ipynb"
    source, release = (read(folder / step / NAME / f"{NAME}.ipynb") for step in ("source", "release"))
    worth = {grade_id(cell): cell.metadata.nbgrader.points for cell in source.cells if "points" in str(cell.metadata)}
    by_hand = sum(points for name, points in worth.items() if not name.startswith("test_"))
    tested = sum(worth.values()) - by_hand

    (folder / "submissions.zip").write_bytes(moodle_zip(six_submissions(source, release)))
    said = run(folder, "collect", NAME, "submissions.zip")
    assert said[-1] == "6 submissions collected, 0 files not collected"

    for number in range(1, 7):
        start = time.monotonic()
        (said,) = run(folder, "grade", NAME, "--student", number)
        assert re.match(rf"{number} \(\w+ \w+\): ", said)
        assert time.monotonic() - start <= 60
    said = run(folder, "feedback", NAME)
    for number in range(1, 7):
        page = (folder / "feedback" / str(number) / NAME / f"{NAME}.html").read_text(encoding="utf-8")
        assert "HIDDEN TESTS" not in page
    said = run(folder, "grades")
    assert said == [
        "grades.csv: 6 submissions; 4 wait for manual grading, 0 could not be graded",
        f"grades_{NAME}_moodle.csv: 2 grades for Moodle; 4 left out, since their scores are not final",
    ]

    rows = table(folder)
    deserved = {
        "Ada": tested,
        "Ben": tested,
        "Cem": 0,
        "Dora": 0,
        "Eva": tested - worth[f"test_{LOOP}"],
        "Finn": tested,
    }
    assert {name: float(row["score"]) for name, row in rows.items()} == deserved
    waits = {name for name, row in rows.items() if row["waits_for_manual_grading"] == "yes"}
    assert waits == {"Ada", "Ben", "Eva", "Finn"}  # the two others wrote nothing that could be read
    assert "no graded cell was found" in rows["Cem"]["note"]
    assert rows["Finn"]["note"].startswith("metadata lost and restored: ")
    assert rows["Eva"]["note"].startswith("CellTimeoutError")
    assert {name for name, row in rows.items() if row["note"]} == {"Cem", "Eva", "Finn"}

    # Once more, all of it, comes to the same.
    before = (folder / "grades.csv").read_bytes()
    run(folder, "grade", NAME, "--student", "5")
    run(folder, "grade", NAME, "--student", "6")
    run(folder, "collect", NAME, "submissions.zip")
    run(folder, "grades")
    assert (folder / "grades.csv").read_bytes() == before
