"""Transparency against security: printed numbers, the compliance condition, a search over a fine grid."""

import numpy as np

from detente.engine.batch import solve
from detente.models import get

MODEL = get("coe_vaynman2020")
DEFAULT = {p.name: p.default for p in MODEL.parameters if not p.static}
NO, MONITORED, UNMONITORED = range(3)

TABLE = (  # power gain, exposure, h(0), the most monitoring, h there, what is kept
    (0.3, 0.25, -0.07, 0.8, 0.126, MONITORED),
    (0.3, 0.35, -0.07, 0.571429, 0.018571, MONITORED),
    (0.3, 0.4, -0.07, 0.5, -0.015, NO),
    (0.15, 0.4, 0.065, 0.5, 0.0525, UNMONITORED),
)


def run(**records):
    return solve(MODEL, {**DEFAULT, **records}, horizon=3, years=0, chunk=32)


def answers(**records) -> dict[str, np.ndarray]:
    solved = run(**records)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def random(count: int = 160) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(7)
    return {
        "discount": draw.uniform(0.6, 0.97, count),
        "power": draw.uniform(0.3, 0.6, count),
        "power_gain": draw.uniform(0, 0.4, count),
        "exposure": draw.uniform(0, 1, count),
        "proposing_war_cost": draw.uniform(0, 0.15, count),
        "arming_war_cost": draw.uniform(0, 0.15, count),
        "cheating_cost": draw.uniform(0, 0.5, count),
    }


def compliance(r, m):
    costs = r["proposing_war_cost"] + r["arming_war_cost"]
    lost = costs - r["power_gain"] - r["exposure"] * m
    return m * costs + (1 - m) * r["discount"] * lost + (1 - r["discount"]) * r["cheating_cost"]


def most(r):
    return np.minimum(1, (r["proposing_war_cost"] + r["arming_war_cost"]) / r["exposure"])


def test_the_printed_numbers():
    gain, exposure, none, monitoring, monitored, kept = np.array(TABLE).T
    found = answers(power_gain=gain, exposure=exposure)
    np.testing.assert_allclose(found["compliance_unmonitored"], none, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["most_monitoring"], monitoring, rtol=0, atol=5.1e-7)
    np.testing.assert_allclose(found["compliance_monitored"], monitored, rtol=0, atol=5.1e-7)
    np.testing.assert_array_equal(found["viable"], kept)
    # Where none is kept, D proposes one that it expects to be broken.
    np.testing.assert_allclose(found["agreed"], 1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["cheating"], [0, 0, 1, 0], rtol=0, atol=1e-9)


def test_compliance_in_random_cases_and_a_search_over_many_levels():
    r = random()
    found = answers(**r)
    top = most(r)
    np.testing.assert_allclose(found["compliance_unmonitored"], compliance(r, 0), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["compliance_monitored"], compliance(r, top), rtol=0, atol=1e-9)
    grid = np.linspace(0, 1, 2001)[:, None] * top
    somewhere = (compliance(r, grid) >= 0).any(axis=0)
    expected = np.where(compliance(r, 0) >= 0, UNMONITORED, np.where(somewhere, MONITORED, NO))
    assert (np.bincount(expected, minlength=3) > 15).all()
    np.testing.assert_array_equal(found["viable"], expected)
    steps = np.linspace(0, 1, 11)[:, None] * top
    least = np.where(compliance(r, steps) >= 0, steps, np.inf).min(axis=0)
    np.testing.assert_allclose(np.nan_to_num(found["least_monitoring"], nan=np.inf), least, rtol=0, atol=1e-9)


def test_two_levels_tell_as_much_as_eleven_and_one_year_as_much_as_three():
    r = {k: v[:32] for k, v in random().items()}
    fine = answers(**r)
    solved = solve(MODEL, {**DEFAULT, **r}, horizon=1, years=0, chunk=32, settings={"levels": 2})
    for name in ("viable", "compliance_unmonitored", "compliance_monitored"):
        np.testing.assert_allclose(solved.outcomes[name], fine[name], rtol=0, atol=1e-12, err_msg=name)


def test_the_deal_that_is_proposed_is_the_best_for_the_proposer():
    r = random()
    found = answers(**r)
    d, costs = r["discount"], r["proposing_war_cost"] + r["arming_war_cost"]
    best, value = np.zeros(len(d)), 1 - r["power"] - r["proposing_war_cost"]  # of war
    for step in np.linspace(0, 1, 11):
        m = step * most(r)
        share = r["power"] - r["exposure"] * m + r["proposing_war_cost"]
        armed = r["power"] + r["power_gain"] - r["arming_war_cost"]
        broken = m * (1 - share) + (1 - m) * ((1 - d) * (1 - share) + d * (1 - armed))
        kept = compliance(r, m) >= 0
        worth = np.where(kept, 1 - share, broken)
        better = worth > value + 1e-12
        best, value = np.where(better, np.where(kept, 1, 2), best), np.where(better, worth, value)
    assert (np.bincount(best.astype(int), minlength=3)[1:] > 10).all()
    assert (costs > 0).all()
    np.testing.assert_allclose(found["proposing_value"], value, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["cheating"], best == 2, rtol=0, atol=1e-9)


def test_what_makes_compliance_easier():
    r = random()
    base = answers(**r)
    for name, step, sign in (("power_gain", -0.5, 1), ("cheating_cost", 0.3, 1), ("exposure", 0.3, -1)):
        moved = answers(**{**r, name: np.clip(r[name] * (1 + step), 0, 1)})
        change = sign * (moved["compliance_monitored"] - base["compliance_monitored"])
        assert (change > -1e-12).all(), name
        assert change.max() > 0.01, name
    easy = answers(**{**r, "exposure": 0.9 * (r["proposing_war_cost"] + r["arming_war_cost"])})
    assert (easy["viable"] > NO).all()
    np.testing.assert_allclose(easy["most_monitoring"], 1, rtol=0, atol=1e-12)


def test_shares_that_would_not_be_shares_are_refused():
    solved = run(power=np.array([0.8, 0.95, 0.05, 0.15]), power_gain=np.array([0.3, 0, 0, 0]))
    assert solved.status == (
        "not solved: needs power + power_gain ≤ 1",
        "not solved: needs power + proposing_war_cost ≤ 1",
        "not solved: needs arming_war_cost ≤ power",
        "not solved: needs exposure ≤ power, or proposing_war_cost + arming_war_cost ≤ power",
    )
