"""The contest of efforts against its closed form: on the grid exactly, between its levels by the rate."""

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("tullock1980")
NAMES = [p.name for p in MODEL.parameters]
TOP = 11 / 18
CHUNK = 8
SIZES = (5, 11, 22)


def run(levels: int = 22, **records):
    return solve(MODEL, {"noise": 0.0, **records}, horizon=1, chunk=CHUNK, settings={"levels": levels})


def answers(levels: int = 22, **records) -> dict[str, np.ndarray]:
    solved = run(levels, **records)
    assert set(solved.status) == {None}, solved.status
    return dict(solved.outcomes)


def contests(rows) -> dict[str, np.ndarray]:
    return dict(zip(NAMES, np.array(rows, float).T, strict=False))


def closed(v1, v2, c1, c2, r) -> dict[str, float]:
    """Efforts, the probability of winning and values in pure strategies."""
    t = ((v1 / c1) / (v2 / c2)) ** r
    p = t / (1 + t)
    efforts = r * v1 / c1 * p * (1 - p), r * v2 / c2 * p * (1 - p)
    return {
        "first_effort": efforts[0],
        "second_effort": efforts[1],
        "victory": p,
        "first_value": v1 * p - c1 * efforts[0],
        "second_value": v2 * (1 - p) - c2 * efforts[1],
    }


def by_enumeration(levels, v1, v2, c1, c2, r) -> list[tuple[float, float]]:
    """Efforts in every equilibrium in pure strategies of the contest on the grid."""
    part = TOP * np.arange(levels + 1) / levels
    e1, e2 = np.meshgrid(v1 / c1 * part, v2 / c2 * part, indexing="ij")
    total = e1**r + e2**r
    p = np.where(total > 0, e1**r / np.where(total > 0, total, 1.0), 0.5)
    first, second = v1 * p - c1 * e1, v2 * (1 - p) - c2 * e2
    best = (first >= first.max(axis=0) - 1e-10) & (second >= second.max(axis=1, keepdims=True) - 1e-10)
    return list(zip(e1[best], e2[best], strict=True))


TABLE = [  # V₁, V₂, c₁, c₂, r, e₁, e₂
    (1, 1, 1, 1, 1, 0.25, 0.25),
    (2, 1, 1, 1, 1, 0.444444, 0.222222),
    (1, 1, 1, 2, 1, 0.222222, 0.111111),
    (1, 1, 1, 1, 0.5, 0.125, 0.125),
    (2, 1, 1, 1, 0.7, 0.330183, 0.165091),
    (1, 1, 1, 1, 2, 0.5, 0.5),
]


@pytest.fixture(scope="module")
def printed() -> dict[str, np.ndarray]:
    return answers(**contests([row[:5] for row in TABLE]))


def test_the_printed_efforts_are_met_exactly_on_the_grid_and_within_half_a_level_off_it(printed):
    for i, row in enumerate(TABLE):
        expected = closed(*row[:5])
        assert (expected["first_effort"], expected["second_effort"]) == pytest.approx(row[5:], abs=5.1e-7)
        on_it = abs(expected["first_effort"] * row[2] / row[0] * 36 % 1) < 1e-9
        worth = max(row[0] / row[2], row[1] / row[3])
        for name, x in expected.items():
            bound = 1e-9 if on_it or name == "victory" else worth / 72 + 1e-9
            assert printed[name][i] == pytest.approx(x, abs=bound), (row, name)
    assert printed["first_value"][5] == pytest.approx(0, abs=1e-9), "at r = 2 equals spend all that they win"


def test_efforts_and_values_approach_the_closed_form_at_the_rate_of_the_grid():
    draw, rows = np.random.default_rng(7), []
    while len(rows) < CHUNK:  # contests that have an equilibrium in pure strategies on each of the grids
        v1, c2 = np.exp(draw.uniform(-1.2, 1.2, 2))
        row = (v1, 1.0, 1.0, c2, draw.uniform(0.3, 1.0))
        if all(len(by_enumeration(n, *row)) == 1 for n in SIZES):
            rows.append(row)
    expected = [closed(*row) for row in rows]
    worth = {"first": np.array([r[0] / r[2] for r in rows]), "second": np.array([r[1] / r[3] for r in rows])}
    errors = []
    for n in SIZES:
        found = answers(n, **contests(rows))
        np.testing.assert_allclose(
            np.stack([found["first_effort"], found["second_effort"]], axis=1),
            np.array([by_enumeration(n, *row)[0] for row in rows]),
            rtol=0,
            atol=1e-9,
        )
        gaps = [np.abs(found[f"{x}_effort"] - [e[f"{x}_effort"] for e in expected]) / worth[x] for x in worth]
        gaps += [np.abs(found["first_value"] - [e["first_value"] for e in expected]) / [r[0] for r in rows]]
        gaps += [np.abs(found["second_value"] - [e["second_value"] for e in expected])]
        assert (np.array(gaps) < 0.75 * TOP / n).all(), n  # a level of one's own, and what the other's does
        errors.append(np.mean(gaps))
    assert errors[1] < 0.75 * errors[0]
    assert errors[2] < 0.75 * errors[1]


def test_effort_is_greatest_between_equals_and_the_weaker_side_wins_less_than_its_share_of_strength():
    v = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
    found = answers(**contests([(x, 1, 1, 1, 1) for x in v]) | {"noise": 0.001})
    assert np.argmax(found["second_effort"]) == 2
    assert (np.diff(found["first_effort"]) > 0).all()
    assert (np.diff(found["victory"]) > 0).all()
    decisive = answers(**contests([(2, 1, 1, 1, r) for r in (0.3, 0.6, 0.9)]) | {"noise": 0.001})
    assert (np.diff(decisive["victory"]) > 0).all()
    assert (np.diff(decisive["spent"]) > 0).all()


def test_only_worth_over_cost_matters_for_who_wins(printed):
    twice = answers(**contests([(2, 2, 1, 1, 1), (1, 2, 1, 4, 1), (4, 1, 2, 1, 1)]))
    np.testing.assert_allclose(twice["first_effort"][0], 2 * printed["first_effort"][0], atol=1e-9)
    np.testing.assert_allclose(twice["victory"][1:], printed["victory"][[2, 1]], rtol=0, atol=1e-9)


@pytest.mark.parametrize("row", [(1, 1, 1, 1, 2.1), (2, 1, 1, 1, 1.45), (1, 1, 1, 3, 1.3)])
def test_contests_without_an_equilibrium_in_pure_strategies_say_so(row):
    assert not by_enumeration(36, *row), "no pair of efforts on a fine grid is an equilibrium either"
    (status,) = run(**contests([row])).status
    assert status is not None
    assert "needs decisiveness ≤ 1 + (weaker / stronger)^decisiveness" in status
    assert "no equilibrium in pure strategies" in status
    assert closed(*row)["second_value"] < 0 or closed(*row)["first_value"] < 0
