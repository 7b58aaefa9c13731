"""Whether a peaceful path exists: printed tables, the exact condition, and a linear programme over paths."""

import numpy as np
import pytest
from scipy.optimize import linprog

from detente.engine.batch import solve
from detente.gallery import powell2006
from detente.models import get

MODEL = get("powell2006")
DEFAULT = {p.name: p.default for p in MODEL.parameters if not p.static}

TABLE = {  # D: slack of one year, worst delay, slack
    0.02: (1.8700, 7, 1.5530),
    0.03: (1.6800, 11, 0.4019),
    0.04: (1.4900, 12, -0.8893),
    0.06: (1.1100, 8, -2.6859),
    0.10: (0.3500, 5, -4.6067),
    0.50: (-7.2500, 1, -7.2500),
}


def answers(**records) -> dict[str, np.ndarray]:
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=61, years=0, chunk=32)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def random(count: int = 64) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(3)
    start, end = draw.uniform(0, 1, (2, count))
    return {
        "discount": draw.uniform(0.6, 0.98, count),
        "power": start,
        "later_power": end,
        "power_shift": np.abs(end - start) / draw.integers(1, 15, count),
        "a_war_cost": draw.uniform(0, 1, count),
        "b_war_cost": draw.uniform(0, 1, count),
    }


def by_hand(discount, path, a_cost, b_cost) -> tuple[float, float, int, float]:
    """Slack over all dates and delays, over delays up to one year, and where it is least.

    The delay is not a number if a side would never fight: all of its wars are worth less than nothing.
    """
    stake, last = 1 / (1 - discount), len(path) - 1
    worth = path * stake - a_cost, (1 - path) * stake - b_cost
    least, one_year, date, delay = np.inf, np.inf, 0, np.nan
    for t in range(len(path)):
        for mine, yours in (worth, worth[::-1]):
            waits = np.arange(len(path) - t + 1)
            secured = discount**waits * mine[np.minimum(t + waits, last)]
            one_year = min(one_year, stake - max(secured[:2]) - yours[t])
            slack = stake - max(secured.max(), 0) - yours[t]
            if slack < least - 1e-10:
                least, date = slack, t
                delay = secured.argmax() if secured.max() > 0 else np.nan
    return least, one_year, date, delay


def test_the_printed_table_of_long_term_shifts():
    found = answers(power_shift=np.array(list(TABLE)))
    one_year, delay, slack = np.array(list(TABLE.values())).T
    np.testing.assert_allclose(found["one_year_slack"], one_year, rtol=0, atol=5.1e-5)
    np.testing.assert_allclose(found["slack"], slack, rtol=0, atol=5.1e-5)
    np.testing.assert_allclose(found["binding_delay"], delay, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found["binding_date"], 0)
    np.testing.assert_array_equal(found["binding_side"], 1)  # A, which rises, waits
    np.testing.assert_array_equal(found["peaceful_path"], slack >= 0)


@pytest.mark.parametrize(
    ("discount", "power", "a_cost", "b_cost", "threshold"),
    [(0.9, 0.3, 0.2, 0.2, 0.375556), (0.8, 0.5, 0.1, 0.3, 0.72)],
)
def test_a_sudden_shift_is_peaceful_up_to_the_printed_threshold(discount, power, a_cost, b_cost, threshold):
    exact = (power + (1 - discount) * (b_cost + discount * a_cost)) / discount
    assert exact == pytest.approx(threshold, abs=5.1e-7)
    found = answers(
        discount=discount,
        power=power,
        power_shift=1.0,
        later_power=exact + np.array([-1e-6, 0.0, 1e-6]),
        a_war_cost=a_cost,
        b_war_cost=b_cost,
    )
    assert found["slack"][1] == pytest.approx(0, abs=1e-9)
    assert (found["peaceful_path"][0], found["peaceful_path"][2]) == (1, 0)


