"""Shapley effects: what each uncertain parameter contributes to an output, dependent or not.

A parameter's share is what knowing it explains, averaged over all orders in which parameters can
become known. The shares add up to the whole variance. Definitions: ``docs/theory/sensitivity.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.case import Case
from detente.errors import UsageError
from detente.study.methods.effects import Effects, checked, middle, refuse_constant, resampling, whole
from detente.study.methods.sensitivity import LEAST_POINTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from detente.study.draws import Draws

    Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """Where to solve for Shapley effects: walks from one draw to another.

    Each step of a walk makes one more parameter that of the draw at its end, the others drawn
    anew given those.

    Attributes:
        order: The parameter of each step, shape [parameter, point].
        shares: Shares of the priors, in (0, 1), shape [1 + parameters, parameter, point]; the
            priors' correlations are in them already.
    """

    order: NDArray[np.int64]
    shares: Reals


def walks(names: Sequence[str], seed: int, start: int, stop: int, latent: ArrayLike | None = None) -> Walks:
    """Where to solve for Shapley effects; parameters may be correlated.

    Args:
        names: Of the parameters.
        seed: Seed of the scrambling and of the orders.
        start: First point, from 0.
        stop: One past the last point.
        latent: Correlations of the parameters' normal scores (a Gaussian copula),
            [parameter, parameter]; None if they are independent.

    Returns:
        The walks, each in a random order; bit for bit the slice of any longer stretch.

    Raises:
        UsageError: The stretch is empty, or no numbers can have these correlations.
    """
    import numpy as np

    from detente.study.draws import points

    width = len(names)
    begin, end = points(2 * width, seed, start, stop).reshape(2, width, -1)
    order = np.random.default_rng(seed).random((stop, width))[start:].argsort(axis=1).T
    step = np.empty_like(order)
    np.put_along_axis(step, order, np.arange(width)[:, None], axis=0)
    known = step < np.arange(width + 1)[:, None, None]
    shares = np.where(known, end, begin)
    if latent is not None and np.any(np.triu(np.asarray(latent), 1)):
        shares = _correlated(shares, order, np.asarray(latent, dtype=np.float64))
    return Walks(order, shares)


def walked(case: Case, seed: int, start: int, stop: int) -> Draws:
    """The steps of a case's walks as draws: those of the first walk, then those of the next.

    Args:
        case: The case.
        seed: Seed of the walks.
        start: First step, from 0.
        stop: One past the last step.
    """
    import numpy as np

    from detente.study.draws import at, dimensions, latent

    names = dimensions(case)
    steps = len(names) + 1
    first, last = start // steps, -(-stop // steps)
    shares = walks(names, seed, first, last, latent(case)).shares
    flat = shares.transpose(1, 2, 0).reshape(len(names), -1)
    return at(case, flat[:, start - first * steps : stop - first * steps], np.arange(start, stop))


def _correlated(shares: Reals, order: NDArray[np.int64], latent: Reals) -> Reals:
    """Give each step the correlations, later parameters of the walk drawn given earlier ones."""
    import numpy as np
    from scipy.special import ndtr, ndtri

    try:
        lower = np.linalg.cholesky(latent[order.T[:, :, None], order.T[:, None, :]])
    except np.linalg.LinAlgError:
        raise UsageError(
            "latent: found correlations that no numbers can have together, expected a positive definite"
            " matrix: weaken one of them"
        ) from None
    independent = ndtri(np.take_along_axis(shares, order[None], axis=1))
    mixed = np.zeros_like(independent)
    # Summed term by term: a matrix product may round differently in another stretch.
    for k in range(len(order)):
        mixed[:, k:] += lower[:, k:, k].T * independent[:, None, k]
    result = np.empty_like(shares)
    np.put_along_axis(result, np.broadcast_to(order, shares.shape), ndtr(mixed), axis=1)
    return np.clip(result, 2.0**-31, 1 - 2.0**-31)


def shapley_effects(
    y: ArrayLike,
    order: NDArray[np.int64],
    *,
    solved: ArrayLike | None = None,
    resamples: int = 200,
    seed: int = 0,
    outputs: Sequence[str] = (),
) -> Effects:
    """Shapley effects from the points of `walks`.

    Before the division by their sum the effects are unbiased and add up exactly to half the mean
    squared difference between the ends of the walks, an unbiased estimate of the variance; so the
    shares add up to 1. A parameter that changes nothing, independent of the others, has exactly 0.
    Intervals: walks drawn again with replacement.

    Args:
        y: Outputs at the points, shape [output, 1 + parameters, point].
        order: Of the walks, [parameter, point].
        solved: False where a solve failed, shape [1 + parameters, point]; a walk with a failure is
            left out. None if none failed.
        resamples: Times that the walks are drawn again.
        seed: Seed of that.
        outputs: Names of the outputs, for messages.

    Raises:
        UsageError: Numbers that are not finite are not marked as failed; an output does not vary;
            fewer than `LEAST_POINTS` walks are left; the shapes do not fit.

    Source:
        Goda, T. (2021), A simple algorithm for global sensitivity analysis with Shapley effects,
        Reliability Engineering & System Safety 213:107702. Departures: parameters that are not
        known yet are drawn given those that are, so that priors may be dependent.
    """
    import numpy as np

    found, failed, place = _steps(y, order, solved, outputs)
    n = found.shape[-1]
    steps = (found[:, -1:] - (found[:, 1:] + found[:, :-1]) / 2) * np.diff(found, axis=1)
    parts = np.empty_like(steps)
    np.put_along_axis(parts, np.broadcast_to(place, steps.shape), steps, axis=1)

    amount = parts @ resampling(n, resamples, seed)
    variance = amount.sum(axis=1, keepdims=True)
    shares = amount / variance
    return Effects(shares[..., 0], *middle(shares[..., 1:]), variance[:, 0, 0], n, failed)


def total_effects(
    y: ArrayLike,
    order: NDArray[np.int64],
    *,
    solved: ArrayLike | None = None,
    resamples: int = 200,
    seed: int = 0,
    outputs: Sequence[str] = (),
) -> Effects:
    """Total effects from the points of `walks` of independent parameters.

    Each step of a walk changes one parameter and leaves the others at independent draws of their
    priors: half its mean squared difference is Jansen's estimate.

    Args:
        y: As for `shapley_effects`, and so are the others.
        order: See there.
        solved: See there.
        resamples: See there.
        seed: See there.
        outputs: See there.

    Raises:
        UsageError: As `shapley_effects`. Whether parameters are independent is for the caller to see to:
            `refuse_dependence`.

    Source:
        Jansen, M. J. W. (1999), Analysis of variance designs for model output, Computer Physics
        Communications 117:35-43. Departures: pairs of points are the steps of walks.
    """
    import numpy as np

    found, failed, place = _steps(y, order, solved, outputs)
    squares = np.diff(found, axis=1) ** 2 / 2
    parts = np.empty_like(squares)
    np.put_along_axis(parts, np.broadcast_to(place, squares.shape), squares, axis=1)
    n = found.shape[-1]
    weights = resampling(n, resamples, seed)
    ends = (found[:, 0] - found[:, -1]) ** 2 / 2
    variance = (ends @ weights)[:, None]
    shares = parts @ weights / variance
    return Effects(shares[..., 0], *middle(shares[..., 1:]), variance[:, 0, 0], n, failed)


def _steps(
    y: ArrayLike, order: NDArray[np.int64], solved: ArrayLike | None, outputs: Sequence[str]
) -> tuple[Reals, float, NDArray[np.int64]]:
    """Outputs along the walks that were solved whole, the share left out, the parameter of each step."""
    import numpy as np

    found, failed = checked(y, "[output, block, point]", solved, LEAST_POINTS, outputs)
    refuse_constant(found[:, [0, -1]], outputs)
    blocks, points = np.shape(y)[1:]
    if order.shape != (blocks - 1, points):
        raise UsageError(f"order: found shape {list(order.shape)}, expected {[blocks - 1, points]} to fit y")
    return found, failed, order[:, whole(solved, (blocks, points))]
