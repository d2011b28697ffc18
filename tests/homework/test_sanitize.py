"""What of a student's text reaches a page, how much of it, and in what time. No browser is needed here."""

import base64
import html
import io
import itertools
import re
import time
from pathlib import Path

import nbformat
import pytest
from payloads import BREAK, MARKDOWN, NOTEBOOKS

nbgrader = pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")

from bs4 import BeautifulSoup  # noqa: E402
from nbgrader.server_extensions.formgrader import handlers  # noqa: E402
from PIL import Image  # noqa: E402
from pygments.token import STANDARD_TYPES  # noqa: E402
from traitlets.config import Config  # noqa: E402

from gan_course.homework import rendering  # noqa: E402
from gan_course.homework.limits import limit_outputs  # noqa: E402
from gan_course.homework.reports import Criterion, Exercise, Failure, Part, Report  # noqa: E402
from gan_course.homework.sanitize import MOST_TEX, formula, markdown  # noqa: E402

HARMLESS = {"display", "style", "class", "src", "stretchy", "fence", "form", "width"}
SIGNATURE = "iVBORw0KGgo"


def png(size=(2, 2), more=0):
    """A picture in base64, with some bytes behind it that no browser looks at."""
    file = io.BytesIO()
    Image.new("1", size).save(file, "PNG")
    return base64.b64encode(file.getvalue() + b"\0" * more).decode()


PNG = png()


def code(source="1", *outputs):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs))


def written(source, **more):
    return nbformat.v4.new_markdown_cell(source, **more)


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.from_dict({**cell, "id": f"n{n}"}) for n, cell in enumerate(cells)])


def stream(text):
    return nbformat.v4.new_output("stream", text=text)


def shown(**data):
    return nbformat.v4.new_output("display_data", data={name.replace("_", "/"): text for name, text in data.items()})


def page(made, template="formgrade"):
    """A notebook as the form for grading ("formgrade") or as feedback, with a student whose name is a payload."""
    config = Config()
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    config.HTMLExporter.extra_template_paths = [f"{handlers.static_path}/node_modules/bootstrap/dist/css"]
    about = {"assignment_id": "hw1", "notebook_id": "hw1", "submission_id": "1", "index": 0, "total": 1, "base_url": ""}
    about |= {"student": BREAK, "last_name": f"{BREAK}\\", "first_name": BREAK, "notebook_path": f"a/{BREAK}/hw1.ipynb"}
    about["nbgrader"] = {"notebook": BREAK, "student": BREAK, "score": 1, "max_score": 2, "late_penalty": 0}
    part = Part("test", 1, 2, True, Failure(True, BREAK, BREAK, BREAK), (Criterion(1, 2, BREAK),), BREAK)
    about["nbgrader"]["report"] = Report(BREAK, BREAK, 1, 2, True, (Exercise(BREAK, 1, 2, (part,)),))
    text, resources = rendering.SafeExporter(config=config).from_notebook_node(made, resources=about)
    assert resources["nbgrader"]["student"] == BREAK  # nbgrader makes paths of it
    return text


@pytest.mark.parametrize("name", MARKDOWN)
def test_only_harmless_elements_and_attributes_are_left(name):
    for element in BeautifulSoup(markdown(MARKDOWN[name]), "html.parser").find_all():
        assert not re.fullmatch(
            "a|script|style|i?frame|object|embed|form|input|button|svg|link|meta|base", element.name
        )
        assert set(element.attrs) <= HARMLESS, element
        assert re.fullmatch("text-align:(left|right|center)|", element.get("style", "").rstrip(";")), element
        assert element.get("src", "data:image/png").startswith("data:image/png"), element
        assert set(element.get("class", [])) <= {"highlight", *STANDARD_TYPES.values()}, element


@pytest.mark.parametrize("template", ["formgrade", "feedback"])
def test_nothing_around_the_text_breaks_out_either(template):
    scripts = page(notebook(), template).count("<script")
    for name, make in NOTEBOOKS.items():
        made = page(make(), template)
        soup = BeautifulSoup(made, "html.parser")
        assert made.count("<script") == scripts, name
        assert not soup.select("[onerror], [onload], iframe, svg, form"), name
        links = [
            element.get(key) or "" for element in soup.find_all() for key in ("src", "href", "action", "background")
        ]
        assert not [link for link in links if re.match("(https?:)?//|javascript", link)], name
        assert not re.search(r"url\(['\"]?http|@import", "".join(map(str, soup.select("style, [style]")))), name


