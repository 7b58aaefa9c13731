"""The product against a second, independent reading of the red-line game's specification.

`redline_scalar.solve` was written from the specification alone, in plain Python. It is first held to the
check values and a closed form of the design, and then the product is held to it at random points over the
whole domain of every parameter.
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

# Levels are conditional on no war so far: where the twin finds no peace at all it has none to give.
LEVELS = ("arsenal_", "counter_arsenal_", "trust_")

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
# A frightened demander to whom the bargain leaves nothing of what peace saves: a year passes in peace with a
# probability below 1e-16. The levels are then those of the few histories without a war.
NEAR_CERTAIN_WAR = {"horizon": 3, "arsenal": 3, "bargaining_share": 1.0, "fear_per_step": 0.2}


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
    """The outcomes that differ by more than ``tolerance``, times the twin's value where that is above 1."""
    assert set(answer) == set(twin)
    found = {}
    for key, value in twin.items():
        pairs = (
            list(zip(value, answer[key], strict=True)) if isinstance(value, list) else [(value, answer[key])]
        )
        if key.startswith(LEVELS) and math.isnan(value):
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
@pytest.mark.parametrize("index", [3, 4])
def test_twin_agrees_with_the_check_values(index):
    check = json.loads(CHECK.read_text())
    chosen = check["points"][index]
    assert disagreements(chosen["answer"], solve({**check["base"], **chosen["point"]}), 1e-9) == {}


def test_twin_agrees_with_the_closed_form_of_a_deal_kept_with_a_probability():
    """Corner 3 of the design: horizon 1, noise towards 0, one step, building and arming priced out."""
    point = {"horizon": 1, "noise": 1e-4, "arsenal": 1, "build_cost": 1e3, "counter_build_cost": 1e3}
    point |= {"reneging_cost": 0.0, "upfront_years": 0.5, "growth_at_risk": 0.0, "demander_war_cost": 1.0}
    point |= {"reliable_performance": 0.7, "unreliable_performance": 0.7}
    answer = solve(point)
    without = solve({**point, "arsenal": 0})
    shift = answer["holder_share"] - without["holder_share"]
    expected = [
        0.7 * (t + 0.1 - one_sided) + 0.01 - shift + 0.1 * 0.5 * t
        for one_sided in (0.03, 0.0)
        for t in (0.05, 0.12, 0.25)
    ]
    assert 0.05 < shift < 0.5
    assert [0.1 * gain for gain in answer["holder_gain"]] == pytest.approx(expected, abs=1e-12)


def test_product_agrees_with_twin_over_the_whole_domain():
    rng = random.Random(20)
    points = [draw(rng) for _ in range(20)]
    for point, answer in zip(points, solve_points(get("redline"), points, jobs=1), strict=True):
        twin = solve(point)
        assert "status" not in answer, (answer, point)
        assert disagreements(twin, answer, 1e-8) == {}, point
    assert {point["deals"] for point in points} == {"both", "one-sided", "mutual"}
    assert {point["horizon"] for point in points} == {3, 5}
    assert {point["arsenal"] for point in points} >= {0, 4}


def test_levels_are_those_of_the_histories_without_a_war_even_if_they_are_rare():
    point = {**NEAR_CERTAIN_WAR, "noise": 0.015}
    (answer,) = solve_points(get("redline"), [point], jobs=1)
    assert answer["arsenal_1"] == pytest.approx(solve(point)["arsenal_1"], abs=1e-6)


def test_certain_war_still_has_values_and_a_hazard():
    point = {**NEAR_CERTAIN_WAR, "noise": 0.01}
    (answer,) = solve_points(get("redline"), [point], jobs=1)
    twin = solve(point)
    assert "status" not in answer
    for key in ("holder_value", "demander_value", "attack_hazard", "zone", "attack_within_3"):
        assert answer[key] == pytest.approx(twin[key], abs=1e-8), key
