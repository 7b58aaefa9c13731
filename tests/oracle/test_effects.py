"""Effects against closed forms: Ishigami, Sobol' g, a linear model of correlated normal numbers."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.stats import norm

from detente.study.methods.sensitivity import first_and_total, first_order_given, pick_freeze
from detente.study.methods.shapley import shapley_effects, total_effects, walks

N = 1024
NAMES = "abcdefgh"


def ishigami(u):
    """Ishigami and Homma (1990), a = 7, b = 0.1, over [−π, π]³."""
    x = np.pi * (2 * u - 1)
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def ishigami_parts():
    """Variance of each part: of 1 alone, of 2 alone, of 1 and 3 together."""
    a, b, pi = 7, 0.1, np.pi
    return {
        (0,): (1 + b * pi**4 / 5) ** 2 / 2,
        (1,): a**2 / 8,
        (0, 2): b**2 * pi**8 * (1 / 18 - 1 / 50),
    }


G = np.array([0.0, 1.0, 4.5, 9.0, 99.0])


def g(u):
    """Sobol' (1993): the product of (|4u − 2| + a)/(1 + a)."""
    a = G.reshape(-1, *[1] * (u.ndim - 1))
    return ((abs(4 * u - 2) + a) / (1 + a)).prod(axis=0)


def g_parts():
    alone = 1 / (3 * (1 + G) ** 2)
    sets = [s for k in range(1, 6) for s in combinations(range(5), k)]
    return {s: float(alone[list(s)].prod()) for s in sets}


def truth(parts, width):
    """First-order, total and Shapley effects from the parts that a variance is the sum of."""
    whole = sum(parts.values())
    first = [parts.get((i,), 0.0) / whole for i in range(width)]
    total = [sum(v for s, v in parts.items() if i in s) / whole for i in range(width)]
    shapley = [sum(v / len(s) for s, v in parts.items() if i in s) / whole for i in range(width)]
    return np.array(first), np.array(total), np.array(shapley)


CASES = {
    "Ishigami": (ishigami, truth(ishigami_parts(), 3), 3, sum(ishigami_parts().values())),
    "Sobol' g": (g, truth(g_parts(), 5), 5, sum(g_parts().values())),
}
each = pytest.mark.parametrize(("f", "expected", "width", "variance"), CASES.values(), ids=CASES)


def test_published_values_of_ishigami():
    first, total, shapley = CASES["Ishigami"][1]
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=5e-5)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=5e-5)
    assert shapley == pytest.approx([0.4357, 0.4424, 0.1218], abs=5e-5)


def inside(effects, expected):
    return (effects.low[0] <= expected + 1e-12) & (expected <= effects.high[0] + 1e-12)


@each
def test_first_order_and_total_effects(f, expected, width, variance):
    points = pick_freeze(NAMES[:width], 1, 0, N).swapaxes(0, 1)
    first, total = first_and_total(f(points)[None])
    assert first.effect[0] == pytest.approx(expected[0], abs=0.02)
    assert total.effect[0] == pytest.approx(expected[1], abs=0.02)
    assert inside(first, expected[0]).all()
    assert inside(total, expected[1]).all()
    assert first.variance[0] == pytest.approx(variance, rel=0.02)
    assert (first.high - first.low < 0.2).all()


@each
def test_shapley_effects(f, expected, width, variance):
    found = walks(NAMES[:width], 1, 0, 4 * N)
    effects = shapley_effects(f(found.shares.swapaxes(0, 1))[None], found.order)
    assert effects.effect[0] == pytest.approx(expected[2], abs=0.02)
    assert inside(effects, expected[2]).all()
    assert effects.sum[0] == pytest.approx(1, abs=1e-12)
    assert effects.variance[0] == pytest.approx(variance, rel=0.01)


@each
@pytest.mark.parametrize("balanced", [True, False])
def test_first_order_effects_of_given_draws(f, expected, width, variance, balanced):
    u = pick_freeze(NAMES[:width], 2, 0, N)[0] if balanced else np.random.default_rng(3).random((width, N))
    effects = first_order_given(u, f(u)[None])
    assert effects.effect[0] == pytest.approx(expected[0], abs=0.03 if balanced else 0.05)
    assert inside(effects, expected[0]).all()


