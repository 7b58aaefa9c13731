"""Hidden arming, then an ultimatum: uncertainty that the players make themselves.

After Meirowitz & Sartori (2008), Strategic Uncertainty as a Cause of War, Quarterly Journal of Political
Science 3(4):327-352; own normalisation: arms or none, one demand.

Players: the proposer (A) and the builder (B), who divide a stake of 1.
Information: the proposer does not see whether the builder armed.
Order of moves: the builder arms or refrains; the proposer makes a generous or a tough demand; the builder
accepts or fights.
Pay-offs, i = 1 if the builder armed: accepted (x, 1 − x − ik); after a war (½ − iD − c_A, ½ + iD − c_B −
ik), D = `arms_effect`, k = `arms_cost`. The generous demand is x = ½ − D + c_B, the tough one ½ + c_B.
Equilibrium: D ≤ k: no arms, the tough demand, no war. D > k: mixed alone, Pr(arm) = D/(D + c_A + c_B),
Pr(generous) = 1 − k/D, Pr(war) = k/(D + c_A + c_B).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

UNIT = "share of the stake"

PARAMETERS = (
    parameter(
        "arms_effect", "What arms add to the builder's probability of winning", "probability", "[0, 0.5]", 0.2
    ),
    parameter("arms_cost", "What arms cost the builder", UNIT, "(0, inf)", 0.05),
    parameter("proposer_war_cost", "What a war costs the proposer", UNIT, "[0, inf)", 0.1),
    parameter("builder_war_cost", "What a war costs the builder", UNIT, "[0, 0.5]", 0.1),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
)

OUTCOMES = (
    Outcome("proposer_value", "Value of the game to the proposer", UNIT),
    Outcome("builder_value", "Value of the game to the builder", UNIT),
    Outcome("arm", "Probability that the builder arms", "probability"),
    Outcome("generous", "Probability that the demand is generous", "probability"),
    Outcome("war", "Probability of war", "probability"),
    Outcome("kind", "Kind of equilibrium", "word", labels=("pure", "mixed")),
)


def arm(s: Any, p: Any) -> Iterator[Action]:
    """The builder refrains, also if it is indifferent, or arms."""
    from detente.engine.game import Action

    yield Action("refrain", when_tied=True)
    yield Action("arm", pays={"builder": -p.arms_cost}, to={"armed": 1})


def demand(s: Any, p: Any) -> Iterator[Action]:
    """The proposer demands what an armed builder just accepts, or what an unarmed one does."""
    from detente.engine.game import Action

    yield Action("generous")
    yield Action("tough", to={"tough": 1})


def reply(s: Any, p: Any) -> Iterator[Action]:
    """The builder accepts, also if it is indifferent, or fights."""
    from detente.engine.game import Action

    x = 0.5 + p.builder_war_cost - (1 - s.tough) * p.arms_effect
    won = 0.5 + s.armed * p.arms_effect
    yield Action("accept", ends={"proposer": x, "builder": 1 - x}, when_tied=True)
    yield Action(
        "fight", ends={"proposer": 1 - won - p.proposer_war_cost, "builder": won - p.builder_war_cost}
    )


def game() -> Game:
    """Arms or none, a demand, a reply."""
    from detente.engine.game import Decision, Game, Variable

    return Game(
        players=("proposer", "builder"),
        variables=(Variable("armed", 2, known_to=("builder",)), Variable("tough", 2)),
        stages=(
            Decision("arm", "builder", arm),
            Decision("demand", "proposer", demand),
            Decision("reply", "builder", reply),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is asked for at the start."""
    from detente.forms import where

    arms, generous = first.choice("arm", "arm"), first.choice("demand", "generous")
    pure = 1e-6  # noise 0 leaves less than this to the worse action
    sure = [(x < pure) | (x > 1 - pure) for x in (arms, generous)]
    return {
        "proposer_value": first.value("proposer"),
        "builder_value": first.value("builder"),
        "arm": arms,
        "generous": generous,
        "war": first.taken("reply", "fight"),
        "kind": where(sure[0] & sure[1], 0, 1),
    }


MODEL = Model(
    name="meirowitz_sartori2008",
    title="Hidden arming, then an ultimatum: uncertainty that the players make themselves",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    picture=Picture(
        "Dearer arms make war more likely, until nobody arms",
        x=Sweep("arms_cost", 0.005, 0.3, 119),
        y=("war", "arm", "generous"),
    ),
    sources=(
        "After Meirowitz, A. & Sartori, A. E. (2008), Strategic Uncertainty as a Cause of War, Quarterly "
        "Journal of Political Science 3(4):327-352.",
    ),
)
