"""The small homework is handed in in many ways. Each gets the right points, and none harms the others."""

import csv
import functools
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import nbformat
import pytest
from handed_in import empty, from_colab, read, right, save, stripped, with_edited_tests

nbgrader = pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")

from nbgrader.api import get_alembic_version  # noqa: E402
from sqlalchemy import text  # noqa: E402

from gan_course.homework import __main__ as commands  # noqa: E402
from gan_course.homework import names, sandbox  # noqa: E402
from gan_course.homework.collect import collect  # noqa: E402
from gan_course.homework.course import Problem, last_error, notebook_of, open_course, read_submission  # noqa: E402
from gan_course.homework.course import read as read_any  # noqa: E402
from gan_course.homework.feedback import feedback  # noqa: E402
from gan_course.homework.grade import grade  # noqa: E402
from gan_course.homework.grades import grades  # noqa: E402
from gan_course.homework.reports import STOPS  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # nbclient leaves sockets open
]
WAITS = "and up to 5 points wait for you"


@pytest.fixture(scope="module")
def hand_in(course, released, tmp_path_factory):
    """Hand a notebook in, or the changed answers of one, and grade it. Gives the line that `grade` says."""
    source, release, _ = released("mini")

    def hand_in(student, notebook=None, **answers):
        inbox = tmp_path_factory.mktemp("inbox")
        save(right(source, release, **answers) if notebook is None else notebook, inbox / student / "mini.ipynb")
        list(collect(course, "mini", inbox))
        (line,) = (said.text for said in grade(course, "mini", student) if said.text.startswith(f"{student}:"))
        return line.removeprefix(f"{student}: ")

    hand_in.right, hand_in.release = right(source, release), release
    hand_in.with_answers = functools.partial(right, source, release)
    return hand_in


def table(course, tmp_path):
    list(grades(course, "mini", tmp_path / "grades.csv"))
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_right_answers_get_all_points(hand_in):
    assert hand_in("ada") == f"15 of 20, {WAITS}"


def test_as_colab_saves_it_too(hand_in):
    assert hand_in("colab", from_colab(hand_in.right)) == f"15 of 20, {WAITS}"


def test_untouched_scores_nothing_and_waits_for_nobody(hand_in):
    assert hand_in("untouched", hand_in.release) == "0 of 20"


def test_empty_is_no_silent_zero(hand_in, course, tmp_path):
    assert "no graded cell was found" in hand_in("empty", empty())
    assert "no graded cell was found" in table(course, tmp_path)["empty"]["note"]


def test_hard_coded_with_edited_tests_gets_what_the_hidden_tests_leave(hand_in):
    lazy = {"value": "def value(real, fake):\n    return -1.3862943611198906", "double": "double = lambda x: 4"}
    edited = with_edited_tests(hand_in.with_answers(**lazy))
    assert hand_in("edited", edited) == f"0 of 20, {WAITS}"


def test_stripped_is_repaired_and_reported(hand_in, course, tmp_path):
    assert hand_in("stripped", stripped(hand_in.right)).startswith(f"15 of 20, {WAITS}; metadata lost and restored")
    assert "metadata lost and restored" in table(course, tmp_path)["stripped"]["note"]


@pytest.mark.parametrize("minor", [0, 4, 5])
def test_a_raw_cell_of_the_students_own_costs_nothing(hand_in, minor):
    notebook = json.loads(nbformat.writes(hand_in.right))
    notebook["cells"].insert(3, {"cell_type": "raw", "metadata": {}, "source": "a note, <b>raw</b>", "id": "note"})
    notebook["nbformat_minor"] = minor
    for cell in notebook["cells"]:
        if minor < 5:
            del cell["id"]
    assert hand_in(f"raw-{minor}", json.dumps(notebook)) == f"15 of 20, {WAITS}"


@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
@pytest.mark.parametrize(
    "change", [lambda cell: cell.update(id="twice"), lambda cell: cell.update(source=[*cell["source"], "\n# \ud83d"])]
)
def test_cells_that_share_an_id_or_hold_half_an_emoji_cost_nothing(hand_in, change):
    notebook = json.loads(nbformat.writes(hand_in.right))
    for cell in notebook["cells"]:
        change(cell)
    assert hand_in("odd", json.dumps(notebook)).startswith(f"15 of 20, {WAITS}")


