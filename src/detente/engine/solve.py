"""One backward pass, one forward pass, and the certificate, for a batch of parameter records.

The backward pass keeps the values of every year (and the roots of decisions under commitment).
The forward pass works the strategies out again from those values, checks them, and carries the
whole probability distribution through the year: nothing is simulated. What it reports is
therefore exact, and its certificate does not rest on what the backward pass did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp

from detente.engine.game import Count, First, Game, Level, Share
from detente.engine.stages import Bound, Choice, Context, Prepared, Strategy, prepare

Array = Any


@dataclass(frozen=True)
class FirstYear:
    """The first year of a solved game, for quantities that are asked for at the start.

    Attributes:
        before: Values before each stage, by its name. Shape [player, variables…, belief, batch].
        strategy: Strategy at each stage, by its name, then by the label of the action.
        values: Values at the start of the year.
        start: Value of each variable and of the belief at the start. Shape [batch].
    """

    game: Game
    before: Mapping[str, Array]
    strategy: Mapping[str, Mapping[str, Array]]
    values: Array
    start: Mapping[str, Array]

    def at(self, x: Array, **where: Array | int) -> Array:
        """Read an array at the start, or at other values of some variables.

        Whole numbers given as arrays are read by weights, the belief by linear interpolation.
        """
        from detente.engine import grid

        game = self.game
        place = {**self.start, **where}
        if game.belief is not None:
            x = grid.interpolate(x, jnp.asarray(place[game.belief.name]))
        x = x[..., 0, :]
        for v in reversed(game.variables):
            axis = x.ndim - 2
            value = place.get(v.name, 0)
            if x.shape[axis] == 1:
                x = x[..., 0, :]
            elif isinstance(value, int):
                x = jax.lax.index_in_dim(x, value, axis, keepdims=False)
            else:
                hit = (jnp.arange(v.size)[:, None] == jnp.asarray(value)).astype(x.dtype)
                x = (x * hit).sum(axis=axis)
        return x


def context(game: Game, parameters: Mapping[str, Array]) -> Context:
    """The context of a game for a batch of parameters, each of shape [batch]."""
    p = SimpleNamespace(**parameters)
    return Context(game, p, p.discount, p.noise * (1 - p.discount))


def _prepared(c: Context) -> list[Prepared | None]:
    """Stages that do not depend on the year, prepared once; None for those that anticipate."""
    return [
        None if getattr(stage, "anticipates", None) else prepare(c, i) for i, stage in enumerate(c.game.stages)
    ]


def _labels(stage: Prepared) -> tuple[str, ...]:
    if isinstance(stage, Choice):
        return tuple(m.label for m in stage.moves)
    return (stage.broken.label,) if isinstance(stage, Bound) else ()


@dataclass
class _Played:
    """One year worked out: the stages as prepared, their strategies, and the values between them."""

    stages: list[Prepared]
    strategies: list[Strategy]
    values: list[Array]  # before each stage, and at the end after the last

    def named(self) -> dict[str, dict[str, Array]]:
        return {
            stage.stage.name: dict(zip(_labels(stage), strategy, strict=True))
            for stage, strategy in zip(self.stages, self.strategies, strict=True)
        }


def _play(c: Context, ready: list[Prepared | None], after: Array, roots: list[Array] | None = None) -> _Played:
    """Work one year out backward from the values after it; `roots` of commitments if known."""
    n = len(ready)
    played = _Played([None] * n, [()] * n, [*([None] * n), after])  # type: ignore[list-item]
    roots = list(roots) if roots is not None else None
    for i in reversed(range(n)):
        stage = ready[i]
        if stage is None:
            name = c.game.stages[i].anticipates  # type: ignore[union-attr]
            j = next(k for k, x in enumerate(c.game.stages) if x.name == name)
            later = dict(zip(_labels(played.stages[j]), played.strategies[j], strict=True))
            stage = prepare(c, i, later)
        if isinstance(stage, Bound) and roots is not None:
            played.strategies[i], played.values[i] = stage.play(c, played.values[i + 1], roots.pop())
        else:
            played.strategies[i], played.values[i] = stage.play(c, played.values[i + 1])
        played.stages[i] = stage
    return played


def _terminal(c: Context, ready: list[Prepared | None]) -> Array:
    """Values after the last year: the flow pay-off of the state, for ever."""
    year = ready[-1]
    flow = year.flow  # type: ignore[union-attr]
    shape = [v.size if c.game.alive(v, len(ready)) else 1 for v in c.game.variables]
    full = (flow.shape[0], *shape, c.game.shape[-1], c.discount.shape[-1])
    return jnp.broadcast_to(flow, full)


def backward(c: Context, horizon: int) -> tuple[Array, Any, list[Prepared | None]]:
    """Values of every year by backward induction.

    Returns:
        Values at the start of the first year; per year, first year first, the values after it,
        the values before it and the roots of its commitments; and the prepared stages.
    """
    ready = _prepared(c)
    end = _terminal(c, ready)

    def year(after: Array, _: None) -> tuple[Array, Any]:
        played = _play(c, ready, after)
        roots = [s[0] for stage, s in zip(played.stages, played.strategies, strict=True) if isinstance(stage, Bound)]
        return played.values[0], (after, roots)

    first, (afters, roots) = jax.lax.scan(year, end, None, length=horizon, reverse=True)
    befores = jnp.concatenate([first[None], afters[:-1]])
    return first, (afters, befores, roots), ready


def start_mass(c: Context) -> tuple[Array, Mapping[str, Array]]:
    """The distribution at the start: one state, split between the two neighbouring beliefs."""
    game = c.game
    batch = c.discount.shape[-1]
    start = {k: jnp.broadcast_to(jnp.asarray(v), (batch,)) for k, v in game.start(c.p).items()}
    n = len(game.variables)
    mass: Array = jnp.ones((1,) * (n + 2), c.discount.dtype)
    for i, v in enumerate(game.variables):
        if not game.alive(v, 0):
            continue
        axis = jnp.arange(v.size).reshape([-1 if w == i else 1 for w in range(n)] + [1, 1])
        mass = mass * (axis == start.get(v.name, jnp.zeros(batch))).astype(c.discount.dtype)
    if game.belief is not None:
        points = jnp.arange(game.belief.points).reshape([1] * n + [-1, 1])
        position = start[game.belief.name] * (game.belief.points - 1)
        mass = mass * jnp.maximum(0.0, 1.0 - jnp.abs(position - points))
    return mass, start


def _push(c: Context, stage: Prepared, strategy: Strategy, mass: Array, after: Array) -> Array:
    """Mass after a stage: the transpose of taking expectations before it."""
    like = jax.ShapeDtypeStruct(after.shape[1:], after.dtype)
    shape = jax.eval_shape(lambda x: stage.expect(c, strategy, x), like).shape
    pushed = jax.linear_transpose(lambda x: jnp.broadcast_to(stage.expect(c, strategy, x), mass.shape), like)
    assert jnp.broadcast_shapes(shape, mass.shape) == mass.shape
    return pushed(mass)[0]


def _probability(c: Context, stage: Prepared, strategy: Strategy, label: str) -> Array:
    """Probability of an action at each state, a bound mover's included."""
    if isinstance(stage, Bound):
        return jnp.where(stage.where, stage.belief.free * strategy[0], 0.0)
    return strategy[_labels(stage).index(label)]


