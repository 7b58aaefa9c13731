"""Linear equations of endless games with one joint decision a year: states meet in what comes next alone.

A state's equations depend on its own logits y and on the worth Q of its own profiles; on the values V of all
states only Q depends, by a matrix L of discounted probabilities. With derivatives W of what players get and F
of the residuals of the choice, Newton's equations are dV − W_Q·L·dV − W_y·dy = a and F_Q·L·dV + F_y·dy = b.
The logits go state by state, dy = G·(b − F_Q·L·dV) with G = F_y⁻¹, and one unknown for each player and state
remains: (I − (W_Q − W_y·G·F_Q)·L)·dV = a + W_y·G·b.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from detente.engine import follow
from detente.engine.joint import Together
from detente.engine.stages import Year

if TYPE_CHECKING:
    from detente.engine.equations import System

Array = Any


def suits(s: System) -> bool:
    """Whether a game is of this kind: one joint decision a year, nothing believed."""
    match s.ready:
        case [Together(), Year(drift=None)]:
            return s.c.shape[-2] == 1
    return False


def solver(
    s: System, x: Array, weight: Array | float = 1.0, border: tuple[Array, Array] | None = None
) -> Callable[[Array], Array]:
    """What solves the equations linearised at a point; derivatives do not pass through it.

    Args:
        s: The equations; of a game that `suits`.
        x: The point, shape [unknown, batch].
        weight: What comes after the year counts multiplied by this.
        border: The derivatives of the residuals in one more unknown, shape [unknown, batch], and the
            coefficients of one more equation, shape [unknown + 1, batch].

    Returns:
        ``solve(right)`` → the solution, of the same shape: [unknown, batch], with a border one unknown more.
    """
    stage, values = s.joint[0], s.values
    worth, logits = _place(s, x, weight)
    players, rows, states, _, batch = worth.shape
    free = len(logits)

    def local(worth: Array, logits: Array) -> Array:
        shares = stage.shares(logits)
        off = stage.off(s.c, stage.by_mover(worth), logits, shares)
        return jnp.concatenate([jnp.stack(stage.expected(worth, shares)), off])

    def along(direction: Array) -> Array:
        # The same change at each state at once: none depends on another.
        parts = direction[: players * rows].reshape(players, rows), direction[players * rows :]
        pairs = zip(parts, (worth, logits), strict=True)
        full = tuple(jnp.broadcast_to(d[..., None, None, None], v.shape) for d, v in pairs)
        return jax.jvp(local, (worth, logits), full)[1][..., 0, :]

    slopes = jax.vmap(along)(jnp.eye(players * rows + free, dtype=x.dtype))
    in_worth = slopes[: players * rows].reshape(players, rows, players + free, states, batch)
    in_logits = slopes[players * rows :]
    chances, gain = _chances(s), jnp.stack(s.c.discounts) * weight  # L in two factors
    in_worth, in_logits, chances, gain = jax.lax.stop_gradient((in_worth, in_logits, chances, gain))
    won, missed = (
        in_worth[:, :, :players],
        in_worth[:, :, players:],
    )  # W_Q [q, r, p, s, b], F_Q [q, r, k, s, b]
    undone = _inverses(in_logits[:, players:].swapaxes(0, 1))  # G [k, l, s, b]
    through = jnp.einsum("kpsb,klsb->plsb", in_logits[:, :players], undone)  # W_y·G
    missed = missed * gain[:, None, None, None]
    ahead = won * gain[:, None, None, None] - jnp.einsum("plsb,qrlsb->qrpsb", through, missed)
    matrix = jnp.einsum("qrpsb,brsj->psqjb", ahead, chances).reshape(values, values, batch)
    matrix = jnp.eye(values, dtype=x.dtype)[..., None] - matrix
    side, left, corner = jnp.zeros((free, states, batch)), None, None
    if border is not None:
        column, row = (jax.lax.stop_gradient(v) for v in border)
        side = column[values:].reshape(free, states, batch)
        top = column[:values] + jnp.einsum("plsb,lsb->psb", through, side).reshape(values, batch)
        left = jnp.einsum("ksb,klsb->lsb", row[values:-1].reshape(free, states, batch), undone)
        below = jnp.einsum("qrsb,brsj->qjb", jnp.einsum("lsb,qrlsb->qrsb", left, missed), chances).reshape(
            values, batch
        )
        corner = row[-1] - jnp.einsum("lsb,lsb->b", left, side)
        matrix = jnp.concatenate([matrix, (row[:values] - below)[None]])
        matrix = jnp.concatenate([matrix, jnp.concatenate([top, corner[None]])[:, None]], axis=1)
    factors = jax.vmap(follow.factored, in_axes=-1)(matrix)

    def solve(right: Array) -> Array:
        rest = right[values : values + free * states].reshape(free, states, batch)
        reduced = right[:values] + jnp.einsum("plsb,lsb->psb", through, rest).reshape(values, batch)
        if left is not None:
            last = right[-1] - jnp.einsum("lsb,lsb->b", left, rest)
            reduced = jnp.concatenate([reduced, last[None]])
        found = jax.vmap(follow.substituted, in_axes=(0, -1), out_axes=-1)(factors, reduced)
        moved = jnp.einsum("brsj,qjb->qrsb", chances, found[:values].reshape(players, states, batch))
        rest = rest - jnp.einsum("qrlsb,qrsb->lsb", missed, moved)
        if left is not None:
            rest = rest - side * found[-1]
        rest = jnp.einsum("klsb,lsb->ksb", undone, rest).reshape(free * states, batch)
        return jnp.concatenate([found[:values], rest, found[values:]])

    return solve


def _place(s: System, x: Array, weight: Array | float) -> tuple[Array, Array]:
    """What profiles are worth, shape [player, row, state, 1, batch], and logits [logit, state, 1, batch]."""
    values, roots = s.parts(x)
    year, stage = s.ready[-1], s.joint[0]
    assert isinstance(year, Year)
    _, after, _ = year.play(s.c, [tuple(weight * v for v in values)])
    return jnp.stack(stage.profiles.values(after[0])), roots[0][0]


def _chances(s: System) -> Array:
    """Probabilities from rows and states to states where the game goes on: [batch, row, state, state]."""
    table = s.joint[0].profiles
    chances = table.chances(s.c)
    goes = (table.allowed & ~table.ended[:, None, None, None])[..., 0, :]
    goes = jnp.broadcast_to(goes, (*chances.shape[1:3], len(chances)))
    return jnp.where(jnp.moveaxis(goes, -1, 0)[..., None], chances, 0.0)


def _inverses(matrices: Array) -> Array:
    """The inverse of each matrix, shape [row, column, state, batch]."""

    def inverse(matrix: Array) -> Array:
        return follow.equilibrated(matrix, jnp.eye(len(matrix), dtype=matrix.dtype))

    each = jax.vmap(inverse, in_axes=-1, out_axes=-1)
    return jax.vmap(each, in_axes=-1, out_axes=-1)(matrices)
