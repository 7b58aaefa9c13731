"""The paradox of power against its closed form: on the grid exactly, at the corner by the rate."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("hirshleifer1991")
CHUNK = 8


def answers(levels: int = 24, noise: float = 0.0, **records) -> dict[str, np.ndarray]:
    solved = solve(MODEL, {"noise": noise, **records}, horizon=1, chunk=CHUNK, settings={"levels": levels})
    assert set(solved.status) == {None}, solved.status
    return dict(solved.outcomes)


def sides(rows) -> dict[str, np.ndarray]:
    return dict(
        zip(("first_resources", "second_resources", "decisiveness"), np.array(rows, float).T, strict=True)
    )


TABLE = [  # R₁, R₂, m, F₁, F₂; the last with nothing left to the poorer side
    (100, 100, 1, 50, 50),
    (100, 100, 0.5, 33.3333, 33.3333),
    (120, 80, 1, 50, 50),
    (150, 50, 0.5, 33.3333, 33.3333),
    (180, 20, 1, 43.2456, 20),
]


@pytest.fixture(scope="module")
def printed() -> dict[str, np.ndarray]:
    return answers(**sides([row[:3] for row in TABLE]))


def test_the_printed_fighting(printed):
    for i, (r1, r2, m, f1, f2) in enumerate(TABLE):
        inside = m * (r1 + r2) / (2 * (1 + m))
        # With everything of the poorer side's in it, m = 1: F₁ = −R₂ + √(R₂·(R₁ + R₂)).
        expected = (inside, inside) if inside <= r2 else (-r2 + np.sqrt(r2 * (r1 + r2)), r2)
        assert expected == pytest.approx((f1, f2), abs=5e-5)
        near = 1e-9 if inside <= r2 else min(r1, (r1 + r2) / 3) / 48 + 1e-9  # half a step
        assert printed["first_fighting"][i] == pytest.approx(expected[0], abs=near)
        assert printed["second_fighting"][i] == pytest.approx(expected[1], abs=1e-9)


def test_incomes_are_equal_whatever_the_resources_as_long_as_both_can_afford_it(printed):
    m = np.array([row[2] for row in TABLE[:4]])
    both = np.array([row[0] + row[1] for row in TABLE[:4]])
    for who in ("first", "second"):
        np.testing.assert_allclose(printed[f"{who}_income"][:4], both / (2 * (1 + m)), rtol=0, atol=1e-9)
    np.testing.assert_allclose(printed["wasted"][:4], m / (1 + m), rtol=0, atol=1e-9)
    # At the corner the richer side stays ahead, by less than in resources.
    assert 0.5 < printed["first_part"][4] < 0.9
    assert printed["first_income"][4] == pytest.approx(93.508894, abs=0.1)


def test_at_the_corner_the_answer_of_the_richer_side_comes_at_the_rate_of_the_grid(printed):
    exact = -20 + np.sqrt(20 * 200)
    steps, errors = (200 / 3) / np.array([6, 12, 24]), []
    for step, levels in zip(steps, (6, 12, 24), strict=True):
        found = (
            printed["first_fighting"][4]
            if levels == 24
            else answers(levels, **sides([(180, 20, 1)]))["first_fighting"][0]
        )
        errors.append(abs(found - exact))
        assert errors[-1] <= step / 2 + 1e-9
        assert abs(found / step - round(found / step)) < 1e-9, "a level of the grid"
    assert steps[2] == steps[0] / 4


def test_more_decisive_fighting_wastes_more_and_helps_the_rich_only_at_the_corner():
    m = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    found = answers(noise=2e-4, **sides([(180, 20, x) for x in m]))
    assert (np.diff(found["wasted"]) > 0).all()
    assert (np.diff(found["first_part"]) > -1e-6).all()
    corner = m / (2 * (1 + m)) > 0.1
    np.testing.assert_allclose(found["first_part"][~corner], 0.5, atol=5e-3)
    assert (found["first_part"][corner] > 0.52).all()


def test_only_shares_of_all_resources_matter(printed):
    twice = answers(**sides([(240, 160, 1), (300, 100, 0.5)]))
    np.testing.assert_allclose(twice["first_income"], 2 * printed["first_income"][[2, 3]], rtol=1e-9)
    np.testing.assert_allclose(twice["wasted"], printed["wasted"][[2, 3]], rtol=0, atol=1e-9)
