"""The lessons are complete and in order, nbval can fail, and build.py keeps its promises."""

import base64
import io
import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import build
import home
import matplotlib.image
import nbformat
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
LESSONS = [name for name in build.lessons(ROOT) if re.fullmatch(r"\d\d_\w+", name)]
HOME = "https://github.com/ada/my.course"  # of the small projects made here; `--home` must not move this line
FORK = "4th.prof/gans_2"


def read(name, root=ROOT):
    return nbformat.read(build.files(root, name)[1], as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def is_compared(cell):
    return "nbval-ignore-output" not in cell.metadata.get("tags", [])


def copy_project(folder):
    for path in home.own_files(ROOT):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no"]


def pytest_environment():
    """The environment of a test run that is not inside this one."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GAN_COURSE_DATA"))}


def run_pytest(folder, *arguments):
    command, environment = [*PYTEST, "-n", "0", *arguments], pytest_environment()
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)


# -------------------------------------------------------------------------------------- the committed lessons


def test_there_are_lessons_and_their_numbers_count_from_one():
    assert [int(name[:2]) for name in LESSONS] == [*range(1, len(LESSONS) + 1)]
    assert LESSONS


def test_the_committed_notebooks_are_in_order():
    assert build.problems(ROOT) == []


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_opens_with_title_time_and_its_own_badge(name):
    title = read(name).cells[0]
    assert title.cell_type == "markdown"
    assert re.match(rf"# {name[:2]} · \w", title.source)
    target = f"https://colab.research.google.com/github/{home.owner_and_name(ROOT)}/blob/main/notebooks/{name}.ipynb"
    assert re.findall(r"colab-badge\.svg\)\]\((.*?)\)", title.source) == [target]
    assert re.search(r"\d+ (seconds|minutes) on two CPU cores", " ".join(title.source.split()))
    assert "you will be able to" in title.source


@pytest.mark.parametrize("name", LESSONS)
def test_the_minutes_to_read_are_those_of_its_words_and_its_code(name):
    """A minute for 150 words of text, and one for ten lines of code: slow, as one reads what is new."""
    cells = read(name).cells
    text = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    words = len(re.findall(r"\w+", re.sub(r"\(https?:[^)]*\)", "", text)))
    lines = sum(1 for cell in code_cells(read(name)) for line in cell.source.splitlines() if line.strip())
    said = re.search(r"takes about (\d+) minutes to read", " ".join(cells[0].source.split()))
    assert int(said[1]) == pytest.approx(words / 150 + lines / 10, abs=12)


@pytest.mark.parametrize("name", LESSONS)
def test_the_first_code_cell_sets_up_locally_and_on_colab(name):
    setup = code_cells(read(name))[0].source
    pip = re.search(r"^( +)%pip install .*git\+https://github\.com/(\S+?)(\.git)?[\"']?$", setup, re.MULTILINE)
    assert pip, "no indented `%pip install git+https://…`: it must run only where the package is missing"
    assert pip[2] == home.owner_and_name(ROOT)
    question = r"^if .*find_spec\(.gan_course.\) is None:$|^ +import gan_course$"
    assert re.search(question, setup[: pip.start()], re.MULTILINE), "first ask whether gan_course is there"
    assert re.search(r"^from gan_course", setup[pip.end() :], re.MULTILINE)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_parts_in_order(name):
    text = prose(read(name))
    parts = [
        r"^# ",
        r"[Pp]redict",
        r"^#+ What can go wrong",
        r"^#+ Summary",
        r"^#+ References",
        r"Next lesson",
    ]
    places = [match.start() for part in parts if (match := re.search(part, text, re.MULTILINE))]
    assert len(places) == len(parts)
    assert places == sorted(places)
    summary, references, following = (text[start:] for start in places[3:])
    summary = summary[: -len(references)]
    assert len(re.findall(r"^(?:\d\.|[*-]) ", summary, re.MULTILINE)) == 5, "the summary has five lines"
    assert references[: -len(following)].count("](http") >= 2
    assert f"{int(name[:2]) + 1:02}" in following
    # A link to a lesson that is not there yet would lead nowhere.
    assert re.findall(r"\]\((\w+)\.ipynb\)", following) == LESSONS[int(name[:2]) :][:1]


@pytest.mark.parametrize("name", LESSONS)
def test_exercises_are_committed_not_attempted(name):
    asked = set()
    for cell in code_cells(read(name)):
        checks = re.findall(r"^(check\.\w+)\(", cell.source, re.MULTILINE)
        printed = "".join(output.get("text", "") for output in cell.outputs)
        assert printed.lower().count("not attempted") == len(checks), cell.source
        for check in checks:
            assert f"{check}.hint()" in cell.source
        assert not checks or is_compared(cell), "the outcome of an exercise is compared by nbval"
        asked.update(checks)
    assert len(asked) >= 3


@pytest.mark.parametrize("name", LESSONS)
def test_there_is_more_prose_than_code(name):
    notebook = read(name)
    words = re.sub(r"\]\(\S*?\)", "]", prose(notebook)).split()
    lines = [line for cell in code_cells(notebook) for line in cell.source.splitlines() if line.strip()]
    assert len(words) >= 3 * len(lines)


@pytest.mark.parametrize("name", LESSONS)
def test_every_figure_is_stored_and_shows_something(name):
    figures = 0
    for cell in code_cells(read(name)):
        pngs = [output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})]
        if "SampleGrid(" in cell.source:  # shows a picture now and then, while `fit` runs
            assert len(pngs) > 1
        else:
            shown = re.findall(r"^ *plt\.show\(\)|^plots\.film\(", cell.source, re.MULTILINE)
            assert len(pngs) == len(shown), cell.source
        for png in pngs:
            pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(png)))
            assert min(pixels.shape[:2]) >= 100
            assert np.ptp(pixels[..., :3]) > 0.5, "an empty figure"
        figures += len(pngs)
    assert figures >= 1


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_prints_numbers_not_verdicts(name):
    """No line of an output is a bare True or False, or ends in one."""
    for cell in code_cells(read(name)):
        for output in cell.outputs:
            text = output.get("text", "") + output.get("data", {}).get("text/plain", "")
            assert not re.findall(r"^.*(?:^|[:=] *)(?:True|False)$", text, re.MULTILINE), cell.source


@pytest.mark.parametrize("name", LESSONS)
def test_an_interactive_cell_follows_a_still_picture_and_stores_nothing(name):
    cells = code_cells(read(name))
    for before, cell in itertools.pairwise(cells):
        assert ("interact(" in cell.source) == ("interactive" in cell.metadata.get("tags", []))
        if "interact(" in cell.source:
            assert not is_compared(cell)
            assert cell.outputs == []
            assert any("image/png" in output.get("data", {}) for output in before.outputs)


GLOSSARY = (ROOT / "notebooks" / "glossary.md").read_text("utf-8")
TERMS = re.findall(r'^<a id="([a-z0-9-]+)"></a>\n\n### .+$', GLOSSARY, re.MULTILINE)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_links_its_terms_to_the_glossary(name):
    linked = re.findall(r"\]\(glossary\.md#([^)]*)\)", prose(read(name)))
    assert set(linked) <= set(TERMS)
    assert len(set(linked)) >= 3


def test_the_glossary_can_be_linked_to():
    """Each term has an anchor in lowercase. JupyterLab makes addresses of headings with capitals, GitHub without."""
    assert len(TERMS) == len(set(TERMS)) == len(re.findall(r"^### ", GLOSSARY, re.MULTILINE))
    assert set(re.findall(r"\]\(#([^)]*)\)", GLOSSARY)) <= set(TERMS)
    assert {f"{name}.ipynb" for name in LESSONS} >= set(re.findall(r"\]\((\w+\.ipynb)\)", GLOSSARY))


# --------------------------------------------------------------------------------------------- nbval can fail


NUMBERS = """# %% [markdown]
# # Numbers

# %%
print(6 * 7)

# %%
import os

from gan_course.claims import claim

claim("accuracy", 0.972, above=0.95)
claim("distance", 1.5)

# %%
if path := os.environ.get("WAITING"):
    import time

    with open(path, "w") as file:
        file.write(str(os.getpid()))
    time.sleep(600)
"""


def copy_settings(root):
    """Let a small project be tested as this one is: the same conftest.py and pytest settings, with its own home."""
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    (root / "pyproject.toml").write_text(
        settings.replace(f"https://github.com/{home.owner_and_name(ROOT)}", HOME), "utf-8"
    )
    for name in ("conftest.py", "notebooks/build.py", "notebooks/home.py", "notebooks/sanitize.cfg"):
        shutil.copy(ROOT / name, root / name)


def stored(old, new):
    """Damage that puts another text into the notebook."""
    return lambda source, notebook: change(notebook, old, new)


def change(path, old, new):
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old} is not there once"
    path.write_text(text.replace(old, new), "utf-8")


# What is done to a copy of the notebook, which of its tests fails then, and what is said.
DAMAGES = {
    "nothing": (lambda source, notebook: None, None, ""),
    "number": (stored('"42\\n"', '"43\\n"'), "Cell 0", "mismatch 'stdout'"),
    "unexecuted": (stored('"execution_count": 3', '"execution_count": null'), "in order", "counts [1, 2, None]"),
    "source": (lambda source, notebook: change(source, "6 * 7", "7 * 6"), "in order", "differs from its source"),
    "no_source": (lambda source, notebook: source.unlink(), "in order", "source/06_no_source.py is missing"),
    "claimed_number": (stored("≈ 0.972", "≈ 0.951"), None, ""),
    "claimed_bound": (stored("≈ 0.972   (above", "≈ 0.949   (NOT above"), "Cell 1", "mismatch 'stdout'"),
    "claimed_exactly": (stored("distance = 1.5", "distance = 1.5001"), "Cell 1", "mismatch 'stdout'"),
}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    """A small project with one short lesson."""
    root = make_scratch(tmp_path_factory.mktemp("numbers"), NUMBERS)
    copy_settings(root)
    assert build.main([], root) == 0
    return root


@pytest.fixture(scope="module")
def damaged(numbers, tmp_path_factory):
    """The output of one test run over copies of the lesson, each damaged in another way."""
    root = Path(shutil.copytree(numbers, tmp_path_factory.mktemp("damaged") / "project"))
    scratch = build.files(root, "01_scratch")
    for number, (name, (damage, _, _)) in enumerate(DAMAGES.items(), 2):
        copies = build.files(root, f"{number:02}_{name}")
        for path, copy in zip(scratch, copies, strict=True):
            shutil.copy(path, copy)
        damage(*copies)
    return run_pytest(root, "-v", "notebooks").stdout


@pytest.mark.parametrize("name", DAMAGES)
def test_a_notebook_that_is_not_what_it_should_be_fails(damaged, name):
    _, failing, message = DAMAGES[name]
    notebook = f"{[*DAMAGES].index(name) + 2:02}_{name}"
    outcomes = dict(re.findall(rf"{notebook}(?:\.|::)ipynb::(Cell \d|in order) (PASSED|FAILED)", damaged))
    assert outcomes.keys() == {"Cell 0", "Cell 1", "Cell 2", "in order"}
    assert [test for test, outcome in outcomes.items() if outcome == "FAILED"] == ([failing] if failing else [])
    assert message in damaged


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_that_is_killed_leaves_no_kernel_behind(numbers, tmp_path, workers):
    """Killed the hard way, so that nothing of the run can clean up after itself."""
    waiting = tmp_path / "pid"
    environment = pytest_environment() | {"WAITING": str(waiting)}
    run = subprocess.Popen(
        [*PYTEST, "-n", workers],
        cwd=numbers,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: waiting.exists() and waiting.read_text())
    kernel = int(waiting.read_text())
    assert is_running(kernel)
    run.kill()
    run.wait()
    wait_for(lambda: not is_running(kernel))


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def is_running(pid):
    """Whether a process runs; one that is dead and that nobody has asked for its exit status does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second: it ended while its file was open
        return False


# ------------------------------------------------------------------------------------------------- build.py

COLAB = HOME.replace("github.com", "colab.research.google.com/github")
SCRATCH = f"""# %% [markdown]
# # Scratch
# [badge]({COLAB}/blob/main/notebooks/01_scratch.ipynb)

# %% tags=["nbval-ignore-output"]
if False:
    # %pip install git+{HOME}
    pass

# %%
import os
import sys

import matplotlib.pyplot as plt

print("GAN_COURSE_DATA", os.environ.get("GAN_COURSE_DATA"), "in", os.path.basename(os.getcwd()))
plt.plot([1, 3, 2])
plt.show()
print("one", end=" ", flush=True)
print("line\\rover", flush=True)

# %% tags=["raises-exception"]
plt.plot(x=sys)

# %%
1 + 1

# %%
1 + 1
"""


def make_scratch(root, source=SCRATCH):
    folder = root / "notebooks" / "source"
    folder.mkdir(parents=True)
    (folder / "01_scratch.py").write_text(source, encoding="utf-8")
    (root / "pyproject.toml").write_text(f'[project.urls]\nHomepage = "{HOME}"\n', encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small project with one built lesson. Tests that change it take a copy."""
    root = make_scratch(tmp_path_factory.mktemp("scratch"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_COURSE_DATA", "somewhere")
        patch.setenv("MPLBACKEND", "agg")
        assert build.main([], root) == 0
    return root


@pytest.fixture
def scratch(built, tmp_path):
    return Path(shutil.copytree(built, tmp_path / "scratch"))


def notebook_file(root):
    return build.files(root, "01_scratch")[1]


def test_a_built_notebook_is_in_order(built):
    assert build.problems(built) == []
    cells = read("01_scratch", built).cells
    assert [cell.cell_type for cell in cells] == ["markdown"] + 5 * ["code"]
    assert [cell.metadata.get("tags") for cell in cells[1:4]] == [
        ["nbval-ignore-output"],
        None,
        ["raises-exception"],
    ]
    assert cells[1].source == f"if False:\n    %pip install git+{HOME}\n    pass"


def test_a_build_does_not_depend_on_the_environment(built):
    outputs = read("01_scratch", built).cells[2].outputs
    assert [output.get("text", "figure") for output in outputs] == [
        "GAN_COURSE_DATA None in notebooks\n",
        "figure",
        "over\n",
    ]
    assert "image/png" in outputs[1].data


def test_two_builds_are_byte_identical_and_say_how_long_they_took(scratch, capsys):
    before = notebook_file(scratch).read_bytes()
    notebook_file(scratch).unlink()
    assert build.main(["1"], scratch) == 0
    assert notebook_file(scratch).read_bytes() == before
    assert re.fullmatch(r"01_scratch: \d+\.\d s, \d+ kB\n", capsys.readouterr().out)


def test_ids_follow_content(built):
    notebook = read("01_scratch", built)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert ids[5] == f"{ids[4]}-2", "the same source twice"
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in ids)
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("New."))
    notebook.cells[3].source += "\n"
    again = [cell.id for cell in build.normalize(notebook, home.owner_and_name(built)).cells]
    assert again[:1] + again[2:3] + again[4:] == ids[:2] + ids[3:]
    assert again[3] not in ids


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import os; print(os.getcwd())", "prints an absolute path"),
        ("object()", "Received: 'at 0x"),
        ("import os; os._exit(1)", "died"),
    ],
)
def test_a_build_that_fails_leaves_the_old_notebook_alone(scratch, capsys, failing, message):
    before = notebook_file(scratch).read_bytes()
    build.files(scratch, "01_scratch")[0].write_text(f"# %%\n{failing}\n", encoding="utf-8")
    assert build.main([], scratch) == 1
    assert notebook_file(scratch).read_bytes() == before
    errors = capsys.readouterr().err
    assert "01_scratch: not saved" in errors
    assert message in errors


def test_an_unknown_number_is_refused(built, capsys):
    assert build.main(["7"], built) == 1
    assert "Expected one of ['01_scratch']. Received: '7'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "saved to /tmp/run/model",
        "'/home/ada/course'",
        "/home/ada/x.py:3: UserWarning: beware",
        r"C:\Users\Ada",
        "D:/data/mnist.npz",
        "~/.keras/datasets",
        "(/home/ann/.keras/x)",
        "file:///etc/hosts",
        "<module 'a' from '/usr/lib/a.py'>",
        "<keras.src.callbacks.history.History at 0x7f3239ef8d10>",
    ],
)
def test_absolute_paths_and_addresses_are_found(text):
    for output in (
        nbformat.v4.new_output("stream", text=text),
        nbformat.v4.new_output("execute_result", {"text/plain": text, "image/png": "aaaa"}),
        nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[f"\x1b[31m{text}"]),
    ):
        assert build.machine_traces(nbformat.v4.new_code_cell(outputs=[output])), output


@pytest.mark.parametrize(
    "text",
    [
        "1/2 of 3 / 4, and/or, 547 images/s",
        "see https://keras.io/api/models and notebooks/source/01.py",
        "<b>bold</b><br/>",
        "/device:CPU:0 /job:localhost/replica:0/task:0",
        "D(G(z))/2 12:30:00 ~5 0x7f",
        '<img src="data:image/png;base64,iVBO/ab/cd+\\\n/Rw/0KG=="/>',
    ],
)
def test_other_slashes_are_no_paths(text):
    output = nbformat.v4.new_output("execute_result", {"text/html": text, "image/png": "/tmp/is/base64"})
    assert build.machine_traces(nbformat.v4.new_code_cell(outputs=[output])) == []


def damage_notebook(change):
    def damage(root):
        notebook = read("01_scratch", root)
        change(notebook.cells)
        notebook_file(root).write_text(build.to_text(notebook), encoding="utf-8", newline="\n")

    return damage


def damage_text(old, new, which=1):
    def damage(root):
        path = build.files(root, "01_scratch")[which]
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_notebook(lambda cells: cells[1].update(execution_count=None)), "counts [None, 2, 3, 4, 5]"),
        (damage_notebook(lambda cells: cells[5].update(execution_count=7)), "counts [1, 2, 3, 4, 7]"),
        (damage_notebook(lambda cells: cells[3].metadata.clear()), "cell 3 stores an error"),
        (damage_notebook(lambda cells: cells[3].metadata.clear()), "differs from its source in the tags of cells [3]"),
        (
            damage_notebook(lambda cells: cells[4].update(source="2")),
            "differs from its source in the source of cells [4]",
        ),
        (damage_notebook(lambda cells: cells.pop()), "5 cells, but 6 in its source"),
        (
            damage_notebook(lambda cells: cells[0].update(cell_type="raw")),
            "differs from its source in the cell type of cells [0]",
        ),
        (damage_notebook(lambda cells: cells[4].update(id="x")), "not as build.py writes it"),
        (
            damage_notebook(lambda cells: cells[4].metadata.update(execution={"a": 1})),
            "not as build.py writes it",
        ),
        (damage_text("over\\n", "/tmp/over\\n"), "cell 2 prints an absolute path or an address: /tmp/over"),
        (damage_text("over\\n", "over" * 400_000), " MB; at most 1.4 MB"),
        (damage_text("1 + 1\n", "1 + 1\n" * 19, which=0), "differs from its source in the source of cells [4, 5]"),
        (
            damage_notebook(lambda cells: cells[4].update(source="1\n" * 19)),
            "cell 4 has 19 lines of code; at most 18",
        ),
        (
            damage_text("google.com/github/ada/", "google.com/github/someone/"),
            "links to colab.research.google.com/github/someone",
        ),
        (
            damage_text(f"git+{HOME}", "git+https://github.com/a/b", which=0),
            "links to git+https://github.com/a/b",
        ),
        (damage_text('{\n "cells"', '<<<<<<< HEAD\n{\n "cells"'), "not JSON"),
        (lambda root: notebook_file(root).unlink(), "notebooks/01_scratch.ipynb is missing"),
        (
            lambda root: build.files(root, "01_scratch")[0].unlink(),
            "notebooks/source/01_scratch.py is missing",
        ),
        (lambda root: shutil.rmtree(root / "notebooks"), "no lesson"),
    ],
)
def test_check_names_every_problem(scratch, capsys, damage, message):
    assert build.main(["--check"], scratch) == 0
    assert capsys.readouterr().out == "The notebooks are in order.\n"
    damage(scratch)
    assert build.main(["--check"], scratch) == 1
    assert message in capsys.readouterr().out


# ------------------------------------------------------------------------------------------------- the home


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path / "project")


def contents(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in home.own_files(root)}


def test_the_home_moves_to_a_fork_and_back(project, capsys):
    before, here, problems = contents(project), home.owner_and_name(project), build.problems(project)
    assert build.main(["--home", f"https://github.com/{FORK}"], project) == 0
    moved = contents(project)
    changed = {name for name in before if moved[name] != before[name]}
    assert sorted(capsys.readouterr().out.split()) == sorted(changed)
    assert {"pyproject.toml", "README.md", *(f"notebooks/{name}.ipynb" for name in LESSONS)} <= changed
    assert home.owner_and_name(project) == FORK
    assert build.problems(project) == problems, "a move asks for no new build"
    assert [name for name in changed if f"/{here}/blob/".encode() in moved[name]] == []

    assert build.main(["--home", f"https://github.com/{here}"], project) == 0
    assert contents(project) == before


def test_only_links_to_the_home_move(scratch):
    kept = "github.com/ada/my.course-extra github.com/ada/my.courses github.com/bob/my.course ada/my.course"
    moving = "(github.com/{0}). git@github.com:{0}.git https://raw.githubusercontent.com/{0}/main/a.png {1}"
    (scratch / "README.md").write_bytes(f"{moving.format('ada/my.course', kept)}\r\n".encode())
    (scratch / ".github").mkdir()
    (scratch / ".github" / "ci.yml").write_text(HOME)
    (scratch / "data.bin").write_bytes(b"\0" + HOME.encode())
    for ignored in (".venv", "env", "build", "some.egg-info"):
        (scratch / ignored).mkdir()
        (scratch / ignored / "a.txt").write_text(HOME)
    (scratch / "env" / "pyvenv.cfg").touch()
    changed = {path.relative_to(scratch).as_posix() for path in home.move(scratch, f"https://github.com/{FORK}")}
    lesson = {"notebooks/01_scratch.ipynb", "notebooks/source/01_scratch.py"}
    assert changed == {"pyproject.toml", "README.md", ".github/ci.yml", *lesson}
    assert (scratch / "README.md").read_bytes() == f"{moving.format(FORK, kept)}\r\n".encode()


@pytest.mark.parametrize(
    "url",
    [
        "github.com/a/b",
        "https://gitlab.com/a/b",
        "https://github.com/a",
        f"{HOME}.git",
        f"{HOME}/",
        f"{HOME}/x",
        "a b",
    ],
)
def test_an_address_that_is_no_home_is_refused(scratch, capsys, url):
    before = contents(scratch)
    assert build.main(["--home", url], scratch) == 1
    message = capsys.readouterr().err
    assert f"Expected https://github.com/OWNER/NAME. Received: {url!r}. Give the address" in message
    assert contents(scratch) == before


def test_a_home_that_is_linked_already_is_refused_because_there_would_be_no_way_back(scratch, capsys):
    (scratch / "README.md").write_text(f"The fork of a friend: https://github.com/{FORK}.")
    before = contents(scratch)
    assert build.main(["--home", f"https://github.com/{FORK}"], scratch) == 1
    assert f"Received: {FORK!r}, to which README.md links" in capsys.readouterr().err
    assert contents(scratch) == before
    assert build.main(["--home", HOME], scratch) == 0, "where it is already"
    assert contents(scratch) == before


def test_build_starts_from_the_command_line(built):
    script = ROOT / "notebooks" / "build.py"
    run = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0
    assert "--check" in run.stdout
