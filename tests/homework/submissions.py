"""Hands a homework in, many times over: with the instructor's answers, with right ones, and with wrong and lazy ones.

    python tests/homework/submissions.py hw1    judge all answers of submissions_hw1.py, and print them as a table
    python tests/homework/submissions.py        all homework; write what was refused to notebooks/homework/refused.md

A notebook is run once with the instructor's answers. Then each other answer is run in the same kernel, with the tests
of its exercise, and the instructor's cells are put back: seconds instead of a whole grading for every one of them.
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

Wrong and lazy answers that we handed in ourselves, one at a time, all else right; the tests that they failed, and what
the first of these said. Made by `python tests/homework/submissions.py`, which really runs them; numbers may differ on
your machine."""
MOST_SAID = 240  # characters of a message in the table
sys.path.insert(0, str(ROOT / "notebooks"))

import build  # noqa: E402, the path above comes first

HOMEWORK = tuple(name.split("/")[1] for name in build.lessons(ROOT) if name.startswith("homework/"))


class Answer(NamedTuple):
    """One submission: what it says, and which tests it must lose.

    `cells` maps the `grade_id` of a solution cell to its whole source, or to (old, new) edits of the instructor's.
    `lost` names the test cells that must fail, among those that are run: the tests of the changed cells, and `lost`.
    `also` names further cells to run again before the tests.
    """

    name: str
    cells: dict
    lost: tuple = ()
    also: tuple = ()


class Verdict(NamedTuple):
    """What came out: the answer, the tests that were run, and those that failed with the first line that they said."""

    answer: Answer
    ran: tuple
    failed: dict


def answers(homework):
    """The lists WRONG and RIGHT of a homework, such as `hw1`."""
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
        verdicts, left = [], set()
        for answer in submitted:
            verdicts.append(_judge_one(client, cells, answer, left))
            left = {*answer.cells, *answer.also}
        return verdicts


def _judge_one(client, cells, answer, left):
    """Run an answer and its tests. Of the cells that the answer before `left` changed, the instructor's come back."""
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
    """What the error of a cell said, in one line without colors, or None where it ran through."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            said = re.sub(r"\x1b\[[\d;]*m|\s+", " ", output.evalue).strip()
            return f"{output.ename}: {said}"
    return None


def table(verdicts):
    """The verdicts as a Markdown table: what was handed in, the tests that refused it, and what they said first."""
    rows = ["| handed in | refused by | which said |", "|---|---|---|"]
    for verdict in verdicts:
        tests = ", ".join(f"`{name}`" for name in verdict.failed)
        said = next(iter(verdict.failed.values()), "").removeprefix("AssertionError: ")
        said = said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]} …"
        rows.append("| " + " | ".join(part.replace("|", "∣") for part in (verdict.answer.name, tests, said)) + " |")
    return "\n".join(rows)


def main(names):
    """Judge the homework that the command line names. Returns 1 where an answer was not judged as it deserves."""
    status, parts = 0, [HEAD]
    for homework in names or HOMEWORK:
        wrong, right = answers(homework)
        verdicts = judge(homework, [*wrong, *right])
        print(table(verdicts))
        refused = table(verdict for verdict in verdicts if verdict.answer in wrong)
        parts.append(f"## {homework}\n\n{refused}\n\nAccepted, since it is right: {'; '.join(r.name for r in right)}.")
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
