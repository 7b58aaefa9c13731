"""Ultimatum with a private cost of war: the trade-off between risk and return.

Fearon (1995), Rationalist Explanations for War, International Organization 49(3):379-414.

Players: the proposer (A) and the responder (B), who divide a stake of 1.
Information: the responder knows its cost of war c. The proposer knows its distribution on [a, b], a =
`lowest_cost`, b = `highest_cost`: c lies in the upper half with probability q = `high_share`, and evenly
within each half. With q = ½ it is uniform.
Order of moves: nature draws c; the proposer demands a share x; the responder accepts or fights.
Pay-offs: (x, 1 − x) if accepted; after a war (p − c_A, 1 − p − c), p = `power`, c_A =
`proposer_war_cost`.
Equilibrium: c accepts if and only if c ≥ x − p. With uniform costs the demand is x* = p + y*, y* = max{a,
(b − c_A)/2}, and Pr(war) = max{0, (b − c_A − 2a) / (2(b − a))}. With two costs c_L < c_H the proposer
takes the risk of demanding p + c_H if and only if q ≥ (c_L + c_A) / (c_H + c_A).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game

UNIT = "share of the stake"

PARAMETERS = (
    parameter("power", "Probability that the proposer wins a war", "probability", "[0, 1]", 0.5),
    parameter("proposer_war_cost", "What a war costs the proposer", UNIT, "[0, inf)", 0.1),
    parameter("lowest_cost", "The least that a war may cost the responder", UNIT, "[0, inf)", 0.0),
    parameter("highest_cost", "The most that a war may cost the responder", UNIT, "[0, inf)", 0.3),
    parameter(
        "high_share",
        "Probability that this cost is in the upper half of its range",
        "probability",
        "[0, 1]",
        0.5,
    ),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
)

OUTCOMES = (
    Outcome("proposer_value", "Value of the game to the proposer", UNIT),
    Outcome("responder_value", "Value of the game to the responder, before it knows its cost", UNIT),
    Outcome("demand", "Share that the proposer demands", UNIT),
    Outcome("safe", "Probability that the demand is one that every cost accepts", "probability"),
    Outcome("war", "Probability of war", "probability"),
)


def cost(k: Any, p: Any, types: int) -> Any:
    """Cost of war number k: the midpoint of its part of [a, b]; of two, the ends."""
    place = k if types == 2 else (k + 0.5) / types
    return p.lowest_cost + place * (p.highest_cost - p.lowest_cost)


def draw(s: Any, p: Any, types: int) -> Iterator[Branch]:
    """Nature draws the responder's cost."""
    from detente.engine.game import Branch

    low, middle, high = 2 * (1 - p.high_share) / types, 1 / types, 2 * p.high_share / types
    for k in range(types):
        below = types - 1 - 2 * k  # > 0 in the lower half, 0 in the middle
        yield Branch(low if below > 0 else high if below < 0 else middle, {"cost": k})


def demand(s: Any, p: Any, types: int) -> Iterator[Action]:
    """The proposer demands what cost number k just accepts: p + c_k."""
    from detente.engine.game import Action

    for k in range(types):
        yield Action(f"cost {k}", to={"asked": k})


def reply(s: Any, p: Any, types: int) -> Iterator[Action]:
    """The responder accepts, also if it is indifferent, or fights."""
    from detente.engine.game import Action

    x = p.power + cost(s.asked, p, types)
    c = cost(s.cost, p, types)
    yield Action("accept", ends={"proposer": x, "responder": 1 - x}, when_tied=True)
    yield Action("fight", ends={"proposer": p.power - p.proposer_war_cost, "responder": 1 - p.power - c})


def game(types: int = 100) -> Game:
    """A draw, a demand, a reply."""
    from detente.engine.game import Chance, Decision, Game, Variable

    return Game(
        players=("proposer", "responder"),
        variables=(Variable("cost", types, known_to=("responder",)), Variable("asked", types)),
        stages=(
            Chance("draw", partial(draw, types=types)),
            Decision("demand", "proposer", partial(demand, types=types)),
            Decision("reply", "responder", partial(reply, types=types)),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is asked for at the start."""
    types = first.game.variables[0].size
    return {
        "proposer_value": first.value("proposer"),
        "responder_value": first.value("responder"),
        "demand": first.mean("reply", lambda s: p.power + cost(s.asked, p, types)),
        "safe": first.choice("demand", "cost 0"),
        "war": first.taken("reply", "fight"),
    }


MODEL = Model(
    name="fearon1995",
    title="Ultimatum with a private cost of war: risk against return",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    settings={"types": 100},
    answer=answer,
    conditions=(
        Condition("lowest_cost < highest_cost", lambda p: p.lowest_cost < p.highest_cost),
        Condition("power + highest_cost ≤ 1", lambda p: p.power + p.highest_cost <= 1 + 1e-12),
    ),
    picture=Picture(
        "The more uncertain the cost, the more war; the dearer war is to the proposer, the less",
        x=Sweep("highest_cost", 0.02, 0.5),
        y=("war",),
        by=("proposer_war_cost", (0.0, 0.1, 0.2)),
    ),
    sources=(
        "Fearon, J. D. (1995), Rationalist Explanations for War, International Organization 49(3):379-414.",
    ),
)
