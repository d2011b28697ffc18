"""The benchmark of GANs with few pictures: its digits, chance, and that a tiny run is written and found again."""

import json

import keras
import numpy as np
import pytest

from benchmarks import little_data
from gan_course import metrics, results

pytestmark = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="the benchmarks run on TensorFlow")


def test_each_seed_draws_other_digits_and_a_size_holds_the_smaller_ones():
    few, many, other = little_data.chosen(20, 0), little_data.chosen(60, 0), little_data.chosen(20, 1)
    assert np.array_equal(many[:20], few)
    assert not np.array_equal(other, few)
    assert len(np.unique(many.reshape(60, -1), axis=0)) == 60


def test_an_attack_that_knows_nothing_has_the_advantage_of_chance():
    rng = np.random.default_rng(0)
    found = [metrics.membership_attack(rng.normal(size=250), rng.normal(size=1000)).advantage for _ in range(400)]
    assert abs(np.mean(found) - little_data.by_chance(250, 1000)) < 0.005


def test_the_best_look_of_a_run_is_taken():
    assert little_data.best({"frechet": 9.0, "curve": [(800, 7.5), (1600, 8.0)]}) == 7.5
    assert little_data.best({"frechet": 7.0, "curve": [(800, 7.5)]}) == 7.0


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_is_written_and_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(little_data, "EVERY", 1)
    monkeypatch.setattr(little_data, "SAMPLES", 50)
    monkeypatch.setattr(little_data, "BATCH", 4)
    contenders = {"adaptive": little_data.CONTENDERS["adaptive"]}
    for _ in range(2):
        little_data.run(tmp_path, contenders, seeds=(0,), sizes=(250,), steps=2)
    (run,) = json.loads((tmp_path / "little_data.json").read_text("utf-8"))["runs"]
    assert [step for step, _ in run["curve"]] == [1, 2]
    assert 0 <= run["attack_by_scores"] <= 1
    assert results.images(run["shown"], (28, 28, 1)).shape == (20, 28, 28, 1)
    assert (tmp_path / "little_data.md").read_text("utf-8").count("250 digits, with R1 and adaptive") == 1
    assert (tmp_path / "little_data.png").stat().st_size > 10_000
