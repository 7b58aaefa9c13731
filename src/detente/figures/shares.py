"""What each part accounts for in a whole: a waterfall from nothing to everything, with errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detente.figures.figure import Column, Figure, Rows, Table
from detente.figures.intervals import Interval, above, lines, room, words
from detente.figures.theme import DOWN, INK, SOFT, UP, WIDTH
from detente.study.numbers import number


def waterfall(
    name: str,
    title: str,
    start: float,
    end: float,
    parts: Sequence[Interval],
    *,
    unit: str,
    start_says: str = "with no mechanism at work",
    end_says: str = "as things are",
    subtitle: Sequence[str] = ("Line: two standard errors to either side",),
    more_is_deal: bool = False,
    width: int = WIDTH,
) -> Figure:
    """From nothing to everything, one part after the other; the parts add up.

    Args:
        name: Of the figure.
        title: What it shows.
        start: The whole without any of the parts.
        end: The whole with all of them.
        parts: What each accounts for, and the interval of that, from top to bottom.
        unit: Of the whole.
        start_says: What the start is.
        end_says: What the end is.
        subtitle: Below the title.
        more_is_deal: Whether more of it is the side of a deal, and takes that side's colour.
        width: In pixels.
    """
    rows: Rows = [_row(0, start_says, 0.0, start, "whole", None, None, amount(start), start)]
    at = start
    for i, p in enumerate(parts, start=1):
        to = at + p.value
        low = None if p.low is None else at + p.low
        high = None if p.high is None else at + p.high
        side = "raises" if p.value >= 0 else "lowers"
        shown = number(p.value)
        rows.append(_row(i, p.label, at, to, side, low, high, shown, p.value))
        at = to
    rows.append(_row(len(rows), end_says, 0.0, end, "whole", None, None, amount(end), end))
    for row in rows:
        low, high = row["low"], row["high"]
        row["error"] = None if low is None or high is None else (high - low) / 4
    labels, height = lines([r["label"] for r in rows], width)
    for row, label in zip(rows, labels, strict=True):
        row["lines"] = label
    down = height / 2 - 13
    x = {
        "type": "quantitative",
        "title": unit,
        "scale": {"range": room(rows)},
        "axis": above(rows, width, "number"),
    }
    y = {
        "field": "i",
        "type": "ordinal",
        "axis": None,
        "scale": {"type": "band", "domain": list(range(len(rows))), "padding": 0},
    }
    colours = [DOWN, UP, SOFT] if more_is_deal else [UP, DOWN, SOFT]
    sides = {"domain": ["raises", "lowers", "whole"], "range": colours}
    colour = {"field": "side", "type": "nominal", "scale": sides, "legend": None}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "height": 11, "yOffset": down, "opacity": 0.9},
            "encoding": {
                "y": y,
                "x": {"field": "from", **x},
                "x2": {"field": "to"},
                "color": colour,
            },
        },
        {
            "mark": {"type": "rule", "color": INK, "strokeWidth": 1.6, "yOffset": down},
            "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}},
        },
        *words(y, height, width),
    ]
    listed = "; ".join(f"{r['label']} {r['shown']}" for r in rows[1:-1])
    columns = (
        Column("label", "part", "text"),
        Column("value", f"accounts for ({unit})"),
        Column("error", "standard error"),
    )
    return Figure.of(
        name,
        title,
        f"{title}, {unit}: {amount(start)} {start_says}, {amount(end)} {end_says}. {listed}.",
        [Table("rows", title, columns, rows)],
        {
            "width": width,
            "height": height * len(rows),
            "autosize": {"type": "fit-x", "contains": "padding"},
            "data": {"name": "rows"},
            "layer": layers,
        },
        subtitle=subtitle,
    )


def amount(x: float) -> str:
    """A number with three decimals, without a sign if it has none."""
    return f"{0.0 if abs(x) < 0.0005 else x:.3f}".replace("-", "−")


def _row(
    i: int,
    label: str,
    start: float,
    to: float,
    side: str,
    low: float | None,
    high: float | None,
    shown: str,
    value: float,
) -> dict[str, Any]:
    return {
        "i": i,
        "label": label,
        "from": start,
        "to": to,
        "side": side,
        "low": low,
        "high": high,
        "shown": shown,
        "value": value,
    }
