"""Opening a lesson works: in JupyterLab, by its REST API and a kernel, and headless by `jupyter execute`."""

import asyncio
import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import build
import nbformat
import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")

ROOT = Path(__file__).resolve().parents[1]
FIRST_CELLS = 3  # the set-up cell, and enough to see data and a figure; nbval runs every cell of every lesson
SECONDS = 90


@pytest.fixture(scope="module")
def lesson():
    names = [name for name in build.lessons(ROOT) if name.startswith("02_")]  # lesson 01 begins with a training
    assert names, "no second lesson"
    return build.files(ROOT, names[0])[1]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Jupyter without the settings, kernels and running servers of whoever runs the tests."""
    folder = tmp_path_factory.mktemp("jupyter")
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    inherited = {name: value for name, value in os.environ.items() if name != "JUPYTER_PATH"}
    return inherited | {name: str(folder / name.lower()) for name in names}


@pytest.fixture(scope="module")
def server(environment, tmp_path_factory):
    """The README's `jupyter lab notebooks`, on a free port of this machine only. Gives address and token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    log = tmp_path_factory.mktemp("server") / "log.txt"
    options = [
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--ip=127.0.0.1",
        f"--IdentityProvider.token={token}",
    ]
    command = [sys.executable, "-m", "jupyterlab", "notebooks", "--no-browser", "--allow-root", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, preexec_fn=_end_with_the_tests
        )
    try:
        _wait_for(port, process, log)
        yield f"127.0.0.1:{port}", token
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_the_tests():
    """Ask Linux to end this process when the tests' process is gone, also where that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _wait_for(port, process, log):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


async def fetch(server, path, method="GET", body=None):
    address, token = server
    request = HTTPRequest(
        f"http://{address}{path}",
        method,
        headers={"Authorization": f"token {token}"},
        body=None if body is None else json.dumps(body),
        request_timeout=SECONDS,
    )
    return await AsyncHTTPClient().fetch(request)


async def run_cells(server, kernel, sources):
    """Run cells one after the other in a kernel, as JupyterLab does. Gives their replies and output types."""
    address, token = server
    channels = await websocket_connect(f"ws://{address}/api/kernels/{kernel}/channels?token={token}")
    results = []
    for source in sources:
        message = _execute_request(source)
        await channels.write_message(json.dumps(message))
        outputs, reply, idle = [], None, False
        while reply is None or not idle:
            answer = json.loads(await asyncio.wait_for(channels.read_message(), SECONDS))
            if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if answer["msg_type"] == "execute_reply":
                reply = answer["content"]
            elif answer["msg_type"] == "status":
                idle = answer["content"]["execution_state"] == "idle"
            elif answer["channel"] == "iopub":
                outputs.append(answer["msg_type"])
        results.append((reply, outputs))
    channels.close()
    return results


def _execute_request(source):
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "session": uuid.uuid4().hex,
        "username": "",
        "version": "5.3",
    }
    content = {
        "code": source,
        "silent": False,
        "store_history": True,
        "allow_stdin": False,
        "stop_on_error": True,
    }
    return {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}


def test_the_lab_page_and_the_lesson_open(server, lesson):
    async def talk():
        return await fetch(server, "/lab"), await fetch(server, f"/api/contents/{lesson.name}?content=1")

    page, contents = asyncio.run(talk())
    assert page.code == 200
    assert b"jupyter-config-data" in page.body
    opened = json.loads(contents.body)
    assert (opened["type"], opened["format"]) == ("notebook", "json")
    stored = nbformat.read(lesson, as_version=4)
    for cell, there in zip(stored.cells, opened["content"]["cells"], strict=True):
        assert (there["id"], there["cell_type"], there["source"]) == (cell.id, cell.cell_type, cell.source)
        assert there.get("outputs") == cell.get("outputs")


def test_the_lesson_runs_in_a_kernel_of_the_server(server, lesson):
    cells = [cell for cell in nbformat.read(lesson, as_version=4).cells if cell.cell_type == "code"][:FIRST_CELLS]

    async def talk():
        body = {"path": lesson.name, "name": lesson.name, "type": "notebook", "kernel": {"name": "python3"}}
        session = json.loads((await fetch(server, "/api/sessions", "POST", body)).body)
        results = await run_cells(server, session["kernel"]["id"], [cell.source for cell in cells])
        await fetch(server, f"/api/sessions/{session['id']}", "DELETE")
        return results

    results = asyncio.run(talk())
    assert [reply["status"] for reply, _ in results] == ["ok"] * FIRST_CELLS
    assert [reply["execution_count"] for reply, _ in results] == [*range(1, FIRST_CELLS + 1)]
    for cell, (_, outputs) in zip(cells, results, strict=True):
        assert {"execute_input"} | {output.output_type for output in cell.outputs} == set(outputs)


def test_a_lesson_runs_headless(environment, lesson, tmp_path):
    notebook = nbformat.read(lesson, as_version=4)
    code = [number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    notebook.cells = notebook.cells[: code[FIRST_CELLS - 1] + 1]
    nbformat.write(notebook, tmp_path / "first_cells.ipynb")
    command = [sys.executable, "-m", "jupyter", "execute", "first_cells.ipynb", "--output=done.ipynb"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert run.returncode == 0, run.stderr
    done = [cell for cell in nbformat.read(tmp_path / "done.ipynb", as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in done] == [*range(1, FIRST_CELLS + 1)]
