"""Numbers over the years or over a parameter: bands of the draws, single histories, lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detente.figures.figure import Column, Figure, Rows, Table, said
from detente.figures.theme import COLOURS, DARK, DASHES, HEIGHT, INK, LIGHT, MAIN, SOFT, WIDTH, canvas

BANDS = "Line: median; dark band: half of the draws; light band: 5 to 95 %"

_QUANTILES = ("q5", "q25", "q50", "q75", "q95")
_HEADINGS = ("5 %", "25 %", "median", "75 %", "95 %")


def fan(
    name: str,
    title: str,
    bands: Sequence[Sequence[float]],
    *,
    unit: str,
    x: Sequence[float] | None = None,
    x_title: str = "years",
    now: float | None = None,
    level: float | None = None,
    domain: tuple[float, float] | None = None,
    subtitle: Sequence[str] = (BANDS,),
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Figure:
    """A number over the years, or over an assumption: median, 50 % band, 5 to 95 % band.

    Args:
        name: Of the figure.
        title: What it shows.
        bands: Five rows, the 5, 25, 50, 75 and 95 % quantiles, with a number for each place.
        unit: Of the number; ``probability`` and ``share`` are drawn from 0 to 1.
        x: The places; None: years 1, 2, …
        x_title: What they are.
        now: A place to be marked ("your case").
        level: A number to be marked (0, or one half).
        domain: Ends of the vertical axis.
        subtitle: Below the title.
        width: In pixels, axes included.
        height: Likewise.
    """
    places = list(range(1, len(bands[0]) + 1)) if x is None else list(x)
    rows = [
        {"x": place} | {q: row[i] for q, row in zip(_QUANTILES, bands, strict=True)}
        for i, place in enumerate(places)
    ]
    across = _across(x_title, places, whole=x is None)
    layers: list[dict[str, Any]] = [
        _area("q5", "q95", LIGHT, across),
        _area("q25", "q75", DARK, across),
        {
            "mark": {"type": "line", "color": MAIN, "strokeWidth": 2},
            "encoding": {"x": across, "y": _up("q50", unit, domain, top=max(bands[-1]))},
        },
    ]
    more: dict[str, Any] = {}
    if level is not None:
        more["level"] = [{"y": level}]
        layers.append(_rule("level", "y", SOFT))
    if now is not None:
        more["now"] = [{"x": now}]
        layers.append(_rule("now", "x", INK))
    first, last = (f"{said(r['q50'])} ({said(r['q5'])} to {said(r['q95'])})" for r in (rows[0], rows[-1]))
    where = (said(places[0], "number"), said(places[-1], "number"))
    description = (
        f"{title}, {unit}, over {x_title}: median {first} at {where[0]}, {last} at {where[1]};"
        " in brackets 5 to 95 % of the draws."
    )
    columns = (
        Column("x", x_title),
        *(Column(q, f"{h} ({unit})") for q, h in zip(_QUANTILES, _HEADINGS, strict=True)),
    )
    return Figure.of(
        name,
        title,
        description,
        [Table("rows", title, columns, rows)],
        {
            **canvas(width, height),
            "data": {"name": "rows"},
            "layer": layers,
        },
        subtitle=subtitle,
        more=more,
    )


def histories(
    name: str,
    title: str,
    paths: Mapping[str, Sequence[float]],
    *,
    unit: str,
    bands: Sequence[Sequence[float]] | None = None,
    columns: int = 4,
    subtitle: Sequence[str] = ("Each panel: one draw's path; grey: 5 to 95 % of all draws",),
    width: int = 78,
    height: int = 66,
) -> Figure:
    """Small multiples: one drawn history in each panel, all on the same axes.

    Args:
        name: Of the figure.
        title: What it shows.
        paths: By label ("draw 17"), a number for each year.
        unit: Of the number.
        bands: Five rows as of `fan`: the band of all draws, behind each history.
        columns: Panels in a row.
        subtitle: Below the title.
        width: Of a panel, in pixels.
        height: Likewise.
    """
    rows = [
        {"history": label, "x": year + 1, "y": y}
        | ({"q5": bands[0][year], "q95": bands[4][year]} if bands else {})
        for label, path in paths.items()
        for year, y in enumerate(path)
    ]
    years = max((len(p) for p in paths.values()), default=1)
    highest = max([*(y for p in paths.values() for y in p), *(bands[4] if bands else ())], default=1.0)
    across = _across("", [1, years], whole=True)
    across["axis"] |= {"values": sorted({1, years // 2, years} - {0}), "title": None}
    layers: list[dict[str, Any]] = []
    if bands:
        layers.append(
            {
                "mark": {"type": "area", "color": SOFT, "opacity": LIGHT},
                "encoding": {"y": _up("q5", None, None), "y2": {"field": "q95"}},
            }
        )
    layers.append(
        {
            "mark": {"type": "line", "color": MAIN, "strokeWidth": 1.6},
            "encoding": {"y": _up("y", unit, None, title=None, ticks=3, top=highest)},
        }
    )
    ends = "; ".join(f"{label}: {said(p[0])} to {said(p[-1])}" for label, p in paths.items())
    description = f"{title}, {unit}, in {len(paths)} single draws over {years} years. {ends}."
    listed = (Column("x", "year", "whole"), *(Column(label, f"{label} ({unit})") for label in paths))
    table: Rows = [
        {"x": year + 1} | {label: path[year] for label, path in paths.items()} for year in range(years)
    ]
    return Figure.of(
        name,
        title,
        description,
        [Table("table", title, listed, table)],
        {
            "data": {"name": "rows"},
            "facet": {
                "field": "history",
                "type": "nominal",
                "sort": list(paths),
                "header": {"title": None, "labelPadding": 2},
            },
            "columns": columns,
            "spacing": {"row": 6, "column": 8},
            "spec": {"width": width, "height": height, "encoding": {"x": across}, "layer": layers},
        },
        subtitle=subtitle,
        more={"rows": rows},
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of `response`: its label and a number for each place, None for a gap."""

    label: str
    y: Sequence[float | None]


