"""What all metrics share: what they refuse, sets that are compared block by block, and a quick import."""

import subprocess
import sys

import numpy as np
import pytest

from gan_course import metrics


def normal(count, size=2, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, (count, size))


def test_every_measure_can_be_called_from_the_package():
    names = ("classifier", "distances", "likelihood", "membership", "modes", "neighbors")
    files = [getattr(metrics, name) for name in names]
    defined = {name for file in files for name, thing in vars(file).items() if thing_is_ours(thing, file)}
    assert defined == {name for name in metrics.__all__ if not name.isupper()}
    assert {"BLOCK_MIB", "PARZEN_SIGMAS"} <= set(metrics.__all__)


def thing_is_ours(thing, file):
    """Whether a module defines a public function or class."""
    return getattr(thing, "__module__", None) == file.__name__ and not thing.__name__.startswith("_")


def test_importing_the_metrics_is_light(run_python):
    code = "import sys, gan_course.metrics; print({'keras', 'sklearn', 'scipy', 'matplotlib'} & set(sys.modules))"
    assert run_python("-c", code).stdout == "set()\n"


def test_blocks_change_nothing(monkeypatch):
    a, b = normal(50, 3), normal(50, 3, 1)

    def everything():
        yield metrics.kernel_distance(a, b)
        yield from metrics.precision_recall(a, b)
        yield from metrics.density_coverage(a, b)
        yield from metrics.parzen_log_likelihood(a, b, sigma=0.5)
        yield from metrics.two_sample_test(a, b)
        yield from metrics.nearest_neighbors(a, b, 2).distances.ravel()

    expected = list(everything())
    monkeypatch.setattr(metrics.features, "BLOCK_MIB", 0)
    assert metrics.features.row_blocks(2, 50) == [slice(0, 1), slice(1, 2)]
    assert list(everything()) == pytest.approx(expected, abs=1e-12)


def test_no_measure_ever_holds_all_distances():
    code = """
import numpy as np
from gan_course import metrics
def measured(count):
    a, b = np.random.default_rng(0).normal(size=(2, count, 16)).astype("float32")
    metrics.precision_recall(a, b)
    metrics.two_sample_test(a, b)
    metrics.kernel_distance(a, b)
    metrics.parzen_log_likelihood(a, b, sigma=1.0)
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
few = measured(50)
print(measured(4_000) - few)
"""
    if not sys.platform.startswith("linux"):
        pytest.skip("reads the peak from /proc")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 1_000 < int(done.stdout) < 8 * 4_000**2 / 1000  # kB: less than one matrix of all distances


TWO_SETS = {
    "frechet_distance": metrics.frechet_distance,
    "kernel_distance": metrics.kernel_distance,
    "precision_recall": metrics.precision_recall,
    "two_sample_test": metrics.two_sample_test,
    "nearest_neighbors": metrics.nearest_neighbors,
    "mode_coverage": lambda a, b: metrics.mode_coverage(a, b, 0.1),
    "parzen": lambda a, b: metrics.parzen_log_likelihood(a, b, sigma=0.1),
}
THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


@pytest.mark.parametrize("name", TWO_SETS)
@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((0, 2)),
        np.zeros((4, 0)),
        np.array([[0, np.nan], [0, 1]]),
        np.array([[0, np.inf], [0, 1]]),
        np.zeros((4, 3)),
        np.zeros((4, 8, 8, 1)),
        np.zeros(4),
        np.array([["a", "b"], ["c", "d"]]),
    ],
    ids=["empty", "no features", "NaN", "infinite", "another size", "images", "a list", "text"],
)
def test_what_is_no_set_of_features_is_refused(name, bad):
    for pair in ((normal(4), bad), (bad, normal(4))):
        with pytest.raises(ValueError, match=THREE_PARTS):
            TWO_SETS[name](*pair)


@pytest.mark.parametrize("name", ["frechet_distance", "kernel_distance", "precision_recall", "two_sample_test"])
def test_one_sample_is_refused(name):
    with pytest.raises(ValueError, match=THREE_PARTS):
        TWO_SETS[name](normal(4), normal(1))