@pytest.mark.parametrize("kind", ["raw", "markdown", "code"])
@pytest.mark.parametrize("keep", ["all", "ids"])
def test_a_cells_type_that_was_switched_costs_nothing(hand_in, course, kind, keep):
    notebook = hand_in.with_answers() if keep == "all" else stripped(hand_in.right, keep_ids=True)
    make = getattr(nbformat.v4, f"new_{kind}_cell")
    notebook.cells = [make(cell.source, id=cell.id, metadata=cell.metadata) for cell in notebook.cells]
    student = f"switched-{kind}-{keep}"
    assert hand_in(student, notebook).startswith(f"15 of 20, {WAITS}")
    graded = read(notebook_of(course.coursedir, "autograded", "mini", student))
    assert [cell.cell_type for cell in graded.cells] == [cell.cell_type for cell in hand_in.release.cells]


def test_an_edited_test_in_a_switched_cell_is_put_back(hand_in):
    notebook = with_edited_tests(hand_in.with_answers(double="def double(x):\n    return 0"))
    make = nbformat.v4.new_raw_cell
    notebook.cells = [make(cell.source, id=cell.id, metadata=cell.metadata) for cell in notebook.cells]
    assert hand_in("edited-raw", notebook) == f"10 of 20, {WAITS}"


def test_a_test_that_was_deleted_is_put_back_and_scored_and_not_called_lost(hand_in, course, tmp_path):
    notebook = hand_in.with_answers()
    notebook.cells = [cell for cell in notebook.cells if "assert" not in cell.source]
    note = "deleted, and put back: test_value, test_double"
    assert hand_in("deleted", notebook) == f"15 of 20, {WAITS}; {note}"
    assert table(course, tmp_path)["deleted"]["note"] == note


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_in_another_encoding_it_is_graded(hand_in, course, tmp_path, encoding):
    text = json.dumps(
        json.loads(nbformat.writes(hand_in.with_answers(answer_why="Weil es so schön ist."))), ensure_ascii=False
    )
    path = tmp_path / "in" / f"in-{encoding}" / "mini.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode(encoding))
    list(collect(course, "mini", tmp_path / "in"))
    (said,) = (said for said in grade(course, "mini", f"in-{encoding}") if "Warning" not in said.text)
    assert said == (f"in-{encoding}: 15 of 20, {WAITS}", True)
    graded = read(notebook_of(course.coursedir, "autograded", "mini", f"in-{encoding}"))
    assert graded.cells[-1].source == "Weil es so schön ist."


