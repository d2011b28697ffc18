"""Variants of a homework: what they change, what answers to other variants score, and who gets which."""

import copy
import csv
import itertools
import re
import shutil

import nbformat
import pytest
from handed_in import HOMEWORK, grade_id, is_answer, read, right, save
from variant_runs import error, run_option, same_option, source_of

pytest.importorskip("nbgrader", reason="the instructor's side needs nbgrader")

from gan_course.homework import handout, variants
from gan_course.homework.collect import collect
from gan_course.homework.course import Problem, homework_and_variant, notebook_of, open_course
from gan_course.homework.feedback import feedback
from gan_course.homework.grade import grade
from gan_course.homework.grades import grades
from gan_course.homework.release import leaks, release
from gan_course.homework.remove import remove

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # nbclient leaves sockets open
]
WITH_VARIANTS = sorted(path.stem for path in (HOMEWORK / "variants").glob("*.toml"))
MINI = """
[value]
options = [{ name = "cost", sign = "-", base = 2 }, { name = "gain", sign = "", base = 10 }]
says = "It counts in logarithms to base {{ base }}{% if sign %}, with the other sign{% endif %}."
answer = '''
def {{ name }}(fake, real):
    ### BEGIN SOLUTION
    return {{ sign }}(np.log(real).mean() + np.log1p(-fake).mean()) / np.log({{ base }})
    ### END SOLUTION
'''
translation = '''
def {{ public }}(real, fake):
    return {{ sign }}{{ name }}(fake, real) * np.log({{ base }})
'''

[double]
options = [{ name = "twice_as_text" }, { name = "half_of_it" }]
says = "It differs."
answer = '''
def {{ name }}(x):
    ### BEGIN SOLUTION
    {{ "y = 2 * x; return str(y)" if name == "twice_as_text" else "y = 4 * x; return y / 4" }}
    ### END SOLUTION
'''
translation = '''
def {{ public }}(x):
    return {{ "int(twice_as_text(x))" if name == "twice_as_text" else "2 * half_of_it(x)" }}
'''
"""


# ------------------------------------------------------------------------------------------- what answers score


@pytest.fixture(scope="module")
def run_of():
    """The runs, each made once. Option 1 also gets the published answers, and each those of the next option."""
    done = {}

    def get(homework, option):
        if (homework, option) not in done:
            done[homework, option] = run_option(
                homework, option, others={option % 3 + 1} | ({0} if option == 1 else set())
            )
        return done[homework, option]

    return get


@pytest.mark.parametrize("option", [1, 2, 3])
@pytest.mark.parametrize("homework", WITH_VARIANTS)
def test_a_variants_own_answers_get_all_points_and_no_answers_get_none(run_of, homework, option):
    run = run_of(homework, option)
    assert run.own == {}
    assert run.empty == []


@pytest.mark.parametrize("option", [1, 2, 3])
@pytest.mark.parametrize("homework", WITH_VARIANTS)
def test_a_copied_answer_gets_nothing_raw_or_renamed(run_of, homework, option):
    run = run_of(homework, option)
    assert {how for _, _, how in run.foreign} == {"raw", "renamed"}
    assert len(run.foreign) >= 2 * len(run.varied)
    kept = {choice.cell: choice.table.get("kept", 0) for choice in run.varied}
    assert {where: points for where, points in run.foreign.items() if points > kept[where[0]]} == {}
    assert sum(kept.values()) <= 2


@pytest.mark.parametrize("homework", WITH_VARIANTS)
def test_two_variants_share_at_most_half_of_the_points_and_none_with_the_published(homework):
    """An answer to another option gets nothing, as the test above finds: only equal options can be copied."""
    source, varied = source_of(homework)
    tested = variants.tested_points(source)
    fixed = tested - sum(choice.points for choice in varied)
    assert fixed <= tested / 8
    made = list(itertools.islice(variants.codebook(varied, tested, "a secret"), 8))
    assert len(made) == 8
    for one, other in itertools.combinations(made, 2):
        same = sum(choice.points for choice in varied if one[choice.cell] == other[choice.cell])
        assert fixed + same <= tested / 2
    assert all(option >= 1 for chosen in made for option in chosen.values())
    assert made != list(itertools.islice(variants.codebook(varied, tested, "another secret"), 8))


@pytest.mark.parametrize("homework", WITH_VARIANTS)
def test_a_variants_text_says_what_is_different(homework):
    source, varied = source_of(homework)
    chosen = next(variants.codebook(varied, variants.tested_points(source), "a secret"))
    made = variants.variant_of(source, varied, chosen, homework, 1)
    text = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    for choice in varied:
        name = choice.table["options"][chosen[choice.cell] - 1]["name"]
        assert f"Write `{name}" in text
        assert f", and not `{choice.public}`." in text
    assert text.count("**Your variant.**") == len(varied)
    mine = [choice.table["options"][chosen[choice.cell] - 1]["name"] for choice in varied]
    assert re.findall(r"\*\*Your variant\.\*\* Write `(\w+)", text) == mine  # in the order of the answers
    shown = [cell.source for cell in made.cells if not is_answer(cell)]
    names = [option["name"] for choice in varied for option in choice.table["options"]]
    assert len(set(names)) == len(names)
    assert not [cell for cell in shown if "{% " in cell or "{{ " in cell]  # what is left of a template


