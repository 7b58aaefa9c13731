"""The equations of an endless game as residuals of one long vector, and Newton's method on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import by_state, follow, orders
from detente.engine.context import Context, context
from detente.engine.game import Game
from detente.engine.joint import Together
from detente.engine.moves import Values
from detente.engine.stages import Bound, Prepared
from detente.engine.year import Played, play, prepared

Array = Any
Orders = tuple[tuple[Array, ...], ...]

NEWTON = 30
"""Most steps of Newton's method."""

CACHED = 65_536
"""Numbers that the derivatives of the equations may be, of the records solved together."""


@dataclass(frozen=True)
class System:
    """The equations of a game for some parameters; points x have the shape [unknown, batch].

    Attributes:
        c: The context.
        ready: The prepared stages.
    """

    c: Context
    ready: list[Prepared | None]

    @property
    def joint(self) -> list[Together]:
        """The joint decisions."""
        return [x for x in self.ready if isinstance(x, Together)]

    @property
    def values(self) -> int:
        """How many unknowns are values."""
        return len(self.c.game.players) * int(np.prod(self.c.shape[:-1]))

    @property
    def unknowns(self) -> int:
        """How many unknowns there are: values, and the logits of joint decisions."""
        here = int(np.prod(self.c.shape[:-1]))
        return self.values + here * sum(sum(x.sizes) - len(x.sizes) for x in self.joint)

    def point(self, values: Values, roots: list[Any]) -> Array:
        """Values and the solutions of a year as a point."""
        stages = [x for x in self.ready if isinstance(x, Together | Bound)]
        logits = (
            [r[0] for x, r in zip(stages, roots, strict=True) if isinstance(x, Together)] if roots else []
        )
        return jnp.concatenate([x.reshape(-1, x.shape[-1]) for x in (*values, *logits)])

    def parts(self, x: Array) -> tuple[Values, list[Any]]:
        """The inverse: values, and what `play` takes as known solutions."""
        c, here, batch = self.c, int(np.prod(self.c.shape[:-1])), x.shape[-1]
        players = range(len(c.game.players))
        values = tuple(x[i * here : (i + 1) * here].reshape(*c.shape[:-1], batch) for i in players)
        at, roots = self.values, []
        for stage in self.ready:
            if isinstance(stage, Together):
                size = (sum(stage.sizes) - len(stage.sizes)) * here
                shape = (-1, int(np.prod(c.shape[:-2])), c.shape[-2], batch)
                roots.append((x[at : at + size].reshape(shape),))
                at += size
            elif isinstance(stage, Bound):
                roots.append(None)
        return values, roots

    def off(self, x: Array, weight: Array | float = 1.0, check: bool = False) -> tuple[Array, Played]:
        """Residuals at a point, shape of x, and the year, what comes after it multiplied by `weight`."""
        values, roots = self.parts(x)
        played = play(self.c, self.ready, tuple(weight * v for v in values), roots, check)
        pairs = zip(played.stages, played.strategies, strict=True)
        off = [p.off for stage, p in pairs if isinstance(stage, Together)]
        off = [*(v - w for v, w in zip(values, played.before[0][0], strict=True)), *off]
        return jnp.concatenate([y.reshape(-1, x.shape[-1]) for y in off]), played

    @property
    def orders(self) -> Orders:
        """What logits are measured against, by joint decision and mover."""
        return tuple(x.order for x in self.joint)

    def ordered(self, orders: Orders) -> System:
        """The same equations for logits measured against others."""
        left = iter(orders)
        return replace(
            self, ready=[replace(x, order=next(left)) if isinstance(x, Together) else x for x in self.ready]
        )

    def likeliest(self, x: Array) -> Orders:
        """The orders with the likeliest action at a point in front."""
        found = iter([orders.likeliest(y, order, ok) for y, order, ok in self._logits(x)])
        return tuple(tuple(next(found) for _ in stage.order) for stage in self.joint)

    def measured(self, x: Array, by: Orders) -> Array:
        """A point, or a change of a point, as it is with other orders."""
        new = [order for stage in by for order in stage]
        pairs = zip(self._logits(x), new, strict=True)
        found = [orders.measured(y, old, order, ok) for (y, old, ok), order in pairs]
        return jnp.concatenate([x[: self.values], *(y.reshape(-1, x.shape[-1]) for y in found)])

    def _logits(self, x: Array) -> list[tuple[Array, Array, Array]]:
        """By joint decision and mover: logits, the order and what is allowed."""
        found, roots = [], [r[0] for r in self.parts(x)[1] if r is not None]
        for stage, logits in zip(self.joint, roots, strict=True):
            ends = np.cumsum([n - 1 for n in stage.sizes])
            parts = jnp.split(logits, ends[:-1])
            found += zip(parts, stage.order, stage.allowed, strict=True)
        return found

    def at(self, precision: Array) -> System:
        """The same equations at another precision, shape [batch]."""
        return replace(self, c=replace(self.c, precision=precision))


def system(game: Game, parameters: Mapping[str, Array]) -> System:
    """The equations of a game; parameters of shape [batch] each."""
    c = context(game, parameters)
    return System(c, prepared(c))


def size(game: Game, parameters: Mapping[str, Any]) -> int:
    """How many derivatives the equations have, for one record."""
    return system(game, {k: jnp.asarray([x], float) for k, x in parameters.items()}).unknowns ** 2


def solver(s: System, x: Array) -> Callable[[Array], Array]:
    """What solves the equations linearised at a point, x → x; derivatives do not pass through it."""
    if by_state.suits(s):
        return by_state.solver(s, x)

    def along(direction: Array) -> Array:
        return jax.jvp(lambda x: s.off(x)[0], (x,), (jnp.broadcast_to(direction[:, None], x.shape),))[1]

    jacobian = jax.lax.stop_gradient(jax.vmap(along, out_axes=-1)(jnp.eye(len(x), dtype=x.dtype)))
    return lambda right: jax.vmap(follow.equilibrated, in_axes=(1, 1), out_axes=1)(jacobian, right)


def newton(s: System, x: Array) -> tuple[Array, Array]:
    """Newton's method from a point: the best point on the way and its largest residual, by record."""
    given, s = s, s.ordered(s.likeliest(x))
    x = given.measured(x, s.orders)

    def going(carry: Any) -> Array:
        k, _, _, _, done = carry
        return (k < NEWTON) & ~done.all()

    def step(carry: Any) -> Any:
        k, x, best, least, _ = carry
        off, _ = s.off(x)
        now = jnp.abs(off).max(axis=0)
        better = now < least  # not where it is not a number
        new = x - solver(s, x)(off)
        # Where it no longer improves by much it is as exact as rounding allows.
        done = ~jnp.isfinite(new).all(axis=0) | (now == 0) | ((now < 1e-13) & (now > 0.1 * least))
        best, least = jnp.where(better, x, best), jnp.where(better, now, least)
        return k + 1, jnp.where(done, best, new), best, least, done

    far = jnp.full(x.shape[-1:], jnp.inf)
    begin = (0, x, x, far, jnp.zeros(far.shape, bool))
    _, _, best, least, _ = jax.lax.while_loop(going, step, begin)
    return s.measured(best, given.orders), least