@pytest.mark.parametrize(
    "name", ["Ana Maria", "O'Neil", "रीमा र-म", "Nguyễn Văn Á", "ada+x@uni.edu", "Ada L.", "con", "न" * 80]
)
def test_whoever_it_is_they_are_graded_get_feedback_and_stand_in_the_table(hand_in, course, tmp_path, name):
    student = names.student_id(name)
    save(hand_in.right, tmp_path / "in" / name / "mini.ipynb")
    said = list(collect(course, "mini", tmp_path / "in"))
    assert said[0].text.startswith(f"{student}: collected {name}/mini.ipynb"[:100])
    label = student if name == student else f"{student} ({names.display_name(name)})"
    (said,) = (said for said in grade(course, "mini", student) if "Warning" not in said.text)
    assert said == (f"{label}: 15 of 20, {WAITS}", True)
    assert list(feedback(course, "mini", student)) == [(f"{label}: feedback/{student}/mini/mini.html", True)]
    row = table(course, tmp_path)[student]
    assert (row["score"], f"{row['first_name']} {row['last_name']}".strip()) == (
        "15.0",
        "" if name == student else name,
    )
    assert student in course.get_submitted_students("mini")
    assert student in course.get_autograded_students("mini")


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    ("student", "answers", "points", "note"),
    [
        ("loop", {"value": "def value(real, fake):\n    while True:\n        pass"}, 5, "CellTimeoutError"),
        ("loop-on-import", {"value": "while True:\n    pass"}, 5, "CellTimeoutError"),
        (
            "stubborn",
            {
                "double": "def double(x):\n    while True:\n        try:\n            while True: pass\n"
                "        except KeyboardInterrupt:\n            pass"
            },
            10,
            "TimeoutError",
        ),
        (
            "crash",
            {"double": "import os\ndef double(x):\n    os.abort()"},
            10,
            "was killed by SIGABRT (os.abort(), or a crash",
        ),
        (
            "leaves",
            {"double": "import os\ndef double(x):\n    os._exit(1)"},
            10,
            "ended Python itself, with exit code 1",
        ),
        (
            "quits",
            {"double": "exit()\nimport time\ntime.sleep(1)"},
            10,
            "ended Python itself, with exit code 0, as exit()",
        ),
        ("segfault", {"double": "import os\ndef double(x):\n    os.kill(os.getpid(), 11)"}, 10, "killed by SIGSEGV"),
        ("system-exit", {"double": "def double(x):\n    raise SystemExit(3)"}, 10, ""),
        ("killer", {"double": "import os\ndef double(x):\n    os.kill(-1, 9)"}, 10, ""),
        ("memory", {"double": "def double(x):\n    a = []\n    while True: a.append(bytearray(2**28))"}, 10, ""),
        ("flood", {"double": "def double(x):\n    while True: print('x' * 1000)"}, 10, "CellTimeoutError"),
        ("exit", {"double": "import sys\ndef double(x):\n    sys.exit()"}, 10, ""),
        ("input", {"double": "def double(x):\n    return float(input('x'))"}, 10, ""),
    ],
)
def test_loops_and_crashes_cost_their_own_exercise_only_and_are_noted(hand_in, student, answers, points, note):
    said = hand_in(student, **answers)
    assert said.startswith(f"{points} of 20, {WAITS}")
    assert note in said


def test_a_crash_is_named_in_the_feedback(hand_in, course):
    hand_in("crash", double="import os\ndef double(x):\n    os._exit(1)")
    list(feedback(course, "mini", "crash"))
    page = notebook_of(course.coursedir, "feedback", "mini", "crash").with_suffix(".html").read_text(encoding="utf-8")
    assert "the code ended Python itself, with exit code 1, as exit(), quit() or os._exit(1) do" in page


@pytest.mark.parametrize(
    ("student", "double"),
    [
        # Each of these gets all points from nbgrader as it comes.
        ("shows-its-grade", "import sys\ndef double(x):\n    sys.displayhook(5.0)\n    return 0"),
        ("prints-then-fails", "def double(x):\n    print(5.0)\n    return 0"),
    ],
)
def test_a_number_on_show_is_no_grade(hand_in, student, double):
    assert hand_in(student, double=double) == f"10 of 20, {WAITS}"


def test_a_warning_costs_nothing(hand_in):
    double = "import sys, warnings\ndef double(x):\n    print('!', file=sys.stderr)\n    warnings.warn('!')\n"
    double += "    return 2 * x"
    assert hand_in("warned", double=double) == f"15 of 20, {WAITS}"


def test_a_notebook_that_cannot_be_read_is_named_and_stops_nobody(hand_in, course, tmp_path):
    hand_in("broken-neighbor")
    said = hand_in("broken", '{"cells": [')
    assert said.startswith("NOT GRADED. mini.ipynb is not a notebook that can be read")
    row = table(course, tmp_path)["broken"]
    assert (row["score"], row["waits_for_manual_grading"]) == ("", "no")
    assert row["note"].startswith("not graded: ")
    assert table(course, tmp_path)["broken-neighbor"]["score"] == "15.0"


def test_a_bad_second_version_leaves_no_old_grade_in_the_table(hand_in, course, tmp_path):
    hand_in("twice")
    assert table(course, tmp_path)["twice"]["score"] == "15.0"
    hand_in("twice", "not a notebook")
    assert table(course, tmp_path)["twice"]["score"] == ""
    assert hand_in("twice") == f"15 of 20, {WAITS}"


