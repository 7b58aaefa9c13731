"""One backward pass, one forward pass, and the certificate, for a batch of parameter records.

The backward pass finds the values of every year (and the roots of decisions under commitment).
The forward pass works the strategies out again from those values, checks them, and carries the
whole probability distribution through the year: nothing is simulated. What it reports is exact,
and its certificate does not rest on what the backward pass did.

Everything here is traced by JAX; `detente.engine.batch` compiles it and deals out the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from detente.engine import grid
from detente.engine.context import Context, context
from detente.engine.first import FirstYear
from detente.engine.game import Count, First, Game, Level, Share
from detente.engine.joint import Together
from detente.engine.moves import Flow, Mass, Strategy, Values
from detente.engine.numeric import largest, total
from detente.engine.stages import Bound, Prepared
from detente.engine.year import after_the_last, first_year, play, prepared, starting

Array = Any

GAPS = ("strategy_gap", "bayes_gap", "value_gap", "mass_gap", "regret")
"""Certificate: largest difference between strategies and the logit choice implied by values,
in Bayes' rule, between values worked out twice, between total mass and one; and the most that
a player could gain by one deviation, in years of stake."""


@dataclass(frozen=True)
class Answer:
    """A solved batch, traced.

    Attributes:
        first: The first year.
        tallies: By name, shape [year, batch], after 1, 2, … years; None without the forward pass.
        gaps: The certificate, shape [batch] each: of all years, or of the first without the forward pass.
    """

    first: FirstYear
    tallies: Mapping[str, Array] | None
    gaps: Mapping[str, Array]


def solve(
    game: Game,
    parameters: Mapping[str, Array],
    horizon: int,
    paths: bool = True,
    years: Array | int | None = None,
) -> Answer:
    """Solve a game by backward induction and carry the distribution forward.

    Args:
        game: The game.
        parameters: Every parameter that the game reads, shape [batch].
        horizon: Years played; after them the flow pay-off of the state lasts for ever.
        paths: Whether to carry the distribution forward; without it there are no tallies.
        years: Over how many years, 1…horizon; None: all. Tallies of later years are NaN, and the
            certificate is that of these years. May be traced: one program serves all.
    """
    c = context(game, parameters)
    ready = prepared(c)
    end = after_the_last(c, ready)
    start = starting(c)

    # Commitments begin at next year's solution. Joint decisions are found anew each year: which of several
    # equilibria is meant is the one that the branch from uniform play leads to.
    bound = [isinstance(x, Bound) for x in ready if isinstance(x, Bound | Together)]

    def back(carry: tuple[Values, Any], _: None) -> tuple[Any, Any]:
        after, near = carry
        played = play(c, ready, after, near=near)
        roots = [x if b else None for x, b in zip(played.roots, bound, strict=True)]
        return (played.before[0][0], roots), (after, played.roots) if paths else None

    even: list[Any] = [None] * len(bound)
    if any(bound):
        shapes = jax.eval_shape(lambda: play(c, ready, end).roots)
        even = [
            tuple(jnp.full(r.shape, 0.5, r.dtype) for r in x) if b else None
            for x, b in zip(shapes, bound, strict=True)
        ]
    if not paths:
        (after, near), _ = jax.lax.scan(back, (end, even), None, length=horizon - 1, reverse=True)
        played = play(c, ready, after, check=True, near=near)
        return Answer(first_year(c, played, start), None, certified(c, played.gaps))
    (values, _), (afters, roots) = jax.lax.scan(back, (end, even), None, length=horizon, reverse=True)
    known = [tuple(r[0] for r in x) for x in roots]
    first = play(c, ready, tuple(x[0] for x in afters), known, check=True)
    tallies, gaps = _forward(c, ready, values, afters, roots, start, horizon if years is None else years)
    gaps = {k: jnp.maximum(x, first.gaps[k]) if k in first.gaps else x for k, x in gaps.items()}
    return Answer(first_year(c, first, start), tallies, certified(c, gaps))


def certified(c: Context, gaps: Mapping[str, Array]) -> dict[str, Array]:
    """Gaps as reported: at noise 0 a difference of probabilities says nothing, and regret says all."""
    return {k: jnp.where(c.sharp, 0.0, x) if k == "strategy_gap" else x for k, x in gaps.items()}


# --- The distribution -----------------------------------------------------------------------------


def _point(c: Context, start: Mapping[str, Array]) -> Array:
    """The distribution at the start: one state, split between the two neighbouring beliefs."""
    n, dtype = len(c.game.lasting), c.discount.dtype
    mass: Array = jnp.ones(c.shape, dtype)
    for i, v in enumerate(c.game.lasting):
        axis = jnp.arange(v.size).reshape([-1 if w == i else 1 for w in range(n)] + [1, 1])
        mass = mass * (axis == start[v.name]).astype(dtype)
    if c.game.belief is not None:
        points = c.game.belief.points
        position = start[c.game.belief.name] * (points - 1)
        mass = mass * jnp.maximum(0.0, 1.0 - jnp.abs(position - jnp.arange(points, dtype=dtype)[:, None]))
    return mass


def _forward(
    c: Context,
    ready: list[Prepared | None],
    values: Values,
    afters: Values,
    roots: list[Strategy],
    start: Mapping[str, Array],
    years: Array | int,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Carry the distribution forward and count; check every year on the way."""
    game = c.game
    counts = [t for t in game.tallies if isinstance(t, Count)]
    firsts = [t for t in game.tallies if isinstance(t, First)]
    windows = [_window(game, t) for t in firsts]
    s = c.coordinates(len(game.stages))
    zero = jnp.zeros_like(c.discount)
    point = _point(c, start)

    def year(carry: Any, xs: Any) -> tuple[Any, Any]:
        array, never, counted, gaps, expected = carry
        _, after, root = xs
        played = play(c, ready, after, root)
        found = dict(played.gaps)
        found["value_gap"] = _apart(played.before[0][0], expected)
        mass = [Mass(c.everywhere, array)]
        still = [[Mass(w, x)] for w, x in zip(windows, never, strict=True)]
        counted = dict(counted)
        for stage, strategy in zip(played.stages, played.strategies, strict=True):
            name = stage.stage.name
            mass, flows = stage.push(
                c, strategy, mass, Flow({t.name: t.action for t in counts if t.stage == name})
            )
            for k, x in flows.items():
                counted[k] = counted[k] + x
            for i, t in enumerate(firsts):
                flow = Flow({t.name: t.action}, t.action) if t.stage == name else Flow({})
                still[i], flows = stage.push(c, strategy, still[i], flow)
                counted[t.name] = counted[t.name] + flows.get(t.name, 0.0)
        array = mass[0].array
        alive = total(array)
        found["mass_gap"] = jnp.abs(alive + counted["ended"] - 1)
        gaps = {k: jnp.maximum(gaps[k], found[k]) if k in found else gaps[k] for k in gaps}
        tallies = {name: x for name, x in counted.items() if name != "ended"}
        for t in game.tallies:
            if isinstance(t, Share | Level):
                weighted = total(array * jnp.asarray(t.of(s), array.dtype))
                tallies[t.name] = weighted if isinstance(t, Share) else weighted / alive
        return (array, [x[0].array for x in still], counted, gaps, after), tallies

    begin = (
        point,
        [point[w] for w in windows],
        {n: zero for n in ("ended", *(t.name for t in (*counts, *firsts)))},
        {k: zero for k in GAPS},
        values,
    )

    def skip(carry: Any, _: Any) -> tuple[Any, Any]:
        return carry, {t.name: jnp.full_like(zero, jnp.nan) for t in game.tallies}

    def wanted(carry: Any, xs: Any) -> tuple[Any, Any]:
        return jax.lax.cond(xs[0] < years, year, skip, carry, xs)

    number = jnp.arange(afters[0].shape[0])
    (_, _, _, gaps, _), tallies = jax.lax.scan(wanted, begin, (number, afters, roots))
    return tallies, gaps


def _window(game: Game, tally: First) -> grid.Box:
    return tuple(
        slice(tally.until[v.name], tally.until[v.name] + 1) if v.name in tally.until else slice(0, v.size)
        for v in game.lasting
    )


def _apart(values: Values, others: Values) -> Array:
    gap = largest(jnp.abs(values[0] - others[0]))
    for x, y in zip(values[1:], others[1:], strict=True):
        gap = jnp.maximum(gap, largest(jnp.abs(x - y)))
    return gap
