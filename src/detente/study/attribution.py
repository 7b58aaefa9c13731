"""Why: Shapley shares of mechanisms in what comes out, and what pairs of them do together.

A mechanism's share is what it changes, averaged over all orders in which mechanisms can come to
work, from none of them to the case as it is. Shares add up to the whole change. Pure functions of
numbers. Definitions: ``docs/theory/attribution.md``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from detente.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Reals = NDArray[np.float64]

Coalition = frozenset[int]
"""The mechanisms at work, by their places."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders in which mechanisms come to work.

    Attributes:
        each: The orders, an order and its reverse next to one another; all of them, if `exact`.
        exact: Whether shares are worked out from every coalition, without sampling.
        count: Mechanisms.
    """

    each: tuple[tuple[int, ...], ...]
    exact: bool
    count: int

    def coalitions(self) -> tuple[Coalition, ...]:
        """What has to be solved, each once: along the orders, and all without one or two mechanisms."""
        everyone = frozenset(range(self.count))
        wanted = {everyone: None, frozenset(): None}
        if self.exact:
            return tuple(
                frozenset(c) for size in range(self.count + 1) for c in combinations(range(self.count), size)
            )
        for order in self.each:
            wanted |= dict.fromkeys(frozenset(order[:k]) for k in range(self.count + 1))
        for size in (1, 2):
            wanted |= dict.fromkeys(everyone - set(c) for c in combinations(range(self.count), size))
        return tuple(wanted)


def orders(count: int, pairs: int, seed: int) -> Orders:
    """Orders drawn at random, each with its reverse; every coalition instead where that is no more work.

    Args:
        count: Mechanisms, at least 1.
        pairs: Orders drawn, at least 2.
        seed: Seed of the drawing.

    Source:
        Mitchell, R. et al. (2022), Sampling permutations for Shapley value estimation, Journal of
        Machine Learning Research 23(43):1-46 (antithetic sampling).
    """
    import numpy as np

    if count < 1 or pairs < 2:
        raise UsageError(f"count, pairs: found {count}, {pairs}, expected at least 1 and 2")
    if 2**count <= 2 * pairs * (count - 1) + 2:
        return Orders((), True, count)
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(pairs):
        order = tuple(draw.permutation(count).tolist())
        found += [order, order[::-1]]
    return Orders(tuple(found), False, count)


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Shares of mechanisms in outputs, in the outputs' units.

    Attributes:
        share: Shape [output, mechanism].
        error: Standard errors, same shape: of drawing orders and of drawing draws together.
        order_error: Their part that comes from drawing orders; 0 if exact.
        none: Each output with no mechanism at work, shape [output].
        all: Each output in the case as it is.
        together: What two mechanisms do together beyond what each does, in the case as it is:
            v(all) − v(without i) − v(without j) + v(without both); shape [output, mechanism,
            mechanism], symmetric, 0 on the diagonal.
        together_error: Standard errors, from drawing draws.
    """

    share: Reals
    error: Reals
    order_error: Reals
    none: Reals
    all: Reals
    together: Reals
    together_error: Reals


def attribute(drawn: Orders, values: Mapping[Coalition, ArrayLike]) -> Attribution:
    """Shapley shares from the outputs of coalitions.

    Args:
        drawn: From `orders`.
        values: For each of its coalitions the outputs, shape [output, 1 + group]: from all draws,
            then with each group of draws left out (at least two groups), for the jackknife.

    Returns:
        The shares. In every group their sum is v(all) − v(none) but for rounding.

    Raises:
        UsageError: A coalition is missing, or a number is not finite.

    Source:
        Shapley, L. S. (1953), A value for n-person games, Contributions to the Theory of Games
        II:307-317; errors of draws: delete-a-group jackknife.
    """
    import numpy as np

    table = {c: np.asarray(v, dtype=np.float64) for c, v in values.items()}
    for coalition in drawn.coalitions():
        if coalition not in table:
            raise UsageError(f"values: found none for {sorted(coalition)}, expected all coalitions")
        if not np.isfinite(table[coalition]).all():
            raise UsageError(
                f"values: found a number that is not finite for {sorted(coalition)}; leave out the draws that"
                " failed in any coalition"
            )
    m, everyone = drawn.count, frozenset(range(drawn.count))
    groups = table[everyone].shape[1] - 1
    if groups < 2:
        raise UsageError(f"values: found {groups} groups of draws, expected at least 2")

    if drawn.exact:
        share = np.stack([sum(w * (table[s | {i}] - table[s]) for s, w in _without(i, m)) for i in range(m)])
        order_error = np.zeros((share.shape[1], m))
    else:
        steps = np.empty((len(drawn.each), m, *table[everyone].shape))
        for row, order in zip(steps, drawn.each, strict=True):
            for k, i in enumerate(order):
                row[i] = table[frozenset(order[: k + 1])] - table[frozenset(order[:k])]
        pairs = (steps[::2] + steps[1::2]) / 2
        share = pairs.mean(axis=0)
        order_error = (pairs[..., 0].std(axis=0, ddof=1) / math.sqrt(len(pairs))).T
    together = np.zeros((m, m, *table[everyone].shape))
    for i, j in combinations(range(m), 2):
        both = table[everyone] - table[everyone - {i}] - table[everyone - {j}] + table[everyone - {i, j}]
        together[i, j] = together[j, i] = both

    def draw_error(x: Reals) -> Reals:
        """Jackknife, along the last axis."""
        without = x[..., 1:]
        off = without - without.mean(axis=-1, keepdims=True)
        return np.sqrt((groups - 1) / groups * (off**2).sum(axis=-1))

    return Attribution(
        share[..., 0].T,
        np.hypot(order_error, draw_error(share).T),
        order_error,
        table[frozenset()][:, 0],
        table[everyone][:, 0],
        np.moveaxis(together[..., 0], 2, 0),
        np.moveaxis(draw_error(together), 2, 0),
    )


def _without(i: int, m: int) -> Iterator[tuple[Coalition, float]]:
    """Coalitions without mechanism i, with their weights."""
    others = [k for k in range(m) if k != i]
    for size in range(m):
        weight = math.factorial(size) * math.factorial(m - size - 1) / math.factorial(m)
        for c in combinations(others, size):
            yield frozenset(c), weight


def left_out(draws: int, groups: int) -> Sequence[slice]:
    """Groups of draws of about the same size, in order, for the jackknife."""
    cuts = [round(k * draws / groups) for k in range(groups + 1)]
    return [slice(a, b) for a, b in pairwise(cuts)]
