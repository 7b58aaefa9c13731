"""Two reasons why no division is peaceful: striking first is an advantage, or the stake cannot be divided.

After Fearon (1995), Rationalist Explanations for War, International Organization 49(3):379-414.

Players: A and B. A stake of 1 is divided, x = `share` to A; or it goes to one side whole.
Information: everything is known to both.
Order of moves: A strikes or waits; if it waits, B strikes or waits; if both wait, each keeps what it has.
Pay-offs: A wins with probability p_f = `first_strike_power` if A strikes first, with p_s =
`second_strike_power` if B does. A war is worth p − c_A to A and 1 − p − c_B to B.
Equilibrium: no side strikes if and only if p_f − c_A ≤ x ≤ p_s + c_B. Such a share exists if and only if
p_f − p_s ≤ c_A + c_B. If the stake must go to one side whole, there is peace if and only if p_f ≤ c_A (B
takes it) or 1 − p_s ≤ c_B (A takes it). A side that is indifferent waits.

The state is what A has: nothing, its share, or everything. The two extremes show what each side can secure by
striking, and with that the range of peaceful shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

UNIT = "share of the stake"
NOTHING, SHARE, EVERYTHING = range(3)

PARAMETERS = (
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
    parameter(
        "first_strike_power", "Probability that A wins if A strikes first", "probability", "[0, 1]", 0.55
    ),
    parameter(
        "second_strike_power", "Probability that A wins if B strikes first", "probability", "[0, 1]", 0.5
    ),
    parameter("a_war_cost", "What a war costs A", UNIT, "[0, inf)", 0.1),
    parameter("b_war_cost", "What a war costs B", UNIT, "[0, inf)", 0.1),
    parameter("share", "A's share if the stake is divided", UNIT, "[0, 1]", 0.5),
)

OUTCOMES = (
    Outcome("lowest_share", "The least that A has to get, not to strike", UNIT),
    Outcome("highest_share", "The most that A can get without B striking", UNIT),
    Outcome("room", "Width of the range of peaceful shares; negative: none", UNIT),
    Outcome("peaceful_share_exists", "Whether some share is peaceful (1) or none (0)", "1 or 0"),
    Outcome("war", "Probability of war at A's share", "probability"),
    Outcome("a_strikes", "Probability that A strikes at its share", "probability"),
    Outcome("b_strikes", "Probability that B strikes at A's share, if A waits", "probability"),
    Outcome("war_if_a_takes_all", "Probability of war if the whole stake goes to A", "probability"),
    Outcome("war_if_b_takes_all", "Probability of war if the whole stake goes to B", "probability"),
    Outcome(
        "war_if_indivisible",
        "Probability of war if it goes to the side with which war is less likely",
        "probability",
    ),
    Outcome("a_value", "Value of the game to A at its share", UNIT),
    Outcome("b_value", "Value of the game to B at A's share", UNIT),
)


def fighting(p: Any, power: Any) -> dict[str, Any]:
    """What a war is worth in which A wins with this probability."""
    return {"A": power - p.a_war_cost, "B": 1 - power - p.b_war_cost}


def first(s: Any, p: Any) -> Iterator[Action]:
    """A waits, or strikes first."""
    from detente.engine.game import Action

    yield Action("wait", when_tied=True)
    yield Action("strike", ends=fighting(p, p.first_strike_power))


def second(s: Any, p: Any) -> Iterator[Action]:
    """B waits, or strikes first, so that A is the second."""
    from detente.engine.game import Action

    yield Action("wait", when_tied=True)
    yield Action("strike", ends=fighting(p, p.second_strike_power))


def peace(s: Any, p: Any) -> dict[str, Any]:
    """What each side has, if nobody struck."""
    share = (s.held == SHARE) * p.share + (s.held == EVERYTHING)
    return {"A": share, "B": 1 - share}


def game() -> Game:
    """Two decisions to strike, at three divisions of the stake."""
    from detente.engine.game import Accounting, Decision, Game, Variable

    return Game(
        players=("A", "B"),
        variables=(Variable("held", 3, ("nothing", "share", "everything")),),
        stages=(
            Decision("A", "A", first),
            Decision("B", "B", second),
            Accounting("peace", peace),
        ),
        start=lambda p: {"held": SHARE},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What each side secures at the extremes, and what happens at A's share."""
    from detente.forms import where

    def war(held: int) -> Any:
        waits = first.choice("A", "wait", held=held) * first.choice("B", "wait", held=held)
        return 1 - waits

    lowest = first.at(first.before["A"][0], held=NOTHING)
    highest = 1 - first.at(first.before["B"][1], held=EVERYTHING)
    a_takes, b_takes = war(EVERYTHING), war(NOTHING)
    return {
        "lowest_share": lowest,
        "highest_share": highest,
        "room": highest - lowest,
        "peaceful_share_exists": where(highest - lowest >= -1e-12, 1.0, 0.0),
        "war": war(SHARE),
        "a_strikes": first.choice("A", "strike", held=SHARE),
        "b_strikes": first.choice("B", "strike", held=SHARE),
        "war_if_a_takes_all": a_takes,
        "war_if_b_takes_all": b_takes,
        "war_if_indivisible": where(a_takes < b_takes, a_takes, b_takes),
        "a_value": first.value("A"),
        "b_value": first.value("B"),
    }


MODEL = Model(
    name="fearon1995_first_strike",
    title="First-strike advantage and indivisible stakes: when no division is peaceful",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    decisive="room",
    sources=(
        "Fearon, J. D. (1995), Rationalist Explanations for War, International Organization 49(3):379-414",
    ),
    picture=Picture(
        title="Shares that are peaceful lie between the lines, as long as these have not crossed",
        x=Sweep("first_strike_power", 0.4, 0.8),
        y=("lowest_share", "highest_share"),
        y_title="A's share of the stake",
    ),
)
