"""Grades what was handed in, and writes the feedback. One submission never stands in another's way."""

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.api import MissingEntry

from .canaries import FORGED, TAMPERED
from .course import Problem, Said, notebook_of, read, read_submission, students
from .repair import grade_id_of, repair
from .sandbox import KernelManager, walls

STOPS = (DeadKernelError.__name__, "TimeoutError", CellTimeoutError.__name__, FORGED, TAMPERED)  # what to know of a run


class NotYet(Problem):
    """What was handed in was not graded yet."""


def grade(api, assignment, student=None):
    """Grade the submissions of an assignment, or one student's. Yields lines that say what came out.

    Each is graded anew. A person's grade of a written answer stays; the same answer needs no second look.
    """
    KernelManager(config=api.config)  # no walls? Better said once here than at every submission
    if walls() == "none":
        yield Said(
            "Beware: unprotected. Without a sandbox students' code can reach the network, your files and the grade "
            "book. Install bubblewrap, or grade in a virtual machine (README.md says how)."
        )
    for name in _chosen(api, assignment, student):
        try:
            yield Said(f"{name}: {_grade_one(api, assignment, name)}")
        except Problem as problem:
            yield Said(f"{name}: NOT GRADED. {problem}", ok=False)
        except Exception as error:  # whatever it is, the others' turn comes
            yield Said(line(f"{name}: NOT GRADED. {type(error).__name__}: {error}"), ok=False)


def _grade_one(api, assignment, student):
    """Grade a submission; say what came out. Raises `Problem` where it cannot be graded."""
    report = examine(api.coursedir, assignment, student)
    before = _looked_at(api, assignment, student)
    result = api.autograde(assignment, student)
    if not result["success"]:
        raise Problem(_last_error(result))
    _keep_looked_at(api, assignment, student, before)
    with api.gradebook as gradebook:
        submission = gradebook.find_submission(assignment, student)
        waits = sum(grade.max_score for grade in _grades(submission) if grade.needs_manual_grade)
        said = f"{submission.score:g} of {submission.max_score:g}"
        said += f", and up to {waits:g} points wait for you" if waits else ""
    return "; ".join(part for part in (said, note(api.coursedir, assignment, student, report)) if part)


def feedback(api, assignment, student=None):
    """Write the feedback of the graded submissions as HTML, without hidden tests. Yields lines."""
    for name in _chosen(api, assignment, student):
        try:
            require_graded(api.coursedir, assignment, name)
        except Problem as problem:
            yield Said(f"{name}: no feedback. {problem}", ok=False)
            continue
        result = api.generate_feedback(assignment, name)
        path = notebook_of(api.coursedir, "feedback", assignment, name).with_suffix(".html")
        done = result["success"]
        yield Said(
            f"{name}: {path.relative_to(api.coursedir.root) if done else f'FAILED. {_last_error(result)}'}", done
        )


def _chosen(api, assignment, student):
    names = students(api.coursedir, assignment)
    if not names:
        raise Problem(f"Nobody handed in {assignment!r} yet. First take submissions in: collect HOMEWORK FOLDER_OR_ZIP")
    if student and student not in names:
        raise Problem(f"Unknown student. Expected one of {names}. Received: {student!r}.")
    return [student] if student else names


def examine(coursedir, assignment, student):
    """The pre-flight check of a submission: a `repair.Report`. Raises `Problem` where it cannot be read."""
    release = read(notebook_of(coursedir, "release", assignment))
    submission = read_submission(notebook_of(coursedir, "submitted", assignment, student))
    try:
        return repair(submission, release)[1]
    except Exception as error:  # whatever a stranger's notebook holds, the others' turn comes
        raise Problem(
            f"{assignment}.ipynb cannot be repaired ({type(error).__name__}). Expected the notebook that was handed "
            "out, with answers in it. Ask for it again, or mend it by hand and collect it again."
        ) from error


def require_graded(coursedir, assignment, student):
    """What `examine` says. Raises `Problem` where what was handed in last cannot be read, `NotYet` if it is new."""
    report = examine(coursedir, assignment, student)
    graded, handed_in = (notebook_of(coursedir, step, assignment, student) for step in ("autograded", "submitted"))
    if not graded.exists():
        raise NotYet("run the command grade; if you did, its output says why this submission was not graded")
    if handed_in.stat().st_mtime > graded.stat().st_mtime:
        raise NotYet("a newer version was collected after the last grading; run the command grade again")
    return report


def note(coursedir, assignment, student, report):
    """What to know of a graded submission, as a text: what the pre-flight check reports, and what stopped its run."""
    graded = read(notebook_of(coursedir, "autograded", assignment, student))
    errors = [output for cell in graded.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    stops = {line(f"{error.ename}: {error.evalue}").rstrip(": ") for error in errors if error.ename in STOPS}
    return "; ".join(part for part in (str(report), *sorted(stops)) if part)


def line(text, most=200):
    """A text from outside as one line of at most so many letters, that does nothing to a terminal."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:most]


def _last_error(result):
    lines = (result.get("log") or result["error"]).strip().splitlines()
    errors = [said for said in lines if "Error" in said]
    return line((errors or lines)[-1])


def _grades(submission):
    return [grade for notebook in submission.notebooks for grade in notebook.grades]


def _graded_texts(api, assignment, student):
    cells = read(notebook_of(api.coursedir, "autograded", assignment, student)).cells
    return {grade_id_of(cell): cell.source for cell in cells}


def _looked_at(api, assignment, student):
    """{grade_id: (points by its test, text)} of what a person has graded by hand and needs to look at no more."""
    try:
        texts = _graded_texts(api, assignment, student)
        with api.gradebook as gradebook:
            grades = _grades(gradebook.find_submission(assignment, student))
            done = [grade for grade in grades if grade.manual_score is not None and not grade.needs_manual_grade]
            return {grade.name: (grade.auto_score, texts.get(grade.name)) for grade in done}
    except (MissingEntry, Problem):  # not graded before, or not in a way that can be read
        return {}


def _keep_looked_at(api, assignment, student, before):
    """nbgrader asks for a second look at all that a person has graded. Where it came to the same, none is needed."""
    texts = _graded_texts(api, assignment, student)
    with api.gradebook as gradebook:
        for grade in _grades(gradebook.find_submission(assignment, student)):
            if before.get(grade.name) == (grade.auto_score, texts.get(grade.name)):
                grade.needs_manual_grade = False
        gradebook.db.commit()


def add_student(api, student, name):
    """Put a student's name, where the platform gave it, into the grade book."""
    first, _, last = name.partition(" ")
    with api.gradebook as gradebook:
        try:
            gradebook.find_student(student)
        except MissingEntry:
            gradebook.add_student(student, first_name=first, last_name=last)
