"""A decision under commitment with a hidden fact: the free mover's strategy and Bayes' rule.

With probability π the mover is bound to keep; π is π₁ if the fact is true and π₀ if not. A free
mover breaks with probability r. With u₁ = 1−π₁, u₀ = 1−π₀ and u(μ) = μ·u₁ + (1−μ)·u₀,

    P(break) = u·r,
    μ after a break  = μ·u₁ / u                        (μ if u = 0),
    μ after keeping  = μ·(1 − u₁·r) / (1 − u·r)        (μ if u·r = 1),

and r is itself the logit choice between breaking and keeping, *with keeping valued at the
belief that r implies*. The equation has a root in [0, 1] for every pay-off; it has only one
where a better belief is worth having. Where there are several, the one that bisection of
[0, 1] finds is taken: the rule is part of the model, since the roots are different equilibria.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from detente.engine import grid

if TYPE_CHECKING:
    from detente.engine.stages import Context

Array = Any

HALVINGS = 12
"""Bisections of [0, 1] that choose among several roots, before Newton's method takes over."""

STEPS = 60
"""Most steps of the safeguarded Newton iteration; bisection alone needs about fifty."""


@dataclass(frozen=True)
class Reputation:
    """Bayes' rule prepared for given π₁ and π₀ over the belief grid.

    Attributes:
        belief: The grid, shape [1…, belief, 1].
        free_true: u₁, shape [batch].
        free_false: u₀, shape [batch].
        free: u(μ), shape [1…, belief, batch].
        after_break: μ after a break.
    """

    belief: Array
    free_true: Array
    free_false: Array
    free: Array
    after_break: Array

    def after_keep(self, r: Array) -> Array:
        """μ after keeping, if a free mover breaks with probability r."""
        rest = 1 - self.free * r
        certain = rest <= 0
        return jnp.where(certain, self.belief, self.belief * (1 - self.free_true * r) / jnp.where(certain, 1.0, rest))

    def mix(self, kept: Array, broken: Array, r: Array) -> Array:
        """Expectation before the stage of numbers after it, at the beliefs that Bayes' rule gives."""
        breaks = self.free * r
        at_keep = grid.interpolate(kept, self.after_keep(r))
        at_break = grid.interpolate(broken, self.after_break)
        return (1 - breaks) * at_keep + breaks * at_break

    def check(self, kept: Array, broken: Array, r: Array, where: Array, context: Context) -> dict[str, Array]:
        """Gaps of a strategy r against the mover's values after keeping and after breaking."""
        from detente.engine.stages import _largest, _sigmoid

        keep, after = grid.interpolate(kept, self.after_keep(r)), grid.interpolate(broken, self.after_break)
        gap = jnp.where(where, jnp.abs(r - _sigmoid((after - keep) / context.scale)), 0.0)
        # Beliefs are a martingale: what is expected of tomorrow's belief is today's.
        breaks = self.free * r
        bayes = jnp.abs(breaks * self.after_break + (1 - breaks) * self.after_keep(r) - self.belief)
        regret = jnp.where(where, jnp.maximum(after, keep) - (r * after + (1 - r) * keep), 0.0)
        return {
            "strategy_gap": _largest([gap]),
            "bayes_gap": _largest([jnp.where(where, bayes, 0.0)]),
            "regret": _largest([regret]) / (1 - context.discount),
        }


def prepare(belief: Array, bound_true: Array, bound_false: Array) -> Reputation:
    """Bayes' rule for the probabilities of being bound if the fact is true, and if not."""
    free_true, free_false = 1 - jnp.asarray(bound_true), 1 - jnp.asarray(bound_false)
    free = belief * free_true + (1 - belief) * free_false
    never = free <= 0
    after_break = jnp.where(never, belief, belief * free_true / jnp.where(never, 1.0, free))
    return Reputation(jnp.asarray(belief), free_true, free_false, free, after_break)


def solve(rule: Reputation, kept: Array, broken: Array, scale: Array) -> Array:
    """The free mover's probability of breaking, r = logit choice at the beliefs that r implies.

    The iteration runs on values alone; derivatives come from one Newton step on the equation at
    its root, which is the implicit function theorem.

    Args:
        rule: Bayes' rule over the belief grid.
        kept: The mover's value after keeping, at the grid points. Shape [variables…, belief, batch].
        broken: The mover's value after breaking, likewise.
        scale: Scale of the logit choice.
    Returns:
        r in [0, 1], shape of the two broadcast together.
    """
    from detente.engine.stages import _sigmoid

    after = grid.interpolate(broken, rule.after_break)
    stop = jax.lax.stop_gradient
    root = _root(jax.tree.map(stop, rule_parts(rule)), stop(kept), stop(after), stop(scale))

    def equation(r: Array) -> Array:
        return r - _sigmoid((after - grid.interpolate(kept, rule.after_keep(r))) / scale)

    residual, slope = jax.jvp(equation, (root,), (jnp.ones_like(root),))
    return jnp.clip(root - residual / stop(jnp.where(jnp.abs(slope) < 1e-3, 1.0, slope)), 0.0, 1.0)


