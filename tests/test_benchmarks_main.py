"""`python -m benchmarks`: one benchmark by its name, with its own options; or all of them. And what all share."""

import importlib

import keras
import matplotlib.pyplot as plt
import pytest

from benchmarks import __main__ as command
from benchmarks import report
from gan_course import results

# Benchmark → the name of its files, and whether its table is told the contenders.
FILES = {
    "throughput": ("throughput", False),
    "quality": ("time_to_quality", False),
    "recipe": ("recipe", False),
    "modes": ("modes", True),
    "stacked": ("stacked_mnist", True),
    "parzen": ("parzen", True),
    "objectives": ("objectives", True),
    "ebgan_grid": ("ebgan_grid", False),
    "ablation": ("ablation", True),
    "conditional": ("conditional", True),
    "photo_digits": ("photo_digits", True),
    "generative": ("generative", False),
    "translation": ("translation", True),
    "information": ("information", True),
    "little_data": ("little_data", True),
    "using_a_gan": ("using_a_gan", True),
    "doctor": ("doctor", False),
}


def test_options_behind_a_name_go_to_that_benchmark(monkeypatch):
    asked = []
    monkeypatch.setattr("benchmarks.modes.main", asked.append)
    assert command.main(["modes", "--problem", "grid", "--help"]) == 0
    assert asked == [["--problem", "grid", "--help"]]


@pytest.mark.parametrize(("statuses", "status"), [([0] * 20, 0), ([0, 0, 2] + [0] * 20, 2)])
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


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="the benchmarks run on TensorFlow")
@pytest.mark.parametrize("benchmark", command.NAMES)
def test_the_stored_table_is_the_one_of_the_stored_numbers(benchmark):
    module, (name, is_told) = importlib.import_module(f"benchmarks.{benchmark}"), FILES[benchmark]
    stored = results.load(name)
    contenders = [module.CONTENDERS] if is_told else []
    text = module.markdown(stored["runs"], stored["about"], *contenders)
    assert (report.ASSETS / f"{name}.md").read_text("utf-8") == text


def test_table_and_plot_are_written_side_by_side(tmp_path, capsys):
    figure = plt.figure(figsize=(2, 1))
    report.write(tmp_path, "name", "# Title\n", figure, dpi=50)
    assert (tmp_path / "name.md").read_text("utf-8") == "# Title\n"
    assert plt.imread(tmp_path / "name.png").shape[:2] == (50, 100)
    assert not plt.fignum_exists(figure.number)
    assert capsys.readouterr().out == f"Written: {tmp_path / 'name.md'} and .png\n"


def test_a_choice_is_everything_unless_it_is_named(tmp_path, capsys):
    parser = report.command_line("modes", "Modes.")
    report.add_choice(parser, "--contender", {"a": 1, "b": 2})
    assert vars(parser.parse_args([])) == {"folder": report.ASSETS, "contender": ["a", "b"]}
    assert vars(parser.parse_args(["--contender", "b", "--folder", str(tmp_path)])) == {
        "folder": tmp_path,
        "contender": ["b"],
    }
    with pytest.raises(SystemExit):
        parser.parse_args(["--contender", "c"])
    assert "python -m benchmarks modes" in capsys.readouterr().err


@pytest.mark.parametrize("steps", [None, 500])
def test_the_options_of_contenders_are_those_that_a_benchmark_asks_for(steps):
    parser = report.contender_line("ablation", "Choices.", {"a": 1, "b": 2}, (0, 1), steps)
    given = {"folder": report.ASSETS, "contender": ["a", "b"], "seeds": [0, 1]}
    assert vars(parser.parse_args([])) == given | ({"steps": steps} if steps else {})
    assert parser.parse_args(["--seeds", "7", "8"]).seeds == [7, 8]
    if steps is None:
        with pytest.raises(SystemExit):
            parser.parse_args(["--steps", "1"])
    else:
        assert parser.parse_args(["--steps", "1"]).steps == 1
