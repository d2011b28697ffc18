"""The pages that show a submission: nbgrader's form for grading, and the feedback. Safe, quick, not too large.

nbgrader makes both with nbconvert's `HTMLExporter`, which trusts the notebook. `SafeExporter` trusts nothing of it:

* The notebook is built anew from the parts that a page shows; all other metadata is left out. See `plain`.
* Its Markdown is rendered by `sanitize.markdown`.
* The page tells the browser to run no scripts but nbgrader's own, and to load nothing from elsewhere.
"""

import base64
import hashlib
import html
import re
import sys
import time

import nbformat
from jinja2 import DictLoader, pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import Highlight2HTML

from .limits import MOST_PICTURES, MOST_TEXT, Allowance, clean, cut, fewer_outputs, is_picture, limit_outputs
from .sanitize import markdown, verbatim

MOST_MARKDOWN = 20_000  # characters that a page shows of a Markdown cell
MOST_CODE = 100_000  # ... and of a code cell
MOST_COLORED = 20_000  # ... in colors
MOST_HTML = 1_000_000  # ... of rendered Markdown and colored code; what is left then is shown as it was written
MOST_SECONDS = 3  # to render Markdown and to color code; what is left then, likewise

_PICTURES = re.compile('src="[^"]*"')
_LANGUAGE = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
_NBGRADER = ("grade", "solution", "task", "locked", "grade_id", "points", "score", "comment", "cell_type")
_NAMES = ("assignment_id", "notebook_id", "notebook", "student", "last_name", "first_name", "notebook_path")

# In the place of nbconvert's macro, which loads MathJax from the web. nbgrader's form waits for MathJax to be ready.
_HEAD = """{%- macro mathjax(url="") -%}
<script>
var MathJax = {Hub: {Startup: {signal: {Interest: function (tell) { setTimeout(tell, 0, "End"); }}}}};
</script>
<meta http-equiv="Content-Security-Policy" content="POLICY">
<style>
.rendered_html, .output_area, .input_area { contain: paint; overflow-x: auto; }
.rendered_html img { max-width: 100%; }
.rendered_html :is(td, th) { padding: 2px 8px; border: 1px solid #ddd; }
</style>
{%- endmacro -%}"""
_NOTHING = "object-src 'none'; frame-src 'none'; form-action 'none'; base-uri 'none'; img-src data:"
_FEEDBACK = f"default-src 'none'; style-src 'unsafe-inline'; {_NOTHING}"
_FORM = f"default-src 'self'; style-src 'self' 'unsafe-inline'; {_NOTHING}; script-src 'self' 'unsafe-hashes'"


