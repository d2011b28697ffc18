"""Reads what students handed in, from a folder or a zip, and from the students' own zips inside it, within limits.

Nothing is unpacked to the disk. Sizes in a zip's header are not trusted: the bytes are counted while they are read.
"""

import contextlib
import datetime
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

MOST_BYTES = 20_000_000  # of a notebook
MOST_ZIP_BYTES = 200_000_000  # of a student's zip, and of all that is read from it
MOST_FILES = 5_000  # in a student's zip
MOST_DEPTH = 3  # of zips inside each other
OTHER_ARCHIVES = (".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst")
_JUNK = re.compile(r"(^|/)(__MACOSX|\._[^/]*|\.(ipynb_checkpoints|DS_Store|git)|Thumbs\.db|desktop\.ini|Icon\r)(/|$)")
_HIDDEN = re.compile(r"(^|/)\.")
_READ_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(RuntimeError, NotImplementedError, OSError, EOFError, ValueError),
)


class File(NamedTuple):
    """A file that was handed in, in a folder or in a zip.

    Attributes:
        path: path of the file below the folder or in the zip.
        owner: the path that says whose the file is. For a file in a student's zip this is the path of the zip.
        modified: when the file was changed last, in seconds since 1970.
        read: a function that returns the file's bytes. It raises `Refused` where they cannot be read.
    """

    path: str
    owner: str
    modified: float
    read: Callable[[], bytes]


class Refused(Exception):
    """A file that is not collected. The text says why, and what to do."""


@dataclass
class _Budget:
    """A student's zip, with all zips in it.

    Attributes:
        owner: the path that says whose the zip is.
        left: number of bytes that may still be read from it.
    """

    owner: str
    left: int


def refusal(path: str, reason: object) -> str:
    """A line that names a file and says why it is not collected. Long paths are shortened in the middle."""
    short = path if len(path) <= 120 else f"{path[:60]}…{path[-59:]}"
    return f"{short}: {reason}"


def files_in(source: str | Path, refused: list[str]) -> list[File]:
    """List every file in a folder or a zip, also those in the students' zips inside it.

    Args:
        source: path of the folder or of the zip.
        refused: a list of lines. A line is appended for each file that cannot be opened.

    Raises:
        FileNotFoundError: `source` is neither a folder nor a zip file that can be read.
    """
    source = Path(source)
    files = _in_folder(source, refused) if source.is_dir() else _in_zip(_open_zip(source), None, "", refused)
    return [part for file in files for part in _with_contents(file, _Budget(file.owner, MOST_ZIP_BYTES), 0, refused)]


def _open_zip(source):
    """Open the zip that was named on the command line. It stays open, since its files are read later."""
    try:
        return zipfile.ZipFile(source)
    except _READ_ERRORS:
        advice = " Unpack it first." if source.name.lower().endswith(OTHER_ARCHIVES) else ""
        raise FileNotFoundError(
            f"Expected a folder or a zip file. Received: {str(source)!r}, which "
            f"{'is neither' if source.exists() else 'does not exist'}.{advice}"
        ) from None


def _in_folder(source, refused):
    """The files in a folder. Hidden files and links are left out."""
    for path in sorted(source.rglob("*")):
        try:
            # A zip from Windows that was unpacked on Linux may have made file names with backslashes.
            name = _require_inside(path.relative_to(source).as_posix().replace("\\", "/"))
            if _JUNK.search(name):
                continue
            if path.is_symlink():
                raise Refused("it is a link, and links are not followed; put the file itself there")
            if path.is_file():
                _require_not_hidden(name)
                read = partial(_read_bounded, partial(path.open, "rb"), _size_limit(name))
                yield File(name, name, path.stat().st_mtime, read)
        except Refused as reason:
            refused.append(refusal(path.relative_to(source).as_posix(), reason))


