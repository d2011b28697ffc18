"""The pre-flight check: finds cells whose nbgrader metadata was lost on the way, and gives it back where cells match.

A student's notebook comes back without some or all of that metadata when cells were copied, split or made anew, or when
a program on the way dropped it. nbgrader then finds no graded cell, and the submission scores 0 without a word.
"""

import ast
import copy
import itertools
import re
import uuid
from collections import Counter
from typing import NamedTuple

import nbformat
from nbformat import v4

ENOUGH = 0.5  # the share of a released cell's own lines that must come back before another cell is taken for it
_OTHER_TYPE = 0.9  # what likeness counts between cells of two types: less, so that a quotation in a text is second
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_STUBS = ("# YOUR CODE HERE", "raise NotImplementedError()", "YOUR ANSWER HERE")


class Report(NamedTuple):
    """What the pre-flight check found, as tuples of `grade_id`s in the order of the release.

    `whole`: cells that came back with their metadata. `matched`: cells that had lost it, and were found by their text
    or their place. `missing`: answers that were not found. `put_back`: tests and other locked cells that were not
    found; they stand in the repaired notebook as they were handed out. `copied`: cells that came back twice; the last
    one with changes counts.
    """

    whole: tuple
    matched: tuple
    missing: tuple
    put_back: tuple
    copied: tuple

    def __str__(self):
        parts = []
        if not self.whole and not self.matched:
            parts.append("no graded cell was found: another notebook, or an empty one?")
        else:
            parts += [f"not found: {', '.join(self.missing)}"] if self.missing else []
            parts += [f"deleted, and put back: {', '.join(self.put_back)}"] if self.put_back else []
        if self.matched:
            parts.append(f"metadata lost and restored: {', '.join(self.matched)}")
        if self.copied:
            parts.append(f"copied, the last one with changes counts: {', '.join(self.copied)}")
        return "; ".join(parts)


