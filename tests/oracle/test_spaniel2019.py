"""Butter for bombs against its three regions, printed cases, and value iteration in plain numbers."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("spaniel2019")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
THREAT, NO_TEMPTATION, BUTTER = range(3)

TABLE = (  # power, armed_power, offering and rising war cost, build cost, region, offer; discount 0.9
    (0.3, 0.33, 0.1, 0.1, 1.0, NO_TEMPTATION, 0.2),
    (0.3, 0.5, 0.15, 0.1, 0.3, BUTTER, 0.35),
    (0.3, 0.5, 0.15, 0.1, 0.05, BUTTER, 0.375),
    (0.3, 0.577, 0.15, 0.1, 0.05, BUTTER, 0.4443),
    (0.3, 0.578, 0.15, 0.1, 0.05, THREAT, 0.2),
)
NAMES = ("power", "armed_power", "offering_war_cost", "rising_war_cost", "build_cost")


def run(**records):
    return solve(MODEL, {**DEFAULT, **records}, horizon=1, years=0, chunk=64)


def answers(**records) -> dict[str, np.ndarray]:
    solved = run(**records)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def random(count: int = 512) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(6)
    power = draw.uniform(0.1, 0.7, count)
    return {
        "discount": draw.uniform(0.5, 0.97, count),
        "power": power,
        "armed_power": power + draw.uniform(0, 1, count) ** 2 * (1 - power),
        "offering_war_cost": draw.uniform(0, 0.2, count),
        "rising_war_cost": draw.uniform(0, 0.1, count),
        "build_cost": draw.uniform(0, 1, count),
    }


def by_region(r: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Region, offer, and how far each case is from a boundary."""
    d, war = r["discount"], r["power"] - r["rising_war_cost"]
    rise = d * (r["armed_power"] - r["power"])
    threat = rise - r["offering_war_cost"] - r["rising_war_cost"]
    temptation = rise - (1 - d) * r["build_cost"]
    region = np.where(threat > 0, THREAT, np.where(temptation <= 0, NO_TEMPTATION, BUTTER))
    butter = (1 - d) * (war - r["build_cost"]) + d * (r["armed_power"] - r["rising_war_cost"])
    return region, np.where(region == BUTTER, butter, war), np.minimum(np.abs(threat), np.abs(temptation))


def by_iteration(r: dict[str, float], rounds: int = 800) -> dict[str, float]:
    """Backward from the last of many years: values of both sides while R has no weapon."""
    d, war = r["discount"], r["power"] - r["rising_war_cost"]
    mine, yours, offer = 0.0, 0.0, 0.0  # R's and D's values
    armed_mine, armed_yours = 0.0, 0.0
    for _ in range(rounds):
        struck = 1 - r["power"] - r["offering_war_cost"]
        passed = (1 - d) * (1 - war) + d * armed_yours
        built = war if struck > passed + 1e-13 else (1 - d) * war + d * armed_mine
        built -= (1 - d) * r["build_cost"]
        best = max(war, built)
        otherwise = struck if war >= built - 1e-13 else max(struck, passed)
        offer = max((best - d * mine) / (1 - d), 0.0)
        peace = (1 - d) * (1 - offer) + d * yours
        agreed = offer <= 1 + 1e-13 and peace >= otherwise - 1e-13
        mine, yours = ((1 - d) * offer + d * mine, peace) if agreed else (best, otherwise)
        armed_war = r["armed_power"] - r["rising_war_cost"]
        tribute = max((armed_war - d * armed_mine) / (1 - d), 0.0)
        if tribute <= 1 + 1e-13:
            armed_mine = (1 - d) * tribute + d * armed_mine
            armed_yours = (1 - d) * (1 - tribute) + d * armed_yours
        else:
            armed_mine, armed_yours = armed_war, 1 - r["armed_power"] - r["offering_war_cost"]
    return {"offer": offer, "rising_value": mine, "offering_value": yours}


def test_the_printed_cases():
    columns = np.array(TABLE).T
    found = answers(**dict(zip(NAMES, columns[:5], strict=True)), discount=0.9)
    np.testing.assert_array_equal(found["region"], columns[5])
    np.testing.assert_allclose(found["offer"], columns[6], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["building"] + found["war"], 0, rtol=0, atol=1e-9)


def test_the_three_regions_in_random_cases():
    r = random()
    found = answers(**r)
    region, offer, far = by_region(r)
    assert (far > 1e-6).all()
    assert (np.bincount(region, minlength=3) > 60).all()
    np.testing.assert_array_equal(found["region"], region)
    np.testing.assert_allclose(found["offer"], offer, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["rising_value"], offer, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["offering_value"], 1 - offer, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["building"] + found["war"], 0, rtol=0, atol=1e-9)


def test_value_iteration_agrees():
    r = {k: v[:160] for k, v in random().items()}
    found = answers(**r)
    for i in range(160):
        expected = by_iteration({k: float(v[i]) for k, v in r.items()})
        for name, x in expected.items():
            assert found[name][i] == pytest.approx(x, abs=1e-9), (name, i)


def test_what_a_concession_depends_on():
    r = random()
    butter = by_region(r)[0] == BUTTER
    r = {k: v[butter] for k, v in r.items()}
    base = answers(**r)["offer"]
    worse = answers(**{**r, "armed_power": (r["armed_power"] + r["power"]) / 2})
    dearer = answers(**{**r, "build_cost": r["build_cost"] + 0.05})
    theirs = answers(**{**r, "offering_war_cost": r["offering_war_cost"] + 0.05})
    assert (worse["offer"] < base).all()
    assert (dearer["offer"] < base).all()
    np.testing.assert_allclose(theirs["offer"], base, rtol=0, atol=1e-12)


def test_a_weapon_that_costs_nothing_is_bought_off():
    found = answers(build_cost=0.0)
    assert found["region"][0] == BUTTER
    assert found["building"][0] == pytest.approx(0, abs=1e-12)
    assert found["offer"][0] == pytest.approx(0.1 * 0.2 + 0.9 * 0.4, abs=1e-9)


def test_what_the_theory_does_not_cover_is_refused():
    solved = run(power=np.array([0.05, 0.3]), armed_power=np.array([0.5, 0.2]))
    assert solved.status == (
        "not solved: needs rising_war_cost ≤ power",
        "not solved: needs power ≤ armed_power",
    )
