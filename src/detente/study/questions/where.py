"""Where a deal exists and where claims that depend hold: boxes of assumptions, from a run's own draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from detente.errors import UsageError
from detente.study.executors import Jobs, completed, pool
from detente.study.methods.boxes import Found, find_boxes
from detente.study.methods.peeling import FREE, Axis
from detente.study.methods.repeats import Reproduced, reproduce
from detente.study.plan import Plan
from detente.study.questions.box_words import allowed, axes_of, limits, sentences, surest
from detente.study.reader import Reader
from detente.study.spread import uncertain
from detente.study.work import Design, Progress

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from detente.study.summary import Judged

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

DEAL, NO_DEAL = "deal", "no-deal"
"""Ids of the two questions that are about no claim."""
MOST = 2
"""Boxes for each question."""
DRAWS = 4096
"""Draws that are searched at most, the first ones."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a box says of one assumption.

    Attributes:
        name: Of the parameter or quantity.
        says: The bound in words.
        low: Lower bound in the assumption's unit; None if there is none.
        high: Upper bound; None if there is none.
        words: Of a choice among words: those that are left; otherwise empty.
        p: Quasi-p-value: could chance explain it?
        again: Share of repetitions that bound it too; None if nothing was repeated.
    """

    name: str
    says: str
    low: float | None
    high: float | None
    words: tuple[str, ...]
    p: float
    again: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A box: where it holds, and what that is worth.

    Attributes:
        says: A sentence.
        worth: A sentence with the numbers.
        bounds: The surest first; none if nothing sets the draws apart.
        inside: Solved draws inside.
        density: Share of these in which it holds.
        low: Lower end of the density's 95 % interval.
        high: Upper end.
        coverage: Share of all draws in which it holds that are inside.
        mass: Share of all draws that are inside.
        failed: Share of the draws inside that were not solved.
        unseen_density: Mean density of repeated boxes in draws that their search had not seen; None if
            nothing was repeated.
        unseen_coverage: Their mean coverage of these.
    """

    says: str
    worth: str
    bounds: tuple[Bound, ...]
    inside: int
    density: float
    low: float
    high: float
    coverage: float
    mass: float
    failed: float
    unseen_density: float | None = None
    unseen_coverage: float | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """A question of yes or no, and where it is answered yes.

    Attributes:
        id: ``deal``, ``no-deal``, or that of a claim.
        side: ``holds`` or ``fails``: which of the two the boxes are about. A claim that mostly follows is
            asked where it fails.
        says: What is so in the boxes.
        share: Share of the counted draws in which it is so; None if none counts.
        draws: Draws that count.
        places: Boxes, the first found first; none if `reason` says why.
        reason: Why there is nothing to tell, or "".
    """

    id: str
    side: str
    says: str
    share: float | None
    draws: int
    places: tuple[Place, ...]
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    id: str
    side: str
    says: str
    yes: Truths
    counts: Truths


def where(design: Design, todo: Plan, table: pa.Table, claims: tuple[Judged, ...]) -> tuple[Where, ...]:
    """Boxes for the two sides of a deal and for each claim that neither follows nor fails.

    Args:
        design: The run.
        todo: Its plan.
        table: Its table.
        claims: Its verdicts.
    """
    read = Reader(table.slice(0, DRAWS))
    axes, x = box_axes(design, read)
    return tuple(
        look(q.id, q.side, q.says, q.yes, q.counts, axes, x) for q in _questions(design, todo, read, claims)
    )


def repeated(
    design: Design,
    todo: Plan,
    table: pa.Table,
    claims: tuple[Judged, ...],
    found: tuple[Where, ...],
    *,
    jobs: Jobs = 1,
    progress: Progress | None = None,
) -> tuple[Where, ...]:
    """The same, with the search for the first box of each repeated on draws drawn again.

    Args:
        design: The run.
        todo: Its plan.
        table: Its table.
        claims: Its verdicts.
        found: From `where`.
        jobs: Processes, or an executor.
        progress: Told of each question.
    """
    read = Reader(table.slice(0, DRAWS))
    axes, x = box_axes(design, read)
    questions = _questions(design, todo, read, claims)
    tasks = {
        i: (x, question.yes, axes, question.counts, design.seed)
        for i, (one, question) in enumerate(zip(found, questions, strict=True))
        if one.places
    }
    results = list(found)
    with pool(jobs) as crew:
        for n, (i, again) in enumerate(completed(crew, _again, tasks.items()), 1):
            results[i] = _seen(found[i], axes, again)
            if progress is not None:
                progress(n, len(tasks), 0)
    return tuple(results)