class SafeExporter(HTMLExporter):
    """Exports a submission as a page that runs nothing, whatever is in it. Takes `HTMLExporter`'s settings."""

    def __init__(self, config=None, **kwargs):
        super().__init__(config=config, **kwargs)
        self.filters = {"highlight_code": self.highlight_code, "strip_files_prefix": lambda text: text}
        self.extra_loaders = [DictLoader({"mathjax.html.j2": _HEAD.replace("POLICY", self._policy())})]

    def _policy(self):
        """What the browser may do. The form's own scripts are known by their hashes."""
        if self.template_name != "formgrade":
            return _FEEDBACK
        source = self.environment.loader.get_source(self.environment, "formgrade_macros.html.j2")[0]
        scripts = re.findall(r'<script(?![^>]* src=)[^>]*>(.*?)</script>|onclick="(.*?)"', source, re.DOTALL)
        hashes = (hashlib.sha256((script or handler).encode()).digest() for script, handler in scripts)
        return " ".join((_FORM, *(f"'sha256-{base64.b64encode(value).decode()}'" for value in hashes)))

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Export a notebook. Its own metadata and ids are not even looked at."""
        cells = [*_known(nb.cells)]
        nb = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 4, "metadata": _LANGUAGE, "cells": cells})
        fewer_outputs(nb.cells)  # nbconvert looks at each of them, more than once
        names = dict((resources or {}).get("nbgrader", {}))
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        resources.get("nbgrader", {}).update(names)  # without the escapes: nbgrader makes paths of them
        return page, resources

    def _preprocess(self, nb, resources):
        """Run the preprocessors, then leave nothing but what may be shown. It is the last thing before the template."""
        nb, resources = super()._preprocess(nb, resources)
        for names in (resources, resources.get("nbgrader", {})):
            names.update({key: _escaped(names[key]) for key in _NAMES if isinstance(names.get(key), str)})
        self._deadline, self._html_left = time.monotonic() + MOST_SECONDS, MOST_HTML
        return plain(nb), resources

    @pass_context
    def markdown2html(self, context, source):
        """Render a Markdown cell, or a comment."""
        metadata = context.get("cell", {}).get("metadata", {})
        if source != context.get("cell", {}).get("source"):
            return markdown(source)
        if metadata.get("verbatim") or self._is_late():
            shown = verbatim(source)
        else:
            shown = markdown(source, context["cell"].get("attachments"))
            self._html_left -= len(_PICTURES.sub("", shown))
        return shown + (f"<p><strong>{metadata.note}</strong></p>" if metadata.get("note") else "")

    def _is_late(self):
        return time.monotonic() > self._deadline or self._html_left < 0

    def highlight_code(self, source, metadata=None):
        """Color Python code. What is long, or comes late, stays black: Pygments can be made slow."""
        if len(source) > MOST_COLORED or self._is_late():
            return f'<div class="highlight">{verbatim(source)}</div>'
        shown = Highlight2HTML(pygments_lexer="ipython3")(source)
        self._html_left -= len(shown)
        return shown


def _known(cells):
    """Cells without what nbconvert would refuse where it is odd."""
    for cell in cells:
        count = cell.get("execution_count")
        code = {"outputs": cell.get("outputs", []), "execution_count": count if type(count) is int else None}
        more = code if cell.cell_type == "code" else {}
        more |= {"attachments": cell.attachments} if cell.cell_type == "markdown" and cell.get("attachments") else {}
        yield {"cell_type": cell.cell_type, "source": cell.source, "metadata": cell.metadata, **more}


def _escaped(text):
    return html.escape(text).replace("\\", "&#92;")


def guard_formgrader():
    """Let nbgrader's form for grading take `SafeExporter`, if this is the server that shows it.

    nbgrader has no setting for it: it makes an `HTMLExporter` when the server starts. `nbgrader_config.py` calls this,
    and the server reads that file before it shows anything of a course, also in a folder chosen later.
    """
    base = sys.modules.get("nbgrader.server_extensions.formgrader.base")
    if base:
        base.BaseHandler.exporter = property(_exporter)
        base.BaseHandler.render = _render


def _exporter(handler):
    return SafeExporter(config=handler.settings["nbgrader_formgrader"].config)


def _render(handler, name, **values):
    """Fill a template of the formgrader's other pages in; nbgrader does it without escaping anything."""
    environment = handler.settings["nbgrader_jinja2_env"].overlay(autoescape=True)
    return environment.get_template(name).render(**values)


def plain(notebook):
    """A new notebook with what a page shows of this one: sources, texts and pictures, and nbgrader's metadata."""
    left = {"markdown": MOST_TEXT, "code": MOST_TEXT}
    pictures = Allowance(MOST_PICTURES)
    cells = []
    for cell in notebook.cells:
        kind = "code" if cell.cell_type == "code" else "markdown"
        source, note = cut(clean(cell.source), min(MOST_CODE if kind == "code" else MOST_MARKDOWN, left[kind]))
        left[kind] -= len(source)
        metadata = {**_graded(cell), "note": note, "verbatim": cell.cell_type == "raw"}
        if kind == "code":
            made = nbformat.v4.new_code_cell(source + (f"\n# {note}" if note else ""), outputs=cell.outputs)
            made.execution_count = cell.execution_count
        else:
            made = nbformat.v4.new_markdown_cell(source)
            made.attachments = _attachments(cell.get("attachments"), pictures)
        made.metadata = nbformat.from_dict(metadata)
        cells.append(made)
    limit_outputs(cells, pictures)
    return nbformat.v4.new_notebook(cells=cells, metadata=_LANGUAGE)


def _graded(cell):
    """nbgrader's metadata of a cell, where they can be put into a page."""
    found = cell.metadata.get("nbgrader")
    if not isinstance(found, dict) or not re.fullmatch(r"[\w-]+", str(found.get("grade_id")), re.ASCII):
        return {}
    return {"nbgrader": {key: found[key] for key in _NBGRADER if isinstance(found.get(key), bool | int | float | str)}}


def _attachments(found, pictures):
    """The pictures among a cell's attachments, as long as they fit."""
    kept = {}
    for name, kinds in (found or {}).items():
        kinds = kinds if isinstance(kinds, dict) else {}
        kept[name] = {kind: data for kind, data in kinds.items() if is_picture(data) and pictures.take(data)}
    return kept
