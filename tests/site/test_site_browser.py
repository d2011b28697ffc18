"""The site in a real browser: from a plain server and from the folder, with everything outside blocked."""

import functools
import http.server
import re
import threading

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe, of the extra site")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LESSON = "notebooks/06_when_training_fails.html"
IN_FORMULAS = "notebooks/02_the_objective_function.html"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
TYPESET = "() => !window.MathJax || (MathJax.startup && MathJax.startup.promise.then(() => true))"
STATE = """() => ({
    broken: [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src),
    formulas: document.querySelectorAll("article .math").length,
    typeset: document.querySelectorAll("article .math > mjx-container").length,
    faulty: document.querySelectorAll("mjx-merror, [data-mjx-error]").length,
    wider: document.documentElement.scrollWidth - window.innerWidth,
})"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's plain file server, without a line for each request."""

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server(site):
    """The address of a plain server of the site."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


class Watched:
    """A tab of the browser in which everything outside the site is blocked, and `faults` holds what went wrong.

    Args:
        browser: the browser.
        inside: how the addresses of the site begin.
        size: of the window, in pixels.
    """

    def __init__(self, browser, inside, size):
        self.inside, self.faults = inside, []
        self.context = browser.new_context(viewport=size)
        self.page = self.context.new_page()
        self.page.on("console", self._read)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.context.route(lambda address: not address.startswith((inside, "data:", "blob:")), self._block)

    def _read(self, message):
        if message.type == "error":  # a file that is not there is an error of the console, too
            self.faults.append(f"{message.text} {message.location['url']}")

    def _block(self, route):
        self.faults.append(f"asked for {route.request.url}")
        route.abort()

    def open(self, name):
        """Open a page of the site, and wait for its formulas. Returns the tab."""
        self.page.goto(self.inside + name)
        self.page.wait_for_function(TYPESET)
        return self.page


@pytest.fixture
def desk(browser, server):
    watched = Watched(browser, server, DESK)
    yield watched
    watched.context.close()
    assert watched.faults == []


@pytest.fixture
def phone(browser, server):
    watched = Watched(browser, server, PHONE)
    yield watched
    watched.context.close()
    assert watched.faults == []


def problems(watched, names):
    """What is wrong with pages: a dictionary of their names and what their `STATE` should not be."""
    found = {}
    for name in names:
        state = watched.open(name).evaluate(STATE)
        unset = state.pop("formulas") - state.pop("typeset")
        if watched.faults or unset or any(state.values()):
            found[name] = [*watched.faults, unset, state]
        watched.faults.clear()
    return found


def test_every_page_loads_without_a_fault_and_fits_a_phone(phone, pages):
    assert problems(phone, pages) == {}


def test_pages_without_a_server(browser, site):
    watched = Watched(browser, f"{site.as_uri()}/", DESK)
    assert problems(watched, ["index.html", LESSON, IN_FORMULAS, "api/gan.html", "assets/modes.html"]) == {}
    assert "06" in first_result(watched.open("search.html?q=mode+collapse"))
    assert watched.faults == []
    watched.context.close()


def first_result(page):
    page.wait_for_selector("#search-results li a")
    page.wait_for_function("document.querySelector('#search-results').innerText.includes('Search finished')")
    return page.inner_text("#search-results li a")


def test_search_finds_mode_collapse(desk):
    page = desk.open("index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("mode collapse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    assert "When training fails" in first_result(page)
    assert page.locator("#search-results a", has_text="mode collapse").count() >= 1, "the entry of the glossary"


def test_search_says_when_it_finds_nothing(desk):
    page = desk.open("search.html?q=zzyzx")
    page.wait_for_function("document.querySelector('#search-results').innerText.includes('did not match')")


def test_dark_mode_stays_on_the_next_page(desk):
    page = desk.open("index.html")
    color = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(color)
    page.click(".theme-switch-button")
    page.click(".theme-change-button[data-mode=dark]")
    dark = page.evaluate(color)
    assert brightness(light) > 200 > 60 > brightness(dark)
    assert desk.open(LESSON).evaluate(color) == dark


def brightness(color):
    return sum(map(int, re.findall(r"\d+", color)[:3])) / 3


def test_a_folded_answer_opens_with_the_keyboard(desk):
    page = desk.open(LESSON)
    answer = page.locator("article details").first
    assert not answer.evaluate("element => element.open")
    answer.locator("summary").focus()
    page.keyboard.press("Enter")
    assert answer.evaluate("element => element.open")
    assert answer.locator("pre, p").first.is_visible()


def test_all_lessons_follow_each_other(desk, pages):
    lessons = [name for name in pages if re.match(r"notebooks/\d\d_", name)]
    page = desk.open(lessons[0])
    for name in lessons[1:]:
        page.click("a.right-next")
        page.wait_for_url(f"**/{name}")
    page.click("a.left-prev")
    page.wait_for_url(f"**/{lessons[-2]}")


def test_the_menu_of_a_phone_leads_to_another_lesson(phone):
    page = phone.open(LESSON)
    page.click(".primary-toggle >> visible=true")
    page.click("#pst-primary-sidebar-modal >> text=07 · Measuring a GAN")
    page.wait_for_url("**/07_measuring_a_gan.html")


def test_a_lesson_can_be_read_within_a_second(desk):
    page = desk.open("index.html")
    page.goto(desk.inside + LESSON, wait_until="commit")
    page.wait_for_selector("article h2")
    seconds = page.evaluate("performance.getEntriesByType('paint').at(-1).startTime / 1000")
    assert 0 < seconds < 3, "a second on a machine that does nothing else"


@pytest.mark.parametrize(("name", "theme"), [("index.html", "light"), (LESSON, "dark"), ("api/gan.html", "light")])
def test_no_serious_finding_of_axe(name, theme, desk):
    page = desk.open(name)
    page.evaluate("theme => localStorage.setItem('mode', theme)", theme)
    page = desk.open(name)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.evaluate("document.querySelectorAll('article details').forEach(answer => answer.open = true)")
    found = axe.Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
    serious = [
        (finding["id"], len(finding["nodes"]), [node["html"][:150] for node in finding["nodes"][:3]])
        for finding in found
        if finding["impact"] in ("serious", "critical")
    ]
    assert serious == []
