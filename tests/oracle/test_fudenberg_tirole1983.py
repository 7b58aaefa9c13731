"""Two demands with beliefs that everybody shares, against the closed form of pooling and of screening."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("fudenberg_tirole1983")
NAMES = ("power", "proposer_war_cost", "tough_cost", "weak_cost", "weak_share", "delay_factor")
TABLE = np.array(  # p, c_A, c_L, c_H, μ, d: λ or 1, x₁, U_A, Pr(war)
    [
        [0.5, 0.1, 0.05, 0.3, 0.6, 0.9, 0.36, 0.82, 0.612, 0.4],
        [0.5, 0.1, 0.05, 0.3, 0.9, 0.9, 0.84, 0.82, 0.768, 0.1],
        [0.5, 0.1, 0.05, 0.3, 0.3, 0.9, 1, 0.595, 0.595, 0],
        [0.5, 0.1, 0.05, 0.3, 0.6, 0.5, 1, 0.775, 0.775, 0],
    ]
)


def answers(points: np.ndarray) -> dict[str, np.ndarray]:
    records = {"noise": 0.0, **dict(zip(NAMES, points, strict=True))}
    solved = solve(MODEL, records, horizon=1, chunk=16)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def closed(p, c_a, c_l, c_h, mu, d) -> dict[str, np.ndarray]:
    """The equilibrium as the theory page states it."""
    t_l, t_h, doubt = p + c_l, p + c_h, (c_l + c_a) / (c_h + c_a)
    pool, screening = 1 - d * (1 - t_l), 1 - d * (1 - t_h)
    settled = mu - (1 - mu) * doubt / (1 - doubt)
    worth = settled * screening + (1 - settled) * d * t_l
    screen = (mu > doubt) & (worth > pool)
    tough = d * (1 - t_l)
    return {
        "screen": screen,
        "settled_first": np.where(screen, settled, 1),
        "first_demand": np.where(screen, screening, pool),
        "proposer_value": np.where(screen, worth, pool),
        "responder_value": np.where(screen, mu * d * (1 - t_h) + (1 - mu) * tough, tough),
        "war": np.where(screen, 1 - mu, 0),
        # Off the path: a refusal to pool is not taken for weakness.
        "high_after_pooling": 0 * mu,
        # Too few weak ones to mix: nobody takes the screening demand, and a refusal tells nothing.
        "weak_after_refusal": np.where(mu > doubt, doubt, mu),
    }


def draws(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 0.2, n)
    high = low + rng.uniform(0.05, 0.4, n)
    return np.array(
        [
            rng.uniform(0, 1 - high),
            rng.uniform(0, 0.3, n),
            low,
            high,
            rng.uniform(0.02, 0.98, n),
            rng.uniform(0.6, 1, n),
        ]
    )


def test_the_printed_table():
    found = answers(TABLE.T[:6])
    for name, printed in zip(
        ("settled_first", "first_demand", "proposer_value", "war"), TABLE.T[6:], strict=True
    ):
        np.testing.assert_allclose(found[name], printed, atol=1e-9, err_msg=name)


def test_random_points_pool_or_screen_as_the_closed_form_says():
    points = draws(256, seed=9)
    found, expected = answers(points), closed(*points)
    assert 40 < expected["screen"].sum() < 216
    for name, x in expected.items():
        np.testing.assert_allclose(found[name], x, atol=1e-9, err_msg=name)


def test_a_refusal_leaves_exactly_the_doubt_at_which_the_proposer_is_indifferent():
    points = np.tile(TABLE[0, :6, None], 32)
    points[4] = np.linspace(0.4, 0.98, 32)
    found = answers(points)
    np.testing.assert_allclose(found["weak_after_refusal"], 0.15 / 0.4, atol=1e-9)


def test_patience_brings_screening_and_with_it_war():
    points = np.tile(TABLE[0, :6, None], 32)
    points[5] = np.linspace(0.3, 1, 32)
    found = answers(points)
    assert (np.diff(found["screen"]) >= -1e-9).all()
    assert found["war"][0] == pytest.approx(0, abs=1e-9)
    assert found["war"][-1] == pytest.approx(0.4, abs=1e-9)
    # Once there is screening, more weak ones make it safer.
    points = np.tile(TABLE[0, :6, None], 16)
    points[4] = np.linspace(0.6, 0.98, 16)
    assert (np.diff(answers(points)["war"]) < 0).all()


def test_points_without_meaning_are_refused():
    records = dict(zip(NAMES, TABLE[0, :6], strict=True))
    records |= {"tough_cost": [0.3, 0.05], "power": [0.5, 0.8], "noise": 0.0}
    solved = solve(MODEL, records, horizon=1, chunk=16)
    assert solved.status == (
        "not solved: needs tough_cost < weak_cost",
        "not solved: needs power + weak_cost ≤ 1",
    )
