"""What is asked of a solved game with private information: probabilities, beliefs, values, means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine.agent import Played
from detente.engine.game import Game
from detente.engine.groups import log_summed, picked, summed
from detente.engine.tree import ENDED, Layer, Tree
from detente.errors import ModelError

Array = Any


@dataclass(frozen=True)
class First:
    """A solved game, for what is asked of it.

    Attributes:
        tree: The game laid out.
        played: Strategies, beliefs and values.
        mass: Probability of each node, by layer.
    """

    tree: Tree
    played: Played
    mass: tuple[Array, ...]

    @property
    def game(self) -> Game:
        """The game."""
        return self.tree.game

    @property
    def values(self) -> tuple[Array, ...]:
        """Players' values at the start."""
        return tuple(self.played.values[0][0])

    def value(self, player: str) -> Array:
        """A player's value at the start."""
        return self.values[self.game.players.index(player)]

    def choice(self, stage: str, label: str, player: str | None = None, year: int = 0, **where: int) -> Array:
        """Probability of an action, given that the stage is reached in states that match."""
        i, k, nodes = self._place(stage, label, player, year, where)
        w = self._weights(i, nodes)
        return (w * jnp.exp(self._strategy(i)[self.tree.layers[i].sets[nodes], k])).sum()

    def taken(
        self, stage: str, label: str, player: str | None = None, year: int | None = None, **where: int
    ) -> Array:
        """Probability that an action is taken in states that match; over all years if none is given."""
        total: Array = jnp.zeros(())
        years = [x.year for x in self.tree.layers if x.stage in (stage, f"{stage}/{player}")]
        for y in years if year is None else [year]:
            i, k, nodes = self._place(stage, label, player, y, where, some=False)
            total += (
                self.mass[i][nodes] * jnp.exp(self._strategy(i)[self.tree.layers[i].sets[nodes], k])
            ).sum()
        return total

    def reach(self, stage: str, player: str | None = None, year: int = 0, **where: int) -> Array:
        """Probability that a stage is reached in states that match."""
        i, _, nodes = self._place(stage, None, player, year, where, some=False)
        return self.mass[i][nodes].sum()

    def mean(
        self,
        stage: str,
        of: Callable[[SimpleNamespace], Array],
        player: str | None = None,
        year: int = 0,
        **where: int,
    ) -> Array:
        """Mean of ``of(s)`` over the states in which a stage is reached, among those that match."""
        i, _, nodes = self._place(stage, None, player, year, where)
        s = SimpleNamespace(
            **{v.name: x for v, x in zip(self.game.variables, self.tree.layers[i].states.T, strict=True)}
        )
        values = jnp.broadcast_to(jnp.asarray(of(s), float), len(self.tree.layers[i].states))
        return (self._weights(i, nodes) * values[nodes]).sum()

    def belief(
        self, stage: str, fact: Mapping[str, int], player: str | None = None, year: int = 0, **where: int
    ) -> Array:
        """Probability of what `fact` says, given that the stage is reached in states that match.

        The belief of the one who moves there, if `where` is what it knows. Off the path of play it is the
        limit along which the equilibrium was found.
        """
        i, _, nodes = self._place(stage, None, player, year, where)
        w = self._weights(i, nodes)
        return w[np.flatnonzero(np.isin(nodes, self._matching(i, {**where, **fact})))].sum()

    def _weights(self, i: int, nodes: np.ndarray) -> Array:
        """How likely nodes are, given that one of them is reached.

        Off the path, at noise 0, logarithms of their probabilities are of the size of the precision, and
        their differences have few digits left; those within an information set are known as beliefs.
        """
        layer = self.tree.layers[i]
        sets, at = np.unique(layer.sets[nodes], return_inverse=True)
        share = picked(self.played.belief[i], nodes)
        if len(sets) == 1:
            return share / share.sum()
        reach = log_summed(self.played.log_mass[i], layer.sets, layer.n_sets)
        w = share * picked(jax.nn.softmax(reach[sets]), at)
        return w / w.sum()

    def _strategy(self, i: int) -> Array:
        y = self.played.strategy[i]
        if y is None:
            raise ModelError(f"stage {self.tree.layers[i].stage!r}: nobody chooses there")
        return y

    def _matching(self, i: int, where: Mapping[str, int]) -> np.ndarray:
        layer, names = self.tree.layers[i], [v.name for v in self.tree.game.variables]
        for name in where:
            if name not in names:
                raise ModelError(f"stage {layer.stage!r}: there is no variable {name!r}")
        hit = np.ones(layer.nodes, dtype=bool)
        for name, value in where.items():
            hit &= layer.states[:, names.index(name)] == value
        return np.flatnonzero(hit)

    def _place(
        self,
        stage: str,
        label: str | None,
        player: str | None,
        year: int,
        where: Mapping[str, int],
        some: bool = True,
    ) -> tuple[int, int, np.ndarray]:
        name = stage if player is None else f"{stage}/{player}"
        found = [i for i, x in enumerate(self.tree.layers) if x.stage == name and x.year == year]
        if not found:
            raise ModelError(f"there is no stage {name!r} in year {year}")
        layer = self.tree.layers[found[0]]
        if label is not None and label not in layer.labels:
            raise ModelError(f"stage {name!r}: there is no action {label!r}")
        nodes = self._matching(found[0], where)
        if some and not len(nodes):
            raise ModelError(f"stage {name!r}: no state matches {dict(where)}")
        return found[0], 0 if label is None else layer.labels.index(label), nodes


def masses(tree: Tree, played: Played) -> tuple[Array, ...]:
    """Probability of each node, carried forward in plain numbers."""
    mass, found = jnp.ones(1), []
    for layer, y in zip(tree.layers, played.strategy, strict=True):
        found.append(mass)
        moved = along(layer, mass, y)
        inside = np.flatnonzero(layer.target != ENDED)
        target = layer.target[inside]
        n = int(target.max()) + 1 if len(target) else 0
        mass = summed(picked(moved, inside), target, n) if n else jnp.zeros(0)
    return (*found, mass)


def along(layer: Layer, mass: Array, strategy: Array | None) -> Array:
    """Probability of each edge, from that of the nodes it leaves."""
    found = picked(mass, layer.source)
    if strategy is not None:
        at = layer.sets[layer.source] * len(layer.labels) + layer.action
        found = found * jnp.exp(picked(strategy.reshape(-1), at))
    return found if layer.chance is None else found * layer.chance
