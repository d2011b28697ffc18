"""A release holds no solution, scores 0 untouched, and is not made where the instructor's own answers fail."""

import ast
import copy
import json
import re
import subprocess
import symtable
import sys

import nbformat
import pytest
from handed_in import HOMEWORK as FOLDER
from handed_in import grade_id, is_answer, is_test, read, save

pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")

from submissions import HOMEWORK, ROOT, build

from gan_course.homework.course import Problem, notebook_of, open_course
from gan_course.homework.preprocessors import Execute
from gan_course.homework.release import faults, leaks, release, run_tests

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PAGE = FOLDER / "README.md"

# ------------------------------------------------------------------------------------------ the course's homework


@pytest.mark.parametrize("homework", HOMEWORK)
def test_the_instructors_answers_get_all_points_and_the_release_none(released, homework):
    """Both are run, by `release`, as a submission is: behind walls, within the seconds that a submission has."""
    _, _, lines = released(homework)
    assert re.match(rf"{homework}: the instructor's answers pass every test, in \d+ s; 150 s are allowed", lines[0])
    assert "without answers it scores 0" in lines[-2]
    assert lines[-1].strip() == f"hand out release/{homework}/{homework}.ipynb"


@pytest.mark.parametrize("homework", HOMEWORK)
def test_no_line_of_a_solution_or_hidden_test_is_in_the_release(released, homework):
    source, made, _ = released(homework)
    assert leaks(source, made) == []
    text = json.dumps(made)
    for mark in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "MARK SCHEME"):
        assert mark not in text
        assert mark in json.dumps(source) or mark == "MARK SCHEME"
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in made.cells)
    for cell in made.cells:
        if is_answer(cell):
            assert "NotImplementedError" in cell.source or cell.source == "YOUR ANSWER HERE"


@pytest.mark.parametrize("homework", HOMEWORK)
def test_points_add_up_to_a_hundred(released, homework):
    source, _, _ = released(homework)
    worth = {grade_id(cell): cell.metadata.nbgrader.points for cell in source.cells if is_graded(cell)}
    assert sum(worth.values()) == 100
    prose = "\n".join(cell.source for cell in source.cells if cell.cell_type == "markdown")
    said = re.findall(r"^## .*\(([\d +]+) points", prose, re.MULTILINE)
    assert sum(int(number) for part in said for number in part.split("+")) == 100


@pytest.mark.parametrize("homework", HOMEWORK)
def test_the_instructors_page_says_how_many_points_a_person_gives(released, homework):
    source, _, _ = released(homework)
    by_hand = sum(cell.metadata.nbgrader.points for cell in source.cells if is_graded(cell) and is_answer(cell))
    page = PAGE.read_text(encoding="utf-8")
    row = re.search(rf"^\| `{homework}` .*?\| (\d+) points \| (?:(\d+) points )?\|", page, re.MULTILINE)
    assert (int(row[1]), int(row[2] or 0)) == (100 - by_hand, by_hand)


def is_graded(cell):
    return cell.metadata.get("nbgrader", {}).get("grade", False)


@pytest.mark.parametrize("homework", HOMEWORK)
def test_every_test_cell_has_tests_to_see_and_tests_that_are_hidden(released, homework):
    source, made, _ = released(homework)
    for hidden, shown in zip(source.cells, made.cells, strict=True):
        if is_test(hidden):
            assert "assert " in shown.source
            assert len(hidden.source.splitlines()) >= len(shown.source.splitlines()) + 3, grade_id(hidden)
            nodes = ast.walk(ast.parse(hidden.source))
            silent = [node for node in nodes if isinstance(node, ast.Assert) and not node.msg]
            assert not silent, f"{grade_id(hidden)}: an assert without a message tells a student nothing"


@pytest.mark.parametrize("homework", HOMEWORK)
def test_a_test_cell_sets_no_name_that_a_student_may_use(homework):
    """A student's helper could have such a name. The test would replace it, and a right answer would fail."""
    for cell in build.read_source(ROOT, f"homework/{homework}").cells:
        if is_test(cell):
            symbols = symtable.symtable(cell.source, grade_id(cell), "exec").get_symbols()
            set_here = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
            assert set_here == {grade_id(cell)}


@pytest.mark.parametrize("homework", HOMEWORK)
def test_a_release_is_plain(released, homework):
    """It opens anywhere, installs the course where it is missing, and never nbgrader."""
    _, made, _ = released(homework)
    nbformat.validate(made)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert "%pip install --quiet git+https://github.com/" in code[0]
    assert 'find_spec("gan_course") is None' in code[0]
    assert not any("nbgrader" in source for source in code)
    assert set(made.metadata) <= {"kernelspec", "language_info"}
    prose = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert re.findall(r"\]\((?!https://)", prose) == [], "a link into this folder leads nowhere once it is handed out"


@pytest.mark.parametrize("homework", HOMEWORK)
def test_each_has_one_written_answer_with_a_rubric(released, homework):
    _, made, _ = released(homework)
    written = [number for number, cell in enumerate(made.cells) if is_answer(cell) and cell.cell_type == "markdown"]
    assert len(written) == 1
    assert "| points |" in made.cells[written[0] - 1].source  # the rubric


# --------------------------------------------------------------------------------- what must not be handed out


def with_cell(notebook, name, **changes):
    notebook = copy.deepcopy(notebook)
    cell = next(cell for cell in notebook.cells if grade_id(cell) == name)
    cell.source = changes.pop("source", cell.source)
    cell.metadata.nbgrader.update(changes)
    return notebook


