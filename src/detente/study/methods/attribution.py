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
from typing import TYPE_CHECKING, Any

from detente.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Reals = NDArray[np.float64]

Coalition = frozenset[int]
"""The mechanisms at work, by their places."""
TOP = 5
"""Mechanisms whose effects by threes are fitted: those that change most."""


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
        II:307-317. With sampled orders a polynomial takes part as a control variate: Goldwasser, J. & Hooker,
        G. (2024), Stabilizing estimates of Shapley values with control variates, Explainable Artificial
        Intelligence (xAI 2024). Errors: jackknife, over pairs of orders and over groups of draws.
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
        share, order_error = _sampled(drawn, table)
    together = np.zeros((m, m, *table[everyone].shape))
    for i, j in combinations(range(m), 2):
        both = table[everyone] - table[everyone - {i}] - table[everyone - {j}] + table[everyone - {i, j}]
        together[i, j] = together[j, i] = both

    return Attribution(
        share[..., 0].T,
        np.hypot(order_error, _jackknife(share[..., 1:]).T),
        order_error,
        table[frozenset()][:, 0],
        table[everyone][:, 0],
        np.moveaxis(together[..., 0], 2, 0),
        np.moveaxis(_jackknife(together[..., 1:]), 2, 0),
    )


def _sampled(drawn: Orders, table: Mapping[Coalition, Reals]) -> tuple[Reals, Reals]:
    """Shares from orders, and their errors of orders: [mechanism, output, 1 + group], [output, mechanism].

    A polynomial in who is at work is fitted to what was solved. Its own shares are known; the orders are
    asked for those of what it misses.
    """
    import numpy as np

    m, coalitions = drawn.count, drawn.coalitions()
    place = {c: n for n, c in enumerate(coalitions)}
    along = np.array([[place[frozenset(order[:k])] for k in range(m + 1)] for order in drawn.each])
    always = [n for n, c in enumerate(coalitions) if len(c) >= m - 2]
    every = np.stack([table[c] for c in coalitions])  # [coalition, output, 1 + group]
    pairs = np.arange(len(drawn.each)) // 2
    shares, errors = [], []
    for k in range(every.shape[1]):
        y = every[:, k]
        big = np.abs(_steps(drawn.each, along, y[:, :1])).mean(axis=0)[:, 0]
        terms = _terms(m, np.argsort(-big, kind="stable")[:TOP].tolist(), len(coalitions))
        columns = np.array([[term <= c for term in terms] for c in coalitions], dtype=float)

        def adjusted(kept: Any, y: Reals, terms: Any = terms, columns: Reals = columns) -> Reals:
            used = np.unique(np.concatenate([along[kept].ravel(), always]))
            weights = np.linalg.lstsq(columns[used], y[used], rcond=None)[0]
            known = np.zeros((m, y.shape[1]))
            for term, weight in zip(terms, weights, strict=True):
                known[list(term)] += weight / max(len(term), 1)
            orders = [drawn.each[i] for i in kept]
            return known + _steps(orders, along[kept], y - columns @ weights).mean(axis=0)

        shares.append(adjusted(np.arange(len(pairs)), y))
        without = np.stack(
            [adjusted(np.flatnonzero(pairs != p), y[:, :1])[:, 0] for p in range(pairs[-1] + 1)]
        )
        errors.append(_jackknife(without, axis=0))
    return np.stack(shares, axis=1), np.array(errors)


def _terms(m: int, big: Sequence[int], solved: int) -> list[Coalition]:
    """Of the polynomial: all mechanisms, all pairs; the large ones by threes, if enough was solved for it."""
    terms = [frozenset(c) for size in range(3) for c in combinations(range(m), size)]
    threes = [frozenset(c) for c in combinations(sorted(big), 3)]
    return [*terms, *threes] if solved >= 2 * (len(terms) + len(threes)) else terms


def _jackknife(without: Reals, axis: int = -1) -> Reals:
    """Standard error, from what comes out without each of several groups."""
    import numpy as np

    n = without.shape[axis]
    off = without - without.mean(axis=axis, keepdims=True)
    return np.sqrt((n - 1) / n * (off**2).sum(axis=axis))


def _steps(orders: Sequence[tuple[int, ...]], along: Any, y: Reals) -> Reals:
    """What each mechanism changes when it comes to work, shape [order, mechanism, column]."""
    import numpy as np

    steps = np.empty((len(orders), along.shape[1] - 1, y.shape[1]))
    for row, order, places in zip(steps, orders, along, strict=True):
        row[list(order)] = np.diff(y[places], axis=0)
    return steps


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
