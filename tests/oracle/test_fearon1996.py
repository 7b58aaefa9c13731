"""Salami tactics against the path in the continuum, conditions for war over a fort, and plain induction."""

from functools import lru_cache

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("fearon1996")
DEFAULT = {p.name: p.default for p in MODEL.parameters if not p.static}
YEARS, SHARES = 60, 120
STARTS = np.linspace(0.1, 0.5, 9)

FORTS = (  # p_lo, p_hi, x̂, c_A, war; x = 0.4, δ = 0.9, c_B = 0.3
    (0.6, 0.9, 0.5, 0.3, True),
    (0.6, 0.9, 0.5, 1.2, False),
    (0.6, 0.61, 0.5, 0.3, False),
    (0.6, 0.7, 0.55, 0.3, True),
    (0.52, 0.9, 0.5, 0.3, False),
)


def answers(shares=SHARES, years=YEARS, **records) -> dict[str, np.ndarray]:
    records, sizes = {**DEFAULT, **records}, {"shares": shares}
    solved = solve(MODEL, records, horizon=YEARS, years=years, chunk=9, settings=sizes)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def forts(power, later, where, **more) -> dict[str, np.ndarray]:
    more = {"share": 0.4, "discount": 0.9, "b_war_cost": 0.3, **more}
    return {"power_base": power, "power_slope": 0.0, "fort_power": later - power, "fort_share": where, **more}


def slices(count, share, base=0.25, slope=0.6, discount=0.9, cost=0.3) -> np.ndarray:
    """Shares after 1, 2, … years in the continuum."""
    path, d = [], discount
    for _ in range(count):
        share = (base * (1 - d) + slope * share + (1 - d) ** 2 * cost) / (1 - d + d * slope)
        path.append(share)
    return np.array(path)


@lru_cache
def linear(shares) -> dict[str, np.ndarray]:
    return answers(shares, 10 if shares > 2 * SHARES else YEARS, share=STARTS)


def by_induction(r: dict[str, float], shares=SHARES) -> tuple[float, float, list[float]]:
    """Values at the start and the path of shares, in plain arrays; the path ends with a war."""
    x, year = np.arange(shares + 1) / shares, 1 - r["discount"]
    power = r["power_base"] + r["power_slope"] * x + r["fort_power"] * (x >= r["fort_share"] - 1e-9)
    war = power - year * r["a_war_cost"], 1 - power - year * r["b_war_cost"]
    mine, yours, plans = x.copy(), 1 - x, []
    for _ in range(YEARS):
        mine, yours = year * x + r["discount"] * mine, year * (1 - x) + r["discount"] * yours
        best = np.where(yours >= war[1][:, None] - 1e-12, mine, -np.inf)
        demand = best.argmax(axis=1)
        agreed = best.max(axis=1) >= war[0] - 1e-12
        mine = np.where(agreed, best.max(axis=1), war[0])
        yours = np.where(agreed, yours[demand], war[1])
        plans.append(np.where(agreed, demand, -1))
    start = place = int(np.floor(r["share"] * shares + 0.5))
    path = []
    for plan in reversed(plans):
        place = plan[place]
        if place < 0:
            break
        path.append(x[place])
    return mine[start], yours[start], path


def test_the_printed_slices_limit_rate_and_value_are_those_of_the_continuum():
    path = slices(400, 0.2)
    assert path[:5] == pytest.approx([0.2312, 0.2605, 0.2880, 0.3138, 0.3379], abs=6e-5)
    assert path[-1] == pytest.approx(0.7, abs=1e-9)
    assert (0.7 - path[20]) / (0.7 - path[19]) == pytest.approx(0.9375, abs=1e-9)


def test_the_path_and_the_value_approach_those_of_the_continuum_at_the_rate_of_the_grid():
    errors = []
    for shares in (SHARES, 2 * SHARES, 4 * SHARES):
        found, starts = linear(shares), np.round(STARTS * shares) / shares
        exact = np.array([slices(10, x) for x in starts]).T
        path = np.abs(found["share_after"][:10] - exact).max(axis=0).mean()
        value = np.abs(found["a_value"] - (0.25 + 0.6 * starts + 0.1 * 0.3)).mean()
        errors.append((path, value))
        np.testing.assert_allclose(found["a_value"] + found["b_value"], 1, rtol=0, atol=1e-9)
        assert (found["war_within"][-1] < 1e-9).all()
    errors = np.array(errors)
    steps = errors * SHARES * np.array([[1], [2], [4]])
    assert (steps < (3.5, 1.0)).all() and (steps > (0.5, 0.1)).all()
    assert (errors[1] < 0.75 * errors[0]).all() and (errors[2] < 0.35 * errors[0]).all()
    assert (errors[2] < (0.004, 0.0015)).all()


