"""What a release says about its exercises: titles, rubrics, what the tests expect, and which sections of lessons help.

Feedback takes this from the release and not from the submission, whose text a student may have changed. The file
`read_again.toml` in the course's folder says which sections of the lessons help with an exercise.
"""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import nbformat

from .repair import grade_id_of

_TITLE = re.compile(r"^##? (.+)$", re.MULTILINE)
_POINTS = re.compile(r"\s*\([^()]*\bpoints?\b[^()]*\)\s*$")
_LESSON = re.compile(r"(?:\b[Ll]essons?\s+|\[)(\d\d)\b")
_ITEM = re.compile(r"^[*-] (.+(?:\n  .*)*)", re.MULTILINE)  # an item of a list, with its continuation lines
_WITH_POINTS = re.compile(r" *\((\d+(?:\.\d+)?) points?\)")
_RUBRIC = re.compile(r"^\| *(\d+(?:\.\d+)?) *\| *(.+?) *\|$", re.MULTILINE)


class Place(NamedTuple):
    """Where a graded cell stands in the release.

    Attributes:
        title: title of the exercise, without its points.
        rubric: pairs of the most points and what they are for, from the table of a written question, or ().
        read: which lessons or sections help, or "".
        expected: what the cell's test expects, in the words of the exercise, or "".
    """

    title: str
    rubric: tuple[tuple[str, str], ...]
    read: str
    expected: str


def sections_to_read(folder: Path, assignment: str) -> dict[str, str]:
    """{beginning of an exercise's title: sections to read} of an assignment, from the file read_again.toml.

    Args:
        folder: the course's folder. It need not have that file.
        assignment: name of the assignment.
    """
    path = folder / "read_again.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")).get(assignment, {}) if path.exists() else {}


def places(release: nbformat.NotebookNode, to_read: dict[str, str]) -> dict[str, Place]:
    """Find where the graded cells of a release stand.

    Args:
        release: the notebook as it was handed out.
        to_read: what `sections_to_read` returned. Other exercises get the lessons that their text names.

    Returns:
        {grade_id: `Place`}, in the order of the cells.
    """
    sections = [["", "", []]]  # of each heading: the heading, all texts below it, and its graded cells
    for cell in release.cells:
        if cell.cell_type == "markdown" and not grade_id_of(cell):
            if match := _TITLE.search(cell.source):
                sections.append([match[1], "", []])
            sections[-1][1] += f"{cell.source}\n"
        elif (cell.metadata.get("nbgrader") or {}).get("grade"):
            sections[-1][2].append(cell)
    introduction = "".join(text for _, text, cells in sections[:2] if not cells)
    found = {}
    for title, text, cells in sections:
        name = re.sub(r"^Exercise \d+: ", "", title)
        listed = [where for start, where in to_read.items() if name.startswith(start)]
        where = listed[0] if listed else _lessons(text) or _lessons(introduction)
        rubric = tuple(_RUBRIC.findall(text))
        for cell, expected in zip(cells, _expectations(text, cells), strict=True):
            found[grade_id_of(cell)] = Place(_POINTS.sub("", title), rubric, where, expected)
    return found


def _expectations(text, cells):
    """What each graded cell of an exercise expects, in the words of the exercise.

    An exercise may say what its tests ask for in items of a list that have points, such as "* it is accurate for large
    scores too (2 points)". They stand in the order of the graded cells, and not every cell needs one. A cell without
    such an item gets the item that begins with "returns", if there is only one. Where two cells may be meant, both get
    "".
    """
    items = [" ".join(item.split()).rstrip(";") for item in _ITEM.findall(text)]
    returned = [_WITH_POINTS.sub("", item) for item in items if item.startswith("returns")]
    found = [returned[0] if len(returned) == 1 else ""] * len(cells)
    with_points = [item for item in items if _WITH_POINTS.search(item)]
    wanted = [float(_WITH_POINTS.search(item)[1]) for item in with_points]
    first = _in_order(wanted, [cell.metadata.nbgrader.points for cell in cells])
    last = _in_order(wanted[::-1], [cell.metadata.nbgrader.points for cell in reversed(cells)])[::-1]
    for item, place, from_the_end in zip(with_points, first, last, strict=False):
        if place + from_the_end == len(cells) - 1:
            found[place] = _WITH_POINTS.sub("", item)
        else:  # it may be either's
            found[place] = found[len(cells) - 1 - from_the_end] = ""
    return [item.rstrip(".") + "." if item else "" for item in found]


def _in_order(wanted, there):
    """Where numbers stand in a list, each as early as possible and behind the one before. [] where one is missing."""
    found, start = [], 0
    for number in wanted:
        if number not in there[start:]:
            return []
        found.append(there.index(number, start))
        start = found[-1] + 1
    return found


def _lessons(text):
    """The lessons that a text names, in words."""
    found = sorted(set(_LESSON.findall(text)))
    return f"lesson{'s' if len(found) > 1 else ''} {', '.join(found)}" if found else ""