def test_grading_again_changes_nothing_not_even_what_a_person_graded(hand_in, course, tmp_path):
    hand_in("again")
    set_by_hand(course, "again", 4)
    before = table(course, tmp_path)
    assert (before["again"]["score"], before["again"]["waits_for_manual_grading"]) == ("19.0", "no")
    for _ in range(2):
        said = [said for said in grade(course, "mini", "again") if "Warning" not in said.text]
        assert said == [("again: 19 of 20", True)]
        assert table(course, tmp_path) == before


def test_another_answer_asks_for_a_second_look(hand_in, course):
    hand_in("changed")
    set_by_hand(course, "changed", 4)
    assert hand_in("changed", answer_why="Another reason.") == f"19 of 20, {WAITS}"


def set_by_hand(course, student, points):
    """What the formgrader does when a person enters points."""
    with course.gradebook as gradebook:
        written = gradebook.find_grade("answer_why", "mini", "mini", student)
        written.manual_score, written.needs_manual_grade = points, False
        gradebook.db.commit()


def test_feedback_says_what_the_tests_said_and_shows_no_hidden_test(hand_in, course):
    hand_in("lazy", value="def value(real, fake):\n    return -1.3862943611198906")
    assert list(feedback(course, "mini", "lazy")) == [("lazy: feedback/lazy/mini/mini.html", True)]
    page = notebook_of(course.coursedir, "feedback", "mini", "lazy").with_suffix(".html").read_text(encoding="utf-8")
    assert "On other numbers it differs" in page
    assert "Expected -log 4" in page  # the visible test
    for hidden in ("quarter", "BEGIN HIDDEN", "double(7)"):
        assert hidden not in page


def test_a_script_does_not_reach_the_instructors_browser(hand_in, course):
    shows = (
        "from IPython.display import HTML, display\ndef double(x):\n    display(HTML('<script>alert(1)</script>'))\n"
    )
    shows += "    display({'text/plain': 'x'}, raw=True, display_id='late')\n"
    shows += "    display({'image/png': '\"><script>alert(2)</script>', 'text/plain': 'x'}, raw=True)\n    return 2 * x"
    written = "<script>alert(3)</script>, <img onerror=x>, [x](java&#115;cript:alert(5))"
    notebook = hand_in.with_answers(double=shows, answer_why=written)
    late = "display({'text/html': '<script>alert(6)</script>'}, raw=True, display_id='late', update=True)"
    notebook.cells += [nbformat.v4.new_raw_cell("<script>alert(4)</script>"), nbformat.v4.new_code_cell(late)]
    assert hand_in("script", notebook) == f"15 of 20, {WAITS}"
    list(feedback(course, "mini", "script"))
    page = notebook_of(course.coursedir, "feedback", "mini", "script").with_suffix(".html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img onerror" not in page
    assert "script:alert" not in page
    assert "alert(3)" in page  # it is there to be read


def test_a_test_that_a_student_prints_stays_hidden(hand_in, course):
    notebook = hand_in.with_answers(double="def double(x):\n    raise ValueError(repr(In[-1]))")
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in ("print(In)", "%tb", "In[-3]", "print(In[-5])")]
    hand_in("nosy", notebook)
    list(feedback(course, "mini", "nosy"))
    page = notebook_of(course.coursedir, "feedback", "mini", "nosy").with_suffix(".html").read_text(encoding="utf-8")
    assert "[a hidden test]" in page
    for hidden in ("double(7)", "quarter = np", "Expected 14"):
        assert hidden not in re.sub("<[^>]*>", "", html.unescape(page))


def test_what_is_too_much_is_cut(hand_in, course):
    double = "from IPython.display import display\ndef double(x):\n    for _ in range(20):\n"
    double += "        display({'text/plain': 'y' * 10**6}, raw=True)\n    raise ValueError('z' * 10**7)"
    assert hand_in("much", double=double) == f"10 of 20, {WAITS}"
    assert notebook_of(course.coursedir, "autograded", "mini", "much").stat().st_size < 2_000_000


