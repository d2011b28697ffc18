"""Pages with what a malicious student wrote, in a real browser: nothing acts when they open, or when all is clicked."""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from handed_in import right, save
from payloads import MARKDOWN, NOTEBOOKS

nbgrader = pytest.importorskip("nbgrader", reason="grading needs nbgrader, on the instructor's side")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev")

from nbconvert.exporters import HTMLExporter  # noqa: E402
from nbconvert.filters.markdown_mistune import markdown2html_mistune  # noqa: E402
from nbgrader.server_extensions.formgrader import handlers  # noqa: E402
from traitlets.config import Config  # noqa: E402

from gan_course.homework import rendering  # noqa: E402
from gan_course.homework.collect import collect  # noqa: E402
from gan_course.homework.course import notebook_of  # noqa: E402
from gan_course.homework.feedback import feedback  # noqa: E402
from gan_course.homework.grade import grade  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SITE = "http://course.test"
ADDRESS = f"{SITE}/formgrader/submissions/1/"
OURS = ".navbar, .help, .scoring-buttons, .panel-heading, .panel-footer"  # nbgrader's own parts of the form
CLICK = """ours => {
    for (const element of document.querySelectorAll("body *"))
        if (element.matches("a, area, button, input, summary, x, b, [onclick], [href]") && !element.closest(ours))
            element.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, view: window}));
}"""
CLOBBERED = """() => typeof submission_id !== "string" || typeof document.getElementById !== "function"
    || typeof document.querySelector !== "function" || !(document.body instanceof HTMLElement)
    || typeof formgrader.init !== "function" || typeof base_url !== "string" """
COVERED = "() => !document.elementFromPoint(20, 20).closest('.navbar')"


class Watched:
    """A page whose every doing is written down in `acts`, and every error of a script in `errors`.

    Args:
        browser: The browser that opens it.
        address: Where it is.
        allowed: Pattern of other addresses that it may ask for and go to, in the web server at `address`. None: there
            is no server; `open` gets the page's text, and what belongs to nbgrader is taken from its folder.
    """

    def __init__(self, browser, address=ADDRESS, allowed=None):
        self.browser, self.address, self.allowed = browser, address, allowed
        self.context, self.text, self._opened = None, "", False
        self.start()

    def start(self):
        """Begin anew: what the page before has begun does not count any more."""
        if self.context:
            self.context.close()
        self.acts, self.errors = [], []
        self.context = self.browser.new_context(accept_downloads=False)
        self.page = self.context.new_page()
        self.context.on("dialog", lambda dialog: (self.acts.append("a script ran"), dialog.dismiss()))
        self.context.on("page", lambda page: self.acts.append("a tab was opened"))
        self.page.on("download", lambda download: self.acts.append("a download"))
        self.page.on("framenavigated", self._navigated)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.context.route("**/*", self._serve)

    def _is_ours(self, url):
        return url.partition("#")[0].removesuffix("?index=0") == self.address or re.match(self.allowed or "$", url)

    def _navigated(self, frame):
        if not self._is_ours(frame.url) and frame.url not in ("about:blank", "chrome-error://chromewebdata/"):
            self.acts.append(f"went to {frame.url[:80]}")

    def _serve(self, route):
        url = route.request.url
        static = pathlib.Path(handlers.static_path) / url.partition("/formgrader/static/")[2]
        if self._is_ours(url) and (self.allowed or not self._opened):
            self._opened = True
            return route.continue_() if self.allowed else route.fulfill(body=self.text, content_type="text/html")
        if "/formgrader/static/" in url and static.is_file():
            return route.fulfill(path=static)
        if re.match(f"{SITE}/formgrader/api/(grades|comments)", url):
            return route.fulfill(body="[]", content_type="application/json")
        if not re.match("https://cdnjs.cloudflare.com/|data:|http://[^/]*/favicon.ico", url):
            self.acts.append(f"asked for {url[:80]}")
        return route.abort()

    def open(self, text=""):
        """Open the page, and click everything in it. Returns what it did."""
        self.text, self._opened = text, False
        try:
            self.page.goto(self.address)
            self.page.wait_for_timeout(20)
            if self.page.evaluate(COVERED):
                self.acts.append("covers the form")
            if self.page.evaluate(CLOBBERED):
                self.acts.append("replaced the form's names")
            self.click()
        except playwright.Error:
            if not self.acts:  # else it went elsewhere at once
                raise
        return self.acts

    def click(self):
        """Click everything that is not nbgrader's own."""
        self.page.evaluate(CLICK, OURS)
        self.page.wait_for_timeout(20)


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
    done = {}
    for name in names:
        if acts := watched.open(change(exported(exporter, NOTEBOOKS[name]()))):
            done[name] = acts
            watched.start()
    return done


def without_policy(page):
    """A page that does not tell the browser what it may do."""
    assert "Content-Security-Policy" in page
    return re.sub(r"<meta[^>]*Content-Security-Policy[^>]*>", "", page)


def test_the_sanitizer_alone_stops_every_payload(watched):
    exporter = rendering.SafeExporter(config=settings())
    assert len(NOTEBOOKS) >= 60
    assert actors(watched, exporter, NOTEBOOKS, without_policy) == {}


def test_the_forms_own_scripts_run_to_their_end(watched):
    assert watched.open(exported(rendering.SafeExporter(config=settings()), NOTEBOOKS["link"]())) == []
    assert watched.errors == []
    assert watched.page.evaluate("formgrader.loaded")


def test_without_the_sanitizer_many_act(watched):
    exporter = HTMLExporter(config=settings())
    acting = actors(watched, exporter, list(MARKDOWN)[::2])
    assert len(acting) > 40  # of 81


