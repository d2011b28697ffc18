"""The course's folder as nbgrader sees it: its settings, its grade book, its notebooks, its students."""

from pathlib import Path
from typing import NamedTuple

import nbformat
from alembic.script import ScriptDirectory
from nbgrader.apps import NbGraderAPI
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import create_engine, inspect, text
from traitlets.config.loader import PyFileConfigLoader

from .repair import with_ids

MOST_CELLS, MOST_SOURCE = 2_000, 1_000_000  # cells, and their characters, of what is handed in; no homework has so many


class Problem(Exception):
    """Something that the instructor has to mend before a command can go on. The text says what."""


class Said(NamedTuple):
    """A line that a command says: its text, and whether what it tells of was done."""

    text: str
    ok: bool = True


def open_course(folder="."):
    """The nbgrader API of the course in `folder`. Raises `Problem` where there is no nbgrader_config.py."""
    folder = Path(folder).resolve()
    if not (folder / "nbgrader_config.py").exists():
        raise Problem(f"Expected nbgrader_config.py in {folder}. Received: none. Go to the course's folder first.")
    config = PyFileConfigLoader("nbgrader_config.py", str(folder)).load_config()
    config.CourseDirectory.root = str(folder)
    api = NbGraderAPI(config=config)
    _start_grade_book(api.coursedir.db_url)
    return api


def _start_grade_book(url):
    """Note the schema's version in a grade book that does not exist yet.

    nbgrader does so when it makes one, but asks a program for the version, `alembic`, which is found only where the
    virtual environment of this Python is activated. The same answer comes from alembic as a library.
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


def folder_of(coursedir, step, assignment, student="."):
    """The folder of an assignment in a step: "source", "release", "submitted", "autograded" or "feedback"."""
    return Path(coursedir.format_path(getattr(coursedir, f"{step}_directory"), student, assignment))


def notebook_of(coursedir, step, assignment, student="."):
    """The path of an assignment's notebook, which has the assignment's name."""
    return folder_of(coursedir, step, assignment, student) / f"{assignment}.ipynb"


def read_submission(path):
    """Read a notebook that a student handed in. Raises `Problem` as `read` does, and where it is too large."""
    notebook = read(path)
    cells, source = len(notebook.cells), sum(len(cell.source) for cell in notebook.cells)
    if cells > MOST_CELLS or source > MOST_SOURCE:
        raise Problem(
            f"Expected at most {MOST_CELLS:,} cells and {MOST_SOURCE:,} characters in them in {path.name}. Received: "
            f"{cells:,} cells and {source:,} characters. Ask for the notebook again, without what is not part of it."
        )
    return notebook


def read(path):
    """Read a notebook; every cell of it has an id. Raises `Problem` where there is none, or where it is none."""
    try:
        return with_ids(_checked(nbformat.read(path, as_version=4)))
    except FileNotFoundError:
        raise Problem(
            f"Expected the notebook {path.name} in {path.parent}. Received: no such file. The command release makes "
            "the one in the folder release, and collect those in the folder submitted. Run that command first."
        ) from None
    except Exception as error:  # nbformat raises many kinds for what people hand in
        raise Problem(
            f"{path.name} is not a notebook that can be read ({type(error).__name__}). Expected a Jupyter notebook of "
            "version 4. Ask for it again, or mend it by hand and collect it again."
        ) from error


def _checked(notebook):
    """A notebook whose cells can be relied on to be cells; nbformat reads more than that. Else raises ValueError."""
    if not isinstance(notebook.cells, list):
        raise ValueError
    for cell in notebook.cells:
        kinds = isinstance(cell.source, str), isinstance(cell.metadata, dict)
        if not all(kinds) or cell.cell_type not in ("code", "markdown", "raw"):
            raise ValueError
    return notebook


def assignments(coursedir):
    """Names of the assignments that have a source."""
    sources = folder_of(coursedir, "source", "*").parent
    return sorted(folder.name for folder in sources.glob("*") if (folder / f"{folder.name}.ipynb").exists())


def require_known(api, assignment):
    """Raise `Problem` where an assignment has no source."""
    if assignment not in assignments(api.coursedir):
        raise Problem(f"Unknown homework. Expected one of {assignments(api.coursedir)}. Received: {assignment!r}.")


def students(coursedir, assignment):
    """Names of the students who handed in an assignment."""
    submitted = folder_of(coursedir, "submitted", assignment, "*").parents[1]
    return sorted(folder.name for folder in submitted.glob("*") if (folder / assignment).is_dir())
