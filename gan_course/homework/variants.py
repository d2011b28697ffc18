"""Variants of a homework: the same exercises with other names, conventions and constants. Nothing is run here.

A file such as variants/hw1.toml in the course's folder has a table for each answer that varies. The table is called
after the `grade_id` of the answer's cell, and holds

* `options`: a list of tables, one per way in which the answer may differ from the published one;
* `says`: what the student is told, after the function's new name;
* `answer`: the new model answer, a whole cell with its marks;
* `translation`: code that makes the published function out of the student's. The tests call it, so they stay as they
  are, and an answer that follows another convention fails them. It may be left out if `replace` lets the given cells
  call the student's function;
* `kept` (optional): the points that an answer to another option gets all the same;
* `replace` (optional): pairs of texts, old and new, for the tests and the given cells;
* `same_as` (optional): name of an earlier table, whose option is taken here, too.

All texts are Jinja templates. They may use the values of the chosen option, and `public`, the published name.
"""

import ast
import copy
import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import jinja2
from nbformat import NotebookNode

from .repair import grade_id_of

MOST = 40  # variants of a homework; some have fewer
_SHARED = 0.5  # of the points of all tests: the most that two variants may have in common
_TRIES = 20_000
_TEMPLATES = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_SENTENCES = jinja2.Environment(undefined=jinja2.StrictUndefined)

_NOTICE = """

**This is variant {number} of this homework.** In some exercises your function has another name, other
arguments or another result than the published one. The line that begins with "Write" has your name and arguments
already. The list below it still describes the published function, and a paragraph *Your variant* says what differs.
Where the two differ, the paragraph counts. The tests translate what your function returns into the published
convention, and their messages speak of that."""
_TRANSLATION = """# The code below calls `{public}`, the published function. Here it is made of your `{name}`.
{code}


"""


class Choice(NamedTuple):
    """An answer that varies.

    Attributes:
        cell: the `grade_id` of the answer's cell.
        public: name of the function or class that the published answer defines.
        points: points of the tests that follow the answer, less those that answers to other options get.
        table: the answer's table in the file, see this module's docstring.
    """

    cell: str
    public: str
    points: float
    table: dict


