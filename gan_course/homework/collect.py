"""Takes submissions in: from a folder, or from a zip as Moodle or Canvas exports it.

nbgrader's own `zip_collect` wants a regular expression for each platform, keeps names like `hw1 (1).ipynb`, which
grading then passes over, and stops at the first student who handed in twice.
"""

import datetime
import io
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

MOST_BYTES, MOST_ZIP_BYTES = 20_000_000, 200_000_000  # of a notebook, and of a student's zip; more is named, not taken
_MOODLE = re.compile(r"(?P<name>[^/_]+)_(?P<id>\d+)_assignsubmission_file")
_CANVAS = re.compile(r"(?P<name>[^/_]+)_(?:LATE_)?(?P<id>\d+)_\d+_[^/]+$")
_JUNK = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.[^/]*|Thumbs\.db)(/|$)")
_UNREADABLE = (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, OSError, EOFError)


class Found(NamedTuple):
    """A notebook that was handed in: whose, their name if the platform gave it, where it lay, when, and its bytes."""

    student: str
    name: str
    path: str
    when: float
    data: bytes


class _File(NamedTuple):
    """A file: where it lies; the path that says whose it is, which for a file in a student's zip is the zip's."""

    path: str
    owner: str
    when: float
    size: int
    read: callable


def student_of(path, assignment):
    """Who handed in the file at `path`, whose first part no student can choose: (id, name), or None.

    Moodle: `Ada Lovelace_4711_assignsubmission_file/hw1.ipynb`, by participant number. Canvas:
    `lovelaceada_4711_990_hw1.ipynb`, by user number. Else a folder's name, `ada/hw1.ipynb`, or the file's,
    `hw1_ada.ipynb`. (A single file in a single folder, without a platform's pattern, goes by its own name first.)
    """
    first, _, rest = path.partition("/")
    match = _MOODLE.match(first) or (None if rest else _CANVAS.match(first))
    if match:
        return match["id"], match["name"]
    if not rest:
        stem = first.rpartition(".")[0]
        match = re.fullmatch(rf"(?:{re.escape(assignment)}[_-](.+)|(.+)[_-]{re.escape(assignment)})", stem)
        first = (match[1] or match[2]) if match else ""
    student = re.sub(r"[^\w.@+-]+", "-", first).strip(".-")
    return (student, "") if student else None


def find(source, assignment):
    """Find what was handed in at `source`, a folder or a zip file, also in the students' own zips inside it.

    Args:
        source: path of the folder or of the zip.
        assignment: name of the assignment, such as "hw1".

    Returns:
        A list of `Found`, one of each student: of several one that has the assignment's name, and of these the newest.
        And a list of lines: what was not taken, and why.

    Raises:
        FileNotFoundError: `source` is neither a folder nor a zip file that can be read.
    """
    found, refused = {}, []
    files = [file for file in _files(Path(source), refused) if not _JUNK.search(file.path)]
    top = _common_folder([file.owner for file in files])
    for file in files:
        who = student_of(file.owner[len(top) :], assignment) or student_of(file.owner, assignment)
        data = _notebook(file, who, refused)
        if data is None:
            continue
        new = Found(*who, file.path, file.when, data)
        old = found.get(new.student, new)
        second, found[new.student] = sorted((old, new), key=lambda item: _rank(item, assignment))
        if old.data != new.data:
            refused.append(f"{second.path}: {new.student} handed in twice; {found[new.student].path} was taken")
    return sorted(found.values()), refused


def _rank(item, assignment):
    return assignment.lower() in item.path.rpartition("/")[2].lower(), item.when, item.path


def _common_folder(paths):
    """The folder that all paths lie in, with its slash: part of the archive, and nobody's name."""
    folders = [path.rpartition("/")[0] for path in paths]
    shared = os.path.commonpath(folders).split("/") if folders else []
    own = next((number for number, part in enumerate(shared) if _MOODLE.match(part)), len(shared))  # a student's
    return "".join(f"{part}/" for part in shared[:own] if part)


def _notebook(file, who, refused):
    """The bytes of a file, or None after saying why it is not taken."""
    if not file.path.lower().endswith(".ipynb"):
        refused.append(f"{file.path}: no notebook, which ends in .ipynb")
    elif who is None:
        refused.append(f"{file.path}: nothing says whose it is; put it in a folder that has the student's name")
    elif file.size > MOST_BYTES:
        refused.append(f"{file.path}: more than {MOST_BYTES / 1e6:g} MB")
    else:
        try:
            return file.read()
        except _UNREADABLE as error:
            refused.append(f"{file.path}: cannot be read ({error})")
    return None


def _files(source, refused):
    """Every `_File` in a folder or a zip, and in the zips in it."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.is_symlink():
                name, stat = path.relative_to(source).as_posix(), path.stat()
                yield from _opened(_File(name, name, stat.st_mtime, stat.st_size, path.read_bytes), refused)
    elif zipfile.is_zipfile(source):
        for file in _in_zip(source):
            yield from _opened(file, refused)
    else:
        raise FileNotFoundError(f"Expected a folder or a zip file. Received: {str(source)!r}, which is neither.")


def _in_zip(source, outer=None):
    """The files in a zip: of a class's, or, with `outer`, of a student's in it."""
    archive = zipfile.ZipFile(source)  # stays open: the files are read later
    for item in archive.infolist():
        name = item.filename.lstrip("/")
        path = f"{outer}/{name}" if outer else name
        try:
            when = datetime.datetime(*item.date_time).timestamp()
        except (ValueError, OverflowError):  # a date that no calendar has
            when = 0.0
        if not item.is_dir():
            yield _File(path, outer or path, when, item.file_size, lambda item=item: archive.read(item))


def _opened(file, refused):
    """A file as it is, or what is in it where it is a student's zip."""
    if not file.path.lower().endswith(".zip"):
        yield file
    elif file.size > MOST_ZIP_BYTES:
        refused.append(f"{file.path}: more than {MOST_ZIP_BYTES / 1e6:g} MB")
    else:
        try:
            yield from list(_in_zip(io.BytesIO(file.read()), outer=file.path))
        except _UNREADABLE as error:
            refused.append(f"{file.path}: a zip file that cannot be opened ({error})")
