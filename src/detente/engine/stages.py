"""What the stages of a game mean: values backward, strategies, and mass forward.

Each stage is prepared once for a set of parameters (`prepare`) and then used every year:

- `play` takes the players' values after the stage and gives the strategy and the values before;
- `expect` takes any numbers after the stage and gives their expectation before it under a
  given strategy. It is linear, and the forward pass is its transpose.

Values have the shape [player, variables…, belief, batch]; everything else drops the first axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np

from detente.engine import grid, reputation
from detente.engine.game import Accounting, Action, Branch, Chance, Commitment, Decision, Game
from detente.errors import ModelError

Array = Any
Strategy = tuple[Array, ...]


@dataclass(frozen=True)
class Context:
    """What every stage of a prepared game needs: the game, its parameters and its scales."""

    game: Game
    p: SimpleNamespace
    discount: Array
    scale: Array  # noise·(1−δ), the scale of a logit choice in normalised values

    def coordinates(self, stage: int) -> SimpleNamespace:
        """The state variables when a stage begins, as integer arrays over the grid."""
        variables, n = self.game.variables, len(self.game.variables)
        out = {}
        for i, v in enumerate(variables):
            size = v.size if self.game.alive(v, stage) else 1
            out[v.name] = np.arange(size).reshape([-1 if w == i else 1 for w in range(n)] + [1, 1])
        if self.game.belief:
            points = np.linspace(0.0, 1.0, self.game.belief.points)
            out[self.game.belief.name] = points.reshape([1] * n + [-1, 1])
        return SimpleNamespace(**out)


@dataclass(frozen=True)
class Move:
    """A prepared action: where it is legal, what it pays, and its branches as static maps."""

    label: str
    legal: Array | None
    pays: Array | None
    branches: tuple[tuple[Array | None, dict[int, np.ndarray]], ...]
    ends: Array | None

    def expect(self, x: Array, n_variables: int) -> Array:
        """Expectation of x after this action; an action that ends the game contributes nothing."""
        if self.ends is not None:
            return jnp.zeros((1,) * x.ndim, x.dtype)
        total: Array = 0.0
        for probability, maps in self.branches:
            value = grid.pull(x, maps, n_variables)
            total = total + (value if probability is None else probability * value)
        return total

    def value(self, values: Array, n_variables: int) -> Array:
        """What the players get by this action, given their values after the stage."""
        q = self.ends if self.ends is not None else self.expect(values, n_variables)
        return q if self.pays is None else q + self.pays


def _by_player(game: Game, amounts: Mapping[str, Array], factor: Array) -> Array | None:
    if not amounts:
        return None
    for player in amounts:
        if player not in game.players:
            raise ModelError(f"there is no player {player!r}; the players are {', '.join(game.players)}")
    one = (1,) * (len(game.variables) + 2)
    arrays = [jnp.asarray(amounts.get(player, 0.0)) for player in game.players]
    arrays = [a if a.ndim >= len(one) else a.reshape(one[: len(one) - a.ndim] + a.shape) for a in arrays]
    return factor * jnp.stack(jnp.broadcast_arrays(*arrays))


def _maps(context: Context, stage: int, to: Mapping[str, Array], legal: Array, where: str) -> dict[int, np.ndarray]:
    """The successor of each variable as static indices, checked where the action is legal."""
    game, n = context.game, len(context.game.variables)
    names = [v.name for v in game.variables]
    for name in to:
        if name not in names:
            raise ModelError(f"{where}: there is no variable {name!r}")
    maps = {}
    for i, v in enumerate(game.variables):
        if v.name in to:
            index = np.asarray(to[v.name])
            index = index.reshape(index.shape[:n]) if index.ndim else index.reshape((1,) * n)
        elif v.between and not game.alive(v, stage):
            index = np.zeros((1,) * n, int)
        else:
            continue
        if isinstance(legal, np.ndarray | bool | np.bool_):
            taken, places = np.broadcast_arrays(np.asarray(legal), index[..., None, None])
            if (taken & ((places < 0) | (places >= v.size))).any():
                raise ModelError(f"{where}: leads to {v.name} outside 0…{v.size - 1} where it is legal")
        maps[i] = np.clip(index, 0, v.size - 1)
    return maps


def _move(context: Context, stage: int, action: Action) -> Move:
    game = context.game
    where = f"stage {game.stages[stage].name!r}, action {action.label!r}"
    branches = action.branches or (Branch(1.0, action.to),)
    prepared = tuple(
        (
            None if isinstance(b.probability, float) and b.probability == 1.0 else jnp.asarray(b.probability),
            _maps(context, stage, b.to, action.legal, where),
        )
        for b in branches
    )
    everywhere = action.legal is True or (isinstance(action.legal, np.ndarray) and bool(action.legal.all()))
    return Move(
        action.label,
        None if everywhere else jnp.asarray(action.legal),
        _by_player(game, action.pays, 1 - context.discount),
        prepared,
        None if action.ends is None else _by_player(game, action.ends, 1.0),
    )


def logit(values: Sequence[Array], legal: Sequence[Array | None], scale: Array) -> Strategy:
    """Logit choice: probabilities proportional to exp(value / scale) over the legal actions."""
    if len(values) == 2 and all(ok is None for ok in legal):
        second = _sigmoid((values[1] - values[0]) / scale)
        return 1 - second, second
    low = [q if ok is None else jnp.where(ok, q, -jnp.inf) for q, ok in zip(values, legal, strict=True)]
    top = low[0]
    for q in low[1:]:
        top = jnp.maximum(top, q)
    weights = [
        jnp.exp((q - top) / scale) if ok is None else jnp.where(ok, jnp.exp((jnp.where(ok, q, top) - top) / scale), 0)
        for q, ok in zip(values, legal, strict=True)
    ]
    total = sum(weights[1:], weights[0])
    return tuple(w / total for w in weights)


def _sigmoid(x: Array) -> Array:
    # Written with exp(−|x|), so that neither tail overflows.
    e = jnp.exp(-jnp.abs(x))
    return jnp.where(x >= 0, 1.0, e) / (1 + e)


@dataclass(frozen=True)
class Choice:
    """A prepared decision."""

    stage: Decision
    index: int
    player: int
    moves: tuple[Move, ...]

    def play(self, context: Context, values: Array) -> tuple[Strategy, Array]:
        """Strategy and values before the stage, from the values after it."""
        n = len(context.game.variables)
        q = [m.value(values, n) for m in self.moves]
        strategy = logit([x[self.player] for x in q], [m.legal for m in self.moves], context.scale)
        return strategy, sum((s * x for s, x in zip(strategy[1:], q[1:], strict=True)), strategy[0] * q[0])

    def expect(self, context: Context, strategy: Strategy, x: Array) -> Array:
        """Expectation of x before the stage under the strategy."""
        n = len(context.game.variables)
        parts = [s * m.expect(x, n) for s, m in zip(strategy, self.moves, strict=True) if m.ends is None]
        return sum(parts[1:], parts[0])

    def check(self, context: Context, strategy: Strategy, values: Array) -> dict[str, Array]:
        """Gaps of a strategy against the values after the stage: logit choice, and regret."""
        n = len(context.game.variables)
        q = [m.value(values, n)[self.player] for m in self.moves]
        implied = logit(q, [m.legal for m in self.moves], context.scale)
        gap = _largest([jnp.abs(a - b) for a, b in zip(strategy, implied, strict=True)])
        expected = sum((s * x for s, x in zip(strategy[1:], q[1:], strict=True)), strategy[0] * q[0])
        gains = [
            x - expected if m.legal is None else jnp.where(m.legal, x - expected, 0.0)
            for x, m in zip(q, self.moves, strict=True)
        ]
        return {"strategy_gap": gap, "regret": _largest(gains) / (1 - context.discount)}


@dataclass(frozen=True)
class Lottery:
    """A prepared chance move."""

    stage: Chance
    index: int
    move: Move

    def play(self, context: Context, values: Array) -> tuple[Strategy, Array]:
        """No strategy; the expected values before the stage."""
        return (), self.move.value(values, len(context.game.variables))

    def expect(self, context: Context, strategy: Strategy, x: Array) -> Array:
        """Expectation of x before the stage."""
        return self.move.expect(x, len(context.game.variables))

    def check(self, context: Context, strategy: Strategy, values: Array) -> dict[str, Array]:
        """Largest gap between the branches' probabilities and a total of one."""
        total = sum((1.0 if p is None else p) for p, _ in self.move.branches)
        return {"strategy_gap": _largest([jnp.abs(jnp.asarray(total) - 1.0)])}


