"""The playground: a page of its own, and reduced ones inside the lessons.

Sphinx knows `playground/index` as a page, so that the menu and the search find it. Its HTML is that of
`_templates/playground.html`. The extension `live_pages` copies its scripts and styles.
"""

import html

from docutils import nodes
from sphinx.errors import ExtensionError

NAME = "playground/index"
EMBEDDED = {
    "notebooks/04_the_training_algorithm": {"How large should k be?": "k"},
    "notebooks/06_when_training_fails": {
        "Two numbers that decide": "dirac",
        "Mode collapse: sharp, and always the same": "collapse",
    },
    "notebooks/08_other_objectives": {"Two ways to limit the slope": "critic"},
}
"""The lessons with a reduced playground, and the experiment at the end of each of their sections."""

FRAME = """<iframe class="playground" loading="lazy" title="Playground: {title}"
 src="../playground/index.html#open={experiment}&amp;compare=1&amp;embed=1"></iframe>"""


def choose_template(app, name, template, context, tree):
    """`html-page-context` of Sphinx: the playground has a template of its own."""
    return "playground.html" if name == NAME else None


def embed(app, tree):
    """`doctree-read` of Sphinx: put the experiments of a lesson at the end of their sections."""
    experiments = dict(EMBEDDED.get(app.env.docname, {}))
    for section in list(tree.findall(nodes.section)) if experiments else ():
        title = section.next_node(nodes.title).astext()
        if experiment := experiments.pop(title, None):
            before = next((i for i, part in enumerate(section) if isinstance(part, nodes.section)), len(section))
            section[before:before] = [invitation(), frame(title, experiment)]
    if experiments:
        raise ExtensionError(
            f"{app.env.docname} has no sections {list(experiments)}, see site/extensions/playground.py"
        )


def invitation():
    """The sentence above a reduced playground."""
    text = "Play it yourself: two runs side by side, which differ by one change. Press Run."
    return nodes.paragraph("", "", nodes.strong("", text))


def frame(title, experiment):
    """A reduced playground, which the browser loads when the reader comes near."""
    return nodes.raw("", FRAME.format(title=html.escape(title), experiment=experiment), format="html")


def setup(app):
    app.connect("doctree-read", embed)
    app.connect("html-page-context", choose_template)
    return {"parallel_read_safe": True}
