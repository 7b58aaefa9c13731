"""A point without an answer says why, in words; the others are not disturbed."""

from typing import Any

import numpy as np
import pytest

from detente.engine import stationary
from detente.engine.batch import solve
from detente.engine.game import Accounting, Action, Decision, Game, Joint, Variable
from detente.model import Condition, Model, Outcome
from detente.parameter import parameter

NOISE = parameter("noise", "Scale of what moves a choice besides the pay-offs", "stake", "[0, inf)", 0.0)
PRIZE = parameter("prize", "What two heads are worth to row", "stake", "(0, inf)", 1.0)


def model(game: Any, answer: Any, *outcomes: str, parameters: Any = (NOISE, PRIZE), **more: Any) -> Model:
    described = tuple(Outcome(x, x, "stake") for x in outcomes)
    return Model("made_here", "Made in a test", parameters, (), described, game, answer=answer, **more)


def pennies() -> Game:
    sides = (Action("heads"), Action("tails"))

    def show(s: Any, p: Any, chosen: Any) -> Action:
        both = (chosen["row"] == "heads") * (chosen["column"] == "heads")
        same = chosen["row"] == chosen["column"]
        row = p.prize * both + p.prize**2 * (same - both)
        return Action("show", ends={"row": row, "column": 1.0 - same})

    return Game(
        players=("row", "column"),
        variables=(Variable("none", 1, known_to=()),),
        stages=(Joint("show", lambda s, p: {"row": sides, "column": sides}, show),),
        start=lambda p: {},
    )


def test_a_theory_of_pure_equilibria_says_so_where_the_only_one_is_mixed_and_conditions_are_named():
    theory = model(
        pennies,
        lambda first, p: {"value": first.value("row")},
        "value",
        pure=True,
        conditions=(Condition("prize ≤ 2", lambda p: p.prize <= 2),),
    )
    solved = solve(
        theory,
        {"prize": np.array([1.0, 3.0, 0.5, -1.0]), "noise": np.array([0.0, 0.0, 0.4, 0.0])},
        horizon=1,
        chunk=4,
    )
    mixed, outside, noisy, wrong = solved.status
    assert mixed is not None and mixed.startswith(
        "no answer: the theory speaks of an equilibrium in pure strategies"
    )
    assert "probability 0.5" in mixed
    assert outside == "not solved: needs prize ≤ 2"
    assert noisy is None, "with noise every strategy is mixed, and that is no fault"
    assert wrong == "not solved: prize is -1, expected (0, inf) (stake)"
    assert np.isnan(solved.outcomes["value"][[0, 1, 3]]).all() and np.isfinite(solved.outcomes["value"][2])


def waiting() -> Game:
    def act(s: Any, p: Any) -> Any:
        yield Action("rest")
        yield Action("work", pays={"ann": p.prize})

    return Game(
        players=("ann",),
        variables=(Variable("place", 1),),
        stages=(Decision("act", "ann", act), Accounting("year", lambda s, p: {})),
        start=lambda p: {"place": 0},
        endless=True,
    )


DISCOUNT = parameter("discount", "Weight of next year", "a year", "[0, 1)", 0.5)


@pytest.mark.parametrize("reached", [True, False])
def test_an_endless_game_without_a_solution_has_no_answer(monkeypatch, reached):
    if not reached:
        monkeypatch.setattr(stationary, "newton", lambda s, x: (x, np.nan * x[0] + np.inf))
    theory = model(
        waiting, lambda first, p: {"value": first.value("ann")}, "value", parameters=(NOISE, PRIZE, DISCOUNT)
    )
    records = {"prize": np.array([2.0]), "noise": np.array([0.0]), "discount": np.array([0.5])}
    (status,) = (found := solve(theory, records, horizon=1, chunk=1)).status
    if reached:
        assert status is None
        assert found.outcomes["value"][0] == pytest.approx(2.0, abs=1e-10)
    else:
        assert status is not None
        assert status.startswith("no answer: not converged: no stationary equilibrium was reached")
