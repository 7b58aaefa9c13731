"""Alternating offers against Rubinstein's share, its finite horizon and the outside option principle."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("rubinstein1982")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
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
    names = ("first_discount", "second_discount", "first_war", "second_war")
    rows = list(zip(*(r[n] for n in names), strict=True))
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


@pytest.mark.parametrize(("rounds", "printed"), [(5, 0.8371), (20, 0.462328)])
def test_the_printed_shares_of_a_finite_horizon(rounds, printed):
    r = random()
    r = {k: np.append(v, x) for (k, v), x in zip(r.items(), (0.9, 0.9, 0.0, 0.0), strict=True)}
    found = answers(rounds, **r)
    assert found["first_share"][-1] == pytest.approx(printed, abs=5.1e-7)
    names = ("first_discount", "second_discount", "first_war", "second_war")
    expected = [
        backward(rounds, (d1, d2), (w1, w2)) for d1, d2, w1, w2 in zip(*(r[n] for n in names), strict=True)
    ]
    np.testing.assert_allclose(found["first_share"], expected, rtol=0, atol=1e-9)


def test_the_horizon_is_forgotten_at_the_rate_of_the_discounts():
    d1, d2 = 0.5, 0.7
    gaps = []
    endless = share(d1, d2)
    for rounds in (5, 20):
        found = answers(rounds, first_discount=d1, second_discount=d2, first_war=0.0, second_war=0.0)
        gaps.append(abs(found["first_share"][0] - endless))
    # A last round more or less for each side multiplies the distance by δ₁δ₂.
    by_hand = [abs(backward(n, (d1, d2), (0.0, 0.0)) - endless) for n in (5, 20)]
    assert gaps == pytest.approx(by_hand, abs=1e-9)
    assert gaps[1] < 1e-3 * gaps[0]


def test_patience_pays_and_an_outside_option_helps_only_if_it_beats_waiting():
    r = random()
    base = answers(**r)["first_share"]
    eager = answers(**{**r, "second_discount": 0.9 * r["second_discount"]})["first_share"]
    patient = answers(**{**r, "first_discount": r["first_discount"] + 0.9 * (0.99 - r["first_discount"])})[
        "first_share"
    ]
    assert (eager >= base - 1e-9).all()
    assert (patient >= base - 1e-9).all()
    worse = answers(**{**r, "second_war": 0.8 * r["second_war"]})["first_share"]
    assert (worse >= base - 1e-9).all()
    # Below what waiting gives, war has no effect at all.
    d1, d2 = r["first_discount"], r["second_discount"]
    free = (1 - d2) / (1 - d1 * d2)
    low = {**r, "first_war": 0.9 * d1 * free, "second_war": 0.9 * d2 * (1 - d1 * free)}
    ok = low["first_war"] + low["second_war"] <= 1
    found = answers(**{k: v[ok] for k, v in low.items()})["first_share"]
    np.testing.assert_allclose(found, free[ok], rtol=0, atol=1e-9)


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