def test_the_browsers_policy_alone_stops_every_script(watched, monkeypatch):
    monkeypatch.setattr(rendering, "shown_parts", lambda notebook: notebook)
    monkeypatch.setattr(rendering, "markdown", lambda source, attachments=None: markdown2html_mistune(source))
    exporter = rendering.SafeExporter(config=settings())
    acting = actors(watched, exporter, list(MARKDOWN)[::2])
    assert {name: acts for name, acts in acting.items() if "a script ran" in acts} == {}
    assert len(acting) > 10  # it does not forbid links, so the sanitizer is needed, too


HERE = "in the course's folder"
STUDENT, NAME = "4711", "Ada <img src=x onerror=alert(1)>"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def graded(course, released, tmp_path_factory):
    """A submission with all payloads and a few honest parts in it, handed in under a name that is one, too."""
    source, release, _ = released("mini")
    notebook = right(source, release, answer_why="Because $\\frac{1}{2} > x$, as **said**.\n\n|a|b|\n|-|-|\n|1|77|")
    notebook.cells += [nbformat.v4.new_markdown_cell(text) for text in MARKDOWN.values()]
    notebook.cells.append(nbformat.v4.new_markdown_cell("![](attachment:a)", attachments={"a": {"image/png": PNG}}))
    inbox = tmp_path_factory.mktemp("inbox")
    save(notebook, inbox / f"{NAME}_{STUDENT}_assignsubmission_file" / "mini.ipynb")
    list(collect(course, "mini", inbox))
    said = next(grade(course, "mini", STUDENT)).text
    assert said.startswith(f"{STUDENT} (Ada img src=x onerror=alert(1)): 15 of 20, and up to 5 points wait for you")
    with course.gradebook as gradebook:
        first, _, last = NAME.partition(" ")  # `collect` takes out what a browser would act on
        gradebook.update_or_create_student(STUDENT, first_name=first, last_name=last)
        return gradebook.find_submission_notebook("mini", "mini", STUDENT).id


@contextlib.contextmanager
def server(root, folder):
    """A Jupyter server on the files in `root`, started in `folder`. Gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root", "--IdentityProvider.token="]
    options += [f"--ServerApp.root_dir={root}", "--ServerApp.port_retries=0"]
    options.append("--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}")
    command = [sys.executable, "-m", "jupyter_server", *options]
    own = {"JUPYTER_CONFIG_DIR": str(folder / "config"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    with open(folder / "server.log", "w", encoding="utf-8") as log:
        child = subprocess.Popen(command, cwd=folder, env=os.environ | own, stdout=log, stderr=log)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(30)


@pytest.mark.parametrize("start", [HERE, "elsewhere"])
def test_the_real_form_for_grading_does_nothing_but_grade(browser, course, graded, start):
    root = pathlib.Path(course.coursedir.root)
    elsewhere = root / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    with server(root.parent, root if start == HERE else elsewhere) as site:
        own = f"{site}/formgrader(\\?path=|/static/|/api/(assignments|grades?|comments?)\\b"
        own += f"|/manage_assignments|/submissions/{graded}/)"
        watched = Watched(browser, f"{site}/formgrader/submissions/{graded}/", own)
        page = watched.page
        page.goto(f"{site}/formgrader/manage_assignments" if start == HERE else f"{site}/formgrader?path={root}")
        assert watched.open() == []
        assert watched.errors == []
        assert page.locator("#notebook math mfrac").count() == 1
        assert page.locator("#notebook td", has_text="77").count() == 1
        assert page.evaluate("[...document.images].filter(image => image.naturalWidth).length") == 1
        assert (
            page.locator("#notebook a, #notebook iframe, #notebook [onclick], #notebook-container script").count() == 0
        )
        assert page.get_by_text("Model answer", exact=True).count() == 1
        assert page.locator(".name-shown").first.text_content().strip() == "<img src=x onerror=alert(1)>, Ada"
        grade_by_hand(course, page, 3 if start == HERE else 4)
        assert watched.acts == []
        watched.context.close()


def grade_by_hand(course, page, points):
    """Enter points in the form, and wait until they are in the grade book."""
    with page.expect_response(lambda response: "/api/grade/" in response.url and response.request.method == "PUT"):
        page.fill("#answer_why", str(points))
        page.dispatch_event("#answer_why", "change")
    with course.gradebook as gradebook:
        assert gradebook.find_grade("answer_why", "mini", "mini", STUDENT).manual_score == points


def test_a_name_does_nothing_on_the_formgraders_other_pages(browser, course, graded):
    root = pathlib.Path(course.coursedir.root)
    pages = "gradebook gradebook/mini gradebook/mini/mini manage_submissions/mini manage_students manage_assignments"
    pages += f" manage_students/{STUDENT} manage_students/{STUDENT}/mini"
    with server(root.parent, root) as site:
        watched = Watched(browser, site, f"{site}/formgrader/")
        for name in (*pages.split(), "manage_students/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"):
            watched.page.goto(f"{site}/formgrader/{name}", wait_until="networkidle")
        assert watched.acts == []
        watched.context.close()


def test_the_feedback_is_whole_without_network(browser, course, graded):
    list(feedback(course, "mini", STUDENT))
    path = notebook_of(course.coursedir, "feedback", "mini", STUDENT).with_suffix(".html")
    watched = Watched(browser, path.as_uri(), "$")
    start = time.monotonic()
    watched.page.goto(path.as_uri())
    assert time.monotonic() - start < 5
    watched.click()
    assert (watched.acts, watched.errors) == ([], [])
    text = watched.page.inner_text("body")
    assert "Because" in text
    assert "Expected -log 4" in text
    assert watched.page.locator("math mfrac").count() == 1
    assert watched.page.evaluate("[...document.images].filter(image => image.naturalWidth).length") == 1
    watched.context.close()