@pytest.mark.parametrize(
    "damage",
    [
        {"source": None},
        {"source": 5},
        {"cell_type": None},
        {"metadata": []},
        {"cell_type": "heading"},
    ],
)
def test_a_damaged_cell_is_named_and_stops_nobody(hand_in, course, tmp_path, damage):
    notebook = json.loads(nbformat.writes(hand_in.right))
    notebook["cells"][2].update(damage)
    for name in ("aaa", "zoe"):
        save(json.dumps(notebook) if name == "aaa" else hand_in.right, tmp_path / "inbox" / name / "mini.ipynb")
    list(collect(course, "mini", tmp_path / "inbox"))
    said = [*grade(course, "mini", "aaa"), *grade(course, "mini", "zoe")]
    lines = {text.partition(":")[0]: text for text, _ in said}
    assert "NOT GRADED" in lines["aaa"] or "15 of 20" in lines["aaa"]
    assert lines["zoe"].startswith("zoe: 15 of 20")
    assert table(course, tmp_path)["zoe"]["score"] == "15.0"


def test_points_given_by_hand_to_a_test_stay_and_wait_no_more(hand_in, course, tmp_path):
    hand_in("generous", double="def double(x):\n    return 0")
    with course.gradebook as gradebook:
        test = gradebook.find_grade("test_double", "mini", "mini", "generous")
        test.manual_score, test.needs_manual_grade = 3, False
        gradebook.db.commit()
    before = table(course, tmp_path)["generous"]
    assert before["score"] == "13.0"
    list(grade(course, "mini", "generous"))
    assert table(course, tmp_path)["generous"] == before


def test_no_name_is_a_formula(hand_in, course, tmp_path):
    hand_in("plus")
    with course.gradebook as gradebook:
        gradebook.update_or_create_student("plus", first_name='=HYPERLINK("x")', last_name="a, b")
    row = table(course, tmp_path)["plus"]
    assert (row["first_name"], row["last_name"]) == ('\'=HYPERLINK("x")', "a, b")


def test_a_text_full_of_entities_takes_no_time(hand_in):
    notebook = hand_in.with_answers(answer_why="&" + "amp;" * 200_000 + "lt;script>")
    start = time.monotonic()
    assert hand_in("entities", notebook) == f"15 of 20, {WAITS}"
    assert time.monotonic() - start < 30


def test_a_newer_version_that_was_not_graded_shows_no_old_score(hand_in, course, tmp_path):
    hand_in("newer")
    save(hand_in.with_answers(double="def double(x):\n    return 0"), tmp_path / "in" / "newer" / "mini.ipynb")
    list(collect(course, "mini", tmp_path / "in"))
    path = notebook_of(course.coursedir, "submitted", "mini", "newer")
    os.utime(path, (path.stat().st_mtime + 5, path.stat().st_mtime + 5))
    row = table(course, tmp_path)["newer"]
    assert (row["score"], row["note"]) == (
        "",
        "not graded yet: a newer version was collected after the last grading; run the command grade again",
    )
    said = next(feedback(course, "mini", "newer"))
    assert "no feedback" in said.text
    assert not said.ok


def test_taking_the_same_in_again_asks_for_no_new_grading(hand_in, course, tmp_path):
    hand_in("same")
    save(hand_in.right, tmp_path / "in" / "same" / "mini.ipynb")
    list(collect(course, "mini", tmp_path / "in"))
    assert table(course, tmp_path)["same"]["score"] == "15.0"


def test_what_a_student_writes_is_one_plain_line_in_the_terminal(hand_in):
    double = "def double(x):\n    raise TimeoutError('late\\n\\x1b[31mzoe: 20 of 20')"
    assert hand_in("forger", double=double) == f"10 of 20, {WAITS}; TimeoutError: late [31mzoe: 20 of 20"


