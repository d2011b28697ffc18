"""The pages that show a submission: nbgrader's form for grading, and the feedback. They are safe and of limited size.

nbgrader makes both with nbconvert's `HTMLExporter`, which trusts the notebook. `SafeExporter` does not:

* It makes a new notebook of the parts that a page shows, without any other metadata. See `shown_parts`.
* It renders Markdown with `sanitize.markdown`.
* The form shows the model answer above each written answer. The feedback has the summary of `feedback.html.j2`.
* The page tells the browser to run only nbgrader's own scripts, and to load nothing from other places.
"""

import base64
import hashlib
import html
import re
import sys
import time
from pathlib import Path

import nbformat
import nbgrader
from jinja2 import DictLoader, pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import Highlight2HTML

from .course import Problem, notebook_of, read
from .limits import MOST_PICTURES, MOST_TEXT, Allowance, is_picture, limit_output_count, limit_outputs
from .repair import grade_id_of
from .sanitize import markdown, verbatim
from .text import cut, without_escapes

MOST_MARKDOWN = 20_000  # characters of a Markdown cell that a page shows
MOST_CODE = 100_000  # characters of a code cell that a page shows
MOST_COLORED = 20_000  # characters of a code cell that is shown in colors
# Beyond these limits, the remaining cells of a page are shown as they were written.
MOST_HTML = 1_000_000  # characters of rendered Markdown and colored code
MOST_SECONDS = 3  # to render Markdown and to color code

_NBGRADER_PAGE = Path(nbgrader.__file__).parent / "server_extensions/formgrader/templates/feedback/index.html.j2"
_PICTURES = re.compile('src="[^"]*"')
_LANGUAGE = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
_NBGRADER = ("grade", "solution", "task", "locked", "grade_id", "points", "score", "comment", "cell_type")
_NAMES = ("assignment_id", "notebook_id", "notebook", "student", "last_name", "first_name", "notebook_path")

# This replaces nbconvert's macro, which loads MathJax from the web. nbgrader's form waits until MathJax is ready.
_HEAD = """{%- macro mathjax(url="") -%}
<script>
var MathJax = {Hub: {Startup: {signal: {Interest: function (tell) { setTimeout(tell, 0, "End"); }}}}};
</script>
<meta http-equiv="Content-Security-Policy" content="POLICY">
<style>
.rendered_html, .output_area, .input_area { contain: paint; overflow-x: auto; }
.rendered_html img { max-width: 100%; }
.rendered_html :is(td, th), #toc :is(td, th) { padding: 2px 8px; border: 1px solid #ddd; }
.part { margin: 2px 0 8px 2em; } .said { white-space: pre-wrap; border-left: 3px solid #999; padding-left: 8px; }
.part p { margin: 0; }
</style>
{%- endmacro -%}"""
_NOTHING = "object-src 'none'; frame-src 'none'; form-action 'none'; base-uri 'none'; img-src data:"
_FEEDBACK = f"default-src 'none'; style-src 'unsafe-inline'; {_NOTHING}"
_FORM = f"default-src 'self'; style-src 'self' 'unsafe-inline'; {_NOTHING}; script-src 'self' 'unsafe-hashes'"


