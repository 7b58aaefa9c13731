"""The same draws under other priors: weights, what they are worth, and shares under them.

Pure functions of numbers. Definitions: ``docs/theory/robustness.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]
    Truths = NDArray[np.bool_]

SHIFT = 0.5
"""By how much a tilt moves an assumption, in standard deviations of its prior."""
LEAST_EFFECTIVE = 100.0
"""Effective draws below which a reweighting is refused."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """A share of draws under weights.

    Attributes:
        share: In [0, 1].
        error: Standard error of the ratio (delta method; draws taken for independent).
        effective: Effective sample size, (Σw)²/Σw² (Kish).
    """

    share: float
    error: float
    effective: float


def effective(weights: Reals) -> float:
    """Kish's effective sample size of weights, shape [draw]; 0 if all are 0.

    Source:
        Kish, L. (1965), Survey Sampling, section 11.7.
    """
    square = float((weights**2).sum())
    return float(weights.sum()) ** 2 / square if square > 0 else 0.0


def weighted(holds: Truths, weights: Reals) -> Weighted:
    """The share in which something holds, by self-normalised importance sampling.

    Args:
        holds: Shape [draw].
        weights: Not negative, not all 0, shape [draw].
    """
    total = float(weights.sum())
    share = float(weights[holds].sum()) / total
    error = float(((weights * (holds - share)) ** 2).sum()) ** 0.5 / total
    return Weighted(share, error, effective(weights))


def tilt(scores: Reals, shift: float) -> Reals:
    """Weights under which normal scores, shape [draw], have their mean moved by `shift`.

    Their variance stays 1, and so does what is believed about everything else, given them.
    """
    import numpy as np

    return np.exp(shift * scores - shift**2 / 2)
