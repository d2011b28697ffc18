"""A run of `python -m gan_course train` that is killed, one whose disk is full, and its speed: in child processes."""

import functools
import signal

import pytest

pytest.importorskip("resource", reason="Windows has neither SIGKILL nor limits on a file's size")

PROBE = "train"  # in tests/probes
pytestmark = pytest.mark.parametrize("probe", ["tensorflow"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def run_probe(start_probe, ask_probe, tmp_path_factory):
    """What probes/train.py finds after one of its processes was killed at step 19, the fifth of the second epoch."""

    @functools.cache
    def run(backend):
        folder = tmp_path_factory.mktemp(backend)
        child = start_probe(PROBE, "kill", folder, 19, backend=backend)
        assert child.returncode == -signal.SIGKILL, child.stderr
        return ask_probe(PROBE, "finish", folder, backend=backend)

    return run


def test_a_run_that_was_killed_and_resumed_ends_with_the_weights_of_one_that_never_was(probe):
    """To the last bit. The last checkpoint was that of step 16; it was the second one."""
    assert probe["lines"] == 2
    assert (probe["resumed"], probe["whole"]) == (0, 0)
    assert probe["difference"] == 0


def test_a_full_disk_is_named_and_loses_nothing(probe):
    found = probe["full disk"]
    assert found["status"] == 1
    assert sum("checkpoint.weights.h5: File too large. Training goes on" in line for line in found["said"]) == 2
    assert any("gan.keras" in line and "Not written" in line for line in found["said"])
    assert found["kept"] == 8  # the last checkpoint before the disk was full
    assert found["resumed"] == 0


def test_a_step_takes_at_most_a_little_longer_than_with_fit_alone(probe):
    assert probe["speed"]["fit"] / probe["speed"]["train"] > 0.97
