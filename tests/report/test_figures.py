"""Standard figures: they draw the numbers given, say them in words, and hold to Vega-Lite's schema."""

import json
import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import altair
import jsonschema
import pytest

from detente.errors import UsageError
from detente.figures import (
    Figure,
    Interval,
    Line,
    Side,
    claims,
    dots,
    experience,
    fan,
    histories,
    intervals,
    phase,
    prior,
    response,
    waterfall,
)
from detente.figures import theme as look
from detente.figures.bargain import Deal, bargain
from detente.figures.phase import zero
from detente.figures.year import Moment, Move, year

X, Y = [0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.5, 1.0]
PLANE = [[a - 0.3 - 0.2 * b for a in X] for b in Y]  # zero on the line x = 0.3 + 0.2 y
BANDS = [[q * (1 - math.exp(-n / 5)) for n in range(1, 13)] for q in (0.1, 0.3, 0.5, 0.7, 0.9)]
ROWS = [Interval("One", 0.8, 0.7, 0.9, "✓ follows", "one"), Interval("Two", 0.2, 0.1, 0.3, "✕ fails", "two")]


def made(words: str = "Words") -> dict[str, Any]:
    """One of each, with the same words everywhere."""
    w = words
    rows = [Interval(w, 0.8, 0.7, 0.9, w, w), Interval(w, -0.2, -0.3, -0.1, w)]
    x, y = Side(w, w, X), Side(w, w, Y)
    figures = [
        fan("fan", w, BANDS, unit=w, now=3, level=0.2, subtitle=(w,)),
        histories("histories", w, {"draw 1": BANDS[2], w: BANDS[3]}, unit="probability", bands=BANDS),
        response(
            "response",
            w,
            X,
            [Line(w, PLANE[0]), Line("b", [None, *PLANE[1][1:]])],
            unit=w,
            x_title=w,
            now=0.5,
        ),
        intervals("intervals", w, rows, unit=w, x_title=w, reference=0.4, reference_says=w),
        intervals("bars", w, rows, unit=w, x_title=w, bars=True),
        claims("claims", w, [Interval(w, 0.97, 0.95, 0.98, w)]),
        waterfall("waterfall", w, 0.1, 0.7, rows, unit=w),
        dots("dots", w, [-0.2, -0.1, 0.1, 0.2, 0.3], unit=w, x_title=w, above=f"{w} a", below=f"{w} b"),
        phase(
            "phase",
            w,
            x,
            y,
            PLANE,
            unit=w,
            above=f"{w} a",
            below=f"{w} b",
            draws=[(0.5, 0.5, True)],
            ensemble=[zero(X, Y, PLANE)],
            you=(0.2, 0.2),
            you_says=w,
        ),
        prior("prior", w, [1, 2, 3, 2], 0, 1, unit=w, value=0.3),
        experience(
            "experience", w, [(1980, w, True, 0.5), (1990, w, False, 1)], kept=f"{w} a", broken=f"{w} b"
        ),
    ]
    return {f.name: f for f in figures}


@pytest.mark.parametrize("name", made())
def test_each_holds_to_the_published_schema(name):
    figure = made()[name]
    assert altair.SCHEMA_VERSION.startswith(f"v{look.VEGA_LITE}")
    altair.Chart.from_dict(dict(figure))  # validates
    assert json.loads(figure.json())["config"] == look.LOOK


def test_the_schema_refuses_what_is_misspelt():
    figure = made()["fan"]
    figure["layer"][0]["mark"]["opaciti"] = 1
    with pytest.raises(jsonschema.ValidationError):
        altair.Chart.from_dict(dict(figure))


@pytest.mark.parametrize("name", made())
def test_words_are_data_titles_or_descriptions_and_nothing_else(name):
    poison = '</svg><script>alert(1)</script>\'"]||alert(1)||["{x}'
    figure = made(poison)[name]
    texts = []

    def walk(x: Any, path: tuple[str, ...]) -> None:
        if isinstance(x, dict):
            for k, v in x.items():
                assert poison not in k or path[0] == "datasets", path
                walk(v, (*path, str(k)))
        elif isinstance(x, list):
            for v in x:
                walk(v, path)
        elif isinstance(x, str) and poison in x:
            texts.append(path)

    walk(dict(figure), ())
    assert texts
    for path in texts:
        where = path[-1]
        assert path[0] in ("title", "description", "datasets", "usermeta") or where in (
            "title",
            "domain",
            "sort",
        ), path
    drawn = ET.fromstring(figure.svg())
    assert not [e for e in drawn.iter() if e.tag.endswith(("script", "foreignObject", "}a", "image"))]
    assert not [k for e in drawn.iter() for k in e.attrib if k.startswith("on") or k.endswith("href")]


