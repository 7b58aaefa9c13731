"""The games without an end, for both sides: random ones, and the red-line game without beliefs.

The red-line game without beliefs is the gallery's with both kinds of system performing equally often, so that
nothing is learned; Détente carries a belief grid of two points all the same, its smallest. For sgamesolver
trust is left out, every year chance brings an opportunist to office or not, and every move of the year
becomes a state. This is exact: within a year transitions carry 1/δ, so that its discounting undoes itself,
and the firms' investment is a move at the same time as the attack.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np

from detente.engine.game import Accounting, Action, Branch, Game, Joint, Variable
from detente.gallery.redline import game as redline

PLAYERS = ("A", "B")
DEALS = 2 * redline.LEVELS


def drawn(states: int, actions: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pay-offs [state, player, a, b] and transitions [state, a, b, state] as sgamesolver draws them."""
    draw = np.random.default_rng(seed)
    pays = np.stack([draw.random((2, actions, actions)) for _ in range(states)])
    moves = np.stack([draw.exponential(size=(actions, actions, states)) for _ in range(states)])
    return pays, moves / moves.sum(axis=-1, keepdims=True)


def random_game(pays: Any, moves: Any) -> Game:
    """The game of number ``p.number`` among tables [number, state, …]."""
    states, actions = pays.shape[1], pays.shape[-1]
    labels = [str(k) for k in range(actions)]

    def one(p: Any, table: Any) -> Any:
        return table[p.number.astype(int)].T[:, None]  # [state, belief, batch]

    def choices(s: Any, p: Any) -> dict[str, tuple[Action, ...]]:
        return {x: tuple(Action(k) for k in labels) for x in PLAYERS}

    def profile(s: Any, p: Any, chosen: Any) -> Action:
        a, b = (int(chosen[x]) for x in PLAYERS)
        ways = tuple(Branch(one(p, moves[:, :, a, b, k]), {"state": 0 * s.state + k}) for k in range(states))
        return Action(
            "both", branches=ways, pays={x: one(p, pays[:, :, i, a, b]) for i, x in enumerate(PLAYERS)}
        )

    return Game(
        players=PLAYERS,
        variables=(Variable("state", states),),
        stages=(
            Joint("play", choices, profile),
            Accounting("year", lambda s, p: dict.fromkeys(PLAYERS, 0.0)),
        ),
        start=lambda p: {"state": 0},
        endless=True,
    )


# --- The red-line game without beliefs ------------------------------------------------------------------


def opportunist(p: Any) -> Any:
    """Probability that an opportunist is in office, at the trust of the start."""
    reliable, unreliable = redline.performs(None, p)
    return p.trust * (1 - reliable) + (1 - p.trust) * (1 - unreliable)


def without_beliefs(arsenal_steps: int, counter_steps: int) -> Game:
    """For Détente: the gallery's game without an end."""
    game = redline.game(arsenal_steps, counter_steps, trust_points=2)
    return replace(game, endless=True, tallies=())


def unlearning(values: dict[str, np.ndarray], arsenal: int) -> dict[str, np.ndarray]:
    """Draws of the first case, with an arsenal and with nothing to learn about the demander."""
    performs = 1 - opportunist(SimpleNamespace(**values))
    same = dict.fromkeys(("reliable_performance", "unreliable_performance"), performs)
    return {**values, **same, "members": np.ones_like(performs), "arsenal": np.full_like(performs, arsenal)}


