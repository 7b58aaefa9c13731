"""A share of draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.study.verdicts import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Share:
    """A share of draws with its 95 % interval (Wilson).

    Attributes:
        share: In [0, 1].
        low: Lower end.
        high: Upper end.
        draws: Draws that it is taken over.
    """

    share: float
    low: float
    high: float
    draws: int

    @classmethod
    def of(cls, holds: NDArray[Any]) -> Share | None:
        """The share of true entries; None if there is no entry."""
        n, k = len(holds), int(holds.sum())
        return cls(k / n, *wilson(k, n), n) if n else None
