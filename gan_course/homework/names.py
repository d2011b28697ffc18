"""Finds the student's name in a file's path, as Moodle, Canvas or a person names folders and files."""

import hashlib
import re
import unicodedata
from typing import NamedTuple

from .text import one_line

MOST_BYTES = 100  # of a student's id in UTF-8. File systems allow 255 bytes, nbgrader's grade book 128 characters

# Moodle (mod/assign/classes/downloader.php) makes NAME_NUMBER_assignsubmission_file. Older versions put GROUP- before
# the name, and leave out the number of students who are in no group. Moodle removes underscores from names. If a name
# has an underscore nevertheless, it is recognized only in a folder's name: a Canvas student can choose a file's name.
_MOODLE = re.compile(r"(?P<name>[^_]+)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)")
_MOODLE_FOLDER = re.compile(_MOODLE.pattern.replace("[^_]+", ".+?"))
# Canvas (lib/content_zipper.rb) makes name_USER_FILE_x.ipynb, name_LATE_USER_FILE_x.ipynb and anon_1y2z_FILE_x.ipynb.
_CANVAS = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<id>\d+)_\d+_.")
_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<id>anon_[^\W_]+)_\d+_.")
_CANVAS_FILE = re.compile(r".+\.(ipynb(\.txt|\.json)?|zip)", re.IGNORECASE)
_GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")  # a folder of Gradescope's "Export Submissions"

_COPY = "copy|kopie|copie|copia|cópia"
_COPY_PREFIX = re.compile(rf"(?:(?:{_COPY}) (?:of|von|de|di|do) )+", re.IGNORECASE)
_COPY_SUFFIX = re.compile(rf"(?:\s*\(\d+\)|[\s_–-]+(?:{_COPY})\s*\d*)+$", re.IGNORECASE)
_NOT_A_NAME = {
    *("answer", "answers", "assignment", "done", "draft", "edited", "final", "finished", "homework", "my", "new"),
    *("notebook", "old", "solution", "solutions", "solved", "submission", "test", "updated", "version", "work"),
}

# What an id may contain besides letters, marks and digits. None of these has a special meaning in a URL, in a file
# pattern or on nbgrader's pages.
_SIGNS = frozenset(" .@+-_'’")
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\..*)?", re.IGNORECASE)  # on Windows


class Origin(NamedTuple):
    """What a platform says in the name that it gave to a student's folder or file.

    Attributes:
        platform: "Moodle", "Canvas" or "Gradescope". It is "" where no platform made the name, or where the name has no
            number by which the platform knows the student.
        number: Moodle's participant number, Canvas' user number or Gradescope's submission number. "" without platform.
        late: whether the name says that the submission is late. Only Canvas says so.
    """

    platform: str = ""
    number: str = ""
    late: bool = False


def origin_of(place: str, assignment: str) -> Origin:
    """Read the name of the folder or file in which a student's work was exported.

    Args:
        place: the first part of the file's path, such as "Ada Lovelace_4711_assignsubmission_file".
        assignment: name of the assignment, such as "hw1".
    """
    if (match := _MOODLE.match(place) or _MOODLE_FOLDER.match(place)) and match["id"]:
        return Origin("Moodle", match["id"])
    if match := _GRADESCOPE.fullmatch(place):
        return Origin("Gradescope", match["id"])
    if match := _ANONYMOUS.match(place):
        return Origin(late=bool(match["late"]))
    if _CANVAS_FILE.fullmatch(place) and (match := _match_canvas(place, assignment)):
        return Origin("Canvas", match["id"], bool(match["late"]))
    return Origin()


def _match_canvas(name, assignment):
    """Match the name of a file from Canvas. In hw1_2025_03_ada.ipynb the numbers are a date, not those of Canvas."""
    starts_with_assignment = re.match(rf"{re.escape(assignment)}(?![^\W_])", name, re.IGNORECASE)
    return None if starts_with_assignment else _CANVAS.match(name)


