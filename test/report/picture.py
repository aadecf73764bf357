"""Makes the README's picture, docs/report.png: the page of five made-up functions, in Debian's Chromium.

    build/venv-report/bin/python3 test/report/picture.py      (after ./scripts/test has set up what the tests need)
"""
import dataclasses
import pathlib
import tempfile

from browser import chromium
from conftest import ROOT, page_of
from lines import PROFILES, encode, lines_of

PICTURE = ROOT / "docs" / "report.png"


def main():
    with tempfile.TemporaryDirectory() as folder:
        lines, page = pathlib.Path(folder, "lines.log"), pathlib.Path(folder, "page.html")
        with open(lines, "w", encoding="ascii") as file:
            for profile in PROFILES:
                for record in lines_of(dataclasses.replace(profile, every_ms=120_000, invocations=150), 4000):
                    file.write(encode(record) + "\n")
        page.write_text(page_of([lines]), encoding="utf-8")
        with chromium() as browser:
            view = browser.new_page(viewport={"width": 1100, "height": 640})
            view.goto(page.as_uri())
            view.select_option("#choice", label="checkout")
            # The charts right below the recommended changes.
            view.evaluate("for (const id of ['functions', 'cost']) document.getElementById(id).hidden = true")
            view.evaluate("document.querySelectorAll('main > h2')[1].hidden = true; document.getElementById('function').style.marginTop = 0")
            view.wait_for_timeout(300)
            view.screenshot(path=PICTURE)
    print(PICTURE.relative_to(ROOT), f"{PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
