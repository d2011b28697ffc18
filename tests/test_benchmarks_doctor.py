"""The benchmark of the doctor: what counts as right, its table, and that a tiny run is written and found again."""

import json

import keras
import pytest

from benchmarks import doctor

pytestmark = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="the benchmarks run on TensorFlow")


def visited(illness, found, alarms, seed=0):
    case = {"case": f"a_{illness}", "illness": illness, "source": "https://example.org", "backend": "jax"}
    return case | {"seed": seed, "found": found, "alarms": alarms, "evidence": "3 | 4"}


RUNS = [
    visited("copying", ["copying", "mode-collapse"], ["copying"]),
    visited("copying", ["mode-collapse", "copying"], ["mode-collapse"], seed=1),
    visited("exploding", [], []),
    visited(None, ["mode-collapse"], []),
    visited(None, ["copying"], ["copying"], seed=1),
]


def test_what_is_right():
    assert [doctor.is_found(run) for run in RUNS] == [True, True, False, True, False]
    assert [doctor.is_first(run) for run in RUNS] == [True, False, False, True, False]


def test_the_table_counts():
    about = {"machine": {"gpus": 0, "cores": 2, "processor": "x86_64", "system": "Linux", "versions": {}}}
    text = doctor.markdown(RUNS, about)
    assert "| all | 0, 1 | 66.7% (2 of 3) | 33.3% (1 of 3) | 1 of 2 |" in text
    assert "| copying | [a copying](https://example.org) | 2 of 2 | 1 of 2 | 3 / 4 |" in text
    assert "| healthy | [a None](https://example.org) | 1 of 2 |" in text


def test_the_table_lists_what_was_wrong():
    about = {"machine": {"gpus": 0, "cores": 2, "processor": "x86_64", "system": "Linux", "versions": {}}}
    text = doctor.markdown(RUNS, about)
    assert "- a exploding (jax, seed 0): exploding was not found\n" in text
    assert "- a None (jax, seed 1): false alarm copying\n" in text
    assert text.count("(jax, seed") == 2
    assert "No visit was wrong." in doctor.markdown(RUNS[:2], about)


def test_a_tiny_run_is_written_and_found_again(tmp_path):
    chosen = {"frozen_between_two_compiles": doctor.cases()["frozen_between_two_compiles"]}
    for _ in range(2):
        doctor.run(tmp_path, chosen, seeds=(0,))
    (run,) = json.loads((tmp_path / "doctor.json").read_text("utf-8"))["runs"]
    assert run["found"][0] == "sleeping-discriminator"
    assert "1 of 1" in (tmp_path / "doctor.md").read_text("utf-8")
