"""The red-line game a second time, in plain Python: an oracle for the product, not a part of it.

Written from the specification of the game alone, scalar by scalar, with the names of the sections of the
specification as comments. It is slow on purpose: loops over states that can be checked line by line against
the text. Nothing here imports the product.

A row is a list over the trust grid. A table is ``table[q][a][z]``, a row each: ``q`` the arsenal, ``a`` the
counter-arsenal, ``z`` the deal (0 none, 1..J one-sided, J+1..2J mutual).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COUNTER_STEPS = 2
LEVELS = 3
DEALS = 2 * LEVELS
HALVINGS = 200

Row = list[float]
Table = list[list[list[Row]]]

# The design's base point; a point given to `solve` overrides any of these.
BASE: dict[str, float] = {
    "discount": 0.9,
    "noise": 0.1,
    "horizon": 40,
    "arsenal": 4,
    "holder_strength": 1.0,
    "demander_strength": 3.0,
    "contest_exponent": 1.0,
    "holder_war_cost": 0.3,
    "demander_war_cost": 0.1,
    "bargaining_share": 0.5,
    "support_strength": 3.0,
    "support_reliability": 0.6,
    "veto_probability": 0.7,
    "strength_per_step": 0.5,
    "retaliation_per_step": 0.08,
    "upkeep_per_step": 0.01,
    "build_cost": 1.0,
    "build_pace": 0.5,
    "counter_strength_per_step": 0.3,
    "counter_build_cost": 0.3,
    "counter_upkeep": 0.01,
    "fear_per_step": 0.02,
    "one_sided_cost": 0.03,
    "mutual_cost": 0.02,
    "reliable_performance": 0.97,
    "unreliable_performance": 0.5,
    "members": 1.0,
    "trust": 0.45,
    "trust_drift": 0.02,
    "reneging_cost": 0.1,
    "upfront_years": 0.0,
    "repricing": 1.0,
    "sanctions_cost": 0.1,
    "sanctions_cost_demander": 0.03,
    "detection": 0.8,
    "exposure": 0.0,
    "growth_at_risk": 0.2,
    "investment_threshold": 0.6,
    "deal_strength": 0.0,
    "compensation_1": 0.05,
    "compensation_2": 0.12,
    "compensation_3": 0.25,
}


# --- Conventions ---------------------------------------------------------------------------------------------


def logit(values: list[float], scale: float) -> list[float]:
    """Choice probabilities, proportional to exp(value / scale), with scale = noise * (1 - discount)."""
    top = max(values)
    weights = [math.exp((v - top) / scale) for v in values]
    total = math.fsum(weights)
    return [w / total for w in weights]


def logit_of_difference(difference: float, scale: float) -> float:
    """Probability of the first of two actions that is better by ``difference``."""
    x = difference / scale
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def one_sided(z: int) -> bool:
    return 1 <= z <= LEVELS


def mutual(z: int) -> bool:
    return z > LEVELS


# --- Public state, at the start of a year --------------------------------------------------------------------


def split(mu: float, points: int) -> tuple[int, float]:
    """The trust point at or below ``mu`` (never the last one) and the weight of the point above it."""
    place = mu * (points - 1)
    low = min(max(int(place), 0), points - 2)
    return low, place - low


def at(row: Row, mu: float) -> float:
    """The row at trust ``mu``, by linear interpolation."""
    low, weight = split(mu, len(row))
    return (1.0 - weight) * row[low] + weight * row[low + 1]


# --- Primitives ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Game:
    """One parameter point with the sizes of the grid; ``x`` is the record of parameters."""

    x: dict[str, float]
    proposals: tuple[int, ...]
    arsenal_steps: int
    points: int

    @property
    def scale(self) -> float:
        return self.x["noise"] * (1.0 - self.x["discount"])

    @property
    def year(self) -> float:
        """The weight of one year's flow in a normalised value."""
        return 1.0 - self.x["discount"]

    def states(self) -> Iterator[tuple[int, int, int]]:
        for q in range(self.arsenal_steps + 1):
            for a in range(COUNTER_STEPS + 1):
                for z in range(DEALS + 1):
                    yield q, a, z

    def trust_at(self, m: int) -> float:
        return m / (self.points - 1)

    def table(self) -> Table:
        return [
            [[[0.0] * self.points for _ in range(DEALS + 1)] for _ in range(COUNTER_STEPS + 1)]
            for _ in range(self.arsenal_steps + 1)
        ]

    def compensation(self, z: int) -> float:
        return 0.0 if z == 0 else self.x[f"compensation_{(z - 1) % LEVELS + 1}"]

    def upfront(self, z: int) -> float:
        return self.year * self.x["upfront_years"] * self.compensation(z)

    def war(self, q: int, a: int, z: int) -> float:
        """Probability that the holder wins a war."""
        x = self.x
        if z == 0:
            h = x["holder_strength"] + x["strength_per_step"] * q
        else:
            h = x["holder_strength"] + x["strength_per_step"] * q * (1.0 - x["exposure"]) + x["deal_strength"]
        d = x["demander_strength"] + x["counter_strength_per_step"] * a
        reliable = x["support_reliability"] * (1.0 - x["veto_probability"])
        m = x["contest_exponent"]
        alone = h**m / (h**m + d**m)
        helped = (h + x["support_strength"]) ** m / ((h + x["support_strength"]) ** m + d**m)
        return (1.0 - reliable) * alone + reliable * helped

    def war_payoffs(self, q: int, a: int, z: int) -> tuple[float, float]:
        x = self.x
        p = self.war(q, a, z)
        return p - x["holder_war_cost"], 1.0 - p - x["demander_war_cost"] - x["retaliation_per_step"] * q

    def bargain(self, q: int, a: int) -> float:
        """The holder's share if the whole stake were bargained at (q, a): y* of the specification."""
        x = self.x
        saved = x["holder_war_cost"] + x["demander_war_cost"] + x["retaliation_per_step"] * q
        share = self.war(q, a, 0) - x["holder_war_cost"] + x["bargaining_share"] * saved
        return min(max(share, 0.0), 1.0)

    def share(self, q: int, a: int) -> float:
        again = self.x["repricing"]
        start = int(self.x["arsenal"])
        return (1.0 - again) * self.bargain(start, 0) + again * self.bargain(q, a)

    def flows(self, q: int, a: int, z: int) -> tuple[float, float]:
        """Flow pay-offs of a year spent at (q, a, z), holder and demander."""
        x = self.x
        y = self.share(q, a)
        holder = y - x["upkeep_per_step"] * q
        demander = 1.0 - y - x["fear_per_step"] * q - x["counter_upkeep"] * a
        if z == 0:
            holder -= x["sanctions_cost"]
            demander -= x["sanctions_cost_demander"]
        else:
            holder += self.compensation(z)
            demander -= self.compensation(z)
        if one_sided(z):
            holder -= x["one_sided_cost"]
        if mutual(z):
            demander -= x["mutual_cost"]
        return holder, demander

    def opportunist(self, mu: float) -> tuple[float, float]:
        """u_R, and u at trust ``mu``: how likely an opportunist is in office."""
        reliable = 1.0 - self.x["reliable_performance"] ** self.x["members"]
        unreliable = 1.0 - self.x["unreliable_performance"] ** self.x["members"]
        return reliable, mu * reliable + (1.0 - mu) * unreliable

    def after_reneging(self, mu: float) -> float:
        reliable, u = self.opportunist(mu)
        return mu if u == 0.0 else min(max(mu * reliable / u, 0.0), 1.0)

    def after_performing(self, mu: float, r: float) -> float:
        reliable, u = self.opportunist(mu)
        if 1.0 - u * r <= 0.0:
            return mu
        return min(max(mu * (1.0 - reliable * r) / (1.0 - u * r), 0.0), 1.0)

    def drifted(self, mu: float) -> float:
        drift = self.x["trust_drift"]
        return (1.0 - drift) * mu + drift * self.x["trust"]

    def accepted(self, q: int, a: int, z: int) -> tuple[int, int, int]:
        """The state once the holder accepts deal ``z`` at (q, a)."""
        return q - 1, (max(a - 1, 0) if mutual(z) else a), z