def test_what_honest_students_write_stays_legible():
    text = "# Title\n\n**b** *i* ~~s~~ `c`<br>\n\n1. one\n2. two\n\n> q\n\n|a|b|\n|:-|-:|\n|1|2|\n\n"
    text += "```python\nimport x\n```\n"
    made = BeautifulSoup(markdown(text + "\n<details><summary>more</summary>less</details>"), "html.parser")
    for name in (
        "h1",
        "strong",
        "em",
        "del",
        "code",
        "br",
        "ol",
        "blockquote",
        "th",
        "td",
        "pre",
        "details",
        "summary",
    ):
        assert made.find(name), name
    assert made.find_all("td")[1]["style"].startswith("text-align:right")
    assert made.select(".highlight .kn")  # Python's colors


@pytest.mark.parametrize(
    "text", ["a <b and c> d", "generator<latent> and <discriminator/>", "x < y > z", "<!-- why -->"]
)
def test_what_looks_like_html_is_there_to_be_read(text):
    assert " ".join(BeautifulSoup(markdown(text), "html.parser").get_text().split()) == text


def test_a_link_is_text_with_its_address_and_a_picture_from_elsewhere_is_named():
    assert markdown("[paper](https://arxiv.org/abs/1)") == "<p>paper [https://arxiv.org/abs/1]</p>\n"
    assert markdown("<https://arxiv.org/abs/1>") == "<p>https://arxiv.org/abs/1</p>\n"
    assert markdown("![plot](https://a.b/c.png)") == "<p>[picture: plot] [https://a.b/c.png]</p>\n"
    assert "script" not in markdown(r"[x](javascript\:alert(1))")


def test_an_attached_picture_is_shown_and_nothing_that_only_says_it_is_one():
    def attached(kind, data):
        return markdown("![plot](attachment:a)", {"a": {kind: data}})

    assert f'<img src="data:image/png;base64,{PNG}">' in attached("image/png", PNG)
    for kind, data in (
        ("image/svg+xml", PNG),
        ("image/png", "PHN2Zz4="),
        ("image/png", f'{PNG}"x'),
        ("text/html", PNG),
    ):
        assert "src" not in attached(kind, data)
    assert "[picture: plot]" in markdown("![plot](attachment:nowhere)")


@pytest.mark.parametrize(
    ("tex", "has"),
    [
        (r"\frac{1}{2}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>"),
        (r"\min_G \max_D V(D, G)", "<munder>"),
        (r"\mathbb{E}_{x \sim p}[\log D(x)]", "𝔼"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "<mtable"),
        (r"x_i^{2}", "<msubsup>"),
        (r"a < b", "<mo><</mo>"),
    ],
)
def test_formulas_become_mathml(tex, has):
    assert has in html.unescape(formula(tex, "block"))
    assert formula(tex).startswith("<math")


@pytest.mark.parametrize(
    "tex", [r"\nosuchcommand{x}", "{", r"\frac", "x" * (MOST_TEX + 1), "{" * 900 + "}" * 900, "\0"]
)
def test_a_formula_that_is_not_understood_is_shown_as_written(tex):
    assert formula(tex) == f"<code>{html.escape(tex)}</code>"


def test_every_formula_of_the_homework_becomes_mathml(course):
    for path in sorted((Path(course.coursedir.root) / "source").glob("hw*/*.ipynb")):
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "markdown":
                assert "<code>\\" not in markdown(cell.source)


MANY = 60
UNFINISHED = "\\begin{a} "
HOSTILE = {
    "unfinished environments": lambda: [written(UNFINISHED * 40_000)],
    "unfinished environments in many cells": lambda: [written(UNFINISHED * 2_000)] * MANY,
    "unfinished brackets in many cells": lambda: [written("\\\\[a " * 4_000)] * MANY,
    "quotes": lambda: [written(">" * 400_000)],
    "brackets": lambda: [written("[" * 400_000), written("[a](" * 100_000), written("![" * 100_000)],
    "brackets in many cells": lambda: [written("[" * 20_000)] * MANY,
    "lists": lambda: [written("\n".join("  " * depth + "- a" for depth in range(600)))],
    "stars": lambda: [written("*a **b " * 60_000), written("_*" * 100_000)],
    "elements": lambda: [written("<b>" * 100_000), written("<table><tr><td>" * 20_000), written("<ul><li>" * 20_000)],
    "entities": lambda: [written("&" + "amp;" * 200_000 + "lt;script>")],
    "a table": lambda: [written("|a" * 100 + "|\n" + "|-" * 100 + "|\n" + ("|1" * 100 + "|\n") * 2_000)],
    "a wide table": lambda: [written("|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n" + ("|1" * 20_000 + "|\n"))],
    "formulas": lambda: [written("$\\frac{a}{b}$ " * 1_400)] * MANY,
    "dollars": lambda: [written("$a " * 6_000)] * MANY,
    "cells": lambda: [written("a")] * 1_000 + [code("1", stream("a"))] * 1_000,
    "code": lambda: [code("x = [1, 'a', f(3)]\n" * 50_000)] * 5,
    "code in fences": lambda: [written("```python\n" + "x = [1, f(3)]\n" * 1_300 + "```")] * MANY,
    "open strings": lambda: [code('"""' + "\\" * 200_000), code("f'{" * 50_000), code("(" * 200_000)],
    "outputs": lambda: [code("1", stream("a" * 990_000))] * MANY,
    "small outputs": lambda: [code("1", *[stream("a\n")] * 500)] * MANY,
    "colors": lambda: [code("1", stream("\x1b[31ma" * 160_000))] * 5,
    "pictures": lambda: [code("1", shown(image_png=png(more=740_000)))] * MANY,
    "errors": lambda: (
        [code("1", nbformat.v4.new_output("error", ename="E", evalue="e" * 10**5, traceback=["\x1b[31ma" * 10**4] * 9))]
        * MANY
    ),
    "attachments": lambda: [written("![](attachment:a)", attachments={"a": {"image/png": png(more=750_000)}})] * MANY,
    "one attachment, often": lambda: [
        written("![](attachment:a)" * 1_000, attachments={"a": {"image/png": png(more=750_000)}})
    ],
}


