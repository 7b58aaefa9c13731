"""What drives a run's answers: how much of each the uncertain assumptions account for, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import UsageError
from detente.study.methods.effects import refuse_constant
from detente.study.methods.sensitivity import LEAST_DRAWS, first_order_given

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """A number whose drivers are asked for.

    Attributes:
        id: Of the claim whose margin it is; "" for the decisive outcome.
        says: In words.
        y: Shape [draw].
        solved: Which draws count, shape [draw].
    """

    id: str
    says: str
    y: Reals
    solved: NDArray[np.bool_]


def drivers(inputs: Mapping[str, Reals], outputs: Sequence[Output]) -> tuple[Driven, ...]:
    """What drives each output, from draws already there.

    Args:
        inputs: By name what is uncertain, each of shape [draw]; one that does not vary drives nothing.
        outputs: What is driven. Those that count in the same draws are worked out together.
    """
    groups: dict[bytes, list[Output]] = {}
    for one in outputs:
        groups.setdefault(one.solved.tobytes(), []).append(one)
    found = {
        id(x): d for group in groups.values() for x, d in zip(group, _driven(inputs, group), strict=True)
    }
    return tuple(found[id(one)] for one in outputs)


def _driven(inputs: Mapping[str, Reals], outputs: Sequence[Output]) -> list[Driven]:
    """Of outputs that count in the same draws."""
    import numpy as np
    from scipy.stats import rankdata

    good = outputs[0].solved
    n = int(good.sum())

    def none(one: Output, reason: str) -> Driven:
        return Driven(one.id, one.says, (), None, n, reason)

    moving = {name: x for name, x in inputs.items() if n and np.ptp(x[good]) > 0}
    if not moving:
        return [none(one, "nothing uncertain differs between the draws") for one in outputs]
    reasons = [_refused(one, good) for one in outputs]
    asked = [one for one, reason in zip(outputs, reasons, strict=True) if not reason]
    if not asked:
        return [none(one, reason) for one, reason in zip(outputs, reasons, strict=True)]
    x, y = np.stack(list(moving.values())), np.stack([one.y for one in asked])
    try:
        effects = first_order_given(x, y, solved=good, outputs=[one.says for one in asked])
    except UsageError as problem:
        return [none(one, reason or str(problem)) for one, reason in zip(outputs, reasons, strict=True)]
    ranks = np.corrcoef(rankdata(np.concatenate((x, y))[:, good], axis=1))[len(x) :, : len(x)]
    names, told = list(moving), iter(range(len(asked)))

    def of(k: int, one: Output) -> Driven:
        order = np.argsort(-effects.effect[k], kind="stable")[:TOP]
        rows = (effects.effect[k], effects.low[k], effects.high[k], ranks[k])
        top = tuple(Driver(names[i], *(float(row[i]) for row in rows)) for i in order)
        return Driven(one.id, one.says, top, float(effects.sum[k]), effects.points, "")

    return [
        none(one, reason) if reason else of(next(told), one)
        for one, reason in zip(outputs, reasons, strict=True)
    ]


def _refused(one: Output, good: NDArray[np.bool_]) -> str:
    """Why an output has no drivers of its own, or ""; what all lack is found out later."""
    if int(good.sum()) < LEAST_DRAWS:
        return ""
    try:
        refuse_constant(one.y[None, good], (one.says,))
    except UsageError as problem:
        return str(problem)
    return ""
