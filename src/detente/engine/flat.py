"""Many moves at once: one row for each, over a list of states, successors read by static indices.

Offers have many terms and joint decisions many profiles, which share all their structure. Instead of
a few operations for each, a `Table` keeps them as rows of arrays [row, state, belief, batch], where
an axis on which nothing depends may have length one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine.context import Context
from detente.engine.game import Action, Branch
from detente.engine.groups import summed
from detente.engine.moves import Mass, Values, static
from detente.engine.numeric import settle, total
from detente.errors import ModelError

Array = Any

DENSE = 4
"""States for each way that a row may turn out, up to which products of matrices are quicker than sums."""


@dataclass(frozen=True)
class Table:
    """Prepared moves, one row each.

    Attributes:
        labels: Their names.
        states: Where the stage takes place: indices into the grid of variables laid out flat, shape [state].
        legal: Where each may be taken, shape [row, state].
        allowed: The same, with what depends on parameters: shape [row, state, belief, batch].
        tied: Which are taken when tied, shape [row].
        ended: Which end the game, shape [row].
        way: The row that each way of turning out belongs to, shape [way].
        to: Where it leads, shape [way, state].
        likely: How likely it is, shape [way, state, belief, batch]; None: each row has one way.
        matrix: The same as a matrix to all states, shape [batch, row·state, state], where it is full enough
            and there is no belief; None: sums over the ways are quicker.
        pays: Payments by player, in values, shape [row, state, belief, batch]; None: nothing.
        ends: Pay-offs of the rows that end the game, by player.
    """

    labels: tuple[str, ...]
    states: np.ndarray
    legal: np.ndarray
    allowed: Array
    tied: np.ndarray
    ended: np.ndarray
    way: np.ndarray
    to: np.ndarray
    likely: Array | None
    matrix: Array | None
    pays: tuple[Array | None, ...]
    ends: tuple[Array, ...]

    def values(self, after: Values) -> Values:
        """What each player gets by each row, [row, state, belief, batch]; 0 where it may not be taken."""
        found = []
        for x, pays, ends in zip(after, self.pays, self.ends, strict=True):
            if self.ended.all():
                value = ends
            else:
                value = self._expected(x.reshape(-1, *x.shape[-2:]))
                if self.ended.any():
                    value = jnp.where(self.ended[:, None, None, None], ends, value)
            value = value if pays is None else value + pays
            shape = np.broadcast_shapes(value.shape, (len(self.labels), len(self.states), *x.shape[-2:]))
            found.append(jnp.where(self.allowed, jnp.broadcast_to(value, shape), 0.0))
        return tuple(found)

    def _expected(self, x: Array) -> Array:
        """What follows each row, from values [state, belief, batch] after the stage."""
        if self.matrix is not None:
            value = jnp.einsum("bij,jb->ib", self.matrix, x[:, 0])
            return value.reshape(len(self.labels), len(self.states), 1, -1)
        value = x[self.to]
        return value if self.likely is None else summed(self.likely * value, self.way, len(self.labels))

    def chances(self, c: Context) -> Array:
        """Probabilities from rows and states to states, without a belief: [batch, row, state, state]."""
        found = self.matrix
        if found is None:
            found = _matrix(
                c, self.way, self.to, 1.0 if self.likely is None else self.likely, len(self.labels)
            )
        return found.reshape(len(found), len(self.labels), len(self.states), -1)

    def named(self, label: str | None) -> list[int]:
        """The rows of that name."""
        return [k for k, x in enumerate(self.labels) if x == label]

    def push(
        self,
        c: Context,
        taken: Array,
        mass: Mass,
        counts: Mapping[str, Sequence[int]],
        without: Sequence[int],
    ) -> tuple[Array, dict[str, Array]]:
        """Where the mass of the stage's states goes, over the whole grid laid out flat, and what is counted.

        Args:
            c: The context.
            taken: Probability of each row, shape [row, state, belief, batch].
            mass: Mass before the stage.
            counts: By tally, the rows whose mass it counts.
            without: Rows whose mass is not carried on.
        """
        moved = taken * flattened(c, mass)[self.states]
        counted = {name: total(moved[np.array(k)]) for name, k in counts.items() if len(k)}
        if self.ended.any():
            counted["ended"] = total(moved[np.flatnonzero(self.ended)])
        kept = ~self.ended & ~np.isin(np.arange(len(self.labels)), without)
        ways = np.flatnonzero(kept[self.way])
        inside = np.zeros([v.size for v in c.game.lasting], bool)
        inside[mass.window] = True
        here = inside.reshape(-1)[self.states] & self.legal[self.way[ways]]
        if not inside.reshape(-1)[self.to[ways]][here].all():
            raise ValueError("mass would leave the window")
        carried = moved[self.way[ways]]
        if self.likely is not None:
            carried = carried * self.likely[ways]
        into = jnp.zeros((int(np.prod(c.shape[:-2])), *c.shape[-2:]), carried.dtype)
        return into.at[self.to[ways]].add(carried), counted


def flattened(c: Context, mass: Mass) -> Array:
    """Mass over the whole grid of variables laid out flat: shape [state, belief, batch]."""
    array = mass.array
    if mass.window != c.everywhere:
        array = jnp.zeros(c.shape, array.dtype).at[mass.window].set(array)
    return array.reshape(-1, *c.shape[-2:])


def gathered(c: Context, states: np.ndarray, mass: Mass, arrived: Array) -> Mass:
    """Mass after a stage at some states, from what arrived and what was elsewhere, in the same window."""
    array = (flattened(c, mass).at[states].set(0.0) + arrived).reshape(c.shape)
    return Mass(mass.window, settle(array[mass.window]))


def placed(c: Context, states: np.ndarray, x: Array, elsewhere: Array) -> Array:
    """An array over the grid, replaced at some states by x of shape [state, belief, batch]."""
    shape = (len(states), *c.shape[-2:])
    if len(states) == np.prod(c.shape[:-2]):
        return jnp.broadcast_to(x, shape).reshape(c.shape)
    whole = jnp.broadcast_to(elsewhere, c.shape).reshape(-1, *c.shape[-2:])
    return whole.at[states].set(x).reshape(c.shape)


def choose(utility: Array, allowed: Array, precision: Array) -> Array:
    """Logit choice over the first axis, among what is allowed; at least one must be.

    Args:
        utility: Values, shape [row, …, batch].
        allowed: Which may be taken, broadcastable to the same shape.
        precision: One over the scale of the choice, shape [batch].
    """
    top = jnp.where(allowed, utility, -jnp.inf).max(axis=0)
    weights = jnp.where(allowed, jnp.exp((jnp.where(allowed, utility, top) - top) * precision), 0.0)
    return weights / weights.sum(axis=0)


def table(c: Context, stage: int, actions: Sequence[Action], states: np.ndarray) -> Table:
    """Prepare actions for some states of the grid.

    Args:
        c: The context.
        stage: Index of the stage.
        actions: What may be done.
        states: Indices into the grid of variables laid out flat.
    """
    where = f"stage {c.game.stages[stage].name!r}"
    labels = tuple(a.label for a in actions)
    legal = [static(c, where, a.label, a.legal).reshape(-1)[states] for a in actions]
    ways = [(k, b) for k, a in enumerate(actions) for b in a.branches or (Branch(1.0, a.to),)]
    to = [
        _successors(c, f"{where}, action {labels[k]!r}", b, states, legal[k] & (actions[k].ends is None))
        for k, b in ways
    ]
    for a in actions:
        for player in (*a.pays, *(a.ends or {})):
            if player not in c.game.players:
                raise ModelError(f"{where}: there is no player {player!r}")
    sure = len(ways) == len(actions)
    sure = sure and all(isinstance(b.probability, float) and b.probability == 1.0 for _, b in ways)
    pays = []
    for player, discount in zip(c.game.players, c.discounts, strict=True):
        paid = any(player in a.pays for a in actions)
        pays.append(
            (1 - discount) * rows(c, [a.pays.get(player, 0.0) for a in actions], states) if paid else None
        )
    ends = (rows(c, [(a.ends or {}).get(player, 0.0) for a in actions], states) for player in c.game.players)
    allowed = rows(c, [a.allowed for a in actions], states)
    legal = np.stack(legal)
    to, likely = np.stack(to), None if sure else rows(c, [b.probability for _, b in ways], states)
    matrix = None
    if (
        likely is not None
        and c.shape[-2] == 1
        and len(ways) * DENSE >= len(actions) * math.prod(c.shape[:-2])
    ):
        matrix = _matrix(c, np.array([k for k, _ in ways]), to, likely, len(actions))
    return Table(
        labels,
        states,
        legal,
        allowed & legal[..., None, None],
        np.array([a.when_tied for a in actions]),
        np.array([a.ends is not None for a in actions]),
        np.array([k for k, _ in ways]),
        to,
        likely,
        matrix,
        tuple(pays),
        tuple(ends),
    )


def _matrix(c: Context, way: np.ndarray, to: np.ndarray, likely: Array | float, n: int) -> Array:
    """Probabilities from rows and states to states, shape [batch, row·state, state]."""
    states, batch = to.shape[1], c.shape[-1]
    likely = jnp.broadcast_to(jnp.asarray(likely, c.discount.dtype), (*to.shape, 1, batch))[:, :, 0]
    row = way[:, None] * states + np.arange(states)
    found = jnp.zeros((batch, n * states, math.prod(c.shape[:-2])), likely.dtype)
    return found.at[:, row, to].add(jnp.moveaxis(likely, -1, 0))


def rows(c: Context, items: Sequence[Array], states: np.ndarray) -> Array:
    """Arrays that broadcast over the grid, one row each: shape [row, state or 1, belief or 1, batch or 1].

    Static numbers stay NumPy arrays, so that a hundred of them cost the compiler nothing.
    """
    known = not any(isinstance(x, jax.Array) for x in items)
    xp: Any = np if known else jnp
    need = len(c.shape)
    items = [xp.asarray(x) for x in items]
    items = [x.reshape((1,) * (need - x.ndim) + x.shape) for x in items]
    shape = np.broadcast_shapes(*(x.shape for x in items))
    found = xp.stack([xp.broadcast_to(x, shape) for x in items])
    if found.dtype.kind == "f":
        found = found.astype(c.discount.dtype)
    sizes = c.shape[:-2]
    if shape[:-2] == (1,) * len(sizes):
        return found.reshape(len(items), 1, *shape[-2:])
    found = xp.broadcast_to(found, (len(items), *sizes, *shape[-2:]))
    return found.reshape(len(items), -1, *shape[-2:])[:, states]


def _successors(c: Context, where: str, branch: Branch, states: np.ndarray, legal: np.ndarray) -> np.ndarray:
    sizes = [v.size for v in c.game.lasting]
    names = [v.name for v in c.game.lasting]
    place = list(np.unravel_index(states, sizes)) if sizes else []
    for name, value in branch.to.items():
        if name not in names:
            raise ModelError(f"{where}: there is no lasting variable {name!r}")
        axis = names.index(name)
        index = np.asarray(value)
        index = index.reshape(index.shape[: len(sizes)] if index.ndim else (1,) * len(sizes))
        index = np.broadcast_to(index, sizes).reshape(-1)[states]
        if ((index < 0) | (index >= sizes[axis]))[legal].any():
            raise ModelError(f"{where}: leads to {name} outside 0…{sizes[axis] - 1} where it is legal")
        place[axis] = np.clip(index, 0, sizes[axis] - 1)
    return np.ravel_multi_index(place, sizes) if sizes else np.zeros_like(states)


def possible(c: Context, where: str, actions: Sequence[Action], table: Table) -> None:
    """Refuse where at some state nothing can be done whatever the parameters are."""
    sure = np.array([a.allowed is True for a in actions])
    first = table.legal.argmax(axis=0)
    if not table.legal.any(axis=0).all():
        bad = int(table.states[np.flatnonzero(~table.legal.any(axis=0))[0]])
        place = np.unravel_index(bad, [v.size for v in c.game.lasting])
        at = {v.name: int(i) for v, i in zip(c.game.lasting, place, strict=True)}
        raise ModelError(f"{where}: no action is legal at {at}")
    if not sure[first].all():
        label = table.labels[int(first[~sure[first]][0])]
        raise ModelError(f"{where}, action {label!r}: the first legal action must always be allowed")
