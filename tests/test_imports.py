"""Importing the package is quick and brings no Keras; its modules and rooms import each other one way only.

A room is a folder of modules, such as `family`; its modules are called `family.vae`, `family.levels`, ….
"""

import ast
import functools
import graphlib
import json
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "gan_course"

# Module or room → what it may import from the rest of the package. Each may import `arguments`, too, and the modules of
# a room may import each other. A new room, or a module outside of rooms, needs a line here and in CONTRIBUTING.
MAY_IMPORT = {
    "__init__": (),
    # These import (almost) nothing of the package
    "arguments": (),
    "bundled": (),
    "claims": (),
    "data": ("bundled", "toys"),
    "metrics": (),
    "plots": (),
    "results": (),
    "runtime": (),
    "theory": (),
    "toys": (),
    # Checks before any training
    "validate": (),
    "labels": ("validate",),
    "samples": ("labels", "validate"),
    # What differs from backend to backend
    "cluster": (),
    "convolutions": (),
    "devices": ("cluster", "validate"),
    "input_pipeline": ("cluster",),
    "random_state": (),
    "stateless": (),
    "backend": ("cluster", "convolutions", "devices", "random_state", "stateless"),
    # What the players are made of, and what they minimize
    "layers": (),
    "networks": ("layers",),
    "residual": ("networks",),
    "objectives": ("backend", "devices"),
    # The game
    "batches": (),
    "checkpoints": ("random_state",),
    "combined": ("validate",),
    "fitting": ("batches", "input_pipeline", "labels", "random_state", "samples", "validate"),
    "optimizers": ("validate",),
    "losses": ("backend", "objectives", "stateless"),
    "gan": (
        *("backend", "batches", "checkpoints", "combined", "devices", "fitting", "labels", "losses", "objectives"),
        *("optimizers", "runtime", "samples", "stateless", "validate"),
    ),
    # Around the game
    "callbacks": ("backend", "plots", "stateless"),
    "variants": (
        *("backend", "batches", "devices", "gan", "layers", "losses", "networks", "objectives", "samples"),
        *("stateless", "validate"),
    ),
    "family": (),
    "doctor": ("backend", "metrics", "plots", "random_state", "validate"),
    "train": (
        *("__init__", "bundled", "callbacks", "cluster", "data", "devices", "gan", "metrics", "networks", "plots"),
        *("residual", "runtime", "samples", "variants"),
    ),
    # Apart: nothing imports these
    "checks": ("data", "gan", "metrics", "networks", "theory"),
    "homework": (),
    "__main__": ("__init__", "data", "doctor", "runtime", "train"),
}
APART = ("checks", "homework", "__main__")
KERAS_FREE = (
    *("__init__", "__main__", "arguments", "bundled", "claims", "data", "metrics", "plots", "results", "runtime"),
    *("theory", "toys", "family.boltzmann", "family.levels", "family.markov", "family.mixture", "family.noising"),
    *("train.command", "train.files", "train.folder", "train.history", "train.pictures", "train.settings"),
)
KNOW_THE_BACKENDS = (
    *(
        "backend",
        "cluster",
        "convolutions",
        "devices",
        "doctor.frameworks",
        "doctor.meters",
        "input_pipeline",
        "random_state",
        "runtime",
        "stateless",
    ),
    "checks.lesson_03",
)
BACKENDS = ("tensorflow", "jax", "torch")
HEAVY = ("keras", *BACKENDS, "numpy", "matplotlib", "sklearn", "scipy")


# Reading the package


