"""`claim` prints a number and its bound; nbval passes over the number behind "≈", and over nothing else."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

from gan_course import claims
from gan_course.claims import answer, claim

SANITIZE = Path(__file__).resolve().parents[1] / "notebooks" / "sanitize.cfg"


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(claims) == (0, 3)


def said(capsys, *arguments, **bounds):
    claim(*arguments, **bounds)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "bounds", "line"),
    [
        (0.972, {"above": 0.95}, "≈ 0.972   (above 0.95)"),
        (0.91, {"above": 0.95}, "≈ 0.91   (NOT above 0.95 here)"),
        (0.95, {"above": 0.95}, "≈ 0.95   (NOT above 0.95 here)"),
        (0.0123456, {"below": 0.1}, "≈ 0.0123   (below 0.1)"),
        (0.1, {"below": 0.1}, "≈ 0.1   (NOT below 0.1 here)"),
        (7, {"above": 6.5, "below": 8.5}, "≈ 7   (between 6.5 and 8.5)"),
        (9, {"above": 6.5, "below": 8.5}, "≈ 9   (NOT between 6.5 and 8.5 here)"),
        (6, {"above": 6.5, "below": 8.5}, "≈ 6   (NOT between 6.5 and 8.5 here)"),
        (2403.7, {"above": 1000}, "≈ 2,404   (above 1000)"),
        (999.6, {"above": 1}, "≈ 1,000   (above 1)"),
        (99999.6, {}, "= 100,000"),
        (float("nan"), {"above": 0}, "≈ nan   (NOT above 0 here)"),
        (float("nan"), {"below": 0}, "≈ nan   (NOT below 0 here)"),
        (1.38629436, {"near": 1.3863, "within": 1e-4}, "= 1.3863   (within 0.0001 of 1.3863)"),
        (1.39, {"near": 1.3863, "within": 1e-3}, "= 1.390   (NOT within 0.001 of 1.3863 here)"),
        (1.38, {"near": 1.3863, "within": 1e-3}, "= 1.380   (NOT within 0.001 of 1.3863 here)"),
        (3e-7, {"near": 0, "within": 1e-6}, "= 0.000000   (within 1e-06 of 0)"),
        (float("nan"), {"near": 0, "within": 1}, "= nan   (NOT within 1 of 0 here)"),
        (1437, {}, "= 1,437"),
        (-1.38629436, {}, "= -1.3863"),
        (np.float32(0.5), {}, "= 0.5"),
        (np.array([[2.5]]), {"above": 2}, "≈ 2.5   (above 2)"),
    ],
)
def test_a_line_has_the_number_and_its_bound(capsys, value, bounds, line):
    assert said(capsys, "a number", value, **bounds) == f"a number {line}\n"


def test_a_unit_stands_behind_the_number(capsys):
    assert said(capsys, "gap", 0.5, above=0.1, unit="nats") == "gap ≈ 0.5 nats   (above 0.1)\n"
    assert said(capsys, "gap", 0.5, near=0.5, within=0.1, unit="nats") == "gap = 0.5 nats   (within 0.1 of 0.5)\n"
    assert said(capsys, "gap", 3, unit="%") == "gap = 3 %\n"


def test_a_tensor_of_any_backend_is_a_number(capsys):
    import keras

    assert said(capsys, "loss", keras.ops.convert_to_tensor([0.25]), below=1) == "loss ≈ 0.25   (below 1)\n"


@pytest.mark.parametrize("value", [True, np.bool_(False), "0.97", None, [1.0, 2.0], np.zeros(0), 1j])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match=r"Invalid value\. Expected one number\. Received: .+ Claim the number itself"):
        claim("accuracy", value, above=0.95)


@pytest.mark.parametrize(
    "bounds",
    [
        {"near": 1},
        {"within": 1},
        {"near": 1, "within": 0.1, "above": 0},
        {"near": 1, "within": 0.1, "below": 0},
        {"near": 1, "within": 0},
        {"near": 1, "within": -1},
        {"near": 1, "within": float("nan")},
        {"above": 2, "below": 1},
        {"above": 2, "below": 2},
    ],
)
def test_bounds_that_say_nothing_are_refused(bounds):
    with pytest.raises(ValueError, match=r"Invalid (bounds|within)\. Expected .+ Received: "):
        claim("a number", 1.0, **bounds)


def sanitized(text):
    """What nbval makes of a text."""
    lines = SANITIZE.read_text("utf-8").splitlines()
    regex, replace = (
        next(line.split(": ", 1)[1] for line in lines if line.startswith(key)) for key in ("regex", "replace")
    )
    return re.sub(regex, replace, text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((0.972, {"above": 0.95}), (0.9534, {"above": 0.95}), True),
        ((2403.7, {"above": 1000}), (1e9, {"above": 1000}), True),
        ((-0.1, {"below": 1e-3}), (1e-9, {"below": 1e-3}), True),
        ((0.972, {"above": 0.95}), (0.91, {"above": 0.95}), False),
        ((0.972, {"above": 0.95}), (0.972, {"above": 0.9}), False),
        ((1.5, {"near": 1.5, "within": 0.1}), (1.6, {"near": 1.5, "within": 0.1}), False),
        ((1.5, {}), (1.6, {}), False),
    ],
)
def test_a_changed_number_is_the_same_line_where_it_may_change(capsys, one, other, same):
    lines = [sanitized(said(capsys, "a number", value, unit="nats", **bounds)) for value, bounds in (one, other)]
    assert (lines[0] == lines[1]) is same


# ------------------------------------------------------------------------------------------------- folded answers


@pytest.fixture
def notebook(monkeypatch):
    """As in a notebook: what is displayed is collected, as pairs of MIME type and text."""
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: "a shell")
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    return shown


def test_an_answer_is_folded_in_a_notebook_and_nothing_is_printed_beside_it(notebook, capsys):
    with answer():
        claim("a < b & c", 0.972, above=0.95)
        print("second line")
    assert capsys.readouterr().out == ""
    assert notebook == [
        {
            "text/html": "<details><summary>Open the answer</summary><pre>a &lt; b &amp; c ≈ 0.972   (above 0.95)\n"
            "second line</pre></details>",
            "text/plain": "a < b & c ≈ 0.972   (above 0.95)\nsecond line",
        }
    ]


@pytest.mark.parametrize("prediction", [0, "more", ("a", "b")])
def test_a_prediction_stands_above_the_answer(notebook, prediction):
    with answer(prediction):
        print("the answer")
    assert notebook[0]["text/plain"] == f"Your prediction: {prediction}\nthe answer"


def test_an_error_inside_an_answer_is_not_hidden(notebook):
    with pytest.raises(ZeroDivisionError), answer():
        print(1 / 0)
    assert notebook == []


def test_nbval_passes_over_the_number_of_a_folded_claim(notebook):
    """The sanitizer works on the HTML, too."""
    pattern = re.search(r"^regex: (.*)$", SANITIZE.read_text("utf-8"), re.MULTILINE)[1]
    texts = []
    for number in (0.972, 0.981):
        with answer():
            claim("accuracy", number, above=0.95)
        texts.append(re.sub(pattern, "≈ (a number)", notebook[-1]["text/html"]))
    assert texts[0] == texts[1]
    assert "(above 0.95)" in texts[0]
