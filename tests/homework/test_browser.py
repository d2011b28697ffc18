"""Pages with what a malicious student wrote, in a real browser: nothing acts when they open, or when all is clicked."""

import contextlib
import pathlib
import re
import shutil

import pytest
from payloads import MARKDOWN, NOTEBOOKS

nbgrader = pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev")

from nbconvert.exporters import HTMLExporter  # noqa: E402
from nbconvert.filters.markdown_mistune import markdown2html_mistune  # noqa: E402
from nbgrader.server_extensions.formgrader import handlers  # noqa: E402
from traitlets.config import Config  # noqa: E402

from gan_course.homework import rendering  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="needs a browser: Debian's package chromium"),
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SITE = "http://course.test"
ADDRESS = f"{SITE}/formgrader/submissions/1/"
OURS = ".navbar, .help, .scoring-buttons, .panel-heading, .panel-footer"  # nbgrader's own parts of the form
CLICK = """ours => {
    for (const element of document.querySelectorAll("body *"))
        if (element.matches("a, area, button, input, summary, x, b, [onclick], [href]") && !element.closest(ours))
            element.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, view: window}));
}"""
CLOBBERED = """() => window.submission_id !== "1" || typeof document.getElementById !== "function"
    || typeof document.querySelector !== "function" || !(document.body instanceof HTMLElement)
    || typeof formgrader.init !== "function" || base_url !== "/formgrader" """
COVERED = "() => !document.elementFromPoint(20, 20).closest('.navbar')"


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


class Watched:
    """A page whose every doing is written down in `acts`; what belongs to nbgrader is served, all else is refused."""

    def __init__(self, browser):
        self.context = browser.new_context(accept_downloads=False)
        self.page = self.context.new_page()
        self.acts, self.page_text, self.errors = [], "", []
        self.context.on("dialog", lambda dialog: (self.acts.append("a script ran"), dialog.dismiss()))
        self.context.on("page", lambda page: self.acts.append("a tab was opened"))
        self.page.on("download", lambda download: self.acts.append("a download"))
        self.page.on("framenavigated", self._navigated)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.context.route("**/*", self._serve)

    def _navigated(self, frame):
        if frame.url.partition("#")[0] not in (
            ADDRESS,
            f"{ADDRESS}?index=0",
            "about:blank",
            "chrome-error://chromewebdata/",
        ):
            self.acts.append(f"went to {frame.url[:80]}")

    def _serve(self, route):
        url = route.request.url
        static = pathlib.Path(handlers.static_path) / url.partition("/formgrader/static/")[2]
        if url.partition("#")[0] == ADDRESS and not self._opened:
            self._opened = True
            return route.fulfill(body=self.page_text, content_type="text/html; charset=utf-8")
        if "/formgrader/static/" in url and static.is_file():
            return route.fulfill(path=static)
        if re.match(f"{SITE}/formgrader/api/(grades|comments)", url):
            return route.fulfill(body="[]", content_type="application/json")
        if not re.match("https://cdnjs.cloudflare.com/|data:|http://course.test/favicon.ico", url):
            self.acts.append(f"asked for {url[:80]}")
        return route.abort()

    def open(self, text):
        """Open a page, click everything in it. Returns what it did."""
        self.acts, self.page_text, self._opened = [], text, False
        with contextlib.suppress(playwright.Error):  # a page that goes elsewhere at once
            self.page.goto(ADDRESS)
            self.page.wait_for_timeout(40)
            if self.page.evaluate(COVERED):
                self.acts.append("covers the form")
            if self.page.evaluate(CLOBBERED):
                self.acts.append("replaced the form's names")
            self.page.evaluate(CLICK, OURS)
            self.page.wait_for_timeout(40)
        with contextlib.suppress(playwright.Error):
            self.page.goto("about:blank")
        return self.acts


@pytest.fixture
def watched(browser):
    page = Watched(browser)
    yield page
    page.context.close()


def settings():
    """The formgrader's settings for its exporter."""
    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    return config


def exported(exporter, notebook):
    about = {"assignment_id": "hw1", "notebook_id": "hw1", "submission_id": "1", "index": 0, "total": 1, "base_url": ""}
    about |= {"student": "ada", "last_name": None, "first_name": None, "notebook_path": "autograded/ada/hw1/hw1.ipynb"}
    return exporter.from_notebook_node(notebook, resources=about)[0]


def actors(watched, exporter, names, change=lambda page: page):
    """{payload: what it did} of the payloads that act."""
    done = {name: watched.open(change(exported(exporter, NOTEBOOKS[name]()))) for name in names}
    return {name: acts for name, acts in done.items() if acts}


def without_policy(page):
    """A page that does not tell the browser what it may do."""
    assert "Content-Security-Policy" in page
    return re.sub(r"<meta[^>]*Content-Security-Policy[^>]*>", "", page)


def test_the_sanitizer_alone_stops_every_payload(watched):
    exporter = rendering.SafeExporter(config=settings())
    assert len(NOTEBOOKS) >= 60
    assert actors(watched, exporter, NOTEBOOKS, without_policy) == {}
    assert watched.errors == []  # the form's own scripts run to their end


def test_without_the_sanitizer_many_act(watched):
    exporter = HTMLExporter(config=settings())
    acting = actors(watched, exporter, list(MARKDOWN)[::2])
    assert len(acting) > 40  # of 81


def test_the_browsers_policy_alone_stops_every_script(watched, monkeypatch):
    monkeypatch.setattr(rendering, "plain", lambda notebook: notebook)
    monkeypatch.setattr(rendering, "markdown", lambda source, attachments=None: markdown2html_mistune(source))
    exporter = rendering.SafeExporter(config=settings())
    acting = actors(watched, exporter, list(MARKDOWN)[::2])
    assert {name: acts for name, acts in acting.items() if "a script ran" in acts} == {}
    assert len(acting) > 10  # it does not forbid links, so the sanitizer is needed, too
