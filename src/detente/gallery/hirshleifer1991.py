"""The paradox of power: the poorer side fights harder, and incomes end up more equal than resources.

Hirshleifer (1991), The Paradox of Power, Economics & Politics 3(3):177-200.

Players: two sides, 1 and 2, with resources R₁ and R₂.
Information: everything is known to both; neither sees how much the other puts into fighting.
Order of moves: both at once divide their resources between fighting, Fᵢ ≤ Rᵢ, and production.
Pay-offs: what both produce, R₁ + R₂ − F₁ − F₂, is divided by the fighting: side i gets the part
Fᵢᵐ/(F₁ᵐ + F₂ᵐ) of it, m = `decisiveness`.
Equilibrium: if both can afford it, F₁ = F₂ = m·(R₁ + R₂)/(2·(1 + m)), and incomes are equal whatever the
resources. Otherwise the poorer side puts all it has into fighting, and the richer one answers that.

Fighting lies on a grid of even steps, up to all of a side's own or a third of what both have: with m ≤ 1
nobody wants to spend more. As the game on a grid need not have an equilibrium in pure strategies, a little
noise is the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from detente.model import Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

UNIT = "resources"
PARAMETERS = (
    parameter("first_resources", "What the first has (R₁)", UNIT, "(0, inf)", 150.0),
    parameter("second_resources", "What the second has (R₂)", UNIT, "(0, inf)", 50.0),
    parameter("decisiveness", "How much relative fighting decides (m)", "exponent", "(0, 1]", 0.5),
    parameter(
        "noise",
        "Scale of what moves a choice besides the pay-offs; 0: best replies",
        "part of all resources",
        "[0, inf)",
        1e-5,
    ),
)

OUTCOMES = (
    Outcome("first_fighting", "What the first puts into fighting", UNIT),
    Outcome("second_fighting", "What the second puts into fighting", UNIT),
    Outcome("first_income", "Income of the first", UNIT),
    Outcome("second_income", "Income of the second", UNIT),
    Outcome("first_part", "The first's part of all income", "share"),
    Outcome("wasted", "Part of all resources that goes into fighting", "share"),
)


def fighting(k: Any, p: Any, who: str, levels: int) -> Any:
    """What level k of fighting takes."""
    from detente.forms import clip

    return (
        clip(getattr(p, f"{who}_resources"), None, (p.first_resources + p.second_resources) / 3) * k / levels
    )


def choose(s: Any, p: Any, who: str, levels: int) -> Iterator[Action]:
    """A level of fighting, not seen by the other."""
    from detente.engine.game import Action

    for k in range(1, levels + 1):
        yield Action(f"level {k}", to={f"{who}_level": k})


def divide(s: Any, p: Any, levels: int) -> dict[str, Any]:
    """What both produce, divided by the fighting; pay-offs are parts of all resources."""
    from detente.forms import contest

    first = fighting(s.first_level, p, "first", levels)
    second = fighting(s.second_level, p, "second", levels)
    made = 1 - (first + second) / (p.first_resources + p.second_resources)
    part = contest(first, second, p.decisiveness)
    return {"first": part * made, "second": (1 - part) * made}


def game(levels: int = 24) -> Game:
    """Two decisions, neither of which is seen by the other player."""
    from detente.engine.game import Accounting, Decision, Game, Variable

    sides = ("first", "second")
    return Game(
        players=sides,
        variables=tuple(Variable(f"{who}_level", levels + 1, known_to=(who,)) for who in sides),
        stages=(
            *(Decision(f"{who} fights", who, partial(choose, who=who, levels=levels)) for who in sides),
            Accounting("income", partial(divide, levels=levels)),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is put into fighting, and what comes of it."""
    levels = first.tree.game.variables[0].size - 1
    both = p.first_resources + p.second_resources
    put = {}
    for who in ("first", "second"):
        put[who] = sum(
            fighting(k, p, who, levels) * first.choice(f"{who} fights", f"level {k}")
            for k in range(1, levels + 1)
        )
    incomes = {who: both * first.value(who) for who in put}
    return {
        "first_fighting": put["first"],
        "second_fighting": put["second"],
        "first_income": incomes["first"],
        "second_income": incomes["second"],
        "first_part": incomes["first"] / (incomes["first"] + incomes["second"]),
        "wasted": (put["first"] + put["second"]) / both,
    }


MODEL = Model(
    name="hirshleifer1991",
    title="The paradox of power: the poorer side fights harder",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    settings={"levels": 24},
    answer=answer,
    sources=("Hirshleifer, J. (1991), The Paradox of Power, Economics & Politics 3(3):177-200",),
    picture=Picture(
        title="Incomes are equal until the poorer side has nothing left to fight with",
        x=Sweep("first_resources", 50.0, 950.0),
        y=("first_income", "second_income"),
        at={"noise": 0.0005},
        y_title="resources",
    ),
)
