"""Links and pictures that are written for GitHub, on the site, and names for the links of the theme.

A link to a file that has no page here leads to the project's home. The badge of Colab is a picture of the site's own.
"""

import posixpath
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

ROOT = Path(__file__).resolve().parents[2]
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


def to_home(app, tree):
    """`doctree-read` of Sphinx: links to files of the project that are no pages."""
    here = posixpath.dirname(app.env.docname)
    for link in tree.findall(lambda node: isinstance(node, addnodes.pending_xref) and node["reftype"] == "myst"):
        target, _, anchor = link["reftarget"].partition("#")
        path = posixpath.normpath(posixpath.join(here, target))
        if link.get("refdomain") is None and target and (ROOT / path).is_file():
            address = f"{app.config.html_theme_options['repository_url']}/blob/main/{path}"
            address += f"#{anchor}" if anchor else ""
            link.replace_self(nodes.reference("", "", *link.children, internal=False, refuri=address))


def own_badge(app, tree):
    """`doctree-read` of Sphinx: the badge of Colab."""
    for image in tree.findall(nodes.image):
        if image["uri"] == BADGE:
            image["uri"] = "/_static/colab.svg"


def name_toggles(app, name, template, context, tree):
    """`html-page-context` of Sphinx: the buttons that unfold the list of pages get a name, for those who hear it."""
    generate = context["generate_toctree_html"]

    def generate_named(*arguments, **options):
        made = str(generate(*arguments, **options))
        return made.replace("<summary>", '<summary aria-label="Show the pages of this part">')

    context["generate_toctree_html"] = generate_named


def setup(app):
    app.connect("html-page-context", name_toggles, priority=900)  # after the theme
    app.connect("doctree-read", to_home)
    app.connect("doctree-read", own_badge, priority=100)
    return {"parallel_read_safe": True}
