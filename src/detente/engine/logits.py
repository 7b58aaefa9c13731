"""What is solved for in an agent form: logits, each measured against one action of its information set.

That action is the pivot: the first legal one to begin with. At high precision the logit between two actions
is huge if one of them is not worth taking, and the difference of two huge logits has no digits left. So
the pivot has to be an action that is taken. Another becomes the pivot by changing places with the first:
the unknown that stood for the one now stands for the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine.groups import picked
from detente.engine.tree import ENDED, Layer, Tree

Array = Any

NEVER = -1e30  # logarithm of a probability of 0 that arithmetic survives
LIKELIER = 1.0  # logit with which the likeliest action takes the place of the pivot

Pivots = tuple[Any, ...]
"""For each layer that is solved for, 1 at the pivot of each set and 0 elsewhere, shape [set, action]; None
where no set has more than two actions: with one logit there is no difference of two; the first will do."""


@dataclass(frozen=True)
class Unknowns:
    """The logits that are solved for: one for each action but one of each set of some layers.

    Attributes:
        layers: Which layers.
        set, action: For each unknown its information set and action; by layer. Where that action is the
            pivot, the unknown stands for the first action.
        first: For each layer the first legal action of each set.
    """

    layers: tuple[int, ...]
    set: Mapping[int, np.ndarray]
    action: Mapping[int, np.ndarray]
    first: Mapping[int, np.ndarray]

    @property
    def count(self) -> int:
        """How many."""
        return sum(len(x) for x in self.set.values())


def unknowns(tree: Tree) -> Unknowns:
    """Which logits have to be solved for together.

    A belief depends on an earlier decision if paths into one information set have taken different actions
    there. Then the two decisions depend on each other: one through beliefs, the other through what follows.
    """
    found: set[int] = set()
    many = [i for i in tree.decisions() if len(tree.layers[i].sets) > tree.layers[i].n_sets]
    for i in tree.decisions():
        later = [j for j in many if j > i]
        if not later:
            continue
        layer = tree.layers[i]
        went = layer.sets * len(layer.labels)
        label = _onward(layer, went[layer.source] + layer.action)
        for j in range(i + 1, later[-1] + 1):
            if j in later and _mixed(tree.layers[j].sets, label):
                found |= {i, j}
            label = _onward(tree.layers[j], label[tree.layers[j].source])
    keep = [i for i in sorted(found) if (tree.layers[i].legal.sum(axis=1) > 1).any()]
    first = {i: tree.layers[i].legal.argmax(axis=1) for i in keep}
    pairs = {}
    for i in keep:
        open_ = tree.layers[i].legal.copy()
        open_[np.arange(len(open_)), first[i]] = False
        pairs[i] = np.nonzero(open_)
    return Unknowns(
        tuple(keep), {i: x[0] for i, x in pairs.items()}, {i: x[1] for i, x in pairs.items()}, first
    )


def _onward(layer: Layer, label: np.ndarray) -> np.ndarray:
    """Labels of edges carried to the nodes they lead to; where several meet, a label of their own."""
    inside = layer.target != ENDED
    target, label = layer.target[inside], label[inside]
    n = int(target.max()) + 1 if len(target) else 0
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, -1, dtype=np.int64)
    np.minimum.at(low, target, label)
    np.maximum.at(high, target, label)
    out, met = low.copy(), {}
    for node in np.flatnonzero(low != high):
        together = tuple(np.unique(label[target == node]))
        out[node] = met.setdefault(together, 2**40 + 2**20 * node)
    return out


def _mixed(sets: np.ndarray, label: np.ndarray) -> bool:
    low = np.full(sets.max() + 1, np.iinfo(np.int64).max)
    high = np.full(sets.max() + 1, np.iinfo(np.int64).min)
    np.minimum.at(low, sets, label)
    np.maximum.at(high, sets, label)
    return bool((low != high).any())


class Logits:
    """The unknowns of a tree as logits of all its actions, and other things of all actions as the unknowns.

    Attributes:
        unknowns: What is solved for.
        opened: For each layer that is solved for which actions may be taken, shape [set, action].
    """

    def __init__(self, tree: Tree, u: Unknowns, opened: Sequence[Array]) -> None:
        self.unknowns, self.opened = u, [opened[i] for i in u.layers]
        shapes = [tree.layers[i].legal.shape for i in u.layers]
        self._first = [
            np.arange(wide) == u.first[i][:, None] for i, (_, wide) in zip(u.layers, shapes, strict=True)
        ]
        self._few = [(tree.layers[i].legal.sum(axis=1) <= 2).all() for i in u.layers]

    def pivots(self) -> Pivots:
        """The first legal actions."""
        return tuple(
            None if few else jnp.asarray(x, float) for x, few in zip(self._first, self._few, strict=True)
        )

    def all(self, x: Array, pivots: Pivots) -> list[Array]:
        """Logits of all actions by layer, from the unknowns; of those that may not be taken anything."""
        found, used = [], 0
        for i, first, pivot in zip(self.unknowns.layers, self._first, pivots, strict=True):
            sets, actions = self.unknowns.set[i], self.unknowns.action[i]
            y = jnp.zeros(first.shape).at[sets, actions].set(x[used : used + len(sets)])
            found.append(_exchanged(y, first, pivot))
            used += len(sets)
        return found

    def over(self, each: Sequence[Array], pivots: Pivots) -> Array:
        """What is given of all actions, shape [set, action] by layer, less that of the pivot: by unknown."""
        u, found = self.unknowns, []
        for i, q, first, pivot in zip(u.layers, each, self._first, pivots, strict=True):
            wide, q = q.shape[1], _exchanged(q, first, pivot).reshape(-1)
            least = picked(q, u.set[i] * wide + u.first[i][u.set[i]])
            found.append(picked(q, u.set[i] * wide + u.action[i]) - least)
        return jnp.concatenate(found) if found else jnp.zeros(0)

    def allowed(self) -> Array:
        """Which unknowns stand for actions that may be taken."""
        u = self.unknowns
        parts = [jnp.asarray(ok)[u.set[i], u.action[i]] for i, ok in zip(u.layers, self.opened, strict=True)]
        return jnp.concatenate(parts)

    def likeliest(self, x: Array, pivots: Pivots) -> Pivots:
        """Other pivots: the likeliest actions, where one is clearly likelier than the pivot is."""
        found = []
        for y, ok, pivot in zip(self.all(x, pivots), self.opened, pivots, strict=True):
            if pivot is not None:
                y = jnp.where(ok, y, NEVER)
                best = jax.nn.one_hot(y.argmax(axis=1), y.shape[1], dtype=pivot.dtype)
                pivot = jnp.where(y.max(axis=1, keepdims=True) > LIKELIER, best, pivot)
            found.append(pivot)
        return tuple(found)

    def measured(self, x: Array, old: Pivots, new: Pivots) -> Array:
        """The unknowns, or a change in them, against other pivots."""
        if all(pivot is None for pivot in old):
            return x
        return jnp.where(self.allowed(), self.over(self.all(x, old), new), 0.0)


def _exchanged(q: Array, first: np.ndarray, pivot: Array | None) -> Array:
    """The first action and the pivot in each other's place; shapes [set, action]."""
    if pivot is None:
        return q
    one, other = (jnp.where(x, q, 0.0).sum(axis=1, keepdims=True) for x in (first, pivot > 0))
    return jnp.where(pivot > 0, one, jnp.where(first, other, q))
