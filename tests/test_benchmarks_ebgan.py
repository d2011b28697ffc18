"""The benchmark of EBGAN against GAN: its score by hand, made-up numbers, dropout where it belongs, a tiny run."""

import json

import keras
import numpy as np
import pytest

from gan_course import results
from gan_course.metrics import FeatureClassifier

pytest.importorskip("tensorflow")
if keras.config.backend() != "tensorflow":
    pytest.skip("the benchmarks run on TensorFlow", allow_module_level=True)

from benchmarks import ebgan_grid, report

SMALL = {
    "g_layers": (1,),
    "d_layers": (2,),
    "g_units": (4,),
    "d_units": (5,),
    "d_dropout": (0.0, 0.5),
    "g_optimizer": ("adam",),
    "d_optimizer": ("sgd",),
}


def judge_of(logits):
    """A judge that sees `logits` in images of one pixel, of which the first one is class 0, ...: one-hot features."""
    classes = len(logits[0])
    return FeatureClassifier((np.eye(len(logits)), np.array(logits, float)), (np.zeros(1), np.zeros(classes)), classes)


def test_the_score_by_hand():
    """Two images, sure of one class each: the mean p(y) is ½, and KL(½ ‖ p) = ½ log(½ / p) + ½ log(½ / (1 − p))."""
    p = 0.9
    logits = np.log([[p, 1 - p], [1 - p, p]])
    images = np.eye(2).reshape(2, 2, 1, 1)
    expected = 0.5 * np.log(0.5 / p) + 0.5 * np.log(0.5 / (1 - p))
    assert abs(ebgan_grid.score(images, judge_of(logits)) - expected) < 1e-9


def test_a_collapsed_generator_scores_nothing():
    logits = [[3.0, -1.0], [0.0, 0.0]]
    images = np.tile(np.eye(2)[0].reshape(1, 2, 1, 1), (5, 1, 1, 1))
    assert abs(ebgan_grid.score(images, judge_of(logits))) < 1e-9


def test_the_grid_has_every_combination_once():
    found = ebgan_grid.settings()
    assert len(found) == 128
    assert len({tuple(setting.items()) for setting in found}) == 128
    assert [len(setting) for setting in found] == [len(ebgan_grid.GRID)] * 128


@pytest.mark.parametrize(("contender", "behind"), [("gan", [2]), ("ebgan", [2, 2])])
def test_dropout_stands_behind_each_hidden_layer_of_the_discriminator(contender, behind):
    setting = {name: values[-1] for name, values in SMALL.items()}
    without = ebgan_grid.build(contender, (8, 8, 1), {**setting, "d_dropout": 0.0})
    gan = ebgan_grid.build(contender, (8, 8, 1), setting)
    assert gan.discriminator.count_params() == without.discriminator.count_params()
    parts = [layer for layer in gan.discriminator.layers if isinstance(layer, keras.Sequential)] or [gan.discriminator]
    assert [sum(isinstance(layer, keras.layers.Dropout) for layer in part.layers) for part in parts] == behind
    for part in parts:
        for first, second in zip(part.layers, part.layers[1:], strict=False):
            assert isinstance(first, keras.layers.LeakyReLU) == isinstance(second, keras.layers.Dropout)
    assert not any(isinstance(layer, keras.layers.Dropout) for layer in gan.generator.layers)


def a_run(contender, score, frechet, digits=10, optimizers=("adam", "adam")):
    chosen = dict(zip(("g_optimizer", "d_optimizer"), optimizers, strict=True))
    return {"contender": contender, **chosen, "score": score, "frechet": frechet, "digits": digits}


def test_a_table_from_made_up_numbers():
    runs = [
        a_run("ebgan", 1.0, 30.0, digits=4),
        a_run("ebgan", 2.0, 20.0),
        a_run("ebgan", 3.0, 10.0),
        a_run("ebgan", None, None, digits=0, optimizers=("sgd", "adam")),
        a_run("gan", 5.0, 7.0, optimizers=("adam", "sgd")),
    ]
    about = {"machine": report.machine("keras"), "grid": SMALL, "steps": 88, "images": 1437}
    text = ebgan_grid.markdown(runs, {**about, "real": {"score": 12.0, "frechet": 1.0}})
    assert "| EBGAN, all | 4 | 50% | 1 | 1.5 / 2.0 / 2.5 | 15.0 / 20.0 / 25.0 |" in text
    assert "| EBGAN, Adam for both | 3 | 67% | 0 | 1.5 / 2.0 / 2.5 | 15.0 / 20.0 / 25.0 |" in text
    assert "| GAN, all | 1 | 100% | 0 | 5.0 / 5.0 / 5.0 | 7.0 / 7.0 / 7.0 |" in text
    assert "GAN, Adam for both | 1" not in text
    assert text.startswith("# EBGAN against GAN")
    assert "\n2 settings, one seed each: g_layers 1; d_layers 2;" in text


def test_samples_that_are_no_numbers_are_counted_as_broken():
    images = np.full((4, 8, 8, 1), np.nan)
    assert ebgan_grid.look(images, None, None) == {"score": None, "frechet": None, "digits": 0}


def test_a_tiny_run_is_written_and_not_repeated(tmp_path, is_a_picture, monkeypatch):
    ebgan_grid.run(tmp_path, grid=SMALL, steps=88)
    stored = json.loads((tmp_path / "ebgan_grid.json").read_text("utf-8"))
    assert len(stored["runs"]) == 4
    assert {run["contender"] for run in stored["runs"]} == {"gan", "ebgan"}
    assert all(np.isfinite([run["score"], run["frechet"]]).all() for run in stored["runs"])
    assert all(0 <= run["score"] < stored["about"]["real"]["score"] for run in stored["runs"])
    assert is_a_picture(tmp_path / "ebgan_grid.png")
    assert "| EBGAN, all | 2 |" in (tmp_path / "ebgan_grid.md").read_text("utf-8")

    def never(*arguments):
        raise AssertionError("this run is in the folder")

    monkeypatch.setattr(ebgan_grid, "train", never)
    ebgan_grid.run(tmp_path, grid=SMALL, steps=88)
    assert json.loads((tmp_path / "ebgan_grid.json").read_text("utf-8")) == stored


def test_the_stored_results_are_those_of_the_whole_grid():
    stored = results.load("ebgan_grid")
    found = [(run["contender"], *(run[name] for name in ebgan_grid.GRID)) for run in stored["runs"]]
    assert len(found) == len(set(found)) == 256
    assert stored["about"]["grid"] == {name: [*values] for name, values in ebgan_grid.GRID.items()}
