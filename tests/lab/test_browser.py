"""The page in a real browser: what a person does with hand and keys, and what is then seen.

Where there is no Chromium these tests skip. Its numbers are compared with those of the Python interface.
"""

import json
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from lab_helpers import Laboratory, asked, ready, served, small_text

from detente.case.read import read
from detente.lab.scenario import scenario
from detente.lab.work import zone_of
from detente.models import get

playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
CHROMIUM = next((x for x in map(shutil.which, ("chromium", "chromium-browser")) if x), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
WILD = "<img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}} javascript:alert(1)"


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser, laboratory: Laboratory) -> Iterator:
    """A page of the laboratory; at the end there must have been no error and no request to elsewhere."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    found = context.new_page()
    found.troubles = []
    watch(found)
    yield found
    context.close()
    assert found.troubles == []


def watch(page) -> None:
    def heard(message) -> None:
        # A refused question (409: newer one asked; 410, 503 while a server starts) is told by status alone.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            page.troubles.append(message.text)

    def requested(request) -> None:
        if not re.match(r"(http://127\.0\.0\.1[:/]|blob:|data:)", request.url):
            page.troubles.append(request.url)

    page.on("console", heard)
    page.on("pageerror", lambda problem: page.troubles.append(str(problem)))
    page.on("request", requested)
    page.on("dialog", lambda dialog: page.troubles.append(f"dialog: {dialog.message}"))


def opened(page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("body[data-answered]", timeout=240_000)  # the first time, programs are compiled


def until(page, wish: str, arg=None, seconds: float = 120) -> None:
    """Wait for a wish in JavaScript. Asked from outside: the page's policy evaluates no text."""
    end = time.monotonic() + seconds
    while not page.evaluate(wish, arg):
        assert time.monotonic() < end, wish
        page.wait_for_timeout(30)


def rested(page) -> None:
    page.wait_for_selector("body[data-rested=yes]")


def answered(page, off: Sequence[str] = (), levers: Sequence[str] = (), **values) -> None:
    """Wait until the page shows the answer to this scenario, all of it."""
    until(
        page,
        "want => { const said = JSON.parse(document.body.dataset.answered ?? '{}');"
        " const say = (x) => JSON.stringify([Object.entries(x.values ?? {}).sort(), x.off, x.levers]);"
        " want.off.sort(); said.off?.sort(); return say(said) === say(want); }",
        {"values": values, "off": list(off), "levers": list(levers)},
    )


def zone(page) -> str:
    return page.locator("#zone").inner_text()


def said(x: float | None) -> str:
    assert x is not None
    return f"Zone: {'+' if x > 0 else '−'}{abs(x):.3f} years of stake"


def expected(laboratory: Laboratory, **given) -> str:
    case = read(laboratory.file)
    (found,) = zone_of(case, [scenario(case, get(case.model), **given)])
    return said(found)


def slider(page, label: str):
    return page.get_by_role("slider", name=label, exact=True).first


TRUST = "Probability that the demander is reliable"


def unfold(page) -> None:
    page.locator("#all > summary").click()
    for summary in page.locator("#all .group details > summary").all():
        summary.click()


def test_sliders_by_label_and_keys_give_what_python_gives(page, laboratory: Laboratory):
    opened(page, laboratory.url)
    assert zone(page) == expected(laboratory)
    unfold(page)
    trust = slider(page, TRUST)
    trust.focus()
    trust.press("End")
    answered(page, trust=1)
    assert zone(page) == expected(laboratory, values={"trust": 1})
    for _ in range(20):
        trust.press("ArrowLeft")
    answered(page, trust=0.9)
    assert zone(page) == expected(laboratory, values={"trust": 0.9})
    assert trust.get_attribute("aria-valuetext") == "0.900 probability"
    # The sentence says the same as the number, and is said aloud once the hand rests.
    says = page.locator("#sentence").inner_text()
    assert ("finds no deal" in says) == ("−" in zone(page))
    until(page, "says => says.endsWith(document.getElementById('live').textContent)", says)


