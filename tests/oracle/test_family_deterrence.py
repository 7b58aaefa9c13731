"""Corners of the red-line game (docs/theory/family.md): deterrence and anarchy."""

from itertools import pairwise
from typing import Any

import numpy as np
from family import NOISES, gallery, powers, red_line
from scipy.special import expit

# --- deterrence --------------------------------------------------------------------------------------


def test_victory_is_the_contest_of_tullock_and_its_efforts_answer_each_other():
    worth, r = np.array([1.0, 2.0, 1.0]), np.array([1.0, 1.0, 8 / 9])
    found = gallery(
        "tullock1980",
        {"first_prize": worth, "decisiveness": r, "noise": 0.0},
        chunk=8,
        settings={"levels": 22},
    )
    efforts = {"first": found["first_effort"], "second": found["second_effort"]}
    contest = {"bargaining_share": 0.0, "holder_war_cost": 0.0, "arsenal": 0.0}

    def shares(first: Any, second: Any, exponent: Any) -> np.ndarray:
        return red_line(
            holder_strength=first, demander_strength=second, contest_exponent=exponent, **contest
        )["holder_share"]

    won = shares(efforts["first"], efforts["second"], r)
    np.testing.assert_allclose(won, found["victory"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(worth * won - efforts["first"], found["first_value"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(1 - won - efforts["second"], found["second_value"], rtol=0, atol=1e-9)
    # No other effort on the grid does better against the other side's, by the red-line game's numbers.
    for i in range(len(r)):
        levels = np.arange(1, 23) / 36
        mine = worth[i] * shares(worth[i] * levels, efforts["second"][i], r[i]) - worth[i] * levels
        yours = 1 - shares(efforts["first"][i], levels, r[i]) - levels
        assert mine.max() == found["first_value"][i] or abs(mine.max() - found["first_value"][i]) < 1e-9
        assert abs(yours.max() - found["second_value"][i]) < 1e-9


def test_one_year_is_the_game_of_signorino_with_a_status_quo_worth_what_a_refused_demand_is():
    draw, n = np.random.default_rng(11), 48
    without = draw.uniform(0.2, 0.5, n)
    with_step = without + draw.uniform(0.05, 0.3, n)
    a, c_h, c_d = draw.uniform(0.3, 1, n), draw.uniform(0.02, 0.15, n), draw.uniform(0.02, 0.3, n)
    retaliation, fear, upkeep = (draw.uniform(0, 0.1, n) for _ in range(3))
    s, s_d, t, standing = (draw.uniform(0, 0.3, n) for _ in range(4))
    noise, upfront = 10 ** draw.uniform(-1.3, 0.3, n), 0.5
    found = red_line(
        **powers(without, with_step),
        bargaining_share=a,
        holder_war_cost=c_h,
        demander_war_cost=c_d,
        retaliation_per_step=retaliation,
        fear_per_step=fear,
        upkeep_per_step=upkeep,
        sanctions_cost=s,
        sanctions_cost_demander=s_d,
        compensation_1=t,
        one_sided_cost=standing,
        upfront_years=upfront,  # deals 2 and 3 would cost the demander FAR / 2 at once
        noise=noise,
    )
    y0 = without - c_h + a * (c_h + c_d)
    y1 = with_step - c_h + a * (c_h + c_d + retaliation)
    assert ((y0 > 0) & (y1 < 1)).all()
    war = {"challenger": 1 - with_step - c_d - retaliation, "defender": with_step - c_h}
    backing = {"challenger": 1 - y1 - fear - s_d, "defender": y1 - upkeep - s}
    # After a concession the demander can still attack: a second node of the same kind.
    after = {"challenger": 1 - without - c_d, "defender": without - c_h}
    rest = {"challenger": 1 - y0 - t, "defender": y0 + t - standing}
    strikes = expit((after["challenger"] - rest["challenger"]) / noise)
    fights = expit((war["challenger"] - backing["challenger"]) / noise)
    paid = {"challenger": -upfront * t, "defender": upfront * t}
    records = {"noise": noise}
    for side in ("challenger", "defender"):
        records[f"{side}_war"], records[f"{side}_backing_down"] = war[side], backing[side]
        records[f"{side}_concession"] = strikes * after[side] + (1 - strikes) * rest[side] + paid[side]
        records[f"{side}_status_quo"] = fights * war[side] + (1 - fights) * backing[side]
    expected = gallery("signorino1999", records, chunk=16)
    for mine, theirs in (
        ("demand", "challenge"),
        ("attack_hazard", "fighting"),
        ("demander_value", "challenger_value"),
        ("holder_value", "defender_value"),
    ):
        np.testing.assert_allclose(found[mine], expected[theirs], rtol=0, atol=1e-12, err_msg=mine)
    assert np.ptp(found["demand"]) > 0.3, "the draw should hold demands that are likely and unlikely"


# --- anarchy -----------------------------------------------------------------------------------------


def test_support_is_an_ally_of_smith_and_reliability_times_the_missing_veto_its_reliability():
    draw, n = np.random.default_rng(12), 24
    alone = draw.uniform(0.5, 0.85, n)
    together = alone - draw.uniform(0.05, 0.4, n)
    k_a = draw.uniform(0, 1, n)
    found = gallery(
        "smith1995",
        {
            "power_alone": alone,
            "power_together": together,
            "violation_cost": draw.uniform(0, 0.4, n),
            "ally_interest": 0.5,
            "highest_ally_cost": 0.5,
            "defender_war_cost": 0.0,
            "lowest_attack_cost": k_a,
            "highest_attack_cost": k_a,
        },
        settings={"treaties": 1, "types": 25},
        chunk=8,
    )
    honoured = found["reliability"]
    assert np.ptp(honoured) > 0.5
    veto = 0.5 * (1 - honoured)
    won = honoured * together + (1 - honoured) * alone
    clear = np.abs(won - k_a) > 0.03
    assert {0.0, 1.0} == set(np.round(found["attack"][clear], 9))
    errors = []
    for noise in NOISES:
        mine = red_line(
            arsenal=0.0,
            holder_strength=1 - alone,
            demander_strength=alone,
            support_strength=alone * (1 - together) / together - (1 - alone),
            support_reliability=honoured / (1 - veto),
            veto_probability=veto,
            bargaining_share=0.0,
            holder_war_cost=1.0,  # it would rather give up everything …
            sanctions_cost_demander=1.0,  # … which is worth nothing to the demander
            demander_war_cost=k_a,
            noise=noise,
        )
        gaps = [np.abs(mine["attack_hazard"] - found["attack"])[clear].max()]
        gaps.append(np.abs(mine["demander_value"] - found["attacker_value"]).max())
        errors.append(max(gaps))
    assert errors[-1] < 1e-2
    assert all(b < a for a, b in pairwise(errors)), errors
    # At every noise the log-odds of an attack are what it gains.
    np.testing.assert_allclose(mine["attack_hazard"], expit((won - k_a) / NOISES[-1]), rtol=1e-9, atol=1e-12)
