"""The benchmark of InfoGAN: codes matched with classes by hand, and that a tiny run is written and found again."""

import json

import keras
import numpy as np
import pytest

from benchmarks import information
from gan_course import results

pytestmark = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="the benchmarks run on TensorFlow")


def test_each_code_gets_a_class_of_its_own():
    codes = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    classes = np.array([5, 5, 5, 5, 5, 7, 7, 1])
    assert information.matched(codes, classes) == 5 / 8  # code 1 cannot have 5, too
    assert information.matched(codes, 9 - codes) == 1


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_is_written_and_found_again(tmp_path):
    contenders = {"control": information.CONTENDERS["control"]}
    for _ in range(2):
        information.run(tmp_path, contenders, seeds=(0,), steps=1)
    (run,) = json.loads((tmp_path / "information.json").read_text("utf-8"))["runs"]
    assert results.images(run["shown"], (28, 28, 1)).shape == (40, 28, 28, 1)
    assert (tmp_path / "information.md").read_text("utf-8").count("without the information term") == 1
    assert (tmp_path / "information.png").stat().st_size > 10_000


def test_all_contenders_are_stored_with_five_seeds():
    stored = results.load("information")["runs"]
    assert sorted((run["contender"], run["seed"]) for run in stored) == sorted(
        (name, seed) for name in information.CONTENDERS for seed in information.SEEDS
    )
