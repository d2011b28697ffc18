"""The command `remove`: takes a submission out again, with everything that grading made of it."""

import contextlib
import shutil
from collections.abc import Iterator

from nbgrader.api import MissingEntry
from nbgrader.apps import NbGraderAPI

from .course import Said, chosen_submissions, folder_of, label_of

_STEPS = ("submitted", "autograded", "feedback")


def remove(api: NbGraderAPI, assignment: str, student: str) -> Iterator[Said]:
    """Take a submission out again: the notebook, its points and its feedback.

    A student without any other submission is removed from the grade book, too.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the assignment, such as "hw1".
        student: id of the student.

    Yields:
        A line that says what was removed.

    Raises:
        Problem: nobody handed in the assignment, or this student did not.
    """
    for name, someone in chosen_submissions(api, assignment, student):
        yield _remove_one(api, name, someone)


def _remove_one(api, assignment, student):
    label = label_of(api, student, assignment)
    for step in _STEPS:
        folder = folder_of(api.coursedir, step, assignment, student)
        shutil.rmtree(folder, ignore_errors=True)
        if folder.parent.is_dir() and not any(folder.parent.iterdir()):
            folder.parent.rmdir()
    handed_in_more = folder_of(api.coursedir, "submitted", assignment, student).parent.exists()
    with api.gradebook as gradebook, contextlib.suppress(MissingEntry):
        with contextlib.suppress(MissingEntry):  # it was not graded yet
            gradebook.remove_submission(assignment, student)
        if not handed_in_more and not gradebook.find_student(student).submissions:
            gradebook.remove_student(student)
    return Said(f"{label}: the submission of {assignment} was removed")
