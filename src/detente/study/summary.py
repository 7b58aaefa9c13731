"""What a run's table says: whether there is a deal, which claims hold, what blocks, what opens.

Pure functions of the table; the same table gives the same summary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from detente.case.case import Claim
from detente.case.expression import AS_IT_IS, Call, Intervention
from detente.study.drivers import Driven, driven
from detente.study.plan import Plan, decisive
from detente.study.spread import QUANTILES, Spread, quantiles, spread, uncertain
from detente.study.verdicts import Verdict, judge, wilson
from detente.study.why import Why
from detente.study.work import Design

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BINS = 48


@dataclass(frozen=True, slots=True)
class Share:
    """A share of draws with its 95 % interval (Wilson).

    Attributes:
        share: In [0, 1].
        low: Lower end.
        high: Upper end.
        draws: Draws that it is taken over.
    """

    share: float
    low: float
    high: float
    draws: int

    @classmethod
    def of(cls, holds: NDArray[Any]) -> Share | None:
        """The share of true entries; None if there is no entry."""
        n, k = len(holds), int(holds.sum())
        return cls(k / n, *wilson(k, n), n) if n else None


@dataclass(frozen=True, slots=True)
class Deal:
    """Whether a deal exists in the case as it is.

    Attributes:
        share: Share of draws in which the decisive outcome is positive.
        quantiles: Of the decisive outcome: 5, 25, 50, 75 and 95 %.
        edges: Edges of the bins of its distribution, one more than `counts`; the ends are about the 2.5 %
            and 97.5 % quantiles.
        counts: Draws in each bin; those beyond an end are in the last bin on their side.
    """

    share: Share
    quantiles: tuple[float, ...]
    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change to the case does to the existence of a deal, draw by draw.

    Attributes:
        id: Of the mechanism that is absent, or of the lever that is pulled.
        who: Who would pull the lever; "" for a mechanism.
        says: In words.
        with_deal: Share of draws with a deal under the change; None if nothing was solved.
        before: Share with a deal in the same draws as they are.
        shift: Change of the median of the decisive outcome.
        opens: Share of draws in which a deal comes to exist.
        closes: Share of draws in which one ceases to.
        error: Standard error of ``opens − closes``.
        failed: Draws that could not be solved, with the change or without; they are in no share.
        reason: Why, for the first of them; "" if none failed.
    """

    id: str
    who: str
    says: str
    with_deal: Share | None
    before: float | None
    shift: float | None
    opens: float | None
    closes: float | None
    error: float | None
    failed: int
    reason: str

    @property
    def rise(self) -> float:
        """Change of the share of draws with a deal; 0 if unknown."""
        return (self.opens or 0.0) - (self.closes or 0.0)

    @property
    def clear(self) -> bool:
        """Whether the change of the share exceeds twice its standard error."""
        return self.error is not None and abs(self.rise) > 2 * self.error


