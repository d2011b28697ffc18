"""The pages of the site, as files: all that belongs there is there, links lead somewhere, and nothing is large."""

import base64
import io
import json
import posixpath
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from PIL import Image

PROJECT = Path(__file__).resolve().parents[2]
HOME = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Homepage"]
LESSONS = sorted(path.stem for path in (PROJECT / "notebooks").glob("[0-9]*.ipynb"))
ELSEWHERE = re.compile(r"[a-z]+:|//")
FORMULA = re.compile(r"(?<!\\)\$\$.+?(?<!\\)\$\$|(?<![\\\w$])\$(?!\s)[^$]+?(?<![\\\s])\$(?!\d)", re.DOTALL)
MB, KB = 1e6, 1e3


def cells(name):
    return json.loads((PROJECT / "notebooks" / f"{name}.ipynb").read_text("utf-8"))["cells"]


def prose(name):
    """The text cells of a lesson, without code."""
    text = "\n\n".join("".join(cell["source"]) for cell in cells(name) if cell["cell_type"] == "markdown")
    return re.sub(r"```.*?```|`[^`]+`", "", text, flags=re.DOTALL)


def outputs(name, kind):
    """All stored outputs of a lesson that are of a MIME type."""
    found = [output.get("data", {}) for cell in cells(name) for output in cell.get("outputs", [])]
    return ["".join(data[kind]) for data in found if kind in data]


def target(page, address):
    """The path in the site to which an address on a page leads, and the anchor there."""
    path, anchor = urldefrag(unquote(address))
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page, anchor


def test_every_link_and_anchor_leads_somewhere(site, pages):
    lost = []
    for name, page in pages.items():
        for address in {link for link in page.links if not ELSEWHERE.match(link)}:
            path, anchor = target(name, address)
            if not (site / path).is_file():
                lost.append(f"{name}: {address}")
            elif anchor and path in pages and anchor not in pages[path].ids:
                lost.append(f"{name}: {address}, no such anchor")
    assert lost == []


def test_every_link_to_a_file_of_the_project_names_one_that_exists(pages):
    ours = {link for page in pages.values() for link in page.links if link.startswith(f"{HOME}/blob/main/")}
    assert ours
    assert [link for link in ours if not (PROJECT / urldefrag(link)[0].split("/blob/main/")[1]).is_file()] == []


def test_no_link_to_the_project_leads_to_what_is_a_page_here(pages):
    away = [
        (name, link)
        for name, page in pages.items()
        for link in page.links
        if link.startswith(f"{HOME}/blob/main/") and urldefrag(link)[0].endswith((".ipynb", "glossary.md"))
    ]
    assert away == []


def test_nothing_is_loaded_from_elsewhere(site, pages):
    loaded = {address for page in pages.values() for address in page.resources}
    styles = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    loaded |= {address.strip("\"'") for address in re.findall(r"(?:url\(|@import )\s*([^)\s;]+)", styles)}
    assert [address for address in loaded if ELSEWHERE.match(address) and not address.startswith("data:")] == []


def test_every_file_that_a_page_loads_is_there(site, pages):
    lost = [
        (name, address)
        for name, page in pages.items()
        for address in page.resources
        if not address.startswith("data:") and not (site / target(name, address.partition("?")[0])[0]).is_file()
    ]
    assert lost == []


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_whole(name, site, pages):
    page = pages[f"notebooks/{name}.html"]
    assert f"# {page.title.rstrip('#')}" == "".join(cells(name)[0]["source"]).splitlines()[0]
    folded = "".join(["".join(cell["source"]) for cell in cells(name)] + outputs(name, "text/html"))
    assert page.folded == folded.count("<details>") > 0
    figures = [image for image in page.images if "colab" not in image["src"]]
    assert len(figures) == len(outputs(name, "image/png")) > 0


@pytest.mark.parametrize("name", LESSONS)
def test_the_formulas_of_a_lesson_are_formulas(name, pages):
    page = pages[f"notebooks/{name}.html"]
    assert page.formulas == len(FORMULA.findall(prose(name)))
    assert any("tex-svg.js" in address for address in page.resources) == (page.formulas > 0)


def test_no_formula_is_left_as_text(pages):
    plain = {name: re.findall(r"\$\$|\\(?:frac|mathbb|log)\b", "".join(page.words)) for name, page in pages.items()}
    with_formulas = {name for name, page in pages.items() if page.formulas}
    assert {name for name, found in plain.items() if found} <= with_formulas


@pytest.mark.parametrize("name", LESSONS)
def test_colab_opens_the_lesson(name, pages):
    there = f"{HOME.replace('https://github.com', 'https://colab.research.google.com/github')}/blob/main/notebooks/"
    links = [link for link in pages[f"notebooks/{name}.html"].links if "colab.research" in link]
    assert len(links) == 2, "the badge, and the button above the page"
    assert set(links) == {f"{there}{name}.ipynb"}
    assert f"{there}{name}.ipynb" in pages["index.html"].links


