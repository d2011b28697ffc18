"""Submissions as they come back from students, made from a source notebook and its release."""

import copy
import json
from pathlib import Path

import nbformat

HOMEWORK = Path(__file__).resolve().parents[2] / "notebooks" / "homework"


def read(path):
    return nbformat.read(path, as_version=4)


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_answer(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def is_test(cell):
    return cell.metadata.get("nbgrader", {}).get("grade", False) and not is_answer(cell)


def right(source, release, **changes):
    """The release with the instructor's answers filled in; `changes` are other texts for some, by `grade_id`."""
    notebook = copy.deepcopy(release)
    answers = {grade_id(cell): cell.source for cell in source.cells if is_answer(cell)}
    for cell in notebook.cells:
        if is_answer(cell):
            lines = changes.get(grade_id(cell), answers[grade_id(cell)]).splitlines()
            cell.source = "\n".join(line for line in lines if not line.strip().startswith("### "))
    return notebook


def from_colab(notebook):
    """As Colab saves it: its own ids in the metadata, and its notes on cells, outputs and notebook."""
    notebook = copy.deepcopy(notebook)
    notebook.nbformat_minor = 0
    notebook.metadata = nbformat.from_dict(
        {
            "colab": {"provenance": [], "gpuType": "T4", "toc_visible": True},
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
            "accelerator": "GPU",
        }
    )
    for number, cell in enumerate(notebook.cells):
        del cell["id"]
        cell.metadata.update(id=f"Zk3Qx{number:07d}")
        if cell.cell_type == "code":
            cell.execution_count = number + 1
            user = {"displayName": "Ada", "userId": "01234567890123456789"}
            run = {"status": "ok", "timestamp": 1764000000000, "user_tz": -60, "elapsed": 412, "user": user}
            cell.metadata.update(colab={"base_uri": "https://localhost:8080/"}, executionInfo=run, outputId="a1")
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="what Colab printed\n")]
    # `json`, not nbformat: the file is written without the ids that nbformat would add.
    return json.dumps(notebook, indent=0)


def stripped(notebook, keep_ids=False):
    """Without any cell's metadata; cells keep their ids only where asked for."""
    notebook = copy.deepcopy(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.metadata = nbformat.NotebookNode()
        if not keep_ids:
            cell.id = f"new-{number}"
    return notebook


def empty():
    """A notebook without cells."""
    return nbformat.v4.new_notebook()


def with_edited_tests(notebook, test="assert True"):
    """Every test cell says `assert True`, is worth 1,000 points, and has a tag with which nbclient would skip it."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if is_test(cell):
            cell.source = test
            cell.metadata.nbgrader.update(points=1000, locked=False)
            cell.metadata.tags = ["skip-execution"]
    return notebook


def save(notebook, path):
    """Write a notebook, or the text of one, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")
    return path
