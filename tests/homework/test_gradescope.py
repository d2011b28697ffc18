"""Gradescope: names from its export, and an autograder that hands back what was graded here."""

import io
import json
import subprocess
import sys
import zipfile

import pytest

pytest.importorskip("nbgrader", reason="the instructor's side needs nbgrader")

from gan_course.homework.collect import find_submissions
from gan_course.homework.gradescope import autograder, submitters

METADATA = """---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :sid: '1'
    :email: ada@example.org
  :created_at: 2026-01-02 03:04:05.000000000 Z
  :score: 0.0
submission_102:
  :submitters:
  - :name: "Grace <b>Hopper"
    :sid:
submission_103:
  :submitters: []
"""


def test_the_names_of_those_who_handed_in():
    assert submitters(METADATA.encode()) == {"submission_101": "Ada Lovelace", "submission_102": "Grace b Hopper"}
    assert submitters(b"\xff nonsense") == {}


@pytest.mark.parametrize("numbers", [(101, 102), (101,)])
def test_an_export_is_collected_with_names(tmp_path, numbers):
    for number in numbers:
        folder = tmp_path / "assignment_9_export" / f"submission_{number}"
        folder.mkdir(parents=True)
        (folder / "work.ipynb").write_bytes(b"{}")
    (tmp_path / "assignment_9_export" / "submission_metadata.yml").write_text(METADATA)
    found, refused = find_submissions(tmp_path, "hw1")
    names = {101: "Ada Lovelace", 102: "Grace b Hopper"}
    assert [item[:2] for item in found] == [(f"submission_{number}", names[number]) for number in numbers]
    assert [item.place for item in found] == [f"submission_{number}" for number in numbers]
    assert refused == []


def test_a_student_cannot_name_others(tmp_path):
    for name in ("submission_101", "submission_102"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hw1.ipynb").write_bytes(b"{}")
    (tmp_path / "submission_102" / "submission_metadata.yml").write_text(METADATA)
    found, refused = find_submissions(tmp_path, "hw1")
    assert [item.name for item in found] == ["", ""]
    assert len(refused) == 1


@pytest.mark.parametrize(("number", "score"), [(101, 15.5), (999, 0)])
def test_the_autograder_hands_back_what_was_graded_here(tmp_path, number, score):
    """Run it in folders as Gradescope makes them, by the documentation of its autograders."""
    results = {"101": {"score": 15.5, "tests": [{"name": "é", "score": 15.5, "max_score": 20.0, "output": "…"}]}}
    with zipfile.ZipFile(io.BytesIO(autograder(results))) as archive:
        assert {"setup.sh", "run_autograder"} <= set(archive.namelist())
        archive.extractall(tmp_path / "source")
    (tmp_path / "results").mkdir()
    (tmp_path / "submission_metadata.json").write_text(json.dumps({"id": number, "assignment": {"id": 101}}))
    subprocess.run([sys.executable, str(tmp_path / "source" / "run_autograder"), str(tmp_path)], check=True, timeout=60)
    made = json.loads((tmp_path / "results" / "results.json").read_text())
    assert made["score"] == score
    assert made == results["101"] if number == 101 else "not been graded yet" in made["output"]
