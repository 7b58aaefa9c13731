"""Joint decisions: several players choose at once, by a logit equilibrium of the stage.

Given what every profile of actions is worth afterwards, the equilibrium solves x = λ·ΔQ(x) for all players
at once: x the logarithms of a player's probabilities relative to its first action, ΔQ what the others gain
over it against the other players' strategies. Where there are several, it is the one on the branch that
starts from uniform play at precision 0 (`detente.engine.follow`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import flat, follow
from detente.engine.context import Context
from detente.engine.flat import Table
from detente.engine.game import Action, Joint
from detente.engine.moves import Flow, Mass, Values, static
from detente.engine.numeric import largest, settle
from detente.engine.orders import natural, ordered
from detente.errors import ModelError

Array = Any


@dataclass(frozen=True)
class Profile:
    """What a joint decision plays.

    Attributes:
        logits: Unknowns of the equilibrium, shape [unknown, state, belief, batch]: for one player after the
            other, the logarithms of the probabilities relative to the action in front.
        shares: By player who moves, the probabilities, shape [action, state, belief, batch].
        off: Residuals of the equations (x − λ·ΔQ(x))/(1 + λ), in units of the game's scale, shape of logits.
    """

    logits: Array
    shares: tuple[Array, ...]
    off: Array


@dataclass(frozen=True)
class Together:
    """A prepared joint decision.

    Attributes:
        stage: The stage.
        index: Its place in the period.
        movers: Numbers of the players who choose.
        labels: By mover, the names of the actions.
        allowed: By mover, where each may be taken, shape [action, state, belief, batch].
        order: By mover, the actions with the one in front that logits are measured against (`engine.orders`):
            the first legal one.
        tied: By mover, which actions are taken when tied, shape [action].
        profiles: What follows from each profile, the last mover's action changing fastest.
        real: Places in the list of states at which somebody has a choice.
    """

    stage: Joint
    index: int
    movers: tuple[int, ...]
    labels: tuple[tuple[str, ...], ...]
    allowed: tuple[Array, ...]
    order: tuple[Array, ...]
    tied: tuple[np.ndarray, ...]
    profiles: Table
    real: np.ndarray

    @property
    def ends(self) -> bool:
        """Whether the game can end here."""
        return bool(self.profiles.ended.any())

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many actions each mover has."""
        return tuple(len(x) for x in self.labels)

    def play(
        self,
        c: Context,
        after: list[Values],
        known: tuple[Array, ...] | None = None,
        near: tuple[Array, ...] | None = None,
    ) -> tuple[Profile, list[Values], dict[str, Array]]:
        """The equilibrium, values before the stage, and gaps.

        Args:
            c: The context.
            after: Values after the stage.
            known: The logits, if they have been found.
            near: Logits from which to try before following the branch from uniform play.
        """
        values = self.profiles.values(after[0])
        worth = self.by_mover(values)
        logits = self.solved(c, worth, near and near[0]) if known is None else known[0]
        shares = settle(self.shares(logits))
        before = tuple(
            flat.placed(c, self.profiles.states, x, old)
            for x, old in zip(self.expected(values, shares), after[0], strict=True)
        )
        apart, regret = jnp.zeros_like(c.discount), jnp.zeros_like(c.discount)
        for k, i in enumerate(self.movers):
            gains = _against(worth[k], shares, k)
            best = jnp.where(self.allowed[k], gains, -jnp.inf).max(axis=0)
            regret = jnp.maximum(regret, c.in_years(largest(best - (shares[k] * gains).sum(axis=0)), i))
            utility = jnp.where(self.allowed[k], gains * c.precision, -jnp.inf)
            apart = jnp.maximum(apart, largest(jnp.abs(jax.nn.softmax(utility, axis=0) - shares[k])))
        profile = Profile(logits, shares, self.off(c, worth, logits, shares))
        return profile, settle([before]), {"strategy_gap": apart, "regret": regret}

    def by_mover(self, values: Sequence[Array]) -> list[Array]:
        """What profiles are worth to each mover, shape [action of the first, …, state, belief, batch]."""
        return [values[i].reshape(*self.sizes, *values[i].shape[1:]) for i in self.movers]

    def expected(self, values: Sequence[Array], shares: Sequence[Array]) -> list[Array]:
        """What strategies are worth to each player, shape [state, belief, batch]."""
        weight = self.weights(shares)
        return [(weight * x).sum(axis=0) for x in values]

    def off(self, c: Context, worth: Sequence[Array], logits: Array, shares: Sequence[Array]) -> Array:
        """Residuals of the equations of the equilibrium, in units of the scale; shape of logits."""
        found, at, precision = [], 0, c.precision * c.scale
        for k, (size, order) in enumerate(zip(self.sizes, self.order, strict=True)):
            x = logits[at : at + size - 1]
            at += size - 1
            tied = jnp.asarray(self.tied[k], x.dtype)[:, None, None, None]
            gains = ordered((_against(worth[k], shares, k) + tied * c.tie()) / c.scale, order, 0)
            allowed = ordered(jnp.broadcast_to(self.allowed[k], gains.shape), order, 0)
            away = (x - precision * (gains[1:] - gains[:1])) / (1 + precision)
            found.append(jnp.where(allowed[1:], away, x))
        return jnp.concatenate(found)

    def shares(self, logits: Array) -> tuple[Array, ...]:
        """Probabilities by mover, from logits."""
        found, at = [], 0
        for size, allowed, order in zip(self.sizes, self.allowed, self.order, strict=True):
            x = natural(logits[at : at + size - 1], order)
            at += size - 1
            found.append(flat.choose(x, allowed, jnp.ones((), x.dtype)))
        return tuple(found)

    def weights(self, shares: Sequence[Array]) -> Array:
        """Probability of each profile, shape [profile, state, belief, batch]."""
        weight = shares[0]
        for x in shares[1:]:
            weight = weight[:, None] * x
            weight = weight.reshape(-1, *x.shape[1:])
        return weight

    def solved(self, c: Context, worth: Sequence[Array], near: Array | None = None) -> Array:
        """Logits of the equilibrium of each state's stage game.

        Args:
            c: The context.
            worth: By mover, the value of each profile, shape [action…, state, belief, batch].
            near: Logits to try Newton's method from; where it gets nowhere the branch is followed.
        """
        n = sum(self.sizes) - len(self.sizes)
        shape = worth[0].shape[len(self.sizes) :]
        games, real, dtype = [], self.real, worth[0].dtype
        for k, x in enumerate(worth):
            x = jnp.asarray(x / c.scale, jnp.float64)  # the branch is followed in double precision
            for axis, order in enumerate(self.order):
                x = ordered(x, order, axis)
            extra = jnp.asarray(self.tied[k], x.dtype)[:, None, None, None] * c.tie() / c.scale
            allowed = ordered(jnp.broadcast_to(self.allowed[k], (self.sizes[k], *shape)), self.order[k], 0)
            extra = ordered(jnp.broadcast_to(extra, (self.sizes[k], *shape)), self.order[k], 0)
            games.append([a[..., real, :, :].reshape(*a.shape[:-3], -1) for a in (x, allowed, extra)])
        precision = jnp.broadcast_to(c.precision * c.scale, shape)[real].reshape(-1).astype(jnp.float64)
        worth, allowed, extra = (tuple(g[i] for g in games) for i in range(3))
        given = (worth, allowed, extra, precision)
        if near is None:
            found = jax.vmap(equilibrium, in_axes=-1, out_axes=-1)(*given)
        else:
            tried, arrived = jax.vmap(nearby, in_axes=-1, out_axes=-1)(
                *given, near[:, real].reshape(n, -1).astype(jnp.float64)
            )

            def one(game: tuple[Array, ...]) -> Array:
                arrived, tried, *rest = game
                return jax.lax.cond(arrived, lambda: tried, lambda: equilibrium(*rest))

            # One by one, those alone that need it: side by side all would wait for the longest branch.
            each = jax.tree.map(lambda x: jnp.moveaxis(x, -1, 0), (arrived, tried, *given))
            found = jax.lax.cond(arrived.all(), lambda: tried, lambda: jax.lax.map(one, each).T)
        found = found.reshape(n, len(real), *shape[1:]).astype(dtype)
        return found if len(real) == shape[0] else jnp.zeros((n, *shape), found.dtype).at[:, real].set(found)

    def push(
        self, c: Context, strategy: Profile, mass: list[Mass], flow: Flow
    ) -> tuple[list[Mass], dict[str, Array]]:
        """Mass after the stage, and what is counted: ``player/label``, or a label whoever takes it."""
        (m,) = mass
        names = [self.movers_name(c, k) for k in range(len(self.movers))]
        chosen = list(product(*self.labels))

        def rows(label: str | None) -> list[int]:
            return [
                k
                for k, x in enumerate(chosen)
                if label in x or label in [f"{name}/{y}" for name, y in zip(names, x, strict=True)]
            ]

        counts = {name: rows(label) for name, label in flow.counts.items()}
        after, counted = self.profiles.push(c, self.weights(strategy.shares), m, counts, rows(flow.without))
        return [flat.gathered(c, self.profiles.states, m, after)], counted

    def movers_name(self, c: Context, k: int) -> str:
        """Name of a mover."""
        return c.game.players[self.movers[k]]

    def probability(self, c: Context, strategy: Profile) -> dict[str, Array]:
        """Probability of each action at each state, by ``player/label``."""
        zero = jnp.zeros(c.shape, c.discount.dtype)
        return {
            f"{self.movers_name(c, k)}/{label}": flat.placed(c, self.profiles.states, x, zero)
            for k, labels in enumerate(self.labels)
            for label, x in zip(labels, strategy.shares[k], strict=True)
        }


