"""Drawing with a run: which classes, and into which files. tests/train/test_command.py draws without classes."""

import numpy as np
import pytest
from PIL import Image

from gan_course.train import drawing

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


class Painter:
    """Draws gray images, as bright as the number of their class."""

    conditional = True

    def generate(self, count, seed, labels):
        return np.ones((count, 8, 8, 1), "float32") * (labels[:, None, None, None] - 1)

    def steps_behind(self):
        return 1


@pytest.fixture(autouse=True)
def _run(monkeypatch):
    monkeypatch.setattr(drawing.runs, "load", lambda folder: (Painter(), ("bird", "cat", "dog")))


def levels(folder):
    """The level of each image of a folder, in order."""
    return [np.asarray(Image.open(path)).mean() for path in sorted(folder.glob("0*.png"))]


def test_all_classes_in_turn(tmp_path):
    assert drawing.draw("run", 5, 0, None, tmp_path, say=lambda line: None) == 0
    assert levels(tmp_path) == [0, 128, 255, 0, 128]
    assert (tmp_path / "grid.png").read_bytes()[:4] == b"\x89PNG"


def test_one_class_alone(tmp_path):
    drawing.draw("run", 2, 0, "dog", tmp_path, say=lambda line: None)
    assert levels(tmp_path) == [255, 255]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"label": "cow"}, {"seed": -1}])
def test_what_cannot_be_drawn_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match=THREE_PARTS):
        drawing.draw("run", **{"count": 2, "seed": 0, "label": None, **wrong}, folder=tmp_path)
