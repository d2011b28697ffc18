"""Copies of a test whose expectations were made wrong, so that no right answer can meet them (see `canaries.py`)."""

import ast

from .lies import fresh, parsed


def wrong_expectations(source, names, rng):
    """Copies of a test cell, each with the expectation of one of its assertions made wrong.

    Where the test says `abs(came - expected) < 1e-9`, `expected` is assigned another number, or else the difference
    grows; where it says `came == 4`, it wants another number. A right answer fails then; code that looks the expected
    number up in the test, or in its variables, passes. Returns pairs of the source, and a source that fails unless the
    assertion was reached.
    """
    copies = []
    for number in range(sum(isinstance(node, ast.Assert) for node in ast.walk(parsed(source)))):
        tree, met = parsed(source), fresh(rng, "met")
        chosen = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)][number]
        edit = _Expectation(_assigned(tree) - _users(tree, set(names)), rng)
        chosen.test = edit.visit(chosen.test)
        if edit.changed:
            _Mark(chosen, met).visit(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.Assign) and _single(node) in edit.names:
                    node.value = edit.off(node.value)
            forget = f"for {met} in {sorted(_stored(tree))}:\n    globals().pop({met}, None)\n{met} = []\n"
            copies.append((forget + ast.unparse(ast.fix_missing_locations(tree)), f'assert {met}, "not reached"'))
    return copies


def _single(node):
    """The name that a plain assignment gives a value to, or None."""
    return node.targets[0].id if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) else None


def _stored(tree):
    """The names to which a test's own lines give values."""
    inside = {part for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for part in ast.walk(node)}
    stores = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {node.id for node in stores if node not in inside}


def _mentioned(node):
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _users(tree, names):
    """The `names`, and all that is defined or assigned by way of them."""
    before = None
    while before != names:
        before = set(names)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and _mentioned(node) & names:
                names = names | {node.name}
            if isinstance(node, ast.Assign) and _mentioned(node.value) & names:
                names = names | {name for target in node.targets for name in _mentioned(target)}
    return names


def _assigned(tree):
    """Names that plain assignments give a value to, and that are nowhere handed on to a call."""
    plain = {_single(node) for node in ast.walk(tree) if isinstance(node, ast.Assign)} - {None}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and not _is_size(node))
    return plain - {name for call in calls for argument in call.args for name in _mentioned(argument)}


def _is_size(node):
    """abs(…), np.abs(…)"""
    return getattr(node.func, "id", None) == "abs" or getattr(node.func, "attr", None) == "abs"


class _Mark(ast.NodeTransformer):
    """Puts a line before an assertion, which notes in the list `met` that it was reached."""

    def __init__(self, chosen, met):
        self._chosen, self._met = chosen, met

    def visit_Assert(self, node):
        if node is self._chosen:
            return [*ast.parse(f"{self._met}.append(0)").body, node]
        return node


class _Expectation(ast.NodeTransformer):
    """Makes an assertion want something else than it does. `names` are those whose assignments must be put `off`.

    What is wanted moves by far more than any tolerance allows, so that no right answer can meet it.
    """

    def __init__(self, variables, rng):
        self.names, self.changed = set(), False
        self._variables, self._rng = variables, rng

    def off(self, value):
        """Another value, far away."""
        factor, more = round(self._rng.uniform(2, 9), 4), round(self._rng.uniform(2e6, 9e6), 2)
        if isinstance(value, ast.List | ast.Tuple):
            return type(value)([self.off(part) for part in value.elts], ast.Load())
        if isinstance(value, ast.Constant) and type(value.value) in (int, float):
            return ast.Constant(type(value.value)(value.value * factor + more))
        return ast.BinOp(ast.BinOp(value, ast.Mult(), ast.Constant(factor)), ast.Add(), ast.Constant(more))

    def visit(self, node):
        """Change a comparison or a call of allclose; leave everything else (`not`, `or`, …) as it is."""
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            wanted = node.comparators[0]
            if isinstance(node.ops[0], ast.Lt | ast.LtE):
                self._enlarge(node.left)
            elif isinstance(node.ops[0], ast.Eq) and type(getattr(wanted, "value", None)) in (int, float):
                node.comparators[0], self.changed = self.off(wanted), True
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "allclose" and len(node.args) > 1:
            node.args[1], self.changed = self.off(node.args[1]), True
        return node

    def _enlarge(self, size):
        """abs(came - wanted), abs(came - wanted).max(): put what is wanted off, or else the difference."""
        while isinstance(size, ast.Call) and getattr(size.func, "attr", None) in ("max", "mean", "sum"):
            size = size.func.value
        if not (isinstance(size, ast.Call) and _is_size(size) and len(size.args) == 1):
            return
        self.changed, difference = True, size.args[0]
        if not (isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub)):
            size.args[0] = self.off(difference)
        elif getattr(difference.right, "id", None) in self._variables:
            self.names.add(difference.right.id)
        else:
            difference.right = self.off(difference.right)
