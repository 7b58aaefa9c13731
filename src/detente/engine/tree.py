"""A game played once or a few times, laid out in layers: nodes, information sets, and the edges between.

A node is a state, not a history: histories that lead to the same state meet again.
`detente.engine.layout` makes the layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.engine.game import Game

Array = Any
ENDED = -1


@dataclass(frozen=True)
class Layer:
    """One move of everybody who might make it: of chance, of one player, or none (the turn of a year).

    Attributes:
        stage: Name of the stage.
        year: In which year, from 0.
        player: Index of the player who moves; None: chance.
        states: Values of the variables at the nodes, shape [node, variable].
        sets: Information set of each node, shape [node].
        labels: Names of the actions.
        legal: Where they may be taken, shape [set, action].
        tied: Which are taken when tied, shape [action].
        allowed: For each action None, or whether it may be taken for these parameters, shape [set].
        source, action, target: Edges: node left, action taken, node of the next layer or `ENDED`.
        chance: Probability of an edge once its action is taken, shape [edge]; None: all certain.
        pays: What an edge pays, by player: None or shape [edge], discounted to the start of the game.
        weight: What a unit of pay-off in this year counts at the start for the player who moves.
    """

    stage: str
    year: int
    player: int | None
    states: np.ndarray
    sets: np.ndarray
    labels: tuple[str, ...]
    legal: np.ndarray
    tied: np.ndarray
    allowed: tuple[Array | None, ...]
    source: np.ndarray
    action: np.ndarray
    target: np.ndarray
    chance: Array | None
    pays: tuple[Array | None, ...]
    weight: Array = 1.0

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.states)

    @property
    def n_sets(self) -> int:
        """Number of information sets."""
        return len(self.legal)


@dataclass(frozen=True)
class Tree:
    """A game laid out.

    Attributes:
        game: The game.
        layers: In the order of play.
        rest: Pay-offs by player of nodes still in play after the last layer, shape [node] each.
    """

    game: Game
    layers: tuple[Layer, ...]
    rest: tuple[Array, ...]

    def decisions(self) -> list[int]:
        """Indices of the layers in which a player moves."""
        return [i for i, x in enumerate(self.layers) if x.player is not None]
