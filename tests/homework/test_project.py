"""The project: its brief, its rubric, the grading of the example, and that template and example have the same parts.

The two notebooks themselves are run by nbval: `pytest notebooks/homework/project`.
"""

import re
from pathlib import Path

import build
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks" / "homework"
PAGE = (FOLDER / "project" / "README.md").read_text("utf-8")
NOTEBOOKS = ("template", "example")


def read(name):
    return nbformat.read(build.files(ROOT, f"project/{name}")[1], as_version=4)


def headings(name):
    """The headings of a notebook of the project, without its title."""
    texts = [cell.source for cell in read(name).cells if cell.cell_type == "markdown"]
    return re.findall(r"^## (.+)$", "\n".join(texts), re.MULTILINE)


def rubric():
    """{criterion: its levels in points, best first}."""
    part = PAGE.partition("## How it is graded")[2].partition("\n### ")[0]
    levels = {}
    for criterion, points in re.findall(r"^\| *(\d · [^|]*?)? *\| (\d+) \| .+ \|$", part, re.MULTILINE):
        if criterion:
            levels[criterion] = []
        levels[[*levels][-1]].append(int(points))
    return levels


def test_the_rubric_has_a_hundred_points_and_levels_that_fall_to_zero():
    assert sum(levels[0] for levels in rubric().values()) == 100
    for criterion, levels in rubric().items():
        assert len(levels) >= 3, criterion
        assert levels == sorted(set(levels), reverse=True), criterion
        assert levels[-1] == 0, criterion


def test_the_example_is_graded_by_the_levels_of_the_rubric():
    table = PAGE.partition("## The example, graded")[2]
    graded = {name: int(points) for name, points in re.findall(r"^\| (\d · .+?) \| (\d+) \| .+ \|$", table, re.M)}
    assert graded.keys() == rubric().keys()
    assert all(points in rubric()[name] for name, points in graded.items())
    total = re.search(r"^\| together \| (\d+) \|", table, re.MULTILINE)
    assert int(total[1]) == sum(graded.values())
    assert sum(graded.values()) < 100


def test_there_are_five_directions_each_with_a_control():
    brief = PAGE.partition("## What to do")[2].partition("\n## ")[0]
    directions = re.split(r"^\d\. \*\*", brief, flags=re.MULTILINE)[1:]
    assert len(directions) == 5
    assert all(re.search(r"\*Controls?:\*", direction) for direction in directions)


@pytest.mark.parametrize(("column", "weeks"), [(2, 12), (3, 6)])
def test_milestones_come_in_order_and_within_the_course(column, weeks):
    part = PAGE.partition("## Milestones")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if re.match(r"\| \d · ", line)]
    dates = [int(re.search(r"week (\d+)", row[column])[1]) for row in rows]
    assert len(dates) == 5
    assert dates == sorted(dates)
    assert dates[-1] == weeks


def test_the_schedules_name_the_milestones_in_their_weeks():
    plan = (FOLDER / "teaching.md").read_text("utf-8")
    part = PAGE.partition("## Milestones")[2].partition("\n## ")[0]
    milestones = re.findall(r"^\| \d · (.+?) \|.*? (?:week) (\d+)[^|]*\|[^|]*week (\d+)[^|]*\|$", part, re.MULTILINE)
    assert len(milestones) == 5
    for weeks, column in (("12", 1), ("6", 2)):
        schedule = plan.partition(f"## A schedule for {weeks} weeks")[2].partition("\n## ")[0]
        for milestone in milestones:
            row = re.search(rf"^\| {milestone[column]} \|.*$", schedule, re.MULTILINE)[0]
            after = "one week after" in part and milestone[0] == "hand in" and weeks == "6"
            assert milestone[0] in row or after, (milestone, weeks)


def test_template_and_example_have_the_same_nine_headings():
    assert headings("template") == headings("example")
    assert [int(heading.split(".")[0]) for heading in headings("template")] == [*range(1, 10)]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_has_what_the_brief_requires(name):
    notebook = read(name)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert re.search(r"^SEEDS = \(0, 1, 2\)$", code, re.MULTILINE)
    settings = re.search(r"^SETTINGS = \{(.*?)^\}", code, re.MULTILINE | re.DOTALL)[1]
    assert [kind for kind in ("baseline", "change", "control") if f'"{kind}: ' in settings] == [
        "baseline",
        "change",
        "control",
    ]
    for line in ("ax.axvline(floor", "measure(unseen)", "claim("):
        assert line in code, line
    assert sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))


def test_the_template_says_in_italics_what_belongs_in_each_part():
    texts = "\n".join(cell.source for cell in read("template").cells if cell.cell_type == "markdown")
    for part in re.split(r"^## ", texts, flags=re.MULTILINE)[1:]:
        assert re.search(r"^\*[A-Z]", part, re.MULTILINE), part[:40]


# The oral questions


ORAL = (FOLDER / "oral.md").read_text("utf-8")
HOMEWORK = [name.split("/")[1] for name in build.lessons(ROOT) if name.startswith("homework/")]


@pytest.mark.parametrize("homework", HOMEWORK)
def test_each_homework_has_three_oral_questions_about_functions_that_it_asks_for(homework):
    part = re.search(rf"^## {homework}\n(.*?)(?=^## |\Z)", ORAL, re.MULTILINE | re.DOTALL)[1]
    questions = re.split(r"^\d\. \*\*", part, flags=re.MULTILINE)[1:]
    source = build.files(ROOT, f"homework/{homework}")[0].read_text("utf-8")
    assert len(questions) == 3
    for question in questions:
        functions = re.findall(r"`(\w+)`", question.partition(":")[0])
        assert functions
        assert all(re.search(rf"^(?:def|class) {name}\b", source, re.MULTILINE) for name in functions), question[:60]
        assert re.findall(r"^   \* \*(.+?):\*", question, re.MULTILINE) == ["A good answer", "Not understood"]
