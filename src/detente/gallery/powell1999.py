"""Power and the status quo: war where benefits do not mirror power.

After Powell (1999), In the Shadow of Power, chapter 3; own normalisation: one offer, one private cost.

Players: the satisfied side (S) and the dissatisfied side (D), who divide a stake of 1.
Information: the dissatisfied side knows its cost of war c; the satisfied side knows that it is uniform on
[l, h], l = `lowest_cost`, h = `highest_cost`.
Order of moves: nature draws c; the satisfied side leaves the other the status quo q = `status_quo`, or
offers x > q; the dissatisfied side accepts or fights.
Pay-offs (S, D): (1 − x, x) if accepted; after a war (1 − p − s, p − c), p = `power`, s =
`satisfied_war_cost`.
Equilibrium: with p − q ≤ l there is peace at the status quo. Otherwise x* = p − z*, z* = min{p − q,
max(l, (h − s)/2)}, and Pr(war) = [z* − l]⁺ / (h − l): zero where benefits mirror power, then rising in p
− q, then flat.
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
    parameter("power", "Probability that the dissatisfied side wins a war", "probability", "[0, 1]", 0.7),
    parameter("status_quo", "Share that the status quo gives the dissatisfied side", UNIT, "[0, 1]", 0.5),
    parameter("satisfied_war_cost", "What a war costs the satisfied side", UNIT, "[0, inf)", 0.05),
    parameter("lowest_cost", "The least that a war may cost the dissatisfied side", UNIT, "[0, inf)", 0.02),
    parameter("highest_cost", "The most that a war may cost the dissatisfied side", UNIT, "[0, inf)", 0.3),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
)

OUTCOMES = (
    Outcome("satisfied_value", "Value of the game to the satisfied side", UNIT),
    Outcome(
        "dissatisfied_value", "Value of the game to the dissatisfied side, before it knows its cost", UNIT
    ),
    Outcome("offer", "Share that the dissatisfied side is offered", UNIT),
    Outcome("unchanged", "Probability that it is left the status quo", "probability"),
    Outcome("war", "Probability of war", "probability"),
)


def cost(k: Any, p: Any, types: int) -> Any:
    """Cost of war number k, the midpoint of its part of [l, h]."""
    return p.lowest_cost + (k + 0.5) / types * (p.highest_cost - p.lowest_cost)


def share(k: Any, p: Any, types: int) -> Any:
    """What offer number k gives: 0 is the status quo, k > 0 is what cost number k − 1 just accepts."""
    from detente.forms import where

    return where(k == 0, p.status_quo, p.power - cost(k - 1, p, types))


def draw(s: Any, p: Any, types: int) -> Iterator[Branch]:
    """Nature draws the dissatisfied side's cost."""
    from detente.engine.game import Branch

    for k in range(types):
        yield Branch(1 / types, {"cost": k})


def offer(s: Any, p: Any, types: int) -> Iterator[Action]:
    """The satisfied side leaves the status quo, or offers more."""
    from detente.engine.game import Action

    yield Action("status quo")
    for k in range(1, types + 1):
        yield Action(f"offer {k}", allowed=share(k, p, types) > p.status_quo, to={"offered": k})


def reply(s: Any, p: Any, types: int) -> Iterator[Action]:
    """The dissatisfied side accepts, also if it is indifferent, or fights."""
    from detente.engine.game import Action

    x, c = share(s.offered, p, types), cost(s.cost, p, types)
    yield Action("accept", ends={"satisfied": 1 - x, "dissatisfied": x}, when_tied=True)
    yield Action("fight", ends={"satisfied": 1 - p.power - p.satisfied_war_cost, "dissatisfied": p.power - c})


def game(types: int = 100) -> Game:
    """A draw, an offer, a reply."""
    from detente.engine.game import Chance, Decision, Game, Variable

    return Game(
        players=("satisfied", "dissatisfied"),
        variables=(Variable("cost", types, known_to=("dissatisfied",)), Variable("offered", types + 1)),
        stages=(
            Chance("draw", partial(draw, types=types)),
            Decision("offer", "satisfied", partial(offer, types=types)),
            Decision("reply", "dissatisfied", partial(reply, types=types)),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is asked for at the start."""
    types = first.game.variables[0].size
    return {
        "satisfied_value": first.value("satisfied"),
        "dissatisfied_value": first.value("dissatisfied"),
        "offer": first.mean("reply", lambda s: share(s.offered, p, types)),
        "unchanged": first.choice("offer", "status quo"),
        "war": first.taken("reply", "fight"),
    }


MODEL = Model(
    name="powell1999",
    title="Power and the status quo: war where benefits do not mirror power",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    settings={"types": 100},
    answer=answer,
    conditions=(Condition("lowest_cost < highest_cost", lambda p: p.lowest_cost < p.highest_cost),),
    picture=Picture(
        "No war where benefits mirror power; then a growing risk; then concessions",
        x=Sweep("power", 0.2, 1.0, 81),
        y=("war",),
        by=("status_quo", (0.3, 0.5, 0.7)),
    ),
    sources=(
        "After Powell, R. (1999), In the Shadow of Power: States and Strategies in International Politics, "
        "Princeton University Press, chapter 3.",
        "Powell, R. (1996), Bargaining in the Shadow of Power, Games and Economic Behavior 15(2):255-289.",
    ),
)
