"""Several devices and the same global batch end at the weights of one device. Two logical CPU devices stand in."""

import functools
import re

import pytest

THREE_PARTS = r"Expected.+Received: .+\. \w"
PROBE = "device"  # in tests/probes
# Keras spreads a model over PyTorch's devices only from outside `fit`.
pytestmark = pytest.mark.parametrize("probe", ["tensorflow", "jax"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return functools.cache(lambda backend: ask_probe(PROBE, backend=backend))


def each(probe, case):
    return pytest.fail(f"no {case}") if not probe[case] else probe[case].items()


@pytest.mark.parametrize("case", ["last batch", "two D steps"])
def test_two_devices_end_at_the_weights_and_losses_of_one(probe, case):
    """With both penalties and an average of the generator's weights, and last batches that cannot be shared evenly."""
    for count, found in each(probe, case):
        assert found["difference"] < 1e-6, count
        assert found["losses"] < 1e-5, count
        assert found["moved"] > 1e-3, count


def test_every_count_is_tried(probe):
    assert [*probe["last batch"]] == (["64", "66"] if probe["backend"] == "jax" else ["65", "79"])


def test_synchronized_statistics_are_those_of_the_whole_batch(probe):
    if probe["backend"] != "tensorflow":
        pytest.skip("Keras has synchronized statistics on TensorFlow only")
    for count, found in each(probe, "BatchNormalization"):
        assert found["difference"] < 1e-3, count
        assert found["moved"] > 1e-2, count


def test_a_device_that_has_no_sample_spoils_nothing(probe):
    """Not even statistics of its own, which are those of nothing, and convolutions, which fail on an empty batch."""
    if probe["backend"] != "tensorflow":
        pytest.skip("JAX splits into equal parts only")
    found = probe["empty part"]
    assert found["finite"]
    assert all(0.1 < loss < 5 for losses in found["history"].values() for loss in losses)


def test_what_jax_cannot_split_is_refused_at_the_door(probe):
    if probe["backend"] != "jax":
        pytest.skip("TensorFlow's devices may have unequal parts")
    for count, message in each(probe, "uneven"):
        assert f"Received: {count} samples in batches of 16" in message
        assert re.search(THREE_PARTS, message)


def test_packs_that_lie_across_two_devices_are_refused_at_the_door(probe):
    """66 samples leave a last batch of two: a pack, of which TensorFlow would give one sample to each device."""
    assert probe["packs"]["64"] == ""
    if probe["backend"] == "tensorflow":
        assert re.search(THREE_PARTS, probe["packs"]["66"])
    else:
        assert probe["packs"]["66"] == ""


def test_xla_is_off_on_several_devices_and_refused(probe):
    if probe["backend"] != "tensorflow":
        pytest.skip("JAX always compiles")
    assert re.search("XLA.+" + THREE_PARTS, probe["XLA"])


def test_generate_makes_as_many_as_asked_for_on_two_devices(probe):
    assert all(found["made"] == [1, 5] for found in probe["last batch"].values())