# --- Correlated normal numbers ------------------------------------------------------------------

LATENT = np.array([[1, 0.7, 0, 0], [0.7, 1, 0, 0], [0, 0, 1, -0.5], [0, 0, -0.5, 1.0]])
WEIGHTS = np.array([1.0, 0.0, 1.0, 0.5])


def left(known):
    """Variance of the weighted sum that is left when some of its terms are known."""
    known, rest = list(known), [i for i in range(4) if i not in known]
    c = LATENT[np.ix_(rest, rest)]
    if known:
        across = LATENT[np.ix_(rest, known)]
        c = c - across @ np.linalg.solve(LATENT[np.ix_(known, known)], across.T)
    return WEIGHTS[rest] @ c @ WEIGHTS[rest]


def linear_truth():
    """Shapley effects by their definition; Owen and Prieur (2017) for two at a time."""
    effect = np.zeros(4)
    for i in range(4):
        others = [j for j in range(4) if j != i]
        for known in (s for k in range(4) for s in combinations(others, k)):
            effect[i] += (left(known) - left((*known, i))) / (4 * comb(3, len(known)))
    return effect / left(())


def test_shapley_effects_of_correlated_parameters():
    found = walks(NAMES[:4], 5, 0, 4 * N, LATENT)
    scores = norm.ppf(found.shares)
    for block in range(5):
        assert np.corrcoef(scores[block]) == pytest.approx(LATENT, abs=0.04)
    effects = shapley_effects(np.tensordot(WEIGHTS, scores, (0, 1))[None], found.order)
    expected = linear_truth()
    assert effects.effect[0] == pytest.approx(expected, abs=0.03)
    assert inside(effects, expected).all()
    assert effects.sum[0] == pytest.approx(1, abs=1e-12)
    # A parameter that the output does not depend on has the credit that its correlation earns it.
    assert expected[1] == pytest.approx(0.14, abs=0.001)
    assert effects.low[0, 1] > 0.05


def test_first_order_effects_of_correlated_draws_are_what_knowing_them_explains():
    scores = norm.ppf(walks(NAMES[:4], 5, 0, 4 * N, LATENT).shares[0])
    effects = first_order_given(scores, (WEIGHTS @ scores)[None])
    expected = np.array([1 - left((i,)) / left(()) for i in range(4)])
    assert effects.effect[0] == pytest.approx(expected, abs=0.02)
    assert inside(effects, expected).all()


# --- Intervals ----------------------------------------------------------------------------------


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    _, (first, total, shapley), width, _ = CASES["Ishigami"]
    hits = np.zeros((4, 3))
    for seed in range(40):
        points = np.random.default_rng(seed).random((2, width, 512))
        a, b = points
        blocks = np.stack([a, b, *(np.where(np.arange(3)[:, None] == i, b, a) for i in range(3))], axis=1)
        alone, together = first_and_total(ishigami(blocks)[None], resamples=100, seed=seed)
        found = walks(NAMES[:width], seed, 0, 512)
        shares = shapley_effects(
            ishigami(found.shares.swapaxes(0, 1))[None], found.order, resamples=100, seed=seed
        )
        given = first_order_given(a, ishigami(a)[None], seed=seed)
        hits += [
            inside(alone, first),
            inside(together, total),
            inside(shares, shapley),
            inside(given, first),
        ]
    assert (hits >= 34).all(), hits


def test_total_effects_from_walks_are_those_of_the_closed_form():
    a = np.array([0.0, 0.5, 3.0, 9.0])
    names = [f"x{i}" for i in range(len(a))]
    made = walks(names, 3, 0, 4096)
    y = np.prod((np.abs(4 * made.shares - 2) + a[:, None]) / (1 + a[:, None]), axis=1)[None]
    alone = 1 / (3 * (1 + a) ** 2)
    whole = np.prod(1 + alone) - 1
    total = alone * np.prod(1 + alone) / (1 + alone) / whole
    found = total_effects(y, made.order)
    assert found.effect[0] == pytest.approx(total, abs=0.02)
    assert (found.low[0] <= total).all() and (total <= found.high[0]).all()
