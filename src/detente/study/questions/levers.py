"""What would open a deal: levers at several doses, in pairs, in larger sets, and where they backfire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from detente.case.expression import Intervention
from detente.errors import UsageError
from detente.model import Model
from detente.study.executors import Jobs
from detente.study.folder import Folder
from detente.study.parts import gather
from detente.study.plan import Solve, decisive
from detente.study.questions.sets import ENOUGH, LARGEST, Dose, Together, Tries, at_dose, by_mover, pulled
from detente.study.questions.where import Where, box_axes, look
from detente.study.reader import Reader
from detente.study.work import Design, Tell

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

DOSES = (0.25, 0.5, 1.0, 1.5, 2.0)
"""Doses at which each lever is tried; at 0 the case is as it is."""
DRAWS = 256
"""Draws in which doses are tried, at most: those in which the run tries levers."""
SET_DRAWS = 128
"""Draws in which sets of levers are tried."""
LEAST = 64
"""Draws that are needed."""


@dataclass(frozen=True, slots=True)
class Response:
    """A lever's response to its dose.

    Attributes:
        id: Of the lever.
        who: Who would pull it.
        says: In words.
        doses: From 0 up.
        median_from: Smallest dose at which the median of the decisive outcome is positive, interpolated
            between the doses tried; None if there is none up to the largest.
        half_from: Smallest dose at which half of the blocked draws have a deal, likewise.
        lowers: Share of draws in which the lever at full dose lowers the decisive outcome.
        closes: Share of draws in which it makes a deal disappear.
        backfires: Where it lowers it; None if it hardly ever or nearly always does.
    """

    id: str
    who: str
    says: str
    doses: tuple[Dose, ...]
    median_from: float | None
    half_from: float | None
    lowers: float
    closes: float
    backfires: Where | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What would open a deal.

    Attributes:
        responses: Of each lever, in the case's order.
        pairs: All pairs of levers, those that open most first.
        movers: For each who, everything that it alone could do; and all levers together.
        smallest: The smallest sets found that open at least `enough` of the blocked draws, those that
            open most first; empty if none of the sets tried does.
        best: The set tried that opens most.
        enough: Share of the blocked draws that had to be opened.
        complete: Levers in a set up to which all sets were tried.
        largest: Levers in the largest sets that were tried in the search.
        sets: Sets tried.
        draws: Draws in which doses were tried.
        set_draws: Draws in which sets were tried.
        blocked: Of these the draws without a deal in the case as it is.
    """

    responses: tuple[Response, ...]
    pairs: tuple[Together, ...]
    movers: tuple[Together, ...]
    smallest: tuple[Together, ...]
    best: Together | None
    enough: float
    complete: int
    largest: int
    sets: int
    draws: int
    set_draws: int
    blocked: int


def askable(design: Design) -> Model:
    """The model, if doses and sets of levers can be tried in this run; else UsageError."""
    model = design.theory
    if not model.decisive or not design.case.levers:
        raise UsageError(f"levers: {design.case.id} has no levers, or {model.name} no deal to open")
    if design.tried < LEAST:
        raise UsageError(
            f"levers: found {design.tried} draws in which levers are tried, expected at least {LEAST}: raise"
            " --draws and --lever-draws"
        )
    return model


def levers(
    design: Design, folder: Folder, table: pa.Table, *, jobs: Jobs = 1, tell: Tell = lambda *_: None
) -> Opening:
    """Try levers at several doses, all pairs, and larger sets from the best ones on.

    Args:
        design: The run.
        folder: Its folder, held; what is solved is kept there and gone on with.
        table: The run's table.
        jobs: Processes, or an executor.
        tell: Gives what is told about each part.

    Raises:
        UsageError: There is no lever or no deal, or too few draws.
        RunError: The folder cannot be written.
    """
    model, case = askable(design), design.case
    ids = [x.id for x in case.levers]

    def solve(name: str, changes: Iterable[Intervention], draws: int) -> Reader:
        solves = [Solve(x, (decisive(model, x),), 0) for x in changes]
        part = gather(design, folder, name, solves, draws, jobs=jobs, progress=tell(name)) if solves else None
        first = table.slice(0, draws)
        return Reader(first, part) if part is not None else Reader(first)

    other = [Intervention(levers=(id,), dose=d) for id in ids for d in DOSES if d != 1]
    read = solve("doses", other, min(DRAWS, design.tried))
    responses = tuple(_response(read, design, id) for id in ids)

    tries = Tries(design, min(SET_DRAWS, design.tried))
    tries.add([(id,) for id in ids], Reader(table.slice(0, tries.draws)))
    pairs = list(combinations(sorted(ids), 2))
    tries.add(pairs, solve("pairs", map(pulled, pairs), tries.draws))
    movers = by_mover(design)
    tries.add(movers, solve("movers", [pulled(m) for m in movers if len(m) > 2], tries.draws))
    searched, size = [(id,) for id in ids] + pairs, min(2, len(ids))
    while size < min(LARGEST, len(ids)) and not tries.reaching(searched):
        size += 1
        larger = tries.larger([s for s in searched if len(s) == size - 1])
        tries.add(larger, solve(f"sets-{size}", map(pulled, larger), tries.draws))
        searched += larger
    reaching, best = tries.best(tries.reaching(searched)), tries.best(searched)
    return Opening(
        responses,
        tuple(tries.found[p] for p in tries.best(pairs)),
        tuple(tries.found[m] for m in movers),
        tuple(tries.found[s] for s in reaching if len(s) == len(min(reaching, key=len))),
        tries.found[best[0]] if best else None,
        ENOUGH,
        min(2, len(ids)),
        size,
        len(tries.found),
        read.draws,
        tries.draws,
        tries.blocked,
    )


# --- Doses ------------------------------------------------------------------------------------------


def _response(read: Reader, design: Design, id: str) -> Response:
    import numpy as np

    model, lever = design.theory, next(x for x in design.case.levers if x.id == id)
    before = read.zone(model)
    doses = [at_dose(0.0, before, before, [None] * len(before))]
    for d in DOSES:
        change = Intervention(levers=(id,), dose=d)
        doses.append(at_dose(d, before, read.zone(model, change), read.status(change)))
    after = read.zone(model, Intervention(levers=(id,)))
    both = np.isfinite(before) & np.isfinite(after)
    lowers = both & (after < before)
    share = float(lowers[both].mean()) if both.any() else 0.0
    axes, x = box_axes(design, read)
    where = look(id, "lowers", f"Pulling {id} makes a deal harder", lowers, both, axes, x)
    return Response(
        id,
        lever.who,
        lever.says,
        tuple(doses),
        _from(doses, lambda d: d.zone[2] if d.zone else None, 0.0),
        _from(doses, lambda d: d.opened.share if d.opened else None, 0.5),
        share,
        float((both & (before > 0) & ~(after > 0))[both].mean()) if both.any() else 0.0,
        where if 0.05 < share < 0.95 else None,
    )


def _from(doses: Sequence[Dose], read: Callable[[Dose], float | None], level: float) -> float | None:
    """The smallest dose at which something reaches a level, on straight lines between the doses tried."""
    last: tuple[float, float] | None = None
    for one in doses:
        value = read(one)
        if value is None:
            continue
        if value >= level:
            if last is None or last[1] >= value:
                return one.dose
            return last[0] + (one.dose - last[0]) * (level - last[1]) / (value - last[1])
        last = one.dose, value
    return None
