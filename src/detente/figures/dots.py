"""A quantile dotplot: how likely is enough, in dots that can be counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from detente.figures.figure import Column, Figure, Rows, Table, said
from detente.figures.theme import INK, NO, TEXT, WIDE, YES


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
    width: int = WIDE,
    columns: int = 26,
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
    low, high = min(values[0], threshold), max(values[-1], threshold)
    step = (high - low) / columns or 1.0
    heights: dict[int, int] = {}
    rows: Rows = []
    for value in values:
        # A number at the threshold is not above it.
        bin = math.ceil((value - threshold) / step) - 1
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
        "above": [{"threshold": threshold, "says": f"{above}: {n} of {len(values)} dots →"}],
        "below": [{"threshold": threshold, "says": f"← {below}: {len(values) - n} of {len(values)}"}],
    }
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
    for data, align, shift in (("above", "left", 6), ("below", "right", -6)):
        layers.append(
            {
                "data": {"name": data},
                "mark": {
                    "type": "text",
                    "align": align,
                    "dx": shift,
                    "y": 6,
                    "fontSize": TEXT,
                    "fontWeight": "bold",
                    "color": YES if align == "left" else NO,
                    "limit": width / 2,
                },
                "encoding": {"x": {"field": "threshold", **x}, "text": {"field": "says"}},
            }
        )
    description = (
        f"{title}. {len(values)} dots, each an equal part of the draws: {n} {above},"
        f" {len(values) - n} {below}; the middle one is at {said(round(values[len(values) // 2], 3))} {unit}."
    )
    listed = (Column("value", f"{x_title} ({unit})"), Column("side", "", "text"))
    return Figure.of(
        name,
        title,
        description,
        [Table("rows", title, listed, rows)],
        {
            "width": width,
            "height": height,
            "autosize": {"type": "fit", "contains": "padding"},
            "data": {"name": "rows"},
            "layer": layers,
        },
        subtitle=subtitle,
        more=words,
    )
