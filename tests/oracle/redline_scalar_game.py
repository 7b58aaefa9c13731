"""The red-line game a second time, in plain Python: its grid, pay-offs and beliefs.

Written from the specification of the game alone, scalar by scalar, with the names of the sections of the
specification as comments. It is slow on purpose and imports nothing of the product. `redline_scalar` solves
it.

A row is a list over the trust grid. A table is ``table[q][a][z]``, a row each: ``q`` the arsenal, ``a`` the
counter-arsenal, ``z`` the deal (0 none, 1..J one-sided, J+1..2J mutual).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

COUNTER_STEPS = 2
LEVELS = 3
DEALS = 2 * LEVELS

Row = list[float]
Table = list[list[list[Row]]]

# The base point of the design's check values; a point that is solved overrides any of these.
_BASE = """
    discount 0.9, noise 0.1, horizon 40, arsenal 4, holder_strength 1.0, demander_strength 3.0,
    contest_exponent 1.0, holder_war_cost 0.3, demander_war_cost 0.1, bargaining_share 0.5,
    support_strength 3.0, support_reliability 0.6, veto_probability 0.7, strength_per_step 0.5,
    retaliation_per_step 0.08, upkeep_per_step 0.01, build_cost 1.0, build_pace 0.5,
    counter_strength_per_step 0.3, counter_build_cost 0.3, counter_upkeep 0.01, fear_per_step 0.02,
    one_sided_cost 0.03, mutual_cost 0.02, reliable_performance 0.97, unreliable_performance 0.5,
    members 1.0, trust 0.45, trust_drift 0.02, reneging_cost 0.1, upfront_years 0.0, repricing 1.0,
    sanctions_cost 0.1, sanctions_cost_demander 0.03, detection 0.8, exposure 0.0, growth_at_risk 0.2,
    investment_threshold 0.6, deal_strength 0.0, compensation_1 0.05, compensation_2 0.12,
    compensation_3 0.25
"""
BASE = {name: float(value) for name, value in (item.split() for item in _BASE.split(","))}

# --- Conventions ---


def logit(values: list[float], scale: float) -> list[float]:
    """Choice probabilities, proportional to exp(value / scale), with scale = noise * (1 - discount)."""
    top = max(values)
    weights = [math.exp((v - top) / scale) for v in values]
    total = math.fsum(weights)
    return [w / total for w in weights]


def logit_pair(first: float, second: float, scale: float) -> tuple[float, float]:
    """Probabilities of two actions, each to full relative precision: 1 - p would lose a rare action."""
    x = (first - second) / scale
    e = math.exp(-abs(x))
    return (1.0 / (1.0 + e), e / (1.0 + e)) if x >= 0 else (e / (1.0 + e), 1.0 / (1.0 + e))


def one_sided(z: int) -> bool:
    return 1 <= z <= LEVELS


def mutual(z: int) -> bool:
    return z > LEVELS


# --- Public state, at the start of a year ---


def split(mu: float, points: int) -> tuple[int, float]:
    """The trust point at or below ``mu`` (never the last one) and the weight of the point above it."""
    place = mu * (points - 1)
    low = min(max(int(place), 0), points - 2)
    return low, place - low


def at(row: Row, mu: float) -> float:
    """The row at trust ``mu``, by linear interpolation."""
    low, weight = split(mu, len(row))
    return (1.0 - weight) * row[low] + weight * row[low + 1]


# --- Primitives ---


@dataclass(frozen=True)
class Game:
    """One parameter point with the sizes of the grid; ``x`` is the record of parameters."""

    x: dict[str, float]
    proposals: tuple[int, ...]
    arsenal_steps: int
    points: int

    @cached_property
    def scale(self) -> float:
        return self.x["noise"] * (1.0 - self.x["discount"])

    @cached_property
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

    @cached_property
    def kept(self) -> tuple[float, float]:
        """pi_R and pi_U: probability that the government performs as a matter of course."""
        members = self.x["members"]
        return self.x["reliable_performance"] ** members, self.x["unreliable_performance"] ** members

    def opportunist(self, mu: float) -> float:
        """u at trust ``mu``: how likely an opportunist is in office."""
        reliable, unreliable = self.kept
        return mu * (1.0 - reliable) + (1.0 - mu) * (1.0 - unreliable)

    def performs(self, mu: float, stays: float) -> float:
        """1 - u r at trust ``mu``, with ``stays`` = 1 - r, summed from parts that do not cancel."""
        reliable, unreliable = self.kept
        return mu * reliable + (1.0 - mu) * unreliable + self.opportunist(mu) * stays

    def after_reneging(self, mu: float) -> float:
        u = self.opportunist(mu)
        return mu if u == 0.0 else min(max(mu * (1.0 - self.kept[0]) / u, 0.0), 1.0)

    def after_performing(self, mu: float, stays: float) -> float:
        performs = self.performs(mu, stays)
        if performs <= 0.0:
            return mu
        reliable = self.kept[0]
        return min(max(mu * (reliable + (1.0 - reliable) * stays) / performs, 0.0), 1.0)

    def drifted(self, mu: float) -> float:
        drift = self.x["trust_drift"]
        return (1.0 - drift) * mu + drift * self.x["trust"]

    def accepted(self, q: int, a: int, z: int) -> tuple[int, int, int]:
        """The state once the holder accepts deal ``z`` at (q, a)."""
        return q - 1, (max(a - 1, 0) if mutual(z) else a), z
