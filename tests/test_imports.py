"""Importing the package is quick and brings no Keras; its modules import each other one way only."""

import ast
import json
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "gan_course"

# Module → the neighbors it may import. A new module has to take its place here, and nobody imports `checks`.
MAY_IMPORT = {
    "__init__": set(),
    "__main__": {"__init__", "data", "runtime"},
    "arguments": set(),
    "autoregressive": {"levels"},
    "backend": {"devices"},
    "batches": set(),
    "boltzmann": set(),
    "callbacks": {"plots"},
    "claims": set(),
    "checkpoints": {"backend"},
    "combined": {"validate"},
    "conditional": {"levels", "networks"},
    "data": set(),
    "devices": set(),
    "energy": {"gan", "networks", "objectives", "validate"},
    "fitting": {"backend", "batches", "labels", "samples", "validate"},
    "gan": {
        *("backend", "batches", "checkpoints", "combined", "devices", "fitting", "labels"),
        *("objectives", "optimizers", "runtime", "samples", "validate"),
    },
    "labels": {"validate"},
    "levels": set(),
    "markov": {"levels"},
    "metrics": set(),
    "mixture": {"levels"},
    "networks": set(),
    "objectives": {"backend", "devices"},
    "optimizers": {"validate"},
    "plots": set(),
    "results": set(),
    "runtime": set(),
    "samples": {"labels", "validate"},
    "theory": set(),
    "vae": {"levels"},
    "validate": set(),
}
KERAS_FREE = (
    "__init__",
    "__main__",
    "arguments",
    "boltzmann",
    "claims",
    "data",
    "levels",
    "markov",
    "metrics",
    "mixture",
    "plots",
    "results",
    "runtime",
    "theory",
)
HEAVY = ("keras", "tensorflow", "jax", "torch", "numpy", "matplotlib", "sklearn", "scipy")
FILES = {path.stem: path for path in PACKAGE.glob("*.py")} | {"results": PACKAGE / "results" / "__init__.py"}
MODULES = sorted(FILES)


def imports(source, module_level_only=False):
    """Full names of what a module imports; names from the package itself are "gan_course.<module>"."""
    tree = ast.parse(source)
    for node in tree.body if module_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, ["gan_course" if node.level else "", node.module or ""]))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def neighbors(source):
    """Modules of the package that a module imports."""
    found = set()
    for name in imports(source):
        package, _, rest = name.partition(".")
        if package == "gan_course":
            module = rest.partition(".")[0]
            found.add(module if module in {*MODULES, "checks"} else "__init__")
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from gan_course import plots", {"plots"}),
        ("def f():\n    from . import data", {"data"}),
        ("import gan_course.theory", {"theory"}),
        ("from gan_course.checks.lesson_01 import draw", {"checks"}),
        ("from gan_course import __version__", {"__init__"}),
        ("import numpy.random\nfrom pathlib import Path", set()),
    ],
)
def test_the_walk_finds_every_kind_of_import(source, expected):
    assert neighbors(source) == expected


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_the_neighbors_it_may(module):
    assert module in MAY_IMPORT, f"{module}.py has no place in the order of imports yet; see CONTRIBUTING"
    assert neighbors(FILES[module].read_text("utf-8")) <= MAY_IMPORT[module]


def test_the_instructors_side_stands_alone():
    """Learners need no nbgrader: only `homework` imports it, and nothing imports `homework`, which stands alone."""
    sources = {path: path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
    ours = {path for path in sources if path.parent.name == "homework"}
    assert len(ours) >= 5
    for path, source in sources.items():
        names = {".".join(name.split(".")[:2]) for name in imports(source)}
        if path in ours:
            assert not {name for name in names if name.startswith("gan_course.")} & {f"gan_course.{m}" for m in MODULES}
        else:
            assert not {name for name in names if name.startswith("nbgrader") or name == "gan_course.homework"}


@pytest.mark.parametrize("module", sorted(set(KERAS_FREE) & set(MODULES)))
def test_these_modules_import_no_keras_when_they_are_imported(module):
    names = imports(FILES[module].read_text("utf-8"), module_level_only=True)
    assert not {name.partition(".")[0] for name in names} & {"keras", "tensorflow", "jax", "torch"}


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"backend", "devices", "runtime"}))
def test_only_these_modules_know_the_backends(module):
    names = imports(FILES[module].read_text("utf-8"))
    assert not {name.partition(".")[0] for name in names} & {"tensorflow", "jax", "torch"}


def test_importing_the_package_is_quick_and_light(run_python):
    code = f"""
import json, sys, time
start = time.perf_counter()
import gan_course
seconds = time.perf_counter() - start
print(json.dumps([seconds, [name for name in {HEAVY} if name in sys.modules]]))
"""
    runs = [json.loads(run_python("-c", code).stdout) for _ in range(5)]
    assert [heavy for _, heavy in runs] == [[]] * 5
    assert min(seconds for seconds, _ in runs) < 0.1


def test_modules_come_when_they_are_used(run_python):
    """Each in a process of its own would be slow, so they come one after the other in one."""
    names = sorted({*MODULES, "checks"} - {"__init__", "__main__"})
    code = f"""
import gan_course
for name in {names}:
    assert getattr(gan_course, name).__name__ == f"gan_course.{{name}}"
assert sorted(gan_course.__all__) == {names}
assert set(gan_course.__all__) <= set(dir(gan_course))
"""
    child = run_python("-c", code)
    assert child.returncode == 0, child.stderr


def test_another_name_is_no_module():
    import gan_course

    with pytest.raises(AttributeError, match="no_such_module"):
        gan_course.no_such_module  # noqa: B018
