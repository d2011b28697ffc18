"""Copies of a test with wrong expected results, so that no right answer can pass them (see `canaries.py`)."""

import ast
import random
from collections.abc import Iterable

from .canary_sources import parse, random_name


def with_wrong_expectations(source: str, names: Iterable[str], rng: random.Random) -> list[tuple[str, str]]:
    """Copies of a test cell. In each, one assertion expects a wrong result.

    In `abs(came - expected) < 1e-9`, the variable `expected` gets another value, or the difference is made larger. In
    `came == 4`, the number is changed. A right answer then fails the test. But code that looks up the expected number
    in the test or in its variables still passes.

    Args:
        source: the source of the test cell.
        names: names of the answers that the test uses.
        rng: draws the names and numbers.

    Returns:
        Pairs of two sources: the changed test, and a cell that fails unless the changed assertion was reached.
    """
    copies = []
    for number in range(sum(isinstance(node, ast.Assert) for node in ast.walk(parse(source)))):
        tree, reached = parse(source), random_name(rng, "reached")
        chosen = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)][number]
        edit = _WrongExpectation(_plain_variables(tree) - _dependents(tree, set(names)), rng)
        chosen.test = edit.visit(chosen.test)
        if edit.changed:
            _MarkReached(chosen, reached).visit(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.Assign) and _assigned_name(node) in edit.names:
                    node.value = edit.other(node.value)
            forget = f"for {reached} in {sorted(_stored(tree))}:\n    globals().pop({reached}, None)\n{reached} = []\n"
            copies.append((forget + ast.unparse(ast.fix_missing_locations(tree)), f'assert {reached}, "not reached"'))
    return copies


def _assigned_name(node):
    """The variable of an assignment to one variable, or None."""
    return node.targets[0].id if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) else None


def _stored(tree):
    """The variables that a test assigns, outside of its functions."""
    inside = {part for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for part in ast.walk(node)}
    stores = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {node.id for node in stores if node not in inside}


def _mentioned(node):
    """All names in a part of the syntax tree."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _dependents(tree, names):
    """The `names`, and all functions and variables whose values depend on them."""
    before = None
    while before != names:
        before = set(names)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and _mentioned(node) & names:
                names = names | {node.name}
            if isinstance(node, ast.Assign) and _mentioned(node.value) & names:
                names = names | {name for target in node.targets for name in _mentioned(target)}
    return names


def _plain_variables(tree):
    """Variables that an assignment of one name sets, and that no call takes as an argument, except `abs`."""
    plain = {_assigned_name(node) for node in ast.walk(tree) if isinstance(node, ast.Assign)} - {None}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and not _is_abs(node))
    return plain - {name for call in calls for argument in call.args for name in _mentioned(argument)}


def _is_abs(node):
    """Whether a call is abs(…) or np.abs(…)."""
    return getattr(node.func, "id", None) == "abs" or getattr(node.func, "attr", None) == "abs"


class _MarkReached(ast.NodeTransformer):
    """Puts a line before an assertion. The line appends to the list `reached` when the test gets there."""

    def __init__(self, chosen, reached):
        self._chosen, self._reached = chosen, reached

    def visit_Assert(self, node):
        if node is self._chosen:
            return [*ast.parse(f"{self._reached}.append(0)").body, node]
        return node


class _WrongExpectation(ast.NodeTransformer):
    """Makes an assertion expect another result, much farther away than any tolerance allows.

    After `visit`, `changed` says whether that was possible, and `names` holds the variables whose assignments must be
    changed too.
    """

    def __init__(self, variables, rng):
        self.names, self.changed = set(), False
        self._variables, self._rng = variables, rng

    def other(self, value):
        """The syntax tree of another value, far away."""
        factor, more = round(self._rng.uniform(2, 9), 4), round(self._rng.uniform(2e6, 9e6), 2)
        if isinstance(value, ast.List | ast.Tuple):
            return type(value)([self.other(part) for part in value.elts], ast.Load())
        if isinstance(value, ast.Constant) and type(value.value) in (int, float):
            return ast.Constant(type(value.value)(value.value * factor + more))
        return ast.BinOp(ast.BinOp(value, ast.Mult(), ast.Constant(factor)), ast.Add(), ast.Constant(more))

    def visit(self, node):
        """Change a comparison or a call of allclose; leave everything else (`not`, `or`, …) as it is."""
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            expected = node.comparators[0]
            if isinstance(node.ops[0], ast.Lt | ast.LtE):
                self._enlarge(node.left)
            elif isinstance(node.ops[0], ast.Eq) and type(getattr(expected, "value", None)) in (int, float):
                node.comparators[0], self.changed = self.other(expected), True
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "allclose" and len(node.args) > 1:
            node.args[1], self.changed = self.other(node.args[1]), True
        return node

    def _enlarge(self, size):
        """In abs(came - expected) or abs(came - expected).max(), change what is expected, or else the difference."""
        while isinstance(size, ast.Call) and getattr(size.func, "attr", None) in ("max", "mean", "sum"):
            size = size.func.value
        if not (isinstance(size, ast.Call) and _is_abs(size) and len(size.args) == 1):
            return
        self.changed, difference = True, size.args[0]
        if not (isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub)):
            size.args[0] = self.other(difference)
        elif getattr(difference.right, "id", None) in self._variables:
            self.names.add(difference.right.id)
        else:
            difference.right = self.other(difference.right)