class SafeExporter(HTMLExporter):
    """Exports a submission as a page that runs nothing of it. It has the settings of `HTMLExporter`."""

    coursedir = None  # nbgrader's `CourseDirectory`, where the form shows model answers

    def __init__(self, config=None, **kwargs):
        super().__init__(config=config, **kwargs)
        self.filters = {
            "highlight_code": self.highlight_code,
            "strip_files_prefix": lambda text: text,
            "comment2html": _comment,
        }
        templates = {"mathjax.html.j2": _HEAD.replace("POLICY", self._policy())}
        if self.template_name == "feedback":
            templates["index.html.j2"] = Path(__file__).with_name("feedback.html.j2").read_text(encoding="utf-8")
            templates["nbgrader_feedback.html.j2"] = _NBGRADER_PAGE.read_text(encoding="utf-8")
        self.extra_loaders = [DictLoader(templates)]

    def _policy(self):
        """The page's Content-Security-Policy. It allows the form's own scripts by their hashes."""
        if self.template_name != "formgrade":
            return _FEEDBACK
        source = self.environment.loader.get_source(self.environment, "formgrade_macros.html.j2")[0]
        scripts = re.findall(r'<script(?![^>]* src=)[^>]*>(.*?)</script>|onclick="(.*?)"', source, re.DOTALL)
        hashes = (hashlib.sha256((script or handler).encode()).digest() for script, handler in scripts)
        return " ".join((_FORM, *(f"'sha256-{base64.b64encode(value).decode()}'" for value in hashes)))

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Export a notebook. Its own metadata and ids are ignored."""
        cells = [*_valid_cells(nb.cells)]
        nb = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 4, "metadata": _LANGUAGE, "cells": cells})
        limit_output_count(nb.cells)  # first: nbconvert looks at each output several times
        names = dict((resources or {}).get("nbgrader", {}))
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        resources.get("nbgrader", {}).update(names)  # not escaped: nbgrader makes paths of them
        return page, resources

    def _preprocess(self, nb, resources):
        """Run the preprocessors, then keep only what a page may show. This is the last step before the template."""
        nb, resources = super()._preprocess(nb, resources)
        answers = _model_answers(self.coursedir, resources) if self.template_name == "formgrade" else {}
        for names in (resources, resources.get("nbgrader", {})):
            names.update({key: _escaped(names[key]) for key in _NAMES if isinstance(names.get(key), str)})
        self._deadline, self._html_left = time.monotonic() + MOST_SECONDS, MOST_HTML
        return _with_model_answers(shown_parts(nb), answers), resources

    @pass_context
    def markdown2html(self, context, source):
        """Render a Markdown cell, or a comment."""
        metadata = context.get("cell", {}).get("metadata", {})
        if source != context.get("cell", {}).get("source"):
            return _comment(source)
        if metadata.get("verbatim") or self._is_late():
            shown = verbatim(source)
        else:
            shown = markdown(source, context["cell"].get("attachments"))
            self._html_left -= len(_PICTURES.sub("", shown))
        return shown + (f"<p><strong>{metadata.note}</strong></p>" if metadata.get("note") else "")

    def _is_late(self):
        return time.monotonic() > self._deadline or self._html_left < 0

    def highlight_code(self, source, metadata=None):
        """Color Python code. Long or late code stays black: a student can write code that makes Pygments slow."""
        if len(source) > MOST_COLORED or self._is_late():
            return f'<div class="highlight">{verbatim(source)}</div>'
        shown = Highlight2HTML(pygments_lexer="ipython3")(source)
        self._html_left -= len(shown)
        return shown


def _comment(source):
    """Render what a grader wrote. Each line stays a line of its own."""
    return markdown(re.sub(r" *\n", "  \n", source))


def _model_answers(coursedir, resources):
    """{grade_id: the instructor's answer} of the written answers of the assignment that the form shows."""
    assignment = resources.get("assignment_id")
    if not coursedir or not assignment:
        return {}
    try:
        cells = read(notebook_of(coursedir, "source", assignment)).cells
    except Problem:  # the form also shows homework whose source is gone
        return {}
    return {grade_id_of(cell): cell.source for cell in cells if cell.cell_type == "markdown" and grade_id_of(cell)}


def _with_model_answers(notebook, answers):
    """A notebook that has a cell with the model answer above each written answer."""
    cells = []
    for cell in notebook.cells:
        name = grade_id_of(cell)
        if name in answers:
            made = nbformat.v4.new_markdown_cell(f"**Model answer** (only you see it)\n\n{answers[name]}")
            cells.append(nbformat.from_dict({**made, "metadata": {"note": "", "verbatim": False}}))
        cells.append(cell)
    return nbformat.from_dict({**notebook, "cells": cells})


def _valid_cells(cells):
    """Cells with only those parts that nbconvert needs, in a form that it accepts."""
    for cell in cells:
        count = cell.get("execution_count")
        code = {"outputs": cell.get("outputs", []), "execution_count": count if type(count) is int else None}
        parts = code if cell.cell_type == "code" else {}
        parts |= {"attachments": cell.attachments} if cell.cell_type == "markdown" and cell.get("attachments") else {}
        yield {"cell_type": cell.cell_type, "source": cell.source, "metadata": cell.metadata, **parts}


def _escaped(text):
    """A text that HTML and JavaScript show as it is."""
    return html.escape(text).replace("\\", "&#92;")


def guard_formgrader() -> None:
    """Let nbgrader's form for grading use `SafeExporter`, if this process is the server that shows the form.

    nbgrader has no setting for this: it makes an `HTMLExporter` when the server starts. `nbgrader_config.py` calls this
    function. The server reads that file before it shows a page of a course, also if the folder is chosen later.
    """
    base = sys.modules.get("nbgrader.server_extensions.formgrader.base")
    if base:
        base.BaseHandler.exporter = property(_exporter)
        base.BaseHandler.render = _render


def _exporter(handler):
    exporter = SafeExporter(config=handler.settings["nbgrader_formgrader"].config)
    exporter.coursedir = handler.coursedir
    return exporter


def _render(handler, name, **values):
    """Fill in a template of the formgrader's other pages, with escaped values. nbgrader escapes nothing."""
    environment = handler.settings["nbgrader_jinja2_env"].overlay(autoescape=True)
    return environment.get_template(name).render(**values)


def shown_parts(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A new notebook with the parts that a page shows: sources, texts, pictures and nbgrader's metadata."""
    left = {"markdown": MOST_TEXT, "code": MOST_TEXT}
    pictures = Allowance(MOST_PICTURES)
    cells = []
    for cell in notebook.cells:
        kind = "code" if cell.cell_type == "code" else "markdown"
        source, note = cut(
            without_escapes(cell.source), min(MOST_CODE if kind == "code" else MOST_MARKDOWN, left[kind])
        )
        left[kind] -= len(source)
        metadata = {**_nbgrader_metadata(cell), "note": note, "verbatim": cell.cell_type == "raw"}
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


def _nbgrader_metadata(cell):
    """nbgrader's metadata of a cell, if they are safe to put into a page."""
    found = cell.metadata.get("nbgrader")
    if not isinstance(found, dict) or not re.fullmatch(r"[\w-]+", str(found.get("grade_id")), re.ASCII):
        return {}
    return {"nbgrader": {key: found[key] for key in _NBGRADER if isinstance(found.get(key), bool | int | float | str)}}


def _attachments(found, pictures):
    """The pictures among a cell's attachments, while they fit."""
    kept = {}
    for name, kinds in (found or {}).items():
        kinds = kinds if isinstance(kinds, dict) else {}
        kept[name] = {kind: data for kind, data in kinds.items() if is_picture(data) and pictures.take(data)}
    return kept
