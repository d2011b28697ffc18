"""Several devices and the same global batch end at the weights of one device. Two logical CPU devices stand in."""

import functools
import json
from pathlib import Path

import pytest

from gan_course import runtime

PROBE = Path(__file__).with_name("device_probe.py")
BACKENDS = ("tensorflow", "jax")  # Keras spreads a model over PyTorch's devices only from outside `fit`


@pytest.fixture(scope="module")
def run_probe(run_python):
    @functools.cache
    def run(backend):
        child = run_python(PROBE, KERAS_BACKEND=backend)
        assert child.returncode == 0, child.stderr
        return json.loads(child.stdout.splitlines()[-1])

    return run


@pytest.fixture(params=BACKENDS)
def probe(request, run_probe):
    if request.param not in runtime.installed_backends():
        pytest.skip(f"the backend {request.param} is not installed")
    return run_probe(request.param)


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
