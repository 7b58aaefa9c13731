"""Corners of the red-line game (docs/theory/family.md): inspection, and the bargain in the shadow of war."""

import numpy as np
from family import NOISES, STRONG, assert_vanishes, gallery, powers, red_line
from scipy.special import expit

# --- inspection --------------------------------------------------------------------------------------


def test_what_inspection_exposes_is_the_first_strike_of_fearon():
    draw, n = np.random.default_rng(18), 64
    second = draw.uniform(0.3, 0.6, n)
    first = second + draw.uniform(0, 0.35, n)
    c_a, c_b = draw.uniform(0.01, 0.3, n), draw.uniform(0.01, 0.3, n)
    found = gallery(
        "fearon1995_first_strike",
        {"first_strike_power": first, "second_strike_power": second, "a_war_cost": c_a, "b_war_cost": c_b},
        chunk=64,
    )
    room = found["room"]
    assert 0.1 < (room < 0).mean() < 0.9
    for noise in (0.3, 0.03):
        exposed = {
            **powers(1 - first, 1 - second),
            "exposure": 1.0,
            "bargaining_share": 0.0,
            "holder_war_cost": c_b,
            "demander_war_cost": c_a,
            "noise": noise,
        }
        mine = red_line(**exposed)
        np.testing.assert_allclose(mine["war_under_deal"], expit(-room / noise), rtol=0, atol=1e-12)
        # The compensation at which it stops keeping the peace is the width of the range of peaceful shares.
        edge = red_line(**exposed, compensation_1=np.maximum(room, 0))["war_under_deal"][room > 0]
        np.testing.assert_allclose(edge, 0.5, rtol=0, atol=1e-12)


def test_compliance_with_a_deal_is_that_of_coe_and_vaynman():
    draw, n = np.random.default_rng(19), 160
    d, costs = draw.uniform(0.5, 0.95, n), draw.uniform(0.1, 0.4, n)
    gain, exposure = draw.uniform(0.05, 0.4, n), draw.uniform(0.1, 0.6, n)
    k = draw.uniform(0, 0.4, n)
    ends = []
    for most in (False, True):
        m = np.minimum(1, costs / exposure) if most else np.zeros(n)
        # What a hidden step brings from the next year on; the corner needs it to bring something.
        later = d * (gain + exposure * m - costs)
        ends.append((m, later, (later + exposure * m >= 0)))
    fits = ends[0][2] & ends[1][2]
    keep = np.flatnonzero(fits)[:32]
    assert len(keep) == 32
    d, costs, gain, exposure, k = (x[keep] for x in (d, costs, gain, exposure, k))
    found = gallery(
        "coe_vaynman2020",
        {
            "discount": d,
            "power": 0.5,
            "power_gain": gain,
            "exposure": exposure,
            "proposing_war_cost": costs / 2,
            "arming_war_cost": costs / 2,
            "cheating_cost": k,
        },
        horizon=3,
        years=0,
        chunk=32,
    )
    complies = []
    for (m, later, _), outcome in zip(ends, ("compliance_unmonitored", "compliance_monitored"), strict=True):
        m, later, errors = m[keep], later[keep], []
        if m.any():
            np.testing.assert_allclose(m, found["most_monitoring"], rtol=0, atol=1e-12)
        for noise in NOISES:
            mine = red_line(
                **powers(0.5, 0.5 + gain),
                bargaining_share=0.0,
                holder_war_cost=costs / 2,
                demander_war_cost=costs / 2,
                detection=m,
                compensation_1=np.maximum(costs - exposure * m, 0),  # y(0) + t = p − σm + c_D
                upkeep_per_step=gain - later,
                sanctions_cost=later + exposure * m,  # detected, R has what war would give it
                build_cost=(1 - d) * k,
                deal_strength=STRONG,
                noise=noise,
            )
            errors.append(np.abs(mine["cheat"] - expit(-found[outcome] / noise)).max())
        assert_vanishes(errors)
        complies.append(mine["cheat"] < 0.5)
    # h is convex: a deal can be kept if and only if it is kept at one of the ends.
    np.testing.assert_array_equal(np.any(complies, axis=0), found["viable"] > 0)
    assert set(found["viable"]) == {0.0, 1.0, 2.0}


def test_butter_for_bombs_is_the_compensation_at_which_the_holder_stops_building():
    draw, n = np.random.default_rng(20), 64
    power = draw.uniform(0.3, 0.6, n)
    armed = np.minimum(0.95, power + draw.uniform(0.02, 0.4, n))
    c_r, c_d = draw.uniform(0.05, 0.15, n), draw.uniform(0.03, 0.15, n)
    d, k = draw.uniform(0.5, 0.95, n), draw.uniform(0, 0.6, n)
    found = gallery(
        "spaniel2019",
        {
            "discount": d,
            "power": power,
            "armed_power": armed,
            "offering_war_cost": c_d,
            "rising_war_cost": c_r,
            "build_cost": k,
        },
        horizon=1,
        years=0,
        chunk=64,
    )
    threat, none, butter = (found["region"] == i for i in range(3))
    assert min(threat.sum(), none.sum(), butter.sum()) > 5
    common = {
        **powers(power, armed),
        "bargaining_share": 0.0,
        "holder_war_cost": c_r,
        "demander_war_cost": c_d,
        "upkeep_per_step": (1 - d) * (armed - power),  # the first year, in which the weapon is not ready
        "build_cost": (1 - d) * k,
        "detection": 1.0,
        "deal_strength": STRONG,
    }
    noise = NOISES[-1]
    tempted = red_line(**common, noise=noise)["try"]
    assert (tempted[none] < 0.5).all()
    assert (tempted[butter] > 0.5).all()
    price = np.maximum(found["concession"], 0)
    errors = []
    for noise in NOISES:
        edge = red_line(**common, noise=noise, compensation_1=price)["cheat"]
        errors.append(np.abs(edge - 0.5)[butter].max())
    assert_vanishes(errors)
    for off, builds in ((0.01, False), (-0.01, True)):
        mine = red_line(**common, noise=1e-3, compensation_1=np.maximum(price + off, 0))["cheat"]
        assert ((mine > 0.5) == builds)[butter & (price > 0.02)].all()
    # The threat to strike first: the same threshold, at the node of preventive war.
    strikes = red_line(
        **powers(power, armed),
        arsenal=0.0,
        build_cost=0.0,
        discount=d,
        bargaining_share=0.0,
        holder_war_cost=c_r,
        demander_war_cost=c_d,
        noise=1e-3,
    )["attack_hazard"]
    np.testing.assert_allclose(strikes, found["strike_if_built"], rtol=0, atol=1e-2)


