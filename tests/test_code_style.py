"""The form of the code: docstrings with one parameter per line, short functions, and modules of moderate length."""

import ast
import itertools
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    path.relative_to(ROOT).as_posix(): path
    for folder, pattern in (
        ("gan_course", "**/*.py"),
        ("benchmarks", "*.py"),
        ("notebooks", "*.py"),
        ("site/extensions", "*.py"),
        ("site/draw", "*.py"),
    )
    for path in sorted((ROOT / folder).glob(pattern))
}
LONG = "gan_course/checks/"  # the checks of a lesson stay in one file, whatever its length
MOST_LINES_OF_A_MODULE, MOST_LINES_OF_A_FUNCTION = 400, 20

# A section's title stands at the docstring's margin: `Args:`, or `Reference: Goodfellow et al. 2014`.
TITLE = re.compile(r"([A-Z]\w+):(?: +(.*))?$")
LISTS = ("Args", "Attributes", "Raises")  # sections that list names, one per line
# An entry stands four spaces further in: `    units: width of each hidden layer.` Its further lines stand deeper.
ENTRY = re.compile(r" {4}(\*{0,2}\w+): \S")
# A name in mid-line that looks like an entry: the `seed` of `count: how many. seed: of the noise.`
HIDDEN_NAME = re.compile(r"(?<=[.;] )\*{0,2}[a-z_]\w*(?:, \*{0,2}[a-z_]\w*)*(?= ?(?:\([^)]*\))?: )")
HIDDEN_ERROR = re.compile(r"(?<=[.;] )[A-Z]\w*(?:Error|Warning)(?=: )")


# Reading a file


def definitions(source):
    """All classes and functions of a source text, nested ones too, as nodes of its syntax tree."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]


def sections(docstring):
    """The sections of a docstring as pairs of a title and a list of lines."""
    found, inside = [], False
    for line in docstring.splitlines():
        if match := TITLE.match(line):
            found.append((match[1], [match[2]] if match[2] else []))
            inside = True
        elif line and not line.startswith(" "):
            inside = False  # a paragraph at the margin ends the section
        elif line and inside:
            found[-1][1].append(line)
    return found


def parameters(node):
    """Names of the parameters of a function, or of a class's `__init__`, as two lists: required in Args, or optional.

    `self` and `cls` are left out. `*args` and `**kwargs` are optional. None for a class without an `__init__`.
    """
    if isinstance(node, ast.ClassDef):
        inits = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
        return parameters(inits[0]) if inits else None
    given = node.args
    named = [part.arg for part in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return (
        [name for name in named if name not in ("self", "cls")],
        [part.arg for part in (given.vararg, given.kwarg) if part is not None],
    )


def length(function):
    """Number of lines of a function without its decorators and its docstring: one for `def`, and the body's."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return 1 + (body[-1].end_lineno - body[0].lineno + 1 if body else 0)


# Finding faults


def faults(source):
    """What is wrong with the form of the docstrings in a source text: a list of sentences."""
    return [
        f"line {node.lineno}, {node.name}: {fault}"
        for node in definitions(source)
        for title, lines in sections(ast.get_docstring(node) or "")
        if title in LISTS
        for fault in _faults_of_section(node, title, lines)
    ]


def _faults_of_section(node, title, lines):
    entries = []
    for line in lines:
        shown = repr(line.strip()[:60])
        if match := ENTRY.match(line):
            entries.append(match[1].strip("*"))
        elif not line.startswith(" " * 5):
            yield f"{title}: expected `name: what it is` on a line of its own, found {shown}"
        hidden = HIDDEN_ERROR if title == "Raises" else HIDDEN_NAME
        if match := hidden.search(line.removeprefix(" " * 4)):
            yield f"{title}: {match[0]!r} is not on a line of its own, but in mid-line: {shown}"
    if title == "Args" and (names := parameters(node)) is not None:
        required, optional = names
        yield from (f"Args: no parameter is called {name!r}" for name in entries if name not in required + optional)
        yield from (f"Args: nothing is said of {name!r}" for name in required if name not in entries)


# The project's files


@pytest.mark.parametrize("name", FILES)
def test_docstrings_are_in_form(name):
    found = faults(FILES[name].read_text("utf-8"))
    assert not found, "\n".join([f"{name}:", *found])


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith(LONG)])
def test_a_module_is_of_moderate_length(name):
    number = len(FILES[name].read_text("utf-8").splitlines())
    assert number <= MOST_LINES_OF_A_MODULE, f"{name} has {number} lines"


