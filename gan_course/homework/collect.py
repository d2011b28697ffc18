"""The command `collect`: collects submissions from a folder, or from a zip that Moodle, Canvas or Gradescope exported.

nbgrader's own `zip_collect` is not used. It needs a regular expression for each platform. It keeps file names such as
`hw1 (1).ipynb`, which its grading then ignores. And it stops at the first student who handed in twice.
"""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import MissingEntry
from nbgrader.apps import NbGraderAPI

from . import gradescope
from .archives import OTHER_ARCHIVES, Refused, files_in, refusal
from .course import (
    Problem,
    Said,
    assignments,
    homework_and_variant,
    note_place,
    notebook_of,
    require_assignment,
    students,
)
from .handout import assignment_for
from .names import is_students_folder, student_of, without_copy_marks
from .text import one_line


class Submission(NamedTuple):
    """A notebook that a student handed in.

    Attributes:
        student: the student's id.
        name: the student's name, or "" where it is the same as the id.
        path: path of the file below the folder or in the zip.
        modified: when the file was changed last, in seconds since 1970.
        data: the notebook's bytes, in UTF-8.
        remark: says from which other encoding the notebook was converted. Defaults to "": from none.
        place: name of the student's folder or file in the export. Defaults to "".
    """

    student: str
    name: str
    path: str
    modified: float
    data: bytes
    remark: str = ""
    place: str = ""


def collect(api: NbGraderAPI, assignment: str, source: str | Path) -> Iterator[Said]:
    """Collect submissions from a folder or a zip file.

    Args:
        api: nbgrader's API of the course.
        assignment: name of the assignment, such as "hw1". A notebook of a variant is stored as one of hw1-v7, say.
        source: path of the folder or of the zip file.

    Yields:
        One line per student whose submission was collected, one per file that was not, and one with both numbers. The
        last one is `ok` where at least one submission was collected.

    Raises:
        Problem: the assignment has no source notebook.
        FileNotFoundError: `source` is neither a folder nor a zip file that can be read.
    """
    require_assignment(api, assignment)
    known = {student for other in assignments(api.coursedir) for student in students(api.coursedir, other)}
    found, refused = find_submissions(source, assignment, known)
    count = 0
    for item in found:
        try:
            target, remark = assignment_for(api.coursedir, assignment, item.student, item.name, item.data)
        except Problem as problem:
            refused.append(refusal(item.path, problem))
            continue
        yield Said(one_line("; ".join(filter(None, (_store(api, target, item), item.remark, remark)))))
        count += 1
    yield from (Said(one_line(f"not collected: {text}", 500)) for text in refused)
    yield Said(f"{count} submissions collected, {len(refused)} files not collected", ok=bool(count))


def _store(api, assignment, item):
    """Write a submission into the course's folder. Returns a text that says so."""
    path = notebook_of(api.coursedir, "submitted", assignment, item.student)
    existed = path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not existed or path.read_bytes() != item.data:  # a file that is the same need not be graded again
        path.write_bytes(item.data)
    note_place(api.coursedir, assignment, item.student, item.place)
    _add_student(api, item.student, item.name)
    said = f"{item.student}: {'replaced the earlier submission with' if existed else 'collected'} {item.path}"
    return said if homework_and_variant(assignment)[1] is None else f"{said} as {assignment}"


def _add_student(api, student, name):
    """Add a student to the grade book, with the name that Moodle or Canvas gave."""
    first, _, last = name.partition(" ")
    with api.gradebook as gradebook:
        try:
            gradebook.find_student(student)
        except MissingEntry:
            gradebook.add_student(student, first_name=first, last_name=last)


def find_submissions(
    source: str | Path, assignment: str, known: Iterable[str] = ()
) -> tuple[list[Submission], list[str]]:
    """Find the submissions in a folder or a zip file, also in the students' own zips inside it.

    Args:
        source: path of the folder or of the zip file.
        assignment: name of the assignment, such as "hw1".
        known: ids of students who handed something in before. Defaults to none.

    Returns:
        A list of `Submission`, and a list of lines that say which files were not collected, and why. If a student
        handed in several notebooks, one is collected: one whose name contains the assignment's name, and of these the
        newest. If two names lead to one student, nothing of theirs is collected.

    Raises:
        FileNotFoundError: `source` is neither a folder nor a zip file that can be read.
    """
    refused = []
    files = files_in(source, refused)
    owners = [file.owner for file in files if re.search(r"\.(ipynb(\.txt|\.json)?|zip)$", file.path, re.IGNORECASE)]
    places = _student_places(owners, without_copy_marks(Path(source).stem), assignment)
    metadata = [file for file in files if file.path == places[0] + gradescope.METADATA]
    submitters = gradescope.submitters(metadata[0].read()) if metadata else {}
    by_student = {}
    for file in files:
        if file in metadata:
            continue
        try:
            _require_notebook(file.path)
            student, name = _owner_of(file.owner, *places, assignment)
            name = name or submitters.get(student, "")
            place = file.owner.removeprefix(places[0]).partition("/")[0]
            new = Submission(student, name, file.path, file.modified, *_to_utf8(file.read()), place)
        except Refused as reason:
            refused.append(refusal(file.path, reason))
        else:
            by_student.setdefault(_same_folder_key(student), []).append(new)
    before = {_same_folder_key(student): student for student in known}
    found = [_choose(items, before.get(key), assignment, refused) for key, items in by_student.items()]
    return sorted(item for item in found if item), refused