def _again(x: Reals, yes: Truths, axes: tuple[Axis, ...], counts: Truths, seed: int) -> Reproduced:
    return reproduce(x, yes, axes, solved=counts, seed=seed)


def _seen(one: Where, axes: tuple[Axis, ...], again: Reproduced) -> Where:
    """A question's boxes, with what became of the first one."""
    share = dict(zip((axis.name for axis in axes), again.share.tolist(), strict=True))
    first = one.places[0]
    # A repetition may be too one-sided for a box; of none there is no density to speak of.
    seen = again.density == again.density and again.coverage == again.coverage
    first = replace(
        first,
        bounds=tuple(replace(b, again=share[b.name]) for b in first.bounds),
        unseen_density=again.density if seen else None,
        unseen_coverage=again.coverage if seen else None,
    )
    return replace(one, places=(first, *one.places[1:]))


def box_axes(design: Design, read: Reader) -> tuple[tuple[Axis, ...], Reals]:
    """What differs between the draws, and its numbers, shape [axis, draw]."""
    import numpy as np

    x = {name: read.input(name) for name in uncertain(design.case)}
    moving = {name: row for name, row in x.items() if np.ptp(row) > 0}
    return axes_of(design.case, design.theory, list(moving)), np.array(list(moving.values()))


def _questions(design: Design, todo: Plan, read: Reader, claims: tuple[Judged, ...]) -> list[_Question]:
    import numpy as np

    found = []
    if design.theory.decisive:
        zone = read.zone(design.theory)
        solved = np.isfinite(zone)
        found = [
            _Question(DEAL, "holds", "A deal exists", zone > 0, solved),
            _Question(NO_DEAL, "holds", "No deal exists", ~(zone > 0) & solved, solved),
        ]
    for judged, (test, *_) in zip(claims, todo.tests, strict=True):
        verdict = judged.verdict
        if verdict.word in ("follows", "fails", "no answer"):
            continue
        said = read.answer(test)
        if verdict.word == "mostly follows":
            says = f"It is not so that {verdict.says[0].lower()}{verdict.says[1:]}"
            found.append(_Question(verdict.id, "fails", says, said.counts & ~said.holds, said.counts))
        else:
            found.append(_Question(verdict.id, "holds", verdict.says, said.holds, said.counts))
    return found


def look(
    id: str, side: str, says: str, yes: Truths, counts: Truths, axes: tuple[Axis, ...], x: Reals
) -> Where:
    """Look for boxes.

    Args:
        id: See `Where`.
        side: See there.
        says: See there.
        yes: Whether it is so, shape [draw].
        counts: Which draws count, shape [draw].
        axes: From `box_axes`.
        x: From there.
    """
    n = int(counts.sum())
    share = float(yes[counts].mean()) if n else None
    none = Where(id, side, says, share, n, (), "")
    if not len(axes):
        return replace(none, reason="nothing uncertain differs between the draws")
    try:
        boxes = find_boxes(x, yes, axes, solved=counts, most=MOST)
    except UsageError as problem:
        return replace(none, reason=str(problem))
    return replace(none, places=tuple(_place(box, axes, says) for box in boxes))


def _place(found: Found, axes: tuple[Axis, ...], what: str) -> Place:
    says, worth = sentences(found, axes, what)
    bounds = tuple(
        _bound(found, axes, i, says) for i, says in zip(surest(found), limits(found, axes), strict=True)
    )
    return Place(
        says,
        worth,
        bounds,
        found.inside,
        found.density,
        found.low,
        found.high,
        found.coverage,
        found.mass,
        found.failed,
    )


def _bound(found: Found, axes: tuple[Axis, ...], i: int, says: str) -> Bound:
    low, high = found.box.low[i], found.box.high[i]
    return Bound(
        axes[i].name,
        says,
        low if low > -FREE else None,
        high if high < FREE else None,
        allowed(found, axes[i], i),
        float(found.p[i]),
    )
