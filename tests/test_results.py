"""The stored numbers of the benchmarks come with the package, wherever it is installed."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gan_course import results

PROJECT = Path(__file__).resolve().parents[1]


def test_every_stored_file_loads_and_says_what_it_depends_on():
    assert "modes" in results.names()
    for name in results.names():
        found = results.load(name)
        assert set(found) == {"about", "runs"}
        assert found["about"]
        assert all(isinstance(run, dict) for run in found["runs"])
        assert len(found["runs"]) > 1


@pytest.mark.parametrize("name", ["no_such_benchmark", "../data", "modes.json", "", None, 3, ["modes"]])
def test_another_name_is_refused_with_those_that_there_are(name):
    with pytest.raises(ValueError, match=r"Unknown results\. Expected one of .+'modes'.+ Received: .+ Choose one"):
        results.load(name)


def test_a_wheel_holds_every_module_and_every_result(tmp_path):
    """What is built is what Colab gets: a file that the build leaves out is missing there alone."""
    pytest.importorskip(
        "setuptools", minversion="77", reason="building wants it; the Colab stage of CI builds a wheel, too"
    )
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "gan_course", project / "gan_course", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, project)
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", tmp_path]
    command = [sys.executable, "-m", "pip", "wheel", *options, project]
    subprocess.run(command, check=True, timeout=240)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("gan_course/")}
    files = {path for suffix in ("*.py", "*.json", "*.j2") for path in (PROJECT / "gan_course").rglob(suffix)}
    assert inside == {path.relative_to(PROJECT).as_posix() for path in files}
    assert json.loads(zipfile.ZipFile(wheel).read("gan_course/results/modes.json")) == results.load("modes")


def test_every_benchmark_has_its_table_its_plot_and_its_numbers_in_their_places():
    from benchmarks import report

    for name in results.names():
        assert {path.suffix for path in report.ASSETS.glob(f"{name}.*")} == {".md", ".png"}
        assert report.numbers_of(report.ASSETS, name).is_file()
    assert report.numbers_of("elsewhere", "modes") == Path("elsewhere/modes.json")
