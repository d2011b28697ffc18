"""Tampering with the tests brings no points: they wait for a person. Honest work is never accused."""

import ast
import copy
import csv
import random
import re
import textwrap
import time
from itertools import chain

import nbformat
import pytest
from attack_list import ATTACKS, IN_VAIN
from handed_in import grade_id, is_test, right, save
from submissions import answers, edited

nbgrader = pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")

from gan_course.homework import canary_sources, sandbox  # noqa: E402
from gan_course.homework.canaries import Canaries  # noqa: E402
from gan_course.homework.collect import collect  # noqa: E402
from gan_course.homework.execute import Execute  # noqa: E402
from gan_course.homework.expectations import with_wrong_expectations  # noqa: E402
from gan_course.homework.feedback import feedback  # noqa: E402
from gan_course.homework.grade import grade  # noqa: E402
from gan_course.homework.grades import grades  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # nbclient leaves sockets open
    pytest.mark.skipif(sandbox.walls() == "none", reason="bubblewrap is missing or does not work here"),
]

TRIPLE = "def triple(x):\n    return 3 * x"
TEST_TRIPLE = """three = np.arange(3)
assert np.allclose(triple(three), [0, 3, 6]), "Expected 0, 3, 6."
assert np.array_equal(triple(three + 1), [3, 6, 9]), "Expected 3, 6, 9."
np.testing.assert_allclose(triple(2.0), 6.0)"""


def run(notebook, **options):
    """Run a notebook as a submission is run. Gives what the tests said: {grade_id: [names and texts of errors]}."""
    executed, _ = Execute(**{"seconds": 40, "timeout": 8, **options}).preprocess(notebook, {"metadata": {}})
    errors = {}
    for cell in executed.cells:
        if is_test(cell):
            errors[grade_id(cell)] = [(o.ename, o.evalue) for o in cell.outputs if o.output_type == "error"]
    return errors