class Sheets:
    """States with their pay-offs [player, h, d] and transitions {(h, d): {state: weight}}."""

    def __init__(self) -> None:
        self.number: dict[Any, int] = {}
        self.pays: list[np.ndarray] = []
        self.moves: list[dict[tuple[int, int], dict[Any, float]]] = []

    def add(self, key: Any, shape: tuple[int, int], moves: Any, pays: Any = ()) -> None:
        """A state; what is not named in pays is 0."""
        self.number[key] = len(self.pays)
        self.pays.append(np.zeros((2, *shape)))
        for place, amounts in dict(pays).items():
            self.pays[-1][(slice(None), *place)] = amounts
        self.moves.append(moves)

    def arrays(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """As sgamesolver takes them."""
        found = []
        for pays, moves in zip(self.pays, self.moves, strict=True):
            table = np.zeros((*pays.shape[1:], len(self.pays)))
            for place, ends in moves.items():
                for key, weight in ends.items():
                    table[(*place, self.number[key])] += weight
            found.append(table)
        return self.pays, found


def as_states(values: dict[str, float], most: int, counters: int) -> tuple[Any, Any, float, float]:
    """For sgamesolver: pay-offs, transitions, discount and precision; the players are holder and demander.

    The states of a year's start come first, in the order of arsenal, counter-arsenal and deal.
    """
    p = SimpleNamespace(**values)
    sheets, within = Sheets(), 1 / p.discount
    u = float(opportunist(p))
    grid = list(product(range(most + 1), range(counters + 1), range(DEALS + 1)))
    axes = np.ogrid[: most + 1, : counters + 1, : DEALS + 1]
    s = SimpleNamespace(**dict(zip(("arsenal", "counter_arsenal", "deal"), axes, strict=True)))
    flow = {
        k: np.broadcast_to(np.asarray(v), (most + 1, counters + 1, DEALS + 1))
        for k, v in redline.flow(s, p).items()
    }
    offers = [j for j in range(1, DEALS + 1) if p.deals == 0 or p.deals == (2 if redline.is_mutual(j) else 1)]

    def attack(q: int, a: int, z: int) -> dict[Any, float]:
        return {("attack", q, a, z): within}

    def arm(q: int, a: int, z: int) -> dict[Any, float]:
        return {("arm", q, a, z): within} if a < counters and not redline.is_mutual(z) else attack(q, a, z)

    def build(q: int, a: int, z: int) -> dict[Any, float]:
        return {("build", q, a, z): within} if q < most else arm(q, a, z)

    def performance(q: int, a: int, z: int) -> dict[Any, float]:
        if z == 0:
            return build(q, a, z)
        return mixed((u, {("performance", q, a, z): within}), (1 - u, build(q, a, z)))

    def alone(player: int, ways: list[dict[Any, float]]) -> dict[tuple[int, int], dict[Any, float]]:
        return {((k, 0) if player == 0 else (0, k)): x for k, x in enumerate(ways)}

    for q, a, z in grid:
        ways = [performance(q, a, z), *({("answer", q, a, z, j): within} for j in offers if q)]
        sheets.add(("demand", q, a, z), (1, len(ways)), alone(1, ways))
    for q, a, z in grid:
        for j in offers if q else ():
            after = q - 1, max(a - 1, 0) if redline.is_mutual(j) else a, j
            paid = p.upfront_years * getattr(p, f"compensation_{(j - 1) % redline.LEVELS + 1}")
            ways = [performance(q, a, z), performance(*after)]
            sheets.add(("answer", q, a, z, j), (2, 1), alone(0, ways), {(1, 0): (paid, -paid)})
        if z:
            ways = [build(q, a, z), build(q, a, 0)]
            sheets.add(("performance", q, a, z), (1, 2), alone(1, ways), {(0, 1): (0.0, -p.reneging_cost)})
        if q < most:
            caught, pace = p.detection if z else 0.0, p.build_pace
            tried = mixed(
                (pace * (1 - caught), arm(q + 1, a, z)),
                (pace * caught, arm(q + 1, a, 0)),
                ((1 - pace) * (1 - caught), arm(q, a, z)),
                ((1 - pace) * caught, arm(q, a, 0)),
            )
            sheets.add(
                ("build", q, a, z), (2, 1), alone(0, [arm(q, a, z), tried]), {(1, 0): (-p.build_cost, 0.0)}
            )
        if a < counters and not redline.is_mutual(z):
            ways = [attack(q, a, z), attack(q, a + 1, z)]
            sheets.add(("arm", q, a, z), (1, 2), alone(1, ways), {(0, 1): (0.0, -p.counter_build_cost)})
        won, year = float(redline.victory(p, q, a, z)), 1 - p.discount
        lost = 1 - won - p.demander_war_cost - p.retaliation_per_step * q
        pays = {}
        for i in (0, 1):  # the firms wait or invest, the demander keeps the peace or attacks
            kept = (1 - p.investment_threshold) * p.growth_at_risk * i
            ruined = -p.investment_threshold * p.growth_at_risk * i
            pays[i, 0] = kept + flow["holder"][q, a, z], flow["demander"][q, a, z]
            pays[i, 1] = ruined + (won - p.holder_war_cost) / year, lost / year
        ends = {(i, 0): {("demand", q, a, z): 1.0} for i in (0, 1)}
        sheets.add(("attack", q, a, z), (2, 2), ends, pays)
    return *sheets.arrays(), p.discount, 1 / p.noise


def mixed(*ways: tuple[float, dict[Any, float]]) -> dict[Any, float]:
    """A lottery over ways to go on."""
    found: dict[Any, float] = {}
    for chance, ends in ways:
        for key, weight in ends.items():
            found[key] = found.get(key, 0.0) + chance * weight
    return found
