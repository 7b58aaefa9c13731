"""Putting pieces together: draws that were solved a stretch at a time, a phase diagram level by level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from detente.case.case import Case
from detente.lab.scenario import AS_WRITTEN, Scenario, middle
from detente.models import get
from detente.study.spread import QUANTILES
from detente.study.verdicts import NO_ANSWER, wilson, word

STRETCH = 64
"""Draws in a piece of work: a chunk of a full run, which has the same draws."""
TESTED = 16
"""The same where every claim is tested, which takes many solves of each draw."""
MOST_DRAWS = 256
SEED = 1
LEVELS = (8, 16, 32)
"""Places along each side of a phase diagram."""
PIECE = 64
"""Points of a phase diagram in a piece of work."""

Found = dict[str, Any]


def stretches(upto: int, size: int) -> list[range]:
    """The pieces that so many draws are solved in."""
    return [range(i, i + size) for i in range(0, min(upto, MOST_DRAWS), size)]


def spread(case: Case, pieces: Sequence[Mapping[str, Any]], point: Mapping[str, Any]) -> Found:
    """What draws say of the decisive outcome and of the paths.

    Args:
        case: The case.
        pieces: From `detente.lab.work.spread`.
        point: The point's outcomes, for the line of the middle case.
    """
    import numpy as np

    from detente.lab import pictures

    model = get(case.model)
    zones = [z for piece in pieces for z in piece["decisive"] if z is not None]
    failed = sum(piece["failed"] for piece in pieces)
    bands = {}
    for name in model.shown:
        rows = [row for piece in pieces for row in piece["paths"].get(name, ()) if None not in row]
        if rows:
            bands[name] = np.quantile(np.asarray(rows), QUANTILES, axis=0).tolist()
    deal = None
    if model.decisive and zones:
        held = sum(z > 0 for z in zones)
        low, high = wilson(held, len(zones))
        deal = {
            "share": held / len(zones),
            "low": low,
            "high": high,
            "draws": len(zones),
            "quantiles": np.quantile(zones, QUANTILES).tolist(),
        }
    figures = [pictures.worlds(case, zones)] if deal and len(zones) >= 2 else []
    return {
        "deal": deal,
        "failed": failed,
        "reason": next((p["reason"] for p in pieces if p["reason"]), None),
        "figures": [*figures, *pictures.paths(case, point, bands)],
    }


def verdicts(case: Case, pieces: Sequence[Mapping[str, Any]]) -> Found:
    """The share of draws in which each claim's test holds, with its interval and word."""
    rows = []
    for i, claim in enumerate(case.claims):
        known = [h for piece in pieces for h in piece["claims"][i]["holds"] if h is not None]
        held, n = sum(known), len(known)
        low, high = wilson(held, n)
        rows.append(
            {
                "id": claim.id,
                "share": held / n if n else None,
                "low": low,
                "high": high,
                "draws": n,
                "word": word(held / n) if n else NO_ANSWER,
            }
        )
    return {"claims": rows}


def side(low: float, high: float, level: int) -> list[float]:
    """Places along a side of a phase diagram, ends included."""
    n = LEVELS[level]
    return [float(f"{low + (high - low) * i / (n - 1):.6g}") for i in range(n)]


def pieces(places: tuple[Sequence[float], Sequence[float]]) -> list[list[tuple[float, float]]]:
    """The points of a level in pieces of work, row by row."""
    points = [(a, b) for b in places[1] for a in places[0]]
    return [points[i : i + PIECE] for i in range(0, len(points), PIECE)]


def diagram(
    case: Case,
    given: Scenario,
    names: tuple[str, str],
    places: tuple[Sequence[float], Sequence[float]],
    zones: Sequence[float | None],
) -> Found:
    """The phase diagram of a level."""
    from detente.lab import pictures

    width = len(places[0])
    rows = [zones[i : i + width] for i in range(0, len(zones), width)]
    base, fixed = middle(case, AS_WRITTEN).values, dict(given.values)
    you = tuple(float(fixed[n] if n in fixed else base[n][0]) for n in names)
    return {"figures": [pictures.diagram(case, *names, places, rows, (you[0], you[1]))]}
