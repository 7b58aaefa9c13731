"""Shifting power: whether any peaceful path exists, when both sides know how power will move.

After Powell (2006), War as a Commitment Problem, International Organization 60(1):169-203, and (2004), The
Inefficient Use of Power, American Political Science Review 98(2):231-241; Krainin (2017), Preventive War as a
Result of Long-Term Shifts in Power, Political Science Research and Methods 5(1):103-121.

Players: A and B. They divide a stake of 1 a year.
Information: everything is known to both, the path p_t of A's probability of winning included.
Order of moves: not given; the question is whether any path of shares in [0, 1] lets both sides prefer peace
at every date, whoever proposes it. Each side's security is found as a game of its own: one side has nothing
until it fights, and chooses each year whether to fight or to wait; the other has the stake meanwhile.
Pay-offs: a war at date t is worth M_A(t) = p_t·V − c_A to A, M_B(t) = (1 − p_t)·V − c_B to B, V = 1/(1−δ).
Equilibrium: W_i(t) = max over T ≥ 0 of δ^T·M_i(t+T), or 0, is what side i secures at t by choosing when to
fight. A peaceful path exists if and only if W_A(t) + M_B(t) ≤ V and M_A(t) + W_B(t) ≤ V at every date t,
which is the same as W_A(t) + W_B(t) ≤ V at every date. The slack is the smallest of V − W_A(t) − W_B(t).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Game

YEARS = 60
"""After as many years power does not move any more: to follow one more is as good as following all."""

A, B = 0, 1
NOW, WHEN_IT_LIKES = 0, 1
LUMP = "years of stake"

PARAMETERS = (
    parameter("discount", "Weight of next year against this year", "a year", "[0, 1)", 0.95),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", LUMP, "[0, inf)", 0.0
    ),
    parameter(
        "horizon", "Years that are followed", "years", f"[{YEARS + 1}, 200] whole", YEARS + 1, static=True
    ),
    parameter("power", "Probability that A wins a war today", "probability", "[0, 1]", 0.3),
    parameter("later_power", "What it will be once the shift is over", "probability", "[0, 1]", 0.8),
    parameter("power_shift", "How much of the shift happens in a year", "probability", "[0, 1]", 0.04),
    parameter("a_war_cost", "What a war costs A", LUMP, "[0, inf)", 1.0),
    parameter("b_war_cost", "What a war costs B", LUMP, "[0, inf)", 1.0),
)

OUTCOMES = (
    Outcome("peaceful_path", "Whether a peaceful path exists (1) or none (0)", "1 or 0"),
    Outcome("slack", "The stake less what both secure, at the date when it is least", LUMP),
    Outcome("binding_date", "The date when it is least, counted from 0", "years"),
    Outcome("binding_delay", "How long a side would wait there before it fights", "years", optional=True),
    Outcome("binding_side", "Which side would wait there", "side", labels=("neither", "A", "B")),
    Outcome("one_year_slack", "The same if nobody could wait for more than one year", LUMP),
    Outcome("a_secures", "What A secures today by choosing when to fight", "stake for ever"),
    Outcome("b_secures", "What B secures today by choosing when to fight", "stake for ever"),
)


def power(s: Any, p: Any) -> Any:
    """A's probability of winning: it moves by as much every year until it is what it will be."""
    from detente.forms import clip

    shift = p.later_power - p.power
    return p.power + clip(shift, -p.power_shift * s.date, p.power_shift * s.date)


def choose(side: int, path: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Iterator[Action]]:
    """A side that has nothing waits or fights; it may have to fight now. The other does nothing."""

    def actions(s: Any, p: Any) -> Iterator[Action]:
        from detente.engine.game import Action

        lump, won = 1 - p.discount, path(s, p)
        worth = {"A": won - lump * p.a_war_cost, "B": 1 - won - lump * p.b_war_cost}
        yield Action("wait", legal=(s.deprived != side) | (s.fights == WHEN_IT_LIKES))
        yield Action("fight", legal=s.deprived == side, ends=worth, when_tied=True)

    return actions


