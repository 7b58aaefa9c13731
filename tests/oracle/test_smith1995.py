"""Alliance reliability against its closed forms.

Costs are counted on a grid of midpoints, so that shares are met within half a part of it. The selection of
unreliable treaties by war is approached like 1/N.
"""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("smith1995")
NAMES = (
    "power_alone",
    "power_together",
    "ally_interest",
    "violation_cost",
    "highest_ally_cost",
    "defender_war_cost",
    "highest_attack_cost",
)
TABLE = np.array(  # q, r, v, a, K, k_B, K_A: π, Pr(attack)
    [
        [0.7, 0.4, 0.5, 0.0, 0.5, 0.3, 1.0, 0.3, 0.61],
        [0.7, 0.4, 0.5, 0.2, 0.5, 0.3, 1.0, 0.7, 0.49],
        [0.8, 0.3, 0.4, 0.1, 0.6, 0.3, 1.5, 0.5, 0.366667],
    ]
)


def answers(records: dict[str, np.ndarray], treaties: int, types: int) -> dict[str, np.ndarray]:
    records = {"violation_spread": 0.0, "lowest_attack_cost": 0.0, "noise": 0.0, **records}
    settings = {"treaties": treaties, "types": types}
    solved = solve(MODEL, records, horizon=1, settings=settings, chunk=8)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def test_the_table_is_met_within_half_a_part_of_the_grid():
    q, r, v, a, big, _, most, pi, attack = TABLE.T
    np.testing.assert_allclose(pi, np.minimum(1, ((q - r) * v + a) / big), atol=1e-12)
    np.testing.assert_allclose(attack, (pi * r + (1 - pi) * q) / most, atol=6e-7)
    for types in (25, 100):
        found = answers(dict(zip(NAMES, TABLE.T[:7], strict=True)), 1, types)
        assert (np.abs(found["reliability"] - pi) <= 0.5 / types + 1e-9).all()
        assert (np.abs(found["attack"] - attack) <= (1 + (q - r) / most) / (2 * types) + 1e-9).all()
        np.testing.assert_allclose(found["war"], found["attack"], atol=1e-9)  # they resist
        np.testing.assert_allclose(found["reliability_if_attacked"], found["reliability"], atol=1e-9)
    # A hundred parts count these shares exactly.
    np.testing.assert_allclose(found["reliability"], pi, atol=1e-9)
    np.testing.assert_allclose(found["attack"][:2], attack[:2], atol=1e-9)
    assert found["attack"][2] == pytest.approx(attack[2], abs=5e-3)


def test_random_points_agree_with_the_game_in_numpy():
    n, treaties, types = 24, 10, 20
    rng = np.random.default_rng(6)
    q = rng.uniform(0.3, 1, n)
    points = {
        "power_alone": q,
        "power_together": rng.uniform(0, q),
        "ally_interest": rng.uniform(0, 1, n),
        "violation_cost": rng.uniform(0.2, 0.5, n),
        "violation_spread": rng.uniform(0, 0.2, n),
        "highest_ally_cost": rng.uniform(0.3, 1, n),
        "defender_war_cost": rng.uniform(0.1, 0.6, n),
        "lowest_attack_cost": rng.uniform(0, 0.2, n),
        "highest_attack_cost": rng.uniform(0.5, 1.5, n),
    }
    found = answers(points, treaties, types)
    yielded = 0
    for i in range(n):
        p = {k: float(x[i]) for k, x in points.items()}
        q, r, v = p["power_alone"], p["power_together"], p["ally_interest"]
        middles = (np.arange(types) + 0.5) / types
        broken = p["violation_cost"] + p["violation_spread"] * (
            2 * (np.arange(treaties) + 0.5) / treaties - 1
        )
        pi = (middles * p["highest_ally_cost"] <= ((q - r) * v + broken)[:, None]).mean(axis=1)
        won = pi * r + (1 - pi) * q
        resists = 1 - won >= p["defender_war_cost"]
        gain = np.where(resists, won, 1.0)
        cost = p["lowest_attack_cost"] + middles * (p["highest_attack_cost"] - p["lowest_attack_cost"])
        attacked = (gain[:, None] > cost).mean(axis=1)
        yielded += not resists.all()
        expected = {
            "reliability": pi.mean(),
            "attack": attacked.mean(),
            "war": (attacked * resists).mean(),
            "reliability_if_attacked": attacked @ pi / attacked.sum() if attacked.any() else np.nan,
            "attacker_value": np.maximum(gain[:, None] - cost, 0).mean(),
            "defender_value": (
                1 - attacked + attacked * np.where(resists, 1 - won - p["defender_war_cost"], 0)
            ).mean(),
        }
        for name, value in expected.items():
            assert found[name][i] == pytest.approx(value, abs=1e-9, nan_ok=True), (i, name)
    assert 3 < yielded < n - 3, "both replies of the defender should occur"


