"""The report in a real browser, from the disk, with the network off."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.report.page import page

playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on the path")

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, run: Any, hostile: Any) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    written = {"friendly": folder / "report.html", "hostile": folder / "hostile.html"}
    for path, of in zip(written.values(), (run, hostile), strict=True):
        path.write_text(page(of)[0], encoding="utf-8")
    return written


class Opened:
    """A page, and what happened on it."""

    def __init__(self, browser: Any, path: Path, width: int = 1280, height: int = 800, **more: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, offline=True, bypass_csp=False, **more
        )
        self.page = self.context.new_page()
        self.heard: list[str] = []
        self.page.on("request", lambda r: self.heard.append(f"request {r.url}"))
        self.page.on("console", lambda m: self.heard.append(f"console {m.text}"))
        self.page.on("pageerror", lambda e: self.heard.append(f"error {e}"))
        self.page.on("dialog", lambda d: (self.heard.append(f"dialog {d.message}"), d.dismiss()))
        self.page.goto(path.as_uri())

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("script", [True, False])
def test_it_opens_with_the_network_off_and_asks_for_nothing(browser, files, script):
    with Opened(browser, files["friendly"], java_script_enabled=script) as o:
        assert o.heard == [f"request {files['friendly'].as_uri()}"]
        answer = o.page.get_by_role("region", name="Answer", exact=True)
        picture = o.page.locator("#fig-zone svg")
        for first in (answer, picture):  # both on the first screen
            box = first.bounding_box()
            assert box["y"] >= 0 and box["y"] + box["height"] <= 800
        numbers = o.page.locator("#fig-zone details")
        assert not numbers.get_by_role("table").is_visible()
        numbers.locator("summary").focus()
        o.page.keyboard.press("Enter")
        assert numbers.get_by_role("table").is_visible()


def test_each_picture_has_a_name_and_a_table(browser, files):
    with Opened(browser, files["friendly"]) as o:
        figures = o.page.locator("figure")
        pictures = o.page.get_by_role("img")
        assert figures.count() == pictures.count() >= 20
        for i in range(figures.count()):
            one = figures.nth(i)
            title = one.locator("h2, h3, h4").first.inner_text()
            assert pictures.nth(i).get_attribute("aria-label").startswith(title.rstrip("."))
            assert one.locator("table th[scope=col]").count() >= 2
            assert one.locator("a[download]").count() >= 1


def test_the_axe_finds_nothing(browser, files):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    with Opened(browser, files["friendly"]) as o:
        o.page.locator("details").evaluate_all("all => all.forEach(d => d.open = true)")
        found = axe.Axe().run(o.page).response["violations"]
        assert [(v["id"], [n["html"][:100] for n in v["nodes"][:3]]) for v in found] == []


@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1920])
def test_nothing_hangs_over_the_edge(browser, files, width):
    with Opened(browser, files["friendly"], width) as o:
        assert o.page.evaluate("document.documentElement.scrollWidth") <= width
        over = o.page.locator("figure svg").evaluate_all(
            "all => all.filter(s => s.getBoundingClientRect().right > innerWidth).length"
        )
        assert over == 0


def test_letters_of_figures_can_be_read_on_a_phone(browser, files):
    with Opened(browser, files["friendly"], 390) as o:
        sizes = o.page.locator("figure svg text").evaluate_all(
            "all => all.map(t => [parseFloat(getComputedStyle(t).fontSize), t.getScreenCTM()])"
            ".map(([size, m]) => size * Math.hypot(m.a, m.b))"
        )
        assert len(sizes) > 200 and min(sizes) >= 9


def test_an_unfriendly_case_runs_nothing(browser, files):
    with Opened(browser, files["hostile"]) as o:
        for link in o.page.locator("a[href]").all()[:40]:
            href = link.get_attribute("href")
            assert href.startswith(("#", "data:text/csv", "https://"))
        o.page.mouse.move(200, 200)
        o.page.wait_for_timeout(200)
        assert o.heard == [f"request {files['hostile'].as_uri()}"]
        assert "<script>alert(1)</script>" in o.page.locator("h1").inner_text()
        assert o.page.locator("script, img").count() == 0


def test_it_prints(browser, files):
    with Opened(browser, files["friendly"]) as o:
        o.page.emulate_media(media="print")
        tall = o.page.locator("figure svg").evaluate_all(
            "all => all.map(s => s.getBoundingClientRect().height)"
        )
        assert max(tall) < 265 / 25.4 * 96  # no picture is taller than a page
        assert not o.page.get_by_role("navigation").is_visible()
        pdf = o.page.pdf(format="A4")
        assert pdf.startswith(b"%PDF") and 5 < pdf.count(b"/Type /Page\n") < 40
