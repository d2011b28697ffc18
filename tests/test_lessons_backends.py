"""README says which lessons want TensorFlow, and which PyTorch cannot run: as their sources do."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SOURCES = {path.name[:2]: path.read_text("utf-8") for path in (PROJECT / "notebooks" / "source").glob("[01]*.py")}


def lessons_with(text):
    return sorted(number for number, source in SOURCES.items() if text in source)


def named_before(words):
    """The numbers of the lessons in README's sentence that goes on with these words."""
    readme = " ".join((PROJECT / "README.md").read_text("utf-8").split())
    return re.findall(r"\d\d", re.search(r"[Ll]essons ([^.;]+?) " + re.escape(words), readme)[1])


def test_the_lessons_that_choose_tensorflow_are_named():
    assert len(SOURCES) >= 11
    assert named_before("take gradients with TensorFlow") == lessons_with('select_backend("tensorflow")')
    assert lessons_with("import tensorflow") == lessons_with('select_backend("tensorflow")')


def test_the_lessons_that_take_many_steps_in_one_call_are_named():
    assert named_before("take many steps in one call") == lessons_with("steps_per_execution")
