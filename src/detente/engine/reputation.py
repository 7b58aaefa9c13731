"""A decision under commitment with a hidden fact: the free mover's strategy and Bayes' rule.

With probability π the mover is bound to keep; π is π₁ if the fact is true and π₀ if not. A free
mover breaks with probability r. With u₁ = 1−π₁, u₀ = 1−π₀ and u(μ) = μ·u₁ + (1−μ)·u₀,

    P(break) = u·r,
    μ after a break  = μ·u₁ / u                        (μ if u = 0),
    μ after keeping  = μ·(1 − u₁·r) / (1 − u·r)        (μ if u·r = 1),

and r is itself the logit choice between breaking and keeping, *with keeping valued at the
belief that r implies*. The equation has a root in [0, 1] for every pay-off, and only one where
a better belief is worth having. Where there are several, the one that bisection of [0, 1] finds
is taken: the rule is part of the model, since the roots are different equilibria.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp

from detente.engine import grid
from detente.engine.numeric import exp, settle, sigmoid

Array = Any

HALVINGS = 12
"""Bisections of [0, 1] that choose among several roots, before Newton's method takes over."""

STEPS = 80
"""Most steps of the safeguarded Newton iteration; at ordinary noise it needs four."""


@dataclass(frozen=True)
class Reputation:
    """Bayes' rule prepared for given π₁ and π₀ over the belief grid.

    Attributes:
        belief: The grid μ, shape [belief, 1].
        free_true: u₁, shape [batch].
        free: u(μ), shape [belief, batch].
        after_break: μ after a break, shape [belief, batch].
    """

    belief: Array
    free_true: Array
    free: Array
    after_break: Array

    def after_keep(self, r: Array) -> Array:
        """μ after keeping, if a free mover breaks with probability r."""
        rest = 1 - self.free * r
        certain = rest <= 0
        return jnp.where(
            certain, self.belief, self.belief * (1 - self.free_true * r) / jnp.where(certain, 1.0, rest)
        )


def prepare(belief: Array, bound_true: Array, bound_false: Array) -> Reputation:
    """Bayes' rule for the probabilities of being bound if the fact is true, and if not."""
    belief = belief.reshape(-1, 1)
    free_true, free_false = 1 - bound_true, 1 - bound_false
    free = belief * free_true + (1 - belief) * free_false
    never = free <= 0
    after_break = jnp.where(never, belief, belief * free_true / jnp.where(never, 1.0, free))
    return Reputation(belief, free_true, free, after_break)


@dataclass(frozen=True)
class _Curve:
    """What breaking gains over keeping, in units of noise, as a function of the belief after keeping.

    Linear between grid points, written as gain(x) = start − Σ bend_k·max(0, x − k) with x in
    grid steps, so that it can be read anywhere in one pass.
    """

    start: Array
    bends: tuple[Array, ...]

    def at(self, x: Array) -> tuple[Array, Array]:
        """Value and slope at x."""
        value, slope = self.start, 0.0
        for k, bend in enumerate(self.bends):
            value = value - bend * jnp.maximum(0.0, x - k)
            slope = slope - jnp.where(x > k, bend, 0.0)
        return value, slope

    def value(self, x: Array) -> Array:
        """Value at x."""
        value = self.start
        for k, bend in enumerate(self.bends):
            value = value - bend * jnp.maximum(0.0, x - k)
        return value

    def astype(self, dtype: Any) -> _Curve:
        return _Curve(self.start.astype(dtype), tuple(b.astype(dtype) for b in self.bends))


def _curve(kept: Array, broken: Array, precision: Array) -> _Curve:
    points = kept.shape[-2]
    rise = (kept[..., 1:, :] - kept[..., :-1, :]) * precision
    rows = [rise[..., k : k + 1, :] for k in range(points - 1)]
    bends = [rows[0], *(b - a for a, b in pairwise(rows))]
    return _Curve((broken - kept[..., :1, :]) * precision, tuple(bends))


def solve(rule: Reputation, kept: Array, broken: Array, precision: Array, near: Array | None = None) -> Array:
    """The free mover's probability of breaking, r = logit choice at the beliefs that r implies.

    The iteration runs on values alone; derivatives come from one Newton step on the equation at
    its root, which is the implicit function theorem.

    Args:
        rule: Bayes' rule over the belief grid.
        kept: The mover's value after keeping, at the grid points. Shape [variables…, belief, batch].
        broken: The mover's value after breaking, at the belief that follows from it. Same shape, or of
            length one on axes that it does not depend on.
        precision: One over the scale of the logit choice.
        near: The solution of a neighbouring problem, such as next year's, from which to begin; it does
            not matter for which root is found.

    Returns:
        r in [0, 1], shape of the two broadcast together.
    """
    stop = jax.lax.stop_gradient
    fixed = Reputation(*(stop(x) for x in (rule.belief, rule.free_true, rule.free, rule.after_break)))
    curve = settle(jax.tree.map(stop, _parts(_curve(kept, broken, precision))))
    root = settle(_root(fixed, _Curve(curve[0], tuple(curve[1:])), kept.shape[-2] - 1, stop(near)))
    slope = stop(_slope(fixed, _Curve(curve[0], tuple(curve[1:])), root, kept.shape[-2] - 1))
    implied = sigmoid(gain(rule, kept, broken, precision, root))
    return jnp.clip(root - (root - implied) / slope, 0.0, 1.0)