@pytest.mark.parametrize(("together", "printed"), [(0.4, 0.454545), (0.1, 0.375)])
def test_war_picks_the_unreliable(together, printed):
    q, d = 0.7, 0.7 - together
    expected = (q / 2 - d / 3) / (q - d / 2)
    assert expected == pytest.approx(printed, abs=6e-7)
    point = dict(zip(NAMES, (q, together, 0.0, 0.5, 1.0, 0.3, 1.0), strict=True))
    errors = []
    for treaties in (5, 10, 20):
        found = answers({**point, "violation_spread": 0.5}, treaties, 2 * treaties)
        assert found["reliability"][0] == pytest.approx(0.5, abs=1e-9)
        assert found["war"][0] == pytest.approx(found["attack"][0], abs=1e-9)
        errors.append(abs(found["reliability_if_attacked"][0] - expected))
        assert errors[-1] <= 0.2 / treaties
    assert found["reliability_if_attacked"][0] < 0.5
    assert errors[-1] < 2e-3


def test_a_known_cost_is_deterred_from_a_reliability_on():
    q, r = 0.7, 0.4
    for known in (0.45, 0.55, 0.65):
        needed = (q - known) / (q - r)
        pi = np.array([needed - 0.02, needed + 0.02])
        # With v = 0 and K = 1 reliability is the cost of violation, in hundredths.
        point = dict(zip(NAMES, (q, r, 0.0, pi, 1.0, 0.3, known), strict=True))
        found = answers({**point, "lowest_attack_cost": known}, 1, 100)
        np.testing.assert_allclose(found["attack"], [1, 0], atol=1e-9)
        np.testing.assert_allclose(found["reliability"], pi, atol=6e-3)
        assert np.isnan(found["reliability_if_attacked"][1])


def test_attacks_fall_with_what_makes_the_ally_reliable():
    base = dict(zip(NAMES, TABLE[0, :7], strict=True))
    for name, values in (
        ("violation_cost", np.linspace(0, 0.5, 8)),
        ("ally_interest", np.linspace(0, 1.5, 8)),
        ("highest_ally_cost", np.linspace(1.5, 0.2, 8)),
    ):
        found = answers({**base, name: values}, 1, 100)
        assert (np.diff(found["reliability"]) >= -1e-9).all(), name
        assert (np.diff(found["attack"]) <= 1e-9).all(), name
        assert np.ptp(found["attack"]) > 0.1, name


def test_points_without_meaning_are_refused():
    base = {**dict(zip(NAMES, TABLE[0, :7], strict=True)), "lowest_attack_cost": 0.0, "noise": 0.0}
    records = {**base, "power_together": [0.8, 0.4, 0.4], "violation_spread": [0, 0.1, 0]}
    records["lowest_attack_cost"] = [0, 0, 1.2]
    solved = solve(MODEL, records, horizon=1, settings={"treaties": 1, "types": 25}, chunk=8)
    assert solved.status == (
        "not solved: needs power_together ≤ power_alone",
        "not solved: needs violation_spread ≤ violation_cost",
        "not solved: needs lowest_attack_cost ≤ highest_attack_cost",
    )
