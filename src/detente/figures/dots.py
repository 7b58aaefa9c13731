"""A quantile dotplot: how likely is enough, in dots that can be counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from detente.figures.figure import Column, Figure, Rows, Table, said
from detente.figures.theme import INK, NO, TEXT, YES, canvas


def dots(
    name: str,
    title: str,
    quantiles: Sequence[float],
    *,
    unit: str,
    x_title: str,
    above: str,
    below: str,
    threshold: float = 0.0,
    subtitle: Sequence[str] = (),
    width: int = 440,
    columns: int = 22,
) -> Figure:
    """Each dot an equal part of the draws, filled above the threshold and hollow below.

    Args:
        name: Of the figure.
        title: What it shows.
        quantiles: Of the number, at the middles of equal parts: 20 for a screen, 50 for a report.
        unit: Of the number.
        x_title: What it is.
        above: What it means to be above the threshold.
        below: What it means not to be.
        threshold: Where the meaning changes; a column of dots never straddles it.
        subtitle: Below the title.
        width: In pixels.
        columns: Columns of dots, about.
    """
    values = sorted(quantiles)
    low, high = _fences(values, threshold)
    step = (high - low) / columns or 1.0
    heights: dict[int, int] = {}
    rows: Rows = []
    for value in values:
        # A number at the threshold is not above it.
        bin = math.ceil((min(max(value, low), high) - threshold) / step - 1e-9) - 1
        if value > threshold:
            bin = max(bin, 0)
        heights[bin] = heights.get(bin, 0) + 1
        rows.append(
            {
                "value": value,
                "x": threshold + (bin + 0.5) * step,
                "y": heights[bin] - 0.5,
                "side": above if value > threshold else below,
            }
        )
    tallest = max(heights.values(), default=1)
    first, last = min(heights, default=0), max(heights, default=0)
    domain = [threshold + (min(first, 0) - 0.5) * step, threshold + (max(last, 0) + 1.5) * step]
    diameter = (width - 40) / (max(last, 0) - min(first, 0) + 2)
    height = round(diameter * (tallest + 1)) + 58
    n = sum(v > threshold for v in values)
    x = {
        "type": "quantitative",
        "title": f"{x_title} ({unit})",
        "axis": {"grid": False, "tickCount": 7},
        "scale": {"domain": domain, "nice": False},
    }
    up = {"type": "quantitative", "axis": None, "scale": {"domain": [0, tallest + 1], "nice": False}}
    told = {"domain": [above, below], "range": [YES, NO]}
    fills = {"domain": [above, below], "range": [YES, "#ffffff"]}
    encoding: dict[str, Any] = {
        "x": {"field": "x", **x},
        "y": {"field": "y", **up},
        "stroke": {"field": "side", "type": "nominal", "scale": told, "legend": None},
        "fill": {"field": "side", "type": "nominal", "scale": fills, "legend": None},
    }
    words = {
        "above": [{"threshold": threshold, "says": f"{above}: {n} of {len(values)} →"}],
        "below": [{"threshold": threshold, "says": f"← {below}: {len(values) - n} of {len(values)}"}],
    }
    beyond = [
        f"{count} {'dot stands' if count == 1 else 'dots stand'} for numbers further out,"
        f" {to} {said(round(end, 2))}"
        for count, to, end in (
            (sum(v < low for v in values), "down to", values[0]),
            (sum(v > high for v in values), "up to", values[-1]),
        )
        if count
    ]
    subtitle = [*subtitle, *(f"At the end: {text}." for text in beyond)]
    layers: list[dict[str, Any]] = [
        {
            "data": {"name": "above"},
            "mark": {"type": "rule", "color": INK, "strokeWidth": 1.2},
            "encoding": {"x": {"field": "threshold", **x}},
        },
        {
            "mark": {
                "type": "point",
                "shape": "circle",
                "size": round((diameter * 0.86) ** 2 * math.pi / 4),
                "strokeWidth": 1.8,
                "opacity": 1,
            },
            "encoding": encoding,
        },
    ]
    for data, side, align, at in (
        ("above", above, "right", {"expr": "width"}),
        ("below", below, "left", 0),
    ):
        layers.append(
            {
                "data": {"name": data},
                "mark": {
                    "type": "text",
                    "align": align,
                    "x": at,
                    "y": 6,
                    "fontSize": TEXT,
                    "fontWeight": "bold",
                    "color": YES if side == above else NO,
                    "limit": width / 2,
                },
                "encoding": {"text": {"field": "says"}},
            }
        )
    description = (
        f"{title}. {len(values)} dots, each an equal part of the draws: {n} {above},"
        f" {len(values) - n} {below}. The middle one is at {said(round(values[len(values) // 2], 3))} {unit}."
        + "".join(f" {text}." for text in beyond)
    )
    listed = (Column("value", f"{x_title} ({unit})"), Column("side", "side of the threshold", "text"))
    return Figure.of(
        name,
        title,
        description,
        [Table("rows", title, listed, rows)],
        {
            **canvas(width, height),
            "data": {"name": "rows"},
            "layer": layers,
        },
        subtitle=subtitle,
        more=words,
    )


def _fences(values: Sequence[float], threshold: float) -> tuple[float, float]:
    """The ends of the picture: all numbers, or Tukey's fences where some lie far out."""
    n = len(values)
    first, third = values[n // 4], values[(3 * n) // 4]
    reach = 1.5 * (third - first) or math.inf
    low, high = max(values[0], first - reach), min(values[-1], third + reach)
    return min(low, threshold), max(high, threshold)
