"""Pages on which something runs in the browser: their scripts and styles, and links to them from their lessons.

Such a page is a folder of `site/` with an `index.md`. It loads its own scripts and styles by their names, as
`<script defer src="room.js"></script>`, so they are copied beside it as they are. Notebooks stay unchanged: the link is
put below the badge of Colab.
"""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

PAGES = {
    "playground": ("the playground", "you train a GAN on points, one step at a time", ["01"]),
    "draw": ("the drawing room", "a trained generator draws the digit that you ask for", ["10", "14"]),
}
"""By folder: a page's name in a sentence, what happens there, and the numbers of the lessons that link to it."""


def copy_files(app, error):
    """`build-finished` of Sphinx: the scripts and styles of each page."""
    if error or app.builder.format != "html":
        return
    for folder in PAGES:
        for path in Path(app.srcdir, folder).iterdir():
            if path.suffix in (".js", ".css"):
                shutil.copyfile(path, Path(app.outdir, folder, path.name))


def link_from_lessons(app, tree):
    """`doctree-read` of Sphinx: a sentence with a link below the first paragraph of a lesson, its badge."""
    lesson = app.env.docname.removeprefix("notebooks/")
    for folder, (title, what, lessons) in PAGES.items():
        if lesson[:2] in lessons and lesson != app.env.docname:
            badge = next(tree.findall(nodes.paragraph))
            place = badge.parent.index(badge) + 1
            badge.parent.insert(place, sentence(app.env.docname, folder, title, what))


def sentence(lesson, folder, title, what):
    """A paragraph for a lesson: “In your browser: in the drawing room …”."""
    link = addnodes.pending_xref(
        "", refdomain="std", reftype="doc", reftarget=f"/{folder}/index", refexplicit=True, refdoc=lesson, refwarn=True
    )
    link += nodes.inline("", title)
    return nodes.paragraph(
        "", "", nodes.Text("In your browser, nothing to install: in "), link, nodes.Text(f" {what}.")
    )


def setup(app):
    app.connect("build-finished", copy_files)
    app.connect("doctree-read", link_from_lessons)
    return {"parallel_read_safe": True}
