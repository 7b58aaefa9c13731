"""What is believed before anything is solved: priors, and what experience taught."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detente.figures.figure import Column, Figure, Rows, Table, said
from detente.figures.theme import INK, LIGHT, MAIN, NO, SOFT, TEXT, WHITE, WIDTH, YES, canvas


def prior(
    name: str,
    title: str,
    counts: Sequence[float],
    low: float,
    high: float,
    *,
    unit: str,
    value: float | None = None,
    width: int = 240,
    height: int = 28,
) -> Figure:
    """A prior as a strip, to stand behind a slider: no axes, its ends are the slider's.

    Args:
        name: Of the figure.
        title: What is believed of what.
        counts: Weight in bins of equal width.
        low: Left end.
        high: Right end.
        unit: Of the number.
        value: Where it stands now.
        width: In pixels.
        height: Likewise.
    """
    step = (high - low) / len(counts)
    rows = [
        {"x1": low + i * step, "x2": low + (i + 1) * step, "weight": float(c)} for i, c in enumerate(counts)
    ]
    top = max(counts, default=1) or 1
    x: dict[str, Any] = {
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [low, high], "nice": False, "zero": False},
    }
    y = {"type": "quantitative", "axis": None, "scale": {"domain": [0, top], "nice": False}}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rect", "color": MAIN, "opacity": LIGHT * 1.6},
            "encoding": {
                "x": {"field": "x1", **x},
                "x2": {"field": "x2"},
                "y": {"field": "weight", **y},
                "y2": {"datum": 0},
            },
        }
    ]
    more: dict[str, Rows] = {}
    if value is not None:
        more["now"] = [{"x": value}]
        layers.append(
            {
                "data": {"name": "now"},
                "mark": {"type": "rule", "color": INK, "strokeWidth": 2},
                "encoding": {"x": {"field": "x", **x}},
            }
        )
    likeliest = max(rows, key=lambda r: r["weight"], default=None)
    where = f", most likely between {said(likeliest['x1'])} and {said(likeliest['x2'])}" if likeliest else ""
    columns = (Column("x1", f"from ({unit})"), Column("x2", "to"), Column("weight", "weight"))
    return Figure.of(
        name,
        title,
        f"{title}: {said(low)} to {said(high)} {unit}{where}.",
        [Table("rows", title, columns, rows)],
        {
            "width": width,
            "height": height,
            "padding": 0,
            "autosize": {"type": "fit", "contains": "padding"},
            "data": {"name": "rows"},
            "layer": layers,
        },
        more=more,
    )


def experience(
    name: str,
    title: str,
    episodes: Sequence[tuple[int, str, bool, float]],
    *,
    kept: str = "kept",
    broken: str = "not kept",
    subtitle: Sequence[str] = ("Height: how much of a clean test the episode is",),
    width: int = WIDTH,
    height: int = 190,
) -> Figure:
    """Episodes in their years: what was kept goes up and is filled, what was not goes down and is hollow.

    Args:
        name: Of the figure.
        title: What it shows.
        episodes: Year, what happened, whether it was kept, weight.
        kept: What it means to be kept.
        broken: What it means not to be.
        subtitle: Below the title.
        width: In pixels.
        height: Likewise.
    """
    rows: Rows = [
        {
            "year": year,
            "says": says,
            "kept": kept if good else broken,
            "weight": weight,
            "signed": weight if good else -weight,
        }
        for year, says, good, weight in sorted(episodes)
    ]
    top = max((w for *_, w in episodes), default=1.0) * 1.25 or 1.0
    years = [r["year"] for r in rows] or [0]
    span = [min(years) - 1, max(years) + 1]
    told = {"domain": [kept, broken], "range": [YES, NO]}
    fills = {"domain": [kept, broken], "range": [YES, WHITE]}
    x = {
        "field": "year",
        "type": "quantitative",
        "title": None,
        "axis": {"format": "d", "tickMinStep": 1, "tickCount": 6, "grid": False, "domain": False},
        "scale": {"domain": span, "nice": False, "zero": False},
    }
    y = {
        "type": "quantitative",
        "title": "weight",
        "axis": {"values": [], "titlePadding": 4, "domain": False},
        "scale": {"domain": [-top, top], "nice": False},
    }
    colour = {"field": "kept", "type": "nominal", "scale": told, "legend": None}
    words = [{"says": f"▲ {kept}", "at": top * 0.93}, {"says": f"▼ {broken}", "at": -top * 0.93}]
    layers: list[dict[str, Any]] = [
        {
            "data": {"name": "words"},
            "mark": {"type": "text", "align": "left", "x": 4, "fontSize": TEXT, "color": SOFT},
            "encoding": {"y": {"field": "at", **y}, "text": {"field": "says"}},
        },
        {"mark": {"type": "rule", "color": SOFT}, "encoding": {"y": {"datum": 0, **y}}},
        {
            "mark": {"type": "rule", "strokeWidth": 1.6},
            "encoding": {
                "x": x,
                "y": {"field": "signed", **y},
                "y2": {"datum": 0},
                "color": colour,
            },
        },
        {
            "mark": {"type": "point", "shape": "circle", "size": 70, "strokeWidth": 2, "opacity": 1},
            "encoding": {
                "x": x,
                "y": {"field": "signed", **y},
                "stroke": colour,
                "fill": {**colour, "scale": fills},
            },
        },
    ]
    good = [r for r in rows if r["signed"] > 0]
    description = (
        f"{title}: {len(rows)} episodes, {years[0]} to {years[-1]}; {len(good)} {kept}, with weight"
        f" {said(sum(r['weight'] for r in good))} together, {len(rows) - len(good)} {broken}, with weight"
        f" {said(sum(r['weight'] for r in rows if r['signed'] <= 0))}."
    )
    columns = (
        Column("year", "year", "text"),
        Column("says", "what happened", "text"),
        Column("kept", "kept?", "text"),
        Column("weight", "weight"),
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
        more={"words": words},
    )
