"""Hands in a homework many times: with the instructor's answers, with other right ones, and with wrong and lazy ones.

    python tests/homework/submissions.py hw1    run all answers in submissions_hw1.py, and print them as a table
    python tests/homework/submissions.py        the same for all homework; write notebooks/homework/refused.md

The notebook is run once with the instructor's answers. Then each other answer is run in the same kernel with the tests
of its exercise, and the instructor's cells are put back. This takes seconds per answer instead of a whole grading.
"""

import importlib
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

from handed_in import grade_id
from nbclient import NotebookClient
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

ROOT = Path(__file__).resolve().parents[2]
REFUSED = ROOT / "notebooks" / "homework" / "refused.md"
HEAD = """# What the tests refuse

Each row is a submission with one wrong or lazy answer, which we handed in ourselves. Everything else in it is right.
The row names the tests that failed, and shows the message of the first. In a message, "came" stands before what the
student's code returned. At the end of each homework stand right answers that the tests accept, written in other ways.
`python tests/homework/submissions.py` runs all of them and writes this page. Numbers may differ on your machine."""
MOST_SAID = 240  # characters of a message in the table
sys.path.insert(0, str(ROOT / "notebooks"))

import build  # noqa: E402, the path above comes first

HOMEWORK = tuple(name.split("/")[1] for name in build.lessons(ROOT) if name.startswith("homework/"))


class Answer(NamedTuple):
    """One submission, and which tests must fail on it.

    Attributes:
        name: says in words what is different.
        cells: {`grade_id` of a solution cell: its whole source, or (old, new) edits of the instructor's source}.
        lost: names of the test cells that must fail. No other test of the changed cells may fail.
        also: names of further cells to run again before the tests.
    """

    name: str
    cells: dict
    lost: tuple = ()
    also: tuple = ()


class Verdict(NamedTuple):
    """The result of one submission.

    Attributes:
        answer: the submission.
        ran: names of the tests that were run.
        failed: {name of a test that failed: its error}.
    """

    answer: Answer
    ran: tuple
    failed: dict


def answers(homework):
    """The lists WRONG and RIGHT of a homework, for example of `hw1`."""
    module = importlib.import_module(f"submissions_{homework}")
    return module.WRONG, module.RIGHT


def judge(homework, submitted):
    """Run the instructor's notebook, then each of the answers `submitted`. Returns a `Verdict` for each."""
    notebook = build.read_source(ROOT, f"homework/{homework}")
    client = NotebookClient(notebook, timeout=60, kernel_name=CURRENT_ENV_KERNEL_NAME, allow_errors=True)
    client.create_kernel_manager().kernel_spec_manager = NbvalKernelspecManager()
    environment = {name: value for name, value in os.environ.items() if name not in build.KERNEL_DROPS}
    with client.setup_kernel(env=environment | build.KERNEL_SETS, cwd=str(ROOT / "notebooks")):
        cells = {grade_id(cell): cell for cell in notebook.cells if grade_id(cell) and cell.cell_type == "code"}
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
            if error := failure(cell):
                raise AssertionError(f"{homework}: the instructor's own cell {number} fails: {error}")
        verdicts, left, names = {}, set(), list(cells)
        # Answers to one exercise follow each other: the instructor's cells, some of which train, then run again once.
        for number, answer in sorted(enumerate(submitted), key=lambda pair: min(map(names.index, pair[1].cells))):
            verdicts[number] = _judge_one(client, cells, answer, left)
            left = {*answer.cells, *answer.also}
        return [verdicts[number] for number in range(len(submitted))]


def _judge_one(client, cells, answer, left):
    """Run an answer and its tests. The cells in `left`, which the previous answer changed, are run again first."""
    original = {name: cells[name].source for name in answer.cells}
    for name, change in answer.cells.items():
        cells[name].source = edited(original[name], change)
    ran = [name for name in cells if name in {*answer.lost, *_tests_of(cells, answer.cells)}]
    again = [name for name in cells if name in {*answer.cells, *answer.also, *left}]
    for name in again + ran:
        client.execute_cell(cells[name], 0)
    for name, source in original.items():
        cells[name].source = source
    failed = {name: failure(cells[name]) for name in ran if failure(cells[name])}
    return Verdict(answer, tuple(ran), failed)


def _tests_of(cells, changed):
    """The test cells that follow each changed cell, up to the next cell for an answer."""
    names, found = list(cells), set()
    for start in changed:
        tests = []
        for name in names[names.index(start) + 1 :]:
            if cells[name].metadata.nbgrader.grade:
                tests.append(name)
            elif tests:
                break
        found.update(tests)
    return found


def edited(source, change):
    """A cell's new source: the string `change`, or `source` with each (old, new) of the list `change` replaced."""
    if isinstance(change, str):
        return change
    for old, new in change:
        if old not in source:
            raise ValueError(f"Expected to find {old!r} in the instructor's cell. Received:\n{source}")
        source = source.replace(old, new)
    return source


def failure(cell):
    """The error of a cell in one line without colors, or None where the cell did not fail."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            said = re.sub(r"\x1b\[[\d;]*m|\s+", " ", output.evalue).strip()
            return f"{output.ename}: {said}"
    return None


def table(verdicts):
    """The verdicts as a Markdown table: the answer, the tests that refused it, and the first message."""
    rows = ["| wrong answer | refused by | message of the first test |", "|---|---|---|"]
    for verdict in verdicts:
        tests = ", ".join(f"`{name}`" for name in verdict.failed)
        said = next(iter(verdict.failed.values()), "").removeprefix("AssertionError: ")
        said = said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]} …"
        rows.append("| " + " | ".join(part.replace("|", "∣") for part in (verdict.answer.name, tests, said)) + " |")
    return "\n".join(rows)


def main(names):
    """Run the answers of the homework that the command line names. Returns 1 if an answer got a wrong result."""
    status, parts = 0, [HEAD]
    for homework in names or HOMEWORK:
        wrong, right = answers(homework)
        verdicts = judge(homework, [*wrong, *right])
        print(table(verdicts))
        refused = table(verdict for verdict in verdicts if verdict.answer in wrong)
        parts.append(
            f"## {homework}\n\n{refused}\n\nThese right answers are accepted: {'; '.join(r.name for r in right)}."
        )
        for verdict in verdicts:
            expected, got = set(verdict.answer.lost), set(verdict.failed)
            if expected != got:
                status = 1
                print(f"!! {verdict.answer.name}: expected to lose {sorted(expected)}. Received: {sorted(got)}.")
    if not names and not status:
        REFUSED.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
