"""What drives a run's answers: how much of each the uncertain assumptions account for, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Reals = NDArray[np.float64]

TOP = 8
"""Assumptions that are named."""


@dataclass(frozen=True, slots=True)
class Driver:
    """What knowing one assumption explains.

    Attributes:
        name: Of the parameter or quantity.
        effect: Share of the output's variance that knowing it alone explains.
        low: Lower end of the 95 % interval.
        high: Upper end.
        rank: Rank correlation with the output (Spearman), −1 to 1: which way it works.
    """

    name: str
    effect: float
    low: float
    high: float
    rank: float


@dataclass(frozen=True, slots=True)
class Driven:
    """An output and what drives it.

    Attributes:
        id: Of the claim whose margin it is; "" for the decisive outcome.
        says: In words.
        drivers: The strongest assumptions first; none if `reason` says why.
        sum: Effects of all assumptions added up: the rest is what they do together.
        draws: Draws that it is worked out from.
        reason: Why there is nothing to tell, or "".
    """

    id: str
    says: str
    drivers: tuple[Driver, ...]
    sum: float | None
    draws: int
    reason: str


def driven(id: str, says: str, inputs: Mapping[str, Reals], y: ArrayLike, solved: ArrayLike) -> Driven:
    """What drives one output, from draws already there.

    Args:
        id: See `Driven`.
        says: See there.
        inputs: By name what is uncertain, each of shape [draw]; one that does not vary drives nothing.
        y: The output, shape [draw].
        solved: Which draws count, shape [draw].
    """
    import numpy as np
    from scipy.stats import rankdata

    from detente.study.sensitivity import first_order_given

    good, values = np.asarray(solved, dtype=bool), np.asarray(y, dtype=np.float64)
    moving = {n: x for n, x in inputs.items() if good.any() and np.ptp(x[good]) > 0}
    if not moving:
        return Driven(id, says, (), None, int(good.sum()), "nothing uncertain differs between the draws")
    x = np.stack(list(moving.values()))
    try:
        found = first_order_given(x, values[None], solved=good, outputs=(says,))
    except UsageError as problem:
        return Driven(id, says, (), None, int(good.sum()), str(problem))
    ranks = np.corrcoef(np.stack([rankdata(row) for row in (*x[:, good], values[good])]))[-1]
    effect, low, high = found.effect[0], found.low[0], found.high[0]
    order = np.argsort(-effect, kind="stable")[:TOP]
    names = list(moving)
    return Driven(
        id,
        says,
        tuple(Driver(names[i], *map(float, (effect[i], low[i], high[i], ranks[i]))) for i in order),
        float(found.sum[0]),
        found.points,
        "",
    )
