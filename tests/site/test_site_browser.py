"""The site in a real browser: from a plain server and from the folder, with everything outside blocked."""

import re
from itertools import pairwise

import pytest
from site_tabs import DESK, Watched, serious_findings

pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe, of the extra site")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LESSON = "notebooks/06_when_training_fails.html"
IN_FORMULAS = "notebooks/02_the_objective_function.html"
STATE = """() => ({
    broken: [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src),
    formulas: document.querySelectorAll("article .math").length,
    typeset: document.querySelectorAll("article .math > mjx-container").length,
    faulty: document.querySelectorAll("mjx-merror, [data-mjx-error]").length,
    wider: document.documentElement.scrollWidth - window.innerWidth,
})"""


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
    with Watched(browser, f"{site.as_uri()}/", DESK) as watched:
        assert problems(watched, ["index.html", LESSON, IN_FORMULAS, "api/gan.html", "assets/modes.html"]) == {}
        assert "06" in first_result(watched.open("search.html?q=mode+collapse"))


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


def test_all_lessons_follow_each_other(desk, site, pages):
    lessons = [name for name in pages if re.match(r"notebooks/\d\d_", name)]
    for name, following in pairwise(lessons):
        (link,) = re.findall(r'class="right-next"\s+href="(.+?)"', (site / name).read_text("utf-8"))
        assert link == following.removeprefix("notebooks/")
    page = desk.open(lessons[0])
    page.click("a.right-next")
    page.wait_for_url(f"**/{lessons[1]}")
    page.click("a.left-prev")
    page.wait_for_url(f"**/{lessons[0]}")


def test_the_menu_of_a_phone_leads_to_another_lesson(phone):
    page = phone.open(LESSON)
    page.click(".primary-toggle >> visible=true")
    page.click("#pst-primary-sidebar-modal >> text=07 · Measuring a GAN")
    page.wait_for_url("**/07_measuring_a_gan.html")


def test_a_lesson_can_be_read_within_a_second(desk):
    """The lesson with the most formulas: 0.4 s to its text and 1.5 s to all formulas, on two busy cores.

    The best of three loads counts, since other programs may take the processor meanwhile.
    """
    text, formulas = min(seconds_to_text_and_formulas(desk) for _ in range(3))
    assert 0 < text < 2, "a second on a machine that does nothing else"
    assert text < formulas < 7


def seconds_to_text_and_formulas(watched):
    page = watched.open("index.html")
    page.goto(watched.inside + IN_FORMULAS, wait_until="commit")
    page.wait_for_selector("article .math > mjx-container")
    return page.evaluate("""async () => {
        await MathJax.startup.promise;
        const formulas = performance.now();
        const text = performance.getEntriesByName("first-contentful-paint")[0].startTime;
        return [text / 1000, formulas / 1000];
    }""")


@pytest.mark.parametrize(("name", "theme"), [("index.html", "light"), (LESSON, "dark"), ("api/gan.html", "light")])
def test_no_serious_finding_of_axe(name, theme, desk):
    page = desk.open(name)
    page.evaluate("theme => localStorage.setItem('mode', theme)", theme)
    page = desk.open(name)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.evaluate("document.querySelectorAll('article details').forEach(answer => answer.open = true)")
    assert serious_findings(page) == []
