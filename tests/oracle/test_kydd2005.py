"""The trust threshold, and the set of equilibria on either side of it."""

from functools import cache

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("kydd2005")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
MOST, LEAST, MIXED = 0, 1, 2
TABLE = {(3, 0, 2, 4, 1): 1 / 2, (3, -1, 2, 4, 1): 2 / 3, (2, 0, 1.9, 3, 1): 1 / 1.1, (5, 0, 1, 6, 2): 1 / 3}
NAMES = ("reward", "exploited", "temptation", "temptation_untrustworthy", "punishment")  # R, S, T_t, T_u, P


def answers(games, trust, selection=MOST):
    records = dict(zip(NAMES, games, strict=True)) | {"trust": trust, "selection": selection}
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=1, chunk=32)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def needed(games):
    r, s, t, _, p = games
    return (p - s) / ((r - t) + (p - s))


@cache
def drawn(count=32, seed=6):
    """Random games and trust, on both sides of the threshold, none within 0.002 of it."""
    draw, rows = np.random.default_rng(seed), []
    while len(rows) < count:
        s, p = np.sort(draw.uniform(-1, 1, 2))
        t, r, u = np.sort(draw.uniform(-1, 3, 3))
        trust = draw.uniform(0.02, 0.98)
        if abs(needed((r, s, t, u, p)) - trust) > 2e-3 and min(p - s, r - t, u - r) > 0.02:
            rows.append((r, s, t, u, p, trust))
    rows = np.array(rows).T
    return rows[:5], rows[5]


@cache
def found(selection):
    return answers(*drawn(), selection)


def test_the_printed_thresholds():
    games = np.array(list(TABLE)).T
    m = np.array(list(TABLE.values()))
    below, above = (answers(games, m + x) for x in (-1e-8, 1e-8))
    np.testing.assert_array_equal(below["holds_trust"], 0)
    np.testing.assert_array_equal(above["holds_trust"], 1)
    np.testing.assert_allclose(below["cooperation"], 0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(above["cooperation"], 1, rtol=0, atol=1e-9)


def test_cooperation_is_an_equilibrium_exactly_where_there_is_trust_enough():
    games, trust = drawn()
    enough = trust > needed(games)
    assert 8 < enough.sum() < 24
    np.testing.assert_array_equal(found(MOST)["holds_trust"], enough)
    np.testing.assert_array_equal(found(MOST)["holds_distrust"], 1)
    np.testing.assert_allclose(found(MOST)["cooperation"], enough, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found(LEAST)["cooperation"], 0, rtol=0, atol=1e-9)


def test_values_and_who_cooperates():
    games, trust = drawn()
    r, s, _, u, p = games
    together = trust * (trust * r + (1 - trust) * s) + (1 - trust) * (trust * u + (1 - trust) * p)
    enough = trust > needed(games)
    np.testing.assert_allclose(found(MOST)["value"], np.where(enough, together, p), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found(MOST)["both_cooperate"], enough * trust**2, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found(MOST)["cooperation_untrustworthy"], 0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found(LEAST)["value"], p, rtol=0, atol=1e-9)


def test_the_set_of_equilibria_is_one_below_the_threshold_and_three_above():
    games, trust = drawn()
    enough = trust > needed(games)
    np.testing.assert_array_equal(found(MIXED)["equilibria_found"], np.where(enough, 3, 1))
    c = np.where(enough, needed(games) / trust, 0)
    np.testing.assert_allclose(found(MIXED)["cooperation"], c, rtol=0, atol=1e-9)


def test_what_an_untrustworthy_side_gains_changes_no_threshold():
    games, trust = drawn()
    changed = games + np.array([0, 0, 0, 1.0, 0])[:, None]
    np.testing.assert_array_equal(answers(changed, trust)["holds_trust"], found(MOST)["holds_trust"])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"temptation": 3.5}, "temptation < reward"),
        ({"temptation_untrustworthy": 2.5}, "reward < temptation_untrustworthy"),
        ({"exploited": 1.0}, "exploited < punishment"),
    ],
)
def test_what_the_theory_does_not_cover_is_refused(change, text):
    solved = solve(MODEL, {**DEFAULT, **change}, horizon=1, chunk=32)
    assert solved.status == (f"not solved: needs {text}",)
