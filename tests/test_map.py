"""The map in CONTRIBUTING: it names every module and room of the package, and nothing that does not exist."""

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "gan_course"
ONE_LINE = {"checks", "homework"}  # rooms whose modules the map does not list: one per lesson, and the instructor's


def rows(text, head):
    """The rows of the Markdown table whose first column has this head: lists of cells."""
    table = re.search(rf"^\| {re.escape(head)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, f"CONTRIBUTING has no table that begins with {head!r}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1].splitlines()]


def named(cells):
    """Modules and rooms in the first cells of the map. The cell "`family/`: `vae`" names `family` and `family.vae`."""
    found = []
    for cell in cells:
        room = ""
        for name in re.findall(r"`(\w+/?)`", cell):
            found.append(room + name.rstrip("/"))
            room = f"{name[:-1]}." if name.endswith("/") else room
    return found


def there(package):
    """Modules and rooms of a package: `arguments`, `family`, `family.vae`, …."""
    found = {path.stem for path in package.glob("*.py")} - {"__init__"}
    for room in (path.parent for path in package.glob("*/__init__.py")):
        inside = {f"{room.name}.{path.stem}" for path in room.glob("*.py") if path.stem != "__init__"}
        found |= {room.name} | (set() if room.name in ONE_LINE else inside)
    return found


def missing(text, root):
    """Paths in backticks that do not exist, where NN_name is any lesson, NN any number, and hwN any homework."""
    paths = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml))`", text)
    numbers = {"NN_name": "[0-9][0-9]_*", "NN": "[0-9][0-9]", "hwN": "hw[0-9]"}
    patterns = {path: re.sub("NN_name|NN|hwN", lambda match: numbers[match[0]], path) for path in paths}
    return [path for path, pattern in patterns.items() if not any(root.glob(pattern.rstrip("/")))]


@pytest.fixture(scope="module")
def text():
    return (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_the_map_names_every_module_and_room_once_and_no_other(text):
    found = named(first for first, *_ in rows(text, "module or room"))
    assert len(found) == len(set(found))
    assert sorted(there(PACKAGE) - {*found}) == [], "these have no row in the map"
    assert sorted({*found} - there(PACKAGE)) == [], "the map names these, but they do not exist"


def test_every_module_and_room_has_a_purpose(text):
    assert all(len(cells) == 2 and len(cells[1]) > 10 for cells in rows(text, "module or room"))


def test_there_is_a_place_for_everything_new(text):
    things = [first for first, *_ in rows(text, "new")]
    for thing in ("objective", "variant", "model", "lesson", "exercise", "homework", "benchmark", "data set", "metric"):
        assert any(thing in first for first in things), thing


def test_every_path_exists(text):
    before, _, after = text.partition("| module or room |")  # its names are those of `named`
    assert missing(before + after.partition("\n\n")[2], ROOT) == []


def test_the_benchmarks_are_all_listed(text):
    assert named(first for first, *_ in rows(text, "benchmark")) == [*NAMES]


# The reading itself


def test_a_row_of_a_room_names_the_room_and_its_modules():
    table = "| module or room | what |\n|---|---|\n| `a`, `b` | both |\n| `r/`: `x`, `y` | a room |\n\nEnd."
    assert named(first for first, _ in rows(table, "module or room")) == ["a", "b", "r", "r.x", "r.y"]


def test_modules_and_rooms_are_read_from_the_folder(tmp_path):
    for name in ("__init__.py", "a.py", "r/__init__.py", "r/x.py", "checks/__init__.py", "checks/lesson_01.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "no_room").mkdir()
    assert there(tmp_path) == {"a", "r", "r.x", "checks"}


@pytest.mark.parametrize(
    ("sentence", "lost"),
    [
        ("See `a/b.py`, `a/` and `a/lesson_NN.py`.", []),
        ("See `a/NN_name.ipynb` and `a/hwN.py`.", ["a/hwN.py"]),
        ("See `a/c.py` or `d.md`; run `python a/c.py`.", ["a/c.py", "d.md"]),
    ],
)
def test_paths_that_do_not_exist_are_found(tmp_path, sentence, lost):
    (tmp_path / "a").mkdir()
    for name in ("b.py", "lesson_07.py", "01_first.ipynb"):
        (tmp_path / "a" / name).touch()
    assert missing(sentence, tmp_path) == lost
