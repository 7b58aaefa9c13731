"""Transparency against security: monitoring makes cheating detectable, and the monitored side weaker.

After Coe and Vaynman (2020), Why Arms Control Is So Rare, American Political Science Review 114(2):342-355;
own reduced form.

Players: D, which proposes deals, and R, which could arm.
Information: cheating is seen if it is detected, or in its effect a year later; all else is known to both.
Order of moves: D proposes a deal, a level of monitoring m with the largest share for R that D would rather
grant than fight for. R accepts, or fights. Every year of the deal R complies, or cheats, which is detected
with probability m; D then attacks or forgives. Undetected, R is armed from the next year on and gets what war
would give it.
Pay-offs: R wins with probability p = `power`; under monitoring with p − σ·m, armed with p + Δ. The share of a
deal is x = p − σ·m + c_D. War is worth its probability of winning less a cost, for ever; cheating costs k.
m runs from 0 to the most at which x is worth a war to R: min{1, C/σ}, C = c_D + c_R.
Equilibrium: R complies if and only if h(m) = m·C + (1−m)·δ·(C − Δ − σ·m) + (1−δ)·k ≥ 0. As h is convex, some
deal is kept if and only if h ≥ 0 at no monitoring or at the most.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game, Terms

UNIT = "share of the stake"
FREE, PLEDGED, CHEATED, DETECTED, ARMED = range(5)

PARAMETERS = (
    parameter("discount", "Weight of next year against this year", "a year", "[0, 1)", 0.9),
    parameter(
        "noise",
        "Scale of what moves a choice besides the pay-offs; 0: best replies",
        "years of stake",
        "[0, inf)",
        0.0,
    ),
    parameter("horizon", "Years that are played", "years", "[1, 200] whole", 10, static=True),
    parameter("power", "Probability that R wins a war", "probability", "[0, 1]", 0.5),
    parameter("power_gain", "What cheating adds to it", "probability", "[0, 1]", 0.3),
    parameter("exposure", "What full monitoring takes from it", "probability", "[0, 1]", 0.35),
    parameter("proposing_war_cost", "What a war costs D, which proposes", UNIT, "[0, inf)", 0.1),
    parameter("arming_war_cost", "What a war costs R, which could arm", UNIT, "[0, inf)", 0.1),
    parameter("cheating_cost", "What cheating costs R", "years of stake", "[0, inf)", 0.2),
)

OUTCOMES = (
    Outcome(
        "viable",
        "Whether some deal is kept, and what it takes",
        "kind",
        labels=("no deal is kept", "kept with monitoring only", "kept without monitoring"),
    ),
    Outcome("compliance_unmonitored", "What complying is worth over cheating without monitoring", UNIT),
    Outcome("compliance_monitored", "The same at the most monitoring that R would bear", UNIT),
    Outcome("most_monitoring", "The most monitoring that R would bear", "probability"),
    Outcome("least_monitoring", "The least level at which R complies", "probability", optional=True),
    Outcome("monitoring", "Monitoring that D proposes and R accepts", "probability", optional=True),
    Outcome("agreed", "Probability that a deal is agreed", "probability"),
    Outcome("cheating", "Probability that a deal is agreed and R cheats in the first year", "probability"),
    Outcome("proposing_value", "Value of the game to D", "stake for ever"),
    Outcome("arming_value", "Value of the game to R", "stake for ever"),
)


def fighting(p: Any, power: Any) -> dict[str, Any]:
    """What a war is worth in which R wins with this probability."""
    return {"D": 1 - power - p.proposing_war_cost, "R": power - p.arming_war_cost}


def most(p: Any) -> Any:
    """The most monitoring that R would bear: detection for sure, or a share no better than war."""
    from detente.forms import where

    costs = p.proposing_war_cost + p.arming_war_cost
    return where(costs < p.exposure, costs / where(p.exposure > 0, p.exposure, 1.0), 1.0)


def monitoring(s: Any, p: Any, levels: int) -> Any:
    """Monitoring under the deal in force, 0 without one: even steps from none to the most."""
    return most(p) * ((s.deal - 1) * (s.deal > 0) / (levels - 1))


def game(levels: int = 11) -> Game:
    """No deal or one of several; R is free to cheat, pledged not to, has cheated, was detected, or is armed.

    Args:
        levels: Levels of monitoring, both ends included.
    """
    import numpy as np

    from detente.engine.game import Accounting, Action, Branch, Chance, Decision, Game, Offer, Terms, Variable
    from detente.forms import where

    def weakened(s: Any, p: Any) -> Any:
        return p.power - p.exposure * monitoring(s, p, levels)

    def offered(s: Any, p: Any) -> Iterator[Terms]:
        for level in range(1, levels + 1):
            yield Terms(f"deal {level}", to={"deal": level})

    def otherwise(s: Any, p: Any) -> Iterator[Action]:
        yield Action("fight", ends=fighting(p, p.power))

    def comply(s: Any, p: Any) -> Iterator[Action]:
        free = (s.deal > 0) & (s.conduct == FREE)
        yield Action("comply", when_tied=True)
        yield Action("cheat", legal=free, to={"conduct": CHEATED}, pays={"R": -p.cheating_cost})

    def detection(s: Any, p: Any) -> Iterator[Branch]:
        seen = monitoring(s, p, levels)
        yield Branch(seen, {"conduct": np.where(s.conduct == CHEATED, DETECTED, s.conduct)})
        yield Branch(1 - seen)

    def answer_cheating(s: Any, p: Any) -> Iterator[Action]:
        caught = s.conduct == DETECTED
        yield Action("forgive", to={"conduct": np.where(caught, FREE, s.conduct)})
        yield Action("attack", legal=caught, ends=fighting(p, weakened(s, p)), when_tied=True)

    def year(s: Any, p: Any) -> dict[str, Any]:
        armed = p.power + p.power_gain - p.arming_war_cost
        share = where(s.conduct == ARMED, armed, weakened(s, p) + p.proposing_war_cost)
        return {"D": 1 - share, "R": share}

    def effect(s: Any, p: Any) -> Iterator[Branch]:
        yield Branch(1.0, {"conduct": np.where(s.conduct == CHEATED, ARMED, s.conduct)})

    return Game(
        players=("D", "R"),
        variables=(
            Variable("deal", levels + 1),
            Variable("conduct", 5, ("free", "pledged", "cheated", "detected", "armed")),
        ),
        stages=(
            Offer("offer", "D", "R", offered, otherwise, where=lambda s: s.deal + s.conduct == 0),
            Decision("comply", "R", comply),
            Chance("detection", detection),
            Decision("answer", "D", answer_cheating),
            Accounting("year", year),
            Chance("effect", effect),
        ),
        start=lambda p: {"deal": 0, "conduct": FREE},
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """At which levels a deal is kept, by how much, and which one is proposed."""
    from detente.forms import where

    levels = first.game.variables[0].size - 1
    year, r = 1 - p.discount, 1

    def margin(deal: int) -> Any:
        kept = first.at(first.before["comply"][r], deal=deal, conduct=PLEDGED)
        cheated = first.at(first.before["detection"][r], deal=deal, conduct=CHEATED)
        return kept - (cheated - year * p.cheating_cost)

    steps = [most(p) * (i / (levels - 1)) for i in range(levels)]
    complies, offers = first.probability["comply"]["comply"], first.probability["offer"]
    keeps = [first.at(complies, deal=i + 1, conduct=FREE) for i in range(levels)]
    deals = [first.at(offers[f"deal {i + 1}"]) for i in range(levels)]
    agreed = sum(deals)
    least = float("nan") + 0.0 * agreed
    for step, kept in reversed(list(zip(steps, keeps, strict=True))):
        least = where(kept > 0.5, step, least)
    some = where(least >= 0, 1.0, 0.0)
    chosen = sum(d * x for d, x in zip(deals, steps, strict=True))
    return {
        "viable": some + where(keeps[0] > 0.5, 1.0, 0.0),
        "compliance_unmonitored": margin(1),
        "compliance_monitored": margin(levels),
        "most_monitoring": steps[-1],
        "least_monitoring": least,
        "monitoring": where(agreed > 1e-9, chosen / where(agreed > 1e-9, agreed, 1.0), float("nan")),
        "agreed": agreed,
        "cheating": sum(d * (1 - kept) for d, kept in zip(deals, keeps, strict=True)),
        "proposing_value": first.value("D"),
        "arming_value": first.value("R"),
    }


MODEL = Model(
    name="coe_vaynman2020",
    title="Transparency against security: when an arms deal can be monitored",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    settings={"levels": 11},
    sources=(
        "Coe, A. J. & Vaynman, J. (2020), Why Arms Control Is So Rare, American Political Science Review "
        "114(2):342-355",
    ),
    conditions=(
        Condition("power + power_gain ≤ 1", lambda p: p.power + p.power_gain <= 1 + 1e-12),
        Condition("power + proposing_war_cost ≤ 1", lambda p: p.power + p.proposing_war_cost <= 1 + 1e-12),
        Condition("arming_war_cost ≤ power", lambda p: p.arming_war_cost <= p.power + 1e-12),
        Condition(
            "exposure ≤ power, or proposing_war_cost + arming_war_cost ≤ power",
            lambda p: min(p.exposure, p.proposing_war_cost + p.arming_war_cost) <= p.power + 1e-12,
        ),
    ),
    picture=Picture(
        title="Arms deals that can be kept",
        x=Sweep("exposure", 0.0, 1.0),
        across=Sweep("power_gain", 0.0, 0.5),
        y=("viable",),
    ),
)
