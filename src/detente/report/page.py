"""Pages: one HTML file each that needs nothing else, neither network nor script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detente.case.case import Assumption, Case
from detente.case.describe import belief
from detente.models import get
from detente.report import charts
from detente.study.asked import command
from detente.study.spread import Spread, beliefs
from detente.study.summary import Summary, strongest
from detente.study.words import CAVEAT, answer, certificate, interval, number, percent, smallest, way
from detente.study.work import Design


def page(design: Design, summary: Summary, manifest: Mapping[str, Any]) -> str:
    """The report of a run.

    Args:
        design: The run.
        summary: What it says.
        manifest: What was written before its first solve.
    """
    case, model = design.case, design.theory
    look = _templates()
    look.filters |= {"percent": percent, "number": number, "interval": lambda x: interval(x.low, x.high)}
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
            (title, what, strongest(found), charts.effects(found, title))
            for title, what, found in (
                ("If this mechanism were absent", "mechanism", summary.mechanisms),
                ("If this lever were pulled", "lever", summary.levers),
            )
            if found
        ],
        why=[(one, charts.shares(one)) for one in summary.why.outputs] if summary.why else [],
        drivers=summary.drivers,
        way=way,
        zone=charts.zone(summary.deal) if summary.deal else "",
        paths=charts.paths(summary, model),
        outcomes=[model.outcome(name) for name in summary.paths],
        assumptions=_assumptions(case, summary.inputs),
        smallest=smallest(summary.opening) if summary.opening else "",
        command=command(case.id, design.draws, design.lever_draws, design.seed, design.dtype, summary.asked),
    )


def case_page(case: Case) -> str:
    """What a case assumes and claims, before anything is solved."""
    return (
        _templates()
        .get_template("case.html.j2")
        .render(case=case, assumptions=_assumptions(case, beliefs(case)))
    )


def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("detente", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _assumptions(
    case: Case, spreads: Mapping[str, Spread]
) -> list[tuple[Assumption, str, str, Spread | None]]:
    """Every number of the case: the assumption, in words, its meaning, and its spread if uncertain."""
    known = get(case.model).by_name
    return [
        (
            a,
            belief(a, known.get(name)),
            known[name].meaning if name in known else "Quantity of the case",
            spreads.get(name),
        )
        for name, a in case.assumptions.items()
    ]
