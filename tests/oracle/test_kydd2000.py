"""The reassurance window: where a first step is believed and dared, and what there is outside of it."""

from functools import cache

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("kydd2000")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
DISTRUST, PARTIAL, REASSURANCE = range(3)
NAMES = ("reward", "exploited", "temptation", "temptation_untrustworthy", "punishment", "trust")
TABLE = {  # R, S, T_t, T_u, P, t: lo, hi
    (3, 0, 2, 4, 1, 0.4): (6 / 11, 0.8),
    (3, 0, 2, 3.5, 1, 0.4): (5 / 9, 0.8),
    (3, -1, 2, 3.2, 1, 0.5): (0.5, 2 / 3),
    (3, -1, 2, 3.2, 1, 0.45): (0.99 / 2.18, 18 / 31),
}
EDGE = 1e-7


def answers(games, stake):
    records = dict(zip(NAMES, games, strict=True)) | {"first_stake": stake}
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=1, chunk=8)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def window(games):
    r, s, t, u, p, trust = games
    doubt = (1 - trust) * (p - s)
    return (
        trust * (u - p) / (trust * (u - p) + trust * (u - r) + doubt),
        trust * (r - p) / (trust * (t - p) + doubt),
    )


def values(games, stake):
    """Value of reassurance to a side that does not know itself yet."""
    r, s, _, u, p, trust = games
    mine = trust * r + (1 - trust) * (stake * s + (1 - stake) * p)
    other = trust * (stake * u + (1 - stake) * p) + (1 - trust) * p
    return trust * mine + (1 - trust) * other


@cache
def drawn(count=8, seed=7):
    """Random games with a window inside (0, 1)."""
    draw, rows = np.random.default_rng(seed), []
    while len(rows) < count:
        s, p, t, r, u = np.sort(draw.uniform(0, 4, 5))
        trust = draw.uniform(0.1, 0.9) * (p - s) / (r - t + p - s)
        row = np.array([r, s, t, u, p, trust])
        lo, hi = window(row)
        if 0.05 < lo < hi - 0.05 < 0.9 and min(p - s, r - t, u - r) > 0.05:
            rows.append(row)
    return np.array(rows).T


def test_the_printed_windows():
    games = np.array(list(TABLE)).T
    lo, hi = window(games)
    np.testing.assert_allclose((lo, hi), np.array(list(TABLE.values())).T, rtol=0, atol=1e-15)
    inside = answers(np.concatenate([games, games], axis=1), np.concatenate([lo + EDGE, hi - EDGE]))
    np.testing.assert_array_equal(inside["equilibrium"], REASSURANCE)
    below = answers(games, lo - EDGE)
    assert not (below["equilibrium"] == REASSURANCE).any()


def test_in_the_window_of_random_games_there_are_reassurance_and_distrust():
    games = drawn()
    lo, hi = window(games)
    stake = lo + (hi - lo) * np.linspace(0.05, 0.95, 8)
    found = answers(games, stake)
    for name in ("holds_distrust", "first_cooperation", "cooperation_after"):
        np.testing.assert_allclose(found[name], 1, rtol=0, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(found["trust_after"], 1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["first_pretence"], 0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["both_cooperate"], games[5] ** 2, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["value"], values(games, stake), rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found["equilibria_found"], 2)


def test_above_the_window_nobody_takes_the_step():
    printed, random = np.array(list(TABLE)).T, drawn()[:, :4]
    games = np.concatenate([printed, random], axis=1)
    stake = np.concatenate([window(printed)[1] + EDGE, window(random)[1] + 0.02])
    found = answers(games, stake)
    np.testing.assert_array_equal(found["equilibrium"], DISTRUST)
    np.testing.assert_array_equal(found["holds_distrust"], 1)
    np.testing.assert_allclose(found["value"], games[4], rtol=0, atol=1e-9)


def test_below_the_window_of_random_games_nobody_is_reassured():
    games = drawn()
    found = answers(games, window(games)[0] - 0.02)
    np.testing.assert_array_equal(found["holds_distrust"], 1)
    assert not (found["equilibrium"] == REASSURANCE).any()


def test_too_small_a_step_is_imitated_just_so_often_that_both_kinds_are_indifferent():
    r, s, t, u, p, trust = row = next(iter(TABLE))
    m = (p - s) / (r - t + p - s)
    stake = np.linspace(0.40, 0.54, 8)
    found = answers(np.repeat(np.array(row)[:, None], 8, axis=1), stake)
    assert u - r == p - s
    taken = stake * (p - s) / ((1 - stake) * m * (u - p))
    assert (found["equilibrium"] == PARTIAL).all()
    np.testing.assert_allclose(found["first_pretence"], (taken - trust) / (1 - trust), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["cooperation_after"], m * taken / trust, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["trust_after"], trust / taken, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["first_cooperation"], 1, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"temptation_untrustworthy": 2.5}, "reward < temptation_untrustworthy"),
        ({"trust": 0.5}, "trust·(reward − temptation) < (1 − trust)·(punishment − exploited)"),
    ],
)
def test_what_the_theory_does_not_cover_is_refused(change, text):
    solved = solve(MODEL, {**DEFAULT, **change}, horizon=1, chunk=8)
    assert solved.status == (f"not solved: needs {text}",)
