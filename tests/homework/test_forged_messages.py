"""Messages that a student's code forges cost their own cell, are named in plain words, and stop nobody's grading."""

import nbformat
import pytest

nbgrader = pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")

from gan_course.homework import sandbox  # noqa: E402
from gan_course.homework.execute import Execute  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # nbclient leaves sockets open
    pytest.mark.skipif(sandbox.walls() == "none", reason="bubblewrap is missing or does not work here"),
]

HEAD = """
kernel = get_ipython().kernel
session, parent = kernel.session, kernel.get_parent("shell")
def show(kind, content):
    session.send(kernel.iopub_socket, kind, content, parent=parent)
def raw(*parts):
    kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", session.sign(parts), *parts])
"""

# What the messages hold was made wrong: their own cell says so, and the run goes on.
DAMAGED = {
    "text that is a number": 'show("stream", {"name": "stdout", "text": 5})',
    "text that is a list": 'show("stream", {"name": "stdout", "text": [1, {}]})',
    "a stream without a text": 'show("stream", {})',
    "a stream named by a list": 'show("stream", {"name": [], "text": "x"})',
    "an error of numbers": 'show("error", {"ename": 1, "evalue": {}, "traceback": 7})',
    "data in a list": 'show("display_data", {"data": [1], "metadata": {}})',
    "no data": 'show("display_data", {"data": None, "metadata": None, "transient": 3})',
    "a count in words": 'show("execute_input", {"execution_count": "many", "code": ""})',
    "a status without a state": 'show("status", {})',
    "an update that is none": 'show("display_data", {"data": {"text/plain": "x"}, "metadata": {}, "transient":'
    ' {"display_id": "a"}}); show("update_display_data", {"data": 3, "metadata": 4, "transient": {"display_id": "a"}})',
}
# These are not even messages. Nothing can be received after them.
NO_MESSAGES = {
    "no parts": 'kernel.iopub_socket.send_multipart([b"nonsense"])',
    "a wrong signature": 'kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", b"00", b"{}", b"{}", b"{}", b"{}"])',
    "no JSON": 'raw(b"no json", b"{}", b"{}", b"{}")',
    "no header": 'raw(b"{}", b"{}", b"{}", b"{}")',
    "lists": 'raw(b"[]", b"[]", b"[]", b"[]")',
    "a reply without a status": 'session.send(kernel.shell_stream, "execute_reply", {"nothing": 1}, parent=parent,'
    " ident=kernel.get_parent_ident() if hasattr(kernel, 'get_parent_ident') else kernel._parent_ident['shell'])",
}
# Odd, and without any harm.
HARMLESS = {
    "widgets": 'show("comm_open", {"data": 5, "comm_id": 3, "target_name": "jupyter.widget"});'
    ' show("comm_msg", {"comm_id": "x", "data": {"state": [1]}})',
    "an unknown kind": 'show("nonsense", {"x": 1})',
    "an update of nothing": 'show("update_display_data", {"data": 3, "metadata": 4, "transient": {"display_id": []}})',
    "a large count": 'show("execute_input", {"execution_count": 10**400})',
    "deep JSON": 'show("display_data", {"data": {"application/json": eval("[" * 90 + "]" * 90)}, "metadata": {}})',
}


def run(source):
    """The cells that follow `source`, run: the names of their errors, and the text that the last one prints."""
    cells = [nbformat.v4.new_code_cell(part) for part in ("x = 1", HEAD + source, "print(x)")]
    notebook, _ = Execute(seconds=30, timeout=8).preprocess(nbformat.v4.new_notebook(cells=cells), {"metadata": {}})
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")
    outputs = [[output for output in cell.outputs if output.output_type == "error"] for cell in notebook.cells]
    for error in (error for errors in outputs for error in errors):
        assert error.evalue.startswith("a message from the kernel was forged or damaged by the submission's code (")
    printed = "".join(output.get("text", "") for output in notebook.cells[2].outputs)
    return [[error.ename for error in errors] for errors in outputs], printed


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_message_costs_its_own_cell(name):
    assert run(DAMAGED[name]) == ([[], ["ForgedMessageError"], []], "1\n")


@pytest.mark.parametrize("name", NO_MESSAGES)
def test_what_is_no_message_ends_the_run_and_says_so(name):
    assert run(NO_MESSAGES[name]) == ([[], ["ForgedMessageError"], ["ForgedMessageError"]], "")


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_only_odd_costs_nothing(name):
    assert run(HARMLESS[name]) == ([[], [], []], "1\n")


def test_errors_and_updates_are_held_to_a_size_and_nothing_odd_is_logged(caplog):
    source = """
for _ in range(50):
    show("error", {"ename": "E" * 10**5, "evalue": "v" * 10**5, "traceback": ["t" * 10**5] * 50})
for name in "abcd":
    about = {"metadata": {}, "transient": {"display_id": name}}
    show("display_data", {"data": {"text/plain": "small"}, **about})
    show("update_display_data", {"data": {"text/plain": name * 4 * 10**5}, **about})
show("\\x1b[2Jnonsense", {})
"""
    cells = [nbformat.v4.new_code_cell(HEAD + source)]
    notebook, _ = Execute(seconds=30, timeout=8).preprocess(nbformat.v4.new_notebook(cells=cells), {"metadata": {}})
    error, *shown = notebook.cells[0].outputs
    assert (error.ename, error.evalue) == ("E" * 4_000, "v" * 4_000)
    assert error.traceback == ["t" * 10**5]  # the last line; with the one before it, it would be too long
    assert [len(output.data["text/plain"]) for output in shown] == [400_000, 400_000, 5, 5]
    assert "unhandled" not in caplog.text
