"""Metrics against closed forms, scikit-learn, and sets whose answer is known."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.neighbors import KernelDensity, NearestNeighbors

from gan_course import data, metrics


def normal(count, size=2, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, (count, size))


# Fréchet distance


@pytest.fixture
def clouds():
    rng = np.random.default_rng(0)
    return rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5)) + 1, rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5))


def exactly(mean, covariance, count=200):
    """Points whose mean and covariance are exactly these."""
    points = np.random.default_rng(1).normal(size=(count, len(mean)))
    points -= points.mean(0)
    points = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points, rowvar=False))).T
    values, vectors = np.linalg.eigh(covariance)
    return points @ (vectors * np.sqrt(np.maximum(values, 0))).T + mean


def test_distance_of_two_gaussians_in_closed_form():
    a, b = exactly([1.0, -2.0], np.diag([4.0, 9.0])), exactly([3.0, 1.0], np.diag([1.0, 25.0]))
    expected = (2**2 + 3**2) + (2 - 1) ** 2 + (3 - 5) ** 2  # covariances that commute
    assert abs(metrics.frechet_distance(a, b) - expected) < 1e-9


def test_distance_agrees_with_scipys_matrix_root(clouds):
    a, b = clouds
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(cov_a + cov_b - 2 * sqrtm(cov_a @ cov_b).real)
    assert abs(metrics.frechet_distance(a, b) - expected) < 1e-7


def test_distance_of_equal_sets_is_zero_and_of_a_translation_its_length(clouds):
    a, _ = clouds
    assert abs(metrics.frechet_distance(a, a[::-1])) < 1e-9
    assert abs(metrics.frechet_distance(a, a + np.array([3, 0, 0, -4, 0])) - 25) < 1e-9


def test_distance_is_symmetric_and_knows_no_rotation(clouds):
    a, b = clouds
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0]
    distance = metrics.frechet_distance(a, b)
    assert abs(metrics.frechet_distance(b, a) - distance) < 1e-9
    assert abs(metrics.frechet_distance(a @ turn, b @ turn) - distance) < 1e-9


def test_distance_of_singular_covariances():
    flat, dot = exactly([0.0, 0.0, 0.0], np.diag([4.0, 1.0, 0.0])), np.zeros((50, 3))
    assert abs(metrics.frechet_distance(flat, dot) - 5) < 1e-9
    assert abs(metrics.frechet_distance(dot, flat) - 5) < 1e-9
    upright = exactly([0.0, 0.0, 0.0], np.diag([0.0, 1.0, 4.0]))
    assert abs(metrics.frechet_distance(flat, upright) - 8) < 1e-6  # 5 + 5 − 2·1: the planes share one axis
    few = np.random.default_rng(3).normal(size=(4, 64))  # fewer samples than features
    assert abs(metrics.frechet_distance(few, few[::-1])) < 1e-6


# Kernel distance


def test_kernel_distance_is_the_sum_over_all_pairs():
    a, b = normal(7, 3), normal(5, 3, 1)

    def mean(x, y, pairs):
        return np.mean([(x[i] @ y[j] / 3 + 1) ** 3 for i, j in pairs])

    def others(n):
        return [(i, j) for i in range(n) for j in range(n) if i != j]

    every = [(i, j) for i in range(7) for j in range(5)]
    expected = mean(a, a, others(7)) + mean(b, b, others(5)) - 2 * mean(a, b, every)
    assert metrics.kernel_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_kernel_distance_is_without_bias():
    found = [metrics.kernel_distance(normal(20, 3, i), normal(20, 3, i + 1000)) for i in range(400)]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20
    assert min(found) < 0 < max(found)
    assert metrics.kernel_distance(normal(20, 3), normal(20, 3, 1, mean=3)) > 10


# Precision and recall


@pytest.mark.parametrize("kept", [3, 4])
def test_some_of_eight_modes_give_full_precision_and_as_much_recall(kept):
    real, some = data.ring(2000, seed=0, std=0.05), data.ring(6000, seed=1, std=0.05)
    nearest = metrics.nearest_neighbors(some, data.ring_centers()).indices[:, 0]
    some = some[nearest < kept][:1500]
    precision, recall = metrics.precision_recall(real, some)
    assert 0.95 < precision <= 1
    assert recall == pytest.approx(kept / 8, abs=0.04)
    assert metrics.precision_recall(some, real) == pytest.approx((recall, precision))


def test_precision_and_recall_of_equal_and_of_far_sets():
    a = normal(200)
    assert metrics.precision_recall(a, a) == (1, 1)
    assert metrics.precision_recall(a, a + 100) == (0, 0)


def test_precision_and_recall_count_the_balls():
    """On a line, by hand: balls around 0, 1, 3 reach 1, 1, 2, and around 0.5, 4.5, 10 they reach 4, 4, 5.5."""
    real, fake = np.array([[0], [1], [3.0]]), np.array([[0.5], [4.5], [10.0]])
    assert metrics.precision_recall(real, fake, k=1) == (pytest.approx(2 / 3), 1)


# Modes


@pytest.mark.parametrize("seed", range(3))
def test_a_perfect_sampler_has_all_modes_and_989_in_a_thousand_near_them(seed):
    modes, high_quality = metrics.mode_coverage(data.ring(2500, seed=seed), data.ring_centers(), 0.01)
    assert modes == 8
    assert high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.007)


def test_modes_count_only_by_samples_near_them():
    centers = data.grid_centers()
    samples = np.concatenate([centers[:3], centers[3:6] + 0.16, centers[6:7] + np.array([0.149, 0])])
    assert metrics.mode_coverage(samples, centers, 0.05) == (4, pytest.approx(4 / 7))
    assert metrics.mode_coverage(samples + 50, centers, 0.05) == (0, 0)
    assert metrics.mode_coverage(samples, centers, 0.05, reach=5).modes == 7


def test_reverse_kl():
    assert metrics.reverse_kl(np.arange(10).repeat(3), 10) == pytest.approx(0, abs=1e-12)
    assert metrics.reverse_kl([4, 4, 4], 1000) == pytest.approx(np.log(1000), abs=1e-12)
    expected = 0.75 * np.log(0.75 * 4) + 0.25 * np.log(0.25 * 4)
    assert metrics.reverse_kl([0, 0, 3, 0], 4) == pytest.approx(expected, abs=1e-12)


# Likelihood


def test_parzen_log_likelihood_is_that_of_scikit_learn():
    samples, test = normal(400, 6), normal(150, 6, 1)
    logs = KernelDensity(bandwidth=0.4).fit(samples).score_samples(test)
    found = metrics.parzen_log_likelihood(samples, test, sigma=0.4)
    assert found == pytest.approx((logs.mean(), logs.std(ddof=1) / np.sqrt(150), 0.4), abs=1e-6)


def test_parzen_chooses_the_width_on_the_validation_set():
    samples, validation, test = normal(400, 3), normal(200, 3, 1), normal(200, 3, 2)
    scores = [KernelDensity(bandwidth=s).fit(samples).score_samples(validation).mean() for s in metrics.PARZEN_SIGMAS]
    found = metrics.parzen_log_likelihood(samples, test, validation)
    assert found.sigma == metrics.PARZEN_SIGMAS[int(np.argmax(scores))]
    assert 0.1 < found.sigma < 1
    assert found == metrics.parzen_log_likelihood(samples, test, sigma=found.sigma)


# Neighbors


def test_two_sample_test():
    a = normal(1000)
    assert metrics.two_sample_test(a, normal(1000, seed=1)).accuracy == pytest.approx(0.5, abs=0.04)
    assert metrics.two_sample_test(a, a + 100) == (1, 1, 1)
    assert metrics.two_sample_test(a, a + 1e-6).accuracy == 0  # copies
    one_mode = metrics.two_sample_test(a, normal(1000, seed=1, std=0.02))
    assert one_mode.real > 0.95
    assert one_mode.accuracy > 0.9


def test_nearest_neighbors_are_those_of_scikit_learn():
    samples, others = normal(60, 5), normal(300, 5, 1)
    distances, indices = NearestNeighbors(n_neighbors=4).fit(others).kneighbors(samples)
    found = metrics.nearest_neighbors(samples, others, 4)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, atol=1e-12)
    assert metrics.nearest_neighbors(others, others).distances.max() == 0


def test_blocks_change_nothing(monkeypatch):
    a, b = normal(50, 3), normal(50, 3, 1)

    def everything():
        yield metrics.kernel_distance(a, b)
        yield from metrics.precision_recall(a, b)
        yield from metrics.parzen_log_likelihood(a, b, sigma=0.5)
        yield from metrics.two_sample_test(a, b)
        yield from metrics.nearest_neighbors(a, b, 2).distances.ravel()

    expected = list(everything())
    monkeypatch.setattr(metrics, "BLOCK_MIB", 0)
    assert list(everything()) == pytest.approx(expected, abs=1e-12)


def test_ten_thousand_samples_take_less_than_2_gb():
    code = """
