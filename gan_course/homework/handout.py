"""Who gets which variant of a homework: the course's secret, the table of students, and the variants' notebooks.

A variant is an assignment of its own for nbgrader, such as hw1-v7. `variants.py` says what it changes.
"""

import csv
import hashlib
import itertools
import secrets
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbgrader.apps import NbGraderAPI

from . import variants
from .course import Problem, family, folder_of, homework_and_variant, notebook_of, read, require_assignment, students
from .names import student_id

SECRET = "variants.key"  # files in the course's folder
TABLE = "variants.csv"
COLUMNS = ("homework", "student", "name", "variant")


class Given(NamedTuple):
    """A row of the table: which variant a student was given.

    Attributes:
        homework: name of the homework, such as "hw1".
        student: the student's id in the list that `release --students` was given.
        name: the student's name, or "".
        variant: number of the variant.
    """

    homework: str
    student: str
    name: str
    variant: int


def write_variant(api: NbGraderAPI, homework: str, number: int) -> str:
    """Write the source notebook of a variant into the course's folder. One that was handed in stays as it is.

    Args:
        api: nbgrader's API of the course.
        homework: name of the homework, such as "hw1".
        number: number of the variant, from 1 on.

    Returns:
        The name of the assignment, such as "hw1-v7".

    Raises:
        Problem: the homework has no variants, or not so many.
    """
    name = f"{homework}-v{number}"
    path = notebook_of(api.coursedir, "source", name)
    if path.exists() and students(api.coursedir, name):
        return name
    source, varied = _source_and_choices(api, homework)
    made = list(itertools.islice(_codebook(api, homework, source, varied), max(number, 0)))
    if not 1 <= number == len(made):
        most = len(made) or variants.MOST
        raise Problem(f"Expected the number of a variant of {homework}, from 1 to {most}. Received: {number}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(variants.variant_of(source, varied, made[-1], homework, number)), encoding="utf-8")
    return name


def _source_and_choices(api, homework):
    """The published notebook of a homework, and how its answers may differ. Raises `Problem` where nothing says it."""
    require_assignment(api, homework)
    source = read(notebook_of(api.coursedir, "source", homework))
    path = Path(api.coursedir.root) / "variants" / f"{homework}.toml"
    try:
        varied = variants.choices(source, path)
    except ValueError as error:
        raise Problem(str(error)) from error
    if not varied:
        raise Problem(
            f"Expected the file variants/{path.name}, which says how answers may differ. Received: no such file, or "
            f"an empty one. Release {homework} without variants, or write this file."
        )
    return source, varied


def _codebook(api, homework, source, varied):
    """The options of all variants of a homework in this course."""
    secret = f"{_secret(Path(api.coursedir.root))} {homework}"
    return variants.codebook(varied, variants.tested_points(source), secret)


def _secret(folder):
    """The course's secret. It is drawn when it is needed for the first time."""
    path = folder / SECRET
    if not path.exists():
        path.write_text(secrets.token_hex(16), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def give(api: NbGraderAPI, homework: str, roster: str | Path) -> list[Given]:
    """Give every student of a list a variant, and write the course's table.

    Who has a variant keeps it. Others get one of those that the fewest students have. Which of these follows from the
    student's id and the course's secret.

    Args:
        api: nbgrader's API of the course.
        homework: name of the homework.
        roster: path of a CSV file with the column `id`, and with `first_name` and `last_name`, if names are known.

    Returns:
        The rows of the students in the list.

    Raises:
        Problem: the list has no column `id`, or names a student twice.
    """
    folder = Path(api.coursedir.root)
    with open(roster, newline="", encoding="utf-8-sig") as file:
        people = [{key: (value or "").strip() for key, value in row.items() if key} for row in csv.DictReader(file)]
    ids = [person.get("id", "") for person in people]
    if not ids or not all(ids) or len(set(ids)) < len(ids):
        raise Problem(
            f"Expected a CSV file with a column `id`, in which each student has another id. Received: {roster}"
        )
    table = given(folder)
    known = {row.student: row for row in table if row.homework == homework}
    numbers = [
        number for number, _ in enumerate(_codebook(api, homework, *_source_and_choices(api, homework)), start=1)
    ]
    for person in people:
        if person["id"] not in known:
            name = " ".join(filter(None, (person.get("first_name"), person.get("last_name"))))
            number = _next_number(person["id"], known.values(), numbers, f"{_secret(folder)} {homework}")
            known[person["id"]] = Given(homework, person["id"], name, number)
    rows = [row for row in table if row.homework != homework] + list(known.values())
    with open(folder / TABLE, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return [known[name] for name in ids]


def _next_number(student, rows, numbers, secret):
    """The variant of a new student."""
    count = Counter(row.variant for row in rows)
    fewest = min(count[number] for number in numbers)
    free = [number for number in numbers if count[number] == fewest]
    return free[int(hashlib.sha256(f"{secret} {student}".encode()).hexdigest(), 16) % len(free)]


def given(folder: str | Path) -> list[Given]:
    """The rows of the course's table. Empty where there is none."""
    path = Path(folder) / TABLE
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return [Given(*(row[name] for name in COLUMNS[:3]), int(row["variant"])) for row in csv.DictReader(file)]


def assignment_for(coursedir, homework: str, student: str, name: str, data: bytes) -> tuple[str, str]:
    """The assignment to which a submission belongs: the homework, or one of its variants.

    The course's table counts. A student who is not in it has the variant that the notebook names. Where variants were
    released, no submission is taken as one of the published homework, whose answers everybody can read.

    Args:
        coursedir: nbgrader's `CourseDirectory`.
        homework: what is collected, such as "hw1".
        student: the student's id, as the platform or the path gave it.
        name: the student's name, or "".
        data: the notebook's bytes.

    Returns:
        The name of the assignment, and a remark, or "".

    Raises:
        Problem: there are variants, and nothing says which it is, or it was never released.
    """
    released = [one for one in family(coursedir, homework) if notebook_of(coursedir, "release", one).exists()]
    released = [one for one in released if homework_and_variant(one)[1] is not None]
    if homework_and_variant(homework)[1] is not None or not released:
        return homework, ""
    made, own = _number_in(data), _own_number(Path(coursedir.root), homework, student, name)
    number = made if own is None else own
    if number is None and len(released) == 1:
        return released[0], "its notebook names no variant"
    if number is None:
        raise Problem(f"nothing says which variant this is; add the student to {TABLE}, and collect again")
    target = f"{homework}-v{number}"
    if target not in released:
        raise Problem(f"its variant is {target}, which was not released here")
    if made not in (None, number):
        return target, f"it is variant {made}, but this student has variant {number}, whose tests count"
    is_listed = own is not None or not any(row.homework == homework for row in given(coursedir.root))
    return target, "" if is_listed else f"not in {TABLE}; the notebook says that it is variant {number}"


def _number_in(data):
    """The number of the variant that a notebook was made from, or None."""
    try:
        return variants.number_in(nbformat.reads(data.decode(), as_version=4))
    except Exception:  # a file that is no notebook is reported when it is graded
        return None


def _own_number(folder, homework, student, name):
    """The variant that the table gives a student, found by id, or by name where only one has it. Or None."""
    rows = [row for row in given(folder) if row.homework == homework]
    by_id = [row for row in rows if row.student == student]
    names = {text.casefold() for text in (student, name) if text}
    by_name = [row for row in rows if row.name.casefold() in names]
    found = by_id or by_name
    return found[0].variant if len(found) == 1 else None


def hand_out(api: NbGraderAPI, homework: str, rows: list[Given]) -> Path:
    """Copy each student's variant from the releases into a folder of the student's own.

    Returns:
        The folder that contains the students' folders.
    """
    folder = folder_of(api.coursedir, "release", f"{homework}-students")
    for row in rows:
        path = folder / student_id(row.student) / f"{homework}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook_of(api.coursedir, "release", f"{homework}-v{row.variant}").read_bytes())
    return folder