def _in_zip(archive, budget, outer, refused):
    """The files in the zip of a class (`budget` is None), or in a student's zip that lies at the path `outer`."""
    for item in archive.infolist():
        name = _decoded_name(item)
        if name.endswith("/"):
            continue
        try:
            path = outer + _require_inside(name)
            if _JUNK.search(path):
                continue
            if stat.S_ISLNK(item.external_attr >> 16):
                raise Refused("it is a link, and links are not followed; ask for the file itself")
            _require_not_hidden(path)
        except Refused as reason:
            refused.append(refusal(outer + name, reason))
            continue
        owner = budget.owner if budget else path
        yield File(path, owner, _modified(item), partial(_read_member, archive, item, _size_limit(path)))


def _require_not_hidden(path):
    """Raise `Refused` where a file is hidden, or a folder that contains it."""
    if _HIDDEN.search(path):
        raise Refused(
            "hidden, since a name in its path begins with a dot; rename that file or folder, and collect again"
        )


def _size_limit(path):
    """The largest number of bytes that a file may have."""
    return MOST_ZIP_BYTES if path.lower().endswith(".zip") else MOST_BYTES


def _require_inside(name):
    """A path without empty parts. Raises `Refused` where it leads out of the folder or the zip."""
    if ".." in name.split("/") or re.match("[a-zA-Z]:", name):
        raise Refused(
            'its path leads out of the zip, with ".." or a drive letter; ask for a new zip, or rename the file'
        )
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _decoded_name(item):
    """The path of a file in a zip, with "/".

    Many programs, also those of macOS, write names in UTF-8 without the flag for it. Python then reads them as CP437.
    """
    name = item.filename
    if not item.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _modified(item):
    """When a file in a zip was changed last, in seconds since 1970; 0 where its date does not exist."""
    try:
        return datetime.datetime(*item.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _read_member(archive, item, most):
    """The bytes of a file in a zip. Raises `Refused` where they cannot be read, or are more than `most`."""
    if item.flag_bits & 1:
        raise Refused("it is encrypted; ask for it without a password")
    if item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # Python reads other methods unbounded
        raise Refused("its compression method is not supported; ask for a zip that was made by Windows or macOS")
    return _read_bounded(partial(archive.open, item), most)


def _read_bounded(open_file, most):
    """The bytes of the file that a function opens. Raises `Refused` where they are more than `most`."""
    try:
        with open_file() as stream:
            data = stream.read(most + 1)
    except _READ_ERRORS as error:
        raise Refused(f"it cannot be read ({error}); ask for it again") from error
    if len(data) > most:
        raise Refused(f"it has more than {most / 1e6:g} MB; ask for the notebook alone, without outputs")
    return data


def _with_contents(file, budget, depth, refused) -> Iterator[File]:
    """Yield a file itself, or the files in it where it is a student's zip. The zip is read at once, and closed."""
    if not file.path.lower().endswith(".zip"):
        yield _read_now(file, budget) if depth else file
        return
    try:
        if depth == MOST_DEPTH:
            raise Refused(f"more than {MOST_DEPTH} zips lie inside each other; ask for the notebook itself")
        data = _read_from_budget(file, budget)
        if data.count(b"PK\x01\x02") > MOST_FILES:
            raise Refused(f"this zip contains more than {MOST_FILES:,} files; ask for the notebook itself")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in _in_zip(archive, budget, f"{file.path}/", refused):
                yield from _with_contents(inner, budget, depth + 1, refused)
    except Refused as reason:
        refused.append(refusal(file.path, reason))
    except _READ_ERRORS as error:
        refused.append(refusal(file.path, f"this zip cannot be opened ({error}); ask for it again"))


def _read_now(file, budget):
    """A file in a student's zip. A notebook is read now, since the zip is closed afterwards."""
    if ".ipynb" not in file.path.lower().rpartition("/")[2]:
        return file
    try:
        data = _read_from_budget(file, budget)
    except Refused as refused:
        return file._replace(read=partial(_refuse, str(refused)))
    return file._replace(read=lambda: data)


def _refuse(reason):
    raise Refused(reason)


def _read_from_budget(file, budget):
    """The bytes of a file in a student's zip. They are subtracted from the budget of the zip."""
    data = file.read()
    budget.left -= len(data)
    if budget.left < 0:
        raise Refused(f"this zip has more than {MOST_ZIP_BYTES / 1e6:g} MB in all; ask for the notebook itself")
    return data
