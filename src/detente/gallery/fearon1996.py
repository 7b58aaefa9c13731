"""Salami tactics: bargaining over objects that influence future bargaining power.

After Fearon (1996), Bargaining over Objects that Influence Future Bargaining Power, unpublished, and Schwarz
and Sonin (2008), A Theory of Brinkmanship, Conflicts, and Commitments, Journal of Law, Economics, and
Organization 24(1):163-183; own normalisation.

Players: A, which makes every demand, and B.
Information: everything is known to both.
Order of moves, every year: A, which holds the share x, demands a share y. B accepts, and A holds y from this
year on; or B fights.
Pay-offs: who holds a share of the stake gets as much a year. A wins a war with probability p(x) = a + b·x,
and more by `fort_power` from x̂ = `fort_share` on. A war ends the game and is worth p(x)·V − c_A to A and
(1 − p(x))·V − c_B to B, V = 1/(1−δ); costs are paid once, in years of stake.
Equilibrium without a fort: no war; B is held to what war would give it, (1−δ)·y + δ·p(y) = p(x) + (1−δ)²·c_B,
and the share creeps up to the x at which x = p(x) + (1−δ)·c_B.
With a fort that raises p from p_lo to p_hi (b = 0), starting below it: war if and only if A cannot buy it,
δ·(p_hi − p_lo) > (1−δ)·(p_lo − x̂) + (1−δ)²·c_B, and rather fights than stops short, p_lo − x̂ > (1−δ)·c_A.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game, Terms

LUMP = "years of stake"

PARAMETERS = (
    parameter("discount", "Weight of next year against this year", "a year", "[0, 1)", 0.9),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", LUMP, "[0, inf)", 0.0
    ),
    parameter("horizon", "Years that are played", "years", "[1, 400] whole", 60, static=True),
    parameter("share", "A's share at the start", "share of the stake", "[0, 1]", 0.2),
    parameter("power_base", "Probability that A wins if it holds nothing", "probability", "[0, 1]", 0.25),
    parameter("power_slope", "What holding everything adds to it, evenly", "probability", "[0, 1]", 0.6),
    parameter("fort_share", "Share from which on A holds the fort", "share of the stake", "[0, 1]", 0.5),
    parameter("fort_power", "What holding the fort adds at once", "probability", "[0, 1]", 0.0),
    parameter("a_war_cost", "What a war costs A", LUMP, "[0, inf)", 0.3),
    parameter("b_war_cost", "What a war costs B", LUMP, "[0, inf)", 0.3),
)

OUTCOMES = (
    Outcome("war", "Probability of war in the first year", "probability"),
    Outcome("war_within", "Probability of war within n years", "probability", yearly=True),
    Outcome(
        "share_after",
        "A's share after n years, given no war",
        "share of the stake",
        yearly=True,
        optional=True,
    ),
    Outcome("a_value", "Value of the game to A", "stake for ever"),
    Outcome("b_value", "Value of the game to B", "stake for ever"),
)


def game(shares: int = 120) -> Game:
    """A demand a year over a grid of shares.

    Args:
        shares: Steps of the grid from nothing to everything.
    """
    from detente.engine.game import Accounting, Action, Count, Game, Level, Offer, Terms, Variable

    def demands(s: Any, p: Any) -> Iterator[Terms]:
        for y in range(shares + 1):
            yield Terms(f"share {y}", to={"held": y})

    def otherwise(s: Any, p: Any) -> Iterator[Action]:
        held = s.held / shares
        power = p.power_base + p.power_slope * held + p.fort_power * (held >= p.fort_share - 1e-9)
        year = 1 - p.discount
        yield Action("fight", ends={"A": power - year * p.a_war_cost, "B": 1 - power - year * p.b_war_cost})

    return Game(
        players=("A", "B"),
        variables=(Variable("held", shares + 1),),
        stages=(
            Offer("demand", "A", "B", demands, otherwise),
            Accounting("year", lambda s, p: {"A": s.held / shares, "B": 1 - s.held / shares}),
        ),
        start=lambda p: {"held": (p.share * shares + 0.5) // 1},
        tallies=(
            Count("war_within", "demand", "fight"),
            Level("share_after", lambda s: s.held / shares),
        ),
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """War in the first year, and values."""
    return {
        "war": first.choice("demand", "fight"),
        "a_value": first.value("A"),
        "b_value": first.value("B"),
    }


MODEL = Model(
    name="fearon1996",
    title="Salami tactics: bargaining over objects that influence future bargaining power",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    settings={"shares": 120},
    shown=("share_after", "war_within"),
    sources=(
        "Fearon, J. D. (1996), Bargaining over Objects that Influence Future Bargaining Power, unpublished",
        "Schwarz, M. & Sonin, K. (2008), A Theory of Brinkmanship, Conflicts, and Commitments, Journal of "
        "Law, Economics, and Organization 24(1):163-183",
    ),
    conditions=(
        Condition(
            "power_base + power_slope + fort_power + (1 − discount) · b_war_cost ≤ 1",
            lambda p: (
                p.power_base + p.power_slope + p.fort_power + (1 - p.discount) * p.b_war_cost <= 1 + 1e-12
            ),
        ),
    ),
    picture=Picture(
        title="The salami, sliced: A's share, year after year",
        y=("share_after",),
        path=True,
        y_title="A's share of the stake",
    ),
)
