"""The ultimatum with a private cost against its closed forms.

With finitely many costs the best demand is found by trying all of them, here in NumPy: exact. The uniform
continuum is the limit, which the proposer's value approaches like 1/N and Pr(war) within 1/N.
"""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("fearon1995")
NAMES = ("power", "proposer_war_cost", "lowest_cost", "highest_cost")
TABLE = np.array(  # p, c_A, a, b: x*, Pr(war), U_A
    [
        [0.5, 0.1, 0.0, 0.3, 0.6, 1 / 3, 0.533333],
        [0.5, 0.1, 0.0, 0.2, 0.55, 0.25, 0.5125],
        [0.5, 0.2, 0.05, 0.45, 0.625, 0.1875, 0.564062],
        [0.3, 0.05, 0.1, 0.4, 0.475, 0.25, 0.41875],
        [0.6, 0.0, 0.0, 0.3, 0.75, 0.5, 0.675],
        [0.5, 0.1, 0.15, 0.35, 0.65, 0.0, 0.65],
    ]
)


def answers(records: dict[str, np.ndarray], types: int, chunk: int = 8) -> dict[str, np.ndarray]:
    records = {"high_share": 0.5, "noise": 0.0, **records}
    solved = solve(MODEL, records, horizon=1, settings={"types": types}, chunk=chunk)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def table() -> dict[str, np.ndarray]:
    return dict(zip(NAMES, TABLE.T[:4], strict=True))


