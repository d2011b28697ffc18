"""Lost metadata comes back where cells match, and what does not match is named."""

import copy
import random
import time

import nbformat
import pytest
from handed_in import from_colab, grade_id, is_answer, stripped, with_edited_tests

from gan_course.homework.repair import repair

GRADED = ("value", "test_value", "double", "test_double", "answer_why")


@pytest.fixture
def release(mini):
    """The small homework as nbgrader hands it out, made by hand: stubs for solutions, no hidden tests."""
    notebook = copy.deepcopy(mini)
    for cell in notebook.cells:
        lines, keep = [], True
        for line in cell.source.splitlines():
            if "### BEGIN SOLUTION" in line:
                indent = line[: len(line) - len(line.lstrip())]
                lines += [f"{indent}# YOUR CODE HERE", f"{indent}raise NotImplementedError()"]
            keep = keep and "### BEGIN" not in line
            lines += [line] if keep else []
            keep = keep or "### END" in line
        cell.source = "\n".join(lines)
        if grade_id(cell) == "answer_why":
            cell.source = "YOUR ANSWER HERE"
    return notebook


@pytest.fixture
def submission(mini, release):
    """The release with all answers filled in."""
    notebook = copy.deepcopy(release)
    for cell, solved in zip(notebook.cells, mini.cells, strict=True):
        if is_answer(cell):
            cell.source = solved.source.replace("### BEGIN SOLUTION", "").replace("### END SOLUTION", "")
    return notebook


def ids(notebook):
    return [grade_id(cell) for cell in notebook.cells if grade_id(cell)]


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def test_a_whole_submission_needs_nothing(submission, release):
    notebook, report = repair(submission, release)
    assert report == (GRADED, (), (), (), ())
    assert str(report) == ""
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in submission.cells]


@pytest.mark.parametrize("keep_ids", [True, False])
def test_all_metadata_lost_is_all_restored(submission, release, keep_ids):
    notebook, report = repair(stripped(submission, keep_ids), release)
    assert report.matched == GRADED
    assert ids(notebook) == [*GRADED]
    for name in GRADED:
        assert cell_of(notebook, name).source == cell_of(submission, name).source
        assert cell_of(notebook, name).metadata == cell_of(release, name).metadata
    assert "metadata lost and restored: value, test_value" in str(report)


def test_as_colab_saves_it_nothing_is_lost(submission, release):
    notebook = nbformat.reads(from_colab(submission), as_version=4)
    assert repair(notebook, release)[1] == (GRADED, (), (), (), ())


def test_the_submission_itself_is_left_as_it_was(submission, release):
    lost = stripped(submission)
    before = copy.deepcopy(lost)
    repair(lost, release)
    assert lost == before


def test_edited_points_tags_and_locks_are_undone(submission, release):
    edited = with_edited_tests(submission)
    notebook, report = repair(edited, release)
    assert report.whole == GRADED
    for name in ("test_value", "test_double"):
        assert cell_of(notebook, name).metadata == cell_of(release, name).metadata
        assert "tags" not in cell_of(notebook, name).metadata


@pytest.mark.parametrize("nonsense", [{}, {"grade_id": 3}, {"grade_id": ["value"]}, [], "text", None, {"grade": True}])
def test_nonsense_in_the_metadata_counts_as_lost(submission, release, nonsense):
    for cell in submission.cells:
        cell.metadata["nbgrader"] = nonsense
    assert repair(submission, release)[1].matched == GRADED


def test_an_unknown_grade_id_counts_as_lost(submission, release):
    cell_of(submission, "value").metadata.nbgrader.grade_id = "value-copy"
    assert repair(submission, release)[1].matched == ("value",)


def test_cells_of_the_students_own_stay_without_metadata(submission, release):
    own = nbformat.v4.new_code_cell("print(value)", metadata={"tags": ["skip-execution"]})
    submission.cells.insert(4, own)
    notebook, report = repair(stripped(submission), release)
    assert report.matched == GRADED
    assert notebook.cells[4].source == "print(value)"
    assert notebook.cells[4].metadata == {}


