"""Images of every kind from a folder: what becomes of them, and what is said of those that cannot be read."""

import io

import numpy as np
import pytest
from PIL import Image

from gan_course.train.folder import describe_broken, read_folder

THREE_PARTS = r"Expected.+Received: .+\. \w"
RED, BLUE = (255, 0, 0), (0, 0, 255)


def only(path, **options):
    """The one image of a folder, as levels from 0 to 255."""
    found = read_folder(path, **{"size": 4, **options})
    assert len(found.images) == 1
    assert found.images.dtype == np.float32
    return (found.images[0] + 1) * 127.5


def halves(left, right, mode="RGB", size=(8, 8)):
    """A picture with a left and a right half."""
    picture = Image.new(mode, size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


def test_the_middle_square_is_cut_out(tmp_path):
    wide = Image.new("RGB", (24, 8), BLUE)
    wide.paste(RED, (8, 0, 16, 8))
    wide.save(tmp_path / "a.png")
    assert np.abs(only(tmp_path) - RED).max() < 20


def test_a_small_picture_is_enlarged(tmp_path):
    halves(RED, BLUE, size=(2, 2)).save(tmp_path / "a.bmp")
    assert np.abs(only(tmp_path, size=8)[:, [0, -1]] - [RED, BLUE]).max() < 20


@pytest.mark.parametrize("levels", [0, 30000, 65535])
def test_sixteen_bits_become_eight(tmp_path, levels):
    Image.fromarray(np.full((8, 8), levels, "uint16")).save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode.startswith("I")
    assert np.abs(only(tmp_path) - levels / 257).max() < 1


def test_transparent_parts_become_white(tmp_path):
    halves((255, 0, 0, 255), (0, 0, 255, 0), "RGBA").save(tmp_path / "a.png")
    found = only(tmp_path)
    assert np.abs(found[:, 0] - RED).max() < 1
    assert np.abs(found[:, -1] - 255).max() < 1


def test_a_palette_with_a_transparent_color(tmp_path):
    halves(RED, BLUE).quantize(2).save(tmp_path / "a.png", transparency=0)
    colors = only(tmp_path)[0, [0, -1]].round().tolist()
    assert [255, 255, 255] in colors
    assert [*RED] in colors or [*BLUE] in colors


@pytest.mark.parametrize(("mode", "color"), [("CMYK", (0, 255, 255, 0)), ("RGB", RED)])
def test_cmyk_is_converted(tmp_path, mode, color):
    Image.new(mode, (16, 16), color).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(only(tmp_path) - RED).max() < 6


def test_gray_pictures_get_three_channels_and_colors_get_one_if_asked(tmp_path):
    Image.new("L", (8, 8), 100).save(tmp_path / "a.png")
    assert (only(tmp_path).round() == np.full((4, 4, 3), 100)).all()
    Image.new("RGB", (8, 8), RED).save(tmp_path / "a.png")
    assert np.abs(only(tmp_path, channels=1) - np.full((4, 4, 1), 0.299 * 255)).max() < 1


def test_a_photo_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the scene is at the right: turn by 90 degrees, clockwise
    halves(RED, BLUE, size=(32, 32)).save(tmp_path / "a.jpg", exif=exif, quality=95)
    found = only(tmp_path)
    assert np.abs(found[0] - RED).max() < 12
    assert np.abs(found[-1] - BLUE).max() < 12


def test_the_first_picture_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (8, 8), color) for color in (RED, BLUE)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert np.abs(only(tmp_path) - RED).max() < 1


# ------------------------------------------------------------------------------------------------- which files


def save(path, color=RED):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), color).save(path, "png")


def test_files_in_the_order_of_their_names_and_no_others(tmp_path):
    for name, color in (("b.png", BLUE), ("a.PNG", RED), ("sub/c.png", BLUE), (".d.png", RED), (".git/e.png", RED)):
        save(tmp_path / name, color)
    (tmp_path / "notes.txt").write_text("no image, and not said to be one")
    found = read_folder(tmp_path, 4)
    assert found.images[:, 0, 0].tolist() == [[1, -1, -1], [-1, -1, 1], [-1, -1, 1]]
    assert (found.labels, found.classes, found.broken) == (None, (), [])


def test_folders_inside_are_classes(tmp_path):
    for name in ("dogs/1.png", "cats/1.png", "dogs/old/2.png"):
        save(tmp_path / name)
    found = read_folder(tmp_path, 4)
    assert found.classes == ("cats", "dogs")
    assert found.labels.tolist() == [0, 1, 1]


def truncated_jpeg():
    file = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(file, "jpeg")
    return file.getvalue()[: len(file.getvalue()) // 2]


BROKEN = {
    "cut.jpg": (truncated_jpeg(), "truncated"),
    "text.png": (b"This is a text.", "cannot identify"),
    "empty.gif": (b"", "cannot identify"),
}


def test_broken_files_are_named_with_the_reason(tmp_path):
    for number in range(3):
        save(tmp_path / f"good_{number}.png")
    for name, (content, _) in BROKEN.items():
        (tmp_path / name).write_bytes(content)
    Image.fromarray(np.zeros((4, 4), "float32")).save(tmp_path / "floats.tif")
    with pytest.raises(ValueError, match=r"4 of 7 image files"):
        read_folder(tmp_path, 4)
    (tmp_path / "floats.tif").unlink()
    found = read_folder(tmp_path, 4)
    assert len(found.images) == 3
    said = describe_broken(found.broken).splitlines()
    assert len(said) == 3
    for name, (_, reason) in BROKEN.items():
        assert any(f"{tmp_path / name}: " in line and reason in line for line in said)


def test_mostly_broken_folders_and_empty_ones_are_refused(tmp_path):
    with pytest.raises(ValueError, match=THREE_PARTS):
        read_folder(tmp_path, 4)
    for number in range(12):
        (tmp_path / f"{number}.png").write_text("no image")
    with pytest.raises(ValueError, match=r"(?s)Expected.+Received: .+12 of 12.+0\.png: cannot.+…\n.+remove"):
        read_folder(tmp_path, 4)
