"""Several devices and the same global batch end at the weights of one device. Two logical CPU devices stand in."""

import functools
from pathlib import Path

import pytest

PROBE = Path(__file__).with_name("device_probe.py")
# Keras spreads a model over PyTorch's devices only from outside `fit`.
pytestmark = pytest.mark.parametrize("probe", ["tensorflow", "jax"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def run_probe(ask_probe):
    return functools.cache(lambda backend: ask_probe(PROBE, backend=backend))


@pytest.mark.parametrize(
    ("case", "tolerance"), [("one D step", 1e-6), ("two D steps", 1e-6), ("BatchNormalization", 1e-3)]
)
def test_two_devices_end_at_the_weights_of_one(probe, case, tolerance):
    """With both penalties and an average of the generator's weights; the statistics are synchronized."""
    if case not in probe:
        pytest.skip("Keras has synchronized statistics on TensorFlow only")
    assert probe[case]["difference"] < tolerance
    assert probe[case]["moved"] > 5 * tolerance


def test_generate_makes_as_many_as_asked_for_on_two_devices(probe):
    assert probe["one D step"]["made"] == [1, 5]
