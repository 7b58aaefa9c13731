"""Numbers with intervals, one below the other: levers, mechanisms, drivers, claims.

Labels stand above their line and not left of it, so that words of any length fit a phone and a printed page.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from detente.figures.figure import Column, Figure, Rows, Table
from detente.figures.theme import INK, MAIN, SOFT, TEXT, UP, WIDTH
from detente.study.numbers import number, percent

LINE_HEIGHT, BELOW = 15, 27
"""Height of a line of a label, and of the line with the mark below it, in pixels."""
LETTER = 6.4
"""Mean width of a letter of the smallest size, in pixels; some hosts have wide fonts."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A row: what it is, its number, and how far that is known.

    Attributes:
        label: In words, cut where it does not fit; the table has it whole.
        value: The number.
        low: Lower end of its interval; None: no interval.
        high: Upper end.
        note: A word at the right end: a verdict, who moves.
        key: A short name for the table; "": the label.
        more: Further numbers and words, for the table alone, by the name of their column.
    """

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""
    key: str = ""
    more: Mapping[str, float | str | None] = field(default_factory=dict)


def intervals(
    name: str,
    title: str,
    rows: Sequence[Interval],
    *,
    unit: str,
    x_title: str,
    reference: float | None = None,
    reference_says: str = "",
    bars: bool = False,
    domain: tuple[float, float] | None = None,
    subtitle: Sequence[str] = (),
    what: str = "what",
    error: str = "95 % interval",
    further: Sequence[Column] = (),
    signed: bool = True,
    width: int = WIDTH,
) -> Figure:
    """Dots with intervals, or bars from zero with them.

    Args:
        name: Of the figure.
        title: What it shows.
        rows: From top to bottom.
        unit: Of the numbers; ``share`` is drawn from 0 to 100 %, ``points`` are points of a hundred.
        x_title: What the numbers are.
        reference: A number that all are compared with ("as things are"): those above it point right and
            are of one colour, those below it point left and are of another.
        reference_says: In words.
        bars: Bars from zero instead of dots; their sides are told apart as above, with zero for reference.
        domain: Ends of the axis.
        subtitle: Below the title.
        what: Heading of the labels in the table.
        error: What the interval is.
        further: Columns of the table alone, see `Interval.more`.
        signed: Whether numbers other than shares are said with their sign.
        width: In pixels.
    """
    zero = 0.0 if reference is None else reference
    labels, height = lines([r.label for r in rows], width)
    data: Rows = [
        {
            "i": i,
            "label": r.label,
            "lines": labels[i],
            "key": r.key or r.label,
            "value": r.value,
            "low": r.low,
            "high": r.high,
            "note": r.note,
            "shown": f"{_shown(r.value, unit, signed)}{f' {r.note}' if r.note else ''}",
            "side": "right" if r.value >= zero else "left",
            **r.more,
        }
        for i, r in enumerate(rows)
    ]
    two_sided = bars or reference is not None
    ends = list(domain) if domain else [0, 1] if unit == "share" else None
    axis = above(data, width, unit)
    if ends == [0, 1]:
        axis["values"] = [0, 0.5, 1] if axis["tickCount"] < 5 else [0, 0.25, 0.5, 0.75, 1]
    x = {
        "type": "quantitative",
        "title": x_title,
        "axis": axis,
        "scale": {"range": room(data)} | ({"domain": ends} if ends else {}),
    }
    down = height / 2 - 13
    y = {
        "field": "i",
        "type": "ordinal",
        "axis": None,
        "scale": {"type": "band", "domain": list(range(len(data))), "padding": 0},
    }
    colour: dict[str, Any] = {"value": MAIN}
    if two_sided:
        sides = {"domain": ["right", "left"], "range": [MAIN, UP]}
        colour = {"field": "side", "type": "nominal", "scale": sides, "legend": None}
    shape: dict[str, Any] = {"value": "circle"}
    if reference is not None:
        shapes = {"domain": ["right", "left"], "range": ["triangle-right", "triangle-left"]}
        shape = {"field": "side", "type": "nominal", "scale": shapes, "legend": None}
    layers: list[dict[str, Any]] = []
    more: dict[str, Rows] = {}
    if reference is not None:
        more["reference"] = [{"value": reference}]
        layers.append(
            {
                "data": {"name": "reference"},
                "mark": {"type": "rule", "color": SOFT, "strokeDash": [4, 3]},
                "encoding": {"x": {"field": "value", **x}},
            }
        )
    if bars:
        layers.append(
            {
                "mark": {"type": "bar", "height": 11, "yOffset": down, "opacity": 0.85},
                "encoding": {"x": {"field": "value", **x}, "y": y, "color": colour},
            }
        )
    if any(r.low is not None for r in rows):
        layers.append(
            {
                "mark": {"type": "rule", "strokeWidth": 1.6 if bars else 2.4, "yOffset": down},
                "encoding": {
                    "y": y,
                    "x": {"field": "low", **x},
                    "x2": {"field": "high"},
                    "color": {"value": INK} if bars else colour,
                },
            }
        )
    if not bars:
        layers.append(
            {
                "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1, "yOffset": down},
                "encoding": {"y": y, "x": {"field": "value", **x}, "color": colour, "shape": shape},
            }
        )
    layers += words(y, height, width)
    listed = "; ".join(f"{d['label']}: {d['shown']}{_between(d, unit)}" for d in data)
    against = (
        f" Compared with {reference_says or 'the reference'}: {_shown(zero, unit)}." if two_sided else ""
    )
    columns = (
        Column("key", what, "text"),
        Column("value", x_title, _kind(unit)),
        *(
            (Column("low", f"{error}, from", _kind(unit)), Column("high", "to", _kind(unit)))
            if _any(rows)
            else ()
        ),
        *((Column("note", "in a word", "text"),) if any(r.note for r in rows) else ()),
        *further,
    )
    return Figure.of(
        name,
        title,
        f"{title}.{against} {listed}.",
        [Table("rows", title, columns, data)],
        {
            "width": width,
            "height": height * max(len(data), 1),
            "autosize": {"type": "fit-x", "contains": "padding"},
            "data": {"name": "rows"},
            "layer": layers,
        },
        subtitle=subtitle,
        more=more,
    )


def claims(
    name: str,
    title: str,
    rows: Sequence[Interval],
    *,
    subtitle: Sequence[str] = (),
    width: int = WIDTH,
) -> Figure:
    """Shares of draws in which claims hold, with where the words change; equal weight for every verdict.

    Args:
        name: Of the figure.
        title: What it shows.
        rows: One for each claim: `Interval.note` is the verdict in a word.
        subtitle: Below the title.
        width: In pixels.
    """
    figure = intervals(
        name,
        title,
        rows,
        unit="share",
        x_title="share of draws in which the test holds",
        subtitle=subtitle,
        what="claim",
        width=width,
    )
    figure["datasets"]["words"] = [{"value": v} for v in (0.05, 0.25, 0.75, 0.95)]
    mark = {"type": "rule", "color": SOFT, "opacity": 0.5, "strokeDash": [2, 2]}
    where = {"field": "value", "type": "quantitative"}
    figure["layer"].insert(0, {"data": {"name": "words"}, "mark": mark, "encoding": {"x": where}})
    return figure


def lines(labels: Sequence[str], width: int, most: int = 2) -> tuple[list[str], int]:
    """Labels in lines that fit, and the height of a row that has room for them."""
    letters = int(width / LETTER)
    broken = [textwrap.wrap(text, letters, max_lines=most, placeholder=" …") or [""] for text in labels]
    tallest = max((len(b) for b in broken), default=1)
    # Words stand right above their mark: shorter ones begin with empty lines.
    return ["\n".join([" "] * (tallest - len(b)) + b) for b in broken], LINE_HEIGHT * tallest + BELOW


def room(data: Rows) -> list[Any]:
    """The horizontal range of the marks: as far as the numbers at the right end leave it."""
    return [0, {"expr": f"width - {_beside(data)}"}]


def above(data: Rows, width: int, unit: str) -> dict[str, Any]:
    """The axis above the marks, with as many ticks as its room has."""
    ticks = max(2, min(5, (width - 20 - _beside(data)) // 52))
    form = {"share": ".0%", "points": ".3~r"}.get(unit, "~g")
    return {"orient": "top", "titleAnchor": "start", "tickCount": ticks, "domain": False, "format": form}


def _beside(data: Rows) -> int:
    """What the numbers at the right end take, in pixels."""
    return round(7.6 * max((len(d["shown"]) for d in data), default=0) + 14)


def words(y: dict[str, Any], height: int, width: int) -> list[dict[str, Any]]:
    """The label above each mark over the whole width, and the number beside the mark at the right end."""
    base = {"type": "text", "fontSize": TEXT, "color": INK}
    above = {"align": "left", "baseline": "top", "x": 0, "yOffset": 3 - height / 2, "lineBreak": "\n"}
    beside = {"align": "right", "baseline": "middle", "x": {"expr": "width"}, "yOffset": height / 2 - 13}
    return [
        {
            "mark": {**base, **above, "limit": width},
            "encoding": {"y": y, "text": {"field": "lines"}},
        },
        {
            "mark": {**base, **beside, "fontWeight": "bold"},
            "encoding": {"y": y, "text": {"field": "shown"}},
        },
    ]


def _any(rows: Sequence[Interval]) -> bool:
    return any(r.low is not None for r in rows)


def _kind(unit: str) -> str:
    return "percent" if unit == "share" else "number"


def _shown(x: float, unit: str, signed: bool = True) -> str:
    if unit == "share":
        return percent(x)
    if unit == "points":
        return "0.0" if abs(x) < 0.05 else f"{x:+.1f}".replace("-", "−")
    return number(x) if signed else f"{x:.2f}".replace("-", "−")


def _between(d: dict[str, Any], unit: str) -> str:
    if d["low"] is None or d["high"] is None:
        return ""
    return f" ({_shown(d['low'], unit)} to {_shown(d['high'], unit)})"
