"""Moving along the grid: static successors as slices, beliefs as linear interpolation.

Arrays have the axes ``[…, variables…, belief, batch]``. An axis of length one means that
nothing depends on it, so arrays stay as small as what they say. Every function here is linear
in the array it moves; the forward pass of the engine is its transpose, taken by JAX.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

Array = Any


def pull(x: Array, maps: Mapping[int, np.ndarray], n_variables: int) -> Array:
    """Values at the successor states: ``x[maps]`` along the variables' axes.

    No gathers: a map that depends on its own axis alone is a few slices put together, and any
    other map is split into such maps along the axis that it depends on besides its own.

    Args:
        x: Shape [..., variables…, belief, batch].
        maps: For each axis that changes, the index to read: whole numbers with one axis
            per variable, broadcastable over the grid.
        n_variables: Number of variables' axes.
    """
    lead = x.ndim - n_variables - 2
    maps = {v: m for v, m in maps.items() if x.shape[lead + v] > 1}
    for v, m in maps.items():
        other = next((w for w in range(n_variables) if w != v and m.shape[w] > 1), None)
        if other is not None:
            size = m.shape[other]
            parts = []
            for i in range(size):
                part = {w: n.take([i], axis=other) if n.shape[other] > 1 else n for w, n in maps.items()}
                part.setdefault(other, np.full((1,) * n_variables, i))
                parts.append(pull(x, part, n_variables))
            return jnp.concatenate(parts, axis=lead + other)
    for v, m in maps.items():
        x = _take(x, lead + v, m.reshape(-1))
    return x


def _take(x: Array, axis: int, index: np.ndarray) -> Array:
    """``x`` read along one axis at constant indices, as slices of consecutive runs."""
    size = x.shape[axis]
    if len(index) == size and (index == np.arange(size)).all():
        return x
    starts = [0, *(np.flatnonzero(np.diff(index) != 1) + 1), len(index)]
    runs = []
    for a, b in zip(starts, starts[1:], strict=False):
        cut = [slice(None)] * x.ndim
        cut[axis] = slice(int(index[a]), int(index[b - 1]) + 1)
        runs.append(x[tuple(cut)])
    return runs[0] if len(runs) == 1 else jnp.concatenate(runs, axis=axis)


def interpolate(x: Array, belief: Array) -> Array:
    """Values at beliefs between the grid points, linearly.

    Args:
        x: Shape [..., belief, batch], values at the grid points.
        belief: Where to read, in [0, 1]; broadcastable with ``x`` except that its belief axis
            may have any length.
    Returns:
        Shape of the two broadcast together.
    """
    points = x.shape[-2]
    position = belief * (points - 1)
    total: Array = 0.0
    for k in range(points):
        weight = jnp.maximum(0.0, 1.0 - jnp.abs(position - k))
        total = total + weight * x[..., k : k + 1, :]
    return total
