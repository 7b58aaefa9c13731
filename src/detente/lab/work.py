"""What the laboratory's processes do: from a case and scenarios to numbers that are ready to be sent.

Every function takes and gives plain, small things, for they travel between processes. Work is cut so small
that whoever moves a slider waits for no more than one piece of somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from detente.case.case import Case
from detente.case.expression import AS_IT_IS, Call, Intervention
from detente.lab.scenario import AS_WRITTEN, Scenario, drawn, middle, settled
from detente.model import Model
from detente.models import get
from detente.study.plan import Plan, decisive, plan

if TYPE_CHECKING:
    import numpy as np

    from detente.engine.batch import Solved
    from detente.study.draws import Draws

FEW = 32
"""Up to so many points are quicker one by one than in a chunk (measured: docs/decisions/0012)."""

Found = dict[str, Any]


def prepare(case: Case, single: bool, paths: bool) -> None:
    """Have a program compiled, or fetched from the disk: of one record, or of a chunk."""
    from detente.engine.batch import chunk_for, program

    model = get(case.model)
    program(model, case.horizon, paths, "float64", 1 if single else chunk_for(model, {}), ())


def prepare_year(case: Case) -> None:
    """Have the program of the year of the game compiled."""
    from detente.study import first_year

    if first_year.stages(get(case.model)):
        first_year.program(get(case.model), case.horizon)


# --- Solving --------------------------------------------------------------------------------------


def solve(
    model: Model, horizon: int, records: Mapping[str, np.ndarray], years: int, *, single: bool = False
) -> Solved:
    """Solve records in chunks as full runs have them, or (`single`) one by one."""
    from detente.engine import batch

    return batch.solve(
        model,
        {n: records[n] for n in batch.moving(model)},
        horizon=horizon,
        years=years,
        chunk=1 if single else None,
    )


class Answers:
    """Draws solved under several changes: a number for each call, NaN where there is none.

    Attributes:
        failed: By change, for each draw why it has no answer, or None.
    """

    def __init__(self, case: Case, draws: Draws, asked: Mapping[Intervention, int]) -> None:
        """Solve.

        Args:
            case: The settled case.
            draws: Its draws.
            asked: The changes, and up to which year each is wanted (0: at the start alone).
        """
        import numpy as np

        from detente.study.draws import apply

        model = get(case.model)
        self.failed: dict[Intervention, list[str | None]] = {}
        self._outcomes: dict[Intervention, dict[str, np.ndarray]] = {}
        size = len(draws.index)
        for paths in (False, True):
            changes = [c for c, years in asked.items() if (years > 0) == paths]
            if not changes:
                continue
            applied = [apply(case, model, draws, c) for c in changes]
            records = {n: np.concatenate([r.values[n] for r in applied]) for n in applied[0].values}
            solved = solve(model, case.horizon, records, max(asked[c] for c in changes))
            for i, change in enumerate(changes):
                part = slice(i * size, (i + 1) * size)
                status = zip(applied[i].reasons, solved.status[part], strict=True)
                self.failed[change] = [reason or found for reason, found in status]
                bad = np.array([x is not None for x in self.failed[change]])
                self._outcomes[change] = {
                    k: np.where(bad, np.nan, x[..., part]) for k, x in solved.outcomes.items()
                }

    def outcomes(self, change: Intervention = AS_IT_IS) -> dict[str, np.ndarray]:
        """All outcomes under a change: shape [draw], [deal, draw] or [year, draw]."""
        return self._outcomes[change]

    def value(self, call: Call, change: Intervention) -> np.ndarray:
        """What a call gives under a change (which takes the place of the call's own), shape [draw]."""
        x = self._outcomes[change][call.outcome]
        x = x if call.years is None else x[call.years - 1]
        return x if call.deal is None else x[call.deal - 1]


# --- The point ------------------------------------------------------------------------------------


def points(asked: Sequence[tuple[Case, Scenario]]) -> list[Found]:
    """Answers in the middle of what is uncertain, of several people at once; those of one game together."""
    import numpy as np

    from detente.engine.batch import moving
    from detente.study.draws import apply

    found: dict[int, Found] = {}
    groups: dict[tuple[str, int], list[int]] = {}
    for i, (case, _) in enumerate(asked):
        groups.setdefault((case.model, case.horizon), []).append(i)
    for (name, horizon), members in groups.items():
        model = get(name)
        applied = []
        for i in members:
            case, given = asked[i]
            applied.append(apply(settled(case, given), model, middle(case, given), given.change))
        records = {n: np.concatenate([r.values[n] for r in applied]) for n in moving(model)}
        years = horizon if _yearly(model) else 0
        solved = solve(model, horizon, records, years, single=len(members) <= FEW)
        for place, (i, record) in enumerate(zip(members, applied, strict=True)):
            found[i] = _point(asked[i][0], model, record, solved, place)
    return [found[i] for i in range(len(asked))]


def _yearly(model: Model) -> bool:
    return any(o.yearly for o in model.outcomes)


def _point(case: Case, model: Model, record: Any, solved: Solved, place: int) -> Found:
    from detente.lab.pictures import at_point
    from detente.study import first_year

    problem = record.reasons[0] or solved.status[place]
    values = {n: float(x[0]) for n, x in record.values.items()}
    if problem is not None:
        return {"problem": problem, "values": values}
    outcomes = {k: plain(x[..., place]) for k, x in solved.outcomes.items()}
    return {
        "problem": None,
        "values": values,
        "outcomes": outcomes,
        "decisive": outcomes.get(model.decisive),
        "figures": at_point(case, outcomes, first_year.played(model, case.horizon, record.values)),
    }


# --- Claims, mechanisms and levers at the point -----------------------------------------------------


def details(case: Case, given: Scenario) -> Found:
    """At the point: each claim's test; the decisive outcome without each mechanism, with each lever."""
    from detente.lab.pictures import bars

    model, fixed = get(case.model), settled(case, given)
    todo = plan(case, model)
    levers = {} if not model.decisive else {x.id: Intervention(levers=(x.id,)) for x in case.levers}
    off = {} if not model.decisive else {m.name: Intervention(off=(m.name,)) for m in model.mechanisms}
    asked = _asked(given, todo, [AS_IT_IS, *levers.values(), *off.values()])
    draws = middle(case, given)
    found = Answers(fixed, draws, asked)

    def zone(change: Intervention) -> Any:
        return plain(found.value(decisive(model), given.within(change))[0])

    zones = {
        "mechanisms": {name: zone(change) for name, change in off.items()},
        "levers": {name: zone(change) for name, change in levers.items()},
    }
    now = zone(AS_IT_IS) if model.decisive else None
    figures = [] if now is None else [bars(case, z, now, which) for which, z in zones.items()]
    return {
        "claims": [
            _tested(c.id, tests, found, given, draws)
            for c, tests in zip(case.claims, todo.tests, strict=True)
        ],
        **zones,
        "decisive": now,
        "figures": [x for x in figures if x is not None],
    }


def _asked(given: Scenario, todo: Plan, more: Iterable[Intervention]) -> dict[Intervention, int]:
    asked: dict[Intervention, int] = {}
    for test in (t for group in todo.tests for t in group):
        for call in test.calls:
            change = given.within(call.intervention)
            asked[change] = max(asked.get(change, 0), call.years or 0)
    for change in more:
        asked.setdefault(given.within(change), 0)
    return asked


def _judged(test: Any, found: Answers, given: Scenario, draws: Draws) -> tuple[Any, Any]:
    """Margins of a test, shape [draw]; and where a draw it needs has failed."""
    import numpy as np

    values = {call: found.value(call, given.within(call.intervention)) for call in test.calls}
    names = {name: draws.values[name] for name in test.names}
    size = len(draws.index)
    failed = np.zeros(size, bool)
    for call in test.calls:
        failed |= np.array([x is not None for x in found.failed[given.within(call.intervention)]])
    judged = test.evaluate(values, names)
    holds, margin, defined = (
        np.broadcast_to(x, (size,)) for x in (judged.holds, judged.margin, judged.defined & ~failed)
    )
    return np.where(defined, holds, False), np.where(defined, margin, np.nan)


def _tested(id: str, tests: Sequence[Any], found: Answers, given: Scenario, draws: Draws) -> Found:
    import numpy as np

    rows = []
    for test in tests:
        holds, margin = _judged(test, found, given, draws)
        known = bool(np.isfinite(margin[0]))
        rows.append({"holds": bool(holds[0]) if known else None, "margin": plain(margin[0])})
    return {"id": id, **rows[0], "beside": rows[1:]}


# --- Uncertainty ------------------------------------------------------------------------------------


def spread(case: Case, given: Scenario, seed: int, start: int, stop: int, *, paths: bool = True) -> Found:
    """A stretch of draws: the decisive outcome and (with `paths`) the paths that are shown, for each draw."""
    import numpy as np

    model = get(case.model)
    draws = drawn(case, given, seed, start, stop)
    change = given.change
    found = Answers(settled(case, given), draws, {change: case.horizon if model.shown and paths else 0})
    outcomes = found.outcomes(change)
    failed = [x for x in found.failed[change] if x is not None]
    return {
        "decisive": plain(outcomes[model.decisive]) if model.decisive else [None] * (stop - start),
        "paths": {name: plain(np.asarray(outcomes[name]).T) for name in model.shown if paths},
        "failed": len(failed),
        "reason": failed[0] if failed else None,
    }


def verdicts(case: Case, given: Scenario, seed: int, start: int, stop: int) -> Found:
    """A stretch of draws: whether each claim's test holds in each (None: it has no truth value there)."""
    import numpy as np

    model, now = get(case.model), settled(case, given)
    todo = plan(case, model)
    draws = drawn(case, given, seed, start, stop)
    found = Answers(now, draws, _asked(given, todo, ()))
    rows = []
    for claim, tests in zip(case.claims, todo.tests, strict=True):
        holds, margin = _judged(tests[0], found, given, draws)
        rows.append(
            {
                "id": claim.id,
                "holds": [bool(h) if np.isfinite(m) else None for h, m in zip(holds, margin, strict=True)],
            }
        )
    return {"claims": rows}


# --- Moving assumptions -----------------------------------------------------------------------------


def swings(case: Case, given: Scenario) -> Found:
    """The decisive outcome with each uncertain assumption at the 5 % and 95 % ends of what is believed."""
    from detente.lab.pictures import tornado

    model = get(case.model)
    ends = {name: (low, high) for name, (low, high) in plausible(case).items() if name in case.parameters}
    if not model.decisive or not ends:
        return {"swings": [], "figures": []}
    changed = [
        Scenario(tuple(sorted({**dict(given.values), name: x}.items())), given.off, given.levers)
        for name, pair in ends.items()
        for x in pair
    ]
    now, *zones = zone_of(case, [given, *changed])
    rows = [
        {
            "name": name,
            "low": ends[name][0],
            "high": ends[name][1],
            "at_low": zones[2 * i],
            "at_high": zones[2 * i + 1],
        }
        for i, name in enumerate(ends)
    ]
    figure = None if now is None else tornado(case, rows, now)
    return {"swings": rows, "figures": [] if figure is None else [figure]}


def plausible(case: Case) -> dict[str, tuple[float, float]]:
    """The 5 % and 95 % quantiles of each uncertain number, over draws of the case as written."""
    import numpy as np

    from detente.study.spread import uncertain

    draws = drawn(case, AS_WRITTEN, 1, 0, 1024)
    model = get(case.model)
    found = {}
    for name in uncertain(case):
        low, high = (float(f"{x:.6g}") for x in np.quantile(draws.values[name], (0.05, 0.95)))
        if name in model.by_name and model.by_name[name].domain.whole:
            low, high = round(low), round(high)
        found[name] = low, high
    return found


def zone_of(case: Case, given: Sequence[Scenario]) -> list[float | None]:
    """The decisive outcome at the point of each scenario; None where there is none."""
    import numpy as np

    from detente.study.draws import apply

    model = get(case.model)
    applied = [apply(settled(case, g), model, middle(case, g), g.change) for g in given]
    records = {n: np.concatenate([r.values[n] for r in applied]) for n in applied[0].values}
    solved = solve(model, case.horizon, records, 0)
    found = []
    for record, status, x in zip(applied, solved.status, solved.outcomes[model.decisive], strict=True):
        found.append(None if record.reasons[0] or status else plain(x))
    return found


def cells(case: Case, given: Scenario, x: str, y: str, places: Sequence[tuple[float, float]]) -> Found:
    """The decisive outcome where two assumptions take given values: a piece of the phase diagram."""
    base = dict(given.values)
    changed = [
        Scenario(tuple(sorted({**base, x: a, y: b}.items())), given.off, given.levers) for a, b in places
    ]
    return {"zones": zone_of(case, changed)}


def differ(case: Case, first: Scenario, second: Scenario) -> Found:
    """What two scenarios disagree about, and what each disagreement accounts for in the decisive outcome.

    Shapley shares over the disagreements, from the first scenario to the second; all coalitions where they
    are few, else drawn orders. For each, also what comes out if one side gives way on it alone.
    """
    from detente.study.methods.attribution import attribute, orders

    one, two = dict(first.values), dict(second.values)
    base = middle(case, AS_WRITTEN).values
    topics: list[tuple[str, str]] = []
    for name in case.assumptions:
        a, b = (float(s[name] if name in s else base[name][0]) for s in (one, two))
        if a != b:
            topics.append(("assumption", name))
    for kind in ("off", "levers"):
        topics += [(kind, n) for n in sorted(set(getattr(first, kind)) ^ set(getattr(second, kind)))]
    if not topics or not get(case.model).decisive:
        return {"topics": [], "first": None, "second": None, "exact": True}

    def mixed(of_second: frozenset[int]) -> Scenario:
        values, off, levers = dict(one), set(first.off), set(first.levers)
        for i in of_second:
            kind, name = topics[i]
            if kind == "assumption":
                values.pop(name, None)
                if name in two:
                    values[name] = two[name]
            else:
                (off if kind == "off" else levers).symmetric_difference_update({name})
        return Scenario(tuple(sorted(values.items())), tuple(sorted(off)), tuple(sorted(levers)))

    n = len(topics)
    plan_of = orders(n, 6, 1)
    everyone = frozenset(range(n))
    wanted = list(dict.fromkeys([*plan_of.coalitions(), *(frozenset({i}) for i in range(n))]))
    zones = dict(zip(wanted, zone_of(case, [mixed(c) for c in wanted]), strict=True))
    alone = {i: (zones[frozenset({i})], zones.get(everyone - {i})) for i in range(n)}
    shares: list[float | None] = [None] * n
    known = {c: z for c, z in zones.items() if z is not None}
    if len(known) == len(zones):
        # One number, no draws: two equal groups satisfy the jackknife, whose errors are then 0.
        found = attribute(plan_of, {c: [[known[c]] * 3] for c in plan_of.coalitions()})
        shares = [float(x) for x in found.share[0]]
    return {
        "topics": [
            {
                "kind": kind,
                "name": name,
                "first": plain(one.get(name, base[name][0]))
                if kind == "assumption"
                else name in getattr(first, kind),
                "second": plain(two.get(name, base[name][0]))
                if kind == "assumption"
                else name in getattr(second, kind),
                "share": shares[i],
                "first_gives_way": alone[i][0],
                "second_gives_way": alone[i][1],
            }
            for i, (kind, name) in enumerate(topics)
        ],
        "first": zones[frozenset()],
        "second": zones[everyone],
        "exact": plan_of.exact,
    }


def plain(x: Any) -> Any:
    """Arrays and numbers as JSON knows them: NaN is null, nine digits."""
    import numpy as np

    if isinstance(x, np.ndarray) and x.ndim:
        return [plain(y) for y in x]
    number = float(x)
    return float(f"{number:.9g}") if number == number and abs(number) != float("inf") else None