def draws(n: int, seed: int) -> dict[str, np.ndarray]:
    """Random points that meet the conditions."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 0.2, n)
    high = low + rng.uniform(0.05, 0.4, n)
    return {
        "power": rng.uniform(0, 1 - high),
        "proposer_war_cost": rng.uniform(0, 0.3, n),
        "lowest_cost": low,
        "highest_cost": high,
        "high_share": rng.uniform(0.1, 0.9, n),
    }


def best(costs: np.ndarray, weights: np.ndarray, p: float, c_a: float) -> dict[str, float]:
    """The best of the demands p + c, by trying them all."""
    accepted = np.array([weights[costs >= c].sum() for c in costs])
    worth = accepted * (p + costs) + (1 - accepted) * (p - c_a)
    k = int(np.argmax(worth))
    return {
        "proposer_value": worth[k],
        "responder_value": weights @ np.maximum(1 - p - costs[k], 1 - p - costs),
        "demand": p + costs[k],
        "war": 1 - accepted[k],
        "safe": float(k == 0),
    }


@pytest.mark.parametrize(
    ("types", "demand", "war", "value"),
    [
        (5, 0.59, 0.2, 0.552),
        (10, 0.605, 0.3, 0.5435),
        (50, 0.599, 0.32, 0.53532),
        (200, 0.59975, 0.33, 0.533832),
        (1000, 0.60005, 0.333, 0.533433),
    ],
)
def test_with_equally_likely_costs_the_best_demand_is_exact(types, demand, war, value):
    point = {"power": 0.5, "proposer_war_cost": 0.1, "lowest_cost": 0.0, "highest_cost": 0.3}
    found = {k: float(x[0]) for k, x in answers(point, types, chunk=8 if types < 1000 else 1).items()}
    k = np.arange(types)
    costs = 0.3 * (k + 0.5) / types
    worth = (1 - k / types) * (0.5 + costs) + k / types * 0.4
    assert found["proposer_value"] == pytest.approx(worth.max(), abs=1e-9)
    assert found["demand"] == pytest.approx(0.5 + costs[worth.argmax()], abs=1e-9)
    assert found["war"] == pytest.approx(worth.argmax() / types, abs=1e-9)
    # As printed.
    assert found["demand"] == pytest.approx(demand, abs=1e-9)
    assert found["war"] == pytest.approx(war, abs=1e-9)
    assert found["proposer_value"] == pytest.approx(value, abs=6e-7)


def test_the_printed_table_is_the_closed_form():
    p, c_a, a, b, x, war, value = TABLE.T
    y = np.maximum(a, (b - c_a) / 2)
    risky = y > a
    np.testing.assert_allclose(x, p + y, atol=1e-12)
    np.testing.assert_allclose(war, np.maximum(0, (b - c_a - 2 * a) / (2 * (b - a))), atol=1e-12)
    closed = np.where(risky, p - c_a + (b + c_a) ** 2 / (4 * (b - a)), p + a)
    np.testing.assert_allclose(value, closed, atol=6e-7)


def test_the_uniform_continuum_is_approached_like_one_over_n():
    p, c_a, a, b, x, war, _ = TABLE.T
    y, risky = np.maximum(a, (b - c_a) / 2), (b - c_a) / 2 > a
    value = np.where(risky, p - c_a + (b + c_a) ** 2 / (4 * (b - a)), p + a)
    errors = []
    sizes = np.array([10, 50, 200])
    for types in sizes:
        found = answers(table(), int(types))
        assert (np.abs(found["war"] - war) < 1 / types).all()
        assert (np.abs(found["demand"] - x) < (b - a) / types).all()
        errors.append(found["proposer_value"] - value)
        # To first order the error is (y* + c_A)/(2N), and where every cost accepts, half a part of the range.
        first = np.where(risky, (y + c_a) / (2 * types), (b - a) / (2 * types))
        np.testing.assert_allclose(errors[-1], first, rtol=2 / types)
    ratio = np.array(errors[1:]) / errors[:-1] / (sizes[:-1] / sizes[1:])[:, None]
    np.testing.assert_allclose(ratio, 1, atol=0.1)
    assert np.abs(errors[-1]).max() < 1e-3


def test_random_points_with_uneven_costs_agree_with_trying_every_demand():
    points = draws(32, seed=1)
    for types in (5, 10):
        found = answers(points, types)
        k = np.arange(types)
        upper = np.where(2 * k + 1 == types, 0.5, np.where(2 * k + 1 > types, 1.0, 0.0))
        for i in range(32):
            p = {n: float(v[i]) for n, v in points.items()}
            costs = p["lowest_cost"] + (k + 0.5) / types * (p["highest_cost"] - p["lowest_cost"])
            weights = 2 / types * (upper * p["high_share"] + (1 - upper) * (1 - p["high_share"]))
            for name, x in best(costs, weights, p["power"], p["proposer_war_cost"]).items():
                assert found[name][i] == pytest.approx(x, abs=1e-9), (types, i, name)


def test_with_two_costs_the_risk_is_taken_from_a_threshold_on():
    points = draws(16, seed=2)
    points["lowest_cost"][:2], points["highest_cost"][:2] = (0.05, 0.1), (0.3, 0.2)
    points["proposer_war_cost"][:2], points["power"][:2] = (0.1, 0.2), 0.5
    low, high, c_a = (points[n] for n in ("lowest_cost", "highest_cost", "proposer_war_cost"))
    threshold = (low + c_a) / (high + c_a)
    np.testing.assert_allclose(threshold[:2], (0.375, 0.75), atol=1e-12)
    below = answers({**points, "high_share": threshold - 1e-6}, 2)
    above = answers({**points, "high_share": threshold + 1e-6}, 2)
    np.testing.assert_allclose(below["war"], 0, atol=1e-9)
    np.testing.assert_allclose(below["demand"], points["power"] + low, atol=1e-9)
    np.testing.assert_allclose(below["proposer_value"], points["power"] + low, atol=1e-9)
    np.testing.assert_allclose(above["war"], 1 - threshold - 1e-6, atol=1e-9)
    np.testing.assert_allclose(above["demand"], points["power"] + high, atol=1e-9)
    # On either side of it the proposer is worth the same to within the step.
    np.testing.assert_allclose(above["proposer_value"], below["proposer_value"], atol=1e-6)


def test_two_tied_demands_are_each_made_half_the_time():
    def worth(c_a: float) -> np.ndarray:
        k = np.arange(10)
        return (1 - k / 10) * (0.51 + 0.02 * k) + k / 10 * (0.5 - c_a)

    def war(c_a: float) -> float:
        point = {"power": 0.5, "proposer_war_cost": c_a, "lowest_cost": 0.0, "highest_cost": 0.2}
        return float(answers(point, 10)["war"][0])

    tied = np.flatnonzero(worth(0.09) > worth(0.09).max() - 1e-12)
    assert tied.tolist() == [2, 3]
    assert war(0.09) == pytest.approx(0.25, abs=1e-3)  # rounding tips the scales a little
    # At a cost of 0.1 the larger of the two is worse by 0.001 of the stake, and is not made.
    assert worth(0.1)[2] - worth(0.1)[3] == pytest.approx(1e-3, abs=1e-12)
    assert war(0.1) == pytest.approx(0.2, abs=1e-9)


def test_war_does_not_depend_on_power_and_falls_with_its_cost():
    n = 16
    for name, values, sign in (
        ("power", np.linspace(0.05, 0.65, n), 0),
        ("proposer_war_cost", np.linspace(0, 0.4, n), -1),
        ("highest_cost", np.linspace(0.05, 0.5, n), 1),
    ):
        point = {"power": 0.5, "proposer_war_cost": 0.1, "lowest_cost": 0.0, "highest_cost": 0.3}
        war = answers({**point, name: values}, 50)["war"]
        if sign:
            assert (sign * np.diff(war) >= -1e-9).all(), name
            assert np.ptp(war) > 0.2, name
        else:  # where two demands are as good as tied, rounding may choose the next one
            assert np.ptp(war) <= 1 / 50 + 1e-9


def test_a_point_at_which_a_demand_could_exceed_the_stake_is_refused():
    records = {"power": [0.8, 0.7, 0.7], "lowest_cost": [0.0, 0.0, 0.3], "highest_cost": 0.3}
    records |= {"proposer_war_cost": 0.1, "high_share": 0.5, "noise": 0.0}
    solved = solve(MODEL, records, horizon=1, settings={"types": 10}, chunk=8)
    assert solved.status == (
        "not solved: needs power + highest_cost ≤ 1",
        None,
        "not solved: needs lowest_cost < highest_cost",
    )
