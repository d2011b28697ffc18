"""The images of a run: what is trained on, what is held out, and what is refused."""

import dataclasses

import numpy as np
import pytest
from PIL import Image
from small_images import write_images

from gan_course import data
from gan_course.train.pictures import load_pictures
from gan_course.train.settings import Settings

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


def test_of_a_data_set_the_test_split_is_held_out():
    pictures = load_pictures(Settings("digits", batch=100))
    train, labels = data.load("digits")
    assert (pictures.train == train[:1400]).all()  # whole batches
    assert (pictures.train_labels == labels[:1400]).all()
    assert (pictures.held_out == data.load("digits", "test")[0]).all()
    assert pictures.classes == tuple("0123456789")
    assert "1400 images of 8×8×1" in pictures.report


def test_a_data_set_is_scaled_where_it_is_asked_for():
    pictures = load_pictures(Settings("digits", size=16))
    assert pictures.train.shape == (1424, 16, 16, 1)
    assert pictures.train.dtype == np.float32
    small = pictures.train.reshape(-1, 8, 2, 8, 2).mean(axis=(2, 4))
    assert np.corrcoef(small.ravel(), data.load("digits")[0][:1424].ravel())[0, 1] > 0.98


def test_of_a_folder_a_fifth_is_held_out(folder):
    (folder / "31.png").write_text("no image")
    settings = Settings(str(folder), size=8, batch=5)
    pictures, other = load_pictures(settings), load_pictures(dataclasses.replace(settings, seed=1))
    assert pictures.train.shape == (20, 8, 8, 3)
    assert pictures.held_out.shape == (6, 8, 8, 3)
    assert (pictures.train == other.train).all()
    assert not (pictures.train[:, None] == pictures.held_out).all(axis=(2, 3, 4)).any()
    assert "1 broken image files are left out:\n" in pictures.report
    assert "31.png: cannot identify" in pictures.report


def test_the_checksum_is_that_of_the_images(folder):
    settings = Settings(str(folder), size=8, batch=5)
    before = load_pictures(settings).checksum
    assert load_pictures(settings).checksum == before
    Image.new("RGB", (9, 9)).save(folder / "03.png")
    assert load_pictures(settings).checksum != before


def test_classes_of_a_folder(tmp_path):
    write_images(tmp_path / "sorted", classes=("class 0", "class 1", "class 2"))
    pictures = load_pictures(Settings(str(tmp_path / "sorted"), size=8, batch=4, conditional=True, gray=True))
    assert pictures.classes == ("class 0", "class 1", "class 2")
    brightness = pictures.train.mean(axis=(1, 2, 3))  # class k is brighter by 90 levels
    assert (np.round((brightness + 1) * 127.5 // 90) == pictures.train_labels).all()
    assert len(pictures.held_out_labels) == len(pictures.held_out)


@pytest.mark.parametrize(
    "options",
    [
        {"data": "no such folder"},
        {"data": "digits", "gray": True},
        {"data": "digits", "batch": 2000},
        {"conditional": True},
        {"batch": 25},
    ],
)
def test_what_cannot_be_used_is_refused(folder, options):
    with pytest.raises(ValueError, match=THREE_PARTS):
        load_pictures(Settings(**{"data": str(folder), "size": 8, **options}))
