"""The global game: the threshold of the continuum, at the rate at which cells of what is seen get finer."""

from functools import cache

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.models import get

MODEL = get("carlsson_vandamme1993")
DEFAULT = {p.name: p.default for p in MODEL.parameters}
CELLS, CHUNK = 8, 3
TABLE = {0.5: 2.282095, 0.1: 2.056419, 0.01: 2.005642}  # s: θ* for R, S, P = 3, 0, 1
SPREAD = np.array(list(TABLE))


def expected(r, s, p, spread):
    return r + s - p + spread / np.sqrt(np.pi)


def answers(centre, width, noise, **records):
    """Thresholds for windows of this width around a place, and the widths of cells."""
    records |= {"peaceful_below": centre - width / 2, "armed_above": centre + width / 2, "noise": noise}
    solved = solve(MODEL, {**DEFAULT, **records}, horizon=1, chunk=CHUNK, settings={"cells": CELLS})
    assert set(solved.status) == {None}
    return solved.outcomes["threshold"], solved.outcomes["equilibria_found"]


def test_the_closed_form_is_the_printed_table():
    np.testing.assert_allclose(expected(3, 0, 1, SPREAD), list(TABLE.values()), rtol=0, atol=5e-7)


def test_the_closed_form_makes_a_side_indifferent():
    """By quadrature: what arming gains at θ*, against one that arms above θ*, for each spread."""
    z = np.linspace(-9, 9, 200001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    for s, theta in zip(SPREAD, expected(3, 0, 1, SPREAD), strict=True):
        other = theta + np.sqrt(2) * s * z
        gain = np.where(z < 0, (theta + other) / 2 - 3, 1 - 0)
        assert np.trapezoid(gain * density, z) == pytest.approx(0, abs=1e-4)


@cache
def refined():
    """Errors at widths 4s, 2s, s of the window, with noise in choices that shrinks with the cells."""
    errors, found = [], []
    for width in (4, 2, 1):
        theta = expected(3, 0, 1, SPREAD)
        h = width * SPREAD / CELLS
        threshold, count = answers(theta + SPREAD / 8, width * SPREAD, 0.3 * h / SPREAD, spread=SPREAD)
        errors.append(np.abs(threshold - theta))
        found.append(count)
    return np.array(errors), np.array(found)


def test_the_error_falls_with_the_square_of_the_cells():
    errors, _ = refined()
    wide = errors[:, :2]  # s = 0.5 and 0.1
    assert (wide[1] < wide[0] / 3).all()
    assert (wide[2] < wide[1] / 3).all()
    assert (errors[2] < 0.03 * SPREAD * CELLS / 8).all()


def test_with_noise_in_choices_there_is_one_equilibrium():
    np.testing.assert_array_equal(refined()[1], 1)


@cache
def without_noise():
    return answers(2 + SPREAD / 2, 4 * SPREAD, 0 * SPREAD, spread=SPREAD)


def test_without_noise_the_threshold_is_met_within_a_cell():
    threshold, _ = without_noise()
    assert (np.abs(threshold - expected(3, 0, 1, SPREAD)) < 4 * SPREAD / CELLS).all()


def test_without_noise_neighbouring_thresholds_are_equilibria_too():
    np.testing.assert_array_equal(without_noise()[1], 3)


def test_the_window_does_not_matter_and_pay_offs_shift_the_threshold_one_for_one():
    r, s, p = np.array([3, 3, 3.3]), np.array([0, 0, -0.2]), np.array([1, 1, 1.4])
    theta = expected(r, s, p, 0.1)
    width = np.array([0.2, 0.2, 0.2])
    aside = theta + np.array([0.0125, 0.0375, 0.0125])  # moved by a whole cell, and by different pay-offs
    threshold, _ = answers(aside, width, 0.075, spread=0.1, reward=r, exploited=s, punishment=p)
    assert threshold[1] == pytest.approx(threshold[0], abs=1e-3)
    assert threshold[2] - threshold[0] == pytest.approx(-0.3, abs=1e-2)


def test_what_is_off_the_theory_is_refused_or_has_no_threshold():
    changes = {
        "exploited": np.array([1.5, 0, 0]),
        "peaceful_below": np.array([1.6, 2.5, 2.6]),
        "armed_above": np.array([2.4, 2.4, 3.0]),
    }
    solved = solve(
        MODEL, {**DEFAULT, "noise": 0.01, **changes}, horizon=1, chunk=CHUNK, settings={"cells": CELLS}
    )
    assert solved.status == (
        "not solved: needs punishment > exploited",
        "not solved: needs peaceful_below < armed_above",
        None,
    )
    assert np.isnan(solved.outcomes["threshold"][2])
