"""The product against a second, independent reading of the red-line game's specification.

`redline_scalar.solve` was written from the specification alone, in plain Python. It is first held to the check
values and closed forms of the design, and then the product is held to it at random points over the whole
domain of every parameter.
"""

import json
import math
import random
from pathlib import Path

import pytest
from redline_scalar import solve

from detente.cli.solve import solve_points
from detente.models import get

CHECK = Path(__file__).parents[3] / "shared" / "design" / "redline-check.json"

# Levels are conditional on no war so far. Where hardly any peace is left they are a ratio of rounding errors.
LEVELS = ("arsenal_", "counter_arsenal_", "trust_")
LEAST_PEACE = 1e-6

PROBABILITIES = (
    "bargaining_share support_reliability veto_probability build_pace reliable_performance "
    "unreliable_performance trust trust_drift repricing detection exposure"
).split()
# Unbounded parameters are drawn from 0 to a value well beyond the plausible.
UPPER = {
    "contest_exponent": 4.0,
    "holder_war_cost": 1.0,
    "demander_war_cost": 1.0,
    "support_strength": 5.0,
    "strength_per_step": 1.5,
    "retaliation_per_step": 0.4,
    "upkeep_per_step": 0.1,
    "build_cost": 3.0,
    "counter_strength_per_step": 1.0,
    "counter_build_cost": 1.5,
    "counter_upkeep": 0.1,
    "fear_per_step": 0.2,
    "one_sided_cost": 0.3,
    "mutual_cost": 0.2,
    "reneging_cost": 2.0,
    "upfront_years": 4.0,
    "sanctions_cost": 0.5,
    "sanctions_cost_demander": 0.3,
    "compensation_1": 0.3,
    "compensation_2": 0.5,
    "compensation_3": 0.8,
    "deal_strength": 1.0,
    "growth_at_risk": 1.0,
    "investment_threshold": 1.5,
}
# War almost certain in the first year, for a holder that is weak and deters nothing: peace has a probability of
# about 1e-18 and is likelier where the holder has just built, so the arsenal given peace is not the arsenal.
NEAR_CERTAIN_WAR = {
    "horizon": 3,
    "arsenal": 2,
    "noise": 0.05,
}


def draw(rng: random.Random) -> dict:
    """A point of the whole domain, with edges and neutral values drawn often."""
    point: dict = {
        "horizon": rng.choice([3, 5]),
        "arsenal": rng.randint(0, 4),
        "deals": rng.choice(["both", "one-sided", "mutual"]),
        "discount": rng.choice([0.0, 0.5, 0.9, 0.97, 0.999, rng.random()]),
        "noise": rng.choice([0.001, 0.01, 0.05, 0.1, 0.3, 10 ** rng.uniform(-3, 1)]),
        "members": rng.choice([1, 2, 3, rng.uniform(1, 30), 500]),
        "holder_strength": rng.uniform(0.05, 5),
        "demander_strength": rng.uniform(0.05, 6),
    }
    for name in PROBABILITIES:
        point[name] = rng.choice([0.0, 1.0, rng.random(), rng.random(), rng.random()])
    for name, upper in UPPER.items():
        point[name] = rng.choice([0.0, rng.uniform(0, upper), rng.uniform(0, upper)])
    return point


def disagreements(twin: dict, answer: dict, tolerance: float) -> dict:
    """The outcomes that differ by more than ``tolerance``, relative to the larger of 1 and the twin's value."""
    assert set(answer) == set(twin)
    found = {}
    for key, value in twin.items():
        pairs = list(zip(value, answer[key], strict=True)) if isinstance(value, list) else [(value, answer[key])]
        if key.startswith(LEVELS) and 1.0 - twin["attack_within_" + key.rsplit("_", 1)[1]] < LEAST_PEACE:
            continue
        for want, got in pairs:
            if want is None or got is None:
                same = want is got
            else:
                same = abs(got - want) <= tolerance * max(1.0, abs(want))
            if not same:
                found[key] = (value, answer[key])
    return found


@pytest.mark.skipif(not CHECK.exists(), reason="the check values of the design are not beside this checkout")
@pytest.mark.parametrize("index", [0, 3, 4])
def test_twin_agrees_with_the_check_values(index):
    check = json.loads(CHECK.read_text())
    chosen = check["points"][index]
    assert disagreements(chosen["answer"], solve({**check["base"], **chosen["point"]}), 1e-9) == {}