@pytest.mark.parametrize(("sets", "refused"), [("flag", False), ("False", True)])
def test_an_answer_that_forgets_the_flag_of_its_variant_is_refused(sets, refused):
    source, varied = source_of("hw2")
    space = {"__name__": "__main__"}
    for cell in variants.variant_of(source, varied, same_option(varied, 2), "hw2", 2).cells:  # 2: a flag is given
        if cell.cell_type == "code":
            said = error(cell.source.replace("part.trainable = flag", f"part.trainable = {sets}"), space)
        if grade_id(cell) == "test_held_still":
            break
    assert ("with the flag True" in said) == refused
    assert bool(said) == refused


# ------------------------------------------------------------------------------------------- what a variant changes


@pytest.fixture
def small(mini, tmp_path):
    """The small homework and its two answers that vary."""
    path = tmp_path / "mini.toml"
    path.write_text(MINI, encoding="utf-8")
    return mini, variants.choices(mini, path)


def test_a_variant_changes_text_answer_and_tests_and_leaves_the_source_as_it_was(small):
    mini, varied = small
    before = copy.deepcopy(mini)
    made = variants.variant_of(mini, varied, {"value": 1, "double": 2}, "mini", 7)
    assert mini == before
    assert [grade_id(cell) for cell in made.cells] == [grade_id(cell) for cell in mini.cells]
    cells = {grade_id(cell): cell.source for cell in made.cells if grade_id(cell)}
    assert "return -(np.log(real)" in cells["value"]
    assert "return -cost(fake, real) * np.log(2)" in cells["test_value"]
    assert "cost" not in cells["test_double"]
    assert "half_of_it(x)" in cells["test_double"]
    assert made.cells[0].source.startswith("# Mini (variant 7)\n")
    assert "Write `cost(fake, real)`, and not `value`. It counts in logarithms to base 2, with the other" in (
        made.cells[2].source
    )


def test_the_number_is_in_the_metadata_and_in_the_title(small):
    mini, varied = small
    made = variants.variant_of(mini, varied, {"value": 1, "double": 2}, "mini", 7)
    assert variants.number_in(made) == 7
    made.metadata = {}
    assert variants.number_in(made) == 7
    assert variants.number_in(mini) is None


