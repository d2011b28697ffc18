"""Takes out of the finished site what no page needs: source maps, icon fonts, and styles of classes that no page has.

The icons that the theme uses are drawn by `_static/icons.css`.
"""

import re
from pathlib import Path

FILES = ("_static/**/*.map", "_static/scripts/fontawesome.js*", "_static/vendor/fontawesome/**/*")
FONTS = re.compile(r"@font-face\{[^}]*fontawesome[^}]*\}")
RULE = re.compile(r"([^{}@]+)\{([^{}]*)\}")
NOT = re.compile(r":not\((?:[^()]|\([^()]*\))*\)")
CLASS = re.compile(r"\.([A-Za-z_-][\w-]*)")
GIVEN_BY_BOOTSTRAP = re.compile(r"active|disabled|fade|hiding|show|showing|(?:bs|collaps|dropdown|modal|tooltip)[\w-]*")
"""Classes that Bootstrap's script sets. It also names all those of parts that are not used here, so it is not read."""


def slim(app, error):
    """`build-finished` of Sphinx."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in (path for pattern in FILES for path in out.glob(pattern) if path.is_file()):
        path.unlink()
    style, known = out / "_static/styles/pydata-sphinx-theme.css", classes(out)
    text = FONTS.sub("", style.read_text("utf-8"))
    style.write_text(RULE.sub(lambda rule: rule[0] if is_used(rule[1], known) else "", text), "utf-8")


def classes(out):
    """The classes of all pages in a folder, and all words of their scripts, of which some are classes."""
    pages = "".join(path.read_text("utf-8") for path in out.rglob("*.html"))
    scripts = (path for path in (out / "_static").rglob("*.js") if path.name not in ("bootstrap.js", "tex-svg.js"))
    words = {word for found in re.findall(r'class="([^"]*)"', pages) for word in found.split()}
    return words.union(*(re.findall(r"[\w-]+", path.read_text("utf-8")) for path in scripts))


def is_used(selectors, known):
    """Whether a rule of a style sheet is for anything on the pages: all classes of one of its selectors are known."""
    return any(
        all(name in known or GIVEN_BY_BOOTSTRAP.fullmatch(name) for name in CLASS.findall(selector))
        for selector in NOT.sub("", selectors).split(",")
    )


def without_notebook_style(app, name, template, context, tree):
    """`html-page-context` of Sphinx: only notebooks need the styles of notebooks."""
    if name not in app.env.found_docs or app.env.doc2path(name).suffix != ".ipynb":
        context["css_files"] = [style for style in context["css_files"] if "mystnb" not in str(style.filename)]


def setup(app):
    app.connect("build-finished", slim)
    app.connect("html-page-context", without_notebook_style)
    return {"parallel_read_safe": True}
