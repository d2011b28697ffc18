"""Finds the hidden tests of a notebook, and removes their lines from texts that students see."""

from collections.abc import Iterable

from nbformat import NotebookNode

from .text import without_escapes

_SHORTEST_LINE = 12  # characters; a shorter line may be anybody's, and is not removed


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell is graded by running it."""
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def hidden_line_numbers(source: str) -> set[int]:
    """The numbers of the lines between the marks of hidden tests, where the first line of the cell is 1."""
    found, inside = set(), False
    for number, line in enumerate(source.splitlines(), start=1):
        inside = (inside or "BEGIN HIDDEN TESTS" in line) and "END HIDDEN TESTS" not in line
        found |= {number} if inside else set()
    return found


def hidden_forms(cells: Iterable[NotebookNode]) -> list[str]:
    """The ways in which lines of hidden tests may be written in a text, the longest first.

    Args:
        cells: the cells of a graded notebook, with their hidden tests.
    """
    lines = set()
    for cell in filter(is_test, cells):
        numbers = hidden_line_numbers(cell.source)
        lines |= {line.strip() for number, line in enumerate(cell.source.splitlines(), start=1) if number in numbers}
    hidden = {line for line in lines if len(line) >= _SHORTEST_LINE}
    return sorted({form for line in hidden for form in (line, repr(line)[1:-1])}, key=len, reverse=True)


def redacted(text: str, forms: Iterable[str]) -> str:
    """A text in which lines of hidden tests are replaced by a mark. `forms` is what `hidden_forms` returned."""
    plain = without_escapes(text)
    if not any(form in plain for form in forms):
        return text
    for form in forms:
        plain = plain.replace(form, "[a hidden test]")
    return plain
