"""The preventive-war game against its closed forms.

With B = β·(c_C + c_D), what the declining side keeps of what peace saves, striking gains δ·Δ − B over
waiting. At horizon 1 the strike probability is the logit choice of that, at every noise; over more years
only the noise of later years comes in, and it vanishes with the noise.
"""

import math
from itertools import product

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("preventive_war")
HORIZON = 12
AXES = {
    "discount": (0.0, 0.5, 0.9, 0.97),
    "power": (0.1, 0.4),
    "power_shift": (0.0, 0.08, 0.3, 0.6),
    "challenger_war_cost": (0.05, 0.2),
    "decliner_war_cost": (0.02, 0.15),
    "bargaining_share": (0.1, 0.5, 1.0),
}
GRID = dict(zip(AXES, np.array(list(product(*AXES.values()))).T, strict=True))


def answers(horizon: int, noise: float) -> dict[str, np.ndarray]:
    records = {**GRID, "noise": np.full_like(GRID["power"], noise)}
    solved = solve(MODEL, records, horizon=horizon, chunk=192)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def gain_from_striking() -> np.ndarray:
    kept = GRID["bargaining_share"] * (GRID["challenger_war_cost"] + GRID["decliner_war_cost"])
    return GRID["discount"] * GRID["power_shift"] - kept


def war() -> tuple[np.ndarray, np.ndarray]:
    """What war today is worth to the declining side and to the challenger."""
    power = GRID["power"]
    return 1 - power - GRID["decliner_war_cost"], power - GRID["challenger_war_cost"]


def by_hand(record: dict[str, float], noise: float, horizon: int) -> dict[str, float]:
    """The game in scalars, year by year from the last: values by surplus over war, and hazards."""
    d, costs = record["discount"], record["challenger_war_cost"] + record["decliner_war_cost"]
    kept, lost = record["bargaining_share"] * costs, (1 - record["bargaining_share"]) * costs

    def strikes(surplus: float) -> float:
        return 1 / (1 + math.exp(min(surplus / (noise * (1 - d)), 700)))

    # After the shift: what peace is worth over war, this year included, to each side.
    mine, yours, hazards = kept, lost, []
    for _ in range(horizon - 1):
        h = strikes((1 - d) * kept + d * mine if hazards else kept)
        if hazards:
            mine, yours = (1 - d) * kept + d * mine, (1 - d) * lost + d * yours
        mine, yours = (1 - h) * mine, (1 - h) * yours
        hazards.append(h)
    # Before it: a war later is fought at the worse balance.
    shift = d * record["power_shift"]
    mine, yours = (1 - d) * kept + d * mine - shift, (1 - d) * lost + d * yours + shift
    h = strikes(mine)
    alive = (1 - h) * math.prod(1 - x for x in hazards)
    return {
        "strike_hazard": h,
        "decliner_value": 1 - record["power"] - record["decliner_war_cost"] + (1 - h) * mine,
        "challenger_value": record["power"] - record["challenger_war_cost"] + (1 - h) * yours,
        "strike_within": 1 - alive,
    }


@pytest.mark.parametrize("noise", [0.02, 0.1, 1.0])
def test_at_horizon_1_the_strike_probability_is_the_logit_choice_of_the_closed_form(noise):
    found = answers(1, noise)
    gain = gain_from_striking()
    expected = 1 / (1 + np.exp(-gain / (noise * (1 - GRID["discount"]))))
    np.testing.assert_allclose(found["strike_hazard"], expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found["strike_within"][0], expected, rtol=1e-12, atol=1e-15)
    # Peace is worth what war is, less what striking gains; to the challenger the rest of what peace saves.
    mine, yours = war()
    costs = GRID["challenger_war_cost"] + GRID["decliner_war_cost"]
    np.testing.assert_allclose(found["decliner_value"], mine - (1 - expected) * gain, atol=1e-14)
    np.testing.assert_allclose(found["challenger_value"], yours + (1 - expected) * (costs + gain), atol=1e-14)


def test_over_twelve_years_every_number_agrees_with_the_game_in_scalars():
    found = answers(HORIZON, 0.1)
    for i in range(len(GRID["power"])):
        expected = by_hand({k: float(v[i]) for k, v in GRID.items()}, 0.1, HORIZON)
        for name in ("strike_hazard", "decliner_value", "challenger_value"):
            assert found[name][i] == pytest.approx(expected[name], abs=1e-12), (name, i)
        assert found["strike_within"][-1, i] == pytest.approx(expected["strike_within"], abs=1e-12)


def test_as_noise_vanishes_it_strikes_if_and_only_if_the_shift_exceeds_what_peace_saves():
    gain = gain_from_striking()
    clear = np.abs(gain) > 0.01
    assert 0.2 < np.mean(gain[clear] > 0) < 0.8, "the grid should hold both cases"
    mine, _ = war()
    value = mine + np.maximum(-gain, 0.0)
    gaps = []
    for noise in (0.4, 0.1, 0.025, 0.006, 0.0015):
        found = answers(HORIZON, noise)
        gaps.append(
            [
                np.abs(found["strike_hazard"] - (gain > 0))[clear].max(),
                np.abs(found["strike_within"][-1] - (gain > 0))[clear].max(),
                np.abs(found["decliner_value"] - value).max(),
            ]
        )
    assert (np.diff(gaps, axis=0) < 0).all(), "every error should shrink with the noise"
    assert max(gaps[-1]) < 2e-3
    assert min(gaps[0]) > 0.05
