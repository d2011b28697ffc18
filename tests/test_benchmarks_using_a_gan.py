"""The benchmark of what a GAN is used for: its digits, its classifiers, and that a tiny run is found again."""

import json

import keras
import numpy as np
import pytest

from benchmarks import using_a_gan
from gan_course import data, results

pytestmark = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="the benchmarks run on TensorFlow")


@pytest.fixture
def tiny(monkeypatch):
    """One step of every training, and few pictures."""
    for name in ("CLASSIFIER_STEPS", "REFINER_STEPS", "FEW_STEPS", "MANY_STEPS"):
        monkeypatch.setattr(using_a_gan, name, 1)
    monkeypatch.setattr(using_a_gan, "PICTURES", 300)
    monkeypatch.setattr(using_a_gan, "MADE", 40)
    monkeypatch.setattr(using_a_gan, "SIZES", (10,))


def test_any_first_ten_digits_hold_one_of_each_class():
    images, labels = using_a_gan.chosen(5)
    assert np.array_equal(np.sort(labels.reshape(-1, 10), axis=1), np.tile(np.arange(10), (400, 1)))
    there, names = data.load("mnist_5k")
    assert {(x.tobytes(), y) for x, y in zip(images, labels, strict=True)} == {
        (x.tobytes(), y) for x, y in zip(there, names, strict=True)
    }
    assert not np.array_equal(using_a_gan.chosen(6)[0], images)


def test_a_machine_learns_more_from_more_digits_and_from_moved_ones():
    images, labels = using_a_gan.chosen(7)
    few, many = (using_a_gan.machine_accuracy(images[:n], labels[:n]) for n in (50, 500))
    moved = using_a_gan.machine_accuracy(images[:50], labels[:50], ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2)))
    assert few + 3 < moved < many
    assert 85 < many < 97


@pytest.mark.usefixtures("without_graphs", "tiny")
@pytest.mark.parametrize("name", using_a_gan.CONTENDERS)
def test_a_tiny_run_is_written_and_found_again(tmp_path, name):
    contenders = {name: using_a_gan.CONTENDERS[name]}
    for _ in range(2):
        using_a_gan.run(tmp_path, contenders, seeds=(0,))
    (run,) = json.loads((tmp_path / "using_a_gan.json").read_text("utf-8"))["runs"]
    assert all(0 <= value <= 100 for value in run["percent"].values())
    assert all(results.images(text, (28, 28, 1)).shape == (10, 28, 28, 1) for text in run["shown"].values())
    assert contenders[name].title in (tmp_path / "using_a_gan.md").read_text("utf-8")
    assert (tmp_path / "using_a_gan.png").stat().st_size > 10_000


def test_the_rare_digit_is_as_rare_as_it_should_be():
    found = next(run for run in results.load("using_a_gan")["runs"] if run["contender"] == "rare")["percent"]
    assert abs(found["rare: real"] - 100 * using_a_gan.SHARE) < 0.1
    assert abs(found["as frequent: real"] - 10) < 0.01


def test_all_promises_are_stored_once_per_seed():
    stored = [(run["contender"], run["seed"]) for run in results.load("using_a_gan")["runs"]]
    assert sorted(stored) == sorted((name, seed) for name in using_a_gan.CONTENDERS for seed in using_a_gan.SEEDS)
