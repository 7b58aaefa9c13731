"""Reading a run's table: whether there is a deal, which claims hold, what blocks, what opens.

Pure functions of the table; the same table gives the same summary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from detente.case.case import Claim
from detente.case.expression import AS_IT_IS, Intervention, Test
from detente.study.plan import Plan
from detente.study.questions.drivers import Output, drivers
from detente.study.questions.where import where
from detente.study.reader import Reader
from detente.study.shares import Share
from detente.study.spread import QUANTILES, quantiles, spread, uncertain
from detente.study.summary import Certificate, Deal, Effect, Judged, Summary
from detente.study.verdicts import judge
from detente.study.work import Design

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BINS = 48


def summarize(design: Design, todo: Plan, table: pa.Table) -> Summary:
    """Read a run's table.

    Args:
        design: The run.
        todo: Its plan.
        table: One row a draw, columns as in `detente.study.work.solve_task`.
    """
    model, case = design.theory, design.case
    read = Reader(table)
    zone = read.zone(model)

    def effect(id: str, who: str, says: str, change: Intervention, draws: int) -> Effect:
        return _effect(read, design, zone, id, who, says, change, draws)

    mechanisms = [
        effect(m.name, "", m.meaning, Intervention(off=(m.name,)), len(zone)) for m in model.mechanisms
    ]
    levers = [effect(x.id, x.who, x.says, Intervention(levers=(x.id,)), design.tried) for x in case.levers]
    claims = tuple(_judged(read, claim, tests) for claim, tests in zip(case.claims, todo.tests, strict=True))
    return Summary(
        design.draws,
        _deal(zone),
        claims,
        tuple(mechanisms) if model.decisive else (),
        tuple(levers) if model.decisive and design.tried else (),
        {name: rows for name in model.shown if (rows := _bands(read.path(name)))},
        {name: spread(read.input(name)) for name in uncertain(case)},
        _certificate(read, todo, design),
        drivers({name: read.input(name) for name in uncertain(case)}, outputs(read, design, todo)),
        where(design, todo, table, claims),
    )


def _deal(zone: NDArray[Any]) -> Deal | None:
    import numpy as np

    known = zone[np.isfinite(zone)]
    share = Share.of(known > 0)
    if share is None:
        return None
    low, high = (float(x) for x in np.quantile(known, (0.025, 0.975)))
    if not low < high:
        low, high = low - 0.5, high + 0.5
    # A bin never straddles 0, so that the picture shows which draws have a deal.
    width = (high - low) / BINS
    first, last = math.floor(low / width), math.ceil(high / width)
    edges = np.arange(first, last + 1) * width
    counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), edges)
    return Deal(share, quantiles(known), tuple(edges.tolist()), tuple(counts.tolist()))


def _effect(
    read: Reader,
    design: Design,
    zone: NDArray[Any],
    id: str,
    who: str,
    says: str,
    change: Intervention,
    draws: int,
) -> Effect:
    import numpy as np

    nothing = Effect(id, who, says, None, None, None, None, None, None, 0, "")
    if not design.theory.decisive or not draws:
        return nothing
    before, after = zone[:draws], read.zone(design.theory, change)[:draws]
    both = np.isfinite(before) & np.isfinite(after)
    n = int(both.sum())
    reasons = [x for x in (*read.status(change)[:draws], *read.status(AS_IT_IS)[:draws]) if x is not None]
    failed = replace(nothing, failed=draws - n, reason=reasons[0] if reasons else "")
    share = Share.of(after[both] > 0)
    if share is None:
        return failed
    had, has = before[both] > 0, after[both] > 0
    opens, closes = float((has & ~had).mean()), float((had & ~has).mean())
    return replace(
        failed,
        with_deal=share,
        before=float(had.mean()),
        shift=float(np.median(after[both]) - np.median(before[both])),
        opens=opens,
        closes=closes,
        error=math.sqrt(max(opens + closes - (opens - closes) ** 2, 0.0) / n),
    )


def _judged(read: Reader, claim: Claim, tests: Sequence[Test]) -> Judged:
    texts = (claim.says, *(b.says for b in claim.beside))
    verdicts = [
        judge(replace(claim, says=says), test, read.answer(test))
        for says, test in zip(texts, tests, strict=True)
    ]
    return Judged(verdicts[0], tuple(verdicts[1:]))


def outputs(read: Reader, design: Design, todo: Plan) -> list[Output]:
    """What drives what: the decisive outcome, if the model has one, then the margin of each claim."""
    import numpy as np

    case, model = design.case, design.theory
    found = []
    if model.decisive:
        zone = read.zone(model)
        found.append(Output("", model.outcome(model.decisive).meaning, zone, np.isfinite(zone)))
    for claim, (test, *_) in zip(case.claims, todo.tests, strict=True):
        said = read.answer(test)
        found.append(Output(claim.id, claim.says, said.margin, said.counts))
    return found


def _bands(path: NDArray[Any]) -> tuple[tuple[float, ...], ...]:
    import numpy as np

    path = path[np.isfinite(path).all(axis=1)]
    if not len(path):
        return ()
    return tuple(tuple(row) for row in np.quantile(path, QUANTILES, axis=0).tolist())


def _certificate(read: Reader, todo: Plan, design: Design) -> Certificate:
    import numpy as np

    reasons: dict[str, int] = {}
    solves = len(todo.solves) * design.draws + len(todo.levers) * design.tried
    for item in (*todo.solves, *(todo.levers if design.tried else ())):
        for reason in read.status(item.intervention):
            if reason is not None:
                kind = reason.split(";")[0]
                reasons[kind] = reasons.get(kind, 0) + 1
    worst = {}
    for name in read.names:
        if name.startswith("gap:"):
            known = read.column(name)
            known = known[np.isfinite(known)]
            if len(known):
                worst[name[4:]] = float(known.max())
    ordered = sorted(reasons.items(), key=lambda x: (-x[1], x[0]))
    return Certificate(solves, sum(reasons.values()), tuple(ordered), worst)
