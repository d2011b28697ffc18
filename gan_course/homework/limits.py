"""Limits what a submission's outputs and texts may hold, so that one notebook fills neither a disk nor a browser.

`safe_output` makes a single output safe while the submission runs. `limit_outputs` limits the sum over a notebook.
"""

import base64
import io

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from PIL import Image

from .text import cut, cut_note, without_escapes

MOST_TEXT = 300_000  # characters of all Markdown cells; of all code cells; of all outputs that are text
MOST_PICTURES = 4_000_000  # characters of all pictures, in base64
MOST_PIXELS = 25_000_000  # of a picture: a small file can hold a picture that fills the memory of a browser
MOST_OUTPUTS = 1_000  # of all cells
_MOST_MESSAGE = 4_000  # characters of an error's name, and of its message
_MOST_TRACEBACK = 120_000  # characters of an error's traceback
_LEAST_TRACEBACK = 1_000  # characters of a traceback that are kept where the notebook has too much text already
_PNG_START = "iVBORw0KGgo"  # how a PNG begins, in base64


class Allowance:
    """How many characters of one kind a notebook may still have.

    Args:
        most: number of characters at the start.
    """

    def __init__(self, most: int):
        self.left = most

    def take(self, text: object) -> bool:
        """Whether a text fits. If it does, its characters are subtracted."""
        fits = isinstance(text, str) and len(text) <= self.left
        self.left -= len(text) if fits else 0
        return fits


def is_picture(data: str) -> bool:
    """Whether a text is a picture in base64 that a browser can show without harm: PNG, JPEG or GIF, not too large."""
    try:
        decoded = base64.b64decode("".join(data.split()), validate=True)
        with Image.open(io.BytesIO(decoded), formats=("PNG", "JPEG", "GIF")) as picture:
            return picture.width * picture.height <= MOST_PIXELS
    except Exception:  # Pillow raises many kinds of errors where the data are no picture, or are too large
        return False


def safe_output(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of an output that cannot be mistaken for a grade, and that runs nothing in a browser.

    nbgrader takes a result of a test cell for partial credit, even if an error follows. It takes text on stderr for a
    failure, even if that is a warning of Keras or TensorFlow. So results become displays, and stderr becomes stdout.
    Only text and PNG are kept, never HTML or JavaScript. Errors are cut to a bounded length.
    """
    if output.output_type == "stream":
        return nbformat.v4.new_output("stream", text=output.text)
    if output.output_type == "error":
        return error_output(output.ename[:_MOST_MESSAGE], output.evalue[:_MOST_MESSAGE], _end_of(output.traceback))
    data = {kind: output.get("data", {}).get(kind) for kind in ("text/plain", "image/png")}
    data = {kind: text for kind, text in data.items() if isinstance(text, str)}
    if not (data.get("image/png", "").startswith(_PNG_START) and is_picture(data["image/png"])):
        data.pop("image/png", None)
    data = data or {"text/plain": "[an output of a kind that is not shown here]"}  # feedback fails on an empty output
    return nbformat.v4.new_output("display_data", data=data)


def error_output(name: str, message: str, traceback: str) -> nbformat.NotebookNode:
    """An error as a cell shows it."""
    return nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[traceback])


def _end_of(traceback):
    """A traceback as one text. Where it is too long, only its end is kept, in whole lines."""
    text = "\n".join(traceback)
    if len(text) > _MOST_TRACEBACK:
        end = text[-_MOST_TRACEBACK:]
        text = end.partition("\n")[2] or end
    return text


def limit_outputs(cells: list[nbformat.NotebookNode], pictures: Allowance | None = None) -> None:
    """Make the outputs of a notebook's cells safe, in place, and limit how much they hold in all.

    An error always stays an error: it says that a test failed.

    Args:
        cells: the cells of one notebook, in its order.
        pictures: how much is left for pictures. Defaults to None: all of `MOST_PICTURES`.
    """
    pictures, left = pictures or Allowance(MOST_PICTURES), MOST_TEXT
    limit_output_count(cells)
    for cell in cells:
        if cell.cell_type == "code":
            found, cell.outputs = cell.outputs, []
            for output in found:
                limited, used = _limited(safe_output(output), left, pictures)
                cell.outputs.append(limited)
                left -= used


def limit_output_count(cells: list[nbformat.NotebookNode]) -> None:
    """Keep the first `MOST_OUTPUTS` outputs, and the first error of each later cell. Changes the cells in place."""
    left = MOST_OUTPUTS
    for cell in cells:
        if cell.cell_type == "code":
            errors = [output for output in cell.outputs[left:] if output.output_type == "error"]
            cell.outputs = cell.outputs[:left] + errors[:1]
            left -= min(left, len(cell.outputs))


def _limited(output, left, pictures):
    """Cut a safe output to `left` characters of text, or keep a picture that fits. Returns also the text's length."""
    kind = output.output_type
    if kind == "error":
        text, note = _cut_lines(output.traceback[0], max(left, _LEAST_TRACEBACK))
        return error_output(output.ename, output.evalue, text + note), len(text)
    picture = output.get("data", {}).get("image/png")
    if picture and pictures.take(picture):
        return nbformat.v4.new_output("display_data", data={"image/png": picture}), 0
    shown = output.text if kind == "stream" else output.data.get("text/plain", "[a picture that is too large]")
    text, note = _cut_lines(shown, left)
    if kind == "stream":
        return nbformat.v4.new_output("stream", text=text + note), len(text)
    return nbformat.v4.new_output("display_data", data={"text/plain": text + note}), len(text)


def _cut_lines(text, most):
    """Cut a text as `cut` does, but without colors and in whole lines.

    Whole lines matter: half a line of a hidden test would not be recognized, and so would not be removed.
    """
    shown, note = cut(text, most)
    if note:
        shown = shown[: shown.rfind("\n") + 1]
        note = cut_note(len(shown), len(text))
    return without_escapes(shown), note


class LimitOutputs(NbGraderPreprocessor):
    """nbgrader's step that limits all outputs of a graded notebook. nbgrader's own `LimitOutput` counts lines only."""

    def preprocess(self, nb, resources):
        """Limit a notebook's outputs in place."""
        limit_outputs(nb.cells)
        return nb, resources