# --- One year, in order: solved from its last step to its first -----------------------------------------------


@dataclass(frozen=True)
class Year:
    """The strategies of one year and the values that its questions need."""

    attack: Table  # step 6: probability of war
    invest: Table  # step 7: probability that the firms invest
    arm: Table  # step 5: probability of arming
    build: Table  # step 4: probability of a try
    renege: Table  # step 3: probability r of the opportunist
    accept: dict[tuple[int, int, int, int], Row]  # step 2: by (q, a, z, proposed deal)
    demand: list[list[list[list[list[float]]]]]  # step 1: [q][a][z][m] -> probabilities of nothing, proposals
    before_performance: tuple[Table, Table]
    start: tuple[Table, Table]


def solve_attack(g: Game, nxt: tuple[Table, Table]) -> tuple[Table, Table, Table, Table]:
    """Steps 6 and 7: attack, and the investment that looks ahead to it."""
    x = g.x
    attack, invest, holder, demander = g.table(), g.table(), g.table(), g.table()
    for q, a, z in g.states():
        u_h, u_d = g.flows(q, a, z)
        w_h, w_d = g.war_payoffs(q, a, z)
        for m in range(g.points):
            mu = g.drifted(g.trust_at(m))
            peace_h = g.year * u_h + x["discount"] * at(nxt[0][q][a][z], mu)
            peace_d = g.year * u_d + x["discount"] * at(nxt[1][q][a][z], mu)
            h = logit_of_difference(w_d - peace_d, g.scale)
            worth = g.year * ((1.0 - h) - x["investment_threshold"]) * x["growth_at_risk"]
            i = logit_of_difference(worth, g.scale)
            attack[q][a][z][m] = h
            invest[q][a][z][m] = i
            holder[q][a][z][m] = h * w_h + (1.0 - h) * peace_h + i * worth
            demander[q][a][z][m] = h * w_d + (1.0 - h) * peace_d
    return attack, invest, holder, demander