def equilibrium(
    worth: tuple[Array, ...], allowed: tuple[Array, ...], extra: tuple[Array, ...], precision: Array
) -> Array:
    """Logits of the logit equilibrium of one game, on the branch from uniform play.

    Args:
        worth: By player, the value of each profile, shape [action of the first, action of the second, …].
        allowed: By player, which actions may be taken, shape [action]; the first always.
        extra: By player, what is added to actions in the choice alone, shape [action].
        precision: One over the scale of the choice, shape [].

    Returns:
        For one player after the other, the logarithms of the probabilities relative to the first action.
        Where the branch could not be followed it is what was reached: the certificate shows it.
    """
    stop = jax.lax.stop_gradient
    sizes = worth[0].shape
    x = follow.follow(
        lambda x, at: _residual(stop(worth), allowed, stop(extra), x, at),
        jnp.zeros(sum(sizes) - len(sizes), worth[0].dtype),
        stop(precision),
        lambda x: jnp.concatenate(_shares(sizes, allowed, x)),
    ).x
    return follow.implicit(lambda x: _residual(worth, allowed, extra, x, precision), x)


def nearby(
    worth: tuple[Array, ...], allowed: tuple[Array, ...], extra: tuple[Array, ...], precision: Array, x: Array
) -> tuple[Array, Array]:
    """The same by Newton's method from x, and whether it arrived."""
    x, off = follow.newton(lambda x: _residual(worth, allowed, extra, x, precision), x)
    return x, off < jnp.clip(follow.LOGITS / (1 + precision), follow.ROUNDING, follow.ON_CURVE)


