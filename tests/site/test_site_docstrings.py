"""Docstrings become reStructuredText before autodoc reads them: Markdown's tables, code, and vertical bars."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "site" / "extensions"))

from api_pages import to_rst


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Shape `(batch, 1)`, as `x`.", "Shape ``(batch, 1)``, as ``x``."),
        ("log |det J|, and `a | b`.", r"log \|det J\|, and ``a | b``."),
        ("* **bold** text", "* **bold** text"),
    ],
)
def test_spans(line, wanted):
    assert to_rst([line]) == [wanted]


def test_a_table_keeps_its_margin_and_drops_its_rule():
    lines = ["Text.", "", "    | a | b |", "    |---|---|", "    | `x` | y \\| z |", "", "End."]
    table = ["    .. list-table::", "       :header-rows: 1", "    ", "       * - a", "         - b"]
    rows = ["       * - ``x``", "         - y \\| z"]
    assert [line for line in to_rst(lines) if line] == [line for line in ["Text.", *table, *rows, "End."] if line]


@pytest.mark.parametrize(("code", "language"), [("x = 1", "python"), ("E(v) = −a·v", "text")])
def test_an_indented_block_is_code(code, language):
    found = to_rst(["Like this:", "", f"    {code}", "", "End."])
    assert [line for line in found if line.strip()] == [
        "Like this:",
        f".. code-block:: {language}",
        f"    {code}",
        "End.",
    ]


def test_a_fenced_block_is_code():
    found = to_rst(["    ```python", "    gan.fit(x | y)", "    ```"])
    assert [line for line in found if line.strip()] == ["    .. code-block:: python", "        gan.fit(x | y)"]


@pytest.mark.parametrize(
    "lines", [["Args:", "    count: how many.", "        They are drawn."], ["name: one of", "", "    - a", "    - b"]]
)
def test_entries_and_lists_are_no_code(lines):
    assert to_rst(lines) == lines
