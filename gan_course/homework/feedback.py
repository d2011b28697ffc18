"""The command `feedback`: writes the page that each student gets back."""

from collections.abc import Iterator

from nbgrader.apps import NbGraderAPI

from .course import Problem, Said, chosen_students, last_error, notebook_of
from .preflight import require_graded


def feedback(api: NbGraderAPI, assignment: str, student: str | None = None) -> Iterator[Said]:
    """Write the feedback of graded submissions as HTML, without hidden tests.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the assignment, such as "hw1".
        student: id of the only student. Defaults to None: all students.

    Yields:
        One line per submission: the path of the page, or why there is none.

    Raises:
        Problem: nobody handed in the assignment, or this student did not.
    """
    for name in chosen_students(api, assignment, student):
        try:
            require_graded(api.coursedir, assignment, name)
        except Problem as problem:
            yield Said(f"{name}: no feedback. {problem}", ok=False)
            continue
        result = api.generate_feedback(assignment, name)
        if result["success"]:
            path = notebook_of(api.coursedir, "feedback", assignment, name).with_suffix(".html")
            yield Said(f"{name}: {path.relative_to(api.coursedir.root)}")
        else:
            yield Said(f"{name}: FAILED. {last_error(result)}", ok=False)
