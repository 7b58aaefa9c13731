"""The red-line game in plain NumPy: the tests' scalar twin over whole grids, as one would write it first.

Arrays are [arsenal, counter-arsenal, deal, trust, draw]. The root of the performance equation is found as in
`redline_numba`. No certificate is worked out here. Run by the Python of .venv-bench alone.
"""

from __future__ import annotations

import numpy as np

MOST, COUNTERS, LEVELS, POINTS = 4, 2, 3, 9
DEALS = 2 * LEVELS
HALVINGS, STEPS = 12, 80
MU = np.linspace(0.0, 1.0, POINTS)[:, None]
LESS = np.array([max(a - 1, 0) for a in range(COUNTERS + 1)])  # counter-arsenal after a mutual deal
Q, A, Z = (x[..., None, None] for x in np.ogrid[: MOST + 1, : COUNTERS + 1, : DEALS + 1])


def chosen(gain):
    """Probability of the action that gains this, in units of noise, over the other."""
    e = np.exp(-np.abs(gain))
    return np.where(gain >= 0.0, 1.0, e) / (1.0 + e)


def split(mu):
    """The trust point at or below mu, and the weight of the point above it."""
    place = mu * (POINTS - 1)
    low = np.clip(place.astype(int), 0, POINTS - 2)
    return low, place - low


def at(values, mu):
    """Values, trust on the last axis but one, read at mu."""
    low, weight = split(mu)
    shape = np.broadcast_shapes((*values.shape[:-2], 1, 1), low.shape)
    low = np.broadcast_to(low, shape)
    values = np.broadcast_to(values, (*shape[:-2], POINTS, shape[-1]))
    below = np.take_along_axis(values, low, axis=-2)
    return below + weight * (np.take_along_axis(values, low + 1, axis=-2) - below)


def spread(mass, mu):
    """Mass moved to trust mu, split between the two points beside it."""
    moved = np.zeros(np.broadcast_shapes(mass.shape, mu.shape))
    place = mu * (POINTS - 1)
    for m in range(POINTS):
        moved[..., m, :] = (mass * np.maximum(0.0, 1.0 - np.abs(place - m))).sum(axis=-2)
    return moved


