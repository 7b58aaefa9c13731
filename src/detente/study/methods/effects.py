"""Effects of parameters on outputs, and what every estimator of them asks of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

RARE = 10
"""Points at which an output must differ from its commonest value."""
_ROUNDING = 1e-12  # of the largest value: a spread below it is no spread


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Effects of parameters on outputs, as shares of each output's variance.

    Attributes:
        effect: Shape [output, parameter].
        low: Lower ends of 95 % intervals, same shape.
        high: Upper ends.
        variance: Of each output, in its unit squared, shape [output].
        points: Points or draws that the effects are worked out from.
        failed: Share of those given that were left out.
    """

    effect: Reals
    low: Reals
    high: Reals
    variance: Reals
    points: int
    failed: float

    @property
    def sum(self) -> Reals:
        """Sum over the parameters, shape [output]."""
        return self.effect.sum(axis=1)


def checked(
    y: ArrayLike, shape: str, solved: ArrayLike | None, least: int, outputs: Sequence[str] = ()
) -> tuple[Reals, float]:
    """Outputs at the points that were solved, and the share of points left out.

    Args:
        y: Shape [output, point] or [output, block, point].
        shape: Which of the two, in words.
        solved: As `y` without outputs; a point counts if it is true in all blocks. None: all.
        least: Points that are needed.
        outputs: Names of the outputs, for messages.

    Raises:
        UsageError: The shape is another; fewer points are left; a number there is not finite.
    """
    import numpy as np

    array = np.asarray(y, dtype=np.float64)
    if array.ndim != shape.count(",") + 1 or not array.size:
        raise UsageError(f"y: found shape {list(array.shape)}, expected {shape}")
    good = whole(solved, array.shape[1:])
    points, left = len(good), int(good.sum())
    if left < least:
        gone = f" after leaving out {points - left:,} that failed" if left < points else ""
        raise UsageError(f"y: found {left:,} points{gone}, expected at least {least:,}: solve more of them")
    found = array[..., good]
    for i, values in enumerate(found):
        bad = ~np.isfinite(values).reshape(-1, left).all(axis=0)
        if bad.any():
            raise UsageError(
                f"{_named(i, outputs)}: found numbers that are not finite at {int(bad.sum()):,} points, first"
                f" at {np.flatnonzero(good)[bad][0]}; an effect worked out from them would be wrong without a"
                " sign of it: solve these again, or mark them as not solved to leave them out"
            )
    return found, 1 - left / points


def refuse_constant(y: Reals, outputs: Sequence[str] = ()) -> None:
    """Refuse outputs, shape [output, …], without a variance, or with one that hangs on a few points.

    Raises:
        UsageError: An output does not vary, or has its commonest value at all but `RARE` points.
    """
    import numpy as np

    for i, values in enumerate(y):
        name, size = _named(i, outputs), values.size
        if np.ptp(values) <= _ROUNDING * np.abs(values).max():
            raise UsageError(
                f"{name}: found {values.flat[0]:g} at all {size:,} points, expected a number that varies:"
                " there is no variance to divide; leave this output out"
            )
        others = size - int(np.unique(values, return_counts=True)[1].max())
        if others < RARE:
            raise UsageError(
                f"{name}: found one value at all but {others} of {size:,} points, expected at least {RARE}"
                " others: solve more points, or ask for effects on a margin instead of a yes or no"
            )


def whole(solved: ArrayLike | None, shape: tuple[int, ...]) -> Truths:
    """Which points count, shape [point]: those solved in every block.

    Args:
        solved: Truth values of the shape; None if all are solved.
        shape: [point] or [block, point].

    Raises:
        UsageError: `solved` is something else.
    """
    import numpy as np

    if solved is None:
        return np.ones(shape[-1], dtype=bool)
    good = np.asarray(solved)
    if good.shape != shape or good.dtype != bool:
        raise UsageError(
            f"solved: found {good.dtype} of shape {list(good.shape)}, expected true or false of shape"
            f" {list(shape)}"
        )
    return np.logical_and.reduce(good.reshape(-1, shape[-1]), axis=0)


def resampling(points: int, resamples: int, seed: int) -> Reals:
    """Weights of the points, shape [point, 1 + resample]: first each the same, then as drawn again.

    Points are drawn with replacement; columns sum to 1.

    Raises:
        UsageError: Too few resamples for an interval.
    """
    import numpy as np

    if resamples < 20:
        raise UsageError(f"resamples: found {resamples}, expected at least 20 for an interval")
    rng = np.random.default_rng(seed)
    again = [np.bincount(rng.integers(0, points, points), minlength=points) for _ in range(resamples)]
    return np.stack([np.ones(points), *again], axis=1) / points


def middle(again: Reals) -> tuple[Reals, Reals]:
    """Both ends of the middle 95 %, along the last axis."""
    import numpy as np

    low, high = np.quantile(again, (0.025, 0.975), axis=-1)
    return low, high


def _named(i: int, outputs: Sequence[str]) -> str:
    return outputs[i] if i < len(outputs) else f"output {i}"
