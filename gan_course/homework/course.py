"""The course's folder as nbgrader sees it: settings, grade book, notebooks and students."""

import re
from pathlib import Path
from typing import NamedTuple

import nbformat
from alembic.script import ScriptDirectory
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import create_engine, inspect, text
from traitlets.config.loader import PyFileConfigLoader

from .names import Origin, origin_of
from .repair import with_ids
from .text import one_line

MOST_CELLS = 2_000  # cells in a submission
MOST_SOURCE = 1_000_000  # characters in all cells of a submission
_PLACE = "handed_in_as.txt"  # a file beside the submitted notebook, which holds the name that the platform gave


class Problem(Exception):
    """Something that the instructor has to correct before a command can continue. The text says what."""


class Said(NamedTuple):
    """A line that a command prints.

    Attributes:
        text: the line, without a line end.
        ok: whether the step that the line reports was done. A command's exit status is 1 where one step was not.
    """

    text: str
    ok: bool = True


def open_course(folder: str | Path = ".") -> NbGraderAPI:
    """Open the course in a folder.

    Args:
        folder: path of the folder that contains nbgrader_config.py. Defaults to the current folder.

    Returns:
        nbgrader's API of this course.

    Raises:
        Problem: the folder contains no nbgrader_config.py.
    """
    folder = Path(folder).resolve()
    if not (folder / "nbgrader_config.py").exists():
        raise Problem(
            f"Expected the file nbgrader_config.py in {folder}. Received: no such file. Go to the course's folder "
            "first: cd notebooks/homework"
        )
    config = PyFileConfigLoader("nbgrader_config.py", str(folder)).load_config()
    config.CourseDirectory.root = str(folder)
    api = NbGraderAPI(config=config)
    _start_grade_book(api.coursedir.db_url)
    return api


def _start_grade_book(url):
    """Write the schema's version into a grade book that does not exist yet.

    nbgrader does the same when it creates one, but it asks the program `alembic` for the version. That program is found
    only where the virtual environment of this Python is activated. Here the library `alembic` is asked instead.
    """
    engine = create_engine(url)
    if not inspect(engine).get_table_names():
        version = ScriptDirectory(ALEMBIC_DIR).get_current_head()
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(
                text("INSERT INTO alembic_version (version_num) VALUES (:version)"), {"version": version}
            )
    engine.dispose()


def folder_of(coursedir, step: str, assignment: str, student: str = ".") -> Path:
    """The folder of an assignment in one step of nbgrader's work.

    Args:
        coursedir: nbgrader's `CourseDirectory`.
        step: "source", "release", "submitted", "autograded" or "feedback".
        assignment: name of the assignment, such as "hw1".
        student: id of the student. Defaults to ".", for the steps "source" and "release".
    """
    return Path(coursedir.format_path(getattr(coursedir, f"{step}_directory"), student, assignment))


def notebook_of(coursedir, step: str, assignment: str, student: str = ".") -> Path:
    """The path of an assignment's notebook, which has the assignment's name. The arguments are those of `folder_of`."""
    return folder_of(coursedir, step, assignment, student) / f"{assignment}.ipynb"


