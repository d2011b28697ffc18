"""Each image is in its place, with the right gray levels and the right frame."""

import doctest

import numpy as np
import pytest
from matplotlib.colors import to_hex

from gan_course import plots
from gan_course.plots import images as module

RNG = np.random.default_rng(0)


def images(count, height=4, width=8, channels=1):
    return RNG.uniform(-1, 1, size=(count, height, width, channels))


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(module) == (0, 3)


@pytest.mark.parametrize(("generated", "color"), [(False, plots.REAL), (True, plots.GENERATED)])
def test_the_frame_of_images_says_whether_they_are_real(generated, color):
    ax = plots.image_grid(images(3), title="three", generated=generated)
    assert {to_hex(spine.get_edgecolor()).upper() for spine in ax.spines.values()} == {color.upper()}
    assert all(spine.get_visible() for spine in ax.spines.values())
    assert ax.get_title() == "three"
    assert len(ax.get_xticks()) == len(ax.get_yticks()) == 0


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("count", "columns", "rows"), [(5, 8, 1), (8, 8, 1), (9, 8, 2), (7, 3, 3)])
def test_every_image_is_on_the_sheet_in_its_place(channels, count, columns, rows):
    height, width, gap = 4, 8, 1
    pictures = images(count, height, width, channels)
    sheet = plots.image_grid(pictures, columns=columns).images[0].get_array()
    columns = min(columns, count)
    assert sheet.shape[:2] == (rows * (height + gap) + gap, columns * (width + gap) + gap)
    for i, picture in enumerate(pictures):
        top, left = gap + (i // columns) * (height + gap), gap + (i % columns) * (width + gap)
        shown = sheet[top : top + height, left : left + width].reshape(picture.shape)
        assert np.abs(shown - (picture + 1) / 2).max() < 1e-6


def test_minus_one_is_black_one_is_white_and_values_beyond_are_clipped(caplog):
    image = np.array([-3.0, -1.0, 0.0, 1.0, 3.0]).reshape(1, 1, 5, 1)
    ax = plots.image_grid(image)
    drawn = ax.images[0]
    colors = drawn.cmap(drawn.norm(drawn.get_array()[1, 1:6]))[:, :3]
    assert np.abs(colors - np.array([0, 0, 0.5, 1, 1])[:, None]).max() < 0.01
    colored = plots.image_grid(np.repeat(image, 3, axis=-1)).images[0].get_array()
    assert np.abs(colored[1, 1:6] - np.array([0, 0, 0.5, 1, 1])[:, None]).max() < 1e-6
    assert not caplog.records  # Matplotlib logs a warning where it has to clip itself


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((0, 8, 8, 1), "Give one image"),
        ((5, 8, 8, 2), "Give one image"),
        ((8, 8, 1), r"Give images\[None\]"),
        ((5, 64), "Reshape flat images"),
        ((), "Give one image"),
    ],
)
def test_other_arrays_are_refused_with_advice(shape, advice):
    with pytest.raises(ValueError, match=r"Invalid images\. Expected .+ Received: .+\. " + advice):
        plots.image_grid(np.zeros(shape))


@pytest.mark.parametrize("columns", [0, -1, 2.5, None])
def test_a_number_of_columns_that_is_no_count_is_refused(columns):
    with pytest.raises(ValueError, match=r"Invalid columns\. Expected .+ Received: .+\. Try "):
        plots.image_grid(images(3), columns=columns)
