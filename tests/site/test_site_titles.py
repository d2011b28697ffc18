"""The titles of a figure, read from the code that draws it."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "site" / "extensions"))

from figure_titles import functions, titles


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ('plots.image_grid(x, "Drawn by G", columns=8)', ["Drawn by G"]),
        ('ax.set_title("Two\\nlines")', ["Two lines"]),
        ('title = "One z per row"\nplots.image_grid(x, title)', ["One z per row"]),
        ('ax.set(xlabel="no title", title=f"step {i}: {n} digits")', ["step …: … digits"]),
        ('plt.title("$D^*$ by formula")', ["D^* by formula"]),
        ('title = "The times " + names\nplt.title(title)', ["The times…"]),
        ('ax.set_title("at home" if x else f"away, {y}")', ["at home", "away, …"]),
        (
            'names = "a seven", "an eight"\nfor ax, title in zip(axes, names):\n    ax.set(title=title)',
            ["a seven", "an eight"],
        ),
        ('rows = {"Real": a, "Drawn": b}\nfor t, row in rows.items():\n    image_grid(row, t)', ["Real", "Drawn"]),
        ('rows = {"a": "The one"}\nfor a, t in rows.items():\n    plt.title(t)', ["The one"]),
        ('for n, (t, x) in enumerate((("Old way", 1), ("New", 2))):\n    plt.title(t)', ["Old way", "New"]),
    ],
)
def test_titles_are_found(code, wanted):
    assert titles(code, {}) == wanted


@pytest.mark.parametrize(
    "code",
    [
        'ax.set(xlabel="time in steps")',
        'plt.title("Real")',
        'plt.title(f"{x} {y}")',
        "plt.title(made(7))",
        "no Python !",
    ],
)
def test_there_is_no_title(code):
    assert titles(code, {}) == []


def test_a_function_of_a_cell_above_is_read_where_it_is_called():
    known = functions('%matplotlib inline\ndef show(x):\n    plt.title("Shown by a function")\n')
    assert titles("show(3)", known) == ["Shown by a function"]
    assert titles("hide(3)", known) == []
