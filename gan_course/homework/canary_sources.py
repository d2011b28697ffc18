"""The sources of canaries: cells that must fail, or pass, where tests work as they should. Nothing is run here.

`canaries.py` runs them and says what their results mean.
"""

import ast
import builtins
import functools
import random
import re
import textwrap
from collections.abc import Iterable

import numpy as np
from IPython.core.inputtransformer2 import TransformerManager

_MOST_TRANSFORMED = 5_000  # characters of a cell with magics, which IPython has to transform
_LONG_LINE = 1_000  # characters of a line in such a cell
_MOST_READ = 100_000  # characters of all cells of a notebook
_COMPARISONS = ("allclose", "isclose", "array_equal")

_REPLACED = """
def {name}():
    import sys, types

    def mine(value):
        return type(value) is types.FunctionType and value.__globals__ is globals()

    def parts(holder):
        found = list(vars(holder).values())
        kinds = {{kind for kind in found if isinstance(kind, type) and kind.__module__ != "__main__"}}
        return found + [part for kind in kinds for part in vars(kind).values()]

    modules = [module for module in list(sys.modules.values()) if isinstance(module, types.ModuleType)]
    found = [part for module in modules if vars(module) is not globals() for part in parts(module) if mine(part)]
    shell = get_ipython()
    for holder in (shell, shell.kernel, *type(shell).__mro__, *type(shell.kernel).__mro__):
        found += [part for part in getattr(holder, "__dict__", {{}}).values() if mine(part)]
    hooks = [*shell.input_transformers_cleanup, *shell.input_transformers_post]
    hooks += [*shell.input_transformer_manager.line_transforms, *shell.input_transformer_manager.token_transformers]
    hooks += [hook for callbacks in shell.events.callbacks.values() for hook in callbacks]
    found += [hook for hook in hooks if mine(hook) or type(hook).__module__ == "__main__"]
    traces = [trace for trace in (sys.gettrace(), sys.getprofile()) if mine(trace)]
    return [*found, *shell.ast_transformers, *shell.custom_exceptions, *traces]


assert {name}(), "nothing was replaced"
"""


def replaced_functions(rng: random.Random) -> str:
    """A cell that looks for functions of the notebook in modules of libraries and in IPython's hooks.

    An honest notebook puts none there. Then the cell ends with an error.
    """
    return _REPLACED.format(name=random_name(rng, "replaced"))


def random_name(rng: random.Random, kind: str = "value") -> str:
    """A name that no code can know in advance. It begins with `kind`."""
    letters = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=8))
    return f"{kind}_{letters}"


def _imports(source):
    """The import lines of a test. A canary begins with the same lines, so that it looks and works like a test."""
    return "".join(
        f"{line}\n" for line in dict.fromkeys(re.findall(r"^ *((?:import|from) .*[^(\n])$", source, re.MULTILINE))
    )


def _like_a_test(body, source, rng):
    """Lines of a canary, in a function of their own where the tests stand in functions."""
    if not re.search(r"^def test_", source, re.MULTILINE):
        return body
    name = random_name(rng, "test")
    return f"def {name}():\n{textwrap.indent(body, '    ')}\n\n\n{name}()"


