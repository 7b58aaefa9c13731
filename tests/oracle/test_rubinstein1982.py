"""Alternating offers against Rubinstein's share, its finite horizon and the outside option principle."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("rubinstein1982")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
NAMES = ("first_discount", "second_discount", "first_war", "second_war")
CHUNK = 64


def answers(rounds: int = 0, **records) -> dict[str, np.ndarray]:
    settings = {"rounds": rounds} if rounds else {}
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=1, years=0, settings=settings, chunk=CHUNK)
    assert set(solved.status) == {None}
    assert solved.gaps["regret"].max() < 1e-9
    return dict(solved.outcomes)


def share(d1: float, d2: float, w1: float = 0.0, w2: float = 0.0) -> float:
    """The root of x = 1 − max{w₂, δ₂(1 − max{w₁, δ₁x})}, case by case."""
    for x in ((1 - d2) / (1 - d1 * d2), 1 - w2, 1 - d2 * (1 - w1)):
        if abs(x - (1 - max(w2, d2 * (1 - max(w1, d1 * x))))) < 1e-12:
            return x
    raise AssertionError("one of the three cases holds")


def backward(rounds: int, d: tuple[float, float], w: tuple[float, float]) -> float:
    """What the first proposer keeps with this many rounds, worked out from the last one."""
    worth = [0.0, 0.0]
    for n in reversed(range(rounds)):
        me, other = n % 2, 1 - n % 2
        left = max(w[other], d[other] * worth[other])
        worth = [left, left]
        worth[me] = 1 - left
    return worth[0]


def random(count: int = CHUNK) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(3)
    total = draw.uniform(0, 1, count)
    split = draw.uniform(0, 1, count)
    return {
        "first_discount": draw.uniform(0.0, 0.99, count),
        "second_discount": draw.uniform(0.0, 0.99, count),
        "first_war": total * split,
        "second_war": total * (1 - split),
    }


TABLE = [  # δ₁, δ₂, w₁, w₂, x to six decimals
    (0.9, 0.9, 0.0, 0.0, 0.526316),
    (0.95, 0.8, 0.0, 0.0, 0.833333),
    (0.5, 0.5, 0.0, 0.0, 0.666667),
    (0.9, 0.9, 0.2, 0.3, 0.526316),
    (0.9, 0.9, 0.2, 0.6, 0.4),
    (0.9, 0.9, 0.6, 0.2, 0.64),
]


def test_the_printed_shares():
    d1, d2, w1, w2, printed = np.array(TABLE).T
    found = answers(first_discount=d1, second_discount=d2, first_war=w1, second_war=w2)
    np.testing.assert_allclose(found["first_share"], printed, rtol=0, atol=5.1e-7)
    expected = [share(*row[:4]) for row in TABLE]
    np.testing.assert_allclose(found["first_share"], expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["agreement"], 1.0, atol=1e-12)
    np.testing.assert_allclose(found["first_value"], expected, atol=1e-9)
    np.testing.assert_allclose(found["second_value"], 1 - np.array(expected), atol=1e-9)


def test_random_shares_and_what_the_second_would_propose():
    r = random()
    found = answers(**r)
    rows = list(zip(*(r[n] for n in NAMES), strict=True))
    expected = np.array([share(*row) for row in rows])
    np.testing.assert_allclose(found["first_share"], expected, rtol=0, atol=1e-9)
    theirs = [share(d2, d1, w2, w1) for d1, d2, w1, w2 in rows]
    np.testing.assert_allclose(found["second_share"], theirs, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["war"], 0.0, atol=1e-9)
    binding = [
        int(np.argmax([w1 > d1 * x, w2 > d2 * y]))
        for (d1, d2, w1, w2), x, y in zip(rows, expected, theirs, strict=True)
    ]
    assert set(binding) == {0, 1}, "the draw should hold outside options that bind and that do not"


def test_the_printed_share_of_five_rounds():
    r = random()
    r = {k: np.append(r[k], x) for k, x in zip(NAMES, (0.9, 0.9, 0.0, 0.0), strict=True)}
    found = answers(5, **r)
    assert found["first_share"][-1] == pytest.approx(0.8371, abs=5.1e-7)
    rows = zip(*(r[n] for n in NAMES), strict=True)
    expected = [backward(5, (d1, d2), (w1, w2)) for d1, d2, w1, w2 in rows]
    np.testing.assert_allclose(found["first_share"], expected, rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def twenty_rounds(solve_game):
    """The game of twenty rounds by backward induction, in every second of them; shape [record, round]."""
    r = random(16)
    r = {k: np.append(r[k], x) for k, x in zip(NAMES, (0.9, 0.9, 0.0, 0.0), strict=True)}

    def read(first: Any, p: Any) -> dict[str, Any]:
        shares = [1 - first.amount("first proposes", "division", round=n) for n in range(0, 20, 2)]
        return {"shares": shares}

    game = replace(MODEL.game(rounds=20), endless=False)
    found = solve_game(game, {**r, "noise": 0.0}, horizon=20, read=read, paths=False, keep=__file__)
    return r, np.array(found["shares"]).T


def test_the_printed_share_of_twenty_rounds_and_of_every_number_up_to_it(twenty_rounds):
    r, found = twenty_rounds
    assert found[-1, 0] == pytest.approx(0.462328, abs=5.1e-7)
    for i, (d1, d2, w1, w2) in enumerate(zip(*(r[n] for n in NAMES), strict=True)):
        expected = [backward(20 - n, (d1, d2), (w1, w2)) for n in range(0, 20, 2)]
        np.testing.assert_allclose(found[i], expected, rtol=0, atol=1e-9)


def test_the_horizon_is_forgotten_at_the_rate_of_the_discounts(twenty_rounds):
    _, found = twenty_rounds
    apart = np.abs(found[-1] - share(0.9, 0.9))  # with 20, 18, … 2 rounds
    # A last round more for each side multiplies the distance by δ₁δ₂.
    np.testing.assert_allclose(apart[:-1], 0.81 * apart[1:], rtol=1e-9)


def test_in_the_limit_of_quick_offers_the_shares_are_those_of_the_bargain_between_the_rates():
    rates, steps = (0.3, 0.1), np.array([1e-1, 1e-2, 1e-3])
    found = answers(
        first_discount=np.exp(-rates[0] * steps),
        second_discount=np.exp(-rates[1] * steps),
        first_war=0.0,
        second_war=0.0,
    )["first_share"]
    errors = np.abs(found - rates[1] / sum(rates))
    assert errors[0] == pytest.approx(10 * errors[1], rel=0.02)
    assert errors[1] == pytest.approx(10 * errors[2], rel=0.02)


def test_wars_that_both_want_are_refused():
    solved = solve(MODEL, {**DEFAULT, "first_war": 0.6, "second_war": 0.5}, horizon=1, years=0, chunk=CHUNK)
    assert solved.status == ("not solved: needs first_war + second_war ≤ 1",)
