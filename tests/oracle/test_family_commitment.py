"""Corners of the red-line game (docs/theory/family.md): commitment and the slippery slope."""

from typing import Any

import numpy as np
from family import NOISES, assert_vanishes, gallery, powers, red_line
from scipy.special import expit


def powell(d: Any, power: Any, later: Any, c_a: Any, c_b: Any) -> dict[str, np.ndarray]:
    """Powell's game in which power shifts once, for certain; costs of war a year."""
    points = {
        "discount": d,
        "power": power,
        "later_power": later,
        "power_shift": 1.0,
        "a_war_cost": c_a / (1 - d),
        "b_war_cost": c_b / (1 - d),
    }
    return gallery("powell2006", points, horizon=61, years=0, chunk=32)


# --- commitment --------------------------------------------------------------------------------------


def test_a_concession_that_cannot_be_paid_at_once_is_the_inefficiency_of_powell():
    draw, n = np.random.default_rng(13), 32
    power = draw.uniform(0.1, 0.5, n)
    later = power + draw.uniform(0.02, 0.4, n)
    d, c_a, c_b = draw.uniform(0.3, 0.95, n), draw.uniform(0, 0.1, n), draw.uniform(0, 0.1, n)
    found = powell(d, power, later, c_a, c_b)
    expected = found["slack"] * (1 - d)
    assert (expected < 0).any()
    assert (expected > 0).any()
    errors = []
    for noise in NOISES:
        mine = red_line(
            **powers(1 - later, 1 - power),  # the step is what keeps the demander, A, from what comes later
            bargaining_share=(c_a + 0.3) / (c_a + 0.6),
            holder_war_cost=0.3,
            demander_war_cost=c_a + 0.3,  # y(q) = p(q) + c_A, and no war
            upkeep_per_step=c_a + c_b,  # y(1) − k = p(1) − c_B
            reliable_performance=0.0,
            unreliable_performance=0.0,
            compensation_1=1.0,
            upfront_years=(1 - d) * (later - c_a),  # all that is left of the year's stake
            noise=noise,
        )
        # Where A would rather fight at once than wait, Powell's slack is what a war wastes.
        errors.append(np.abs(np.minimum(mine["holder_gain"][0], c_a + c_b) - expected).max())
    assert_vanishes(errors)
    assert (expected < c_a + c_b - 1e-6).mean() > 0.5
    assert ((mine["holder_gain"][0] >= 0) == (found["peaceful_path"] == 1)).all()


def test_the_trust_that_a_deal_needs_is_the_trust_that_cooperation_needs_in_kydd():
    draw, n = np.random.default_rng(14), 32
    trust = draw.uniform(0.05, 0.95, n)
    shift = draw.uniform(0.1, 0.4, n)
    k, s, standing = draw.uniform(0, 0.04, n), draw.uniform(0, 0.2, n), draw.uniform(0, 0.05, n)
    t = 0.15 + draw.uniform(0, 0.5, n) + np.maximum(shift - k - s + standing, 0)
    kept, broken, refused = 0.3 + t - standing, 0.3 - s, 0.3 + shift - k - s
    m = (refused - broken) / (kept - broken)
    trust = np.where(np.abs(trust - m) < 0.02, m + 0.02, trust)
    above = kept + 1.0  # what a side that is not trustworthy gains by defecting: any number above
    found = gallery(
        "kydd2005",
        {
            "trust": trust,
            "reward": kept,
            "exploited": broken,
            "temptation": refused,
            "punishment": refused,
            "temptation_untrustworthy": above,
        },
        chunk=32,
    )
    cooperates = found["cooperation"] > 0.5
    assert 5 < cooperates.sum() < n - 5
    # A trustworthy side's value, from the value before it knows itself.
    others = trust * cooperates * above + (1 - trust * cooperates) * refused
    expected = (found["value"] - (1 - trust) * others) / trust - refused
    errors = []
    for noise in NOISES:
        mine = red_line(
            **powers(0.3, 0.3 + shift),
            bargaining_share=0.2,
            holder_war_cost=0.5,
            demander_war_cost=2.0,  # y(q) = p(q), and no war
            upkeep_per_step=k,
            sanctions_cost=s,
            one_sided_cost=standing,
            compensation_1=t,
            trust=trust,
            reliable_performance=1.0,
            unreliable_performance=0.0,
            noise=noise,
        )
        errors.append(np.abs(np.maximum(mine["holder_gain"][0], 0) - expected).max())
    assert_vanishes(errors)
    assert ((mine["holder_gain"][0] > 0) == cooperates).all()


# --- slippery slope ----------------------------------------------------------------------------------


