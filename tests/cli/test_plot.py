"""``detente plot`` and ``detente.plot``: what is drawn, what is said of it, what is refused."""

import json
import re
import struct
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import detente
from detente.cli import main, plot
from detente.figures.figure import Figure
from detente.figures.models import usual
from detente.forms import where
from detente.model import Condition, Outcome, Picture, Sweep
from detente.models import NAMES, get

BASE = get("preventive_war")


def _answer(first: Any, p: Any) -> dict[str, Any]:
    found = BASE.answer(first, p)
    kind = where(p.power > 0.5, 2.0, 1.0 * (found["strike_hazard"] > 0.5))
    return {"strike_hazard": found["strike_hazard"], "kind": kind, "value": found["decliner_value"]}


# A stranger with every kind of picture. Everything drawn of it is one program.
MODEL = replace(
    BASE,
    name="drawn",
    parameters=tuple(p for p in BASE.parameters if p.name != "horizon"),
    outcomes=(
        Outcome("strike_hazard", "Probability of a strike", "probability"),
        Outcome("kind", "What happens", "", labels=("peace", "war", "strength")),
        Outcome("value", "Value to the decliner", "stake for ever"),
    ),
    game=lambda: replace(BASE.game(), tallies=()),
    answer=_answer,
    conditions=(Condition("power_shift ≤ 0.8", lambda p: p.power_shift <= 0.8 + 1e-12),),
)
LINES = Picture("Strikes against the shift", x=Sweep("power_shift", 0, 1, 11), y=("strike_hazard",))
DRAWN = replace(MODEL, picture=LINES)
MAP = Picture(
    "What happens", x=Sweep("power_shift", 0, 1, 11), across=Sweep("power", 0.1, 0.9, 9), y=("kind",)
)


def drawn(picture: Picture, **options: Any) -> Figure:
    return detente.plot(DRAWN, picture, **options)


def points(figure: dict[str, Any], **which: Any) -> list[tuple[float, Any]]:
    rows = figure["data"]["values"]
    return [(r["x"], r["y"]) for r in rows if all(r[k] == v for k, v in which.items())]


# --- Lines ---------------------------------------------------------------------------------------


def test_a_line_has_the_models_own_numbers_at_its_points():
    figure = drawn(LINES, at={"noise": 0.4})
    places = np.linspace(0, 0.8, 9)
    found = DRAWN(power_shift=places, noise=0.4)
    seen = points(figure)[:9]
    assert [x for x, _ in seen] == pytest.approx(places)
    assert [y for _, y in seen] == found.strike_hazard.tolist()
    assert figure["encoding"]["x"]["title"] == "power shift (probability)"
    assert figure["encoding"]["y"]["title"] == "probability"
    assert figure["encoding"]["y"]["scale"] == {"domain": [0, 1]}
    assert "noise 0.4" in " ".join(figure["title"]["subtitle"])
    assert "power shift" not in " ".join(figure["title"]["subtitle"])
    assert figure["title"]["text"] == LINES.title


def test_points_without_an_answer_are_gaps_that_are_counted_and_explained():
    figure = drawn(LINES)
    assert [x for x, y in points(figure) if y is None] == pytest.approx([0.9, 1.0])
    note = "2 points of 11 without an answer: needs power_shift ≤ 0.8 (2)"
    assert note in figure["title"]["subtitle"]
    assert note in figure["description"]
    assert "at 0.8" in figure["description"]  # where the line ends


def test_one_line_for_each_value_told_apart_by_colour_and_dashes():
    figure = drawn(replace(LINES, by=("decliner_war_cost", (0.05, 0.3))))
    for channel in ("color", "strokeDash"):
        assert figure["encoding"][channel]["field"] == "by"
        assert figure["encoding"][channel]["scale"]["domain"] == ["0.05", "0.3"]
        assert figure["encoding"][channel]["legend"]["title"] == "decliner war cost (share of the stake)"
    kinds = figure["encoding"]["strokeDash"]["scale"]["range"]
    assert len(set(map(tuple, kinds))) == 2
    low, high = points(figure, by="0.05"), points(figure, by="0.3")
    assert len(low) == len(high) == 11
    assert sum(y for _, y in low if y is not None) > sum(y for _, y in high if y is not None)