import numpy as np
from gan_course import metrics
a, b = np.random.default_rng(0).normal(size=(2, 10_000, 16)).astype("float32")
metrics.precision_recall(a, b)
metrics.two_sample_test(a, b)
metrics.kernel_distance(a, b)
metrics.parzen_log_likelihood(a, b, sigma=1.0)
print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""
    if not sys.platform.startswith("linux"):
        pytest.skip("reads the peak from /proc")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2e6  # kB


# The classifier


@pytest.fixture
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "gan_course"


def test_the_classifier_knows_digits_and_is_the_same_each_time(own_cache, monkeypatch):
    (images, labels), (test, test_labels) = data.load("digits"), data.load("digits", split="test")
    first = metrics.feature_classifier(images, labels)
    assert np.mean(first.classes(test) == test_labels) > 0.94
    features = first.features(test)
    assert features.shape == (len(test), 64)
    assert features.min() == 0 < features.std()
    (stored,) = own_cache.iterdir()
    stored.unlink()
    np.testing.assert_array_equal(metrics.feature_classifier(images, labels).features(test), features)
    monkeypatch.setattr(metrics, "_train_classifier", lambda *_: 1 / 0)  # from here on it has to come from the disk
    np.testing.assert_array_equal(metrics.feature_classifier(images.copy(), labels).features(test), features)


