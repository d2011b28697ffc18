"""What every exercise check is made of: three outcomes, a hint, a solution, and typical mistakes."""

import copy
import inspect
import textwrap
from typing import Any, NamedTuple

import numpy as np

NOT_ATTEMPTED, WRONG, RIGHT = "not attempted", "wrong", "right"


class Outcome(NamedTuple):
    """The result of a check: `status` is one of NOT_ATTEMPTED, WRONG and RIGHT; `message` is for the learner."""

    status: str
    message: str


class Mistake(NamedTuple):
    """A typical wrong answer, and what to tell the learner who gives it."""

    answer: Any
    message: str


class Wrong(Exception):
    """Raised by a diagnosis: this answer is wrong, and the text says what to look at."""


class Unattempted(Exception):
    """Raised by a diagnosis: the stub's `...` is still there."""


class Exercise:
    """An exercise that checks an answer at once.

    Args:
        diagnose: function of the answer that returns None where it is right, and raises `Wrong` or `Unattempted`.
        right: what to say to a right answer.
        hint: text of `.hint()`.
        solution: the solution, a function or a value; `.solution()` prints its source.
        mistakes: the `Mistake`s that must be refused, each with its own message.
    """

    def __init__(self, diagnose, right, hint, solution, mistakes):
        self.diagnose, self.right, self._hint = diagnose, right, hint
        self.answer, self.mistakes = solution, mistakes

    def grade(self, answer):
        """Judge an answer without printing: an `Outcome`. Errors inside the answer become messages too."""
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
            return Outcome(WRONG, f"Your code stopped with {type(error).__name__}: {said[:300]}")
        return Outcome(RIGHT, self.right)

    def __call__(self, answer):
        """Judge an answer and print the outcome."""
        status, message = self.grade(answer)
        sign = {NOT_ATTEMPTED: "□ Not attempted yet.", WRONG: "✗ Not yet.", RIGHT: "✓ Right."}[status]
        print(textwrap.fill(f"{sign} {message}", 100))

    def hint(self):
        """Print a hint that leaves the last step to you."""
        print(textwrap.fill(f"Hint: {self._hint}", 100))

    def solution(self):
        """Print a solution, ready to be pasted into the exercise's cell."""
        if inspect.isfunction(self.answer):
            print(inspect.getsource(self.answer).replace("def _", "def ", 1))
        else:
            print("{", *(f"    {key!r}: {value!r}," for key, value in self.answer.items()), "}", sep="\n")


def function_exercise(solution, cases, mistakes, right, hint, tolerance=1e-6):
    """An exercise whose answer is a function, judged by its values on some cases.

    Args:
        solution: the right function. cases: argument tuples to call it with.
        mistakes: `Mistake`s whose answers are functions; an answer with the same values gets that message.
        right, hint: as in `Exercise`. tolerance: largest difference, relative for values above one.
    """
    expected = _values(solution, cases)

    def diagnose(answer):
        if not callable(answer):
            raise Wrong(f"Expected a function. Received: {type(answer).__name__}. Hand over the function itself.")
        received = _values(answer, cases)
        if _all_close(received, expected, tolerance):
            return
        with np.errstate(all="ignore"):
            for mistake in mistakes:
                if _all_close(received, _values(mistake.answer, cases), tolerance):
                    raise Wrong(mistake.message)
        raise Wrong(_first_difference(cases, received, expected, tolerance))

    return Exercise(diagnose, right, hint, solution, mistakes)


def _values(function, cases):
    """A function's results, copied, on copies of the cases: an answer may change its arguments in place."""
    return [_value(function(*copy.deepcopy(case))) for case in cases]


def _value(result):
    if result is ...:
        raise Unattempted
    if result is None:
        raise Wrong("Your function returns None. Is the `return` missing?")
    try:
        return np.array(result, float)
    except (TypeError, ValueError):
        raise Wrong(
            "Your function returns no array of numbers, or parts of different shapes. Is a mean or a sum missing?"
        ) from None


def _all_close(received, expected, tolerance):
    return all(_close(a, b, tolerance) for a, b in zip(received, expected, strict=True))


def _close(a, b, tolerance):
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance)


def _first_difference(cases, received, expected, tolerance):
    """What to say where no known mistake fits: the case with the plainest difference."""
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
