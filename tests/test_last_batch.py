"""The last batch of an epoch may have one sample, two, or an odd number: on every backend installed."""

import functools
import math
import re

import pytest

from gan_course.objectives import OBJECTIVES

PROBE = "last_batch"  # in tests/probes


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return functools.cache(lambda backend: ask_probe(PROBE, backend=backend))


def test_every_objective_is_tried_with_every_penalty(probe):
    objectives = [*OBJECTIVES, "smoothed", "energy-based"]
    assert sorted(probe["steps"]) == sorted(f"{name}, {p}" for name in objectives for p in probe["penalties"])
    assert probe["counts"] == [1, 2, 3]


def test_a_step_of_few_samples_gives_numbers_and_moves_both_players(probe):
    """With BatchNormalization, MinibatchStandardDeviation, InstanceNoise and Dropout, or the pulling-away term."""
    for name, found in probe["steps"].items():
        assert len(found) == 3
        for count, step in zip(probe["counts"], found, strict=True):
            assert all(map(math.isfinite, step["losses"])), (name, count)
            assert step["finite"], (name, count)
            assert all(1e-6 < moved < 0.1 for moved in step["moved"]), (name, count, step["moved"])


@pytest.mark.parametrize("case", ["plain", "energy", "two D steps", "mixed precision", "mixed precision, plain"])
def test_fit_with_a_step_of_one_sample_gives_numbers(probe, case):
    found = dict(probe["fit"][case])
    assert found.pop("finite")
    assert {name: len(losses) for name, losses in found.items()} == {"d_loss": 2, "g_loss": 2}
    assert all(math.isfinite(loss) for losses in found.values() for loss in losses)


def test_a_dataset_may_end_with_one_sample(probe):
    assert all(math.isfinite(losses[0]) for losses in probe["dataset"].values())


@pytest.mark.parametrize("case", ["odd", "short"])
def test_a_dataset_whose_last_batch_d_steps_does_not_divide_is_refused(probe, case):
    """A step on no sample at all would be NaN. TensorFlow knows the size only when the step runs."""
    name, message = probe[case]
    assert name == ("InvalidArgumentError" if probe["backend"] == "tensorflow" else "ValueError")
    assert re.search(r"Invalid batch size\. Expected a multiple of d_steps=2.+Received: .+\. \w", message, re.DOTALL)
