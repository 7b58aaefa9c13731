"""Moving along the grid: boxes of states, static successors, beliefs by linear interpolation.

Arrays have the axes ``[variables…, belief, batch]``. Every movement comes as a pair: `pull` and
`interpolate` read values at successors, `push` and `spread` carry probability mass to them; each
is the transpose of the other, so that what is expected backward is what happens forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np

from detente.engine.numeric import settle

Array = Any
Box = tuple[slice, ...]
"""A box of states: one slice for each variable."""


def boxes(kind: np.ndarray) -> list[tuple[Box, Any]]:
    """Cut a grid into boxes in which `kind` is the same everywhere.

    Args:
        kind: A whole number for each state, one axis per variable.

    Returns:
        The boxes, which do not overlap and cover the grid, each with its kind.
    """

    def cut(box: list[tuple[int, int]]) -> list[tuple[Box, Any]]:
        here = kind[tuple(slice(*b) for b in box)]
        if (here == here.flat[0]).all():
            return [(tuple(slice(*b) for b in box), here.flat[0])]
        for axis, (low, high) in enumerate(box):
            rows = np.moveaxis(here, axis, 0)
            changes = [low + i for i in range(1, high - low) if (rows[i] != rows[i - 1]).any()]
            if changes:
                edges = [low, *changes, high]
                parts = [[*box[:axis], (a, b), *box[axis + 1 :]] for a, b in pairwise(edges)]
                return [found for part in parts for found in cut(part)]
        raise AssertionError("a box whose states differ can be cut")

    return cut([(0, n) for n in kind.shape])


def overlap(box: Box, window: Box) -> Box | None:
    """The states that lie in both boxes, or None."""
    both = tuple(slice(max(b.start, w.start), min(b.stop, w.stop)) for b, w in zip(box, window, strict=True))
    return both if all(b.start < b.stop for b in both) else None


def within(box: Box, window: Box) -> Box:
    """Where a box lies inside an array that covers a window only."""
    return tuple(slice(b.start - w.start, b.stop - w.start) for b, w in zip(box, window, strict=True))


def successors(maps: Mapping[int, np.ndarray], box: Box) -> dict[int, np.ndarray]:
    """Successor indices of the states of a box, for the axes that change.

    Args:
        maps: For each axis, whole numbers that broadcast over the grid, one axis per variable.
        box: The states to leave from.

    Raises:
        ValueError: A successor depends on more than its own variable inside the box.
    """
    found = {}
    for axis, index in maps.items():
        here = index[tuple(b if n > 1 else slice(0, 1) for b, n in zip(box, index.shape, strict=True))]
        own = np.moveaxis(here, axis, 0).reshape(here.shape[axis], -1)
        if (own != own[:, :1]).any():
            raise ValueError(f"axis {axis}")
        length = box[axis].stop - box[axis].start
        line = np.broadcast_to(own[:, 0], length)
        if not np.array_equal(line, np.arange(box[axis].start, box[axis].stop)):
            found[axis] = line
    return found


def _runs(line: np.ndarray) -> list[tuple[int, int]]:
    """Start and end of each stretch of consecutive indices."""
    edges = [0, *(np.flatnonzero(np.diff(line) != 1) + 1), len(line)]
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def pull(x: Array, box: Box, to: Mapping[int, np.ndarray]) -> Array:
    """Values at the successors of the states of a box.

    Slices instead of gathers. An axis on which all go to the same place has length one.

    Args:
        x: Values over the whole grid.
        box: The states to leave from.
        to: As `successors` gives them.
    """
    place = list(box)
    pieces = []
    for axis, line in to.items():
        if (line == line[0]).all():
            place[axis] = slice(int(line[0]), int(line[0]) + 1)
        elif len(_runs(line)) == 1:
            place[axis] = slice(int(line[0]), int(line[-1]) + 1)
        else:
            place[axis] = slice(None)
            pieces.append((axis, line))
    x = x[tuple(place)]
    for axis, line in pieces:
        x = jnp.concatenate(
            [_cut(x, axis, int(line[a]), int(line[b - 1]) + 1) for a, b in _runs(line)], axis=axis
        )
    return x


def push(
    into: Array, window: Box, mass: Array, box: Box, to: Mapping[int, np.ndarray], through: Any = None
) -> Array:
    """Add the mass of a box to where it goes; the transpose of `pull`.

    Args:
        into: Mass so far, over the window.
        window: The states that `into` covers.
        mass: Mass over the box, or of length one on axes that nothing depends on.
        box: The states to leave from.
        to: As `successors` gives them.
        through: A linear function applied after mass that goes to one place has been added up.

    Raises:
        ValueError: Mass would leave the window.
    """
    shape = [b.stop - b.start for b in box]
    mass = jnp.broadcast_to(mass, (*shape, *mass.shape[len(box) :]))
    parts = [(mass, list(box))]
    for axis, line in to.items():
        if (line == line[0]).all():
            target = slice(int(line[0]), int(line[0]) + 1)
            parts = [(m.sum(axis=axis, keepdims=True), _put(b, axis, target)) for m, b in parts]
        else:
            parts = [
                (_cut(m, axis, a, e), _put(b, axis, slice(int(line[a]), int(line[e - 1]) + 1)))
                for m, b in parts
                for a, e in _runs(line)
            ]
    for m, target in parts:
        if overlap(tuple(target), window) != tuple(target):
            raise ValueError("mass would leave the window")
        into = into.at[within(tuple(target), window)].add(m if through is None else through(m))
    return into


def _put(box: list[slice], axis: int, target: slice) -> list[slice]:
    return [*box[:axis], target, *box[axis + 1 :]]


def _cut(x: Array, axis: int, start: int, stop: int) -> Array:
    return x[(slice(None),) * axis + (slice(start, stop),)]


def interpolate(x: Array, belief: Array) -> Array:
    """Values at beliefs between the grid points, linearly.

    Hat functions as weights instead of gathers: compilers turn them into straight loops.

    Args:
        x: Values at the grid points, shape [..., belief, batch].
        belief: Where to read, in [0, 1], shape [..., any number, batch].
    """
    points = x.shape[-2]
    if points == 1:
        return x
    position = belief * (points - 1)
    parts = [_hat(position, k) * x[..., k : k + 1, :] for k in range(points)]
    return sum(parts[1:], parts[0])


def spread(mass: Array, belief: Array) -> Array:
    """Mass carried to beliefs between the grid points, split linearly; transpose of `interpolate`.

    Args:
        mass: Shape [..., belief, batch].
        belief: Where the mass of each point goes, broadcastable to the shape of mass.
    """
    points = mass.shape[-2]
    if points == 1:
        return mass
    position = jnp.broadcast_to(belief * (points - 1), (*belief.shape[:-2], points, belief.shape[-1]))
    target = jnp.arange(points, dtype=mass.dtype)[:, None]
    parts = [_hat(position[..., k : k + 1, :], target) * mass[..., k : k + 1, :] for k in range(points)]
    return sum(parts[1:], parts[0])


@dataclass(frozen=True)
class Shift:
    """Beliefs that move alike at every state: the weights of `interpolate` and `spread`, worked out once.

    Attributes:
        weights: Of each grid point, for each belief that leads between them; shape [from, point, batch].
    """

    weights: Array

    def interpolate(self, x: Array) -> Array:
        """Values at the beliefs, as `interpolate` gives them."""
        points = x.shape[-2]
        if points == 1:
            return x
        parts = [self.weights[:, k, :] * x[..., k : k + 1, :] for k in range(points)]
        return sum(parts[1:], parts[0])

    def spread(self, mass: Array) -> Array:
        """Mass carried to the beliefs, as `spread` carries it."""
        points = mass.shape[-2]
        if points == 1:
            return mass
        parts = [self.weights[k] * mass[..., k : k + 1, :] for k in range(points)]
        return sum(parts[1:], parts[0])


def shift(belief: Array, points: int) -> Shift:
    """A move of the belief, shape [belief, batch], prepared for a grid of so many points."""
    position = belief[:, None, :] * (points - 1)
    return Shift(settle(_hat(position, jnp.arange(points, dtype=belief.dtype)[:, None])))


def _hat(position: Array, at: Any) -> Array:
    return jnp.maximum(0.0, 1.0 - jnp.abs(position - at))
