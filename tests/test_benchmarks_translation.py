"""The benchmark of translation: its sources, its measures, and that a tiny run is written and found again."""

import json

import keras
import numpy as np
import pytest

from benchmarks import round_trips, translation
from gan_course import data

pytestmark = pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="the benchmarks run on TensorFlow")

RAMP = np.linspace(-1, 1, 28 * 28).reshape(1, 28, 28, 1).astype("float32")


def test_only_the_upper_twelve_rows_of_a_torn_digit_are_left():
    made = translation.torn(RAMP)
    assert (made != RAMP).sum() == 16 * 28
    assert (made[0, 12:] == 0).all()


def test_coarse_digits_have_the_means_of_squares():
    made = translation.coarse(RAMP)
    assert made.shape == RAMP.shape
    assert abs(made[0, 9, 15, 0] - RAMP[0, 7:14, 14:21].mean()) < 1e-6
    assert len(np.unique(made)) == 16


def test_the_peak_ratio_by_hand():
    """A difference of 0.2 everywhere: 10 · log10(2² / 0.2²) = 20 dB."""
    assert translation.peak_ratio(RAMP + 0.2, RAMP) == 20.0


def test_no_digit_is_on_black_and_on_a_photograph():
    black, photographs = translation.two_kinds()
    assert (black.shape, photographs.shape) == ((1500, 28, 28, 1), (1500, 28, 28, 3))


def test_the_judge_of_gray_digits_knows_real_ones_and_notices_a_change():
    judge = translation.gray_judge()
    pictures = data.load("mnist_5k", split="test")[0]
    assert judge.accuracy > 0.9
    assert judge.judged(pictures) == {"kept": round(judge.accuracy, 4), "frechet": 0.0}
    changed = judge.judged(translation.torn(pictures))
    assert changed["kept"] < 0.8
    assert changed["frechet"] > 1


def test_faint_pixels_are_wiped_out_and_strokes_stay():
    dots = np.full((2, 28, 28, 1), -1.0, "float32")
    dots[0, ::4, ::4], dots[0, 10:15, 10:15], dots[1, :2] = -0.7, 1.0, 1.0
    wiped = round_trips.wiped_out(dots)
    assert sorted(np.unique(wiped)) == [-1, 1]
    assert (wiped == 1).sum() == (dots == 1).sum()
    assert round_trips.on_black(dots).tolist() == [True, False]  # a bright sky at the top of the second


def test_what_is_hidden_is_measured_where_the_background_is_black():
    back, which = np.concatenate([RAMP, RAMP]), np.array([True, False])
    wanted = back + np.array([0.2, 1.0])[:, None, None, None]
    found = translation.hidden([back, wanted + 0.02], back, wanted - 0.02, wanted, which)
    assert found == {"dark": 0.5, "dark_back": [20.0, 40.0], "dark_wiped": 20.0, "dark_true": 40.0}
    assert translation.hidden([back], back, back, wanted, ~which & which) == {}


@pytest.mark.usefixtures("without_graphs")
def test_a_tiny_run_is_written_and_found_again(tmp_path, monkeypatch):
    load = data.load  # the measures take 100 of the 1,000 test pictures
    monkeypatch.setattr(
        data,
        "load",
        lambda name, split="train": [part[: 100 if split == "test" else None] for part in load(name, split)],
    )
    gray = translation.gray_judge()
    monkeypatch.setattr(translation, "gray_judge", lambda: gray)
    names, steps = ("torn_l1", "cycle"), dict.fromkeys(translation.STEPS, 1)
    contenders = {name: translation.CONTENDERS[name] for name in names}
    for _ in range(2):
        translation.run(tmp_path, contenders, seeds=(0,), steps=steps, judge_steps=1)
    runs = json.loads((tmp_path / "translation.json").read_text("utf-8"))["runs"]
    assert [run["contender"] for run in runs] == [*names]
    assert len(runs[1]["back"]) == len(runs[1]["back_b"]) == len(translation.NOISES)
    text = (tmp_path / "translation.md").read_text("utf-8")
    assert all(text.count(contender.title) >= 1 for contender in contenders.values())
    assert (tmp_path / "translation.png").stat().st_size > 10_000


def test_real_pictures_are_drawn_once_and_made_ones_always():
    sheets = [
        ("given", RAMP, False),
        ("made", RAMP, True),
        ("given again", RAMP.copy(), False),
        ("other", -RAMP, False),
    ]
    assert [title for title, *_ in translation.without_repeats(sheets)] == ["given", "made", "other"]