@pytest.mark.parametrize(
    ("name", "template"), [*zip(HOSTILE, itertools.cycle(["formgrade", "feedback"]), strict=False)]
)
def test_a_hostile_notebook_takes_seconds_and_megabytes(name, template):
    made = notebook(*HOSTILE[name]())
    start = time.perf_counter()
    text = page(made, template)
    seconds = time.perf_counter() - start
    print(f"{name}: {seconds:.1f} s, {len(text) / 1e6:.1f} MB")
    assert seconds < 15
    assert len(text) < 8_000_000


def test_what_is_cut_says_so_and_stays_whole_in_the_notebook():
    made = notebook(written("a" * 30_000), code("b" * 200_000), code("1", stream(("c" * 119 + "\n") * 4_000)))
    text = page(made)
    assert "[This page shows 20,000 of 30,000 characters.]" in text
    assert "[This page shows 100,000 of 200,000 characters.]" in text
    assert "[This page shows 300,000 of 480,000 characters.]" in text  # whole lines of 120 characters
    assert [len(cell.source) for cell in made.cells[:2]] == [30_000, 200_000]
    assert "This page shows" not in page(notebook(written("a" * 20_000)))


def test_pictures_that_are_none_or_would_fill_the_memory_are_not_shown():
    large = png((20_000, 20_000))  # 50 kB, and 1.6 GB in a browser
    assert len(large) < 100_000
    assert f'src="data:image/png;base64,{PNG}"' in page(notebook(code("1", shown(image_png=PNG))))
    for bad in (large, f"{SIGNATURE}AAAA", f'{PNG}"x'):
        attached = written("![](attachment:a)", attachments={"a": {"image/png": bad}})
        assert "data:image" not in page(notebook(code("1", shown(image_png=bad)), attached)).replace(
            "img-src data:", ""
        )


def test_limited_outputs_keep_errors():
    error = nbformat.v4.new_output("error", ename="AssertionError", evalue="no", traceback=["no"])
    cells = [code("1", stream("a" * 400_000)), code("2", shown(image_png=PNG)), code("3", stream("b"), error)]
    limit_outputs(cells)
    assert [output.output_type for cell in cells for output in cell.outputs] == [
        *("stream", "display_data", "stream", "error")
    ]
    assert len(cells[0].outputs[0].text) < 301_000
    assert cells[1].outputs[0].data == {"image/png": PNG}
    assert (error.ename, cells[2].outputs[1].evalue) == ("AssertionError", "no")


@pytest.mark.parametrize("language", ["systemd", "ini", "nonsense", "mermaid", ""])
def test_a_fence_of_any_language_takes_no_time_and_only_python_has_colors(language):
    start = time.monotonic()
    assert "<span" not in markdown(f"```{language}\n[x]{' ' * 2_000}y\nreturn 1\n```")
    assert time.monotonic() - start < 1
    assert '<span class="k">return</span>' in markdown("```python\nreturn 1\n```")


def test_no_length_in_a_formula_fills_the_page():
    assert "100000" not in formula(r"\rule{100000em}{100000em}")
    assert 'width="20em"' in formula(r"\rule{20em}{1em}")


def test_a_raw_picture_is_checked_as_an_attached_one_is():
    assert f'src="data:image/png;base64,{PNG}"' in markdown(f'<img src="data:image/png;base64,{PNG}">')
    for bad in (png((20_000, 20_000)), f"{SIGNATURE}AAAA"):
        assert "data:image" not in markdown(f'<img src="data:image/png;base64,{bad}">')
