"""Exponentials, logit choice and barriers: the few array words that everything else is made of.

Arrays have the batch on their last axis. `exp` is our own in double precision because most of the
time of a solve goes into exponentials: range reduction and a polynomial, within 2e-16 of the truth
relative to its size, and about twice as fast as the compiler's on processors without vector exponentials.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

Array = Any

_WHOLE = 6755399441055744.0  # 1.5·2^52: adding it to a whole number leaves that number in the low bits
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
# Of exp on [−½·ln 2, ½·ln 2], from its Chebyshev series cut after degree 11: within 2e-17 of it, relatively.
_SERIES = (
    2.5114870219623145e-08,
    2.7632640675581065e-07,
    2.7557224956110344e-06,
    2.480148547921602e-05,
    0.00019841269909219843,
    0.0013888888952318045,
    0.008333333333309526,
    0.04166666666648808,
    0.16666666666666702,
    0.5000000000000019,
    1.0,
    1.0,
)


@jax.custom_jvp
def exp(x: Array) -> Array:
    """E to the x. In double precision x is cut to [−700, 700], beyond which nothing depends on it."""
    if x.dtype != jnp.float64:
        return jnp.exp(x)
    x = jnp.clip(x, -700.0, 700.0)
    power = jnp.floor(x * 1.4426950408889634 + 0.5)
    rest = (x - power * _LN2_HIGH) - power * _LN2_LOW
    total = jnp.full_like(rest, _SERIES[0])
    for c in _SERIES[1:]:
        total = total * rest + c
    bits = (jax.lax.bitcast_convert_type(power + _WHOLE, jnp.int64) + 1023) << 52
    return total * jax.lax.bitcast_convert_type(bits, jnp.float64)


@exp.defjvp
def _exp_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    y = exp(primals[0])
    return y, y * tangents[0]


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(−x)), written with exp(−|x|) so that neither tail overflows."""
    e = exp(-jnp.abs(x))
    return jnp.where(x >= 0, 1.0, e) / (1 + e)


def logit(gains: Sequence[Array], allowed: Sequence[Array | None], precision: Array) -> tuple[Array, ...]:
    """Logit choice among a first action and others, from what they gain over the first.

    Args:
        gains: Values of the second, third … action less that of the first.
        allowed: For each of those, where it may be taken; None for everywhere.
        precision: One over the scale of the choice, in the unit of the gains.

    Returns:
        Probabilities of all actions, the first included: proportional to exp(precision · gain).
    """
    if len(gains) == 1:
        x, ok = gains[0] * precision, allowed[0]
        e = exp(-jnp.abs(x))
        # The smaller is worked out and the other is what it leaves: no digit of either is lost. It ends
        # with its division, so that the compiler keeps it instead of working it out for every reader.
        small = e / (1 + e)
        first, second = jnp.where(x >= 0, small, 1 - small), jnp.where(x >= 0, 1 - small, small)
        return (first, second) if ok is None else (jnp.where(ok, first, 1.0), jnp.where(ok, second, 0.0))
    # Worked out once: otherwise every weight's loop works out what every action gains, to find the best.
    gains = settle(list(gains))
    top = jnp.zeros((), gains[0].dtype)
    for g, ok in zip(gains, allowed, strict=True):
        top = jnp.maximum(top, g if ok is None else jnp.where(ok, g, 0.0))
    top = settle(top)
    weights = [exp(-top * precision)]
    for g, ok in zip(gains, allowed, strict=True):
        # Inside exp an action that is not allowed is worth the best, so that nothing overflows.
        x = g if ok is None else jnp.where(ok, g, top)
        w = exp((x - top) * precision)
        weights.append(w if ok is None else jnp.where(ok, w, 0.0))
    weights = settle(weights)
    share = settle(1 / sum(weights[1:], weights[0]))
    return tuple(w * share for w in weights)


def largest(x: Array) -> Array:
    """Largest entry for each element of the batch."""
    return settle(x).max(axis=tuple(range(x.ndim - 1)))


def total(x: Array) -> Array:
    """Sum of the entries for each element of the batch."""
    return settle(x).sum(axis=tuple(range(x.ndim - 1)))


def settle(x: Any) -> Any:
    """Have arrays computed here, once.

    Without it the compiler merges whole years into loops that work the same exponentials out
    again for every successor that reads them, which was measured to be twenty times slower.
    """
    return jax.lax.optimization_barrier(x)
