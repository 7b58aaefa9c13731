"""Priors against the distributions of SciPy, and in places where naive formulas break."""

import math

import numpy as np
import pytest
from scipy import stats

from detente.case.case import Prior
from detente.case.priors import density, mean, quantile

U = np.linspace(0.001, 0.999, 41)


def lognormal(median, sigma, low, high):
    """SciPy has no truncated lognormal: the truncated normal of the logarithm, mapped."""
    a, b = math.log(low / median) / sigma, math.log(high / median) / sigma
    return stats.truncnorm(a, b, loc=math.log(median), scale=sigma)


CASES = {
    "uniform": (Prior("uniform", (0.2, 1.5), 0.2, 1.5), stats.uniform(0.2, 1.3)),
    "triangular": (Prior("triangular", (0.1, 0.3, 0.9), 0.1, 0.9), stats.triang(0.25, 0.1, 0.8)),
    "mode at the lower end": (Prior("triangular", (1.0, 1.0, 3.0), 1.0, 3.0), stats.triang(0, 1, 2)),
    "mode at the upper end": (Prior("triangular", (1.0, 3.0, 3.0), 1.0, 3.0), stats.triang(1, 1, 2)),
    "beta": (Prior("beta", (3.0, 11.0), 0.0, 1.0), stats.beta(3, 11)),
    "beta with poles": (Prior("beta", (0.5, 0.5), 0.0, 1.0), stats.beta(0.5, 0.5)),
    "beta rescaled": (Prior("beta", (2.0, 5.0), -1.0, 3.0), stats.beta(2, 5, -1, 4)),
    "normal": (Prior("normal", (1.0, 2.0), -math.inf, math.inf), stats.norm(1, 2)),
    "normal cut on one side": (
        Prior("normal", (0.5, 1.0), 0.0, math.inf),
        stats.truncnorm(-0.5, np.inf, 0.5),
    ),
    "normal cut on both": (Prior("normal", (0.5, 0.2), 0.0, 1.0), stats.truncnorm(-2.5, 2.5, 0.5, 0.2)),
    "normal far right": (Prior("normal", (0.0, 1.0), 8.0, 9.0), stats.truncnorm(8, 9)),
    "normal far left": (Prior("normal", (0.0, 1.0), -9.0, -8.0), stats.truncnorm(-9, -8)),
    "lognormal": (Prior("lognormal", (2.0, 0.5), 0.0, math.inf), stats.lognorm(0.5, scale=2)),
}


@pytest.mark.parametrize(("prior", "reference"), CASES.values(), ids=CASES)
def test_agrees_with_scipy(prior, reference):
    x = quantile(prior, U)
    np.testing.assert_allclose(x, reference.ppf(U), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(density(prior, x), reference.pdf(x), rtol=1e-9)
    assert mean(prior) == pytest.approx(reference.mean(), rel=1e-7)


def test_a_truncated_lognormal_is_the_exponential_of_a_truncated_normal():
    prior, reference = Prior("lognormal", (0.15, 0.8), 0.02, 1.5), lognormal(0.15, 0.8, 0.02, 1.5)
    x = quantile(prior, U)
    np.testing.assert_allclose(x, np.exp(reference.ppf(U)), rtol=1e-9)
    np.testing.assert_allclose(density(prior, x), reference.pdf(np.log(x)) / x, rtol=1e-9)


@pytest.mark.parametrize(
    "prior",
    [
        CASES["triangular"][0],
        CASES["beta rescaled"][0],
        CASES["normal cut on both"][0],
        Prior("lognormal", (0.15, 0.8), 0.02, 1.5),
        Prior("lognormal", (0.15, 0.3), 0.5, 1.5),
    ],
    ids=lambda prior: prior.kind,
)
def test_density_and_mean_belong_to_the_quantiles(prior):
    """Independent of any reference: integrals by the midpoint rule."""
    x = np.linspace(prior.low, prior.high, 200_001)
    middle, step = (x[1:] + x[:-1]) / 2, x[1] - x[0]
    weight = density(prior, middle) * step
    assert weight.sum() == pytest.approx(1, abs=1e-6)
    assert mean(prior) == pytest.approx((weight * middle).sum(), rel=1e-6)
    below = np.interp(quantile(prior, [0.1, 0.5, 0.97]), x[1:], np.cumsum(weight))
    np.testing.assert_allclose(below, [0.1, 0.5, 0.97], atol=1e-5)


@pytest.mark.parametrize(("low", "high"), [(30.0, 31.0), (-31.0, -30.0), (-1.0, 40.0), (37.0, math.inf)])
def test_truncation_is_stable_in_the_tails(low, high):
    prior = Prior("normal", (0.0, 1.0), low, high)
    u = np.linspace(0, 1 - 2**-31, 1001)
    x = quantile(prior, u)
    assert np.isfinite(x).all()
    assert (np.diff(x) > 0).all()
    assert x[0] == pytest.approx(low, abs=1e-9)
    assert low <= mean(prior) <= high
    # Far out, what is left of a normal is an exponential of rate `low`, to order 1/low².
    if low >= 30:
        assert mean(prior) - low == pytest.approx(1 / low, rel=2 / low**2)


@pytest.mark.parametrize("kind", ["uniform", "triangular", "beta rescaled", "normal cut on both"])
def test_quantiles_keep_to_the_bounds_and_densities_vanish_beyond(kind):
    prior = CASES[kind][0]
    ends = quantile(prior, [0.0, 1.0])
    assert ends == pytest.approx([prior.low, prior.high], rel=1e-12)
    assert prior.low <= ends[0] and ends[1] <= prior.high
    assert density(prior, [prior.low - 0.1, prior.high + 0.1]).tolist() == [0.0, 0.0]


def test_choices_are_equal_steps():
    prior = Prior("choice", (1.0, 4.0, 2.0, 2.0), 1.0, 4.0)
    assert quantile(prior, [0.0, 0.2499, 0.25, 0.5, 0.75, 1.0]).tolist() == [1, 1, 4, 2, 2, 2]
    assert density(prior, [1.0, 2.0, 3.0, 4.0]).tolist() == [0.25, 0.5, 0.0, 0.25]
    assert mean(prior) == 2.25


def test_an_unknown_kind_is_refused():
    for function in (lambda p: quantile(p, [0.5]), lambda p: density(p, [0.5]), mean):
        with pytest.raises(ValueError, match="found cauchy with 2 numbers"):
            function(Prior("cauchy", (0.0, 1.0), 0.0, 1.0))
