"""Games without an end: stationary equilibria, whose strategies depend on the state alone.

The unknowns x are the values V at the start of a year, by player and state, and the logits y of joint
decisions. They solve V = T(V, y), T one year worked out backward, and the equations of the joint decisions.

1. *Iteration*: V ← T(V) from the flow pay-offs, which is the limit of ever longer finite games, where
   there is one; then Newton's method on all equations at once. Iteration need not settle: at low noise it
   can come back to where it was, again and again.
2. Where it did not settle, *continuation in precision*: at precision 0 play is uniform and the equations are
   linear; from there the branch of solutions is followed to the precision asked for.
3. Where that does not arrive, *continuation in the discount*: what comes after the year counts nothing
   at first, and then more and more.
4. Further starts (``Game.searches``), drawn at random once and for all, tell of other equilibria.

A solution has a status whatever happens. Derivatives pass through one Newton step at the solution.

Sources: Howard (1960), Dynamic Programming and Markov Processes, for Newton's method on values; Herings and
Peeters (2004), Journal of Economic Theory 118(1):32-60, and Eibelshäuser, Klockmann, Poensgen and von Schenk
(2023), INFORMS Journal on Computing, for continuation to stationary equilibria of stochastic games.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import by_state, follow
from detente.engine.equations import System, newton, solver, system
from detente.engine.first import FirstYear
from detente.engine.game import Game
from detente.engine.moves import Values
from detente.engine.solve import certified
from detente.engine.year import after_the_last, first_year, play, starting
from detente.errors import ModelError

Array = Any

CONVERGED, CYCLING, NOT_CONVERGED = 0, 1, 2
ITERATION, PRECISION, DISCOUNT, SEARCH = 0, 2, 3, 4
STATUS = ("converged", "cycling", "not converged")
ROUTES = {
    ITERATION: "iteration",
    PRECISION: "continuation in precision",
    DISCOUNT: "continuation in the discount",
    SEARCH: "another start",
}

MOST = 2000
"""Unknowns of the largest game: the exact Jacobian is dense."""

ITERATIONS, SETTLED = 2000, 1e-8
EXACT = 1e-11  # residual, relative to the size of values, with which a point counts as a solution
APART = 1e-6  # difference of values, relative to their size, from which solutions count as two


@dataclass(frozen=True)
class Stationary:
    """A solved endless game, traced.

    Attributes:
        first: Any year: strategies and values by state.
        gaps: The certificate, shape [batch] each: of a year; ``residual`` is the largest difference between
            values and what they are a year before, in values, or in the equations of joint decisions.
        status: 0 converged, 1 cycling, 2 not converged (`STATUS`), shape [batch].
        route: What led to the solution (`ROUTES`), shape [batch].
        cycled: Whether simple iteration came back to where it was, shape [batch].
        found: How many different solutions were found, a lower bound of how many there are; shape [batch].
        tallies: None: nothing is counted over years.
    """

    first: FirstYear
    gaps: Mapping[str, Array]
    status: Array
    route: Array
    cycled: Array
    found: Array
    tallies: None = None


def solve(game: Game, parameters: Mapping[str, Array]) -> Stationary:
    """Solve an endless game for a stationary equilibrium, always in double precision.

    Args:
        game: The game; ``endless``.
        parameters: Every parameter that the game reads, shape [batch].

    Raises:
        ModelError: The game has too many states for the exact Newton step.
    """
    parameters = {k: jnp.asarray(x, jnp.float64) for k, x in parameters.items()}
    fixed = jax.lax.stop_gradient(parameters)
    s = system(game, fixed)
    if s.unknowns > MOST:
        raise ModelError(f"game: {s.unknowns} unknown values and strategies; an endless game may have {MOST}")
    x, settled, cycled = _iterated(s)
    exact = EXACT * (1 + jnp.abs(x[: s.values]).max(axis=0))
    # At precision 0 the equations are linear: one step from anywhere leads to where continuation begins.
    starts = jnp.stack([x, jnp.zeros_like(x), x, x, *_drawn(s, x, game.searches)])
    aims = jnp.stack([s.c.precision * (k != 1) for k in range(len(starts))])

    def attempt(k: Array, carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        points, offs, best = carry
        followed = (k == PRECISION) | (k == DISCOUNT)
        needed = (k == ITERATION) | (k > DISCOUNT) | (best < 0).any()
        point, off = jax.lax.cond(
            needed & ~followed,
            lambda: newton(s.at(aims[k]), points[k]),
            lambda: (points[k], jnp.full_like(exact, jnp.inf)),
        )
        point, off = jax.lax.cond(
            needed & followed,
            lambda: _continued(game, fixed, s, points[1], best < 0, k == PRECISION),
            lambda: (point, off),
        )
        taken = (best < 0) & (off <= exact) & (k != 1) & (settled | (k != ITERATION))
        best = jnp.where(taken, k, best)
        return points.at[k].set(point), offs.at[k].set(off), best

    begin = starts, jnp.full((len(starts), *exact.shape), jnp.inf), jnp.full(exact.shape, -1)
    points, offs, best = jax.lax.fori_loop(0, len(starts), attempt, begin)
    best = jnp.where((best < 0) & (offs[0] <= exact), ITERATION, best)
    x = jnp.take_along_axis(points, jnp.maximum(best, 0)[None, None], axis=0)[0]
    solutions = jnp.array([k != 1 for k in range(len(starts))])[:, None] & (offs <= exact)
    return _answer(game, parameters, x, best, cycled, _different(points[:, : s.values], solutions, exact))


def _answer(
    game: Game, parameters: Mapping[str, Array], x: Array, best: Array, cycled: Array, found: Array
) -> Stationary:
    """The year at a solution, differentiable in the parameters, and its certificate."""
    x = jax.lax.stop_gradient(x)
    given = system(game, parameters)
    s = given.ordered(given.likeliest(x))  # so that nothing is lost to rounding
    x = given.measured(x, s.orders)
    off, _ = s.off(x)
    moved = solver(s, x)(off)
    x = x - jnp.where(jnp.isfinite(moved).all(axis=0) & (best >= 0), moved, 0.0)
    off, played = s.off(x, check=True)
    gaps = certified(s.c, played.gaps) | {"residual": jnp.abs(off).max(axis=0)}
    status = jnp.where(best >= 0, CONVERGED, jnp.where(cycled, CYCLING, NOT_CONVERGED))
    first = first_year(s.c, played, starting(s.c))
    return Stationary(first, gaps, status, jnp.clip(best, 0, SEARCH), cycled, found)


def _iterated(s: System) -> tuple[Array, Array, Array]:
    """Simple iteration: the last point, whether it settled, and whether it came back to where it was.

    A point that comes back is noticed by comparison with a point kept for ever longer (Brent 1980).
    """
    values = after_the_last(s.c, s.ready)
    # Joint decisions are tried from last year's; the first year is played apart to have some.
    roots = play(s.c, s.ready, values).roots if s.joint else []
    batch = s.c.discount.shape

    def going(carry: Any) -> Array:
        k, _, _, _, change, _, cycled = carry
        return (k < ITERATIONS) & (~cycled & (change > SETTLED)).any()

    def step(carry: Any) -> Any:
        k, values, roots, kept, change, early, cycled = carry
        played = play(s.c, s.ready, values, near=roots)
        # A record that is done stays as it is, so that it does not depend on the others.
        done = cycled | (change <= SETTLED)
        new, roots = jax.tree.map(
            lambda a, b: jnp.where(done, a, b),
            (values, roots),
            (played.before[0][0], played.roots if s.joint else []),
        )
        # Where nothing ends the game, more for everybody everywhere changes nobody's choice: values that
        # rise evenly have settled but for what they still rise by, which is one step of Newton's method.
        apart = _most if any(x.ends for x in played.stages) else _uneven
        size = 1 + _most(new)
        moved = apart(tuple(a - b for a, b in zip(new, values, strict=True))) / size
        back = apart(tuple(a - b for a, b in zip(new, kept, strict=True))) / size
        cycled = cycled | ((back < 1e-9) & (moved > 1e-7))
        change = jnp.where(done, change, moved)
        keep = (k & (k - 1)) == 0
        kept = tuple(jnp.where(keep, a, b) for a, b in zip(new, kept, strict=True))
        early = jnp.where(k <= ITERATIONS // 2, change, early)
        return k + 1, new, roots, kept, change, early, cycled

    far = jnp.full(batch, jnp.inf)
    begin = (jnp.asarray(0), values, roots, values, far, far, jnp.zeros(batch, bool))
    _, values, roots, _, change, early, cycled = jax.lax.while_loop(going, step, begin)
    settled = (change <= SETTLED) | (~cycled & (change < 0.5 * early))
    return s.point(values, roots), settled, cycled


def _most(values: Values) -> Array:
    found = [jnp.abs(x).max(axis=tuple(range(x.ndim - 1))) for x in values]
    return jnp.stack(found).max(axis=0)


def _uneven(values: Values) -> Array:
    """Half of what values differ by among states, for the player for whom it is most."""
    axes = tuple(range(values[0].ndim - 1))
    return jnp.stack([x.max(axis=axes) - x.min(axis=axes) for x in values]).max(axis=0) / 2


def _continued(
    game: Game, parameters: Mapping[str, Array], s: System, uniform: Array, wanted: Array, by_precision: Array
) -> tuple[Array, Array]:
    """Where continuation in the precision (from uniform play) or in the discount leads, and its residual.

    Record by record, of those that want it: side by side all would wait for the one that takes longest.
    """
    after = s.parts(uniform)[0]
    alone = uniform  # near which it begins does not matter but for joint decisions
    if s.joint:
        year = play(s.c, s.ready, tuple(jnp.zeros_like(v) for v in after))
        alone = s.point(year.before[0][0], year.roots)
    size = 1 + jnp.abs(alone[: s.values]).max(axis=0)

    def one(p: dict[str, Array], x: Array, size: Array) -> tuple[Array, Array]:
        own = system(game, {k: v[None] for k, v in p.items()})
        scale, precision = own.c.scale[0], own.c.precision[0]

        def residual(x: Array, at: Array, *orders: Any) -> Array:
            aim = jnp.where(by_precision, at / scale, precision)
            off, _ = own.ordered(orders).at(aim[None]).off(x[:, None], jnp.where(by_precision, 1.0, at))
            return off[:, 0] / size

        def shares(x: Array, *_: Any) -> Array:
            return jnp.concatenate([x[: own.values] / size, jax.nn.sigmoid(x[own.values :])])

        def turn(x: Array, *orders: Any) -> tuple[Any, Callable[[Array], Array]]:
            old = own.ordered(orders)
            new = old.likeliest(x[:, None])
            return new, lambda x: old.measured(x[:, None], new)[:, 0]

        def inverse(z: Array, row: Array, *orders: Any) -> Callable[[Array], Array]:
            x, at = z[:-1], z[-1]
            _, column = jax.jvp(lambda at: size * residual(x, at, *orders), (at,), (jnp.ones_like(at),))
            here = own.ordered(orders).at(jnp.where(by_precision, at / scale, precision)[None])
            weight = jnp.where(by_precision, 1.0, at)
            solve = by_state.solver(here, x[:, None], weight, (column[:, None], row[:, None]))
            return lambda right: solve((right * jnp.append(jnp.full(len(x), size), 1.0))[:, None])[:, 0]

        first = own.likeliest(x[:, None])
        found = follow.follow(
            residual,
            own.measured(x[:, None], first)[:, 0],
            jnp.where(by_precision, precision * scale, 1.0),
            shares,
            frame=first,
            turn=turn,
            inverse=inverse if by_state.suits(own) else None,
        )
        point, off = newton(own.ordered(found.frame), jnp.where(found.arrived, found.x, jnp.nan)[:, None])
        point = own.ordered(found.frame).measured(point, own.orders)
        return point[:, 0], off[0]

    def record(given: tuple[Array, dict[str, Array], Array, Array]) -> tuple[Array, Array]:
        wanted, p, x, size = given
        return jax.lax.cond(wanted, lambda: one(p, x, size), lambda: (x, jnp.full_like(size, jnp.inf)))

    start = jnp.where(by_precision, uniform, alone)
    point, off = jax.lax.map(record, (wanted, dict(parameters), start.T, size))
    return point.T, off


def _drawn(s: System, x: Array, count: int) -> list[Array]:
    """Other starts: values between the least and the largest of a player's, and any strategies."""
    draw = np.random.default_rng(1)
    values = jnp.stack(s.parts(x)[0]).reshape(len(s.c.game.players), -1, x.shape[-1])
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    found = []
    for _ in range(count):
        drawn = low + draw.random((*values.shape[:2], 1)) * (high - low)
        logits = 2.0 * draw.normal(size=(len(x) - s.values, 1))
        logits = jnp.broadcast_to(jnp.asarray(logits, x.dtype), (len(logits), x.shape[-1]))
        found.append(jnp.concatenate([drawn.reshape(-1, x.shape[-1]), logits]).astype(x.dtype))
    return found


def _different(values: Array, solutions: Array, exact: Array) -> Array:
    """How many of the points that are solutions differ in values, by record."""
    count = jnp.zeros(exact.shape, jnp.int32)
    for k in range(len(values)):
        new = solutions[k]
        for j in range(k):
            apart = jnp.abs(values[k] - values[j]).max(axis=0) > APART / EXACT * exact
            new = new & (~solutions[j] | apart)
        count = count + new
    return count
