"""Unilateral deterrence: neither side knows whether the other would fight.

After Zagare, F. C. & Kilgour, D. M. (1993), Asymmetric Deterrence, International Studies Quarterly
37(1):1-27, and (2000), Perfect Deterrence, Cambridge University Press.

Players: the challenger and the defender. Each is hard or soft.
Information: each knows itself; p_C and p_D are the probabilities that the other is hard.
Order of moves: the challenger stays (status quo, SQ) or challenges. The defender concedes (DC) or resists.
Resisted, the challenger backs down (CD) or fights (DD).
Pay-offs: c and d of the four endings. A hard challenger prefers DD to CD, a soft one CD to DD; a hard
defender prefers DD to DC, a soft one DC to DD.
Equilibrium: with c_t = (c_DC − c_SQ)/(c_DC − c_DD), c_s = (c_DC − c_SQ)/(c_DC − c_CD) and, for a soft
defender, d_t = (d_CD − d_DC)/(d_CD − d_DD): deterrence if p_D ≥ c_t, separating if c_s ≤ p_D ≤ c_t; if
p_D ≤ c_s attack where p_C ≥ d_t, bluff where p_C ≤ d_t.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game

SOFT, HARD = 0, 1
SURE = 1e-6
"""How near to 0 or 1 a probability counts as never or always, where equilibria are named."""


UNIT = "utility"


def _utility(name: str, meaning: str, default: float) -> Any:
    return parameter(name, meaning, UNIT, "(-inf, inf)", default)


PARAMETERS = (
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
    parameter("hard_challenger", "Probability that the challenger is hard", "probability", "(0, 1)", 0.3),
    parameter("hard_defender", "Probability that the defender is hard", "probability", "(0, 1)", 0.2),
    _utility("challenger_victory", "The defender concedes, to the challenger", 1.0),
    _utility("challenger_status_quo", "Status quo, to the challenger", 0.6),
    _utility("challenger_conflict", "Conflict, to a hard challenger", 0.3),
    _utility("challenger_defeat", "Backing down, to the challenger", 0.1),
    _utility("challenger_conflict_soft", "Conflict, to a soft challenger", -0.2),
    _utility("defender_status_quo", "Status quo, to the defender", 1.0),
    _utility("defender_victory", "The challenger backs down, to the defender", 0.8),
    _utility("defender_conflict", "Conflict, to a hard defender", 0.5),
    _utility("defender_defeat", "Conceding, to the defender", 0.2),
    _utility("defender_conflict_soft", "Conflict, to a soft defender", -0.2),
)

OUTCOMES = (
    Outcome("challenge", "Probability of a challenge", "probability"),
    Outcome("war", "Probability of conflict", "probability"),
    Outcome("hard_challenges", "Probability that a hard challenger challenges", "probability"),
    Outcome("soft_challenges", "Probability that a soft challenger challenges", "probability"),
    Outcome("soft_resists", "Probability that a soft defender resists a challenge", "probability"),
    Outcome(
        "hard_if_challenged", "Belief of a challenged defender that the challenger is hard", "probability"
    ),
    Outcome(
        "equilibrium", "Kind of equilibrium", "kind", labels=("deterrence", "separating", "attack", "bluff")
    ),
    Outcome("challenger_value", "Value of the game to the challenger", "utility"),
    Outcome("defender_value", "Value of the game to the defender", "utility"),
    Outcome("equilibria_found", "Different equilibria found", "number"),
    Outcome("holds_deterrence", "Whether nobody challenging is an equilibrium", "0 or 1"),
)


def types(s: Any, p: Any) -> Iterator[Branch]:
    """Each side turns out hard or soft, independently."""
    from detente.engine.game import Branch

    for challenger, its in ((SOFT, 1 - p.hard_challenger), (HARD, p.hard_challenger)):
        for defender, theirs in ((SOFT, 1 - p.hard_defender), (HARD, p.hard_defender)):
            yield Branch(its * theirs, {"challenger": challenger, "defender": defender})


def challenge(s: Any, p: Any) -> Iterator[Action]:
    """The challenger stays, which leaves things as they are, or challenges."""
    from detente.engine.game import Action

    yield Action("stay", ends={"challenger": p.challenger_status_quo, "defender": p.defender_status_quo})
    yield Action("challenge")


def response(s: Any, p: Any) -> Iterator[Action]:
    """The defender concedes, or resists."""
    from detente.engine.game import Action

    yield Action("concede", ends={"challenger": p.challenger_victory, "defender": p.defender_defeat})
    yield Action("resist")


def carry_out(s: Any, p: Any) -> Iterator[Action]:
    """The challenger backs down, or fights."""
    from detente.engine.game import Action
    from detente.forms import where

    yield Action("back down", ends={"challenger": p.challenger_defeat, "defender": p.defender_victory})
    fight = {
        "challenger": where(s.challenger == HARD, p.challenger_conflict, p.challenger_conflict_soft),
        "defender": where(s.defender == HARD, p.defender_conflict, p.defender_conflict_soft),
    }
    yield Action("fight", ends=fight)


def game() -> Game:
    """Nature, then three decisions, each of which can end the crisis."""
    from detente.engine.game import Chance, Convention, Decision, Game, Variable

    return Game(
        players=("challenger", "defender"),
        variables=(
            Variable("challenger", 2, ("soft", "hard"), known_to=("challenger",)),
            Variable("defender", 2, ("soft", "hard"), known_to=("defender",)),
        ),
        stages=(
            Chance("types", types),
            Decision("challenge", "challenger", challenge),
            Decision("response", "defender", response),
            Decision("carry out", "challenger", carry_out),
        ),
        start=lambda p: {},
        conventions=(Convention("deterrence", {"challenge": "stay"}),),
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """Who challenges, who resists, and what that makes of the crisis."""
    from detente.forms import where

    hard = first.choice("challenge", "challenge", challenger=HARD)
    soft = first.choice("challenge", "challenge", challenger=SOFT)
    pure = where(soft < SURE, 1.0, where(soft > 1 - SURE, 2.0, 3.0))
    return {
        "challenge": first.taken("challenge", "challenge"),
        "war": first.taken("carry out", "fight"),
        "hard_challenges": hard,
        "soft_challenges": soft,
        "soft_resists": first.choice("response", "resist", defender=SOFT),
        "hard_if_challenged": first.belief("response", {"challenger": HARD}, defender=SOFT),
        "equilibrium": where(hard < SURE, 0.0, pure),
        "challenger_value": first.value("challenger"),
        "defender_value": first.value("defender"),
    }


MODEL = Model(
    name="zagare_kilgour1993",
    title="Unilateral deterrence: neither side knows whether the other would fight",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    sources=(
        "After Zagare, F. C. & Kilgour, D. M. (1993), Asymmetric Deterrence, International Studies Quarterly "
        "37(1):1-27",
        "Zagare, F. C. & Kilgour, D. M. (2000), Perfect Deterrence, Cambridge University Press",
        "Cho, I.-K. & Kreps, D. M. (1987), Signaling Games and Stable Equilibria, Quarterly Journal of "
        "Economics 102(2):179-221",
    ),
    conditions=(
        Condition(
            "challenger_victory > challenger_status_quo > challenger_conflict > challenger_defeat",
            lambda p: (
                p.challenger_victory > p.challenger_status_quo > p.challenger_conflict > p.challenger_defeat
            ),
        ),
        Condition(
            "challenger_defeat > challenger_conflict_soft",
            lambda p: p.challenger_defeat > p.challenger_conflict_soft,
        ),
        Condition(
            "defender_victory > defender_defeat and defender_conflict > defender_defeat",
            lambda p: min(p.defender_victory, p.defender_conflict) > p.defender_defeat,
        ),
        Condition(
            "defender_defeat > defender_conflict_soft",
            lambda p: p.defender_defeat > p.defender_conflict_soft,
        ),
    ),
    picture=Picture(
        title="Kind of equilibrium by how likely each side is to be hard",
        x=Sweep("hard_challenger", 0.01, 0.99),
        y=("equilibrium",),
        across=Sweep("hard_defender", 0.01, 0.99),
    ),
    selection=(
        "The equilibrium with challenges wherever there is one. Nobody challenging is then an equilibrium "
        "too, but only if a challenge would be put down to a soft challenger; criterion D1 and limits of "
        "logit equilibria rule that out."
    ),
)
