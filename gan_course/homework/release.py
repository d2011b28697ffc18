"""The command `release`: makes the notebook that students get, and tests it.

nbgrader's own `generate_assignment` runs no test: neither on the instructor's answers nor on the release.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.apps import NbGraderAPI

from .canaries import TAMPERED_MESSAGE
from .course import Problem, Said, notebook_of, read, require_assignment
from .execute import Execute
from .handout import TABLE, give, hand_out, write_variant
from .repair import grade_id_of


def release(
    api: NbGraderAPI, assignment: str, variant: int | None = None, students: str | Path | None = None
) -> Iterator[Said]:
    """Release an assignment, or a variant of it, or a variant for each student.

    The instructor's answers must pass every test. The release must score 0 as it is, and it must contain no line of a
    solution or of a hidden test. Otherwise an older release stays as it was.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the assignment, such as "hw1".
        variant: number of the variant to release. Defaults to None: the homework as it is published.
        students: path of a CSV file with the column `id`: each student in it gets a variant, and the release a folder
            for each. Defaults to None: one release for all.

    Yields:
        Lines that say what was done.

    Raises:
        Problem: the source notebook or the release has a fault, or there is no such variant.
    """
    if students is not None:
        yield from _release_to_each(api, assignment, students)
    elif variant is not None:
        yield from _release_one(api, write_variant(api, assignment, variant))
    else:
        yield from _release_one(api, assignment)


def _release_to_each(api, homework, students):
    """Release the variants that the students of a list have. Yields lines."""
    rows = give(api, homework, students)
    for number in sorted({row.variant for row in rows}):
        yield from _release_one(api, write_variant(api, homework, number))
    folder = hand_out(api, homework, rows).relative_to(api.coursedir.root)
    yield Said(f"{len(rows)} students: hand out the notebooks in {folder}; {TABLE} says who has which variant")


def _release_one(api, assignment):
    """Release one assignment. Yields lines."""
    require_assignment(api, assignment)
    source = read(notebook_of(api.coursedir, "source", assignment))
    if found := faults(source):
        raise Problem(f"{assignment} is not ready. Correct these cells of its source:\n" + "\n".join(found))
    yield from _test_answers(api, assignment, source)

    path = notebook_of(api.coursedir, "release", assignment)
    before = path.read_bytes() if path.exists() else None
    try:
        _make_release(api, assignment, path)
    except BaseException:  # also Ctrl-C: a release that was not tested must not be handed out
        path.unlink(missing_ok=True)
        if before is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(before)
        raise
    yield Said("  without answers it scores 0; it contains no line of a solution or of a hidden test")
    yield Said(f"  hand out {path.relative_to(api.coursedir.root)}")


def _test_answers(api, assignment, source):
    """Run the instructor's answers. Yields lines. Raises `Problem` where an answer loses points."""
    start, limit = time.monotonic(), Execute(config=api.config).seconds
    scores = run_tests(api, source)
    if failed := [f"{name}: {said}" for name, (score, most, said) in scores.items() if _lost(score, most)]:
        raise Problem(
            "The instructor's own answers lose points. Expected full points in every test. Correct the answers or the "
            "tests in the source notebook. Received:\n" + "\n".join(failed)
        )
    seconds = time.monotonic() - start
    yield Said(f"{assignment}: the instructor's answers pass every test, in {seconds:.0f} s; {limit} s are allowed")
    if seconds > limit / 2:
        settings = f"c.Execute.seconds = {3 * seconds:.0f} and c.Execute.timeout = {2 * seconds:.0f}"
        yield Said(f"  this machine is slow: set {settings} in nbgrader_config.py")


def _lost(score, most):
    return score is not None and score < most


def _make_release(api, assignment, path):
    """Let nbgrader make the release, and test it. Raises `Problem` where it must not be handed out."""
    result = api.generate_assignment(assignment)
    if not result["success"]:
        log = result.get("log", "") + result["error"]
        if "Cannot add or remove cells" in log:
            raise Problem(
                "There are submissions already, so graded cells can no longer be added, removed or renamed. Undo that "
                "change in the source, or release it as a homework with another name."
            )
        raise Problem(f"nbgrader could not make the release:\n{log}")
    _require_no_solution(api, assignment, read(path))


