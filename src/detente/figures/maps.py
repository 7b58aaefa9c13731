"""Maps of a model's outcome over two parameters, described in Vega-Lite and in words."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from detente.figures.figure import Figure, Rows
from detente.figures.lines import Drawn, axis, channel, number, said, spaced
from detente.figures.theme import SHADES
from detente.model import Outcome
from detente.points import word

if TYPE_CHECKING:
    import numpy as np


WIDTH, HEIGHT = 400, 340
"""Of a map, in pixels."""


def draw_map(d: Drawn) -> Figure:
    """An outcome over two parameters: a colour for each word, and the word in the region's midst."""
    import numpy as np

    x, across = d.picture.x, d.picture.across
    assert x is not None and across is not None
    outcome = d.model.outcome(d.picture.y[0])
    edges = x.places(), across.places()
    table = d.solved.outcomes[outcome.name].reshape(across.points - 1, x.points - 1)
    rows: Rows = []
    for (i, j), value in np.ndenumerate(table):
        drawn = word(outcome, float(value)) if outcome.labels else number(float(value))
        if drawn is not None:
            (left, right), (low, high) = edges[0][j : j + 2], edges[1][i : i + 2]
            rows.append({"x": left, "x2": right, "y": low, "y2": high, "value": drawn})
    titles = axis(d.model.by_name[x.parameter]), axis(d.model.by_name[across.parameter])
    sides = [
        {
            "field": field,
            "type": "quantitative",
            "title": title,
            "scale": {"domain": [places[0], places[-1]], "nice": False, "zero": False},
        }
        for field, title, places in zip("xy", titles, edges, strict=True)
    ]
    colour = _colour(outcome)
    encoding = {
        "x": sides[0],
        "x2": {"field": "x2"},
        "y": sides[1],
        "y2": {"field": "y2"},
        "color": colour,
        "stroke": {**colour, "legend": None},  # so that no white shows between cells
    }
    layers: list[dict[str, Any]] = [{"mark": {"type": "rect", "strokeWidth": 0.6}, "encoding": encoding}]
    if outcome.labels:
        layers.append(_written(outcome, table, *edges))
    return Figure(
        description=_map_said(d, outcome, table, titles),
        title=d.title(),
        width=WIDTH,
        height=HEIGHT,
        data={"values": rows},
        layer=layers,
    )


def _colour(outcome: Outcome) -> dict[str, Any]:
    if not outcome.labels:
        scale = {"scheme": "viridis"}
        return {"field": "value", "type": "quantitative", "scale": scale, "title": outcome.unit}
    colour = channel("value", list(outcome.labels), spaced(outcome.name), SHADES)
    return colour | {"legend": {"title": spaced(outcome.name), "labelLimit": 260, "symbolType": "square"}}


def _written(outcome: Outcome, table: np.ndarray, xs: list[float], ys: list[float]) -> dict[str, Any]:
    """Each region's word in its midst, so that colour is not the only sign; where it has room."""
    places = []
    for code, text in enumerate(outcome.labels):
        at = _midst(table == code)
        if at is None:
            continue
        i, j = at
        room = WIDTH * _run(table[i] == code, j) / table.shape[1]
        lines = textwrap.wrap(text, max(int(room / 7), 1), break_long_words=False)  # letters are 7 wide
        if 7 * max(map(len, lines)) > room or 15 * len(lines) > HEIGHT * _run(table[:, j] == code, i) / len(
            table
        ):
            continue
        y = (ys[i] + ys[i + 1]) / 2 + 7 * (len(lines) - 1) * (ys[-1] - ys[0]) / HEIGHT
        places.append({"x": (xs[j] + xs[j + 1]) / 2, "y": y, "word": text, "lines": "\n".join(lines)})
    sides = {side: {"field": side, "type": "quantitative"} for side in "xy"}
    mark = {"type": "text", "fontSize": 12, "fontWeight": "bold", "color": "black", "lineBreak": "\n"}
    return {"data": {"values": places}, "mark": mark, "encoding": {**sides, "text": {"field": "lines"}}}


def _run(here: np.ndarray, at: int) -> int:
    """How many cells around one are like it, in a line."""
    left, right = here[: at + 1][::-1].tolist(), here[at:].tolist()
    return [*left, False].index(False) + [*right, False].index(False) - 1


def _midst(region: np.ndarray) -> tuple[int, int] | None:
    """The cell of a region that is farthest from its edge."""
    import numpy as np
    from scipy.ndimage import distance_transform_edt

    if not region.any():
        return None
    depth = np.asarray(distance_transform_edt(np.pad(region, 1)))[1:-1, 1:-1]
    deepest = np.argwhere(depth > depth.max() - 0.5)  # of a band, all along its middle
    return tuple(deepest[np.abs(deepest - deepest.mean(axis=0)).sum(axis=1).argmin()].tolist())


def _map_said(d: Drawn, outcome: Outcome, table: np.ndarray, titles: tuple[str, str]) -> str:
    import numpy as np

    parts = [f"Map: {d.picture.title}. Horizontal axis: {titles[0]}; vertical axis: {titles[1]}."]
    known = table[np.isfinite(table)]
    if outcome.labels:
        shares = [
            (text, float((known == k).mean()) if known.size else 0) for k, text in enumerate(outcome.labels)
        ]
        parts += [f"{text}: {share:.0%} of the map." for text, share in shares if share]
    elif known.size:
        parts.append(f"{spaced(outcome.name)} between {said(known.min())} and {said(known.max())}.")
    return " ".join([*parts, f"{d.gaps()}."] if d.gaps() else parts)
