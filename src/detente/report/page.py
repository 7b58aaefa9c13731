"""Pages: one HTML file each that needs nothing else, neither network nor script."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from detente.case.case import ASSUMED, Assumption, Case
from detente.case.describe import belief
from detente.figures import Figure
from detente.figures.drawing import Drawing
from detente.models import get
from detente.report import pictures, sentences, strings, studied
from detente.report.data import RunData
from detente.report.pictures import Shown
from detente.study.asked import Asked, command
from detente.study.numbers import interval, number, percent
from detente.study.spread import Spread, beliefs
from detente.study.summary import Certificate
from detente.study.words import belief as belief_of
from detente.study.words import certificate, smallest

TOP = 3
"""Assumptions that are named on a claim's card."""
CLEAR = 0.02
"""Share of a margin's variance below which an assumption decides nothing."""


def page(run: RunData) -> tuple[str, list[Figure | Drawing]]:
    """The report of a run, and the figures in it.

    Sections whose numbers the run lacks are absent.

    Args:
        run: What lies in its folder.
    """
    case, verdicts = run.case, run.verdicts
    parts = figures(run)
    opening = verdicts.get("opening")
    of_claims = {c.verdict.id for c in verdicts["claims"]}
    boxes = [one for one in verdicts.get("where") or () if one.id not in of_claims]
    sections = [
        name
        for name, there in (
            ("claims", verdicts["claims"]),
            ("where", parts["where"] or boxes),
            ("why", parts["why"] or parts["mechanisms"]),
            ("drivers", parts["drivers"] or parts["contributions"]),
            ("flips", parts["flips"]),
            ("levers", parts["levers"] or parts["opening"]),
            ("unfolds", parts["unfolds"]),
            ("year", parts["year"]),
            ("assumptions", True),
            ("experience", case.experience),
            ("sure", True),
            ("compared", run.comparison),
            ("again", True),
            ("sources", case.sources),
        )
        if there
    ]
    text = (
        _templates()
        .get_template("report.html.j2")
        .render(
            case=case,
            run=run,
            verdicts=verdicts,
            manifest=run.manifest,
            figures=parts,
            sections=sections,
            sides=[
                (title, [_card(run, c) for c in verdicts["claims"] if c.verdict.side == side])
                for side, title in strings.SIDES.items()
                if any(c.verdict.side == side for c in verdicts["claims"])
            ],
            certificate=certificate(Certificate(**verdicts["certificate"])),
            smallest=smallest(opening) if opening else "",
            assumptions=_assumptions(case, {n: Spread(**s) for n, s in run.inputs.items()}),
            taught=pictures.taught(run),
            boxes=boxes,
            believe=[
                belief_of(f)
                for f in verdicts.get("flips") or ()
                if f.id not in of_claims or f.distance is None
            ],
            command=_command(run),
            **_counts(case),
        )
    )
    drawn = [*pictures.every(parts), *(s.figure for s in pictures.taught(run).values())]
    return text, drawn


def figures(run: RunData) -> dict[str, list[Shown]]:
    """The figures of a run's report by section; empty where the run lacks their numbers."""
    return {
        "hero": pictures.hero(run),
        "claims": pictures.judged(run),
        "where": pictures.where(run),
        "why": studied.reasons(run),
        "mechanisms": pictures.effects(run, "mechanisms"),
        "drivers": studied.driving(run),
        "contributions": studied.contributing(run),
        "flips": studied.believed(run),
        "levers": pictures.effects(run, "levers"),
        "opening": studied.opening(run),
        "unfolds": pictures.unfolds(run),
        "year": pictures.first_year(run),
        "sure": studied.robust(run),
        "compared": studied.compared(run),
    }


def case_page(case: Case) -> str:
    """What a case assumes and claims, before anything is solved."""
    return (
        _templates()
        .get_template("case.html.j2")
        .render(case=case, assumptions=_assumptions(case, beliefs(case)), taught={}, **_counts(case))
    )


def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    look = Environment(
        loader=PackageLoader("detente", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=unbroken,
    )
    look.filters |= {
        "percent": percent,
        "number": number,
        "interval": lambda x: interval(x.low, x.high),
        "spaced": sentences.spaced,
        "linked": linked,
        "saved": saved,
    }
    look.globals |= {"t": strings, "say": sentences}
    return look


def unbroken(x: Any) -> Any:
    """What a template prints: a number stays on one line with its per cent sign."""
    return x.replace(" %", "\u00a0%") if type(x) is str else x


def linked(url: str | None) -> str:
    """An address that a page may link to: one of the web; anything else is shown as words alone."""
    return url if url and url.lower().startswith(("https://", "http://")) else ""


def saved(text: str) -> str:
    """Text as the address of a file that a browser saves."""
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def _card(run: RunData, judged: Any) -> dict[str, Any]:
    """A claim's card: verdict, what decides it, what would have to be different."""
    v = judged.verdict
    driven = next((d for d in run.verdicts.get("drivers") or () if d.id == v.id), None)
    deciding = [d for d in driven.drivers if d.effect >= CLEAR and d.low > 0][:TOP] if driven else []
    # A claim that holds is undone against its drivers' signs, another is brought about along them.
    along = v.word not in ("follows", "mostly follows")
    ways = [
        sentences.move(sentences.spaced(d.name), (d.rank > 0) == along)
        for d in deciding
        if abs(d.rank) >= 0.05
    ]
    flip = next((f for f in run.verdicts.get("flips") or () if f.id == v.id), None)
    sure = run.verdicts.get("sure")
    return {
        "doubts": list(sure.doubts.get(v.id, ())) if sure else [],
        "verdict": v,
        "beside": judged.beside,
        "where": [
            sentences.holds_where(one, one.places[0])
            for one in run.verdicts.get("where") or ()
            if one.id == v.id and one.places and one.places[0].bounds
        ],
        "sign": strings.SIGNS[v.word],
        "told": driven is not None and not driven.reason,
        "decided": [sentences.decided(sentences.spaced(d.name), d.effect, d.rank) for d in deciding],
        "different": (sentences.flipped(flip) if flip else "")
        or (sentences.turned(v.word, ways) if ways else ""),
    }


def _command(run: RunData) -> str:
    m = run.manifest
    asked = Asked(**(run.verdicts.get("asked") or {}))
    return command(run.case.id, m["draws"], m["lever_draws"], m["seed"], m["number_format"], asked)


def _counts(case: Case) -> dict[str, str]:
    every = list(case.assumptions.values())
    assumed = sum(a.source == ASSUMED for a in every)
    return {"counted": sentences.counted(len(every), assumed, sum(a.value is None for a in every))}


def _assumptions(
    case: Case, spreads: Mapping[str, Spread]
) -> Sequence[tuple[Assumption, str, str, Spread | None]]:
    """Every number of the case: the assumption, in words, its meaning, and its spread if uncertain."""
    known = get(case.model).by_name
    return [
        (
            a,
            belief(a, known.get(name)),
            known[name].meaning if name in known else strings.OWN_QUANTITY,
            spreads.get(name),
        )
        for name, a in case.assumptions.items()
    ]
