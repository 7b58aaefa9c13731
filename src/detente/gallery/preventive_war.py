"""Preventive war: a declining side may strike before a known shift of power.

After Powell (2006), War as a Commitment Problem, International Organization 60(1):169-203, and
Fearon (1995), Rationalist Explanations for War, ibid. 49(3):379-414; own normalisation.

Two sides divide a stake of 1 a year. Today the challenger would win a war with probability
`power`; from next year on with `power + power_shift`, which everybody knows. Each year the
declining side strikes or waits. If it waits, the year's stake is divided by the bargain struck in
the shadow of war at the present balance: each side gets what war would give it, and the
declining side keeps the share `bargaining_share` of what peace saves. It cannot be promised more next
year than that year's balance supports: that is the commitment problem.

Closed form, noise → 0. Striking now is worth 1 − p − c_D, waiting (1−δ)·x(p) + δ·x(p + Δ), where
x(p) = 1 − p − c_D + β·(c_C + c_D) is the bargain. The declining side strikes if and only if
δ·Δ > β·(c_C + c_D): the discounted shift in what it can secure exceeds its part of what peace saves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

PARAMETERS = (
    parameter("discount", "Weight of next year against this year", "a year", "[0, 1)", 0.9),
    parameter("noise", "Scale of what moves a choice besides the pay-offs", "stake a year", "(0, inf)", 0.1),
    parameter("horizon", "Years that are played", "years", "[1, 200] whole", 12, static=True),
    parameter("power", "Probability that the challenger wins a war today", "probability", "[0, 1]", 0.3),
    parameter("power_shift", "What is added to it from next year on", "probability", "[0, 1]", 0.3),
    parameter(
        "challenger_war_cost", "What a war costs the challenger", "share of the stake", "[0, inf)", 0.1
    ),
    parameter(
        "decliner_war_cost", "What a war costs the declining side", "share of the stake", "[0, inf)", 0.1
    ),
    parameter("bargaining_share", "Declining side's share of what peace saves", "share", "[0, 1]", 0.5),
)

OUTCOMES = (
    Outcome("decliner_value", "Value of the game to the declining side", "stake for ever"),
    Outcome("challenger_value", "Value of the game to the challenger", "stake for ever"),
    Outcome("strike_hazard", "Probability of a strike in the first year", "probability"),
    Outcome("strike_within", "Probability of a strike within n years", "probability", yearly=True),
)


def victory(s: Any, p: Any) -> Any:
    """Probability that the challenger wins: before the shift (0) and after it (1)."""
    return p.power + s.shifted * p.power_shift


def strike(s: Any, p: Any) -> Iterator[Action]:
    """The declining side waits, or strikes, which ends the game."""
    from detente.engine.game import Action

    won = victory(s, p)
    yield Action("wait")
    yield Action(
        "strike",
        ends={"decliner": 1 - won - p.decliner_war_cost, "challenger": won - p.challenger_war_cost},
    )


def bargain(s: Any, p: Any) -> dict[str, Any]:
    """The year's stake, divided in the shadow of war at the present balance."""
    saved = p.challenger_war_cost + p.decliner_war_cost
    share = 1 - victory(s, p) - p.decliner_war_cost + p.bargaining_share * saved
    return {"decliner": share, "challenger": 1 - share}


def rise(s: Any, p: Any) -> Iterator[Any]:
    """The known shift: after the first year the challenger is stronger, and stays so."""
    from detente.engine.game import Branch

    yield Branch(1.0, {"shifted": 0 * s.shifted + 1})


def game() -> Game:
    """Two balances of power, one decision a year."""
    from detente.engine.game import Accounting, Chance, Count, Decision, Game, Variable

    return Game(
        players=("decliner", "challenger"),
        variables=(Variable("shifted", 2, ("before", "after")),),
        stages=(
            Decision("strike", "decliner", strike),
            Accounting("year", bargain),
            Chance("rise", rise),
        ),
        start=lambda p: {"shifted": 0},
        tallies=(Count("strike_within", "strike", "strike"),),
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is asked for at the start."""
    decliner, challenger = first.values
    return {
        "decliner_value": first.at(decliner),
        "challenger_value": first.at(challenger),
        "strike_hazard": first.at(first.probability["strike"]["strike"]),
    }


MODEL = Model(
    name="preventive_war",
    title="Preventive war: a declining side may strike before a known shift of power",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    shown=("strike_within",),
    sources=(
        "After Powell, R. (2006), War as a Commitment Problem, International Organization 60(1):169-203",
        "Fearon, J. D. (1995), Rationalist Explanations for War, International Organization 49(3):379-414",
    ),
    picture=Picture(
        title="A strike, as soon as the shift outweighs what peace saves",
        x=Sweep("power_shift", 0.0, 0.4),
        y=("strike_hazard",),
        by=("bargaining_share", (0.25, 0.5, 1.0)),
    ),
)
