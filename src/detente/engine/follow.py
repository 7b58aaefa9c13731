"""Following a branch of logit equilibria from precision 0, where play is uniform, to the precision asked for.

The equations of a logit equilibrium are x = λ·ΔQ(x), x the logarithms of probabilities relative to one
action, ΔQ what the others gain over it, λ the precision. At λ = 0 the solution is known. From
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
Residual = Callable[..., Array]
Frame = tuple[Any, ...]

ON_CURVE = 1e-10  # residual with which a point counts as lying on the curve, at low precision
LOGITS = 1e-6  # and at high precision, times the precision: what it is worth in logits
ROUNDING = 1e-14  # but never less than this
JUMP = 0.05  # most that probabilities may move from the predicted point to the corrected one
BACK = 0.4  # first step back, as a share of the precision
STUCK = 1e-14  # a step that is shorter, relative to where it is taken, leads nowhere
ALONG = 0.995  # on the way back, least cosine between one direction and the next: other branches are near
CORRECTIONS = 3  # how often derivatives are taken anew on the way back to the curve
CHORDS = 8  # steps of Newton's method with the same derivatives
NEARER = 0.3  # by which factor each of them must lower the residual
POLISH = 30
FEW = 4  # unknowns up to which linear equations are solved by operations written out


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Followed:
    """Where a branch led.

    Attributes:
        x: The solution, shape [unknown].
        frame: The coordinates that it is in.
        residual: Largest residual; infinite if it did not arrive.
        arrived: Whether the branch was followed all the way to the precision asked for.
        steps: Steps taken.
    """

    x: Array
    frame: Frame
    residual: Array
    arrived: Array
    steps: Array


def follow(
    residual: Residual,
    x0: Array,
    precision: Array,
    shares: Callable[..., Array],
    steps: int = 400,
    back: bool = False,
    frame: Frame = (),
    turn: Callable[..., tuple[Frame, Callable[[Array], Array]]] | None = None,
    inverse: Callable[..., Callable[[Array], Array]] | None = None,
) -> Followed:
    """Follow the solutions of ``residual(x, λ) = 0`` from (x0, 0) to λ = `precision`.

    Or from a solution x0 at `precision` back towards less of it, around a fold, and up again to another
    solution: one that the least doubt upsets, as mixed equilibria between two strict ones are.

    Args:
        residual: ``residual(x, λ)``, shape [unknown]; written such that it stays of the size of pay-offs
            as λ grows: (x − λ·ΔQ)/(1 + λ).
        x0: The solution at λ = 0, or near it; if `back`, the one at `precision`.
        precision: The λ asked for, > 0.
        shares: ``shares(x)`` → probabilities, any shape; they bound how far a step may go.
        steps: The most steps.
        back: Whether to start at `precision`, and go back.
        frame: Coordinates that x0 is in: what `residual`, `shares` and `turn` take last, one by one.
        turn: ``turn(x)`` → the frame that suits x, and what x and changes in it are there; it is linear.
        inverse: ``inverse(z, row)`` → what solves the residual's linear equations at z = (x, λ), closed by
            `row`; None: worked out as they come (`dense`).

    Source: pseudo-arclength continuation (Keller 1977); for logit equilibria Turocy (2005), Games and
        Economic Behavior 51(2):243-263.
    """
    n = x0.shape[0]
    upright = jnp.zeros(n + 1).at[n].set(1.0)  # the direction of λ
    inverse = dense(residual) if inverse is None else inverse

    def size(z: Array, frame: Frame) -> tuple[Array, Array]:
        r = residual(z[:n], z[n], *frame)
        return r, jnp.max(jnp.abs(r))

    def corrected(frame: Frame, row: Array, z: Array, close: Array) -> tuple[Array, Array, Array]:
        """The point of the curve in the plane across `row`; its residual; the direction of the curve."""

        def anew(carry: Any) -> Any:
            (z, r, off), _, k = carry
            solve = inverse(z, row, *frame)

            def chord(carry: Any) -> Any:
                (z, r, off), _, k = carry
                z = z - solve(jnp.append(r, 0.0))
                return (z, *size(z, frame)), off, k + 1

            def nearer(carry: Any) -> Array:
                (_, _, off), before, k = carry
                return (k < CHORDS) & (off >= close) & (off < NEARER * before)

            begin = chord(((z, r, off), off, 0))
            point, _, _ = jax.lax.while_loop(nearer, chord, begin)
            along = solve(upright)
            return point, along / jnp.linalg.norm(along), k + 1

        def away(carry: Any) -> Array:
            (_, _, off), _, k = carry
            return (k == 0) | (k < CORRECTIONS) & (off >= close)

        (z, _, off), along, _ = jax.lax.while_loop(away, anew, ((z, *size(z, frame)), row, 0))
        return z, off, along

    def going(carry: Any) -> Array:
        (z, *_), h, done, _, k = carry
        return ~done & (k < steps) & (h > STUCK * (1 + jnp.abs(z).max()))

    def step(carry: Any) -> Any:
        (z, t, frame), h, _, _, k = carry
        left = precision - z[n]
        first = k == 0  # of no length: it finds the direction
        last = ~first & (t[n] * h >= left)
        used = jnp.where(last, left / jnp.where(last, t[n], 1.0), jnp.where(first, 0.0, h))
        predicted, ahead, suited = z + used * t, t, frame
        if turn is not None:
            suited, seen = turn(predicted[:n], *frame)
            predicted, ahead = (v.at[:n].set(seen(v[:n])) for v in (predicted, ahead))
            ahead = ahead / jnp.linalg.norm(ahead)
        row = jnp.where(last, upright, ahead)
        close = jnp.clip(LOGITS / (1 + jnp.abs(predicted[n])), ROUNDING, ON_CURVE)
        # The last point is made as exact as rounding allows.
        found, off, turned = corrected(suited, row, predicted, jnp.where(last, 0.0, close))
        moved = jnp.max(jnp.abs(shares(found[:n], *suited) - shares(predicted[:n], *suited)))
        good = jnp.isfinite(found).all() & jnp.isfinite(turned).all() & (off < close)
        good = good & (moved < JUMP) & (found[n] >= 0)
        if back:
            good = good & (first | (turned @ ahead > ALONG))
        # Where it cannot be done, nothing changes but the length of the step.
        longer = jnp.where((moved < JUMP / 4) & ~first, 2.0 * h, h)
        h = jnp.where(good, longer, jnp.where(first, h, 0.5 * used))
        point = jax.tree.map(lambda a, b: jnp.where(good, a, b), (found, turned, suited), (z, t, frame))
        return point, h, good & last, jnp.where(good, off, jnp.inf), k + 1

    at, towards, length = (
        (precision, -upright, BACK * precision) if back else (0.0, upright, jnp.asarray(0.1))
    )
    begin = ((jnp.append(x0, at), towards, frame), length, jnp.asarray(False), jnp.inf, 0)
    (z, _, frame), _, done, off, k = jax.lax.while_loop(going, step, begin)
    return Followed(z[:n], frame, off, done, k)


def dense(residual: Residual) -> Callable[..., Callable[[Array], Array]]:
    """What solves the linear equations of `residual` in (x, λ), closed by a row, at a point (x, λ)."""

    def inverse(z: Array, row: Array, *frame: Any) -> Callable[[Array], Array]:
        jacobian = jax.jacfwd(lambda z: residual(z[:-1], z[-1], *frame))(z)
        inverted = equilibrated(jnp.concatenate([jacobian, row[None]]), jnp.eye(len(z), dtype=z.dtype))
        return lambda right: inverted @ right

    return inverse


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
        trial = x - equilibrated(jacobian(x), residual(x))
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
    moved = equilibrated(slope, residual(x))
    return x - jnp.where(jnp.isfinite(moved), moved, 0.0)


def equilibrated(matrix: Array, right: Array) -> Array:
    """Solve linear equations after scaling each to size 1; `right` has one column or several."""
    scale = jnp.max(jnp.abs(matrix), axis=1)
    scale = jnp.where(scale > 0, scale, 1.0)[:, None]
    flat = right.reshape(len(matrix), -1)
    solve = _eliminated if len(matrix) <= FEW else jnp.linalg.solve
    return solve(matrix / scale, flat / scale).reshape(right.shape)


def factored(matrix: Array) -> Any:
    """What `substituted` needs to solve equations with the same matrix for one right side after the other."""
    scale = jnp.max(jnp.abs(matrix), axis=1)
    scale = jnp.where(scale > 0, scale, 1.0)
    return scale, jax.scipy.linalg.lu_factor(matrix / scale[:, None])


def substituted(factors: Any, right: Array) -> Array:
    """The solution for one right side."""
    scale, triangles = factors
    return jax.scipy.linalg.lu_solve(triangles, right / scale)


def _eliminated(matrix: Array, right: Array) -> Array:
    """Gaussian elimination with row pivoting, written out: a library is called for each game of a batch."""
    n = len(matrix)
    a, b = list(matrix), list(right)  # apart: of the right side every step is linear, and can be transposed
    for k in range(n):
        for i in range(k + 1, n):
            larger = jnp.abs(a[i][k]) > jnp.abs(a[k][k])
            for x in (a, b):
                x[k], x[i] = jnp.where(larger, x[i], x[k]), jnp.where(larger, x[k], x[i])
        for i in range(k + 1, n):
            factor = a[i][k] / a[k][k]
            a[i], b[i] = a[i] - factor * a[k], b[i] - factor * b[k]
    for k in reversed(range(n)):
        for j in range(k + 1, n):
            b[k] = b[k] - a[k][j] * b[j]
        b[k] = b[k] / a[k][k]
    return jnp.stack(b)