def gain(rule: Reputation, kept: Array, broken: Array, precision: Array, r: Array) -> Array:
    """What breaking gains over keeping, in units of noise, if a free mover breaks with probability r."""
    return (broken - grid.interpolate(kept, rule.after_keep(r))) * precision


def _parts(curve: _Curve) -> tuple[Array, ...]:
    return (curve.start, *curve.bends)


def _turn(rule: Reputation, r: Array, steps: int) -> tuple[Array, Array]:
    """Belief after keeping, in grid steps, and its derivative by r."""
    # Where breaking is certain, nothing is learned from keeping and the belief stays.
    rest = 1 - rule.free * r
    over = jnp.where(rest > 0, 1 / rest, 0.0)
    x = jnp.where(rest > 0, rule.belief * (1 - rule.free_true * r) * over, rule.belief)
    return x * steps, rule.belief * (rule.free - rule.free_true) * (over * over) * steps


def _slope(rule: Reputation, curve: _Curve, r: Array, steps: int) -> Array:
    """Derivative of r − logit choice(r) at a root; 1 where the root is a point of tangency."""
    x, turn = _turn(rule, r, steps)
    slope = 1 - r * (1 - r) * curve.at(x)[1] * turn
    return jnp.where(slope < 1e-3, 1.0, slope)


def _root(rule: Reputation, curve: _Curve, steps: int, near: Array | None) -> Array:
    """Bisect to choose the root, then close in on it by safeguarded Newton steps on its logit.

    The bisections only choose: single precision is enough, and twice as fast.
    """
    dtype = curve.start.dtype
    single = jnp.float32
    belief, u1, u = (x.astype(single) for x in (rule.belief, rule.free_true, rule.free))
    rough = curve.astype(single)
    shape = jnp.broadcast_shapes(*(x.shape for x in _parts(curve)), u.shape)

    def halve(_: int, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, width = bracket
        r = low + 0.5 * width  # exact: all are whole numbers of 2^-HALVINGS
        x = belief * (1 - u1 * r) / (1 - u * r) * steps
        above = r * jnp.exp(-rough.value(x)) >= 1 - r  # r above the logit choice at r
        return jnp.where(above, low, r), 0.5 * width

    low, width = jax.lax.fori_loop(0, HALVINGS, halve, (jnp.zeros(shape, single), single(1.0)))
    high = low + width
    # A little wider than found, so that rounding in single precision cannot shut the root out.
    margin = single(1e-5)
    y_low = jnp.where(low <= margin, -750.0, _logit(jnp.maximum(low - margin, margin))).astype(dtype)
    y_high = jnp.where(high >= 1 - margin, 750.0, _logit(jnp.minimum(high + margin, 1 - margin))).astype(
        dtype
    )
    y = _logit(0.5 * (low + high)).astype(dtype)
    if near is not None:
        odds = jnp.clip(near / (1 - near), 1e-37, 1e37).astype(single)
        y = jnp.clip(jnp.log(odds).astype(dtype), y_low, y_high)

    def step(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        i, y, y_low, y_high, _ = carry
        e = exp(-jnp.abs(y))
        over = 1 / (1 + e)
        x, turn = _turn(rule, jnp.where(y >= 0, over, e * over), steps)
        value, slope = curve.at(x)
        slope = 1 - slope * turn * (e * over * over)
        # A step with the sign of the gap; where the slope is of no use it leads out of the bracket.
        move = (y - value) / jnp.where(slope > 0, slope, 1e-30)
        y_low, y_high = jnp.where(move < 0, y, y_low), jnp.where(move > 0, y, y_high)
        newton = y - move
        new = jnp.where((newton >= y_low) & (newton <= y_high), newton, 0.5 * (y_low + y_high))
        return i + 1, new, y_low, y_high, (jnp.abs(new - y) > epsilon * (1 + jnp.abs(y))).any()

    epsilon = 1e-10 if dtype == jnp.float64 else 1e-6
    begin = (jnp.asarray(0), y, y_low, y_high, jnp.asarray(True))
    y = jax.lax.while_loop(lambda c: (c[0] < STEPS) & c[4], step, begin)[1]
    return sigmoid(y)


def _logit(r: Array) -> Array:
    return jnp.log(r) - jnp.log1p(-r)
