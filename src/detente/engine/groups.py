"""Reading and adding up along static indices, in as few operations as the indices allow.

The general gather and scatter of the array library take a dozen operations each, most of them to guard
against indices that are not known. Here they are known: much is a slice or a reshaping.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Array = Any


def picked(x: Array, index: np.ndarray) -> Array:
    """Rows of an array, ``x[index]``.

    Args:
        x: Shape [n, …].
        index: Static whole numbers in 0 … n − 1, shape [m].
    """
    m = len(index)
    if m and (np.diff(index) == 1).all():
        start = int(index[0])
        return x if start == 0 and m == x.shape[0] else x[start : start + m]
    if m and (index == index[0]).all():
        return jnp.broadcast_to(x[int(index[0])], (m, *x.shape[1:]))
    return jnp.asarray(x).at[index].get(mode="promise_in_bounds", wrap_negative_indices=False)


def summed(x: Array, group: np.ndarray, n: int) -> Array:
    """Sums over groups of rows, shape [n, …].

    Args:
        x: Shape [m, …].
        group: The group of each row, static, in 0 … n − 1; a group may be empty.
        n: How many groups.
    """
    blocks = _blocks(x, group, n)
    return jax.ops.segment_sum(x, group, n) if blocks is None else blocks.sum(axis=1)


def highest(x: Array, group: np.ndarray, n: int) -> Array:
    """Largest of each group of rows, none of them empty, shape [n, …]; as in `summed`."""
    blocks = _blocks(x, group, n)
    return jax.ops.segment_max(x, group, n) if blocks is None else blocks.max(axis=1)


def log_summed(x: Array, group: np.ndarray, n: int) -> Array:
    """Logarithm of the sum of each group of exponentials, none of them empty, shape [n].

    Args:
        x: Logarithms, shape [m].
        group: As in `summed`.
        n: How many groups.
    """
    if len(group) == n:  # one in each
        return picked(x, np.argsort(group))
    top = jax.lax.stop_gradient(highest(x, group, n))
    return top + jnp.log(summed(jnp.exp(x - picked(top, group)), group, n))


def _blocks(x: Array, group: np.ndarray, n: int) -> Array | None:
    """Rows by group, shape [n, size, …], if all groups have the same size."""
    if (
        not n
        or len(group) % n
        or (np.bincount(group, minlength=n) != len(group) // n).any()
        or not len(group)
    ):
        return None
    return picked(x, np.argsort(group, kind="stable")).reshape(n, len(group) // n, *x.shape[1:])
