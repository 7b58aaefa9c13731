"""The report: what it says, what it needs, what an unfriendly case can do to it."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from detente.report import strings
from detente.report.data import RunData
from detente.report.page import linked, page

ABSENT = ("why", "opening", "where", "drivers", "contributions", "flips", "sure")
VOID = {"meta", "br", "img", "link", "input", "hr", "base"}


class Elements(HTMLParser):
    """Every element with its attributes, the text of the page, and whether tags match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open, self.open[-5:]

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for t, attrs in self.found if t == tag]


@pytest.fixture(scope="module")
def drawn(run: RunData) -> tuple[str, list[Any]]:
    return page(run)


@pytest.fixture(scope="module")
def elements(drawn: tuple[str, list[Any]]) -> Elements:
    return Elements(drawn[0])


def test_it_needs_nothing_else_and_is_small(drawn, elements):
    text, _ = drawn
    assert len(text.encode()) < 1_500_000
    tags = {t for t, _ in elements.found}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "form", "base"}
    for _, attrs in elements.found:
        assert not any(k.startswith("on") or k in ("src", "srcset", "xlink:href") for k in attrs)
    assert not re.search(r"url\((?!#)|@import|@font-face", text)
    assert "default-src 'none'" in elements.all("meta")[1]["content"]


def test_ids_are_unique_and_links_lead_somewhere(elements):
    ids = [attrs["id"] for _, attrs in elements.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    for attrs in elements.all("a"):
        kind = attrs["href"].split(":")[0]
        assert attrs["href"][1:] in ids if attrs["href"].startswith("#") else kind in ("https", "data")
    for _, attrs in elements.found:
        for target in (attrs.get("aria-labelledby"), *re.findall(r"url\(#([^)]+)\)", str(attrs))):
            assert target is None or target in ids


def test_each_figure_has_a_name_a_description_a_table_and_its_data(drawn, elements):
    figures = drawn[1]
    pictures = elements.all("svg")
    assert len(figures) == len({f.name for f in figures}) == len(pictures) >= 20
    for figure, attrs in zip(figures, [s for s in pictures], strict=False):
        assert attrs["role"] == "img"
        assert len(attrs["aria-label"]) > 20
        assert len(figure.description) > len(figure.title)
    saved = [a["href"] for a in elements.all("a") if a["href"].startswith("data:")]
    told = {base64.b64decode(x.split(",", 1)[1]).decode() for x in saved}
    for figure in figures:
        for table in figure.tables:
            assert table.csv() in told
            assert all(c.heading for c in table.columns)
            for row in table.cells[:2]:
                assert all(cell in elements.text.replace("\xa0", " ") for cell in row if cell)


def test_the_first_screen_has_question_answer_and_picture(elements, run):
    text = elements.text
    first = text[: text.index(strings.CONTENTS) if strings.CONTENTS in text else 5000]
    for words in (run.case.question, *run.verdicts["answer"], run.verdicts["caveat"]):
        assert words in first
    zone = run.draws["zone()"]
    n = int(re.search(r"In (\d+) of 50 equal parts of the 300 draws", text)[1])
    assert n == pytest.approx(50 * (zone > 0).mean(), abs=1)


def test_claims_of_both_sides_are_cards_that_look_alike(elements, run):
    cards = [a for a in elements.all("article") if a.get("class") == "card"]
    assert [c["id"] for c in cards] == [
        f"claim-{c.id}" for side in strings.SIDES for c in run.case.claims if c.side == side
    ]
    text = elements.text.replace("\xa0", " ")
    for judged in run.verdicts["claims"]:
        v = judged["verdict"]
        for words in (v["says"], v["test"], v["section"], f"{strings.SIGNS[v['word']]} {v['word']}"):
            assert words in text
        assert f"{100 * v['share']:.0f} % ({100 * v['low']:.0f} % to {100 * v['high']:.0f} %)" in text
        for b in judged["beside"]:
            assert b["says"] in text
    assert "trust (explains 41 %, more likely where it is high)" in text
    assert "mostly follows (76 %) with trust half a standard deviation higher" in text
    assert (
        "Holds if one believes that trust is 0.9 and not 0.45: together 1.50 prior standard deviations"
        in text
    )
    # Where no such change was found, it is said which way: against what drives it, for one that follows.
    assert "For it to fail, most would have to come from less trust and more noise." in text
    assert "Fails in 97 % of the draws in which trust is above 0.6, in 60 % of all." in text


def test_every_assumption_is_there_with_its_source_and_its_mark(elements, run):
    text = elements.text
    for a in run.case.assumptions.values():
        assert a.name.replace("_", " ") in text and a.why in text
    assumed = sum(a.source == "assumed" for a in run.case.assumptions.values())
    assert text.count("⚑ assumed") == assumed > 0
    for e in run.case.experience.values():
        assert all(x.name in text for x in e.episodes)
    for s in run.case.sources.values():
        assert s.citation in text


def test_how_to_do_it_again(elements, run):
    text = elements.text
    assert (
        "detente run small --draws 300 --seed 1 --lever-draws 64 --why --levers --flips --why-draws 64"
        in text
    )
    assert run.case.digest in text and "detente 0.1.0" in text and "6,000 solves" in text


def test_sections_whose_numbers_a_run_lacks_are_absent(run):
    bare = {k: v for k, v in run.verdicts.items() if k not in ABSENT}
    bare |= {"mechanisms": [], "levers": [], "deal": None}
    lacking = replace(run, verdicts=type(run.verdicts)(bare), figures={"inputs": {}, "paths": {}}, draws={})
    text, figures = page(lacking)
    there = {a["id"] for a in Elements(text).all("h2") if "id" in a}
    assert there == {"claims", "assumptions", "experience", "sure", "again", "sources"}
    assert {f.name for f in figures} == {
        "claims-argument",
        "claims-rival",
        "experience-support",
        "experience-promises",
    }


def test_words_of_a_case_are_never_markup(hostile, elements):
    text, figures = page(hostile)
    found = Elements(text)
    # The same elements as of a friendly case, but for links, and for pieces of pictures that fit other words.
    drawn = {"a", "text", "tspan", "g", "path", "line", "rect"}
    counts = [
        {t: sum(x == t for x, _ in e.found) for t, _ in e.found if t not in drawn} for e in (found, elements)
    ]
    assert counts[0] == counts[1]
    tags = {t for t, _ in found.found}
    assert not tags & {"script", "img"}
    for _, attrs in found.found:
        assert not any(k.startswith("on") for k in attrs)
        assert not attrs.get("href", "").lower().startswith("javascript")
    assert "<script>alert(1)</script>" in found.text and "{{ 7 * 7 }}" in found.text  # as words
    assert "49" not in re.findall(r"\$?\{?(49)\}?\$", found.text)
    for figure in figures:
        for table in figure.tables:
            # A spreadsheet takes no word for a formula.
            assert not re.search(r'(?:^|,)"?[=@]', table.csv(), re.M)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", " https://x", "", None]
)
def test_only_addresses_of_the_web_are_links(url):
    assert linked(url) == ""


def test_a_source_on_the_web_is_a_link():
    assert linked("https://example.org/a") == "https://example.org/a"
