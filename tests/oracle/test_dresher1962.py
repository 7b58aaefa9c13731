"""The inspection game against its closed form and a backward induction of 2×2 games."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from math import comb
from typing import Any

import numpy as np
import pytest

from detente.engine.batch import solve
from detente.engine.game import Action, Branch, Chance, Joint, Variable
from detente.gallery.dresher1962 import moves, period
from detente.models import get

MODEL = get("dresher1962")
CHUNK = 32
LONGEST = 14


def value(n: int, m: int, b: float) -> float:
    """The closed form."""
    return -comb(n - 1, m) / sum(comb(n, i) * b ** (m - i) for i in range(m + 1)) if n else 0.0


@cache
def by_hand(n: int, m: int, b: float) -> tuple[float, float, float]:
    """Value, probabilities of an inspection and of a violation, from the games that may follow."""
    if n == 0:
        return 0.0, 0.0, 0.0
    unused = by_hand(n - 1, m, b)[0]
    if m == 0:
        return -1.0, 0.0, 1.0 if n == 1 else np.nan  # until the last period it is as good later as now
    if m >= n:
        return 0.0, np.nan, 0.0  # inspecting always deters, and so does less
    used = by_hand(n - 1, m - 1, b)[0]
    # The inspector mixes so that a violation is worth as much as compliance, and the other way round.
    inspects = (unused + 1) / (b + 1 + unused - used)
    violates = (unused - used) / (b + 1 + unused - used)
    return inspects * b - (1 - inspects), inspects, violates


def answers(n: int, m: Any, b: Any, years: int = 0, **more: Any) -> dict[str, np.ndarray]:
    records = {"inspections": m, "catch": b, "noise": 0.0} | more
    solved = solve(MODEL, records, horizon=n, years=years, chunk=CHUNK)
    assert set(solved.status) == {None}
    assert solved.gaps["regret"].max() < 1e-9
    return dict(solved.outcomes)


TABLE = {(2, 1, 1): -1 / 3, (3, 1, 1): -1 / 2, (5, 2, 1): -0.375, (4, 1, 0.5): -2 / 3}
TABLE |= {(10, 3, 1): -0.477273, (6, 2, 2): -0.322581}  # printed to six decimals


def test_the_printed_table_is_the_closed_form():
    for (n, m, b), v in TABLE.items():
        assert value(n, m, b) == pytest.approx(v, abs=5e-7)
        assert by_hand(n, m, b)[0] == pytest.approx(value(n, m, b), abs=1e-14)


def test_values_and_choices_at_the_default_number_of_periods():
    m, b = (x.ravel() for x in np.meshgrid([0, 1, 2, 3], [0.1, 0.5, 1.0, 2.0, 5.0]))
    found = answers(3, m, b)
    expected = np.array([by_hand(3, int(i), float(j)) for i, j in zip(m, b, strict=True)])
    closed = [value(3, int(i), float(j)) for i, j in zip(m, b, strict=True)]
    np.testing.assert_allclose(found["inspector_value"], closed, rtol=0, atol=1e-12)
    for name, column in (("inspection", 1), ("violation", 2)):
        unique = np.isfinite(expected[:, column])
        np.testing.assert_allclose(found[name][unique], expected[unique, column], rtol=0, atol=1e-9)
    # More inspections, and a better catch, are worth something as long as violations happen.
    table = found["inspector_value"].reshape(5, 4)
    assert (np.diff(table, axis=1) > 0).all()
    assert (np.diff(table[:, 1:3], axis=0) > 0).all()
    np.testing.assert_allclose(table[:, 0], -1.0, atol=1e-12)
    np.testing.assert_allclose(table[:, 3], 0.0, atol=1e-12)


def test_the_longest_treaty_of_the_table_followed_to_its_end():
    n, m, b = 10, 3, 1.0
    found = answers(n, m, b, years=n)
    assert found["inspector_value"][0] == pytest.approx(value(n, m, b), abs=1e-9)
    left, violated, inspections, made, done = {m: 1.0}, 0.0, 0.0, [], []
    for k in range(n, 0, -1):
        after: dict[int, float] = {}
        for i, mass in left.items():
            _, inspects, violates = by_hand(k, i, b)
            # Where a violation is as good now as later the mover divides evenly: a matter of ties.
            inspects, violates = np.nan_to_num(inspects), np.nan_to_num(violates, nan=0.5)
            violated += mass * violates
            inspections += mass * inspects
            for j, share in ((i - 1, inspects), (i, 1 - inspects)):
                if share:
                    after[j] = after.get(j, 0.0) + mass * (1 - violates) * share
        left = after
        made.append(inspections)
        done.append(violated)
    np.testing.assert_allclose(found["violation_within"][:, 0], done, atol=1e-9)
    # As many inspections as periods are left deter for sure, and so do fewer in the same place.
    np.testing.assert_allclose(found["inspections_within"][:7, 0], made[:7], atol=1e-9)
    assert (found["inspections_within"][:, 0] <= m + 1e-9).all()


@pytest.fixture(scope="module")
def every_length(solve_game):
    """The game with a clock: treaties of 1 … 14 periods that begin late, in one batch."""

    def choices(s: Any, p: Any) -> Mapping[str, tuple[Action, ...]]:
        (wait, inspect), (comply, violate) = moves(s, p).values()
        return {
            "inspector": (wait, replace(inspect, legal=(s.left > 0) & (s.idle == 0))),
            "inspectee": (comply, replace(violate, legal=s.idle == 0)),
        }

    game = MODEL.game()
    game = replace(
        game,
        variables=(*game.variables, Variable("idle", LONGEST)),
        stages=(
            Joint("period", choices, period),
            game.stages[1],
            Chance("clock", lambda s, p: [Branch(1.0, {"idle": np.maximum(s.idle - 1, 0)})]),
        ),
        start=lambda p: {"left": p.inspections, "idle": LONGEST - p.periods},
        tallies=(),
    )

    rows = [(n, m, b) for n in range(1, LONGEST + 1) for m in range(4) for b in (0.5, 1.0, 2.0)]
    n, m, b = np.array(rows, float).T
    p = {"noise": 0.0, "catch": b, "inspections": m, "periods": n}
    found = solve_game(game, p, horizon=LONGEST, paths=False, keep=__file__)
    return rows, found["values"]["inspector"]


def test_the_closed_form_for_every_treaty_of_less_than_fifteen_periods(every_length):
    rows, found = every_length
    expected = [value(*row) for row in rows]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    held = dict(zip(rows, found, strict=True))
    for row in TABLE:
        assert held[row] == pytest.approx(TABLE[row], abs=5e-7)


def test_a_longer_treaty_is_worse_for_the_inspector(every_length):
    rows, found = every_length
    held = dict(zip(rows, found, strict=True))
    for (n, m, b), v in held.items():
        if n < LONGEST and 0 < m <= n:
            assert held[n + 1, m, b] < v - 1e-6


def test_more_inspections_than_the_model_keeps_are_refused():
    solved = solve(MODEL, {"inspections": 4.0, "catch": 1.0, "noise": 0.0}, horizon=3, years=0, chunk=CHUNK)
    assert solved.status[0] is not None
    assert "inspections is 4" in solved.status[0]
