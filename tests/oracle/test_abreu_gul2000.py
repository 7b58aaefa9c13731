"""Reputational bargaining: exactly with periods, and at the rate of the period against continuous time."""

from functools import cache
from math import exp, log

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("abreu_gul2000")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
NAMES = ("demand", "rate", "obstinate")
PERIODS = 20
TABLE = {  # a1, a2, r1, r2, z1, z2: λ1, λ2, T0, μ1, μ2
    (0.7, 0.7, 0.1, 0.1, 0.1, 0.1): (0.075, 0.075, 30.701135, 0, 0),
    (0.7, 0.7, 0.1, 0.1, 0.2, 0.1): (0.075, 0.075, 21.459172, 0, 0.5),
    (0.8, 0.6, 0.1, 0.1, 0.05, 0.2): (0.05, 0.1, 16.094379, 0.888197, 0),
    (0.75, 0.65, 0.1, 0.2, 0.02, 0.02): (0.125, 0.0875, 31.296184, 0, 0.690751),
}
LENGTHS = (5.0, 3.0, 2.0)


def answers(rows, h):
    columns = np.array(rows).T
    records = {f"{side}_{n}": columns[2 * i + k] for i, n in enumerate(NAMES) for k, side in SIDES}
    solved = solve(MODEL, {**DEFAULT, **records, "span": np.array(h) * PERIODS}, horizon=1, chunk=4)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


SIDES = ((0, "first"), (1, "second"))


def continuous(a1, a2, r1, r2, z1, z2):
    """The closed form in continuous time."""
    rest = a1 + a2 - 1
    l1, l2 = r2 * (1 - a1) / rest, r1 * (1 - a2) / rest
    t = min(-log(z1) / l1, -log(z2) / l2)
    m1, m2 = max(0, 1 - z1 * exp(l1 * t)), max(0, 1 - z2 * exp(l2 * t))
    return {
        "first_mass": m1,
        "second_mass": m2,
        "first_value": 1 - a2 + m2 * rest,
        "second_value": 1 - a1 + m1 * rest,
        "first_hazard": l1,
        "second_hazard": l2,
        "complete": t,
    }


def by_periods(a1, a2, r1, r2, z1, z2, h):
    """The equilibrium with periods: who is complete last, and what the other concedes at the start."""

    def needed(own, other, rate):
        """With which probability the other must concede at each of its opportunities."""
        later = exp(-rate * h) * (1 - other)
        return (1 - other - later) / (exp(-rate * h / 2) * own - later)

    def opportunities(z, q):
        """How many a side passes with probability 1 − q before it concedes for sure."""
        n = 0
        while z / (1 - q) ** n < 1 - q:
            n += 1
        return n

    q1, q2 = needed(a2, a1, r2), needed(a1, a2, r1)
    found = []
    n = opportunities(z2, q2)
    m1 = 1 - z1 / (1 - q1) ** n
    if m1 >= 0:
        found.append((m1, q2, (n + 0.5) * h))
    n = opportunities(z1, q1)
    m2 = 1 - z2 / (1 - q2) ** n
    if m2 >= q2:
        found.append((0.0, m2, (n + 1) * h))
    assert len(found) == 1, "one equilibrium"
    m1, m2, last = found[0]
    wait1 = m2 * exp(-r1 * h / 2) * a1 + (1 - m2) * exp(-r1 * h) * (1 - a2)
    return {
        "first_mass": m1,
        "second_mass": m2,
        "first_value": 1 - a2 if m1 > 0 else wait1,
        "second_value": m1 * a2 + (1 - m1) * exp(-r2 * h / 2) * (1 - a1),
        "first_hazard": -log(1 - q1) / h,
        "second_hazard": -log(1 - q2) / h,
        "complete": last,
    }


@cache
def solved():
    return {h: answers(list(TABLE), [h] * 4) for h in LENGTHS}


def test_the_closed_form_is_the_printed_table():
    for row, printed in TABLE.items():
        found = continuous(*row)
        names = ("first_hazard", "second_hazard", "complete", "first_mass", "second_mass")
        assert [found[n] for n in names] == pytest.approx(printed, abs=5e-7)


@pytest.mark.parametrize("h", LENGTHS)
def test_every_number_is_that_of_the_game_with_periods(h):
    for i, row in enumerate(TABLE):
        for name, expected in by_periods(*row, h).items():
            assert solved()[h][name][i] == pytest.approx(expected, abs=1e-9), (row, name)


def error(found, expected, names):
    return max(abs(found[n] - expected[n]) for n in names)


def test_the_error_against_continuous_time_falls_with_the_period():
    limits = {
        ("first_mass", "second_mass", "first_value", "second_value"): 0.1,
        ("first_hazard", "second_hazard"): 0.012,
        ("complete",): 1.0,
    }
    for names, limit in limits.items():
        for i, row in enumerate(TABLE):
            for h in LENGTHS:
                found = {n: solved()[h][n][i] for n in names}
                assert error(found, continuous(*row), names) < limit * h, (row, names, h)
            for h in (1.0, 0.5, 0.25, 0.125):  # the same game, by its own closed form
                assert error(by_periods(*row, h), continuous(*row), names) < limit * h, (row, names, h)


def test_random_bargains_with_periods():
    draw, rows, lengths = np.random.default_rng(9), [], []
    while len(rows) < 8:
        a, r, z = draw.uniform(0.55, 0.9, 2), draw.uniform(0.03, 0.3, 2), draw.uniform(0.02, 0.4, 2)
        row = (*a, *r, *z)
        t = continuous(*row)["complete"]
        if t > 2:
            rows.append(row)
            lengths.append(t / draw.uniform(4, 17))
    found = answers(rows, lengths)
    weaker = 0
    for i, (row, h) in enumerate(zip(rows, lengths, strict=True)):
        for name, expected in by_periods(*row, h).items():
            assert found[name][i] == pytest.approx(expected, abs=1e-8), (row, h, name)
        weaker += found["first_mass"][i] == 0
    assert 0 < weaker < 8, "both sides should be the weaker one sometimes"


def test_to_be_thought_more_obstinate_never_hurts_and_hurts_the_other():
    z = np.array([0.05, 0.1, 0.2, 0.35])
    found = answers([(0.7, 0.7, 0.1, 0.1, x, 0.1) for x in z], [2.0] * 4)
    assert (np.diff(found["first_value"]) >= -1e-9).all() and np.ptp(found["first_value"]) > 0.1
    assert (np.diff(found["second_value"]) <= 1e-9).all()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"first_demand": 0.25}, "first_demand + second_demand > 1"),
        ({"first_obstinate": 0.001, "second_obstinate": 0.001}, "min(T₁, T₂) ≤ 0.9·span"),
    ],
)
def test_what_the_theory_does_not_cover_is_refused(change, text):
    solved = solve(MODEL, {**DEFAULT, **change}, horizon=1, chunk=4)
    assert solved.status == (f"not solved: needs {text}",)