def test_of_twenty_functions_nineteen_are_short():
    found = [
        (length(node), f"{name}:{node.lineno} {node.name}")
        for name, path in FILES.items()
        for node in definitions(path.read_text("utf-8"))
        if not isinstance(node, ast.ClassDef)
    ]
    longest = "\n".join(f"{lines} lines: {where}" for lines, where in sorted(found, reverse=True)[:20])
    assert np.percentile([lines for lines, _ in found], 95) <= MOST_LINES_OF_A_FUNCTION, longest


# The rules on small examples


def function(docstring):
    """The source of a function of `count`, `seed` and `**options` with this docstring."""
    body = "\n".join(f"    {line}".rstrip() for line in docstring.splitlines())
    return f'def draw(count, seed=None, **options):\n    """{body.strip()}\n    """\n'


GOOD = """Draw samples: `(count, 2)`.

Args:
    count: how many samples. They are
        drawn one by one: the last one last.
    seed: an integer, or None. Defaults to None: new samples in each call.

Returns:
    The samples. Those that were asked for: no more.

Raises:
    ValueError: for a `count` below 1.
    TypeError: for a `seed` that is a text.

Reference: Goodfellow et al. 2014, section 5.
"""


@pytest.mark.parametrize(
    "docstring",
    [
        GOOD,
        GOOD.replace("    seed:", "    **options: of the sampler.\n    seed:"),
        "Draw samples. count: how many. A docstring without sections is free.",
        "Draw samples.\n\nExample:\n    >>> draw(2, seed=0)",
    ],
)
def test_good_docstrings_pass(docstring):
    assert faults(function(docstring)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "    count: how many samples.",
            "    count: how many. seed: an integer.",
            "'seed' is not on a line of its own",
        ),
        ("the last one last.", "the last one last. seed: too.", "'seed' is not on a line of its own"),
        ("    count: how many", "    count, seed: how many", "expected `name: what it is`"),
        ("    count: how many", "    the number of", "expected `name: what it is`"),
        ("Args:\n", "Args: count and seed.\n", "expected `name: what it is`"),
        ("    seed: an", "    sed: an", "no parameter is called 'sed'"),
        ("    seed: an", "    sed: an", "nothing is said of 'seed'"),
        ("    ValueError: for a", "    when there is a", "expected `name: what it is`"),
        ("below 1.", "below 1. TypeError: for a text.", "'TypeError' is not on a line of its own"),
    ],
)
def test_faulty_docstrings_are_found(old, new, fault):
    assert old in GOOD
    assert any(fault in found for found in faults(function(GOOD.replace(old, new, 1))))


CLASS = '''
class Player:
    """Somebody who plays.

    Args:
        name: what the others call the player.

    Attributes:
        wins: how many games were won.
    """

    def __init__(self, name):
        self.name, self.wins = name, 0
'''


def test_a_class_documents_the_parameters_of_its_init():
    assert faults(CLASS) == []
    assert "no parameter is called 'title'" in faults(CLASS.replace("    name:", "    title:"))[0]
    assert "'losses' is not on a line" in faults(CLASS.replace("were won.", "were won. losses: the others."))[0]


def test_a_class_without_an_init_may_list_what_it_likes():
    assert faults(CLASS.partition("    def __init__")[0]) == []


def test_nested_definitions_are_found_with_their_lines():
    inner = function("Draw.\n\nArgs:\n    count: how many.")
    nested = "def outer():\n" + "\n".join(f"    {line}" for line in inner.splitlines())
    assert faults(nested) == ["line 2, draw: Args: nothing is said of 'seed'"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f(): pass", 2),
        ("def f():\n    return 1", 2),
        ('@decorator\ndef f():\n    """What it does.\n\n    More.\n    """\n    x = 1\n\n    return x', 4),
        ('def f():\n    """A docstring alone."""', 1),
    ],
)
def test_the_length_of_a_function_leaves_out_docstring_and_decorators(source, lines):
    assert length(definitions(source)[0]) == lines


def test_no_two_test_files_have_the_same_name():
    """pytest imports a test file by its bare name, so in a run that collects both it would refuse the second one."""
    names = sorted(path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py")
    assert [name for name, after in itertools.pairwise(names) if name == after] == []
