"""How much of a submission's outputs and texts is kept, in sum: one notebook must not fill a disk, or a browser."""

import base64
import io
import re

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from PIL import Image

MOST_TEXT = 300_000  # characters of all Markdown cells; of all code cells; of all outputs that are text
MOST_PICTURES = 4_000_000  # characters of all pictures, in base64
MOST_PIXELS = 25_000_000  # of a picture; small files can hold pictures that fill the memory of a browser
MOST_OUTPUTS = 1_000  # of all cells

_ESCAPES = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]?|[\x00-\x08\x0b-\x1f\x7f]")  # colors, and what no page can show


def clean(text):
    """A text without colors and other control characters."""
    return _ESCAPES.sub("", text)


def cut(text, most):
    """A text of at most so many characters, and a note where some are missing."""
    if len(text) <= most:
        return text, ""
    return text[: max(0, most)], f"[This page shows {max(0, most):,} of {len(text):,} characters.]"


class Allowance:
    """How much of something a notebook may still have."""

    def __init__(self, most):
        self.left = most

    def take(self, text):
        """Whether a text fits; it is taken off then."""
        fits = isinstance(text, str) and len(text) <= self.left
        self.left -= len(text) if fits else 0
        return fits


def is_picture(data):
    """Whether a string is a picture in base64 that a browser can show without harm: PNG, JPEG or GIF, not too large."""
    try:
        decoded = base64.b64decode("".join(data.split()), validate=True)
        with Image.open(io.BytesIO(decoded), formats=("PNG", "JPEG", "GIF")) as picture:
            return picture.width * picture.height <= MOST_PIXELS
    except Exception:  # Pillow raises many kinds for what is no picture, or a bomb
        return False


def limit_outputs(cells, pictures=None):
    """Leave only text and PNG in the cells' outputs, and not too much of it in sum. In place.

    Args:
        cells: Cells of one notebook, in its order. An error stays an error: it says that a test failed.
        pictures: What is left for pictures, or None for all of it.
    """
    pictures, left = pictures or Allowance(MOST_PICTURES), MOST_TEXT
    fewer_outputs(cells)
    for cell in cells:
        if cell.cell_type == "code":
            found, cell.outputs = cell.outputs, []
            for output in found:
                made, used = _limited(output, left, pictures)
                cell.outputs.append(made)
                left -= used


def fewer_outputs(cells):
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
        name, value = output.ename[:200], output.evalue[:4_000]
        return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[said + note]), len(said)
    picture = data.get("image/png")
    if picture and str(picture).startswith("iVBORw0KGgo") and is_picture(picture) and pictures.take(picture):
        return nbformat.v4.new_output("display_data", data={"image/png": picture}), 0
    text = output.text if kind == "stream" else data.get("text/plain", "[something that is not shown here]")
    text, note = _cut_lines(str(text), left)
    if kind == "stream":
        return nbformat.v4.new_output("stream", text=text + note), len(text)
    return nbformat.v4.new_output("display_data", data={"text/plain": text + note}), len(text)


def _cut_lines(text, most):
    """As `cut`, without colors and in whole lines: half a line of a hidden test would not be known as one."""
    shown, note = cut(text, most)
    if note:
        shown = shown[: shown.rfind("\n") + 1]
        note = f"[This page shows {len(shown):,} of {len(text):,} characters.]"
    return clean(shown), note


class LimitOutputs(NbGraderPreprocessor):
    """Limits what a graded notebook keeps of all its outputs; nbgrader's own `LimitOutput` looks at lines only."""

    def preprocess(self, nb, resources):
        """Limit a notebook's outputs in place."""
        limit_outputs(nb.cells)
        return nb, resources
