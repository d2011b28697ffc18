"""The site, built once for all its tests, and its pages as a parser reads them."""

import functools
import html.parser
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from site_tabs import DESK, PHONE, Quiet, Watched

from gan_course import runtime

PROJECT = Path(__file__).resolve().parents[2]

# Any backend will do, and the extra `site` brings JAX alone. Keras is imported while tests are collected.
if "KERAS_BACKEND" not in os.environ and "keras" not in sys.modules and runtime.installed_backends()[:1] == ["jax"]:
    runtime.select_backend("jax")


FIRST = ("playground", "engine", "export", "browser", "drawing", "pages")
"""The test files that take longest come first. While one worker builds the site, the next has two that need no site."""


def pytest_collection_modifyitems(items):
    """Of several test processes none should be left with a long file at the end, or wait while another builds."""
    order = {f"test_site_{name}": place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


class Page(html.parser.HTMLParser):
    """What the tests ask of a page.

    Args:
        path: its file.

    Attributes:
        ids: all anchors.
        links: addresses that a reader can go to.
        resources: addresses that the browser loads by itself.
        images: a dictionary of attributes per picture.
        formulas: how many formulas MathJax will set.
        folded: how many `<details>`.
        title: the text of the first heading.
        words: the page's text, but for code and formulas.
    """

    def __init__(self, path):
        super().__init__()
        self.path, self.ids, self.links, self.resources, self.images = path, set(), [], [], []
        self.formulas, self.folded, self.title, self.words, self._open = 0, 0, "", [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        self.ids.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.resources.append(given["href"])
        self.resources += [given["src"]] if "src" in given else []
        self.images += [given] if tag == "img" else []
        self.formulas += "math" in given.get("class", "").split()
        self.folded += tag == "details"
        self.title = "" if tag == "h1" else self.title  # the last one: the one before is for printing
        if tag in ("h1", "pre", "code", "script", "style"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data):
        if self._open == ["h1"] and not self.title.endswith("#"):
            self.title += data
        if not self._open:
            self.words.append(data)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder of the built site, and the seconds of CPU time that it took. Of several test processes one builds."""
    pytest.importorskip("sphinx_book_theme", reason="needs the extra site")
    fcntl = pytest.importorskip("fcntl", reason="needs Linux or macOS")
    import resource

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with open(shared / "site.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        site, seconds = shared / "site" / "pages", shared / "site.seconds"
        if not seconds.exists():
            command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "site", str(site)]
            child = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=600)
            assert child.returncode == 0, child.stdout[-2000:] + child.stderr[-4000:]
            seconds.write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime))
    return site, float(seconds.read_text())


@pytest.fixture(scope="session")
def site(built):
    """The folder of the built site."""
    return built[0]


@pytest.fixture(scope="session")
def pages(site):
    """All pages of the site, by their paths in it."""
    return {
        path.relative_to(site).as_posix(): Page(path)
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


@pytest.fixture(scope="module")
def server(site):
    """The address of a plain server of the site."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


@pytest.fixture
def desk(browser, server):
    with Watched(browser, server, DESK) as watched:
        yield watched


@pytest.fixture
def phone(browser, server):
    with Watched(browser, server, PHONE) as watched:
        yield watched