def test_switches_levers_and_the_way_back(page, laboratory: Laboratory):
    opened(page, laboratory.url)
    unfold(page)
    page.get_by_label(re.compile("^Commitment")).uncheck()
    answered(page, off=["commitment"])
    off = zone(page)
    assert off == expected(laboratory, off=["commitment"])
    page.get_by_text("Levers (2)").click()
    page.get_by_label(re.compile("Compensation is half as large")).check()
    answered(page, off=["commitment"], levers=["larger-compensation"])
    assert zone(page) == expected(laboratory, off=["commitment"], levers=["larger-compensation"])
    assert page.evaluate("location.hash") == "#off=commitment&lever=larger-compensation"
    page.go_back()
    answered(page, off=["commitment"])
    assert zone(page) == off
    page.keyboard.press("Control+z")
    answered(page)
    assert zone(page) == expected(laboratory)
    assert page.get_by_role("button", name="Undo").is_disabled()


def test_a_link_is_a_scenario_and_two_tabs_are_apart(page, laboratory: Laboratory):
    opened(page, f"{laboratory.url}#trust=0.9&deals=mutual&off=fear&nonsense=1")
    assert zone(page) == expected(laboratory, values={"trust": 0.9, "deals": "mutual"}, off=["fear"])
    assert "left out" in page.locator("#notice").inner_text()
    other = page.context.new_page()
    opened(other, f"{laboratory.url}#trust=0.1")
    assert zone(other) == expected(laboratory, values={"trust": 0.1})
    assert zone(page) == expected(laboratory, values={"trust": 0.9, "deals": "mutual"}, off=["fear"])
    other.close()


def test_the_diagram_is_clicked_and_the_sliders_follow(page, laboratory: Laboratory):
    opened(page, laboratory.url)
    rested(page)
    plot = page.locator("#plot-phase canvas")
    box = plot.bounding_box()
    plot.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.3})
    until(page, "Object.keys(JSON.parse(document.body.dataset.answered).values).length === 2")
    values = json.loads(page.evaluate("document.body.dataset.answered"))["values"]
    about = asked(laboratory.url, "/api/case").data["assumptions"]
    for name, share in zip(
        (page.input_value("#axis-x"), page.input_value("#axis-y")), (0.75, 0.7), strict=True
    ):
        low, high = about[name]["low"], about[name]["high"]
        assert (values[name] - low) / (high - low) == pytest.approx(share, abs=0.15)
    assert zone(page) == expected(laboratory, values=values)


