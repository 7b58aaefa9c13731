"""Answers that are tables, as comma-separated text for other programs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from io import StringIO
from typing import Any

from detente.study.questions.levers import Opening
from detente.study.questions.reweight import Under
from detente.study.questions.sure import Sure
from detente.study.shares import Share
from detente.study.summary import Summary

Rows = Iterable[Sequence[Any]]


def tables(summary: Summary) -> dict[str, str]:
    """By name of the file: a heading, then one line a row; a number that does not exist is empty."""
    return {name: _text(head, rows) for name, (head, rows) in _found(summary).items()}


def _found(summary: Summary) -> dict[str, tuple[str, Rows]]:
    found: dict[str, tuple[str, Rows]] = {}
    if any(one.places for one in summary.where):
        found["boxes.csv"] = (
            "question,side,box,assumption,low,high,words,p,again,density,coverage,mass,failed",
            [
                (
                    *(one.id, one.side, k, b.name, b.low, b.high, "|".join(b.words), b.p, b.again),
                    *(place.density, place.coverage, place.mass, place.failed),
                )
                for one in summary.where
                for k, place in enumerate(one.places, 1)
                for b in place.bounds
            ],
        )
    if summary.opening:
        found |= _opening(summary.opening)
    if summary.contributions:
        found["effects.csv"] = (
            "output,assumption,shapley,low,high,total,total_low,total_high",
            [
                (one.id or "zone", p.name, p.effect, p.low, p.high, p.total, p.total_low, p.total_high)
                for one in summary.contributions.outputs
                for p in one.parts
            ],
        )
    if summary.flips:
        found["flips.csv"] = (
            "claim,holds,distance,assumption,unit,median,value,deviations,part",
            [
                (f.id, f.holds, f.distance, b.name, b.unit, b.median, b.value, b.deviations, b.part)
                for f in summary.flips
                for b in f.changes
            ],
        )
    if summary.sure:
        found["sure.csv"] = (
            "claim,kind,under,share,error,word,draws",
            [(id, kind, *astuple(x)) for id, kind, x in _under(summary.sure)],
        )
    return found


def _under(sure: Sure) -> Iterator[tuple[str, str, Under]]:
    for one in sure.priors:
        for x in (one.lowest, one.highest, *one.joint):
            if x is not None:
                yield one.id, "priors", x
    for id, x in (sure.second.verdicts if sure.second else {}).items():
        yield id, "second priors", x
    for variant in sure.solver:
        for id, x in variant.verdicts.items():
            yield id, "solver", x


def _opening(o: Opening) -> dict[str, tuple[str, Rows]]:
    def share(x: Share | None) -> tuple[Any, ...]:
        return (None, None, None, None) if x is None else (x.share, x.low, x.high, x.draws)

    doses = [
        (r.id, r.who, d.dose, *share(d.with_deal), *share(d.opened), *(d.zone or [None] * 5), d.failed)
        for r in o.responses
        for d in r.doses
    ]
    sets = [
        (
            *("+".join(s.levers), "+".join(s.who), *share(s.with_deal), *share(s.opened)),
            *(s.beyond, s.error, s.failed),
        )
        for s in dict.fromkeys((*o.pairs, *o.movers, *o.smallest))
    ]
    shares = "with_deal,with_deal_low,with_deal_high,draws,opened,opened_low,opened_high,blocked"
    return {
        "doses.csv": (f"lever,who,dose,{shares},zone_5,zone_25,zone_50,zone_75,zone_95,failed", doses),
        "sets.csv": (f"levers,who,{shares},beyond,error,failed", sets),
    }


def _text(head: str, rows: Rows) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head.split(","))
    writer.writerows(rows)
    return text.getvalue()