def response(
    name: str,
    title: str,
    x: Sequence[float],
    lines: Sequence[Line],
    *,
    unit: str,
    x_title: str,
    now: float | None = None,
    level: float | None = None,
    subtitle: Sequence[str] = (),
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Figure:
    """Numbers over a parameter, one line each; colour and dashes tell the lines apart.

    Args:
        name: Of the figure.
        title: What it shows.
        x: Places.
        lines: One for each number.
        unit: Of the numbers.
        x_title: What the places are.
        now: A place to be marked.
        level: A number to be marked.
        subtitle: Below the title.
        width: In pixels, axes included.
        height: Likewise.
    """
    rows = [
        {"x": place, "y": y, "line": line.label} for line in lines for place, y in zip(x, line.y, strict=True)
    ]
    labels = [line.label for line in lines]

    def told(kinds: Sequence[Any]) -> dict[str, Any]:
        legend = {"title": None, "orient": "bottom", "columns": 1, "symbolSize": 300, "labelLimit": width}
        scale = {"domain": labels, "range": [kinds[i % len(kinds)] for i in range(len(labels))]}
        return {
            "field": "line",
            "type": "nominal",
            "scale": scale,
            "legend": legend if len(labels) > 1 else None,
        }

    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {
                "x": _across(x_title, list(x), whole=False),
                "y": _up("y", unit, None),
                "color": told(COLOURS),
                "strokeDash": told(DASHES),
            },
        }
    ]
    more: dict[str, Any] = {}
    if level is not None:
        more["level"] = [{"y": level}]
        layers.append(_rule("level", "y", SOFT))
    if now is not None:
        more["now"] = [{"x": now}]
        layers.append(_rule("now", "x", INK))
    parts = []
    for line in lines:
        known = [(a, b) for a, b in zip(x, line.y, strict=True) if b is not None]
        if known:
            (a, first), (b, last) = known[0], known[-1]
            parts.append(f"{line.label}: {said(first)} at {said(a)}, {said(last)} at {said(b)}")
    description = f"{title}, {unit}, over {x_title}. {'; '.join(parts)}."
    columns = (Column("line", "line", "text"), Column("x", x_title), Column("y", unit))
    return Figure.of(
        name,
        title,
        description,
        [Table("rows", title, columns, rows)],
        {
            **canvas(width, height),
            "data": {"name": "rows"},
            "layer": layers,
        },
        subtitle=subtitle,
        more=more,
    )


def _across(title: str, places: Sequence[float], *, whole: bool) -> dict[str, Any]:
    axis = {"tickCount": 5, "grid": False}
    if whole:
        axis |= {"values": _years(int(places[-1])), "format": "d"}
    return {
        "field": "x",
        "type": "quantitative",
        "title": title or None,
        "scale": {"domain": [places[0], places[-1]], "nice": False, "zero": False},
        "axis": axis,
    }


def _years(last: int) -> list[int]:
    """The first year, round ones, at most seven in all."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if last / s <= 6)
    return [1, *(y for y in range(step, last + 1, step) if y > 1)]


def _up(
    field: str,
    unit: str | None,
    domain: tuple[float, float] | None,
    title: str | None = "",
    ticks: int = 5,
    top: float = 1.0,
) -> dict[str, Any]:
    chance = unit in ("probability", "share")
    # A chance is drawn from 0, and to 1 unless all of it lies far below.
    ends = list(domain) if domain else [0, 1] if chance and top > 0.4 else None
    y: dict[str, Any] = {
        "field": field,
        "type": "quantitative",
        "title": unit if title == "" else title,
        "axis": {"tickCount": ticks} | ({"format": ".0%" if top > 0.1 else ".1%"} if chance else {}),
        "scale": {"domain": ends} if ends else {"zero": chance},
    }
    return (
        y if unit else {k: v for k, v in y.items() if k not in ("title", "axis", "scale")} | {"title": None}
    )


def _area(low: str, high: str, opacity: float, across: dict[str, Any]) -> dict[str, Any]:
    return {
        "mark": {"type": "area", "color": MAIN, "opacity": opacity},
        "encoding": {"x": across, "y": {"field": low, "type": "quantitative"}, "y2": {"field": high}},
    }


def _rule(data: str, side: str, colour: str) -> dict[str, Any]:
    """A line across at a level (y) or up at a place (x); it takes the axes of the other layers."""
    return {
        "data": {"name": data},
        "mark": {"type": "rule", "color": colour, "strokeDash": [4, 3]},
        "encoding": {side: {"field": side, "type": "quantitative"}},
    }
