"""First-strike advantage and indivisible stakes against the inequalities of the theory page."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("fearon1995_first_strike")
DEFAULT = {p.name: p.default for p in MODEL.parameters}


def answers(**records) -> dict[str, np.ndarray]:
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=1, chunk=64)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def random(count: int = 192) -> dict[str, np.ndarray]:
    """Cases in which the advantage is about as large as the costs, and sometimes a disadvantage."""
    draw = np.random.default_rng(2)
    second = draw.uniform(0, 1, count)
    return {
        "first_strike_power": np.clip(second + draw.uniform(-0.1, 0.5, count), 0, 1),
        "second_strike_power": second,
        "a_war_cost": draw.uniform(0, 0.3, count),
        "b_war_cost": draw.uniform(0, 0.3, count),
        "share": draw.uniform(0, 1, count),
    }


@pytest.mark.parametrize(
    ("powers", "expected"),
    [((0.6, 0.4), (0.5, 0.5)), ((0.65, 0.4), None), ((0.55, 0.5), (0.45, 0.60))],
)
def test_the_printed_ranges(powers, expected):
    record = {"first_strike_power": powers[0], "second_strike_power": powers[1]}
    found = answers(**record)
    assert found["lowest_share"][0] == pytest.approx(powers[0] - 0.1, abs=1e-12)
    assert found["highest_share"][0] == pytest.approx(powers[1] + 0.1, abs=1e-12)
    assert found["peaceful_share_exists"][0] == (expected is not None)
    shares = np.linspace(0, 1, 101)
    peaceful = shares[answers(**record, share=shares)["war"] < 0.5]
    if expected is None:
        assert len(peaceful) == 0
    else:
        assert (peaceful[0], peaceful[-1]) == pytest.approx(expected, abs=1e-12)


def test_range_war_and_values_in_random_cases():
    r = random()
    found = answers(**r)
    low, high = r["first_strike_power"] - r["a_war_cost"], r["second_strike_power"] + r["b_war_cost"]
    advantage = r["first_strike_power"] - r["second_strike_power"]
    exists = advantage <= r["a_war_cost"] + r["b_war_cost"]
    assert 0.2 < exists.mean() < 0.9
    np.testing.assert_allclose(found["lowest_share"], np.maximum(low, 0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["highest_share"], np.minimum(high, 1), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found["peaceful_share_exists"], exists)
    # Who strikes at the given share, and what the two then have.
    b_would = r["share"] > high
    a_does = np.where(b_would, r["second_strike_power"] - r["a_war_cost"], r["share"]) < low
    peace = ~a_does & ~b_would
    assert 0.1 < peace.mean() < 0.9
    np.testing.assert_array_equal(peace, (low <= r["share"]) & (r["share"] <= high))
    np.testing.assert_allclose(found["war"], ~peace, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["a_strikes"], a_does, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["b_strikes"], b_would, rtol=0, atol=1e-12)
    power = np.where(a_does, r["first_strike_power"], r["second_strike_power"])
    mine = np.where(peace, r["share"], power - r["a_war_cost"])
    yours = np.where(peace, 1 - r["share"], 1 - power - r["b_war_cost"])
    np.testing.assert_allclose(found["a_value"], mine, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["b_value"], yours, rtol=0, atol=1e-12)


def test_an_indivisible_stake_is_peaceful_only_if_a_war_costs_one_side_all_that_it_could_win():
    r = random()
    found = answers(**r)
    b_takes = r["first_strike_power"] <= r["a_war_cost"]
    a_takes = 1 - r["second_strike_power"] <= r["b_war_cost"]
    assert a_takes.any() and b_takes.any() and (~a_takes & ~b_takes).any()
    np.testing.assert_allclose(found["war_if_b_takes_all"], ~b_takes, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["war_if_a_takes_all"], ~a_takes, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["war_if_indivisible"], ~(a_takes | b_takes), rtol=0, atol=1e-12)


def test_without_an_advantage_a_lottery_or_a_payment_restores_the_bargaining_range():
    power = np.linspace(0.2, 0.8, 7)
    found = answers(first_strike_power=power, second_strike_power=power, share=power)
    assert (found["war_if_indivisible"] == 1).all()
    assert (found["war"] < 1e-12).all()
    np.testing.assert_allclose(found["room"], 0.2, rtol=0, atol=1e-12)


def test_room_moves_one_for_one_with_the_advantage_and_the_costs():
    r = random()
    inner = (r["first_strike_power"] - r["a_war_cost"] > 0.06) & (
        r["second_strike_power"] + r["b_war_cost"] < 0.94
    )
    r = {k: v[inner] for k, v in r.items()}
    base = answers(**r)["room"]
    for name, sign in (
        ("first_strike_power", -1),
        ("second_strike_power", 1),
        ("a_war_cost", 1),
        ("b_war_cost", 1),
    ):
        step = -0.05 if name == "first_strike_power" else 0.05
        moved = answers(**{**r, name: np.maximum(r[name] + step, 0)})["room"]
        np.testing.assert_allclose(moved - base, sign * step, rtol=0, atol=1e-12, err_msg=name)


def test_errors_make_war_possible_on_the_range_and_vanish_with_the_noise():
    war = [answers(noise=noise)["war"][0] for noise in (0.1, 0.03, 0.01, 0.0)]
    assert 0.2 < war[0] < 0.8
    assert (np.diff(war) < 0).all()
    assert war[-1] < 1e-12
