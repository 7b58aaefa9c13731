"""The red-line game in Numba: the tests' scalar twin (tests/oracle/redline_scalar.py) in loops that compile.

Same order of the year, same formulas. Two things are as in the product rather than as in the twin, so that
the comparison is not won by a slow peer: the root of the performance equation is chosen by twelve halvings
and then polished by safeguarded Newton steps (the twin halves until no number is left between), and mass is
kept in arrays instead of dictionaries. No certificate is worked out here. Run by the Python of .venv-bench
alone.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

COUNTER_STEPS, LEVELS, DEALS = 2, 3, 6
HALVINGS, STEPS = 12, 80
HEAD = 5 + 2 * DEALS  # outcomes at the start: values, hazard, share, investment, and the gains
YEARLY = 8  # outcomes after n years


@njit(cache=True)
def pair(gain):
    """Probability of the action that gains this, in units of noise, over the other."""
    e = math.exp(-abs(gain))
    return 1.0 / (1.0 + e) if gain >= 0.0 else e / (1.0 + e)


@njit(cache=True)
def split(mu, points):
    """The trust point at or below mu, and the weight of the point above it."""
    place = mu * (points - 1)
    low = min(max(int(place), 0), points - 2)
    return low, place - low


@njit(cache=True)
def at(row, mu):
    low, weight = split(mu, len(row))
    return (1.0 - weight) * row[low] + weight * row[low + 1]


@njit(cache=True)
def terms(x, z):
    """Compensation of the deal z."""
    j = (z - 1) % LEVELS
    if z == 0:
        return 0.0
    return x.compensation_1 if j == 0 else x.compensation_2 if j == 1 else x.compensation_3


@njit(cache=True)
def victory(x, q, a, z):
    h = x.holder_strength + x.strength_per_step * q
    if z > 0:
        h = x.holder_strength + x.strength_per_step * q * (1.0 - x.exposure) + x.deal_strength
    d = (x.demander_strength + x.counter_strength_per_step * a) ** x.contest_exponent
    reliable = x.support_reliability * (1.0 - x.veto_probability)
    alone, helped = h**x.contest_exponent, (h + x.support_strength) ** x.contest_exponent
    return (1.0 - reliable) * alone / (alone + d) + reliable * helped / (helped + d)


@njit(cache=True)
def bargain(x, q, a):
    saved = x.holder_war_cost + x.demander_war_cost + x.retaliation_per_step * q
    return min(max(victory(x, q, a, 0) - x.holder_war_cost + x.bargaining_share * saved, 0.0), 1.0)


@njit(cache=True)
def share(x, q, a):
    return (1.0 - x.repricing) * bargain(x, int(x.arsenal), 0) + x.repricing * bargain(x, q, a)


@njit(cache=True)
def tables(x, steps):
    """Flow pay-offs and pay-offs of war by player, [player, q, a, z]."""
    flow = np.empty((2, steps + 1, COUNTER_STEPS + 1, DEALS + 1))
    war = np.empty_like(flow)
    for q in range(steps + 1):
        for a in range(COUNTER_STEPS + 1):
            y = share(x, q, a)
            for z in range(DEALS + 1):
                t = terms(x, z)
                flow[0, q, a, z] = y - x.upkeep_per_step * q + t
                flow[1, q, a, z] = 1.0 - y - x.fear_per_step * q - x.counter_upkeep * a - t
                if z == 0:
                    flow[0, q, a, z] -= x.sanctions_cost
                    flow[1, q, a, z] -= x.sanctions_cost_demander
                elif z <= LEVELS:
                    flow[0, q, a, z] -= x.one_sided_cost
                else:
                    flow[1, q, a, z] -= x.mutual_cost
                p = victory(x, q, a, z)
                war[0, q, a, z] = p - x.holder_war_cost
                war[1, q, a, z] = 1.0 - p - x.demander_war_cost - x.retaliation_per_step * q
    return flow, war


@njit(cache=True)
def offered(x, j):
    return x.deals == 0 or x.deals == (2 if j > LEVELS else 1)


@njit(cache=True)
def reneging(row, off, mu, reliable, free, precision):
    """r: the opportunist reneges, performing valued at the trust that r itself implies."""
    points = len(row)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        r = 0.5 * (low + high)
        better = mu * (1.0 - (1.0 - reliable) * r) / (1.0 - free * r)
        if pair((off - at(row, better)) * precision) > r:
            low = r
        else:
            high = r
    y_low = -750.0 if low <= 0.0 else math.log(low) - math.log1p(-low)
    y_high = 750.0 if high >= 1.0 else math.log(high) - math.log1p(-high)
    r = 0.5 * (low + high)
    y = math.log(r) - math.log1p(-r)
    for _ in range(STEPS):
        r = pair(y)
        rest = 1.0 - free * r
        better = mu * (1.0 - (1.0 - reliable) * r) / rest if rest > 0.0 else mu
        k, _ = split(better, points)
        slope = (row[k] - row[k + 1]) * (points - 1) * precision
        if rest > 0.0:
            slope *= mu * (free - (1.0 - reliable)) / (rest * rest)
        slope = 1.0 - slope * r * (1.0 - r)
        gap = y - (off - at(row, better)) * precision
        if gap < 0.0:
            y_low = y
        else:
            y_high = y
        new = y - gap / slope if slope > 0.0 else y_high + 1.0
        if not y_low <= new <= y_high:
            new = 0.5 * (y_low + y_high)
        done = abs(new - y) <= 1e-13 * (1.0 + abs(y))
        y = new
        if done:
            break
    return pair(y)


@njit(cache=True)
def after_performing(mu, reliable, free, r):
    rest = 1.0 - free * r
    return min(max(mu * (1.0 - (1.0 - reliable) * r) / rest, 0.0), 1.0) if rest > 0.0 else mu


@njit(cache=True)
def after_reneging(mu, reliable, free):
    return min(max(mu * (1.0 - reliable) / free, 0.0), 1.0) if free > 0.0 else mu


@njit(cache=True)
def solve_year(x, flow, war, nxt, attack, invest, arm, build, renege, accept, demand, early, now):
    """One year of backward induction, from values nxt to values now; early: values before performance."""
    _, most, counters, deals, points = nxt.shape
    most, counters = most - 1, counters - 1
    year = 1.0 - x.discount
    precision = 1.0 / (x.noise * year)
    reliable, unreliable = x.reliable_performance**x.members, x.unreliable_performance**x.members

    # 6. Attack, 7. Invest
    a6, b4 = np.empty_like(nxt), np.empty_like(nxt)
    for q in range(most + 1):
        for a in range(counters + 1):
            for z in range(deals):
                for m in range(points):
                    mu = (1.0 - x.trust_drift) * m / (points - 1) + x.trust_drift * x.trust
                    peace_h = year * flow[0, q, a, z] + x.discount * at(nxt[0, q, a, z], mu)
                    peace_d = year * flow[1, q, a, z] + x.discount * at(nxt[1, q, a, z], mu)
                    h = pair((war[1, q, a, z] - peace_d) * precision)
                    worth = year * (1.0 - h - x.investment_threshold) * x.growth_at_risk
                    i = pair(worth * precision)
                    attack[q, a, z, m], invest[q, a, z, m] = h, i
                    a6[0, q, a, z, m] = h * war[0, q, a, z] + (1.0 - h) * peace_h + i * worth
                    a6[1, q, a, z, m] = h * war[1, q, a, z] + (1.0 - h) * peace_d
    # 5. Arm: from low counter-arsenals up, so that what is read has not been written yet
    for q in range(most + 1):
        for a in range(counters + 1):
            for z in range(deals):
                for m in range(points):
                    if a == counters or z > LEVELS:
                        arm[q, a, z, m] = 0.0
                        continue
                    more = a6[1, q, a + 1, z, m] - year * x.counter_build_cost
                    p = pair((more - a6[1, q, a, z, m]) * precision)
                    arm[q, a, z, m] = p
                    a6[0, q, a, z, m] = p * a6[0, q, a + 1, z, m] + (1.0 - p) * a6[0, q, a, z, m]
                    a6[1, q, a, z, m] = p * more + (1.0 - p) * a6[1, q, a, z, m]
    # 4. Build
    pace = x.build_pace
    for q in range(most + 1):
        for a in range(counters + 1):
            for z in range(deals):
                caught = x.detection if z > 0 else 0.0
                for m in range(points):
                    if q == most:
                        build[q, a, z, m] = 0.0
                        for k in range(2):
                            b4[k, q, a, z, m] = a6[k, q, a, z, m]
                        continue
                    tried_h = (
                        pace * caught * a6[0, q + 1, a, 0, m]
                        + (1.0 - pace) * caught * a6[0, q, a, 0, m]
                        + pace * (1.0 - caught) * a6[0, q + 1, a, z, m]
                        + (1.0 - pace) * (1.0 - caught) * a6[0, q, a, z, m]
                        - year * x.build_cost
                    )
                    tried_d = (
                        pace * caught * a6[1, q + 1, a, 0, m]
                        + (1.0 - pace) * caught * a6[1, q, a, 0, m]
                        + pace * (1.0 - caught) * a6[1, q + 1, a, z, m]
                        + (1.0 - pace) * (1.0 - caught) * a6[1, q, a, z, m]
                    )
                    b = pair((tried_h - a6[0, q, a, z, m]) * precision)
                    build[q, a, z, m] = b
                    b4[0, q, a, z, m] = b * tried_h + (1.0 - b) * a6[0, q, a, z, m]
                    b4[1, q, a, z, m] = b * tried_d + (1.0 - b) * a6[1, q, a, z, m]
    # 3. Performance
    for q in range(most + 1):
        for a in range(counters + 1):
            for z in range(deals):
                for m in range(points):
                    if z == 0:
                        renege[q, a, z, m] = 0.0
                        for k in range(2):
                            early[k, q, a, z, m] = b4[k, q, a, z, m]
                        continue
                    mu = m / (points - 1)
                    free = mu * (1.0 - reliable) + (1.0 - mu) * (1.0 - unreliable)
                    worse = after_reneging(mu, reliable, free)
                    off_h = at(b4[0, q, a, 0], worse)
                    off_d = at(b4[1, q, a, 0], worse) - year * x.reneging_cost
                    r = reneging(b4[1, q, a, z], off_d, mu, reliable, free, precision)
                    better, broken = after_performing(mu, reliable, free, r), free * r
                    renege[q, a, z, m] = r
                    early[0, q, a, z, m] = broken * off_h + (1.0 - broken) * at(b4[0, q, a, z], better)
                    early[1, q, a, z, m] = broken * off_d + (1.0 - broken) * at(b4[1, q, a, z], better)
    # 1. Demand, 2. Answer
    worth_h, worth_d = np.empty(DEALS + 1), np.empty(DEALS + 1)
    for q in range(most + 1):
        for a in range(counters + 1):
            for z in range(deals):
                for m in range(points):
                    refuse_h, refuse_d = early[0, q, a, z, m], early[1, q, a, z, m]
                    top = worth_d[0] = refuse_d
                    worth_h[0] = refuse_h
                    for j in range(1, DEALS + 1):
                        worth_d[j] = -np.inf
                        worth_h[j] = accept[q, a, z, m, j - 1] = 0.0
                        if q == 0 or not offered(x, j):
                            continue
                        a2 = max(a - 1, 0) if j > LEVELS else a
                        paid = year * x.upfront_years * terms(x, j)
                        yes_h, yes_d = early[0, q - 1, a2, j, m] + paid, early[1, q - 1, a2, j, m] - paid
                        yes = pair((yes_h - refuse_h) * precision)
                        accept[q, a, z, m, j - 1] = yes
                        worth_h[j] = yes * yes_h + (1.0 - yes) * refuse_h
                        worth_d[j] = yes * yes_d + (1.0 - yes) * refuse_d
                        top = max(top, worth_d[j])
                    total = 0.0
                    for j in range(DEALS + 1):
                        p = math.exp((worth_d[j] - top) * precision) if worth_d[j] > -np.inf else 0.0
                        demand[q, a, z, m, j] = p
                        total += p
                    value_h = value_d = 0.0
                    for j in range(DEALS + 1):
                        demand[q, a, z, m, j] /= total
                        p = demand[q, a, z, m, j]
                        if p > 0.0:
                            value_h += p * worth_h[j]
                            value_d += p * worth_d[j]
                    now[0, q, a, z, m], now[1, q, a, z, m] = value_h, value_d


@njit(cache=True)
def put_at(row, mu, amount):
    """Mass at a trust between two points is split linearly between them."""
    low, weight = split(mu, len(row))
    row[low] += amount * (1.0 - weight)
    row[low + 1] += amount * weight


@njit(cache=True)
def play_year(x, mass, never, attack, arm, build, renege, accept, demand, sums):
    """Carry the mass through a year; never: the part for which no deal was ever struck, [q, a, m]."""
    most, counters, deals, points = mass.shape
    most, counters = most - 1, counters - 1
    pace = x.build_pace
    reliable, unreliable = x.reliable_performance**x.members, x.unreliable_performance**x.members
    # 1. Demand, 2. Answer, 3. Performance
    bargained, performed = np.zeros_like(mass), np.zeros_like(mass)
    for q in range(most + 1):
        for a in range(counters + 1):
            for z in range(deals):
                for m in range(points):
                    amount = mass[q, a, z, m]
                    if amount == 0.0:
                        continue
                    struck = 0.0
                    for j in range(1, DEALS + 1) if q > 0 else range(0):
                        p = demand[q, a, z, m, j] * accept[q, a, z, m, j - 1]
                        a2 = max(a - 1, 0) if j > LEVELS else a
                        bargained[q - 1, a2, j, m] += amount * p
                        struck += p
                    sums[1] += amount * struck
                    bargained[q, a, z, m] += amount * (1.0 - struck)
                    if z == 0:
                        never[q, a, m] *= 1.0 - struck
    for q in range(most + 1):
        for a in range(counters + 1):
            for z in range(deals):
                for m in range(points):
                    amount = bargained[q, a, z, m]
                    if z == 0 or amount == 0.0:
                        performed[q, a, z, m] += amount
                        continue
                    mu, r = m / (points - 1), renege[q, a, z, m]
                    free = mu * (1.0 - reliable) + (1.0 - mu) * (1.0 - unreliable)
                    broken = amount * free * r
                    put_at(performed[q, a, 0], after_reneging(mu, reliable, free), broken)
                    put_at(performed[q, a, z], after_performing(mu, reliable, free, r), amount - broken)
                    sums[2] += broken
    # 4. Build
    built, unstruck = np.zeros_like(mass), np.zeros_like(never)
    for q in range(most + 1):
        for a in range(counters + 1):
            for z in range(deals):
                caught = x.detection if z > 0 else 0.0
                for m in range(points):
                    b, amount = build[q, a, z, m], performed[q, a, z, m]
                    kept = 1.0 - b + b * (1.0 - pace) * (1.0 - caught)
                    built[q, a, z, m] += amount * kept
                    built[q, a, 0, m] += amount * b * (1.0 - pace) * caught
                    if z == 0:
                        unstruck[q, a, m] += never[q, a, m] * kept
                    if q < most:
                        built[q + 1, a, z, m] += amount * b * pace * (1.0 - caught)
                        built[q + 1, a, 0, m] += amount * b * pace * caught
                        if z == 0:
                            unstruck[q + 1, a, m] += never[q, a, m] * b * pace
    # 5. Arm, 6. Attack; in peace trust drifts
    mass[:], never[:] = 0.0, 0.0
    for q in range(most + 1):
        for a in range(counters, -1, -1):
            for z in range(deals):
                for m in range(points):
                    amount = built[q, a, z, m] * (1.0 - arm[q, a, z, m])
                    if a > 0:
                        amount += built[q, a - 1, z, m] * arm[q, a - 1, z, m]
                    h = attack[q, a, z, m]
                    sums[0] += amount * h
                    mu = (1.0 - x.trust_drift) * m / (points - 1) + x.trust_drift * x.trust
                    put_at(mass[q, a, z], mu, amount * (1.0 - h))
                    if z == 0:
                        amount = unstruck[q, a, m] * (1.0 - arm[q, a, z, m])
                        if a > 0:
                            amount += unstruck[q, a - 1, m] * arm[q, a - 1, z, m]
                        sums[3] += amount * h
                        put_at(never[q, a], mu, amount * (1.0 - h))


@njit(cache=True)
def outcomes_now(mass, never, sums, row):
    """The outcomes of n years; the levels are conditional on no war so far."""
    peace = deal = arsenal = counter = trust = 0.0
    points = mass.shape[3]
    for q in range(mass.shape[0]):
        for a in range(mass.shape[1]):
            for z in range(mass.shape[2]):
                for m in range(points):
                    amount = mass[q, a, z, m]
                    peace += amount
                    deal += amount if z > 0 else 0.0
                    arsenal += amount * q
                    counter += amount * a
                    trust += amount * m / (points - 1)
    row[0] = 1.0 - never.sum() - sums[3]
    row[1], row[2] = deal, sums[0]
    row[3], row[4], row[5] = arsenal / peace, counter / peace, trust / peace
    row[6], row[7] = sums[2], sums[1]


@njit(cache=True)
def solve_one(x, horizon, years, steps, points, head, yearly):
    """Solve one draw: outcomes at the start into head, and those after 1 … years into yearly."""
    shape = (steps + 1, COUNTER_STEPS + 1, DEALS + 1, points)
    kept = max(years, 1)  # strategies of the years that are carried forward
    attack, invest, arm = np.empty((kept, *shape)), np.empty(shape), np.empty((kept, *shape))
    build, renege = np.empty((kept, *shape)), np.empty((kept, *shape))
    accept, demand = np.empty((kept, *shape, DEALS)), np.empty((kept, *shape, DEALS + 1))
    early, now, nxt = np.empty((2, *shape)), np.empty((2, *shape)), np.empty((2, *shape))
    flow, war = tables(x, steps)
    for m in range(points):
        nxt[..., m] = flow
    for t in range(horizon - 1, -1, -1):
        k = min(t, kept - 1)
        solve_year(
            x,
            flow,
            war,
            nxt,
            attack[k],
            invest,
            arm[k],
            build[k],
            renege[k],
            accept[k],
            demand[k],
            early,
            now,
        )
        now, nxt = nxt, now
    q, mu = int(x.arsenal), x.trust
    head[0], head[1] = at(nxt[0, q, 0, 0], mu), at(nxt[1, q, 0, 0], mu)
    head[2], head[3], head[4] = at(attack[0, q, 0, 0], mu), share(x, q, 0), at(invest[q, 0, 0], mu)
    for j in range(1, DEALS + 1):
        for k, sign in ((0, 1.0), (1, -1.0)):
            gain = np.nan
            if q > 0:
                gain = (at(early[k, q - 1, 0, j], mu) - at(early[k, q, 0, 0], mu)) / (1.0 - x.discount)
            head[5 + k * DEALS + j - 1] = gain + sign * x.upfront_years * terms(x, j)
    if years == 0:
        return
    mass, never, sums = np.zeros(shape), np.zeros((steps + 1, COUNTER_STEPS + 1, points)), np.zeros(4)
    put_at(mass[q, 0, 0], mu, 1.0)
    put_at(never[q, 0], mu, 1.0)
    for t in range(years):
        play_year(x, mass, never, attack[t], arm[t], build[t], renege[t], accept[t], demand[t], sums)
        outcomes_now(mass, never, sums, yearly[t])


@njit(cache=True, parallel=True)
def solve_all(draws, horizon, years, steps, points):
    """Every draw, dealt out to threads."""
    head, yearly = np.empty((len(draws), HEAD)), np.empty((len(draws), years, YEARLY))
    for i in prange(len(draws)):
        solve_one(draws[i], horizon, years, steps, points, head[i], yearly[i])
    return head, yearly


def solve(draws: np.ndarray, horizon: int, years: int) -> tuple[np.ndarray, np.ndarray]:
    """Solve a structured array of draws on the default grid.

    Returns:
        Outcomes at the start, [draw, outcome], and after n years, [draw, year, outcome].
    """
    return solve_all(draws, horizon, years, 4, 9)
