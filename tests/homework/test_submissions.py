"""Every wrong and lazy answer is refused by the tests that it should fail, and every right one is accepted."""

import re

import pytest
from submissions import HOMEWORK, REFUSED, answers, edited, judge

pytest.importorskip("nbgrader", reason="minutes of homework, for those who hand it out")


@pytest.fixture(scope="module")
def verdicts():
    """All verdicts of a homework, from one run of its notebook."""
    done = {}

    def get(homework):
        if homework not in done:
            wrong, right = answers(homework)
            done[homework] = judge(homework, [*wrong, *right])
        return done[homework]

    return get


def test_there_are_five():
    assert HOMEWORK == ("hw1", "hw2", "hw3", "hw4", "hw5")


@pytest.mark.parametrize("homework", HOMEWORK)
def test_wrong_and_lazy_answers_lose_exactly_the_tests_that_they_should(verdicts, homework):
    wrong, _ = answers(homework)
    assert len(wrong) >= 8
    found = [(verdict.answer.name, set(verdict.failed)) for verdict in verdicts(homework)[: len(wrong)]]
    assert found == [(answer.name, set(answer.lost)) for answer in wrong]
    assert all(answer.lost for answer in wrong)


@pytest.mark.parametrize("homework", HOMEWORK)
def test_right_answers_that_are_written_differently_lose_nothing(verdicts, homework):
    wrong, right = answers(homework)
    assert len(right) >= 4
    found = [(verdict.answer.name, verdict.failed) for verdict in verdicts(homework)[len(wrong) :]]
    assert found == [(answer.name, {}) for answer in right]


@pytest.mark.parametrize("homework", HOMEWORK)
def test_a_refusal_says_something_and_is_no_crash_of_the_test(verdicts, homework):
    for verdict in verdicts(homework):
        for name, said in verdict.failed.items():
            assert re.match(r"\w+: .{10}", said), f"{verdict.answer.name} at {name}: {said}"
            assert not said.startswith(("NameError", "AttributeError", "KeyError", "IndexError")), (
                f"{verdict.answer.name} at {name}: {said}"
            )


def test_the_table_of_refusals_has_them_all():
    """The messages hold numbers of the machine that made the table; names and tests do not."""
    text = REFUSED.read_text(encoding="utf-8")
    for homework in HOMEWORK:
        part = text.partition(f"## {homework}\n")[2].partition("\n## ")[0]
        rows = re.findall(r"^\| (.+?) \| (`.+?`) \| .+ \|$", part, re.MULTILINE)
        wrong, _ = answers(homework)
        assert {(name, *sorted(re.findall(r"`(\w+)`", tests))) for name, tests in rows} == {
            (answer.name.replace("|", "∣"), *sorted(answer.lost)) for answer in wrong
        }


def test_an_edit_that_no_longer_fits_is_an_error():
    with pytest.raises(ValueError, match="Expected to find 'old'"):
        edited("new", [("old", "older")])
