"""Takes submissions in: from a folder, or from a zip as Moodle or Canvas exports it.

nbgrader's own `zip_collect` wants a regular expression for each platform, keeps names like `hw1 (1).ipynb`, which
grading then passes over, and stops at the first student who handed in twice.
"""

import io
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

MOST_BYTES = 20_000_000  # of a notebook; a larger one is named, not taken
_MOODLE = re.compile(r"(?:^|/)(?P<name>[^/_]+)_(?P<id>\d+)_assignsubmission_file")
_CANVAS = re.compile(r"(?:^|/)(?P<name>[^/_]+)_(?:LATE_)?(?P<id>\d+)_\d+_[^/]+$")
_FOLDER = re.compile(r"(?:^|/)(?P<id>[^/]+)/[^/]+$")
_SKIPPED = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\._[^/]*)(/|$)")


class Found(NamedTuple):
    """A notebook that was handed in: whose, their name if the platform gave it, where it lay, when, and its bytes."""

    student: str
    name: str
    path: str
    when: float
    data: bytes


def student_of(path, assignment):
    """Who handed in the notebook at `path`: (id, name), or None where the path does not say.

    Moodle: `Ada Lovelace_4711_assignsubmission_file/hw1.ipynb`, by participant number. Canvas:
    `lovelaceada_4711_990_hw1.ipynb`, by user number. Else a folder's name, `ada/hw1.ipynb`, or the file's,
    `hw1_ada.ipynb`.
    """
    for pattern in (_MOODLE, _CANVAS):
        if match := pattern.search(path):
            return match["id"], match["name"]
    stem = path.rsplit("/", 1)[-1].removesuffix(".ipynb")
    if match := re.fullmatch(rf"(?:{assignment}[_-](?P<after>.+)|(?P<before>.+)[_-]{assignment})", stem):
        student = match["after"] or match["before"]
    elif match := _FOLDER.search(path):
        student = match["id"]
    else:
        return None
    student = re.sub(r"[^\w.@+-]+", "-", student).strip(".-")
    return (student, "") if student else None


def find(source, assignment):
    """Find what was handed in at `source`, a folder or a zip file, also in zip files inside it.

    Args:
        source: path of the folder or of the zip.
        assignment: name of the assignment, such as "hw1".

    Returns:
        A list of `Found`, the newest one of each student, and a list of lines: what was not taken, and why.

    Raises:
        FileNotFoundError: `source` is neither a folder nor a zip file.
    """
    found, refused = {}, []
    for path, when, read in _files(Path(source), refused):
        if _SKIPPED.search(path) or not path.endswith(".ipynb"):
            continue
        who = student_of(path, assignment)
        if who is None:
            refused.append(f"{path}: nothing says whose it is; put it in a folder that has the student's name")
            continue
        data = read()
        if data is None:
            refused.append(f"{path}: more than {MOST_BYTES / 1e6:g} MB")
            continue
        new = Found(*who, path, when, data)
        old = found.get(new.student)
        if old and old.data != new.data:
            older, new = sorted((old, new), key=lambda item: (item.when, item.path))
            refused.append(f"{older.path}: {new.student} handed in twice; {new.path} is newer")
        found[new.student] = new
    return sorted(found.values()), refused


def _files(source, refused):
    """(path, time, function that reads it) of every file in a folder or a zip, and in the zips in it."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.is_symlink():
                name, when = path.relative_to(source).as_posix(), path.stat().st_mtime
                if path.suffix == ".zip":
                    yield from _in_zip(name, path, refused)
                else:
                    yield name, when, lambda path=path: _read(path.stat().st_size, path.read_bytes)
    elif zipfile.is_zipfile(source):
        yield from _in_zip("", source, refused)
    else:
        raise FileNotFoundError(f"Expected a folder or a zip file. Received: {str(source)!r}, which is neither.")


def _in_zip(name, file, refused):
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        refused.append(f"{name}: a zip file that cannot be opened")
        return
    with archive:
        for item in archive.infolist():
            path = _path_in(name, item.filename)
            read = lambda item=item: _read(item.file_size, lambda: archive.read(item))  # noqa: E731
            if item.filename.endswith(".zip") and not name and (data := read()):
                yield from _in_zip(path, io.BytesIO(data), refused)
            elif not item.is_dir():
                yield path, item.date_time, read


def _path_in(zip_name, path):
    """Where a file in a zip belongs: a student's zip lies in the student's folder, whatever folders are in it."""
    if zip_name and not _MOODLE.search(path) and not _CANVAS.search(path):
        path = path.rsplit("/", 1)[-1]
    return f"{zip_name.rpartition('/')[0]}/{path}".lstrip("/")


def _read(size, read):
    return read() if size <= MOST_BYTES else None
