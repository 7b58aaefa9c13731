"""Shapley shares against closed forms: games whose shares are known, and the definition itself."""

from itertools import combinations, permutations

import numpy as np
import pytest

from detente.errors import UsageError
from detente.study.methods.attribution import attribute, left_out, orders

GROUPS = 8


def solved(drawn, worth, spread=0.0):
    """Outputs of all coalitions: `worth` of each draw averaged over all, then without each group."""
    scale = 1 + spread * np.random.default_rng(3).normal(size=64)

    def outputs(coalition):
        rows = np.array(worth(coalition))[:, None] * scale
        parts = [np.delete(rows, s, axis=1).mean(axis=1) for s in left_out(64, GROUPS)]
        return np.stack([rows.mean(axis=1), *parts], axis=1)

    return {c: outputs(c) for c in drawn.coalitions()}


def airport(coalition):
    """The runway that the largest plane needs; Littlechild and Owen (1973) give the shares."""
    return [max((i + 1.0 for i in coalition), default=0.0)]


def airport_shares(m):
    return [sum(1 / (m - k) for k in range(i + 1)) for i in range(m)]


def gloves(coalition):
    """Pairs of a left-hand glove (players 0 and 1) and a right-hand one (the others)."""
    left = len(coalition & {0, 1})
    return [float(min(left, len(coalition) - left))]


@pytest.mark.parametrize("m", [1, 3, 5])
def test_from_every_coalition_the_airport_game_has_its_closed_form(m):
    drawn = orders(m, 100, 0)
    assert drawn.exact
    found = attribute(drawn, solved(drawn, airport))
    assert found.share[0] == pytest.approx(airport_shares(m), abs=1e-14)
    assert (found.order_error == 0).all()


def test_sampled_orders_meet_the_closed_form_within_their_errors_and_add_up_exactly():
    off = []
    for seed in range(20):
        drawn = orders(9, 16, seed)
        assert not drawn.exact
        found = attribute(drawn, solved(drawn, airport))
        off.append((found.share[0] - airport_shares(9)) / found.error[0])
        assert found.share[0].sum() == pytest.approx(9.0, abs=1e-13)
    z = np.array(off)[:, 1:]  # the smallest plane's share is the same in nearly all orders
    assert 0.5 < np.sqrt((z**2).mean()) < 1.5


def test_of_effects_by_threes_among_few_the_orders_leave_no_noise():
    weights = {frozenset(c): 1.0 + i for i, c in enumerate(combinations((0, 2, 4, 5, 7), 3))}
    weights |= {frozenset({1, 6}): -2.0, frozenset({3}): 0.5}

    def worth(c):
        return [sum(w for t, w in weights.items() if t <= c)]

    drawn = orders(9, 16, 4)
    assert not drawn.exact
    found = attribute(drawn, solved(drawn, worth))
    expected = [sum(w / len(t) for t, w in weights.items() if i in t) for i in range(9)]
    assert found.share[0] == pytest.approx(expected, abs=1e-10)
    plain = []
    for order in drawn.each[::2]:
        steps = np.zeros(9)
        for one in (order, order[::-1]):
            for k, i in enumerate(one):
                steps[i] += (worth(frozenset(one[: k + 1]))[0] - worth(frozenset(one[:k]))[0]) / 2
        plain.append(steps)
    assert np.abs(np.mean(plain, axis=0) - expected).max() > 0.5  # what the orders alone are off by


def test_the_definition_is_met_where_all_orders_can_be_listed():
    def worth(c):
        return [len(c) ** 2 + 3.0 * ({0, 2} <= c) - 2.0 * (1 in c), gloves(c)[0]]

    drawn = orders(4, 100, 0)
    found = attribute(drawn, solved(drawn, worth))
    for k in range(2):
        by_hand = np.zeros(4)
        for order in permutations(range(4)):
            for place, i in enumerate(order):
                before = frozenset(order[:place])
                by_hand[i] += (worth(before | {i})[k] - worth(before)[k]) / 24
        assert found.share[k] == pytest.approx(by_hand, abs=1e-14)


def test_pairs_are_told_what_they_do_together():
    weights = np.random.default_rng(0).normal(size=(6, 6))

    def worth(c):
        return [float(sum(c)) + sum(weights[i, j] for i, j in combinations(sorted(c), 2))]

    drawn = orders(6, 2, 5)
    assert not drawn.exact
    found = attribute(drawn, solved(drawn, worth))
    for i, j in combinations(range(6), 2):
        assert found.together[0, i, j] == pytest.approx(weights[i, j], abs=1e-13)
        assert found.together[0, j, i] == found.together[0, i, j]


def test_errors_of_draws_are_those_of_means():
    drawn = orders(3, 10, 0)
    found = attribute(drawn, solved(drawn, airport, spread=0.5))
    scale = 1 + 0.5 * np.random.default_rng(3).normal(size=64)
    parts = scale.reshape(GROUPS, -1).mean(axis=1)
    expected = np.array(airport_shares(3)) * parts.std(ddof=1) / np.sqrt(GROUPS)
    assert found.error[0] == pytest.approx(expected, rel=1e-12)


def test_what_cannot_be_attributed_is_refused_in_words():
    drawn = orders(3, 10, 0)
    values = solved(drawn, airport)
    with pytest.raises(UsageError, match="coalition"):
        attribute(drawn, {k: v for k, v in values.items() if len(k) != 2})
    with pytest.raises(UsageError, match="not finite"):
        attribute(drawn, {**values, frozenset({1}): np.full((1, 1 + GROUPS), np.nan)})
    with pytest.raises(UsageError, match="pairs"):
        orders(3, 1, 0)
