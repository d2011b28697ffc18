"""A training that is killed, and one whose backup cannot be written: on every backend installed, in child processes."""

import functools
import signal

import pytest

pytest.importorskip("resource", reason="Windows has neither SIGKILL nor limits on a file's size")

PROBE = "resume"  # in tests/probes
THREE_PARTS = r"Expected.+Received: .+\. \w"


@pytest.fixture(scope="module")
def run_probe(start_probe, ask_probe, tmp_path_factory):
    """What probes/resume.py finds on a backend after three of its processes were killed. Each backend is asked once."""

    @functools.cache
    def run(backend):
        folder = tmp_path_factory.mktemp(backend)
        for command in (["first", folder], ["again", folder, "epoch"], ["again", folder, "3"]):
            child = start_probe(PROBE, *command, backend=backend)
            assert child.returncode == -signal.SIGKILL, child.stderr
        return ask_probe(PROBE, "finish", folder, backend=backend)

    return run


@pytest.mark.parametrize(("save_freq", "steps"), [("epoch", 12), ("3", 9)])
def test_a_training_that_was_killed_twice_ends_like_one_that_never_was(probe, save_freq, steps):
    """Weights, both optimizers, and the noise that comes next; the first kill is five steps into an epoch of six.

    `steps`: how many of the 24 were left to the last process.
    """
    assert min(probe["moved"].values()) > 1e-2
    assert probe["killed"][save_freq]["steps"] == steps
    assert set(probe["killed"][save_freq]["difference"]) == {"weights", "optimizers", "samples"}
    assert max(probe["killed"][save_freq]["difference"].values()) < 1e-6


def test_a_backup_of_other_networks_is_refused_before_training_and_changes_nothing(probe):
    name, message = probe["misfit"]["error"]
    assert name == "ValueError"
    assert "latest.weights.h5" in message
    with pytest.raises(ValueError, match=THREE_PARTS):
        raise ValueError(message)
    assert set(probe["misfit"]["moved"].values()) == {0.0}


@pytest.mark.parametrize("trouble", ["no folder", "full disk"])
def test_a_backup_that_cannot_be_written_costs_nothing_that_was_learned(probe, trouble):
    """The first backup is due after step 3. The state is compared with that of an undisturbed training then."""
    found = probe[trouble]
    assert found["error"].startswith("OSError: ")
    assert ("backup" if trouble == "no folder" else "File too large") in found["error"]
    assert found["steps"] == 3
    assert set(found["lost"]) == {"weights", "optimizers"}
    assert max(found["lost"].values()) < 1e-6
    assert found["samples_are_finite"]


@pytest.mark.parametrize("trouble", ["no folder", "full disk"])
def test_training_goes_on_after_a_backup_that_could_not_be_written(probe, trouble):
    assert probe[trouble]["steps_after"] == 3 + 6
    assert all(0.1 < losses[0] < 5 for losses in probe[trouble]["history"].values())
    assert sorted(probe[trouble]["history"]) == ["d_loss", "g_loss"]
