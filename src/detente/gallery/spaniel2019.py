"""Butter for bombs: concessions that keep a rising side from building a weapon.

After Spaniel (2019), Bargaining over the Bomb, Cambridge University Press; own timing.

Players: the offering side (D) and the side that could build (R).
Information: everything is known to both; a weapon under construction is seen.
Order of moves, every year, until R has built: D offers R a share of the year's stake. R accepts, or fights,
or builds. Building forgoes the offer: R keeps what war would give it this year and pays the cost of building;
D then strikes or lets it pass. From the next year on R has the weapon; D offers, and R accepts or fights.
Pay-offs: R wins with probability p = `power`, with the weapon p₂ = `armed_power`. A war ends the game and is
worth p − c_R to R and 1 − p − c_D to D for ever; building costs k, once.
Equilibrium, with s = p − c_R:
(a) preventive threat, δ(p₂ − p) > c_D + c_R: D would strike, so R does not build, x = s;
(b) no temptation, δ(p₂ − p) ≤ (1−δ)k: the weapon is not worth its cost, x = s;
(c) otherwise butter for bombs, x = (1−δ)(s − k) + δ(p₂ − c_R), accepted for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.model import Condition, Model, Outcome, Picture, Sweep
from detente.parameter import parameter

if TYPE_CHECKING:
    from detente.engine.game import Action, Branch, Game, Terms

UNIT = "share of the stake"
NONE, BUILDING, ARMED = range(3)

PARAMETERS = (
    parameter("discount", "Weight of next year against this year", "a year", "[0, 1)", 0.9),
    parameter(
        "noise",
        "Scale of what moves a choice besides the pay-offs; 0: best replies",
        "years of stake",
        "[0, inf)",
        0.0,
    ),
    parameter("power", "Probability that R wins a war without the weapon", "probability", "[0, 1]", 0.3),
    parameter("armed_power", "Probability that R wins a war with it", "probability", "[0, 1]", 0.5),
    parameter("offering_war_cost", "What a war costs D, the offering side", UNIT, "[0, inf)", 0.15),
    parameter("rising_war_cost", "What a war costs R, the side that could build", UNIT, "[0, inf)", 0.1),
    parameter("build_cost", "What building the weapon costs R", "years of stake", "[0, inf)", 0.3),
)

OUTCOMES = (
    Outcome(
        "region",
        "Why R does not build",
        "kind",
        labels=("preventive threat", "no temptation", "butter for bombs"),
    ),
    Outcome("offer", "What D offers R each year", UNIT),
    Outcome("concession", "What it offers beyond what war would give R", UNIT),
    Outcome("building", "Probability that R builds in the first year", "probability"),
    Outcome("war", "Probability of war in the first year", "probability"),
    Outcome("strike_if_built", "Probability that D strikes if R builds", "probability"),
    Outcome("offering_value", "Value of the game to D", "stake for ever"),
    Outcome("rising_value", "Value of the game to R", "stake for ever"),
)


def fighting(p: Any, power: Any) -> dict[str, Any]:
    """What a war is worth in which R wins with this probability."""
    return {"D": 1 - power - p.offering_war_cost, "R": power - p.rising_war_cost}


def offered(s: Any, p: Any) -> Iterator[Terms]:
    """A part of this year's stake."""
    from detente.engine.game import Terms

    yield Terms("share", amount=(0.0, 1.0))


def otherwise(s: Any, p: Any) -> Iterator[Action]:
    """R fights, or, as long as it has no weapon, builds one and forgoes the offer."""
    from detente.engine.game import Action

    power = p.power + (s.weapon == ARMED) * (p.armed_power - p.power)
    yield Action("fight", ends=fighting(p, power), when_tied=True)
    yield Action("build", legal=s.weapon == NONE, to={"weapon": BUILDING}, pays={"R": -p.build_cost})


def strike(s: Any, p: Any) -> Iterator[Action]:
    """D lets a weapon under construction pass, or strikes before it is ready."""
    from detente.engine.game import Action

    yield Action("pass", when_tied=True)
    yield Action("strike", legal=s.weapon == BUILDING, ends=fighting(p, p.power))


def year(s: Any, p: Any) -> dict[str, Any]:
    """The stake is D's but for what was offered; while R builds it keeps what war would give it."""
    kept = (s.weapon == BUILDING) * (p.power - p.rising_war_cost)
    return {"D": 1 - kept, "R": kept}


def ready(s: Any, p: Any) -> Iterator[Branch]:
    """What was under construction is ready next year."""
    import numpy as np

    from detente.engine.game import Branch

    yield Branch(1.0, {"weapon": np.where(s.weapon == BUILDING, ARMED, s.weapon)})


def game() -> Game:
    """An offer a year; the weapon is none, under construction (within the year), or there."""
    from detente.engine.game import Accounting, Chance, Decision, Game, Offer, Variable

    return Game(
        players=("D", "R"),
        variables=(Variable("weapon", 3, ("none", "under construction", "there")),),
        stages=(
            Offer("offer", "D", "R", offered, otherwise, where=lambda s: s.weapon != BUILDING),
            Decision("strike", "D", strike),
            Accounting("year", year),
            Chance("ready", ready),
        ),
        start=lambda p: {"weapon": NONE},
        endless=True,
    )


def answer(first: Any, p: Any) -> dict[str, Any]:
    """The offer, and which of the two reasons for not building holds."""
    from detente.forms import where

    offer = first.amount("offer", "share")
    struck = first.choice("strike", "strike", weapon=BUILDING)
    value, war = first.value("R"), p.power - p.rising_war_cost
    tempted = value > war + 1e-9 * (1 - p.discount)
    return {
        "region": where(struck > 0.5, 0.0, where(tempted, 2.0, 1.0)),
        "offer": offer,
        "concession": offer - war,
        "building": first.choice("offer", "build"),
        "war": first.choice("offer", "fight") + first.choice("offer", "build") * struck,
        "strike_if_built": struck,
        "offering_value": first.value("D"),
        "rising_value": value,
    }


MODEL = Model(
    name="spaniel2019",
    title="Butter for bombs: concessions that keep a side from building",
    parameters=PARAMETERS,
    mechanisms=(),
    outcomes=OUTCOMES,
    game=game,
    answer=answer,
    sources=(
        "Spaniel, W. (2019), Bargaining over the Bomb: The Successes and Failures of Nuclear Negotiations, "
        "Cambridge University Press",
    ),
    conditions=(
        Condition("rising_war_cost ≤ power", lambda p: p.rising_war_cost <= p.power),
        Condition("power ≤ armed_power", lambda p: p.power <= p.armed_power),
    ),
    picture=Picture(
        title="Why the weapon is not built",
        x=Sweep("armed_power", 0.3, 0.7),
        across=Sweep("build_cost", 0.0, 2.0),
        y=("region",),
    ),
)
