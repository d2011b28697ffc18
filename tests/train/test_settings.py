"""The settings of a run: what they refuse, and that a file gives them back."""

import dataclasses
import json

import pytest

from gan_course.train.settings import CONFIG, Settings, read_config, read_run, save_config

THREE_PARTS = r"(?s)Expected.+Received: .+\. \w"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", ""),
        ("networks", "vae"),
        ("size", 0),
        ("batch", 2.5),
        ("steps", -1),
        ("every", 0),
        ("width", "2"),
        ("r1", -1.0),
        ("gradient_penalty", float("nan")),
        ("learning_rate", 0),
        ("minutes", 0),
        ("seed", None),
        ("seed", -1),
        ("precision", "float64"),
        ("backend", "numpy"),
        ("devices", 0),
        ("gray", "yes"),
        ("augment", ""),
        ("augment", "color,flip"),
        ("augment", "color, cutout"),
        ("augment", "cutout,cutout"),
        ("augment", 3),
        ("d_steps", 3),  # does not divide the batch of 16
    ],
)
def test_what_is_out_of_range_is_refused(name, value):
    with pytest.raises(ValueError, match=THREE_PARTS):
        Settings(**{"data": "digits", name: value})


COLOR = ("brightness", "saturation", "contrast")


@pytest.mark.parametrize(
    ("augment", "transformations", "is_adaptive"),
    [
        (None, (), False),
        ("cutout,translation", ("cutout", "translation"), False),
        ("color,translation,cutout", (*COLOR, "translation", "cutout"), False),
        ("adaptive", (*COLOR, "translation", "cutout"), True),
        ("translation,adaptive", ("translation",), True),
    ],
)
def test_policies_stand_for_transformations(augment, transformations, is_adaptive):
    settings = Settings("digits", augment=augment)
    assert settings.transformations == transformations
    assert settings.is_adaptive == is_adaptive


def test_a_file_gives_the_settings_back(tmp_path):
    settings = Settings("a folder", 32, networks="mlp", augment="color", r1=0.5, minutes=3.5, seed=7)
    save_config(tmp_path, settings, {"keras": "3"})
    found, facts = read_config(tmp_path / CONFIG)
    assert Settings(**found) == settings
    assert facts == {"keras": "3"}


def test_a_file_may_hold_some_of_the_settings(tmp_path):
    (tmp_path / "mine.json").write_text('{"seed": 3}', "utf-8")
    assert read_config(tmp_path / "mine.json") == ({"seed": 3}, {})


@pytest.mark.parametrize("content", [None, "seed = 3", "[1, 2]", '{"sede": 3}'])
def test_other_files_are_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "mine.json").write_text(content, "utf-8")
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        read_config(tmp_path / "mine.json")
    assert "mine.json" in str(caught.value)


def test_a_config_without_facts_is_not_that_of_a_run(tmp_path):
    save_config(tmp_path, Settings("digits"), {"checksum": "12"})
    assert read_run(tmp_path)[1] == {"checksum": "12"}
    save_config(tmp_path, Settings("digits"), {})
    with pytest.raises(ValueError, match=THREE_PARTS):
        read_run(tmp_path)


def test_json_knows_every_setting():
    assert json.loads(json.dumps(dataclasses.asdict(Settings("digits"))))["data"] == "digits"
