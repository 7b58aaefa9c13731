"""What drives an output: first-order and total effects of uncertain parameters, with intervals.

Pure functions of numbers. A design says where to solve, in shares of each parameter's prior (the
unit cube); an estimator reads what was solved there. An output is any number: a zone, the margin
of a claim (b − a for ``a < b``), or 0 and 1 for its truth. Of the last, first-order effects say
little: what parameters do together is most of it. Definitions: ``docs/theory/sensitivity.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from detente.errors import UsageError
from detente.study.methods.effects import Effects, checked, middle, refuse_constant, resampling, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Reals = NDArray[np.float64]

LEAST_POINTS = 64
"""Points that an estimator from a design needs."""
LEAST_DRAWS = 256
"""Draws that an estimator from given draws needs."""
WAVES = 8
"""Cosines that a curve over a parameter is made of."""
GROUPS = 32
"""Parts of the draws that the jackknife leaves out, one at a time."""
_T = 2.04  # 97.5 % quantile of Student's t with GROUPS − 1 degrees of freedom


# --- Designs ----------------------------------------------------------------------------------


def pick_freeze(
    names: Sequence[str], seed: int, start: int, stop: int, latent: ArrayLike | None = None
) -> Reals:
    """Where to solve for first-order and total effects.

    Blocks A and B are independent; block 2 + i is A with parameter i taken from B. The points are
    those of a scrambled Sobol' sequence of twice as many dimensions; a power of 2 of them is
    balanced best.

    Args:
        names: Of the parameters.
        seed: Seed of the scrambling.
        start: First point, from 0.
        stop: One past the last point.
        latent: Correlations of the parameters' normal scores, [parameter, parameter]; None if
            they are independent.

    Returns:
        Shares of the priors, in (0, 1), shape [2 + parameters, parameter, point]; bit for bit the
        slice of any longer stretch.

    Raises:
        UsageError: The stretch is empty, or parameters are correlated.

    Source:
        Saltelli, A. et al. (2010), Variance based sensitivity analysis of model output, Computer
        Physics Communications 181:259-270.
    """
    import numpy as np

    from detente.study.draws import points

    if latent is not None:
        refuse_dependence(names, latent)
    width = len(names)
    a, b = points(2 * width, seed, start, stop).reshape(2, width, -1)
    mixed = np.repeat(a[None], width, axis=0)
    mixed[np.arange(width), np.arange(width)] = b
    return np.concatenate((a[None], b[None], mixed))


def refuse_dependence(names: Sequence[str], latent: ArrayLike) -> None:
    """Refuse correlated parameters, by name.

    Args:
        names: Of the parameters.
        latent: Correlations of their normal scores, [parameter, parameter].

    Raises:
        UsageError: Some are not 0.
    """
    import numpy as np

    matrix = np.asarray(latent, dtype=np.float64)
    pairs = [
        f"{names[i]} and {names[j]} {matrix[i, j]:.2g}"
        for i, j in zip(*np.nonzero(np.triu(matrix, 1)), strict=True)
    ]
    if pairs:
        raise UsageError(
            f"sensitivity: found correlated parameters ({', '.join(pairs)}); first-order and total"
            " effects divide a variance among independent ones only: ask for Shapley effects"
        )


# --- Estimators -------------------------------------------------------------------------------


def first_and_total(
    y: ArrayLike,
    *,
    solved: ArrayLike | None = None,
    resamples: int = 200,
    seed: int = 0,
    outputs: Sequence[str] = (),
) -> tuple[Effects, Effects]:
    """First-order and total effects from the points of `pick_freeze`.

    The effect of parameter i alone (Saltelli's estimator), and together with everything that it
    takes part in (Jansen's). A parameter that changes nothing has exactly 0. Intervals: points
    drawn again with replacement, as if they were independent; those of a Sobol' sequence are
    spread more evenly, so that intervals of smooth outputs err on the wide side.

    Args:
        y: Outputs at the points, shape [output, 2 + parameters, point].
        solved: False where a solve failed, shape [2 + parameters, point]; a point with a failure
            in any block is left out of all. None if none failed.
        resamples: Times that the points are drawn again.
        seed: Seed of that.
        outputs: Names of the outputs, for messages.

    Returns:
        First-order effects, total effects.

    Raises:
        UsageError: Numbers that are not finite are not marked as failed; an output does not vary;
            fewer than `LEAST_POINTS` points are left.

    Source:
        First-order: Saltelli et al. (2010), table 2 (b). Total: Jansen, M. J. W. (1999), Analysis
        of variance designs for model output, Computer Physics Communications 117:35-43.
        Departures: the variance is that of A and B together, and their mean is taken off first.
    """
    found, failed = checked(y, "[output, block, point]", solved, LEAST_POINTS, outputs)
    refuse_constant(found[:, :2], outputs)
    n = found.shape[-1]
    found = found - found[:, :2].mean(axis=(1, 2), keepdims=True)
    a, b, mixed = found[:, 0], found[:, 1], found[:, 2:]
    change = mixed - a[:, None]
    # Everything is a function of these means, and a resample weighs the points anew.
    weights = resampling(n, resamples, seed)
    product, drift, square = (x @ weights for x in (b[:, None] * change, change, change**2))
    mean, power = (a + b) @ weights / 2, (a**2 + b**2) @ weights / 2
    variance = (power - mean**2)[:, None]
    alone, total = (product - mean[:, None] * drift) / variance, square / 2 / variance

    def effects(x: Reals) -> Effects:
        return Effects(x[..., 0], *middle(x[..., 1:]), variance[:, 0, 0], n, failed)

    return effects(alone), effects(total)


def first_order_given(
    x: ArrayLike,
    y: ArrayLike,
    *,
    solved: ArrayLike | None = None,
    seed: int = 0,
    outputs: Sequence[str] = (),
) -> Effects:
    """First-order effects from draws already there, whatever they were made for.

    A curve is laid through each output over the rank of one parameter at a time (`WAVES` cosines;
    means where the parameter has few values); the variance of the curve is the parameter's, less
    what chance alone would put there. With dependent priors the effect is what knowing the
    parameter explains, also by way of others. Intervals: Student's t from leaving out one of
    `GROUPS` random parts of the draws at a time. In draws of a Sobol' sequence chance puts less
    into the curve than is taken off, at most `WAVES` / draws: upper ends are higher by that, and
    a parameter that does nothing may come out negative by as much.

    Args:
        x: Parameters, shape [parameter, draw].
        y: Outputs, shape [output, draw].
        solved: False where the solve failed, shape [draw]; None if none failed.
        seed: Seed of the parts.
        outputs: Names of the outputs, for messages.

    Raises:
        UsageError: Numbers that are not finite are not marked as failed; an output or a parameter
            does not vary; fewer than `LEAST_DRAWS` draws are left.

    Source:
        Plischke, E. (2010), An effective algorithm for computing global sensitivity indices
        (EASI), Reliability Engineering & System Safety 95:354-360. Departures: cosines of the
        rank in place of a Fourier transform of the reordered draws; the share explained is
        adjusted for its expectation under no effect, as in regression.
    """
    import numpy as np

    found, failed = checked(y, "[output, draw]", solved, LEAST_DRAWS, outputs)
    refuse_constant(found, outputs)
    rows = _parameters(x, solved, found.shape[1])
    n = found.shape[1]
    part = np.random.default_rng(seed).permutation(n) % GROUPS
    order = np.argsort(part, kind="stable")
    part, rows = part[order], rows[:, order]
    centred = (found - found.mean(axis=1, keepdims=True))[:, order]
    effect, low, high = np.empty((3, len(found), len(rows)))
    for i, row in enumerate(rows):
        curve = _curves(row)
        explained = _explained(curve, centred, part)
        free = curve.shape[0] - 1
        adjusted = 1 - (1 - explained) * (n - 1) / (n - 1 - free)
        error = _T * np.sqrt((GROUPS - 1) * adjusted[:, 1:].var(axis=1))
        effect[:, i] = adjusted[:, 0]
        low[:, i], high[:, i] = adjusted[:, 0] - error, explained[:, 0] + error
    return Effects(effect, low, high, found.var(axis=1, ddof=1), n, failed)


def _parameters(x: ArrayLike, solved: ArrayLike | None, draws: int) -> Reals:
    """Parameters of the draws that count, shape [parameter, draw]; refused as `first_order_given` says."""
    import numpy as np

    array = np.asarray(x, dtype=np.float64)
    if array.ndim != 2 or not array.size:
        raise UsageError(f"x: found shape {list(array.shape)}, expected [parameter, draw]")
    rows = array[:, whole(solved, array.shape[1:])]
    if rows.shape[1] != draws:
        raise UsageError(f"x: found {rows.shape[1]:,} draws, expected as many as of y: {draws:,}")
    for i, row in enumerate(rows):
        if not np.isfinite(row).all():
            raise UsageError(f"x: found a number that is not finite in parameter {i}, expected none")
        if row.min() == row.max():
            raise UsageError(
                f"x: found {row[0]:g} in every draw of parameter {i}, expected one that varies: leave it out"
            )
    return rows


def _curves(row: Reals) -> Reals:
    """What curves over a parameter are made of: 1 first, then cosines or values; shape [curve, draw]."""
    import numpy as np
    from scipy.stats import rankdata

    values = np.unique(row)
    if len(values) <= WAVES + 1:
        return np.concatenate((np.ones((1, len(row))), row == values[1:, None]))
    place = (rankdata(row) - 0.5) / len(row)
    return np.cos(np.pi * np.arange(WAVES + 1)[:, None] * place)


def _explained(curve: Reals, y: Reals, part: NDArray[np.int64]) -> Reals:
    """Share of each output's variance that the best curve has.

    Args:
        curve: Shape [curve, draw].
        y: Shape [output, draw].
        part: The part that each draw belongs to, in order, shape [draw].

    Returns:
        Of all draws, then without each part; shape [output, 1 + part].
    """
    import numpy as np

    cuts = np.searchsorted(part, np.arange(1, GROUPS))
    ours, theirs = np.split(curve, cuts, axis=1), np.split(y, cuts, axis=1)

    def without_each(sums: list[Reals]) -> Reals:
        total = np.sum(sums, axis=0)
        return np.stack([total, *(total - one for one in sums)])

    square = without_each([c @ c.T for c in ours])
    product = without_each([c @ z.T for c, z in zip(ours, theirs, strict=True)])
    whole = without_each([(z**2).sum(axis=1) for z in theirs])
    mean = product[:, 0] ** 2 / square[:, :1, 0]
    # A value that only one part has leaves nothing to fit where that part is left out.
    fitted = (product * (np.linalg.pinv(square, hermitian=True) @ product)).sum(axis=1)
    return ((fitted - mean) / (whole - mean)).T