@dataclass(frozen=True)
class Bound:
    """A prepared decision under commitment; its strategy is (probability of the second action,).

    The strategy is the free mover's. Where the stage does not take place it is 0 and nothing moves.
    """

    stage: Commitment
    index: int
    player: int
    kept: Move
    broken: Move
    where: np.ndarray
    belief: reputation.Reputation

    def play(self, context: Context, values: Array, free: Array | None = None) -> tuple[Strategy, Array]:
        """Strategy and values before the stage; `free` is the free mover's strategy if known."""
        n = len(context.game.variables)
        kept, broken = self.kept.value(values, n), self.broken.value(values, n)
        if free is None:
            free = reputation.solve(
                self.belief, kept[self.player], broken[self.player], context.scale
            )
        free = jnp.where(self.where, free, 0.0)
        after = self.belief.mix(kept, broken, free)
        return (free,), jnp.where(self.where, after, values)

    def expect(self, context: Context, strategy: Strategy, x: Array) -> Array:
        """Expectation of x before the stage: both what is done and what is learned from it."""
        n = len(context.game.variables)
        after = self.belief.mix(self.kept.expect(x, n), self.broken.expect(x, n), strategy[0])
        return jnp.where(self.where, after, x)

    def check(self, context: Context, strategy: Strategy, values: Array) -> dict[str, Array]:
        """Gaps of logit choice and of Bayes' rule, and regret."""
        n = len(context.game.variables)
        kept, broken = (m.value(values, n)[self.player] for m in (self.kept, self.broken))
        return self.belief.check(kept, broken, strategy[0], self.where, context)