def repair(submission, release):
    """Give a submitted notebook the nbgrader metadata of its release.

    Every cell of the release that carries a `grade_id` is looked for in the submission: by that id, by the cell's id,
    by the lines that the student was given, and last by its place between two cells that were found. What is found
    gets the release's metadata as a whole, so that edited points or a tag that skips a test are gone, too. It also gets
    the released type back, where a student switched it to another (say, from Code to Raw). Missing cells that carry
    points or are locked are put back as they were handed out. All other cells stay, without metadata.

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
    for match in (_by_sameness, _by_text, _by_place, _beside_a_stub):
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


def with_ids(notebook):
    """Bring a notebook of any 4.x to the format whose cells have ids, in place, and give each cell one of its own.

    Notebooks of nbformat 4.0 to 4.4, such as Colab's, have none. Two cells that share an id both get a new one: which
    of them was there first cannot be told. New ids are random, so that they never match a cell of another notebook.
    """
    notebook.nbformat_minor = 5
    count = Counter(cell["id"] for cell in notebook.cells if isinstance(cell.get("id"), str))
    for cell in notebook.cells:
        name = cell.get("id")
        if not isinstance(name, str) or count[name] > 1 or not _ID.fullmatch(name):
            cell["id"] = uuid.uuid4().hex[:12]
    return notebook


def _restore(pairs, notebook, release):
    """Give cells the released metadata and type. All others lose their metadata, and texts what no file can hold."""
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
        cell.source = cell.source.encode(errors="replace").decode()  # such as half an emoji
    for place, number in pairs.items():
        cell, released = notebook.cells[number], release.cells[place]
        if grade_id_of(released) or _is_copy(cell, released):
            notebook.cells[number] = cell = _of_type(released.cell_type, cell)
        if grade_id_of(released):
            cell.metadata = copy.deepcopy(released.metadata)


def _of_type(kind, cell):
    """A cell as a cell of another type, with its id and its text."""
    if cell.cell_type == kind:
        return cell
    kept = kind != "code" and _are_attachments(cell.get("attachments"))
    return getattr(v4, f"new_{kind}_cell")(
        cell.source, id=cell.id, **({"attachments": cell.attachments} if kept else {})
    )


def _are_attachments(found):
    """Whether what a cell has as attachments are some: {name: {MIME type: text}}."""
    bundles = list(found.values()) if isinstance(found, dict) else [None]
    return all(isinstance(bundle, dict) and all(isinstance(x, str) for x in bundle.values()) for bundle in bundles)


def _is_copy(cell, released):
    """Whether a cell is a released one, if perhaps with more in it. (Its place may hold the student's own code now.)"""
    return _likeness(released, cell, Counter(set(_lines(released)))) >= ENOUGH


def _is_answer(cell):
    return bool(cell.metadata.nbgrader.get("solution"))


def grade_id_of(cell):
    """The `grade_id` of a cell, or None. Metadata may be anything: it comes from outside."""
    metadata = cell.metadata.get("nbgrader")
    return metadata.get("grade_id") if isinstance(metadata, dict) else None


def _by_metadata(cells, released):
    """{place in the release: number of the cell} for cells that kept their `grade_id`; and ids that came twice."""
    places = {grade_id_of(cell): place for place, cell in enumerate(released) if grade_id_of(cell)}
    pairs, copied = {}, []
    for number, cell in enumerate(cells):
        name = grade_id_of(cell)
        if isinstance(name, str) and name in places:
            place = places[name]
            if place in pairs and name not in copied:
                copied.append(name)
            if place not in pairs or cell.source != released[place].source:  # an untouched copy undoes no answer
                pairs[place] = number
    return pairs, copied


def _by_sameness(pairs, cells, released):
    """Match what is the same and there once, by the cell's id or by its whole text, in whatever order it came back.

    First among cells of the same type, then among all: a student may have switched it.
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
    """{key: name} for the keys that only one name has."""
    count = Counter(keys.values())
    return {key: name for name, key in keys.items() if count[key] == 1}


def _by_text(pairs, cells, released):
    """Match the rest of both notebooks in order, so that as many of the released lines as possible come back."""
    taken, common = set(pairs.values()), Counter(line for cell in released for line in set(_lines(cell)))
    places = [place for place in range(len(released)) if place not in pairs]
    numbers = [number for number in range(len(cells)) if number not in taken]
    alike = {
        (place, number): likeness
        for place in places
        for number in numbers
        if (likeness := _likeness(released[place], cells[number], common)) >= ENOUGH
    }
    return {**pairs, **_best_in_order(places, numbers, alike)}


def _best_in_order(places, numbers, alike):
    """Pairs (place, number) that rise together and whose likeness adds up to most: dynamic programming from the end."""
    best = {}  # (i, j) → (total, pairs as a linked list) for places[i:] and numbers[j:]
    for i in range(len(places), -1, -1):
        for j in range(len(numbers), -1, -1):
            if i == len(places) or j == len(numbers):
                best[i, j] = (0.0, None)
                continue
            pair = (places[i], numbers[j])
            options = [best[i + 1, j], best[i, j + 1]]
            if pair in alike:
                total, rest = best[i + 1, j + 1]
                options.insert(0, (total + alike[pair], (pair, rest)))
            best[i, j] = max(options, key=lambda option: option[0])
    found, chain = {}, best[0, 0][1]
    while chain:
        (place, number), chain = chain
        found[place] = number
    return found


def _likeness(released, cell, common):
    """How much of a released cell is in another: the share of those lines that no other released cell has."""
    lines, here = [line for line in _lines(released) if common[line] == 1], set(_lines(cell))
    weight = 1.0 if released.cell_type == cell.cell_type else _OTHER_TYPE
    return weight * sum(line in here for line in lines) / len(lines) if lines else 0.0


def _lines(cell):
    lines = (line.strip() for line in cell.source.splitlines())
    return [line for line in lines if line and line not in _STUBS]


def _by_place(pairs, cells, released):
    """Between two neighbors that were found: a released cell and a cell that reads like it, if there is one of each."""
    pairs = dict(pairs)
    known = [-1, *sorted(pairs), len(released)]
    for before, after in itertools.pairwise(known):
        first = pairs.get(before, -1) + 1
        last = pairs.get(after, len(cells))
        for kind in ("code", "markdown"):
            places = [place for place in range(before + 1, after) if _could_be(released[place], kind)]
            free = [number for number in range(first, last) if _is_free(number, cells, pairs)]
            numbers = [number for number in free if _reads_as(kind, cells[number])]
            if len(places) == len(numbers) == 1:
                pairs[places[0]] = numbers[0]
    return pairs


def _could_be(released, kind):
    """Whether a released cell is looked for by its place. Not a locked one, a test: its text would have told."""
    metadata = released.metadata.get("nbgrader") or {}
    return released.cell_type == kind and (not metadata or metadata.get("solution", False))


def _beside_a_stub(pairs, cells, released):
    """A written answer whose cell came back untouched, with a text of the student's own right behind it: that text."""
    pairs = dict(pairs)
    for place, number in list(pairs.items()):
        metadata = released[place].metadata.get("nbgrader") or {}
        untouched = (
            metadata.get("solution") and metadata.get("grade") and cells[number].source == released[place].source
        )
        below = number + 1
        if untouched and below < len(cells) and cells[below].cell_type != "code" and _is_free(below, cells, pairs):
            pairs[place] = below
    return pairs


def _is_free(number, cells, pairs):
    return number not in pairs.values() and cells[number].source.strip()


def _reads_as(kind, cell):
    """Whether a cell is of a type, code or markdown, or was, going by its text, before somebody switched it."""
    if cell.cell_type == kind:
        return True
    try:
        ast.parse(re.sub(r"^([ \t]*)[%!].*", r"\1pass", cell.source, flags=re.MULTILINE))  # no magic, no shell
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return kind == "markdown"
    return kind == "code"


def _put_back(missing, pairs, notebook, release):
    """Insert the cells that were not found, but those for code, each behind the last cell before it that was."""
    numbers = dict(pairs)
    for place in missing:
        metadata = release.cells[place].metadata.nbgrader
        if metadata.get("solution") and not metadata.get("grade"):
            continue  # an answer's code may stand anywhere; a stub here would undo it
        behind = max((numbers[other] for other in numbers if other < place), default=-1) + 1
        notebook.cells.insert(behind, copy.deepcopy(release.cells[place]))
        numbers = {other: number + (number >= behind) for other, number in numbers.items()} | {place: behind}
