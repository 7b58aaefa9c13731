"""A deterrence crisis in which both sides err: logit choice at every node of a known tree.

After Signorino (1999), Strategic Interaction and the Statistical Analysis of International Conflict,
American Political Science Review 93(2):279-297.

Players: the challenger (A) and the defender (B).
Information: everything is known to both; what moves a choice besides the pay-offs is not.
Order of moves: A challenges or leaves things as they are (SQ). Challenged, B resists or concedes (CD).
Resisted, A fights (W) or backs down (BD).
Pay-offs: utilities of SQ, CD, BD, W to each side; only differences within a side matter.
Equilibrium: unique, backward. With λ = 1/noise and L the logistic function, p_F = L(λ(W_A − BD_A)),
p_R = L(λ(p_F·W_B + (1−p_F)·BD_B − CD_B)), p_C = L(λ(EU_A − SQ_A)), where EU_A is A's expected utility of
challenging.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

ANY = "(-inf, inf)"

PARAMETERS = (
    parameter(
        "noise",
        "Scale of what moves a choice besides the pay-offs; 0: best replies",
        "utility",
        "[0, inf)",
        1.0,
    ),
    parameter("challenger_status_quo", "Status quo, to the challenger", "utility", ANY, 0.0),
    parameter(
        "challenger_concession", "A concession by the defender, to the challenger", "utility", ANY, 1.0
    ),
    parameter("challenger_backing_down", "Backing down, to the challenger", "utility", ANY, -0.5),
    parameter("challenger_war", "War, to the challenger", "utility", ANY, -0.2),
    parameter("defender_status_quo", "Status quo, to the defender", "utility", ANY, 0.0),
    parameter("defender_concession", "Conceding, to the defender", "utility", ANY, -1.0),
    parameter("defender_backing_down", "The challenger backing down, to the defender", "utility", ANY, 0.5),
    parameter("defender_war", "War, to the defender", "utility", ANY, -0.8),
)

OUTCOMES = (
    Outcome("challenge", "Probability that the challenger challenges", "probability"),
    Outcome("resistance", "Probability that the defender resists, if challenged", "probability"),
    Outcome("fighting", "Probability that the challenger fights, if resisted", "probability"),
    Outcome("war", "Probability of war", "probability"),
    Outcome("challenger_value", "Value of the game to the challenger", "utility"),
    Outcome("defender_value", "Value of the game to the defender", "utility"),
)


def challenge(s: Any, p: Any) -> Iterator[Action]:
    """A leaves things as they are, or challenges."""
    from detente.engine.game import Action

    yield Action("wait", ends={"challenger": p.challenger_status_quo, "defender": p.defender_status_quo})
    yield Action("challenge")


def answer_challenge(s: Any, p: Any) -> Iterator[Action]:
    """B concedes, or resists."""
    from detente.engine.game import Action

    yield Action("concede", ends={"challenger": p.challenger_concession, "defender": p.defender_concession})
    yield Action("resist")


def carry_out(s: Any, p: Any) -> Iterator[Action]:
    """A backs down, or fights."""
    from detente.engine.game import Action

    yield Action(
        "back down", ends={"challenger": p.challenger_backing_down, "defender": p.defender_backing_down}
    )
    yield Action("fight", ends={"challenger": p.challenger_war, "defender": p.defender_war})


def game() -> Game:
    """Three decisions, each of which can end the crisis; nothing is left to account for."""
    from detente.engine.game import Accounting, Decision, Game

    return Game(
        players=("challenger", "defender"),
        variables=(),
        stages=(
            Decision("challenge", "challenger", challenge),
            Decision("answer", "defender", answer_challenge),
            Decision("carry out", "challenger", carry_out),
            Accounting("end", lambda s, p: {}),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """Probabilities of the three choices, of their coming together, and values."""
    challenge = first.choice("challenge", "challenge")
    resistance = first.choice("answer", "resist")
    fighting = first.choice("carry out", "fight")
    return {
        "challenge": challenge,
        "resistance": resistance,
        "fighting": fighting,
        "war": challenge * resistance * fighting,
        "challenger_value": first.value("challenger"),
        "defender_value": first.value("defender"),
    }


MODEL = Model(
    name="signorino1999",
    title="Deterrence with logit choice: a crisis in which both sides err",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    sources=(
        "Signorino, C. S. (1999), Strategic Interaction and the Statistical Analysis of International "
        "Conflict, American Political Science Review 93(2):279-297",
        "McKelvey, R. D. & Palfrey, T. R. (1998), Quantal Response Equilibria for Extensive Form Games, "
        "Experimental Economics 1(1):9-41",
    ),
    picture=Picture(
        title="What each side does, and war, as choices get noisier",
        x=Sweep("noise", 0.02, 2.0),
        y=("challenge", "resistance", "fighting", "war"),
    ),
)