def _require_no_solution(api, assignment, made):
    """Raise `Problem` where a release shows a solution or a hidden test, or passes a test."""
    source = read(notebook_of(api.coursedir, "source", assignment))
    found = [f"it shows a line of a solution or of a hidden test: {line}" for line in leaks(source, made)]
    for name, (score, _, said) in run_tests(api, made).items():
        if score or said.startswith(TAMPERED_MESSAGE):  # such a test had passed before the canaries ran
            found.append(f"without answers, it passes {name}")
    if found:
        raise Problem(
            "This release must not be handed out, and was not kept. If it shows a line, put that line between BEGIN "
            "and END marks in the source. If it passes a test, make the test fail where there is no answer:\n"
            + "\n".join(found)
        )


def faults(notebook: nbformat.NotebookNode) -> list[str]:
    """Find faults of a source notebook that nbgrader accepts in a release, and that break the grading later.

    Returns:
        One line per fault, with the cell's number and `grade_id`.
    """
    found, names = [], []
    for number, cell in enumerate(notebook.cells):
        metadata = cell.metadata.get("nbgrader")
        if not metadata:
            continue
        name = grade_id_of(cell)
        where = f"cell {number} ({name})"
        if name in names:
            found.append(f"{where}: another cell has the same grade_id; give it one of its own")
        if metadata.get("task") and not metadata.get("locked"):
            found.append(f"{where}: a task cell must be locked; otherwise grading stops at every submission")
        if metadata.get("grade") and not metadata.get("solution") and "assert" not in cell.source:
            found.append(f"{where}: a test cell needs an assert; without one, every submission gets its points")
        names.append(name)
    return found


def run_tests(api: NbGraderAPI, notebook: nbformat.NotebookNode) -> dict[str, tuple]:
    """Run a notebook in place, in the way in which submissions are run.

    Returns:
        {grade_id: (score, largest score, message of the error)}. The score is None where a person has to grade.
    """
    executed, _ = Execute(config=api.config).preprocess(notebook, {"metadata": {}})
    scores = {}
    for cell in executed.cells:
        if utils.is_grade(cell):
            said = [output.evalue for output in cell.get("outputs", []) if output.output_type == "error"]
            scores[grade_id_of(cell)] = (*utils.determine_grade(cell), " ".join(said))
    return scores


def leaks(source: nbformat.NotebookNode, made: nbformat.NotebookNode) -> list[str]:
    """Find lines of solutions and hidden tests in a release: in its cells, outputs and metadata.

    A line is no leak where the source also shows it to students in another place.

    Args:
        source: the source notebook.
        made: the release.
    """
    secret, shown = set(), set()
    for cell in source.cells:
        hidden, rest = _hidden_and_shown(cell)
        secret.update(hidden)
        shown.update(rest)
    secret = {line for line in secret - shown if re.search(r"\w", line)}
    texts = list(_texts(made))
    lines = {line.strip() for text in texts for line in text.splitlines()}
    long = [line for line in secret - lines if len(line) >= 20]  # a short line inside a sentence is no sign of a leak
    return sorted((secret & lines) | {line for line in long if any(line in text for text in texts)})


def _hidden_and_shown(cell):
    """The stripped lines of a source cell: those that a release must not contain, and the others."""
    metadata = cell.metadata.get("nbgrader") or {}
    lines = [line.strip() for line in cell.source.splitlines()]
    if metadata.get("solution") and not any("BEGIN SOLUTION" in line for line in lines):
        return lines, []
    hidden, rest, inside = [], [], False
    for line in lines:
        inside = inside or bool(re.search("BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)", line))
        (hidden if inside else rest).append(line)
        inside = inside and not re.search("END (SOLUTION|HIDDEN TESTS|MARK SCHEME)", line)
    return hidden, rest


def _texts(part):
    """Every string in a notebook, also the keys of its dictionaries."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(key)
            yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)
