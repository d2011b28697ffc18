"""Takes out of the finished site what no page needs: source maps, icon fonts, and styles of what is not used here.

The icons that the theme uses are drawn by `_static/icons.css`.
"""

import re
from pathlib import Path

FILES = ("_static/**/*.map", "_static/scripts/fontawesome.js*", "_static/vendor/fontawesome/**/*")
FONTS = re.compile(r"@font-face\{[^}]*fontawesome[^}]*\}")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
UNUSED = re.compile(
    r"\.(?:accordion|breadcrumb|card|carousel|offcanvas|pagination|popover|progress|sd|spinner|toast)\b"
)  # of Bootstrap and of sphinx-design
ICON = re.compile(r'--fa:"[^"]*"')


def slim(app, error):
    """`build-finished` of Sphinx."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in (path for pattern in FILES for path in out.glob(pattern) if path.is_file()):
        path.unlink()
    style = out / "_static/styles/pydata-sphinx-theme.css"
    style.write_text(RULE.sub(_kept, FONTS.sub("", style.read_text("utf-8"))), "utf-8")


def _kept(rule):
    """A rule of a style sheet, or nothing if it is for an icon, or all its selectors are for what is not used."""
    selectors = rule[1].split(",")
    unused = all(UNUSED.search(selector) and ":not(" not in selector for selector in selectors)
    return "" if unused or ICON.fullmatch(rule[2]) else rule[0]


def without_notebook_style(app, name, template, context, tree):
    """`html-page-context` of Sphinx: only notebooks need the styles of notebooks."""
    if name not in app.env.found_docs or app.env.doc2path(name).suffix != ".ipynb":
        context["css_files"] = [style for style in context["css_files"] if "mystnb" not in str(style.filename)]


def setup(app):
    app.connect("build-finished", slim)
    app.connect("html-page-context", without_notebook_style)
    return {"parallel_read_safe": True}
