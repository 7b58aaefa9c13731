"""The red-line game, to be read beside docs/theory/redline.md.

Players: the holder owns the disputed arsenal; the demander wants it limited. A period is a
year. The public state is the arsenal q, the counter-arsenal a, the deal in force z, and trust
μ, the probability that the demander's political system is reliable. The stake is a flow of 1 a
year, of which the holder gets y. Every decision is a logit choice; values are expected values.
Amounts in `pays` are years of stake; the engine multiplies them by (1−δ).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detente.engine.game import (
    Accounting,
    Action,
    Belief,
    Branch,
    Commitment,
    Count,
    Decision,
    First,
    Game,
    Level,
    Share,
    Variable,
)
from detente.forms import clip, contest, where

LEVELS = 3  # J, levels of compensation: deals 1…J are one-sided, J+1…2J mutual


# --- Primitives ---------------------------------------------------------------------------


def compensation(p: Any, z: Any) -> Any:
    """t_j of the deal z, share of the stake a year; 0 without a deal."""
    t = 0.0
    for j in range(1, LEVELS + 1):
        level = getattr(p, f"compensation_{j}")
        t = t + where((z == j) | (z == LEVELS + j), level, 0.0)
    return t


def is_mutual(z: Any) -> Any:
    """Deals J+1…2J limit the demander too."""
    return z > LEVELS


def is_one_sided(z: Any) -> Any:
    """Deals 1…J limit the holder alone."""
    return (z >= 1) & (z <= LEVELS)


def victory(p: Any, q: Any, a: Any, z: Any) -> Any:
    """p(q,a,z): probability that the holder wins a war, support arriving with probability G."""
    h = p.holder_strength + where(
        z > 0, p.strength_per_step * q * (1 - p.exposure) + p.deal_strength, p.strength_per_step * q
    )
    d = p.demander_strength + p.counter_strength_per_step * a
    support = p.support_reliability * (1 - p.veto_probability)
    alone = contest(h, d, p.contest_exponent)
    helped = contest(h + p.support_strength, d, p.contest_exponent)
    return (1 - support) * alone + support * helped


def bargain(p: Any, q: Any, a: Any) -> Any:
    """y*(q,a): the holder's share if the whole stake is bargained in the shadow of war."""
    saved = p.holder_war_cost + p.demander_war_cost + p.retaliation_per_step * q
    return clip(victory(p, q, a, 0) - p.holder_war_cost + p.bargaining_share * saved, 0.0, 1.0)


def share(p: Any, q: Any, a: Any) -> Any:
    """y(q,a): with repricing 0 the stake stays as it was divided at the start."""
    return (1 - p.repricing) * bargain(p, p.arsenal, 0) + p.repricing * bargain(p, q, a)


def flow(s: Any, p: Any) -> dict[str, Any]:
    """u_H and u_D: pay-offs of a year spent at (q,a,z)."""
    q, a, z = s.arsenal, s.counter_arsenal, s.deal
    y, t = share(p, q, a), compensation(p, z)
    return {
        "holder": y
        - p.upkeep_per_step * q
        - where(z == 0, p.sanctions_cost, 0.0)
        + t
        - where(is_one_sided(z), p.one_sided_cost, 0.0),
        "demander": 1
        - y
        - p.fear_per_step * q
        - p.counter_upkeep * a
        - where(z == 0, p.sanctions_cost_demander, 0.0)
        - t
        - where(is_mutual(z), p.mutual_cost, 0.0),
    }


# --- One year, in order -------------------------------------------------------------------


def demand(s: Any, p: Any) -> Iterator[Action]:
    """1. The demander proposes nothing, or (if q ≥ 1) one of the 2J deals."""
    yield Action("nothing")
    for j in range(1, 2 * LEVELS + 1):
        allowed = (p.deals == 0) | (p.deals == (2 if j > LEVELS else 1))
        yield Action(f"deal {j}", legal=s.arsenal >= 1, allowed=allowed, to={"offer": j})


def answer(s: Any, p: Any) -> Iterator[Action]:
    """2. The holder refuses, or gives up one step against the terms offered."""
    z, q, a = s.offer, s.arsenal, s.counter_arsenal
    paid = p.upfront_years * compensation(p, z)
    yield Action("refuse")
    yield Action(
        "accept",
        legal=(z > 0) & (q >= 1),
        to={
            "arsenal": q - 1,
            "deal": z,
            "counter_arsenal": clip(a - 1, 0, None) if is_mutual(z) else a,
        },
        pays={"holder": paid, "demander": -paid},
    )


def performance(s: Any, p: Any) -> tuple[Action, Action]:
    """3. An opportunist in office performs or reneges; others perform as a matter of course."""
    return Action("perform"), Action("renege", to={"deal": 0}, pays={"demander": -p.reneging_cost})


def performs(s: Any, p: Any) -> tuple[Any, Any]:
    """π of a reliable and of an unreliable system."""
    return p.reliable_performance**p.members, p.unreliable_performance**p.members


def build(s: Any, p: Any) -> Iterator[Action]:
    """4. The holder holds, or (if q < Q) tries one more step; under a deal that is cheating."""
    most = s.arsenal.shape[0] - 1
    more = clip(s.arsenal + 1, None, most)
    caught, g = where(s.deal > 0, p.detection, 0.0), p.build_pace
    yield Action("hold")
    yield Action(
        "try",
        legal=s.arsenal < most,
        pays={"holder": -p.build_cost},
        branches=(
            Branch(g * (1 - caught), {"arsenal": more}),
            Branch(g * caught, {"arsenal": more, "deal": 0}),
            Branch((1 - g) * (1 - caught), {}),
            Branch((1 - g) * caught, {"deal": 0}),
        ),
    )