def test_a_command_that_could_not_grade_returns_one(hand_in, course, monkeypatch, capsys):
    hand_in("broken", '{"cells": [')
    hand_in("ada")
    monkeypatch.chdir(course.coursedir.root)
    assert commands.main(["grade", "mini", "--student", "broken"]) == 1
    assert commands.main(["grade", "mini", "--student", "ada"]) == 0
    assert commands.main(["grade", "hw9"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_no_files_name_decides_what_a_command_returns(hand_in, course, monkeypatch, tmp_path, capsys):
    hand_in("ada")
    inbox = save(hand_in.right, tmp_path / "in" / "ada" / "mini.ipynb").parents[1]
    (inbox / "ada" / "not collected: FAILED. x.txt").write_text("x")
    (inbox / "ada" / "x: NOT GRADED. x.txt").write_text("x")
    monkeypatch.chdir(course.coursedir.root)
    assert commands.main(["collect", "mini", str(inbox)]) == 0
    assert commands.main(["feedback", "mini", "--student", "ada"]) == 0
    assert ": NOT GRADED. " in capsys.readouterr().out
    monkeypatch.setattr(
        type(course), "generate_feedback", lambda *_: {"success": False, "error": "a reason", "log": ""}
    )
    assert commands.main(["feedback", "mini", "--student", "ada"]) == 1
    assert capsys.readouterr().out == "ada: FAILED. a reason\n"
    (tmp_path / "nothing").mkdir()
    assert commands.main(["collect", "mini", str(tmp_path / "nothing")]) == 1


def test_a_grade_book_needs_no_program_on_the_path(course, tmp_path, monkeypatch):
    """nbgrader asks the program `alembic` for the version; without an activated environment there is none."""
    version = get_alembic_version() if shutil.which("alembic") else None
    shutil.copy(pathlib.Path(course.coursedir.root) / "nbgrader_config.py", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    for _ in range(2):
        with open_course(tmp_path).gradebook as gradebook:
            ours = gradebook.db.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
            assert len(ours) == 1
            assert version in (None, ours[0])
            gradebook.update_or_create_student("ada")
            assert [student.id for student in gradebook.students] == ["ada"]


def test_nbgraders_own_export_writes_the_table(course, hand_in):
    hand_in("ada")
    to = ["--exporter=gan_course.homework.grades.Grades", "--to=mine.csv"]
    command = [sys.executable, "-m", "nbgrader", "export", *to]
    child = subprocess.run(command, cwd=course.coursedir.root, capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    text = (pathlib.Path(course.coursedir.root) / "mine.csv").read_text(encoding="utf-8")
    assert text.startswith(
        "assignment,student_id,first_name,last_name,score,max_score,waits_for_manual_grading,late,note"
    )
    assert "mini,ada,,,15.0,20.0,yes,," in text


def test_a_student_sees_neither_the_course_nor_the_hidden_tests(hand_in, course):
    """Run as a submission: what a curious student's code can find out about the grading."""
    spy = (
        "import glob, os\nfiles = (path for path in glob.glob('**', recursive=True) if os.path.isfile(path))\n"
        "found = [open(path).read() for path in files]\n"
        f"assert not os.path.exists({str(course.coursedir.root)!r}), 'the course'\n"
        "assert not any('HIDDEN' in text for text in found), 'hidden tests'\n"
        "def double(x):\n    return 2 * x"
    )
    if sandbox.walls() == "none":
        pytest.skip("bubblewrap is missing or does not work here")
    assert hand_in("spy", double=spy) == f"15 of 20, {WAITS}"


def test_the_table_names_students_as_the_platform_does(course, released, tmp_path):
    source, release, _ = released("mini")
    save(right(source, release), tmp_path / "Ada King Lovelace_77_assignsubmission_file" / "mini (3).ipynb")
    lines = list(collect(course, "mini", tmp_path))
    assert lines[0].text.startswith("77: collected Ada King Lovelace_77_assignsubmission_file")
    assert lines[-1] == ("1 submissions collected, 0 files not collected", True)
    (said,) = (said.text for said in grade(course, "mini", "77") if "Warning" not in said.text)
    assert said == f"77 (Ada King Lovelace): 15 of 20, {WAITS}"
    row = table(course, tmp_path)["77"]
    assert (row["first_name"], row["last_name"], row["score"], row["max_score"]) == (
        "Ada",
        "King Lovelace",
        "15.0",
        "20.0",
    )
    assert row["waits_for_manual_grading"] == "yes"


def test_what_was_not_graded_yet_is_said(course, hand_in, tmp_path):
    save(hand_in.right, tmp_path / "new" / "mini.ipynb")
    list(collect(course, "mini", tmp_path))
    assert (
        table(course, tmp_path)["new"]["note"]
        == "not graded yet: run the command grade; if you did, its output says why this submission was not graded"
    )
    summary = next(grades(course, "mini", tmp_path / "grades.csv")).text
    new = sum(row["note"].startswith("not graded yet") for row in table(course, tmp_path).values())
    assert f", {new} not graded yet, " in summary


def test_unprotected_is_refused_first_and_allowed_with_a_warning(hand_in, course, monkeypatch):
    hand_in("ada")
    sandbox._namespaces.cache_clear()
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    try:
        with pytest.raises(sandbox.NoSandbox, match="Expected a working bubblewrap"):
            list(grade(course, "mini", "ada"))
        course.config.KernelManager.unprotected = True
        beware, line = grade(course, "mini", "ada")
        assert beware.text.startswith("Warning: there is no sandbox")
        assert line.text.startswith("ada: 15 of 20")
    finally:
        course.config.KernelManager.unprotected = False
        sandbox._namespaces.cache_clear()


@pytest.mark.parametrize(
    "command", [lambda course: grade(course, "hw1"), lambda course: grade(course, "mini", "nobody")]
)
def test_errors_say_what_to_do(course, hand_in, command):
    hand_in("ada")
    with pytest.raises(Problem, match=r"Expected .* Received: .*"):
        list(command(course))


def test_nbgraders_own_command_takes_the_same_steps(course, hand_in):
    """`nbgrader autograde` in the course's folder, and so the formgrader, repairs and guards too."""
    hand_in("stripped", stripped(hand_in.right))
    command = [sys.executable, "-m", "nbgrader", "autograde", "mini", "--force", "--student=stripped"]
    child = subprocess.run(command, cwd=course.coursedir.root, capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    assert "metadata lost and restored" in child.stderr
    graded = read(notebook_of(course.coursedir, "autograded", "mini", "stripped"))
    assert sum("grade_id" in cell.metadata.get("nbgrader", {}) for cell in graded.cells) == 5


def test_what_cannot_be_repaired_stops_nobody_and_empties_no_table(hand_in, course, tmp_path, monkeypatch):
    hand_in("unlucky")
    before = table(course, tmp_path)

    def broken(*_):
        raise RuntimeError("odd")

    monkeypatch.setattr("gan_course.homework.preflight.repair", broken)
    lines = {said.text for said in feedback(course, "mini") if not said.ok}
    assert any(line.startswith("unlucky: no feedback. mini.ipynb cannot be repaired (RuntimeError)") for line in lines)
    assert table(course, tmp_path)["unlucky"]["note"].startswith("not graded: mini.ipynb cannot be repaired")
    monkeypatch.undo()
    monkeypatch.setattr("gan_course.homework.grades.students", broken)
    with pytest.raises(RuntimeError):
        table(course, tmp_path)
    monkeypatch.undo()
    assert table(course, tmp_path) == before


@pytest.mark.parametrize("cells", [["x" * 1_000_001], [""] * 2_001])
def test_what_is_too_large_is_named_and_only_where_it_is_handed_in(tmp_path, cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text) for text in cells])
    save(notebook, tmp_path / "mini.ipynb")
    assert len(read_any(tmp_path / "mini.ipynb").cells) == len(cells)
    with pytest.raises(Problem, match=r"Expected at most 2,000 .* Received: .* Ask for"):
        read_submission(tmp_path / "mini.ipynb")


def test_what_is_said_of_a_failure_does_nothing_to_a_terminal():
    said = last_error({"log": f"fine\nRuntimeError: \x1b[2J{'y' * 1_000}\nfine"})
    assert said.startswith("RuntimeError: [2Jyyy")
    assert len(said) == 200
    assert {"DeadKernelError", "CellTimeoutError", "ForgedMessageError", "TamperedError"} < set(STOPS)
