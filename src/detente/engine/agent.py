"""The equations of a logit equilibrium in agent form, of a game laid out as a tree.

Whoever moves at an information set chooses by logit choice between what the actions are worth to it
there, given beliefs about where in the set it is; beliefs follow from the strategies by Bayes' rule.
Probabilities are carried in logarithms, so that beliefs are defined wherever play can lead at all: at
high precision they are the limits that make a sequential equilibrium.

Decisions whose beliefs depend on strategies, and those that these strategies answer to, have to be solved
for together: their logits are the unknowns (`detente.engine.logits`). All others are worked out on the way
back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from detente.engine.groups import highest, log_summed, picked, summed
from detente.engine.logits import NEVER, Logits, Pivots, unknowns
from detente.engine.tree import ENDED, Layer, Tree

Array = Any


@dataclass(frozen=True)
class Played:
    """A game worked out under strategies: what follows backward, and where play goes.

    Attributes:
        strategy: Logarithm of the strategy, shape [set, action], by layer; None: chance.
        log_mass: Logarithm of the probability of each node, by layer.
        belief: Probability of each node given its information set, by layer.
        worth: What an action is worth at an information set to the one who moves there, by layer.
        values: Values at the nodes, shape [node, player], by layer.
    """

    strategy: tuple[Array, ...]
    log_mass: tuple[Array, ...]
    belief: tuple[Array, ...]
    worth: tuple[Array, ...]
    values: tuple[Array, ...]


class AgentForm:
    """The equations of one game with its numbers.

    Attributes:
        tree: The game.
        unknowns: What is solved for.
        logits: The same as logits of all actions.
        favour: ``favour(λ)`` → what an action that is taken when tied is favoured by, in pay-off; values do
            not contain it.
    """

    def __init__(self, tree: Tree, favour: Callable[[Array], Array]) -> None:
        self.tree, self.favour = tree, favour
        # What does not depend on strategies is worked out here, once.
        self.pays = [_stacked(x.pays, len(x.source)) for x in tree.layers]
        self.rest = jnp.stack(tree.rest, axis=1)
        self.likely = [None if x.chance is None else _logarithm(x.chance) for x in tree.layers]
        self.opened = [opened(x) for x in tree.layers]
        self.unknowns = unknowns(tree)
        self.logits = Logits(tree, self.unknowns, self.opened)

    # Strategies

    def strategies(self, x: Array, pivots: Pivots) -> dict[int, Array]:
        """Logarithms of the strategies that are solved for, by layer, from the unknowns."""
        each = zip(self.unknowns.layers, self.logits.all(x, pivots), strict=True)
        return {i: jax.nn.log_softmax(jnp.where(self.opened[i], y, NEVER), axis=1) for i, y in each}

    def shares(self, x: Array, *pivots: Any) -> Array:
        """All probabilities that are solved for, in one row."""
        return jnp.concatenate([jnp.exp(y).reshape(-1) for y in self.strategies(x, pivots).values()])

    # Forward and backward

    def forward(self, strategy: Mapping[int, Array | None]) -> list[Array]:
        """Logarithm of the probability of each node; uniform play where a strategy is not given."""
        mass, found = jnp.zeros(1), []
        for i, layer in enumerate(self.tree.layers):
            found.append(mass)
            along, likely = picked(mass, layer.source), self.likely[i]
            if layer.player is not None:
                given = strategy.get(i)
                y = -np.log(layer.legal.sum(axis=1, keepdims=True)) if given is None else given
                y = jnp.broadcast_to(y, layer.legal.shape).reshape(-1)
                along = along + picked(y, layer.sets[layer.source] * len(layer.labels) + layer.action)
            if likely is not None:
                along = along + likely
            mass = _gathered(along, layer.target)
        return [*found, mass]

    def play(self, x: Array, precision: Array, pivots: Pivots | None = None) -> tuple[Played, Array]:
        """Work the game out at some logits; also what the actions they stand for gain over the pivots."""
        pivots = self.logits.pivots() if pivots is None else pivots
        solved = self.strategies(x, pivots)
        log_mass = self.forward(solved)
        n = len(self.tree.layers)
        values: list[Array] = [None] * n
        strategy: list[Array] = [None] * n
        worth: list[Array] = [None] * n
        belief: list[Array] = [None] * n
        after = self.rest
        for i in reversed(range(n)):
            layer = self.tree.layers[i]
            belief[i] = _normalised(log_mass[i], layer.sets, layer.n_sets)
            each = self._each(i, after)
            if layer.player is None:
                after = each[:, 0]
            else:
                mine = each[..., layer.player]
                if layer.nodes > layer.n_sets:
                    q = summed(belief[i][:, None] * mine, layer.sets, layer.n_sets)
                else:
                    q = picked(mine, np.argsort(layer.sets))
                y = solved[i] if i in solved else self.choice(i, q, precision)
                after = (picked(jnp.exp(y), layer.sets)[..., None] * each).sum(axis=1)
                worth[i], strategy[i] = q, y
            values[i] = after
        played = Played(tuple(strategy), tuple(log_mass), tuple(belief), tuple(worth), tuple(values))
        each = [self.favoured(self.tree.layers[i], worth[i], precision) for i in self.unknowns.layers]
        return played, self.logits.over(each, pivots)

    def _each(self, i: int, after: Array) -> Array:
        """What each action is worth to each player at each node, shape [node, action, player]."""
        layer, pays = self.tree.layers[i], self.pays[i]
        slot, size = layer.source * len(layer.labels) + layer.action, layer.nodes * len(layer.labels)
        inside, players = layer.target != ENDED, len(self.tree.game.players)
        x: Array = jnp.zeros((len(slot), players))
        if inside.all():
            x = picked(after, layer.target)
        elif inside.any():
            x = jnp.where(inside[:, None], picked(after, np.where(inside, layer.target, 0)), 0.0)
        if pays is not None:
            x = x + pays
        if layer.chance is not None:
            x = x * layer.chance[:, None]
        x = summed(x, slot, size)
        return x.reshape(layer.nodes, -1, players)

    def choice(self, i: int, worth: Array, precision: Array) -> Array:
        """Logarithm of the logit choice in a layer."""
        u = jnp.where(self.opened[i], self.favoured(self.tree.layers[i], worth, precision), -jnp.inf)
        u = (u - u.max(axis=1, keepdims=True)) * precision
        return jax.nn.log_softmax(jnp.maximum(u, NEVER), axis=1)

    def favoured(self, layer: Layer, worth: Array, precision: Array) -> Array:
        """What actions are worth for the choice among them, in the year in which it is made."""
        if not isinstance(layer.weight, float):
            worth = worth / jnp.where(layer.weight > 0, layer.weight, 1.0)
        return worth + self.favour(precision) * layer.tied if layer.tied.any() else worth

    def residual(self, x: Array, precision: Array, pivots: Pivots, expected: Array | float = 0.0) -> Array:
        """The equations x = expected + λ·ΔQ(x), written so that they stay of the size of pay-offs."""
        gains = self.play(x, precision, pivots)[1]
        return self.off(x, gains, precision, expected)

    def off(self, x: Array, gains: Array, precision: Array, expected: Array | float = 0.0) -> Array:
        """The same, from gains that are known."""
        return jnp.where(self.logits.allowed(), (x - expected - precision * gains) / (1 + precision), x)


def opened(layer: Layer) -> Array:
    """Which actions may be taken, shape [set, action]."""
    if all(a is None for a in layer.allowed):
        return layer.legal
    columns = [
        layer.legal[:, k] if a is None else layer.legal[:, k] & (a > 0) for k, a in enumerate(layer.allowed)
    ]
    return jnp.stack([jnp.asarray(x) for x in columns], axis=1)


def _stacked(pays: tuple[Array, ...], edges: int) -> Array:
    """What edges pay, shape [edge, player]; None: nothing."""
    if all(x is None for x in pays):
        return None
    return jnp.stack([jnp.zeros(edges) if x is None else x for x in pays], axis=1)


def _logarithm(chance: Array) -> Array:
    likely = chance > 0
    return jnp.where(likely, jnp.log(jnp.where(likely, chance, 1.0)), NEVER)


def _gathered(along: Array, target: np.ndarray) -> Array:
    """Logarithm of the probability of each node of the next layer, from those of the edges."""
    inside = np.flatnonzero(target != ENDED)
    target = target[inside]
    if not len(target):
        return jnp.zeros(0)
    return log_summed(picked(along, inside), target, int(target.max()) + 1)


def _normalised(log_mass: Array, sets: np.ndarray, n: int) -> Array:
    """Probability of each node given its information set."""
    if len(sets) == n:
        return jnp.ones(n)
    top = jax.lax.stop_gradient(highest(log_mass, sets, n))
    w = jnp.exp(log_mass - picked(top, sets))
    return w / picked(summed(w, sets, n), sets)
