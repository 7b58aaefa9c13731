"""The figures of what the study adds to a run: why, what drives it, what would open a deal, how sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from detente.figures import Column, Figure, Interval, Line, fan, intervals, response, waterfall
from detente.models import get
from detente.report import sentences as say
from detente.report import strings as t
from detente.report.data import RunData
from detente.report.pictures import Shown
from detente.study.numbers import percent

SHOWN_LEVERS = 6
"""Levers whose response is drawn; the table has all."""


def reasons(run: RunData) -> list[Shown]:
    """What each mechanism accounts for, a waterfall for each output."""
    found = run.verdicts.get("why")
    if not found:
        return []
    left = say.left_out(found.left_out) if found.left_out else ""
    read = t.WHY_READ.format(orders=say.orders(found.orders), draws=found.draws, left=left)
    return [
        Shown(
            waterfall(
                f"why-{i}",
                one.says,
                one.none,
                one.all,
                [
                    Interval(
                        say.spaced(p.id), p.share, p.share - 2 * p.error, p.share + 2 * p.error, key=p.id
                    )
                    for p in one.parts
                ],
                unit=one.unit,
                more_is_deal=i == 2,  # the decisive outcome; the first is the share without a deal
            ),
            read,
        )
        for i, one in enumerate(found.outputs, start=1)
    ]


def driving(run: RunData) -> list[Shown]:
    """What the uncertain assumptions account for in the decisive outcome."""
    for one in run.verdicts.get("drivers") or ():
        if one.id or not one.drivers:
            continue
        rows = [
            Interval(
                say.spaced(d.name),
                max(d.effect, 0.0),
                max(d.low, 0.0),
                min(max(d.high, 0.0), 1.0),
                say.way(d.rank),
            )
            for d in one.drivers
        ]
        top = max(r.high or 0.0 for r in rows)
        figure = intervals(
            "drivers",
            t.DRIVERS_FIGURE,
            rows,
            unit="share",
            x_title=t.DRIVERS_X,
            domain=(0, min(1.0, top * 1.05 + 0.01)),
            what="assumption",
        )
        read = t.DRIVERS_READ.format(sum=percent(max(one.sum or 0.0, 0.0)))
        return [Shown(figure, read, wide=True)]
    return []


def contributing(run: RunData) -> list[Shown]:
    """What each assumption contributes to the decisive outcome, with what it does together with others."""
    found = run.verdicts.get("contributions")
    if not found:
        return []
    for one in found.outputs:
        if one.id or not one.parts:
            continue
        rows = [
            Interval(
                say.spaced(p.name),
                max(p.effect, 0.0),
                max(p.low, 0.0),
                min(max(p.high, 0.0), 1.0),
                more={"total": p.total},
            )
            for p in one.parts
        ]
        figure = intervals(
            "contributions",
            t.CONTRIBUTIONS_FIGURE,
            rows,
            unit="share",
            x_title=t.CONTRIBUTIONS_X,
            domain=(0, min(1.0, max(r.high or 0.0 for r in rows) * 1.05 + 0.01)),
            what="assumption",
            further=() if found.no_total else (Column("total", t.TOTAL, "percent"),),
        )
        return [Shown(figure, f"{t.CONTRIBUTIONS_READ} {found.no_total}".strip(), wide=True)]
    return []


def believed(run: RunData) -> list[Shown]:
    """How far from the middle of the priors each answer is reversed."""
    found = [f for f in run.verdicts.get("flips") or () if f.distance is not None]
    if not found:
        return []
    rows = [
        Interval(f.says, f.distance, key=f.id, more={"reversed": f.reversed})
        for f in sorted(found, key=lambda f: (f.distance, f.id))
    ]
    figure = intervals(
        "flips",
        t.FLIPS_FIGURE,
        rows,
        unit="prior standard deviations",
        x_title=t.FLIPS_X,
        domain=(0, max(r.value for r in rows) * 1.05),
        what="claim",
        signed=False,
        further=(Column("reversed", t.REVERSED, "percent"),),
    )
    return [Shown(figure, t.FLIPS_READ, wide=True)]


def robust(run: RunData) -> list[Shown]:
    """Each share under other priors, and as draws come in."""
    found = run.verdicts.get("sure")
    if not found:
        return []
    says = {c.verdict.id: c.verdict.says for c in run.verdicts["claims"]}
    rows = [
        Interval(
            says.get(one.id, t.DEAL_EXISTS),
            one.share,
            one.lowest.share if one.lowest else one.share,
            one.highest.share if one.highest else one.share,
            say.changes(one.changed),
            one.id,
            more={"changed": one.changed, "tried": one.tried + len(one.joint), "refused": one.refused},
        )
        for one in found.priors
    ]
    shown = []
    if rows:
        figure = intervals(
            "sure",
            t.SURE_FIGURE,
            rows,
            unit="share",
            x_title=t.SURE_X,
            what="claim",
            error=t.SURE_RANGE,
            further=(
                Column("changed", t.CHANGED, "whole"),
                Column("tried", t.TRIED, "whole"),
                Column("refused", t.REFUSED, "whole"),
            ),
        )
        shown.append(Shown(figure, t.SURE_PRIORS_READ, wide=True))
    for one in found.running:
        known = [(n, s) for n, s in zip(one.draws, one.shares, strict=True) if s is not None]
        if one.id == "deal" and len(known) > 1:
            figure = response(
                "running",
                t.RUNNING,
                [float(n) for n, _ in known],
                [Line(t.DEAL_EXISTS, [s for _, s in known])],
                unit="share",
                x_title=t.RUNNING_X,
            )
            shown.append(Shown(figure, t.RUNNING_READ))
    return shown


def compared(run: RunData) -> list[Shown]:
    """What every share changed by from another run, and what accounts for it where that was asked."""
    found = run.comparison
    if not found or not found.moved:
        return []
    rows = [
        _moved(
            f"{t.DEAL_EXISTS if m.id == 'deal' else m.says} {say.moved(m)}".strip(),
            m.change,
            m.error,
            m.id,
            {"there": m.a, "here": m.b, "word": m.word_b},
        )
        for m in found.moved
    ]
    columns = (
        Column("there", t.THERE, "percent"),
        Column("here", t.HERE, "percent"),
        Column("word", t.VERDICT_HERE, "text"),
    )
    shown = [Shown(_moves("compared", t.COMPARED_FIGURE, rows, "claim", columns), t.COMPARED_READ, wide=True)]
    for i, one in enumerate(found.why.answers if found.why else (), start=1):
        parts = [
            _moved(say.spaced(name), part, error)
            for name, (part, error) in sorted(one.parts.items(), key=lambda x: -abs(x[1][0]))
        ]
        shown.append(Shown(_moves(f"compared-why-{i}", say.bridged(one), parts, "input"), t.BRIDGED_READ))
    return shown


def _moved(
    label: str, by: float, error: float, key: str = "", more: Mapping[str, Any] | None = None
) -> Interval:
    """A change of a share, in points of a hundred, with two standard errors to either side."""
    return Interval(label, 100 * by, 100 * (by - 2 * error), 100 * (by + 2 * error), key=key, more=more or {})


def _moves(
    name: str, title: str, rows: Sequence[Interval], what: str, further: Sequence[Column] = ()
) -> Figure:
    far = 1.05 * max(1.0, *(abs(x) for r in rows for x in (r.low or 0.0, r.high or 0.0)))
    return intervals(
        name,
        title,
        rows,
        unit="points",
        x_title=t.COMPARED_X,
        reference=0.0,
        reference_says=t.NO_CHANGE,
        domain=(-far, far),
        what=what,
        error=t.COMPARED_ERROR,
        further=further,
    )


def opening(run: RunData) -> list[Shown]:
    """What doses of levers and sets of them open."""
    found, model = run.verdicts.get("opening"), get(run.case.model)
    if not found:
        return []
    unit = model.outcome(model.decisive).unit

    def best(r: Any) -> float:
        return max((d.with_deal.share for d in r.doses if d.with_deal), default=0.0)

    shown = []
    for r in sorted(found.responses, key=lambda r: (-best(r), r.id))[:SHOWN_LEVERS]:
        doses = [d for d in r.doses if d.zone]
        if len(doses) < 2:
            continue
        bands = list(zip(*(d.zone for d in doses), strict=True))
        figure = fan(
            f"dose-{r.id}",
            f"{r.id} ({r.who})",
            bands,
            unit=unit,
            x=[d.dose for d in doses],
            x_title=t.DOSE,
            now=1.0,
            level=0.0,
            subtitle=(r.says,),
        )
        shown.append(Shown(figure, t.DOSE_READ.format(n=found.draws)))
    sets = [
        Interval(
            say.sets(one.levers, one.who),
            one.opened.share,
            one.opened.low,
            one.opened.high,
            key="+".join(one.levers),
        )
        for one in _once((*found.smallest[:5], *found.movers, *found.pairs[:8]))
        if one.opened
    ]
    if sets:
        figure = intervals(
            "sets",
            t.SETS,
            sets,
            unit="share",
            x_title=t.SETS_X,
            what="levers",
            subtitle=(t.BLOCKED.format(n=found.blocked),),
        )
        shown.append(Shown(figure, t.SETS_READ))
    return shown


def _once(found: Iterable[Any]) -> list[Any]:
    return list({tuple(one.levers): one for one in found}.values())
