"""What every exercise check is made of: three outcomes, a hint, a solution, and typical mistakes."""

import copy
import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

NOT_ATTEMPTED, WRONG, RIGHT = "not attempted", "wrong", "right"


class Outcome(NamedTuple):
    """The result of a check.

    Attributes:
        status: one of NOT_ATTEMPTED, WRONG and RIGHT.
        message: what the learner reads.
    """

    status: str
    message: str


class Mistake(NamedTuple):
    """A typical wrong answer.

    Attributes:
        answer: the wrong answer, a function or a value.
        message: what a learner who gives this answer reads.
    """

    answer: Any
    message: str


class Wrong(Exception):
    """A diagnosis raises this for a wrong answer. Its text tells the learner what to look at."""


class Unattempted(Exception):
    """A diagnosis raises this for an answer that still has the `...` of the exercise in it."""


class Exercise:
    """An exercise that checks an answer at once. Call it with the answer, and it prints the outcome.

    Args:
        diagnose: function of the answer. It returns None for a right answer, and raises `Wrong` or `Unattempted` for
            others.
        right: message for a right answer.
        hint: text that `.hint()` prints.
        solution: a right answer, a function or a dictionary. `.solution()` prints its source.
        mistakes: list of `Mistake`s. Tests check that each of them is refused with its own message.

    Attributes:
        diagnose: as in the arguments.
        right: as in the arguments.
        answer: the solution.
        mistakes: as in the arguments.

    Example:
        >>> def diagnose(answer):
        ...     if answer != 4:
        ...         raise Wrong("Count again.")
        >>> Exercise(diagnose, "2 + 2 = 4.", "Use your fingers.", solution=4, mistakes=[])(5)
        ✗ Not yet. Count again.
    """

    def __init__(self, diagnose: Callable, right: str, hint: str, solution: Any, mistakes: Sequence[Mistake]):
        self.diagnose, self.right, self._hint = diagnose, right, hint
        self.answer, self.mistakes = solution, mistakes

    def grade(self, answer) -> Outcome:
        """Judge an answer without printing.

        Args:
            answer: the learner's answer, of any kind. It may contain errors.

        Returns:
            An `Outcome`. An error that the answer raises becomes the message of a wrong answer.
        """
        try:
            if answer is ... or answer is None:
                raise Unattempted
            self.diagnose(answer)
        except Unattempted:
            return Outcome(NOT_ATTEMPTED, "Replace the ... and run this cell again. Stuck? Try .hint().")
        except Wrong as mistake:
            return Outcome(WRONG, str(mistake))
        except Exception as error:  # the learner's code may fail in any way
            said = str(error).strip().partition("\n")[0]
            advice = "(To see the line, call your function in a cell of its own.)"
            return Outcome(WRONG, f"Your code stopped with {type(error).__name__}: {said[:300]} {advice}")
        return Outcome(RIGHT, self.right)

    def __call__(self, answer):
        """Judge an answer and print the outcome.

        Args:
            answer: the learner's answer, of any kind.
        """
        status, message = self.grade(answer)
        sign = {NOT_ATTEMPTED: "□ Not attempted yet.", WRONG: "✗ Not yet.", RIGHT: "✓ Right."}[status]
        print(textwrap.fill(f"{sign} {message}", 100))

    def hint(self):
        """Print a hint. It does not give the whole solution away: call `solution` for that."""
        print(textwrap.fill(f"Hint: {self._hint}", 100))

    def solution(self):
        """Print a solution that you can paste into the exercise's cell."""
        if inspect.isfunction(self.answer):
            print(inspect.getsource(self.answer).replace("def _", "def ", 1))
        else:
            print("{", *(f"    {key!r}: {value!r}," for key, value in self.answer.items()), "}", sep="\n")


def function_exercise(
    solution: Callable,
    cases: Sequence[tuple],
    mistakes: Sequence[Mistake],
    right: str,
    hint: str,
    tolerance: float = 1e-6,
    test_first: Callable | None = None,
    test_last: Callable | None = None,
) -> Exercise:
    """Make an exercise whose answer is a function. The answer is right if its values on all cases are right.

    Args:
        solution: the right function.
        cases: the arguments of each call, one tuple per case.
        mistakes: `Mistake`s whose answers are functions. An answer with the same values gets that mistake's message.
        right: as in `Exercise`.
        hint: as in `Exercise`.
        tolerance: largest difference from the right value: absolute for values near 0, relative for large values.
            Defaults to 1e-6.
        test_first: one more test, which runs before the cases: a function of the answer that raises `Wrong`.
            Defaults to None.
        test_last: one more test, which runs after the cases, and only for answers that are right on all of them: a
            function of the answer that raises `Wrong`. Defaults to None.

    Returns:
        An `Exercise`.
    """
    expected = _values(solution, cases)

    def diagnose(answer):
        if not callable(answer):
            raise Wrong(
                f"Expected a function. Received: {type(answer).__name__}. Write the function's name without "
                "parentheses after it."
            )
        if test_first:
            test_first(answer)
        received = _values(answer, cases)
        if not _all_close(received, expected, tolerance):
            _refuse(received, expected, cases, mistakes, tolerance)
        if test_last:
            test_last(answer)

    return Exercise(diagnose, right, hint, solution, mistakes)


def _refuse(received, expected, cases, mistakes, tolerance):
    """Raise `Wrong` with the message of the mistake that gives the same values, or else with the largest difference."""
    with np.errstate(all="ignore"):
        for mistake in mistakes:
            if _all_close(received, _values(mistake.answer, cases), tolerance):
                raise Wrong(mistake.message)
    raise Wrong(_largest_difference(cases, received, expected))


def _values(function, cases):
    """The function's results on all cases. Arguments and results are copied, since an answer may change them later."""
    return [_value(function(*copy.deepcopy(case))) for case in cases]


def _value(result):
    """A result as an array of floats, or an error that says why it is none."""
    if result is ...:
        raise Unattempted
    if result is None:
        raise Wrong("Your function returns None. Is the `return` missing?")
    try:
        return np.array(result, float)
    except (TypeError, ValueError):
        raise Wrong(
            "Expected numbers. Received: something else, or arrays of different shapes. Is a mean or a sum missing?"
        ) from None


def _all_close(received, expected, tolerance):
    return all(_close(a, b, tolerance) for a, b in zip(received, expected, strict=True))


def _close(a, b, tolerance):
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance)


def _largest_difference(cases, received, expected):
    """The message for an answer that is none of the known mistakes: the case with the largest difference."""
    for number, (case, a, b) in enumerate(zip(cases, received, expected, strict=True), start=1):
        if a.shape != b.shape:
            return f"In case {number}, {_show_all(case)}: expected shape {b.shape}. Received: shape {a.shape}."
    gaps = [
        np.nan_to_num(np.abs(a - b) / (1 + np.abs(b)), nan=np.inf).max()
        for a, b in zip(received, expected, strict=True)
    ]
    worst = int(np.argmax(gaps))
    got, want = _show(received[worst]), _show(expected[worst])
    return f"In case {worst + 1}, {_show_all(cases[worst])}: expected {want}. Received: {got}."


def _show_all(parts):
    return "(" + ", ".join(map(_show, parts)) + ")"


def _show(part):
    if isinstance(part, list):
        return "[" + ", ".join(map(_show, part)) + "]"
    part = np.asarray(part)
    return (
        np.array2string(part, precision=6, formatter={"float": "{:.6g}".format})
        if part.size <= 6
        else f"an array of shape {part.shape}"
    )