def _split(sizes: tuple[int, ...], x: Array) -> list[Array]:
    """Logits by player, the first action's zero included."""
    ends = np.cumsum([n - 1 for n in sizes])
    return [jnp.append(jnp.zeros(1, x.dtype), part) for part in jnp.split(x, ends[:-1])]


def _shares(sizes: tuple[int, ...], allowed: Sequence[Array], x: Array) -> list[Array]:
    logits = zip(_split(sizes, x), allowed, strict=True)
    return [jax.nn.softmax(jnp.where(ok, y, -jnp.inf)) for y, ok in logits]


def _residual(
    worth: Sequence[Array], allowed: Sequence[Array], extra: Sequence[Array], x: Array, precision: Array
) -> Array:
    """(x − λ·ΔQ(x))/(1 + λ), of the size of pay-offs whatever λ is."""
    sizes = worth[0].shape
    played, found = _shares(sizes, allowed, x), []
    for k, (y, ok) in enumerate(zip(_split(sizes, x), allowed, strict=True)):
        gains = _against(worth[k], played, k) + extra[k]
        off = (y - precision * (gains - gains[0])) / (1 + precision)
        found.append(jnp.where(ok, off, y)[1:])
    return jnp.concatenate(found)


def _against(worth: Array, shares: Sequence[Array], player: int) -> Array:
    """Expected value of a player's actions against the others' strategies, shape [action, …]."""
    for k in reversed(range(len(shares))):
        if k != player:  # behind axis k there is still the player's own, if that comes later
            worth = (worth * (shares[k][:, None] if k < player else shares[k])).sum(axis=k)
    return worth


def prepare(c: Context, index: int) -> Together:
    """Turn a joint decision into arrays for the parameters of the context."""
    game, stage = c.game, c.game.stages[index]
    assert isinstance(stage, Joint)
    where = f"stage {stage.name!r}"
    if c.passing(index) > 1 or c.passing(index + 1) > 1:
        raise ModelError(f"{where}: no variable may pass from before a joint decision, or be set by it")
    s = c.coordinates(index)
    states = np.arange(math.prod(c.shape[:-2]))
    given = {player: tuple(actions) for player, actions in stage.moves(s, c.p).items()}
    for player in given:
        if player not in game.players:
            raise ModelError(f"{where}: there is no player {player!r}")
    tables = [flat.table(c, index, actions, states) for actions in given.values()]
    for actions, x in zip(given.values(), tables, strict=True):
        flat.possible(c, where, actions, x)
    profiles = []
    for chosen in product(*given.values()):
        labels = {player: a.label for player, a in zip(given, chosen, strict=True)}
        done = stage.profile(s, c.p, labels)
        allowed = [a.allowed for a in chosen if a.allowed is not True]
        profiles.append(
            Action(
                "/".join(labels.values()),
                np.all([static(c, where, a.label, a.legal) for a in chosen], axis=0),
                jnp.stack(jnp.broadcast_arrays(*allowed)).all(axis=0) if allowed else True,
                done.to,
                done.pays,
                done.branches,
                done.ends,
            )
        )
    return Together(
        stage,
        index,
        tuple(game.players.index(x) for x in given),
        tuple(tuple(a.label for a in actions) for actions in given.values()),
        tuple(jnp.asarray(x.allowed) for x in tables),
        tuple(np.argsort(~x.legal, axis=0, kind="stable") for x in tables),
        tuple(x.tied for x in tables),
        flat.table(c, index, profiles, states),
        np.flatnonzero(np.any([x.legal.sum(axis=0) > 1 for x in tables], axis=0)),
    )
