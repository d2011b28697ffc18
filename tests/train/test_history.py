"""The lines of a run: what is written, what is read again, and what TensorBoard gets."""

import json
import math
import sys
import types

from gan_course.train import history
from gan_course.train.history import History


def test_lines_are_written_and_later_ones_dropped_when_a_run_goes_on(tmp_path):
    first = History(tmp_path)
    assert first.seconds == 0
    for step in (2, 4, 6):
        first.add(step, {"seconds": step / 3, "d_loss": math.nan if step == 4 else 0.5})
    lines = [json.loads(line) for line in first.path.read_text("utf-8").splitlines()]
    assert lines == first.lines
    assert lines[0] == {"step": 2, "seconds": 0.666667, "d_loss": 0.5}
    assert lines[1]["d_loss"] is None
    resumed = History(tmp_path, last_step=4)
    assert [line["step"] for line in resumed.lines] == [2, 4]
    assert resumed.seconds == 1.33333


def test_tensorboard_gets_the_same(tmp_path, monkeypatch):
    written = []

    class Writer:
        def __init__(self, folder):
            self.folder = folder

        def add_scalar(self, name, value, step):
            written.append((self.folder, name, value, step))

        def flush(self):
            written.append("flushed")

    module = types.ModuleType("tensorboard.summary")
    module.Writer = Writer
    monkeypatch.setitem(sys.modules, "tensorboard.summary", module)
    monkeypatch.setattr(history.importlib.util, "find_spec", lambda name: name == "tensorboard")
    History(tmp_path).add(3, {"d_loss": 0.25})
    assert written == [(str(tmp_path / "tensorboard"), "d_loss", 0.25, 3), "flushed"]


def test_without_tensorboard_there_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(history.importlib.util, "find_spec", lambda name: None)
    History(tmp_path).add(3, {"d_loss": 0.25})
    assert [path.name for path in tmp_path.iterdir()] == ["history.jsonl"]
