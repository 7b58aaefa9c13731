"""Reassurance: a first step that costs enough to be believed, and not so much that nobody dares it.

After Kydd, A. H. (2000), Trust, Reassurance, and Cooperation, International Organization 54(2):325-357; own
normalisation.

Players: two sides, A and B. Each is trustworthy or not.
Information: each knows itself; t is the probability that the other is trustworthy. What was done in the
first round is seen by both.
Order of moves: two rounds. In each both at once cooperate or defect. A share α of the stake is played for
in the first round, 1 − α in the second.
Pay-offs, for the whole stake: R if both cooperate, S to a side that cooperates alone, P if both defect, and
to a side that defects on a cooperator T_t if it is trustworthy, T_u if it is not; T_t < R < T_u and S < P.
Equilibrium, for t < m = (P − S)/((R − T_t) + (P − S)), where one round would see no cooperation:
reassurance, in which trustworthy sides cooperate in the first round and the others do not, and trustworthy
sides cooperate in the second if both did in the first. It exists if and only if lo ≤ α ≤ hi, with lo =
t(T_u − P)/(t(T_u − P) + t(T_u − R) + (1 − t)(P − S)) and hi = t(R − P)/(t(T_t − P) + (1 − t)(P − S)). Never
cooperating is an equilibrium as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from detente.gallery.kydd2005 import TRUSTWORTHY, UNTRUSTWORTHY, pay_off, trusting, types
from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

SURE = 1e-6
"""How near to 0 or 1 a probability counts as never or always, where equilibria are named."""

UNIT, ANY = "utility", "(-inf, inf)"

PARAMETERS = (
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
    parameter("trust", "Probability that a side is trustworthy (t)", "probability", "(0, 1)", 0.4),
    parameter("first_stake", "Share of the stake that the first round is about (α)", "share", "[0, 1]", 0.7),
    parameter("reward", "Pay-off if both cooperate (R)", UNIT, ANY, 3.0),
    parameter("exploited", "Pay-off of cooperating alone (S)", UNIT, ANY, 0.0),
    parameter(
        "temptation", "Pay-off of a trustworthy side that defects on a cooperator (T_t)", UNIT, ANY, 2.0
    ),
    parameter(
        "temptation_untrustworthy", "The same for a side that is not trustworthy (T_u)", UNIT, ANY, 4.0
    ),
    parameter("punishment", "Pay-off if both defect (P)", UNIT, ANY, 1.0),
)

OUTCOMES = (
    Outcome(
        "first_cooperation",
        "Probability that a trustworthy side cooperates in the first round",
        "probability",
    ),
    Outcome("first_pretence", "Probability that a side that is not trustworthy does", "probability"),
    Outcome(
        "cooperation_after", "Probability that a trustworthy side cooperates after both did", "probability"
    ),
    Outcome(
        "trust_after", "Belief that a side that cooperated in the first round is trustworthy", "probability"
    ),
    Outcome(
        "equilibrium",
        "Kind of equilibrium",
        "kind",
        labels=("distrust", "partial reassurance", "reassurance"),
    ),
    Outcome("both_cooperate", "Probability that both cooperate in both rounds", "probability"),
    Outcome("value", "Value of the game to a side before it knows itself", "utility"),
    Outcome("equilibria_found", "Different equilibria found", "number"),
    Outcome("holds_distrust", "Whether never cooperating is an equilibrium", "0 or 1"),
)


def first_moves(s: Any, p: Any) -> Mapping[str, Iterator[Action]]:
    """Each side cooperates or defects."""
    from detente.engine.game import Action

    return {side: iter((Action("cooperate"), Action("defect"))) for side in "AB"}


def first_round(s: Any, p: Any, chosen: Mapping[str, str]) -> Action:
    """A share of the stake is played for, and both see how."""
    from detente.engine.game import Action

    a, b = chosen["A"], chosen["B"]
    return Action(
        f"{a}, {b}",
        to={"a_did": int(a == "cooperate"), "b_did": int(b == "cooperate")},
        pays={"A": p.first_stake * pay_off(p, s.a, a, b), "B": p.first_stake * pay_off(p, s.b, b, a)},
    )


def second_round(s: Any, p: Any, chosen: Mapping[str, str]) -> Action:
    """The rest of the stake is played for."""
    from detente.engine.game import Action

    a, b, rest = chosen["A"], chosen["B"], 1 - p.first_stake
    return Action(f"{a}, {b}", ends={"A": rest * pay_off(p, s.a, a, b), "B": rest * pay_off(p, s.b, b, a)})


def reassured(side: str) -> Any:
    """Trustworthy sides cooperate once both have."""
    import numpy as np

    return lambda s: np.where(
        (getattr(s, side) == TRUSTWORTHY) & (s.a_did == 1) & (s.b_did == 1), "cooperate", "defect"
    )


def game() -> Game:
    """Nature, then two joint decisions."""
    from detente.engine.game import Chance, Convention, Game, Joint, Variable

    labels = ("not trustworthy", "trustworthy")
    reassurance = {f"first/{x}": trusting(x.lower()) for x in "AB"}
    reassurance |= {f"second/{x}": reassured(x.lower()) for x in "AB"}
    return Game(
        players=("A", "B"),
        variables=(
            Variable("a", 2, labels, known_to=("A",)),
            Variable("b", 2, labels, known_to=("B",)),
            Variable("a_did", 2, ("defected", "cooperated")),
            Variable("b_did", 2, ("defected", "cooperated")),
        ),
        stages=(
            Chance("types", types),
            Joint("first", first_moves, first_round),
            Joint("second", first_moves, second_round),
        ),
        start=lambda p: {},
        conventions=(
            Convention("reassurance", reassurance),
            Convention("distrust", {f"{r}/{x}": "defect" for r in ("first", "second") for x in "AB"}),
        ),
        prefer=lambda first, p: first.value("A") + first.value("B"),
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is done in each round, and what is learned from the first."""
    from detente.forms import where

    both = {"a_did": 1, "b_did": 1}
    begins = first.choice("first", "cooperate", player="A", a=TRUSTWORTHY)
    pretends = first.choice("first", "cooperate", player="A", a=UNTRUSTWORTHY)
    told = begins * (1 - pretends)  # whether the first round tells the kinds apart
    return {
        "first_cooperation": begins,
        "first_pretence": pretends,
        "equilibrium": where(begins < SURE, 0.0, where(told > 1 - SURE, 2.0, 1.0)),
        "cooperation_after": first.choice("second", "cooperate", player="A", a=TRUSTWORTHY, **both),
        "trust_after": first.belief("second", {"b": TRUSTWORTHY}, player="A", a=TRUSTWORTHY, **both),
        "both_cooperate": first.reach("second", player="A", **both)
        * first.choice("second", "cooperate", player="A", **both)
        * first.choice("second", "cooperate", player="B", **both),
        "value": first.value("A"),
    }


MODEL = Model(
    name="kydd2000",
    title="Reassurance: a first step that is costly enough to be believed",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    sources=(
        "After Kydd, A. H. (2000), Trust, Reassurance, and Cooperation, International Organization "
        "54(2):325-357",
        "Kydd, A. H. (2005), Trust and Mistrust in International Relations, Princeton University Press",
    ),
    conditions=(
        Condition("temptation < reward", lambda p: p.temptation < p.reward),
        Condition("reward < temptation_untrustworthy", lambda p: p.reward < p.temptation_untrustworthy),
        Condition("exploited < punishment", lambda p: p.exploited < p.punishment),
        Condition(
            "trust·(reward − temptation) < (1 − trust)·(punishment − exploited)",
            lambda p: p.trust * (p.reward - p.temptation) < (1 - p.trust) * (p.punishment - p.exploited),
        ),
    ),
    picture=Picture(
        title="Where a first step reassures, by its size and by trust",
        x=Sweep("first_stake", 0.0, 1.0, 21),
        y=("equilibrium",),
        across=Sweep("trust", 0.02, 0.5, 15),
    ),
    selection="The one that is worth most to the two sides together: reassurance, wherever it exists.",
)