def test_export_and_import_are_one_another_backward(page, laboratory: Laboratory, tmp_path: Path):
    opened(page, f"{laboratory.url}#trust=0.8&off=fear")
    before = zone(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as case file").click()
    file = tmp_path / "again.yaml"
    waiting.value.save_as(file)
    assert read(file).assumptions["trust"].value == 0.8
    page.get_by_role("button", name="As the case says").click()
    answered(page)
    assert zone(page) != before
    page.set_input_files("#file", file)
    until(page, "location.hash.includes('case=')")
    answered(page, off=["fear"])
    assert zone(page) == before  # the number is the case's own now, the switch is still a switch
    assert "trust" not in page.evaluate("location.hash")


def test_snapshots_stand_side_by_side(page, laboratory: Laboratory):
    opened(page, laboratory.url)
    first = zone(page)
    page.get_by_role("button", name="Keep as A").click()
    opened(page, f"{laboratory.url}#trust=0.95")
    page.reload()
    page.wait_for_selector("body[data-answered]")
    page.get_by_role("button", name="Keep as B").click()
    table = page.get_by_role("region", name="Snapshots")
    assert first.removeprefix("Zone: ").split()[0] in table.inner_text()
    assert "trust 0.95" in table.inner_text()
    page.get_by_role("button", name="Back to A").click()
    answered(page)
    assert zone(page) == first


def test_teach_bets_before_it_reveals(page, laboratory: Laboratory):
    opened(page, laboratory.url)
    page.get_by_role("button", name="Teach").click()
    names = [m.name for m in get("redline").mechanisms]
    answered(page, off=names)
    assert zone(page) == expected(laboratory, off=names)
    reveal = page.get_by_role("button", name="Reveal")
    assert reveal.is_disabled()
    for bet in ("Widen it", "Hardly move it", "Narrow it", "Narrow it"):
        page.get_by_role("button", name=f"One more bet: {bet}").click()
    reveal.click()
    result = page.locator("#teach-result")
    result.wait_for()
    before, after = expected(laboratory, off=names), expected(laboratory, off=names[1:])
    numbers = [x.removeprefix("Zone: ").split()[0] for x in (before, after)]
    assert all(x in result.inner_text() for x in numbers)
    moved = [float(x.replace("−", "-")) for x in numbers]
    right = 1 if moved[1] >= moved[0] - 0.005 else 2
    assert f"{right} of 4 bets were right" in result.inner_text()
    answered(page, off=names[1:])
    assert zone(page) == after
    page.get_by_role("button", name="Explore").click()  # leaving in the middle leaves nothing switched off
    answered(page)
    assert zone(page) == expected(laboratory)


def test_a_workshop_says_what_decides(page, laboratory: Laboratory):
    opened(page, f"{laboratory.url}#mode=workshop&one=trust%3D0.95&two=off%3Danarchy&trust=0.95")
    page.locator("#differ").wait_for(timeout=120_000)
    one, two = expected(laboratory, values={"trust": 0.95}), expected(laboratory, off=["anarchy"])
    text = page.locator("#differ").inner_text()
    assert all(x.removeprefix("Zone: ").split()[0] in text for x in (one, two))
    rows = page.get_by_role("region", name="Workshop").inner_text()
    assert "trust" in rows and "anarchy" in rows
    page.get_by_role("button", name="Group 2").click()
    answered(page, off=["anarchy"])
    assert zone(page) == two


def test_nothing_is_wrong_for_those_who_cannot_see(page, laboratory: Laboratory):
    """No violation that axe can find, in each mode; every figure named, described and tabled."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    opened(page, laboratory.url)
    rested(page)
    unfold(page)
    page.locator(".slider button[aria-expanded]").first.click()
    page.evaluate("document.querySelectorAll('main details').forEach(x => { x.open = true; })")
    page.locator("main table tbody tr").last.wait_for()
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()
    figures = page.locator("figure.card").all()
    assert len(figures) >= 9
    for figure in figures:
        name = figure.locator("h3").inner_text()
        image = figure.get_by_role("img")
        label = image.get_attribute("aria-label")
        assert name and label.startswith(name) and len(label) > len(name) + 40
        assert figure.locator("table tbody tr").count() > 0, name
        assert figure.get_by_role("button", name=re.compile("^CSV of")).count() > 0
    for mode in ("Workshop", "Teach"):
        page.get_by_role("button", name=mode).click()
        page.wait_for_timeout(100)
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()


def test_a_phone_has_no_sideways_scroll(browser, laboratory: Laboratory):
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    page = context.new_page()
    opened(page, laboratory.url)
    rested(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    order = page.evaluate(
        "['verdict', 'assumptions', 'figures'].map(i => document.getElementById(i)"
        ".getBoundingClientRect().top)"
    )
    assert order == sorted(order)
    context.close()


def test_words_of_a_case_are_never_code(page, laboratory: Laboratory, tmp_path: Path):
    text = small_text("wild-page").replace("A limit on a capability", WILD)
    for words in (
        "The side that has the capability",
        "Help that came",
        "self-help",
        "A year's delay",
        "index",
    ):
        text = text.replace(words, WILD)
    file = tmp_path / "wild.yaml"
    file.write_text(text, encoding="utf-8")
    opened(page, laboratory.url)
    page.set_input_files("#file", file)
    until(page, "location.hash.includes('case=')")
    rested(page)
    unfold(page)
    assert WILD in page.locator("h1").inner_text()
    assert page.locator("main img, main script, header img, #assumptions img").count() == 0
    links = page.evaluate("[...document.links].map(a => a.protocol)")
    assert set(links) <= {"http:", "https:"}


def test_the_server_goes_and_comes_back_under_the_page(browser, tmp_path: Path):
    file = tmp_path / "small.yaml"
    file.write_text(small_text(), encoding="utf-8")
    first = served(file, "--port", "0")
    context = browser.new_context()
    page = context.new_page()
    try:
        ready(first.url)
        opened(page, f"{first.url}#trust=0.9")
        rested(page)
        before = zone(page)
        port = first.url.rstrip("/").rsplit(":", 1)[1]
        first.stop()
        page.get_by_role("button", name="As the case says").click()
        until(page, "document.getElementById('notice').textContent.includes('No connection')")
        page.go_back()
        first = served(file, "--port", port)
        until(page, "document.getElementById('notice').textContent === ''")
        answered(page, trust=0.9)
        assert zone(page) == before
        # The file changes on disk: the page follows and keeps what was set.
        file.write_text(small_text().replace("value: 0.9", "value: 0.8", 1), encoding="utf-8")
        until(page, "document.getElementById('notice').textContent.includes('changed on disk')")
        answered(page, trust=0.9)
        until(page, "old => document.getElementById('zone').innerText !== old", before)
    finally:
        context.close()
        first.stop()
