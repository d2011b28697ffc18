"""The pre-flight check: finds cells that lost their nbgrader metadata, and restores it where cells match the release.

Metadata is lost when a student copies, splits or recreates a cell, or when a program drops it. nbgrader alone then
finds no graded cell, and the submission scores 0 without a warning.

In this file, `pairs` maps a cell's place in the release to its number in the submission.
"""

import ast
import copy
import itertools
import re
import uuid
from collections import Counter
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode, v4

ENOUGH = 0.5  # two cells match by text if this share of the released cell's own lines is in the other one
_OTHER_TYPE = 0.9  # factor for the similarity of cells of two types: code that is quoted in a text comes second
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_STUBS = ("# YOUR CODE HERE", "raise NotImplementedError()", "YOUR ANSWER HERE")


class Report(NamedTuple):
    """What the pre-flight check found. Each attribute is a tuple of `grade_id`s in the order of the release.

    Attributes:
        whole: cells that still had their metadata.
        matched: cells that had lost their metadata, and were found by their id, their text or their place.
        missing: answers that were not found.
        put_back: tests and other locked cells that were not found. The repaired notebook has the released ones.
        copied: cells that the submission has more than once. The last copy that was changed counts.
    """

    whole: tuple[str, ...]
    matched: tuple[str, ...]
    missing: tuple[str, ...]
    put_back: tuple[str, ...]
    copied: tuple[str, ...]

    def __str__(self):
        """What the instructor must know, or "" where the submission needed no repair."""
        parts = []
        if not self.whole and not self.matched:
            parts.append("no graded cell was found; is this another notebook, or an empty one?")
        else:
            parts += [f"not found: {', '.join(self.missing)}"] if self.missing else []
            parts += [f"deleted, and put back: {', '.join(self.put_back)}"] if self.put_back else []
        if self.matched:
            parts.append(f"metadata lost and restored: {', '.join(self.matched)}")
        if self.copied:
            parts.append(f"copied (the last changed copy counts): {', '.join(self.copied)}")
        return "; ".join(parts)


def repair(submission: NotebookNode, release: NotebookNode) -> tuple[NotebookNode, Report]:
    """Give a submission the nbgrader metadata of its release.

    Each cell of the release that has a `grade_id` is searched for in the submission, in this order:

    1. by its `grade_id`;
    2. by the cell's id, or by its whole text;
    3. by the lines that the student was given;
    4. by its place between two cells that were found;
    5. a written answer also in the text right below its cell, if that cell was left unchanged.

    A cell that is found gets all metadata of the release. This also restores edited points, and removes a tag that
    skips a test. The cell also gets its released type back, if the student switched it, for example from Code to Raw.
    Missing tests, missing cells for written answers and other missing locked cells are put back as they were released.
    All other cells stay, without metadata.

    Args:
        submission: the student's notebook. It is not changed.
        release: the notebook as it was handed out.

    Returns:
        The repaired notebook, in which every cell has an id, and a `Report`.
    """
    notebook = with_ids(nbformat.from_dict(copy.deepcopy(submission)))
    wanted = [grade_id_of(cell) for cell in release.cells]
    by_metadata, copied = _by_metadata(notebook.cells, release.cells)
    pairs = by_metadata
    for match in (_by_same_cell, _by_text, _by_place, _below_empty_answer):
        pairs = match(pairs, notebook.cells, release.cells)

    _restore(pairs, notebook, release)
    missing = [place for place, name in enumerate(wanted) if name and place not in pairs]
    _put_back(missing, pairs, notebook, release)

    found = [place for place, name in enumerate(wanted) if name and place in pairs]
    return with_ids(notebook), Report(
        whole=tuple(wanted[place] for place in found if by_metadata.get(place) == pairs[place]),
        matched=tuple(wanted[place] for place in found if by_metadata.get(place) != pairs[place]),
        missing=tuple(wanted[place] for place in missing if _is_answer(release.cells[place])),
        put_back=tuple(wanted[place] for place in missing if not _is_answer(release.cells[place])),
        copied=tuple(copied),
    )