def test_a_locked_cell_without_points_comes_back_too(submission, release):
    given = {"grade": False, "grade_id": "given", "locked": True, "schema_version": 3, "solution": False, "task": False}
    release.cells.insert(2, nbformat.v4.new_code_cell("base = 2", metadata={"nbgrader": given}))
    notebook, report = repair(submission, release)
    assert (report.missing, report.put_back) == ((), ("given",))
    assert [cell.source for cell in notebook.cells][2] == "base = 2"


def test_a_test_that_was_deleted_is_put_back_behind_its_exercise(submission, release):
    submission.cells = [cell for cell in submission.cells if grade_id(cell) != "test_value"]
    notebook, report = repair(submission, release)
    assert (report.missing, report.put_back) == ((), ("test_value",))
    assert ids(notebook) == [*GRADED]
    assert str(report) == "deleted, and put back: test_value"


def test_two_tests_that_were_deleted_come_back_in_order(submission, release):
    submission.cells = [cell for cell in submission.cells if not (grade_id(cell) or "").startswith("test")]
    assert ids(repair(submission, release)[0]) == [*GRADED]


def test_code_that_moved_into_another_cell_is_not_undone_by_a_stub(submission, release):
    code = cell_of(submission, "value").source
    submission.cells = [cell for cell in submission.cells if grade_id(cell) != "value"]
    submission.cells[1].source += "\n\n" + code
    notebook, report = repair(submission, release)
    assert report.missing == ("value",)
    assert not any("NotImplementedError" in cell.source for cell in notebook.cells)


def test_an_answer_that_was_deleted_is_put_back_empty_and_named(submission, release):
    submission.cells = submission.cells[:-1]
    notebook, report = repair(submission, release)
    assert (report.missing, report.put_back) == (("answer_why",), ())
    assert str(report) == "not found: answer_why"
    assert notebook.cells[-1].source == "YOUR ANSWER HERE"


def test_of_a_cell_that_was_copied_the_last_counts(submission, release):
    place = submission.cells.index(cell_of(submission, "value"))
    second = copy.deepcopy(submission.cells[place])
    second.source += "\n# second"
    submission.cells.insert(place + 1, second)
    notebook, report = repair(submission, release)
    assert report.copied == ("value",)
    assert ids(notebook) == [*GRADED]
    assert cell_of(notebook, "value").source.endswith("# second")


def test_an_untouched_copy_behind_an_answer_undoes_nothing(submission, release):
    submission.cells.append(copy.deepcopy(release.cells[-1]))
    notebook, report = repair(submission, release)
    assert report.copied == ("answer_why",)
    assert cell_of(notebook, "answer_why").source.startswith("Because")


def test_an_answer_written_below_its_cell_is_taken(submission, release):
    written = submission.cells[-1].source
    submission.cells[-1].source = release.cells[-1].source
    submission.cells.append(nbformat.v4.new_markdown_cell(written))
    notebook, report = repair(submission, release)
    assert report.matched == ("answer_why",)
    assert cell_of(notebook, "answer_why").source == written


def test_a_helper_in_the_place_of_a_deleted_test_is_not_taken_for_it(submission, release):
    place = submission.cells.index(cell_of(submission, "test_double"))
    submission.cells[place] = nbformat.v4.new_code_cell("def two():\n    return 2")
    notebook, report = repair(submission, release)
    assert report.put_back == ("test_double",)
    assert any(cell.source.startswith("def two") for cell in notebook.cells)
    assert cell_of(notebook, "test_double").source.startswith("def test_double():\n    assert double(2)")


@pytest.mark.parametrize("keep_ids", [True, False])
def test_in_another_order_nothing_gets_the_wrong_metadata(submission, release, keep_ids):
    lost = stripped(submission, keep_ids)
    texts = {name: cell_of(submission, name).source for name in GRADED}
    rng = random.Random(0)
    for _ in range(20):
        rng.shuffle(lost.cells)
        notebook, report = repair(lost, release)
        found = {*report.matched}
        assert {"test_value", "test_double", "value"} <= found
        for name in found:
            assert cell_of(notebook, name).source == texts[name]


def test_one_lost_cell_among_whole_ones_is_found_by_its_place(submission, release):
    """The stub of `double` holds no line of the student's own: only its place tells."""
    cell = cell_of(submission, "double")
    cell.metadata, cell.id = nbformat.NotebookNode(), "new"
    assert repair(submission, release)[1].matched == ("double",)