@pytest.mark.parametrize("name", made())
def test_colours_are_those_of_the_look(name):
    known = {v.lower() for v in vars(look).values() if isinstance(v, str)}
    known |= {c.lower() for c in (*look.COLOURS, *look.SHADES)} | {"white", "none", "transparent"}
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", json.dumps(made()[name]))) <= known


def test_a_fan_has_its_bands_in_picture_table_and_words():
    figure = fan("f", "Arsenal", BANDS, unit="probability")
    (table,) = figure.tables
    assert [[row[q] for row in table.rows] for q in ("q5", "q25", "q50", "q75", "q95")] == BANDS
    assert table.csv().splitlines()[0].startswith("years,5 % (probability)")
    assert len(table.csv().splitlines()) == 13
    assert f"{BANDS[2][-1]:.3g} ({BANDS[0][-1]:.3g} to {BANDS[4][-1]:.3g}) at 12" in figure.description
    assert figure["layer"][0]["encoding"]["y"]["field"], figure["layer"][0]["encoding"]["y2"] == ("q5", "q95")


def test_a_dot_is_never_on_the_wrong_side_and_far_ones_are_said():
    values = [-5.0, -0.1, -0.0001, 0.0, 0.0001, 0.02, 0.05, 0.1]
    figure = dots("d", "T", values, unit="u", x_title="x", above="deal", below="none")
    rows = figure.tables[0].rows
    assert [r["side"] for r in rows] == ["none"] * 4 + ["deal"] * 4
    assert all((r["x"] > 0) == (r["side"] == "deal") for r in rows)
    assert len({(r["x"], r["y"]) for r in rows}) == len(rows)  # none hides another
    assert (
        min(r["x"] for r in rows) > -1
        and "2 dots stand for numbers further out, down to −5" in figure.description
    )
    assert "4 deal, 4 none" in figure.description


def test_the_border_lies_where_the_number_is_zero():
    (line,) = zero(X, Y, PLANE)
    for a, b in line:
        assert a == pytest.approx(0.3 + 0.2 * b, abs=1e-12)
    figure = phase(
        "p", "T", Side("x", "", X), Side("y", "", Y), PLANE, unit="u", above="deal", below="no deal"
    )
    for strip in figure["datasets"]["fill"]:
        middle, border = (strip["x1"] + strip["x2"]) / 2, 0.3 + 0.2 * (strip["y1"] + strip["y2"]) / 2
        assert (middle > border) == (strip["side"] == "deal")
        assert min(abs(strip[k] - border) for k in ("x1", "x2")) < 1e-9
    area = sum(
        (s["x2"] - s["x1"]) * (s["y2"] - s["y1"]) for s in figure["datasets"]["fill"] if s["side"] == "deal"
    )
    assert area == pytest.approx(0.6)
    assert {r["says"] for r in figure["datasets"]["regions"]} == {"deal", "no deal"}


def test_a_gap_of_the_map_is_not_filled():
    table = [[None if (i, j) == (1, 2) else v for j, v in enumerate(row)] for i, row in enumerate(PLANE)]
    figure = phase(
        "p", "T", Side("x", "", X), Side("y", "", Y), table, unit="u", above="deal", below="no deal"
    )
    assert len(figure.tables[0].rows) == 14
    assert not [s for s in figure["datasets"]["fill"] if s["x1"] < 0.5 < s["x2"] and s["y1"] < 0.5 < s["y2"]]


def test_a_waterfall_goes_from_one_end_to_the_other():
    parts = [Interval("a", 0.4, 0.35, 0.45), Interval("b", -0.1, -0.2, 0.0)]
    rows = waterfall("w", "T", 0.2, 0.5, parts, unit="share").tables[0].rows
    assert [(r["from"], r["to"]) for r in rows[1:-1]] == [
        (0.2, pytest.approx(0.6)),
        (pytest.approx(0.6), pytest.approx(0.5)),
    ]
    assert [r["error"] for r in rows[1:-1]] == [pytest.approx(0.025), pytest.approx(0.05)]
    assert (rows[0]["to"], rows[-1]["to"]) == (0.2, 0.5)


def test_a_second_sign_tells_sides_apart():
    figure = intervals("i", "T", ROWS, unit="share", x_title="x", reference=0.5)
    points = next(layer for layer in figure["layer"] if layer["mark"]["type"] == "point")
    assert points["encoding"]["shape"]["scale"]["range"] == ["triangle-right", "triangle-left"]
    assert [r["side"] for r in figure.tables[0].rows] == ["right", "left"]


