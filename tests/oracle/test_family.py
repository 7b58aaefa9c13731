"""Corners of the red-line game against the gallery: docs/theory/family.md, in the order of that page.

Every expected number comes from a solved game of the gallery. What is derived on the page is which
parameters of one game are which of the other. One program serves all corners: two years, of which the
second does not count (discount 0) where the corner is a single year.
"""

from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.special import expit

from detente.engine import batch, device
from detente.models import get

REDLINE = get("redline")
SETTINGS = {"arsenal_steps": 1, "counter_steps": 1, "trust_points": 5}
CHUNK = 128
NOISES = (0.1, 0.05, 0.02, 0.01, 0.004)
FAR = 1e4  # a price at which nothing is bought
STRONG = 1e6  # a strength against which nobody goes to war

# A year in which nobody builds or arms, promises are kept, and nothing costs what a corner does not say.
BARE = {p.name: float(p.default) for p in REDLINE.parameters if not p.static} | {
    "discount": 0.0,
    "noise": 0.1,
    "arsenal": 1.0,
    "deals": 1.0,
    "support_reliability": 0.0,
    "veto_probability": 0.0,
    "support_strength": 0.0,
    "holder_strength": 1.0,
    "demander_strength": 1.0,
    "strength_per_step": 0.0,
    "counter_strength_per_step": 0.0,
    "retaliation_per_step": 0.0,
    "upkeep_per_step": 0.0,
    "counter_upkeep": 0.0,
    "fear_per_step": 0.0,
    "one_sided_cost": 0.0,
    "mutual_cost": 0.0,
    "reliable_performance": 1.0,
    "unreliable_performance": 1.0,
    "trust_drift": 0.0,
    "reneging_cost": 0.0,
    "sanctions_cost": 0.0,
    "sanctions_cost_demander": 0.0,
    "compensation_1": 0.0,
    "compensation_2": FAR,
    "compensation_3": FAR,
    "growth_at_risk": 0.0,
    "build_cost": FAR,
    "build_pace": 1.0,
    "counter_build_cost": FAR,
}


@cache
def program() -> Any:
    """The first of two years of the red-line game, compiled once and kept."""
    import jax

    from detente.engine.solve import solve

    game, names = REDLINE.game(**SETTINGS), list(BARE)

    def run(table: Any) -> dict[str, Any]:
        p = dict(zip(names, table, strict=True))
        first = solve(game, p, horizon=2, paths=False).first
        assert REDLINE.answer is not None
        return dict(REDLINE.answer(first, SimpleNamespace(**p))) | {
            "demand": first.choice("demand", "deal 1"),
            "try": first.choice("build", "try", arsenal=0, deal=0),
            "cheat": first.choice("build", "try", arsenal=0, deal=1),
            "war_under_deal": first.choice("attack", "war", arsenal=1, deal=1),
        }

    def build() -> Any:
        return jax.jit(run).lower(jax.ShapeDtypeStruct((len(names), CHUNK), np.dtype("float64"))).compile()

    with jax.enable_x64(True):
        return device.kept(Path(__file__).read_text(), build)


def red_line(**changes: Any) -> dict[str, np.ndarray]:
    """Answers of the red-line game for the bare parameters with these changes, of shape [record]."""
    import jax

    assert set(changes) <= set(BARE), set(changes) - set(BARE)
    table = np.stack(
        np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (BARE | changes).values()))
    )
    for name, row in zip(BARE, table, strict=True):
        assert all(float(v) in REDLINE.by_name[name].domain for v in row), f"{name} is off its domain"
    found = []
    for i in range(0, table.shape[1], CHUNK):
        part = table[:, i : i + CHUNK]
        full = np.concatenate([part, np.repeat(part[:, -1:], CHUNK - part.shape[1], axis=1)], axis=1)
        with jax.enable_x64(True):
            answer = jax.device_get(program()(full))
        found.append({k: np.asarray(v)[..., : part.shape[1]] for k, v in answer.items()})
    return {k: np.concatenate([x[k] for x in found], axis=-1) for k in found[0]}


def gallery(name: str, records: dict[str, Any], horizon: int = 1, **how: Any) -> dict[str, np.ndarray]:
    """Outcomes of a gallery model, the parameters that are not given at their defaults."""
    model = get(name)
    default = {p.name: p.default for p in model.parameters if not p.static}
    solved = batch.solve(model, {**default, **records}, horizon=horizon, **how)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def powers(without: Any, with_step: Any) -> dict[str, Any]:
    """Strengths with which the holder wins with these probabilities, without a step and with one."""
    odds = [np.asarray(x) / (1 - np.asarray(x)) for x in (without, with_step)]
    return {"holder_strength": odds[0], "demander_strength": 1.0, "strength_per_step": odds[1] - odds[0]}


def assert_vanishes(errors: list[float], last: float = 1e-8) -> None:
    """Errors go down with every lower noise, from something that can be seen to almost nothing."""
    assert errors[0] > 1e-3, f"nothing to see at the first noise: {errors}"
    assert all(b < a or b < 1e-11 for a, b in pairwise(errors)), errors
    assert errors[-1] < last, errors


# --- deterrence ---------------------------------------------------------------------------------


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


# --- anarchy ------------------------------------------------------------------------------------


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


# --- commitment ---------------------------------------------------------------------------------


def test_a_concession_that_cannot_be_paid_at_once_is_the_inefficiency_of_powell():
    draw, n = np.random.default_rng(13), 32
    power = draw.uniform(0.1, 0.5, n)
    later = power + draw.uniform(0.02, 0.4, n)
    d, c_a, c_b = draw.uniform(0.3, 0.95, n), draw.uniform(0, 0.1, n), draw.uniform(0, 0.1, n)
    found = gallery(
        "powell2006",
        {
            "discount": d,
            "power": power,
            "later_power": later,
            "power_shift": 1.0,
            "a_war_cost": c_a / (1 - d),
            "b_war_cost": c_b / (1 - d),
        },
        horizon=61,
        years=0,
        chunk=32,
    )
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


# --- slippery slope -----------------------------------------------------------------------------


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
    found = gallery(
        "powell2006",
        {
            "discount": d,
            "power": power,
            "later_power": later,
            "power_shift": 1.0,
            "a_war_cost": c_a / (1 - d),
            "b_war_cost": c_b / (1 - d),
        },
        horizon=61,
        years=0,
        chunk=32,
    )
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


# --- inspection ---------------------------------------------------------------------------------


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


# --- the bargain in the shadow of war -----------------------------------------------------------


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
