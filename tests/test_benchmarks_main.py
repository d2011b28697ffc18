"""`python -m benchmarks`: one benchmark by its name, with its own options; or all of them."""

import pytest

from benchmarks import __main__ as command


def test_options_behind_a_name_go_to_that_benchmark(monkeypatch):
    asked = []
    monkeypatch.setattr("benchmarks.modes.main", asked.append)
    assert command.main(["modes", "--problem", "grid", "--help"]) == 0
    assert asked == [["--problem", "grid", "--help"]]


@pytest.mark.parametrize(("statuses", "status"), [([0] * 7, 0), ([0, 0, 2, 0, 0, 0, 0], 2)])
def test_without_a_name_all_run_even_if_one_fails(monkeypatch, statuses, status):
    calls = []

    def run(call):
        calls.append(call[1:])
        return type("Done", (), {"returncode": statuses[len(calls) - 1]})

    monkeypatch.setattr(command.subprocess, "run", run)
    assert command.main([]) == status
    assert calls == [["-m", "benchmarks", name] for name in command.NAMES]


@pytest.mark.parametrize("arguments", [["no_such_benchmark"], ["--problem", "grid"]])
def test_an_unknown_name_or_an_option_without_a_name_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(arguments)
    assert stop.value.code == 2
    assert "python -m benchmarks" in capsys.readouterr().err
