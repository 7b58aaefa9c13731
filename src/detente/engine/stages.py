"""What the stages of a game mean: values backward, mass forward.

Each stage is prepared once for a set of parameters (`prepare`) and then used every year:

- `play` takes the players' values after the stage; it gives the strategy, the values before,
  and the stage's gaps for the certificate;
- `push` carries mass through the stage under a strategy, and counts what is done on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import jax.numpy as jnp
import numpy as np

from detente.engine import grid, joint, moves, offer, reputation
from detente.engine.game import Accounting, Action, Chance, Commitment, Decision, Joint, Offer
from detente.engine.grid import Box
from detente.engine.joint import Together
from detente.engine.moves import Context, Flow, Mass, Move, Part, Strategy, Values
from detente.engine.numeric import largest, logit, settle, sigmoid, total
from detente.engine.offer import Bargain
from detente.errors import ModelError

Array = Any
Gaps = dict[str, Array]


@dataclass(frozen=True)
class Choice:
    """A prepared decision or chance move: the parts of the grid for each value of what passes."""

    stage: Decision | Chance
    index: int
    player: int
    parts: tuple[tuple[Part, ...], ...]

    @property
    def ends(self) -> bool:
        """Whether the game can end here."""
        return any(m.ends is not None for parts in self.parts for part in parts for m in part.moves)

    def play(
        self, c: Context, after: list[Values], check: bool = False
    ) -> tuple[Strategy, list[Values], Gaps]:
        """Strategy, values before the stage, and gaps; `check`: also of the choice itself."""
        strategy, before, regret, apart = [], [], [], []
        for parts in self.parts:
            played = [self._choose(c, part, after) for part in parts]
            if check:
                apart += [self._checked(c, part, after, x[0]) for part, x in zip(parts, played, strict=True)]
            strategy.append(tuple(x[0] for x in played))
            regret += [x[2] for x in played if x[2] is not None]
            before.append(
                tuple(
                    moves.patched(c, x, [(part.box, y[1][i]) for part, y in zip(parts, played, strict=True)])
                    for i, x in enumerate(after[0])
                )
            )
        gaps = {"regret": c.in_years(_most(regret), self.player)} if regret else {}
        if apart:
            gaps["strategy_gap"] = _most(apart)
        return tuple(strategy), settle(before), gaps

    def _checked(self, c: Context, part: Part, after: list[Values], chosen: tuple[Array, ...]) -> Array:
        """Difference from the logit choice that the gains imply, worked out by other means."""
        first, *others = part.moves
        base = moves.paid(first, after, part.box, self.player)
        gains = [moves.gain(m, first, after, part.box, self.player, base) for m in others]
        utility = [jnp.zeros_like(base)] + [
            jnp.where(True if m.allowed is None else m.allowed, g * c.precision, -jnp.inf)
            for m, g in zip(others, gains, strict=True)
        ]
        # Array by array: reducing a stack of them was measured to take a tenth of a whole solve.
        top = reduce(jnp.maximum, utility)
        odds = [jnp.exp(u - top) for u in utility]
        whole = sum(odds[1:], odds[0])
        return reduce(jnp.maximum, [jnp.abs(x / whole - p) for x, p in zip(odds, chosen, strict=True)])

    def _choose(
        self, c: Context, part: Part, after: list[Values]
    ) -> tuple[tuple[Array, ...], Values, Array | None]:
        first, *others = part.moves
        players = range(len(c.game.players))
        base = tuple(moves.paid(first, after, part.box, i) for i in players)
        if not others:
            return (jnp.ones((1,) * base[0].ndim, c.discount.dtype),), base, None
        gains = [[moves.gain(m, first, after, part.box, i, base[i]) for m in others] for i in players]
        mine = gains[self.player]
        chosen = logit(_tied(c, part.moves, mine), [m.allowed for m in others], c.precision)
        if len(others) == 1:
            # One of several is a product of two arrays, worked out anew by each reader sooner than kept.
            chosen = settle(chosen)
        values = tuple(base[i] + _mean(chosen[1:], gains[i]) for i in players)
        best: Array = jnp.zeros((), c.discount.dtype)
        for m, g in zip(others, mine, strict=True):
            best = jnp.maximum(best, g if m.allowed is None else jnp.where(m.allowed, g, 0.0))
        return chosen, values, best - _mean(chosen[1:], mine)

    def push(
        self, c: Context, strategy: Strategy, mass: list[Mass], flow: Flow
    ) -> tuple[list[Mass], dict[str, Array]]:
        """Mass after the stage, and the probabilities counted on the way."""
        out: dict[int, Mass] = {}
        for o, (parts, m) in enumerate(zip(self.parts, mass, strict=True)):
            stay = o if c.passing(self.index + 1) == c.passing(self.index) else 0
            rest = moves.zeroed(m, [part.box for part in parts])
            out[stay] = moves.add(out[stay], rest) if stay in out else rest
        for k in range(1, c.passing(self.index + 1)):
            boxes = [
                both
                for parts, m in zip(self.parts, mass, strict=True)
                for part in parts
                if (both := grid.overlap(part.box, m.window))
                and any(w.passing == k for x in part.moves for w in x.ways)
            ]
            if k not in out:
                window = moves.hull(boxes) if boxes else mass[0].window
                shape = [s.stop - s.start for s in window]
                out[k] = Mass(window, jnp.zeros((*shape, *c.shape[-2:]), c.discount.dtype))
        counted: dict[str, Array] = {}
        for parts, chosen, m in zip(self.parts, strategy, mass, strict=True):
            for part, probabilities in zip(parts, chosen, strict=True):
                box = grid.overlap(part.box, m.window)
                if box is None:
                    continue
                there = m.array[grid.within(box, m.window)]
                for move, probability in zip(part.moves, probabilities, strict=True):
                    moved = moves.cut(probability, grid.within(box, part.box)) * there
                    for name in [n for n, label in flow.counts.items() if label == move.label]:
                        counted[name] = counted.get(name, 0.0) + total(moved)
                    if move.ends is not None:
                        counted["ended"] = counted.get("ended", 0.0) + total(moved)
                    if move.label != flow.without:
                        move.push(out, moved, box, part.box)
        carried = settle([out[k].array for k in sorted(out)])
        return [Mass(out[k].window, x) for k, x in zip(sorted(out), carried, strict=True)], counted

    def probability(self, c: Context, strategy: Strategy, passing: int = 0) -> dict[str, Array]:
        """Probability of each action at each state, for a value of what passes before the stage."""
        found: dict[str, list[tuple[Box, Array]]] = {}
        for part, chosen in zip(self.parts[passing], strategy[passing], strict=True):
            for move, probability in zip(part.moves, chosen, strict=True):
                found.setdefault(move.label, []).append((part.box, probability))
        zero = jnp.zeros(c.shape, c.discount.dtype)
        return {label: moves.patched(c, zero, patches) for label, patches in found.items()}


def _tied(c: Context, actions: Sequence[Move], gains: list[Array]) -> list[Array]:
    """What actions gain over the first as the choice sees it, ties broken at noise 0."""
    first, *others = actions
    if all(m.when_tied == first.when_tied for m in others):
        return gains
    extra = [float(m.when_tied) - float(first.when_tied) for m in others]
    return [g + x * c.tie() if x else g for x, g in zip(extra, gains, strict=True)]


def _mean(weights: Sequence[Array], values: Sequence[Array]) -> Array:
    parts = [w * x for w, x in zip(weights, values, strict=True)]
    return sum(parts[1:], parts[0])


def _most(arrays: Sequence[Array]) -> Array:
    """Largest entry of several arrays for each element of the batch."""
    groups: dict[tuple[int, ...], Array] = {}
    for x in arrays:
        groups[x.shape] = jnp.maximum(groups[x.shape], x) if x.shape in groups else x
    top: Array = jnp.zeros((), arrays[0].dtype)
    for x in groups.values():
        top = jnp.maximum(top, largest(x))
    return top


@dataclass(frozen=True)
class Bound:
    """A prepared decision under commitment."""

    stage: Commitment
    index: int
    player: int
    boxes: tuple[Box, ...]
    kept: tuple[Move, ...]
    broken: tuple[Move, ...]
    rule: reputation.Reputation
    after_break: grid.Shift

    @property
    def ends(self) -> bool:
        """Whether the game can end here."""
        return any(m.ends is not None for m in (*self.kept, *self.broken))

    def play(
        self,
        c: Context,
        after: list[Values],
        roots: tuple[Array, ...] | None = None,
        near: tuple[Array, ...] | None = None,
    ) -> tuple[Strategy, list[Values], Gaps]:
        """The free mover's probability of breaking, values before, and gaps.

        `roots` if known; `near`: those of a neighbouring problem.
        """
        players = range(len(c.game.players))
        patches: list[tuple[Box, Values]] = []
        strategy: list[Array] = []
        strategy_gap, regret, bayes = [], [], []
        for k, box in enumerate(self.boxes):
            kept = tuple(moves.paid(self.kept[k], after, box, i) for i in players)
            broken = settle(
                tuple(
                    self.after_break.interpolate(moves.paid(self.broken[k], after, box, i)) for i in players
                )
            )
            mine = kept[self.player], broken[self.player]
            (seen,) = _tied(c, (self.kept[k], self.broken[k]), [mine[1]])
            if roots is None:
                close = None if near is None else near[k]
                r = settle(reputation.solve(self.rule, mine[0], seen, c.precision, close))
            else:
                r = settle(roots[k])
            learned = self.rule.after_keep(r)
            at_keep = settle(tuple(grid.interpolate(x, learned) for x in kept))
            breaks = self.rule.free * r
            patches.append(
                (box, tuple((1 - breaks) * x + breaks * y for x, y in zip(at_keep, broken, strict=True)))
            )
            strategy.append(r)
            gain = mine[1] - at_keep[self.player]
            strategy_gap.append(jnp.abs(r - sigmoid(gain * c.precision)))
            regret.append(jnp.maximum(gain, 0.0) - r * gain)
            bayes.append(jnp.abs(breaks * self.rule.after_break + (1 - breaks) * learned - self.rule.belief))
        before = [tuple(moves.patched(c, x, [(b, v[i]) for b, v in patches]) for i, x in enumerate(after[0]))]
        gaps = {
            "strategy_gap": _most(strategy_gap),
            "bayes_gap": _most(bayes),
            "regret": c.in_years(_most(regret), self.player),
        }
        return tuple(strategy), settle(before), gaps

    def push(
        self, c: Context, strategy: Strategy, mass: list[Mass], flow: Flow
    ) -> tuple[list[Mass], dict[str, Array]]:
        """Mass after the stage, moved in the state and in belief, and the probabilities counted."""
        (m,) = mass
        out = {0: moves.zeroed(m, self.boxes)}
        counted: dict[str, Array] = {}
        for part, kept, broken, root in zip(self.boxes, self.kept, self.broken, strategy, strict=True):
            box = grid.overlap(part, m.window)
            if box is None:
                continue
            r = moves.cut(root, grid.within(box, part))
            there = m.array[grid.within(box, m.window)]
            breaks = self.rule.free * r
            for move, moved in ((kept, (1 - breaks) * there), (broken, breaks * there)):
                for name in [n for n, label in flow.counts.items() if label == move.label]:
                    counted[name] = counted.get(name, 0.0) + total(moved)
                if move.label == flow.without:
                    continue
                if move is broken:
                    move.push(out, moved, box, part, self.after_break.spread)
                else:
                    learned = self.rule.after_keep(r)
                    move.push(out, settle(grid.spread(moved, learned)), box, part)
        return [Mass(out[0].window, settle(out[0].array))], counted

    def probability(self, c: Context, strategy: Strategy) -> dict[str, Array]:
        """Probability of breaking at each state, bound movers included."""
        zero = jnp.zeros(c.shape, c.discount.dtype)
        breaks = [(box, self.rule.free * r) for box, r in zip(self.boxes, strategy, strict=True)]
        return {self.broken[0].label: moves.patched(c, zero, breaks)}


@dataclass(frozen=True)
class Year:
    """The prepared accounting."""

    stage: Accounting
    index: int
    flow: Values
    drift: grid.Shift | None
    ends = False

    def play(self, c: Context, after: list[Values]) -> tuple[Strategy, list[Values], Gaps]:
        """The year's pay-offs and next year's values, discounted."""
        next_year = after[0] if self.drift is None else [self.drift.interpolate(x) for x in after[0]]
        flows = zip(c.discounts, self.flow, next_year, strict=True)
        return (), settle([tuple((1 - d) * u + d * x for d, u, x in flows)]), {}

    def push(
        self, c: Context, strategy: Strategy, mass: list[Mass], flow: Flow
    ) -> tuple[list[Mass], dict[str, Array]]:
        """Mass with the drift of the belief."""
        (m,) = mass
        return ([m] if self.drift is None else [Mass(m.window, settle(self.drift.spread(m.array)))]), {}

    def probability(self, c: Context, strategy: Strategy) -> dict[str, Array]:
        """Nothing is chosen."""
        return {}


Prepared = Choice | Bound | Bargain | Together | Year


def prepare(c: Context, index: int, later: Mapping[str, Array] | None = None) -> Prepared:
    """Turn a stage into arrays for the parameters of the context."""
    game, stage = c.game, c.game.stages[index]
    if isinstance(stage, Decision | Chance):
        parts = []
        for o in range(c.passing(index)):
            s = c.coordinates(index, o)
            if isinstance(stage, Chance):
                actions = (Action(stage.name, branches=tuple(stage.branches(s, c.p))),)
            else:
                actions = tuple(stage.actions(s, c.p) if later is None else stage.actions(s, c.p, later))
            parts.append(moves.parts(c, index, o, actions))
        player = game.players.index(stage.player) if isinstance(stage, Decision) else 0
        return Choice(stage, index, player, tuple(parts))
    if isinstance(stage, Offer):
        return offer.prepare(c, index)
    if isinstance(stage, Joint):
        return joint.prepare(c, index)
    s = c.coordinates(index)
    if isinstance(stage, Commitment):
        assert game.belief is not None
        actions = tuple(stage.actions(s, c.p))
        kind = np.asarray(stage.where(s))[..., 0, 0].astype(int)
        kind = np.broadcast_to(kind, [v.size for v in game.lasting])
        taken = tuple(box for box, here in grid.boxes(kind) if here)
        kept, broken = (tuple(moves.move(c, index, 0, a, box) for box in taken) for a in actions)
        rule = reputation.prepare(getattr(s, game.belief.name), *stage.bound(s, c.p))
        shift = grid.shift(rule.after_break, game.belief.points)
        return Bound(stage, index, game.players.index(stage.player), taken, kept, broken, rule, shift)
    full = (*(v.size for v in game.lasting), 1, c.shape[-1])
    given = stage.flow(s, c.p)
    for name in given:
        if name not in game.players:
            raise ModelError(f"stage {stage.name!r}: there is no player {name!r}")
    flow = tuple(moves.cut(jnp.asarray(given.get(x, 0.0)), c.everywhere) for x in game.players)
    drift = None
    if stage.drift is not None and game.belief is not None:
        moved = stage.drift(getattr(s, game.belief.name).reshape(-1, 1), c.p)
        drift = grid.shift(moved, game.belief.points)
    return Year(
        stage,
        index,
        settle(tuple(jnp.broadcast_to(x, jnp.broadcast_shapes(full, x.shape)) for x in flow)),
        drift,
    )
