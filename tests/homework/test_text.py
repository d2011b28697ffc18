"""Text from outside does nothing to a terminal or a page, and is not longer than allowed."""

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="the instructor's side needs nbgrader")

from gan_course.homework.limits import safe_output
from gan_course.homework.text import cut, one_line, without_escapes


def test_one_line_is_printable_has_single_spaces_and_is_cut():
    assert one_line(" late\n\x1b[31mzoe:\t20\u202e of 20\u200b ") == "late [31mzoe: 20 of 20"
    assert one_line("y" * 1_000) == "y" * 200
    assert one_line("रीमा Nguyễn", 4) == "रीमा"


def test_colors_and_control_characters_are_removed_and_lines_stay():
    assert without_escapes("\x1b[1;31ma\x1b[0m\tb\nc\x08\x7f\x00") == "a\tb\nc"


def test_a_cut_text_comes_with_a_note():
    assert cut("abc", 3) == ("abc", "")
    assert cut("abcd", 3) == ("abc", "[This page shows 3 of 4 characters.]")
    assert cut("abcd", -1) == ("", "[This page shows 0 of 4 characters.]")


def test_of_a_long_traceback_the_end_is_kept_in_whole_lines():
    lines = [f"line {number}" for number in range(20_000)]
    error = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["\n".join(lines[:5_000]), *lines[5_000:]])
    (kept,) = safe_output(error).traceback
    assert 119_000 < len(kept) <= 120_000
    assert kept.splitlines() == lines[-len(kept.splitlines()) :]
    assert safe_output(safe_output(error)) == safe_output(error)


@pytest.mark.parametrize("kind", ["execute_result", "display_data"])
def test_a_result_becomes_a_display_of_text_and_png_only(kind):
    more = {"execution_count": 3} if kind == "execute_result" else {}
    data = {"text/plain": "5.0", "text/html": "<script>", "image/png": "no picture", "image/svg+xml": "<svg/>"}
    safe = safe_output(nbformat.v4.new_output(kind, data=data, metadata={"x": 1}, **more))
    assert safe == nbformat.v4.new_output("display_data", data={"text/plain": "5.0"})
    safe = safe_output(nbformat.v4.new_output(kind, data={"text/html": "<script>"}, **more))
    assert safe.data == {"text/plain": "[an output of a kind that is not shown here]"}


def test_a_text_on_stderr_becomes_one_on_stdout():
    assert safe_output(nbformat.v4.new_output("stream", name="stderr", text="a warning")).name == "stdout"
