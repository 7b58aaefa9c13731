"""Costly signals: tying hands against sinking costs.

After Fearon, J. D. (1997), Signaling Foreign Policy Interests: Tying Hands versus Sinking Costs, Journal of
Conflict Resolution 41(1):68-90; own normalisation.

Players: the defender of a good, and a challenger.
Information: the defender alone knows what the good is worth to it, v, uniform on N values. The challenger
is resolute with probability g, otherwise weak.
Order of moves: the defender is silent or sends a signal of some level m. The challenger refrains or
challenges. Challenged, the defender concedes or fights.
Pay-offs: unchallenged the defender gets v, in war p·v − c, and 0 if it concedes. A signal that sinks costs
takes m in any case, one that ties hands takes m if the defender concedes. The challenger gets 1 from a
concession and 0 otherwise; a resolute one challenges in any case, a weak one if there is any chance of a
concession.
Equilibrium (continuum): defenders with v ≥ v* signal m* and fight if challenged, the others are silent and
concede. Sinking costs: v* = c/p, m* = (1 − g)c/p. Tying hands: v* = gc/(1 − g + gp), m* = c(1 − g)/(1 − g +
gp). Pr(war) = g(1 − v*/v̄).
Discretisation: one level for each type: the most that it would be willing to sink, or what just ties its
hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game

WEAK, RESOLUTE = 0, 1
SINKING, TYING = 0, 1
SURE = 1e-6
"""Least probability with which a level counts as sent."""

UNIT = "utility"

PARAMETERS = (
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
    parameter(
        "signal", "What a signal does", "word", "[0, 1] whole", 0, labels=("sinks costs", "ties hands")
    ),
    parameter("victory", "Probability that the defender wins a war (p)", "probability", "(0, 1)", 0.5),
    parameter("war_cost", "What a war costs the defender (c)", UNIT, "(0, inf)", 0.3),
    parameter("lowest_value", "Lowest value of the good to the defender", UNIT, "[0, inf)", 0.0),
    parameter("highest_value", "Highest value of the good to the defender (v̄)", UNIT, "(0, inf)", 1.0),
    parameter("resolute", "Probability that the challenger is resolute (g)", "probability", "(0, 1)", 0.3),
)

OUTCOMES = (
    Outcome("threshold", "Value of the good from which on the defender signals (v*)", UNIT),
    Outcome("level", "Lowest level that is sent (m*); none if nobody signals", UNIT, optional=True),
    Outcome("bluff", "Probability that who signalled concedes, if challenged", "probability", optional=True),
    Outcome("war", "Probability of war", "probability"),
    Outcome("defender_value", "Value of the game to a defender that does not know v yet", UNIT),
    Outcome("equilibria_found", "Different equilibria found", "number"),
)


def worth(types: int, k: Any, p: Any) -> Any:
    """The value of the good to type k: the middle of its cell."""
    return p.lowest_value + (k + 0.5) / types * (p.highest_value - p.lowest_value)


def level(types: int, k: int, p: Any) -> Any:
    """The level that goes with type k.

    If costs are sunk: at which it is indifferent between silence, which is always challenged, and
    signalling, if that keeps weak challengers away. If hands are tied: at which it is indifferent between
    fighting and conceding.
    """
    from detente.forms import clip, where

    v = worth(types, k, p)
    war = p.victory * v - p.war_cost
    return where(p.signal == SINKING, (1 - p.resolute) * (v - clip(war, 0.0, None)), clip(-war, 0.0, None))


def nature(types: int, s: Any, p: Any) -> Iterator[Branch]:
    """The value of the good to the defender."""
    from detente.engine.game import Branch

    for k in range(types):
        yield Branch(1 / types, {"value": k})


def signal(types: int, s: Any, p: Any) -> Iterator[Action]:
    """The defender is silent, also if it is indifferent, or sends one of the levels."""
    from detente.engine.game import Action
    from detente.forms import where

    yield Action("silent", when_tied=True)
    for k in range(types):
        sunk = where(p.signal == SINKING, level(types, k, p), 0.0)
        yield Action(f"level {k}", to={"level": k + 1}, pays={"defender": -sunk})


def meeting(s: Any, p: Any) -> Iterator[Branch]:
    """Whom the defender has to do with. That it sees this changes nothing: it fights either or neither."""
    from detente.engine.game import Branch

    yield Branch(1 - p.resolute, {"challenger": WEAK})
    yield Branch(p.resolute, {"challenger": RESOLUTE})


def challenge(types: int, s: Any, p: Any) -> Iterator[Action]:
    """A weak challenger refrains, also if it is indifferent, or challenges; a resolute one challenges."""
    from detente.engine.game import Action

    kept = {"defender": worth(types, s.value, p)}
    yield Action("refrain", legal=s.challenger == WEAK, ends=kept, when_tied=True)
    yield Action("challenge")


def fight(types: int, s: Any, p: Any) -> Iterator[Action]:
    """The defender concedes and breaks its word, or fights, also if it is indifferent."""
    from detente.engine.game import Action
    from detente.forms import where

    tied = 0.0 * p.war_cost
    for k in range(types):
        tied = where((s.level == k + 1) & (p.signal == TYING), level(types, k, p), tied)
    yield Action("concede", ends={"challenger": 1.0, "defender": -tied})
    war = p.victory * worth(types, s.value, p) - p.war_cost
    yield Action("fight", ends={"challenger": 0.0, "defender": war}, when_tied=True)


def understood(k: int, s: Any) -> Any:
    """Level k is the signal that keeps weak challengers away, and the only one."""
    import numpy as np

    return np.where((s.level == k + 1) & (s.challenger == WEAK), "refrain", "challenge")


def lowest_sent(first: Any, p: Any) -> Any:
    """The lowest level that is sent; infinite if nobody signals."""
    from detente.forms import clip, where

    types, lowest = first.tree.game.variables[0].size, float("inf")
    for k in range(types):
        sent = first.taken("signal", f"level {k}") > SURE
        lowest = clip(where(sent, level(types, k, p), float("inf")), None, lowest)
    return lowest


def wanted(first: Any, p: Any) -> Any:
    """The defender's value, and of equilibria that are worth the same the one with the lowest level."""
    from detente.forms import clip

    return first.value("defender") - SURE * clip(lowest_sent(first, p), None, p.highest_value + p.war_cost)


