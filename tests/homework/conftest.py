"""Shared by the homework's tests: a course in a folder of its own, with a small homework that runs in a second."""

import shutil
from pathlib import Path

import jupytext
import pytest
from handed_in import HOMEWORK, read, save


@pytest.fixture(scope="session")
def mini():
    """The small homework: its source, as a notebook without outputs."""
    return jupytext.read(Path(__file__).with_name("mini.py"), fmt="py:percent")


@pytest.fixture(scope="module")
def course(tmp_path_factory, mini):
    """A course's folder with the real settings and homework, and the small one, as nbgrader's API."""
    pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")
    from gan_course.homework.course import open_course

    folder = tmp_path_factory.mktemp("course")
    shutil.copy(HOMEWORK / "nbgrader_config.py", folder)
    if (HOMEWORK / "source").exists():
        shutil.copytree(HOMEWORK / "source", folder / "source", ignore=shutil.ignore_patterns(".*"))
    save(mini, folder / "source" / "mini" / "mini.ipynb")
    return open_course(folder)


@pytest.fixture
def hurry(course):
    """Few seconds for a submission, for those that use all of them."""
    kept = course.config.Execute.copy()
    course.config.Execute.update(seconds=12, timeout=6)
    yield
    course.config.Execute.update(kept)


@pytest.fixture(scope="module")
def released(course):
    """Release an assignment once; gives its source and its release."""
    from gan_course.homework.course import notebook_of
    from gan_course.homework.release import release

    begun, done = set(), {}

    def make(assignment):
        if assignment not in begun:
            begun.add(assignment)
            lines = [said.text for said in release(course, assignment)]
            paths = [notebook_of(course.coursedir, step, assignment) for step in ("source", "release")]
            done[assignment] = (*map(read, paths), lines)
        assert assignment in done, f"the release of {assignment} failed, see the first test that asked for it"
        return done[assignment]

    return make
