"""The drawing room: its pictures are Keras', a 7 asked for is a 7, and one can turn, play and save without a mouse."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from site_tabs import DESK, PHONE, Watched, serious_findings

sys.path.append(str(Path(__file__).resolve().parents[2] / "site" / "draw"))

import export

pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe, of the extra site")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PAGE, TOLERANCE = "draw/index.html", 1e-3
DRAW = "([z, label]) => Array.from(drawingRoom.generator.draw(Float32Array.from(z), label))"
SCORE = "([picture, label]) => drawingRoom.discriminator.score(Float32Array.from(picture), label)"
CANVAS = """() => {
    drawingRoom.cells.frame(0);
    const canvas = document.getElementById("picture");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const [pixel, means] = [canvas.width / 28, new Array(784).fill(0)];
    for (let i = 0; i < canvas.width ** 2; i++) {
        const [row, column] = [Math.floor(i / canvas.width / pixel), Math.floor((i % canvas.width) / pixel)];
        means[28 * row + column] += data[4 * i] / pixel ** 2;
    }
    const style = getComputedStyle(document.getElementById("room"));
    return [means, ...["--paper", "--ink"].map(name => parseInt(style.getPropertyValue(name).trim().slice(1, 3), 16))];
}"""  # the reds of its 28 × 28 squares, those of the paper and of the ink


@pytest.fixture(scope="module")
def stored():
    """What the page draws with: the dictionary in `weights.js`."""
    text = (export.FOLDER / "weights.js").read_text("utf-8")
    return json.loads(re.search(r"DRAWING_WEIGHTS = (.*);\n", text)[1])


@pytest.fixture(scope="module")
def networks(stored):
    """G and D of lesson 10 with the stored weights, as Keras models."""
    return export.unpacked_networks(stored)


@pytest.fixture(scope="module")
def judge():
    """The judge of lesson 10. It has learned from the test digits, which the GAN has not seen."""
    from benchmarks import conditional
    from gan_course import data

    chief = conditional.judge(*data.load("mnist_5k", split="test"))
    images, labels = data.load("mnist_5k")
    assert chief.score(conditional.halved(images), labels) > 0.9, "it can tell real digits"
    return lambda pictures: chief.predict(conditional.halved(pictures))


@pytest.fixture(scope="module")
def tab(browser, server):
    """The drawing room from a plain server, in a window of a desk."""
    with Watched(browser, server, DESK) as watched:
        yield watched


@pytest.fixture
def page(tab):
    """The page as it is at first."""
    tab.page.goto("about:blank")
    return tab.open(PAGE)


# The networks


def drawn(page, z, labels):
    pictures = [page.evaluate(DRAW, [row.tolist(), int(label)]) for row, label in zip(z, labels, strict=True)]
    return np.array(pictures, "float32").reshape(-1, 28, 28, 1)


def test_pictures_are_those_of_keras_with_the_same_weights(page, networks):
    z = np.random.default_rng(5).normal(size=(40, export.LATENT)).astype("float32")
    labels = np.arange(40) % 10
    expected = networks[0].predict([z, labels], verbose=0)
    assert expected.std() > 0.3, "they show something"
    assert np.abs(drawn(page, z, labels) - expected).max() < TOLERANCE


def test_pictures_are_those_of_the_network_that_was_trained(page):
    golden = json.loads((export.FOLDER / "golden.json").read_text("utf-8"))
    expected = np.array(golden["pictures"], "float32").reshape(-1, 28, 28, 1)
    found = drawn(page, np.array(golden["z"]), golden["labels"])
    assert np.abs(found - expected).max() < TOLERANCE


def test_scores_are_those_of_keras(page, networks):
    generator, discriminator = networks
    z = np.random.default_rng(6).normal(size=(20, export.LATENT)).astype("float32")
    labels = np.arange(20) % 10
    pictures = generator.predict([z, labels], verbose=0)
    expected = discriminator.predict([pictures, labels], verbose=0)[:, 0]
    found = [page.evaluate(SCORE, [x.ravel().tolist(), int(y)]) for x, y in zip(pictures, labels, strict=True)]
    assert np.ptp(expected) > 0.2, "not all are judged alike"
    assert np.abs(np.array(found) - expected).max() < TOLERANCE


def test_opinions_are_ranks_among_real_digits(page, stored):
    usual, ranks = (
        stored["opinions"],
        "z => drawingRoom.opinion(drawingRoom.draw({ ...drawingRoom.state, ...z }), drawingRoom.state)",
    )
    assert len(usual) == 21
    assert sorted(usual) == usual
    found = [page.evaluate(ranks, {"noise": number, "psi": 1.5}) for number in range(1, 30)]
    expected = [np.interp(100 * one["probability"], usual, np.linspace(0, 1, 21)) for one in found]
    assert np.abs(np.array([one["rank"] for one in found]) - expected).max() < 1e-6


def test_the_weights_are_small():
    assert 0.5e6 < (export.FOLDER / "weights.js").stat().st_size < 1.5e6


# What is asked for


def from_canvas(page):
    """The large picture, read from its canvas: numbers from −1, the paper, to 1, the ink."""
    reds, paper, ink = page.evaluate(CANVAS)
    return (2 * (np.array(reds, "float32").reshape(1, 28, 28, 1) - paper) / (ink - paper)) - 1


def test_a_7_asked_for_is_a_7(page, judge):
    seen, asked = [], np.tile(np.arange(10), 6)
    for number, digit in enumerate(asked):
        page.evaluate("changes => drawingRoom.set(changes)", {"digit": int(digit), "noise": 1 + number // 10})
        seen.append(judge(from_canvas(page))[0])
    assert np.mean(seen == asked) > 0.93
    assert np.mean(np.array(seen)[asked == 7] == 7) > 0.8


def test_the_canvas_shows_the_picture(page):
    state = "Array.from(drawingRoom.draw(drawingRoom.state))"
    found, expected = from_canvas(page)[0, ..., 0], np.array(page.evaluate(state)).reshape(28, 28)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.95
    page.check("#pixels")
    assert np.abs(from_canvas(page)[0, ..., 0] - expected).max() < 0.02


def ink_and_slant(page):
    picture = from_canvas(page)
    return export.ink(picture)[0], export.slant(picture)[0]


def test_dials_do_what_they_say_with_the_keyboard(page):
    page.locator("#lean").focus()
    slants = []
    for key in ("Home", "End"):
        page.keyboard.press(key)
        slants.append(ink_and_slant(page)[1])
    assert slants[1] > slants[0] + 0.1
    page.locator("#bold").focus()
    inks = []
    for key in ("Home", "End"):
        page.keyboard.press(key)
        inks.append(ink_and_slant(page)[0])
    assert inks[1] > inks[0] + 0.01


def test_digits_are_chosen_with_the_keyboard(page, judge):
    page.locator("#digits input").nth(7).focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("drawingRoom.state.digit") == 8
    assert judge(from_canvas(page))[0] == 8


def test_the_picture_follows_the_mouse_and_goes_back(page):
    before = from_canvas(page)
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"])
    there = page.evaluate("drawingRoom.pointed")
    assert there["lean"] > 1
    assert there["bold"] > 1
    assert np.abs(from_canvas(page) - before).max() > 0.3
    page.mouse.move(box["x"] - 40, box["y"] - 40)
    assert np.abs(from_canvas(page) - before).max() < 1e-6


def test_a_click_on_the_map_stays(page):
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 18, box["y"] + box["height"] / 18)
    page.mouse.move(5, 5)
    state = page.evaluate("drawingRoom.state")
    assert abs(state["lean"] + 2.5) < 0.1
    assert abs(state["bold"] - 2.5) < 0.1


def test_truncation_leaves_one_picture(page):
    page.locator("#psi").focus()
    page.keyboard.press("Home")
    before = from_canvas(page)
    page.click("#new-noise")
    assert np.abs(from_canvas(page) - before).max() < 1e-6


def test_a_morph_ends_at_the_other_digit(page, judge):
    page.evaluate("drawingRoom.set({ digit: 4, to: 9, psi: 0.5, blend: 1 })")
    assert judge(from_canvas(page))[0] == 9
    page.evaluate("drawingRoom.set({ blend: 0 })")
    assert judge(from_canvas(page))[0] == 4


def test_play_and_pause(page):
    page.click("#play-blend")
    page.wait_for_function("drawingRoom.state.blend > 0.1")
    assert page.get_attribute("#play-blend", "aria-pressed") == "true"
    page.click("#play-blend")
    assert page.get_attribute("#play-blend", "aria-pressed") == "false"
    at = page.evaluate("drawingRoom.state.blend")
    page.wait_for_timeout(200)
    assert page.evaluate("drawingRoom.state.blend") == at


@pytest.mark.parametrize("milliseconds", [4, 16, 90])
def test_it_plays_as_fast_on_every_screen(page, milliseconds):
    """Frames of a fast, a usual and a slow screen; from one end to the other it takes four seconds."""
    frames = 2_000 // milliseconds
    page.evaluate(
        """([step, frames]) => new Promise((done) => {
            let now = performance.now();
            window.requestAnimationFrame = (tick) => frames-- ? queueMicrotask(() => tick(now += step)) : done();
            document.getElementById("play-blend").click();
        })""",
        [milliseconds, frames],
    )
    assert abs(page.evaluate("drawingRoom.state.blend") - 0.5) < 0.03


def test_the_address_holds_the_state(page, tab):
    page.evaluate("drawingRoom.set({ digit: 3, noise: 77, lean: 1.5 })")
    page.wait_for_function("location.hash.includes('noise=77')")
    address, before = page.url.removeprefix(tab.inside), from_canvas(page)
    page.goto("about:blank")
    assert np.abs(from_canvas(tab.open(address)) - before).max() < 1e-6


def test_an_address_with_nonsense_gives_the_first_state(page, tab):
    first = page.evaluate("drawingRoom.state")
    page.goto("about:blank")
    tab.open(f"{PAGE}#digit=x&noise=&psi=NaN&else=1")
    assert page.evaluate("drawingRoom.state") == first


def test_a_digit_does_not_morph_into_itself(page):
    page.evaluate("drawingRoom.set({ digit: 2, to: 2 })")
    assert page.evaluate("drawingRoom.state.to") == 3
    assert page.locator("#to option[disabled]").get_attribute("value") == "2"


def test_start_again_clears_the_boxes(page):
    page.check("#opinions")
    page.check("#pixels")
    page.click("#reset")
    assert not page.is_checked("#opinions")
    assert not page.is_checked("#pixels")
    assert page.evaluate("[drawingRoom.looks.opinions, drawingRoom.looks.pixels]") == [False, False]


def test_a_picture_is_saved(page):
    with page.expect_download() as waiting:
        page.click("#save")
    assert waiting.value.suggested_filename == "digit-7-noise-3.png"
    assert Path(waiting.value.path()).read_bytes()[:4] == b"\x89PNG"


# Readers


def test_without_a_server(browser, site):
    with Watched(browser, f"{site.as_uri()}/", DESK) as watched:
        page = watched.open(PAGE)
        page.evaluate("drawingRoom.set({ digit: 3 })")
        page.wait_for_function("location.hash.includes('digit=3')")
        assert np.ptp(from_canvas(page)) > 1


def test_touch_on_a_phone(browser, server):
    with Watched(browser, server, PHONE, has_touch=True) as watched:
        page = watched.open(PAGE)
        page.locator("#map").scroll_into_view_if_needed()
        box = page.locator("#map").bounding_box()
        page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"])
        state = page.evaluate("drawingRoom.state")
        assert state["lean"] > 1
        assert state["bold"] < -1
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_less_motion_is_one_step_with_each_press(browser, server):
    with Watched(browser, server, DESK, reduced_motion="reduce") as watched:
        page = watched.open(PAGE)
        assert page.inner_text("#play-walk") == "One step"
        for _ in range(2):
            page.click("#play-walk")
        page.wait_for_timeout(200)
        assert abs(page.evaluate("drawingRoom.state.walk") - 0.25) < 0.02


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_finding_of_axe_in_the_room(theme, page, tab):
    page.evaluate("theme => localStorage.setItem('mode', theme)", theme)
    page = tab.open(PAGE)
    page.evaluate("localStorage.removeItem('mode')")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert serious_findings(page) == []


def test_changes_are_said_to_those_who_hear_the_page(page):
    page.evaluate("drawingRoom.set({ digit: 3 })")
    page.wait_for_function("document.getElementById('status').textContent.startsWith('A 3')")


def test_lessons_link_to_the_room(pages):
    for lesson in ("10_conditional_gans", "14_steering_the_latent_space"):
        assert "../draw/index.html" in pages[f"notebooks/{lesson}.html"].links
    assert "draw/index.html" in pages["index.html"].links