def arm(s: Any, p: Any) -> Iterator[Action]:
    """5. The demander holds, or (if a < A and no mutual deal is in force) arms in turn."""
    most = s.counter_arsenal.shape[1] - 1
    yield Action("hold")
    yield Action(
        "arm",
        legal=(s.counter_arsenal < most) & ~is_mutual(s.deal),
        to={"counter_arsenal": clip(s.counter_arsenal + 1, None, most)},
        pays={"demander": -p.counter_build_cost},
    )


def invest(s: Any, p: Any, attack: Any) -> Iterator[Action]:
    """7. On the way, the holder's firms invest or not, given the year's attack probability."""
    yield Action("wait")
    yield Action("invest", pays={"holder": ((1 - attack["war"]) - p.investment_threshold) * p.growth_at_risk})


def attack(s: Any, p: Any) -> Iterator[Action]:
    """6. The demander keeps the peace, or goes to war, which ends the game."""
    q, a, z = s.arsenal, s.counter_arsenal, s.deal
    won = victory(p, q, a, z)
    yield Action("peace")
    yield Action(
        "war",
        ends={
            "holder": won - p.holder_war_cost,
            "demander": 1 - won - p.demander_war_cost - p.retaliation_per_step * q,
        },
    )


def drift(trust: Any, p: Any) -> Any:
    """Trust drifts back to where it started."""
    return (1 - p.trust_drift) * trust + p.trust_drift * p.trust


def game(arsenal_steps: int = 4, counter_steps: int = 2, trust_points: int = 9) -> Game:
    """The red-line game on a grid of Q = `arsenal_steps`, A = `counter_steps`, M = `trust_points`."""
    terms = (
        "none",
        *(f"one-sided {j}" for j in range(1, LEVELS + 1)),
        *(f"mutual {j}" for j in range(1, LEVELS + 1)),
    )
    return Game(
        players=("holder", "demander"),
        variables=(
            Variable("arsenal", arsenal_steps + 1),
            Variable("counter_arsenal", counter_steps + 1),
            Variable("deal", len(terms), terms),
            Variable("offer", len(terms), terms, between=("demand", "answer")),
        ),
        belief=Belief("trust", trust_points),
        stages=(
            Decision("demand", "demander", demand),
            Decision("answer", "holder", answer),
            Commitment("performance", "demander", performance, bound=performs, where=lambda s: s.deal > 0),
            Decision("build", "holder", build),
            Decision("arm", "demander", arm),
            Decision("invest", "holder", invest, anticipates="attack"),
            Decision("attack", "demander", attack),
            Accounting("year", flow, drift),
        ),
        start=lambda p: {"arsenal": p.arsenal, "counter_arsenal": 0, "deal": 0, "trust": p.trust},
        tallies=(
            First("deal_within", "answer", "accept", until={"deal": 0}),
            Share("deal_in_force", lambda s: s.deal > 0),
            Count("attack_within", "attack", "war"),
            Level("arsenal", lambda s: s.arsenal),
            Level("counter_arsenal", lambda s: s.counter_arsenal),
            Level("trust", lambda s: s.trust),
            Count("broken_deals", "performance", "renege"),
            Count("steps_conceded", "answer", "accept"),
        ),
    )


def answers(first: Any, p: Any) -> dict[str, Any]:
    """The quantities asked for at the start that are not tallies of the forward pass."""
    from detente.forms import concatenate, largest

    q0, holder, demander = p.arsenal, 0, 1
    at = first.at
    years = 1 / (1 - p.discount)
    # The deal struck now: one step given up, the terms in force, the upfront payment made.
    struck = first.before["performance"]
    none = [at(x) for x in struck]
    gains: dict[int, list[Any]] = {holder: [], demander: []}
    for j in range(1, 2 * LEVELS + 1):
        paid = p.upfront_years * compensation(p, j)
        # There is nothing to give up where there is no arsenal; a state is named all the same, so that
        # derivatives of the other outcomes stay numbers there.
        taken = [at(x, arsenal=clip(q0 - 1, 0, None), deal=j) for x in struck]
        gains[holder].append(where(q0 >= 1, (taken[holder] - none[holder]) * years + paid, float("nan")))
        gains[demander].append(
            where(q0 >= 1, (taken[demander] - none[demander]) * years - paid, float("nan"))
        )
    both = [
        where((p.deals == 0) | (p.deals == (2 if j > LEVELS else 1)), clip(h, None, d), -float("inf"))
        for j, (h, d) in enumerate(zip(gains[holder], gains[demander], strict=True), start=1)
    ]
    zone, best = largest(both)
    return {
        "holder_value": at(first.values[holder]),
        "demander_value": at(first.values[demander]),
        "attack_hazard": at(first.probability["attack"]["war"]),
        "holder_share": share(p, q0, 0),
        "investment_rate": at(first.probability["invest"]["invest"]),
        "holder_gain": concatenate(gains[holder]),
        "demander_gain": concatenate(gains[demander]),
        "zone": zone,
        "best_deal": where(q0 >= 1, best + 1.0, float("nan")),
    }
