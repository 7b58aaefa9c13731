"""The red-line game a second time, in plain Python: an oracle for the product, not a part of it.

Backward and forward pass, a step of the year at a time, with the names of the sections of the specification
as comments. `redline_scalar_game` has the grid, the pay-offs and the beliefs, and says what a row and a table
are. Nothing here imports the product.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from redline_scalar_game import (
    BASE,
    COUNTER_STEPS,
    DEALS,
    LEVELS,
    Game,
    Row,
    Table,
    at,
    logit,
    logit_pair,
    mutual,
    split,
)

HALVINGS = 200

Pairs = tuple[Table, Table]  # probabilities of the two actions of a decision: doing it, and not

# --- One year, in order: solved from its last step to its first ---


@dataclass(frozen=True)
class Year:
    """The strategies of one year and the values that its questions need."""

    attack: Pairs  # step 6: war, peace
    invest: Table  # step 7: probability that the firms invest
    arm: Pairs  # step 5: arm, hold
    build: Pairs  # step 4: try, hold
    renege: Pairs  # step 3: the opportunist reneges (r), performs
    accept: dict[tuple[int, int, int, int], list[tuple[float, float]]]  # step 2: (q, a, z, deal) -> yes, no
    demand: list[list[list[list[list[float]]]]]  # step 1: [q][a][z][m] -> probabilities of nothing, proposals
    before_performance: tuple[Table, Table]
    start: tuple[Table, Table]


def solve_attack(g: Game, nxt: tuple[Table, Table]) -> tuple[Pairs, Table, Table, Table]:
    """Steps 6 and 7: attack, and the investment that looks ahead to it."""
    x = g.x
    attack, peace, invest, holder, demander = g.table(), g.table(), g.table(), g.table(), g.table()
    for q, a, z in g.states():
        u_h, u_d = g.flows(q, a, z)
        w_h, w_d = g.war_payoffs(q, a, z)
        for m in range(g.points):
            mu = g.drifted(g.trust_at(m))
            peace_h = g.year * u_h + x["discount"] * at(nxt[0][q][a][z], mu)
            peace_d = g.year * u_d + x["discount"] * at(nxt[1][q][a][z], mu)
            h, calm = logit_pair(w_d, peace_d, g.scale)
            worth = g.year * (calm - x["investment_threshold"]) * x["growth_at_risk"]
            i, _ = logit_pair(worth, 0.0, g.scale)
            attack[q][a][z][m] = h
            peace[q][a][z][m] = calm
            invest[q][a][z][m] = i
            holder[q][a][z][m] = h * w_h + calm * peace_h + i * worth
            demander[q][a][z][m] = h * w_d + calm * peace_d
    return (attack, peace), invest, holder, demander


def solve_arm(g: Game, h6: Table, d6: Table) -> tuple[Pairs, Table, Table]:
    """Step 5: the demander arms, if it may."""
    arm, rest, holder, demander = g.table(), g.table(), g.table(), g.table()
    for q, a, z in g.states():
        for m in range(g.points):
            if a == COUNTER_STEPS or mutual(z):
                holder[q][a][z][m] = h6[q][a][z][m]
                demander[q][a][z][m] = d6[q][a][z][m]
                rest[q][a][z][m] = 1.0
                continue
            more = d6[q][a + 1][z][m] - g.year * g.x["counter_build_cost"]
            hold = d6[q][a][z][m]
            p, still = logit_pair(more, hold, g.scale)
            arm[q][a][z][m], rest[q][a][z][m] = p, still
            holder[q][a][z][m] = p * h6[q][a + 1][z][m] + still * h6[q][a][z][m]
            demander[q][a][z][m] = p * more + still * hold
    return (arm, rest), holder, demander


def build_ends(g: Game, q: int, z: int) -> list[tuple[float, int, int]]:
    """(probability, arsenal, deal) after a try to build at (q, z)."""
    pace = g.x["build_pace"]
    caught = g.x["detection"] if z > 0 else 0.0
    return [
        (pace * caught, q + 1, 0),
        ((1.0 - pace) * caught, q, 0),
        (pace * (1.0 - caught), q + 1, z),
        ((1.0 - pace) * (1.0 - caught), q, z),
    ]


def solve_build(g: Game, h5: Table, d5: Table) -> tuple[Pairs, Table, Table]:
    """Step 4: the holder tries one step more, which under a deal is cheating."""
    build, rest, holder, demander = g.table(), g.table(), g.table(), g.table()
    for q, a, z in g.states():
        for m in range(g.points):
            hold_h, hold_d = h5[q][a][z][m], d5[q][a][z][m]
            if q == g.arsenal_steps:
                holder[q][a][z][m], demander[q][a][z][m] = hold_h, hold_d
                rest[q][a][z][m] = 1.0
                continue
            ends = build_ends(g, q, z)
            try_h = math.fsum(p * h5[q2][a][z2][m] for p, q2, z2 in ends) - g.year * g.x["build_cost"]
            try_d = math.fsum(p * d5[q2][a][z2][m] for p, q2, z2 in ends)
            b, still = logit_pair(try_h, hold_h, g.scale)
            build[q][a][z][m], rest[q][a][z][m] = b, still
            holder[q][a][z][m] = b * try_h + still * hold_h
            demander[q][a][z][m] = b * try_d + still * hold_d
    return (build, rest), holder, demander


def bisect(gap: Callable[[float], float]) -> float:
    """A root of ``gap`` on [0, 1], where gap(0) >= 0 >= gap(1): the half where the sign changes is kept.

    Stops early once the bracket holds no further number: more halvings would change nothing.
    """
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        mid = 0.5 * (low + high)
        if mid in (low, high):
            break
        if gap(mid) > 0.0:
            low = mid
        else:
            high = mid
    return 0.5 * (low + high)


def reneging(g: Game, mu: float, off: float, row: Row) -> tuple[float, float]:
    """r and 1 - r: the opportunist reneges or performs, performing valued at the trust that r implies.

    ``off`` is the demander's value of reneging, ``row`` its value of performing by trust.
    """

    def answer(r: float) -> tuple[float, float]:
        return logit_pair(off, at(row, g.after_performing(mu, 1.0 - r)), g.scale)

    return answer(bisect(lambda r: answer(r)[0] - r))


def solve_performance(g: Game, h4: Table, d4: Table) -> tuple[Pairs, Table, Table]:
    """Step 3: the government in office performs as a matter of course, or chooses."""
    renege, rest, holder, demander = g.table(), g.table(), g.table(), g.table()
    for q, a, z in g.states():
        for m in range(g.points):
            if z == 0:
                holder[q][a][0][m], demander[q][a][0][m] = h4[q][a][0][m], d4[q][a][0][m]
                continue
            mu = g.trust_at(m)
            worse = g.after_reneging(mu)
            off_h = at(h4[q][a][0], worse)
            off_d = at(d4[q][a][0], worse) - g.year * g.x["reneging_cost"]
            r, stays = reneging(g, mu, off_d, d4[q][a][z])
            broken, kept = g.opportunist(mu) * r, g.performs(mu, stays)
            better = g.after_performing(mu, stays)
            renege[q][a][z][m], rest[q][a][z][m] = r, stays
            holder[q][a][z][m] = broken * off_h + kept * at(h4[q][a][z], better)
            demander[q][a][z][m] = broken * off_d + kept * at(d4[q][a][z], better)
    return (renege, rest), holder, demander


def solve_year(g: Game, nxt: tuple[Table, Table]) -> Year:
    """One year of backward induction, from the values ``nxt`` at the start of the following year."""
    attack, invest, h6, d6 = solve_attack(g, nxt)
    arm, h5, d5 = solve_arm(g, h6, d6)
    build, h4, d4 = solve_build(g, h5, d5)
    renege, h3, d3 = solve_performance(g, h4, d4)

    # 1. Demand, 2. Answer.
    holder, demander = g.table(), g.table()
    accept: dict[tuple[int, int, int, int], list[tuple[float, float]]] = {}
    demand = [
        [[[[1.0]] * g.points for _ in range(DEALS + 1)] for _ in range(COUNTER_STEPS + 1)]
        for _ in range(g.arsenal_steps + 1)
    ]
    for q, a, z in g.states():
        for j in g.proposals:
            accept[q, a, z, j] = [(0.0, 1.0)] * g.points
        for m in range(g.points):
            worth_h, worth_d = [h3[q][a][z][m]], [d3[q][a][z][m]]
            for j in g.proposals if q >= 1 else ():
                q2, a2, z2 = g.accepted(q, a, j)
                yes_h = h3[q2][a2][z2][m] + g.upfront(j)
                yes_d = d3[q2][a2][z2][m] - g.upfront(j)
                yes, no = logit_pair(yes_h, h3[q][a][z][m], g.scale)
                accept[q, a, z, j][m] = (yes, no)
                worth_h.append(yes * yes_h + no * h3[q][a][z][m])
                worth_d.append(yes * yes_d + no * d3[q][a][z][m])
            choice = logit(worth_d, g.scale)
            demand[q][a][z][m] = choice
            holder[q][a][z][m] = math.fsum(p * v for p, v in zip(choice, worth_h, strict=True))
            demander[q][a][z][m] = math.fsum(p * v for p, v in zip(choice, worth_d, strict=True))
    return Year(attack, invest, arm, build, renege, accept, demand, (h3, d3), (holder, demander))


def solve_backward(g: Game, horizon: int) -> list[Year]:
    """The years in the order in which they are played. After the last one the flow pay-off stays for ever."""
    holder, demander = g.table(), g.table()
    for q, a, z in g.states():
        u_h, u_d = g.flows(q, a, z)
        holder[q][a][z] = [u_h] * g.points
        demander[q][a][z] = [u_d] * g.points
    nxt = (holder, demander)
    years: list[Year] = []
    for _ in range(horizon):
        years.append(solve_year(g, nxt))
        nxt = years[-1].start
    return years[::-1]


# --- Quantities a user asks for: the forward pass ---

Mass = dict[tuple[bool, int, int, int], Row]  # (a deal was ever struck, q, a, z) -> mass by trust point


class Ledger:
    """Probability mass by state, filled step by step."""

    def __init__(self, points: int) -> None:
        self.points = points
        self.mass: Mass = {}

    def put(self, struck: bool, q: int, a: int, z: int, m: int, amount: float) -> None:
        if amount == 0.0:
            return
        self.mass.setdefault((struck, q, a, z), [0.0] * self.points)[m] += amount

    def put_at(self, struck: bool, q: int, a: int, z: int, mu: float, amount: float) -> None:
        """Mass at a trust between two points is split linearly between them."""
        low, weight = split(mu, self.points)
        self.put(struck, q, a, z, low, amount * (1.0 - weight))
        self.put(struck, q, a, z, low + 1, amount * weight)

    def cells(self) -> Iterator[tuple[bool, int, int, int, int, float]]:
        for (struck, q, a, z), row in self.mass.items():
            for m, amount in enumerate(row):
                if amount != 0.0:
                    yield struck, q, a, z, m, amount


def play_year(g: Game, year: Year, before: Ledger, sums: dict[str, float]) -> Ledger:
    """Carry the mass through one year; adds to the sums of attacks, broken deals and steps conceded."""
    # 1. Demand and 2. Answer
    bargained = Ledger(g.points)
    for struck, q, a, z, m, amount in before.cells():
        choice = year.demand[q][a][z][m]
        kept = amount * choice[0]
        for j, asked in zip(g.proposals, choice[1:], strict=False):
            yes, no = year.accept[q, a, z, j][m]
            kept += amount * asked * no
            bargained.put(True, *g.accepted(q, a, j), m, amount * asked * yes)
            sums["steps_conceded"] += amount * asked * yes
        bargained.put(struck, q, a, z, m, kept)

    # 3. Performance
    performed = Ledger(g.points)
    for struck, q, a, z, m, amount in bargained.cells():
        if z == 0:
            performed.put(struck, q, a, z, m, amount)
            continue
        mu = g.trust_at(m)
        broken = g.opportunist(mu) * year.renege[0][q][a][z][m]
        stays = year.renege[1][q][a][z][m]
        performed.put_at(struck, q, a, 0, g.after_reneging(mu), amount * broken)
        performed.put_at(struck, q, a, z, g.after_performing(mu, stays), amount * g.performs(mu, stays))
        sums["broken_deals"] += amount * broken

    # 4. Build
    built = Ledger(g.points)
    for struck, q, a, z, m, amount in performed.cells():
        b = year.build[0][q][a][z][m]
        built.put(struck, q, a, z, m, amount * year.build[1][q][a][z][m])
        if q < g.arsenal_steps:
            for p, q2, z2 in build_ends(g, q, z):
                built.put(struck, q2, a, z2, m, amount * b * p)

    # 5. Arm
    armed = Ledger(g.points)
    for struck, q, a, z, m, amount in built.cells():
        p = year.arm[0][q][a][z][m]
        armed.put(struck, q, a, z, m, amount * year.arm[1][q][a][z][m])
        if p > 0.0:
            armed.put(struck, q, a + 1, z, m, amount * p)

    # 6. Attack; in peace trust drifts
    after = Ledger(g.points)
    for struck, q, a, z, m, amount in armed.cells():
        h, peace = year.attack[0][q][a][z][m], year.attack[1][q][a][z][m]
        sums["attack_within"] += amount * h
        sums["struck_and_war"] += amount * h if struck else 0.0
        after.put_at(struck, q, a, z, g.drifted(g.trust_at(m)), amount * peace)
    return after


def outcomes_now(g: Game, ledger: Ledger, sums: dict[str, float]) -> dict[str, float]:
    """The outcomes of n years; the levels are conditional on no war so far."""
    peace = deal = struck_in_peace = arsenal = counter = trust = 0.0
    for struck, q, a, z, m, amount in ledger.cells():
        peace += amount
        deal += amount if z > 0 else 0.0
        struck_in_peace += amount if struck else 0.0
        arsenal += amount * q
        counter += amount * a
        trust += amount * g.trust_at(m)
    return {
        "deal_within": struck_in_peace + sums["struck_and_war"],
        "deal_in_force": deal,
        "attack_within": sums["attack_within"],
        "arsenal": arsenal / peace if peace > 0.0 else math.nan,
        "counter_arsenal": counter / peace if peace > 0.0 else math.nan,
        "trust": trust / peace if peace > 0.0 else math.nan,
        "broken_deals": sums["broken_deals"],
        "steps_conceded": sums["steps_conceded"],
    }


def play(g: Game, years: list[Year]) -> dict[str, float]:
    """The outcomes of 1, 10 and all years, as ``name_n``."""
    ledger = Ledger(g.points)
    ledger.put_at(False, int(g.x["arsenal"]), 0, 0, g.x["trust"], 1.0)
    sums = {"attack_within": 0.0, "broken_deals": 0.0, "steps_conceded": 0.0, "struck_and_war": 0.0}
    answer: dict[str, float] = {}
    for n, year in enumerate(years, start=1):
        ledger = play_year(g, year, ledger, sums)
        if n in (1, 10, len(years)):
            answer.update({f"{name}_{n}": value for name, value in outcomes_now(g, ledger, sums).items()})
    return answer


def solve(
    point: dict, *, horizon: int | None = None, trust_points: int = 9, arsenal_steps: int = 4
) -> dict[str, Any]:
    """Solve the red-line game at one parameter point.

    The specification does not name ``deals``. Read here: it limits the proposals of step 1 and the deals over
    which the zone is the maximum; the gains are still listed for all 2J deals.

    Args:
        point: Parameters by name; what it leaves out has the value of the design's base. ``deals`` may be
            ``both`` (the default), ``one-sided`` or ``mutual`` and limits what the demander may propose.
        horizon: Years that are played; the point's own if not given.
        trust_points: Points of the trust grid, at least 2.
        arsenal_steps: Largest arsenal.

    Returns:
        The answer, with the keys of the design's check values. Values as shares of the stake for ever, gains
        and the zone in years of stake; these are None where the arsenal is 0: there is nothing to give up. A
        level given no war is NaN where war is certain.
    """
    x = {**BASE, **point}
    offered = x.pop("deals", "both")
    proposals = {
        "both": tuple(range(1, DEALS + 1)),
        "one-sided": tuple(range(1, LEVELS + 1)),
        "mutual": tuple(range(LEVELS + 1, DEALS + 1)),
    }[offered]
    g = Game(x, proposals, arsenal_steps, trust_points)
    years = solve_backward(g, int(x["horizon"] if horizon is None else horizon))
    first, q, mu = years[0], int(x["arsenal"]), x["trust"]

    gains: tuple[list[float], list[float]] = ([], [])
    for j in range(1, DEALS + 1) if q >= 1 else ():  # without a step to give up there is no deal to value
        q2, a2, z2 = g.accepted(q, 0, j)
        for side, sign in ((0, 1.0), (1, -1.0)):
            table = first.before_performance[side]
            struck = at(table[q2][a2][z2], mu) + sign * g.upfront(j)
            gains[side].append((struck - at(table[q][0][0], mu)) / g.year)
    return {
        "holder_value": at(first.start[0][q][0][0], mu),
        "demander_value": at(first.start[1][q][0][0], mu),
        "attack_hazard": at(first.attack[0][q][0][0], mu),
        "holder_share": g.share(q, 0),
        "investment_rate": at(first.invest[q][0][0], mu),
        "holder_gain": gains[0] or [None] * DEALS,
        "demander_gain": gains[1] or [None] * DEALS,
        "zone": max((min(gains[0][j - 1], gains[1][j - 1]) for j in proposals), default=None) if q else None,
        **play(g, years),
    }
