"""Two demands, and what a refusal tells: screening with beliefs that everybody shares.

After Fudenberg & Tirole (1983), Sequential Bargaining with Incomplete Information, Review of Economic
Studies 50(2):221-247; own normalisation: two costs of war, war at the end.

Players: the proposer (A) and the responder (B), who divide a stake of 1.
Information: the responder knows whether it is weak (cost of war c_H, probability μ = `weak_share`) or
tough (c_L).
Order of moves: nature draws the cost; A makes a first demand, to pool or to screen; B accepts or refuses;
A makes a second demand, low or high; B accepts or fights.
Pay-offs: first accepted (x₁, 1 − x₁); second accepted d(x₂, 1 − x₂); war d(p − c_A, 1 − p − c). d =
`delay_factor`, p = `power`, c_A = `proposer_war_cost`. With t = p + c: x_low = t_L, x_high = t_H, x_pool
= 1 − d(1 − t_L), x_screen = 1 − d(1 − t_H).
Equilibrium: the second demand is high if weakness is believed with more than μ̂ = (c_L + c_A)/(c_H +
c_A). Pool: both accept, no war. Screen: the weak accept so often that a refusal leaves exactly μ̂; in
total λ = μ − (1 − μ)μ̂/(1 − μ̂) accept, U_A = λ·x_screen + (1 − λ)·d·t_L, Pr(war) = 1 − μ. A screens if
and only if μ > μ̂ and that exceeds x_pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game

UNIT = "share of the stake"

PARAMETERS = (
    parameter("power", "Probability that the proposer wins a war", "probability", "[0, 1]", 0.5),
    parameter("proposer_war_cost", "What a war costs the proposer", UNIT, "[0, inf)", 0.1),
    parameter("tough_cost", "What a war costs a tough responder", UNIT, "[0, inf)", 0.05),
    parameter("weak_cost", "What a war costs a weak responder", UNIT, "[0, inf)", 0.3),
    parameter("weak_share", "Probability that the responder is weak", "probability", "[0, 1]", 0.6),
    parameter("delay_factor", "What the stake is worth after a refusal", "share", "(0, 1]", 0.9),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
)

OUTCOMES = (
    Outcome("proposer_value", "Value of the game to the proposer", UNIT),
    Outcome("responder_value", "Value of the game to the responder, before it knows its cost", UNIT),
    Outcome("screen", "Probability that the first demand screens", "probability"),
    Outcome("first_demand", "Share that the proposer demands first", UNIT),
    Outcome("settled_first", "Probability that the first demand is accepted", "probability"),
    Outcome(
        "weak_after_refusal",
        "Belief that the responder is weak after it refused to be screened",
        "probability",
    ),
    Outcome("high_after_pooling", "Probability of a high demand after a refusal to pool", "probability"),
    Outcome("war", "Probability of war", "probability"),
)


def least(p: Any, weak: Any) -> Any:
    """t: the demand that a responder of this cost just accepts rather than fight."""
    return p.power + p.tough_cost + weak * (p.weak_cost - p.tough_cost)


def asked(p: Any, screening: Any) -> Any:
    """x₁: leaves the responder as well off as waiting for the low demand, or for the high one."""
    return 1 - p.delay_factor * (1 - least(p, screening))


def draw(s: Any, p: Any) -> Iterator[Branch]:
    """Nature makes the responder weak or tough."""
    from detente.engine.game import Branch

    yield Branch(1 - p.weak_share)
    yield Branch(p.weak_share, {"weak": 1})


def first_demand(s: Any, p: Any) -> Iterator[Action]:
    """The proposer pools or screens."""
    from detente.engine.game import Action

    yield Action("pool")
    yield Action("screen", to={"screening": 1})


def first_reply(s: Any, p: Any) -> Iterator[Action]:
    """The responder accepts, also if it is indifferent, or refuses."""
    from detente.engine.game import Action

    x = asked(p, s.screening)
    yield Action("accept", ends={"proposer": x, "responder": 1 - x}, when_tied=True)
    yield Action("refuse")


def second_demand(s: Any, p: Any) -> Iterator[Action]:
    """The proposer makes a low or a high demand."""
    from detente.engine.game import Action

    yield Action("low")
    yield Action("high", to={"high": 1})


def second_reply(s: Any, p: Any) -> Iterator[Action]:
    """The responder accepts, also if it is indifferent, or fights."""
    from detente.engine.game import Action

    x, d = least(p, s.high), p.delay_factor
    yield Action("accept", ends={"proposer": d * x, "responder": d * (1 - x)}, when_tied=True)
    yield Action(
        "fight",
        ends={"proposer": d * (p.power - p.proposer_war_cost), "responder": d * (1 - least(p, s.weak))},
    )


def game() -> Game:
    """A draw, and two demands with their replies."""
    from detente.engine.game import Chance, Decision, Game, Variable

    return Game(
        players=("proposer", "responder"),
        variables=(
            Variable("weak", 2, known_to=("responder",)),
            Variable("screening", 2),
            Variable("high", 2),
        ),
        stages=(
            Chance("draw", draw),
            Decision("first demand", "proposer", first_demand),
            Decision("first reply", "responder", first_reply),
            Decision("second demand", "proposer", second_demand),
            Decision("second reply", "responder", second_reply),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is asked for at the start."""
    screen = first.choice("first demand", "screen")
    return {
        "proposer_value": first.value("proposer"),
        "responder_value": first.value("responder"),
        "screen": screen,
        "first_demand": (1 - screen) * asked(p, 0) + screen * asked(p, 1),
        "settled_first": first.taken("first reply", "accept"),
        "weak_after_refusal": first.belief("second demand", {"weak": 1}, screening=1),
        "high_after_pooling": first.choice("second demand", "high", screening=0),
        "war": first.taken("second reply", "fight"),
    }


MODEL = Model(
    name="fudenberg_tirole1983",
    title="Two demands, and what a refusal tells",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    conditions=(
        Condition("tough_cost < weak_cost", lambda p: p.tough_cost < p.weak_cost),
        Condition("power + weak_cost ≤ 1", lambda p: p.power + p.weak_cost <= 1 + 1e-12),
    ),
    picture=Picture(
        "Impatience pools; a patient proposer screens those who are probably weak",
        x=Sweep("weak_share", 0.02, 0.98, 97),
        y=("war", "settled_first"),
        by=("delay_factor", (0.7, 0.9)),
    ),
    sources=(
        "After Fudenberg, D. & Tirole, J. (1983), Sequential Bargaining with Incomplete Information, "
        "Review of Economic Studies 50(2):221-247.",
    ),
)
