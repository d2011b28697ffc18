"""Every badge, link and set-up cell leads to the one home that pyproject.toml names."""

from pathlib import Path

import build
import home
import pytest

ROOT = Path(__file__).resolve().parents[1]
HOME = home.owner_and_name(ROOT)
LESSONS = [name for name in build.lessons(ROOT) if "/" not in name]


def texts():
    """Every text file of the project, tests excepted: they hold wrong links on purpose."""
    for path in home.own_files(ROOT):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("tests/") and b"\0" not in path.read_bytes():
            yield name, path.read_text(encoding="utf-8")


def test_no_link_of_the_project_leads_elsewhere():
    strays = {name: found for name, text in texts() if (found := home.strays(text, ROOT))}
    assert strays == {}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "pyproject.toml"])
def test_the_home_is_named_where_people_look_for_it(name):
    assert f"github.com/{HOME}" in (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_has_a_colab_badge_for_every_lesson():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    badge = "https://colab.research.google.com/assets/colab-badge.svg)]("
    wanted = [
        f"{badge}https://colab.research.google.com/github/{HOME}/blob/main/notebooks/{name}.ipynb)" for name in LESSONS
    ]
    assert wanted
    assert [badge for badge in wanted if readme.count(badge) != 1] == []
    assert readme.count("colab-badge.svg") == len(LESSONS), "a badge without its lesson"


@pytest.mark.parametrize("name", LESSONS)
def test_every_source_installs_from_the_home_and_has_its_badge(name):
    source = build.files(ROOT, name)[0].read_text(encoding="utf-8")
    assert source.count(f"git+https://github.com/{HOME}") == 1
    assert f"(https://colab.research.google.com/github/{HOME}/blob/main/notebooks/{name}.ipynb)" in source


@pytest.mark.parametrize(
    "link",
    [
        "https://colab.research.google.com/github/someone/else/blob/main/notebooks/01_a.ipynb",
        "https://github.com/someone/gan-course",
        "https://github.com/someone/gan-course.git",
        "git@github.com:someone/gan-course.git",
        "git+https://github.com/someone/else",
        "https://raw.githubusercontent.com/someone/else/main/assets/a.png",
        "https://github.com/someone/else/blob/main/gan_course/gan.py",
    ],
)
def test_a_stray_link_is_found(link):
    assert len(home.strays(f"see [this]({link}).", ROOT)) == 1


@pytest.mark.parametrize(
    "link",
    [
        f"https://colab.research.google.com/github/{HOME}/blob/main/notebooks/01_a.ipynb",
        f"git+https://github.com/{HOME}.git",
        f"https://github.com/{HOME}.",
        "https://github.com/keras-team/keras/blob/master/keras/src/losses/losses.py",
        "https://raw.githubusercontent.com/keras-team/keras/master/README.md",
        "https://colab.research.google.com/assets/colab-badge.svg",
    ],
)
def test_other_links_may_lead_where_they_like(link):
    assert home.strays(f"see [this]({link}) or `{link}`", ROOT) == []
