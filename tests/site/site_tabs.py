"""A plain server of the site, and a tab of the browser in which everything outside the site is blocked."""

import http.server

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
AT_REST = "() => !document.getAnimations().some(each => each instanceof CSSTransition)"
TYPESET = "() => !window.MathJax || (MathJax.startup && MathJax.startup.promise.then(() => true))"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's plain file server, without a line for each request."""

    def log_message(self, *arguments):
        pass


class Watched:
    """A tab of the browser in which everything outside the site is blocked, and `faults` holds what went wrong.

    It is a context manager, at whose end the tab is closed, and nothing may have gone wrong in it.

    Args:
        browser: the browser.
        inside: how the addresses of the site begin.
        size: of the window, in pixels.
        **options: as in playwright's `new_context`.
    """

    def __init__(self, browser, inside, size, **options):
        self.inside, self.faults = inside, []
        self.context = browser.new_context(viewport=size, **options)
        self.page = self.context.new_page()
        self.page.on("console", self._read)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.context.route(lambda address: not address.startswith((inside, "data:", "blob:")), self._block)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.context.close()
        assert kind or self.faults == []

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


def serious_findings(page):
    """What axe-core finds serious or critical on a page: ids of the rules, each with the first elements.

    It waits until the colors stand still: a dark page begins light, and a contrast in between is nobody's.
    """
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_function(AT_REST)
    found = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
    return [
        (finding["id"], [node["html"][:150] for node in finding["nodes"][:3]])
        for finding in found
        if finding["impact"] in ("serious", "critical")
    ]
