"""The command line: its table of commands, its help, and what it returns."""

import pytest

pytest.importorskip("nbgrader", reason="the instructor's side needs nbgrader")

from gan_course.homework import __main__ as command_line
from gan_course.homework.course import Problem, Said


def test_each_command_is_the_function_in_the_module_of_its_name():
    assert list(command_line.COMMANDS) == ["release", "collect", "grade", "feedback", "grades", "remove"]
    for name, (function, _) in command_line.COMMANDS.items():
        assert (function.__module__, function.__name__) == (f"gan_course.homework.{name}", name)


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_the_help_lists_each_command_and_its_options(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        command_line.main(["--help"])
    assert f"python -m gan_course.homework {name} " in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        command_line.main([name, "--help"])
    shown = capsys.readouterr().out
    for option in command_line.COMMANDS[name][1]:
        assert option in shown


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([], 0),
        ([Said("FAILED. NOT GRADED. not collected: x")], 0),
        ([Said("fine"), Said("fine, too", ok=False), Said("fine")], 1),
    ],
)
def test_the_status_comes_from_ok_and_never_from_a_text(monkeypatch, capsys, said, status):
    monkeypatch.setattr(command_line, "open_course", lambda: "the course")

    def command(api):
        """Say some lines."""
        yield from said

    monkeypatch.setitem(command_line.COMMANDS, "grades", (command, {}))
    assert command_line.main(["grades"]) == status
    assert capsys.readouterr().out.splitlines() == [line.text for line in said]


def test_a_problem_is_printed_without_a_traceback(monkeypatch, capsys):
    def command(api):
        """Fail."""
        raise Problem("Expected this. Received: that.")

    monkeypatch.setattr(command_line, "open_course", lambda: "the course")
    monkeypatch.setitem(command_line.COMMANDS, "grades", (command, {}))
    assert command_line.main(["grades"]) == 1
    assert capsys.readouterr().err == "Expected this. Received: that.\n"
