"""Lines of a model's outcomes, described in Vega-Lite, and in words for those who hear them read."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.figures.figure import Figure, Rows
from detente.figures.theme import COLOURS, DASHES, SOFT, TEXT
from detente.model import Model, Outcome, Picture
from detente.parameter import Parameter
from detente.points import count

if TYPE_CHECKING:
    import numpy as np

    from detente.engine.batch import Solved


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is to be drawn: a picture, where it is drawn, and the answers.

    Attributes:
        fixed: Every parameter's number away from what the picture moves.
        settings: Sizes of grids other than the model's defaults.
        records: Every parameter at each point.
    """

    model: Model
    picture: Picture
    fixed: Mapping[str, float]
    settings: Mapping[str, int]
    records: Mapping[str, np.ndarray]
    solved: Solved

    @property
    def by(self) -> Parameter | None:
        """The parameter that tells lines apart."""
        return self.model.by_name[self.picture.by[0]] if self.picture.by else None

    def title(self) -> dict[str, Any]:
        """The title, with the parameters below it, and how many points are missing and why."""
        return {
            "text": self.picture.title,
            "subtitle": [*self.place(), *textwrap.wrap(self.gaps(), 84)],
            "subtitleColor": SOFT,
            "subtitleFontSize": TEXT,
            "anchor": "start",
            "offset": 10,
        }

    def place(self) -> list[str]:
        """At which parameters it is drawn, in lines; of many, those that are not at their defaults."""
        still = [p for p in self.model.parameters if p.name not in self.picture.moved]
        if len(still) > 12:
            still = [p for p in still if self.fixed[p.name] != p.default]
        parts = [f"{spaced(p.name)} {shown(p, self.fixed[p.name])}" for p in still]
        parts += [f"{spaced(k)} {v}" for k, v in self.settings.items()]
        lines: list[str] = []
        for part in parts:
            if lines and len(lines[-1]) + len(part) + 2 <= 84:
                lines[-1] += f", {part}"
            else:
                lines.append(part)
        return [f"{line}," for line in lines[:-1]] + lines[-1:]

    def gaps(self) -> str:
        """How many points have no answer, and why."""
        status = self.solved.status
        reasons = Counter(s.removeprefix("not solved: ") for s in status if s is not None)
        if not reasons:
            return ""
        listed = "; ".join(f"{textwrap.shorten(why, 90)} ({n})" for why, n in reasons.most_common(3))
        more = f"; and {len(reasons) - 3} other reasons" if len(reasons) > 3 else ""
        points = count(sum(reasons.values()), "point")
        return f"{points} of {len(status):,} without an answer: {listed}{more}"


def spaced(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ")


def shown(p: Parameter, value: float) -> str:
    """A parameter's value in words."""
    return p.labels[int(value)] if p.labels else f"{value:g}".replace("-", "−")


def said(x: float) -> str:
    """A number in a sentence."""
    return f"{0.0 if abs(x) < 1e-9 else x:.3g}".replace("-", "−")


def axis(p: Parameter) -> str:
    """The title of a parameter's axis."""
    return f"{spaced(p.name)} ({p.unit})"


def number(x: float) -> float | None:
    """A number that can be drawn; None for a gap."""
    return x if x == x and abs(x) != float("inf") else None


# --- Lines --------------------------------------------------------------------------------------


def draw_lines(d: Drawn) -> Figure:
    """Outcomes over a parameter, or over the years: colour and dashes tell the lines apart."""
    picture, by = d.picture, d.by
    outcomes = [d.model.outcome(n) for n in picture.y]
    names = [spaced(o.name) for o in outcomes]
    across = "years" if picture.path or picture.x is None else axis(d.model.by_name[picture.x.parameter])
    rows = [row for o in outcomes for row in _points(d, o)]
    scale = {"domain": [0, 1]} if all(o.unit == "probability" for o in outcomes) else {"zero": False}
    y = {"field": "y", "type": "quantitative", "title": picture.y_title, "scale": scale}
    x = {"field": "x", "type": "quantitative", "title": across, "scale": {"nice": False, "zero": False}}
    if picture.path:
        x["axis"] = {"tickMinStep": 1, "format": "d"}
    encoding: dict[str, Any] = {"x": x, "y": y}
    by_outcome = {"field": "outcome", "values": names, "title": None}
    if by is not None and picture.by is not None:
        values = [shown(by, v) for v in picture.by[1]]
        by_value = {"field": "by", "values": values, "title": axis(by)}
        encoding["color"] = channel(**by_value, kinds=COLOURS)
        encoding["strokeDash"] = channel(**(by_outcome if len(names) > 1 else by_value), kinds=DASHES)
    elif len(names) > 1:
        encoding["color"] = channel(**by_outcome, kinds=COLOURS)
        encoding["strokeDash"] = channel(**by_outcome, kinds=DASHES)
    return Figure(
        description=_lines_said(d, rows, across),
        title=d.title(),
        width=480,
        height=300,
        data={"values": rows},
        mark={"type": "line", "strokeWidth": 2, "color": COLOURS[0]},
        encoding=encoding,
    )


def _points(d: Drawn, o: Outcome) -> Rows:
    """The points of an outcome's lines."""
    by, x = d.by, d.picture.x
    table = d.solved.outcomes[o.name].tolist()
    values = [""] * len(d.solved) if by is None else [shown(by, v) for v in d.records[by.name].tolist()]
    if d.picture.path:
        places = [(year, i) for i in range(len(values)) for year in range(len(table))]
        found = [(year + 1, table[year][i], values[i]) for year, i in places]
    else:
        assert x is not None
        found = list(zip(d.records[x.parameter].tolist(), table, values, strict=True))
    return [{"x": x, "y": number(y), "outcome": spaced(o.name), "by": v} for x, y, v in found]


def channel(field: str, values: list[str], title: str | None, kinds: Sequence[Any]) -> dict[str, Any]:
    """How a field's values are told apart: their kinds, in order, and a legend."""
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": values, "range": [kinds[i % len(kinds)] for i in range(len(values))]},
        "legend": {
            "title": title,
            "labelLimit": 260,
            "titleLimit": 260,
            "symbolStrokeWidth": 2,
            "symbolSize": 500,
        },
    }


def _lines_said(d: Drawn, rows: Rows, across: str) -> str:
    parts = [f"Lines: {d.picture.title}. Horizontal axis: {across}; vertical axis: {d.picture.y_title}."]
    lines: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows:
        seen = lines.setdefault((row["outcome"], row["by"]), [])
        if row["y"] is not None:
            seen.append((row["x"], row["y"]))
    for (outcome, value), seen in lines.items():
        name = outcome if d.by is None else f"{outcome}, {spaced(d.by.name)} {value}"
        if not seen:
            parts.append(f"{name}: no answer.")
            continue
        (left, first), (right, last) = seen[0], seen[-1]
        low, high = min(y for _, y in seen), max(y for _, y in seen)
        apart = not {said(low), said(high)} <= {said(first), said(last)}
        between = f", between {said(low)} and {said(high)}" if apart else ""
        parts.append(f"{name}: from {said(first)} at {said(left)} to {said(last)} at {said(right)}{between}.")
    return " ".join([*parts, f"{d.gaps()}."] if d.gaps() else parts)
