"""Peeling and pasting: how a box of assumptions is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

FREE = float("inf")


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter that a box may bound.

    Attributes:
        name: As in files and code.
        says: How a sentence calls it.
        unit: Its unit, as sentences show it; "" if they do not.
        stepped: True if only some values occur (whole numbers, choices): bounds are values that do.
        labels: For a choice among words: the words, standing for 0, 1, 2 …
    """

    name: str
    says: str
    unit: str = ""
    stepped: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Bounds on some parameters; the others are free.

    Attributes:
        low: Lower bound of each axis, which belongs to the box; −inf where there is none.
        high: Upper bound, likewise; inf where there is none.
        barred: Words that are not in the box: axis and code.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    barred: frozenset[tuple[int, float]] = frozenset()

    @classmethod
    def everything(cls, axes: int) -> Box:
        """The box that bounds nothing."""
        return cls((-FREE,) * axes, (FREE,) * axes)

    @property
    def restricted(self) -> tuple[int, ...]:
        """The axes that are bounded."""
        bounded = {i for i, ends in enumerate(zip(self.low, self.high, strict=True)) if ends != (-FREE, FREE)}
        return tuple(sorted(bounded | {axis for axis, _ in self.barred}))

    def holds(self, x: Reals) -> Truths:
        """Which draws are inside, shape [draw], of parameters of shape [axis, draw]."""
        import numpy as np

        inside = np.ones(x.shape[1], dtype=bool)
        for i in self.restricted:
            inside &= (x[i] >= self.low[i]) & (x[i] <= self.high[i])
        for axis, code in self.barred:
            inside &= x[axis] != code
        return inside

    def with_bounds(self, axis: int, low: float, high: float) -> Box:
        """The same box with other bounds of an axis."""
        return replace(
            self,
            low=(*self.low[:axis], low, *self.low[axis + 1 :]),
            high=(*self.high[:axis], high, *self.high[axis + 1 :]),
        )

    def without(self, axis: int) -> Box:
        """The same box with an axis free."""
        freed = self.with_bounds(axis, -FREE, FREE)
        return replace(freed, barred=frozenset(pair for pair in self.barred if pair[0] != axis))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A box on the way.

    Attributes:
        box: The box.
        coverage: Share of the draws in which it holds that are inside.
        density: Share of the draws inside in which it holds.
        mass: Share of the draws that are inside.
    """

    box: Box
    coverage: float
    density: float
    mass: float


@dataclass(frozen=True, slots=True, eq=False)
class _Peel:
    """A slice that may be taken off: how many draws, in how many of them it holds, and of which axis.

    What is left are bounds; of a word, all without its code.
    """

    removed: int
    held: int
    axis: int
    low: float = -FREE
    high: float = FREE
    code: float | None = None

    def off(self, box: Box) -> Box:
        """What is left of a box."""
        if self.code is None:
            return box.with_bounds(self.axis, self.low, self.high)
        return replace(box, barred=box.barred | {(self.axis, self.code)})


def peel(x: Reals, holds: Truths, axes: Sequence[Axis], part: float, least: int) -> tuple[Step, ...]:
    """Take slices off until nothing is gained or too little is left.

    Of the slices at both ends of every axis (a share `part` of the draws inside, with all equal to
    the last) and of every word, the one is taken off that raises the density most for each draw
    removed; of equals, one that restricts no further axis, then the first in the order of axes,
    upper end before lower.

    Args:
        x: Shape [axis, draw].
        holds: Shape [draw], of both kinds.
        axes: What the rows of `x` are.
        part: In (0, 0.5).
        least: Draws that must be left inside.

    Returns:
        The boxes, from all draws on, each denser than the one before.

    Source:
        Friedman and Fisher (1999); gain for each draw removed: Kwakkel, J. H. & Jaxa-Rozen, M.
        (2016), Improving scenario discovery for handling heterogeneous uncertainties and
        multinomial classified outcomes, Environmental Modelling & Software 79:311-321.
    """
    import numpy as np

    n, k = len(holds), int(holds.sum())
    rows = [i for i, axis in enumerate(axes) if not axis.labels]
    words = [i for i, axis in enumerate(axes) if axis.labels]
    inside = np.ones(n, dtype=bool)
    order = np.argsort(x[rows], axis=1, kind="stable")
    values = np.take_along_axis(x[rows], order, axis=1)
    box, m, held = Box.everything(len(axes)), n, k
    steps = [Step(box, 1.0, k / n, 1.0)]
    while True:
        peels = _ends(values, holds[order], rows, axes, part, box) if rows else []
        peels += _words(x, holds, inside, words)
        best, score, before = None, (0.0, 0), set(box.restricted)
        for one in peels:
            if m - one.removed >= max(least, 1):
                gain = ((held - one.held) / (m - one.removed) - held / m) / one.removed
                this = (gain, -len(before) - (one.axis not in before))
                if gain > 0 and this > score:
                    best, score = one, this
        if best is None:
            return tuple(steps)
        box, m, held = best.off(box), m - best.removed, held - best.held
        inside = box.holds(x)
        kept = inside[order]
        order, values = order[kept].reshape(len(rows), m), values[kept].reshape(len(rows), m)
        steps.append(Step(box, held / k, held / m, m / n))


def _ends(
    values: Reals, holds: Truths, rows: Sequence[int], axes: Sequence[Axis], part: float, box: Box
) -> list[_Peel]:
    """Slices at both ends of each axis; `values` and `holds` are sorted by axis, [row, draw]."""
    import numpy as np

    m = values.shape[1]
    size = int((m - 1) * part) + 1
    counted = np.cumsum(holds, axis=1)
    below = (values <= values[:, size - 1, None]).sum(axis=1)
    above = (values >= values[:, m - size, None]).sum(axis=1)
    peels: list[_Peel] = []
    for r, axis in enumerate(rows):
        row, total = values[r], int(counted[r, -1])
        low, high = box.low[axis], box.high[axis]
        a, b = int(above[r]), int(below[r])
        if a < m:
            bound = _between(row[m - a - 1], row[m - a], axes[axis].stepped, upper=True)
            left = int(counted[r, m - a - 1])
            peels.append(_Peel(a, total - left, axis, low, bound))
        if b < m:
            bound = _between(row[b - 1], row[b], axes[axis].stepped, upper=False)
            peels.append(_Peel(b, int(counted[r, b - 1]), axis, bound, high))
    return peels


def _between(left: float, right: float, stepped: bool, upper: bool) -> float:
    """A bound between two values, one inside and one outside; that inside if only some values occur."""
    if stepped:
        return float(left if upper else right)
    middle = float(left + (right - left) / 2)
    if left < middle < right:
        return middle
    return float(left if upper else right)  # between neighbouring numbers there is none


def _words(x: Reals, holds: Truths, inside: Truths, words: Sequence[int]) -> list[_Peel]:
    """Each word that is left, on its own."""
    import numpy as np

    peels: list[_Peel] = []
    for axis in words:
        codes = x[axis, inside]
        present = np.unique(codes)
        for code in present if len(present) > 1 else ():
            out = codes == code
            peels.append(_Peel(int(out.sum()), int(holds[inside][out].sum()), axis, code=float(code)))
    return peels


def paste(x: Reals, holds: Truths, axes: Sequence[Axis], box: Box, part: float) -> Box:
    """Move bounds back out as long as the density does not fall.

    Candidates are the draws just outside one bound and within all others (a share `part` of those
    inside, with all equal to the last; a bound beyond which no more are left is given up), and each
    barred word. The densest is added; one that lowers the density never is.

    Args:
        x: Shape [axis, draw].
        holds: Shape [draw].
        axes: What the rows of `x` are.
        box: A box with at least one draw inside.
        part: In (0, 0.5).

    Source:
        Friedman and Fisher (1999). Departures: an equal density is enough.
    """
    while True:
        inside = box.holds(x)
        n, k = int(inside.sum()), int(holds[inside].sum())
        best, score = None, (k / n, 0)
        for wider in _wider(x, axes, box, int(n * part) + 1):
            there = wider.holds(x)
            size = int(there.sum())
            this = (float(holds[there].mean()), size)
            if this >= score and (size > n or wider.restricted != box.restricted):
                best, score = wider, this
        if best is None:
            return box
        box = best


def _wider(x: Reals, axes: Sequence[Axis], box: Box, size: int) -> list[Box]:
    """The box with one bound moved out, or one word allowed again."""
    import numpy as np

    found = [replace(box, barred=box.barred - {pair}) for pair in sorted(box.barred)]
    for axis in box.restricted:
        low, high = box.low[axis], box.high[axis]
        if low > -FREE:
            outside = x[axis, box.with_bounds(axis, -FREE, high).holds(x) & (x[axis] < low)]
            bound = -FREE
            if len(outside) > size:
                row = np.sort(outside)
                cut = int(np.searchsorted(row, row[-size]))
                if cut > 0:
                    bound = _between(row[cut - 1], row[cut], axes[axis].stepped, upper=False)
            found.append(box.with_bounds(axis, bound, high))
        if high < FREE:
            outside = x[axis, box.with_bounds(axis, low, FREE).holds(x) & (x[axis] > high)]
            bound = FREE
            if len(outside) > size:
                row = np.sort(outside)
                cut = int(np.searchsorted(row, row[size - 1], side="right"))
                if cut < len(row):
                    bound = _between(row[cut - 1], row[cut], axes[axis].stepped, upper=True)
            found.append(box.with_bounds(axis, low, bound))
    return found