class Game:
    """Everything about a batch of draws that does not change from year to year."""

    def __init__(self, draws: np.ndarray) -> None:
        x = {name: draws[name].copy() for name in draws.dtype.names}
        self.x, self.year = x, 1.0 - x["discount"]
        self.precision = 1.0 / (x["noise"] * self.year)
        levels = np.stack([x[f"compensation_{j}"] for j in (1, 2, 3)])
        self.terms = np.concatenate([0 * levels[:1], levels, levels])  # [deal, draw]
        self.paid = self.year * x["upfront_years"] * self.terms
        self.open = [(x["deals"] == 0) | (x["deals"] == (2 if j > LEVELS else 1)) for j in range(DEALS + 1)]
        y = self.share(Q, A)
        self.flow = (
            y
            - x["upkeep_per_step"] * Q
            - (Z == 0) * x["sanctions_cost"]
            + self.terms[:, None]
            - ((Z > 0) & (Z <= LEVELS)) * x["one_sided_cost"],
            1.0
            - y
            - x["fear_per_step"] * Q
            - x["counter_upkeep"] * A
            - (Z == 0) * x["sanctions_cost_demander"]
            - self.terms[:, None]
            - (Z > LEVELS) * x["mutual_cost"],
        )
        won = self.victory(Q, A, Z)
        self.war = (
            won - x["holder_war_cost"],
            1.0 - won - x["demander_war_cost"] - x["retaliation_per_step"] * Q,
        )
        reliable = x["reliable_performance"] ** x["members"]
        self.bound = reliable  # performs as a matter of course if the system is reliable
        self.free = MU * (1.0 - reliable) + (1.0 - MU) * (1.0 - x["unreliable_performance"] ** x["members"])
        some = self.free > 0.0
        self.worse = np.where(some, MU * (1.0 - reliable) / np.where(some, self.free, 1.0), MU)
        self.drifted = (1.0 - x["trust_drift"]) * MU + x["trust_drift"] * x["trust"]

    def victory(self, q, a, z):
        x = self.x
        per = x["strength_per_step"] * q
        h = x["holder_strength"] + np.where(z > 0, per * (1.0 - x["exposure"]) + x["deal_strength"], per)
        power = x["contest_exponent"]
        d = (x["demander_strength"] + x["counter_strength_per_step"] * a) ** power
        reliable = x["support_reliability"] * (1.0 - x["veto_probability"])
        alone, helped = h**power, (h + x["support_strength"]) ** power
        return (1.0 - reliable) * alone / (alone + d) + reliable * helped / (helped + d)

    def bargain(self, q, a):
        x = self.x
        saved = x["holder_war_cost"] + x["demander_war_cost"] + x["retaliation_per_step"] * q
        share = self.victory(q, a, 0) - x["holder_war_cost"] + x["bargaining_share"] * saved
        return np.clip(share, 0.0, 1.0)

    def share(self, q, a):
        again = self.x["repricing"]
        return (1.0 - again) * self.bargain(self.x["arsenal"], 0) + again * self.bargain(q, a)

    def better(self, r):
        """Trust after performing, if the opportunist reneges with probability r."""
        rest = 1.0 - self.free * r
        some = rest > 0.0
        kept = MU * (1.0 - (1.0 - self.bound) * r) / np.where(some, rest, 1.0)
        return np.where(some, np.clip(kept, 0.0, 1.0), MU)

    def reneging(self, row, off):
        """r, performing valued at the trust that r itself implies: chosen by halvings, polished by Newton."""
        low, high = np.zeros_like(row), np.ones_like(row)
        for _ in range(HALVINGS):
            r = 0.5 * (low + high)
            above = chosen((off - at(row, self.better(r))) * self.precision) > r
            low, high = np.where(above, r, low), np.where(above, high, r)
        with np.errstate(divide="ignore"):
            y_low = np.maximum(np.log(low) - np.log1p(-low), -750.0)
            y_high = np.minimum(np.log(high) - np.log1p(-high), 750.0)
        r = 0.5 * (low + high)
        y = np.log(r) - np.log1p(-r)
        rises = (row[..., 1:, :] - row[..., :-1, :]) * (POINTS - 1) * self.precision
        rises = np.concatenate([rises, rises[..., -1:, :]], axis=-2)
        turn = MU * (self.free - (1.0 - self.bound))
        for _ in range(STEPS):
            r = chosen(y)
            rest = np.maximum(1.0 - self.free * r, 1e-300)
            better = self.better(r)
            rise = np.take_along_axis(rises, split(better)[0], axis=-2)
            slope = 1.0 + rise * turn / (rest * rest) * r * (1.0 - r)
            gap = y - (off - at(row, better)) * self.precision
            y_low, y_high = np.where(gap < 0.0, y, y_low), np.where(gap < 0.0, y_high, y)
            new = y - gap / np.where(slope > 0.0, slope, 1e-30)
            new = np.where((new >= y_low) & (new <= y_high), new, 0.5 * (y_low + y_high))
            done = (np.abs(new - y) <= 1e-13 * (1.0 + np.abs(y))).all()
            y = new
            if done:
                break
        return chosen(y)

    def solve_year(self, nxt):
        """One year of backward induction: strategies, values before performance and at the start."""
        x, year, precision = self.x, self.year, self.precision
        # 6. Attack, 7. Invest
        peace = [year * f + x["discount"] * at(v, self.drifted) for f, v in zip(self.flow, nxt, strict=True)]
        attack = chosen((self.war[1] - peace[1]) * precision)
        worth = year * (1.0 - attack - x["investment_threshold"]) * x["growth_at_risk"]
        invest = chosen(worth * precision)
        h = attack * self.war[0] + (1.0 - attack) * peace[0] + invest * worth
        d = attack * self.war[1] + (1.0 - attack) * peace[1]
        # 5. Arm
        arm = np.zeros_like(h)
        here, there = np.s_[:, :-1, : LEVELS + 1], np.s_[:, 1:, : LEVELS + 1]
        more = d[there] - year * x["counter_build_cost"]
        p = arm[here] = chosen((more - d[here]) * precision)
        new_h, new_d = h.copy(), d.copy()
        new_h[here] = p * h[there] + (1.0 - p) * h[here]
        new_d[here] = p * more + (1.0 - p) * d[here]
        h, d = new_h, new_d
        # 4. Build
        build = np.zeros_like(h)
        tried_h, tried_d = self.tried(h) - year * x["build_cost"], self.tried(d)
        b = build[:-1] = chosen((tried_h - h[:-1]) * precision)
        h = np.concatenate([b * tried_h + (1.0 - b) * h[:-1], h[-1:]])
        d = np.concatenate([b * tried_d + (1.0 - b) * d[:-1], d[-1:]])
        # 3. Performance
        off_h = at(h[:, :, :1], self.worse)
        off_d = at(d[:, :, :1], self.worse) - year * x["reneging_cost"]
        r = self.reneging(d[:, :, 1:], off_d)
        better, broken = self.better(r), self.free * r
        h = np.concatenate([h[:, :, :1], broken * off_h + (1.0 - broken) * at(h[:, :, 1:], better)], axis=2)
        d = np.concatenate([d[:, :, :1], broken * off_d + (1.0 - broken) * at(d[:, :, 1:], better)], axis=2)
        # 1. Demand, 2. Answer
        worth_h, worth_d, accept = [h[1:]], [d[1:]], []
        for j in range(1, DEALS + 1):
            after = np.s_[:-1, LESS, j : j + 1] if j > LEVELS else np.s_[:-1, :, j : j + 1]
            yes_h, yes_d = h[after] + self.paid[j], d[after] - self.paid[j]
            yes = chosen((yes_h - h[1:]) * precision)
            accept.append(yes)
            worth_h.append(yes * yes_h + (1.0 - yes) * h[1:])
            worth_d.append(np.where(self.open[j], yes * yes_d + (1.0 - yes) * d[1:], -np.inf))
        odds = np.stack(worth_d)
        odds = np.exp((odds - odds.max(axis=0)) * precision)
        demand = odds / odds.sum(axis=0)
        start_h = sum(p * v for p, v in zip(demand, worth_h, strict=True))
        start_d = sum(p * np.where(p > 0, v, 0.0) for p, v in zip(demand, worth_d, strict=True))
        strategies = attack, arm, build, r, demand[1:] * np.stack(accept)
        start = np.concatenate([h[:1], start_h]), np.concatenate([d[:1], start_d])
        return strategies, invest, (h, d), start

    def tried(self, v):
        """Values after a try to build, from values after step 4."""
        pace, caught = self.x["build_pace"], (Z > 0) * self.x["detection"]
        free = pace * v[1:] + (1.0 - pace) * v[:-1]
        return caught * free[:, :, :1] + (1.0 - caught) * free

    def play_year(self, mass, never, sums, strategies):
        """Carry the mass through a year; never: the part for which no deal was ever struck, without deals."""
        attack, arm, build, r, struck = strategies
        # 1. Demand, 2. Answer
        some = struck.sum(axis=0)
        moved = mass[1:] * struck  # [deal, arsenal − 1, …]
        mass = np.concatenate([mass[:1], mass[1:] * (1.0 - some)])
        never = np.concatenate([never[:1], never[1:] * (1.0 - some[:, :, :1])])
        for j in range(1, DEALS + 1):
            arrived = moved[j - 1].sum(axis=2)
            for a in range(COUNTERS + 1):
                mass[:-1, LESS[a] if j > LEVELS else a, j] += arrived[:, a]
        sums["steps_conceded"] = sums["steps_conceded"] + moved.sum(axis=(0, 1, 2, 3, 4))
        # 3. Performance
        broken = mass[:, :, 1:] * self.free * r
        kept = spread(mass[:, :, 1:] - broken, self.better(r))
        free = mass[:, :, :1] + spread(broken.sum(axis=2, keepdims=True), self.worse)
        mass = np.concatenate([free, kept], axis=2)
        sums["broken_deals"] = sums["broken_deals"] + broken.sum(axis=(0, 1, 2, 3))
        # 4. Build
        mass, never = self.built(mass, build), self.built(never, build[:, :, :1])
        # 5. Arm
        mass, never = self.armed(mass, arm), self.armed(never, arm[:, :, :1])
        # 6. Attack; in peace trust drifts
        sums["attack_within"] = sums["attack_within"] + (mass * attack).sum(axis=(0, 1, 2, 3))
        sums["never_and_war"] = sums["never_and_war"] + (never * attack[:, :, :1]).sum(axis=(0, 1, 2, 3))
        mass = spread(mass * (1.0 - attack), self.drifted)
        never = spread(never * (1.0 - attack[:, :, :1]), self.drifted)
        return mass, never

    def built(self, mass, build):
        pace, caught = self.x["build_pace"], (Z[:, :, : mass.shape[2]] > 0) * self.x["detection"]
        tried = mass * build
        new = mass - tried
        for arrived, q in ((tried * (1.0 - pace), np.s_[:]), (tried[:-1] * pace, np.s_[1:])):
            new[q] += arrived * (1.0 - caught)
            new[q, :, 0] += (arrived * caught).sum(axis=2)
        return new

    def armed(self, mass, arm):
        new = mass * (1.0 - arm)
        new[:, 1:] += (mass * arm)[:, :-1]
        return new