def strongest(effects: Sequence[Effect]) -> list[Effect]:
    """Those that make a deal commoner first, by how much; ties by id."""
    return sorted(effects, key=lambda e: (-e.rise, e.id))


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim's verdict, and those of the tests beside it."""

    verdict: Verdict
    beside: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """How far the numbers can be trusted as solutions of the model.

    Attributes:
        solves: Solves tried, over all draws and changes.
        failed: Those without an answer.
        reasons: The reasons with their numbers, commonest first.
        worst: Largest value of each gap over all draws of the case as it is.
    """

    solves: int
    failed: int
    reasons: tuple[tuple[str, int], ...]
    worst: dict[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that a run reports.

    Attributes:
        draws: Draws in all.
        deal: None for a model without a decisive outcome, or if no draw was solved.
        claims: In the case's order.
        mechanisms: In the model's order.
        levers: In the case's order.
        paths: For each shown outcome, five rows (`QUANTILES`) with a number for each year.
        inputs: For each uncertain parameter and quantity, its spread over the draws.
        certificate: Status and gaps.
        drivers: What the uncertain assumptions account for: in the decisive outcome, if the model has one,
            then in the margin of each claim.
        why: What each mechanism accounts for; None if that was not asked for.
    """

    draws: int
    deal: Deal | None
    claims: tuple[Judged, ...]
    mechanisms: tuple[Effect, ...]
    levers: tuple[Effect, ...]
    paths: dict[str, tuple[tuple[float, ...], ...]]
    inputs: dict[str, Spread]
    certificate: Certificate
    drivers: tuple[Driven, ...] = ()
    why: Why | None = None

    def plain(self) -> dict[str, Any]:
        """The summary as plain data; every number in it is finite."""
        return asdict(self)


def summarize(design: Design, todo: Plan, table: pa.Table) -> Summary:
    """Read a run's table.

    Args:
        design: The run.
        todo: Its plan.
        table: One row a draw, columns as in `detente.study.work.solve_task`.
    """
    model, case = design.theory, design.case
    read = _Reader(table)
    zone = _zone(read, design, AS_IT_IS)

    def effect(id: str, who: str, says: str, change: Intervention, draws: int) -> Effect:
        return _effect(read, design, zone, id, who, says, change, draws)

    mechanisms = [
        effect(m.name, "", m.meaning, Intervention(off=(m.name,)), len(zone)) for m in model.mechanisms
    ]
    levers = [effect(x.id, x.who, x.says, Intervention(levers=(x.id,)), design.tried) for x in case.levers]
    return Summary(
        design.draws,
        _deal(zone),
        tuple(_judged(read, claim, tests) for claim, tests in zip(case.claims, todo.tests, strict=True)),
        tuple(mechanisms) if model.decisive else (),
        tuple(levers) if model.decisive and design.tried else (),
        {name: rows for name in model.shown if (rows := _bands(read.path(name)))},
        {name: spread(read.column(f"input:{name}")) for name in uncertain(case)},
        _certificate(read, todo, design),
        _drivers(read, design, todo, zone),
    )


class _Reader:
    """The table's columns as arrays."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def column(self, name: str) -> NDArray[Any]:
        return self.table[name].to_numpy()

    def status(self, intervention: Intervention) -> list[str | None]:
        return self.table[f"status:{intervention.label}"].to_pylist()

    def failed(self, intervention: Intervention) -> NDArray[Any]:
        return self.table[f"status:{intervention.label}"].is_valid().to_numpy()

    def path(self, name: str) -> NDArray[Any]:
        """Shape [draw, year], of the draws that were solved."""
        import numpy as np

        rows = np.stack(self.table[f"path:{name}"].to_numpy())
        return rows[np.isfinite(rows).all(axis=1)]


def _zone(read: _Reader, design: Design, change: Intervention) -> NDArray[Any]:
    """The decisive outcome, shape [draw]; NaN where it was not solved."""
    import numpy as np

    model = design.theory
    if not model.decisive:
        return np.full(design.draws, np.nan)
    return read.column(decisive(model, change).label).astype(float)


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
    read: _Reader,
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
    before, after = zone[:draws], _zone(read, design, change)[:draws]
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


def _judged(read: _Reader, claim: Claim, tests: Sequence[Any]) -> Judged:
    texts = (claim.says, *(b.says for b in claim.beside))
    verdicts = [_verdict(read, claim, says, test) for says, test in zip(texts, tests, strict=True)]
    return Judged(verdicts[0], tuple(verdicts[1:]))


def _verdict(read: _Reader, claim: Claim, says: str, test: Any) -> Verdict:
    return judge(replace(claim, says=says), test, *_known(read, test))


def _known(read: _Reader, test: Any) -> tuple[dict[Call, Any], dict[str, Any], NDArray[Any]]:
    """What a test needs: its calls, its names, and in which draws one of the calls was not solved."""
    import numpy as np

    values: dict[Call, Any] = {call: read.column(call.label) for call in test.calls}
    names = {name: read.column(f"input:{name}") for name in test.names}
    failed = np.zeros(read.table.num_rows, bool)
    for change in {call.intervention for call in test.calls}:
        failed |= read.failed(change)
    return values, names, failed


def _drivers(read: _Reader, design: Design, todo: Plan, zone: NDArray[Any]) -> tuple[Driven, ...]:
    import numpy as np

    case, model = design.case, design.theory
    inputs = {name: read.column(f"input:{name}").astype(float) for name in uncertain(case)}
    found = []
    if model.decisive:
        found.append(driven("", model.outcome(model.decisive).meaning, inputs, zone, np.isfinite(zone)))
    for claim, (test, *_) in zip(case.claims, todo.tests, strict=True):
        values, names, failed = _known(read, test)
        margin = np.broadcast_to(test.evaluate(values, names).margin, failed.shape)
        found.append(driven(claim.id, claim.says, inputs, margin, np.isfinite(margin) & ~failed))
    return tuple(found)


def _bands(path: NDArray[Any]) -> tuple[tuple[float, ...], ...]:
    import numpy as np

    if not len(path):
        return ()
    return tuple(tuple(row) for row in np.quantile(path, QUANTILES, axis=0).tolist())


def _certificate(read: _Reader, todo: Plan, design: Design) -> Certificate:
    import numpy as np

    reasons: dict[str, int] = {}
    solves = len(todo.solves) * design.draws + len(todo.levers) * design.tried
    for item in (*todo.solves, *(todo.levers if design.tried else ())):
        for reason in read.status(item.intervention):
            if reason is not None:
                kind = reason.split(";")[0]
                reasons[kind] = reasons.get(kind, 0) + 1
    worst = {}
    for name in read.table.column_names:
        if name.startswith("gap:"):
            known = read.column(name)
            known = known[np.isfinite(known)]
            if len(known):
                worst[name[4:]] = float(known.max())
    ordered = sorted(reasons.items(), key=lambda x: (-x[1], x[0]))
    return Certificate(solves, sum(reasons.values()), tuple(ordered), worst)
