"""Makes the notebook that students get, and makes sure of it: nbgrader's `generate_assignment` runs no test."""

import re
import time

from nbgrader import utils

from .canaries import ACCUSED
from .course import Problem, notebook_of, read, require_known
from .execute import Execute
from .repair import grade_id_of


def release(api, assignment):
    """Release an assignment. Yields lines that say what was done.

    The instructor's answers must pass every test; the release must score 0 as it is, and hold no line of a solution or
    of a hidden test. Raises `Problem` where that is not so, and leaves the release as it was.
    """
    require_known(api, assignment)
    source = read(notebook_of(api.coursedir, "source", assignment))
    if found := problems(source):
        raise Problem(f"{assignment} is not ready. Correct these cells of its source:\n" + "\n".join(found))

    start, limit = time.monotonic(), Execute(config=api.config).seconds
    if failed := [f"{name}: {said}" for name, (score, most, said) in points(api, source).items() if _lost(score, most)]:
        raise Problem(
            "The instructor's own answers lose points. Expected full points in every test. Correct the answers or the "
            "tests in the source notebook. Received:\n" + "\n".join(failed)
        )
    seconds = time.monotonic() - start
    yield f"{assignment}: the instructor's answers pass every test, in {seconds:.0f} s; {limit} s are allowed"
    if seconds > limit / 2:
        more = f"c.Execute.seconds = {3 * seconds:.0f} and c.Execute.timeout = {2 * seconds:.0f}"
        yield f"  a slow machine: set {more} in nbgrader_config.py"

    path = notebook_of(api.coursedir, "release", assignment)
    before = path.read_bytes() if path.exists() else None
    try:
        _make(api, assignment, path)
    except BaseException:  # Ctrl-C, too: what was not tried is not handed out
        path.unlink(missing_ok=True)
        if before is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(before)
        raise
    yield "  untouched, it scores 0; no line of a solution or of a hidden test is in it"
    yield f"  hand out {path.relative_to(api.coursedir.root)}"


def _make(api, assignment, path):
    """Let nbgrader make the release, and try it."""
    result = api.generate_assignment(assignment)
    if not result["success"]:
        said = result.get("log", "") + result["error"]
        if "Cannot add or remove cells" in said:
            raise Problem(
                "Graded cells cannot be added, removed or renamed any more: there are submissions already. Undo that "
                "change in the source, or release it as a homework of another name."
            )
        raise Problem(f"nbgrader could not make the release:\n{said}")
    made = read(path)
    found = [f"gives away: {line}" for line in leaks(read(notebook_of(api.coursedir, "source", assignment)), made)]
    for name, (score, _, said) in points(api, made).items():
        if score or said.startswith(ACCUSED):  # it had passed before the canaries looked
            found.append(f"untouched, it passes {name}")
    if found:
        raise Problem(
            "The release is not fit to be handed out, and was not kept. Put what it gives away between BEGIN and END "
            "marks in the source, and make tests fail that pass without an answer:\n" + "\n".join(found)
        )


def _lost(score, most):
    return score is not None and score < most


def problems(notebook):
    """What would break grading later, and what nbgrader lets pass at a release. A list of lines."""
    found, names = [], []
    for number, cell in enumerate(notebook.cells):
        metadata = cell.metadata.get("nbgrader")
        if not metadata:
            continue
        name = grade_id_of(cell)
        where = f"cell {number} ({name})"
        if name in names:
            found.append(f"{where}: another cell has this grade_id")
        if metadata.get("task") and not metadata.get("locked"):
            found.append(f"{where}: a task cell must be locked, or grading stops at every submission")
        if metadata.get("grade") and not metadata.get("solution") and "assert" not in cell.source:
            found.append(f"{where}: a test cell without an assert gives its points to anyone")
        names.append(name)
    return found


def points(api, notebook):
    """Run a notebook as a submission is run, in place.

    Returns:
        {grade_id: (score, most, what failed)}; the score is None where a person has to grade.
    """
    executed, _ = Execute(config=api.config).preprocess(notebook, {"metadata": {}})
    scores = {}
    for cell in executed.cells:
        if utils.is_grade(cell):
            said = [output.evalue for output in cell.get("outputs", []) if output.output_type == "error"]
            scores[grade_id_of(cell)] = (*utils.determine_grade(cell), " ".join(said))
    return scores


def leaks(source, made):
    """Lines of solutions and hidden tests that are anywhere in a release: cells, outputs, metadata.

    A line that the student is shown elsewhere anyway gives nothing away.
    """
    secret, shown = set(), set()
    for cell in source.cells:
        hidden, rest = _split(cell)
        secret.update(hidden)
        shown.update(rest)
    secret = {line for line in secret - shown if re.search(r"\w", line)}
    texts = list(_texts(made))
    lines = {line.strip() for text in texts for line in text.splitlines()}
    long = [line for line in secret - lines if len(line) >= 20]
    return sorted((secret & lines) | {line for line in long if any(line in text for text in texts)})


def _split(cell):
    """The stripped lines of a source cell: those that a release must not have, and the others."""
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
    """Every string in a notebook, keys included."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(key)
            yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)
