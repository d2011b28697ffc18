"""The room for new kinds of games: its modules come when they are used, and under the names that saved files know."""

import pytest

from gan_course import variants

HEAVY = ("keras", "tensorflow", "jax", "torch")


def test_the_room_is_light(run_python):
    code = f"import gan_course, sys; gan_course.variants; print([name for name in {HEAVY} if name in sys.modules])"
    assert run_python("-c", code).stdout == "[]\n"


def test_the_modules_come_when_they_are_used(monkeypatch):
    """As in a process that has not used them; `tests/test_imports.py` imports them all in one that has not."""
    assert {"conditional", "energy"} <= set(variants.__all__) <= set(dir(variants))
    for name in variants.__all__:
        monkeypatch.delattr(variants, name, raising=False)
        assert getattr(variants, name).__name__ == f"gan_course.variants.{name}"


def test_another_name_is_no_module():
    with pytest.raises(AttributeError, match=r"gan_course\.variants.+no_such_module"):
        variants.no_such_module  # noqa: B018
