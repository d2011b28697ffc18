"""The command lines of `train` and `generate`: what they mean, what is refused, and 200 photos from end to end."""

import io
import json

import keras
import numpy as np
import pytest
from PIL import Image

from gan_course import __main__ as command
from gan_course import bundled
from gan_course.train import command as train_command
from gan_course.train import runs
from gan_course.train.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore:.*run_functions_eagerly")


@pytest.fixture
def started(monkeypatch):
    """What `runs.start` and `runs.resume` are called with, in place of a training."""
    calls = []
    monkeypatch.setattr(runs, "start", lambda settings, folder: calls.append((settings, folder)) or 0)
    monkeypatch.setattr(runs, "resume", lambda folder, changes: calls.append((folder, changes)) or 0)
    return calls


def status(arguments):
    """The exit status of a command line, also where it ends the process."""
    try:
        return command.main(arguments)
    except SystemExit as ended:
        return ended.code


def test_options_become_settings(started):
    line = "train digits --size 16 --networks residual --r1 0.5 --d-steps 2 --learning-rate 1e-4 --seed 3 --out there"
    assert status([*line.split(), "--augment", "color,cutout"]) == 0
    changed = {"size": 16, "networks": "residual", "r1": 0.5, "d_steps": 2, "learning_rate": 1e-4, "seed": 3}
    changed["augment"] = "color,cutout"
    assert started == [(Settings("digits", **changed), "there")]


def test_every_setting_has_an_option_and_its_default_is_said():
    options = {name: each for group in train_command.OPTIONS.values() for name, each in group.items()}
    defaults = vars(Settings("digits"))
    assert {*options, "data"} == {*defaults}
    for name, details in options.items():
        if defaults[name] not in (None, False, 0.0):
            assert f"Default: {defaults[name]}" in details["help"], name


def test_a_config_is_taken_and_can_be_changed(started, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"data": "digits", "seed": 3, "steps": 7}), "utf-8")
    assert status(["train", "--config", str(tmp_path / "config.json"), "--steps", "9"]) == 0
    assert started == [(Settings("digits", seed=3, steps=9), "run")]


def test_a_resumed_run_may_become_longer(started, tmp_path):
    facts = {"backend": keras.config.backend(), "checksum": "12"}
    (tmp_path / "config.json").write_text(json.dumps({"data": "digits", "facts": facts}), "utf-8")
    assert status(["train", "--resume", str(tmp_path), "--steps", "9"]) == 0
    assert started == [(str(tmp_path), {"steps": 9})]


def test_the_help_explains_the_exit_status(capsys):
    assert status(["train", "--help"]) == 0
    said = capsys.readouterr().out
    for text in ("exit status:", "16 bits", "EXIF", "Ctrl-C", "--resume RUN", "not counted as training"):
        assert text in said
    assert max(map(len, said.splitlines())) <= 120


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("train", "what to train on is missing"),
        ("train no-such-folder", "Expected the name of a data set"),
        ("train digits --steps many", "--steps: invalid int value: 'many'"),
        ("train digits --steps 0", "Invalid steps. Expected an integer of at least 1. Received: 0."),
        ("train digits --networks vae", "Expected one of ['mlp', 'dcgan', 'residual']"),
        ("train digits --networks residual", "Expected images of one of (16, 32, 64, 128)"),
        ("train digits --objective vae", "Unknown objective. Expected one of ['non_saturating'"),
        ("train digits --precision float8", "Expected one of ['float32', 'mixed_float16', 'mixed_bfloat16']"),
        ("train digits --devices 99", "Expected at most"),
        ("train digits --d-steps 3", "Invalid batch. Expected a multiple of d_steps, 3"),
        ("train digits --learning-rat 1", "unrecognized arguments: --learning-rat 1"),
        ("train digits --augment flip", "Expected some of ['color', 'translation', 'cutout', 'adaptive']"),
        ("train digits --gray", "Leave out --gray"),
        ("train digits --size 9", "Expected height and width divisible by 4"),
        ("train digits --out {folder}", "Expected an empty folder, or a new one"),
        ("train --resume {folder}", "Expected a JSON file such as the config.json of a run"),
        ("train --resume {folder} --seed 1", "Invalid options. Expected at most --steps, --minutes, --every"),
        ("train --config no-such-file.json", "no-such-file.json"),
        ("train {folder} --conditional --size 8", "Expected a folder with a folder of images for each class"),
        ("generate", "the following arguments are required: RUN"),
        ("generate {folder}", "Expected a JSON file such as the config.json of a run"),
    ],
)
def test_wrong_command_lines_get_a_message_and_status_2(line, text, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert status(line.format(folder=folder).split()) == 2
    said = capsys.readouterr().err
    assert text in said
    assert "Traceback" not in said
    assert "--help` explains all options" in said
    assert not (tmp_path / "run").exists()


def photos(folder, count=200):
    """Photos of different sizes: cut out of the photographs of scikit-learn. Four are of special kinds."""
    folder.mkdir()
    rng, photographs = np.random.default_rng(0), bundled.photographs("train").astype("uint8")
    for number in range(count):
        height, width = rng.integers(20, 60, size=2)
        top, left = rng.integers(0, 200, size=2)
        photo = Image.fromarray(photographs[number % 2, top : top + height, left : left + width])
        photo.save(folder / f"{number:03}.jpg")
    file = io.BytesIO()
    photo.save(file, "jpeg")
    (folder / "000.jpg").write_bytes(file.getvalue()[:-200])
    for number, name in ((1, "1.gif"), (2, "2.png"), (3, "3.png")):
        (folder / f"{number:03}.jpg").unlink()
        photo.save(folder / name)
    Image.fromarray(rng.integers(0, 2**16, size=(30, 30)).astype("uint16")).save(folder / "2.png")
    (folder / "3.png").write_text("a text")


@pytest.mark.usefixtures("without_graphs")
def test_two_hundred_photos(tmp_path, monkeypatch, capsys):
    """One JPEG is cut off, one file is a GIF, one has 16 bits, and one is a text."""
    photos(tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    line = "train photos --size 16 --networks mlp --steps 2 --latent-dim 4 --minutes 10"
    assert status(line.split()) == 0
    said = capsys.readouterr().out
    assert "photos: 144 images of 16×16×3 to train on, 39 held out" in said
    assert "2 broken image files are left out:" in said
    assert "photos/000.jpg: " in said
    assert "photos/3.png: cannot identify image file" in said
    assert "19 principal components of the held-out images" in said
    assert status(["generate", "run", "--count", "5", "--seed", "1"]) == 0
    assert "5 images of step 2 are in run/generated" in capsys.readouterr().out
    files = sorted(path.name for path in (tmp_path / "run" / "generated").iterdir())
    assert files == [*(f"{number:05d}.png" for number in range(5)), "grid.png"]
    with Image.open(tmp_path / "run" / "generated" / "00003.png") as image:
        drawn = np.asarray(image) / 127.5 - 1
    assert np.abs(drawn - runs.load(tmp_path / "run")[0].generate(5, seed=1)[3]).max() < 0.51 / 127.5 + 1e-6
