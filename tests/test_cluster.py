"""Several machines and the same batches end at the weights of one; a worker that is killed costs some steps.

Two processes on this machine's loopback stand for two machines (tests/probes/cluster.py).
"""

import functools
import json
import signal

import keras
import numpy as np
import pytest

from gan_course import cluster, input_pipeline
from gan_course.batches import Batches, Position
from gan_course.cluster import Worker

THREE_PARTS = r"Expected.+Received: .+\. \w"
PROBE = "cluster"  # in tests/probes
both = pytest.mark.parametrize("probe", ["tensorflow", "jax"], indirect=True, scope="module")


# Two processes


@pytest.fixture(scope="module")
def run_probe(ask_probe, tmp_path_factory):
    return functools.cache(lambda backend: ask_probe(PROBE, tmp_path_factory.mktemp(backend), backend=backend))


@both
def test_two_machines_end_at_the_weights_and_losses_of_one(probe):
    """With both penalties, an average of G's weights, held-out samples, and last batches that are hard to share."""
    assert probe["fit"]["weights"] < 1e-6
    assert probe["fit"]["samples"] < 1e-5
    assert probe["fit"]["losses"] < 1e-5
    assert probe["fit"]["moved"] > 1e-3


@both
def test_a_killed_worker_ends_the_other_one_and_both_go_on_from_the_last_checkpoint(probe):
    """Adam divides each gradient by its size, so here the smallest gradients make rounding errors visible."""
    other, killed = probe["killed"]
    assert killed == -signal.SIGKILL
    assert other not in (0, 2)
    assert probe["checkpoint"] == 8
    assert probe["finished"] == [0, 0]
    assert probe["run"]["steps"] == [20, 20]
    assert probe["run"]["losses"] < 1e-3
    assert probe["run"]["weights"] < 5e-3


@both
def test_only_the_chief_writes_and_what_one_process_writes(probe):
    two, one = probe["run"]["files"]
    assert two == one
    assert "checkpoint.weights.h5" in two


# What the environment says


def tf_config(count, index, chief=False):
    hosts = {"worker": [f"host-{number}:2222" for number in range(count)]}
    return {"cluster": hosts | ({"chief": ["host:2222"]} if chief else {}), "task": {"type": "worker", "index": index}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, Worker(0, 1)),
        (tf_config(1, 0), Worker(0, 1)),
        (tf_config(3, 2), Worker(2, 3)),
        (tf_config(3, 2, chief=True), Worker(3, 4)),
        ({**tf_config(1, 0, chief=True), "task": {"type": "chief", "index": 0}}, Worker(0, 2)),
    ],
)
def test_tf_config_numbers_the_workers(config, expected):
    assert cluster._worker_of(json.dumps(config)) == expected


@pytest.mark.parametrize(
    "text", ["{", "[]", json.dumps(tf_config(2, 2)), '{"cluster": {"worker": ["a:1"]}}', '{"cluster": 3}']
)
def test_a_wrong_tf_config_is_refused(text):
    with pytest.raises(ValueError, match=THREE_PARTS):
        cluster._worker_of(text)


@pytest.mark.backends
def test_without_such_variables_there_is_one_worker(monkeypatch):
    for name in ("TF_CONFIG", "JAX_COORDINATOR_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    assert cluster.join() == Worker(0, 1)
    assert cluster.worker().is_chief
    assert not Worker(1, 2).is_chief
    assert cluster.any_worker(True)
    assert not cluster.any_worker(False)


@pytest.mark.backends
def test_pytorch_refuses_several_machines(monkeypatch):
    if keras.config.backend() != "torch":
        pytest.skip("the other backends can")
    monkeypatch.setenv("TF_CONFIG", json.dumps(tf_config(2, 0)))
    with pytest.raises(ValueError, match=THREE_PARTS):
        cluster.join()


@pytest.mark.backends
def test_the_parts_of_all_workers_are_the_batch(monkeypatch):
    position = Position()
    batches = Batches((np.arange(18), np.arange(18) + 100), 6, True, position)
    found = []
    for index in range(3):
        monkeypatch.setattr(input_pipeline, "worker", lambda index=index: Worker(index, 3))
        parts = input_pipeline._PartsOfBatches(batches)
        parts.on_epoch_begin()
        assert parts.num_batches == 3
        found.append([parts[step] for step in range(3)])
    for step in range(3):
        assert all(len(part[step][0]) == 2 for part in found)
        for number in range(2):
            assert np.concatenate([part[step][number] for part in found]).tolist() == batches[step][number].tolist()
