"""The security dilemma as a stag hunt: both would rather cooperate, and each is safer if it defects.

After Jervis, R. (1978), Cooperation Under the Security Dilemma, World Politics 30(2):167-214; selection by
risk dominance after Harsanyi, J. C. & Selten, R. (1988), A General Theory of Equilibrium Selection in
Games, MIT Press.

Players: two sides, A and B, alike.
Information: everything is known to both.
Order of moves: both at once cooperate or defect.
Pay-offs: R if both cooperate, T to one that defects on a cooperator, S to the cooperator, P if both defect;
R > T and P > S.
Equilibrium: both cooperate; both defect; and a mixed one, in which each cooperates with probability m = (P
− S)/((R − T) + (P − S)). Cooperation is a best reply to cooperation with probability m or more. It
risk-dominates defection if and only if m < ½.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

UNIT, ANY = "utility", "(-inf, inf)"

PARAMETERS = (
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
    parameter("reward", "Pay-off if both cooperate (R)", UNIT, ANY, 3.0),
    parameter("exploited", "Pay-off of cooperating against defection (S)", UNIT, ANY, 0.0),
    parameter("temptation", "Pay-off of defecting on a cooperator (T)", UNIT, ANY, 2.0),
    parameter("punishment", "Pay-off if both defect (P)", UNIT, ANY, 0.5),
    parameter(
        "selection",
        "Which of the equilibria found is reported",
        "word",
        "[0, 2] whole",
        0,
        labels=("risk dominant", "pay-off dominant", "mixed"),
    ),
)

OUTCOMES = (
    Outcome("cooperation", "Probability that a side cooperates", "probability"),
    Outcome("both_cooperate", "Probability that both cooperate", "probability"),
    Outcome("value", "Value of the game to a side", "utility"),
    Outcome("equilibria_found", "Different equilibria found", "number"),
    Outcome("holds_cooperation", "Whether cooperation by both is an equilibrium", "0 or 1"),
    Outcome("holds_defection", "Whether defection by both is an equilibrium", "0 or 1"),
)


def moves(s: Any, p: Any) -> Mapping[str, Iterator[Action]]:
    """Each side cooperates or defects."""
    from detente.engine.game import Action

    return {side: iter((Action("cooperate"), Action("defect"))) for side in "AB"}


def profile(s: Any, p: Any, chosen: Mapping[str, str]) -> Action:
    """What each side gets."""
    from detente.engine.game import Action

    pays = {
        ("cooperate", "cooperate"): p.reward,
        ("cooperate", "defect"): p.exploited,
        ("defect", "cooperate"): p.temptation,
        ("defect", "defect"): p.punishment,
    }
    a, b = chosen["A"], chosen["B"]
    return Action(f"{a}, {b}", ends={"A": pays[a, b], "B": pays[b, a]})


def wanted(first: Any, p: Any) -> Any:
    """What the reported equilibrium has most of.

    With c the probability of cooperation: the loss from leaving it alone, which orders c = 0 and c = 1 by
    risk dominance; value; or how mixed it is.
    """
    from detente.forms import where

    c = first.choice("meet", "cooperate", player="A")
    risk = c * (p.reward - p.temptation) + (1 - c) * (p.punishment - p.exploited)
    return where(p.selection < 0.5, risk, where(p.selection < 1.5, first.value("A"), c * (1 - c)))


def game() -> Game:
    """One joint decision."""
    from detente.engine.game import Convention, Game, Joint

    def both(label: str) -> dict[str, str]:
        return {f"meet/{side}": label for side in "AB"}

    return Game(
        players=("A", "B"),
        variables=(),
        stages=(Joint("meet", moves, profile),),
        start=lambda p: {},
        conventions=(Convention("cooperation", both("cooperate")), Convention("defection", both("defect"))),
        folds=True,
        prefer=wanted,
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What a side does, and what it is worth."""
    a = first.choice("meet", "cooperate", player="A")
    return {
        "cooperation": a,
        "both_cooperate": a * first.choice("meet", "cooperate", player="B"),
        "value": first.value("A"),
    }


MODEL = Model(
    name="jervis1978",
    title="The security dilemma as a stag hunt",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    sources=(
        "After Jervis, R. (1978), Cooperation Under the Security Dilemma, World Politics 30(2):167-214",
        "Harsanyi, J. C. & Selten, R. (1988), A General Theory of Equilibrium Selection in Games, MIT Press",
    ),
    conditions=(
        Condition("reward > temptation", lambda p: p.reward > p.temptation),
        Condition("punishment > exploited", lambda p: p.punishment > p.exploited),
    ),
    picture=Picture(
        title="Cooperation in the equilibria, by what a cooperator loses when exploited",
        x=Sweep("exploited", -3.0, 0.4),
        y=("cooperation",),
        by=("selection", (0, 1, 2)),
    ),
    selection="By the parameter `selection`: risk dominant unless another is asked for.",
)
