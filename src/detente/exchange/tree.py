"""A finite game as a tree: what Gambit's files hold, as plain values.

Nothing here knows a file's syntax or how a game is solved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from detente.errors import ModelError


@dataclass(frozen=True, slots=True)
class Outcome:
    """Payments to the players, in their order, made where a node says so."""

    number: int
    pays: tuple[float, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Chance:
    """A node at which nobody chooses.

    Attributes:
        number: Chance nodes of one number have the same branches.
        branches: Label and exact probability of each.
        label: Name of what is drawn.
        name: Name of the node.
        outcome: Number of the outcome paid here, 0 for none.
    """

    number: int
    branches: tuple[tuple[str, Fraction], ...]
    label: str = ""
    name: str = ""
    outcome: int = 0

    @property
    def width(self) -> int:
        """How many ways lead on."""
        return len(self.branches)


@dataclass(frozen=True, slots=True)
class Move:
    """A node at which a player chooses.

    Attributes:
        player: Who, counted from 0.
        number: The player's information set: the nodes of one player and number are not told apart.
        actions: Labels.
        label: Name of the information set.
        name: Name of the node.
        outcome: Number of the outcome paid here, 0 for none.
    """

    player: int
    number: int
    actions: tuple[str, ...]
    label: str = ""
    name: str = ""
    outcome: int = 0

    @property
    def width(self) -> int:
        """How many ways lead on."""
        return len(self.actions)


@dataclass(frozen=True, slots=True)
class End:
    """A node where the game is over; what was paid on the way there has been paid."""

    outcome: int = 0
    name: str = ""

    @property
    def width(self) -> int:
        """How many ways lead on."""
        return 0


Node = Chance | Move | End


@dataclass(frozen=True)
class Tree:
    """A game in extensive form.

    Attributes:
        title: What it is.
        players: Their names.
        nodes: The root, then the whole of its first branch, then of its second, and so on in each.
        outcomes: By number.
        comment: Anything.

    Raises:
        ModelError: The nodes make no tree, or contradict each other.
    """

    title: str
    players: tuple[str, ...]
    nodes: tuple[Node, ...]
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    comment: str = ""

    def __post_init__(self) -> None:
        open_ways = 1
        same: dict[tuple[int, int], tuple[int, Any]] = {}
        for i, node in enumerate(self.nodes):
            if open_ways == 0:
                raise ModelError(f"tree: node {i + 1} is the child of none: every way has ended before it")
            open_ways += node.width - 1
            if node.outcome and node.outcome not in self.outcomes:
                raise ModelError(f"tree: node {i + 1} pays outcome {node.outcome}, which is not given")
            if isinstance(node, End):
                continue
            if node.width == 0:
                raise ModelError(f"tree: node {i + 1} has neither actions nor an end")
            if isinstance(node, Chance):
                key, what = (-1, node.number), node.branches
                total = sum(p for _, p in node.branches)
                if total != 1 or any(p < 0 for _, p in node.branches):
                    raise ModelError(
                        f"tree: node {i + 1}: probabilities must be 0 or more and sum to 1 exactly,"
                        f" not to {total}"
                    )
            else:
                key, what = (node.player, node.number), node.actions
                if not 0 <= node.player < len(self.players):
                    raise ModelError(f"tree: node {i + 1}: there is no player {node.player + 1}")
            first, found = same.setdefault(key, (i, what))
            if found != what:
                whose = "of chance" if key[0] < 0 else f"of {self.players[key[0]]}"
                raise ModelError(
                    f"tree: nodes {first + 1} and {i + 1} are one information set {whose}"
                    f" (number {key[1]}) and differ in what can happen there"
                )
        if open_ways:
            raise ModelError(f"tree: {open_ways} way{'s' * (open_ways > 1)} lead nowhere")
        for o in self.outcomes.values():
            if len(o.pays) != len(self.players):
                raise ModelError(
                    f"tree: outcome {o.number} pays {len(o.pays)}, but there are {len(self.players)} players"
                )

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """For each node, its children in the order of its branches or actions."""
        found: list[list[int]] = [[] for _ in self.nodes]
        waiting: list[int] = []
        for i, node in enumerate(self.nodes):
            if waiting:
                found[waiting[-1]].append(i)
                while waiting and len(found[waiting[-1]]) == self.nodes[waiting[-1]].width:
                    waiting.pop()
            if node.width:
                waiting.append(i)
        return tuple(tuple(x) for x in found)

    @cached_property
    def sets(self) -> dict[tuple[int, int], tuple[int, ...]]:
        """The nodes of each information set, by player and number, as they come in the tree."""
        found: dict[tuple[int, int], list[int]] = {}
        for i, node in enumerate(self.nodes):
            if isinstance(node, Move):
                found.setdefault((node.player, node.number), []).append(i)
        return {k: tuple(x) for k, x in found.items()}

    @cached_property
    def paid(self) -> np.ndarray:
        """What the players have been paid from the root to each node, it included: [node, player]."""
        total = np.zeros((len(self.nodes), len(self.players)))
        for i, node in enumerate(self.nodes):
            if node.outcome:
                total[i] += self.outcomes[node.outcome].pays
            total[list(self.children[i])] = total[i]
        return total

    def history(self, player: int) -> list[tuple[tuple[int, int], ...]]:
        """For each node, what a player remembers of its own moves: information sets and actions."""
        known: list[tuple[tuple[int, int], ...]] = [()] * len(self.nodes)
        for i, node in enumerate(self.nodes):
            for k, child in enumerate(self.children[i]):
                mine = isinstance(node, Move) and node.player == player
                known[child] = (*known[i], (node.number, k)) if mine else known[i]  # type: ignore[union-attr]
        return known

    def forgets(self) -> tuple[int, int] | None:
        """An information set whose mover has forgotten an own earlier move; None: perfect recall."""
        for player in range(len(self.players)):
            known = self.history(player)
            for (who, number), nodes in self.sets.items():
                if who == player and len({known[i] for i in nodes}) > 1:
                    return who, number
        return None
