"""Where the answer changes: a phase diagram over two assumptions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detente.figures.figure import Column, Figure, Rows, Table, said
from detente.figures.theme import DEAL_FILL, INK, NO, RATIONAL_FILL, SOFT, TEXT, WHITE, YES, canvas

Curve = Sequence[tuple[float, float]]

SIZE = 400


@dataclass(frozen=True, slots=True)
class Side:
    """An axis of a phase diagram: an assumption, and the middles of the cells solved along it.

    Attributes:
        name: Of the assumption, in words.
        unit: Its unit.
        places: Ascending, at least two, evenly spaced.
    """

    name: str
    unit: str
    places: Sequence[float]

    @property
    def title(self) -> str:
        """Of the axis."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def edges(self) -> tuple[float, float]:
        """The places from which the axis starts and to which it goes."""
        return self.places[0], self.places[-1]


def phase(
    name: str,
    title: str,
    x: Side,
    y: Side,
    values: Sequence[Sequence[float | None]],
    *,
    unit: str,
    above: str,
    below: str,
    draws: Sequence[tuple[float, float, bool]] = (),
    ensemble: Sequence[Sequence[Curve]] = (),
    you: tuple[float, float] | None = None,
    you_says: str = "median case",
    subtitle: Sequence[str] = (),
    width: int = SIZE,
    height: int = round(SIZE * 0.86),
) -> Figure:
    """Regions of two assumptions in which a number is above zero or not, and how sure their border is.

    Args:
        name: Of the figure.
        title: What it shows.
        x: The horizontal assumption.
        y: The vertical one.
        values: The number, a row for each place of `y`, an entry for each of `x`; None: no answer, a gap.
        unit: Of the number.
        above: What it means to be above zero ("a deal exists"): the light region, with its word in it.
        below: What it means not to be ("the red line is rational").
        draws: Draws of the run: their two assumptions, and whether they are above zero.
        ensemble: For other draws of everything else, the curves at which their number is zero: thin lines.
        you: A point to be marked.
        you_says: What it is.
        subtitle: Below the title.
        width: In pixels.
        height: Likewise.
    """
    (left, right), (low, high) = x.edges, y.edges
    rows: Rows = [
        {
            "x": px,
            "y": py,
            "value": v,
            "side": above if v > 0 else below,
        }
        for py, row in zip(y.places, values, strict=True)
        for px, v in zip(x.places, row, strict=True)
        if v is not None
    ]
    border = zero(x.places, y.places, values)
    more: dict[str, Rows] = {
        "border": _curves(border),
        "ensemble": [
            {**p, "curve": f"{k}-{p['curve']}"} for k, cs in enumerate(ensemble) for p in _curves(cs)
        ],
        "fill": _runs(x, y, values, above, below),
        "regions": _labels(x, y, values, above, below),
    }
    sx, sy = _scale(x), _scale(y)
    order = {"field": "i", "type": "quantitative"}
    fill = {"domain": [above, below], "range": [DEAL_FILL, RATIONAL_FILL]}
    layers: list[dict[str, Any]] = [
        {
            "data": {"name": "fill"},
            "mark": {"type": "rect", "strokeWidth": 0.7},
            "encoding": {
                "x": {"field": "x1", **sx},
                "x2": {"field": "x2"},
                "y": {"field": "y1", **sy},
                "y2": {"field": "y2"},
                "fill": {"field": "side", "type": "nominal", "scale": fill, "legend": None},
                # So that no white shows between cells.
                "stroke": {"field": "side", "type": "nominal", "scale": fill, "legend": None},
            },
        },
        {
            "data": {"name": "ensemble"},
            "mark": {"type": "line", "color": SOFT, "strokeWidth": 0.9, "opacity": 0.55, "clip": True},
            "encoding": {
                "x": {"field": "x", **sx},
                "y": {"field": "y", **sy},
                "detail": {"field": "curve", "type": "nominal"},
                "order": order,
            },
        },
    ]
    tables = [
        Table(
            "rows",
            title,
            (
                Column("x", x.title),
                Column("y", y.title),
                Column("value", unit),
                Column("side", "side of zero", "text"),
            ),
            rows,
        )
    ]
    if draws:
        points: Rows = [{"x": a, "y": b, "side": above if good else below} for a, b, good in draws]
        tables.append(
            Table(
                "draws",
                f"{len(points):,} draws",
                (Column("x", x.title), Column("y", y.title), Column("side", "side of zero", "text")),
                points,
            )
        )
        told = {"domain": [above, below], "range": [YES, NO]}
        shapes = {"domain": [above, below], "range": ["circle", "cross"]}
        layers.append(
            {
                "data": {"name": "draws"},
                "mark": {"type": "point", "filled": True, "size": 16, "opacity": 0.5, "clip": True},
                "encoding": {
                    "x": {"field": "x", **sx},
                    "y": {"field": "y", **sy},
                    "color": {"field": "side", "type": "nominal", "scale": told, "legend": None},
                    "shape": {"field": "side", "type": "nominal", "scale": shapes, "legend": None},
                },
            }
        )
    layers.append(
        {
            "data": {"name": "border"},
            "mark": {"type": "line", "color": INK, "strokeWidth": 2.2, "clip": True},
            "encoding": {
                "x": {"field": "x", **sx},
                "y": {"field": "y", **sy},
                "detail": {"field": "curve", "type": "nominal"},
                "order": order,
            },
        }
    )
    if you is not None:
        more["you"] = [{"x": you[0], "y": you[1], "says": you_says}]
        at = {"x": {"field": "x", **sx}, "y": {"field": "y", **sy}}
        mark = {"type": "point", "shape": "diamond", "size": 130, "filled": True, "opacity": 1}
        layers.append(
            {
                "data": {"name": "you"},
                "mark": {**mark, "fill": INK, "stroke": WHITE, "strokeWidth": 1.5},
                "encoding": at,
            }
        )
        layers += _haloed("you", at, {"field": "says"}, dy=-14, weight="normal")
    where = {"x": {"field": "x", **sx}, "y": {"field": "y", **sy}}
    layers += _haloed("regions", where, {"field": "says"})
    share = sum(r["value"] > 0 for r in rows) / max(len(rows), 1)
    description = (
        f"{title}. Horizontal: {x.title}, {said(left)} to {said(right)}; vertical: {y.title}, {said(low)} to"
        f" {said(high)}; everything else at its median. {above}: {share:.0%} of the map; the rest: {below}."
        f"{_through(border, x, y)}"
    )
    return Figure.of(
        name,
        title,
        description,
        tables,
        {
            **canvas(width, height),
            "data": {"name": "rows"},
            "layer": layers,
        },
        subtitle=subtitle,
        more=more,
    )