def test_slack_date_and_delay_on_random_straight_paths():
    r = random()
    found = answers(**r)
    assert 0.2 < found["peaceful_path"].mean() < 0.9
    delays = set()
    for i in range(len(r["power"])):
        one = {k: float(v[i]) for k, v in r.items()}
        moved = np.minimum(one["power_shift"] * np.arange(61), abs(one["later_power"] - one["power"]))
        path = one["power"] + np.sign(one["later_power"] - one["power"]) * moved
        costs = one["a_war_cost"], one["b_war_cost"]
        slack, one_year, date, delay = by_hand(one["discount"], path, *costs)
        assert found["slack"][i] == pytest.approx(slack, abs=1e-9), i
        assert found["one_year_slack"][i] == pytest.approx(one_year, abs=1e-9), i
        assert found["peaceful_path"][i] == (slack >= 0), i
        where = found["binding_date"][i], found["binding_delay"][i]
        assert where == pytest.approx((date, delay), nan_ok=True), i
        delays.add(delay)
    assert {0, 1} < delays


def test_a_linear_programme_finds_a_peaceful_path_exactly_where_one_is_said_to_exist(solve_game):
    years, count, draw = 8, 150, np.random.default_rng(4)
    discount = draw.uniform(0.5, 0.95, count)
    a_cost, b_cost = draw.uniform(0, 1.5, (2, count))
    paths = np.clip(draw.uniform(0, 1, (count, 1)) + draw.uniform(-0.3, 0.3, (count, years + 1)), 0, 1)
    game = powell2006.game(
        path=lambda s, p: sum((s.date == t) * getattr(p, f"power_{t}") for t in range(years + 1)), years=years
    )
    records = {"discount": discount, "noise": 0.0, "a_war_cost": a_cost, "b_war_cost": b_cost}
    records |= {f"power_{t}": paths[:, t] for t in range(years + 1)}
    found = solve_game(game, records, years + 1, powell2006.answer, paths=False)
    assert 0.2 < found["peaceful_path"].mean() < 0.8
    assert (found["binding_side"] == 1).any() and (found["binding_side"] == 2).any()
    for i in range(count):
        slack, *_ = by_hand(discount[i], paths[i], a_cost[i], b_cost[i])
        assert found["slack"][i] == pytest.approx(slack, abs=1e-9), i
        assert found["peaceful_path"][i] == feasible(discount[i], paths[i], a_cost[i], b_cost[i]), (i, slack)


def feasible(discount, path, a_cost, b_cost) -> bool:
    """Whether shares x_0 … x_N, the last one for ever, keep both sides from fighting at every date."""
    n, stake = len(path), 1 / (1 - discount)
    years = np.arange(n)
    weights = np.triu(discount ** np.maximum(years[None, :] - years[:, None], 0.0))
    weights[:, -1] *= stake
    mine, yours = path * stake - a_cost, (1 - path) * stake - b_cost
    result = linprog(
        np.zeros(n),
        A_ub=np.concatenate([-weights, weights]),
        b_ub=np.concatenate([-mine, stake - yours]),
        bounds=(0, 1),
    )
    return result.status == 0


def test_dearer_wars_leave_more_slack_and_exchanging_the_sides_changes_nothing():
    r = random()
    base = answers(**r)
    for name in ("a_war_cost", "b_war_cost"):
        assert (answers(**{**r, name: r[name] + 0.3})["slack"] > base["slack"] - 1e-12).all()
    mirror = {
        **r,
        "power": 1 - r["power"],
        "later_power": 1 - r["later_power"],
        "a_war_cost": r["b_war_cost"],
        "b_war_cost": r["a_war_cost"],
    }
    found = answers(**mirror)
    np.testing.assert_allclose(found["slack"], base["slack"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["a_secures"], base["b_secures"], rtol=0, atol=1e-9)


def test_a_shift_that_takes_longer_than_the_years_that_are_followed_is_refused():
    solved = solve(MODEL, {**DEFAULT, "power_shift": 0.005}, horizon=61, years=0, chunk=32)
    assert solved.status == (
        "not solved: needs |later_power − power| ≤ 60 · power_shift, or power_shift = 0",
    )


def test_years_beyond_the_shift_change_nothing():
    longer = solve(MODEL, DEFAULT, horizon=90, years=0, chunk=1).outcomes
    for name, x in answers().items():
        assert longer[name][0] == pytest.approx(x[0], abs=1e-12), name
