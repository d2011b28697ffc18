"""The page that helps to plan a course, and the sections to read again: what they name exists."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "notebooks" / "source"
PAGE = (ROOT / "notebooks" / "homework" / "teaching.md").read_text("utf-8")


def lessons():
    """{number: title} of the lessons."""
    texts = {path.name[:2]: path.read_text("utf-8") for path in sorted(SOURCE.glob("[01]*.py"))}
    return {number: re.search(rf"^# # {number} · (.+)$", text, re.M)[1] for number, text in texts.items()}


def exercises(homework):
    """The titles of a homework's exercises."""
    return re.findall(r"^# ## Exercise \d+: (.+)$", (SOURCE / "homework" / f"{homework}.py").read_text("utf-8"), re.M)


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]


@pytest.mark.parametrize("weeks", ["12", "6"])
def test_a_schedule_has_the_lessons_in_their_order_with_their_titles(weeks):
    rows = re.findall(r"^\| *\d+ \|(.*)\|$", section(f"A schedule for {weeks} weeks"), re.M)
    assert len(rows) == int(weeks)
    named = re.findall(r"(\d\d) ([A-Z][^|;]*?) *(?=[|;])", "\n".join(rows))
    assert [number for number, _ in named] == sorted({number for number, _ in named})
    assert dict(named).items() <= lessons().items()
    assert weeks == "6" or {number for number, _ in named} == set(lessons())


def test_every_lesson_has_outcomes_and_every_exercise_that_is_named_exists():
    rows = re.findall(
        r"^\| (\d\d) \|.*\| (.*?) \|$", section("What each lesson teaches, and which exercise tests it"), re.M
    )
    assert [number for number, _ in rows] == sorted(lessons())
    count = 0
    for _, tested in rows:
        for homework, titles in re.findall(r"(hw\d): ([^;]*)", tested):
            for title in re.findall(r"\*([^*]+)\*", titles):
                assert any(there.startswith(title) for there in exercises(homework)), (homework, title)
                count += 1
    assert count > 20


READ_AGAIN = tomllib.loads((ROOT / "notebooks" / "homework" / "read_again.toml").read_text("utf-8"))


@pytest.mark.parametrize("homework", READ_AGAIN)
def test_the_sections_to_read_again_exist_and_belong_to_an_exercise(homework):
    for start, where in READ_AGAIN[homework].items():
        assert sum(title.startswith(start) for title in exercises(homework)) == 1, start
        parts = re.split(r"lesson (\d\d), ", where)
        assert parts[0] == ""
        for number, names in zip(parts[1::2], parts[2::2], strict=True):
            (path,) = SOURCE.glob(f"{number}_*.py")
            headings = re.findall(r"^# ###? (.+)$", path.read_text("utf-8"), re.M)
            assert re.findall(r'"([^"]+)"', names), where
            assert set(re.findall(r'"([^"]+)"', names)) <= set(headings), where
