"""Power shifts with imperfect monitoring: arming in secret, and strikes on suspicion.

After Debs & Monteiro (2014), Known Unknowns, International Organization 68(1):1-31; own normalisation.

Players: the deterrer (D) and the target (T), who divide a stake of 1 in each of two periods; the second
counts δ = `future_weight`.
Information: the deterrer sees whether it detected an investment, not whether there was one.
Order of moves: the target invests or refrains; an investment is detected with probability e =
`detection`; the deterrer strikes or keeps the peace.
Pay-offs (D, T), i = 1 if the target invested, p = `power`, p' = p or, with i = 1, `power_after`: strike
((1 + δ)(1 − p − c_D), (1 + δ)(p − c_T) − ik); peace, in which the deterrer holds the target to its
reservation value, (1 − p + c_T + δ(1 − p' + c_T), p − c_T + δ(p' − c_T) − ik).
Equilibrium: G = δ(p₂ − p) is what an investment shifts, L = (1 + δ)(c_D + c_T) what a war wastes. G ≤ L:
no strikes, and the target invests if and only if G > k. (1 − e)G ≤ k: no investment, peace. Otherwise
mixed: Pr(invest) = q̂/(q̂ + (1 − q̂)(1 − e)), q̂ = L/G; Pr(strike | nothing seen) = 1 − k/((1 − e)G).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

UNIT = "stake of a period"

PARAMETERS = (
    parameter("power", "Probability that the target wins a war today", "probability", "[0, 1]", 0.3),
    parameter("power_after", "The same in the second period if it invested", "probability", "[0, 1]", 0.8),
    parameter("future_weight", "Weight of the second period against the first", "periods", "[0, inf)", 0.9),
    parameter("investment_cost", "What the investment costs the target", UNIT, "[0, inf)", 0.1),
    parameter("deterrer_war_cost", "What a war costs the deterrer in a period", UNIT, "[0, inf)", 0.05),
    parameter("target_war_cost", "What a war costs the target in a period", UNIT, "[0, inf)", 0.05),
    parameter("detection", "Probability that an investment is detected", "probability", "[0, 1]", 0.5),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
)

KINDS = ("peace without investment", "investment without war", "mixed")

OUTCOMES = (
    Outcome("deterrer_value", "Value of the game to the deterrer", UNIT),
    Outcome("target_value", "Value of the game to the target", UNIT),
    Outcome("investment", "Probability that the target invests", "probability"),
    Outcome("strike_unseen", "Probability of a strike where nothing is detected", "probability"),
    Outcome("war", "Probability of war", "probability"),
    Outcome("mistaken_war", "Probability of war against a target that did not invest", "probability"),
    Outcome("kind", "Kind of equilibrium", "word", labels=KINDS),
)


def invest(s: Any, p: Any) -> Iterator[Action]:
    """The target refrains, also if it is indifferent, or invests, which may be detected."""
    from detente.engine.game import Action, Branch

    yield Action("refrain", when_tied=True)
    yield Action(
        "invest",
        pays={"target": -p.investment_cost},
        branches=(
            Branch(p.detection, {"invested": 1, "detected": 1}),
            Branch(1 - p.detection, {"invested": 1}),
        ),
    )


def strike(s: Any, p: Any) -> Iterator[Action]:
    """The deterrer keeps the peace, also if it is indifferent, or strikes."""
    from detente.engine.game import Action

    after = p.power + s.invested * (p.power_after - p.power)
    held = p.power - p.target_war_cost + p.future_weight * (after - p.target_war_cost)
    both = 1 + p.future_weight
    yield Action("peace", ends={"deterrer": both - held, "target": held}, when_tied=True)
    yield Action(
        "strike",
        ends={
            "deterrer": both * (1 - p.power - p.deterrer_war_cost),
            "target": both * (p.power - p.target_war_cost),
        },
    )


def game() -> Game:
    """A secret investment, and a decision to strike."""
    from detente.engine.game import Decision, Game, Variable

    return Game(
        players=("deterrer", "target"),
        variables=(Variable("invested", 2, known_to=("target",)), Variable("detected", 2)),
        stages=(Decision("invest", "target", invest), Decision("strike", "deterrer", strike)),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is asked for at the start."""
    from detente.forms import where

    invests = first.choice("invest", "invest")
    war = first.taken("strike", "strike")
    pure = 1e-6  # noise 0 leaves less than this to the worse action
    return {
        "deterrer_value": first.value("deterrer"),
        "target_value": first.value("target"),
        "investment": invests,
        "strike_unseen": first.choice("strike", "strike", detected=0),
        "war": war,
        "mistaken_war": first.taken("strike", "strike", invested=0),
        "kind": where((invests < pure) & (war < pure), 0, where((invests > 1 - pure) & (war < pure), 1, 2)),
    }


MODEL = Model(
    name="debs_monteiro2014",
    title="Power shifts with imperfect monitoring: arming in secret, strikes on suspicion",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    conditions=(
        Condition("power ≤ power_after", lambda p: p.power <= p.power_after),
        Condition("target_war_cost ≤ power", lambda p: p.target_war_cost <= p.power),
    ),
    picture=Picture(
        "Better detection ends mistaken wars, and in the end all wars",
        x=Sweep("detection", 0.0, 1.0, 101),
        y=("war", "mistaken_war", "investment"),
    ),
    sources=(
        "After Debs, A. & Monteiro, N. P. (2014), Known Unknowns: Power Shifts, Uncertainty, and War, "
        "International Organization 68(1):1-31.",
    ),
)
