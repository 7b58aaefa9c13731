"""Pure formulas of the field and the few array words that model files need.

They accept plain numbers, NumPy arrays and traced arrays alike; static whole numbers stay NumPy,
so that successor states remain known before anything is traced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Array = Any


def _words(*values: Any) -> Any:
    """NumPy for static values, JAX for traced or device values."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    return jnp if any(isinstance(v, jax.Array) for v in values) else np


def where(condition: Array, yes: Array, no: Array) -> Array:
    """`yes` where the condition holds, `no` elsewhere."""
    return _words(condition, yes, no).where(condition, yes, no)


def clip(x: Array, low: Array | None, high: Array | None) -> Array:
    """The nearest value to x in [low, high]; None: no bound."""
    words = _words(x, low, high)
    x = x if low is None else words.maximum(x, low)
    return x if high is None else words.minimum(x, high)


def contest(strength: Array, other: Array, exponent: Array) -> Array:
    """Probability of winning a contest of strengths, ratio form.

    h^m / (h^m + d^m), computed from the ratio d/h so that large exponents do not overflow.

    Args:
        strength: h > 0.
        other: d > 0, same unit.
        exponent: m ≥ 0; 0 makes strength irrelevant.

    Returns:
        Probability in [0, 1].
    Source: Tullock (1980); axioms in Skaperdas (1996).
    """
    import jax.numpy as jnp

    x = exponent * (jnp.log(strength) - jnp.log(other))
    e = jnp.exp(-jnp.abs(x))
    return jnp.where(x >= 0, 1.0, e) / (1 + e)


def concatenate(rows: Sequence[Array]) -> Array:
    """Numbers for each deal, stacked: shape [deal, batch]."""
    import jax.numpy as jnp

    return jnp.stack(rows)


def largest(rows: Sequence[Array]) -> tuple[Array, Array]:
    """The largest of several arrays, entry by entry, and which it is (counted from 0)."""
    import jax.numpy as jnp

    table = jnp.stack(rows)
    return table.max(axis=0), table.argmax(axis=0)