def solve(draws: np.ndarray, horizon: int, years: int) -> tuple[np.ndarray, np.ndarray]:
    """Solve a structured array of draws; see `redline_numba.solve`."""
    g, n = Game(draws), len(draws)
    shape = (MOST + 1, COUNTERS + 1, DEALS + 1, POINTS, n)
    nxt = tuple(np.broadcast_to(f, shape) for f in g.flow)
    kept = []
    invest, early = nxt[0], nxt  # the first year's, once the loop has ended
    for _ in range(horizon):
        strategies, invest, early, nxt = g.solve_year(nxt)
        kept = [strategies, *kept[: max(years, 1) - 1]]
    q, mu, every = draws["arsenal"].astype(int), draws["trust"], np.arange(n)

    def start(v, q, z):
        return at(v[q, 0, z, :, every].T, mu[None])[0]

    head = [start(v, q, 0) for v in (*nxt, kept[0][0])]
    head += [g.share(draws["arsenal"], 0), start(invest, q, 0)]
    for v, sign in zip(early, (1.0, -1.0), strict=True):
        for j in range(1, DEALS + 1):
            gain = (start(v, q - 1, j) - start(v, q, 0) + sign * g.paid[j]) / g.year
            head.append(np.where(q > 0, gain, np.nan))
    yearly = np.empty((n, years, 8))
    mass = np.zeros(shape)
    mass[q, 0, 0, :, every] = np.maximum(0.0, 1.0 - np.abs(mu * (POINTS - 1) - np.arange(POINTS)[:, None])).T
    never = mass[:, :, :1]
    sums = dict.fromkeys(("attack_within", "steps_conceded", "broken_deals", "never_and_war"), 0.0)
    for t in range(years):
        mass, never = g.play_year(mass, never, sums, kept[t])
        axes = (0, 1, 2, 3)
        peace = mass.sum(axis=axes)
        yearly[:, t] = np.stack(
            [
                1.0 - never.sum(axis=axes) - sums["never_and_war"],
                mass[:, :, 1:].sum(axis=axes),
                sums["attack_within"],
                *((mass * level).sum(axis=axes) / peace for level in (Q, A, MU)),
                sums["broken_deals"],
                sums["steps_conceded"],
            ],
            axis=-1,
        )
    return np.stack(head, axis=-1), yearly
