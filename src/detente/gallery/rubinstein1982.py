"""Bargaining by alternating offers: patience decides, and an outside option only if it is good enough.

Rubinstein (1982), Perfect Equilibrium in a Bargaining Model, Econometrica 50(1):97-109; with war as an
outside option after Binmore, Shaked & Sutton (1989), An Outside Option Experiment, Quarterly Journal of
Economics 104(4):753-770.

Players: the first, who proposes in rounds 1, 3, 5 …, and the second, who proposes in rounds 2, 4, 6 …
Information: everything is known to both.
Order of moves, every round: one side proposes a division of a stake of 1; the other accepts, goes to war, or
waits for the next round, in which it proposes. `rounds` rounds, or (0) as many as it takes.
Pay-offs: an agreement on (x, 1 − x) in round n is worth δ₁ⁿ⁻¹·x and δ₂ⁿ⁻¹·(1 − x), δᵢ = `first_discount`,
`second_discount`; war is worth wᵢ = `first_war`, `second_war`, discounted alike. No agreement ever: 0.
Equilibrium: unique, agreement at once, on x = 1 − max{w₂, δ₂·(1 − max{w₁, δ₁·x})}. Without war it is
x = (1 − δ₂)/(1 − δ₁·δ₂).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game, Offer, Terms

UNIT = "share of the stake"
FIRST, SECOND = "first", "second"

PARAMETERS = (
    parameter("first_discount", "Weight of the next round to the first", "a round", "[0, 1)", 0.9),
    parameter("second_discount", "Weight of the next round to the second", "a round", "[0, 1)", 0.9),
    parameter("first_war", "What war is worth to the first", UNIT, "[0, 1]", 0.2),
    parameter("second_war", "What war is worth to the second", UNIT, "[0, 1]", 0.3),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
)

OUTCOMES = (
    Outcome("first_share", "What the first proposes to keep in the first round", UNIT),
    Outcome("second_share", "What the second would propose to keep in the second round", UNIT, optional=True),
    Outcome("agreement", "Probability of agreement in the first round", "probability"),
    Outcome("war", "Probability of war in the first round", "probability"),
    Outcome("first_value", "Value of the game to the first", UNIT),
    Outcome("second_value", "Value of the game to the second", UNIT),
)


def division(s: Any, p: Any, proposer: str) -> Iterator[Terms]:
    """The proposer keeps the stake but for what passes to the other."""
    from detente.engine.game import Terms

    yield Terms("division", ends={proposer: 1.0}, amount=(0.0, 1.0), lasting=True)


def otherwise(s: Any, p: Any) -> Iterator[Action]:
    """The one who does not accept waits for the next round, or goes to war."""
    from detente.engine.game import Action

    yield Action("wait")
    yield Action("war", ends={FIRST: p.first_war, SECOND: p.second_war})


def proposal(proposer: str, responder: str, rounds: int) -> Offer:
    """The stage in which this side proposes: in every second round, as long as there are any."""
    from detente.engine.game import Offer

    turn = 0 if proposer == FIRST else 1
    return Offer(
        f"{proposer} proposes",
        proposer,
        responder,
        partial(division, proposer=proposer),
        otherwise,
        where=lambda s: (s.round % 2 == turn) & ((s.round < rounds) if rounds else True),
    )


def following(s: Any, p: Any, rounds: int) -> Iterator[Branch]:
    """The next round; after the last there is nothing."""
    import numpy as np

    from detente.engine.game import Branch

    yield Branch(1.0, {"round": np.minimum(s.round + 1, rounds) if rounds else 1 - s.round})


def game(rounds: int = 0) -> Game:
    """Two proposals in turn, for ever (0) or in so many rounds."""
    from detente.engine.game import Accounting, Chance, Game, Variable

    return Game(
        players=(FIRST, SECOND),
        variables=(Variable("round", rounds + 1 if rounds else 2),),
        stages=(
            proposal(FIRST, SECOND, rounds),
            proposal(SECOND, FIRST, rounds),
            Accounting("round's end", lambda s, p: {}),
            Chance("next round", partial(following, rounds=rounds)),
        ),
        start=lambda p: {"round": 0},
        discount=lambda p: {FIRST: p.first_discount, SECOND: p.second_discount},
        scale=lambda p: 1.0,
        endless=True,
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """The first proposal, the one that would follow it, and what comes of the first."""
    return {
        "first_share": 1 - first.amount("first proposes", "division"),
        "second_share": 1 - first.amount("second proposes", "division", round=1),
        "agreement": first.choice("first proposes", "division"),
        "war": first.choice("first proposes", "war"),
        "first_value": first.value(FIRST),
        "second_value": first.value(SECOND),
    }


MODEL = Model(
    name="rubinstein1982",
    title="Bargaining by alternating offers, with war as an outside option",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    settings={"rounds": 0},
    answer=answer,
    sources=(
        "Rubinstein, A. (1982), Perfect Equilibrium in a Bargaining Model, Econometrica 50(1):97-109",
        "Binmore, K., Shaked, A. & Sutton, J. (1989), An Outside Option Experiment, Quarterly Journal of "
        "Economics 104(4):753-770",
    ),
    conditions=(Condition("first_war + second_war ≤ 1", lambda p: p.first_war + p.second_war <= 1 + 1e-12),),
    picture=Picture(
        title="War as an outside option: no effect until it is worth more than waiting",
        x=Sweep("second_war", 0.0, 0.9),
        y=("first_share",),
        by=("first_war", (0.0, 0.1)),
        y_title="share of the stake",
    ),
)