def with_ids(notebook: NotebookNode) -> NotebookNode:
    """Bring a notebook of format 4.x to format 4.5, in place, and give each cell an id of its own.

    Cells have no ids in the formats 4.0 to 4.4, which Colab writes. Two cells with the same id both get a new one,
    since it is unknown which of them had it first. New ids are random, so that they match no cell of another notebook.
    """
    notebook.nbformat_minor = 5
    count = Counter(cell["id"] for cell in notebook.cells if isinstance(cell.get("id"), str))
    for cell in notebook.cells:
        name = cell.get("id")
        if not isinstance(name, str) or count[name] > 1 or not _ID.fullmatch(name):
            cell["id"] = uuid.uuid4().hex[:12]
    return notebook


def _restore(pairs, notebook, release):
    """Give the cells in `pairs` their released metadata and type, and remove all other metadata.

    Half an emoji and other characters that no file can hold become question marks.
    """
    for cell in notebook.cells:
        cell.metadata = NotebookNode()
        cell.source = cell.source.encode(errors="replace").decode()
    for place, number in pairs.items():
        cell, released = notebook.cells[number], release.cells[place]
        if grade_id_of(released) or _is_copy(cell, released):
            notebook.cells[number] = cell = _of_type(released.cell_type, cell)
        if grade_id_of(released):
            cell.metadata = copy.deepcopy(released.metadata)


def _of_type(kind, cell):
    """A cell of the given type, with the id and the text of another cell."""
    if cell.cell_type == kind:
        return cell
    kept = kind != "code" and _are_attachments(cell.get("attachments"))
    return getattr(v4, f"new_{kind}_cell")(
        cell.source, id=cell.id, **({"attachments": cell.attachments} if kept else {})
    )


def _are_attachments(found):
    """Whether a cell's attachments have the right form: {name: {MIME type: text}}."""
    bundles = list(found.values()) if isinstance(found, dict) else [None]
    return all(isinstance(bundle, dict) and all(isinstance(x, str) for x in bundle.values()) for bundle in bundles)


def _is_copy(cell, released):
    """Whether a cell still contains enough lines of a released one. A student may have put other code in its place."""
    return _similarity(released, cell, Counter(set(_lines(released)))) >= ENOUGH


def _is_answer(cell):
    return bool(cell.metadata.nbgrader.get("solution"))


def grade_id_of(cell: NotebookNode) -> str | None:
    """The `grade_id` of a cell, or None. A submission's metadata may have any form."""
    metadata = cell.metadata.get("nbgrader")
    return metadata.get("grade_id") if isinstance(metadata, dict) else None


def _by_metadata(cells, released):
    """Match cells that still have their `grade_id`. Returns the pairs, and the ids that more than one cell has."""
    places = {grade_id_of(cell): place for place, cell in enumerate(released) if grade_id_of(cell)}
    pairs, copied = {}, []
    for number, cell in enumerate(cells):
        name = grade_id_of(cell)
        if isinstance(name, str) and name in places:
            place = places[name]
            if place in pairs and name not in copied:
                copied.append(name)
            is_changed = cell.source != released[place].source
            if place not in pairs or is_changed:  # an unchanged copy does not replace an answer
                pairs[place] = number
    return pairs, copied


def _by_same_cell(pairs, cells, released):
    """Match cells with the same id or the same text, where each notebook has only one. Their order does not matter.

    Cells of the same type come first. Then cells of different types are matched: a student may have switched the type.
    """
    pairs = dict(pairs)
    for key in (
        lambda cell: (cell.cell_type, cell.get("id")),
        lambda cell: (cell.cell_type, tuple(_lines(cell))),
        lambda cell: ("any type", cell.get("id")),
        lambda cell: ("any type", tuple(_lines(cell))),
    ):
        places = _once({place: key(cell) for place, cell in enumerate(released) if place not in pairs})
        numbers = _once({n: key(cell) for n, cell in enumerate(cells) if n not in pairs.values()})
        pairs |= {places[same]: numbers[same] for same in places.keys() & numbers.keys() if same[1]}
    return pairs


def _once(keys):
    """{key: name} for the keys that belong to one name only."""
    count = Counter(keys.values())
    return {key: name for name, key in keys.items() if count[key] == 1}


def _by_text(pairs, cells, released):
    """Match the remaining cells in their order, so that the similarities of all pairs have the largest sum."""
    taken, common = set(pairs.values()), Counter(line for cell in released for line in set(_lines(cell)))
    places = [place for place in range(len(released)) if place not in pairs]
    numbers = [number for number in range(len(cells)) if number not in taken]
    similar = {
        (place, number): similarity
        for place in places
        for number in numbers
        if (similarity := _similarity(released[place], cells[number], common)) >= ENOUGH
    }
    return {**pairs, **_best_in_order(places, numbers, similar)}


