"""A game whose description contradicts itself is refused, in words that name the place."""

from typing import Any

import numpy as np
import pytest

from detente.engine.game import Accounting, Action, Commitment, Decision, Game, Variable
from detente.errors import ModelError


def nothing(s: Any, p: Any) -> dict[str, Any]:
    return {}


YEAR = Accounting("year", nothing)
PLACE = Variable("place", 3)


def rest(s: Any, p: Any) -> Any:
    yield Action("rest")


def built(*stages: Any, variables: Any = (PLACE,), players: Any = ("ann",), **more: Any) -> Game:
    return Game(players, variables, stages, lambda p: {"place": 0}, **more)


REST = Decision("rest", "ann", rest)
OFFER = Variable("offer", 2, between=("rest", "year"))

CONTRADICTIONS = {
    "two stages of one name": (lambda: built(REST, REST, YEAR), "'rest' is used twice"),
    "a stage named like a variable": (lambda: built(YEAR, variables=(PLACE, Variable("year", 2))), "'year'"),
    "no accounting": (lambda: built(REST), "exactly one stage must be the accounting"),
    "two accountings": (lambda: built(YEAR, Accounting("again", nothing)), "exactly one stage"),
    "commitment without a belief": (
        lambda: built(Commitment("swear", "ann", rest, rest, rest), YEAR),  # type: ignore[arg-type]
        "needs a belief",
    ),
    "two offers": (
        lambda: built(REST, YEAR, variables=(OFFER, Variable("bid", 2, between=("rest", "year")))),
        "only one variable",
    ),
    "an offer to no stage": (
        lambda: built(REST, YEAR, variables=(Variable("offer", 2, between=("rest", "reply")),)),
        "no stage 'reply'",
    ),
    "a stage of nobody": (lambda: built(Decision("rest", "zoe", rest), YEAR), "no player 'zoe'"),
    "anticipating the past": (
        lambda: built(REST, Decision("look", "ann", rest, anticipates="rest"), YEAR),
        "not a later stage",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_game_that_contradicts_itself_is_refused_when_it_is_built(name):
    build, words = CONTRADICTIONS[name]
    with pytest.raises(ModelError, match=words):
        build()


FLAWS = {
    "no legal action": (
        lambda s, p: (Action("go", legal=s.place > 0),),
        "no action is legal at {'place': 0, 'side': 0}",
    ),
    "a variable that does not exist": (
        lambda s, p: (Action("rest"), Action("go", to={"palce": 1})),
        "stage 'move', action 'go': there is no variable 'palce'",
    ),
    "off the grid": (
        lambda s, p: (Action("rest"), Action("go", to={"place": s.place + 1})),
        r"leads to place outside 0…2",
    ),
    "a payment to nobody": (
        lambda s, p: (Action("rest"), Action("go", pays={"zoe": 1.0})),
        "no player 'zoe'",
    ),
    "an end for nobody": (lambda s, p: (Action("rest"), Action("go", ends={"zoe": 1.0})), "no player 'zoe'"),
    "a first action that may be forbidden": (
        lambda s, p: (Action("rest", allowed=p.noise > 0), Action("go")),
        "first legal action must always be allowed",
    ),
    "legal by a parameter": (
        lambda s, p: (Action("rest"), Action("go", legal=p.noise > 0)),
        "`legal` must be static",
    ),
    "a successor that depends on another variable": (
        lambda s, p: (Action("rest"), Action("go", to={"place": s.side + 0 * s.place})),
        "its own variable only",
    ),
}


@pytest.mark.parametrize("name", FLAWS)
def test_a_stage_that_contradicts_itself_is_refused_when_it_is_solved(name):
    import jax

    from detente.engine.solve import solve

    actions, words = FLAWS[name]
    game = Game(
        ("ann",),
        (PLACE, Variable("side", 2)),
        (Decision("move", "ann", actions), YEAR),
        lambda p: {"place": 0, "side": 0},
    )
    one = jax.ShapeDtypeStruct((1,), np.dtype("float32"))
    with pytest.raises(ModelError, match=words):
        jax.eval_shape(lambda p: solve(game, p, 1).gaps, {"discount": one, "noise": one})
