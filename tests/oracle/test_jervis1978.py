"""The stag hunt: its equilibria as a set, and which of them is risk dominant."""

from functools import cache

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("jervis1978")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
RISK, VALUE, MIXED = 0, 1, 2
TABLE = {(3, -1, 2, 1): 2 / 3, (2, 0, 1.9, 1): 1 / 1.1, (5, 0, 1, 2): 1 / 3}  # R, S, T, P: m
NAMES = ("reward", "exploited", "temptation", "punishment")


def answers(points, selection):
    records = dict(zip(NAMES, points, strict=True))
    solved = solve(MODEL, {**DEFAULT, **records, "selection": selection}, horizon=1, chunk=36)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


@cache
def hunts(count=32, seed=5):
    """Random stag hunts, the table's first; none with m within 0.005 of ½."""
    draw, rows = np.random.default_rng(seed), list(TABLE)
    while len(rows) < count:
        gain, fear = draw.uniform(0.05, 2, 2)
        if abs(gain - fear) > 0.02:
            r, p = draw.uniform(-1, 1, 2)
            rows.append((r, p - fear, r - gain, p))
    return np.array(rows).T


def mixed(points):
    r, s, t, p = points
    return (p - s) / ((r - t) + (p - s))


@cache
def found(selection):
    return answers(hunts(), selection)


def test_the_threshold_of_the_table():
    np.testing.assert_allclose(mixed(hunts())[:3], list(TABLE.values()), rtol=0, atol=1e-15)


def test_both_conventions_are_equilibria():
    for name in ("holds_cooperation", "holds_defection"):
        np.testing.assert_array_equal(found(RISK)[name], 1)


def test_the_risk_dominant_one_is_cooperation_if_less_than_half_is_needed():
    cooperates = mixed(hunts()) < 0.5
    assert 8 < cooperates.sum() < 24
    np.testing.assert_allclose(found(RISK)["cooperation"], cooperates, rtol=0, atol=1e-9)
    r, _, _, p = hunts()
    np.testing.assert_allclose(found(RISK)["value"], np.where(cooperates, r, p), rtol=0, atol=1e-9)


def test_the_pay_off_dominant_one_is_the_better_of_the_two_in_pure_strategies():
    r, _, _, p = hunts()
    np.testing.assert_allclose(found(VALUE)["value"], np.maximum(r, p), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found(VALUE)["cooperation"], r > p, rtol=0, atol=1e-9)


def test_the_set_of_equilibria_is_two_pure_ones_and_the_mixed_one():
    np.testing.assert_array_equal(found(MIXED)["equilibria_found"], 3)
    c = np.stack([answers(hunts(), x)["cooperation"] for x in (RISK, VALUE, MIXED)])
    np.testing.assert_allclose(c[2], mixed(hunts()), rtol=0, atol=1e-9)
    r, s, t, p = hunts()
    value = (p * r - s * t) / (r - t + p - s)
    np.testing.assert_allclose(found(MIXED)["value"], value, rtol=0, atol=1e-9)


def test_near_the_threshold_of_risk_dominance_it_switches():
    p = np.array([1 - 1e-4, 1 + 1e-4])
    cooperation = answers(np.array([[3, 3], [0, 0], [2, 2], p]), RISK)["cooperation"]
    np.testing.assert_allclose(cooperation, [1, 0], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "text"),
    [({"temptation": 3.5}, "reward > temptation"), ({"exploited": 1.0}, "punishment > exploited")],
)
def test_what_is_no_stag_hunt_is_refused(change, text):
    solved = solve(MODEL, {**DEFAULT, **change}, horizon=1, chunk=36)
    assert solved.status == (f"not solved: needs {text}",)
