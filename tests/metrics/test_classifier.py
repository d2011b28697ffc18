"""The classifier that gives features: what it learns, and how it is stored."""

import doctest
import warnings
from pathlib import Path

import numpy as np
import pytest

from gan_course import data, metrics
from gan_course.metrics import classifier as module

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


def normal(count, size=2, seed=0, mean=0.0, std=1.0):
    return np.random.default_rng(seed).normal(mean, std, (count, size))


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
    monkeypatch.setattr(module, "_train_classifier", lambda *_: 1 / 0)  # from here on it has to come from the disk
    np.testing.assert_array_equal(metrics.feature_classifier(images.copy(), labels).features(test), features)


def test_probabilities_are_those_of_scikit_learns_network(own_cache):
    from sklearn.neural_network import MLPClassifier

    points, labels = normal(90, 3), np.arange(90) % 3
    points = points + np.eye(3)[labels]
    found = metrics.feature_classifier(points, labels).probabilities(points)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        epochs = max(12, -(-3000 * 64 // 90))
        network = MLPClassifier((64,), batch_size=64, max_iter=epochs, random_state=0)
        network.fit(points.astype("float32"), labels)
    np.testing.assert_allclose(found, network.predict_proba(points), atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_the_most_probable_class_is_the_class(own_cache):
    points = np.concatenate([normal(50, 2, mean=-3), normal(50, 2, 1, mean=3)])
    classifier = metrics.feature_classifier(points, np.repeat(["left", "right"], 50))
    probabilities = classifier.probabilities(points)
    np.testing.assert_array_equal(classifier.labels[probabilities.argmax(axis=1)], classifier.classes(points))
    assert probabilities.shape == (100, 2)
    assert classifier.probabilities(1e6 * points).max() == 1  # no overflow


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


def test_the_examples_of_the_docstrings(own_cache):
    assert doctest.testmod(module) == (0, 3)


def test_the_classifier_refuses_images_of_another_size(own_cache):
    classifier = metrics.feature_classifier(normal(20, 4), np.arange(20) % 2)
    with pytest.raises(ValueError, match=THREE_PARTS):
        classifier.features(normal(3, 5))


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.feature_classifier(normal(4), [0, 1, 0]),
        lambda: metrics.feature_classifier(normal(4), [1, 1, 1, 1]),
        lambda: metrics.feature_classifier(np.full((4, 2), np.nan), [0, 1, 0, 1]),
    ],
)
def test_arguments_out_of_range_are_refused(call):
    with pytest.raises(ValueError, match=THREE_PARTS):
        call()
