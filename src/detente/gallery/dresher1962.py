"""Inspections of a treaty that are too few: when to inspect, and when to violate.

Dresher (1962), A Sampling Inspection Problem in Arms Control Agreements: A Game-Theoretic Analysis, RAND
Memorandum RM-2972-ARPA; with a pay-off for catching after Avenhaus, von Stengel & Zamir (2002), Inspection
Games, Handbook of Game Theory 3:1947-1987.

Players: the inspector and the inspectee.
Information: both know how many periods and inspections are left; in each period they choose without seeing
what the other does.
Order of moves: n = `horizon` periods and m = `inspections`. In each the inspector inspects, if any inspection
is left, or not, while the inspectee violates or complies. A violation ends the game.
Pay-offs: zero-sum. A violation that is inspected is worth b = `catch` to the inspector, one that is not −1;
none at all is worth 0.
Equilibrium: unique value v(n, m) = −C(n−1, m) / Σ_{i=0}^{m} C(n, i)·b^{m−i}, C binomial coefficients; 0 if
m ≥ n.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from detente.model import Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

MOST = 3
UNIT = "what a violation gains"

PARAMETERS = (
    parameter(
        "horizon", "Periods in which a violation is possible", "periods", "[1, 200] whole", 3, static=True
    ),
    parameter("inspections", "Inspections that may be made", "inspections", f"[0, {MOST}] whole", 1),
    parameter("catch", "What catching a violation is worth to the inspector", UNIT, "(0, inf)", 1.0),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
)

OUTCOMES = (
    Outcome("inspector_value", "Value of the game to the inspector", UNIT),
    Outcome("inspection", "Probability of an inspection in the first period", "probability"),
    Outcome("violation", "Probability of a violation in the first period", "probability"),
    Outcome("violation_within", "Probability of a violation within n periods", "probability", yearly=True),
    Outcome(
        "inspections_within", "Inspections made within n periods, expected number", "inspections", yearly=True
    ),
)


def moves(s: Any, p: Any) -> Mapping[str, tuple[Action, ...]]:
    """At once: the inspector inspects or not, the inspectee complies or violates."""
    from detente.engine.game import Action

    return {
        "inspector": (Action("wait"), Action("inspect", legal=s.left > 0)),
        "inspectee": (Action("comply"), Action("violate")),
    }


def period(s: Any, p: Any, chosen: Mapping[str, str]) -> Action:
    """A violation ends the game, caught or not; an inspection is used up."""
    import numpy as np

    from detente.engine.game import Action

    inspected, violated = chosen["inspector"] == "inspect", chosen["inspectee"] == "violate"
    if violated:
        worth = p.catch if inspected else -1.0
        return Action("violation", ends={"inspector": worth, "inspectee": -worth})
    return Action("compliance", to={"left": np.maximum(s.left - inspected, 0)})


def game() -> Game:
    """One joint decision a period; the state is the number of inspections left."""
    from detente.engine.game import Accounting, Count, Game, Joint, Variable

    return Game(
        players=("inspector", "inspectee"),
        variables=(Variable("left", MOST + 1),),
        stages=(Joint("period", moves, period), Accounting("end of period", lambda s, p: {})),
        start=lambda p: {"left": p.inspections},
        tallies=(
            Count("violation_within", "period", "inspectee/violate"),
            Count("inspections_within", "period", "inspector/inspect"),
        ),
        discount=lambda p: 1.0,
        scale=lambda p: 1.0,
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """The value, and what is done in the first period."""
    return {
        "inspector_value": first.value("inspector"),
        "inspection": first.choice("period", "inspect", player="inspector"),
        "violation": first.choice("period", "violate", player="inspectee"),
    }


MODEL = Model(
    name="dresher1962",
    title="Inspections of a treaty that are too few",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    shown=("violation_within",),
    sources=(
        "Dresher, M. (1962), A Sampling Inspection Problem in Arms Control Agreements: A Game-Theoretic "
        "Analysis, RAND Memorandum RM-2972-ARPA",
        "Avenhaus, R., von Stengel, B. & Zamir, S. (2002), Inspection Games, in Aumann & Hart (eds.), "
        "Handbook of Game Theory 3:1947-1987",
    ),
    picture=Picture(
        title="The more catching is worth, the less a violation pays; a second inspection does more",
        x=Sweep("catch", 0.05, 3.0),
        y=("inspector_value",),
        by=("inspections", (0, 1, 2)),
        y_title="value to the inspector",
    ),
)
