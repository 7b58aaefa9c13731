"""A contest of efforts: who wins depends on relative effort, and all effort is spent.

Tullock (1980), Efficient Rent Seeking, in Buchanan, Tollison & Tullock (eds.), Toward a Theory of the
Rent-Seeking Society, Texas A&M University Press; with prizes that differ after Nti (1999), Rent-Seeking with
Asymmetric Valuations, Public Choice 98(3):415-430.

Players: two contestants, 1 and 2.
Information: everything is known to both; neither sees the other's effort before choosing its own.
Order of moves: both at once choose efforts e₁, e₂ ≥ 0.
Pay-offs: contestant i wins its prize Vᵢ with probability pᵢ = eᵢʳ/(e₁ʳ + e₂ʳ), r = `decisiveness` (½ each if
nobody makes an effort), and pays cᵢ·eᵢ.
Equilibrium in pure strategies: with t = ((V₁/c₁)/(V₂/c₂))ʳ and p = t/(1 + t), eᵢ = r·(Vᵢ/cᵢ)·p·(1 − p). It
exists if and only if r ≤ 1 + (w/s)ʳ, w ≤ s the two Vᵢ/cᵢ in order: otherwise the weaker would rather make no
effort. Between equals that is r ≤ 2.

Efforts lie on a grid from 0 to 11/18 of Vᵢ/cᵢ; in pure strategies nobody spends more than half of its prize.
As the game on a grid need not have an equilibrium in pure strategies, a little noise is the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

VALUE, EFFORT = "value", "effort"
TOP = 11 / 18  # with 22 levels a level is 1/36, and the efforts of the usual examples lie on the grid

PARAMETERS = (
    parameter("first_prize", "What the prize is worth to the first (V₁)", VALUE, "(0, inf)", 2.0),
    parameter("second_prize", "What the prize is worth to the second (V₂)", VALUE, "(0, inf)", 1.0),
    parameter("first_effort_cost", "What a unit of effort costs the first (c₁)", VALUE, "(0, inf)", 1.0),
    parameter("second_effort_cost", "What a unit of effort costs the second (c₂)", VALUE, "(0, inf)", 1.0),
    parameter("decisiveness", "How much relative effort decides (r)", "exponent", "(0, inf)", 1.0),
    parameter(
        "noise",
        "Scale of what moves a choice besides the pay-offs; 0: best replies",
        "part of a side's prize",
        "[0, inf)",
        1e-5,
    ),
)

OUTCOMES = (
    Outcome("first_effort", "Effort of the first", EFFORT),
    Outcome("second_effort", "Effort of the second", EFFORT),
    Outcome("victory", "Probability that the first wins", "probability"),
    Outcome("first_value", "Value of the game to the first", VALUE),
    Outcome("second_value", "Value of the game to the second", VALUE),
    Outcome("spent", "Cost of all effort, as a share of the prizes", "share"),
)


def effort(s: Any, p: Any, who: str, levels: int) -> Iterator[Action]:
    """A level of effort, not seen by the other; one who is indifferent between some and none makes some."""
    from detente.engine.game import Action

    for k in range(levels + 1):
        yield Action(f"level {k}", to={f"{who}_effort": k}, when_tied=k > 0)


def fight(s: Any, p: Any, levels: int) -> dict[str, Any]:
    """The prize, won as relative effort has it, less what effort costs; in parts of a side's prize."""
    import numpy as np

    from detente.forms import contest, where

    part = TOP / levels  # of what the prize is worth in effort
    k, m = s.first_effort, s.second_effort
    worth = p.first_prize / p.first_effort_cost, p.second_prize / p.second_effort_cost
    won = contest(worth[0] * np.maximum(k, 1), worth[1] * np.maximum(m, 1), p.decisiveness)
    # No effort loses against some, and is even with none.
    won = where((k == 0) | (m == 0), 0.5 + 0.5 * (np.sign(k) - np.sign(m)), won)
    return {"first": won - part * k, "second": 1 - won - part * m}


def game(levels: int = 22) -> Game:
    """Two decisions, neither of which is seen by the other player."""
    from detente.engine.game import Accounting, Decision, Game, Variable

    sides = ("first", "second")
    return Game(
        players=sides,
        variables=tuple(Variable(f"{who}_effort", levels + 1, known_to=(who,)) for who in sides),
        stages=(
            *(Decision(f"{who}'s effort", who, partial(effort, who=who, levels=levels)) for who in sides),
            Accounting("contest", partial(fight, levels=levels)),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """Efforts and what comes of them."""
    levels = first.tree.game.variables[0].size - 1
    prizes = {"first": p.first_prize, "second": p.second_prize}
    costs = {"first": p.first_effort_cost, "second": p.second_effort_cost}
    spent = {}
    for who, prize in prizes.items():
        chosen = [first.choice(f"{who}'s effort", f"level {k}") for k in range(levels + 1)]
        spent[who] = prize * TOP * sum(k / levels * x for k, x in enumerate(chosen))
    return {
        "first_effort": spent["first"] / costs["first"],
        "second_effort": spent["second"] / costs["second"],
        "victory": first.value("first") + spent["first"] / p.first_prize,
        "first_value": p.first_prize * first.value("first"),
        "second_value": p.second_prize * first.value("second"),
        "spent": (spent["first"] + spent["second"]) / (p.first_prize + p.second_prize),
    }


def pure(p: Any) -> bool:
    """Whether the weaker side does not lose by its effort in pure strategies."""
    worth = p.first_prize / p.first_effort_cost, p.second_prize / p.second_effort_cost
    return p.decisiveness <= 1 + (min(worth) / max(worth)) ** p.decisiveness + 1e-12


MODEL = Model(
    name="tullock1980",
    title="A contest of efforts, all of which are spent",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    settings={"levels": 22},
    answer=answer,
    sources=(
        "Tullock, G. (1980), Efficient Rent Seeking, in Buchanan, J. M., Tollison, R. D. & Tullock, G. "
        "(eds.), Toward a Theory of the Rent-Seeking Society, Texas A&M University Press",
        "Nti, K. O. (1999), Rent-Seeking with Asymmetric Valuations, Public Choice 98(3):415-430",
    ),
    conditions=(
        Condition(
            "decisiveness ≤ 1 + (weaker / stronger)^decisiveness, prizes over costs of effort: there is no "
            "equilibrium in pure strategies otherwise",
            pure,
        ),
    ),
    picture=Picture(
        title="Efforts are greatest between equals",
        x=Sweep("first_prize", 0.2, 4.0),
        y=("first_effort", "second_effort"),
        at={"noise": 0.001},
        y_title="effort",
    ),
)