def name_of(path):
    """`gan_course/family/vae.py` → `family.vae`; the `__init__.py` of a room → the room's name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
ROOMS = {name_of(path) for path in PACKAGE.glob("*/__init__.py")}


def is_in(module, names):
    """Whether a module, or the room around it, is among the names."""
    return module in names or module.partition(".")[0] in names


def statements(tree, at_import=False):
    """All import statements of a syntax tree, or only those that run when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not (at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            yield from statements(node, at_import)


def imports(source, package="gan_course", at_import=False):
    """Full names of what a source text imports, such as `numpy.random` or `gan_course.family.vae.PixelVAE`.

    Args:
        source: the text of a module.
        package: the package that the module belongs to, for relative imports.
        at_import: whether to leave out imports in functions. Defaults to False.
    """
    for node in statements(ast.parse(source), at_import):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            yield from (".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names)


def module_of(name):
    """The module of the package that `gan_course.x.y.z` is, or is in. None for a name from elsewhere."""
    package, *parts = name.split(".")
    if package != "gan_course":
        return None
    longest = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((module for module in longest if module in FILES), "__init__")


@functools.cache
def imports_of(module, at_import=False):
    """What a module of the package imports: the set of full names."""
    room = module if module in ROOMS else module.rpartition(".")[0]
    package = ".".join(filter(None, ["gan_course", room]))
    return frozenset(imports(FILES[module].read_text("utf-8"), package, at_import))


def neighbors(module, at_import=False):
    """The other modules of the package that a module imports."""
    return {module_of(name) for name in imports_of(module, at_import)} - {None, module}


def reached(module, at_import=True):
    """A module and all modules of the package that Python runs when it is imported, rooms around them included."""
    found, todo = set(), {module}
    while todo:
        found |= todo
        around = {name.partition(".")[0] for name in todo} & ROOMS
        todo = {other for name in todo for other in neighbors(name, at_import)} | around
        todo -= found
    return found


# The reading itself


@pytest.mark.parametrize(
    ("source", "package", "expected"),
    [
        ("from gan_course import plots", "gan_course", {"plots"}),
        ("def f():\n    from . import data", "gan_course", {"data"}),
        ("import gan_course.theory", "gan_course", {"theory"}),
        ("from gan_course.checks.lesson_01 import draw", "gan_course", {"checks.lesson_01"}),
        ("from gan_course.homework import collect", "gan_course", {"homework.collect"}),
        ("from .collect import find", "gan_course.homework", {"homework.collect"}),
        ("from . import collect", "gan_course.homework", {"homework.collect"}),
        ("from .. import data", "gan_course.homework", {"data"}),
        ("from ..plots import film", "gan_course.homework", {"plots"}),
        ("from gan_course import __version__", "gan_course", {"__init__"}),
        ("import numpy.random\nfrom pathlib import Path", "gan_course", set()),
    ],
)
def test_every_kind_of_import_is_found(source, package, expected):
    assert {module_of(name) for name in imports(source, package)} - {None} == expected


def test_imports_in_functions_do_not_run_when_a_module_is_imported():
    source = "import a\nif a:\n    import b\nclass C:\n    import c\n    def f(self):\n        import d\n"
    assert [*imports(source, at_import=True)] == ["a", "b", "c"]
    assert [*imports(source)] == ["a", "b", "c", "d"]


# Directions


@pytest.mark.parametrize("module", FILES)
def test_a_module_imports_only_what_its_entry_allows(module):
    entry = module.partition(".")[0]
    assert entry in MAY_IMPORT, f"{entry} has no line in MAY_IMPORT yet; see the map in CONTRIBUTING"
    outside = {name for name in neighbors(module) if name.partition(".")[0] != entry}
    refused = {name for name in outside if not is_in(name, {"arguments", *MAY_IMPORT[entry]})}
    assert not refused, f"{module} may not import {sorted(refused)}"


def test_the_table_names_what_is_there():
    there = {name.partition(".")[0] for name in FILES}
    assert {*MAY_IMPORT} == there
    assert {name for allowed in MAY_IMPORT.values() for name in allowed} <= there
    assert {*KERAS_FREE, *KNOW_THE_BACKENDS} <= {*FILES}


def test_the_table_has_no_circle_and_nothing_imports_what_stands_apart():
    tuple(graphlib.TopologicalSorter(MAY_IMPORT).static_order())  # raises a CycleError that names the circle
    assert not {name for allowed in MAY_IMPORT.values() for name in allowed} & {*APART}


def test_the_modules_have_no_circle():
    """All modules, those within a room too, can be put in an order in which each imports only earlier ones."""
    graph = {module: neighbors(module, at_import=True) for module in FILES}
    order = [*graphlib.TopologicalSorter(graph).static_order()]  # raises a CycleError that names the circle
    assert {*order} == {*FILES}


def test_a_circle_would_be_found(monkeypatch, tmp_path):
    for name, source in {"a": "from gan_course.b import x", "b": "import gan_course.c", "c": "from . import a"}.items():
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
    monkeypatch.setitem(globals(), "FILES", {name: tmp_path / f"{name}.py" for name in "abc"})
    with pytest.raises(graphlib.CycleError):
        test_the_modules_have_no_circle()


def test_only_the_instructors_side_imports_nbgrader():
    assert "homework" in ROOMS
    found = {module for module in FILES for name in imports_of(module) if name.partition(".")[0] == "nbgrader"}
    assert {module.partition(".")[0] for module in found} == {"homework"}


# Keras and its backends


@pytest.mark.parametrize("module", [name for name in FILES if is_in(name, KERAS_FREE)])
def test_these_modules_bring_no_keras(module):
    """Neither do the modules that they import."""
    found = {name for other in reached(module) for name in imports_of(other, at_import=True)}
    assert not {name.partition(".")[0] for name in found} & {"keras", *BACKENDS}


@pytest.mark.parametrize("module", [name for name in FILES if not is_in(name, KNOW_THE_BACKENDS)])
def test_only_these_modules_know_the_backends(module):
    assert not {name.partition(".")[0] for name in imports_of(module)} & {*BACKENDS}


# In a process of its own


def test_importing_the_package_is_quick_and_light(run_python):
    """Quick is less than 0.1 s of the processor's time, which does not depend on what else the machine does."""
    code = f"""
import json, sys, time
start = time.process_time()
import gan_course
seconds = time.process_time() - start
print(json.dumps([seconds, [name for name in {HEAVY} if name in sys.modules]]))
"""
    runs = [json.loads(run_python("-c", code).stdout) for _ in range(5)]
    assert [heavy for _, heavy in runs] == [[]] * 5
    assert min(seconds for seconds, _ in runs) < 0.1


def test_modules_come_when_they_are_used(run_python):
    """Every module and room as `gan_course.<name>`, and then the modules in the rooms, all in one process."""
    names = sorted({name.partition(".")[0] for name in FILES} - {"__init__", "__main__", "homework"})
    inner = sorted(name for name in FILES if name.partition(".")[0] in ROOMS - {"homework"})
    code = f"""
import importlib
import gan_course
for name in {names}:
    assert getattr(gan_course, name).__name__ == f"gan_course.{{name}}"
assert sorted(gan_course.__all__) == {names}
assert set(gan_course.__all__) <= set(dir(gan_course))
for name in {inner}:
    importlib.import_module(f"gan_course.{{name}}")
"""
    child = run_python("-c", code)
    assert child.returncode == 0, child.stderr


def test_another_name_is_no_module():
    import gan_course

    with pytest.raises(AttributeError, match="no_such_module"):
        gan_course.no_such_module  # noqa: B018
