"""Reputational bargaining: two sides hold out, each hoping to be taken for one that never gives in.

After Abreu, D. & Gul, F. (2000), Bargaining and Reputation, Econometrica 68(1):85-117: the war of attrition
at given demands.

Players: two sides that share 1. Each is rational, or obstinate and never concedes.
Information: each knows itself; z_i is the probability that side i is obstinate. A concession is seen at
once.
Order of moves: the sides demand a_1 and a_2, a_1 + a_2 > 1. From then on each may concede at any time,
which ends the game.
Pay-offs: if i concedes at t, it gets e^(−r_i·t)·(1 − a_j), the other e^(−r_j·t)·a_j. Nothing, if nobody
ever does.
Equilibrium: i concedes at the rate λ_i = r_j(1 − a_i)/(a_1 + a_2 − 1) until T_0 = min(T_1, T_2), T_i =
−ln(z_i)/λ_i, and at time 0 with probability μ_i = max(0, 1 − z_i·e^(λ_i·T_0)). A rational i gets 1 − a_j +
μ_j(a_1 + a_2 − 1).
Discretisation: the first side may concede at 0, h, 2h …, the second at h/2, 3h/2 …; at the last of its
times at the latest a rational side does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import log
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game

RATIONAL, OBSTINATE = 0, 1
SURE = 1e-6
"""Least probability with which a concession counts as made."""

UNIT = "share"

PARAMETERS = (
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
    parameter("span", "Time that the periods cover together", "years", "(0, inf)", 40.0),
    parameter("first_demand", "What the first side demands (a₁)", UNIT, "(0, 1)", 0.7),
    parameter("second_demand", "What the second side demands (a₂)", UNIT, "(0, 1)", 0.7),
    parameter("first_rate", "Rate at which the first side discounts (r₁)", "a year", "(0, inf)", 0.1),
    parameter("second_rate", "Rate at which the second side discounts (r₂)", "a year", "(0, inf)", 0.1),
    parameter(
        "first_obstinate", "Probability that the first is obstinate (z₁)", "probability", "(0, 1)", 0.2
    ),
    parameter("second_obstinate", "Probability that the second is (z₂)", "probability", "(0, 1)", 0.1),
)

OUTCOMES = (
    Outcome("first_value", "What a rational first side gets", UNIT),
    Outcome("second_value", "What a rational second side gets", UNIT),
    Outcome("first_mass", "Probability that the first side concedes as soon as it can (μ₁)", "probability"),
    Outcome("second_mass", "Probability that the second does (μ₂)", "probability"),
    Outcome("first_hazard", "Rate at which the first side then concedes (λ₁)", "a year"),
    Outcome("second_hazard", "Rate at which the second does (λ₂)", "a year"),
    Outcome("complete", "When the last rational side has conceded (T₀)", "years"),
)


def types(s: Any, p: Any) -> Iterator[Branch]:
    """Each side turns out rational or obstinate, independently."""
    from detente.engine.game import Branch

    for first, its in ((RATIONAL, 1 - p.first_obstinate), (OBSTINATE, p.first_obstinate)):
        for second, theirs in ((RATIONAL, 1 - p.second_obstinate), (OBSTINATE, p.second_obstinate)):
            yield Branch(its * theirs, {"first": first, "second": second})


def first_holds_out(periods: int, s: Any, p: Any) -> Iterator[Action]:
    """A rational first side decides until when it will hold out, if the second has not conceded by then."""
    from detente.engine.game import Action

    # The solver measures odds against the first action: digits are lost if that one is hardly ever taken.
    for k in (1, 0, *range(2, periods)):
        yield Action(f"until {k}", legal=s.first == RATIONAL, to={"held": k})
    yield Action("for ever", legal=s.first == OBSTINATE, to={"held": periods})


def second_holds_out(periods: int, s: Any, p: Any) -> Iterator[Action]:
    """The second side decides likewise, and who concedes first ends it. The obstinate are paid nothing."""
    import jax.numpy as jnp

    from detente.engine.game import Action
    from detente.forms import where

    h = p.span / periods
    mine = where(s.first == RATIONAL, 1.0, 0.0), where(s.second == RATIONAL, 1.0, 0.0)

    def ends(t: Any, first: Any, second: Any) -> tuple[Any, Any]:
        return first * jnp.exp(-p.first_rate * t), second * jnp.exp(-p.second_rate * t)

    early = ends(s.held * h, 1 - p.second_demand, p.second_demand)  # the first side concedes
    for k in range(periods):
        late = ends((k + 0.5) * h, p.first_demand, 1 - p.first_demand)
        paid = (m * where(s.held <= k, a, b) for m, a, b in zip(mine, early, late, strict=True))
        yield Action(
            f"until {k}", legal=s.second == RATIONAL, ends=dict(zip(("first", "second"), paid, strict=True))
        )
    paid = (m * where(s.held < periods, a, 0.0) for m, a in zip(mine, early, strict=True))
    yield Action(
        "for ever", legal=s.second == OBSTINATE, ends=dict(zip(("first", "second"), paid, strict=True))
    )


def game(periods: int = 20) -> Game:
    """Nature, then both decide how long to hold out; neither sees what the other decided."""
    from detente.engine.game import Chance, Decision, Game, Variable

    return Game(
        players=("first", "second"),
        variables=(
            Variable("first", 2, ("rational", "obstinate"), known_to=("first",)),
            Variable("second", 2, ("rational", "obstinate"), known_to=("second",)),
            Variable("held", periods + 1, known_to=("first",)),
        ),
        stages=(
            Chance("types", types),
            Decision("first holds out", "first", partial(first_holds_out, periods)),
            Decision("second holds out", "second", partial(second_holds_out, periods)),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """Concessions at the first opportunity, their rate at the second, and the last of them."""
    import jax.numpy as jnp

    from detente.forms import clip, where

    periods = first.tree.game.variables[2].size - 1
    h, last, found = p.span / periods, 0.0, {}
    for side, rate, shift in (("first", p.first_obstinate, 0.0), ("second", p.second_obstinate, 0.5)):
        given = [first.taken(f"{side} holds out", f"until {k}") for k in range(periods)]
        found[f"{side}_value"] = first.value(side) / (1 - rate)
        found[f"{side}_mass"] = given[0]
        found[f"{side}_hazard"] = -jnp.log1p(-given[1] / (1 - given[0])) / h
        for k, x in enumerate(given):
            last = clip(where(x > SURE, (k + shift) * h, 0.0), last, None)
    return {**found, "complete": last}


def reputations(p: Any) -> list[float]:
    """When each side's reputation would be complete if it did not concede at the start."""
    rest = p.first_demand + p.second_demand - 1
    first = p.second_rate * (1 - p.first_demand) / rest
    second = p.first_rate * (1 - p.second_demand) / rest
    return [-log(p.first_obstinate) / first, -log(p.second_obstinate) / second]


MODEL = Model(
    name="abreu_gul2000",
    title="Reputational bargaining: a war of attrition between sides that may never give in",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    settings={"periods": 20},
    sources=("After Abreu, D. & Gul, F. (2000), Bargaining and Reputation, Econometrica 68(1):85-117",),
    conditions=(
        Condition("first_demand + second_demand > 1", lambda p: p.first_demand + p.second_demand > 1),
        Condition("min(T₁, T₂) ≤ 0.9·span", lambda p: min(reputations(p)) <= 0.9 * p.span),
    ),
    picture=Picture(
        title="What each rational side gets, by how likely the first is to be obstinate",
        x=Sweep("first_obstinate", 0.02, 0.5, 25),
        y=("first_value", "second_value"),
        y_title="share",
    ),
)
