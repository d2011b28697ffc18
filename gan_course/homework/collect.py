"""Takes submissions in: from a folder, or from a zip as Moodle or Canvas exports it.

nbgrader's own `zip_collect` wants a regular expression for each platform, keeps names like `hw1 (1).ipynb`, which
grading then passes over, and stops at the first student who handed in twice.
"""

import json
import posixpath
import re
from pathlib import Path
from typing import NamedTuple

from .archives import OTHER_ARCHIVES, Refused, files_in, refusal
from .names import is_moodles, student_of, without_copies


class Found(NamedTuple):
    """A notebook that was handed in: whose, their name if the id is another, where it lay, when, and its bytes.

    They are in UTF-8; where they came in another encoding, `remark` says in which.
    """

    student: str
    name: str
    path: str
    when: float
    data: bytes
    remark: str = ""


def find(source, assignment, known=()):
    """Find what was handed in at `source`, a folder or a zip file, also in the students' own zips inside it.

    Args:
        source: path of the folder or of the zip.
        assignment: name of the assignment, such as "hw1".
        known: ids of students who handed something in before, by default of none.

    Returns:
        A list of `Found`, one of each student: of several one that has the assignment's name, and of these the newest.
        Where two names lead to one student, none of theirs. And a list of lines: what was not taken, and why.

    Raises:
        FileNotFoundError: `source` is neither a folder nor a zip file that can be read.
    """
    refused = []
    files = files_in(source, refused)
    owners = [file.owner for file in files if re.search(r"\.(ipynb(\.txt|\.json)?|zip)$", file.path, re.IGNORECASE)]
    places = _places(owners, without_copies(Path(source).stem), assignment)
    handed_in = {}
    for file in files:
        try:
            _require_notebook(file.path)
            student, name = _whose(file.owner, *places, assignment)
            new = Found(student, name, file.path, file.when, *_in_utf8(file.read()))
        except Refused as why:
            refused.append(refusal(file.path, why))
        else:
            handed_in.setdefault(_folded(student), []).append(new)
    before = {_folded(student): student for student in known}
    found = [_of_one(items, before.get(folded), assignment, refused) for folded, items in handed_in.items()]
    return sorted(item for item in found if item), refused


def _folded(student):
    """What is the same for two ids that many file systems take for one."""
    return student.casefold()


def _of_one(items, before, assignment, refused):
    """Of what one student handed in, what counts; None where it may be of two students, one of them known `before`."""
    names = sorted({item.name or item.student for item in items} | ({before} if before else set()))
    if len({item[:2] for item in items}) > 1 or before not in (None, items[0].student):
        why = f"{' and '.join(map(repr, names))} would become one student; none was taken. They have one number, or"
        why += " differ in capital letters only: rename one of their folders or files, and collect again"
        refused += [refusal(item.path, why) for item in items]
        return None
    *others, best = sorted(items, key=lambda item: _rank(item, assignment))
    twice = f"{best.student} handed in twice; {best.path} was taken"
    refused += [refusal(item.path, twice) for item in others if item.data != best.data]
    return best


def _rank(item, assignment):
    return assignment.lower() in item.path.rpartition("/")[2].lower(), item.when, item.path


def _places(owners, wrapper, assignment):
    """Where students' names stand in the paths of what was handed in.

    Args:
        owners: the paths.
        wrapper: the name of the folder or archive that holds them; packing puts a folder of this name into an archive.
        assignment: name of the assignment.

    Returns:
        The folder that all lie in, with its slash: a part of the archive, and nobody's name. And a list of its folders
        that could name the one student whose files they all are, where nothing below names anybody.
    """
    owners = [owner for owner in owners if "/" in owner or student_of(owner, assignment)]
    top = _common_folder(owners)
    if any(student_of(owner.removeprefix(top), assignment) for owner in owners):
        return top, []
    nobody = (wrapper.lower(), assignment.lower())
    return top, [folder for folder in top.split("/")[:-1] if without_copies(folder).lower() not in nobody]


def _common_folder(paths):
    folders = [path.rpartition("/")[0] for path in paths]
    shared = posixpath.commonpath(folders).split("/") if folders else []
    own = next((number for number, part in enumerate(shared) if is_moodles(part)), len(shared))  # a student's
    return "".join(f"{part}/" for part in shared[:own] if part)


def _whose(owner, top, folders, assignment):
    """(id, name) of the student whose path it is. Raises `Refused` where nothing says it."""
    who = student_of(owner.removeprefix(top), assignment)
    if not who and owner.startswith(top) and len(folders) == 1:
        who = student_of(f"{folders[0]}/", assignment)
    if not who and len(folders) > 1:
        either = " or ".join(map(repr, folders))
        raise Refused(f"the student may be {either}; unpack a zip first, and collect the folder with one per student")
    if not who:
        name = f"{assignment}_NAME.ipynb"
        raise Refused(f"nothing says whose it is; put it in a folder with the student's name, or rename it to {name}")
    return who


def _require_notebook(path):
    """Raise `Refused` where a file's name is none of a notebook."""
    if path.lower().endswith(OTHER_ARCHIVES):
        raise Refused("an archive of a kind that is not opened here; unpack it and collect again, or ask for a zip")
    if not re.search(r"\.ipynb(\.txt|\.json)?$", path, re.IGNORECASE):  # browsers add such an ending
        raise Refused("not a notebook: its name does not end in .ipynb")


def _in_utf8(data):
    """A notebook's bytes in UTF-8, without a mark at the head, and a remark if they came in another encoding."""
    encoding = json.detect_encoding(data)
    for name in (encoding, "cp1252", "latin-1"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or not text.lstrip().startswith("{"):  # as it should be; or no notebook, to be left alone
            return data, ""
        return text.encode(), f"it was written in {name.removesuffix('-sig')}" if name != "utf-8-sig" else ""
    return data, ""
