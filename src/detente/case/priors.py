"""Priors: quantiles to draw from, densities to show, means to print.

Truncation is exact: the quantile of a truncated normal maps 0 to its lower bound and 1 to its
upper, however far out in a tail the bounds lie (sums of probabilities are kept as logarithms, and
the tail that is nearer is the one that is summed).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from detente.case.case import Prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Reals = NDArray[np.float64]


def quantile(prior: Prior, u: ArrayLike) -> Reals:
    """The value below which a share u of the prior lies.

    Args:
        prior: What is believed.
        u: Shares in [0, 1], any shape.

    Returns:
        float64 array of the shape of u, inside the bounds of the prior. For ``choice`` the steps
        are equally likely: ``args[floor(u·n)]``.
    """
    import numpy as np
    from scipy.special import betaincinv

    u = np.asarray(u, dtype=np.float64)
    match prior.kind, prior.args:
        case "uniform", (low, high):
            return np.clip(low + (high - low) * u, low, high)
        case "triangular", (low, mode, high):
            rising = low + np.sqrt(u * (high - low) * (mode - low))
            falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
            return np.clip(np.where(u * (high - low) < mode - low, rising, falling), low, high)
        case "beta", (a, b):
            return prior.low + (prior.high - prior.low) * betaincinv(a, b, u)
        case "normal", (mean, sd):
            lower, upper = (prior.low - mean) / sd, (prior.high - mean) / sd
            return np.clip(mean + sd * _normal_quantile(u, lower, upper), prior.low, prior.high)
        case "lognormal", (median, sigma):
            lower, upper = _log_bounds(prior)
            return np.clip(median * np.exp(sigma * _normal_quantile(u, lower, upper)), prior.low, prior.high)
        case "choice", choices:
            place = np.minimum(np.floor(u * len(choices)).astype(np.int64), len(choices) - 1)
            return np.asarray(choices, dtype=np.float64)[place]
    raise _unknown(prior)


def density(prior: Prior, x: ArrayLike) -> Reals:
    """The prior's density at x, 0 outside its bounds.

    Args:
        prior: What is believed.
        x: Values in the unit of the number, any shape.

    Returns:
        float64 array of the shape of x, per unit of x. A ``choice`` has no density: its
        probabilities are given instead.
    """
    import numpy as np
    from scipy.special import betaln, xlog1py, xlogy

    x = np.asarray(x, dtype=np.float64)
    within = (x >= prior.low) & (x <= prior.high)
    with np.errstate(all="ignore"):
        match prior.kind, prior.args:
            case "uniform", (low, high):
                value = np.full(x.shape, 1 / (high - low))
            case "triangular", (low, mode, high):
                top = 2 / (high - low)
                rising, falling = (x - low) / (mode - low), (high - x) / (high - mode)
                value = top * np.where(x < mode, rising, np.where(x > mode, falling, 1.0))
            case "beta", (a, b):
                width = prior.high - prior.low
                t = np.clip((x - prior.low) / width, 0.0, 1.0)
                value = np.exp(xlogy(a - 1, t) + xlog1py(b - 1, -t) - betaln(a, b)) / width
            case "normal", (mean, sd):
                lower, upper = (prior.low - mean) / sd, (prior.high - mean) / sd
                value = np.exp(_log_bell((x - mean) / sd) - _log_mass(lower, upper)) / sd
            case "lognormal", (median, sigma):
                z = np.log(x / median) / sigma
                value = np.exp(_log_bell(z) - _log_mass(*_log_bounds(prior))) / (sigma * x)
                within = within & (x > 0)
            case "choice", choices:
                within = np.isin(x, choices)
                value = sum((x == choice).astype(np.float64) for choice in choices) / len(choices)
            case _:
                raise _unknown(prior)
    return np.where(within, value, 0.0)


def mean(prior: Prior) -> float:
    """The prior's mean, in closed form."""
    import numpy as np

    match prior.kind, prior.args:
        case "uniform", (low, high):
            return (low + high) / 2
        case "triangular", (low, mode, high):
            return (low + mode + high) / 3
        case "beta", (a, b):
            return prior.low + (prior.high - prior.low) * a / (a + b)
        case "normal", (centre, sd):
            lower, upper = (prior.low - centre) / sd, (prior.high - centre) / sd
            bells = np.exp(_log_bell(np.array([lower, upper])) - _log_mass(lower, upper))
            return float(np.clip(centre + sd * (bells[0] - bells[1]), prior.low, prior.high))
        case "lognormal", (median, sigma):
            lower, upper = _log_bounds(prior)
            shift = _log_mass(lower - sigma, upper - sigma) - _log_mass(lower, upper)
            return float(np.clip(median * math.exp(sigma**2 / 2 + shift), prior.low, prior.high))
        case "choice", choices:
            return math.fsum(choices) / len(choices)
    raise _unknown(prior)


def pearson(rank: float) -> float:
    """The correlation of two normal numbers whose rank correlation (Spearman's) is given."""
    return 2 * math.sin(math.pi * rank / 6)


def _normal_quantile(u: Reals, lower: float, upper: float) -> Reals:
    """Quantile of the standard normal between two bounds, either of which may be infinite."""
    import numpy as np

    from_left = _from_left(u, 1 - u, lower, upper)
    # Above 0 the small probabilities are those on the right: sum these, by symmetry.
    from_right = -_from_left(1 - u, u, -upper, -lower)
    return np.clip(np.where(from_left > 0, from_right, from_left), lower, upper)


def _from_left(u: Reals, rest: Reals, lower: float, upper: float) -> Reals:
    import numpy as np
    from scipy.special import log_ndtr, ndtri_exp

    with np.errstate(divide="ignore"):
        below = np.logaddexp(np.log(rest) + log_ndtr(lower), np.log(u) + log_ndtr(upper))
    return ndtri_exp(np.minimum(below, 0.0))


def _log_mass(lower: float, upper: float) -> float:
    """Logarithm of the standard normal's probability between two bounds."""
    import numpy as np
    from scipy.special import log_ndtr

    if lower > 0:
        lower, upper = -upper, -lower
    most = float(log_ndtr(upper))
    return most + float(np.log(-np.expm1(float(log_ndtr(lower)) - most)))


def _log_bell(z: Any) -> Any:
    return -z * z / 2 - math.log(2 * math.pi) / 2


def _log_bounds(prior: Prior) -> tuple[float, float]:
    """Bounds of a lognormal, in standard deviations of the logarithm from the median."""
    median, sigma = prior.args
    low, high = (
        math.log(bound / median) / sigma if bound > 0 else -math.inf for bound in (prior.low, prior.high)
    )
    return low, high


def _unknown(prior: Prior) -> ValueError:
    return ValueError(f"prior: found {prior.kind} with {len(prior.args)} numbers, expected a kind of Prior")
