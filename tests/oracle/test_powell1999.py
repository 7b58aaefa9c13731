"""Power and the status quo against its closed form, and exactly against trying every offer."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("powell1999")
NAMES = ("power", "status_quo", "satisfied_war_cost", "lowest_cost", "highest_cost")
TABLE = np.array(  # p, q, s, l, h: x*, Pr(war), U_S
    [
        [0.5, 0.5, 0.05, 0.02, 0.3, 0.5, 0, 0.5],
        [0.55, 0.5, 0.05, 0.02, 0.3, 0.5, 0.107143, 0.489286],
        [0.6, 0.5, 0.05, 0.02, 0.3, 0.5, 0.285714, 0.457143],
        [0.7, 0.5, 0.05, 0.02, 0.3, 0.575, 0.375, 0.359375],
        [0.8, 0.2, 0.2, 0.02, 0.3, 0.75, 0.107143, 0.223214],
    ]
)


def answers(records: dict[str, np.ndarray], types: int) -> dict[str, np.ndarray]:
    solved = solve(MODEL, {"noise": 0.0, **records}, horizon=1, settings={"types": types}, chunk=8)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def closed(p: np.ndarray, q: np.ndarray, s: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """x*, Pr(war) and the satisfied side's value in the continuum."""
    z = np.minimum(p - q, np.maximum(low, (high - s) / 2))
    x = np.where(p - q <= low, q, p - z)
    war = np.maximum(z - low, 0) / (high - low)
    return np.array([x, war, (1 - war) * (1 - x) + war * (1 - p - s)])


def draws(n: int, seed: int) -> np.ndarray:
    """Random points, shape [parameter, n]."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 0.1, n)
    return np.array(
        [
            rng.uniform(0, 1, n),
            rng.uniform(0, 0.7, n),
            rng.uniform(0, 0.3, n),
            low,
            low + rng.uniform(0.1, 0.4, n),
        ]
    )


def test_the_printed_table_is_the_closed_form():
    np.testing.assert_allclose(closed(*TABLE.T[:5]), TABLE.T[5:], atol=6e-7)


def test_the_continuum_is_approached_like_one_over_n():
    points = np.concatenate([TABLE.T[:5], draws(27, seed=3)], axis=1)
    x, war, value = closed(*points)
    width = points[4] - points[3]
    sizes = []
    for types in (25, 50, 100):
        found = answers(dict(zip(NAMES, points, strict=True)), types)
        # Up to a part of the range, and one more where an offer just above the status quo wins one more cost.
        assert (np.abs(found["war"] - war) <= 2 / types).all()
        assert (np.abs(found["offer"] - x) <= 2 * width / types).all()
        sizes.append(np.abs(found["satisfied_value"] - value).max())
    assert sizes[1] < 0.6 * sizes[0]
    assert sizes[2] < 0.6 * sizes[1]
    assert sizes[2] < 5e-3


def test_random_points_agree_with_trying_every_offer():
    types, points = 25, draws(32, seed=4)
    found = answers(dict(zip(NAMES, points, strict=True)), types)
    kept = 0
    for i, (p, q, s, low, high) in enumerate(points.T):
        costs = low + (np.arange(types) + 0.5) / types * (high - low)
        offers = np.array([q, *(p - costs[p - costs > q])])
        accepted = np.array([(p - costs <= x + 1e-12).mean() for x in offers])
        worth = accepted * (1 - offers) + (1 - accepted) * (1 - p - s)
        k = int(worth.argmax())
        kept += k == 0
        expected = {
            "satisfied_value": worth[k],
            "dissatisfied_value": np.maximum(offers[k], p - costs).mean(),
            "offer": offers[k],
            "unchanged": float(k == 0),
            "war": 1 - accepted[k],
        }
        for name, value in expected.items():
            assert found[name][i] == pytest.approx(value, abs=1e-9), (i, name)
    assert 5 < kept < 27, "both kinds of offer should occur"


def test_war_needs_a_disparity_and_never_falls_as_it_grows():
    gap = np.linspace(0, 0.5, 16)
    rng = np.random.default_rng(5)
    for _ in range(4):
        q, s, low = rng.uniform(0, 0.4), rng.uniform(0, 0.1), rng.uniform(0, 0.03)
        point = dict(zip(NAMES[1:], (q, s, low, low + rng.uniform(0.3, 0.4)), strict=True))
        war = answers({**point, "power": q + gap}, 100)["war"]
        assert war[0] == pytest.approx(0, abs=1e-9)
        assert (np.diff(war) >= -1e-9).all()
        assert war[-1] > 0.1
        # Only the disparity counts: the same gap at another balance.
        moved = answers({**point, "status_quo": q + 0.1, "power": q + 0.1 + gap}, 100)["war"]
        assert np.abs(war - moved).max() <= 0.01 + 1e-9


def test_a_range_of_costs_without_width_is_refused():
    records = dict(zip(NAMES, (0.6, 0.5, 0.05, [0.02, 0.3], 0.3), strict=True))
    solved = solve(MODEL, {"noise": 0.0, **records}, horizon=1, settings={"types": 25}, chunk=8)
    assert solved.status == (None, "not solved: needs lowest_cost < highest_cost")