def game(types: int = 5) -> Game:
    """Nature, then three decisions."""
    from detente.engine.game import Chance, Convention, Decision, Game, Variable

    return Game(
        players=("defender", "challenger"),
        variables=(
            Variable("value", types, known_to=("defender",)),
            Variable("challenger", 2, ("weak", "resolute")),
            Variable("level", types + 1),
        ),
        stages=(
            Chance("nature", partial(nature, types)),
            Decision("signal", "defender", partial(signal, types)),
            Chance("meeting", meeting),
            Decision("challenge", "challenger", partial(challenge, types)),
            Decision("fight", "defender", partial(fight, types)),
        ),
        start=lambda p: {},
        conventions=tuple(
            Convention(f"level {k}", {"challenge": partial(understood, k)}) for k in range(types)
        ),
        prefer=wanted,
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """Who is silent, which levels are sent, and what follows."""
    from detente.forms import where

    types = first.tree.game.variables[0].size
    silent = first.taken("signal", "silent")
    met = sum(first.reach("fight", level=k + 1) for k in range(types))
    conceded = sum(first.taken("fight", "concede", level=k + 1) for k in range(types))
    signals = silent < 1 - SURE
    return {
        "threshold": p.lowest_value + silent * (p.highest_value - p.lowest_value),
        "level": where(signals, lowest_sent(first, p), float("nan")),
        "bluff": where(signals, conceded / where(signals, met, 1.0), float("nan")),
        "war": first.taken("fight", "fight"),
        "defender_value": first.value("defender"),
    }


def threshold(p: Any) -> float:
    """v* of the continuum: beyond it there would be nobody to signal."""
    if p.signal == SINKING:
        return p.war_cost / p.victory
    return p.resolute * p.war_cost / (1 - p.resolute + p.resolute * p.victory)


MODEL = Model(
    name="fearon1997",
    title="Costly signals: tying hands against sinking costs",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    settings={"types": 5},
    sources=(
        "After Fearon, J. D. (1997), Signaling Foreign Policy Interests: Tying Hands versus Sinking Costs, "
        "Journal of Conflict Resolution 41(1):68-90",
        "Cho, I.-K. & Kreps, D. M. (1987), Signaling Games and Stable Equilibria, Quarterly Journal of "
        "Economics 102(2):179-221",
    ),
    conditions=(
        Condition("lowest_value < highest_value", lambda p: p.lowest_value < p.highest_value),
        Condition("v* < highest_value", lambda p: threshold(p) < p.highest_value),
    ),
    picture=Picture(
        title="War, by how often a challenger is resolute, if signals sink costs or tie hands",
        x=Sweep("resolute", 0.1, 0.9, 13),
        y=("war",),
        by=("signal", (0, 1)),
    ),
    selection=(
        "Of those found the one that is best for the defender. It is the one that criterion D1 leaves: that "
        "all are silent is an equilibrium too, but rests on taking a signal for one that anybody might send."
    ),
)