def contrast(a: str, b: str) -> float:
    """Of two colours, as the Web Content Accessibility Guidelines define it."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_words_and_marks_stand_out():
    for ground in (look.PAPER, look.WHITE, look.DEAL_FILL, look.RATIONAL_FILL):
        assert contrast(look.INK, ground) >= 7
    for ground in (look.PAPER, look.WHITE):
        for colour in (look.SOFT, look.MAIN, look.HOLDER, look.DEMANDER_TEXT, look.YES, look.NO):
            assert contrast(colour, ground) >= 4.5
        for colour in (look.DEMANDER, look.UP, look.DOWN):
            assert contrast(colour, ground) >= 3


# --- Drawn by hand -----------------------------------------------------------------------------------


def drawings(words: str = "Words") -> list[Any]:
    moments = [
        Moment(words, 0, words, (Move(words, (0.1, 0.25, 0.5)),)),
        Moment("b", 1, words, ()),
        Moment("c", None, words, ()),
    ]
    deals = [
        Deal(words, (-0.1, 0.2, 0.3), (-0.2, -0.1, 0.1), 0.4),
        Deal("b", (0.1, 0.2, 0.3), (0.1, 0.2, 0.4), 0.9),
    ]
    return [
        year("year", words, moments, subtitle=(words,)),
        bargain("deals", words, deals, holder=words, demander=words, unit="u"),
    ]


@pytest.mark.parametrize("titled", [True, False])
def test_what_is_drawn_by_hand_is_sound_and_stays_inside(titled):
    for drawing in drawings("</text><script>alert(1)</script>&"):
        root = ET.fromstring(drawing.svg(titled=titled))
        assert root.attrib["role"] == "img" and "script" not in {e.tag.split("}")[1] for e in root.iter()}
        width, height = (float(root.attrib[k]) for k in ("width", "height"))
        for e in root.iter():
            for k in ("x", "x1", "x2", "cx"):
                assert -1 <= float(e.attrib.get(k, 0)) <= width + 1 or e.attrib.get("width") == "100%"
            for k in ("y", "y1", "y2", "cy"):
                assert -1 <= float(e.attrib.get(k, 0)) <= height


def test_a_bar_is_as_long_as_its_probability():
    drawing = drawings()[0]
    bars = [e.attrib for e in ET.fromstring(drawing.svg()).iter() if e.tag.endswith("rect")]
    assert float(bars[1]["width"]) / float(bars[0]["width"]) == pytest.approx(0.25)
    assert "Words 25 %" in drawing.description
    assert drawing.tables[0].rows[0]["middle"] == 0.25


def test_the_bargaining_range_is_true_to_scale():
    drawing = drawings()[1]
    xs = [float(e.attrib["cx"]) for e in ET.fromstring(drawing.svg()).iter() if e.tag.endswith("circle")][2:]
    gains = [0.2, -0.1, 0.2, 0.2]
    slope = (xs[0] - xs[1]) / 0.3
    assert [x - xs[1] for x in xs] == pytest.approx([(g + 0.1) * slope for g in gains], abs=0.2)


def test_they_are_saved_as_what_the_ending_says(tmp_path):
    for figure in (made()["fan"], drawings()[0]):
        for ending, start in (
            (".svg", b"<svg"),
            (".png", b"\x89PNG"),
            (".pdf", b"%PDF"),
            (".html", b"<!doctype"),
        ):
            path = figure.save(tmp_path / f"{figure.name}{ending}")
            assert path.read_bytes().startswith(start)
        assert figure.save(tmp_path / f"{figure.name}.csv").read_text() == figure.csv()
        with pytest.raises(UsageError, match="exists already"):
            figure.save(tmp_path / f"{figure.name}.csv")
    with pytest.raises(UsageError, match=r"found '.json', expected .svg, .png, .pdf, .html, .csv"):
        drawings()[0].save(tmp_path / "a.json")


def test_a_notebook_gets_specification_picture_and_words():
    figure: Figure = made()["fan"]
    bundle = figure._repr_mimebundle_()
    assert bundle["application/vnd.vegalite.v5+json"]["datasets"] == figure.datasets
    assert bundle["image/svg+xml"].startswith("<svg ") and bundle["text/plain"] == figure.description
    assert type(figure.altair()).__name__ == "LayerChart"


def test_each_word_stands_above_its_own_mark_with_intervals_and_without():
    for low in (0.4, None):
        rows = [Interval(f"row {i}", 0.5, low, low and 0.6) for i in range(4)]
        drawn = ET.fromstring(intervals("i", "T", rows, unit="share", x_title="x").svg(titled=False))
        heights = {}
        for e in drawn.iter():
            if e.tag.endswith("text") and (e.text or "").startswith("row "):
                heights[e.text] = float(re.findall(r"translate\([^,]+,([^)]+)\)", e.attrib["transform"])[0])
        steps = [heights[f"row {i + 1}"] - heights[f"row {i}"] for i in range(3)]
        assert steps == pytest.approx([42.0] * 3)  # the height of a row with one line of words
        assert 0 < heights["row 0"] < 42
