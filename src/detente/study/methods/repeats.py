"""How sure a box of assumptions is: the search repeated on draws drawn again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import UsageError
from detente.study.methods.boxes import USUAL, Search, checked_draws, enough, find_box
from detente.study.methods.peeling import Axis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reproduced:
    """What becomes of a box when draws are drawn again and the search is repeated.

    Attributes:
        share: For each axis, share of the repetitions that restrict it.
        lows: For each axis, 5 and 95 % quantiles of its lower bound where there is one, else NaN;
            shape [axis, 2].
        highs: Likewise of its upper bound.
        density: Mean density of the repeated boxes among the draws that their search had not seen.
        coverage: Their mean coverage of these.
        resamples: Repetitions.
    """

    share: Reals
    lows: Reals
    highs: Reals
    density: float
    coverage: float
    resamples: int


def reproduce(
    x: ArrayLike,
    holds: ArrayLike,
    axes: Sequence[Axis],
    *,
    solved: ArrayLike | None = None,
    search: Search = USUAL,
    resamples: int = 20,
    seed: int = 0,
) -> Reproduced:
    """Repeat the search for a box on draws drawn again with replacement.

    Args:
        x: As for `find_box`, and so are the others.
        holds: See there.
        axes: See there.
        solved: See there.
        search: See there.
        resamples: Repetitions, at least 10.
        seed: Seed of the drawing.

    Raises:
        UsageError: As `find_box`; too few resamples.

    Source:
        Bryant and Lempert (2010). Departures: the whole search is repeated, choice of the box
        included; boxes are tried on draws that their search had not seen.
    """
    import numpy as np

    if resamples < 10:
        raise UsageError(f"resamples: found {resamples}, expected at least 10")
    numbers, truths, good = checked_draws(x, holds, axes, solved)
    known, true = numbers[:, good], truths[good]
    rng = np.random.default_rng(seed)
    lows, highs = np.full((2, resamples, len(axes)), np.nan)
    restricted = np.zeros((resamples, len(axes)), dtype=bool)
    worth = np.zeros(3)
    for i in range(resamples):
        again = rng.integers(0, len(true), len(true))
        if not enough(true[again]):
            continue
        box = find_box(known[:, again], true[again], axes, search=search).box
        restricted[i, list(box.restricted)] = True
        lows[i], highs[i] = box.low, box.high
        unseen = np.ones(len(true), dtype=bool)
        unseen[again] = False
        inside = box.holds(known) & unseen
        worth += inside.sum(), true[inside].sum(), true[unseen].sum()

    def range_of(bounds: Reals) -> Reals:
        there = [column[np.isfinite(column)] for column in bounds.T]
        return np.array([np.quantile(c, (0.05, 0.95)) if len(c) else (np.nan, np.nan) for c in there])

    inside, held, all_held = worth.tolist()
    return Reproduced(
        restricted.mean(axis=0),
        range_of(lows),
        range_of(highs),
        held / inside if inside else math.nan,
        held / all_held if all_held else math.nan,
        resamples,
    )