def rule_parts(rule: Reputation) -> tuple[Array, ...]:
    """The arrays of a rule, in the order of its fields."""
    return rule.belief, rule.free_true, rule.free_false, rule.free, rule.after_break


def _root(parts: tuple[Array, ...], kept: Array, after: Array, scale: Array) -> Array:
    """Bisect to choose the root, find its cell of the belief grid, then Newton inside the cell.

    The sign of the equation at a given r is that of τ·logit(r) − (after − kept), and needs no
    exponential. Inside a cell the value of keeping is linear in the belief after keeping
    x = μ·(1−u₁·r)/(1−u·r), and needs no interpolation; x_k is reached at r = (x_k−μ)/(x_k·u − μ·u₁).
    """
    rule = Reputation(*parts)
    points = kept.shape[-2]
    mu, u, u1 = rule.belief, rule.free, rule.free_true
    tiny = jnp.finfo(kept.dtype).tiny
    shape = jnp.broadcast_shapes(kept.shape, after.shape, u.shape)

    def halve(_: int, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = 0.5 * (low + high)
        value = grid.interpolate(kept, rule.after_keep(middle))
        above = scale * (jnp.log(middle) - jnp.log1p(-middle)) >= after - value
        return jnp.where(above, low, middle), jnp.where(above, middle, high)

    begin = jnp.zeros(shape, kept.dtype), jnp.ones(shape, kept.dtype)
    low, high = jax.lax.fori_loop(0, HALVINGS, halve, begin)
    q_low = grid.interpolate(kept, rule.after_keep(low))
    q_high = grid.interpolate(kept, rule.after_keep(high))
    reach = []
    for k in range(points):
        x = k / (points - 1)
        below = x * u - mu * u1
        r = (x - mu) / jnp.where(below == 0, jnp.inf, below)
        inside = (r > 0) & (r < 1) & (jnp.abs(x - mu) > 1e-12)
        r = jnp.where(inside, r, 0.5)
        reach.append((inside, r, scale * jnp.log(r / (1 - r)), kept[..., k : k + 1, :]))
    for inside, r, threshold, value in reach:
        take = inside & (r > low) & (r < high) & (threshold >= after - value)
        high, q_high = jnp.where(take, r, high), jnp.where(take, value, q_high)
    for inside, r, _, value in reach:
        take = inside & (r > low) & (r < high)
        low, q_low = jnp.where(take, r, low), jnp.where(take, value, q_low)
    x_low, x_high = rule.after_keep(low), rule.after_keep(high)
    span = x_high - x_low
    slope = jnp.where(jnp.abs(span) < 1e-12, 0.0, (q_high - q_low) / jnp.where(jnp.abs(span) < 1e-12, 1.0, span))

    # Unknown: y = logit(r). The equation y = (after − value(x(r)))/τ bounds y by the two ends.
    y_low = (after - jnp.maximum(q_low, q_high)) / scale
    y_high = (after - jnp.minimum(q_low, q_high)) / scale
    y_low = jnp.maximum(y_low, jnp.log(jnp.maximum(low, tiny)) - jnp.log1p(-jnp.minimum(low, 1 - 1e-16)))
    y_high = jnp.minimum(y_high, jnp.where(high >= 1, jnp.inf, jnp.log(high) - jnp.log1p(-jnp.minimum(high, 1 - 1e-16))))
    y_low = jnp.minimum(y_low, y_high)

    def gap(y: Array) -> tuple[Array, Array]:
        e = jnp.exp(-jnp.abs(y))
        r = jnp.where(y >= 0, 1.0, e) / (1 + e)
        rest = jnp.maximum(1 - u * r, tiny)
        x = jnp.where(u * r >= 1, mu, mu * (1 - u1 * r) / rest)
        value = q_low + slope * (x - x_low)
        turn = slope * mu * (u - u1) / (rest * rest) * (e / ((1 + e) * (1 + e)))
        return y - (after - value) / scale, 1 + turn / scale

    def step(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        i, y, low_, high_, _ = carry
        g, dg = gap(y)
        low_, high_ = jnp.where(g < 0, y, low_), jnp.where(g >= 0, y, high_)
        newton = y - g / jnp.where(dg > 0, dg, 1.0)
        good = (dg > 0) & (newton > low_) & (newton < high_)
        new = jnp.where(good, newton, 0.5 * (low_ + high_))
        new = jnp.where(g == 0, y, new)
        return i + 1, new, low_, high_, jnp.max(jnp.abs(new - y) / (1 + jnp.abs(y)))

    epsilon = 20 * jnp.finfo(kept.dtype).eps
    start = 0.5 * (y_low + y_high)
    begin = (jnp.asarray(0), start, y_low, y_high, jnp.asarray(jnp.inf, kept.dtype))
    y = jax.lax.while_loop(lambda c: (c[0] < STEPS) & (c[4] > epsilon), step, begin)[1]
    e = jnp.exp(-jnp.abs(y))
    return jnp.where(y >= 0, 1.0, e) / (1 + e)
