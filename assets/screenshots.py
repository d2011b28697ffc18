"""Take the README's pictures of the web site: assets/site_*.png. They need the extra `site`, and Debian's chromium.

python -m sphinx site site/_build && python assets/screenshots.py
"""

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
PAGES = {
    "site_playground": ("playground/index.html", None),
    "site_lesson": ("notebooks/10_conditional_gans.html", "same-z-another-label"),
    "site_drawing": ("draw/index.html#lean=0.8&bold=0.6", None),
}
"""The name of each picture: the page in it, and the section at its top, or None for the top of the page."""

SIZE, SHOWN = {"width": 1280, "height": 960}, (800, 600)


def screenshot(tab, address, section):
    """A picture of a page from a section on, when its formulas and drawings are ready and the playground has played."""
    tab.goto(address)
    tab.wait_for_function("() => !window.MathJax || MathJax.startup.promise.then(() => true)")
    tab.evaluate("id => id && document.getElementById(id).scrollIntoView()", section)
    if "playground" in address:
        tab.click("#run")
        tab.wait_for_function("!Playground.app.player.running", timeout=600_000)  # it pauses by itself
    tab.wait_for_timeout(1500)
    return Image.open(io.BytesIO(tab.screenshot())).convert("RGB")


def main():
    site = (HERE.parent / "site" / "_build").as_uri()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport=SIZE)
        for name, (page, section) in PAGES.items():
            small = screenshot(tab, f"{site}/{page}", section).resize(SHOWN, Image.Resampling.LANCZOS)
            small.quantize(256, Image.Quantize.MAXCOVERAGE).save(HERE / f"{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
