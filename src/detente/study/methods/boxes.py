"""Where something holds: boxes of assumptions, found by peeling (PRIM).

A box bounds a few parameters and leaves the others free. Of the draws inside, a large share should
be ones in which it holds (density), and of those in which it holds, a large share should be inside
(coverage). Pure functions of numbers; the same numbers give the same boxes. Definitions:
``docs/theory/boxes.md``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import UsageError
from detente.study.methods.peeling import Axis, Box, Step, paste, peel
from detente.study.verdicts import wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

LEAST_DRAWS = 200
"""Draws that counting boxes needs."""
LEAST_EACH = 20
"""Draws that there must be of each kind: those in which it holds and those in which it does not."""


@dataclass(frozen=True, slots=True)
class Search:
    """How a box is looked for.

    Attributes:
        part: Share of a box that a peel takes off, in (0, 0.5).
        least: Share of all draws that a box must hold, in (0, 1).
        level: Largest quasi-p-value of a restriction that stays.

    Raises:
        UsageError: A share is outside.
    """

    part: float = 0.05
    least: float = 0.05
    level: float = 0.05

    def __post_init__(self) -> None:
        part, least = self.part, self.least
        if not (0 < part < 0.5 and 0 < least < 1):
            raise UsageError(f"part, least: found {part}, {least}, expected 0 < part < 0.5 and 0 < least < 1")


USUAL = Search()
"""The search that is made unless another is asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A box, and what it is worth.

    Attributes:
        box: The box: what is left after peeling, pasting, and dropping what chance could explain.
        steps: The peeling, from all draws to the smallest box.
        chosen: The step that was taken from there.
        inside: Solved draws inside.
        held: Those of them in which it holds.
        density: Share of the draws inside in which it holds.
        low: Lower end of the density's 95 % interval (Wilson).
        high: Upper end. The interval takes the box for given; see `detente.study.methods.repeats` for what
            the search adds.
        coverage: Share of all draws in which it holds that are inside.
        mass: Share of all draws that are inside.
        overall: Share of all draws in which it holds.
        failed: Share of the draws inside that were not solved; they are in no other number.
        p: For each axis, the quasi-p-value of its restriction; NaN where it is free.
        spans: Smallest and largest value drawn, shape [axis, 2].
    """

    box: Box
    steps: tuple[Step, ...]
    chosen: int
    inside: int
    held: int
    density: float
    low: float
    high: float
    coverage: float
    mass: float
    overall: float
    failed: float
    p: Reals
    spans: Reals


def find_box(
    x: ArrayLike,
    holds: ArrayLike,
    axes: Sequence[Axis],
    *,
    solved: ArrayLike | None = None,
    search: Search = USUAL,
) -> Found:
    """The box of assumptions in which something mostly holds.

    The draws are peeled; the step at the knee of coverage and density is taken; bounds are moved
    back out where that costs no density; restrictions that chance could explain (quasi-p-value
    above the level) are dropped, the weakest first.

    Args:
        x: Parameters, shape [axis, draw], of all draws, solved or not.
        holds: Whether it holds, shape [draw]; what stands where `solved` is false is ignored.
        axes: What the rows of `x` are.
        solved: False where the solve failed, shape [draw]; None if none failed.
        search: How it is looked for.

    Raises:
        UsageError: Too few draws, or all on one side; numbers that are not finite; other shapes.

    Source:
        Friedman, J. H. & Fisher, N. I. (1999), Bump hunting in high-dimensional data, Statistics
        and Computing 9:123-143; Bryant, B. P. & Lempert, R. J. (2010), Thinking inside the box,
        Technological Forecasting and Social Change 77:34-49. Departures: the box is chosen by a
        rule and not by eye; pasting starts from the box chosen.
    """
    return find_boxes(x, holds, axes, solved=solved, search=search, most=1)[0]


def find_boxes(
    x: ArrayLike,
    holds: ArrayLike,
    axes: Sequence[Axis],
    *,
    solved: ArrayLike | None = None,
    search: Search = USUAL,
    most: int = 3,
) -> tuple[Found, ...]:
    """Boxes of assumptions in which something mostly holds, one after the other.

    Each is looked for among the draws outside those before it, as long as at least `LEAST_EACH` of
    either kind are left and the box found is denser than all draws are, by more than its interval.

    Args:
        x: As for `find_box`, and so are the others.
        holds: See there.
        axes: See there.
        solved: See there.
        search: See there.
        most: Boxes at most.

    Returns:
        At least one box; the first may restrict nothing. Coverage, mass and failures are shares of
        all draws; density and its interval are of all draws in the box, also those in earlier ones.

    Raises:
        UsageError: As `find_box`.
    """
    import numpy as np

    numbers, truths, good = checked_draws(x, holds, axes, solved)
    known, true = numbers[:, good], truths[good]
    spans = np.stack((numbers.min(axis=1), numbers.max(axis=1)), axis=1)
    left = np.ones(len(true), dtype=bool)
    found: list[Found] = []
    while len(found) < most and enough(true[left]):
        steps = peel(known[:, left], true[left], axes, search.part, math.ceil(search.least * len(true)))
        chosen = knee(steps)
        box = paste(known[:, left], true[left], axes, steps[chosen].box, search.part)
        box = _without_chance(known[:, left], true[left], box, search.level)
        inside = box.holds(known)
        n, k = int(inside.sum()), int(true[inside].sum())
        everywhere = box.holds(numbers)
        one = Found(
            box,
            steps,
            chosen,
            n,
            k,
            k / n,
            *wilson(k, n),
            k / int(true.sum()),
            n / len(true),
            float(true.mean()),
            float((everywhere & ~good).sum() / everywhere.sum()),
            quasi_p(known[:, left], true[left], box),
            spans,
        )
        if found and not one.low > one.overall:
            break
        found.append(one)
        left &= ~inside
    return tuple(found)


def knee(steps: Sequence[Step]) -> int:
    """The step with the largest sum of coverage and of what density has gained.

    The gain is a share of the most that there is to gain: from the density of all draws to 1. So
    the step is the one farthest above the straight line from all draws (coverage 1, nothing
    gained) to a box that is perfect and empty (coverage 0, all gained); the first of equals.
    """
    overall = steps[0].density
    heights = [s.coverage + (s.density - overall) / (1 - overall) for s in steps]
    return heights.index(max(heights))


def quasi_p(x: Reals, holds: Truths, box: Box) -> Reals:
    """Could chance explain a restriction?

    For each restricted axis: the probability that as many draws as in the box hold, or more, if
    each held with the density of the box without this restriction. The box was chosen because it
    is dense, so these are not p-values in the strict sense.

    Args:
        x: Shape [axis, draw].
        holds: Shape [draw].
        box: A box with at least one draw inside.

    Returns:
        Shape [axis]; NaN where the axis is free.

    Source:
        Bryant and Lempert (2010), appendix.
    """
    import numpy as np
    from scipy.special import bdtrc

    inside = box.holds(x)
    n, k = int(inside.sum()), int(holds[inside].sum())
    p = np.full(len(x), np.nan)
    for axis in box.restricted:
        density = holds[box.without(axis).holds(x)].mean()
        p[axis] = float(bdtrc(k - 1, n, density)) if k else 1.0
    return p


def _without_chance(x: Reals, holds: Truths, box: Box, level: float) -> Box:
    """Drop restrictions that chance could explain, the weakest first."""
    import numpy as np

    while box.restricted:
        p = quasi_p(x, holds, box)
        weakest = int(np.nanargmax(p))
        if p[weakest] <= level:
            break
        box = box.without(weakest)
    return box


def enough(holds: Truths) -> bool:
    """Whether there are `LEAST_EACH` draws of either kind."""
    return LEAST_EACH <= int(holds.sum()) <= len(holds) - LEAST_EACH


def checked_draws(
    x: ArrayLike,
    holds: ArrayLike,
    axes: Sequence[Axis],
    solved: ArrayLike | None,
) -> tuple[Reals, Truths, Truths]:
    """Parameters, truths, and which draws count.

    Raises:
        UsageError: As `find_box` says.
    """
    import numpy as np

    numbers, truths = np.asarray(x, dtype=np.float64), np.asarray(holds)
    if numbers.ndim != 2 or len(numbers) != len(axes) or not numbers.size:
        raise UsageError(f"x: found shape {list(numbers.shape)}, expected [axis, draw] with {len(axes)} axes")
    good = np.ones(numbers.shape[1], dtype=bool) if solved is None else np.asarray(solved)
    for name, given in (("holds", truths), ("solved", good)):
        if given.shape != numbers.shape[1:] or given.dtype != bool:
            raise UsageError(
                f"{name}: found {given.dtype} of shape {list(given.shape)}, expected true or false for each"
                f" of {numbers.shape[1]:,} draws"
            )
    for axis, row in zip(axes, numbers, strict=True):
        if not np.isfinite(row).all():
            raise UsageError(f"{axis.name}: found a number that is not finite, expected none in any draw")
    n, k = int(good.sum()), int(truths[good].sum())
    if n < LEAST_DRAWS:
        raise UsageError(f"draws: found {n:,} that were solved, expected at least {LEAST_DRAWS}: solve more")
    if not enough(truths[good]):
        raise UsageError(
            f"holds: found {k:,} of {n:,} draws in which it holds, expected at least {LEAST_EACH} on either"
            " side: there is too little to tell apart; solve more draws, or ask about another threshold"
        )
    return numbers, truths, good
