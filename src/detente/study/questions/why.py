"""Why a run comes out as it does: what each mechanism accounts for, over the run's own draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.case.expression import AS_IT_IS, Call, Intervention
from detente.errors import UsageError
from detente.model import Model
from detente.study.asked import WHY_DRAWS
from detente.study.executors import Jobs
from detente.study.folder import Folder
from detente.study.methods.attribution import Coalition, attribute, left_out, orders
from detente.study.parts import gather
from detente.study.plan import Solve, decisive
from detente.study.reader import Reader
from detente.study.work import Design, Progress

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

PAIRS = 12
"""Orders drawn, each with its reverse."""
YEARS = 10
"""After how many years probabilities are taken."""
GROUPS = 16
"""Groups of draws of the jackknife."""
LEAST = 2 * GROUPS
"""Draws without a failure that are needed."""
STRONGEST = 5
"""Pairs of mechanisms that are reported."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a mechanism accounts for in an output.

    Attributes:
        id: Of the mechanism.
        share: In the output's unit; the shares of all mechanisms add up to `Explained.change`.
        error: Standard error.
    """

    id: str
    share: float
    error: float


@dataclass(frozen=True, slots=True)
class Pair:
    """What two mechanisms do together beyond what each does, in the case as it is.

    Attributes:
        ids: Of the mechanisms.
        together: v(as it is) − v(without one) − v(without the other) + v(without both).
        error: Standard error.
    """

    ids: tuple[str, str]
    together: float
    error: float


@dataclass(frozen=True, slots=True)
class Explained:
    """An output, and what accounts for it.

    Attributes:
        says: The output in words.
        unit: Its unit.
        none: Its value with no mechanism at work.
        all: Its value in the case as it is.
        parts: What each mechanism accounts for, the largest first.
        pairs: Pairs that do most together, the strongest first.
    """

    says: str
    unit: str
    none: float
    all: float
    parts: tuple[Part, ...]
    pairs: tuple[Pair, ...]

    @property
    def change(self) -> float:
        """What all mechanisms account for."""
        return self.all - self.none


@dataclass(frozen=True, slots=True)
class Why:
    """Shares of mechanisms in what comes out.

    Attributes:
        outputs: What is explained.
        draws: Draws that it is worked out from.
        left_out: Draws left out because a solve failed.
        orders: Orders of the mechanisms drawn; 0 if every coalition was solved.
        solves: Solves that it took.
    """

    outputs: tuple[Explained, ...]
    draws: int
    left_out: int
    orders: int
    solves: int


def why(
    design: Design,
    folder: Folder,
    table: pa.Table,
    *,
    draws: int = WHY_DRAWS,
    pairs: int = PAIRS,
    jobs: Jobs = 1,
    progress: Progress | None = None,
) -> Why:
    """Shapley shares of the model's mechanisms, from none of them to the case as it is.

    In the share of draws without a deal, in the median of the decisive outcome, and in the yearly
    probabilities that a run shows, after ten years.

    Args:
        design: The run.
        folder: Its folder, held; what is solved is kept there and gone on with.
        table: The run's table.
        draws: In how many of its draws, the first ones.
        pairs: Orders drawn, each with its reverse; where every coalition is no more work, all are solved.
        jobs: Processes, or an executor.
        progress: Told about every task.

    Raises:
        UsageError: The model has no mechanisms or no decisive outcome; too few draws are left.
        RunError: The folder cannot be written.
    """
    model = askable(design.theory, min(draws, design.draws))
    drawn = orders(len(model.mechanisms), pairs, design.seed)
    chances = [
        n for n in model.shown if model.outcome(n).unit == "probability" and not model.outcome(n).optional
    ]
    years = min(YEARS, design.case.horizon)
    everyone = frozenset(range(drawn.count))

    def change(coalition: Coalition) -> Intervention:
        return Intervention(off=tuple(m.name for i, m in enumerate(model.mechanisms) if i not in coalition))

    solves = [
        Solve(x, (decisive(model, x), *(Call(n, years, None, x) for n in chances)), years if chances else 0)
        for x in (change(c) for c in drawn.coalitions() if c != everyone)
    ]
    part = gather(design, folder, "mechanisms", solves, draws, jobs=jobs, progress=progress)
    read = Reader(table, part)
    good = ~read.failed(AS_IT_IS, *(s.intervention for s in solves))
    if good.sum() < LEAST:
        raise UsageError(
            f"why: found {good.sum()} of {read.draws} draws solved in every coalition of mechanisms, expected"
            f" at least {LEAST}: take more of them with --why-draws"
        )

    def outputs(coalition: Coalition) -> Reals:
        x = change(coalition)
        rows = [read.zone(model, x)]
        for name in chances:
            whole = x == AS_IT_IS
            rows.append(read.path(name)[:, years - 1] if whole else read.call(Call(name, years, None, x)))
        return _outputs([row[good] for row in rows])

    found = attribute(drawn, {c: outputs(c) for c in drawn.coalitions()})
    ids = [m.name for m in model.mechanisms]
    zone = model.outcome(model.decisive)
    named = [("Share of draws without a deal", "share"), (f"Median: {zone.meaning}", zone.unit)]
    named += [(_after(model.outcome(n).meaning, years), "probability") for n in chances]
    return Why(
        tuple(_explained(says, unit, k, found, ids) for k, (says, unit) in enumerate(named)),
        int(good.sum()),
        int((~good).sum()),
        len(drawn.each),
        len(solves) * read.draws,
    )


def askable(model: Model, draws: int) -> Model:
    """The model, if what its mechanisms account for can be asked of so many draws; else UsageError."""
    if not model.mechanisms or not model.decisive:
        raise UsageError(f"why: {model.name} has no mechanisms, or no deal, whose shares could be told")
    if draws < LEAST:
        raise UsageError(
            f"why: found {draws} draws, expected at least {LEAST}: raise --draws and --why-draws"
        )
    return model


def _outputs(rows: list[Reals]) -> Reals:
    """Share without a deal, median, means, of all draws and without each group; [output, 1 + group]."""
    import numpy as np

    zone, *chances = rows
    groups = left_out(len(zone), GROUPS)

    def each(of: Any, x: Any) -> list[float]:
        return [float(of(x)), *(float(of(np.delete(x, s))) for s in groups)]

    return np.array([each(np.mean, zone <= 0), each(np.median, zone), *(each(np.mean, x) for x in chances)])


def _explained(says: str, unit: str, k: int, found: Any, ids: list[str]) -> Explained:
    import numpy as np

    parts = [Part(i, float(s), float(e)) for i, s, e in zip(ids, found.share[k], found.error[k], strict=True)]
    places = np.argwhere(np.triu(np.ones((len(ids), len(ids)), bool), 1)).tolist()
    pairs = [
        Pair((ids[i], ids[j]), float(found.together[k, i, j]), float(found.together_error[k, i, j]))
        for i, j in places
    ]
    return Explained(
        says,
        unit,
        float(found.none[k]),
        float(found.all[k]),
        tuple(sorted(parts, key=lambda p: (-abs(p.share), p.id))),
        tuple(sorted(pairs, key=lambda p: (-abs(p.together), p.ids))[:STRONGEST]),
    )


def _after(meaning: str, years: int) -> str:
    return meaning.replace("n years", f"{years} years" if years > 1 else "1 year")
