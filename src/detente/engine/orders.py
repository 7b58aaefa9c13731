"""Orders of a mover's actions. Logits are measured against the action in front, the pivot (`engine.logits`).

Where the likeliest action is in front, all that are played have small logits, which keep their digits at any
precision. An order holds the numbers of the actions: a static array [action, state], or a traced one
[action, state, belief, batch].
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

Array = Any


def ordered(x: Array, order: Array, axis: int = 0) -> Array:
    """An array [action, …, state, belief, batch] with the actions on an axis put in order."""
    if isinstance(order, np.ndarray) and (order == np.arange(len(order))[:, None]).all():
        return x
    shape = [1] * x.ndim
    shape[axis] = order.shape[0]
    shape[-3 : -3 + order.ndim - 1 or None] = order.shape[1:]
    return jnp.take_along_axis(x, order.reshape(shape), axis=axis)


def restored(x: Array, order: Array) -> Array:
    """The inverse of `ordered`, for the first axis."""
    static = isinstance(order, np.ndarray)
    return ordered(x, np.argsort(order, axis=0, kind="stable") if static else jnp.argsort(order, axis=0))


def natural(logits: Array, order: Array) -> Array:
    """Logits, shape [action but one, state, belief, batch], for all actions as they are numbered."""
    first = jnp.zeros((1, *logits.shape[1:]), logits.dtype)
    return restored(jnp.concatenate([first, logits]), order)


def likeliest(logits: Array, order: Array, allowed: Array) -> Array:
    """The order with the likeliest of those allowed in front, shape [action, state, belief, batch]."""
    here = natural(logits, order)
    best = jnp.where(allowed, here, -jnp.inf).argmax(axis=0)
    numbers = jnp.arange(len(here))[:, None, None, None]
    return jnp.where(numbers == 0, best, jnp.where(numbers == best, 0, numbers))


def measured(logits: Array, old: Array, new: Array, allowed: Array) -> Array:
    """Logits, or changes in them, measured against the action in front of another order."""
    here = natural(logits, old)
    found = ordered(jnp.where(allowed, here, 0.0), new)
    return jnp.where(ordered(jnp.broadcast_to(allowed, here.shape), new), found - found[:1], 0.0)[1:]
