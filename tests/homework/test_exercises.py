"""What the text of a homework says about its exercises: titles, rubrics, lessons, and what each test expects."""

import re

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="the instructor's side needs nbgrader")

from gan_course.homework.exercises import places, sections_to_read

RELEASE = """# Homework
It belongs to lessons [01](x) and [02](y).
## Exercise 1: V (3 + 2 points)
Write `f(x)`:

* `x`: an array;
* returns one number
  for the batch (3 points);
* accurate for every score (2 points). Mind lesson 03.
### CELL 3
### CELL 2
## Exercise 2: W (4 points)
* returns a pair (9 points).
### CELL 4
## Exercise 3: X (4 + 1 points)
* returns a list;
* for no numbers, an empty one (1 point).
### CELL 4
### CELL 1
## Exercise 4: why? (5 points, written)
| points | for |
|---|---|
| 3 | a *reason* |
| 2 | an example |
### CELL 5"""


def test_title_rubric_lessons_and_expectations_come_from_the_text_of_the_exercise():
    cells = []
    for number, part in enumerate(re.split(r"\n(?=#)", RELEASE)):
        if match := re.match(r"### CELL (\d+)", part):
            roles = {"grade": True, "solution": False, "grade_id": f"cell{number}", "points": int(match[1])}
            cells.append(nbformat.v4.new_code_cell("assert f", metadata={"nbgrader": roles}))
        else:
            cells.append(nbformat.v4.new_markdown_cell(part))
    found = list(places(nbformat.v4.new_notebook(cells=cells), {"W": "page 7"}).values())
    assert [place.title for place in found] == [
        *["Exercise 1: V"] * 2,
        "Exercise 2: W",
        *["Exercise 3: X"] * 2,
        "Exercise 4: why?",
    ]
    assert [place.expected for place in found] == [
        "returns one number for the batch.",
        "accurate for every score. Mind lesson 03.",
        "returns a pair.",
        "returns a list.",
        "for no numbers, an empty one.",
        "",
    ]
    assert [place.read for place in found] == ["lesson 03", "lesson 03", "page 7", *["lessons 01, 02"] * 3]
    assert [place.rubric for place in found] == [(), (), (), (), (), (("3", "a *reason*"), ("2", "an example"))]


@pytest.mark.parametrize(
    ("items", "points", "expected"),
    [
        ("* a (2 points);\n* b (3 points).", (2, 3), ["a.", "b."]),
        ("* b (3 points).", (2, 3), ["", "b."]),
        ("* a (2 points).", (2, 2), ["", ""]),  # either's
        ("* returns x;\n* a (2 points).", (2, 2), ["", ""]),
        ("* a (4 points).", (2, 2), ["", ""]),
        ("* returns x.\n* returns y.", (2, 2), ["", ""]),
        ("* b (3 points).\n* a (2 points).", (2, 3), ["", ""]),  # in another order
    ],
)
def test_an_item_with_points_belongs_to_the_test_with_these_points(items, points, expected):
    cells = [nbformat.v4.new_markdown_cell(f"## Exercise 1: x\n{items}\n")]
    for number, worth in enumerate(points):
        roles = {"grade": True, "solution": False, "grade_id": f"cell{number}", "points": worth}
        cells.append(nbformat.v4.new_code_cell("assert f", metadata={"nbgrader": roles}))
    found = places(nbformat.v4.new_notebook(cells=cells), {})
    assert [place.expected for place in found.values()] == expected


def test_a_course_needs_no_list_of_sections(tmp_path):
    assert sections_to_read(tmp_path, "hw1") == {}
    (tmp_path / "read_again.toml").write_text("[hw1]\nV = 'page 7'\n")
    assert sections_to_read(tmp_path, "hw1") == {"V": "page 7"}
    assert sections_to_read(tmp_path, "hw2") == {}
