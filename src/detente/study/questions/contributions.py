"""What each assumption contributes to an answer's spread, with all that it does together with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from detente.case.expression import AS_IT_IS, Call, Intervention
from detente.errors import UsageError
from detente.study.executors import Jobs
from detente.study.folder import Folder
from detente.study.methods.effects import Effects
from detente.study.methods.normal import Normal
from detente.study.methods.sensitivity import refuse_dependence
from detente.study.methods.shapley import shapley_effects, total_effects, walks
from detente.study.parts import gather
from detente.study.plan import Plan, Solve, decisive
from detente.study.reader import Reader
from detente.study.verdicts import Verdict
from detente.study.work import Design, Tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

WALKS = 128
"""Walks from one draw to another."""
BUDGET = 40_000
"""Solves without years that it may take; one with years counts as `YEARLY`."""
YEARLY = 2.5
TOP = 12
"""Assumptions that are named."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an assumption contributes.

    Attributes:
        name: Of the parameter or quantity.
        effect: Shapley effect: share of the variance.
        low: Lower end of its 95 % interval.
        high: Upper end.
        total: Total effect; None where priors are correlated.
        total_low: Lower end of its interval.
        total_high: Upper end.
    """

    name: str
    effect: float
    low: float
    high: float
    total: float | None
    total_low: float | None
    total_high: float | None


@dataclass(frozen=True, slots=True)
class Contributed:
    """An output, and what contributes to its spread.

    Attributes:
        id: Of the claim whose margin it is; "" for the decisive outcome.
        says: In words.
        parts: The largest first, `TOP` at most; none if `reason` says why.
        rest: Sum of the effects of those not named.
        walks: Walks that it is worked out from.
        failed: Share of walks left out because a solve failed.
        reason: Why there is nothing to tell, or "".
    """

    id: str
    says: str
    parts: tuple[Contribution, ...]
    rest: float
    walks: int
    failed: float
    reason: str


@dataclass(frozen=True, slots=True)
class Contributions:
    """What contributes to the spread of the answers.

    Attributes:
        outputs: The decisive outcome, then the claims.
        no_total: Why there are no total effects, or "".
        solves: Solves that it took.
    """

    outputs: tuple[Contributed, ...]
    no_total: str
    solves: int


def contributions(
    design: Design,
    folder: Folder,
    todo: Plan,
    verdicts: tuple[Verdict, ...],
    *,
    jobs: Jobs = 1,
    tell: Tell = lambda *_: None,
) -> Contributions:
    """Shapley and total effects, on the decisive outcome and on as many claims' margins as are affordable.

    Claims that depend come first, then those whose share is nearest to one half.

    Args:
        design: The run.
        folder: Its folder, held; what is solved is kept there and gone on with.
        todo: Its plan.
        verdicts: Of its claims.
        jobs: Processes, or an executor.
        tell: Gives what is told about the solves.

    Raises:
        UsageError: Nothing is uncertain.
        RunError: The folder cannot be written.
    """
    normal = Normal(design.case, design.theory)
    if not normal.names:
        raise UsageError("effects: found nothing uncertain in the case, expected at least one prior")
    steps = len(normal.names) + 1
    wanted, refused = _affordable(design, todo, verdicts, WALKS * steps)
    solves = [
        Solve(x, tuple(calls), max((c.years or 0 for c in calls), default=0)) for x, calls in wanted.items()
    ]
    walking = replace(design, draws=WALKS * steps, walks=True)
    part = gather(walking, folder, "walks", solves, WALKS * steps, jobs=jobs, progress=tell("walks"))
    read = Reader(part)
    no_total = ""
    try:
        refuse_dependence(normal.names, normal.lower @ normal.lower.T)
    except UsageError as problem:
        no_total = f"No total effects: {str(problem).removeprefix('sensitivity: ').split(';')[0]}."
    order = walks(normal.names, design.seed, 0, WALKS, normal.lower @ normal.lower.T).order
    model, found = design.theory, []

    def told(id: str, says: str, y: Reals, solved: NDArray[np.bool_]) -> Contributed:
        y, solved = y.reshape(WALKS, steps).T[None], solved.reshape(WALKS, steps).T
        none = Contributed(id, says, (), 0.0, 0, 0.0, "")
        try:
            effects = shapley_effects(y, order, solved=solved, seed=design.seed, outputs=(says,))
            totals = None if no_total else total_effects(y, order, solved=solved, seed=design.seed)
        except UsageError as problem:
            return replace(none, reason=str(problem))
        return _told(none, normal.names, effects, totals)

    if model.decisive:
        zone = read.zone(model)
        found.append(
            told("", model.outcome(model.decisive).meaning, zone, ~read.failed(AS_IT_IS) & (zone == zone))
        )
    for claim, (test, *_) in zip(design.case.claims, todo.tests, strict=True):
        if claim.id in refused:
            found.append(Contributed(claim.id, claim.says, (), 0.0, 0, 0.0, refused[claim.id]))
        else:
            said = read.answer(test)
            found.append(told(claim.id, claim.says, said.margin, said.counts))
    return Contributions(tuple(found), no_total, len(solves) * WALKS * steps)


def _told(none: Contributed, names: tuple[str, ...], effects: Effects, totals: Effects | None) -> Contributed:
    import numpy as np

    order = np.argsort(-effects.effect[0], kind="stable")[:TOP].tolist()

    def part(i: int) -> Contribution:
        one = (float(x[0, i]) for x in (effects.effect, effects.low, effects.high))
        all = (None, None, None) if totals is None else (totals.effect, totals.low, totals.high)
        return Contribution(names[i], *one, *(None if x is None else float(x[0, i]) for x in all))

    parts = tuple(part(i) for i in order)
    rest = float(effects.sum[0]) - sum(p.effect for p in parts)
    return replace(none, parts=parts, rest=rest, walks=effects.points, failed=effects.failed)


def _affordable(
    design: Design, todo: Plan, verdicts: tuple[Verdict, ...], points: int
) -> tuple[Mapping[Intervention, dict[Call, None]], dict[str, str]]:
    """What is solved for the outputs that are affordable, and the others by id with the reason."""
    model = design.theory
    wanted: dict[Intervention, dict[Call, None]] = {}
    if model.decisive:
        wanted[AS_IT_IS] = {decisive(model): None}

    def cost(of: Mapping[Intervention, dict[Call, None]]) -> float:
        return points * sum(YEARLY if any(c.years for c in calls) else 1.0 for calls in of.values())

    def urgency(place: int) -> tuple[bool, float, int]:
        share = verdicts[place].share
        return verdicts[place].word != "depends", abs((share if share is not None else 2.0) - 0.5), place

    refused = {}
    for place in sorted(range(len(verdicts)), key=urgency):
        more = {x: dict(calls) for x, calls in wanted.items()}
        for call in todo.tests[place][0].calls:
            more.setdefault(call.intervention, {})[call] = None
        if cost(more) <= BUDGET:
            wanted = more
        else:
            refused[verdicts[place].id] = (
                f"not asked: {cost(more) - cost(wanted):,.0f} solves more would exceed the {BUDGET:,} that"
                " this may take; the first-order effects are under what drives it"
            )
    return wanted, refused
