"""Reads what was handed in, from a folder or a zip, and from the students' own zips inside it, within bounds.

Nothing is ever unpacked to the disk. What a zip's header says is not relied on: bytes are counted while they are read.
"""

import contextlib
import datetime
import io
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

MOST_BYTES, MOST_ZIP_BYTES = 20_000_000, 200_000_000  # of a notebook; of a student's zip, and of what is read out of it
MOST_FILES, MOST_DEPTH = 5_000, 3  # of a student's zip; and of zips in it
OTHER_ARCHIVES = (".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst")
_JUNK = re.compile(r"(^|/)(__MACOSX|\._[^/]*|\.(ipynb_checkpoints|DS_Store|git)|Thumbs\.db|desktop\.ini|Icon\r)(/|$)")
_HIDDEN = re.compile(r"(^|/)\.")
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(RuntimeError, NotImplementedError, OSError, EOFError, ValueError),
)


class File(NamedTuple):
    """A file: where it lies, the path that says whose it is, when it was changed, and a function that gives its bytes.

    For a file in a student's zip, the zip's path says whose it is. The function raises `Refused` where it gives none.
    """

    path: str
    owner: str
    when: float
    read: callable


class Refused(Exception):
    """A file that is not taken. The text says why, and what to do."""


@dataclass
class _Submission:
    """A student's zip with all zips in it: the path that says whose it is, and the bytes that may still be read."""

    owner: str
    left: int


def refusal(path, why):
    """A line that names a file, however long its path is, and says why it is not taken."""
    short = path if len(path) <= 120 else f"{path[:60]}…{path[-59:]}"
    return f"{short}: {why}"


def files_in(source, refused):
    """Every file in a folder or a zip, and in the students' zips in it, as a list of `File`.

    Args:
        source: path of the folder or of the zip.
        refused: list of lines, to which is added what cannot be opened, and why.

    Raises:
        FileNotFoundError: `source` is neither a folder nor a zip file that can be read.
    """
    source = Path(source)
    files = _in_folder(source, refused) if source.is_dir() else _in_zip(_opened(source), None, "", refused)
    return [inner for file in files for inner in _with_inner(file, _Submission(file.owner, MOST_ZIP_BYTES), 0, refused)]


def _opened(source):
    try:
        return zipfile.ZipFile(source)  # it stays open: its files are read later
    except _UNREADABLE:
        other = " Unpack it first." if source.name.lower().endswith(OTHER_ARCHIVES) else ""
        raise FileNotFoundError(
            f"Expected a folder or a zip file. Received: {str(source)!r}, which "
            f"{'is neither' if source.exists() else 'does not exist'}.{other}"
        ) from None


def _in_folder(source, refused):
    for path in sorted(source.rglob("*")):
        try:
            # On Linux a zip from Windows may have been unpacked to names with backslashes.
            name = _inside(path.relative_to(source).as_posix().replace("\\", "/"))
            if _JUNK.search(name):
                continue
            if path.is_symlink():
                raise Refused("a link, which is not followed; put the file itself there")
            if path.is_file():
                _require_seen(name)
                read = partial(_bounded, partial(path.open, "rb"), _most(name))
                yield File(name, name, path.stat().st_mtime, read)
        except Refused as why:
            refused.append(refusal(path.relative_to(source).as_posix(), why))


def _in_zip(archive, submission, outer, refused):
    """The files in a zip: of a class's, or, with a `_Submission`, of a student's that lies at the path `outer`."""
    for item in archive.infolist():
        name = _name(item)
        if name.endswith("/"):
            continue
        try:
            path = outer + _inside(name)
            if _JUNK.search(path):
                continue
            if stat.S_ISLNK(item.external_attr >> 16):
                raise Refused("a link, which is not followed; ask for the file itself")
            _require_seen(path)
        except Refused as why:
            refused.append(refusal(outer + name, why))
            continue
        owner = submission.owner if submission else path
        yield File(path, owner, _when(item), partial(_member, archive, item, _most(path)))


def _require_seen(path):
    """Raise `Refused` where a file, or a folder that it is in, is hidden."""
    if _HIDDEN.search(path):
        raise Refused("it or its folder is hidden, since the name begins with a dot; rename that and collect again")


def _most(path):
    return MOST_ZIP_BYTES if path.lower().endswith(".zip") else MOST_BYTES


def _inside(name):
    """A path that stays inside the folder or the zip. Raises `Refused`."""
    if ".." in name.split("/") or re.match("[a-zA-Z]:", name):
        raise Refused("its name leads out of the zip; ask for it again, or rename it")
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _name(item):
    """A name with "/". Many programs, macOS among them, write UTF-8 and do not say so; Python takes that for CP437."""
    name = item.filename
    if not item.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _when(item):
    try:
        return datetime.datetime(*item.date_time).timestamp()
    except (ValueError, OverflowError, OSError):  # a date that no calendar has
        return 0.0


def _member(archive, item, most):
    if item.flag_bits & 1:
        raise Refused("it is encrypted; ask for it without a password")
    if item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # Python reads others without bounds
        raise Refused("it is compressed in an unusual way; ask for a zip as Windows or macOS makes it")
    return _bounded(partial(archive.open, item), most)


def _bounded(opened, most):
    """The bytes of what a function opens, counted while they are read. Raises `Refused` where they are too many."""
    try:
        with opened() as stream:
            data = stream.read(most + 1)
    except _UNREADABLE as error:
        raise Refused(f"it cannot be read ({error}); ask for it again") from error
    if len(data) > most:
        raise Refused(f"more than {most / 1e6:g} MB; ask for it without outputs, or for the notebook alone")
    return data


def _with_inner(file, submission, depth, refused):
    """A file as it is, or what is in it where it is a student's zip: that is read at once, and closed."""
    if not file.path.lower().endswith(".zip"):
        yield _held(file, submission) if depth else file
        return
    try:
        if depth == MOST_DEPTH:
            raise Refused("a zip in a zip in a zip in a zip; ask for the notebook itself")
        data = _counted(file, submission)
        if data.count(b"PK\x01\x02") > MOST_FILES:
            raise Refused(f"a zip of more than {MOST_FILES:,} files; ask for the notebook itself")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in _in_zip(archive, submission, f"{file.path}/", refused):
                yield from _with_inner(inner, submission, depth + 1, refused)
    except Refused as why:
        refused.append(refusal(file.path, why))
    except _UNREADABLE as error:
        refused.append(refusal(file.path, f"a zip file that cannot be opened ({error}); ask for it again"))


def _held(file, submission):
    """A file of a student's zip, read already if it is a notebook, since the zip is closed afterwards."""
    if ".ipynb" not in file.path.lower().rpartition("/")[2]:
        return file
    try:
        data = _counted(file, submission)
    except Refused as refused:
        return file._replace(read=partial(_refuse, str(refused)))
    return file._replace(read=lambda: data)


def _refuse(why):
    raise Refused(why)


def _counted(file, submission):
    """The bytes of a file in a student's zip, taken off the bytes that may still be read of this submission."""
    data = file.read()
    submission.left -= len(data)
    if submission.left < 0:
        raise Refused(f"more than {MOST_ZIP_BYTES / 1e6:g} MB in all; ask for the notebook itself")
    return data