def with_answers(notebook, extra=None, **sources):
    """A notebook with other answers, one more exercise, and a last cell of the student's own."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.source = sources.get(grade_id(cell), cell.source)
    roles = {"grade": True, "locked": True, "points": 5, "schema_version": 3, "solution": False, "task": False}
    if "triple" in sources.get("value", "") or not sources:
        if not sources:
            notebook.cells.append(nbformat.v4.new_code_cell(TRIPLE))
        test = nbformat.v4.new_code_cell(TEST_TRIPLE, metadata={"nbgrader": {**roles, "grade_id": "test_triple"}})
        notebook.cells.append(nbformat.from_dict(test))
    if extra:
        notebook.cells.append(nbformat.v4.new_code_cell(extra))
    return notebook


@pytest.mark.parametrize("name", ATTACKS)
def test_tampering_is_found(mini, name):
    errors = run(with_answers(mini, **ATTACKS[name]))
    passed = {test: said for test, said in errors.items() if not said or said[-1][0] == "TamperedError"}
    assert passed, "the attack does not even pass without canaries"
    for said in passed.values():
        assert said, "it passed, and nobody was told"
        assert said[-1][1].startswith("the tests were tampered with: ")


@pytest.mark.parametrize("name", IN_VAIN)
def test_attacks_that_get_nothing_anyway(mini, name):
    for said in run(with_answers(mini, **IN_VAIN[name])).values():
        assert said
        assert said[0][0] in ("AssertionError", "SystemExit", "DeadKernelError")


HONEST = {
    "the instructor's": {},
    "a cell magic": {"double": "%%time\ndef double(x):\n    return 2 * x"},
    "a class with a comparison of its own": {
        "double": "class Number(float):\n    def __eq__(self, other):\n        return abs(self - other) < 1e-12\n"
        "    __hash__ = float.__hash__\n\ndef double(x):\n    return Number(2 * x)"
    },
    "None, printed, and matplotlib": {
        "double": "import matplotlib.pyplot as plt\n%matplotlib inline\nplt.plot([1, 2])\nplt.show()\nprint(In[-1])\n"
        "def double(x):\n    print(x)\n    return 2 * x"
    },
    "names as in the tests": {
        "double": "expected, half, came = 2, 0.5, None\ndef double(x, expected=expected):\n    return expected * x"
    },
    "random numbers": {"double": "rng = np.random.default_rng()\ndef double(x):\n    rng.normal()\n    return x + x"},
    "threads and subclasses": {
        "double": "import threading\nthreading.Thread(target=lambda: None).start()\nclass Doubling:\n"
        "    def __call__(self, x):\n        return x * 2\ndouble = Doubling()"
    },
    "one's own exercise fails": {"extra": "raise ValueError('not done')"},
    "exit in a function": {"extra": "import sys\nsys.exit()"},
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_is_not_accused(mini, name):
    assert run(with_answers(mini, **HONEST[name])) == {test: [] for test in names_of_tests(mini, HONEST[name])}


def names_of_tests(mini, changes):
    return [grade_id(cell) for cell in with_answers(mini, **changes).cells if is_test(cell)]


def test_a_wrong_answer_loses_its_points_and_accuses_nobody(mini):
    errors = run(with_answers(mini, double="def double(x):\n    return 3 * x"))
    assert errors == {"test_value": [], "test_double": [("AssertionError", "Expected 4.")]}


def test_an_end_in_the_middle_accuses_nobody(mini):
    errors = run(with_answers(mini, double="import os\ndef double(x):\n    os._exit(3)"))
    assert errors["test_value"] == []
    assert [name for name, _ in errors["test_double"]] == ["DeadKernelError"]


# ---------------------------------------------------------------------------------------- right answers of all homework


TRAINED = {"make_generator", "make_discriminator", "train"}
"""Answers of homework 3 whose samples are judged: each is right by itself, but they need not train well together."""


def combined(homework, source, chosen=TRAINED.isdisjoint):
    """Notebooks with right answers of a homework that are written differently, as many in each as fit together.

    `chosen` is a function of an answer's cells. By default it leaves out the answers of `TRAINED`.
    """
    waiting = [answer for answer in answers(homework)[1] if answer.cells and chosen(answer.cells)]
    while waiting:
        notebook, changed, left = copy.deepcopy(source), set(), []
        cells = {grade_id(cell): cell for cell in notebook.cells}
        for answer in waiting:
            if changed & set(answer.cells):
                left.append(answer)
                continue
            for name, change in answer.cells.items():
                cells[name].source = edited(cells[name].source, change)
            changed |= set(answer.cells)
        waiting = left
        yield notebook


def accused(notebook):
    return {name: said for name, said in run(notebook, seconds=300, timeout=200).items() if said}


def test_no_right_answer_to_homework_1_is_accused(course):
    source = nbformat.read(f"{course.coursedir.root}/source/hw1/hw1.ipynb", as_version=4)
    notebooks = list(combined("hw1", source))
    assert len(notebooks) >= 3
    assert [accused(notebook) for notebook in notebooks] == [{}] * len(notebooks)


@pytest.mark.parametrize("homework", ["hw2", "hw3", "hw4", "hw5"])
def test_no_right_answer_to_the_others_is_accused(course, homework):
    source = nbformat.read(f"{course.coursedir.root}/source/{homework}/{homework}.ipynb", as_version=4)
    assert accused(next(combined(homework, source))) == {}


def test_right_networks_and_trainings_are_not_accused(course):
    """Put together they need not train well, so tests of their samples may fail; but not because of the canaries."""
    source = nbformat.read(f"{course.coursedir.root}/source/hw3/hw3.ipynb", as_version=4)
    said = accused(next(combined("hw3", source, lambda cells: not TRAINED.isdisjoint(cells))))
    assert not [name for name, errors in said.items() if errors[-1][0] == "TamperedError"]


# ----------------------------------------------------------------------------------- from the inbox to the grades


@pytest.fixture(scope="module")
def hand_in(course, released, tmp_path_factory):
    source, release, _ = released("mini")

    def hand_in(student, **sources):
        inbox = tmp_path_factory.mktemp("inbox")
        save(with_answers(right(source, release), **sources), inbox / student / "mini.ipynb")
        list(collect(course, "mini", inbox))
        return graded(course, student)

    return hand_in


def graded(course, student):
    (line,) = (said.text for said in grade(course, "mini", student) if said.text.startswith(f"{student}:"))
    return line.removeprefix(f"{student}: ")


def row(course, student, tmp_path):
    list(grades(course, "mini", tmp_path / "grades.csv"))
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        return next(row for row in csv.DictReader(file) if row["student_id"] == student)


CHEAT = ATTACKS["ast_transformers drop every assert"]


def test_points_wait_for_a_person_and_the_note_says_why(hand_in, course, tmp_path):
    said = hand_in("cheat", **CHEAT)
    assert said.startswith("0 of 20, and up to 20 points wait for you; ")
    assert "the tests were tampered with: a false assertion passed" in said
    entry = row(course, "cheat", tmp_path)
    assert (entry["score"], entry["waits_for_manual_grading"]) == ("0.0", "yes")
    assert "the tests were tampered with" in entry["note"]
    with course.gradebook as gradebook:
        test = gradebook.find_grade("test_value", "mini", "mini", "cheat")
        assert (test.auto_score, test.score, test.needs_manual_grade) == (None, 0, True)
    list(feedback(course, "mini", "cheat"))
    page = (tmp_path.__class__(course.coursedir.root) / "feedback/cheat/mini/mini.html").read_text(encoding="utf-8")
    assert "the tests were tampered with" in page


def test_what_a_person_decided_stays_when_it_is_graded_again(hand_in, course):
    hand_in("decided", **CHEAT)
    with course.gradebook as gradebook:
        for name, points in (("test_value", 2), ("test_double", 0), ("answer_why", 5)):
            entry = gradebook.find_grade(name, "mini", "mini", "decided")
            entry.manual_score, entry.needs_manual_grade = points, False
        gradebook.db.commit()
    said = graded(course, "decided")
    assert said.startswith("7 of 20; ")
    assert "the tests were tampered with" in said


def test_an_honest_version_after_it_is_graded_by_its_tests(hand_in):
    hand_in("converted", **CHEAT)
    assert hand_in("converted") == "15 of 20, and up to 5 points wait for you"


# ---------------------------------------------------------------------------------------------- the sources of canaries


def test_no_two_canaries_are_alike():
    test = "import numpy as np\nnp.x, tf.x"
    first, second = (list(chain(*canary_sources.false_tests(test, random.Random(seed)))) for seed in (0, 1))
    assert len(first) >= 20
    assert not set(first) & set(second)


@pytest.mark.parametrize("in_a_function", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_every_false_test_fails_and_every_true_one_passes(seed, in_a_function):
    test = "import numpy as np\nnp.abs(np.log(2)); np.clip(3, 4); np.linalg.norm([3]); np.random.normal(3); np.empty(3)"
    if in_a_function:
        test = f"def test_it():\n{textwrap.indent(test, '    ')}\n\n\ntest_it()"
    rng = random.Random(seed)
    for source in chain(*canary_sources.false_tests(test, rng)):
        assert re.search(r"^def (test_\w+)\(\):(?s:.*)^\1\(\)$", source, re.MULTILINE) or not in_a_function
        with pytest.raises((AssertionError, TypeError, ValueError)):
            exec(source, {})
    true = canary_sources.true_tests(test, rng)
    assert {name for name, _ in true} == {"np.abs", "np.clip", "np.log", "np.linalg.norm"}
    for _, source in true:
        exec(source, {})


@pytest.mark.parametrize("test", ["f()", "np.ones(f())", "tf.ones(f())"])
@pytest.mark.parametrize("seed", range(5))
def test_code_that_drops_one_kind_of_assertion_is_found_by_the_canaries_after_a_single_test(test, seed):
    """One is drawn from each list, so no draw misses code that drops the assertions of one list, say, in the module."""
    alone, others = canary_sources.false_tests(test, random.Random(seed))
    for source in alone:
        assert isinstance(ast.parse(source).body[-1], ast.Assert)
    for source in others:
        assert not any(isinstance(part, ast.Assert) for part in ast.parse(source).body)


@pytest.mark.parametrize(
    ("test", "fails"),
    [
        ("assert abs(answer(2) - 4) < 1e-9", True),
        ("expected = 2 * 2\nassert abs(answer(2) - expected) <= 100, 'tolerant'", True),
        ("assert np.allclose(answer(np.arange(3.0)), [0, 2, 4], rtol=0.4)", True),
        ("assert np.abs(answer(np.ones(3)) - 2 * np.ones(3)).max() < 1e-6", True),
        ("assert answer(2) == 4", True),
        ("for x in (1, 2):\n    right = 2 * x\n    assert abs(answer(x) - right) < 1e-3", True),
        ("assert not answer(2) == 5", None),
        ("assert abs(answer(2)) > 1", None),
        ("assert answer(2) is None or abs(answer(2) - 4) < 1e-9", None),
        ("assert np.abs(answer(np.arange(9.0)) - 4).min() < 1", None),
    ],
)
def test_a_wrong_expectation_refuses_a_right_answer(test, fails):
    """None: such a test is not changed, since a right answer might pass it still."""
    np = pytest.importorskip("numpy")
    copies = with_wrong_expectations(test, {"answer": True}, random.Random(1))
    assert bool(copies) == bool(fails)
    for source, _ in copies:
        space = {"np": np, "answer": lambda x: 2 * x}
        exec(test, dict(space))
        with pytest.raises(AssertionError):
            exec(source, space)


def test_what_a_student_writes_cannot_stop_the_canaries():
    for source in ("(" * 5000, "\0", "def f(:", "%%bash\nls", "x = '\ud800'", "if True:\n" * 200):
        assert canary_sources.answer_names(["assert f(1) == 2"], [source]) == {"f": True}


def test_reading_a_students_cells_takes_no_time():
    cells = ["import numpy as np\n%time 1", "a" * 8_000 + " - ?", *(f"{'a' * (900 + n)} - ?" for n in range(200))]
    start = time.monotonic()
    for _ in range(20):
        assert canary_sources.answer_names(["np.ones(answer(3))"], cells) == {"answer": True}
    assert time.monotonic() - start < 8


@pytest.mark.parametrize("attack", [{}, next(iter(ATTACKS.values()))], ids=["honest", "attack"])
def test_where_the_time_ends_after_the_tests_the_canaries_still_decide(mini, attack):
    notebook = with_answers(mini, **attack)
    notebook.cells += [nbformat.v4.new_code_cell(text) for text in ("import time\ntime.sleep(60)", "x = 1")]
    errors = run(notebook, seconds=8, timeout=30)
    accusations = [name for said in errors.values() for name, _ in said]
    assert ("TamperedError" in accusations) == bool(attack)
    assert attack or not accusations


def test_canaries_without_time_accuse_nobody(mini, monkeypatch):
    asked = []
    monkeypatch.setattr("gan_course.homework.canaries._SECONDS_AT_MOST", 0)
    canaries = Canaries(mini, lambda *question: asked.append(question), random.Random(0))
    for cell in filter(is_test, mini.cells):
        canaries.after(cell, 0.1)
    monkeypatch.setattr(canaries, "_spare", 0)
    canaries.at_the_end()
    assert (asked, canaries.suspect_cells) == ([], [])