def test_where_two_cells_could_be_it_none_is_taken(submission, release):
    cell = cell_of(submission, "double")
    cell.metadata, cell.id = nbformat.NotebookNode(), "new"
    submission.cells.insert(submission.cells.index(cell), nbformat.v4.new_code_cell("helper = 1"))
    notebook, report = repair(submission, release)
    assert report.missing == ("double",)
    assert all(cell.source != "raise NotImplementedError()" for cell in notebook.cells)


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [nbformat.v4.new_code_cell("print('another homework')"), nbformat.v4.new_markdown_cell("# Another homework")],
    ],
)
def test_another_or_an_empty_notebook_is_named(release, cells):
    notebook, report = repair(nbformat.v4.new_notebook(cells=cells), release)
    assert {*report.missing, *report.put_back} == {*GRADED}
    assert "no graded cell was found" in str(report)
    assert ids(notebook) == ["test_value", "test_double", "answer_why"]


def test_stripped_and_with_tests_edited_a_little_they_are_found(submission, release):
    cell_of(submission, "test_value").source += "\nprint('mine')"
    assert repair(stripped(submission), release)[1].matched == GRADED


def test_stripped_and_with_tests_edited_away_they_are_put_back(submission, release):
    notebook, report = repair(stripped(with_edited_tests(submission, "x = 1")), release)
    assert {"test_value", "test_double"} <= {*report.matched, *report.put_back}
    assert {"test_value", "test_double"} <= {*ids(notebook)}


def as_type(kind, cell):
    """A cell after its type was switched, as JupyterLab does it: id, metadata and text stay."""
    make = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }
    return make[kind](cell.source, id=cell.id, metadata=cell.metadata)


@pytest.mark.parametrize("kind", ["code", "markdown", "raw"])
@pytest.mark.parametrize("lost", ["nothing", "metadata", "metadata and ids"])
def test_a_switched_type_is_given_back_and_costs_nothing(submission, release, kind, lost):
    texts = [cell.source for cell in submission.cells]
    for number, cell in enumerate(submission.cells):
        switched = copy.deepcopy(submission)
        switched.cells[number] = as_type(kind, cell)
        if lost != "nothing":
            switched = stripped(switched, keep_ids=lost == "metadata")
        notebook, _ = repair(switched, release)
        assert [cell.source for cell in notebook.cells] == texts
        assert [cell.cell_type for cell in notebook.cells] == [cell.cell_type for cell in release.cells]
        assert [cell.metadata.get("nbgrader") for cell in notebook.cells] == [
            cell.metadata.get("nbgrader") for cell in release.cells
        ]
        nbformat.validate(notebook)


def test_all_types_switched_at_once_are_given_back(submission, release):
    for kind in ("code", "markdown", "raw"):
        switched = copy.deepcopy(submission)
        switched.cells = [as_type(kind, cell) for cell in switched.cells]
        notebook, report = repair(switched, release)
        assert report.whole == GRADED
        assert [cell.cell_type for cell in notebook.cells] == [cell.cell_type for cell in release.cells]


def test_a_students_own_code_in_the_place_of_a_text_stays_code(submission, release):
    place = next(n for n, cell in enumerate(submission.cells) if cell.source.startswith("## Exercise 1"))
    submission.cells[place] = as_type("code", submission.cells[place])
    submission.cells[place].source = "base = 2"
    notebook, _ = repair(submission, release)
    assert (notebook.cells[place].cell_type, notebook.cells[place].source) == ("code", "base = 2")


def test_an_edited_test_that_was_switched_to_text_is_a_test_again(submission, release):
    place = submission.cells.index(cell_of(submission, "test_double"))
    submission.cells[place] = as_type("markdown", submission.cells[place])
    submission.cells[place].source = "I passed."
    notebook, report = repair(submission, release)
    assert report.whole == GRADED
    assert notebook.cells[place].cell_type == "code"  # nbgrader puts its text back
    assert notebook.cells[place].metadata == cell_of(release, "test_double").metadata


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("double", nbformat.v4.new_markdown_cell("I could not do this one.")),
        ("answer_why", nbformat.v4.new_code_cell("print(double(3))")),
        ("answer_why", nbformat.v4.new_raw_cell("x = 1")),
        ("answer_why", nbformat.v4.new_code_cell("%matplotlib inline\n!ls")),
    ],
)
def test_what_cannot_be_the_cell_is_not_taken_for_it(submission, release, name, own):
    place = submission.cells.index(cell_of(submission, name))
    submission.cells[place] = own
    notebook, report = repair(submission, release)
    assert report.missing == (name,)
    (kept,) = (cell for cell in notebook.cells if cell.source == own.source)
    assert (kept.cell_type, kept.metadata) == (own.cell_type, {})


