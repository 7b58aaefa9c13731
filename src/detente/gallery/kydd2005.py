"""Trust: how likely must the other side be trustworthy for cooperation to be possible?

After Kydd, A. H. (2005), Trust and Mistrust in International Relations, Princeton University Press; own
normalisation.

Players: two sides, A and B. Each is trustworthy or not.
Information: each knows itself; t is the probability that the other is trustworthy.
Order of moves: both at once cooperate or defect.
Pay-offs: R if both cooperate, S to a side that cooperates alone, P if both defect, and to a side that
defects on a cooperator T_t if it is trustworthy, T_u if it is not; T_t < R < T_u and S < P.
Equilibrium: sides that are not trustworthy defect. Trustworthy sides cooperate in an equilibrium if and
only if t ≥ m = (P − S)/((R − T_t) + (P − S)). All defect in another one, always. If t > m there is a third,
in which trustworthy sides cooperate with probability m/t.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game

UNTRUSTWORTHY, TRUSTWORTHY = 0, 1
UNIT, ANY = "utility", "(-inf, inf)"

PARAMETERS = (
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
    parameter("trust", "Probability that a side is trustworthy (t)", "probability", "(0, 1)", 0.6),
    parameter("reward", "Pay-off if both cooperate (R)", UNIT, ANY, 3.0),
    parameter("exploited", "Pay-off of cooperating alone (S)", UNIT, ANY, 0.0),
    parameter(
        "temptation", "Pay-off of a trustworthy side that defects on a cooperator (T_t)", UNIT, ANY, 2.0
    ),
    parameter(
        "temptation_untrustworthy", "The same for a side that is not trustworthy (T_u)", UNIT, ANY, 4.0
    ),
    parameter("punishment", "Pay-off if both defect (P)", UNIT, ANY, 1.0),
    parameter(
        "selection",
        "Which of the equilibria found is reported",
        "word",
        "[0, 2] whole",
        0,
        labels=("most cooperation", "least cooperation", "mixed"),
    ),
)

OUTCOMES = (
    Outcome("cooperation", "Probability that a trustworthy side cooperates", "probability"),
    Outcome(
        "cooperation_untrustworthy",
        "Probability that a side that is not trustworthy cooperates",
        "probability",
    ),
    Outcome("both_cooperate", "Probability that both cooperate", "probability"),
    Outcome("value", "Value of the game to a side before it knows itself", "utility"),
    Outcome("equilibria_found", "Different equilibria found", "number"),
    Outcome("holds_trust", "Whether cooperation by trustworthy sides is an equilibrium", "0 or 1"),
    Outcome("holds_distrust", "Whether defection by all is an equilibrium", "0 or 1"),
)


def types(s: Any, p: Any) -> Iterator[Branch]:
    """Each side turns out trustworthy or not, independently."""
    from detente.engine.game import Branch

    for a, mine in ((UNTRUSTWORTHY, 1 - p.trust), (TRUSTWORTHY, p.trust)):
        for b, yours in ((UNTRUSTWORTHY, 1 - p.trust), (TRUSTWORTHY, p.trust)):
            yield Branch(mine * yours, {"a": a, "b": b})


def moves(s: Any, p: Any) -> Mapping[str, Iterator[Action]]:
    """Each side cooperates or defects."""
    from detente.engine.game import Action

    return {side: iter((Action("cooperate"), Action("defect"))) for side in "AB"}


def pay_off(p: Any, trustworthy: Any, mine: str, yours: str) -> Any:
    """What one side gets from a pair of choices."""
    from detente.forms import where

    if mine == "cooperate":
        return p.reward if yours == "cooperate" else p.exploited
    tempted = where(trustworthy == TRUSTWORTHY, p.temptation, p.temptation_untrustworthy)
    return tempted if yours == "cooperate" else p.punishment


def profile(s: Any, p: Any, chosen: Mapping[str, str]) -> Action:
    """What each side gets."""
    from detente.engine.game import Action

    a, b = chosen["A"], chosen["B"]
    return Action(f"{a}, {b}", ends={"A": pay_off(p, s.a, a, b), "B": pay_off(p, s.b, b, a)})


def trusting(side: str) -> Any:
    """Trustworthy sides cooperate, the others do not."""
    import numpy as np

    return lambda s: np.where(getattr(s, side) == TRUSTWORTHY, "cooperate", "defect")


def wanted(first: Any, p: Any) -> Any:
    """What the reported equilibrium has most of: cooperation, defection, or mixture."""
    from detente.forms import where

    c = first.choice("meet", "cooperate", player="A", a=TRUSTWORTHY)
    return where(p.selection < 0.5, c, where(p.selection < 1.5, -c, c * (1 - c)))


def game() -> Game:
    """Nature, then one joint decision."""
    from detente.engine.game import Chance, Convention, Game, Joint, Variable

    labels = ("not trustworthy", "trustworthy")
    return Game(
        players=("A", "B"),
        variables=(
            Variable("a", 2, labels, known_to=("A",)),
            Variable("b", 2, labels, known_to=("B",)),
        ),
        stages=(Chance("types", types), Joint("meet", moves, profile)),
        start=lambda p: {},
        conventions=(
            Convention("trust", {"meet/A": trusting("a"), "meet/B": trusting("b")}),
            Convention("distrust", {"meet/A": "defect", "meet/B": "defect"}),
        ),
        folds=True,
        prefer=wanted,
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What each kind of side does, and what it is worth."""
    mine = first.choice("meet", "cooperate", player="A", a=TRUSTWORTHY)
    others = first.choice("meet", "cooperate", player="A", a=UNTRUSTWORTHY)
    each = first.choice("meet", "cooperate", player="A"), first.choice("meet", "cooperate", player="B")
    return {
        "cooperation": mine,
        "cooperation_untrustworthy": others,
        "both_cooperate": each[0] * each[1],
        "value": first.value("A"),
    }


MODEL = Model(
    name="kydd2005",
    title="Trust: how likely the other side must be trustworthy for cooperation to be possible",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    sources=(
        "After Kydd, A. H. (2005), Trust and Mistrust in International Relations, Princeton University Press",
        "Kydd, A. H. (2000), Trust, Reassurance, and Cooperation, International Organization 54(2):325-357",
    ),
    conditions=(
        Condition("temptation < reward", lambda p: p.temptation < p.reward),
        Condition("reward < temptation_untrustworthy", lambda p: p.reward < p.temptation_untrustworthy),
        Condition("exploited < punishment", lambda p: p.exploited < p.punishment),
    ),
    picture=Picture(
        title="Cooperation of trustworthy sides in the equilibria, by trust",
        x=Sweep("trust", 0.02, 0.98, 97),
        y=("cooperation",),
        by=("selection", (0, 1, 2)),
    ),
    selection="By the parameter `selection`: most cooperation, unless another is asked for.",
)