def test_a_table_for_an_unknown_cell_is_named(mini, tmp_path):
    path = tmp_path / "mini.toml"
    path.write_text(MINI + "[no_such_cell]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"\['no_such_cell'\]"):
        variants.choices(mini, path)


# ------------------------------------------------------------------------------------------- through the commands


@pytest.fixture(scope="module")
def api(tmp_path_factory, mini):
    """A course with the small homework and homework 1, whose answers vary."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(HOMEWORK / "nbgrader_config.py", folder)
    shutil.copytree(HOMEWORK / "source" / "hw1", folder / "source" / "hw1")
    save(mini, folder / "source" / "mini" / "mini.ipynb")
    save(MINI, folder / "variants" / "mini.toml")
    shutil.copy(HOMEWORK / "variants" / "hw1.toml", folder / "variants")
    return open_course(folder)


def lines(said):
    return [one.text for one in said]


def test_one_variant_for_a_class_from_the_release_to_the_grades(api, tmp_path):
    said = lines(release(api, "hw1", variant=2))
    assert said[-1] == "  hand out release/hw1-v2/hw1-v2.ipynb"
    source, made = (read(notebook_of(api.coursedir, step, "hw1-v2")) for step in ("source", "release"))
    published = read(notebook_of(api.coursedir, "source", "hw1"))
    assert variants.number_in(made) == 2
    assert leaks(source, made) == []
    _, varied = source_of("hw1")
    answers = {grade_id(cell): cell.source for cell in published.cells if is_answer(cell) and cell.cell_type == "code"}
    renamed = {
        choice.cell: answers[choice.cell].replace(
            choice.public, variants.defined(next(c.source for c in source.cells if grade_id(c) == choice.cell))
        )
        for choice in varied
    }
    save(right(source, made), tmp_path / "in" / "hw1-v2_ada.ipynb")
    save(right(source, made, **answers), tmp_path / "in" / "hw1_bob.ipynb")
    save(right(source, made, **renamed), tmp_path / "in" / "cem-hw1.ipynb")
    assert lines(collect(api, "hw1", tmp_path / "in"))[-1] == "3 submissions collected, 0 files not collected"
    said = dict(line.split(": ", 1) for line in lines(grade(api, "hw1")))
    assert said["ada, hw1-v2"].startswith("88 of 100")
    assert said["bob, hw1-v2"].startswith("0 of 100")
    assert said["cem, hw1-v2"].startswith("0 of 100")
    assert lines(feedback(api, "hw1", "ada")) == ["ada, hw1-v2: feedback/ada/hw1-v2/hw1-v2.html"]
    list(grades(api, "hw1", to=tmp_path / "grades.csv"))
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        assert {(row["assignment"], row["student_id"], row["score"]) for row in csv.DictReader(file)} == {
            ("hw1-v2", "ada", "88.0"),
            ("hw1-v2", "bob", "0.0"),
            ("hw1-v2", "cem", "0.0"),
        }


def test_a_variant_for_each_student_and_a_friends_notebook_is_graded_by_other_tests(api, tmp_path):
    students = tmp_path / "students.csv"
    students.write_text("id,first_name,last_name\nada,Ada,Lovelace\nbob,Bob,Ray\n", encoding="utf-8")
    said = lines(release(api, "mini", students=students))
    assert said[-1].startswith("2 students: hand out the notebooks in release/mini-students")
    ada, bob = handout.given(api.coursedir.root)
    assert (ada.student, ada.name, bob.student) == ("ada", "Ada Lovelace", "bob")
    assert ada.variant != bob.variant
    kept = {row.student: row for row in handout.give(api, "mini", students)}
    assert kept == {"ada": ada, "bob": bob}

    names = {row.student: f"mini-v{row.variant}" for row in (ada, bob)}
    source = read(notebook_of(api.coursedir, "source", names["ada"]))
    own = read(api.coursedir.root + "/release/mini-students/ada/mini.ipynb")
    assert variants.number_in(own) == ada.variant
    solved = right(source, own)
    save(solved, tmp_path / "in" / "Ada Lovelace_4711_assignsubmission_file" / "mini.ipynb")  # found by her name
    save(solved, tmp_path / "in" / "Bob Ray_4712_assignsubmission_file" / "mini.ipynb")
    said = lines(collect(api, "mini", tmp_path / "in"))
    assert f"as {names['ada']}" in said[0]
    assert said[1].endswith(
        f"as {names['bob']}; it is variant {ada.variant}, but this student has variant {bob.variant}, whose tests count"
    )
    said = sorted(lines(grade(api, "mini")))
    assert said[0].startswith(f"4711 (Ada Lovelace), {names['ada']}: 15 of 20")
    assert re.fullmatch(rf"4712 \(Bob Ray\), {names['bob']}: [05] of 20, .*", said[1])  # of 15; 5 may be the same
    assert lines(remove(api, "mini", "4712")) == [
        f"4712 (Bob Ray), {names['bob']}: the submission of {names['bob']} was removed"
    ]


def test_who_is_in_no_list_has_the_variant_of_the_notebook_and_the_published_tests_grade_nobody(small, tmp_path):
    mini, varied = small
    shutil.copy(HOMEWORK / "nbgrader_config.py", tmp_path)
    save(mini, tmp_path / "source" / "mini" / "mini.ipynb")
    coursedir = open_course(tmp_path).coursedir
    texts = {
        n: nbformat.writes(variants.variant_of(mini, varied, {"value": 1, "double": 2}, "mini", n)) for n in (2, 9)
    }
    data = {number: text.encode() for number, text in texts.items()} | {None: nbformat.writes(mini).encode()}

    def belongs(number, homework="mini"):
        return handout.assignment_for(coursedir, homework, "zoe", "", data[number])

    assert belongs(2) == belongs(None) == ("mini", "")  # nothing was released yet
    for name in ("mini", "mini-v2"):
        for step in ("source", "release"):
            save(texts[2], notebook_of(coursedir, step, name))
    assert belongs(2) == ("mini-v2", "")
    assert belongs(None) == ("mini-v2", "its notebook names no variant")
    assert belongs(9, "mini-v2") == ("mini-v2", "")  # the instructor says which
    with pytest.raises(Problem, match="its variant is mini-v9, which was not released here"):
        belongs(9)
    for step in ("source", "release"):
        save(texts[9], notebook_of(coursedir, step, "mini-v9"))
    with pytest.raises(Problem, match="nothing says which variant this is"):
        belongs(None)
    save("homework,student,name,variant\nmini,4711,Eve,2\n", tmp_path / "variants.csv")
    assert belongs(9)[0] == "mini-v9"
    assert "not in variants.csv" in belongs(9)[1]
    found = handout.assignment_for(coursedir, "mini", "12", "eve", data[9])
    assert found[0] == "mini-v2"
    assert "it is variant 9, but this student has variant 2" in found[1]


def test_a_list_without_ids_and_a_variant_that_does_not_exist_are_refused(api, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name\nada\n", encoding="utf-8")
    with pytest.raises(Problem, match="a column `id`"):
        list(release(api, "mini", students=path))
    for number in (0, 999):
        with pytest.raises(Problem, match=f"Received: {number}"):
            list(release(api, "mini", variant=number))


@pytest.mark.parametrize(("name", "parts"), [("hw1", ("hw1", None)), ("hw1-v12", ("hw1", 12)), ("v7", ("v7", None))])
def test_the_name_of_an_assignment_says_its_variant(name, parts):
    assert homework_and_variant(name) == parts
