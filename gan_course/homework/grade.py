"""Grades what was handed in, and writes the feedback. One submission never stands in another's way."""

import nbformat
from nbgrader.api import MissingEntry

from .course import Problem, notebook_of, read, students
from .repair import grade_id_of, repair
from .sandbox import KernelManager, walls


def grade(api, assignment, student=None):
    """Grade the submissions of an assignment, or one student's. Yields lines that say what came out.

    Each is graded anew. A person's grade of a written answer stays; the same answer needs no second look.
    """
    KernelManager(config=api.config)  # no walls? Better said once here than at every submission
    if walls() == "none":
        yield "Beware: unprotected. Students' code can reach the network, your files and the grade book."
    for name in _chosen(api, assignment, student):
        before = _answers(api, assignment, name)
        result = api.autograde(assignment, name)
        if not result["success"]:
            yield f"{name}: NOT GRADED. {why_not(api, assignment, name) or _last_error(result)}"
            continue
        _keep_looked_at(api, assignment, name, before)
        with api.gradebook as gradebook:
            submission = gradebook.find_submission(assignment, name)
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            waits = sum(grade.max_score for grade in grades if grade.needs_manual_grade)
            line = f"{name}: {submission.score:g} of {submission.max_score:g}"
            yield line + (f", and up to {waits:g} points wait for you" if waits else "") + _note(api, assignment, name)


def feedback(api, assignment, student=None):
    """Write the feedback of the graded submissions as HTML, without hidden tests. Yields lines."""
    for name in _chosen(api, assignment, student):
        if not notebook_of(api.coursedir, "autograded", assignment, name).exists():
            yield f"{name}: no feedback, since it is not graded"
            continue
        result = api.generate_feedback(assignment, name)
        path = notebook_of(api.coursedir, "feedback", assignment, name).with_suffix(".html")
        said = path.relative_to(api.coursedir.root) if result["success"] else f"FAILED. {_last_error(result)}"
        yield f"{name}: {said}"


def _chosen(api, assignment, student):
    names = students(api.coursedir, assignment)
    if not names:
        raise Problem(f"Nobody handed in {assignment!r} yet. First take submissions in: collect HOMEWORK FOLDER_OR_ZIP")
    if student and student not in names:
        raise Problem(f"Unknown student. Expected one of {names}. Received: {student!r}.")
    return [student] if student else names


def examine(api, assignment, student):
    """The pre-flight check of a submission: a `repair.Report`. Raises `Problem` where it cannot be read."""
    release = read(notebook_of(api.coursedir, "release", assignment))
    return repair(read(notebook_of(api.coursedir, "submitted", assignment, student)), release)[1]


def why_not(api, assignment, student):
    """Why a submission cannot be graded, or an empty text."""
    try:
        examine(api, assignment, student)
    except Problem as problem:
        return str(problem)
    return ""


def _note(api, assignment, name):
    report = str(examine(api, assignment, name))
    return f"; {report}" if report else ""


def _last_error(result):
    lines = (result.get("log") or result["error"]).strip().splitlines()
    errors = [line for line in lines if "Error" in line]
    return (errors or lines)[-1].strip()


def _answers(api, assignment, student):
    """{grade_id: text} of the written answers as they were graded last."""
    path = notebook_of(api.coursedir, "autograded", assignment, student)
    if not path.exists():
        return {}
    cells = nbformat.read(path, as_version=4).cells
    return {grade_id_of(cell): cell.source for cell in cells if cell.cell_type == "markdown" and grade_id_of(cell)}


def _keep_looked_at(api, assignment, student, before):
    """nbgrader asks for a second look at each answer that a person has graded; where it is the same, none is needed."""
    after = _answers(api, assignment, student)
    with api.gradebook as gradebook:
        for notebook in gradebook.find_submission(assignment, student).notebooks:
            for grade in notebook.grades:
                same = grade.name in after and before.get(grade.name) == after[grade.name]
                if same and grade.manual_score is not None:
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
