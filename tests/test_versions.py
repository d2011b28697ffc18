"""Which versions the package asks for, and that the lowest of them are those that the Colab stage of CI tests."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"([\w.-]+)==([\w.]+)")
ASKED = re.compile(r"([\w.-]+)>=([\w.]+)(,<[\w.]+)?")


def settings():
    return tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]


def pins():
    """Name → version of each line of the constraints file."""
    lines = (PROJECT / ".ci" / "colab-pins.txt").read_text("utf-8").splitlines()
    found = [PINNED.fullmatch(line) for line in lines if line and not line.startswith("#")]
    assert all(found), "every line pins one version"
    return {match[1].lower(): match[2] for match in found}


@pytest.mark.parametrize("line", settings()["dependencies"])
def test_the_lowest_version_of_a_dependency_is_the_one_that_is_tested(line):
    match = ASKED.fullmatch(line)
    assert match, f"{line}: expected NAME>=VERSION, so that the lowest version is known"
    assert pins()[match[1].lower()] == match[2]


def test_tensorflow_may_be_colabs():
    lines = (PROJECT / "requirements.txt").read_text("utf-8").splitlines()
    asked = next(line.split("#")[0].strip() for line in lines if line.startswith("tensorflow"))
    lowest, beyond = re.fullmatch(r"tensorflow>=([\d.]+),<([\d.]+)", asked).groups()
    pinned = pins()["tensorflow"]
    assert pinned.startswith(f"{lowest}.")
    assert tuple(map(int, pinned.split(".")[:2])) < tuple(map(int, beyond.split(".")))


def test_the_pins_say_when_and_where_they_were_published():
    head = (PROJECT / ".ci" / "colab-pins.txt").read_text("utf-8").splitlines()[:5]
    assert re.search(r"published on \d{4}-\d\d-\d\d", " ".join(head))
    assert "googlecolab/backend-info" in " ".join(head)


def test_without_the_optional_packages_every_test_is_collected_or_skipped(run_python):
    """README's test command installs none of these packages. The finder makes their import fail as if they were not."""
    extras = settings()["optional-dependencies"]
    lines = [*extras["instructor"], *extras["jax"], *extras["torch"], "playwright"]
    missing = [re.match(r"[\w-]+", line)[0] for line in lines]
    if not any(importlib.util.find_spec(name) for name in missing):
        pytest.skip("none of them is installed, so this very test run is the one that is asked for")
    collect = f"""
import sys, pytest

class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing)
options = "--collect-only -qq -n 0 -p no:cacheprovider --rootdir".split()
sys.exit(pytest.main([*options, "{PROJECT}", "{PROJECT}/tests"]))
"""
    child = run_python("-c", collect)
    assert child.returncode == 0, child.stdout[-3000:]