@dataclass(frozen=True)
class Year:
    """The prepared accounting."""

    stage: Accounting
    index: int
    flow: Array
    drift: Array | None

    def play(self, context: Context, values: Array) -> tuple[Strategy, Array]:
        """The year's pay-offs and next year's values, discounted."""
        d = context.discount
        return (), (1 - d) * self.flow + d * self.expect(context, (), values)

    def expect(self, context: Context, strategy: Strategy, x: Array) -> Array:
        """Expectation of x over the drift of the belief."""
        return x if self.drift is None else grid.interpolate(x, self.drift)

    def check(self, context: Context, strategy: Strategy, values: Array) -> dict[str, Array]:
        """Nothing is chosen and nothing is learned."""
        return {}


Prepared = Choice | Lottery | Bound | Year


def prepare(context: Context, index: int, later: Mapping[str, Array] | None = None) -> Prepared:
    """Turn a stage into arrays for the parameters of the context."""
    game, stage = context.game, context.game.stages[index]
    s, p = context.coordinates(index), context.p
    if isinstance(stage, Decision):
        actions = stage.actions(s, p) if stage.anticipates is None else stage.actions(s, p, later)
        moves = tuple(_move(context, index, a) for a in actions)
        return Choice(stage, index, game.players.index(stage.player), moves)
    if isinstance(stage, Chance):
        return Lottery(stage, index, _move(context, index, Action(stage.name, branches=tuple(stage.branches(s, p)))))
    if isinstance(stage, Commitment):
        kept, broken = (_move(context, index, a) for a in stage.actions(s, p))
        assert game.belief is not None
        belief = reputation.prepare(getattr(s, game.belief.name), *stage.bound(s, p))
        where = np.asarray(stage.where(s))
        return Bound(stage, index, game.players.index(stage.player), kept, broken, where, belief)
    flow = _by_player(game, stage.flow(s, p), 1.0)
    drift = None
    if stage.drift is not None and game.belief is not None:
        drift = stage.drift(getattr(s, game.belief.name), p)
    return Year(stage, index, flow, drift)


def _largest(arrays: Sequence[Array]) -> Array:
    """Largest entry for each element of the batch."""
    top: Array = jnp.zeros(())
    for a in arrays:
        a = jnp.asarray(a)
        top = jnp.maximum(top, a.max(axis=tuple(range(a.ndim - 1))) if a.ndim else a)
    return top
