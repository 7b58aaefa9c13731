"""What the page needs to know about a case before anything is solved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from detente.case.case import ASSUMED, Assumption, Case
from detente.case.describe import belief
from detente.lab.scenario import AS_WRITTEN, drawn, middle, movable
from detente.lab.work import plain, plausible
from detente.model import Model
from detente.models import get

if TYPE_CHECKING:
    import numpy as np

PLACES = 41
"""Points of a prior's outline."""
BINS = 24
"""Bars of the outline of a number that is learned from experience."""
STEPS = 200
"""Least steps of a slider."""


def describe(case: Case) -> dict[str, Any]:
    """Everything about a case that does not change while somebody works on it."""
    from detente.study import first_year

    model = get(case.model)
    draws = drawn(case, AS_WRITTEN, 1, 0, 2048).values
    base = middle(case, AS_WRITTEN).values
    ends = plausible(case)
    settable = movable(case, model)
    assumptions = {
        name: _assumption(case, model, a, float(base[name][0]), draws[name], ends.get(name))
        for name, a in case.assumptions.items()
        if name in settable
    }
    return {
        "id": case.id,
        "digest": case.digest,
        "title": case.title,
        "question": case.question,
        "holder": case.holder,
        "demander": case.demander,
        "as_of": case.as_of,
        "model": {"name": model.name, "title": model.title},
        "horizon": case.horizon,
        "assumptions": assumptions,
        "mechanisms": [
            {"name": m.name, "meaning": m.meaning, "experience": m.experience} for m in model.mechanisms
        ],
        "levers": [
            {
                "id": x.id,
                "who": x.who,
                "says": x.says,
                "changes": {n: {"kind": c.kind, "amount": c.amount} for n, c in x.changes.items()},
            }
            for x in case.levers
        ],
        "claims": [
            {
                "id": c.id,
                "side": c.side,
                "section": c.section,
                "says": c.says,
                "test": c.test,
                "beside": [{"says": b.says, "test": b.test} for b in c.beside],
            }
            for c in case.claims
        ],
        "experience": [
            {
                "about": e.about,
                "prior": list(e.prior),
                "episodes": [
                    {"name": x.name, "year": x.year, "kept": x.kept, "weight": x.weight} for x in e.episodes
                ],
            }
            for e in case.experience.values()
        ],
        "decisive": model.decisive,
        "shown": list(model.shown),
        "outcomes": {o.name: {"meaning": o.meaning, "unit": o.unit} for o in model.outcomes},
        "year": {"stages": first_year.stages(model), "terms": first_year.terms(model)},
    }


def _assumption(
    case: Case,
    model: Model,
    a: Assumption,
    base: float,
    draws: np.ndarray,
    ends: tuple[float, float] | None,
) -> dict[str, Any]:
    parameter = model.by_name.get(a.name)
    source = case.sources.get(a.source)
    low, high, step = scale(case, model, a, base, draws)
    group = "" if parameter is None else parameter.mechanism or ""
    if parameter is not None and not group and a.learned is not None:
        group = next((m.name for m in model.mechanisms if m.experience == a.learned), "")
    return {
        "name": a.name,
        "meaning": a.name.replace("_", " ") if parameter is None else parameter.meaning,
        "unit": a.unit,
        "group": "quantities" if parameter is None else group,
        "labels": [] if parameter is None else list(parameter.labels),
        "low": low,
        "high": high,
        "step": step,
        "base": plain(base),
        "belief": belief(a, parameter),
        "likely": None if ends is None else list(ends),
        "outline": outline(a, draws, low, high) if a.value is None else [],
        "assumed": a.source == ASSUMED,
        "source": a.source if source is None else source.citation,
        "url": None if source is None else source.url,
        "why": a.why,
        "learned": a.learned,
    }


def scale(
    case: Case, model: Model, a: Assumption, base: float, draws: np.ndarray
) -> tuple[float, float, float]:
    """Both ends and the step of a slider: what is believed and half as much again, inside the domain."""
    parameter = model.by_name.get(a.name)
    low, high = float(draws.min()), float(draws.max())
    if a.prior is not None and a.prior.kind in ("uniform", "triangular"):
        low, high = a.prior.low, a.prior.high
    if parameter is not None and parameter.labels:
        return 0.0, float(len(parameter.labels) - 1), 1.0
    domain = None if parameter is None else parameter.domain
    if domain is not None and math.isfinite(domain.low) and math.isfinite(domain.high):
        low, high = domain.low, domain.high
    elif high > low:
        reach = (high - low) / 2
        low, high = (max(low - reach, 0.0) if low >= 0 else low - reach), high + reach
    else:
        low, high = min(0.0, 2 * base), max(2 * base, 1.0 if base == 0 else 0.0)
    step = 1.0 if domain is not None and domain.whole else _nice((high - low) / STEPS)
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if domain is not None:
        while low not in domain and low < high:
            low += step
        while high not in domain and high > low:
            high -= step
    return float(f"{low:.6g}"), float(f"{high:.6g}"), step


def _nice(x: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is no more than x."""
    power = 10.0 ** math.floor(math.log10(x))
    return float(f"{max(k for k in (1, 2, 5) if k * power <= x * (1 + 1e-9)) * power:.6g}")


def outline(a: Assumption, draws: np.ndarray, low: float, high: float) -> list[list[float]]:
    """What is believed of a number, to be drawn behind its slider: [value, height from 0 to 1] along it."""
    import numpy as np

    from detente.case.priors import density

    if a.prior is not None and a.prior.kind != "choice":
        ends = max(a.prior.low, low), min(a.prior.high, high)
        x = np.linspace(*ends, PLACES)
        y = density(a.prior, x)
    else:
        edges = np.linspace(float(draws.min()), float(draws.max()) or 1.0, BINS + 1)
        if not edges[0] < edges[-1]:
            return []
        y, _ = np.histogram(draws, edges)
        x, y = np.repeat(edges, 2)[1:-1], np.repeat(y, 2)
    y = np.minimum(np.where(np.isfinite(y), y, 0.0), np.quantile(y[np.isfinite(y)], 0.98) * 1.2 + 1e-12)
    top = float(y.max())
    return [[float(f"{u:.5g}"), round(float(v) / top, 3)] for u, v in zip(x, y, strict=True)] if top else []