def test_several_outcomes_and_values_use_one_channel_each():
    figure = drawn(replace(LINES, y=("strike_hazard", "value"), by=("power", (0.3, 0.4)), y_title="number"))
    assert figure["encoding"]["color"]["field"] == "by"
    assert figure["encoding"]["strokeDash"]["field"] == "outcome"
    assert figure["encoding"]["strokeDash"]["scale"]["domain"] == ["strike hazard", "value"]
    assert "domain" not in figure["encoding"]["y"]["scale"]
    assert len(points(figure)) == 44


def test_paths_go_over_the_years():
    figure = detente.plot(BASE, usual(BASE), at={"horizon": 4, "power_shift": 0.05})
    within = BASE(horizon=4, power_shift=0.05).strike_within
    assert points(figure) == list(zip([1, 2, 3, 4], within.tolist(), strict=True))
    assert figure["encoding"]["x"]["title"] == "years"


# --- Maps ----------------------------------------------------------------------------------------


def test_a_map_has_a_word_for_each_cell_and_names_its_regions():
    figure = drawn(MAP)
    rows = figure["data"]["values"]
    assert len(rows) == 8 * 8  # of 10 by 8 cells 2 columns have no answer
    for row in rows:
        middle = {"power_shift": (row["x"] + row["x2"]) / 2, "power": (row["y"] + row["y2"]) / 2}
        assert row["value"] == DRAWN(**middle).kind
    assert {row["value"] for row in rows} == {"peace", "war", "strength"}
    scale = figure["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == ["peace", "war", "strength"]
    assert len(set(scale["range"])) == 3
    written = {row["word"]: row for row in figure["layer"][1]["data"]["values"]}
    assert {"war", "strength"} <= set(written)
    for word, at in written.items():
        cell = next(r for r in rows if r["x"] <= at["x"] <= r["x2"] and r["y"] <= at["y"] <= r["y2"])
        assert cell["value"] == word
    assert "16 points of 80 without an answer" in figure["description"]
    assert re.search(r"strength: \d+% of the map", figure["description"])


def test_a_map_of_a_number_has_a_scale_with_its_unit():
    figure = drawn(replace(MAP, y=("value",)))
    colour = figure["layer"][0]["encoding"]["color"]
    assert colour["type"] == "quantitative"
    assert colour["title"] == "stake for ever"
    assert len(figure["layer"]) == 1
    values = [row["value"] for row in figure["data"]["values"]]
    assert f"between {min(values):.3g} and {max(values):.3g}" in figure["description"]


# --- What comes of it ----------------------------------------------------------------------------


def test_a_notebook_shows_it_and_those_who_hear_it_are_told():
    figure = drawn(LINES)
    svg = figure._repr_svg_()
    assert svg.startswith("<svg ")
    assert 'role="img"' in svg
    assert figure["description"].split(".")[0] in svg
    assert "Strikes against the shift" in svg
    assert not hasattr(figure, "_repr_html_")


@pytest.fixture
def files(tmp_path, monkeypatch, capsys):
    """Run ``detente plot`` in an empty folder: exit status, output, faults, files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("detente.cli.plot.get", lambda name: DRAWN)

    def call(*words: str) -> tuple[int, str, str, list[str]]:
        code = main(["plot", "drawn", *words])
        return code, *capsys.readouterr(), sorted(x.name for x in tmp_path.iterdir())

    return call


def test_it_is_written_where_one_stands_and_said(files):
    code, out, err, found = files()
    assert (code, err, found) == (0, "", ["drawn.svg"])
    assert out.startswith("drawn.svg: written. Lines: Strikes against the shift.")
    assert Path("drawn.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_what_exists_is_not_overwritten_unless_asked(files):
    Path("drawn.svg").write_text("mine")
    code, out, err, _ = files()
    assert (code, out) == (2, "")
    assert "drawn.svg: exists already and is left as it is; --force overwrites" in err
    assert Path("drawn.svg").read_text() == "mine"
    assert files("--force")[0] == 0
    assert Path("drawn.svg").read_text(encoding="utf-8").startswith("<svg ")
    with pytest.raises(detente.UsageError, match="exists already"):
        drawn(LINES).save("drawn.svg")


def test_the_ending_says_what_is_written(files):
    for ending in ("png", "html", "json"):
        assert files("--out", f"a.{ending}")[0] == 0
    png = Path("a.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">2I", png[16:24])[0] > 900  # twice its size
    page = Path("a.html").read_text(encoding="utf-8")
    assert "<svg " in page
    assert page.count("<tr>") == 12
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    spec = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert spec["$schema"].endswith("v5.json")
    assert len(spec["data"]["values"]) == 11


def test_parameters_can_be_given(files):
    code, *_ = files("--at", "noise=0.4", "--at", "power=0.2", "--out", "a.json")
    assert code == 0
    spec = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert "noise 0.4" in " ".join(spec["title"]["subtitle"])
    expected = DRAWN(power_shift=0.1, noise=0.4, power=0.2).strike_hazard
    assert spec["data"]["values"][1]["y"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--out", "a.gif"), "a.gif: found '.gif', expected .svg, .png, .pdf, .html, .json, .csv"),
        (("--out", "a"), "a: found 'no ending', expected .svg"),
        (("--out", "none/a.svg"), "none/a.svg: cannot be written (No such file or directory)"),
        (("--at", "nosie=1"), '"nosie" is no parameter of drawn; did you mean "noise"?'),
        (("--at", "noise"), '--at: found "noise", expected NAME=VALUE'),
        (("--at", "noise=1", "--at", "noise=2"), "--at: noise is given twice"),
        (("--at", "noise=much"), "noise: found str 'much', expected a number"),
        (("--at", "noise=-1"), "noise: found -1, expected (0, inf)"),
        (("--at", "power_shift=0.5"), "power_shift: is what the picture of drawn moves"),
        (("--set", "types=3"), '"types" is no setting of drawn'),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_written(files, words, message):
    code, out, err, found = files(*words)
    assert (code, out, found) == (2, "", [])
    assert message in err


def test_a_model_without_a_picture_is_refused():
    with pytest.raises(detente.UsageError, match="drawn: has no picture"):
        detente.plot(replace(MODEL, picture=None, shown=()))
    with pytest.raises(detente.UsageError, match='Did you mean "preventive_war"'):
        detente.plot("preventive")


def test_quick_work_shows_no_progress_and_slow_work_does(capsys):
    with plot.patient(30) as tell:
        tell(0, 2)
        tell(2, 2)
    assert capsys.readouterr().err == ""
    with plot.patient(0.01) as tell:
        time.sleep(0.1)  # nothing is known yet, and nothing is shown
        assert capsys.readouterr().err == ""
        tell(0, 640)
        tell(64, 640)
        tell(640, 640)
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first.startswith("detente: 640 solves; the first start compiles")
    assert "solved 640 in" in last
    with plot.patient(0.2) as tell:
        tell(0, 640)
        tell(64, 640)
        time.sleep(0.6)
        tell(640, 640)
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first.startswith("detente: 640 solves; the first start compiles")
    assert "solved 640 in" in last


def test_progress_is_told_from_nothing_to_all():
    heard = []
    drawn(LINES, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(0, 11), (8, 11), (11, 11)]


# --- The gallery -----------------------------------------------------------------------------------


# Sizes of grids that are quicker to solve: the numbers are the business of the models' own tests.
SMALL: dict[str, dict[str, int]] = {
    "carlsson_vandamme1993": {"cells": 4},
    "abreu_gul2000": {"periods": 6},
    "fearon1997": {"types": 3},
}


@pytest.mark.parametrize("name", NAMES)
def test_every_model_has_a_picture_that_can_be_drawn(name):
    model = get(name)
    p = model.picture or usual(model)  # a coarse one
    coarse = replace(p, x=p.x and replace(p.x, points=3), across=p.across and replace(p.across, points=3))
    figure = detente.plot(model, coarse, settings=SMALL.get(name))
    assert figure["title"]["text"] == p.title
    assert figure.svg().startswith("<svg ")
    values = [row.get("y", row.get("value")) for row in figure["data"]["values"]]
    assert any(v is not None for v in values)
