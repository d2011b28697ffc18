"""The benchmark of colored digits on photographs: its data, its judge, its players, and that a tiny run is written."""

import json

import keras
import numpy as np
import pytest

pytest.importorskip("tensorflow")
if keras.config.backend() != "tensorflow":
    pytest.skip("the benchmarks run on TensorFlow", allow_module_level=True)

from benchmarks import photo_digits, report
from gan_course import bundled, data, results


def test_batches_show_their_digits_on_new_patches_and_are_the_same_for_a_seed():
    digits, labels = (part[:1] for part in data.load("mnist_5k"))
    (first, _), (second, names) = photo_digits.batches(digits, labels, 2, 4, seed=0)
    assert first.shape == (4, *photo_digits.SHAPE)
    assert (first.dtype, names.dtype) == ("float32", "int32")
    assert {*names} == {labels[0]}
    assert len({picture.tobytes() for picture in (*first, *second)}) == 8
    again, _ = next(photo_digits.batches(digits, labels, 1, 4, seed=0))
    assert np.array_equal(again, first)


def test_on_a_black_photograph_each_color_is_the_digit_itself(monkeypatch):
    monkeypatch.setattr(bundled, "photographs", lambda split: np.zeros((1, 40, 50, 3), "int16"))
    digits, labels = (part[:3] for part in data.load("mnist_5k"))
    pictures, names = next(photo_digits.batches(digits, labels, 1, 20, seed=0))
    for picture, name in zip(pictures, names, strict=True):
        shown = digits[labels == name]
        assert np.isclose(picture, shown, atol=1e-6).all(axis=(1, 2, 3)).any()


def test_digits_are_moved_by_no_more_than_they_may_be(monkeypatch):
    monkeypatch.setattr(bundled, "photographs", lambda split: np.zeros((1, 40, 50, 3), "int16"))
    dot = np.full((1, 28, 28, 1), -1.0)
    dot[0, 14, 14] = 1.0
    pictures, _ = next(photo_digits.batches(dot, np.zeros(1), 1, 200, seed=0, move=2))
    places = np.argwhere(pictures[..., 0] > 0)[:, 1:]
    assert len(places) == 200
    assert {*map(tuple, places - 14)} == {(down, right) for down in range(-2, 3) for right in range(-2, 3)}


def test_the_judge_counts_what_was_named_and_how_surely():
    """Ten pictures: the judge names a zero twice and never a nine, and is sure of five of them."""
    judge = object.__new__(photo_digits.Judge)
    named, sure = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 0]), np.arange(10) < 5
    probabilities = np.full((10, 10), 0.01)
    probabilities[np.arange(10), named] = np.where(sure, 0.91, 0.5)
    features = np.random.default_rng(0).normal(size=(10, 3))
    judge._test_features, judge.look = features, lambda pictures: (features, probabilities)
    found = judge.judged(None, asked=np.arange(10))
    assert found == {"frechet": 0.0, "confident": 0.5, "rarest": 0.0, "right": 0.9, "worst": 0.0}
    assert judge.judged(None).keys() == {"frechet", "confident", "rarest"}


def test_the_recipe_s_learning_rate_falls_to_a_twentieth():
    for optimizer in photo_digits.falling_adams(steps=100):
        rate = optimizer._learning_rate
        assert np.allclose([float(rate(0)), float(rate(50)), float(rate(100))], [1e-3, 5.25e-4, 5e-5])


def test_only_the_recipe_is_told_the_digit():
    built = {name: photo_digits.build(it, seed=0) for name, it in photo_digits.CONTENDERS.items()}
    assert {name: gan.conditional for name, gan in built.items()} == {"recipe": True, "lesson_05": False}
    assert {name: gan.r1_weight for name, gan in built.items()} == {"recipe": 1.0, "lesson_05": 0.0}


def test_a_table_from_made_up_numbers():
    one = {"contender": "recipe", "confident": 0.8, "rarest": 0.09, "right": 0.97, "worst": 0.9}
    runs = [{**one, "seed": 1, "frechet": 6.0, "seconds": 10.0}, {**one, "seed": 0, "frechet": 4.0, "seconds": 20.0}]
    real = {"frechet": 3.0, "confident": 0.9, "rarest": 0.095}
    about = {"machine": report.machine("keras"), "steps": 10, "judge": 0.95, "real": real}
    text = photo_digits.markdown(runs, about, photo_digits.CONTENDERS)
    assert "| 2 | 5.0 (4.0 to 6.0) | 0.970 (0.970 to 0.970) | 0.900 (0.900 to 0.900) |" in text
    assert "| real pictures |  | 3.0 |  |  | 0.900 | 0.095 |  |" in text


@pytest.mark.usefixtures("without_graphs")
@pytest.mark.parametrize("name", [*photo_digits.CONTENDERS])
def test_a_tiny_run_is_written_and_found_again(name, tmp_path, monkeypatch, is_a_picture):
    monkeypatch.setattr(photo_digits, "PER_CLASS", 6)
    judge = photo_digits.Judge(steps=2)
    monkeypatch.setattr(photo_digits, "Judge", lambda: judge)
    contenders = {name: photo_digits.CONTENDERS[name]}
    for _ in range(2):
        photo_digits.run(tmp_path, contenders, seeds=(0,), steps=2)
    (run,) = json.loads((tmp_path / "photo_digits.json").read_text("utf-8"))["runs"]
    pictures = report.from_text(run["shown"], photo_digits.SHAPE)
    assert len(pictures) == 10 * contenders[name].shown
    assert contenders[name].title in (tmp_path / "photo_digits.md").read_text("utf-8")
    assert is_a_picture(tmp_path / "photo_digits.png")


def test_the_stored_runs_are_the_benchmark_s_and_the_first_one_shows_six_pictures_of_each_class():
    first, *others = results.load("photo_digits")["runs"]
    assert (first["contender"], first["seed"]) == ("recipe", 0)
    assert results.images(first["shown"], photo_digits.SHAPE).shape == (60, *photo_digits.SHAPE)
    for run in (first, *others):
        assert run["seed"] in photo_digits.CONTENDERS[run["contender"]].seeds
        assert run["steps"] == photo_digits.STEPS
