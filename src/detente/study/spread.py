"""How a number is spread over draws: quantiles, and a small picture made of letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.case.case import Case

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 16
BARS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Spread:
    """A number over draws.

    Attributes:
        quantiles: 5, 25, 50, 75 and 95 %.
        low: Smallest value drawn.
        high: Largest value drawn.
        counts: Draws in each of `BINS` bins of equal width between the two.
    """

    quantiles: tuple[float, ...]
    low: float
    high: float
    counts: tuple[int, ...]

    @property
    def picture(self) -> str:
        """The distribution as a row of bars, from `low` to `high`."""
        top = max(self.counts)
        return "".join(BARS[-(-8 * n // top)] for n in self.counts)


def quantiles(x: NDArray[Any]) -> tuple[float, ...]:
    """The five quantiles of an array of shape [draw]."""
    import numpy as np

    return tuple(np.quantile(x, QUANTILES).tolist())


def spread(x: NDArray[Any]) -> Spread:
    """The spread of an array of shape [draw], finite numbers."""
    import numpy as np

    low, high = float(x.min()), float(x.max())
    counts, _ = np.histogram(x, BINS, (low, high if high > low else low + 1))
    return Spread(quantiles(x), low, high, tuple(counts.tolist()))


def beliefs(case: Case, draws: int = 1024) -> dict[str, Spread]:
    """The spread of every uncertain number of a case, before anything is solved."""
    from detente.study.draws import design

    values = design(case, 1, 0, draws).values
    return {name: spread(values[name]) for name in uncertain(case)}


def uncertain(case: Case) -> list[str]:
    """Names of what differs between draws."""
    return [a.name for a in case.assumptions.values() if a.value is None]
