"""What a student is told: points per exercise, why a test failed in words, what was expected and where to read."""

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="the instructor's side needs nbgrader")

from gan_course.homework import reports
from gan_course.homework.hidden import hidden_forms, redacted
from gan_course.homework.limits import error_output
from gan_course.homework.reports import Criterion, Exercise, Failure, Part, Report

SOURCE = """def check(a, b):
    assert a == b, f"for 5 it is {b}; came {a}"
check(f(5), 25)
### BEGIN HIDDEN TESTS
# Expected: a square, also of a fraction.
check(f(0.75), 0.5625)
### END HIDDEN TESTS
check(f(1), 1)"""


def failed(line, message, name="AssertionError", traceback=None):
    """A test cell with the error of a line, as IPython shows it: the frames from the outside to the inside."""
    arrow = f"\x1b[31m{name}\x1b[39m  Traceback (most recent call last)\n"
    arrow += f"Cell In[3], line {line}\n      1 def check(a, b):\n"
    arrow += f"\x1b[32m----> {line}\x1b[39m {SOURCE.splitlines()[line - 1]}\n"
    arrow += f"Cell In[3], line 2\n----> 2 {SOURCE.splitlines()[1]}\n{name}: {message}"
    output = error_output(name, message, arrow if traceback is None else traceback)
    return nbformat.v4.new_code_cell(SOURCE, outputs=[output])


@pytest.mark.parametrize("line", [3, 8])
def test_the_message_of_a_visible_test_stays_as_it_is(line):
    failure = reports.why_failed(failed(line, "for 5 it is 25; came 24"))
    assert failure[:2] == (False, "for 5 it is 25; came 24")


def test_of_a_hidden_test_the_numbers_are_left_out_and_the_author_says_what_was_expected():
    failure = reports.why_failed(failed(6, "for 0.75 it is ½ or -5.6e-1; came 24, float32, (3,4)"))
    assert failure == Failure(True, "for … it is … or …; came …, float32, (…)", "a square, also of a fraction.", "")
    assert str(failure._replace(read='lesson 01, "Squares"')).splitlines() == [
        "A hidden test failed: for … it is … or …; came …, float32, (…)",
        "Expected: a square, also of a fraction.",
        'Read again: lesson 01, "Squares"',
    ]


IN_A_FUNCTION = """def test_f():
    def check(a, b):
        assert a == b, f"for 5 it is {b}; came {a}"

    check(f(5), 25)
    ### BEGIN HIDDEN TESTS
    check(f(0.75), 0.5625)
    ### END HIDDEN TESTS


test_f()"""


@pytest.mark.parametrize(("line", "hidden"), [(5, False), (7, True)])
@pytest.mark.parametrize("own", ["", "Cell In[2], line 5\n----> 5 check(f(0.75), 0.5625)\n"])
def test_a_test_that_is_a_function_is_hidden_where_one_of_its_frames_is(line, hidden, own):
    """The frames of the student's code come after those of the test, and do not count."""
    frames = [f"Cell In[3], line {n}\n---> {n} {IN_A_FUNCTION.splitlines()[n - 1]}\n" for n in (11, line, 3)]
    error = error_output("AssertionError", "for 5 it is 25; came 24", "".join(frames) + own)
    cell = nbformat.v4.new_code_cell(IN_A_FUNCTION, outputs=[error])
    assert reports.why_failed(cell).hidden is hidden


@pytest.mark.parametrize("traceback", ["", "ValueError: 0.5625", "----> 3 something else\nValueError: 0.5625"])
def test_where_the_traceback_does_not_tell_it_is_taken_for_hidden(traceback):
    failure = reports.why_failed(failed(6, "0.5625", "ValueError", traceback))
    assert failure[:2] == (True, "ValueError: …")


@pytest.mark.parametrize(
    ("name", "message", "said"),
    [
        ("TimeoutError", "more than 45 seconds", "TimeoutError: more than 45 seconds"),
        ("TamperedError", "the tests were tampered with", "TamperedError: the tests were tampered with"),
        ("NotImplementedError", "", "There is no answer yet."),
    ],
)
def test_why_the_run_stopped_is_said_in_full(name, message, said):
    assert reports.why_failed(failed(6, message, name, f"{name}: {message}"))[:2] == (False, said)


def test_a_test_that_passed_did_not_fail():
    assert reports.why_failed(nbformat.v4.new_code_cell(SOURCE)) is None


@pytest.mark.parametrize(
    ("comment", "given", "rest"),
    [
        ("3 + 1", [3, 1], ""),
        ("2.5+0: the example\nis missing", [2.5, 0], "the example\nis missing"),
        ("3 + 1 + 1 is too many", None, "3 + 1 + 1 is too many"),
        ("3", None, "3"),
        ("good", None, "good"),
        ("", None, ""),
    ],
)
def test_points_for_the_rows_of_a_rubric_are_read_from_the_beginning_of_a_comment(comment, given, rest):
    criteria, left = reports.rubric_points(comment, (("3", "a reason"), ("2", "an example")))
    assert left == rest
    assert [row.given for row in criteria] == (given or [])
    assert all(row.most in (3, 2) for row in criteria)


def test_gradescope_gets_points_and_words_for_each_graded_cell():
    failure = Failure(True, "for … it is …", "a square", "lesson 01")
    parts = (
        Part("test_f", 0.0, 10.0, False, failure, (), ""),
        Part("why", 4.0, 5.0, False, None, (Criterion(3, 3, "a reason"), Criterion(1, 2, "an example")), "well"),
    )
    made = Report("1", "Ada", 4.0, 15.0, False, (Exercise("Exercise 1: f", 4.0, 15.0, parts),))
    assert reports.gradescope_results(made) == {
        "score": 4.0,
        "tests": [
            {
                "name": "Exercise 1: f (test_f)",
                "score": 0.0,
                "max_score": 10.0,
                "output": "A hidden test failed: for … it is …\nExpected: a square\nRead again: lesson 01",
                "visibility": "visible",
            },
            {
                "name": "Exercise 1: f (why)",
                "score": 4.0,
                "max_score": 5.0,
                "output": "3 of 3: a reason\n1 of 2: an example\nwell",
                "visibility": "visible",
            },
        ],
    }
    assert not any(part.differs for part in parts)
    assert parts[1]._replace(score=5.0).differs


def test_a_message_that_quotes_a_hidden_test_is_redacted_before_it_is_cut():
    cell = failed(3, f"{'x' * 590} {SOURCE!r}", "ValueError")
    cell.metadata.nbgrader = {"grade": True, "solution": False}
    forms = hidden_forms([nbformat.from_dict(cell)])
    assert "check(f(0.75), 0.5625)" in forms
    for line in (3, 6):
        cell = failed(line, f"{'x' * 560} {SOURCE!r}", "ValueError")
        message = reports.why_failed(cell, forms).message
        assert "[a hidden test]" in redacted(SOURCE, forms)
        assert "check(f(" not in message.replace("check(f(5)", "").replace("check(f(1)", "").replace("check(f(…)", "")
        assert "0.5625" not in message