def _same_folder_key(student):
    """A text that is equal for two ids that would share a folder on file systems that ignore capital letters."""
    return student.casefold()


def _choose(items, before, assignment, refused):
    """The one of a student's submissions that counts, or None where they may belong to two students.

    `before` is the id of a student who handed in something before under the same `_same_folder_key`, or None. Reasons
    why the other submissions were not collected are appended to `refused`.
    """
    names = sorted({item.name or item.student for item in items} | ({before} if before else set()))
    if len({item[:2] for item in items}) > 1 or before not in (None, items[0].student):
        reason = f"{' and '.join(map(repr, names))} would become one student, so none of them was collected. They have "
        reason += "the same number, or their names differ only in capital letters. Rename one of their folders or "
        reason += "files, and collect again"
        refused += [refusal(item.path, reason) for item in items]
        return None
    *others, best = sorted(items, key=lambda item: _rank(item, assignment))
    reason = f"{best.student} handed in more than once; {best.path} was collected"
    refused += [refusal(item.path, reason) for item in others if item.data != best.data]
    return best


def _rank(item, assignment):
    """A key that sorts a student's submissions: the last one counts."""
    return assignment.lower() in item.path.rpartition("/")[2].lower(), item.modified, item.path


def _student_places(owners, wrapper, assignment):
    """Find where in the paths the students' names stand.

    Args:
        owners: the paths that say whose the files are.
        wrapper: name of the folder or archive that was collected. Archives often contain a folder of the same name.
        assignment: name of the assignment.

    Returns:
        Two things. First, the common folder of all paths, with a slash at its end. It is part of the archive, and names
        no student. Second, a list of those parts of it that may name the only student. The list is empty where the
        paths below that folder name somebody.
    """
    owners = [owner for owner in owners if "/" in owner or student_of(owner, assignment)]
    top = _common_folder(owners)
    if any(student_of(owner.removeprefix(top), assignment) for owner in owners):
        return top, []
    not_a_student = (wrapper.lower(), assignment.lower())
    return top, [folder for folder in top.split("/")[:-1] if without_copy_marks(folder).lower() not in not_a_student]


def _common_folder(paths):
    """The folder that all paths lie in. It ends above the first folder that a platform made for a student."""
    folders = [path.rpartition("/")[0] for path in paths]
    shared = posixpath.commonpath(folders).split("/") if folders else []
    end = next((number for number, part in enumerate(shared) if is_students_folder(part)), len(shared))
    return "".join(f"{part}/" for part in shared[:end] if part)


def _owner_of(owner, top, folders, assignment):
    """(id, name) of the student that a path belongs to. Raises `Refused` where the path does not say it."""
    student = student_of(owner.removeprefix(top), assignment)
    if not student and owner.startswith(top) and len(folders) == 1:
        student = student_of(f"{folders[0]}/", assignment)
    if not student and len(folders) > 1:
        either = " or ".join(map(repr, folders))
        raise Refused(
            f"the student may be {either}; if you collected a zip, unpack it; then collect the folder that has one "
            "folder per student"
        )
    if not student:
        raise Refused(
            "the path does not say whose notebook it is; put it in a folder with the student's name, or rename it to "
            f"{assignment}_NAME.ipynb"
        )
    return student


def _require_notebook(path):
    """Raise `Refused` where a file's name is not that of a notebook."""
    if path.lower().endswith(OTHER_ARCHIVES):
        raise Refused("this kind of archive cannot be opened here; unpack it and collect again, or ask for a zip")
    if not re.search(r"\.ipynb(\.txt|\.json)?$", path, re.IGNORECASE):  # browsers add .txt or .json
        raise Refused("not a notebook: its name does not end in .ipynb")


def _to_utf8(data):
    """A notebook's bytes in UTF-8 without a byte order mark, and a remark if they were in another encoding."""
    encoding = json.detect_encoding(data)
    for name in (encoding, "cp1252", "latin-1"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or not text.lstrip().startswith("{"):  # UTF-8 already; or no notebook, which stays as it is
            return data, ""
        return text.encode(), "" if name == "utf-8-sig" else f"converted from {name} to UTF-8"
    return data, ""
