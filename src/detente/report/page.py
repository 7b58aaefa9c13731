"""The report: one HTML file that needs nothing else, neither network nor script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detente.case.describe import belief
from detente.report import charts
from detente.study.summary import Summary
from detente.study.words import CAVEAT, answer, certificate, number, percent
from detente.study.work import Design


def page(design: Design, summary: Summary, manifest: Mapping[str, Any]) -> str:
    """The report of a run.

    Args:
        design: The run.
        summary: What it says.
        manifest: What was written before its first solve.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    case, model = design.case, design.theory
    look = Environment(
        loader=PackageLoader("detente", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    look.filters |= {"percent": percent, "number": number}
    return look.get_template("report.html.j2").render(
        case=case,
        design=design,
        summary=summary,
        manifest=manifest,
        answer=answer(case, summary),
        caveat=CAVEAT,
        certificate=certificate(summary.certificate),
        sides=[
            (title, [c for c in summary.claims if c.verdict.side == side])
            for side, title in (("argument", "The argument"), ("rival", "Rival readings"))
        ],
        effects=[
            (title, what, sorted(found, key=lambda e: (-e.rise, e.id)), charts.effects(found, title))
            for title, what, found in (
                ("If this mechanism were absent", "mechanism", summary.mechanisms),
                ("If this lever were pulled", "lever", summary.levers),
            )
            if found
        ],
        zone=charts.zone(summary.deal) if summary.deal else "",
        paths=charts.paths(summary, model),
        outcomes=[model.outcome(name) for name in summary.paths],
        assumptions=[
            (a, belief(a, model.by_name.get(a.name)), meaning, summary.inputs.get(a.name))
            for a, meaning in _assumptions(design)
        ],
    )


def _assumptions(design: Design) -> list[tuple[Any, str]]:
    """Every number of the case with its meaning: the model's parameters, then the case's quantities."""
    model, case = design.theory, design.case
    return [
        *((case.parameters[p.name], p.meaning) for p in model.parameters),
        *((a, "quantity of the case") for a in case.quantities.values()),
    ]