def zero(
    x: Sequence[float], y: Sequence[float], values: Sequence[Sequence[float | None]]
) -> list[list[tuple[float, float]]]:
    """The curves along which numbers on a grid are zero; gaps break them.

    Args:
        x: Places of columns.
        y: Places of rows.
        values: A row for each place of `y`.
    """
    import numpy as np
    from contourpy import contour_generator

    table = np.array([[np.nan if v is None else v for v in row] for row in values], float)
    # With the default kind of lines this is a list of arrays of shape [point, 2].
    lines: Any = contour_generator(np.asarray(x), np.asarray(y), np.ma.masked_invalid(table)).lines(0.0)
    return [[(float(a), float(b)) for a, b in line] for line in lines]


def _curves(curves: Sequence[Curve]) -> Rows:
    return [{"x": a, "y": b, "curve": k, "i": i} for k, c in enumerate(curves) for i, (a, b) in enumerate(c)]


def _runs(
    x: Side, y: Side, values: Sequence[Sequence[float | None]], above: str, below: str, lines: int = 72
) -> Rows:
    """The regions as strips that end where the number is zero between the places solved; gaps stay empty."""
    import numpy as np

    table = np.array([[np.nan if v is None else v for v in row] for row in values], float)
    xs, (low, high) = np.asarray(x.places, float), y.edges
    edges = np.linspace(low, high, lines + 1)
    found: Rows = []
    for bottom, top in itertools.pairwise(edges.tolist()):
        at = ((bottom + top) / 2 - low) / (high - low) * (len(table) - 1)
        k = min(int(at), len(table) - 2)
        line = table[k] + (at - k) * (table[k + 1] - table[k])
        runs: list[list[Any]] = []
        for i in range(len(xs) - 1):
            a, b = float(line[i]), float(line[i + 1])
            if not (math.isfinite(a) and math.isfinite(b)):
                continue
            left, right = float(xs[i]), float(xs[i + 1])
            cuts = [left, left + (right - left) * a / (a - b), right] if (a > 0) != (b > 0) else [left, right]
            for (start, end), value in zip(itertools.pairwise(cuts), (a, b), strict=False):
                side = above if value > 0 else below
                if runs and runs[-1][1] == start and runs[-1][2] == side:
                    runs[-1][1] = end
                elif end > start:
                    runs.append([start, end, side])
        found += [{"x1": a, "x2": b, "y1": bottom, "y2": top, "side": side} for a, b, side in runs]
    return found


def _scale(side: Side) -> dict[str, Any]:
    return {
        "type": "quantitative",
        "title": side.title,
        "axis": {"grid": False, "tickCount": 6, "format": "~g"},
        "scale": {"domain": list(side.edges), "nice": False, "zero": False},
    }


def _labels(x: Side, y: Side, values: Sequence[Sequence[float | None]], above: str, below: str) -> Rows:
    """Each region's word, at the cell of it that is farthest from the other and from the frame."""
    import numpy as np
    from scipy.ndimage import distance_transform_edt

    table = np.array([[np.nan if v is None else v for v in row] for row in values], float)
    found: Rows = []
    for word, region in ((above, table > 0), (below, table <= 0)):
        if region.mean() < 0.04:  # no room for a word
            continue
        # Words are wide: across, a cell counts for less.
        depth = np.asarray(distance_transform_edt(np.pad(region, 1), sampling=(1, 0.4)))[1:-1, 1:-1]
        i, j = divmod(int(depth.argmax()), len(x.places))
        found.append({"x": float(x.places[j]), "y": float(y.places[i]), "says": word})
    return found


def _haloed(
    data: str, at: Mapping[str, Any], text: Mapping[str, Any], dy: int = 0, weight: str = "bold"
) -> list[dict[str, Any]]:
    """Words over lines, with a white halo."""
    mark = {"type": "text", "fontSize": TEXT + 1, "fontWeight": weight, "dy": dy, "limit": 200}
    halo = {**mark, "stroke": WHITE, "strokeWidth": 4, "opacity": 0.85, "strokeJoin": "round"}
    return [
        {"data": {"name": data}, "mark": m, "encoding": {**at, "text": dict(text)}}
        for m in (halo, {**mark, "color": INK})
    ]


def _through(border: Sequence[Curve], x: Side, y: Side) -> str:
    """Where the border is, in words."""
    if not border:
        return ""
    longest = max(border, key=len)
    (ax, ay), (bx, by) = longest[0], longest[-1]
    return (
        f" The border runs from {x.name} {said(ax)}, {y.name} {said(ay)} to {x.name} {said(bx)},"
        f" {y.name} {said(by)}."
    )