def test_an_answer_in_a_raw_cell_below_its_cell_is_taken(submission, release):
    written = submission.cells[-1].source
    submission.cells[-1].source = release.cells[-1].source
    submission.cells.append(nbformat.v4.new_raw_cell(written))
    notebook, report = repair(submission, release)
    assert report.matched == ("answer_why",)
    assert (cell_of(notebook, "answer_why").source, cell_of(notebook, "answer_why").cell_type) == (written, "markdown")


def test_broken_code_below_a_written_answer_is_not_taken_for_it(submission, release):
    submission.cells[-1].source = release.cells[-1].source
    submission.cells.append(nbformat.v4.new_code_cell("def f(:"))
    notebook, report = repair(submission, release)
    assert report.whole == GRADED
    assert notebook.cells[-1].cell_type == "code"


def test_code_that_is_quoted_in_a_text_is_not_taken_for_the_code(submission, release):
    quotation = nbformat.v4.new_markdown_cell(cell_of(submission, "test_value").source + "\nThat is what it tests.")
    submission.cells.insert(0, quotation)
    notebook, report = repair(stripped(submission), release)
    assert report.matched == GRADED
    assert notebook.cells[0].cell_type == "markdown"
    assert grade_id(notebook.cells[0]) is None


@pytest.mark.parametrize("minor", [0, 4, 5])
@pytest.mark.parametrize("kind", ["code", "markdown", "raw"])
def test_every_cell_has_an_id_of_its_own_afterwards(submission, release, minor, kind):
    submission.cells.append(as_type(kind, nbformat.v4.new_code_cell("a note of mine")))
    submission.nbformat_minor = minor
    for number, cell in enumerate(submission.cells):
        cell.pop("id")
        if minor == 5:
            cell["id"] = [None, 7, "", "twice", "twice", "no id!"][number % 6]
    notebook, report = repair(submission, release)
    assert report.whole == GRADED
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    nbformat.validate(notebook)


def test_half_an_emoji_costs_nothing(submission, release):
    for cell in submission.cells:
        cell.source += "\n# \ud83d"
    notebook, report = repair(submission, release)
    assert report.whole == GRADED
    nbformat.writes(notebook).encode()
    assert all(cell.source.endswith("\n# ?") for cell in notebook.cells)


def test_where_no_cell_has_an_id_the_place_is_no_id(submission, release):
    """Ids that are made up here match nothing, neither in this notebook nor in the release."""
    for notebook in (submission, release):
        notebook.nbformat_minor = 4
        for cell in notebook.cells:
            del cell["id"]
    submission.cells.insert(0, nbformat.v4.new_markdown_cell("My name"))
    for cell in submission.cells:
        cell.metadata = nbformat.NotebookNode()
    repaired, report = repair(submission, release)
    assert report.matched == GRADED
    assert grade_id(repaired.cells[0]) is None


def test_many_cells_are_matched_in_a_moment(submission, release):
    submission.cells += [nbformat.v4.new_code_cell(f"x{number} = {number}") for number in range(400)]
    assert repair(stripped(submission), release)[1].matched == GRADED


def test_a_text_of_empty_lines_takes_no_time(submission, release):
    submission.cells.insert(3, nbformat.v4.new_markdown_cell("\n" * 200_000 + "x"))
    cell_of(submission, "value").metadata.clear()
    start = time.monotonic()
    repair(stripped(submission), release)
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("found", [{"a": {"image/png": 5}}, {"a": 5}, [1], 5])
def test_attachments_that_are_none_are_dropped(submission, release, found):
    number = submission.cells.index(cell_of(submission, "answer_why"))
    submission.cells[number] = raw = nbformat.v4.new_raw_cell("Because.", metadata=submission.cells[number].metadata)
    raw["attachments"] = found
    answer = cell_of(repair(submission, release)[0], "answer_why")
    assert (answer.cell_type, answer.source) == ("markdown", "Because.")
    assert "attachments" not in answer
