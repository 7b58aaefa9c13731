"""The red-line game at the corners that have closed forms: horizon 1, one step of arsenal, building dear.

Each corner is checked over several records at once. Where the closed form holds in the limit of no noise, the
noise goes down step by step and the error must go down with it, to almost nothing.
"""

from collections.abc import Iterable
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from detente.engine.batch import solve
from detente.models import get

MODEL = get("redline")
SETTINGS = {"arsenal_steps": 1, "counter_steps": 1, "trust_points": 5}
CHUNK = 64
NOISES = (0.8, 0.4, 0.2, 0.1, 0.05, 0.02, 0.005)

BASE = {p.name: p.default for p in MODEL.parameters if not p.static} | {
    "arsenal": 1,
    "build_cost": 3.0,
    "counter_build_cost": 3.0,
    "demander_war_cost": 0.6,
    "growth_at_risk": 0.0,
    "counter_upkeep": 0.03,
}


def grid(**axes: Iterable[float]) -> dict[str, np.ndarray]:
    """Every combination of some values, the rest from the base."""
    rows = np.array(list(product(*axes.values()))).T
    size = rows.shape[1]
    return {n: np.full(size, float(v)) for n, v in BASE.items()} | dict(zip(axes, rows, strict=True))


def outcomes(records: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    solved = solve(MODEL, records, horizon=1, years=0, settings=SETTINGS, chunk=CHUNK)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def share(r: dict[str, np.ndarray], q: float, a: float = 0) -> np.ndarray:
    """y*(q,a), written anew; the grids keep it inside [0, 1]."""
    h, d, m = r["holder_strength"] + r["strength_per_step"] * q, r["demander_strength"], r["contest_exponent"]
    d = d + r["counter_strength_per_step"] * a
    support = r["support_reliability"] * (1 - r["veto_probability"])
    s = h + r["support_strength"]
    won = (1 - support) * h**m / (h**m + d**m) + support * s**m / (s**m + d**m)
    saved = r["holder_war_cost"] + r["demander_war_cost"] + r["retaliation_per_step"] * q
    y = won - r["holder_war_cost"] + r["bargaining_share"] * saved
    assert ((y > 0) & (y < 1)).all(), "the corners assume that no bound of the stake binds"
    return y


def shift(r: dict[str, np.ndarray]) -> np.ndarray:
    """Δy, what giving the step up costs the holder in the next bargain."""
    return r["repricing"] * (share(r, 1) - share(r, 0))


def deals(r: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each deal: compensation, cost in standing to the holder, cost of a mutual limit to the demander."""
    levels = [r[f"compensation_{j}"] for j in (1, 2, 3)]
    none = np.zeros_like(levels[0])
    return [(t, r["one_sided_cost"], none) for t in levels] + [(t, none, r["mutual_cost"]) for t in levels]


def assert_vanishes(errors: list[float]) -> None:
    """Errors go down with every step, from something that can be seen to almost nothing."""
    assert errors[0] > 1e-3, f"nothing to see at the first noise: {errors}"
    floor = 1e-13  # beyond which rounding takes over
    assert all(b < a or b < floor for a, b in pairwise(errors)), errors
    assert errors[-1] < 1e-9, errors


def test_promises_always_kept_leave_only_standing_to_block_a_deal():
    r = grid(
        repricing=(0.0, 0.4, 1.0),
        upfront_years=(0.0, 2.0),
        sanctions_cost=(0.0, 0.1),
        fear_per_step=(0.02, 0.06),
        one_sided_cost=(0.0, 0.2),
    ) | {"reliable_performance": np.ones(48), "unreliable_performance": np.ones(48)}
    errors = []
    for noise in NOISES:
        found = outcomes(r | {"noise": np.full(48, noise)})
        left = 1 - r["discount"]
        k, s, s_d = r["upkeep_per_step"], r["sanctions_cost"], r["sanctions_cost_demander"]
        gaps = []
        for j, (t, standing, mutual) in enumerate(deals(r)):
            upfront = left * r["upfront_years"] * t
            holder = t + k + s - standing - shift(r) + upfront
            demander = r["fear_per_step"] + s_d - t - mutual + shift(r) - upfront
            mine, yours = left * found["holder_gain"][j], left * found["demander_gain"][j]
            gaps += [np.abs(mine - holder).max(), np.abs(yours - demander).max()]
            # What both gain together: the shift of power cancels, and so does what is paid at once.
            both = r["fear_per_step"] + s_d + k + s - standing - mutual
            gaps.append(np.abs(mine + yours - both).max())
        errors.append(max(gaps))
    assert_vanishes(errors)


def test_promises_never_kept_leave_upkeep_against_the_slippery_slope():
    r = grid(
        repricing=(0.0, 0.1, 0.5, 1.0),
        upkeep_per_step=(0.0, 0.03, 0.2),
        upfront_years=(0.0, 1.0, 5.0),
        sanctions_cost_demander=(0.0, 0.02),
    ) | {n: np.zeros(72) for n in ("reliable_performance", "unreliable_performance", "reneging_cost")}
    errors = []
    for noise in NOISES:
        found = outcomes(r | {"noise": np.full(72, noise)})
        left = 1 - r["discount"]
        expected = [r["upkeep_per_step"] - shift(r) + left * r["upfront_years"] * t for t, _, _ in deals(r)]
        errors.append(np.abs(left * found["holder_gain"] - expected).max())
        if noise == NOISES[-1]:
            # Without a payment at once, every deal is blocked where the shift exceeds upkeep.
            blocked = (r["upfront_years"] == 0) & (shift(r) > r["upkeep_per_step"])
            assert blocked.any()
            assert (found["zone"][blocked] < 0).all()
            assert (found["holder_gain"].max(axis=0)[~blocked] > 0).any()
    assert_vanishes(errors)


def test_the_trust_that_a_deal_needs():
    # A reliable system always performs, an unreliable one never: trust is the probability of performance.
    trusts = np.linspace(0.0, 1.0, 11)
    r = grid(trust=trusts, upfront_years=(0.0, 0.5), repricing=(0.5, 1.0)) | {
        "reliable_performance": np.ones(44),
        "unreliable_performance": np.zeros(44),
        "reneging_cost": np.zeros(44),
    }
    left, k, s = 1 - r["discount"], r["upkeep_per_step"], r["sanctions_cost"]
    errors = []
    for noise in NOISES:
        found = outcomes(r | {"noise": np.full(44, noise)})
        gaps = []
        for j, (t, standing, _) in enumerate(deals(r)):
            upfront = left * r["upfront_years"] * t
            needed = (shift(r) - k - upfront) / (t + s - standing)
            expected = r["trust"] * (t + s - standing) + k - shift(r) + upfront
            gaps.append(np.abs(left * found["holder_gain"][j] - expected).max())
            if noise == NOISES[-1]:
                clear = np.abs(r["trust"] - needed) > 0.01
                assert ((found["holder_gain"][j] > 0) == (r["trust"] > needed))[clear].all()
        errors.append(max(gaps))
    assert_vanishes(errors)


@pytest.mark.parametrize("members", [1.0, 2.0, 4.5])
def test_the_more_governments_must_perform_the_less_a_promise_is_worth(members):
    # 0.9^members is the probability of performance, whatever the trust.
    r = grid(trust=(0.0, 0.3, 1.0)) | {
        n: np.full(3, v)
        for n, v in {
            "reliable_performance": 0.9,
            "unreliable_performance": 0.9,
            "reneging_cost": 0.0,
            "members": members,
            "noise": 0.005,
        }.items()
    }
    found = outcomes(r)
    for j, (t, standing, _) in enumerate(deals(r)):
        kept = 0.9**members * (t + r["sanctions_cost"] - standing)
        expected = (kept + r["upkeep_per_step"] - shift(r)) / (1 - r["discount"])
        np.testing.assert_allclose(found["holder_gain"][j], expected, atol=1e-7)


def deterrence() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Records on both sides of attack, and what peace is worth over war to the demander."""
    r = grid(
        arsenal=(0, 1),
        retaliation_per_step=(0.0, 0.05, 0.3),
        fear_per_step=(0.0, 0.02, 0.2),
        bargaining_share=(0.4, 0.8),
        sanctions_cost_demander=(0.0, 0.15),
    ) | {"demander_war_cost": np.full(72, 0.1)}
    saved = r["holder_war_cost"] + r["demander_war_cost"] + r["retaliation_per_step"] * r["arsenal"]
    burden = r["fear_per_step"] * r["arsenal"] + r["sanctions_cost_demander"]
    return r, (1 - r["bargaining_share"]) * saved - burden


@pytest.mark.parametrize("noise", [0.01, 0.1, 1.0])
def test_the_probability_of_attack_is_the_logit_choice_of_the_closed_form(noise):
    r, surplus = deterrence()
    for q in (0, 1):
        share(r, q)
    found = outcomes(r | {"noise": np.full(72, noise)})
    expected = expit(-surplus / (noise * (1 - r["discount"])))
    np.testing.assert_allclose(found["attack_hazard"], expected, rtol=1e-10, atol=1e-15)


def test_as_noise_vanishes_the_demander_attacks_if_and_only_if_peace_costs_more_than_it_saves():
    r, surplus = deterrence()
    clear = np.abs(surplus) > 0.005
    assert 0.1 < np.mean(surplus[clear] < 0) < 0.9, "the grid should hold both cases"
    errors = [
        np.abs(outcomes(r | {"noise": np.full(72, noise)})["attack_hazard"] - (surplus < 0))[clear].max()
        for noise in (0.4, 0.2, 0.1, 0.05, 0.02, 0.005, 0.002)
    ]
    assert_vanishes(errors)


def test_the_arsenal_deters_or_provokes_by_which_of_two_numbers_is_larger():
    r, _ = deterrence()
    hazard = outcomes(r | {"noise": np.full(72, 0.1)})["attack_hazard"].reshape(2, -1)
    deters = ((1 - r["bargaining_share"]) * r["retaliation_per_step"] - r["fear_per_step"]).reshape(2, -1)[1]
    assert (np.sign(hazard[1] - hazard[0]) == -np.sign(np.round(deters, 12)))[np.abs(deters) > 1e-9].all()
    even = np.abs(deters) < 1e-9
    assert even.any()
    np.testing.assert_allclose(hazard[1][even], hazard[0][even], atol=1e-12)


# --- Inspection: inside the first year, under a deal -----------------------------------------


def inside(first: Any, p: Any) -> dict[str, Any]:
    """Tries without an arsenal and the holder's values after step 4, by deal; attacks without a deal."""
    tries, after = first.probability["build"]["try"], first.before["arm"][0]
    war = first.probability["attack"]["war"]
    return {
        "try": [first.at(tries, arsenal=0, counter_arsenal=0, deal=z) for z in range(7)],
        "after": [[first.at(after, arsenal=q, counter_arsenal=0, deal=z) for z in range(7)] for q in (0, 1)],
        "attack": [[first.at(war, arsenal=q, counter_arsenal=a, deal=0) for a in (0, 1)] for q in (0, 1)],
    }


CHEATING = grid(
    detection=(0.0, 0.3, 0.9),
    build_cost=(0.0, 1.0, 4.0),
    build_pace=(0.2, 1.0),
    exposure=(0.0, 0.7),
    sanctions_cost=(0.0, 0.15),
) | {"deal_strength": np.full(72, 0.1)}


@pytest.fixture(scope="module")
def inspected(solve_game):
    """The game under a deal at noises that go down, all in one batch: shape [noise, record]."""
    noises = np.array(NOISES)
    rows = {n: np.tile(v, len(noises)) for n, v in CHEATING.items()}
    rows["noise"] = np.repeat(noises, len(CHEATING["noise"]))
    found = solve_game(MODEL.game(**SETTINGS), rows, read=inside, paths=False, keep=__file__)
    shape = (len(noises), -1)
    tries = [np.reshape(x, shape) for x in found["try"]]
    after = [[np.reshape(x, shape) for x in row] for row in found["after"]]
    attacks = [[np.reshape(x, shape) for x in row] for row in found["attack"]]
    return noises[:, None], tries, after, attacks


def worth(after: list[list[np.ndarray]], z: int) -> np.ndarray:
    """What a try gains the holder under deal z, the price and the deal at risk taken off."""
    r, (old, new) = CHEATING, after
    d = r["detection"] if z else 0.0
    step = r["build_pace"] * (d * (new[0] - old[0]) + (1 - d) * (new[z] - old[z]))
    return step - (1 - r["discount"]) * r["build_cost"] - d * (old[z] - old[0])


def test_cheating_is_the_logit_choice_between_the_step_and_the_deal_at_risk(inspected):
    noises, tries, after, _ = inspected
    for z in range(7):
        expected = expit(worth(after, z) / (noises * (1 - CHEATING["discount"])))
        np.testing.assert_allclose(tries[z], expected, rtol=1e-9, atol=1e-15)


def test_as_noise_vanishes_the_holder_cheats_if_and_only_if_the_step_is_worth_the_risk(inspected):
    r, (_, tries, after, _) = CHEATING, inspected
    # Without noise nobody arms or attacks here: what follows step 4 is the year's flow, for ever.
    flows = [
        [
            share(r, q)
            - r["upkeep_per_step"] * q
            - (r["sanctions_cost"] if z == 0 else 0)
            + (r[f"compensation_{(z - 1) % 3 + 1}"] if z else 0)
            - (r["one_sided_cost"] if 1 <= z <= 3 else 0)
            for z in range(7)
        ]
        for q in (0, 1)
    ]
    both = set()
    for z in range(7):
        gain = worth(flows, z)
        clear = np.abs(gain) > 0.015
        both |= set(gain[clear] > 0)
        assert_vanishes([np.abs(x - (gain > 0))[clear].max() for x in tries[z]])
        gaps = [max(np.abs(after[q][z][i] - flows[q][z]).max() for q in (0, 1)) for i in range(len(tries[z]))]
        assert_vanishes(gaps)
    assert both == {True, False}


def test_counter_arms_are_one_more_reason_to_attack(inspected):
    r, (noises, _, _, attacks) = CHEATING, inspected
    for q, a in product((0, 1), (0, 1)):
        share(r, q, a)
        saved = r["holder_war_cost"] + r["demander_war_cost"] + r["retaliation_per_step"] * q
        burden = r["fear_per_step"] * q + r["sanctions_cost_demander"] + r["counter_upkeep"] * a
        surplus = (1 - r["bargaining_share"]) * saved - burden
        expected = expit(-surplus / (noises * (1 - r["discount"])))
        np.testing.assert_allclose(attacks[q][a], expected, rtol=1e-9, atol=1e-15)
