"""The command `grade`: grades what was handed in. A submission that fails never stops the grading of the others."""

from collections.abc import Iterator

from nbgrader.api import MissingEntry
from nbgrader.apps import NbGraderAPI

from .course import Problem, Said, chosen_submissions, label_of, last_error, notebook_of, origin, read
from .preflight import check_submission, preflight_note
from .repair import grade_id_of
from .sandbox import KernelManager, walls
from .text import one_line


def grade(api: NbGraderAPI, assignment: str, student: str | None = None) -> Iterator[Said]:
    """Grade the submissions of an assignment.

    Each submission is run and graded again. Points that a person gave to a written answer stay; nobody needs to look
    again at an answer that did not change.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the assignment, such as "hw1". Each submission is graded by the tests of its own variant.
        student: id of the only student to grade. Defaults to None: all students.

    Yields:
        One line per submission, with the student's id and name.

    Raises:
        Problem: there is nothing to grade.
        NoSandbox: bubblewrap is missing, and the settings do not allow grading without it.
    """
    KernelManager(config=api.config)  # raises NoSandbox once here, instead of at every submission
    if walls() == "none":
        yield Said(
            "Warning: there is no sandbox. Students' code can reach the network, your files and the grade book. "
            "Install bubblewrap, or grade in a virtual machine. README.md says how."
        )
    for name, someone in chosen_submissions(api, assignment, student):
        label = label_of(api, someone, name)
        try:
            yield Said(f"{label}: {_grade_one(api, name, someone)}")
        except Problem as problem:
            yield Said(f"{label}: NOT GRADED. {problem}", ok=False)
        except Exception as error:  # no error of one submission stops the others
            yield Said(one_line(f"{label}: NOT GRADED. {type(error).__name__}: {error}"), ok=False)


def _grade_one(api, assignment, student):
    """Grade one submission, and return its points and notes as a text. Raises `Problem` where it cannot be graded."""
    report = check_submission(api.coursedir, assignment, student)
    before = _graded_by_hand(api, assignment, student)
    result = api.autograde(assignment, student)
    if not result["success"]:
        raise Problem(last_error(result))
    _keep_graded_by_hand(api, assignment, student, before)
    with api.gradebook as gradebook:
        submission = gradebook.find_submission(assignment, student)
        waits = sum(grade.max_score for grade in _grades(submission) if grade.needs_manual_grade)
        points = f"{submission.score:g} of {submission.max_score:g}"
        points += f", and up to {waits:g} points wait for you" if waits else ""
        points += "; late" if origin(api.coursedir, assignment, student).late else ""
    return "; ".join(part for part in (points, preflight_note(api.coursedir, assignment, student, report)) if part)


def _grades(submission):
    """The grade book's entries of all graded cells of a submission."""
    return [grade for notebook in submission.notebooks for grade in notebook.grades]


def _graded_texts(api, assignment, student):
    """{grade_id: text of the cell} of a graded submission."""
    cells = read(notebook_of(api.coursedir, "autograded", assignment, student)).cells
    return {grade_id_of(cell): cell.source for cell in cells}


def _graded_by_hand(api, assignment, student):
    """{grade_id: (points by the test, text)} of the cells that a person graded and need not look at again."""
    try:
        texts = _graded_texts(api, assignment, student)
        with api.gradebook as gradebook:
            grades = _grades(gradebook.find_submission(assignment, student))
            done = [grade for grade in grades if grade.manual_score is not None and not grade.needs_manual_grade]
            return {grade.name: (grade.auto_score, texts.get(grade.name)) for grade in done}
    except (MissingEntry, Problem):  # it was not graded before, or its old result cannot be read
        return {}


def _keep_graded_by_hand(api, assignment, student, before):
    """Mark cells as done that a person graded `before`, and whose text and test points are still the same.

    nbgrader marks each cell that a person graded as waiting again whenever it grades the submission.
    """
    texts = _graded_texts(api, assignment, student)
    with api.gradebook as gradebook:
        for grade in _grades(gradebook.find_submission(assignment, student)):
            if before.get(grade.name) == (grade.auto_score, texts.get(grade.name)):
                grade.needs_manual_grade = False
        gradebook.db.commit()