def solve_arm(g: Game, h6: Table, d6: Table) -> tuple[Table, Table, Table]:
    """Step 5: the demander arms, if it may."""
    arm, holder, demander = g.table(), g.table(), g.table()
    for q, a, z in g.states():
        for m in range(g.points):
            if a == COUNTER_STEPS or mutual(z):
                holder[q][a][z][m] = h6[q][a][z][m]
                demander[q][a][z][m] = d6[q][a][z][m]
                continue
            more = d6[q][a + 1][z][m] - g.year * g.x["counter_build_cost"]
            hold = d6[q][a][z][m]
            p = logit_of_difference(more - hold, g.scale)
            arm[q][a][z][m] = p
            holder[q][a][z][m] = p * h6[q][a + 1][z][m] + (1.0 - p) * h6[q][a][z][m]
            demander[q][a][z][m] = p * more + (1.0 - p) * hold
    return arm, holder, demander


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


def solve_build(g: Game, h5: Table, d5: Table) -> tuple[Table, Table, Table]:
    """Step 4: the holder tries one step more, which under a deal is cheating."""
    build, holder, demander = g.table(), g.table(), g.table()
    for q, a, z in g.states():
        for m in range(g.points):
            hold_h, hold_d = h5[q][a][z][m], d5[q][a][z][m]
            if q == g.arsenal_steps:
                holder[q][a][z][m], demander[q][a][z][m] = hold_h, hold_d
                continue
            ends = build_ends(g, q, z)
            try_h = math.fsum(p * h5[q2][a][z2][m] for p, q2, z2 in ends) - g.year * g.x["build_cost"]
            try_d = math.fsum(p * d5[q2][a][z2][m] for p, q2, z2 in ends)
            b = logit_of_difference(try_h - hold_h, g.scale)
            build[q][a][z][m] = b
            holder[q][a][z][m] = b * try_h + (1.0 - b) * hold_h
            demander[q][a][z][m] = b * try_d + (1.0 - b) * hold_d
    return build, holder, demander


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


def reneging(g: Game, mu: float, off: float, row: Row) -> float:
    """r: the opportunist's probability of reneging, performing being valued at the trust that r implies.

    ``off`` is the demander's value of reneging, ``row`` its value of performing by trust.
    """
    return bisect(lambda r: logit_of_difference(off - at(row, g.after_performing(mu, r)), g.scale) - r)


def solve_performance(g: Game, h4: Table, d4: Table) -> tuple[Table, Table, Table]:
    """Step 3: the government in office performs as a matter of course, or chooses."""
    renege, holder, demander = g.table(), g.table(), g.table()
    for q, a, z in g.states():
        for m in range(g.points):
            if z == 0:
                holder[q][a][0][m], demander[q][a][0][m] = h4[q][a][0][m], d4[q][a][0][m]
                continue
            mu = g.trust_at(m)
            _, u = g.opportunist(mu)
            worse = g.after_reneging(mu)
            off_h = at(h4[q][a][0], worse)
            off_d = at(d4[q][a][0], worse) - g.year * g.x["reneging_cost"]
            r = reneging(g, mu, off_d, d4[q][a][z])
            better = g.after_performing(mu, r)
            renege[q][a][z][m] = r
            holder[q][a][z][m] = u * r * off_h + (1.0 - u * r) * at(h4[q][a][z], better)
            demander[q][a][z][m] = u * r * off_d + (1.0 - u * r) * at(d4[q][a][z], better)
    return renege, holder, demander