def test_before_a_step_the_attack_is_the_strike_of_preventive_war():
    draw, n = np.random.default_rng(15), 64
    power = draw.uniform(0.2, 0.5, n)
    shift, d = draw.uniform(0.02, 0.4, n), draw.uniform(0.3, 0.95, n)
    c_h, c_d, a = draw.uniform(0.05, 0.2, n), draw.uniform(0.05, 0.2, n), draw.uniform(0, 0.8, n)
    records = {
        "discount": d,
        "power": power,
        "power_shift": shift,
        "challenger_war_cost": c_h,
        "decliner_war_cost": c_d,
        "bargaining_share": 1 - a,
    }
    errors = []
    for noise in NOISES:
        found = gallery("preventive_war", records | {"noise": noise}, horizon=12, chunk=192)
        mine = red_line(
            **powers(power, power + shift),
            arsenal=0.0,
            build_cost=0.0,
            discount=d,
            holder_war_cost=c_h,
            demander_war_cost=c_d,
            bargaining_share=a,
            noise=noise,
        )
        errors.append(np.abs(mine["attack_hazard"] - found["strike_hazard"]).max())
    assert_vanishes(errors, 1e-4)
    assert 0.1 < np.mean(found["strike_hazard"] > 0.5) < 0.9


def test_the_attack_before_a_step_is_that_of_fearon_where_the_demander_has_everything_until_then():
    draw, n = np.random.default_rng(16), 64
    power, d = draw.uniform(0.1, 0.5, n), draw.uniform(0.5, 0.95, n)
    later = np.minimum(0.95, power + draw.uniform(0.0, 0.4, n))
    cost = draw.uniform(0, 0.04, n)  # of the stake for ever
    found = gallery(
        "fearon1995_preventive",
        {"discount": d, "power": power, "later_power": later, "b_war_cost": cost / (1 - d)},
        horizon=1,
        years=0,
        chunk=64,
    )
    a = (1 - power) / (1 + cost)
    errors = []
    for noise in NOISES:
        mine = red_line(
            **powers(power, later),
            arsenal=0.0,
            build_cost=0.0,
            discount=d,
            holder_war_cost=1.0,
            demander_war_cost=cost,
            bargaining_share=a,  # y(0) = 0
            retaliation_per_step=(1 + cost) * (1 / a - 1),  # y(1) = p(1) + c_B
            noise=noise,
        )
        expected = expit((found["needed_share"] - 1) / noise)
        errors.append(np.abs(mine["attack_hazard"] - expected).max())
    assert_vanishes(errors)
    clear = np.abs(found["needed_share"] - 1) > 0.1
    np.testing.assert_allclose(mine["attack_hazard"][clear], found["war"][clear], rtol=0, atol=1e-8)
    assert 0.1 < found["war"].mean() < 0.9


def test_the_attack_before_a_step_is_the_inefficiency_of_powell_where_war_is_all_that_each_can_secure():
    draw, n = np.random.default_rng(17), 32
    d, power = draw.uniform(0.5, 0.95, n), draw.uniform(0.05, 0.3, n)
    later = np.minimum(0.95, power + draw.uniform(0.2, 0.7, n))
    c_a, c_b = power + draw.uniform(0.02, 0.1, n), draw.uniform(0.0, 0.2, n)
    found = powell(d, power, later, c_a, c_b)
    errors = []
    for noise in NOISES:
        mine = red_line(
            **powers(power, later),
            arsenal=0.0,
            build_cost=0.0,
            discount=d,
            bargaining_share=0.0,
            holder_war_cost=c_a,
            demander_war_cost=c_b,
            noise=noise,
        )
        errors.append(np.abs(mine["attack_hazard"] - expit(-found["slack"] / noise)).max())
    assert_vanishes(errors)
    assert 0.1 < (found["slack"] < 0).mean() < 0.9


def test_a_step_is_the_fort_of_fearons_salami():
    low, high, fort, c_a, c_b = np.array(
        [
            (0.6, 0.9, 0.5, 0.3, 0.3),
            (0.6, 0.9, 0.5, 1.2, 0.3),
            (0.6, 0.61, 0.5, 0.3, 0.3),
            (0.6, 0.7, 0.55, 0.3, 0.3),
            (0.52, 0.9, 0.5, 0.3, 0.3),
        ]
    ).T
    d = 0.9
    found = gallery(
        "fearon1996",
        {
            "discount": d,
            "share": 0.4,
            "power_base": low,
            "power_slope": 0.0,
            "fort_power": high - low,
            "fort_share": fort,
            "a_war_cost": c_a,
            "b_war_cost": c_b,
        },
        horizon=60,
        years=60,
        settings={"shares": 120},
        chunk=9,
    )
    kept = 1 - high - (1 - d) * c_b  # the holder's, B's, once the fort is lost
    mine = red_line(
        **powers(1 - high, 1 - low),
        bargaining_share=0.0,
        holder_war_cost=(1 - d) * c_b,
        demander_war_cost=(1 - d) * c_a,
        reliable_performance=0.0,
        unreliable_performance=0.0,
        compensation_1=1.0,
        upfront_years=(1 - d) * (1 - fort - kept),  # in the year of the crossing B has all but the fort
        sanctions_cost_demander=low + (1 - d) * c_b - fort,  # stopping short is worth x̂ to A
        noise=1e-4,
    )
    war = (mine["holder_gain"][0] < 0) & (mine["attack_hazard"] > 0.5)
    np.testing.assert_array_equal(war, found["war"] > 0.5)
    assert set(war) == {True, False}