def student_of(path: str, assignment: str) -> tuple[str, str] | None:
    """Find out who handed in a file. Only the first part of its path counts: students can choose the other parts.

    The first part may be

    * a folder from Moodle, `Ada Lovelace_4711_assignsubmission_file/hw1.ipynb`: the id is the participant number;
    * a file from Canvas, `lovelaceada_4711_990_hw1.ipynb`: the id is the user number;
    * any other folder, `ada/hw1.ipynb`: the id is the folder's name;
    * a file with the assignment's name and the student's, `hw1_ada.ipynb` or `Ada - HW1 (2).ipynb`.

    Args:
        path: path of the file below the folder or the archive that contains all submissions, with "/".
        assignment: name of the assignment, such as "hw1".

    Returns:
        (id, name), where the name is "" if it is the same as the id. None where the path names no student.
    """
    variant = re.compile(rf"(?<![^\W_]){re.escape(assignment)}-v\d+", re.IGNORECASE)  # hw1-v7_ada is hw1_ada
    first, slash, _ = variant.sub(assignment, unicodedata.normalize("NFC", path)).partition("/")
    if match := _MOODLE.match(first) or _MOODLE_FOLDER.match(first):
        if not slash and not _MOODLE.match(first):
            return None
        return (match["id"], display_name(match["name"])) if match["id"] else _by_name(match["name"])
    if slash:
        return None if without_copy_marks(first).lower() == assignment.lower() else _by_name(first)
    if match := _ANONYMOUS.match(first):
        return match["id"], ""
    if match := _match_canvas(first, assignment):
        return match["id"], display_name(match["name"])
    return _by_name(_name_beside(assignment, first))


def is_students_folder(folder: str) -> bool:
    """Whether Moodle or Gradescope made this folder for one student."""
    return bool(_MOODLE_FOLDER.match(folder) or _GRADESCOPE.fullmatch(folder))


def _by_name(name):
    """(id, name) of a student who is known by name only, or None where the text contains no name."""
    name, student = unicodedata.normalize("NFC", name), student_id(name)
    return (student, "" if student == name else display_name(name)) if student else None


def student_id(name: str) -> str:
    """Make an id from a name. nbgrader, its pages and every file system accept it; different names get different ids.

    Letters of all scripts stay, with their marks, and so do digits, spaces and `.@+-_'`. Other characters are removed.
    A short checksum is added where something was removed, and where the name is too long, is reserved on Windows or
    ends in a dot.

    Args:
        name: any text.

    Returns:
        The id, such as "Ana-Maria", "रम" or "Ada L~f1c21b". It is "" where nothing of the name can stay.
    """
    name = unicodedata.normalize("NFC", name)
    kept = "".join(letter if _may_stay(letter) else " " for letter in name if unicodedata.category(letter) != "Cf")
    kept = " ".join(kept.split()).lstrip(" .-").encode()[:MOST_BYTES].decode(errors="ignore").rstrip(" .")
    if _RESERVED.fullmatch(kept):
        kept = kept.replace(".", " ")
    elif kept == name:
        return name
    return f"{kept}~{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:6]}" if kept else ""


def _may_stay(letter):
    """Whether a character may be part of an id."""
    return letter in _SIGNS or (unicodedata.category(letter)[0] in "LMN" and not _INVISIBLE.match(letter))


def display_name(name: str) -> str:
    """A person's name as pages and terminals can show it safely, short enough for the grade book."""
    return one_line(re.sub('[<>&"]', " ", name), MOST_BYTES)


def without_copy_marks(stem: str) -> str:
    """Remove from a file's name what programs add to copies: `hw1 (1)`, `hw1-Copy1`, `hw1 - Copy`, `Copy of hw1`."""
    return _COPY_SUFFIX.sub("", _COPY_PREFIX.sub("", stem.strip(), count=1)).strip()


def _name_beside(assignment, filename):
    """The part of a file's name beside the assignment's name: "ada" for `hw1_ada.ipynb`, or "" if it is no name."""
    stem = without_copy_marks(re.sub(r"(\.ipynb)?\.[^.]*$", "", filename))
    name, between = re.escape(assignment), r"(?:\s*\(\d+\))?[\s_.–-]+"
    match = re.fullmatch(rf"{name}{between}(.+)|(.+?)[\s_.–-]+{name}", stem, re.IGNORECASE)
    found = (match[1] or match[2]).strip() if match else ""
    return "" if found.lower() in _NOT_A_NAME else found