def _sum(x: Array) -> Array:
    return x.sum(axis=tuple(range(x.ndim - 1)))


def forward(c: Context, passed: Any, ready: list[Prepared | None]) -> tuple[dict[str, Array], dict[str, Array], Any]:
    """Carry the distribution forward and count; check every year on the way.

    Returns:
        Tallies by name, shape [year, batch], after 1, 2, … years; the certificate's gaps, shape
        [batch]; and where the game starts.
    """
    game = c.game
    mass0, start = start_mass(c)
    counts = [t for t in game.tallies if isinstance(t, Count)]
    firsts = [t for t in game.tallies if isinstance(t, First)]
    s = c.coordinates(len(game.stages))
    zero = jnp.zeros_like(c.discount)

    def year(carry: Any, xs: Any) -> tuple[Any, Any]:
        mass, never, counted, gaps = carry
        after, before, roots = xs
        played = _play(c, ready, after, roots)
        found: dict[str, Array] = {"value_gap": _largest(jnp.abs(played.values[0] - before))}
        for i, (stage, strategy) in enumerate(zip(played.stages, played.strategies, strict=True)):
            after_stage = played.values[i + 1]
            for k, v in stage.check(c, strategy, after_stage).items():
                found[k] = jnp.maximum(found[k], v) if k in found else v
            for t in counts:
                if t.stage == stage.stage.name:
                    counted[t.name] = counted[t.name] + _sum(mass * _probability(c, stage, strategy, t.action))
            for t in firsts:
                here = t.stage == stage.stage.name
                if here:
                    counted[t.name] = counted[t.name] + _sum(never[t.name] * _probability(c, stage, strategy, t.action))
                without = _without(stage, strategy, t.action) if here else strategy
                never[t.name] = _push(c, stage, without, never[t.name], after_stage)
            mass = _push(c, stage, strategy, mass, after_stage)
        tallies = dict(counted)
        alive = _sum(mass)
        for t in game.tallies:
            if isinstance(t, Share):
                tallies[t.name] = _sum(mass * jnp.asarray(t.of(s)))
            elif isinstance(t, Level):
                tallies[t.name] = _sum(mass * jnp.asarray(t.of(s))) / alive
        gaps = {k: jnp.maximum(gaps[k], found[k]) for k in gaps if k in found} | {
            k: gaps[k] for k in gaps if k not in found
        }
        gaps["mass_gap"] = jnp.maximum(gaps["mass_gap"], jnp.where(alive >= 0, 0.0, jnp.inf))
        return (mass, never, counted, gaps), tallies

    gaps = {k: zero for k in ("strategy_gap", "bayes_gap", "value_gap", "regret", "mass_gap")}
    begin = (
        mass0,
        {t.name: mass0 for t in firsts},
        {t.name: zero for t in (*counts, *firsts)},
        gaps,
    )
    (_, _, _, gaps), tallies = jax.lax.scan(year, begin, passed)
    return tallies, gaps, start


def _without(stage: Prepared, strategy: Strategy, label: str) -> Strategy:
    """The strategy with one action's mass dropped."""
    k = _labels(stage).index(label)
    return tuple(jnp.zeros_like(x) if i == k else x for i, x in enumerate(strategy))


def _largest(x: Array) -> Array:
    return x.max(axis=tuple(range(x.ndim - 1)))


def first_year(c: Context, passed: Any, ready: list[Prepared | None], start: Mapping[str, Array]) -> FirstYear:
    """The first year worked out again, with everything between its stages."""
    afters, befores, roots = passed
    played = _play(c, ready, afters[0], [r[0] for r in roots])
    names = [x.name for x in c.game.stages]
    return FirstYear(c.game, dict(zip(names, played.values[:-1], strict=True)), played.named(), befores[0], start)
