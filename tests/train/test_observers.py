"""The parts of the one callback of a run. tests/train/test_runs.py tests the whole of it."""

import contextlib
import signal
import time

import pytest

from gan_course.train.observers import Progress, Stop, Stopwatch


def test_a_stopwatch_leaves_out_its_pauses():
    watch = Stopwatch(100)
    time.sleep(0.05)
    with watch.paused():
        time.sleep(0.5)
    assert 100.05 <= watch.seconds < 100.5


def test_a_pause_ends_with_an_error_too():
    watch = Stopwatch()
    with contextlib.suppress(ZeroDivisionError), watch.paused():
        time.sleep(0.2)
        raise ZeroDivisionError
    assert watch.seconds < 0.2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_asks_and_a_second_one_ends(number):
    said, before = [], signal.getsignal(number)
    with Stop(said.append) as stop:
        assert not stop.asked
        signal.raise_signal(number)
        assert stop.asked
        assert "Stopping after this step" in said[0]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_the_progress_bar_shows_losses_and_speed(capsys, monkeypatch):
    class Watch:
        seconds = 10.0

    progress = Progress(4, 100, 16, Watch)
    Watch.seconds = 10.4
    progress.update(5, {})  # too early for a look at the losses
    Watch.seconds = 12.0
    progress.update(8, {"d_loss": 0.12345, "g_loss": 2.0})
    progress.bar.close()
    assert progress.images_per_second == 4 * 16 / 2
    assert "8/100" in (said := capsys.readouterr().err)
    assert "d_loss=0.123, g_loss=2.000, images/s=32" in said