def test_other_images_or_labels_make_another_classifier(own_cache):
    images, labels = normal(60, 5, std=0.1), np.arange(60) % 3
    for x, y in ((images, labels), (images[::-1], labels), (images, labels[::-1]), (images, labels + 1)):
        classifier = metrics.feature_classifier(x, y)
        assert set(classifier.classes(x)) <= set(y)
    assert len([*own_cache.iterdir()]) == 4


def test_two_classes_and_names_for_them(own_cache):
    points = np.concatenate([normal(50, 2, mean=-3), normal(50, 2, 1, mean=3)])
    names = np.repeat(["left", "right"], 50)
    classifier = metrics.feature_classifier(points, names)
    assert np.mean(classifier.classes(points) == names) == 1


def test_a_damaged_file_or_a_folder_that_cannot_be_written_costs_a_training_only(own_cache, monkeypatch):
    images, labels = normal(60, 5), np.arange(60) % 3
    expected = metrics.feature_classifier(images, labels).features(images)
    (stored,) = own_cache.iterdir()
    stored.write_bytes(stored.read_bytes()[:100])
    np.testing.assert_array_equal(metrics.feature_classifier(images, labels).features(images), expected)
    blocked = own_cache.parent / "a file"
    blocked.write_text("")
    monkeypatch.setenv("KERAS_HOME", str(blocked))
    np.testing.assert_array_equal(metrics.feature_classifier(images, labels).features(images), expected)


def test_a_disk_that_is_full_leaves_nothing_behind(own_cache, monkeypatch):
    def half(file, **arrays):
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", half)
    assert metrics.feature_classifier(normal(60, 5), np.arange(60) % 3).features(normal(2, 5)).shape == (2, 64)
    assert list(own_cache.iterdir()) == []


# Bad input

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


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.precision_recall(normal(4), normal(9), k=4),
        lambda: metrics.precision_recall(normal(4), normal(9), k=0),
        lambda: metrics.nearest_neighbors(normal(4), normal(9), k=10),
        lambda: metrics.nearest_neighbors(normal(4), normal(9), k=1.5),
        lambda: metrics.two_sample_test(normal(4), normal(5)),
        lambda: metrics.mode_coverage(normal(4), normal(3), 0),
        lambda: metrics.reverse_kl([], 3),
        lambda: metrics.reverse_kl([0, 3], 3),
        lambda: metrics.reverse_kl([0.0, 1.0], 3),
        lambda: metrics.parzen_log_likelihood(normal(4), normal(4)),
        lambda: metrics.parzen_log_likelihood(normal(4), normal(4), normal(4), sigma=1),
        lambda: metrics.parzen_log_likelihood(normal(4), normal(4), sigma=-1),
        lambda: metrics.feature_classifier(normal(4), [0, 1, 0]),
        lambda: metrics.feature_classifier(normal(4), [1, 1, 1, 1]),
        lambda: metrics.feature_classifier(np.full((4, 2), np.nan), [0, 1, 0, 1]),
    ],
)
def test_choices_out_of_range_are_refused(call):
    with pytest.raises(ValueError, match=THREE_PARTS):
        call()


def test_the_classifier_refuses_images_of_another_size(own_cache):
    classifier = metrics.feature_classifier(normal(20, 4), np.arange(20) % 2)
    with pytest.raises(ValueError, match=THREE_PARTS):
        classifier.features(normal(3, 5))
