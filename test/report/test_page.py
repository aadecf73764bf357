"""The page as a person has it: in a browser, wide and narrow, by mouse and by keyboard, with hostile lines in it."""
import dataclasses
import json
import pathlib
import re
import time

import pytest

import browser as browsers
from lines import PROFILES, Profile, encode, lines_of

pytestmark = pytest.mark.skipif(not browsers.EXECUTABLE, reason="there is no chromium on this system")

HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "__proto__", "constructor", '"><svg onload=alert(1)>',
           "=HYPERLINK(\"http://x\")", "{data}", "<!--", "\u202eabc", "x" * 300)
CHARTS = {"cost", "durations", "what-if", "memory", "growth", "failures", "distribution", "cpu", "cold-starts", "time-goes", "headroom",
          "traffic", "sandboxes"}


def mixed(count=300):
    for profile in PROFILES:
        yield from lines_of(dataclasses.replace(profile, every_ms=400_000), count)


@pytest.fixture(scope="module")
def browser():
    with browsers.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The page of records, made once a name."""
    from conftest import page_of
    folder = tmp_path_factory.mktemp("pages")

    def made(name, records):
        path = folder / f"{name}.html"
        if not path.exists():
            lines = folder / f"{name}.log"
            lines.write_text("".join(encode(record) + "\n" for record in records))
            path.write_text(page_of([lines]), encoding="utf-8")
        return path
    return made


@pytest.fixture
def opened(browser, pages):
    made = []

    def open_(name="mixed", records=None, **options):
        made.append(browsers.Page(browser, pages(name, mixed() if records is None else records), **options))
        return made[-1]
    yield open_
    for each in made:
        assert each.faults == []
        each.page.close()


def test_every_chart_has_marks_and_a_table(opened):
    view = opened()
    seen = {}
    for index in range(5):
        view.page.select_option("#choice", str(index))
        seen |= {name: max(count, seen.get(name, 0)) for name, count in view.marks().items()}
    assert set(seen) == {f"chart-{name}" for name in CHARTS}
    assert all(seen.values()), seen
    view.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    view.until("[...document.querySelectorAll('figure')].every((each) => each.querySelector('tbody tr'))")


def test_what_is_wrong_is_on_top(opened):
    view = opened()
    texts = view.page.locator("#findings li").all_inner_texts()
    assert any("orders" in text and "Leak" in text for text in texts[:4])
    assert any("checkout" in text and "Lower memory from 1,769" in text for text in texts)
    assert view.page.locator("#findings").bounding_box()["y"] < 300


def test_tooltips_by_mouse_and_keyboard(opened):
    view = opened()
    chart = view.page.locator("#chart-durations")
    chart.scroll_into_view_if_needed()
    chart.hover()
    view.until("document.querySelector('#chart-durations').innerText.includes('p95:')")
    chart.press("Escape")
    view.page.mouse.move(0, 0)
    chart.focus()
    chart.press("ArrowRight")
    view.until("/UTC/.test(document.querySelector('#chart-durations').innerText)")


@pytest.mark.parametrize("name", ["durations", "cpu", "what-if"])
def test_zoom(name, opened):
    view = opened()
    view.page.select_option("#choice", label="checkout")
    chart = view.page.locator(f"#chart-{name}")
    before = chart.inner_html()
    chart.focus()
    chart.press("+")
    deadline = time.monotonic() + 10
    while chart.inner_html() == before:
        assert time.monotonic() < deadline, "nothing was zoomed"
        view.page.wait_for_timeout(20)


def test_keyboard_alone_reaches_a_function(opened):
    view = opened()
    last = view.page.locator("#functions tbody button.name").last
    name = last.inner_text()
    last.focus()
    view.page.keyboard.press("Enter")
    assert view.page.inner_text("#name") == name
    assert view.page.evaluate("document.activeElement.id") == "name"


def test_the_table_of_functions_sorts(opened):
    view = opened()
    for heading, ordered in (("function", sorted), ("function", lambda names: sorted(names, reverse=True))):
        view.page.locator("#functions th button", has_text=heading).first.click()
        names = view.page.locator("#functions tbody button.name").all_inner_texts()
        assert names == ordered(names)


@pytest.mark.parametrize("width", [360, 768, 1280, 2560])
def test_widths(width, opened):
    view = opened(width=width)
    assert view.overflow() <= 0
    boxes = [view.page.locator(f"#{name}").bounding_box() for name in ("findings", "functions", "charts")]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)


def test_dark_and_print(opened):
    luminance = "(() => { const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number); return r + g + b })()"
    view = opened(scheme="dark")
    assert view.page.evaluate(luminance) < 150
    assert "#e6ebf1" in view.page.locator("#chart-headroom").inner_html()
    view.page.emulate_media(media="print")
    assert view.page.evaluate(luminance) == 3 * 255
    view.until("document.querySelector('#chart-headroom').innerHTML.includes('#1d2733')")
    assert not view.page.locator("details").first.is_visible()
    assert view.page.pdf(format="A4").startswith(b"%PDF")


def test_hostile_names_are_text(opened):
    records = []
    for number, name in enumerate(HOSTILE):
        for record in lines_of(Profile(name, error_share=0.5, start_ms=1_760_000_000_000 + number), 30):
            records.append({**record, **{field: name for field in ("sandbox_id", "version", "architecture") if number < 9},
                            "request_id": f"{name}{record['invocation']}", "error_type": name if "error_type" in record else None})
    view = opened("hostile", records)
    shown = [name[:256] for name in HOSTILE]
    assert sorted(view.page.locator("#choice option").all_text_contents()) == sorted(shown)
    for index in range(len(HOSTILE)):
        view.page.select_option("#choice", str(index))
        assert view.page.evaluate("document.getElementById('name').textContent") in shown
        chart = view.page.locator("#chart-growth, #chart-durations").last
        chart.focus()
        chart.press("End")
    view.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert view.page.evaluate("document.querySelectorAll('img, main script, main svg[onload]').length") == 0
    assert view.overflow() <= 0


def test_nothing_can_be_loaded_or_run(opened, browser, pages):
    """The policy holds even if something did get in."""
    view = browsers.Page(browser, pages("mixed", mixed()))
    failed = []
    view.page.on("requestfailed", lambda request: failed.append((request.url, request.failure)))
    view.page.evaluate("""() => {
        const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script);
        const image = document.createElement('img'); image.src = 'http://127.0.0.1:9/x'; document.body.append(image);
    }""")
    view.page.wait_for_timeout(200)
    assert view.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in fault for fault in view.faults)
    assert failed == [("http://127.0.0.1:9/x", "csp")]
    view.page.close()


ODD = {
    "no line": lambda: [],
    "one": lambda: lines_of(Profile(), 1),
    "without telemetry": lambda: lines_of(Profile(telemetry=False), 60),
    "Lambda Insights only": lambda: [
        {key: record[key] for key in ("_aws", "event_type", "function_name", "request_id", "duration", "billed_duration", "billed_mb_ms",
                                      "cold_start", "total_memory", "used_memory_max", "cpu_total_time", "tmp_max", "tmp_free", "rx_bytes",
                                      "tx_bytes", "fd_use", "fd_max", "threads_max") if key in record} for record in lines_of(Profile(), 60)],
    "no times": lambda: [{**record, "_aws": {}} for record in lines_of(Profile(), 60)],
    "summaries only": lambda: [{"_aws": {"Timestamp": 1_760_000_000_000}, "event_type": "summary", "function_name": "f", "sandbox_id": "s",
                                "invocations": 100, "billed_mb_ms": 12800, "interval": 60}],
    "environment only": lambda: [{"_aws": {"Timestamp": 1_760_000_000_000}, "event_type": "performance", "function_name": "f",
                                  "interval": 60}],
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_inputs(kind, opened):
    view = opened(kind.replace(" ", "-"), ODD[kind]())
    assert view.overflow() <= 0
    if kind in ("no line", "environment only"):
        assert "no invocation" in view.page.inner_text("#findings")
        assert not any(view.page.is_visible(each) for each in ("#function", "#functions", "#cost figure")) and view.marks() == {}
    elif kind == "summaries only":
        assert view.page.inner_text("#tiles .tile >> nth=0").split() == ["invocations", "100", "sandboxes", "unknown"]
    else:
        known = kind in ("one", "no times")
        assert view.page.inner_text("#tiles .tile:nth-child(3) b") == ("none" if known else "unknown")
        marks = view.marks()
        assert "chart-headroom" in marks and all(marks.values())
        assert ("chart-durations" in marks) == (kind != "no times")


def test_a_hundred_thousand_invocations(opened, pages):
    def many():
        for profile in PROFILES:
            yield from lines_of(dataclasses.replace(profile, every_ms=4000), 20_000)
    assert pages("hundred-thousand", many()).stat().st_size <= 5_000_000
    times = []
    for _ in range(3):
        start = time.monotonic()
        view = opened("hundred-thousand")
        times.append(time.monotonic() - start)
    assert min(times) < 2
    assert view.page.inner_text("#facts .fact >> nth=0").split() == ["100,000", "invocations"]
    assert view.overflow() <= 0 and all(view.marks().values()) and len(view.marks()) >= 10


def test_many_functions_stay_below_five_megabytes_and_open_at_once(opened, pages):
    def many():
        for number in range(400):
            yield from lines_of(Profile(f"function-{number}", every_ms=9000, error_share=0.1, leak_mb=1), 60)
    path = pages("many", many())
    assert path.stat().st_size <= 5_000_000
    times = []
    for _ in range(3):
        start = time.monotonic()
        view = opened("many")
        times.append(time.monotonic() - start)
    assert min(times) < 2
    assert view.page.locator("#functions tbody tr").count() == 25
    view.page.get_by_text("Show all 400", exact=True).click()
    assert view.page.locator("#functions tbody tr").count() == 400


def test_the_file_has_no_address_that_a_browser_would_load(pages):
    text = pages("mixed", mixed()).read_text(encoding="utf-8")
    assert not re.search(r"<(?:link|img|iframe|object|embed|base)\b|<script[^>]*\bsrc=", text.split('<script type="application/json"')[0])
    assert text.count("Content-Security-Policy") == 1 and "unsafe" not in re.search(r'content="([^"]*)"', text).group(1)
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL).group(1))
    assert data["invocations"] == 1500


def test_the_command_writes_a_whole_page_or_none(command, tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("".join(encode(record) + "\n" for record in lines_of(Profile(), 5)))
    assert command(lines, cwd=tmp_path).returncode == 0
    page = tmp_path / "lambda-vitals-report.html"
    assert page.read_text(encoding="utf-8").endswith("</html>\n") and page.stat().st_mode & 0o444 == 0o444
    assert command("-o", tmp_path / "missing" / "x.html", lines).returncode == 2
    assert command("-o", "-", lines).stdout == page.read_bytes()
    assert {path.name for path in pathlib.Path(tmp_path).iterdir()} == {"lines", "lambda-vitals-report.html"}
