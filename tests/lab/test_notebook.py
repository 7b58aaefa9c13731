"""The sliders of a notebook: what Python sees, and what a hand on them sees in a real browser.

The browser has no notebook around the script: what a notebook carries between the two is carried by the test.
"""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from lab_helpers import small_text

import detente
from detente.case.read import read
from detente.lab.notebook.widget import Sliders, script, style
from detente.lab.scenario import scenario
from detente.lab.work import zone_of
from detente.models import get

CHROMIUM = next((x for x in map(shutil.which, ("chromium", "chromium-browser")) if x), None)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Any:
    found = tmp_path_factory.mktemp("sliders") / "small.yaml"
    found.write_text(small_text(), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def names(file) -> list[str]:
    """Two assumptions that are uncertain and move the answer."""
    case = read(file)
    return [n for n, a in case.parameters.items() if a.prior is not None][:2]


def zone(file: Any, **values: float) -> float | None:
    case = read(file)
    (found,) = zone_of(case, [scenario(case, get(case.model), values)])
    return found


def test_the_point_is_that_of_the_laboratory_and_follows_what_is_set(file, names):
    moved = detente.sliders(file, show=names)
    assert moved.found == {} and moved.about == {}  # nothing is compiled before it is seen
    moved.begin()
    assert list(moved.about["assumptions"]) == names
    assert moved.found["decisive"] == pytest.approx(zone(file), abs=1e-9)
    high = moved.about["assumptions"][names[0]]["high"]
    moved.scenario = {"values": {names[0]: high}}
    assert moved.scenario == {"values": {names[0]: high}, "off": [], "levers": []}
    assert moved.found["decisive"] == pytest.approx(zone(file, **{names[0]: high}), abs=1e-9)
    assert moved.found["decisive"] != pytest.approx(zone(file), abs=1e-6)
    assert [f["svg"][:4] for f in moved.found["figures"]] == ["<svg", "<svg"]


def test_three_that_move_the_answer_most_are_shown_if_none_are_named(file):
    found = detente.sliders(read(file))
    found.begin()
    assert len(found.about["assumptions"]) == 3


def test_draws_are_asked_for_when_the_hand_rests(file, names):
    moved = detente.sliders(file, show=names)
    moved.begin()
    moved._heard(moved, {"kind": "draws"}, [])
    deal = moved.spread["deal"]
    table = detente.explore(file, draws=64, lever_draws=0, seed=1).table
    assert deal["draws"] == 64
    assert deal["share"] == pytest.approx(sum(z > 0 for z in table["zone()"].to_pylist()) / 64)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"values": {"nothing_such": 1}}, '"nothing_such" is no assumption of the case'),
        ({"levers": ["none"]}, '"none" is no lever'),
        ({"value": {}}, 'scenario: found "value", expected some of values, off, levers'),
    ],
)
def test_what_cannot_be_set_is_said_and_changes_nothing(file, names, given, words):
    moved = detente.sliders(file, show=names)
    before = moved.scenario
    with pytest.raises(detente.UsageError, match=words):
        moved.scenario = given
    assert moved.scenario == before


def test_a_slider_for_what_does_not_exist(file):
    with pytest.raises(detente.UsageError, match="is no assumption of the case"):
        detente.sliders(file, show=["nothing_such"])


# --- In a browser -----------------------------------------------------------------------------------

MODEL = """
window.model = {
  kept: {}, heard: {},
  get(name) { return this.kept[name]; },
  set(name, value) { this.kept[name] = value; },
  save_changes() { window.saved(JSON.stringify(this.kept.scenario)); },
  send(content) { window.sent(JSON.stringify(content)); },
  on(what, listener) { this.heard[what] = listener; },
  off(what) { delete this.heard[what]; },
  arrive(name, value) { this.kept[name] = value; this.heard[`change:${name}`]?.(); },
};
"""


LOAD = """
async (text) => {
  const found = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  found.default.render({ model, el: document.body });
}
"""


