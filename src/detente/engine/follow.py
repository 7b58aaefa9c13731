"""Following a branch of logit equilibria from precision 0, where play is uniform, to the precision asked for.

The equations of a logit equilibrium are x = λ·ΔQ(x), x the logarithms of probabilities relative to a
first action, ΔQ what the others gain over it, λ the precision. At λ = 0 the solution is known. From
there the curve of solutions is followed by its arc length: a step along the tangent, then Newton's
method back to the curve. The curve may turn back in λ on the way; it never has to be guessed which solution
belongs to the next λ. Simple iteration x ← λ·ΔQ(x) is no solver: it leaves equilibria that exist.

Everything here is for one game and is mapped over a batch by `jax.vmap`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

Array = Any
Residual = Callable[[Array, Array], Array]

ON_CURVE = 1e-10  # residual with which a point counts as lying on the curve
JUMP = 0.05  # most that probabilities may move from the predicted point to the corrected one
CORRECTIONS = 4
POLISH = 30


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Followed:
    """Where a branch led.

    Attributes:
        x: The solution, shape [unknown].
        residual: Largest residual there.
        arrived: Whether the branch was followed all the way to the precision asked for.
        steps: Steps taken.
    """

    x: Array
    residual: Array
    arrived: Array
    steps: Array


def follow(
    residual: Residual, x0: Array, precision: Array, shares: Callable[[Array], Array], steps: int = 400
) -> Followed:
    """Follow the solutions of ``residual(x, λ) = 0`` from (x0, 0) to λ = `precision`.

    Args:
        residual: ``residual(x, λ)``, shape [unknown]; written such that it stays of the size of pay-offs
            as λ grows: (x − λ·ΔQ)/(1 + λ).
        x0: The solution at λ = 0, or near it.
        precision: The λ asked for, > 0.
        shares: ``shares(x)`` → probabilities, any shape; they bound how far a step may go.
        steps: The most steps.

    Source: pseudo-arclength continuation (Keller 1977); for logit equilibria Turocy (2005), Games and
        Economic Behavior 51(2):243-263.
    """
    n = x0.shape[0]
    jacobian = jax.jacfwd(lambda z: residual(z[:n], z[n]))
    upright = jnp.zeros(n + 1).at[n].set(1.0)

    def corrected(z: Array, row: Array) -> Array:
        def once(_: int, z: Array) -> Array:
            r = jnp.append(residual(z[:n], z[n]), 0.0)
            return z - _solved(jacobian(z), row, r)

        return jax.lax.fori_loop(0, CORRECTIONS, once, z)

    def tangent(z: Array, towards: Array) -> Array:
        t = _solved(jacobian(z), towards, jnp.zeros(n + 1).at[n].set(1.0))
        return t / jnp.linalg.norm(t)

    def going(carry: Any) -> Array:
        _, _, _, done, k = carry
        return ~done & (k < steps)

    def step(carry: Any) -> Any:
        z, t, h, _, k = carry
        left = precision - z[n]
        last = t[n] * h >= left
        h_used = jnp.where(last, left / jnp.where(last, t[n], 1.0), h)
        predicted = z + h_used * t
        found = corrected(predicted, jnp.where(last, upright, t))
        off = jnp.max(jnp.abs(residual(found[:n], found[n])))
        moved = jnp.max(jnp.abs(shares(found[:n]) - shares(predicted[:n])))
        good = jnp.isfinite(found).all() & (off < ON_CURVE) & (moved < JUMP) & (found[n] >= 0)
        # Where it cannot be done, the old tangent is kept and the step halved.
        safe = jnp.where(good, found, z)
        turned = tangent(safe, t)
        sound = jnp.isfinite(turned).all()
        t = jnp.where(good & sound, turned, t)
        h = jnp.where(good, jnp.where(moved < JUMP / 4, 2.0 * h, h), 0.5 * h_used)
        return safe, t, h, good & last, k + 1

    z = jnp.append(x0, 0.0)
    z = corrected(z, upright)
    t = tangent(z, upright)
    z, _, _, done, k = jax.lax.while_loop(going, step, (z, t, jnp.asarray(0.1), jnp.asarray(False), 0))
    x, off = newton(lambda x: residual(x, precision), z[:n])
    return Followed(x, off, done, k)


def newton(residual: Callable[[Array], Array], x0: Array, steps: int = POLISH) -> tuple[Array, Array]:
    """Newton's method as far as it improves.

    Args:
        residual: ``residual(x)``, shape [unknown].
        x0: Where to begin.
        steps: The most steps.

    Returns:
        The best point found and its largest residual.
    """
    jacobian = jax.jacfwd(residual)

    def size(x: Array) -> Array:
        off = jnp.max(jnp.abs(residual(x)), initial=0.0)
        return jnp.where(jnp.isfinite(off), off, jnp.inf)

    def going(carry: Any) -> Array:
        _, _, better, k = carry
        return better & (k < steps)

    def step(carry: Any) -> Any:
        x, off, _, k = carry
        trial = x - _equilibrated(jacobian(x), residual(x))
        new = size(trial)
        return jnp.where(new < off, trial, x), jnp.minimum(new, off), new < off, k + 1

    x, off, _, _ = jax.lax.while_loop(going, step, (x0, size(x0), jnp.asarray(True), 0))
    return x, off


def implicit(residual: Callable[[Array], Array], x: Array) -> Array:
    """A solution through which derivatives pass: one Newton step at a point that is held fixed.

    The value hardly changes; its derivative in whatever `residual` depends on is that of the implicit
    function theorem.
    """
    x = jax.lax.stop_gradient(x)
    slope = jax.lax.stop_gradient(jax.jacfwd(residual)(x))
    moved = _equilibrated(slope, residual(x))
    return x - jnp.where(jnp.isfinite(moved), moved, 0.0)


def _solved(jacobian: Array, row: Array, right: Array) -> Array:
    """Solve the equations of the curve with one more row, after scaling each row to size 1."""
    return _equilibrated(jnp.concatenate([jacobian, row[None]]), right)


def _equilibrated(matrix: Array, right: Array) -> Array:
    scale = jnp.max(jnp.abs(matrix), axis=1)
    scale = jnp.where(scale > 0, scale, 1.0)
    return jnp.linalg.solve(matrix / scale[:, None], right / scale)
