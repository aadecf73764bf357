"""The report's page in a real browser: Debian's Chromium, driven by Playwright."""
import contextlib
import shutil
import time

from playwright.sync_api import sync_playwright

EXECUTABLE = shutil.which("chromium")


@contextlib.contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Page:
    """A page with everything that it must not do noted down: requests, console messages, errors, dialogs."""

    def __init__(self, browser, path, width=1280, scheme="light"):
        self.faults = []
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.faults.append("dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: request.url == path.as_uri() or self.faults.append(f"request: {request.url}"))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("footer #prices:not(:empty)", state="attached")

    def marks(self):
        """For each chart, the shapes in it that stand for data."""
        return self.page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('.chart')].map((chart) =>
            [chart.id, [...chart.querySelectorAll('svg path')].filter((path) =>
                path.getAttribute('d').length > 20 && !['none', null].includes(path.getAttribute('stroke') ?? path.getAttribute('fill'))
            ).length]))""")

    def until(self, expression, seconds=10):
        """Playwright's own wait evaluates in the page, which the page's policy forbids."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            self.page.wait_for_timeout(20)

    def overflow(self):
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