def game(path: Callable[[Any, Any], Any] = power, years: int = YEARS) -> Game:
    """One side has nothing until it fights, at every date, now or when it likes.

    Args:
        path: ``path(s, p)`` → A's probability of winning at date ``s.date``.
        years: After as many the path stays where it is.
    """
    import numpy as np

    from detente.engine.game import Accounting, Branch, Chance, Decision, Game, Variable

    return Game(
        players=("A", "B"),
        variables=(
            Variable("deprived", 2, ("A", "B")),
            Variable("fights", 2, ("now", "when it likes")),
            Variable("date", years + 1),
        ),
        stages=(
            Decision("A", "A", choose(A, path)),
            Decision("B", "B", choose(B, path)),
            Accounting("year", lambda s, p: {"A": 1.0 * (s.deprived == B), "B": 1.0 * (s.deprived == A)}),
            Chance("shift", lambda s, p: (Branch(1.0, {"date": np.minimum(s.date + 1, years)}),)),
        ),
        start=lambda p: {"deprived": A, "fights": WHEN_IT_LIKES, "date": 0},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What each side secures at every date, and the date when the stake is scarcest."""
    from detente.forms import where

    def by_date(x: Any, side: int, fights: int) -> Any:  # the axes are the three variables, belief, batch
        return x[side, fights, :, 0]

    now = [by_date(first.values[i], i, NOW) for i in (A, B)]
    best = [by_date(first.values[i], i, WHEN_IT_LIKES) for i in (A, B)]
    shortages = best[A] + best[B] - 1
    shortage = shortages.max(axis=0)
    date = (shortages >= shortage - 1e-12).argmax(axis=0)  # the first of equals
    waits = []
    for i, name in enumerate(("A", "B")):
        fights = by_date(first.probability[name]["fight"], i, WHEN_IT_LIKES)
        waits.append(_delay(fights, date))
    neither = (waits[A] == 0) & (waits[B] == 0)

    one_year = (now[A] + now[B] - 1).max(axis=0)
    for i in (A, B):  # one waits, the other could fight now; the last date stands for all later ones
        other = now[1 - i]
        before_the_last = (p.discount * now[i][1:] + other[:-1] - 1).max(axis=0)
        at_the_last = p.discount * now[i][-1] + other[-1] - 1
        for x in (before_the_last, at_the_last):
            one_year = where(x > one_year, x, one_year)
    return {
        "peaceful_path": where(shortage <= 1e-12, 1.0, 0.0),
        "slack": -shortage / (1 - p.discount),
        "binding_date": 1.0 * date,
        "binding_delay": where(waits[A] == 0, waits[B], waits[A]),
        "binding_side": where(neither, 0.0, where(waits[A] == 0, 2.0, 1.0)),
        "one_year_slack": -one_year / (1 - p.discount),
        "a_secures": best[A][0],
        "b_secures": best[B][0],
    }


def _delay(fights: Any, date: Any) -> Any:
    """Years from a date until a side that has nothing fights, as expected; not a number if it never does.

    Args:
        fights: Its probability of fighting by date, shape [date, batch].
        date: The date, shape [batch].
    """
    from detente.forms import where

    never = fights[-1] < 1e-9
    delay = where(never, float("nan"), (1 - fights[-1]) / where(never, 1.0, fights[-1]))
    found = delay
    for t in reversed(range(fights.shape[0] - 1)):
        delay = where(fights[t] > 1 - 1e-9, 0.0, (1 - fights[t]) * (1 + delay))
        found = where(date == t, delay, found)
    return found


MODEL = Model(
    name="powell2006",
    title="Shifting power: whether any peaceful path exists",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    decisive="slack",
    sources=(
        "Powell, R. (2006), War as a Commitment Problem, International Organization 60(1):169-203",
        "Powell, R. (2004), The Inefficient Use of Power: Costly Conflict with Complete Information, "
        "American Political Science Review 98(2):231-241",
        "Krainin, C. (2017), Preventive War as a Result of Long-Term Shifts in Power, Political Science "
        "Research and Methods 5(1):103-121",
    ),
    conditions=(
        Condition(
            f"|later_power − power| ≤ {YEARS} · power_shift, or power_shift = 0",
            lambda p: p.power_shift == 0 or abs(p.later_power - p.power) <= YEARS * p.power_shift + 1e-9,
        ),
    ),
    picture=Picture(
        title="A peaceful path exists where the slack is not negative; waiting for one year alone tells less",
        x=Sweep("power_shift", 0.01, 0.1),
        y=("slack", "one_year_slack"),
        y_title="years of stake",
    ),
)
