"""Preventive war when one side makes every offer: a declining side that cannot be given enough today fights.

After Fearon (1995), Rationalist Explanations for War, International Organization 49(3):379-414.

Players: A, which rises and makes every offer, and B, which declines.
Information: everything is known to both, the shift of power included.
Order of moves, every year: A offers B a share of the year's stake, between nothing and all of it; B accepts,
or fights. After the first year power shifts, once and for good.
Pay-offs: A wins with probability p₁ = `power` in the first year and p₂ = `later_power` from then on. A war
ends the game and is worth p·V − c_A to A and (1 − p)·V − c_B to B, V = 1/(1−δ); costs are paid once, in years
of stake.
Equilibrium: unique path. From the second year on B gets 1 − p₂ − (1−δ)·c_B a year, what war would give it.
In the first year it needs y = [1 − p₁ − (1−δ)·c_B − δ·(1 − p₂ − (1−δ)·c_B)] / (1−δ), and there is no more
than the year's stake to give: war if and only if y > 1, which is δ·p₂ − p₁ > (1−δ)²·c_B.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game, Terms

LUMP = "years of stake"

PARAMETERS = (
    parameter("discount", "Weight of next year against this year", "a year", "[0, 1)", 0.9),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", LUMP, "[0, inf)", 0.0
    ),
    parameter("power", "Probability that A wins a war in the first year", "probability", "[0, 1]", 0.3),
    parameter("later_power", "The same from the second year on", "probability", "[0, 1]", 0.4),
    parameter("a_war_cost", "What a war costs A", LUMP, "[0, inf)", 0.2),
    parameter("b_war_cost", "What a war costs B", LUMP, "[0, inf)", 0.2),
)

OUTCOMES = (
    Outcome("war", "Probability of war in the first year", "probability"),
    Outcome("later_war", "Probability of war in a year after the shift", "probability"),
    Outcome(
        "needed_share", "Share of the first year's stake with which B would accept", "share of the stake"
    ),
    Outcome("offer", "What A offers in the first year", "share of the stake", optional=True),
    Outcome("later_offer", "What A offers in a year after the shift", "share of the stake"),
    Outcome("a_value", "Value of the game to A", "stake for ever"),
    Outcome("b_value", "Value of the game to B", "stake for ever"),
)


def offered(s: Any, p: Any) -> Iterator[Terms]:
    """A part of this year's stake, from nothing to all of it."""
    from detente.engine.game import Terms

    yield Terms("share", amount=(0.0, 1.0))


def otherwise(s: Any, p: Any) -> Iterator[Action]:
    """B fights at the balance of the year."""
    from detente.engine.game import Action

    power = p.power + s.shifted * (p.later_power - p.power)
    year = 1 - p.discount
    yield Action("fight", ends={"A": power - year * p.a_war_cost, "B": 1 - power - year * p.b_war_cost})


def shift(s: Any, p: Any) -> Iterator[Branch]:
    """After the first year power has shifted."""
    from detente.engine.game import Branch

    yield Branch(1.0, {"shifted": 0 * s.shifted + 1})


def game() -> Game:
    """An offer a year, before and after the shift."""
    from detente.engine.game import Accounting, Chance, Game, Offer, Variable

    return Game(
        players=("A", "B"),
        variables=(Variable("shifted", 2, ("before", "after")),),
        stages=(
            Offer("offer", "A", "B", offered, otherwise),
            Accounting("year", lambda s, p: {"A": 1.0 + 0.0 * s.shifted}),
            Chance("shift", shift),
        ),
        start=lambda p: {"shifted": 0},
        endless=True,
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """Offers and war, before and after the shift."""
    later = first.at(first.values[1], shifted=1)
    value = first.value("B")  # what war would give it, with or without war
    return {
        "war": first.choice("offer", "fight"),
        "later_war": first.choice("offer", "fight", shifted=1),
        "needed_share": (value - p.discount * later) / (1 - p.discount),
        "offer": first.amount("offer", "share"),
        "later_offer": first.amount("offer", "share", shifted=1),
        "a_value": first.value("A"),
        "b_value": value,
    }


MODEL = Model(
    name="fearon1995_preventive",
    title="Preventive war: a declining side that cannot be given enough today fights",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    sources=(
        "Fearon, J. D. (1995), Rationalist Explanations for War, International Organization 49(3):379-414",
    ),
    conditions=(
        Condition("power ≤ later_power", lambda p: p.power <= p.later_power),
        Condition(
            "later_power + (1 − discount) · b_war_cost ≤ 1",
            lambda p: p.later_power + (1 - p.discount) * p.b_war_cost <= 1 + 1e-12,
        ),
    ),
    picture=Picture(
        title="War as soon as B would need more than the whole of this year's stake",
        x=Sweep("later_power", 0.3, 0.45),
        y=("needed_share", "war"),
        y_title="share of the year's stake; probability",
    ),
)
