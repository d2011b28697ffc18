"""A training is the same with a visit and without one, bit for bit, in every kind of loop; hooks are undone."""

import keras
import numpy as np
import pytest
from doctor_loops import LOOPS, new_players

from gan_course import doctor
from gan_course.doctor import hooks

pytestmark = [pytest.mark.backends, pytest.mark.filterwarnings("ignore")]


def weights_after(loop, visited):
    players = new_players()
    real = np.random.RandomState(0).normal(size=(96, 6)).astype("float32")
    if visited:
        with doctor.watch(*players, real=real) as visit:
            loop(*players, real)
        assert not visit.recorder.troubles, visit.recorder.troubles
        assert visit.ticks > 0 or min(visit.evidence.moved.values()) > 0
    else:
        loop(*players, real)
    after = np.random.random()  # noqa: NPY002 (the state of the global generator)
    return [keras.ops.convert_to_numpy(v) for player in players for v in player.variables], after


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_the_weights_are_the_same_bit_for_bit(loop):
    alone, random_alone = weights_after(loop, visited=False)
    visited, random_visited = weights_after(loop, visited=True)
    assert all(np.array_equal(a, b) for a, b in zip(alone, visited, strict=True))
    assert random_alone == random_visited
    assert not hooks.RECORDERS


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_hooks_are_undone_after_an_exception_and_the_report_still_comes(error):
    before = [getattr(owner, name) for owner, name, _ in hooks._targets()]
    g, d = new_players()

    def fail():
        with doctor.watch(g, d) as visit:
            visits.append(visit)
            raise error("stop here")

    visits = []
    with pytest.raises(error, match="stop here"):
        fail()
    assert [getattr(owner, name) for owner, name, _ in hooks._targets()] == before
    assert "stop here" in str(visits[0])
    assert visits[0].findings[0].name == "no-training"


def test_nested_visits_both_see_everything():
    (g, d), real = new_players(), np.zeros((96, 6), "float32")
    with doctor.watch(g, d, real=real) as outer, doctor.watch(g, d, real=real) as inner:
        LOOPS[0](g, d, real)
    assert inner.ticks == outer.ticks > 0
    assert not hooks.RECORDERS