def task(locked):
    metadata = {"grade": False, "solution": False, "task": True, "locked": locked, "points": 5, "schema_version": 3}
    metadata["grade_id"] = "a_task"
    return nbformat.v4.new_markdown_cell("Do it.", metadata={"nbgrader": metadata})


def test_the_small_homework_has_no_problem(mini):
    assert faults(mini) == []


def test_a_task_cell_that_is_not_locked_is_named(mini):
    mini = copy.deepcopy(mini)
    mini.cells.append(task(locked=True))
    assert faults(mini) == []
    mini.cells[-1] = task(locked=False)
    (line,) = faults(mini)
    assert line.startswith(f"cell {len(mini.cells) - 1} (a_task): a task cell must be locked")


def test_a_grade_id_that_is_there_twice_is_named(mini):
    assert "another cell has the same grade_id" in faults(with_cell(mini, "double", grade_id="value"))[0]


def test_a_test_cell_without_a_test_is_named(mini):
    assert "every submission gets its points" in faults(with_cell(mini, "test_double", source="print(double(2))"))[0]


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("double", "### BEGIN SOLUTION\ndef double(x):\n    return x\n### END SOLUTION", "test_double: Expected 4"),
        ("double", "### BEGIN SOLUTION\nwhile True: pass\n### END SOLUTION", "lose points"),
        ("test_double", "assert True", "without answers, it passes test_double"),
        ("test_double", "assert double(2), 'Expected something.'", "test_double accepts a wrong answer"),
        (
            "test_double",
            "try:\n    assert double(2) == 4\nexcept NameError:\n    pass",
            "without answers, it passes test_double",
        ),
        ("double", "def double(x):\n    return 2 * x", None),  # a whole cell is a solution, too
        ("double", "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x", "nbgrader could not make the release"),
    ],
)
@pytest.mark.usefixtures("hurry")
def test_a_release_that_is_not_fit_is_not_made(course, mini, name, source, message):
    save(with_cell(mini, name, source=source), notebook_of(course.coursedir, "source", "unfit"))
    made = notebook_of(course.coursedir, "release", "unfit")
    made.unlink(missing_ok=True)
    if message is None:
        list(release(course, "unfit"))
        assert "2 * x" not in made.read_text(encoding="utf-8")
    else:
        with pytest.raises(Problem, match=message):
            list(release(course, "unfit"))
        assert not made.exists()
        save("what was released before", made)
        with pytest.raises(Problem):
            list(release(course, "unfit"))
        assert made.read_text(encoding="utf-8") == "what was released before"


@pytest.mark.parametrize(
    "plant",
    [
        lambda notebook, line: setattr(notebook.cells[0], "source", f"# Hint\n\n{line}"),
        lambda notebook, line: notebook.cells[1].metadata.update(note=line),
        lambda notebook, line: notebook.metadata.update({line: 1}),
        lambda notebook, line: notebook.cells[1].outputs.append(nbformat.v4.new_output("stream", text=f"x\n{line}\ny")),
        lambda notebook, line: setattr(notebook.cells[0], "source", f"the answer is `{line}`, of course"),
    ],
)
@pytest.mark.parametrize(
    "line",
    ["return np.log(real).mean() + np.log1p(-fake).mean()", "quarter = np.array([0.25, 0.75])", "return 2 * x"],
)
def test_a_line_of_a_solution_is_found_wherever_it_is(released, mini, plant, line):
    source, made, _ = released("mini")
    made = copy.deepcopy(made)
    assert leaks(source, made) == []
    plant(made, line)
    if "of course" in made.cells[0].source and len(line) < 20:
        pytest.skip("a short line inside a sentence is no sign of a leak")
    assert leaks(source, made) == [line]


def test_an_unknown_homework_is_named_with_the_known(course):
    with pytest.raises(Problem, match=r"Expected one of \[.*'hw1'.*'mini'.*\]. Received: 'hw9'"):
        list(release(course, "hw9"))


def test_outside_of_a_course_the_commands_say_where_to_go(tmp_path):
    with pytest.raises(Problem, match="Go to the course's folder first"):
        open_course(tmp_path)
    child = subprocess.run(
        [sys.executable, "-m", "gan_course.homework", "grade", "hw1"], cwd=tmp_path, capture_output=True, text=True
    )
    assert child.returncode == 1
    assert "Go to the course's folder first" in child.stderr
    assert "Traceback" not in child.stderr


def test_a_tests_seconds_are_limited_as_a_submissions_are(course, mini):
    kept = course.config.Execute.copy()
    course.config.Execute.update(seconds=3, timeout=2)
    try:
        assert Execute(config=course.config).seconds == 3
        slow = with_cell(mini, "double", source="import time\ntime.sleep(60)")
        scores = run_tests(course, slow)
    finally:
        course.config.Execute.update(kept)
    assert scores["test_value"][0] == 10
    assert scores["test_double"][0] == 0


def test_nbgrader_itself_still_has_the_gaps_that_are_filled_here(course, mini, tmp_path):
    """If this fails, nbgrader has mended something, and code of ours can go."""
    wrong = with_cell(mini, "double", source="### BEGIN SOLUTION\ndouble = None\n### END SOLUTION")
    path = save(wrong, tmp_path / "wrong.ipynb")
    command = [sys.executable, "-m", "nbgrader", "validate", str(path)]
    child = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "failed" in child.stdout.lower()
    assert child.returncode == 0  # `validate` says that a test fails, and returns success
    save(wrong, notebook_of(course.coursedir, "source", "wrong"))
    assert course.generate_assignment("wrong")["success"]  # a release of answers that fail their own tests
    assert read(notebook_of(course.coursedir, "release", "wrong"))