def false_tests(source: str, rng: random.Random) -> tuple[list[str], list[str]]:
    """Cells that look like a test, each with a false assertion.

    Args:
        source: the source of a test cell, or of several. Its imports are used again.
        rng: draws the names and numbers.

    Returns:
        Those whose assertion stands by itself, as in most tests. And those where it stands in a loop or a function, or
        where something else fails: code that only takes the first kind away cannot make these pass.
    """
    f, came, item, right = (random_name(rng, kind) for kind in ("answer", "came", "item", "right"))
    slope, shift, x, more = (round(rng.uniform(1, 9), 3) for _ in range(4))
    y = round(slope * x + shift, 6)
    wrong, above = round(y + rng.choice([-1, 1]) * rng.uniform(0.5, 5), 4), round(y + more, 4)
    alone = [
        f'{came} = {f}({x})\nassert abs({came} - {wrong}) < 1e-6, f"expected {wrong}; came {{{came}}}"',
        f'assert {f}({x}) == {wrong}, "expected {wrong}"',
        f'{came} = {f}({x})\nassert {came} > {above}, f"expected more than {above}; came {{{came}}}"',
        f'assert not {f}({x}) < {above}, "expected at least {above}"',
        f'{came} = type({f}({x})).__name__\nassert isinstance({f}({x}), str | tuple), f"came {{{came}}}"',
        f'assert len([{f}({x}), {f}({more})]) == {rng.randint(3, 9)}, "expected others"',
        f'assert {f}({x}) is None, "expected nothing"',
        f'assert any({f}({item}) > {above + 99} for {item} in ({x}, {more})), "expected one"',
        f'assert max({f}({x}), {f}({x})) < min({y - 1}, {y + 1}), "expected less"',
        f'assert round({f}({x})) in ({round(y) + 2}, {round(y) - 2}), "expected others"',
        f'assert bool({f}({x}) < {y - 1}), "expected True"',
    ]
    others = [
        f'for {item} in ({x}, {more}):\n    {came} = {f}({item})\n    assert {came} < 0, f"came {{{came}}}"',
        f"def check_{f}({item}, {right}):\n    {came} = float({f}({item}))\n"
        f'    assert abs({came} - {right}) < 1e-5, "differs"\n\n\ncheck_{f}({x}, {wrong})',
        f"try:\n    {came} = {f}({x}) / 0\nexcept ZeroDivisionError as error:\n"
        '    raise AssertionError("it stops") from error',
        f'{came} = {f}("{came}")',
    ]
    if re.search(r"\bnp\.", source):
        alone += _false_with_numpy(f, came, x, more, wrong)
        others.append(f"np.testing.assert_allclose({f}({x}), {wrong}, rtol=1e-6)")
    if re.search(r"\btf\.", source):
        alone.append(f'assert tf.is_tensor({f}({x})), "expected a tensor"')
    head = f"{_imports(source)}\n\ndef {f}({item}):\n    return {slope} * {item} + {shift}\n\n\n"
    return tuple([head + _like_a_test(test, source, rng) for test in tests] for tests in (alone, others))


def _false_with_numpy(f, came, x, more, wrong):
    """False assertions about arrays."""
    return [
        f'assert np.allclose({f}(np.array([{x}, {more}])), {wrong}, atol=1e-4), "expected {wrong}"',
        f'assert np.array_equal({f}(np.array([{x}])), np.array([{wrong}])), "expected {wrong}"',
        f'{came} = {f}(np.full(3, {x}))\nassert np.abs({came} - {wrong}).max() < 1e-3, f"came {{{came}}}"',
        f'assert np.shape({f}(np.ones(4))) == (3,), "expected another shape"',
        f'assert np.isfinite({f}(np.inf)).all(), "expected numbers"',
        f'assert ({f}(np.array([{x}])) == {wrong}).all(), "expected {wrong}"',
        f'assert np.isclose({f}({x}), {wrong}), "expected {wrong}"',
    ]


def answer_names(tests: Iterable[str], cells: Iterable[str]) -> dict[str, bool]:
    """Find the names that the tests use and the student's cells define.

    The names are read from the tests, since a cell can define an answer in a way that cannot be read, for example
    below `%%time`. Names that the notebook imports are left out.

    Args:
        tests: the sources of test cells.
        cells: the sources of all code cells of the notebook.

    Returns:
        {name: whether it is a function}.
    """
    wanted, called, builtin = set(), set(), set(dir(builtins))
    for tree in map(parse, tests):
        loads = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        wanted |= {node.id for node in loads} - _defined_in(tree)
        called |= {node.func.id for node in ast.walk(tree) if isinstance(getattr(node, "func", None), ast.Name)}
    imported, functions = _imported_and_defined(tuple(cells))
    return {name: name in called | functions for name in sorted(wanted - builtin - imported)}


