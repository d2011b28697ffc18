"""Writes the pages of the API reference into `site/api/`: one per module or room, which autodoc fills.

What each one is for is read from the map in CONTRIBUTING.md. The docstrings are Google's style, with Markdown's tables
and blocks of code, which become reStructuredText here, the language of autodoc.
"""

import ast
import inspect
import re
import textwrap
from pathlib import Path

from mirror import tag

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (`[^|]*`) \| ([^|]*) \|$", re.MULTILINE)
LEFT_OUT = {"__main__", "checks", "homework"}  # commands, and what only the lessons or the instructor need
KERAS = "Model, JAXTrainer, Trainer, Layer, JaxLayer, Operation, KerasSaveable"  # what comes from there is not ours
# `GAN` is made of several classes, and a reader looks for `GAN.fit`. The other names of its module have own pages.
OPTIONS = {"gan": [f"inherited-members: {KERAS}", "exclude-members: AveragingAdam, Players, build_combined, frozen"]}
TABLE = re.compile(r"\|.*\|$")
BLOCK = " " * 4


def rows():
    """The map of the package: pairs of a list of names, of modules and rooms, and what they are for."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = text.partition("| module or room |")[2].partition("\n\n")[0]
    for cell, purpose in ROW.findall(table):
        names = re.findall(r"`(\w+)/?`", cell.partition(":")[0])  # of a room only its own name
        if names := [name for name in names if name not in LEFT_OUT]:
            yield names, purpose


def directive(module, *options):
    """Markdown that lets autodoc document a module."""
    lines = [f".. automodule:: gan_course.{module}", *(f"   :{option}" for option in options)]
    return "\n".join(["```{eval-rst}", *lines, "```", ""])


def page(name):
    """The text of the page of a module or of a room."""
    folder = ROOT / "gan_course" / name
    if not folder.is_dir():
        return f"# `{name}`\n\n" + directive(name, *OPTIONS.get(name, []))
    names = sorted(path.stem for path in folder.glob("[a-z]*.py"))
    if re.search(r"^__all__ = \[", (folder / "__init__.py").read_text("utf-8"), re.MULTILINE):  # names of its own
        return f"# `{name}`\n\n" + directive(name, "imported-members:")
    parts = [f"## `{name}.{part}`\n\n" + directive(f"{name}.{part}") for part in names]
    return "\n".join([f"# `{name}`\n", directive(name, "no-members:"), *parts])


def front():
    """The text of the first page: all modules and what they are for."""
    table, names = ["| module or room | what it is for |", "|---|---|"], []
    for here, purpose in rows():
        table.append(f"| {', '.join(f'[`{name}`]({name}.md)' for name in here)} | {purpose} |")
        names += here
    said = "From the docstrings of the package `gan_course`. A *room* is a folder of modules that belong together."
    contents = ["```{toctree}", ":hidden:", *sorted(names), "```"]
    return "\n".join(["# API reference\n", f"{said}\n", *table, "", *contents, ""])


def write_pages(app, config):
    """Write all pages; those that did not change are left alone."""
    texts = {"index": front(), **{name: page(name) for names, _ in rows() for name in names}}
    folder = Path(app.srcdir) / "api"
    tag(folder)
    for old in folder.glob("*.md"):
        if old.stem not in texts:
            old.unlink()
    for name, text in texts.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def to_rst(lines):
    """A docstring's lines as reStructuredText: its tables, blocks of code and `code` are Markdown's until then."""
    result, index = [], 0
    while index < len(lines):
        line, end = lines[index], index + 1
        margin = _margin(line)
        if TABLE.match(line.strip()):
            end = _end(lines, index, lambda other: TABLE.match(other.strip()))
            result += ["", *(margin + _spans(row) for row in _table(lines[index:end])), ""]
        elif line.strip().startswith("```"):
            end = _end(lines, index + 1, lambda other: other.strip() != "```") + 1
            result += _code(margin, line.strip()[3:], lines[index + 1 : end - 1])
        elif _is_indented_code(lines, index):
            end = _end(lines, index, lambda other, start=margin: not other.strip() or other.startswith(start))
            code = [other.removeprefix(BLOCK) for other in lines[index:end]]
            result += _code(margin[len(BLOCK) :], _language(code), code)
        else:
            result.append(_spans(line))
        index = end
    return result


def _margin(line):
    return " " * (len(line) - len(line.lstrip()))


def _end(lines, start, belongs):
    """The number of the first line, from `start` on, that does not belong to a block."""
    return next((i for i in range(start, len(lines)) if not belongs(lines[i])), len(lines))


def _is_indented_code(lines, index):
    """Whether a line begins a block of Markdown's code: indented, after an empty line, and not inside a list."""
    before = [line for line in lines[:index] if line.strip()]
    if index == 0 or lines[index - 1].strip() or not lines[index].strip() or not before:
        return False
    is_item = lines[index].lstrip().startswith(("- ", "* "))
    return lines[index].startswith(_margin(before[-1]) + BLOCK) and not is_item


def _code(margin, language, lines):
    return ["", f"{margin}.. code-block:: {language or 'text'}", "", *(BLOCK + line for line in lines), ""]


def _language(lines):
    """Whether lines are Python's, or a formula in plain text."""
    try:
        ast.parse(textwrap.dedent("\n".join(lines)))
    except SyntaxError:
        return "text"
    return "python"


def _table(lines):
    cells = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines]
    yield from (".. list-table::", "   :header-rows: 1", "")
    for row in cells[:1] + cells[2:]:
        yield from (f"   {' ' if i else '*'} - {cell.strip()}".replace(r"\|", "|") for i, cell in enumerate(row))


def _spans(line):
    """A line of text: code in double backticks, and vertical bars outside of code as such."""
    parts = re.split(r"(`[^`]+`)", line)
    return "".join(f"`{part}`" if i % 2 else part.replace("|", r"\|") for i, part in enumerate(parts))


def process(app, what, name, item, options, lines):
    """`autodoc-process-docstring` of Sphinx, before napoleon."""
    lines[:] = to_rst(lines)


def signature(app, what, name, item, options, arguments, returned):
    """`autodoc-process-signature` of Sphinx: of a class, what its `__init__` takes. Keras hides it from `inspect`."""
    if what != "class" or arguments != "(*args, **kwargs)":
        return None
    taken = inspect.signature(item.__init__)
    return str(taken.replace(parameters=[*taken.parameters.values()][1:])), returned


def setup(app):
    app.connect("autodoc-process-signature", signature)
    app.connect("config-inited", write_pages)
    app.connect("autodoc-process-docstring", process, priority=400)
    return {"parallel_read_safe": True}