def _best_in_order(places, numbers, similar):
    """The pairs in increasing order whose similarities have the largest sum, by dynamic programming from the end."""
    best = {}  # (i, j) → (total, pairs as a linked list) for places[i:] and numbers[j:]
    for i in range(len(places), -1, -1):
        for j in range(len(numbers), -1, -1):
            if i == len(places) or j == len(numbers):
                best[i, j] = (0.0, None)
                continue
            pair = (places[i], numbers[j])
            options = [best[i + 1, j], best[i, j + 1]]
            if pair in similar:
                total, rest = best[i + 1, j + 1]
                options.insert(0, (total + similar[pair], (pair, rest)))
            best[i, j] = max(options, key=lambda option: option[0])
    found, chain = {}, best[0, 0][1]
    while chain:
        (place, number), chain = chain
        found[place] = number
    return found


def _similarity(released, cell, common):
    """How much of a released cell is in another: the share of its lines, without those that other released cells have.

    `common` counts in how many released cells each line is.
    """
    lines, here = [line for line in _lines(released) if common[line] == 1], set(_lines(cell))
    weight = 1.0 if released.cell_type == cell.cell_type else _OTHER_TYPE
    return weight * sum(line in here for line in lines) / len(lines) if lines else 0.0


def _lines(cell):
    """The stripped lines of a cell, without empty ones and without nbgrader's placeholders for answers."""
    lines = (line.strip() for line in cell.source.splitlines())
    return [line for line in lines if line and line not in _STUBS]


def _by_place(pairs, cells, released):
    """Match by place: if one cell of a type is missing between two found cells, and one cell there fits, match them."""
    pairs = dict(pairs)
    known = [-1, *sorted(pairs), len(released)]
    for before, after in itertools.pairwise(known):
        first = pairs.get(before, -1) + 1
        last = pairs.get(after, len(cells))
        for kind in ("code", "markdown"):
            places = [place for place in range(before + 1, after) if _may_match_by_place(released[place], kind)]
            free = [number for number in range(first, last) if _is_free(number, cells, pairs)]
            numbers = [number for number in free if _reads_as(kind, cells[number])]
            if len(places) == len(numbers) == 1:
                pairs[places[0]] = numbers[0]
    return pairs


def _may_match_by_place(released, kind):
    """Whether a released cell may be matched by its place. Locked cells may not: they would have matched by text."""
    metadata = released.metadata.get("nbgrader") or {}
    return released.cell_type == kind and (not metadata or metadata.get("solution", False))


def _below_empty_answer(pairs, cells, released):
    """Match a written answer with the text right below its cell, where the student left the cell itself unchanged."""
    pairs = dict(pairs)
    for place, number in list(pairs.items()):
        metadata = released[place].metadata.get("nbgrader") or {}
        is_written = metadata.get("solution") and metadata.get("grade")
        unchanged = cells[number].source == released[place].source
        below = number + 1
        if (
            is_written
            and unchanged
            and below < len(cells)
            and cells[below].cell_type != "code"
            and _is_free(below, cells, pairs)
        ):
            pairs[place] = below
    return pairs


def _is_free(number, cells, pairs):
    """Whether a cell is not matched yet, and is not empty."""
    return number not in pairs.values() and cells[number].source.strip()


def _reads_as(kind, cell):
    """Whether a cell is of type `kind`, or its text looks as if it was before somebody switched its type."""
    if cell.cell_type == kind:
        return True
    without_magics = re.sub(r"^([ \t]*)[%!].*", r"\1pass", cell.source, flags=re.MULTILINE)
    try:
        ast.parse(without_magics)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return kind == "markdown"
    return kind == "code"


def _put_back(missing, pairs, notebook, release):
    """Put back each missing test or text cell, right after the nearest earlier cell that the submission still has.

    Missing code cells for answers are not put back: the student may have moved the code to another cell, and an empty
    answer would replace it.
    """
    numbers = dict(pairs)
    for place in missing:
        metadata = release.cells[place].metadata.nbgrader
        if metadata.get("solution") and not metadata.get("grade"):
            continue
        position = max((numbers[other] for other in numbers if other < place), default=-1) + 1
        notebook.cells.insert(position, copy.deepcopy(release.cells[place]))
        numbers = {other: number + (number >= position) for other, number in numbers.items()} | {place: position}
