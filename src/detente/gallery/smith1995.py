"""Alliance reliability: whether the ally comes, and which alliances are tested in war.

After Smith (1995), Alliance Formation and War, International Studies Quarterly 39(4):405-425; own
normalisation.

Players: the attacker (A), the defender (B) and the defender's ally (C).
Information: everybody sees the treaty and the attacker's cost k_A; the ally alone learns its own cost
k_C.
Order of moves: nature draws the treaty's cost of violation a and k_A; A attacks or not; B resists or
yields; nature draws k_C; C intervenes or stays out.
Pay-offs (A, B, C): no attack (0, 1, v); B yields (1 − k_A, 0, 0); C intervenes (r − k_A, 1 − r − k_B, v(1
− r) − k_C); C stays out (q − k_A, 1 − q − k_B, v(1 − q) − a). q = `power_alone`, r = `power_together`, v
= `ally_interest`, k_B = `defender_war_cost`. Uniform: k_A up to K_A = `highest_attack_cost`, k_C on [0,
K], K = `highest_ally_cost`, a around `violation_cost`.
Equilibrium: reliability π = min{1, ((q − r)v + a)/K}; an attack wins with w = πr + (1 − π)q; B resists if
and only if 1 − w ≥ k_B; Pr(attack) = w/K_A; a known k_A is deterred if and only if π ≥ (q − k_A)/(q − r).
With π uniform on [0, 1] over treaties, E[π | attack] = (q/2 − D/3)/(q − D/2) < ½, D = q − r: war picks
the unreliable.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game

UNIT = "share of the stake"

PARAMETERS = (
    parameter(
        "power_alone", "Probability that an attack on the defender alone wins", "probability", "[0, 1]", 0.7
    ),
    parameter("power_together", "The same if the ally intervenes", "probability", "[0, 1]", 0.4),
    parameter("ally_interest", "What the defender's stake is worth to the ally", "stake", "[0, inf)", 0.5),
    parameter(
        "violation_cost", "What staying out costs the ally, by treaty: the middle", UNIT, "[0, inf)", 0.0
    ),
    parameter("violation_spread", "How far treaties differ from it either way", UNIT, "[0, inf)", 0.0),
    parameter("highest_ally_cost", "The most that intervening may cost the ally", UNIT, "(0, inf)", 0.5),
    parameter("defender_war_cost", "What a war costs the defender", UNIT, "[0, inf)", 0.3),
    parameter("lowest_attack_cost", "The least that an attack may cost the attacker", UNIT, "[0, inf)", 0.0),
    parameter("highest_attack_cost", "The most that an attack may cost the attacker", UNIT, "[0, inf)", 1.0),
    parameter(
        "noise", "Scale of what moves a choice besides the pay-offs; 0: best replies", UNIT, "[0, inf)", 0.0
    ),
)

OUTCOMES = (
    Outcome("attacker_value", "Value of the game to the attacker, before it knows its cost", UNIT),
    Outcome("defender_value", "Value of the game to the defender", UNIT),
    Outcome("ally_value", "Value of the game to the ally", UNIT),
    Outcome("reliability", "Probability that the ally would intervene, over all treaties", "probability"),
    Outcome("attack", "Probability of an attack", "probability"),
    Outcome("war", "Probability of an attack that is resisted", "probability"),
    Outcome(
        "reliability_if_attacked",
        "Probability that the ally would intervene, over the treaties of those who are attacked",
        "probability",
        optional=True,
    ),
)


def middle(k: Any, low: Any, high: Any, n: int) -> Any:
    """Midpoint of part k of n of an interval."""
    return low + (k + 0.5) / n * (high - low)


def sign(s: Any, p: Any, treaties: int) -> Iterator[Branch]:
    """Nature draws the treaty."""
    from detente.engine.game import Branch

    for m in range(treaties):
        yield Branch(1 / treaties, {"treaty": m})


def price(s: Any, p: Any, types: int) -> Iterator[Branch]:
    """Nature draws what an attack costs."""
    from detente.engine.game import Branch

    for k in range(types):
        yield Branch(1 / types, {"attack_cost": k})


def attack(s: Any, p: Any, types: int) -> Iterator[Action]:
    """The attacker attacks, or not. What it costs is paid, and no longer matters."""
    from detente.engine.game import Action

    k = middle(s.attack_cost, p.lowest_attack_cost, p.highest_attack_cost, types)
    peace = {"attacker": 0.0, "defender": 1.0, "ally": p.ally_interest}
    yield Action("peace", ends=peace, when_tied=True)
    yield Action("attack", pays={"attacker": -k}, to={"attack_cost": 0})


def resist(s: Any, p: Any) -> Iterator[Action]:
    """The defender resists, or yields."""
    from detente.engine.game import Action

    yield Action("resist", when_tied=True)
    yield Action("yield", ends={"attacker": 1.0, "defender": 0.0, "ally": 0.0})


def call(s: Any, p: Any, types: int) -> Iterator[Branch]:
    """The ally learns what intervening would cost it."""
    from detente.engine.game import Branch

    for k in range(types):
        yield Branch(1 / types, {"ally_cost": k})


def assist(s: Any, p: Any, treaties: int, types: int) -> Iterator[Action]:
    """The ally intervenes, or stays out and breaks the treaty."""
    from detente.engine.game import Action

    def fought(won: Any, paid: Any) -> dict[str, Any]:
        rescued = p.ally_interest * (1 - won)
        return {"attacker": won, "defender": 1 - won - p.defender_war_cost, "ally": rescued - paid}

    spread = p.violation_spread
    broken = middle(s.treaty, p.violation_cost - spread, p.violation_cost + spread, treaties)
    yield Action(
        "intervene",
        ends=fought(p.power_together, middle(s.ally_cost, 0.0, p.highest_ally_cost, types)),
        when_tied=True,
    )
    yield Action("stay out", ends=fought(p.power_alone, broken))


def game(treaties: int = 25, types: int = 50) -> Game:
    """An attack, a reply to it, and an ally that is called."""
    from detente.engine.game import Chance, Decision, Game, Variable

    return Game(
        players=("attacker", "defender", "ally"),
        variables=(
            Variable("treaty", treaties),
            Variable("attack_cost", types),
            Variable("ally_cost", types, known_to=("ally",)),
        ),
        stages=(
            Chance("sign", partial(sign, treaties=treaties)),
            Chance("price", partial(price, types=types)),
            Decision("attack", "attacker", partial(attack, types=types)),
            Decision("resist", "defender", resist),
            Chance("call", partial(call, types=types)),
            Decision("assist", "ally", partial(assist, treaties=treaties, types=types)),
        ),
        start=lambda p: {},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """What is asked for at the start."""
    from detente.forms import where

    treaties = range(first.game.variables[0].size)
    attacked = [first.taken("attack", "attack", treaty=m) for m in treaties]
    comes = [first.choice("assist", "intervene", treaty=m) for m in treaties]
    total = sum(attacked)
    known = total > 1e-9
    tested = sum(x * y for x, y in zip(attacked, comes, strict=True)) / where(known, total, 1.0)
    return {
        "attacker_value": first.value("attacker"),
        "defender_value": first.value("defender"),
        "ally_value": first.value("ally"),
        "reliability": sum(comes) / len(treaties),
        "attack": total,
        "war": first.taken("resist", "resist"),
        "reliability_if_attacked": where(known, tested, float("nan")),
    }


MODEL = Model(
    name="smith1995",
    title="Alliance reliability: whether the ally comes, and which alliances are tested",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    settings={"treaties": 25, "types": 50},
    answer=answer,
    conditions=(
        Condition("power_together ≤ power_alone", lambda p: p.power_together <= p.power_alone),
        Condition("violation_spread ≤ violation_cost", lambda p: p.violation_spread <= p.violation_cost),
        Condition(
            "lowest_attack_cost ≤ highest_attack_cost",
            lambda p: p.lowest_attack_cost <= p.highest_attack_cost,
        ),
    ),
    picture=Picture(
        "A dearer breach makes the ally reliable, and attacks rarer",
        x=Sweep("violation_cost", 0.0, 0.5),
        y=("reliability", "attack"),
    ),
    sources=(
        "After Smith, A. (1995), Alliance Formation and War, International Studies Quarterly 39(4):405-425.",
        "Snyder, G. H. (1984), The Security Dilemma in Alliance Politics, World Politics 36(4):461-495.",
    ),
)