def solve_year(g: Game, nxt: tuple[Table, Table]) -> Year:
    """One year of backward induction, from the values ``nxt`` at the start of the following year."""
    attack, invest, h6, d6 = solve_attack(g, nxt)
    arm, h5, d5 = solve_arm(g, h6, d6)
    build, h4, d4 = solve_build(g, h5, d5)
    renege, h3, d3 = solve_performance(g, h4, d4)

    # 1. Demand, 2. Answer.
    holder, demander = g.table(), g.table()
    accept: dict[tuple[int, int, int, int], Row] = {}
    demand = [
        [[[[1.0]] * g.points for _ in range(DEALS + 1)] for _ in range(COUNTER_STEPS + 1)]
        for _ in range(g.arsenal_steps + 1)
    ]
    for q, a, z in g.states():
        for j in g.proposals:
            accept[q, a, z, j] = [0.0] * g.points
        for m in range(g.points):
            worth_h, worth_d = [h3[q][a][z][m]], [d3[q][a][z][m]]
            for j in g.proposals if q >= 1 else ():
                q2, a2, z2 = g.accepted(q, a, j)
                yes_h = h3[q2][a2][z2][m] + g.upfront(j)
                yes_d = d3[q2][a2][z2][m] - g.upfront(j)
                p = logit_of_difference(yes_h - h3[q][a][z][m], g.scale)
                accept[q, a, z, j][m] = p
                worth_h.append(p * yes_h + (1.0 - p) * h3[q][a][z][m])
                worth_d.append(p * yes_d + (1.0 - p) * d3[q][a][z][m])
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


# --- Quantities a user asks for: the forward pass -------------------------------------------------------------

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
            yes = year.accept[q, a, z, j][m]
            kept += amount * asked * (1.0 - yes)
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
        r = year.renege[q][a][z][m]
        broken = g.opportunist(mu)[1] * r
        performed.put_at(struck, q, a, 0, g.after_reneging(mu), amount * broken)
        performed.put_at(struck, q, a, z, g.after_performing(mu, r), amount * (1.0 - broken))
        sums["broken_deals"] += amount * broken

    # 4. Build
    built = Ledger(g.points)
    for struck, q, a, z, m, amount in performed.cells():
        b = year.build[q][a][z][m]
        built.put(struck, q, a, z, m, amount * (1.0 - b))
        if q < g.arsenal_steps:
            for p, q2, z2 in build_ends(g, q, z):
                built.put(struck, q2, a, z2, m, amount * b * p)

    # 5. Arm
    armed = Ledger(g.points)
    for struck, q, a, z, m, amount in built.cells():
        p = year.arm[q][a][z][m]
        armed.put(struck, q, a, z, m, amount * (1.0 - p))
        if p > 0.0:
            armed.put(struck, q, a + 1, z, m, amount * p)

    # 6. Attack; in peace trust drifts
    after = Ledger(g.points)
    for struck, q, a, z, m, amount in armed.cells():
        h = year.attack[q][a][z][m]
        sums["attack_within"] += amount * h
        sums["struck_and_war"] += amount * h if struck else 0.0
        after.put_at(struck, q, a, z, g.drifted(g.trust_at(m)), amount * (1.0 - h))
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
) -> dict[str, float | None | list[float] | list[None]]:
    """Solve the red-line game at one parameter point.

    Args:
        point: Parameters by name; what it leaves out has the value of the design's base. ``deals`` may be
            ``both`` (the default), ``one-sided`` or ``mutual`` and limits what the demander may propose.
        horizon: Years that are played; the point's own if not given.
        trust_points: Points of the trust grid, at least 2.
        arsenal_steps: Largest arsenal.

    Returns:
        The answer, with the keys of the design's check values. Values as shares of the stake for ever, gains
        and the zone in years of stake; these are None where the arsenal is 0, for there is nothing to give up.
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
        "attack_hazard": at(first.attack[q][0][0], mu),
        "holder_share": g.share(q, 0),
        "investment_rate": at(first.invest[q][0][0], mu),
        "holder_gain": gains[0] or [None] * DEALS,
        "demander_gain": gains[1] or [None] * DEALS,
        "zone": max((min(pair) for pair in zip(*gains, strict=True)), default=None),
        **play(g, years),
    }
