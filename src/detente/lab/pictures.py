"""The figures of the page: the standard ones, filled with what the laboratory solves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from detente.case.case import Case
from detente.figures import Figure, Interval, Side, dots, fan, intervals, phase
from detente.figures.bargain import Deal, bargain
from detente.figures.theme import INK
from detente.figures.year import Moment, Move, year
from detente.lab.words import (
    ABOVE,
    ALL,
    BELOW,
    MOVES,
    TITLES,
    deal_words,
    spaced,
    subtitle,
)
from detente.model import Model
from detente.models import get

Found = dict[str, Any]

TOP = 10
"""Assumptions of the figure of what moves the answer."""


def told(figure: Any) -> Found:
    """A figure as the page needs it: what is drawn, and its words and tables beside it."""
    drawn: Found = {
        "name": figure.name,
        "title": figure.title,
        "subtitle": list(figure.subtitle),
        "description": figure.description,
        "tables": [
            {
                "caption": t.caption,
                "headings": [c.heading for c in t.columns],
                "kinds": [c.kind for c in t.columns],
                "cells": t.cells,
                "csv": t.csv(),
            }
            for t in figure.tables
        ],
    }
    if isinstance(figure, Figure):
        spec = figure.bare()
        del spec["$schema"]  # the bundle's library is newer, reads it all the same, and would complain
        return drawn | {"datasets": spec.pop("datasets", {}), "spec": spec}
    return drawn | {"svg": figure.svg(titled=False)}


# --- At the point -----------------------------------------------------------------------------------


def at_point(case: Case, outcomes: Mapping[str, Any], played: Mapping[str, Any]) -> list[Found]:
    """The bargaining range and the year of the game, where the game has them."""
    model = get(case.model)
    found = []
    ranged = bargaining(case, outcomes)
    if ranged is not None:
        found.append(told(ranged))
    if played:
        found.append(told(the_year(case, model, outcomes, played)))
    return found


def bargaining(
    case: Case, outcomes: Mapping[str, Any], draws: Sequence[Sequence[Sequence[float]]] = ()
) -> Any:
    """What either side gains by each deal; None where the game has no such outcome."""
    if not {"holder_gain", "demander_gain"} <= outcomes.keys():
        return None
    gains = outcomes["holder_gain"], outcomes["demander_gain"]
    if None in (*gains[0], *gains[1]):
        return None
    names = deal_words(get(case.model), len(gains[0]))
    deals = [Deal(name, (h, h, h), (d, d, d), None) for name, h, d in zip(names, *gains, strict=True)]
    return bargain(
        "bargain",
        TITLES["bargain"],
        deals,
        holder=case.holder,
        demander=case.demander,
        unit=get(case.model).outcome("holder_gain").unit,
        subtitle=subtitle("bargain"),
        width=400,
    )


def the_year(case: Case, model: Model, outcomes: Mapping[str, Any], played: Mapping[str, Any]) -> Any:
    """The first year without a deal, and what follows the offer that is likeliest."""
    from detente.study.first_year import stages, terms

    told_stages, under = stages(model), terms(model)
    players = {"holder": (0, case.holder), "demander": (1, case.demander)}
    offer = _likeliest(told_stages, played)
    names = deal_words(model, len(under) - 1)
    moments, answered = [], not offer
    for stage in told_stages:
        # What is offered is answered; after that the year goes on with a deal in force, or without one.
        told_under = [0] if not answered or not offer else [0, offer]
        moves = [
            move
            for z in told_under
            for move in _moves(stage, played[stage["name"]], names, z, offer, len(told_under) > 1)
        ]
        answered = answered or bool(stage["passing"])
        index, who = players.get(stage["player"], (None, spaced(stage["player"] or ALL)))
        if moves:
            moments.append(Moment(MOVES.get(stage["name"], spaced(stage["name"])), index, who, tuple(moves)))
    return year(
        "year",
        TITLES["year"],
        moments,
        subtitle=subtitle("year", names[offer - 1] if offer else ""),
        width=400,
    )


def _likeliest(told_stages: Sequence[Mapping[str, Any]], played: Mapping[str, Any]) -> int:
    """The offer that is likeliest; 0 if the game knows none."""
    for stage, after in pairwise(told_stages):
        if after["passing"]:
            chances = [table[0][0] for table in list(played[stage["name"]].values())[1:]]
            return 1 + max(range(len(chances)), key=chances.__getitem__) if chances else 0
    return 0


def _moves(
    stage: Mapping[str, Any],
    actions: Mapping[str, Any],
    names: list[str],
    z: int,
    offer: int,
    split: bool,
) -> list[Move]:
    """What is done at a stage under terms z; nothing where there is nothing to decide."""
    cell = {label: table[z][offer if stage["passing"] else 0] or 0.0 for label, table in actions.items()}
    if stage["bound"]:  # the mover is free with some probability; told is what it then does against its word
        cell = {"keep": 1.0, **cell} if z else {}
    if not any(cell.values()):
        return []
    labels = list(cell)
    if len(labels) == 2:  # of two, the second says it all
        labels = labels[1:]
    elif len(labels) > 4:  # many offers: the likeliest three
        labels = [labels[0], *sorted(labels[1:], key=lambda n: -cell[n])[:3]]
    when = "" if not split or stage["bound"] else ", deal" if z else ", no deal"
    return [Move(f"{_named(label, names)}{when}", (x, x, x)) for label in labels for x in (cell[label],)]


def _named(label: str, names: list[str]) -> str:
    """A deal by its words, any other action by its own name."""
    number = label.removeprefix("deal ")
    if number != label and number.isdigit() and 0 < int(number) <= len(names):
        return names[int(number) - 1]
    return label


def paths(case: Case, series: Mapping[str, Sequence[float | None]], bands: Mapping[str, Any]) -> list[Found]:
    """What happens over the years: the bands of the draws, and the middle case as a line.

    Args:
        case: The case.
        series: By outcome, a number for each year at the point.
        bands: By outcome, five rows of quantiles; where none, they lie on the line.
    """
    model = get(case.model)
    found = []
    for name in model.shown:
        line = [x for x in series.get(name, ()) if x is not None]
        if not line or len(line) < len(series[name]):
            continue
        rows = bands.get(name) or [line] * 5
        outcome = model.outcome(name)
        figure = fan(
            f"path-{name}",
            spaced(name).capitalize(),
            rows,
            unit=outcome.unit,
            subtitle=(outcome.meaning,),
            width=300,
            height=190,
            domain=_room(name, model, rows, line),
        )
        figure["datasets"]["case"] = [{"x": i + 1, "y": y} for i, y in enumerate(line)]
        figure["layer"].append(
            {
                "data": {"name": "case"},
                "mark": {"type": "line", "color": INK, "strokeWidth": 1.5, "strokeDash": [5, 3]},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative"},
                    "y": {"field": "y", "type": "quantitative"},
                },
            }
        )
        found.append(told(figure))
    return found


def _room(name: str, model: Model, rows: Any, line: Any) -> tuple[float, float] | None:
    """Ends of the axis that do not move with every step of a slider."""
    if model.outcome(name).unit in ("probability", "share"):
        return 0.0, 1.0
    known = model.by_name.get(name)
    if known is not None and known.domain.high < 1e6:
        return known.domain.low, known.domain.high
    top = max([*line, *(x for row in rows for x in row)], default=1.0)
    room = 1.0
    while room < top:
        room *= 2
    return 0.0, room


# --- At rest ---------------------------------------------------------------------------------------


def bars(case: Case, zones: Mapping[str, float | None], now: float, which: str) -> Found | None:
    """The zone without each mechanism, or with each lever, against the zone as it is."""
    model = get(case.model)
    says = {m.name: m.meaning for m in model.mechanisms} | {x.id: x.says for x in case.levers}
    known = [(name, z) for name, z in zones.items() if z is not None]
    rows = [
        Interval(spaced(name), z - now, note=_flips(now, z), key=f"{name}: {says[name]}")
        for name, z in sorted(known, key=lambda x: (now - x[1], x[0]))
    ]
    if not rows:
        return None
    return told(
        intervals(
            which,
            TITLES[which],
            rows,
            unit=model.outcome(model.decisive).unit,
            x_title=f"change of the zone ({model.outcome(model.decisive).unit})",
            bars=True,
            subtitle=subtitle(which),
            what=which,
        )
    )


def _flips(before: float, after: float) -> str:
    if (before > 0) == (after > 0):
        return ""
    return "opens" if after > 0 else "closes"


def tornado(case: Case, swings: Sequence[Mapping[str, Any]], now: float) -> Found | None:
    """The zone at both plausible ends of each assumption, the widest first."""
    model = get(case.model)
    known = [s for s in swings if None not in (s["at_low"], s["at_high"])]
    known.sort(key=lambda s: -abs(s["at_high"] - s["at_low"]))
    if not known:
        return None
    rows = []
    for s in known[:TOP]:
        low, high = sorted((s["at_low"], s["at_high"]))
        flips = (low > 0) != (high > 0) or (low > 0) != (now > 0)
        rows.append(
            Interval(
                spaced(s["name"]),
                s["at_high"],
                low,
                high,
                note="can flip" if flips else "",
                key=f"{spaced(s['name'])}, {s['low']:g} to {s['high']:g}",
            )
        )
    return told(
        intervals(
            "drivers",
            TITLES["drivers"],
            rows,
            unit=model.outcome(model.decisive).unit,
            x_title=f"zone ({model.outcome(model.decisive).unit})",
            reference=0.0,
            reference_says="the border of a deal",
            subtitle=subtitle("drivers"),
            what="assumption",
            error="between its plausible ends",
        )
    )


def worlds(case: Case, zones: Sequence[float]) -> Found:
    """Twenty dots: the zone in twenty equal parts of the draws."""
    import numpy as np

    model = get(case.model)
    parts = min(20, len(zones))
    middles = np.quantile(np.asarray(zones), (np.arange(parts) + 0.5) / parts)
    outcome = model.outcome(model.decisive)
    return told(
        dots(
            "worlds",
            TITLES["worlds"],
            [float(x) for x in middles],
            unit=outcome.unit,
            x_title="zone",
            above="a deal",
            below="no deal",
            subtitle=subtitle("worlds", str(len(zones))),
            width=400,
            columns=18,
        )
    )


def diagram(
    case: Case,
    x: str,
    y: str,
    places: tuple[Sequence[float], Sequence[float]],
    values: Sequence[Sequence[float | None]],
    you: tuple[float, float],
) -> Found:
    """The phase diagram over two assumptions."""
    model = get(case.model)

    def side(name: str, along: Sequence[float]) -> Side:
        return Side(spaced(name), case.assumptions[name].unit, along)

    outcome = model.outcome(model.decisive)
    return told(
        phase(
            "phase",
            TITLES["phase"],
            side(x, places[0]),
            side(y, places[1]),
            values,
            unit=f"zone ({outcome.unit})",
            above=ABOVE,
            below=BELOW,
            you=you,
            you_says="your case",
            subtitle=subtitle("phase", f"{len(places[0])} × {len(places[1])}"),
            width=400,
            height=350,
        )
    )
