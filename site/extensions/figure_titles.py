"""Finds the titles of a figure in the code that draws it, for those who hear a page and do not see it.

The code is only read, never run: a title that is made while it runs keeps its constant parts, with "…" between them.
"""

import ast
import re

MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)
PLACES = {"set_title": 0, "suptitle": 0, "title": 0, "image_grid": 1}
"""Functions that take a title, and its place among their arguments."""


def parsed(code):
    """The syntax tree of a cell, without IPython's commands; an empty one if it is no Python."""
    try:
        return ast.parse(MAGIC.sub("", code))
    except SyntaxError:
        return ast.parse("")


def functions(code):
    """The functions that a cell defines, by name."""
    return {node.name: node for node in ast.walk(parsed(code)) if isinstance(node, ast.FunctionDef)}


def titles(code, known):
    """The titles that a cell gives its figure, in the order of the code, each once.

    Args:
        code: text of the cell.
        known: functions of the cells above, as `functions` returns them. Those that the cell calls are read, too.

    Returns:
        List of texts. It is empty if they have fewer than two words together.
    """
    tree = parsed(code)
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    bodies = [tree, *(known[name] for name in known if name in called)]
    found = (
        text for body in bodies for node in _in_order(body) for title in _given(node) for text in texts(title, body)
    )
    kept = [text for text in dict.fromkeys(found) if re.search(r"[^\W\d_]{2,}", text)]
    return kept if len(re.findall(r"[^\W\d_]{2,}", " ".join(kept))) > 1 else []


def _in_order(tree):
    """All nodes below one, in the order of the text."""
    for node in ast.iter_child_nodes(tree):
        yield node
        yield from _in_order(node)


def _given(node):
    """The nodes that a call hands over as titles."""
    if not isinstance(node, ast.Call):
        return []
    place = PLACES.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
    given = [] if place is None else node.args[place : place + 1]
    return [*given, *(keyword.value for keyword in node.keywords if keyword.arg == "title")]


def texts(node, body):
    """The texts that an expression may be, as far as they are in the code. Names are looked up in `body`."""
    if isinstance(node, ast.Constant):
        return [_line(node.value)] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [_line("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))]
    if isinstance(node, ast.IfExp):
        return [*texts(node.body, body), *texts(node.orelse, body)]
    if isinstance(node, ast.BinOp):
        return [f"{text}…" for text in texts(node.left, body)]
    return _of_name(node.id, body) if isinstance(node, ast.Name) else []


def _of_name(name, body):
    """The texts of a variable: what is assigned to it, or what a loop takes it from."""
    found = []
    for node in _in_order(body):
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == name for target in node.targets):
            found += [text for text in texts(node.value, ast.Module([], [])) if text]
        if isinstance(node, ast.For):
            found += _of_loop(node.target, node.iter, name, body)
    return found


def _of_loop(target, source, name, body):
    """The texts of a variable of a loop `for target in source`."""
    if isinstance(target, ast.Name):
        return [text for part in _parts(source, body) for text in texts(part, body)] if target.id == name else []
    if not isinstance(target, ast.Tuple):
        return []
    called = getattr(getattr(source, "func", None), "id", "")
    if called in ("zip", "enumerate"):
        sources = source.args if called == "zip" else [ast.Tuple([]), *source.args]
        pairs = zip(target.elts, sources, strict=False)
        return [text for part, where in pairs for text in _of_loop(part, where, name, body)]
    place = next((i for i, part in enumerate(target.elts) if getattr(part, "id", "") == name), None)
    if place is None:
        return []
    rows = _parts(source, body, values=place == 1)
    cells = (row.elts[place] if isinstance(row, ast.Tuple) and len(row.elts) > place else row for row in rows)
    return [text for cell in cells if isinstance(cell, ast.Constant) for text in texts(cell, body)]


def _parts(source, body, values=False):
    """The nodes that an expression consists of: the keys or the values of a dictionary, or the items of a list."""
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute) and source.func.attr == "items":
        return _parts(source.func.value, body, values)
    if isinstance(source, ast.Dict):
        return source.values if values else [key for key in source.keys if key is not None]
    if isinstance(source, ast.Tuple | ast.List):
        return source.elts
    assigned = (node for node in _in_order(body) if isinstance(node, ast.Assign) and isinstance(source, ast.Name))
    found = [node.value for node in assigned if any(getattr(target, "id", "") == source.id for target in node.targets)]
    return [part for value in found if not isinstance(value, ast.Name) for part in _parts(value, body, values)]


def _line(text):
    """A text on one line, without the marks of formulas."""
    return re.sub(r"\s+", " ", text.replace("$", "")).strip()