@functools.lru_cache(maxsize=1)  # it is called for each passed test, with the same cells
def _imported_and_defined(cells):
    """The names that the cells of a notebook import, and the names of the functions that they define."""
    imported, functions, left = set(), set(), _MOST_READ
    for cell in cells:
        left -= len(cell)
        nodes = list(ast.walk(parse(cell))) if left >= 0 else []
        aliases = (alias for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names)
        imported |= {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
        functions |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return imported, functions


def parse(source: str) -> ast.Module:
    """The syntax tree of a cell. It is empty where Python cannot read the cell, or where a cell with magics is long."""
    short = len(source) <= _MOST_TRANSFORMED and max(map(len, source.splitlines()), default=0) <= _LONG_LINE
    for transform in (str, TransformerManager().transform_cell):  # its time grows as the square of a line's length
        if transform is str or short:
            try:
                return ast.parse(transform(source))
            except Exception:  # for example too deep, half written, or with invalid characters
                continue
    return ast.Module([], [])


def _defined_in(tree):
    """All names that a test itself defines."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found


def wrong_answers(names: dict[str, bool], rng: random.Random) -> str:
    """A cell that replaces each answer by a number, or by a function that returns one. No test may accept it.

    Args:
        names: what `answer_names` returned.
        rng: draws the numbers.
    """
    lines = []
    for name, is_function in names.items():
        number = round(rng.uniform(3, 9), 5)
        lines.append(
            f"def {name}(*args, **kwargs):\n    return {number}\n\n" if is_function else f"{name} = {number}\n"
        )
    return "\n".join(lines)


def recorded_answers(names: dict[str, bool], source: str, rng: random.Random) -> tuple[str, list[str]]:
    """Cells that find answers which return an object that equals everything.

    Args:
        names: what `answer_names` returned.
        source: the sources of the tests.
        rng: draws the names and numbers.

    Returns:
        A cell after which the answers record what they return. And a list of cells to run after the tests: each fails
        unless a recorded value is, say, equal to two different numbers.
    """
    seen, keep, inner, parts, says = (random_name(rng, kind) for kind in ("seen", "keep", "inner", "parts", "says"))
    functions = [name for name, is_function in names.items() if is_function]
    record = (
        f"{seen} = []\n\n\ndef {keep}(f):\n    def {inner}(*args, **kwargs):\n        value = f(*args, **kwargs)\n"
        f"        if len({seen}) < 300:\n            {seen}.append(value)\n        return value\n\n"
        f"    return {inner}\n\n\n"
    )
    record += "".join(f"{name} = {keep}({name})\n" for name in functions)

    head = (
        f"def {parts}(value):\n    yield value\n    if isinstance(value, dict):\n        value = list(value.values())\n"
        "    if isinstance(value, tuple | list):\n        for part in value:\n"
        f"            yield from {parts}(part)\n\n\n"
    )
    questions = [
        f"{_imports(source)}\n\n{head}def {says}(value):\n    try:\n        return bool({first}) and bool({second})\n"
        f'    except Exception:\n        return False\n\n\nassert any(map({says}, {parts}({seen}))), "none"'
        for first, second in _contradictions(keep, source, rng)
    ]
    return record, questions


def _contradictions(name, source, rng):
    """Pairs of expressions about `value`. No honest value makes both true."""
    a, b = (round(rng.uniform(1, 9) * 10**6, 3) for _ in range(2))
    pairs = [
        (f"value == {a}", f"value == {b}"),
        (f"{a} == value", f"{b} == value"),
        (f"abs(value - {a}) < 1e-6", f"abs(value - {b}) < 1e-6"),
        (f"abs({a} - value) < 1e-6", f"abs({b} - value) < 1e-6"),
        (f"value < -{a}", f"value > {b}"),
        (f"{a} in value", f"{b} in value"),
        (f"isinstance(value, type('A{name}', (), {{}}))", f"isinstance(value, type('B{name}', (), {{}}))"),
    ]
    if re.search(r"\bnp\.", source):
        pairs += [
            (f"np.size(value) and np.{compare}(value, {a})", f"np.{compare}(value, {b})") for compare in _COMPARISONS
        ]
    return pairs


def true_tests(source: str, rng: random.Random) -> list[tuple[str, str]]:
    """Cells that must pass: each calls one of NumPy's functions and compares its result with the right one.

    The right results are computed here, out of reach of the student's code.

    Args:
        source: the sources of the tests. The functions of NumPy that they call are tried.
        rng: draws the numbers.

    Returns:
        Pairs of a function's name and a source.
    """
    names = sorted(set(re.findall(r"\bnp\.((?:linalg\.)?\w+)\(", source)))
    tests = []
    for name in names:
        for count in (1, 2):
            numbers = [[round(rng.uniform(0.1, 0.9), 4) for _ in range(3)] for _ in range(count)]
            try:
                right = functools.reduce(getattr, name.split("."), np)(*map(np.array, numbers))
                comparable = np.size(right) in (1, 3) and np.isfinite(right).all() and not name.startswith("empty")
            except Exception:  # this function takes no numbers, or not so many
                continue
            if comparable:
                tests.append((f"np.{name}", _true_test(name, numbers, np.ravel(right).tolist(), rng)))
                break
    return tests


def _true_test(name, numbers, right, rng):
    numpy, came = random_name(rng, "np"), random_name(rng, "came")
    inputs = ", ".join(f"{numpy}.array({part})" for part in numbers)
    return (
        f"import numpy as {numpy}\n\n{came} = {numpy}.asarray({numpy}.{name}({inputs})).ravel().tolist()\n"
        f"assert len({came}) == {len(right)}\n"
        f"assert all(abs(a - b) <= 1e-9 for a, b in zip({came}, {right}))"
    )