def test_films_still_move(site):
    def frames(file):
        with Image.open(file) as image:
            return getattr(image, "n_frames", 1)

    films = [
        png for name in LESSONS for png in outputs(name, "image/png") if frames(io.BytesIO(base64.b64decode(png))) > 1
    ]
    assert len(films) > 3
    moving = [path for path in (site / "_images").iterdir() if path.suffix != ".svg" and frames(path) > 1]
    assert len(moving) == len(set(films))


def test_every_picture_says_what_it_shows(pages):
    silent = [(name, image["src"]) for name, page in pages.items() for image in page.images if not image.get("alt")]
    assert silent == []


def test_most_figures_of_lessons_are_described_by_their_titles(pages):
    said = [image["alt"] for name in LESSONS for image in pages[f"notebooks/{name}.html"].images]
    figures = [text for text in said if text.startswith("Figure")]
    assert len(figures) > 150
    assert sum(text.startswith("Figure: “") for text in figures) > 0.75 * len(figures)
    assert sum(text.startswith("Figure of the section") for text in figures) < 0.06 * len(figures)
    assert "Figure: “One z per column, one label per row”" in figures


def test_the_front_page_names_all_lessons_and_sections(pages):
    links = pages["index.html"].links
    wanted = [f"notebooks/{name}.html" for name in (*LESSONS, "glossary", "homework/README")]
    for page in (*wanted, "playground/index.html", "benchmarks.html", "api/index.html", "CHANGELOG.html"):
        assert page in links, page


def test_every_benchmark_shows_its_plot_and_its_table(pages):
    names = sorted(path.stem for path in (PROJECT / "assets").glob("*.md"))
    assert names
    for name in names:
        sources = [image["src"] for image in pages[f"assets/{name}.html"].images]
        assert any(f"/{name}-" in source for source in sources), name


def test_the_reference_has_every_module_of_the_map(pages):
    text = (PROJECT / "CONTRIBUTING.md").read_text("utf-8").partition("| module or room |")[2].partition("\n\n")[0]
    names = {
        name for row in text.splitlines() for name in re.findall(r"`(\w+)/?`", row.split(" | ")[0].partition(":")[0])
    }
    assert {name for name in names if f"api/{name}.html" not in pages} == {"__main__", "checks", "homework"}


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("gan", "gan.GAN"),
        ("gan", "gan.GAN.fit"),
        ("gan", "gan.GAN.compile"),
        ("doctor", "doctor.watch"),
        ("objectives", "objectives.Objective"),
        ("variants", "variants.cycle.CycleGAN"),
        ("family", "family.vae.PixelVAE"),
        ("metrics", "metrics.frechet_distance"),
        ("plots", "plots.film"),
    ],
)
def test_the_reference_describes(page, name, pages):
    assert f"gan_course.{name}" in pages[f"api/{page}.html"].ids


def test_the_reference_leaves_out_what_keras_describes(pages):
    assert "gan_course.gan.GAN.compute_loss" not in pages["api/gan.html"].ids


def test_the_changelog_is_there(pages):
    assert "Unreleased" in "".join(pages["CHANGELOG.html"].words)


def test_the_site_is_small(built):
    site, seconds = built
    files = [path for path in site.rglob("*") if path.is_file() and ".doctrees" not in path.parts]
    assert 5 * MB < sum(path.stat().st_size for path in files) < 25 * MB
    assert [path for path in files if path.suffix in (".map", ".woff2") or path.name == "fontawesome.js"] == []
    assert seconds < 60, "CPU time of the build"


def test_the_front_page_is_light(site, pages):
    page = pages["index.html"]
    loaded = {target("index.html", address.partition("?")[0])[0] for address in page.resources}
    sizes = [(site / name).stat().st_size for name in loaded | {"index.html", "_static/basic.css"}]
    assert 100 * KB < sum(sizes) < 500 * KB, "with its picture"


def test_styles_of_classes_that_no_page_has_are_gone(site):
    style = (site / "_static/styles/pydata-sphinx-theme.css").read_text("utf-8")
    assert 50 * KB < len(style) < 150 * KB
    assert all(name in style for name in (".btn", ".modal", ".tooltip", ".bd-sidebar-primary", "data-theme=dark"))
    assert not any(name in style for name in (".carousel", ".accordion", ".btn-outline-warning", ".fa-inverse"))


def test_the_project_is_as_it_was(built):
    """The build writes only folders that Git ignores and that a move of the home passes over."""
    import home

    made = [path for path in home.own_files(PROJECT / "site") if path.suffix in (".ipynb", ".png")]
    assert made == []
