"""The room for new kinds of games: its modules come when they are used, and under the names that saved files know."""

import json

import pytest

HEAVY = ("keras", "tensorflow", "jax", "torch")


def test_the_modules_come_when_they_are_used_and_keras_with_them(run_python):
    code = f"""
import json, sys
import gan_course
names = gan_course.variants.__all__
before = [name for name in {HEAVY} if name in sys.modules]
modules = [getattr(gan_course.variants, name).__name__ for name in names]
print(json.dumps([names, before, modules, "keras" in sys.modules, set(names) <= set(dir(gan_course.variants))]))
"""
    child = run_python("-c", code)
    assert child.returncode == 0, child.stderr
    names, before, modules, with_keras, listed = json.loads(child.stdout.splitlines()[-1])
    assert {"conditional", "energy"} <= set(names)
    assert before == []
    assert modules == [f"gan_course.variants.{name}" for name in names]
    assert with_keras
    assert listed


def test_another_name_is_no_module():
    from gan_course import variants

    with pytest.raises(AttributeError, match=r"gan_course\.variants.+no_such_module"):
        variants.no_such_module  # noqa: B018
