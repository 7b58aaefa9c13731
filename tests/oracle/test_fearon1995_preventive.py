"""Preventive war with offers against its threshold and against backward induction in plain numbers."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("fearon1995_preventive")
DEFAULT = {p.name: p.default for p in MODEL.parameters}


def run(**records):
    return solve(MODEL, {**DEFAULT, **records}, horizon=1, years=0, chunk=64)


def answers(**records) -> dict[str, np.ndarray]:
    solved = run(**records)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def random(count: int = 256) -> dict[str, np.ndarray]:
    """Cases on both sides of the threshold, in which B's later share is not negative."""
    draw = np.random.default_rng(5)
    discount, power = draw.uniform(0.3, 0.97, count), draw.uniform(0, 0.7, count)
    b_cost = draw.uniform(0, 0.9, count) * (1 - power) / (1 - discount)
    highest = 1 - (1 - discount) * b_cost
    return {
        "discount": discount,
        "power": power,
        "later_power": power + (highest - power) * draw.uniform(0, 1, count),
        "a_war_cost": draw.uniform(0, 2, count),
        "b_war_cost": b_cost,
    }


def by_hand(r: dict[str, float], years: int = 600) -> dict[str, float]:
    """Backward from the last of many years: what B needs, what A offers, and what both are worth."""
    d, a, b, offer = r["discount"], 0.0, 0.0, np.nan
    for year in reversed(range(years)):
        power = r["power"] if year == 0 else r["later_power"]
        war_a, war_b = power - (1 - d) * r["a_war_cost"], 1 - power - (1 - d) * r["b_war_cost"]
        needed = (war_b - d * b) / (1 - d)
        # Less than nothing cannot be offered, nor more than all there is; the last years are long ago.
        offer = max(needed, 0.0)
        peace = (1 - d) * (1 - offer) + d * a
        agreed = offer <= 1 + 1e-12 and peace >= war_a - 1e-12
        a, b = (peace, (1 - d) * offer + d * b) if agreed else (war_a, war_b)
    return {"a_value": a, "b_value": b, "needed_share": offer, "war": float(not agreed)}


@pytest.mark.parametrize(
    ("discount", "power", "b_cost", "threshold"),
    [(0.9, 0.3, 0.2, 0.335556), (0.8, 0.5, 0.5, 0.65), (0.9, 0.4, 5.0, 0.5)],
)
def test_war_begins_at_the_printed_threshold(discount, power, b_cost, threshold):
    exact = (power + (1 - discount) ** 2 * b_cost) / discount
    assert exact == pytest.approx(threshold, abs=5.1e-7)
    # In the last row B's later share is 0 at the threshold, and the condition ends there.
    step = np.array([-1e-6, 0.0, *([1e-6] if b_cost < 5 else [])])
    found = answers(discount=discount, power=power, later_power=exact + step, b_war_cost=b_cost)
    assert found["needed_share"][1] == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(found["war"][[0, *range(2, len(step))]], step[step != 0] > 0, atol=1e-9)
    assert np.isnan(found["offer"]).tolist() == (found["war"] > 0.5).tolist()


def test_the_inequality_and_all_outcomes_in_random_cases():
    r = random()
    found = answers(**r)
    d, later = r["discount"], 1 - r["later_power"] - (1 - r["discount"]) * r["b_war_cost"]
    gap = d * r["later_power"] - r["power"] - (1 - d) ** 2 * r["b_war_cost"]
    assert 0.2 < (gap > 0).mean() < 0.8
    np.testing.assert_allclose(found["war"], gap > 0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["later_war"], 0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["needed_share"], 1 + gap / (1 - d), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["later_offer"], later, rtol=0, atol=1e-9)
    for i in range(0, len(d), 4):
        one = {k: float(v[i]) for k, v in r.items()}
        for name, x in by_hand(one).items():
            assert found[name][i] == pytest.approx(x, abs=1e-9), (name, i)


def test_only_the_decliners_cost_matters_and_patience_is_dangerous():
    r = random()
    base = answers(**r)
    dearer = answers(**{**r, "a_war_cost": r["a_war_cost"] + 1.0})
    np.testing.assert_allclose(dearer["needed_share"], base["needed_share"], rtol=0, atol=1e-9)
    war = answers(discount=np.array([0.5, 0.7, 0.9, 0.95, 0.99]))["war"]
    assert (np.diff(war) >= -1e-12).all()
    assert (war[0], war[-1]) == pytest.approx((0, 1))


def test_where_the_later_share_would_be_negative_or_power_falls_the_theory_says_nothing():
    solved = run(later_power=np.array([0.99, 0.2]), b_war_cost=1.0)
    assert solved.status == (
        "not solved: needs later_power + (1 − discount) · b_war_cost ≤ 1",
        "not solved: needs power ≤ later_power",
    )