def choices(source: NotebookNode, path: Path) -> list[Choice]:
    """The answers of a homework that vary, in the order of the cells.

    Args:
        source: the homework's published source notebook.
        path: the file with the tables. The result is empty where it does not exist.

    Raises:
        ValueError: the file has a table for a cell that the notebook has not.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found, last = {}, None
    for cell in source.cells:
        name, metadata = grade_id_of(cell), cell.metadata.get("nbgrader", {})
        if name in tables:
            last = name
            found[name] = Choice(name, defined(cell.source), -tables[name].get("kept", 0), tables[name])
        elif cell.cell_type == "code" and metadata.get("solution"):
            last = None
        elif last and cell.cell_type == "code" and metadata.get("grade"):
            found[last] = found[last]._replace(points=found[last].points + metadata["points"])
    if unknown := sorted(set(tables) - set(found)):
        raise ValueError(
            f"{path.name} has tables for cells that are not in the homework: {unknown}. Correct their names."
        )
    return list(found.values())


def codebook(varied: Sequence[Choice], tested: float, secret: str) -> Iterator[dict[str, int]]:
    """The options of all variants, in the order of their numbers, from 1 on.

    Any two of them share at most half of the points of all tests. They share no option with the published homework.

    Args:
        varied: what `choices` returned.
        tested: points of all tests of the homework.
        secret: a text that only this course knows. Another secret makes other variants.

    Yields:
        {`grade_id` of an answer: number of its option, from 1 on}, at most `MOST` times.
    """
    free = [choice for choice in varied if "same_as" not in choice.table]
    always = tested - sum(choice.points for choice in varied)
    points = {choice.cell: _points_with_followers(choice, varied) for choice in free}
    kept = []
    for attempt in range(_TRIES):
        digest = hashlib.sha256(f"{secret} {attempt}".encode()).digest()
        new = {choice.cell: byte % len(choice.table["options"]) + 1 for choice, byte in zip(free, digest, strict=False)}
        if all(always + _common(new, old, points) <= _SHARED * tested for old in kept):
            kept.append(new)
            yield new | {c.cell: new[c.table["same_as"]] for c in varied if "same_as" in c.table}
        if len(kept) == MOST:
            return


def _points_with_followers(choice, varied):
    """The points that are lost with an answer, and with those that take its option."""
    return sum(other.points for other in varied if choice.cell in (other.cell, other.table.get("same_as")))


def _common(new, old, points):
    """The points of the answers for which two variants have the same option."""
    return sum(worth for cell, worth in points.items() if new[cell] == old[cell])


def variant_of(
    source: NotebookNode, varied: Sequence[Choice], chosen: dict[str, int], homework: str, number: int
) -> NotebookNode:
    """Make the source notebook of a variant.

    Args:
        source: the published source notebook. It is not changed.
        varied: what `choices` returned.
        chosen: the options, as `codebook` yields them.
        homework: name of the homework, such as "hw1".
        number: number of the variant.

    Returns:
        A notebook without outputs. Its title, its introduction and its metadata say which variant it is.
    """
    notebook = copy.deepcopy(source)
    notebook.metadata["gan_course"] = {"homework": homework, "variant": number}
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    first.source = re.sub(r"\A(# .+)", rf"\1 (variant {number})", first.source) + _NOTICE.format(number=number)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for choice in reversed(varied):  # so that the translations stand in the order of the answers
        _vary(notebook, choice, choice.table["options"][chosen[choice.cell] - 1])
    return notebook


def number_in(notebook: NotebookNode) -> int | None:
    """The number of the variant that a notebook was made from: from its metadata, or else from its title."""
    made = notebook.metadata.get("gan_course")
    number = made.get("variant") if isinstance(made, dict) else None
    if isinstance(number, int):
        return number
    titles = (re.match(r"# .+ \(variant (\d{1,4})\)$", cell.source, re.MULTILINE) for cell in notebook.cells)
    return next((int(title[1]) for title in titles if title), None)


def answer_of(choice: Choice, option: int) -> str:
    """The model answer of an option, a whole cell."""
    return _render(choice.table["answer"], choice, choice.table["options"][option - 1])


def _render(text, choice, option, templates=_TEMPLATES):
    return templates.from_string(text).render(public=choice.public, **option).strip()


def _vary(notebook, choice, option):
    """Put an option into the notebook: the text, the answer, and the translation where the answer is used."""
    at = next(number for number, cell in enumerate(notebook.cells) if grade_id_of(cell) == choice.cell)
    notebook.cells[at].source = answer = _render(choice.table["answer"], choice, option)
    name, signature = defined(answer), _signature(answer)
    texts = [cell for cell in reversed(notebook.cells[:at]) if cell.cell_type == "markdown"]
    asks = next((cell for cell in texts if f"`{choice.public}" in cell.source), texts[0])
    asks.source = re.sub(rf"`{choice.public}\b(\([^`]*\))?`", f"`{signature}`", asks.source, count=1)
    says = " ".join(_render(choice.table["says"], choice, option, _SENTENCES).split())
    text, mark, others = asks.source.partition("\n\n**Your variant.**")  # those of answers that come after this one
    said = f"\n\n**Your variant.** Write `{signature}`, and not `{choice.public}`. {says}"
    asks.source = text + said + mark + others
    code = _translation(choice, option, name)
    edits = [[_render(text, choice, option) for text in pair] for pair in choice.table.get("replace", [])]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _renamed(cell.source, choice.public, name)
        elif not cell.metadata.get("nbgrader", {}).get("solution"):
            for old, new in edits:
                cell.source = cell.source.replace(old, new)
            cell.source = code + cell.source if _uses(cell.source, choice.public) else cell.source


def _translation(choice, option, name):
    """The translation of an option, for the top of a cell. It says so where the student's function returns nothing."""
    code = _render(choice.table.get("translation", ""), choice, option)
    nothing = f'    assert came is not None, "{name} returned nothing. Is there a return?"'
    code = re.sub(rf"^    came = {name}\(.*$", rf"\g<0>\n{nothing}", code, count=1, flags=re.MULTILINE)
    return _TRANSLATION.format(public=choice.public, name=name, code=code)


def _renamed(text, old, new):
    """A text in which a function that is named in backticks has its new name; not where it is said to be replaced."""
    return re.sub(rf"(?<!\* )(?<!and not )`{old}(?=`|\()", f"`{new}", text)


def _uses(code, name):
    """Whether code reads a name that it does not set itself, as a variable or as a parameter."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:  # a cell with a magic
        return False
    contexts = [node.ctx for node in nodes if isinstance(node, ast.Name) and node.id == name]
    is_parameter = any(isinstance(node, ast.arg) and node.arg == name for node in nodes)
    return bool(contexts) and not is_parameter and all(isinstance(context, ast.Load) for context in contexts)


def _definition(code):
    return [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)][-1]


def defined(code):
    """The name of the last function or class that a cell defines."""
    return _definition(code).name


def _signature(code):
    """The last function that a cell defines as one calls it, such as "f(x, n=2)"; of a class, its name."""
    node = _definition(code)
    return node.name if isinstance(node, ast.ClassDef) else f"{node.name}({ast.unparse(node.args)})"


def tested_points(source: NotebookNode) -> float:
    """The points of all tests of a notebook."""
    grades = [cell.metadata.get("nbgrader", {}) for cell in source.cells if cell.cell_type == "code"]
    return sum(metadata["points"] for metadata in grades if metadata.get("grade"))
