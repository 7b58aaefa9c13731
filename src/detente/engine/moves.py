"""What a stage is made of: moves over boxes of states, prepared for a batch of parameters.

Values are a tuple with one array per player, each of shape [variables…, belief, batch]. What
comes before or after a stage is a list with one entry for each value of the variable that exists
only within the period (an offer on the table), and a list of one entry elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine import grid
from detente.engine.context import Context
from detente.engine.game import Action, Branch
from detente.engine.grid import Box
from detente.errors import ModelError

Array = Any
Values = tuple[Array, ...]
Strategy = Any


@dataclass(frozen=True)
class Mass:
    """Probability mass over a window of the grid; none outside it."""

    window: Box
    array: Array


# --- Moves ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """One way in which a move can turn out, for the states of a box: how likely, and where to."""

    probability: Array | None
    to: Mapping[int, np.ndarray]
    passing: int


@dataclass(frozen=True)
class Move:
    """A prepared action for the states of a box."""

    label: str
    ways: tuple[Way, ...]
    pays: tuple[Array | None, ...]
    ends: tuple[Array, ...] | None
    allowed: Array | None
    when_tied: bool = False

    @property
    def stays(self) -> bool:
        """Whether it changes nothing and pays nothing."""
        still = len(self.ways) == 1 and not self.ways[0].to and self.ways[0].probability is None
        return still and self.ends is None and not any(x is not None for x in self.pays)

    def value(self, after: Sequence[Values], box: Box, player: int) -> Array:
        """What a player gets by it, payments apart, given values after the stage."""
        if self.ends is not None:
            return self.ends[player]
        parts = []
        for way in self.ways:
            x = grid.pull(after[way.passing][player], box, way.to)
            parts.append(x if way.probability is None else way.probability * x)
        return sum(parts[1:], parts[0])

    def push(self, into: dict[int, Mass], mass: Array, box: Box, part: Box, through: Any = None) -> None:
        """Carry mass from a box inside the part that the move was prepared for to where it leads.

        A move that ends the game takes the mass out.
        """
        inside = grid.within(box, part)
        for way in () if self.ends is not None else self.ways:
            m = mass if way.probability is None else cut(way.probability, inside) * mass
            to = {axis: line[inside[axis]] for axis, line in way.to.items()}
            old = into[way.passing]
            into[way.passing] = Mass(old.window, grid.push(old.array, old.window, m, box, to, through))


def cut(x: Array, box: Box) -> Array:
    """An array that broadcasts over the grid, cut to a box."""
    x = jnp.asarray(x)
    need = len(box) + 2
    x = x.reshape((1,) * (need - x.ndim) + x.shape)
    return x[tuple(b if n > 1 else slice(None) for b, n in zip(box, x.shape, strict=False))]


def _by_player(
    c: Context, amounts: Mapping[str, Array], box: Box, factors: Sequence[Array]
) -> tuple[Array | None, ...]:
    for player in amounts:
        if player not in c.game.players:
            raise ModelError(f"there is no player {player!r}; the players are {', '.join(c.game.players)}")
    return tuple(
        factor * cut(amounts[x], box) if x in amounts else None
        for x, factor in zip(c.game.players, factors, strict=True)
    )


def _way(c: Context, stage: int, passing: int, branch: Branch, box: Box, where: str) -> Way:
    maps, target = {}, 0
    after = c.game.passing(stage + 1)
    if after is not None:
        target = passing if after is c.game.passing(stage) else 0
    names = {v.name: i for i, v in enumerate(c.game.lasting)}
    for name, value in branch.to.items():
        if after is not None and name == after.name:
            target = int(value)
        elif name in names:
            index = np.asarray(value)
            maps[names[name]] = index.reshape(index.shape[: len(names)] if index.ndim else (1,) * len(names))
        elif name not in [v.name for v in c.game.variables]:
            raise ModelError(f"{where}: there is no variable {name!r}")
    try:
        to = grid.successors(maps, box)
    except ValueError as problem:
        raise ModelError(f"{where}: a successor may depend on its own variable only ({problem})") from None
    for axis, line in to.items():
        v = c.game.lasting[axis]
        if (line < 0).any() or (line >= v.size).any():
            raise ModelError(f"{where}: leads to {v.name} outside 0…{v.size - 1} where it is legal")
    certain = isinstance(branch.probability, float) and branch.probability == 1.0
    return Way(None if certain else cut(branch.probability, box), to, target)


def move(c: Context, stage: int, passing: int, action: Action, box: Box) -> Move:
    """What an action does at the states of a box: where it leads and what it pays."""
    where = f"stage {c.game.stages[stage].name!r}, action {action.label!r}"
    branches = action.branches or (Branch(1.0, action.to),)
    ends = None
    if action.ends is not None:
        given = _by_player(c, action.ends, box, [jnp.ones_like(c.discount)] * len(c.discounts))
        ends = tuple(jnp.zeros_like(c.discount) if x is None else x for x in given)
    return Move(
        action.label,
        tuple(_way(c, stage, passing, b, box, where) for b in branches),
        _by_player(c, action.pays, box, [1 - d for d in c.discounts]),
        ends,
        None if action.allowed is True else cut(action.allowed, box),
        action.when_tied,
    )


def paid(move: Move, after: Sequence[Values], box: Box, player: int) -> Array:
    """What a player gets by a move, payments and what follows."""
    value = move.value(after, box, player)
    pays = move.pays[player]
    return value if pays is None else value + pays


def gain(move: Move, first: Move, after: Sequence[Values], box: Box, player: int, base: Array) -> Array:
    """What a player gains by a move over the first one; exact where they differ in payments alone."""
    if move.ends is None and first.ends is None and _same(move.ways, first.ways):
        none = jnp.zeros((), base.dtype)
        more, less = move.pays[player], first.pays[player]
        return (none if more is None else more) - (none if less is None else less)
    return paid(move, after, box, player) - base


def _same(ways: tuple[Way, ...], others: tuple[Way, ...]) -> bool:
    if len(ways) != 1 or len(others) != 1:
        return False
    a, b = ways[0], others[0]
    return a.probability is b.probability is None and not a.to and not b.to and a.passing == b.passing


@dataclass(frozen=True)
class Part:
    """The states of a box, where the same moves are legal."""

    box: Box
    moves: tuple[Move, ...]


def static(c: Context, where: str, label: str, legal: Any) -> np.ndarray:
    """Where an action is legal: true or false for each state, one axis per variable."""
    if isinstance(legal, jax.Array):
        raise ModelError(f"{where}, action {label!r}: `legal` must be static; use `allowed`")
    shape = [v.size for v in c.game.lasting]
    legal = np.asarray(legal)
    legal = legal.reshape(legal.shape[: len(shape)] if legal.ndim else (1,) * len(shape))
    return np.broadcast_to(legal, shape).astype(bool)


def parts(c: Context, stage: int, passing: int, actions: Sequence[Action]) -> tuple[Part, ...]:
    """Cut the grid into boxes with the same legal moves; what just stays is left out."""
    where = f"stage {c.game.stages[stage].name!r}"
    kind = np.zeros([v.size for v in c.game.lasting], int)
    for k, action in enumerate(actions):
        kind = kind + (static(c, where, action.label, action.legal).astype(int) << k)
    if (kind == 0).any():
        state = [int(i) for i in np.argwhere(kind == 0)[0]]
        at = dict(zip([v.name for v in c.game.lasting], state, strict=True))
        raise ModelError(f"{where}: no action is legal at {at}")
    found: list[Part] = []
    for box, legal in grid.boxes(kind):
        moves = tuple(move(c, stage, passing, a, box) for k, a in enumerate(actions) if legal >> k & 1)
        first = moves[0]
        if first.allowed is not None:
            raise ModelError(
                f"{where}, action {first.label!r}: the first legal action must always be allowed"
            )
        if len(moves) > 1 or not first.stays or first.ways[0].passing:
            found.append(Part(box, moves))
    return tuple(found)


def patched(c: Context, whole: Array, patches: Sequence[tuple[Box, Array]]) -> Array:
    """An array over the grid with some boxes replaced."""
    for box, x in patches:
        shape = (*(b.stop - b.start for b in box), *c.shape[-2:])
        x = jnp.broadcast_to(x, shape)
        whole = x if shape == c.shape else whole.at[box].set(x)
    return whole


# --- Carrying mass ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Flow:
    """What is counted while mass passes a stage.

    Attributes:
        counts: Tally → the action whose mass it counts.
        without: An action whose mass is not carried on, or None.
    """

    counts: Mapping[str, str]
    without: str | None = None


def zeroed(mass: Mass, boxes: Sequence[Box]) -> Mass:
    """Mass without what lies in some boxes."""
    array = mass.array
    for box in boxes:
        both = grid.overlap(box, mass.window)
        if both == mass.window:
            return Mass(mass.window, jnp.zeros_like(array))
        if both is not None:
            array = array.at[grid.within(both, mass.window)].set(0.0)
    return Mass(mass.window, array)


def add(mass: Mass, more: Mass) -> Mass:
    """Mass with more of it, whose window lies inside."""
    if mass.window == more.window:
        return Mass(mass.window, mass.array + more.array)
    return Mass(mass.window, mass.array.at[grid.within(more.window, mass.window)].add(more.array))


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box around several."""
    return tuple(
        slice(min(s.start for s in axis), max(s.stop for s in axis)) for axis in zip(*boxes, strict=True)
    )
