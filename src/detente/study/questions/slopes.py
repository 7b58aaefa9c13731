"""Margins of a test and their derivatives, at points in standard normal coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from detente.case.expression import (
    Call,
    Comparison,
    Intervention,
    Junction,
    Negation,
    Test,
    Truth,
    calls_of,
    names_of,
)
from detente.models import get
from detente.study.executors import Jobs, completed, pool
from detente.study.methods.gradient import CHUNK, differentiate, get_ready
from detente.study.methods.nearest import Nearest
from detente.study.methods.normal import Normal
from detente.study.verdicts import Answer, answer
from detente.study.work import CHUNK as RUN_CHUNK
from detente.study.work import Design

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from detente.engine.batch import Solved

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

MOST_WAYS = 8
"""Ways in which a test is tried to be reversed."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A comparison of two numbers that should come out one way.

    Attributes:
        comparison: Of two numbers.
        wanted: Whether it should hold.
    """

    comparison: Comparison
    wanted: bool

    def margin(self, names: Any, values: Any) -> Any:
        """Positive where it comes out as wanted."""
        margin = self.comparison.judge(names, values)[1]
        return margin if self.wanted else -margin


def ways(test: Truth, wanted: bool) -> list[tuple[Atom, ...]]:
    """Ways in which a test comes out as wanted: in each, all atoms have to; at most `MOST_WAYS`."""
    match test:
        case Negation():
            return ways(test.part, not wanted)
        case Junction():
            inner = [ways(part, wanted) for part in test.parts]
            together = (test.word == "and") == wanted
        case Comparison():
            links = zip(test.signs, test.numbers[:-1], test.numbers[1:], strict=True)
            inner = [[(Atom(Comparison((sign,), (a, b)), wanted),)] for sign, a, b in links]
            together = wanted
    if not together:
        return [way for part in inner for way in part][:MOST_WAYS]
    return [tuple(dict.fromkeys(sum(choice, ()))) for choice in product(*inner)][:MOST_WAYS]


class Asked(Protocol):
    """A search that has a point to ask about."""

    atoms: tuple[Atom, ...]
    nearest: Nearest


class Asker:
    """Answers about points, worked out side by side for all who ask.

    Args:
        design: The run.
        normal: Its case in standard normal coordinates.
        tests: What will be asked.
        jobs: Processes, or an executor.
    """

    def __init__(self, design: Design, normal: Normal, tests: Sequence[Test], jobs: Jobs) -> None:
        self.design, self.normal, self.jobs = design, normal, jobs
        # What is solved for one test serves all.
        self._years: dict[Intervention, int] = {}
        for call in (call for test in tests for call in test.calls):
            self._years[call.intervention] = max(self._years.get(call.intervention, 0), call.years or 0)
        self._solved: dict[tuple[Intervention, bytes], tuple[Mapping[str, Reals], Truths]] = {}
        self._paths = {call.years is not None for test in tests for call in test.calls}
        self._stack, self._pool = ExitStack(), None

    def __enter__(self) -> Asker:
        self._pool = self._stack.enter_context(pool(self.jobs))
        if self._pool is not None:
            # Compiled first, side by side, each by one process; the slower to compile comes first.
            of = (self.design.model, self.design.case.horizon)
            ready = [(paths, (*of, paths)) for paths in sorted(self._paths, reverse=True)]
            for _ in completed(self._pool, get_ready, ready):
                pass
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def draws(self, count: int) -> Reals:
        """The run's first draws as points, shape [dimension, draw]."""
        from scipy.special import ndtri

        from detente.study.draws import points

        return ndtri(points(len(self.normal.names), self.design.seed, 0, count))

    def solved(self, asked: Sequence[tuple[Test, Reals]]) -> list[Answer]:
        """What tests say at points, shape [dimension, point] each, all of them solved and certified."""
        import numpy as np

        self._solve([(change, z) for test, z in asked for change in _by_change(test.calls)])
        found = []
        for test, z in asked:
            failed = np.zeros(z.shape[1], dtype=bool)
            values: dict[Call, Any] = {}
            for change, calls in _by_change(test.calls).items():
                outcomes, bad = self._solved[change, z.tobytes()]
                failed |= bad
                for call in calls:
                    x = outcomes[call.outcome]
                    x = x if call.years is None else x[call.years - 1]
                    values[call] = x if call.deal is None else x[call.deal - 1]
            found.append(answer(test, values, self.normal.draws(z).values, failed))
        return found

    def _solve(self, asked: Sequence[tuple[Intervention, Reals]]) -> None:
        """Solve what is not solved yet, side by side."""
        import numpy as np

        from detente.engine.batch import moving

        model, tasks = self.design.theory, {}
        reasons: dict[tuple[Intervention, bytes], Sequence[str | None]] = {}
        for change, z in asked:
            key = (change, z.tobytes())
            if key not in self._solved and key not in tasks:
                records = self.normal.records(z, change)[1]
                reasons[key] = records.reasons
                how = (self.design.case.horizon, self._years[change], self.design.dtype)
                tasks[key] = (model.name, {n: records.values[n] for n in moving(model)}, *how)
        for key, solved in completed(self._pool, solve_records, tasks.items()):
            bad = [r is not None or s is not None for r, s in zip(reasons[key], solved.status, strict=True)]
            self._solved[key] = solved.outcomes, np.array(bad)

    def all(self, searches: Sequence[Asked]) -> list[tuple[Reals | None, Reals | None]]:
        """Margins and their derivatives at each search's point: shapes [atom], [atom, dimension].

        None where a record lies outside a parameter's domain.
        """
        import numpy as np

        wanted: dict[tuple[bytes, Call], Reals] = {}
        for s in searches:
            for call in _calls(s.atoms):
                wanted[s.nearest.point.tobytes(), call] = s.nearest.point
        found = self._derivatives(wanted)
        results: list[tuple[Reals | None, Reals | None]] = []
        for s in searches:
            z = s.nearest.point
            mine = {call: found[z.tobytes(), call] for call in _calls(s.atoms)}
            if any(x is None for x in mine.values()):
                results.append((None, None))
                continue
            around, moved = self.normal.around(z)
            here, there = self.normal.draws(z[:, None]).values, self.normal.draws(around).values
            margins, slopes = np.empty(len(s.atoms)), np.zeros((len(s.atoms), len(z)))
            for k, atom in enumerate(s.atoms):
                names = names_of(atom.comparison)
                calls = calls_of(atom.comparison)
                at = {c: mine[c][0] for c in calls}  # type: ignore[index]
                near = {c: mine[c][1] for c in calls}  # type: ignore[index]
                margins[k] = float(np.squeeze(atom.margin({n: here[n] for n in names}, at)))
                slopes[k, moved] = self.normal.slopes(
                    np.broadcast_to(atom.margin({n: there[n] for n in names}, near), (2 * len(moved),))
                )
            results.append((margins, slopes))
        return results

    def _derivatives(
        self, wanted: dict[tuple[bytes, Call], Reals]
    ) -> dict[tuple[bytes, Call], tuple[float, Reals] | None]:
        """For each point and call its value, and its straight continuation to the points around.

        None where the record lies outside a parameter's domain.
        """
        import numpy as np

        from detente.engine.batch import moving

        names = moving(self.design.theory)
        found: dict[tuple[bytes, Call], tuple[float, Reals] | None] = dict.fromkeys(wanted)
        records: dict[tuple[bytes, Call], tuple[Reals, Reals]] = {}
        for key, z in wanted.items():
            around, _ = self.normal.around(z)
            _, near = self.normal.records(np.concatenate((z[:, None], around), axis=1), key[1].intervention)
            if near.valid.all():
                table = np.stack([near.values[n] for n in names])
                records[key] = table[:, 0], table[:, 1:] - table[:, :1]
        for paths in (False, True):
            keys = [key for key in records if (key[1].years is not None) == paths]
            tasks = [keys[i : i + CHUNK] for i in range(0, len(keys), CHUNK)]
            for part, (values, slopes) in zip(tasks, self._run(paths, tasks, records), strict=True):
                for key, value, slope in zip(part, values.tolist(), slopes.T, strict=True):
                    found[key] = value, value + slope @ records[key][1]
        return found

    def _run(
        self, paths: bool, tasks: Sequence[Sequence[Any]], records: Any
    ) -> Iterator[tuple[Reals, Reals]]:
        import numpy as np

        args = [
            (
                self.design.model,
                self.design.case.horizon,
                paths,
                np.stack([records[key][0] for key in part], axis=1),
                tuple((c.outcome, c.years, c.deal) for _, c in part),
            )
            for part in tasks
        ]
        found = dict(completed(self._pool, differentiate, enumerate(args)))
        yield from (found[i] for i in range(len(args)))


def solve_records(model: str, records: Mapping[str, Reals], horizon: int, years: int, dtype: str) -> Solved:
    """Records solved as a run solves them."""
    from detente.engine.batch import solve

    return solve(get(model), records, horizon=horizon, years=years, dtype=dtype, chunk=RUN_CHUNK)


def _by_change(calls: Sequence[Call]) -> dict[Intervention, list[Call]]:
    found: dict[Intervention, list[Call]] = {}
    for call in calls:
        found.setdefault(call.intervention, []).append(call)
    return found


def _calls(atoms: Sequence[Atom]) -> list[Call]:
    return list(dict.fromkeys(call for atom in atoms for call in calls_of(atom.comparison)))