def test_the_first_slices_and_the_value_from_a_fifth():
    found = {k: v[..., 2] for k, v in linear(4 * SHARES).items()}
    assert STARTS[2] == pytest.approx(0.2)
    assert found["share_after"][:5] == pytest.approx(slices(5, 0.2), abs=3 / (4 * SHARES))
    assert found["a_value"] / 0.1 == pytest.approx(4.0, abs=0.03)


def test_the_share_stops_below_its_limit_by_some_steps_of_the_grid():
    steps = [(0.7 - linear(n)["share_after"][44].mean()) * n for n in (SHARES, 2 * SHARES)]
    assert steps == pytest.approx([11, 11], abs=1)


def test_printed_forts():
    power, later, where, cost, war = np.array(FORTS).T
    found = answers(**forts(power, later, where, a_war_cost=cost))
    np.testing.assert_allclose(found["war"], war, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["war_within"][-1], war, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["a_value"][war > 0], (power - 0.1 * cost)[war > 0], rtol=0, atol=1e-9)


def test_random_forts_against_plain_induction_and_the_two_conditions():
    draw, count = np.random.default_rng(8), 45
    power = draw.uniform(0.3, 0.75, count)
    where = np.round(draw.uniform(0.5, 1.2, count) * power * SHARES) / SHARES
    r = forts(
        power,
        power + draw.uniform(0, 1, count) ** 2 * (0.9 - power),
        where,
        discount=draw.uniform(0.6, 0.9, count),
        share=where * draw.uniform(0.3, 0.95, count),
        a_war_cost=draw.uniform(0, 0.8, count),
        b_war_cost=draw.uniform(0, 0.2, count),
    )
    found = answers(**r)
    year = 1 - r["discount"]
    dear = r["discount"] * r["fort_power"] - year * (power - where) - year**2 * r["b_war_cost"]
    short = power - where - year * r["a_war_cost"]
    clear = (np.abs(dear) > 0.02) & (np.abs(short) > 2 / SHARES)
    war = (dear > 0) & (short > 0)
    assert 8 < war[clear].sum() < clear.sum() - 8
    np.testing.assert_allclose(found["war_within"][-1][clear], war[clear], rtol=0, atol=1e-9)
    for i in range(count):
        one = {k: float(np.broadcast_to(v, count)[i]) for k, v in {**DEFAULT, **r}.items()}
        mine, yours, path = by_induction(one)
        assert found["a_value"][i] == pytest.approx(mine, abs=1e-9), i
        assert found["b_value"][i] == pytest.approx(yours, abs=1e-9), i
        assert found["war_within"][-1, i] == pytest.approx(float(len(path) < YEARS), abs=1e-9), i
        np.testing.assert_allclose(found["share_after"][: len(path), i], path, rtol=0, atol=1e-9)


def test_steps_of_a_year_and_less_lead_to_the_path_in_continuous_time():
    rate, cost = 0.1, 0.3
    limit = (0.25 + rate * cost) / 0.4
    exact = limit - (limit - 0.2) * np.exp(-rate / 0.6 * 0.4 * 10)
    assert exact == pytest.approx(0.443291, abs=5.1e-7)
    printed = {1.0: 0.429708, 0.1: 0.441872, 0.01: 0.443149}
    errors = []
    for step, x in printed.items():
        d = np.exp(-rate * step)
        path = slices(round(10 / step), 0.2, discount=d, cost=rate * cost / (1 - d))
        assert path[-1] == pytest.approx(x, abs=5.1e-7)
        errors.append(exact - path[-1])
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(10, rel=0.02)
    step = np.array([1.0, 0.5])
    d = np.exp(-rate * step)
    found = answers(2 * SHARES, 20, discount=d, b_war_cost=rate * cost / (1 - d))
    after = found["share_after"][[9, 19], [0, 1]]
    expected = [
        slices(n, 0.2, discount=x, cost=rate * cost / (1 - x))[-1] for n, x in zip((10, 20), d, strict=True)
    ]
    np.testing.assert_allclose(after, expected, rtol=0, atol=5 / (2 * SHARES))


def test_a_side_for_which_war_is_worth_less_than_nothing_is_not_covered():
    solved = solve(MODEL, {**DEFAULT, "fort_power": 0.2}, horizon=YEARS, chunk=9, settings={"shares": SHARES})
    assert solved.status == (
        "not solved: needs power_base + power_slope + fort_power + (1 − discount) · b_war_cost ≤ 1",
    )
