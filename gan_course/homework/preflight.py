"""What is known about a submission: whether it can be read, whether it was graded, and what the instructor must know.

The commands `grade`, `feedback` and `grades` all ask here.
"""

from .course import Problem, notebook_of, read, read_submission
from .repair import Report, repair
from .reports import STOPS
from .text import one_line


class NotGradedYet(Problem):
    """A submission was collected, but not graded since."""


def check_submission(coursedir, assignment: str, student: str) -> Report:
    """Run the pre-flight check of a submission: compare it with the release, and find the graded cells.

    Raises:
        Problem: the submission cannot be read or repaired.
    """
    release = read(notebook_of(coursedir, "release", assignment))
    submission = read_submission(notebook_of(coursedir, "submitted", assignment, student))
    try:
        return repair(submission, release)[1]
    except Exception as error:  # a damaged notebook must not stop the grading of the others
        raise Problem(
            f"{assignment}.ipynb cannot be repaired ({type(error).__name__}). Expected the released notebook with the "
            "student's answers. Ask the student for it again, or repair the file by hand, and collect it again."
        ) from error


def require_graded(coursedir, assignment: str, student: str) -> Report:
    """Check that the newest version of a submission was graded. Returns the report of `check_submission`.

    Raises:
        NotGradedYet: the newest version was not graded.
        Problem: the newest version cannot be read or repaired.
    """
    report = check_submission(coursedir, assignment, student)
    graded, submitted = (notebook_of(coursedir, step, assignment, student) for step in ("autograded", "submitted"))
    if not graded.exists():
        raise NotGradedYet("run the command grade; if you did, its output says why this submission was not graded")
    if submitted.stat().st_mtime > graded.stat().st_mtime:
        raise NotGradedYet("a newer version was collected after the last grading; run the command grade again")
    return report


def preflight_note(coursedir, assignment: str, student: str, report: Report) -> str:
    """What the instructor must know about a graded submission, in one line.

    Args:
        coursedir: nbgrader's `CourseDirectory`.
        assignment: name of the assignment.
        student: id of the student.
        report: what `check_submission` returned.

    Returns:
        What the pre-flight check found and what stopped the run, or "".
    """
    graded = read(notebook_of(coursedir, "autograded", assignment, student))
    errors = [output for cell in graded.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    stops = {one_line(f"{error.ename}: {error.evalue}").rstrip(": ") for error in errors if error.ename in STOPS}
    return "; ".join(part for part in (str(report), *sorted(stops)) if part)