def test_detection_that_deters_in_debs_and_monteiro_deters_here():
    draw, n = np.random.default_rng(21), 64
    power, shift = draw.uniform(0.2, 0.5, n), draw.uniform(0.05, 0.4, n)
    weight, e = draw.uniform(0.5, 1.2, n), draw.uniform(0, 1, n)
    k, c = draw.uniform(0, 0.3, n), draw.uniform(0.005, 0.1, n)
    found = gallery(
        "debs_monteiro2014",
        {
            "power": power,
            "power_after": power + shift,
            "future_weight": weight,
            "investment_cost": k,
            "deterrer_war_cost": c,
            "target_war_cost": c,
            "detection": e,
        },
        chunk=16,
    )
    peace, investment, mixed = (found["kind"] == i for i in range(3))
    assert min(peace.sum(), investment.sum(), mixed.sum()) > 5
    worth = weight * shift  # the second period, in units of the first
    mine = red_line(
        **powers(0.4, 0.4 + worth),
        bargaining_share=0.0,
        holder_war_cost=0.1,
        demander_war_cost=0.3,
        sanctions_cost=worth,  # a step that is detected brings nothing
        detection=e,
        build_cost=k,
        deal_strength=STRONG,
        noise=1e-3,
    )
    # Where strikes are a threat, what is not seen has to pay for the investment, as under a deal here.
    threatened = worth > (1 + weight) * 2 * c
    np.testing.assert_array_equal((mine["cheat"] < 0.5)[threatened], peace[threatened])
    # Where they are not, all of the gain does, as without a deal here.
    free = red_line(
        **powers(0.4, 0.4 + worth),
        bargaining_share=0.0,
        holder_war_cost=0.1,
        demander_war_cost=0.3,
        build_cost=k,
        noise=1e-3,
    )["try"]
    np.testing.assert_array_equal((free > 0.5)[~threatened], investment[~threatened])


def test_the_inspections_of_dresher_leave_the_holder_indifferent():
    m, b = (x.ravel() for x in np.meshgrid([1.0, 2.0], [0.5, 1.0, 2.0]))
    found = gallery("dresher1962", {"inspections": m, "catch": b}, horizon=3, years=0, chunk=32)
    scale = 0.3
    common = {
        **powers(0.4, 0.4 + scale * (1 + found["inspector_value"])),  # unseen: 1 against compliance, −v
        "bargaining_share": 0.0,
        "holder_war_cost": 0.1,
        "demander_war_cost": 0.3,
        "sanctions_cost": scale * (1 + b),  # detected: −b instead of 1
        "build_cost": 0.0,
        "deal_strength": STRONG,
    }
    errors = []
    for noise in NOISES:
        mine = red_line(**common, detection=found["inspection"], noise=noise)
        errors.append(np.abs(mine["cheat"] - 0.5).max())
    assert_vanishes(errors)
    for more, cheats in ((0.03, 0.0), (-0.03, 1.0)):
        mine = red_line(**common, detection=found["inspection"] + more, noise=1e-3)["cheat"]
        np.testing.assert_allclose(mine, cheats, rtol=0, atol=1e-3)


# --- the bargain in the shadow of war ----------------------------------------------------------------


def test_the_division_of_the_stake_is_rubinsteins_where_the_war_of_the_one_who_answers_binds():
    draw, n = np.random.default_rng(22), 64
    power = draw.uniform(0.2, 0.8, n)
    c_h, c_d = draw.uniform(0.01, 0.15, n), draw.uniform(0.01, 0.15, n)
    war = {"holder": power - c_h, "demander": 1 - power - c_d}
    d1, d2 = draw.uniform(0.1, 0.99, n), draw.uniform(0.1, 0.99, n)
    for first, second, a in (("holder", "demander", 1.0), ("demander", "holder", 0.0)):
        found = gallery(
            "rubinstein1982",
            {"first_discount": d1, "second_discount": d2, "first_war": war[first], "second_war": war[second]},
            years=0,
            chunk=64,
        )
        mine = red_line(
            **powers(power, power), holder_war_cost=c_h, demander_war_cost=c_d, bargaining_share=a
        )["holder_share"]
        theirs = found["first_share"] if first == "holder" else 1 - found["first_share"]
        binds = war[second] > d2 * found["second_share"] + 1e-9
        assert 0.1 < binds.mean() < 0.9
        np.testing.assert_allclose(mine[binds], theirs[binds], rtol=0, atol=1e-9)
        assert (np.abs(mine - theirs)[~binds] > 1e-6).all(), (
            "waiting is worth more than war, and is not in it"
        )