class Seen:
    """A page with the sliders in it, and the object in Python they belong to."""

    def __init__(self, page: Any, moved: Sliders) -> None:
        self.page, self.moved = page, moved
        self.waiting: list[tuple[str, str]] = []
        page.expose_function("saved", lambda text: self.waiting.append(("saved", text)))
        page.expose_function("sent", lambda text: self.waiting.append(("sent", text)))
        page.set_content(f"<!doctype html><html lang=en><style>{style()}</style><body></body></html>")
        page.evaluate(MODEL)
        for name in ("about", "scenario", "found", "spread"):
            page.evaluate("([n, v]) => { model.kept[n] = v; }", [name, getattr(moved, name)])
        page.evaluate(LOAD, script())

    def carry(self) -> None:
        """Carry what waits to Python, and what that changes back; until nothing more is asked."""
        for _ in range(50):
            self.page.wait_for_timeout(30)
            while self.waiting:
                kind, text = self.waiting.pop(0)
                before = {n: getattr(self.moved, n) for n in ("found", "about", "spread")}
                if kind == "saved":
                    self.moved.scenario = json.loads(text)
                else:
                    self.moved._heard(self.moved, json.loads(text), [])
                for name, old in before.items():
                    if getattr(self.moved, name) != old:
                        self.page.evaluate(
                            "([n, v]) => model.arrive(n, v)", [name, getattr(self.moved, name)]
                        )
            if self.moved.spread.get("number") == self.moved.found.get("number") is not None:
                return
        raise AssertionError("the sliders never came to rest")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def page(browser) -> Iterator[Any]:
    found = browser.new_page()
    troubles: list[str] = []
    found.on("pageerror", lambda problem: troubles.append(str(problem)))
    found.on("request", lambda r: r.url.startswith("blob:") or troubles.append(r.url))
    found.on("dialog", lambda dialog: troubles.append(dialog.message))
    yield found
    found.close()
    assert troubles == []


def said(x: float) -> str:
    return f"{abs(x):.3f} years of stake"


def test_a_hand_moves_a_slider_and_reads_the_answer(page, file, names):
    moved = detente.sliders(file, show=names)
    seen = Seen(page, moved)
    seen.carry()
    before = page.locator(".sentence").inner_text()
    assert said(zone(file)) in before
    assert page.locator("figure svg").count() == 2
    assert "of 64 draws" in page.locator(".detente > .soft").first.inner_text()
    told = moved.about["assumptions"][names[0]]
    page.get_by_role("slider", name=told["meaning"], exact=True).focus()
    page.keyboard.press("End")
    seen.carry()
    assert moved.scenario["values"] == {names[0]: told["high"]}
    after = page.locator(".sentence").inner_text()
    assert after != before and said(moved.found["decisive"]) in after
    page.get_by_role("button", name=f"Reset: {told['meaning']}").click()
    seen.carry()
    assert page.locator(".sentence").inner_text() == before


def test_what_is_set_in_python_moves_the_sliders(page, file, names):
    moved = detente.sliders(file, show=names)
    seen = Seen(page, moved)
    seen.carry()
    told = moved.about["assumptions"][names[0]]
    moved.scenario = {"values": {names[0]: told["high"]}}
    page.evaluate("v => model.arrive('scenario', v)", moved.scenario)
    page.evaluate("v => model.arrive('found', v)", moved.found)
    seen.carry()
    slider = page.get_by_role("slider", name=told["meaning"], exact=True)
    assert float(slider.input_value()) == pytest.approx(told["high"])
    assert said(moved.found["decisive"]) in page.locator(".sentence").inner_text()


def test_words_of_a_case_are_shown_as_words(page, file, tmp_path):
    wild = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    lines = [
        f"title: '{wild}'"
        if x.startswith("title:")
        else f"holder: '{wild}'"
        if x.startswith("holder:")
        else x
        for x in file.read_text(encoding="utf-8").splitlines()
    ]
    wicked = tmp_path / "wicked.yaml"
    wicked.write_text("\n".join(lines) + "\n", encoding="utf-8")
    seen = Seen(page, detente.sliders(wicked))
    seen.carry()
    assert wild in page.locator(".title").inner_text()
    assert page.locator(".detente img, .detente script").count() == 0
