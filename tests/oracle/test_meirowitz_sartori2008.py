"""Hidden arming, then an ultimatum: pure where arms do not pay, otherwise the only mixed equilibrium."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("meirowitz_sartori2008")
NAMES = ("arms_effect", "arms_cost", "proposer_war_cost", "builder_war_cost")
TABLE = np.array(  # D, k, c_A, c_B: Pr(arm), Pr(generous), Pr(war)
    [
        [0.2, 0.05, 0.1, 0.1, 0.5, 0.75, 0.125],
        [0.3, 0.1, 0.1, 0.1, 0.6, 0.666667, 0.2],
        [0.1, 0.05, 0.2, 0.1, 0.25, 0.5, 0.125],
    ]
)
READ = ("arm", "generous", "war")


def answers(points: np.ndarray) -> dict[str, np.ndarray]:
    records = {"noise": 0.0, **dict(zip(NAMES, points, strict=True))}
    solved = solve(MODEL, records, horizon=1, chunk=16)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def draws(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array(
        [
            rng.uniform(0.02, 0.5, n),
            rng.uniform(0.01, 0.4, n),
            rng.uniform(0, 0.4, n),
            rng.uniform(0.01, 0.4, n),
        ]
    )


def test_the_printed_table():
    found = answers(TABLE.T[:4])
    for name, printed in zip(READ, TABLE.T[4:], strict=True):
        np.testing.assert_allclose(found[name], printed, atol=6e-7)
    assert found["kind"].tolist() == [1, 1, 1]


def test_random_points_have_the_closed_form_of_their_kind():
    points = draws(192, seed=8)
    d, k, c_a, c_b = points
    mixed = d > k
    assert 40 < mixed.sum() < 152
    found = answers(points)
    np.testing.assert_array_equal(found["kind"], mixed)
    expected = {
        "arm": np.where(mixed, d / (d + c_a + c_b), 0),
        "generous": np.where(mixed, 1 - k / d, 0),
        "war": np.where(mixed, k / (d + c_a + c_b), 0),
        "proposer_value": np.where(mixed, 0.5 - d + c_b, 0.5 + c_b),
        "builder_value": np.where(mixed, 0.5 + d - c_b - k, 0.5 - c_b),
    }
    for name, x in expected.items():
        np.testing.assert_allclose(found[name], x, atol=1e-9, err_msg=name)


def test_war_grows_with_the_cost_of_arms_until_nobody_arms():
    points = np.tile(TABLE[0, :4, None], 48)
    points[1] = np.linspace(0.005, 0.3, 48)
    found = answers(points)
    arms = points[1] < 0.2
    assert (np.diff(found["war"][arms]) > 0).all()
    np.testing.assert_allclose(found["arm"][arms], 0.5, atol=1e-9)
    np.testing.assert_allclose(found["war"][~arms], 0, atol=1e-9)
    np.testing.assert_array_equal(found["kind"], arms)


def test_a_builder_that_is_just_indifferent_does_not_arm():
    point = np.array([[0.2], [0.2], [0.1], [0.1]])
    found = answers(point)
    assert found["arm"][0] == pytest.approx(0, abs=1e-9)
    assert found["war"][0] == pytest.approx(0, abs=1e-9)
