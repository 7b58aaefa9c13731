"""Arming in secret and strikes on suspicion, against the closed form of each region."""

import numpy as np

from detente.engine.batch import solve
from detente.models import get

MODEL = get("debs_monteiro2014")
NAMES = (
    "power",
    "power_after",
    "future_weight",
    "investment_cost",
    "deterrer_war_cost",
    "target_war_cost",
    "detection",
)
TABLE = np.array(  # p, p₂, δ, k, c_D, c_T, e: q, r, Pr(war), Pr(mistaken war)
    [
        [0.3, 0.8, 0.9, 0.1, 0.05, 0.05, 0.5, 0.59375, 0.555556, 0.6875, 0.225694],
        [0.3, 0.8, 0.9, 0.1, 0.05, 0.05, 0.0, 0.422222, 0.777778, 0.777778, 0.449383],
        [0.3, 0.8, 0.9, 0.1, 0.05, 0.05, 0.7, 0.708955, 0.259259, 0.626866, 0.075456],
        [0.3, 0.8, 0.9, 0.1, 0.05, 0.05, 0.8, 0, 0, 0, 0],
        [0.3, 0.8, 0.9, 0.05, 0.05, 0.05, 0.5, 0.59375, 0.777778, 0.84375, 0.315972],
    ]
)
READ = ("investment", "strike_unseen", "war", "mistaken_war")


def answers(points: np.ndarray) -> dict[str, np.ndarray]:
    records = {"noise": 0.0, **dict(zip(NAMES, points, strict=True))}
    solved = solve(MODEL, records, horizon=1, chunk=16)
    assert set(solved.status) == {None}
    return dict(solved.outcomes)


def closed(
    p: float, p2: float, d: float, k: float, c_d: float, c_t: float, e: float
) -> tuple[float, float, float, float, int]:
    """q, r, Pr(war), Pr(mistaken war) and the region."""
    gain, waste = d * (p2 - p), (1 + d) * (c_d + c_t)
    if gain <= waste:
        return (1.0, 0.0, 0.0, 0.0, 1) if gain > k else (0.0, 0.0, 0.0, 0.0, 0)
    if (1 - e) * gain <= k:
        return 0.0, 0.0, 0.0, 0.0, 0
    belief = waste / gain
    q = belief / (belief + (1 - belief) * (1 - e))
    r = 1 - k / ((1 - e) * gain)
    return q, r, q * e + (1 - q * e) * r, (1 - q) * r, 2


def draws(n: int, seed: int) -> np.ndarray:
    """Random points of the domain, shape [parameter, n]."""
    rng = np.random.default_rng(seed)
    c_t = rng.uniform(0, 0.15, n)
    p = rng.uniform(c_t, 0.6)
    return np.array(
        [
            p,
            rng.uniform(p, 1),
            rng.uniform(0.2, 1.5, n),
            rng.uniform(0.01, 0.3, n),
            rng.uniform(0, 0.15, n),
            c_t,
            rng.uniform(0, 1, n),
        ]
    )


def test_the_printed_table():
    found = answers(TABLE.T[:7])
    for name, printed in zip(READ, TABLE.T[7:], strict=True):
        np.testing.assert_allclose(found[name], printed, atol=6e-7)
    assert [closed(*row)[4] for row in TABLE[:, :7]] == found["kind"].tolist() == [2, 2, 2, 0, 2]


def test_every_region_has_its_closed_form():
    points = draws(192, seed=7)
    found = answers(points)
    expected = np.array([closed(*x) for x in points.T]).T
    for name, x in zip((*READ, "kind"), expected, strict=True):
        np.testing.assert_allclose(found[name], x, atol=1e-9, err_msg=name)
    assert set(expected[4]) == {0, 1, 2}
    # In the mixed region each side is worth what war is worth to it: that is what makes it indifferent.
    p, _, d, _, c_d, c_t, _ = points
    mixed, quiet = expected[4] == 2, expected[4] == 0
    np.testing.assert_allclose(found["target_value"][mixed], ((1 + d) * (p - c_t))[mixed], atol=1e-9)
    np.testing.assert_allclose(found["deterrer_value"][mixed], ((1 + d) * (1 - p - c_d))[mixed], atol=1e-9)
    np.testing.assert_allclose(found["deterrer_value"][quiet], ((1 + d) * (1 - p + c_t))[quiet], atol=1e-9)


def test_detection_ends_mistaken_wars_and_then_all_wars():
    base = np.tile(TABLE[0, :7, None], 48)
    base[6] = np.linspace(0, 1, 48)
    found = answers(base)
    assert (np.diff(found["mistaken_war"]) <= 1e-9).all()
    mixed = found["kind"] == 2
    assert (np.diff(found["investment"][mixed]) > 0).all()
    assert (np.diff(found["strike_unseen"][mixed]) < 0).all()
    # Peace from e = 1 − k/G on.
    np.testing.assert_array_equal(mixed, base[6] < 1 - 0.1 / 0.45)
    np.testing.assert_allclose(found["war"][~mixed], 0, atol=1e-9)


def test_what_arms_cost_moves_the_strikes_and_not_the_arming():
    base = np.tile(TABLE[0, :7, None], 16)
    base[3] = np.linspace(0.02, 0.2, 16)
    found = answers(base)
    np.testing.assert_allclose(found["investment"], 0.59375, atol=1e-9)
    assert (np.diff(found["strike_unseen"]) < 0).all()


def test_points_without_meaning_are_refused():
    records = dict(zip(NAMES, TABLE[0, :7], strict=True))
    records |= {"power_after": [0.2, 0.8], "target_war_cost": [0.05, 0.35], "noise": 0.0}
    solved = solve(MODEL, records, horizon=1, chunk=16)
    assert solved.status == (
        "not solved: needs power ≤ power_after",
        "not solved: needs target_war_cost ≤ power",
    )
