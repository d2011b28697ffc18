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
from nbgrader.preprocessors import NbGraderPreprocessor

from .sanitize import markdown, verbatim

MOST_MARKDOWN = 20_000  # characters that a page shows of a Markdown cell
MOST_CODE = 100_000  # ... and of a code cell
MOST_COLORED = 20_000  # ... in colors
MOST_TEXT = 300_000  # ... of all Markdown cells; of all code cells; of all outputs that are text
MOST_PICTURES = 4_000_000  # characters of all pictures, in base64
MOST_HTML = 1_000_000  # ... of rendered Markdown and colored code; what is left then is shown as it was written
MOST_OUTPUTS = 1_000  # outputs of all cells
MOST_SECONDS = 3  # to render Markdown and to color code; what is left then, likewise

_ESCAPES = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]?|[\x00-\x08\x0b-\x1f\x7f]")  # colors, and what no page can show
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
        _fewer_outputs(nb.cells)  # nbconvert looks at each of them, more than once
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
    """Cells without ids and counts, which nbconvert would refuse where they are odd."""
    for cell in cells:
        more = {"outputs": cell.get("outputs", []), "execution_count": None} if cell.cell_type == "code" else {}
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
    pictures = _Allowance(MOST_PICTURES)
    cells = []
    for cell in notebook.cells:
        kind = "code" if cell.cell_type == "code" else "markdown"
        source, note = _cut(_clean(cell.source), min(MOST_CODE if kind == "code" else MOST_MARKDOWN, left[kind]))
        left[kind] -= len(source)
        metadata = {**_graded(cell), "note": note, "verbatim": cell.cell_type == "raw"}
        if kind == "code":
            made = nbformat.v4.new_code_cell(source + (f"\n# {note}" if note else ""), outputs=cell.outputs)
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


def _clean(text):
    return _ESCAPES.sub("", text)


def _cut(text, most):
    """A text of at most so many characters, and a note where some are missing."""
    if len(text) <= most:
        return text, ""
    return text[: max(0, most)], f"[This page shows {max(0, most):,} of {len(text):,} characters.]"


class _Allowance:
    """How much of something a notebook may still have."""

    def __init__(self, most):
        self.left = most

    def take(self, text):
        """Whether a text fits; it is taken off then."""
        fits = isinstance(text, str) and len(text) <= self.left
        self.left -= len(text) if fits else 0
        return fits


def _attachments(found, pictures):
    """The pictures among a cell's attachments, as long as they fit."""
    found = {name: kinds for name, kinds in (found or {}).items() if isinstance(kinds, dict)}
    return {name: kinds for name, kinds in found.items() if all(map(pictures.take, kinds.values()))}


def limit_outputs(cells, pictures=None):
    """Leave only text and PNG in the cells' outputs, and not too much of it in sum. In place.

    Args:
        cells: Cells of one notebook, in its order. An error stays an error: it says that a test failed.
        pictures: What is left for pictures, or None for all of it.
    """
    pictures, left = pictures or _Allowance(MOST_PICTURES), MOST_TEXT
    _fewer_outputs(cells)
    for cell in cells:
        if cell.cell_type == "code":
            found, cell.outputs = cell.outputs, []
            for output in found:
                made, used = _limited(output, left, pictures)
                cell.outputs.append(made)
                left -= used


def _fewer_outputs(cells):
    """Leave at most `MOST_OUTPUTS` outputs, and besides them at most one error for each cell. In place."""
    left = MOST_OUTPUTS
    for cell in cells:
        if cell.cell_type == "code":
            errors = [output for output in cell.outputs[left:] if output.output_type == "error"]
            cell.outputs = cell.outputs[:left] + errors[:1]
            left -= min(left, len(cell.outputs))


def _limited(output, left, pictures):
    """An output of at most `left` characters, or a little more for an error, and how many it has."""
    kind, data = output.output_type, output.get("data", {})
    if kind == "error":
        said, note = _cut_lines("\n".join(output.traceback), max(left, 1_000))
        name, value = _clean(output.ename[:200]), _clean(output.evalue[:4_000])
        return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[said + note]), len(said)
    picture = data.get("image/png")
    if picture and str(picture).startswith("iVBORw0KGgo") and pictures.take(picture):
        return nbformat.v4.new_output("display_data", data={"image/png": picture}), 0
    text = output.text if kind == "stream" else data.get("text/plain", "[something that is not shown here]")
    text, note = _cut_lines(str(text), left)
    if kind == "stream":
        return nbformat.v4.new_output("stream", text=text + note), len(text)
    return nbformat.v4.new_output("display_data", data={"text/plain": text + note}), len(text)


def _cut_lines(text, most):
    """As `_cut`, without colors and in whole lines: half a line of a hidden test would not be known as one."""
    shown, note = _cut(text, most)
    if note:
        shown = shown[: shown.rfind("\n") + 1]
        note = f"[This page shows {len(shown):,} of {len(text):,} characters.]"
    return _clean(shown), note


class LimitOutputs(NbGraderPreprocessor):
    """Limits what a graded notebook keeps of all its outputs; nbgrader's own `LimitOutput` looks at lines only."""

    def preprocess(self, nb, resources):
        """Limit a notebook's outputs in place."""
        limit_outputs(nb.cells)
        return nb, resources
