"""Sinking costs and tying hands: exactly with N types, and at the rate of their cells."""

from functools import cache

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("fearon1997")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
NAMES = ("signal", "victory", "war_cost", "lowest_value", "highest_value", "resolute")
TYPES = 4
SINKING, TYING = 0, 1
TABLE = {  # p, c, v̄, g: v*, m*, Pr(war), E U for sunk costs and for tied hands
    (0.5, 0.3, 1, 0.3): ((0.6, 0.42, 0.12, 0.068), (0.105882, 0.247059, 0.268235, 0.339765)),
    (0.5, 0.2, 1, 0.2): ((0.4, 0.32, 0.12, 0.162), (0.044444, 0.177778, 0.191111, 0.410889)),
    (0.6, 0.3, 1, 0.5): ((0.5, 0.25, 0.25, 0.1), (0.1875, 0.1875, 0.40625, 0.264063)),
    (0.4, 0.1, 1, 0.1): ((0.25, 0.225, 0.075, 0.264375), (0.010638, 0.095745, 0.098936, 0.460053)),
}
ROWS = [(signal, p, c, 0.0, high, g) for signal in (SINKING, TYING) for p, c, high, g in TABLE]


def answers(rows):
    records = dict(zip(NAMES, np.array(rows, float).T, strict=True))
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=1, chunk=8, settings={"types": TYPES})
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def continuum(signal, p, c, low, high, g):
    """The closed form; only v* and m* where the lowest value is not 0."""
    v = c / p if signal == SINKING else g * c / (1 - g + g * p)
    m = (1 - g) * c / p if signal == SINKING else (1 - g) * c / (1 - g + g * p)
    sunk = m if signal == SINKING else 0
    value = ((1 - g + g * p) * (high**2 - v**2) / 2 - (g * c + sunk) * (high - v)) / high
    return {"threshold": v, "level": m} | (
        {"war": g * (1 - v / high), "defender_value": value} if low == 0 else {}
    )


def with_types(signal, p, c, low, high, g, n=TYPES):
    """The equilibrium with n types, from the rules of the game."""
    v = low + (np.arange(n) + 0.5) / n * (high - low)
    war = p * v - c
    once = (1 - g) * v + g * war  # signalled, challenged by resolute ones alone, and fought
    if signal == SINKING:
        sends = war >= 0
        level = (1 - g) * v[~sends][-1]
        paid = once - level
    else:
        sends = once > np.maximum(war, 0)
        levels, lowest = np.maximum(-war, 0), int(np.argmax(sends))
        separates = [j for j in range(lowest + 1) if ((1 - g) * v[:j] <= g * levels[j]).all()]
        level, paid = levels[separates[-1]], once
    silent = (~sends).sum()
    return {
        "threshold": low + silent / n * (high - low),
        "level": level,
        "war": g * sends.mean(),
        "defender_value": (sends * paid).sum() / n,
    }


@cache
def printed():
    return answers(ROWS)


def test_the_closed_form_is_the_printed_table():
    for row, expected in TABLE.items():
        for signal in (SINKING, TYING):
            found = continuum(signal, *row[:2], 0.0, *row[2:])
            assert list(found.values()) == pytest.approx(expected[signal], abs=6e-7)


def test_every_number_is_that_of_the_game_with_types():
    for i, row in enumerate(ROWS):
        for name, expected in with_types(*row).items():
            assert printed()[name][i] == pytest.approx(expected, abs=1e-9), (row, name)


def test_nobody_bluffs():
    np.testing.assert_allclose(printed()["bluff"], 0, rtol=0, atol=1e-9)


def test_cheaper_signals_that_are_challenged_more_often_are_equilibria_too():
    """The search finds some: the reported one is not the only one where costs are sunk."""
    assert (printed()["equilibria_found"][:3] > 1).all()


def test_tied_hands_are_better_and_riskier():
    for name in ("war", "defender_value"):
        assert (printed()[name][4:] > printed()[name][:4]).all()
    draw = np.random.default_rng(2)
    for _ in range(200):
        p, g = draw.uniform(0.05, 0.95, 2)
        c = draw.uniform(0.02, 0.98) * p
        sunk, tied = (continuum(x, p, c, 0.0, 1.0, g) for x in (SINKING, TYING))
        assert tied["war"] > sunk["war"]
        assert tied["defender_value"] > sunk["defender_value"]


def test_with_more_types_the_error_falls_like_one_over_their_number():
    """The game with types, which the solved one agrees with, against the continuum."""
    for row in ROWS:
        limit = continuum(*row)
        for n in (TYPES, 2 * TYPES, 4 * TYPES, 16 * TYPES):
            found = with_types(*row, n=n)
            assert abs(found["threshold"] - limit["threshold"]) <= 0.5 / n + 1e-12
            assert abs(found["war"] - limit["war"]) <= 0.5 * row[5] / n + 1e-12
            assert abs(found["level"] - limit["level"]) <= 1 / n
            assert abs(found["defender_value"] - limit["defender_value"]) <= 0.5 / n


SHARES = (1.0, 0.7, 0.5)
REFUSED = {  # beside the solved ones, so that they cost no batch of their own
    (SINKING, 0.5, 0.3, 2.0, 1.0, 0.3): "lowest_value < highest_value",
    (SINKING, 0.5, 0.6, 0.0, 1.0, 0.3): "v* < highest_value",
    (TYING, 0.5, 3.0, 0.0, 1.0, 0.3): "v* < highest_value",
}


def narrow():
    """Values of the good that close in on the threshold, which stays at the same place among the cells."""
    rows = []
    for share in SHARES:
        for signal, p, c, _, _, g in (*ROWS[:2], *ROWS[4:6]):
            v = continuum(signal, p, c, 0.0, 1.0, g)["threshold"]
            rows.append((signal, p, c, v * (1 - 0.6 * share), v * (1 + 0.4 * share), g))
    return rows


@cache
def closing():
    records = dict(zip(NAMES, np.array([*narrow(), *REFUSED], float).T, strict=True))
    return solve(MODEL, {**DEFAULT, **records}, horizon=1, chunk=8, settings={"types": TYPES})


def test_as_values_close_in_on_the_threshold_the_error_falls_with_the_cells():
    found, errors = closing().outcomes, []
    for i, row in enumerate(narrow()):
        for name, expected in with_types(*row).items():
            assert found[name][i] == pytest.approx(expected, abs=1e-9), (row, name)
        errors.append([abs(found[n][i] - x) for n, x in continuum(*row).items()])
    errors = np.array(errors).reshape(len(SHARES), -1)
    for share, row in zip(SHARES, errors, strict=True):
        np.testing.assert_allclose(row, share * errors[0], rtol=0, atol=2e-9)
    assert 0.01 < errors[0].max() < 0.15


def test_what_the_theory_does_not_cover_is_refused():
    status = closing().status[-len(REFUSED) :]
    assert status == tuple(f"not solved: needs {x}" for x in REFUSED.values())
