"""Runs variants of a homework: with their own answers, with none, and with answers to other variants.

    python tests/homework/variant_runs.py hw1      print what the answers score
    python tests/homework/variant_runs.py hw1 2    the same for the second option of each answer

Cells are run in this process and not in a kernel, which would take ten times as long.
"""

import contextlib
import io
import itertools
import linecache
import re
import sys
import time
import warnings
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt
from handed_in import HOMEWORK, grade_id, is_answer, is_test
from submissions import ROOT, build

from gan_course.homework import variants

matplotlib.use("agg")
_NUMBERS = itertools.count()


class Run(NamedTuple):
    """What a homework scores in which every answer has the same option.

    Attributes:
        varied: the answers that vary.
        own: {test or cell that failed with the variant's own answers: its error}.
        empty: names of the tests that passed without answers.
        foreign: {(answer, the option it was written for, "raw" or "renamed"): points that it got}. The published answer
            is that of option 0.
    """

    varied: list
    own: dict
    empty: list
    foreign: dict


def source_of(homework):
    """The source of a homework, and the answers in it that vary."""
    source = build.read_source(ROOT, f"homework/{homework}")
    return source, variants.choices(source, HOMEWORK / "variants" / f"{homework}.toml")


def same_option(varied, option):
    """{answer: option}, the same option for all. Answers that have fewer options begin again with their first."""
    return {choice.cell: (option - 1) % len(choice.table["options"]) + 1 for choice in varied}


def run_option(homework, option, others=None):
    """Run the variant in which every answer has this option. Returns a `Run`.

    Args:
        homework: name of the homework.
        option: from 1 on. Answers that have fewer options begin again with their first.
        others: options of the foreign answers. Defaults to None: all.
    """
    source, varied = source_of(homework)
    chosen = same_option(varied, option)
    notebook = variants.variant_of(source, varied, chosen, homework, option)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    answers = {choice.cell: answers_to(choice, source) for choice in varied}
    leaders = {choice.cell: choice.table.get("same_as") for choice in varied}
    space, own, foreign = {"__name__": "__main__"}, {}, {}
    for number, cell in enumerate(code):
        name = grade_id(cell) or cell.source[:60]
        after = list(itertools.takewhile(lambda cell: not is_answer(cell), code[number + 1 :]))
        for other, how in itertools.product(range(len(answers.get(name, []))), ("raw", "renamed")):
            if other != chosen[name] and (others is None or other in others):
                # An answer that shares its option with another one is copied alone, and together with it.
                copied = [[name]] + ([[leaders[name], name]] if leaders[name] else [])
                pairs = [[(answers[one][other], answers[one][chosen[one]]) for one in names] for names in copied]
                foreign[name, other, how] = max(score(these, how, after, space) for these in pairs)
        if said := error(cell.source, space):
            own[name] = said
    return Run(varied, own, without_answers(code), foreign)


def answers_to(choice, source):
    """The answers to all options. The published one is the first, as it is that of option 0."""
    published = next(cell.source for cell in source.cells if grade_id(cell) == choice.cell)
    return [published, *(variants.answer_of(choice, number + 1) for number in range(len(choice.table["options"])))]


def score(pairs, how, after, space):
    """The points of foreign answers.

    Args:
        pairs: the foreign answers, each with the variant's own answer in whose place it stands.
        how: "raw" or "renamed".
        after: the cells that are run after them: tests, and given cells that prepare what the tests look at.
        space: the names before these answers. They are the same again in the end.
    """
    before = dict(space)
    for _, mine in pairs:
        space.pop(variants.defined(mine), None)
    for copied, mine in pairs:
        error(copied if how == "raw" else renamed(copied, mine), space)
    passed = [cell for cell in after if not error(cell.source, space)]
    space.clear()
    space.update(before)
    return sum(cell.metadata.nbgrader.points for cell in passed if is_test(cell))


def without_answers(code):
    """Names of the tests that pass where each answer is what the release has in its place."""
    space, passed = {"__name__": "__main__"}, []
    for cell in code:
        stub = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "raise NotImplementedError()", cell.source, flags=re.S)
        failed = error(stub if is_answer(cell) else cell.source, space)
        passed += [grade_id(cell)] if is_test(cell) and not failed else []
    return passed


def renamed(answer, mine):
    """An answer to another variant with this variant's name."""
    return re.sub(rf"\b{variants.defined(answer)}\b", variants.defined(mine), answer)


def error(code, space):
    """Run a cell. Returns its error as a text, or "" where there was none."""
    code = re.sub(r"^( *)%.*$", r"\1pass", code, flags=re.M)
    place = f"<cell {next(_NUMBERS)}>"
    linecache.cache[place] = len(code), None, code.splitlines(keepends=True), place  # for tf.function
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            exec(compile(code, place, "exec"), space)
    except Exception as raised:
        return f"{type(raised).__name__}: {raised}"
    finally:
        plt.close("all")
    return ""


def main(homework, *options):
    """Print what is not as it should be, and what answers to other variants score."""
    most = max(len(choice.table["options"]) for choice in source_of(homework)[1])
    for option in map(int, options or range(1, most + 1)):
        start = time.process_time()
        run = run_option(homework, option)
        print(f"{homework}, option {option}, {time.process_time() - start:.0f} s: own answers fail at {run.own}")
        print(f"  without answers pass {run.empty}; {len(run.foreign)} foreign answers")
        for (cell, other, how), got in run.foreign.items():
            if got:
                print(f"  the answer {cell} to option {other}, {how}, gets {got} points", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
