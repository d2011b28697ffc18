"""Whose a file is: read from its path, as Moodle, Canvas or a person names folders and files."""

import hashlib
import re
import unicodedata

MOST_BYTES = 100  # of a student's id in UTF-8; file systems allow 255, and nbgrader's grade book 128 characters

# Moodle (mod/assign/classes/downloader.php) makes NAME_NUMBER_assignsubmission_file, with GROUP-NAME in older versions,
# and without a number for those who are in no group. It takes underscores out of names. Should one be left, only a
# folder can be told from what a student of Canvas may call a file.
_MOODLE = re.compile(r"(?P<name>[^_]+)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)")
_MOODLE_FOLDER = re.compile(_MOODLE.pattern.replace("[^_]+", ".+?"))
# Canvas (lib/content_zipper.rb) makes name_USER_FILE_x.ipynb, name_LATE_USER_FILE_x.ipynb, and anon_1y2z_FILE_x.ipynb.
_CANVAS = re.compile(r"(?P<name>.+?)_(?:LATE_)?(?P<id>\d+)_\d+_.")
_ANONYMOUS = re.compile(r"(?:LATE_)?(?P<id>anon_[^\W_]+)_\d+_.")

_COPY = "copy|kopie|copie|copia|cópia"
_BEFORE = re.compile(rf"(?:(?:{_COPY}) (?:of|von|de|di|do) )+", re.IGNORECASE)
_AFTER = re.compile(rf"(?:\s*\(\d+\)|[\s_–-]+(?:{_COPY})\s*\d*)+$", re.IGNORECASE)
_NOBODY = {
    *("answer", "answers", "assignment", "done", "draft", "edited", "final", "finished", "homework", "my", "new"),
    *("notebook", "old", "solution", "solutions", "solved", "submission", "test", "updated", "version", "work"),
}

# What an id may have beside letters, marks and digits: nothing that a URL, a glob or a page of nbgrader acts on.
_SIGNS = frozenset(" .@+-_'’")
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\..*)?", re.IGNORECASE)  # by Windows


def student_of(path, assignment):
    """Who handed in the file at `path`, whose first part no student can choose.

    Moodle: `Ada Lovelace_4711_assignsubmission_file/hw1.ipynb`, by participant number. Canvas:
    `lovelaceada_4711_990_hw1.ipynb`, by user number. Else a folder's name, `ada/hw1.ipynb`, or what the file's own name
    has beside the assignment's: `hw1_ada.ipynb`, `Ada - HW1 (2).ipynb`.

    Args:
        path: path of the file below the folder or the archive that holds all submissions, with "/".
        assignment: name of the assignment, such as "hw1".

    Returns:
        (id, name), where the name is "" unless the id is not the same; or None where nothing says whose the file is.
    """
    first, slash, _ = unicodedata.normalize("NFC", path).partition("/")
    if match := _MOODLE.match(first) or _MOODLE_FOLDER.match(first):
        if not slash and not _MOODLE.match(first):
            return None
        return (match["id"], plain(match["name"])) if match["id"] else _by_name(match["name"])
    if slash:
        return None if without_copies(first).lower() == assignment.lower() else _by_name(first)
    if match := _ANONYMOUS.match(first):
        return match["id"], ""
    own = re.match(rf"{re.escape(assignment)}(?![^\W_])", first, re.IGNORECASE)  # hw1_2025_03_ada.ipynb: a date
    if (match := _CANVAS.match(first)) and not own:
        return match["id"], plain(match["name"])
    return _by_name(_beside(assignment, first))


def is_moodles(folder):
    """Whether Moodle has named a folder."""
    return bool(_MOODLE_FOLDER.match(folder))


def _by_name(name):
    name, student = unicodedata.normalize("NFC", name), student_id(name)
    return (student, "" if student == name else plain(name)) if student else None


def student_id(name):
    """A name as an id that nbgrader, its pages and every file system take; different names get different ids.

    Letters of all scripts with their marks stay, and so do digits, spaces and `.@+-_'`. Where anything else had to go,
    or where the name is too long, is reserved by Windows, or ends in a dot, a short checksum follows.

    Args:
        name: any text.

    Returns:
        The id, such as "Ana-Maria", "रम" or "Ada L~f1c21b"; "" where nothing of the name can stay.
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
    return letter in _SIGNS or (unicodedata.category(letter)[0] in "LMN" and not _UNSEEN.match(letter))


def plain(name):
    """A person's name without what a browser or a terminal would act on, and not longer than the grade book takes."""
    letters = (letter if letter.isprintable() and letter not in '<>&"' else " " for letter in name)
    return " ".join("".join(letters).split())[:MOST_BYTES]


def without_copies(stem):
    """A file's name without what programs add to copies: `hw1 (1)`, `hw1-Copy1`, `hw1 - Copy`, `Copy of hw1`."""
    return _AFTER.sub("", _BEFORE.sub("", stem.strip(), count=1)).strip()


def _beside(assignment, filename):
    """What a file's name has beside the assignment's: "ada" for `hw1_ada.ipynb`; "" where that is nobody's name."""
    stem = without_copies(re.sub(r"(\.ipynb)?\.[^.]*$", "", filename))
    name, between = re.escape(assignment), r"(?:\s*\(\d+\))?[\s_.–-]+"
    match = re.fullmatch(rf"{name}{between}(.+)|(.+?)[\s_.–-]+{name}", stem, re.IGNORECASE)
    found = (match[1] or match[2]).strip() if match else ""
    return "" if found.lower() in _NOBODY else found