def read_submission(path: Path) -> nbformat.NotebookNode:
    """Read a notebook that a student handed in.

    Args:
        path: path of the notebook.

    Raises:
        Problem: the notebook cannot be read, or it is too large.
    """
    notebook = read(path)
    cells, source = len(notebook.cells), sum(len(cell.source) for cell in notebook.cells)
    if cells > MOST_CELLS or source > MOST_SOURCE:
        raise Problem(
            f"Expected at most {MOST_CELLS:,} cells with {MOST_SOURCE:,} characters in {path.name}. Received: "
            f"{cells:,} cells with {source:,} characters. Ask for the notebook again, with the homework's cells only."
        )
    return notebook


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook. Every cell of the result has an id.

    Args:
        path: path of the notebook.

    Raises:
        Problem: the file does not exist, or is not a notebook.
    """
    try:
        return with_ids(_require_cells(nbformat.read(path, as_version=4)))
    except FileNotFoundError:
        raise Problem(
            f"Expected the notebook {path.name} in {path.parent}. Received: no such file. The command `release` makes "
            "the notebook in the folder `release`, the command `collect` those in the folder `submitted`. First run "
            "the one that makes the missing notebook."
        ) from None
    except Exception as error:  # nbformat raises many kinds of errors for damaged files
        raise Problem(
            f"{path.name} is not a notebook that can be read ({type(error).__name__}). Expected a Jupyter notebook of "
            "version 4. Ask the student for it again, or repair the file by hand, and collect it again."
        ) from error


def _require_cells(notebook):
    """Return the notebook. Raise ValueError if a part of it is no valid cell: nbformat reads such notebooks, too."""
    if not isinstance(notebook.cells, list):
        raise ValueError
    for cell in notebook.cells:
        has_types = isinstance(cell.source, str) and isinstance(cell.metadata, dict)
        if not has_types or cell.cell_type not in ("code", "markdown", "raw"):
            raise ValueError
    return notebook


def assignments(coursedir) -> list[str]:
    """Names of the assignments that have a source notebook."""
    sources = folder_of(coursedir, "source", "*").parent
    return sorted(folder.name for folder in sources.glob("*") if (folder / f"{folder.name}.ipynb").exists())


def require_assignment(api: NbGraderAPI, assignment: str) -> None:
    """Raise `Problem` where an assignment has no source notebook."""
    if assignment not in assignments(api.coursedir):
        raise Problem(
            f"Unknown homework. Expected one of {assignments(api.coursedir)}. Received: {assignment!r}. "
            "Choose one of these."
        )


def homework_and_variant(assignment: str) -> tuple[str, int | None]:
    """Split the name of an assignment: ("hw1", 7) for "hw1-v7", and ("hw1", None) for "hw1"."""
    match = re.fullmatch(r"(.+)-v(\d+)", assignment)
    return (match[1], int(match[2])) if match else (assignment, None)


def family(coursedir, homework: str) -> list[str]:
    """Names of the assignments that are this homework or a variant of it, in the order of their numbers."""
    found = [name for name in assignments(coursedir) if homework in (name, homework_and_variant(name)[0])]
    return sorted(found, key=lambda name: homework_and_variant(name)[1] or 0)


def students(coursedir, assignment: str) -> list[str]:
    """Ids of the students who handed in an assignment."""
    submitted = folder_of(coursedir, "submitted", assignment, "*").parents[1]
    return sorted(folder.name for folder in submitted.glob("*") if (folder / assignment).is_dir())


def note_place(coursedir, assignment: str, student: str, place: str) -> None:
    """Write down how a platform named the folder or file of a submission, which was collected just now.

    Where no platform made the name, an earlier note stays. So a notebook that came by e-mail still goes back to Moodle.

    Args:
        coursedir: nbgrader's `CourseDirectory`.
        assignment: name of the assignment.
        student: id of the student.
        place: name of the folder or file.
    """
    path = folder_of(coursedir, "submitted", assignment, student) / _PLACE
    if origin_of(place, homework_and_variant(assignment)[0]).platform or not path.exists():
        path.write_text(place, encoding="utf-8")


def place_of(coursedir, assignment: str, student: str) -> str:
    """What `note_place` wrote down for a submission, or ""."""
    path = folder_of(coursedir, "submitted", assignment, student) / _PLACE
    return path.read_text(encoding="utf-8") if path.exists() else ""


def origin(coursedir, assignment: str, student: str) -> Origin:
    """The platform from which a submission came, the student's number there, and whether it was late."""
    return origin_of(place_of(coursedir, assignment, student), homework_and_variant(assignment)[0])


def name_in(gradebook: Gradebook, student: str) -> str:
    """A student's name in the grade book, or ""."""
    try:
        person = gradebook.find_student(student)
    except MissingEntry:
        return ""
    return " ".join(filter(None, (person.first_name, person.last_name)))


def label_of(api: NbGraderAPI, student: str, assignment: str = "") -> str:
    """How commands name a student: "4711 (Ada Lovelace)", or the id alone where it is the name.

    Where the assignment is a variant, its name follows: "ada, hw1-v7".
    """
    with api.gradebook as gradebook:
        name = name_in(gradebook, student)
    label = f"{student} ({one_line(name)})" if name else student
    return label if homework_and_variant(assignment)[1] is None else f"{label}, {assignment}"


def chosen_students(api: NbGraderAPI, assignment: str, student: str | None = None) -> list[str]:
    """Ids of the students that a command works on.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the assignment.
        student: id of the only student. Defaults to None: all who handed in the assignment.

    Raises:
        Problem: nobody handed in the assignment, or this student did not.
    """
    names = students(api.coursedir, assignment)
    if not names:
        raise Problem(
            f"Expected submissions of {assignment!r}. Received: none. Collect them first: "
            f"python -m gan_course.homework collect {assignment} FOLDER_OR_ZIP"
        )
    if student and student not in names:
        raise Problem(f"Unknown student. Expected one of {names}. Received: {student!r}. Choose one of these.")
    return [student] if student else names


def chosen_submissions(api: NbGraderAPI, homework: str, student: str | None = None) -> list[tuple[str, str]]:
    """The submissions of a homework and of its variants that a command works on.

    Args:
        api: nbgrader's API of the course.
        homework: name of the homework, such as "hw1", or of one variant, such as "hw1-v7".
        student: id of the only student. Defaults to None: all.

    Returns:
        Pairs of an assignment and of a student's id.

    Raises:
        Problem: nobody handed in the homework, or this student did not.
    """
    there = {name: students(api.coursedir, name) for name in family(api.coursedir, homework)}
    members = [name for name, ids in there.items() if (student in ids if student else ids)]
    members = members or [name for name, ids in there.items() if ids][:1] or [homework]
    return [(name, someone) for name in members for someone in chosen_students(api, name, student)]


def last_error(result: dict) -> str:
    """The last error that a step of nbgrader logged, in one line. `result` is what nbgrader's API returned."""
    lines = (result.get("log") or result["error"]).strip().splitlines()
    errors = [line for line in lines if "Error" in line]
    return one_line((errors or lines)[-1])
