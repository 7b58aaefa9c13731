"""Levers pulled, and what that does to a deal: at a dose, and in sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.expression import Intervention
from detente.study.reader import Reader
from detente.study.shares import Share
from detente.study.spread import quantiles
from detente.study.work import Design

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

ENOUGH = 0.8
"""Share of the blocked draws that a set of levers has to open."""
LARGEST = 4
"""Levers in a set, at most."""
BEAM = 3
"""Sets of one size that the search for larger ones goes on from."""


@dataclass(frozen=True, slots=True)
class Dose:
    """What a lever does at a dose, in the draws solved at this dose and without it.

    Attributes:
        dose: 0: not at all; 1: as the case says.
        with_deal: Share of draws with a deal; None if none was solved.
        opened: Share of the blocked draws that it opens; None if none was blocked.
        zone: Quantiles of the decisive outcome, 5, 25, 50, 75 and 95 %; None if none was solved.
        failed: Draws left out.
        reason: Why the first of them was not solved, or "".
    """

    dose: float
    with_deal: Share | None
    opened: Share | None
    zone: tuple[float, ...] | None
    failed: int
    reason: str


@dataclass(frozen=True, slots=True)
class Together:
    """Levers pulled together, at full dose.

    Attributes:
        levers: Their ids.
        who: Who has to move, each once.
        with_deal: Share of draws with a deal; None if nothing was solved.
        opened: Share of the blocked draws that they open; None if none was solved or blocked.
        beyond: Of a pair: change of the share with a deal beyond what each does alone, in the same
            draws; None of other sets or where a part was not solved.
        error: Its standard error.
        failed: Draws left out.
        reason: Why the first of them was not solved, or "".
    """

    levers: tuple[str, ...]
    who: tuple[str, ...]
    with_deal: Share | None
    opened: Share | None
    beyond: float | None
    error: float | None
    failed: int
    reason: str


def at_dose(dose: float, before: Reals, after: Reals, status: Sequence[str | None]) -> Dose:
    """What a change of the decisive outcome from `before` to `after` does, both of shape [draw]."""
    import numpy as np

    both = np.isfinite(before) & np.isfinite(after)
    known, blocked = after[both], ~(before[both] > 0)
    return Dose(
        dose,
        Share.of(known > 0),
        Share.of(known[blocked] > 0),
        quantiles(known) if len(known) else None,
        int((~both).sum()),
        next((reason for reason in status if reason is not None), ""),
    )


def pulled(ids: tuple[str, ...]) -> Intervention:
    """Levers pulled together."""
    return Intervention(levers=ids)


def by_mover(design: Design) -> list[tuple[str, ...]]:
    """What each who could do alone, and everything."""
    found: dict[str, list[str]] = {}
    for lever in design.case.levers:
        found.setdefault(lever.who, []).append(lever.id)
    sets = [tuple(sorted(ids)) for ids in found.values()]
    return list(dict.fromkeys([*sets, tuple(sorted(x.id for x in design.case.levers))]))


class Tries:
    """Sets of levers as they are tried, over the same draws."""

    def __init__(self, design: Design, draws: int) -> None:
        self.design, self.draws, self.blocked = design, draws, 0
        self.found: dict[tuple[str, ...], Together] = {}
        self._deal: dict[tuple[str, ...], Reals] = {}
        self._who = {x.id: x.who for x in design.case.levers}

    def add(self, sets: Sequence[tuple[str, ...]], read: Reader) -> None:
        """Read what sets of levers do, those not read yet."""
        import numpy as np

        model = self.design.theory
        before = read.zone(model)
        solved = np.isfinite(before)
        self.blocked = int((solved & ~(before > 0)).sum())
        self._deal[()] = np.where(solved, before > 0, np.nan)
        for ids in sets:
            if ids in self.found:
                continue
            after = read.zone(model, pulled(ids))
            dose = at_dose(1.0, before, after, read.status(pulled(ids)))
            self._deal[ids] = np.where(np.isfinite(after), after > 0, np.nan)
            beyond, error = self._beyond(ids) if len(ids) == 2 else (None, None)
            self.found[ids] = Together(
                ids,
                tuple(dict.fromkeys(self._who[id] for id in ids)),
                dose.with_deal,
                dose.opened,
                beyond,
                error,
                dose.failed,
                dose.reason,
            )

    def _beyond(self, ids: tuple[str, ...]) -> tuple[float | None, float | None]:
        import numpy as np

        one, two = (self._deal[(id,)] for id in ids)
        each = self._deal[ids] - one - two + self._deal[()]
        each = each[np.isfinite(each)]
        if len(each) < 2:
            return None, None
        return float(each.mean()), float(each.std(ddof=1) / len(each) ** 0.5)

    def best(self, sets: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Those solved anywhere, those that open most blocked draws first; ties by size, then name."""
        shares = {s: x.share for s in sets if (x := self.found[s].opened) is not None}
        return sorted(shares, key=lambda s: (-shares[s], len(s), s))

    def reaching(self, sets: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Those that open enough."""
        return [s for s in sets if (x := self.found[s].opened) is not None and x.share >= ENOUGH]

    def larger(self, sets: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """The sets with one more lever than the best of these."""
        start = self.best(sets)[:BEAM]
        return list(dict.fromkeys(tuple(sorted({*s, id})) for s in start for id in self._who if id not in s))
